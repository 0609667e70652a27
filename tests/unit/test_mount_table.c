/* Mount tables: what is seen where, and that no table makes a question dear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "source/mount_table.h"

static const struct mount_limits no_limits = {SIZE_MAX, SIZE_MAX, INT64_MAX};
static char name[4096];
static struct mount_table table;

static FILE *begin(void)
{
    FILE *f = fopen(name, "w");

    assert_non_null(f);
    return f;
}

static int end(FILE *f, const char *top, const struct mount_limits *limits)
{
    fclose(f);
    return mount_table_read(&table, name, top, limits);
}

static int read_text(const char *text, const char *top)
{
    FILE *f = begin();

    fputs(text, f);
    return end(f, top, &no_limits);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned seen(const char *path)
{
    const struct mount_entry *m = mount_seen_at(&table, path);

    return m != NULL ? m->id : 0;
}

static unsigned shown(uint32_t device, const char *inside, char path[256])
{
    const struct mount_entry *m = mount_that_shows(&table, device, inside, path, 256);

    return m != NULL ? m->id : 0;
}

#define DEVICE(major, minor) ((major) << 20 | (minor))

static void lines_are_read(void **state)
{
    const struct mount_entry *m;

    (void)state;
    assert_int_equal(read_text("20 1 8:1 / / rw,noatime shared:1 - ext4 /dev/sda1 rw\n"
                               "21 20 0:30 /a\\040b\\134 /m\\012\\011x ro - tmpfs none rw\n"
                               "22 20 0:31 / /rox roughly master:1 propagate_from:2 - fuse.x y rw\n"
                               "nonsense\n"
                               "23 20 nonsense / /z rw - tmpfs none rw\n"
                               "24 20 0:32\n"
                               "25 20 0:33 / /last rw\n"
                               "26 20 0:34 / /cut rw - tmpfs",
                               ""),
                     0);
    assert_int_equal(table.count, 4);
    m = mount_by_id(&table, 20);
    assert_int_equal(m->device, DEVICE(8, 1));
    assert_string_equal(m->root, "");
    assert_string_equal(m->point, "");
    assert_string_equal(m->filesystem, "ext4");
    assert_false(m->read_only);
    assert_int_equal(m->parent, 0);
    m = mount_by_id(&table, 21);
    assert_string_equal(m->root, "/a b\\");
    assert_string_equal(m->point, "/m\n\tx");
    assert_true(m->read_only);
    assert_int_equal(m->parent, 20);
    assert_string_equal(mount_by_id(&table, 22)->filesystem, "fuse.x");
    assert_false(mount_by_id(&table, 22)->read_only);
    assert_string_equal(mount_by_id(&table, 25)->filesystem, "unknown");
    assert_null(mount_by_id(&table, 26));
    assert_int_equal(read_text("", ""), -ESRCH);
    assert_int_equal(read_text("\n\n  \n", ""), -ESRCH);
    assert_int_equal(table.count, 4); /* as it was */
    assert_int_equal(mount_table_read(&table, "/nonexistent", "", &no_limits), -ENOENT);
}

static void mounts_hide_others(void **state)
{
    char path[256];

    (void)state;
    assert_int_equal(read_text("20 1 8:1 / / rw - ext4 x rw\n"
                               "21 20 0:30 / /m rw - tmpfs x rw\n"
                               "22 21 0:31 / /m rw - tmpfs x rw\n"   /* upon 21 */
                               "23 21 0:32 / /m/s rw - tmpfs x rw\n" /* below it, hidden */
                               "24 20 8:1 /home /h rw - ext4 x rw\n"
                               "25 24 0:33 / /h/me rw - tmpfs x rw\n",
                               ""),
                     0);
    assert_int_equal(seen("/"), 20);
    assert_int_equal(seen("/m"), 22);
    assert_int_equal(seen("/m/s/f"), 22);
    assert_int_equal(seen("/mm"), 20);
    assert_int_equal(seen("/h/me/x"), 25);
    assert_int_equal(shown(DEVICE(8, 1), "/home/you", path), 24);
    assert_string_equal(path, "/h/you");
    assert_int_equal(shown(DEVICE(8, 1), "/home/me", path), 20); /* another is upon that */
    assert_string_equal(path, "/home/me");
    assert_int_equal(shown(DEVICE(8, 1), "", path), 20);
    assert_string_equal(path, "/");
    assert_int_equal(shown(DEVICE(0, 30), "/f", path), 0);
    assert_int_equal(shown(DEVICE(0, 32), "/f", path), 0);
    assert_int_equal(shown(DEVICE(0, 99), "/f", path), 0);

    assert_int_equal(read_text("20 1 8:1 / / rw - ext4 x rw\n", "/jail"), 0);
    assert_int_equal(seen("/jail/x"), 20);
    assert_int_equal(seen("/x"), 0);
    assert_string_equal(mount_by_id(&table, 20)->point, "/jail");
}

/* ---- Against what is plain and slow -------------------------------------------------------- */

static const struct mount_entry *plain_seen_at(const char *path)
{
    const struct mount_entry *at = NULL, *next;
    size_t steps = 0;

    do {
        uint32_t parent = at != NULL ? at->id : 0;

        next = NULL;
        for (size_t i = 0; i < table.count; i++) {
            const struct mount_entry *m = &table.entries[i];

            if (m->parent == parent && m != at &&
                mount_lies_below(path, m->point, m->point_length) &&
                (next == NULL || m->point_length < next->point_length))
                next = m;
        }
        if (next != NULL)
            at = next;
    } while (next != NULL && ++steps < table.count);
    return at;
}

static const struct mount_entry *plain_shows(uint32_t device, const char *inside, char path[2048])
{
    const struct mount_entry *found = NULL;

    for (size_t i = 0; i < table.count; i++) {
        const struct mount_entry *m = &table.entries[i];
        char at[2048];

        if (m->device != device || (found != NULL && m->root_length <= found->root_length) ||
            !mount_lies_below(inside, m->root, m->root_length))
            continue;
        snprintf(at, sizeof(at), "%s%s", m->point, inside + m->root_length);
        if (plain_seen_at(at) != m)
            continue;
        found = m;
        strcpy(path, *at != '\0' ? at : "/");
    }
    return found;
}

static void random_path(char to[64])
{
    static const char *const parts[] = {"/a", "/b", "/aa", "/a/b", "/b/a/a"};

    *to = '\0';
    for (int i = rand() % 4; i > 0; i--)
        strcat(to, parts[rand() % 5]);
}

static void answers_are_those_of_a_plain_search(void **state)
{
    (void)state;
    srand(1);
    for (int round = 0; round < 1000; round++) {
        static char points[12][1024];
        FILE *f = begin();
        int count = 1 + rand() % 12;

        for (int i = 0; i < count; i++) {
            char root[64], below[64];
            int parent = i > 0 ? rand() % i : 0;

            random_path(root);
            random_path(below);
            /* A mount's point lies in its parent. */
            strcpy(points[i], i > 0 ? points[parent] : "");
            strcat(points[i], below);
            if (i == 0 && rand() % 8 != 0)
                points[i][0] = '\0';
            fprintf(f, "%d %d 0:%d %s %s rw - tmpfs x rw\n", 20 + i, i > 0 ? 20 + parent : 1,
                    rand() % 3, *root != '\0' ? root : "/", *points[i] != '\0' ? points[i] : "/");
        }
        assert_int_equal(end(f, "", &no_limits), 0);
        for (int i = 0; i < 20; i++) {
            char path[256], here[2048] = "", plain[2048] = "";
            const struct mount_entry *found;

            random_path(path);
            random_path(path + strlen(path));
            found = plain_shows(i % 3, path, plain);
            assert_ptr_equal(mount_that_shows(&table, i % 3, path, here, sizeof(here)), found);
            if (found != NULL)
                assert_string_equal(here, plain);
            if (*path == '\0')
                strcpy(path, "/");
            assert_ptr_equal(mount_seen_at(&table, path), plain_seen_at(path));
        }
    }
}

/* A list that was not read at one moment can have mounts that lie upon themselves. */
static void circles_end(void **state)
{
    (void)state;
    assert_int_equal(read_text("20 21 0:1 / /m rw - tmpfs x rw\n"
                               "21 22 0:1 / /m rw - tmpfs x rw\n"
                               "22 20 0:1 / /m rw - tmpfs x rw\n"
                               "23 23 0:1 / / rw - tmpfs x rw\n"
                               "24 23 0:1 / /m rw - tmpfs x rw\n"
                               "24 24 0:1 / /m rw - tmpfs x rw\n"
                               "25 24 0:1 / /m rw - tmpfs x rw\n"
                               "24 25 0:1 / /m rw - tmpfs x rw\n",
                               ""),
                     0);
    assert_int_not_equal(seen("/m/f"), 0);
    assert_int_equal(seen("/f"), 23);
}

/* ---- What it costs ------------------------------------------------------------------------- */

#define MANY 100000 /* what the kernel allows a namespace */

static void ask_often(const char *path, const char *inside, double limit)
{
    double begun = now();
    char here[256];

    for (int i = 0; i < 100000; i++) {
        seen(path);
        shown(DEVICE(0, 40), inside, here);
    }
    print_message("100000 questions: %.3f s\n", now() - begun);
    assert_true(now() - begun < limit);
}

static void many_mounts_upon_one_another(void **state)
{
    FILE *f = begin();
    double begun = now();

    (void)state;
    fputs("20 1 8:1 / / rw - ext4 x rw\n", f);
    for (int i = 0; i < MANY; i++)
        fprintf(f, "%d %d 0:40 /x /mnt/x rw - tmpfs none rw\n", 21 + i, 20 + i);
    assert_int_equal(end(f, "", &no_limits), 0);
    print_message("read: %.3f s\n", now() - begun);
    assert_true(now() - begun < 3);
    assert_int_equal(seen("/mnt/x/f"), 20 + MANY);
    ask_often("/mnt/x/f", "/x/f", 3);
}

static void many_mounts_side_by_side(void **state)
{
    FILE *f = begin();
    double begun = now();

    (void)state;
    fputs("20 1 8:1 / / rw - ext4 x rw\n", f);
    for (int i = 0; i < MANY; i++)
        fprintf(f, "%d 20 0:40 /x\\040%d /mnt/x\\134%d rw - tmpfs none rw\n", 21 + i, i % 7, i);
    assert_int_equal(end(f, "", &no_limits), 0);
    assert_true(now() - begun < 3);
    assert_int_equal(seen("/mnt/x\\77777/f"), 77798);
    ask_often("/mnt/x\\77777/f", "/x 6/f", 3);
    ask_often("/mnt/x/f", "/y/f", 3);
}

/* The mounts that show a file are all hidden for it, in a way that is seen only at the file. */
static void many_that_do_not_show_it(void **state)
{
    FILE *f = begin();
    double begun = now();

    (void)state;
    fputs("20 1 8:1 / / rw - ext4 x rw\n", f);
    for (int i = 0; i < MANY / 2; i++) {
        fprintf(f, "%d 20 0:40 /x /m%d rw - tmpfs none rw\n", 21 + 2 * i, i);
        fprintf(f, "%d %d 0:41 / /m%d/d rw - tmpfs none rw\n", 22 + 2 * i, 21 + 2 * i, i);
    }
    assert_int_equal(end(f, "", &no_limits), 0);
    assert_true(now() - begun < 3);
    ask_often("/m77/d/f", "/x/d/f", 5);
}

static void reading_has_limits(void **state)
{
    static const struct mount_limits few = {100, SIZE_MAX, INT64_MAX},
                                     small = {SIZE_MAX, 300000, INT64_MAX},
                                     soon = {SIZE_MAX, SIZE_MAX, 1};
    FILE *f;

    (void)state;
    assert_int_equal(read_text("20 1 8:1 / / rw - ext4 x rw\n", ""), 0);
    f = begin();
    for (int i = 0; i < 101; i++)
        fprintf(f, "%d 20 0:40 / /%d rw - tmpfs none rw\n", 21 + i, i);
    assert_int_equal(end(f, "", &few), -E2BIG);
    f = begin();
    for (int i = 0; i < 100; i++)
        fprintf(f, "%d 20 0:40 / /%04090d rw - tmpfs none rw\n", 21 + i, i);
    assert_int_equal(end(f, "", &small), -E2BIG);
    /* Not what is read is too much, but what the points become. */
    f = begin();
    for (int i = 0; i < 100; i++)
        fprintf(f, "%d 20 0:40 / /%02000d rw - tmpfs none rw\n", 21 + i, i);
    assert_int_equal(end(f, "", &small), 0);
    f = begin();
    for (int i = 0; i < 100; i++)
        fprintf(f, "%d 20 0:40 / /%02000d rw - tmpfs none rw\n", 21 + i, i);
    {
        char top[2001];

        memset(top, '/', 2000);
        top[2000] = '\0';
        assert_int_equal(end(f, top, &small), -E2BIG);
    }
    f = begin();
    fputs("20 1 8:1 / / rw - ext4 x rw\n", f);
    assert_int_equal(end(f, "", &soon), -E2BIG);
    assert_int_equal(table.count, 100);
}

static int make(void **state)
{
    const char *directory = getenv("TMPDIR");

    (void)state;
    snprintf(name, sizeof(name), "%s/mount-table.%d", directory != NULL ? directory : "/tmp",
             getpid());
    return 0;
}

static int clean(void **state)
{
    (void)state;
    mount_table_free(&table);
    unlink(name);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(mounts_hide_others),
        cmocka_unit_test(answers_are_those_of_a_plain_search),
        cmocka_unit_test(circles_end),
        cmocka_unit_test(many_mounts_upon_one_another),
        cmocka_unit_test(many_mounts_side_by_side),
        cmocka_unit_test(many_that_do_not_show_it),
        cmocka_unit_test(reading_has_limits),
    };

    return cmocka_run_group_tests(tests, make, clean);
}
