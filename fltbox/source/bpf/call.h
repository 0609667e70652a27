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

enum call_kind {
    NO_CALL,
    OPEN,
    CREAT,
    OPENAT,
    OPENAT2,
    BY_HANDLE, /* open_by_handle_at: the last that is an open */
    EXECVE,
    EXECVEAT,
    FCHDIR,
    CLOSE, /* the first that closes descriptors */
    DUPLICATE,
    CLOSE_RANGE,
};

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
        case 342:
            return BY_HANDLE;
        case 6:
            return CLOSE;
        case 63:
        case 330:
            return DUPLICATE;
        case 436:
            return CLOSE_RANGE;
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
    case 304:
        return BY_HANDLE;
    case 3:
        return CLOSE;
    case 33:
    case 292:
        return DUPLICATE;
    case 436:
        return CLOSE_RANGE;
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
    case BY_HANDLE:
        r->directory = args[0];
        s->name = 0;
        r->flags = args[2];
        r->marks |= PROBE_BY_HANDLE;
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
__noinline int read_call(uint32_t which)
{
    struct scratch *s = get_scratch_of(which);
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

/* How often the task's working or root directory has changed. */
static __always_inline uint32_t directories_of(struct task_struct *task)
{
    struct fs_struct *fs = GET(PLAIN(task), fs);

    if (fs == NULL)
        return 0;
    if (bpf_core_field_exists(((struct fs_struct___locked *)0)->seq.seqcount.seqcount.sequence))
        return GET(AS(struct fs_struct___locked, (void *)fs), seq.seqcount.seqcount.sequence);
    return GET(fs, seq.seqcount.sequence);
}

/* Can others write the task's memory? Who waits for it in vfork cannot. */
static __always_inline bool shares_memory(struct task_struct *task)
{
    struct mm_struct *mm = GET(PLAIN(task), mm);

    return mm != NULL && GET(mm, mm_users.counter) > (GET(PLAIN(task), vfork_done) != NULL ? 2 : 1);
}

static __always_inline bool shares_files(struct task_struct *task)
{
    struct files_struct *files = GET(PLAIN(task), files);

    return files != NULL && GET(files, count.counter) > 1;
}

/*
 * A call begins: notes who else can change what it asks for, and where its name begins. Who is
 * alone then stays so: nobody but the thread itself could make another.
 */
static __always_inline void note_others(struct task_struct *task, struct probe_thread *state,
                                        enum call_kind kind, int32_t descriptor)
{
    state->shares_memory = shares_memory(task);
    state->shares_files = shares_files(task);
    state->moves = directories_of(task);
    state->directory = 0;
    if ((kind == OPENAT || kind == OPENAT2 || kind == EXECVEAT) && descriptor != AT_FDCWD)
        state->directory = (uint64_t)file_of_descriptor(task, descriptor);
}

/* May the name in the tail be relative to another directory than the one that is there now? */
static __always_inline bool was_moved(struct scratch *s, struct task_struct *task,
                                      struct probe_thread *state)
{
    bool absolute = s->tail[0] == '/' && !(s->header.resolve & RESOLVE_IN_ROOT);

    if (absolute || s->header.directory == AT_FDCWD)
        return state->moves != directories_of(task);
    return state->directory != (uint64_t)file_of_descriptor(task, s->header.directory);
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
    if (r->marks & (PROBE_PATHLESS | PROBE_PATH_CUT) || is_unlinked(dentry)) {
        marks |= PROBE_NO_BASE;
        at = PATH_SPACE;
    }
    r->marks = marks;
    return at;
}

static __always_inline uint32_t no_name(struct scratch *s)
{
    s->tail[0] = '\0';
    return 1;
}

static __always_inline uint32_t ended_name(struct scratch *s, long size)
{
    if (size <= PROBE_PATH_SIZE)
        return size;
    s->header.marks |= PROBE_NAME_CUT;
    s->tail[PROBE_PATH_SIZE - 1] = '\0';
    return PROBE_PATH_SIZE;
}

/* A name as asked for, from the program's memory into the tail; returns its size. */
static __always_inline uint32_t read_name(struct scratch *s, const struct probe_thread *state)
{
    long size = bpf_probe_read_user_str(s->tail, PROBE_PATH_SIZE + 1, (const void *)s->name);

    if (size < 0) {
        s->header.marks |= PROBE_NAME_UNREADABLE;
        return no_name(s);
    }
    if (state->shares_memory)
        s->header.marks |= PROBE_SHARED_NAME;
    return ended_name(s, size);
}

/* The same from the kernel's own copy. */
static __always_inline uint32_t copy_name(struct scratch *s, const char *name)
{
    long size = bpf_probe_read_kernel_str(s->tail, PROBE_PATH_SIZE, name);

    return size < 0 ? no_name(s) : ended_name(s, size);
}

/* Puts the path of the directory that the name in the tail is relative to behind it. Returns the
   tail's size. */
static __always_inline uint32_t add_base(struct scratch *s, struct task_struct *task, uint32_t size)
{
    struct probe_record *r = &s->header;
    uint32_t marks = r->marks, at = write_base(s, task), length = PATH_SPACE - at;

    /* In another mount namespace it means nothing by itself. */
    if (r->marks & PROBE_NO_BASE || r->root_size > 0 || size + length >= 2 * PROBE_PATH_SIZE)
        length = 0;
    r->marks = marks;
    if (length == 0 || length > PATH_SPACE || size > PROBE_PATH_SIZE)
        return size;
    KNOWN_NOTHING(at);
    KNOWN_NOTHING(length);
    KNOWN_NOTHING(size);
    bpf_probe_read_kernel(&s->tail[size & 0x1fff], length & 0x1fff, &s->path[at & 0x1fff]);
    return size + length;
}

#endif
