/*
 * Paths in other mount namespaces than ours, as we see them.
 *
 * The kernel side tells which file system such a path is on and where in it. Our own mount table
 * tells where we have that file system mounted, if anywhere. Nothing else is needed, so it works
 * for processes that are gone, too.
 *
 * Only a name that led nowhere, or that we looked up ourselves, takes the other namespace's mount
 * table: what the kernel side tells of is the directory that the name begins at, and there may be
 * mounts below it.
 */
#include "bpf_private.h"
#include "mount_table.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMESPACES_MAX 64
#define MEMBERS_MAX    8

/* Reading another's table costs more than an open, and nobody tells us that it has changed. */
#define TABLE_GOOD_FOR 100000000 /* ns */
#define TABLE_BAD_FOR  10000000  /* when we see that it has */

/*
 * Who may make namespaces decides what is in their tables, and how often they change. Of our time
 * all of them together get a fifth, and one of them a twentieth; what is cheap to read does not
 * wait for the others. A table beyond the limits is looked at again only later.
 */
static const struct mount_limits limits = {
    .mounts = 8192, .bytes = 1 << 20, .nanoseconds = 20000000};
#define TABLES_BYTES (16u << 20)
#define SHARE_OF_ALL 4 /* times what reading took nobody's table is read */
#define SHARE_OF_ONE 20
#define CHEAP        250000     /* ns */
#define BEYOND_FOR   2000000000 /* ns */

/* Our own is root's affair. */
static const struct mount_limits own_limits = {
    .mounts = 131072, .bytes = 64 << 20, .nanoseconds = 1000000000};

/* Another mount namespace. */
struct other {
    uint32_t id;
    uint64_t used, read, not_before; /* CLOCK_BOOTTIME */
    uint64_t cost;                   /* ns, of reading it last; 0: not yet */
    bool beyond;                     /* the limits */
    pid_t members[MEMBERS_MAX];      /* processes met in it; 0: none */
    struct mount_table table;
};

struct bpf_namespaces {
    int changes; /* our mountinfo, polled for changes */
    bool changed;
    uint64_t own_not_before, not_before;
    struct mount_table own;
    struct other others[NAMESPACES_MAX];
    size_t other_count;
};

/* ---- Which tables -------------------------------------------------------------------------- */

static struct bpf_namespaces *namespaces_of(struct source *s)
{
    if (s->namespaces == NULL) {
        s->namespaces = calloc(1, sizeof(*s->namespaces));
        if (s->namespaces == NULL)
            return NULL;
        s->namespaces->changes = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
        s->namespaces->changed = true;
    }
    return s->namespaces;
}

/* Our own, as it is now, or was a moment ago where it costs much and changes often. */
static const struct mount_table *own_table(struct bpf_namespaces *n)
{
    struct pollfd p = {.fd = n->changes, .events = POLLPRI};
    uint64_t begun = bpf_boot_time();

    if (n->changes >= 0 && poll(&p, 1, 0) > 0 && p.revents & (POLLPRI | POLLERR))
        n->changed = true;
    if (n->changed && begun >= n->own_not_before) {
        n->changed = false;
        mount_table_read(&n->own, "/proc/self/mountinfo", "", &own_limits);
        n->own_not_before = bpf_boot_time() + SHARE_OF_ALL * (bpf_boot_time() - begun);
    }
    return &n->own;
}

void bpf_namespaces_free(struct source *s)
{
    struct bpf_namespaces *n = s->namespaces;

    if (n == NULL)
        return;
    if (n->changes >= 0)
        close(n->changes);
    mount_table_free(&n->own);
    for (size_t i = 0; i < n->other_count; i++)
        mount_table_free(&n->others[i].table);
    free(n);
    s->namespaces = NULL;
}

/* The namespace's place; that of the one least recently used where there are too many. */
static struct other *place_of(struct bpf_namespaces *n, uint32_t id)
{
    struct other *place = NULL;

    for (size_t i = 0; i < n->other_count; i++) {
        if (n->others[i].id == id)
            return &n->others[i];
        if (place == NULL || n->others[i].used < place->used)
            place = &n->others[i];
    }
    if (n->other_count < NAMESPACES_MAX)
        place = &n->others[n->other_count++];
    else
        mount_table_free(&place->table);
    *place = (struct other){.id = id};
    return place;
}

static bool is_in(pid_t pid, uint32_t namespace)
{
    char link[PROC_LINK_MAX];

    snprintf(link, sizeof(link), "/proc/%d/ns/mnt", pid);
    return bpf_namespace_of(link) == namespace;
}

void bpf_namespace_meet(struct source *s, const struct probe_record *r)
{
    struct bpf_namespaces *n = namespaces_of(s);
    struct other *other;

    if (n == NULL || r->mount_namespace == 0 || r->mount_namespace == s->mount_namespace)
        return;
    other = place_of(n, r->mount_namespace);
    other->used = bpf_boot_time();
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        pid_t *member = &other->members[i];

        if (*member != 0 && *member != (pid_t)r->pid && kill(*member, 0) < 0 && errno == ESRCH)
            *member = 0;
        if (*member == 0 || *member == (pid_t)r->pid) {
            *member = r->pid;
            return;
        }
    }
}

pid_t bpf_namespace_member(struct source *s, const struct probe_record *r)
{
    struct bpf_namespaces *n = namespaces_of(s);
    struct other *other;

    if (is_in(r->pid, r->mount_namespace))
        return r->pid;
    if (n == NULL)
        return 0;
    other = place_of(n, r->mount_namespace);
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        if (other->members[i] != 0 && is_in(other->members[i], r->mount_namespace))
            return other->members[i];
        other->members[i] = 0;
    }
    return 0;
}

/* What lies within the mount. A name that changed while it was copied may have a NUL in it. */
static const char *within(const struct probe_record *r, const char *path)
{
    size_t length = strlen(path);

    return path + length - (r->within < length ? r->within : length);
}

/* Of the mount's point, of which the root directory's has none. */
static size_t point_length(const struct probe_record *r, const char *path)
{
    return strcmp(path, "/") == 0 ? 0 : (size_t)(within(r, path) - path);
}

/*
 * Is the record's path where the table has it? The number of a namespace is soon used again, and
 * mounts are moved.
 */
static bool agrees(const struct mount_table *table, const struct probe_record *r, const char *path)
{
    const struct mount_entry *m = mount_by_id(table, r->mount);
    size_t length = point_length(r, path);

    return m != NULL && m->device == r->mount_device && strcmp(m->root, path - r->root_size) == 0 &&
           m->point_length == length && memcmp(m->point, path, length) == 0;
}

/*
 * Whose mount table to read; `top` is its root directory, "" where that is the namespace's. Such a
 * one is best: others do not see what is mounted outside their root directories.
 */
static pid_t reader_in(const struct other *other, const struct probe_record *r,
                       char top[static PROC_NAME_MAX + 1])
{
    char link[PROC_LINK_MAX], root[PROC_NAME_MAX + 1];
    pid_t found = 0;

    for (size_t i = 0; i <= MEMBERS_MAX; i++) {
        pid_t pid = i < MEMBERS_MAX ? other->members[i] : (pid_t)r->pid;
        bool at_top;

        if (pid == 0 || !is_in(pid, r->mount_namespace))
            continue;
        snprintf(link, sizeof(link), "/proc/%d/root", pid);
        at_top = proc_link_path(link, root) < 0 || strcmp(root, "/") == 0;
        if (found == 0 || at_top) {
            found = pid;
            strcpy(top, at_top ? "" : root);
        }
        if (at_top)
            break;
    }
    return found;
}

/* What the tables take; those that were not used for longest go where that is too much. */
static void make_room(struct bpf_namespaces *n)
{
    for (;;) {
        struct other *oldest = NULL;
        size_t total = 0;

        for (size_t i = 0; i < n->other_count; i++) {
            struct other *other = &n->others[i];

            total += mount_table_size(&other->table);
            if (other->table.count > 0 && (oldest == NULL || other->used < oldest->used))
                oldest = other;
        }
        if (oldest == NULL || total <= TABLES_BYTES)
            return;
        mount_table_free(&oldest->table);
    }
}

static void read_other(struct bpf_namespaces *n, const struct probe_record *r, struct other *other)
{
    char link[PROC_LINK_MAX], top[PROC_NAME_MAX + 1];
    uint64_t begun = bpf_boot_time(), now;
    pid_t pid = reader_in(other, r, top);
    int result = -ESRCH;

    if (pid != 0) {
        snprintf(link, sizeof(link), "/proc/%d/mountinfo", pid);
        result = mount_table_read(&other->table, link, top, &limits);
        make_room(n);
    }
    now = bpf_boot_time();
    other->read = now;
    other->cost = now - begun;
    other->beyond = result == -E2BIG;
    other->not_before = now + SHARE_OF_ONE * other->cost;
    if (other->beyond) {
        mount_table_free(&other->table);
        other->not_before += BEYOND_FOR;
    }
    if (other->cost > CHEAP)
        n->not_before = now + SHARE_OF_ALL * other->cost;
}

/* That of the namespace of the record's process and path; NULL: it is not known. */
static const struct mount_table *table_of(struct source *s, const struct probe_record *r,
                                          const char *path)
{
    struct bpf_namespaces *n = namespaces_of(s);
    uint64_t now = bpf_boot_time();
    struct other *other;

    if (n == NULL || r->root_size == 0 || r->mount_namespace == 0 ||
        r->mount_namespace == s->mount_namespace)
        return NULL;
    other = place_of(n, r->mount_namespace);
    other->used = now;
    if (now - other->read > TABLE_GOOD_FOR ||
        (now - other->read > TABLE_BAD_FOR && !agrees(&other->table, r, path))) {
        if (now >= other->not_before &&
            (now >= n->not_before || (other->cost > 0 && other->cost <= CHEAP)))
            read_other(n, r, other);
        else
            s->count.tables_waited++;
    }
    if (other->beyond)
        s->count.tables_beyond++;
    return agrees(&other->table, r, path) ? &other->table : NULL;
}

/* ---- Paths --------------------------------------------------------------------------------- */

/* Does it lead out of where it begins, by ".."? */
static bool climbs_out(const char *path)
{
    int depth = 0;

    while (*path != '\0') {
        size_t n = strcspn(path, "/");

        if (n == 2 && path[0] == '.' && path[1] == '.')
            depth--;
        else if (n > 0 && !(n == 1 && path[0] == '.'))
            depth++;
        if (depth < 0)
            return true;
        path += n + (path[n] == '/');
    }
    return false;
}

/*
 * Where we see `below` (beginning with '/' unless empty) in the mount with this root. Of several
 * mounts it is the one that shows least besides.
 */
static const char *seen_here(struct source *s, uint32_t device, const char *root, const char *below,
                             uint64_t *mount, proc_path buffer)
{
    struct bpf_namespaces *n = namespaces_of(s);
    const struct mount_entry *found;
    proc_path inside;

    if (n == NULL || climbs_out(below) ||
        snprintf(inside, sizeof(inside), "%s%s", root, below) >= (int)sizeof(inside))
        return NULL;
    found = mount_that_shows(own_table(n), device, inside, buffer, sizeof(proc_path));
    if (found == NULL)
        return NULL;
    *mount = found->id;
    return buffer;
}

/* A table without the mount that the record tells of is out of date. */
static void look_for_changes(struct source *s, const struct probe_record *r)
{
    struct bpf_namespaces *n = namespaces_of(s);

    for (size_t i = 0; n != NULL && i < n->other_count; i++) {
        struct other *other = &n->others[i];

        if (other->id == r->mount_namespace && mount_by_id(&other->table, r->mount) == NULL)
            other->read = 0;
    }
}

const char *bpf_host_path(struct source *s, const struct probe_record *r, const char *path,
                          uint64_t *mount, proc_path buffer)
{
    look_for_changes(s, r);
    return seen_here(s, r->mount_device, path - r->root_size, within(r, path), mount, buffer);
}

const char *bpf_host_found(struct source *s, const struct probe_record *r, const char *base,
                           const char *path, uint64_t *mount, proc_path buffer)
{
    const struct mount_table *table = table_of(s, r, base);
    const struct mount_entry *m;

    if (table == NULL)
        return NULL;
    m = mount_by_id(table, *mount);
    if (m == NULL || !mount_lies_below(path, m->point, m->point_length))
        m = mount_seen_at(table, path);
    if (m == NULL)
        return NULL;
    return seen_here(s, m->device, m->root, path + m->point_length, mount, buffer);
}

const char *bpf_host_name(struct source *s, const struct probe_record *r, const char *base,
                          const char *path, proc_path buffer)
{
    const struct mount_table *table = table_of(s, r, base);
    const struct mount_entry *m = table != NULL ? mount_seen_at(table, path) : NULL;
    size_t length = strcmp(base, "/") == 0 ? 0 : strlen(base);
    uint64_t mount;
    proc_path below;

    if (m != NULL && m->point_length > length)
        return seen_here(s, m->device, m->root, path + m->point_length, &mount, buffer);
    if (!mount_lies_below(path, base, length) ||
        snprintf(below, sizeof(below), "%s%s", within(r, base), path + length) >=
            (int)sizeof(below))
        return NULL;
    return seen_here(s, r->mount_device, base - r->root_size, below, &mount, buffer);
}
