/*
 * __C_specific_handler: the language handler of C's __try, driven by a table of scopes, innermost
 * first. Microsoft's document "x64 exception handling" describes what it does.
 */
#include "pe/image.h"
#include "pe/seh.h"

struct scopes {
    const struct pe_image *image;
    const struct pe_scope *at;
    uint32_t count;
};

static bool scopes_of(const struct pe_dispatcher *d, struct scopes *s)
{
    uint64_t rva;
    const uint32_t *count;

    s->image = pe_find((const void *)(uintptr_t)d->image_base);
    if (!s->image)
        return false;
    rva = (uint64_t)(uintptr_t)d->handler_data - d->image_base;
    count = pe_image_at(s->image, rva, sizeof *count);
    if (!count)
        return false;
    s->count = *count;
    s->at = pe_image_at(s->image, rva + sizeof *count, s->count * (uint64_t)sizeof *s->at);
    return s->at != NULL;
}

/*
 * The place is a return address where a call is under way, and is taken as it is: compilers see to
 * it that it still lies in the scope of the call.
 */
static bool holds(const struct pe_scope *s, uint64_t rva)
{
    return rva >= s->begin && rva < s->end;
}

/* The search: asks each filter around the place. */
static uint32_t search(const struct scopes *s, struct pe_exception_record *record, uint64_t frame,
                       struct pe_context *context, struct pe_dispatcher *d)
{
    struct pe_exception_pointers pointers = {record, context};
    struct exception_call here = {.context = context};
    uint64_t rva = d->control_pc - d->image_base;

    for (uint32_t i = d->scope_index; i < s->count; i++) {
        const struct pe_scope *scope = &s->at[i];
        int32_t answer = 1; /* EXCEPTION_EXECUTE_HANDLER */

        if (!scope->target || !holds(scope, rva))
            continue;
        if (scope->handler != 1) {
            const void *filter = pe_image_at(s->image, scope->handler, 1);
            if (!filter)
                continue;
            answer = (int32_t)exception_invoke(&here, filter, (uint64_t)(uintptr_t)&pointers, frame,
                                               0, 0);
        }
        if (answer < 0)
            return PE_CONTINUE_EXECUTION;
        if (answer > 0)
            exception_unwind(context, frame, d->image_base + scope->target, record, record->code);
    }
    return PE_CONTINUE_SEARCH;
}

/* Both the place that is left and the place that is entered are in this __try. */
static bool stays_inside(const struct scopes *s, const struct pe_scope *scope, uint64_t target)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const struct pe_scope *other = &s->at[i];
        if (holds(other, target) && other->handler == scope->handler &&
            other->target == scope->target)
            return true;
    }
    return false;
}

/* The unwinding: runs the termination handlers that are left. */
static uint32_t terminate(const struct scopes *s, const struct pe_exception_record *record,
                          uint64_t frame, struct pe_dispatcher *d)
{
    uint64_t rva = d->control_pc - d->image_base, target = d->target_ip - d->image_base;
    bool at_target = record->flags & PE_EXCEPTION_TARGET_UNWIND;
    struct exception_call here = {.context = d->context, .dispatcher = d};

    for (uint32_t i = d->scope_index; i < s->count; i++) {
        const struct pe_scope *scope = &s->at[i];
        const void *handler;

        if (!holds(scope, rva))
            continue;
        if (at_target && stays_inside(s, scope, target))
            break;
        if (scope->target) {
            if (at_target && scope->target == target)
                break;
            continue;
        }
        handler = pe_image_at(s->image, scope->handler, 1);
        if (!handler)
            continue;
        d->scope_index = i + 1; /* if it faults, it has run */
        exception_invoke(&here, handler, 1, frame, 0, 0);
    }
    return PE_CONTINUE_SEARCH;
}

EXCEPTION_MS_ABI uint32_t exception_c_handler(struct pe_exception_record *record, uint64_t frame,
                                              struct pe_context *context, struct pe_dispatcher *d)
{
    struct scopes s;

    if (!scopes_of(d, &s))
        return PE_CONTINUE_SEARCH;
    return record->flags & PE_EXCEPTION_UNWIND ? terminate(&s, record, frame, d)
                                               : search(&s, record, frame, context, d);
}
