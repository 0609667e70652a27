/*
 * The driver as a whole, compiled natively and as filetap.sys: processes come and go, open files,
 * and the records that its port gives out tell so.
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

#define SOME_FILE L"\\dir\\file.txt"

static struct nt_driver *driver;
static struct filter_port *port;
static PFLT_VOLUME volume;
static uint64_t now;

/* ---- What happens ---------------------------------------------------------------------------- */

static uint64_t tick(void)
{
    return now += 10000;
}

static UNICODE_STRING wide(const wchar_t *text)
{
    UNICODE_STRING string;

    RtlInitUnicodeString(&string, text);
    return string;
}

static void process(uint32_t pid, uint32_t parent, uint32_t creator, const wchar_t *image,
                    bool notify)
{
    struct nt_process_start start = {
        .pid = pid,
        .parent_pid = parent,
        .creator_pid = creator,
        .creator_tid = creator + 1,
        .time = tick(),
        .image = wide(image),
        .command_line = wide(L"a command line"),
    };

    nt_process_start(&start, notify);
}

static void start(uint32_t pid, uint32_t parent, const wchar_t *image)
{
    process(pid, parent, parent, image, true);
}

static void leave(uint32_t pid)
{
    nt_process_exit(pid, tick(), 0);
}

/* exec as fltbox tells it: an exit, and a process with the same id that has created itself. */
static void become(uint32_t pid, uint32_t parent, const wchar_t *image)
{
    leave(pid);
    process(pid, parent, pid, image, true);
}

static void create_file(uint32_t pid, const wchar_t *name, NTSTATUS status, ULONG options,
                        bool directory)
{
    struct flt_create create = {
        .volume = volume,
        .thread = nt_thread_of(nt_process_find(pid), pid + 1),
        .opened = wide(name),
        .normalized = wide(name),
        .desired_access = FILE_READ_DATA | SYNCHRONIZE,
        .options = options,
        .attributes = FILE_ATTRIBUTE_NORMAL,
        .share = FILE_SHARE_READ,
        .case_sensitive = true,
        .status = status,
        .information = NT_SUCCESS(status) ? FILE_OPENED : 0,
        .directory = directory,
        .begin = tick(),
    };

    create.end = tick();
    flt_dispatch_create(&create);
}

static void open_file(uint32_t pid)
{
    create_file(pid, SOME_FILE, STATUS_SUCCESS, FILE_OPEN << 24, false);
}

/* ---- What is reported ------------------------------------------------------------------------ */

static uint64_t buffer[0x100000 / 8];
static uint32_t filled, at;

static void fill(void)
{
    struct ft_read_request request = {{FT_COMMAND_READ, sizeof(request)}, 0, 0};

    if (at == filled) {
        at = 0;
        assert_int_equal(
            filter_send_message(port, &request, sizeof(request), buffer, sizeof(buffer), &filled),
            0);
    }
}

static const void *next(uint16_t type)
{
    const struct ft_record *record;

    fill();
    if (filled == 0)
        fail_msg("no record of type %u", type);
    record = (const void *)((const uint8_t *)buffer + at);
    assert_int_equal(record->type, type);
    at += record->size;
    return record;
}

static void expect_nothing(void)
{
    fill();
    if (filled != 0)
        fail_msg("a record of type %u", ((const struct ft_record *)(buffer + at / 8))->type);
}

static const struct ft_process_record *expect_process(uint32_t pid, uint32_t flags)
{
    const struct ft_process_record *record = next(FT_RECORD_PROCESS);

    assert_int_equal(record->process_id, pid);
    assert_int_equal(record->flags, flags);
    return record;
}

static const struct ft_file_record *expect_file(uint32_t pid)
{
    const struct ft_file_record *record = next(FT_RECORD_FILE);

    assert_int_equal(record->process_id, pid);
    return record;
}

static void expect_reported(uint32_t pid, uint32_t flags)
{
    open_file(pid);
    (void)expect_process(pid, flags);
    (void)expect_file(pid);
    expect_nothing();
}

static void expect_ignored(uint32_t pid)
{
    open_file(pid);
    expect_nothing();
}

static void expect_end(void)
{
    (void)next(FT_RECORD_PROCESS_END);
    expect_nothing();
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static void configure(uint32_t flags, uint32_t pid, const char *pattern)
{
    uint8_t message[512];
    struct ft_configure_request request = {
        .request.command = FT_COMMAND_CONFIGURE,
        .flags = flags,
        .process_id_count = pid != 0,
        .pattern_count = pattern != NULL,
    };
    uint32_t size = sizeof(request), returned;

    if (pid != 0) {
        memcpy(message + size, &pid, sizeof(pid));
        size += sizeof(pid);
    }
    if (pattern != NULL) {
        uint16_t length = (uint16_t)(strlen(pattern) * 2);
        wchar_t *text = nt_wide(pattern);

        memcpy(message + size, &length, sizeof(length));
        memcpy(message + size + sizeof(length), text, length);
        size += sizeof(length) + length;
        free(text);
    }
    request.request.size = size;
    memcpy(message, &request, sizeof(request));
    assert_int_equal(filter_send_message(port, message, size, NULL, 0, &returned), 0);
}

static int set_up(void **state)
{
    (void)state;
    filled = at = 0;
    driver = native_create();
    if (!NT_SUCCESS(nt_driver_start(driver)) ||
        filter_connect_port("\\FiletapPort", NULL, 0, &port) != 0)
        return -1;
    process(50, 0, 0, L"\\Device\\HarddiskVolume1\\bin\\init", true);
    start(100, 50, L"\\Device\\HarddiskVolume1\\bin\\sh");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (uint32_t pid = 1; pid < 3000; pid++) {
        if (pid > 4 && nt_process_find(pid) != NULL)
            leave(pid);
    }
    filter_close_port(port);
    return native_unload(driver) ? 0 : -1;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void test_content(void **state)
{
    const struct ft_process_record *p;
    const struct ft_file_record *f;
    uint64_t key, begin;
    UNICODE_STRING name;

    (void)state;
    configure(0, 100, NULL);
    begin = now;
    create_file(100, SOME_FILE, STATUS_SUCCESS,
                (FILE_OPEN_IF << 24) | FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT,
                false);
    p = expect_process(100, 0);
    assert_int_equal(p->record.sequence, 1);
    assert_int_equal(p->parent_id, 50);
    name = wide(L"\\Device\\HarddiskVolume1\\bin\\sh");
    assert_int_equal(p->image_length, name.Length);
    assert_memory_equal(p + 1, name.Buffer, name.Length);
    key = p->process_key;
    f = expect_file(100);
    assert_int_equal(f->record.sequence, 2);
    assert_int_equal(f->process_key, key);
    assert_int_equal(f->thread_id, 101);
    assert_int_equal(f->status, STATUS_SUCCESS);
    assert_int_equal(f->information, FILE_OPENED);
    assert_int_equal(f->time, begin + 10000);
    assert_in_range(f->duration, 9000, 11000);
    assert_int_equal(f->flags, 0);
    assert_int_equal(f->major, IRP_MJ_CREATE);
    assert_int_equal(f->u.create.desired_access, FILE_READ_DATA | SYNCHRONIZE);
    assert_int_equal(f->u.create.disposition, FILE_OPEN_IF);
    assert_int_equal(f->u.create.options, FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
    assert_int_equal(f->u.create.attributes, FILE_ATTRIBUTE_NORMAL);
    assert_int_equal(f->u.create.share, FILE_SHARE_READ);
    name = wide(L"\\Device\\HarddiskVolume1" SOME_FILE);
    assert_int_equal(f->name_length, name.Length);
    assert_memory_equal(f + 1, name.Buffer, name.Length);

    create_file(100, L"\\missing", STATUS_OBJECT_NAME_NOT_FOUND, FILE_OPEN << 24, false);
    f = expect_file(100);
    assert_int_equal(f->status, (uint32_t)STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(f->flags, FT_FILE_NAME_OPENED);
    name = wide(L"\\Device\\HarddiskVolume1\\missing");
    assert_int_equal(f->name_length, name.Length);
    assert_memory_equal(f + 1, name.Buffer, name.Length);

    create_file(100, L"\\elsewhere", STATUS_REPARSE, FILE_OPEN << 24, false);
    expect_nothing();
    leave(100);
    expect_end();
}

static void test_by_name(void **state)
{
    (void)state;
    configure(0, 0, "CAT");
    start(200, 100, L"\\Device\\HarddiskVolume1\\bin\\cat");
    start(201, 100, L"\\Device\\HarddiskVolume1\\bin\\concat");
    start(202, 200, L"\\Device\\HarddiskVolume1\\bin\\sh");
    expect_ignored(100);
    expect_reported(200, 0);
    expect_ignored(201);
    expect_ignored(202); /* a child, and they were not asked for */
    open_file(200);
    (void)expect_file(200); /* no second introduction */
    leave(201);
    expect_nothing();
    leave(200);
    expect_end();
    /* The same id, another process */
    start(200, 100, L"\\Device\\HarddiskVolume1\\bin\\dog");
    expect_ignored(200);
    leave(200);
    start(200, 100, L"\\Device\\HarddiskVolume1\\bin\\cat");
    expect_reported(200, 0);
}

/* By the name that was executed, which is not that of the file. */
static void test_by_executed_name(void **state)
{
    struct nt_process_start start = {
        .parent_pid = 100,
        .creator_pid = 100,
        .creator_tid = 101,
        .image = wide(L"\\Device\\HarddiskVolume1\\bin\\python3.11"),
        .executed = wide(L"python3"),
    };

    (void)state;
    configure(0, 0, "Python3");
    start.pid = 200;
    start.time = tick();
    nt_process_start(&start, true);
    start.pid = 201;
    start.time = tick();
    start.executed = wide(L"python");
    nt_process_start(&start, true);
    /* Of one that ran before, the file's is all that is known. */
    start.pid = 202;
    start.time = tick();
    start.executed = wide(L"python3");
    nt_process_start(&start, false);
    expect_reported(200, 0);
    expect_ignored(201);
    expect_ignored(202);
    leave(201);
    leave(202);
}

static void test_children(void **state)
{
    (void)state;
    configure(FT_CONFIGURE_CHILDREN, 100, NULL);
    start(200, 100, L"\\Device\\HarddiskVolume1\\bin\\a");
    start(201, 200, L"\\Device\\HarddiskVolume1\\bin\\b");
    start(202, 50, L"\\Device\\HarddiskVolume1\\bin\\c");
    expect_reported(201, FT_PROCESS_INHERITED);
    expect_reported(200, FT_PROCESS_INHERITED);
    expect_reported(100, 0);
    expect_ignored(202);
    /* Created by a selected process as another's child; created by another as a selected one's */
    process(203, 50, 201, L"\\Device\\HarddiskVolume1\\bin\\d", true);
    process(204, 201, 50, L"\\Device\\HarddiskVolume1\\bin\\e", true);
    expect_reported(203, FT_PROCESS_INHERITED);
    expect_reported(204, FT_PROCESS_INHERITED);
    leave(201);
    expect_end();
    /* Its parent is gone already when the creation is reported */
    process(205, 201, 50, L"\\Device\\HarddiskVolume1\\bin\\f", true);
    expect_reported(205, FT_PROCESS_INHERITED);
    /* An id that has a new owner stands for that one */
    start(201, 50, L"\\Device\\HarddiskVolume1\\bin\\g");
    start(206, 201, L"\\Device\\HarddiskVolume1\\bin\\h");
    expect_ignored(201);
    expect_ignored(206);
}

static void test_exec(void **state)
{
    const struct ft_process_record *p;
    uint64_t key;

    (void)state;
    configure(FT_CONFIGURE_CHILDREN, 100, NULL);
    start(200, 100, L"\\Device\\HarddiskVolume1\\bin\\sh");
    open_file(200);
    key = expect_process(200, FT_PROCESS_INHERITED)->process_key;
    (void)expect_file(200);
    become(200, 50, L"\\Device\\HarddiskVolume1\\bin\\cat");
    (void)next(FT_RECORD_PROCESS_END);
    open_file(200);
    p = expect_process(200, FT_PROCESS_INHERITED);
    assert_int_not_equal(p->process_key, key);
    assert_int_equal(expect_file(200)->process_key, p->process_key);
    /* Also one that has never opened anything, twice, with a child of its own */
    start(201, 200, L"\\Device\\HarddiskVolume1\\bin\\sh");
    become(201, 50, L"\\Device\\HarddiskVolume1\\bin\\x");
    become(201, 50, L"\\Device\\HarddiskVolume1\\bin\\y");
    start(202, 201, L"\\Device\\HarddiskVolume1\\bin\\z");
    expect_reported(202, FT_PROCESS_INHERITED);
    expect_reported(201, FT_PROCESS_INHERITED);
}

/* Of processes that ran before the driver could know. */
static void test_running(void **state)
{
    (void)state;
    process(300, 50, 0, L"\\Device\\HarddiskVolume1\\bin\\make", false);
    process(301, 300, 0, L"\\Device\\HarddiskVolume1\\bin\\sh", false);
    process(302, 301, 0, L"\\Device\\HarddiskVolume1\\bin\\cc", false);
    process(303, 50, 0, L"\\Device\\HarddiskVolume1\\bin\\sh", false);
    configure(FT_CONFIGURE_CHILDREN, 0, "make");
    expect_reported(302, FT_PROCESS_INHERITED);
    expect_ignored(303);
    /* A parent that is younger than its child is none: its id has been given anew */
    process(305, 304, 0, L"\\Device\\HarddiskVolume1\\bin\\cc", false);
    process(304, 50, 0, L"\\Device\\HarddiskVolume1\\bin\\make", false);
    expect_ignored(305);
    expect_reported(304, 0);
    /* The child of one that has not been judged yet, and ends at once */
    process(306, 300, 0, L"\\Device\\HarddiskVolume1\\bin\\sh", false);
    start(307, 306, L"\\Device\\HarddiskVolume1\\bin\\cc");
    expect_reported(307, FT_PROCESS_INHERITED);
}

static void test_reconfigure(void **state)
{
    uint64_t key;

    (void)state;
    start(200, 100, L"\\Device\\HarddiskVolume1\\bin\\cat");
    start(201, 100, L"\\Device\\HarddiskVolume1\\bin\\dog");
    expect_ignored(200); /* nothing is asked for yet */
    configure(0, 0, "cat");
    open_file(200);
    key = expect_process(200, 0)->process_key;
    (void)expect_file(200);
    expect_ignored(201);
    configure(0, 0, "dog");
    expect_ignored(200);
    expect_reported(201, 0);
    configure(0, 0, "?a*");
    open_file(200); /* the client knows it already */
    assert_int_equal(expect_file(200)->process_key, key);
    configure(0, 0, NULL);
    expect_ignored(200);
    leave(200);
    expect_end();
}

static void test_what(void **state)
{
    (void)state;
    configure(0, 100, NULL);
    expect_reported(100, 0);
    create_file(100, L"\\dir", STATUS_SUCCESS, FILE_OPEN << 24, true);
    create_file(100, L"\\dir", STATUS_SUCCESS, (FILE_OPEN << 24) | FILE_DIRECTORY_FILE, true);
    create_file(100, L"\\no", STATUS_OBJECT_NAME_NOT_FOUND, (FILE_OPEN << 24) | FILE_DIRECTORY_FILE,
                false);
    expect_nothing();
    configure(FT_CONFIGURE_DIRECTORIES, 100, NULL);
    create_file(100, L"\\dir", STATUS_SUCCESS, FILE_OPEN << 24, true);
    assert_int_equal(expect_file(100)->flags, FT_FILE_DIRECTORY);
    create_file(100, L"\\dir", STATUS_SUCCESS, (FILE_OPEN << 24) | FILE_DIRECTORY_FILE, true);
    assert_int_equal(expect_file(100)->flags, FT_FILE_DIRECTORY);
    create_file(100, L"\\no", STATUS_OBJECT_NAME_NOT_FOUND, (FILE_OPEN << 24) | FILE_DIRECTORY_FILE,
                false);
    assert_int_equal(expect_file(100)->flags, FT_FILE_NAME_OPENED);
    configure(FT_CONFIGURE_FAILURES_ONLY, 100, NULL);
    expect_ignored(100);
    create_file(100, L"\\no", STATUS_ACCESS_DENIED, FILE_OPEN << 24, false);
    assert_int_equal(expect_file(100)->status, (uint32_t)STATUS_ACCESS_DENIED);
}

/* Many processes: the table of verdicts grows, old ends are forgotten, nothing else is. */
static void test_many(void **state)
{
    struct ft_request request = {FT_COMMAND_STATUS, sizeof(request)};
    struct ft_status_reply status;
    uint32_t returned;

    (void)state;
    configure(FT_CONFIGURE_CHILDREN, 100, NULL);
    for (uint32_t pid = 400; pid < 2900; pid++)
        start(pid, pid % 2 ? 50 : 100, L"\\Device\\HarddiskVolume1\\bin\\x");
    assert_int_equal(
        filter_send_message(port, &request, sizeof(request), &status, sizeof(status), &returned),
        0);
    assert_int_equal(status.selected, 1250);
    for (uint32_t pid = 400; pid < 2900; pid++) {
        if (pid % 2)
            expect_ignored(pid);
        else
            expect_reported(pid, FT_PROCESS_INHERITED);
    }
    for (uint32_t pid = 400; pid < 2900; pid++) {
        leave(pid);
        if (pid % 2 == 0)
            expect_end();
    }
    start(400, 50, L"\\Device\\HarddiskVolume1\\bin\\x");
    expect_ignored(400);
    process(401, 2898, 50, L"\\Device\\HarddiskVolume1\\bin\\x", true);
    expect_reported(401, FT_PROCESS_INHERITED);
    assert_int_equal(
        filter_send_message(port, &request, sizeof(request), &status, sizeof(status), &returned),
        0);
    assert_int_equal(status.selected, 1); /* 100 itself has not been judged */
    assert_int_equal(status.events, 1251);
    assert_int_equal(status.lost, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_content, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_by_executed_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_children, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_exec, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_running, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reconfigure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
    };
    struct flt_volume_info info = {
        .device_name = wide(L"\\Device\\HarddiskVolume1"),
        .dos_name = wide(L"C:"),
        .filesystem = FLT_FSTYPE_NTFS,
        .device_type = FILE_DEVICE_DISK_FILE_SYSTEM,
        .sector_size = 512,
    };

    LARGE_INTEGER time;

    native_init();
    KeQuerySystemTimePrecise(&time);
    now = (uint64_t)time.QuadPart;
    volume = flt_volume_mount(&info);
    return native_run(tests);
}
