/* --path and --not-path: which events are shown. */
#ifndef CLIENT_FILTER_H
#define CLIENT_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct filter {
    const char **paths, **not_paths; /* globs; the strings are borrowed */
    size_t path_count, not_path_count;
};

/*
 * Shown: the path matches one of `paths` (or there are none) and none of `not_paths`. Globs are
 * fnmatch(3)'s, compared byte by byte with the whole path; `*`, `?` and `[...]` match '/' too.
 */
bool filter_shows(const struct filter *, const char *path);

#endif
