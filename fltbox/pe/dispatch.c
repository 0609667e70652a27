/*
 * The two phases of an exception: the search for a handler from the frame where it happened
 * upwards, and the unwinding of the frames below the one that took it.
 *
 * Handlers may fault themselves. The walk of that second exception meets the call that the first
 * one's dispatch made (struct exception_call) and goes on behind it: during the search, at the
 * frame of the first exception; during unwinding, at the frame that was being unwound, after the
 * termination handler that was running (Windows calls the latter a collided unwind).
 */
#include <stdio.h>
#include <string.h>

#include "pe/seh.h"

/* A filter that faults is called for its own fault too; this ends it before the stack does. */
#define NESTED_MAX                 16

#define STATUS_INVALID_DISPOSITION 0xc0000026u

/* Where the walk goes on behind a call of a dispatcher. */
static void step_over(const struct exception_call *call, struct pe_context *c, uint32_t *scope)
{
    if (call->dispatcher) {
        *c = *call->dispatcher->context;
        *scope = call->dispatcher->scope_index;
    } else {
        *c = *call->context;
        *scope = 0;
    }
}

static uint64_t value_of(const void *p)
{
    return (uint64_t)(uintptr_t)p;
}

/* Gives up with another code than the exception's own. */
static _Noreturn void fail(const struct exception_event *e, uint32_t code, const char *note)
{
    struct pe_exception_record record = e->record;
    char text[128];

    snprintf(text, sizeof text, "%s of exception 0x%08x", note, record.code);
    record.code = code;
    record.parameters = 0;
    exception_give_up(&record, &e->context, text);
}

_Noreturn void exception_dispatch(struct exception_event *e)
{
    struct pe_context c = e->context;
    struct exception_call here = {.context = &e->context}, *call;
    struct pe_dispatcher d;
    unsigned nested = 0;
    uint32_t scope = 0;

    if (e->return_slot)
        exception_give_up_host(&e->record, &e->context, e->return_slot, e->note);
    if (e->fatal)
        exception_give_up(&e->record, &e->context, e->note);
    for (;;) {
        uint64_t disposition;

        switch (exception_step(&c, PE_UNWIND_EHANDLER, &d, &call)) {
        case STEP_LEAF:
            continue;
        case STEP_CALL:
            if (++nested > NESTED_MAX)
                fail(e, e->record.code, "endless nesting");
            if (!call->dispatcher)
                e->record.flags |= PE_EXCEPTION_NESTED_CALL;
            step_over(call, &c, &scope);
            continue;
        case STEP_FRAME:
            break;
        default:
            exception_give_up(&e->record, &e->context, e->note);
        }
        d.scope_index = scope;
        d.context = &c;
        scope = 0;
        if (!d.handler)
            continue;
        disposition = exception_invoke(&here, d.handler, value_of(&e->record), d.frame,
                                       value_of(&e->context), value_of(&d));
        switch ((uint32_t)disposition) {
        case PE_CONTINUE_SEARCH:
            break;
        case PE_CONTINUE_EXECUTION:
            if (e->record.flags & PE_EXCEPTION_NONCONTINUABLE)
                fail(e, PE_STATUS_NONCONTINUABLE_EXCEPTION, "a filter wants continuation");
            exception_resume(&e->context);
        default:
            fail(e, STATUS_INVALID_DISPOSITION, "a handler returned a bad disposition");
        }
    }
}

_Noreturn void exception_unwind(const struct pe_context *from, uint64_t target_frame,
                                uint64_t target_ip, struct pe_exception_record *record,
                                uint64_t value)
{
    struct pe_exception_record own = {.code = PE_STATUS_UNWIND};
    struct pe_context c = *from, frame_context;
    struct pe_dispatcher d;
    struct exception_call here = {.context = from, .dispatcher = &d}, *call;
    uint32_t scope = 0, collided = 0;

    if (!record) {
        own.address = (const void *)(uintptr_t)from->rip;
        record = &own;
    }
    record->flags |= PE_EXCEPTION_UNWINDING | (target_frame ? 0 : PE_EXCEPTION_EXIT_UNWIND);
    for (;;) {
        bool is_target;

        frame_context = c;
        switch (exception_step(&c, PE_UNWIND_UHANDLER, &d, &call)) {
        case STEP_LEAF:
            continue;
        case STEP_CALL:
            collided = call->dispatcher ? PE_EXCEPTION_COLLIDED_UNWIND : 0;
            step_over(call, &c, &scope);
            continue;
        case STEP_FRAME:
            break;
        default:
            record->code = PE_STATUS_INVALID_UNWIND_TARGET;
            exception_give_up(record, from, "unwinding did not reach its target");
        }
        is_target = d.frame == target_frame;
        if (target_frame && d.frame > target_frame) {
            record->code = PE_STATUS_INVALID_UNWIND_TARGET;
            exception_give_up(record, from, "unwinding missed its target");
        }
        if (is_target)
            record->flags |= PE_EXCEPTION_TARGET_UNWIND;
        if (d.handler) {
            record->flags |= collided;
            frame_context.r[PE_RAX] = value;
            d.context = &frame_context;
            d.target_ip = target_ip;
            d.scope_index = scope;
            if ((uint32_t)exception_invoke(&here, d.handler, value_of(record), d.frame,
                                           value_of(&frame_context),
                                           value_of(&d)) != PE_CONTINUE_SEARCH) {
                record->code = STATUS_INVALID_DISPOSITION;
                exception_give_up(record, from, "a handler returned a bad disposition");
            }
            record->flags &= ~PE_EXCEPTION_COLLIDED_UNWIND;
        }
        scope = collided = 0;
        if (is_target) {
            frame_context.r[PE_RAX] = value;
            frame_context.rip = target_ip;
            exception_resume(&frame_context);
        }
    }
}
