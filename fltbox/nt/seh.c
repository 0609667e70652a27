/* __try and __except of drivers that are compiled natively: a chain of frames per thread. */
#include "executive.h"
#include "../pe/exception.h"

#include <string.h>

static __thread struct nt_seh_frame *innermost;

void nt_seh_push(struct nt_seh_frame *frame)
{
    frame->previous = innermost;
    innermost = frame;
}

void nt_seh_pop(struct nt_seh_frame *frame)
{
    if (frame->entered && innermost == frame)
        innermost = frame->previous;
}

int nt_seh_raise(uint32_t code)
{
    struct nt_seh_frame *frame = innermost;

    if (frame == NULL)
        return 0;
    innermost = frame->previous;
    memset(&frame->record, 0, sizeof(frame->record));
    frame->record.ExceptionCode = (NTSTATUS)code;
    frame->pointers.ExceptionRecord = &frame->record;
    frame->pointers.ContextRecord = NULL;
    siglongjmp(frame->context, 1);
}

void nt_seh_continue(struct nt_seh_frame *frame, int disposition)
{
    uint32_t code = (uint32_t)frame->record.ExceptionCode;

    if (disposition < 0)
        nt_bug_check(BUGCHECK_KMODE_EXCEPTION_NOT_HANDLED,
                     "an exception filter wants to continue execution after 0x%08X; native builds "
                     "cannot do that",
                     code);
    nt_seh_raise(code);
    nt_exception_unhandled(code, NULL, NULL, NULL);
}
