/* A growing run of bytes. Running out of memory ends the process with a message. */
#ifndef CLIENT_BUFFER_H
#define CLIENT_BUFFER_H

#include <stddef.h>

struct buffer {
    char *data; /* not terminated */
    size_t length, room;
};

/* Makes room for `more` bytes behind the end and returns where they go. */
char *buffer_reserve(struct buffer *, size_t more);
void buffer_add(struct buffer *, const void *bytes, size_t count);
void buffer_byte(struct buffer *, char);
void buffer_string(struct buffer *, const char *);
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
