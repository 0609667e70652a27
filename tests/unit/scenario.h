/*
 * For tests of sources: a scenario is a function that this test program runs in a process of its
 * own, traced, in a fresh directory. What the source says of it from then on becomes text, a line
 * for each activity, in which that directory is $D, the test program $SELF and the program's
 * process id $P.
 *
 * A file that includes this defines `scenarios` and calls scenario_main first thing in main.
 */
#ifndef TEST_SCENARIO_H
#define TEST_SCENARIO_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "source/bpf_private.h"
#include "source/source.h"

struct scenario {
    const char *name;
    int (*run)(void); /* its result is the exit status */
};

extern const struct scenario scenarios[];

#define SCENARIO_MARK "/scenario.begins"

static const struct source_ops *tested_source = &source_ptrace;
static char scenario_self[4096], scenario_directory[4096];

/* In a scenario: what must work for the test to mean anything. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, strerror(errno));   \
            _exit(99);                                                                             \
        }                                                                                          \
    } while (0)

static inline void ignore(void *context, const struct activity *a)
{
    (void)context;
    (void)a;
}

/* Skips everything where the source cannot be had. */
static inline void test_bpf(void)
{
    const struct source_target nothing = {0};
    struct source *source;
    char error[512] = "";
    pid_t pid;

    if (source_bpf.open(&source, &nothing, ignore, NULL, &pid, error, sizeof(error)) != 0) {
        puts(error);
        exit(77);
    }
    source_bpf.close(source);
    tested_source = &source_bpf;
}

static inline void scenario_main(int argc, char **argv)
{
    ssize_t n = readlink("/proc/self/exe", scenario_self, sizeof(scenario_self) - 1);

    MUST(n > 0);
    scenario_self[n] = '\0';
    if (argc < 4 || strcmp(argv[1], "--scenario") != 0) {
        const char *source = getenv("FT_SOURCE");

        bpf_without_casts = source != NULL && strcmp(source, "bpf without casts") == 0;
        if (bpf_without_casts || (source != NULL && strcmp(source, "bpf") == 0))
            test_bpf();
        return;
    }
    snprintf(scenario_directory, sizeof(scenario_directory), "%s", argv[3]);
    MUST(chdir(argv[3]) == 0);
    for (const struct scenario *s = scenarios; s->name != NULL; s++) {
        if (strcmp(s->name, argv[2]) == 0) {
            MUST(open(SCENARIO_MARK, O_RDONLY) < 0);
            _exit(s->run());
        }
    }
    _exit(98);
}

/* ---- What the source says ------------------------------------------------------------------ */

struct event {
    struct activity a;
    char *path, *image, *executed, *command_line;
};

struct trace {
    struct source *source;
    pid_t pid;
    int status, exec_error;
    struct event *events;
    size_t count, marked; /* events from `marked` on are the scenario's */
    char stats[1024];
};

static inline char *copy(const char *s)
{
    return s == NULL ? NULL : strdup(s);
}

static inline void record(void *context, const struct activity *a)
{
    struct trace *t = context;
    struct event *e;

    if (a->kind == ACTIVITY_THREAD_EXIT)
        return; /* a source need not say it */
    t->events = realloc(t->events, (t->count + 1) * sizeof(*t->events));
    assert_non_null(t->events);
    e = &t->events[t->count++];
    e->a = *a;
    e->path = copy(a->path);
    e->image = copy(a->image);
    e->executed = copy(a->executed);
    e->command_line = copy(a->command_line);
    if (a->kind == ACTIVITY_OPEN && strcmp(a->path, SCENARIO_MARK) == 0)
        t->marked = t->count;
}

/* Of the source that is tested: $FT_SOURCE, ptrace where that is not set. */
static inline int open_source(struct source **source, char *const argv[], struct trace *t,
                              pid_t *pid, char *error, size_t size)
{
    const struct source_target target = {.argv = argv};

    return tested_source->open(source, &target, record, t, pid, error, size);
}

static inline void trace_start(struct trace *t, char *const argv[])
{
    char error[512] = "";

    memset(t, 0, sizeof(*t));
    if (open_source(&t->source, argv, t, &t->pid, error, sizeof(error)) != 0)
        fail_msg("%s", error);
    assert_int_equal(tested_source->go(t->source), 0);
}

static inline void trace_finish(struct trace *t)
{
    FILE *f = fmemopen(t->stats, sizeof(t->stats), "w");

    assert_non_null(f);
    tested_source->result(t->source, &t->status, &t->exec_error);
    tested_source->print_stats(t->source, f);
    fclose(f);
    tested_source->close(t->source);
}

static inline void trace_program(struct trace *t, char *const argv[])
{
    int result;

    trace_start(t, argv);
    while ((result = tested_source->poll(t->source, -1)) >= 0)
        ;
    assert_int_equal(result, -ECHILD);
    trace_finish(t);
}

static inline char **scenario_arguments(const char *name)
{
    static char *argv[5];

    argv[0] = scenario_self;
    argv[1] = "--scenario";
    argv[2] = (char *)name;
    argv[3] = scenario_directory;
    return argv;
}

/* The scenario must end with status 0. */
static inline void trace_scenario(struct trace *t, const char *name)
{
    trace_program(t, scenario_arguments(name));
    assert_int_equal(t->status, 0);
    assert_int_not_equal(t->marked, 0);
}

static inline void trace_free(struct trace *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->events[i].path);
        free(t->events[i].image);
        free(t->events[i].executed);
        free(t->events[i].command_line);
    }
    free(t->events);
}

/* ---- As text ------------------------------------------------------------------------------- */

static inline void print_path(FILE *f, const struct trace *t, const char *path)
{
    size_t n = strlen(scenario_directory);
    char proc[32];

    snprintf(proc, sizeof(proc), "/proc/%d/", t->pid);
    if (strncmp(path, proc, strlen(proc)) == 0)
        fprintf(f, "/proc/$P/%s", path + strlen(proc));
    else if (strcmp(path, scenario_self) == 0)
        fputs("$SELF", f);
    else if (strncmp(path, scenario_directory, n) == 0 && (path[n] == '/' || path[n] == '\0'))
        fprintf(f, "$D%s", path + n);
    else
        fputs(path, f);
}

/* The program is process 1, others are counted as they come. */
static inline int process_number(const struct trace *t, pid_t pid, size_t until)
{
    int number = 1;

    for (size_t i = until + 1; i-- > 0;) {
        if (t->events[i].a.kind == ACTIVITY_FORK && t->events[i].a.pid == pid) {
            for (size_t k = 0; k < i; k++)
                number += t->events[k].a.kind == ACTIVITY_FORK;
            return number + 1;
        }
    }
    return pid == t->pid ? 1 : 0;
}

static inline void print_file(FILE *f, const struct trace *t, const struct event *e)
{
    static const char *const types[16] = {
        [S_IFREG >> 12] = "file",   [S_IFDIR >> 12] = "directory", [S_IFLNK >> 12] = "link",
        [S_IFCHR >> 12] = "device", [S_IFIFO >> 12] = "fifo",
    };

    print_path(f, t, e->a.name_unread ? "(unread)" : e->path);
    if (e->a.error != 0)
        fprintf(f, " %s", strerrorname_np(e->a.error));
    else
        fprintf(f, " %s", types[e->a.type >> 12] != NULL ? types[e->a.type >> 12] : "?");
    if (e->a.created)
        fputs(" created", f);
    if (e->a.parent_missing)
        fputs(" parent-missing", f);
    if (e->a.path_truncated)
        fputs(" cut", f);
}

static inline void print_event(FILE *f, const struct trace *t, size_t i)
{
    const struct event *e = &t->events[i];
    int number = process_number(t, e->a.pid, i);

    if (number != 1)
        fprintf(f, "%d: ", number);
    switch (e->a.kind) {
    case ACTIVITY_OPEN:
        fputs("open ", f);
        print_file(f, t, e);
        break;
    case ACTIVITY_EXEC:
        fputs("exec ", f);
        print_file(f, t, e);
        break;
    case ACTIVITY_FORK:
        fprintf(f, "fork by %d ", process_number(t, e->a.ppid, i));
        print_path(f, t, e->image != NULL ? e->image : "?");
        break;
    case ACTIVITY_IMAGE:
        fputs("image ", f);
        print_path(f, t, e->image != NULL ? e->image : "?");
        break;
    case ACTIVITY_EXIT:
        if (WIFSIGNALED(e->a.status))
            fprintf(f, "killed SIG%s", sigabbrev_np(WTERMSIG(e->a.status)));
        else
            fprintf(f, "exit %d", WEXITSTATUS(e->a.status));
        break;
    case ACTIVITY_THREAD_EXIT:
        break;
    case ACTIVITY_REQUEST:
        fputs("request", f); /* of Windows programs, of which there is none here */
        break;
    case ACTIVITY_LOST:
        fprintf(f, "lost %llu", (unsigned long long)e->a.count);
        break;
    }
    fputc('\n', f);
}

/* Everything that one process did, or all of them (pid 0), after the scenario's beginning. */
static inline char *trace_text(const struct trace *t, pid_t pid)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    assert_non_null(f);
    for (size_t i = t->marked; i < t->count; i++) {
        if (pid == 0 || t->events[i].a.pid == pid)
            print_event(f, t, i);
    }
    fclose(f);
    return text;
}

static inline void expect_text(const struct trace *t, pid_t pid, const char *expected)
{
    char *text = trace_text(t, pid);

    assert_string_equal(text, expected);
    free(text);
}

/* Runs the scenario; the trace must be exactly this, and nothing may be left out. */
static inline void expect_scenario(const char *name, const char *expected)
{
    struct trace t;

    trace_scenario(&t, name);
    expect_text(&t, 0, expected);
    assert_string_equal(t.stats, "");
    trace_free(&t);
}

/* ---- The directory ------------------------------------------------------------------------- */

static inline int make_directory(void **state)
{
    const char *parent = getenv("TMPDIR");
    char name[1024];

    (void)state;
    snprintf(name, sizeof(name), "%s/scenario.XXXXXX", parent != NULL ? parent : "/tmp");
    return mkdtemp(name) == NULL || chmod(name, 0755) < 0 ||
                   realpath(name, scenario_directory) == NULL
               ? -1
               : 0;
}

static inline int remove_directory(void **state)
{
    char *argv[] = {"rm", "-rf", scenario_directory, NULL};
    pid_t pid = fork();
    int status;

    (void)state;
    if (pid == 0) {
        execvp("rm", argv);
        _exit(1);
    }
    return pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0 ? -1 : 0;
}

#define scenario_test(f) cmocka_unit_test_setup_teardown(f, make_directory, remove_directory)

#endif
