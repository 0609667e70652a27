#include "stats.h"

#include <inttypes.h>
#include <stdio.h>

#define PERIOD 1000 /* ms */
#define TO_END "\x1b[K"

bool stats_due(const struct stats *s, uint64_t now_ms)
{
    return s->wanted && now_ms - s->last_ms >= PERIOD;
}

void stats_show(struct stats *s, uint64_t now_ms, uint64_t events, uint64_t lost, uint64_t selected)
{
    uint64_t rate = (events - s->last_events) * 1000 / (now_ms - s->last_ms);

    fprintf(stderr, "%s%" PRIu64 " events/s, %" PRIu64 " lost, %" PRIu64 " process%s selected%s",
            s->terminal ? "\r" : "", rate, lost, selected, selected == 1 ? "" : "es",
            s->terminal ? TO_END : "\n");
    fflush(stderr);
    s->last_ms = now_ms;
    s->last_events = events;
    s->begun = true;
}

void stats_end(struct stats *s)
{
    if (s->begun && s->terminal)
        fputs("\r" TO_END, stderr);
    s->begun = false;
}
