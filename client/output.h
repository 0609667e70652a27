/*
 * Where the trace goes. The first write that fails is reported, once and by the output's name;
 * after it everything is discarded. A file then ends with the last whole line that it took.
 *
 * A write that waits for its reader ends at a signal; where the owner then gives up, what has not
 * been written is discarded, but for the rest of an event of which some is, and counted.
 */
#ifndef CLIENT_OUTPUT_H
#define CLIENT_OUTPUT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "buffer.h"

enum output_patience {
    OUTPUT_WAITS,
    OUTPUT_ENDS_EVENT, /* what is begun is to be written still */
    OUTPUT_ENDS,
};

struct output_end {
    uint32_t at;
    bool failure;
};

struct output {
    const char *name; /* for messages; borrowed */
    int fd;
    bool owned; /* the file is ours to close, and to cut back to whole lines */
    bool failed;
    bool terminal;
    struct buffer pending; /* add lines here */
    struct buffer ends;    /* of the events in these: struct output_end */
    /* Events that have not been written: those in `pending`, and those that were given up. How many
       of them are failures. For any thread. */
    _Atomic uint64_t unwritten, unwritten_failures;
    enum output_patience (*patience)(void *context); /* asked when a write was interrupted; NULL:
                                                        there is no end to it */
    void *context;
    bool gave_up;
    bool pipe_is_quiet; /* a reader that goes away is no error to be reported */
    bool reader_is_gone;
};

/* NULL: standard error. "-": standard output. 0 or -1 with *error set. */
int output_open(struct output *, const char *path, char **error);

/* How many columns the terminal has now; 0: it is none, or does not say. */
unsigned output_columns(const struct output *);

/* A terminal whose user has not said that colors are not wanted. */
bool output_wants_color(const struct output *);

/* What was added to `pending` last was an event; of something that failed? */
void output_end_event(struct output *, bool failure);

/* Can be waited for with poll(2) to see whether its reader has gone: a pipe or a socket. */
bool output_has_reader(const struct output *);

/* To be called between lines: writes when enough is pending, or (flush) whatever is. */
void output_pump(struct output *, bool flush);

/* Flushes and closes. False when anything could not be written. */
bool output_close(struct output *);

#endif
