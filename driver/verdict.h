/*
 * Which processes are selected, for the one question that every create on the system asks.
 *
 * A hash table of 64-bit slots, each a process id and its verdict, which readers read without a
 * lock and writers change under the caller's lock. A slot is written in one piece, so that a reader
 * never sees a verdict beside another process's id. While slots are moved, a reader may miss one
 * that is there: then it is told FtVerdictUnknown and asks again under the lock.
 */
#ifndef FILETAP_VERDICT_H
#define FILETAP_VERDICT_H

#include "filetap.h"

typedef enum _FT_VERDICT {
    FtVerdictUnknown = 0, /* not decided yet */
    FtVerdictIgnored = 1,
    FtVerdictSelected = 2,
} FT_VERDICT;

_Must_inspect_result_ NTSTATUS FtVerdictInitialize(VOID);

/* No reader may be left. Also after a failed or missing FtVerdictInitialize. */
VOID FtVerdictDelete(VOID);

/*
 * What is known of a process: a few loads, whatever the number of processes. Any IRQL up to
 * DISPATCH_LEVEL; may run while a writer does.
 */
_IRQL_requires_max_(DISPATCH_LEVEL) FT_VERDICT FtVerdictLookup(_In_ ULONG ProcessId);

/* How many processes are selected. */
ULONG FtVerdictCountSelected(VOID);

/*
 * The writers; one at a time. FtVerdictSet fails with STATUS_INSUFFICIENT_RESOURCES where the table
 * must grow and cannot; then the process stays, or becomes, unknown.
 */
NTSTATUS FtVerdictSet(_In_ ULONG ProcessId, _In_ FT_VERDICT Verdict);
VOID FtVerdictRemove(_In_ ULONG ProcessId);
VOID FtVerdictClear(VOID);

#endif
