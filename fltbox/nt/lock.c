/* Spin locks, fast and guarded mutexes, push locks, rundown protection: what needs no dispatcher.
 */
#include "executive.h"
#include "futex.h"

#include <sched.h>

/* ---- Spin locks ---------------------------------------------------------------------------- */

/*
 * A held lock contains its holder's processor block, so that a second acquisition by the same
 * processor, which would hang a system, can be told. Who finds it held spins, and then yields,
 * because the holder may be preempted here as it cannot be in a kernel.
 */
static ULONG_PTR holder(void)
{
    const struct nt_cpu *cpu = nt_cpu();

    if (cpu == NULL) {
        nt_thread_attach();
        cpu = nt_cpu();
    }
    return (ULONG_PTR)cpu;
}

static bool try_spin(PKSPIN_LOCK lock)
{
    ULONG_PTR expected = 0;

    return __atomic_compare_exchange_n(lock, &expected, holder(), false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static void acquire_spin(PKSPIN_LOCK lock)
{
    unsigned spins = 0;

    while (!try_spin(lock)) {
        if (__atomic_load_n(lock, __ATOMIC_RELAXED) == holder())
            nt_bug_check(BUGCHECK_SPIN_LOCK_ALREADY_OWNED,
                         "spin lock %p acquired by the processor that holds it", (void *)lock);
        if (++spins < 100)
            __builtin_ia32_pause();
        else
            sched_yield();
    }
}

static void release_spin(PKSPIN_LOCK lock)
{
    if (__atomic_load_n(lock, __ATOMIC_RELAXED) != holder())
        nt_bug_check(BUGCHECK_SPIN_LOCK_NOT_OWNED,
                     "spin lock %p released by a processor that does not hold it", (void *)lock);
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

static void need_dispatch(const char *function)
{
    if (nt_irql() < DISPATCH_LEVEL)
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "%s at IRQL %u; it may be called at DISPATCH_LEVEL only", function, nt_irql());
}

VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK lock)
{
    *lock = 0;
}

KIRQL NTAPI KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK lock)
{
    KIRQL old;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    old = nt_irql_set(DISPATCH_LEVEL);
    acquire_spin(lock);
    return old;
}

VOID NTAPI KeReleaseSpinLock(PKSPIN_LOCK lock, KIRQL irql)
{
    need_dispatch(__func__);
    release_spin(lock);
    nt_irql_set(irql);
}

VOID NTAPI KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock)
{
    need_dispatch(__func__);
    acquire_spin(lock);
}

BOOLEAN NTAPI KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock)
{
    need_dispatch(__func__);
    return try_spin(lock);
}

VOID NTAPI KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK lock)
{
    need_dispatch(__func__);
    release_spin(lock);
}

BOOLEAN NTAPI KeTestSpinLock(PKSPIN_LOCK lock)
{
    return __atomic_load_n(lock, __ATOMIC_RELAXED) == 0;
}

VOID NTAPI KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE queue)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    queue->LockQueue.Lock = lock;
    queue->OldIrql = KeAcquireSpinLockRaiseToDpc(lock);
}

VOID NTAPI KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE queue)
{
    KeReleaseSpinLock((PKSPIN_LOCK)queue->LockQueue.Lock, queue->OldIrql);
}

VOID NTAPI KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE queue)
{
    queue->LockQueue.Lock = lock;
    KeAcquireSpinLockAtDpcLevel(lock);
}

VOID NTAPI KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE queue)
{
    KeReleaseSpinLockFromDpcLevel((PKSPIN_LOCK)queue->LockQueue.Lock);
}

/* ---- Reader-writer spin locks -------------------------------------------------------------- */

#define EXCLUSIVE ((LONG)0x80000000)

static bool try_shared_spin(PEX_SPIN_LOCK lock)
{
    LONG value = __atomic_load_n(lock, __ATOMIC_RELAXED);

    return !(value & EXCLUSIVE) && __atomic_compare_exchange_n(lock, &value, value + 1, false,
                                                               __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static bool try_exclusive_spin(PEX_SPIN_LOCK lock)
{
    LONG expected = 0;

    return __atomic_compare_exchange_n(lock, &expected, EXCLUSIVE, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static void spin_until(bool (*try)(PEX_SPIN_LOCK), PEX_SPIN_LOCK lock)
{
    unsigned spins = 0;

    while (!try(lock)) {
        if (++spins < 100)
            __builtin_ia32_pause();
        else
            sched_yield();
    }
}

static void release_shared_spin(PEX_SPIN_LOCK lock)
{
    if (__atomic_fetch_sub(lock, 1, __ATOMIC_RELEASE) <= 0)
        nt_bug_check(BUGCHECK_SPIN_LOCK_NOT_OWNED, "spin lock %p released; it was not held shared",
                     (const void *)lock);
}

static void release_exclusive_spin(PEX_SPIN_LOCK lock)
{
    if (__atomic_exchange_n(lock, 0, __ATOMIC_RELEASE) != EXCLUSIVE)
        nt_bug_check(BUGCHECK_SPIN_LOCK_NOT_OWNED,
                     "spin lock %p released; it was not held exclusively", (const void *)lock);
}

KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK lock)
{
    KIRQL old;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    old = nt_irql_set(DISPATCH_LEVEL);
    spin_until(try_shared_spin, lock);
    return old;
}

VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK lock, KIRQL irql)
{
    need_dispatch(__func__);
    release_shared_spin(lock);
    nt_irql_set(irql);
}

KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK lock)
{
    KIRQL old;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    old = nt_irql_set(DISPATCH_LEVEL);
    spin_until(try_exclusive_spin, lock);
    return old;
}

VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK lock, KIRQL irql)
{
    need_dispatch(__func__);
    release_exclusive_spin(lock);
    nt_irql_set(irql);
}

VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK lock)
{
    need_dispatch(__func__);
    spin_until(try_shared_spin, lock);
}

VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK lock)
{
    need_dispatch(__func__);
    release_shared_spin(lock);
}

VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK lock)
{
    need_dispatch(__func__);
    spin_until(try_exclusive_spin, lock);
}

VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK lock)
{
    need_dispatch(__func__);
    release_exclusive_spin(lock);
}

LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK lock)
{
    LONG expected = 1;

    need_dispatch(__func__);
    return __atomic_compare_exchange_n(lock, &expected, EXCLUSIVE, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* ---- Fast and guarded mutexes -------------------------------------------------------------- */

/* Read by those who do not hold it, too. */
static bool owns_mutex(PFAST_MUTEX mutex)
{
    return __atomic_load_n(&mutex->Owner, __ATOMIC_RELAXED) == nt_current_thread();
}

static void set_owner(PFAST_MUTEX mutex, PVOID owner)
{
    __atomic_store_n(&mutex->Owner, owner, __ATOMIC_RELAXED);
}

/* FAST_MUTEX.Count: 1 free, 0 held, -1 held and waited for. */
static bool try_mutex(PFAST_MUTEX mutex)
{
    LONG expected = 1;

    if (!__atomic_compare_exchange_n(&mutex->Count, &expected, 0, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return false;
    set_owner(mutex, nt_current_thread());
    return true;
}

static void acquire_mutex(PFAST_MUTEX mutex)
{
    if (try_mutex(mutex))
        return;
    if (owns_mutex(mutex))
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "mutex %p acquired by the thread that holds it", (void *)mutex);
    __atomic_fetch_add(&mutex->Contention, 1, __ATOMIC_RELAXED);
    while (__atomic_exchange_n(&mutex->Count, -1, __ATOMIC_ACQUIRE) != 1)
        futex_wait(&mutex->Count, (uint32_t)-1);
    set_owner(mutex, nt_current_thread());
}

static void release_mutex(PFAST_MUTEX mutex)
{
    if (!owns_mutex(mutex))
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "mutex %p released by a thread that does not hold it", (void *)mutex);
    set_owner(mutex, NULL);
    if (__atomic_exchange_n(&mutex->Count, 1, __ATOMIC_RELEASE) == -1)
        futex_wake(&mutex->Count, 1);
}

VOID NTAPI ExAcquireFastMutex(PFAST_MUTEX mutex)
{
    KIRQL old;

    IRQL_AT_MOST(APC_LEVEL);
    old = nt_irql_set(APC_LEVEL);
    acquire_mutex(mutex);
    mutex->OldIrql = old;
}

BOOLEAN NTAPI ExTryToAcquireFastMutex(PFAST_MUTEX mutex)
{
    KIRQL old;

    IRQL_AT_MOST(APC_LEVEL);
    if (!try_mutex(mutex))
        return FALSE;
    old = nt_irql_set(APC_LEVEL);
    mutex->OldIrql = old;
    return TRUE;
}

VOID NTAPI ExReleaseFastMutex(PFAST_MUTEX mutex)
{
    KIRQL old = (KIRQL)mutex->OldIrql;

    release_mutex(mutex);
    nt_irql_set(old);
}

static void need_apcs_disabled(const char *function)
{
    if (!KeAreApcsDisabled() && nt_irql() < APC_LEVEL)
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "%s with normal kernel APCs enabled; call KeEnterCriticalRegion before",
                     function);
}

VOID NTAPI ExAcquireFastMutexUnsafe(PFAST_MUTEX mutex)
{
    IRQL_AT_MOST(APC_LEVEL);
    need_apcs_disabled(__func__);
    acquire_mutex(mutex);
}

VOID NTAPI ExReleaseFastMutexUnsafe(PFAST_MUTEX mutex)
{
    release_mutex(mutex);
}

VOID NTAPI KeInitializeGuardedMutex(PKGUARDED_MUTEX mutex)
{
    IRQL_AT_MOST(APC_LEVEL);
    mutex->Count = 1;
    set_owner(mutex, NULL);
    mutex->Contention = 0;
    KeInitializeEvent(&mutex->Event, SynchronizationEvent, FALSE);
}

VOID NTAPI KeAcquireGuardedMutex(PKGUARDED_MUTEX mutex)
{
    IRQL_AT_MOST(APC_LEVEL);
    KeEnterGuardedRegion();
    acquire_mutex(mutex);
}

VOID NTAPI KeReleaseGuardedMutex(PKGUARDED_MUTEX mutex)
{
    IRQL_AT_MOST(APC_LEVEL);
    release_mutex(mutex);
    KeLeaveGuardedRegion();
}

BOOLEAN NTAPI KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX mutex)
{
    IRQL_AT_MOST(APC_LEVEL);
    KeEnterGuardedRegion();
    if (try_mutex(mutex))
        return TRUE;
    KeLeaveGuardedRegion();
    return FALSE;
}

VOID NTAPI KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX mutex)
{
    IRQL_AT_MOST(APC_LEVEL);
    acquire_mutex(mutex);
}

VOID NTAPI KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX mutex)
{
    IRQL_AT_MOST(APC_LEVEL);
    release_mutex(mutex);
}

/* ---- Push locks ---------------------------------------------------------------------------- */

/* The low half: the top bit is a writer, the next says that someone waits, the rest count readers.
 */
#define PUSH_WRITER 0x80000000u
#define PUSH_WAITED 0x40000000u

static uint32_t *push_word(PULONG_PTR lock)
{
    return (uint32_t *)lock;
}

static void push_acquire(uint32_t *word, uint32_t blockers, uint32_t change)
{
    uint32_t value = __atomic_load_n(word, __ATOMIC_RELAXED);

    for (;;) {
        if ((value & blockers) == 0) {
            if (__atomic_compare_exchange_n(word, &value, value + change, true, __ATOMIC_ACQUIRE,
                                            __ATOMIC_RELAXED))
                return;
            continue;
        }
        if (!(value & PUSH_WAITED) &&
            !__atomic_compare_exchange_n(word, &value, value | PUSH_WAITED, true, __ATOMIC_RELAXED,
                                         __ATOMIC_RELAXED))
            continue;
        futex_wait(word, value | PUSH_WAITED);
        value = __atomic_load_n(word, __ATOMIC_RELAXED);
    }
}

static void push_release(PULONG_PTR lock, uint32_t held, uint32_t change)
{
    uint32_t *word = push_word(lock);
    uint32_t value = __atomic_load_n(word, __ATOMIC_RELAXED), next;

    do {
        if ((value & held) == 0)
            nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                         "push lock %p released; it was not held that way", (void *)lock);
        next = value - change;
        if ((next & ~PUSH_WAITED) == 0)
            next = 0; /* all who wait are woken, and say anew that they wait */
    } while (
        !__atomic_compare_exchange_n(word, &value, next, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
    if (next == 0 && (value & PUSH_WAITED))
        futex_wake(word, INT32_MAX);
}

VOID NTAPI ExInitializePushLock(PULONG_PTR lock)
{
    *lock = 0;
}

VOID NTAPI ExAcquirePushLockExclusiveEx(PULONG_PTR lock, ULONG flags)
{
    (void)flags;
    IRQL_AT_MOST(APC_LEVEL);
    need_apcs_disabled(__func__);
    push_acquire(push_word(lock), ~PUSH_WAITED, PUSH_WRITER);
}

VOID NTAPI ExReleasePushLockExclusiveEx(PULONG_PTR lock, ULONG flags)
{
    (void)flags;
    push_release(lock, PUSH_WRITER, PUSH_WRITER);
}

VOID NTAPI ExAcquirePushLockSharedEx(PULONG_PTR lock, ULONG flags)
{
    (void)flags;
    IRQL_AT_MOST(APC_LEVEL);
    need_apcs_disabled(__func__);
    push_acquire(push_word(lock), PUSH_WRITER, 1);
}

VOID NTAPI ExReleasePushLockSharedEx(PULONG_PTR lock, ULONG flags)
{
    (void)flags;
    push_release(lock, ~(PUSH_WRITER | PUSH_WAITED), 1);
}
