#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "decode.h"
#include "fltbox/box.h"
#include "options.h"
#include "output.h"
#include "ready.h"
#include "session.h"
#include "stats.h"
#include "tables.h"
#include "wanted.h"

#define BATCH_SIZE    (256 * 1024)
#define LONGEST_DELAY 100 /* ms */
#define IDLE_DELAY    10  /* ms */

_Static_assert(BATCH_SIZE >= FT_MAX_RECORD_SIZE, "a batch takes every record");

struct trace {
    struct options options;
    struct box *box;
    struct session *session;
    struct decoder *decoder;
    struct wanted wanted;
    struct calls calls;
    struct output output;
    struct format_state state;
    char *batch;
    uint64_t shown, failed, hidden;
    uint64_t lost;
    struct stats stats;
    uint64_t end_ms; /* milliseconds(): when to stop; 0: never */
    bool stopping;
    bool broken; /* the trace is not what it should be, and that has been said */
};

/* A message of one or more lines. Frees it. */
static void complain(char *message)
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

/* ---- From the decoder ---------------------------------------------------------------------- */

static void on_event(void *context, const struct event *e)
{
    struct trace *run = context;
    struct event shown = *e;

    shown.call = calls_take(&run->calls, e->process_id, e->thread_id, e->time);
    if (run->options.count > 0 && run->shown == run->options.count)
        return;
    if (!filter_shows(&run->options.filter, &shown)) {
        run->hidden++;
        return;
    }
    run->shown++;
    if (!status_success(e->status))
        run->failed++;
    if (run->output.failed)
        return;
    run->options.format->event(&run->output.pending, &run->state, &shown);
    e->process->events++;
    output_pump(&run->output, false);
}

static void on_loss(void *context, const struct loss *loss)
{
    struct trace *run = context;

    if (run->output.failed)
        return;
    run->options.format->loss(&run->output.pending, &run->state, loss);
    output_pump(&run->output, false);
}

static void on_problem(void *context, const char *message)
{
    struct trace *run = context;

    output_pump(&run->output, true);
    if (decoder_counts(run->decoder)->problems <= 10)
        fprintf(stderr, "filetap: the trace is not complete: %s\n", message);
    run->broken = true;
}

/* Everything that the driver has. */
static void drain(struct trace *run)
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
    calls_clear(&run->calls); /* of what nobody wanted to know */
}

static uint64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- From the box -------------------------------------------------------------------------- */

/* What came before is in the driver's queue, and comes first. */
static void on_lost(void *context, pid_t pid, pid_t tid, uint64_t time, uint64_t count)
{
    const struct loss loss = {.count = count, .time = time, .process_id = pid, .thread_id = tid};

    drain(context);
    on_loss(context, &loss);
}

static void on_call(void *context, const struct box_call *c)
{
    struct trace *run = context;
    const struct call call = {
        .process_id = c->pid,
        .thread_id = c->tid,
        .time = c->time,
        .error = c->error,
        .uid_known = c->uid_known,
        .uid = c->uid,
        .requested = c->requested,
        .requested_path = c->requested_path,
        .path_uncertain = c->path_uncertain,
        .name_unread = c->name_unread,
    };

    calls_add(&run->calls, &call);
}

/* The driver decides; what it cannot say it is asked again, event by event. */
static bool is_wanted(void *context, pid_t pid)
{
    struct trace *run = context;
    char *error = NULL;
    bool selected = true;

    if (session_is_selected(run->session, pid, &selected, &error) != 0)
        free(error);
    return selected;
}

/* ---- Signals ------------------------------------------------------------------------------- */

static struct box *signalled_box;
static volatile sig_atomic_t stop_signal;

static void pass_on(int signo)
{
    int saved = errno;

    /* The program is gone, and what it has left behind is not: that is not for us to end. */
    if (!box_signal(signalled_box, signo))
        stop_signal = signo;
    errno = saved;
}

static void on_stop(int signo)
{
    stop_signal = signo;
}

/*
 * Of a program we run, after it was started, which is to have them as we had them: what a terminal
 * sends reaches it by itself; what is sent to us is passed on, each time. Where we run none, they
 * end the trace.
 */
static void take_signals(struct box *box, bool program)
{
    static const int from_terminal[] = {SIGINT, SIGQUIT}, to_us[] = {SIGTERM, SIGHUP};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, stop = {.sa_handler = on_stop};
    struct sigaction pass = {.sa_handler = pass_on};

    signalled_box = box;
    for (int i = 0; i < 2; i++) {
        sigaction(from_terminal[i], program ? &ignore : &stop, NULL);
        sigaction(to_us[i], program ? &pass : &stop, NULL);
    }
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
}

/* ---- Starting ------------------------------------------------------------------------------- */

static struct trace *crashing;

/* The driver has crashed: what came before that is written all the same. */
static void on_crash(void)
{
    output_pump(&crashing->output, true);
}

/* 0, or the exit status. */
static int load_driver(struct trace *run, char **error)
{
    const struct options *o = &run->options;
    /* Without names and with children, all that a program starts is wanted. */
    bool judges = o->verb != VERB_RUN || o->name_count > 0 || !o->children;
    struct box_options box_options = {
        .on_crash = on_crash,
        .on_lost = on_lost,
        .on_call = on_call,
        .wanted = judges ? is_wanted : NULL,
        .context = run,
    };
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

static int open_output(struct trace *run, char **error)
{
    const char *path = run->options.output;

    if (path == NULL && run->options.verb != VERB_RUN)
        path = "-"; /* no program writes there */
    if (output_open(&run->output, path, error) != 0)
        return BOX_EXIT_FAILED;
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
    take_signals(run->box, o->verb == VERB_RUN);
    if (o->verbose)
        fprintf(stderr, "filetap: the source is %s\n", box_source(run->box));
    wanted_look_around(&run->wanted, o);
    status = select_processes(run, pid, error);
    if (status == 0 && box_go(run->box, error) != 0)
        status = BOX_EXIT_FAILED;
    if (status == 0)
        ready_say(o);
    run->stats.last_ms = milliseconds();
    if (o->duration_ms > 0)
        run->end_ms = run->stats.last_ms + o->duration_ms;
    run->stats.wanted = o->stats;
    run->stats.terminal = isatty(STDERR_FILENO);
    return status;
}

/* ---- Following ----------------------------------------------------------------------------- */

/* Is it time to end? A program that we run ends by itself. */
static bool wants_to_stop(const struct trace *run, uint64_t now)
{
    const struct options *o = &run->options;

    return stop_signal != 0 || (run->end_ms > 0 && now >= run->end_ms) ||
           (o->count > 0 && run->shown >= o->count) || (o->verb != VERB_RUN && run->output.failed);
}

/* How long to wait for what happens next, at most. */
static int longest_wait(const struct trace *run, uint64_t now)
{
    int wait = LONGEST_DELAY; /* a signal may come just before */

    if (run->output.pending.length > 0)
        return IDLE_DELAY;
    if (run->stats.wanted)
        wait = LONGEST_DELAY;
    if (run->end_ms > 0 && !run->stopping && run->end_ms - now < LONGEST_DELAY)
        wait = run->end_ms - now;
    return wait;
}

static void show_stats(struct trace *run, uint64_t now)
{
    const struct decoder_counts *counts = decoder_counts(run->decoder);
    struct ft_status_reply status = {0};
    char *error = NULL;

    if (!stats_due(&run->stats, now))
        return;
    if (session_status(run->session, &status, &error) != 0)
        free(error); /* settle() will say so */
    stats_show(&run->stats, now, counts->files, counts->lost + box_lost(run->box), status.selected);
}

/*
 * Until every process is gone, or it is enough. What was drained is written when nothing new has
 * come for a while, and after LONGEST_DELAY at the latest.
 */
static void follow(struct trace *run)
{
    uint64_t now = milliseconds(), written = now;
    int n;

    while ((n = box_poll(run->box, longest_wait(run, now))) >= 0 || n == -EINTR) {
        drain(run);
        now = milliseconds();
        if (n <= 0 || now - written >= LONGEST_DELAY) {
            output_pump(&run->output, true);
            written = now;
        }
        if (!run->stopping && wants_to_stop(run, now)) {
            run->stopping = true;
            box_stop(run->box, 1 << 30);
        }
        show_stats(run, now);
    }
    drain(run);
    stats_end(&run->stats);
    if (n != -ECHILD) {
        fprintf(stderr, "filetap: cannot go on watching: %s\n", strerror(-n));
        run->broken = true;
    }
}

/* ---- The end ------------------------------------------------------------------------------- */

/* What the driver and the source say they made and lost, against what came. */
static void settle(struct trace *run)
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
                    "filetap: the trace is not complete: the driver made %" PRIu64
                    " events, %" PRIu64 " arrived and %" PRIu64 " were lost\n",
                    status.events, counts->files, run->lost);
            run->broken = true;
        }
    }
    run->lost += box_lost(run->box);
}

static void print_summary(const struct trace *run)
{
    const struct decoder_counts *counts = decoder_counts(run->decoder);

    if (run->options.quiet && run->lost == 0)
        return;
    fprintf(stderr, "filetap: %" PRIu64 " event%s, %" PRIu64 " failed", run->shown,
            run->shown == 1 ? "" : "s", run->failed);
    if (run->hidden > 0)
        fprintf(stderr, ", %" PRIu64 " not shown (--path, --not-path)", run->hidden);
    if (counts->unknown > 0)
        fprintf(stderr, ", %" PRIu64 " of unknown kinds", counts->unknown);
    if (counts->missing > 0)
        fprintf(stderr, ", %" PRIu64 " missing", counts->missing);
    fprintf(stderr, ", %" PRIu64 " lost\n", run->lost);
}

static void release(struct trace *run)
{
    session_close(run->session);
    run->session = NULL;
    if (run->box != NULL && box_unload(run->box) > 0)
        run->broken = true;
    box_close(run->box);
    run->box = NULL;
    decoder_free(run->decoder);
    calls_free(&run->calls);
    free(run->batch);
    wanted_free(&run->wanted);
    options_free(&run->options);
}

/* `status` is 0 where the program ran to its end. */
static int finish(struct trace *run, int status)
{
    bool program = run->options.verb == VERB_RUN, written;
    int wait_status = 0, exec_error = 0;

    if (status == 0) {
        box_result(run->box, &wait_status, &exec_error);
        settle(run);
    } else {
        run->output.pending.length = 0; /* a heading without a trace */
    }
    written = output_close(&run->output);
    if (status == 0) {
        if (run->options.verbose)
            box_print_source_stats(run->box, stderr);
        if (box_warning(run->box) != NULL && !run->options.quiet)
            fprintf(stderr, "filetap: %s\n", box_warning(run->box));
        print_summary(run);
        if (exec_error != 0)
            fprintf(stderr, "filetap: cannot run '%s': %s\n", run->options.program[0],
                    strerror(exec_error));
        else if (run->lost > 0 && !run->options.lossy)
            status = BOX_EXIT_LOST;
    }
    release(run);
    if (exec_error == 0 && (run->broken || !written) && (status == 0 || status == BOX_EXIT_LOST))
        status = BOX_EXIT_FAILED;
    if (status == 0 && program)
        box_exit_like(wait_status, exec_error);
    return status;
}

int trace_main(int argc, char **argv)
{
    static struct trace trace;
    const struct decoder_sink sink = {on_event, on_loss, on_problem, &trace};
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
    trace.batch = allocate(BATCH_SIZE);
    trace.decoder = decoder_new(&sink, trace.options.nt_names ? NULL : session_user_path);
    status = start(&trace, &error);
    if (status != 0)
        complain(error);
    else
        follow(&trace);
    return finish(&trace, status);
}
