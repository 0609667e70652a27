/*
 * What the files of the executive share. Nothing outside fltbox/nt includes this.
 *
 * Everything here may be called from any host thread. No lock of the executive is held while a
 * driver's function runs.
 */
#ifndef FLTBOX_NT_EXECUTIVE_H
#define FLTBOX_NT_EXECUTIVE_H

#include "nt.h"
#include "../pe/pe.h"

#include "undeclared.h"

#include <pthread.h>
#include <stdatomic.h>

/* Bug check codes that are used in more than one file. */
enum {
    BUGCHECK_APC_INDEX_MISMATCH = 0x01,
    BUGCHECK_IRQL_NOT_LESS_OR_EQUAL = 0x0a,
    BUGCHECK_SPIN_LOCK_ALREADY_OWNED = 0x0f,
    BUGCHECK_SPIN_LOCK_NOT_OWNED = 0x10,
    BUGCHECK_REFERENCE_BY_POINTER = 0x18,
    BUGCHECK_BAD_POOL_HEADER = 0x19,
    BUGCHECK_KMODE_EXCEPTION_NOT_HANDLED = 0x1e,
    BUGCHECK_MUTEX_LEVEL_NUMBER_VIOLATION = 0x0d,
    BUGCHECK_MANUALLY_INITIATED_CRASH = 0xe2,
    BUGCHECK_RESOURCE_NOT_OWNED = 0xe3,
    BUGCHECK_WORKER_INVALID = 0xe4,
    BUGCHECK_BAD_POOL_CALLER = 0xc2,
    BUGCHECK_DRIVER_VERIFIER_DETECTED_VIOLATION = 0xc4,
    BUGCHECK_IRQL_UNEXPECTED_VALUE = 0xc8,
    BUGCHECK_DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS = 0xce,
    BUGCHECK_KERNEL_SECURITY_CHECK_FAILURE = 0x139,
};

/* What wdm.h calls KOBJECTS: DISPATCHER_HEADER.Type. */
enum dispatcher_type {
    DISPATCHER_NOTIFICATION_EVENT = 0,
    DISPATCHER_SYNCHRONIZATION_EVENT = 1,
    DISPATCHER_MUTANT = 2,
    DISPATCHER_PROCESS = 3,
    DISPATCHER_SEMAPHORE = 5,
    DISPATCHER_THREAD = 6,
    DISPATCHER_NOTIFICATION_TIMER = 8,
    DISPATCHER_SYNCHRONIZATION_TIMER = 9,
};

/* Raises an exception in the name of the driver that called us. */
_Noreturn void nt_raise(NTSTATUS);

/* What exception_unhandled is set to. */
_Noreturn void nt_exception_unhandled(uint32_t code, const void *instruction, const void *touched,
                                      const char *frames);

/* ---- IRQL ---------------------------------------------------------------------------------- */

/* Sets it, in the processor block and at gs:[0x50]; returns the old one. */
KIRQL nt_irql_set(KIRQL);
/* ---- Drivers ------------------------------------------------------------------------------- */

#define NT_POOL_KINDS 16

/* A list of pool blocks with their owner. The NULL driver's is nt_pool_unowned. */
struct nt_pool {
    pthread_mutex_t lock;
    struct pool_block *blocks; /* allocated */
    struct pool_block **freed; /* quarantine, a ring; made on first use */
    size_t freed_next;
    struct nt_pool_spares {
        struct pool_block *first;
        unsigned count;
    } spares[NT_POOL_KINDS]; /* by size */
};

/* A thing that a driver must give back: a lookaside list, a resource, a notify routine, ... */
struct nt_owed {
    struct nt_owed *next;
    const char *kind;
    const void *object;
    const void *caller;
};

struct nt_driver_block {
    struct nt_driver driver;
    DRIVER_EXTENSION extension;
    struct nt_pool pool;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t idle;  /* running became 0 */
    unsigned running;     /* work items queued or running, system threads, DPCs */
    struct nt_owed *owed;
    atomic_long references[16]; /* balance of object references by type */
};

static inline struct nt_driver_block *nt_driver_block(struct nt_driver *driver)
{
    return (struct nt_driver_block *)driver;
}

/* Who is asking: the driver that holds the return address, else the one whose call is under way. */
struct nt_driver *nt_driver_of_caller(const void *return_address);
#define CALLER __builtin_return_address(0)

/* NULL driver: does nothing. */
void nt_driver_run_begin(struct nt_driver *);
void nt_driver_run_end(struct nt_driver *);

/* Notes what a driver has to give back, and that it did (whoever noted it). */
void nt_owe(struct nt_driver *, const char *kind, const void *object, const void *caller);
void nt_settle(const char *kind, const void *object);

/* Counts a reference that a driver took (+1) or gave back (-1). */
void nt_driver_count_reference(const void *caller, void *body, int change);

/* A host thread's block comes and goes (hurry.c). */
void nt_hurry_add(struct nt_cpu *);
void nt_hurry_remove(struct nt_cpu *);

/* ---- Threads and processes ----------------------------------------------------------------- */

struct _KTHREAD {
    DISPATCHER_HEADER header; /* signalled when the thread has ended */
    PEPROCESS process;        /* referenced */
    uint32_t id;
    bool system;
    bool terminating;
    uint64_t create_time;
    NTSTATUS exit_status;
    long kernel_apc_disable;  /* negative inside critical regions */
    long special_apc_disable; /* negative inside guarded regions */
    PVOID top_level_irp;
    struct _KTHREAD *next; /* of the process */
};

struct _KPROCESS {
    DISPATCHER_HEADER header; /* signalled when the process has ended */
    uint32_t id, parent_id, session;
    uint64_t create_time, exit_time;
    NTSTATUS exit_status;
    UNICODE_STRING image, command_line;
    char short_name[16]; /* PsGetProcessImageFileName */
    pthread_mutex_t lock;
    struct _KTHREAD *threads; /* referenced */
    struct _KPROCESS *next;   /* of the hash chain */
};

void nt_process_init(void);
PETHREAD nt_thread_create(PEPROCESS, uint32_t tid, bool system); /* referenced, not in any list */
/* Bookkeeping for a driver that goes: removes its notify routines, reports each to `out`. */
unsigned nt_process_notify_forget(struct nt_driver *, FILE *out);

/* The calling thread's as drivers see it; the System process's where it is not attached. */
PETHREAD nt_current_thread(void);

/* ---- Dispatcher ---------------------------------------------------------------------------- */

/* Signals a process or thread object for good. */
void nt_dispatcher_signal(DISPATCHER_HEADER *);
void nt_dispatcher_header(DISPATCHER_HEADER *, uint8_t type, size_t size, LONG state);

/* CLOCK_MONOTONIC in ns at which a KeWait timeout ends. Call without locks. */
uint64_t nt_deadline(const LARGE_INTEGER *timeout);
uint64_t nt_monotonic(void);

/* Called with the dispatcher unlocked: cancels a driver's timers and waits for its DPCs. */
unsigned nt_timer_forget(struct nt_driver *, FILE *out);

/* ---- Pool ---------------------------------------------------------------------------------- */

extern struct nt_pool nt_pool_unowned;
/* A tag that reads a, b, c, d in memory. */
#define TAG(a, b, c, d) ((ULONG)(a) | (ULONG)(b) << 8 | (ULONG)(c) << 16 | (ULONG)(d) << 24)
void nt_pool_init(struct nt_pool *);
/* As ExAllocatePool2, for the account of the driver that `caller` lies in. Never raises. */
void *nt_pool_allocate(const void *caller, POOL_FLAGS, size_t size, ULONG tag);
/* As ExAllocatePoolWithTag, which raises if the type says so. */
void *nt_pool_allocate_type(const void *caller, POOL_TYPE, size_t size, ULONG tag);
void nt_pool_free(void *block);
/* Reports blocks by tag and allocating function, a line each; returns the number of lines. */
/* `own_only`: not what the host allocated for the driver (names, contexts), which who did reports.
 */
unsigned nt_pool_report(struct nt_pool *, const char *driver_name, bool own_only, FILE *out);
void nt_pool_destroy(struct nt_pool *);

/* ---- Objects and handles ------------------------------------------------------------------- */

extern POBJECT_TYPE nt_process_type, nt_thread_type, nt_file_type, nt_event_type, nt_semaphore_type,
    nt_key_type, nt_device_type, nt_driver_type, nt_callback_type;
void nt_object_init(void);
const char *nt_object_type_name(POBJECT_TYPE);
unsigned nt_object_type_index(POBJECT_TYPE);
/* False where `body` is no object. */
bool nt_object_valid(const void *body);
/* Like nt_handle_create, noting who asked. A handle without OBJ_KERNEL_HANDLE is good in the
   current process only. */
NTSTATUS nt_handle_open(void *body, ULONG attributes, ACCESS_MASK access, const void *caller,
                        HANDLE *handle);
NTSTATUS nt_handle_find(HANDLE, POBJECT_TYPE type_or_null, ACCESS_MASK *granted, void **body);
unsigned nt_handle_report(struct nt_driver *, FILE *out);

/* The name of an object for ObQueryNameString: malloc'ed units, or NULL where it has none. */
bool nt_object_name(void *body, wchar_t **units, size_t *count);

/* ---- Registry ------------------------------------------------------------------------------ */

void nt_registry_init(void);

/* ---- Debug output -------------------------------------------------------------------------- */

/* The kernel's format language. Returns how many units the whole text has; writes at most `size`
   units, not terminated. */
size_t nt_format_narrow(char *buffer, size_t size, const char *format, __builtin_ms_va_list);
size_t nt_format_wide(wchar_t *buffer, size_t size, const wchar_t *format, __builtin_ms_va_list);

/* ---- What the system says it is ------------------------------------------------------------ */

#define NT_BUILD 19045
const void *nt_shared_page(void);
int nt_seh_raise(uint32_t code);

/* ---- Time ---------------------------------------------------------------------------------- */

void nt_time_init(void);
/* nt_system_time, by the context's clock where it has one, is declared with the NT headers. */

/* ---- Devices ------------------------------------------------------------------------------- */

extern BOOLEAN nt_debugger_enabled, nt_debugger_not_present;

bool nt_device_name(void *body, wchar_t **units, size_t *count);
unsigned nt_device_forget(struct nt_driver *, FILE *out);

#endif
