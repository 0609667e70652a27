/*
 * Where the trace goes. The first write that fails is reported, once and by the output's name;
 * after it everything is discarded. A file then ends with the last whole line that it took.
 */
#ifndef CLIENT_OUTPUT_H
#define CLIENT_OUTPUT_H

#include <stdbool.h>

#include "buffer.h"

struct output {
    const char *name; /* for messages; borrowed */
    int fd;
    bool owned; /* the file is ours to close, and to cut back to whole lines */
    bool failed;
    bool terminal;
    struct buffer pending; /* add lines here */
};

/* NULL: standard error. "-": standard output. 0 or -1 with *error set. */
int output_open(struct output *, const char *path, char **error);

/* How many columns the terminal has now; 0: it is none, or does not say. */
unsigned output_columns(const struct output *);

/* A terminal whose user has not said that colors are not wanted. */
bool output_wants_color(const struct output *);

/* To be called between lines: writes when enough is pending, or (flush) whatever is. */
void output_pump(struct output *, bool flush);

/* Flushes and closes. False when anything could not be written. */
bool output_close(struct output *);

#endif
