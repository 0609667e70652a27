/* Who does it, and whether anyone wants to know. */
#ifndef FLTBOX_PROBE_THREAD_H
#define FLTBOX_PROBE_THREAD_H

#include "access.h"

const volatile struct probe_settings settings;
struct probe_shared shared;

/*
 * Up to Linux 6.19 nothing else runs on the processor while a program on a tracepoint does. Since
 * then such a program can be preempted (PROBE_PREEMPTIBLE), and another thread's call would find
 * the same scratch. So the programs forbid it, from ALONE() on to their end. At that end the kernel
 * may go on with another thread, and as long as it does, it leaves the same program out on that
 * processor: it takes the program for one that has called itself. What that leaves out is seen by
 * another program, or counted as lost: see call_begins and the programs ending in _again.
 */
#ifdef PROBE_PREEMPTIBLE
void bpf_preempt_disable(void) __ksym;
void bpf_preempt_enable(void) __ksym;
struct task_struct *bpf_task_from_pid(int pid) __ksym;
void bpf_task_release(struct task_struct *task) __ksym;

static __always_inline int begin_alone(void)
{
    bpf_preempt_disable();
    return 0;
}

static __always_inline void end_alone(int *unused)
{
    (void)unused;
    bpf_preempt_enable();
}

#define ALONE()        __attribute__((cleanup(end_alone), unused)) int alone = begin_alone()
#define IS_PREEMPTIBLE true
#else
#define ALONE()
#define IS_PREEMPTIBLE false
#endif

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

/* The id that the reader knows a task by; 0: none. */
static __always_inline uint32_t id_for_reader(struct task_struct *task, uint32_t id_here)
{
    struct pid *pid;
    struct upid upid = {0};
    uint32_t level = shared.reader_level;
    struct pid_namespace *ns;

    if (level == 0)
        return id_here;
    pid = GET(PLAIN(task), thread_pid);
    if (pid == NULL || GET(pid, level) < level)
        return 0;
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
    leader = GET(PLAIN(task), group_leader);
    return id_for_reader(leader, 0);
}

static __always_inline uint32_t thread_id(struct task_struct *task)
{
    return id_for_reader(task, GET(task, pid));
}

/* An exec counts 2, so that a new name, 1, fits between two of them. */
static __always_inline uint64_t image_of(struct task_struct *task, uint32_t renamed)
{
    struct task_struct *leader = GET(PLAIN(task), group_leader);

    return GET(leader, start_boottime) + 2 * GET(task, self_exec_id) + renamed;
}

/*
 * Makes the running thread's, of which nothing is known yet. 0: it is none of ours. A function of
 * its own to the verifier, which goes through it once and not once for each way that leads here.
 */
__noinline int meet_thread(void)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_thread *of_leader, new = {0};

    if (task->tgid != task->pid) {
        /* A thread that was there before us, or one that io_uring has made. */
        of_leader = bpf_task_storage_get(&threads, task->group_leader, NULL, 0);
        if (of_leader != NULL) {
            new.verdict = of_leader->verdict;
            new.told = of_leader->told;
            new.renamed = of_leader->renamed;
            new.windows = of_leader->windows;
            bpf_task_storage_get(&threads, task, &new, BPF_LOCAL_STORAGE_GET_F_CREATE);
            return 1;
        }
    }
    if (!settings.everything)
        return 0;
    /* The reader cannot name what has no id in its pid namespace, and its user may not see it. */
    new.verdict = (uint32_t)GET(task, tgid) == shared.reader || process_id(task) == 0
                      ? PROBE_UNWANTED
                      : PROBE_UNKNOWN;
    bpf_task_storage_get(&threads, task, &new, BPF_LOCAL_STORAGE_GET_F_CREATE);
    return 1;
}

/* What is known of a thread; NULL: it is none of ours, or it is over. Only of the one that runs it
   is made where nothing is known. */
static __always_inline struct probe_thread *state_of(struct task_struct *task)
{
    struct probe_thread *state;

    if (shared.stopped)
        return NULL;
    state = bpf_task_storage_get(&threads, task, NULL, 0);
    if (state != NULL || meet_thread() == 0)
        return state;
    return bpf_task_storage_get(&threads, task, NULL, 0);
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
    if (judgement != NULL && judgement->image == image_of(task, state->renamed))
        state->verdict = judgement->verdict;
}

/* The same, judged; NULL too where nobody wants to know what the process does. */
static __always_inline struct probe_thread *wanted_state_of(struct task_struct *task)
{
    struct probe_thread *state = state_of(task);

    if (state == NULL)
        return NULL;
    judge(task, state);
    return state->verdict == PROBE_UNWANTED ? NULL : state;
}

#endif
