/* The mount table as volumes. Private to fltbox/translate. */
#ifndef FLTBOX_MOUNTS_H
#define FLTBOX_MOUNTS_H

#include "../flt/flt.h"

struct mount {
    uint64_t id; /* the kernel's mount id */
    char *point;
    size_t point_length; /* 0 for "/": what a path on it begins with */
    char *filesystem;
    unsigned number; /* \Device\HarddiskVolumeN */
    PFLT_VOLUME volume;
    wchar_t *device; /* \Device\HarddiskVolumeN */
    size_t device_units;
    bool seen; /* while the table is read */
};

/*
 * The mount that an absolute path lies on: the one with that `id` where it is known (not 0) and the
 * path is below it, else the longest mount point that the path begins with. NULL where there is
 * none. The path within the mount begins at path + point_length.
 *
 * By the mount table at the time `when_ns` (CLOCK_REALTIME) of what happened to the path, or a
 * later one. That costs a system call where the last look at the table was before that, and no id
 * is known: once in a while where activities come in batches.
 */
const struct mount *mount_of(const char *path, uint64_t id, uint64_t when_ns);

/* The number of a new \Device\HarddiskVolumeN. */
unsigned mounts_next_number(void);

#endif
