/*
 * Declarations for file systems and file-system filters, on top of ntddk.h: processes and threads,
 * objects, security, information classes, the file-system run-time library.
 *
 * Not the whole of the Windows header of this name, but what filters use of it.
 */
#ifndef _NTIFS_
#define _NTIFS_

#include <ntddk.h>
#include <wdm_csq.h>

#include <ntifs_security.h>
#include <ntifs_file.h>
#include <ntifs_fsctl.h>
#include <ntifs_fsrtl.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Processes and threads ------------------------------------------------------------------- */

_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    PsLookupProcessByProcessId(_In_ HANDLE ProcessId, _Outptr_ PEPROCESS *Process);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    PsLookupThreadByThreadId(_In_ HANDLE ThreadId, _Outptr_ PETHREAD *Thread);
NTKERNELAPI PEPROCESS NTAPI PsGetThreadProcess(_In_ PETHREAD Thread);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PEPROCESS NTAPI
    IoThreadToProcess(_In_ PETHREAD Thread);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI LARGE_INTEGER NTAPI PsGetProcessExitTime(void);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    PsIsSystemThread(_In_ PETHREAD Thread);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    PsIsThreadTerminating(_In_ PETHREAD Thread);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    IoIsSystemThread(_In_ PETHREAD Thread);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PEPROCESS NTAPI IoGetRequestorProcess(PIRP Irp);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI ULONG NTAPI IoGetRequestorProcessId(PIRP Irp);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoGetRequestorSessionId(PIRP Irp, PULONG pSessionId);

/* The NT path of the image that `Process` was started from; free it with ExFreePool. */
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    SeLocateProcessImageName(_In_ PEPROCESS Process, _Outptr_ PUNICODE_STRING *pImageFileName);

typedef struct _KAPC_STATE {
    LIST_ENTRY ApcListHead[2];
    struct _KPROCESS *Process;
    union {
        UCHAR InProgressFlags;
        struct {
            BOOLEAN KernelApcInProgress : 1;
            BOOLEAN SpecialApcInProgress : 1;
        };
    };
    BOOLEAN KernelApcPending;
    union {
        BOOLEAN UserApcPendingAll;
        struct {
            BOOLEAN SpecialUserApcPending : 1;
            BOOLEAN UserApcPending : 1;
        };
    };
} KAPC_STATE, *PKAPC_STATE, *PRKAPC_STATE;

NTKERNELAPI void NTAPI KeStackAttachProcess(PRKPROCESS PROCESS, PRKAPC_STATE ApcState);
NTKERNELAPI void NTAPI KeUnstackDetachProcess(PRKAPC_STATE ApcState);
NTKERNELAPI void NTAPI KeAttachProcess(PRKPROCESS Process);
NTKERNELAPI void NTAPI KeDetachProcess(void);

NTKERNELAPI void NTAPI PsChargePoolQuota(_In_ PEPROCESS Process, _In_ POOL_TYPE PoolType,
                                         _In_ ULONG_PTR Amount);
_Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI PsChargeProcessPoolQuota(_In_ PEPROCESS Process,
                                                                          _In_ POOL_TYPE PoolType,
                                                                          _In_ ULONG_PTR Amount);
NTKERNELAPI BOOLEAN NTAPI PsIsDiskCountersEnabled(void);
NTKERNELAPI void NTAPI PsReturnPoolQuota(_In_ PEPROCESS Process, _In_ POOL_TYPE PoolType,
                                         _In_ ULONG_PTR Amount);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI
    PsUpdateDiskCounters(_In_ PEPROCESS Process, _In_ ULONG64 BytesRead, _In_ ULONG64 BytesWritten,
                         _In_ ULONG ReadOperationCount, _In_ ULONG WriteOperationCount,
                         _In_ ULONG FlushOperationCount);

/* ---- Objects and handles --------------------------------------------------------------------- */

typedef enum _OBJECT_INFORMATION_CLASS {
    ObjectBasicInformation,
    ObjectTypeInformation = 2,
} OBJECT_INFORMATION_CLASS;

typedef struct _PUBLIC_OBJECT_BASIC_INFORMATION {
    ULONG Attributes;
    ACCESS_MASK GrantedAccess;
    ULONG HandleCount;
    ULONG PointerCount;
    ULONG Reserved[10];
} PUBLIC_OBJECT_BASIC_INFORMATION, *PPUBLIC_OBJECT_BASIC_INFORMATION;

typedef struct __PUBLIC_OBJECT_TYPE_INFORMATION {
    UNICODE_STRING TypeName;
    ULONG Reserved[22];
} PUBLIC_OBJECT_TYPE_INFORMATION, *PPUBLIC_OBJECT_TYPE_INFORMATION;

_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    ObOpenObjectByPointer(PVOID Object, _In_ ULONG HandleAttributes,
                          PACCESS_STATE PassedAccessState, _In_ ACCESS_MASK DesiredAccess,
                          POBJECT_TYPE ObjectType, _In_ KPROCESSOR_MODE AccessMode,
                          _Out_ PHANDLE Handle);
_Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI ObOpenObjectByPointerWithTag(
    PVOID Object, _In_ ULONG HandleAttributes, PACCESS_STATE PassedAccessState,
    _In_ ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType, _In_ KPROCESSOR_MODE AccessMode,
    _In_ ULONG Tag, _Out_ PHANDLE Handle);
_Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
ObQueryNameString(PVOID Object, POBJECT_NAME_INFORMATION ObjectNameInfo, _In_ ULONG Length,
                  _Out_ PULONG ReturnLength);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI ObIsKernelHandle(_In_ HANDLE Handle);
_Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
ObInsertObject(PVOID Object, PACCESS_STATE PassedAccessState, _In_ ACCESS_MASK DesiredAccess,
               _In_ ULONG ObjectPointerBias, PVOID *NewObject, _Out_ PHANDLE Handle);
NTKERNELAPI void NTAPI ObMakeTemporaryObject(PVOID Object);
_Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
ObQueryObjectAuditingByHandle(_In_ HANDLE Handle, PBOOLEAN GenerateOnClose);

_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI NtClose(_In_ HANDLE Handle);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtQueryObject(_In_ HANDLE Handle, _In_ OBJECT_INFORMATION_CLASS ObjectInformationClass,
                  PVOID ObjectInformation, _In_ ULONG ObjectInformationLength,
                  _Out_ PULONG ReturnLength);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwCreateEvent(_Out_ PHANDLE EventHandle, _In_ ACCESS_MASK DesiredAccess,
                  _In_ POBJECT_ATTRIBUTES ObjectAttributes, _In_ EVENT_TYPE EventType,
                  _In_ BOOLEAN InitialState);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwDuplicateObject(_In_ HANDLE SourceProcessHandle, _In_ HANDLE SourceHandle,
                      _In_ HANDLE TargetProcessHandle, _Out_ PHANDLE TargetHandle,
                      _In_ ACCESS_MASK DesiredAccess, _In_ ULONG HandleAttributes,
                      _In_ ULONG Options);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwNotifyChangeKey(_In_ HANDLE KeyHandle, _In_ HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                      PVOID ApcContext, _Out_ PIO_STATUS_BLOCK IoStatusBlock,
                      _In_ ULONG CompletionFilter, _In_ BOOLEAN WatchTree, PVOID Buffer,
                      _In_ ULONG BufferSize, _In_ BOOLEAN Asynchronous);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwOpenDirectoryObject(_Out_ PHANDLE DirectoryHandle, _In_ ACCESS_MASK DesiredAccess,
                          _In_ POBJECT_ATTRIBUTES ObjectAttributes);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwQueryObject(_In_ HANDLE Handle, _In_ OBJECT_INFORMATION_CLASS ObjectInformationClass,
                  PVOID ObjectInformation, _In_ ULONG ObjectInformationLength,
                  _Out_ PULONG ReturnLength);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwSetEvent(_In_ HANDLE EventHandle, PLONG PreviousState);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwWaitForSingleObject(_In_ HANDLE Handle, _In_ BOOLEAN Alertable, PLARGE_INTEGER Timeout);

/* ---- Virtual memory and sections ------------------------------------------------------------- */

typedef enum _MEMORY_INFORMATION_CLASS {
    MemoryBasicInformation,
} MEMORY_INFORMATION_CLASS;

typedef struct _MEMORY_BASIC_INFORMATION {
    PVOID BaseAddress;
    PVOID AllocationBase;
    ULONG AllocationProtect;
    USHORT PartitionId;
    SIZE_T RegionSize;
    ULONG State;
    ULONG Protect;
    ULONG Type;
} MEMORY_BASIC_INFORMATION, *PMEMORY_BASIC_INFORMATION;

_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtAllocateVirtualMemory(_In_ HANDLE ProcessHandle, PVOID *BaseAddress, _In_ ULONG_PTR ZeroBits,
                            PSIZE_T RegionSize, _In_ ULONG AllocationType, _In_ ULONG Protect);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtCreateSection(_Out_ PHANDLE SectionHandle, _In_ ACCESS_MASK DesiredAccess,
                    _In_ POBJECT_ATTRIBUTES ObjectAttributes, PLARGE_INTEGER MaximumSize,
                    _In_ ULONG SectionPageProtection, _In_ ULONG AllocationAttributes,
                    _In_ HANDLE FileHandle);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtFreeVirtualMemory(_In_ HANDLE ProcessHandle, PVOID *BaseAddress, PSIZE_T RegionSize,
                        _In_ ULONG FreeType);
NTKERNELAPI NTSTATUS NTAPI
NtQueryVirtualMemory(_In_ HANDLE ProcessHandle, PVOID BaseAddress,
                     _In_ MEMORY_INFORMATION_CLASS MemoryInformationClass, PVOID MemoryInformation,
                     _In_ SIZE_T MemoryInformationLength, _Out_ PSIZE_T ReturnLength);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwAllocateVirtualMemory(_In_ HANDLE ProcessHandle, PVOID *BaseAddress, _In_ ULONG_PTR ZeroBits,
                            PSIZE_T RegionSize, _In_ ULONG AllocationType, _In_ ULONG Protect);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwFlushVirtualMemory(_In_ HANDLE ProcessHandle, PVOID *BaseAddress, PSIZE_T RegionSize,
                         _Out_ PIO_STATUS_BLOCK IoStatus);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwFreeVirtualMemory(_In_ HANDLE ProcessHandle, PVOID *BaseAddress, PSIZE_T RegionSize,
                        _In_ ULONG FreeType);
NTSYSAPI NTSTATUS NTAPI ZwQueryVirtualMemory(_In_ HANDLE ProcessHandle, PVOID BaseAddress,
                                             _In_ MEMORY_INFORMATION_CLASS MemoryInformationClass,
                                             PVOID MemoryInformation,
                                             _In_ SIZE_T MemoryInformationLength,
                                             _Out_ PSIZE_T ReturnLength);

/* ---- Queues and mutants -----------------------------------------------------------------------
 */

typedef struct _KQUEUE {
    DISPATCHER_HEADER Header;
    LIST_ENTRY EntryListHead;
    volatile ULONG CurrentCount;
    ULONG MaximumCount;
    LIST_ENTRY ThreadListHead;
} KQUEUE, *PKQUEUE, *PRKQUEUE;

_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI
    KeInitializeQueue(PRKQUEUE Queue, _In_ ULONG Count);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI LONG NTAPI
    KeInsertHeadQueue(PRKQUEUE Queue, PLIST_ENTRY Entry);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI LONG NTAPI
    KeInsertQueue(PRKQUEUE Queue, PLIST_ENTRY Entry);
NTKERNELAPI LONG NTAPI KeReadStateQueue(PRKQUEUE Queue);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PLIST_ENTRY NTAPI
    KeRemoveQueue(PRKQUEUE Queue, _In_ KPROCESSOR_MODE WaitMode, PLARGE_INTEGER Timeout);
NTKERNELAPI ULONG NTAPI KeRemoveQueueEx(PKQUEUE Queue, _In_ KPROCESSOR_MODE WaitMode,
                                        _In_ BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                        PLIST_ENTRY *EntryArray, _In_ ULONG Count);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PLIST_ENTRY NTAPI KeRundownQueue(PRKQUEUE Queue);

NTKERNELAPI void NTAPI KeInitializeMutant(PRKMUTANT Mutant, _In_ BOOLEAN InitialOwner);
NTKERNELAPI void NTAPI KeQueryOwnerMutant(PKMUTANT Mutant, PCLIENT_ID ClientId);
NTKERNELAPI LONG NTAPI KeReadStateMutant(PRKMUTANT Mutant);
NTKERNELAPI LONG NTAPI KeReleaseMutant(PRKMUTANT Mutant, _In_ KPRIORITY Increment,
                                       _In_ BOOLEAN Abandoned, _In_ BOOLEAN Wait);

/* ---- Devices and file systems -----------------------------------------------------------------
 */

typedef void NTAPI DRIVER_FS_NOTIFICATION(struct _DEVICE_OBJECT *, BOOLEAN);
typedef DRIVER_FS_NOTIFICATION *PDRIVER_FS_NOTIFICATION;

NTKERNELAPI void NTAPI IoRegisterFileSystem(_In_ PDEVICE_OBJECT DeviceObject);
NTKERNELAPI void NTAPI IoUnregisterFileSystem(_In_ PDEVICE_OBJECT DeviceObject);
NTKERNELAPI NTSTATUS NTAPI IoRegisterFsRegistrationChange(
    PDRIVER_OBJECT DriverObject, PDRIVER_FS_NOTIFICATION DriverNotificationRoutine);
NTKERNELAPI NTSTATUS NTAPI IoRegisterFsRegistrationChangeMountAware(
    PDRIVER_OBJECT DriverObject, PDRIVER_FS_NOTIFICATION DriverNotificationRoutine,
    _In_ BOOLEAN SynchronizeWithMounts);
NTKERNELAPI void NTAPI IoUnregisterFsRegistrationChange(
    PDRIVER_OBJECT DriverObject, PDRIVER_FS_NOTIFICATION DriverNotificationRoutine);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI IoAcquireVpbSpinLock(PKIRQL Irql);
NTKERNELAPI void NTAPI IoReleaseVpbSpinLock(_In_ KIRQL Irql);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoEnumerateDeviceObjectList(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT *DeviceObjectList,
                                _In_ ULONG DeviceObjectListSize, PULONG ActualNumberDeviceObjects);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PDEVICE_OBJECT NTAPI
    IoGetAttachedDevice(_In_ PDEVICE_OBJECT DeviceObject);
NTKERNELAPI PDEVICE_OBJECT NTAPI IoGetBaseFileSystemDeviceObject(_In_ PFILE_OBJECT FileObject);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PDEVICE_OBJECT NTAPI
    IoGetDeviceAttachmentBaseRef(_In_ PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PDEVICE_OBJECT NTAPI
    IoGetDeviceToVerify(_In_ PETHREAD Thread);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI
    IoSetDeviceToVerify(_In_ PETHREAD Thread, _In_ PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoGetDiskDeviceObject(_In_ PDEVICE_OBJECT FileSystemDeviceObject,
                          _Outptr_ PDEVICE_OBJECT *DiskDeviceObject);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PDEVICE_OBJECT NTAPI
    IoGetLowerDeviceObject(_In_ PDEVICE_OBJECT DeviceObject);
NTKERNELAPI NTSTATUS NTAPI IoVerifyVolume(_In_ PDEVICE_OBJECT DeviceObject,
                                          _In_ BOOLEAN AllowRawMount);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoReplaceFileObjectName(_In_ PFILE_OBJECT FileObject, PWSTR NewFileName,
                            _In_ USHORT FileNameLength);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PFILE_OBJECT NTAPI
    IoCreateStreamFileObject(_In_ PFILE_OBJECT FileObject, _In_ PDEVICE_OBJECT DeviceObject);
NTKERNELAPI PFILE_OBJECT NTAPI IoCreateStreamFileObjectLite(_In_ PFILE_OBJECT FileObject,
                                                            _In_ PDEVICE_OBJECT DeviceObject);
NTKERNELAPI BOOLEAN NTAPI IoFastQueryNetworkAttributes(_In_ POBJECT_ATTRIBUTES ObjectAttributes,
                                                       _In_ ACCESS_MASK DesiredAccess,
                                                       _In_ ULONG OpenOptions,
                                                       _Out_ PIO_STATUS_BLOCK IoStatus,
                                                       PFILE_NETWORK_OPEN_INFORMATION Buffer);
NTKERNELAPI NTSTATUS NTAPI IoCheckFunctionAccess(_In_ ACCESS_MASK GrantedAccess,
                                                 _In_ UCHAR MajorFunction, _In_ UCHAR MinorFunction,
                                                 _In_ ULONG IoControlCode, PVOID Arg1, PVOID Arg2);
NTKERNELAPI void NTAPI IoQueueThreadIrp(PIRP Irp);
NTKERNELAPI NTSTATUS NTAPI IoPageRead(_In_ PFILE_OBJECT FileObject, PMDL MemoryDescriptorList,
                                      PLARGE_INTEGER StartingOffset, PKEVENT Event,
                                      _Out_ PIO_STATUS_BLOCK IoStatusBlock);
NTKERNELAPI NTSTATUS NTAPI IoSynchronousPageWrite(_In_ PFILE_OBJECT FileObject,
                                                  PMDL MemoryDescriptorList,
                                                  PLARGE_INTEGER StartingOffset, PKEVENT Event,
                                                  _Out_ PIO_STATUS_BLOCK IoStatusBlock);

NTKERNELAPI NTSTATUS NTAPI IoApplyPriorityInfoThread(PIO_PRIORITY_INFO InputPriorityInfo,
                                                     PIO_PRIORITY_INFO OutputPriorityInfo,
                                                     _In_ PETHREAD Thread);
NTKERNELAPI NTSTATUS NTAPI IoRetrievePriorityInfo(PIRP Irp, _In_ PFILE_OBJECT FileObject,
                                                  _In_ PETHREAD Thread,
                                                  PIO_PRIORITY_INFO PriorityInfo);

_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    IoCheckFileObjectOpenedAsCopyDestination(_In_ PFILE_OBJECT FileObject);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    IoCheckFileObjectOpenedAsCopySource(_In_ PFILE_OBJECT FileObject);
NTKERNELAPI NTSTATUS NTAPI IoGetCopyInformationExtension(PIRP Irp,
                                                         PCOPY_INFORMATION CopyInformation);

/* ---- Run-time library --------------------------------------------------------------------------
 */

/* Where RtlGenerate8dot3Name keeps its state between calls. */
typedef struct _GENERATE_NAME_CONTEXT {
    USHORT Checksum;
    BOOLEAN ChecksumInserted;
    UCHAR NameLength;
    WCHAR NameBuffer[8];
    ULONG ExtensionLength;
    WCHAR ExtensionBuffer[4];
    ULONG LastIndexValue;
} GENERATE_NAME_CONTEXT;
typedef GENERATE_NAME_CONTEXT *PGENERATE_NAME_CONTEXT;

NTSYSAPI BOOLEAN NTAPI RtlPrefixString(const STRING *String1, const STRING *String2,
                                       _In_ BOOLEAN CaseInSensitive);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlAppendStringToString(PSTRING Destination, const STRING *Source);
NTSYSAPI NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString,
                                                 _In_ PCUNICODE_STRING SourceString,
                                                 _In_ BOOLEAN AllocateDestinationString);
NTSYSAPI NTSTATUS NTAPI RtlDuplicateUnicodeString(_In_ ULONG Flags, _In_ PCUNICODE_STRING StringIn,
                                                  PUNICODE_STRING StringOut);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI BOOLEAN NTAPI
    RtlCreateUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);
NTSYSAPI NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString,
                                               PCWSTR SourceString);
NTSYSAPI NTSTATUS NTAPI RtlValidateUnicodeString(_In_ ULONG Flags, _In_ PCUNICODE_STRING String);
NTSYSAPI NTSTATUS NTAPI RtlOemStringToUnicodeString(PUNICODE_STRING DestinationString,
                                                    PCOEM_STRING SourceString,
                                                    _In_ BOOLEAN AllocateDestinationString);
NTSYSAPI NTSTATUS NTAPI RtlOemStringToCountedUnicodeString(PUNICODE_STRING DestinationString,
                                                           PCOEM_STRING SourceString,
                                                           _In_ BOOLEAN AllocateDestinationString);
NTSYSAPI NTSTATUS NTAPI RtlUnicodeStringToOemString(POEM_STRING DestinationString,
                                                    _In_ PCUNICODE_STRING SourceString,
                                                    _In_ BOOLEAN AllocateDestinationString);
NTSYSAPI NTSTATUS NTAPI RtlUnicodeStringToCountedOemString(POEM_STRING DestinationString,
                                                           _In_ PCUNICODE_STRING SourceString,
                                                           _In_ BOOLEAN AllocateDestinationString);
NTSYSAPI NTSTATUS NTAPI RtlUpcaseUnicodeStringToOemString(POEM_STRING DestinationString,
                                                          _In_ PCUNICODE_STRING SourceString,
                                                          _In_ BOOLEAN AllocateDestinationString);
NTSYSAPI NTSTATUS NTAPI RtlUpcaseUnicodeStringToCountedOemString(
    POEM_STRING DestinationString, _In_ PCUNICODE_STRING SourceString,
    _In_ BOOLEAN AllocateDestinationString);
NTSYSAPI void NTAPI RtlFreeOemString(POEM_STRING OemString);
NTSYSAPI NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWCH UnicodeString,
                                               _In_ ULONG MaxBytesInUnicodeString,
                                               PULONG BytesInUnicodeString,
                                               const CHAR *MultiByteString,
                                               _In_ ULONG BytesInMultiByteString);
NTSYSAPI NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG BytesInUnicodeString,
                                                  const CHAR *MultiByteString,
                                                  _In_ ULONG BytesInMultiByteString);
NTSYSAPI NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR MultiByteString,
                                               _In_ ULONG MaxBytesInMultiByteString,
                                               PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                               _In_ ULONG BytesInUnicodeString);
NTSYSAPI NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG BytesInMultiByteString,
                                                  PCWCH UnicodeString,
                                                  _In_ ULONG BytesInUnicodeString);
NTSYSAPI NTSTATUS NTAPI RtlUpcaseUnicodeToMultiByteN(PCHAR MultiByteString,
                                                     _In_ ULONG MaxBytesInMultiByteString,
                                                     PULONG BytesInMultiByteString,
                                                     PCWCH UnicodeString,
                                                     _In_ ULONG BytesInUnicodeString);
NTSYSAPI NTSTATUS NTAPI RtlOemToUnicodeN(PWCH UnicodeString, _In_ ULONG MaxBytesInUnicodeString,
                                         PULONG BytesInUnicodeString, PCCH OemString,
                                         _In_ ULONG BytesInOemString);
NTSYSAPI NTSTATUS NTAPI RtlUnicodeToOemN(PCHAR OemString, _In_ ULONG MaxBytesInOemString,
                                         PULONG BytesInOemString, PCWCH UnicodeString,
                                         _In_ ULONG BytesInUnicodeString);
NTSYSAPI NTSTATUS NTAPI RtlUpcaseUnicodeToOemN(PCHAR OemString, _In_ ULONG MaxBytesInOemString,
                                               PULONG BytesInOemString, PCWCH UnicodeString,
                                               _In_ ULONG BytesInUnicodeString);
NTSYSAPI ULONG NTAPI RtlNtStatusToDosError(_In_ NTSTATUS Status);
NTSYSAPI ULONG NTAPI RtlNtStatusToDosErrorNoTeb(_In_ NTSTATUS Status);
NTSYSAPI BOOLEAN NTAPI RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds);
NTSYSAPI BOOLEAN NTAPI RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG ElapsedSeconds);
NTSYSAPI void NTAPI RtlSecondsSince1970ToTime(_In_ ULONG ElapsedSeconds, PLARGE_INTEGER Time);
NTSYSAPI void NTAPI RtlSecondsSince1980ToTime(_In_ ULONG ElapsedSeconds, PLARGE_INTEGER Time);
NTSYSAPI ULONG NTAPI RtlRandom(PULONG Seed);
NTSYSAPI ULONG NTAPI RtlRandomEx(PULONG Seed);
NTSYSAPI SIZE_T NTAPI RtlCompareMemoryUlong(PVOID Source, _In_ SIZE_T Length, _In_ ULONG Pattern);
NTSYSAPI void NTAPI RtlFillMemoryUlong(PVOID Destination, _In_ SIZE_T Length, _In_ ULONG Pattern);
NTSYSAPI LONG NTAPI RtlCompareAltitudes(_In_ PCUNICODE_STRING Altitude1,
                                        _In_ PCUNICODE_STRING Altitude2);
NTSYSAPI USHORT NTAPI RtlCaptureStackBackTrace(_In_ ULONG FramesToSkip, _In_ ULONG FramesToCapture,
                                               PVOID *BackTrace, PULONG BackTraceHash);
NTSYSAPI void NTAPI RtlCopyLuid(PLUID DestinationLuid, PLUID SourceLuid);
NTSYSAPI BOOLEAN NTAPI RtlIsNameLegalDOS8Dot3(_In_ PCUNICODE_STRING Name, POEM_STRING OemName,
                                              PBOOLEAN NameContainsSpaces);
NTSYSAPI NTSTATUS NTAPI RtlGenerate8dot3Name(_In_ PCUNICODE_STRING Name,
                                             _In_ BOOLEAN AllowExtendedCharacters,
                                             PGENERATE_NAME_CONTEXT Context,
                                             PUNICODE_STRING Name8dot3);
NTSYSAPI BOOLEAN NTAPI RtlIsCloudFilesPlaceholder(_In_ ULONG FileAttributes, _In_ ULONG ReparseTag);
NTSYSAPI BOOLEAN NTAPI RtlIsPartialPlaceholder(_In_ ULONG FileAttributes, _In_ ULONG ReparseTag);

#ifdef __cplusplus
}
#endif

#endif
