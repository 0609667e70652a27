/* Which file an object name means: made-up prefixes, their drives, names of all kinds. */
#include "source/bpf_private.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define WORD      (2 * PATH_MAX)

/* Longer than a drive is taken to be where it was. */
#define SETTLE_US 260000

static char top[PATH_MAX];
static struct wine_prefix *prefixes, *prefix;

static const char *below_top(const char *name)
{
    static char paths[4][WORD];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, WORD, "%s%s%s", top, *name != '\0' ? "/" : "", name);
    return path;
}

static void make_directory(const char *name)
{
    assert_int_equal(mkdir(below_top(name), 0755), 0);
}

static void make_link(const char *target, const char *name)
{
    unlink(below_top(name));
    assert_int_equal(symlink(target, below_top(name)), 0);
}

static void make_prefix(const char *name)
{
    static const char *const directories[] = {"", "/dosdevices", "/drive_c"};
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        snprintf(path, sizeof(path), "%s%s", name, directories[i]);
        make_directory(path);
    }
    snprintf(path, sizeof(path), "%s/dosdevices/c:", name);
    make_link("../drive_c", path);
    snprintf(path, sizeof(path), "%s/dosdevices/z:", name);
    make_link("/", path);
}

static int set_up(void **state)
{
    char made[] = "/tmp/test_wine_drive.XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(made));
    assert_non_null(realpath(made, top));
    make_directory("work");
    make_directory("work/deep");
    make_directory("other");
    make_prefix("one");
    make_prefix("two");
    make_link(below_top("work"), "one/dosdevices/w:");
    make_link(below_top("work/deep"), "one/dosdevices/v:");
    make_link(below_top("gone"), "one/dosdevices/g:");
    prefix = wine_prefix_find(&prefixes, getpid(), below_top("one"));
    assert_non_null(prefix);
    return 0;
}

static int tear_down(void **state)
{
    char *arguments[] = {"rm", "-rf", top, NULL};
    pid_t pid;

    (void)state;
    wine_prefixes_free(prefixes);
    pid = fork();
    if (pid == 0) {
        execv("/bin/rm", arguments);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
    return 0;
}

/* ---- What is found -------------------------------------------------------------------------- */

static size_t units_of(const wchar_t *name)
{
    size_t n = 0;

    while (name[n] != 0)
        n++;
    return n;
}

typedef bool find_function(struct wine_prefix *, const uint16_t *, size_t, void **,
                           struct activity_file *);

/* In a block of its own size, so that what reads past it is found. */
static bool find(find_function *function, const wchar_t *name, void **buffer, uint16_t **copy,
                 struct activity_file *file)
{
    size_t units = units_of(name);

    *copy = malloc(units * sizeof(**copy) + (units == 0));
    assert_non_null(*copy);
    memcpy(*copy, name, units * sizeof(**copy));
    *buffer = NULL;
    return function(prefix, *copy, units, buffer, file);
}

static void check_name(const struct activity_file *file, const wchar_t *name)
{
    assert_int_equal(file->units, units_of(name));
    assert_memory_equal(file->name, name, file->units * sizeof(*file->name));
}

/* On the volume of that name, which is this directory (NULL: whatever). */
static void expect(find_function *function, const wchar_t *name, const char *volume,
                   const char *directory, const wchar_t *within)
{
    struct activity_file file;
    uint16_t *copy;
    void *buffer;

    assert_true(find(function, name, &buffer, &copy, &file));
    assert_non_null(file.volume);
    assert_string_equal(file.volume->name, volume);
    assert_int_equal(file.volume->network, strcmp(volume, "\\") == 0);
    assert_true(file.volume->id > 0);
    if (directory != NULL)
        assert_string_equal(file.volume->directory, directory);
    check_name(&file, within);
    free(buffer);
    free(copy);
}

static void expect_path(find_function *function, const wchar_t *name, const char *path)
{
    struct activity_file file;
    uint16_t *copy;
    void *buffer;

    assert_true(find(function, name, &buffer, &copy, &file));
    assert_null(file.volume);
    assert_string_equal(file.path, path);
    free(buffer);
    free(copy);
}

static void expect_nothing(find_function *function, const wchar_t *name)
{
    struct activity_file file;
    uint16_t *copy;
    void *buffer;

    assert_false(find(function, name, &buffer, &copy, &file));
    free(buffer);
    free(copy);
}

static unsigned id_of(const wchar_t *name)
{
    struct activity_file file;
    uint16_t *copy;
    void *buffer;

    assert_true(find(wine_find_file, name, &buffer, &copy, &file));
    free(buffer);
    free(copy);
    return file.volume->id;
}

/* ---- Prefixes ------------------------------------------------------------------------------- */

static void same_prefix_is_one(void **state)
{
    char longest[PATH_MAX + 16];

    (void)state;
    assert_ptr_equal(wine_prefix_find(&prefixes, getpid(), below_top("one")), prefix);
    assert_ptr_equal(wine_prefix_find(&prefixes, getpid(), below_top("one/../one/")), prefix);
    make_link("one", "linked");
    assert_ptr_equal(wine_prefix_find(&prefixes, getpid(), below_top("linked")), prefix);
    assert_ptr_not_equal(wine_prefix_find(&prefixes, getpid(), below_top("two")), prefix);
    assert_ptr_equal(wine_prefix_find(&prefixes, getpid(), below_top("one")), prefix);

    assert_null(wine_prefix_find(&prefixes, getpid(), below_top("gone")));
    assert_null(wine_prefix_find(&prefixes, getpid(), below_top("work")));
    assert_null(wine_prefix_find(&prefixes, getpid(), "/proc/self/exe"));
    memset(longest, 'x', sizeof(longest));
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    assert_null(wine_prefix_find(&prefixes, getpid(), longest));
}

/* Of a process that has ended: its root directory is taken to be ours. */
static void prefix_of_ended_process(void **state)
{
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    assert_ptr_equal(wine_prefix_find(&prefixes, pid, below_top("one")), prefix);
}

/* The same directory where "/" is another one: its drives lead elsewhere. */
static void root_directories_differ(void **state)
{
    struct wine_prefix *own = prefix;
    int ends[2];
    char byte;
    pid_t pid;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        if (chroot(top) < 0 || chdir("/") < 0 || write(ends[1], "x", 1) < 0)
            _exit(1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    close(ends[1]);
    prefix = wine_prefix_find(&prefixes, pid, "/one");
    assert_non_null(prefix);
    assert_ptr_not_equal(prefix, own);
    assert_ptr_equal(wine_prefix_find(&prefixes, pid, "/one"), prefix);
    expect(wine_find_file, L"\\??\\Z:\\x", "Z:", below_top(""), L"\\x");
    expect(wine_find_file, L"\\??\\C:\\x", "C:", below_top("one/drive_c"), L"\\x");
    prefix = own;
    expect(wine_find_file, L"\\??\\Z:\\x", "Z:", "/", L"\\x");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* ---- Object names --------------------------------------------------------------------------- */

static void drives_are_found(void **state)
{
    const char *c = below_top("one/drive_c");
    unsigned id = id_of(L"\\??\\C:\\x");

    (void)state;
    expect(wine_find_file, L"\\??\\C:\\x", "C:", c, L"\\x");
    expect(wine_find_file, L"\\??\\c:\\x", "C:", c, L"\\x");
    expect(wine_find_file, L"\\DosDevices\\C:\\x", "C:", c, L"\\x");
    expect(wine_find_file, L"\\dosdevices\\c:\\x", "C:", c, L"\\x");
    expect(wine_find_file, L"\\GLOBAL??\\C:\\x", "C:", c, L"\\x");
    expect(wine_find_file, L"\\Global??\\C:\\x\\", "C:", c, L"\\x\\");
    expect(wine_find_file, L"\\??\\C:", "C:", c, L"");
    expect(wine_find_file, L"\\??\\C:\\", "C:", c, L"\\");
    expect(wine_find_file, L"\\??\\W:\\a\\..\\b", "W:", below_top("work"), L"\\a\\..\\b");
    expect(wine_find_file, L"\\??\\Z:\\etc", "Z:", "/", L"\\etc");
    assert_int_equal(id_of(L"\\DosDevices\\c:"), id);
    assert_int_not_equal(id_of(L"\\??\\W:\\x"), id);
}

/* Names are not looked into. */
static void any_units_survive(void **state)
{
    (void)state;
    expect(wine_find_file, L"\\??\\C:\\\xE9\x65E5\xD83D\xDE00", "C:", NULL,
           L"\\\xE9\x65E5\xD83D\xDE00");
    expect(wine_find_file, L"\\??\\C:\\\xD83D\xDC80\xDE00\xD800", "C:", NULL,
           L"\\\xD83D\xDC80\xDE00\xD800");
    expect(wine_find_file, L"\\??\\C:\\a/b*?\xF05C\x01", "C:", NULL, L"\\a/b*?\xF05C\x01");
    expect(wine_find_file, L"\\??\\C:\\x:stream:$DATA", "C:", NULL, L"\\x:stream:$DATA");
}

static void no_volume(void **state)
{
    static const wchar_t *const names[] = {
        L"",
        L"\\",
        L"\\?",
        L"\\??",
        L"\\??\\",
        L"\\??\\C",
        L"\\??\\:",
        L"\\??\\:\\x",
        L"\\??\\1:\\x",
        L"\\??\\[:\\x",
        L"\\??\\\x0143:\\x",   /* its low byte is a 'C' */
        L"\\??\\C\x013A\\x",   /* and that one's a ':' */
        L"\\\x013F\x013F\\C:", /* '?' */
        L"\\??\\C:x",
        L"\\??\\C:/x",
        L"\\??\\CC:\\x",
        L"\\??\\Q:\\x", /* is not there */
        L"\\??\\Q:",
        L"\\??\\G:\\x", /* leads nowhere */
        L"\\??\\NUL",
        L"\\??\\pipe\\x",
        L"\\??\\PIPE\\",
        L"\\??\\MountPointManager",
        L"\\??\\UNC",
        L"\\??\\UNCX\\server",
        L"\\??\\unixx",
        L"\\??\\uni",
        L"\\Device\\HarddiskVolume1\\x",
        L"\\Device\\Null",
        L"\\DosDevicesX\\C:\\x",
        L"\\SystemRoot\\x",
        L"C:\\x",
        L"x",
        L"??\\C:\\x",
        L"\\\\?\\C:\\x",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        expect_nothing(wine_find_file, names[i]);
}

static void unc_names(void **state)
{
    const char *unc = below_top("one/dosdevices/unc");
    unsigned id = id_of(L"\\??\\UNC\\server\\share\\x");

    (void)state;
    expect(wine_find_file, L"\\??\\UNC\\server\\share\\x", "\\", unc, L"\\server\\share\\x");
    expect(wine_find_file, L"\\??\\unc\\server\\share", "\\", unc, L"\\server\\share");
    expect(wine_find_file, L"\\DosDevices\\UNC\\", "\\", unc, L"\\");
    assert_int_equal(id_of(L"\\??\\UNC\\other\\share"), id);
    make_directory("one/dosdevices/unc");
    usleep(SETTLE_US);
    expect(wine_find_file, L"\\??\\UNC\\server\\share\\x", "\\", unc, L"\\server\\share\\x");
    assert_int_equal(id_of(L"\\??\\UNC\\other\\share"), id);
    assert_int_equal(rmdir(unc), 0);
    make_link(below_top("other"), "one/dosdevices/unc");
    usleep(SETTLE_US);
    expect(wine_find_file, L"\\??\\UNC\\s\\t", "\\", below_top("other"), L"\\s\\t");
    assert_int_not_equal(id_of(L"\\??\\UNC\\s\\t"), id);
    assert_int_equal(unlink(unc), 0);
    usleep(SETTLE_US);
    assert_int_equal(id_of(L"\\??\\UNC\\s\\t"), id);
}

/* \??\unix and a Linux path with backslashes, at the end of a buffer of its own. */
static void wide_path(wchar_t *to, const wchar_t *before, const char *path, const wchar_t *after)
{
    while (*before != 0)
        *to++ = *before++;
    for (; *path != '\0'; path++)
        *to++ = *path == '/' ? '\\' : (unsigned char)*path;
    while (*after != 0)
        *to++ = *after++;
    *to = 0;
}

static void unix_names(void **state)
{
    wchar_t name[WORD];

    (void)state;
    wide_path(name, L"\\??\\unix", below_top("work"), L"\\a b");
    expect(wine_find_file, name, "W:", NULL, L"\\a b");
    wide_path(name, L"\\??\\UNIX", below_top("work"), L"");
    expect(wine_find_file, name, "W:", NULL, L"\\");
    wide_path(name, L"\\??\\unix", below_top("work"), L"\\");
    expect(wine_find_file, name, "W:", NULL, L"\\");
    wide_path(name, L"\\??\\unix", below_top("work/deep"), L"\\x");
    expect(wine_find_file, name, "V:", NULL, L"\\x");
    wide_path(name, L"\\??\\unix", below_top("work/deeper"), L"");
    expect(wine_find_file, name, "W:", NULL, L"\\deeper");
    wide_path(name, L"\\??\\unix", below_top("one/drive_c"), L"\\\xE9\xD83D\xDE00");
    expect(wine_find_file, name, "C:", NULL, L"\\\xE9\xD83D\xDE00");
    expect(wine_find_file, L"\\??\\unix\\etc\\hosts", "Z:", NULL, L"\\etc\\hosts");
    expect(wine_find_file, L"\\??\\unix", "Z:", NULL, L"\\");
    expect(wine_find_file, L"\\??\\unix\\", "Z:", NULL, L"\\");
    expect_nothing(wine_find_file, L"\\??\\unix/etc");
}

static void unix_names_without_drive(void **state)
{
    struct wine_prefix *own = prefix;

    (void)state;
    assert_int_equal(unlink(below_top("two/dosdevices/z:")), 0);
    prefix = wine_prefix_find(&prefixes, getpid(), below_top("two"));
    assert_non_null(prefix);
    usleep(SETTLE_US);
    expect_path(wine_find_file, L"\\??\\unix\\etc\\hosts", "/etc/hosts");
    expect_path(wine_find_file, L"\\??\\unix", "/");
    expect_path(wine_find_file, L"\\??\\unix\\\xE9\xDCFF", "/\xC3\xA9\xFF");
    expect_path(wine_find_dos_path, L"\\\\?\\unix\\etc\\hosts", "/etc/hosts");
    expect_nothing(wine_find_file, L"\\??\\Z:\\etc");
    make_link("/", "two/dosdevices/z:");
    prefix = own;
}

/* ---- Drives that change --------------------------------------------------------------------- */

static void drives_change(void **state)
{
    unsigned first, second;

    (void)state;
    make_link(below_top("work"), "one/dosdevices/m:");
    first = id_of(L"\\??\\M:\\x");
    expect(wine_find_file, L"\\??\\m:\\x", "M:", below_top("work"), L"\\x");
    make_link(below_top("other"), "one/dosdevices/m:");
    usleep(SETTLE_US);
    expect(wine_find_file, L"\\??\\M:\\x", "M:", below_top("other"), L"\\x");
    second = id_of(L"\\??\\M:\\x");
    assert_int_not_equal(second, first);

    assert_int_equal(unlink(below_top("one/dosdevices/m:")), 0);
    usleep(SETTLE_US);
    expect_nothing(wine_find_file, L"\\??\\M:\\x");

    make_link(below_top("work"), "one/dosdevices/m:");
    usleep(SETTLE_US);
    assert_int_equal(id_of(L"\\??\\M:\\x"), first);
    make_link(below_top("other"), "one/dosdevices/m:");
    usleep(SETTLE_US);
    assert_int_equal(id_of(L"\\??\\M:\\x"), second);
    assert_int_equal(unlink(below_top("one/dosdevices/m:")), 0);
    usleep(SETTLE_US);
}

/* Each prefix has volumes of its own, even where its drives are the same directories. */
static void prefixes_do_not_share_volumes(void **state)
{
    struct wine_prefix *own = prefix;
    unsigned z = id_of(L"\\??\\Z:\\x"), unc = id_of(L"\\??\\UNC\\s\\t");

    (void)state;
    prefix = wine_prefix_find(&prefixes, getpid(), below_top("two"));
    usleep(SETTLE_US);
    assert_int_not_equal(id_of(L"\\??\\Z:\\x"), z);
    assert_int_not_equal(id_of(L"\\??\\UNC\\s\\t"), unc);
    prefix = own;
}

/* ---- Paths ---------------------------------------------------------------------------------- */

static void dos_paths(void **state)
{
    const char *c = below_top("one/drive_c");
    wchar_t name[WORD];

    (void)state;
    expect(wine_find_dos_path, L"C:\\windows\\x.exe", "C:", c, L"\\windows\\x.exe");
    expect(wine_find_dos_path, L"c:\\x", "C:", c, L"\\x");
    expect(wine_find_dos_path, L"C:", "C:", c, L"");
    expect(wine_find_dos_path, L"\\\\?\\C:\\x", "C:", c, L"\\x");
    expect(wine_find_dos_path, L"\\\\.\\C:\\x", "C:", c, L"\\x");
    expect(wine_find_dos_path, L"\\??\\C:\\x", "C:", c, L"\\x");
    expect(wine_find_dos_path, L"\\\\server\\share\\x", "\\", NULL, L"\\server\\share\\x");
    expect(wine_find_dos_path, L"\\\\?\\UNC\\server\\share\\x", "\\", NULL, L"\\server\\share\\x");
    expect(wine_find_dos_path, L"\\\\?\\unix\\etc\\hosts", "Z:", "/", L"\\etc\\hosts");
    wide_path(name, L"\\\\?\\unix", below_top("work"), L"\\x.exe");
    expect(wine_find_dos_path, name, "W:", NULL, L"\\x.exe");
    expect_nothing(wine_find_dos_path, L"");
    expect_nothing(wine_find_dos_path, L"\\");
    expect_nothing(wine_find_dos_path, L"\\x");
    expect_nothing(wine_find_dos_path, L"x.exe");
    expect_nothing(wine_find_dos_path, L"C:x.exe");
    expect_nothing(wine_find_dos_path, L"Q:\\x.exe");
    expect_nothing(wine_find_dos_path, L"\\\\?\\");
}

static void check_linux_path(const char *path, const char *volume, const wchar_t *name)
{
    struct activity_file file;
    void *buffer;

    assert_true(wine_find_path(prefix, path, &buffer, &file));
    assert_string_equal(file.volume->name, volume);
    check_name(&file, name);
    free(buffer);
}

static void linux_paths(void **state)
{
    (void)state;
    check_linux_path("/", "Z:", L"\\");
    check_linux_path("/etc/hosts", "Z:", L"\\etc\\hosts");
    check_linux_path("/\xC3\xA9\xFF", "Z:", L"\\\xE9\xDCFF");
    check_linux_path(below_top("work"), "W:", L"\\");
    check_linux_path(below_top("work/deep/a b"), "V:", L"\\a b");
    check_linux_path(below_top("one/drive_c/x"), "C:", L"\\x");
}

static void random_names(void **state)
{
    static const wchar_t letters[] = L"\\\\\\???CcZ:/UNCunix.\xD83D\xDE00\xDC80\xF05C";

    (void)state;
    srandom(1);
    for (unsigned i = 0; i < 20000; i++) {
        wchar_t name[48];
        size_t n = 0, length = random() % 24;
        const wchar_t *begin = i % 3 == 0 ? L"" : i % 3 == 1 ? L"\\??\\" : L"\\??\\unix";
        struct activity_file file;
        uint16_t *copy;
        void *buffer;

        while (*begin != 0)
            name[n++] = *begin++;
        for (size_t k = 0; k < length; k++)
            name[n++] = letters[random() % (sizeof(letters) / sizeof(letters[0]) - 1)];
        name[n] = 0;
        if (find(i % 2 ? wine_find_file : wine_find_dos_path, name, &buffer, &copy, &file))
            assert_true(file.volume != NULL ? file.path == NULL : file.path != NULL);
        free(buffer);
        free(copy);
    }
}

/* Not more than that many prefixes, drives of one, and descriptors for them. */
static void limits(void **state)
{
    struct wine_prefix *list = NULL, *first = NULL, *p;
    struct activity_file file;
    unsigned kept = 0, volumes = 0;
    char name[64], drive[96];
    void *buffer;

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        snprintf(name, sizeof(name), "many%u", i);
        make_prefix(name);
        p = wine_prefix_find(&list, getpid(), below_top(name));
        kept += p != NULL;
        if (i == 0)
            first = p;
    }
    assert_in_range(kept, 1, 299);
    assert_non_null(first);
    assert_ptr_equal(wine_prefix_find(&list, getpid(), below_top("many0")), first);
    for (unsigned i = 0; i < 20 && !wine_prefix_is_full(first); i++) {
        for (char c = 'd'; c < 'y'; c++) {
            uint16_t object[] = {'\\', '?', '?', '\\', c, ':', '\\', 'x'};

            snprintf(drive, sizeof(drive), "many0/dosdevices/%c:", c);
            snprintf(name, sizeof(name), "../../many%u", i + 1);
            make_link(name, drive);
            volumes += wine_find_file(first, object, 8, &buffer, &file);
        }
        usleep(SETTLE_US);
    }
    assert_true(wine_prefix_is_full(first));
    assert_in_range(volumes, 100, 300);

    assert_true(wine_prefixes_are_full(list));
    wine_prefixes_unmark(list);
    wine_prefix_mark(first);
    p = wine_prefix_find(&list, getpid(), below_top("many1"));
    assert_true(
        wine_find_file(p, (const uint16_t[]){'\\', '?', '?', '\\', 'C', ':'}, 6, &buffer, &file));
    wine_volume_mark(file.volume);
    wine_prefixes_sweep(&list);
    assert_false(wine_prefixes_are_full(list));
    assert_ptr_equal(wine_prefix_find(&list, getpid(), below_top("many0")), first);
    assert_ptr_equal(wine_prefix_find(&list, getpid(), below_top("many1")), p);
    assert_non_null(wine_prefix_find(&list, getpid(), below_top("many299")));
    wine_prefixes_free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_prefix_is_one),
        cmocka_unit_test(prefix_of_ended_process),
        cmocka_unit_test(root_directories_differ),
        cmocka_unit_test(drives_are_found),
        cmocka_unit_test(any_units_survive),
        cmocka_unit_test(no_volume),
        cmocka_unit_test(unc_names),
        cmocka_unit_test(unix_names),
        cmocka_unit_test(unix_names_without_drive),
        cmocka_unit_test(drives_change),
        cmocka_unit_test(prefixes_do_not_share_volumes),
        cmocka_unit_test(dos_paths),
        cmocka_unit_test(linux_paths),
        cmocka_unit_test(random_names),
        cmocka_unit_test(limits),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
