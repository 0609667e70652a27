/* What is put into the queue comes out of it, in order; it is bounded; memory is given back. */
#include "source/bpf_queue.h"
#include "source/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
/* After the others. */
#include <cmocka.h>

static long resident(void)
{
    long size, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &size, &pages), 2);
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static bool put(struct bpf_queue *q, uint64_t value, size_t size)
{
    size_t room;
    char *to = bpf_queue_room(q, size, &room);

    if (to == NULL)
        return false;
    assert_true(room >= size);
    memset(to, 0, size);
    memcpy(to, &value, sizeof(value));
    bpf_queue_put(q, size, 1);
    return true;
}

/* Gets all that waits; pieces of `size`, the first of which has that value. How many. */
static unsigned get(struct bpf_queue *q, uint64_t first, size_t size)
{
    const char *data;
    size_t length;
    unsigned count = 0;

    while (bpf_queue_next(q, &data, &length)) {
        uint64_t value;

        assert_int_equal(length % size, 0);
        memcpy(&value, data, sizeof(value));
        assert_int_equal(value, first + count);
        atomic_fetch_sub(&q->calls, 1);
        bpf_queue_done(q, size); /* and the rest of the stretch comes again */
        count++;
    }
    return count;
}

static void test_order(void **state)
{
    struct bpf_queue q;
    uint64_t next = 0, first = 0;

    (void)state;
    bpf_queue_init(&q, 64 << 20);
    assert_int_equal(get(&q, 0, 8), 0);
    for (unsigned round = 1; round < 40; round++) {
        for (unsigned i = 0; i < round * round; i++)
            assert_true(put(&q, next++, 1000));
        assert_int_equal(atomic_load(&q.calls), round * round);
        assert_int_equal(atomic_load(&q.bytes), round * round * 1000);
        first += get(&q, first, 1000);
        assert_int_equal(first, next);
        assert_int_equal(atomic_load(&q.bytes), 0);
        assert_int_equal(atomic_load(&q.calls), 0);
    }
    bpf_queue_free(&q);
}

static void test_bound(void **state)
{
    const size_t size = 100000;
    struct bpf_queue q;
    uint64_t next = 0;
    size_t room;

    (void)state;
    bpf_queue_init(&q, 4 * BPF_QUEUE_CHUNK + 1);
    assert_null(bpf_queue_room(&q, BPF_QUEUE_CHUNK + 1, &room));
    while (put(&q, next, size))
        next++;
    assert_int_equal(next, 4 * (BPF_QUEUE_CHUNK / size));
    assert_true(atomic_load(&q.bytes) <= 4 * BPF_QUEUE_CHUNK);
    assert_false(put(&q, next, size));
    /* When all is taken there is room again, for as much. */
    assert_int_equal(get(&q, 0, size), next);
    for (unsigned i = 0; i < next; i++)
        assert_true(put(&q, next + i, size));
    assert_false(put(&q, 0, size));
    assert_int_equal(get(&q, next, size), next);
    bpf_queue_free(&q);

    /* However little was asked for, there is room to put while something is being read. */
    bpf_queue_init(&q, 0);
    assert_true(put(&q, 0, BPF_QUEUE_CHUNK));
    assert_true(put(&q, 1, BPF_QUEUE_CHUNK));
    assert_false(put(&q, 2, 8));
    assert_int_equal(get(&q, 0, BPF_QUEUE_CHUNK), 2);
    bpf_queue_free(&q);
}

static void test_memory_is_given_back(void **state)
{
    const size_t size = 100000;
    long before, full;
    struct bpf_queue q;

    (void)state;
    bpf_queue_init(&q, (size_t)256 << 20);
    before = resident();
    for (uint64_t i = 0; i < 1500; i++)
        assert_true(put(&q, i, size));
    full = resident();
    assert_true(full - before > 140 << 20);
    assert_int_equal(get(&q, 0, size), 1500);
#ifndef FT_SANITIZED /* what is freed is kept for a while then */
    assert_true(resident() - before < 10 << 20);
#endif
    assert_true(atomic_load(&q.peak) == 1500 * size);
    bpf_queue_free(&q);
}

/* A reader that keeps up gets by with one chunk's beginning. */
static void test_begun_anew(void **state)
{
    struct bpf_queue q;
    long before;

    (void)state;
    bpf_queue_init(&q, (size_t)256 << 20);
    before = resident();
    for (uint64_t i = 0; i < 100000; i++) {
        assert_true(put(&q, i, 1000));
        assert_int_equal(get(&q, i, 1000), 1);
    }
    assert_true(resident() - before < 1 << 20);
    bpf_queue_free(&q);
}

#define MANY 300000u

static void *put_many(void *argument)
{
    struct bpf_queue *q = argument;

    for (uint64_t i = 0; i < MANY;) {
        if (put(q, i, 64))
            i++;
        else
            bpf_queue_wait_for_room(q, 1000);
    }
    bpf_queue_end(q);
    return NULL;
}

/* Two threads, and now and then a queue that is full and one that is empty. */
static void test_threads(void **state)
{
    struct bpf_queue q;
    pthread_t thread;
    uint64_t count = 0;

    (void)state;
    bpf_queue_init(&q, 0);
    assert_int_equal(pthread_create(&thread, NULL, put_many, &q), 0);
    while (!bpf_queue_has_ended(&q) || atomic_load(&q.bytes) > 0) {
        bpf_queue_wait(&q, 1000);
        if (count % 7 == 0)
            usleep(2000);
        count += get(&q, count, 64);
    }
    assert_int_equal(count, MANY);
    pthread_join(thread, NULL);
    bpf_queue_free(&q);
}

static void *wake_later(void *argument)
{
    usleep(100000);
    bpf_queue_wake(argument);
    return NULL;
}

static void test_waits(void **state)
{
    struct bpf_queue q;
    pthread_t thread;
    uint64_t count = 0;
    double begun;

    (void)state;
    bpf_queue_init(&q, 0);
    begun = now();
    bpf_queue_wait(&q, 50);
    assert_true(now() - begun > 0.04);
    /* Somebody ends the wait, */
    begun = now();
    assert_int_equal(pthread_create(&thread, NULL, wake_later, &q), 0);
    bpf_queue_wait(&q, 60000);
    assert_true(now() - begun < 30);
    pthread_join(thread, NULL);
    /* or has ended it before it began, once for each end. */
    bpf_queue_wake(&q);
    bpf_queue_wait(&q, 60000);
    while (put(&q, count, BPF_QUEUE_CHUNK))
        count++;
    bpf_queue_wait_for_room(&q, 60000);
    bpf_queue_wait(&q, 60000); /* something is there */
    assert_true(now() - begun < 30);
    begun = now();
    bpf_queue_wait_for_room(&q, 50);
    assert_true(now() - begun > 0.04);
    assert_int_equal(get(&q, 0, BPF_QUEUE_CHUNK), count);
    bpf_queue_end(&q);
    bpf_queue_wait(&q, 60000);
    assert_true(now() - begun < 30);
    bpf_queue_free(&q);
}

/* ---- How much there is --------------------------------------------------------------------- */

static void write_file(const char *root, const char *name, const char *text)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    for (char *slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void test_share(void **state)
{
    const size_t mib = 1 << 20;
    char root[] = "/tmp/share-XXXXXX", command[64];

    (void)state;
    assert_non_null(mkdtemp(root));
    assert_int_equal(memory_share_below(root), 64 * mib); /* nothing is known */
    write_file(root, "proc/meminfo",
               "MemTotal: 9 kB\nMemFree: 1 kB\nMemAvailable:    8388608 kB\n");
    assert_int_equal(memory_share_below(root), 1024 * mib);
    write_file(root, "proc/self/cgroup", "1:memory:/old\n0::/a/b\n");
    assert_int_equal(memory_share_below(root), 1024 * mib);
    write_file(root, "sys/fs/cgroup/a/b/memory.max", "max\n");
    write_file(root, "sys/fs/cgroup/a/b/memory.current", "5\n");
    assert_int_equal(memory_share_below(root), 1024 * mib);
    /* The group above has a limit, */
    write_file(root, "sys/fs/cgroup/a/memory.max", "2147483648\n");
    write_file(root, "sys/fs/cgroup/a/memory.current", "1073741824\n");
    assert_int_equal(memory_share_below(root), 128 * mib);
    /* and the one that is a container's first has too. */
    write_file(root, "sys/fs/cgroup/memory.max", "805306368\n");
    write_file(root, "sys/fs/cgroup/memory.current", "0\n");
    assert_int_equal(memory_share_below(root), 96 * mib);
    write_file(root, "proc/self/cgroup", "0::/\n");
    assert_int_equal(memory_share_below(root), 96 * mib);
    write_file(root, "sys/fs/cgroup/memory.current", "805306369\n");
    assert_int_equal(memory_share_below(root), 64 * mib);
    assert_true(memory_share() >= 64 * mib);
    snprintf(command, sizeof(command), "rm -rf %s", root);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_memory_is_given_back),
        cmocka_unit_test(test_begun_anew),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
