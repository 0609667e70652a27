/* Events, mutexes, semaphores, timers, DPCs, work items, system threads. */
#include "nt_fixture.h"

static LARGE_INTEGER ms(int n)
{
    LARGE_INTEGER t;

    t.QuadPart = -10000ll * n;
    return t;
}

static NTSTATUS wait_for(void *object, int timeout_ms)
{
    LARGE_INTEGER t = ms(timeout_ms);

    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, &t);
}

static void events(void **state)
{
    KEVENT manual, automatic;

    (void)state;
    KeInitializeEvent(&manual, NotificationEvent, FALSE);
    KeInitializeEvent(&automatic, SynchronizationEvent, TRUE);
    assert_int_equal(wait_for(&manual, 0), STATUS_TIMEOUT);
    assert_int_equal(KeSetEvent(&manual, 0, FALSE), 0);
    assert_int_equal(KeSetEvent(&manual, 0, FALSE), 1);
    assert_int_equal(wait_for(&manual, 0), STATUS_SUCCESS);
    assert_int_equal(wait_for(&manual, 0), STATUS_SUCCESS); /* it stays */
    assert_int_equal(KeResetEvent(&manual), 1);
    assert_int_equal(KeReadStateEvent(&manual), 0);
    assert_int_equal(wait_for(&automatic, 0), STATUS_SUCCESS);
    assert_int_equal(wait_for(&automatic, 5), STATUS_TIMEOUT); /* the wait took it */
}

static void timeouts_last(void **state)
{
    LARGE_INTEGER begin, end, absolute;
    KEVENT never;

    (void)state;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    begin = KeQueryPerformanceCounter(NULL);
    assert_int_equal(wait_for(&never, 30), STATUS_TIMEOUT);
    end = KeQueryPerformanceCounter(NULL);
    assert_in_range(end.QuadPart - begin.QuadPart, 300000, 5000000);

    KeQuerySystemTimePrecise(&absolute);
    absolute.QuadPart += 300000;
    begin = end;
    assert_int_equal(KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, &absolute),
                     STATUS_TIMEOUT);
    end = KeQueryPerformanceCounter(NULL);
    assert_in_range(end.QuadPart - begin.QuadPart, 250000, 5000000);
}

static void semaphores(void **state)
{
    KSEMAPHORE s;
    volatile NTSTATUS raised = 0;

    (void)state;
    KeInitializeSemaphore(&s, 1, 3);
    assert_int_equal(wait_for(&s, 0), STATUS_SUCCESS);
    assert_int_equal(wait_for(&s, 0), STATUS_TIMEOUT);
    assert_int_equal(KeReleaseSemaphore(&s, 0, 2, FALSE), 0);
    assert_int_equal(KeReadStateSemaphore(&s), 2);
    __try {
        KeReleaseSemaphore(&s, 0, 2, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised = GetExceptionCode();
    }
    assert_int_equal(raised, STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    assert_int_equal(KeReadStateSemaphore(&s), 2);
}

static void mutexes_recurse(void **state)
{
    KMUTEX mutex;
    volatile NTSTATUS raised = 0;

    (void)state;
    KeInitializeMutex(&mutex, 0);
    assert_int_equal(wait_for(&mutex, 0), STATUS_SUCCESS);
    assert_true(KeAreApcsDisabled());
    assert_int_equal(wait_for(&mutex, 0), STATUS_SUCCESS);
    assert_int_equal(KeReleaseMutex(&mutex, FALSE), -1);
    assert_int_equal(KeReadStateMutex(&mutex), 0);
    assert_int_equal(KeReleaseMutex(&mutex, FALSE), 0);
    assert_int_equal(KeReadStateMutex(&mutex), 1);
    assert_false(KeAreApcsDisabled());
    __try {
        KeReleaseMutex(&mutex, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised = GetExceptionCode();
    }
    assert_int_equal(raised, STATUS_MUTANT_NOT_OWNED);
}

static void multiple_objects(void **state)
{
    KEVENT a, b;
    void *both[] = {&a, &b};
    LARGE_INTEGER none = {0}, soon = ms(5);

    (void)state;
    KeInitializeEvent(&a, SynchronizationEvent, FALSE);
    KeInitializeEvent(&b, SynchronizationEvent, TRUE);
    assert_int_equal(
        KeWaitForMultipleObjects(2, both, WaitAll, Executive, KernelMode, FALSE, &soon, NULL),
        STATUS_TIMEOUT);
    assert_int_equal(KeReadStateEvent(&b), 1); /* nothing was taken */
    assert_int_equal(
        KeWaitForMultipleObjects(2, both, WaitAny, Executive, KernelMode, FALSE, &none, NULL),
        STATUS_WAIT_1);
    KeSetEvent(&a, 0, FALSE);
    KeSetEvent(&b, 0, FALSE);
    assert_int_equal(
        KeWaitForMultipleObjects(2, both, WaitAll, Executive, KernelMode, FALSE, &none, NULL),
        STATUS_WAIT_0);
    assert_int_equal(KeReadStateEvent(&a) + KeReadStateEvent(&b), 0);
}

/* ---- System threads ------------------------------------------------------------------------ */

struct peers {
    KEVENT go, done;
    KIRQL irql;
    bool system;
    long counter;
    KSPIN_LOCK lock;
};

static VOID NTAPI thread_body(PVOID context)
{
    struct peers *p = context;

    p->system = PsIsSystemThread(PsGetCurrentThread());
    KeWaitForSingleObject(&p->go, Executive, KernelMode, FALSE, NULL);
    PsTerminateSystemThread(STATUS_UNSUCCESSFUL);
    abort(); /* not reached */
}

static void system_threads(void **state)
{
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "threads");
    struct peers p = {0};
    PETHREAD thread;
    HANDLE handle;
    unsigned lines;
    char *report;

    (void)state;
    KeInitializeEvent(&p.go, NotificationEvent, FALSE);
    assert_int_equal(
        PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, thread_body, &p),
        STATUS_SUCCESS);
    assert_int_equal(ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                               (void **)&thread, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(wait_for(thread, 10), STATUS_TIMEOUT);
    KeSetEvent(&p.go, 0, FALSE);
    assert_int_equal(wait_for(thread, 5000), STATUS_SUCCESS);
    assert_true(p.system);
    assert_int_equal(PsGetThreadExitStatus(thread), STATUS_UNSUCCESSFUL);
    ObDereferenceObject(thread);
    assert_int_equal(ZwClose(handle), STATUS_SUCCESS);
    report = driver_leave(&call, driver, &lines);
    assert_string_equal(report, "");
    free(report);
}

static VOID NTAPI contend(PVOID context)
{
    struct peers *p = context;

    for (int i = 0; i < 20000; i++) {
        KIRQL old;

        KeAcquireSpinLock(&p->lock, &old);
        p->counter++;
        KeReleaseSpinLock(&p->lock, old);
    }
}

static void spin_locks_exclude(void **state)
{
    struct peers p = {0};
    HANDLE handles[4];
    void *threads[4];

    (void)state;
    KeInitializeSpinLock(&p.lock);
    for (int i = 0; i < 4; i++) {
        PsCreateSystemThread(&handles[i], THREAD_ALL_ACCESS, NULL, NULL, NULL, contend, &p);
        ObReferenceObjectByHandle(handles[i], THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                  &threads[i], NULL);
        ZwClose(handles[i]);
    }
    assert_int_equal(
        KeWaitForMultipleObjects(3, threads, WaitAll, Executive, KernelMode, FALSE, NULL, NULL),
        STATUS_SUCCESS);
    assert_int_equal(wait_for(threads[3], 5000), STATUS_SUCCESS);
    assert_int_equal(p.counter, 80000);
    for (int i = 0; i < 4; i++)
        ObDereferenceObject(threads[i]);
}

static void a_thread_that_keeps_running(void)
{
    static struct peers p;
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "endless");
    HANDLE handle;

    alarm(60);
    KeInitializeEvent(&p.go, NotificationEvent, FALSE);
    PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, thread_body, &p);
    ZwClose(handle);
    nt_call_end(&call);
    nt_driver_delete(driver, stderr);
}

/* ---- DPCs, timers, work items -------------------------------------------------------------- */

static VOID NTAPI dpc_body(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2)
{
    struct peers *p = context;

    (void)dpc;
    p->irql = KeGetCurrentIrql();
    p->counter += (long)(intptr_t)argument1 + (long)(intptr_t)argument2 + 1;
    KeSetEvent(&p->done, 0, FALSE);
}

static void dpcs_run_at_dispatch(void **state)
{
    struct peers p = {0};
    KDPC dpc;

    (void)state;
    KeInitializeEvent(&p.done, NotificationEvent, FALSE);
    KeInitializeDpc(&dpc, dpc_body, &p);
    assert_true(KeInsertQueueDpc(&dpc, (void *)10, (void *)100));
    KeFlushQueuedDpcs();
    assert_int_equal(p.irql, DISPATCH_LEVEL);
    assert_int_equal(p.counter, 111);
    assert_false(KeRemoveQueueDpc(&dpc));
}

static void timers_signal_and_queue(void **state)
{
    struct peers p = {0};
    KTIMER timer;
    KDPC dpc;

    (void)state;
    KeInitializeEvent(&p.done, SynchronizationEvent, FALSE);
    KeInitializeDpc(&dpc, dpc_body, &p);
    KeInitializeTimer(&timer);
    assert_false(KeSetTimer(&timer, ms(10), &dpc));
    assert_int_equal(wait_for(&timer, 5000), STATUS_SUCCESS);
    assert_true(KeReadStateTimer(&timer));
    assert_int_equal(wait_for(&p.done, 5000), STATUS_SUCCESS);
    assert_false(KeCancelTimer(&timer)); /* it has expired */

    assert_false(KeSetTimer(&timer, ms(60000), NULL));
    assert_false(KeReadStateTimer(&timer));
    assert_true(KeSetTimer(&timer, ms(60000), NULL));
    assert_true(KeCancelTimer(&timer));

    KeSetTimerEx(&timer, ms(1), 2, &dpc); /* periodic */
    for (int i = 0; i < 3; i++)
        assert_int_equal(wait_for(&p.done, 5000), STATUS_SUCCESS);
    assert_true(KeCancelTimer(&timer));
    KeFlushQueuedDpcs();
}

static VOID NTAPI work_body(PVOID context)
{
    struct peers *p = context;

    p->irql = KeGetCurrentIrql();
    p->counter++;
    KeSetEvent(&p->done, 0, FALSE);
}

static VOID NTAPI waiting_work_body(PVOID context)
{
    struct peers *p = context;

    KeWaitForSingleObject(&p->go, Executive, KernelMode, FALSE, NULL);
    KeSetEvent(&p->done, 0, FALSE);
}

static void work_items(void **state)
{
    struct peers p = {0};
    WORK_QUEUE_ITEM item, waiting;

    (void)state;
    KeInitializeEvent(&p.done, SynchronizationEvent, FALSE);
    KeInitializeEvent(&p.go, NotificationEvent, FALSE);
    /* One that waits does not keep others from running. */
    ExInitializeWorkItem(&waiting, waiting_work_body, &p);
    ExQueueWorkItem(&waiting, DelayedWorkQueue);
    ExInitializeWorkItem(&item, work_body, &p);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    assert_int_equal(wait_for(&p.done, 5000), STATUS_SUCCESS);
    assert_int_equal(p.irql, PASSIVE_LEVEL);
    assert_int_equal(p.counter, 1);
    KeSetEvent(&p.go, 0, FALSE);
    assert_int_equal(wait_for(&p.done, 5000), STATUS_SUCCESS);
}

static VOID NTAPI io_work_body(PDEVICE_OBJECT device, PVOID context)
{
    (void)device;
    work_body(context);
}

static void io_work_items(void **state)
{
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "worker");
    struct peers p = {0};
    PDEVICE_OBJECT device;
    PIO_WORKITEM item;
    unsigned lines;
    char *report;

    (void)state;
    KeInitializeEvent(&p.done, SynchronizationEvent, FALSE);
    assert_int_equal(
        IoCreateDevice(&driver->object, 16, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device),
        STATUS_SUCCESS);
    item = IoAllocateWorkItem(device);
    assert_non_null(item);
    IoQueueWorkItem(item, io_work_body, DelayedWorkQueue, &p);
    assert_int_equal(wait_for(&p.done, 5000), STATUS_SUCCESS);
    IoFreeWorkItem(item);
    IoDeleteDevice(device);
    report = driver_leave(&call, driver, &lines);
    assert_string_equal(report, "");
    free(report);
}

/* ---- Misuse -------------------------------------------------------------------------------- */

static void wait_at_dispatch(void)
{
    KEVENT event;
    KIRQL old;

    KeInitializeEvent(&event, NotificationEvent, TRUE);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    assert_int_equal(wait_for(&event, 0), STATUS_SUCCESS); /* not to wait is allowed */
    wait_for(&event, 1);
}

static void queue_twice(void)
{
    struct peers p = {0};
    WORK_QUEUE_ITEM item;

    KeInitializeEvent(&p.go, NotificationEvent, FALSE);
    ExInitializeWorkItem(&item, waiting_work_body, &p);
    item.List.Flink = &item.List; /* as the queue leaves it */
    ExQueueWorkItem(&item, DelayedWorkQueue);
}

static void misuse_is_a_bug_check(void **state)
{
    (void)state;
    assert_bug_check(wait_at_dispatch, "0x0000000A IRQL_NOT_LESS_OR_EQUAL");
    assert_bug_check(queue_twice, "is queued already");
    assert_bug_check(a_thread_that_keeps_running,
                     "DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS");
}

static void clocks_follow_the_context(void **state)
{
    struct nt_context previous;
    LARGE_INTEGER t, a, b, f;

    (void)state;
    previous = nt_context_enter(PsGetCurrentThread(), 133500000000000000ull);
    KeQuerySystemTimePrecise(&t);
    assert_int_equal(t.QuadPart, 133500000000000000ll);
    KeQuerySystemTime(&t);
    assert_int_equal(t.QuadPart, 133500000000000000ll);
    a = KeQueryPerformanceCounter(&f);
    nt_context_set_clock(133500000000012345ull);
    b = KeQueryPerformanceCounter(NULL);
    assert_int_equal(f.QuadPart, 10000000);
    assert_int_equal(b.QuadPart - a.QuadPart, 12345);
    nt_context_leave(previous);
    KeQuerySystemTimePrecise(&t);
    assert_true(t.QuadPart > 133500000000012345ll);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events),
        cmocka_unit_test(timeouts_last),
        cmocka_unit_test(semaphores),
        cmocka_unit_test(mutexes_recurse),
        cmocka_unit_test(multiple_objects),
        cmocka_unit_test(system_threads),
        cmocka_unit_test(spin_locks_exclude),
        cmocka_unit_test(
            misuse_is_a_bug_check), /* before threads that a fork would not take over */
        cmocka_unit_test(dpcs_run_at_dispatch),
        cmocka_unit_test(timers_signal_and_queue),
        cmocka_unit_test(work_items),
        cmocka_unit_test(io_work_items),
        cmocka_unit_test(clocks_follow_the_context),
    };

    return RUN_NT_TESTS(tests);
}
