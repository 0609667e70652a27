/*
 * A call's name is in memory and its new descriptor in a table, and both may be another's too: of
 * other threads, of a process made with CLONE_VM or CLONE_FILES, of io_uring's workers. We see a
 * thread when its call begins and when it has ended; what others did in between we do not see. But
 * one that slept at the beginning and has not run since did nothing. And of a descriptor more can
 * be said: others can close it at any time, but put another file there only by calls that we see.
 */
#include "ptrace_private.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

/* Of a process with more threads than this we do not ask: each costs a microsecond or two. */
#define THREADS_MAX   16

/* Of one with more than this we do not look what they are about. */
#define LOOKS_MAX     1024

/* How often we look whether others' calls end. */
#define PATIENCE      20

/* Descriptors that we keep for this. */
#define SCHEDSTAT_MAX 256

/* How often a thread has been given a processor; 0: not known. */
static uint64_t runs_of(struct source *s, struct pt_tracee *t)
{
    char path[48], text[96], *last;
    ssize_t n;
    int fd = t->schedstat;

    if (fd < 0) {
        snprintf(path, sizeof(path), "/proc/%d/schedstat", t->tid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return 0;
    }
    n = pread(fd, text, sizeof(text) - 1, 0);
    if (t->schedstat < 0 && s->schedstat_count < SCHEDSTAT_MAX) {
        t->schedstat = fd;
        s->schedstat_count++;
    } else if (t->schedstat < 0) {
        close(fd);
    }
    text[n > 0 ? n : 0] = '\0';
    last = strrchr(text, ' '); /* time on a processor, time waiting for one, times */
    return last != NULL ? strtoull(last, NULL, 10) : 0;
}

/* Is it off its processor? A state of "S" would not do: a thread has it a moment before it sleeps,
   and may yet go on. This file waits for that to be settled. */
static bool sleeps(pid_t tid)
{
    char text[256];

    return proc_read(tid, "syscall", text, sizeof(text)) > 0 && text[0] != 'r'; /* running */
}

/* The order matters: one that runs after its runs were read has more of them later. */
static bool asleep(struct source *s, struct pt_tracee *t)
{
    uint64_t runs = runs_of(s, t);

    if (runs == 0)
        return false;
    if (runs != t->asleep_run) {
        if (!sleeps(t->tid))
            return false;
        t->asleep_run = runs;
        t->asleep_since = s->moment;
    }
    return true;
}

/* Has it slept since that call began? */
static bool slept(struct source *s, struct pt_tracee *t, const struct pt_others *others)
{
    return t->asleep_run != 0 && t->asleep_since <= others->moment &&
           runs_of(s, t) == t->asleep_run;
}

/* Is it in a call that may put something behind a descriptor? */
static bool places(const struct pt_tracee *t)
{
    return (t->call.kind != PT_NO_CALL && t->call.kind <= PT_OPEN_BY_HANDLE) ||
           t->call.kind == PT_PLACE || t->call.kind == PT_RECEIVE;
}

void pt_others_look(struct source *s, struct pt_tracee *t)
{
    const struct pt_process *p = t->process;
    struct pt_others *others = &t->call.others;
    bool all = p->thread_count <= THREADS_MAX;
    unsigned asked = 0;

    *others = (struct pt_others){.moment = ++s->moment, .changes = p->changes, .placed = p->placed};
    if (p->thread_count == 1 || p->thread_count > LOOKS_MAX) {
        others->asleep = p->thread_count == 1;
        return;
    }
    for (struct pt_tracee *other = p->threads; other != NULL; other = other->next_thread) {
        if (other == t || (!all && !places(other)))
            continue;
        if (!asleep(s, other))
            all = false;
        if (++asked == THREADS_MAX)
            break; /* of the rest it is not known whether they sleep */
    }
    others->asleep = all;
}

bool pt_others_slept(struct source *s, struct pt_tracee *t)
{
    const struct pt_process *p = t->process;
    const struct pt_others *others = &t->call.others;

    if (!others->asleep || others->changes != p->changes)
        return false;
    for (struct pt_tracee *other = p->threads; other != NULL; other = other->next_thread) {
        if (other != t && !slept(s, other, others))
            return false;
    }
    return true;
}

/* ---- Descriptors --------------------------------------------------------------------------- */

void pt_placed(struct pt_process *p, int descriptor)
{
    p->places[p->placed++ % PT_PLACES] = descriptor;
}

/* One that places something: can it have done so here since that call began? Not if it waits for
   us at the beginning of its call, or at the end of one that gave another descriptor; nor if it
   sleeps in it since before. */
static bool may_have_placed(struct source *s, struct pt_tracee *t, const struct pt_others *others,
                            int descriptor, unsigned *patience)
{
    struct __ptrace_syscall_info info;

    while (ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(info), &info) <= 0) {
        if (slept(s, t, others))
            return false;
        if (*patience == 0)
            return true;
        (*patience)--;
        sched_yield(); /* most calls end soon */
    }
    if (info.op == PTRACE_SYSCALL_INFO_EXIT)
        return info.exit.rval == descriptor || (t->call.kind == PT_RECEIVE && info.exit.rval >= 0);
    return info.op == PTRACE_SYSCALL_INFO_NONE;
}

bool pt_others_left(struct source *s, struct pt_tracee *t, int descriptor)
{
    const struct pt_process *p = t->process;
    const struct pt_others *others = &t->call.others;
    unsigned since = p->placed - others->placed, patience = PATIENCE;

    if (p->shares_files)
        return false;
    if (p->thread_count == 1 && p->changes == others->changes)
        return true;
    if (p->reads_files || t->filtered || p->thread_count > LOOKS_MAX || since > PT_PLACES)
        return pt_others_slept(s, t);
    for (unsigned i = 0; i < since; i++) {
        int place = p->places[(p->placed - 1 - i) % PT_PLACES];

        if (place == descriptor || place == -1)
            return false;
    }
    for (struct pt_tracee *other = p->threads; other != NULL; other = other->next_thread) {
        if (other != t && places(other) && may_have_placed(s, other, others, descriptor, &patience))
            return false;
    }
    return true;
}
