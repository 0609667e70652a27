/* Names that were asked for: made absolute, and what they lead to. */
#include "bpf_private.h"
#include "lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How long an answer about a directory is good for: as long as the records of a batch are old
   anyway. */
#define PARENT_GOOD_FOR 2000000 /* ns */

/* A name that was asked for, made absolute as source.h has it. */
const char *bpf_absolute(const struct bpf_taken *t, proc_path buffer)
{
    const struct probe_record *r = t->r;
    char link[PROC_LINK_MAX];
    const char *base = t->base;

    if (r->marks & PROBE_NO_BASE) {
        if (r->directory == AT_FDCWD)
            snprintf(link, sizeof(link), "/proc/%u/cwd", r->pid);
        else
            snprintf(link, sizeof(link), "/proc/%u/fd/%d", r->pid, r->directory);
        base = link;
    }
    if (base[0] == '\0')
        return t->name;
    if (r->marks & PROBE_WHOLE)
        return t->path;
    /* The descriptor itself, not something in it. */
    if (t->name[0] == '\0' && r->kind == PROBE_EXEC && r->flags & AT_EMPTY_PATH) {
        snprintf(buffer, sizeof(proc_path), "%s", base);
        return buffer;
    }
    proc_join(buffer, base, t->name);
    return buffer;
}

const char *bpf_requested(const struct bpf_taken *t, proc_path buffer)
{
    if (t->base[0] == '\0')
        return t->name[0] == '/' ? t->name : NULL;
    proc_join(buffer, t->base, t->name);
    return buffer;
}

static int open_in(const char *root, const char *path, int flags)
{
    int directory = lookup_open(AT_FDCWD, root, O_DIRECTORY, 0), fd;

    if (directory < 0)
        return directory;
    fd = lookup_open(directory, *path == '\0' ? "/" : path, flags, RESOLVE_IN_ROOT);
    close(directory);
    return fd;
}

/* `path` after the directory that it lies below, which may be "/"; else all of it. */
static const char *after(const char *path, const char *directory)
{
    size_t n = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

    return strncmp(path, directory, n) == 0 && (path[n] == '/' || path[n] == '\0') ? path + n
                                                                                   : path;
}

/* open_as in another mount namespace: by the root directory of a process there. When all are gone,
   by the directory that the name begins at, as we see it; never when `alive`. */
static int open_elsewhere(struct source *s, const struct bpf_taken *t, const char *path, int flags,
                          bool alive)
{
    char link[PROC_LINK_MAX], root[PROC_NAME_MAX + 1];
    const char *here;
    proc_path buffer;
    uint64_t mount;
    pid_t pid = bpf_namespace_member(s, t->r);

    snprintf(link, sizeof(link), "/proc/%d/root", pid);
    if (pid > 0 && proc_link_path(link, root) == 0)
        return open_in(link, after(path, root), flags);
    if (alive || t->r->root_size == 0 ||
        (here = bpf_host_path(s, t->r, t->path, &mount, buffer)) == NULL)
        return -ESRCH;
    return open_in(here, after(path, t->path), flags);
}

/*
 * Opens a path with O_PATH as the process means it. Links are followed in its own root directory
 * where that is not ours. A descriptor or a negative errno. What is found in another mount
 * namespace is in that one if a process there has to be `alive`, else perhaps in ours.
 */
static int open_as(struct source *s, const struct bpf_taken *t, const char *path, int flags,
                   bool alive)
{
    proc_path buffer;

    if (t->r->mount_namespace != s->mount_namespace)
        return open_elsewhere(s, t, path, flags, alive);
    if (t->path[0] == '\0')
        return lookup_open(AT_FDCWD, proc_own_name(path, t->r->pid, buffer), flags, 0);
    if (t->name[0] != '/')
        return lookup_open(AT_FDCWD, path, flags, 0);
    return open_in(t->path, after(path, t->path), flags);
}

/* Is the directory that the path lies in missing, or no directory? */
bool bpf_parent_missing(struct source *s, const struct bpf_taken *t, const char *path)
{
    char parent[2 * PROC_NAME_MAX + 2];
    size_t n = strlen(path);
    uint64_t now = bpf_boot_time();
    char link[PROC_LINK_MAX];
    proc_path buffer;
    bool own;
    int fd;

    if (t->name[0] == '\0')
        return false; /* the directory itself */
    /* The kernel was in that directory: it is there, but may be none. */
    if (strchr(t->name, '/') == NULL)
        return t->r->result == -ENOTDIR;
    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n > 1 && path[n - 1] != '/')
        n--;
    memcpy(parent, path, n);
    parent[n] = '\0';
    own = proc_own_name(parent, t->r->pid, buffer) != parent;
    if (!own && now < s->parent.until && t->r->mount_namespace == s->parent.mount_namespace &&
        strcmp(parent, s->parent.parent) == 0 && strcmp(t->path, s->parent.base) == 0)
        return s->parent.missing;
    fd = open_as(s, t, parent, O_DIRECTORY, false);
    if (fd >= 0)
        close(fd);
    if (own) {
        /* Of a process that is gone, everything below /proc/PID is. */
        snprintf(link, sizeof(link), "/proc/%u", t->r->pid);
        return (fd == -ENOENT || fd == -ENOTDIR) && access(link, F_OK) == 0;
    }
    if (n < sizeof(s->parent.parent) && strlen(t->path) < sizeof(s->parent.base)) {
        memcpy(s->parent.parent, parent, n + 1);
        strcpy(s->parent.base, t->path);
        s->parent.mount_namespace = t->r->mount_namespace;
        s->parent.missing = fd == -ENOENT || fd == -ENOTDIR;
        s->parent.until = now + PARENT_GOOD_FOR;
    }
    return fd == -ENOENT || fd == -ENOTDIR;
}

/* What the name leads to now: of an interpreted program, and where the descriptor was closed before
   it was looked at. */
void bpf_look_at_name(struct source *s, const struct bpf_taken *t, const char *path,
                      struct proc_file *file)
{
    char link[PROC_LINK_MAX];
    int fd = open_as(s, t, path, t->r->kind == PROBE_OPEN ? t->r->flags & O_NOFOLLOW : 0, true);

    if (fd < 0)
        return;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    proc_look(link, file);
    close(fd);
}
