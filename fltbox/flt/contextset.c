/* FltSet, FltGet and FltDelete...Context for each kind of object. A context belongs to an instance,
   a volume's to a filter. */
#include "manager.h"
#include <string.h>

/* ---- Volumes -------------------------------------------------------------------------------- */

NTSTATUS FLTAPI FltSetVolumeContext(PFLT_VOLUME Volume, FLT_SET_CONTEXT_OPERATION Operation,
                                    PFLT_CONTEXT NewContext, PFLT_CONTEXT *OldContext)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (OldContext != NULL)
        *OldContext = NULL_CONTEXT;
    if (NewContext == NULL)
        return STATUS_INVALID_PARAMETER;
    if (object_closing(Volume))
        return STATUS_FLT_DELETING_OBJECT;
    return context_set(&Volume->contexts, context_header(NewContext)->filter, FLT_VOLUME_CONTEXT,
                       Operation, NewContext, OldContext);
}

NTSTATUS FLTAPI FltGetVolumeContext(PFLT_FILTER Filter, PFLT_VOLUME Volume, PFLT_CONTEXT *Context)
{
    IRQL_AT_MOST(APC_LEVEL);
    return context_get(&Volume->contexts, Filter, FLT_VOLUME_CONTEXT, Context);
}

NTSTATUS FLTAPI FltDeleteVolumeContext(PFLT_FILTER Filter, PFLT_VOLUME Volume,
                                       PFLT_CONTEXT *OldContext)
{
    IRQL_AT_MOST(APC_LEVEL);
    return context_delete(&Volume->contexts, Filter, FLT_VOLUME_CONTEXT, OldContext);
}

/* ---- Instances ------------------------------------------------------------------------------ */

NTSTATUS FLTAPI FltSetInstanceContext(PFLT_INSTANCE Instance, FLT_SET_CONTEXT_OPERATION Operation,
                                      PFLT_CONTEXT NewContext, PFLT_CONTEXT *OldContext)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (OldContext != NULL)
        *OldContext = NULL_CONTEXT;
    if (NewContext == NULL || context_header(NewContext)->filter != Instance->filter)
        return STATUS_INVALID_PARAMETER;
    if (object_closing(Instance))
        return STATUS_FLT_DELETING_OBJECT;
    return context_set(&Instance->contexts, Instance, FLT_INSTANCE_CONTEXT, Operation, NewContext,
                       OldContext);
}

NTSTATUS FLTAPI FltGetInstanceContext(PFLT_INSTANCE Instance, PFLT_CONTEXT *Context)
{
    IRQL_AT_MOST(APC_LEVEL);
    return context_get(&Instance->contexts, Instance, FLT_INSTANCE_CONTEXT, Context);
}

NTSTATUS FLTAPI FltDeleteInstanceContext(PFLT_INSTANCE Instance, PFLT_CONTEXT *OldContext)
{
    IRQL_AT_MOST(APC_LEVEL);
    return context_delete(&Instance->contexts, Instance, FLT_INSTANCE_CONTEXT, OldContext);
}

/* ---- Files, streams, stream handles --------------------------------------------------------- */

/* Where a file object's contexts of that type are; NULL while it is not open. Linux's files have
   one stream, so both of a file's kinds hang on the same thing. */
static struct context_slots *slots_of(PFILE_OBJECT object, FLT_CONTEXT_TYPE type)
{
    struct file *file = file_of(object);

    if (file == NULL || !file->opened)
        return NULL;
    return type == FLT_STREAMHANDLE_CONTEXT ? &file->contexts : &file->stream->contexts;
}

static NTSTATUS set(PFLT_INSTANCE i, PFILE_OBJECT object, FLT_CONTEXT_TYPE type,
                    FLT_SET_CONTEXT_OPERATION operation, PFLT_CONTEXT context, PFLT_CONTEXT *old)
{
    struct context_slots *s = slots_of(object, type);

    if (old != NULL)
        *old = NULL_CONTEXT;
    if (s == NULL)
        return STATUS_NOT_SUPPORTED;
    if (context == NULL || context_header(context)->filter != i->filter)
        return STATUS_INVALID_PARAMETER;
    if (object_closing(i))
        return STATUS_FLT_DELETING_OBJECT;
    return context_set(s, i, type, operation, context, old);
}

static NTSTATUS get(PFLT_INSTANCE i, PFILE_OBJECT object, FLT_CONTEXT_TYPE type,
                    PFLT_CONTEXT *context)
{
    struct context_slots *s = slots_of(object, type);

    *context = NULL;
    return s != NULL ? context_get(s, i, type, context) : STATUS_NOT_SUPPORTED;
}

static NTSTATUS delete (PFLT_INSTANCE i, PFILE_OBJECT object, FLT_CONTEXT_TYPE type,
                        PFLT_CONTEXT *old)
{
    struct context_slots *s = slots_of(object, type);

    if (old != NULL)
        *old = NULL_CONTEXT;
    return s != NULL ? context_delete(s, i, type, old) : STATUS_NOT_SUPPORTED;
}

NTSTATUS FLTAPI FltSetFileContext(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject,
                                  FLT_SET_CONTEXT_OPERATION Operation, PFLT_CONTEXT NewContext,
                                  PFLT_CONTEXT *OldContext)
{
    IRQL_AT_MOST(APC_LEVEL);
    return set(Instance, FileObject, FLT_FILE_CONTEXT, Operation, NewContext, OldContext);
}

NTSTATUS FLTAPI FltGetFileContext(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject,
                                  PFLT_CONTEXT *Context)
{
    IRQL_AT_MOST(APC_LEVEL);
    return get(Instance, FileObject, FLT_FILE_CONTEXT, Context);
}

NTSTATUS FLTAPI FltDeleteFileContext(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject,
                                     PFLT_CONTEXT *OldContext)
{
    IRQL_AT_MOST(APC_LEVEL);
    return delete (Instance, FileObject, FLT_FILE_CONTEXT, OldContext);
}

NTSTATUS FLTAPI FltSetStreamContext(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject,
                                    FLT_SET_CONTEXT_OPERATION Operation, PFLT_CONTEXT NewContext,
                                    PFLT_CONTEXT *OldContext)
{
    IRQL_AT_MOST(APC_LEVEL);
    return set(Instance, FileObject, FLT_STREAM_CONTEXT, Operation, NewContext, OldContext);
}

NTSTATUS FLTAPI FltGetStreamContext(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject,
                                    PFLT_CONTEXT *Context)
{
    IRQL_AT_MOST(APC_LEVEL);
    return get(Instance, FileObject, FLT_STREAM_CONTEXT, Context);
}

NTSTATUS FLTAPI FltDeleteStreamContext(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject,
                                       PFLT_CONTEXT *OldContext)
{
    IRQL_AT_MOST(APC_LEVEL);
    return delete (Instance, FileObject, FLT_STREAM_CONTEXT, OldContext);
}

NTSTATUS FLTAPI FltSetStreamHandleContext(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject,
                                          FLT_SET_CONTEXT_OPERATION Operation,
                                          PFLT_CONTEXT NewContext, PFLT_CONTEXT *OldContext)
{
    IRQL_AT_MOST(APC_LEVEL);
    return set(Instance, FileObject, FLT_STREAMHANDLE_CONTEXT, Operation, NewContext, OldContext);
}

NTSTATUS FLTAPI FltGetStreamHandleContext(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject,
                                          PFLT_CONTEXT *Context)
{
    IRQL_AT_MOST(APC_LEVEL);
    return get(Instance, FileObject, FLT_STREAMHANDLE_CONTEXT, Context);
}

NTSTATUS FLTAPI FltDeleteStreamHandleContext(PFLT_INSTANCE Instance, PFILE_OBJECT FileObject,
                                             PFLT_CONTEXT *OldContext)
{
    IRQL_AT_MOST(APC_LEVEL);
    return delete (Instance, FileObject, FLT_STREAMHANDLE_CONTEXT, OldContext);
}

BOOLEAN FLTAPI FltSupportsStreamContexts(PFILE_OBJECT FileObject)
{
    IRQL_AT_MOST(APC_LEVEL);
    return slots_of(FileObject, FLT_STREAM_CONTEXT) != NULL;
}

BOOLEAN FLTAPI FltSupportsStreamHandleContexts(PFILE_OBJECT FileObject)
{
    IRQL_AT_MOST(APC_LEVEL);
    return slots_of(FileObject, FLT_STREAMHANDLE_CONTEXT) != NULL;
}

BOOLEAN FLTAPI FltSupportsFileContexts(PFILE_OBJECT FileObject)
{
    IRQL_AT_MOST(APC_LEVEL);
    return slots_of(FileObject, FLT_FILE_CONTEXT) != NULL;
}

BOOLEAN FLTAPI FltSupportsFileContextsEx(PFILE_OBJECT FileObject, PFLT_INSTANCE Instance)
{
    IRQL_AT_MOST(APC_LEVEL);
    (void)Instance;
    return FltSupportsFileContexts(FileObject);
}

/* ---- All at once ---------------------------------------------------------------------------- */

NTSTATUS FLTAPI FltGetContextsEx(PCFLT_RELATED_OBJECTS FltObjects, FLT_CONTEXT_TYPE DesiredContexts,
                                 SIZE_T ContextsSize, PFLT_RELATED_CONTEXTS_EX Contexts)
{
    FLT_RELATED_CONTEXTS_EX all = {0};

    IRQL_AT_MOST(APC_LEVEL);
    if (ContextsSize != sizeof(FLT_RELATED_CONTEXTS) && ContextsSize != sizeof(all))
        return STATUS_INVALID_PARAMETER;
    if ((DesiredContexts & FLT_VOLUME_CONTEXT) && FltObjects->Volume != NULL)
        FltGetVolumeContext(FltObjects->Filter, FltObjects->Volume, &all.VolumeContext);
    if (FltObjects->Instance != NULL) {
        if (DesiredContexts & FLT_INSTANCE_CONTEXT)
            FltGetInstanceContext(FltObjects->Instance, &all.InstanceContext);
        if (FltObjects->FileObject != NULL) {
            PFLT_INSTANCE i = FltObjects->Instance;
            PFILE_OBJECT file = FltObjects->FileObject;

            if (DesiredContexts & FLT_FILE_CONTEXT)
                FltGetFileContext(i, file, &all.FileContext);
            if (DesiredContexts & FLT_STREAM_CONTEXT)
                FltGetStreamContext(i, file, &all.StreamContext);
            if (DesiredContexts & FLT_STREAMHANDLE_CONTEXT)
                FltGetStreamHandleContext(i, file, &all.StreamHandleContext);
        }
    }
    memcpy(Contexts, &all, ContextsSize);
    return STATUS_SUCCESS;
}

VOID FLTAPI FltGetContexts(PCFLT_RELATED_OBJECTS FltObjects, FLT_CONTEXT_TYPE DesiredContexts,
                           PFLT_RELATED_CONTEXTS Contexts)
{
    IRQL_AT_MOST(APC_LEVEL);
    FltGetContextsEx(FltObjects, DesiredContexts, sizeof(*Contexts),
                     (PFLT_RELATED_CONTEXTS_EX)Contexts);
}

VOID FLTAPI FltReleaseContextsEx(SIZE_T ContextsSize, PFLT_RELATED_CONTEXTS_EX Contexts)
{
    PFLT_CONTEXT *all = (PFLT_CONTEXT *)Contexts;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    for (SIZE_T i = 0; i < ContextsSize / sizeof(PFLT_CONTEXT); i++) {
        if (all[i] != NULL)
            FltReleaseContext(all[i]);
        all[i] = NULL;
    }
}

VOID FLTAPI FltReleaseContexts(PFLT_RELATED_CONTEXTS Contexts)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    FltReleaseContextsEx(sizeof(*Contexts), (PFLT_RELATED_CONTEXTS_EX)Contexts);
}
