/*
 * Calls are told.
 *
 * Where the kernel lets programs be put on functions, one is on the end of the function that opens
 * files for all who ask by name. It has what nobody else can change any more: the kernel's copy of
 * the name, and the file itself, before anybody else can reach it. So an open is told from there,
 * and its return has nothing to say. Elsewhere, and where the call comes to an end before that
 * function, it is told when it returns: then the name is read where the program has it, and the
 * new descriptor says which file it is.
 */
#ifndef FLTBOX_PROBE_OPENED_H
#define FLTBOX_PROBE_OPENED_H

#include "asked.h"
#include "descriptor.h"

#define EINTR           4
#define EAGAIN          11
#define ERRNO_MAX       4095
#define ERESTARTSYS     512
#define ERESTARTNOINTR  513
#define ERESTARTNOHAND  514
#define ERESTART_BLOCK  516
#define O_TMPFILE_ALONE 020000000 /* without O_DIRECTORY */

static __always_inline bool interrupted(long result)
{
    return result == -ERESTARTSYS || result == -ERESTARTNOINTR || result == -ERESTARTNOHAND ||
           result == -ERESTART_BLOCK;
}

/* How a call ended, as far as is known. */
struct outcome {
    long result;
    const char *name;  /* the kernel's copy; NULL: none is known */
    struct file *file; /* success: that was opened; NULL: the descriptor says which */
};

/* Whether it is made again is for a signal to say. One in a handler, while an outer one waits, is
   taken for settled. */
static __always_inline void note_interruption(struct scratch *s, struct probe_thread *state,
                                              struct pt_regs *regs, long result)
{
    s->header.result = -EINTR;
    if (state->restart_ip != 0 || shared.unsettled)
        return;
    s->header.marks |= PROBE_INTERRUPTED;
    state->restart_ip = GET(regs, ip);
    state->restart_sp = GET(regs, sp);
    state->restart_nr = GET(regs, orig_ax);
    state->restart_name = s->name;
    state->restart_result = result;
}

/* Success: path and name. Returns where the path begins. */
static __always_inline uint32_t tell_file(struct scratch *s, struct task_struct *task,
                                          const struct probe_thread *state,
                                          const struct outcome *outcome, uint64_t start,
                                          uint32_t *tail)
{
    struct probe_record *r = &s->header;
    struct file *file = outcome->file;
    uint32_t at;

    if (file == NULL) {
        file = file_of_descriptor(task, outcome->result);
        if (file != NULL && !is_returned(task, state->shares_files, file, outcome->result, start))
            r->marks |= PROBE_DOUBTED;
    }
    if (file == NULL)
        r->marks |= PROBE_VANISHED;
    if (s->kind == BY_HANDLE)
        *tail = no_name(s);
    else if (outcome->name != NULL)
        *tail = copy_name(s, outcome->name);
    else
        *tail = read_name(s, state);
    if (file != NULL) {
        if (s->kind != BY_HANDLE)
            *tail = add_base(s, task, *tail);
        at = describe_file(s, AS(struct file, file));
        if (!(r->flags & O_TMPFILE_ALONE) && is_unlinked(GET(AS(struct file, file), f_path.dentry)))
            r->marks |= PROBE_PATHLESS;
        if (!(r->marks & (PROBE_PATHLESS | PROBE_PATH_CUT))) {
            r->marks &= ~PROBE_NAME_UNREADABLE;
            return at;
        }
    }
    r->marks = (r->marks & ~PROBE_PATH_CUT) | PROBE_PATHLESS;
    if (s->kind == BY_HANDLE)
        r->marks |= PROBE_NAME_UNREADABLE;
    return write_base(s, task);
}

/* Tells an open or an exec. */
static __always_inline void tell_call(struct scratch *s, struct task_struct *task,
                                      struct probe_thread *state, struct pt_regs *regs,
                                      uint64_t start, const struct outcome *outcome)
{
    struct probe_record *r = &s->header;
    bool executes = s->kind == EXECVE || s->kind == EXECVEAT;
    uint32_t at = PATH_SPACE, tail = 0;

    fill(r, executes ? PROBE_EXEC : PROBE_OPEN, task, state);
    r->start = start;
    r->result = outcome->result;
    if (state->restarted)
        r->marks |= PROBE_RESTARTED;
    else if (state->restart_ip != 0)
        r->marks |= PROBE_RESTART_OPEN;
    s->registers = (uint64_t)regs;
    read_call(s->which);
    if (interrupted(outcome->result))
        note_interruption(s, state, regs, outcome->result);
    if (executes && outcome->result < 0 && start != r->end &&
        state->exec_id != GET(task, self_exec_id)) {
        /* It has failed when the image before was gone, and kills the process. */
        struct file *exe = executable_of(task);

        r->marks |= PROBE_WHOLE;
        r->image -= 2;
        if (exe != NULL)
            at = describe_file(s, exe);
        send(s, at, 0, state);
        return;
    }
    if (outcome->result >= 0) {
        at = tell_file(s, task, state, outcome, start, &tail);
    } else {
        if (s->kind == BY_HANDLE) {
            tail = no_name(s);
            r->marks |= PROBE_NAME_UNREADABLE;
        } else if (outcome->name != NULL) {
            tail = copy_name(s, outcome->name);
        } else {
            tail = read_name(s, state);
        }
        at = write_base(s, task);
    }
    if (tail > 1 && was_moved(s, task, state))
        r->marks |= PROBE_MOVED;
    s->name_size = tail;
    if (shared.asking > 0 && !executes && serves(s->which)) {
        __sync_fetch_and_add(&shared.served, 1);
        return;
    }
    send(s, at, tail & (2 * PROBE_PATH_SIZE - 1), state);
}

/* ---- On the function ----------------------------------------------------------------------- */

/* Requests of io_uring's for opens, by where the kernel has their names. Where nothing is on the
   function: when they were submitted, by the request. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, uint64_t);
    __type(value, uint64_t);
} asked_in_rings SEC(".maps");

/* What the function returned: a file, or a negative errno. */
static __always_inline bool is_error(uint64_t returned)
{
    return returned >= (uint64_t)-ERRNO_MAX;
}

/* Not within a call: for a ring, or for the kernel itself. */
static __always_inline int opened_for_ring(struct task_struct *task, struct probe_thread *state,
                                           struct filename *filename, uint64_t returned)
{
    uint64_t key = (uint64_t)filename, *request = bpf_map_lookup_elem(&asked_in_rings, &key);
    struct scratch *s = get_scratch_of(OF_OPENED);

    if (request == NULL || s == NULL)
        return 0;
    if (is_error(returned)) {
        if (returned != (uint64_t)-EAGAIN) /* it is tried again by another thread */
            bpf_map_delete_elem(&asked_in_rings, &key);
        return 0;
    }
    fill(&s->header, PROBE_OPENED, task, state);
    s->header.request = *request;
    bpf_map_delete_elem(&asked_in_rings, &key);
    send(s, describe_file(s, AS(struct file, (void *)returned)), 0, state);
    return 0;
}

/* The file that is to be executed, not yet its interpreter. */
static __always_inline void tell_executed(struct scratch *s, struct task_struct *task,
                                          struct probe_thread *state, struct pt_regs *regs,
                                          const char *name, struct file *file)
{
    struct probe_record *r = &s->header;
    uint32_t tail;

    fill(r, PROBE_EXECUTES, task, state);
    s->registers = (uint64_t)regs;
    read_call(s->which);
    tail = copy_name(s, name);
    tail = add_base(s, task, tail);
    send(s, describe_file(s, AS(struct file, file)), tail & (2 * PROBE_PATH_SIZE - 1), state);
}

static __always_inline int opened(struct filename *filename, uint64_t returned)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_thread *state = bpf_task_storage_get(&threads, task, NULL, 0);
    struct outcome outcome = {.name = GET(PLAIN(filename), name)};
    struct pt_regs *regs;
    struct scratch *s;
    bool executes;

    if (state == NULL || shared.stopped || state->verdict == PROBE_UNWANTED)
        return 0;
    if (state->start == 0)
        return opened_for_ring(task, state, filename, returned);
    executes = state->call == EXECVE || state->call == EXECVEAT;
    if (state->answered || (executes && state->exec_opened) || state->windows == PROBE_IS_WINDOWS)
        return 0;
    s = get_scratch_of(OF_OPENED);
    regs = AS(struct pt_regs, (void *)bpf_task_pt_regs(task));
    if (s == NULL)
        return 0;
    s->kind = state->call;
    s->compat = is_compat(task);
    judge(task, state);
    if (state->verdict == PROBE_UNWANTED)
        return 0;
    introduce(s, state);
    if (state->windows == PROBE_IS_WINDOWS)
        return 0;
    if (executes && !is_error(returned)) {
        state->exec_opened = 1;
        tell_executed(s, task, state, regs, outcome.name, (void *)returned);
        return 0;
    }
    if (is_error(returned))
        outcome.result = returned;
    else
        outcome.file = (void *)returned;
    state->answered = 1;
    tell_call(s, task, state, regs, state->start, &outcome);
    return 0;
}

/*
 * What is opened may be opened by a driver that opens a file of its own, within the same call. That
 * name is the kernel's and not the program's. Since Linux 7.0 it does not say so, and the calls of
 * the function are counted.
 */
SEC("fexit/do_filp_open")
int BPF_PROG(file_opened, int directory, struct filename *filename)
{
    uint64_t returned;

    if (bpf_get_func_ret(ctx, &returned) != 0)
        return 0;
    if (!bpf_core_field_exists(filename->uptr) || GET(PLAIN(filename), uptr) == NULL)
        return 0;
    return opened(filename, returned);
}

/* Its name since Linux 7.0. */
SEC("fentry/do_file_open")
int BPF_PROG(file_opening_7)
{
    struct probe_thread *state =
        bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL, 0);

    if (state != NULL)
        state->opening++;
    return 0;
}

SEC("fexit/do_file_open")
int BPF_PROG(file_opened_7, int directory, struct filename *filename)
{
    struct probe_thread *state =
        bpf_task_storage_get(&threads, bpf_get_current_task_btf(), NULL, 0);
    uint64_t returned;

    if (state == NULL || (state->opening > 0 && --state->opening > 0) ||
        bpf_get_func_ret(ctx, &returned) != 0)
        return 0;
    return opened(filename, returned);
}

#endif
