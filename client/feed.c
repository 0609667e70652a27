/* The stage that takes what happens from the source to the driver. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fltbox/box.h"
#include "stages.h"

/*
 * A call becomes a record of at most FT_MAX_NAME_LENGTH bytes and some, with a new process's record
 * before it, of FT_MAX_RECORD_SIZE at most: so many fit into half of the driver's queue, whatever
 * they are. When it has taken so many we ask it how full that is.
 */
#define LONGEST_CALL     (FT_MAX_RECORD_SIZE + FT_MAX_NAME_LENGTH + 1024)
#define LOOK_EVERY       (FT_DEFAULT_QUEUE_BYTES / 2 / LONGEST_CALL)

#define MOST_CALLS_BYTES ((size_t)4 << 20) /* of what is known of calls besides */
#define WAIT             10                /* ms */
#define LEFT_AFTER       500               /* ms after the program's end what it has left is told */
#define TICK             100               /* ms: from then on */

_Static_assert(LOOK_EVERY >= 4, "the driver is not asked all the time");

/* ---- Not too far ahead of show ------------------------------------------------------------- */

static bool queue_has_room(struct trace *t)
{
    struct ft_status_reply status;
    char *error = NULL;

    if (session_status(t->session, &status, &error) != 0) {
        free(error); /* the summary will say so */
        return true;
    }
    return status.queue_used <= status.queue_bytes / 2;
}

/* Where show falls behind: what waits meanwhile waits in the source, which has more room. */
static void wait_for_show(struct trace *t)
{
    static unsigned fed;

    pace_fed_while_waiting(&t->pace);
    if (++fed < LOOK_EVERY)
        return;
    fed = 0;
    while ((!queue_has_room(t) || calls_bytes(&t->calls) > MOST_CALLS_BYTES) &&
           !atomic_load(&t->pace.show_is_gone) && !trace_is_past(t, FEED_MS)) {
        pace_fed(&t->pace, false);
        pace_wait_read(&t->pace, WAIT);
    }
}

/* ---- From the box -------------------------------------------------------------------------- */

static void on_lost(void *context, pid_t pid, pid_t tid, uint64_t time, uint64_t count)
{
    struct trace *t = context;
    const struct loss loss = {.count = count, .time = time, .process_id = pid, .thread_id = tid};

    calls_add_loss(&t->calls, &loss);
}

static void on_call(void *context, const struct box_call *c)
{
    struct trace *t = context;
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
        .path_elsewhere = c->path_elsewhere,
        .name_unread = c->name_unread,
        .command_line_cut = c->command_line_cut,
    };

    wait_for_show(t);
    calls_add(&t->calls, &call);
}

/* The driver decides; what it cannot say it is asked again, event by event. */
static bool is_wanted(void *context, pid_t pid)
{
    struct trace *t = context;
    char *error = NULL;
    bool selected = true;

    if (session_is_selected(t->session, pid, &selected, &error) != 0)
        free(error);
    return selected;
}

void feed_options(struct trace *t, struct box_options *options)
{
    const struct options *o = &t->options;
    /* Without names and with children, all that a program starts is wanted. */
    bool judges = o->verb != VERB_RUN || o->name_count > 0 || !o->children;

    options->on_lost = on_lost;
    options->on_call = on_call;
    options->wanted = judges ? is_wanted : NULL;
    options->context = t;
}

/* ---- Following ----------------------------------------------------------------------------- */

/* Looks whether the program has ended and what it has left. How long to wait for the next thing. */
static int look_at_program(struct trace *t)
{
    static bool told;
    int left;

    if (t->options.verb != VERB_RUN || (left = box_left(t->box)) < 0)
        return -1;
    trace_program_ended(t);
    if (!told && left > 0 && milliseconds() - atomic_load(&t->gone_ms) >= LEFT_AFTER &&
        isatty(STDERR_FILENO) && !t->options.quiet) {
        atomic_store(&t->left, left);
        pace_fed(&t->pace, false);
        told = true;
    }
    return told ? -1 : TICK;
}

void feed_run(struct trace *t)
{
    int n;

    while ((n = box_poll(t->box, look_at_program(t))) >= 0 || n == -EINTR) {
        if (n > 0)
            pace_fed(&t->pace, false);
    }
    if (n != -ECHILD) {
        fprintf(stderr, "filetap: cannot go on watching: %s\n", strerror(-n));
        atomic_store(&t->broken, true);
    }
}
