/* What is known of calls finds the events that they are of. */
#include "client_test.h"

#include "calls.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void add(struct calls *c, uint32_t pid, uint32_t tid, uint64_t time, const char *requested,
                const char *requested_path)
{
    const struct call call = {
        .process_id = pid,
        .thread_id = tid,
        .time = time,
        .requested = requested,
        .requested_path = requested_path,
    };

    calls_add(c, &call);
}

static void add_loss(struct calls *c, uint64_t count)
{
    const struct loss loss = {.count = count, .process_id = 7};

    calls_add_loss(c, &loss);
}

static char told[256]; /* the losses, in order */

static void tell(void *context, const struct loss *loss)
{
    assert_ptr_equal(context, told);
    assert_int_equal(loss->process_id, 7);
    sprintf(told + strlen(told), "%u ", (unsigned)loss->count);
}

static const struct call *take(struct calls *c, uint32_t pid, uint32_t tid, uint64_t time)
{
    return calls_take(c, pid, tid, time, tell, told);
}

static void expect_told(const char *losses)
{
    assert_string_equal(told, losses);
    told[0] = '\0';
}

static void test_order(void **state)
{
    struct calls calls;
    const struct call *c;

    (void)state;
    calls_init(&calls);
    assert_null(take(&calls, 1, 1, 1));
    add(&calls, 1, 1, 10, "a", "/a");
    add(&calls, 1, 2, 10, NULL, "/only");
    add(&calls, 2, 2, 10, "b", NULL);
    add(&calls, 2, 2, 11, NULL, NULL);
    c = take(&calls, 1, 1, 10);
    assert_non_null(c);
    assert_string_equal(c->requested, "a");
    assert_string_equal(c->requested_path, "/a");
    assert_null(take(&calls, 1, 1, 10)); /* once */
    c = take(&calls, 2, 2, 10);          /* the one between was not wanted */
    assert_non_null(c);
    assert_string_equal(c->requested, "b");
    assert_null(c->requested_path);
    assert_null(take(&calls, 1, 2, 10));
    assert_null(take(&calls, 2, 2, 12)); /* a stranger takes nothing out */
    add(&calls, 3, 3, 13, "c", "/c");
    c = take(&calls, 2, 2, 11);
    assert_non_null(c);
    assert_null(c->requested);
    assert_null(take(&calls, 2, 2, 11));
    c = take(&calls, 3, 3, 13);
    assert_non_null(c);
    assert_string_equal(c->requested_path, "/c");
    assert_int_equal(calls_bytes(&calls), 0);
    calls_free(&calls);
}

/* A loss is told in its place: before what was fed after it, and after what was fed before it. */
static void test_losses(void **state)
{
    struct calls calls;

    (void)state;
    calls_init(&calls);
    add_loss(&calls, 1);
    add(&calls, 1, 1, 10, NULL, NULL);
    add_loss(&calls, 2);
    add_loss(&calls, 3);
    add(&calls, 1, 1, 11, NULL, NULL);
    add(&calls, 1, 1, 12, NULL, NULL);
    add_loss(&calls, 4);
    assert_non_null(take(&calls, 1, 1, 10));
    expect_told("1 ");
    assert_null(take(&calls, 9, 9, 9));
    expect_told("");
    assert_non_null(take(&calls, 1, 1, 12));
    expect_told("2 3 ");
    add_loss(&calls, 5);
    assert_null(take(&calls, 9, 9, 9));
    expect_told("");
    calls_pass(&calls, calls_mark(&calls), false, tell, told);
    expect_told("4 5 ");
    assert_int_equal(calls_bytes(&calls), 0);
    calls_free(&calls);
}

/* The driver was found to have nothing more to say. */
static void test_pass(void **state)
{
    struct calls calls;
    uint64_t mark;

    (void)state;
    calls_init(&calls);
    calls_pass(&calls, calls_mark(&calls), true, tell, told);
    add(&calls, 1, 1, 10, NULL, NULL);
    add_loss(&calls, 1);
    add(&calls, 1, 1, 11, NULL, NULL);
    mark = calls_mark(&calls);
    add_loss(&calls, 2);
    add(&calls, 1, 1, 12, NULL, NULL);
    /* What came after the mark is for the next time, and the driver may just be hearing of 11. */
    calls_pass(&calls, mark, false, tell, told);
    expect_told("1 ");
    calls_pass(&calls, mark, false, tell, told);
    expect_told("");
    assert_null(take(&calls, 1, 1, 10));
    assert_non_null(take(&calls, 1, 1, 11));
    mark = calls_mark(&calls);
    calls_pass(&calls, mark, false, tell, told);
    expect_told("2 ");
    assert_non_null(take(&calls, 1, 1, 12));
    assert_int_equal(calls_bytes(&calls), 0);

    /* Nothing is fed any more. */
    add(&calls, 1, 1, 13, NULL, NULL);
    calls_pass(&calls, calls_mark(&calls), true, tell, told);
    assert_null(take(&calls, 1, 1, 13));
    assert_int_equal(calls_bytes(&calls), 0);
    calls_free(&calls);
}

static void test_many(void **state)
{
    struct calls calls;
    char name[4096];

    (void)state;
    calls_init(&calls);
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 1; i < 1000; i++)
            add(&calls, i, i, i, name + i, name);
        assert_true(calls_bytes(&calls) > 999 * 4096);
        for (unsigned i = 2; i < 1000; i += 2) {
            const struct call *c = take(&calls, i, i, i);

            assert_non_null(c);
            assert_string_equal(c->requested, name + i);
            assert_string_equal(c->requested_path, name);
        }
        calls_pass(&calls, calls_mark(&calls), true, tell, told);
        assert_null(take(&calls, 999, 999, 999));
        assert_int_equal(calls_bytes(&calls), 0);
    }
    calls_free(&calls);
}

#define MANY 100000u

static void *feed(void *argument)
{
    struct calls *calls = argument;

    for (unsigned i = 1; i <= MANY; i++) {
        if (i % 10 == 0)
            add_loss(calls, i);
        add(calls, i, i, i, "name", "/name");
        while (calls_bytes(calls) > 1 << 20)
            usleep(1000);
    }
    return NULL;
}

static uint64_t lost;

static void sum(void *context, const struct loss *loss)
{
    (void)context;
    lost += loss->count;
}

/* Every third event is of interest, and not all of them have come when they are asked for. */
static void test_threads(void **state)
{
    struct calls calls;
    pthread_t thread;
    uint64_t expected = 0;

    (void)state;
    calls_init(&calls);
    assert_int_equal(pthread_create(&thread, NULL, feed, &calls), 0);
    for (unsigned i = 3; i <= MANY; i += 3) {
        const struct call *c;

        while ((c = calls_take(&calls, i, i, i, sum, NULL)) == NULL)
            ;
        assert_string_equal(c->requested, "name");
    }
    pthread_join(thread, NULL);
    calls_pass(&calls, calls_mark(&calls), true, sum, NULL);
    for (unsigned i = 10; i <= MANY; i += 10)
        expected += i;
    assert_int_equal(lost, expected);
    calls_free(&calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order), cmocka_unit_test(test_losses),  cmocka_unit_test(test_pass),
        cmocka_unit_test(test_many),  cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
