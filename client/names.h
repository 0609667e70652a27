/* NT names and what users call them. */
#ifndef CLIENT_NAMES_H
#define CLIENT_NAMES_H

#include "event.h"

/* The user's own name for an NT path, malloc'ed, NULL where there is none; *form becomes
   NAME_UNIX or NAME_DOS. */
typedef char *user_path_fn(const uint16_t *units, size_t count, enum name_form *form);

/* Copies the units, which need not be aligned, and finds what they are shown as; user_path NULL:
   the NT name. */
void name_set(struct name *, const void *units, size_t count, user_path_fn *user_path);
void name_free(struct name *);

/* The final component, inside `path`. */
const char *name_final(const char *path, enum name_form form);

/*
 * A pattern for FT_COMMAND_CONFIGURE, malloc'ed. `*`, `?` and `\` keep their meaning; other
 * characters that NT names cannot hold, and bytes that are not UTF-8, become what they are in the
 * names that the driver sees.
 */
uint16_t *name_pattern(const char *pattern, size_t *count);

#endif
