/* Private to the parts of the bpf source that know of Wine. */
#ifndef FLTBOX_WINE_PRIVATE_H
#define FLTBOX_WINE_PRIVATE_H

#include "bpf_private.h"

#define WINE_ENVIRONMENT_MAX 262144

/* What has come in parts of records that are not complete yet: where, and how much. */
#define WINE_PENDING         256
#define WINE_PENDING_SIZE    (64u << 20)

/* An ntdll.so that our programs are on. */
struct wine_library {
    char *path;
    uint64_t device, inode;
    int descriptors[2]; /* the link at the functions' beginnings, and that at their returns; -1 */
    struct bpf_link **links; /* on kernels without such: one for each */
    unsigned link_count;
    struct wine_library *next;
};

struct wine {
    struct bpf_object *object; /* NULL: not loaded, no Wine was found */
    char *problem;             /* why Windows programs are told by their Linux calls */
    unsigned unseen;           /* those that are */
    char *warning;
    struct wine_library *libraries;
    struct wine_prefix *prefixes;
    struct wine_handles *handles;
    struct wine_pending *pending[WINE_PENDING]; /* by thread */
    size_t pending_bytes;
};

void wine_free_pending(struct wine *);

#endif
