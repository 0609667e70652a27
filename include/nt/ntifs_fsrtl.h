/*
 * Part of ntifs.h: the file-system run-time library and what shares its records: control block
 * headers, per-stream contexts, names, locks, oplocks, extra create parameters, section
 * synchronisation. Include ntifs.h, not this.
 */
#ifndef _NTIFS_FSRTL_H_
#define _NTIFS_FSRTL_H_

#ifdef __cplusplus
extern "C" {
#endif

/* ---- File control block headers -------------------------------------------------------------- */

typedef PVOID OPLOCK;
typedef PVOID *POPLOCK;

typedef enum _FAST_IO_POSSIBLE {
    FastIoIsNotPossible,
    FastIoIsPossible,
    FastIoIsQuestionable,
} FAST_IO_POSSIBLE;

#define FSRTL_FCB_HEADER_V0                   0x00
#define FSRTL_FCB_HEADER_V1                   0x01
#define FSRTL_FCB_HEADER_V2                   0x02
#define FSRTL_FCB_HEADER_V3                   0x03
#define FSRTL_FCB_HEADER_V4                   0x04

#define FSRTL_FLAG_FILE_MODIFIED              0x01
#define FSRTL_FLAG_FILE_LENGTH_CHANGED        0x02
#define FSRTL_FLAG_LIMIT_MODIFIED_PAGES       0x04
#define FSRTL_FLAG_ACQUIRE_MAIN_RSRC_EX       0x08
#define FSRTL_FLAG_ACQUIRE_MAIN_RSRC_SH       0x10
#define FSRTL_FLAG_USER_MAPPED_FILE           0x20
#define FSRTL_FLAG_ADVANCED_HEADER            0x40
#define FSRTL_FLAG_EOF_ADVANCE_ACTIVE         0x80

#define FSRTL_FLAG2_DO_MODIFIED_WRITE         0x01
#define FSRTL_FLAG2_SUPPORTS_FILTER_CONTEXTS  0x02
#define FSRTL_FLAG2_PURGE_WHEN_MAPPED         0x04
#define FSRTL_FLAG2_IS_PAGING_FILE            0x08
#define FSRTL_FLAG2_WRITABLE_USER_MAPPED_FILE 0x10
#define FSRTL_FLAG2_BYPASSIO_STREAM_PAUSED    0x20

typedef struct _FSRTL_COMMON_FCB_HEADER {
    CSHORT NodeTypeCode;
    CSHORT NodeByteSize;
    UCHAR Flags;
    UCHAR IsFastIoPossible;
    UCHAR Flags2;
    UCHAR Reserved : 4;
    UCHAR Version : 4;
    PERESOURCE Resource;
    PERESOURCE PagingIoResource;
    LARGE_INTEGER AllocationSize;
    LARGE_INTEGER FileSize;
    LARGE_INTEGER ValidDataLength;
} FSRTL_COMMON_FCB_HEADER;
typedef FSRTL_COMMON_FCB_HEADER *PFSRTL_COMMON_FCB_HEADER;

/* Begins with the common header's own members. */
#ifdef __cplusplus
typedef struct _FSRTL_ADVANCED_FCB_HEADER : FSRTL_COMMON_FCB_HEADER {
#else
typedef struct _FSRTL_ADVANCED_FCB_HEADER {
    struct _FSRTL_COMMON_FCB_HEADER;
#endif
    PFAST_MUTEX FastMutex;
    LIST_ENTRY FilterContexts;
    ULONG_PTR PushLock;
    PVOID *FileContextSupportPointer;
    union {
        OPLOCK Oplock;
        PVOID ReservedForRemote;
    };
    PVOID AePushLock;
    ULONG BypassIoOpenCount;
} FSRTL_ADVANCED_FCB_HEADER;
typedef FSRTL_ADVANCED_FCB_HEADER *PFSRTL_ADVANCED_FCB_HEADER;

/* Gives `AdvHdr` the current version, no filter context, and `FastMutex` where that is not NULL. */
static inline void FsRtlSetupAdvancedHeader(PVOID AdvHdr, PFAST_MUTEX FMutex)
{
    PFSRTL_ADVANCED_FCB_HEADER Header = (PFSRTL_ADVANCED_FCB_HEADER)AdvHdr;

    Header->Flags |= FSRTL_FLAG_ADVANCED_HEADER;
    Header->Flags2 |= FSRTL_FLAG2_SUPPORTS_FILTER_CONTEXTS;
    Header->Version = FSRTL_FCB_HEADER_V4;
    InitializeListHead(&Header->FilterContexts);
    if (FMutex != NULL)
        Header->FastMutex = FMutex;
    Header->PushLock = 0;
    Header->FileContextSupportPointer = NULL;
    Header->Oplock = NULL;
    Header->AePushLock = NULL;
    Header->BypassIoOpenCount = 0;
}

/* ---- Contexts of filters on streams, files and file objects ---------------------------------- */

typedef struct _FSRTL_PER_STREAM_CONTEXT {
    LIST_ENTRY Links;
    PVOID OwnerId;
    PVOID InstanceId;
    PFREE_FUNCTION FreeCallback;
} FSRTL_PER_STREAM_CONTEXT, *PFSRTL_PER_STREAM_CONTEXT;

typedef struct _FSRTL_PER_FILE_CONTEXT {
    LIST_ENTRY Links;
    PVOID OwnerId;
    PVOID InstanceId;
    PFREE_FUNCTION FreeCallback;
} FSRTL_PER_FILE_CONTEXT, *PFSRTL_PER_FILE_CONTEXT;

typedef struct _FSRTL_PER_FILEOBJECT_CONTEXT {
    LIST_ENTRY Links;
    PVOID OwnerId;
    PVOID InstanceId;
} FSRTL_PER_FILEOBJECT_CONTEXT, *PFSRTL_PER_FILEOBJECT_CONTEXT;

#define FsRtlGetPerStreamContextPointer(FileObject)                                                \
    ((PFSRTL_ADVANCED_FCB_HEADER)((FileObject)->FsContext))
#define FsRtlSupportsPerStreamContexts(FileObject)                                                 \
    ((FileObject)->FsContext != NULL && (FsRtlGetPerStreamContextPointer(FileObject)->Flags2 &     \
                                         FSRTL_FLAG2_SUPPORTS_FILTER_CONTEXTS) != 0)
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlInsertPerFileContext(PVOID *PerFileContextPointer, PFSRTL_PER_FILE_CONTEXT Ptr);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlInsertPerFileObjectContext(_In_ PFILE_OBJECT FileObject,
                                    PFSRTL_PER_FILEOBJECT_CONTEXT Ptr);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlInsertPerStreamContext(PFSRTL_ADVANCED_FCB_HEADER PerStreamContext,
                                PFSRTL_PER_STREAM_CONTEXT Ptr);
NTKERNELAPI PFSRTL_PER_FILE_CONTEXT NTAPI FsRtlLookupPerFileContext(PVOID *PerFileContextPointer,
                                                                    PVOID OwnerId,
                                                                    PVOID InstanceId);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI PFSRTL_PER_FILEOBJECT_CONTEXT NTAPI
    FsRtlLookupPerFileObjectContext(_In_ PFILE_OBJECT FileObject, PVOID OwnerId, PVOID InstanceId);
NTKERNELAPI PFSRTL_PER_STREAM_CONTEXT NTAPI FsRtlLookupPerStreamContextInternal(
    PFSRTL_ADVANCED_FCB_HEADER StreamContext, PVOID OwnerId, PVOID InstanceId);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI PFSRTL_PER_FILE_CONTEXT NTAPI
    FsRtlRemovePerFileContext(PVOID *PerFileContextPointer, PVOID OwnerId, PVOID InstanceId);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI PFSRTL_PER_FILEOBJECT_CONTEXT NTAPI
    FsRtlRemovePerFileObjectContext(_In_ PFILE_OBJECT FileObject, PVOID OwnerId, PVOID InstanceId);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI PFSRTL_PER_STREAM_CONTEXT NTAPI
    FsRtlRemovePerStreamContext(PFSRTL_ADVANCED_FCB_HEADER StreamContext, PVOID OwnerId,
                                PVOID InstanceId);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlTeardownPerFileContexts(PVOID *PerFileContextPointer);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlTeardownPerStreamContexts(PFSRTL_ADVANCED_FCB_HEADER AdvancedHeader);

/* ---- Names ----------------------------------------------------------------------------------- */

_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlAreNamesEqual(_In_ PCUNICODE_STRING ConstantNameA, _In_ PCUNICODE_STRING ConstantNameB,
                       _In_ BOOLEAN IgnoreCase, PCWCH UpcaseTable);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlDissectDbcs(_In_ ANSI_STRING Path, PANSI_STRING FirstName, PANSI_STRING RemainingName);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    FsRtlDissectName(_In_ UNICODE_STRING Path, PUNICODE_STRING FirstName,
                     PUNICODE_STRING RemainingName);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlDoesDbcsContainWildCards(PANSI_STRING Name);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlDoesNameContainWildCards(PUNICODE_STRING Name);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlIsDbcsInExpression(PANSI_STRING Expression, PANSI_STRING Name);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlIsFatDbcsLegal(_In_ ANSI_STRING DbcsName, _In_ BOOLEAN WildCardsPermissible,
                        _In_ BOOLEAN PathNamePermissible, _In_ BOOLEAN LeadingBackslashPermissible);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlIsHpfsDbcsLegal(_In_ ANSI_STRING DbcsName, _In_ BOOLEAN WildCardsPermissible,
                         _In_ BOOLEAN PathNamePermissible,
                         _In_ BOOLEAN LeadingBackslashPermissible);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlIsNameInExpression(PUNICODE_STRING Expression, PUNICODE_STRING Name,
                            _In_ BOOLEAN IgnoreCase, PWCH UpcaseTable);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlIsNameInUnUpcasedExpression(PUNICODE_STRING Expression, PUNICODE_STRING Name,
                                     _In_ BOOLEAN IgnoreCase, PWCH UpcaseTable);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlRemoveDotsFromPath(PWSTR OriginalString, _In_ USHORT PathLength, USHORT *NewLength);

#define FsRtlIsUnicodeCharacterWild(C)                                                             \
    ((C) == L'"' || (C) == L'*' || (C) == L'<' || (C) == L'>' || (C) == L'?')
#define FSRTL_FAT_LEGAL         0x01
#define FSRTL_HPFS_LEGAL        0x02
#define FSRTL_NTFS_LEGAL        0x04
#define FSRTL_WILD_CHARACTER    0x08
#define FSRTL_OLE_LEGAL         0x10
#define FSRTL_NTFS_STREAM_LEGAL 0x14

typedef enum _FSRTL_COMPARISON_RESULT {
    LessThan = -1,
    EqualTo,
    GreaterThan,
} FSRTL_COMPARISON_RESULT;

/* ---- Regions in which the current thread takes no normal kernel APC -------------------------- */

#define FsRtlEnterFileSystem() KeEnterCriticalRegion()
#define FsRtlExitFileSystem()  KeLeaveCriticalRegion()

/* ---- Byte-range locks ------------------------------------------------------------------------ */

typedef struct _FILE_LOCK_INFO {
    LARGE_INTEGER StartingByte;
    LARGE_INTEGER Length;
    BOOLEAN ExclusiveLock;
    ULONG Key;
    PFILE_OBJECT FileObject;
    PVOID ProcessId;
    LARGE_INTEGER EndingByte;
} FILE_LOCK_INFO;
typedef FILE_LOCK_INFO *PFILE_LOCK_INFO;

typedef NTSTATUS(NTAPI *PCOMPLETE_LOCK_IRP_ROUTINE)(PVOID, PIRP);
typedef void(NTAPI *PUNLOCK_ROUTINE)(PVOID, PFILE_LOCK_INFO);

typedef struct _FILE_LOCK {
    PCOMPLETE_LOCK_IRP_ROUTINE CompleteLockIrpRoutine;
    PUNLOCK_ROUTINE UnlockRoutine;
    BOOLEAN FastIoIsQuestionable;
    BOOLEAN SpareC[3];
    PVOID LockInformation;
    FILE_LOCK_INFO LastReturnedLockInfo;
    PVOID LastReturnedLock;
    volatile LONG LockRequestsInProgress;
} FILE_LOCK;
typedef FILE_LOCK *PFILE_LOCK;

_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI PFILE_LOCK NTAPI
    FsRtlAllocateFileLock(PCOMPLETE_LOCK_IRP_ROUTINE CompleteLockIrpRoutine,
                          PUNLOCK_ROUTINE UnlockRoutine);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlAreThereCurrentOrInProgressFileLocks(PFILE_LOCK FileLock);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlAreThereWaitingFileLocks(PFILE_LOCK FileLock);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlCheckLockForOplockRequest(PFILE_LOCK FileLock, PLARGE_INTEGER AllocationSize);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlCheckLockForReadAccess(PFILE_LOCK FileLock, PIRP Irp);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlCheckLockForWriteAccess(PFILE_LOCK FileLock, PIRP Irp);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlFastCheckLockForRead(PFILE_LOCK FileLock, PLARGE_INTEGER StartingByte,
                              PLARGE_INTEGER Length, _In_ ULONG Key, _In_ PFILE_OBJECT FileObject,
                              PVOID ProcessId);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlFastCheckLockForWrite(PFILE_LOCK FileLock, PLARGE_INTEGER StartingByte,
                               PLARGE_INTEGER Length, _In_ ULONG Key, PVOID FileObject,
                               PVOID ProcessId);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlFastUnlockAll(PFILE_LOCK FileLock, _In_ PFILE_OBJECT FileObject, _In_ PEPROCESS ProcessId,
                       PVOID Context);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlFastUnlockAllByKey(PFILE_LOCK FileLock, _In_ PFILE_OBJECT FileObject,
                            _In_ PEPROCESS ProcessId, _In_ ULONG Key, PVOID Context);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlFastUnlockSingle(PFILE_LOCK FileLock, _In_ PFILE_OBJECT FileObject,
                          __unaligned LARGE_INTEGER *FileOffset, PLARGE_INTEGER Length,
                          _In_ PEPROCESS ProcessId, _In_ ULONG Key, PVOID Context,
                          _In_ BOOLEAN AlreadySynchronized);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI FsRtlFreeFileLock(PFILE_LOCK FileLock);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI PFILE_LOCK_INFO NTAPI
    FsRtlGetNextFileLock(PFILE_LOCK FileLock, _In_ BOOLEAN Restart);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlInitializeFileLock(PFILE_LOCK FileLock, PCOMPLETE_LOCK_IRP_ROUTINE CompleteLockIrpRoutine,
                            PUNLOCK_ROUTINE UnlockRoutine);
NTKERNELAPI BOOLEAN NTAPI FsRtlPrivateLock(PFILE_LOCK FileLock, _In_ PFILE_OBJECT FileObject,
                                           PLARGE_INTEGER FileOffset, PLARGE_INTEGER Length,
                                           _In_ PEPROCESS ProcessId, _In_ ULONG Key,
                                           _In_ BOOLEAN FailImmediately, _In_ BOOLEAN ExclusiveLock,
                                           _Out_ PIO_STATUS_BLOCK Iosb, PIRP Irp, PVOID Context,
                                           _In_ BOOLEAN AlreadySynchronized);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlProcessFileLock(PFILE_LOCK FileLock, PIRP Irp, PVOID Context);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlUninitializeFileLock(PFILE_LOCK FileLock);

/* ---- Oplocks --------------------------------------------------------------------------------- */

typedef void(NTAPI *POPLOCK_WAIT_COMPLETE_ROUTINE)(PVOID, PIRP);
typedef void(NTAPI *POPLOCK_FS_PREPOST_IRP)(PVOID, PIRP);

_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlCheckOplock(POPLOCK Oplock, PIRP Irp, PVOID Context,
                     POPLOCK_WAIT_COMPLETE_ROUTINE CompletionRoutine,
                     POPLOCK_FS_PREPOST_IRP PostIrpRoutine);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlCheckOplockEx(POPLOCK Oplock, PIRP Irp, _In_ ULONG Flags, PVOID Context,
                       POPLOCK_WAIT_COMPLETE_ROUTINE CompletionRoutine,
                       POPLOCK_FS_PREPOST_IRP PostIrpRoutine);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI FsRtlCurrentBatchOplock(POPLOCK Oplock);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI FsRtlCurrentOplock(POPLOCK Oplock);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI FsRtlCurrentOplockH(POPLOCK Oplock);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI FsRtlInitializeOplock(POPLOCK Oplock);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlOplockBreakH(POPLOCK Oplock, PIRP Irp, _In_ ULONG Flags, PVOID Context,
                      POPLOCK_WAIT_COMPLETE_ROUTINE CompletionRoutine,
                      POPLOCK_FS_PREPOST_IRP PostIrpRoutine);
NTKERNELAPI NTSTATUS NTAPI FsRtlOplockBreakToNone(POPLOCK Oplock, PIO_STACK_LOCATION IrpSp,
                                                  PIRP Irp, PVOID Context,
                                                  POPLOCK_WAIT_COMPLETE_ROUTINE CompletionRoutine,
                                                  POPLOCK_FS_PREPOST_IRP PostIrpRoutine);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlOplockBreakToNoneEx(POPLOCK Oplock, PIRP Irp, _In_ ULONG Flags, PVOID Context,
                             POPLOCK_WAIT_COMPLETE_ROUTINE CompletionRoutine,
                             POPLOCK_FS_PREPOST_IRP PostIrpRoutine);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlOplockFsctrl(POPLOCK Oplock, PIRP Irp, _In_ ULONG OpenCount);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlOplockFsctrlEx(POPLOCK Oplock, PIRP Irp, _In_ ULONG OpenCount, _In_ ULONG Flags);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlOplockIsFastIoPossible(POPLOCK Oplock);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI FsRtlOplockIsSharedRequest(PIRP Irp);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlOplockKeysEqual(_In_ PFILE_OBJECT Fo1, _In_ PFILE_OBJECT Fo2);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI FsRtlUninitializeOplock(POPLOCK Oplock);

/* ---- Extra create parameters ----------------------------------------------------------------- */

typedef ULONG FSRTL_ALLOCATE_ECPLIST_FLAGS;
typedef ULONG FSRTL_ALLOCATE_ECP_FLAGS;
typedef ULONG FSRTL_ECP_LOOKASIDE_FLAGS;

#define FSRTL_ALLOCATE_ECPLIST_FLAG_CHARGE_QUOTA 0x01
#define FSRTL_ALLOCATE_ECP_FLAG_CHARGE_QUOTA     0x01
#define FSRTL_ALLOCATE_ECP_FLAG_NONPAGED_POOL    0x02
#define FSRTL_ECP_LOOKASIDE_FLAG_NONPAGED_POOL   0x02

typedef struct _ECP_LIST ECP_LIST, *PECP_LIST;
typedef struct _ECP_HEADER ECP_HEADER, *PECP_HEADER;
typedef void(NTAPI *PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK)(PVOID, LPCGUID);

_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI FsRtlAcknowledgeEcp(PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI FsRtlAllocateExtraCreateParameter(
    _In_ LPCGUID EcpType, _In_ ULONG SizeOfContext, _In_ FSRTL_ALLOCATE_ECP_FLAGS Flags,
    PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK CleanupCallback, _In_ ULONG PoolTag,
    PVOID *EcpContext);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlAllocateExtraCreateParameterFromLookasideList(
        _In_ LPCGUID EcpType, _In_ ULONG SizeOfContext, _In_ FSRTL_ALLOCATE_ECP_FLAGS Flags,
        PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK CleanupCallback, PVOID LookasideList,
        PVOID *EcpContext);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlAllocateExtraCreateParameterList(_In_ FSRTL_ALLOCATE_ECPLIST_FLAGS Flags,
                                          PECP_LIST *EcpList);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlDeleteExtraCreateParameterLookasideList(PVOID Lookaside,
                                                 _In_ FSRTL_ECP_LOOKASIDE_FLAGS Flags);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlFindExtraCreateParameter(PECP_LIST EcpList, _In_ LPCGUID EcpType, PVOID *EcpContext,
                                  ULONG *EcpContextSize);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlFreeExtraCreateParameter(PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlFreeExtraCreateParameterList(PECP_LIST EcpList);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlGetEcpListFromIrp(PIRP Irp, PECP_LIST *EcpList);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlGetNextExtraCreateParameter(PECP_LIST EcpList, PVOID CurrentEcpContext,
                                     _In_ LPGUID NextEcpType, PVOID *NextEcpContext,
                                     ULONG *NextEcpContextSize);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlInitExtraCreateParameterLookasideList(PVOID Lookaside,
                                               _In_ FSRTL_ECP_LOOKASIDE_FLAGS Flags,
                                               _In_ SIZE_T Size, _In_ ULONG Tag);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI FsRtlInitializeExtraCreateParameter(
    PECP_HEADER Ecp, _In_ ULONG EcpFlags,
    PFSRTL_EXTRA_CREATE_PARAMETER_CLEANUP_CALLBACK CleanupCallback, _In_ ULONG TotalSize,
    _In_ LPCGUID EcpType, PVOID ListAllocatedFrom);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlInitializeExtraCreateParameterList(PECP_LIST EcpList);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlInsertExtraCreateParameter(PECP_LIST EcpList, PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI FsRtlIsEcpAcknowledged(PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI FsRtlIsEcpFromUserMode(PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI FsRtlPrepareToReuseEcp(PVOID EcpContext);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlRemoveExtraCreateParameter(PECP_LIST EcpList, _In_ LPCGUID EcpType, PVOID *EcpContext,
                                    ULONG *EcpContextSize);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlSetEcpListIntoIrp(PIRP Irp, PECP_LIST EcpList);

typedef struct _ECP_OPEN_PARAMETERS {
    USHORT Size;
    USHORT Reserved;
    ULONG Flags;
} ECP_OPEN_PARAMETERS, *PECP_OPEN_PARAMETERS;

#define ECP_OPEN_PARAMETERS_FLAG_OPEN_FOR_READ               0x01
#define ECP_OPEN_PARAMETERS_FLAG_OPEN_FOR_WRITE              0x02
#define ECP_OPEN_PARAMETERS_FLAG_OPEN_FOR_DELETE             0x04
#define ECP_OPEN_PARAMETERS_FLAG_IGNORE_DIR_CASE_SENSITIVITY 0x08
#define ECP_OPEN_PARAMETERS_FLAG_FAIL_ON_CASE_SENSITIVE_DIR  0x10

typedef struct _OPEN_REPARSE_LIST_ENTRY {
    LIST_ENTRY OpenReparseListEntry;
    ULONG ReparseTag;
    ULONG Flags;
    GUID ReparseGuid;
    USHORT Size;
    USHORT RemainingLength;
} OPEN_REPARSE_LIST_ENTRY, *POPEN_REPARSE_LIST_ENTRY;

typedef struct _OPEN_REPARSE_LIST {
    LIST_ENTRY OpenReparseList;
} OPEN_REPARSE_LIST, *POPEN_REPARSE_LIST;

typedef struct _IO_PRIORITY_INFO {
    ULONG Size;
    ULONG ThreadPriority;
    ULONG PagePriority;
    IO_PRIORITY_HINT IoPriority;
} IO_PRIORITY_INFO, *PIO_PRIORITY_INFO;

typedef struct _COPY_INFORMATION {
    PFILE_OBJECT SourceFileObject;
    LONGLONG SourceFileOffset;
} COPY_INFORMATION, *PCOPY_INFORMATION;

/* ---- Section synchronisation and other file-system filter callbacks ---------------------------
 */

typedef enum _FS_FILTER_SECTION_SYNC_TYPE {
    SyncTypeOther,
    SyncTypeCreateSection,
} FS_FILTER_SECTION_SYNC_TYPE,
    *PFS_FILTER_SECTION_SYNC_TYPE;

typedef enum _FS_FILTER_STREAM_FO_NOTIFICATION_TYPE {
    NotifyTypeCreate,
    NotifyTypeRetired,
} FS_FILTER_STREAM_FO_NOTIFICATION_TYPE,
    *PFS_FILTER_STREAM_FO_NOTIFICATION_TYPE;

typedef struct _FS_FILTER_SECTION_SYNC_OUTPUT {
    ULONG StructureSize;
    ULONG SizeReturned;
    ULONG Flags;
    ULONG DesiredReadAlignment;
} FS_FILTER_SECTION_SYNC_OUTPUT, *PFS_FILTER_SECTION_SYNC_OUTPUT;

typedef union _FS_FILTER_PARAMETERS {
    struct {
        PLARGE_INTEGER EndingOffset;
        PERESOURCE *ResourceToRelease;
    } AcquireForModifiedPageWriter;
    struct {
        PERESOURCE ResourceToRelease;
    } ReleaseForModifiedPageWriter;
    struct {
        FS_FILTER_SECTION_SYNC_TYPE SyncType;
        ULONG PageProtection;
        PFS_FILTER_SECTION_SYNC_OUTPUT OutputInformation;
        ULONG Flags;
        ULONG AllocationAttributes;
    } AcquireForSectionSynchronization;
    struct {
        PIRP Irp;
        PVOID FileInformation;
        PULONG Length;
        FILE_INFORMATION_CLASS FileInformationClass;
        NTSTATUS CompletionStatus;
    } QueryOpen;
    struct {
        PVOID Argument1;
        PVOID Argument2;
        PVOID Argument3;
        PVOID Argument4;
        PVOID Argument5;
    } Others;
} FS_FILTER_PARAMETERS, *PFS_FILTER_PARAMETERS;

typedef struct _FS_FILTER_CALLBACK_DATA {
    ULONG SizeOfFsFilterCallbackData;
    UCHAR Operation;
    UCHAR Reserved;
    struct _DEVICE_OBJECT *DeviceObject;
    struct _FILE_OBJECT *FileObject;
    FS_FILTER_PARAMETERS Parameters;
} FS_FILTER_CALLBACK_DATA, *PFS_FILTER_CALLBACK_DATA;

typedef NTSTATUS(NTAPI *PFS_FILTER_CALLBACK)(PFS_FILTER_CALLBACK_DATA, PVOID *);
typedef void(NTAPI *PFS_FILTER_COMPLETION_CALLBACK)(PFS_FILTER_CALLBACK_DATA, NTSTATUS, PVOID);

typedef struct _FS_FILTER_CALLBACKS {
    ULONG SizeOfFsFilterCallbacks;
    ULONG Reserved;
    PFS_FILTER_CALLBACK PreAcquireForSectionSynchronization;
    PFS_FILTER_COMPLETION_CALLBACK PostAcquireForSectionSynchronization;
    PFS_FILTER_CALLBACK PreReleaseForSectionSynchronization;
    PFS_FILTER_COMPLETION_CALLBACK PostReleaseForSectionSynchronization;
    PFS_FILTER_CALLBACK PreAcquireForCcFlush;
    PFS_FILTER_COMPLETION_CALLBACK PostAcquireForCcFlush;
    PFS_FILTER_CALLBACK PreReleaseForCcFlush;
    PFS_FILTER_COMPLETION_CALLBACK PostReleaseForCcFlush;
    PFS_FILTER_CALLBACK PreAcquireForModifiedPageWriter;
    PFS_FILTER_COMPLETION_CALLBACK PostAcquireForModifiedPageWriter;
    PFS_FILTER_CALLBACK PreReleaseForModifiedPageWriter;
    PFS_FILTER_COMPLETION_CALLBACK PostReleaseForModifiedPageWriter;
    PFS_FILTER_CALLBACK PreQueryOpen;
    PFS_FILTER_COMPLETION_CALLBACK PostQueryOpen;
} FS_FILTER_CALLBACKS, *PFS_FILTER_CALLBACKS;

_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlRegisterFileSystemFilterCallbacks(struct _DRIVER_OBJECT *FilterDriverObject,
                                           PFS_FILTER_CALLBACKS Callbacks);

typedef enum _MMFLUSH_TYPE {
    MmFlushForDelete,
    MmFlushForWrite,
} MMFLUSH_TYPE;

NTKERNELAPI BOOLEAN NTAPI MmCanFileBeTruncated(PSECTION_OBJECT_POINTERS SectionPointer,
                                               PLARGE_INTEGER NewFileSize);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI ULONG NTAPI
    MmDoesFileHaveUserWritableReferences(PSECTION_OBJECT_POINTERS SectionPointer);
NTKERNELAPI BOOLEAN NTAPI MmFlushImageSection(PSECTION_OBJECT_POINTERS SectionObjectPointer,
                                              _In_ MMFLUSH_TYPE FlushType);
NTKERNELAPI BOOLEAN NTAPI MmForceSectionClosed(PSECTION_OBJECT_POINTERS SectionObjectPointer,
                                               _In_ BOOLEAN DelayClose);
NTKERNELAPI BOOLEAN NTAPI MmForceSectionClosedEx(PSECTION_OBJECT_POINTERS SectionObjectPointer,
                                                 _In_ ULONG ForceCloseFlags);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI ULONGLONG NTAPI MmGetMaximumFileSectionSize(void);
NTKERNELAPI NTSTATUS NTAPI MmIsFileSectionActive(PSECTION_OBJECT_POINTERS FsSectionPointer,
                                                 _In_ ULONG Flags, PLOGICAL SectionIsActive);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI BOOLEAN NTAPI MmIsRecursiveIoFault(void);
NTKERNELAPI BOOLEAN NTAPI MmSetAddressRangeModified(PVOID Address, _In_ SIZE_T Length);

/* ---- Directory change notification ----------------------------------------------------------- */

typedef struct _REAL_NOTIFY_SYNC *PNOTIFY_SYNC;
typedef BOOLEAN(NTAPI *PCHECK_FOR_TRAVERSE_ACCESS)(PVOID, PVOID, PSECURITY_SUBJECT_CONTEXT);
typedef BOOLEAN(NTAPI *PFILTER_REPORT_CHANGE)(PVOID, PVOID);

_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlNotifyCleanup(PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList, PVOID FsContext);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlNotifyCleanupAll(PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList);
NTKERNELAPI void NTAPI FsRtlNotifyFilterChangeDirectory(
    PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList, PVOID FsContext, PSTRING FullDirectoryName,
    _In_ BOOLEAN WatchTree, _In_ BOOLEAN IgnoreBuffer, _In_ ULONG CompletionFilter, PIRP NotifyIrp,
    PCHECK_FOR_TRAVERSE_ACCESS TraverseCallback, PSECURITY_SUBJECT_CONTEXT SubjectContext,
    PFILTER_REPORT_CHANGE FilterCallback);
NTKERNELAPI void NTAPI FsRtlNotifyFilterReportChange(
    PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList, PSTRING FullTargetName,
    _In_ USHORT TargetNameOffset, PSTRING StreamName, PSTRING NormalizedParentName,
    _In_ ULONG FilterMatch, _In_ ULONG Action, PVOID TargetContext, PVOID FilterContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    FsRtlNotifyFullChangeDirectory(PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList, PVOID FsContext,
                                   PSTRING FullDirectoryName, _In_ BOOLEAN WatchTree,
                                   _In_ BOOLEAN IgnoreBuffer, _In_ ULONG CompletionFilter,
                                   PIRP NotifyIrp, PCHECK_FOR_TRAVERSE_ACCESS TraverseCallback,
                                   PSECURITY_SUBJECT_CONTEXT SubjectContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    FsRtlNotifyFullReportChange(PNOTIFY_SYNC NotifySync, PLIST_ENTRY NotifyList,
                                PSTRING FullTargetName, _In_ USHORT TargetNameOffset,
                                PSTRING StreamName, PSTRING NormalizedParentName,
                                _In_ ULONG FilterMatch, _In_ ULONG Action, PVOID TargetContext);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlNotifyInitializeSync(PNOTIFY_SYNC *NotifySync);
NTKERNELAPI NTSTATUS NTAPI FsRtlNotifyStreamFileObject(
    struct _FILE_OBJECT *StreamFileObject, struct _DEVICE_OBJECT *DeviceObjectHint,
    _In_ FS_FILTER_STREAM_FO_NOTIFICATION_TYPE NotificationType, _In_ BOOLEAN SafeToRecurse);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI
    FsRtlNotifyUninitializeSync(PNOTIFY_SYNC *NotifySync);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlNotifyVolumeEvent(_In_ PFILE_OBJECT FileObject, _In_ ULONG EventCode);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlNotifyVolumeEventEx(_In_ PFILE_OBJECT FileObject, _In_ ULONG EventCode,
                             PTARGET_DEVICE_CUSTOM_NOTIFICATION Event);

#define FSRTL_VOLUME_DISMOUNT                 0x01
#define FSRTL_VOLUME_DISMOUNT_FAILED          0x02
#define FSRTL_VOLUME_LOCK                     0x03
#define FSRTL_VOLUME_LOCK_FAILED              0x04
#define FSRTL_VOLUME_UNLOCK                   0x05
#define FSRTL_VOLUME_MOUNT                    0x06
#define FSRTL_VOLUME_NEEDS_CHKDSK             0x07
#define FSRTL_VOLUME_WORM_NEAR_FULL           0x08
#define FSRTL_VOLUME_WEARING_OUT              0x09
#define FSRTL_VOLUME_FORCED_CLOSED            0x0A
#define FSRTL_VOLUME_INFO_MAKE_COMPAT         0x0B
#define FSRTL_VOLUME_PREPARING_EJECT          0x0C
#define FSRTL_VOLUME_CHANGE_SIZE              0x0D
#define FSRTL_VOLUME_BACKGROUND_FORMAT        0x0E

/* ---- Waiting, status, and others ------------------------------------------------------------- */

#define FSRTL_FSP_TOP_LEVEL_IRP               0x00000001
#define FSRTL_CACHE_TOP_LEVEL_IRP             0x00000002
#define FSRTL_MOD_WRITE_TOP_LEVEL_IRP         0x00000003
#define FSRTL_FAST_IO_TOP_LEVEL_IRP           0x00000004
#define FSRTL_NETWORK1_TOP_LEVEL_IRP          0x00000005
#define FSRTL_NETWORK2_TOP_LEVEL_IRP          0x00000006
#define FSRTL_ASYNC_CACHED_READ_TOP_LEVEL_IRP 0x00000007
#define FSRTL_MAX_TOP_LEVEL_IRP_FLAG          0x0000FFFF

NTKERNELAPI void NTAPI FsRtlAcquireFileExclusive(_In_ PFILE_OBJECT FileObject);
NTKERNELAPI PERESOURCE NTAPI FsRtlAllocateResource(void);
NTKERNELAPI NTSTATUS NTAPI FsRtlCancellableWaitForMultipleObjects(
    _In_ ULONG Count, PVOID *ObjectArray, _In_ WAIT_TYPE WaitType, PLARGE_INTEGER Timeout,
    PKWAIT_BLOCK WaitBlockArray, PIRP Irp);
NTKERNELAPI NTSTATUS NTAPI FsRtlCancellableWaitForSingleObject(PVOID Object, PLARGE_INTEGER Timeout,
                                                               PIRP Irp);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlCopyRead(_In_ PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, _In_ ULONG Length,
                  _In_ BOOLEAN Wait, _In_ ULONG LockKey, PVOID Buffer,
                  _Out_ PIO_STATUS_BLOCK IoStatus, _In_ PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlCopyWrite(_In_ PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, _In_ ULONG Length,
                   _In_ BOOLEAN Wait, _In_ ULONG LockKey, PVOID Buffer,
                   _Out_ PIO_STATUS_BLOCK IoStatus, _In_ PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlCreateSectionForDataScan(_Out_ PHANDLE SectionHandle, PVOID *SectionObject,
                                  PLARGE_INTEGER SectionFileSize, _In_ PFILE_OBJECT FileObject,
                                  _In_ ACCESS_MASK DesiredAccess,
                                  _In_ POBJECT_ATTRIBUTES ObjectAttributes,
                                  PLARGE_INTEGER MaximumSize, _In_ ULONG SectionPageProtection,
                                  _In_ ULONG AllocationAttributes, _In_ ULONG Flags);
NTKERNELAPI void NTAPI FsRtlDismountComplete(_In_ PDEVICE_OBJECT DeviceObject,
                                             _In_ NTSTATUS DismountStatus);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlGetFileSize(_In_ PFILE_OBJECT FileObject, PLARGE_INTEGER FileSize);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlGetSectorSizeInformation(_In_ PDEVICE_OBJECT DeviceObject,
                                  PFILE_FS_SECTOR_SIZE_INFORMATION SectorSizeInfo);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlGetSupportedFeatures(_In_ PDEVICE_OBJECT DeviceObject, PULONG SupportedFeatures);
NTKERNELAPI NTSTATUS NTAPI FsRtlGetVirtualDiskNestingLevel(_In_ PDEVICE_OBJECT DeviceObject,
                                                           PULONG NestingLevel,
                                                           PULONG NestingFlags);
NTKERNELAPI BOOLEAN NTAPI FsRtlIs32BitProcess(_In_ PEPROCESS Process);
NTKERNELAPI BOOLEAN NTAPI FsRtlIsDaxVolume(_In_ PFILE_OBJECT FileObject);
NTKERNELAPI BOOLEAN NTAPI FsRtlIsMobileOS(void);
NTKERNELAPI BOOLEAN NTAPI FsRtlIsNonEmptyDirectoryReparsePointAllowed(_In_ ULONG ReparseTag);
NTKERNELAPI BOOLEAN NTAPI FsRtlIsNtstatusExpected(_In_ NTSTATUS Exception);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI LOGICAL NTAPI
    FsRtlIsPagingFile(_In_ PFILE_OBJECT FileObject);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI LOGICAL NTAPI
    FsRtlIsSystemPagingFile(_In_ PFILE_OBJECT FileObject);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlIssueDeviceIoControl(_In_ PDEVICE_OBJECT DeviceObject, _In_ ULONG IoCtl, _In_ UCHAR Flags,
                              PVOID InputBuffer, _In_ ULONG InputBufferLength, PVOID OutputBuffer,
                              _In_ ULONG OutputBufferLength, PULONG_PTR IosbInformation);
NTKERNELAPI NTSTATUS NTAPI FsRtlKernelFsControlFile(_In_ PFILE_OBJECT FileObject,
                                                    _In_ ULONG FsControlCode, PVOID InputBuffer,
                                                    _In_ ULONG InputBufferLength,
                                                    PVOID OutputBuffer,
                                                    _In_ ULONG OutputBufferLength,
                                                    _Out_ PULONG RetOutputBufferSize);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlMdlReadCompleteDev(_In_ PFILE_OBJECT FileObject, PMDL MdlChain,
                            _In_ PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlMdlReadDev(_In_ PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, _In_ ULONG Length,
                    _In_ ULONG LockKey, PMDL *MdlChain, _Out_ PIO_STATUS_BLOCK IoStatus,
                    _In_ PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlMdlReadEx(_In_ PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, _In_ ULONG Length,
                   _In_ ULONG LockKey, PMDL *MdlChain, _Out_ PIO_STATUS_BLOCK IoStatus);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlMdlWriteCompleteDev(_In_ PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, PMDL MdlChain,
                             _In_ PDEVICE_OBJECT DeviceObject);
NTKERNELAPI NTSTATUS NTAPI FsRtlNormalizeNtstatus(_In_ NTSTATUS Exception,
                                                  _In_ NTSTATUS GenericException);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    FsRtlPrepareMdlWriteDev(_In_ PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset,
                            _In_ ULONG Length, _In_ ULONG LockKey, PMDL *MdlChain,
                            _Out_ PIO_STATUS_BLOCK IoStatus, _In_ PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlPrepareMdlWriteEx(_In_ PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset,
                           _In_ ULONG Length, _In_ ULONG LockKey, PMDL *MdlChain,
                           _Out_ PIO_STATUS_BLOCK IoStatus);
NTKERNELAPI NTSTATUS NTAPI FsRtlQueryInformationFile(
    _In_ PFILE_OBJECT FileObject, PVOID FileInformation, _In_ ULONG Length,
    _In_ FILE_INFORMATION_CLASS FileInformationClass, _Out_ PULONG RetFileInformationSize);
NTKERNELAPI NTSTATUS NTAPI FsRtlQueryKernelEaFile(_In_ PFILE_OBJECT FileObject,
                                                  _Out_ PVOID ReturnedEaData, _In_ ULONG Length,
                                                  _In_ BOOLEAN ReturnSingleEntry, PVOID EaList,
                                                  _In_ ULONG EaListLength, PULONG EaIndex,
                                                  _In_ BOOLEAN RestartScan,
                                                  _Out_ PULONG LengthReturned);
NTKERNELAPI void NTAPI FsRtlReleaseFile(_In_ PFILE_OBJECT FileObject);
NTKERNELAPI NTSTATUS NTAPI FsRtlSetDriverBacking(PDRIVER_OBJECT DriverObj, _In_ ULONG Flags);
NTKERNELAPI NTSTATUS NTAPI FsRtlSetKernelEaFile(_In_ PFILE_OBJECT FileObject, PVOID EaBuffer,
                                                _In_ ULONG Length);
NTKERNELAPI void NTAPI FsRtlUpdateDiskCounters(_In_ ULONG64 BytesRead, _In_ ULONG64 BytesWritten);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    FsRtlValidateReparsePointBuffer(_In_ ULONG BufferLength, PREPARSE_DATA_BUFFER ReparseBuffer);
NTKERNELAPI NTSTATUS NTAPI FsRtlVolumeDeviceToCorrelationId(_In_ PDEVICE_OBJECT VolumeDeviceObject,
                                                            GUID *Guid);

/* ---- The cache manager, as far as filters call it ---------------------------------------------
 */

typedef struct _CC_FILE_SIZES {
    LARGE_INTEGER AllocationSize;
    LARGE_INTEGER FileSize;
    LARGE_INTEGER ValidDataLength;
} CC_FILE_SIZES, *PCC_FILE_SIZES;

NTKERNELAPI void NTAPI CcFlushCache(PSECTION_OBJECT_POINTERS SectionObjectPointer,
                                    PLARGE_INTEGER FileOffset, _In_ ULONG Length,
                                    _Out_ PIO_STATUS_BLOCK IoStatus);
NTKERNELAPI BOOLEAN NTAPI CcPurgeCacheSection(PSECTION_OBJECT_POINTERS SectionObjectPointer,
                                              PLARGE_INTEGER FileOffset, _In_ ULONG Length,
                                              _In_ ULONG Flags);
NTKERNELAPI BOOLEAN NTAPI CcIsThereDirtyData(PVPB Vpb);
NTKERNELAPI PFILE_OBJECT NTAPI
CcGetFileObjectFromSectionPtrs(PSECTION_OBJECT_POINTERS SectionObjectPointer);
NTKERNELAPI void NTAPI CcSetFileSizes(_In_ PFILE_OBJECT FileObject, PCC_FILE_SIZES FileSizes);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    CcCoherencyFlushAndPurgeCache(PSECTION_OBJECT_POINTERS SectionObjectPointer,
                                  PLARGE_INTEGER FileOffset, _In_ ULONG Length,
                                  _Out_ PIO_STATUS_BLOCK IoStatus, _In_ ULONG Flags);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    CcCopyRead(_In_ PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, _In_ ULONG Length,
               _In_ BOOLEAN Wait, PVOID Buffer, _Out_ PIO_STATUS_BLOCK IoStatus);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    CcCopyWrite(_In_ PFILE_OBJECT FileObject, PLARGE_INTEGER FileOffset, _In_ ULONG Length,
                _In_ BOOLEAN Wait, PVOID Buffer);

#define CcIsFileCached(FileObject)                                                                 \
    ((FileObject)->SectionObjectPointer != NULL &&                                                 \
     (FileObject)->SectionObjectPointer->SharedCacheMap != NULL)

#ifdef __cplusplus
}
#endif

#endif
