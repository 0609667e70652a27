/* DbgPrint and its kin. */
#include "executive.h"

#include <stdlib.h>
#include <string.h>

#define COMPONENTS 256

static FILE *output;
static bool output_set, every_level;
/* A bit a level; level 0 (errors) is on for all, as by default on Windows. */
static atomic_uint masks[COMPONENTS];

void nt_debug_output(FILE *file, bool all)
{
    output = file;
    output_set = true;
    every_level = all;
}

static void show(const char *prefix, const char *format, __builtin_ms_va_list arguments)
{
    FILE *file = output_set ? output : stderr;
    char small[1024], *text = small;
    size_t prefix_length = strlen(prefix), length;
    __builtin_ms_va_list again;

    if (file == NULL)
        return;
    __builtin_ms_va_copy(again, arguments);
    length = nt_format_narrow(small + prefix_length,
                              prefix_length < sizeof(small) ? sizeof(small) - prefix_length : 0,
                              format, arguments);
    if (prefix_length + length > sizeof(small)) {
        text = malloc(prefix_length + length);
        if (text != NULL)
            nt_format_narrow(text + prefix_length, length, format, again);
    }
    if (text != NULL) {
        memcpy(text, prefix, prefix_length);
        fwrite(text, 1, prefix_length + length, file);
    }
    if (text != small)
        free(text);
    __builtin_ms_va_end(again);
}

static unsigned level_bit(ULONG level)
{
    return level < 32 ? 1u << level : level;
}

static bool is_on(ULONG component, ULONG level)
{
    unsigned bits = level_bit(level), mask = 1;

    if (every_level)
        return true;
    if (component < COMPONENTS)
        mask |= masks[component];
    return (mask & bits) != 0;
}

ULONG NTAPI DbgPrint(PCSTR format, ...)
{
    NT_VA_LIST arguments;

    NT_VA_START(arguments, format);
    show("", format, arguments);
    NT_VA_END(arguments);
    return STATUS_SUCCESS;
}

ULONG NTAPI DbgPrintEx(ULONG component, ULONG level, PCSTR format, ...)
{
    NT_VA_LIST arguments;

    if (!is_on(component, level))
        return STATUS_SUCCESS;
    NT_VA_START(arguments, format);
    show("", format, arguments);
    NT_VA_END(arguments);
    return STATUS_SUCCESS;
}

ULONG NTAPI vDbgPrintEx(ULONG component, ULONG level, PCCH format, NT_VA_LIST arguments)
{
    if (is_on(component, level))
        show("", format, arguments);
    return STATUS_SUCCESS;
}

ULONG NTAPI vDbgPrintExWithPrefix(PCCH prefix, ULONG component, ULONG level, PCCH format,
                                  NT_VA_LIST arguments)
{
    if (is_on(component, level))
        show(prefix, format, arguments);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG component, ULONG level)
{
    return is_on(component, level);
}

NTSTATUS NTAPI DbgSetDebugFilterState(ULONG component, ULONG level, BOOLEAN state)
{
    if (component >= COMPONENTS)
        return STATUS_INVALID_PARAMETER_1;
    if (state)
        atomic_fetch_or(&masks[component], level_bit(level));
    else
        atomic_fetch_and(&masks[component], ~level_bit(level));
    return STATUS_SUCCESS;
}

/* Without a debugger a break point stops the system. */
VOID NTAPI DbgBreakPoint(VOID)
{
    nt_bug_check(BUGCHECK_KMODE_EXCEPTION_NOT_HANDLED,
                 "breakpoint (0x80000003): DbgBreakPoint without a debugger");
}

VOID NTAPI DbgBreakPointWithStatus(ULONG status)
{
    nt_bug_check(BUGCHECK_KMODE_EXCEPTION_NOT_HANDLED,
                 "breakpoint (0x80000003): DbgBreakPointWithStatus(0x%X) without a debugger",
                 (unsigned)status);
}

VOID NTAPI RtlAssert(PVOID assertion, PVOID file, ULONG line, PSTR message)
{
    nt_bug_check(BUGCHECK_KMODE_EXCEPTION_NOT_HANDLED, "assertion failed: %s%s%s, %s:%u",
                 message != NULL ? message : "", message != NULL ? ": " : "",
                 (const char *)assertion, (const char *)file, (unsigned)line);
}

/* As native code sees them; a PE image sees the variables before through its imports. */
BOOLEAN nt_debugger_enabled = FALSE, nt_debugger_not_present = TRUE;
PBOOLEAN KdDebuggerEnabled = &nt_debugger_enabled;
PBOOLEAN KdDebuggerNotPresent = &nt_debugger_not_present;
