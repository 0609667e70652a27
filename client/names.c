#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "utf.h"

void name_set(struct name *name, const void *units, size_t count, user_path_fn *user_path)
{
    name->units = reallocate(NULL, count + 1, sizeof(*name->units));
    if (count > 0)
        memcpy(name->units, units, count * sizeof(*name->units));
    name->count = count;
    name->bytes = user_path != NULL ? user_path(name->units, count, &name->form) : NULL;
    if (name->bytes == NULL) {
        name->bytes = utf16_to_bytes(name->units, count);
        name->form = NAME_NT;
    }
}

void name_free(struct name *name)
{
    free(name->units);
    free(name->bytes);
    *name = (struct name){0};
}

const char *name_final(const char *path, enum name_form form)
{
    const char *separator = strrchr(path, name_separator(form));

    return separator != NULL && separator[1] != '\0' ? separator + 1 : path;
}

uint16_t *name_pattern(const char *pattern, size_t *count)
{
    size_t length = strlen(pattern), n = 0;
    uint16_t *units = allocate((length + 1) * sizeof(*units));

    for (size_t i = 0; i < length;) {
        uint32_t code;
        size_t used = utf8_decode(pattern + i, length - i, &code);

        if (used == 0 || (code >= 0xF000 && code <= 0xF0FF)) {
            units[n++] = 0xDC00 + (unsigned char)pattern[i++];
            continue;
        }
        i += used;
        if (code < 0x20 || (code < 0x80 && strchr(":\"<>|", (int)code) != NULL))
            code += 0xF000;
        if (code < 0x10000) {
            units[n++] = code;
        } else {
            units[n++] = 0xD800 + ((code - 0x10000) >> 10);
            units[n++] = 0xDC00 + (code & 0x3FF);
        }
    }
    *count = n;
    return units;
}
