/* io_uring. */
#ifndef FLTBOX_PROBE_URING_H
#define FLTBOX_PROBE_URING_H

#include "opened.h"

/*
 * An open that is asked for in a ring is no call: it may be done later and by another thread. What
 * was asked is told when it is submitted, the outcome when it is complete; the request's address
 * says which belong together.
 */
#define IORING_OP_OPENAT  18
#define IORING_OP_CLOSE   19
#define IORING_OP_OPENAT2 28

static __always_inline bool is_open_request(struct io_kiocb *request)
{
    uint8_t operation = GET(request, opcode);

    return operation == IORING_OP_OPENAT || operation == IORING_OP_OPENAT2;
}

static __always_inline int submitted(struct io_kiocb *request)
{
    ALONE();
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_thread *state;
    struct probe_record *r;
    struct filename *filename;
    struct io_open *open;
    struct scratch *s;
    const char *name;
    uint32_t size;
    uint64_t key, value = (uint64_t)request;

    if (!bpf_core_type_exists(struct io_open) || !is_open_request(request))
        return 0;
    state = wanted_state_of(task);
    s = get_scratch();
    if (state == NULL || s == NULL)
        return 0;
    introduce(s, state);
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
    if (bpf_core_field_exists(struct io_open___delayed, filename.__incomplete_filename))
        filename = GET(AS(struct io_open___delayed, open), filename.__incomplete_filename);
    else
        filename = GET(open, filename);
    if (shared.exact) {
        key = (uint64_t)filename;
        bpf_map_update_elem(&asked_in_rings, &key, &value, BPF_ANY);
    }
    name = GET(filename, name);
    size = copy_name(s, name);
    send(s, write_base(s, task), size & (2 * PROBE_PATH_SIZE - 1), state);
    return 0;
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(request_submitted, struct io_kiocb *request)
{
    return submitted(request);
}

/* What Linux 5.19 to 6.1 calls it. */
SEC("tp_btf/io_uring_submit_sqe")
int BPF_PROG(request_submitted_sqe, struct io_kiocb *request)
{
    return submitted(request);
}

/* The result is the third argument on some kernels, the fourth on others, and always here. */
SEC("tp_btf/io_uring_complete")
int BPF_PROG(request_complete, void *ring_context, void *request)
{
    ALONE();
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
    state = wanted_state_of(task);
    s = get_scratch();
    if (state == NULL || s == NULL)
        return 0;
    result = GET(AS(struct io_kiocb, request), cqe.res);
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

#endif
