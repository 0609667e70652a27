#include "program.h"
#include "ptrace_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The event that says who made a thread comes within microseconds of that thread's first stop. */
#define HOLD_MS               50

/* The kernel's own codes for calls that a signal interrupted; programs never see them. */
#define ERESTARTSYS           512
#define ERESTART_RESTARTBLOCK 516

/* ESRCH is fine everywhere: it has been killed, and waitpid will say so. */
static void resume(struct pt_tracee *t, int signo)
{
    enum __ptrace_request how = PTRACE_CONT;

    if (t->call.restarting && signo != 0)
        how = PTRACE_SINGLESTEP;
    else if ((t->call.kind != PT_NO_CALL && !t->call.restarting) || t->filtered || t->strict)
        how = PTRACE_SYSCALL;
    t->stepping = how == PTRACE_SINGLESTEP;
    ptrace(how, t->tid, NULL, (void *)(long)signo);
}

/* ---- New threads and processes ------------------------------------------------------------- */

static struct pt_process *new_process(struct source *s, pid_t pid, pid_t ppid,
                                      struct proc_image *image)
{
    struct pt_process *p = pt_process_add(s, pid, ppid, image);
    struct activity a = {
        .kind = ACTIVITY_FORK,
        .pid = pid,
        .tid = pid,
        .ppid = ppid,
        .start_ns = pt_now(),
    };

    if (p == NULL)
        return NULL;
    if (p->image != NULL) {
        a.image = p->image->path;
        a.executed = p->image->executed;
        a.command_line = p->image->command_line;
    }
    pt_deliver(s, &a);
    return p;
}

/* Gives a thread its process; what was held back of it follows. `maker`: who made it, by which
   event; NULL: it is gone. */
static void settle(struct source *s, pid_t tid, struct pt_process *process, struct pt_tracee *maker,
                   int event)
{
    struct pt_tracee *t = pt_find(s, tid);
    bool held = t != NULL;

    if (held) {
        pt_adopt(s, t, process);
    } else if ((t = pt_add(s, tid, process)) == NULL) {
        pt_lost(s);
        if (process->threads == NULL)
            pt_process_remove(s, process);
        return;
    }
    if (maker != NULL)
        pt_self_made(s, maker, event, t);
    if (held)
        pt_stop(s, tid, t->held_status);
}

static void on_new(struct source *s, struct pt_tracee *t, int event)
{
    struct pt_process *process = t->process;
    struct pt_tracee *known;
    unsigned long tid;
    char link[64];

    if (ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &tid) < 0)
        return;
    known = pt_find(s, tid);
    if (known == NULL || known->process == NULL) {
        /* The event's kind does not tell threads from processes: it is about the signal that the
           end of the child sends. */
        snprintf(link, sizeof(link), "/proc/%d/task/%lu", process->pid, tid);
        if (access(link, F_OK) != 0)
            process = new_process(s, tid, process->pid, proc_image_ref(process->image));
        if (process != NULL)
            settle(s, tid, process, t, event);
        else
            pt_lost(s);
    }
    resume(t, 0);
}

static void hold(struct source *s, pid_t tid, int status)
{
    struct pt_tracee *t = pt_add(s, tid, NULL);

    if (t == NULL) {
        pt_lost(s);
        ptrace(PTRACE_CONT, tid, NULL, NULL);
        return;
    }
    t->held_status = status;
    t->held_dead = !WIFSTOPPED(status);
    t->held_ns = pt_now();
}

/* A number in /proc/TID/status, 0 where it cannot be had. */
static int status_number(const char *text, const char *field)
{
    const char *at = strstr(text, field);

    return at != NULL ? atoi(at + strlen(field)) : 0;
}

static void settle_orphan(struct source *s, struct pt_tracee *t)
{
    char link[32], text[4096];
    struct pt_process *process = NULL, *parent;
    pid_t tgid, ppid;
    size_t n;
    FILE *f;

    snprintf(link, sizeof(link), "/proc/%d/status", t->tid);
    f = t->held_dead ? NULL : fopen(link, "re");
    if (f == NULL) {
        pt_remove(s, t); /* dead: nobody has heard of it; a child of our host's own, too */
        return;
    }
    n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = '\0';
    tgid = status_number(text, "\nTgid:");
    ppid = status_number(text, "\nPPid:");
    if (tgid != t->tid)
        process = pt_process_find(s, tgid);
    if (process == NULL) {
        parent = pt_process_find(s, ppid);
        process =
            new_process(s, t->tid, ppid,
                        parent != NULL ? proc_image_ref(parent->image) : proc_image_read(t->tid));
    }
    if (process == NULL) {
        pt_lost(s);
        return;
    }
    /* More filters than who had only ours: one of its own. */
    t->filtered = status_number(text, "\nSeccomp_filters:") > (int)s->outer_filters + 1;
    settle(s, t->tid, process, NULL, 0);
}

int pt_settle_held(struct source *s)
{
    uint64_t now = pt_now();

    if (s->held_count == 0)
        return -1;
    for (unsigned i = 0; i < PT_BUCKETS; i++) {
        for (struct pt_tracee *t = s->buckets[i], *next; t != NULL; t = next) {
            next = t->next_in_bucket;
            if (t->process == NULL && now - t->held_ns > HOLD_MS * 1000000ull)
                settle_orphan(s, t);
        }
    }
    return s->held_count > 0 ? HOLD_MS : -1;
}

/* ---- Exec and exit ------------------------------------------------------------------------- */

/*
 * The thread that executes becomes its process's only one and takes over the process id; of the
 * others, its own former self included, nothing more is heard.
 */
static void on_exec(struct source *s, struct pt_tracee *t)
{
    struct pt_process *p = t->process;
    struct pt_tracee *asker;
    struct activity a = {.kind = ACTIVITY_IMAGE, .pid = p->pid, .tid = p->pid, .ppid = p->ppid};
    struct proc_image *image;
    struct proc_file executable;
    char *executed = NULL, link[PROC_LINK_MAX];
    unsigned long former;

    if (ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &former) < 0)
        return;
    asker = pt_find(s, former);
    snprintf(link, sizeof(link), "/proc/%d/exe", p->pid);
    pt_look(s, link, &executable);
    if (asker != NULL && asker->process == p) {
        pt_call_exec_done(s, t, former, &asker->call, &executable);
        t->filtered = asker->filtered;
        t->in_call = asker->in_call;
        executed = asker->call.file.path;
        asker->call.file.path = NULL;
        pt_call_forget(&asker->call);
    }
    for (struct pt_tracee *other = p->threads, *next; other != NULL; other = next) {
        next = other->next_thread;
        if (other != t)
            pt_remove(s, other);
    }
    pt_forget_memory(s, p);
    p->slow_memory = false;
    p->shares_files = p->shares_memory = false; /* an exec parts them */
    t->uid_known = false;
    if (pt_call_is_file(&t->call))
        s->count.never_returned++;
    pt_call_forget(&t->call);

    if (p->pid == s->root) {
        s->root_started = true;
        s->root_error = 0;
    }
    image = proc_image_read(p->pid);
    if (image != NULL && image->path != NULL && program_is_wine(image->path))
        s->wine_seen = true;
    /* What may be executed and not read hides itself; and a script must be read. */
    if (image != NULL && image->path == NULL) {
        image->path = executed;
        executed = NULL;
    }
    free(executed);
    free(executable.path);
    proc_image_unref(p->image);
    p->image = image;
    if (image == NULL) {
        pt_lost(s);
    } else {
        a.start_ns = pt_now();
        a.image = image->path;
        a.executed = image->executed;
        a.command_line = image->command_line;
        pt_deliver(s, &a);
    }
    resume(t, 0);
}

static void on_end(struct source *s, struct pt_tracee *t, int status)
{
    struct activity a = {
        .kind = ACTIVITY_EXIT,
        .pid = t->tid,
        .tid = t->tid,
        .start_ns = pt_now(),
        .status = status,
    };

    if (t->process == NULL) {
        t->held_dead = true;
        t->held_status = status;
        return;
    }
    /* The kernel keeps a leader's end back until all other threads are gone. */
    if (t->tid != t->process->pid) {
        a.kind = ACTIVITY_THREAD_EXIT;
        a.pid = t->process->pid;
        pt_remove(s, t);
        pt_deliver(s, &a);
        return;
    }
    if (t->tid == s->root) {
        s->root_gone = true;
        s->root_status = status;
    }
    pt_process_remove(s, t->process);
    pt_deliver(s, &a);
}

/* ---- Stops --------------------------------------------------------------------------------- */

/* The end of a call. */
static void on_call_exit(struct source *s, struct pt_tracee *t, int64_t result)
{
    bool interrupted = result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK;

    t->in_call = false;
    if (t->call.kind == PT_NO_CALL)
        return;
    if (!pt_call_is_file(&t->call)) {
        pt_self_end(s, t, result); /* it begins anew where it is made again */
        pt_call_forget(&t->call);
    } else if (interrupted) {
        t->call.restarting = true;
    } else {
        pt_call_end(s, t, result);
    }
}

/* The beginning or the end of a call, as PTRACE_SYSCALL wants it. */
static void on_call(struct source *s, struct pt_tracee *t)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(info), &info) > 0) {
        if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
            on_call_exit(s, t, info.exit.rval);
        } else if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            t->in_call = true;
            if (t->strict)
                pt_strict_check(s, t, info.arch, info.entry.nr);
            else
                pt_call_begin(s, t, &info);
        }
    }
    resume(t, 0);
}

/* A filter wants its tracer. */
static void on_filter(struct source *s, struct pt_tracee *t)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(info), &info) > 0 &&
        info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
        if (!t->in_call)
            pt_call_begin(s, t, &info);
        /* The program's own filter: it has no tracer that would answer. */
        if (info.seccomp.ret_data != PT_FILTER_DATA)
            pt_answer(t->tid, -ENOSYS);
    }
    resume(t, 0);
}

/*
 * A call that a signal interrupted is made again or returns EINTR; that is settled when the kernel
 * has prepared the signal's handler. A single step stops there. Where the signal has no handler,
 * the call is made again, and its beginning is the next stop.
 */
static bool on_step(struct source *s, struct pt_tracee *t)
{
    const int before_handler = SIGTRAP; /* si_code of a stop that is no signal */
    siginfo_t info;

    if (ptrace(PTRACE_GETSIGINFO, t->tid, NULL, &info) < 0 ||
        (info.si_code != before_handler && info.si_code != TRAP_TRACE))
        return false;
    if (info.si_code == before_handler && t->call.restarting) {
        t->call.restarting = false;
        if (pt_interrupted_for_good(s, t))
            pt_call_end(s, t, -EINTR);
        else
            pt_call_forget(&t->call);
    }
    resume(t, 0);
    return true;
}

static bool stops_group(int signo)
{
    return signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN || signo == SIGTTOU;
}

void pt_stop(struct source *s, pid_t tid, int status)
{
    struct pt_tracee *t = pt_find(s, tid);
    int signo = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;

    if (t == NULL) {
        hold(s, tid, status);
        return;
    }
    if (!WIFSTOPPED(status)) {
        on_end(s, t, status);
        return;
    }
    switch (status >> 16) {
    case 0:
        if (signo == (SIGTRAP | 0x80))
            on_call(s, t);
        else if (signo != SIGTRAP || !t->stepping || !on_step(s, t))
            resume(t, signo);
        break;
    case PTRACE_EVENT_SECCOMP:
        on_filter(s, t);
        break;
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
        on_new(s, t, status >> 16);
        break;
    case PTRACE_EVENT_EXEC:
        on_exec(s, t);
        break;
    case PTRACE_EVENT_STOP:
        if (t->untraced != PT_NO_CALL)
            pt_self_first_stop(s, t);
        if (t->interrupted)
            pt_hide_interrupt(t);
        /* A stopped program stays so until SIGCONT; a resumed one would run. */
        if (stops_group(signo))
            ptrace(PTRACE_LISTEN, tid, NULL, NULL);
        else
            resume(t, 0);
        break;
    default:
        resume(t, 0);
        break;
    }
}
