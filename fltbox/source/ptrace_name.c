/*
 * A tracee's names are looked up through /proc/TID/{root,cwd,fd}, so that they lead where they
 * lead for it.
 */
#include "ptrace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000u
#endif

#define LINK_MAX_LENGTH 48

static const char deleted[] = " (deleted)";

/* Without asking a server that may itself wait for us: what the kernel knows is good enough. */
static int look_at(const char *path, int flags, struct statx *st)
{
    return statx(AT_FDCWD, path, flags | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
                 STATX_TYPE | STATX_INO | STATX_MNT_ID, st) < 0
               ? -errno
               : 0;
}

static bool same_file(const struct statx *a, const struct statx *b)
{
    return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major &&
           a->stx_dev_minor == b->stx_dev_minor;
}

/*
 * The path behind a link below /proc. 0, or a negative errno: -ENXIO where it leads to something
 * without one ("pipe:[4711]").
 */
static int link_path(const char *link, char path[static PT_NAME_MAX + 1])
{
    ssize_t n = readlink(link, path, PT_NAME_MAX);
    const size_t tail = sizeof(deleted) - 1;

    if (n < 0)
        return -errno;
    path[n] = '\0';
    if (path[0] != '/')
        return -ENXIO;
    if ((size_t)n > tail && strcmp(path + n - tail, deleted) == 0) {
        struct statx behind, named;

        /* The kernel adds this to a name that is gone; but a file can be called so. */
        if (look_at(link, 0, &behind) == 0 && look_at(path, AT_SYMLINK_NOFOLLOW, &named) == 0 &&
            same_file(&behind, &named))
            return 0;
        if (strncmp(path, "/memfd:", 7) == 0)
            return -ENXIO;
        path[n - tail] = '\0';
    }
    return 0;
}

int pt_look(const char *link, struct pt_file *file)
{
    char path[PT_NAME_MAX + 1];
    struct statx st;
    int result = look_at(link, 0, &st);

    *file = (struct pt_file){0};
    if (result < 0)
        return result;
    file->type = st.stx_mode & S_IFMT;
    file->dev = makedev(st.stx_dev_major, st.stx_dev_minor);
    file->ino = st.stx_ino;
    file->mount = st.stx_mask & STATX_MNT_ID ? st.stx_mnt_id : 0;
    if (link_path(link, path) == 0 && (file->path = strdup(path)) == NULL)
        return -ENOMEM;
    return 0;
}

static bool own_root(struct source *s, pid_t tid)
{
    char link[LINK_MAX_LENGTH];
    struct statx st;

    snprintf(link, sizeof(link), "/proc/%d/root", tid);
    return look_at(link, 0, &st) < 0 ||
           (st.stx_ino == s->root_ino && st.stx_mnt_id == s->root_mount &&
            makedev(st.stx_dev_major, st.stx_dev_minor) == s->root_dev);
}

static void directory_link(char link[static LINK_MAX_LENGTH], pid_t tid, int dirfd)
{
    if (dirfd == AT_FDCWD)
        snprintf(link, LINK_MAX_LENGTH, "/proc/%d/cwd", tid);
    else
        snprintf(link, LINK_MAX_LENGTH, "/proc/%d/fd/%d", tid, dirfd);
}

static bool starts_at_root(const char *name, uint64_t resolve)
{
    return name[0] == '/' && !(resolve & RESOLVE_IN_ROOT);
}

/* Room for a directory and a name below it. */
typedef char long_path[2 * PT_NAME_MAX + 2];

static void join(long_path to, const char *directory, const char *name)
{
    bool slash = name[0] == '/' || strcmp(directory, "/") == 0;

    if (name[0] == '/' && strcmp(directory, "/") == 0)
        directory = "";
    snprintf(to, sizeof(long_path), "%s%s%s", directory, slash ? "" : "/", name);
}

char *pt_absolute(struct source *s, pid_t tid, int dirfd, const char *name, uint64_t resolve)
{
    char link[LINK_MAX_LENGTH], base[PT_NAME_MAX + 1];
    long_path path;

    if (starts_at_root(name, resolve)) {
        snprintf(link, sizeof(link), "/proc/%d/root", tid);
        if (own_root(s, tid) || link_path(link, base) < 0)
            return strdup(name);
    } else {
        directory_link(link, tid, dirfd);
        if (link_path(link, base) < 0)
            strcpy(base, link);
    }
    join(path, base, name);
    return strdup(path);
}

/* ---- Lookups ------------------------------------------------------------------------------- */

/* Names that mean who asks; when we ask, they must mean the tracee. */
static const struct {
    const char *name, *below; /* stands for /proc/PID, and this below it */
} own_names[] = {
    {"/proc/self", ""},      {"/proc/thread-self", ""}, {"/dev/fd", "/fd"},
    {"/dev/stdin", "/fd/0"}, {"/dev/stdout", "/fd/1"},  {"/dev/stderr", "/fd/2"},
};

static const char *own_name(const char *name, pid_t pid, long_path buffer)
{
    for (size_t i = 0; i < sizeof(own_names) / sizeof(own_names[0]); i++) {
        size_t n = strlen(own_names[i].name);

        if (strncmp(name, own_names[i].name, n) == 0 && (name[n] == '/' || name[n] == '\0')) {
            snprintf(buffer, sizeof(long_path), "/proc/%d%s%s", pid, own_names[i].below, name + n);
            return buffer;
        }
    }
    return name;
}

static int open_at(int directory, const char *name, int flags, uint64_t resolve)
{
    struct open_how how = {.flags = flags | O_PATH | O_CLOEXEC, .resolve = resolve};
    int fd;

    if (resolve == 0)
        fd = openat(directory, name, (int)how.flags);
    else
        fd = syscall(SYS_openat2, directory, name, &how, sizeof(how));
    return fd < 0 ? -errno : fd;
}

/* In another root directory: absolute symbolic links must start there, not at ours. */
static int open_in_root(pid_t tid, int dirfd, const char *name, int flags)
{
    char link[LINK_MAX_LENGTH], root[PT_NAME_MAX + 1], base[PT_NAME_MAX + 1];
    long_path path;
    size_t n;
    int directory, fd;

    snprintf(link, sizeof(link), "/proc/%d/root", tid);
    if ((fd = link_path(link, root)) < 0)
        return fd;
    directory = open_at(AT_FDCWD, link, O_DIRECTORY, 0);
    if (directory < 0)
        return directory;
    if (name[0] != '/') {
        directory_link(link, tid, dirfd);
        if ((fd = link_path(link, base)) < 0)
            goto out;
        n = strcmp(root, "/") == 0 ? 0 : strlen(root);
        if (strncmp(base, root, n) != 0) {
            fd = -EXDEV; /* it has kept a directory from outside */
            goto out;
        }
        join(path, base[n] == '\0' ? "/" : base + n, name);
        name = path;
    }
    fd = open_at(directory, name, flags, RESOLVE_IN_ROOT);
out:
    close(directory);
    return fd;
}

int pt_open_as(struct source *s, const struct pt_tracee *t, int dirfd, const char *name,
               uint64_t resolve, int flags)
{
    char link[LINK_MAX_LENGTH];
    long_path buffer;
    int directory, fd;

    if (!own_root(s, t->tid) && !(resolve & (RESOLVE_IN_ROOT | RESOLVE_BENEATH)) && *name != '\0')
        return open_in_root(t->tid, dirfd, name, flags);
    if (starts_at_root(name, resolve))
        return open_at(AT_FDCWD, own_name(name, t->process->pid, buffer), flags, resolve);
    directory_link(link, t->tid, dirfd);
    directory = open_at(AT_FDCWD, link, O_DIRECTORY, 0);
    if (directory < 0)
        return directory;
    fd = open_at(directory, name, flags, resolve);
    close(directory);
    return fd;
}

bool pt_parent_missing(struct source *s, const struct pt_tracee *t, int dirfd, const char *name,
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
