/* What drivers may import from FLTMGR.SYS. A function that is not here is not implemented, and the
   loader says so by name. */
#include "manager.h"
#include <string.h>

#define EXPORT(name)                                                                               \
    {                                                                                              \
        "FLTMGR.SYS", #name, (void *)(name), false                                                 \
    }

const struct nt_export flt_exports[] = {
    /* filter.c, unload.c */
    EXPORT(FltRegisterFilter),
    EXPORT(FltStartFiltering),
    EXPORT(FltUnregisterFilter),
    EXPORT(FltGetFilterFromName),
    EXPORT(FltUnloadFilter),
    /* object.c */
    EXPORT(FltObjectReference),
    EXPORT(FltObjectDereference),
    /* volume.c */
    EXPORT(FltGetVolumeFromInstance),
    EXPORT(FltGetVolumeFromFileObject),
    EXPORT(FltGetVolumeFromDeviceObject),
    EXPORT(FltGetVolumeFromName),
    EXPORT(FltGetVolumeName),
    EXPORT(FltGetVolumeGuidName),
    EXPORT(FltGetFileSystemType),
    EXPORT(FltIsVolumeWritable),
    EXPORT(FltIsVolumeSnapshot),
    EXPORT(FltGetDeviceObject),
    EXPORT(FltGetDiskDeviceObject),
    EXPORT(FltIsFltMgrVolumeDeviceObject),
    EXPORT(FltGetVolumeProperties),
    /* instance.c */
    EXPORT(FltAttachVolume),
    EXPORT(FltAttachVolumeAtAltitude),
    EXPORT(FltDetachVolume),
    /* enumerate.c */
    EXPORT(FltEnumerateFilters),
    EXPORT(FltEnumerateVolumes),
    EXPORT(FltEnumerateInstances),
    EXPORT(FltGetTopInstance),
    EXPORT(FltGetBottomInstance),
    EXPORT(FltGetUpperInstance),
    EXPORT(FltGetLowerInstance),
    EXPORT(FltCompareInstanceAltitudes),
    EXPORT(FltGetFilterFromInstance),
    EXPORT(FltGetVolumeInstanceFromName),
    /* information.c */
    EXPORT(FltGetFilterInformation),
    EXPORT(FltEnumerateFilterInformation),
    EXPORT(FltGetVolumeInformation),
    EXPORT(FltEnumerateVolumeInformation),
    EXPORT(FltGetInstanceInformation),
    EXPORT(FltEnumerateInstanceInformationByFilter),
    EXPORT(FltEnumerateInstanceInformationByVolume),
    /* context.c */
    EXPORT(FltAllocateContext),
    EXPORT(FltReferenceContext),
    EXPORT(FltReleaseContext),
    EXPORT(FltDeleteContext),
    /* contextset.c */
    EXPORT(FltSetVolumeContext),
    EXPORT(FltGetVolumeContext),
    EXPORT(FltDeleteVolumeContext),
    EXPORT(FltSetInstanceContext),
    EXPORT(FltGetInstanceContext),
    EXPORT(FltDeleteInstanceContext),
    EXPORT(FltSetFileContext),
    EXPORT(FltGetFileContext),
    EXPORT(FltDeleteFileContext),
    EXPORT(FltSetStreamContext),
    EXPORT(FltGetStreamContext),
    EXPORT(FltDeleteStreamContext),
    EXPORT(FltSetStreamHandleContext),
    EXPORT(FltGetStreamHandleContext),
    EXPORT(FltDeleteStreamHandleContext),
    EXPORT(FltSupportsStreamContexts),
    EXPORT(FltSupportsStreamHandleContexts),
    EXPORT(FltSupportsFileContexts),
    EXPORT(FltSupportsFileContextsEx),
    EXPORT(FltGetContexts),
    EXPORT(FltGetContextsEx),
    EXPORT(FltReleaseContexts),
    EXPORT(FltReleaseContextsEx),
    /* file.c */
    EXPORT(FltIsDirectory),
    /* name.c, parse.c */
    EXPORT(FltGetFileNameInformation),
    EXPORT(FltGetFileNameInformationUnsafe),
    EXPORT(FltReferenceFileNameInformation),
    EXPORT(FltReleaseFileNameInformation),
    EXPORT(FltGetTunneledName),
    EXPORT(FltParseFileName),
    EXPORT(FltParseFileNameInformation),
    /* dispatch.c, operation.c */
    EXPORT(FltCompletePendedPreOperation),
    EXPORT(FltCompletePendedPostOperation),
    EXPORT(FltSetCallbackDataDirty),
    EXPORT(FltClearCallbackDataDirty),
    EXPORT(FltIsCallbackDataDirty),
    EXPORT(FltIsOperationSynchronous),
    EXPORT(FltIsIoCanceled),
    EXPORT(FltGetRequestorProcess),
    EXPORT(FltGetRequestorProcessId),
    EXPORT(FltGetRequestorProcessIdEx),
    EXPORT(FltGetRequestorSessionId),
    EXPORT(FltRequestOperationStatusCallback),
    EXPORT(FltCancelFileOpen),
    EXPORT(FltGetIrpName),
    /* work.c */
    EXPORT(FltAllocateGenericWorkItem),
    EXPORT(FltFreeGenericWorkItem),
    EXPORT(FltQueueGenericWorkItem),
    EXPORT(FltAllocateDeferredIoWorkItem),
    EXPORT(FltFreeDeferredIoWorkItem),
    EXPORT(FltQueueDeferredIoWorkItem),
    EXPORT(FltDoCompletionProcessingWhenSafe),
    /* lock.c */
    EXPORT(FltInitializePushLock),
    EXPORT(FltDeletePushLock),
    EXPORT(FltAcquirePushLockExclusive),
    EXPORT(FltAcquirePushLockExclusiveEx),
    EXPORT(FltAcquirePushLockShared),
    EXPORT(FltAcquirePushLockSharedEx),
    EXPORT(FltReleasePushLock),
    EXPORT(FltReleasePushLockEx),
    EXPORT(FltAcquireResourceExclusive),
    EXPORT(FltAcquireResourceShared),
    EXPORT(FltReleaseResource),
    /* security.c */
    EXPORT(FltBuildDefaultSecurityDescriptor),
    EXPORT(FltFreeSecurityDescriptor),
    /* port.c */
    EXPORT(FltCreateCommunicationPort),
    EXPORT(FltCloseCommunicationPort),
    EXPORT(FltCloseClientPort),
    EXPORT(FltSendMessage),
    /* here */
    EXPORT(FltAllocatePoolAlignedWithTag),
    EXPORT(FltFreePoolAlignedWithTag),
    EXPORT(FltGetRoutineAddress),
    {0},
};

void flt_init(void)
{
    flt.device_type = nt_object_type("Device");
}

PVOID FLTAPI FltGetRoutineAddress(PCSTR FltMgrRoutineName)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    for (const struct nt_export *e = flt_exports; e->module != NULL; e++) {
        if (strcmp(e->name, FltMgrRoutineName) == 0)
            return e->target;
    }
    return NULL;
}

/* Pool is aligned for any device that there is. */
PVOID FLTAPI FltAllocatePoolAlignedWithTag(PFLT_INSTANCE Instance, POOL_TYPE PoolType,
                                           SIZE_T NumberOfBytes, ULONG Tag)
{
    (void)Instance;
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

VOID FLTAPI FltFreePoolAlignedWithTag(PFLT_INSTANCE Instance, PVOID Buffer, ULONG Tag)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    (void)Instance;
    ExFreePoolWithTag(Buffer, Tag);
}
