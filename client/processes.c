#include "processes.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "names.h"

#define ENDED_KEPT 256

struct entry {
    struct process process;
    struct entry *next;
};

struct processes {
    struct entry **heads;
    size_t head_count; /* a power of 2 */
    size_t count;
    uint64_t ended[ENDED_KEPT]; /* a ring; 0: free */
    size_t next_ended;
};

static size_t slot(const struct processes *p, uint64_t key)
{
    return (key * 0x9E3779B97F4A7C15u >> 32) & (p->head_count - 1);
}

struct processes *processes_new(void)
{
    struct processes *p = allocate(sizeof(*p));

    p->head_count = 64;
    p->heads = allocate(p->head_count * sizeof(*p->heads));
    return p;
}

static void free_entry(struct entry *e)
{
    name_free(&e->process.image);
    free(e->process.command_line);
    free(e);
}

void processes_free(struct processes *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->head_count; i++) {
        for (struct entry *e = p->heads[i], *next; e != NULL; e = next) {
            next = e->next;
            free_entry(e);
        }
    }
    free(p->heads);
    free(p);
}

struct process *processes_find(struct processes *p, uint64_t key)
{
    for (struct entry *e = p->heads[slot(p, key)]; e != NULL; e = e->next) {
        if (e->process.key == key)
            return &e->process;
    }
    return NULL;
}

static void take_out(struct processes *p, uint64_t key)
{
    for (struct entry **at = &p->heads[slot(p, key)]; *at != NULL; at = &(*at)->next) {
        struct entry *e = *at;

        if (e->process.key != key)
            continue;
        *at = e->next;
        p->count--;
        free_entry(e);
        return;
    }
}

static void grow(struct processes *p)
{
    struct entry **old = p->heads;
    size_t old_count = p->head_count;

    p->head_count *= 2;
    p->heads = allocate(p->head_count * sizeof(*p->heads));
    for (size_t i = 0; i < old_count; i++) {
        for (struct entry *e = old[i], *next; e != NULL; e = next) {
            struct entry **head = &p->heads[slot(p, e->process.key)];

            next = e->next;
            e->next = *head;
            *head = e;
        }
    }
    free(old);
}

struct process *processes_add(struct processes *p, uint64_t key)
{
    struct entry *e = allocate(sizeof(*e)), **head;

    take_out(p, key);
    for (size_t i = 0; i < ENDED_KEPT; i++) {
        if (p->ended[i] == key)
            p->ended[i] = 0;
    }
    if (p->count >= p->head_count)
        grow(p);
    head = &p->heads[slot(p, key)];
    e->process.key = key;
    e->process.short_name = "?";
    e->next = *head;
    *head = e;
    p->count++;
    return &e->process;
}

void processes_end(struct processes *p, uint64_t key)
{
    uint64_t *at = &p->ended[p->next_ended];

    if (key == 0)
        return;
    for (size_t i = 0; i < ENDED_KEPT; i++) {
        if (p->ended[i] == key)
            return;
    }
    if (*at != 0)
        take_out(p, *at);
    *at = key;
    p->next_ended = (p->next_ended + 1) % ENDED_KEPT;
}
