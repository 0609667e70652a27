#include "mount_table.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHUNK       65536
#define COMPONENTS  (PROC_NAME_MAX / 2 + 2) /* of a path, at most */
#define TRIES_MAX   16                      /* mounts with one root that may hide one another */
#define HASH_BEGIN  0x811c9dc5u
#define HASH_FACTOR 0x01000193u

bool mount_lies_below(const char *path, const char *directory, size_t length)
{
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* ---- Hashes -------------------------------------------------------------------------------- */

static uint32_t hash_more(uint32_t hash, const char *s, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)s[i]) * HASH_FACTOR;
    return hash;
}

/* Of a path, and the number that goes with it: a parent's id, a device. */
static uint32_t hash_pair(uint32_t of_path, uint32_t number)
{
    uint32_t hash = of_path ^ number * 0x9e3779b1u;

    return hash ^ hash >> 15;
}

static uint32_t hash_id(uint32_t id)
{
    return id * 0x9e3779b1u >> 7;
}

/* ---- Reading ------------------------------------------------------------------------------- */

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* The file, ended by a NUL, in table->text. 0 or a negative errno. */
static int read_text(struct mount_table *table, const char *name, const struct mount_limits *limits)
{
    uint64_t until = now() + limits->nanoseconds;
    size_t size = 0, room = 0;
    int fd = open(name, O_RDONLY | O_CLOEXEC), result = 0;

    if (fd < 0)
        return -errno;
    for (;;) {
        ssize_t n;

        if (room - size < CHUNK) {
            char *more = realloc(table->text, room = 2 * room + 2 * CHUNK);

            if (more == NULL) {
                result = -ENOMEM;
                break;
            }
            table->text = more;
        }
        n = read(fd, table->text + size, CHUNK - 1);
        if (n <= 0) {
            result = n < 0 ? -errno : 0;
            break;
        }
        size += n;
        /* One line costs the kernel a walk over all the mounts that are below it. */
        if (size > limits->bytes || now() > until) {
            result = -E2BIG;
            break;
        }
    }
    close(fd);
    table->bytes = room;
    if (table->text != NULL)
        table->text[size] = '\0';
    return result;
}

/* The next field of a line, ended by a NUL; NULL: there is none. */
static char *next_field(char **line)
{
    char *field = *line + strspn(*line, " "), *end = field + strcspn(field, " ");

    if (*field == '\0')
        return NULL;
    *line = *end == '\0' ? end : end + 1;
    *end = '\0';
    return field;
}

static bool parse_device(const char *field, uint32_t *device)
{
    char *end;
    unsigned long major = strtoul(field, &end, 10);

    if (*end != ':')
        return false;
    *device = (uint32_t)(major << 20 | strtoul(end + 1, NULL, 10));
    return true;
}

/* "36 35 98:0 /root /point rw,noatime shared:1 - ext3 /dev/sda rw": see proc_pid_mountinfo(5). */
static bool parse_line(char *line, struct mount_entry *m)
{
    char *fields[6], *field;

    for (int i = 0; i < 6; i++) {
        fields[i] = next_field(&line);
        if (fields[i] == NULL)
            return false;
    }
    while ((field = next_field(&line)) != NULL && strcmp(field, "-") != 0)
        ;
    field = field != NULL ? next_field(&line) : NULL;
    *m = (struct mount_entry){
        .id = strtoul(fields[0], NULL, 10),
        .parent = strtoul(fields[1], NULL, 10),
        .read_only =
            strncmp(fields[5], "ro", 2) == 0 && (fields[5][2] == ',' || fields[5][2] == '\0'),
        .root = fields[3],
        .point = fields[4],
        .filesystem = field != NULL ? field : "unknown",
    };
    if (!parse_device(fields[2], &m->device) || m->id == 0)
        return false;
    proc_unescape(fields[3]);
    proc_unescape(fields[4]);
    if (strcmp(m->root, "/") == 0)
        m->root = "";
    if (strcmp(m->point, "/") == 0)
        m->point = "";
    m->root_length = strlen(m->root);
    m->point_length = strlen(m->point);
    return true;
}

static int parse(struct mount_table *table, const struct mount_limits *limits)
{
    size_t lines = 0;
    char *line = table->text, *next;

    for (const char *p = line; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    if (lines > limits->mounts)
        return -E2BIG;
    table->entries = calloc(lines + 1, sizeof(*table->entries));
    if (table->entries == NULL)
        return -ENOMEM;
    for (; (next = strchr(line, '\n')) != NULL; line = next) {
        *next++ = '\0';
        if (parse_line(line, &table->entries[table->count]))
            table->count++;
    }
    return table->count > 0 ? 0 : -ESRCH;
}

/* Gives each point the reader's root directory before it. */
static int add_top(struct mount_table *table, const char *top, const struct mount_limits *limits)
{
    size_t length = strlen(top), size = 1;
    char *at;

    if (length == 0)
        return 0;
    for (size_t i = 0; i < table->count; i++)
        size += length + table->entries[i].point_length + 1;
    if (size > limits->bytes)
        return -E2BIG;
    at = table->points = malloc(size);
    if (at == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < table->count; i++) {
        struct mount_entry *m = &table->entries[i];

        memcpy(at, top, length);
        memcpy(at + length, m->point, m->point_length + 1);
        m->point = at;
        m->point_length += length;
        at += m->point_length + 1;
    }
    table->bytes += size;
    return 0;
}

/* ---- Finding them again -------------------------------------------------------------------- */

/* The first of those with this parent and point in the table; 0: none. */
static uint32_t find_point(const struct mount_table *table, uint32_t parent, const char *point,
                           size_t length, uint32_t hash)
{
    uint32_t at = table->by_point[hash_pair(hash, parent) & table->mask];

    for (; at != 0; at = table->entries[at - 1].next_point) {
        const struct mount_entry *m = &table->entries[at - 1];

        if (m->parent == parent && m->point_length == length && m->id != parent &&
            memcmp(m->point, point, length) == 0)
            return at;
    }
    return 0;
}

/* What is mounted upon each root directory: once, as there can be a hundred thousand above one
   another. The list was not read at one moment, and may lead back to where it came from. */
static void find_tops(struct mount_table *table)
{
    enum { NOT_KNOWN, GOING = UINT32_MAX };

    for (uint32_t i = 0; i < table->count; i++) {
        uint32_t at = i + 1, top;

        while (table->entries[at - 1].top == NOT_KNOWN) {
            struct mount_entry *m = &table->entries[at - 1];
            uint32_t above = find_point(table, m->id, m->point, m->point_length,
                                        hash_more(HASH_BEGIN, m->point, m->point_length));

            m->top = (uint32_t)GOING;
            if (above == 0 || table->entries[above - 1].top == (uint32_t)GOING)
                break;
            at = above;
        }
        top = table->entries[at - 1].top == (uint32_t)GOING ? at : table->entries[at - 1].top;
        for (at = i + 1; table->entries[at - 1].top == (uint32_t)GOING;) {
            struct mount_entry *m = &table->entries[at - 1];

            m->top = top;
            if (at == top)
                break;
            at = find_point(table, m->id, m->point, m->point_length,
                            hash_more(HASH_BEGIN, m->point, m->point_length));
        }
    }
}

static int index_table(struct mount_table *table)
{
    uint32_t size = 16;

    while (size < table->count)
        size *= 2;
    table->mask = size - 1;
    table->ids = calloc(3 * (size_t)size, sizeof(*table->ids));
    if (table->ids == NULL)
        return -ENOMEM;
    table->by_point = table->ids + size;
    table->by_root = table->by_point + size;
    /* From the end, so that of several the first in the list is found. */
    for (uint32_t i = table->count; i > 0; i--) {
        struct mount_entry *m = &table->entries[i - 1];
        uint32_t *first = &table->ids[hash_id(m->id) & table->mask];

        m->next_id = *first;
        *first = i;
    }
    for (uint32_t i = table->count; i > 0; i--) {
        struct mount_entry *m = &table->entries[i - 1];
        uint32_t *first;

        if (m->parent == m->id || mount_by_id(table, m->parent) == NULL)
            m->parent = 0;
        first =
            &table
                 ->by_point[hash_pair(hash_more(HASH_BEGIN, m->point, m->point_length), m->parent) &
                            table->mask];
        m->next_point = *first;
        *first = i;
    }
    find_tops(table);
    /* A mount that is hidden where it is shows nothing. */
    for (uint32_t i = table->count; i > 0; i--) {
        struct mount_entry *m = &table->entries[i - 1];
        uint32_t *first =
            &table->by_root[hash_pair(hash_more(HASH_BEGIN, m->root, m->root_length), m->device) &
                            table->mask];

        if (mount_seen_at(table, m->point) != m)
            continue;
        m->next_root = *first;
        *first = i;
    }
    return 0;
}

void mount_table_free(struct mount_table *table)
{
    free(table->entries);
    free(table->text);
    free(table->points);
    free(table->ids);
    *table = (struct mount_table){0};
}

size_t mount_table_size(const struct mount_table *table)
{
    return table->bytes + table->count * sizeof(*table->entries) +
           3 * ((size_t)table->mask + 1) * sizeof(*table->ids);
}

int mount_table_read(struct mount_table *table, const char *name, const char *top,
                     const struct mount_limits *limits)
{
    struct mount_table new = {0};
    int result = read_text(&new, name, limits);

    if (result == 0)
        result = parse(&new, limits);
    if (result == 0)
        result = add_top(&new, top, limits);
    if (result == 0)
        result = index_table(&new);
    if (result < 0) {
        mount_table_free(&new);
        return result;
    }
    mount_table_free(table);
    *table = new;
    return 0;
}

/* ---- Questions ----------------------------------------------------------------------------- */

const struct mount_entry *mount_by_id(const struct mount_table *table, uint32_t id)
{
    uint32_t at = table->count > 0 ? table->ids[hash_id(id) & table->mask] : 0;

    while (at != 0 && table->entries[at - 1].id != id)
        at = table->entries[at - 1].next_id;
    return at != 0 ? &table->entries[at - 1] : NULL;
}

const struct mount_entry *mount_seen_at(const struct mount_table *table, const char *path)
{
    const struct mount_entry *at = NULL;
    uint32_t hash = HASH_BEGIN, found;

    for (size_t i = 0; table->count > 0; i++) {
        if (path[i] == '/' || path[i] == '\0') {
            found = find_point(table, at != NULL ? at->id : 0, path, i, hash);
            if (found != 0)
                at = &table->entries[table->entries[found - 1].top - 1];
        }
        if (path[i] == '\0')
            break;
        hash = hash_more(hash, path + i, 1);
    }
    return at;
}

/* Of the mounts with this root, one that shows the file. */
static const struct mount_entry *shows(const struct mount_table *table, uint32_t device,
                                       const char *inside, size_t length, uint32_t hash, char *path,
                                       size_t size, unsigned *tries)
{
    uint32_t at = table->by_root[hash_pair(hash, device) & table->mask];

    for (; at != 0; at = table->entries[at - 1].next_root) {
        const struct mount_entry *m = &table->entries[at - 1];
        int n;

        if (m->device != device || m->root_length != length || memcmp(m->root, inside, length) != 0)
            continue;
        if ((*tries)++ >= TRIES_MAX)
            return NULL;
        n = snprintf(path, size, "%s%s", m->point, inside + length);
        if (n >= 0 && (size_t)n < size && mount_seen_at(table, path) == m) {
            if (n == 0)
                snprintf(path, size, "/");
            return m;
        }
    }
    return NULL;
}

const struct mount_entry *mount_that_shows(const struct mount_table *table, uint32_t device,
                                           const char *inside, char *path, size_t size)
{
    struct {
        uint32_t length, hash;
    } beginnings[COMPONENTS];
    uint32_t hash = HASH_BEGIN, count = 0;
    unsigned tries = 0;

    for (size_t i = 0; table->count > 0 && count < COMPONENTS; i++) {
        if (inside[i] == '/' || inside[i] == '\0') {
            beginnings[count].length = i;
            beginnings[count++].hash = hash;
        }
        if (inside[i] == '\0')
            break;
        hash = hash_more(hash, inside + i, 1);
    }
    while (count-- > 0) {
        const struct mount_entry *m = shows(table, device, inside, beginnings[count].length,
                                            beginnings[count].hash, path, size, &tries);

        if (m != NULL)
            return m;
    }
    return NULL;
}
