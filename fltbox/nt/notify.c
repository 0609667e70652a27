/* Process-notify routines, and the events that call them. */
#include "process.h"

#include <stdlib.h>
#include <string.h>

#define MOST_ROUTINES 64 /* documented */

enum kind { LEGACY, EXTENDED, EXTENDED2 };

struct routine {
    void *function; /* NULL: a free slot */
    enum kind kind;
    bool removing;
    unsigned running;
    const void *caller;
    struct nt_driver *driver;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t drained = PTHREAD_COND_INITIALIZER;
static struct routine routines[MOST_ROUTINES];
/* The slot whose routine this thread runs, or -1. */
static __thread int running_slot = -1;

/* ---- Registration -------------------------------------------------------------------------- */

static NTSTATUS add(const void *caller, void *function, enum kind kind)
{
    NTSTATUS status = STATUS_INVALID_PARAMETER; /* documented, also where all slots are taken */
    int vacant = -1;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < MOST_ROUTINES; i++) {
        if (routines[i].function == NULL && vacant < 0)
            vacant = i;
        if (routines[i].function == function && !routines[i].removing) {
            vacant = -1; /* registered already */
            break;
        }
    }
    if (vacant >= 0) {
        struct routine *r = &routines[vacant];

        r->kind = kind;
        r->caller = caller;
        r->driver = nt_driver_of_caller(caller);
        r->removing = false;
        r->running = 0;
        /* Last: call_all looks without the lock whether there is one. */
        __atomic_store_n(&r->function, function, __ATOMIC_RELAXED);
        status = STATUS_SUCCESS;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

/* With the lock held. Waits until nobody is inside, as documented. */
static void remove_slot(int slot)
{
    routines[slot].removing = true;
    if (running_slot == slot)
        nt_bug_check(BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION,
                     "a process-notify routine removes itself; it would wait for its own end");
    while (routines[slot].running != 0)
        pthread_cond_wait(&drained, &lock);
    __atomic_store_n(&routines[slot].function, NULL, __ATOMIC_RELAXED);
}

static NTSTATUS take_off(void *function, enum kind kind)
{
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < MOST_ROUTINES; i++) {
        if (routines[i].function != function || routines[i].kind != kind || routines[i].removing)
            continue;
        remove_slot(i);
        status = STATUS_SUCCESS;
        break;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

/* Documented: the Ex variants want an image that was linked with /integritycheck. */
static bool may_register(const void *function)
{
    const struct nt_driver *driver = nt_driver_of(function);

    return driver == NULL ||
           (driver->image->dll_characteristics & IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY) != 0;
}

static NTSTATUS set(const void *caller, void *function, enum kind kind, BOOLEAN remove)
{
    if (remove)
        return take_off(function, kind);
    if (kind != LEGACY && !may_register(function))
        return STATUS_ACCESS_DENIED;
    return add(caller, function, kind);
}

NTSTATUS NTAPI PsSetCreateProcessNotifyRoutine(PCREATE_PROCESS_NOTIFY_ROUTINE routine,
                                               BOOLEAN remove)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return set(CALLER, (void *)routine, LEGACY, remove);
}

NTSTATUS NTAPI PsSetCreateProcessNotifyRoutineEx(PCREATE_PROCESS_NOTIFY_ROUTINE_EX routine,
                                                 BOOLEAN remove)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return set(CALLER, (void *)routine, EXTENDED, remove);
}

NTSTATUS NTAPI PsSetCreateProcessNotifyRoutineEx2(PSCREATEPROCESSNOTIFYTYPE type, PVOID information,
                                                  BOOLEAN remove)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (type != PsCreateProcessNotifySubsystems)
        return STATUS_INVALID_PARAMETER;
    return set(CALLER, information, EXTENDED2, remove);
}

unsigned nt_process_notify_forget(struct nt_driver *driver, FILE *out)
{
    unsigned lines = 0;
    char place[256];

    pthread_mutex_lock(&lock);
    for (int i = 0; i < MOST_ROUTINES; i++) {
        if (routines[i].function == NULL || routines[i].driver != driver)
            continue;
        fprintf(out, "%s.sys left behind: a process-notify routine, %s\n", driver->name,
                pe_describe(routines[i].function, place, sizeof(place)));
        lines++;
        remove_slot(i);
    }
    pthread_mutex_unlock(&lock);
    return lines;
}

/* ---- Calling ------------------------------------------------------------------------------- */

static void say_denied(struct nt_driver *driver, PEPROCESS process, NTSTATUS status)
{
    static atomic_flag said = ATOMIC_FLAG_INIT;

    if (!atomic_flag_test_and_set(&said))
        fprintf(stderr,
                "%s: wants to deny the creation of process %u (status 0x%08X); processes here are "
                "only observed, so it runs\n",
                driver != NULL ? driver->name : "a driver", process->id, (unsigned)status);
}

static void call_one(const struct routine *routine, PEPROCESS process, PS_CREATE_NOTIFY_INFO *info)
{
    HANDLE id = PsGetProcessId(process);
    const char *what =
        info != NULL ? "process-notify routine (create)" : "process-notify routine (exit)";

    if (routine->kind == LEGACY) {
        PCREATE_PROCESS_NOTIFY_ROUTINE function = (PCREATE_PROCESS_NOTIFY_ROUTINE)routine->function;

        NT_CALL_VOID(routine->driver, what,
                     function((HANDLE)(ULONG_PTR)process->parent_id, id, info != NULL));
    } else {
        PCREATE_PROCESS_NOTIFY_ROUTINE_EX function =
            (PCREATE_PROCESS_NOTIFY_ROUTINE_EX)routine->function;

        if (info != NULL)
            info->CreationStatus = STATUS_SUCCESS;
        NT_CALL_VOID(routine->driver, what, function(process, id, info));
        if (info != NULL && !NT_SUCCESS(info->CreationStatus))
            say_denied(routine->driver, process, info->CreationStatus);
    }
}

/* In the order of registration. `info` is NULL for an exit. */
static void call_all(PEPROCESS process, PS_CREATE_NOTIFY_INFO *info)
{
    int outer = running_slot;

    for (int i = 0; i < MOST_ROUTINES; i++) {
        struct routine routine;

        if (__atomic_load_n(&routines[i].function, __ATOMIC_RELAXED) == NULL)
            continue;
        pthread_mutex_lock(&lock);
        routine = routines[i];
        if (routine.function == NULL || routine.removing) {
            pthread_mutex_unlock(&lock);
            continue;
        }
        routines[i].running++;
        pthread_mutex_unlock(&lock);
        running_slot = i;
        call_one(&routine, process, info);
        running_slot = outer;
        pthread_mutex_lock(&lock);
        if (--routines[i].running == 0)
            pthread_cond_broadcast(&drained);
        pthread_mutex_unlock(&lock);
    }
}

/* A file object for PS_CREATE_NOTIFY_INFO: the name within its volume, and no device behind it. */
static PFILE_OBJECT make_file_object(PCUNICODE_STRING image)
{
    size_t count = image->Length / sizeof(wchar_t), begin = 0, separators = 0;
    PFILE_OBJECT file = nt_object_create(nt_file_type, sizeof(*file), NULL);

    if (file == NULL)
        return NULL;
    while (begin < count && (image->Buffer[begin] != '\\' || ++separators < 3))
        begin++;
    file->Type = IO_TYPE_FILE;
    file->Size = sizeof(*file);
    file->FileName.Buffer = image->Buffer + begin;
    file->FileName.Length = (USHORT)((count - begin) * sizeof(wchar_t));
    file->FileName.MaximumLength = file->FileName.Length;
    return file;
}

static void notify_create(PEPROCESS process, const struct nt_process_start *start)
{
    PEPROCESS creator =
        start->creator_pid == start->pid ? process : nt_process_find(start->creator_pid);
    uint32_t creator_tid = start->creator_tid != 0 ? start->creator_tid : start->creator_pid;
    PS_CREATE_NOTIFY_INFO info = {.Size = sizeof(info)};
    struct nt_context previous;

    info.ParentProcessId = (HANDLE)(ULONG_PTR)start->parent_pid;
    info.CreatingThreadId.UniqueProcess = (HANDLE)(ULONG_PTR)start->creator_pid;
    info.CreatingThreadId.UniqueThread = (HANDLE)(ULONG_PTR)creator_tid;
    if (process->image.Length != 0) {
        info.ImageFileName = &process->image;
        info.FileOpenNameAvailable = 1;
        info.FileObject = make_file_object(&process->image);
    }
    /* What was asked for, not what that led to; as Windows does, only a part of the name. */
    if (start->executed.Length != 0) {
        info.ImageFileName = &start->executed;
        info.FileOpenNameAvailable = 0;
    }
    if (process->command_line.Length != 0)
        info.CommandLine = &process->command_line;
    previous = nt_context_enter(
        creator != NULL ? nt_thread_of(creator, creator_tid) : nt_cpu()->own_thread, start->time);
    call_all(process, &info);
    nt_context_leave(previous);
    if (info.FileObject != NULL)
        nt_object_dereference(info.FileObject);
}

/* ---- Processes begin and end --------------------------------------------------------------- */

PEPROCESS nt_process_start(const struct nt_process_start *start, bool notify)
{
    PEPROCESS process, former = nt_process_find(start->pid);

    nt_thread_attach();
    if (former != NULL) /* its end was not seen */
        nt_process_exit(start->pid, start->time, STATUS_SUCCESS);
    process = nt_process_create(start);
    nt_process_insert(process);
    if (notify)
        notify_create(process, start);
    return process;
}

void nt_process_exit(uint32_t pid, uint64_t time, NTSTATUS status)
{
    PEPROCESS process = nt_process_find(pid);
    struct nt_context previous;

    if (process == NULL)
        return;
    process->exit_time = time;
    process->exit_status = status;
    previous = nt_context_enter(nt_thread_of(process, pid), time);
    call_all(process, NULL);
    nt_context_leave(previous);
    nt_process_remove(process);
    nt_process_retire(process, time, status);
    nt_object_dereference(process);
}
