/*
 * Memory and string functions for drivers, in Windows' convention. A bad pointer must fault in the
 * driver's name, so they keep to two rules that the unwinder knows: rsp stays as at entry, and
 * rdi and rsi are in r10 and r11 from the first instructions on.
 */
        .text
        .globl  exception_leaf_begin
exception_leaf_begin:

.macro LEAF name
        .globl  \name
        .type   \name, @function
        .balign 16
\name:
        movq    %rdi, %r10
        movq    %rsi, %r11
.endm

.macro DONE
        movq    %r10, %rdi
        movq    %r11, %rsi
        ret
.endm

/*
 * memcpy and memmove: rcx to, rdx from, r8 size. What overlaps another piece, or what the loop
 * would overwrite, is read before anything is written.
 */
        .globl  nt_memcpy
        .set    nt_memcpy, nt_memmove
LEAF nt_memmove
        movq    %rcx, %rax
        cmpq    $16, %r8
        jb      3f
        movq    %rcx, %r9
        subq    %rdx, %r9
        cmpq    %r8, %r9
        jb      2f
        cmpq    $1024, %r8
        jae     7f
        movups  -16(%rdx,%r8), %xmm1
        leaq    -16(%rcx,%r8), %r9
1:      movups  (%rdx), %xmm0
        movups  %xmm0, (%rcx)
        addq    $16, %rdx
        addq    $16, %rcx
        cmpq    %r9, %rcx
        jb      1b
        movups  %xmm1, (%r9)
        DONE
/* From the end, where the target lies within the source; the direction flag stays clear. */
2:      movups  (%rdx), %xmm1
1:      movups  -16(%rdx,%r8), %xmm0
        movups  %xmm0, -16(%rcx,%r8)
        subq    $16, %r8
        cmpq    $16, %r8
        ja      1b
        movups  %xmm1, (%rcx)
        DONE
3:      cmpq    $8, %r8
        jb      4f
        movq    (%rdx), %xmm0
        movq    -8(%rdx,%r8), %xmm1
        movq    %xmm0, (%rcx)
        movq    %xmm1, -8(%rcx,%r8)
        DONE
4:      cmpq    $4, %r8
        jb      5f
        movd    (%rdx), %xmm0
        movd    -4(%rdx,%r8), %xmm1
        movd    %xmm0, (%rcx)
        movd    %xmm1, -4(%rcx,%r8)
        DONE
5:      testq   %r8, %r8
        jz      6f
        movzbl  (%rdx), %edi            /* of three bytes, or of fewer, some twice */
        movzbl  -1(%rdx,%r8), %esi
        movq    %r8, %r9
        shrq    %r9
        movzbl  (%rdx,%r9), %edx
        movb    %dl, (%rcx,%r9)
        movb    %dil, (%rcx)
        movb    %sil, -1(%rcx,%r8)
        DONE
6:      DONE
7:      movq    %rcx, %rdi
        movq    %rdx, %rsi
        movq    %r8, %rcx
        rep movsb
        DONE

/* rcx to, dl value, r8 size */
LEAF nt_memset
        movq    %rcx, %rax
        cmpq    $16, %r8
        jb      2f
        movzbl  %dl, %edx
        imull   $0x01010101, %edx, %edx
        movd    %edx, %xmm0
        pshufd  $0, %xmm0, %xmm0
        leaq    -16(%rcx,%r8), %r9
1:      movups  %xmm0, (%rcx)
        addq    $16, %rcx
        cmpq    %r9, %rcx
        jb      1b
        movups  %xmm0, (%r9)
        DONE
2:      testq   %r8, %r8
        jz      3f
        decq    %r8
        movb    %dl, (%rcx,%r8)
        jmp     2b
3:      DONE

/* rcx, rdx, r8 size: below, equal, above 0 */
LEAF nt_memcmp
1:      cmpq    $8, %r8
        jb      2f
        movq    (%rcx), %rax
        cmpq    (%rdx), %rax
        jne     2f
        addq    $8, %rcx
        addq    $8, %rdx
        subq    $8, %r8
        jmp     1b
2:      xorl    %eax, %eax
        testq   %r8, %r8
        jz      3f
        movzbl  (%rcx), %eax
        movzbl  (%rdx), %r9d
        subl    %r9d, %eax
        jnz     3f
        incq    %rcx
        incq    %rdx
        decq    %r8
        jmp     2b
3:      DONE

/* The same: how many bytes from the start are equal */
LEAF nt_compare_memory
        xorl    %eax, %eax
1:      cmpq    %r8, %rax
        jae     2f
        movb    (%rcx,%rax), %r9b
        cmpb    (%rdx,%rax), %r9b
        jne     2f
        incq    %rax
        jmp     1b
2:      DONE

LEAF nt_strlen
        xorl    %eax, %eax
1:      cmpb    $0, (%rcx,%rax)
        je      2f
        incq    %rax
        jmp     1b
2:      DONE

LEAF nt_wcslen
        xorl    %eax, %eax
1:      cmpw    $0, (%rcx,%rax,2)
        je      2f
        incq    %rax
        jmp     1b
2:      DONE

/* Writes to every page of the rdx bytes at rcx and leaves them as they were. */
LEAF exception_touch
        testq   %rdx, %rdx
        jz      2f
        leaq    -1(%rcx,%rdx), %rdx
1:      lock orb $0, (%rcx)
        andq    $-4096, %rcx
        addq    $4096, %rcx
        cmpq    %rdx, %rcx
        jbe     1b
2:      DONE

        .globl  exception_leaf_end
exception_leaf_end:

        .section .note.GNU-stack, "", @progbits
