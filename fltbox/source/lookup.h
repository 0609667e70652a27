/*
 * Looking up names that observed programs choose. A file system may take any time for that: it asks
 * a server, or a program that waits for us.
 */
#ifndef FLTBOX_LOOKUP_H
#define FLTBOX_LOOKUP_H

#include <stdint.h>

/*
 * As openat2 with O_PATH | O_CLOEXEC | flags and RESOLVE_*; a descriptor or a negative errno. What
 * the kernel has at hand is had at once. For the rest another thread asks, and this one waits
 * LOOKUP_MS at most: then it returns -ETIMEDOUT, and while the other one still waits, so do further
 * calls, without waiting. Any thread may call.
 */
int lookup_open(int directory, const char *name, int flags, uint64_t resolve);

#define LOOKUP_MS 100

#endif
