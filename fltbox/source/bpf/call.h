/* System calls: which they are, and what they ask for. */
#ifndef FLTBOX_PROBE_CALL_H
#define FLTBOX_PROBE_CALL_H

#include "path.h"

#define AT_FDCWD        (-100)
#define RESOLVE_IN_ROOT 0x10
#define O_CREAT         0100
#define O_WRONLY        1
#define O_TRUNC         01000
#define TS_COMPAT       2
#define X32_BIT         0x40000000

enum call_kind { NO_CALL, OPEN, CREAT, OPENAT, OPENAT2, EXECVE, EXECVEAT, FCHDIR };

static __always_inline enum call_kind kind_of(long nr, bool compat)
{
    if (compat) {
        switch ((uint32_t)nr) {
        case 5:
            return OPEN;
        case 8:
            return CREAT;
        case 295:
            return OPENAT;
        case 437:
            return OPENAT2;
        case 11:
            return EXECVE;
        case 358:
            return EXECVEAT;
        }
        return NO_CALL;
    }
    switch ((uint32_t)nr) {
    case X32_BIT | 520:
        return EXECVE;
    case X32_BIT | 545:
        return EXECVEAT;
    case 59:
        return EXECVE;
    case 322:
        return EXECVEAT;
    }
    switch ((uint32_t)nr & ~X32_BIT) {
    case 257:
        return OPENAT;
    case 2:
        return OPEN;
    case 85:
        return CREAT;
    case 437:
        return OPENAT2;
    case 81:
        return FCHDIR;
    }
    return NO_CALL;
}

static __always_inline bool is_compat(struct task_struct *task)
{
    return GET(task, thread_info.status) & TS_COMPAT;
}

static __always_inline void take_arguments(struct scratch *s, const uint64_t args[5])
{
    struct probe_record *r = &s->header;
    uint64_t how[3] = {0};

    r->directory = AT_FDCWD;
    s->name = args[0];
    switch (s->kind) {
    case OPENAT:
        r->directory = args[0];
        s->name = args[1];
        r->flags = args[2];
        r->mode = args[3];
        break;
    case OPEN:
        r->flags = args[1];
        r->mode = args[2];
        break;
    case CREAT:
        r->flags = O_CREAT | O_WRONLY | O_TRUNC;
        r->mode = args[1];
        break;
    case OPENAT2:
        r->directory = args[0];
        s->name = args[1];
        /* The structure may grow; what it has now is at its beginning. */
        if (args[3] >= sizeof(how))
            bpf_probe_read_user(how, sizeof(how), (const void *)args[2]);
        r->flags = how[0];
        r->mode = how[1];
        r->resolve = how[2];
        break;
    case EXECVEAT:
        r->directory = args[0];
        s->name = args[1];
        r->flags = args[4];
        break;
    }
}

/* What was asked for, from the registers, into the header. To the verifier a function of its own,
   as write_path is. */
__noinline int read_call(void)
{
    struct scratch *s = get_scratch();
    struct pt_regs *regs;
    uint64_t args[5];

    if (s == NULL)
        return 0;
    regs = AS(struct pt_regs, (void *)s->registers);
    if (s->compat) {
        args[0] = (uint32_t)GET(regs, bx);
        args[1] = (uint32_t)GET(regs, cx);
        args[2] = (uint32_t)GET(regs, dx);
        args[3] = (uint32_t)GET(regs, si);
        args[4] = (uint32_t)GET(regs, di);
    } else {
        args[0] = GET(regs, di);
        args[1] = GET(regs, si);
        args[2] = GET(regs, dx);
        args[3] = GET(regs, r10);
        args[4] = GET(regs, r8);
    }
    take_arguments(s, args);
    return 0;
}

/*
 * The path of the directory that the name in the tail is relative to; where that is our own root
 * directory, none. Returns where it begins. PROBE_NO_BASE: it has no path.
 */
static __always_inline uint32_t write_base(struct scratch *s, struct task_struct *task)
{
    struct probe_record *r = &s->header;
    struct fs_struct *fs = GET(PLAIN(task), fs);
    struct vfsmount *mnt;
    struct dentry *dentry;
    uint32_t at, marks = r->marks;

    if (fs == NULL)
        return PATH_SPACE;
    if (s->tail[0] == '/' && !(r->resolve & RESOLVE_IN_ROOT)) {
        mnt = GET(fs, root.mnt);
        dentry = GET(fs, root.dentry);
        if ((uint64_t)mnt == shared.reader_root_mount &&
            (uint64_t)dentry == shared.reader_root_dentry)
            return PATH_SPACE;
    } else if (r->directory == AT_FDCWD) {
        mnt = GET(fs, pwd.mnt);
        dentry = GET(fs, pwd.dentry);
    } else {
        struct file *found = file_of_descriptor(task, r->directory), *file;

        if (found == NULL) {
            r->marks |= PROBE_NO_BASE;
            return PATH_SPACE;
        }
        file = AS(struct file, found);
        mnt = GET(file, f_path.mnt);
        dentry = GET(file, f_path.dentry);
    }
    r->marks = 0;
    at = path_of(s, mnt, dentry);
    if (r->marks & (PROBE_PATHLESS | PROBE_PATH_CUT)) {
        marks |= PROBE_NO_BASE;
        at = PATH_SPACE;
    }
    r->marks = marks;
    return at;
}

/* A name as asked for, into the tail; returns its size. */
static __always_inline uint32_t read_name(struct scratch *s, const void *name)
{
    long size = bpf_probe_read_user_str(s->tail, PROBE_PATH_SIZE + 1, name);

    if (size < 0) {
        s->tail[0] = '\0';
        s->header.marks |= PROBE_NAME_UNREADABLE;
        return 1;
    }
    if (size > PROBE_PATH_SIZE) {
        s->header.marks |= PROBE_NAME_CUT;
        s->tail[PROBE_PATH_SIZE - 1] = '\0';
        size = PROBE_PATH_SIZE;
    }
    return size;
}

#endif
