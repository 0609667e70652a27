/*
 * The mount table as volumes. Private to fltbox/translate, and its thread's.
 *
 * Each mount is a volume. What a path lies on is decided by what its event says of the moment when
 * it happened: which mount (its id), and where that was. The table, which is read later, says only
 * what it cannot: what else is mounted, and where names lead of which nothing was opened.
 */
#ifndef FLTBOX_MOUNTS_H
#define FLTBOX_MOUNTS_H

#include "../flt/flt.h"

struct mount {
    uint32_t id;     /* the kernel's mount id, of which the next mount may be another's; 0: none */
    uint64_t unique; /* the id that nobody else ever has; 0: not known yet */
    char *point;
    size_t point_length; /* 0 for "/": what a path on it begins with */
    char *filesystem;    /* NULL: not known, it was gone before the table was read */
    unsigned number;     /* \Device\HarddiskVolumeN */
    PFLT_VOLUME volume;
    wchar_t *device; /* \Device\HarddiskVolumeN */
    size_t device_units;

    bool elsewhere;     /* it is in no table of ours, but another mount namespace */
    uint64_t files;     /* elsewhere: the device that its files have */
    bool listed;        /* it is in the table, or elsewhere */
    uint64_t absent_ns; /* CLOCK_REALTIME: not in it yet when the table was read then; 0: never */
    uint64_t gone_ns;   /* not listed: when that was seen */
    uint64_t used;      /* counts up */
    struct mount *next_id, *previous, *next;
};

/* What an event says of the mount that its file is on. */
struct mount_place {
    uint64_t id, unique; /* 0: not known */
    bool point_known;
    size_t point;    /* so much of the path is the mount's point; 0 for "/" */
    bool elsewhere;  /* in another mount namespace, and not in ours */
    uint64_t device; /* of the file */
};

/*
 * The mount that an absolute path lies on: the one that `place` says, whether it is still there or
 * not; where that is NULL or says nothing, the one that the path leads to. NULL: no memory. The
 * path within the mount begins at path + point_length.
 *
 * By the mount table at the time `when_ns` (CLOCK_REALTIME) of what happened to the path, or a
 * later one. That costs a system call where the last look at the table was before that, and the
 * mount is not known: once in a while where activities come in batches. Reading the table anew
 * takes a tenth of the time at most, whoever makes and takes away mounts.
 */
const struct mount *mount_of(const char *path, const struct mount_place *place, uint64_t when_ns);

/* The number of a new \Device\HarddiskVolumeN. */
unsigned mounts_next_number(void);

#endif
