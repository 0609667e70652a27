#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fltbox/box.h"

static _Noreturn void out_of_memory(void)
{
    fputs("filetap: out of memory\n", stderr);
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

void buffer_grow(struct buffer *b, size_t more)
{
    size_t room = b->room > 0 ? b->room : 256;

    while (room - b->length < more)
        room *= 2;
    b->data = reallocate(b->data, room, 1);
    b->room = room;
}

void buffer_digits(struct buffer *b, uint64_t value, unsigned digits)
{
    char text[20], *at = text + sizeof(text);

    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (text + sizeof(text) - at < (ptrdiff_t)digits)
        *--at = '0';
    buffer_add(b, at, text + sizeof(text) - at);
}

void buffer_decimal(struct buffer *b, uint64_t value)
{
    buffer_digits(b, value, 1);
}

void buffer_hex32(struct buffer *b, uint32_t value)
{
    char *at = buffer_reserve(b, 10);

    *at++ = '0';
    *at++ = 'x';
    for (int shift = 28; shift >= 0; shift -= 4)
        *at++ = "0123456789ABCDEF"[value >> shift & 15];
    b->length += 10;
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
    va_list arguments;
    size_t room = b->room - b->length;
    int n;

    va_start(arguments, format);
    n = vsnprintf(room > 0 ? b->data + b->length : NULL, room, format, arguments);
    va_end(arguments);
    if (n < 0)
        return;
    if ((size_t)n >= room) {
        va_start(arguments, format);
        vsnprintf(buffer_reserve(b, n + 1), n + 1, format, arguments);
        va_end(arguments);
    }
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
