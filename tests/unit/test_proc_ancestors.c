/* Whom a process descends from, of those that still run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "source/proc.h"
#include "source/source.h"

static struct {
    pid_t pid, ppid;
    uint64_t start;
    char image[4097];
} seen[64];
static size_t seen_count;

static void sink(void *context, const struct activity *a)
{
    assert_ptr_equal(context, seen);
    assert_int_equal(a->kind, ACTIVITY_IMAGE);
    assert_true(a->met);
    assert_true(seen_count < 64);
    seen[seen_count].pid = a->pid;
    seen[seen_count].ppid = a->ppid;
    seen[seen_count].start = a->start_ns;
    snprintf(seen[seen_count].image, sizeof(seen[0].image), "%s", a->image ? a->image : "");
    seen_count++;
}

static void they_are_told_from_the_parent_on(void **state)
{
    char self[4097] = "";
    int ends[2];
    pid_t child;
    char byte;

    (void)state;
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) { /* lives until it is not needed any more */
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) != 0);
    }
    close(ends[0]);
    seen_count = 0;
    proc_ancestors(child, sink, seen);
    close(ends[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(seen_count >= 1);
    assert_int_equal(seen[0].pid, getpid());
    assert_int_equal(seen[0].ppid, getppid());
    assert_string_equal(seen[0].image, self);
    for (size_t i = 1; i < seen_count; i++) {
        assert_int_equal(seen[i].pid, seen[i - 1].ppid);
        assert_true(seen[i].start <= seen[i - 1].start);
    }
    assert_true(seen[seen_count - 1].ppid == 0 || seen_count == 64);
}

/* A chain of processes, each waiting for the next; the last tells how many it has above itself. */
static _Noreturn void deep(void)
{
    for (int i = 0; i < 70; i++) {
        pid_t pid = fork();
        int status;

        if (pid == 0)
            continue;
        if (pid < 0 || waitpid(pid, &status, 0) != pid)
            _exit(9);
        _exit(WEXITSTATUS(status));
    }
    seen_count = 0;
    proc_ancestors(getpid(), sink, seen);
    _exit(seen_count == 64 ? 7 : 8);
}

static void no_more_than_64(void **state)
{
    pid_t pid = fork();
    int status;

    (void)state;
    if (pid == 0)
        deep();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 7);
}

static void one_that_is_gone_has_none(void **state)
{
    pid_t pid = fork();

    (void)state;
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    seen_count = 0;
    proc_ancestors(pid, sink, seen);
    assert_int_equal(seen_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_told_from_the_parent_on),
        cmocka_unit_test(no_more_than_64),
        cmocka_unit_test(one_that_is_gone_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
