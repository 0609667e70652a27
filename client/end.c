/* When and how a trace ends: signals, --duration, and the moment at which it must be over. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fltbox/box.h"
#include "stages.h"

#define TICK      10 /* ms: how often a write that is to give up is interrupted */

#define NICE      (-10) /* it does next to nothing, and that on time */

/* A Ctrl-C that ends the program is none for us, though it may be gone when we look. */
#define LONG_GONE 50 /* ms */

uint64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool trace_is_past(const struct trace *t, unsigned ms)
{
    uint64_t asked = atomic_load_explicit(&t->end_ms, memory_order_relaxed);

    return asked != 0 && milliseconds() >= asked + ms;
}

void trace_program_ended(struct trace *t)
{
    uint64_t not_yet = 0;

    atomic_compare_exchange_strong(&t->gone_ms, &not_yet, milliseconds());
}

/* ---- Asking for it ------------------------------------------------------------------------- */

void end_request(struct trace *t, enum reason reason)
{
    const uint64_t one = 1;
    int none = END_NOT;

    if (!atomic_compare_exchange_strong(&t->reason, &none, reason))
        return;
    if (write(t->end_event, &one, sizeof(one)) < 0)
        return; /* it is to look already */
}

void end_after_duration(struct trace *t)
{
    const uint64_t one = 1;

    if (t->options.duration_ms == 0)
        return;
    atomic_store(&t->duration_end_ms, milliseconds() + t->options.duration_ms);
    if (write(t->end_event, &one, sizeof(one)) < 0)
        return; /* it is to look already */
}

static int signals[2]; /* a pipe: numbers of signals that have come */

static void on_signal(int signo)
{
    const unsigned char number = signo;
    int saved = errno;

    if (write(signals[1], &number, 1) < 0) {
        /* So many have come that one more makes no difference. */
    }
    errno = saved;
}

static void on_interrupt(int signo)
{
    (void)signo;
}

/* Once the program has ended, what a terminal sends is for us. */
static bool has_long_ended(const struct trace *t)
{
    uint64_t gone = atomic_load(&t->gone_ms);

    return gone != 0 && milliseconds() - gone >= LONG_GONE;
}

/*
 * A program that we run is to have signals as it had them without us: what a terminal sends reaches
 * it by itself; what is sent to us is passed on, each time. When it is gone, and where we run none,
 * they end the trace. One that comes after that ends it at once.
 */
static bool wants_to_end(struct trace *t, int signo)
{
    if (t->options.verb != VERB_RUN)
        return true;
    if (signo == SIGINT || signo == SIGQUIT)
        return has_long_ended(t);
    return !box_signal(t->box, signo);
}

/* ---- The end at all costs ------------------------------------------------------------------ */

/*
 * Somebody waits for what does not come: a file system that does not answer, a reader that does not
 * read. Nothing is released; the kernel does that. The lock is held.
 */
static _Noreturn void end_now(struct trace *t)
{
    struct pollfd errors = {.fd = STDERR_FILENO, .events = POLLOUT};
    int status = t->status, wait_status = 0, exec_error = 0;

    if (!t->over) {
        box_result(t->box, &wait_status, &exec_error);
        /* Standard error may be what nobody reads. */
        if (atomic_load(&t->reason) != END_READER && poll(&errors, 1, 0) > 0 &&
            errors.revents & POLLOUT)
            summary_print(t);
        status = trace_status(t, true);
    }
    if (status == TRACE_ENDS_BY_PIPE)
        box_exit_at_once(SIGPIPE, 0);
    if (status == TRACE_ENDS_LIKE_PROGRAM)
        box_exit_at_once(wait_status, exec_error);
    _exit(status);
}

void end_release(struct trace *t, int status)
{
    pthread_mutex_lock(&t->end_lock);
    t->over = true;
    t->status = status;
    pthread_mutex_unlock(&t->end_lock);
}

/* ---- The thread ---------------------------------------------------------------------------- */

struct clock {
    struct trace *t;
    bool watches_reader;
    int program;  /* a descriptor for poll(2); -1: it has ended, or somebody else has to see it */
    bool stopped; /* the source has been told */
};

static void look_at_signals(struct clock *c)
{
    unsigned char numbers[64];
    ssize_t n = read(signals[0], numbers, sizeof(numbers));

    for (ssize_t i = 0; i < n; i++) {
        if (!wants_to_end(c->t, numbers[i]))
            continue;
        if (c->stopped)
            end_now(c->t);
        end_request(c->t, END_SIGNAL);
    }
}

/* Tells the source, once. What waits there is of interest where there is a moment up to which all
   is to be shown. */
static void stop(struct clock *c)
{
    int reason = atomic_load(&c->t->reason);

    if (reason == END_NOT || c->stopped)
        return;
    c->stopped = true;
    atomic_store(&c->t->end_ms, milliseconds());
    box_stop(c->t->box, reason == END_SIGNAL || reason == END_DURATION ? FEED_MS : 0);
    pace_fed(&c->t->pace, false);
}

static int time_to_wait(const struct clock *c)
{
    uint64_t now = milliseconds(), end = atomic_load(&c->t->duration_end_ms);

    if (c->stopped)
        return TICK;
    if (end == 0)
        return -1;
    return end <= now ? 0 : end - now > 1000 * 1000 ? 1000 * 1000 : (int)(end - now);
}

/* What has happened? The lock is held, and not all is over. */
static void look(struct clock *c, const struct pollfd *p)
{
    struct trace *t = c->t;
    uint64_t count, end = atomic_load(&t->duration_end_ms);
    pid_t show;

    if (p[1].revents != 0 && read(t->end_event, &count, sizeof(count)) < 0)
        return;
    if (p[3].revents != 0) {
        trace_program_ended(t);
        c->program = -1;
    }
    if (p[0].revents != 0)
        look_at_signals(c);
    if (p[2].revents & (POLLERR | POLLHUP))
        end_request(t, t->output.pipe_is_quiet ? END_READER : END_OUTPUT);
    if (end != 0 && milliseconds() >= end)
        end_request(t, END_DURATION);
    stop(c);
    if (trace_is_past(t, SHOW_MS) && (show = atomic_load(&t->show_tid)) != 0)
        syscall(SYS_tgkill, getpid(), show, END_INTERRUPT);
}

static void *run(void *context)
{
    struct clock *c = context;
    struct trace *t = c->t;

    setpriority(PRIO_PROCESS, 0, NICE); /* this thread's, where we may */
    box_thread_begin();
    for (;;) {
        struct pollfd p[] = {
            {.fd = signals[0], .events = POLLIN},
            {.fd = t->end_event, .events = POLLIN},
            {.fd = c->watches_reader && !c->stopped ? t->output.fd : -1}, /* POLLERR */
            {.fd = c->program, .events = POLLIN},
        };

        poll(p, sizeof(p) / sizeof(p[0]), time_to_wait(c));
        pthread_mutex_lock(&t->end_lock);
        if (!t->over)
            look(c, p);
        if (trace_is_past(t, HARD_MS))
            end_now(t);
        pthread_mutex_unlock(&t->end_lock);
    }
    return NULL;
}

int end_start(struct trace *t, char **error)
{
    static struct clock clock; /* as long as the thread, which nobody waits for */
    static const int ours[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    struct sigaction handle = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct sigaction interrupt = {.sa_handler = on_interrupt};
    sigset_t taken;
    pthread_t thread;
    int result = 0;

    sigemptyset(&taken);
    t->end_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (t->end_event < 0 || pipe2(signals, O_CLOEXEC | O_NONBLOCK) < 0)
        result = errno;
    clock = (struct clock){.t = t, .program = -1};
    clock.watches_reader = t->options.verb != VERB_RUN && output_has_reader(&t->output);
    if (t->options.verb == VERB_RUN)
        clock.program = box_program(t->box);
    if (result == 0)
        result = pthread_create(&thread, NULL, run, &clock);
    if (result != 0) {
        set_message(error, "cannot make a thread: %s", strerror(result));
        return -1;
    }
    pthread_detach(thread);
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        /* nohup means what it says. */
        if (ours[i] == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 &&
            before.sa_handler == SIG_IGN)
            continue;
        sigaction(ours[i], &handle, NULL);
        sigaddset(&taken, ours[i]);
    }
    /* For the thread that waits for them: this one may be at work, and not the first in line. */
    pthread_sigmask(SIG_BLOCK, &taken, NULL);
    sigaction(END_INTERRUPT, &interrupt, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
    return 0;
}
