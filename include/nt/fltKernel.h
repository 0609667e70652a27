/*
 * Filter Manager declarations for minifilter drivers: registration, contexts, names, the flags of
 * callbacks, and the macros over callback data. The records that describe an operation are in
 * fltKernel_types.h, the functions in fltKernel_functions.h and fltKernel_io.h, all included here.
 *
 * Needs -fms-extensions. Where wchar_t is not 16 bits wide by itself, also -fshort-wchar.
 */
#ifndef __FLTKERNEL__
#define __FLTKERNEL__

#include <ntifs.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The generations of the Filter Manager whose interface is here: all. */
#define FLT_MGR_AFTER_XPSP2  0x01
#define FLT_MGR_BASELINE     0x01
#define FLT_MGR_LONGHORN     0x01
#define FLT_MGR_WIN10_19H1   0x01
#define FLT_MGR_WIN10_CO     0x01
#define FLT_MGR_WIN10_NI     0x01
#define FLT_MGR_WIN10_RS1    0x01
#define FLT_MGR_WIN10_RS2    0x01
#define FLT_MGR_WIN10_RS3    0x01
#define FLT_MGR_WIN10_RS5    0x01
#define FLT_MGR_WIN10_VB     0x01
#define FLT_MGR_WIN7         0x01
#define FLT_MGR_WIN8         0x01
#define FLT_MGR_WINBLUE      0x01
#define FLT_MGR_WINTHRESHOLD 0x01

#ifndef FLTAPI
#define FLTAPI NTAPI
#endif

#ifndef FLT_ASSERT
#define FLT_ASSERT(e)       NT_ASSERT(e)
#define FLT_ASSERTMSG(m, e) NT_ASSERTMSG(m, e)
#endif

#ifndef FlagOn
#define FlagOn(f, sf) ((f) & (sf))
#endif
#ifndef BooleanFlagOn
#define BooleanFlagOn(f, sf) ((BOOLEAN)(((f) & (sf)) != 0))
#endif
#ifndef SetFlag
#define SetFlag(f, sf) ((f) |= (sf))
#endif
#ifndef ClearFlag
#define ClearFlag(f, sf) ((f) &= ~(sf))
#endif

#ifdef __cplusplus
}
#endif

#include <fltUserStructures.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Objects -------------------------------------------------------------------------------- */

typedef struct _FLT_FILTER *PFLT_FILTER;
typedef struct _FLT_VOLUME *PFLT_VOLUME;
typedef struct _FLT_INSTANCE *PFLT_INSTANCE;
typedef struct _FLT_PORT *PFLT_PORT;
typedef struct _FLT_GENERIC_WORKITEM *PFLT_GENERIC_WORKITEM;
typedef struct _FLT_DEFERRED_IO_WORKITEM *PFLT_DEFERRED_IO_WORKITEM;

typedef PVOID PFLT_CONTEXT;
#define NULL_CONTEXT                               ((PFLT_CONTEXT)NULL)

#define FLT_PORT_CONNECT                           0x00000001
#define FLT_PORT_ALL_ACCESS                        0x001F0001

/* ---- Operations that are not IRPs ------------------------------------------------------------
 * Major function codes that only the Filter Manager gives out: file-system filter callbacks and
 * fast I/O routines. The tables in FLT_OPERATION_REGISTRATION end with IRP_MJ_OPERATION_END.
 */

#define IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION 0xFF
#define IRP_MJ_RELEASE_FOR_SECTION_SYNCHRONIZATION 0xFE
#define IRP_MJ_ACQUIRE_FOR_MOD_WRITE               0xFD
#define IRP_MJ_RELEASE_FOR_MOD_WRITE               0xFC
#define IRP_MJ_ACQUIRE_FOR_CC_FLUSH                0xFB
#define IRP_MJ_RELEASE_FOR_CC_FLUSH                0xFA
#define IRP_MJ_QUERY_OPEN                          0xF9

#define IRP_MJ_FAST_IO_CHECK_IF_POSSIBLE           0xF3
#define IRP_MJ_NETWORK_QUERY_OPEN                  0xF2
#define IRP_MJ_MDL_READ                            0xF1
#define IRP_MJ_MDL_READ_COMPLETE                   0xF0
#define IRP_MJ_PREPARE_MDL_WRITE                   0xEF
#define IRP_MJ_MDL_WRITE_COMPLETE                  0xEE
#define IRP_MJ_VOLUME_DISMOUNT                     0xEC

/* How many codes there are from 0xEA on, used or not. */
#define FLT_INTERNAL_OPERATION_COUNT               0x16

#define IRP_MJ_OPERATION_END                       0x80

/* ---- Callback status ------------------------------------------------------------------------ */

typedef enum _FLT_PREOP_CALLBACK_STATUS {
    FLT_PREOP_SUCCESS_WITH_CALLBACK,
    FLT_PREOP_SUCCESS_NO_CALLBACK,
    FLT_PREOP_PENDING,
    FLT_PREOP_DISALLOW_FASTIO,
    FLT_PREOP_COMPLETE,
    FLT_PREOP_SYNCHRONIZE,
    FLT_PREOP_DISALLOW_FSFILTER_IO,
} FLT_PREOP_CALLBACK_STATUS,
    *PFLT_PREOP_CALLBACK_STATUS;

typedef enum _FLT_POSTOP_CALLBACK_STATUS {
    FLT_POSTOP_FINISHED_PROCESSING,
    FLT_POSTOP_MORE_PROCESSING_REQUIRED,
    FLT_POSTOP_DISALLOW_FSFILTER_IO,
} FLT_POSTOP_CALLBACK_STATUS,
    *PFLT_POSTOP_CALLBACK_STATUS;

typedef enum _FLT_SET_CONTEXT_OPERATION {
    FLT_SET_CONTEXT_REPLACE_IF_EXISTS,
    FLT_SET_CONTEXT_KEEP_IF_EXISTS,
} FLT_SET_CONTEXT_OPERATION,
    *PFLT_SET_CONTEXT_OPERATION;

#ifdef __cplusplus
}
#endif

#include <fltKernel_types.h>
#include <fltKernel_functions.h>
#include <fltKernel_io.h>

/* ---- Callback data -------------------------------------------------------------------------- */

#define FLT_IS_IRP_OPERATION(Data)    (FlagOn((Data)->Flags, FLTFL_CALLBACK_DATA_IRP_OPERATION))
#define FLT_IS_FASTIO_OPERATION(Data) (FlagOn((Data)->Flags, FLTFL_CALLBACK_DATA_FAST_IO_OPERATION))
#define FLT_IS_FS_FILTER_OPERATION(Data)                                                           \
    (FlagOn((Data)->Flags, FLTFL_CALLBACK_DATA_FS_FILTER_OPERATION))
#define FLT_IS_REISSUED_IO(Data)               (FlagOn((Data)->Flags, FLTFL_CALLBACK_DATA_REISSUED_IO))
#define FLT_IS_SYSTEM_BUFFER(Data)             (FlagOn((Data)->Flags, FLTFL_CALLBACK_DATA_SYSTEM_BUFFER))

/* ---- Names ---------------------------------------------------------------------------------- */

#define FltGetFileNameFormat(NameOptions)      (FLT_VALID_FILE_NAME_FORMATS & (NameOptions))
#define FltGetFileNameQueryMethod(NameOptions) (FLT_VALID_FILE_NAME_QUERY_METHODS & (NameOptions))

#endif
