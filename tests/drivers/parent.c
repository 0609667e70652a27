/* A driver that looks up the parent of every process that begins, and says what it is. */
#include <fltKernel.h>

DRIVER_INITIALIZE DriverEntry;

static VOID NTAPI Created(PEPROCESS Process, HANDLE ProcessId, PPS_CREATE_NOTIFY_INFO CreateInfo)
{
    PUNICODE_STRING image;
    PEPROCESS parent;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(Process);
    if (CreateInfo == NULL)
        return;
    status = PsLookupProcessByProcessId(CreateInfo->ParentProcessId, &parent);
    if (!NT_SUCCESS(status)) {
        DbgPrint("parent: %u of %u is not there, 0x%08X\n",
                 HandleToULong(CreateInfo->ParentProcessId), HandleToULong(ProcessId), status);
        return;
    }
    if (NT_SUCCESS(SeLocateProcessImageName(parent, &image))) {
        DbgPrint("parent: %u of %u is %wZ\n", HandleToULong(CreateInfo->ParentProcessId),
                 HandleToULong(ProcessId), image);
        ExFreePool(image);
    }
    ObDereferenceObject(parent);
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    PsSetCreateProcessNotifyRoutineEx(Created, TRUE);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    return PsSetCreateProcessNotifyRoutineEx(Created, FALSE);
}
