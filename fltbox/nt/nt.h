/*
 * The executive's own side: what the rest of fltbox asks of it. What it gives to drivers is
 * declared in include/nt and exported by the tables that nt_exports and flt_exports name.
 *
 * The executive knows NT terms only; Linux terms are turned into them by fltbox/translate.
 */
#ifndef FLTBOX_NT_H
#define FLTBOX_NT_H

#include <ntifs.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct pe_image;

/* ---- Exports ------------------------------------------------------------------------------- */

struct nt_export {
    const char *module; /* "ntoskrnl.exe", "FLTMGR.SYS" */
    const char *name;
    void *target;
    bool is_data;
};
extern const struct nt_export nt_exports[]; /* ends with a NULL module */

/* ---- Processor blocks ---------------------------------------------------------------------- */

/*
 * What a host thread that runs driver code has: the GS base points to `pcr`, so that code which
 * reads gs:[0x188] (current thread), gs:[0x18], gs:[0x20] works. Each such thread counts as a
 * processor of its own whose IRQL is `irql`.
 */
struct nt_cpu {
    union {
        uint8_t pcr[0x1000]; /* KPCR with its KPRCB at 0x180; CurrentThread at 0x188 */
    };
    KIRQL irql;
    PETHREAD thread;       /* the current thread as drivers see it; mirrored at pcr+0x188 */
    PETHREAD own_thread;   /* this host thread's own system thread */
    uint64_t clock;        /* not 0: what the clocks answer, 100 ns since 1601 */
    struct nt_call *calls; /* calls into drivers that are under way, innermost first */
    uint64_t entered;      /* how often a call began that was inside no other */
    bool background;       /* a driver's own thread or work items: nobody waits for it to return */
    pid_t tid;
    struct nt_cpu *next; /* all of them; see nt_hurry */
};

/* The calling thread's block; NULL before nt_thread_attach. */
extern __thread struct nt_cpu *nt_current_cpu;
static inline struct nt_cpu *nt_cpu(void)
{
    return nt_current_cpu;
}

/* The calling thread's; PASSIVE_LEVEL for one that is not attached. */
static inline KIRQL nt_irql(void)
{
    return nt_current_cpu != NULL ? nt_current_cpu->irql : PASSIVE_LEVEL;
}

/* Bug check if the IRQL is above what `function` may be called at. */
#define IRQL_AT_MOST(level) nt_irql_at_most((level), __func__)
_Noreturn void NTAPI nt_irql_too_high(KIRQL most, const char *function);
static inline void nt_irql_at_most(KIRQL most, const char *function)
{
    if (nt_irql() > most)
        nt_irql_too_high(most, function);
}

/* Once, first. Sets up exceptions, the System process, the registry, the clock. */
void nt_init(void);

/* Makes the calling host thread able to run driver code, as a thread of the System process. */
void NTAPI nt_thread_attach(void);
void nt_thread_detach(void);

/*
 * The calling host thread becomes `thread` (PsGetCurrentThread, PsGetCurrentProcess, ids,
 * PreviousMode) until nt_context_leave. While `clock` is not 0 (100 ns since 1601),
 * KeQuerySystemTime* answers it and the performance counter stands at the moment that belongs to
 * it, so that what a driver measures of a request that was observed some time ago is that request's
 * own time.
 */
struct nt_context {
    PETHREAD thread;
    uint64_t clock;
};
struct nt_context nt_context_enter(PETHREAD thread,
                                   uint64_t clock); /* returns the one to restore */
void nt_context_leave(struct nt_context previous);
void nt_context_set_clock(uint64_t clock);

/* How many critical and guarded regions the current thread, as drivers see it, is in. */
long nt_regions(void);

/* ---- Drivers ------------------------------------------------------------------------------- */

struct nt_driver {
    DRIVER_OBJECT object;
    char *name; /* the service's: the file's name without .sys */
    struct pe_image *image;
    wchar_t
        *registry_path; /* \Registry\Machine\System\CurrentControlSet\Services\NAME, terminated */
    bool started;       /* DriverEntry has succeeded */
    struct nt_driver *next;
};

/* Makes the driver object and the service key. Then nt_driver_start calls DriverEntry. */
struct nt_driver *nt_driver_create(struct pe_image *, const char *name);
NTSTATUS nt_driver_start(struct nt_driver *);
/* As the I/O manager before an image goes: calls DriverUnload, where the driver was started and has
   one; once. */
void nt_driver_unload(struct nt_driver *);
/* Waits for its work items, system threads, timers and DPCs, checks for notify routines left
   registered, reports what it leaked to `out` a line each, frees it. Returns the number of lines.
 */
unsigned nt_driver_delete(struct nt_driver *, FILE *out);
/* The driver whose image holds `address`; NULL. */
struct nt_driver *nt_driver_of(const void *address);

/*
 * A call into a driver. Wrap every one: NT_CALL(driver, "post-operation IRP_MJ_CREATE", expr).
 * It names the call in fault reports, and checks that the IRQL on return is that of the entry.
 */
struct nt_call {
    struct nt_driver *driver;
    const char *what;
    KIRQL irql;
    struct nt_call *previous;
};
void nt_call_begin(struct nt_call *, struct nt_driver *, const char *what);
void nt_call_end(struct nt_call *);

#define NT_CALL(driver, what, expression)                                                          \
    __extension__({                                                                                \
        struct nt_call nt_call_;                                                                   \
        nt_call_begin(&nt_call_, (driver), (what));                                                \
        __typeof__(expression) nt_result_ = (expression);                                          \
        nt_call_end(&nt_call_);                                                                    \
        nt_result_;                                                                                \
    })
#define NT_CALL_VOID(driver, what, expression)                                                     \
    do {                                                                                           \
        struct nt_call nt_call_;                                                                   \
        nt_call_begin(&nt_call_, (driver), (what));                                                \
        (expression);                                                                              \
        nt_call_end(&nt_call_);                                                                    \
    } while (0)

/*
 * The user wants an end. A call into a driver that is under way now, on a thread that is not in the
 * background, and that has not returned at the next nt_hurry or two seconds later, is a bug check
 * that names it. Async-signal-safe. Works after nt_hurry_init, which returns whether it will.
 */
bool nt_hurry_init(void);
void nt_hurry(void);

/*
 * Ends the process as a bug check would end the system: says on standard error which driver, in
 * which call, did what, with its frames, and exits with status 125. `format` says what in words.
 */
_Noreturn void nt_bug_check(uint32_t code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Called before that, from a thread of its own that gets two seconds: the last chance to write what
   is buffered. */
extern void (*nt_bug_check_hook)(void);

/* Where drivers' messages go (standard error by default; NULL: nowhere), and whether DbgPrintEx
   messages below error level are shown. DbgPrint's always are. */
void nt_debug_output(FILE *, bool every_level);

/* ---- Objects ------------------------------------------------------------------------------- */

/*
 * Referenced objects (ObReferenceObject...). The body is zeroed. `destroy` is called when the last
 * reference goes. `type` is one of the exported *types (PsProcessType, IoFileObjectType, ...) or
 * one made by nt_object_type.
 */
POBJECT_TYPE nt_object_type(const char *name);
void *nt_object_create(POBJECT_TYPE, size_t size, void (*destroy)(void *body));
void nt_object_reference(void *body);
void nt_object_dereference(void *body);
long nt_object_references(void *body);
POBJECT_TYPE nt_object_type_of(void *body);

/* Handles to them, in the System process's table. Close with ZwClose or this. */
HANDLE nt_handle_create(void *body); /* takes a reference of its own */
bool nt_handle_close(HANDLE);
void *nt_handle_lookup(HANDLE, POBJECT_TYPE type_or_null); /* referenced; NULL where invalid */

/* ---- Processes and threads ----------------------------------------------------------------- */

/* What is known of a process when it starts. The strings are copied. */
struct nt_process_start {
    uint32_t pid;
    uint32_t parent_pid;
    uint32_t creator_pid, creator_tid; /* CreatingThreadId */
    uint64_t time;                     /* create time, 100 ns since 1601 */
    UNICODE_STRING image;              /* NT path; empty where not known */
    UNICODE_STRING executed;           /* the final component of the name that was executed, where
                                          that is not the image's; else empty */
    UNICODE_STRING command_line;       /* empty where not known */
    uint32_t session;
};

/*
 * A process begins or ends: makes or retires the EPROCESS and calls the process-notify routines
 * (create in the creator's context where it is known; exit in the process's own). `notify` false:
 * the process ran before the driver could know; nobody is told.
 */
PEPROCESS nt_process_start(const struct nt_process_start *, bool notify); /* borrowed */
void nt_process_exit(uint32_t pid, uint64_t time, NTSTATUS status);
PEPROCESS nt_process_find(uint32_t pid);        /* borrowed; NULL */
PETHREAD nt_thread_of(PEPROCESS, uint32_t tid); /* borrowed; made on first use */
void nt_thread_exit(PEPROCESS, uint32_t tid);   /* it has ended, if it was ever made */
uint32_t nt_process_id(PEPROCESS);
uint32_t nt_process_parent(PEPROCESS); /* the NT parent's id, as it was at creation */
PCUNICODE_STRING nt_process_image(PEPROCESS);

/* ---- Registry ------------------------------------------------------------------------------ */

/* Keys are made as needed; `key` is an absolute path in UTF-8. */
void nt_registry_set(const char *key, const char *name, ULONG type, const void *data, size_t size);
void nt_registry_set_dword(const char *key, const char *name, uint32_t);
void nt_registry_set_string(const char *key, const char *name, const char *utf8);
/* malloc'ed UTF-8 of a REG_SZ, or NULL. `key` need not end with a backslash. */
char *nt_registry_get_string(const char *key, const char *name);
/* The names of a key's subkeys, malloc'ed, NULL-terminated; NULL where there is no such key. */
char **nt_registry_subkeys(const char *key);

/* ---- Strings ------------------------------------------------------------------------------- */

/* Strict ASCII helper: a malloc'ed wide copy, terminated. */
wchar_t *nt_wide(const char *ascii);
/* UTF-8 of a wide string for messages (lone surrogates and all become '?'); malloc'ed. */
char *nt_narrow(const wchar_t *, size_t units);

/* The other case of a character as Windows has it, or the character itself. nt_init prepares the
   tables; who cannot be sure that it was called calls nt_case_init first. */
void nt_case_init(void);
wchar_t nt_upcase(wchar_t);
wchar_t nt_downcase(wchar_t);

#endif
