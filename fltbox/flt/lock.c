/* The executive's locks under the Filter Manager's names: these disable kernel APCs themselves.
   The executive's push locks are 32 bits wide; the other half notes whether it is held exclusively,
   for FltReleasePushLock is not told. */
#include "manager.h"

static uint32_t *exclusive_mark(PULONG_PTR lock)
{
    return (uint32_t *)lock + 1;
}

VOID FLTAPI FltInitializePushLock(PULONG_PTR PushLock)
{
    IRQL_AT_MOST(APC_LEVEL);
    *PushLock = 0;
}

VOID FLTAPI FltDeletePushLock(PULONG_PTR PushLock)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (*PushLock != 0)
        nt_bug_check(FLT_BUGCHECK, "%s: the push lock %p is still held", __func__,
                     (void *)PushLock);
}

VOID FLTAPI FltAcquirePushLockExclusiveEx(PULONG_PTR PushLock, ULONG Flags)
{
    IRQL_AT_MOST(APC_LEVEL);
    KeEnterCriticalRegion();
    ExAcquirePushLockExclusiveEx(PushLock, Flags);
    *exclusive_mark(PushLock) = 1;
}

VOID FLTAPI FltAcquirePushLockExclusive(PULONG_PTR PushLock)
{
    IRQL_AT_MOST(APC_LEVEL);
    FltAcquirePushLockExclusiveEx(PushLock, 0);
}

VOID FLTAPI FltAcquirePushLockSharedEx(PULONG_PTR PushLock, ULONG Flags)
{
    IRQL_AT_MOST(APC_LEVEL);
    KeEnterCriticalRegion();
    ExAcquirePushLockSharedEx(PushLock, Flags);
}

VOID FLTAPI FltAcquirePushLockShared(PULONG_PTR PushLock)
{
    IRQL_AT_MOST(APC_LEVEL);
    FltAcquirePushLockSharedEx(PushLock, 0);
}

VOID FLTAPI FltReleasePushLockEx(PULONG_PTR PushLock, ULONG Flags)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (*exclusive_mark(PushLock)) {
        *exclusive_mark(PushLock) = 0;
        ExReleasePushLockExclusiveEx(PushLock, Flags);
    } else {
        ExReleasePushLockSharedEx(PushLock, Flags);
    }
    KeLeaveCriticalRegion();
}

VOID FLTAPI FltReleasePushLock(PULONG_PTR PushLock)
{
    IRQL_AT_MOST(APC_LEVEL);
    FltReleasePushLockEx(PushLock, 0);
}

VOID FLTAPI FltAcquireResourceExclusive(PERESOURCE Resource)
{
    IRQL_AT_MOST(APC_LEVEL);
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(Resource, TRUE);
}

VOID FLTAPI FltAcquireResourceShared(PERESOURCE Resource)
{
    IRQL_AT_MOST(APC_LEVEL);
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(Resource, TRUE);
}

VOID FLTAPI FltReleaseResource(PERESOURCE Resource)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    ExReleaseResourceLite(Resource);
    KeLeaveCriticalRegion();
}
