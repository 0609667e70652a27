/* The smallest useful filter: attaches everywhere, calls itself for nothing, and leaves cleanly. */
#include <fltKernel.h>
#include <dontuse.h>
#include <suppress.h>

#pragma prefast(disable : __WARNING_ENCODE_MEMBER_FUNCTION_POINTER, "not a function pointer of C++")

typedef struct _NULL_FILTER_DATA {
    PFLT_FILTER Filter;
} NULL_FILTER_DATA, *PNULL_FILTER_DATA;

static NULL_FILTER_DATA NullFilterData;

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath);
static NTSTATUS FLTAPI NullUnload(_In_ FLT_FILTER_UNLOAD_FLAGS Flags);
static NTSTATUS FLTAPI NullQueryTeardown(_In_ PCFLT_RELATED_OBJECTS FltObjects,
                                         _In_ FLT_INSTANCE_QUERY_TEARDOWN_FLAGS Flags);

#ifdef ALLOC_PRAGMA
#pragma alloc_text(INIT, DriverEntry)
#pragma alloc_text(PAGE, NullUnload)
#pragma alloc_text(PAGE, NullQueryTeardown)
#endif

static CONST FLT_REGISTRATION FilterRegistration = {
    sizeof(FLT_REGISTRATION), /* Size */
    FLT_REGISTRATION_VERSION, /* Version */
    0,                        /* Flags */
    NULL,                     /* ContextRegistration */
    NULL,                     /* OperationRegistration */
    NullUnload,               /* FilterUnloadCallback */
    NULL,                     /* InstanceSetupCallback */
    NullQueryTeardown,        /* InstanceQueryTeardownCallback */
    NULL,                     /* InstanceTeardownStartCallback */
    NULL,                     /* InstanceTeardownCompleteCallback */
    NULL,                     /* GenerateFileNameCallback */
    NULL,                     /* NormalizeNameComponentCallback */
    NULL,                     /* NormalizeContextCleanupCallback */
    NULL,                     /* TransactionNotificationCallback */
    NULL,                     /* NormalizeNameComponentExCallback */
    NULL,                     /* SectionNotificationCallback */
};

NTSTATUS NTAPI DriverEntry(_In_ PDRIVER_OBJECT DriverObject, _In_ PUNICODE_STRING RegistryPath)
{
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    Status = FltRegisterFilter(DriverObject, &FilterRegistration, &NullFilterData.Filter);
    FLT_ASSERT(NT_SUCCESS(Status));
    if (!NT_SUCCESS(Status))
        return Status;
    Status = FltStartFiltering(NullFilterData.Filter);
    if (!NT_SUCCESS(Status))
        FltUnregisterFilter(NullFilterData.Filter);
    return Status;
}

static NTSTATUS FLTAPI NullUnload(_In_ FLT_FILTER_UNLOAD_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    PAGED_CODE();
    FltUnregisterFilter(NullFilterData.Filter);
    return STATUS_SUCCESS;
}

static NTSTATUS FLTAPI NullQueryTeardown(_In_ PCFLT_RELATED_OBJECTS FltObjects,
                                         _In_ FLT_INSTANCE_QUERY_TEARDOWN_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(FltObjects);
    UNREFERENCED_PARAMETER(Flags);
    PAGED_CODE();
    return STATUS_SUCCESS;
}
