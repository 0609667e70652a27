/* What the documentation says that functions of the Filter Manager refuse, and what it calls a
   programming error, as far as no other test has it. */
#include "flt_fixture.h"
#include "nt/undeclared.h"

static PFLT_VOLUME volume;
static struct test_filter t;

static VOID NTAPI cleanup(PFLT_CONTEXT context, FLT_CONTEXT_TYPE type)
{
    (void)context;
    (void)type;
    note("cleanup at %u; ", KeGetCurrentIrql());
}

static const FLT_CONTEXT_REGISTRATION contexts[] = {
    {.ContextType = FLT_STREAM_CONTEXT,
     .ContextCleanupCallback = cleanup,
     .Size = 8,
     .PoolTag = 0x74736554},
    {.ContextType = FLT_CONTEXT_END},
};

static int one_filter(void **state)
{
    FLT_REGISTRATION r = test_registration();

    (void)state;
    t = (struct test_filter){.name = "T"};
    volume = volume_up(L"\\Device\\HarddiskVolume1", L"C:");
    r.ContextRegistration = contexts;
    filter_driver(&t, "100");
    assert_int_equal(filter_register(&t, &r), STATUS_SUCCESS);
    assert_int_equal(filter_start(&t), STATUS_SUCCESS);
    notes[0] = '\0';
    return 0;
}

static int no_filter(void **state)
{
    (void)state;
    filter_down(&t, NULL);
    flt_volume_dismount(volume);
    notes[0] = '\0';
    return 0;
}

/* ---- Contexts ------------------------------------------------------------------------------- */

static PFLT_CONTEXT a_context(POOL_TYPE pool)
{
    PFLT_CONTEXT context;

    assert_int_equal(FltAllocateContext(t.filter, FLT_STREAM_CONTEXT, 8, pool, &context),
                     STATUS_SUCCESS);
    return context;
}

/* Its cleanup callback may need APC_LEVEL: a system thread does it. */
static void a_context_released_at_dispatch_level_goes_later(void **state)
{
    PFLT_CONTEXT context = a_context(NonPagedPoolNx);
    KIRQL irql;

    (void)state;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    NT_CALL_VOID(t.driver, "test", FltReleaseContext(context));
    KeLowerIrql(irql);
    for (int i = 0; i < 500 && atomic_load(&t.filter->context_count) > 0; i++)
        usleep(10000);
    assert_notes("cleanup at 0; ");
}

static void release_paged(void)
{
    PFLT_CONTEXT context = a_context(PagedPool);
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    FltReleaseContext(context);
}

static void one_in_paged_pool_cannot_be_released_there(void **state)
{
    (void)state;
    assert_bug_check(release_paged);
}

static void contexts_are_for_ones_own_instances(void **state)
{
    struct test_filter other = {.name = "Other"};
    FLT_REGISTRATION r = test_registration();
    static const FLT_CONTEXT_REGISTRATION of_instances[] = {
        {.ContextType = FLT_INSTANCE_CONTEXT, .Size = 8, .PoolTag = 0x74736554},
        {.ContextType = FLT_CONTEXT_END},
    };
    PFLT_INSTANCE own, foreign;
    PFLT_CONTEXT context;

    (void)state;
    filter_driver(&other, "200");
    r.ContextRegistration = of_instances;
    assert_int_equal(filter_register(&other, &r), STATUS_SUCCESS);
    assert_int_equal(filter_start(&other), STATUS_SUCCESS);
    assert_int_equal(FltGetTopInstance(volume, &own), STATUS_SUCCESS);
    assert_int_equal(FltGetBottomInstance(volume, &foreign), STATUS_SUCCESS);
    assert_int_equal(
        FltAllocateContext(other.filter, FLT_INSTANCE_CONTEXT, 8, NonPagedPoolNx, &context),
        STATUS_SUCCESS);
    assert_int_equal(FltSetInstanceContext(foreign, FLT_SET_CONTEXT_KEEP_IF_EXISTS, context, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(FltSetInstanceContext(own, FLT_SET_CONTEXT_KEEP_IF_EXISTS, NULL, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(FltSetInstanceContext(own, FLT_SET_CONTEXT_KEEP_IF_EXISTS, context, NULL),
                     STATUS_SUCCESS);
    FltReleaseContext(context);
    FltObjectDereference(own);
    FltObjectDereference(foreign);
    assert_int_equal(filter_down(&other, NULL), 0);
}

/* ---- Work items ----------------------------------------------------------------------------- */

static PFLT_GENERIC_WORKITEM generic;
static KEVENT go_on;

static VOID NTAPI wait_there(PFLT_GENERIC_WORKITEM item, PVOID object, PVOID context)
{
    (void)item;
    (void)object;
    (void)context;
    KeWaitForSingleObject(&go_on, Executive, KernelMode, FALSE, NULL);
}

/* All workers wait, so that the next item stays in the queue. */
static void fill_the_queue(void)
{
    generic = FltAllocateGenericWorkItem();
    KeInitializeEvent(&go_on, NotificationEvent, FALSE);
    for (int i = 0; i < 100; i++)
        FltQueueGenericWorkItem(FltAllocateGenericWorkItem(), t.filter, wait_there,
                                DelayedWorkQueue, NULL);
    if (FltQueueGenericWorkItem(generic, t.filter, wait_there, DelayedWorkQueue, NULL) !=
        STATUS_SUCCESS)
        _exit(1);
}

static void queue_twice(void)
{
    fill_the_queue();
    FltQueueGenericWorkItem(generic, t.filter, wait_there, DelayedWorkQueue, NULL);
}

static void free_queued(void)
{
    fill_the_queue();
    FltFreeGenericWorkItem(generic);
}

static void a_queued_item_stays_as_it_is(void **state)
{
    (void)state;
    assert_bug_check(queue_twice);
    assert_bug_check(free_queued);
}

static VOID NTAPI never(PFLT_DEFERRED_IO_WORKITEM item, PFLT_CALLBACK_DATA data, PVOID context)
{
    (void)item;
    (void)data;
    (void)context;
    note("posted; ");
}

static void post_below_top_level_irp(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    PFLT_DEFERRED_IO_WORKITEM item = FltAllocateDeferredIoWorkItem();
    IRP irp;

    (void)objects;
    IoSetTopLevelIrp(&irp);
    assert_int_equal(FltQueueDeferredIoWorkItem(item, data, never, DelayedWorkQueue, NULL),
                     STATUS_FLT_NOT_SAFE_TO_POST_OPERATION);
    IoSetTopLevelIrp(NULL);
    FltFreeDeferredIoWorkItem(item);
}

static void nothing_is_posted_below_a_top_level_irp(void **state)
{
    (void)state;
    t.in_pre = post_below_top_level_irp;
    dispatch(volume, L"\\f");
    assert_notes("pre T; post T 0; ");
}

/* ---- Operations ----------------------------------------------------------------------------- */

static const FLT_OPERATION_REGISTRATION only_before[] = {
    {IRP_MJ_CREATE, 0, test_pre, NULL, NULL},
    {.MajorFunction = IRP_MJ_OPERATION_END},
};

static void synchronize_without_callback(void)
{
    struct test_filter s = {.name = "S", .pre_status = FLT_PREOP_SYNCHRONIZE};
    FLT_REGISTRATION r = test_registration();

    r.OperationRegistration = only_before;
    filter_driver(&s, "200");
    if (filter_register(&s, &r) != STATUS_SUCCESS || filter_start(&s) != STATUS_SUCCESS)
        _exit(1);
    dispatch(volume, L"\\f");
}

static void synchronizing_takes_a_callback(void **state)
{
    (void)state;
    assert_bug_check(synchronize_without_callback);
}

static void complete_at_dispatch_level(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    KIRQL irql;

    (void)objects;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    FltCompletePendedPreOperation(data, FLT_PREOP_SUCCESS_NO_CALLBACK, NULL);
    KeLowerIrql(irql);
}

static void go_on_at_dispatch_level(void)
{
    t.pre_status = FLT_PREOP_PENDING;
    t.in_pre = complete_at_dispatch_level;
    dispatch(volume, L"\\f");
}

static void end_at_dispatch_level(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    KIRQL irql;

    (void)objects;
    data->IoStatus.Status = STATUS_ACCESS_DENIED;
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    FltCompletePendedPreOperation(data, FLT_PREOP_COMPLETE, NULL);
    KeLowerIrql(irql);
}

static void a_pended_create_goes_on_at_apc_level_at_most(void **state)
{
    (void)state;
    assert_bug_check(go_on_at_dispatch_level);
    /* What is complete takes no more than DISPATCH_LEVEL. */
    t.pre_status = FLT_PREOP_PENDING;
    t.in_pre = end_at_dispatch_level;
    dispatch(volume, L"\\f");
    assert_notes("pre T; ");
}

static void enter_region(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)data;
    (void)objects;
    KeEnterCriticalRegion();
}

static void leave_region(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)data;
    (void)objects;
    KeLeaveCriticalRegion();
}

static void forget_to_leave(void)
{
    t.in_post = enter_region;
    dispatch(volume, L"\\f");
}

static void regions_end_with_the_operation(void **state)
{
    (void)state;
    assert_bug_check(forget_to_leave);
    t.in_pre = enter_region;
    t.in_post = leave_region;
    dispatch(volume, L"\\f");
    assert_notes("pre T; post T 0; ");
}

static void ask_tunnel_before(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    PFLT_FILE_NAME_INFORMATION n, tunneled;

    (void)objects;
    if (FltGetFileNameInformation(data, FLT_FILE_NAME_NORMALIZED, &n) != STATUS_SUCCESS)
        _exit(1);
    FltGetTunneledName(data, n, &tunneled);
}

static void tunnel_before(void)
{
    t.in_pre = ask_tunnel_before;
    dispatch(volume, L"\\f");
}

static void tunneled_names_are_asked_for_afterwards(void **state)
{
    (void)state;
    assert_bug_check(tunnel_before);
}

/* ---- Filters -------------------------------------------------------------------------------- */

static NTSTATUS NTAPI generate(PFLT_INSTANCE instance, PFILE_OBJECT file, PFLT_CALLBACK_DATA data,
                               FLT_FILE_NAME_OPTIONS options, PBOOLEAN cache,
                               PFLT_NAME_CONTROL control)
{
    (void)instance;
    (void)file;
    (void)data;
    (void)options;
    (void)cache;
    (void)control;
    return STATUS_NOT_SUPPORTED;
}

static void name_providers_have_both_callbacks(void **state)
{
    struct test_filter p = {.name = "P"};
    FLT_REGISTRATION r = test_registration();

    (void)state;
    filter_driver(&p, "200");
    r.GenerateFileNameCallback = generate;
    assert_int_equal(filter_register(&p, &r), STATUS_INVALID_PARAMETER);
    r.GenerateFileNameCallback = NULL;
    r.NormalizeNameComponentCallback = (PFLT_NORMALIZE_NAME_COMPONENT)(void *)generate;
    assert_int_equal(filter_register(&p, &r), STATUS_INVALID_PARAMETER);
    r.GenerateFileNameCallback = generate;
    assert_int_equal(filter_register(&p, &r), STATUS_SUCCESS);
    filter_down(&p, NULL);
}

static void unload_itself(void)
{
    UNICODE_STRING name = u(L"T");

    NT_CALL(t.driver, "test", FltUnloadFilter(&name));
}

static void unregister_another(void)
{
    struct test_filter other = {.name = "Other"};

    filter_up(&other, "200");
    NT_CALL_VOID(other.driver, "test", FltUnregisterFilter(t.filter));
}

static void a_filter_unregisters_itself_and_unloads_others(void **state)
{
    (void)state;
    assert_bug_check(unload_itself);
    assert_bug_check(unregister_another);
}

static VOID NTAPI last_word(PDRIVER_OBJECT object)
{
    (void)object;
    note("DriverUnload; ");
}

static void unloading_by_another_filter_is_unloading(void **state)
{
    struct test_filter victim = {.name = "victim"};
    UNICODE_STRING name = u(L"victim");

    (void)state;
    filter_driver(&victim, "200");
    victim.driver->object.DriverUnload = last_word;
    assert_int_equal(filter_register(&victim, NULL), STATUS_SUCCESS);
    victim.driver->started = true;
    assert_int_equal(NT_CALL(t.driver, "test", FltUnloadFilter(&name)), STATUS_SUCCESS);
    assert_int_equal(filter_down(&victim, NULL), 0);
    assert_notes("unload victim 0; DriverUnload; ");
}

/* ---- Volumes and instances ------------------------------------------------------------------ */

static void volumes_are_found_by_all_their_names(void **state)
{
    static const wchar_t *const names[] = {L"\\Device\\HarddiskVolume1", L"\\DosDevices\\C:",
                                           L"\\??\\C:", L"C:", L"\\??\\C:\\"};
    UNICODE_STRING empty = {0}, unknown = u(L"\\??\\D:"), odd = u(L"C:");
    PFLT_VOLUME found;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        UNICODE_STRING name = u(names[i]);

        assert_int_equal(FltGetVolumeFromName(t.filter, &name, &found), STATUS_SUCCESS);
        assert_ptr_equal(found, volume);
        FltObjectDereference(found);
    }
    assert_int_equal(FltGetVolumeFromName(t.filter, &unknown, &found), STATUS_FLT_VOLUME_NOT_FOUND);
    assert_int_equal(FltGetVolumeFromName(t.filter, &empty, &found), STATUS_INVALID_PARAMETER);
    assert_int_equal(FltGetVolumeFromName(t.filter, NULL, &found), STATUS_INVALID_PARAMETER);
    odd.Length--;
    assert_int_equal(FltGetVolumeFromName(t.filter, &odd, &found), STATUS_INVALID_PARAMETER);
    assert_null(found);
}

static void a_storage_device_is_no_volume(void **state)
{
    PDEVICE_OBJECT device, disk;
    PFLT_VOLUME found;

    (void)state;
    assert_int_equal(FltGetDeviceObject(volume, &device), STATUS_SUCCESS);
    assert_int_equal(FltGetDiskDeviceObject(volume, &disk), STATUS_SUCCESS);
    assert_int_equal(FltGetVolumeFromDeviceObject(t.filter, disk, &found),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(FltGetVolumeFromDeviceObject(t.filter, device, &found), STATUS_SUCCESS);
    FltObjectDereference(found);
    ObDereferenceObject(device);
    ObDereferenceObject(disk);
}

static void only_disks_can_be_asked_whether_they_are_writable(void **state)
{
    struct flt_volume_info info = {.device_name = u(L"\\Device\\Mup"),
                                   .dos_name = u(L"/net"),
                                   .device_type = FILE_DEVICE_NETWORK_FILE_SYSTEM};
    struct flt_volume_info cdrom = {.device_name = u(L"\\Device\\HarddiskVolume9"),
                                    .dos_name = u(L"/cdrom"),
                                    .device_type = FILE_DEVICE_DISK_FILE_SYSTEM,
                                    .read_only = true};
    PFLT_VOLUME net = flt_volume_mount(&info), ro = flt_volume_mount(&cdrom);
    BOOLEAN writable = FALSE;

    (void)state;
    assert_int_equal(FltIsVolumeWritable(volume, &writable), STATUS_SUCCESS);
    assert_true(writable);
    assert_int_equal(FltIsVolumeWritable(ro, &writable), STATUS_SUCCESS);
    assert_false(writable);
    assert_int_equal(FltIsVolumeWritable(net, &writable), STATUS_INVALID_DEVICE_REQUEST);
    flt_volume_dismount(ro);
    flt_volume_dismount(net);
}

static void instances_of_nothing_are_not_listed(void **state)
{
    PFLT_INSTANCE list[4];
    ULONG n;

    (void)state;
    assert_int_equal(FltEnumerateInstances(NULL, NULL, list, 4, &n), STATUS_INVALID_PARAMETER);
}

static void instances_made_by_hand_are_named_after_their_altitude(void **state)
{
    UNICODE_STRING altitude = u(L"100.5"), again = u(L"T again");
    PFLT_INSTANCE i;

    (void)state;
    assert_int_equal(FltAttachVolumeAtAltitude(t.filter, volume, &altitude, NULL, &i),
                     STATUS_SUCCESS);
    assert_text(i->name, "T 100.5");
    FltObjectDereference(i);
    /* The registry's altitude is taken: this function has another word for it. */
    registry_instance("T", "Instances", "T again", "100.50", 0);
    assert_int_equal(FltAttachVolume(t.filter, volume, &again, &i), STATUS_OBJECT_NAME_COLLISION);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, one_filter, no_filter)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_context_released_at_dispatch_level_goes_later),
        TEST(one_in_paged_pool_cannot_be_released_there),
        TEST(a_queued_item_stays_as_it_is),
        TEST(nothing_is_posted_below_a_top_level_irp),
        TEST(synchronizing_takes_a_callback),
        TEST(a_pended_create_goes_on_at_apc_level_at_most),
        TEST(regions_end_with_the_operation),
        TEST(tunneled_names_are_asked_for_afterwards),
        TEST(name_providers_have_both_callbacks),
        TEST(a_filter_unregisters_itself_and_unloads_others),
        TEST(unloading_by_another_filter_is_unloading),
        TEST(volumes_are_found_by_all_their_names),
        TEST(a_storage_device_is_no_volume),
        TEST(only_disks_can_be_asked_whether_they_are_writable),
        TEST(contexts_are_for_ones_own_instances),
        TEST(instances_of_nothing_are_not_listed),
        TEST(instances_made_by_hand_are_named_after_their_altitude),
    };

    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
