/* Writes through a null pointer in its post-create callback. */
#include "filter.h"

static FLT_PREOP_CALLBACK_STATUS FLTAPI TestPreCreate(PFLT_CALLBACK_DATA Data,
                                                      PCFLT_RELATED_OBJECTS FltObjects,
                                                      PVOID *CompletionContext)
{
    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(FltObjects);
    UNREFERENCED_PARAMETER(CompletionContext);
    return FLT_PREOP_SUCCESS_WITH_CALLBACK;
}

static FLT_POSTOP_CALLBACK_STATUS FLTAPI TestPostCreate(PFLT_CALLBACK_DATA Data,
                                                        PCFLT_RELATED_OBJECTS FltObjects,
                                                        PVOID CompletionContext,
                                                        FLT_POST_OPERATION_FLAGS Flags)
{
    volatile ULONG *nowhere = CompletionContext; /* NULL: the pre-operation callback set none */

    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(FltObjects);
    *nowhere = Flags;
    return FLT_POSTOP_FINISHED_PROCESSING;
}
