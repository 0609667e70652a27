/* The drives of Windows programs as volumes. Private to fltbox/translate. */
#ifndef FLTBOX_DRIVES_H
#define FLTBOX_DRIVES_H

#include "../flt/flt.h"
#include "../source/source.h"

struct drive {
    unsigned id; /* activity_volume.id */
    PFLT_VOLUME volume;
    wchar_t *device; /* \Device\HarddiskVolumeN */
    size_t device_units;
    struct drive *next;
};

/* The volume, which is mounted when it is met first and stays until drives_close. */
const struct drive *drive_of(const struct activity_volume *);
void drives_close(void);

#endif
