/*
 * Records to events. The decoder believes nothing: sizes, lengths and sequence numbers are checked,
 * though the driver is our own, because a wrong trace is worse than none.
 */
#ifndef CLIENT_DECODE_H
#define CLIENT_DECODE_H

#include "event.h"
#include "names.h"

struct decoder;

struct decoder_sink {
    void (*event)(void *context, const struct event *);
    void (*loss)(void *context, const struct loss *);
    /* Something that must not be: a malformed record, a gap in the sequence. */
    void (*problem)(void *context, const char *message);
    void *context;
};

struct decoder_counts {
    uint64_t files;    /* file records */
    uint64_t lost;     /* records that the driver says it lost */
    uint64_t missing;  /* records that are not there and of which nobody says anything */
    uint64_t unknown;  /* records of kinds that this decoder does not know, skipped */
    uint64_t problems; /* messages given to the sink */
};

/* `user_path` NULL: names are shown as NT names. */
struct decoder *decoder_new(const struct decoder_sink *, user_path_fn *user_path);
void decoder_free(struct decoder *);

/* One batch, as FT_COMMAND_READ returned it. What follows a malformed record is not looked at. */
void decoder_feed(struct decoder *, const void *batch, size_t size);

const struct decoder_counts *decoder_counts(const struct decoder *);

#endif
