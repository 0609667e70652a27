/* The processes that the driver has named, by key. */
#ifndef CLIENT_PROCESSES_H
#define CLIENT_PROCESSES_H

#include "event.h"

struct processes;

struct processes *processes_new(void);
void processes_free(struct processes *);

/* NULL where no such process was added. */
struct process *processes_find(struct processes *, uint64_t key);

/* A new one, empty but for its key; it replaces one that has the same key. */
struct process *processes_add(struct processes *, uint64_t key);

/* It has ended. It stays for a while, for events that come after the news. */
void processes_end(struct processes *, uint64_t key);

#endif
