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

/* memcpy and memmove: rcx to, rdx from, r8 size */
        .globl  nt_memcpy
        .set    nt_memcpy, nt_memmove
LEAF nt_memmove
        movq    %rcx, %rax
        movq    %rcx, %rdi
        movq    %rdx, %rsi
        movq    %r8, %rcx
        movq    %rdi, %r9
        subq    %rsi, %r9
        cmpq    %r8, %r9
        jb      3f
        cmpq    $64, %rcx
        jb      1f
        rep movsb
        DONE
1:      cmpq    $8, %rcx
        jb      2f
        movq    (%rsi), %rdx
        movq    %rdx, (%rdi)
        addq    $8, %rsi
        addq    $8, %rdi
        subq    $8, %rcx
        jmp     1b
2:      rep movsb
        DONE
/* From the end, where the target lies within the source; the direction flag stays clear. */
3:      cmpq    $8, %rcx
        jb      4f
        movq    -8(%rsi,%rcx), %rdx
        movq    %rdx, -8(%rdi,%rcx)
        subq    $8, %rcx
        jmp     3b
4:      testq   %rcx, %rcx
        jz      5f
        movb    -1(%rsi,%rcx), %dl
        movb    %dl, -1(%rdi,%rcx)
        decq    %rcx
        jmp     4b
5:      DONE

/* rcx to, dl value, r8 size */
LEAF nt_memset
        movq    %rcx, %r9
        movq    %rcx, %rdi
        movl    %edx, %eax
        movq    %r8, %rcx
        rep stosb
        movq    %r9, %rax
        DONE

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
