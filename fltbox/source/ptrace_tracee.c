#include "ptrace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct pt_tracee **bucket_of(struct source *s, pid_t tid)
{
    return &s->buckets[(unsigned)tid % PT_BUCKETS];
}

struct pt_tracee *pt_find(struct source *s, pid_t tid)
{
    struct pt_tracee *t = *bucket_of(s, tid);

    while (t != NULL && t->tid != tid)
        t = t->next_in_bucket;
    return t;
}

static void attach(struct pt_tracee *t, struct pt_process *process)
{
    t->process = process;
    t->next_thread = process->threads;
    t->thread_link = &process->threads;
    if (t->next_thread != NULL)
        t->next_thread->thread_link = &t->next_thread;
    process->threads = t;
    process->thread_count++;
    process->changes++;
}

struct pt_tracee *pt_add(struct source *s, pid_t tid, struct pt_process *process)
{
    struct pt_tracee *t = calloc(1, sizeof(*t)), **bucket = bucket_of(s, tid);

    if (t == NULL)
        return NULL;
    t->tid = tid;
    t->schedstat = -1;
    t->next_in_bucket = *bucket;
    *bucket = t;
    s->tracee_count++;
    if (process != NULL)
        attach(t, process);
    else
        s->held_count++;
    return t;
}

void pt_adopt(struct source *s, struct pt_tracee *t, struct pt_process *process)
{
    s->held_count--;
    attach(t, process);
}

void pt_remove(struct source *s, struct pt_tracee *t)
{
    struct pt_tracee **link = bucket_of(s, t->tid);
    struct pt_process *process = t->process;

    while (*link != t)
        link = &(*link)->next_in_bucket;
    *link = t->next_in_bucket;
    s->tracee_count--;
    if (process == NULL) {
        s->held_count--;
    } else {
        *t->thread_link = t->next_thread;
        if (t->next_thread != NULL)
            t->next_thread->thread_link = t->thread_link;
        process->thread_count--;
        process->changes++;
    }
    if (t->schedstat >= 0) {
        close(t->schedstat);
        s->schedstat_count--;
    }
    if (pt_call_is_file(&t->call))
        s->count.never_returned++;
    pt_call_forget(&t->call);
    free(t);
}

struct pt_process *pt_process_add(struct source *s, pid_t pid, pid_t ppid, struct proc_image *image)
{
    struct pt_process *p = calloc(1, sizeof(*p));

    if (p == NULL) {
        proc_image_unref(image);
        return NULL;
    }
    p->pid = pid;
    p->ppid = ppid;
    p->image = image;
    p->pagemap = -1;
    p->next = s->processes;
    p->link = &s->processes;
    if (p->next != NULL)
        p->next->link = &p->next;
    s->processes = p;
    return p;
}

struct pt_process *pt_process_find(struct source *s, pid_t pid)
{
    struct pt_tracee *leader = pt_find(s, pid);

    return leader != NULL && leader->process != NULL && leader->process->pid == pid
               ? leader->process
               : NULL;
}

void pt_process_remove(struct source *s, struct pt_process *p)
{
    while (p->threads != NULL)
        pt_remove(s, p->threads);
    *p->link = p->next;
    if (p->next != NULL)
        p->next->link = p->link;
    pt_forget_memory(s, p);
    proc_image_unref(p->image);
    free(p);
}
