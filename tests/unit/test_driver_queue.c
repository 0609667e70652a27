/*
 * The driver's queue: what comes out is what went in, in order, or is missing where the stream says
 * so.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "native_driver.h"
#include "queue.h"

static uint8_t *unreadable; /* a page */

/* What a reader has seen. */
struct reader {
    uint64_t session;
    uint64_t next; /* sequence number */
    uint64_t files, processes, ends, lost;
};

static uint64_t open_queue(uint32_t bytes, struct reader *r)
{
    memset(r, 0, sizeof(*r));
    r->next = 1;
    assert_int_equal(FtQueueOpen(bytes, (PULONG64)&r->session), STATUS_SUCCESS);
    return r->session;
}

/* One process with a name of `length` units; each unit follows from the record's time. */
static void put(PFT_ANNOUNCEMENT announcement, uint64_t number, unsigned length)
{
    struct ft_process_record process = {
        .record.type = FT_RECORD_PROCESS, .process_key = 7, .image_length = 6};
    struct ft_file_record file = {
        .record.type = FT_RECORD_FILE, .process_key = 7, .time = number, .name_length = length * 2};
    FT_RECORD introduction = {&process.record, sizeof(process), {{L"cat", 6}, {NULL, 0}}};
    FT_RECORD record = {&file.record, sizeof(file), {{NULL, length * 2}, {NULL, 0}}};
    wchar_t *name = malloc(length * 2 + 2);

    for (unsigned i = 0; i < length; i++)
        name[i] = (wchar_t)(number + i);
    record.Tails[0].Data = name;
    FtQueuePut(&record, announcement, &introduction);
    free(name);
}

static void put_end(PFT_ANNOUNCEMENT announcement)
{
    struct ft_process_end_record end = {.record.type = FT_RECORD_PROCESS_END, .process_key = 7};
    FT_RECORD record = {&end.record, sizeof(end), {{NULL, 0}, {NULL, 0}}};

    FtQueuePut(&record, announcement, NULL);
}

static void check_file(const struct ft_file_record *file)
{
    const uint16_t *name = (const void *)(file + 1);
    const uint8_t *p = (const void *)(name + file->name_length / 2);

    assert_int_equal(file->process_key, 7);
    assert_int_equal(file->record.size, (sizeof(*file) + file->name_length + 7) & ~7u);
    for (uint32_t i = 0; i < file->name_length / 2; i++)
        assert_int_equal(name[i], (uint16_t)(file->time + i));
    for (; p < (const uint8_t *)file + file->record.size; p++)
        assert_int_equal(*p, 0);
}

static void check(struct reader *r, const uint8_t *data, uint32_t length)
{
    while (length != 0) {
        const struct ft_record *record = (const void *)data;

        assert_true(length >= sizeof(*record));
        assert_true(record->size >= sizeof(*record) && record->size <= length);
        assert_int_equal(record->size % 8, 0);
        assert_int_equal(record->reserved, 0);
        assert_int_equal(record->sequence, r->next);
        r->next++;
        switch (record->type) {
        case FT_RECORD_FILE:
            assert_true(r->processes > 0);
            check_file((const void *)record);
            r->files++;
            break;
        case FT_RECORD_PROCESS:
            r->processes++;
            break;
        case FT_RECORD_PROCESS_END:
            r->ends++;
            break;
        case FT_RECORD_LOST:
            assert_true(((const struct ft_lost_record *)record)->count >= 1);
            r->lost += ((const struct ft_lost_record *)record)->count;
            r->next = record->sequence + ((const struct ft_lost_record *)record)->count;
            break;
        default:
            fail_msg("a record of type %u", record->type);
        }
        data += record->size;
        length -= record->size;
    }
}

/* Reads what fits into `room` bytes; the number of bytes. */
static uint32_t read_some(struct reader *r, uint32_t room)
{
    static uint64_t buffer[0x100000 / 8];
    ULONG returned = 12345;

    assert_true(room <= sizeof(buffer));
    assert_int_equal(FtQueueRead(r->session, buffer, room, 0, &returned), STATUS_SUCCESS);
    check(r, (const uint8_t *)buffer, returned);
    return returned;
}

static void read_all(struct reader *r)
{
    while (read_some(r, FT_MAX_RECORD_SIZE) != 0)
        ;
}

static void test_order(void **state)
{
    struct reader r;
    FT_ANNOUNCEMENT announcement = {0}, other = {0};
    struct ft_status_reply status;

    (void)state;
    put(&announcement, 1, 1); /* nobody is connected */
    FtQueueLose();
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    assert_int_equal(read_some(&r, 4096), 0);
    put_end(&other); /* nobody has heard of it */
    put(&announcement, 1, 3);
    put(&announcement, 2, 0);
    put_end(&announcement);
    FtQueueGetStatus(&status);
    assert_int_equal(status.events, 2);
    assert_int_equal(status.queue_bytes, FT_MIN_QUEUE_BYTES);
    assert_true(status.queue_used > 0 && status.queue_peak == status.queue_used);
    read_all(&r);
    assert_int_equal(r.files, 2);
    assert_int_equal(r.processes, 1);
    assert_int_equal(r.ends, 1);
    assert_int_equal(r.lost, 0);
    FtQueueClose(r.session);

    /* The next client is told of the process anew */
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    put_end(&announcement);
    put(&announcement, 3, 1);
    read_all(&r);
    assert_int_equal(r.processes, 1);
    assert_int_equal(r.files, 1);
    assert_int_equal(r.ends, 0);
    FtQueueClose(r.session);
}

/* Records of many sizes around the ring's end, many times, with readers of many sizes. What is left
   in it keeps the ring from being begun anew. */
static void test_wrap(void **state)
{
    struct reader r;
    struct ft_status_reply status;
    FT_ANNOUNCEMENT announcement = {0};
    uint64_t number = 0;

    (void)state;
    srand(5);
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    for (unsigned round = 0; round < 10000; round++) {
        uint32_t room = FT_MAX_RECORD_SIZE + (uint32_t)rand() % 10000;

        for (int n = rand() % 8; n > 0; n--)
            put(&announcement, number++, (unsigned)rand() % (round % 10 ? 300 : 8000));
        FtQueueGetStatus(&status);
        if (status.queue_used > room)
            read_some(&r, room);
    }
    read_all(&r);
    assert_int_equal(r.files, number);
    assert_int_equal(r.lost, 0);
    FtQueueClose(r.session);
}

/* With a reader that keeps up the ring is empty, and begun anew, again and again. */
static void test_begun_anew(void **state)
{
    struct reader r;
    FT_ANNOUNCEMENT announcement = {0};
    struct ft_status_reply status;
    uint64_t number = 0;

    (void)state;
    srand(9);
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    for (unsigned round = 0; round < 3000; round++) {
        for (int n = rand() % 8; n > 0; n--)
            put(&announcement, number++, (unsigned)rand() % (round % 10 ? 300 : 12000));
        read_some(&r, FT_MAX_RECORD_SIZE + (uint32_t)rand() % 100000);
    }
    read_all(&r);
    assert_int_equal(r.files, number);
    assert_int_equal(r.lost, 0);
    FtQueueGetStatus(&status);
    assert_int_equal(status.queue_used, 0);
    assert_true(status.queue_peak > 0 && status.queue_peak <= FT_MIN_QUEUE_BYTES);
    FtQueueClose(r.session);
}

static void test_full(void **state)
{
    struct reader r;
    FT_ANNOUNCEMENT announcement = {0};
    struct ft_status_reply status;
    uint64_t number = 0;

    (void)state;
    srand(6);
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    for (unsigned round = 0; round < 200; round++) {
        for (int n = rand() % 2000; n > 0; n--)
            put(&announcement, number++, (unsigned)rand() % 300);
        if (round % 7 == 0) {
            FtQueueLose();
            number++;
        }
        read_some(&r, FT_MAX_RECORD_SIZE);
    }
    read_all(&r);
    assert_true(r.lost > 0 && r.files > 0);
    assert_int_equal(r.files + r.lost, number);
    FtQueueGetStatus(&status);
    assert_int_equal(status.events, number);
    assert_int_equal(status.lost, r.lost);
    assert_int_equal(status.queue_used, 0);
    assert_true(status.queue_peak <= FT_MIN_QUEUE_BYTES);
    FtQueueClose(r.session);
}

/* Lost ones that nothing follows are told of all the same; so is one without any record before. */
static void test_lost_last(void **state)
{
    struct reader r;
    FT_ANNOUNCEMENT announcement = {0};

    (void)state;
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    FtQueueLose();
    read_all(&r);
    assert_int_equal(r.lost, 1);
    for (unsigned i = 0; i < 10000; i++)
        put(&announcement, i, 20);
    read_all(&r);
    assert_int_equal(r.files + r.lost, 10001);
    assert_true(r.lost > 1);
    FtQueueClose(r.session);
}

static void test_greatest(void **state)
{
    struct reader r;
    FT_ANNOUNCEMENT announcement = {0};
    uint64_t small[2];
    ULONG returned;

    (void)state;
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    for (unsigned i = 0; i < 20; i++) {
        FtQueueLose();
        put(&announcement, i, FT_MAX_NAME_LENGTH / 2);
        read_all(&r);
    }
    assert_int_equal(r.files, 20);
    assert_int_equal(r.lost, 20);
    put(&announcement, 1, 1);
    assert_int_equal(FtQueueRead(r.session, small, sizeof(small), 0, &returned),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(FtQueueRead(r.session, small, 0, 0, &returned), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(returned, 0);
    read_all(&r);
    assert_int_equal(r.files, 21);
    FtQueueClose(r.session);
}

/* A buffer that cannot be written, or not to its end: an error, and nothing has gone. */
static void test_bad_buffer(void **state)
{
    struct reader r;
    FT_ANNOUNCEMENT announcement = {0};
    ULONG returned;

    (void)state;
    native_expect_faults();
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    for (unsigned i = 0; i < 1000; i++)
        put(&announcement, i, 10);
    assert_int_equal(FtQueueRead(r.session, unreadable, 4096, 0, &returned),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(returned, 0);
    assert_int_equal(FtQueueRead(r.session, unreadable - 256, 4096, 0, &returned),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(FtQueueRead(r.session, (PVOID)0xFFFF800000000000, 4096, 0, &returned),
                     STATUS_ACCESS_VIOLATION);
    assert_int_equal(FtQueueRead(r.session, NULL, 4096, 0, &returned), STATUS_ACCESS_VIOLATION);
    read_all(&r);
    assert_int_equal(r.files, 1000);
    FtQueueClose(r.session);
}

static void test_sessions(void **state)
{
    struct reader r, second;
    uint64_t session, buffer[64];
    ULONG returned;

    (void)state;
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    assert_int_equal(FtQueueOpen(FT_MIN_QUEUE_BYTES, (PULONG64)&session), STATUS_DEVICE_BUSY);
    assert_true(FtQueueIsOpen());
    FtQueueClose(r.session + 1);
    assert_true(FtQueueIsOpen());
    FtQueueClose(r.session);
    FtQueueClose(r.session);
    assert_false(FtQueueIsOpen());
    open_queue(FT_MIN_QUEUE_BYTES, &second);
    assert_int_equal(FtQueueRead(r.session, buffer, sizeof(buffer), 1000, &returned),
                     STATUS_PORT_DISCONNECTED);
    assert_int_equal(FtQueueResize(r.session, FT_MAX_QUEUE_BYTES / 64), STATUS_PORT_DISCONNECTED);
    FtQueueClose(0);
    assert_false(FtQueueIsOpen());
}

static void test_resize(void **state)
{
    struct reader r;
    FT_ANNOUNCEMENT announcement = {0};
    struct ft_status_reply status;
    uint64_t number = 0;

    (void)state;
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    for (unsigned round = 0; round < 50; round++) {
        for (unsigned i = 0; i < 900; i++)
            put(&announcement, number++, 30);
        assert_int_equal(FtQueueResize(r.session, FT_MIN_QUEUE_BYTES * (1 + round % 3)),
                         STATUS_SUCCESS);
        FtQueueGetStatus(&status);
        assert_int_equal(status.queue_bytes, FT_MIN_QUEUE_BYTES * (1 + round % 3));
        read_some(&r, FT_MAX_RECORD_SIZE);
        read_some(&r, FT_MAX_RECORD_SIZE);
    }
    read_all(&r);
    assert_int_equal(r.files + r.lost, number);

    assert_int_equal(FtQueueResize(r.session, 4 * FT_MIN_QUEUE_BYTES), STATUS_SUCCESS);
    for (unsigned i = 0; i < 3000; i++)
        put(&announcement, i, 50);
    assert_int_equal(FtQueueResize(r.session, FT_MIN_QUEUE_BYTES), STATUS_DEVICE_BUSY);
    read_all(&r);
    assert_int_equal(r.files + r.lost, number + 3000);
    FtQueueClose(r.session);
}

/* Writers on several threads, one reader that waits, a ring that is resized and runs full. */
#define WRITERS 4
#define RECORDS 30000

static atomic_int writers_left;

static void *writer(void *announcement)
{
    unsigned seed = (unsigned)(uintptr_t)&announcement;

    nt_thread_attach();
    for (unsigned i = 0; i < RECORDS; i++)
        put(announcement, i, (unsigned)rand_r(&seed) % 100);
    nt_thread_detach();
    atomic_fetch_sub(&writers_left, 1);
    return NULL;
}

static void test_threads(void **state)
{
    static uint64_t buffer[0x40000 / 8];
    struct reader r;
    FT_ANNOUNCEMENT announcement = {0};
    pthread_t threads[WRITERS];
    ULONG returned;
    unsigned rounds = 0;

    (void)state;
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    atomic_store(&writers_left, WRITERS);
    for (unsigned i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, writer, &announcement), 0);
    do {
        assert_int_equal(FtQueueRead(r.session, buffer, sizeof(buffer), 5, &returned),
                         STATUS_SUCCESS);
        check(&r, (const uint8_t *)buffer, returned);
        if (++rounds % 64 == 0)
            (void)FtQueueResize(r.session, FT_MIN_QUEUE_BYTES * (1 + rounds / 64 % 2));
    } while (returned != 0 || atomic_load(&writers_left) != 0);
    for (unsigned i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    read_all(&r);
    assert_int_equal(r.files + r.lost, WRITERS * RECORDS);
    assert_int_equal(r.processes, 1);
    FtQueueClose(r.session);
}

static void *close_later(void *session)
{
    struct timespec pause = {0, 50000000};

    nt_thread_attach();
    nanosleep(&pause, NULL);
    FtQueueClose(*(uint64_t *)session);
    nt_thread_detach();
    return NULL;
}

static void test_close_ends_wait(void **state)
{
    struct reader r;
    pthread_t thread;
    uint64_t buffer[64];
    ULONG returned;

    (void)state;
    open_queue(FT_MIN_QUEUE_BYTES, &r);
    assert_int_equal(pthread_create(&thread, NULL, close_later, &r.session), 0);
    assert_int_equal(FtQueueRead(r.session, buffer, sizeof(buffer), FT_MAX_WAIT_MS, &returned),
                     STATUS_PORT_DISCONNECTED);
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),           cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_begun_anew),      cmocka_unit_test(test_full),
        cmocka_unit_test(test_lost_last),       cmocka_unit_test(test_greatest),
        cmocka_unit_test(test_bad_buffer),      cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_resize),          cmocka_unit_test(test_threads),
        cmocka_unit_test(test_close_ends_wait),
    };
    int failed;

    native_init();
    unreadable = native_unreadable();
    FtQueueInitialize();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    FtQueueDelete();
    return failed;
}
