/* Opens through io_uring: what was asked for, put together with what came of it. */
#include "bpf_private.h"

#include <stdlib.h>
#include <string.h>

static void free_request(struct bpf_record *request)
{
    if (request != NULL)
        free(request->opened);
    free(request);
}

static struct bpf_record **bucket_of(struct source *s, uint64_t address)
{
    return &s->requests[(address >> 6) * 0x9e3779b97f4a7c15ull >> 54];
}

_Static_assert(BPF_BUCKETS == 1 << (64 - 54), "a place for each hash");

static void take_out(struct source *s, struct bpf_record **link)
{
    struct bpf_record *request = *link;

    *link = request->next;
    s->request_count--;
    s->request_bytes -= request->size;
    if (request->opened != NULL)
        s->request_bytes -= request->opened->size;
}

/* The request that has this address: taken out. NULL: there is none. */
static struct bpf_record *take_request(struct source *s, uint64_t address)
{
    for (struct bpf_record **link = bucket_of(s, address); *link != NULL; link = &(*link)->next) {
        struct bpf_record *request = *link;

        if (bpf_record_header(request)->request == address) {
            take_out(s, link);
            return request;
        }
    }
    return NULL;
}

void bpf_submitted(struct source *s, const struct bpf_taken *t, const char *data, size_t size)
{
    struct bpf_record *request = take_request(s, t->r->request), **link;

    if (request != NULL) {
        /* Its completion was lost, or the program wanted to hear only of failures. */
        bpf_lose(s, bpf_record_header(request), 1);
        free_request(request);
    }
    request = s->request_count < BPF_WAITING_MAX && s->request_bytes + size <= BPF_WAITING_SIZE
                  ? bpf_record_copy(data, size)
                  : NULL;
    if (request == NULL) {
        bpf_lose(s, t->r, 1);
        return;
    }
    link = bucket_of(s, t->r->request);
    request->next = *link;
    *link = request;
    s->request_count++;
    s->request_bytes += size;
    bpf_waits(s, t->r->pid);
}

/* The file that a request has opened, whoever can reach it by the time when it is complete. */
void bpf_opened(struct source *s, const struct bpf_taken *t, const char *data, size_t size)
{
    for (struct bpf_record *request = *bucket_of(s, t->r->request); request != NULL;
         request = request->next) {
        if (bpf_record_header(request)->request != t->r->request)
            continue;
        if (request->opened != NULL)
            s->request_bytes -= request->opened->size;
        free(request->opened);
        request->opened = bpf_record_copy(data, size);
        if (request->opened != NULL)
            s->request_bytes += size;
        return;
    }
}

/* Says of the file what was asked for. */
static void join(struct bpf_record *file, struct probe_record *question, const char *name,
                 const char *base, struct bpf_taken *whole)
{
    struct probe_record *answer = bpf_record_header(file);

    answer->kind = PROBE_OPEN;
    answer->start = question->start;
    answer->end = question->end;
    answer->result = question->result;
    answer->tid = question->tid;
    answer->flags = question->flags;
    answer->mode = question->mode;
    answer->resolve = question->resolve;
    answer->directory = question->directory;
    if (!bpf_take_apart(file->data, file->size, whole))
        return;
    whole->name = name;
    whole->base = question->root_size > 0 || question->marks & PROBE_NO_BASE ? "" : base;
}

/* An outcome: with what was asked for it makes an open. */
void bpf_completed(struct source *s, const struct bpf_taken *t, const char *data, size_t size)
{
    struct bpf_record *asked = take_request(s, t->r->request), *file = NULL;
    struct probe_record *question;
    struct bpf_taken whole, of_question;

    if (asked == NULL)
        return; /* submitted before we watched, or counted as lost */
    question = bpf_record_header(asked);
    question->end = t->r->end;
    question->result = t->r->result;
    question->kind = PROBE_OPEN;
    bpf_take_apart(asked->data, asked->size, &of_question);
    of_question.base = of_question.path;
    whole = of_question;
    if (t->r->result >= 0) {
        if (asked->opened != NULL) {
            file = asked->opened;
            asked->opened = NULL;
        } else if (t->r->path_size > 0) {
            file = bpf_record_copy(data, size);
        }
        if (file != NULL)
            question->marks |= bpf_record_header(file)->marks & PROBE_DOUBTED;
        if (file != NULL && !(bpf_record_header(file)->marks & (PROBE_PATHLESS | PROBE_PATH_CUT)))
            join(file, question, of_question.name, of_question.path, &whole);
        else if (file != NULL)
            question->marks |= PROBE_PATHLESS;
        else
            question->marks |= PROBE_VANISHED;
    }
    bpf_deliver_call(s, &whole);
    free_request(asked);
    free(file);
}

void bpf_forget_requests(struct source *s, pid_t pid)
{
    const struct bpf_process *p = pid != 0 ? bpf_process_find(s, pid) : NULL;

    if (p != NULL && !p->waits)
        return;
    for (unsigned i = 0; s->request_count > 0 && i < BPF_BUCKETS; i++) {
        struct bpf_record **link = &s->requests[i];

        while (*link != NULL) {
            struct bpf_record *request = *link;

            if (pid != 0 && (pid_t)bpf_record_header(request)->pid != pid) {
                link = &request->next;
                continue;
            }
            take_out(s, link);
            s->count.never_returned++;
            free_request(request);
        }
    }
}
