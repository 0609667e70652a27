/*
 * What is said of an exception that nobody handles. This runs on the thread that failed, perhaps
 * with its stack or heap damaged: no allocation, every read of the stack checked.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "pe/seh.h"

#define FRAMES_MAX 24

void (*exception_unhandled)(uint32_t code, const void *instruction, const void *touched,
                            const char *frames);

__thread bool exception_reporting;

struct lines {
    char text[6144];
    size_t used;
};

static void add(struct lines *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct lines *l, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(l->text + l->used, sizeof l->text - l->used, format, args);
    va_end(args);
    if (n > 0)
        l->used += (size_t)n < sizeof l->text - l->used ? (size_t)n : sizeof l->text - l->used - 1;
}

/* A host address, by name where one is known. */
static void add_host(struct lines *l, uint64_t address)
{
    const char *name = NULL;
    uint64_t start = 0;
    Dl_info info;

    /* Those given to drivers by the names that drivers call them. */
    for (const struct exception_export *e = exception_exports; e->name; e++) {
        uint64_t at = (uint64_t)(uintptr_t)e->target;
        if (at <= address && at > start && address - at < 512) {
            start = at;
            name = e->name;
        }
    }
    if (!name && dladdr((void *)(uintptr_t)address, &info) && info.dli_sname) {
        start = (uint64_t)(uintptr_t)info.dli_saddr;
        name = info.dli_sname;
    }
    if (name)
        add(l, "%s+0x%llx", name, (unsigned long long)(address - start));
    else
        add(l, "0x%llx", (unsigned long long)address);
}

static void add_address(struct lines *l, uint64_t address)
{
    char text[512];

    if (pe_find((const void *)(uintptr_t)address))
        add(l, "%s", pe_describe((const void *)(uintptr_t)address, text, sizeof text));
    else
        add_host(l, address);
    add(l, "\n");
}

/* Whether the bytes before a supposed return address are a call. */
static bool follows_call(const struct pe_image *image, const uint8_t *at)
{
    size_t room = (size_t)(at - image->base);

    if (room >= 5 && at[-5] == 0xe8)
        return true;
    for (size_t n = 2; n <= 7 && n <= room; n++)
        if (at[-(ptrdiff_t)n] == 0xff && ((at[1 - (ptrdiff_t)n] >> 3) & 7) == 2)
            return true;
    return false;
}

/* The first slot of the stack from `at` on that holds a driver's return address; 0 without one. */
static uint64_t find_return(uint64_t at)
{
    struct exception_stack s = exception_stack_bounds();

    at = (at + 7) & ~UINT64_C(7);
    if (at < s.low)
        at = s.low; /* it overflowed */
    for (; at + 8 <= s.high; at += 8) {
        const uint8_t *value;
        const struct pe_image *image;

        if (!exception_read_stack(at, &value, 1))
            break;
        image = pe_find(value);
        if (image && follows_call(image, value))
            return at;
    }
    return 0;
}

/* What may be frames, where the walk is lost. */
static void add_guesses(struct lines *l, uint64_t at, unsigned n)
{
    for (; n < FRAMES_MAX && (at = find_return(at)) != 0; at += 8, n++) {
        uint64_t address = 0;

        exception_read_stack(at, &address, 1);
        add(l, "perhaps ");
        add_address(l, address);
    }
}

static void add_frames(struct lines *l, struct pe_context c, unsigned skip)
{
    struct exception_call *call;
    struct pe_dispatcher d;

    for (unsigned n = 0; n < FRAMES_MAX; n++) {
        uint64_t rip = c.rip;
        enum exception_step step = exception_step(&c, 0, &d, &call);

        if (step == STEP_OUTSIDE && n)
            return;
        if (step == STEP_CALL) {
            add(l, "while handling an exception at\n");
            c = call->dispatcher ? *call->dispatcher->context : *call->context;
            continue;
        }
        if (n >= skip)
            add_address(l, rip);
        if (step == STEP_OUTSIDE)
            return;
        if (step == STEP_BROKEN) {
            add_guesses(l, c.r[PE_RSP], n + 1);
            return;
        }
    }
    add(l, "...\n");
}

static _Noreturn void finish(const struct pe_exception_record *record, const struct lines *l)
{
    const void *touched = NULL;

    if (record->code == PE_STATUS_ACCESS_VIOLATION || record->code == PE_STATUS_IN_PAGE_ERROR)
        touched = (const void *)(uintptr_t)(record->parameters > 1 ? record->information[1] : 0);
    exception_reporting = true;
    if (exception_unhandled)
        exception_unhandled(record->code, record->address, touched, l->text);
    else
        fprintf(stderr, "unhandled exception 0x%08x at %p, which touched %p\n%s", record->code,
                record->address, touched, l->text);
    _exit(125);
}

_Noreturn void exception_give_up(const struct pe_exception_record *record,
                                 const struct pe_context *context, const char *note)
{
    struct lines l = {0};

    if (note && *note)
        add(&l, "%s\n", note);
    add_frames(&l, *context, 0);
    finish(record, &l);
}

_Noreturn void exception_give_up_host(const struct pe_exception_record *record,
                                      const struct pe_context *context, uint64_t return_slot,
                                      const char *note)
{
    struct pe_context c = *context;
    struct lines l = {0};
    char text[512];

    if (note && *note)
        add(&l, "%s\n", note);
    exception_read_stack(return_slot, &c.rip, 1);
    c.r[PE_RSP] = return_slot + 8;
    add(&l, "in host function ");
    add_host(&l, context->rip);
    add(&l, ", called from %s\n", pe_describe((const void *)(uintptr_t)c.rip, text, sizeof text));
    /* The driver's frame pointer may be lost in host frames; then the rest is guessed. */
    add_frames(&l, c, 1);
    finish(record, &l);
}

const void *exception_interrupted_in(const void *context)
{
    const greg_t *r = ((const ucontext_t *)context)->uc_mcontext.gregs;
    const void *at = (const void *)(uintptr_t)r[REG_RIP];
    uint64_t slot, address = 0;

    if (pe_find(at))
        return at;
    slot = find_return((uint64_t)r[REG_RSP]);
    if (slot)
        exception_read_stack(slot, &address, 1);
    return (const void *)(uintptr_t)address;
}

bool exception_driver_below(const struct pe_context *c, uint64_t *return_slot)
{
    *return_slot = find_return(c->r[PE_RSP]);
    return *return_slot != 0;
}
