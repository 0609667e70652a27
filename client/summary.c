/* What there was, what is missing, and what would help against that. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fltbox/box.h"
#include "stages.h"

struct numbers {
    uint64_t shown, failed; /* and written */
    uint64_t lost;          /* all together */
    uint64_t of_source;     /* of these, what was lost before it reached the driver, */
    uint64_t unprocessed;   /* and what was on its way when the end came */
    uint64_t made;          /* by the driver; 0: it does not say */
    bool incomplete;        /* the driver made more than came */
};

/* Is what is on its way of interest? */
static bool counts_rest(const struct trace *t)
{
    int reason = atomic_load(&t->reason);

    return reason == END_SIGNAL || reason == END_DURATION;
}

/* What the driver and the source say they made and lost, against what came. */
static struct numbers count(struct trace *t)
{
    const struct output *o = &t->output;
    uint64_t unwritten = atomic_load(&o->unwritten), unread = 0;
    uint64_t failures = atomic_load(&o->unwritten_failures);
    struct numbers n = {.of_source = box_lost(t->box), .lost = atomic_load(&t->lost)};
    struct ft_status_reply status;
    char *error = NULL;
    uint64_t came;

    if (session_status(t->session, &status, &error) != 0) {
        complain(error);
        atomic_store(&t->broken, true);
    } else {
        if (status.lost > n.lost)
            n.lost = status.lost;
        n.made = status.events;
        came = atomic_load(&t->decoded) + n.lost;
        if (status.events > came)
            unread = status.events - came;
    }
    n.shown = atomic_load(&t->shown);
    n.shown -= unwritten < n.shown ? unwritten : n.shown;
    n.failed = atomic_load(&t->failed);
    n.failed -= failures < n.failed ? failures : n.failed;
    if (counts_rest(t))
        n.unprocessed = box_undelivered(t->box) + unread + unwritten;
    else
        n.incomplete = unread > 0 && atomic_load(&t->reason) == END_NOT;
    n.lost += n.of_source + n.unprocessed;
    return n;
}

uint64_t summary_lost(struct trace *t)
{
    return count(t).lost;
}

static void print_help(const struct trace *t, const struct numbers *n)
{
    if (n->of_source > 0 && strcmp(box_source(t->box), "bpf") == 0)
        fprintf(stderr, "filetap: against losses help a bigger --ring-size, and less to trace: a "
                        "program's name, --no-children, --failed\n");
    if (n->unprocessed > 0)
        fprintf(
            stderr,
            "filetap: %" PRIu64 " of those lost had been seen and were still to be shown when "
            "the end came; less to trace helps (a program's name, --no-children, --failed), and "
            "whatever makes the output faster\n",
            n->unprocessed);
}

void summary_print(struct trace *t)
{
    uint64_t hidden = atomic_load(&t->hidden), unknown, missing;
    struct numbers n;

    if (atomic_flag_test_and_set(&t->summed_up))
        return;
    n = count(t);
    unknown = atomic_load(&t->unknown);
    missing = atomic_load(&t->missing);
    if (n.incomplete) {
        fprintf(stderr,
                "filetap: the trace is not complete: the driver made %" PRIu64 " events, %" PRIu64
                " arrived and %" PRIu64 " were lost\n",
                n.made, atomic_load(&t->decoded), n.lost - n.of_source);
        atomic_store(&t->broken, true);
    }
    if (t->options.quiet && n.lost == 0)
        return;
    fprintf(stderr, "filetap: %" PRIu64 " event%s, %" PRIu64 " failed", n.shown,
            n.shown == 1 ? "" : "s", n.failed);
    if (hidden > 0)
        fprintf(stderr, ", %" PRIu64 " not shown (--path, --not-path)", hidden);
    if (unknown > 0)
        fprintf(stderr, ", %" PRIu64 " of unknown kinds", unknown);
    if (missing > 0)
        fprintf(stderr, ", %" PRIu64 " missing", missing);
    fprintf(stderr, ", %" PRIu64 " lost", n.lost);
    if (n.unprocessed > 0)
        fprintf(stderr, ", %" PRIu64 " of these not processed", n.unprocessed);
    fputc('\n', stderr);
    if (n.lost > 0 && !t->options.quiet)
        print_help(t, &n);
}
