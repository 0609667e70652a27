#include "queue.h"
#include "usermode.h"

/* The start of a record as one word, written last: while `Type` is 0 the record is incomplete. */
typedef union _FT_RECORD_START {
    LONG64 Word;
    struct {
        uint32_t Size;
        uint16_t Type;
        uint16_t Reserved;
    } Part;
} FT_RECORD_START;

C_ASSERT(sizeof(FT_RECORD_START) == FIELD_OFFSET(struct ft_record, sequence));

/* The greatest records, and a word of lost ones, fit into the smallest queue together. */
C_ASSERT(FT_MIN_QUEUE_BYTES >= FT_MAX_RECORD_SIZE + sizeof(struct ft_file_record) +
                                   FT_MAX_NAME_LENGTH + sizeof(struct ft_lost_record));

static struct {
    EX_PUSH_LOCK Lifetime; /* of Ring: shared to write a record, exclusive to change it */
    EX_PUSH_LOCK Reader;   /* exclusive to read; taken before Lifetime to change Ring */
    KSPIN_LOCK Places;     /* guards what follows Ring's own fields */
    KEVENT Arrived;
    volatile LONG Waiting; /* readers that want Arrived to be set */

    PUCHAR Ring;
    ULONG Size; /* a multiple of 8 */
    ULONG64 Session;
    ULONG64 LastSession;
    volatile LONG Open; /* changed with all locks; FtQueueIsOpen reads it without any */

    /* Positions count bytes from when the ring was last empty; modulo Size they are offsets. */
    ULONG64 Head, Tail, Peak;
    ULONG64 NextSequence;
    ULONG64 Events, Lost;
    ULONG64 PendingLost;         /* lost since the last record; not in the ring yet */
    ULONG64 PendingLostSequence; /* of the first of them */
} FtpQueue;

static ULONG FtpRecordSize(_In_ const FT_RECORD *Record)
{
    return (Record->FixedLength + Record->Tails[0].Length + Record->Tails[1].Length + 7) &
           ~(ULONG)7;
}

static volatile LONG64 *FtpStartAt(_In_ ULONG64 Position)
{
    return (volatile LONG64 *)&FtpQueue.Ring[Position % FtpQueue.Size];
}

/* Copies into the ring, around its end where need be; zeroes where `Data` is NULL. Returns where
   the next piece goes. */
static ULONG FtpWrite(_In_ ULONG Offset, _In_opt_ const VOID *Data, _In_ ULONG Length)
{
    const UCHAR *From = Data;
    ULONG Left = Length;

    while (Left != 0) {
        ULONG Piece = FtMin(Left, FtpQueue.Size - Offset);

        if (From != NULL) {
            RtlCopyMemory(&FtpQueue.Ring[Offset], From, Piece);
            From += Piece;
        } else {
            RtlZeroMemory(&FtpQueue.Ring[Offset], Piece);
        }
        Offset += Piece;
        if (Offset == FtpQueue.Size)
            Offset = 0;
        Left -= Piece;
    }
    return Offset;
}

/* Where what follows the start of a record goes. */
static ULONG FtpAfterStart(_In_ ULONG64 Position)
{
    return (ULONG)((Position + sizeof(FT_RECORD_START)) % FtpQueue.Size);
}

static VOID FtpComplete(_In_ ULONG64 Position, _In_ ULONG Size, _In_ USHORT Type)
{
    FT_RECORD_START Start = {0};

    Start.Part.Size = Size;
    Start.Part.Type = Type;
    WriteRelease64(FtpStartAt(Position), Start.Word);
}

/* Gives `Size` bytes their place. With the spin lock held, and after a look for room. */
static ULONG64 FtpTakePlace(_In_ ULONG Size)
{
    FT_RECORD_START Start = {0};
    ULONG64 Position;

    /* An empty ring is begun anew, so that a reader who keeps up gets by with a small part of it,
       which stays in the processor's cache. */
    if (FtpQueue.Head == FtpQueue.Tail)
        FtpQueue.Head = FtpQueue.Tail = 0;
    Position = FtpQueue.Tail;
    Start.Part.Size = Size;
    *FtpStartAt(Position) = Start.Word;
    FtpQueue.Tail += Size;
    if (FtpQueue.Peak < FtpQueue.Tail - FtpQueue.Head)
        FtpQueue.Peak = FtpQueue.Tail - FtpQueue.Head;
    return Position;
}

static BOOLEAN FtpHasRoom(_In_ ULONG Size)
{
    return Size <= FtpQueue.Size - (FtpQueue.Tail - FtpQueue.Head);
}

/* With the spin lock held. */
static VOID FtpCountLost(VOID)
{
    if (FtpQueue.PendingLost++ == 0)
        FtpQueue.PendingLostSequence = FtpQueue.NextSequence;
    FtpQueue.NextSequence++;
    FtpQueue.Lost++;
}

/* Turns the lost records so far into one that says so. With the spin lock held, and room for it. */
static VOID FtpPutLost(VOID)
{
    struct ft_lost_record Record = {0};
    ULONG64 Position = FtpTakePlace(sizeof(Record));

    Record.record.sequence = FtpQueue.PendingLostSequence;
    Record.count = FtpQueue.PendingLost;
    FtpWrite(FtpAfterStart(Position), &Record.record.sequence,
             sizeof(Record) - sizeof(FT_RECORD_START));
    FtpComplete(Position, sizeof(Record), FT_RECORD_LOST);
    FtpQueue.PendingLost = 0;
}

/* Copies a record to the place that it was given, and makes it complete. */
static VOID FtpFill(_In_ ULONG64 Position, _In_ ULONG64 Sequence, _In_ const FT_RECORD *Record)
{
    ULONG Length = Record->FixedLength, Size = FtpRecordSize(Record), Index;
    ULONG At = FtpAfterStart(Position);

    At = FtpWrite(At, &Sequence, sizeof(Sequence));
    At = FtpWrite(At, Record->Fixed + 1, Record->FixedLength - (ULONG)sizeof(*Record->Fixed));
    for (Index = 0; Index < RTL_NUMBER_OF(Record->Tails); Index++) {
        At = FtpWrite(At, Record->Tails[Index].Data, Record->Tails[Index].Length);
        Length += Record->Tails[Index].Length;
    }
    FtpWrite(At, NULL, Size - Length);
    FtpComplete(Position, Size, Record->Fixed->type);
}

/* The exchange orders the record's completion before it and the look for a reader that waits. */
static VOID FtpWake(VOID)
{
    if (InterlockedCompareExchange(&FtpQueue.Waiting, 0, 0) != 0)
        KeSetEvent(&FtpQueue.Arrived, IO_NO_INCREMENT, FALSE);
}

_Use_decl_annotations_ VOID FtQueuePut(const FT_RECORD *Record, PFT_ANNOUNCEMENT Announcement,
                                       const FT_RECORD *Introduction)
{
    KLOCK_QUEUE_HANDLE Lock;
    ULONG64 Place = 0, IntroductionPlace = 0, Sequence = 0;
    ULONG Size = FtpRecordSize(Record), Needed = Size;
    BOOLEAN Introduce = FALSE, Placed = FALSE;

    FltAcquirePushLockShared(&FtpQueue.Lifetime);
    if (!FtpQueue.Open)
        goto Exit;

    KeAcquireInStackQueuedSpinLock(&FtpQueue.Places, &Lock);
    Introduce = Announcement->Session != FtpQueue.Session;
    if (Introduce && Introduction == NULL)
        goto Unlock;
    if (Record->Fixed->type == FT_RECORD_FILE)
        FtpQueue.Events++;
    if (Introduce)
        Needed += FtpRecordSize(Introduction);
    if (FtpQueue.PendingLost != 0)
        Needed += (ULONG)sizeof(struct ft_lost_record);
    if (!FtpHasRoom(Needed)) {
        FtpCountLost();
        goto Unlock;
    }
    Placed = TRUE;
    if (FtpQueue.PendingLost != 0)
        FtpPutLost();
    Sequence = FtpQueue.NextSequence;
    if (Introduce) {
        IntroductionPlace = FtpTakePlace(FtpRecordSize(Introduction));
        FtpQueue.NextSequence++;
        Announcement->Session = FtpQueue.Session;
    }
    Place = FtpTakePlace(Size);
    FtpQueue.NextSequence++;
Unlock:
    KeReleaseInStackQueuedSpinLock(&Lock);

    if (Placed) {
        if (Introduce)
            FtpFill(IntroductionPlace, Sequence++, Introduction);
        FtpFill(Place, Sequence, Record);
        FtpWake();
    }
Exit:
    FltReleasePushLock(&FtpQueue.Lifetime);
}

VOID FtQueueLose(VOID)
{
    KLOCK_QUEUE_HANDLE Lock;

    FltAcquirePushLockShared(&FtpQueue.Lifetime);
    if (FtpQueue.Open) {
        KeAcquireInStackQueuedSpinLock(&FtpQueue.Places, &Lock);
        FtpQueue.Events++;
        FtpCountLost();
        KeReleaseInStackQueuedSpinLock(&Lock);
        FtpWake();
    }
    FltReleasePushLock(&FtpQueue.Lifetime);
}

/*
 * The stretch of the ring that a reader can have: whole, complete records, `Length` bytes at most.
 * Lost records that nothing has followed yet are put in where there is room. With the reader's
 * lock.
 */
static NTSTATUS FtpFindBatch(_In_ ULONG Length, _Out_ PULONG64 Begin, _Out_ PULONG64 End)
{
    KLOCK_QUEUE_HANDLE Lock;
    ULONG64 Tail;

    KeAcquireInStackQueuedSpinLock(&FtpQueue.Places, &Lock);
    if (FtpQueue.PendingLost != 0 && FtpHasRoom(sizeof(struct ft_lost_record)))
        FtpPutLost();
    *Begin = *End = FtpQueue.Head;
    Tail = FtpQueue.Tail;
    KeReleaseInStackQueuedSpinLock(&Lock);

    while (*End != Tail) {
        FT_RECORD_START Start;

        Start.Word = ReadAcquire64(FtpStartAt(*End));
        if (Start.Part.Type == 0)
            break;
        if (Start.Part.Size > Length - (*End - *Begin))
            return *End != *Begin ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;
        *End += Start.Part.Size;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS FtpReadBatch(_In_ ULONG64 Session, _Out_ PVOID UserBuffer, _In_ ULONG Length,
                             _Out_ PULONG Returned)
{
    KLOCK_QUEUE_HANDLE Lock;
    ULONG64 Begin, End;
    ULONG Offset, Count, Piece;
    NTSTATUS Status = STATUS_PORT_DISCONNECTED;

    *Returned = 0;
    FltAcquirePushLockExclusive(&FtpQueue.Reader);
    if (!FtpQueue.Open || FtpQueue.Session != Session)
        goto Exit;
    Status = FtpFindBatch(Length, &Begin, &End);
    if (!NT_SUCCESS(Status) || Begin == End)
        goto Exit;
    Offset = (ULONG)(Begin % FtpQueue.Size);
    Count = (ULONG)(End - Begin);
    Piece = FtMin(Count, FtpQueue.Size - Offset);
    Status = FtCopyToUser(UserBuffer, &FtpQueue.Ring[Offset], Piece);
    if (NT_SUCCESS(Status) && Piece < Count)
        Status = FtCopyToUser((PUCHAR)UserBuffer + Piece, FtpQueue.Ring, Count - Piece);
    if (!NT_SUCCESS(Status))
        goto Exit;
    KeAcquireInStackQueuedSpinLock(&FtpQueue.Places, &Lock);
    FtpQueue.Head = End;
    KeReleaseInStackQueuedSpinLock(&Lock);
    *Returned = Count;
Exit:
    FltReleasePushLock(&FtpQueue.Reader);
    return Status;
}

_Use_decl_annotations_ NTSTATUS FtQueueRead(ULONG64 Session, PVOID UserBuffer, ULONG Length,
                                            ULONG WaitMs, PULONG Returned)
{
    LARGE_INTEGER Frequency, Started, Timeout;
    LONGLONG Left = WaitMs;
    NTSTATUS Status;

    PAGED_CODE();
    Started = KeQueryPerformanceCounter(&Frequency);
    InterlockedIncrement(&FtpQueue.Waiting);
    for (;;) {
        /* Cleared before the look, so that what comes after the look ends the wait. */
        KeClearEvent(&FtpQueue.Arrived);
        Status = FtpReadBatch(Session, UserBuffer, Length, Returned);
        if (!NT_SUCCESS(Status) || *Returned != 0 || Left <= 0)
            break;
        Timeout.QuadPart = -Left * 10000;
        /* In user mode's name, so that a client that is being ended does not have to wait. */
        Status = KeWaitForSingleObject(&FtpQueue.Arrived, UserRequest, UserMode, FALSE, &Timeout);
        if (Status == STATUS_USER_APC)
            break;
        if (Status == STATUS_TIMEOUT) {
            Left = 0; /* for a last look */
            continue;
        }
        Left = WaitMs - (KeQueryPerformanceCounter(NULL).QuadPart - Started.QuadPart) * 1000 /
                            Frequency.QuadPart;
    }
    InterlockedDecrement(&FtpQueue.Waiting);
    return Status;
}

_Use_decl_annotations_ VOID FtQueueGetStatus(struct ft_status_reply *Status)
{
    KLOCK_QUEUE_HANDLE Lock;

    RtlZeroMemory(Status, sizeof(*Status));
    FltAcquirePushLockShared(&FtpQueue.Lifetime);
    if (FtpQueue.Open) {
        KeAcquireInStackQueuedSpinLock(&FtpQueue.Places, &Lock);
        Status->events = FtpQueue.Events;
        Status->lost = FtpQueue.Lost;
        Status->queue_bytes = FtpQueue.Size;
        Status->queue_used = FtpQueue.Tail - FtpQueue.Head;
        Status->queue_peak = FtpQueue.Peak;
        KeReleaseInStackQueuedSpinLock(&Lock);
    }
    FltReleasePushLock(&FtpQueue.Lifetime);
}

BOOLEAN FtQueueIsOpen(VOID)
{
    return ReadNoFence(&FtpQueue.Open) != FALSE;
}

static PUCHAR FtpCreateRing(_In_ ULONG Bytes)
{
    /* A record is written before it is read, all of it. */
    return ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED, Bytes, FT_TAG_QUEUE);
}

static VOID FtpLockRing(VOID)
{
    FltAcquirePushLockExclusive(&FtpQueue.Reader);
    FltAcquirePushLockExclusive(&FtpQueue.Lifetime);
}

static VOID FtpUnlockRing(VOID)
{
    FltReleasePushLock(&FtpQueue.Lifetime);
    FltReleasePushLock(&FtpQueue.Reader);
}

VOID FtQueueInitialize(VOID)
{
    PAGED_CODE();
    RtlZeroMemory(&FtpQueue, sizeof(FtpQueue));
    FltInitializePushLock(&FtpQueue.Lifetime);
    FltInitializePushLock(&FtpQueue.Reader);
    KeInitializeSpinLock(&FtpQueue.Places);
    KeInitializeEvent(&FtpQueue.Arrived, NotificationEvent, FALSE);
}

VOID FtQueueDelete(VOID)
{
    PAGED_CODE();
    FtQueueClose(0);
    FltDeletePushLock(&FtpQueue.Reader);
    FltDeletePushLock(&FtpQueue.Lifetime);
}

_Use_decl_annotations_ NTSTATUS FtQueueOpen(ULONG Bytes, PULONG64 Session)
{
    ULONG Size = (Bytes + 7) & ~(ULONG)7;
    PUCHAR Ring;
    NTSTATUS Status = STATUS_DEVICE_BUSY;

    PAGED_CODE();
    *Session = 0;
    Ring = FtpCreateRing(Size);
    if (Ring == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    FtpLockRing();
    if (!FtpQueue.Open) {
        FtpQueue.Ring = Ring;
        FtpQueue.Size = Size;
        FtpQueue.Session = *Session = ++FtpQueue.LastSession;
        FtpQueue.Head = FtpQueue.Tail = FtpQueue.Peak = 0;
        FtpQueue.NextSequence = 1;
        FtpQueue.Events = FtpQueue.Lost = FtpQueue.PendingLost = 0;
        WriteNoFence(&FtpQueue.Open, TRUE);
        Ring = NULL;
        Status = STATUS_SUCCESS;
    }
    FtpUnlockRing();
    if (Ring != NULL)
        ExFreePoolWithTag(Ring, FT_TAG_QUEUE);
    return Status;
}

_Use_decl_annotations_ VOID FtQueueClose(ULONG64 Session)
{
    PUCHAR Ring = NULL;

    PAGED_CODE();
    FtpLockRing();
    if (FtpQueue.Open && (Session == 0 || Session == FtpQueue.Session)) {
        Ring = FtpQueue.Ring;
        FtpQueue.Ring = NULL;
        WriteNoFence(&FtpQueue.Open, FALSE);
    }
    FtpUnlockRing();
    KeSetEvent(&FtpQueue.Arrived, IO_NO_INCREMENT, FALSE);
    if (Ring != NULL)
        ExFreePoolWithTag(Ring, FT_TAG_QUEUE);
}

_Use_decl_annotations_ NTSTATUS FtQueueResize(ULONG64 Session, ULONG Bytes)
{
    ULONG Size = (Bytes + 7) & ~(ULONG)7, Used, Offset, Piece;
    PUCHAR Ring;
    NTSTATUS Status = STATUS_SUCCESS;

    PAGED_CODE();
    Ring = FtpCreateRing(Size);
    if (Ring == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    FtpLockRing();
    Used = (ULONG)(FtpQueue.Tail - FtpQueue.Head);
    if (!FtpQueue.Open || FtpQueue.Session != Session) {
        Status = STATUS_PORT_DISCONNECTED;
    } else if (Used > Size) {
        Status = STATUS_DEVICE_BUSY;
    } else {
        PUCHAR Old = FtpQueue.Ring;

        Offset = (ULONG)(FtpQueue.Head % FtpQueue.Size);
        Piece = FtMin(Used, FtpQueue.Size - Offset);
        RtlCopyMemory(Ring, &Old[Offset], Piece);
        RtlCopyMemory(&Ring[Piece], Old, Used - Piece);
        FtpQueue.Ring = Ring;
        FtpQueue.Size = Size;
        FtpQueue.Head = 0;
        FtpQueue.Tail = Used;
        Ring = Old;
    }
    FtpUnlockRing();
    ExFreePoolWithTag(Ring, FT_TAG_QUEUE);
    return Status;
}
