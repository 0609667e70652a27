/*
 * Waiting: events, mutexes, semaphores, and the waits on them, on timers, threads and processes.
 *
 * One lock covers the state of all dispatcher objects. Each waiting thread has a condition of its
 * own; who makes an object signalled finds the waiters on the object's list and grants the wait in
 * their name, as the kernel does.
 */
#include "executive.h"
#include "dispatcher.h"

#include <errno.h>
#include <string.h>
#include <time.h>

struct waiter {
    pthread_cond_t wake;
    PETHREAD thread;
    KWAIT_BLOCK *blocks;
    ULONG count;
    bool all;
    bool granted;
    NTSTATUS status;
};

pthread_mutex_t nt_dispatcher_lock = PTHREAD_MUTEX_INITIALIZER;

uint64_t nt_monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t nt_deadline(const LARGE_INTEGER *timeout)
{
    uint64_t units;

    if (timeout->QuadPart <= 0)
        units = 0 - (uint64_t)timeout->QuadPart;
    else if ((uint64_t)timeout->QuadPart > nt_system_time())
        units = (uint64_t)timeout->QuadPart - nt_system_time();
    else
        units = 0;
    if (units > UINT64_MAX / 400)
        units = UINT64_MAX / 400;
    return nt_monotonic() + units * 100;
}

void nt_dispatcher_header(DISPATCHER_HEADER *header, uint8_t type, size_t size, LONG state)
{
    header->Lock = 0;
    header->Type = type;
    header->Size = (UCHAR)(size / sizeof(ULONG));
    header->SignalState = state;
    header->WaitListHead.Flink = header->WaitListHead.Blink = &header->WaitListHead;
}

/* ---- Granting ------------------------------------------------------------------------------ */

static KMUTANT *mutant_of(DISPATCHER_HEADER *object)
{
    return CONTAINING_RECORD(object, KMUTANT, Header);
}

static bool is_signalled(DISPATCHER_HEADER *object, PETHREAD thread)
{
    if (object->Type == DISPATCHER_MUTANT)
        return object->SignalState > 0 || mutant_of(object)->OwnerThread == thread;
    return object->SignalState > 0;
}

/* What a wait that is satisfied does to the object. */
static void consume(DISPATCHER_HEADER *object, PETHREAD thread)
{
    switch (object->Type) {
    case DISPATCHER_SYNCHRONIZATION_EVENT:
    case DISPATCHER_SYNCHRONIZATION_TIMER:
        object->SignalState = 0;
        break;
    case DISPATCHER_SEMAPHORE:
        object->SignalState--;
        break;
    case DISPATCHER_MUTANT:
        object->SignalState--;
        if (object->SignalState == 0 && mutant_of(object)->OwnerThread != thread) {
            mutant_of(object)->OwnerThread = thread;
            thread->kernel_apc_disable -= mutant_of(object)->ApcDisable;
        }
        break;
    default:
        break;
    }
}

/* If the wait can be satisfied, satisfies it and gives the status. */
static bool try_grant(struct waiter *waiter)
{
    ULONG i;

    for (i = 0; i < waiter->count; i++) {
        DISPATCHER_HEADER *object = waiter->blocks[i].Object;

        if (is_signalled(object, waiter->thread) != waiter->all) {
            if (waiter->all)
                return false;
            consume(object, waiter->thread);
            waiter->status = STATUS_WAIT_0 + (NTSTATUS)i;
            return true;
        }
    }
    if (!waiter->all)
        return false;
    for (i = 0; i < waiter->count; i++)
        consume(waiter->blocks[i].Object, waiter->thread);
    waiter->status = STATUS_WAIT_0;
    return true;
}

static void unlink_blocks(struct waiter *waiter)
{
    for (ULONG i = 0; i < waiter->count; i++)
        RemoveEntryList(&waiter->blocks[i].WaitListEntry);
}

void nt_dispatcher_wake_locked(DISPATCHER_HEADER *object)
{
    LIST_ENTRY *entry = object->WaitListHead.Flink;

    while (entry != &object->WaitListHead && object->SignalState > 0) {
        KWAIT_BLOCK *block = CONTAINING_RECORD(entry, KWAIT_BLOCK, WaitListEntry);
        struct waiter *waiter = block->SparePtr;

        if (try_grant(waiter)) {
            unlink_blocks(waiter);
            waiter->granted = true;
            pthread_cond_signal(&waiter->wake);
            entry = object->WaitListHead.Flink; /* the list has changed */
        } else {
            entry = entry->Flink;
        }
    }
}

void nt_dispatcher_signal(DISPATCHER_HEADER *header)
{
    pthread_mutex_lock(&nt_dispatcher_lock);
    header->SignalState = 1;
    nt_dispatcher_wake_locked(header);
    pthread_mutex_unlock(&nt_dispatcher_lock);
}

/* ---- Waiting ------------------------------------------------------------------------------- */

/* Documented: above APC_LEVEL only a wait that does not wait is allowed. */
static void check_wait(const LARGE_INTEGER *timeout, const char *function)
{
    KIRQL irql = nt_irql();
    bool polls = timeout != NULL && timeout->QuadPart == 0;

    if (irql > DISPATCH_LEVEL || (irql == DISPATCH_LEVEL && !polls))
        nt_bug_check(BUGCHECK_IRQL_NOT_LESS_OR_EQUAL,
                     "%s at IRQL %u; it may wait at IRQL %u and below only", function, irql,
                     APC_LEVEL);
}

static void wait_until(struct waiter *waiter, const uint64_t *deadline)
{
    pthread_condattr_t attributes;
    struct timespec until = {0};

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&waiter->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (deadline != NULL) {
        until.tv_sec = (time_t)(*deadline / 1000000000u);
        until.tv_nsec = (long)(*deadline % 1000000000u);
    }
    while (!waiter->granted) {
        if (deadline == NULL)
            pthread_cond_wait(&waiter->wake, &nt_dispatcher_lock);
        else if (pthread_cond_timedwait(&waiter->wake, &nt_dispatcher_lock, &until) == ETIMEDOUT)
            break;
    }
    pthread_cond_destroy(&waiter->wake);
}

static NTSTATUS wait_for(struct waiter *waiter, const LARGE_INTEGER *timeout)
{
    uint64_t deadline = timeout != NULL && timeout->QuadPart != 0 ? nt_deadline(timeout) : 0;

    waiter->thread = nt_current_thread();
    waiter->granted = false;
    pthread_mutex_lock(&nt_dispatcher_lock);
    if (!try_grant(waiter)) {
        if (timeout != NULL && timeout->QuadPart == 0) {
            waiter->status = STATUS_TIMEOUT;
        } else {
            for (ULONG i = 0; i < waiter->count; i++) {
                DISPATCHER_HEADER *object = waiter->blocks[i].Object;

                waiter->blocks[i].SparePtr = waiter;
                InsertTailList(&object->WaitListHead, &waiter->blocks[i].WaitListEntry);
            }
            wait_until(waiter, timeout != NULL ? &deadline : NULL);
            if (!waiter->granted) {
                unlink_blocks(waiter);
                waiter->status = STATUS_TIMEOUT;
            }
        }
    }
    pthread_mutex_unlock(&nt_dispatcher_lock);
    return waiter->status;
}

NTSTATUS NTAPI KeWaitForSingleObject(PVOID object, KWAIT_REASON reason, KPROCESSOR_MODE mode,
                                     BOOLEAN alertable, PLARGE_INTEGER timeout)
{
    KWAIT_BLOCK block = {.Object = object};
    struct waiter waiter = {.blocks = &block, .count = 1};

    (void)reason;
    (void)mode;
    (void)alertable; /* there are no user APCs that could end the wait */
    check_wait(timeout, __func__);
    return wait_for(&waiter, timeout);
}

NTSTATUS NTAPI KeWaitForMultipleObjects(ULONG count, PVOID objects[], WAIT_TYPE type,
                                        KWAIT_REASON reason, KPROCESSOR_MODE mode,
                                        BOOLEAN alertable, PLARGE_INTEGER timeout,
                                        PKWAIT_BLOCK given)
{
    KWAIT_BLOCK own[MAXIMUM_WAIT_OBJECTS] = {0};
    struct waiter waiter = {.blocks = own, .count = count, .all = type == WaitAll};

    (void)reason;
    (void)mode;
    (void)alertable;
    check_wait(timeout, __func__);
    if (count > MAXIMUM_WAIT_OBJECTS || (given == NULL && count > THREAD_WAIT_OBJECTS))
        nt_bug_check(0x0c /* MAXIMUM_WAIT_OBJECTS_EXCEEDED */,
                     "KeWaitForMultipleObjects for %u objects %s wait blocks", count,
                     given == NULL ? "without" : "with");
    for (ULONG i = 0; i < count; i++)
        own[i].Object = objects[i];
    return wait_for(&waiter, timeout);
}

NTSTATUS NTAPI KeDelayExecutionThread(KPROCESSOR_MODE mode, BOOLEAN alertable,
                                      PLARGE_INTEGER interval)
{
    uint64_t deadline;
    struct timespec until;

    (void)mode;
    (void)alertable;
    IRQL_AT_MOST(APC_LEVEL);
    deadline = nt_deadline(interval);
    until.tv_sec = (time_t)(deadline / 1000000000u);
    until.tv_nsec = (long)(deadline % 1000000000u);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
    return STATUS_SUCCESS;
}

/* ---- Events -------------------------------------------------------------------------------- */

VOID NTAPI KeInitializeEvent(PRKEVENT event, EVENT_TYPE type, BOOLEAN state)
{
    nt_dispatcher_header(&event->Header,
                         type == NotificationEvent ? DISPATCHER_NOTIFICATION_EVENT
                                                   : DISPATCHER_SYNCHRONIZATION_EVENT,
                         sizeof(*event), state != FALSE);
}

static LONG set_state(PRKEVENT event, LONG state)
{
    LONG old;

    pthread_mutex_lock(&nt_dispatcher_lock);
    old = event->Header.SignalState;
    event->Header.SignalState = state;
    if (state > 0)
        nt_dispatcher_wake_locked(&event->Header);
    pthread_mutex_unlock(&nt_dispatcher_lock);
    return old;
}

LONG NTAPI KeSetEvent(PRKEVENT event, KPRIORITY increment, BOOLEAN wait)
{
    (void)increment;
    (void)wait; /* the wait that follows needs no atomicity here */
    nt_irql_at_most(wait ? APC_LEVEL : DISPATCH_LEVEL, __func__);
    return set_state(event, 1);
}

VOID NTAPI KeClearEvent(PRKEVENT event)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    set_state(event, 0);
}

LONG NTAPI KeResetEvent(PRKEVENT event)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return set_state(event, 0);
}

LONG NTAPI KePulseEvent(PRKEVENT event, KPRIORITY increment, BOOLEAN wait)
{
    LONG old;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    (void)increment;
    (void)wait;
    pthread_mutex_lock(&nt_dispatcher_lock);
    old = event->Header.SignalState;
    event->Header.SignalState = 1;
    nt_dispatcher_wake_locked(&event->Header);
    event->Header.SignalState = 0;
    pthread_mutex_unlock(&nt_dispatcher_lock);
    return old;
}

LONG NTAPI KeReadStateEvent(PRKEVENT event)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return __atomic_load_n(&event->Header.SignalState, __ATOMIC_ACQUIRE);
}

/* ---- Semaphores ---------------------------------------------------------------------------- */

VOID NTAPI KeInitializeSemaphore(PRKSEMAPHORE semaphore, LONG count, LONG limit)
{
    IRQL_AT_MOST(APC_LEVEL);
    nt_dispatcher_header(&semaphore->Header, DISPATCHER_SEMAPHORE, sizeof(*semaphore), count);
    semaphore->Limit = limit;
}

LONG NTAPI KeReleaseSemaphore(PRKSEMAPHORE semaphore, KPRIORITY increment, LONG adjustment,
                              BOOLEAN wait)
{
    LONG old;
    bool exceeded;

    (void)increment;
    nt_irql_at_most(wait ? APC_LEVEL : DISPATCH_LEVEL, __func__);
    pthread_mutex_lock(&nt_dispatcher_lock);
    old = semaphore->Header.SignalState;
    exceeded = adjustment < 0 || old > semaphore->Limit - adjustment;
    if (!exceeded) {
        semaphore->Header.SignalState = old + adjustment;
        nt_dispatcher_wake_locked(&semaphore->Header);
    }
    pthread_mutex_unlock(&nt_dispatcher_lock);
    if (exceeded)
        nt_raise(STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    return old;
}

LONG NTAPI KeReadStateSemaphore(PRKSEMAPHORE semaphore)
{
    return __atomic_load_n(&semaphore->Header.SignalState, __ATOMIC_ACQUIRE);
}

/* ---- Mutexes ------------------------------------------------------------------------------- */

VOID NTAPI KeInitializeMutex(PRKMUTEX mutex, ULONG level)
{
    (void)level; /* reserved since Windows XP */
    nt_dispatcher_header(&mutex->Header, DISPATCHER_MUTANT, sizeof(*mutex), 1);
    mutex->MutantListEntry.Flink = mutex->MutantListEntry.Blink = NULL;
    mutex->OwnerThread = NULL;
    mutex->MutantFlags = 0;
    mutex->ApcDisable = 1;
}

LONG NTAPI KeReleaseMutex(PRKMUTEX mutex, BOOLEAN wait)
{
    PETHREAD thread = nt_current_thread();
    LONG old;
    bool owner;

    nt_irql_at_most(wait ? APC_LEVEL : DISPATCH_LEVEL, __func__);
    pthread_mutex_lock(&nt_dispatcher_lock);
    owner = mutex->OwnerThread == thread;
    old = mutex->Header.SignalState;
    if (owner) {
        mutex->Header.SignalState++;
        if (mutex->Header.SignalState == 1) {
            mutex->OwnerThread = NULL;
            thread->kernel_apc_disable += mutex->ApcDisable;
            nt_dispatcher_wake_locked(&mutex->Header);
        }
    }
    pthread_mutex_unlock(&nt_dispatcher_lock);
    if (!owner)
        nt_raise(STATUS_MUTANT_NOT_OWNED);
    return old;
}

LONG NTAPI KeReadStateMutex(PRKMUTEX mutex)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return __atomic_load_n(&mutex->Header.SignalState, __ATOMIC_ACQUIRE);
}
