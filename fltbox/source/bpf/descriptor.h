/*
 * Which file a new descriptor was made for, where nothing but the descriptor says so.
 *
 * When an open returns, another thread may have closed its descriptor, and have got the number for
 * a file of its own. So of threads that share descriptors it is noted what they close. A number
 * that is closed is nobody's doubt where the file behind it is one that an open has returned
 * before, and nobody else closes it: then it was free before another open got it. Else, while the
 * closing calls last, what that number leads to may be another's.
 */
#ifndef FLTBOX_PROBE_DESCRIPTOR_H
#define FLTBOX_PROBE_DESCRIPTOR_H

#include "call.h"

#define ALL_DESCRIPTORS 0xffffffff
#define S_IFMT          0170000
#define S_IFSOCK        0140000

struct descriptor {
    uint64_t files; /* the table's address */
    uint32_t number;
    uint32_t unused;
};

struct descriptor_use {
    uint64_t file;    /* that an open has returned with it */
    uint64_t doubted; /* until when */
    uint32_t closed;  /* this file is being closed, or has been */
    uint32_t late;    /* another has closed it: those that are right to may come too late */
    int32_t closing;  /* how many are closing it that may be wrong to */
    int32_t right;    /* how many that are right to */
};

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, struct descriptor);
    __type(value, struct descriptor_use);
} descriptors SEC(".maps");

/* The task's table where others have it too; 0: they do not, or it does not matter. */
static __always_inline uint64_t shared_table(struct task_struct *task)
{
    return shared.exact || !shares_files(task) ? 0 : (uint64_t)GET(PLAIN(task), files);
}

static __always_inline struct descriptor_use *use_of(uint64_t table, uint32_t number)
{
    struct descriptor key = {.files = table, .number = number};
    struct descriptor_use new = {0}, *use = bpf_map_lookup_elem(&descriptors, &key);

    if (use != NULL)
        return use;
    bpf_map_update_elem(&descriptors, &key, &new, BPF_NOEXIST);
    return bpf_map_lookup_elem(&descriptors, &key);
}

static __always_inline bool is_doubted(struct descriptor_use *use, uint64_t since)
{
    return use == NULL || use->closing > 0 || use->doubted >= since ||
           (use->late && use->right > 0);
}

/* A call that closes begins, or ends, which may be wrong to. */
static __always_inline void doubt(uint64_t table, uint32_t number, int32_t more)
{
    struct descriptor_use *use = use_of(table, number);

    if (use == NULL)
        return;
    use->late = 1;
    /* Before it ends: is_doubted looks the other way round. */
    if (more < 0)
        use->doubted = bpf_ktime_get_boot_ns();
    __sync_fetch_and_add(&use->closing, more);
}

/* One ends that is right to. */
static __always_inline void close_right(uint64_t table, uint32_t number)
{
    struct descriptor_use *use = use_of(table, number);

    if (use == NULL)
        return;
    if (use->late)
        use->doubted = bpf_ktime_get_boot_ns();
    if (__sync_fetch_and_add(&use->right, -1) == 1)
        use->late = 0;
}

/* Is the task right to close this one? It can see what is there now, not what will be when it is
   done. */
static __always_inline bool closes_its_own(struct task_struct *task, uint64_t table,
                                           uint32_t number)
{
    struct descriptor_use *use = use_of(table, number);
    struct file *found = file_of_descriptor(task, number), *file;
    struct inode *inode;

    if (use == NULL || found == NULL)
        return false;
    file = AS(struct file, found);
    if (use->file != (uint64_t)found) {
        /* No open has returned it. A socket cannot be one's that is under way. */
        inode = GET(file, f_inode);
        if ((GET(inode, i_mode) & S_IFMT) != S_IFSOCK)
            return false;
        use->file = (uint64_t)found;
        use->closed = 0;
    }
    __sync_fetch_and_add(&use->right, 1);
    if (__sync_lock_test_and_set(&use->closed, 1) == 0)
        return true;
    __sync_fetch_and_add(&use->right, -1);
    return false;
}

static __always_inline uint32_t number_closed(struct pt_regs *regs, enum call_kind kind)
{
    return kind == CLOSE ? GET(regs, di) : kind == DUPLICATE ? GET(regs, si) : ALL_DESCRIPTORS;
}

static __always_inline uint32_t number_closed_compat(struct pt_regs *regs, enum call_kind kind)
{
    return kind == CLOSE ? GET(regs, bx) : kind == DUPLICATE ? GET(regs, cx) : ALL_DESCRIPTORS;
}

static __always_inline int close_begins(struct task_struct *task, struct probe_thread *state,
                                        struct pt_regs *regs, enum call_kind kind, bool compat)
{
    uint64_t table = shared_table(task);
    uint32_t number;

    if (table == 0)
        return 0;
    number = compat ? number_closed_compat(regs, kind) : number_closed(regs, kind);
    state->closing = PROBE_CLOSES_RIGHT;
    if (kind == CLOSE_RANGE || !closes_its_own(task, table, number)) {
        state->closing = PROBE_CLOSES;
        doubt(table, number, 1);
    }
    return 0;
}

static __always_inline int close_ends(struct task_struct *task, struct probe_thread *state,
                                      struct pt_regs *regs, enum call_kind kind, bool compat)
{
    uint64_t table = (uint64_t)GET(PLAIN(task), files);
    uint32_t number, how = state->closing;

    if (how == PROBE_CLOSES_NOTHING)
        return 0;
    state->closing = PROBE_CLOSES_NOTHING;
    number = compat ? number_closed_compat(regs, kind) : number_closed(regs, kind);
    if (how == PROBE_CLOSES)
        doubt(table, number, -1);
    else
        close_right(table, number);
    return 0;
}

/* An open that began then, when others had the descriptors or not, has returned this file. Can that
   be said? */
static __always_inline bool is_returned(struct task_struct *task, bool others, struct file *file,
                                        uint32_t number, uint64_t start)
{
    uint64_t table = (uint64_t)GET(PLAIN(task), files);
    struct descriptor_use *use;
    bool doubted;

    if (!others || shared.exact)
        return !others;
    use = use_of(table, number);
    doubted = is_doubted(use, start) || is_doubted(use_of(table, ALL_DESCRIPTORS), start);
    if (use != NULL) {
        use->file = (uint64_t)file;
        use->closed = 0;
    }
    return !doubted;
}

#endif
