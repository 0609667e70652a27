/* Says when it is called. */
#include "filter.h"

static FLT_PREOP_CALLBACK_STATUS FLTAPI TestPreCreate(PFLT_CALLBACK_DATA Data,
                                                      PCFLT_RELATED_OBJECTS FltObjects,
                                                      PVOID *CompletionContext)
{
    UNREFERENCED_PARAMETER(Data);
    *CompletionContext = &TestFilter;
    DbgPrint("order_a pre %wZ\n", &FltObjects->FileObject->FileName);
    return FLT_PREOP_SUCCESS_WITH_CALLBACK;
}

static FLT_POSTOP_CALLBACK_STATUS FLTAPI TestPostCreate(PFLT_CALLBACK_DATA Data,
                                                        PCFLT_RELATED_OBJECTS FltObjects,
                                                        PVOID CompletionContext,
                                                        FLT_POST_OPERATION_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    DbgPrint("order_a %s %wZ 0x%08x\n", CompletionContext == &TestFilter ? "post" : "wrong context",
             &FltObjects->FileObject->FileName, Data->IoStatus.Status);
    return FLT_POSTOP_FINISHED_PROCESSING;
}
