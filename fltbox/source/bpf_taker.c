#include "bpf_taker.h"
#include "memory.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * Between batches we nap, so that what comes meanwhile wakes nobody. Only when a nap brought
 * nothing does the kernel side have to wake us: at the first record, so that nobody waits for it.
 */
#define NAP          3   /* ms */
#define FIRST_WAIT   5   /* ms */
#define LONGEST_WAIT 100 /* ms */

/* The ring gets its room back after so many bytes. */
#define PIECE        ((size_t)256 << 10)

/* It does little, and must do it soon: ahead of the programs that are traced, where we may. */
#define NICE         (-10)

#define RING_BUSY    (1u << 31) /* in a header's length: the record is being written */

struct bpf_taker {
    struct bpf_queue queue;
    int map, wake;
    size_t size; /* of the ring, a power of two */
    unsigned long *consumer;
    const unsigned long *producer;
    const char *data;
    uint32_t *asleep;
    pthread_t thread;
    void (*tick)(void *context);
    void *context;
    bool started;
    bool napped;  /* the last wait was a nap */
    int sleep_ms; /* how long the next wait is */
    _Atomic bool finishing, closing;
    _Atomic uint64_t untaken;
};

size_t bpf_taker_most;

bool bpf_record_is_call(const char *record, size_t size)
{
    uint64_t to_header;
    uint32_t kind;

    if (size < sizeof(to_header))
        return false;
    memcpy(&to_header, record, sizeof(to_header));
    if (to_header % 8 != 0 || to_header > size || size - to_header < sizeof(struct probe_record))
        return false;
    memcpy(&kind, record + to_header, sizeof(kind));
    return bpf_is_call(kind);
}

/* ---- The ring ------------------------------------------------------------------------------ */

/* A record's kind, wherever it is; the ring's data is mapped once, so it may go round the end. */
static bool is_call_at(const struct bpf_taker *t, unsigned long position, uint32_t length)
{
    uint64_t to_header;
    uint32_t kind;

    if (length < sizeof(to_header))
        return false;
    memcpy(&to_header, t->data + (position & (t->size - 1)), sizeof(to_header));
    if (to_header % 8 != 0 || to_header > length ||
        length - to_header < sizeof(struct probe_record))
        return false;
    memcpy(&kind, t->data + ((position + to_header) & (t->size - 1)), sizeof(kind));
    return bpf_is_call(kind);
}

/* How many bytes from `begin` on are whole records, `most` at most but one record at least, and how
   many of these are calls. */
static size_t measure(const struct bpf_taker *t, unsigned long begin, size_t most, uint64_t *calls)
{
    unsigned long end = __atomic_load_n(t->producer, __ATOMIC_ACQUIRE), at = begin;

    *calls = 0;
    while (at < end) {
        struct bpf_ring_header h;
        const uint32_t *length = (const uint32_t *)(t->data + (at & (t->size - 1)));

        h.length = __atomic_load_n(length, __ATOMIC_ACQUIRE);
        if (h.length & RING_BUSY || (at > begin && at - begin + bpf_ring_span(&h) > most))
            break;
        if (!bpf_ring_discarded(&h) && is_call_at(t, at + sizeof(h), bpf_ring_length(&h)))
            (*calls)++;
        at += bpf_ring_span(&h);
    }
    return at - begin;
}

static void copy(const struct bpf_taker *t, char *to, unsigned long from, size_t size)
{
    size_t offset = from & (t->size - 1), before_end = t->size - offset;

    if (before_end > size)
        before_end = size;
    memcpy(to, t->data + offset, before_end);
    memcpy(to + before_end, t->data, size - before_end);
}

enum taken { NOTHING, SOMETHING, FULL };

/* All that is in the ring, as far as there is room for it. */
static enum taken take(struct bpf_taker *t)
{
    enum taken result = NOTHING;
    unsigned long at = *t->consumer;
    uint64_t calls;
    size_t size;

    while ((size = measure(t, at, PIECE, &calls)) > 0) {
        size_t room;
        char *to = bpf_queue_room(&t->queue, size, &room);

        if (to == NULL)
            return FULL;
        copy(t, to, at, size);
        at += size;
        __atomic_store_n(t->consumer, at, __ATOMIC_RELEASE);
        bpf_queue_put(&t->queue, size, calls);
        result = SOMETHING;
    }
    return result;
}

static void count_untaken(struct bpf_taker *t)
{
    unsigned long at = *t->consumer;
    uint64_t calls;
    size_t size;

    while ((size = measure(t, at, PIECE, &calls)) > 0) {
        atomic_fetch_add(&t->untaken, calls);
        at += size;
        __atomic_store_n(t->consumer, at, __ATOMIC_RELEASE);
    }
}

/* ---- The thread ---------------------------------------------------------------------------- */

/*
 * A record that is written just as we fall asleep may wake nobody: so the first look comes soon.
 */
static void wait_for_record(struct bpf_taker *t)
{
    struct pollfd p[] = {{.fd = t->wake, .events = POLLIN}, {.fd = t->map, .events = POLLIN}};
    enum taken taken;
    int n;

    if (!t->napped) {
        t->napped = true;
        t->sleep_ms = FIRST_WAIT;
        poll(p, 1, NAP);
        return;
    }
    __atomic_store_n(t->asleep, 1, __ATOMIC_SEQ_CST);
    taken = take(t);
    if (taken == NOTHING) {
        n = poll(p, 2, t->sleep_ms);
        t->sleep_ms = LONGEST_WAIT;
        /* What woke us is being written still. */
        if (n > 0)
            t->napped = false;
    } else {
        t->napped = false;
    }
    __atomic_store_n(t->asleep, 0, __ATOMIC_SEQ_CST);
}

static void *run(void *argument)
{
    struct bpf_taker *t = argument;

    setpriority(PRIO_PROCESS, 0, NICE); /* that of this thread; others go on without */
    while (!atomic_load(&t->closing)) {
        bool finishing = atomic_load(&t->finishing);
        enum taken taken = take(t);

        if (finishing && taken == FULL)
            count_untaken(t);
        if (finishing)
            break;
        t->tick(t->context);
        if (taken == SOMETHING)
            t->napped = false;
        if (taken == FULL)
            bpf_queue_wait_for_room(&t->queue, LONGEST_WAIT);
        else
            wait_for_record(t);
    }
    bpf_queue_end(&t->queue);
    return NULL;
}

/* ---- Beginning and end --------------------------------------------------------------------- */

struct bpf_taker *bpf_taker_open(int map, size_t size, uint32_t *asleep)
{
    size_t page = sysconf(_SC_PAGESIZE);
    struct bpf_taker *t = calloc(1, sizeof(*t));
    char *positions;

    if (t == NULL)
        return NULL;
    bpf_queue_init(&t->queue, bpf_taker_most != 0 ? bpf_taker_most : memory_share());
    t->map = map;
    t->size = size;
    t->asleep = asleep;
    t->wake = eventfd(0, EFD_CLOEXEC);
    /* Pages: how far it was taken; how far it was written; the data, which comes twice: once is
       enough, since it is copied. */
    t->consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
    if (t->consumer == MAP_FAILED)
        t->consumer = NULL;
    positions = mmap(NULL, page + size, PROT_READ, MAP_SHARED, map, page);
    if (positions != MAP_FAILED) {
        t->producer = (const unsigned long *)positions;
        t->data = positions + page;
    }
    if (t->wake < 0 || t->consumer == NULL || t->producer == NULL) {
        int reason = errno;

        bpf_taker_close(t);
        errno = reason;
        return NULL;
    }
    return t;
}

void bpf_taker_skip(struct bpf_taker *t)
{
    uint64_t calls;
    unsigned long at = *t->consumer;

    at += measure(t, at, ~(size_t)0, &calls);
    __atomic_store_n(t->consumer, at, __ATOMIC_RELEASE);
}

int bpf_taker_start(struct bpf_taker *t, void (*tick)(void *context), void *context)
{
    sigset_t all, before;
    int result;

    t->tick = tick;
    t->context = context;
    /* Signals are for our caller's threads. */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    result = pthread_create(&t->thread, NULL, run, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    t->started = result == 0;
    return -result;
}

struct bpf_queue *bpf_taker_queue(struct bpf_taker *t)
{
    return &t->queue;
}

static void wake_up(struct bpf_taker *t)
{
    const uint64_t one = 1;

    if (write(t->wake, &one, sizeof(one)) < 0)
        return; /* it has been woken already */
    bpf_queue_wake(&t->queue);
}

void bpf_taker_finish(struct bpf_taker *t)
{
    atomic_store(&t->finishing, true);
    wake_up(t);
}

uint64_t bpf_taker_untaken(struct bpf_taker *t)
{
    return atomic_load(&t->untaken);
}

void bpf_taker_close(struct bpf_taker *t)
{
    size_t page = sysconf(_SC_PAGESIZE);

    if (t == NULL)
        return;
    if (t->started) {
        atomic_store(&t->closing, true);
        wake_up(t);
        pthread_join(t->thread, NULL);
    }
    if (t->producer != NULL)
        munmap((void *)t->producer, page + t->size);
    if (t->consumer != NULL)
        munmap(t->consumer, page);
    if (t->wake >= 0)
        close(t->wake);
    bpf_queue_free(&t->queue);
    free(t);
}
