/* The mount table as volumes. Private to fltbox/translate. */
#ifndef FLTBOX_MOUNTS_H
#define FLTBOX_MOUNTS_H

#include "../flt/flt.h"

struct mount {
    int id; /* the kernel's mount id */
    char *point;
    size_t point_length; /* 0 for "/": what a path on it begins with */
    char *filesystem;
    unsigned number; /* \Device\HarddiskVolumeN */
    PFLT_VOLUME volume;
    wchar_t *device; /* \Device\HarddiskVolumeN */
    size_t device_units;
    bool seen; /* while the table is read */
};

/* The mount that holds an absolute path: the longest mount point that it begins with. NULL where
   there is none, not even "/". Its path within the mount begins at path + point_length. */
const struct mount *mount_of(const char *path);

#endif
