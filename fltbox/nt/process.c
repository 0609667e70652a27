/* Processes and threads as NT has them. */
#include "process.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS    1024
#define SYSTEM_PID 4

PEPROCESS PsInitialSystemProcess;

static pthread_rwlock_t table_lock = PTHREAD_RWLOCK_INITIALIZER;
static PEPROCESS table[BUCKETS]; /* each referenced */

static void copy_string(UNICODE_STRING *to, const UNICODE_STRING *from)
{
    to->Length = to->MaximumLength = from->Length;
    to->Buffer = NULL;
    if (from->Length == 0)
        return;
    /* Terminated too, for careless readers; the length does not say so. */
    to->Buffer = calloc(1, from->Length + sizeof(wchar_t));
    if (to->Buffer == NULL)
        to->Length = to->MaximumLength = 0;
    else
        memcpy(to->Buffer, from->Buffer, from->Length);
}

/* The final component in ASCII, at most 15 characters, as EPROCESS.ImageFileName has it. */
static void set_short_name(PEPROCESS process)
{
    const wchar_t *units = process->image.Buffer;
    size_t count = process->image.Length / sizeof(wchar_t), begin = 0;

    for (size_t i = 0; i < count; i++)
        if (units[i] == '\\')
            begin = i + 1;
    for (size_t i = 0; begin + i < count && i < sizeof(process->short_name) - 1; i++)
        process->short_name[i] = units[begin + i] < 0x80 ? (char)units[begin + i] : '?';
}

static void destroy_thread(void *body)
{
    PETHREAD thread = body;

    nt_object_dereference(thread->process);
}

static void destroy_process(void *body)
{
    PEPROCESS process = body;

    free(process->image.Buffer);
    free(process->command_line.Buffer);
    pthread_mutex_destroy(&process->lock);
}

PETHREAD nt_thread_create(PEPROCESS process, uint32_t tid, bool system)
{
    PETHREAD thread = nt_object_create(nt_thread_type, sizeof(*thread), destroy_thread);

    if (thread == NULL)
        abort();
    nt_dispatcher_header(&thread->header, DISPATCHER_THREAD, 0, 0);
    nt_object_reference(process);
    thread->process = process;
    thread->id = tid;
    thread->system = system;
    thread->create_time = nt_system_time();
    thread->exit_status = STATUS_PENDING;
    return thread;
}

static PEPROCESS create_process(const struct nt_process_start *start)
{
    PEPROCESS process = nt_object_create(nt_process_type, sizeof(*process), destroy_process);

    if (process == NULL)
        abort();
    nt_dispatcher_header(&process->header, DISPATCHER_PROCESS, 0, 0);
    pthread_mutex_init(&process->lock, NULL);
    process->id = start->pid;
    process->parent_id = start->parent_pid;
    process->session = start->session;
    process->create_time = start->time;
    process->exit_status = STATUS_PENDING;
    copy_string(&process->image, &start->image);
    copy_string(&process->command_line, &start->command_line);
    set_short_name(process);
    return process;
}

void nt_process_init(void)
{
    struct nt_process_start start = {.pid = SYSTEM_PID, .time = nt_system_time()};

    PsInitialSystemProcess = create_process(&start);
    strcpy(PsInitialSystemProcess->short_name, "System");
}

/* ---- The table ----------------------------------------------------------------------------- */

/*
 * A Linux process may have the id that the System process has; it is the one that is found then.
 * With the lock held.
 */
static PEPROCESS find_locked(uint64_t pid)
{
    PEPROCESS process = table[pid % BUCKETS];

    while (process != NULL && process->id != pid)
        process = process->next;
    return process;
}

PEPROCESS nt_process_find(uint32_t pid)
{
    PEPROCESS process;

    pthread_rwlock_rdlock(&table_lock);
    process = find_locked(pid);
    pthread_rwlock_unlock(&table_lock);
    return process;
}

static PEPROCESS find_referenced(HANDLE id)
{
    PEPROCESS process;

    pthread_rwlock_rdlock(&table_lock);
    process = find_locked((uint64_t)id);
    if (process == NULL && (uint64_t)id == SYSTEM_PID)
        process = PsInitialSystemProcess;
    if (process != NULL)
        nt_object_reference(process);
    pthread_rwlock_unlock(&table_lock);
    return process;
}

void nt_process_insert(PEPROCESS process)
{
    PEPROCESS *bucket = &table[process->id % BUCKETS];

    pthread_rwlock_wrlock(&table_lock);
    process->next = *bucket;
    *bucket = process;
    pthread_rwlock_unlock(&table_lock);
}

/* Takes it out of the table, and gives the table's reference to the caller. */
void nt_process_remove(PEPROCESS process)
{
    pthread_rwlock_wrlock(&table_lock);
    for (PEPROCESS *p = &table[process->id % BUCKETS]; *p != NULL; p = &(*p)->next) {
        if (*p == process) {
            *p = process->next;
            break;
        }
    }
    pthread_rwlock_unlock(&table_lock);
}

PEPROCESS nt_process_create(const struct nt_process_start *start)
{
    return create_process(start);
}

/* No longer in its process's list. */
static void retire_thread(PETHREAD thread, NTSTATUS status)
{
    thread->terminating = true;
    thread->exit_status = status;
    nt_dispatcher_signal(&thread->header);
    nt_object_dereference(thread);
}

/* Its threads and its own object are signalled; the threads go. */
void nt_process_retire(PEPROCESS process, uint64_t time, NTSTATUS status)
{
    PETHREAD thread;

    pthread_mutex_lock(&process->lock);
    thread = process->threads;
    process->threads = NULL;
    pthread_mutex_unlock(&process->lock);
    process->exit_time = time;
    process->exit_status = status;
    while (thread != NULL) {
        PETHREAD next = thread->next;

        retire_thread(thread, status);
        thread = next;
    }
    nt_dispatcher_signal(&process->header);
}

void nt_thread_exit(PEPROCESS process, uint32_t tid)
{
    PETHREAD thread, *link;

    pthread_mutex_lock(&process->lock);
    link = &process->threads;
    while (*link != NULL && (*link)->id != tid)
        link = &(*link)->next;
    thread = *link;
    if (thread != NULL)
        *link = thread->next;
    pthread_mutex_unlock(&process->lock);
    if (thread != NULL)
        retire_thread(thread, STATUS_SUCCESS);
}

PETHREAD nt_thread_of(PEPROCESS process, uint32_t tid)
{
    PETHREAD thread;

    pthread_mutex_lock(&process->lock);
    thread = process->threads;
    while (thread != NULL && thread->id != tid)
        thread = thread->next;
    if (thread == NULL) {
        thread = nt_thread_create(process, tid, process == PsInitialSystemProcess);
        thread->next = process->threads;
        process->threads = thread;
    }
    pthread_mutex_unlock(&process->lock);
    return thread;
}

uint32_t nt_process_id(PEPROCESS process)
{
    return process->id;
}

uint32_t nt_process_parent(PEPROCESS process)
{
    return process->parent_id;
}

PCUNICODE_STRING nt_process_image(PEPROCESS process)
{
    return &process->image;
}

/* ---- What drivers call --------------------------------------------------------------------- */

PEPROCESS NTAPI IoGetCurrentProcess(void)
{
    return nt_current_thread()->process;
}

PKTHREAD NTAPI KeGetCurrentThread(void)
{
    return nt_current_thread();
}

PETHREAD NTAPI PsGetCurrentThread(void)
{
    return nt_current_thread();
}

PEPROCESS NTAPI PsGetCurrentThreadProcess(void)
{
    return nt_current_thread()->process;
}

HANDLE NTAPI PsGetCurrentThreadProcessId(void)
{
    return PsGetCurrentProcessId();
}

HANDLE NTAPI PsGetCurrentProcessId(void)
{
    return (HANDLE)(ULONG_PTR)nt_current_thread()->process->id;
}

HANDLE NTAPI PsGetCurrentThreadId(void)
{
    return (HANDLE)(ULONG_PTR)nt_current_thread()->id;
}

HANDLE NTAPI PsGetProcessId(PEPROCESS process)
{
    return (HANDLE)(ULONG_PTR)process->id;
}

HANDLE NTAPI PsGetThreadId(PETHREAD thread)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return (HANDLE)(ULONG_PTR)thread->id;
}

PEPROCESS NTAPI PsGetThreadProcess(PETHREAD thread)
{
    return thread->process;
}

HANDLE NTAPI PsGetThreadProcessId(PETHREAD thread)
{
    return (HANDLE)(ULONG_PTR)thread->process->id;
}

PEPROCESS NTAPI IoThreadToProcess(PETHREAD thread)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return thread->process;
}

HANDLE NTAPI PsGetProcessInheritedFromUniqueProcessId(PEPROCESS process)
{
    return (HANDLE)(ULONG_PTR)process->parent_id;
}

ULONG NTAPI PsGetProcessSessionId(PEPROCESS process)
{
    return process->session;
}

ULONG NTAPI PsGetCurrentProcessSessionId(void)
{
    return nt_current_thread()->process->session;
}

PCHAR NTAPI PsGetProcessImageFileName(PEPROCESS process)
{
    return process->short_name;
}

LONGLONG NTAPI PsGetProcessCreateTimeQuadPart(PEPROCESS process)
{
    return (LONGLONG)process->create_time;
}

LARGE_INTEGER NTAPI PsGetProcessExitTime(void)
{
    LARGE_INTEGER time;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    time.QuadPart = (LONGLONG)nt_current_thread()->process->exit_time;
    return time;
}

NTSTATUS NTAPI PsGetProcessExitStatus(PEPROCESS process)
{
    IRQL_AT_MOST(APC_LEVEL);
    return process->exit_status;
}

ULONGLONG NTAPI PsGetProcessStartKey(PEPROCESS process)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return process->create_time << 16 ^ process->id;
}

LONGLONG NTAPI PsGetThreadCreateTime(PETHREAD thread)
{
    return (LONGLONG)thread->create_time;
}

NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD thread)
{
    IRQL_AT_MOST(APC_LEVEL);
    return thread->exit_status;
}

BOOLEAN NTAPI PsIsSystemThread(PETHREAD thread)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return thread->system;
}

BOOLEAN NTAPI IoIsSystemThread(PETHREAD thread)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return thread->system;
}

BOOLEAN NTAPI PsIsThreadTerminating(PETHREAD thread)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return thread->terminating;
}

KPROCESSOR_MODE NTAPI ExGetPreviousMode(void)
{
    return nt_current_thread()->system ? KernelMode : UserMode;
}

PIRP NTAPI IoGetTopLevelIrp(void)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return nt_current_thread()->top_level_irp;
}

VOID NTAPI IoSetTopLevelIrp(PIRP irp)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    nt_current_thread()->top_level_irp = irp;
}

NTSTATUS NTAPI PsLookupProcessByProcessId(HANDLE id, PEPROCESS *process)
{
    PEPROCESS found;

    IRQL_AT_MOST(APC_LEVEL);
    found = find_referenced(id);
    if (found == NULL)
        return STATUS_INVALID_PARAMETER;
    nt_driver_count_reference(CALLER, found, 1);
    *process = found;
    return STATUS_SUCCESS;
}

static PETHREAD find_thread_in(PEPROCESS process, HANDLE id)
{
    PETHREAD thread;

    pthread_mutex_lock(&process->lock);
    thread = process->threads;
    while (thread != NULL && thread->id != (uint64_t)id)
        thread = thread->next;
    if (thread != NULL)
        nt_object_reference(thread);
    pthread_mutex_unlock(&process->lock);
    return thread;
}

NTSTATUS NTAPI PsLookupThreadByThreadId(HANDLE id, PETHREAD *thread)
{
    PETHREAD found = NULL;

    IRQL_AT_MOST(APC_LEVEL);
    pthread_rwlock_rdlock(&table_lock);
    for (size_t i = 0; i < BUCKETS && found == NULL; i++)
        for (PEPROCESS p = table[i]; p != NULL && found == NULL; p = p->next)
            found = find_thread_in(p, id);
    pthread_rwlock_unlock(&table_lock);
    if (found == NULL)
        return STATUS_INVALID_PARAMETER;
    nt_driver_count_reference(CALLER, found, 1);
    *thread = found;
    return STATUS_SUCCESS;
}
