/*
 * Part of fltKernel.h: the functions for a filter's own I/O, ports, work items, locks, extra create
 * parameters and transactions. Include fltKernel.h, not this.
 */
#ifndef __FLTKERNEL_IO__
#define __FLTKERNEL_IO__

#ifdef __cplusplus
extern "C" {
#endif

/* ---- File I/O below this filter ------------------------------------------------------------- */

_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltCreateFile(_In_ PFLT_FILTER Filter, _In_ PFLT_INSTANCE Instance, _Out_ PHANDLE FileHandle,
                  _In_ ACCESS_MASK DesiredAccess, _In_ POBJECT_ATTRIBUTES ObjectAttributes,
                  _Out_ PIO_STATUS_BLOCK IoStatusBlock, PLARGE_INTEGER AllocationSize,
                  _In_ ULONG FileAttributes, _In_ ULONG ShareAccess, _In_ ULONG CreateDisposition,
                  _In_ ULONG CreateOptions, PVOID EaBuffer, _In_ ULONG EaLength, _In_ ULONG Flags);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltCreateFileEx(_In_ PFLT_FILTER Filter, _In_ PFLT_INSTANCE Instance, _Out_ PHANDLE FileHandle,
                    _Outptr_ PFILE_OBJECT *FileObject, _In_ ACCESS_MASK DesiredAccess,
                    _In_ POBJECT_ATTRIBUTES ObjectAttributes, _Out_ PIO_STATUS_BLOCK IoStatusBlock,
                    PLARGE_INTEGER AllocationSize, _In_ ULONG FileAttributes,
                    _In_ ULONG ShareAccess, _In_ ULONG CreateDisposition, _In_ ULONG CreateOptions,
                    PVOID EaBuffer, _In_ ULONG EaLength, _In_ ULONG Flags);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltCreateFileEx2(_In_ PFLT_FILTER Filter, _In_ PFLT_INSTANCE Instance, _Out_ PHANDLE FileHandle,
                     _Outptr_ PFILE_OBJECT *FileObject, _In_ ACCESS_MASK DesiredAccess,
                     _In_ POBJECT_ATTRIBUTES ObjectAttributes, _Out_ PIO_STATUS_BLOCK IoStatusBlock,
                     PLARGE_INTEGER AllocationSize, _In_ ULONG FileAttributes,
                     _In_ ULONG ShareAccess, _In_ ULONG CreateDisposition, _In_ ULONG CreateOptions,
                     PVOID EaBuffer, _In_ ULONG EaLength, _In_ ULONG Flags,
                     PIO_DRIVER_CREATE_CONTEXT DriverContext);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltCreateNamedPipeFile(_In_ PFLT_FILTER Filter, _In_ PFLT_INSTANCE Instance,
                           _Out_ PHANDLE FileHandle, _Outptr_ PFILE_OBJECT *FileObject,
                           _In_ ULONG DesiredAccess, _In_ POBJECT_ATTRIBUTES ObjectAttributes,
                           _Out_ PIO_STATUS_BLOCK IoStatusBlock, _In_ ULONG ShareAccess,
                           _In_ ULONG CreateDisposition, _In_ ULONG CreateOptions,
                           _In_ ULONG NamedPipeType, _In_ ULONG ReadMode, _In_ ULONG CompletionMode,
                           _In_ ULONG MaximumInstances, _In_ ULONG InboundQuota,
                           _In_ ULONG OutboundQuota, PLARGE_INTEGER DefaultTimeout,
                           PIO_DRIVER_CREATE_CONTEXT DriverContext);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltCreateMailslotFile(_In_ PFLT_FILTER Filter, _In_ PFLT_INSTANCE Instance,
                          _Out_ PHANDLE FileHandle, _Outptr_ PFILE_OBJECT *FileObject,
                          _In_ ULONG DesiredAccess, _In_ POBJECT_ATTRIBUTES ObjectAttributes,
                          _Out_ PIO_STATUS_BLOCK IoStatusBlock, _In_ ULONG CreateOptions,
                          _In_ ULONG MailslotQuota, _In_ ULONG MaximumMessageSize,
                          PLARGE_INTEGER ReadTimeout, PIO_DRIVER_CREATE_CONTEXT DriverContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI FltClose(_In_ HANDLE FileHandle);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltReadFile(_In_ PFLT_INSTANCE InitiatingInstance, _In_ PFILE_OBJECT FileObject,
                PLARGE_INTEGER ByteOffset, _In_ ULONG Length, PVOID Buffer,
                _In_ FLT_IO_OPERATION_FLAGS Flags, _Out_ PULONG BytesRead,
                PFLT_COMPLETED_ASYNC_IO_CALLBACK CallbackRoutine, PVOID CallbackContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltReadFileEx(_In_ PFLT_INSTANCE InitiatingInstance, _In_ PFILE_OBJECT FileObject,
                  PLARGE_INTEGER ByteOffset, _In_ ULONG Length, PVOID Buffer,
                  _In_ FLT_IO_OPERATION_FLAGS Flags, _Out_ PULONG BytesRead,
                  PFLT_COMPLETED_ASYNC_IO_CALLBACK CallbackRoutine, PVOID CallbackContext,
                  PULONG Key, PMDL Mdl);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltWriteFile(_In_ PFLT_INSTANCE InitiatingInstance, _In_ PFILE_OBJECT FileObject,
                 PLARGE_INTEGER ByteOffset, _In_ ULONG Length, PVOID Buffer,
                 _In_ FLT_IO_OPERATION_FLAGS Flags, _Out_ PULONG BytesWritten,
                 PFLT_COMPLETED_ASYNC_IO_CALLBACK CallbackRoutine, PVOID CallbackContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltWriteFileEx(_In_ PFLT_INSTANCE InitiatingInstance, _In_ PFILE_OBJECT FileObject,
                   PLARGE_INTEGER ByteOffset, _In_ ULONG Length, PVOID Buffer,
                   _In_ FLT_IO_OPERATION_FLAGS Flags, _Out_ PULONG BytesWritten,
                   PFLT_COMPLETED_ASYNC_IO_CALLBACK CallbackRoutine, PVOID CallbackContext,
                   PULONG Key, PMDL Mdl);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltQueryInformationFile(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                            PVOID FileInformation, _In_ ULONG Length,
                            _In_ FILE_INFORMATION_CLASS FileInformationClass,
                            _Out_ PULONG LengthReturned);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetInformationFile(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                          PVOID FileInformation, _In_ ULONG Length,
                          _In_ FILE_INFORMATION_CLASS FileInformationClass);
_Must_inspect_result_ NTSTATUS FLTAPI FltQueryInformationByName(
    _In_ PFLT_FILTER Filter, _In_ PFLT_INSTANCE Instance, _In_ POBJECT_ATTRIBUTES ObjectAttributes,
    _Out_ PIO_STATUS_BLOCK IoStatusBlock, PVOID FileInformation, _In_ ULONG Length,
    _In_ FILE_INFORMATION_CLASS FileInformationClass, PIO_DRIVER_CREATE_CONTEXT DriverContext);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltQueryVolumeInformationFile(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                                  PVOID FsInformation, _In_ ULONG Length,
                                  _In_ FS_INFORMATION_CLASS FsInformationClass,
                                  _Out_ PULONG LengthReturned);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltQueryDirectoryFile(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                          PVOID FileInformation, _In_ ULONG Length,
                          _In_ FILE_INFORMATION_CLASS FileInformationClass,
                          _In_ BOOLEAN ReturnSingleEntry, PUNICODE_STRING FileName,
                          _In_ BOOLEAN RestartScan, _Out_ PULONG LengthReturned);
_Must_inspect_result_ NTSTATUS FLTAPI FltQueryDirectoryFileEx(
    _In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject, PVOID FileInformation,
    _In_ ULONG Length, _In_ FILE_INFORMATION_CLASS FileInformationClass, _In_ ULONG QueryFlags,
    PUNICODE_STRING FileName, _Out_ PULONG LengthReturned);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltQueryEaFile(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                   _Out_ PVOID ReturnedEaData, _In_ ULONG Length, _In_ BOOLEAN ReturnSingleEntry,
                   PVOID EaList, _In_ ULONG EaListLength, PULONG EaIndex, _In_ BOOLEAN RestartScan,
                   _Out_ PULONG LengthReturned);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetEaFile(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject, PVOID EaBuffer,
                 _In_ ULONG Length);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltQuerySecurityObject(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                           _In_ SECURITY_INFORMATION SecurityInformation,
                           PSECURITY_DESCRIPTOR SecurityDescriptor, _In_ ULONG Length,
                           _Out_ PULONG LengthNeeded);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetSecurityObject(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                         _In_ SECURITY_INFORMATION SecurityInformation,
                         PSECURITY_DESCRIPTOR SecurityDescriptor);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltQueryQuotaInformationFile(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                                 _Out_ PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                                 _In_ ULONG Length, _In_ BOOLEAN ReturnSingleEntry, PVOID SidList,
                                 _In_ ULONG SidListLength, PULONG StartSid,
                                 _In_ BOOLEAN RestartScan, _Out_ PULONG LengthReturned);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetQuotaInformationFile(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                               PVOID Buffer, _In_ ULONG Length);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltFlushBuffers(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject);
NTSTATUS FLTAPI FltFlushBuffers2(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                                 _In_ ULONG FlushType, _In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltFsControlFile(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                     _In_ ULONG FsControlCode, PVOID InputBuffer, _In_ ULONG InputBufferLength,
                     PVOID OutputBuffer, _In_ ULONG OutputBufferLength,
                     _Out_ PULONG LengthReturned);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltDeviceIoControlFile(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                           _In_ ULONG IoControlCode, PVOID InputBuffer,
                           _In_ ULONG InputBufferLength, PVOID OutputBuffer,
                           _In_ ULONG OutputBufferLength, _Out_ PULONG LengthReturned);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltIsDirectory(_In_ PFILE_OBJECT FileObject, _In_ PFLT_INSTANCE Instance, PBOOLEAN IsDirectory);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltTagFile(_In_ PFLT_INSTANCE InitiatingInstance, _In_ PFILE_OBJECT FileObject,
               _In_ ULONG FileTag, GUID *Guid, PVOID DataBuffer, _In_ USHORT DataBufferLength);
NTSTATUS FLTAPI FltTagFileEx(_In_ PFLT_INSTANCE InitiatingInstance, _In_ PFILE_OBJECT FileObject,
                             _In_ ULONG FileTag, GUID *Guid, PVOID DataBuffer,
                             _In_ USHORT DataBufferLength, _In_ ULONG ExistingFileTag,
                             GUID *ExistingGuid, _In_ ULONG Flags);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltUntagFile(_In_ PFLT_INSTANCE InitiatingInstance, _In_ PFILE_OBJECT FileObject,
                 _In_ ULONG FileTag, GUID *Guid);

_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltFastIoMdlRead(_In_ PFLT_INSTANCE InitiatingInstance, _In_ PFILE_OBJECT FileObject,
                     PLARGE_INTEGER FileOffset, _In_ ULONG Length, _In_ ULONG LockKey,
                     PMDL *MdlChain, _Out_ PIO_STATUS_BLOCK IoStatus);
_IRQL_requires_max_(PASSIVE_LEVEL) BOOLEAN FLTAPI
    FltFastIoMdlReadComplete(_In_ PFLT_INSTANCE InitiatingInstance, _In_ PFILE_OBJECT FileObject,
                             PMDL MdlChain);
_IRQL_requires_max_(PASSIVE_LEVEL) BOOLEAN FLTAPI
    FltFastIoMdlWriteComplete(_In_ PFLT_INSTANCE InitiatingInstance, _In_ PFILE_OBJECT FileObject,
                              PLARGE_INTEGER FileOffset, PMDL MdlChain);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltFastIoPrepareMdlWrite(_In_ PFLT_INSTANCE InitiatingInstance, _In_ PFILE_OBJECT FileObject,
                             PLARGE_INTEGER FileOffset, _In_ ULONG Length, _In_ ULONG LockKey,
                             PMDL *MdlChain, _Out_ PIO_STATUS_BLOCK IoStatus);

_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltAllocateCallbackData(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                            _Outptr_ PFLT_CALLBACK_DATA *RetNewCallbackData);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltAllocateCallbackDataEx(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                              _In_ FLT_ALLOCATE_CALLBACK_DATA_FLAGS Flags,
                              _Outptr_ PFLT_CALLBACK_DATA *RetNewCallbackData);
_IRQL_requires_max_(DISPATCH_LEVEL) void FLTAPI
    FltFreeCallbackData(_In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltReuseCallbackData(_In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltPerformSynchronousIo(_In_ PFLT_CALLBACK_DATA CallbackData);
NTSTATUS FLTAPI FltPerformAsynchronousIo(_In_ PFLT_CALLBACK_DATA CallbackData,
                                         PFLT_COMPLETED_ASYNC_IO_CALLBACK CallbackRoutine,
                                         PVOID CallbackContext);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltReissueSynchronousIo(_In_ PFLT_INSTANCE InitiatingInstance,
                            _In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(APC_LEVEL) PVOID FLTAPI
    FltAllocatePoolAlignedWithTag(_In_ PFLT_INSTANCE Instance, _In_ POOL_TYPE PoolType,
                                  _In_ SIZE_T NumberOfBytes, _In_ ULONG Tag);
void FLTAPI FltFreePoolAlignedWithTag(_In_ PFLT_INSTANCE Instance, PVOID Buffer, _In_ ULONG Tag);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltNotifyFilterChangeDirectory(
    PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList, PVOID FsContext, PSTRING FullDirectoryName,
    _In_ BOOLEAN WatchTree, _In_ BOOLEAN IgnoreBuffer, _In_ ULONG CompletionFilter,
    _In_ PFLT_CALLBACK_DATA NotifyCallbackData, PCHECK_FOR_TRAVERSE_ACCESS TraverseCallback,
    PSECURITY_SUBJECT_CONTEXT SubjectContext, PFILTER_REPORT_CHANGE FilterCallback);

NTSTATUS FLTAPI FltRequestFileInfoOnCreateCompletion(_In_ PFLT_FILTER Filter,
                                                     _In_ PFLT_CALLBACK_DATA Data,
                                                     _In_ ULONG InfoClassFlags);
PVOID FLTAPI FltRetrieveFileInfoOnCreateCompletion(_In_ PFLT_FILTER Filter,
                                                   _In_ PFLT_CALLBACK_DATA Data,
                                                   _In_ ULONG InfoClass, PULONG Size);
NTSTATUS FLTAPI FltRetrieveFileInfoOnCreateCompletionEx(_In_ PFLT_FILTER Filter,
                                                        _In_ PFLT_CALLBACK_DATA Data,
                                                        _In_ ULONG InfoClass,
                                                        _Out_ PULONG RetInfoSize,
                                                        _Out_ PVOID *RetInfoBuffer);

/* ---- Communication ports -------------------------------------------------------------------- */

_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltCreateCommunicationPort(_In_ PFLT_FILTER Filter, _Outptr_ PFLT_PORT *ServerPort,
                               _In_ POBJECT_ATTRIBUTES ObjectAttributes, PVOID ServerPortCookie,
                               PFLT_CONNECT_NOTIFY ConnectNotifyCallback,
                               PFLT_DISCONNECT_NOTIFY DisconnectNotifyCallback,
                               PFLT_MESSAGE_NOTIFY MessageNotifyCallback, _In_ LONG MaxConnections);
_IRQL_requires_max_(PASSIVE_LEVEL) void FLTAPI FltCloseCommunicationPort(_In_ PFLT_PORT ServerPort);
_IRQL_requires_max_(PASSIVE_LEVEL) void FLTAPI
    FltCloseClientPort(_In_ PFLT_FILTER Filter, _Inout_ PFLT_PORT *ClientPort);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSendMessage(_In_ PFLT_FILTER Filter, _Inout_ PFLT_PORT *ClientPort, PVOID SenderBuffer,
                   _In_ ULONG SenderBufferLength, PVOID ReplyBuffer, PULONG ReplyLength,
                   PLARGE_INTEGER Timeout);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltBuildDefaultSecurityDescriptor(PSECURITY_DESCRIPTOR *SecurityDescriptor,
                                      _In_ ACCESS_MASK DesiredAccess);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltFreeSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor);

/* ---- Work items and queues ------------------------------------------------------------------ */

_IRQL_requires_max_(DISPATCH_LEVEL) PFLT_DEFERRED_IO_WORKITEM FLTAPI
    FltAllocateDeferredIoWorkItem(void);
_IRQL_requires_max_(DISPATCH_LEVEL) PFLT_GENERIC_WORKITEM FLTAPI FltAllocateGenericWorkItem(void);
_IRQL_requires_max_(DISPATCH_LEVEL) void FLTAPI
    FltFreeDeferredIoWorkItem(PFLT_DEFERRED_IO_WORKITEM FltWorkItem);
_IRQL_requires_max_(DISPATCH_LEVEL) void FLTAPI
    FltFreeGenericWorkItem(PFLT_GENERIC_WORKITEM FltWorkItem);
_IRQL_requires_max_(DISPATCH_LEVEL) NTSTATUS FLTAPI
    FltQueueDeferredIoWorkItem(PFLT_DEFERRED_IO_WORKITEM FltWorkItem, _In_ PFLT_CALLBACK_DATA Data,
                               PFLT_DEFERRED_IO_WORKITEM_ROUTINE WorkerRoutine,
                               _In_ WORK_QUEUE_TYPE QueueType, PVOID Context);
_IRQL_requires_max_(DISPATCH_LEVEL) NTSTATUS FLTAPI
    FltQueueGenericWorkItem(PFLT_GENERIC_WORKITEM FltWorkItem, PVOID FltObject,
                            PFLT_GENERIC_WORKITEM_ROUTINE WorkerRoutine,
                            _In_ WORK_QUEUE_TYPE QueueType, PVOID Context);

void FLTAPI FltCbdqDisable(PFLT_CALLBACK_DATA_QUEUE Cbdq);
void FLTAPI FltCbdqEnable(PFLT_CALLBACK_DATA_QUEUE Cbdq);
NTSTATUS FLTAPI FltCbdqInitialize(
    _In_ PFLT_INSTANCE Instance, PFLT_CALLBACK_DATA_QUEUE Cbdq,
    PFLT_CALLBACK_DATA_QUEUE_INSERT_IO CbdqInsertIo,
    PFLT_CALLBACK_DATA_QUEUE_REMOVE_IO CbdqRemoveIo,
    PFLT_CALLBACK_DATA_QUEUE_PEEK_NEXT_IO CbdqPeekNextIo,
    PFLT_CALLBACK_DATA_QUEUE_ACQUIRE CbdqAcquire, PFLT_CALLBACK_DATA_QUEUE_RELEASE CbdqRelease,
    PFLT_CALLBACK_DATA_QUEUE_COMPLETE_CANCELED_IO CbdqCompleteCanceledIo);
NTSTATUS FLTAPI FltCbdqInsertIo(PFLT_CALLBACK_DATA_QUEUE Cbdq, _In_ PFLT_CALLBACK_DATA Cbd,
                                PFLT_CALLBACK_DATA_QUEUE_IO_CONTEXT Context, PVOID InsertContext);
PFLT_CALLBACK_DATA FLTAPI FltCbdqRemoveIo(PFLT_CALLBACK_DATA_QUEUE Cbdq,
                                          PFLT_CALLBACK_DATA_QUEUE_IO_CONTEXT Context);
PFLT_CALLBACK_DATA FLTAPI FltCbdqRemoveNextIo(PFLT_CALLBACK_DATA_QUEUE Cbdq, PVOID PeekContext);

/* ---- Locks ---------------------------------------------------------------------------------- */

_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltAcquirePushLockExclusive(PULONG_PTR PushLock);
void FLTAPI FltAcquirePushLockExclusiveEx(PULONG_PTR PushLock, _In_ ULONG Flags);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltAcquirePushLockShared(PULONG_PTR PushLock);
void FLTAPI FltAcquirePushLockSharedEx(PULONG_PTR PushLock, _In_ ULONG Flags);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltDeletePushLock(PULONG_PTR PushLock);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltInitializePushLock(PULONG_PTR PushLock);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltReleasePushLock(PULONG_PTR PushLock);
void FLTAPI FltReleasePushLockEx(PULONG_PTR PushLock, _In_ ULONG Flags);

_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltAcquireResourceExclusive(PERESOURCE Resource);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltAcquireResourceShared(PERESOURCE Resource);
_IRQL_requires_max_(DISPATCH_LEVEL) void FLTAPI FltReleaseResource(PERESOURCE Resource);

_IRQL_requires_max_(APC_LEVEL) PFILE_LOCK FLTAPI
    FltAllocateFileLock(PFLT_COMPLETE_LOCK_CALLBACK_DATA_ROUTINE CompleteLockCallbackDataRoutine,
                        PUNLOCK_ROUTINE UnlockRoutine);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltCheckLockForReadAccess(PFILE_LOCK FileLock, _In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltCheckLockForWriteAccess(PFILE_LOCK FileLock, _In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltFreeFileLock(PFILE_LOCK FileLock);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltInitializeFileLock(PFILE_LOCK FileLock);
_IRQL_requires_max_(APC_LEVEL) FLT_PREOP_CALLBACK_STATUS FLTAPI
    FltProcessFileLock(PFILE_LOCK FileLock, _In_ PFLT_CALLBACK_DATA CallbackData, PVOID Context);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltUninitializeFileLock(PFILE_LOCK FileLock);

_IRQL_requires_max_(APC_LEVEL) FLT_PREOP_CALLBACK_STATUS FLTAPI
    FltCheckOplock(POPLOCK Oplock, _In_ PFLT_CALLBACK_DATA CallbackData, PVOID Context,
                   PFLTOPLOCK_WAIT_COMPLETE_ROUTINE WaitCompletionRoutine,
                   PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE PrePostCallbackDataRoutine);
_IRQL_requires_max_(APC_LEVEL) FLT_PREOP_CALLBACK_STATUS FLTAPI
    FltCheckOplockEx(POPLOCK Oplock, _In_ PFLT_CALLBACK_DATA CallbackData, _In_ ULONG Flags,
                     PVOID Context, PFLTOPLOCK_WAIT_COMPLETE_ROUTINE WaitCompletionRoutine,
                     PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE PrePostCallbackDataRoutine);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI FltCurrentBatchOplock(POPLOCK Oplock);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI FltCurrentOplock(POPLOCK Oplock);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI FltCurrentOplockH(POPLOCK Oplock);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltInitializeOplock(POPLOCK Oplock);
_IRQL_requires_max_(APC_LEVEL) FLT_PREOP_CALLBACK_STATUS FLTAPI
    FltOplockBreakH(POPLOCK Oplock, _In_ PFLT_CALLBACK_DATA CallbackData, _In_ ULONG Flags,
                    PVOID Context, PFLTOPLOCK_WAIT_COMPLETE_ROUTINE WaitCompletionRoutine,
                    PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE PrePostCallbackDataRoutine);
_IRQL_requires_max_(APC_LEVEL) FLT_PREOP_CALLBACK_STATUS FLTAPI
    FltOplockBreakToNone(POPLOCK Oplock, _In_ PFLT_CALLBACK_DATA CallbackData, PVOID Context,
                         PFLTOPLOCK_WAIT_COMPLETE_ROUTINE WaitCompletionRoutine,
                         PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE PrePostCallbackDataRoutine);
_IRQL_requires_max_(APC_LEVEL) FLT_PREOP_CALLBACK_STATUS FLTAPI
    FltOplockBreakToNoneEx(POPLOCK Oplock, _In_ PFLT_CALLBACK_DATA CallbackData, _In_ ULONG Flags,
                           PVOID Context, PFLTOPLOCK_WAIT_COMPLETE_ROUTINE WaitCompletionRoutine,
                           PFLTOPLOCK_PREPOST_CALLBACKDATA_ROUTINE PrePostCallbackDataRoutine);
_IRQL_requires_max_(APC_LEVEL) FLT_PREOP_CALLBACK_STATUS FLTAPI
    FltOplockFsctrl(POPLOCK Oplock, _In_ PFLT_CALLBACK_DATA CallbackData, _In_ ULONG OpenCount);
_IRQL_requires_max_(APC_LEVEL) FLT_PREOP_CALLBACK_STATUS FLTAPI
    FltOplockFsctrlEx(POPLOCK Oplock, _In_ PFLT_CALLBACK_DATA CallbackData, _In_ ULONG OpenCount,
                      _In_ ULONG Flags);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI FltOplockIsFastIoPossible(POPLOCK Oplock);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltOplockIsSharedRequest(_In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltOplockKeysEqual(_In_ PFILE_OBJECT Fo1, _In_ PFILE_OBJECT Fo2);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltUninitializeOplock(POPLOCK Oplock);

/* ---- Extra create parameters and open reparse points ---------------------------------------- */

_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltAcknowledgeEcp(_In_ PFLT_FILTER Filter, PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltAllocateExtraCreateParameter(_In_ PFLT_FILTER Filter, _In_ LPCGUID EcpType,
                                    _In_ ULONG SizeOfContext, _In_ FSRTL_ALLOCATE_ECP_FLAGS Flags,
                                    PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK CleanupCallback,
                                    _In_ ULONG PoolTag, PVOID *EcpContext);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltAllocateExtraCreateParameterFromLookasideList(
        _In_ PFLT_FILTER Filter, _In_ LPCGUID EcpType, _In_ ULONG SizeOfContext,
        _In_ FSRTL_ALLOCATE_ECP_FLAGS Flags,
        PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK CleanupCallback, PVOID LookasideList,
        PVOID *EcpContext);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltAllocateExtraCreateParameterList(_In_ PFLT_FILTER Filter,
                                        _In_ FSRTL_ALLOCATE_ECPLIST_FLAGS Flags,
                                        PECP_LIST *EcpList);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltDeleteExtraCreateParameterLookasideList(_In_ PFLT_FILTER Filter, PVOID Lookaside,
                                               _In_ FSRTL_ECP_LOOKASIDE_FLAGS Flags);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltFindExtraCreateParameter(_In_ PFLT_FILTER Filter, PECP_LIST EcpList, _In_ LPCGUID EcpType,
                                PVOID *EcpContext, ULONG *EcpContextSize);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltFreeExtraCreateParameter(_In_ PFLT_FILTER Filter, PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltFreeExtraCreateParameterList(_In_ PFLT_FILTER Filter, PECP_LIST EcpList);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetEcpListFromCallbackData(_In_ PFLT_FILTER Filter, _In_ PFLT_CALLBACK_DATA CallbackData,
                                  PECP_LIST *EcpList);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetNextExtraCreateParameter(_In_ PFLT_FILTER Filter, PECP_LIST EcpList,
                                   PVOID CurrentEcpContext, _In_ LPGUID NextEcpType,
                                   PVOID *NextEcpContext, ULONG *NextEcpContextSize);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltInitExtraCreateParameterLookasideList(_In_ PFLT_FILTER Filter, PVOID Lookaside,
                                             _In_ FSRTL_ECP_LOOKASIDE_FLAGS Flags, _In_ SIZE_T Size,
                                             _In_ ULONG Tag);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltInsertExtraCreateParameter(_In_ PFLT_FILTER Filter, PECP_LIST EcpList, PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltIsEcpAcknowledged(_In_ PFLT_FILTER Filter, PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltIsEcpFromUserMode(_In_ PFLT_FILTER Filter, PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltPrepareToReuseEcp(_In_ PFLT_FILTER Filter, PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltRemoveExtraCreateParameter(_In_ PFLT_FILTER Filter, PECP_LIST EcpList, _In_ LPCGUID EcpType,
                                  PVOID *EcpContext, ULONG *EcpContextSize);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetEcpListIntoCallbackData(_In_ PFLT_FILTER Filter, _In_ PFLT_CALLBACK_DATA CallbackData,
                                  PECP_LIST EcpList);

_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltAddOpenReparseEntry(_In_ PFLT_FILTER Filter, _In_ PFLT_CALLBACK_DATA Data,
                           POPEN_REPARSE_LIST_ENTRY OpenReparseEntry);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltCopyOpenReparseList(_In_ PFLT_FILTER Filter, _In_ PFLT_CALLBACK_DATA Data,
                           PECP_LIST EcpList);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltFreeOpenReparseList(_In_ PFLT_FILTER Filter, PECP_LIST EcpList);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltRemoveOpenReparseEntry(_In_ PFLT_FILTER Filter, _In_ PFLT_CALLBACK_DATA Data,
                              POPEN_REPARSE_LIST_ENTRY OpenReparseEntry);

/* ---- Transactions --------------------------------------------------------------------------- */

_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltCommitComplete(_In_ PFLT_INSTANCE Instance, _In_ PKTRANSACTION Transaction,
                      _In_ PFLT_CONTEXT TransactionContext);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltCommitFinalizeComplete(_In_ PFLT_INSTANCE Instance, _In_ PKTRANSACTION Transaction,
                              _In_ PFLT_CONTEXT TransactionContext);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltEnlistInTransaction(_In_ PFLT_INSTANCE Instance, _In_ PKTRANSACTION Transaction,
                           _In_ PFLT_CONTEXT TransactionContext,
                           _In_ NOTIFICATION_MASK NotificationMask);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltPrePrepareComplete(_In_ PFLT_INSTANCE Instance, _In_ PKTRANSACTION Transaction,
                          _In_ PFLT_CONTEXT TransactionContext);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltPrepareComplete(_In_ PFLT_INSTANCE Instance, _In_ PKTRANSACTION Transaction,
                       _In_ PFLT_CONTEXT TransactionContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltRollbackComplete(_In_ PFLT_INSTANCE Instance, _In_ PKTRANSACTION Transaction,
                        _In_ PFLT_CONTEXT TransactionContext);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltRollbackEnlistment(_In_ PFLT_INSTANCE Instance, _In_ PKTRANSACTION Transaction,
                          _In_ PFLT_CONTEXT TransactionContext);

/* ---- Data scan, redirection, zeroing and others --------------------------------------------- */

_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltCloseSectionForDataScan(_In_ PFLT_CONTEXT SectionContext);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltCreateSectionForDataScan(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                                _In_ PFLT_CONTEXT SectionContext, _In_ ACCESS_MASK DesiredAccess,
                                _In_ POBJECT_ATTRIBUTES ObjectAttributes,
                                PLARGE_INTEGER MaximumSize, _In_ ULONG SectionPageProtection,
                                _In_ ULONG AllocationAttributes, _In_ ULONG Flags,
                                _Out_ PHANDLE SectionHandle, PVOID *SectionObject,
                                PLARGE_INTEGER SectionFileSize);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltRegisterForDataScan(_In_ PFLT_INSTANCE Instance);

_IRQL_requires_max_(DISPATCH_LEVEL) NTSTATUS FLTAPI
    FltAdjustDeviceStackSizeForIoRedirection(_In_ PFLT_INSTANCE SourceInstance,
                                             _In_ PFLT_INSTANCE TargetInstance,
                                             PBOOLEAN SourceDeviceStackSizeModified);
_IRQL_requires_max_(DISPATCH_LEVEL) NTSTATUS FLTAPI
    FltIsIoRedirectionAllowed(_In_ PFLT_INSTANCE SourceInstance, _In_ PFLT_INSTANCE TargetInstance,
                              PBOOLEAN RedirectionAllowed);
_IRQL_requires_max_(DISPATCH_LEVEL) NTSTATUS FLTAPI
    FltIsIoRedirectionAllowedForOperation(_In_ PFLT_CALLBACK_DATA Data,
                                          _In_ PFLT_INSTANCE TargetInstance,
                                          PBOOLEAN RedirectionAllowedThisIo,
                                          PBOOLEAN RedirectionAllowedAllIo);
NTSTATUS FLTAPI FltpTraceRedirectedFileIo(_In_ PFILE_OBJECT OriginatingFileObject,
                                          _In_ PFLT_CALLBACK_DATA ChildCallbackData);

_IRQL_requires_max_(DISPATCH_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetCopyInformationFromCallbackData(_In_ PFLT_CALLBACK_DATA Data,
                                          PCOPY_INFORMATION CopyInformation);
_Must_inspect_result_ NTSTATUS FLTAPI FltGetFsZeroingOffset(_In_ PFLT_CALLBACK_DATA Data,
                                                            PULONG ZeroingOffset);
_IRQL_requires_max_(DISPATCH_LEVEL) NTSTATUS FLTAPI
    FltPropagateIrpExtension(_In_ PFLT_CALLBACK_DATA SourceData, _In_ PFLT_CALLBACK_DATA TargetData,
                             _In_ ULONG Flags);
_Must_inspect_result_ NTSTATUS FLTAPI FltSetFsZeroingOffset(_In_ PFLT_CALLBACK_DATA Data,
                                                            _In_ ULONG ZeroingOffset);
_Must_inspect_result_ NTSTATUS FLTAPI FltSetFsZeroingOffsetRequired(_In_ PFLT_CALLBACK_DATA Data);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltVetoBypassIo(_In_ PFLT_CALLBACK_DATA CallbackData, _In_ PCFLT_RELATED_OBJECTS FltObjects,
                    _In_ NTSTATUS OperationStatus, _In_ PCUNICODE_STRING FailureReason);

#ifdef __cplusplus
}
#endif

#endif
