/* What the client's tests share. */
#ifndef CLIENT_TEST_H
#define CLIENT_TEST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "client/buffer.h"

/* The bytes as a string, valid until the next call; the buffer becomes empty. */
static inline const char *taken(struct buffer *b)
{
    static char *last;

    buffer_byte(b, '\0');
    free(last);
    last = strdup(b->data);
    buffer_free(b);
    return last;
}

#endif
