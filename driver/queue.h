/*
 * The records on their way to the client: a bounded ring, there while a client is connected.
 *
 * Order of locks: the selection lock (process.c) and the queue's own are never held together. The
 * queue's lifetime lock is held shared while a record is written; it is a push lock, because the
 * data of a record may be in paged memory. A spin lock, held for a few instructions, gives a record
 * its place, its sequence number, or its part in the count of lost ones; the record is then copied
 * without it, and the reader stops at one that is not complete. The reader has a lock of its own,
 * so that a page fault in the client's buffer delays no one else.
 */
#ifndef FILETAP_QUEUE_H
#define FILETAP_QUEUE_H

#include "filetap.h"

/* A record in parts: its fixed part, then what follows it. The queue pads the whole with zeroes. */
typedef struct _FT_RECORD {
    struct ft_record *Fixed; /* its `type` is set; the queue sets the rest of the header */
    ULONG FixedLength;
    struct {
        const VOID *Data; /* may be in paged memory */
        ULONG Length;
    } Tails[2];
} FT_RECORD, *PFT_RECORD;

/* Whether a client has been told of something. Zeroed by its owner; the queue's otherwise. */
typedef struct _FT_ANNOUNCEMENT {
    ULONG64 Session;
} FT_ANNOUNCEMENT, *PFT_ANNOUNCEMENT;

VOID FtQueueInitialize(VOID);

/* Nobody may be in the queue any more. */
VOID FtQueueDelete(VOID);

/*
 * A client has come. `*Session` is not 0 and names this one among all. STATUS_DEVICE_BUSY where the
 * last one has not gone, STATUS_INSUFFICIENT_RESOURCES.
 */
_Must_inspect_result_ NTSTATUS FtQueueOpen(_In_ ULONG Bytes, _Out_ PULONG64 Session);

/* The client of this session has gone; 0: whichever is there. Frees the ring and ends the waits. */
VOID FtQueueClose(_In_ ULONG64 Session);

/* TRUE while a client is connected: a hint, read without a lock. Any IRQL. */
BOOLEAN FtQueueIsOpen(VOID);

/*
 * Changes the ring's size and keeps what is in it. STATUS_DEVICE_BUSY where that would not fit: it
 * must be read first. STATUS_PORT_DISCONNECTED where the session has ended.
 */
NTSTATUS FtQueueResize(_In_ ULONG64 Session, _In_ ULONG Bytes);

/*
 * Puts a record in. Where the client has not been told of what `Announcement` stands for, the
 * `Introduction` goes ahead of it; where there is none, the record is of no use and is left out.
 * Without room, the record is counted as lost, and the introduction tried again next time.
 */
VOID FtQueuePut(_In_ const FT_RECORD *Record, _Inout_ PFT_ANNOUNCEMENT Announcement,
                _In_opt_ const FT_RECORD *Introduction);

/* Counts a file record that could not be made. */
VOID FtQueueLose(VOID);

/*
 * Moves whole records, oldest first, to a buffer in user mode; waits for one for `WaitMs` at most.
 * STATUS_SUCCESS without a record where none came; STATUS_BUFFER_TOO_SMALL;
 * STATUS_PORT_DISCONNECTED where the session has ended; STATUS_USER_APC where the thread is being
 * ended; the exception's status where the buffer cannot be written, and then nothing is taken out.
 */
_IRQL_requires_(PASSIVE_LEVEL) NTSTATUS
    FtQueueRead(_In_ ULONG64 Session, _Out_writes_bytes_to_(Length, *Returned) PVOID UserBuffer,
                _In_ ULONG Length, _In_ ULONG WaitMs, _Out_ PULONG Returned);

/* All but `selected`, which is not the queue's to know. */
VOID FtQueueGetStatus(_Out_ struct ft_status_reply *Status);

#endif
