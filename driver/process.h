/*
 * Which processes are reported, and what is known of those.
 *
 * Each process is judged once: when it is created, or, where it ran before the driver did, at its
 * first create. The verdict is kept (verdict.h) until the process exits or the configuration
 * changes. A selected process has an FT_PROCESS besides, which says that it is selected even where
 * there was no memory for the verdict.
 *
 * The selection lock, a push lock inside process.c, guards the verdicts, the FT_PROCESS list, the
 * remembered exits and the configuration in force. It is never held while the system is asked
 * anything.
 */
#ifndef FILETAP_PROCESS_H
#define FILETAP_PROCESS_H

#include "config.h"
#include "queue.h"
#include "verdict.h"

typedef struct _FT_PROCESS {
    LIST_ENTRY Link;
    volatile LONG References;
    ULONG ProcessId;
    ULONG ParentId; /* 0: not known */
    ULONG Flags;    /* enum ft_process_flags */
    ULONG64 Key;    /* given to no other process while the driver is loaded */
    ULONG64 Turn;   /* the configuration that it was last selected under */
    LARGE_INTEGER Time;
    LONGLONG Born;
    FT_ANNOUNCEMENT Announcement;
    UNICODE_STRING Image; /* these two in paged pool */
    UNICODE_STRING CommandLine;
} FT_PROCESS, *PFT_PROCESS;

/* `Config` is in force from now on, and referenced. */
_IRQL_requires_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS
    FtProcessInitialize(_In_ PFT_CONFIG Config);

/* No callback may be left. Also after a failed or missing FtProcessInitialize. */
_IRQL_requires_(PASSIVE_LEVEL) VOID FtProcessDelete(VOID);

/* Puts another configuration in force, which is referenced: every process is judged anew. */
VOID FtProcessSetConfig(_In_ PFT_CONFIG Config);

/* Flags of the configuration in force (enum ft_configure_flags): a hint, read without a lock. */
ULONG FtProcessConfigFlags(VOID);

/*
 * The process if it is selected, referenced; else NULL. Judges it where that has not been done.
 * Fails with STATUS_INSUFFICIENT_RESOURCES, and then whether it is selected is not known.
 */
_IRQL_requires_(PASSIVE_LEVEL) NTSTATUS
    FtProcessGetSelected(_In_ PEPROCESS Object, _Outptr_result_maybenull_ PFT_PROCESS *Process);

VOID FtProcessRelease(_In_opt_ PFT_PROCESS Process);

/*
 * What is known of a process that was there at `BornBefore`: among those alive (`Alive` says that
 * it is), or among those remembered.
 */
FT_VERDICT FtProcessKnownVerdict(_In_ ULONG ProcessId, _In_ LONGLONG BornBefore,
                                 _In_ BOOLEAN Alive);

/* The routine for PsSetCreateProcessNotifyRoutineEx2. */
_IRQL_requires_(PASSIVE_LEVEL) VOID NTAPI
    FtProcessNotify(_Inout_ PEPROCESS Object, _In_ HANDLE ProcessId,
                    _Inout_opt_ PPS_CREATE_NOTIFY_INFO CreateInfo);

#endif
