/* A growing run of bytes. Running out of memory ends the process with a message. */
#ifndef CLIENT_BUFFER_H
#define CLIENT_BUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buffer {
    char *data; /* not terminated */
    size_t length, room;
};

/* For buffer_reserve: makes room for `more` bytes that there is none for. */
void buffer_grow(struct buffer *, size_t more);

/* Makes room for `more` bytes behind the end and returns where they go. Here, as a line of output
   is made of dozens of these. */
static inline char *buffer_reserve(struct buffer *b, size_t more)
{
    if (b->room - b->length < more)
        buffer_grow(b, more);
    return b->data + b->length;
}

static inline void buffer_add(struct buffer *b, const void *bytes, size_t count)
{
    if (count == 0)
        return;
    memcpy(buffer_reserve(b, count), bytes, count);
    b->length += count;
}

static inline void buffer_byte(struct buffer *b, char byte)
{
    *buffer_reserve(b, 1) = byte;
    b->length++;
}

static inline void buffer_string(struct buffer *b, const char *s)
{
    buffer_add(b, s, strlen(s));
}

/* In decimal; in decimal with zeroes ahead, `digits` digits at least; 0x and eight digits. These
   are many times faster than buffer_printf. */
void buffer_decimal(struct buffer *, uint64_t);
void buffer_digits(struct buffer *, uint64_t, unsigned digits);
void buffer_hex32(struct buffer *, uint32_t);
void buffer_printf(struct buffer *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds blanks until `width` bytes have been added since the length was `start`. */
void buffer_pad(struct buffer *, size_t start, size_t width);
void buffer_free(struct buffer *);

/* asprintf for error messages: sets *message, NULL only where memory is out. */
void set_message(char **message, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* calloc and reallocarray that end the process with a message instead of returning NULL. */
void *allocate(size_t size);
void *reallocate(void *, size_t count, size_t size);

#endif
