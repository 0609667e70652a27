/*
 * Names given to `watch` and `--name`, and what they mean. The driver compares a name with that of
 * a program's file and, of a program that begins while it looks, with the name that was executed.
 * The rest is found out here: which file the name on PATH leads to, and which processes run already
 * that were executed by it.
 */
#ifndef CLIENT_WANTED_H
#define CLIENT_WANTED_H

#include <stddef.h>
#include <stdint.h>

#include "options.h"

struct wanted {
    const char **patterns; /* those given, and names that they lead to; FT_MAX_PATTERNS at most */
    size_t pattern_count;
    char **found; /* of these, those that are ours to free */
    size_t found_count;
    uint32_t *process_ids; /* FT_MAX_PROCESS_IDS at most */
    size_t process_id_count;
    bool *known; /* of each name given: something is called so */
};

/*
 * Looks the names up on PATH, and says on standard error which of them leads to a file of another
 * name, unless all is to be quiet. Names with wild cards are looked for, not followed.
 */
void wanted_resolve(struct wanted *, const struct options *);

/*
 * Looks at what runs, for `watch`; to be called when what begins from now on is seen. Says, unless
 * all is to be quiet, which names nothing has.
 */
void wanted_look_around(struct wanted *, const struct options *);

void wanted_free(struct wanted *);

/* Compares as the driver does: `*` and `?` are wild cards, capitals (of ASCII) do not matter. */
bool wanted_matches(const char *pattern, const char *name);

#endif
