/*
 * A first attempt at tracing files, with the mistakes that first attempts have: after each create
 * it opens the process, asks for its image's name, and looks into it with wcsstr. On purpose it
 * never closes the handle and never releases the file's name: both must be reported when it is
 * unloaded.
 */
#include <fltKernel.h>

#define NAIVE_TAG 'viaN'

NTSYSAPI NTSTATUS NTAPI ZwQueryInformationProcess(HANDLE ProcessHandle,
                                                  PROCESSINFOCLASS ProcessInformationClass,
                                                  PVOID ProcessInformation,
                                                  ULONG ProcessInformationLength,
                                                  PULONG ReturnLength);

DRIVER_INITIALIZE DriverEntry;

static PFLT_FILTER FilterHandle;

static BOOLEAN IsCat(PEPROCESS process)
{
    HANDLE handle;
    ULONG size = 0;
    PUNICODE_STRING image;
    BOOLEAN result = FALSE;

    if (!NT_SUCCESS(
            ObOpenObjectByPointer(process, OBJ_KERNEL_HANDLE, NULL, 0, NULL, KernelMode, &handle)))
        return FALSE;
    ZwQueryInformationProcess(handle, ProcessImageFileName, NULL, 0, &size);
    if (size == 0)
        return FALSE;
    image = ExAllocatePoolWithTag(NonPagedPoolNx, size + sizeof(WCHAR), NAIVE_TAG);
    if (image == NULL)
        return FALSE;
    RtlZeroMemory(image, size + sizeof(WCHAR));
    if (NT_SUCCESS(ZwQueryInformationProcess(handle, ProcessImageFileName, image, size, &size)) &&
        image->Buffer != NULL)
        result = wcsstr(image->Buffer, L"cat") != NULL;
    ExFreePoolWithTag(image, NAIVE_TAG);
    return result;
}

static FLT_POSTOP_CALLBACK_STATUS FLTAPI AfterCreate(PFLT_CALLBACK_DATA Data,
                                                     PCFLT_RELATED_OBJECTS FltObjects,
                                                     PVOID CompletionContext,
                                                     FLT_POST_OPERATION_FLAGS Flags)
{
    ACCESS_MASK access = Data->Iopb->Parameters.Create.SecurityContext->DesiredAccess;
    PFLT_FILE_NAME_INFORMATION name;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(FltObjects);
    UNREFERENCED_PARAMETER(CompletionContext);
    if (Flags & FLTFL_POST_OPERATION_DRAINING)
        return FLT_POSTOP_FINISHED_PROCESSING;
    if (Data->Thread == NULL || !IsCat(PsGetThreadProcess(Data->Thread)))
        return FLT_POSTOP_FINISHED_PROCESSING;
    status =
        FltGetFileNameInformation(Data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_DEFAULT, &name);
    if (!NT_SUCCESS(status)) {
        DbgPrint("naive: no name, 0x%08X\n", status);
        return FLT_POSTOP_FINISHED_PROCESSING;
    }
    if (NT_SUCCESS(Data->IoStatus.Status))
        DbgPrint("naive: '%wZ', read %s, write %s\n", &name->Name,
                 access & FILE_READ_DATA ? "yes" : "no", access & FILE_WRITE_DATA ? "yes" : "no");
    else
        DbgPrint("naive: '%wZ' failed, 0x%08X\n", &name->Name, Data->IoStatus.Status);
    return FLT_POSTOP_FINISHED_PROCESSING;
}

static NTSTATUS FLTAPI Unload(FLT_FILTER_UNLOAD_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    FltUnregisterFilter(FilterHandle);
    return STATUS_SUCCESS;
}

static const FLT_OPERATION_REGISTRATION Operations[] = {
    {IRP_MJ_CREATE, 0, NULL, AfterCreate, NULL},
    {IRP_MJ_OPERATION_END, 0, NULL, NULL, NULL},
};

static const FLT_REGISTRATION Registration = {
    .Size = sizeof(FLT_REGISTRATION),
    .Version = FLT_REGISTRATION_VERSION,
    .OperationRegistration = Operations,
    .FilterUnloadCallback = Unload,
};

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status;

    UNREFERENCED_PARAMETER(RegistryPath);
    status = FltRegisterFilter(DriverObject, &Registration, &FilterHandle);
    if (!NT_SUCCESS(status))
        return status;
    status = FltStartFiltering(FilterHandle);
    if (!NT_SUCCESS(status))
        FltUnregisterFilter(FilterHandle);
    DbgPrint("naive: loaded, 0x%08X\n", status);
    return status;
}
