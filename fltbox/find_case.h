/*
 * Files by names whose case does not count, as Windows programs give them, on file systems where it
 * does. A name that is there as it stands is taken before one in another case, as Wine does it.
 *
 * Names may come from processes that are not to be trusted. They are resolved inside a root
 * directory, an O_PATH descriptor: neither "..", nor absolute links, nor the magic links of /proc
 * lead out of it. Nothing but directories is opened for more than its path.
 */
#ifndef FLTBOX_FIND_CASE_H
#define FLTBOX_FIND_CASE_H

#include <stdbool.h>
#include <stddef.h>

/* What `entries` begins with: how many entries of directories may be read for one name. */
#define FIND_CASE_ENTRIES 65536

/* Opens a path as it stands, inside the root. A descriptor or a negative errno. */
int find_case_open(int root, const char *path, int flags);

/*
 * Gives the path the case that its components after the first `fixed` bytes have. Reads no more
 * than *entries entries of directories, and lowers it by those that it has read. False: there is no
 * such file; those components that are there have got their case even so, the rest is as it was.
 */
bool find_case(int root, char *path, size_t fixed, unsigned *entries);

/* How much of the path is there: as find_case, but returns the length of the path where it is there
   as a whole, else the length up to the last component that is. */
size_t find_case_length(int root, char *path, size_t fixed, unsigned *entries);

#endif
