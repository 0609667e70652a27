/* Records are taken out of the ring whole and in order, wherever its end is. A file in memory
   stands in for the ring: it is mapped in the same way, and this test writes as the kernel does. */
#include "source/bpf_taker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
/* After the others. */
#include <cmocka.h>

#define SIZE    ((size_t)1 << 16)
#define BUSY    (1u << 31)
#define DISCARD (1u << 30)

static struct {
    int map;
    char *pages;
    unsigned long *consumer, *producer;
    char *data;
    uint32_t asleep;
    _Atomic unsigned ticks;
    struct bpf_taker *taker;
    struct bpf_queue *queue;
} ring;

static void tick(void *context)
{
    assert_ptr_equal(context, &ring);
    atomic_fetch_add(&ring.ticks, 1);
}

static int set_up(void **state)
{
    size_t page = sysconf(_SC_PAGESIZE);

    (void)state;
    ring.ticks = 0;
    ring.map = memfd_create("ring", MFD_CLOEXEC);
    assert_true(ring.map >= 0);
    assert_int_equal(ftruncate(ring.map, 2 * page + SIZE), 0);
    ring.pages = mmap(NULL, 2 * page + SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, ring.map, 0);
    assert_true(ring.pages != MAP_FAILED);
    ring.consumer = (void *)ring.pages;
    ring.producer = (void *)(ring.pages + page);
    ring.data = ring.pages + 2 * page;
    ring.taker = bpf_taker_open(ring.map, SIZE, &ring.asleep);
    assert_non_null(ring.taker);
    ring.queue = bpf_taker_queue(ring.taker);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bpf_taker_close(ring.taker);
    munmap(ring.pages, 2 * sysconf(_SC_PAGESIZE) + SIZE);
    close(ring.map);
    bpf_taker_most = 0;
    return 0;
}

static void write_at(unsigned long position, const void *from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ring.data[(position + i) & (SIZE - 1)] = ((const char *)from)[i];
}

/* A record of `more` bytes behind its own header, with a number. False: there is no room. */
static bool produce(uint32_t kind, uint64_t number, size_t more, uint32_t flags)
{
    struct {
        uint64_t to_header;
        struct probe_record r;
    } record = {.to_header = 8, .r = {.kind = kind, .request = number}};
    struct bpf_ring_header h = {.length = sizeof(record) + more};
    unsigned long at = *ring.producer;
    size_t span = bpf_ring_span(&h);

    if (at + span - __atomic_load_n(ring.consumer, __ATOMIC_ACQUIRE) > SIZE)
        return false;
    write_at(at + sizeof(h), &record, sizeof(record));
    h.length |= flags;
    write_at(at, &h, sizeof(h));
    __atomic_store_n(ring.producer, at + span, __ATOMIC_RELEASE);
    return true;
}

/* The next record that has come, waited for: its number. */
static bool next(uint64_t *number, uint32_t *kind)
{
    const char *data;
    size_t size;

    for (;;) {
        const struct bpf_ring_header *h;
        struct probe_record r;

        while (!bpf_queue_next(ring.queue, &data, &size)) {
            if (bpf_queue_has_ended(ring.queue) && atomic_load(&ring.queue->bytes) == 0)
                return false;
            bpf_queue_wait(ring.queue, 1000);
        }
        h = (const void *)data;
        assert_true(bpf_ring_span(h) <= size);
        memcpy(&r, data + sizeof(*h) + 8, sizeof(r));
        *number = r.request;
        *kind = r.kind;
        if (bpf_record_is_call(data + sizeof(*h), bpf_ring_length(h)) && !bpf_ring_discarded(h))
            atomic_fetch_sub(&ring.queue->calls, 1);
        bpf_queue_done(ring.queue, bpf_ring_span(h));
        if (!bpf_ring_discarded(h))
            return true;
    }
}

/* Many times round the ring, with records of all lengths. */
static void test_order(void **state)
{
    uint64_t made = 0, got = 0, number;
    uint32_t kind;

    (void)state;
    assert_int_equal(bpf_taker_start(ring.taker, tick, &ring), 0);
    while (got < 20000) {
        while (made < 20000 &&
               produce(made % 3 == 0 ? PROBE_OPEN : PROBE_FORK, made, made * 37 % 3000, 0)) {
            if (made % 5 == 0)
                produce(PROBE_OPEN, 0, 40, DISCARD);
            made++;
        }
        assert_true(next(&number, &kind));
        assert_int_equal(number, got);
        assert_int_equal(kind, got % 3 == 0 ? PROBE_OPEN : PROBE_FORK);
        got++;
    }
    bpf_taker_finish(ring.taker);
    assert_false(next(&number, &kind));
    assert_int_equal(atomic_load(&ring.queue->calls), 0);
    assert_int_equal(*ring.consumer, *ring.producer);
    assert_true(atomic_load(&ring.ticks) > 0);
}

/* What is being written is waited for, and so is what comes after it. */
static void test_busy(void **state)
{
    unsigned long at;
    uint64_t number;
    uint32_t kind, length;

    (void)state;
    assert_int_equal(bpf_taker_start(ring.taker, tick, &ring), 0);
    assert_true(produce(PROBE_OPEN, 1, 0, 0));
    at = *ring.producer;
    assert_true(produce(PROBE_OPEN, 2, 0, BUSY));
    assert_true(produce(PROBE_OPEN, 3, 0, 0));
    assert_true(next(&number, &kind));
    assert_int_equal(number, 1);
    usleep(50000);
    assert_int_equal(atomic_load(&ring.queue->bytes), 0);
    memcpy(&length, ring.data + at, sizeof(length));
    __atomic_store_n((uint32_t *)(ring.data + at), length & ~BUSY, __ATOMIC_RELEASE);
    assert_true(next(&number, &kind));
    assert_int_equal(number, 2);
    assert_true(next(&number, &kind));
    assert_int_equal(number, 3);
}

static void test_skip(void **state)
{
    uint64_t number;
    uint32_t kind;

    (void)state;
    while (produce(PROBE_OPEN, 1, 100, DISCARD))
        ;
    bpf_taker_skip(ring.taker);
    assert_int_equal(*ring.consumer, *ring.producer);
    assert_true(produce(PROBE_OPEN, 7, 0, 0));
    assert_int_equal(bpf_taker_start(ring.taker, tick, &ring), 0);
    assert_true(next(&number, &kind));
    assert_int_equal(number, 7);
    assert_int_equal(atomic_load(&ring.queue->calls), 0);
}

static int set_up_small(void **state)
{
    bpf_taker_most = 1; /* as little as there can be: two chunks */
    return set_up(state);
}

/* When memory is full the ring fills up, and nothing is taken that cannot be kept. At the end what
   found no room is counted. */
static void test_full(void **state)
{
    const struct timespec tick_time = {0, 1000000};
    uint64_t made = 0, got = 0, number;
    unsigned stuck = 0;
    uint32_t kind;

    (void)state;
    assert_int_equal(bpf_taker_start(ring.taker, tick, &ring), 0);
    while (stuck < 300) {
        if (produce(PROBE_OPEN, made, 2000, 0)) {
            made++;
            stuck = 0;
        } else {
            stuck++;
            nanosleep(&tick_time, NULL);
        }
    }
    assert_true(made * 2000 > 3 * BPF_QUEUE_CHUNK / 2);
    assert_true(atomic_load(&ring.queue->bytes) <= 2 * BPF_QUEUE_CHUNK);
    /* What is got makes room for what waits in the ring. */
    while (got < made / 2 + 100) {
        assert_true(next(&number, &kind));
        assert_int_equal(number, got);
        got++;
    }
    for (unsigned i = 0; i < 1000 && *ring.consumer != *ring.producer; i++)
        nanosleep(&tick_time, NULL);
    assert_int_equal(*ring.consumer, *ring.producer);
    for (stuck = 0; stuck < 300;) {
        if (produce(PROBE_OPEN, made, 2000, 0)) {
            made++;
            stuck = 0;
        } else {
            stuck++;
            nanosleep(&tick_time, NULL);
        }
    }
    bpf_taker_finish(ring.taker);
    while (!bpf_queue_has_ended(ring.queue))
        nanosleep(&tick_time, NULL);
    assert_int_equal(*ring.consumer, *ring.producer);
    assert_true(bpf_taker_untaken(ring.taker) > 0);
    assert_int_equal(got + atomic_load(&ring.queue->calls) + bpf_taker_untaken(ring.taker), made);
    while (next(&number, &kind)) {
        assert_int_equal(number, got);
        got++;
    }
    assert_int_equal(got + bpf_taker_untaken(ring.taker), made);
}

/* It does not go round and round where nothing comes, though the ring seems to have something. */
static void test_idle(void **state)
{
    (void)state;
    assert_int_equal(bpf_taker_start(ring.taker, tick, &ring), 0);
    usleep(300000);
    assert_true(atomic_load(&ring.ticks) < 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_busy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_skip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full, set_up_small, tear_down),
        cmocka_unit_test_setup_teardown(test_idle, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
