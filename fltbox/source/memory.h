/* How much memory there is for us. */
#ifndef FLTBOX_MEMORY_H
#define FLTBOX_MEMORY_H

#include <stddef.h>

/*
 * What may be kept waiting in memory, in bytes: an eighth of what the system has available, or
 * where that is less, of what the control groups that this process is in leave it; 64 MiB at least.
 */
size_t memory_share(void);

/* The same of files below another directory than "/": for tests. */
size_t memory_share_below(const char *root);

#endif
