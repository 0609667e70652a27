/* Opens through io_uring: what was asked for, put together with what came of it. */
#include "bpf_private.h"

#include <stdlib.h>
#include <string.h>

/* A copy that can be changed, taken apart. To be freed; NULL: no memory. */
static struct bpf_request *copy_record(const char *data, size_t size)
{
    struct bpf_request *copy = malloc(sizeof(*copy) + size);

    if (copy == NULL)
        return NULL;
    copy->next = NULL;
    copy->size = size;
    memcpy(copy->data, data, size);
    return copy;
}

static struct probe_record *header_of(struct bpf_request *request)
{
    uint64_t to_header;

    memcpy(&to_header, request->data, sizeof(to_header));
    return (struct probe_record *)(request->data + to_header);
}

/* The request that has this address: taken out. NULL: there is none. */
static struct bpf_request *take_request(struct source *s, uint64_t address)
{
    for (struct bpf_request **link = &s->requests; *link != NULL; link = &(*link)->next) {
        struct bpf_request *request = *link;

        if (header_of(request)->request == address) {
            *link = request->next;
            return request;
        }
    }
    return NULL;
}

void bpf_submitted(struct source *s, const struct bpf_taken *t, const char *data, size_t size)
{
    struct bpf_request *request = take_request(s, t->r->request);

    if (request != NULL) {
        /* Its completion was lost, or the program wanted to hear only of failures. */
        bpf_lose(s, header_of(request), 1);
        free(request);
    }
    request = copy_record(data, size);
    if (request == NULL) {
        bpf_lose(s, t->r, 1);
        return;
    }
    request->next = s->requests;
    s->requests = request;
}

/* An outcome: with what was asked for it makes an open. */
void bpf_completed(struct source *s, const struct bpf_taken *t, const char *data, size_t size)
{
    struct bpf_request *asked = take_request(s, t->r->request), *done;
    struct probe_record *question, *answer;
    struct bpf_taken whole;

    if (asked == NULL)
        return; /* submitted before we watched, or counted as lost */
    question = header_of(asked);
    done = copy_record(data, size);
    if (done == NULL) {
        bpf_lose(s, question, 1);
        free(asked);
        return;
    }
    answer = header_of(done);
    question->end = answer->end;
    question->result = answer->result;
    question->kind = PROBE_OPEN;
    if (answer->result >= 0 && answer->path_size > 0 && !(question->marks & PROBE_NO_DESCRIPTOR) &&
        !(answer->marks & (PROBE_PATHLESS | PROBE_PATH_CUT))) {
        answer->kind = PROBE_OPEN;
        answer->start = question->start;
        answer->tid = question->tid;
        answer->flags = question->flags;
        answer->mode = question->mode;
        answer->resolve = question->resolve;
        bpf_take_apart(done->data, done->size, &whole);
    } else {
        if (answer->result >= 0)
            question->marks |= PROBE_VANISHED;
        bpf_take_apart(asked->data, asked->size, &whole);
    }
    bpf_deliver_call(s, &whole);
    free(asked);
    free(done);
}

void bpf_forget_requests(struct source *s, pid_t pid)
{
    struct bpf_request **link = &s->requests;

    while (*link != NULL) {
        struct bpf_request *request = *link;

        if (pid != 0 && (pid_t)header_of(request)->pid != pid) {
            link = &request->next;
            continue;
        }
        *link = request->next;
        s->count.never_returned++;
        free(request);
    }
}
