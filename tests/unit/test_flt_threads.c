/* Many threads dispatch while instances come and go, and nothing is lost or called too late. */
#include "flt_fixture.h"
#include <pthread.h>

enum { THREADS = 4, OPERATIONS = 20000, ROUNDS = 200 };

static PFLT_VOLUME volume;
static struct test_filter t;
static atomic_int attached; /* set-up called and TeardownComplete not: callbacks may come */
static atomic_uint pre_count, post_count, late, dispatching;

static FLT_PREOP_CALLBACK_STATUS NTAPI pre(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects,
                                           PVOID *context)
{
    PFLT_FILE_NAME_INFORMATION name;

    (void)objects;
    if (atomic_load(&attached) == 0)
        atomic_fetch_add(&late, 1);
    atomic_fetch_add(&pre_count, 1);
    if (FltGetFileNameInformation(data, FLT_FILE_NAME_NORMALIZED | FLT_FILE_NAME_QUERY_DEFAULT,
                                  &name) == STATUS_SUCCESS)
        FltReleaseFileNameInformation(name);
    *context = &t;
    return FLT_PREOP_SUCCESS_WITH_CALLBACK;
}

static FLT_POSTOP_CALLBACK_STATUS NTAPI post(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects,
                                             PVOID context, FLT_POST_OPERATION_FLAGS flags)
{
    PFLT_CONTEXT c;

    (void)data;
    if (context != &t || atomic_load(&attached) == 0)
        atomic_fetch_add(&late, 1);
    atomic_fetch_add(&post_count, 1);
    if (!(flags & FLTFL_POST_OPERATION_DRAINING) &&
        FltAllocateContext(objects->Filter, FLT_STREAM_CONTEXT, 16, NonPagedPoolNx, &c) ==
            STATUS_SUCCESS) {
        FltSetStreamContext(objects->Instance, objects->FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS,
                            c, NULL);
        FltReleaseContext(c);
    }
    return FLT_POSTOP_FINISHED_PROCESSING;
}

static NTSTATUS NTAPI setup(PCFLT_RELATED_OBJECTS o, FLT_INSTANCE_SETUP_FLAGS f, DEVICE_TYPE d,
                            FLT_FILESYSTEM_TYPE y)
{
    (void)o, (void)f, (void)d, (void)y;
    atomic_fetch_add(&attached, 1);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI query(PCFLT_RELATED_OBJECTS o, FLT_INSTANCE_QUERY_TEARDOWN_FLAGS f)
{
    (void)o, (void)f;
    return STATUS_SUCCESS;
}

static VOID NTAPI complete(PCFLT_RELATED_OBJECTS o, FLT_INSTANCE_TEARDOWN_FLAGS f)
{
    (void)o, (void)f;
    atomic_fetch_sub(&attached, 1);
}

static void *work(void *number)
{
    nt_thread_attach();
    for (unsigned i = 0; i < OPERATIONS; i++) {
        struct flt_create c = a_create(volume, L"\\dir\\file");

        c.file_id[0] = (uintptr_t)number * 100 + i % 100;
        flt_dispatch_create(&c);
    }
    atomic_fetch_sub(&dispatching, 1);
    nt_thread_detach();
    return NULL;
}

static void dispatch_and_detach_at_once(void **state)
{
    static const FLT_OPERATION_REGISTRATION operations[] = {
        {IRP_MJ_CREATE, 0, pre, post, NULL}, {.MajorFunction = IRP_MJ_OPERATION_END}};
    static const FLT_CONTEXT_REGISTRATION contexts[] = {
        {.ContextType = FLT_STREAM_CONTEXT, .Size = 16, .PoolTag = 1},
        {.ContextType = FLT_CONTEXT_END}};
    FLT_REGISTRATION r = test_registration();
    pthread_t threads[THREADS];
    unsigned rounds = 0;

    (void)state;
    flt_patience_ms = 5000;
    r.OperationRegistration = operations;
    r.ContextRegistration = contexts;
    r.InstanceSetupCallback = setup;
    r.InstanceQueryTeardownCallback = query;
    r.InstanceTeardownStartCallback = NULL;
    r.InstanceTeardownCompleteCallback = complete;
    volume = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    t = (struct test_filter){.name = "T"};
    filter_driver(&t, "100");
    assert_int_equal(filter_register(&t, &r), STATUS_SUCCESS);
    assert_int_equal(filter_start(&t), STATUS_SUCCESS);
    atomic_store(&dispatching, THREADS);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(i + 1)), 0);
    while (rounds < ROUNDS || atomic_load(&dispatching) > 0) {
        assert_int_equal(FltDetachVolume(t.filter, volume, NULL), STATUS_SUCCESS);
        assert_int_equal(FltAttachVolume(t.filter, volume, NULL, NULL), STATUS_SUCCESS);
        rounds++;
        usleep(100);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(late, 0);
    assert_int_equal(pre_count, post_count);
    assert_true(pre_count > 0);
    assert_int_equal(filter_down(&t, NULL), 0);
    assert_int_equal(attached, 0);
    flt_volume_dismount(volume);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dispatch_and_detach_at_once)};

    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
