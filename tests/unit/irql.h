/*
 * For tests of the IRQL at which functions may be called: one level above, each has to end in a bug
 * check that names it.
 */
#ifndef TESTS_UNIT_IRQL_H
#define TESTS_UNIT_IRQL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "nt/nt.h"

enum { ANY_LEVEL = 100, BY_ARGUMENT = 101 /* which other tests have */ };

struct irql_level {
    const char *name;
    int most;
};

static void *irql_target(const struct nt_export *exports, const char *name)
{
    for (const struct nt_export *e = exports; e->module != NULL; e++) {
        if (strcmp(e->name, name) == 0)
            return e->target;
    }
    return NULL;
}

/* Whatever is read of the arguments before the IRQL is looked at leads back to this. */
static void *arguments[4096];

static _Noreturn void call_at(void *target, KIRQL irql)
{
    typedef void *(NTAPI * any_function)(void *, void *, void *, void *, void *, void *, void *,
                                         void *);
    any_function f = (any_function)target;
    KIRQL before;

    for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++)
        arguments[i] = arguments;
    KeRaiseIrql(irql, &before);
    f(arguments, arguments, arguments, arguments, arguments, arguments, arguments, arguments);
    _exit(0);
}

/* What a child that calls it says on standard error; its status. */
static int said_at(void *target, KIRQL irql, char *said, size_t size)
{
    int ends[2], status;
    size_t n = 0;
    ssize_t got;
    pid_t pid;

    fflush(NULL);
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        alarm(20);
        call_at(target, irql);
    }
    close(ends[1]);
    while (n < size - 1 && (got = read(ends[0], said + n, size - 1 - n)) > 0)
        n += (size_t)got;
    said[n] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void assert_levels(const struct nt_export *exports, const struct irql_level *levels,
                          size_t count)
{
    bool wrong = false;

    for (size_t i = 0; i < count; i++) {
        void *target = irql_target(exports, levels[i].name);
        char said[4096], expected[128];
        KIRQL above;
        int status;

        if (levels[i].most >= ANY_LEVEL)
            continue;
        assert_non_null(target);
        above = levels[i].most == DISPATCH_LEVEL ? HIGH_LEVEL : (KIRQL)(levels[i].most + 1);
        status = said_at(target, above, said, sizeof(said));
        snprintf(expected, sizeof(expected), " called at IRQL %u; it may be called at IRQL %d",
                 above, levels[i].most);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 125 && strstr(said, expected) != NULL &&
            strstr(said, levels[i].name) != NULL)
            continue;
        print_error("%s at IRQL %u: status 0x%x, \"%s\"\n", levels[i].name, above, status, said);
        wrong = true;
    }
    assert_false(wrong);
}

#endif
