/*
 * The kernel side of the bpf source.
 *
 * Tracepoints, which are there on kernels that allow neither kprobes nor fentry, and, where there
 * is such, the end of the function that opens files. A thread's call is looked at there, or when it
 * returns: then its registers still hold what it asked for, the kernel has read the name (so the
 * page is there), and a new descriptor leads to the file with its whole path. Its beginning is only
 * noted.
 *
 *   thread.h   who does it, and whether anyone wants to know
 *   send.h     the record in the making, the ring, and what finds no room there
 *   path.h     the paths of files
 *   call.h     system calls and what they ask for
 *   image.h    what a process executes
 *   ancestors.h those from whom it descends; processes are told to the reader
 *   asked.h    what Windows programs are asking wineserver for
 *   descriptor.h which file a new descriptor is of
 *   opened.h   calls are told
 *   uring.h    opens through io_uring
 *
 * Here are the programs.
 */
#include "uring.h"

char program_license[] SEC("license") = "GPL";

#define SA_RESTART        0x10000000
#define SIGNAL_GROUP_EXIT 4

/* ---- Processes ----------------------------------------------------------------------------- */

static __always_inline int on_fork(struct task_struct *parent, struct task_struct *child)
{
    struct probe_thread *state = state_of(parent), *of_child;
    struct scratch *s = get_scratch();
    bool is_thread;

    if (state == NULL || s == NULL)
        return 0;
    if (IS_PREEMPTIBLE && bpf_task_storage_get(&threads, child, NULL, 0) != NULL)
        return 0; /* told already */
    judge(parent, state);
    is_thread = GET(child, tgid) == GET(parent, tgid);
    if (!is_thread && state->verdict != PROBE_UNWANTED)
        introduce(s, state);
    /* It does not run yet. On the stack there is no room for what it begins with: the verifier
       counts that of all who call each other. */
    of_child = bpf_task_storage_get(&threads, child, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (of_child == NULL) {
        if (!is_thread)
            count_lost(state);
        return 0;
    }
    of_child->verdict = state->verdict;
    if (is_thread) {
        of_child->told = state->told;
        of_child->renamed = state->renamed;
        of_child->windows = state->windows;
        return 0;
    }
    /* Until its exec what the child does is how Wine starts another program. */
    if (state->windows == PROBE_IS_WINDOWS)
        of_child->windows = PROBE_IS_WINDOWS;
    of_child->counted = 1;
    __sync_fetch_and_add(&shared.processes, 1);
    if (state->verdict == PROBE_UNWANTED)
        return 0;
    fill(&s->header, PROBE_FORK, child, of_child);
    s->header.parent = process_id(parent);
    of_child->told = send(s, PATH_SPACE, 0, of_child);
    return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
    ALONE();
    return on_fork(parent, child);
}

/* What was executed, before the image that it became. */
static __always_inline void tell_exec(struct scratch *s, struct task_struct *task,
                                      struct probe_thread *state, int old_id,
                                      struct linux_binprm *program)
{
    struct probe_record *r = &s->header;
    const char *filename = GET(program, filename);
    uint32_t at, size;

    fill(r, PROBE_EXEC, task, state);
    r->image -= 2; /* it belongs to the image before */
    if (shared.reader_level == 0)
        r->tid = old_id; /* the first thread's id is its own now */
    r->start = state->start;
    r->flags = state->exec_flags;
    r->uid = state->exec_uid;
    r->directory = AT_FDCWD;
    size = copy_name(s, filename);
    if (GET(PLAIN(program), fdpath) != NULL)
        r->marks |= PROBE_NAME_MADE;
    if (filename != GET(program, interp)) {
        r->marks |= PROBE_SCRIPT;
        at = write_base(s, task);
    } else {
        struct file *file = GET(PLAIN(program), file);

        size = add_base(s, task, size);
        at = describe_file(s, file);
        if (is_unlinked(GET(file, f_path.dentry)))
            r->marks |= PROBE_PATHLESS;
        if (r->marks & PROBE_PATHLESS)
            at = write_base(s, task);
    }
    send(s, at, size & (2 * PROBE_PATH_SIZE - 1), state);
}

/* `program` is NULL where that is not known: then the event is lost. */
static __always_inline int on_exec(struct task_struct *task, int old_id,
                                   struct linux_binprm *program)
{
    struct probe_thread *state = state_of(task);
    struct scratch *s = get_scratch();

    if (state == NULL || s == NULL || state->executed == GET(task, self_exec_id))
        return 0;
    state->executed = GET(task, self_exec_id);
    judge(task, state);
    if (program == NULL) {
        if (state->verdict != PROBE_UNWANTED && state->start != 0)
            count_lost(state);
    } else if (state->verdict != PROBE_UNWANTED && state->start != 0 &&
               state->windows != PROBE_IS_WINDOWS) {
        tell_exec(s, task, state, old_id, program);
    } else if (state->verdict != PROBE_UNWANTED && state->start != 0) {
        __sync_fetch_and_add(&shared.within, 1);
    }
    abandoned(state);
    state->lost += state->lost_before;
    state->lost_before = 0;
    state->start = 0;
    state->restart_ip = 0;
    state->renamed = 0;
    state->windows = PROBE_LINUX;
    if (settings.judged)
        state->verdict = PROBE_UNKNOWN; /* another program, another name */
    state->told = send_image(s, PROBE_IMAGE, task, state, task->comm);
    return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_id, struct linux_binprm *program)
{
    ALONE();
    return on_exec(task, old_id, program);
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

/* The call that the thread was in last has returned, and the kernel has left that out (thread.h).
 */
static __always_inline bool was_left_out(struct task_struct *task, struct probe_thread *state)
{
    struct pt_regs *regs = AS(struct pt_regs, (void *)bpf_task_pt_regs(task));

    return state->start != 0 && !state->answered && state->windows != PROBE_IS_WINDOWS &&
           state->verdict != PROBE_UNWANTED &&
           kind_of(GET(regs, orig_ax), is_compat(task)) == NO_CALL;
}

static __always_inline int on_exit(struct task_struct *task)
{
    struct probe_thread *state = bpf_task_storage_get(&threads, task, NULL, 0), *of_leader = state;
    struct signal_struct *signal = GET(PLAIN(task), signal);
    struct scratch *s = get_scratch();
    struct task_struct *leader;
    uint64_t lost;
    bool last;

    if (task->tgid != task->pid)
        of_leader = bpf_task_storage_get(&threads, task->group_leader, NULL, 0);
    if (s == NULL || (state == NULL && of_leader == NULL) || (state != NULL && state->exited))
        return 0;
    if (state != NULL) {
        state->exited = 1;
        if (IS_PREEMPTIBLE && was_left_out(task, state))
            count_lost(state);
    }
    last = GET(signal, live.counter) == 0 && of_leader != NULL && of_leader->gone == 0 &&
           __sync_lock_test_and_set(&of_leader->gone, 1) == 0;
    if (state == NULL && last)
        state = of_leader;
    if (state == NULL)
        return 0; /* a thread that did nothing of interest */
    abandoned(state);
    fill(&s->header, PROBE_THREAD_EXIT, task, state);
    s->header.request = state->lost_before;
    if (state->told == PROBE_TOLD_BEFORE)
        s->header.marks |= PROBE_UNTOLD;
    if (last) {
        leader = GET(PLAIN(task), group_leader);
        s->header.kind = PROBE_EXIT;
        s->header.result = GET(signal, flags) & SIGNAL_GROUP_EXIT ? GET(signal, group_exit_code)
                                                                  : GET(leader, exit_code);
    }
    lost = state->lost + state->lost_before;
    if ((state->told || (last && of_leader->told) || lost > 0) && !send(s, PATH_SPACE, 0, state) &&
        lost > 0)
        leave_lost(s->header.pid, lost);
    /* Not before the news is in the ring: nobody looks there any more when this is 0. */
    if (last && of_leader->counted)
        __sync_fetch_and_add(&shared.processes, -1);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
    ALONE();
    return on_exit(task);
}

#ifdef PROBE_PREEMPTIBLE
/*
 * The same once more. A process whose beginning or end is not seen would be a hole that nobody can
 * count; and programs of this kind, which know less, are run with preemption off. Each does nothing
 * where the other has been there.
 */
SEC("tp/sched/sched_process_fork")
int process_fork_again(struct trace_event_raw_sched_process_fork *event)
{
    struct task_struct *child = bpf_task_from_pid(event->child_pid);

    if (child != NULL) {
        on_fork(bpf_get_current_task_btf(), child);
        bpf_task_release(child);
    }
    return 0;
}

SEC("tp/sched/sched_process_exec")
int process_exec_again(void *event)
{
    return on_exec(bpf_get_current_task_btf(), 0, NULL);
}

SEC("tp/sched/sched_process_exit")
int process_exit_again(void *event)
{
    return on_exit(bpf_get_current_task_btf());
}
#endif

/*
 * Wine gives its process the name of the Windows program, once, before it makes threads. From then
 * on that is another image. Later names are those that the program has for its thread.
 */
SEC("tp_btf/task_rename")
int BPF_PROG(task_renamed, struct task_struct *task, const char *name)
{
    ALONE();
    struct probe_thread *state;
    struct signal_struct *signal = GET(PLAIN(task), signal);
    struct scratch *s = get_scratch();
    char comm[16] = "";

    bpf_probe_read_kernel_str(comm, sizeof(comm), name);
    if (task->tgid != task->pid || GET(signal, live.counter) != 1 || s == NULL ||
        !is_windows_name(task, comm))
        return 0;
    state = state_of(task);
    if (state == NULL || state->renamed)
        return 0;
    state->renamed = 1;
    if (settings.judged)
        state->verdict = PROBE_UNKNOWN;
    if (state->windows != PROBE_LINUX) {
        state->windows = PROBE_IS_WINDOWS;
        state->lost_before += state->lost;
        state->lost = 0;
        state->told = state->told != PROBE_NOT_TOLD ? PROBE_TOLD_BEFORE : PROBE_NOT_TOLD;
        return 0;
    }
    state->told = send_image(s, PROBE_RENAME, task, state, comm);
    return 0;
}

/*
 * A request of a Windows program's that is relative to a directory of which nothing is known: its
 * handle came from another process, or the file was opened before we watched. Wine goes there
 * first.
 */
static __always_inline int tell_directory(struct task_struct *task, struct probe_thread *state,
                                          uint32_t descriptor)
{
    struct scratch *s = get_scratch();
    struct file *file;
    uint32_t at;

    if (!state->relative || s == NULL)
        return 0;
    file = file_of_descriptor(task, descriptor);
    if (file == NULL)
        return 0;
    fill(&s->header, PROBE_DIRECTORY, task, state);
    at = describe_file(s, AS(struct file, file));
    if (s->header.type != S_IFDIR)
        return 0; /* it will not get there */
    state->relative = 0;
    send(s, at, 0, state);
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
    ALONE();
    state = state_of(task);
    if (state == NULL || state->verdict == PROBE_UNWANTED)
        return 0;
    if (kind == FCHDIR)
        return tell_directory(task, state, GET(regs, di));
    if (kind >= CLOSE)
        return close_begins(task, state, regs, kind, is_compat(task));
    /* The end of its call before was left out by the kernel (thread.h). */
    if (IS_PREEMPTIBLE && state->start != 0 && !state->answered &&
        state->windows != PROBE_IS_WINDOWS)
        count_lost(state);
    state->call = kind;
    state->answered = 0;
    state->opening = 0;
    note_others(task, state, kind, is_compat(task) ? GET(regs, bx) : GET(regs, di));
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
        const struct cred *cred = GET(PLAIN(task), cred);

        judge(task, state);
        if (state->verdict == PROBE_UNWANTED)
            return 0;
        if (s != NULL)
            introduce(s, state);
        state->exec_id = GET(task, self_exec_id);
        state->exec_flags = kind == EXECVEAT ? GET(regs, r8) : 0;
        state->exec_uid = GET(cred, fsuid.val);
        state->exec_opened = 0;
    }
    state->start = bpf_ktime_get_boot_ns();
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(call_ends, struct pt_regs *regs, long result)
{
    struct task_struct *task = bpf_get_current_task_btf();
    bool compat = is_compat(task), executes;
    enum call_kind kind = kind_of(GET(regs, orig_ax), compat);
    const struct outcome outcome = {.result = result};
    struct probe_thread *state;
    struct scratch *s;
    uint64_t start;

    if (kind == NO_CALL || kind == FCHDIR)
        return 0;
    ALONE();
    state = state_of(task);
    if (state == NULL || state->verdict == PROBE_UNWANTED)
        return 0;
    if (kind >= CLOSE)
        return close_ends(task, state, regs, kind, compat);
    executes = kind == EXECVE || kind == EXECVEAT;
    start = state->start;
    state->start = 0;
    if (start != 0 && state->answered)
        return 0;
    if (start == 0) {
        /*
         * A successful exec has been told. Else the call began before we watched, or a seccomp
         * filter has answered it.
         */
        if (executes && result == 0)
            return 0;
        start = bpf_ktime_get_boot_ns();
        state->restarted = 0;
        note_others(task, state, kind, compat ? GET(regs, bx) : GET(regs, di));
    }
    s = get_scratch();
    if (s == NULL)
        return 0;
    judge(task, state);
    if (state->verdict == PROBE_UNWANTED)
        return 0;
    introduce(s, state);
    if (state->windows == PROBE_IS_WINDOWS) {
        __sync_fetch_and_add(&shared.within, 1);
        return 0;
    }
    s->kind = kind;
    s->compat = compat;
    tell_call(s, task, state, regs, start, &outcome);
    return 0;
}

/* Does the call that was interrupted fail, or is it made again? */
SEC("tp_btf/signal_deliver")
int BPF_PROG(signal_delivered, int signo, void *info, struct k_sigaction *action)
{
    ALONE();
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

/* ---- The reader ---------------------------------------------------------------------------- */

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

/*
 * Run by the reader before anything else, until it returns 0: writes something into each page of
 * the ring, and takes it back. In a virtual machine the first write to a page may cost thousands of
 * nanoseconds, and not those whom we trace are to pay that.
 */
#define PAGES_AT_ONCE 256

static long touch_page(uint32_t i, uint32_t *touched)
{
    void *page = bpf_ringbuf_reserve(&ring, 4096 - BPF_RINGBUF_HDR_SZ, 0);

    (void)i;
    if (page == NULL)
        return 1;
    bpf_ringbuf_discard(page, BPF_RB_NO_WAKEUP);
    (*touched)++;
    return 0;
}

SEC("raw_tp/sys_enter")
int touch_ring(void *context)
{
    uint32_t touched = 0;

    (void)context;
    bpf_loop(PAGES_AT_ONCE, touch_page, &touched, 0);
    return touched;
}
