/*
 * Raising from within the executive. The exception has to appear in the driver, at its call, and
 * its handler has to find the driver's registers as they were then. The frames of ours in between
 * have DWARF unwind data, which says where they saved them.
 */
#include "executive.h"
#include "../pe/seh.h"

#include <string.h>
#include <unwind.h>

/* In fltbox/pe, in assembly and in C. */
extern void RtlCaptureContext(struct pe_context *) __attribute__((ms_abi));
_Noreturn void exception_raise_status(const struct pe_context *, uint32_t code);

/* By the number that DWARF gives a register. The xmm ones are not followed. */
static const uint8_t by_dwarf_number[16] = {PE_RAX, PE_RDX, PE_RCX, PE_RBX, PE_RSI, PE_RDI,
                                            PE_RBP, PE_RSP, PE_R8,  PE_R9,  PE_R10, PE_R11,
                                            PE_R12, PE_R13, PE_R14, PE_R15};

static _Unwind_Reason_Code take_driver_frame(struct _Unwind_Context *frame, void *result)
{
    static const int preserved[] = {3 /* rbx */, 4 /* rsi */, 5 /* rdi */, 6 /* rbp */,
                                    12,          13,          14,          15};
    struct pe_context *context = result;
    uint64_t rip = _Unwind_GetIP(frame);

    if (pe_find((const void *)rip) == NULL)
        return _URC_NO_REASON;
    context->rip = rip;
    context->r[PE_RSP] = _Unwind_GetCFA(frame);
    for (size_t i = 0; i < sizeof(preserved) / sizeof(preserved[0]); i++)
        context->r[by_dwarf_number[preserved[i]]] = _Unwind_GetGR(frame, preserved[i]);
    return _URC_END_OF_STACK;
}

void nt_raise(NTSTATUS status)
{
    struct pe_context context;

    RtlCaptureContext(&context);
    context.rip = 0;
    _Unwind_Backtrace(take_driver_frame, &context);
    if (context.rip == 0)
        ExRaiseStatus(status); /* a driver that is compiled natively, or none */
    exception_raise_status(&context, (uint32_t)status);
}
