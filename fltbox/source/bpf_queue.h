/*
 * Records between the thread that takes them out of the kernel's ring and the one that makes
 * activities of them: stretches of bytes, first in, first out, in chunks of memory that are
 * allocated as they are needed and given back when they are empty.
 *
 * One thread puts (bpf_queue_room, bpf_queue_put), one gets (bpf_queue_next, bpf_queue_done); the
 * others may be called from any. Each stretch comes with a number of calls, of which the queue
 * keeps the sum: how many are in it.
 */
#ifndef FLTBOX_BPF_QUEUE_H
#define FLTBOX_BPF_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A chunk's room; no stretch is longer. */
#define BPF_QUEUE_CHUNK ((size_t)2 << 20)

struct bpf_queue_chunk;

struct bpf_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;  /* something was put, or the other end is to look up */
    pthread_cond_t emptied; /* a chunk was given back, or likewise */
    struct bpf_queue_chunk *first, *last, *spare;
    size_t chunks, spares; /* in use; kept for the next time */
    size_t most;           /* chunks in use, at most */
    bool getter_woken, putter_woken, ended;
    _Atomic uint64_t bytes, calls; /* waiting */
    _Atomic uint64_t peak;         /* the most bytes that waited */
};

/* `most` bytes at most wait in it, two chunks at least. */
void bpf_queue_init(struct bpf_queue *, size_t most);
void bpf_queue_free(struct bpf_queue *);

/*
 * Where the next stretch of at least `size` bytes goes, and how many there is room for. NULL: the
 * queue is full, or there is no memory.
 */
char *bpf_queue_room(struct bpf_queue *, size_t size, size_t *room);

/* `used` of these bytes have been written, `calls` of them calls. */
void bpf_queue_put(struct bpf_queue *, size_t used, uint64_t calls);

/* Waits until there may be room again, milliseconds at most, or until bpf_queue_wake. */
void bpf_queue_wait_for_room(struct bpf_queue *, int milliseconds);

/* The oldest stretch: it stays until bpf_queue_done. False: nothing waits. */
bool bpf_queue_next(struct bpf_queue *, const char **data, size_t *size);

/* The first `used` bytes of it are done with. Whoever gets takes its calls from `calls` itself. */
void bpf_queue_done(struct bpf_queue *, size_t used);

/* Waits until something waits there, milliseconds at most, or until bpf_queue_wake or
   bpf_queue_end. */
void bpf_queue_wait(struct bpf_queue *, int milliseconds);

/* At both ends, ends the wait that is under way, or else the next one. */
void bpf_queue_wake(struct bpf_queue *);

/* Nothing more will be put. */
void bpf_queue_end(struct bpf_queue *);
bool bpf_queue_has_ended(struct bpf_queue *);

#endif
