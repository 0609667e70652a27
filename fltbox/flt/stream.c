#include "manager.h"
#include <stdlib.h>
#include <string.h>

#define SHARDS        64
#define SHARD_BUCKETS 512
#define SHARD_STREAMS 512 /* kept per shard, those of open files not counted */

static struct shard {
    pthread_mutex_t lock;
    struct stream *buckets[SHARD_BUCKETS];
    struct stream *oldest, *newest; /* without files */
    unsigned idle;
} shards[SHARDS] = {[0 ... SHARDS - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};

static uint64_t hash(PFLT_VOLUME v, const uint64_t id[2])
{
    uint64_t h = (id[0] ^ (uintptr_t)v) * UINT64_C(0x9e3779b97f4a7c15);

    return (h ^ id[1] ^ h >> 32) * UINT64_C(0xff51afd7ed558ccd);
}

static struct shard *shard_of(uint64_t h)
{
    return &shards[h >> 58];
}

static struct stream **bucket_of(struct shard *s, uint64_t h)
{
    return &s->buckets[(h >> 40) % SHARD_BUCKETS];
}

/* ---- The idle list, oldest first; the shard is locked --------------------------------------- */

static void idle_remove(struct shard *s, struct stream *t)
{
    *(t->older != NULL ? &t->older->newer : &s->oldest) = t->newer;
    *(t->newer != NULL ? &t->newer->older : &s->newest) = t->older;
    t->older = t->newer = NULL;
    s->idle--;
}

static void idle_add(struct shard *s, struct stream *t)
{
    t->older = s->newest;
    *(s->newest != NULL ? &s->newest->newer : &s->oldest) = t;
    s->newest = t;
    s->idle++;
}

static void unhash(struct shard *s, struct stream *t)
{
    struct stream **p = bucket_of(s, hash(t->volume, t->id));

    while (*p != t)
        p = &(*p)->chain;
    *p = t->chain;
    t->hashed = false;
}

/* ---- Streams -------------------------------------------------------------------------------- */

static struct stream *make(PFLT_VOLUME v, const uint64_t id[2])
{
    struct stream *t = memory_get(sizeof(*t));

    t->header.NodeByteSize = sizeof(t->header);
    t->header.Flags = FSRTL_FLAG_ADVANCED_HEADER;
    t->header.Flags2 = FSRTL_FLAG2_SUPPORTS_FILTER_CONTEXTS;
    t->header.FilterContexts.Flink = t->header.FilterContexts.Blink = &t->header.FilterContexts;
    t->volume = v;
    t->id[0] = id[0];
    t->id[1] = id[1];
    t->files = 1;
    return t;
}

/* Not in any list any more; no lock is held, for cleanup callbacks are called. */
static void destroy(struct stream *t)
{
    context_slots_clear(&t->contexts);
    free(t);
}

struct stream *stream_open(PFLT_VOLUME v, const uint64_t id[2], bool created)
{
    uint64_t h = hash(v, id);
    struct shard *s = shard_of(h);
    struct stream *t, *stale = NULL;

    if (id[0] == 0 && id[1] == 0)
        return make(v, id);
    pthread_mutex_lock(&s->lock);
    for (t = *bucket_of(s, h); t != NULL; t = t->chain) {
        if (t->volume == v && t->id[0] == id[0] && t->id[1] == id[1])
            break;
    }
    if (t != NULL && created) {
        unhash(s, t);
        if (t->files == 0) {
            idle_remove(s, t);
            stale = t;
        }
        t = NULL;
    }
    if (t != NULL) {
        if (t->files++ == 0)
            idle_remove(s, t);
    } else {
        t = make(v, id);
        t->hashed = true;
        t->chain = *bucket_of(s, h);
        *bucket_of(s, h) = t;
    }
    pthread_mutex_unlock(&s->lock);
    if (stale != NULL)
        destroy(stale);
    return t;
}

void stream_close(struct stream *t)
{
    struct shard *s = shard_of(hash(t->volume, t->id));
    struct stream *gone = NULL;

    pthread_mutex_lock(&s->lock);
    if (--t->files == 0) {
        if (!t->hashed) {
            gone = t;
        } else {
            idle_add(s, t);
            if (s->idle > SHARD_STREAMS) {
                gone = s->oldest;
                idle_remove(s, gone);
                unhash(s, gone);
            }
        }
    }
    pthread_mutex_unlock(&s->lock);
    if (gone != NULL)
        destroy(gone);
}

void streams_drop(PFLT_VOLUME v)
{
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *s = &shards[i];
        struct stream *gone = NULL, *next;

        pthread_mutex_lock(&s->lock);
        for (unsigned b = 0; b < SHARD_BUCKETS; b++) {
            for (struct stream *t = s->buckets[b]; t != NULL; t = next) {
                next = t->chain;
                if (t->volume != v)
                    continue;
                unhash(s, t);
                if (t->files > 0)
                    continue;
                idle_remove(s, t);
                t->chain = gone;
                gone = t;
            }
        }
        pthread_mutex_unlock(&s->lock);
        for (; gone != NULL; gone = next) {
            next = gone->chain;
            destroy(gone);
        }
    }
}
