/* Sources: signals, job control, and calls that they interrupt. */
#include "scenario.h"

#include <sys/syscall.h>
#include <time.h>

static void see(const char *name)
{
    MUST(open(name, O_RDONLY) < 0 && errno == ENOENT);
}

static void prepare_fifo(void)
{
    char path[5000];

    snprintf(path, sizeof(path), "%s/fifo", scenario_directory);
    assert_int_equal(mkfifo(path, 0600), 0);
}

static volatile int handled;

static void handler(int signo)
{
    handled = signo;
}

static void opening_handler(int signo)
{
    int before = errno;

    handled = signo;
    see("handler");
    errno = before;
}

static void handle(int signo, void (*f)(int), int flags)
{
    struct sigaction action = {.sa_handler = f, .sa_flags = flags};

    MUST(sigaction(signo, &action, NULL) == 0);
}

/* Until `pid` sleeps: in this file, in its call. */
static void wait_asleep(pid_t pid)
{
    char name[32], text[512] = "", *state;
    ssize_t n;
    int fd;

    snprintf(name, sizeof(name), "/proc/%d/stat", pid);
    do {
        usleep(10000);
        MUST((fd = open(name, O_RDONLY)) >= 0);
        MUST((n = read(fd, text, sizeof(text) - 1)) > 0);
        close(fd);
        text[n] = '\0';
        state = strrchr(text, ')');
        MUST(state != NULL);
    } while (state[2] != 'S');
}

/* A child that sends us these signals, 0 ends, while we wait in a call. Then it opens the fifo, if
   it may. */
static pid_t disturb(const int *signals, bool open_fifo)
{
    pid_t pid, parent = getpid();

    pid = fork();
    MUST(pid >= 0);
    if (pid != 0)
        return pid;
    usleep(50000);
    for (; *signals != 0; signals++) {
        if (signals[0] != SIGCONT)
            wait_asleep(parent);
        kill(parent, *signals);
        usleep(20000);
    }
    if (open_fifo) {
        wait_asleep(parent);
        MUST(open("fifo", O_WRONLY) >= 0);
    }
    _exit(0);
}

/* What the program itself did and got, and nothing of the child. */
static void expect_own(const char *scenario, const char *expected)
{
    struct trace t;

    prepare_fifo();
    trace_scenario(&t, scenario);
    expect_text(&t, t.pid, expected);
    assert_string_equal(t.stats, "");
    trace_free(&t);
}

/* ---- Calls that take their time ------------------------------------------------------------ */

static int do_fifo(void)
{
    disturb((int[]){0}, true);
    MUST(open("fifo", O_RDONLY) >= 0);
    return 0;
}

static void test_fifo(void **state)
{
    struct trace t;
    size_t i;

    (void)state;
    prepare_fifo();
    trace_scenario(&t, "fifo");
    expect_text(&t, t.pid, "open $D/fifo fifo\nexit 0\n");
    for (i = t.marked; t.events[i].a.kind != ACTIVITY_OPEN || t.events[i].a.pid != t.pid; i++)
        ;
    assert_true(t.events[i].a.end_ns - t.events[i].a.start_ns > 30000000);
    assert_string_equal(t.stats, "");
    trace_free(&t);
}

static int do_interrupted(void)
{
    handle(SIGUSR1, handler, 0);
    disturb((int[]){SIGUSR1, 0}, true);
    MUST(open("fifo", O_RDONLY) < 0 && errno == EINTR);
    MUST(handled == SIGUSR1);
    see("between");
    MUST(open("fifo", O_RDONLY) >= 0);
    return 0;
}

static void test_interrupted(void **state)
{
    (void)state;
    expect_own("interrupted", "open $D/fifo EINTR\n"
                              "open $D/between ENOENT\n"
                              "open $D/fifo fifo\n"
                              "exit 0\n");
}

/* The same call, from the same place: only its result tells it from one that the kernel repeats. */
static int do_tried_again(void)
{
    int fd, tries = 0;

    handle(SIGUSR1, handler, SA_SIGINFO);
    disturb((int[]){SIGUSR1, SIGUSR1, 0}, true);
    do {
        fd = open("fifo", O_RDONLY);
        tries++;
    } while (fd < 0 && errno == EINTR);
    MUST(fd >= 0 && tries == 3);
    return 0;
}

static void test_tried_again(void **state)
{
    (void)state;
    expect_own("tried_again", "open $D/fifo EINTR\n"
                              "open $D/fifo EINTR\n"
                              "open $D/fifo fifo\n"
                              "exit 0\n");
}

static int do_restarted(void)
{
    handle(SIGUSR1, handler, SA_RESTART);
    disturb((int[]){SIGUSR1, SIGUSR1, 0}, true);
    MUST(open("fifo", O_RDONLY) >= 0);
    MUST(handled == SIGUSR1);
    return 0;
}

static void test_restarted(void **state)
{
    (void)state;
    expect_own("restarted", "open $D/fifo fifo\nexit 0\n");
}

static int do_opening_handler(void)
{
    handle(SIGUSR1, opening_handler, SA_RESTART);
    handle(SIGUSR2, opening_handler, 0);
    disturb((int[]){SIGUSR1, SIGUSR2, 0}, true);
    MUST(open("fifo", O_RDONLY) < 0 && errno == EINTR);
    MUST(open("fifo", O_RDONLY) >= 0);
    return 0;
}

static void test_opening_handler(void **state)
{
    (void)state;
    expect_own("opening_handler", "open $D/handler ENOENT\n"
                                  "open $D/fifo EINTR\n"
                                  "open $D/handler ENOENT\n"
                                  "open $D/fifo fifo\n"
                                  "exit 0\n");
}

/* Signals without a handler interrupt a call too, when there is a tracer; nobody may notice. */
static int do_unhandled(void)
{
    int child;

    signal(SIGUSR1, SIG_IGN);
    child = disturb((int[]){SIGWINCH, SIGUSR1, SIGURG, SIGCONT, 0}, true);
    MUST(open("fifo", O_RDONLY) >= 0);
    MUST(waitpid(child, NULL, 0) == child);
    return 0;
}

static void test_unhandled(void **state)
{
    (void)state;
    expect_own("unhandled", "open $D/fifo fifo\nexit 0\n");
}

static int do_stopped_within(void)
{
    disturb((int[]){SIGSTOP, SIGCONT, SIGTSTP, SIGCONT, 0}, true);
    MUST(open("fifo", O_RDONLY) >= 0);
    return 0;
}

static void test_stopped_within(void **state)
{
    (void)state;
    expect_own("stopped_within", "open $D/fifo fifo\nexit 0\n");
}

static int do_killed_within(void)
{
    disturb((int[]){SIGKILL, 0}, false);
    open("fifo", O_RDONLY);
    return 1;
}

static void test_killed_within(void **state)
{
    struct trace t;

    (void)state;
    prepare_fifo();
    trace_program(&t, scenario_arguments("killed_within"));
    assert_true(WIFSIGNALED(t.status) && WTERMSIG(t.status) == SIGKILL);
    expect_text(&t, t.pid, "killed SIGKILL\n");
    assert_int_equal(strncmp(t.stats, "1 opens and execs that did not return", 37), 0);
    trace_free(&t);
}

static int do_terminated_within(void)
{
    disturb((int[]){SIGTERM, 0}, false);
    open("fifo", O_RDONLY);
    return 1;
}

static void test_terminated_within(void **state)
{
    struct trace t;

    (void)state;
    prepare_fifo();
    trace_program(&t, scenario_arguments("terminated_within"));
    assert_true(WIFSIGNALED(t.status) && WTERMSIG(t.status) == SIGTERM);
    expect_text(&t, t.pid, "killed SIGTERM\n");
    assert_int_equal(strncmp(t.stats, "1 opens and execs that did not return", 37), 0);
    trace_free(&t);
}

/* ---- Signals as such ----------------------------------------------------------------------- */

static int do_job_control(void)
{
    int status, fds[2];
    char byte = 0;
    pid_t pid;

    MUST(pipe(fds) == 0);
    pid = fork();
    MUST(pid >= 0);
    if (pid == 0) {
        see("before");
        raise(SIGSTOP);
        see("between");
        MUST(read(fds[0], &byte, 1) == 1);
        raise(SIGTSTP);
        see("after");
        _exit(0);
    }
    MUST(waitpid(pid, &status, WUNTRACED) == pid);
    MUST(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
    /* It stays stopped. */
    usleep(50000);
    MUST(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
    see("stopped");
    MUST(kill(pid, SIGCONT) == 0);
    MUST(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status));
    MUST(write(fds[1], &byte, 1) == 1);
    MUST(waitpid(pid, &status, WUNTRACED) == pid);
    MUST(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
    MUST(kill(pid, SIGCONT) == 0);
    MUST(waitpid(pid, &status, 0) == pid && status == 0);
    return 0;
}

static void test_job_control(void **state)
{
    (void)state;
    expect_scenario("job_control", "2: fork by 1 $SELF\n"
                                   "2: open $D/before ENOENT\n"
                                   "open $D/stopped ENOENT\n"
                                   "2: open $D/between ENOENT\n"
                                   "2: open $D/after ENOENT\n"
                                   "2: exit 0\n"
                                   "exit 0\n");
}

static int do_own_signals(void)
{
    sigset_t set;
    siginfo_t info;
    const struct timespec second = {1, 0};

    /* Those that a tracer uses for itself are the program's as well. */
    handle(SIGTRAP, handler, 0);
    __asm__ volatile("int3");
    MUST(handled == SIGTRAP);
    handled = 0;
    raise(SIGTRAP);
    MUST(handled == SIGTRAP);
    handle(SIGCHLD, handler, 0);
    raise(SIGCHLD);
    MUST(handled == SIGCHLD);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    MUST(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    MUST(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 4711}) == 0);
    MUST(sigtimedwait(&set, &info, &second) == SIGRTMIN + 1);
    MUST(info.si_value.sival_int == 4711 && info.si_pid == getpid());
    see("end");
    raise(SIGQUIT);
    return 1;
}

static void test_own_signals(void **state)
{
    struct trace t;

    (void)state;
    trace_program(&t, scenario_arguments("own_signals"));
    assert_true(WIFSIGNALED(t.status));
    expect_text(&t, 0, "open $D/end ENOENT\nkilled SIGQUIT\n");
    trace_free(&t);
}

static volatile bool enough;

static void stop_opening(int signo)
{
    (void)signo;
    enough = true;
}

/* A signal every millisecond among thousands of opens: none is lost, none is seen twice. */
static int do_storm(void)
{
    const int opens = 20000;
    pid_t child, parent = getpid();

    handle(SIGUSR1, handler, SA_RESTART);
    handle(SIGUSR2, stop_opening, 0);
    child = fork();
    MUST(child >= 0);
    if (child == 0) {
        for (int i = 0; i < 500; i++) {
            kill(parent, i % 2 ? SIGUSR1 : SIGUSR2);
            usleep(500);
        }
        _exit(0);
    }
    for (int i = 0; i < opens; i++) {
        char name[32];

        snprintf(name, sizeof(name), "n%d", i);
        see(name);
    }
    kill(child, SIGKILL);
    MUST(enough && waitpid(child, NULL, 0) == child);
    return 0;
}

static void test_storm(void **state)
{
    int next = 0, number;
    const char *rest;
    struct trace t;

    (void)state;
    trace_scenario(&t, "storm");
    for (size_t i = t.marked; i < t.count; i++) {
        if (t.events[i].a.kind != ACTIVITY_OPEN)
            continue;
        assert_int_equal(sscanf(strrchr(t.events[i].path, '/'), "/n%d", &number), 1);
        assert_int_equal(number, next++);
        assert_int_equal(t.events[i].a.error, ENOENT);
    }
    assert_int_equal(next, 20000);
    /* Where we were kept from looking for a while, some of it waited: no more than that. */
    rest = strstr(t.stats, " MiB of what was taken from the kernel waited");
    assert_true(t.stats[0] == '\0' || (rest != NULL && strchr(rest, '\n')[1] == '\0' &&
                                       strspn(t.stats, "0123456789") == (size_t)(rest - t.stats)));
    trace_free(&t);
}

const struct scenario scenarios[] = {
    {"fifo", do_fifo},
    {"interrupted", do_interrupted},
    {"tried_again", do_tried_again},
    {"restarted", do_restarted},
    {"opening_handler", do_opening_handler},
    {"unhandled", do_unhandled},
    {"stopped_within", do_stopped_within},
    {"killed_within", do_killed_within},
    {"terminated_within", do_terminated_within},
    {"job_control", do_job_control},
    {"own_signals", do_own_signals},
    {"storm", do_storm},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        scenario_test(test_fifo),
        scenario_test(test_interrupted),
        scenario_test(test_tried_again),
        scenario_test(test_restarted),
        scenario_test(test_opening_handler),
        scenario_test(test_unhandled),
        scenario_test(test_stopped_within),
        scenario_test(test_killed_within),
        scenario_test(test_terminated_within),
        scenario_test(test_job_control),
        scenario_test(test_own_signals),
        scenario_test(test_storm),
    };

    scenario_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
