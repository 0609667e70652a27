/* Names in the three formats, so that no name can be taken for something else. */
#ifndef CLIENT_QUOTE_H
#define CLIENT_QUOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

/*
 * For people: \n, \t, \r, \\ (where `backslash`), \xHH for other control characters and for bytes
 * that are not UTF-8, \uHHHH and \UHHHHHHHH for characters that change the direction or end of a
 * line, or show as nothing.
 */
void quote_text(struct buffer *, const char *bytes, bool backslash);

/* A CSV field: in double quotes, double quotes within doubled, everything else as it is. */
void quote_csv(struct buffer *, const char *bytes);

/* A JSON string; a byte that is not UTF-8 becomes the lone surrogate \udcHH, and what quote_text
   escapes is an escape here too. NULL: null. */
void quote_json(struct buffer *, const char *bytes);

/* The same of UTF-16; a surrogate without its partner is written as an escape. NULL: null. */
void quote_json_utf16(struct buffer *, const uint16_t *units, size_t count);

#endif
