#include "lineage.h"
#include "process.h"

/* No real line of descent is that long. */
#define FT_MAX_GENERATIONS 4096

/* Documented, and exported by ntoskrnl.exe, but in no header of the WDK. */
NTSYSAPI NTSTATUS NTAPI ZwQueryInformationProcess(_In_ HANDLE ProcessHandle,
                                                  _In_ PROCESSINFOCLASS ProcessInformationClass,
                                                  _Out_writes_bytes_(ProcessInformationLength)
                                                      PVOID ProcessInformation,
                                                  _In_ ULONG ProcessInformationLength,
                                                  _Out_opt_ PULONG ReturnLength);

static struct {
    struct {
        ULONG ProcessId; /* 0: none */
        LONGLONG Born;
    } Exits[FT_REMEMBERED_EXITS];
    ULONG Count;
    ULONG Next; /* the oldest, and the next to be overwritten */
} FtpRemembered;

#pragma code_seg("PAGE")

/* Of the reasons why the system has no answer, only the want of memory may be gone next time. */
static NTSTATUS FtpOnlyMemory(_In_ NTSTATUS Status)
{
    return Status == STATUS_INSUFFICIENT_RESOURCES || Status == STATUS_NO_MEMORY
               ? STATUS_INSUFFICIENT_RESOURCES
               : STATUS_SUCCESS;
}

_Use_decl_annotations_ NTSTATUS FtQueryImage(PEPROCESS Process, PUNICODE_STRING *Image)
{
    NTSTATUS Status;

    PAGED_CODE();
    *Image = NULL;
    Status = SeLocateProcessImageName(Process, Image);
    if (NT_SUCCESS(Status))
        return Status;
    *Image = NULL;
    return FtpOnlyMemory(Status);
}

_Use_decl_annotations_ NTSTATUS FtQueryParent(PEPROCESS Process, PULONG ParentId)
{
    PROCESS_BASIC_INFORMATION Information;
    HANDLE Handle;
    NTSTATUS Status;

    PAGED_CODE();
    *ParentId = 0;
    Status = ObOpenObjectByPointer(Process, OBJ_KERNEL_HANDLE, NULL, GENERIC_READ, *PsProcessType,
                                   KernelMode, &Handle);
    if (NT_SUCCESS(Status)) {
        Status = ZwQueryInformationProcess(Handle, ProcessBasicInformation, &Information,
                                           sizeof(Information), NULL);
        if (NT_SUCCESS(Status))
            *ParentId = (ULONG)Information.InheritedFromUniqueProcessId;
        ZwClose(Handle);
    }
    return FtpOnlyMemory(Status);
}

/*
 * One step: what is known of the ancestor alone, which is NULL where it is gone. Where that decides
 * nothing, `*ParentId` is its own parent, or 0.
 */
static NTSTATUS FtpJudgeAncestor(_In_ const FT_CONFIG *Config, _In_ ULONG Id,
                                 _In_opt_ PEPROCESS Ancestor, _In_ LONGLONG BornBefore,
                                 _Out_ PBOOLEAN Selected, _Out_ PULONG ParentId)
{
    FT_VERDICT Verdict = FtProcessKnownVerdict(Id, BornBefore, Ancestor != NULL);
    PUNICODE_STRING Image;
    NTSTATUS Status;

    *ParentId = 0;
    *Selected = Verdict == FtVerdictSelected;
    if (Ancestor == NULL || Verdict != FtVerdictUnknown)
        return STATUS_SUCCESS;
    Status = FtQueryImage(Ancestor, &Image);
    if (!NT_SUCCESS(Status))
        return Status;
    *Selected = FtConfigSelects(Config, Id, Image);
    if (Image != NULL)
        ExFreePool(Image);
    return *Selected ? STATUS_SUCCESS : FtQueryParent(Ancestor, ParentId);
}

_Use_decl_annotations_ NTSTATUS FtIsSelectedLine(const FT_CONFIG *Config, ULONG OwnId,
                                                 ULONG AncestorId, LONGLONG BornBefore,
                                                 PBOOLEAN Selected)
{
    ULONG Generation;
    NTSTATUS Status = STATUS_SUCCESS;

    PAGED_CODE();
    *Selected = FALSE;
    for (Generation = 0; Generation < FT_MAX_GENERATIONS && AncestorId != 0; Generation++) {
        PEPROCESS Ancestor = NULL;
        LONGLONG Born = 0;
        ULONG ParentId;

        /* Under its own id a process can only find a predecessor, which is gone. */
        if (AncestorId != OwnId &&
            NT_SUCCESS(PsLookupProcessByProcessId(ULongToHandle(AncestorId), &Ancestor))) {
            Born = PsGetProcessCreateTimeQuadPart(Ancestor);
            if (Born > BornBefore) {
                ObDereferenceObject(Ancestor);
                Ancestor = NULL;
            }
        }
        Status = FtpJudgeAncestor(Config, AncestorId, Ancestor, BornBefore, Selected, &ParentId);
        if (Ancestor != NULL)
            ObDereferenceObject(Ancestor);
        if (!NT_SUCCESS(Status) || *Selected)
            break;
        AncestorId = ParentId;
        BornBefore = Born;
    }
    return Status;
}

_Use_decl_annotations_ VOID FtRememberExit(ULONG ProcessId, LONGLONG Born)
{
    PAGED_CODE();
    if (FtpRemembered.Exits[FtpRemembered.Next].ProcessId == 0)
        FtpRemembered.Count++;
    FtpRemembered.Exits[FtpRemembered.Next].ProcessId = ProcessId;
    FtpRemembered.Exits[FtpRemembered.Next].Born = Born;
    FtpRemembered.Next = (FtpRemembered.Next + 1) % FT_REMEMBERED_EXITS;
}

_Use_decl_annotations_ VOID FtForgetExit(ULONG ProcessId)
{
    ULONG Index;

    PAGED_CODE();
    for (Index = 0; FtpRemembered.Count != 0 && Index < FT_REMEMBERED_EXITS; Index++) {
        if (FtpRemembered.Exits[Index].ProcessId == ProcessId) {
            FtpRemembered.Exits[Index].ProcessId = 0;
            FtpRemembered.Count--;
        }
    }
}

VOID FtForgetAllExits(VOID)
{
    PAGED_CODE();
    RtlZeroMemory(&FtpRemembered, sizeof(FtpRemembered));
}

_Use_decl_annotations_ BOOLEAN FtWasSelected(ULONG ProcessId, LONGLONG BornBefore)
{
    ULONG Index;

    PAGED_CODE();
    for (Index = 0; FtpRemembered.Count != 0 && Index < FT_REMEMBERED_EXITS; Index++) {
        if (FtpRemembered.Exits[Index].ProcessId == ProcessId &&
            FtpRemembered.Exits[Index].Born <= BornBefore)
            return TRUE;
    }
    return FALSE;
}
