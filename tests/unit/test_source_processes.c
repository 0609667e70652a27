/* Sources: processes, threads, exec and signals. */
#include "scenario.h"

#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

extern char **environ;

static void see(const char *name)
{
    MUST(open(name, O_RDONLY) < 0 && errno == ENOENT);
}

static void wait_for(pid_t pid, int expected)
{
    int status;

    MUST(waitpid(pid, &status, 0) == pid);
    MUST(status == expected);
}

static void in_directory(char path[static 5000], const char *name)
{
    snprintf(path, 5000, "%s/%s", scenario_directory, name);
}

static void write_file(const char *name, const char *content, mode_t mode)
{
    char path[5000];
    int fd;

    in_directory(path, name);
    fd = open(path, O_WRONLY | O_CREAT, mode);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
}

/* Programs that exec'ed shells and libraries open are none of our business here. */
static char *text_without_opens(const struct trace *t)
{
    char *all = trace_text(t, 0), *to = all, *next;

    for (char *line = all; *line != '\0'; line = next) {
        const char *kind = strstr(line, ": ");

        next = strchr(line, '\n') + 1;
        kind = kind != NULL && kind < next && kind - line < 4 ? kind + 2 : line;
        if (strncmp(kind, "open ", 5) != 0) {
            memmove(to, line, next - line);
            to += next - line;
        }
    }
    *to = '\0';
    return all;
}

static void expect_without_opens(const char *scenario, const char *expected)
{
    struct trace t;
    char *text;

    trace_scenario(&t, scenario);
    text = text_without_opens(&t);
    assert_string_equal(text, expected);
    assert_string_equal(t.stats, "");
    free(text);
    trace_free(&t);
}

/* A program that becomes another scenario is marked twice. */
static void mark_first(struct trace *t)
{
    t->marked = 0;
    while (t->events[t->marked].path == NULL ||
           strcmp(t->events[t->marked].path, SCENARIO_MARK) != 0)
        assert_true(++t->marked < t->count);
}

/* ---- exec ---------------------------------------------------------------------------------- */

static int do_second(void)
{
    return 0;
}

static void become(const char *path)
{
    char *argv[] = {"a b", "--scenario", "second", scenario_directory, "", "c\\", "\"", NULL};

    execv(path, argv);
}

static int do_exec(void)
{
    become("nothing");
    become("no/thing");
    become("data");
    become("/");
    become("link");
    return 1;
}

static void test_exec(void **state)
{
    struct trace t;
    char path[5000], *text, line[6000];

    (void)state;
    write_file("data", "data", 0644);
    in_directory(path, "link");
    assert_int_equal(symlink(scenario_self, path), 0);
    trace_program(&t, scenario_arguments("exec"));
    assert_int_equal(t.status, 0);
    mark_first(&t);
    text = text_without_opens(&t);
    assert_string_equal(text, "exec $D/nothing ENOENT\n"
                              "exec $D/no/thing ENOENT parent-missing\n"
                              "exec $D/data EACCES\n"
                              "exec / EACCES\n"
                              "exec $SELF file\n"
                              "image $SELF\n"
                              "exit 0\n");
    free(text);
    snprintf(line, sizeof(line), "\"a b\" --scenario second %s \"\" c\\ \"\\\"\"",
             scenario_directory);
    for (size_t i = t.marked; i < t.count; i++) {
        if (t.events[i].a.kind != ACTIVITY_IMAGE)
            continue;
        assert_string_equal(t.events[i].command_line, line);
        assert_string_equal(t.events[i].executed, "link");
    }
    trace_free(&t);
}

/* The trace begins with one exec of what PATH leads to. */
static void test_first_exec(void **state)
{
    char *argv[] = {"ft-program", "x", NULL}, path[5000], *search;
    struct trace t;

    (void)state;
    in_directory(path, "bin");
    assert_int_equal(mkdir(path, 0755), 0);
    in_directory(path, "bin/ft-program");
    assert_int_equal(symlink("/bin/true", path), 0);
    search = strdup(getenv("PATH"));
    in_directory(path, "bin");
    strcat(strcat(path, "/none:"), scenario_directory);
    strcat(path, "/bin:/bin");
    setenv("PATH", path, 1);
    trace_program(&t, argv);
    setenv("PATH", search, 1);
    free(search);
    assert_int_equal(t.status, 0);
    assert_int_equal(t.exec_error, 0);
    assert_int_equal(t.events[0].a.kind, ACTIVITY_EXEC);
    assert_int_equal(t.events[0].a.error, 0);
    assert_int_equal(t.events[0].a.type, S_IFREG);
    realpath("/bin/true", path);
    assert_string_equal(t.events[0].path, path);
    assert_int_equal(t.events[1].a.kind, ACTIVITY_IMAGE);
    assert_string_equal(t.events[1].image, path);
    assert_string_equal(t.events[1].command_line, "ft-program x");
    assert_int_equal(t.events[1].a.ppid, getpid());
    assert_int_equal(t.events[t.count - 1].a.kind, ACTIVITY_EXIT);
    trace_free(&t);
}

static void expect_cannot_run(char *program, int exec_error, int status, const char *expected)
{
    char *argv[] = {program, NULL};
    struct trace t;

    trace_program(&t, argv);
    assert_int_equal(t.exec_error, exec_error);
    assert_int_equal(t.status, status << 8);
    expect_text(&t, 0, expected);
    trace_free(&t);
}

static void test_cannot_run(void **state)
{
    char *missing[] = {"ft-no-such-program", NULL}, *empty[] = {"", NULL}, path[5000];
    char error[512] = "";
    struct source *s;
    struct trace t;
    pid_t pid;

    (void)state;
    assert_int_equal(open_source(&s, empty, &t, &pid, error, sizeof(error)), -ENOENT);
    assert_int_equal(open_source(&s, missing, &t, &pid, error, sizeof(error)), -ENOENT);
    assert_non_null(strstr(error, "ft-no-such-program"));
    assert_null(s);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);

    /* What is named by a path is tried, and told. */
    expect_cannot_run("/nonexistent/program", ENOENT, 127,
                      "exec /nonexistent/program ENOENT parent-missing\nexit 127\n");
    expect_cannot_run("/", EACCES, 126, "exec / EACCES\nexit 126\n");
    in_directory(path, "data");
    write_file("data", "data", 0644);
    expect_cannot_run(path, EACCES, 126, "exec $D/data EACCES\nexit 126\n");
    in_directory(path, "script");
    write_file("script", "#!/nonexistent/interpreter\n", 0755);
    expect_cannot_run(path, ENOENT, 127, "exec $D/script ENOENT\nexit 127\n");
}

/* A shell takes what the kernel does not know for a script; but a script holds no NUL. */
static void test_foreign_program(void **state)
{
    char path[5000], *argv[] = {path, NULL};
    struct trace t;
    int fd;

    (void)state;
    in_directory(path, "foreign");
    fd = open(path, O_WRONLY | O_CREAT, 0755);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "foreign\0machine", 15), 15);
    close(fd);
    trace_program(&t, argv);
    assert_int_equal(t.exec_error, ENOEXEC);
    assert_int_equal(t.status, 126 << 8);
    expect_text(&t, 0, "exec $D/foreign ENOEXEC\nexit 126\n");
    trace_free(&t);
}

static void test_shell_script(void **state)
{
    char path[5000], *argv[] = {path, "7", NULL}, *text;
    struct trace t;

    (void)state;
    write_file("plain", "exit $1\n", 0755);
    in_directory(path, "plain");
    trace_program(&t, argv);
    assert_int_equal(t.exec_error, 0);
    assert_int_equal(t.status, 7 << 8);
    text = text_without_opens(&t);
    assert_int_equal(strncmp(text, "exec $D/plain ENOEXEC\nexec /", 28), 0);
    free(text);
    trace_free(&t);

    /* Of a script, it is the script that is executed; the image is its interpreter. */
    write_file("script", "#!/bin/sh\nexit 3\n", 0755);
    in_directory(path, "script");
    trace_program(&t, argv);
    assert_int_equal(t.status, 3 << 8);
    text = text_without_opens(&t);
    assert_int_equal(strncmp(text, "exec $D/script file\nimage /", 27), 0);
    assert_null(strstr(text, "image $D"));
    free(text);
    trace_free(&t);
}

static int do_execveat(void)
{
    char *argv[] = {"x", "--scenario", "second", scenario_directory, NULL};
    int fd = open(scenario_self, O_RDONLY | O_CLOEXEC);
    int file = open("script", O_RDONLY | O_CLOEXEC);

    MUST(fd >= 0 && file >= 0);
    /* A script that closes on exec cannot be read by its interpreter. */
    syscall(SYS_execveat, file, "", argv, environ, AT_EMPTY_PATH);
    syscall(SYS_execveat, AT_FDCWD, "link", argv, environ, AT_SYMLINK_NOFOLLOW);
    syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
    return 1;
}

static void test_execveat(void **state)
{
    struct trace t;
    char *text, path[5000];

    (void)state;
    write_file("script", "#!/bin/sh\nexit 3\n", 0755);
    in_directory(path, "link");
    assert_int_equal(symlink("script", path), 0);
    trace_program(&t, scenario_arguments("execveat"));
    assert_int_equal(t.status, 0);
    mark_first(&t);
    text = text_without_opens(&t);
    assert_string_equal(text, "exec $D/script ENOENT\n"
                              "exec $D/link ELOOP\n"
                              "exec $SELF file\n"
                              "image $SELF\n"
                              "exit 0\n");
    free(text);
    trace_free(&t);
}

static void *exec_in_thread(void *unused)
{
    (void)unused;
    become("/proc/self/exe");
    MUST(false);
    return NULL;
}

static void *open_for_ever(void *unused)
{
    (void)unused;
    for (;;)
        open("/nonexistent/a", O_RDONLY);
    return NULL;
}

static int do_thread_exec(void)
{
    pthread_t thread;

    for (int i = 0; i < 4; i++)
        MUST(pthread_create(&thread, NULL, open_for_ever, NULL) == 0);
    usleep(20000);
    MUST(pthread_create(&thread, NULL, exec_in_thread, NULL) == 0);
    pthread_join(thread, NULL);
    return 1;
}

static void test_thread_exec(void **state)
{
    struct trace t;
    char *text;

    (void)state;
    for (int i = 0; i < 10; i++) {
        trace_program(&t, scenario_arguments("thread_exec"));
        assert_int_equal(t.status, 0);
        text = text_without_opens(&t);
        assert_string_equal(text, "exit 0\n");
        free(text);
        mark_first(&t);
        text = text_without_opens(&t);
        assert_string_equal(text, "exec $SELF file\nimage $SELF\nexit 0\n");
        free(text);
        for (size_t k = t.marked; k < t.count; k++) {
            if (t.events[k].a.kind == ACTIVITY_EXEC)
                assert_int_not_equal(t.events[k].a.tid, t.pid);
        }
        trace_free(&t);
    }
}

/* ---- Processes ----------------------------------------------------------------------------- */

static int do_family(void)
{
    pid_t child = fork();

    if (child == 0) {
        pid_t grandchild;

        see("child");
        grandchild = fork();
        if (grandchild == 0) {
            see("grandchild");
            _exit(3);
        }
        wait_for(grandchild, 3 << 8);
        raise(SIGTERM);
    }
    wait_for(child, SIGTERM);
    see("parent");
    return 0;
}

static void test_family(void **state)
{
    (void)state;
    expect_scenario("family", "2: fork by 1 $SELF\n"
                              "2: open $D/child ENOENT\n"
                              "3: fork by 2 $SELF\n"
                              "3: open $D/grandchild ENOENT\n"
                              "3: exit 3\n"
                              "2: killed SIGTERM\n"
                              "open $D/parent ENOENT\n"
                              "exit 0\n");
}

static int do_vfork(void)
{
    pid_t pid = vfork();

    if (pid == 0) {
        execl("nothing", "nothing", NULL);
        execl("/bin/true", "true", NULL);
        _exit(1);
    }
    wait_for(pid, 0);
    return 0;
}

static void test_vfork(void **state)
{
    char expected[12000], path[5000];

    (void)state;
    assert_non_null(realpath("/bin/true", path));
    snprintf(expected, sizeof(expected),
             "2: fork by 1 $SELF\n2: exec $D/nothing ENOENT\n2: exec %s file\n2: image %s\n"
             "2: exit 0\nexit 0\n",
             path, path);
    expect_without_opens("vfork", expected);
}

/* Processes whose end sends no SIGCHLD look to a tracer as threads do. */
static int do_clone(void)
{
    struct clone_args args = {.exit_signal = 0};
    pid_t pid = syscall(SYS_clone, SIGWINCH, NULL, NULL, NULL, 0);

    if (pid == 0) {
        see("clone");
        _exit(0);
    }
    MUST(waitpid(pid, NULL, __WALL) == pid);
    pid = syscall(SYS_clone3, &args, sizeof(args));
    if (pid == 0) {
        see("clone3");
        _exit(0);
    }
    MUST(waitpid(pid, NULL, __WALL) == pid);
    return 0;
}

static void test_clone(void **state)
{
    (void)state;
    expect_scenario("clone", "2: fork by 1 $SELF\n"
                             "2: open $D/clone ENOENT\n"
                             "2: exit 0\n"
                             "3: fork by 1 $SELF\n"
                             "3: open $D/clone3 ENOENT\n"
                             "3: exit 0\n"
                             "exit 0\n");
}

enum { CHILDREN = 200 };

static int do_many(void)
{
    int left = CHILDREN, status;

    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();

        MUST(pid >= 0);
        if (pid == 0) {
            see("nothing");
            _exit(i % 100);
        }
    }
    while (wait(&status) > 0)
        left--;
    MUST(left == 0);
    return 0;
}

static void test_many(void **state)
{
    struct trace t;
    size_t forks = 0, opens = 0, exits = 0;

    (void)state;
    trace_scenario(&t, "many");
    for (size_t i = t.marked; i < t.count; i++) {
        const struct activity *a = &t.events[i].a;

        forks += a->kind == ACTIVITY_FORK;
        opens += a->kind == ACTIVITY_OPEN;
        exits += a->kind == ACTIVITY_EXIT;
        if (a->kind == ACTIVITY_FORK)
            assert_int_equal(a->ppid, t.pid);
        if (a->kind == ACTIVITY_OPEN) /* its fork came before */
            assert_true(process_number(&t, a->pid, i) > 1);
    }
    assert_int_equal(forks, CHILDREN);
    assert_int_equal(opens, CHILDREN);
    assert_int_equal(exits, CHILDREN + 1);
    assert_string_equal(t.stats, "");
    trace_free(&t);
}

static int do_orphan(void)
{
    int fds[2];
    char c;

    MUST(pipe(fds) == 0);
    if (fork() == 0) {
        MUST(read(fds[0], &c, 1) == 1);
        usleep(20000);
        see("orphan");
        _exit(1);
    }
    MUST(write(fds[1], "x", 1) == 1);
    return 0;
}

static void test_orphan(void **state)
{
    (void)state;
    expect_scenario("orphan", "2: fork by 1 $SELF\n"
                              "exit 0\n"
                              "2: open $D/orphan ENOENT\n"
                              "2: exit 1\n");
}

/* ---- Threads ------------------------------------------------------------------------------- */

enum { THREADS = 16, OPENS = 200 };

static void *open_in_thread(void *argument)
{
    for (int i = 0; i < OPENS; i++) {
        char name[32];
        int fd;

        snprintf(name, sizeof(name), "f%ld.%d", (long)argument, i);
        MUST((fd = open(name, O_WRONLY | O_CREAT, 0600)) >= 0);
        close(fd);
    }
    return NULL;
}

static int do_threads(void)
{
    pthread_t threads[THREADS];

    for (long i = 0; i < THREADS; i++)
        MUST(pthread_create(&threads[i], NULL, open_in_thread, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_join(threads[i], NULL) == 0);
    return 0;
}

static void test_threads(void **state)
{
    static bool seen[THREADS][OPENS];
    pid_t tids[THREADS] = {0};
    size_t prefix, opens = 0;
    struct trace t;

    (void)state;
    prefix = strlen(scenario_directory) + 1;
    trace_scenario(&t, "threads");
    for (size_t i = t.marked; i < t.count; i++) {
        const struct event *e = &t.events[i];
        int thread, number;

        if (e->a.kind != ACTIVITY_OPEN || strncmp(e->path, scenario_directory, prefix - 1) != 0)
            continue;
        assert_int_equal(sscanf(e->path + prefix, "f%d.%d", &thread, &number), 2);
        assert_false(seen[thread][number]);
        seen[thread][number] = true;
        assert_int_equal(e->a.error, 0);
        assert_true(e->a.created);
        assert_int_equal(e->a.pid, t.pid);
        assert_int_not_equal(e->a.tid, t.pid);
        if (tids[thread] == 0)
            tids[thread] = e->a.tid;
        assert_int_equal(e->a.tid, tids[thread]);
        opens++;
    }
    assert_int_equal(opens, THREADS * OPENS);
    assert_string_equal(t.stats, "");
    assert_int_equal(t.events[t.count - 1].a.kind, ACTIVITY_EXIT);
    trace_free(&t);
}

static void *outlive(void *unused)
{
    (void)unused;
    usleep(20000);
    see("late");
    _exit(5);
}

static int do_leader_first(void)
{
    pthread_t thread;

    MUST(pthread_create(&thread, NULL, outlive, NULL) == 0);
    pthread_exit(NULL);
}

static void test_leader_first(void **state)
{
    struct trace t;

    (void)state;
    trace_program(&t, scenario_arguments("leader_first"));
    assert_int_equal(t.status, 5 << 8);
    assert_true(t.count >= 2);
    assert_int_equal(t.events[t.count - 1].a.kind, ACTIVITY_EXIT);
    assert_non_null(strstr(t.events[t.count - 2].path, "/late"));
    assert_int_not_equal(t.events[t.count - 2].a.tid, t.pid);
    trace_free(&t);
}

const struct scenario scenarios[] = {
    {"second", do_second},
    {"exec", do_exec},
    {"execveat", do_execveat},
    {"thread_exec", do_thread_exec},
    {"family", do_family},
    {"vfork", do_vfork},
    {"clone", do_clone},
    {"many", do_many},
    {"orphan", do_orphan},
    {"threads", do_threads},
    {"leader_first", do_leader_first},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        scenario_test(test_exec),
        scenario_test(test_first_exec),
        scenario_test(test_cannot_run),
        scenario_test(test_shell_script),
        scenario_test(test_foreign_program),
        scenario_test(test_execveat),
        scenario_test(test_thread_exec),
        scenario_test(test_family),
        scenario_test(test_vfork),
        scenario_test(test_clone),
        scenario_test(test_many),
        scenario_test(test_orphan),
        scenario_test(test_threads),
        scenario_test(test_leader_first),
    };

    scenario_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
