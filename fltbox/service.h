/*
 * A driver's service key as an installation would have left it: what the INF beside the driver
 * writes, what the user says instead, and an altitude where neither has one.
 */
#ifndef FLTBOX_SERVICE_H
#define FLTBOX_SERVICE_H

#include <stdbool.h>

#include "box.h"

/*
 * Fills \Registry\Machine\System\CurrentControlSet\Services\`name`. `place` is the number of
 * drivers loaded before: it chooses the altitude of a driver that has none. Returns 0, or -1 with
 * *error set (malloc'ed, for people): an INF that cannot be read, an altitude that is none.
 */
int service_fill(const struct box_driver *, const char *name, size_t place, bool debug_print,
                 char **error);

#endif
