/* The end: what a driver did that cannot go on, said on standard error. */
#include "executive.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <unwind.h>

static const struct {
    uint32_t code;
    const char *name;
} code_names[] = {
    {0x01, "APC_INDEX_MISMATCH"},
    {0x0a, "IRQL_NOT_LESS_OR_EQUAL"},
    {0x0d, "MUTEX_LEVEL_NUMBER_VIOLATION"},
    {0x0f, "SPIN_LOCK_ALREADY_OWNED"},
    {0x10, "SPIN_LOCK_NOT_OWNED"},
    {0x18, "REFERENCE_BY_POINTER"},
    {0x19, "BAD_POOL_HEADER"},
    {0x1e, "KMODE_EXCEPTION_NOT_HANDLED"},
    {0xc2, "BAD_POOL_CALLER"},
    {0xc4, "DRIVER_VERIFIER_DETECTED_VIOLATION"},
    {0xc8, "IRQL_UNEXPECTED_VALUE"},
    {0xce, "DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS"},
    {0xe2, "MANUALLY_INITIATED_CRASH"},
    {0xe3, "RESOURCE_NOT_OWNED"},
    {0xe4, "WORKER_INVALID"},
    {0xf5, "FLTMGR_FILE_SYSTEM"},
    {0x139, "KERNEL_SECURITY_CHECK_FAILURE"},
};

static const char *code_name(uint32_t code)
{
    for (size_t i = 0; i < sizeof(code_names) / sizeof(code_names[0]); i++)
        if (code_names[i].code == code)
            return code_names[i].name;
    return "";
}

void (*nt_bug_check_hook)(void);

static void *flush_all(void *unused)
{
    (void)unused;
    if (nt_bug_check_hook != NULL)
        nt_bug_check_hook();
    fflush(NULL);
    return NULL;
}

/* The thread that fails may itself hold a stream's lock, so another one flushes, for a while. */
static void flush_streams(void)
{
    pthread_t thread;
    struct timespec until;

    if (pthread_create(&thread, NULL, flush_all, NULL) != 0)
        return;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    pthread_timedjoin_np(thread, NULL, &until);
}

static _Unwind_Reason_Code find_driver_frame(struct _Unwind_Context *context, void *result)
{
    void *address = (void *)_Unwind_GetIP(context);

    if (pe_find(address) == NULL)
        return _URC_NO_REASON;
    *(void **)result = address;
    return _URC_END_OF_STACK;
}

/* One report per process: a second thread that fails waits for the first to finish. */
static void claim(void)
{
    static atomic_flag taken = ATOMIC_FLAG_INIT;

    while (atomic_flag_test_and_set(&taken))
        pause();
}

static const char *driver_name(char *buffer, size_t size)
{
    const struct nt_cpu *cpu = nt_cpu();
    const struct nt_driver *driver = NULL;

    if (cpu != NULL && cpu->calls != NULL)
        driver = cpu->calls->driver;
    if (driver == NULL)
        return "fltbox";
    if (driver->image != NULL)
        return driver->image->name;
    snprintf(buffer, size, "%s.sys", driver->name);
    return buffer;
}

static void write_all(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDERR_FILENO, text, size);

        if (written <= 0)
            return;
        text += written;
        size -= (size_t)written;
    }
}

static void report(uint32_t code, const char *message, const char *frames)
{
    const struct nt_cpu *cpu = nt_cpu();
    const char *name = code_name(code);
    char place[256], buffer[256], text[4096];
    void *caller = NULL;
    size_t n;

    n = (size_t)snprintf(text, sizeof(text), "*** %s: bug check 0x%08X%s%s: %s\n",
                         driver_name(buffer, sizeof(buffer)), code, *name ? " " : "", name,
                         message);
    if (cpu != NULL && cpu->calls != NULL && n < sizeof(text))
        n += (size_t)snprintf(text + n, sizeof(text) - n, "    in %s", cpu->calls->what);
    if (frames == NULL)
        _Unwind_Backtrace(find_driver_frame, &caller);
    if (caller != NULL && n < sizeof(text))
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%scalled from %s",
                              cpu != NULL && cpu->calls != NULL ? ", " : "    ",
                              pe_describe(caller, place, sizeof(place)));
    if (n < sizeof(text) && text[n - 1] != '\n')
        n += (size_t)snprintf(text + n, sizeof(text) - n, "\n");
    while (frames != NULL && *frames != '\0' && n < sizeof(text)) {
        size_t line = strcspn(frames, "\n");

        n += (size_t)snprintf(text + n, sizeof(text) - n, "    %.*s\n", (int)line, frames);
        frames += line + (frames[line] == '\n');
    }
    if (n > sizeof(text) - 1)
        n = sizeof(text) - 1;
    write_all(text, n);
}

void nt_bug_check(uint32_t code, const char *format, ...)
{
    char message[1024];
    va_list arguments;

    claim();
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    flush_streams();
    report(code, message, NULL);
    _exit(125);
}

/* ---- What drivers and exceptions call ------------------------------------------------------ */

static const char *exception_name(uint32_t code)
{
    switch (code) {
    case 0xC0000005:
        return "access violation";
    case 0xC0000006:
        return "in-page error";
    case 0x80000002:
        return "misaligned data";
    case 0x80000003:
        return "breakpoint without a debugger";
    case 0xC000001D:
        return "illegal instruction";
    case 0xC0000094:
        return "integer division by zero";
    case 0xC0000096:
        return "privileged instruction";
    case 0xC00000FD:
        return "stack overflow";
    default:
        return "exception";
    }
}

void nt_exception_unhandled(uint32_t code, const void *instruction, const void *touched,
                            const char *frames)
{
    char message[512], place[256];

    claim();
    pe_describe(instruction, place, sizeof(place));
    if (code == 0xC0000005)
        snprintf(message, sizeof(message), "%s (0x%08X) at %s, touching %p", exception_name(code),
                 code, place, touched);
    else
        snprintf(message, sizeof(message), "%s (0x%08X) at %s", exception_name(code), code, place);
    flush_streams();
    report(BUGCHECK_KMODE_EXCEPTION_NOT_HANDLED, message, frames);
    _exit(125);
}

VOID NTAPI KeBugCheckEx(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4)
{
    nt_bug_check(code, "the driver stopped the system; parameters 0x%llX 0x%llX 0x%llX 0x%llX",
                 (unsigned long long)p1, (unsigned long long)p2, (unsigned long long)p3,
                 (unsigned long long)p4);
}

VOID NTAPI KeBugCheck(ULONG code)
{
    KeBugCheckEx(code, 0, 0, 0, 0);
}
