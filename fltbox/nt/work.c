/* Work items and system threads. */
#include "executive.h"

#include <stdlib.h>
#include <string.h>

#define MOST_WORKERS 64

/* ---- The workers --------------------------------------------------------------------------- */

/* IO_WORKITEM's size is known through IoSizeofWorkItem only. */
struct _IO_WORKITEM {
    WORK_QUEUE_ITEM item;
    PVOID object; /* a device or driver object, referenced in spirit: its driver cannot go */
    PIO_WORKITEM_ROUTINE routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex;
    PVOID context;
    struct nt_driver *driver;
    atomic_bool queued;
    bool allocated;
};

struct job {
    struct job *next;
    PWORK_QUEUE_ITEM item; /* ExQueueWorkItem's, or NULL */
    PIO_WORKITEM io_item;
    struct nt_driver *driver;
};

static pthread_mutex_t work_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_ready = PTHREAD_COND_INITIALIZER;
static struct job *first_job, **last_job = &first_job;
static unsigned workers, idle_workers, waiting_jobs;

static void run_io_item(struct job *job)
{
    PIO_WORKITEM io = job->io_item;
    PIO_WORKITEM_ROUTINE routine = io->routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex = io->routine_ex;
    PVOID object = io->object, context = io->context;

    /* The routine may free or queue the item again. */
    io->queued = false;
    if (routine_ex != NULL)
        NT_CALL_VOID(job->driver, "work item", routine_ex(object, context, io));
    else
        NT_CALL_VOID(job->driver, "work item", routine(object, context));
}

static void run_job(struct job *job)
{
    PETHREAD thread = nt_current_thread();

    if (job->io_item != NULL) {
        run_io_item(job);
    } else {
        PWORKER_THREAD_ROUTINE routine = job->item->WorkerRoutine;
        PVOID parameter = job->item->Parameter;

        job->item->List.Flink = NULL;
        NT_CALL_VOID(job->driver, "work item", routine(parameter));
    }
    if (thread->kernel_apc_disable != 0 || thread->special_apc_disable != 0)
        nt_bug_check(BUGCHECK_APC_INDEX_MISMATCH,
                     "a work item returned inside a critical or guarded region");
    nt_driver_run_end(job->driver);
    free(job);
}

static void *worker(void *unused)
{
    (void)unused;
    nt_thread_attach();
    nt_cpu()->background = true;
    pthread_mutex_lock(&work_lock);
    for (;;) {
        struct job *job;

        idle_workers++;
        while (first_job == NULL)
            pthread_cond_wait(&work_ready, &work_lock);
        idle_workers--;
        job = first_job;
        first_job = job->next;
        if (first_job == NULL)
            last_job = &first_job;
        waiting_jobs--;
        pthread_mutex_unlock(&work_lock);
        run_job(job);
        pthread_mutex_lock(&work_lock);
    }
    return NULL;
}

static void queue_job(PWORK_QUEUE_ITEM item, PIO_WORKITEM io, struct nt_driver *driver)
{
    struct job *job = malloc(sizeof(*job));
    pthread_t thread;

    if (job == NULL)
        nt_bug_check(BUGCHECK_WORKER_INVALID, "out of memory for a work item");
    job->next = NULL;
    job->item = item;
    job->io_item = io;
    job->driver = driver;
    nt_driver_run_begin(driver);
    pthread_mutex_lock(&work_lock);
    *last_job = job;
    last_job = &job->next;
    waiting_jobs++;
    /* A worker each for the jobs that wait, so that one which blocks on another finds it running.
     */
    if (waiting_jobs > idle_workers && workers < MOST_WORKERS &&
        pthread_create(&thread, NULL, worker, NULL) == 0) {
        workers++;
        pthread_detach(thread);
    }
    if (workers == 0)
        nt_bug_check(BUGCHECK_WORKER_INVALID, "cannot start a thread for work items");
    pthread_cond_signal(&work_ready);
    pthread_mutex_unlock(&work_lock);
}

VOID NTAPI ExQueueWorkItem(PWORK_QUEUE_ITEM item, WORK_QUEUE_TYPE type)
{
    struct nt_driver *driver = nt_driver_of((void *)item->WorkerRoutine);

    (void)type;
    IRQL_AT_MOST(DISPATCH_LEVEL);
    if (item->List.Flink != NULL)
        nt_bug_check(BUGCHECK_WORKER_INVALID, "work item %p is queued already", (void *)item);
    item->List.Flink = &item->List;
    queue_job(item, NULL, driver != NULL ? driver : nt_driver_of_caller(CALLER));
}

/* ---- IO work items ------------------------------------------------------------------------- */

/* Device and driver objects both name their driver. */
static struct nt_driver *driver_of_object(PVOID object, const void *caller)
{
    const CSHORT *type = object;
    PDRIVER_OBJECT driver = NULL;

    if (*type == IO_TYPE_DEVICE)
        driver = ((PDEVICE_OBJECT)object)->DriverObject;
    else if (*type == IO_TYPE_DRIVER)
        driver = object;
    if (driver != NULL)
        return CONTAINING_RECORD(driver, struct nt_driver, object);
    return nt_driver_of_caller(caller);
}

ULONG NTAPI IoSizeofWorkItem(void)
{
    return sizeof(struct _IO_WORKITEM);
}

VOID NTAPI IoInitializeWorkItem(PVOID object, PIO_WORKITEM io)
{
    memset(io, 0, sizeof(*io));
    io->object = object;
    io->driver = driver_of_object(object, CALLER);
}

PIO_WORKITEM NTAPI IoAllocateWorkItem(PDEVICE_OBJECT device)
{
    PIO_WORKITEM io;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    io = nt_pool_allocate(CALLER, POOL_FLAG_NON_PAGED, sizeof(*io), TAG('I', 'o', 'W', 'i'));
    if (io == NULL)
        return NULL;
    io->object = device;
    io->driver = driver_of_object(device, CALLER);
    io->allocated = true;
    return io;
}

VOID NTAPI IoUninitializeWorkItem(PIO_WORKITEM io)
{
    if (io->queued)
        nt_bug_check(BUGCHECK_WORKER_INVALID, "work item %p uninitialized while it is queued",
                     (void *)io);
}

VOID NTAPI IoFreeWorkItem(PIO_WORKITEM io)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    if (!io->allocated)
        nt_bug_check(BUGCHECK_WORKER_INVALID,
                     "work item %p freed; it was not allocated by IoAllocateWorkItem", (void *)io);
    if (io->queued)
        nt_bug_check(BUGCHECK_WORKER_INVALID, "work item %p freed while it is queued", (void *)io);
    nt_pool_free(io);
}

static bool queue_io(PIO_WORKITEM io, PIO_WORKITEM_ROUTINE routine,
                     PIO_WORKITEM_ROUTINE_EX routine_ex, PVOID context)
{
    nt_irql_at_most(DISPATCH_LEVEL, "IoQueueWorkItem");
    if (atomic_exchange(&io->queued, true))
        return false;
    io->routine = routine;
    io->routine_ex = routine_ex;
    io->context = context;
    queue_job(NULL, io, io->driver);
    return true;
}

VOID NTAPI IoQueueWorkItem(PIO_WORKITEM io, PIO_WORKITEM_ROUTINE routine, WORK_QUEUE_TYPE type,
                           PVOID context)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    (void)type;
    if (!queue_io(io, routine, NULL, context))
        nt_bug_check(BUGCHECK_WORKER_INVALID, "work item %p is queued already", (void *)io);
}

VOID NTAPI IoQueueWorkItemEx(PIO_WORKITEM io, PIO_WORKITEM_ROUTINE_EX routine, WORK_QUEUE_TYPE type,
                             PVOID context)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    (void)type;
    if (!queue_io(io, NULL, routine, context))
        nt_bug_check(BUGCHECK_WORKER_INVALID, "work item %p is queued already", (void *)io);
}

BOOLEAN NTAPI IoTryQueueWorkItem(PIO_WORKITEM io, PIO_WORKITEM_ROUTINE_EX routine,
                                 WORK_QUEUE_TYPE type, PVOID context)
{
    (void)type;
    return queue_io(io, NULL, routine, context);
}

/* ---- System threads ------------------------------------------------------------------------ */

struct start {
    PKSTART_ROUTINE routine;
    PVOID context;
    struct nt_driver *driver;
    PETHREAD thread; /* made by the new thread; the creator gets a reference */
    pthread_mutex_t lock;
    pthread_cond_t ready;
};

struct system_thread {
    struct nt_driver *driver;
    PETHREAD thread;
    bool calling;
    struct nt_call call;
};
static __thread struct system_thread self;

static void end_system_thread(NTSTATUS status)
{
    struct system_thread me = self;

    me.thread->exit_status = status;
    me.thread->terminating = true;
    nt_dispatcher_signal(&me.thread->header);
    nt_thread_detach();
    nt_object_dereference(me.thread);
    nt_driver_run_end(me.driver);
}

static void *system_thread(void *argument)
{
    struct start *start = argument;
    PKSTART_ROUTINE routine = start->routine;
    PVOID context = start->context;

    nt_thread_attach();
    nt_cpu()->background = true;
    self.driver = start->driver;
    self.thread = nt_cpu()->own_thread;
    nt_object_reference(self.thread);
    nt_object_reference(self.thread); /* the creator's */
    pthread_mutex_lock(&start->lock);
    start->thread = self.thread;
    pthread_cond_signal(&start->ready);
    pthread_mutex_unlock(&start->lock);

    NT_CALL_VOID(self.driver, "system thread", routine(context));
    end_system_thread(STATUS_SUCCESS);
    return NULL;
}

static NTSTATUS create_system_thread(const void *caller, struct nt_driver *driver, PHANDLE handle,
                                     ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                                     PCLIENT_ID client, PKSTART_ROUTINE routine, PVOID context)
{
    struct start start = {.routine = routine,
                          .context = context,
                          .driver = driver,
                          .lock = PTHREAD_MUTEX_INITIALIZER,
                          .ready = PTHREAD_COND_INITIALIZER};
    pthread_t thread;
    NTSTATUS status;

    nt_driver_run_begin(driver);
    if (pthread_create(&thread, NULL, system_thread, &start) != 0) {
        nt_driver_run_end(driver);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    pthread_detach(thread);
    pthread_mutex_lock(&start.lock);
    while (start.thread == NULL)
        pthread_cond_wait(&start.ready, &start.lock);
    pthread_mutex_unlock(&start.lock);
    if (client != NULL) {
        client->UniqueProcess = PsGetThreadProcessId(start.thread);
        client->UniqueThread = PsGetThreadId(start.thread);
    }
    status = nt_handle_open(start.thread, attributes != NULL ? attributes->Attributes : 0, access,
                            caller, handle);
    nt_object_dereference(start.thread);
    return status;
}

NTSTATUS NTAPI PsCreateSystemThread(PHANDLE handle, ULONG access, POBJECT_ATTRIBUTES attributes,
                                    HANDLE process, PCLIENT_ID client, PKSTART_ROUTINE routine,
                                    PVOID context)
{
    struct nt_driver *driver = nt_driver_of((void *)routine);

    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (process != NULL && process != NtCurrentProcess())
        return STATUS_NOT_SUPPORTED; /* threads in other processes */
    return create_system_thread(CALLER, driver != NULL ? driver : nt_driver_of_caller(CALLER),
                                handle, access, attributes, client, routine, context);
}

NTSTATUS NTAPI IoCreateSystemThread(PVOID object, PHANDLE handle, ULONG access,
                                    POBJECT_ATTRIBUTES attributes, HANDLE process,
                                    PCLIENT_ID client, PKSTART_ROUTINE routine, PVOID context)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (process != NULL && process != NtCurrentProcess())
        return STATUS_NOT_SUPPORTED;
    return create_system_thread(CALLER, driver_of_object(object, CALLER), handle, access,
                                attributes, client, routine, context);
}

NTSTATUS NTAPI PsTerminateSystemThread(NTSTATUS status)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (self.thread == NULL)
        return STATUS_INVALID_PARAMETER; /* documented: not a system thread */
    end_system_thread(status);
    pthread_exit(NULL);
}
