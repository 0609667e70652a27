/* Loading and unloading, and the tables that say what the driver is called for. */
#include "port.h"
#include "process.h"
#include "queue.h"

FT_GLOBALS FtGlobals;

/* Of the registry; in force while no client has configured the driver. */
static PFT_CONFIG FtpRegistryConfig;

DRIVER_INITIALIZE DriverEntry;

static NTSTATUS FLTAPI FtpUnload(_In_ FLT_FILTER_UNLOAD_FLAGS Flags);

static const FLT_OPERATION_REGISTRATION FtpOperations[] = {
    {.MajorFunction = IRP_MJ_CREATE, .PreOperation = FtPreCreate, .PostOperation = FtPostCreate},
    {.MajorFunction = IRP_MJ_OPERATION_END},
};

static const FLT_REGISTRATION FtpRegistration = {
    .Size = sizeof(FLT_REGISTRATION),
    .Version = FLT_REGISTRATION_VERSION,
    /* File data is none of our business, however it is reached. */
    .Flags = FLTFL_REGISTRATION_SUPPORT_DAX_VOLUME,
    .OperationRegistration = FtpOperations,
    .FilterUnloadCallback = FtpUnload,
    .InstanceSetupCallback = FtInstanceSetup,
    .InstanceQueryTeardownCallback = FtInstanceQueryTeardown,
};

#pragma code_seg("PAGE")

/*
 * For the processes of all subsystems. PsSetCreateProcessNotifyRoutineEx leaves out all but those
 * of Win32: others would be judged at their first create, and never forgotten.
 */
static NTSTATUS FtpSetProcessNotify(_In_ BOOLEAN Remove)
{
    PCREATE_PROCESS_NOTIFY_ROUTINE_EX Routine = FtProcessNotify;

    return PsSetCreateProcessNotifyRoutineEx2(PsCreateProcessNotifySubsystems,
                                              (PVOID)(ULONG_PTR)Routine, Remove);
}

/* Takes back whatever DriverEntry has done, in the reverse order. */
static VOID FtpTearDown(_In_ BOOLEAN Notified)
{
    FtPortDelete();
    /* Waits for callbacks and messages under way, and disconnects a client. */
    if (FtGlobals.Filter != NULL)
        FltUnregisterFilter(FtGlobals.Filter);
    FtGlobals.Filter = NULL;
    /* Waits for a notification under way. */
    if (Notified)
        (void)FtpSetProcessNotify(TRUE);
    FtProcessDelete();
    FtQueueDelete();
    FtConfigRelease(FtpRegistryConfig);
    FtpRegistryConfig = NULL;
}

_Use_decl_annotations_ static NTSTATUS FLTAPI FtpUnload(FLT_FILTER_UNLOAD_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    PAGED_CODE();
    FtpTearDown(TRUE);
    return STATUS_SUCCESS;
}

#pragma code_seg("INIT")

_Use_decl_annotations_ NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject,
                                                  PUNICODE_STRING RegistryPath)
{
    BOOLEAN Notified = FALSE;
    NTSTATUS Status;

    FtQueueInitialize();
    Status = FtConfigFromRegistry(RegistryPath, &FtpRegistryConfig, &FtGlobals.DebugPrint);
    if (!NT_SUCCESS(Status))
        goto Exit;
    Status = FtProcessInitialize(FtpRegistryConfig);
    if (!NT_SUCCESS(Status))
        goto Exit;
    /* Ahead of the first callback, so that no process is judged by a predecessor's verdict. */
    Status = FtpSetProcessNotify(FALSE);
    if (!NT_SUCCESS(Status))
        goto Exit;
    Notified = TRUE;
    Status = FltRegisterFilter(DriverObject, &FtpRegistration, &FtGlobals.Filter);
    if (!NT_SUCCESS(Status)) {
        FtGlobals.Filter = NULL;
        goto Exit;
    }
    Status = FtPortCreate(FtpRegistryConfig);
    if (!NT_SUCCESS(Status))
        goto Exit;
    Status = FltStartFiltering(FtGlobals.Filter);

Exit:
    if (!NT_SUCCESS(Status))
        FtpTearDown(Notified);
    return Status;
}
