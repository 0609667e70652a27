/* What /proc says of processes that want to be misunderstood. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "source/proc.h"

/* A process with this name, held until it is let go of. */
static pid_t start_named(const char *name)
{
    int ready[2];
    pid_t pid;
    char byte;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, name);
        if (write(ready[1], "r", 1) == 1)
            pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

/* Its parent and its age are found whatever it calls itself. */
static void names_hide_no_parent(void **state)
{
    static const char *const names[] = {
        "plain",     "",           "\n",         "a\nb",           ") S 1 1 1",
        "\n) R 0 (", "((((((((((", "))))))))))", "x\n) Z 1 2 3 4", "\xFF\x01\t \r\v) T 7",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        pid_t pid = start_named(names[i]), parent = 0;
        uint64_t started = 0, own = 0;
        pid_t ours;

        assert_true(proc_parent(pid, &parent, &started));
        assert_int_equal(parent, getpid());
        assert_true(proc_parent(getpid(), &ours, &own));
        assert_int_equal(ours, getppid());
        assert_true(started >= own && own > 0);
        end(pid);
        assert_false(proc_parent(pid, &parent, &started));
    }
}

/* A command line of megabytes costs what Windows' longest does. */
static void command_lines_have_a_bound(void **state)
{
    enum { SIZE = 1 << 20 };
    char *arguments = malloc(SIZE), *line;
    bool cut;

    (void)state;
    assert_non_null(arguments);
    memset(arguments, '"', SIZE);
    for (size_t i = 99; i < SIZE; i += 100)
        arguments[i] = '\0';
    arguments[SIZE - 1] = '\0';
    line = proc_quote(arguments, SIZE, &cut);
    assert_true(cut);
    assert_non_null(line);
    assert_true(strlen(line) <= 32766);
    assert_memory_equal(line, "\"\\\"\\\"", 5);
    free(line);
    free(arguments);
}

/* The name that was executed: whole where an argument has it. */
static void executed_names(void **state)
{
    static const struct {
        const char *path, *comm, *arguments; /* these with blanks for NULs */
        const char *executed;
    } cases[] = {
        {"/usr/bin/python3.11", "python3", "python3 x", "python3"},
        {"/usr/bin/python3.11", "python3.11", "anything", NULL},
        {"/usr/bin/dash", "apt-key", "/bin/sh /usr/bin/apt-key x", "apt-key"},
        {"/usr/bin/a-very-long-program", "a-very-long-pro", "x", NULL},
        {"/usr/bin/dash", "a-very-long-scr", "/bin/sh -e /usr/bin/a-very-long-script",
         "a-very-long-script"},
        {"/usr/bin/bash", "a-very-long-she", "-a-very-long-shell", "a-very-long-shell"},
        {"/usr/bin/dash", "a-very-long-scr", "x y z a-very-long-script", "a-very-long-scr"},
        {"/usr/bin/dash", "a-very-long-scr", "", "a-very-long-scr"},
        {NULL, "3", "x", "3"},
        {"/usr/bin/dash", "", "x", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char arguments[100], *found;
        size_t size = strlen(cases[i].arguments) + 1;

        memcpy(arguments, cases[i].arguments, size);
        for (char *c = arguments; *c != '\0'; c++) {
            if (*c == ' ')
                *c = '\0';
        }
        found = proc_executed(cases[i].path, cases[i].comm, arguments, size > 1 ? size : 0);
        if (cases[i].executed == NULL)
            assert_null(found);
        else
            assert_string_equal(found, cases[i].executed);
        free(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(executed_names),
        cmocka_unit_test(names_hide_no_parent),
        cmocka_unit_test(command_lines_have_a_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
