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

/* Whether it is there as it stands. */
bool find_case_is_there(int root, const char *path);

/*
 * Gives the path the case that its components after the first `fixed` bytes have; a '/' follows
 * these. Reads no more than *entries entries of directories, and lowers it by those that it has
 * read. False: there is no such file; the components on the way to it that are there have got their
 * case even so, and the rest is as it was.
 */
bool find_case(int root, char *path, size_t fixed, unsigned *entries);

/* The same, and *known says how much of the path is there: up to the end of the last component that
   was found. */
bool find_case_known(int root, char *path, size_t fixed, unsigned *entries, size_t *known);

#endif
