/* The line of --stats: once a second, how it goes. */
#ifndef CLIENT_STATS_H
#define CLIENT_STATS_H

#include <stdbool.h>
#include <stdint.h>

struct stats {
    bool wanted;
    bool terminal; /* standard error is one: the line is written over and over */
    bool begun;
    uint64_t last_ms, last_events;
};

/* Is it time for a line? */
bool stats_due(const struct stats *, uint64_t now_ms);

/* `events` and `lost` so far, `selected` now. */
void stats_show(struct stats *, uint64_t now_ms, uint64_t events, uint64_t lost, uint64_t selected);

/* Leaves the cursor at the beginning of an empty line. */
void stats_end(struct stats *);

#endif
