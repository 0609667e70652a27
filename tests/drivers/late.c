/*
 * A filter that cleans up in two places, as several public ones do: its FilterUnloadCallback
 * unregisters, and DriverUnload, which it set before it registered, frees what is left. What it
 * asks HAL.dll for is the time that a stall takes.
 */
#include <fltKernel.h>

#define LATE_TAG 'etaL'

DRIVER_INITIALIZE DriverEntry;

static PFLT_FILTER Filter;
static PVOID Block;

static VOID NTAPI LastWord(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    ExFreePoolWithTag(Block, LATE_TAG);
    DbgPrint("late: DriverUnload\n");
}

static NTSTATUS FLTAPI Unload(FLT_FILTER_UNLOAD_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    FltUnregisterFilter(Filter);
    DbgPrint("late: FilterUnloadCallback\n");
    return STATUS_SUCCESS;
}

static const FLT_REGISTRATION Registration = {
    .Size = sizeof(FLT_REGISTRATION),
    .Version = FLT_REGISTRATION_VERSION,
    .FilterUnloadCallback = Unload,
};

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER frequency, before = KeQueryPerformanceCounter(&frequency), after;
    NTSTATUS status;

    UNREFERENCED_PARAMETER(RegistryPath);
    KeStallExecutionProcessor(20);
    after = KeQueryPerformanceCounter(NULL);
    DbgPrint("late: stalled %s\n",
             (after.QuadPart - before.QuadPart) * 1000000 / frequency.QuadPart >= 20 ? "as asked"
                                                                                     : "too short");
    Block = ExAllocatePoolWithTag(NonPagedPoolNx, 64, LATE_TAG);
    if (Block == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    DriverObject->DriverUnload = LastWord;
    status = FltRegisterFilter(DriverObject, &Registration, &Filter);
    if (NT_SUCCESS(status) && !NT_SUCCESS(status = FltStartFiltering(Filter)))
        FltUnregisterFilter(Filter);
    if (!NT_SUCCESS(status))
        ExFreePoolWithTag(Block, LATE_TAG);
    return status;
}
