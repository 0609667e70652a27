/* The stage that reads what the driver says, decodes it, formats and writes it. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fltbox/box.h"
#include "stages.h"
#include "tables.h"

#define BATCH_SIZE    (256 * 1024)
#define IDLE_DELAY    10   /* ms: what is pending is written when nothing new came for so long, */
#define LONGEST_DELAY 100  /* ms: and after so long at the latest */
#define LONG_WAIT     1000 /* ms: where nothing comes */

_Static_assert(BATCH_SIZE >= FT_MAX_RECORD_SIZE, "a batch takes every record");

/* Between show and who asks it to write after a crash. */
static struct {
    _Atomic bool wanted, done, reading;
} crash;

/* ---- From the decoder ---------------------------------------------------------------------- */

static void add(_Atomic uint64_t *number)
{
    atomic_store_explicit(number, atomic_load_explicit(number, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

static void on_loss(void *context, const struct loss *loss)
{
    struct trace *t = context;

    if (t->output.failed)
        return;
    t->options.format->loss(&t->output.pending, &t->state, loss);
    output_pump(&t->output, false);
}

static bool has_enough(const struct trace *t)
{
    return t->options.count > 0 &&
           atomic_load_explicit(&t->shown, memory_order_relaxed) >= t->options.count;
}

static void on_event(void *context, const struct event *e)
{
    struct trace *t = context;
    struct event shown = *e;
    bool failed;

    /* Event by event: somebody may want to know while we wait for the reader of the output. */
    atomic_store_explicit(&t->decoded, decoder_counts(t->decoder)->files, memory_order_relaxed);
    shown.call = calls_take(&t->calls, e->process_id, e->thread_id, e->time, on_loss, t);
    if (has_enough(t))
        return;
    if (!filter_shows(&t->options.filter, &shown)) {
        add(&t->hidden);
        return;
    }
    failed = !status_success(e->status);
    add(&t->shown);
    if (failed)
        add(&t->failed);
    if (!t->output.failed) {
        t->options.format->event(&t->output.pending, &t->state, &shown);
        output_end_event(&t->output, failed);
        e->process->events++;
        output_pump(&t->output, false);
    }
    if (has_enough(t))
        end_request(t, END_COUNT);
}

static void on_problem(void *context, const char *message)
{
    struct trace *t = context;

    output_pump(&t->output, true);
    if (decoder_counts(t->decoder)->problems <= 10)
        fprintf(stderr, "filetap: the trace is not complete: %s\n", message);
    atomic_store(&t->broken, true);
}

/* ---- Reading ------------------------------------------------------------------------------- */

/* 1: a batch; 0: the driver has nothing; -1: it gives nothing, which has been said. */
static int read_batch(struct trace *t)
{
    const struct decoder_counts *counts = decoder_counts(t->decoder);
    char *error = NULL;
    uint32_t size;
    int result;

    atomic_store(&crash.reading, true);
    result = session_read(t->session, t->batch, BATCH_SIZE, &size, &error);
    atomic_store(&crash.reading, false);
    if (result != 0) {
        if (!atomic_load(&t->broken))
            complain(error);
        else
            free(error);
        atomic_store(&t->broken, true);
        return -1;
    }
    if (size == 0)
        return 0;
    decoder_feed(t->decoder, t->batch, size);
    atomic_store_explicit(&t->decoded, counts->files, memory_order_relaxed);
    atomic_store_explicit(&t->lost, counts->lost, memory_order_relaxed);
    atomic_store_explicit(&t->unknown, counts->unknown, memory_order_relaxed);
    atomic_store_explicit(&t->missing, counts->missing, memory_order_relaxed);
    return 1;
}

/*
 * Reads once. A batch that was empty says that of what was fed before nothing is left: so is
 * `last`, where that is everything.
 */
static int read_once(struct trace *t, bool last)
{
    uint64_t mark = calls_mark(&t->calls);
    int result = read_batch(t);

    if (result == 0)
        calls_pass(&t->calls, mark, last, on_loss, t);
    if (result > 0)
        pace_read(&t->pace, false);
    return result;
}

/* ---- What is said besides ------------------------------------------------------------------ */

static void show_stats(struct trace *t, uint64_t now)
{
    struct ft_status_reply status = {0};
    char *error = NULL;

    if (!stats_due(&t->stats, now))
        return;
    if (session_status(t->session, &status, &error) != 0)
        free(error); /* the summary will say so */
    stats_show(&t->stats, now, atomic_load(&t->decoded), atomic_load(&t->lost) + box_lost(t->box),
               status.selected);
}

/* The program has ended, and what it has started goes on. */
static void tell_left(struct trace *t)
{
    int left = atomic_exchange(&t->left, 0);

    if (left == 0)
        return;
    output_pump(&t->output, true);
    stats_end(&t->stats);
    fprintf(stderr,
            "filetap: %s has ended; %d of its descendants %s still traced; Ctrl-C ends the "
            "trace%s\n",
            t->options.program[0], left, left == 1 ? "is" : "are",
            !box_kills(t->box) ? ""
            : left == 1        ? ", and kills it"
                               : ", and kills them");
}

/* ---- The thread ---------------------------------------------------------------------------- */

static void write_for_crash(struct trace *t)
{
    output_pump(&t->output, true);
    while (read_batch(t) > 0)
        ;
    output_pump(&t->output, true);
    atomic_store(&crash.done, true);
    for (;;)
        pause(); /* the process ends */
}

static int longest_wait(const struct trace *t, uint64_t now, bool busy)
{
    if (t->output.pending.length > 0)
        return IDLE_DELAY;
    if (t->stats.wanted && t->stats.last_ms + LONG_WAIT > now)
        return t->stats.last_ms + LONG_WAIT - now;
    return busy ? LONGEST_DELAY : LONG_WAIT;
}

/* Shows what comes until there is no more, or no more time. */
static void show_all(struct trace *t)
{
    uint64_t written = milliseconds();
    bool busy = true;

    while (!trace_is_past(t, SHOW_MS) && !has_enough(t)) {
        bool last = pace_has_finished(&t->pace);
        int result = read_once(t, last);
        uint64_t now = milliseconds();

        if (atomic_load(&crash.wanted))
            write_for_crash(t);
        if (result < 0)
            return;
        if ((result == 0 && !busy) || now - written >= LONGEST_DELAY) {
            output_pump(&t->output, true);
            written = now;
        }
        if (t->output.failed && t->options.verb != VERB_RUN)
            end_request(t, t->output.reader_is_gone ? END_READER : END_OUTPUT);
        show_stats(t, now);
        tell_left(t);
        if (result > 0)
            continue;
        if (last)
            return;
        busy = pace_wait_fed(&t->pace, longest_wait(t, now, busy));
    }
}

static enum output_patience patience(void *context)
{
    return trace_is_past(context, WRITE_MS)  ? OUTPUT_ENDS
           : trace_is_past(context, SHOW_MS) ? OUTPUT_ENDS_EVENT
                                             : OUTPUT_WAITS;
}

static void *run(void *context)
{
    struct trace *t = context;

    atomic_store(&t->show_tid, gettid());
    box_thread_begin();
    show_all(t);
    pace_read(&t->pace, true);
    /* Whoever has enough, or can have no more, waits for feed, which goes on. */
    while (!pace_has_finished(&t->pace)) {
        output_pump(&t->output, true);
        tell_left(t);
        if (atomic_load(&crash.wanted))
            write_for_crash(t);
        pace_wait_fed(&t->pace, LONGEST_DELAY);
    }
    output_pump(&t->output, true);
    stats_end(&t->stats);
    box_thread_end();
    atomic_store(&t->show_tid, 0);
    return NULL;
}

void show_init(struct trace *t)
{
    const struct decoder_sink sink = {on_event, on_loss, on_problem, t};

    t->batch = allocate(BATCH_SIZE);
    t->decoder = decoder_new(&sink, t->options.nt_names ? NULL : session_user_path);
}

void show_free(struct trace *t)
{
    decoder_free(t->decoder);
    free(t->batch);
}

int show_start(struct trace *t, char **error)
{
    int result;

    t->output.patience = patience;
    t->output.context = t;
    t->stats.wanted = t->options.stats;
    t->stats.terminal = isatty(STDERR_FILENO);
    t->stats.last_ms = milliseconds();
    result = pthread_create(&t->show_thread, NULL, run, t);
    atomic_store(&t->show_started, result == 0);
    if (result == 0)
        return 0;
    set_message(error, "cannot make a thread: %s", strerror(result));
    return -1;
}

void show_finish(struct trace *t)
{
    if (!atomic_load(&t->show_started))
        return;
    pace_fed(&t->pace, true);
    pthread_join(t->show_thread, NULL);
    atomic_store(&t->show_started, false);
}

void show_crash(struct trace *t)
{
    const struct timespec tick = {0, 5000000};

    if (!atomic_load(&t->show_started)) {
        output_pump(&t->output, true);
        return;
    }
    atomic_store(&crash.wanted, true);
    pace_fed(&t->pace, false);
    for (int i = 0; i < 200 && !atomic_load(&crash.done); i++) {
        /* It is in the driver's hands, for long: either that has crashed there or it holds a lock
           for ever. What is pending is ours then. */
        if (i >= 40 && atomic_load(&crash.reading)) {
            output_pump(&t->output, true);
            return;
        }
        nanosleep(&tick, NULL);
    }
}
