/*
 * The I/O manager: driver, device and file objects, requests and their stack, and the functions on
 * them.
 */
#ifndef NT_WDM_IO_H
#define NT_WDM_IO_H

#include "wdm_file.h"
#include "wdm_se.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Requests' codes ------------------------------------------------------------------------- */

#define IRP_MJ_CREATE                     0x0
#define IRP_MJ_CREATE_NAMED_PIPE          0x1
#define IRP_MJ_CLOSE                      0x2
#define IRP_MJ_READ                       0x3
#define IRP_MJ_WRITE                      0x4
#define IRP_MJ_QUERY_INFORMATION          0x5
#define IRP_MJ_SET_INFORMATION            0x6
#define IRP_MJ_QUERY_EA                   0x7
#define IRP_MJ_SET_EA                     0x8
#define IRP_MJ_FLUSH_BUFFERS              0x9
#define IRP_MJ_QUERY_VOLUME_INFORMATION   0xA
#define IRP_MJ_SET_VOLUME_INFORMATION     0xB
#define IRP_MJ_DIRECTORY_CONTROL          0xC
#define IRP_MJ_FILE_SYSTEM_CONTROL        0xD
#define IRP_MJ_DEVICE_CONTROL             0xE
#define IRP_MJ_INTERNAL_DEVICE_CONTROL    0xF
#define IRP_MJ_SHUTDOWN                   0x10
#define IRP_MJ_LOCK_CONTROL               0x11
#define IRP_MJ_CLEANUP                    0x12
#define IRP_MJ_CREATE_MAILSLOT            0x13
#define IRP_MJ_QUERY_SECURITY             0x14
#define IRP_MJ_SET_SECURITY               0x15
#define IRP_MJ_POWER                      0x16
#define IRP_MJ_SYSTEM_CONTROL             0x17
#define IRP_MJ_DEVICE_CHANGE              0x18
#define IRP_MJ_QUERY_QUOTA                0x19
#define IRP_MJ_SET_QUOTA                  0x1A
#define IRP_MJ_PNP                        0x1B
#define IRP_MJ_PNP_POWER                  0x1B
#define IRP_MJ_VOLUME_MOUNT               0xED
#define IRP_MJ_MAXIMUM_FUNCTION           0x1B
#define IRP_MJ_SCSI                       IRP_MJ_INTERNAL_DEVICE_CONTROL
#define IRP_MN_NORMAL                     0x0
#define IRP_MN_USER_FS_REQUEST            0x0
#define IRP_MN_DPC                        0x1
#define IRP_MN_FLUSH_AND_PURGE            0x1
#define IRP_MN_LOCK                       0x1
#define IRP_MN_MOUNT_VOLUME               0x1
#define IRP_MN_QUERY_DIRECTORY            0x1
#define IRP_MN_QUERY_SINGLE_INSTANCE      0x1
#define IRP_MN_SCSI_CLASS                 0x1
#define IRP_MN_CHANGE_SINGLE_INSTANCE     0x2
#define IRP_MN_FLUSH_DATA_ONLY            0x2
#define IRP_MN_MDL                        0x2
#define IRP_MN_NOTIFY_CHANGE_DIRECTORY    0x2
#define IRP_MN_VERIFY_VOLUME              0x2
#define IRP_MN_CHANGE_SINGLE_ITEM         0x3
#define IRP_MN_FLUSH_NO_SYNC              0x3
#define IRP_MN_LOAD_FILE_SYSTEM           0x3
#define IRP_MN_MDL_DPC                    0x3
#define IRP_MN_NOTIFY_CHANGE_DIRECTORY_EX 0x3
#define IRP_MN_UNLOCK_ALL                 0x3
#define IRP_MN_COMPLETE                   0x4
#define IRP_MN_FLUSH_DATA_SYNC_ONLY       0x4
#define IRP_MN_KERNEL_CALL                0x4
#define IRP_MN_TRACK_LINK                 0x4
#define IRP_MN_UNLOCK_ALL_BY_KEY          0x4
#define IRP_MN_COMPLETE_MDL               0x6
#define IRP_MN_COMPLETE_MDL_DPC           0x7
#define IRP_MN_COMPRESSED                 0x8
#define SL_FORCE_ACCESS_CHECK             0x1
#define SL_OPEN_PAGING_FILE               0x2
#define SL_OPEN_TARGET_DIRECTORY          0x4
#define SL_STOP_ON_SYMLINK                0x8
#define SL_CASE_SENSITIVE                 0x80
#define SL_KEY_SPECIFIED                  0x1
#define SL_OVERRIDE_VERIFY_VOLUME         0x2
#define SL_WRITE_THROUGH                  0x4
#define SL_FT_SEQUENTIAL_WRITE            0x8
#define SL_FAIL_IMMEDIATELY               0x1
#define SL_EXCLUSIVE_LOCK                 0x2
#define SL_RESTART_SCAN                   0x1
#define SL_RETURN_SINGLE_ENTRY            0x2
#define SL_INDEX_SPECIFIED                0x4
#define SL_NO_CURSOR_UPDATE               0x10
#define SL_WATCH_TREE                     0x1
#define SL_ALLOW_RAW_MOUNT                0x1
#define SL_PENDING_RETURNED               0x1
#define SL_ERROR_RETURNED                 0x2
#define SL_INVOKE_ON_CANCEL               0x20
#define SL_INVOKE_ON_SUCCESS              0x40
#define SL_INVOKE_ON_ERROR                0x80

#define IRP_NOCACHE                       0x1
#define IRP_PAGING_IO                     0x2
#define IRP_MOUNT_COMPLETION              0x2
#define IRP_SYNCHRONOUS_API               0x4
#define IRP_ASSOCIATED_IRP                0x8
#define IRP_BUFFERED_IO                   0x10
#define IRP_DEALLOCATE_BUFFER             0x20
#define IRP_INPUT_OPERATION               0x40
#define IRP_SYNCHRONOUS_PAGING_IO         0x40
#define IRP_CREATE_OPERATION              0x80
#define IRP_READ_OPERATION                0x100
#define IRP_WRITE_OPERATION               0x200
#define IRP_CLOSE_OPERATION               0x400
#define IRP_DEFER_IO_COMPLETION           0x800
#define IRP_OB_QUERY_NAME                 0x1000
#define IRP_HOLD_DEVICE_QUEUE             0x2000
#define DO_VERIFY_VOLUME                  0x2
#define DO_BUFFERED_IO                    0x4
#define DO_EXCLUSIVE                      0x8
#define DO_DIRECT_IO                      0x10
#define DO_MAP_IO_BUFFER                  0x20
#define DO_DEVICE_HAS_NAME                0x40
#define DO_DEVICE_INITIALIZING            0x80
#define DO_SYSTEM_BOOT_PARTITION          0x100
#define DO_LONG_TERM_REQUESTS             0x200
#define DO_NEVER_LAST_DEVICE              0x400
#define DO_SHUTDOWN_REGISTERED            0x800
#define DO_BUS_ENUMERATED_DEVICE          0x1000
#define DO_POWER_PAGABLE                  0x2000
#define DO_POWER_INRUSH                   0x4000

#define FO_FILE_OPEN                      0x1
#define FO_SYNCHRONOUS_IO                 0x2
#define FO_ALERTABLE_IO                   0x4
#define FO_NO_INTERMEDIATE_BUFFERING      0x8
#define FO_WRITE_THROUGH                  0x10
#define FO_SEQUENTIAL_ONLY                0x20
#define FO_CACHE_SUPPORTED                0x40
#define FO_NAMED_PIPE                     0x80
#define FO_STREAM_FILE                    0x100
#define FO_MAILSLOT                       0x200
#define FO_GENERATE_AUDIT_ON_CLOSE        0x400
#define FO_DIRECT_DEVICE_OPEN             0x800
#define FO_FILE_MODIFIED                  0x1000
#define FO_FILE_SIZE_CHANGED              0x2000
#define FO_CLEANUP_COMPLETE               0x4000
#define FO_TEMPORARY_FILE                 0x8000
#define FO_DELETE_ON_CLOSE                0x10000
#define FO_OPENED_CASE_SENSITIVE          0x20000
#define FO_HANDLE_CREATED                 0x40000
#define FO_FILE_FAST_IO_READ              0x80000
#define FO_RANDOM_ACCESS                  0x100000
#define FO_FILE_OPEN_CANCELLED            0x200000
#define FO_VOLUME_OPEN                    0x400000
#define FO_REMOTE_ORIGIN                  0x1000000
#define FO_DISALLOW_EXCLUSIVE             0x2000000
#define FO_SKIP_COMPLETION_PORT           0x2000000
#define FO_SKIP_SET_EVENT                 0x4000000
#define FO_SKIP_SET_FAST_IO               0x8000000
#define FO_INDIRECT_WAIT_OBJECT           0x10000000
#define FO_SECTION_MINSTORE_TREATMENT     0x20000000

/* ---- Records that the objects hold ----------------------------------------------------------- */

typedef struct _IO_STATUS_BLOCK {
    union {
        NTSTATUS Status;
        PVOID Pointer;
    };
    ULONG_PTR Information;
} IO_STATUS_BLOCK, *PIO_STATUS_BLOCK;

typedef VOID NTAPI IO_APC_ROUTINE(PVOID ApcContext, PIO_STATUS_BLOCK IoStatusBlock, ULONG Reserved);
typedef IO_APC_ROUTINE *PIO_APC_ROUTINE;

typedef struct _SECTION_OBJECT_POINTERS {
    PVOID DataSectionObject;
    PVOID SharedCacheMap;
    PVOID ImageSectionObject;
} SECTION_OBJECT_POINTERS, *PSECTION_OBJECT_POINTERS;

typedef struct _IO_COMPLETION_CONTEXT {
    PVOID Port;
    PVOID Key;
    LONG_PTR UsageCount;
} IO_COMPLETION_CONTEXT, *PIO_COMPLETION_CONTEXT;

typedef struct _SHARE_ACCESS {
    ULONG OpenCount;
    ULONG Readers;
    ULONG Writers;
    ULONG Deleters;
    ULONG SharedRead;
    ULONG SharedWrite;
    ULONG SharedDelete;
} SHARE_ACCESS, *PSHARE_ACCESS;

typedef struct _NAMED_PIPE_CREATE_PARAMETERS {
    ULONG NamedPipeType;
    ULONG ReadMode;
    ULONG CompletionMode;
    ULONG MaximumInstances;
    ULONG InboundQuota;
    ULONG OutboundQuota;
    LARGE_INTEGER DefaultTimeout;
    BOOLEAN TimeoutSpecified;
} NAMED_PIPE_CREATE_PARAMETERS, *PNAMED_PIPE_CREATE_PARAMETERS;

typedef struct _MAILSLOT_CREATE_PARAMETERS {
    ULONG MailslotQuota;
    ULONG MaximumMessageSize;
    LARGE_INTEGER ReadTimeout;
    BOOLEAN TimeoutSpecified;
} MAILSLOT_CREATE_PARAMETERS, *PMAILSLOT_CREATE_PARAMETERS;

typedef struct _IO_SECURITY_CONTEXT {
    PSECURITY_QUALITY_OF_SERVICE SecurityQos;
    PACCESS_STATE AccessState;
    ACCESS_MASK DesiredAccess;
    ULONG FullCreateOptions;
} IO_SECURITY_CONTEXT, *PIO_SECURITY_CONTEXT;

typedef struct _IO_TIMER *PIO_TIMER;
typedef struct _IO_WORKITEM *PIO_WORKITEM;
struct _SCSI_REQUEST_BLOCK;
typedef struct _FILE_GET_QUOTA_INFORMATION *PFILE_GET_QUOTA_INFORMATION;
typedef struct _CM_RESOURCE_LIST *PCM_RESOURCE_LIST;
typedef struct _IO_RESOURCE_REQUIREMENTS_LIST *PIO_RESOURCE_REQUIREMENTS_LIST;
typedef struct _DEVICE_CAPABILITIES *PDEVICE_CAPABILITIES;
typedef struct _INTERFACE *PINTERFACE;
typedef struct _POWER_SEQUENCE *PPOWER_SEQUENCE;

typedef struct _VPB {
    CSHORT Type;
    CSHORT Size;
    USHORT Flags;
    USHORT VolumeLabelLength;
    struct _DEVICE_OBJECT *DeviceObject;
    struct _DEVICE_OBJECT *RealDevice;
    ULONG SerialNumber;
    ULONG ReferenceCount;
    WCHAR VolumeLabel[32];
} VPB, *PVPB;

#define VPB_MOUNTED               0x0001
#define VPB_LOCKED                0x0002
#define VPB_PERSISTENT            0x0004
#define VPB_REMOVE_PENDING        0x0008
#define VPB_RAW_MOUNT             0x0010
#define VPB_DIRECT_WRITES_ALLOWED 0x0020

/* ---- Driver routines ------------------------------------------------------------------------- */

typedef NTSTATUS NTAPI DRIVER_INITIALIZE(struct _DRIVER_OBJECT *DriverObject,
                                         PUNICODE_STRING RegistryPath);
typedef DRIVER_INITIALIZE *PDRIVER_INITIALIZE;
typedef VOID NTAPI DRIVER_UNLOAD(struct _DRIVER_OBJECT *DriverObject);
typedef DRIVER_UNLOAD *PDRIVER_UNLOAD;
typedef NTSTATUS NTAPI DRIVER_DISPATCH(struct _DEVICE_OBJECT *DeviceObject, struct _IRP *Irp);
typedef DRIVER_DISPATCH *PDRIVER_DISPATCH;
typedef DRIVER_DISPATCH DRIVER_DISPATCH_PAGED;
typedef VOID NTAPI DRIVER_STARTIO(struct _DEVICE_OBJECT *DeviceObject, struct _IRP *Irp);
typedef DRIVER_STARTIO *PDRIVER_STARTIO;
typedef VOID NTAPI DRIVER_CANCEL(struct _DEVICE_OBJECT *DeviceObject, struct _IRP *Irp);
typedef DRIVER_CANCEL *PDRIVER_CANCEL;
typedef NTSTATUS NTAPI DRIVER_ADD_DEVICE(struct _DRIVER_OBJECT *DriverObject,
                                         struct _DEVICE_OBJECT *PhysicalDeviceObject);
typedef DRIVER_ADD_DEVICE *PDRIVER_ADD_DEVICE;
typedef NTSTATUS NTAPI IO_COMPLETION_ROUTINE(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context);
typedef IO_COMPLETION_ROUTINE *PIO_COMPLETION_ROUTINE;
typedef VOID NTAPI IO_WORKITEM_ROUTINE(PDEVICE_OBJECT DeviceObject, PVOID Context);
typedef IO_WORKITEM_ROUTINE *PIO_WORKITEM_ROUTINE;
typedef VOID NTAPI IO_WORKITEM_ROUTINE_EX(PVOID IoObject, PVOID Context, PIO_WORKITEM IoWorkItem);
typedef IO_WORKITEM_ROUTINE_EX *PIO_WORKITEM_ROUTINE_EX;
typedef VOID NTAPI IO_TIMER_ROUTINE(struct _DEVICE_OBJECT *DeviceObject, PVOID Context);
typedef IO_TIMER_ROUTINE *PIO_TIMER_ROUTINE;
typedef VOID NTAPI IO_DPC_ROUTINE(PKDPC Dpc, struct _DEVICE_OBJECT *DeviceObject, struct _IRP *Irp,
                                  PVOID Context);
typedef IO_DPC_ROUTINE *PIO_DPC_ROUTINE;
typedef enum _IO_ALLOCATION_ACTION {
    KeepObject = 1,
    DeallocateObject,
    DeallocateObjectKeepRegisters,
} IO_ALLOCATION_ACTION,
    *PIO_ALLOCATION_ACTION;

typedef IO_ALLOCATION_ACTION NTAPI DRIVER_CONTROL(struct _DEVICE_OBJECT *, struct _IRP *, PVOID,
                                                  PVOID);
typedef DRIVER_CONTROL *PDRIVER_CONTROL;

/* ---- Fast I/O -------------------------------------------------------------------------------- */

typedef BOOLEAN NTAPI FAST_IO_CHECK_IF_POSSIBLE(struct _FILE_OBJECT *, PLARGE_INTEGER, ULONG,
                                                BOOLEAN, ULONG, BOOLEAN, PIO_STATUS_BLOCK,
                                                struct _DEVICE_OBJECT *);
typedef FAST_IO_CHECK_IF_POSSIBLE *PFAST_IO_CHECK_IF_POSSIBLE;
typedef BOOLEAN NTAPI FAST_IO_READ(struct _FILE_OBJECT *, PLARGE_INTEGER, ULONG, BOOLEAN, ULONG,
                                   PVOID, PIO_STATUS_BLOCK, struct _DEVICE_OBJECT *);
typedef FAST_IO_READ *PFAST_IO_READ;
typedef BOOLEAN NTAPI FAST_IO_WRITE(struct _FILE_OBJECT *, PLARGE_INTEGER, ULONG, BOOLEAN, ULONG,
                                    PVOID, PIO_STATUS_BLOCK, struct _DEVICE_OBJECT *);
typedef FAST_IO_WRITE *PFAST_IO_WRITE;
typedef BOOLEAN NTAPI FAST_IO_QUERY_BASIC_INFO(struct _FILE_OBJECT *, BOOLEAN,
                                               PFILE_BASIC_INFORMATION, PIO_STATUS_BLOCK,
                                               struct _DEVICE_OBJECT *);
typedef FAST_IO_QUERY_BASIC_INFO *PFAST_IO_QUERY_BASIC_INFO;
typedef BOOLEAN NTAPI FAST_IO_QUERY_STANDARD_INFO(struct _FILE_OBJECT *, BOOLEAN,
                                                  PFILE_STANDARD_INFORMATION, PIO_STATUS_BLOCK,
                                                  struct _DEVICE_OBJECT *);
typedef FAST_IO_QUERY_STANDARD_INFO *PFAST_IO_QUERY_STANDARD_INFO;
typedef BOOLEAN NTAPI FAST_IO_LOCK(struct _FILE_OBJECT *, PLARGE_INTEGER, PLARGE_INTEGER, PEPROCESS,
                                   ULONG, BOOLEAN, BOOLEAN, PIO_STATUS_BLOCK,
                                   struct _DEVICE_OBJECT *);
typedef FAST_IO_LOCK *PFAST_IO_LOCK;
typedef BOOLEAN NTAPI FAST_IO_UNLOCK_SINGLE(struct _FILE_OBJECT *, PLARGE_INTEGER, PLARGE_INTEGER,
                                            PEPROCESS, ULONG, PIO_STATUS_BLOCK,
                                            struct _DEVICE_OBJECT *);
typedef FAST_IO_UNLOCK_SINGLE *PFAST_IO_UNLOCK_SINGLE;
typedef BOOLEAN NTAPI FAST_IO_UNLOCK_ALL(struct _FILE_OBJECT *, PEPROCESS, PIO_STATUS_BLOCK,
                                         struct _DEVICE_OBJECT *);
typedef FAST_IO_UNLOCK_ALL *PFAST_IO_UNLOCK_ALL;
typedef BOOLEAN NTAPI FAST_IO_UNLOCK_ALL_BY_KEY(struct _FILE_OBJECT *, PVOID, ULONG,
                                                PIO_STATUS_BLOCK, struct _DEVICE_OBJECT *);
typedef FAST_IO_UNLOCK_ALL_BY_KEY *PFAST_IO_UNLOCK_ALL_BY_KEY;
typedef BOOLEAN NTAPI FAST_IO_DEVICE_CONTROL(struct _FILE_OBJECT *, BOOLEAN, PVOID, ULONG, PVOID,
                                             ULONG, ULONG, PIO_STATUS_BLOCK,
                                             struct _DEVICE_OBJECT *);
typedef FAST_IO_DEVICE_CONTROL *PFAST_IO_DEVICE_CONTROL;
typedef void NTAPI FAST_IO_ACQUIRE_FILE(struct _FILE_OBJECT *);
typedef FAST_IO_ACQUIRE_FILE *PFAST_IO_ACQUIRE_FILE;
typedef void NTAPI FAST_IO_RELEASE_FILE(struct _FILE_OBJECT *);
typedef FAST_IO_RELEASE_FILE *PFAST_IO_RELEASE_FILE;
typedef void NTAPI FAST_IO_DETACH_DEVICE(struct _DEVICE_OBJECT *, struct _DEVICE_OBJECT *);
typedef FAST_IO_DETACH_DEVICE *PFAST_IO_DETACH_DEVICE;
typedef BOOLEAN NTAPI FAST_IO_QUERY_NETWORK_OPEN_INFO(struct _FILE_OBJECT *, BOOLEAN,
                                                      struct _FILE_NETWORK_OPEN_INFORMATION *,
                                                      struct _IO_STATUS_BLOCK *,
                                                      struct _DEVICE_OBJECT *);
typedef FAST_IO_QUERY_NETWORK_OPEN_INFO *PFAST_IO_QUERY_NETWORK_OPEN_INFO;
typedef NTSTATUS NTAPI FAST_IO_ACQUIRE_FOR_MOD_WRITE(struct _FILE_OBJECT *, PLARGE_INTEGER,
                                                     struct _ERESOURCE **, struct _DEVICE_OBJECT *);
typedef FAST_IO_ACQUIRE_FOR_MOD_WRITE *PFAST_IO_ACQUIRE_FOR_MOD_WRITE;
typedef BOOLEAN NTAPI FAST_IO_MDL_READ(struct _FILE_OBJECT *, PLARGE_INTEGER, ULONG, ULONG, PMDL *,
                                       PIO_STATUS_BLOCK, struct _DEVICE_OBJECT *);
typedef FAST_IO_MDL_READ *PFAST_IO_MDL_READ;
typedef BOOLEAN NTAPI FAST_IO_MDL_READ_COMPLETE(struct _FILE_OBJECT *, PMDL,
                                                struct _DEVICE_OBJECT *);
typedef FAST_IO_MDL_READ_COMPLETE *PFAST_IO_MDL_READ_COMPLETE;
typedef BOOLEAN NTAPI FAST_IO_PREPARE_MDL_WRITE(struct _FILE_OBJECT *, PLARGE_INTEGER, ULONG, ULONG,
                                                PMDL *, PIO_STATUS_BLOCK, struct _DEVICE_OBJECT *);
typedef FAST_IO_PREPARE_MDL_WRITE *PFAST_IO_PREPARE_MDL_WRITE;
typedef BOOLEAN NTAPI FAST_IO_MDL_WRITE_COMPLETE(struct _FILE_OBJECT *, PLARGE_INTEGER, PMDL,
                                                 struct _DEVICE_OBJECT *);
typedef FAST_IO_MDL_WRITE_COMPLETE *PFAST_IO_MDL_WRITE_COMPLETE;
struct _COMPRESSED_DATA_INFO;
typedef BOOLEAN NTAPI FAST_IO_READ_COMPRESSED(struct _FILE_OBJECT *, PLARGE_INTEGER, ULONG, ULONG,
                                              PVOID, PMDL *, PIO_STATUS_BLOCK,
                                              struct _COMPRESSED_DATA_INFO *, ULONG,
                                              struct _DEVICE_OBJECT *);
typedef FAST_IO_READ_COMPRESSED *PFAST_IO_READ_COMPRESSED;
typedef BOOLEAN NTAPI FAST_IO_WRITE_COMPRESSED(struct _FILE_OBJECT *, PLARGE_INTEGER, ULONG, ULONG,
                                               PVOID, PMDL *, PIO_STATUS_BLOCK,
                                               struct _COMPRESSED_DATA_INFO *, ULONG,
                                               struct _DEVICE_OBJECT *);
typedef FAST_IO_WRITE_COMPRESSED *PFAST_IO_WRITE_COMPRESSED;
typedef BOOLEAN NTAPI FAST_IO_MDL_READ_COMPLETE_COMPRESSED(struct _FILE_OBJECT *, PMDL,
                                                           struct _DEVICE_OBJECT *);
typedef FAST_IO_MDL_READ_COMPLETE_COMPRESSED *PFAST_IO_MDL_READ_COMPLETE_COMPRESSED;
typedef BOOLEAN NTAPI FAST_IO_MDL_WRITE_COMPLETE_COMPRESSED(struct _FILE_OBJECT *, PLARGE_INTEGER,
                                                            PMDL, struct _DEVICE_OBJECT *);
typedef FAST_IO_MDL_WRITE_COMPLETE_COMPRESSED *PFAST_IO_MDL_WRITE_COMPLETE_COMPRESSED;
typedef BOOLEAN NTAPI FAST_IO_QUERY_OPEN(struct _IRP *, PFILE_NETWORK_OPEN_INFORMATION,
                                         struct _DEVICE_OBJECT *);
typedef FAST_IO_QUERY_OPEN *PFAST_IO_QUERY_OPEN;
typedef NTSTATUS NTAPI FAST_IO_RELEASE_FOR_MOD_WRITE(struct _FILE_OBJECT *, struct _ERESOURCE *,
                                                     struct _DEVICE_OBJECT *);
typedef FAST_IO_RELEASE_FOR_MOD_WRITE *PFAST_IO_RELEASE_FOR_MOD_WRITE;
typedef NTSTATUS NTAPI FAST_IO_ACQUIRE_FOR_CCFLUSH(struct _FILE_OBJECT *, struct _DEVICE_OBJECT *);
typedef FAST_IO_ACQUIRE_FOR_CCFLUSH *PFAST_IO_ACQUIRE_FOR_CCFLUSH;
typedef NTSTATUS NTAPI FAST_IO_RELEASE_FOR_CCFLUSH(struct _FILE_OBJECT *, struct _DEVICE_OBJECT *);
typedef FAST_IO_RELEASE_FOR_CCFLUSH *PFAST_IO_RELEASE_FOR_CCFLUSH;

typedef struct _FAST_IO_DISPATCH {
    ULONG SizeOfFastIoDispatch;
    PFAST_IO_CHECK_IF_POSSIBLE FastIoCheckIfPossible;
    PFAST_IO_READ FastIoRead;
    PFAST_IO_WRITE FastIoWrite;
    PFAST_IO_QUERY_BASIC_INFO FastIoQueryBasicInfo;
    PFAST_IO_QUERY_STANDARD_INFO FastIoQueryStandardInfo;
    PFAST_IO_LOCK FastIoLock;
    PFAST_IO_UNLOCK_SINGLE FastIoUnlockSingle;
    PFAST_IO_UNLOCK_ALL FastIoUnlockAll;
    PFAST_IO_UNLOCK_ALL_BY_KEY FastIoUnlockAllByKey;
    PFAST_IO_DEVICE_CONTROL FastIoDeviceControl;
    PFAST_IO_ACQUIRE_FILE AcquireFileForNtCreateSection;
    PFAST_IO_RELEASE_FILE ReleaseFileForNtCreateSection;
    PFAST_IO_DETACH_DEVICE FastIoDetachDevice;
    PFAST_IO_QUERY_NETWORK_OPEN_INFO FastIoQueryNetworkOpenInfo;
    PFAST_IO_ACQUIRE_FOR_MOD_WRITE AcquireForModWrite;
    PFAST_IO_MDL_READ MdlRead;
    PFAST_IO_MDL_READ_COMPLETE MdlReadComplete;
    PFAST_IO_PREPARE_MDL_WRITE PrepareMdlWrite;
    PFAST_IO_MDL_WRITE_COMPLETE MdlWriteComplete;
    PFAST_IO_READ_COMPRESSED FastIoReadCompressed;
    PFAST_IO_WRITE_COMPRESSED FastIoWriteCompressed;
    PFAST_IO_MDL_READ_COMPLETE_COMPRESSED MdlReadCompleteCompressed;
    PFAST_IO_MDL_WRITE_COMPLETE_COMPRESSED MdlWriteCompleteCompressed;
    PFAST_IO_QUERY_OPEN FastIoQueryOpen;
    PFAST_IO_RELEASE_FOR_MOD_WRITE ReleaseForModWrite;
    PFAST_IO_ACQUIRE_FOR_CCFLUSH AcquireForCcFlush;
    PFAST_IO_RELEASE_FOR_CCFLUSH ReleaseForCcFlush;
} FAST_IO_DISPATCH, *PFAST_IO_DISPATCH;

/* ---- Objects --------------------------------------------------------------------------------- */

typedef struct _WAIT_CONTEXT_BLOCK {
    union {
        KDEVICE_QUEUE_ENTRY WaitQueueEntry;
        struct {
            LIST_ENTRY DmaWaitEntry;
            ULONG NumberOfChannels;
            ULONG SyncCallback : 1;
            ULONG DmaContext : 1;
            ULONG ZeroMapRegisters : 1;
            ULONG Reserved : 9;
            ULONG NumberOfRemapPages : 20;
        };
    };
    PDRIVER_CONTROL DeviceRoutine;
    PVOID DeviceContext;
    ULONG NumberOfMapRegisters;
    PVOID DeviceObject;
    PVOID CurrentIrp;
    PKDPC BufferChainingDpc;
} WAIT_CONTEXT_BLOCK, *PWAIT_CONTEXT_BLOCK;

typedef struct DECLSPEC_ALIGN(16) _DEVICE_OBJECT {
    CSHORT Type;
    USHORT Size;
    LONG ReferenceCount;
    struct _DRIVER_OBJECT *DriverObject;
    struct _DEVICE_OBJECT *NextDevice;
    struct _DEVICE_OBJECT *AttachedDevice;
    struct _IRP *CurrentIrp;
    PIO_TIMER Timer;
    ULONG Flags;
    ULONG Characteristics;
    PVPB Vpb;
    PVOID DeviceExtension;
    ULONG DeviceType;
    CCHAR StackSize;
    union {
        LIST_ENTRY ListEntry;
        WAIT_CONTEXT_BLOCK Wcb;
    } Queue;
    ULONG AlignmentRequirement;
    KDEVICE_QUEUE DeviceQueue;
    KDPC Dpc;
    ULONG ActiveThreadCount;
    PSECURITY_DESCRIPTOR SecurityDescriptor;
    KEVENT DeviceLock;
    USHORT SectorSize;
    USHORT Spare1;
    struct _DEVOBJ_EXTENSION *DeviceObjectExtension;
    PVOID Reserved;
} DEVICE_OBJECT, *PDEVICE_OBJECT;

typedef struct _DEVOBJ_EXTENSION {
    CSHORT Type;
    USHORT Size;
    PDEVICE_OBJECT DeviceObject;
    ULONG PowerFlags;
    struct _DEVICE_OBJECT_POWER_EXTENSION *Dope;
    ULONG ExtensionFlags;
    PVOID DeviceNode;
    PDEVICE_OBJECT AttachedTo;
    LONG StartIoCount;
    LONG StartIoKey;
    ULONG StartIoFlags;
    PVPB Vpb;
    PVOID DependencyNode;
    PVOID InterruptContext;
    LONG InterruptCount;
    PVOID VerifierContext;
} DEVOBJ_EXTENSION, *PDEVOBJ_EXTENSION;

typedef struct _DRIVER_EXTENSION {
    struct _DRIVER_OBJECT *DriverObject;
    PDRIVER_ADD_DEVICE AddDevice;
    ULONG Count;
    UNICODE_STRING ServiceKeyName;
} DRIVER_EXTENSION, *PDRIVER_EXTENSION;

typedef struct _DRIVER_OBJECT {
    CSHORT Type;
    CSHORT Size;
    PDEVICE_OBJECT DeviceObject;
    ULONG Flags;
    PVOID DriverStart;
    ULONG DriverSize;
    PVOID DriverSection;
    PDRIVER_EXTENSION DriverExtension;
    UNICODE_STRING DriverName;
    PUNICODE_STRING HardwareDatabase;
    PFAST_IO_DISPATCH FastIoDispatch;
    PDRIVER_INITIALIZE DriverInit;
    PDRIVER_STARTIO DriverStartIo;
    PDRIVER_UNLOAD DriverUnload;
    PDRIVER_DISPATCH MajorFunction[28];
} DRIVER_OBJECT, *PDRIVER_OBJECT;

typedef struct _FILE_OBJECT {
    CSHORT Type;
    CSHORT Size;
    PDEVICE_OBJECT DeviceObject;
    PVPB Vpb;
    PVOID FsContext;
    PVOID FsContext2;
    PSECTION_OBJECT_POINTERS SectionObjectPointer;
    PVOID PrivateCacheMap;
    NTSTATUS FinalStatus;
    struct _FILE_OBJECT *RelatedFileObject;
    BOOLEAN LockOperation;
    BOOLEAN DeletePending;
    BOOLEAN ReadAccess;
    BOOLEAN WriteAccess;
    BOOLEAN DeleteAccess;
    BOOLEAN SharedRead;
    BOOLEAN SharedWrite;
    BOOLEAN SharedDelete;
    ULONG Flags;
    UNICODE_STRING FileName;
    LARGE_INTEGER CurrentByteOffset;
    ULONG Waiters;
    ULONG Busy;
    PVOID LastLock;
    KEVENT Lock;
    KEVENT Event;
    PIO_COMPLETION_CONTEXT CompletionContext;
    KSPIN_LOCK IrpListLock;
    LIST_ENTRY IrpList;
    PVOID FileObjectExtension;
} FILE_OBJECT, *PFILE_OBJECT;

/* ---- Power and device terms in stack locations ----------------------------------------------- */

typedef enum _SYSTEM_POWER_STATE {
    PowerSystemUnspecified,
    PowerSystemWorking,
    PowerSystemSleeping1,
    PowerSystemSleeping2,
    PowerSystemSleeping3,
    PowerSystemHibernate,
    PowerSystemShutdown,
    PowerSystemMaximum,
} SYSTEM_POWER_STATE,
    *PSYSTEM_POWER_STATE;

typedef enum _DEVICE_POWER_STATE {
    PowerDeviceUnspecified,
    PowerDeviceD0,
    PowerDeviceD1,
    PowerDeviceD2,
    PowerDeviceD3,
    PowerDeviceMaximum,
} DEVICE_POWER_STATE,
    *PDEVICE_POWER_STATE;

typedef union _POWER_STATE {
    SYSTEM_POWER_STATE SystemState;
    DEVICE_POWER_STATE DeviceState;
} POWER_STATE, *PPOWER_STATE;

typedef enum _POWER_STATE_TYPE {
    SystemPowerState,
    DevicePowerState,
} POWER_STATE_TYPE,
    *PPOWER_STATE_TYPE;

typedef enum {
    PowerActionNone,
    PowerActionReserved,
    PowerActionSleep,
    PowerActionHibernate,
    PowerActionShutdown,
    PowerActionShutdownReset,
    PowerActionShutdownOff,
    PowerActionWarmEject,
    PowerActionDisplayOff,
} POWER_ACTION,
    *PPOWER_ACTION;

typedef struct _SYSTEM_POWER_STATE_CONTEXT {
    union {
        struct {
            ULONG Reserved1 : 8;
            ULONG TargetSystemState : 4;
            ULONG EffectiveSystemState : 4;
            ULONG CurrentSystemState : 4;
            ULONG IgnoreHibernationPath : 1;
            ULONG PseudoTransition : 1;
            ULONG KernelSoftReboot : 1;
            ULONG DirectedDripsTransition : 1;
            ULONG Reserved2 : 8;
        };
        ULONG ContextAsUlong;
    };
} SYSTEM_POWER_STATE_CONTEXT, *PSYSTEM_POWER_STATE_CONTEXT;

typedef enum _DEVICE_RELATION_TYPE {
    BusRelations,
    EjectionRelations,
    PowerRelations,
    RemovalRelations,
    TargetDeviceRelation,
    SingleBusRelations,
    TransportRelations,
} DEVICE_RELATION_TYPE,
    *PDEVICE_RELATION_TYPE;

typedef enum _DEVICE_USAGE_NOTIFICATION_TYPE {
    DeviceUsageTypeUndefined,
    DeviceUsageTypePaging,
    DeviceUsageTypeHibernation,
    DeviceUsageTypeDumpFile,
    DeviceUsageTypeBoot,
    DeviceUsageTypePostDisplay,
    DeviceUsageTypeGuestAssigned,
} DEVICE_USAGE_NOTIFICATION_TYPE;

typedef enum {
    BusQueryDeviceID,
    BusQueryHardwareIDs,
    BusQueryCompatibleIDs,
    BusQueryInstanceID,
    BusQueryDeviceSerialNumber,
    BusQueryContainerID,
} BUS_QUERY_ID_TYPE,
    *PBUS_QUERY_ID_TYPE;

typedef enum {
    DeviceTextDescription,
    DeviceTextLocationInformation,
} DEVICE_TEXT_TYPE,
    *PDEVICE_TEXT_TYPE;

/* ---- Requests -------------------------------------------------------------------------------- */

typedef struct _IO_STACK_LOCATION {
    UCHAR MajorFunction;
    UCHAR MinorFunction;
    UCHAR Flags;
    UCHAR Control;
    union {
        struct {
            PIO_SECURITY_CONTEXT SecurityContext;
            ULONG Options;
            USHORT POINTER_ALIGNMENT FileAttributes;
            USHORT ShareAccess;
            ULONG POINTER_ALIGNMENT EaLength;
        } Create;
        struct {
            PIO_SECURITY_CONTEXT SecurityContext;
            ULONG Options;
            USHORT POINTER_ALIGNMENT Reserved;
            USHORT ShareAccess;
            PNAMED_PIPE_CREATE_PARAMETERS Parameters;
        } CreatePipe;
        struct {
            PIO_SECURITY_CONTEXT SecurityContext;
            ULONG Options;
            USHORT POINTER_ALIGNMENT Reserved;
            USHORT ShareAccess;
            PMAILSLOT_CREATE_PARAMETERS Parameters;
        } CreateMailslot;
        struct {
            ULONG Length;
            ULONG POINTER_ALIGNMENT Key;
            ULONG Flags;
            LARGE_INTEGER ByteOffset;
        } Read;
        struct {
            ULONG Length;
            ULONG POINTER_ALIGNMENT Key;
            ULONG Flags;
            LARGE_INTEGER ByteOffset;
        } Write;
        struct {
            ULONG Length;
            PUNICODE_STRING FileName;
            FILE_INFORMATION_CLASS FileInformationClass;
            ULONG POINTER_ALIGNMENT FileIndex;
        } QueryDirectory;
        struct {
            ULONG Length;
            ULONG POINTER_ALIGNMENT CompletionFilter;
        } NotifyDirectory;
        struct {
            ULONG Length;
            ULONG POINTER_ALIGNMENT CompletionFilter;
            DIRECTORY_NOTIFY_INFORMATION_CLASS POINTER_ALIGNMENT DirectoryNotifyInformationClass;
        } NotifyDirectoryEx;
        struct {
            ULONG Length;
            FILE_INFORMATION_CLASS POINTER_ALIGNMENT FileInformationClass;
        } QueryFile;
        struct {
            ULONG Length;
            FILE_INFORMATION_CLASS POINTER_ALIGNMENT FileInformationClass;
            PFILE_OBJECT FileObject;
            union {
                struct {
                    BOOLEAN ReplaceIfExists;
                    BOOLEAN AdvanceOnly;
                };
                ULONG ClusterCount;
                HANDLE DeleteHandle;
            };
        } SetFile;
        struct {
            ULONG Length;
            PVOID EaList;
            ULONG EaListLength;
            ULONG POINTER_ALIGNMENT EaIndex;
        } QueryEa;
        struct {
            ULONG Length;
        } SetEa;
        struct {
            ULONG Length;
            FS_INFORMATION_CLASS POINTER_ALIGNMENT FsInformationClass;
        } QueryVolume;
        struct {
            ULONG Length;
            FS_INFORMATION_CLASS POINTER_ALIGNMENT FsInformationClass;
        } SetVolume;
        struct {
            ULONG OutputBufferLength;
            ULONG POINTER_ALIGNMENT InputBufferLength;
            ULONG POINTER_ALIGNMENT FsControlCode;
            PVOID Type3InputBuffer;
        } FileSystemControl;
        struct {
            PLARGE_INTEGER Length;
            ULONG Key;
            LARGE_INTEGER ByteOffset;
        } LockControl;
        struct {
            ULONG OutputBufferLength;
            ULONG POINTER_ALIGNMENT InputBufferLength;
            ULONG POINTER_ALIGNMENT IoControlCode;
            PVOID Type3InputBuffer;
        } DeviceIoControl;
        struct {
            SECURITY_INFORMATION SecurityInformation;
            ULONG POINTER_ALIGNMENT Length;
        } QuerySecurity;
        struct {
            SECURITY_INFORMATION SecurityInformation;
            PSECURITY_DESCRIPTOR SecurityDescriptor;
        } SetSecurity;
        struct {
            PVPB Vpb;
            PDEVICE_OBJECT DeviceObject;
        } MountVolume;
        struct {
            PVPB Vpb;
            PDEVICE_OBJECT DeviceObject;
        } VerifyVolume;
        struct {
            struct _SCSI_REQUEST_BLOCK *Srb;
        } Scsi;
        struct {
            ULONG Length;
            PSID StartSid;
            PFILE_GET_QUOTA_INFORMATION SidList;
            ULONG SidListLength;
        } QueryQuota;
        struct {
            ULONG Length;
        } SetQuota;
        struct {
            DEVICE_RELATION_TYPE Type;
        } QueryDeviceRelations;
        struct {
            const GUID *InterfaceType;
            USHORT Size;
            USHORT Version;
            PINTERFACE Interface;
            PVOID InterfaceSpecificData;
        } QueryInterface;
        struct {
            PDEVICE_CAPABILITIES Capabilities;
        } DeviceCapabilities;
        struct {
            PIO_RESOURCE_REQUIREMENTS_LIST IoResourceRequirementList;
        } FilterResourceRequirements;
        struct {
            ULONG WhichSpace;
            PVOID Buffer;
            ULONG Offset;
            ULONG POINTER_ALIGNMENT Length;
        } ReadWriteConfig;
        struct {
            BOOLEAN Lock;
        } SetLock;
        struct {
            BUS_QUERY_ID_TYPE IdType;
        } QueryId;
        struct {
            DEVICE_TEXT_TYPE DeviceTextType;
            LCID POINTER_ALIGNMENT LocaleId;
        } QueryDeviceText;
        struct {
            BOOLEAN InPath;
            BOOLEAN Reserved[3];
            DEVICE_USAGE_NOTIFICATION_TYPE POINTER_ALIGNMENT Type;
        } UsageNotification;
        struct {
            SYSTEM_POWER_STATE PowerState;
        } WaitWake;
        struct {
            PPOWER_SEQUENCE PowerSequence;
        } PowerSequence;
        struct {
            union {
                ULONG SystemContext;
                SYSTEM_POWER_STATE_CONTEXT SystemPowerStateContext;
            };
            POWER_STATE_TYPE POINTER_ALIGNMENT Type;
            POWER_STATE POINTER_ALIGNMENT State;
            POWER_ACTION POINTER_ALIGNMENT ShutdownType;
        } Power;
        struct {
            PCM_RESOURCE_LIST AllocatedResources;
            PCM_RESOURCE_LIST AllocatedResourcesTranslated;
        } StartDevice;
        struct {
            ULONG_PTR ProviderId;
            PVOID DataPath;
            ULONG BufferSize;
            PVOID Buffer;
        } WMI;
        struct {
            PVOID Argument1;
            PVOID Argument2;
            PVOID Argument3;
            PVOID Argument4;
        } Others;
    } Parameters;
    PDEVICE_OBJECT DeviceObject;
    PFILE_OBJECT FileObject;
    PIO_COMPLETION_ROUTINE CompletionRoutine;
    PVOID Context;
} IO_STACK_LOCATION, *PIO_STACK_LOCATION;

typedef struct DECLSPEC_ALIGN(16) _IRP {
    CSHORT Type;
    USHORT Size;
    PMDL MdlAddress;
    ULONG Flags;
    union {
        struct _IRP *MasterIrp;
        LONG IrpCount;
        PVOID SystemBuffer;
    } AssociatedIrp;
    LIST_ENTRY ThreadListEntry;
    IO_STATUS_BLOCK IoStatus;
    KPROCESSOR_MODE RequestorMode;
    BOOLEAN PendingReturned;
    CHAR StackCount;
    CHAR CurrentLocation;
    BOOLEAN Cancel;
    KIRQL CancelIrql;
    CCHAR ApcEnvironment;
    UCHAR AllocationFlags;
    union {
        PIO_STATUS_BLOCK UserIosb;
        PVOID IoRingContext;
    };
    PKEVENT UserEvent;
    union {
        struct {
            union {
                PIO_APC_ROUTINE UserApcRoutine;
                PVOID IssuingProcess;
            };
            union {
                PVOID UserApcContext;
                struct _IORING_OBJECT *IoRing;
            };
        } AsynchronousParameters;
        LARGE_INTEGER AllocationSize;
    } Overlay;
    PDRIVER_CANCEL CancelRoutine;
    PVOID UserBuffer;
    union {
        struct {
            union {
                KDEVICE_QUEUE_ENTRY DeviceQueueEntry;
                PVOID DriverContext[4];
            };
            PETHREAD Thread;
            PCHAR AuxiliaryBuffer;
            LIST_ENTRY ListEntry;
            union {
                struct _IO_STACK_LOCATION *CurrentStackLocation;
                ULONG PacketType;
            };
            PFILE_OBJECT OriginalFileObject;
        } Overlay;
        KAPC Apc;
        PVOID CompletionKey;
    } Tail;
} IRP, *PIRP;

#define IoGetCurrentIrpStackLocation(Irp) ((Irp)->Tail.Overlay.CurrentStackLocation)
#define IoGetNextIrpStackLocation(Irp)    ((Irp)->Tail.Overlay.CurrentStackLocation - 1)
#define IoSizeOfIrp(StackSize)            ((USHORT)(sizeof(IRP) + ((StackSize) * (sizeof(IO_STACK_LOCATION)))))

FORCEINLINE VOID IoSkipCurrentIrpStackLocation(PIRP Irp)
{
    Irp->CurrentLocation++;
    Irp->Tail.Overlay.CurrentStackLocation++;
}

FORCEINLINE VOID IoSetNextIrpStackLocation(PIRP Irp)
{
    Irp->CurrentLocation--;
    Irp->Tail.Overlay.CurrentStackLocation--;
}

/* All but the completion routine and its context. */
FORCEINLINE VOID IoCopyCurrentIrpStackLocationToNext(PIRP Irp)
{
    PIO_STACK_LOCATION Next = IoGetNextIrpStackLocation(Irp);

    RtlCopyMemory(Next, IoGetCurrentIrpStackLocation(Irp),
                  FIELD_OFFSET(IO_STACK_LOCATION, CompletionRoutine));
    Next->Control = 0;
}

FORCEINLINE VOID IoMarkIrpPending(PIRP Irp)
{
    IoGetCurrentIrpStackLocation(Irp)->Control |= SL_PENDING_RETURNED;
}

FORCEINLINE VOID IoSetCompletionRoutine(PIRP Irp, PIO_COMPLETION_ROUTINE CompletionRoutine,
                                        PVOID Context, BOOLEAN InvokeOnSuccess,
                                        BOOLEAN InvokeOnError, BOOLEAN InvokeOnCancel)
{
    PIO_STACK_LOCATION Next = IoGetNextIrpStackLocation(Irp);

    Next->CompletionRoutine = CompletionRoutine;
    Next->Context = Context;
    Next->Control = (UCHAR)((InvokeOnSuccess ? SL_INVOKE_ON_SUCCESS : 0) |
                            (InvokeOnError ? SL_INVOKE_ON_ERROR : 0) |
                            (InvokeOnCancel ? SL_INVOKE_ON_CANCEL : 0));
}

#define IoSetCancelRoutine(Irp, Routine)                                                           \
    ((PDRIVER_CANCEL)(ULONG_PTR)InterlockedExchangePointer((PVOID *)&(Irp)->CancelRoutine,         \
                                                           (PVOID)(ULONG_PTR)(Routine)))
#define IoIsErrorUserInduced(Status)                                                               \
    ((BOOLEAN)(((Status) == STATUS_DEVICE_NOT_READY) || ((Status) == STATUS_IO_TIMEOUT) ||         \
               ((Status) == STATUS_MEDIA_WRITE_PROTECTED) ||                                       \
               ((Status) == STATUS_NO_MEDIA_IN_DEVICE) || ((Status) == STATUS_VERIFY_REQUIRED) ||  \
               ((Status) == STATUS_UNRECOGNIZED_MEDIA) || ((Status) == STATUS_WRONG_VOLUME)))

NTKERNELAPI NTSTATUS NTAPI IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp);
NTKERNELAPI VOID NTAPI IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost);
#define IoCallDriver(DeviceObject, Irp)       IofCallDriver(DeviceObject, Irp)
#define IoCompleteRequest(Irp, PriorityBoost) IofCompleteRequest(Irp, PriorityBoost)
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PIRP NTAPI
    IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI IoFreeIrp(PIRP Irp);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI
    IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI IoReuseIrp(PIRP Irp, NTSTATUS Iostatus);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI BOOLEAN NTAPI IoCancelIrp(PIRP Irp);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI PIRP NTAPI
    IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject,
                                  PVOID InputBuffer, ULONG InputBufferLength, PVOID OutputBuffer,
                                  ULONG OutputBufferLength, BOOLEAN InternalDeviceIoControl,
                                  PKEVENT Event, PIO_STATUS_BLOCK IoStatusBlock);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI PIRP NTAPI
    IoBuildSynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer,
                                 ULONG Length, PLARGE_INTEGER StartingOffset, PKEVENT Event,
                                 PIO_STATUS_BLOCK IoStatusBlock);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI PIRP NTAPI
    IoBuildAsynchronousFsdRequest(ULONG MajorFunction, PDEVICE_OBJECT DeviceObject, PVOID Buffer,
                                  ULONG Length, PLARGE_INTEGER StartingOffset,
                                  PIO_STATUS_BLOCK IoStatusBlock);

NTKERNELAPI IO_PRIORITY_HINT NTAPI IoGetIoPriorityHint(PIRP Irp);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI BOOLEAN NTAPI IoIs32bitProcess(PIRP Irp);
NTKERNELAPI BOOLEAN NTAPI IoIsOperationSynchronous(PIRP Irp);

/* ---- Devices and drivers --------------------------------------------------------------------- */

_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                   PUNICODE_STRING DeviceName, ULONG DeviceType, ULONG DeviceCharacteristics,
                   BOOLEAN Exclusive, PDEVICE_OBJECT *DeviceObject);
_IRQL_requires_max_(APC_LEVEL) NTKERNELAPI void NTAPI IoDeleteDevice(PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoCreateUnprotectedSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoGetDeviceObjectPointer(PUNICODE_STRING ObjectName, ACCESS_MASK DesiredAccess,
                             PFILE_OBJECT *FileObject, PDEVICE_OBJECT *DeviceObject);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoAttachDevice(PDEVICE_OBJECT SourceDevice, PUNICODE_STRING TargetDevice,
                   PDEVICE_OBJECT *AttachedDevice);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PDEVICE_OBJECT NTAPI
    IoAttachDeviceToDeviceStack(PDEVICE_OBJECT SourceDevice, PDEVICE_OBJECT TargetDevice);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoAttachDeviceToDeviceStackSafe(PDEVICE_OBJECT SourceDevice, PDEVICE_OBJECT TargetDevice,
                                    PDEVICE_OBJECT *AttachedToDeviceObject);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    IoDetachDevice(PDEVICE_OBJECT TargetDevice);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PDEVICE_OBJECT NTAPI
    IoGetAttachedDeviceReference(PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PDEVICE_OBJECT NTAPI
    IoGetRelatedDeviceObject(PFILE_OBJECT FileObject);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoRegisterShutdownNotification(PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    IoUnregisterShutdownNotification(PDEVICE_OBJECT DeviceObject);
NTKERNELAPI void NTAPI IoGetStackLimits(PULONG_PTR LowLimit, PULONG_PTR HighLimit);
NTKERNELAPI ULONG_PTR NTAPI IoGetRemainingStackSize(void);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoAllocateDriverObjectExtension(PDRIVER_OBJECT DriverObject, PVOID ClientIdentificationAddress,
                                    ULONG DriverObjectExtensionSize, PVOID *DriverObjectExtension);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PVOID NTAPI
    IoGetDriverObjectExtension(PDRIVER_OBJECT DriverObject, PVOID ClientIdentificationAddress);

extern POBJECT_TYPE *IoFileObjectType;

/* ---- Work items ------------------------------------------------------------------------------ */

_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PIO_WORKITEM NTAPI
    IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI IoFreeWorkItem(PIO_WORKITEM IoWorkItem);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI
    IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                    WORK_QUEUE_TYPE QueueType, PVOID Context);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI
    IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                      WORK_QUEUE_TYPE QueueType, PVOID Context);
NTKERNELAPI void NTAPI IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem);
NTKERNELAPI void NTAPI IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem);
NTKERNELAPI ULONG NTAPI IoSizeofWorkItem(void);

/* ---- Files ----------------------------------------------------------------------------------- */

typedef enum _CREATE_FILE_TYPE {
    CreateFileTypeNone,
    CreateFileTypeNamedPipe,
    CreateFileTypeMailslot,
} CREATE_FILE_TYPE;

#define IO_FORCE_ACCESS_CHECK        0x1
#define IO_NO_PARAMETER_CHECKING     0x100
#define IO_IGNORE_SHARE_ACCESS_CHECK 0x800
#define IO_OPEN_TARGET_DIRECTORY     0x4
#define IO_STOP_ON_SYMLINK           0x8
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess, POBJECT_ATTRIBUTES ObjectAttributes,
                 PIO_STATUS_BLOCK IoStatusBlock, PLARGE_INTEGER AllocationSize,
                 ULONG FileAttributes, ULONG ShareAccess, ULONG Disposition, ULONG CreateOptions,
                 PVOID EaBuffer, ULONG EaLength, CREATE_FILE_TYPE CreateFileType,
                 PVOID InternalParameters, ULONG Options);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI PGENERIC_MAPPING NTAPI
    IoGetFileObjectGenericMapping(void);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    IoCheckShareAccess(ACCESS_MASK DesiredAccess, ULONG DesiredShareAccess, PFILE_OBJECT FileObject,
                       PSHARE_ACCESS ShareAccess, BOOLEAN Update);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    IoSetShareAccess(ACCESS_MASK DesiredAccess, ULONG DesiredShareAccess, PFILE_OBJECT FileObject,
                     PSHARE_ACCESS ShareAccess);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    IoRemoveShareAccess(PFILE_OBJECT FileObject, PSHARE_ACCESS ShareAccess);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    IoUpdateShareAccess(PFILE_OBJECT FileObject, PSHARE_ACCESS ShareAccess);
NTKERNELAPI NTSTATUS NTAPI IoCheckDesiredAccess(PACCESS_MASK DesiredAccess,
                                                ACCESS_MASK GrantedAccess);
NTKERNELAPI BOOLEAN NTAPI IoIsFileOriginRemote(PFILE_OBJECT FileObject);

/* ---- Memory descriptor lists ----------------------------------------------------------------- */

typedef struct _MDL {
    struct _MDL *Next;
    CSHORT Size;
    CSHORT MdlFlags;
    struct _EPROCESS *Process;
    PVOID MappedSystemVa;
    PVOID StartVa;
    ULONG ByteCount;
    ULONG ByteOffset;
} MDL, *PMDL;

#define MDL_MAPPED_TO_SYSTEM_VA     0x1
#define MDL_PAGES_LOCKED            0x2
#define MDL_SOURCE_IS_NONPAGED_POOL 0x4
#define MDL_ALLOCATED_FIXED_SIZE    0x8
#define MDL_PARTIAL                 0x10
#define MDL_PARTIAL_HAS_BEEN_MAPPED 0x20
#define MDL_IO_PAGE_READ            0x40
#define MDL_WRITE_OPERATION         0x80
#define MDL_IO_SPACE                0x800
#define MDL_MAPPING_CAN_FAIL        0x2000
typedef enum _MM_PAGE_PRIORITY {
    LowPagePriority,
    NormalPagePriority = 16,
    HighPagePriority = 32,
} MM_PAGE_PRIORITY;

typedef enum _LOCK_OPERATION {
    IoReadAccess,
    IoWriteAccess,
    IoModifyAccess,
} LOCK_OPERATION;

typedef enum {
    MmNonCached,
    MmCached,
    MmWriteCombined,
    MmHardwareCoherentCached,
    MmNonCachedUnordered,
    MmUSWCCached,
    MmMaximumCacheType,
    MmNotMapped = -1,
} MEMORY_CACHING_TYPE;

#define MdlMappingNoWrite   0x80000000
#define MdlMappingNoExecute 0x40000000
typedef ULONG_PTR PFN_NUMBER, *PPFN_NUMBER;
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI PMDL NTAPI
    IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer, BOOLEAN ChargeQuota,
                  PIRP Irp);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI IoFreeMdl(PMDL Mdl);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI
    IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI
    MmBuildMdlForNonPagedPool(PMDL MemoryDescriptorList);
NTKERNELAPI void NTAPI MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                                           LOCK_OPERATION Operation);
_IRQL_requires_max_(DISPATCH_LEVEL) NTKERNELAPI void NTAPI MmUnlockPages(PMDL MemoryDescriptorList);
NTKERNELAPI PVOID NTAPI MmMapLockedPagesSpecifyCache(PMDL MemoryDescriptorList,
                                                     KPROCESSOR_MODE AccessMode,
                                                     MEMORY_CACHING_TYPE CacheType,
                                                     PVOID RequestedAddress,
                                                     ULONG BugCheckOnFailure, ULONG Priority);
NTKERNELAPI void NTAPI MmUnmapLockedPages(PVOID BaseAddress, PMDL MemoryDescriptorList);
NTKERNELAPI SIZE_T NTAPI MmSizeOfMdl(PVOID Base, SIZE_T Length);
#define MmGetMdlVirtualAddress(Mdl) ((PVOID)((PCHAR)((Mdl)->StartVa) + (Mdl)->ByteOffset))
#define MmGetMdlByteCount(Mdl)      ((Mdl)->ByteCount)
#define MmGetMdlByteOffset(Mdl)     ((Mdl)->ByteOffset)
#define MmGetMdlPfnArray(Mdl)       ((PPFN_NUMBER)((Mdl) + 1))

FORCEINLINE PVOID MmGetSystemAddressForMdlSafe(PMDL Mdl, ULONG Priority)
{
    if (Mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL))
        return Mdl->MappedSystemVa;
    return MmMapLockedPagesSpecifyCache(Mdl, KernelMode, MmCached, NULL, FALSE, Priority);
}

#ifdef __cplusplus
}
#endif

#endif
