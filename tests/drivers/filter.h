/*
 * What the small test filters share: one pre- and one post-create callback, and a clean unload. One
 * that defines TEST_HAS_PORT also has TestOpenPort and TestClosePort.
 */
#include <fltKernel.h>

static PFLT_FILTER TestFilter;

static FLT_PREOP_CALLBACK_STATUS FLTAPI TestPreCreate(PFLT_CALLBACK_DATA Data,
                                                      PCFLT_RELATED_OBJECTS FltObjects,
                                                      PVOID *CompletionContext);
static FLT_POSTOP_CALLBACK_STATUS FLTAPI TestPostCreate(PFLT_CALLBACK_DATA Data,
                                                        PCFLT_RELATED_OBJECTS FltObjects,
                                                        PVOID CompletionContext,
                                                        FLT_POST_OPERATION_FLAGS Flags);

#ifdef TEST_HAS_PORT
static NTSTATUS TestOpenPort(VOID);
static VOID TestClosePort(VOID);
#else
static NTSTATUS TestOpenPort(VOID)
{
    return STATUS_SUCCESS;
}

static VOID TestClosePort(VOID)
{
}
#endif

static NTSTATUS FLTAPI TestUnload(FLT_FILTER_UNLOAD_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    TestClosePort();
    FltUnregisterFilter(TestFilter);
    return STATUS_SUCCESS;
}

static const FLT_OPERATION_REGISTRATION TestCallbacks[] = {
    {.MajorFunction = IRP_MJ_CREATE,
     .PreOperation = TestPreCreate,
     .PostOperation = TestPostCreate},
    {.MajorFunction = IRP_MJ_OPERATION_END},
};

static const FLT_REGISTRATION TestRegistration = {
    .Size = sizeof(FLT_REGISTRATION),
    .Version = FLT_REGISTRATION_VERSION,
    .OperationRegistration = TestCallbacks,
    .FilterUnloadCallback = TestUnload,
};

DRIVER_INITIALIZE DriverEntry;

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    NTSTATUS status = FltRegisterFilter(DriverObject, &TestRegistration, &TestFilter);

    UNREFERENCED_PARAMETER(RegistryPath);
    if (!NT_SUCCESS(status))
        return status;
    status = TestOpenPort();
    if (NT_SUCCESS(status)) {
        status = FltStartFiltering(TestFilter);
        if (!NT_SUCCESS(status))
            TestClosePort();
    }
    if (!NT_SUCCESS(status))
        FltUnregisterFilter(TestFilter);
    return status;
}
