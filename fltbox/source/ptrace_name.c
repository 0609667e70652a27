/*
 * A tracee's names are looked up through /proc/TID/{root,cwd,fd}, so that they lead where they
 * lead for it.
 */
#include "lookup.h"
#include "ptrace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Asked once for each call. */
static bool own_root(struct source *s, struct pt_tracee *t)
{
    char link[PROC_LINK_MAX];
    struct statx st;

    if (t->call.root == PT_ROOT_UNKNOWN) {
        snprintf(link, sizeof(link), "/proc/%d/root", t->tid);
        t->call.root = proc_stat(link, 0, &st) < 0 ||
                               (st.stx_ino == s->root_ino && st.stx_mnt_id == s->root_mount &&
                                makedev(st.stx_dev_major, st.stx_dev_minor) == s->root_dev)
                           ? PT_ROOT_OURS
                           : PT_ROOT_OTHER;
    }
    return t->call.root == PT_ROOT_OURS;
}

static void directory_link(char link[static PROC_LINK_MAX], pid_t tid, int dirfd)
{
    if (dirfd == AT_FDCWD)
        snprintf(link, PROC_LINK_MAX, "/proc/%d/cwd", tid);
    else
        snprintf(link, PROC_LINK_MAX, "/proc/%d/fd/%d", tid, dirfd);
}

static bool starts_at_root(const char *name, uint64_t resolve)
{
    return name[0] == '/' && !(resolve & RESOLVE_IN_ROOT);
}

char *pt_absolute(struct source *s, struct pt_tracee *t, int dirfd, const char *name,
                  uint64_t resolve)
{
    char link[PROC_LINK_MAX], base[PT_NAME_MAX + 1];
    proc_path path;

    if (starts_at_root(name, resolve)) {
        snprintf(link, sizeof(link), "/proc/%d/root", t->tid);
        if (own_root(s, t) || proc_link_path(link, base) < 0)
            return strdup(name);
    } else {
        directory_link(link, t->tid, dirfd);
        if (proc_link_path(link, base) < 0)
            strcpy(base, link);
    }
    proc_join(path, base, name);
    return strdup(path);
}

/* ---- Lookups ------------------------------------------------------------------------------- */

/* What a link below /proc leads to is at hand. */
static int open_link(const char *link)
{
    int fd = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

static int look_up(struct source *s, int directory, const char *name, int flags, uint64_t resolve)
{
    int fd = lookup_open(directory, name, flags, resolve);

    s->count.late += fd == -ETIMEDOUT;
    return fd;
}

/* In another root directory: absolute symbolic links must start there, not at ours. */
static int open_in_root(struct source *s, pid_t tid, int dirfd, const char *name, int flags)
{
    char link[PROC_LINK_MAX], root[PT_NAME_MAX + 1], base[PT_NAME_MAX + 1];
    proc_path path;
    size_t n;
    int directory, fd;

    snprintf(link, sizeof(link), "/proc/%d/root", tid);
    if ((fd = proc_link_path(link, root)) < 0)
        return fd;
    directory = open_link(link);
    if (directory < 0)
        return directory;
    if (name[0] != '/') {
        directory_link(link, tid, dirfd);
        if ((fd = proc_link_path(link, base)) < 0)
            goto out;
        n = strcmp(root, "/") == 0 ? 0 : strlen(root);
        if (strncmp(base, root, n) != 0) {
            fd = -EXDEV; /* it has kept a directory from outside */
            goto out;
        }
        proc_join(path, base[n] == '\0' ? "/" : base + n, name);
        name = path;
    }
    fd = look_up(s, directory, name, flags, RESOLVE_IN_ROOT);
out:
    close(directory);
    return fd;
}

int pt_open_as(struct source *s, struct pt_tracee *t, int dirfd, const char *name, uint64_t resolve,
               int flags)
{
    char link[PROC_LINK_MAX];
    proc_path buffer;
    int directory, fd;

    if (!own_root(s, t) && !(resolve & (RESOLVE_IN_ROOT | RESOLVE_BENEATH)) && *name != '\0')
        return open_in_root(s, t->tid, dirfd, name, flags);
    if (starts_at_root(name, resolve))
        return look_up(s, AT_FDCWD, proc_own_name(name, t->process->pid, buffer), flags, resolve);
    directory_link(link, t->tid, dirfd);
    directory = open_link(link);
    if (directory < 0)
        return directory;
    fd = look_up(s, directory, name, flags, resolve);
    close(directory);
    return fd;
}

bool pt_parent_missing(struct source *s, struct pt_tracee *t, int dirfd, const char *name,
                       uint64_t resolve)
{
    char parent[PT_NAME_MAX];
    size_t n = strlen(name);
    int fd;

    if (n == 0)
        return false; /* the directory, or with AT_EMPTY_PATH the file, itself */
    while (n > 0 && name[n - 1] == '/')
        n--;
    while (n > 0 && name[n - 1] != '/')
        n--;
    memcpy(parent, name, n);
    strcpy(parent + n, n > 0 ? "" : name[0] == '/' ? "/" : ".");
    fd = pt_open_as(s, t, dirfd, parent, resolve, O_DIRECTORY);
    if (fd >= 0)
        close(fd);
    return fd == -ENOENT || fd == -ENOTDIR;
}
