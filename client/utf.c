#include "utf.h"

#include "buffer.h"

size_t utf8_decode(const char *bytes, size_t length, uint32_t *code)
{
    const unsigned char *s = (const unsigned char *)bytes;
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t need;

    if (s[0] < 0x80) {
        *code = s[0];
        return 1;
    }
    need = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || length < need)
        return 0;
    *code = s[0] & (0x7F >> need);
    for (size_t i = 1; i < need; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (s[i] & 0x3F);
    }
    if (*code < smallest[need] || *code > 0x10FFFF || (*code >= 0xD800 && *code <= 0xDFFF))
        return 0;
    return need;
}

size_t utf8_encode(uint32_t code, char *bytes)
{
    if (code < 0x80) {
        bytes[0] = code;
        return 1;
    }
    if (code < 0x800) {
        bytes[0] = 0xC0 | code >> 6;
        bytes[1] = 0x80 | (code & 0x3F);
        return 2;
    }
    if (code < 0x10000) {
        bytes[0] = 0xE0 | code >> 12;
        bytes[1] = 0x80 | (code >> 6 & 0x3F);
        bytes[2] = 0x80 | (code & 0x3F);
        return 3;
    }
    bytes[0] = 0xF0 | code >> 18;
    bytes[1] = 0x80 | (code >> 12 & 0x3F);
    bytes[2] = 0x80 | (code >> 6 & 0x3F);
    bytes[3] = 0x80 | (code & 0x3F);
    return 4;
}

size_t utf16_decode(const uint16_t *units, size_t count, uint32_t *code)
{
    *code = units[0];
    if (units[0] < 0xD800 || units[0] > 0xDBFF || count < 2 || units[1] < 0xDC00 ||
        units[1] > 0xDFFF)
        return 1;
    *code = 0x10000 + ((uint32_t)(units[0] - 0xD800) << 10) + (units[1] - 0xDC00);
    return 2;
}

char *utf16_to_bytes(const uint16_t *units, size_t count)
{
    char *bytes = allocate(3 * count + 1);
    size_t n = 0;

    for (size_t i = 0; i < count;) {
        uint32_t code;

        i += utf16_decode(units + i, count - i, &code);
        if (code >= 0xDC80 && code <= 0xDCFF)
            bytes[n++] = (char)(code - 0xDC00);
        else
            n += utf8_encode(code != 0 ? code : 0xFFFD, bytes + n);
    }
    bytes[n] = '\0';
    return bytes;
}
