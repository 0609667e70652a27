/*
 * Lookaside lists. Code that the WDK's headers inline takes entries from ListHead and counts in
 * the structure itself, so the fields mean what they mean on Windows; what is not on the list
 * comes from and goes to the pool.
 */
#include "executive.h"

#include <string.h>

#define KIND "a lookaside list not deleted"

/* Memory for the default allocation is accounted to the driver that asked for it. */
static PVOID NTAPI default_allocate(POOL_TYPE type, SIZE_T size, ULONG tag)
{
    return nt_pool_allocate_type(CALLER, type, size, tag);
}

static VOID NTAPI default_free(PVOID entry)
{
    nt_pool_free(entry);
}

static PVOID NTAPI default_allocate_ex(POOL_TYPE type, SIZE_T size, ULONG tag,
                                       PLOOKASIDE_LIST_EX list)
{
    (void)list;
    return nt_pool_allocate_type(CALLER, type, size, tag);
}

static VOID NTAPI default_free_ex(PVOID entry, PLOOKASIDE_LIST_EX list)
{
    (void)list;
    nt_pool_free(entry);
}

/* Both kinds of list have this layout, and differ in their alignment. */
static void initialize(PGENERAL_LOOKASIDE_POOL l, POOL_TYPE type, SIZE_T size, ULONG tag,
                       const void *caller)
{
    InitializeSListHead(&l->ListHead);
    l->Depth = 4;
    l->MaximumDepth = 256;
    l->TotalAllocates = l->AllocateMisses = 0;
    l->TotalFrees = l->FreeMisses = 0;
    l->Type = type;
    l->Tag = tag;
    l->Size = (ULONG)(size < sizeof(SLIST_ENTRY) ? sizeof(SLIST_ENTRY) : size);
    nt_owe(nt_driver_of_caller(caller), KIND, l, caller);
}

/* ---- Plain ones ---------------------------------------------------------------------------- */

static void initialize_plain(PGENERAL_LOOKASIDE l, PALLOCATE_FUNCTION allocate, PFREE_FUNCTION free,
                             POOL_TYPE type, SIZE_T size, ULONG tag, const void *caller)
{
    memset(l, 0, sizeof(*l));
    initialize((PGENERAL_LOOKASIDE_POOL)l, type, size, tag, caller);
    l->Allocate = allocate != NULL ? allocate : default_allocate;
    l->Free = free != NULL ? free : default_free;
}

VOID NTAPI ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate,
                                           PFREE_FUNCTION free, ULONG flags, SIZE_T size, ULONG tag,
                                           USHORT depth)
{
    POOL_TYPE type = (POOL_TYPE)(NonPagedPool | (flags & (POOL_NX_ALLOCATION)));

    (void)depth; /* reserved */
    IRQL_AT_MOST(DISPATCH_LEVEL);
    initialize_plain(&list->L, allocate, free, type, size, tag, CALLER);
}

VOID NTAPI ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST list, PALLOCATE_FUNCTION allocate,
                                          PFREE_FUNCTION free, ULONG flags, SIZE_T size, ULONG tag,
                                          USHORT depth)
{
    (void)flags;
    (void)depth;
    IRQL_AT_MOST(APC_LEVEL);
    initialize_plain(&list->L, allocate, free, PagedPool, size, tag, CALLER);
}

static void empty_plain(PGENERAL_LOOKASIDE l)
{
    PSLIST_ENTRY entry;

    nt_settle(KIND, l);
    while ((entry = ExpInterlockedPopEntrySList(&l->ListHead)) != NULL)
        l->Free(entry);
}

VOID NTAPI ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST list)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    empty_plain(&list->L);
}

VOID NTAPI ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST list)
{
    IRQL_AT_MOST(APC_LEVEL);
    empty_plain(&list->L);
}

/* ---- LOOKASIDE_LIST_EX --------------------------------------------------------------------- */

NTSTATUS NTAPI ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX list, PALLOCATE_FUNCTION_EX allocate,
                                           PFREE_FUNCTION_EX free, POOL_TYPE type, ULONG flags,
                                           SIZE_T size, ULONG tag, USHORT depth)
{
    PGENERAL_LOOKASIDE_POOL l = &list->L;
    const ULONG both =
        EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL | EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE;

    (void)depth;
    IRQL_AT_MOST(DISPATCH_LEVEL);
    if ((flags & ~both) != 0 || flags == both)
        return STATUS_INVALID_PARAMETER_5;
    memset(list, 0, sizeof(*list));
    if (flags == EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL)
        type |= POOL_RAISE_IF_ALLOCATION_FAILURE;
    else if (flags == EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE)
        type |= POOL_QUOTA_FAIL_INSTEAD_OF_RAISE;
    initialize(l, type, size, tag, CALLER);
    l->AllocateEx = allocate != NULL ? allocate : default_allocate_ex;
    l->FreeEx = free != NULL ? free : default_free_ex;
    return STATUS_SUCCESS;
}

VOID NTAPI ExFlushLookasideListEx(PLOOKASIDE_LIST_EX list)
{
    PGENERAL_LOOKASIDE_POOL l = &list->L;
    PSLIST_ENTRY entry;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    while ((entry = ExpInterlockedPopEntrySList(&l->ListHead)) != NULL)
        l->FreeEx(entry, list);
}

VOID NTAPI ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX list)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    ExFlushLookasideListEx(list);
    nt_settle(KIND, &list->L);
}
