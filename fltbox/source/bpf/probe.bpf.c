/*
 * The kernel side of the bpf source.
 *
 * Only tracepoints: they are there on kernels that allow neither kprobes nor fentry. A thread's
 * call is looked at when it returns, for then its registers still hold what it asked for, the
 * kernel has read the name (so the page is there), and a new descriptor leads to the file with its
 * whole path. Its beginning is only noted.
 */
#include "kernel.h"
#include "record.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "access.h"

char program_license[] SEC("license") = "GPL";

const volatile struct probe_settings settings;
struct probe_shared shared;

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 20); /* set before loading */
} ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct probe_thread);
} threads SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, uint32_t); /* pid */
    __type(value, struct probe_judgement);
} judgements SEC(".maps");

/* Opens and execs that found no room. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, uint32_t);
    __type(value, uint64_t);
} lost SEC(".maps");

/* Of these, those of threads that ended before a record of theirs found room, by process. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __type(key, uint32_t);
    __type(value, uint64_t);
} orphans SEC(".maps");

/* The path grows down from `header`. Reads of up to 255 bytes may begin anywhere in it. */
#define PATH_SPACE (PROBE_PATH_SIZE + 16)
#define TAIL_SPACE (PROBE_PATH_SIZE + PROBE_ARGS_SIZE)

struct scratch {
    char path[PATH_SPACE];
    struct probe_record header;
    char tail[TAIL_SPACE];
    char slack[TAIL_SPACE]; /* what the verifier thinks could be reached */
    uint64_t mount, dentry; /* for write_path */
    uint64_t registers;     /* for read_call */
    uint64_t name;          /* from it: where the name is */
    uint32_t kind, compat;
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, uint32_t);
    __type(value, struct scratch);
} scratches SEC(".maps");

#define AT_FDCWD          (-100)
#define AT_EMPTY_PATH     0x1000
#define RESOLVE_IN_ROOT   0x10
#define O_CREAT           0100
#define O_WRONLY          1
#define O_TRUNC           01000
#define O_TMPFILE_BIT     020000000
#define FMODE_CREATED     0x100000
#define TS_COMPAT         2
#define X32_BIT           0x40000000
#define EINTR             4
#define ERESTARTSYS       512
#define ERESTARTNOINTR    513
#define ERESTARTNOHAND    514
#define ERESTART_BLOCK    516
#define SA_RESTART        0x10000000
#define SIGNAL_GROUP_EXIT 4

static __always_inline void clear(struct probe_record *r)
{
    __builtin_memset(r, 0, sizeof(*r));
}

/* ---- Who ----------------------------------------------------------------------------------- */

/* The id that the reader knows a task by; 0: none. */
static __always_inline uint32_t id_for_reader(struct task_struct *task, uint32_t id_here)
{
    struct pid *pid;
    struct upid upid = {0};
    uint32_t level = shared.reader_level;
    struct pid_namespace *ns;

    if (level == 0)
        return id_here;
    pid = GET(task, thread_pid);
    if (pid == NULL || GET(pid, level) < level)
        return 0;
    bpf_core_read(&upid, sizeof(upid), &pid->numbers[0]);
    {
        /* The array goes on after its one declared member. */
        const void *at = (const void *)pid + bpf_core_field_offset(struct pid, numbers) +
                         (level & 31) * bpf_core_type_size(struct upid);

        if (bpf_probe_read_kernel(&upid.nr, sizeof(upid.nr),
                                  at + bpf_core_field_offset(struct upid, nr)) != 0 ||
            bpf_probe_read_kernel(&upid.ns, sizeof(upid.ns),
                                  at + bpf_core_field_offset(struct upid, ns)) != 0)
            return 0;
    }
    ns = upid.ns;
    if (BPF_CORE_READ(ns, ns.inum) != settings.reader_pid_namespace)
        return 0;
    return upid.nr;
}

static __always_inline uint32_t process_id(struct task_struct *task)
{
    struct task_struct *leader;

    if (shared.reader_level == 0)
        return GET(task, tgid);
    leader = GET(task, group_leader);
    return id_for_reader(leader, 0);
}

static __always_inline uint32_t thread_id(struct task_struct *task)
{
    return id_for_reader(task, GET(task, pid));
}

/* An exec counts 2, so that a new name, 1, fits between two of them. */
static __always_inline uint64_t image_of(struct task_struct *task, struct probe_thread *state)
{
    struct task_struct *leader = GET(task, group_leader);

    return GET(leader, start_boottime) + 2 * GET(task, self_exec_id) +
           (state != NULL ? state->renamed : 0);
}

/* What is known of a thread; NULL: it is none of ours. */
static __always_inline struct probe_thread *state_of(struct task_struct *task)
{
    struct probe_thread *state = bpf_task_storage_get(&threads, task, NULL, 0), *of_leader;
    struct probe_thread new = {0};

    if (state != NULL)
        return state;
    if (task->group_leader != task) {
        /* A thread that was there before us, or one that io_uring has made. */
        of_leader = bpf_task_storage_get(&threads, task->group_leader, NULL, 0);
        if (of_leader != NULL) {
            new.verdict = of_leader->verdict;
            new.told = of_leader->told;
            new.renamed = of_leader->renamed;
            return bpf_task_storage_get(&threads, task, &new, BPF_LOCAL_STORAGE_GET_F_CREATE);
        }
    }
    if (!settings.everything)
        return NULL;
    /* The reader cannot name what has no id in its pid namespace, and its user may not see it. */
    new.verdict = (uint32_t)GET(task, tgid) == shared.reader || process_id(task) == 0
                      ? PROBE_UNWANTED
                      : PROBE_UNKNOWN;
    return bpf_task_storage_get(&threads, task, &new, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Takes over what user space has said since. */
static __always_inline void judge(struct task_struct *task, struct probe_thread *state)
{
    struct probe_judgement *judgement;
    uint32_t pid;

    if (state->verdict != PROBE_UNKNOWN || !settings.judged)
        return;
    pid = process_id(task);
    judgement = bpf_map_lookup_elem(&judgements, &pid);
    if (judgement != NULL && judgement->image == image_of(task, state))
        state->verdict = judgement->verdict;
}

/* ---- Sending ------------------------------------------------------------------------------- */

static __always_inline struct scratch *get_scratch(void)
{
    uint32_t zero = 0;

    return bpf_map_lookup_elem(&scratches, &zero);
}

static __always_inline void count_lost(struct probe_thread *state)
{
    uint32_t zero = 0;
    uint64_t *count = bpf_map_lookup_elem(&lost, &zero);

    if (count != NULL)
        (*count)++;
    if (state != NULL)
        state->lost++;
}

/* Sends header, path (ending at the header; `at` is where it begins) and tail. False: there was no
   room. */
static __always_inline bool send(struct scratch *s, uint32_t at, uint32_t tail,
                                 struct probe_thread *state)
{
    struct probe_record *r = &s->header;
    uint32_t start = (at - sizeof(uint64_t)) & ~7u & 0x1fff;
    uint32_t size = (PATH_SPACE - start + sizeof(*r) + tail) & 0x7fff;
    uint64_t flags = BPF_RB_NO_WAKEUP;

    if (r->pid == 0)
        return true; /* it has no id in the reader's pid namespace */
    if (start > PATH_SPACE - sizeof(uint64_t) || size > PATH_SPACE + sizeof(*r) + TAIL_SPACE)
        return false;
    *(uint64_t *)&s->path[start] = PATH_SPACE - start;
    r->path_size = PATH_SPACE - at;
    r->name_size = tail;
    r->lost = state->lost;
    if (shared.asleep) {
        shared.asleep = 0;
        flags = BPF_RB_FORCE_WAKEUP;
    }
    if (bpf_ringbuf_output(&ring, &s->path[start], size, flags) == 0) {
        state->lost = 0;
        return true;
    }
    if (r->kind == PROBE_OPEN || r->kind == PROBE_EXEC || r->kind == PROBE_SUBMITTED)
        count_lost(state);
    else
        __sync_fetch_and_add(&shared.unheard, 1);
    return false;
}

static __always_inline void fill(struct probe_record *r, uint32_t kind, struct task_struct *task,
                                 struct probe_thread *state)
{
    struct nsproxy *namespaces = GET(task, nsproxy);
    struct task_struct *parent = GET(task, real_parent);

    clear(r);
    r->kind = kind;
    if (namespaces != NULL) {
        struct mnt_namespace *mounts = GET(namespaces, mnt_ns);

        r->mount_namespace = GET(mounts, ns.inum);
    }
    r->pid = process_id(task);
    r->tid = thread_id(task);
    r->parent = process_id(parent);
    r->image = image_of(task, state);
    r->end = r->start = bpf_ktime_get_boot_ns();
    if (state == NULL || state->verdict == PROBE_UNKNOWN)
        r->marks = PROBE_UNJUDGED;
}

/* ---- Paths --------------------------------------------------------------------------------- */

struct walk {
    struct dentry *dentry;
    struct mount *mount;
    struct scratch *scratch;
    uint32_t at;
    uint32_t within; /* where the part in the first mount begins; 0: not yet found */
    uint32_t marks;
};

/* False: there is no room. */
static __always_inline bool prepend(struct walk *w, struct dentry *dentry)
{
    const unsigned char *name = GET(dentry, d_name.name);
    uint32_t length = GET(dentry, d_name.len);

    if (length > 255 || w->at < length + 1 + sizeof(uint64_t) || w->at > PATH_SPACE)
        return false;
    w->at -= length + 1;
    w->scratch->path[w->at & 0x1fff] = '/';
    bpf_probe_read_kernel(&w->scratch->path[(w->at + 1) & 0x1fff], length & 255, name);
    return true;
}

/* One component, or one mount point crossed. 1 ends the loop. */
static long step(uint32_t i, struct walk *w)
{
    struct dentry *dentry = w->dentry, *parent;
    struct mount *mount = w->mount, *below;

    (void)i;
    if (dentry == NULL || mount == NULL)
        return 1;
    /* Where the reader is in another root directory than its namespace's, that is where its paths
       begin. */
    if ((uint64_t)dentry == shared.reader_root_dentry &&
        (uint64_t)mount + bpf_core_field_offset(struct mount, mnt) == shared.reader_root_mount) {
        w->marks &= ~PROBE_PATH_CUT;
        return 1;
    }
    if (dentry == GET(mount, mnt.mnt_root)) {
        if (w->within == 0)
            w->within = w->at;
        below = GET(mount, mnt_parent);
        if (below == mount) {
            struct mnt_namespace *ns = GET(mount, mnt_ns);

            /* Internal to the kernel, or unmounted. */
            if (ns == NULL || (uint64_t)ns >= (uint64_t)-4095)
                w->marks |= PROBE_PATHLESS;
            w->marks &= ~PROBE_PATH_CUT;
            return 1;
        }
        w->dentry = GET(mount, mnt_mountpoint);
        w->mount = below;
        return 0;
    }
    parent = GET(dentry, d_parent);
    if (parent == dentry) {
        w->marks = PROBE_PATHLESS;
        return 1;
    }
    if (!prepend(w, dentry))
        return 1;
    w->dentry = parent;
    return 0;
}

/* One component within a file system, mounted or not. */
static long step_in_file_system(uint32_t i, struct walk *w)
{
    struct dentry *dentry = w->dentry, *parent;

    (void)i;
    if (dentry == NULL)
        return 1;
    parent = GET(dentry, d_parent);
    if (parent == dentry) {
        w->marks = 0;
        return 1;
    }
    if (!prepend(w, dentry))
        return 1;
    w->dentry = parent;
    return 0;
}

/* Writes the mount's root in front of the path, which begins at `at`, and what else the reader
   needs. Returns where it begins. */
static __noinline uint32_t write_root(struct scratch *s, struct mount *first, uint32_t at,
                                      uint32_t within)
{
    struct walk w = {.scratch = s, .at = at, .marks = PROBE_PATH_CUT};
    struct mount *mount = AS(struct mount, (void *)first);
    struct super_block *super = GET(mount, mnt.mnt_sb);

    if (at < sizeof(uint64_t) + 1 || at > PATH_SPACE - 1)
        return at;
    w.at--;
    s->path[w.at & 0x1fff] = '\0';
    w.dentry = GET(mount, mnt.mnt_root);
    bpf_loop(PROBE_PATH_SIZE, step_in_file_system, &w, 0);
    if (w.marks & PROBE_PATH_CUT)
        return at;
    s->header.root_size = at - w.at;
    s->header.within = PATH_SPACE - 1 - within;
    s->header.mount_device = GET(super, s_dev);
    return w.at;
}

/*
 * Writes the path in front of the header, ended by a NUL, over all mounts up to the root of the
 * mount namespace; where that is not the reader's, with the mount's root before it. Returns where
 * it begins; r->mount and r->marks say more.
 *
 * A function of its own to the verifier, which goes through it once and not once for each way that
 * leads here. So what it is about comes by the scratch.
 */
__noinline uint32_t write_path(void)
{
    struct scratch *s = get_scratch();
    struct walk w = {.at = PATH_SPACE - 1, .marks = PROBE_PATH_CUT};
    struct mount *mount;

    if (s == NULL)
        return PATH_SPACE;
    mount = AS(struct mount, (void *)s->mount - bpf_core_field_offset(struct mount, mnt));
    w.scratch = s;
    w.mount = mount;
    w.dentry = AS(struct dentry, (void *)s->dentry);
    s->path[PATH_SPACE - 1] = '\0';
    s->header.mount = GET(mount, mnt_id);
    s->header.root_size = 0;
    bpf_loop(PROBE_PATH_SIZE, step, &w, 0);
    s->header.marks |= w.marks;
    if (w.at == PATH_SPACE - 1) {
        w.at--;
        s->path[PATH_SPACE - 2] = '/';
    }
    if ((uint64_t)GET(mount, mnt_ns) != shared.reader_mounts && w.within != 0 &&
        !(w.marks & (PROBE_PATHLESS | PROBE_PATH_CUT)))
        return write_root(s, mount, w.at, w.within);
    return w.at;
}

static __always_inline uint32_t path_of(struct scratch *s, struct vfsmount *mount,
                                        struct dentry *dentry)
{
    s->mount = (uint64_t)mount;
    s->dentry = (uint64_t)dentry;
    return write_path();
}

static __always_inline struct file *file_of_descriptor(struct task_struct *task,
                                                       uint32_t descriptor)
{
    struct files_struct *files = GET(task, files);
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

/* ---- Calls --------------------------------------------------------------------------------- */

enum call_kind { NO_CALL, OPEN, CREAT, OPENAT, OPENAT2, EXECVE, EXECVEAT };

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
    struct fs_struct *fs = GET(task, fs);
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

/* ---- Processes ----------------------------------------------------------------------------- */

/* An image: its path, and the arguments in the tail. `comm` is the name of its first thread. */
static __always_inline bool send_image(struct scratch *s, uint32_t kind, struct task_struct *task,
                                       struct probe_thread *state, const char *comm)
{
    struct probe_record *r = &s->header;
    struct mm_struct *mm = GET(task, mm);
    struct file *exe;
    uint32_t at = PATH_SPACE;
    uint64_t size = 0, begin;

    fill(r, kind, task, state);
    if (kind == PROBE_MET) {
        struct task_struct *leader = GET(task, group_leader);

        r->start = GET(leader, start_boottime);
    }
    bpf_probe_read_kernel_str(r->comm, sizeof(r->comm), comm);
    if (mm != NULL) {
        exe = GET(mm, exe_file);
        if (exe != NULL)
            at = describe_file(s, exe);
        begin = GET(mm, arg_start);
        size = GET(mm, arg_end) - begin;
        if (size > PROBE_ARGS_SIZE - 1) {
            size = PROBE_ARGS_SIZE - 1;
            r->marks |= PROBE_NAME_CUT;
        }
        if (bpf_probe_read_user(s->tail, size & (PROBE_ARGS_SIZE - 1), (const void *)begin) != 0) {
            size = 0;
            r->marks |= PROBE_NAME_UNREADABLE;
        }
    }
    s->tail[size & (PROBE_ARGS_SIZE - 1)] = '\0';
    return send(s, at, (size & (PROBE_ARGS_SIZE - 1)) + 1, state);
}

/* The reader is told of a process before anything else that it does. */
static __always_inline void introduce(struct scratch *s, struct task_struct *task,
                                      struct probe_thread *state)
{
    struct probe_thread *of_leader;

    if (state->told)
        return;
    of_leader =
        bpf_task_storage_get(&threads, task->group_leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (of_leader == NULL)
        return;
    if (!of_leader->told)
        of_leader->told = send_image(s, PROBE_MET, task, state, task->group_leader->comm);
    state->told = of_leader->told;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
    struct probe_thread *state = state_of(parent), *of_child, new = {0};
    struct scratch *s = get_scratch();

    if (state == NULL || s == NULL)
        return 0;
    judge(parent, state);
    new.verdict = state->verdict;
    if (GET(child, tgid) == GET(parent, tgid)) {
        new.told = state->told;
        new.renamed = state->renamed;
        bpf_task_storage_get(&threads, child, &new, BPF_LOCAL_STORAGE_GET_F_CREATE);
        return 0;
    }
    if (state->verdict != PROBE_UNWANTED)
        introduce(s, parent, state);
    of_child = bpf_task_storage_get(&threads, child, &new, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (of_child == NULL) {
        count_lost(state);
        return 0;
    }
    of_child->counted = 1;
    __sync_fetch_and_add(&shared.processes, 1);
    if (state->verdict == PROBE_UNWANTED)
        return 0;
    fill(&s->header, PROBE_FORK, child, of_child);
    s->header.parent = process_id(parent);
    of_child->told = send(s, PATH_SPACE, 0, of_child);
    return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_id, struct linux_binprm *program)
{
    struct probe_thread *state = state_of(task);
    struct scratch *s = get_scratch();
    const char *filename = GET(program, filename);
    uint32_t at;
    long size;

    if (state == NULL || s == NULL)
        return 0;
    judge(task, state);
    if (state->verdict != PROBE_UNWANTED && state->start != 0) {
        struct probe_record *r = &s->header;

        fill(r, PROBE_EXEC, task, state);
        r->image -= 2; /* it belongs to the image before */
        if (shared.reader_level == 0)
            r->tid = old_id; /* the first thread's id is its own now */
        r->start = state->start;
        r->flags = state->exec_flags;
        r->directory = AT_FDCWD;
        size = bpf_probe_read_kernel_str(s->tail, PROBE_PATH_SIZE, filename);
        if (size < 0)
            size = 0;
        if (filename != GET(program, interp)) {
            r->marks |= PROBE_SCRIPT;
            at = write_base(s, task);
        } else {
            at = describe_file(s, GET(program, file));
        }
        send(s, at, size & (2 * PROBE_PATH_SIZE - 1), state);
    }
    state->start = 0;
    state->restart_ip = 0;
    state->renamed = 0;
    if (settings.judged)
        state->verdict = PROBE_UNKNOWN; /* another program, another name */
    state->told = send_image(s, PROBE_IMAGE, task, state, task->comm);
    return 0;
}

/* What no later record of the thread can carry. */
static __always_inline void leave_lost(uint32_t pid, uint64_t count)
{
    uint64_t *left = bpf_map_lookup_elem(&orphans, &pid);

    if (left != NULL)
        __sync_fetch_and_add(left, count);
    else
        bpf_map_update_elem(&orphans, &pid, &count, BPF_ANY);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
    struct probe_thread *state = bpf_task_storage_get(&threads, task, NULL, 0), *of_leader = state;
    struct signal_struct *signal = GET(task, signal);
    struct scratch *s = get_scratch();
    struct task_struct *leader;
    bool last;

    if (task->group_leader != task)
        of_leader = bpf_task_storage_get(&threads, task->group_leader, NULL, 0);
    if (s == NULL || (state == NULL && of_leader == NULL))
        return 0;
    last = GET(signal, live.counter) == 0 && of_leader != NULL && of_leader->gone == 0 &&
           __sync_lock_test_and_set(&of_leader->gone, 1) == 0;
    if (state == NULL && last)
        state = of_leader;
    if (state == NULL)
        return 0; /* a thread that did nothing of interest */
    fill(&s->header, PROBE_THREAD_EXIT, task, state);
    if (last) {
        leader = task->group_leader;
        s->header.kind = PROBE_EXIT;
        s->header.result = GET(signal, flags) & SIGNAL_GROUP_EXIT ? GET(signal, group_exit_code)
                                                                  : GET(leader, exit_code);
    }
    if ((state->told || (last && of_leader->told) || state->lost > 0) &&
        !send(s, PATH_SPACE, 0, state) && state->lost > 0)
        leave_lost(s->header.pid, state->lost);
    /* Not before the news is in the ring: nobody looks there any more when this is 0. */
    if (last && of_leader->counted)
        __sync_fetch_and_add(&shared.processes, -1);
    return 0;
}

/* Is it Wine's loader that gives its first thread this name, and is the name not its own? */
static __always_inline bool is_windows_name(struct task_struct *task, const char *comm)
{
    struct mm_struct *mm = GET(task, mm);
    struct file *exe = mm != NULL ? GET(mm, exe_file) : NULL;
    struct dentry *dentry;
    const unsigned char *name;
    char loader[16] = "";

    if (exe == NULL)
        return false;
    dentry = GET(exe, f_path.dentry);
    name = GET(dentry, d_name.name);
    bpf_probe_read_kernel_str(loader, sizeof(loader), name);
    if (loader[0] != 'w' || loader[1] != 'i' || loader[2] != 'n' || loader[3] != 'e')
        return false;
    /* wine64-preloader says wine64 first; and this comes with each exec too. */
    for (int i = 0; i < 15; i++) {
        if (comm[i] == '\0')
            return false;
        if (comm[i] != loader[i])
            return true;
    }
    return false;
}

/*
 * Wine gives its process the name of the Windows program, once, before it makes threads. From then
 * on that is another image. Later names are those that the program has for its thread.
 */
SEC("tp_btf/task_rename")
int BPF_PROG(task_renamed, struct task_struct *task, const char *name)
{
    struct probe_thread *state;
    struct signal_struct *signal = GET(task, signal);
    struct scratch *s = get_scratch();
    char comm[16] = "";

    bpf_probe_read_kernel_str(comm, sizeof(comm), name);
    if (task->group_leader != task || GET(signal, live.counter) != 1 || s == NULL ||
        !is_windows_name(task, comm))
        return 0;
    state = state_of(task);
    if (state == NULL || state->renamed)
        return 0;
    state->renamed = 1;
    if (settings.judged)
        state->verdict = PROBE_UNKNOWN;
    state->told = send_image(s, PROBE_RENAME, task, state, comm);
    return 0;
}

/* ---- Beginning and end of a call ----------------------------------------------------------- */

SEC("tp_btf/sys_enter")
int BPF_PROG(call_begins, struct pt_regs *regs, long nr)
{
    struct task_struct *task = bpf_get_current_task_btf();
    enum call_kind kind = kind_of(nr, is_compat(task));
    struct probe_thread *state;

    if (kind == NO_CALL)
        return 0;
    state = state_of(task);
    if (state == NULL || state->verdict == PROBE_UNWANTED)
        return 0;
    state->restarted = 0;
    if (state->restart_ip != 0 && state->restart_ip == GET(regs, ip) &&
        state->restart_sp == GET(regs, sp) && state->restart_nr == (uint32_t)nr &&
        state->restart_name == (kind == OPENAT || kind == OPENAT2 || kind == EXECVEAT
                                    ? GET(regs, si)
                                    : GET(regs, di))) {
        state->restart_ip = 0;
        state->restarted = 1;
    }
    if (kind == EXECVE || kind == EXECVEAT) {
        /* After it, the image before is gone. */
        struct scratch *s = get_scratch();

        judge(task, state);
        if (state->verdict == PROBE_UNWANTED)
            return 0;
        if (s != NULL)
            introduce(s, task, state);
        state->exec_id = GET(task, self_exec_id);
        state->exec_flags = kind == EXECVEAT ? GET(regs, r8) : 0;
    }
    state->start = bpf_ktime_get_boot_ns();
    return 0;
}

static __always_inline bool interrupted(long result)
{
    return result == -ERESTARTSYS || result == -ERESTARTNOINTR || result == -ERESTARTNOHAND ||
           result == -ERESTART_BLOCK;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(call_ends, struct pt_regs *regs, long result)
{
    struct task_struct *task = bpf_get_current_task_btf();
    bool compat = is_compat(task), executes;
    enum call_kind kind = kind_of(GET(regs, orig_ax), compat);
    struct probe_thread *state;
    struct probe_record *r;
    struct scratch *s;
    uint32_t at = PATH_SPACE, tail = 0;
    uint64_t start;

    if (kind == NO_CALL)
        return 0;
    state = state_of(task);
    if (state == NULL || state->verdict == PROBE_UNWANTED)
        return 0;
    executes = kind == EXECVE || kind == EXECVEAT;
    start = state->start;
    state->start = 0;
    if (start == 0) {
        /*
         * A successful exec has been told. Else the call began before we watched, or a seccomp
         * filter has answered it.
         */
        if (executes && result == 0)
            return 0;
        start = bpf_ktime_get_boot_ns();
        state->restarted = 0;
    }
    s = get_scratch();
    if (s == NULL)
        return 0;
    judge(task, state);
    if (state->verdict == PROBE_UNWANTED)
        return 0;
    introduce(s, task, state);

    r = &s->header;
    fill(r, executes ? PROBE_EXEC : PROBE_OPEN, task, state);
    r->start = start;
    r->result = result;
    if (state->restarted)
        r->marks |= PROBE_RESTARTED;
    else if (state->restart_ip != 0)
        r->marks |= PROBE_RESTART_OPEN;
    s->registers = (uint64_t)regs;
    s->kind = kind;
    s->compat = compat;
    read_call();
    if (interrupted(result)) {
        r->result = -EINTR;
        /* One in a handler, while an outer one waits, is taken for settled. */
        if (state->restart_ip == 0) {
            r->marks |= PROBE_INTERRUPTED;
            state->restart_ip = GET(regs, ip);
            state->restart_sp = GET(regs, sp);
            state->restart_nr = GET(regs, orig_ax);
            state->restart_name = s->name;
            state->restart_result = result;
        }
    }
    if (executes && result < 0 && start != r->end && state->exec_id != GET(task, self_exec_id)) {
        /* It has failed when the image before was gone, and kills the process. */
        struct mm_struct *mm = GET(task, mm);
        struct file *exe = mm != NULL ? GET(mm, exe_file) : NULL;

        r->marks |= PROBE_WHOLE;
        r->image -= 2;
        if (exe != NULL)
            at = describe_file(s, exe);
        send(s, at, 0, state);
        return 0;
    }
    if (result >= 0) {
        struct file *file = file_of_descriptor(task, result);

        if (file == NULL)
            r->marks |= PROBE_VANISHED;
        else
            at = describe_file(s, AS(struct file, file));
    }
    if (result < 0 || r->marks & (PROBE_PATHLESS | PROBE_PATH_CUT | PROBE_VANISHED)) {
        if (result >= 0)
            r->marks = (r->marks & ~PROBE_PATH_CUT) | PROBE_PATHLESS;
        tail = read_name(s, (const void *)s->name);
        at = write_base(s, task);
    }
    send(s, at, tail & (2 * PROBE_PATH_SIZE - 1), state);
    return 0;
}

/* Does the call that was interrupted fail, or is it made again? */
SEC("tp_btf/signal_deliver")
int BPF_PROG(signal_delivered, int signo, void *info, struct k_sigaction *action)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_thread *state = bpf_task_storage_get(&threads, task, NULL, 0);
    struct scratch *s;

    if (state == NULL || state->restart_ip == 0)
        return 0;
    if ((uint64_t)GET(action, sa.sa_handler) <= 1)
        return 0;
    if (state->restart_result == -ERESTARTNOINTR ||
        (state->restart_result == -ERESTARTSYS && GET(action, sa.sa_flags) & SA_RESTART)) {
        /* The first handler decides, whatever signals come meanwhile. */
        state->restart_result = -ERESTARTNOINTR;
        return 0;
    }
    state->restart_ip = 0;
    s = get_scratch();
    if (s == NULL)
        return 0;
    fill(&s->header, PROBE_SETTLED, task, state);
    send(s, PATH_SPACE, 0, state);
    return 0;
}

/* ---- io_uring ------------------------------------------------------------------------------ */

/*
 * An open that is asked for in a ring is no call: it may be done later and by another thread. What
 * was asked is told when it is submitted, the outcome when it is complete; the request's address
 * says which belong together.
 */
#define IORING_OP_OPENAT  18
#define IORING_OP_OPENAT2 28

static __always_inline bool is_open_request(struct io_kiocb *request)
{
    uint8_t operation = GET(request, opcode);

    return operation == IORING_OP_OPENAT || operation == IORING_OP_OPENAT2;
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(request_submitted, struct io_kiocb *request)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_thread *state;
    struct probe_record *r;
    struct filename *filename;
    struct io_open *open;
    struct scratch *s;
    const char *name;
    long size;

    if (!bpf_core_type_exists(struct io_open) || !is_open_request(request))
        return 0;
    state = state_of(task);
    s = get_scratch();
    if (state == NULL || s == NULL)
        return 0;
    judge(task, state);
    if (state->verdict == PROBE_UNWANTED)
        return 0;
    introduce(s, task, state);
    r = &s->header;
    fill(r, PROBE_SUBMITTED, task, state);
    r->request = (uint64_t)request;
    open = AS(struct io_open, (void *)request + bpf_core_field_offset(struct io_kiocb, cmd));
    r->directory = GET(open, dfd);
    r->flags = GET(open, how.flags);
    r->mode = GET(open, how.mode);
    r->resolve = GET(open, how.resolve);
    if (GET(open, file_slot) != 0)
        r->marks |= PROBE_NO_DESCRIPTOR;
    filename = GET(open, filename);
    name = GET(filename, name);
    size = bpf_probe_read_kernel_str(s->tail, PROBE_PATH_SIZE, name);
    if (size < 0) {
        s->tail[0] = '\0';
        size = 1;
    }
    send(s, write_base(s, task), size & (2 * PROBE_PATH_SIZE - 1), state);
    return 0;
}

SEC("tp_btf/io_uring_complete")
int BPF_PROG(request_complete, void *ring_context, void *request, struct io_uring_cqe *completion)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_thread *state;
    struct probe_record *r;
    struct scratch *s;
    struct file *file;
    uint32_t at = PATH_SPACE;
    int32_t result;

    if (request == NULL || !bpf_core_type_exists(struct io_open) ||
        !is_open_request(AS(struct io_kiocb, request)))
        return 0;
    state = state_of(task);
    s = get_scratch();
    if (state == NULL || s == NULL)
        return 0;
    judge(task, state);
    if (state->verdict == PROBE_UNWANTED)
        return 0;
    result = GET(completion, res);
    r = &s->header;
    fill(r, PROBE_COMPLETED, task, state);
    r->request = (uint64_t)request;
    r->result = result;
    if (result >= 0) {
        file = file_of_descriptor(task, result);
        if (file != NULL)
            at = describe_file(s, AS(struct file, file));
    }
    send(s, at, 0, state);
    return 0;
}

/* Run once, by the reader: which root directory and namespaces are its own. */
SEC("raw_tp/sys_enter")
int reader(void *context)
{
    struct task_struct *task = (void *)bpf_get_current_task();

    (void)context;
    shared.reader_root_mount = (uint64_t)BPF_CORE_READ(task, fs, root.mnt);
    shared.reader_root_dentry = (uint64_t)BPF_CORE_READ(task, fs, root.dentry);
    shared.reader_mounts = (uint64_t)BPF_CORE_READ(task, nsproxy, mnt_ns);
    shared.reader_level = BPF_CORE_READ(task, thread_pid, level);
    shared.reader = BPF_CORE_READ(task, tgid);
    return 0;
}
