/*
 * UTF-8 and UTF-16. Names are neither for certain: Linux names are bytes, NT names 16-bit units. A
 * byte that is no part of UTF-8 and a surrogate without its partner therefore have a place in each
 * other's form: byte B is U+DC00 + B, alone, as Python's surrogateescape has it.
 */
#ifndef CLIENT_UTF_H
#define CLIENT_UTF_H

#include <stddef.h>
#include <stdint.h>

/* Decodes one well-formed UTF-8 sequence at the start of `length` > 0 bytes (no overlong form, no
   surrogate). Returns its length, 0 where there is none. */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *code);

/* Room for 4 bytes. Encodes any 21-bit number, surrogates too. Returns the length. */
size_t utf8_encode(uint32_t code, char *bytes);

/*
 * Decodes one character at the start of `count` > 0 units; returns the units used, 1 or 2.
 * A surrogate without its partner is returned as itself.
 */
size_t utf16_decode(const uint16_t *units, size_t count, uint32_t *code);

/*
 * Units as bytes, malloc'ed and terminated. U+DC80..U+DCFF alone become the byte that they stand
 * for, other lone surrogates three bytes, NUL becomes U+FFFD.
 */
char *utf16_to_bytes(const uint16_t *units, size_t count);

#endif
