#include "calls.h"

#include <string.h>

/* How long its strings are, with their NULs; 0: there is none. */
struct entry {
    struct call call;
    size_t requested, requested_path;
};

/* Entries begin at multiples of this. */
#define ALIGNMENT _Alignof(struct entry)

static size_t size_of(const struct entry *e)
{
    size_t size = sizeof(*e) + e->requested + e->requested_path;

    return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

void calls_add(struct calls *calls, const struct call *call)
{
    struct entry e = {.call = *call};
    size_t size;
    char *at;

    if (call->requested != NULL)
        e.requested = strlen(call->requested) + 1;
    if (call->requested_path != NULL)
        e.requested_path = strlen(call->requested_path) + 1;
    size = size_of(&e);
    at = buffer_reserve(&calls->bytes, size);
    memcpy(at, &e, sizeof(e));
    if (e.requested > 0)
        memcpy(at + sizeof(e), call->requested, e.requested);
    if (e.requested_path > 0)
        memcpy(at + sizeof(e) + e.requested, call->requested_path, e.requested_path);
    calls->bytes.length += size;
}

/* Is there one, and where does it end? */
static bool find(const struct calls *calls, uint32_t process_id, uint32_t thread_id, uint64_t time,
                 size_t *at)
{
    for (size_t i = calls->first; i < calls->bytes.length;) {
        const struct entry *e = (const struct entry *)(calls->bytes.data + i);

        if (e->call.time == time && e->call.thread_id == thread_id &&
            e->call.process_id == process_id) {
            *at = i;
            return true;
        }
        i += size_of(e);
    }
    return false;
}

const struct call *calls_take(struct calls *calls, uint32_t process_id, uint32_t thread_id,
                              uint64_t time)
{
    const struct entry *e;
    const char *strings;
    size_t at;

    if (!find(calls, process_id, thread_id, time, &at))
        return NULL;
    e = (const struct entry *)(calls->bytes.data + at);
    strings = (const char *)(e + 1);
    calls->taken = e->call;
    if (e->requested > 0)
        calls->taken.requested = strings;
    if (e->requested_path > 0)
        calls->taken.requested_path = strings + e->requested;
    calls->first = at + size_of(e);
    return &calls->taken;
}

void calls_clear(struct calls *calls)
{
    calls->bytes.length = calls->first = 0;
}

void calls_free(struct calls *calls)
{
    buffer_free(&calls->bytes);
    calls->first = 0;
}
