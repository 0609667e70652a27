/*
 * What is known of calls that the driver is still to report (struct call), in the order in which
 * it was told of them, which is the order in which it reports those that are wanted. Used from one
 * thread.
 */
#ifndef CLIENT_CALLS_H
#define CLIENT_CALLS_H

#include "buffer.h"
#include "event.h"

struct calls {
    struct buffer bytes; /* entries, one behind the other */
    size_t first;        /* where the oldest begins */
    struct call taken;
};

/* Keeps a copy, with its strings. */
void calls_add(struct calls *, const struct call *);

/* The one of that process, thread and time, with those before it taken out, of which the driver
   said nothing. It lives until the next call of any of these functions. NULL: there is none. */
const struct call *calls_take(struct calls *, uint32_t process_id, uint32_t thread_id,
                              uint64_t time);

/* All that there are were of no interest. */
void calls_clear(struct calls *);
void calls_free(struct calls *);

#endif
