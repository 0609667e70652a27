/*
 * A filter that does not come back, where the value Where says. It says "stuck: here" on its way
 * into the place.
 */
#include <fltKernel.h>

enum { IN_ENTRY = 1, IN_PRE, IN_UNLOAD, PENDED, IN_WAIT, IN_DPC };

DRIVER_INITIALIZE DriverEntry;

static PFLT_FILTER Filter;
static ULONG Where;
static KDPC Dpc;

static VOID Spin(VOID)
{
    DbgPrint("stuck: here\n");
    for (;;)
        YieldProcessor();
}

static VOID NTAPI DpcRoutine(PKDPC OneDpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(OneDpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Spin();
}

static FLT_PREOP_CALLBACK_STATUS FLTAPI PreCreate(PFLT_CALLBACK_DATA Data,
                                                  PCFLT_RELATED_OBJECTS FltObjects,
                                                  PVOID *CompletionContext)
{
    KEVENT event;

    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(FltObjects);
    UNREFERENCED_PARAMETER(CompletionContext);
    switch (Where) {
    case IN_PRE:
        Spin();
        break;
    case PENDED:
        DbgPrint("stuck: here\n");
        return FLT_PREOP_PENDING;
    case IN_WAIT:
        DbgPrint("stuck: here\n");
        KeInitializeEvent(&event, NotificationEvent, FALSE);
        KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
        break;
    }
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
}

static NTSTATUS FLTAPI Unload(FLT_FILTER_UNLOAD_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    if (Where == IN_UNLOAD)
        Spin();
    FltUnregisterFilter(Filter);
    return STATUS_SUCCESS;
}

static const FLT_OPERATION_REGISTRATION Operations[] = {
    {.MajorFunction = IRP_MJ_CREATE, .PreOperation = PreCreate},
    {.MajorFunction = IRP_MJ_OPERATION_END},
};

static const FLT_REGISTRATION Registration = {
    .Size = sizeof(FLT_REGISTRATION),
    .Version = FLT_REGISTRATION_VERSION,
    .OperationRegistration = Operations,
    .FilterUnloadCallback = Unload,
};

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static WCHAR subkey[] = L"Parameters", name[] = L"Where";
    RTL_QUERY_REGISTRY_TABLE values[3] = {
        {.Flags = RTL_QUERY_REGISTRY_SUBKEY, .Name = subkey},
        {.Flags = RTL_QUERY_REGISTRY_DIRECT, .Name = name, .EntryContext = &Where},
    };
    NTSTATUS status =
        RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, RegistryPath->Buffer, values, NULL, NULL);

    if (!NT_SUCCESS(status))
        return status;
    if (Where == IN_ENTRY)
        Spin();
    status = FltRegisterFilter(DriverObject, &Registration, &Filter);
    if (NT_SUCCESS(status) && !NT_SUCCESS(status = FltStartFiltering(Filter)))
        FltUnregisterFilter(Filter);
    if (NT_SUCCESS(status) && Where == IN_DPC) {
        KeInitializeDpc(&Dpc, DpcRoutine, NULL);
        KeInsertQueueDpc(&Dpc, NULL, NULL);
    }
    return status;
}
