/* Work items: routines that run later, in a system thread at PASSIVE_LEVEL. */
#include "manager.h"
#include "../nt/undeclared.h"
#include <string.h>

#define WORK_TAG 0x69774d46 /* 'FMwi' */

struct _FLT_GENERIC_WORKITEM {
    WORK_QUEUE_ITEM item;
    PVOID object; /* a filter or an instance, referenced while queued */
    PFLT_GENERIC_WORKITEM_ROUTINE routine;
    PVOID context;
};

struct _FLT_DEFERRED_IO_WORKITEM {
    WORK_QUEUE_ITEM item;
    PFLT_INSTANCE instance; /* referenced while queued */
    PFLT_CALLBACK_DATA data;
    PFLT_DEFERRED_IO_WORKITEM_ROUTINE routine;
    PVOID context;
};

static PFLT_FILTER filter_behind(void *object)
{
    struct object *o = object;

    return o->kind == OBJECT_INSTANCE ? ((PFLT_INSTANCE)object)->filter : object;
}

/* The item is first in each. */
static void *allocate(size_t size)
{
    WORK_QUEUE_ITEM *item = ExAllocatePoolWithTag(NonPagedPoolNx, size, WORK_TAG);

    if (item != NULL)
        memset(item, 0, size);
    return item;
}

/* The executive forgets its link when it takes an item from its queue. */
static void must_not_be_queued(const WORK_QUEUE_ITEM *item, const char *function)
{
    if (item->List.Flink != NULL)
        nt_bug_check(FLT_BUGCHECK, "%s: the work item %p is queued", function, (void *)item);
}

/* ---- Generic -------------------------------------------------------------------------------- */

PFLT_GENERIC_WORKITEM FLTAPI FltAllocateGenericWorkItem(VOID)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return allocate(sizeof(struct _FLT_GENERIC_WORKITEM));
}

VOID FLTAPI FltFreeGenericWorkItem(PFLT_GENERIC_WORKITEM FltWorkItem)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    must_not_be_queued(&FltWorkItem->item, __func__);
    ExFreePool(FltWorkItem);
}

/* The routine may free the item. */
static VOID NTAPI run_generic(PVOID parameter)
{
    PFLT_GENERIC_WORKITEM w = parameter;
    PVOID object = w->object;

    NT_CALL_VOID(filter_behind(object)->driver, "work item", w->routine(w, object, w->context));
    object_release(object);
}

NTSTATUS FLTAPI FltQueueGenericWorkItem(PFLT_GENERIC_WORKITEM FltWorkItem, PVOID FltObject,
                                        PFLT_GENERIC_WORKITEM_ROUTINE WorkerRoutine,
                                        WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    must_not_be_queued(&FltWorkItem->item, __func__);
    if (!object_acquire(FltObject))
        return STATUS_FLT_DELETING_OBJECT;
    FltWorkItem->object = FltObject;
    FltWorkItem->routine = WorkerRoutine;
    FltWorkItem->context = Context;
    ExInitializeWorkItem(&FltWorkItem->item, run_generic, FltWorkItem);
    ExQueueWorkItem(&FltWorkItem->item, QueueType);
    return STATUS_SUCCESS;
}

/* ---- For an operation ----------------------------------------------------------------------- */

PFLT_DEFERRED_IO_WORKITEM FLTAPI FltAllocateDeferredIoWorkItem(VOID)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return allocate(sizeof(struct _FLT_DEFERRED_IO_WORKITEM));
}

VOID FLTAPI FltFreeDeferredIoWorkItem(PFLT_DEFERRED_IO_WORKITEM FltWorkItem)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    must_not_be_queued(&FltWorkItem->item, __func__);
    ExFreePool(FltWorkItem);
}

static VOID NTAPI run_deferred(PVOID parameter)
{
    PFLT_DEFERRED_IO_WORKITEM w = parameter;
    PFLT_INSTANCE i = w->instance;

    NT_CALL_VOID(i->filter->driver, "deferred I/O work item", w->routine(w, w->data, w->context));
    object_release(i);
}

NTSTATUS FLTAPI FltQueueDeferredIoWorkItem(PFLT_DEFERRED_IO_WORKITEM FltWorkItem,
                                           PFLT_CALLBACK_DATA Data,
                                           PFLT_DEFERRED_IO_WORKITEM_ROUTINE WorkerRoutine,
                                           WORK_QUEUE_TYPE QueueType, PVOID Context)
{
    struct operation *op;
    PFLT_INSTANCE i;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    op = operation_of(Data);
    i = op->nodes[op->current].instance;
    must_not_be_queued(&FltWorkItem->item, __func__);
    /* Below a top-level IRP, file systems would be entered again in another thread. */
    if (op->phase == PHASE_DRAIN || IoGetTopLevelIrp() != NULL)
        return STATUS_FLT_NOT_SAFE_TO_POST_OPERATION;
    if (!object_acquire(i))
        return STATUS_FLT_DELETING_OBJECT;
    FltWorkItem->instance = i;
    FltWorkItem->data = Data;
    FltWorkItem->routine = WorkerRoutine;
    FltWorkItem->context = Context;
    ExInitializeWorkItem(&FltWorkItem->item, run_deferred, FltWorkItem);
    ExQueueWorkItem(&FltWorkItem->item, QueueType);
    return STATUS_SUCCESS;
}

/* ---- Completion processing ------------------------------------------------------------------ */

struct safe_completion {
    WORK_QUEUE_ITEM item;
    PFLT_INSTANCE instance;
    PFLT_CALLBACK_DATA data;
    PCFLT_RELATED_OBJECTS objects;
    PVOID context;
    FLT_POST_OPERATION_FLAGS flags;
    PFLT_POST_OPERATION_CALLBACK callback;
};

static VOID NTAPI run_completion(PVOID parameter)
{
    struct safe_completion *w = parameter;
    PFLT_INSTANCE i = w->instance;
    FLT_POSTOP_CALLBACK_STATUS status =
        NT_CALL(i->filter->driver, "safe post-operation callback",
                w->callback(w->data, w->objects, w->context, w->flags));

    if (status != FLT_POSTOP_MORE_PROCESSING_REQUIRED)
        FltCompletePendedPostOperation(w->data);
    ExFreePool(w);
    object_release(i);
}

BOOLEAN FLTAPI FltDoCompletionProcessingWhenSafe(PFLT_CALLBACK_DATA Data,
                                                 PCFLT_RELATED_OBJECTS FltObjects,
                                                 PVOID CompletionContext,
                                                 FLT_POST_OPERATION_FLAGS Flags,
                                                 PFLT_POST_OPERATION_CALLBACK SafePostCallback,
                                                 PFLT_POSTOP_CALLBACK_STATUS RetPostOperationStatus)
{
    struct operation *op = operation_of(Data);
    struct safe_completion *w;

    if (op->phase != PHASE_POST || (Flags & FLTFL_POST_OPERATION_DRAINING))
        nt_bug_check(FLT_BUGCHECK,
                     "%s: called outside a post-operation callback, or while draining", __func__);
    if (nt_cpu()->irql <= APC_LEVEL) {
        *RetPostOperationStatus = SafePostCallback(Data, FltObjects, CompletionContext, Flags);
        return TRUE;
    }
    *RetPostOperationStatus = FLT_POSTOP_FINISHED_PROCESSING;
    if (!object_acquire(FltObjects->Instance))
        return FALSE;
    w = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*w), WORK_TAG);
    if (w == NULL) {
        object_release(FltObjects->Instance);
        return FALSE;
    }
    w->instance = FltObjects->Instance;
    w->data = Data;
    w->objects = FltObjects;
    w->context = CompletionContext;
    w->flags = Flags;
    w->callback = SafePostCallback;
    *RetPostOperationStatus = FLT_POSTOP_MORE_PROCESSING_REQUIRED;
    ExInitializeWorkItem(&w->item, run_completion, w);
    ExQueueWorkItem(&w->item, DelayedWorkQueue);
    return TRUE;
}
