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

struct mount {
    uint32_t id, parent; /* a parent that is not in the table is 0 */
    uint32_t device;     /* as the kernel has it */
    char *root;          /* within the file system */
    char *point;
    size_t root_length, point_length; /* 0 for "/" */
};

struct table {
    struct mount *mounts;
    size_t count;
};

/* Another mount namespace. */
struct other {
    uint32_t id;
    uint64_t used, read;        /* CLOCK_BOOTTIME */
    pid_t members[MEMBERS_MAX]; /* processes met in it; 0: none */
    struct table table;
};

struct bpf_namespaces {
    int changes; /* our mountinfo, polled for changes */
    struct table own;
    struct other others[NAMESPACES_MAX];
    size_t other_count;
};

/* ---- Mount tables -------------------------------------------------------------------------- */

static void free_table(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->mounts[i].root);
        free(table->mounts[i].point);
    }
    free(table->mounts);
    *table = (struct table){0};
}

/* Is it `directory`, or below it? */
static bool lies_below(const char *path, const char *directory, size_t length)
{
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static char *unescaped(const char *before, char *s)
{
    char *result;

    proc_unescape(s);
    return asprintf(&result, "%s%s", before, s) < 0 ? NULL : result;
}

/* "36 35 98:0 /root /point rw,noatime ...": see proc_pid_mountinfo(5). The points are below the
   reader's root directory `top`, "" where that is the namespace's. */
static bool parse_line(char *line, const char *top, struct mount *m)
{
    char *save, *fields[5];
    unsigned major, minor;

    for (int i = 0; i < 5; i++) {
        fields[i] = strtok_r(i == 0 ? line : NULL, " \n", &save);
        if (fields[i] == NULL)
            return false;
    }
    if (sscanf(fields[2], "%u:%u", &major, &minor) != 2)
        return false;
    *m = (struct mount){
        .id = strtoul(fields[0], NULL, 10),
        .parent = strtoul(fields[1], NULL, 10),
        .device = major << 20 | minor,
        .root = unescaped("", fields[3] + (strcmp(fields[3], "/") == 0)),
        .point = unescaped(top, fields[4] + (strcmp(fields[4], "/") == 0)),
    };
    if (m->root == NULL || m->point == NULL) {
        free(m->root);
        free(m->point);
        return false;
    }
    m->root_length = strlen(m->root);
    m->point_length = strlen(m->point);
    return true;
}

static const struct mount *by_id(const struct table *table, uint32_t id)
{
    for (size_t i = 0; i < table->count; i++) {
        if (table->mounts[i].id == id)
            return &table->mounts[i];
    }
    return NULL;
}

/* False: it cannot be read, and `table` is as it was. */
static bool read_table(const char *name, const char *top, struct table *table)
{
    FILE *f = fopen(name, "re");
    struct table new = {0};
    char *line = NULL;
    size_t size = 0;

    if (f == NULL)
        return false;
    while (getline(&line, &size, f) > 0) {
        struct mount m, *more;

        if (!parse_line(line, top, &m))
            continue;
        more = reallocarray(new.mounts, new.count + 1, sizeof(m));
        if (more == NULL) {
            free(m.root);
            free(m.point);
            break;
        }
        new.mounts = more;
        new.mounts[new.count++] = m;
    }
    free(line);
    fclose(f);
    if (new.count == 0)
        return false; /* the process has just ended */
    for (size_t i = 0; i < new.count; i++) {
        struct mount *m = &new.mounts[i];

        if (m->parent == m->id || by_id(&new, m->parent) == NULL)
            m->parent = 0;
    }
    free_table(table);
    *table = new;
    return true;
}

/* The mount that a path leads to: others can be hidden by it, or by those that hide it. */
static const struct mount *seen_at(const struct table *table, const char *path)
{
    const struct mount *at = NULL, *next;
    size_t steps = 0;

    do {
        uint32_t parent = at != NULL ? at->id : 0;

        next = NULL;
        for (size_t i = 0; i < table->count; i++) {
            const struct mount *m = &table->mounts[i];

            if (m->parent == parent && m != at && lies_below(path, m->point, m->point_length) &&
                (next == NULL || m->point_length < next->point_length))
                next = m;
        }
        if (next != NULL)
            at = next;
    } while (next != NULL && ++steps < table->count);
    return at;
}

/* ---- Which tables -------------------------------------------------------------------------- */

static struct bpf_namespaces *namespaces_of(struct source *s)
{
    if (s->namespaces == NULL) {
        s->namespaces = calloc(1, sizeof(*s->namespaces));
        if (s->namespaces == NULL)
            return NULL;
        s->namespaces->changes = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
        read_table("/proc/self/mountinfo", "", &s->namespaces->own);
    }
    return s->namespaces;
}

/* Our own, as it is now. */
static const struct table *own_table(struct bpf_namespaces *n)
{
    struct pollfd p = {.fd = n->changes, .events = POLLPRI};

    if (n->changes >= 0 && poll(&p, 1, 0) > 0 && p.revents & (POLLPRI | POLLERR))
        read_table("/proc/self/mountinfo", "", &n->own);
    return &n->own;
}

void bpf_namespaces_free(struct source *s)
{
    struct bpf_namespaces *n = s->namespaces;

    if (n == NULL)
        return;
    if (n->changes >= 0)
        close(n->changes);
    free_table(&n->own);
    for (size_t i = 0; i < n->other_count; i++)
        free_table(&n->others[i].table);
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
        free_table(&place->table);
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

/*
 * Is the record's path where the table has it? The number of a namespace is soon used again, and
 * mounts are moved.
 */
static bool agrees(const struct table *table, const struct probe_record *r, const char *path)
{
    const struct mount *m = by_id(table, r->mount);
    size_t length = strcmp(path, "/") == 0 ? 0 : strlen(path) - r->within;

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

static void read_other(const struct probe_record *r, struct other *other)
{
    char link[PROC_LINK_MAX], top[PROC_NAME_MAX + 1];
    pid_t pid = reader_in(other, r, top);

    other->read = bpf_boot_time();
    if (pid == 0)
        return;
    snprintf(link, sizeof(link), "/proc/%d/mountinfo", pid);
    read_table(link, top, &other->table);
}

/* That of the namespace of the record's process and path; NULL: it is not known. */
static const struct table *table_of(struct source *s, const struct probe_record *r,
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
        (now - other->read > TABLE_BAD_FOR && !agrees(&other->table, r, path)))
        read_other(r, other);
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
    const struct table *own;
    const struct mount *found = NULL;
    proc_path inside, path;

    if (n == NULL || climbs_out(below) ||
        snprintf(inside, sizeof(inside), "%s%s", root, below) >= (int)sizeof(inside))
        return NULL;
    own = own_table(n);
    for (size_t i = 0; i < own->count; i++) {
        const struct mount *m = &own->mounts[i];
        int length;

        if (m->device != device || (found != NULL && m->root_length <= found->root_length) ||
            !lies_below(inside, m->root, m->root_length))
            continue;
        length = snprintf(path, sizeof(path), "%s%s", m->point, inside + m->root_length);
        if (length >= (int)sizeof(path) || seen_at(own, path) != m)
            continue;
        found = m;
        strcpy(buffer, length > 0 ? path : "/");
    }
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

        if (other->id == r->mount_namespace && by_id(&other->table, r->mount) == NULL)
            other->read = 0;
    }
}

const char *bpf_host_path(struct source *s, const struct probe_record *r, const char *path,
                          uint64_t *mount, proc_path buffer)
{
    look_for_changes(s, r);
    return seen_here(s, r->mount_device, path - r->root_size, path + strlen(path) - r->within,
                     mount, buffer);
}

const char *bpf_host_found(struct source *s, const struct probe_record *r, const char *base,
                           const char *path, uint64_t *mount, proc_path buffer)
{
    const struct table *table = table_of(s, r, base);
    const struct mount *m;

    if (table == NULL)
        return NULL;
    m = by_id(table, *mount);
    if (m == NULL || !lies_below(path, m->point, m->point_length))
        m = seen_at(table, path);
    if (m == NULL)
        return NULL;
    return seen_here(s, m->device, m->root, path + m->point_length, mount, buffer);
}

const char *bpf_host_name(struct source *s, const struct probe_record *r, const char *base,
                          const char *path, proc_path buffer)
{
    const struct table *table = table_of(s, r, base);
    const struct mount *m = table != NULL ? seen_at(table, path) : NULL;
    size_t length = strcmp(base, "/") == 0 ? 0 : strlen(base);
    uint64_t mount;
    proc_path below;

    if (m != NULL && m->point_length > length)
        return seen_here(s, m->device, m->root, path + m->point_length, &mount, buffer);
    if (!lies_below(path, base, length) ||
        snprintf(below, sizeof(below), "%s%s", base + strlen(base) - r->within, path + length) >=
            (int)sizeof(below))
        return NULL;
    return seen_here(s, r->mount_device, base - r->root_size, below, &mount, buffer);
}
