/* What a process executes, told to the reader. */
#ifndef FLTBOX_PROBE_IMAGE_H
#define FLTBOX_PROBE_IMAGE_H

#include "path.h"

/* What it executes; NULL: nothing, it is the kernel's. */
static __always_inline struct file *executable_of(struct task_struct *task)
{
    struct mm_struct *mm = GET(PLAIN(task), mm);

    return mm != NULL ? GET(mm, exe_file) : NULL;
}

/* What the task executes, and what it is called, into the record; the arguments' size into
   s->name_size. Returns where the path begins. A function of its own to the verifier, as write_path
   is. */
__noinline uint32_t write_image(uint32_t which)
{
    struct scratch *s = get_scratch_of(which);
    struct task_struct *task;
    struct probe_record *r;
    struct mm_struct *mm;
    struct file *exe;
    uint32_t at = PATH_SPACE;
    uint64_t size = 0, begin;

    if (s == NULL)
        return at;
    r = &s->header;
    task = AS(struct task_struct, (void *)s->task);
    mm = GET(task, mm);
    exe = executable_of(task);
    bpf_probe_read_kernel_str(r->comm, sizeof(r->comm), (void *)s->comm);
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
    s->name_size = (size & (PROBE_ARGS_SIZE - 1)) + 1;
    return at;
}

/* An image: its path, and the arguments in the tail. `comm` is the name of its first thread. */
static __always_inline bool send_image(struct scratch *s, uint32_t kind, struct task_struct *task,
                                       struct probe_thread *state, const char *comm)
{
    struct probe_record *r = &s->header;
    uint32_t at;

    fill(r, kind, task, state);
    if (kind == PROBE_MET) {
        struct task_struct *leader = GET(PLAIN(task), group_leader);

        r->start = GET(leader, start_boottime);
    }
    s->task = (uint64_t)task;
    s->comm = (uint64_t)comm;
    at = write_image(s->which);
    return send(s, at, s->name_size, state);
}

/* Has Wine's loader, which the process executes, given it another name than its own? */
static __always_inline bool is_windows_name(struct task_struct *task, const char *comm)
{
    struct file *exe = executable_of(task);
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

#define TIF_ADDR32 (1ul << 29)

/* Did a Windows program run before we watched, that will be told by its requests? */
static __always_inline bool is_windows_met(struct task_struct *task)
{
    struct task_struct *leader;
    char comm[16] = "";

    if (!shared.requests || GET(task, thread_info.flags) & TIF_ADDR32)
        return false;
    leader = GET(PLAIN(task), group_leader);
    bpf_probe_read_kernel_str(comm, sizeof(comm), &leader->comm);
    return is_windows_name(task, comm);
}

#endif
