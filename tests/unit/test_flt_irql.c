/*
 * The IRQL at which each function of the Filter Manager may be called, as documented: one level
 * above it is a bug check that names the function. A function that is new goes into the table.
 */
#include "flt_fixture.h"
#include "irql.h"

/* BY_ARGUMENT: test_flt_failures.c has them. */
static const struct irql_level levels[] = {
    {"FltAcquirePushLockExclusive", APC_LEVEL},
    {"FltAcquirePushLockExclusiveEx", APC_LEVEL},
    {"FltAcquirePushLockShared", APC_LEVEL},
    {"FltAcquirePushLockSharedEx", APC_LEVEL},
    {"FltAcquireResourceExclusive", APC_LEVEL},
    {"FltAcquireResourceShared", APC_LEVEL},
    {"FltAllocateContext", APC_LEVEL},
    {"FltAllocateDeferredIoWorkItem", DISPATCH_LEVEL},
    {"FltAllocateGenericWorkItem", DISPATCH_LEVEL},
    {"FltAllocatePoolAlignedWithTag", BY_ARGUMENT},
    {"FltAttachVolume", PASSIVE_LEVEL},
    {"FltAttachVolumeAtAltitude", PASSIVE_LEVEL},
    {"FltBuildDefaultSecurityDescriptor", APC_LEVEL},
    {"FltCancelFileOpen", PASSIVE_LEVEL},
    {"FltClearCallbackDataDirty", ANY_LEVEL},
    {"FltCloseClientPort", PASSIVE_LEVEL},
    {"FltCloseCommunicationPort", PASSIVE_LEVEL},
    {"FltCompareInstanceAltitudes", DISPATCH_LEVEL},
    {"FltCompletePendedPostOperation", DISPATCH_LEVEL},
    {"FltCompletePendedPreOperation", BY_ARGUMENT},
    {"FltCreateCommunicationPort", PASSIVE_LEVEL},
    {"FltDeleteContext", APC_LEVEL},
    {"FltDeleteFileContext", APC_LEVEL},
    {"FltDeleteInstanceContext", APC_LEVEL},
    {"FltDeletePushLock", APC_LEVEL},
    {"FltDeleteStreamContext", APC_LEVEL},
    {"FltDeleteStreamHandleContext", APC_LEVEL},
    {"FltDeleteVolumeContext", APC_LEVEL},
    {"FltDetachVolume", APC_LEVEL},
    {"FltDoCompletionProcessingWhenSafe", ANY_LEVEL},
    {"FltEnumerateFilterInformation", APC_LEVEL},
    {"FltEnumerateFilters", APC_LEVEL},
    {"FltEnumerateInstanceInformationByFilter", APC_LEVEL},
    {"FltEnumerateInstanceInformationByVolume", APC_LEVEL},
    {"FltEnumerateInstances", APC_LEVEL},
    {"FltEnumerateVolumeInformation", APC_LEVEL},
    {"FltEnumerateVolumes", APC_LEVEL},
    {"FltFreeDeferredIoWorkItem", DISPATCH_LEVEL},
    {"FltFreeGenericWorkItem", DISPATCH_LEVEL},
    {"FltFreePoolAlignedWithTag", DISPATCH_LEVEL},
    {"FltFreeSecurityDescriptor", APC_LEVEL},
    {"FltGetBottomInstance", APC_LEVEL},
    {"FltGetContexts", APC_LEVEL},
    {"FltGetContextsEx", APC_LEVEL},
    {"FltGetDeviceObject", DISPATCH_LEVEL},
    {"FltGetDiskDeviceObject", DISPATCH_LEVEL},
    {"FltGetFileContext", APC_LEVEL},
    {"FltGetFileNameInformation", ANY_LEVEL},
    {"FltGetFileNameInformationUnsafe", ANY_LEVEL},
    {"FltGetFileSystemType", APC_LEVEL},
    {"FltGetFilterFromInstance", APC_LEVEL},
    {"FltGetFilterFromName", APC_LEVEL},
    {"FltGetFilterInformation", APC_LEVEL},
    {"FltGetInstanceContext", APC_LEVEL},
    {"FltGetInstanceInformation", APC_LEVEL},
    {"FltGetIrpName", ANY_LEVEL},
    {"FltGetLowerInstance", APC_LEVEL},
    {"FltGetRequestorProcess", DISPATCH_LEVEL},
    {"FltGetRequestorProcessId", DISPATCH_LEVEL},
    {"FltGetRequestorProcessIdEx", DISPATCH_LEVEL},
    {"FltGetRequestorSessionId", APC_LEVEL},
    {"FltGetRoutineAddress", DISPATCH_LEVEL},
    {"FltGetStreamContext", APC_LEVEL},
    {"FltGetStreamHandleContext", APC_LEVEL},
    {"FltGetTopInstance", APC_LEVEL},
    {"FltGetTunneledName", APC_LEVEL},
    {"FltGetUpperInstance", APC_LEVEL},
    {"FltGetVolumeContext", APC_LEVEL},
    {"FltGetVolumeFromDeviceObject", APC_LEVEL},
    {"FltGetVolumeFromFileObject", APC_LEVEL},
    {"FltGetVolumeFromInstance", APC_LEVEL},
    {"FltGetVolumeFromName", PASSIVE_LEVEL},
    {"FltGetVolumeGuidName", PASSIVE_LEVEL},
    {"FltGetVolumeInformation", APC_LEVEL},
    {"FltGetVolumeInstanceFromName", APC_LEVEL},
    {"FltGetVolumeName", APC_LEVEL},
    {"FltGetVolumeProperties", APC_LEVEL},
    {"FltInitializePushLock", APC_LEVEL},
    {"FltIsCallbackDataDirty", ANY_LEVEL},
    {"FltIsDirectory", APC_LEVEL},
    {"FltIsFltMgrVolumeDeviceObject", APC_LEVEL},
    {"FltIsIoCanceled", ANY_LEVEL},
    {"FltIsOperationSynchronous", ANY_LEVEL},
    {"FltIsVolumeSnapshot", PASSIVE_LEVEL},
    {"FltIsVolumeWritable", PASSIVE_LEVEL},
    {"FltObjectDereference", DISPATCH_LEVEL},
    {"FltObjectReference", DISPATCH_LEVEL},
    {"FltParseFileName", APC_LEVEL},
    {"FltParseFileNameInformation", APC_LEVEL},
    {"FltQueueDeferredIoWorkItem", DISPATCH_LEVEL},
    {"FltQueueGenericWorkItem", DISPATCH_LEVEL},
    {"FltReferenceContext", DISPATCH_LEVEL},
    {"FltReferenceFileNameInformation", APC_LEVEL},
    {"FltRegisterFilter", APC_LEVEL},
    {"FltReleaseContext", BY_ARGUMENT},
    {"FltReleaseContexts", BY_ARGUMENT},
    {"FltReleaseContextsEx", BY_ARGUMENT},
    {"FltReleaseFileNameInformation", APC_LEVEL},
    {"FltReleasePushLock", APC_LEVEL},
    {"FltReleasePushLockEx", APC_LEVEL},
    {"FltReleaseResource", DISPATCH_LEVEL},
    {"FltRequestOperationStatusCallback", APC_LEVEL},
    {"FltSendMessage", APC_LEVEL},
    {"FltSetCallbackDataDirty", ANY_LEVEL},
    {"FltSetFileContext", APC_LEVEL},
    {"FltSetInstanceContext", APC_LEVEL},
    {"FltSetStreamContext", APC_LEVEL},
    {"FltSetStreamHandleContext", APC_LEVEL},
    {"FltSetVolumeContext", APC_LEVEL},
    {"FltStartFiltering", APC_LEVEL},
    {"FltSupportsFileContexts", APC_LEVEL},
    {"FltSupportsFileContextsEx", APC_LEVEL},
    {"FltSupportsStreamContexts", APC_LEVEL},
    {"FltSupportsStreamHandleContexts", APC_LEVEL},
    {"FltUnloadFilter", PASSIVE_LEVEL},
    {"FltUnregisterFilter", APC_LEVEL},
};

#define LEVEL_COUNT (sizeof(levels) / sizeof(levels[0]))

static void all_functions_have_a_level(void **state)
{
    size_t count = 0;

    (void)state;
    for (const struct nt_export *e = flt_exports; e->module != NULL; e++) {
        size_t i = 0;

        while (i < LEVEL_COUNT && strcmp(levels[i].name, e->name) != 0)
            i++;
        if (i == LEVEL_COUNT)
            fail_msg("%s is not in the table of this test", e->name);
        count++;
    }
    assert_int_equal(count, LEVEL_COUNT);
}

static void one_level_above_is_a_bug_check(void **state)
{
    (void)state;
    assert_levels(flt_exports, levels, LEVEL_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_functions_have_a_level),
        cmocka_unit_test(one_level_above_is_a_bug_check),
    };

    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
