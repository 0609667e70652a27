/*
 * A thread that empties the kernel's ring into memory and does nothing else, so that however dear
 * it is to look at a record, the ring has room for the next ones. What can be lost is lost in the
 * ring, where the kernel side counts it: when the queue in memory is full, nothing is taken.
 */
#ifndef FLTBOX_BPF_TAKER_H
#define FLTBOX_BPF_TAKER_H

#include "bpf/record.h"
#include "bpf_queue.h"

/* Begins each record, in the ring and in the queue, and is followed by so many bytes; the next
   record begins at the next multiple of 8. */
struct bpf_ring_header {
    uint32_t length; /* its two upper bits: see bpf_ring_length */
    uint32_t unused;
};

static inline uint32_t bpf_ring_length(const struct bpf_ring_header *h)
{
    return h->length & ~(3u << 30);
}

/* There is nothing in it: the kernel side has thought better of it. */
static inline bool bpf_ring_discarded(const struct bpf_ring_header *h)
{
    return h->length >> 30 & 1;
}

static inline size_t bpf_ring_span(const struct bpf_ring_header *h)
{
    return sizeof(*h) + ((bpf_ring_length(h) + 7) & ~(size_t)7);
}

struct bpf_taker;

/*
 * Maps the ring of `size` bytes whose map has that descriptor. `asleep` is what the kernel side
 * looks at: is the reader to be woken? NULL with errno set.
 */
struct bpf_taker *bpf_taker_open(int map, size_t size, uint32_t *asleep);

/* Throws away what is in the ring. Before bpf_taker_start. */
void bpf_taker_skip(struct bpf_taker *);

/* Starts the thread, which calls `tick` whenever it has looked at the ring: some ten times a second
   at least. 0 or a negative errno. */
int bpf_taker_start(struct bpf_taker *, void (*tick)(void *context), void *context);

/* Where the records are, headers and all. */
struct bpf_queue *bpf_taker_queue(struct bpf_taker *);

/*
 * Nothing more comes into the ring: takes what is in it, without a pause, and ends the queue. What
 * the queue has no room for is counted as untaken.
 */
void bpf_taker_finish(struct bpf_taker *);

/* Records in the ring that were calls, and for which there was no room in the end. */
uint64_t bpf_taker_untaken(struct bpf_taker *);

/* Ends the thread. NULL is fine. */
void bpf_taker_close(struct bpf_taker *);

/* For tests: so many bytes at most wait in memory; 0: a share of what there is (memory.h). */
extern size_t bpf_taker_most;

/* Is a record of that kind one that becomes an event? */
static inline bool bpf_is_call(uint32_t kind)
{
    return kind == PROBE_OPEN || kind == PROBE_EXEC || kind == PROBE_COMPLETED ||
           kind == PROBE_REQUEST;
}

/* The same of a record, of `size` bytes behind its header. */
bool bpf_record_is_call(const char *record, size_t size);

#endif
