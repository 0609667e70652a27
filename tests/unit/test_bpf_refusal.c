/*
 * Where the bpf source, or a part of it, cannot be had: the right reason is given, only the part is
 * missing, and ptrace takes its place where it can.
 *
 * Refusals are made here: libbpf reaches the kernel through syscall(), which is ours.
 */
#include <asm/prctl.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "box.h"
#include "source/bpf_private.h"

#define LOG(text) "func#0 @0\n0: R1=ctx()\n" text "\nprocessed 12 insns (limit 1000000)\n"

/* ---- The kernel's part --------------------------------------------------------------------- */

enum { NOTHING = -1, EVERYTHING = -2, ATTACHING = -3 };

static struct refusal {
    int command;      /* of bpf(), or one of these */
    const char *name; /* of the program or map; NULL: whichever */
    int error;
    const char *log; /* what the verifier says */
    unsigned count;  /* it was used */
} refusal = {.command = NOTHING};

static long ask_kernel(long nr, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    if (result >= 0 || result < -4095)
        return result;
    errno = -result;
    return -1;
}

/* The name of what the command is about, as the kernel has it. */
static void name_of(int command, const union bpf_attr *attr, char name[BPF_OBJ_NAME_LEN])
{
    struct bpf_prog_info program = {0};
    union bpf_attr info = {.info = {.info_len = sizeof(program), .info = (uintptr_t)&program}};

    name[0] = '\0';
    if (command == BPF_PROG_LOAD) {
        memcpy(name, attr->prog_name, BPF_OBJ_NAME_LEN);
    } else if (command == BPF_MAP_CREATE) {
        memcpy(name, attr->map_name, BPF_OBJ_NAME_LEN);
    } else if (command == BPF_RAW_TRACEPOINT_OPEN || command == BPF_LINK_CREATE) {
        info.info.bpf_fd =
            command == BPF_LINK_CREATE ? attr->link_create.prog_fd : attr->raw_tracepoint.prog_fd;
        if (ask_kernel(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, (long)&info, sizeof(info), 0, 0, 0) == 0)
            memcpy(name, program.name, BPF_OBJ_NAME_LEN);
    }
}

static bool is_refused(int command, union bpf_attr *attr)
{
    char name[BPF_OBJ_NAME_LEN];

    if (refusal.command == ATTACHING
            ? command != BPF_RAW_TRACEPOINT_OPEN && command != BPF_LINK_CREATE
            : refusal.command != EVERYTHING && refusal.command != command)
        return false;
    name_of(command, attr, name);
    if (refusal.name != NULL && strncmp(refusal.name, name, BPF_OBJ_NAME_LEN - 1) != 0)
        return false;
    refusal.count++;
    if (refusal.log != NULL && command == BPF_PROG_LOAD && attr->log_buf != 0)
        snprintf((char *)(uintptr_t)attr->log_buf, attr->log_size, "%s", refusal.log);
    errno = refusal.error;
    return true;
}

/* Takes more than its callers give, as the C library's own does: a sanitizer must not look. */
__attribute__((no_sanitize("address"))) long syscall(long nr, ...)
{
    va_list list;
    long a[6];

    va_start(list, nr);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    if (nr == SYS_bpf && is_refused(a[0], (union bpf_attr *)a[1]))
        return -1;
    return ask_kernel(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void refuse(int command, const char *name, int error, const char *log)
{
    refusal = (struct refusal){.command = command, .name = name, .error = error, .log = log};
}

static int refuse_nothing(void **state)
{
    (void)state;
    refuse(NOTHING, NULL, 0, NULL);
    bpf_without_casts = false;
    return 0;
}

/* ---- What comes of it ---------------------------------------------------------------------- */

static struct {
    unsigned opens, interrupted, requests;
    char request[64];
} seen;

static void count(void *context, const struct activity *a)
{
    (void)context;
    seen.opens += a->kind == ACTIVITY_OPEN && a->error != EINTR;
    seen.interrupted += a->kind == ACTIVITY_OPEN && a->error == EINTR;
    if (a->kind == ACTIVITY_REQUEST) {
        seen.requests++;
        for (size_t i = 0; i < a->request->file.units && i < sizeof(seen.request) - 1; i++)
            seen.request[i] = a->request->file.name[i];
    }
}

static char self[PATH_MAX];

#define FUNCTIONS                                                                                  \
    "which file an open leads to, and by which name, where other threads interfere (this kernel "  \
    "lets nobody put programs on functions)"

/* On a machine whose kernel refuses these by itself they are in no test's way: takes them out. */
static void leave_functions(char *why)
{
    char *at = strstr(why, FUNCTIONS), *end;

    if (at == NULL)
        return;
    end = at + strlen(FUNCTIONS);
    if (strncmp(end, "; ", 2) == 0)
        end += 2;
    else if (at - why >= 2)
        at -= 2;
    memmove(at, end, strlen(end) + 1);
}

/* Opens the source for this program run with `what` and lets it run. The reason is in `why` where
   it cannot be opened, what is left out where it can. */
static int trace_self(const char *what, char *why, size_t size)
{
    char *argv[] = {self, (char *)what, NULL};
    const struct source_target target = {.argv = argv};
    struct source *source;
    const char *left_out;
    int result;
    pid_t pid;

    memset(&seen, 0, sizeof(seen));
    why[0] = '\0';
    result = source_bpf.open(&source, &target, count, NULL, &pid, why, size);
    if (result < 0)
        return result;
    left_out = source_bpf.left_out(source);
    snprintf(why, size, "%s", left_out != NULL ? left_out : "");
    if (refusal.name == NULL || strcmp(refusal.name, "filetap") != 0)
        leave_functions(why);
    assert_int_equal(source_bpf.go(source), 0);
    while ((result = source_bpf.poll(source, -1)) >= 0)
        ;
    assert_int_equal(result, -ECHILD);
    source_bpf.close(source);
    return 0;
}

static void expect_words(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("'%s' does not say '%s'", text, words);
}

/* The source cannot be had, and says so. */
static void expect_refused(const char *words)
{
    char why[1024];

    assert_int_equal(trace_self("--open", why, sizeof(why)), -ENOTSUP);
    expect_words(why, "the bpf source");
    expect_words(why, words);
    if (strcmp(words, "Linux 5.17") != 0)
        assert_null(strstr(why, "5.17"));
}

/* What `auto` does of it: the exit status, and which source it takes. */
static int box(const char *source, const char *program, char *note, size_t size)
{
    char *argv[] = {(char *)program, "--open", NULL}, *error = NULL;
    const struct box_options options = {.quiet = true};
    const struct box_target target = {.source = source, .argv = argv};
    struct box *b = box_open(&options, &error);
    int result;
    pid_t pid;

    assert_non_null(b);
    result = box_start(b, &target, &pid, &error);
    snprintf(note, size, "%s", result == 0 ? box_source(b) : error);
    box_close(b);
    free(error);
    return result;
}

/* In a process of its own: a box can be had once, and some of what is done cannot be taken back.
   Its exit status is 0 where all was right. */
static void in_child(void (*test)(void))
{
    pid_t pid;
    int status;

    fflush(NULL);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        test();
        fflush(NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s (%s; %s)\n", __FILE__, __LINE__, #condition, note,          \
                    strerror(errno));                                                              \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

static char note[2048];

/* With `auto` ptrace takes its place, and the note has these words. */
static const char *expected_words;

static void check_fallback(void)
{
    CHECK(box("auto", self, note, sizeof(note)) == 0);
    CHECK(strncmp(note, "ptrace (the bpf source", 22) == 0);
    CHECK(strstr(note, expected_words) != NULL);
}

static void expect_fallback(const char *words)
{
    expect_refused(words);
    expected_words = words;
    in_child(check_fallback);
}

/* ---- The whole source ---------------------------------------------------------------------- */

static void test_verifier(void **state)
{
    static const int errors[] = {EACCES, E2BIG};

    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        refuse(BPF_PROG_LOAD, "call_ends", errors[i], LOG("R2 unbounded memory access"));
        expect_fallback("refuses the program call_ends: R2 unbounded memory access");
        assert_true(refusal.count > 0);
    }
}

static void test_security_module(void **state)
{
    (void)state;
    refuse(BPF_MAP_CREATE, "ring", EACCES, NULL);
    expect_fallback("security module");
}

static void test_not_permitted(void **state)
{
    (void)state;
    refuse(EVERYTHING, NULL, EPERM, NULL);
    expect_fallback("seccomp profile or a security module");
}

static void test_no_bpf(void **state)
{
    (void)state;
    refuse(EVERYTHING, NULL, ENOSYS, NULL);
    expect_fallback("this kernel has not");
}

static void test_memory(void **state)
{
    (void)state;
    refuse(BPF_MAP_CREATE, "ring", ENOMEM, NULL);
    expect_fallback("there is no memory for loading its programs; a --ring-size smaller than 32 "
                    "MiB takes less");
    assert_true(refusal.count > 0);
}

static void test_machine_limit(void **state)
{
    (void)state;
    refuse(BPF_MAP_CREATE, NULL, ENFILE, NULL);
    expect_fallback("fs.file-max");
}

static void test_attaching(void **state)
{
    (void)state;
    refuse(ATTACHING, "call_ends", EBUSY, NULL);
    expect_fallback("attaching to the tracepoints failed: Device or resource busy");
}

/* Real ones, not made up here. */

static void check_limit(void)
{
    struct rlimit limit = {12, 12};

    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(box("bpf", self, note, sizeof(note)) == BOX_EXIT_FAILED);
    CHECK(strstr(note, "more open files than the 12 that this process may have") != NULL);
}

static void test_limit(void **state)
{
    (void)state;
    in_child(check_limit);
}

static void check_lockdown(void)
{
    refuse(BPF_PROG_LOAD, "call_ends", EINVAL,
           LOG("program of this type cannot use helper bpf_probe_read_kernel#113"));
    CHECK(box("auto", self, note, sizeof(note)) == 0);
    CHECK(strstr(note, "lockdown, which is set to confidentiality") != NULL);
}

static void test_lockdown(void **state)
{
    (void)state;
    in_child(check_lockdown);
}

static void check_user_namespace(void)
{
    CHECK(unshare(CLONE_NEWUSER) == 0);
    CHECK(box("bpf", self, note, sizeof(note)) == BOX_EXIT_FAILED);
    CHECK(strstr(note, "root in a user namespace only") != NULL);
}

static void test_user_namespace(void **state)
{
    (void)state;
    in_child(check_user_namespace);
}

static void hide_types(const char *source)
{
    CHECK(unshare(CLONE_NEWNS) == 0);
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    CHECK(source != NULL ? mount(source, BPF_KERNEL_TYPES, NULL, MS_BIND, NULL) == 0
                         : mount("tmpfs", "/sys/kernel/btf", "tmpfs", 0, NULL) == 0);
}

static void check_no_types(void)
{
    hide_types(NULL);
    CHECK(box("auto", self, note, sizeof(note)) == 0);
    CHECK(strstr(note, "needs " BPF_KERNEL_TYPES " (No such file or directory)") != NULL);
    CHECK(strstr(note, "5.17") == NULL);
}

/* A kernel whose types lack the newest of what is needed. */
static void check_old_kernel(void)
{
    hide_types("/etc/passwd");
    CHECK(box("auto", self, note, sizeof(note)) == 0);
    CHECK(strstr(note, "ptrace (the bpf source needs Linux 5.17 or later; this is ") == note);
}

static void test_types(void **state)
{
    (void)state;
    in_child(check_no_types);
    in_child(check_old_kernel);
}

/* No other source would do better. */
static void check_no_program(void)
{
    CHECK(box("auto", "there-is-no-such-program", note, sizeof(note)) == BOX_EXIT_NOT_FOUND);
    CHECK(strstr(note, "ptrace") == NULL);
    CHECK(strstr(note, "cannot find 'there-is-no-such-program'") == note);
}

static void test_no_program(void **state)
{
    (void)state;
    in_child(check_no_program);
}

static void test_no_privileges(void **state)
{
    (void)state;
    expect_fallback("missing here: CAP_BPF, CAP_PERFMON");
}

/* ---- Parts --------------------------------------------------------------------------------- */

/* The program is refused, when it is loaded and when it is attached: only `part` is missing. */
static void expect_without(const char *part, const char *program)
{
    char why[2048];

    refuse(BPF_PROG_LOAD, program, EINVAL, LOG("invalid mem access 'scalar'"));
    assert_int_equal(trace_self("--open", why, sizeof(why)), 0);
    expect_words(why, part);
    expect_words(why, "invalid mem access 'scalar'");
    assert_null(strstr(why, ";"));
    assert_true(seen.opens > 0);

    refuse(ATTACHING, program, EPERM, NULL);
    assert_int_equal(trace_self("--open", why, sizeof(why)), 0);
    expect_words(why, part);
    expect_words(why, "attaching to its tracepoint is not permitted");
    assert_true(seen.opens > 0);
}

static void test_io_uring(void **state)
{
    (void)state;
    expect_without("opens through io_uring (", "request_complete");
}

static void test_names(void **state)
{
    (void)state;
    expect_without("the names that Wine gives its processes (", "task_renamed");
}

/* A call that a signal interrupts is then told as failed, whatever comes of it. */
static void test_signals(void **state)
{
    char why[1024];

    (void)state;
    assert_int_equal(trace_self("--interrupted", why, sizeof(why)), 0);
    assert_string_equal(why, "");
    assert_int_equal(seen.interrupted, 1);

    expect_without("whether a call that a signal interrupts is made again (", "signal_delivered");
    assert_int_equal(trace_self("--interrupted", why, sizeof(why)), 0);
    expect_words(why, "whether a call that a signal interrupts is made again (");
    assert_int_equal(seen.interrupted, 1);
}

/* The kernel is asked once whether any can be put on functions. */
static void test_functions(void **state)
{
    char why[2048];

    (void)state;
    refuse(BPF_PROG_LOAD, "filetap", EPERM, NULL);
    assert_int_equal(trace_self("--open", why, sizeof(why)), 0);
    assert_string_equal(why, FUNCTIONS);
    assert_true(seen.opens > 0);
}

static void test_several(void **state)
{
    char why[2048];

    (void)state;
    refuse(ATTACHING, "request_complete", EINVAL, NULL);
    assert_int_equal(trace_self("--open", why, sizeof(why)), 0);
    assert_true(refusal.count > 0);
    assert_true(seen.opens > 0);
    expect_words(why, "failed: Invalid argument");
}

static void test_all_is_there(void **state)
{
    char why[1024];

    (void)state;
    for (int casts = 0; casts < 2; casts++) {
        bpf_without_casts = casts == 0;
        assert_int_equal(trace_self("--open", why, sizeof(why)), 0);
        assert_string_equal(why, "");
        assert_true(seen.opens > 0);
    }
}

/* Windows programs: what looks like a Wine lies beside this program. */
static void test_wine(void **state)
{
    char why[2048];

    (void)state;
    for (int casts = 0; casts < 2; casts++) {
        bpf_without_casts = casts == 0;
        refuse_nothing(NULL);
        assert_int_equal(trace_self("--request", why, sizeof(why)), 0);
        assert_string_equal(why, "");
        assert_int_equal(seen.requests, 1);
        assert_string_equal(seen.request, "\\windows\\nothing.txt");

        refuse(BPF_PROG_LOAD, "begins", E2BIG, LOG("BPF program is too large."));
        assert_int_equal(trace_self("--request", why, sizeof(why)), 0);
        expect_words(why, "what Windows programs request of Wine (");
        expect_words(why, "refuses the program begins: BPF program is too large.");
        assert_int_equal(seen.requests, 0);
        assert_true(seen.opens > 0);
    }
}

/* ---- The traced program -------------------------------------------------------------------- */

static void on_alarm(int signo)
{
    (void)signo;
}

/* Opening a pipe that nobody writes to waits. */
static int be_interrupted(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    const struct itimerval soon = {.it_value = {0, 200000}};
    char name[] = "/tmp/refusal.XXXXXX", path[64];
    int result = 1;

    if (mkdtemp(name) == NULL)
        return 2;
    snprintf(path, sizeof(path), "%s/pipe", name);
    sigaction(SIGALRM, &action, NULL);
    if (mkfifo(path, 0600) == 0 && setitimer(ITIMER_REAL, &soon, NULL) == 0)
        result = open(path, O_RDONLY) < 0 && errno == EINTR ? 0 : 3;
    unlink(path);
    rmdir(name);
    return result;
}

struct unicode {
    uint16_t length, room;
    const uint16_t *text;
};

struct attributes {
    uint32_t size;
    void *root;
    struct unicode *name;
    uint32_t flags;
    void *security[2];
};

/* What Windows keeps of a thread and of its process, as far as the source looks at it. */
static void look_like_windows(void)
{
    static const uint16_t image[] = u"C:\\windows\\test.exe";
    static struct {
        uint32_t size[2], flags;
        uint8_t unused[0x60 - 0x0c];
        struct unicode image, command;
    } parameters = {.flags = 1,
                    .image = {sizeof(image) - 2, sizeof(image), image},
                    .command = {sizeof(image) - 2, sizeof(image), image}};
    static void *peb[0x300 / 8], *teb[0x70 / 8];

    peb[0x20 / 8] = &parameters;
    teb[0x30 / 8] = teb;
    teb[0x60 / 8] = peb;
    syscall(SYS_arch_prctl, ARCH_SET_GS, teb);
}

static int make_request(void)
{
    __attribute__((ms_abi)) uint32_t (*open_file)(uint64_t *, uint32_t, struct attributes *,
                                                  uint64_t *, uint32_t, uint32_t);
    static const uint16_t text[] = u"\\??\\C:\\windows\\nothing.txt";
    struct unicode name = {sizeof(text) - 2, sizeof(text), text};
    struct attributes attributes = {.size = sizeof(attributes), .name = &name, .flags = 0x40};
    char path[PATH_MAX + 32];
    uint64_t handle, status[2];
    void *library;

    snprintf(path, sizeof(path), "%.*s/../x86_64-unix/ntdll.so", (int)(strrchr(self, '/') - self),
             self);
    library = dlopen(path, RTLD_NOW);
    if (library == NULL || (open_file = dlsym(library, "NtOpenFile")) == NULL)
        return 1;
    look_like_windows();
    if (open_file(&handle, 1, &attributes, status, 7, 0) != 0xc0000034)
        return 2;
    sleep(1); /* while it runs it is looked at where its prefix is */
    return 0;
}

/* A prefix with a drive C:, for the request. */
static char prefix[] = "/tmp/refusal-prefix.XXXXXX";

static void remove_prefix(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", prefix);
    if (system(command) != 0)
        perror(prefix);
}

static int make_prefix(void **state)
{
    char command[512];

    (void)state;
    if (mkdtemp(prefix) == NULL)
        return -1;
    atexit(remove_prefix);
    setenv("WINEPREFIX", prefix, 1);
    snprintf(
        command, sizeof(command),
        "cd %s && mkdir -p drive_c/windows dosdevices && ln -s ../drive_c dosdevices/c:", prefix);
    return system(command);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest as_root[] = {
        cmocka_unit_test_teardown(test_all_is_there, refuse_nothing),
        cmocka_unit_test_teardown(test_verifier, refuse_nothing),
        cmocka_unit_test_teardown(test_security_module, refuse_nothing),
        cmocka_unit_test_teardown(test_not_permitted, refuse_nothing),
        cmocka_unit_test_teardown(test_no_bpf, refuse_nothing),
        cmocka_unit_test_teardown(test_memory, refuse_nothing),
        cmocka_unit_test_teardown(test_machine_limit, refuse_nothing),
        cmocka_unit_test_teardown(test_attaching, refuse_nothing),
        cmocka_unit_test_teardown(test_limit, refuse_nothing),
        cmocka_unit_test_teardown(test_lockdown, refuse_nothing),
        cmocka_unit_test_teardown(test_user_namespace, refuse_nothing),
        cmocka_unit_test_teardown(test_types, refuse_nothing),
        cmocka_unit_test_teardown(test_no_program, refuse_nothing),
        cmocka_unit_test_teardown(test_io_uring, refuse_nothing),
        cmocka_unit_test_teardown(test_names, refuse_nothing),
        cmocka_unit_test_teardown(test_signals, refuse_nothing),
        cmocka_unit_test_teardown(test_functions, refuse_nothing),
        cmocka_unit_test_teardown(test_several, refuse_nothing),
        cmocka_unit_test_teardown(test_wine, refuse_nothing),
    };
    static const struct CMUnitTest as_anyone[] = {
        cmocka_unit_test(test_no_privileges),
        cmocka_unit_test(test_no_program),
    };
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n <= 0)
        return 1;
    self[n] = '\0';
    if (argc > 1 && strcmp(argv[1], "--open") == 0)
        return open("/nonexistent/file", O_RDONLY) < 0 ? 0 : 1;
    if (argc > 1 && strcmp(argv[1], "--interrupted") == 0)
        return be_interrupted();
    if (argc > 1 && strcmp(argv[1], "--request") == 0)
        return make_request();
    if (geteuid() == 0)
        return cmocka_run_group_tests(as_root, make_prefix, NULL);
    return cmocka_run_group_tests(as_anyone, NULL, NULL);
}
