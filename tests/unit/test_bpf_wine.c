/* Which image a process has that Wine's loader runs: made-up drives, arguments and names. */
#include "source/bpf_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define LOADER    "/usr/lib/wine/wine64"
#define PRELOADER "/usr/lib/wine/wine64-preloader"

/* A directory with a prefix in it, and a process that knows of it. */
static char top[PATH_MAX];
static pid_t process;

static const char *below_top(const char *name)
{
    static char path[2 * PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", top, name);
    return path;
}

static void make_directory(const char *name)
{
    assert_int_equal(mkdir(below_top(name), 0755), 0);
}

static void make_file(const char *name)
{
    int fd = open(below_top(name), O_WRONLY | O_CREAT | O_EXCL, 0644);

    assert_true(fd >= 0);
    close(fd);
}

/* A process in top/work that has this variable. */
static pid_t start(const char *variable, const char *value)
{
    char setting[2 * PATH_MAX], byte;
    char *environment[] = {"A=1", setting, "LAST=1", NULL};
    int ends[2];
    pid_t pid;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    snprintf(setting, sizeof(setting), "%s=%s", variable, value);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (chdir(below_top("work")) == 0)
            execle("/bin/sleep", "sleep", "1000", (char *)NULL, environment);
        _exit(1);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0); /* its end is closed by its exec */
    close(ends[0]);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int set_up(void **state)
{
    char made[] = "/tmp/test_bpf_wine.XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(made));
    assert_non_null(realpath(made, top));
    make_directory("work");
    make_directory("work/sub");
    make_directory(".wine");
    make_directory(".wine/dosdevices");
    make_directory(".wine/drive_c");
    make_directory(".wine/drive_c/windows");
    make_directory(".wine/drive_c/windows/system32");
    make_directory(".wine/drive_c/Program Files");
    make_file(".wine/drive_c/windows/system32/notepad.exe");
    make_file(".wine/drive_c/windows/notepad.exe");
    make_file(".wine/drive_c/windows/regedit.exe");
    make_file(".wine/drive_c/Program Files/A Long Program Name.exe");
    make_file("work/MyPad.exe");
    make_file("work/\xC3\x9Cl.exe");
    make_file("work/sub/tool");
    make_file("work/sub/version-1.bin");
    assert_int_equal(symlink("../drive_c", below_top(".wine/dosdevices/c:")), 0);
    assert_int_equal(symlink("/", below_top(".wine/dosdevices/z:")), 0);
    assert_int_equal(symlink("sub/version-1.bin", below_top("work/linked.exe")), 0);
    assert_int_equal(symlink("loop.exe", below_top("work/loop.exe")), 0);
    assert_int_equal(mkfifo(below_top("work/fifo.exe"), 0644), 0);
    process = start("WINEPREFIX", below_top(".wine"));
    return 0;
}

static int tear_down(void **state)
{
    char *arguments[] = {"rm", "-rf", top, NULL};
    pid_t pid;

    (void)state;
    end(process);
    pid = fork();
    if (pid == 0) {
        execv("/bin/rm", arguments);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
    return 0;
}

/* Of the process: arguments are separated by '|'. `expected`: NULL, a path, or a name below top. */
static void check_of(pid_t pid, const char *exe, const char *comm, const char *line,
                     const char *expected)
{
    size_t size = strlen(line) + 1;
    char *arguments = strdup(line), *image;

    for (char *p = arguments; (p = strchr(p, '|')) != NULL;)
        *p++ = '\0';
    image = bpf_wine_image(pid, exe, comm, arguments, size);
    free(arguments);
    if (expected == NULL)
        assert_null(image);
    else if (image == NULL)
        fail_msg("'%s' has no image", line);
    else
        assert_string_equal(image, *expected == '/' ? expected : below_top(expected));
    free(image);
}

static void check(const char *line, const char *expected)
{
    check_of(process, LOADER, "some.exe", line, expected);
}

static void test_paths(void **state)
{
    (void)state;
    check("C:\\windows\\system32\\notepad.exe|a b|", ".wine/drive_c/windows/system32/notepad.exe");
    check("c:/WINDOWS\\\\System32/Notepad.EXE", ".wine/drive_c/windows/system32/notepad.exe");
    check("\\\\?\\C:\\windows\\notepad.exe", ".wine/drive_c/windows/notepad.exe");
    check("\\??\\C:\\windows\\notepad.exe", ".wine/drive_c/windows/notepad.exe");
    check("C:\\program files\\a long program name.exe",
          ".wine/drive_c/Program Files/A Long Program Name.exe");
    check("C:\\program files\\a long program name",
          ".wine/drive_c/Program Files/A Long Program Name.exe");
    check("sub\\..\\mypad.exe|x", "work/MyPad.exe");
    check("./sub/tool", "work/sub/tool");
    check("linked.exe", "work/linked.exe");
    check(".\\\xC3\xBCL.exe", "work/\xC3\x9Cl.exe");
    check(".\\\xE3\xBCl.exe", "/usr/lib/wine/\xE3\xBCl.exe");

    check(below_top("work/MyPad.exe"), "work/MyPad.exe");
    check(below_top("WORK/mypad.exe"), "work/MyPad.exe");
}

static void test_drive_of_everything(void **state)
{
    char name[3 * PATH_MAX];

    (void)state;
    snprintf(name, sizeof(name), "Z:%s\\mypad.exe", below_top("work"));
    for (char *p = name; *p != '\0'; p++) {
        if (*p == '/')
            *p = '\\';
    }
    check(name, "work/MyPad.exe");
}

/* By its name alone: in Windows' directories, then in the working directory. */
static void test_names(void **state)
{
    (void)state;
    check("notepad.exe", ".wine/drive_c/windows/system32/notepad.exe");
    check("NOTEPAD", ".wine/drive_c/windows/system32/notepad.exe");
    check("regedit", ".wine/drive_c/windows/regedit.exe");
    check("MyPad", "work/MyPad.exe");
    check("mypad.exe", "work/MyPad.exe");
}

static void test_not_found(void **state)
{
    pid_t none;

    (void)state;
    check("C:\\gone\\x y.exe", "/usr/lib/wine/x y.exe");
    check("Q:\\game.exe", "/usr/lib/wine/game.exe");
    check("gone", "/usr/lib/wine/gone.exe");
    check("\\\\server\\share\\game.exe", "/usr/lib/wine/game.exe");
    check("/gone/game.exe", "/usr/lib/wine/game.exe");
    check("loop.exe", "/usr/lib/wine/loop.exe");
    check("fifo.exe", "/usr/lib/wine/fifo.exe");
    check("C:\\windows", "/usr/lib/wine/windows.exe"); /* a directory */

    none = start("NOTHING", "");
    check_of(none, LOADER, "notepad.exe", "notepad.exe", "/usr/lib/wine/notepad.exe");
    check_of(none, LOADER, "notepad.exe", "C:\\windows\\notepad.exe", "/usr/lib/wine/notepad.exe");
    end(none);
    check_of(none, LOADER, "notepad.exe", "notepad.exe", "/usr/lib/wine/notepad.exe");
}

static void test_prefix(void **state)
{
    char longest[PATH_MAX + 16];
    pid_t pid;

    (void)state;
    pid = start("HOME", top);
    check_of(pid, LOADER, "notepad.exe", "C:\\windows\\notepad.exe",
             ".wine/drive_c/windows/notepad.exe");
    end(pid);
    pid = start("WINEPREFIX", "../.wine"); /* Wine refuses these */
    check_of(pid, LOADER, "notepad.exe", "C:\\windows\\notepad.exe", "/usr/lib/wine/notepad.exe");
    end(pid);
    for (size_t n = PATH_MAX - 12; n < PATH_MAX + 8; n++) {
        memset(longest, 'x', n);
        longest[0] = '/';
        longest[n] = '\0';
        pid = start("WINEPREFIX", longest);
        check_of(pid, LOADER, "a.exe", "C:\\a.exe", "/usr/lib/wine/a.exe");
        check_of(pid, LOADER, "a.exe", "a.exe", "/usr/lib/wine/a.exe");
        end(pid);
    }
}

/* Which of the arguments it is, and whether it is one at all. */
static void test_arguments(void **state)
{
    (void)state;
    check_of(process, "/usr/bin/cat", "cat", "cat|x.exe", NULL);
    check_of(process, "/usr/bin/cat", "x.exe", "x.exe", NULL);
    check_of(process, LOADER, "wine64", "wine64|x.exe", NULL);
    check_of(process, PRELOADER, "wine64-preloade", "wine64-preloader|wine64|x.exe", NULL);
    check_of(process, PRELOADER, "wine64", "wine64|x.exe", NULL);
    check_of(process, LOADER, "", "x.exe", NULL);
    check_of(process, "/usr/bin/winefish", "pool", "winefish|a.txt", NULL);

    check_of(process, PRELOADER, "x.exe", "x.exe||||", "/usr/lib/wine/x.exe");
    check_of(process, PRELOADER, "x.exe", "wine64|x.exe", "/usr/lib/wine/x.exe");
    check_of(process, PRELOADER, "x.exe", PRELOADER "|" LOADER "|C:\\x.exe|y.exe",
             "/usr/lib/wine/x.exe");
    check_of(process, LOADER, "A Long Program ", LOADER "|C:\\A Long Program Name.exe",
             "/usr/lib/wine/A Long Program Name.exe");
    check_of(process, LOADER, "winecfg", "winecfg", "/usr/lib/wine/winecfg.exe");
    check_of(process, "/opt/wine/bin/wine", "wine.exe", "wine.exe", "/opt/wine/bin/wine.exe");
    /* The program has given its thread a name of its own. */
    check_of(process, LOADER, "MainThread", "C:\\x.exe", "/usr/lib/wine/x.exe");
}

static void test_bad_arguments(void **state)
{
    static const char *const bad[] = {
        "", "|", "||||", "\\", "/", "C:", "C:\\", "C:\\windows\\", "..", "C:\\..", "\\\\?\\",
    };
    static const size_t sizes[] = {PROC_NAME_MAX - 8, PROC_NAME_MAX - 1, PROC_NAME_MAX, 30000};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        /* "C:" alone is a name like any other; what counts is that no path is made of the rest. */
        if (strcmp(bad[i], "C:") != 0)
            check(bad[i], NULL);
    }
    assert_null(bpf_wine_image(process, LOADER, "x.exe", "x.exe", 0));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *line = malloc(sizes[i]), *image; /* without a NUL */

        memset(line, 'x', sizes[i]);
        image = bpf_wine_image(process, LOADER, "xxxxxxxxxxxxxxx", line, sizes[i]);
        assert_true((image != NULL) == (sizes[i] < PROC_NAME_MAX));
        free(image);
        line[0] = 'C';
        line[1] = ':';
        for (size_t k = 2; k < sizes[i]; k += 2)
            line[k] = '\\';
        free(bpf_wine_image(process, LOADER, "xxxxxxxxxxxxxxx", line, sizes[i]));
        free(line);
    }
}

static void test_random_arguments(void **state)
{
    static const char letters[] = "Cc:\\//.wine64x \t?|\xff";

    (void)state;
    srandom(1);
    for (unsigned i = 0; i < 4000; i++) {
        size_t size = random() % 40;
        char *line = malloc(size + (size == 0)), comm[16], *image;

        for (size_t k = 0; k < size; k++)
            line[k] = letters[random() % sizeof(letters)];
        for (size_t k = 0; k < 15; k++)
            comm[k] = letters[random() % sizeof(letters)];
        comm[15] = '\0';
        image = bpf_wine_image(process, i % 2 ? LOADER : PRELOADER, comm, line, size);
        assert_true(image == NULL || image[0] == '/');
        free(image);
        free(line);
    }
}

static void test_look_up(void **state)
{
    struct proc_image *image = proc_image_read(process);

    (void)state;
    assert_non_null(image);
    bpf_wine_look_up(process, image); /* no loader: stays as it is */
    assert_string_equal(strrchr(image->path, '/'), "/sleep");
    free(image->path);
    image->path = strdup(LOADER); /* its name and arguments remain those of sleep */
    bpf_wine_look_up(process, image);
    assert_string_equal(image->path, "/usr/lib/wine/sleep.exe");
    proc_image_unref(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),         cmocka_unit_test(test_drive_of_everything),
        cmocka_unit_test(test_names),         cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_prefix),        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_bad_arguments), cmocka_unit_test(test_random_arguments),
        cmocka_unit_test(test_look_up),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
