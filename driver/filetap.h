/*
 * What every file of the driver includes: the WDK, the contract with the client, pool tags and the
 * few things that belong to the driver as a whole.
 *
 * Naming: Ft... is used across files, Ftp... within one. A routine whose header says nothing else
 * is called at PASSIVE_LEVEL or APC_LEVEL.
 */
#ifndef FILETAP_DRIVER_H
#define FILETAP_DRIVER_H

#include <fltKernel.h>

/* The kernel has no <stdint.h>; where one came in first, its types are the ones. */
#ifndef UINT64_MAX
typedef UCHAR uint8_t;
typedef USHORT uint16_t;
typedef ULONG uint32_t;
typedef ULONGLONG uint64_t;
#endif
#define FT_HAVE_INT_TYPES
#include <filetap/protocol.h>

/* Pool tags, as a debugger's !poolused shows them: FtCf, FtCr, FtMs, FtPr, FtQu, FtSt, FtVd. */
#define FT_TAG_CONFIG  'fCtF'
#define FT_TAG_CREATE  'rCtF'
#define FT_TAG_MESSAGE 'sMtF'
#define FT_TAG_PROCESS 'rPtF'
#define FT_TAG_QUEUE   'uQtF'
#define FT_TAG_STRINGS 'tStF'
#define FT_TAG_VERDICT 'dVtF'

typedef struct _FT_GLOBALS {
    PFLT_FILTER Filter;
    /*
     * Parameters\DebugPrint: each event is also printed, with or without a client. Written once,
     * before filtering starts.
     */
    BOOLEAN DebugPrint;
} FT_GLOBALS;

extern FT_GLOBALS FtGlobals;

FORCEINLINE ULONG FtMin(_In_ ULONG A, _In_ ULONG B)
{
    return A < B ? A : B;
}

/* Registered callbacks: instance.c and create.c. */
NTSTATUS FLTAPI FtInstanceSetup(_In_ PCFLT_RELATED_OBJECTS FltObjects,
                                _In_ FLT_INSTANCE_SETUP_FLAGS Flags,
                                _In_ DEVICE_TYPE VolumeDeviceType,
                                _In_ FLT_FILESYSTEM_TYPE VolumeFilesystemType);

NTSTATUS FLTAPI FtInstanceQueryTeardown(_In_ PCFLT_RELATED_OBJECTS FltObjects,
                                        _In_ FLT_INSTANCE_QUERY_TEARDOWN_FLAGS Flags);

FLT_PREOP_CALLBACK_STATUS FLTAPI FtPreCreate(_Inout_ PFLT_CALLBACK_DATA Data,
                                             _In_ PCFLT_RELATED_OBJECTS FltObjects,
                                             _Outptr_result_maybenull_ PVOID *CompletionContext);

FLT_POSTOP_CALLBACK_STATUS FLTAPI FtPostCreate(_Inout_ PFLT_CALLBACK_DATA Data,
                                               _In_ PCFLT_RELATED_OBJECTS FltObjects,
                                               _In_opt_ PVOID CompletionContext,
                                               _In_ FLT_POST_OPERATION_FLAGS Flags);

#endif
