/*
 * Calls by which a program could escape its tracer or notice it: children that are not to be
 * traced, seccomp filters of its own, strict mode; and calls after which what we remember of it is
 * no longer so.
 */
#include "ptrace_private.h"

#include <errno.h>
#include <linux/audit.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

void pt_answer(pid_t tid, int64_t result)
{
    struct user_regs_struct registers;

    if (ptrace(PTRACE_GETREGS, tid, NULL, &registers) < 0)
        return; /* it was killed */
    registers.orig_rax = -1;
    registers.rax = result;
    ptrace(PTRACE_SETREGS, tid, NULL, &registers);
}

/* ---- Children that are not to be traced ---------------------------------------------------- */

static bool set_first_argument(pid_t tid, uint32_t arch, uint64_t value)
{
    struct user_regs_struct registers;

    if (ptrace(PTRACE_GETREGS, tid, NULL, &registers) < 0)
        return false;
    if (arch == AUDIT_ARCH_I386)
        registers.rbx = value;
    else
        registers.rdi = value;
    return ptrace(PTRACE_SETREGS, tid, NULL, &registers) == 0;
}

/* Our filter is inherited, and without a tracer makes opens fail; so the child has one. */
static void clone_begin(struct source *s, struct pt_tracee *t, const uint64_t args[6])
{
    struct pt_call *call = &t->call;
    uint64_t traced;

    call->clone_flags = args[0];
    call->clone_args = args[0];
    if (call->kind == PT_CLONE3 &&
        !pt_read(s, t, args[0], &call->clone_flags, sizeof(call->clone_flags))) {
        call->kind = PT_NO_CALL; /* nor can the kernel; or it is hidden, and we cannot help it */
        return;
    }
    if (call->clone_flags & CLONE_UNTRACED) {
        traced = call->clone_flags & ~(uint64_t)CLONE_UNTRACED;
        call->made_traced = call->kind == PT_CLONE
                                ? set_first_argument(t->tid, call->arch, traced)
                                : pt_write(t->tid, call->clone_args, &traced, sizeof(traced));
        if (!call->made_traced)
            s->count.untraced++;
    } else if ((call->clone_flags & CLONE_THREAD) ||
               !(call->clone_flags & (CLONE_FILES | CLONE_VM))) {
        call->kind = PT_NO_CALL;
    }
}

static void put_back(pid_t tid, const struct pt_call *call)
{
    if (call->kind == PT_CLONE)
        set_first_argument(tid, call->arch, call->clone_flags);
    else
        pt_write(tid, call->clone_args, &call->clone_flags, sizeof(call->clone_flags));
}

static void clone_end(struct pt_tracee *t)
{
    if (t->call.made_traced)
        put_back(t->tid, &t->call);
    t->call.made_traced = false;
}

void pt_self_made(struct source *s, struct pt_tracee *t, int event, struct pt_tracee *child)
{
    struct pt_call *call = &t->call;
    struct pt_process *p = t->process, *c = child->process;
    bool clone = call->kind == PT_CLONE || call->kind == PT_CLONE3;

    (void)s;
    child->filtered = t->filtered;
    child->uid_known = t->uid_known;
    child->uid = t->uid;
    if (c != p) {
        /* Rings are inherited too. */
        c->shares_files = p->shares_files;
        c->reads_files = p->reads_files;
        c->slow_memory = p->slow_memory;
        if (clone && (call->clone_flags & CLONE_FILES))
            c->shares_files = p->shares_files = true;
        if (clone && (call->clone_flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
            c->shares_memory = p->shares_memory = true;
        /* The thread that called vfork waits, but no other does. */
        if (event == PTRACE_EVENT_VFORK)
            c->shares_memory = p->shares_memory || p->thread_count > 1;
    }
    if (!clone || !call->made_traced)
        return;
    if (call->kind == PT_CLONE || !(call->clone_flags & CLONE_VM)) {
        child->untraced = call->kind;
        child->untraced_arch = call->arch;
        child->untraced_at = call->kind == PT_CLONE ? call->clone_flags : call->clone_args;
    }
    clone_end(t);
}

void pt_self_first_stop(struct source *s, struct pt_tracee *t)
{
    uint64_t flags;

    (void)s;
    if (t->untraced == PT_CLONE) {
        set_first_argument(t->tid, t->untraced_arch, t->untraced_at);
    } else if (t->untraced == PT_CLONE3 && pt_read(s, t, t->untraced_at, &flags, sizeof(flags))) {
        flags |= CLONE_UNTRACED;
        pt_write(t->tid, t->untraced_at, &flags, sizeof(flags));
    }
    t->untraced = PT_NO_CALL;
}

/* ---- Seccomp ------------------------------------------------------------------------------- */

/* Without us, would the kernel say that there is no filter? */
static bool believes_unfiltered(const struct source *s, const struct pt_tracee *t)
{
    return !t->filtered && s->outer_filters == 0;
}

/* The kernel refuses strict mode to who has a filter, and it has ours. */
static void begin_strict(struct pt_tracee *t)
{
    pt_answer(t->tid, 0);
    t->strict = true;
}

/* A filter for all threads works at once; so they are stopped before it is there. Whoever does not
   run a program's instruction any more before it stops makes no call that we would miss. */
static void filter_all(struct pt_tracee *t)
{
    for (struct pt_tracee *other = t->process->threads; other != NULL; other = other->next_thread) {
        if (other != t && !other->filtered && ptrace(PTRACE_INTERRUPT, other->tid, NULL, NULL) == 0)
            other->interrupted = true;
        other->filtered = true;
    }
}

static void seccomp_begin(struct source *s, struct pt_tracee *t, const uint64_t args[6])
{
    struct pt_call *call = &t->call;
    uint32_t operation = args[0];

    if (operation == SECCOMP_SET_MODE_STRICT) {
        call->kind = PT_NO_CALL;
        if (believes_unfiltered(s, t) && args[1] == 0 && args[2] == 0)
            begin_strict(t);
    } else if (args[2] == 0) {
        call->kind = PT_NO_CALL; /* a try which flags there are; it fails */
    } else if (args[1] & SECCOMP_FILTER_FLAG_TSYNC) {
        filter_all(t);
    }
}

static void prctl_begin(struct source *s, struct pt_tracee *t, const uint64_t args[6])
{
    struct pt_call *call = &t->call;

    if ((uint32_t)args[0] == PR_SET_SECCOMP && args[1] == SECCOMP_MODE_FILTER)
        return;
    call->kind = PT_NO_CALL;
    if (!believes_unfiltered(s, t))
        return;
    if ((uint32_t)args[0] == PR_GET_SECCOMP)
        pt_answer(t->tid, 0);
    else if (args[1] == SECCOMP_MODE_STRICT)
        begin_strict(t);
}

void pt_hide_interrupt(struct pt_tracee *t)
{
    const int64_t restart_without_handler = -514; /* ERESTARTNOHAND; programs never see it */
    struct user_regs_struct registers;

    t->interrupted = false;
    if (ptrace(PTRACE_GETREGS, t->tid, NULL, &registers) < 0)
        return;
    /* Some calls, epoll_wait for one, are not made again after any stop. This was no signal. */
    if ((int64_t)registers.orig_rax >= 0 && (int32_t)registers.rax == -EINTR) {
        registers.rax = restart_without_handler;
        ptrace(PTRACE_SETREGS, t->tid, NULL, &registers);
    }
}

/* ---- Strict mode --------------------------------------------------------------------------- */

static bool allowed(uint32_t arch, uint64_t nr)
{
    /* read, write, exit, rt_sigreturn or sigreturn */
    if (arch == AUDIT_ARCH_I386)
        return nr == 3 || nr == 4 || nr == 1 || nr == 119;
    return nr == SYS_read || nr == SYS_write || nr == SYS_exit || nr == SYS_rt_sigreturn;
}

void pt_strict_check(struct source *s, struct pt_tracee *t, uint32_t arch, uint64_t nr)
{
    struct user_regs_struct registers;

    (void)s;
    if (allowed(arch, nr))
        return;
    if (t->process->thread_count == 1) {
        kill(t->process->pid, SIGKILL);
        return;
    }
    /* Only the thread ends; how is seen by nobody but who waits for the last one. */
    if (ptrace(PTRACE_GETREGS, t->tid, NULL, &registers) < 0)
        return;
    registers.orig_rax = arch == AUDIT_ARCH_I386 ? 1 : SYS_exit;
    registers.rdi = registers.rbx = SIGKILL;
    ptrace(PTRACE_SETREGS, t->tid, NULL, &registers);
}

/* ---- All of them --------------------------------------------------------------------------- */

void pt_self_begin(struct source *s, struct pt_tracee *t, const uint64_t args[6])
{
    struct pt_call *call = &t->call;

    switch (call->kind) {
    case PT_CLONE:
    case PT_CLONE3:
        clone_begin(s, t, args);
        break;
    case PT_SECCOMP:
        seccomp_begin(s, t, args);
        break;
    case PT_PRCTL:
        prctl_begin(s, t, args);
        break;
    case PT_SET_USER:
        t->uid_known = false;
        call->kind = PT_NO_CALL;
        break;
    case PT_PLACE:
    case PT_RECEIVE: /* they matter to who has other threads only */
        if (t->process->thread_count == 1)
            call->kind = PT_NO_CALL;
        break;
    case PT_FANOTIFY:
        t->process->reads_files = true;
        call->kind = PT_NO_CALL;
        break;
    default:
        break;
    }
}

void pt_self_end(struct source *s, struct pt_tracee *t, int64_t result)
{
    switch (t->call.kind) {
    case PT_CLONE:
    case PT_CLONE3:
        clone_end(t);
        break;
    case PT_URING_SETUP:
        if (result < 0)
            break;
        s->count.urings++;
        t->process->shares_files = true; /* its workers put files there */
        break;
    case PT_SECCOMP:
    case PT_PRCTL:
        if (result >= 0)
            t->filtered = true;
        break;
    case PT_PLACE:
        if (result >= 0)
            pt_placed(t->process, (int)result);
        break;
    case PT_RECEIVE:
        if (result >= 0)
            pt_placed(t->process, -1);
        break;
    default:
        break;
    }
}
