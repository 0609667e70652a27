#include "format.h"

#include <string.h>

static const struct format *const formats[] = {&format_text, &format_csv, &format_jsonl};

const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    }
    return NULL;
}

void format_names(struct buffer *b)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (i > 0)
            buffer_string(b, ", ");
        buffer_string(b, formats[i]->name);
    }
}
