/* The file handles of Windows programs: requests can be relative to what they are of. */
#include "bpf_private.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS         4096
#define CLOSE_SOURCE    1 /* DUPLICATE_CLOSE_SOURCE */
#define SAME_ATTRIBUTES 4 /* DUPLICATE_SAME_ATTRIBUTES */
#define INHERIT         2 /* OBJ_INHERIT */
#define TAGS            3 /* bits of a handle that are the program's, and mean nothing */

/* A program that is no Windows program, but calls Wine's functions, can have as many as it likes.
 */
#define HANDLES_MAX     65536
#define BYTES_MAX       (64u << 20) /* of all names */
#define UNITS_MAX       65536       /* of one, more than any request can have */

struct handle {
    uint64_t handle;
    struct wine_name *name;
    pid_t pid;
    bool inherited; /* by processes that this one starts */
    struct handle *next;
};

struct wine_handles {
    struct handle *buckets[BUCKETS];
    size_t count, bytes;
    unsigned next; /* the bucket that is emptied next, when there are too many */
};

struct wine_handles *wine_handles_new(void)
{
    return calloc(1, sizeof(struct wine_handles));
}

static struct handle **slot(struct wine_handles *t, pid_t pid, uint64_t handle)
{
    struct handle **h = &t->buckets[((unsigned)pid * 31 + handle / 4) % BUCKETS];

    handle &= ~(uint64_t)TAGS;
    while (*h != NULL && ((*h)->pid != pid || (*h)->handle != handle))
        h = &(*h)->next;
    return h;
}

static void unref(struct wine_handles *t, struct wine_name *name)
{
    if (name == NULL || --name->references > 0)
        return;
    t->bytes -= name->bytes;
    free(name->path);
    free(name);
}

static void take_out(struct wine_handles *t, struct handle **h)
{
    struct handle *gone = *h;

    *h = gone->next;
    t->count--;
    unref(t, gone->name);
    free(gone);
}

/* What is relative to one that is forgotten counts as lost. */
static void make_room(struct wine_handles *t)
{
    while (t->count >= HANDLES_MAX || (t->bytes > BYTES_MAX && t->count > 0)) {
        struct handle **bucket = &t->buckets[t->next++ % BUCKETS];

        while (*bucket != NULL)
            take_out(t, bucket);
    }
}

/* Takes over the reference. */
static void set(struct wine_handles *t, pid_t pid, uint64_t handle, struct wine_name *name,
                bool inherited)
{
    struct handle **h = slot(t, pid, handle), *new;

    if (*h != NULL)
        take_out(t, h);
    new = name != NULL ? malloc(sizeof(*new)) : NULL;
    if (new == NULL) {
        unref(t, name);
        return;
    }
    make_room(t);
    t->count++;
    h = slot(t, pid, handle);
    *new = (struct handle){.handle = handle & ~(uint64_t)TAGS,
                           .name = name,
                           .pid = pid,
                           .inherited = inherited,
                           .next = *h};
    *h = new;
}

void wine_handle_add(struct wine_handles *t, pid_t pid, uint64_t handle,
                     const struct activity_file *file, bool inherited)
{
    size_t bytes =
        sizeof(struct wine_name) + (file->volume != NULL ? file->units * sizeof(*file->name)
                                    : file->path != NULL ? strlen(file->path)
                                                         : 0);
    struct wine_name *name = file->units <= UNITS_MAX ? malloc(bytes) : NULL;

    if (name == NULL)
        return;
    *name = (struct wine_name){
        .references = 1, .volume = file->volume, .units = file->units, .bytes = bytes};
    if (file->volume != NULL) {
        memcpy(name->name, file->name, file->units * sizeof(*file->name));
    } else if (file->path != NULL && (name->path = strdup(file->path)) == NULL) {
        free(name);
        return;
    }
    t->bytes += name->bytes;
    set(t, pid, handle, name, inherited);
}

const struct wine_name *wine_handle_find(struct wine_handles *t, pid_t pid, uint64_t handle)
{
    struct handle *h = *slot(t, pid, handle);

    return h != NULL ? h->name : NULL;
}

void wine_handle_close(struct wine_handles *t, pid_t pid, uint64_t handle)
{
    struct handle **h = slot(t, pid, handle);

    if (*h != NULL)
        take_out(t, h);
}

void wine_handle_duplicate(struct wine_handles *t, pid_t pid, uint64_t from, uint64_t to,
                           uint32_t attributes, uint32_t options)
{
    struct handle *h = *slot(t, pid, from);
    bool other = ((from ^ to) & ~(uint64_t)TAGS) != 0;

    if (h == NULL) {
        wine_handle_close(t, pid, to);
        return;
    }
    if (other) {
        bool inherited = options & SAME_ATTRIBUTES ? h->inherited : (attributes & INHERIT) != 0;

        h->name->references++;
        set(t, pid, to, h->name, inherited);
    }
    if (options & CLOSE_SOURCE && other)
        wine_handle_close(t, pid, from);
}

void wine_handles_inherit(struct wine_handles *t, pid_t parent, pid_t child)
{
    if (parent == child)
        return;
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct handle *h = t->buckets[i]; h != NULL; h = h->next) {
            if (h->pid != parent || !h->inherited)
                continue;
            if (t->count >= HANDLES_MAX)
                return; /* or what we are at could be forgotten */
            h->name->references++;
            set(t, child, h->handle, h->name, true);
        }
    }
}

void wine_handles_forget(struct wine_handles *t, pid_t pid)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct handle **h = &t->buckets[i]; *h != NULL;) {
            if ((*h)->pid == pid)
                take_out(t, h);
            else
                h = &(*h)->next;
        }
    }
}

void wine_handles_mark(struct wine_handles *t)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct handle *h = t->buckets[i]; h != NULL; h = h->next) {
            if (h->name->volume != NULL)
                wine_volume_mark(h->name->volume);
        }
    }
}

void wine_handles_free(struct wine_handles *t)
{
    if (t == NULL)
        return;
    for (unsigned i = 0; i < BUCKETS; i++) {
        while (t->buckets[i] != NULL)
            take_out(t, &t->buckets[i]);
    }
    free(t);
}
