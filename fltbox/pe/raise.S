/*
 * Entry points that capture their caller's registers, and the ways between Windows' calling
 * convention and ours.
 */
#define CONTEXT_SIZE 1232
#define FRAME        (CONTEXT_SIZE + 8) /* keeps rsp a multiple of 16 */

        .text

/* Every register into the CONTEXT at \at, but rsp, rip and flags; changes none. */
.macro SAVE at
        movl    $0x10000f, 0x30(\at)
        stmxcsr 0x34(\at)
        movw    %cs, 0x38(\at)
        movw    %ds, 0x3a(\at)
        movw    %es, 0x3c(\at)
        movw    %fs, 0x3e(\at)
        movw    %gs, 0x40(\at)
        movw    %ss, 0x42(\at)
        movq    %rax, 0x78(\at)
        movq    %rcx, 0x80(\at)
        movq    %rdx, 0x88(\at)
        movq    %rbx, 0x90(\at)
        movq    %rbp, 0xa0(\at)
        movq    %rsi, 0xa8(\at)
        movq    %rdi, 0xb0(\at)
        movq    %r8, 0xb8(\at)
        movq    %r9, 0xc0(\at)
        movq    %r10, 0xc8(\at)
        movq    %r11, 0xd0(\at)
        movq    %r12, 0xd8(\at)
        movq    %r13, 0xe0(\at)
        movq    %r14, 0xe8(\at)
        movq    %r15, 0xf0(\at)
        fxsave  0x100(\at)
.endm

/* A CONTEXT on the stack, of the caller as it is after the call returns. Changes rax. */
.macro CAPTURE
        leaq    -FRAME(%rsp), %rsp
        SAVE    %rsp
        pushfq
        popq    %rax
        movl    %eax, 0x44(%rsp)
        leaq    FRAME + 8(%rsp), %rax
        movq    %rax, 0x98(%rsp)
        movq    FRAME(%rsp), %rax
        movq    %rax, 0xf8(%rsp)
        cld
.endm

.macro FUNCTION name
        .globl  \name
        .type   \name, @function
        .balign 16
\name:
.endm

/* void ExRaiseStatus(NTSTATUS) */
FUNCTION ExRaiseStatus
        CAPTURE
        movl    %ecx, %esi
        movq    %rsp, %rdi
        call    exception_raise_status@PLT
        ud2

FUNCTION ExRaiseAccessViolation
        movl    $0xc0000005, %ecx
        jmp     ExRaiseStatus

FUNCTION ExRaiseDatatypeMisalignment
        movl    $0x80000002, %ecx
        jmp     ExRaiseStatus

/* void RtlRaiseException(PEXCEPTION_RECORD) */
FUNCTION RtlRaiseException
        CAPTURE
        movq    %rcx, %rsi
        movq    %rsp, %rdi
        call    exception_raise_record@PLT
        ud2

/* void ProbeForRead(const volatile void *address, SIZE_T length, ULONG alignment) */
FUNCTION ProbeForRead
        subq    $0x28, %rsp
        call    exception_probe@PLT
        addq    $0x28, %rsp
        movl    %eax, %ecx
        testl   %eax, %eax
        jnz     ExRaiseStatus
        ret

FUNCTION ProbeForWrite
        movq    %rcx, 8(%rsp)
        movq    %rdx, 16(%rsp)
        subq    $0x28, %rsp
        call    exception_probe@PLT
        addq    $0x28, %rsp
        movl    %eax, %ecx
        testl   %eax, %eax
        jnz     ExRaiseStatus
        movq    8(%rsp), %rcx
        movq    16(%rsp), %rdx
        jmp     exception_touch

/* void RtlCaptureContext(PCONTEXT) */
FUNCTION RtlCaptureContext
        pushfq
        SAVE    %rcx
        movl    (%rsp), %eax
        movl    %eax, 0x44(%rcx)
        leaq    16(%rsp), %rax
        movq    %rax, 0x98(%rcx)
        movq    8(%rsp), %rax
        movq    %rax, 0xf8(%rcx)
        movq    0x78(%rcx), %rax
        popfq
        ret

/* void RtlUnwindEx(PVOID frame, PVOID ip, PEXCEPTION_RECORD, PVOID value, PCONTEXT, PVOID) */
FUNCTION RtlUnwindEx
        CAPTURE
        movq    %rsp, %rdi
        movq    %rcx, %rsi
        movq    %r8, %rcx
        movq    %r9, %r8
        call    exception_unwind@PLT
        ud2

FUNCTION exception_invoke
        subq    $0x38, %rsp
        movq    %rdi, 0x28(%rsp)
        movq    %rsi, %rax
        movq    %rcx, %r10
        movq    %rdx, %rcx
        movq    %r10, %rdx
        call    *%rax
        .globl  exception_invoke_return
exception_invoke_return:
        addq    $0x38, %rsp
        ret

/* By iretq, which alone sets rip, rsp and the flags at once and touches nothing at the target. */
FUNCTION exception_resume
        movq    %rdi, %rax
        fxrstor 0x100(%rax)
        ldmxcsr 0x34(%rax)
        subq    $0x30, %rsp
        andq    $-16, %rsp
        movq    0xf8(%rax), %rdx
        movq    %rdx, (%rsp)
        movl    %cs, %ecx
        movq    %rcx, 8(%rsp)
        movl    0x44(%rax), %edx
        andl    $0x240dd5, %edx /* what a program may set; not NT, IOPL, RF */
        orl     $0x202, %edx
        movq    %rdx, 16(%rsp)
        movq    0x98(%rax), %rdx
        movq    %rdx, 24(%rsp)
        movl    %ss, %ecx
        movq    %rcx, 32(%rsp)
        movq    0x80(%rax), %rcx
        movq    0x88(%rax), %rdx
        movq    0x90(%rax), %rbx
        movq    0xa0(%rax), %rbp
        movq    0xa8(%rax), %rsi
        movq    0xb0(%rax), %rdi
        movq    0xb8(%rax), %r8
        movq    0xc0(%rax), %r9
        movq    0xc8(%rax), %r10
        movq    0xd0(%rax), %r11
        movq    0xd8(%rax), %r12
        movq    0xe0(%rax), %r13
        movq    0xe8(%rax), %r14
        movq    0xf0(%rax), %r15
        movq    0x78(%rax), %rax
        iretq

/*
 * void __chkstk(void): touches each page of the rax bytes below the caller's rsp, so that the
 * stack grows in order. Changes no register.
 */
FUNCTION exception_chkstk
        pushq   %rcx
        pushq   %rax
        leaq    24(%rsp), %rcx
1:      cmpq    $4096, %rax
        jb      2f
        subq    $4096, %rcx
        testb   %al, (%rcx)
        subq    $4096, %rax
        jmp     1b
2:      subq    %rax, %rcx
        testb   %al, (%rcx)
        popq    %rax
        popq    %rcx
        ret

        .section .note.GNU-stack, "", @progbits
