/* Where Wine's ntdll is, and putting the programs of wine.bpf.c on it. */
#include "elf.h"
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
#include <sys/syscall.h>
#include <unistd.h>

extern const char bpf_wine[], bpf_wine_end[];

/* What the programs are put on; by enum probe_function. */
static const char *const functions[] = {
    [PROBE_CREATE_FILE] = "NtCreateFile",
    [PROBE_OPEN_FILE] = "NtOpenFile",
    [PROBE_DELETE_FILE] = "NtDeleteFile",
    [PROBE_QUERY_ATTRIBUTES] = "NtQueryAttributesFile",
    [PROBE_QUERY_FULL_ATTRIBUTES] = "NtQueryFullAttributesFile",
    [PROBE_DUPLICATE_OBJECT] = "NtDuplicateObject",
    /* Of these the return does not matter. */
    [PROBE_CLOSE_HANDLE] = "NtClose",
    [PROBE_WINE_MAIN] = "__wine_main",
};

#define FUNCTION_COUNT      (sizeof(functions) / sizeof(functions[0]))
#define RETURNING_COUNT     PROBE_CLOSE_HANDLE
#define LINKS_MAX           (FUNCTION_COUNT + RETURNING_COUNT)

/* Of Linux 6.6, newer than Debian 12's headers. */
#define TRACE_UPROBE_MULTI  48 /* BPF_TRACE_UPROBE_MULTI */
#define UPROBE_MULTI_RETURN 1  /* BPF_F_UPROBE_MULTI_RETURN */

struct uprobe_multi_link {
    uint32_t program, target, type, flags;
    uint64_t path, offsets, reference_counters, cookies;
    uint32_t count, how, pid, unused;
};

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
    if (s->has_uprobe_multi) {
        struct bpf_program *program;

        bpf_object__for_each_program(program, w->object)
            bpf_program__set_expected_attach_type(program, TRACE_UPROBE_MULTI);
    }
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
    for (unsigned i = 0; i < 2; i++) {
        if (library->descriptors[i] >= 0)
            close(library->descriptors[i]);
        library->descriptors[i] = -1;
    }
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

/*
 * One link for all functions, where the kernel has such. To take away as many uprobes one by one
 * takes it a second.
 */
static int attach_at_once(const struct wine_library *library, int program, const uint64_t offsets[],
                          size_t count, bool at_return)
{
    uint64_t cookies[FUNCTION_COUNT];
    struct uprobe_multi_link link = {
        .program = program,
        .type = TRACE_UPROBE_MULTI,
        .path = (uintptr_t)library->path,
        .offsets = (uintptr_t)offsets,
        .cookies = (uintptr_t)cookies,
        .count = count,
        .how = at_return ? UPROBE_MULTI_RETURN : 0,
    };
    int fd;

    for (size_t i = 0; i < count; i++)
        cookies[i] = i;
    fd = syscall(SYS_bpf, BPF_LINK_CREATE, &link, sizeof(link));
    return fd < 0 ? -errno : fd;
}

static int attach_each(struct wine_library *library, struct bpf_program *program,
                       const uint64_t offsets[], size_t count, bool at_return)
{
    for (size_t i = 0; i < count; i++) {
        LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = at_return, .bpf_cookie = i);
        struct bpf_link *link =
            bpf_program__attach_uprobe_opts(program, -1, library->path, offsets[i], &options);

        if (link == NULL)
            return -errno;
        library->links[library->link_count++] = link;
    }
    return 0;
}

static int attach_program(struct source *s, struct wine_library *library, const char *name,
                          const uint64_t offsets[], size_t count, bool at_return)
{
    struct bpf_program *program = bpf_object__find_program_by_name(s->wine->object, name);
    int fd;

    if (program == NULL)
        return -ENOENT;
    if (!s->has_uprobe_multi)
        return attach_each(library, program, offsets, count, at_return);
    fd = attach_at_once(library, bpf_program__fd(program), offsets, count, at_return);
    if (fd < 0)
        return fd;
    library->descriptors[at_return] = fd;
    return 0;
}

/* The ends first: what begins is to be seen to its end. */
static int attach_functions(struct source *s, struct wine_library *library)
{
    uint64_t offsets[FUNCTION_COUNT];
    size_t missing;
    int result = elf_find_functions(library->path, functions, FUNCTION_COUNT, offsets, &missing);

    if (result == -ENOENT) {
        set_problem(s->wine, "%s has no %s", library->path, functions[missing]);
        return result;
    }
    if (result == 0)
        result = attach_program(s, library, "ends", offsets, RETURNING_COUNT, true);
    if (result == 0)
        result = attach_program(s, library, "begins", offsets, FUNCTION_COUNT, false);
    if (result < 0)
        set_problem(s->wine, "%s: %s", library->path, strerror(-result));
    return result;
}

static bool is_attached(const struct wine_library *library)
{
    return library->descriptors[0] >= 0 || library->link_count > 0;
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
            return is_attached(library);
    }
    library = calloc(1, sizeof(*library));
    if (library == NULL)
        return false;
    library->device = st.st_dev;
    library->inode = st.st_ino;
    library->descriptors[0] = library->descriptors[1] = -1;
    library->path = strdup(path);
    library->links = calloc(LINKS_MAX, sizeof(struct bpf_link *));
    /* One that cannot be used stays in the list, without links: it is not tried again. */
    library->next = w->libraries;
    w->libraries = library;
    if (library->path != NULL && library->links != NULL && load(s) == 0 &&
        attach_functions(s, library) < 0)
        detach_library(library);
    return is_attached(library);
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

void wine_look_again(struct source *s)
{
    if (s->wine != NULL)
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
