/*
 * Instructions that fault in a process and not in a kernel: moves from and to CR8, and reads of
 * KUSER_SHARED_DATA. The latter's address cannot be mapped by a process, so each form of read that
 * compilers make of a field is done here; another form is named and refused.
 */
#include <stdio.h>
#include <string.h>

#include <Zydis/Zydis.h>

#include "pe/image.h"
#include "pe/seh.h"

#define SHARED_DATA      UINT64_C(0xfffff78000000000)
#define SHARED_DATA_SIZE 4096u

#define FLAG_CF          0x001u
#define FLAG_PF          0x004u
#define FLAG_AF          0x010u
#define FLAG_ZF          0x040u
#define FLAG_SF          0x080u
#define FLAG_OF          0x800u
#define FLAGS            (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

uint8_t (*exception_get_irql)(void);
void (*exception_set_irql)(uint8_t);
const void *(*exception_shared_page)(void);

struct insn {
    ZydisDecodedInstruction i;
    ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];
};

static bool decode(const void *pc, struct insn *in)
{
    const struct pe_image *image = pe_find(pc);
    ZydisDecoder decoder;
    size_t room;

    if (!image)
        return false;
    room = (size_t)(image->base + image->size - (const uint8_t *)pc);
    return ZYAN_SUCCESS(
               ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)) &&
           ZYAN_SUCCESS(ZydisDecoderDecodeFull(
               &decoder, pc,
               room < ZYDIS_MAX_INSTRUCTION_LENGTH ? room : ZYDIS_MAX_INSTRUCTION_LENGTH, &in->i,
               in->operand));
}

static void name_of(const struct insn *in, uint64_t pc, char *text, size_t size)
{
    ZydisFormatter formatter;

    if (!ZYAN_SUCCESS(ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL)) ||
        !ZYAN_SUCCESS(ZydisFormatterFormatInstruction(
            &formatter, &in->i, in->operand, in->i.operand_count_visible, text, size, pc, NULL)))
        snprintf(text, size, "?");
}

/* ---- Registers ----------------------------------------------------------------------------- */

static uint64_t mask_of(unsigned bits)
{
    return bits >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << bits) - 1;
}

static bool is_high_byte(ZydisRegister r)
{
    return r >= ZYDIS_REGISTER_AH && r <= ZYDIS_REGISTER_BH;
}

/* The general register that holds `r`; NULL where it is none. */
static uint64_t *general(struct pe_context *c, ZydisRegister r)
{
    ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, r);

    if (whole < ZYDIS_REGISTER_RAX || whole > ZYDIS_REGISTER_R15)
        return NULL;
    return &c->r[whole - ZYDIS_REGISTER_RAX];
}

static uint64_t get(struct pe_context *c, ZydisRegister r, unsigned bits)
{
    uint64_t *whole = general(c, r);

    return whole ? (is_high_byte(r) ? *whole >> 8 : *whole) & mask_of(bits) : 0;
}

static void set(struct pe_context *c, ZydisRegister r, unsigned bits, uint64_t value)
{
    uint64_t *whole = general(c, r);
    unsigned shift = is_high_byte(r) ? 8 : 0;

    if (!whole)
        return;
    value &= mask_of(bits);
    if (bits >= 32)
        *whole = value; /* 32 bits clear the upper half */
    else
        *whole = (*whole & ~(mask_of(bits) << shift)) | value << shift;
}

static uint64_t sign_extend(uint64_t value, unsigned bits)
{
    uint64_t sign = UINT64_C(1) << (bits - 1);

    return bits >= 64 ? value : ((value & mask_of(bits)) ^ sign) - sign;
}

/* ---- Arithmetic ---------------------------------------------------------------------------- */

static void set_flags(struct pe_context *c, uint64_t result, unsigned bits, uint32_t flags)
{
    result &= mask_of(bits);
    if (!result)
        flags |= FLAG_ZF;
    if (result >> (bits - 1))
        flags |= FLAG_SF;
    if (!__builtin_parity((unsigned)(result & 0xff)))
        flags |= FLAG_PF;
    c->eflags = (c->eflags & ~FLAGS) | flags;
}

/* a OP b, with its flags. False: not one of these. */
static bool compute(struct pe_context *c, ZydisMnemonic op, unsigned bits, uint64_t a, uint64_t b,
                    uint64_t *result)
{
    uint64_t r, overflow = 0;
    uint32_t flags = 0;

    switch (op) {
    case ZYDIS_MNEMONIC_CMP:
    case ZYDIS_MNEMONIC_SUB:
        r = a - b;
        flags = a < b ? FLAG_CF : 0;
        overflow = (a ^ b) & (a ^ r);
        flags |= (a ^ b ^ r) & FLAG_AF;
        break;
    case ZYDIS_MNEMONIC_ADD:
        r = a + b;
        flags = (r & mask_of(bits)) < a ? FLAG_CF : 0;
        overflow = ~(a ^ b) & (a ^ r);
        flags |= (a ^ b ^ r) & FLAG_AF;
        break;
    case ZYDIS_MNEMONIC_TEST:
    case ZYDIS_MNEMONIC_AND:
        r = a & b;
        break;
    case ZYDIS_MNEMONIC_OR:
        r = a | b;
        break;
    case ZYDIS_MNEMONIC_XOR:
        r = a ^ b;
        break;
    default:
        return false;
    }
    if (overflow >> (bits - 1) & 1)
        flags |= FLAG_OF;
    set_flags(c, r, bits, flags);
    *result = r;
    return true;
}

static bool multiply(struct pe_context *c, const struct insn *in, uint64_t value)
{
    unsigned bits = in->operand[0].size;
    bool three = in->i.operand_count_visible == 3;
    ZydisRegister to = in->operand[0].reg.value;
    __int128 product;

    if (in->operand[0].type != ZYDIS_OPERAND_TYPE_REGISTER || in->i.operand_count_visible < 2)
        return false;
    product = (__int128)(int64_t)sign_extend(value, bits) *
              (int64_t)(three ? in->operand[2].imm.value.u : sign_extend(get(c, to, bits), bits));
    set(c, to, bits, (uint64_t)product);
    set_flags(c, (uint64_t)product, bits,
              (__int128)(int64_t)sign_extend((uint64_t)product, bits) != product ? FLAG_CF | FLAG_OF
                                                                                 : 0);
    return true;
}

/* ---- Reads --------------------------------------------------------------------------------- */

static bool to_xmm(struct pe_context *c, const struct insn *in, const void *from, size_t size)
{
    ZydisRegister to = in->operand[0].reg.value;
    struct pe_m128 *xmm;

    if (to < ZYDIS_REGISTER_XMM0 || to > ZYDIS_REGISTER_XMM15 ||
        in->i.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY || size > sizeof *xmm)
        return false;
    xmm = &c->fx.xmm[to - ZYDIS_REGISTER_XMM0];
    memset(xmm, 0, sizeof *xmm);
    memcpy(xmm, from, size);
    return true;
}

static bool load(struct pe_context *c, const struct insn *in, const uint8_t *from, size_t size)
{
    unsigned bits = (unsigned)size * 8, to_bits = in->operand[0].size;
    ZydisRegister to = in->operand[0].reg.value;
    uint64_t value = 0;

    if (in->operand[0].type != ZYDIS_OPERAND_TYPE_REGISTER)
        return false;
    if (!general(c, to))
        switch (in->i.mnemonic) {
        case ZYDIS_MNEMONIC_MOVD:
        case ZYDIS_MNEMONIC_MOVQ:
        case ZYDIS_MNEMONIC_MOVSS:
        case ZYDIS_MNEMONIC_MOVSD:
        case ZYDIS_MNEMONIC_MOVUPS:
        case ZYDIS_MNEMONIC_MOVUPD:
        case ZYDIS_MNEMONIC_MOVDQU:
        case ZYDIS_MNEMONIC_MOVAPS:
        case ZYDIS_MNEMONIC_MOVAPD:
        case ZYDIS_MNEMONIC_MOVDQA:
            return to_xmm(c, in, from, size);
        default:
            return false;
        }
    if (size > sizeof value)
        return false;
    memcpy(&value, from, size);
    switch (in->i.mnemonic) {
    case ZYDIS_MNEMONIC_MOV:
    case ZYDIS_MNEMONIC_MOVZX:
        set(c, to, to_bits, value);
        return true;
    case ZYDIS_MNEMONIC_MOVSX:
    case ZYDIS_MNEMONIC_MOVSXD:
        set(c, to, to_bits, sign_extend(value, bits));
        return true;
    case ZYDIS_MNEMONIC_IMUL:
        return multiply(c, in, value);
    default:
        return false;
    }
}

/* cmp, test and the like; either side may be the memory. */
static bool operate(struct pe_context *c, const struct insn *in, const uint8_t *from, size_t size)
{
    unsigned bits = (unsigned)size * 8;
    uint64_t side[2] = {0}, result;

    if (in->i.operand_count_visible != 2 || size > sizeof side[0])
        return false;
    for (unsigned n = 0; n < 2; n++) {
        const ZydisDecodedOperand *o = &in->operand[n];
        if (o->type == ZYDIS_OPERAND_TYPE_MEMORY)
            memcpy(&side[n], from, size);
        else if (o->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
            side[n] = o->imm.value.u & mask_of(bits);
        else if (o->type == ZYDIS_OPERAND_TYPE_REGISTER && general(c, o->reg.value))
            side[n] = get(c, o->reg.value, bits);
        else
            return false;
    }
    if (!compute(c, in->i.mnemonic, bits, side[0], side[1], &result))
        return false;
    if (in->i.mnemonic != ZYDIS_MNEMONIC_CMP && in->i.mnemonic != ZYDIS_MNEMONIC_TEST)
        set(c, in->operand[0].reg.value, bits, result);
    return true;
}

static enum exception_emulated read_shared(struct pe_context *c, const struct insn *in,
                                           uint64_t touched, char *note, size_t note_size)
{
    const ZydisDecodedOperand *memory = NULL;
    size_t offset = (size_t)(touched - SHARED_DATA), size;
    const uint8_t *page;
    char text[128];

    for (unsigned n = 0; n < in->i.operand_count_visible; n++)
        if (in->operand[n].type == ZYDIS_OPERAND_TYPE_MEMORY)
            memory = &in->operand[n];
    if (memory && memory->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE)
        return NOT_OURS; /* it is read-only on Windows too */
    size = memory ? memory->size / 8 : 0;
    if (memory && size && size <= SHARED_DATA_SIZE - offset &&
        !(in->i.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE |
                              ZYDIS_ATTRIB_HAS_REPNE | ZYDIS_ATTRIB_HAS_LOCK))) {
        page = exception_shared_page();
        if (load(c, in, page + offset, size) || operate(c, in, page + offset, size)) {
            c->rip += in->i.length;
            return EMULATED;
        }
    }
    name_of(in, c->rip, text, sizeof text);
    snprintf(note, note_size,
             "this form of reading KUSER_SHARED_DATA (at 0x%llx) is not supported: %s",
             (unsigned long long)touched, text);
    return NOT_POSSIBLE;
}

static enum exception_emulated move_cr8(struct pe_context *c, const struct insn *in)
{
    const ZydisDecodedOperand *to = &in->operand[0], *from = &in->operand[1];

    if (in->i.mnemonic != ZYDIS_MNEMONIC_MOV || to->type != ZYDIS_OPERAND_TYPE_REGISTER ||
        from->type != ZYDIS_OPERAND_TYPE_REGISTER)
        return NOT_OURS;
    if (from->reg.value == ZYDIS_REGISTER_CR8 && exception_get_irql)
        set(c, to->reg.value, 64, exception_get_irql());
    else if (to->reg.value == ZYDIS_REGISTER_CR8 && exception_set_irql)
        exception_set_irql((uint8_t)(get(c, from->reg.value, 64) & 15));
    else
        return NOT_OURS;
    c->rip += in->i.length;
    return EMULATED;
}

enum exception_emulated exception_emulate(struct pe_context *c, uint64_t touched, char *note,
                                          size_t note_size)
{
    struct insn in;

    if (touched != ~UINT64_C(0) &&
        (touched < SHARED_DATA || touched - SHARED_DATA >= SHARED_DATA_SIZE ||
         !exception_shared_page))
        return NOT_OURS;
    if (!decode((const void *)(uintptr_t)c->rip, &in))
        return NOT_OURS;
    return touched == ~UINT64_C(0) ? move_cr8(c, &in)
                                   : read_shared(c, &in, touched, note, note_size);
}

/* ---- Kinds of fault ------------------------------------------------------------------------ */

bool exception_is_privileged(const void *pc)
{
    struct insn in;

    if (!decode(pc, &in))
        return false;
    switch (in.i.mnemonic) {
    case ZYDIS_MNEMONIC_CLI: /* these depend on the I/O privilege level */
    case ZYDIS_MNEMONIC_STI:
    case ZYDIS_MNEMONIC_IN:
    case ZYDIS_MNEMONIC_OUT:
    case ZYDIS_MNEMONIC_INSB:
    case ZYDIS_MNEMONIC_INSW:
    case ZYDIS_MNEMONIC_INSD:
    case ZYDIS_MNEMONIC_OUTSB:
    case ZYDIS_MNEMONIC_OUTSW:
    case ZYDIS_MNEMONIC_OUTSD:
        return true;
    default:
        return in.i.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED;
    }
}

bool exception_divides_by_zero(const struct pe_context *context)
{
    struct pe_context c = *context;
    const ZydisDecodedOperand *divisor;
    struct insn in;

    if (!decode((const void *)(uintptr_t)c.rip, &in))
        return true;
    divisor = &in.operand[0];
    if (divisor->type == ZYDIS_OPERAND_TYPE_REGISTER)
        return get(&c, divisor->reg.value, divisor->size) == 0;
    if (divisor->type == ZYDIS_OPERAND_TYPE_MEMORY) {
        ZydisRegisterContext registers = {0};
        ZyanU64 address;
        uint64_t value = 0;

        for (unsigned n = 0; n < 16; n++)
            registers.values[ZYDIS_REGISTER_RAX + n] = c.r[n];
        /* The operand was readable a moment ago, as the division was tried. */
        if (divisor->mem.segment < ZYDIS_REGISTER_FS || divisor->mem.segment > ZYDIS_REGISTER_GS)
            if (ZYAN_SUCCESS(
                    ZydisCalcAbsoluteAddressEx(&in.i, divisor, c.rip, &registers, &address))) {
                memcpy(&value, (const void *)(uintptr_t)address, divisor->size / 8);
                return value == 0;
            }
    }
    return true;
}
