/* Rundown protection: bit 0 says that the object runs down, the rest count the users, times two. */
#include "executive.h"
#include "futex.h"

#include <stdlib.h>

#define ACTIVE ((ULONG_PTR)1)

static bool acquire(PEX_RUNDOWN_REF ref, ULONG count)
{
    ULONG_PTR value = __atomic_load_n(&ref->Count, __ATOMIC_RELAXED);

    while (!(value & ACTIVE))
        if (__atomic_compare_exchange_n(&ref->Count, &value, value + 2 * (ULONG_PTR)count, true,
                                        __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
    return false;
}

static void release(PEX_RUNDOWN_REF ref, ULONG count)
{
    ULONG_PTR before = __atomic_fetch_sub(&ref->Count, 2 * (ULONG_PTR)count, __ATOMIC_RELEASE);

    if (before < 2 * (ULONG_PTR)count)
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "rundown protection %p released more often than acquired", (void *)ref);
    if (before - 2 * (ULONG_PTR)count == ACTIVE)
        futex_wake(&ref->Count, INT32_MAX);
}

static void wait_for_release(PEX_RUNDOWN_REF ref)
{
    ULONG_PTR value = __atomic_fetch_or(&ref->Count, ACTIVE, __ATOMIC_ACQ_REL) | ACTIVE;

    while (value != ACTIVE) {
        futex_wait(&ref->Count, (uint32_t)value);
        value = __atomic_load_n(&ref->Count, __ATOMIC_ACQUIRE);
    }
}

VOID NTAPI ExInitializeRundownProtection(PEX_RUNDOWN_REF ref)
{
    IRQL_AT_MOST(APC_LEVEL);
    ref->Count = 0;
}

VOID NTAPI ExReInitializeRundownProtection(PEX_RUNDOWN_REF ref)
{
    IRQL_AT_MOST(APC_LEVEL);
    __atomic_store_n(&ref->Count, 0, __ATOMIC_RELEASE);
}

BOOLEAN NTAPI ExAcquireRundownProtection(PEX_RUNDOWN_REF ref)
{
    return acquire(ref, 1);
}

BOOLEAN NTAPI ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF ref, ULONG count)
{
    return acquire(ref, count);
}

VOID NTAPI ExReleaseRundownProtection(PEX_RUNDOWN_REF ref)
{
    release(ref, 1);
}

VOID NTAPI ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF ref, ULONG count)
{
    release(ref, count);
}

VOID NTAPI ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF ref)
{
    IRQL_AT_MOST(APC_LEVEL);
    wait_for_release(ref);
}

VOID NTAPI ExRundownCompleted(PEX_RUNDOWN_REF ref)
{
    IRQL_AT_MOST(APC_LEVEL);
    __atomic_store_n(&ref->Count, ACTIVE, __ATOMIC_RELEASE);
}

/* ---- The cache-aware kind: one counter serves all processors here ---------------------------- */

struct _EX_RUNDOWN_REF_CACHE_AWARE {
    EX_RUNDOWN_REF ref;
};

PEX_RUNDOWN_REF_CACHE_AWARE NTAPI ExAllocateCacheAwareRundownProtection(POOL_TYPE type, ULONG tag)
{
    POOL_FLAGS flags = (type & 1) ? POOL_FLAG_PAGED : POOL_FLAG_NON_PAGED;

    IRQL_AT_MOST(APC_LEVEL);
    return nt_pool_allocate(CALLER, flags, sizeof(struct _EX_RUNDOWN_REF_CACHE_AWARE), tag);
}

VOID NTAPI ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE ref)
{
    IRQL_AT_MOST(APC_LEVEL);
    nt_pool_free(ref);
}

BOOLEAN NTAPI ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE ref)
{
    return acquire(&ref->ref, 1);
}

BOOLEAN NTAPI ExAcquireRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE ref, ULONG count)
{
    return acquire(&ref->ref, count);
}

VOID NTAPI ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE ref)
{
    release(&ref->ref, 1);
}

VOID NTAPI ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE ref, ULONG count)
{
    release(&ref->ref, count);
}

VOID NTAPI ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE ref)
{
    IRQL_AT_MOST(APC_LEVEL);
    wait_for_release(&ref->ref);
}

VOID NTAPI ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE ref)
{
    __atomic_store_n(&ref->ref.Count, 0, __ATOMIC_RELEASE);
}

VOID NTAPI ExRundownCompletedCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE ref)
{
    __atomic_store_n(&ref->ref.Count, ACTIVE, __ATOMIC_RELEASE);
}
