/* The options of `filetrace run`. */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"
#include "format.h"

struct options {
    const char *output; /* NULL: standard error; "-": standard output */
    const struct format *format;
    const char *source; /* "auto", "ptrace" */
    const char *driver; /* NULL: to be found */
    const char **names;
    size_t name_count;
    uint32_t *process_ids;
    size_t process_id_count;
    struct filter filter;
    bool children, failed, directories, nt_names, quiet, lossy;
    char **program; /* with its arguments, ends with NULL */
};

enum options_result {
    OPTIONS_RUN,
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_WRONG, /* *error says what */
};

/* argv[0] is skipped. Strings are borrowed from argv. */
enum options_result options_parse(struct options *, int argc, char **argv, char **error);
void options_free(struct options *);

extern const char options_help[];

#endif
