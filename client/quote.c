#include "quote.h"

#include <string.h>

#include "utf.h"

/* What stands for itself, in text and in a JSON string. */
static bool plain(uint32_t code)
{
    return code >= 0x20 && code < 0x7F && code != '"' && code != '\\';
}

/* Sixteen characters that stand for themselves are taken at once. */
#define BLOCK 16
typedef unsigned char block __attribute__((vector_size(BLOCK)));

static bool plain_block(const void *bytes)
{
    uint64_t halves[2];
    block c, odd;

    memcpy(&c, bytes, sizeof(c));
    odd = (block)((c < 0x20) | (c > 0x7E) | (c == '"') | (c == '\\'));
    memcpy(halves, &odd, sizeof(halves));
    return (halves[0] | halves[1]) == 0;
}

/*
 * C1 controls drive terminals as C0 ones do; the others reorder, split or hide text, or show as
 * nothing: Unicode's formatting characters but for the few that are signs, the fillers, and the
 * selectors that no font has.
 */
static bool misleads(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x7F, 0x9F},       {0xAD, 0xAD},     {0x34F, 0x34F},     {0x61C, 0x61C},
        {0x115F, 0x1160},   {0x17B4, 0x17B5}, {0x180B, 0x180F},   {0x200B, 0x200F},
        {0x2028, 0x202E},   {0x2060, 0x206F}, {0x3164, 0x3164},   {0xFEFF, 0xFEFF},
        {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
        {0xE0000, 0xE0FFF},
    };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]) && code >= ranges[i].first; i++) {
        if (code <= ranges[i].last)
            return true;
    }
    return false;
}

void quote_text(struct buffer *b, const char *bytes, bool backslash)
{
    size_t length = strlen(bytes);

    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t used;

        if (length - i >= BLOCK && plain_block(bytes + i)) {
            buffer_add(b, bytes + i, BLOCK);
            i += BLOCK;
            continue;
        }
        if (plain((unsigned char)bytes[i])) {
            buffer_byte(b, bytes[i++]);
            continue;
        }
        used = utf8_decode(bytes + i, length - i, &code);
        if (used == 0)
            buffer_printf(b, "\\x%02x", (unsigned char)bytes[i]);
        else if (code == '\\' && backslash)
            buffer_string(b, "\\\\");
        else if (code == '\n')
            buffer_string(b, "\\n");
        else if (code == '\r')
            buffer_string(b, "\\r");
        else if (code == '\t')
            buffer_string(b, "\\t");
        else if (code < 0x20 || code == 0x7F)
            buffer_printf(b, "\\x%02x", code);
        else if (misleads(code))
            buffer_printf(b, code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
        else
            buffer_add(b, bytes + i, used);
        i += used > 0 ? used : 1;
    }
}

void quote_csv(struct buffer *b, const char *bytes)
{
    buffer_byte(b, '"');
    for (; *bytes != '\0'; bytes++) {
        if (*bytes == '"')
            buffer_byte(b, '"');
        buffer_byte(b, *bytes);
    }
    buffer_byte(b, '"');
}

/* A byte of a name, or a unit, takes this much room in a JSON string at most: \u1234. A character
   that takes two such escapes has four bytes, or two units. */
#define JSON_ROOM 6

static char *json_escape(char *at, uint32_t code)
{
    if (code >= 0x10000) {
        at = json_escape(at, 0xD800 + ((code - 0x10000) >> 10));
        code = 0xDC00 + ((code - 0x10000) & 0x3FF);
    }
    *at++ = '\\';
    *at++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[code >> shift & 15];
    return at;
}

static char *json_character(char *at, uint32_t code)
{
    if (code == '"' || code == '\\' || code == '\n' || code == '\t') {
        *at++ = '\\';
        *at++ = code == '\n' ? 'n' : code == '\t' ? 't' : (char)code;
        return at;
    }
    /* What misleads on a terminal does so in JSON too, and U+2028 ends a line for some readers. */
    if (code < 0x20 || (code >= 0xD800 && code <= 0xDFFF) || misleads(code))
        return json_escape(at, code);
    return at + utf8_encode(code, at);
}

void quote_json(struct buffer *b, const char *bytes)
{
    size_t length;
    char *at;

    if (bytes == NULL) {
        buffer_string(b, "null");
        return;
    }
    length = strlen(bytes);
    at = buffer_reserve(b, JSON_ROOM * length + 2);
    *at++ = '"';
    for (size_t i = 0; i < length;) {
        uint32_t code = (unsigned char)bytes[i];
        size_t used;

        if (length - i >= BLOCK && plain_block(bytes + i)) {
            memcpy(at, bytes + i, BLOCK);
            at += BLOCK;
            i += BLOCK;
            continue;
        }
        if (plain(code)) {
            *at++ = (char)code;
            i++;
            continue;
        }
        used = utf8_decode(bytes + i, length - i, &code);
        if (used == 0)
            code = 0xDC00 + (unsigned char)bytes[i];
        at = json_character(at, code);
        i += used > 0 ? used : 1;
    }
    *at++ = '"';
    b->length = at - b->data;
}

void quote_json_utf16(struct buffer *b, const uint16_t *units, size_t count)
{
    char *at;

    if (units == NULL) {
        buffer_string(b, "null");
        return;
    }
    at = buffer_reserve(b, JSON_ROOM * count + 2);
    *at++ = '"';
    for (size_t i = 0; i < count;) {
        uint32_t code = units[i];

        if (plain(code) || code == '\\') {
            if (code == '\\') /* as often as not, this is an NT path */
                *at++ = '\\';
            *at++ = (char)code;
            i++;
            continue;
        }
        i += utf16_decode(units + i, count - i, &code);
        at = json_character(at, code);
    }
    *at++ = '"';
    b->length = at - b->data;
}
