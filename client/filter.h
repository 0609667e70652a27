/* --path and --not-path: which events are shown, by their paths. */
#ifndef CLIENT_FILTER_H
#define CLIENT_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "event.h"

struct filter {
    const char **paths, **not_paths; /* globs; the strings are borrowed */
    size_t path_count, not_path_count;
    bool nt_names; /* NT names are shown: what Linux programs asked for is not compared */
};

/*
 * Shown: an event's path, or the name that was asked for made absolute, matches one of `paths` (or
 * there are none), and neither matches one of `not_paths`. Globs are fnmatch(3)'s, compared byte by
 * byte with the whole path as it is shown, a directory's final separator included; without it
 * matches too, for the sake of CSV. `*`, `?` and `[...]` match separators too. For paths of
 * Windows' kinds a backslash in a glob is a backslash, and capitals (of ASCII) do not matter.
 */
bool filter_shows(const struct filter *, const struct event *);

/*
 * Can a glob match anything, and means it what it seems to? NULL, or what is wrong with it: the end
 * of a sentence that has begun with the option and the glob.
 */
const char *filter_fault(const char *glob, bool nt_names);

#endif
