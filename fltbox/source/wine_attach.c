/* Where Wine's ntdll is, and putting the programs of wine.bpf.c on it. */
#include "elf_find.h"
#include "lookup.h"
#include "mount_table.h"
#include "program.h"
#include "wine_private.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
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
#define TRIES_MAX           16        /* mappings of files of that name that are something else */
#define LIBRARIES_MAX       16        /* whoever may start programs can make more of them */
#define MAPS_MAX            (1 << 20) /* bytes of what a process has mapped: 10,000 files */
#define RUNNING_TIME        200000000 /* ns, for the Windows programs that run */

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
    /* Paths are whatever someone has called them, and this goes to a terminal. */
    for (char *c = w->problem; c != NULL && *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    }
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
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "filetap");
    struct wine *w = s->wine;
    char why[BPF_REASON_MAX];
    int result;

    if (w->object != NULL)
        return 0;
    bpf_listen();
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
        bpf_why(result, "loading the programs for Wine", s->ring_size, why, sizeof(why));
        set_problem(w, "%s", why);
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
static int attach_at_once(const char *path, int program, const uint64_t offsets[], size_t count,
                          bool at_return)
{
    uint64_t cookies[FUNCTION_COUNT];
    struct uprobe_multi_link link = {
        .program = program,
        .type = TRACE_UPROBE_MULTI,
        .path = (uintptr_t)path,
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

static int attach_each(struct wine_library *library, const char *path, struct bpf_program *program,
                       const uint64_t offsets[], size_t count, bool at_return)
{
    for (size_t i = 0; i < count; i++) {
        LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = at_return, .bpf_cookie = i);
        struct bpf_link *link =
            bpf_program__attach_uprobe_opts(program, -1, path, offsets[i], &options);

        if (link == NULL)
            return -errno;
        library->links[library->link_count++] = link;
    }
    return 0;
}

static int attach_program(struct source *s, struct wine_library *library, const char *path,
                          const char *name, const uint64_t offsets[], size_t count, bool at_return)
{
    struct bpf_program *program = bpf_object__find_program_by_name(s->wine->object, name);
    int fd;

    if (program == NULL)
        return -ENOENT;
    if (!s->has_uprobe_multi)
        return attach_each(library, path, program, offsets, count, at_return);
    fd = attach_at_once(path, bpf_program__fd(program), offsets, count, at_return);
    if (fd < 0)
        return fd;
    library->descriptors[at_return] = fd;
    return 0;
}

/* What may be a library, and what was found in it. */
struct candidate {
    int place; /* where it was found */
    int fd;    /* the file; -1: it cannot be read */
    bool is_for_us;
    uint64_t device, inode;
    int result; /* of looking for the functions */
    size_t missing;
    uint64_t offsets[FUNCTION_COUNT];
};

/* The ends first: what begins is to be seen to its end. */
static int attach_functions(struct source *s, struct wine_library *library,
                            const struct candidate *c)
{
    char path[PROC_LINK_MAX];
    int result = c->result;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", c->fd);
    if (result == -ENOENT) {
        set_problem(s->wine, "%s has no %s", library->path, functions[c->missing]);
        return result;
    }
    if (result == 0)
        result = attach_program(s, library, path, "ends", c->offsets, RETURNING_COUNT, true);
    if (result == 0)
        result = attach_program(s, library, path, "begins", c->offsets, FUNCTION_COUNT, false);
    if (result < 0)
        set_problem(s->wine, "%s: %s", library->path, strerror(-result));
    return result;
}

static bool is_attached(const struct wine_library *library)
{
    return library->descriptors[0] >= 0 || library->link_count > 0;
}

/* Of 32-bit programs there is one too. */
static bool is_for_us(int fd, struct candidate *c)
{
    Elf64_Ehdr header;
    struct stat st;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
        pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
        memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
        header.e_machine != EM_X86_64)
        return false;
    c->device = st.st_dev;
    c->inode = st.st_ino;
    return true;
}

/* In another thread: reading a file takes any time. */
static void look_into(void *job)
{
    struct candidate *c = job;
    char link[PROC_LINK_MAX];

    snprintf(link, sizeof(link), "/proc/self/fd/%d", c->place);
    c->fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    c->is_for_us = c->fd >= 0 && is_for_us(c->fd, c);
    if (c->is_for_us)
        c->result = elf_find_functions(c->fd, functions, FUNCTION_COUNT, c->offsets, &c->missing);
    close(c->place);
}

static void discard(void *job)
{
    struct candidate *c = job;

    if (c->fd >= 0)
        close(c->fd);
}

enum use { NO_LIBRARY, UNUSABLE, USED };

/* `name` is what a user calls it. */
static enum use use_file(struct source *s, const struct candidate *c, const char *name)
{
    struct wine *w = s->wine;
    struct wine_library *library;
    unsigned count = 0;

    for (library = w->libraries; library != NULL; library = library->next) {
        count++;
        if (library->device == c->device && library->inode == c->inode)
            return is_attached(library) ? USED : UNUSABLE;
    }
    if (count == LIBRARIES_MAX) {
        set_problem(w, "%s: there are more than %u copies of Wine", name, LIBRARIES_MAX);
        return UNUSABLE;
    }
    library = calloc(1, sizeof(*library));
    if (library == NULL)
        return UNUSABLE;
    library->device = c->device;
    library->inode = c->inode;
    library->descriptors[0] = library->descriptors[1] = -1;
    library->path = strdup(name);
    library->links = calloc(LINKS_MAX, sizeof(struct bpf_link *));
    /* One that cannot be used stays in the list, without links: it is not tried again. */
    library->next = w->libraries;
    w->libraries = library;
    if (library->path != NULL && library->links != NULL && load(s) == 0 &&
        attach_functions(s, library, c) < 0)
        detach_library(library);
    return is_attached(library) ? USED : UNUSABLE;
}

/*
 * Is it a regular file whose content the kernel can get? What a program serves, anybody's, may
 * never come, and nothing ends a thread that waits for it. The file system itself must not be
 * asked.
 */
static bool is_at_hand(int place)
{
    static const struct mount_limits limits = {
        .mounts = 131072, .bytes = 64 << 20, .nanoseconds = 1000000000};
    struct mount_table table = {0};
    const struct mount_entry *m;
    struct statx st;
    bool served = true;

    if (statx(place, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_MNT_ID, &st) < 0 ||
        !S_ISREG(st.stx_mode))
        return false;
    if (mount_table_read(&table, "/proc/self/mountinfo", "", &limits) == 0) {
        m = mount_by_id(&table, (uint32_t)st.stx_mnt_id);
        /* One that is not in our table is a container's. */
        served = m != NULL &&
                 (strcmp(m->filesystem, "fuse") == 0 || strncmp(m->filesystem, "fuse.", 5) == 0);
        mount_table_free(&table);
    }
    return !served;
}

/*
 * A regular file is opened, and nothing else: to open a device can do something, and a pipe waits
 * for someone at its other end. What is there may become something else while we look, so it is
 * found once. Whose file system does not answer has no library there.
 */
static enum use use(struct source *s, const char *path, const char *name)
{
    struct candidate c = {.place = lookup_open(AT_FDCWD, path, 0, 0), .fd = -1};
    enum use used = NO_LIBRARY;
    int result;

    if (c.place < 0)
        return NO_LIBRARY;
    if (!is_at_hand(c.place)) {
        close(c.place);
        return NO_LIBRARY;
    }
    result = lookup_do(look_into, discard, &c, sizeof(c));
    if (result < 0) {
        set_problem(s->wine, "%s: %s", name, strerror(-result));
        if (result != -ETIMEDOUT)
            close(c.place);
        return UNUSABLE;
    }
    if (c.is_for_us)
        used = use_file(s, &c, name);
    discard(&c);
    return used;
}

/* ---- Looking for it ------------------------------------------------------------------------ */

#define NTDLL "wine/x86_64-unix/ntdll.so"

static void use_all(struct source *s, const char *pattern)
{
    glob_t found;

    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        use(s, found.gl_pathv[i], found.gl_pathv[i]);
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
            use(s, path, path);
    }
}

/* Is the line of /proc/PID/maps of such a file? It may have been deleted: Wine was updated while
   the program runs. */
static bool find_mapped(char *line, unsigned long *begin, unsigned long *end, const char **name)
{
    static const char library[] = "/ntdll.so", gone[] = " (deleted)";
    size_t length = strcspn(line, "\n");

    *name = strchr(line, '/');
    if (*name == NULL || sscanf(line, "%lx-%lx", begin, end) != 2)
        return false;
    line[length] = '\0';
    length = strlen(*name);
    if (length > strlen(gone) && strcmp(*name + length - strlen(gone), gone) == 0)
        length -= strlen(gone);
    return length > strlen(library) &&
           strncmp(*name + length - strlen(library), library, strlen(library)) == 0;
}

static enum use use_mapping(struct source *s, pid_t pid, unsigned long begin, unsigned long end,
                            const char *name)
{
    char *path;
    enum use used = NO_LIBRARY;

    /* The file itself. It takes a capability; without, the path as that process sees it. */
    if (asprintf(&path, "/proc/%d/map_files/%lx-%lx", pid, begin, end) > 0) {
        used = use(s, path, name);
        free(path);
    }
    if (used == NO_LIBRARY && asprintf(&path, "/proc/%d/root%s", pid, name) > 0) {
        used = use(s, path, name);
        free(path);
    }
    return used;
}

/* What the process has of it in its memory. Who wants to has tens of thousands of mappings, and
   nobody else has so many: so there is a bound. */
static enum use use_mapped(struct source *s, pid_t pid)
{
    char *maps = malloc(MAPS_MAX), *save = NULL, *line;
    enum use used = NO_LIBRARY;
    unsigned long begin, end;
    unsigned tries = 0;
    const char *name;

    if (maps == NULL)
        return NO_LIBRARY;
    proc_read(pid, "maps", maps, MAPS_MAX);
    for (line = strtok_r(maps, "\n", &save);
         line != NULL && used == NO_LIBRARY && tries < TRIES_MAX;
         line = strtok_r(NULL, "\n", &save)) {
        if (find_mapped(line, &begin, &end, &name)) {
            used = use_mapping(s, pid, begin, end, name);
            tries++;
        }
    }
    free(maps);
    return used;
}

static bool executes_wine(pid_t pid)
{
    char link[PROC_LINK_MAX], exe[PROC_NAME_MAX + 1];

    snprintf(link, sizeof(link), "/proc/%d/exe", pid);
    return proc_link_path(link, exe) == 0 && program_is_wine(exe);
}

static void use_running(struct source *s)
{
    DIR *processes = opendir("/proc");
    uint64_t until = bpf_boot_time() + RUNNING_TIME;
    struct dirent *entry;
    bool all = true;

    while (processes != NULL && (entry = readdir(processes)) != NULL) {
        pid_t pid = atoi(entry->d_name);

        if (pid <= 0 || !executes_wine(pid))
            continue;
        /* Whoever may start programs can have a thousand that are called so. */
        if (bpf_boot_time() > until || use_mapped(s, pid) == UNUSABLE)
            all = false;
    }
    if (processes != NULL)
        closedir(processes);
    /* Programs that run and make no requests that we see do not wait to be told by them. */
    if (!all)
        s->shared->requests = 0;
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
    if (s->wine != NULL && !(met && use_mapped(s, pid) == USED))
        s->wine->unseen++;
}

const char *wine_left_out(struct source *s)
{
    struct wine_library *l = s->wine != NULL ? s->wine->libraries : NULL;

    while (l != NULL && !is_attached(l))
        l = l->next;
    return s->wine != NULL && l == NULL ? s->wine->problem : NULL;
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
