/* The C halves of raise.S, and the unwinder's functions as drivers call them. */
#include <string.h>

#include "pe/image.h"
#include "pe/seh.h"

/* Where user addresses end on Windows: MmUserProbeAddress. */
#define USER_PROBE_ADDRESS UINT64_C(0x7fffffff0000)

int (*exception_native_raise)(uint32_t code);

_Noreturn void exception_raise_status(const struct pe_context *, uint32_t code);
_Noreturn void exception_raise_record(const struct pe_context *,
                                      const struct pe_exception_record *);
EXCEPTION_MS_ABI uint32_t exception_probe(uint64_t address, uint64_t length, uint32_t alignment);

_Noreturn void exception_raise_record(const struct pe_context *c,
                                      const struct pe_exception_record *record)
{
    struct exception_event e;

    memset(&e, 0, sizeof e);
    e.context = *c;
    memset(e.context.home, 0, sizeof e.context.home);
    memset(e.context.dr, 0, sizeof e.context.dr);
    memset(e.context.vector, 0, sizeof e.context - offsetof(struct pe_context, vector));
    e.record = *record;
    e.record.address = (const void *)(uintptr_t)c->rip;
    if (!pe_find(e.record.address)) {
        if (exception_native_raise)
            exception_native_raise(record->code);
        if (!exception_driver_below(c, &e.return_slot))
            exception_give_up(&e.record, &e.context, "raised outside of any driver");
    }
    exception_dispatch(&e);
}

_Noreturn void exception_raise_status(const struct pe_context *c, uint32_t code)
{
    struct pe_exception_record record = {.code = code, .flags = PE_EXCEPTION_NONCONTINUABLE};

    exception_raise_record(c, &record);
}

/* 0, or what ProbeForRead and ProbeForWrite raise. */
EXCEPTION_MS_ABI uint32_t exception_probe(uint64_t address, uint64_t length, uint32_t alignment)
{
    struct exception_stack stack = exception_stack_bounds();
    uint64_t end;

    if (!length)
        return 0;
    if (alignment && address & (alignment - 1))
        return PE_STATUS_DATATYPE_MISALIGNMENT;
    if (__builtin_add_overflow(address, length, &end))
        return PE_STATUS_ACCESS_VIOLATION;
    if (end <= USER_PROBE_ADDRESS)
        return 0;
    /* Without randomisation, Linux has the first thread's stack, with buffers on it, up there. */
    return address >= stack.low && end <= stack.high ? 0 : PE_STATUS_ACCESS_VIOLATION;
}

/* ---- The unwinder's interface -------------------------------------------------------------- */

static EXCEPTION_MS_ABI const struct pe_function *lookup_function(uint64_t pc, uint64_t *base,
                                                                  void *history)
{
    const struct pe_image *image = pe_find((const void *)(uintptr_t)pc);

    (void)history; /* a cache that callers may offer */
    *base = image ? (uint64_t)(uintptr_t)image->base : 0;
    return image ? pe_function_at(image, (uint32_t)(pc - *base)) : NULL;
}

static EXCEPTION_MS_ABI void *pc_to_file_header(const void *pc, void **base)
{
    const struct pe_image *image = pe_find(pc);

    *base = image ? image->base : NULL;
    return *base;
}

/*
 * The last argument, KNONVOLATILE_CONTEXT_POINTERS, tells where registers were saved; it is
 * optional, and a caller that passes one gets it zeroed: nothing is known to be in memory.
 */
static EXCEPTION_MS_ABI void *virtual_unwind(uint32_t flag, uint64_t base, uint64_t pc,
                                             const struct pe_function *function,
                                             struct pe_context *c, const void **data,
                                             uint64_t *frame, void *pointers)
{
    const struct pe_image *image = pe_find((const void *)(uintptr_t)base);
    struct pe_exception_record record = {.code = PE_STATUS_BAD_STACK};
    void *handler = NULL;

    if (pointers)
        memset(pointers, 0, 32 * sizeof(void *));
    if (image && function &&
        exception_unwind_frame(image, function, pc, flag, c, frame, &handler, data))
        return handler;
    record.address = (const void *)(uintptr_t)pc;
    exception_give_up(&record, c, "RtlVirtualUnwind was given no sound function, context or stack");
}

/* Names that the NT headers declare too, with types of theirs. */
extern const char ExRaiseStatus[], ExRaiseAccessViolation[], ExRaiseDatatypeMisalignment[];
extern const char RtlRaiseException[], ProbeForRead[], ProbeForWrite[], RtlCaptureContext[];
extern const char RtlUnwindEx[], exception_chkstk[];

const struct exception_export exception_exports[] = {
    {"ExRaiseStatus", (void *)ExRaiseStatus},
    {"ExRaiseAccessViolation", (void *)ExRaiseAccessViolation},
    {"ExRaiseDatatypeMisalignment", (void *)ExRaiseDatatypeMisalignment},
    {"ProbeForRead", (void *)ProbeForRead},
    {"ProbeForWrite", (void *)ProbeForWrite},
    {"RtlCaptureContext", (void *)RtlCaptureContext},
    {"RtlCompareMemory", (void *)nt_compare_memory},
    {"RtlLookupFunctionEntry", (void *)lookup_function},
    {"RtlPcToFileHeader", (void *)pc_to_file_header},
    {"RtlRaiseException", (void *)RtlRaiseException},
    {"RtlRaiseStatus", (void *)ExRaiseStatus},
    {"RtlUnwind", (void *)RtlUnwindEx}, /* which has more arguments, that are not needed */
    {"RtlUnwindEx", (void *)RtlUnwindEx},
    {"RtlVirtualUnwind", (void *)virtual_unwind},
    {"__C_specific_handler", (void *)exception_c_handler},
    {"__chkstk", (void *)exception_chkstk},
    {"memcmp", (void *)nt_memcmp},
    {"memcpy", (void *)nt_memcpy},
    {"memmove", (void *)nt_memmove},
    {"memset", (void *)nt_memset},
    {"strlen", (void *)nt_strlen},
    {"wcslen", (void *)nt_wcslen},
    {NULL, NULL},
};
