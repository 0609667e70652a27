#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fltbox/box.h"

static _Noreturn void out_of_memory(void)
{
    fputs("filetrace: out of memory\n", stderr);
    exit(BOX_EXIT_FAILED);
}

void *allocate(size_t size)
{
    void *p = calloc(1, size > 0 ? size : 1);

    if (p == NULL)
        out_of_memory();
    return p;
}

void *reallocate(void *old, size_t count, size_t size)
{
    void *p = reallocarray(old, count, size);

    if (p == NULL && count > 0)
        out_of_memory();
    return p;
}

char *buffer_reserve(struct buffer *b, size_t more)
{
    if (b->room - b->length < more) {
        size_t room = b->room > 0 ? b->room : 256;

        while (room - b->length < more)
            room *= 2;
        b->data = reallocate(b->data, room, 1);
        b->room = room;
    }
    return b->data + b->length;
}

void buffer_add(struct buffer *b, const void *bytes, size_t count)
{
    if (count == 0)
        return;
    memcpy(buffer_reserve(b, count), bytes, count);
    b->length += count;
}

void buffer_byte(struct buffer *b, char byte)
{
    *buffer_reserve(b, 1) = byte;
    b->length++;
}

void buffer_string(struct buffer *b, const char *s)
{
    buffer_add(b, s, strlen(s));
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (n < 0)
        return;
    va_start(arguments, format);
    vsnprintf(buffer_reserve(b, n + 1), n + 1, format, arguments);
    va_end(arguments);
    b->length += n;
}

void buffer_pad(struct buffer *b, size_t start, size_t width)
{
    while (b->length - start < width)
        buffer_byte(b, ' ');
}

void buffer_free(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){0};
}

void set_message(char **message, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(message, format, arguments) < 0)
        *message = NULL;
    va_end(arguments);
}
