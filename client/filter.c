#include "filter.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>

#include "buffer.h"

static bool matches_one(const char **globs, size_t count, const char *path, enum name_form form)
{
    int flags = form == NAME_UNIX ? 0 : FNM_NOESCAPE | FNM_CASEFOLD;

    for (size_t i = 0; i < count; i++) {
        if (fnmatch(globs[i], path, flags) == 0)
            return true;
    }
    return false;
}

/* The names that an event has: NULL where there is no such one. */
struct names {
    const char *path, *directory, *requested;
    enum name_form form; /* of the first two */
};

static bool any_matches(const char **globs, size_t count, const struct names *n)
{
    return matches_one(globs, count, n->path, n->form) ||
           (n->directory != NULL && matches_one(globs, count, n->directory, n->form)) ||
           (n->requested != NULL && matches_one(globs, count, n->requested, NAME_UNIX));
}

bool filter_shows(const struct filter *f, const struct event *e)
{
    struct names names = {.path = e->path.bytes, .form = e->path.form};
    struct buffer directory = {0};
    bool shown;

    if (f->path_count == 0 && f->not_path_count == 0)
        return true;
    if (e->call != NULL && !f->nt_names)
        names.requested = e->call->requested_path;
    if (event_needs_separator(e)) {
        buffer_string(&directory, e->path.bytes);
        buffer_byte(&directory, name_separator(e->path.form));
        buffer_byte(&directory, '\0');
        names.directory = directory.data;
    }
    shown = (f->path_count == 0 || any_matches(f->paths, f->path_count, &names)) &&
            !any_matches(f->not_paths, f->not_path_count, &names);
    buffer_free(&directory);
    return shown;
}

/* ---- Globs ---------------------------------------------------------------------------------- */

/* Behind the bracket expression that begins at `at`; NULL: it does not end. */
static const char *behind_bracket(const char *at, bool escapes)
{
    at++;
    if (*at == '!' || *at == '^')
        at++;
    /* A bracket that comes first means itself. */
    for (bool first = true; *at != '\0'; first = false) {
        if (*at == ']' && !first)
            return at + 1;
        if (at[0] == '[' && (at[1] == ':' || at[1] == '.' || at[1] == '=')) {
            const char end[] = {at[1], ']', '\0'}, *found = strstr(at + 2, end);

            at = found != NULL ? found + 2 : at + 1;
        } else {
            at += escapes && at[0] == '\\' && at[1] != '\0' ? 2 : 1;
        }
    }
    return NULL;
}

static bool is_balanced(const char *glob, bool escapes)
{
    while (*glob != '\0') {
        if (*glob == '[') {
            glob = behind_bracket(glob, escapes);
            if (glob == NULL)
                return false;
        } else {
            glob += escapes && glob[0] == '\\' && glob[1] != '\0' ? 2 : 1;
        }
    }
    return true;
}

/* Does a backslash at the end take the meaning from a character that is not there? */
static bool ends_in_escape(const char *glob)
{
    size_t n = strlen(glob), backslashes = 0;

    while (backslashes < n && glob[n - 1 - backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 1;
}

const char *filter_fault(const char *glob, bool nt_names)
{
    bool dos = isalpha((unsigned char)glob[0]) && glob[1] == ':';
    bool unix_only = glob[0] == '/', wild = glob[0] != '\0' && strchr("*?[", glob[0]) != NULL;

    if (glob[0] == '\0')
        return "matches no path; '*' matches all";
    if (!is_balanced(glob, !dos) && (unix_only || dos || !is_balanced(glob, dos)))
        return "has a '[' without its ']'; '[[]' stands for a '['";
    if (nt_names && glob[0] != '\\' && !wild)
        return "can match nothing: with --nt-names paths begin with a backslash; one that begins "
               "with '*\\' finds a name in any directory";
    if (!unix_only && !dos && !wild && glob[0] != '\\')
        return "can match nothing: paths are shown from the root directory, and begin with a '/'; "
               "one that begins with '*/' finds a name in any directory";
    if (unix_only && ends_in_escape(glob))
        return "can match nothing: the backslash at its end stands before nothing; '\\\\' stands "
               "for "
               "one";
    return NULL;
}
