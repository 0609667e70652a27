#include "process.h"
#include "lineage.h"
#include "record.h"

#define FT_PROCESS_BUCKETS 256

static struct {
    EX_PUSH_LOCK Lock;
    BOOLEAN Initialized;
    PFT_CONFIG Config;
    ULONG64 Turn; /* counts the configurations that were in force */
    volatile ULONG ConfigFlags;
    ULONG64 LastKey;
    LIST_ENTRY Buckets[FT_PROCESS_BUCKETS]; /* of FT_PROCESS; each has a reference */
} FtpSelection;

#pragma code_seg("PAGE")

static PLIST_ENTRY FtpBucket(_In_ ULONG ProcessId)
{
    return &FtpSelection.Buckets[(ProcessId >> 2) % FT_PROCESS_BUCKETS];
}

/* With the lock held. */
static PFT_PROCESS FtpFindProcess(_In_ ULONG ProcessId)
{
    PLIST_ENTRY Bucket = FtpBucket(ProcessId), Link;

    for (Link = Bucket->Flink; Link != Bucket; Link = Link->Flink) {
        PFT_PROCESS Process = CONTAINING_RECORD(Link, FT_PROCESS, Link);

        if (Process->ProcessId == ProcessId)
            return Process;
    }
    return NULL;
}

/* The process if it is selected under the configuration in force. With the lock held. */
static PFT_PROCESS FtpFindSelected(_In_ ULONG ProcessId)
{
    PFT_PROCESS Process = FtpFindProcess(ProcessId);

    return Process != NULL && Process->Turn == FtpSelection.Turn ? Process : NULL;
}

static PFT_PROCESS FtpReference(_In_ PFT_PROCESS Process)
{
    InterlockedIncrement(&Process->References);
    return Process;
}

/* Takes it off the list; the list's reference becomes the caller's. With the lock exclusive. */
static PFT_PROCESS FtpUnlink(_In_opt_ PFT_PROCESS Process)
{
    if (Process != NULL)
        RemoveEntryList(&Process->Link);
    return Process;
}

_Use_decl_annotations_ VOID FtProcessRelease(PFT_PROCESS Process)
{
    PAGED_CODE();
    if (Process == NULL || InterlockedDecrement(&Process->References) != 0)
        return;
    if (Process->Image.Buffer != NULL)
        ExFreePoolWithTag(Process->Image.Buffer, FT_TAG_STRINGS);
    ExFreePoolWithTag(Process, FT_TAG_PROCESS);
}

static VOID FtpCopyString(_Out_ PUNICODE_STRING To, _In_ PWCHAR Buffer,
                          _In_opt_ PCUNICODE_STRING From)
{
    To->Buffer = Buffer;
    To->Length = To->MaximumLength = (USHORT)(From != NULL ? From->Length : 0);
    if (To->Length != 0)
        RtlCopyMemory(Buffer, From->Buffer, To->Length);
}

static PFT_PROCESS FtpCreateProcess(_In_ PEPROCESS Object, _In_opt_ PCUNICODE_STRING Image,
                                    _In_opt_ PCUNICODE_STRING CommandLine)
{
    SIZE_T ImageLength = Image != NULL ? Image->Length : 0;
    SIZE_T Length = ImageLength + (CommandLine != NULL ? CommandLine->Length : 0);
    PFT_PROCESS Process = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*Process), FT_TAG_PROCESS);
    PUCHAR Strings = NULL;

    if (Process == NULL)
        return NULL;
    Process->References = 1;
    if (Length != 0) {
        Strings = ExAllocatePool2(POOL_FLAG_PAGED, Length, FT_TAG_STRINGS);
        if (Strings == NULL) {
            FtProcessRelease(Process);
            return NULL;
        }
    }
    FtpCopyString(&Process->Image, (PWCHAR)Strings, Image);
    if (Strings != NULL)
        Strings += ImageLength;
    FtpCopyString(&Process->CommandLine, (PWCHAR)Strings, CommandLine);
    Process->ProcessId = HandleToULong(PsGetProcessId(Object));
    Process->Born = PsGetProcessCreateTimeQuadPart(Object);
    KeQuerySystemTimePrecise(&Process->Time);
    return Process;
}

/* Descent, from whichever of its parent and its creator is selected. */
static NTSTATUS FtpIsDescendant(_In_ const FT_CONFIG *Config, _In_ PEPROCESS Object,
                                _In_opt_ const PS_CREATE_NOTIFY_INFO *Birth, _In_ ULONG ParentId,
                                _Out_ PBOOLEAN Selected)
{
    ULONG OwnId = HandleToULong(PsGetProcessId(Object)), CreatorId;
    NTSTATUS Status;

    if (Birth == NULL)
        return FtIsSelectedLine(Config, OwnId, ParentId, PsGetProcessCreateTimeQuadPart(Object),
                                Selected);
    /* A process that is being created holds on to both: whoever has these ids now is meant. */
    Status = FtIsSelectedLine(Config, OwnId, ParentId, MAXLONGLONG, Selected);
    CreatorId = HandleToULong(Birth->CreatingThreadId.UniqueProcess);
    if (NT_SUCCESS(Status) && !*Selected && CreatorId != ParentId)
        Status = FtIsSelectedLine(Config, OwnId, CreatorId, MAXLONGLONG, Selected);
    return Status;
}

/* `*Process`: made for a process that the configuration selects; NULL for one that it does not. */
static NTSTATUS FtpJudge(_In_ const FT_CONFIG *Config, _In_ PEPROCESS Object,
                         _In_opt_ const PS_CREATE_NOTIFY_INFO *Birth,
                         _Outptr_result_maybenull_ PFT_PROCESS *Process)
{
    PUNICODE_STRING Located;
    PCUNICODE_STRING Image;
    BOOLEAN Selected, Inherited = FALSE;
    ULONG ParentId;
    NTSTATUS Status;

    *Process = NULL;
    if (FtConfigIsEmpty(Config))
        return STATUS_SUCCESS;
    Status = FtQueryImage(Object, &Located);
    if (!NT_SUCCESS(Status))
        return Status;
    Image = Located != NULL || Birth == NULL ? Located : Birth->ImageFileName;
    if (Birth != NULL)
        ParentId = HandleToULong(Birth->ParentProcessId);
    else
        Status = FtQueryParent(Object, &ParentId);
    Selected = FtConfigSelects(Config, HandleToULong(PsGetProcessId(Object)), Image);
    /* The file may have been executed by another name: a link's. */
    if (!Selected && Birth != NULL)
        Selected =
            FtConfigSelects(Config, HandleToULong(PsGetProcessId(Object)), Birth->ImageFileName);
    if (NT_SUCCESS(Status) && !Selected && (Config->Flags & FT_CONFIGURE_CHILDREN) != 0) {
        Status = FtpIsDescendant(Config, Object, Birth, ParentId, &Inherited);
        Selected = Inherited;
    }
    if (NT_SUCCESS(Status) && Selected) {
        *Process = FtpCreateProcess(Object, Image, Birth != NULL ? Birth->CommandLine : NULL);
        if (*Process == NULL) {
            Status = STATUS_INSUFFICIENT_RESOURCES;
        } else {
            (*Process)->ParentId = ParentId;
            (*Process)->Flags = Inherited ? FT_PROCESS_INHERITED : 0;
        }
    }
    if (Located != NULL)
        ExFreePool(Located);
    return Status;
}

static PFT_CONFIG FtpReferenceConfig(VOID)
{
    PFT_CONFIG Config;

    FltAcquirePushLockShared(&FtpSelection.Lock);
    Config = FtpSelection.Config;
    FtConfigReference(Config);
    FltReleasePushLock(&FtpSelection.Lock);
    return Config;
}

/*
 * Puts a verdict down; `*Process` comes in as made by FtpJudge and goes out as the one that stands,
 * referenced, where another thread was first or one from an earlier configuration is there. FALSE
 * where the configuration has changed since.
 */
static BOOLEAN FtpSettle(_In_ const FT_CONFIG *Config, _In_ PEPROCESS Object, _In_ BOOLEAN Birth,
                         _Inout_ PFT_PROCESS *Process)
{
    ULONG ProcessId = HandleToULong(PsGetProcessId(Object));
    PFT_PROCESS New = *Process, Found, Unused = NULL;

    FltAcquirePushLockExclusive(&FtpSelection.Lock);
    if (Config != FtpSelection.Config) {
        FltReleasePushLock(&FtpSelection.Lock);
        return FALSE;
    }
    if (Birth)
        FtForgetExit(ProcessId);
    Found = FtpFindProcess(ProcessId);
    if (Found != NULL && Birth) {
        Unused = FtpUnlink(Found); /* of an earlier process, whose exit was not reported */
        Found = NULL;
    }
    if (Found != NULL && (New != NULL || Found->Turn == FtpSelection.Turn)) {
        *Process = FtpReference(Found);
        Found->Turn = FtpSelection.Turn;
        Unused = New;
    } else if (New != NULL) {
        New->Turn = FtpSelection.Turn;
        New->Key = ++FtpSelection.LastKey;
        InsertTailList(FtpBucket(ProcessId), &New->Link);
        FtpReference(New);
    }
    /* Without room for the verdict, one that is ignored is judged again at its next create. */
    (void)FtVerdictSet(ProcessId, *Process != NULL ? FtVerdictSelected : FtVerdictIgnored);
    FltReleasePushLock(&FtpSelection.Lock);
    FtProcessRelease(Unused);
    return TRUE;
}

static NTSTATUS FtpDecide(_In_ PEPROCESS Object, _In_opt_ const PS_CREATE_NOTIFY_INFO *Birth,
                          _Outptr_result_maybenull_ PFT_PROCESS *Process)
{
    for (;;) {
        PFT_CONFIG Config = FtpReferenceConfig();
        NTSTATUS Status = FtpJudge(Config, Object, Birth, Process);
        BOOLEAN Settled = !NT_SUCCESS(Status) || FtpSettle(Config, Object, Birth != NULL, Process);

        FtConfigRelease(Config);
        if (Settled)
            return Status;
        FtProcessRelease(*Process);
    }
}

_Use_decl_annotations_ NTSTATUS FtProcessGetSelected(PEPROCESS Object, PFT_PROCESS *Process)
{
    ULONG ProcessId = HandleToULong(PsGetProcessId(Object));
    PFT_PROCESS Selected;
    FT_VERDICT Verdict = FtVerdictSelected;

    PAGED_CODE();
    *Process = NULL;
    FltAcquirePushLockShared(&FtpSelection.Lock);
    Selected = FtpFindSelected(ProcessId);
    if (Selected != NULL)
        *Process = FtpReference(Selected);
    else
        Verdict = FtVerdictLookup(ProcessId);
    FltReleasePushLock(&FtpSelection.Lock);
    return Verdict == FtVerdictUnknown ? FtpDecide(Object, NULL, Process) : STATUS_SUCCESS;
}

_Use_decl_annotations_ FT_VERDICT FtProcessKnownVerdict(ULONG ProcessId, LONGLONG BornBefore,
                                                        BOOLEAN Alive)
{
    FT_VERDICT Verdict = FtVerdictUnknown;

    PAGED_CODE();
    FltAcquirePushLockShared(&FtpSelection.Lock);
    if (FtWasSelected(ProcessId, BornBefore) || (Alive && FtpFindSelected(ProcessId) != NULL))
        Verdict = FtVerdictSelected;
    else if (Alive)
        Verdict = FtVerdictLookup(ProcessId);
    FltReleasePushLock(&FtpSelection.Lock);
    return Verdict;
}

/* Nothing stays of a process but, if it was selected, the memory that it was. */
static PFT_PROCESS FtpForget(_In_ ULONG ProcessId)
{
    PFT_PROCESS Process;

    FltAcquirePushLockExclusive(&FtpSelection.Lock);
    Process = FtpFindSelected(ProcessId);
    if (Process != NULL)
        FtRememberExit(ProcessId, Process->Born);
    Process = FtpUnlink(FtpFindProcess(ProcessId));
    FtVerdictRemove(ProcessId);
    FltReleasePushLock(&FtpSelection.Lock);
    return Process;
}

_Use_decl_annotations_ VOID NTAPI FtProcessNotify(PEPROCESS Object, HANDLE ProcessId,
                                                  PPS_CREATE_NOTIFY_INFO CreateInfo)
{
    PFT_PROCESS Process = NULL;

    PAGED_CODE();
    if (CreateInfo == NULL) {
        Process = FtpForget(HandleToULong(ProcessId));
        if (Process != NULL)
            FtReportProcessEnd(Process);
    } else if (!NT_SUCCESS(FtpDecide(Object, CreateInfo, &Process))) {
        /* Judged at its first create; what its parent was may not be known any more by then. */
        Process = FtpForget(HandleToULong(ProcessId));
        FtQueueLose();
    }
    FtProcessRelease(Process);
}

_Use_decl_annotations_ VOID FtProcessSetConfig(PFT_CONFIG Config)
{
    PFT_CONFIG Old;

    PAGED_CODE();
    FtConfigReference(Config);
    FltAcquirePushLockExclusive(&FtpSelection.Lock);
    Old = FtpSelection.Config;
    FtpSelection.Config = Config;
    FtpSelection.Turn++;
    WriteULongNoFence(&FtpSelection.ConfigFlags, Config->Flags);
    FtVerdictClear();
    FtForgetAllExits();
    FltReleasePushLock(&FtpSelection.Lock);
    FtConfigRelease(Old);
}

ULONG FtProcessConfigFlags(VOID)
{
    return ReadULongNoFence(&FtpSelection.ConfigFlags);
}

_Use_decl_annotations_ NTSTATUS FtProcessInitialize(PFT_CONFIG Config)
{
    ULONG Index;
    NTSTATUS Status;

    PAGED_CODE();
    RtlZeroMemory(&FtpSelection, sizeof(FtpSelection));
    Status = FtVerdictInitialize();
    if (!NT_SUCCESS(Status))
        return Status;
    for (Index = 0; Index < FT_PROCESS_BUCKETS; Index++)
        InitializeListHead(&FtpSelection.Buckets[Index]);
    FtForgetAllExits();
    FtConfigReference(Config);
    FtpSelection.Config = Config;
    WriteULongNoFence(&FtpSelection.ConfigFlags, Config->Flags);
    FltInitializePushLock(&FtpSelection.Lock);
    FtpSelection.Initialized = TRUE;
    return STATUS_SUCCESS;
}

VOID FtProcessDelete(VOID)
{
    ULONG Index;

    PAGED_CODE();
    if (!FtpSelection.Initialized)
        return;
    FtpSelection.Initialized = FALSE;
    for (Index = 0; Index < FT_PROCESS_BUCKETS; Index++) {
        PLIST_ENTRY Bucket = &FtpSelection.Buckets[Index];

        while (!IsListEmpty(Bucket))
            FtProcessRelease(CONTAINING_RECORD(RemoveHeadList(Bucket), FT_PROCESS, Link));
    }
    FtVerdictDelete();
    FtConfigRelease(FtpSelection.Config);
    FltDeletePushLock(&FtpSelection.Lock);
}
