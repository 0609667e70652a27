/* The record in the making, the ring, and what finds no room there. */
#ifndef FLTBOX_PROBE_SEND_H
#define FLTBOX_PROBE_SEND_H

#include "thread.h"

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 1 << 20); /* set before loading */
} ring SEC(".maps");

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

/* A path in the making. In the scratch and not on the stack, where the verifier would go through a
   loop as often as it learns something new. */
struct walk {
    uint64_t dentry, mount;
    uint32_t at;
    uint32_t within; /* where the part in the first mount begins; 0: not yet found */
    uint32_t marks;
};

struct scratch {
    char path[PATH_SPACE];
    struct probe_record header;
    char tail[TAIL_SPACE];
    char slack[TAIL_SPACE]; /* what the verifier thinks could be reached */
    uint64_t mount, dentry; /* for write_path */
    struct walk walk;
    uint64_t task, comm; /* for write_image */
    uint64_t registers;  /* for read_call */
    uint64_t name;       /* from it: where the name is */
    uint32_t kind, compat;
    uint32_t name_size;  /* for serves */
    uint32_t which;      /* enum scratch_of */
    uint64_t descendant; /* for tell_ancestors */
    uint64_t ancestors[PROBE_ANCESTORS];
    struct probe_thread nobody; /* of whom nothing is known */
};

/*
 * Programs on tracepoints have one for each processor between them: nothing comes between them
 * there. Those on functions can be preempted by others, but not by themselves.
 */
enum scratch_of { OF_TRACEPOINTS, OF_OPENED, SCRATCHES };

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, SCRATCHES);
    __type(key, uint32_t);
    __type(value, struct scratch);
} scratches SEC(".maps");

static __always_inline struct scratch *get_scratch_of(uint32_t which)
{
    struct scratch *s = bpf_map_lookup_elem(&scratches, &which);

    if (s != NULL)
        s->which = which;
    return s;
}

static __always_inline struct scratch *get_scratch(void)
{
    return get_scratch_of(OF_TRACEPOINTS);
}

/* A uprobe's program can be preempted, by another that counts here. */
static __always_inline void count_lost(struct probe_thread *state)
{
    uint32_t zero = 0;
    uint64_t *count = bpf_map_lookup_elem(&lost, &zero);

    if (count != NULL)
        __sync_fetch_and_add(count, 1);
    state->lost++;
}

/* How a record is put into the ring: is the reader to be woken? */
static __always_inline uint64_t wake_up(void)
{
    if (!shared.asleep)
        return BPF_RB_NO_WAKEUP;
    shared.asleep = 0;
    return BPF_RB_FORCE_WAKEUP;
}

/* 1: it is in the ring. A function of its own to the verifier, as write_path is. */
__noinline int send_scratch(uint32_t which, uint32_t at, uint32_t tail)
{
    struct scratch *s = get_scratch_of(which);
    struct probe_record *r;
    uint32_t start = (at - sizeof(uint64_t)) & ~7u & 0x1fff;
    uint32_t size = (PATH_SPACE - start + sizeof(*r) + tail) & 0x7fff;

    if (s == NULL || start > PATH_SPACE - sizeof(uint64_t) ||
        size > PATH_SPACE + sizeof(*r) + TAIL_SPACE)
        return 0;
    r = &s->header;
    *(uint64_t *)&s->path[start] = PATH_SPACE - start;
    r->path_size = PATH_SPACE - at;
    r->name_size = tail;
    return bpf_ringbuf_output(&ring, &s->path[start], size, wake_up()) == 0;
}

/* Sends header, path (ending at the header; `at` is where it begins) and tail. False: there was no
   room. */
static __always_inline bool send(struct scratch *s, uint32_t at, uint32_t tail,
                                 struct probe_thread *state)
{
    struct probe_record *r = &s->header;

    if (r->pid == 0)
        return true; /* it has no id in the reader's pid namespace */
    r->lost = state->lost;
    if (send_scratch(s->which, at, tail)) {
        state->lost = 0;
        return true;
    }
    if (r->kind == PROBE_OPEN || r->kind == PROBE_EXEC || r->kind == PROBE_SUBMITTED)
        count_lost(state);
    else
        __sync_fetch_and_add(&shared.unheard, 1);
    return false;
}

/*
 * Who does it, and when. A function of its own to the verifier, which goes through it once and not
 * once for each way that leads here. Only memory and numbers can be handed to such: the task's
 * address comes in r->request.
 */
__noinline int fill_record(struct probe_record *r, uint32_t kind, uint32_t renamed, uint32_t marks)
{
    struct task_struct *task, *parent;
    struct nsproxy *namespaces;
    const struct cred *cred;

    if (r == NULL)
        return 0;
    task = AS(struct task_struct, (void *)r->request);
    namespaces = GET(task, nsproxy);
    cred = GET(task, cred);
    parent = GET(task, real_parent);
    __builtin_memset(r, 0, sizeof(*r));
    r->marks = marks;
    r->kind = kind;
    if (namespaces != NULL) {
        struct mnt_namespace *mounts = GET(namespaces, mnt_ns);

        r->mount_namespace = GET(mounts, ns.inum);
    }
    r->pid = process_id(task);
    r->tid = thread_id(task);
    r->parent = process_id(parent);
    r->uid = GET(cred, fsuid.val);
    r->image = image_of(task, renamed);
    r->end = r->start = bpf_ktime_get_boot_ns();
    return 0;
}

static __always_inline void fill(struct probe_record *r, uint32_t kind, struct task_struct *task,
                                 struct probe_thread *state)
{
    r->request = (uint64_t)task;
    fill_record(r, kind, state->renamed, state->verdict == PROBE_UNKNOWN ? PROBE_UNJUDGED : 0);
}

#endif
