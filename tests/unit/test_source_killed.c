/* Sources: processes killed at any moment, while they fork, open, exec and clone. */
#include "scenario.h"

#include <pthread.h>

static void *open_and_clone(void *depth)
{
    pthread_t thread;

    open("/nonexistent/thread", O_RDONLY);
    if (depth != NULL && pthread_create(&thread, NULL, open_and_clone, NULL) == 0)
        pthread_join(thread, NULL);
    return NULL;
}

_Noreturn static void work_until_killed(void)
{
    pthread_t thread;

    for (;;) {
        pid_t pid = fork();

        if (pid == 0) {
            open("/nonexistent/child", O_RDONLY);
            execl("/nonexistent/program", "program", NULL);
            _exit(0);
        }
        if (pthread_create(&thread, NULL, open_and_clone, "again") == 0)
            pthread_join(thread, NULL);
        open("/nonexistent/parent", O_RDONLY);
        waitpid(-1, NULL, WNOHANG);
    }
}

static int do_killed(void)
{
    for (int i = 0; i < 300; i++) {
        pid_t pid = fork();

        MUST(pid >= 0);
        if (pid == 0)
            work_until_killed();
        usleep(i * 37 % 3000);
        MUST(kill(pid, SIGKILL) == 0);
        MUST(waitpid(pid, NULL, 0) == pid);
    }
    return 0;
}

static int by_number(const void *a, const void *b)
{
    return (*(const pid_t *)a > *(const pid_t *)b) - (*(const pid_t *)a < *(const pid_t *)b);
}

static int at_end(const struct trace *t, pid_t pid, size_t until)
{
    for (size_t i = until; i-- > 0;) {
        if (t->events[i].a.pid == pid)
            return t->events[i].a.kind == ACTIVITY_EXIT;
    }
    return -1;
}

/* Whoever is killed when: each process begins once, before all it does, and ends once, after. */
static void test_killed(void **state)
{
    struct trace t;
    pid_t *living;
    size_t count = 0;

    (void)state;
    trace_scenario(&t, "killed");
    living = calloc(t.count + 1, sizeof(*living));
    assert_non_null(living);
    living[count++] = t.pid;
    for (size_t i = t.marked; i < t.count; i++) {
        const struct activity *a = &t.events[i].a;
        pid_t *found = bsearch(&a->pid, living, count, sizeof(*living), by_number);

        switch (a->kind) {
        case ACTIVITY_FORK:
            assert_null(found);
            assert_int_not_equal(at_end(&t, a->pid, i), 0);
            living[count++] = a->pid;
            qsort(living, count, sizeof(*living), by_number);
            break;
        case ACTIVITY_EXIT:
            assert_non_null(found);
            memmove(found, found + 1, (living + count - found - 1) * sizeof(*living));
            count--;
            break;
        case ACTIVITY_OPEN:
        case ACTIVITY_EXEC:
            assert_non_null(found);
            if (a->error == EFAULT)
                break; /* killed while the kernel waited for the page that the name is on */
            assert_int_equal(a->error, ENOENT);
            assert_int_equal(strncmp(t.events[i].path, "/nonexistent/", 13), 0);
            break;
        default:
            fail_msg("an activity of kind %d", a->kind);
        }
    }
    assert_int_equal(count, 0);
    free(living);
    trace_free(&t);
}

const struct scenario scenarios[] = {
    {"killed", do_killed},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        scenario_test(test_killed),
    };

    scenario_main(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
