#include "wanted.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "filetap/protocol.h"
#include "fltbox/box.h"
#include "quote.h"

/* Where daemons are, which many a PATH leaves out. */
#define MORE_DIRECTORIES "/usr/local/sbin:/usr/sbin:/sbin"

bool wanted_matches(const char *pattern, const char *name)
{
    const char *star = NULL, *retry = NULL;

    while (*name != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            retry = name;
        } else if (*pattern != '\0' && (*pattern == '?' || tolower((unsigned char)*pattern) ==
                                                               tolower((unsigned char)*name))) {
            pattern++;
            name++;
        } else if (star != NULL) {
            pattern = star;
            name = ++retry;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

static const char *final_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* ---- On PATH -------------------------------------------------------------------------------- */

/* The directories, one after the other: NULL at the end. An empty entry is the working directory.
   `*list` is where to go on. Freed by the caller. */
static char *next_directory(const char **list)
{
    const char *begin = *list, *end;
    char *directory = NULL;

    if (begin == NULL)
        return NULL;
    end = strchrnul(begin, ':');
    *list = *end == ':' ? end + 1 : NULL;
    set_message(&directory, "%.*s", end > begin ? (int)(end - begin) : 1,
                end > begin ? begin : ".");
    return directory;
}

static char *search_list(void)
{
    const char *path = getenv("PATH");
    char *list = NULL;

    set_message(&list, "%s:%s", path != NULL ? path : "/usr/local/bin:/usr/bin:/bin",
                MORE_DIRECTORIES);
    return list;
}

/* The file that the name leads to, over all links; to be freed. NULL: there is none. */
static char *look_up(const char *list, const char *name)
{
    char *directory, *file = NULL, *real = NULL;

    while (real == NULL && (directory = next_directory(&list)) != NULL) {
        struct stat st;

        set_message(&file, "%s/%s", directory, name);
        if (file != NULL && stat(file, &st) == 0 && S_ISREG(st.st_mode) && access(file, X_OK) == 0)
            real = realpath(file, NULL);
        free(file);
        free(directory);
    }
    return real;
}

static bool any_file_matches(const char *list, const char *pattern)
{
    char *directory;
    bool found = false;

    while (!found && (directory = next_directory(&list)) != NULL) {
        DIR *entries = opendir(directory);
        struct dirent *entry;

        while (entries != NULL && !found && (entry = readdir(entries)) != NULL)
            found = entry->d_name[0] != '.' && wanted_matches(pattern, entry->d_name);
        if (entries != NULL)
            closedir(entries);
        free(directory);
    }
    return found;
}

/* The driver compares it with whole NT paths, which are nothing to look up. */
static bool is_path(const char *pattern)
{
    return strchr(pattern, '\\') != NULL;
}

static bool is_covered(const struct wanted *w, const char *name)
{
    for (size_t i = 0; i < w->pattern_count; i++) {
        if (!is_path(w->patterns[i]) && wanted_matches(w->patterns[i], name))
            return true;
    }
    return false;
}

static void say_what_it_is(const char *name, const char *file)
{
    struct buffer line = {0};

    buffer_string(&line, "filetap: ");
    quote_text(&line, name, false);
    buffer_string(&line, " is ");
    quote_text(&line, file, false);
    buffer_string(&line, "; watching ");
    quote_text(&line, name, false);
    buffer_string(&line, " and ");
    quote_text(&line, final_component(file), false);
    buffer_byte(&line, '\n');
    fwrite(line.data, 1, line.length, stderr);
    buffer_free(&line);
}

/* A name that holds wild cards would be taken for a pattern. */
static void follow(struct wanted *w, const char *name, const char *file, bool quiet)
{
    const char *final = final_component(file);

    if (is_covered(w, final) || strpbrk(final, "*?\\") != NULL ||
        w->pattern_count == FT_MAX_PATTERNS)
        return;
    w->found = reallocate(w->found, w->found_count + 1, sizeof(*w->found));
    set_message(&w->found[w->found_count], "%s", final);
    if (w->found[w->found_count] == NULL)
        return;
    w->patterns = reallocate(w->patterns, w->pattern_count + 1, sizeof(*w->patterns));
    w->patterns[w->pattern_count++] = w->found[w->found_count++];
    if (!quiet)
        say_what_it_is(name, file);
}

void wanted_resolve(struct wanted *w, const struct options *o)
{
    char *list = search_list();

    *w = (struct wanted){.known = allocate(o->name_count * sizeof(*w->known))};
    w->patterns = reallocate(NULL, o->name_count + 1, sizeof(*w->patterns));
    if (o->name_count > 0)
        memcpy(w->patterns, o->names, o->name_count * sizeof(*w->patterns));
    w->pattern_count = o->name_count;
    for (size_t i = 0; list != NULL && i < o->name_count; i++) {
        const char *name = o->names[i];
        char *file;

        w->known[i] = is_path(name);
        if (w->known[i] || strpbrk(name, "*?") != NULL)
            continue;
        file = look_up(list, name);
        if (file != NULL) {
            w->known[i] = true;
            follow(w, name, file, o->quiet);
        }
        free(file);
    }
    free(list);
}

/* ---- What runs ------------------------------------------------------------------------------ */

struct look {
    struct wanted *wanted;
    const struct options *options;
};

static bool matches(const char *pattern, const char *name)
{
    return name != NULL && !is_path(pattern) && wanted_matches(pattern, name);
}

static void look_at(void *context, pid_t pid, const char *image, const char *executed)
{
    const struct look *look = context;
    const struct options *o = look->options;
    struct wanted *w = look->wanted;
    const char *file = image != NULL ? final_component(image) : NULL;
    bool wanted = false;

    for (size_t i = 0; i < o->name_count; i++) {
        if (matches(o->names[i], file) || matches(o->names[i], executed))
            w->known[i] = true;
        wanted = wanted || matches(o->names[i], executed);
    }
    /* The driver sees the file itself. */
    if (!wanted || (file != NULL && is_covered(w, file)) ||
        w->process_id_count == FT_MAX_PROCESS_IDS)
        return;
    w->process_ids = reallocate(w->process_ids, w->process_id_count + 1, sizeof(*w->process_ids));
    w->process_ids[w->process_id_count++] = (uint32_t)pid;
}

static void say_unknown(const char *name)
{
    struct buffer line = {0};

    buffer_string(&line, "filetap: nothing called '");
    quote_text(&line, name, false);
    buffer_string(&line, "' is on PATH or runs now; watching for it\n");
    fwrite(line.data, 1, line.length, stderr);
    buffer_free(&line);
}

void wanted_look_around(struct wanted *w, const struct options *o)
{
    struct look look = {w, o};
    char *list;

    if (o->verb != VERB_WATCH)
        return;
    box_each_running(look_at, &look);
    list = search_list();
    for (size_t i = 0; list != NULL && !o->quiet && i < o->name_count; i++) {
        if (!w->known[i] && !any_file_matches(list, o->names[i]))
            say_unknown(o->names[i]);
    }
    free(list);
}

void wanted_free(struct wanted *w)
{
    for (size_t i = 0; i < w->found_count; i++)
        free(w->found[i]);
    free(w->found);
    free(w->patterns);
    free(w->process_ids);
    free(w->known);
    *w = (struct wanted){0};
}
