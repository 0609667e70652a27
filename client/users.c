#include "users.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Looking one up may ask a server: so it is done once. A program may become any user there is, and
   so takes the place of another here and not more of them. */
#define KNOWN 64

static struct {
    bool known;
    uint32_t uid;
    char *name;
} users[KNOWN];

const char *user_name(uint32_t uid)
{
    const unsigned slot = uid % KNOWN;
    const struct passwd *entry;

    if (users[slot].known && users[slot].uid == uid)
        return users[slot].name;
    entry = getpwuid(uid);
    free(users[slot].name);
    users[slot].name = entry != NULL ? strdup(entry->pw_name) : NULL;
    users[slot].uid = uid;
    users[slot].known = true;
    return users[slot].name;
}
