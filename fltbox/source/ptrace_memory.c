#include "ptrace_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#ifndef __x86_64__
#error                                                                                             \
    "fltbox runs drivers for x64 and so runs on x86-64 only; signal frames here are that machine's"
#endif

/* For systems that know process_vm_readv and forbid it. */
static bool peek(pid_t tid, uint64_t address, char *to, size_t size)
{
    while (size > 0) {
        uint64_t skip = address % sizeof(long);
        size_t n = sizeof(long) - skip < size ? sizeof(long) - skip : size;
        long word;

        errno = 0;
        word = ptrace(PTRACE_PEEKDATA, tid, (void *)(address - skip), NULL);
        if (errno != 0)
            return false;
        memcpy(to, (char *)&word + skip, n);
        address += n;
        to += n;
        size -= n;
    }
    return true;
}

bool pt_read(pid_t tid, uint64_t address, void *to, size_t size)
{
    struct iovec local = {to, size}, remote = {(void *)address, size};
    ssize_t n = process_vm_readv(tid, &local, 1, &remote, 1, 0);

    if (n >= 0)
        return (size_t)n == size;
    return errno != EFAULT && peek(tid, address, to, size);
}

bool pt_write(pid_t tid, uint64_t address, const void *from, size_t size)
{
    struct iovec local = {(void *)from, size}, remote = {(void *)address, size};
    const char *at = from;
    size_t skip, n;
    long word;

    if (process_vm_writev(tid, &local, 1, &remote, 1, 0) == (ssize_t)size)
        return true;
    for (; size > 0; address += n, at += n, size -= n) {
        skip = address % sizeof(word);
        n = sizeof(word) - skip < size ? sizeof(word) - skip : size;
        errno = 0;
        word = ptrace(PTRACE_PEEKDATA, tid, (void *)(address - skip), NULL);
        if (errno != 0)
            return false;
        memcpy((char *)&word + skip, at, n);
        if (ptrace(PTRACE_POKEDATA, tid, (void *)(address - skip), (void *)word) < 0)
            return false;
    }
    return true;
}

/* Why pt_read has failed: EFAULT or, where memory is closed to us, EPERM. */
static int why_unreadable(pid_t tid)
{
    struct user_regs_struct registers;
    struct iovec local, remote;
    char byte;

    if (ptrace(PTRACE_GETREGS, tid, NULL, &registers) < 0)
        return EFAULT; /* it was killed */
    local = (struct iovec){&byte, 1};
    remote = (struct iovec){(void *)registers.rip, 1};
    /* What it executes is there. */
    if (process_vm_readv(tid, &local, 1, &remote, 1, 0) == 1 || peek(tid, registers.rip, &byte, 1))
        return EFAULT;
    return EPERM;
}

char *pt_read_name(pid_t tid, uint64_t address, bool *cut)
{
    const size_t piece_size = 1024; /* divides a page, and few names take more than one piece */
    char buffer[PT_NAME_MAX];
    size_t have = 0;
    char *end, *name;

    *cut = false;
    do {
        size_t piece = piece_size - address % piece_size;

        /* Never across a page's end: the next one may not be there. */
        if (piece > sizeof(buffer) - have)
            piece = sizeof(buffer) - have;
        if (!pt_read(tid, address, buffer + have, piece)) {
            errno = why_unreadable(tid);
            return NULL;
        }
        end = memchr(buffer + have, '\0', piece);
        have += piece;
        address += piece;
    } while (end == NULL && have < sizeof(buffer));
    if (end == NULL) {
        end = buffer + sizeof(buffer) - 1;
        *cut = true;
    }
    *end = '\0';
    name = strdup(buffer);
    if (name == NULL)
        errno = ENOMEM;
    return name;
}

/*
 * The kernel has put the registers that the handler returns to on the tracee's stack. There the
 * result is -EINTR, or the call's number once more with the instruction pointer moved back to it.
 * Offsets from the frame's beginning, which the stack pointer has at this moment.
 */
enum {
    RT_FRAME_64_AX = 8 + 40 + 13 * 8, /* return address, ucontext up to its registers, r8 to dx */
    RT_FRAME_X32_AX = 8 + 24 + 13 * 8,
    FRAME_32_AX = 8 + 44,                /* return address, signal number, segments and di to cx */
    RT_FRAME_32_AX = 16 + 128 + 20 + 44, /* and two pointers, siginfo, ucontext's head */
    RT_FRAME_32_CONTEXT = 16 + 128,
};

bool pt_interrupted_for_good(pid_t tid)
{
    const uint64_t x32_bit = 0x40000000;
    struct user_regs_struct registers;
    uint64_t frame, at;
    int32_t ax; /* its lower half says it all */

    if (ptrace(PTRACE_GETREGS, tid, NULL, &registers) < 0)
        return false;
    frame = registers.rsp;
    if (registers.cs == 0x23) { /* the code segment of 32-bit programs */
        uint32_t context;

        if (!pt_read(tid, frame + 12, &context, sizeof(context)))
            return false;
        at = context == frame + RT_FRAME_32_CONTEXT ? RT_FRAME_32_AX : FRAME_32_AX;
    } else {
        at = (registers.orig_rax & ~(uint64_t)UINT32_MAX) == 0 && (registers.orig_rax & x32_bit)
                 ? RT_FRAME_X32_AX
                 : RT_FRAME_64_AX;
    }
    return pt_read(tid, frame + at, &ax, sizeof(ax)) && ax == -EINTR;
}
