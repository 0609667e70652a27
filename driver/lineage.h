/*
 * What is asked of the system about a process, and whom it descends from.
 */
#ifndef FILETAP_LINEAGE_H
#define FILETAP_LINEAGE_H

#include "config.h"

/*
 * The image's NT path, to be freed with ExFreePool, or NULL. The only failure is
 * STATUS_INSUFFICIENT_RESOURCES: a process whose image has no name (System, say) has none.
 */
_IRQL_requires_(PASSIVE_LEVEL) NTSTATUS
    FtQueryImage(_In_ PEPROCESS Process, _Outptr_result_maybenull_ PUNICODE_STRING *Image);

/* The id of the process that it inherited from, alive or not; 0 where that cannot be had. */
_IRQL_requires_(PASSIVE_LEVEL) NTSTATUS
    FtQueryParent(_In_ PEPROCESS Process, _Out_ PULONG ParentId);

/*
 * Is the process with the id `AncestorId` selected, or descended from one that is? `BornBefore`
 * tells the process meant from a later one with the same id: it was there by then. `OwnId` is the
 * id of the process that is asked for.
 *
 * Takes the selection lock shared (process.h). Fails with STATUS_INSUFFICIENT_RESOURCES only.
 */
_IRQL_requires_(PASSIVE_LEVEL) NTSTATUS
    FtIsSelectedLine(_In_ const FT_CONFIG *Config, _In_ ULONG OwnId, _In_ ULONG AncestorId,
                     _In_ LONGLONG BornBefore, _Out_ PBOOLEAN Selected);

/*
 * Selected processes that have exited. They still make selected ones:
 *
 *  - A process can be made the child of another by the parent-process attribute of CreateProcess.
 *    Its creator holds a handle to that parent, which may exit, and be reported as gone, before the
 *    creation of the child is reported.
 *  - A process may be succeeded by one that has its id, and is then reported as its own creator.
 *
 * The last FT_REMEMBERED_EXITS are known, each until its id is given to a new process. All but
 * FtWasSelected are called with the selection lock held exclusive, that one with it held.
 */
#define FT_REMEMBERED_EXITS 1024

VOID FtRememberExit(_In_ ULONG ProcessId, _In_ LONGLONG Born);
VOID FtForgetExit(_In_ ULONG ProcessId);
VOID FtForgetAllExits(VOID);
BOOLEAN FtWasSelected(_In_ ULONG ProcessId, _In_ LONGLONG BornBefore);

#endif
