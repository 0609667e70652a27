/* Sources: programs that could escape a tracer, or notice it: seccomp, untraced children. */
#include "scenario.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>

static void see(const char *name)
{
    MUST(open(name, O_RDONLY) < 0 && errno == ENOENT);
}

static void ends_with(pid_t pid, int expected)
{
    int status;

    MUST(waitpid(pid, &status, __WALL) == pid && status == expected);
}

/* ---- Children that are not to be traced ---------------------------------------------------- */

static pid_t clone3_of(struct clone_args *args)
{
    return syscall(SYS_clone3, args, sizeof(*args));
}

/* What the call was asked for is what the program finds there afterwards. */
static int do_untraced(void)
{
    static const struct clone_args constant = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
    struct clone_args args = constant;
    pid_t pid;
    long flags;

    __asm__ volatile("syscall"
                     : "=a"(pid), "=D"(flags)
                     : "a"(SYS_clone), "D"(CLONE_UNTRACED | SIGCHLD), "S"(0), "d"(0)
                     : "rcx", "r11", "memory");
    MUST(flags == (CLONE_UNTRACED | SIGCHLD));
    if (pid == 0) {
        see("clone");
        _exit(0);
    }
    ends_with(pid, 0);
    pid = clone3_of(&args);
    MUST(args.flags == CLONE_UNTRACED);
    if (pid == 0) {
        see("clone3");
        _exit(0);
    }
    ends_with(pid, 0);
    pid = clone3_of((struct clone_args *)&constant);
    MUST(constant.flags == CLONE_UNTRACED);
    if (pid == 0) {
        see("constant");
        _exit(0);
    }
    ends_with(pid, 0);
    args.flags |= CLONE_THREAD; /* without CLONE_SIGHAND: fails */
    MUST(clone3_of(&args) < 0 && errno == EINVAL);
    MUST(args.flags == (CLONE_UNTRACED | CLONE_THREAD));
    return 0;
}

static void test_untraced(void **state)
{
    (void)state;
    expect_scenario("untraced", "2: fork by 1 $SELF\n"
                                "2: open $D/clone ENOENT\n"
                                "2: exit 0\n"
                                "3: fork by 1 $SELF\n"
                                "3: open $D/clone3 ENOENT\n"
                                "3: exit 0\n"
                                "4: fork by 1 $SELF\n"
                                "4: open $D/constant ENOENT\n"
                                "4: exit 0\n"
                                "exit 0\n");
}

/* ---- Strict mode --------------------------------------------------------------------------- */

static pid_t strict_child(long nr, long mode, bool violate)
{
    pid_t pid = fork();
    int fds[2];
    char byte = 0;

    MUST(pid >= 0);
    if (pid != 0)
        return pid;
    MUST(pipe(fds) == 0);
    MUST(prctl(PR_GET_SECCOMP) == 0);
    MUST(syscall(nr, mode, nr == SYS_prctl ? SECCOMP_MODE_STRICT : 0, NULL) == 0);
    if (write(fds[1], "x", 1) != 1 || read(fds[0], &byte, 1) != 1 || byte != 'x')
        syscall(SYS_exit, 1);
    if (violate)
        syscall(SYS_open, "strict", O_RDONLY);
    syscall(SYS_exit, 7);
    return 0;
}

static int do_strict(void)
{
    MUST(prctl(PR_GET_SECCOMP) == 0);
    ends_with(strict_child(SYS_prctl, PR_SET_SECCOMP, false), 7 << 8);
    ends_with(strict_child(SYS_prctl, PR_SET_SECCOMP, true), SIGKILL);
    ends_with(strict_child(SYS_seccomp, SECCOMP_SET_MODE_STRICT, true), SIGKILL);
    MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL) < 0 && errno == EINVAL);
    MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) < 0 && errno == EFAULT);
    see("after");
    return 0;
}

static void test_strict(void **state)
{
    (void)state;
    if (prctl(PR_GET_SECCOMP) != 0)
        skip(); /* we run under a filter, and then there is no strict mode */
    expect_scenario("strict", "2: fork by 1 $SELF\n"
                              "2: exit 7\n"
                              "3: fork by 1 $SELF\n"
                              "3: killed SIGKILL\n"
                              "4: fork by 1 $SELF\n"
                              "4: killed SIGKILL\n"
                              "open $D/after ENOENT\n"
                              "exit 0\n");
}

/* ---- Filters of the program's own ---------------------------------------------------------- */

/* `action` for openat with these flags. The result of seccomp(2). */
static int add_filter(uint32_t action, uint32_t flags, unsigned options)
{
    struct sock_filter f[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, flags, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(f) / sizeof(f[0]), f};

    MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (options == 0 && action != SECCOMP_RET_TRACE)
        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, options, &program);
}

static int open_with(const char *name, int flags)
{
    return syscall(SYS_openat, AT_FDCWD, name, flags);
}

static volatile int trapped;

static void on_trap(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    trapped = info->si_syscall;
}

static int do_filtered(void)
{
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    pid_t pid;

    MUST(sigaction(SIGSYS, &action, NULL) == 0);
    MUST(add_filter(SECCOMP_RET_ERRNO | EACCES, O_APPEND, 0) == 0);
    MUST(prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER);
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0 && errno == EINVAL);
    MUST(open_with("file", O_APPEND) < 0 && errno == EACCES);
    MUST(open_with("file", O_RDONLY) >= 0);
    MUST(open_with("none", O_RDONLY) < 0 && errno == ENOENT);
    pid = fork();
    if (pid == 0) {
        MUST(open_with("child", O_APPEND) < 0 && errno == EACCES);
        _exit(0);
    }
    ends_with(pid, 0);
    MUST(add_filter(SECCOMP_RET_TRACE, O_EXCL, 0) == 0);
    MUST(open_with("trace", O_EXCL) < 0 && errno == ENOSYS);
    MUST(add_filter(SECCOMP_RET_TRAP, O_TRUNC, 0) == 0);
    open_with("trap", O_TRUNC);
    MUST(trapped == SYS_openat);
    MUST(add_filter(SECCOMP_RET_KILL_PROCESS, O_SYNC, 0) == 0);
    open_with("kill", O_SYNC);
    return 1;
}

static void test_filtered(void **state)
{
    char path[5000];
    struct trace t;
    int fd;

    (void)state;
    snprintf(path, sizeof(path), "%s/file", scenario_directory);
    fd = open(path, O_WRONLY | O_CREAT, 0644);
    assert_true(fd >= 0);
    close(fd);
    if (tested_source != &source_ptrace)
        skip(); /* it has its own tests of this */
    trace_program(&t, scenario_arguments("filtered"));
    expect_text(&t, 0,
                "open $D/file EACCES\n"
                "open $D/file file\n"
                "open $D/none ENOENT\n"
                "2: fork by 1 $SELF\n"
                "2: open $D/child EACCES\n"
                "2: exit 0\n"
                "open $D/trace ENOSYS\n"
                "open $D/trap ENOSYS\n"
                "open $D/kill ENOSYS\n"
                "killed SIGSYS\n");
    assert_string_equal(t.stats, "");
    trace_free(&t);
}

/* A supervisor that lets calls go on, or answers them. */
static void *supervise(void *listener)
{
    struct seccomp_notif request;
    struct seccomp_notif_resp answer;

    for (int i = 0; i < 2; i++) {
        memset(&request, 0, sizeof(request));
        MUST(ioctl((int)(long)listener, SECCOMP_IOCTL_NOTIF_RECV, &request) == 0);
        answer = (struct seccomp_notif_resp){.id = request.id};
        if (i == 0)
            answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        else
            answer.error = -EUSERS;
        MUST(ioctl((int)(long)listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0);
    }
    return NULL;
}

static int do_notified(void)
{
    pthread_t thread;
    long listener = add_filter(SECCOMP_RET_USER_NOTIF, O_NOCTTY, SECCOMP_FILTER_FLAG_NEW_LISTENER);

    MUST(listener >= 0);
    MUST(pthread_create(&thread, NULL, supervise, (void *)listener) == 0);
    MUST(open_with("goes on", O_NOCTTY) < 0 && errno == ENOENT);
    MUST(open_with("answered", O_NOCTTY) < 0 && errno == EUSERS);
    MUST(pthread_join(thread, NULL) == 0);
    return 0;
}

static void test_notified(void **state)
{
    (void)state;
    expect_scenario("notified", "open $D/goes on ENOENT\n"
                                "open $D/answered EUSERS\n"
                                "exit 0\n");
}

/* One thread waits in a call that is not made again after a stop, one opens; a third adds a filter
   for all of them. */
static int ready[2];
static volatile bool filtered;

static void *wait_in_call(void *unused)
{
    struct epoll_event event;
    int epoll = epoll_create1(0);

    (void)unused;
    MUST(epoll >= 0);
    MUST(write(ready[1], "w", 1) == 1);
    MUST(epoll_wait(epoll, &event, 1, 300) == 0);
    MUST(open_with("waiting", O_APPEND) < 0 && errno == EACCES);
    return NULL;
}

static void *spin(void *unused)
{
    (void)unused;
    MUST(write(ready[1], "s", 1) == 1);
    while (!filtered)
        ;
    MUST(open_with("spinning", O_APPEND) < 0 && errno == EACCES);
    return NULL;
}

static int do_filter_all(void)
{
    pthread_t threads[2];
    char byte;

    MUST(pipe(ready) == 0);
    MUST(pthread_create(&threads[0], NULL, wait_in_call, NULL) == 0);
    MUST(pthread_create(&threads[1], NULL, spin, NULL) == 0);
    for (int i = 0; i < 2; i++)
        MUST(read(ready[0], &byte, 1) == 1);
    usleep(50000);
    MUST(add_filter(SECCOMP_RET_ERRNO | EACCES, O_APPEND, SECCOMP_FILTER_FLAG_TSYNC) == 0);
    filtered = true;
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    return 0;
}

static void test_filter_all(void **state)
{
    struct trace t;

    (void)state;
    for (int i = 0; i < 5; i++) {
        trace_scenario(&t, "filter_all");
        expect_text(&t, 0,
                    "open $D/spinning EACCES\n"
                    "open $D/waiting EACCES\n"
                    "exit 0\n");
        assert_string_equal(t.stats, "");
        trace_free(&t);
    }
}

/* ---- What is known of a call beside its name ----------------------------------------------- */

static int do_user(void)
{
    see("before");
    if (geteuid() == 0) {
        MUST(setresuid(0, 65534, 0) == 0);
        see("other");
        MUST(setresuid(0, 0, 0) == 0);
        see("again");
    }
    return 0;
}

static void test_user(void **state)
{
    const uid_t expected[] = {geteuid(), 65534, 0};
    size_t opens = 0;
    struct trace t;

    (void)state;
    if (tested_source != &source_ptrace)
        skip();
    trace_scenario(&t, "user");
    for (size_t i = t.marked; i < t.count; i++) {
        if (t.events[i].a.kind != ACTIVITY_OPEN)
            continue;
        assert_true(t.events[i].a.uid_known);
        assert_int_equal(t.events[i].a.uid, expected[opens++]);
    }
    assert_int_equal(opens, geteuid() == 0 ? 3 : 1);
    trace_free(&t);
}

static int do_handle(void)
{
    struct file_handle *handle = calloc(1, sizeof(*handle) + MAX_HANDLE_SZ);
    int mount, directory = open(".", O_RDONLY | O_DIRECTORY);

    handle->handle_bytes = MAX_HANDLE_SZ;
    if (name_to_handle_at(AT_FDCWD, "file", handle, &mount, 0) < 0)
        return 77;
    if (open_by_handle_at(directory, handle, O_RDONLY) < 0 && errno == EPERM)
        return 0;
    memset(handle->f_handle, 0, handle->handle_bytes);
    MUST(open_by_handle_at(directory, handle, O_RDONLY) < 0);
    return 0;
}

static void test_handle(void **state)
{
    char path[5000];
    struct trace t;
    int fd;

    (void)state;
    snprintf(path, sizeof(path), "%s/file", scenario_directory);
    fd = open(path, O_WRONLY | O_CREAT, 0644);
    assert_true(fd >= 0);
    close(fd);
    if (tested_source != &source_ptrace)
        skip();
    trace_program(&t, scenario_arguments("handle"));
    if (WEXITSTATUS(t.status) == 77) {
        trace_free(&t);
        skip(); /* this file system has no handles */
    }
    assert_int_equal(t.status, 0);
    if (geteuid() == 0)
        expect_text(&t, 0,
                    "open $D directory\n"
                    "open $D/file file\n"
                    "open (unread) ESTALE\n"
                    "exit 0\n");
    else
        expect_text(&t, 0,
                    "open $D directory\n"
                    "open (unread) EPERM\n"
                    "exit 0\n");
    trace_free(&t);
}

/* What lies in memory has no path, but a name. */
static int do_memory(void)
{
    char *argv[] = {"x", "--scenario", "user", scenario_directory, NULL};
    int from = open(scenario_self, O_RDONLY), to = memfd_create("prog", MFD_CLOEXEC);
    struct stat st;
    pid_t pid;

    MUST(from >= 0 && to >= 0 && fstat(from, &st) == 0);
    while (st.st_size > 0) {
        ssize_t n = sendfile(to, from, NULL, st.st_size);

        MUST(n > 0);
        st.st_size -= n;
    }
    pid = fork();
    if (pid == 0) {
        fexecve(to, argv, environ);
        _exit(1);
    }
    ends_with(pid, 0);
    return 0;
}

static void test_memory(void **state)
{
    size_t images = 0;
    struct trace t;

    (void)state;
    if (tested_source != &source_ptrace)
        skip();
    trace_program(&t, scenario_arguments("memory"));
    assert_int_equal(t.status, 0);
    for (size_t i = 0; i < t.count; i++) {
        const struct event *e = &t.events[i];

        if (e->a.kind == ACTIVITY_IMAGE && e->a.pid != t.pid) {
            assert_string_equal(e->image, "memfd:prog");
            images++;
        }
        if (e->a.kind == ACTIVITY_EXEC && e->a.pid != t.pid) {
            assert_int_equal(e->a.error, 0);
            assert_false(e->a.path_uncertain);
            assert_non_null(strstr(e->path, "/fd/"));
        }
    }
    assert_int_equal(images, 1);
    trace_free(&t);
}

/* A program's file is known by what runs afterwards; of a script that is its interpreter. */
static int do_executed(void)
{
    char *argv[] = {"x", NULL};
    int fd = open("script", O_WRONLY | O_CREAT, 0755);
    const char text[] = "#!/bin/true\n";
    pid_t pid;

    MUST(fd >= 0 && write(fd, text, sizeof(text) - 1) == sizeof(text) - 1 && close(fd) == 0);
    for (int i = 0; i < 2; i++) {
        pid = fork();
        if (pid == 0) {
            execv(i == 0 ? "/bin/true" : "script", argv);
            _exit(1);
        }
        ends_with(pid, 0);
    }
    return 0;
}

static void test_executed(void **state)
{
    size_t execs = 0;
    struct trace t;

    (void)state;
    if (tested_source != &source_ptrace)
        skip();
    trace_scenario(&t, "executed");
    for (size_t i = t.marked; i < t.count; i++) {
        if (t.events[i].a.kind == ACTIVITY_EXEC)
            assert_int_equal(t.events[i].a.path_uncertain, execs++ == 1);
    }
    assert_int_equal(execs, 2);
    trace_free(&t);
}

const struct scenario scenarios[] = {
    {"untraced", do_untraced},     {"strict", do_strict},
    {"filtered", do_filtered},     {"notified", do_notified},
    {"filter_all", do_filter_all}, {"user", do_user},
    {"handle", do_handle},         {"memory", do_memory},
    {"executed", do_executed},     {NULL, NULL},
};

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        scenario_test(test_untraced), scenario_test(test_strict),     scenario_test(test_filtered),
        scenario_test(test_notified), scenario_test(test_filter_all), scenario_test(test_user),
        scenario_test(test_handle),   scenario_test(test_memory),     scenario_test(test_executed),
    };

    scenario_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
