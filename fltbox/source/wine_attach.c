/* Where Wine's ntdll is, and putting the programs of wine.bpf.c on it. */
#include "program.h"
#include "wine_private.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

extern const char bpf_wine[], bpf_wine_end[];

/* Each with the program of its beginning and that of its return. */
static const struct {
    const char *name;
    const char *begins, *ends;
    enum probe_function function;
} functions[] = {
    {"NtCreateFile", "request_begins", "request_ends", PROBE_CREATE_FILE},
    {"NtOpenFile", "request_begins", "request_ends", PROBE_OPEN_FILE},
    {"NtDeleteFile", "request_begins", "request_ends", PROBE_DELETE_FILE},
    {"NtQueryAttributesFile", "request_begins", "request_ends", PROBE_QUERY_ATTRIBUTES},
    {"NtQueryFullAttributesFile", "request_begins", "request_ends", PROBE_QUERY_FULL_ATTRIBUTES},
    {"NtDuplicateObject", "duplicate_begins", "duplicate_ends", 0},
    {"NtClose", "close_begins", NULL, 0},
    {"__wine_main", "wine_main", NULL, 0}, /* last: then the others are there */
};

#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))
#define LINKS_MAX      (2 * FUNCTION_COUNT)

static void set_problem(struct wine *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void set_problem(struct wine *w, const char *format, ...)
{
    va_list arguments;

    free(w->problem);
    va_start(arguments, format);
    if (vasprintf(&w->problem, format, arguments) < 0)
        w->problem = NULL;
    va_end(arguments);
}

/* ---- Loading ------------------------------------------------------------------------------- */

/* Its maps are those of the object that is loaded, where that has them. The names of sections'
   maps begin with the object's name. */
static int share_maps(struct source *s, struct bpf_object *object)
{
    struct bpf_map *map;

    bpf_object__for_each_map(map, object)
    {
        struct bpf_map *other = bpf_object__find_map_by_name(s->object, bpf_map__name(map));
        int result;

        if (other == NULL)
            continue;
        if (bpf_map__value_size(other) != bpf_map__value_size(map))
            return -EINVAL;
        result = bpf_map__reuse_fd(map, bpf_map__fd(other));
        if (result < 0)
            return result;
    }
    return 0;
}

static int load(struct source *s)
{
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "filetrace");
    struct wine *w = s->wine;
    int result;

    if (w->object != NULL)
        return 0;
    w->object = bpf_object__open_mem(bpf_wine, bpf_wine_end - bpf_wine, &options);
    if (w->object == NULL)
        return -errno;
    result = share_maps(s, w->object);
    if (result == 0)
        result = bpf_object__load(w->object);
    if (result < 0) {
        bpf_object__close(w->object);
        w->object = NULL;
        set_problem(w, "loading the programs for Wine failed: %s", strerror(-result));
        return result;
    }
    s->shared->requests = 1;
    return 0;
}

/* ---- Attaching ----------------------------------------------------------------------------- */

static void detach_library(struct wine_library *library)
{
    while (library->link_count > 0)
        bpf_link__destroy(library->links[--library->link_count]);
}

static void free_library(struct wine_library *library)
{
    detach_library(library);
    free(library->links);
    free(library->path);
    free(library);
}

static int attach_one(struct wine *w, struct wine_library *library, const char *program,
                      const char *function, enum probe_function cookie, bool at_return)
{
    LIBBPF_OPTS(bpf_uprobe_opts, options, .func_name = function, .retprobe = at_return,
                .bpf_cookie = cookie);
    struct bpf_program *p = bpf_object__find_program_by_name(w->object, program);
    struct bpf_link *link;

    if (p == NULL)
        return -ENOENT;
    link = bpf_program__attach_uprobe_opts(p, -1, library->path, 0, &options);
    if (link == NULL)
        return -errno;
    library->links[library->link_count++] = link;
    return 0;
}

/* The end first: what begins is to be seen to its end. */
static int attach_functions(struct wine *w, struct wine_library *library)
{
    for (size_t i = 0; i < FUNCTION_COUNT; i++) {
        int result = 0;

        if (functions[i].ends != NULL)
            result = attach_one(w, library, functions[i].ends, functions[i].name, 0, true);
        if (result == 0)
            result = attach_one(w, library, functions[i].begins, functions[i].name,
                                functions[i].function, false);
        if (result < 0) {
            set_problem(w, "%s: %s: %s", library->path, functions[i].name, strerror(-result));
            return result;
        }
    }
    return 0;
}

/* A file that may be there, or may be known. False: our programs are not on it. */
static bool use(struct source *s, const char *path)
{
    struct wine *w = s->wine;
    struct wine_library *library;
    struct stat st;

    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    for (library = w->libraries; library != NULL; library = library->next) {
        if (library->device == st.st_dev && library->inode == st.st_ino)
            return library->link_count > 0;
    }
    library = calloc(1, sizeof(*library));
    if (library == NULL)
        return false;
    library->device = st.st_dev;
    library->inode = st.st_ino;
    library->path = strdup(path);
    library->links = calloc(LINKS_MAX, sizeof(struct bpf_link *));
    /* One that cannot be used stays in the list, without links: it is not tried again. */
    library->next = w->libraries;
    w->libraries = library;
    if (library->path != NULL && library->links != NULL && load(s) == 0 &&
        attach_functions(w, library) < 0)
        detach_library(library);
    return library->link_count > 0;
}

/* ---- Looking for it ------------------------------------------------------------------------ */

#define NTDLL "wine/x86_64-unix/ntdll.so"

static void use_all(struct source *s, const char *pattern)
{
    glob_t found;

    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        use(s, found.gl_pathv[i]);
    globfree(&found);
}

/* Where Wine's loader and its tools look for it, from the directory that they are in. */
static void use_from(struct source *s, const char *program)
{
    static const char *const places[] = {
        "../lib/" NTDLL,
        "../lib64/" NTDLL,
        "../lib/x86_64-linux-gnu/" NTDLL,
        "../x86_64-linux-gnu/" NTDLL,
        "../x86_64-unix/ntdll.so",
        "../dlls/ntdll/ntdll.so",
    };
    const char *slash = strrchr(program, '/');
    char path[PATH_MAX];

    if (slash == NULL)
        return;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - program), program, places[i]) <
            (int)sizeof(path))
            use(s, path);
    }
}

/* What the process has of it in its memory. False: nothing that our programs are on. */
static bool use_mapped(struct source *s, const char *pid)
{
    char name[64], *line = NULL, *at, *end, *path;
    bool used = false;
    size_t size = 0;
    FILE *maps;

    snprintf(name, sizeof(name), "/proc/%.20s/maps", pid);
    maps = fopen(name, "re");
    while (maps != NULL && getline(&line, &size, maps) > 0) {
        at = strchr(line, '/');
        end = strchr(line, '\n');
        if (at == NULL || end == NULL || end - at < 9 || strncmp(end - 9, "/ntdll.so", 9) != 0)
            continue;
        *end = '\0';
        /* As that process sees the path. */
        if (asprintf(&path, "/proc/%.20s/root%s", pid, at) > 0) {
            used = use(s, path);
            free(path);
        }
        break;
    }
    free(line);
    if (maps != NULL)
        fclose(maps);
    return used;
}

static void use_running(struct source *s)
{
    DIR *processes = opendir("/proc");
    struct dirent *entry;

    while (processes != NULL && (entry = readdir(processes)) != NULL) {
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
            use_mapped(s, entry->d_name);
    }
    if (processes != NULL)
        closedir(processes);
}

void wine_open(struct source *s, const struct source_target *target)
{
    static const char *const patterns[] = {
        "/usr/lib/" NTDLL,        "/usr/lib64/" NTDLL,        "/usr/lib/*/" NTDLL,
        "/usr/local/lib*/" NTDLL, "/usr/local/lib*/*/" NTDLL, "/opt/*/lib*/" NTDLL,
        "/opt/*/lib*/*/" NTDLL,
    };
    char program[PATH_MAX];

    if (target->unix_view || (s->wine = calloc(1, sizeof(*s->wine))) == NULL)
        return;
    s->wine->handles = wine_handles_new();
    if (s->wine->handles == NULL) {
        wine_close(s);
        return;
    }
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
        use_all(s, patterns[i]);
    if (target->argv != NULL && strchr(target->argv[0], '/') != NULL &&
        realpath(target->argv[0], program) != NULL)
        use_from(s, program);
    use_running(s);
}

void wine_meet(struct source *s, const char *exe)
{
    if (s->wine != NULL && program_is_wine(exe))
        use_from(s, exe);
}

void wine_detach(struct source *s)
{
    for (struct wine_library *l = s->wine != NULL ? s->wine->libraries : NULL; l != NULL;
         l = l->next)
        detach_library(l);
}

void wine_close(struct source *s)
{
    struct wine *w = s->wine;

    if (w == NULL)
        return;
    while (w->libraries != NULL) {
        struct wine_library *library = w->libraries;

        w->libraries = library->next;
        free_library(library);
    }
    bpf_object__close(w->object);
    wine_free_pending(w);
    wine_handles_free(w->handles);
    wine_prefixes_free(w->prefixes);
    free(w->problem);
    free(w->warning);
    free(w);
    s->wine = NULL;
}

void wine_by_linux_calls(struct source *s, pid_t pid, bool met)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", pid);
    if (s->wine != NULL && !(met && use_mapped(s, text)))
        s->wine->unseen++;
}

const char *wine_warning(struct source *s)
{
    static const char other[] =
        "they are 32-bit programs, or were started before their Wine was found";
    struct wine *w = s->wine;

    if (w == NULL || w->unseen == 0)
        return NULL;
    free(w->warning);
    if (asprintf(&w->warning, "%u Windows program%s shown by %s Linux calls: %s", w->unseen,
                 w->unseen == 1 ? " is" : "s are", w->unseen == 1 ? "its" : "their",
                 w->problem != NULL ? w->problem : other) < 0)
        w->warning = NULL;
    return w->warning;
}
