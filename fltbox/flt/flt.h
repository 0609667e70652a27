/*
 * The Filter Manager's own side: what the rest of fltbox asks of it. What drivers call is declared
 * in <fltKernel.h> and exported by flt_exports.
 */
#ifndef FLTBOX_FLT_H
#define FLTBOX_FLT_H

#include <fltKernel.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "../nt/nt.h"

extern const struct nt_export flt_exports[]; /* ends with a NULL module */

void flt_init(void);

/* ---- Volumes ------------------------------------------------------------------------------- */

struct flt_volume_info {
    UNICODE_STRING device_name; /* \Device\HarddiskVolume1 */
    UNICODE_STRING dos_name; /* what FltGetVolumeName's DOS cousins answer: a mount point or C: */
    /*
     * NULL: a Linux mount, and dos_name is its mount point. Else the names on the volume are
     * Windows', it has a DOS name, and this is the Linux directory that is its root, as we see it;
     * "": we do not see it.
     */
    const char *directory;
    FLT_FILESYSTEM_TYPE filesystem;
    DEVICE_TYPE device_type; /* FILE_DEVICE_DISK_FILE_SYSTEM or FILE_DEVICE_NETWORK_FILE_SYSTEM */
    bool read_only;
    bool removable;
    uint32_t sector_size;
};

/*
 * A volume has come: instances of every filter that started filtering are set up on it, highest
 * altitude last. Strings are copied. The volume is borrowed, and lives until flt_volume_dismount.
 */
PFLT_VOLUME flt_volume_mount(const struct flt_volume_info *);
void flt_volume_dismount(PFLT_VOLUME);

/* ---- Operations ---------------------------------------------------------------------------- */

/* A create as it was asked for and as it ended. */
struct flt_create {
    PFLT_VOLUME volume;
    PETHREAD thread;           /* who asked */
    UNICODE_STRING opened;     /* name within the volume as the request gave it: \dir\file */
    UNICODE_STRING normalized; /* the same, final: what was opened, or is known of what was not */
    /* What was asked for is not known: `opened` only stands for it in the file object ("\\"), and
       queries for the name fail with STATUS_FLT_INVALID_NAME_REQUEST. */
    bool unnamed;
    ACCESS_MASK desired_access;
    ULONG options; /* disposition in the high byte, as FLT_PARAMETERS has it */
    USHORT attributes, share;
    bool case_sensitive;   /* names that differ in case are different names */
    NTSTATUS status;       /* how it ended */
    ULONG_PTR information; /* FILE_OPENED ... */
    bool directory;        /* what was opened is one */
    uint64_t file_id[2];   /* identity of the file (ino, dev); 0, 0 where not known */
    uint64_t begin, end;   /* 100 ns since 1601 */
};

/*
 * Sends a create through the filters of its volume: pre-operation callbacks from the highest
 * altitude down, the file system's answer, post-operation callbacks back up; at PASSIVE_LEVEL, in
 * the requestor's thread context, with the request's own times as the clock. When all is done the
 * file object goes, and with it its stream handle contexts.
 */
void flt_dispatch_create(const struct flt_create *);

/* ---- Filters ------------------------------------------------------------------------------- */

/* The altitude of a driver that has registered; NULL where it has not. UTF-8, static until unload.
 */
const char *flt_altitude(struct nt_driver *);

/* Compares two altitudes, decimal numbers with or without a fraction, of any length: negative, 0,
   positive as the first is lower, equal, higher. */
int flt_altitude_compare(const char *, const char *);
bool flt_altitude_valid(const char *);

/*
 * Unloads a driver as FilterUnload does: calls its FilterUnloadCallback, mandatory if it refuses
 * the first time (and then says so to `out`), and if it is still registered afterwards does the
 * rest for it. Without a callback the driver cannot be unloaded and a bug check follows if forced;
 * here it is unregistered and that is reported. Then comes DriverUnload, the driver's own last
 * word, for drivers that are no filter too; see filter_driver_unload. Reports leaked references
 * (names, contexts, instances, volumes, ports) to `out`, a line each, and returns their number.
 */
unsigned flt_unload(struct nt_driver *, FILE *out);

/* Callbacks called by operation, "  IRP_MJ_CREATE  pre 12  post 3" a line each. */
void flt_print_stats(struct nt_driver *, FILE *);

#endif
