/* What drivers ask of callback data. */
#include "manager.h"
#include "../nt/undeclared.h"
#include <stddef.h>

/* ---- Its state ------------------------------------------------------------------------------ */

VOID FLTAPI FltSetCallbackDataDirty(PFLT_CALLBACK_DATA Data)
{
    operation_of(Data)->data.Flags |= FLTFL_CALLBACK_DATA_DIRTY;
}

VOID FLTAPI FltClearCallbackDataDirty(PFLT_CALLBACK_DATA Data)
{
    operation_of(Data)->data.Flags &= ~FLTFL_CALLBACK_DATA_DIRTY;
}

BOOLEAN FLTAPI FltIsCallbackDataDirty(PFLT_CALLBACK_DATA Data)
{
    return (operation_of(Data)->data.Flags & FLTFL_CALLBACK_DATA_DIRTY) != 0;
}

/* Creates are. */
BOOLEAN FLTAPI FltIsOperationSynchronous(PFLT_CALLBACK_DATA CallbackData)
{
    operation_of(CallbackData);
    return TRUE;
}

/* What is dispatched has happened, and so is never cancelled. */
BOOLEAN FLTAPI FltIsIoCanceled(PFLT_CALLBACK_DATA CallbackData)
{
    operation_of(CallbackData);
    return FALSE;
}

/* ---- Who asked ------------------------------------------------------------------------------ */

PEPROCESS FLTAPI FltGetRequestorProcess(PFLT_CALLBACK_DATA CallbackData)
{
    PETHREAD thread;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    thread = operation_of(CallbackData)->data.Thread;
    return thread != NULL ? IoThreadToProcess(thread) : NULL;
}

HANDLE FLTAPI FltGetRequestorProcessIdEx(PFLT_CALLBACK_DATA CallbackData)
{
    PEPROCESS process;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    process = FltGetRequestorProcess(CallbackData);
    return process != NULL ? (HANDLE)(ULONG_PTR)nt_process_id(process) : NULL;
}

ULONG FLTAPI FltGetRequestorProcessId(PFLT_CALLBACK_DATA CallbackData)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return (ULONG)(ULONG_PTR)FltGetRequestorProcessIdEx(CallbackData);
}

NTSTATUS FLTAPI FltGetRequestorSessionId(PFLT_CALLBACK_DATA CallbackData, PULONG SessionId)
{
    PEPROCESS process;

    IRQL_AT_MOST(APC_LEVEL);
    process = FltGetRequestorProcess(CallbackData);
    *SessionId = (ULONG)-1;
    if (process == NULL)
        return STATUS_UNSUCCESSFUL;
    *SessionId = PsGetProcessSessionId(process);
    return STATUS_SUCCESS;
}

/* ---- How it ends ---------------------------------------------------------------------------- */

NTSTATUS FLTAPI FltRequestOperationStatusCallback(
    PFLT_CALLBACK_DATA Data, PFLT_GET_OPERATION_STATUS_CALLBACK CallbackRoutine,
    PVOID RequesterContext)
{
    struct operation *op;
    struct node *n;

    IRQL_AT_MOST(APC_LEVEL);
    op = operation_of(Data);
    n = &op->nodes[op->current];
    if (CallbackRoutine == NULL || op->phase != PHASE_PRE)
        return STATUS_INVALID_PARAMETER;
    if (object_closing(n->instance))
        return STATUS_FLT_DELETING_OBJECT;
    n->status_callback = CallbackRoutine;
    n->status_context = RequesterContext;
    n->status_block = op->block;
    return STATUS_SUCCESS;
}

/* The program keeps its file, for what is dispatched has happened; filters above see what they
   would see on Windows. */
VOID FLTAPI FltCancelFileOpen(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject)
{
    struct operation *op = operation_innermost();

    IRQL_AT_MOST(PASSIVE_LEVEL);
    while (op != NULL && &op->file->object != FileObject)
        op = op->outer;
    if (op == NULL || op->phase != PHASE_POST || op->nodes[op->current].instance != Instance)
        nt_bug_check(FLT_BUGCHECK, "%s: called outside the post-create callback of that file",
                     __func__);
    if (!op->file->opened || (FileObject->Flags & (FO_HANDLE_CREATED | FO_FILE_OPEN_CANCELLED)))
        nt_bug_check(FLT_BUGCHECK, "%s: the file is not open, or has a handle", __func__);
    FileObject->Flags |= FO_FILE_OPEN_CANCELLED;
    atomic_fetch_add(&Instance->filter->cancelled, 1);
}

/* ---- Names of operations -------------------------------------------------------------------- */

PCHAR FLTAPI FltGetIrpName(UCHAR IrpMajorCode)
{
    static const char *const names[FLT_MAJORS] = {
        [IRP_MJ_CREATE] = "IRP_MJ_CREATE",
        [IRP_MJ_CREATE_NAMED_PIPE] = "IRP_MJ_CREATE_NAMED_PIPE",
        [IRP_MJ_CLOSE] = "IRP_MJ_CLOSE",
        [IRP_MJ_READ] = "IRP_MJ_READ",
        [IRP_MJ_WRITE] = "IRP_MJ_WRITE",
        [IRP_MJ_QUERY_INFORMATION] = "IRP_MJ_QUERY_INFORMATION",
        [IRP_MJ_SET_INFORMATION] = "IRP_MJ_SET_INFORMATION",
        [IRP_MJ_QUERY_EA] = "IRP_MJ_QUERY_EA",
        [IRP_MJ_SET_EA] = "IRP_MJ_SET_EA",
        [IRP_MJ_FLUSH_BUFFERS] = "IRP_MJ_FLUSH_BUFFERS",
        [IRP_MJ_QUERY_VOLUME_INFORMATION] = "IRP_MJ_QUERY_VOLUME_INFORMATION",
        [IRP_MJ_SET_VOLUME_INFORMATION] = "IRP_MJ_SET_VOLUME_INFORMATION",
        [IRP_MJ_DIRECTORY_CONTROL] = "IRP_MJ_DIRECTORY_CONTROL",
        [IRP_MJ_FILE_SYSTEM_CONTROL] = "IRP_MJ_FILE_SYSTEM_CONTROL",
        [IRP_MJ_DEVICE_CONTROL] = "IRP_MJ_DEVICE_CONTROL",
        [IRP_MJ_INTERNAL_DEVICE_CONTROL] = "IRP_MJ_INTERNAL_DEVICE_CONTROL",
        [IRP_MJ_SHUTDOWN] = "IRP_MJ_SHUTDOWN",
        [IRP_MJ_LOCK_CONTROL] = "IRP_MJ_LOCK_CONTROL",
        [IRP_MJ_CLEANUP] = "IRP_MJ_CLEANUP",
        [IRP_MJ_CREATE_MAILSLOT] = "IRP_MJ_CREATE_MAILSLOT",
        [IRP_MJ_QUERY_SECURITY] = "IRP_MJ_QUERY_SECURITY",
        [IRP_MJ_SET_SECURITY] = "IRP_MJ_SET_SECURITY",
        [IRP_MJ_POWER] = "IRP_MJ_POWER",
        [IRP_MJ_SYSTEM_CONTROL] = "IRP_MJ_SYSTEM_CONTROL",
        [IRP_MJ_DEVICE_CHANGE] = "IRP_MJ_DEVICE_CHANGE",
        [IRP_MJ_QUERY_QUOTA] = "IRP_MJ_QUERY_QUOTA",
        [IRP_MJ_SET_QUOTA] = "IRP_MJ_SET_QUOTA",
        [IRP_MJ_PNP] = "IRP_MJ_PNP",
        [IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION] = "IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION",
        [IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION] = "IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION",
        [IRP_MJ_ACQUIRE_FOR_MOD_WRITE] = "IRP_MJ_ACQUIRE_FOR_MOD_WRITE",
        [IRP_MJ_RELEASE_FOR_MOD_WRITE] = "IRP_MJ_RELEASE_FOR_MOD_WRITE",
        [IRP_MJ_ACQUIRE_FOR_CC_FLUSH] = "IRP_MJ_ACQUIRE_FOR_CC_FLUSH",
        [IRP_MJ_RELEASE_FOR_CC_FLUSH] = "IRP_MJ_RELEASE_FOR_CC_FLUSH",
        [IRP_MJ_QUERY_OPEN] = "IRP_MJ_QUERY_OPEN",
        [IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE] = "IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE",
        [IRP_MJ_NETWORK_QUERY_OPEN] = "IRP_MJ_NETWORK_QUERY_OPEN",
        [IRP_MJ_MDL_READ] = "IRP_MJ_MDL_READ",
        [IRP_MJ_MDL_READ_COMPLETE] = "IRP_MJ_MDL_READ_COMPLETE",
        [IRP_MJ_PREPARE_MDL_WRITE] = "IRP_MJ_PREPARE_MDL_WRITE",
        [IRP_MJ_MDL_WRITE_COMPLETE] = "IRP_MJ_MDL_WRITE_COMPLETE",
        [IRP_MJ_VOLUME_MOUNT] = "IRP_MJ_VOLUME_MOUNT",
        [IRP_MJ_VOLUME_DISMOUNT] = "IRP_MJ_VOLUME_DISMOUNT",
    };

    return (PCHAR)(names[IrpMajorCode] != NULL ? names[IrpMajorCode] : "IRP_MJ_UNKNOWN");
}
