/* Sources: names and results of opens. */
#include "scenario.h"

#include <linux/openat2.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int make_file(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);

    if (fd >= 0)
        close(fd);
    return fd;
}

/* What a scenario prepares is seen as well; so tests prepare. */
static void prepare(const char *name)
{
    char path[5000];

    snprintf(path, sizeof(path), "%s/%s", scenario_directory, name);
    if (name[strlen(name) - 1] == '/')
        assert_int_equal(mkdir(path, 0755), 0);
    else
        assert_true(make_file(path) >= 0);
}

static void prepare_link(const char *target, const char *name)
{
    char path[5000];

    snprintf(path, sizeof(path), "%s/%s", scenario_directory, name);
    assert_int_equal(symlink(target, path), 0);
}

/* ---- Relative to what ---------------------------------------------------------------------- */

static int do_relative(void)
{
    char below[5000];
    int d;

    MUST(open("file", O_RDONLY) >= 0);
    MUST(open("nothing", O_RDONLY) < 0);
    MUST((d = open("directory", O_RDONLY | O_DIRECTORY)) >= 0);
    MUST(openat(d, "inner", O_RDONLY) >= 0);
    MUST(openat(d, "../file", O_RDONLY) >= 0);
    MUST(openat(d, "nothing", O_RDONLY) < 0);
    snprintf(below, sizeof(below), "%s/file", scenario_directory);
    MUST(openat(d, below, O_RDONLY) >= 0);
    MUST(chdir("directory") == 0);
    MUST(open("inner", O_RDONLY) >= 0);
    MUST(open("./../nothing", O_RDONLY) < 0);
    MUST(chdir("/") == 0);
    MUST(open("nothing", O_RDONLY) < 0);
    MUST(openat(d, "", O_RDONLY) < 0);
    MUST(openat(-7, "x", O_RDONLY) < 0);
    return 0;
}

static void test_relative(void **state)
{
    (void)state;
    prepare("file");
    prepare("directory/");
    prepare("directory/inner");
    expect_scenario("relative", "open $D/file file\n"
                                "open $D/nothing ENOENT\n"
                                "open $D/directory directory\n"
                                "open $D/directory/inner file\n"
                                "open $D/file file\n"
                                "open $D/directory/nothing ENOENT\n"
                                "open $D/file file\n"
                                "open $D/directory/inner file\n"
                                "open $D/directory/./../nothing ENOENT\n"
                                "open /nothing ENOENT\n"
                                "open $D/directory/ ENOENT\n"
                                /* a descriptor that is none has no path to be relative to */
                                "open /proc/$P/fd/-7/x EBADF\n"
                                "exit 0\n");
}

static int do_deleted_directory(void)
{
    MUST(chdir("directory") == 0);
    MUST(rmdir("../directory") == 0);
    MUST(open("x", O_RDONLY) < 0);
    MUST(open(".", O_RDONLY) >= 0);
    MUST(chdir("../odd (deleted)") == 0);
    MUST(open("x", O_RDONLY) < 0);
    return 0;
}

static void test_deleted_directory(void **state)
{
    (void)state;
    prepare("directory/");
    prepare("odd (deleted)/");
    /* A directory that is gone has no path: the one that it had may be another's. */
    expect_scenario("deleted_directory", tested_source == &source_bpf
                                             ? "open /proc/$P/cwd/x ENOENT\n"
                                               "open /proc/$P/cwd/. directory\n"
                                               "open $D/odd (deleted)/x ENOENT\n"
                                               "exit 0\n"
                                             : "open $D/directory/x ENOENT\n"
                                               "open $D/directory directory\n"
                                               "open $D/odd (deleted)/x ENOENT\n"
                                               "exit 0\n");
}

/* The deepest directories have paths longer than any call can return. */
static int do_deep_directory(void)
{
    char name[201];

    memset(name, 'd', 200);
    name[200] = '\0';
    for (int i = 0; i < 25; i++)
        MUST(mkdir(name, 0755) == 0 && chdir(name) == 0);
    MUST(open("x", O_RDONLY) < 0);
    MUST(open("y", O_WRONLY | O_CREAT, 0600) >= 0);
    return 0;
}

static void test_deep_directory(void **state)
{
    (void)state;
    expect_scenario("deep_directory", "open /proc/$P/cwd/x ENOENT\n"
                                      "open /proc/$P/cwd/y file created\n"
                                      "exit 0\n");
}

static int do_another_root(void)
{
    if (geteuid() != 0 && unshare(CLONE_NEWUSER) < 0)
        return 77;
    MUST(chroot("root") == 0);
    MUST(chdir("/sub") == 0);
    MUST(open("/file", O_RDONLY) >= 0);
    MUST(open("/nothing", O_RDONLY) < 0);
    MUST(open("nothing", O_RDONLY) < 0);
    MUST(open("/no/thing", O_RDONLY) < 0);
    /* This link leads to /file, which is there in this root only. */
    MUST(open("/link", O_WRONLY | O_CREAT, 0600) >= 0);
    MUST(open("link", O_WRONLY | O_CREAT, 0600) >= 0);
    MUST(open("../new", O_WRONLY | O_CREAT, 0600) >= 0);
    return 0;
}

static void test_another_root(void **state)
{
    struct trace t;

    (void)state;
    prepare("root/");
    prepare("root/sub/");
    prepare("root/file");
    prepare_link("/file", "root/link");
    prepare_link("/file", "root/sub/link");
    trace_program(&t, scenario_arguments("another_root"));
    if (WEXITSTATUS(t.status) == 77) {
        trace_free(&t);
        skip();
    }
    expect_text(&t, 0,
                "open $D/root/file file\n"
                "open $D/root/nothing ENOENT\n"
                "open $D/root/sub/nothing ENOENT\n"
                "open $D/root/no/thing ENOENT parent-missing\n"
                "open $D/root/file file\n"
                "open $D/root/file file\n"
                "open $D/root/new file created\n"
                "exit 0\n");
    trace_free(&t);
}

/* ---- Making files -------------------------------------------------------------------------- */

static int do_create(void)
{
    MUST(open("new", O_RDWR | O_CREAT, 0600) >= 0);
    MUST(open("new", O_RDWR | O_CREAT, 0600) >= 0);
    MUST(open("new", O_RDWR | O_CREAT | O_EXCL, 0600) < 0);
    MUST(open("exclusive", O_RDWR | O_CREAT | O_EXCL, 0600) >= 0);
    MUST(creat("creat", 0600) >= 0);
    MUST(creat("creat", 0600) >= 0);
    MUST(open("dangling", O_WRONLY | O_CREAT, 0600) >= 0);
    MUST(open("dangling", O_WRONLY | O_CREAT, 0600) >= 0);
    MUST(open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600) >= 0);
    MUST(open("path", O_PATH | O_CREAT, 0600) < 0);
    MUST(open("no/new", O_WRONLY | O_CREAT, 0600) < 0);
    MUST(open("new/new", O_WRONLY | O_CREAT, 0600) < 0);
    MUST(open(".", O_WRONLY | O_CREAT, 0600) < 0);
    MUST(open("not", O_RDONLY) < 0);
    return 0;
}

static void test_create(void **state)
{
    struct trace t;

    (void)state;
    prepare_link("target", "dangling");
    trace_scenario(&t, "create");
    expect_text(&t, 0,
                "open $D/new file created\n"
                "open $D/new file\n"
                "open $D/new EEXIST\n"
                "open $D/exclusive file created\n"
                "open $D/creat file created\n"
                "open $D/creat file\n"
                "open $D/target file created\n"
                "open $D/target file\n"
                "open /dev/null device\n"
                "open $D/path ENOENT\n"
                "open $D/no/new ENOENT parent-missing\n"
                "open $D/new/new ENOTDIR parent-missing\n"
                "open $D/. EISDIR\n"
                "open $D/not ENOENT\n"
                "exit 0\n");
    assert_int_equal(t.events[t.marked].a.mode, 0600);
    assert_int_equal(t.events[t.marked].a.flags & ~O_CLOEXEC, O_RDWR | O_CREAT);
    assert_int_equal(t.events[t.marked + 4].a.flags, O_WRONLY | O_CREAT | O_TRUNC);
    assert_int_equal(t.events[t.count - 2].a.mode, 0);
    assert_true(t.events[t.marked].a.end_ns > t.events[t.marked].a.start_ns);
    assert_true(t.events[t.marked + 1].a.start_ns > t.events[t.marked].a.end_ns);
    assert_string_equal(t.stats, "");
    trace_free(&t);
}

static int do_temporary(void)
{
    return open(".", O_RDWR | O_TMPFILE, 0600) >= 0 ? 0 : 77;
}

static void test_temporary(void **state)
{
    struct trace t;
    const struct event *e;

    (void)state;
    trace_program(&t, scenario_arguments("temporary"));
    if (WEXITSTATUS(t.status) == 77) {
        trace_free(&t);
        skip();
    }
    /* The kernel calls it #NUMBER. */
    e = &t.events[t.marked];
    assert_int_equal(e->a.error, 0);
    assert_true(e->a.created);
    assert_int_equal(e->a.mode, 0600);
    assert_int_equal(strncmp(e->path, scenario_directory, strlen(scenario_directory)), 0);
    assert_int_equal(strncmp(e->path + strlen(scenario_directory), "/#", 2), 0);
    assert_null(strstr(e->path, "deleted"));
    trace_free(&t);
}

/* ---- Links --------------------------------------------------------------------------------- */

static int do_links(void)
{
    MUST(open("link", O_RDONLY) >= 0);
    MUST(open("link/inner", O_RDONLY) >= 0);
    MUST(open("link/../directory/./inner", O_RDONLY) >= 0);
    MUST(open("link", O_RDONLY | O_NOFOLLOW) < 0);
    MUST(open("link", O_PATH | O_NOFOLLOW) >= 0);
    MUST(open("loop", O_RDONLY) < 0);
    MUST(open("dangling", O_RDONLY) < 0);
    MUST(open("directory/inner", O_RDONLY | O_DIRECTORY) < 0);
    MUST(open("directory/inner/", O_RDONLY) < 0);
    MUST(open("directory/inner/x/y", O_RDONLY) < 0);
    MUST(open("no/such/thing", O_RDONLY) < 0);
    MUST(open("no//", O_RDONLY) < 0);
    return 0;
}

static void test_links(void **state)
{
    (void)state;
    prepare("directory/");
    prepare("directory/inner");
    prepare_link("directory", "link");
    prepare_link("loop", "loop");
    prepare_link("nothing", "dangling");
    expect_scenario("links", "open $D/directory directory\n"
                             "open $D/directory/inner file\n"
                             "open $D/directory/inner file\n"
                             "open $D/link ELOOP\n"
                             "open $D/link link\n"
                             "open $D/loop ELOOP\n"
                             "open $D/dangling ENOENT\n"
                             "open $D/directory/inner ENOTDIR\n"
                             "open $D/directory/inner/ ENOTDIR\n"
                             "open $D/directory/inner/x/y ENOTDIR parent-missing\n"
                             "open $D/no/such/thing ENOENT parent-missing\n"
                             "open $D/no// ENOENT\n"
                             "exit 0\n");
}

/* What a descriptor leads to need not have a name any more, or ever. */
static int do_nameless(void)
{
    char name[64];
    int fds[2], fd;

    MUST((fd = open("file", O_RDONLY)) >= 0);
    MUST(unlink("file") == 0);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    MUST(open(name, O_RDONLY) >= 0);
    MUST(open("odd (deleted)", O_RDONLY) >= 0);
    MUST((fd = memfd_create("memory", 0)) >= 0 && dup2(fd, 100) == 100);
    MUST(open("/proc/self/fd/100", O_RDWR) >= 0);
    MUST(pipe(fds) == 0 && dup2(fds[1], 101) == 101);
    MUST(open("/dev/fd/101", O_WRONLY | O_CREAT, 0600) >= 0);
    /* A file that is there for the program and not for its tracer. */
    MUST((fd = open("odd (deleted)", O_RDWR)) >= 0 && dup2(fd, 102) == 102);
    MUST(open("/dev/fd/102", O_WRONLY | O_CREAT, 0600) >= 0);
    MUST((fd = open("/dev/null", O_RDWR)) >= 0 && dup2(fd, 1) == 1);
    MUST(open("/dev/stdout", O_WRONLY | O_CREAT | O_TRUNC, 0600) >= 0);
    MUST(open("/proc/self/fd/999", O_RDONLY) < 0);
    MUST(open("/proc/self/comm", O_RDONLY) >= 0);
    return 0;
}

#define NAMELESS                                                                                   \
    "open $D/odd (deleted) file\n"                                                                 \
    "open /proc/self/fd/100 file\n"                                                                \
    "open /dev/fd/101 fifo\n"                                                                      \
    "open $D/odd (deleted) file\n"                                                                 \
    "open $D/odd (deleted) file\n"                                                                 \
    "open /dev/null device\n"                                                                      \
    "open /dev/null device\n"                                                                      \
    "open /proc/self/fd/999 ENOENT\n"                                                              \
    "open /proc/$P/comm file\n"                                                                    \
    "exit 0\n"

/* A file that has been unlinked has no path: the one that it had may be another's. */
static void test_nameless(void **state)
{
    (void)state;
    prepare("file");
    prepare("odd (deleted)");
    expect_scenario("nameless", tested_source == &source_bpf
                                    ? "open $D/file file\n"
                                      "open /proc/self/fd/3 file\n" NAMELESS
                                    : "open $D/file file\n"
                                      "open $D/file file\n" NAMELESS);
}

/* ---- Permissions --------------------------------------------------------------------------- */

static int do_forbidden(void)
{
    if (geteuid() == 0)
        MUST(setresgid(65534, 65534, 65534) == 0 && setresuid(65534, 65534, 65534) == 0);
    else
        MUST(chmod("closed", 0) == 0 && chmod("secret", 0) == 0);
    MUST(open("secret", O_RDONLY) < 0);
    MUST(open("closed/x", O_RDONLY) < 0);
    MUST(open("secret", O_WRONLY | O_CREAT, 0600) < 0);
    return 0;
}

static void test_forbidden(void **state)
{
    char path[5000];

    (void)state;
    prepare("secret");
    prepare("closed/");
    if (geteuid() == 0) {
        snprintf(path, sizeof(path), "%s/secret", scenario_directory);
        assert_int_equal(chmod(path, 0), 0);
        snprintf(path, sizeof(path), "%s/closed", scenario_directory);
        assert_int_equal(chmod(path, 0), 0);
    }
    expect_scenario("forbidden", "open $D/secret EACCES\n"
                                 "open $D/closed/x EACCES\n"
                                 "open $D/secret EACCES\n"
                                 "exit 0\n");
    snprintf(path, sizeof(path), "%s/closed", scenario_directory);
    assert_int_equal(chmod(path, 0700), 0);
}

/* ---- The bytes of names -------------------------------------------------------------------- */

static void long_name(char *name, size_t length, const char *end)
{
    size_t n = length - strlen(end);

    for (size_t i = 0; i < n; i++)
        name[i] = "./"[i % 2];
    strcpy(name + n, end);
}

static int do_long_names(void)
{
    static char name[6000];

    long_name(name, 4094, "file");
    MUST(open(name, O_RDONLY) >= 0);
    long_name(name, 4094, "none");
    MUST(open(name, O_RDONLY) < 0 && errno == ENOENT);
    long_name(name, 4096, "file");
    MUST(open(name, O_RDONLY) < 0 && errno == ENAMETOOLONG);
    long_name(name, 5996, "file");
    MUST(open(name, O_RDONLY) < 0 && errno == ENAMETOOLONG);
    return 0;
}

static void test_long_names(void **state)
{
    char expected[5000], path[10000];
    struct trace t;

    (void)state;
    prepare("file");
    trace_scenario(&t, "long_names");
    assert_int_equal(t.count - t.marked, 5);
    snprintf(path, sizeof(path), "%s/file", scenario_directory);
    assert_string_equal(t.events[t.marked].path, path);
    long_name(expected, 4094, "none");
    snprintf(path, sizeof(path), "%s/%s", scenario_directory, expected);
    assert_string_equal(t.events[t.marked + 1].path, path);
    assert_false(t.events[t.marked + 1].a.path_truncated);
    /* Of longer ones, what the kernel would have looked at. */
    long_name(expected, 4096, "file");
    expected[4095] = '\0';
    snprintf(path, sizeof(path), "%s/%s", scenario_directory, expected);
    assert_string_equal(t.events[t.marked + 2].path, path);
    assert_int_equal(t.events[t.marked + 2].a.error, ENAMETOOLONG);
    assert_true(t.events[t.marked + 2].a.path_truncated);
    assert_true(t.events[t.marked + 3].a.path_truncated);
    trace_free(&t);
}

static int do_odd_names(void)
{
    const size_t page = 4096;
    char *end = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    MUST(end != MAP_FAILED && munmap(end + 2 * page, page) == 0);
    end += 2 * page;
    strcpy(end - 5, "last");
    MUST(open(end - 5, O_RDONLY) < 0 && errno == ENOENT);
    memcpy(end - 4, "last", 4); /* no end, and nothing after it */
    MUST(open(end - 4, O_RDONLY) < 0 && errno == EFAULT);
    strcpy(end - page - 3, "across");
    MUST(open(end - page - 3, O_RDONLY) < 0 && errno == ENOENT);
    MUST(syscall(SYS_open, NULL, O_RDONLY) < 0 && errno == EFAULT);
    MUST(open((char *)8, O_RDONLY | O_CREAT, 0600) < 0 && errno == EFAULT);
    MUST(open("a\xff\xfe\x80 b\n\"\\\x01", O_WRONLY | O_CREAT, 0600) >= 0);
    MUST(open("a\xff\xfe\x80 none", O_RDONLY) < 0);
    return 0;
}

static void test_odd_names(void **state)
{
    struct trace t;

    (void)state;
    trace_scenario(&t, "odd_names");
    expect_text(&t, 0,
                "open $D/last ENOENT\n"
                "open (unread) EFAULT\n"
                "open $D/across ENOENT\n"
                "open (unread) EFAULT\n"
                "open (unread) EFAULT\n"
                "open $D/a\xff\xfe\x80 b\n\"\\\x01 file created\n"
                "open $D/a\xff\xfe\x80 none ENOENT\n"
                "exit 0\n");
    assert_int_equal(strncmp(t.stats, "3 opens and execs whose names were not read", 43), 0);
    trace_free(&t);
}

/* A process can close its memory to an ordinary tracer. What it does then is lost, and said so. */
static int do_hidden(void)
{
    MUST(prctl(PR_SET_DUMPABLE, 0) == 0);
    MUST(open("file", O_RDONLY) >= 0);
    MUST(open("none", O_RDONLY) < 0);
    MUST(prctl(PR_SET_DUMPABLE, 1) == 0);
    MUST(open("file", O_RDONLY) >= 0);
    return 0;
}

static void test_hidden(void **state)
{
    struct trace t;

    (void)state;
    prepare("file");
    trace_scenario(&t, "hidden");
    if (geteuid() == 0) {
        expect_text(&t, 0, "open $D/file file\nopen $D/none ENOENT\nopen $D/file file\nexit 0\n");
        assert_string_equal(t.stats, "");
    } else {
        expect_text(&t, 0, "lost 1\nlost 1\nopen $D/file file\nexit 0\n");
        assert_int_equal(strncmp(t.stats, "2 opens and execs lost", 22), 0);
    }
    trace_free(&t);
}

/* ---- openat2 and other numbers ------------------------------------------------------------- */

static int open2(int directory, const char *name, uint64_t flags, uint64_t mode, uint64_t resolve)
{
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};

    return syscall(SYS_openat2, directory, name, &how, sizeof(how));
}

static int do_openat2(void)
{
    int d;

    MUST(open2(AT_FDCWD, "file", O_RDONLY, 0, 0) >= 0);
    MUST(open2(AT_FDCWD, "link", O_RDONLY, 0, RESOLVE_NO_SYMLINKS) < 0);
    MUST((d = open2(AT_FDCWD, "directory", O_PATH, 0, 0)) >= 0);
    MUST(open2(d, "/inner", O_RDONLY, 0, RESOLVE_IN_ROOT) >= 0);
    MUST(open2(d, "/none", O_RDONLY, 0, RESOLVE_IN_ROOT) < 0);
    MUST(open2(d, "/no/ne", O_RDONLY, 0, RESOLVE_IN_ROOT) < 0);
    MUST(open2(d, "../file", O_RDONLY, 0, RESOLVE_BENEATH) < 0);
    MUST(open2(d, "/inner", O_WRONLY | O_CREAT, 0600, RESOLVE_IN_ROOT) >= 0);
    MUST(open2(d, "/new", O_WRONLY | O_CREAT, 0600, RESOLVE_IN_ROOT) >= 0);
    MUST(syscall(SYS_openat2, d, "inner", NULL, 24) < 0);
    MUST(syscall(SYS_open, "file", O_RDONLY) >= 0);
    MUST(syscall(SYS_creat, "file", 0600) >= 0);
    return 0;
}

static void test_openat2(void **state)
{
    struct trace t;

    (void)state;
    prepare("file");
    prepare("directory/");
    prepare("directory/inner");
    prepare_link("file", "link");
    trace_scenario(&t, "openat2");
    expect_text(&t, 0,
                "open $D/file file\n"
                "open $D/link ELOOP\n"
                "open $D/directory directory\n"
                "open $D/directory/inner file\n"
                "open $D/directory/none ENOENT\n"
                "open $D/directory/no/ne ENOENT parent-missing\n"
                "open $D/directory/../file EXDEV\n"
                "open $D/directory/inner file\n"
                "open $D/directory/new file created\n"
                "open $D/directory/inner EFAULT\n"
                "open $D/file file\n"
                "open $D/file file\n"
                "exit 0\n");
    assert_int_equal(t.events[t.marked + 1].a.resolve, RESOLVE_NO_SYMLINKS);
    assert_int_equal(t.events[t.marked + 8].a.mode, 0600);
    trace_free(&t);
}

/* A 32-bit call, whose numbers are others (open is 5, openat 295). */
static long call_32(long nr, long a, long b, long c)
{
    long result;

    __asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
    return (int)result;
}

static void no_32_bit_calls(int signo)
{
    (void)signo;
    _exit(77);
}

static int do_32_bit(void)
{
    char *low =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

    MUST(low != MAP_FAILED);
    signal(SIGSEGV, no_32_bit_calls);
    strcpy(low, "file");
    MUST(call_32(5, (long)low, O_RDONLY, 0) >= 0);
    MUST(call_32(295, AT_FDCWD, (long)low, O_RDONLY) >= 0);
    strcpy(low, "none");
    MUST(call_32(5, (long)low, O_RDONLY, 0) == -ENOENT);
    return 0;
}

static void test_32_bit(void **state)
{
    struct trace t;

    (void)state;
    prepare("file");
    trace_program(&t, scenario_arguments("32_bit"));
    if (WEXITSTATUS(t.status) == 77) {
        trace_free(&t);
        skip(); /* this kernel runs no 32-bit programs */
    }
    expect_text(&t, 0,
                "open $D/file file\n"
                "open $D/file file\n"
                "open $D/none ENOENT\n"
                "exit 0\n");
    trace_free(&t);
}

const struct scenario scenarios[] = {
    {"relative", do_relative},
    {"deleted_directory", do_deleted_directory},
    {"deep_directory", do_deep_directory},
    {"another_root", do_another_root},
    {"create", do_create},
    {"temporary", do_temporary},
    {"links", do_links},
    {"nameless", do_nameless},
    {"forbidden", do_forbidden},
    {"long_names", do_long_names},
    {"odd_names", do_odd_names},
    {"hidden", do_hidden},
    {"openat2", do_openat2},
    {"32_bit", do_32_bit},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        scenario_test(test_relative),       scenario_test(test_deleted_directory),
        scenario_test(test_deep_directory), scenario_test(test_another_root),
        scenario_test(test_create),         scenario_test(test_temporary),
        scenario_test(test_links),          scenario_test(test_nameless),
        scenario_test(test_forbidden),      scenario_test(test_long_names),
        scenario_test(test_odd_names),      scenario_test(test_hidden),
        scenario_test(test_openat2),        scenario_test(test_32_bit),
    };

    scenario_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
