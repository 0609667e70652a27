#include "trace.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fltbox/box.h"
#include "ready.h"
#include "stages.h"

/* A message of one or more lines. Frees it. */
void complain(char *message)
{
    char *save, *line;

    if (message == NULL) {
        fputs("filetap: out of memory\n", stderr);
        return;
    }
    for (line = strtok_r(message, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
        fprintf(stderr, "filetap: %s\n", line);
    free(message);
}

/* ---- Starting ------------------------------------------------------------------------------- */

static struct trace *crashing;

/* The driver has crashed: what came before that is written all the same. */
static void on_crash(void)
{
    show_crash(crashing);
}

/* 0, or the exit status. */
static int load_driver(struct trace *run, char **error)
{
    struct box_options box_options = {.on_crash = on_crash};
    struct box_driver driver = {0};
    char *path = session_find_driver(run->options.driver, error);
    int status = BOX_EXIT_USAGE;

    if (path == NULL)
        return status;
    crashing = run;
    feed_options(run, &box_options);
    run->box = box_open(&box_options, error);
    if (run->box == NULL) {
        status = BOX_EXIT_FAILED;
        goto out;
    }
    driver.path = path;
    if (box_load(run->box, &driver, error) != 0)
        goto out;
    run->session = session_open(path, error);
    if (run->session != NULL)
        status = 0;
out:
    free(path);
    return status;
}

static int open_output(struct trace *run, char **error)
{
    const char *path = run->options.output;

    if (path == NULL && run->options.verb != VERB_RUN)
        path = "-"; /* no program writes there */
    if (output_open(&run->output, path, error) != 0)
        return BOX_EXIT_FAILED;
    /* Whoever has seen enough (`| head`) ends what has no other end. */
    run->output.pipe_is_quiet = run->options.verb != VERB_RUN;
    run->state.color = output_wants_color(&run->output);
    run->state.columns = output_columns(&run->output);
    run->state.errno_words = run->options.errno_words;
    run->state.requested = run->options.requested || run->options.verbose;
    run->state.unix_path = session_unix_path;
    if (run->options.format->begin != NULL)
        run->options.format->begin(&run->output.pending, &run->state);
    return 0;
}

/* Processes by name; or by id, those given or the program itself. */
static int select_processes(struct trace *run, pid_t pid, char **error)
{
    const struct options *o = &run->options;
    const struct wanted *w = &run->wanted;
    const uint32_t program = pid;
    struct session_selection selection = {
        .names = w->patterns,
        .name_count = w->pattern_count,
        .process_ids = o->verb == VERB_ATTACH ? o->process_ids : w->process_ids,
        .process_id_count = o->verb == VERB_ATTACH ? o->process_id_count : w->process_id_count,
        .children = o->children,
        .directories = o->directories,
        .failures_only = o->failed,
    };

    if (o->verb == VERB_RUN && o->name_count == 0) {
        selection.process_ids = &program;
        selection.process_id_count = 1;
    }
    return session_select(run->session, &selection, error) == 0 ? 0 : BOX_EXIT_FAILED;
}

static int start(struct trace *run, char **error)
{
    const struct options *o = &run->options;
    struct box_target target = {
        .source = o->source,
        .argv = o->program,
        .pids = (const pid_t *)o->process_ids,
        .pid_count = o->process_id_count,
        .everything = o->verb == VERB_WATCH,
        .ring_size = o->ring_size,
        .unix_view = o->unix_view,
    };
    pid_t pid;
    int status = load_driver(run, error);

    if (status == 0)
        wanted_resolve(&run->wanted, o);
    if (status == 0)
        status = open_output(run, error);
    if (status == 0)
        status = box_start(run->box, &target, &pid, error);
    if (status != 0)
        return status;
    if (end_start(run, error) != 0)
        return BOX_EXIT_FAILED;
    if (o->verbose)
        fprintf(stderr, "filetap: the source is %s\n", box_source(run->box));
    wanted_look_around(&run->wanted, o);
    status = select_processes(run, pid, error);
    if (status == 0) {
        end_after_duration(run);
        ready_say(o); /* the source takes what happens from now on, whoever comes to look at it */
        if (box_go(run->box, error) != 0 || show_start(run, error) != 0)
            status = BOX_EXIT_FAILED;
    }
    return status;
}

/* ---- The end ------------------------------------------------------------------------------- */

int trace_status(struct trace *run, bool written)
{
    int wait_status = 0, exec_error = 0;

    box_result(run->box, &wait_status, &exec_error);
    if (atomic_load(&run->reason) == END_READER)
        return TRACE_ENDS_BY_PIPE;
    if (exec_error != 0)
        return TRACE_ENDS_LIKE_PROGRAM;
    if (atomic_load(&run->broken) || !written)
        return BOX_EXIT_FAILED;
    if (!run->options.lossy && summary_lost(run) > 0)
        return BOX_EXIT_LOST;
    return run->options.verb == VERB_RUN ? TRACE_ENDS_LIKE_PROGRAM : 0;
}

/* Did a driver leave something behind? */
static bool release(struct trace *run)
{
    bool broken;

    session_close(run->session);
    run->session = NULL;
    broken = run->box != NULL && box_unload(run->box) > 0;
    box_close(run->box);
    run->box = NULL;
    show_free(run);
    calls_free(&run->calls);
    pace_free(&run->pace);
    wanted_free(&run->wanted);
    options_free(&run->options);
    return broken;
}

static void print_end(struct trace *run, int exec_error)
{
    if (run->options.verbose)
        box_print_source_stats(run->box, stderr);
    if (box_warning(run->box) != NULL && !run->options.quiet)
        fprintf(stderr, "filetap: %s\n", box_warning(run->box));
    summary_print(run);
    if (exec_error != 0)
        fprintf(stderr, "filetap: cannot run '%s': %s\n", run->options.program[0],
                strerror(exec_error));
}

/* `status` is 0 where all was begun. */
static int finish(struct trace *run, int status)
{
    bool written, broken = false;
    int wait_status = 0, exec_error = 0;

    if (status != 0)
        run->output.pending.length = 0; /* a heading without a trace */
    written = output_close(&run->output);
    if (status == 0) {
        box_result(run->box, &wait_status, &exec_error);
        if (atomic_load(&run->reason) != END_READER)
            print_end(run, exec_error);
        status = trace_status(run, written);
    }
    end_release(run, status);
    broken = release(run);
    if (broken && (status == 0 || status == BOX_EXIT_LOST || status == TRACE_ENDS_LIKE_PROGRAM) &&
        exec_error == 0)
        status = BOX_EXIT_FAILED;
    if (status == TRACE_ENDS_BY_PIPE)
        box_exit_like(SIGPIPE, 0);
    if (status == TRACE_ENDS_LIKE_PROGRAM)
        box_exit_like(wait_status, exec_error);
    return status;
}

int trace_main(int argc, char **argv)
{
    static struct trace trace = {
        .summed_up = ATOMIC_FLAG_INIT,
        .end_lock = PTHREAD_MUTEX_INITIALIZER,
    };
    char *error = NULL;
    int status;

    switch (options_parse(&trace.options, argc, argv, &error)) {
    case OPTIONS_HELP:
        options_print_help(trace.options.verb, stdout);
        return fflush(stdout) == 0 ? 0 : BOX_EXIT_FAILED;
    case OPTIONS_VERSION:
        puts("filetap " FILETAP_VERSION);
        return fflush(stdout) == 0 ? 0 : BOX_EXIT_FAILED;
    case OPTIONS_WRONG:
        complain(error);
        fprintf(stderr, "filetap: see 'filetap %s --help'\n", argv[0]);
        return BOX_EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    tzset();
    trace.output.fd = -1;
    calls_init(&trace.calls);
    pace_init(&trace.pace);
    show_init(&trace);
    status = start(&trace, &error);
    if (status != 0) {
        complain(error);
    } else {
        feed_run(&trace);
        show_finish(&trace);
    }
    return finish(&trace, status);
}
