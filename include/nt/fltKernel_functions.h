/*
 * Part of fltKernel.h: the functions over filters, operations, names, contexts, volumes and
 * instances. Include fltKernel.h, not this.
 */
#ifndef __FLTKERNEL_FUNCTIONS__
#define __FLTKERNEL_FUNCTIONS__

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Filters -------------------------------------------------------------------------------- */

_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltRegisterFilter(PDRIVER_OBJECT Driver, const FLT_REGISTRATION *Registration,
                      _Outptr_ PFLT_FILTER *RetFilter);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltUnregisterFilter(_In_ PFLT_FILTER Filter);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltStartFiltering(_In_ PFLT_FILTER Filter);
_IRQL_requires_max_(DISPATCH_LEVEL) PVOID FLTAPI FltGetRoutineAddress(PCSTR FltMgrRoutineName);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI FltLoadFilter(_In_ PCUNICODE_STRING FilterName);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltUnloadFilter(_In_ PCUNICODE_STRING FilterName);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetFilterFromName(_In_ PCUNICODE_STRING FilterName, _Outptr_ PFLT_FILTER *RetFilter);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetFilterFromInstance(_In_ PFLT_INSTANCE Instance, _Outptr_ PFLT_FILTER *RetFilter);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltEnumerateFilters(PFLT_FILTER *FilterList, _In_ ULONG FilterListSize,
                        _Out_ PULONG NumberFiltersReturned);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetFilterInformation(_In_ PFLT_FILTER Filter, _In_ FILTER_INFORMATION_CLASS InformationClass,
                            PVOID Buffer, _In_ ULONG BufferSize, _Out_ PULONG BytesReturned);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltEnumerateFilterInformation(_In_ ULONG Index, _In_ FILTER_INFORMATION_CLASS InformationClass,
                                  PVOID Buffer, _In_ ULONG BufferSize, _Out_ PULONG BytesReturned);
_IRQL_requires_max_(DISPATCH_LEVEL) NTSTATUS FLTAPI FltObjectReference(PVOID FltObject);
_IRQL_requires_max_(DISPATCH_LEVEL) void FLTAPI FltObjectDereference(PVOID FltObject);

/* ---- Completing, pending and changing operations -------------------------------------------- */

void FLTAPI FltCompletePendedPreOperation(_In_ PFLT_CALLBACK_DATA CallbackData,
                                          _In_ FLT_PREOP_CALLBACK_STATUS CallbackStatus,
                                          PVOID Context);
_IRQL_requires_max_(DISPATCH_LEVEL) void FLTAPI
    FltCompletePendedPostOperation(_In_ PFLT_CALLBACK_DATA CallbackData);
BOOLEAN FLTAPI FltDoCompletionProcessingWhenSafe(
    _In_ PFLT_CALLBACK_DATA Data, _In_ PCFLT_RELATED_OBJECTS FltObjects, PVOID CompletionContext,
    _In_ FLT_POST_OPERATION_FLAGS Flags, PFLT_POST_OPERATION_CALLBACK SafePostCallback,
    _Out_ PFLT_POSTOP_CALLBACK_STATUS RetPostOperationStatus);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltRequestOperationStatusCallback(_In_ PFLT_CALLBACK_DATA Data,
                                      PFLT_GET_OPERATION_STATUS_CALLBACK CallbackRoutine,
                                      PVOID RequesterContext);
void FLTAPI FltSetCallbackDataDirty(_In_ PFLT_CALLBACK_DATA Data);
void FLTAPI FltClearCallbackDataDirty(_In_ PFLT_CALLBACK_DATA Data);
BOOLEAN FLTAPI FltIsCallbackDataDirty(_In_ PFLT_CALLBACK_DATA Data);
BOOLEAN FLTAPI FltIsOperationSynchronous(_In_ PFLT_CALLBACK_DATA CallbackData);
NTSTATUS FLTAPI FltDecodeParameters(_In_ PFLT_CALLBACK_DATA CallbackData, PMDL **MdlAddressPointer,
                                    PVOID **Buffer, PULONG *Length, LOCK_OPERATION *DesiredAccess);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltLockUserBuffer(_In_ PFLT_CALLBACK_DATA CallbackData);
PMDL FLTAPI FltGetSwappedBufferMdlAddress(_In_ PFLT_CALLBACK_DATA CallbackData);
void FLTAPI FltRetainSwappedBufferMdlAddress(_In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(DISPATCH_LEVEL) PVOID FLTAPI
    FltGetNewSystemBufferAddress(_In_ PFLT_CALLBACK_DATA CallbackData);
PCHAR FLTAPI FltGetIrpName(_In_ UCHAR IrpMajorCode);

_IRQL_requires_max_(DISPATCH_LEVEL) BOOLEAN FLTAPI
    FltCancelIo(_In_ PFLT_CALLBACK_DATA CallbackData);
BOOLEAN FLTAPI FltIsIoCanceled(_In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(DISPATCH_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetCancelCompletion(_In_ PFLT_CALLBACK_DATA CallbackData,
                           PFLT_COMPLETE_CANCELED_CALLBACK CanceledCallback);
NTSTATUS FLTAPI FltClearCancelCompletion(_In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(PASSIVE_LEVEL) void FLTAPI
    FltCancelFileOpen(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject);
NTSTATUS FLTAPI FltCancellableWaitForSingleObject(PVOID Object, PLARGE_INTEGER Timeout,
                                                  _In_ PFLT_CALLBACK_DATA CallbackData);
NTSTATUS FLTAPI FltCancellableWaitForMultipleObjects(_In_ ULONG Count, PVOID *ObjectArray,
                                                     _In_ WAIT_TYPE WaitType,
                                                     PLARGE_INTEGER Timeout,
                                                     PKWAIT_BLOCK WaitBlockArray,
                                                     _In_ PFLT_CALLBACK_DATA CallbackData);

/* ---- Who asked ------------------------------------------------------------------------------ */

_IRQL_requires_max_(DISPATCH_LEVEL) PEPROCESS FLTAPI
    FltGetRequestorProcess(_In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(DISPATCH_LEVEL) ULONG FLTAPI
    FltGetRequestorProcessId(_In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(DISPATCH_LEVEL) HANDLE FLTAPI
    FltGetRequestorProcessIdEx(_In_ PFLT_CALLBACK_DATA CallbackData);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetRequestorSessionId(_In_ PFLT_CALLBACK_DATA CallbackData, PULONG SessionId);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltIs32bitProcess(_In_ PFLT_CALLBACK_DATA CallbackData);

_IRQL_requires_max_(DISPATCH_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetActivityIdCallbackData(_In_ PFLT_CALLBACK_DATA CallbackData, _In_ LPGUID Guid);
_IRQL_requires_max_(DISPATCH_LEVEL) NTSTATUS FLTAPI
    FltPropagateActivityIdToThread(_In_ PFLT_CALLBACK_DATA CallbackData, _In_ LPGUID PropagateId,
                                   LPCGUID *OriginalId);
_IRQL_requires_max_(DISPATCH_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetActivityIdCallbackData(_In_ PFLT_CALLBACK_DATA CallbackData, _In_ LPCGUID Guid);

_IRQL_requires_max_(DISPATCH_LEVEL) NTSTATUS FLTAPI
    FltApplyPriorityInfoThread(PIO_PRIORITY_INFO InputPriorityInfo,
                               PIO_PRIORITY_INFO OutputPriorityInfo, _In_ PETHREAD Thread);
PVOID FLTAPI FltGetIoAttributionHandleFromCallbackData(_In_ PFLT_CALLBACK_DATA Data);
_IRQL_requires_max_(DISPATCH_LEVEL) IO_PRIORITY_HINT FLTAPI
    FltGetIoPriorityHint(_In_ PFLT_CALLBACK_DATA Data);
_IRQL_requires_max_(DISPATCH_LEVEL) IO_PRIORITY_HINT FLTAPI
    FltGetIoPriorityHintFromCallbackData(_In_ PFLT_CALLBACK_DATA Data);
_IRQL_requires_max_(DISPATCH_LEVEL) IO_PRIORITY_HINT FLTAPI
    FltGetIoPriorityHintFromFileObject(_In_ PFILE_OBJECT FileObject);
_IRQL_requires_max_(DISPATCH_LEVEL) IO_PRIORITY_HINT FLTAPI
    FltGetIoPriorityHintFromThread(_In_ PETHREAD Thread);
_IRQL_requires_max_(DISPATCH_LEVEL) NTSTATUS FLTAPI
    FltRetrieveIoPriorityInfo(_In_ PFLT_CALLBACK_DATA Data, _In_ PFILE_OBJECT FileObject,
                              _In_ PETHREAD Thread, PIO_PRIORITY_INFO PriorityInfo);
_IRQL_requires_max_(DISPATCH_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetIoPriorityHintIntoCallbackData(_In_ PFLT_CALLBACK_DATA Data,
                                         _In_ IO_PRIORITY_HINT PriorityHint);
_IRQL_requires_max_(DISPATCH_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetIoPriorityHintIntoFileObject(_In_ PFILE_OBJECT FileObject,
                                       _In_ IO_PRIORITY_HINT PriorityHint);
_IRQL_requires_max_(DISPATCH_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetIoPriorityHintIntoThread(_In_ PETHREAD Thread, _In_ IO_PRIORITY_HINT PriorityHint);

/* ---- Names ---------------------------------------------------------------------------------- */

_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetFileNameInformation(_In_ PFLT_CALLBACK_DATA CallbackData,
                              _In_ FLT_FILE_NAME_OPTIONS NameOptions,
                              _Outptr_ PFLT_FILE_NAME_INFORMATION *FileNameInformation);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetFileNameInformationUnsafe(_In_ PFILE_OBJECT FileObject, _In_ PFLT_INSTANCE Instance,
                                    _In_ FLT_FILE_NAME_OPTIONS NameOptions,
                                    _Outptr_ PFLT_FILE_NAME_INFORMATION *FileNameInformation);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltReleaseFileNameInformation(PFLT_FILE_NAME_INFORMATION FileNameInformation);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltReferenceFileNameInformation(PFLT_FILE_NAME_INFORMATION FileNameInformation);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltParseFileNameInformation(PFLT_FILE_NAME_INFORMATION FileNameInformation);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltParseFileName(_In_ PCUNICODE_STRING FileName, PUNICODE_STRING Extension,
                     PUNICODE_STRING Stream, PUNICODE_STRING FinalComponent);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetTunneledName(_In_ PFLT_CALLBACK_DATA CallbackData,
                       PFLT_FILE_NAME_INFORMATION FileNameInformation,
                       _Outptr_ PFLT_FILE_NAME_INFORMATION *RetTunneledFileNameInformation);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetDestinationFileNameInformation(
        _In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject, _In_ HANDLE RootDirectory,
        PWSTR FileName, _In_ ULONG FileNameLength, _In_ FLT_FILE_NAME_OPTIONS NameOptions,
        _Outptr_ PFLT_FILE_NAME_INFORMATION *RetFileNameInformation);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltCheckAndGrowNameControl(PFLT_NAME_CONTROL NameCtrl, _In_ USHORT NewSize);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltPurgeFileNameInformationCache(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject);

/* ---- Contexts ------------------------------------------------------------------------------- */

_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltAllocateContext(_In_ PFLT_FILTER Filter, _In_ FLT_CONTEXT_TYPE ContextType,
                       _In_ SIZE_T ContextSize, _In_ POOL_TYPE PoolType,
                       _Outptr_ PFLT_CONTEXT *ReturnedContext);
_IRQL_requires_max_(DISPATCH_LEVEL) void FLTAPI FltReferenceContext(_In_ PFLT_CONTEXT Context);
void FLTAPI FltReleaseContext(_In_ PFLT_CONTEXT Context);
_IRQL_requires_max_(APC_LEVEL) void FLTAPI FltDeleteContext(_In_ PFLT_CONTEXT Context);

_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetFileContext(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                      _In_ FLT_SET_CONTEXT_OPERATION Operation, _In_ PFLT_CONTEXT NewContext,
                      _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetInstanceContext(_In_ PFLT_INSTANCE Instance, _In_ FLT_SET_CONTEXT_OPERATION Operation,
                          _In_ PFLT_CONTEXT NewContext,
                          _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetStreamContext(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                        _In_ FLT_SET_CONTEXT_OPERATION Operation, _In_ PFLT_CONTEXT NewContext,
                        _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetStreamHandleContext(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                              _In_ FLT_SET_CONTEXT_OPERATION Operation,
                              _In_ PFLT_CONTEXT NewContext,
                              _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetTransactionContext(_In_ PFLT_INSTANCE Instance, _In_ PKTRANSACTION Transaction,
                             _In_ FLT_SET_CONTEXT_OPERATION Operation, _In_ PFLT_CONTEXT NewContext,
                             _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetVolumeContext(_In_ PFLT_VOLUME Volume, _In_ FLT_SET_CONTEXT_OPERATION Operation,
                        _In_ PFLT_CONTEXT NewContext,
                        _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);

_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetFileContext(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                      _Outptr_ PFLT_CONTEXT *Context);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetInstanceContext(_In_ PFLT_INSTANCE Instance, _Outptr_ PFLT_CONTEXT *Context);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetSectionContext(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                         _Outptr_ PFLT_CONTEXT *Context);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetStreamContext(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                        _Outptr_ PFLT_CONTEXT *Context);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetStreamHandleContext(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                              _Outptr_ PFLT_CONTEXT *Context);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetTransactionContext(_In_ PFLT_INSTANCE Instance, _In_ PKTRANSACTION Transaction,
                             _Outptr_ PFLT_CONTEXT *Context);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetVolumeContext(_In_ PFLT_FILTER Filter, _In_ PFLT_VOLUME Volume,
                        _Outptr_ PFLT_CONTEXT *Context);

_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltDeleteFileContext(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                         _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltDeleteInstanceContext(_In_ PFLT_INSTANCE Instance,
                             _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltDeleteStreamContext(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                           _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltDeleteStreamHandleContext(_In_ PFLT_INSTANCE Instance, _In_ PFILE_OBJECT FileObject,
                                 _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltDeleteTransactionContext(_In_ PFLT_INSTANCE Instance, _In_ PKTRANSACTION Transaction,
                                _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltDeleteVolumeContext(_In_ PFLT_FILTER Filter, _In_ PFLT_VOLUME Volume,
                           _Outptr_opt_result_maybenull_ PFLT_CONTEXT *OldContext);

_IRQL_requires_max_(APC_LEVEL) void FLTAPI
    FltGetContexts(_In_ PCFLT_RELATED_OBJECTS FltObjects, _In_ FLT_CONTEXT_TYPE DesiredContexts,
                   PFLT_RELATED_CONTEXTS Contexts);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetContextsEx(_In_ PCFLT_RELATED_OBJECTS FltObjects, _In_ FLT_CONTEXT_TYPE DesiredContexts,
                     _In_ SIZE_T ContextsSize, PFLT_RELATED_CONTEXTS_EX Contexts);
void FLTAPI FltReleaseContexts(PFLT_RELATED_CONTEXTS Contexts);
void FLTAPI FltReleaseContextsEx(_In_ SIZE_T ContextsSize, PFLT_RELATED_CONTEXTS_EX Contexts);

_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI FltSupportsFileContexts(_In_ PFILE_OBJECT FileObject);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltSupportsFileContextsEx(_In_ PFILE_OBJECT FileObject, _In_ PFLT_INSTANCE Instance);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltSupportsStreamContexts(_In_ PFILE_OBJECT FileObject);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltSupportsStreamHandleContexts(_In_ PFILE_OBJECT FileObject);

/* ---- Volumes and instances ------------------------------------------------------------------ */

_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetVolumeFromInstance(_In_ PFLT_INSTANCE Instance, _Outptr_ PFLT_VOLUME *RetVolume);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetVolumeFromFileObject(_In_ PFLT_FILTER Filter, _In_ PFILE_OBJECT FileObject,
                               _Outptr_ PFLT_VOLUME *RetVolume);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetVolumeFromDeviceObject(_In_ PFLT_FILTER Filter, _In_ PDEVICE_OBJECT DeviceObject,
                                 _Outptr_ PFLT_VOLUME *RetVolume);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetVolumeFromName(_In_ PFLT_FILTER Filter, _In_ PCUNICODE_STRING VolumeName,
                         _Outptr_ PFLT_VOLUME *RetVolume);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetVolumeName(_In_ PFLT_VOLUME Volume, PUNICODE_STRING VolumeName, PULONG BufferSizeNeeded);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetVolumeGuidName(_In_ PFLT_VOLUME Volume, PUNICODE_STRING VolumeGuidName,
                         PULONG BufferSizeNeeded);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetVolumeProperties(_In_ PFLT_VOLUME Volume, PFLT_VOLUME_PROPERTIES VolumeProperties,
                           _In_ ULONG VolumePropertiesLength, _Out_ PULONG LengthReturned);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetVolumeInformation(_In_ PFLT_VOLUME Volume,
                            _In_ FILTER_VOLUME_INFORMATION_CLASS InformationClass, PVOID Buffer,
                            _In_ ULONG BufferSize, _Out_ PULONG BytesReturned);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltEnumerateVolumes(_In_ PFLT_FILTER Filter, PFLT_VOLUME *VolumeList, _In_ ULONG VolumeListSize,
                        _Out_ PULONG NumberVolumesReturned);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltEnumerateVolumeInformation(_In_ PFLT_FILTER Filter, _In_ ULONG Index,
                                  _In_ FILTER_VOLUME_INFORMATION_CLASS InformationClass,
                                  PVOID Buffer, _In_ ULONG BufferSize, _Out_ PULONG BytesReturned);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltIsVolumeWritable(PVOID FltObject, PBOOLEAN IsWritable);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltIsVolumeSnapshot(PVOID FltObject, PBOOLEAN IsSnapshotVolume);
_IRQL_requires_max_(APC_LEVEL) BOOLEAN FLTAPI
    FltIsFltMgrVolumeDeviceObject(_In_ PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetFileSystemType(PVOID FltObject, PFLT_FILESYSTEM_TYPE FileSystemType);
_IRQL_requires_max_(DISPATCH_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetDeviceObject(_In_ PFLT_VOLUME Volume, _Outptr_ PDEVICE_OBJECT *DeviceObject);
_IRQL_requires_max_(DISPATCH_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetDiskDeviceObject(_In_ PFLT_VOLUME Volume, _Outptr_ PDEVICE_OBJECT *DiskDeviceObject);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSTATUS FLTAPI
    FltOpenVolume(_In_ PFLT_INSTANCE Instance, _Out_ PHANDLE VolumeHandle,
                  _Outptr_ PFILE_OBJECT *VolumeFileObject);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltQueryVolumeInformation(_In_ PFLT_INSTANCE Instance, _Out_ PIO_STATUS_BLOCK Iosb,
                              PVOID FsInformation, _In_ ULONG Length,
                              _In_ FS_INFORMATION_CLASS FsInformationClass);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltSetVolumeInformation(_In_ PFLT_INSTANCE Instance, _Out_ PIO_STATUS_BLOCK Iosb,
                            PVOID FsInformation, _In_ ULONG Length,
                            _In_ FS_INFORMATION_CLASS FsInformationClass);
_Must_inspect_result_ NTSTATUS FLTAPI
FltCreateSystemVolumeInformationFolder(_In_ PFLT_INSTANCE Instance);

_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltAttachVolume(_In_ PFLT_FILTER Filter, _In_ PFLT_VOLUME Volume,
                    _In_ PCUNICODE_STRING InstanceName, _Outptr_ PFLT_INSTANCE *RetInstance);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltAttachVolumeAtAltitude(_In_ PFLT_FILTER Filter, _In_ PFLT_VOLUME Volume,
                              _In_ PCUNICODE_STRING Altitude, _In_ PCUNICODE_STRING InstanceName,
                              _Outptr_ PFLT_INSTANCE *RetInstance);
_IRQL_requires_max_(APC_LEVEL) NTSTATUS FLTAPI
    FltDetachVolume(_In_ PFLT_FILTER Filter, _In_ PFLT_VOLUME Volume,
                    _In_ PCUNICODE_STRING InstanceName);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetVolumeInstanceFromName(_In_ PFLT_FILTER Filter, _In_ PFLT_VOLUME Volume,
                                 _In_ PCUNICODE_STRING InstanceName,
                                 _Outptr_ PFLT_INSTANCE *RetInstance);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltEnumerateInstances(_In_ PFLT_VOLUME Volume, _In_ PFLT_FILTER Filter,
                          PFLT_INSTANCE *InstanceList, _In_ ULONG InstanceListSize,
                          _Out_ PULONG NumberInstancesReturned);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetInstanceInformation(_In_ PFLT_INSTANCE Instance,
                              _In_ INSTANCE_INFORMATION_CLASS InformationClass, PVOID Buffer,
                              _In_ ULONG BufferSize, _Out_ PULONG BytesReturned);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltEnumerateInstanceInformationByFilter(_In_ PFLT_FILTER Filter, _In_ ULONG Index,
                                            _In_ INSTANCE_INFORMATION_CLASS InformationClass,
                                            PVOID Buffer, _In_ ULONG BufferSize,
                                            _Out_ PULONG BytesReturned);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltEnumerateInstanceInformationByVolume(_In_ PFLT_VOLUME Volume, _In_ ULONG Index,
                                            _In_ INSTANCE_INFORMATION_CLASS InformationClass,
                                            PVOID Buffer, _In_ ULONG BufferSize,
                                            _Out_ PULONG BytesReturned);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltEnumerateInstanceInformationByVolumeName(PUNICODE_STRING VolumeName, _In_ ULONG Index,
                                                _In_ INSTANCE_INFORMATION_CLASS InformationClass,
                                                PVOID Buffer, _In_ ULONG BufferSize,
                                                _Out_ PULONG BytesReturned);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltEnumerateInstanceInformationByDeviceObject(_In_ PDEVICE_OBJECT DeviceObject,
                                                  _In_ ULONG Index,
                                                  _In_ INSTANCE_INFORMATION_CLASS InformationClass,
                                                  PVOID Buffer, _In_ ULONG BufferSize,
                                                  _Out_ PULONG BytesReturned);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetTopInstance(_In_ PFLT_VOLUME Volume, _Outptr_ PFLT_INSTANCE *Instance);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetBottomInstance(_In_ PFLT_VOLUME Volume, _Outptr_ PFLT_INSTANCE *Instance);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetUpperInstance(_In_ PFLT_INSTANCE CurrentInstance, _Outptr_ PFLT_INSTANCE *UpperInstance);
_IRQL_requires_max_(APC_LEVEL) _Must_inspect_result_ NTSTATUS FLTAPI
    FltGetLowerInstance(_In_ PFLT_INSTANCE CurrentInstance, _Outptr_ PFLT_INSTANCE *LowerInstance);
_IRQL_requires_max_(DISPATCH_LEVEL) LONG FLTAPI
    FltCompareInstanceAltitudes(_In_ PFLT_INSTANCE Instance1, _In_ PFLT_INSTANCE Instance2);

#ifdef __cplusplus
}
#endif

#endif
