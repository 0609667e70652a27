/*
 * Passes every operation on, and says of each successful create what its name is made of. C++, as
 * many drivers are: RAII around the name, a template, and extern "C" only where the system calls.
 */
#define DBG 1
#include <fltKernel.h>

namespace
{

PFLT_FILTER Filter;

/* Holds a reference to the name of an operation's file. */
class FileName
{
  public:
    FileName(PFLT_CALLBACK_DATA data, FLT_FILE_NAME_OPTIONS options)
        : status_(FltGetFileNameInformation(data, options, &information_))
    {
        if (NT_SUCCESS(status_))
            status_ = FltParseFileNameInformation(information_);
    }

    ~FileName()
    {
        if (information_ != nullptr)
            FltReleaseFileNameInformation(information_);
    }

    FileName(const FileName &) = delete;
    FileName &operator=(const FileName &) = delete;

    NTSTATUS status() const
    {
        return status_;
    }

    const FLT_FILE_NAME_INFORMATION *operator->() const
    {
        return information_;
    }

  private:
    PFLT_FILE_NAME_INFORMATION information_ = nullptr;
    NTSTATUS status_;
};

template <typename T> struct Counter {
    volatile T value;

    T next()
    {
        return InterlockedIncrement(&value);
    }
};

Counter<LONG> PreOperations, PostOperations;

FLT_PREOP_CALLBACK_STATUS FLTAPI PassPre(PFLT_CALLBACK_DATA Data, PCFLT_RELATED_OBJECTS FltObjects,
                                         PVOID *CompletionContext)
{
    UNREFERENCED_PARAMETER(FltObjects);
    PreOperations.next();
    *CompletionContext = nullptr;
    return Data->Iopb->MajorFunction == IRP_MJ_SHUTDOWN ? FLT_PREOP_SUCCESS_NO_CALLBACK
                                                        : FLT_PREOP_SUCCESS_WITH_CALLBACK;
}

FLT_POSTOP_CALLBACK_STATUS FLTAPI PassPost(PFLT_CALLBACK_DATA Data,
                                           PCFLT_RELATED_OBJECTS FltObjects,
                                           PVOID CompletionContext, FLT_POST_OPERATION_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(FltObjects);
    UNREFERENCED_PARAMETER(CompletionContext);
    PostOperations.next();
    if (FlagOn(Flags, FLTFL_POST_OPERATION_DRAINING) ||
        Data->Iopb->MajorFunction != IRP_MJ_CREATE || !NT_SUCCESS(Data->IoStatus.Status) ||
        Data->IoStatus.Status == STATUS_REPARSE)
        return FLT_POSTOP_FINISHED_PROCESSING;

    FileName name(Data, FLT_FILE_NAME_NORMALIZED | FLT_FILE_NAME_QUERY_DEFAULT);
    if (NT_SUCCESS(name.status()))
        KdPrint(("pass: volume '%wZ' directory '%wZ' file '%wZ' extension '%wZ'\n", &name->Volume,
                 &name->ParentDir, &name->FinalComponent, &name->Extension));
    else
        KdPrint(("pass: no name, 0x%08X\n", name.status()));
    return FLT_POSTOP_FINISHED_PROCESSING;
}

NTSTATUS FLTAPI PassSetup(PCFLT_RELATED_OBJECTS FltObjects, FLT_INSTANCE_SETUP_FLAGS Flags,
                          DEVICE_TYPE VolumeDeviceType, FLT_FILESYSTEM_TYPE VolumeFilesystemType)
{
    UNREFERENCED_PARAMETER(FltObjects);
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(VolumeDeviceType);
    UNREFERENCED_PARAMETER(VolumeFilesystemType);
    return STATUS_SUCCESS;
}

NTSTATUS FLTAPI PassQueryTeardown(PCFLT_RELATED_OBJECTS FltObjects,
                                  FLT_INSTANCE_QUERY_TEARDOWN_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(FltObjects);
    UNREFERENCED_PARAMETER(Flags);
    return STATUS_SUCCESS;
}

NTSTATUS FLTAPI PassUnload(FLT_FILTER_UNLOAD_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    FltUnregisterFilter(Filter);
    KdPrint(("pass: %d before, %d after\n", ReadNoFence(&PreOperations.value),
             ReadNoFence(&PostOperations.value)));
    return STATUS_SUCCESS;
}

#define PASS(operation)                                                                            \
    {                                                                                              \
        operation, 0, PassPre, PassPost, nullptr                                                   \
    }

const FLT_OPERATION_REGISTRATION Callbacks[] = {
    PASS(IRP_MJ_CREATE),
    PASS(IRP_MJ_CREATE_NAMED_PIPE),
    PASS(IRP_MJ_CLOSE),
    PASS(IRP_MJ_READ),
    PASS(IRP_MJ_WRITE),
    PASS(IRP_MJ_QUERY_INFORMATION),
    PASS(IRP_MJ_SET_INFORMATION),
    PASS(IRP_MJ_QUERY_EA),
    PASS(IRP_MJ_SET_EA),
    PASS(IRP_MJ_FLUSH_BUFFERS),
    PASS(IRP_MJ_QUERY_VOLUME_INFORMATION),
    PASS(IRP_MJ_SET_VOLUME_INFORMATION),
    PASS(IRP_MJ_DIRECTORY_CONTROL),
    PASS(IRP_MJ_FILE_SYSTEM_CONTROL),
    PASS(IRP_MJ_DEVICE_CONTROL),
    PASS(IRP_MJ_INTERNAL_DEVICE_CONTROL),
    {IRP_MJ_SHUTDOWN, 0, PassPre, nullptr, nullptr},
    PASS(IRP_MJ_LOCK_CONTROL),
    PASS(IRP_MJ_CLEANUP),
    PASS(IRP_MJ_CREATE_MAILSLOT),
    PASS(IRP_MJ_QUERY_SECURITY),
    PASS(IRP_MJ_SET_SECURITY),
    PASS(IRP_MJ_QUERY_QUOTA),
    PASS(IRP_MJ_SET_QUOTA),
    PASS(IRP_MJ_PNP),
    PASS(IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION),
    PASS(IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION),
    PASS(IRP_MJ_ACQUIRE_FOR_MOD_WRITE),
    PASS(IRP_MJ_RELEASE_FOR_MOD_WRITE),
    PASS(IRP_MJ_ACQUIRE_FOR_CC_FLUSH),
    PASS(IRP_MJ_RELEASE_FOR_CC_FLUSH),
    PASS(IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE),
    PASS(IRP_MJ_NETWORK_QUERY_OPEN),
    PASS(IRP_MJ_MDL_READ),
    PASS(IRP_MJ_MDL_READ_COMPLETE),
    PASS(IRP_MJ_PREPARE_MDL_WRITE),
    PASS(IRP_MJ_MDL_WRITE_COMPLETE),
    PASS(IRP_MJ_VOLUME_MOUNT),
    PASS(IRP_MJ_VOLUME_DISMOUNT),
    {IRP_MJ_OPERATION_END, 0, nullptr, nullptr, nullptr},
};

const FLT_REGISTRATION Registration = {
    sizeof(FLT_REGISTRATION),
    FLT_REGISTRATION_VERSION,
    0,
    nullptr,
    Callbacks,
    PassUnload,
    PassSetup,
    PassQueryTeardown,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

} // namespace

extern "C" DRIVER_INITIALIZE DriverEntry;

extern "C" NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KdPrint(("pass: started as '%wZ'\n", RegistryPath));

    NTSTATUS status = FltRegisterFilter(DriverObject, &Registration, &Filter);
    if (!NT_SUCCESS(status))
        return status;
    status = FltStartFiltering(Filter);
    if (!NT_SUCCESS(status))
        FltUnregisterFilter(Filter);
    return status;
}
