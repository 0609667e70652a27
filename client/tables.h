/* What NT's numbers are called: status values, accesses, options, in Process Monitor's words. */
#ifndef CLIENT_TABLES_H
#define CLIENT_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

/* NT_SUCCESS: success and informational values. */
bool status_success(uint32_t status);

/* "STATUS_OBJECT_NAME_NOT_FOUND"; NULL where not known. */
const char *status_name(uint32_t status);

/* Process Monitor's words ("NAME NOT FOUND"), the name's own where it has none ("NAME TOO LONG"),
   the value in hexadecimal where neither is known ("0xC0001234"). */
void status_words(struct buffer *, uint32_t status);

/* What an access mask asks for. The file's contents are meant, not its attributes. */
bool access_reads(uint32_t access);
bool access_writes(uint32_t access);
bool access_executes(uint32_t access);

/* One bit, or several bits that together have a name. */
struct flag {
    uint32_t value;
    const char *name;
};

/* Tables end with a NULL name; several bits come before their parts. */
extern const struct flag access_flags[];
extern const struct flag option_flags[];
extern const struct flag share_flags[];
extern const struct flag attribute_flags[];

/* Called for each name in `mask`, in the table's order; bits without one come last, together, in
   hexadecimal. */
typedef void flag_sink(void *context, const char *name);
void flags_each(const struct flag *, uint32_t mask, flag_sink *, void *context);

/* The names with a separator between them; nothing for 0. */
void flags_join(struct buffer *, const struct flag *, uint32_t mask, const char *separator);

/* Generic rights replaced by the file rights that they stand for, as the I/O manager maps them. */
uint32_t access_map_generic(uint32_t access);

/* "OverwriteIf", "Overwritten"; NULL where not known. */
const char *disposition_name(uint32_t disposition);
const char *open_result_name(uint64_t information);

/* A disposition that may make a file: an allocation size means something then. */
bool disposition_creates(uint32_t disposition);

#endif
