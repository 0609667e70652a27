/* Names: Linux bytes to NT UTF-16 and back, without loss. The mapping is described in translate.h.
 */
#include "translate.h"

#include <string.h>

#define PRIVATE_FIRST 0xF000 /* U+F000 + character: a character that NT names cannot hold */
#define PRIVATE_LAST  0xF0FF
#define BYTE_FIRST    0xDC80 /* U+DC00 + byte: a byte that is not part of a character */
#define BYTE_LAST     0xDCFF

/* What an ASCII character of a Linux name is in an NT name; 0: U+F000 + itself. */
static const char ascii_in_nt[] = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                  " !\0#$%&'()\0+,-.\\"
                                  "0123456789\0;\0=\0\0"
                                  "@ABCDEFGHIJKLMNO"
                                  "PQRSTUVWXYZ[\0]^_"
                                  "`abcdefghijklmno"
                                  "pqrstuvwxyz{\0}~\x7f";
_Static_assert(sizeof(ascii_in_nt) == 0x80 + 1, "one for each");

/* An ASCII character's unit. */
static uint16_t from_ascii(unsigned char c, bool keep_slash)
{
    if (keep_slash) /* a command line: text, not a name */
        return c;
    return ascii_in_nt[c] != 0 ? ascii_in_nt[c] : PRIVATE_FIRST + c;
}

/* ---- Sixteen at a time: what most names are made of ---------------------------------------- */

#define BLOCK 16
typedef unsigned char block __attribute__((vector_size(BLOCK)));

/* ASCII characters that are the same in an NT name, or '/'. */
static bool plain_block(const unsigned char *s)
{
    uint64_t halves[2];
    block c, odd;

    memcpy(&c, s, sizeof(c));
    odd = (block)((c < 0x20) | (c > 0x7F) | (c == '\\') | (c == ':') | (c == '*') | (c == '?') |
                  (c == '"') | (c == '<') | (c == '>') | (c == '|'));
    memcpy(halves, &odd, sizeof(halves));
    return (halves[0] | halves[1]) == 0;
}

static void widen_block(const unsigned char *restrict s, uint16_t *restrict units)
{
    for (size_t i = 0; i < BLOCK; i++)
        units[i] = s[i] == '/' ? '\\' : s[i];
}

static bool ascii_block(const uint16_t *units)
{
    uint16_t all = 0;

    for (size_t i = 0; i < BLOCK; i++)
        all |= units[i];
    return all < 0x80;
}

static void narrow_block(const uint16_t *restrict units, char *restrict s)
{
    for (size_t i = 0; i < BLOCK; i++)
        s[i] = units[i] == '\\' ? '/' : (char)units[i];
}

/* ---- One by one ---------------------------------------------------------------------------- */

/*
 * Decodes one well-formed UTF-8 sequence (no overlong form, no surrogate, at most U+10FFFF) that is
 * not ASCII. Returns its length, 0 where there is none.
 */
static size_t decode_utf8(const unsigned char *s, size_t length, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need;

    if (s[0] >= 0xC2 && s[0] <= 0xDF) {
        need = 2;
        *code = s[0] & 0x1F;
    } else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
        need = 3;
        *code = s[0] & 0x0F;
    } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        need = 4;
        *code = s[0] & 0x07;
    } else {
        return 0;
    }
    if (length < need)
        return 0;
    for (size_t i = 1; i < need; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (s[i] & 0x3F);
    }
    if (*code < smallest[need] || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF))
        return 0;
    return need;
}

size_t translate_name(const char *bytes, size_t length, uint16_t *units, bool keep_slash)
{
    const unsigned char *s = (const unsigned char *)bytes;
    size_t n = 0;

    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t used;

        if (!keep_slash && length - i >= BLOCK && plain_block(s + i)) {
            widen_block(s + i, units + n);
            i += BLOCK;
            n += BLOCK;
            continue;
        }
        if (s[i] < 0x80) {
            units[n++] = from_ascii(s[i++], keep_slash);
            continue;
        }
        used = decode_utf8(s + i, length - i, &code);
        if (used == 0 || (code >= PRIVATE_FIRST && code <= PRIVATE_LAST)) {
            /* Only this byte: those after it are looked at on their own, and end up here too. */
            units[n++] = 0xDC00 + s[i++];
            continue;
        }
        i += used;
        if (code >= 0x10000) {
            units[n++] = 0xD800 + ((code - 0x10000) >> 10);
            units[n++] = 0xDC00 + ((code - 0x10000) & 0x3FF);
        } else {
            units[n++] = code;
        }
    }
    return n;
}

static size_t encode_utf8(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = 0xC0 | code >> 6;
        out[1] = 0x80 | (code & 0x3F);
        return 2;
    }
    if (code < 0x10000) {
        out[0] = 0xE0 | code >> 12;
        out[1] = 0x80 | (code >> 6 & 0x3F);
        out[2] = 0x80 | (code & 0x3F);
        return 3;
    }
    out[0] = 0xF0 | code >> 18;
    out[1] = 0x80 | (code >> 12 & 0x3F);
    out[2] = 0x80 | (code >> 6 & 0x3F);
    out[3] = 0x80 | (code & 0x3F);
    return 4;
}

size_t translate_name_back(const uint16_t *units, size_t count, char *bytes, bool keep_slash)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t code = units[i];

        if (!keep_slash && count - i >= BLOCK && ascii_block(units + i)) {
            narrow_block(units + i, bytes + n);
            i += BLOCK - 1;
            n += BLOCK;
            continue;
        }
        if (code == 0 && keep_slash)
            code = 0xFFFD; /* it would end the text */
        if (code < 0x80) {
            bytes[n++] = code == '\\' && !keep_slash ? '/' : (char)code;
            continue;
        }
        if (code >= 0xD800 && code <= 0xDBFF && i + 1 < count && units[i + 1] >= 0xDC00 &&
            units[i + 1] <= 0xDFFF) {
            code = 0x10000 + ((code - 0xD800) << 10) + (units[++i] - 0xDC00);
        } else if (code >= BYTE_FIRST && code <= BYTE_LAST) {
            bytes[n++] = code - 0xDC00;
            continue;
        } else if (code >= PRIVATE_FIRST && code <= PRIVATE_LAST && !keep_slash) {
            code -= PRIVATE_FIRST;
        }
        n += encode_utf8(code, bytes + n);
    }
    bytes[n] = '\0';
    return n;
}

size_t translate_windows_name_back(const uint16_t *units, size_t count, char *bytes)
{
    size_t n = translate_name_back(units, count, bytes, true);

    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '\\')
            bytes[i] = '/';
    }
    return n;
}
