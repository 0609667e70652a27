/* A source and the process that uses it: what the program inherits, waits, the end. */
#include "scenario.h"

#include <sys/ptrace.h>
#include <time.h>

static int do_inherited(void)
{
    sigset_t mask;
    struct sigaction action;
    struct stat st;

    MUST(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
    for (int i = 1; i <= SIGRTMAX; i++)
        MUST((i > 31 && i < SIGRTMIN) || sigismember(&mask, i) == (i == SIGUSR2 || i == SIGRTMAX));
    for (int i = 1; i <= SIGRTMAX; i++) {
        if (sigaction(i, NULL, &action) == 0)
            MUST((action.sa_handler == SIG_IGN) == (i == SIGUSR1 || i == SIGCHLD));
    }
    for (int i = 3; i < 256; i++)
        MUST(fcntl(i, F_GETFD) < 0 || fstat(i, &st) < 0 || !S_ISSOCK(st.st_mode));
    MUST(strcmp(getenv("FT_INHERITED"), "yes") == 0);
    MUST(getpgrp() == atoi(getenv("FT_GROUP")));
    return 0;
}

/* SIGCHLD ignored is the hard case: no stop sends it then. */
static void test_inherited(void **state)
{
    sigset_t mask, before, after;
    struct sigaction action;
    char group[16];
    struct trace t;
    int result;

    (void)state;
    snprintf(group, sizeof(group), "%d", getpgrp());
    setenv("FT_GROUP", group, 1);
    setenv("FT_INHERITED", "yes", 1);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    sigaddset(&mask, SIGRTMAX);
    sigprocmask(SIG_SETMASK, &mask, &before);
    trace_start(&t, scenario_arguments("inherited"));
    while ((result = tested_source->poll(t.source, 1000)) >= 0)
        ;
    assert_int_equal(result, -ECHILD);
    trace_finish(&t);
    sigprocmask(SIG_SETMASK, &before, &after);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    assert_int_equal(t.status, 0);
    assert_int_equal(sigismember(&after, SIGUSR2), 1);
    assert_int_equal(sigismember(&after, SIGRTMAX), 1);
    assert_int_equal(sigismember(&after, SIGCHLD), 0);
    assert_int_equal(sigaction(SIGRTMAX, NULL, &action), 0);
    assert_true(action.sa_handler == SIG_DFL);
    trace_free(&t);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static int do_wait(void)
{
    while (pause() < 0)
        ;
    return 0;
}

static void test_poll(void **state)
{
    const struct timespec moment = {0, 50000000};
    struct trace t;
    double start;
    int result;

    (void)state;
    trace_start(&t, scenario_arguments("wait"));
    while (t.marked == 0)
        assert_true(tested_source->poll(t.source, 1000) >= 0);
    assert_int_equal(tested_source->poll(t.source, 0), 0);
    start = seconds();
    assert_int_equal(tested_source->poll(t.source, 60), 0);
    assert_true(seconds() - start > 0.05 && seconds() - start < 2);
    /* Whatever ends our waits leaves our caller's calls alone. */
    assert_int_equal(nanosleep(&moment, NULL), 0);
    tested_source->signal(t.source, SIGTERM);
    assert_int_equal(tested_source->poll(t.source, 10000), 1);
    result = tested_source->poll(t.source, 10000);
    if (result == 0) /* the program's end may end a wait, once */
        result = tested_source->poll(t.source, 10000);
    assert_int_equal(result, -ECHILD);
    trace_finish(&t);
    assert_true(WIFSIGNALED(t.status) && WTERMSIG(t.status) == SIGTERM);
    trace_free(&t);
}

static void test_close(void **state)
{
    struct trace t;
    char error[512];

    (void)state;
    trace_start(&t, scenario_arguments("wait"));
    while (t.marked == 0)
        assert_true(tested_source->poll(t.source, 1000) >= 0);
    tested_source->close(t.source);
    /* What ptrace no longer watches cannot go on. */
    if (tested_source == &source_ptrace) {
        assert_int_equal(kill(t.pid, 0), -1);
        assert_int_equal(errno, ESRCH);
    } else {
        assert_int_equal(waitpid(t.pid, NULL, WNOHANG), 0);
        assert_int_equal(kill(t.pid, SIGKILL), 0);
        assert_int_equal(waitpid(t.pid, NULL, 0), t.pid);
    }
    trace_free(&t);

    /* Never begun. */
    memset(&t, 0, sizeof(t));
    assert_int_equal(
        open_source(&t.source, scenario_arguments("wait"), &t, &t.pid, error, sizeof(error)), 0);
    assert_int_equal(tested_source->poll(t.source, 20), 0);
    tested_source->close(t.source);
    assert_int_equal(kill(t.pid, 0), -1);
    assert_int_equal(t.count, 0);
    tested_source->close(NULL);
}

/* What a tracer of ours has we cannot have. */
static void test_refused(void **state)
{
    int status, channel[2];
    char error[512] = "";
    pid_t pid;

    (void)state;
    if (tested_source != &source_ptrace)
        skip();
    assert_int_equal(pipe(channel), 0);
    pid = fork();
    if (pid == 0) {
        struct source *s;
        pid_t child;
        int result;

        raise(SIGSTOP);
        result = open_source(&s, scenario_arguments("wait"), NULL, &child, error, sizeof(error));
        write(channel[1], error, sizeof(error));
        _exit(-result);
    }
    assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
    assert_int_equal(
        ptrace(PTRACE_SEIZE, pid, NULL, (void *)(PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL)), 0);
    kill(pid, SIGCONT);
    for (;;) {
        pid_t tid = waitpid(-1, &status, __WALL);

        assert_true(tid > 0);
        if (tid == pid && !WIFSTOPPED(status))
            break;
        if (WIFSTOPPED(status))
            ptrace(PTRACE_CONT, tid, NULL, (void *)(long)(status >> 16 ? 0 : WSTOPSIG(status)));
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EPERM);
    assert_int_equal(read(channel[0], error, sizeof(error)), sizeof(error));
    assert_non_null(strstr(error, "traces us"));
    close(channel[0]);
    close(channel[1]);
}

const struct scenario scenarios[] = {
    {"inherited", do_inherited},
    {"wait", do_wait},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        scenario_test(test_inherited),
        scenario_test(test_poll),
        scenario_test(test_close),
        scenario_test(test_refused),
    };

    scenario_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
