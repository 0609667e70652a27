#include "quote.h"

#include <string.h>

#include "utf.h"

/* C1 controls drive terminals as C0 ones do; the others reorder, split or hide text. */
static bool misleads(uint32_t code)
{
    return (code >= 0x7F && code <= 0x9F) || code == 0x061C || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) ||
           code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB) ||
           (code >= 0xE0000 && code <= 0xE007F);
}

void quote_text(struct buffer *b, const char *bytes, bool backslash)
{
    size_t length = strlen(bytes);

    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t used = utf8_decode(bytes + i, length - i, &code);

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

static void json_character(struct buffer *b, uint32_t code)
{
    char utf8[4];

    if (code == '"' || code == '\\') {
        buffer_byte(b, '\\');
        buffer_byte(b, (char)code);
    } else if (code == '\n') {
        buffer_string(b, "\\n");
    } else if (code == '\t') {
        buffer_string(b, "\\t");
    } else if (code < 0x20 || (code >= 0x7F && code <= 0x9F) ||
               (code >= 0xD800 && code <= 0xDFFF) || code == 0x2028 || code == 0x2029) {
        /* U+2028 and U+2029 end a line for some readers of JSON lines. */
        buffer_printf(b, "\\u%04x", code);
    } else {
        buffer_add(b, utf8, utf8_encode(code, utf8));
    }
}

void quote_json(struct buffer *b, const char *bytes)
{
    size_t length;

    if (bytes == NULL) {
        buffer_string(b, "null");
        return;
    }
    length = strlen(bytes);
    buffer_byte(b, '"');
    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t used = utf8_decode(bytes + i, length - i, &code);

        if (used == 0)
            code = 0xDC00 + (unsigned char)bytes[i];
        json_character(b, code);
        i += used > 0 ? used : 1;
    }
    buffer_byte(b, '"');
}

void quote_json_utf16(struct buffer *b, const uint16_t *units, size_t count)
{
    if (units == NULL) {
        buffer_string(b, "null");
        return;
    }
    buffer_byte(b, '"');
    for (size_t i = 0; i < count;) {
        uint32_t code;

        i += utf16_decode(units + i, count - i, &code);
        json_character(b, code);
    }
    buffer_byte(b, '"');
}
