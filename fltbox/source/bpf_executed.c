/*
 * Files that execs have opened: told when that happens, for what they are executed as, or that they
 * are not, comes later. Only of a file that is interpreted, and of an exec that fails, more is not
 * known from elsewhere.
 */
#include "bpf_private.h"

#include <stdlib.h>
#include <string.h>

struct bpf_record *bpf_record_copy(const char *data, size_t size)
{
    struct bpf_record *copy = calloc(1, sizeof(*copy) + size);

    if (copy == NULL)
        return NULL;
    copy->size = size;
    memcpy(copy->data, data, size);
    return copy;
}

struct probe_record *bpf_record_header(struct bpf_record *record)
{
    uint64_t to_header;

    memcpy(&to_header, record->data, sizeof(to_header));
    return (struct probe_record *)(record->data + to_header);
}

/* A process that has succeeded may have the first thread's id now, whoever it was that asked. */
struct bpf_record *bpf_take_executed(struct source *s, const struct probe_record *r)
{
    struct bpf_record **found = NULL, *executed;

    for (struct bpf_record **link = &s->executed; *link != NULL; link = &(*link)->next) {
        const struct probe_record *e = bpf_record_header(*link);

        if (e->pid != r->pid || (e->tid != r->tid && (r->result < 0 || found != NULL)))
            continue;
        found = link;
        if (e->tid == r->tid)
            break;
    }
    if (found == NULL)
        return NULL;
    executed = *found;
    *found = executed->next;
    return executed;
}

void bpf_forget_executed(struct source *s, pid_t pid, pid_t tid)
{
    struct bpf_record **link = &s->executed;

    while (*link != NULL) {
        struct bpf_record *executed = *link;
        const struct probe_record *e = bpf_record_header(executed);

        if ((pid != 0 && (pid_t)e->pid != pid) || (tid != 0 && (pid_t)e->tid != tid)) {
            link = &executed->next;
            continue;
        }
        *link = executed->next;
        free(executed);
    }
}

void bpf_executes(struct source *s, const struct bpf_taken *t, const char *data, size_t size)
{
    struct bpf_record *executed;

    /* Of one before, the outcome was lost. */
    bpf_forget_executed(s, t->r->pid, t->r->tid);
    executed = bpf_record_copy(data, size);
    if (executed == NULL)
        return; /* then it is looked up */
    executed->next = s->executed;
    s->executed = executed;
}
