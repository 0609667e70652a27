/*
 * Files as requests speak of them: access, options, attributes, information classes and their
 * records, file system control codes.
 */
#ifndef NT_WDM_FILE_H
#define NT_WDM_FILE_H

#include "wdm_rtl.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Access ---------------------------------------------------------------------------------- */

#define FILE_READ_DATA                            0x1
#define FILE_LIST_DIRECTORY                       0x1
#define FILE_WRITE_DATA                           0x2
#define FILE_ADD_FILE                             0x2
#define FILE_APPEND_DATA                          0x4
#define FILE_ADD_SUBDIRECTORY                     0x4
#define FILE_CREATE_PIPE_INSTANCE                 0x4
#define FILE_READ_EA                              0x8
#define FILE_WRITE_EA                             0x10
#define FILE_EXECUTE                              0x20
#define FILE_TRAVERSE                             0x20
#define FILE_DELETE_CHILD                         0x40
#define FILE_READ_ATTRIBUTES                      0x80
#define FILE_WRITE_ATTRIBUTES                     0x100
#define FILE_ALL_ACCESS                           0x1F01FF
#define FILE_GENERIC_READ                         0x120089
#define FILE_GENERIC_WRITE                        0x120116
#define FILE_GENERIC_EXECUTE                      0x1200A0

#define FILE_SHARE_READ                           0x1
#define FILE_SHARE_WRITE                          0x2
#define FILE_SHARE_DELETE                         0x4
#define FILE_SHARE_VALID_FLAGS                    0x7

/* ---- Dispositions, options, attributes, results ---------------------------------------------- */

#define FILE_SUPERSEDE                            0x0
#define FILE_OPEN                                 0x1
#define FILE_CREATE                               0x2
#define FILE_OPEN_IF                              0x3
#define FILE_OVERWRITE                            0x4
#define FILE_OVERWRITE_IF                         0x5
#define FILE_MAXIMUM_DISPOSITION                  0x5

#define FILE_DIRECTORY_FILE                       0x1
#define FILE_WRITE_THROUGH                        0x2
#define FILE_SEQUENTIAL_ONLY                      0x4
#define FILE_NO_INTERMEDIATE_BUFFERING            0x8
#define FILE_SYNCHRONOUS_IO_ALERT                 0x10
#define FILE_SYNCHRONOUS_IO_NONALERT              0x20
#define FILE_NON_DIRECTORY_FILE                   0x40
#define FILE_CREATE_TREE_CONNECTION               0x80
#define FILE_COMPLETE_IF_OPLOCKED                 0x100
#define FILE_NO_EA_KNOWLEDGE                      0x200
#define FILE_OPEN_REMOTE_INSTANCE                 0x400
#define FILE_RANDOM_ACCESS                        0x800
#define FILE_DELETE_ON_CLOSE                      0x1000
#define FILE_OPEN_BY_FILE_ID                      0x2000
#define FILE_OPEN_FOR_BACKUP_INTENT               0x4000
#define FILE_NO_COMPRESSION                       0x8000
#define FILE_OPEN_REQUIRING_OPLOCK                0x10000
#define FILE_DISALLOW_EXCLUSIVE                   0x20000
#define FILE_SESSION_AWARE                        0x40000
#define FILE_RESERVE_OPFILTER                     0x100000
#define FILE_OPEN_REPARSE_POINT                   0x200000
#define FILE_OPEN_NO_RECALL                       0x400000
#define FILE_OPEN_FOR_FREE_SPACE_QUERY            0x800000
#define FILE_VALID_OPTION_FLAGS                   0xFFFFFF
#define FILE_CONTAINS_EXTENDED_CREATE_INFORMATION 0x10000000

#define FILE_SUPERSEDED                           0x0
#define FILE_OPENED                               0x1
#define FILE_CREATED                              0x2
#define FILE_OVERWRITTEN                          0x3
#define FILE_EXISTS                               0x4
#define FILE_DOES_NOT_EXIST                       0x5

#define FILE_ATTRIBUTE_READONLY                   0x1
#define FILE_ATTRIBUTE_HIDDEN                     0x2
#define FILE_ATTRIBUTE_SYSTEM                     0x4
#define FILE_ATTRIBUTE_DIRECTORY                  0x10
#define FILE_ATTRIBUTE_ARCHIVE                    0x20
#define FILE_ATTRIBUTE_DEVICE                     0x40
#define FILE_ATTRIBUTE_NORMAL                     0x80
#define FILE_ATTRIBUTE_DEDICATED                  0x100
#define FILE_ATTRIBUTE_TEMPORARY                  0x100
#define FILE_ATTRIBUTE_SPARSE_FILE                0x200
#define FILE_ATTRIBUTE_REPARSE_POINT              0x400
#define FILE_ATTRIBUTE_COMPRESSED                 0x800
#define FILE_ATTRIBUTE_OFFLINE                    0x1000
#define FILE_ATTRIBUTE_NOT_CONTENT_INDEXED        0x2000
#define FILE_ATTRIBUTE_ENCRYPTED                  0x4000
#define FILE_ATTRIBUTE_INTEGRITY_STREAM           0x8000
#define FILE_ATTRIBUTE_VIRTUAL                    0x10000
#define FILE_ATTRIBUTE_NO_SCRUB_DATA              0x20000
#define FILE_ATTRIBUTE_EA                         0x40000
#define FILE_ATTRIBUTE_RECALL_ON_OPEN             0x40000
#define FILE_ATTRIBUTE_PINNED                     0x80000
#define FILE_ATTRIBUTE_UNPINNED                   0x100000
#define FILE_ATTRIBUTE_VALID_SET_FLAGS            0x1A31A7
#define FILE_ATTRIBUTE_RECALL_ON_DATA_ACCESS      0x400000
#define FILE_ATTRIBUTE_VALID_KERNEL_SET_FLAGS     0x5A31A7
#define FILE_ATTRIBUTE_VALID_FLAGS                0x5AFFB7
#define FILE_ATTRIBUTE_STRICTLY_SEQUENTIAL        0x20000000

#define FILE_USE_FILE_POINTER_POSITION            0xFFFFFFFE
#define FILE_WRITE_TO_END_OF_FILE                 0xFFFFFFFF
#define FILE_ACTION_ADDED                         0x1
#define FILE_NOTIFY_CHANGE_FILE_NAME              0x1
#define FILE_ACTION_REMOVED                       0x2
#define FILE_NOTIFY_CHANGE_DIR_NAME               0x2
#define FILE_ACTION_MODIFIED                      0x3
#define FILE_NOTIFY_CHANGE_NAME                   0x3
#define FILE_ACTION_RENAMED_OLD_NAME              0x4
#define FILE_NOTIFY_CHANGE_ATTRIBUTES             0x4
#define FILE_ACTION_RENAMED_NEW_NAME              0x5
#define FILE_ACTION_ADDED_STREAM                  0x6
#define FILE_ACTION_REMOVED_STREAM                0x7
#define FILE_ACTION_MODIFIED_STREAM               0x8
#define FILE_NOTIFY_CHANGE_SIZE                   0x8
#define FILE_ACTION_REMOVED_BY_DELETE             0x9
#define FILE_ACTION_ID_NOT_TUNNELLED              0xA
#define FILE_ACTION_TUNNELLED_ID_COLLISION        0xB
#define FILE_NOTIFY_CHANGE_LAST_WRITE             0x10
#define FILE_NOTIFY_CHANGE_LAST_ACCESS            0x20
#define FILE_NOTIFY_CHANGE_CREATION               0x40
#define FILE_NOTIFY_CHANGE_EA                     0x80
#define FILE_NOTIFY_CHANGE_SECURITY               0x100
#define FILE_NOTIFY_CHANGE_STREAM_NAME            0x200
#define FILE_NOTIFY_CHANGE_STREAM_SIZE            0x400
#define FILE_NOTIFY_CHANGE_STREAM_WRITE           0x800
#define FILE_NOTIFY_VALID_MASK                    0xFFF

/* ---- Devices --------------------------------------------------------------------------------- */

typedef ULONG DEVICE_TYPE;
#define FILE_DEVICE_BEEP                         0x1
#define FILE_DEVICE_CD_ROM                       0x2
#define FILE_DEVICE_CD_ROM_FILE_SYSTEM           0x3
#define FILE_DEVICE_CONTROLLER                   0x4
#define FILE_DEVICE_DATALINK                     0x5
#define FILE_DEVICE_DFS                          0x6
#define FILE_DEVICE_DISK                         0x7
#define FILE_DEVICE_DISK_FILE_SYSTEM             0x8
#define FILE_DEVICE_FILE_SYSTEM                  0x9
#define FILE_DEVICE_INPORT_PORT                  0xA
#define FILE_DEVICE_KEYBOARD                     0xB
#define FILE_DEVICE_MAILSLOT                     0xC
#define FILE_DEVICE_MIDI_IN                      0xD
#define FILE_DEVICE_MIDI_OUT                     0xE
#define FILE_DEVICE_MOUSE                        0xF
#define FILE_DEVICE_MULTI_UNC_PROVIDER           0x10
#define FILE_DEVICE_NAMED_PIPE                   0x11
#define FILE_DEVICE_NETWORK                      0x12
#define FILE_DEVICE_NETWORK_BROWSER              0x13
#define FILE_DEVICE_NETWORK_FILE_SYSTEM          0x14
#define FILE_DEVICE_NULL                         0x15
#define FILE_DEVICE_PARALLEL_PORT                0x16
#define FILE_DEVICE_PHYSICAL_NETCARD             0x17
#define FILE_DEVICE_PRINTER                      0x18
#define FILE_DEVICE_SCANNER                      0x19
#define FILE_DEVICE_SERIAL_MOUSE_PORT            0x1A
#define FILE_DEVICE_SERIAL_PORT                  0x1B
#define FILE_DEVICE_SCREEN                       0x1C
#define FILE_DEVICE_SOUND                        0x1D
#define FILE_DEVICE_STREAMS                      0x1E
#define FILE_DEVICE_TAPE                         0x1F
#define FILE_DEVICE_TAPE_FILE_SYSTEM             0x20
#define FILE_DEVICE_TRANSPORT                    0x21
#define FILE_DEVICE_UNKNOWN                      0x22
#define FILE_DEVICE_VIDEO                        0x23
#define FILE_DEVICE_VIRTUAL_DISK                 0x24
#define FILE_DEVICE_WAVE_IN                      0x25
#define FILE_DEVICE_WAVE_OUT                     0x26
#define FILE_DEVICE_8042_PORT                    0x27
#define FILE_DEVICE_NETWORK_REDIRECTOR           0x28
#define FILE_DEVICE_BATTERY                      0x29
#define FILE_DEVICE_BUS_EXTENDER                 0x2A
#define FILE_DEVICE_MODEM                        0x2B
#define FILE_DEVICE_VDM                          0x2C
#define FILE_DEVICE_MASS_STORAGE                 0x2D
#define FILE_DEVICE_SMB                          0x2E
#define FILE_DEVICE_KS                           0x2F
#define FILE_DEVICE_CHANGER                      0x30
#define FILE_DEVICE_SMARTCARD                    0x31
#define FILE_DEVICE_ACPI                         0x32
#define FILE_DEVICE_DVD                          0x33
#define FILE_DEVICE_FULLSCREEN_VIDEO             0x34
#define FILE_DEVICE_DFS_FILE_SYSTEM              0x35
#define FILE_DEVICE_DFS_VOLUME                   0x36
#define FILE_DEVICE_SERENUM                      0x37
#define FILE_DEVICE_TERMSRV                      0x38
#define FILE_DEVICE_KSEC                         0x39
#define FILE_DEVICE_FIPS                         0x3A
#define FILE_DEVICE_INFINIBAND                   0x3B
#define FILE_DEVICE_VMBUS                        0x3E
#define FILE_DEVICE_CRYPT_PROVIDER               0x3F
#define FILE_DEVICE_WPD                          0x40
#define FILE_DEVICE_BLUETOOTH                    0x41
#define FILE_DEVICE_MT_COMPOSITE                 0x42
#define FILE_DEVICE_MT_TRANSPORT                 0x43
#define FILE_DEVICE_BIOMETRIC                    0x44
#define FILE_DEVICE_PMI                          0x45
#define FILE_DEVICE_EHSTOR                       0x46
#define FILE_DEVICE_DEVAPI                       0x47
#define FILE_DEVICE_GPIO                         0x48
#define FILE_DEVICE_USBEX                        0x49
#define FILE_DEVICE_CONSOLE                      0x50
#define FILE_DEVICE_NFP                          0x51
#define FILE_DEVICE_SYSENV                       0x52
#define FILE_DEVICE_VIRTUAL_BLOCK                0x53
#define FILE_DEVICE_POINT_OF_SERVICE             0x54
#define FILE_DEVICE_STORAGE_REPLICATION          0x55
#define FILE_DEVICE_TRUST_ENV                    0x56
#define FILE_DEVICE_UCM                          0x57
#define FILE_DEVICE_UCMTCPCI                     0x58
#define FILE_DEVICE_PERSISTENT_MEMORY            0x59
#define FILE_DEVICE_NVDIMM                       0x5A
#define FILE_DEVICE_HOLOGRAPHIC                  0x5B
#define FILE_DEVICE_SDFXHCI                      0x5C
#define FILE_DEVICE_UCMUCSI                      0x5D
#define FILE_DEVICE_PRM                          0x5E
#define FILE_DEVICE_EVENT_COLLECTOR              0x5F
#define FILE_DEVICE_USB4                         0x60
#define FILE_DEVICE_SOUNDWIRE                    0x61

#define FILE_REMOVABLE_MEDIA                     0x1
#define FILE_READ_ONLY_DEVICE                    0x2
#define FILE_FLOPPY_DISKETTE                     0x4
#define FILE_WRITE_ONCE_MEDIA                    0x8
#define FILE_REMOTE_DEVICE                       0x10
#define FILE_DEVICE_IS_MOUNTED                   0x20
#define FILE_VIRTUAL_VOLUME                      0x40
#define FILE_AUTOGENERATED_DEVICE_NAME           0x80
#define FILE_DEVICE_SECURE_OPEN                  0x100
#define FILE_CHARACTERISTIC_PNP_DEVICE           0x800
#define FILE_PORTABLE_DEVICE                     0x40000
#define FILE_DEVICE_ALLOW_APPCONTAINER_TRAVERSAL 0x20000

#define METHOD_BUFFERED                          0x0
#define METHOD_IN_DIRECT                         0x1
#define METHOD_OUT_DIRECT                        0x2
#define METHOD_NEITHER                           0x3
#define FILE_ANY_ACCESS                          0x0
#define FILE_SPECIAL_ACCESS                      0x0
#define FILE_READ_ACCESS                         0x1
#define FILE_WRITE_ACCESS                        0x2
#define CTL_CODE(DeviceType, Function, Method, Access)                                             \
    (((DeviceType) << 16) | ((Access) << 14) | ((Function) << 2) | (Method))
#define DEVICE_TYPE_FROM_CTL_CODE(code) (((ULONG)((code)&0xffff0000)) >> 16)
#define METHOD_FROM_CTL_CODE(code)      ((ULONG)((code)&3))

/* ---- Information about files ----------------------------------------------------------------- */

typedef enum _FILE_INFORMATION_CLASS {
    FileDirectoryInformation = 1,
    FileFullDirectoryInformation,
    FileBothDirectoryInformation,
    FileBasicInformation,
    FileStandardInformation,
    FileInternalInformation,
    FileEaInformation,
    FileAccessInformation,
    FileNameInformation,
    FileRenameInformation,
    FileLinkInformation,
    FileNamesInformation,
    FileDispositionInformation,
    FilePositionInformation,
    FileFullEaInformation,
    FileModeInformation,
    FileAlignmentInformation,
    FileAllInformation,
    FileAllocationInformation,
    FileEndOfFileInformation,
    FileAlternateNameInformation,
    FileStreamInformation,
    FilePipeInformation,
    FilePipeLocalInformation,
    FilePipeRemoteInformation,
    FileMailslotQueryInformation,
    FileMailslotSetInformation,
    FileCompressionInformation,
    FileObjectIdInformation,
    FileCompletionInformation,
    FileMoveClusterInformation,
    FileQuotaInformation,
    FileReparsePointInformation,
    FileNetworkOpenInformation,
    FileAttributeTagInformation,
    FileTrackingInformation,
    FileIdBothDirectoryInformation,
    FileIdFullDirectoryInformation,
    FileValidDataLengthInformation,
    FileShortNameInformation,
    FileIoCompletionNotificationInformation,
    FileIoStatusBlockRangeInformation,
    FileIoPriorityHintInformation,
    FileSfioReserveInformation,
    FileSfioVolumeInformation,
    FileHardLinkInformation,
    FileProcessIdsUsingFileInformation,
    FileNormalizedNameInformation,
    FileNetworkPhysicalNameInformation,
    FileIdGlobalTxDirectoryInformation,
    FileIsRemoteDeviceInformation,
    FileUnusedInformation,
    FileNumaNodeInformation,
    FileStandardLinkInformation,
    FileRemoteProtocolInformation,
    FileRenameInformationBypassAccessCheck,
    FileLinkInformationBypassAccessCheck,
    FileVolumeNameInformation,
    FileIdInformation,
    FileIdExtdDirectoryInformation,
    FileReplaceCompletionInformation,
    FileHardLinkFullIdInformation,
    FileIdExtdBothDirectoryInformation,
    FileDispositionInformationEx,
    FileRenameInformationEx,
    FileRenameInformationExBypassAccessCheck,
    FileDesiredStorageClassInformation,
    FileStatInformation,
    FileMemoryPartitionInformation,
    FileStatLxInformation,
    FileCaseSensitiveInformation,
    FileLinkInformationEx,
    FileLinkInformationExBypassAccessCheck,
    FileStorageReserveIdInformation,
    FileCaseSensitiveInformationForceAccessCheck,
    FileKnownFolderInformation,
    FileMaximumInformation,
} FILE_INFORMATION_CLASS,
    *PFILE_INFORMATION_CLASS;

typedef enum _DIRECTORY_NOTIFY_INFORMATION_CLASS {
    DirectoryNotifyInformation = 1,
    DirectoryNotifyExtendedInformation,
    DirectoryNotifyFullInformation,
    DirectoryNotifyMaximumInformation,
} DIRECTORY_NOTIFY_INFORMATION_CLASS,
    *PDIRECTORY_NOTIFY_INFORMATION_CLASS;

typedef enum _IO_PRIORITY_HINT {
    IoPriorityVeryLow,
    IoPriorityLow,
    IoPriorityNormal,
    IoPriorityHigh,
    IoPriorityCritical,
    MaxIoPriorityTypes,
} IO_PRIORITY_HINT;

typedef struct _FILE_BASIC_INFORMATION {
    LARGE_INTEGER CreationTime;
    LARGE_INTEGER LastAccessTime;
    LARGE_INTEGER LastWriteTime;
    LARGE_INTEGER ChangeTime;
    ULONG FileAttributes;
} FILE_BASIC_INFORMATION, *PFILE_BASIC_INFORMATION;

typedef struct _FILE_STANDARD_INFORMATION {
    LARGE_INTEGER AllocationSize;
    LARGE_INTEGER EndOfFile;
    ULONG NumberOfLinks;
    BOOLEAN DeletePending;
    BOOLEAN Directory;
} FILE_STANDARD_INFORMATION, *PFILE_STANDARD_INFORMATION;

typedef struct _FILE_STANDARD_INFORMATION_EX {
    LARGE_INTEGER AllocationSize;
    LARGE_INTEGER EndOfFile;
    ULONG NumberOfLinks;
    BOOLEAN DeletePending;
    BOOLEAN Directory;
    BOOLEAN AlternateStream;
    BOOLEAN MetadataAttribute;
} FILE_STANDARD_INFORMATION_EX, *PFILE_STANDARD_INFORMATION_EX;

typedef struct _FILE_POSITION_INFORMATION {
    LARGE_INTEGER CurrentByteOffset;
} FILE_POSITION_INFORMATION, *PFILE_POSITION_INFORMATION;

typedef struct _FILE_NETWORK_OPEN_INFORMATION {
    LARGE_INTEGER CreationTime;
    LARGE_INTEGER LastAccessTime;
    LARGE_INTEGER LastWriteTime;
    LARGE_INTEGER ChangeTime;
    LARGE_INTEGER AllocationSize;
    LARGE_INTEGER EndOfFile;
    ULONG FileAttributes;
} FILE_NETWORK_OPEN_INFORMATION, *PFILE_NETWORK_OPEN_INFORMATION;

typedef struct _FILE_FULL_EA_INFORMATION {
    ULONG NextEntryOffset;
    UCHAR Flags;
    UCHAR EaNameLength;
    USHORT EaValueLength;
    CHAR EaName[1];
} FILE_FULL_EA_INFORMATION, *PFILE_FULL_EA_INFORMATION;

typedef struct _FILE_IO_PRIORITY_HINT_INFORMATION {
    IO_PRIORITY_HINT PriorityHint;
} FILE_IO_PRIORITY_HINT_INFORMATION, *PFILE_IO_PRIORITY_HINT_INFORMATION;

typedef struct _FILE_IS_REMOTE_DEVICE_INFORMATION {
    BOOLEAN IsRemote;
} FILE_IS_REMOTE_DEVICE_INFORMATION, *PFILE_IS_REMOTE_DEVICE_INFORMATION;

/* ---- Information about volumes --------------------------------------------------------------- */

typedef enum _FSINFOCLASS {
    FileFsVolumeInformation = 1,
    FileFsLabelInformation,
    FileFsSizeInformation,
    FileFsDeviceInformation,
    FileFsAttributeInformation,
    FileFsControlInformation,
    FileFsFullSizeInformation,
    FileFsObjectIdInformation,
    FileFsDriverPathInformation,
    FileFsVolumeFlagsInformation,
    FileFsSectorSizeInformation,
    FileFsDataCopyInformation,
    FileFsMetadataSizeInformation,
    FileFsFullSizeInformationEx,
    FileFsMaximumInformation,
} FS_INFORMATION_CLASS,
    *PFS_INFORMATION_CLASS;

typedef struct _FILE_FS_DEVICE_INFORMATION {
    ULONG DeviceType;
    ULONG Characteristics;
} FILE_FS_DEVICE_INFORMATION, *PFILE_FS_DEVICE_INFORMATION;

#ifdef __cplusplus
}
#endif

#endif
