#include "bpf_queue.h"

#include <sys/mman.h>
#include <time.h>

/* Chunks that are kept when they are empty: what a program that is busy on and off needs. */
#define SPARES 2

struct bpf_queue_chunk {
    struct bpf_queue_chunk *next;
    size_t written, read;
};

#define HEADER       64 /* what stands before the data: a line of the processors' caches */
#define CHUNK_MEMORY (HEADER + BPF_QUEUE_CHUNK)

_Static_assert(sizeof(struct bpf_queue_chunk) <= HEADER, "a chunk's header has room");

static char *data_of(struct bpf_queue_chunk *c)
{
    return (char *)c + HEADER;
}

void bpf_queue_init(struct bpf_queue *q, size_t most)
{
    pthread_condattr_t attributes;

    *q = (struct bpf_queue){.most = most / BPF_QUEUE_CHUNK};
    if (q->most < 2)
        q->most = 2;
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&q->filled, &attributes);
    pthread_cond_init(&q->emptied, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void free_list(struct bpf_queue_chunk *c)
{
    while (c != NULL) {
        struct bpf_queue_chunk *next = c->next;

        munmap(c, CHUNK_MEMORY);
        c = next;
    }
}

void bpf_queue_free(struct bpf_queue *q)
{
    free_list(q->first);
    free_list(q->spare);
    pthread_cond_destroy(&q->filled);
    pthread_cond_destroy(&q->emptied);
    pthread_mutex_destroy(&q->lock);
}

/* ---- Putting ------------------------------------------------------------------------------- */

/* The queue is locked. */
static struct bpf_queue_chunk *take_spare(struct bpf_queue *q)
{
    struct bpf_queue_chunk *c = q->spare;

    if (c == NULL)
        return NULL;
    q->spare = c->next;
    q->spares--;
    c->next = NULL;
    c->written = c->read = 0;
    return c;
}

/* The queue is locked. */
static void append(struct bpf_queue *q, struct bpf_queue_chunk *c)
{
    if (q->last != NULL)
        q->last->next = c;
    else
        q->first = c;
    q->last = c;
    q->chunks++;
}

char *bpf_queue_room(struct bpf_queue *q, size_t size, size_t *room)
{
    struct bpf_queue_chunk *c;
    bool full;

    pthread_mutex_lock(&q->lock);
    c = q->last;
    /* An empty chunk is begun anew: a reader that keeps up gets by with what is in its cache. */
    if (c != NULL && c == q->first && c->read == c->written)
        c->read = c->written = 0;
    if (c == NULL || BPF_QUEUE_CHUNK - c->written < size) {
        full = q->chunks >= q->most || size > BPF_QUEUE_CHUNK;
        c = full ? NULL : take_spare(q);
        if (c == NULL && !full) {
            /* Mapped, and not from the heap: given back it is gone. What the other end does
               meanwhile is not in its way. */
            pthread_mutex_unlock(&q->lock);
            c = mmap(NULL, CHUNK_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                     0);
            pthread_mutex_lock(&q->lock);
            if (c == MAP_FAILED)
                c = NULL;
        }
        if (c != NULL)
            append(q, c);
    }
    pthread_mutex_unlock(&q->lock);
    if (c == NULL)
        return NULL;
    *room = BPF_QUEUE_CHUNK - c->written;
    return data_of(c) + c->written;
}

void bpf_queue_put(struct bpf_queue *q, size_t used, uint64_t calls)
{
    uint64_t bytes;

    pthread_mutex_lock(&q->lock);
    q->last->written += used;
    bytes = atomic_fetch_add_explicit(&q->bytes, used, memory_order_relaxed) + used;
    atomic_fetch_add_explicit(&q->calls, calls, memory_order_relaxed);
    if (bytes > atomic_load_explicit(&q->peak, memory_order_relaxed))
        atomic_store_explicit(&q->peak, bytes, memory_order_relaxed);
    pthread_cond_signal(&q->filled);
    pthread_mutex_unlock(&q->lock);
}

/* ---- Getting ------------------------------------------------------------------------------- */

/* The first chunk, which has been read, goes. The queue is locked. */
static struct bpf_queue_chunk *drop_first(struct bpf_queue *q)
{
    struct bpf_queue_chunk *c = q->first;

    q->first = c->next;
    if (q->first == NULL)
        q->last = NULL;
    q->chunks--;
    pthread_cond_signal(&q->emptied);
    if (q->spares < SPARES) {
        c->next = q->spare;
        q->spare = c;
        q->spares++;
        return NULL;
    }
    c->next = NULL;
    return c;
}

bool bpf_queue_next(struct bpf_queue *q, const char **data, size_t *size)
{
    struct bpf_queue_chunk *c, *unused = NULL;

    pthread_mutex_lock(&q->lock);
    /* The last one stays: the other end may be writing to it. */
    if (q->first != NULL && q->first->read == q->first->written && q->first->next != NULL)
        unused = drop_first(q);
    c = q->first;
    *size = c != NULL ? c->written - c->read : 0;
    if (*size > 0)
        *data = data_of(c) + c->read;
    pthread_mutex_unlock(&q->lock);
    free_list(unused);
    return *size > 0;
}

void bpf_queue_done(struct bpf_queue *q, size_t used)
{
    pthread_mutex_lock(&q->lock);
    q->first->read += used;
    atomic_fetch_sub_explicit(&q->bytes, used, memory_order_relaxed);
    pthread_mutex_unlock(&q->lock);
}

/* ---- Waiting ------------------------------------------------------------------------------- */

static struct timespec deadline(int milliseconds)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += milliseconds / 1000;
    t.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

void bpf_queue_wait(struct bpf_queue *q, int milliseconds)
{
    struct timespec until = deadline(milliseconds);

    pthread_mutex_lock(&q->lock);
    while (atomic_load_explicit(&q->bytes, memory_order_relaxed) == 0 && !q->getter_woken &&
           !q->ended && pthread_cond_timedwait(&q->filled, &q->lock, &until) == 0)
        ;
    q->getter_woken = false;
    pthread_mutex_unlock(&q->lock);
}

void bpf_queue_wait_for_room(struct bpf_queue *q, int milliseconds)
{
    struct timespec until = deadline(milliseconds);

    pthread_mutex_lock(&q->lock);
    while (q->chunks >= q->most && !q->putter_woken &&
           pthread_cond_timedwait(&q->emptied, &q->lock, &until) == 0)
        ;
    q->putter_woken = false;
    pthread_mutex_unlock(&q->lock);
}

void bpf_queue_wake(struct bpf_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->getter_woken = q->putter_woken = true;
    pthread_cond_signal(&q->filled);
    pthread_cond_signal(&q->emptied);
    pthread_mutex_unlock(&q->lock);
}

void bpf_queue_end(struct bpf_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->ended = true;
    pthread_cond_signal(&q->filled);
    pthread_mutex_unlock(&q->lock);
}

bool bpf_queue_has_ended(struct bpf_queue *q)
{
    bool ended;

    pthread_mutex_lock(&q->lock);
    ended = q->ended;
    pthread_mutex_unlock(&q->lock);
    return ended;
}
