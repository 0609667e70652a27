/* Functions of shared libraries. */
#ifndef FLTBOX_ELF_FIND_H
#define FLTBOX_ELF_FIND_H

#include <stddef.h>
#include <stdint.h>

/*
 * Where the file has these functions, which it exports. 0 or a negative errno: -ENOEXEC where it is
 * no 64-bit library, is malformed, or has more sections, symbols or names than a library of Wine's
 * needs; -ENOENT where it lacks one; *missing is that one's index. The file may be an attacker's:
 * what it costs has a bound. Whether reading it can block is the file system's affair.
 */
int elf_find_functions(int fd, const char *const names[], size_t count, uint64_t offsets[],
                       size_t *missing);

#endif
