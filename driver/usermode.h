/* Memory of a process in user mode, whose addresses are never trusted. */
#ifndef FILETAP_USERMODE_H
#define FILETAP_USERMODE_H

#include "filetap.h"

/*
 * Both probe, copy, and return the exception's status where the address is not one of user mode or
 * is not accessible; part may have been copied then. In the context of the process whose memory it
 * is.
 */
NTSTATUS FtCopyFromUser(_Out_writes_bytes_(Length) PVOID To,
                        _In_reads_bytes_(Length) const VOID *UserFrom, _In_ SIZE_T Length);
NTSTATUS FtCopyToUser(_Out_writes_bytes_(Length) PVOID UserTo,
                      _In_reads_bytes_(Length) const VOID *From, _In_ SIZE_T Length);

#endif
