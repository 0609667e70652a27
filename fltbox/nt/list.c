/* Lists that several processors change: by compare-and-swap, or under a spin lock given. */
#include "executive.h"

/* ---- Sequenced singly linked lists --------------------------------------------------------- */

/* Depth and sequence in the low half, the first entry (16-byte aligned) in the high half. */
typedef unsigned __int128 slist_value;

static slist_value slist_load(PSLIST_HEADER head)
{
    /* Torn reads are caught by the exchange. */
    uint64_t low = __atomic_load_n(&head->Alignment, __ATOMIC_ACQUIRE);
    uint64_t high = __atomic_load_n(&head->Region, __ATOMIC_ACQUIRE);

    return (slist_value)high << 64 | low;
}

static bool slist_exchange(PSLIST_HEADER head, slist_value *expected, uint64_t low, uint64_t high)
{
    uint64_t old_low = (uint64_t)*expected, old_high = (uint64_t)(*expected >> 64);
    bool done;

    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(done), "+m"(*(slist_value *)head), "+a"(old_low), "+d"(old_high)
                     : "b"(low), "c"(high)
                     : "memory");
    if (!done)
        *expected = (slist_value)old_high << 64 | old_low;
    return done;
}

static PSLIST_ENTRY first_of(slist_value value)
{
    return (PSLIST_ENTRY)((uint64_t)(value >> 64) & ~UINT64_C(15));
}

static uint64_t next_low(slist_value value, int depth_change)
{
    uint64_t low = (uint64_t)value;
    uint64_t depth = (low + (uint64_t)depth_change) & 0xffff;

    return ((low & ~UINT64_C(0xffff)) + 0x10000) | depth;
}

VOID NTAPI InitializeSListHead(PSLIST_HEADER head)
{
    head->Alignment = 0;
    head->Region = 0;
}

PSLIST_ENTRY NTAPI ExpInterlockedPushEntrySList(PSLIST_HEADER head, PSLIST_ENTRY entry)
{
    slist_value value = slist_load(head);

    do
        entry->Next = first_of(value);
    while (!slist_exchange(head, &value, next_low(value, 1), (uint64_t)entry));
    return first_of(value);
}

PSLIST_ENTRY NTAPI ExpInterlockedPopEntrySList(PSLIST_HEADER head)
{
    slist_value value = slist_load(head);

    for (;;) {
        PSLIST_ENTRY first = first_of(value);

        if (first == NULL)
            return NULL;
        /* `first` may be gone by now, and stays readable: pool memory is not unmapped so soon. */
        if (slist_exchange(head, &value, next_low(value, -1), (uint64_t)first->Next))
            return first;
    }
}

PSLIST_ENTRY NTAPI ExpInterlockedFlushSList(PSLIST_HEADER head)
{
    slist_value value = slist_load(head);

    do {
        if (first_of(value) == NULL)
            return NULL;
    } while (!slist_exchange(head, &value, next_low(value, -(int)((uint64_t)value & 0xffff)), 0));
    return first_of(value);
}

USHORT NTAPI ExQueryDepthSList(PSLIST_HEADER head)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return (USHORT)__atomic_load_n(&head->Alignment, __ATOMIC_RELAXED);
}

/* ---- Lists under a spin lock --------------------------------------------------------------- */

/* Callable at any IRQL, so this takes the lock without the checks of KeAcquireSpinLock. */
static void lock(PKSPIN_LOCK spin, KIRQL *old)
{
    KIRQL irql = nt_irql();

    *old = nt_irql_set(irql < DISPATCH_LEVEL ? DISPATCH_LEVEL : irql);
    KeAcquireSpinLockAtDpcLevel(spin);
}

static void unlock(PKSPIN_LOCK spin, KIRQL old)
{
    KeReleaseSpinLockFromDpcLevel(spin);
    nt_irql_set(old);
}

PLIST_ENTRY NTAPI ExInterlockedInsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK spin)
{
    PLIST_ENTRY former;
    KIRQL old;

    lock(spin, &old);
    former = head->Flink;
    InsertHeadList(head, entry);
    unlock(spin, old);
    return former == head ? NULL : former;
}

PLIST_ENTRY NTAPI ExInterlockedInsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK spin)
{
    PLIST_ENTRY former;
    KIRQL old;

    lock(spin, &old);
    former = head->Blink;
    InsertTailList(head, entry);
    unlock(spin, old);
    return former == head ? NULL : former;
}

PLIST_ENTRY NTAPI ExInterlockedRemoveHeadList(PLIST_ENTRY head, PKSPIN_LOCK spin)
{
    PLIST_ENTRY entry = NULL;
    KIRQL old;

    lock(spin, &old);
    if (!IsListEmpty(head))
        entry = RemoveHeadList(head);
    unlock(spin, old);
    return entry;
}

PSINGLE_LIST_ENTRY NTAPI ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY head,
                                                    PSINGLE_LIST_ENTRY entry, PKSPIN_LOCK spin)
{
    PSINGLE_LIST_ENTRY former;
    KIRQL old;

    lock(spin, &old);
    former = head->Next;
    entry->Next = former;
    head->Next = entry;
    unlock(spin, old);
    return former;
}

PSINGLE_LIST_ENTRY NTAPI ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY head, PKSPIN_LOCK spin)
{
    PSINGLE_LIST_ENTRY entry;
    KIRQL old;

    lock(spin, &old);
    entry = head->Next;
    if (entry != NULL)
        head->Next = entry->Next;
    unlock(spin, old);
    return entry;
}

ULONG NTAPI ExInterlockedAddUlong(PULONG addend, ULONG increment, PKSPIN_LOCK spin)
{
    ULONG former;
    KIRQL old;

    lock(spin, &old);
    former = *addend;
    *addend = former + increment;
    unlock(spin, old);
    return former;
}

LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER addend, LARGE_INTEGER increment,
                                                 PKSPIN_LOCK spin)
{
    LARGE_INTEGER former;
    KIRQL old;

    lock(spin, &old);
    former = *addend;
    addend->QuadPart = former.QuadPart + increment.QuadPart;
    unlock(spin, old);
    return former;
}
