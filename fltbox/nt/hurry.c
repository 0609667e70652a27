/*
 * Drivers that do not return. No call into a driver has a limit of its own, as on Windows; but when
 * the user wants an end, one that is under way and stays so is named, and ends the process.
 */
#include "executive.h"
#include "../pe/exception.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS       3 /* of grace: it may go into a driver a moment later */
#define GRACE_MS     2000
#define ANSWER_MS    500
#define SIGNAL_WHERE (SIGRTMIN + 5) /* asks a thread where it is */
#define THREADS_MAX  256            /* that are looked at */

static pthread_mutex_t cpus_lock = PTHREAD_MUTEX_INITIALIZER;
static struct nt_cpu *cpus;
static int hurries = -1, asked; /* a pipe, a byte for each nt_hurry */
static sem_t answered;
static const void *_Atomic where;

void nt_hurry_add(struct nt_cpu *cpu)
{
    cpu->tid = (pid_t)syscall(SYS_gettid);
    pthread_mutex_lock(&cpus_lock);
    cpu->next = cpus;
    cpus = cpu;
    pthread_mutex_unlock(&cpus_lock);
}

void nt_hurry_remove(struct nt_cpu *cpu)
{
    pthread_mutex_lock(&cpus_lock);
    for (struct nt_cpu **p = &cpus; *p != NULL; p = &(*p)->next) {
        if (*p == cpu) {
            *p = cpu->next;
            break;
        }
    }
    pthread_mutex_unlock(&cpus_lock);
}

/* ---- Who is in a driver --------------------------------------------------------------------- */

/* The outermost call of a thread, which is another one's while it is looked at. */
struct stay {
    struct nt_cpu *cpu;
    uint64_t entered;
};

static bool is_inside(const struct nt_cpu *cpu)
{
    return !cpu->background && *(struct nt_call *const volatile *)&cpu->calls != NULL;
}

static unsigned note_stays(struct stay *stays)
{
    unsigned n = 0;

    pthread_mutex_lock(&cpus_lock);
    for (struct nt_cpu *c = cpus; c != NULL && n < THREADS_MAX; c = c->next) {
        if (is_inside(c))
            stays[n++] = (struct stay){c, __atomic_load_n(&c->entered, __ATOMIC_RELAXED)};
    }
    pthread_mutex_unlock(&cpus_lock);
    return n;
}

/* The innermost call of one that has not returned. */
static bool still_there(const struct stay *s, struct nt_call *stuck, pid_t *tid)
{
    const struct nt_cpu *c;
    bool there;

    pthread_mutex_lock(&cpus_lock);
    for (c = cpus; c != NULL && c != s->cpu;)
        c = c->next;
    there =
        c != NULL && is_inside(c) && __atomic_load_n(&c->entered, __ATOMIC_RELAXED) == s->entered;
    if (there) {
        *stuck = *c->calls;
        *tid = c->tid;
    }
    pthread_mutex_unlock(&cpus_lock);
    return there;
}

/* ---- The report ----------------------------------------------------------------------------- */

static void answer(int signo, siginfo_t *info, void *context)
{
    int saved = errno;

    (void)signo;
    (void)info;
    where = exception_interrupted_in(context);
    sem_post(&answered);
    errno = saved;
}

/* An address in the driver where the thread is, or to which it returns; NULL. */
static const void *ask_where(pid_t tid)
{
    struct sigaction ask = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    struct timespec until;

    sigfillset(&ask.sa_mask);
    if (sem_init(&answered, 0, 0) != 0 || sigaction(SIGNAL_WHERE, &ask, NULL) != 0 ||
        syscall(SYS_tgkill, getpid(), tid, SIGNAL_WHERE) != 0)
        return NULL;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ANSWER_MS * 1000000L;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (sem_timedwait(&answered, &until) != 0)
        if (errno != EINTR)
            return NULL;
    return where;
}

static _Noreturn void give_up(const struct nt_call *stuck, pid_t tid)
{
    const void *at = ask_where(tid);
    struct nt_call call;
    char place[256];

    /* In its name: the report says whose call it is. */
    nt_call_begin(&call, stuck->driver, stuck->what);
    if (at != NULL)
        nt_bug_check(BUGCHECK_MANUALLY_INITIATED_CRASH,
                     "an end was asked for, and the driver does not return; it is at %s",
                     pe_describe(at, place, sizeof(place)));
    nt_bug_check(BUGCHECK_MANUALLY_INITIATED_CRASH,
                 "an end was asked for, and the driver does not return");
}

static void check(const struct stay *stays, unsigned n)
{
    struct nt_call stuck;
    pid_t tid;

    for (unsigned i = 0; i < n; i++) {
        if (still_there(&stays[i], &stuck, &tid))
            give_up(&stuck, tid);
    }
}

/* ---- The thread ----------------------------------------------------------------------------- */

static void *watch(void *unused)
{
    static struct stay stays[THREADS_MAX];
    struct pollfd fd = {.fd = asked, .events = POLLIN};
    unsigned n = 0, rounds = 0;

    (void)unused;
    for (;;) {
        /* Who is in a driver has until the next time, or until the grace ends. */
        int ready = poll(&fd, 1, rounds > 0 ? GRACE_MS : -1);
        char byte;

        if (ready > 0 && read(asked, &byte, 1) != 1)
            return NULL;
        if (ready < 0)
            continue;
        check(stays, n);
        rounds = ready > 0 ? ROUNDS : rounds - 1;
        n = rounds > 0 ? note_stays(stays) : 0;
    }
}

bool nt_hurry_init(void)
{
    pthread_t thread;
    sigset_t all, before;
    int ends[2], e;

    if (hurries >= 0)
        return true;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    fcntl(ends[0], F_SETFL, 0); /* reading waits */
    asked = ends[0];
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    e = pthread_create(&thread, NULL, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (e != 0) {
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    pthread_detach(thread);
    hurries = ends[1];
    return true;
}

void nt_hurry(void)
{
    int saved = errno;

    if (hurries >= 0 && write(hurries, "", 1) < 0) {
        /* Full: it has been asked often enough. */
    }
    errno = saved;
}
