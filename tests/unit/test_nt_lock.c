/* IRQL, spin locks, mutexes, resources, push locks, rundown protection. */
#include "nt_fixture.h"

static void irql(void **state)
{
    KIRQL old;

    (void)state;
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeRaiseIrql(APC_LEVEL, &old);
    assert_int_equal(old, PASSIVE_LEVEL);
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    assert_true(KeAreAllApcsDisabled());
    KeLowerIrql(old);
    assert_false(KeAreAllApcsDisabled());
}

static void the_processor_block_is_at_gs(void **state)
{
    void *self, *thread;

    (void)state;
    __asm__ volatile("mov %%gs:0x18, %0" : "=r"(self) : : "memory");
    __asm__ volatile("mov %%gs:0x188, %0" : "=r"(thread) : : "memory");
    assert_ptr_equal(self, nt_cpu()->pcr);
    assert_ptr_equal(thread, PsGetCurrentThread());
}

static void regions(void **state)
{
    (void)state;
    KeEnterCriticalRegion();
    KeEnterCriticalRegion();
    KeLeaveCriticalRegion();
    assert_true(KeAreApcsDisabled());
    assert_false(KeAreAllApcsDisabled());
    KeLeaveCriticalRegion();
    KeEnterGuardedRegion();
    assert_true(KeAreAllApcsDisabled());
    KeLeaveGuardedRegion();
    assert_false(KeAreApcsDisabled());
}

static void spin_locks(void **state)
{
    KLOCK_QUEUE_HANDLE queue;
    KSPIN_LOCK lock;
    EX_SPIN_LOCK shared = 0;
    KIRQL old;

    (void)state;
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &old);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    assert_false(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    KeReleaseSpinLock(&lock, old);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeAcquireInStackQueuedSpinLock(&lock, &queue);
    assert_int_equal(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeReleaseInStackQueuedSpinLock(&queue);
    old = ExAcquireSpinLockShared(&shared);
    ExAcquireSpinLockSharedAtDpcLevel(&shared);
    ExReleaseSpinLockSharedFromDpcLevel(&shared);
    assert_true(ExTryConvertSharedSpinLockExclusive(&shared));
    ExReleaseSpinLockExclusive(&shared, old);
    assert_int_equal(shared, 0);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

static void fast_mutexes(void **state)
{
    FAST_MUTEX mutex;
    KGUARDED_MUTEX guarded;

    (void)state;
    ExInitializeFastMutex(&mutex);
    ExAcquireFastMutex(&mutex);
    assert_int_equal(KeGetCurrentIrql(), APC_LEVEL);
    assert_false(ExTryToAcquireFastMutex(&mutex));
    ExReleaseFastMutex(&mutex);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_true(ExTryToAcquireFastMutex(&mutex));
    ExReleaseFastMutex(&mutex);
    KeInitializeGuardedMutex(&guarded);
    KeAcquireGuardedMutex(&guarded);
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
    assert_true(KeAreAllApcsDisabled());
    assert_false(KeTryToAcquireGuardedMutex(&guarded));
    KeReleaseGuardedMutex(&guarded);
    assert_false(KeAreAllApcsDisabled());
}

struct shared {
    FAST_MUTEX mutex;
    ULONG_PTR push;
    ERESOURCE resource;
    long in_mutex, in_push_lock, in_resource;
};

static void *contend(void *context)
{
    struct shared *s = context;

    nt_thread_attach();
    for (int i = 0; i < 3000; i++) {
        ExAcquireFastMutex(&s->mutex);
        s->in_mutex++;
        ExReleaseFastMutex(&s->mutex);
        KeEnterCriticalRegion();
        ExAcquirePushLockExclusiveEx(&s->push, 0);
        s->in_push_lock++;
        ExReleasePushLockExclusiveEx(&s->push, 0);
        ExAcquirePushLockSharedEx(&s->push, 0);
        ExReleasePushLockSharedEx(&s->push, 0);
        ExAcquireResourceExclusiveLite(&s->resource, TRUE);
        s->in_resource++;
        ExReleaseResourceLite(&s->resource);
        KeLeaveCriticalRegion();
    }
    nt_thread_detach();
    return NULL;
}

static void locks_exclude_threads(void **state)
{
    static struct shared s;
    pthread_t threads[4];

    (void)state;
    ExInitializeFastMutex(&s.mutex);
    ExInitializePushLock(&s.push);
    ExInitializeResourceLite(&s.resource);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, contend, &s);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(s.in_mutex, 4 * 3000);
    assert_int_equal(s.in_push_lock, 4 * 3000);
    assert_int_equal(s.in_resource, 4 * 3000);
    assert_int_equal(s.push, 0);
    assert_int_equal(s.mutex.Count, 1);
    assert_int_equal(s.resource.ActiveEntries, 0);
    ExDeleteResourceLite(&s.resource);
}

static void *try_resource(void *context)
{
    ERESOURCE *r = context;
    intptr_t result = 0;

    nt_thread_attach();
    KeEnterCriticalRegion();
    if (ExAcquireResourceSharedLite(r, FALSE)) {
        result |= 1;
        ExReleaseResourceLite(r);
    }
    if (ExAcquireResourceExclusiveLite(r, FALSE)) {
        result |= 2;
        ExReleaseResourceLite(r);
    }
    KeLeaveCriticalRegion();
    nt_thread_detach();
    return (void *)result;
}

static intptr_t other_thread_gets(ERESOURCE *r)
{
    pthread_t thread;
    void *result;

    pthread_create(&thread, NULL, try_resource, r);
    pthread_join(thread, &result);
    return (intptr_t)result;
}

static void resources(void **state)
{
    ERESOURCE r;

    (void)state;
    assert_int_equal(ExInitializeResourceLite(&r), STATUS_SUCCESS);
    KeEnterCriticalRegion();
    assert_true(ExAcquireResourceExclusiveLite(&r, TRUE));
    assert_true(ExAcquireResourceExclusiveLite(&r, TRUE)); /* recursive */
    assert_true(ExAcquireResourceSharedLite(&r, TRUE));
    assert_true(ExIsResourceAcquiredExclusiveLite(&r));
    assert_int_equal(ExIsResourceAcquiredSharedLite(&r), 3);
    assert_int_equal(other_thread_gets(&r), 0);
    ExReleaseResourceLite(&r);
    ExReleaseResourceLite(&r);
    assert_int_equal(other_thread_gets(&r), 0);
    ExConvertExclusiveToSharedLite(&r);
    assert_false(ExIsResourceAcquiredExclusiveLite(&r));
    assert_int_equal(ExIsResourceAcquiredSharedLite(&r), 1);
    assert_int_equal(other_thread_gets(&r), 1);
    ExReleaseResourceLite(&r);
    assert_int_equal(other_thread_gets(&r), 3);
    KeLeaveCriticalRegion();
    assert_int_equal(ExDeleteResourceLite(&r), STATUS_SUCCESS);
}

static void a_resource_not_deleted_is_reported(void **state)
{
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "untidy");
    ERESOURCE r;
    unsigned lines;
    char *report;

    (void)state;
    ExInitializeResourceLite(&r);
    report = driver_leave(&call, driver, &lines);
    assert_int_equal(lines, 1);
    assert_non_null(strstr(report, "ERESOURCE not deleted"));
    free(report);
}

static void *release_later(void *context)
{
    usleep(20000);
    ExReleaseRundownProtection(context);
    return NULL;
}

static void rundown(void **state)
{
    EX_RUNDOWN_REF ref;
    PEX_RUNDOWN_REF_CACHE_AWARE aware;
    pthread_t thread;

    (void)state;
    ExInitializeRundownProtection(&ref);
    assert_true(ExAcquireRundownProtection(&ref));
    assert_true(ExAcquireRundownProtection(&ref));
    ExReleaseRundownProtection(&ref);
    pthread_create(&thread, NULL, release_later, &ref);
    ExWaitForRundownProtectionRelease(&ref);
    pthread_join(thread, NULL);
    assert_false(ExAcquireRundownProtection(&ref));
    ExRundownCompleted(&ref);
    assert_false(ExAcquireRundownProtection(&ref));
    ExReInitializeRundownProtection(&ref);
    assert_true(ExAcquireRundownProtection(&ref));
    ExReleaseRundownProtection(&ref);

    aware = ExAllocateCacheAwareRundownProtection(NonPagedPoolNx, TAG("Test"));
    assert_non_null(aware);
    assert_true(ExAcquireRundownProtectionCacheAware(aware));
    ExReleaseRundownProtectionCacheAware(aware);
    ExWaitForRundownProtectionReleaseCacheAware(aware);
    assert_false(ExAcquireRundownProtectionCacheAware(aware));
    ExFreeCacheAwareRundownProtection(aware);
}

/* ---- Misuse -------------------------------------------------------------------------------- */

static void spin_twice(void)
{
    KSPIN_LOCK lock = 0;
    KIRQL old;

    KeAcquireSpinLock(&lock, &old);
    KeAcquireSpinLockAtDpcLevel(&lock);
}

static void spin_release_unheld(void)
{
    KSPIN_LOCK lock = 0;
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeReleaseSpinLock(&lock, old);
}

static void spin_at_passive(void)
{
    KSPIN_LOCK lock = 0;

    KeAcquireSpinLockAtDpcLevel(&lock);
}

static void mutex_twice(void)
{
    FAST_MUTEX mutex;

    ExInitializeFastMutex(&mutex);
    ExAcquireFastMutex(&mutex);
    ExAcquireFastMutex(&mutex);
}

static void resource_unheld(void)
{
    ERESOURCE r;

    ExInitializeResourceLite(&r);
    ExReleaseResourceLite(&r);
}

static void close_at_dispatch(void)
{
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    ZwClose(NULL);
}

static void leave_without_enter(void)
{
    KeLeaveCriticalRegion();
}

static void lower_to_higher(void)
{
    KeLowerIrql(APC_LEVEL);
}

static VOID NTAPI returns_raised(void)
{
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
}

static void call_returns_raised(void)
{
    NT_CALL_VOID(nt_driver_create(NULL, "raised"), "post-operation IRP_MJ_CREATE",
                 returns_raised());
}

static void misuse_is_a_bug_check(void **state)
{
    (void)state;
    assert_bug_check(spin_twice, "0x0000000F SPIN_LOCK_ALREADY_OWNED");
    assert_bug_check(spin_release_unheld, "0x00000010 SPIN_LOCK_NOT_OWNED");
    assert_bug_check(spin_at_passive, "DISPATCH_LEVEL only");
    assert_bug_check(mutex_twice, "acquired by the thread that holds it");
    assert_bug_check(resource_unheld, "RESOURCE_NOT_OWNED");
    assert_bug_check(close_at_dispatch, "ZwClose called at IRQL 2");
    assert_bug_check(leave_without_enter, "APC_INDEX_MISMATCH");
    assert_bug_check(lower_to_higher, "from the lower 0");
    assert_bug_check(call_returns_raised, "*** raised.sys: bug check 0x000000C8 "
                                          "IRQL_UNEXPECTED_VALUE");
    assert_bug_check(call_returns_raised, "in post-operation IRP_MJ_CREATE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(irql),         cmocka_unit_test(the_processor_block_is_at_gs),
        cmocka_unit_test(regions),      cmocka_unit_test(spin_locks),
        cmocka_unit_test(fast_mutexes), cmocka_unit_test(locks_exclude_threads),
        cmocka_unit_test(resources),    cmocka_unit_test(a_resource_not_deleted_is_reported),
        cmocka_unit_test(rundown),      cmocka_unit_test(misuse_is_a_bug_check),
    };

    return RUN_NT_TESTS(tests);
}
