/*
 * Those from whom a process descends that was there before us. Nothing has been heard of them, and
 * they can end before the reader gets to know of the process: so they are told here and now.
 */
#ifndef FLTBOX_PROBE_ANCESTORS_H
#define FLTBOX_PROBE_ANCESTORS_H

#include "image.h"

/* Those that were told, by when they began: no two begin at once. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 8192);
    __type(key, uint64_t);
    __type(value, uint32_t);
} ancestors_told SEC(".maps");

struct climb {
    struct scratch *scratch;
    uint64_t task;
    uint32_t count;
};

/* One generation up. 1 ends the loop. */
static long climb_up(uint32_t i, struct climb *c)
{
    struct task_struct *task = AS(struct task_struct, (void *)c->task);
    struct task_struct *parent = GET(task, real_parent), *leader;

    if (parent == NULL)
        return 1;
    leader = GET(AS(struct task_struct, parent), group_leader);
    if (leader == NULL || (uint64_t)leader == c->task ||
        GET(AS(struct task_struct, leader), tgid) == 0)
        return 1;
    c->task = (uint64_t)leader;
    c->scratch->ancestors[i & (PROBE_ANCESTORS - 1)] = c->task;
    c->count = i + 1;
    return 0;
}

/* The eldest first. */
static long tell_ancestor(uint32_t i, struct climb *c)
{
    struct scratch *s = c->scratch;
    struct probe_record *r = &s->header;
    struct task_struct *task =
        AS(struct task_struct, (void *)s->ancestors[(c->count - 1 - i) & (PROBE_ANCESTORS - 1)]);
    uint64_t begun = GET(task, start_boottime);
    uint32_t at = PATH_SPACE, told = 1;
    struct file *exe;

    if (bpf_map_lookup_elem(&ancestors_told, &begun) != NULL)
        return 0;
    fill(r, PROBE_ANCESTOR, task, &s->nobody);
    r->start = begun;
    bpf_probe_read_kernel_str(r->comm, sizeof(r->comm),
                              (void *)task + bpf_core_field_offset(struct task_struct, comm));
    exe = executable_of(task);
    if (exe != NULL)
        at = describe_file(s, AS(struct file, exe));
    if (send(s, at, 0, &s->nobody))
        bpf_map_update_elem(&ancestors_told, &begun, &told, BPF_ANY);
    return 0;
}

/* To the verifier a function of its own, as write_path is: what it is about is in the scratch. */
__noinline int tell_ancestors(uint32_t which)
{
    struct scratch *s = get_scratch_of(which);
    struct climb c = {.scratch = s};

    if (s == NULL)
        return 0;
    c.task = s->descendant;
    bpf_loop(PROBE_ANCESTORS, climb_up, &c, 0);
    bpf_loop(c.count, tell_ancestor, &c, 0);
    return 0;
}

/* The running thread's process is told; a function of its own to the verifier, as write_path is. */
__noinline int tell_process(uint32_t which)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_thread *state = bpf_task_storage_get(&threads, task, NULL, 0), *of_leader;
    struct scratch *s = get_scratch_of(which);

    if (s == NULL || state == NULL)
        return 0;
    of_leader =
        bpf_task_storage_get(&threads, task->group_leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (of_leader == NULL)
        return 0;
    if (of_leader->told == PROBE_NOT_TOLD && of_leader->windows != PROBE_IS_WINDOWS &&
        settings.everything) {
        s->descendant = (uint64_t)GET(PLAIN(task), group_leader);
        tell_ancestors(s->which);
    }
    if (of_leader->told == PROBE_NOT_TOLD && is_windows_met(task))
        of_leader->windows = PROBE_IS_WINDOWS;
    if (of_leader->windows == PROBE_IS_WINDOWS) {
        state->windows = PROBE_IS_WINDOWS;
        return 0;
    }
    if (of_leader->told != PROBE_TOLD)
        of_leader->told =
            send_image(s, PROBE_MET, task, state, GET(PLAIN(task), group_leader)->comm);
    state->told = of_leader->told;
    return 0;
}

/*
 * The reader is told of a process before anything else that it does. Of a Windows program it is
 * told by the program's first request (wine.bpf.c): then state->windows says so. `state` is the
 * running thread's.
 */
static __always_inline void introduce(struct scratch *s, struct probe_thread *state)
{
    if (state->told != PROBE_TOLD && state->windows != PROBE_IS_WINDOWS)
        tell_process(s->which);
}

#endif
