/* Records of Windows programs' requests to activities. */
#include "bpf_private.h"
#include "wine_private.h"
#include "../translate/translate.h"

#include <stdlib.h>
#include <string.h>

#define STATUS_ERROR         0x80000000u
#define INVALID_HANDLE       0xc0000008u
#define OBJECT_TYPE_MISMATCH 0xc0000024u
#define OBJ_INHERIT          2
#define FILE_OPEN_BY_FILE_ID 0x2000
#define STRING_MAX           65536 /* bytes of an NT string, and more */

/* What has come of a record that is not complete yet. */
struct wine_pending {
    pid_t pid, tid;
    struct {
        char *bytes;
        size_t size;
    } strings[PROBE_STRINGS];
    char *directory; /* that a relative request is relative to: as we see it */
    struct wine_pending *next;
};

static void forget_string(struct wine *w, struct wine_pending *p, unsigned which)
{
    w->pending_bytes -= p->strings[which].size;
    free(p->strings[which].bytes);
    p->strings[which].bytes = NULL;
    p->strings[which].size = 0;
}

static void free_pending(struct wine *w, struct wine_pending *p)
{
    for (unsigned i = 0; i < PROBE_STRINGS; i++)
        forget_string(w, p, i);
    free(p->directory);
    free(p);
}

/* The thread's; NULL: none, or no memory. */
static struct wine_pending *pending_of(struct source *s, const struct probe_record *r, bool make)
{
    struct wine_pending **first = &s->wine->pending[r->tid % WINE_PENDING], *p = *first;

    while (p != NULL && (p->tid != (pid_t)r->tid || p->pid != (pid_t)r->pid))
        p = p->next;
    if (p != NULL || !make || (p = calloc(1, sizeof(*p))) == NULL)
        return p;
    p->pid = r->pid;
    p->tid = r->tid;
    p->next = *first;
    return *first = p;
}

/* Of the thread; tid 0: of all of the process's. */
static void forget_pending(struct source *s, pid_t pid, pid_t tid)
{
    unsigned first = tid != 0 ? (unsigned)tid % WINE_PENDING : 0;
    unsigned last = tid != 0 ? first : WINE_PENDING - 1;

    for (unsigned i = first; i <= last; i++) {
        struct wine_pending **link = &s->wine->pending[i];

        while (*link != NULL) {
            struct wine_pending *p = *link;

            if (p->pid == pid && (tid == 0 || p->tid == tid)) {
                *link = p->next;
                free_pending(s->wine, p);
            } else {
                link = &p->next;
            }
        }
    }
}

void wine_forget(struct source *s, pid_t pid)
{
    struct bpf_process *p = bpf_process_find(s, pid);

    if (s->wine == NULL)
        return;
    forget_pending(s, pid, 0);
    if (p != NULL && p->handles)
        wine_handles_forget(s->wine->handles, pid);
}

void wine_forget_thread(struct source *s, pid_t pid, pid_t tid)
{
    if (s->wine != NULL)
        forget_pending(s, pid, tid);
}

void wine_inherit(struct source *s, pid_t parent, pid_t copy)
{
    struct bpf_process *p = bpf_process_find(s, copy);

    if (s->wine == NULL || p == NULL)
        return;
    p->handles = true;
    wine_handles_inherit(s->wine->handles, parent, copy);
}

void wine_free_pending(struct wine *w)
{
    for (unsigned i = 0; i < WINE_PENDING; i++) {
        while (w->pending[i] != NULL) {
            struct wine_pending *p = w->pending[i];

            w->pending[i] = p->next;
            free_pending(w, p);
        }
    }
}

/* False: no memory, or it is too much. */
static bool append(struct wine *w, struct wine_pending *p, unsigned which, const char *bytes,
                   size_t size)
{
    char *more = w->pending_bytes + size <= WINE_PENDING_SIZE
                     ? realloc(p->strings[which].bytes, p->strings[which].size + size + 1)
                     : NULL;

    if (more == NULL)
        return false;
    w->pending_bytes += size;
    memcpy(more + p->strings[which].size, bytes, size);
    p->strings[which].bytes = more;
    p->strings[which].size += size;
    more[p->strings[which].size] = '\0';
    return true;
}

/* Where a part found no room, what it was of is told as lost, and what has come of it, or comes
   still, belongs to nothing. */
static void take_part(struct source *s, const struct bpf_taken *t)
{
    const struct probe_record *r = t->r;
    size_t most = r->flags == PROBE_STRING_ENVIRONMENT ? WINE_ENVIRONMENT_MAX : STRING_MAX;
    struct wine_pending *p;

    if (r->flags >= PROBE_STRINGS)
        return;
    p = pending_of(s, r, true);
    if (p == NULL) {
        s->count.memory++;
        return;
    }
    if (r->mode != p->strings[r->flags].size)
        forget_string(s->wine, p, r->flags);
    if (r->mode == p->strings[r->flags].size && r->name_size <= most &&
        r->mode <= most - r->name_size && !append(s->wine, p, r->flags, t->name, r->name_size))
        s->count.memory++;
}

static void take_directory(struct source *s, const struct bpf_taken *t)
{
    const struct probe_record *r = t->r;
    struct wine_pending *p = pending_of(s, r, true);
    const char *path = t->path;
    proc_path buffer;
    uint64_t mount;

    if (p == NULL)
        return;
    free(p->directory);
    p->directory = NULL;
    if (path[0] != '/' || r->marks & (PROBE_PATHLESS | PROBE_PATH_CUT))
        return;
    if (r->root_size > 0)
        path = bpf_host_path(s, r, path, &mount, buffer);
    if (path != NULL)
        p->directory = strdup(path);
}

/* ---- Programs ------------------------------------------------------------------------------ */

/* Forgets prefixes that nobody uses any more. */
static void sweep_prefixes(struct source *s)
{
    wine_prefixes_unmark(s->wine->prefixes);
    wine_handles_mark(s->wine->handles);
    for (unsigned i = 0; i < BPF_BUCKETS; i++) {
        for (struct bpf_process *p = s->buckets[i]; p != NULL; p = p->next) {
            if (p->prefix != NULL)
                wine_prefix_mark(p->prefix);
        }
    }
    wine_prefixes_sweep(&s->wine->prefixes);
}

static struct wine_prefix *find_prefix(struct source *s, pid_t pid, const char *prefix)
{
    if (wine_prefixes_are_full(s->wine->prefixes))
        sweep_prefixes(s);
    return wine_prefix_find(&s->wine->prefixes, pid, prefix);
}

/* The name of the program as Windows has it. False: that is not known. */
static bool find_image(struct wine_prefix *prefix, const struct wine_pending *pending,
                       void **buffer, struct activity_file *image)
{
    return prefix != NULL && pending != NULL && pending->strings[PROBE_STRING_IMAGE].size > 0 &&
           wine_find_dos_path(prefix, (const uint16_t *)pending->strings[PROBE_STRING_IMAGE].bytes,
                              pending->strings[PROBE_STRING_IMAGE].size / 2, buffer, image);
}

static void take_program(struct source *s, const struct bpf_taken *t)
{
    const struct probe_record *r = t->r;
    const struct probe_program *told = (const struct probe_program *)t->name;
    struct wine_pending *pending = pending_of(s, r, false);
    struct activity_program program = {.session = told->session};
    struct activity a = bpf_begin(s, r, ACTIVITY_IMAGE);
    struct bpf_process *p = bpf_process_find(s, r->pid);
    struct wine_prefix *prefix = NULL;
    struct proc_image *image = NULL;
    char path[PROC_NAME_MAX];
    pid_t creator = p != NULL ? p->creator : 0;
    void *buffer = NULL;

    a.met = p == NULL;
    if (a.met)
        bpf_meet_ancestors(s, r->parent);
    else if (creator != 0)
        a.ppid = creator;
    if (pending != NULL) {
        if (bpf_wine_prefix(pending->strings[PROBE_STRING_ENVIRONMENT].bytes,
                            pending->strings[PROBE_STRING_ENVIRONMENT].size, path))
            prefix = find_prefix(s, r->pid, path);
        program.command_line = (const uint16_t *)pending->strings[PROBE_STRING_COMMAND].bytes;
        program.command_line_units = pending->strings[PROBE_STRING_COMMAND].size / 2;
    }
    if (find_image(prefix, pending, &buffer, &program.image)) {
        a.program = &program;
    } else if ((image = proc_image_read(r->pid)) != NULL) {
        bpf_wine_look_up(r->pid, image);
        a.image = image->path;
        a.command_line = image->command_line;
    }
    p = bpf_process_set(s, r->pid, r->image, image);
    if (p != NULL) {
        p->handles = true;
        p->copied = false;
        p->nameless = a.program == NULL && a.image == NULL;
        p->prefix = prefix;
    }
    a.unjudged = r->marks & PROBE_UNJUDGED;
    bpf_deliver(s, &a);
    free(buffer);
    /* The directory, if any, is that of the request that comes next. */
    for (unsigned i = PROBE_STRING_IMAGE; pending != NULL && i < PROBE_STRINGS; i++)
        forget_string(s->wine, pending, i);
}

/* ---- Requests ------------------------------------------------------------------------------ */

/* A request's file: what has to be freed when it has been delivered. */
struct place {
    struct activity_file file;
    void *buffer, *joined;
};

static bool join(struct place *place, const struct wine_name *base, const uint16_t *name,
                 size_t units)
{
    uint16_t *joined = malloc((base->units + units + 1) * sizeof(*joined));
    size_t n = base->units;

    if (joined == NULL)
        return false;
    memcpy(joined, base->name, n * sizeof(*joined));
    if (units > 0 && name[0] != ':' && (n == 0 || joined[n - 1] != '\\'))
        joined[n++] = '\\';
    memcpy(joined + n, name, units * sizeof(*joined));
    place->joined = joined;
    place->file =
        (struct activity_file){.volume = base->volume, .name = joined, .units = n + units};
    return true;
}

/* Below a Linux directory. */
static bool join_path(struct wine_prefix *prefix, struct place *place, const char *directory,
                      const uint16_t *name, size_t units)
{
    size_t length = strlen(directory);
    char *path = malloc(length + 3 * units + 3);
    bool found;

    if (path == NULL)
        return false;
    memcpy(path, directory, length + 1);
    if (units > 0) {
        if (length > 0 && path[length - 1] != '/')
            path[length++] = '/';
        translate_windows_name_back(name, units, path + length);
    }
    found = wine_find_path(prefix, path, &place->buffer, &place->file);
    free(path);
    return found;
}

enum found { FOUND, NO_VOLUME, NOT_KNOWN };

/* What a console's handle has below it. */
static const char *const console_names[] = {
    "Connection", "CurrentIn", "CurrentOut", "Input", "Output", "Reference", "ScreenBuffer",
};

/*
 * Of the console that a program has from the one that started it, nothing is known where that one
 * is not wanted. Wine has gone to no directory for the request, as it does for one that is relative
 * to a file.
 */
static bool is_of_console(const struct probe_record *r, const uint16_t *name, size_t units)
{
    for (size_t i = 0; i < sizeof(console_names) / sizeof(console_names[0]); i++) {
        size_t n = 0;

        while (n < units && console_names[i][n] != '\0' && name[n] == (uint16_t)console_names[i][n])
            n++;
        if (n == units && console_names[i][n] == '\0')
            return r->marks & PROBE_NO_BASE;
    }
    return false;
}

static enum found find_place(struct source *s, const struct probe_record *r,
                             const struct probe_request *q, const struct wine_pending *pending,
                             struct wine_prefix *prefix, const uint16_t *name, size_t units,
                             struct place *place)
{
    const struct wine_name *base =
        q->root != 0 ? wine_handle_find(s->wine->handles, r->pid, q->root) : NULL;

    if (base != NULL && base->volume == NULL && base->path == NULL)
        return NO_VOLUME;
    if (prefix == NULL)
        return NOT_KNOWN;
    if (q->root == 0)
        return wine_find_file(prefix, name, units, &place->buffer, &place->file) ? FOUND
               : wine_prefix_is_full(prefix)                                     ? NOT_KNOWN
                                                                                 : NO_VOLUME;
    if (base != NULL && base->volume != NULL)
        return join(place, base, name, units) ? FOUND : NOT_KNOWN;
    if (base != NULL && join_path(prefix, place, base->path, name, units))
        return FOUND;
    if (pending != NULL && pending->directory != NULL &&
        join_path(prefix, place, pending->directory, name, units))
        return FOUND;
    if (base == NULL && is_of_console(r, name, units))
        return NO_VOLUME;
    /* No handle of a file: the request gets no further than that. */
    if ((uint32_t)r->result == INVALID_HANDLE || (uint32_t)r->result == OBJECT_TYPE_MISMATCH)
        return NO_VOLUME;
    return NOT_KNOWN;
}

static void deliver_request(struct source *s, const struct probe_record *r,
                            const struct probe_request *q, const struct place *place)
{
    static const enum activity_function functions[] = {
        [PROBE_CREATE_FILE] = ACTIVITY_CREATE_FILE,
        [PROBE_OPEN_FILE] = ACTIVITY_OPEN_FILE,
        [PROBE_DELETE_FILE] = ACTIVITY_DELETE_FILE,
        [PROBE_QUERY_ATTRIBUTES] = ACTIVITY_QUERY_ATTRIBUTES,
        [PROBE_QUERY_FULL_ATTRIBUTES] = ACTIVITY_QUERY_ATTRIBUTES,
    };
    const struct activity_request request = {
        .function = functions[q->function],
        .file = place->file,
        .desired_access = q->access,
        .attributes = q->attributes,
        .share = q->share,
        .disposition = q->disposition,
        .options = q->options,
        .object_attributes = q->object_attributes,
        .status = r->result,
        .information = q->information,
        .file_attributes = q->file_attributes,
    };
    struct activity a = bpf_begin(s, r, ACTIVITY_REQUEST);

    a.request = &request;
    bpf_deliver(s, &a);
}

static struct wine_prefix *prefix_of(struct source *s, const struct probe_record *r)
{
    struct bpf_process *p = bpf_process_find(s, r->pid);
    char prefix[PROC_NAME_MAX];

    if (p == NULL)
        return NULL;
    if (p->prefix == NULL && bpf_wine_prefix_of(r->pid, prefix))
        p->prefix = find_prefix(s, r->pid, prefix);
    return p->prefix;
}

/* Puts what has come in parts before the rest. False: some of it did not come. */
static bool complete_name(struct wine *w, const struct probe_record *r,
                          struct wine_pending *pending, const char **name, size_t *size)
{
    if (r->mode == 0)
        return true;
    if (pending == NULL || pending->strings[PROBE_STRING_NAME].size != r->mode ||
        *size > STRING_MAX - r->mode || !append(w, pending, PROBE_STRING_NAME, *name, *size))
        return false;
    *name = pending->strings[PROBE_STRING_NAME].bytes;
    *size = pending->strings[PROBE_STRING_NAME].size;
    return true;
}

/* What is relative to this one is known now, also where it is on no volume: then that is neither.
 */
static void note_handle(struct source *s, const struct probe_record *r,
                        const struct probe_request *q, const struct activity_file *file)
{
    if (q->handle != 0 && (uint32_t)r->result < STATUS_ERROR)
        wine_handle_add(s->wine->handles, r->pid, q->handle, file,
                        q->object_attributes & OBJ_INHERIT);
}

static void take_request(struct source *s, const struct bpf_taken *t)
{
    const struct probe_record *r = t->r;
    const struct probe_request *q = (const struct probe_request *)t->name;
    const char *name = (const char *)(q + 1);
    size_t size = r->name_size - sizeof(*q);
    struct bpf_process *p = bpf_process_find(s, r->pid);
    struct wine_pending *pending = pending_of(s, r, false);
    struct place place = {0};

    if (p != NULL)
        p->handles = true;
    if (r->marks & PROBE_NAME_UNREADABLE || q->function > PROBE_QUERY_FULL_ATTRIBUTES) {
        if ((uint32_t)r->result >= STATUS_ERROR)
            s->count.bad_pointers++;
        else
            bpf_lose(s, r, 1);
        goto out;
    }
    if (s->judged && r->marks & PROBE_UNJUDGED && p != NULL && p->nameless) {
        bpf_lose(s, r, 1); /* perhaps: nobody can say whether it is wanted */
        goto out;
    }
    /* A directory that came before the loss is that of a request that is lost. */
    if (pending != NULL && r->lost > 0) {
        free(pending->directory);
        pending->directory = NULL;
    }
    if (!complete_name(s->wine, r, pending, &name, &size)) {
        bpf_lose(s, r, 1);
        goto out;
    }
    /* A file's id instead of a name: which file that is, is not known. */
    switch (q->options & FILE_OPEN_BY_FILE_ID
                ? NOT_KNOWN
                : find_place(s, r, q, pending, prefix_of(s, r), (const uint16_t *)name, size / 2,
                             &place)) {
    case FOUND:
        deliver_request(s, r, q, &place);
        note_handle(s, r, q, &place.file);
        break;
    case NO_VOLUME:
        s->count.no_volume++;
        note_handle(s, r, q, &(struct activity_file){0});
        break;
    case NOT_KNOWN:
        bpf_lose(s, r, 1);
        break;
    }
out:
    free(place.buffer);
    free(place.joined);
    forget_pending(s, r->pid, r->tid);
}

bool wine_take(struct source *s, const struct bpf_taken *t)
{
    const struct probe_record *r = t->r;

    if (s->wine == NULL)
        return false;
    switch (r->kind) {
    case PROBE_PART:
        take_part(s, t);
        return true;
    case PROBE_DIRECTORY:
        take_directory(s, t);
        return true;
    case PROBE_PROGRAM:
        if (r->name_size < sizeof(struct probe_program))
            return false;
        take_program(s, t);
        return true;
    case PROBE_REQUEST:
        if (r->name_size < sizeof(struct probe_request))
            return false;
        take_request(s, t);
        return true;
    case PROBE_CLOSE:
        wine_handle_close(s->wine->handles, r->pid, r->request);
        return true;
    case PROBE_DUPLICATE:
        wine_handle_duplicate(s->wine->handles, r->pid, r->request, r->resolve, r->flags, r->mode);
        return true;
    default:
        return false;
    }
}
