/*
 * The source_ops of the ptrace source.
 *
 * Tracees are waited for with waitpid(-1) on the opener's thread: a host that has other children
 * of that thread must not count on their exit statuses while the source is open.
 */
#include "program.h"
#include "ptrace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000u
#endif

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* Activities delivered before poll returns, so that its caller gets a turn. */
#define BATCH        256

#define WAIT_OPTIONS (__WALL | __WNOTHREAD)

/* ---- Waiting with a time limit ------------------------------------------------------------- */

/*
 * waitpid has none. A timer's signal interrupts it every few milliseconds: one that this process
 * does not use, sent to this thread only. The timer goes on between waits, until a wait without a
 * limit comes, for most waits end early; but its signal is let in only while we wait, for it would
 * interrupt our caller's writes too. (SIGCHLD would not do: where it is ignored, stops do not send
 * it, and other threads may take it.)
 */
#define TICK_MS      5

static volatile sig_atomic_t ticked;

static void on_timer(int signo)
{
    (void)signo;
    ticked = 1;
}

static int timer_open(struct source *s)
{
    struct sigaction action = {.sa_handler = on_timer};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID};
    sigset_t before;

    for (int signo = SIGRTMAX; signo >= SIGRTMIN && s->timer_signal == 0; signo--) {
        if (sigaction(signo, NULL, &s->timer_action_before) == 0 &&
            s->timer_action_before.sa_handler == SIG_DFL)
            s->timer_signal = signo;
    }
    if (s->timer_signal == 0)
        return -EBUSY;
    event.sigev_signo = s->timer_signal;
    event.sigev_notify_thread_id = gettid();
    sigemptyset(&action.sa_mask);
    if (timer_create(CLOCK_MONOTONIC, &event, &s->timer) < 0) {
        s->timer_signal = 0;
        return -errno;
    }
    sigaction(s->timer_signal, &action, NULL);
    sigemptyset(&s->timer_set);
    sigaddset(&s->timer_set, s->timer_signal);
    pthread_sigmask(SIG_BLOCK, &s->timer_set, &before);
    s->timer_was_blocked = sigismember(&before, s->timer_signal) == 1;
    return 0;
}

static void timer_close(struct source *s)
{
    if (s->timer_signal == 0)
        return;
    timer_delete(s->timer);
    /* One that has come goes to our handler; to none, it would end the process. */
    pthread_sigmask(SIG_UNBLOCK, &s->timer_set, NULL);
    sigaction(s->timer_signal, &s->timer_action_before, NULL);
    if (s->timer_was_blocked)
        pthread_sigmask(SIG_BLOCK, &s->timer_set, NULL);
}

static void timer_run(struct source *s, bool ticking)
{
    const struct itimerspec tick = {{0, TICK_MS * 1000000}, {0, TICK_MS * 1000000}}, none = {0};

    if (s->ticking == ticking)
        return;
    timer_settime(s->timer, 0, ticking ? &tick : &none, NULL);
    s->ticking = ticking;
}

/* As waitpid; -EINTR when a signal handler ran: the timer's or another. Where there is no limit the
   timer does not run, or runs because we have been told to stop: see ptrace_end. */
static pid_t wait_for_stop(struct source *s, int *status, bool limited)
{
    pid_t tid;

    timer_run(s, limited);
    ticked = 0;
    if (atomic_load(&s->stopped))
        return -EINTR;
    pthread_sigmask(SIG_UNBLOCK, &s->timer_set, NULL);
    tid = waitpid(-1, status, WAIT_OPTIONS);
    if (tid < 0)
        tid = -errno;
    pthread_sigmask(SIG_BLOCK, &s->timer_set, NULL);
    return tid;
}

/* ---- The operations ------------------------------------------------------------------------ */

static void kill_all(struct source *s)
{
    int status, patience = 2000;
    pid_t tid;

    if (s->root > 0 && !s->root_gone)
        kill(s->root, SIGKILL);
    for (struct pt_process *p = s->processes; p != NULL; p = p->next)
        kill(p->pid, SIGKILL);
    /* Whatever does not end soon (it waits for a device) ends when we do: PTRACE_O_EXITKILL. */
    while (patience > 0 && (s->processes != NULL || (s->root > 0 && !s->root_gone))) {
        struct pt_tracee *t;

        tid = waitpid(-1, &status, WAIT_OPTIONS | WNOHANG);
        if (tid < 0 && errno == ECHILD)
            break;
        if (tid <= 0) {
            usleep(1000);
            patience--;
            continue;
        }
        t = pt_find(s, tid);
        if (WIFSTOPPED(status))
            kill(tid, SIGKILL); /* one that we had not heard of */
        else if (t != NULL && t->process != NULL && t->process->pid == tid)
            pt_process_remove(s, t->process);
        else if (t != NULL)
            pt_remove(s, t);
        if (tid == s->root && !WIFSTOPPED(status))
            s->root_gone = true;
    }
}

static void ptrace_close(struct source *s)
{
    if (s == NULL)
        return;
    if (s->channel >= 0)
        close(s->channel);
    if (s->root_process >= 0)
        close(s->root_process);
    kill_all(s);
    while (s->processes != NULL)
        pt_process_remove(s, s->processes);
    for (unsigned i = 0; i < PT_BUCKETS; i++) {
        while (s->buckets[i] != NULL)
            pt_remove(s, s->buckets[i]);
    }
    timer_close(s);
    pt_forget_mounts(s);
    free(s);
}

static int ptrace_open(struct source **out, const struct source_target *target, activity_sink *sink,
                       void *context, pid_t *pid, char *error, size_t error_size)
{
    struct source *s;
    struct statx st;
    struct stat namespace;
    int result;

    *out = NULL;
    if (target->argv == NULL || target->pid_count > 0 || target->everything) {
        snprintf(error, error_size,
                 "the ptrace source watches only a program that it starts, and what that starts");
        return -EINVAL;
    }
    s = calloc(1, sizeof(*s));
    if (s == NULL) {
        snprintf(error, error_size, "cannot trace: %s", strerror(ENOMEM));
        return -ENOMEM;
    }
    s->sink = sink;
    s->context = context;
    s->channel = s->root_process = -1;
    s->unix_view = target->unix_view;
    if (statx(AT_FDCWD, "/", 0, STATX_INO | STATX_MNT_ID, &st) == 0) {
        s->root_dev = makedev(st.stx_dev_major, st.stx_dev_minor);
        s->root_ino = st.stx_ino;
        s->root_mount = st.stx_mnt_id;
    }
    if (stat("/proc/self/ns/mnt", &namespace) == 0)
        s->mount_namespace = namespace.st_ino;
    pt_find_mounts(s);
    result = pt_start(s, target->argv, error, error_size);
    if (result == 0)
        s->root_process = program_process(s->root);
    if (result == 0 && (result = timer_open(s)) < 0)
        snprintf(error, error_size, "cannot trace: no timer to be had: %s", strerror(-result));
    if (result < 0) {
        ptrace_close(s);
        return result;
    }
    *pid = s->root;
    *out = s;
    return 0;
}

static int ptrace_go(struct source *s)
{
    int result = 0;

    if (send(s->channel, "g", 1, MSG_NOSIGNAL) != 1)
        result = -errno;
    close(s->channel);
    s->channel = -1;
    return result;
}

static int time_left(uint64_t end_ns)
{
    struct timespec t;
    uint64_t now;

    clock_gettime(CLOCK_MONOTONIC, &t);
    now = t.tv_sec * 1000000000ull + t.tv_nsec;
    return now >= end_ns ? 0 : (end_ns - now + 999999) / 1000000;
}

static uint64_t time_end(int timeout_ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec + timeout_ms * 1000000ull;
}

/* The next thing to handle, waiting `left` ms for it at most: as waitpid; 0 or -EINTR for none. */
static pid_t next_stop(struct source *s, int *status, int left)
{
    int hold_ms = pt_settle_held(s);
    pid_t tid;

    if (left != 0 && hold_ms < 0 && s->tracee_count > 0 && s->delivered == 0)
        return wait_for_stop(s, status, left > 0);
    tid = waitpid(-1, status, WAIT_OPTIONS | WNOHANG);
    if (tid < 0)
        return -errno;
    if (tid == 0 && s->tracee_count == 0)
        return -ECHILD; /* what is left is not ours */
    if (tid > 0 || left == 0 || s->delivered > 0)
        return tid;
    return wait_for_stop(s, status, hold_ms >= 0 || left > 0);
}

static int ptrace_poll(struct source *s, int timeout_ms)
{
    uint64_t end_ns = timeout_ms > 0 ? time_end(timeout_ms) : 0;
    int left = timeout_ms;

    s->delivered = 0;
    for (;;) {
        int status, held = s->held_count;
        pid_t tid;

        if (atomic_load(&s->stopped))
            return s->delivered > 0 ? 1 : -ECHILD;
        tid = next_stop(s, &status, left);
        if (tid > 0)
            pt_stop(s, tid, status);
        else if (s->delivered > 0)
            return 1;
        else if (tid < 0 && tid != -EINTR)
            return tid;
        else if (tid == 0 || (held == 0 && !ticked))
            return 0;
        if (s->delivered >= BATCH)
            return 1;
        if (timeout_ms > 0 && s->delivered == 0)
            left = time_left(end_ns);
    }
}

/* From any thread. What was seen has been delivered. */
static void ptrace_end(struct source *s, int deliver_ms)
{
    const struct itimerspec tick = {{0, TICK_MS * 1000000}, {0, TICK_MS * 1000000}};

    (void)deliver_ms;
    atomic_store(&s->stopped, true);
    timer_settime(s->timer, 0, &tick, NULL);
}

static int ptrace_left(struct source *s)
{
    int left = 0;

    if (!s->root_gone)
        return -1;
    for (struct pt_process *p = s->processes; p != NULL; p = p->next)
        left++;
    return left;
}

static void ptrace_result(struct source *s, int *wait_status, int *exec_error)
{
    *wait_status = s->root_status;
    *exec_error = s->root_error;
}

static int ptrace_program(struct source *s)
{
    return s->root_process;
}

static bool ptrace_signal(struct source *s, int signo)
{
    /* Where there are no pidfds a process that has just been waited for is told by this alone. */
    if (s->root_process < 0)
        return !s->root_gone && kill(s->root, signo) == 0;
    return program_signal(s->root_process, signo);
}

static void add_warning(struct source *s, const char *text)
{
    size_t n = strlen(s->warning);

    snprintf(s->warning + n, sizeof(s->warning) - n, "%s%s", n > 0 ? "; " : "", text);
}

static const char *ptrace_warning(struct source *s)
{
    s->warning[0] = '\0';
    if (s->wine_seen && !s->unix_view)
        add_warning(s, "Windows programs are shown by the Linux calls of Wine's loader: what they "
                       "ask of NT is seen by the bpf source, which needs root (sudo)");
    if (s->count.urings > 0)
        add_warning(s, "what is opened through io_uring is not shown, and it was used: the bpf "
                       "source sees that, which needs root (sudo)");
    if (s->count.untraced > 0)
        add_warning(s, "processes made with CLONE_UNTRACED could not be watched, and their opens "
                       "fail");
    return s->warning[0] != '\0' ? s->warning : NULL;
}

static void ptrace_print_stats(struct source *s, FILE *out)
{
    source_print_count(
        out, s->count.unread,
        "opens and execs whose names were not read: bad pointers, or refused before");
    source_print_count(
        out, s->count.hidden,
        "opens and execs lost, of processes that may not be looked at (PR_SET_DUMPABLE, or an "
        "executable without read permission); root sees them");
    source_print_count(out, s->count.never_returned,
                       "opens and execs that did not return: their threads were killed in them");
    source_print_count(
        out, s->count.vanished,
        "opened files closed by another thread before they were looked at; the names asked "
        "for are shown");
    source_print_count(out, s->count.untraced,
                       "processes that could not be watched: they were made with CLONE_UNTRACED");
    source_print_count(out, s->count.urings,
                       "io_uring instances: what is opened through them is not seen");
    if (s->outer_filters > 0)
        fprintf(out, "calls that the seccomp filter answers which filetap itself runs under, a "
                     "container's say, are not seen\n");
    source_print_count(
        out, s->count.late,
        "look-ups given up because a file system took too long: whether a file was made, or its "
        "directory was missing, is not known, or a name was read late");
    source_print_count(out, s->count.lost, "activities lost for want of memory");
}

const struct source_ops source_ptrace = {
    .name = "ptrace",
    .kills = true,
    .open = ptrace_open,
    .go = ptrace_go,
    .poll = ptrace_poll,
    .stop = ptrace_end,
    .left = ptrace_left,
    .result = ptrace_result,
    .signal = ptrace_signal,
    .program = ptrace_program,
    .warning = ptrace_warning,
    .print_stats = ptrace_print_stats,
    .close = ptrace_close,
};
