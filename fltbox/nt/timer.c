/*
 * DPCs and timers. One host thread, started at the first use, expires timers and runs DPCs, at
 * DISPATCH_LEVEL and one after the other.
 */
#include "executive.h"
#include "dispatcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* KTIMER keeps in its own fields what the host needs: the deadline in DueTime, as CLOCK_MONOTONIC
   ns; TimerListEntry links it into `timers`; Header.Inserted says that it is there. */
static LIST_ENTRY timers = {&timers, &timers};

/* Queued DPCs, linked by DpcListEntry; DpcData marks one that is queued. */
static SINGLE_LIST_ENTRY dpcs;
static SINGLE_LIST_ENTRY *last_dpc = &dpcs;
static KDPC *running_dpc;

static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static pthread_cond_t idle = PTHREAD_COND_INITIALIZER;
static bool thread_started;

/* Everything above is covered by nt_dispatcher_lock. */

static char queued_mark; /* its address is what DpcData holds */

/* ---- The thread ---------------------------------------------------------------------------- */

static void insert_timer(PKTIMER timer, uint64_t deadline)
{
    LIST_ENTRY *entry = timers.Blink;

    timer->DueTime.QuadPart = deadline;
    timer->Header.Inserted = 1;
    while (entry != &timers &&
           CONTAINING_RECORD(entry, KTIMER, TimerListEntry)->DueTime.QuadPart > deadline)
        entry = entry->Blink;
    InsertHeadList(entry, &timer->TimerListEntry);
}

static void remove_timer(PKTIMER timer)
{
    RemoveEntryList(&timer->TimerListEntry);
    timer->Header.Inserted = 0;
}

static bool queue_dpc(PRKDPC dpc, PVOID argument1, PVOID argument2)
{
    if (dpc->DpcData != NULL)
        return false;
    dpc->SystemArgument1 = argument1;
    dpc->SystemArgument2 = argument2;
    dpc->DpcData = &queued_mark;
    dpc->DpcListEntry.Next = NULL;
    last_dpc->Next = &dpc->DpcListEntry;
    last_dpc = &dpc->DpcListEntry;
    nt_driver_run_begin(nt_driver_of((void *)dpc->DeferredRoutine));
    pthread_cond_signal(&work);
    return true;
}

static void expire(PKTIMER timer, uint64_t now)
{
    remove_timer(timer);
    timer->Header.SignalState = 1;
    nt_dispatcher_wake_locked(&timer->Header);
    if (timer->Period != 0)
        insert_timer(timer, now + (uint64_t)timer->Period * 1000000);
    if (timer->Dpc != NULL)
        queue_dpc(timer->Dpc, NULL, NULL);
}

static void run_dpc(void)
{
    KDPC *dpc = CONTAINING_RECORD(dpcs.Next, KDPC, DpcListEntry);
    PKDEFERRED_ROUTINE routine = dpc->DeferredRoutine;
    PVOID context = dpc->DeferredContext;
    PVOID argument1 = dpc->SystemArgument1, argument2 = dpc->SystemArgument2;
    struct nt_driver *driver = nt_driver_of((void *)routine);

    dpcs.Next = dpc->DpcListEntry.Next;
    if (dpcs.Next == NULL)
        last_dpc = &dpcs;
    dpc->DpcData = NULL;
    running_dpc = dpc;
    pthread_mutex_unlock(&nt_dispatcher_lock);
    /* The routine may free the DPC: it is not touched again. */
    nt_irql_set(DISPATCH_LEVEL);
    NT_CALL_VOID(driver, "DPC routine", routine(dpc, context, argument1, argument2));
    nt_irql_set(PASSIVE_LEVEL);
    nt_driver_run_end(driver);
    pthread_mutex_lock(&nt_dispatcher_lock);
    running_dpc = NULL;
    pthread_cond_broadcast(&idle);
}

static void *timer_thread(void *unused)
{
    (void)unused;
    nt_thread_attach();
    pthread_mutex_lock(&nt_dispatcher_lock);
    for (;;) {
        if (dpcs.Next != NULL) {
            run_dpc();
        } else if (IsListEmpty(&timers)) {
            pthread_cond_wait(&work, &nt_dispatcher_lock);
        } else {
            PKTIMER first = CONTAINING_RECORD(timers.Flink, KTIMER, TimerListEntry);
            uint64_t now = nt_monotonic();

            if (first->DueTime.QuadPart <= now) {
                expire(first, now);
            } else {
                struct timespec until = {.tv_sec = (time_t)(first->DueTime.QuadPart / 1000000000u),
                                         .tv_nsec = (long)(first->DueTime.QuadPart % 1000000000u)};

                pthread_cond_timedwait(&work, &nt_dispatcher_lock, &until);
            }
        }
    }
    return NULL;
}

static void start_thread_locked(void)
{
    pthread_condattr_t attributes;
    pthread_t thread;

    if (thread_started)
        return;
    thread_started = true;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&work, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&thread, NULL, timer_thread, NULL) != 0)
        nt_bug_check(BUGCHECK_WORKER_INVALID, "cannot start a thread for DPCs and timers");
    pthread_detach(thread);
}

/* ---- DPCs ---------------------------------------------------------------------------------- */

static void initialize_dpc(PRKDPC dpc, UCHAR type, PKDEFERRED_ROUTINE routine, PVOID context)
{
    memset(dpc, 0, sizeof(*dpc));
    dpc->Type = type;
    dpc->Importance = MediumImportance;
    dpc->DeferredRoutine = routine;
    dpc->DeferredContext = context;
}

VOID NTAPI KeInitializeDpc(PRKDPC dpc, PKDEFERRED_ROUTINE routine, PVOID context)
{
    initialize_dpc(dpc, 19, routine, context);
}

BOOLEAN NTAPI KeInsertQueueDpc(PRKDPC dpc, PVOID argument1, PVOID argument2)
{
    BOOLEAN inserted;

    pthread_mutex_lock(&nt_dispatcher_lock);
    start_thread_locked();
    inserted = queue_dpc(dpc, argument1, argument2);
    pthread_mutex_unlock(&nt_dispatcher_lock);
    return inserted;
}

static bool unqueue_locked(PRKDPC dpc)
{
    SINGLE_LIST_ENTRY *before = &dpcs;

    if (dpc->DpcData == NULL)
        return false;
    while (before->Next != NULL && before->Next != &dpc->DpcListEntry)
        before = before->Next;
    if (before->Next == NULL)
        return false;
    before->Next = dpc->DpcListEntry.Next;
    if (last_dpc == &dpc->DpcListEntry)
        last_dpc = before;
    dpc->DpcData = NULL;
    nt_driver_run_end(nt_driver_of((void *)dpc->DeferredRoutine));
    return true;
}

BOOLEAN NTAPI KeRemoveQueueDpc(PRKDPC dpc)
{
    BOOLEAN removed;

    pthread_mutex_lock(&nt_dispatcher_lock);
    removed = unqueue_locked(dpc);
    pthread_mutex_unlock(&nt_dispatcher_lock);
    return removed;
}

static void flush_locked(void)
{
    while (dpcs.Next != NULL || running_dpc != NULL)
        pthread_cond_wait(&idle, &nt_dispatcher_lock);
}

VOID NTAPI KeFlushQueuedDpcs(void)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    pthread_mutex_lock(&nt_dispatcher_lock);
    flush_locked();
    pthread_mutex_unlock(&nt_dispatcher_lock);
}

VOID NTAPI KeSetImportanceDpc(PRKDPC dpc, KDPC_IMPORTANCE importance)
{
    dpc->Importance = (UCHAR)importance; /* an advice; one queue serves all */
}

VOID NTAPI KeSetTargetProcessorDpc(PRKDPC dpc, CCHAR number)
{
    dpc->Number = (USHORT)number;
}

/* ---- Timers -------------------------------------------------------------------------------- */

VOID NTAPI KeInitializeTimerEx(PKTIMER timer, TIMER_TYPE type)
{
    memset(timer, 0, sizeof(*timer));
    nt_dispatcher_header(&timer->Header,
                         type == NotificationTimer ? DISPATCHER_NOTIFICATION_TIMER
                                                   : DISPATCHER_SYNCHRONIZATION_TIMER,
                         0, 0);
}

VOID NTAPI KeInitializeTimer(PKTIMER timer)
{
    KeInitializeTimerEx(timer, NotificationTimer);
}

BOOLEAN NTAPI KeSetTimerEx(PKTIMER timer, LARGE_INTEGER due, LONG period, PKDPC dpc)
{
    uint64_t deadline = nt_deadline(&due);
    BOOLEAN was_set;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    pthread_mutex_lock(&nt_dispatcher_lock);
    start_thread_locked();
    was_set = timer->Header.Inserted;
    if (was_set)
        remove_timer(timer);
    timer->Header.SignalState = 0;
    timer->Period = (ULONG)period;
    timer->Dpc = dpc;
    insert_timer(timer, deadline);
    pthread_cond_signal(&work);
    pthread_mutex_unlock(&nt_dispatcher_lock);
    return was_set;
}

BOOLEAN NTAPI KeSetTimer(PKTIMER timer, LARGE_INTEGER due, PKDPC dpc)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return KeSetTimerEx(timer, due, 0, dpc);
}

BOOLEAN NTAPI KeSetCoalescableTimer(PKTIMER timer, LARGE_INTEGER due, ULONG period, ULONG delay,
                                    PKDPC dpc)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    (void)delay; /* it may be late by that much, and need not be */
    return KeSetTimerEx(timer, due, (LONG)period, dpc);
}

BOOLEAN NTAPI KeCancelTimer(PKTIMER timer)
{
    BOOLEAN was_set;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    pthread_mutex_lock(&nt_dispatcher_lock);
    was_set = timer->Header.Inserted;
    if (was_set)
        remove_timer(timer);
    pthread_mutex_unlock(&nt_dispatcher_lock);
    return was_set;
}

BOOLEAN NTAPI KeReadStateTimer(PKTIMER timer)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return __atomic_load_n(&timer->Header.SignalState, __ATOMIC_ACQUIRE) != 0;
}

/* A timer with a DPC belongs to the driver whose routine it runs; another to whose data it is. */
static bool belongs_to(PKTIMER timer, struct nt_driver *driver)
{
    if (timer->Dpc != NULL)
        return nt_driver_of((void *)timer->Dpc->DeferredRoutine) == driver;
    return nt_driver_of(timer) == driver;
}

unsigned nt_timer_forget(struct nt_driver *driver, FILE *out)
{
    LIST_ENTRY *entry;
    unsigned lines = 0;

    pthread_mutex_lock(&nt_dispatcher_lock);
    for (entry = timers.Flink; entry != &timers;) {
        PKTIMER timer = CONTAINING_RECORD(entry, KTIMER, TimerListEntry);

        entry = entry->Flink;
        if (!belongs_to(timer, driver))
            continue;
        remove_timer(timer);
        fprintf(out, "%s.sys left behind: a timer at %p that was not cancelled\n", driver->name,
                (void *)timer);
        lines++;
    }
    if (thread_started)
        flush_locked();
    pthread_mutex_unlock(&nt_dispatcher_lock);
    return lines;
}
