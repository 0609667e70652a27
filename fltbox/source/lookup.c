#include "lookup.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20 /* Linux 5.12 */
#endif

#define SHARE      10              /* of the time, that waiting for late answers may take */
#define SPARE_MS   (3 * LOOKUP_MS) /* and how much of it at once */
#define STACK_SIZE 65536

/* A thread, and what it is asked. */
struct worker {
    pthread_cond_t come, done;
    bool running;
    bool asked;     /* from the question until the answer */
    bool abandoned; /* nobody waits for the answer */
    void (*work)(void *);
    void (*discard)(void *);
    _Alignas(16) char job[LOOKUP_JOB_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct worker *workers[LOOKUP_THREADS];
static int64_t spare_ms = SPARE_MS;
static int64_t spared_ms; /* when that was counted */
static uint64_t late;

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

/* ---- The other threads --------------------------------------------------------------------- */

static void *serve(void *argument)
{
    struct worker *w = argument;

    pthread_mutex_lock(&lock);
    for (;;) {
        while (!w->asked)
            pthread_cond_wait(&w->come, &lock);
        pthread_mutex_unlock(&lock);
        w->work(w->job);
        pthread_mutex_lock(&lock);
        if (w->abandoned && w->discard != NULL)
            w->discard(w->job);
        w->asked = w->abandoned = false;
        pthread_cond_signal(&w->done);
    }
    return NULL;
}

static bool start(struct worker *w)
{
    pthread_condattr_t monotonic;
    pthread_attr_t detached;
    sigset_t all, before;
    pthread_t thread;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->come, NULL);
    pthread_cond_init(&w->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&detached, STACK_SIZE);
    /* Signals are for the threads that were there. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    w->running = pthread_create(&thread, &detached, serve, w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&detached);
    return w->running;
}

/* One that has nothing to do; NULL: there is none, and `*error` says why. */
static struct worker *idle(int *error)
{
    *error = -EBUSY;
    for (unsigned i = 0; i < LOOKUP_THREADS; i++) {
        if (workers[i] == NULL) {
            *error = -ENOMEM;
            workers[i] = calloc(1, sizeof(*workers[i]));
            if (workers[i] == NULL)
                return NULL;
        }
        if (!workers[i]->running && !start(workers[i])) {
            *error = -ENOMEM;
            return NULL;
        }
        if (!workers[i]->asked)
            return workers[i];
    }
    return NULL;
}

/* How long the next answer is waited for. */
static unsigned patience(void)
{
    int64_t now = now_ms();

    if (spared_ms != 0)
        spare_ms += (now - spared_ms) / SHARE;
    if (spared_ms == 0 || now - spared_ms >= SHARE)
        spared_ms = now;
    if (spare_ms > SPARE_MS)
        spare_ms = SPARE_MS;
    return spare_ms >= LOOKUP_MS        ? LOOKUP_MS
           : spare_ms > LOOKUP_SHORT_MS ? spare_ms
                                        : LOOKUP_SHORT_MS;
}

static struct timespec in_ms(unsigned ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

int lookup_do(void (*work)(void *), void (*discard)(void *), void *job, size_t size)
{
    struct timespec end;
    struct worker *w;
    unsigned limit;
    int result;

    if (size > LOOKUP_JOB_MAX)
        return -EINVAL;
    pthread_mutex_lock(&lock);
    w = idle(&result);
    if (w == NULL) {
        late++;
        goto out;
    }
    limit = patience();
    w->work = work;
    w->discard = discard;
    memcpy(w->job, job, size);
    w->asked = true;
    pthread_cond_signal(&w->come);
    end = in_ms(limit);
    while (w->asked && pthread_cond_timedwait(&w->done, &lock, &end) == 0)
        ;
    if (w->asked) {
        result = -ETIMEDOUT;
        w->abandoned = true;
        late++;
        spare_ms -= limit < spare_ms ? limit : spare_ms;
    } else {
        memcpy(job, w->job, size);
        result = 0;
    }
out:
    pthread_mutex_unlock(&lock);
    return result;
}

uint64_t lookup_late(void)
{
    uint64_t count;

    pthread_mutex_lock(&lock);
    count = late;
    pthread_mutex_unlock(&lock);
    return count;
}

/* ---- Names --------------------------------------------------------------------------------- */

struct opening {
    int directory; /* its own */
    int flags;
    uint64_t resolve;
    int result;
    proc_path name;
};

static int open_now(int directory, const char *name, int flags, uint64_t resolve)
{
    struct open_how how = {.flags = flags | O_PATH | O_CLOEXEC, .resolve = resolve};
    int fd;

    if (resolve == 0)
        fd = openat(directory, name, (int)how.flags);
    else
        fd = syscall(SYS_openat2, directory, name, &how, sizeof(how));
    return fd < 0 ? -errno : fd;
}

static void do_open(void *job)
{
    struct opening *o = job;

    o->result = open_now(o->directory, o->name, o->flags, o->resolve);
    if (o->directory >= 0)
        close(o->directory);
}

static void discard_open(void *job)
{
    struct opening *o = job;

    if (o->result >= 0)
        close(o->result);
}

static int ask_to_open(int directory, const char *name, int flags, uint64_t resolve)
{
    struct opening o = {.directory = directory, .flags = flags, .resolve = resolve};
    int result;

    _Static_assert(sizeof(o) <= LOOKUP_JOB_MAX, "it is copied");
    if (strlen(name) >= sizeof(o.name))
        return -ENAMETOOLONG;
    strcpy(o.name, name);
    if (directory >= 0 && (o.directory = fcntl(directory, F_DUPFD_CLOEXEC, 0)) < 0)
        return -errno;
    result = lookup_do(do_open, discard_open, &o, sizeof(o));
    if (result < 0 && result != -ETIMEDOUT && o.directory >= 0)
        close(o.directory);
    return result == -EBUSY ? -ETIMEDOUT : result < 0 ? result : o.result;
}

int lookup_open(int directory, const char *name, int flags, uint64_t resolve)
{
    int fd = open_now(directory, name, flags, resolve | RESOLVE_CACHED);

    /* EINVAL and ENOSYS: this kernel cannot, or it cannot what was asked for. */
    if (fd == -EAGAIN || fd == -EINVAL || fd == -ENOSYS)
        fd = ask_to_open(directory, name, flags, resolve);
    return fd;
}
