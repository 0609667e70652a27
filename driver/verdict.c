#include "verdict.h"

#define FT_FIRST_SLOT_BITS 10

typedef struct _FT_VERDICT_TABLE {
    struct _FT_VERDICT_TABLE *Older;
    ULONG Bits; /* the table has 2^Bits slots */
    ULONG Used;
    volatile LONG64 Slots[ANYSIZE_ARRAY]; /* process id << 32 | FT_VERDICT; 0: free */
} FT_VERDICT_TABLE, *PFT_VERDICT_TABLE;

/*
 * A table that became too small stays until the driver is unloaded, because a reader may still be
 * in it; each has half the slots of the next, so that all of them need no more room than the
 * newest. What a reader finds in an old one was true when its request came.
 */
static struct {
    PFT_VERDICT_TABLE volatile Current;
    volatile LONG Selected;
} FtpVerdicts;

static ULONG FtpSlotCount(_In_ const FT_VERDICT_TABLE *Table)
{
    return (ULONG)1 << Table->Bits;
}

/* Ids are multiples of a small number; the multiplication spreads them over the upper bits. */
static ULONG FtpHome(_In_ const FT_VERDICT_TABLE *Table, _In_ ULONG ProcessId)
{
    return (ProcessId * (ULONG)0x9E3779B1) >> (32 - Table->Bits);
}

static ULONG FtpIdIn(_In_ LONG64 Slot)
{
    return (ULONG)((ULONG64)Slot >> 32);
}

/* The slot that holds a process, or the free one where it would go. There always is a free one. */
static ULONG FtpFind(_In_ const FT_VERDICT_TABLE *Table, _In_ ULONG ProcessId)
{
    ULONG Mask = FtpSlotCount(Table) - 1, Index = FtpHome(Table, ProcessId);

    while (Table->Slots[Index] != 0 && FtpIdIn(Table->Slots[Index]) != ProcessId)
        Index = (Index + 1) & Mask;
    return Index;
}

static PFT_VERDICT_TABLE FtpCreateTable(_In_ ULONG Bits)
{
    SIZE_T Size = FIELD_OFFSET(FT_VERDICT_TABLE, Slots) + ((SIZE_T)1 << Bits) * sizeof(LONG64);
    PFT_VERDICT_TABLE Table = ExAllocatePool2(POOL_FLAG_NON_PAGED, Size, FT_TAG_VERDICT);

    if (Table != NULL)
        Table->Bits = Bits;
    return Table;
}

/* Keeps the table at most half full; where memory is out, at most seven eighths. */
static NTSTATUS FtpMakeRoom(VOID)
{
    PFT_VERDICT_TABLE Old = FtpVerdicts.Current, New;
    ULONG Count = FtpSlotCount(Old), Index;

    if (Old->Used < Count / 2)
        return STATUS_SUCCESS;
    New = FtpCreateTable(Old->Bits + 1);
    if (New == NULL)
        return Old->Used < Count / 8 * 7 ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    for (Index = 0; Index < Count; Index++) {
        if (Old->Slots[Index] != 0)
            New->Slots[FtpFind(New, FtpIdIn(Old->Slots[Index]))] = Old->Slots[Index];
    }
    New->Used = Old->Used;
    New->Older = Old;
    InterlockedExchangePointer((PVOID volatile *)&FtpVerdicts.Current, New);
    return STATUS_SUCCESS;
}

static VOID FtpWriteSlot(_Inout_ PFT_VERDICT_TABLE Table, _In_ ULONG Index, _In_ LONG64 Slot)
{
    InterlockedExchange64(&Table->Slots[Index], Slot);
}

_Use_decl_annotations_ NTSTATUS FtVerdictInitialize(VOID)
{
    FtpVerdicts.Selected = 0;
    FtpVerdicts.Current = FtpCreateTable(FT_FIRST_SLOT_BITS);
    return FtpVerdicts.Current != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
}

VOID FtVerdictDelete(VOID)
{
    PFT_VERDICT_TABLE Table = FtpVerdicts.Current;

    FtpVerdicts.Current = NULL;
    while (Table != NULL) {
        PFT_VERDICT_TABLE Older = Table->Older;

        ExFreePoolWithTag(Table, FT_TAG_VERDICT);
        Table = Older;
    }
}

_Use_decl_annotations_ FT_VERDICT FtVerdictLookup(ULONG ProcessId)
{
    PFT_VERDICT_TABLE Table = ReadPointerAcquire((PVOID volatile *)&FtpVerdicts.Current);
    ULONG Count = FtpSlotCount(Table), Index = FtpHome(Table, ProcessId), Probes;

    for (Probes = 0; Probes < Count; Probes++) {
        LONG64 Slot = ReadNoFence64(&Table->Slots[Index]);

        if (Slot == 0)
            break;
        if (FtpIdIn(Slot) == ProcessId)
            return (FT_VERDICT)(Slot & 3);
        Index = (Index + 1) & (Count - 1);
    }
    return FtVerdictUnknown;
}

ULONG FtVerdictCountSelected(VOID)
{
    return (ULONG)FtpVerdicts.Selected;
}

_Use_decl_annotations_ NTSTATUS FtVerdictSet(ULONG ProcessId, FT_VERDICT Verdict)
{
    PFT_VERDICT_TABLE Table;
    ULONG Index;
    NTSTATUS Status;

    FtVerdictRemove(ProcessId);
    Status = FtpMakeRoom();
    if (!NT_SUCCESS(Status))
        return Status;
    Table = FtpVerdicts.Current;
    Index = FtpFind(Table, ProcessId);
    FtpWriteSlot(Table, Index, (LONG64)(((ULONG64)ProcessId << 32) | (ULONG64)Verdict));
    Table->Used++;
    if (Verdict == FtVerdictSelected)
        FtpVerdicts.Selected++;
    return STATUS_SUCCESS;
}

/*
 * The slots after a freed one move up where that keeps each reachable from its home. A slot is
 * copied before its old place is overwritten, so that a reader sees it twice or not at all, but
 * never sees a wrong one.
 */
_Use_decl_annotations_ VOID FtVerdictRemove(ULONG ProcessId)
{
    PFT_VERDICT_TABLE Table = FtpVerdicts.Current;
    ULONG Mask = FtpSlotCount(Table) - 1, Hole = FtpFind(Table, ProcessId), Index;

    if (Table->Slots[Hole] == 0)
        return;
    if ((FT_VERDICT)(Table->Slots[Hole] & 3) == FtVerdictSelected)
        FtpVerdicts.Selected--;
    for (Index = (Hole + 1) & Mask; Table->Slots[Index] != 0; Index = (Index + 1) & Mask) {
        ULONG Home = FtpHome(Table, FtpIdIn(Table->Slots[Index]));

        if (((Index - Home) & Mask) >= ((Index - Hole) & Mask)) {
            FtpWriteSlot(Table, Hole, Table->Slots[Index]);
            Hole = Index;
        }
    }
    FtpWriteSlot(Table, Hole, 0);
    Table->Used--;
}

VOID FtVerdictClear(VOID)
{
    PFT_VERDICT_TABLE Table = FtpVerdicts.Current;
    ULONG Count = FtpSlotCount(Table), Index;

    for (Index = 0; Index < Count; Index++)
        FtpWriteSlot(Table, Index, 0);
    Table->Used = 0;
    FtpVerdicts.Selected = 0;
}
