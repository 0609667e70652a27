/*
 * The driver while everything happens at once: creates on several threads, processes that begin and
 * end, clients that come, select, read and go, and at last the driver's own unloading. Of value
 * mostly under ThreadSanitizer (make test-sanitize); without it, what is lost must be counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "native_driver.h"
#include "fltlib.h"
#include "filetap.h"

#define THREADS       3
#define FIRST_PROCESS 4000
#define SECONDS       1.0 /* of each part */
#define BEGIN         133000000000000000u

static PFLT_VOLUME volume;
static wchar_t name[] = L"\\directory\\file";
static bool stopping;
static uint64_t done; /* creates */

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static UNICODE_STRING string_of(wchar_t *text, size_t size)
{
    USHORT length = (USHORT)(size - sizeof(*text));

    return (UNICODE_STRING){length, length, text};
}

static PEPROCESS begin_process(uint32_t pid, uint32_t parent)
{
    const struct nt_process_start start = {.pid = pid,
                                           .parent_pid = parent,
                                           .creator_pid = parent,
                                           .image = string_of(name, sizeof(name))};

    return nt_process_start(&start, true);
}

static void create_some(PEPROCESS process, uint32_t tid, unsigned count)
{
    const struct flt_create create = {
        .volume = volume,
        .thread = nt_thread_of(process, tid),
        .opened = string_of(name, sizeof(name)),
        .normalized = string_of(name, sizeof(name)),
        .desired_access = FILE_READ_DATA,
        .options = FILE_OPEN << 24,
        .share = FILE_SHARE_READ,
        .case_sensitive = true,
        .status = count % 2 ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_SUCCESS,
        .information = FILE_OPENED,
        .file_id = {1, 2},
        .begin = BEGIN,
        .end = BEGIN + 500,
    };

    for (unsigned i = 0; i < count; i++)
        flt_dispatch_create(&create);
    __atomic_fetch_add(&done, count, __ATOMIC_RELAXED);
}

/* A process of its own, and now and then a child of it. */
static void *act(void *argument)
{
    uint32_t pid = FIRST_PROCESS + (uint32_t)(uintptr_t)argument * 4, child = pid + 100;
    PEPROCESS process;

    nt_thread_attach();
    process = begin_process(pid, 1);
    for (unsigned i = 0; !__atomic_load_n(&stopping, __ATOMIC_RELAXED); i++) {
        create_some(process, pid + i % 2, 1 + i % 20);
        if (i % 10 == 0) {
            create_some(begin_process(child, pid), child, 1);
            nt_process_exit(child, 0, 0);
        }
    }
    nt_process_exit(pid, 0, 0);
    nt_thread_detach();
    return NULL;
}

/* Every process, by a pattern of "*", with one of several flags and sizes. */
static void configure(struct filter_port *port, unsigned which)
{
    struct {
        struct ft_configure_request request;
        uint16_t length, star;
        uint32_t padding;
    } m = {{{FT_COMMAND_CONFIGURE, 0}, which % 4, 0, 0, 1}, 2, '*', 0};
    uint32_t size = sizeof(m.request) + 4, returned;

    if (which % 3 == 2)
        m.request.queue_bytes = FT_MIN_QUEUE_BYTES + which % 7 * 4096;
    m.request.request.size = size;
    filter_send_message(port, &m, size, NULL, 0, &returned); /* busy is an answer, too */
}

/* Reads what there is. The number of file records, those lost included. */
static uint64_t read_some(struct filter_port *port, uint32_t wait_ms)
{
    static uint8_t batch[300000];
    const struct ft_read_request request = {{FT_COMMAND_READ, sizeof(request)}, wait_ms, 0};
    uint32_t returned = 0;
    uint64_t files = 0;

    assert_true(
        filter_send_message(port, &request, sizeof(request), batch, sizeof(batch), &returned) >= 0);
    for (uint32_t at = 0; at < returned;) {
        const struct ft_record *record = (const struct ft_record *)(batch + at);

        assert_true(record->size >= sizeof(*record) && record->size <= returned - at);
        if (record->type == FT_RECORD_FILE)
            files++;
        else if (record->type == FT_RECORD_LOST)
            files += ((const struct ft_lost_record *)record)->count;
        at += record->size;
    }
    return files;
}

static void clients_come_and_go(void)
{
    double limit = seconds() + SECONDS;

    for (unsigned i = 0; seconds() < limit; i++) {
        struct filter_port *port;

        assert_int_equal(filter_connect_port("\\FiletapPort", NULL, 0, &port), 0);
        for (unsigned k = 0; k < 40; k++) {
            const struct ft_process_request asked = {
                {FT_COMMAND_PROCESS, sizeof(asked)}, FIRST_PROCESS + k % THREADS * 4, 0};
            struct ft_process_reply reply;
            uint32_t returned;

            if (k % 13 == 0)
                configure(port, i + k);
            read_some(port, k % 3 ? 0 : 5);
            filter_send_message(port, &asked, sizeof(asked), &reply, sizeof(reply), &returned);
        }
        filter_close_port(port);
    }
}

/* With the threads at rest at its end: every create of theirs was seen or is counted as lost. */
static void nothing_is_uncounted(pthread_t *threads)
{
    const struct ft_request asked = {FT_COMMAND_STATUS, sizeof(asked)};
    struct ft_status_reply status;
    struct filter_port *port;
    uint64_t before, seen = 0, piece;
    uint32_t returned;
    double limit = seconds() + SECONDS;

    assert_int_equal(filter_connect_port("\\FiletapPort", NULL, 0, &port), 0);
    configure(port, 0);
    before = __atomic_load_n(&done, __ATOMIC_RELAXED);
    while (seconds() < limit)
        seen += read_some(port, 1);
    __atomic_store_n(&stopping, true, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    while ((piece = read_some(port, 0)) != 0)
        seen += piece;
    assert_int_equal(
        filter_send_message(port, &asked, sizeof(asked), &status, sizeof(status), &returned), 0);
    assert_int_equal(status.queue_used, 0);
    assert_true(status.events > 0 && seen >= status.events);
    /* Those that were on their way when the client selected them may count or not. */
    assert_true(status.events + THREADS * 20 >= __atomic_load_n(&done, __ATOMIC_RELAXED) - before);
    filter_close_port(port);
}

static void start_threads(pthread_t *threads)
{
    stopping = false;
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, act, (void *)i), 0);
}

static void test_all_at_once(void **state)
{
    struct nt_driver *driver = native_create();
    pthread_t threads[THREADS];

    (void)state;
    assert_true(NT_SUCCESS(nt_driver_start(driver)));
    start_threads(threads);
    clients_come_and_go();
    nothing_is_uncounted(threads);
    assert_true(native_unload(driver));
}

static void test_unloaded_meanwhile(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    start_threads(threads);
    for (double limit = seconds() + SECONDS; seconds() < limit;) {
        struct nt_driver *driver = native_create();
        struct filter_port *port;

        assert_true(NT_SUCCESS(nt_driver_start(driver)));
        assert_int_equal(filter_connect_port("\\FiletapPort", NULL, 0, &port), 0);
        configure(port, 0);
        read_some(port, 2);
        assert_true(native_unload(driver));
        filter_close_port(port);
    }
    __atomic_store_n(&stopping, true, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
    static wchar_t device[] = L"\\Device\\HarddiskVolume1";
    struct flt_volume_info info = {.filesystem = FLT_FSTYPE_NTFS,
                                   .device_type = FILE_DEVICE_DISK_FILE_SYSTEM,
                                   .sector_size = 512};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_unloaded_meanwhile),
    };

    native_init();
    RtlInitUnicodeString(&info.device_name, device);
    volume = flt_volume_mount(&info);
    return native_run(tests);
}
