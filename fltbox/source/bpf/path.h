/* The paths of files, put together from their ends. */
#ifndef FLTBOX_PROBE_PATH_H
#define FLTBOX_PROBE_PATH_H

#include "send.h"

#define FMODE_CREATED 0x100000

/* False: there is no room. */
static __always_inline bool prepend(struct scratch *s, struct dentry *dentry)
{
    struct walk *w = &s->walk;
    const unsigned char *name = GET(dentry, d_name.name);
    uint32_t length = GET(dentry, d_name.len), at = w->at;

    if (length > 255 || at < length + 1 + sizeof(uint64_t) || at > PATH_SPACE)
        return false;
    at -= length + 1;
    w->at = at;
    KNOWN_NOTHING(length);
    KNOWN_NOTHING(at);
    s->path[at & 0x1fff] = '/';
    bpf_probe_read_kernel(&s->path[(at + 1) & 0x1fff], length & 255, name);
    return true;
}

/* One component, or one mount point crossed. 1 ends the loop. */
static long step(uint32_t i, struct scratch **scratch)
{
    struct walk *w = &(*scratch)->walk;
    struct dentry *dentry, *parent;
    struct mount *mount;
    uint64_t below;

    (void)i;
    if (w->dentry == 0 || w->mount == 0)
        return 1;
    /* Where the reader is in another root directory than its namespace's, that is where its paths
       begin. */
    if (w->dentry == shared.reader_root_dentry &&
        w->mount + bpf_core_field_offset(struct mount, mnt) == shared.reader_root_mount) {
        w->marks &= ~PROBE_PATH_CUT;
        return 1;
    }
    dentry = AS(struct dentry, (void *)w->dentry);
    mount = AS(struct mount, (void *)w->mount);
    if (w->dentry == (uint64_t)GET(mount, mnt.mnt_root)) {
        if (w->within == 0)
            w->within = w->at;
        below = (uint64_t)GET(mount, mnt_parent);
        if (below == w->mount) {
            uint64_t ns = (uint64_t)GET(mount, mnt_ns);

            /* Internal to the kernel, or unmounted. */
            if (ns == 0 || ns >= (uint64_t)-4095)
                w->marks |= PROBE_PATHLESS;
            w->marks &= ~PROBE_PATH_CUT;
            return 1;
        }
        w->dentry = (uint64_t)GET(mount, mnt_mountpoint);
        w->mount = below;
        return 0;
    }
    parent = GET(dentry, d_parent);
    if ((uint64_t)parent == w->dentry) {
        w->marks = PROBE_PATHLESS;
        return 1;
    }
    if (!prepend(*scratch, dentry))
        return 1;
    w->dentry = (uint64_t)parent;
    return 0;
}

/* One component within a file system, mounted or not. */
static long step_in_file_system(uint32_t i, struct scratch **scratch)
{
    struct walk *w = &(*scratch)->walk;
    struct dentry *dentry, *parent;

    (void)i;
    if (w->dentry == 0)
        return 1;
    dentry = AS(struct dentry, (void *)w->dentry);
    parent = GET(dentry, d_parent);
    if ((uint64_t)parent == w->dentry) {
        w->marks = 0;
        return 1;
    }
    if (!prepend(*scratch, dentry))
        return 1;
    w->dentry = (uint64_t)parent;
    return 0;
}

/* Writes the mount's root in front of the path, which begins at `at`, and what else the reader
   needs. Returns where it begins. */
__noinline uint32_t write_root(uint32_t which, uint32_t at, uint32_t within)
{
    struct scratch *s = get_scratch_of(which);
    struct super_block *super;
    struct mount *mount;
    struct walk *w;

    if (s == NULL || at < sizeof(uint64_t) + 1 || at > PATH_SPACE - 1)
        return at;
    w = &s->walk;
    mount = AS(struct mount, (void *)s->mount - bpf_core_field_offset(struct mount, mnt));
    super = GET(mount, mnt.mnt_sb);
    at--;
    w->marks = PROBE_PATH_CUT;
    w->at = at;
    KNOWN_NOTHING(at);
    s->path[at & 0x1fff] = '\0';
    at++;
    w->dentry = (uint64_t)GET(mount, mnt.mnt_root);
    bpf_loop(PROBE_PATH_SIZE, step_in_file_system, &s, 0);
    if (w->marks & PROBE_PATH_CUT)
        return at;
    s->header.root_size = at - w->at;
    s->header.within = PATH_SPACE - 1 - within;
    s->header.mount_device = GET(super, s_dev);
    return w->at;
}

/*
 * Writes the path in front of the header, ended by a NUL, over all mounts up to the root of the
 * mount namespace; where that is not the reader's, with the mount's root before it. Returns where
 * it begins; r->mount and r->marks say more.
 *
 * A function of its own to the verifier, which goes through it once and not once for each way that
 * leads here. So what it is about comes by the scratch.
 */
__noinline uint32_t write_path(uint32_t which)
{
    struct scratch *s = get_scratch_of(which);
    struct mount *mount;
    struct walk *w;
    uint32_t within, at;

    if (s == NULL)
        return PATH_SPACE;
    mount = AS(struct mount, (void *)s->mount - bpf_core_field_offset(struct mount, mnt));
    w = &s->walk;
    *w = (struct walk){
        .dentry = s->dentry,
        .mount = s->mount - bpf_core_field_offset(struct mount, mnt),
        .at = PATH_SPACE - 1,
        .marks = PROBE_PATH_CUT,
    };
    s->path[PATH_SPACE - 1] = '\0';
    s->header.mount = GET(mount, mnt_id);
    s->header.mount_unique =
        bpf_core_field_exists(mount->mnt_id_unique) ? GET(mount, mnt_id_unique) : 0;
    s->header.root_size = 0;
    s->header.within = 0;
    bpf_loop(PROBE_PATH_SIZE, step, &s, 0);
    s->header.marks |= w->marks;
    /* The reader's root directory can be one inside the mount: then all of the path is within. */
    within = w->within != 0 ? w->within : w->at;
    /* A file in memory has one component. */
    if (w->at == PATH_SPACE - 1 && w->marks & PROBE_PATHLESS)
        prepend(s, AS(struct dentry, (void *)w->dentry));
    if (w->at == PATH_SPACE - 1) {
        w->at--;
        s->path[PATH_SPACE - 2] = '/';
    }
    at = w->at;
    if (w->marks & (PROBE_PATHLESS | PROBE_PATH_CUT)) {
        s->header.mount = 0;
    } else if ((uint64_t)GET(mount, mnt_ns) == shared.reader_mounts) {
        s->header.within = PATH_SPACE - 1 - within;
    } else {
        if (w->within != 0)
            at = write_root(which, at, w->within);
        if (s->header.root_size == 0)
            s->header.mount = 0;
    }
    return at;
}

static __always_inline uint32_t path_of(struct scratch *s, struct vfsmount *mount,
                                        struct dentry *dentry)
{
    s->mount = (uint64_t)mount;
    s->dentry = (uint64_t)dentry;
    return write_path(s->which);
}

static __always_inline struct file *file_of_descriptor(struct task_struct *task,
                                                       uint32_t descriptor)
{
    struct files_struct *files = GET(PLAIN(task), files);
    struct fdtable *table;
    struct file *file = NULL;

    if (files == NULL)
        return NULL;
    table = GET(files, fdt);
    if (table == NULL || descriptor >= GET(table, max_fds))
        return NULL;
    bpf_probe_read_kernel(&file, sizeof(file), GET(table, fd) + descriptor);
    return file;
}

/* Has it no name any more? The one that it had may be another's. */
static __always_inline bool is_unlinked(struct dentry *dentry)
{
    return GET(dentry, d_hash.pprev) == NULL && GET(dentry, d_parent) != dentry;
}

/* Path and identity of what was opened. Returns where the path begins. */
static __always_inline uint32_t describe_file(struct scratch *s, struct file *file)
{
    struct probe_record *r = &s->header;
    struct inode *inode = GET(file, f_inode);
    struct super_block *super = GET(inode, i_sb);

    r->inode = GET(inode, i_ino);
    r->type = GET(inode, i_mode) & 0170000;
    r->device = GET(super, s_dev);
    if (GET(file, f_mode) & FMODE_CREATED)
        r->marks |= PROBE_CREATED;
    return path_of(s, GET(file, f_path.mnt), GET(file, f_path.dentry));
}

#endif
