/* Processes as they come and go, between process.c and notify.c. */
#ifndef FLTBOX_NT_PROCESS_H
#define FLTBOX_NT_PROCESS_H

#include "executive.h"

PEPROCESS nt_process_create(const struct nt_process_start *); /* not in the table yet */
void nt_process_insert(PEPROCESS);                            /* the table takes the reference */
void nt_process_remove(PEPROCESS);                            /* and gives it back */
void nt_process_retire(PEPROCESS, uint64_t time, NTSTATUS status);

#endif
