#include "calls.h"

#include <string.h>

/* A buffer of more than this is given back when it is empty. */
#define KEEP ((size_t)1 << 20)

/* A loss is one without a time of its own in `call`. */
struct entry {
    size_t size; /* with the strings */
    bool is_loss;
    union {
        struct call call;
        struct loss loss;
    } of;
    size_t requested, requested_path; /* how long the strings are, with their NULs; 0: none */
};

/* Entries begin at multiples of this. */
#define ALIGNMENT _Alignof(struct entry)

void calls_init(struct calls *calls)
{
    *calls = (struct calls){0};
    pthread_mutex_init(&calls->lock, NULL);
}

void calls_free(struct calls *calls)
{
    buffer_free(&calls->added);
    buffer_free(&calls->bytes);
    pthread_mutex_destroy(&calls->lock);
}

/* ---- Adding -------------------------------------------------------------------------------- */

static void add(struct calls *calls, struct entry *e, const char *requested,
                const char *requested_path)
{
    size_t size = sizeof(*e) + e->requested + e->requested_path;
    char *at;

    e->size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    pthread_mutex_lock(&calls->lock);
    at = buffer_reserve(&calls->added, e->size);
    memcpy(at, e, sizeof(*e));
    if (e->requested > 0)
        memcpy(at + sizeof(*e), requested, e->requested);
    if (e->requested_path > 0)
        memcpy(at + sizeof(*e) + e->requested, requested_path, e->requested_path);
    calls->added.length += e->size;
    calls->added_count++;
    atomic_fetch_add_explicit(&calls->waiting_bytes, e->size, memory_order_relaxed);
    pthread_mutex_unlock(&calls->lock);
}

void calls_add(struct calls *calls, const struct call *call)
{
    struct entry e = {.of.call = *call};

    if (call->requested != NULL)
        e.requested = strlen(call->requested) + 1;
    if (call->requested_path != NULL)
        e.requested_path = strlen(call->requested_path) + 1;
    add(calls, &e, call->requested, call->requested_path);
}

void calls_add_loss(struct calls *calls, const struct loss *loss)
{
    struct entry e = {.is_loss = true, .of.loss = *loss};

    add(calls, &e, NULL, NULL);
}

size_t calls_bytes(const struct calls *calls)
{
    return atomic_load_explicit(&calls->waiting_bytes, memory_order_relaxed);
}

uint64_t calls_mark(struct calls *calls)
{
    uint64_t mark;

    pthread_mutex_lock(&calls->lock);
    mark = calls->added_count;
    pthread_mutex_unlock(&calls->lock);
    return mark;
}

/* ---- Taking -------------------------------------------------------------------------------- */

static const struct entry *entry_at(const struct calls *calls, size_t at)
{
    return (const struct entry *)(calls->bytes.data + at);
}

/* Fetches what was added meanwhile. False: nothing was. */
static bool fetch(struct calls *calls)
{
    bool any;

    if (calls->first == calls->bytes.length) {
        calls->first = calls->bytes.length = 0;
        if (calls->bytes.room > KEEP)
            buffer_free(&calls->bytes);
    }
    pthread_mutex_lock(&calls->lock);
    any = calls->added.length > 0;
    if (calls->bytes.length == 0) {
        struct buffer empty = calls->bytes;

        calls->bytes = calls->added;
        calls->added = empty;
    } else {
        buffer_add(&calls->bytes, calls->added.data, calls->added.length);
        calls->added.length = 0;
    }
    pthread_mutex_unlock(&calls->lock);
    return any;
}

/* Passes over the oldest. */
static void pass(struct calls *calls, calls_loss_fn *tell, void *context)
{
    const struct entry *e = entry_at(calls, calls->first);

    if (e->is_loss)
        tell(context, &e->of.loss);
    atomic_fetch_sub_explicit(&calls->waiting_bytes, e->size, memory_order_relaxed);
    calls->first += e->size;
    calls->first_index++;
}

/* Is there one from `*at` on, and where? Else `*at` is the end. */
static bool find(const struct calls *calls, uint32_t process_id, uint32_t thread_id, uint64_t time,
                 size_t *at)
{
    while (*at < calls->bytes.length) {
        const struct entry *e = entry_at(calls, *at);

        if (!e->is_loss && e->of.call.time == time && e->of.call.thread_id == thread_id &&
            e->of.call.process_id == process_id)
            return true;
        *at += e->size;
    }
    return false;
}

const struct call *calls_take(struct calls *calls, uint32_t process_id, uint32_t thread_id,
                              uint64_t time, calls_loss_fn *tell, void *context)
{
    const struct entry *e;
    const char *strings;
    size_t at = calls->first, looked;

    if (!find(calls, process_id, thread_id, time, &at)) {
        looked = at - calls->first;
        if (!fetch(calls))
            return NULL;
        at = calls->first + looked;
        if (!find(calls, process_id, thread_id, time, &at))
            return NULL;
    }
    while (calls->first < at)
        pass(calls, tell, context);
    e = entry_at(calls, at);
    strings = (const char *)(e + 1);
    calls->taken = e->of.call;
    calls->taken.requested = e->requested > 0 ? strings : NULL;
    calls->taken.requested_path = e->requested_path > 0 ? strings + e->requested : NULL;
    pass(calls, tell, context);
    return &calls->taken;
}

void calls_pass(struct calls *calls, uint64_t mark, bool all, calls_loss_fn *tell, void *context)
{
    fetch(calls);
    while (calls->first_index < mark) {
        if (calls->first_index + 1 == mark && !all && !entry_at(calls, calls->first)->is_loss)
            break;
        pass(calls, tell, context);
    }
}
