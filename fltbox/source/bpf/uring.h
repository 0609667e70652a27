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
#define ANY_SLOT          0xffffffff /* IORING_FILE_INDEX_ALLOC */

static __always_inline bool is_open_request(struct io_kiocb *request)
{
    uint8_t operation = GET(request, opcode);

    return operation == IORING_OP_OPENAT || operation == IORING_OP_OPENAT2;
}

/* A descriptor that is closed by way of a ring may be any. */
static __always_inline void note_closing(struct task_struct *task, struct io_kiocb *request,
                                         int32_t more)
{
    uint64_t table;
    uint8_t operation = GET(request, opcode);

    if (operation != IORING_OP_CLOSE)
        return;
    table = shared_table(task);
    if (table != 0 && bpf_task_storage_get(&threads, task, NULL, 0) != NULL)
        doubt(table, ALL_DESCRIPTORS, more);
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
    uint64_t key, value;

    if (!bpf_core_type_exists(struct io_open))
        return 0;
    if (!is_open_request(request)) {
        note_closing(task, request, 1);
        return 0;
    }
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
    key = shared.exact ? (uint64_t)filename : (uint64_t)request;
    value = shared.exact ? (uint64_t)request : r->start;
    bpf_map_update_elem(&asked_in_rings, &key, &value, BPF_ANY);
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

/* What lies in the ring's own table of files since Linux 6.13. */
static __always_inline struct file *file_in_ring(struct io_ring_ctx *ring, uint32_t slot)
{
    struct io_rsrc_node *node = NULL;
    uint64_t file;

    if (!bpf_core_field_exists(ring->file_table.data.nodes) ||
        slot >= GET(ring, file_table.data.nr))
        return NULL;
    bpf_probe_read_kernel(&node, sizeof(node), GET(ring, file_table.data.nodes) + slot);
    if (node == NULL)
        return NULL;
    file = GET(AS(struct io_rsrc_node, node), file_ptr);
    return (struct file *)(file & ~7ull); /* the rest are flags */
}

/* The file that an open has made, as far as it can be found by where it is now. */
static __always_inline struct file *completed_file(struct task_struct *task, void *ring,
                                                   struct io_kiocb *request, int32_t result,
                                                   bool *doubted)
{
    struct io_open *open =
        AS(struct io_open, (void *)request + bpf_core_field_offset(struct io_kiocb, cmd));
    uint32_t slot = GET(open, file_slot);
    uint64_t key = (uint64_t)request, *start;
    struct file *file;

    /* The program goes on meanwhile: with what does the request for it, it shares its files. */
    *doubted = shares_files(task);
    if (slot == ANY_SLOT)
        return file_in_ring(AS(struct io_ring_ctx, ring), result);
    if (slot != 0)
        return file_in_ring(AS(struct io_ring_ctx, ring), slot - 1);
    file = file_of_descriptor(task, result);
    start = bpf_map_lookup_elem(&asked_in_rings, &key);
    if (file != NULL && !shared.exact && start != NULL) {
        *doubted = !is_returned(task, *doubted, file, result, *start);
        bpf_map_delete_elem(&asked_in_rings, &key);
    }
    return file;
}

/* The result is the third argument on some kernels, the fourth on others, and always here. */
SEC("tp_btf/io_uring_complete")
int BPF_PROG(request_complete, void *ring_context, void *finished)
{
    ALONE();
    struct task_struct *task = bpf_get_current_task_btf();
    struct io_kiocb *request;
    struct probe_thread *state;
    struct probe_record *r;
    struct scratch *s;
    struct file *file;
    uint32_t at = PATH_SPACE;
    int32_t result;
    bool doubted;

    if (finished == NULL || !bpf_core_type_exists(struct io_open))
        return 0;
    request = AS(struct io_kiocb, finished);
    if (!is_open_request(request)) {
        note_closing(task, request, -1);
        return 0;
    }
    state = wanted_state_of(task);
    s = get_scratch();
    if (state == NULL || s == NULL)
        return 0;
    result = GET(request, cqe.res);
    r = &s->header;
    fill(r, PROBE_COMPLETED, task, state);
    r->request = (uint64_t)request;
    r->result = result;
    if (result >= 0) {
        file = completed_file(task, ring_context, request, result, &doubted);
        if (doubted)
            r->marks |= PROBE_DOUBTED;
        if (file != NULL)
            at = describe_file(s, AS(struct file, file));
    }
    send(s, at, 0, state);
    return 0;
}

#endif
