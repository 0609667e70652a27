/* Which files the handles of Windows programs are of. */
#include "source/bpf_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define CLOSE_SOURCE    1 /* DUPLICATE_* */
#define SAME_ACCESS     2
#define SAME_ATTRIBUTES 4
#define INHERIT         2 /* OBJ_INHERIT */

static const struct activity_volume volume = {.id = 1, .name = "C:", .directory = "/c"};
static struct wine_handles *handles;

static int set_up(void **state)
{
    (void)state;
    handles = wine_handles_new();
    return handles == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    wine_handles_free(handles);
    return 0;
}

static void add(pid_t pid, uint64_t handle, const wchar_t *name, bool inherited)
{
    struct activity_file file = {.volume = &volume};
    uint16_t copy[64];

    while (name[file.units] != 0) {
        copy[file.units] = name[file.units];
        file.units++;
    }
    file.name = copy;
    wine_handle_add(handles, pid, handle, &file, inherited);
    memset(copy, 'x', sizeof(copy)); /* it is the caller's */
}

/* NULL: none. */
static void expect(pid_t pid, uint64_t handle, const wchar_t *name)
{
    const struct wine_name *found = wine_handle_find(handles, pid, handle);
    size_t units = 0;

    if (name == NULL) {
        assert_null(found);
        return;
    }
    while (name[units] != 0)
        units++;
    assert_non_null(found);
    assert_ptr_equal(found->volume, &volume);
    assert_int_equal(found->units, units);
    assert_memory_equal(found->name, name, units * sizeof(*name));
}

static void add_find_close(void **state)
{
    struct activity_file linux_file = {.path = "/proc/x"};

    (void)state;
    expect(1, 4, NULL);
    add(1, 4, L"\\a", false);
    add(1, 8, L"\\b", false);
    add(2, 4, L"\\c", false);
    add(3, 4, L"", false);
    expect(1, 4, L"\\a");
    expect(1, 8, L"\\b");
    expect(2, 4, L"\\c");
    expect(3, 4, L"");
    expect(2, 8, NULL);
    wine_handle_close(handles, 1, 4);
    wine_handle_close(handles, 1, 4);
    wine_handle_close(handles, 1, 12);
    expect(1, 4, NULL);
    expect(1, 8, L"\\b");
    expect(2, 4, L"\\c");
    wine_handle_add(handles, 1, 4, &linux_file, false);
    assert_null(wine_handle_find(handles, 1, 4)->volume);
    assert_string_equal(wine_handle_find(handles, 1, 4)->path, "/proc/x");
}

/* The close of one was not told. */
static void reuse(void **state)
{
    (void)state;
    add(1, 4, L"\\a", true);
    add(1, 4, L"\\b", false);
    expect(1, 4, L"\\b");
    wine_handles_inherit(handles, 1, 2);
    expect(2, 4, NULL);
    wine_handle_close(handles, 1, 4);
    expect(1, 4, NULL);
}

/* NT and Wine have two bits of a handle to spare, which mean nothing. */
static void tags_do_not_count(void **state)
{
    (void)state;
    add(1, 4, L"\\a", false);
    expect(1, 5, L"\\a");
    expect(1, 7, L"\\a");
    expect(1, 8, NULL);
    wine_handle_close(handles, 1, 6);
    expect(1, 4, NULL);
}

static void many(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 20000; i++) {
        wchar_t name[] = {'\\', (wchar_t)i, 0};

        add(i % 3, 4 * i, name, false);
    }
    for (uint64_t i = 1; i < 20000; i++) {
        wchar_t name[] = {'\\', (wchar_t)i, 0};

        expect(i % 3, 4 * i, name);
        expect((i + 1) % 3, 4 * i, NULL);
    }
}

static void duplicates(void **state)
{
    (void)state;
    add(1, 4, L"\\a", true);
    wine_handle_duplicate(handles, 1, 4, 8, 0, SAME_ACCESS | SAME_ATTRIBUTES);
    wine_handle_duplicate(handles, 1, 4, 12, 0, SAME_ACCESS);
    wine_handle_duplicate(handles, 1, 12, 16, INHERIT, 0);
    wine_handle_duplicate(handles, 1, 12, 20, INHERIT, SAME_ATTRIBUTES);
    for (uint64_t h = 4; h <= 20; h += 4)
        expect(1, h, L"\\a");
    wine_handles_inherit(handles, 1, 2);
    expect(2, 4, L"\\a");
    expect(2, 8, L"\\a");
    expect(2, 12, NULL);
    expect(2, 16, L"\\a");
    expect(2, 20, NULL);

    wine_handle_duplicate(handles, 1, 4, 24, 0, SAME_ATTRIBUTES | CLOSE_SOURCE);
    expect(1, 4, NULL);
    expect(1, 24, L"\\a");
    wine_handle_close(handles, 1, 24);
    expect(1, 8, L"\\a");
    expect(2, 4, L"\\a");
}

static void duplicates_over_others(void **state)
{
    (void)state;
    add(1, 4, L"\\a", false);
    add(1, 8, L"\\b", false);
    wine_handle_duplicate(handles, 1, 4, 8, 0, 0);
    expect(1, 8, L"\\a");
    wine_handle_duplicate(handles, 1, 4, 8, 0, 0); /* of the same already */
    expect(1, 8, L"\\a");
    wine_handle_duplicate(handles, 1, 8, 8, 0, CLOSE_SOURCE); /* the new one has its number */
    expect(1, 8, L"\\a");
    wine_handle_duplicate(handles, 1, 100, 8, 0, 0); /* of what nobody told of */
    expect(1, 8, NULL);
    wine_handle_duplicate(handles, 1, 100, 104, 0, CLOSE_SOURCE);
    expect(1, 104, NULL);
    expect(1, 4, L"\\a");
}

static void inheritance(void **state)
{
    (void)state;
    add(1, 4, L"\\a", true);
    add(1, 8, L"\\b", false);
    add(9, 4, L"\\other", true);
    wine_handles_inherit(handles, 1, 2);
    wine_handle_close(handles, 1, 4);
    wine_handles_inherit(handles, 2, 3);
    wine_handles_forget(handles, 2);
    expect(1, 4, NULL);
    expect(1, 8, L"\\b");
    expect(2, 4, NULL);
    expect(3, 4, L"\\a");
    expect(3, 8, NULL);
    expect(9, 4, L"\\other");
    wine_handles_inherit(handles, 3, 3);
    expect(3, 4, L"\\a");
    wine_handles_inherit(handles, 77, 78);
    expect(78, 4, NULL);
}

static void inheritance_of_many(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 20000; i++)
        add(1, 4 * i, L"\\a", i % 2);
    for (pid_t child = 2; child < 6; child++)
        wine_handles_inherit(handles, child - 1, child);
    for (uint64_t i = 1; i < 20000; i++) {
        for (pid_t child = 2; child < 6; child++)
            expect(child, 4 * i, i % 2 ? L"\\a" : NULL);
    }
}

static void forgetting(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 5000; i++) {
        add(1, 4 * i, L"\\a", false);
        add(2, 4 * i, L"\\b", false);
    }
    wine_handles_forget(handles, 1);
    wine_handles_forget(handles, 1);
    for (uint64_t i = 1; i < 5000; i++) {
        expect(1, 4 * i, NULL);
        expect(2, 4 * i, L"\\b");
    }
}

/* A program can have as many as it likes, with names as long as it likes; we cannot. */
static void limits(void **state)
{
    enum { FEW = 1000, LONG = 60000, MANY = 200000 };
    static uint16_t name[2 * LONG];
    struct activity_file file = {.volume = &volume, .name = name, .units = LONG};
    unsigned known[2] = {0};

    (void)state;
    for (unsigned i = 1; i <= FEW; i++)
        wine_handle_add(handles, 1, 4 * i, &file, true);
    for (unsigned i = 1; i <= FEW; i++)
        known[0] += wine_handle_find(handles, 1, 4 * i) != NULL;
    assert_in_range(known[0], 100, FEW - 1);
    assert_non_null(wine_handle_find(handles, 1, 4 * FEW));
    file.units = 2 * LONG;
    wine_handle_add(handles, 1, 2, &file, true);
    assert_null(wine_handle_find(handles, 1, 2));

    for (unsigned i = 1; i <= MANY; i++)
        add(2, 4 * i, L"\\a", true);
    for (unsigned i = 1; i <= MANY; i++)
        known[1] += wine_handle_find(handles, 2, 4 * i) != NULL;
    assert_in_range(known[1], 1000, 65536);
    expect(2, 4 * MANY, L"\\a");
    wine_handles_inherit(handles, 2, 3);
    wine_handle_duplicate(handles, 2, 4 * MANY, 4 * MANY + 4, 0, CLOSE_SOURCE);
    expect(2, 4 * MANY + 4, L"\\a");
    expect(2, 4 * MANY, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(add_find_close, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reuse, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tags_do_not_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(duplicates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(duplicates_over_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(inheritance, set_up, tear_down),
        cmocka_unit_test_setup_teardown(inheritance_of_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgetting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
