/* The dispatcher's lock, for objects that are signalled under it: timers. */
#ifndef FLTBOX_NT_DISPATCHER_H
#define FLTBOX_NT_DISPATCHER_H

#include <ntifs.h>
#include <pthread.h>

extern pthread_mutex_t nt_dispatcher_lock;

/* Grants waits on an object that is signalled. With the lock held. */
void nt_dispatcher_wake_locked(DISPATCHER_HEADER *);

#endif
