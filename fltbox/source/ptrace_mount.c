/*
 * Which mount a file is on, and where that is: when it was opened, not when somebody asks later.
 * Since Linux 6.8 mounts have ids that no other ever has, and statmount(2) says where they are.
 */
#include "lookup.h"
#include "ptrace_private.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Neither the system's headers nor all kernels know them. */
#ifndef SYS_statmount
#define SYS_statmount 457
#endif

/* struct mnt_id_req and struct statmount of linux/mount.h */
struct request {
    uint32_t size, spare;
    uint64_t unique, mask;
};

struct answer {
    uint32_t size, options;
    uint64_t mask;
    uint32_t dev_major, dev_minor;
    uint64_t magic;
    uint32_t sb_flags, type;
    uint64_t unique, parent_unique;
    uint32_t id, parent;
    uint64_t attributes, propagation, peers, master, from;
    uint32_t root, point; /* offsets in `text` */
    uint64_t more[50];
    char text[2 * PROC_NAME_MAX];
};

_Static_assert(offsetof(struct answer, text) == 512, "struct statmount's text begins at 512");

enum { BASIC = 2, POINT = 16 };

/* A mount can be moved; so what is known of one is not for long. */
#define KNOWN_NS 100000000ull

static struct pt_mount *ask(struct pt_mount *m, uint64_t unique, uint64_t now)
{
    struct request request = {.size = sizeof(request), .unique = unique, .mask = BASIC | POINT};
    static _Thread_local struct answer answer;
    const uint64_t wanted = BASIC | POINT;

    free(m->point);
    *m = (struct pt_mount){0};
    if (syscall(SYS_statmount, &request, &answer, sizeof(answer), 0) < 0 ||
        (answer.mask & wanted) != wanted || answer.point >= sizeof(answer.text))
        return NULL; /* of another namespace, say */
    m->point = strdup(answer.text + answer.point);
    if (m->point == NULL)
        return NULL;
    m->length = strcmp(m->point, "/") == 0 ? 0 : strlen(m->point);
    m->id = answer.id;
    m->unique = unique;
    m->known_ns = now;
    return m;
}

static bool lies_below(const char *path, const struct pt_mount *m)
{
    return strncmp(path, m->point, m->length) == 0 &&
           (path[m->length] == '/' || path[m->length] == '\0');
}

void pt_find_mounts(struct source *s)
{
    struct proc_file root;

    /* The kernel may know the ids and a container's filter forbid the question. */
    s->unique_mounts = proc_look_unique("/proc/self/root", &root) == 0 && root.mount_unique != 0 &&
                       ask(&s->mounts[0], root.mount_unique, 0) != NULL;
    free(root.path);
}

int pt_look(struct source *s, const char *link, struct proc_file *file)
{
    return s->unique_mounts ? proc_look_unique(link, file) : proc_look(link, file);
}

void pt_take_mount(struct source *s, struct activity *a, const struct proc_file *file)
{
    struct pt_mount *m = &s->mounts[file->mount_unique % PT_MOUNTS];

    /* Of one that cannot be asked for, in another namespace, this has to do for both. */
    a->mount = file->mount != 0 ? file->mount : (uint32_t)file->mount_unique;
    a->mount_unique = file->mount_unique;
    if (file->mount_unique == 0 || file->path == NULL)
        return;
    if (m->unique != file->mount_unique || a->end_ns - m->known_ns > KNOWN_NS ||
        !lies_below(file->path, m))
        m = ask(m, file->mount_unique, a->end_ns);
    if (m == NULL)
        return;
    a->mount = m->id;
    a->point_known = lies_below(file->path, m);
    a->mount_point = a->point_known ? m->length : 0;
}

void pt_forget_mounts(struct source *s)
{
    for (unsigned i = 0; i < PT_MOUNTS; i++)
        free(s->mounts[i].point);
}

/* ---- Other mount namespaces ---------------------------------------------------------------- */

/* How many directories are asked for until one is there. */
#define LEVELS 16

struct identity {
    uint64_t dev, ino;
};

/* False: there is nothing, or nobody says so in time. */
static bool identify(int root, const char *path, uint64_t resolve, struct identity *identity)
{
    struct statx st;
    int fd = lookup_open(root, path, 0, resolve);
    bool known = fd >= 0 && statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &st) == 0;

    if (fd >= 0)
        close(fd);
    if (!known)
        return false;
    *identity = (struct identity){makedev(st.stx_dev_major, st.stx_dev_minor), st.stx_ino};
    return true;
}

/* Of a name that leads to nothing: is the last of its directories that is there for the thread, or
   for us, the same for both? */
static bool begins_here(pid_t tid, const char *path)
{
    char link[PROC_LINK_MAX];
    proc_path directory;
    size_t n = strlen(path);
    bool same = false;
    int root;

    snprintf(link, sizeof(link), "/proc/%d/root", tid);
    root = open(link, O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (root < 0 || n >= sizeof(directory))
        goto out;
    memcpy(directory, path, n + 1);
    for (unsigned level = 0; level < LEVELS && n > 0; level++) {
        struct identity theirs, ours;
        bool there, here;

        while (n > 1 && directory[n - 1] != '/')
            n--;
        directory[n] = '\0';
        there = identify(root, directory, RESOLVE_IN_ROOT, &theirs);
        here = identify(AT_FDCWD, directory, 0, &ours);
        if (there || here) {
            same = there && here && theirs.dev == ours.dev && theirs.ino == ours.ino;
            break;
        }
        n--;
    }
out:
    if (root >= 0)
        close(root);
    return same;
}

bool pt_is_elsewhere(struct source *s, pid_t tid, const struct activity *a)
{
    char link[PROC_LINK_MAX];
    struct identity here;
    struct stat namespace;

    snprintf(link, sizeof(link), "/proc/%d/ns/mnt", tid);
    if (a->path == NULL || a->path[0] != '/' || s->mount_namespace == 0 ||
        stat(link, &namespace) < 0 || namespace.st_ino == s->mount_namespace)
        return false;
    if (a->error != 0)
        return !begins_here(tid, a->path);
    return a->ino != 0 &&
           !(identify(AT_FDCWD, a->path, 0, &here) && here.dev == a->dev && here.ino == a->ino);
}
