/*
 * Looking up what observed programs choose: names, and what is in files. A file system may take any
 * time for that: it asks a server, or a program that waits for us.
 *
 * So other threads ask, and whoever wants to know waits LOOKUP_MS at most. All such waiting
 * together takes a tenth of the time: after some late answers it is shorter, down to
 * LOOKUP_SHORT_MS, in which everything that is at hand is had. A thread whose answer does not come
 * is left alone with its question; when there are LOOKUP_THREADS of these, further questions are
 * not asked. Any thread may call.
 */
#ifndef FLTBOX_LOOKUP_H
#define FLTBOX_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

#define LOOKUP_MS       100
#define LOOKUP_SHORT_MS 2
#define LOOKUP_THREADS  16
#define LOOKUP_JOB_MAX  16384

/*
 * `work` runs in another thread, on a copy of the job; 0: it is done, and the job is as `work` has
 * left it. -ETIMEDOUT: that takes too long; when it is done after all, `discard` gets the copy.
 * Neither may wait for anything of ours. -EBUSY, -ENOMEM: there is no thread for it, and nobody has
 * the job.
 */
int lookup_do(void (*work)(void *), void (*discard)(void *), void *job, size_t size);

/*
 * As openat2 with O_PATH | O_CLOEXEC | flags and RESOLVE_*; a descriptor or a negative errno:
 * -ETIMEDOUT where the answer takes too long. What the kernel has at hand is had at once.
 */
int lookup_open(int directory, const char *name, int flags, uint64_t resolve);

/* Questions that were answered too late, or not asked. */
uint64_t lookup_late(void);

#endif
