/* What a process executes, told to the reader. */
#ifndef FLTBOX_PROBE_IMAGE_H
#define FLTBOX_PROBE_IMAGE_H

#include "path.h"

/* What it executes; NULL: nothing, it is the kernel's. */
static __always_inline struct file *executable_of(struct task_struct *task)
{
    struct mm_struct *mm = GET(task, mm);

    return mm != NULL ? GET(mm, exe_file) : NULL;
}

/* An image: its path, and the arguments in the tail. `comm` is the name of its first thread. */
static __always_inline bool send_image(struct scratch *s, uint32_t kind, struct task_struct *task,
                                       struct probe_thread *state, const char *comm)
{
    struct probe_record *r = &s->header;
    struct mm_struct *mm = GET(task, mm);
    struct file *exe = executable_of(task);
    uint32_t at = PATH_SPACE;
    uint64_t size = 0, begin;

    fill(r, kind, task, state);
    if (kind == PROBE_MET) {
        struct task_struct *leader = GET(task, group_leader);

        r->start = GET(leader, start_boottime);
    }
    bpf_probe_read_kernel_str(r->comm, sizeof(r->comm), comm);
    if (exe != NULL)
        at = describe_file(s, exe);
    if (mm != NULL) {
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

#endif
