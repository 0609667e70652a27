/* A create on its way through the filters of its volume. */
#include "manager.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INLINE_NODES       8
#define APC_INDEX_MISMATCH 0x01 /* the bug check */

unsigned flt_pended_ms = 30000;

static __thread struct operation *innermost;

struct operation *operation_innermost(void)
{
    return innermost;
}

struct operation *operation_of(PFLT_CALLBACK_DATA data)
{
    struct operation *op = (struct operation *)data;

    if (op == NULL || op->magic != OPERATION_MAGIC)
        nt_bug_check(FLT_BUGCHECK, "%p is not the callback data of an operation under way",
                     (void *)data);
    return op;
}

/* ---- Who is to be called -------------------------------------------------------------------- */

static void add_node(struct operation *op, PFLT_INSTANCE i, UCHAR major)
{
    struct node *n = &op->nodes[op->count++];

    atomic_fetch_add_explicit(&i->operations, 1, memory_order_relaxed);
    n->instance = i;
    n->filter = i->filter;
    n->callbacks = i->filter->callbacks[major];
    n->state = NODE_SKIPPED;
    n->held = true;
    n->detached = false;
    n->completion_context = NULL;
    n->status_callback = NULL;
}

/* Notes the instances that want operations of that kind, and holds them. */
static void collect(struct operation *op, PFLT_VOLUME v, UCHAR major, struct node *room)
{
    op->nodes = room;
    op->count = 0;
    pthread_rwlock_rdlock(&v->stack_lock);
    if (v->stack_count > INLINE_NODES)
        op->nodes = memory_get(v->stack_count * sizeof(struct node));
    for (unsigned i = 0; i < v->stack_count; i++) {
        const struct operation_callbacks *c = &v->stack[i]->filter->callbacks[major];

        if (c->pre != NULL || c->post != NULL)
            add_node(op, v->stack[i], major);
    }
    pthread_rwlock_unlock(&v->stack_lock);
}

static void let_go(struct node *n)
{
    if (!n->held)
        return;
    n->held = false;
    atomic_fetch_sub(&n->instance->operations, 1);
    counter_lowered();
    if (n->detached)
        object_dereference(n->instance);
}

/* ---- Callback data -------------------------------------------------------------------------- */

static void prepare(struct operation *op, const struct flt_create *c)
{
    FLT_CALLBACK_DATA data = {.Flags = FLTFL_CALLBACK_DATA_IRP_OPERATION,
                              .Thread = c->thread,
                              .Iopb = &op->block,
                              .RequestorMode = UserMode};
    FLT_PARAMETERS *p = &op->block.Parameters;

    memcpy(&op->data, &data, sizeof(data));
    op->magic = OPERATION_MAGIC;
    op->phase = PHASE_PRE;
    op->create = c;
    op->volume = c->volume;
    op->file = file_acquire(c->volume, c);
    op->current = 0;
    op->names = NULL;
    op->completed = false;
    op->regions = NULL;
    sem_init(&op->resumed, 0, 0);
    atomic_init(&op->resumptions, 0);

    memset(&op->access, 0, sizeof(op->access));
    op->access.OriginalDesiredAccess = c->desired_access;
    op->access.RemainingDesiredAccess = c->desired_access;
    op->security = (IO_SECURITY_CONTEXT){.AccessState = &op->access,
                                         .DesiredAccess = c->desired_access,
                                         .FullCreateOptions = c->options & 0xffffff};
    memset(&op->block, 0, sizeof(op->block));
    op->block.IrpFlags = IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API | IRP_DEFER_IO_COMPLETION;
    op->block.MajorFunction = IRP_MJ_CREATE;
    if (c->case_sensitive)
        op->block.OperationFlags = SL_CASE_SENSITIVE;
    op->block.TargetFileObject = &op->file->object;
    p->Create.SecurityContext = &op->security;
    p->Create.Options = c->options;
    p->Create.FileAttributes = c->attributes;
    p->Create.ShareAccess = c->share;
}

static void relate(struct operation *op, struct node *n)
{
    FLT_RELATED_OBJECTS o = {.Size = sizeof(o),
                             .Filter = n->filter,
                             .Volume = op->volume,
                             .Instance = n->instance,
                             .FileObject = &op->file->object};

    memcpy((void *)&n->objects, &o, sizeof(o));
}

/* ---- Waiting for a pended operation --------------------------------------------------------- */

static void wait_resumed(struct operation *op, const struct node *n, const char *what)
{
    struct timespec until;
    struct nt_call call;
    int e;

    nt_call_begin(&call, n->filter->driver, what); /* it is the driver that is waited for */
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += flt_pended_ms / 1000;
    until.tv_nsec += (long)(flt_pended_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while ((e = sem_timedwait(&op->resumed, &until)) != 0 && errno == EINTR)
        ;
    if (e != 0)
        nt_bug_check(FLT_BUGCHECK, "%s pended a create and did not complete it in %u ms",
                     n->filter->driver->name, flt_pended_ms);
    nt_call_end(&call);
    atomic_fetch_sub(&op->resumptions, 1);
}

static void resume(struct operation *op, const char *function)
{
    if (atomic_fetch_add(&op->resumptions, 1) != 0)
        nt_bug_check(FLT_BUGCHECK, "%s: called twice for one pended operation", function);
    sem_post(&op->resumed);
}

VOID FLTAPI FltCompletePendedPreOperation(PFLT_CALLBACK_DATA CallbackData,
                                          FLT_PREOP_CALLBACK_STATUS CallbackStatus, PVOID Context)
{
    struct operation *op;

    IRQL_AT_MOST(CallbackStatus == FLT_PREOP_COMPLETE ? DISPATCH_LEVEL : APC_LEVEL);
    op = operation_of(CallbackData);
    if (op->phase != PHASE_PRE)
        nt_bug_check(FLT_BUGCHECK, "%s: the operation is not in a pre-operation callback",
                     __func__);
    switch (CallbackStatus) {
    case FLT_PREOP_COMPLETE:
    case FLT_PREOP_SUCCESS_NO_CALLBACK:
    case FLT_PREOP_SUCCESS_WITH_CALLBACK:
        break;
    default:
        nt_bug_check(FLT_BUGCHECK, "%s: %d is not a status that may be given", __func__,
                     CallbackStatus);
    }
    op->resumed_status = CallbackStatus;
    op->resumed_context = Context;
    resume(op, __func__);
}

VOID FLTAPI FltCompletePendedPostOperation(PFLT_CALLBACK_DATA CallbackData)
{
    struct operation *op;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    op = operation_of(CallbackData);
    if (op->phase != PHASE_POST)
        nt_bug_check(FLT_BUGCHECK, "%s: the operation is not in a post-operation callback",
                     __func__);
    resume(op, __func__);
}

/* ---- Regions -------------------------------------------------------------------------------- */

/* One may be entered before an operation and left after it, by the same filter. */
static void note_regions(struct operation *op, const struct node *n, long before)
{
    if (nt_regions() != before)
        op->regions = n->filter;
}

/* Windows looks when the thread returns to its program. */
static void check_regions(const struct operation *op, long before)
{
    if (nt_regions() != before && op->regions != NULL)
        nt_bug_check(APC_INDEX_MISMATCH,
                     "%s: a create ends in %ld critical or guarded regions, and began in %ld",
                     op->regions->driver->name, nt_regions(), before);
}

/* ---- Post-operation callbacks --------------------------------------------------------------- */

static void call_post(struct operation *op, struct node *n, FLT_POST_OPERATION_FLAGS flags)
{
    NTSTATUS before = op->data.IoStatus.Status;
    FLT_POSTOP_CALLBACK_STATUS status;
    long regions = nt_regions();

    n->state = NODE_DONE;
    op->block = n->before;
    atomic_fetch_add_explicit(&n->filter->post_calls[op->block.MajorFunction], 1,
                              memory_order_relaxed);
    status = NT_CALL(n->filter->driver, "post-operation IRP_MJ_CREATE",
                     n->callbacks.post(&op->data, &n->objects, n->completion_context, flags));
    note_regions(op, n, regions);
    op->data.Flags &= ~FLTFL_CALLBACK_DATA_DIRTY;
    if (flags & FLTFL_POST_OPERATION_DRAINING)
        return;
    switch (status) {
    case FLT_POSTOP_FINISHED_PROCESSING:
        break;
    case FLT_POSTOP_MORE_PROCESSING_REQUIRED:
        wait_resumed(op, n, "pended post-operation IRP_MJ_CREATE");
        break;
    default:
        nt_bug_check(FLT_BUGCHECK, "%s returned %d from its post-operation callback for a create",
                     n->filter->driver->name, status);
    }
    if (op->data.IoStatus.Status != before)
        atomic_fetch_add(&n->filter->changed, 1);
}

/* The instance goes while the operation is under way: its completion context is to be freed. */
static void drain(struct operation *op, struct node *n)
{
    struct operation copy;

    memcpy(&copy, op, sizeof(copy));
    *(PFLT_IO_PARAMETER_BLOCK *)&copy.data.Iopb = &copy.block;
    copy.phase = PHASE_DRAIN;
    copy.data.Flags |= FLTFL_CALLBACK_DATA_POST_OPERATION | FLTFL_CALLBACK_DATA_DRAINING_IO;
    copy.names = NULL;
    call_post(&copy, n, FLTFL_POST_OPERATION_DRAINING);
}

unsigned operations_drain(PFLT_INSTANCE i)
{
    unsigned own = 0;

    for (struct operation *op = innermost; op != NULL; op = op->outer) {
        for (unsigned k = 0; k < op->count; k++) {
            struct node *n = &op->nodes[k];

            if (n->instance != i || !n->held)
                continue;
            if (k == op->current) { /* it is its own callback that does this */
                n->detached = true;
                object_reference(i); /* let_go gives it back */
                own++;
                continue;
            }
            if (n->state == NODE_DUE)
                drain(op, n);
            n->state = NODE_DONE;
            let_go(n);
        }
    }
    return own;
}

/* ---- Pre-operation callbacks ---------------------------------------------------------------- */

static void lose_context(struct node *n, void *context)
{
    if (context != NULL)
        atomic_fetch_add(&n->filter->lost_completion_contexts, 1);
}

/* Changes to the parameters count only where they were declared. */
static void settle_changes(struct operation *op, const struct node *n)
{
    if (op->data.Flags & FLTFL_CALLBACK_DATA_DIRTY)
        op->data.Flags &= ~FLTFL_CALLBACK_DATA_DIRTY;
    else
        op->block = n->before;
}

static FLT_PREOP_CALLBACK_STATUS call_pre(struct operation *op, struct node *n)
{
    FLT_PREOP_CALLBACK_STATUS status;
    long regions = nt_regions();

    n->completion_context = NULL;
    op->block.TargetInstance = n->instance;
    n->before = op->block;
    relate(op, n);
    if (n->callbacks.pre == NULL)
        return FLT_PREOP_SUCCESS_WITH_CALLBACK;
    atomic_fetch_add_explicit(&n->filter->pre_calls[op->block.MajorFunction], 1,
                              memory_order_relaxed);
    status = NT_CALL(n->filter->driver, "pre-operation IRP_MJ_CREATE",
                     n->callbacks.pre(&op->data, &n->objects, &n->completion_context));
    note_regions(op, n, regions);
    if (status == FLT_PREOP_PENDING) {
        wait_resumed(op, n, "pended pre-operation IRP_MJ_CREATE");
        status = op->resumed_status;
        n->completion_context = op->resumed_context;
    }
    settle_changes(op, n);
    return status;
}

/* False: the filter has completed the operation. */
static bool pre(struct operation *op, struct node *n)
{
    FLT_PREOP_CALLBACK_STATUS status = call_pre(op, n);

    switch (status) {
    case FLT_PREOP_SUCCESS_WITH_CALLBACK:
    case FLT_PREOP_SYNCHRONIZE: /* what creates always are */
        if (n->callbacks.post == NULL) {
            if (status == FLT_PREOP_SYNCHRONIZE)
                nt_bug_check(FLT_BUGCHECK,
                             "%s returned FLT_PREOP_SYNCHRONIZE and has no post-operation callback",
                             n->filter->driver->name);
            lose_context(n, n->completion_context);
            break;
        }
        n->state = NODE_DUE;
        if (n->detached)
            drain(op, n);
        break;
    case FLT_PREOP_SUCCESS_NO_CALLBACK:
        lose_context(n, n->completion_context);
        break;
    case FLT_PREOP_COMPLETE:
        lose_context(n, n->completion_context);
        if (op->data.IoStatus.Status == STATUS_PENDING)
            nt_bug_check(FLT_BUGCHECK, "%s completed a create with STATUS_PENDING",
                         n->filter->driver->name);
        atomic_fetch_add(&n->filter->completed, 1);
        return false;
    case FLT_PREOP_DISALLOW_FASTIO:
        nt_bug_check(FLT_BUGCHECK,
                     "%s returned FLT_PREOP_DISALLOW_FASTIO for a create, which is "
                     "never fast I/O",
                     n->filter->driver->name);
    default:
        nt_bug_check(FLT_BUGCHECK, "%s returned an unknown status from its pre-operation callback",
                     n->filter->driver->name);
    }
    return true;
}

/* ---- The whole way -------------------------------------------------------------------------- */

/* What the file system does. */
static void answer(struct operation *op, const struct flt_create *c)
{
    op->data.IoStatus.Status = c->status;
    op->data.IoStatus.Information = c->information;
    if (!NT_SUCCESS(c->status) || c->status == STATUS_REPARSE)
        return;
    file_opened(op->file, c);
    op->access.PreviouslyGrantedAccess = c->desired_access;
    op->access.RemainingDesiredAccess = 0;
}

static void tell_status(struct operation *op, struct node *n)
{
    NT_CALL_VOID(n->filter->driver, "operation status callback",
                 n->status_callback(&n->objects, &n->status_block, op->data.IoStatus.Status,
                                    n->status_context));
}

static void run(struct operation *op, const struct flt_create *c)
{
    unsigned reached = 0;
    bool post = false;

    for (; reached < op->count && !op->completed; reached++) {
        struct node *n = &op->nodes[reached];

        op->current = reached;
        if (n->held)
            op->completed = !pre(op, n);
        post |= n->state == NODE_DUE || n->status_callback != NULL;
    }
    if (!post)
        return;
    nt_context_set_clock(c->end);
    if (!op->completed)
        answer(op, c);
    for (unsigned i = reached; i-- > 0;) {
        op->current = i;
        if (op->nodes[i].status_callback != NULL && op->nodes[i].held)
            tell_status(op, &op->nodes[i]);
    }
    op->phase = PHASE_POST;
    op->data.Flags |= FLTFL_CALLBACK_DATA_POST_OPERATION;
    for (unsigned i = reached; i-- > 0;) {
        op->current = i;
        if (op->nodes[i].state == NODE_DUE)
            call_post(op, &op->nodes[i], 0);
    }
}

void flt_dispatch_create(const struct flt_create *c)
{
    struct node room[INLINE_NODES];
    struct nt_context before;
    struct operation op;
    long regions;

    collect(&op, c->volume, IRP_MJ_CREATE, room);
    if (op.count == 0)
        return;
    prepare(&op, c);
    op.outer = innermost;
    innermost = &op;
    before = nt_context_enter(c->thread, c->begin);
    regions = nt_regions();
    run(&op, c);
    check_regions(&op, regions);
    nt_context_leave(before);
    innermost = op.outer;
    if (atomic_load(&op.resumptions) != 0)
        nt_bug_check(FLT_BUGCHECK, "a create was completed as a pended one that was not pended");
    op.magic = 0;
    names_forget(&op);
    file_release(op.file);
    for (unsigned i = 0; i < op.count; i++)
        let_go(&op.nodes[i]);
    sem_destroy(&op.resumed);
    if (op.nodes != room)
        free(op.nodes);
}
