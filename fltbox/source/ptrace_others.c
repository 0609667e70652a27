/*
 * A call's name is in memory and its new descriptor in a table, and both may be another's too: of
 * other threads, of a process made with CLONE_VM or CLONE_FILES, of io_uring's workers. We see a
 * thread when its call begins and when it has ended; what others did in between we do not see. But
 * one that slept at the beginning and has not run since did nothing.
 */
#include "ptrace_private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a process with more threads than this we do not ask: each costs a microsecond or two. */
#define THREADS_MAX   32

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
static bool asleep(struct source *s, struct pt_tracee *t, uint64_t *runs)
{
    uint64_t now = runs_of(s, t);

    if (now == 0)
        return false;
    if (now != t->asleep_run) {
        if (!sleeps(t->tid))
            return false;
        t->asleep_run = now;
    }
    *runs += now;
    return true;
}

void pt_others_look(struct source *s, struct pt_tracee *t)
{
    const struct pt_process *p = t->process;
    struct pt_others *others = &t->call.others;

    *others = (struct pt_others){.changes = p->changes};
    if (p->thread_count > THREADS_MAX)
        return;
    for (struct pt_tracee *other = p->threads; other != NULL; other = other->next_thread) {
        if (other != t && !asleep(s, other, &others->runs))
            return;
    }
    others->asleep = true;
}

bool pt_others_slept(struct source *s, struct pt_tracee *t)
{
    const struct pt_process *p = t->process;
    const struct pt_others *others = &t->call.others;
    uint64_t runs = 0, each;

    if (!others->asleep || others->changes != p->changes)
        return false;
    for (struct pt_tracee *other = p->threads; other != NULL; other = other->next_thread) {
        if (other == t)
            continue;
        each = runs_of(s, other);
        if (each == 0)
            return false;
        runs += each;
    }
    return runs == others->runs;
}
