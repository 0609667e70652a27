#include "lookup.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20 /* Linux 5.12 */
#endif

/* While its last look-up came too late, the next may not cost us as much. */
#define LATE_MS 5

/* The other thread, and what it is asked. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t come, done;
    bool running;
    bool asked;     /* from the question until the answer */
    bool abandoned; /* nobody waits for the answer */
    unsigned limit_ms;
    int directory; /* its own */
    int flags;
    uint64_t resolve;
    proc_path name;
    int result;
} other = {.lock = PTHREAD_MUTEX_INITIALIZER, .come = PTHREAD_COND_INITIALIZER};

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

static void *work(void *unused)
{
    int result;

    (void)unused;
    pthread_mutex_lock(&other.lock);
    for (;;) {
        while (!other.asked)
            pthread_cond_wait(&other.come, &other.lock);
        pthread_mutex_unlock(&other.lock);
        result = open_now(other.directory, other.name, other.flags, other.resolve);
        pthread_mutex_lock(&other.lock);
        if (other.directory >= 0)
            close(other.directory);
        if (other.abandoned && result >= 0)
            close(result);
        other.result = result;
        other.asked = false;
        pthread_cond_signal(&other.done);
    }
    return NULL;
}

static bool start(void)
{
    pthread_condattr_t monotonic;
    pthread_attr_t detached;
    sigset_t all, before;
    pthread_t thread;

    if (other.running)
        return true;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&other.done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    /* Signals are for the threads that were there. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    other.running = pthread_create(&thread, &detached, work, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&detached);
    other.limit_ms = LOOKUP_MS;
    return other.running;
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

static int ask_other(int directory, const char *name, int flags, uint64_t resolve)
{
    struct timespec end;
    int result = -ETIMEDOUT;

    if (strlen(name) >= sizeof(other.name))
        return -ENAMETOOLONG;
    pthread_mutex_lock(&other.lock);
    if (!start()) {
        result = -ENOMEM;
        goto out;
    }
    if (other.asked)
        goto out;
    other.directory = directory;
    if (directory >= 0 && (other.directory = fcntl(directory, F_DUPFD_CLOEXEC, 0)) < 0) {
        result = -errno;
        goto out;
    }
    other.flags = flags;
    other.resolve = resolve;
    strcpy(other.name, name);
    other.abandoned = false;
    other.asked = true;
    pthread_cond_signal(&other.come);
    end = in_ms(other.limit_ms);
    while (other.asked && pthread_cond_timedwait(&other.done, &other.lock, &end) == 0)
        ;
    if (other.asked) {
        other.abandoned = true;
        other.limit_ms = LATE_MS;
    } else {
        result = other.result;
        other.limit_ms = LOOKUP_MS;
    }
out:
    pthread_mutex_unlock(&other.lock);
    return result;
}

int lookup_open(int directory, const char *name, int flags, uint64_t resolve)
{
    int fd = open_now(directory, name, flags, resolve | RESOLVE_CACHED);

    /* EINVAL and ENOSYS: this kernel cannot, or it cannot what was asked for. */
    if (fd == -EAGAIN || fd == -EINVAL || fd == -ENOSYS)
        fd = ask_other(directory, name, flags, resolve);
    return fd;
}
