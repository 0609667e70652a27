/*
 * What is known of calls that the driver is still to report (struct call), and losses of what it
 * will never hear of, in the order in which it was told of them, which is the order in which it
 * reports those that are wanted.
 *
 * One thread feeds the driver and adds, one reads what the driver says and takes; calls_bytes may
 * be asked by any. Nothing bounds it but who adds: by looking at calls_bytes.
 */
#ifndef CLIENT_CALLS_H
#define CLIENT_CALLS_H

#include <pthread.h>
#include <stdatomic.h>

#include "buffer.h"
#include "event.h"

struct calls {
    pthread_mutex_t lock;
    struct buffer added;          /* entries, one behind the other */
    uint64_t added_count;         /* ever */
    _Atomic size_t waiting_bytes; /* of all entries that have not been taken */

    /* Of who takes. */
    struct buffer bytes;  /* entries, older than those in `added` */
    size_t first;         /* where the oldest begins */
    uint64_t first_index; /* how many have been taken or passed over */
    struct call taken;
};

/* A loss whose turn it is. */
typedef void calls_loss_fn(void *context, const struct loss *);

void calls_init(struct calls *);
void calls_free(struct calls *);

/* Each keeps a copy, a call's with its strings. A call is added before the driver is fed it. */
void calls_add(struct calls *, const struct call *);
void calls_add_loss(struct calls *, const struct loss *);

size_t calls_bytes(const struct calls *);

/* How many have been added ever. */
uint64_t calls_mark(struct calls *);

/* The one of that process, thread and time, with those before it taken out: calls of which the
   driver said nothing, and losses, which are told. It lives until the next call of any of these
   functions. NULL: there is none. */
const struct call *calls_take(struct calls *, uint32_t process_id, uint32_t thread_id,
                              uint64_t time, calls_loss_fn *, void *context);

/*
 * The driver had nothing more to say after there were `mark` entries: calls among them were of no
 * interest, and it is the turn of the losses. Of the newest the driver may just be hearing: if that
 * is a call it stays, where not `all`.
 */
void calls_pass(struct calls *, uint64_t mark, bool all, calls_loss_fn *, void *context);

#endif
