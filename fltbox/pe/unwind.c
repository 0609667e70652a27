/*
 * Virtual unwinding through RUNTIME_FUNCTION and UNWIND_INFO, after Microsoft's "x64 exception
 * handling". Tables and stacks may be damaged: every read of the image is checked against its
 * bounds and every read of the stack against the thread's.
 */
#include <pthread.h>
#include <string.h>

#include "pe/image.h"
#include "pe/seh.h"

#define CHAIN_MAX 32

static __thread struct exception_stack stack;

struct exception_stack exception_stack_bounds(void)
{
    if (!stack.high) {
        pthread_attr_t attr;
        size_t size, guard = 0;
        void *low;

        if (pthread_getattr_np(pthread_self(), &attr) == 0) {
            if (pthread_attr_getstack(&attr, &low, &size) == 0) {
                pthread_attr_getguardsize(&attr, &guard);
                stack.low = (uintptr_t)low + guard;
                stack.high = (uintptr_t)low + size;
            }
            pthread_attr_destroy(&attr);
        }
    }
    return stack;
}

/* As it is, also where a sanitizer has other ideas of who may read a frame. */
__attribute__((no_sanitize("address"))) bool exception_read_stack(uint64_t address, void *to,
                                                                  size_t words)
{
    typedef uint64_t __attribute__((aligned(1), may_alias)) word;
    struct exception_stack s = exception_stack_bounds();
    const volatile word *from = (const volatile word *)(uintptr_t)address;
    word *at = to;

    if (address < s.low || address > s.high || words * sizeof *at > s.high - address)
        return false;
    while (words--)
        *at++ = *from++;
    return true;
}

static bool pop(struct pe_context *c, uint64_t *to)
{
    if (!exception_read_stack(c->r[PE_RSP], to, 1))
        return false;
    c->r[PE_RSP] += 8;
    return true;
}

const struct pe_function *pe_function_at(const struct pe_image *image, uint32_t rva)
{
    const struct pe_function *table = image->unwind;
    size_t low = 0, high = image->unwind_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rva < table[middle].begin)
            high = middle;
        else if (rva >= table[middle].end)
            low = middle + 1;
        else if (table[middle].unwind &
                 1) /* an entry that stands for another's, which is aligned */
            return (table[middle].unwind & 2) != 0
                       ? NULL
                       : pe_image_at(image, table[middle].unwind & ~1u, sizeof *table);
        else
            return &table[middle];
    }
    return NULL;
}

/* ---- Epilogues ----------------------------------------------------------------------------- */

/*
 * The instructions of an epilogue, as the document restricts them: at most one `add rsp, n` or
 * `lea rsp, [frame + n]`, then pops, then ret or a jump out of the function. With `c`, undone
 * in it.
 */
struct code {
    const uint8_t *at, *end;
};

static bool has(const struct code *p, size_t n)
{
    return (size_t)(p->end - p->at) >= n;
}

static int32_t immediate(const uint8_t *at, bool byte)
{
    int32_t value;

    if (byte)
        return (int8_t)*at;
    memcpy(&value, at, sizeof value);
    return value;
}

/* Consumes the instruction where it is there. */
static void skip_deallocation(struct code *p, unsigned frame_register, struct pe_context *c)
{
    const uint8_t *b = p->at;

    if (has(p, 4) && b[0] == 0x48 && b[1] == 0x83 && b[2] == 0xc4) {
        c->r[PE_RSP] += (uint64_t)(int64_t)immediate(b + 3, true);
        p->at += 4;
    } else if (has(p, 7) && b[0] == 0x48 && b[1] == 0x81 && b[2] == 0xc4) {
        c->r[PE_RSP] += (uint64_t)(int64_t)immediate(b + 3, false);
        p->at += 7;
    } else if (has(p, 4) && (b[0] & 0xfe) == 0x48 && b[1] == 0x8d && frame_register) {
        unsigned base = (b[2] & 7) | (b[0] & 1) << 3, mode = b[2] >> 6;
        if (((b[2] >> 3) & 7) != PE_RSP || base != frame_register || (b[2] & 7) == PE_RSP)
            return;
        if (mode == 1) {
            c->r[PE_RSP] = c->r[base] + (uint64_t)(int64_t)immediate(b + 3, true);
            p->at += 4;
        } else if (mode == 2 && has(p, 7)) {
            c->r[PE_RSP] = c->r[base] + (uint64_t)(int64_t)immediate(b + 3, false);
            p->at += 7;
        }
    }
}

/* The function that a chained part belongs to. */
static const struct pe_function *primary_of(const struct pe_image *image,
                                            const struct pe_function *f)
{
    for (unsigned depth = 0; f && depth < CHAIN_MAX; depth++) {
        const struct pe_unwind_info *info = pe_image_at(image, f->unwind, sizeof *info);
        if (!info || !(info->version_flags >> 3 & PE_UNWIND_CHAININFO))
            return f;
        f = pe_image_at(image,
                        (uint64_t)f->unwind + sizeof *info + ((info->code_count + 1u) & ~1u) * 2,
                        sizeof *f);
    }
    return f;
}

/* A jump leaves for good, unless it goes to another part of the same function. */
static bool leaves(const struct pe_image *image, const struct pe_function *function, int64_t target)
{
    const struct pe_function *from = primary_of(image, function), *to;

    if (!from || target < 0 || (uint64_t)target >= image->size)
        return false;
    to = primary_of(image, pe_function_at(image, (uint32_t)target));
    return !to || to->begin != from->begin || target == from->begin;
}

static bool ends_function(const struct code *p, const struct pe_image *image,
                          const struct pe_function *function)
{
    const uint8_t *b = p->at;
    int64_t target;

    if (has(p, 1) && b[0] == 0xc3)
        return true; /* ret */
    if (has(p, 2) && b[0] == 0xf3 && b[1] == 0xc3)
        return true; /* rep ret */
    if (has(p, 2) && b[0] == 0xeb)
        target = b - image->base + 2 + immediate(b + 1, true);
    else if (has(p, 5) && b[0] == 0xe9)
        target = b - image->base + 5 + immediate(b + 1, false);
    else /* jmp [rip + n], or jmp rax with the prefix that marks it as the end of an epilogue */
        return (has(p, 6) && b[0] == 0xff && b[1] == 0x25) ||
               (has(p, 7) && b[0] == 0x48 && b[1] == 0xff && b[2] == 0x25) ||
               (has(p, 3) && b[0] == 0x48 && b[1] == 0xff && (b[2] & 0xf8) == 0xe0);
    return leaves(image, function, target);
}

/* If pc is in an epilogue, does the rest of it to the context. */
static bool unwind_epilogue(const struct pe_image *image, const struct pe_function *function,
                            uint64_t pc, unsigned frame_register, struct pe_context *context)
{
    struct pe_context c = *context;
    struct code p = {(const uint8_t *)(uintptr_t)pc, NULL};

    if (!pe_image_at(image, function->end, 0))
        return false;
    p.end = image->base + function->end;
    skip_deallocation(&p, frame_register, &c);
    for (;;) {
        unsigned r;
        if (has(&p, 1) && (p.at[0] & 0xf8) == 0x58) {
            r = p.at[0] & 7;
            p.at += 1;
        } else if (has(&p, 2) && p.at[0] == 0x41 && (p.at[1] & 0xf8) == 0x58) {
            r = (p.at[1] & 7) | 8;
            p.at += 2;
        } else {
            break;
        }
        if (!pop(&c, &c.r[r]))
            return false;
    }
    if (!ends_function(&p, image, function) || !pop(&c, &c.rip))
        return false;
    *context = c;
    return true;
}

/* ---- Prologues ----------------------------------------------------------------------------- */

static unsigned slots_of(unsigned op, unsigned info)
{
    switch (op) {
    case PE_UWOP_ALLOC_LARGE:
        return info ? 3 : 2;
    case PE_UWOP_SAVE_NONVOL:
    case PE_UWOP_SAVE_XMM128:
        return 2;
    case PE_UWOP_SAVE_NONVOL_FAR:
    case PE_UWOP_SAVE_XMM128_FAR:
        return 3;
    default:
        return 1;
    }
}

struct unwinding {
    struct pe_context *c;
    uint64_t frame; /* to which saved registers are relative */
    unsigned fp, fp_offset;
    bool machine_frame;
};

static bool undo(struct unwinding *u, unsigned op, unsigned info, const uint8_t *slot)
{
    struct pe_context *c = u->c;
    uint64_t near = (uint64_t)(slot[2] | slot[3] << 8), far;
    uint32_t value;

    memcpy(&value, slot + 2, sizeof value);
    far = value;
    switch (op) {
    case PE_UWOP_PUSH_NONVOL:
        return pop(c, &c->r[info]);
    case PE_UWOP_ALLOC_LARGE:
        c->r[PE_RSP] += info ? far : near * 8;
        return true;
    case PE_UWOP_ALLOC_SMALL:
        c->r[PE_RSP] += info * 8 + 8;
        return true;
    case PE_UWOP_SET_FPREG:
        c->r[PE_RSP] = c->r[u->fp] - u->fp_offset;
        return true;
    case PE_UWOP_SAVE_NONVOL:
        return exception_read_stack(u->frame + near * 8, &c->r[info], 1);
    case PE_UWOP_SAVE_NONVOL_FAR:
        return exception_read_stack(u->frame + far, &c->r[info], 1);
    case PE_UWOP_SAVE_XMM128:
        return exception_read_stack(u->frame + near * 16, &c->fx.xmm[info], 2);
    case PE_UWOP_SAVE_XMM128_FAR:
        return exception_read_stack(u->frame + far, &c->fx.xmm[info], 2);
    case PE_UWOP_PUSH_MACHFRAME:
        c->r[PE_RSP] += info ? 8 : 0;
        u->machine_frame = true;
        return info <= 1 && exception_read_stack(c->r[PE_RSP], &c->rip, 1) &&
               exception_read_stack(c->r[PE_RSP] + 24, &c->r[PE_RSP], 1);
    case PE_UWOP_EPILOG:
        return true; /* epilogues are recognised by their code */
    default:
        return false;
    }
}

/* The codes of one UNWIND_INFO for what had run of the prologue at `offset`. */
static bool undo_codes(const struct pe_image *image, uint32_t rva,
                       const struct pe_unwind_info *info, uint32_t offset, struct unwinding *u)
{
    const uint8_t *codes = pe_image_at(image, rva + sizeof *info, info->code_count * UINT64_C(2));
    unsigned i = 0;

    if (!codes)
        return false;
    while (i < info->code_count) {
        /* The last code may lack slots in a damaged table; the pad keeps the reads inside. */
        uint8_t slot[6] = {0};
        unsigned op = codes[i * 2 + 1] & 15, operand = codes[i * 2 + 1] >> 4;
        unsigned slots = slots_of(op, operand);

        if (slots > info->code_count - i)
            return false;
        memcpy(slot, codes + i * 2, slots * 2);
        /* An all-zero slot only pads version 2's epilogue codes: rax is never saved. */
        if (codes[i * 2] <= offset && (slot[0] | slot[1]) && !undo(u, op, operand, slot))
            return false;
        i += slots;
    }
    return true;
}

/* The establisher frame and what saved registers are relative to. */
static bool frame_pointer_set(const struct pe_image *image, uint32_t rva,
                              const struct pe_unwind_info *info, uint32_t offset)
{
    const uint8_t *codes = pe_image_at(image, rva + sizeof *info, info->code_count * UINT64_C(2));

    if (offset >= info->prolog_size || (info->version_flags >> 3 & PE_UNWIND_CHAININFO))
        return true;
    for (unsigned i = 0; codes && i < info->code_count;) {
        unsigned op = codes[i * 2 + 1] & 15;
        if (op == PE_UWOP_SET_FPREG)
            return codes[i * 2] <= offset;
        i += slots_of(op, codes[i * 2 + 1] >> 4);
    }
    return false;
}

bool exception_unwind_frame(const struct pe_image *image, const struct pe_function *function,
                            uint64_t pc, unsigned handler_flag, struct pe_context *c,
                            uint64_t *frame, void **handler, const void **handler_data)
{
    uint32_t offset = (uint32_t)(pc - (uint64_t)(uintptr_t)image->base) - function->begin;
    const struct pe_unwind_info *info;
    const struct pe_function *f = function;
    bool in_body = true;
    struct unwinding u = {.c = c};

    *handler = NULL;
    *handler_data = NULL;
    for (unsigned depth = 0; depth < CHAIN_MAX; depth++) {
        uint32_t rva = f->unwind, after;
        unsigned version, flags;
        const uint32_t *tail;

        info = pe_image_at(image, rva, sizeof *info);
        if (!info)
            return false;
        version = info->version_flags & 7;
        flags = info->version_flags >> 3;
        if (version != 1 && version != 2)
            return false;
        u.fp = info->frame & 15;
        u.fp_offset = (info->frame >> 4) * 16u;
        u.frame = c->r[PE_RSP];
        if (u.fp && (depth || frame_pointer_set(image, rva, info, offset)))
            u.frame = c->r[u.fp] - u.fp_offset;
        if (depth == 0) {
            *frame = u.frame;
            in_body = offset >= info->prolog_size;
            if (in_body && unwind_epilogue(image, function, pc, u.fp, c))
                return true;
        }
        if (!undo_codes(image, rva, info, depth ? UINT32_MAX : offset, &u))
            return false;
        after = (uint32_t)sizeof *info + ((info->code_count + 1u) & ~1u) * 2;
        tail = pe_image_at(image, (uint64_t)rva + after, sizeof *tail);
        if (flags & PE_UNWIND_CHAININFO) {
            f = pe_image_at(image, (uint64_t)rva + after, sizeof *f);
            if (!f)
                return false;
            continue;
        }
        if (in_body && (flags & handler_flag)) {
            if (!tail || !pe_image_at(image, *tail, 1))
                return false;
            *handler = image->base + *tail;
            *handler_data = tail + 1;
        }
        return u.machine_frame || pop(c, &c->rip);
    }
    return false;
}

/* ---- Steps --------------------------------------------------------------------------------- */

enum exception_step exception_step(struct pe_context *c, unsigned handler_flag,
                                   struct pe_dispatcher *d, struct exception_call **call)
{
    uint64_t before = c->r[PE_RSP];
    const struct pe_image *image;
    uint64_t at;

    if (c->rip == (uint64_t)(uintptr_t)exception_invoke_return) {
        if (!exception_read_stack(c->r[PE_RSP] + 0x28, &at, 1))
            return STEP_BROKEN;
        *call = (struct exception_call *)(uintptr_t)at;
        return STEP_CALL;
    }
    if (c->rip >= (uint64_t)(uintptr_t)exception_leaf_begin &&
        c->rip < (uint64_t)(uintptr_t)exception_leaf_end) {
        c->r[PE_RDI] = c->r[PE_R10];
        c->r[PE_RSI] = c->r[PE_R11];
        memset(d, 0, sizeof *d);
        return pop(c, &c->rip) ? STEP_LEAF : STEP_BROKEN;
    }
    memset(d, 0, sizeof *d);
    if (c->flags & PE_CONTEXT_NOWHERE) {
        c->flags &= ~PE_CONTEXT_NOWHERE;
        return pop(c, &c->rip) ? STEP_LEAF : STEP_BROKEN;
    }
    image = pe_find((const void *)(uintptr_t)c->rip);
    if (!image)
        return STEP_OUTSIDE;
    d->control_pc = c->rip;
    d->image_base = (uint64_t)(uintptr_t)image->base;
    d->function = pe_function_at(image, (uint32_t)(c->rip - d->image_base));
    if (!d->function) {
        d->frame = c->r[PE_RSP];
        return pop(c, &c->rip) ? STEP_LEAF : STEP_BROKEN;
    }
    if (!exception_unwind_frame(image, d->function, c->rip, handler_flag, c, &d->frame, &d->handler,
                                &d->handler_data))
        return STEP_BROKEN;
    /* A stack that does not go up would be walked for ever. */
    return c->r[PE_RSP] > before && d->frame % 8 == 0 ? STEP_FRAME : STEP_BROKEN;
}
