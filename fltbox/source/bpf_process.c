#include "bpf_private.h"

#include <stdlib.h>

static struct bpf_process **slot_of(struct source *s, pid_t pid)
{
    struct bpf_process **slot = &s->buckets[(unsigned)pid % BPF_BUCKETS];

    while (*slot != NULL && (*slot)->pid != pid)
        slot = &(*slot)->next;
    return slot;
}

struct bpf_process *bpf_process_find(struct source *s, pid_t pid)
{
    return *slot_of(s, pid);
}

struct bpf_process *bpf_process_set(struct source *s, pid_t pid, uint64_t image,
                                    struct proc_image *program)
{
    struct bpf_process **slot = slot_of(s, pid), *p = *slot;

    if (p == NULL) {
        p = calloc(1, sizeof(*p));
        if (p == NULL) {
            s->count.memory++;
            proc_image_unref(program);
            return NULL;
        }
        p->pid = pid;
        *slot = p;
    }
    proc_image_unref(p->program);
    p->program = program;
    p->image = image;
    p->unwanted_before = p->unwanted;
    p->judged = p->unwanted = p->nameless = p->copied = false;
    p->prefix = NULL;
    return p;
}

void bpf_process_remove(struct source *s, pid_t pid)
{
    struct bpf_process **slot = slot_of(s, pid), *p = *slot;

    if (p == NULL)
        return;
    *slot = p->next;
    proc_image_unref(p->program);
    free(p);
}

void bpf_processes_free(struct source *s)
{
    for (unsigned i = 0; i < BPF_BUCKETS; i++) {
        while (s->buckets[i] != NULL)
            bpf_process_remove(s, s->buckets[i]->pid);
    }
}
