/* --path and --not-path: which events are shown. */
#ifndef CLIENT_FILTER_H
#define CLIENT_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "event.h"

struct filter {
    const char **paths, **not_paths; /* globs; the strings are borrowed */
    size_t path_count, not_path_count;
};

/*
 * Shown: the path matches one of `paths` (or there are none) and none of `not_paths`. Globs are
 * fnmatch(3)'s, compared byte by byte with the whole path as it is shown; `*`, `?` and `[...]`
 * match separators too. For paths of Windows' kinds a backslash in a glob is a backslash, and
 * capitals (of ASCII) do not matter.
 */
bool filter_shows(const struct filter *, const struct name *path);

#endif
