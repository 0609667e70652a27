/*
 * IRP_MJ_CREATE.
 *
 * What is left out:
 *  - opens of a volume itself (\Device\HarddiskVolume1, nothing after it): a volume is no file;
 *  - directories, unless the configuration wants them. What was opened says whether a successful
 *    request was for one; a request that failed was if it has FILE_DIRECTORY_FILE, or
 *    SL_OPEN_TARGET_DIRECTORY (a rename's look at the directory that the file will be in);
 *  - successes, where the configuration wants failures only;
 *  - STATUS_REPARSE: the request goes on under another name and comes by again.
 */
#include "record.h"

/* What the pre-operation callback leaves for the post-operation callback. */
typedef struct _FT_CREATE {
    PFT_PROCESS Process;
    PFLT_FILE_NAME_INFORMATION Opened; /* NULL where it could not be had */
    LARGE_INTEGER Time;
    LARGE_INTEGER Counter;
    struct ft_create Request;
    ULONG Flags; /* enum ft_file_flags, as far as the request tells */
} FT_CREATE, *PFT_CREATE;

static FLT_PREOP_CALLBACK_STATUS
FtpPreCreateSelected(_Inout_ PFLT_CALLBACK_DATA Data, _In_ PCFLT_RELATED_OBJECTS FltObjects,
                     _Outptr_result_maybenull_ PVOID *CompletionContext);

/* In resident memory: every create on the system comes by here. */
_Use_decl_annotations_ FLT_PREOP_CALLBACK_STATUS FLTAPI
FtPreCreate(PFLT_CALLBACK_DATA Data, PCFLT_RELATED_OBJECTS FltObjects, PVOID *CompletionContext)
{
    *CompletionContext = NULL;
    if (!FtQueueIsOpen() && !FtGlobals.DebugPrint)
        return FLT_PREOP_SUCCESS_NO_CALLBACK;
    if (FtVerdictLookup(FltGetRequestorProcessId(Data)) == FtVerdictIgnored)
        return FLT_PREOP_SUCCESS_NO_CALLBACK;
    return FtpPreCreateSelected(Data, FltObjects, CompletionContext);
}

#pragma code_seg("PAGE")

static BOOLEAN FtpIsVolumeOpen(_In_ const FILE_OBJECT *FileObject)
{
    if (FileObject->FileName.Length != 0)
        return FALSE;
    return FileObject->RelatedFileObject == NULL ||
           FlagOn(FileObject->RelatedFileObject->Flags, FO_VOLUME_OPEN);
}

static BOOLEAN FtpAsksForDirectory(_In_ const FLT_IO_PARAMETER_BLOCK *Iopb)
{
    return FlagOn(Iopb->Parameters.Create.Options, FILE_DIRECTORY_FILE) ||
           FlagOn(Iopb->OperationFlags, SL_OPEN_TARGET_DIRECTORY);
}

static BOOLEAN FtpWantsDirectories(VOID)
{
    return (FtProcessConfigFlags() & FT_CONFIGURE_DIRECTORIES) != 0;
}

static VOID FtpFreeCreate(_In_ PFT_CREATE Create)
{
    if (Create->Opened != NULL)
        FltReleaseFileNameInformation(Create->Opened);
    FtProcessRelease(Create->Process);
    ExFreePoolWithTag(Create, FT_TAG_CREATE);
}

/* The name as the request gave it, now: nobody knows it after a failure. */
static VOID FtpRememberName(_In_ PFLT_CALLBACK_DATA Data, _Inout_ PFT_CREATE Create)
{
    /*
     * An id is no name, though it stands in its place, and the Filter Manager gives none for a
     * paging file.
     */
    if (FlagOn(Create->Request.options, FILE_OPEN_BY_FILE_ID) ||
        FlagOn(Create->Flags, FT_FILE_PAGING))
        return;
    if (!NT_SUCCESS(FltGetFileNameInformation(
            Data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_DEFAULT, &Create->Opened)))
        Create->Opened = NULL;
}

static VOID FtpRememberRequest(_In_ PFLT_CALLBACK_DATA Data, _Inout_ PFT_CREATE Create)
{
    PFLT_IO_PARAMETER_BLOCK Iopb = Data->Iopb;

    Create->Request.desired_access = Iopb->Parameters.Create.SecurityContext->DesiredAccess;
    Create->Request.disposition = Iopb->Parameters.Create.Options >> 24;
    Create->Request.options = Iopb->Parameters.Create.Options & 0x00FFFFFF;
    Create->Request.attributes = Iopb->Parameters.Create.FileAttributes;
    Create->Request.share = Iopb->Parameters.Create.ShareAccess;
    if (Data->RequestorMode == KernelMode)
        Create->Flags |= FT_FILE_KERNEL_MODE;
    if (FlagOn(Iopb->OperationFlags, SL_OPEN_PAGING_FILE))
        Create->Flags |= FT_FILE_PAGING;
}

_Use_decl_annotations_ static FLT_PREOP_CALLBACK_STATUS
FtpPreCreateSelected(PFLT_CALLBACK_DATA Data, PCFLT_RELATED_OBJECTS FltObjects,
                     PVOID *CompletionContext)
{
    PEPROCESS Object = FltGetRequestorProcess(Data);
    PFT_PROCESS Process;
    PFT_CREATE Create;

    PAGED_CODE();
    if (Object == NULL || FtpIsVolumeOpen(FltObjects->FileObject))
        return FLT_PREOP_SUCCESS_NO_CALLBACK;
    if (FtpAsksForDirectory(Data->Iopb) && !FtpWantsDirectories())
        return FLT_PREOP_SUCCESS_NO_CALLBACK;
    if (!NT_SUCCESS(FtProcessGetSelected(Object, &Process))) {
        FtQueueLose();
        return FLT_PREOP_SUCCESS_NO_CALLBACK;
    }
    if (Process == NULL)
        return FLT_PREOP_SUCCESS_NO_CALLBACK;
    Create = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*Create), FT_TAG_CREATE);
    if (Create == NULL) {
        FtProcessRelease(Process);
        FtQueueLose();
        return FLT_PREOP_SUCCESS_NO_CALLBACK;
    }
    Create->Process = Process;
    KeQuerySystemTimePrecise(&Create->Time);
    FtpRememberRequest(Data, Create);
    FtpRememberName(Data, Create);
    Create->Counter = KeQueryPerformanceCounter(NULL);
    *CompletionContext = Create;
    return FLT_PREOP_SUCCESS_WITH_CALLBACK;
}

static uint64_t FtpSince(_In_ LARGE_INTEGER Counter)
{
    LARGE_INTEGER Frequency, Now = KeQueryPerformanceCounter(&Frequency);
    LONGLONG Ticks = Now.QuadPart - Counter.QuadPart;

    if (Ticks < 0)
        return 0;
    /* In two steps: the product of a long time and 10,000,000 would not fit. */
    return (uint64_t)(Ticks / Frequency.QuadPart * 10000000 +
                      Ticks % Frequency.QuadPart * 10000000 / Frequency.QuadPart);
}

/* FALSE where a success is not to be reported. */
static BOOLEAN FtpWantsSuccess(_In_ PCFLT_RELATED_OBJECTS FltObjects,
                               _Inout_ struct ft_file_record *File)
{
    BOOLEAN Directory;

    if ((FtProcessConfigFlags() & FT_CONFIGURE_FAILURES_ONLY) != 0 ||
        FlagOn(FltObjects->FileObject->Flags, FO_VOLUME_OPEN))
        return FALSE;
    if (NT_SUCCESS(FltIsDirectory(FltObjects->FileObject, FltObjects->Instance, &Directory)) &&
        Directory) {
        File->flags |= FT_FILE_DIRECTORY;
        return FtpWantsDirectories();
    }
    return TRUE;
}

static VOID FtpReportCreate(_In_ PFLT_CALLBACK_DATA Data, _In_ PCFLT_RELATED_OBJECTS FltObjects,
                            _In_ PFT_CREATE Create)
{
    PFLT_FILE_NAME_INFORMATION Normalized = NULL;
    PCUNICODE_STRING Name = NULL;
    struct ft_file_record File = {0};
    BOOLEAN Success = NT_SUCCESS(Data->IoStatus.Status);

    File.duration = FtpSince(Create->Counter);
    File.time = (uint64_t)Create->Time.QuadPart;
    File.status = (uint32_t)Data->IoStatus.Status;
    File.information = Data->IoStatus.Information;
    File.thread_id = HandleToULong(PsGetThreadId(Data->Thread));
    File.flags = Create->Flags;
    File.major = IRP_MJ_CREATE;
    File.minor = Data->Iopb->MinorFunction;
    File.u.create = Create->Request;
    if (Success && !FtpWantsSuccess(FltObjects, &File))
        return;
    if (Success && !FlagOn(Create->Flags, FT_FILE_PAGING) &&
        NT_SUCCESS(FltGetFileNameInformation(
            Data, FLT_FILE_NAME_NORMALIZED | FLT_FILE_NAME_QUERY_DEFAULT, &Normalized))) {
        Name = &Normalized->Name;
    } else {
        Normalized = NULL;
        if (Create->Opened != NULL) {
            Name = &Create->Opened->Name;
            File.flags |= FT_FILE_NAME_OPENED;
        }
    }
    FtReportFile(Create->Process, &File, Name);
    if (Normalized != NULL)
        FltReleaseFileNameInformation(Normalized);
}

/*
 * For a create this is called at PASSIVE_LEVEL in the thread of the pre-operation callback; when it
 * drains, at APC_LEVEL at most, and then only what the context holds may be touched: how the
 * request will end is not known, and it counts as lost.
 */
_Use_decl_annotations_ FLT_POSTOP_CALLBACK_STATUS FLTAPI
FtPostCreate(PFLT_CALLBACK_DATA Data, PCFLT_RELATED_OBJECTS FltObjects, PVOID CompletionContext,
             FLT_POST_OPERATION_FLAGS Flags)
{
    PFT_CREATE Create = CompletionContext;

    PAGED_CODE();
    if (FlagOn(Flags, FLTFL_POST_OPERATION_DRAINING))
        FtQueueLose();
    else if (Data->IoStatus.Status != STATUS_REPARSE)
        FtpReportCreate(Data, FltObjects, Create);
    FtpFreeCreate(Create);
    return FLT_POSTOP_FINISHED_PROCESSING;
}
