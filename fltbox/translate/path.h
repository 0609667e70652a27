/* NT paths. Private to fltbox/translate. */
#ifndef FLTBOX_TRANSLATE_PATH_H
#define FLTBOX_TRANSLATE_PATH_H

#include "mounts.h"
#include "../flt/flt.h"
#include "../source/source.h"

#define PATH_MAX_UNITS 32767 /* UNICODE_STRING's Length is a multiple of 2 that fits 16 bits */

struct path {
    PFLT_VOLUME volume;
    UNICODE_STRING full;   /* \Device\HarddiskVolume1\etc\hosts */
    UNICODE_STRING within; /* the part after the volume's name */
    wchar_t *buffer;       /* of one that is made again and again; freed in the end */
    size_t room;
    bool too_long; /* than a UNICODE_STRING can hold: why there is none */
};

/* Of an absolute Linux path, on the mount that is said, or by the mounts at that time (see
   mount_of). False: it is too long, or there is no memory. */
bool path_make(struct path *, const char *path, const struct mount_place *, uint64_t when_ns);

/* Of a file as a Windows program names it. */
bool path_make_windows(struct path *, const struct activity_file *, uint64_t when_ns);

/* What a Windows program asked for, as the I/O manager gives it to the file system; all but who
   asked, and when. */
void translate_request(const struct activity_request *, const struct path *, struct flt_create *);

#endif
