/*
 * Pool: ExAllocatePool and its kin.
 *
 * A block lies between a header, which says whose it is, and a trailer that must be intact when it
 * is freed. Freed blocks stay in a quarantine for a while, filled, so that a double free or a write
 * after the free is seen.
 */
#include "executive.h"

#include <stdlib.h>
#include <string.h>

#define PAGE                   4096
#define CACHE_LINE             64

#define FILL_NEW               0xcd
#define FILL_FREED             0xdd
#define FILL_LIMIT             4096 /* only so much of a large block is filled */

#define ALIVE                  UINT64_C(0x416c697665506f6f)
#define DEAD                   UINT64_C(0x44656164506f6f6c)

/* A small block that leaves the quarantine is kept, still filled, for the next of its kind, and is
   looked at when that takes it. That is shorter than the way through the C library. */
#define SPARE_STEP             64
#define SPARE_LIMIT            (SPARE_STEP * NT_POOL_KINDS) /* not for larger ones */
#define SPARE_MOST             64                           /* of a kind */

#define QUARANTINE             256
#define QUARANTINE_BLOCK_LIMIT 4096 /* larger blocks go back at once */

static const uint8_t trailer[16] = {0xfd, 0xfb, 0xfd, 0xfb, 0xfd, 0xfb, 0xfd, 0xfb,
                                    0xfd, 0xfb, 0xfd, 0xfb, 0xfd, 0xfb, 0xfd, 0xfb};

struct pool_block {
    struct pool_block *next, *previous;
    struct nt_pool *pool;
    const void *caller;
    size_t size;
    ULONG tag;
    uint32_t offset; /* of the header from what malloc gave */
    const void *freed_by;
    uint64_t state; /* ALIVE or DEAD, xored with the address; last, so that underruns hit it */
};
_Static_assert(sizeof(struct pool_block) == CACHE_LINE, "keeps blocks aligned");

struct nt_pool nt_pool_unowned;

void nt_pool_init(struct nt_pool *pool)
{
    pthread_mutex_init(&pool->lock, NULL);
}

static uint64_t state_of(const struct pool_block *block, uint64_t state)
{
    return state ^ (uintptr_t)block;
}

static char *tag_text(ULONG tag, char text[5])
{
    for (int i = 0; i < 4; i++) {
        char c = (char)(tag >> 8 * i);

        text[i] = c >= ' ' && c <= '~' ? c : '.';
    }
    text[4] = '\0';
    return text;
}

/* What was freed is as it was left. */
static void check_freed(const struct pool_block *block)
{
    const uint8_t *body = (const uint8_t *)(block + 1);
    char tag[5], place[256];
    size_t at = 0;

    /* All bytes are the first one: memcmp is the fastest way to see it. */
    if (block->size == 0 || (body[0] == FILL_FREED && memcmp(body, body + 1, block->size - 1) == 0))
        return;
    while (body[at] == FILL_FREED)
        at++;
    nt_bug_check(BUGCHECK_BAD_POOL_HEADER,
                 "pool block %p (tag '%s', %zu bytes) was written at +%zu after %s freed it",
                 (const void *)body, tag_text(block->tag, tag), block->size, at,
                 pe_describe(block->freed_by, place, sizeof(place)));
}

/* ---- Allocating ---------------------------------------------------------------------------- */

/* A small block has room for every one of its kind. */
static size_t room_of(size_t size)
{
    return size < SPARE_LIMIT ? (size / SPARE_STEP + 1) * SPARE_STEP : size;
}

static struct pool_block *raw_allocate(size_t size, bool cache_aligned)
{
    struct pool_block *block;
    size_t total;
    void *memory;

    if (__builtin_add_overflow(size, sizeof(*block) + sizeof(trailer) + CACHE_LINE, &total))
        return NULL;
    if (size >= PAGE) {
        /* Documented: a block of a page or more begins on a page. */
        if (total > PTRDIFF_MAX - 2 * PAGE ||
            posix_memalign(&memory, PAGE, PAGE + size + sizeof(trailer)) != 0)
            return NULL;
        block = (struct pool_block *)((uint8_t *)memory + PAGE) - 1;
        block->offset = PAGE - sizeof(*block);
        return block;
    }
    total = sizeof(*block) + room_of(size) + sizeof(trailer);
    if (cache_aligned)
        block = posix_memalign(&memory, CACHE_LINE, total) == 0 ? memory : NULL;
    else
        block = malloc(total);
    if (block != NULL)
        block->offset = 0;
    return block;
}

/* The pool is locked. */
static struct pool_block *take_spare(struct nt_pool *pool, size_t size)
{
    struct nt_pool_spares *spares = &pool->spares[size / SPARE_STEP];
    struct pool_block *block = spares->first;

    if (block != NULL) {
        spares->first = block->next;
        spares->count--;
    }
    return block;
}

/* The pool is locked. False where the block is of no kind that is kept, or there are enough. */
static bool keep_spare(struct nt_pool *pool, struct pool_block *block)
{
    struct nt_pool_spares *spares;

    if (block->size >= SPARE_LIMIT)
        return false;
    spares = &pool->spares[block->size / SPARE_STEP];
    if (spares->count >= SPARE_MOST)
        return false;
    block->next = spares->first;
    spares->first = block;
    spares->count++;
    return true;
}

/* The pool is locked. */
static void link_block(struct nt_pool *pool, struct pool_block *block)
{
    block->previous = NULL;
    block->next = pool->blocks;
    if (block->next != NULL)
        block->next->previous = block;
    pool->blocks = block;
}

static struct pool_block *new_block(struct nt_pool *pool, size_t size, bool cache_aligned)
{
    struct pool_block *block = NULL;

    pthread_mutex_lock(&pool->lock);
    if (size < SPARE_LIMIT && !cache_aligned)
        block = take_spare(pool, size);
    if (block != NULL)
        link_block(pool, block);
    pthread_mutex_unlock(&pool->lock);
    if (block != NULL) {
        check_freed(block);
        return block;
    }
    block = raw_allocate(size, cache_aligned);
    if (block == NULL)
        return NULL;
    pthread_mutex_lock(&pool->lock);
    link_block(pool, block);
    pthread_mutex_unlock(&pool->lock);
    return block;
}

static void *allocate(const void *caller, size_t size, ULONG tag, bool zero, bool cache_aligned)
{
    struct nt_driver *driver = nt_driver_of_caller(caller);
    struct nt_pool *pool = driver != NULL ? &nt_driver_block(driver)->pool : &nt_pool_unowned;
    struct pool_block *block = new_block(pool, size, cache_aligned);
    uint8_t *body;

    if (block == NULL)
        return NULL;
    body = (uint8_t *)(block + 1);
    block->pool = pool;
    block->caller = caller;
    block->size = size;
    block->tag = tag;
    block->freed_by = NULL;
    block->state = state_of(block, ALIVE);
    if (zero)
        memset(body, 0, size);
    else
        memset(body, FILL_NEW, size < FILL_LIMIT ? size : FILL_LIMIT);
    memcpy(body + size, trailer, sizeof(trailer));
    return body;
}

static void check_irql(bool paged, const char *function)
{
    KIRQL irql = nt_irql();

    if (irql > DISPATCH_LEVEL || (paged && irql > APC_LEVEL))
        nt_bug_check(BUGCHECK_BAD_POOL_CALLER, "%s of %s pool at IRQL %u", function,
                     paged ? "paged" : "nonpaged", irql);
}

void *nt_pool_allocate(const void *caller, POOL_FLAGS flags, size_t size, ULONG tag)
{
    const POOL_FLAGS known = POOL_FLAG_USE_QUOTA | POOL_FLAG_UNINITIALIZED | POOL_FLAG_SESSION |
                             POOL_FLAG_CACHE_ALIGNED | POOL_FLAG_RAISE_ON_FAILURE |
                             POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED;
    POOL_FLAGS kind = flags & (POOL_FLAG_NON_PAGED | POOL_FLAG_NON_PAGED_EXECUTE | POOL_FLAG_PAGED);

    /* The upper half are optional flags, which are ignored where not understood. */
    if (tag == 0 || (flags & POOL_FLAG_REQUIRED_MASK & ~known) != 0 || kind == 0 ||
        (kind & (kind - 1)) != 0)
        return NULL;
    check_irql(kind == POOL_FLAG_PAGED, "allocation");
    return allocate(caller, size, tag, !(flags & POOL_FLAG_UNINITIALIZED),
                    (flags & POOL_FLAG_CACHE_ALIGNED) != 0);
}

void *nt_pool_allocate_type(const void *caller, POOL_TYPE type, size_t size, ULONG tag)
{
    void *block;

    check_irql((type & 1) != 0, "allocation");
    block = allocate(caller, size, tag, false, (type & NonPagedPoolCacheAligned) != 0);
    if (block == NULL && (type & POOL_RAISE_IF_ALLOCATION_FAILURE))
        nt_raise(STATUS_INSUFFICIENT_RESOURCES);
    return block;
}

PVOID NTAPI ExAllocatePool(POOL_TYPE type, SIZE_T size)
{
    return nt_pool_allocate_type(CALLER, type, size, TAG('N', 'o', 'n', 'e'));
}

PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE type, SIZE_T size, ULONG tag)
{
    return nt_pool_allocate_type(CALLER, type, size, tag);
}

PVOID NTAPI ExAllocatePoolWithTagPriority(POOL_TYPE type, SIZE_T size, ULONG tag,
                                          EX_POOL_PRIORITY priority)
{
    (void)priority;
    return nt_pool_allocate_type(CALLER, type, size, tag);
}

static bool raises(POOL_TYPE type)
{
    return (type & POOL_QUOTA_FAIL_INSTEAD_OF_RAISE) == 0;
}

PVOID NTAPI ExAllocatePoolWithQuotaTag(POOL_TYPE type, SIZE_T size, ULONG tag)
{
    void *block = nt_pool_allocate_type(CALLER, type, size, tag);

    if (block == NULL && raises(type))
        nt_raise(STATUS_INSUFFICIENT_RESOURCES);
    return block;
}

PVOID NTAPI ExAllocatePoolWithQuota(POOL_TYPE type, SIZE_T size)
{
    void *block = nt_pool_allocate_type(CALLER, type, size, TAG('N', 'o', 'n', 'e'));

    if (block == NULL && raises(type))
        nt_raise(STATUS_INSUFFICIENT_RESOURCES);
    return block;
}

PVOID NTAPI ExAllocatePool2(POOL_FLAGS flags, SIZE_T size, ULONG tag)
{
    void *block = nt_pool_allocate(CALLER, flags, size, tag);

    if (block == NULL && (flags & POOL_FLAG_RAISE_ON_FAILURE))
        nt_raise(STATUS_INSUFFICIENT_RESOURCES);
    return block;
}

/* ---- Freeing ------------------------------------------------------------------------------- */

static void release(struct pool_block *block)
{
    free((uint8_t *)block - block->offset);
}

/* Puts a freed block into the quarantine; returns the one that has to leave it. */
static struct pool_block *quarantine(struct nt_pool *pool, struct pool_block *block)
{
    struct pool_block *oldest;

    if (block->size > QUARANTINE_BLOCK_LIMIT)
        return block;
    if (pool->freed == NULL) {
        pool->freed = calloc(QUARANTINE, sizeof(pool->freed[0]));
        if (pool->freed == NULL)
            return block;
    }
    oldest = pool->freed[pool->freed_next];
    pool->freed[pool->freed_next] = block;
    pool->freed_next = (pool->freed_next + 1) % QUARANTINE;
    return oldest;
}

static void check_block(const struct pool_block *block, const void *body, bool with_tag, ULONG tag)
{
    char text[5], given[5], place[256];

    if (body == NULL || (uintptr_t)body % 16 != 0)
        nt_bug_check(BUGCHECK_BAD_POOL_CALLER, "%p was freed; it is no pool block", body);
    if (block->state == state_of(block, DEAD))
        nt_bug_check(BUGCHECK_BAD_POOL_CALLER,
                     "pool block %p (tag '%s', %zu bytes) freed twice, the first time by %s", body,
                     tag_text(block->tag, text), block->size,
                     pe_describe(block->freed_by, place, sizeof(place)));
    if (block->state != state_of(block, ALIVE))
        nt_bug_check(BUGCHECK_BAD_POOL_HEADER,
                     "%p was freed; it is no pool block, or what is before it was overwritten",
                     body);
    if (memcmp((const uint8_t *)body + block->size, trailer, sizeof(trailer)) != 0)
        nt_bug_check(BUGCHECK_BAD_POOL_HEADER,
                     "pool block %p (tag '%s', %zu bytes, allocated by %s) was written beyond its "
                     "end",
                     body, tag_text(block->tag, text), block->size,
                     pe_describe(block->caller, place, sizeof(place)));
    if (with_tag && tag != 0 && (tag) != (block->tag))
        nt_bug_check(BUGCHECK_BAD_POOL_CALLER, "pool block %p (tag '%s') freed with tag '%s'", body,
                     tag_text(block->tag, text), tag_text(tag, given));
}

static void free_block(const void *caller, void *body, bool with_tag, ULONG tag)
{
    struct pool_block *block, *leaving;
    struct nt_pool *pool;

    check_irql(false, "freeing");
    /* Whatever a driver gives, NULL too. */
    block = (struct pool_block *)((uintptr_t)body - sizeof(*block));
    check_block(block, body, with_tag, tag);
    pool = block->pool;
    block->state = state_of(block, DEAD);
    block->freed_by = caller;
    if (block->size <= QUARANTINE_BLOCK_LIMIT)
        memset(body, FILL_FREED, block->size);
    pthread_mutex_lock(&pool->lock);
    if (block->next != NULL)
        block->next->previous = block->previous;
    if (block->previous != NULL)
        block->previous->next = block->next;
    else
        pool->blocks = block->next;
    leaving = quarantine(pool, block);
    if (leaving != NULL && leaving != block && keep_spare(pool, leaving))
        leaving = NULL;
    pthread_mutex_unlock(&pool->lock);
    if (leaving != NULL) {
        if (leaving != block)
            check_freed(leaving);
        release(leaving);
    }
}

void nt_pool_free(void *body)
{
    free_block(NULL, body, false, 0);
}

VOID NTAPI ExFreePool(PVOID body)
{
    free_block(CALLER, body, false, 0);
}

VOID NTAPI ExFreePoolWithTag(PVOID body, ULONG tag)
{
    free_block(CALLER, body, true, tag);
}

VOID NTAPI ExFreePool2(PVOID body, ULONG tag, PCPOOL_EXTENDED_PARAMETER parameters, ULONG count)
{
    (void)parameters;
    (void)count;
    free_block(CALLER, body, true, tag);
}

/* ---- At the end ---------------------------------------------------------------------------- */

unsigned nt_pool_report(struct nt_pool *pool, const char *driver_name, bool own_only, FILE *out)
{
    unsigned lines = 0;
    char tag[5], place[256];

    /* Blocks of one tag and caller make one line; those reported are marked by a NULL pool. */
    for (struct pool_block *b = pool->blocks; b != NULL; b = b->next) {
        size_t count = 0, bytes = 0;

        if (b->pool == NULL || (own_only && pe_find(b->caller) == NULL))
            continue;
        for (struct pool_block *same = b; same != NULL; same = same->next) {
            if (same->tag != b->tag || same->caller != b->caller)
                continue;
            same->pool = NULL;
            count++;
            bytes += same->size;
        }
        fprintf(out, "%s.sys left behind: pool tag '%s', %zu block%s, %zu bytes, from %s\n",
                driver_name, tag_text(b->tag, tag), count, count == 1 ? "" : "s", bytes,
                pe_describe(b->caller, place, sizeof(place)));
        lines++;
    }
    return lines;
}

void nt_pool_destroy(struct nt_pool *pool)
{
    while (pool->blocks != NULL) {
        struct pool_block *block = pool->blocks;

        pool->blocks = block->next;
        release(block);
    }
    for (size_t i = 0; pool->freed != NULL && i < QUARANTINE; i++) {
        if (pool->freed[i] == NULL)
            continue;
        check_freed(pool->freed[i]);
        release(pool->freed[i]);
    }
    free(pool->freed);
    pool->freed = NULL;
    for (size_t i = 0; i < NT_POOL_KINDS; i++) {
        while (pool->spares[i].first != NULL) {
            struct pool_block *block = pool->spares[i].first;

            pool->spares[i].first = block->next;
            check_freed(block);
            release(block);
        }
        pool->spares[i].count = 0;
    }
    pthread_mutex_destroy(&pool->lock);
}
