/*
 * From Linux terms to NT terms: the only place that knows both.
 *
 * Names. A Linux name is bytes, an NT name UTF-16. '/' and '\' change places with each other's
 * role: '/' becomes '\'. A byte that cannot stand as itself survives the round trip so:
 *  - characters that mean something in NT names (\ : * ? " < > | and 1 to 31) become
 *    U+F000 + character, as Cygwin, SFM and Samba do it;
 *  - a byte of a sequence that is not UTF-8, or that would decode to U+F000..U+F0FF or to a
 *    surrogate, becomes U+DC00 + byte, alone, as Python's surrogateescape does it.
 */
#ifndef FLTBOX_TRANSLATE_H
#define FLTBOX_TRANSLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct activity;

/* Writes one unit per byte at most, returns the number written.
   `keep_slash` leaves '/' alone (command lines); else it becomes '\'. */
size_t translate_name(const char *bytes, size_t length, uint16_t *units, bool keep_slash);

/* The reverse. `bytes` has room for 3 * count + 1. Terminates, returns the length. With
   `keep_slash` the units are any text: U+F000 + character stays what it is, NUL becomes U+FFFD. */
size_t translate_name_back(const uint16_t *units, size_t count, char *bytes, bool keep_slash);

/* A Windows program's name as Wine has it on disk: the text, with '/' for '\'. Room and result as
   above. */
size_t translate_windows_name_back(const uint16_t *units, size_t count, char *bytes);

/* An errno value as the NTSTATUS that a create on Windows would end with. */
int32_t translate_error(int error, bool parent_missing);

/* Open flags as the parameters of a create. */
struct translated_open {
    uint32_t desired_access, disposition, options, attributes, share;
};
struct translated_open translate_open(int flags, uint32_t mode);

/* Volumes from the mount table: mounted now, and kept up to date while activities come. */
void translate_mounts_open(void);
void translate_mounts_close(void);

/* Before translate_mounts_open: the mount table is this file (of the form of proc_pid_mountinfo(5),
   not copied), not this process's own; NULL: its own again. */
void translate_mounts_from(const char *path);

/*
 * Feeds one activity to the executive and the Filter Manager. Returns how many activities the
 * drivers will not see: 1 where this one could not be fed for want of memory or because its name is
 * longer than NT allows, and of ACTIVITY_LOST its count.
 */
uint64_t translate_feed(const struct activity *);

/*
 * Requests of Windows programs that were fed to nobody, which is no loss: with the name of a volume
 * in the place of its drive letter their names are longer than NT allows, and Windows answers such
 * requests before any driver sees them.
 */
uint64_t translate_refused(void);

/* A time of the source's as NT has it: 100 ns since 1601-01-01. */
uint64_t translate_time(uint64_t unix_ns);

#endif
