/*
 * filetap.sys when what it calls fails: each call that can fail is made to fail in turn, in a run
 * of a whole life from load to unload. Whatever fails, nothing is left behind, and no event is
 * missing without being counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "native_driver.h"
#include "fltlib.h"
#include "filetap.h"

/* ---- Calls that fail ------------------------------------------------------------------------- */

static unsigned fail_at; /* the call that fails, counted from 1; 0: none */
static unsigned calls;
static const char *failed; /* its name */
static ULONG starved;      /* no pool with this tag */

static bool fails(const char *name)
{
    if (++calls != fail_at)
        return false;
    failed = name;
    return true;
}

/*
 * A function in the driver's view. It ends in a jump to the real one, which so sees the driver as
 * its caller.
 */
#define FAILING(type, name, parameters, arguments, failure)                                        \
    static type NTAPI fail_##name parameters                                                       \
    {                                                                                              \
        if (fails(#name))                                                                          \
            return failure;                                                                        \
        __attribute__((musttail)) return name arguments;                                           \
    }

static PVOID NTAPI fail_ExAllocatePool2(POOL_FLAGS flags, SIZE_T size, ULONG tag)
{
    if (fails("ExAllocatePool2") || tag == starved)
        return NULL;
    __attribute__((musttail)) return ExAllocatePool2(flags, size, tag);
}

FAILING(NTSTATUS, SeLocateProcessImageName, (PEPROCESS process, PUNICODE_STRING *image),
        (process, image), STATUS_NO_MEMORY)
FAILING(NTSTATUS, ObOpenObjectByPointer,
        (PVOID object, ULONG attributes, PACCESS_STATE state, ACCESS_MASK access, POBJECT_TYPE type,
         KPROCESSOR_MODE mode, PHANDLE handle),
        (object, attributes, state, access, type, mode, handle), STATUS_INSUFFICIENT_RESOURCES)
FAILING(NTSTATUS, ZwOpenKey, (PHANDLE key, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes),
        (key, access, attributes), STATUS_ACCESS_DENIED)
FAILING(NTSTATUS, ZwQueryValueKey,
        (HANDLE key, PUNICODE_STRING name, KEY_VALUE_INFORMATION_CLASS information_class,
         PVOID information, ULONG length, PULONG result),
        (key, name, information_class, information, length, result), STATUS_INSUFFICIENT_RESOURCES)
static bool detach_first; /* the driver loses its instance while it asks for a name */
static void detach(void);

static NTSTATUS NTAPI fail_FltGetFileNameInformation(PFLT_CALLBACK_DATA data,
                                                     FLT_FILE_NAME_OPTIONS options,
                                                     PFLT_FILE_NAME_INFORMATION *name)
{
    if (detach_first)
        detach();
    if (fails("FltGetFileNameInformation"))
        return STATUS_INSUFFICIENT_RESOURCES;
    __attribute__((musttail)) return FltGetFileNameInformation(data, options, name);
}

FAILING(NTSTATUS, FltIsDirectory, (PFILE_OBJECT file, PFLT_INSTANCE instance, PBOOLEAN directory),
        (file, instance, directory), STATUS_INSUFFICIENT_RESOURCES)
FAILING(NTSTATUS, FltBuildDefaultSecurityDescriptor,
        (PSECURITY_DESCRIPTOR * descriptor, ACCESS_MASK access), (descriptor, access),
        STATUS_INSUFFICIENT_RESOURCES)
FAILING(NTSTATUS, FltCreateCommunicationPort,
        (PFLT_FILTER filter, PFLT_PORT *server, POBJECT_ATTRIBUTES attributes, PVOID cookie,
         PFLT_CONNECT_NOTIFY connect, PFLT_DISCONNECT_NOTIFY disconnect,
         PFLT_MESSAGE_NOTIFY message, LONG most),
        (filter, server, attributes, cookie, connect, disconnect, message, most),
        STATUS_OBJECT_NAME_COLLISION)
FAILING(NTSTATUS, FltRegisterFilter,
        (PDRIVER_OBJECT object, const FLT_REGISTRATION *registration, PFLT_FILTER *filter),
        (object, registration, filter), STATUS_INSUFFICIENT_RESOURCES)
FAILING(NTSTATUS, FltStartFiltering, (PFLT_FILTER filter), (filter), STATUS_INSUFFICIENT_RESOURCES)

/* To take the routine back does not fail. */
static NTSTATUS NTAPI fail_PsSetCreateProcessNotifyRoutineEx2(PSCREATEPROCESSNOTIFYTYPE type,
                                                              PVOID routine, BOOLEAN remove)
{
    if (!remove && fails("PsSetCreateProcessNotifyRoutineEx2"))
        return STATUS_INVALID_PARAMETER;
    __attribute__((musttail)) return PsSetCreateProcessNotifyRoutineEx2(type, routine, remove);
}

#define REPLACED(name)                                                                             \
    {                                                                                              \
#name, (void *)fail_##name                                                                 \
    }

static void *replacement(const char *name)
{
    static const struct {
        const char *name;
        void *target;
    } table[] = {
        REPLACED(ExAllocatePool2),
        REPLACED(SeLocateProcessImageName),
        REPLACED(ObOpenObjectByPointer),
        REPLACED(ZwOpenKey),
        REPLACED(ZwQueryValueKey),
        REPLACED(FltGetFileNameInformation),
        REPLACED(FltIsDirectory),
        REPLACED(FltBuildDefaultSecurityDescriptor),
        REPLACED(FltCreateCommunicationPort),
        REPLACED(FltRegisterFilter),
        REPLACED(FltStartFiltering),
        REPLACED(PsSetCreateProcessNotifyRoutineEx2),
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(table[i].name, name) == 0)
            return table[i].target;
    }
    return NULL;
}

/* ---- A life ---------------------------------------------------------------------------------- */

static PFLT_VOLUME volume;
static struct filter_port *port;
static unsigned opened;
static uint64_t files, lost, ends, expected_sequence;

static void change_instance(bool attach)
{
    UNICODE_STRING name;
    PFLT_FILTER filter;

    RtlInitUnicodeString(&name, L"filetap");
    assert_int_equal(FltGetFilterFromName(&name, &filter), STATUS_SUCCESS);
    assert_int_equal(attach ? FltAttachVolume(filter, volume, NULL, NULL)
                            : FltDetachVolume(filter, volume, NULL),
                     STATUS_SUCCESS);
    FltObjectDereference(filter);
}

static void detach(void)
{
    detach_first = false;
    change_instance(false);
}

static void process_of(uint32_t pid, uint32_t parent, uint32_t creator, const wchar_t *image,
                       bool notify)
{
    LARGE_INTEGER time;
    struct nt_process_start start = {
        .pid = pid, .parent_pid = parent, .creator_pid = creator, .creator_tid = creator + 1};

    KeQuerySystemTimePrecise(&time);
    start.time = (uint64_t)time.QuadPart;
    RtlInitUnicodeString(&start.image, image);
    RtlInitUnicodeString(&start.command_line, L"a b c");
    nt_process_start(&start, notify);
}

static void process(uint32_t pid, uint32_t parent, const wchar_t *image, bool notify)
{
    process_of(pid, parent, parent, image, notify);
}

static void leave(uint32_t pid)
{
    LARGE_INTEGER time;

    KeQuerySystemTimePrecise(&time);
    nt_process_exit(pid, (uint64_t)time.QuadPart, 0);
}

static void open_file(uint32_t pid, NTSTATUS status)
{
    LARGE_INTEGER time;
    struct flt_create create = {
        .volume = volume,
        .thread = nt_thread_of(nt_process_find(pid), pid + 1),
        .desired_access = FILE_READ_DATA,
        .options = FILE_OPEN << 24,
        .case_sensitive = true,
        .status = status,
    };

    KeQuerySystemTimePrecise(&time);
    create.begin = create.end = (uint64_t)time.QuadPart;
    RtlInitUnicodeString(&create.opened, L"\\dir\\file");
    RtlInitUnicodeString(&create.normalized, L"\\dir\\file");
    opened++;
    flt_dispatch_create(&create);
}

static void read_all(void)
{
    static uint64_t buffer[0x40000 / 8];
    struct ft_read_request request = {{FT_COMMAND_READ, sizeof(request)}, 0, 0};
    uint32_t returned;

    for (;;) {
        const uint8_t *p = (const uint8_t *)buffer;

        assert_int_equal(
            filter_send_message(port, &request, sizeof(request), buffer, sizeof(buffer), &returned),
            0);
        if (returned == 0)
            return;
        while (p < (const uint8_t *)buffer + returned) {
            const struct ft_record *record = (const void *)p;

            assert_int_equal(record->sequence, expected_sequence);
            expected_sequence++;
            files += record->type == FT_RECORD_FILE;
            ends += record->type == FT_RECORD_PROCESS_END;
            if (record->type == FT_RECORD_LOST) {
                uint64_t count = ((const struct ft_lost_record *)record)->count;

                lost += count;
                expected_sequence += count - 1;
            }
            p += record->size;
        }
    }
}

/* Selects `make` and its descendants. */
static filter_status configure(void)
{
    struct {
        struct ft_configure_request request;
        uint16_t length;
        wchar_t text[4];
    } message = {
        .request = {.request = {FT_COMMAND_CONFIGURE, sizeof(message.request) + 10},
                    .flags = FT_CONFIGURE_CHILDREN,
                    .queue_bytes = FT_MIN_QUEUE_BYTES,
                    .pattern_count = 1},
        .length = 8,
        .text = {'m', 'a', 'k', 'e'},
    };
    uint32_t returned;

    return filter_send_message(port, &message, message.request.request.size, NULL, 0, &returned);
}

static void live_with_client(void)
{
    process(301, 300, L"\\Device\\HarddiskVolume1\\bin\\sh", true);
    process(302, 301, L"\\Device\\HarddiskVolume1\\bin\\cc", true);
    open_file(302, STATUS_SUCCESS);
    open_file(300, STATUS_SUCCESS);
    open_file(301, STATUS_OBJECT_NAME_NOT_FOUND);
    open_file(302, STATUS_SUCCESS);
    leave(302);
    leave(301);
    read_all();
}

/* FALSE where the driver did not load. */
static bool live(void)
{
    struct nt_driver *driver = native_create();
    bool loaded, connected = false, configured = false;

    calls = opened = 0;
    failed = NULL;
    port = NULL;
    files = lost = ends = 0;
    expected_sequence = 1;
    nt_registry_set_string(NATIVE_SERVICE "\\Parameters", "Image", "init");
    process(50, 0, L"\\Device\\HarddiskVolume1\\bin\\init", false);
    process(300, 50, L"\\Device\\HarddiskVolume1\\bin\\make", false);

    loaded = NT_SUCCESS(nt_driver_start(driver));
    if (loaded)
        connected = filter_connect_port("\\FiletapPort", NULL, 0, &port) == 0;
    if (connected)
        configured = configure() == 0;
    if (configured)
        live_with_client();
    leave(300);
    leave(50);
    if (connected)
        filter_close_port(port);
    if (loaded)
        assert_int_equal(flt_unload(driver, stderr), 0);
    if (!native_delete(driver))
        fail_msg("call %u (%s) failed, and something is left", fail_at, failed);

    if (configured && files + lost < opened)
        fail_msg("call %u (%s) failed: %u opened, %u reported, %u lost", fail_at, failed, opened,
                 (unsigned)files, (unsigned)lost);
    if (fail_at == 0 || failed == NULL) {
        assert_true(configured);
        assert_int_equal(files, opened);
        assert_int_equal(lost, 0);
        assert_int_equal(ends, 2);
    }
    return loaded;
}

static void test_each_call(void **state)
{
    unsigned last, not_loaded = 0;

    (void)state;
    fail_at = 0;
    live();
    last = calls;
    assert_true(last > 30);
    for (fail_at = 1; fail_at <= last; fail_at++)
        not_loaded += !live();
    assert_true(not_loaded > 5);
    fail_at = 0;
    live();
}

/*
 * What was decided at a process's birth can often not be decided again: here, that its creator,
 * which is not its parent, is selected. It holds although the table of verdicts is full.
 */
static void test_table_is_full(void **state)
{
    enum { FIRST = 1000, COUNT = 2000 };
    struct nt_driver *driver = native_create();

    (void)state;
    fail_at = 0;
    opened = 0;
    files = lost = ends = 0;
    expected_sequence = 1;
    process(50, 0, L"\\Device\\HarddiskVolume1\\bin\\init", false);
    process(300, 50, L"\\Device\\HarddiskVolume1\\bin\\make", false);
    assert_true(NT_SUCCESS(nt_driver_start(driver)));
    assert_int_equal(filter_connect_port("\\FiletapPort", NULL, 0, &port), 0);
    assert_int_equal(configure(), 0);
    open_file(300, STATUS_SUCCESS);

    starved = FT_TAG_VERDICT;
    for (uint32_t i = 0; i < COUNT; i++)
        process(FIRST + i, 50, L"\\Device\\HarddiskVolume1\\bin\\bash", true);
    process_of(301, 50, 300, L"\\Device\\HarddiskVolume1\\bin\\sh", true);
    open_file(301, STATUS_SUCCESS);
    process_of(302, 50, 301, L"\\Device\\HarddiskVolume1\\bin\\cc", true);
    leave(301);
    process_of(303, 301, 301, L"\\Device\\HarddiskVolume1\\bin\\as", true);
    open_file(302, STATUS_SUCCESS);
    open_file(303, STATUS_SUCCESS);
    read_all();
    assert_int_equal(files, opened);
    assert_int_equal(lost, 0);
    open_file(FIRST + COUNT - 1, STATUS_SUCCESS);
    read_all();
    assert_int_equal(files, opened - 1);

    starved = 0;
    for (uint32_t i = 0; i < COUNT; i++)
        leave(FIRST + i);
    leave(302);
    leave(303);
    leave(300);
    leave(50);
    filter_close_port(port);
    assert_true(native_unload(driver));
}

/* How a request ends that is under way when the instance goes, the driver is not told. */
static void test_detached(void **state)
{
    struct nt_driver *driver = native_create();

    (void)state;
    fail_at = 0;
    opened = 0;
    files = lost = ends = 0;
    expected_sequence = 1;
    process(50, 0, L"\\Device\\HarddiskVolume1\\bin\\init", false);
    process(300, 50, L"\\Device\\HarddiskVolume1\\bin\\make", false);
    assert_true(NT_SUCCESS(nt_driver_start(driver)));
    assert_int_equal(filter_connect_port("\\FiletapPort", NULL, 0, &port), 0);
    assert_int_equal(configure(), 0);
    open_file(300, STATUS_SUCCESS);
    detach_first = true;
    open_file(300, STATUS_SUCCESS);
    assert_false(detach_first);
    change_instance(true);
    open_file(300, STATUS_SUCCESS);
    read_all();
    assert_int_equal(files, 2);
    assert_int_equal(lost, 1);

    leave(300);
    leave(50);
    filter_close_port(port);
    assert_true(native_unload(driver));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call),
        cmocka_unit_test(test_detached),
        cmocka_unit_test(test_table_is_full),
    };
    struct flt_volume_info info = {
        .filesystem = FLT_FSTYPE_NTFS,
        .device_type = FILE_DEVICE_DISK_FILE_SYSTEM,
        .sector_size = 512,
    };

    native_init();
    RtlInitUnicodeString(&info.device_name, L"\\Device\\HarddiskVolume1");
    RtlInitUnicodeString(&info.dos_name, L"C:");
    volume = flt_volume_mount(&info);
    native_replacement = replacement;
    return cmocka_run_group_tests(tests, native_use_file, NULL);
}
