/*
 * A filter that keeps two things for good: a stream handle context, allocated and never released,
 * and a reference to itself. Windows would wait for both in FltUnregisterFilter, for ever and
 * without a word.
 */
#include <fltKernel.h>

DRIVER_INITIALIZE DriverEntry;

static PFLT_FILTER Filter;
static LONG Once;

static FLT_POSTOP_CALLBACK_STATUS FLTAPI PostCreate(PFLT_CALLBACK_DATA Data,
                                                    PCFLT_RELATED_OBJECTS FltObjects,
                                                    PVOID CompletionContext,
                                                    FLT_POST_OPERATION_FLAGS Flags)
{
    PFLT_CONTEXT context;

    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(FltObjects);
    UNREFERENCED_PARAMETER(CompletionContext);
    UNREFERENCED_PARAMETER(Flags);
    if (InterlockedExchange(&Once, 1) == 0) {
        NTSTATUS allocated =
            FltAllocateContext(Filter, FLT_STREAMHANDLE_CONTEXT, 16, NonPagedPoolNx, &context);

        DbgPrint("leaks: allocated 0x%08X, referenced 0x%08X\n", allocated,
                 FltObjectReference(Filter));
    }
    return FLT_POSTOP_FINISHED_PROCESSING;
}

static NTSTATUS FLTAPI Unload(FLT_FILTER_UNLOAD_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    FltUnregisterFilter(Filter);
    return STATUS_SUCCESS;
}

static const FLT_OPERATION_REGISTRATION Operations[] = {
    {.MajorFunction = IRP_MJ_CREATE, .PostOperation = PostCreate},
    {.MajorFunction = IRP_MJ_OPERATION_END},
};

static const FLT_CONTEXT_REGISTRATION Contexts[] = {
    {.ContextType = FLT_STREAMHANDLE_CONTEXT, .Size = 16, .PoolTag = 'kaeL'},
    {.ContextType = FLT_CONTEXT_END},
};

static const FLT_REGISTRATION Registration = {
    .Size = sizeof(FLT_REGISTRATION),
    .Version = FLT_REGISTRATION_VERSION,
    .ContextRegistration = Contexts,
    .OperationRegistration = Operations,
    .FilterUnloadCallback = Unload,
};

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status = FltRegisterFilter(DriverObject, &Registration, &Filter);

    UNREFERENCED_PARAMETER(RegistryPath);
    if (NT_SUCCESS(status) && !NT_SUCCESS(status = FltStartFiltering(Filter)))
        FltUnregisterFilter(Filter);
    return status;
}
