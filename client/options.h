/* The command lines of `filetap run`, `watch` and `attach`. */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "filter.h"
#include "format.h"

enum verb { VERB_RUN, VERB_WATCH, VERB_ATTACH };

struct options {
    enum verb verb;
    const char
        *output; /* NULL: standard error for run, else standard output; "-": standard output */
    const struct format *format;
    const char *source;   /* "auto", "bpf", "ptrace" */
    size_t ring_size;     /* 0: the source's choice */
    uint64_t duration_ms; /* 0: no end */
    uint64_t count;       /* 0: no end */
    const char *driver;   /* NULL: to be found */
    const char **names;
    size_t name_count;
    uint32_t *process_ids;
    size_t process_id_count;
    struct filter filter;
    int ready_fd; /* gets a line when what happens is seen; -1: none */
    bool children, failed, directories, nt_names, unix_view, quiet, lossy, stats, verbose;
    bool errno_words, requested;
    char **program; /* run: with its arguments, ends with NULL */
};

enum options_result {
    OPTIONS_RUN,
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_WRONG, /* *error says what */
};

/* argv[0] is the verb. Strings are borrowed from argv. */
enum options_result options_parse(struct options *, int argc, char **argv, char **error);
void options_free(struct options *);

void options_print_help(enum verb, FILE *);

#endif
