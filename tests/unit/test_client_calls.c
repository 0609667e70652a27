/* What is known of calls finds the events that they are of. */
#include "client_test.h"

#include "calls.h"

#include <string.h>

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

static void test_order(void **state)
{
    struct calls calls = {0};
    const struct call *c;

    (void)state;
    add(&calls, 1, 1, 10, "a", "/a");
    add(&calls, 1, 2, 10, NULL, "/only");
    add(&calls, 2, 2, 10, "b", NULL);
    add(&calls, 2, 2, 11, NULL, NULL);
    c = calls_take(&calls, 1, 1, 10);
    assert_non_null(c);
    assert_string_equal(c->requested, "a");
    assert_string_equal(c->requested_path, "/a");
    assert_null(calls_take(&calls, 1, 1, 10)); /* once */
    c = calls_take(&calls, 2, 2, 10);          /* the one between was not wanted */
    assert_non_null(c);
    assert_string_equal(c->requested, "b");
    assert_null(c->requested_path);
    assert_null(calls_take(&calls, 1, 2, 10));
    assert_null(calls_take(&calls, 2, 2, 12)); /* a stranger takes nothing out */
    c = calls_take(&calls, 2, 2, 11);
    assert_non_null(c);
    assert_null(c->requested);
    assert_null(calls_take(&calls, 2, 2, 11));
    calls_free(&calls);
}

static void test_clear(void **state)
{
    struct calls calls = {0};
    char name[4096];

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 1; i < 1000; i++)
            add(&calls, i, i, i, name + i, name);
        for (unsigned i = 2; i < 1000; i += 2) {
            const struct call *c = calls_take(&calls, i, i, i);

            assert_non_null(c);
            assert_string_equal(c->requested, name + i);
            assert_string_equal(c->requested_path, name);
        }
        calls_clear(&calls);
        assert_null(calls_take(&calls, 999, 999, 999));
    }
    calls_free(&calls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
