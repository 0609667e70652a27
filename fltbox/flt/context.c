/* Contexts as such: their memory, their references, what they hang on. See contextset.c for the
   functions per kind of object. */
#include "manager.h"
#include <stdlib.h>
#include <string.h>

#define GUARD UINT64_C(0x7478746e6f436d46)

/* ---- Memory --------------------------------------------------------------------------------- */

static uint64_t guard_of(const struct context *c)
{
    return GUARD ^ (uintptr_t)c;
}

struct context *context_header(PFLT_CONTEXT context)
{
    struct context *c = (struct context *)context - 1;

    if (context == NULL || (uintptr_t)context % 16 != 0 || c->guard != guard_of(c))
        nt_bug_check(FLT_BUGCHECK, "%p is not a context, or what is before it was overwritten",
                     context);
    return c;
}

static const FLT_CONTEXT_REGISTRATION *registration_for(PFLT_FILTER f, FLT_CONTEXT_TYPE type,
                                                        SIZE_T size)
{
    const struct context_registrations *all = &f->contexts[__builtin_ctz(type)];
    const FLT_CONTEXT_REGISTRATION *variable = NULL;

    for (unsigned i = 0; i < all->count; i++) {
        const FLT_CONTEXT_REGISTRATION *r = &all->entries[i];

        if (r->ContextAllocateCallback != NULL || r->Size == size ||
            (r->Size != FLT_VARIABLE_SIZED_CONTEXTS && r->Size > size &&
             (r->Flags & FLTFL_CONTEXT_REGISTRATION_NO_EXACT_SIZE_MATCH)))
            return r;
        if (r->Size == FLT_VARIABLE_SIZED_CONTEXTS)
            variable = r;
    }
    return variable;
}

static struct context *memory(PFLT_FILTER f, const FLT_CONTEXT_REGISTRATION *r, POOL_TYPE pool,
                              SIZE_T size, FLT_CONTEXT_TYPE type)
{
    if (r->ContextAllocateCallback != NULL)
        return NT_CALL(f->driver, "ContextAllocateCallback",
                       r->ContextAllocateCallback(pool, sizeof(struct context) + size, type));
    return ExAllocatePoolWithTag(pool, sizeof(struct context) + size, r->PoolTag);
}

NTSTATUS FLTAPI FltAllocateContext(PFLT_FILTER Filter, FLT_CONTEXT_TYPE ContextType,
                                   SIZE_T ContextSize, POOL_TYPE PoolType,
                                   PFLT_CONTEXT *ReturnedContext)
{
    const FLT_CONTEXT_REGISTRATION *r;
    struct context *c;

    IRQL_AT_MOST(APC_LEVEL);
    *ReturnedContext = NULL;
    if (ContextType == 0 || (ContextType & ~FLT_ALL_CONTEXTS) != 0 ||
        (ContextType & (ContextType - 1)) != 0 || ContextSize == 0 || ContextSize > MAXUSHORT)
        return STATUS_INVALID_PARAMETER;
    if (object_closing(Filter))
        return STATUS_FLT_DELETING_OBJECT;
    if (ContextType == FLT_VOLUME_CONTEXT && (PoolType & 1) == PagedPool)
        return STATUS_FLT_MUST_BE_NONPAGED_POOL;
    r = registration_for(Filter, ContextType, ContextSize);
    if (r == NULL)
        return STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND;
    c = memory(Filter, r, PoolType, ContextSize, ContextType);
    if (c == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memset(c, 0, sizeof(*c));
    c->filter = Filter;
    c->registration = r;
    c->type = ContextType;
    c->paged = (PoolType & 1) == PagedPool;
    c->size = ContextSize;
    atomic_init(&c->references, 1);
    c->guard = guard_of(c);
    pthread_mutex_lock(&Filter->contexts_lock);
    c->next = Filter->all_contexts;
    if (c->next != NULL)
        c->next->previous = c;
    Filter->all_contexts = c;
    pthread_mutex_unlock(&Filter->contexts_lock);
    atomic_fetch_add(&Filter->context_count, 1);
    *ReturnedContext = c + 1;
    return STATUS_SUCCESS;
}

static void destroy(struct context *c)
{
    PFLT_FILTER f = c->filter;
    const FLT_CONTEXT_REGISTRATION *r = c->registration;
    FLT_CONTEXT_TYPE type = c->type;

    if (r->ContextCleanupCallback != NULL)
        NT_CALL_VOID(f->driver, "ContextCleanupCallback", r->ContextCleanupCallback(c + 1, type));
    c->guard = 0;
    if (r->ContextFreeCallback != NULL)
        NT_CALL_VOID(f->driver, "ContextFreeCallback", r->ContextFreeCallback(c, type));
    else
        ExFreePool(c);
    atomic_fetch_sub(&f->context_count, 1);
    counter_lowered();
}

struct destruction {
    WORK_QUEUE_ITEM item;
    struct context *context;
};

static VOID NTAPI run_destruction(PVOID parameter)
{
    struct destruction *d = parameter;

    destroy(d->context);
    free(d);
}

/* Cleanup callbacks run at APC_LEVEL at most: above, a system thread does it. */
static void destroy_later(struct context *c)
{
    struct destruction *d = memory_get(sizeof(*d));

    d->context = c;
    ExInitializeWorkItem(&d->item, run_destruction, d);
    ExQueueWorkItem(&d->item, DelayedWorkQueue);
}

void context_release(struct context *c)
{
    PFLT_FILTER f = c->filter;
    unsigned n = atomic_load(&c->references);

    do {
        if (n == 0)
            nt_bug_check(FLT_BUGCHECK,
                         "FltReleaseContext: the context %p has no reference left to give back",
                         (void *)(c + 1));
    } while (!atomic_compare_exchange_weak(&c->references, &n, n - 1));
    if (n > 1)
        return;
    pthread_mutex_lock(&f->contexts_lock);
    if (c->next != NULL)
        c->next->previous = c->previous;
    *(c->previous != NULL ? &c->previous->next : &f->all_contexts) = c->next;
    pthread_mutex_unlock(&f->contexts_lock);
    if (nt_irql() > APC_LEVEL)
        destroy_later(c);
    else
        destroy(c);
}

VOID FLTAPI FltReferenceContext(PFLT_CONTEXT Context)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    atomic_fetch_add(&context_header(Context)->references, 1);
}

VOID FLTAPI FltReleaseContext(PFLT_CONTEXT Context)
{
    struct context *c = context_header(Context);

    IRQL_AT_MOST(c->paged ? APC_LEVEL : DISPATCH_LEVEL);
    context_release(c);
}

/* ---- What they hang on ---------------------------------------------------------------------- */

/* By the address of the object's slots, so that a context's object can be locked without being
   looked into: it may be going at that moment. */
static pthread_mutex_t stripes[64] = {[0 ... 63] = PTHREAD_MUTEX_INITIALIZER};

static pthread_mutex_t *stripe(const struct context_slots *s)
{
    uintptr_t h = (uintptr_t)s * UINT64_C(0x9e3779b97f4a7c15);

    return &stripes[h >> 58];
}

/* The stripe is locked. */
static struct context **find(struct context_slots *s, void *owner, FLT_CONTEXT_TYPE type)
{
    for (struct context **p = &s->first; *p != NULL; p = &(*p)->link) {
        if ((*p)->owner == owner && (*p)->type == type)
            return p;
    }
    return NULL;
}

/* The stripe is locked. The object's reference is now the caller's. */
static struct context *take(struct context **at)
{
    struct context *c = *at;

    *at = c->link;
    c->link = NULL;
    atomic_store(&c->target, NULL);
    return c;
}

NTSTATUS context_set(struct context_slots *s, void *owner, FLT_CONTEXT_TYPE type,
                     FLT_SET_CONTEXT_OPERATION operation, PFLT_CONTEXT context, PFLT_CONTEXT *old)
{
    struct context *c, *displaced = NULL, **at;
    struct context_slots *none = NULL;
    NTSTATUS status = STATUS_SUCCESS;

    if (old != NULL)
        *old = NULL_CONTEXT;
    if (context == NULL || (operation != FLT_SET_CONTEXT_REPLACE_IF_EXISTS &&
                            operation != FLT_SET_CONTEXT_KEEP_IF_EXISTS))
        return STATUS_INVALID_PARAMETER;
    c = context_header(context);
    if (c->type != type)
        return STATUS_INVALID_PARAMETER;

    pthread_mutex_lock(stripe(s));
    at = find(s, owner, type);
    if (at != NULL && operation == FLT_SET_CONTEXT_KEEP_IF_EXISTS) {
        status = STATUS_FLT_CONTEXT_ALREADY_DEFINED;
        if (old != NULL) {
            atomic_fetch_add(&(*at)->references, 1);
            *old = *at + 1;
        }
    } else if (!atomic_compare_exchange_strong(&c->target, &none, s)) {
        status = STATUS_FLT_CONTEXT_ALREADY_LINKED;
    } else {
        if (at != NULL)
            displaced = take(at);
        atomic_fetch_add(&c->references, 1);
        c->owner = owner;
        c->link = s->first;
        s->first = c;
    }
    pthread_mutex_unlock(stripe(s));
    if (displaced != NULL && old != NULL)
        *old = displaced + 1;
    else if (displaced != NULL)
        context_release(displaced);
    return status;
}

NTSTATUS context_get(struct context_slots *s, void *owner, FLT_CONTEXT_TYPE type,
                     PFLT_CONTEXT *context)
{
    struct context **at;

    *context = NULL;
    pthread_mutex_lock(stripe(s));
    at = find(s, owner, type);
    if (at != NULL) {
        atomic_fetch_add(&(*at)->references, 1);
        *context = *at + 1;
    }
    pthread_mutex_unlock(stripe(s));
    return at != NULL ? STATUS_SUCCESS : STATUS_NOT_FOUND;
}

NTSTATUS context_delete(struct context_slots *s, void *owner, FLT_CONTEXT_TYPE type,
                        PFLT_CONTEXT *old)
{
    struct context *c = NULL, **at;

    if (old != NULL)
        *old = NULL_CONTEXT;
    pthread_mutex_lock(stripe(s));
    at = find(s, owner, type);
    if (at != NULL)
        c = take(at);
    pthread_mutex_unlock(stripe(s));
    if (c == NULL)
        return STATUS_NOT_FOUND;
    if (old != NULL)
        *old = c + 1;
    else
        context_release(c);
    return STATUS_SUCCESS;
}

bool context_unlink(struct context *c)
{
    struct context_slots *s = atomic_load(&c->target);
    bool mine = false;

    if (s == NULL)
        return false;
    pthread_mutex_lock(stripe(s));
    if (atomic_load(&c->target) == s) {
        for (struct context **p = &s->first; *p != NULL && !mine; p = &(*p)->link) {
            if (*p == c) {
                take(p);
                mine = true;
                break;
            }
        }
    }
    pthread_mutex_unlock(stripe(s));
    if (mine)
        context_release(c);
    return mine;
}

void context_slots_clear(struct context_slots *s)
{
    struct context *c;

    do {
        pthread_mutex_lock(stripe(s));
        c = s->first != NULL ? take(&s->first) : NULL;
        pthread_mutex_unlock(stripe(s));
        if (c != NULL)
            context_release(c);
    } while (c != NULL);
}

void contexts_remove(PFLT_FILTER f, void *owner)
{
    struct context *c;

    do {
        pthread_mutex_lock(&f->contexts_lock);
        for (c = f->all_contexts; c != NULL; c = c->next) {
            unsigned n = atomic_load(&c->references);

            if (atomic_load(&c->target) == NULL || (owner != NULL && c->owner != owner))
                continue;
            while (n > 0 && !atomic_compare_exchange_weak(&c->references, &n, n + 1))
                ;
            if (n > 0)
                break;
        }
        pthread_mutex_unlock(&f->contexts_lock);
        if (c != NULL) {
            context_unlink(c);
            context_release(c);
        }
    } while (c != NULL);
}

VOID FLTAPI FltDeleteContext(PFLT_CONTEXT Context)
{
    IRQL_AT_MOST(APC_LEVEL);
    context_unlink(context_header(Context));
}
