/* Objects, handles, devices, MDLs. */
#include "nt_fixture.h"

static int destroyed;

static void destroy(void *body)
{
    (void)body;
    destroyed++;
}

static void references_keep(void **state)
{
    POBJECT_TYPE type = nt_object_type("Test");
    uint64_t *body = nt_object_create(type, 100, destroy);

    (void)state;
    destroyed = 0;
    assert_int_equal(body[3], 0);
    assert_int_equal(ObReferenceObject(body), 2);
    assert_int_equal(ObReferenceObjectByPointer(body, 0, type, KernelMode), STATUS_SUCCESS);
    assert_int_equal(ObReferenceObjectByPointer(body, 0, *PsProcessType, KernelMode),
                     STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(nt_object_references(body), 3);
    ObDereferenceObject(body);
    ObDereferenceObjectDeferDelete(body);
    assert_int_equal(destroyed, 0);
    assert_int_equal(ObDereferenceObject(body), 0);
    assert_int_equal(destroyed, 1);
}

static void handles_hold_references(void **state)
{
    POBJECT_TYPE type = nt_object_type("Test");
    void *body = nt_object_create(type, 100, destroy), *found;
    HANDLE handle = nt_handle_create(body);

    (void)state;
    destroyed = 0;
    ObDereferenceObject(body);
    assert_int_equal(destroyed, 0);
    assert_int_equal(ObReferenceObjectByHandle(handle, 0, type, KernelMode, &found, NULL),
                     STATUS_SUCCESS);
    assert_ptr_equal(found, body);
    ObDereferenceObject(found);
    assert_int_equal(ObReferenceObjectByHandle(handle, 0, *PsThreadType, KernelMode, &found, NULL),
                     STATUS_OBJECT_TYPE_MISMATCH);
    assert_int_equal(ObReferenceObjectByHandle((HANDLE)0x1230, 0, NULL, KernelMode, &found, NULL),
                     STATUS_INVALID_HANDLE);
    assert_int_equal(ZwClose(handle), STATUS_SUCCESS);
    assert_int_equal(destroyed, 1);
    assert_int_equal(ZwClose(handle), STATUS_INVALID_HANDLE);
}

static void a_users_handle_is_good_in_its_process_only(void **state)
{
    struct nt_process_start start = {.pid = 900, .parent_pid = 1};
    PEPROCESS p = nt_process_start(&start, false);
    struct nt_context previous;
    HANDLE handle;

    (void)state;
    previous = nt_context_enter(nt_thread_of(p, 900), 0);
    assert_int_equal(ObOpenObjectByPointer(p, 0, NULL, 0, *PsProcessType, KernelMode, &handle),
                     STATUS_SUCCESS);
    assert_false(ObIsKernelHandle(handle));
    nt_context_leave(previous);
    assert_int_equal(ZwClose(handle), STATUS_INVALID_HANDLE);
    previous = nt_context_enter(nt_thread_of(p, 900), 0);
    assert_int_equal(ZwClose(handle), STATUS_SUCCESS);
    nt_context_leave(previous);
    nt_process_exit(900, 0, 0);
}

static void what_a_driver_leaves_is_reported(void **state)
{
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "messy");
    UNICODE_STRING name = str(L"\\Device\\Messy"), link = str(L"\\??\\Messy");
    PEPROCESS process;
    PDEVICE_OBJECT device;
    HANDLE handle;
    unsigned lines;
    char *report;

    (void)state;
    PsLookupProcessByProcessId((HANDLE)4, &process);
    ObOpenObjectByPointer(process, OBJ_KERNEL_HANDLE, NULL, 0, *PsProcessType, KernelMode, &handle);
    assert_int_equal(
        IoCreateDevice(&driver->object, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device),
        STATUS_SUCCESS);
    assert_int_equal(IoCreateSymbolicLink(&link, &name), STATUS_SUCCESS);
    report = driver_leave(&call, driver, &lines);
    assert_int_equal(lines, 4);
    assert_non_null(strstr(report, "1 reference to Process objects"));
    assert_non_null(strstr(report, "to a Process object, from"));
    assert_non_null(strstr(report, "the device \\Device\\Messy"));
    assert_non_null(strstr(report, "the symbolic link \\??\\Messy"));
    free(report);
    ObDereferenceObject(process);
}

static void devices_have_names(void **state)
{
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "device");
    UNICODE_STRING name = str(L"\\Device\\Named"), again = str(L"\\device\\NAMED");
    struct {
        OBJECT_NAME_INFORMATION information;
        wchar_t space[32];
    } buffer;
    PDEVICE_OBJECT device, other;
    ULONG needed;
    unsigned lines;

    (void)state;
    assert_int_equal(
        IoCreateDevice(&driver->object, 40, &name, FILE_DEVICE_UNKNOWN, 0, TRUE, &device),
        STATUS_SUCCESS);
    assert_ptr_equal(driver->object.DeviceObject, device);
    memset(device->DeviceExtension, 1, 40);
    assert_int_equal(device->Flags & (DO_DEVICE_INITIALIZING | DO_EXCLUSIVE),
                     DO_DEVICE_INITIALIZING | DO_EXCLUSIVE);
    assert_int_equal(
        IoCreateDevice(&driver->object, 0, &again, FILE_DEVICE_UNKNOWN, 0, FALSE, &other),
        STATUS_OBJECT_NAME_COLLISION);
    assert_int_equal(ObQueryNameString(device, &buffer.information, 8, &needed),
                     STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(needed, sizeof(UNICODE_STRING) + name.Length + 2);
    assert_int_equal(ObQueryNameString(device, &buffer.information, sizeof(buffer), &needed),
                     STATUS_SUCCESS);
    assert_true(RtlEqualUnicodeString(&buffer.information.Name, &name, FALSE));
    IoDeleteDevice(device);
    assert_null(driver->object.DeviceObject);
    free(driver_leave(&call, driver, &lines));
    assert_int_equal(lines, 0);
}

static void driver_extensions(void **state)
{
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "extended");
    PVOID first, second;
    unsigned lines;

    (void)state;
    assert_int_equal(IoAllocateDriverObjectExtension(&driver->object, &destroyed, 64, &first),
                     STATUS_SUCCESS);
    assert_int_equal(IoAllocateDriverObjectExtension(&driver->object, &destroyed, 64, &second),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_ptr_equal(IoGetDriverObjectExtension(&driver->object, &destroyed), first);
    assert_null(IoGetDriverObjectExtension(&driver->object, destroy));
    free(driver_leave(&call, driver, &lines));
    assert_int_equal(lines, 0);
}

static void mdls(void **state)
{
    volatile NTSTATUS raised = 0;
    uint8_t *buffer = malloc(10000);
    PMDL mdl = IoAllocateMdl(buffer + 5, 9000, FALSE, FALSE, NULL);

    (void)state;
    assert_int_equal(MmGetMdlByteCount(mdl), 9000);
    assert_ptr_equal(MmGetMdlVirtualAddress(mdl), buffer + 5);
    MmProbeAndLockPages(mdl, KernelMode, IoReadAccess);
    assert_ptr_equal(MmGetSystemAddressForMdlSafe(mdl, NormalPagePriority), buffer + 5);
    MmUnlockPages(mdl);
    IoFreeMdl(mdl);
    free(buffer);

    mdl = IoAllocateMdl((void *)0x1000, 100, FALSE, FALSE, NULL);
    __try {
        MmProbeAndLockPages(mdl, UserMode, IoReadAccess);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised = GetExceptionCode();
    }
    assert_int_equal(raised, STATUS_ACCESS_VIOLATION);
    IoFreeMdl(mdl);
    assert_false(MmIsAddressValid((void *)0x1000));
    assert_true(MmIsAddressValid(&mdl));
}

static void routines_by_name(void **state)
{
    UNICODE_STRING known = str(L"ExFreePoolWithTag"), unknown = str(L"ExFreePoolWith");

    (void)state;
    assert_ptr_equal(MmGetSystemRoutineAddress(&known), (void *)ExFreePoolWithTag);
    assert_null(MmGetSystemRoutineAddress(&unknown));
}

static void dereference_once_too_often(void)
{
    void *body = nt_object_create(nt_object_type("Test"), 8, NULL);

    ObDereferenceObject(body);
    ObDereferenceObject(body);
}

static void dereference_nothing(void)
{
    ObDereferenceObject(NULL);
}

static void misuse_is_a_bug_check(void **state)
{
    (void)state;
    assert_bug_check(dereference_once_too_often, "0x00000018 REFERENCE_BY_POINTER");
    assert_bug_check(dereference_nothing, "which is no object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_keep),
        cmocka_unit_test(handles_hold_references),
        cmocka_unit_test(a_users_handle_is_good_in_its_process_only),
        cmocka_unit_test(what_a_driver_leaves_is_reported),
        cmocka_unit_test(devices_have_names),
        cmocka_unit_test(driver_extensions),
        cmocka_unit_test(mdls),
        cmocka_unit_test(routines_by_name),
        cmocka_unit_test(misuse_is_a_bug_check),
    };

    return RUN_NT_TESTS(tests);
}
