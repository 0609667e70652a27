/*
 * For tests of the executive: wide literals, strings, drivers without an image, and code that has
 * to end in a bug check, which runs in a process of its own.
 */
#ifndef TESTS_UNIT_NT_FIXTURE_H
#define TESTS_UNIT_NT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nt/nt.h"

/* TAG("Abcd") reads Abcd in memory. */
#define TAG(s) ((ULONG)(s)[0] | (ULONG)(s)[1] << 8 | (ULONG)(s)[2] << 16 | (ULONG)(s)[3] << 24)

static inline UNICODE_STRING str(const wchar_t *units)
{
    UNICODE_STRING s;

    RtlInitUnicodeString(&s, units);
    return s;
}

/* A driver object without an image; what is done between driver_enter and driver_leave is its. */
static inline struct nt_driver *driver_enter(struct nt_call *call, const char *name)
{
    struct nt_driver *driver = nt_driver_create(NULL, name);

    assert_non_null(driver);
    nt_call_begin(call, driver, "a test");
    return driver;
}

/* Ends it; the report, to be freed. */
static inline char *driver_leave(struct nt_call *call, struct nt_driver *driver, unsigned *lines)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    nt_call_end(call);
    *lines = nt_driver_delete(driver, out);
    fclose(out);
    return text;
}

/* Runs `body` in a child that has to end with status 125, having said `words`. */
static inline void assert_bug_check(void (*body)(void), const char *words)
{
    char said[8192];
    size_t n = 0;
    ssize_t got;
    int pipes[2], status;
    pid_t pid;

    assert_int_equal(pipe(pipes), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(pipes[1], STDERR_FILENO);
        close(pipes[0]);
        body();
        _exit(0);
    }
    close(pipes[1]);
    while (n < sizeof(said) - 1 && (got = read(pipes[0], said + n, sizeof(said) - 1 - n)) > 0)
        n += (size_t)got;
    said[n] = '\0';
    close(pipes[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 125 || strstr(said, words) == NULL)
        fail_msg("expected a bug check that says \"%s\"; got status 0x%x and:\n%s", words, status,
                 said);
}

static inline int nt_setup(void **state)
{
    (void)state;
    nt_init();
    return 0;
}

#define RUN_NT_TESTS(tests) cmocka_run_group_tests((tests), nt_setup, NULL)

#endif
