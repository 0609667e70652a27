#include "pace.h"

#include <stdatomic.h>
#include <time.h>

void pace_init(struct pace *p)
{
    pthread_condattr_t attributes;

    *p = (struct pace){0};
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&p->fed, &attributes);
    pthread_cond_init(&p->read, &attributes);
    pthread_condattr_destroy(&attributes);
}

void pace_free(struct pace *p)
{
    pthread_cond_destroy(&p->fed);
    pthread_cond_destroy(&p->read);
    pthread_mutex_destroy(&p->lock);
}

static struct timespec deadline(int milliseconds)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += milliseconds / 1000;
    t.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

void pace_fed(struct pace *p, bool finished)
{
    pthread_mutex_lock(&p->lock);
    p->has_fed = true;
    p->has_finished |= finished;
    pthread_cond_signal(&p->fed);
    pthread_mutex_unlock(&p->lock);
}

void pace_fed_while_waiting(struct pace *p)
{
    if (atomic_load_explicit(&p->show_waits, memory_order_relaxed))
        pace_fed(p, false);
}

bool pace_wait_fed(struct pace *p, int milliseconds)
{
    struct timespec until = deadline(milliseconds);
    bool has_fed;

    pthread_mutex_lock(&p->lock);
    atomic_store_explicit(&p->show_waits, true, memory_order_relaxed);
    while (!p->has_fed && pthread_cond_timedwait(&p->fed, &p->lock, &until) == 0)
        ;
    atomic_store_explicit(&p->show_waits, false, memory_order_relaxed);
    has_fed = p->has_fed;
    p->has_fed = false;
    pthread_mutex_unlock(&p->lock);
    return has_fed;
}

bool pace_has_finished(struct pace *p)
{
    bool finished;

    pthread_mutex_lock(&p->lock);
    finished = p->has_finished;
    pthread_mutex_unlock(&p->lock);
    return finished;
}

void pace_read(struct pace *p, bool gone)
{
    pthread_mutex_lock(&p->lock);
    p->reads++;
    if (gone)
        atomic_store(&p->show_is_gone, true);
    pthread_cond_signal(&p->read);
    pthread_mutex_unlock(&p->lock);
}

void pace_wait_read(struct pace *p, int milliseconds)
{
    struct timespec until = deadline(milliseconds);
    unsigned reads;

    pthread_mutex_lock(&p->lock);
    reads = p->reads;
    while (p->reads == reads && !atomic_load(&p->show_is_gone) &&
           pthread_cond_timedwait(&p->read, &p->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&p->lock);
}
