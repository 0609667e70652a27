#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decode.h"
#include "fltbox/box.h"
#include "options.h"
#include "output.h"
#include "session.h"
#include "tables.h"

#define BATCH_SIZE    (256 * 1024)
#define LONGEST_DELAY 100 /* ms */
#define IDLE_DELAY    10  /* ms */

_Static_assert(BATCH_SIZE >= FT_MAX_RECORD_SIZE, "a batch takes every record");

struct run {
    struct options options;
    struct box *box;
    struct session *session;
    struct decoder *decoder;
    struct output output;
    struct format_state state;
    char *batch;
    uint64_t shown, failed, hidden;
    uint64_t lost;
    bool broken; /* the trace is not what it should be, and that has been said */
};

/* A message of one or more lines. Frees it. */
static void complain(char *message)
{
    char *save, *line;

    if (message == NULL) {
        fputs("filetrace: out of memory\n", stderr);
        return;
    }
    for (line = strtok_r(message, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
        fprintf(stderr, "filetrace: %s\n", line);
    free(message);
}

/* ---- From the decoder ---------------------------------------------------------------------- */

static void on_event(void *context, const struct event *e)
{
    struct run *run = context;

    if (!filter_shows(&run->options.filter, e->path.bytes)) {
        run->hidden++;
        return;
    }
    run->shown++;
    if (!status_success(e->status))
        run->failed++;
    if (run->output.failed)
        return;
    run->options.format->event(&run->output.pending, &run->state, e);
    e->process->events++;
    output_pump(&run->output, false);
}

static void on_loss(void *context, const struct loss *loss)
{
    struct run *run = context;

    if (run->output.failed)
        return;
    run->options.format->loss(&run->output.pending, &run->state, loss);
    output_pump(&run->output, false);
}

static void on_problem(void *context, const char *message)
{
    struct run *run = context;

    output_pump(&run->output, true);
    if (decoder_counts(run->decoder)->problems <= 10)
        fprintf(stderr, "filetrace: the trace is not complete: %s\n", message);
    run->broken = true;
}

/* ---- Signals ------------------------------------------------------------------------------- */

static struct box *signalled_box;

static void pass_on(int signo)
{
    int saved = errno;

    box_signal(signalled_box, signo);
    errno = saved;
}

/*
 * After the program was started, which is to have them as we had them. What a terminal sends
 * reaches the program by itself; what is sent to us is passed on, each time.
 */
static void take_signals(struct box *box)
{
    static const int ignored[] = {SIGINT, SIGQUIT, SIGPIPE, SIGXFSZ};
    struct sigaction pass = {.sa_handler = pass_on}, ignore = {.sa_handler = SIG_IGN};

    signalled_box = box;
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        sigaction(ignored[i], &ignore, NULL);
    sigaction(SIGTERM, &pass, NULL);
    sigaction(SIGHUP, &pass, NULL);
}

/* ---- The run ------------------------------------------------------------------------------- */

static struct run *crashing;

/* The driver has crashed: what came before that is written all the same. */
static void on_crash(void)
{
    output_pump(&crashing->output, true);
}

/* 0, or the exit status. */
static int load_driver(struct run *run, char **error)
{
    struct box_options box_options = {.on_crash = on_crash};
    struct box_driver driver = {0};
    char *path = session_find_driver(run->options.driver, error);
    int status = BOX_EXIT_USAGE;

    if (path == NULL)
        return status;
    crashing = run;
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

static bool wants_color(const struct output *output)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return output->terminal && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

static int open_output(struct run *run, char **error)
{
    if (output_open(&run->output, run->options.output, error) != 0)
        return BOX_EXIT_FAILED;
    run->state.color = wants_color(&run->output);
    if (run->options.format->begin != NULL)
        run->options.format->begin(&run->output.pending, &run->state);
    return 0;
}

/* The program itself, unless names were given; and whoever else was named by id. */
static int select_processes(struct run *run, pid_t pid, char **error)
{
    const struct options *o = &run->options;
    struct session_selection selection = {
        .names = o->names,
        .name_count = o->name_count,
        .children = o->children,
        .directories = o->directories,
        .failures_only = o->failed,
    };
    uint32_t *ids = allocate((o->process_id_count + 1) * sizeof(*ids));
    int result;

    for (size_t i = 0; i < o->process_id_count; i++)
        ids[selection.process_id_count++] = o->process_ids[i];
    if (o->name_count == 0)
        ids[selection.process_id_count++] = pid;
    selection.process_ids = ids;
    result = session_select(run->session, &selection, error);
    free(ids);
    return result == 0 ? 0 : BOX_EXIT_FAILED;
}

static int start(struct run *run, char **error)
{
    pid_t pid;
    int status = load_driver(run, error);

    if (status == 0)
        status = open_output(run, error);
    if (status == 0)
        status = box_start(run->box,
                           &(struct box_target){.source = run->options.source,
                                                .argv = run->options.program},
                           &pid, error);
    if (status != 0)
        return status;
    take_signals(run->box);
    status = select_processes(run, pid, error);
    if (status == 0 && box_go(run->box, error) != 0)
        status = BOX_EXIT_FAILED;
    return status;
}

/* Everything that the driver has. */
static void drain(struct run *run)
{
    uint32_t size;

    do {
        char *error = NULL;

        if (session_read(run->session, run->batch, BATCH_SIZE, &size, &error) != 0) {
            if (!run->broken)
                complain(error);
            else
                free(error);
            run->broken = true;
            return;
        }
        decoder_feed(run->decoder, run->batch, size);
    } while (size > 0);
}

static uint64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Until every process is gone. What was drained is written when nothing new has come for a while,
   and after LONGEST_DELAY at the latest. */
static void follow(struct run *run)
{
    uint64_t written = milliseconds();
    int n;

    while ((n = box_poll(run->box, run->output.pending.length > 0 ? IDLE_DELAY : -1)) >= 0 ||
           n == -EINTR) {
        uint64_t now = milliseconds();

        drain(run);
        if (n <= 0 || now - written >= LONGEST_DELAY) {
            output_pump(&run->output, true);
            written = now;
        }
    }
    drain(run);
    if (n != -ECHILD) {
        fprintf(stderr, "filetrace: cannot go on watching: %s\n", strerror(-n));
        run->broken = true;
    }
}

/* What the driver and the source say they made and lost, against what came. */
static void settle(struct run *run)
{
    const struct decoder_counts *counts = decoder_counts(run->decoder);
    struct ft_status_reply status;
    char *error = NULL;

    run->lost = counts->lost;
    if (session_status(run->session, &status, &error) != 0) {
        complain(error);
        run->broken = true;
    } else {
        if (status.lost > run->lost)
            run->lost = status.lost;
        if (counts->files + run->lost < status.events) {
            fprintf(stderr,
                    "filetrace: the trace is not complete: the driver made %" PRIu64
                    " events, %" PRIu64 " arrived and %" PRIu64 " were lost\n",
                    status.events, counts->files, run->lost);
            run->broken = true;
        }
    }
    run->lost += box_lost(run->box);
}

static void print_summary(const struct run *run)
{
    const struct decoder_counts *counts = decoder_counts(run->decoder);

    if (run->options.quiet && run->lost == 0)
        return;
    fprintf(stderr, "filetrace: %" PRIu64 " event%s, %" PRIu64 " failed", run->shown,
            run->shown == 1 ? "" : "s", run->failed);
    if (run->hidden > 0)
        fprintf(stderr, ", %" PRIu64 " not shown (--path, --not-path)", run->hidden);
    if (counts->unknown > 0)
        fprintf(stderr, ", %" PRIu64 " of unknown kinds", counts->unknown);
    if (counts->missing > 0)
        fprintf(stderr, ", %" PRIu64 " missing", counts->missing);
    fprintf(stderr, ", %" PRIu64 " lost\n", run->lost);
}

static void release(struct run *run)
{
    session_close(run->session);
    run->session = NULL;
    if (run->box != NULL && box_unload(run->box) > 0)
        run->broken = true;
    box_close(run->box);
    run->box = NULL;
    decoder_free(run->decoder);
    free(run->batch);
    options_free(&run->options);
}

/* `status` is 0 where the program ran to its end. */
static int finish(struct run *run, int status)
{
    int wait_status = 0, exec_error = 0;
    bool written;

    if (status == 0) {
        box_result(run->box, &wait_status, &exec_error);
        settle(run);
    } else {
        run->output.pending.length = 0; /* a heading without a trace */
    }
    written = output_close(&run->output);
    if (status == 0) {
        print_summary(run);
        if (exec_error != 0)
            fprintf(stderr, "filetrace: cannot run '%s': %s\n", run->options.program[0],
                    strerror(exec_error));
        else if (run->lost > 0 && !run->options.lossy)
            status = BOX_EXIT_LOST;
    }
    release(run);
    if (exec_error == 0 && (run->broken || !written) && (status == 0 || status == BOX_EXIT_LOST))
        status = BOX_EXIT_FAILED;
    if (status == 0)
        box_exit_like(wait_status, exec_error);
    return status;
}

int run_main(int argc, char **argv)
{
    static struct run run;
    const struct decoder_sink sink = {on_event, on_loss, on_problem, &run};
    char *error = NULL;
    int status;

    switch (options_parse(&run.options, argc, argv, &error)) {
    case OPTIONS_HELP:
        fputs(options_help, stdout);
        return fflush(stdout) == 0 ? 0 : BOX_EXIT_FAILED;
    case OPTIONS_VERSION:
        puts("filetrace " FILETRACE_VERSION);
        return fflush(stdout) == 0 ? 0 : BOX_EXIT_FAILED;
    case OPTIONS_WRONG:
        complain(error);
        fputs("filetrace: see 'filetrace run --help'\n", stderr);
        return BOX_EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    tzset();
    run.output.fd = -1;
    run.batch = allocate(BATCH_SIZE);
    run.decoder = decoder_new(&sink, run.options.nt_names ? NULL : session_user_path);
    status = start(&run, &error);
    if (status != 0)
        complain(error);
    else
        follow(&run);
    return finish(&run, status);
}
