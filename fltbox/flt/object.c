#include "manager.h"
#include <errno.h>
#include <time.h>

struct flt_state flt = {.lock = PTHREAD_MUTEX_INITIALIZER};
unsigned flt_patience_ms = 1000;

static pthread_mutex_t lowered_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t lowered = PTHREAD_COND_INITIALIZER;
static atomic_uint waiters;

void object_init(struct object *o, enum object_kind kind)
{
    o->kind = kind;
    atomic_init(&o->references, 1);
    atomic_init(&o->rundown, 0);
}

void object_reference(void *p)
{
    struct object *o = p;

    atomic_fetch_add_explicit(&o->references, 1, memory_order_relaxed);
}

void object_dereference(void *p)
{
    struct object *o = p;

    if (atomic_fetch_sub(&o->references, 1) != 1)
        return;
    switch (o->kind) {
    case OBJECT_VOLUME:
        volume_free(p);
        break;
    case OBJECT_INSTANCE:
        instance_free(p);
        break;
    default: /* a filter stays for its statistics */
        break;
    }
}

bool object_acquire(void *p)
{
    struct object *o = p;
    unsigned n = atomic_load(&o->rundown);

    do {
        if (n & OBJECT_CLOSING)
            return false;
    } while (!atomic_compare_exchange_weak(&o->rundown, &n, n + 1));
    object_reference(o);
    return true;
}

void object_release(void *p)
{
    struct object *o = p;
    unsigned n = atomic_load(&o->rundown);

    do {
        if ((n & ~OBJECT_CLOSING) == 0)
            nt_bug_check(FLT_BUGCHECK,
                         "FltObjectDereference: the object %p has no reference left to give back",
                         p);
    } while (!atomic_compare_exchange_weak(&o->rundown, &n, n - 1));
    counter_lowered();
    object_dereference(o);
}

bool object_closing(const void *p)
{
    const struct object *o = p;

    return atomic_load(&((struct object *)o)->rundown) & OBJECT_CLOSING;
}

bool object_close(void *p)
{
    struct object *o = p;

    return !(atomic_fetch_or(&o->rundown, OBJECT_CLOSING) & OBJECT_CLOSING);
}

unsigned object_drain(void *p)
{
    struct object *o = p;

    counter_wait(&o->rundown, ~OBJECT_CLOSING, 0);
    return atomic_load(&o->rundown) & ~OBJECT_CLOSING;
}

void counter_lowered(void)
{
    if (atomic_load(&waiters) == 0)
        return;
    pthread_mutex_lock(&lowered_lock);
    pthread_cond_broadcast(&lowered);
    pthread_mutex_unlock(&lowered_lock);
}

bool counter_wait(const atomic_uint *counter, unsigned mask, unsigned at_most)
{
    atomic_uint *c = (atomic_uint *)counter;
    struct timespec until;
    int e = 0;

    if ((atomic_load(c) & mask) <= at_most)
        return true;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += flt_patience_ms / 1000;
    until.tv_nsec += (long)(flt_patience_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&lowered_lock);
    atomic_fetch_add(&waiters, 1);
    while ((atomic_load(c) & mask) > at_most && e != ETIMEDOUT)
        e = pthread_cond_timedwait(&lowered, &lowered_lock, &until);
    atomic_fetch_sub(&waiters, 1);
    pthread_mutex_unlock(&lowered_lock);
    return (atomic_load(c) & mask) <= at_most;
}

/* ---- What drivers call ---------------------------------------------------------------------- */

static bool is_object(const void *p)
{
    const struct object *o = p;

    return o != NULL &&
           (o->kind == OBJECT_FILTER || o->kind == OBJECT_VOLUME || o->kind == OBJECT_INSTANCE);
}

NTSTATUS FLTAPI FltObjectReference(PVOID FltObject)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    if (!is_object(FltObject))
        nt_bug_check(FLT_BUGCHECK,
                     "FltObjectReference: %p is neither a filter nor a volume nor an instance",
                     FltObject);
    if (!object_acquire(FltObject))
        return STATUS_FLT_DELETING_OBJECT;
    volume_reference_taken(FltObject);
    return STATUS_SUCCESS;
}

VOID FLTAPI FltObjectDereference(PVOID FltObject)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    if (!is_object(FltObject))
        nt_bug_check(FLT_BUGCHECK,
                     "FltObjectDereference: %p is neither a filter nor a volume nor an instance",
                     FltObject);
    volume_reference_returned(FltObject);
    object_release(FltObject);
}
