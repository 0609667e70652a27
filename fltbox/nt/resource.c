/*
 * ERESOURCE: one writer or many readers, recursive.
 *
 * The structure's own fields show the state as a debugger would look for it (ActiveEntries,
 * NumberOf*Waiters, Flag); the owners are in a block of ours that OwnerTable points to.
 */
#include "executive.h"

#include <stdlib.h>
#include <string.h>

#define KIND "ERESOURCE not deleted"

struct owner {
    ERESOURCE_THREAD thread;
    long count;
};

struct resource {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    ERESOURCE_THREAD writer; /* 0: none */
    long writes;             /* its recursion, shared acquisitions included */
    struct owner *readers;
    size_t reader_count, reader_room;
    unsigned writers_waiting;
};

static struct resource *of(PERESOURCE resource)
{
    struct resource *r = (struct resource *)resource->OwnerTable;

    if (r == NULL)
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "ERESOURCE %p is used and not initialized", (void *)resource);
    return r;
}

static ERESOURCE_THREAD self(void)
{
    return (ERESOURCE_THREAD)nt_current_thread();
}

static NTSTATUS initialize(PERESOURCE resource, const void *caller)
{
    struct resource *r = calloc(1, sizeof(*r));

    if (r == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->changed, NULL);
    memset(resource, 0, sizeof(*resource));
    resource->OwnerTable = (POWNER_ENTRY)r;
    nt_owe(nt_driver_of_caller(caller), KIND, resource, caller);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ExInitializeResourceLite(PERESOURCE resource)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return initialize(resource, CALLER);
}

NTSTATUS NTAPI ExReinitializeResourceLite(PERESOURCE resource)
{
    struct resource *r = of(resource);

    IRQL_AT_MOST(DISPATCH_LEVEL);
    pthread_mutex_lock(&r->lock);
    r->writer = 0;
    r->writes = 0;
    r->reader_count = 0;
    resource->ActiveEntries = 0;
    resource->Flag = 0;
    pthread_mutex_unlock(&r->lock);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ExDeleteResourceLite(PERESOURCE resource)
{
    struct resource *r = of(resource);

    IRQL_AT_MOST(APC_LEVEL);
    if (r->writer != 0 || r->reader_count != 0)
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "ERESOURCE %p deleted while it is held", (void *)resource);
    nt_settle(KIND, resource);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->changed);
    free(r->readers);
    free(r);
    resource->OwnerTable = NULL;
    return STATUS_SUCCESS;
}

static struct owner *reader(struct resource *r, ERESOURCE_THREAD thread)
{
    for (size_t i = 0; i < r->reader_count; i++)
        if (r->readers[i].thread == thread)
            return &r->readers[i];
    return NULL;
}

static void add_reader(struct resource *r, ERESOURCE_THREAD thread, long count)
{
    struct owner *owner = reader(r, thread);

    if (owner == NULL) {
        if (r->reader_count == r->reader_room) {
            r->reader_room = r->reader_room * 2 + 4;
            r->readers = realloc(r->readers, r->reader_room * sizeof(*r->readers));
            if (r->readers == NULL)
                abort();
        }
        owner = &r->readers[r->reader_count++];
        owner->thread = thread;
        owner->count = 0;
    }
    owner->count += count;
}

static void publish(PERESOURCE resource, struct resource *r)
{
    resource->Flag = r->writer != 0 ? ResourceOwnedExclusive : 0;
    resource->ActiveEntries = r->writer != 0 ? 1 : (ULONG)r->reader_count;
    resource->ActiveCount = (SHORT)resource->ActiveEntries;
}

static void check_apcs(const char *function)
{
    nt_irql_at_most(APC_LEVEL, function);
    if (!KeAreApcsDisabled() && nt_irql() < APC_LEVEL && !PsIsSystemThread(nt_current_thread()))
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "%s with normal kernel APCs enabled; call KeEnterCriticalRegion before",
                     function);
}

static BOOLEAN acquire_exclusive(PERESOURCE resource, BOOLEAN wait)
{
    struct resource *r = of(resource);
    ERESOURCE_THREAD thread = self();
    BOOLEAN acquired = TRUE;

    pthread_mutex_lock(&r->lock);
    if (r->writer == thread) {
        r->writes++;
    } else if (!wait && (r->writer != 0 || r->reader_count != 0)) {
        acquired = FALSE;
    } else {
        if (reader(r, thread) != NULL)
            nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                         "ERESOURCE %p acquired exclusively by a thread that holds it shared; it "
                         "waits for itself",
                         (void *)resource);
        r->writers_waiting++;
        resource->NumberOfExclusiveWaiters = r->writers_waiting;
        while (r->writer != 0 || r->reader_count != 0)
            pthread_cond_wait(&r->changed, &r->lock);
        r->writers_waiting--;
        resource->NumberOfExclusiveWaiters = r->writers_waiting;
        r->writer = thread;
        r->writes = 1;
    }
    publish(resource, r);
    pthread_mutex_unlock(&r->lock);
    return acquired;
}

enum starvation { DEFER_TO_WRITERS_UNLESS_OWNER, STARVE_WRITERS, DEFER_TO_WRITERS };

static bool shared_allowed(struct resource *r, ERESOURCE_THREAD thread, enum starvation how)
{
    if (r->writer != 0)
        return false;
    if (r->writers_waiting == 0 || how == STARVE_WRITERS)
        return true;
    return how == DEFER_TO_WRITERS_UNLESS_OWNER && reader(r, thread) != NULL;
}

static BOOLEAN acquire_shared(PERESOURCE resource, BOOLEAN wait, enum starvation how)
{
    struct resource *r = of(resource);
    ERESOURCE_THREAD thread = self();
    BOOLEAN acquired = TRUE;

    pthread_mutex_lock(&r->lock);
    if (r->writer == thread) {
        r->writes++;
    } else if (!wait && !shared_allowed(r, thread, how)) {
        acquired = FALSE;
    } else {
        resource->NumberOfSharedWaiters++;
        while (!shared_allowed(r, thread, how))
            pthread_cond_wait(&r->changed, &r->lock);
        resource->NumberOfSharedWaiters--;
        add_reader(r, thread, 1);
    }
    publish(resource, r);
    pthread_mutex_unlock(&r->lock);
    return acquired;
}

BOOLEAN NTAPI ExAcquireResourceExclusiveLite(PERESOURCE resource, BOOLEAN wait)
{
    IRQL_AT_MOST(APC_LEVEL);
    check_apcs(__func__);
    return acquire_exclusive(resource, wait);
}

BOOLEAN NTAPI ExAcquireResourceSharedLite(PERESOURCE resource, BOOLEAN wait)
{
    IRQL_AT_MOST(APC_LEVEL);
    check_apcs(__func__);
    return acquire_shared(resource, wait, DEFER_TO_WRITERS_UNLESS_OWNER);
}

BOOLEAN NTAPI ExAcquireSharedStarveExclusive(PERESOURCE resource, BOOLEAN wait)
{
    IRQL_AT_MOST(APC_LEVEL);
    check_apcs(__func__);
    return acquire_shared(resource, wait, STARVE_WRITERS);
}

BOOLEAN NTAPI ExAcquireSharedWaitForExclusive(PERESOURCE resource, BOOLEAN wait)
{
    IRQL_AT_MOST(APC_LEVEL);
    check_apcs(__func__);
    return acquire_shared(resource, wait, DEFER_TO_WRITERS);
}

static void release_for(PERESOURCE resource, ERESOURCE_THREAD thread)
{
    struct resource *r = of(resource);
    struct owner *owner;

    nt_irql_at_most(DISPATCH_LEVEL, "ExReleaseResourceLite");
    pthread_mutex_lock(&r->lock);
    owner = reader(r, thread);
    if (r->writer == thread) {
        if (--r->writes == 0)
            r->writer = 0;
    } else if (owner != NULL) {
        if (--owner->count == 0)
            *owner = r->readers[--r->reader_count];
    } else {
        nt_bug_check(BUGCHECK_RESOURCE_NOT_OWNED,
                     "ERESOURCE %p released by a thread that does not hold it", (void *)resource);
    }
    publish(resource, r);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

VOID NTAPI ExReleaseResourceLite(PERESOURCE resource)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    release_for(resource, self());
}

VOID NTAPI ExReleaseResourceForThreadLite(PERESOURCE resource, ERESOURCE_THREAD thread)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    release_for(resource, thread);
}

PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE resource)
{
    IRQL_AT_MOST(APC_LEVEL);
    KeEnterCriticalRegion();
    acquire_exclusive(resource, TRUE);
    return nt_current_thread();
}

PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE resource)
{
    KeEnterCriticalRegion();
    acquire_shared(resource, TRUE, DEFER_TO_WRITERS_UNLESS_OWNER);
    return nt_current_thread();
}

VOID NTAPI ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE resource)
{
    IRQL_AT_MOST(APC_LEVEL);
    release_for(resource, self());
    KeLeaveCriticalRegion();
}

VOID NTAPI ExConvertExclusiveToSharedLite(PERESOURCE resource)
{
    struct resource *r = of(resource);

    IRQL_AT_MOST(APC_LEVEL);
    pthread_mutex_lock(&r->lock);
    if (r->writer != self())
        nt_bug_check(BUGCHECK_RESOURCE_NOT_OWNED,
                     "ERESOURCE %p converted by a thread that does not hold it exclusively",
                     (void *)resource);
    r->writer = 0;
    add_reader(r, self(), r->writes);
    r->writes = 0;
    publish(resource, r);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

BOOLEAN NTAPI ExIsResourceAcquiredExclusiveLite(PERESOURCE resource)
{
    struct resource *r = of(resource);
    BOOLEAN result;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    pthread_mutex_lock(&r->lock);
    result = r->writer == self();
    pthread_mutex_unlock(&r->lock);
    return result;
}

ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE resource)
{
    struct resource *r = of(resource);
    struct owner *owner;
    ULONG result;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    /* Documented: how often the caller holds it, shared or exclusively. */
    pthread_mutex_lock(&r->lock);
    owner = reader(r, self());
    if (r->writer == self())
        result = (ULONG)r->writes;
    else
        result = owner != NULL ? (ULONG)owner->count : 0;
    pthread_mutex_unlock(&r->lock);
    return result;
}

ULONG NTAPI ExGetExclusiveWaiterCount(PERESOURCE resource)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return resource->NumberOfExclusiveWaiters;
}

ULONG NTAPI ExGetSharedWaiterCount(PERESOURCE resource)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return resource->NumberOfSharedWaiters;
}
