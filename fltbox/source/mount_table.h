/*
 * The mounts of a mount namespace, as /proc/PID/mountinfo lists them.
 *
 * An ordinary user can have a namespace of 100,000 mounts, with names of any length, all above one
 * another. So reading a table has limits, what is made of it takes time in proportion to its size,
 * and each question that is asked of it costs no more than going through the path, whatever the
 * table holds. A table belongs to one thread.
 */
#ifndef FLTBOX_MOUNT_TABLE_H
#define FLTBOX_MOUNT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A mount. The strings are the table's. */
struct mount_entry {
    uint32_t id, parent; /* a parent that is not in the table is 0 */
    uint32_t device;     /* the kernel's: 12 bits major, 20 bits minor */
    bool read_only;      /* the mount is, whatever its file system is */
    const char *root;    /* within the file system; "" for "/" */
    const char *point;   /* "" for "/" */
    const char *filesystem;
    uint32_t root_length, point_length;

    /* The table's own: places in it, counted from 1. */
    uint32_t next_id, next_point, next_root;
    uint32_t top; /* the last of those mounted upon this one's root directory, and on theirs */
};

struct mount_table {
    struct mount_entry *entries;
    size_t count;
    char *text, *points;                /* what the strings are in */
    uint32_t *ids, *by_point, *by_root; /* hashed: first places, 0: none */
    uint32_t mask;
    size_t bytes; /* of the strings */
};

/* What reading a table may take. */
struct mount_limits {
    size_t mounts, bytes;
    uint64_t nanoseconds;
};

/*
 * Reads the table anew from `name` (/proc/PID/mountinfo). The points in it are below the reader's
 * root directory `top`, "" where that is the namespace's. 0, or a negative errno, and the table is
 * as it was: -E2BIG where it goes beyond the limits, -ESRCH where the process has just ended.
 */
int mount_table_read(struct mount_table *, const char *name, const char *top,
                     const struct mount_limits *);
void mount_table_free(struct mount_table *);

/* Bytes of memory that it takes, nearly. */
size_t mount_table_size(const struct mount_table *);

/* NULL: there is none. */
const struct mount_entry *mount_by_id(const struct mount_table *, uint32_t id);

/* The mount that an absolute path leads to: others can be hidden by it, or by those that hide it.
   NULL: none. */
const struct mount_entry *mount_seen_at(const struct mount_table *, const char *path);

/*
 * The mount that shows `inside`, an absolute path within the file system ("" for its root), and its
 * path there, in `path` of `size` bytes. Of several it is the one that shows least besides. NULL:
 * none that is not hidden, as far as the first few tell.
 */
const struct mount_entry *mount_that_shows(const struct mount_table *, uint32_t device,
                                           const char *inside, char *path, size_t size);

/* Is the path that with the first `length` bytes, or below it? */
bool mount_lies_below(const char *path, const char *directory, size_t length);

#endif
