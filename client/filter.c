#include "filter.h"

#include <fnmatch.h>

static bool matches_one(const char **globs, size_t count, const struct name *path)
{
    int flags = path->form == NAME_UNIX ? 0 : FNM_NOESCAPE | FNM_CASEFOLD;

    for (size_t i = 0; i < count; i++) {
        if (fnmatch(globs[i], path->bytes, flags) == 0)
            return true;
    }
    return false;
}

bool filter_shows(const struct filter *f, const struct name *path)
{
    if (f->path_count > 0 && !matches_one(f->paths, f->path_count, path))
        return false;
    return !matches_one(f->not_paths, f->not_path_count, path);
}
