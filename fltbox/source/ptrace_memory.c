#include "lookup.h"
#include "ptrace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

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

/* What another thread reads. */
struct reading {
    pid_t tid;
    uint64_t address;
    size_t size;
    ssize_t result; /* bytes, or a negative errno */
    char bytes[PROC_NAME_MAX];
};

static void do_read(void *job)
{
    struct reading *r = job;
    struct iovec local = {r->bytes, r->size}, remote = {(void *)r->address, r->size};

    r->result = process_vm_readv(r->tid, &local, 1, &remote, 1, 0);
    if (r->result < 0)
        r->result = -errno;
}

static ssize_t ask_to_read(pid_t tid, uint64_t address, void *to, size_t size)
{
    struct reading r = {.tid = tid, .address = address, .size = size};
    int result;

    if (size > sizeof(r.bytes))
        return -EINVAL;
    result = lookup_do(do_read, NULL, &r, sizeof(r));
    if (result < 0)
        return -ETIMEDOUT;
    if (r.result > 0)
        memcpy(to, r.bytes, r.result);
    return r.result;
}

#define PAGE        4096ull

/* Descriptors that we keep for this. */
#define PAGEMAP_MAX 256

/* Can these bytes be read without waiting for somebody? */
static bool at_hand(struct source *s, struct pt_process *p, uint64_t address, size_t size)
{
    const uint64_t present = 1ull << 63, first = address / PAGE;
    const size_t pages = (address + size - 1) / PAGE - first + 1;
    uint64_t entries[PROC_NAME_MAX / PAGE + 1];
    int fd = p->pagemap;
    char path[48];
    bool all;

    if (pages > sizeof(entries) / sizeof(entries[0]))
        return false;
    if (fd < 0) {
        snprintf(path, sizeof(path), "/proc/%d/pagemap", p->pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return errno == EACCES || errno == EPERM; /* reading is refused, too */
    }
    all = pread(fd, entries, pages * sizeof(entries[0]), first * sizeof(entries[0])) ==
          (ssize_t)(pages * sizeof(entries[0]));
    for (size_t i = 0; i < pages && all; i++)
        all = entries[i] & present;
    if (p->pagemap < 0 && s->pagemap_count < PAGEMAP_MAX) {
        p->pagemap = fd;
        s->pagemap_count++;
    } else if (p->pagemap < 0) {
        close(fd);
    }
    return all;
}

void pt_forget_memory(struct source *s, struct pt_process *p)
{
    if (p->pagemap < 0)
        return;
    close(p->pagemap);
    p->pagemap = -1;
    s->pagemap_count--;
}

bool pt_read(struct source *s, struct pt_tracee *t, uint64_t address, void *to, size_t size)
{
    struct iovec local = {to, size}, remote = {(void *)address, size};
    ssize_t n;

    if (at_hand(s, t->process, address, size)) {
        n = process_vm_readv(t->tid, &local, 1, &remote, 1, 0);
    } else if (t->process->slow_memory) {
        errno = ETIMEDOUT;
        return false;
    } else {
        n = ask_to_read(t->tid, address, to, size);
        errno = n < 0 ? (int)-n : 0;
        if (n == -ETIMEDOUT) {
            t->process->slow_memory = true; /* once is enough */
            s->count.late++;
            return false;
        }
    }
    if (n >= 0) {
        errno = EFAULT;
        return (size_t)n == size;
    }
    return errno != EFAULT && peek(t->tid, address, to, size);
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

char *pt_read_name(struct source *s, struct pt_tracee *t, uint64_t address, bool *cut)
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
        if (!pt_read(s, t, address, buffer + have, piece)) {
            if (errno != ETIMEDOUT)
                errno = why_unreadable(t->tid);
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

bool pt_interrupted_for_good(struct source *s, struct pt_tracee *t)
{
    const uint64_t x32_bit = 0x40000000;
    struct user_regs_struct registers;
    uint64_t frame, at;
    int32_t ax; /* its lower half says it all */

    if (ptrace(PTRACE_GETREGS, t->tid, NULL, &registers) < 0)
        return false;
    frame = registers.rsp;
    if (registers.cs == 0x23) { /* the code segment of 32-bit programs */
        uint32_t context;

        if (!pt_read(s, t, frame + 12, &context, sizeof(context)))
            return false;
        at = context == frame + RT_FRAME_32_CONTEXT ? RT_FRAME_32_AX : FRAME_32_AX;
    } else {
        at = (registers.orig_rax & ~(uint64_t)UINT32_MAX) == 0 && (registers.orig_rax & x32_bit)
                 ? RT_FRAME_X32_AX
                 : RT_FRAME_64_AX;
    }
    return pt_read(s, t, frame + at, &ax, sizeof(ax)) && ax == -EINTR;
}
