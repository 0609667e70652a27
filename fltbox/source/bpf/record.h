/*
 * What the kernel side of the bpf source sends, and what it is told. For both sides.
 *
 * A record in the ring:
 *
 *     uint64_t    how far the header is from here
 *     char[]      where `root_size` is not 0: the root of a mount, ended by a NUL
 *     char[]      a path, ended by a NUL, that ends where the header begins
 *     struct probe_record
 *     char[]      a name, ended by a NUL, and of a success that is relative to something else than
 *                 the reader's root directory, where its path is known, that path, ended by a NUL;
 *                 of an image its arguments, each ended by a NUL
 *
 * so that the kernel side can write the path from its end, as it finds it, and need not move it.
 *
 * A path is that from the root of a mount namespace. Where this is not the reader's, the path means
 * something else to the reader, or nothing. What does mean something is the path within the file
 * system: the mount's root ("" where it is the file system's own) and the path's last `within`
 * bytes. In the reader's the last `within` bytes are what lies within the mount, too.
 */
#ifndef FLTBOX_PROBE_RECORD_H
#define FLTBOX_PROBE_RECORD_H

#ifdef __bpf__
#include <linux/types.h>
#define uint8_t  __u8
#define uint16_t __u16
#define uint32_t __u32
#define uint64_t __u64
#define int32_t  __s32
#else
#include <stdint.h>
#endif

#define PROBE_PATH_SIZE 4096 /* PATH_MAX, a NUL counted: longer paths cannot be asked for */
#define PROBE_ANCESTORS 16   /* generations that are told; a power of two */
#define PROBE_ARGS_SIZE 8192 /* of a command line; what is longer is read from /proc */

enum probe_kind {
    PROBE_OPEN = 1,
    PROBE_EXEC,        /* a file was executed, or was not: path or name. Before the image of it */
    PROBE_FORK,        /* a process was made */
    PROBE_IMAGE,       /* a process has a new image: path and arguments */
    PROBE_MET,         /* as PROBE_IMAGE, of a process that began before we watched */
    PROBE_ANCESTOR,    /* the same without arguments, of one that has done nothing that we saw: the
                          next PROBE_MET descends from it */
    PROBE_RENAME,      /* as PROBE_IMAGE, of Wine's loader: now it bears a Windows program's name */
    PROBE_EXIT,        /* a process has ended */
    PROBE_SETTLED,     /* the thread's interrupted call has failed for good */
    PROBE_THREAD_EXIT, /* a thread has ended, not its process */
    PROBE_SUBMITTED,   /* io_uring: an open was asked for; its result comes as PROBE_COMPLETED */
    PROBE_COMPLETED,

    /* Of Windows programs, from Wine's ntdll (wine.bpf.c). */
    PROBE_PROGRAM,   /* a process is a Windows program, which begins to ask for files: struct
                        probe_program; what it is has come before in parts */
    PROBE_PART,      /* some of a string that the thread's next PROBE_PROGRAM or PROBE_REQUEST has:
                        `flags` says which; bytes in the place of the name, `mode` of the string
                        come before them */
    PROBE_REQUEST,   /* a request for a file was answered: struct probe_request and the name, or the
                        rest of it: `mode` bytes have come in parts */
    PROBE_CLOSE,     /* `request` is a handle of a file, and closed */
    PROBE_DUPLICATE, /* `request` is a handle of a file, `resolve` the new one for the same */
    PROBE_DIRECTORY, /* the path of the directory that the request is relative to that the thread is
                        in */

    /* Where programs may be put on the function that opens files (opened.h). */
    PROBE_OPENED,   /* io_uring: the file that the request has opened. Before PROBE_COMPLETED */
    PROBE_EXECUTES, /* the file that the exec has opened that the thread is in, and the name */
};

/* What is sent in parts. */
enum probe_string {
    PROBE_STRING_NAME,        /* UTF-16 */
    PROBE_STRING_IMAGE,       /* UTF-16: the program's Windows path */
    PROBE_STRING_COMMAND,     /* UTF-16: the command line */
    PROBE_STRING_ENVIRONMENT, /* bytes: the environment that the process began with */
    PROBE_STRINGS,
};

/* The functions of ntdll.so that programs are attached to. */
enum probe_function {
    PROBE_CREATE_FILE,
    PROBE_OPEN_FILE,
    PROBE_DELETE_FILE,
    PROBE_QUERY_ATTRIBUTES,
    PROBE_QUERY_FULL_ATTRIBUTES, /* the last that is a request */
    PROBE_DUPLICATE_OBJECT,
    PROBE_CLOSE_HANDLE,
    PROBE_WINE_MAIN,
};

#define PROBE_NAME_INLINE 256  /* bytes of a name that come with the request */
#define PROBE_PART_SIZE   2048 /* bytes of the others, and of parts */

/* A Windows program's request for a file, as the function was asked. */
struct probe_request {
    uint64_t root;        /* OBJECT_ATTRIBUTES.RootDirectory */
    uint64_t handle;      /* success: the file's */
    uint64_t information; /* IO_STATUS_BLOCK.Information */
    uint32_t function;    /* enum probe_function */
    uint32_t access, attributes, share, disposition, options;
    uint32_t object_attributes; /* OBJECT_ATTRIBUTES.Attributes */
    uint32_t file_attributes;   /* success of a query: what it answered */
};

/* A Windows program. */
struct probe_program {
    uint32_t session;
    uint32_t unused;
};

enum probe_mark {
    PROBE_UNJUDGED = 1, /* whether the process is wanted has not been said yet */
    PROBE_PATH_CUT = 2, /* the path's beginning is missing */
    PROBE_PATHLESS = 4, /* what was opened has no path in the file system */
    PROBE_NAME_CUT = 8, /* the name goes on */
    PROBE_NAME_UNREADABLE = 16,
    PROBE_INTERRUPTED = 32,   /* by a signal, which decides whether the call is made again */
    PROBE_RESTARTED = 64,     /* the interrupted call made again; start is the first one's */
    PROBE_RESTART_OPEN = 128, /* inside a handler, after which the call will be made again */
    PROBE_VANISHED = 256,     /* the new descriptor was closed by another thread at once */
    PROBE_SCRIPT = 512,       /* what was executed is interpreted: the name says what it is */
    PROBE_CREATED = 1024,
    PROBE_NO_BASE = 2048,       /* the directory that the name is relative to has no path; REQUEST:
                                   of its root nothing is known, and Wine went to no directory */
    PROBE_NO_DESCRIPTOR = 4096, /* io_uring: the file goes into the ring's own table */
    PROBE_WHOLE = 8192,         /* of a failure: the path is whole, there is no name */
    PROBE_UNTOLD = 16384,       /* of an end: of a Windows program that was not told */
    PROBE_SHARED_NAME = 32768,  /* the name was read when the call was over, where others can write:
                                   it may not be the one that the kernel was given */
    PROBE_DOUBTED = 65536,    /* others close the new descriptor: it may be another file's by now */
    PROBE_NAME_MADE = 131072, /* the name is the kernel's own for a descriptor and a name */
    PROBE_BY_HANDLE = 262144, /* a handle was asked for, no name */
    PROBE_MOVED = 524288, /* in the middle of the call the directory that the name is relative to
                             was exchanged: it may be another one */
};

struct probe_record {
    uint32_t kind, marks;
    uint32_t pid, tid;
    uint64_t image; /* which image the process has: differs for each exec, each name that Wine gives
                       it, and each use of the pid */
    uint64_t start, end; /* CLOCK_BOOTTIME, ns */
    uint32_t lost;       /* opens and execs of this thread that found no room before this record */
    int32_t result;      /* a descriptor, 0, or a negative errno; EXIT: as waitpid reports it */
    uint32_t flags, mode;
    uint64_t resolve;
    uint64_t inode;
    uint32_t device; /* the kernel's: 12 bits major, 20 bits minor */
    uint32_t type;
    uint32_t mount;           /* that the path ends in; 0: not known, and `within` means nothing */
    uint32_t mount_namespace; /* of the process */
    uint32_t parent;
    uint32_t path_size, name_size; /* with NULs; 0: none. The root is in path_size too */
    int32_t directory;             /* the descriptor that the name is relative to, or AT_FDCWD */
    uint64_t request;           /* SUBMITTED, COMPLETED: which one; handles: see above; of an end:
                                   as `lost`, of the image before */
    uint16_t root_size, within; /* of a path in another mount namespace than the reader's */
    uint32_t mount_device;      /* of the mount with this root, as `device` */
    uint64_t mount_unique;      /* as `mount`, and no other has it ever; 0 before Linux 6.8 */
    uint32_t uid;               /* that file access is decided for, in the first user namespace */
    uint32_t unused;
    char comm[16]; /* IMAGE, MET, RENAME: the first thread's name */
};

/* Does anyone want to know what a process does? */
enum probe_verdict {
    PROBE_UNKNOWN,
    PROBE_WANTED,
    PROBE_UNWANTED,
};

struct probe_judgement {
    uint64_t image;
    uint32_t verdict;
    uint32_t unused;
};

/* What the kernel side knows of a thread. */
struct probe_thread {
    uint64_t start;      /* of the call that it is in; 0: none that we want */
    uint64_t restart_ip; /* it was interrupted in a call made here, which may be made again */
    uint64_t restart_sp;
    uint32_t verdict;
    uint32_t lost; /* opens and execs since the last record that found room */
    uint32_t told; /* enum probe_told */
    uint32_t gone; /* leaders: the process has ended */
    int32_t restart_result;
    uint32_t restart_nr;
    uint64_t restart_name;
    uint32_t counted;    /* leaders: in probe_shared.processes */
    uint32_t exec_flags; /* of the exec that it is in */
    uint64_t exec_id;    /* self_exec_id when that began */
    uint32_t restarted;
    uint32_t renamed;     /* 1: the process bears the name of a Windows program */
    uint32_t windows;     /* enum probe_windows */
    uint32_t lost_before; /* leaders: as lost, of the image before the Windows program's, which its
                             PROBE_PROGRAM tells */
    uint64_t asked;       /* what asked.h counts for the request that it is in; 0: nothing */
    uint32_t relative;    /* that request is relative to a directory of which nothing is known */
    uint32_t requesting;  /* it is in a request */
    uint32_t call;        /* that it is in: what call.h calls it */
    uint32_t answered;    /* the call has been told, before its return */
    uint32_t opening;     /* how deep it is in the function that opens files; see opened.h */
    uint32_t exec_opened; /* the exec that it is in has opened its file */
    uint32_t exec_uid;    /* fsuid when that began */
    uint32_t shares_memory; /* when the call began: others can write where its name is */
    uint32_t shares_files;  /* and have its descriptors too */
    uint32_t moves;         /* directories_of when the call began */
    uint64_t directory;     /* and the file of the descriptor that its name is relative to */
    uint32_t closing;       /* enum probe_closing */
    uint32_t exited;        /* its end was told */
    uint64_t executed;      /* self_exec_id when its last exec was told */
};

/* Is a thread that shares its descriptors in a call that closes one? See descriptor.h. */
enum probe_closing {
    PROBE_CLOSES_NOTHING,
    PROBE_CLOSES,       /* it may be another's */
    PROBE_CLOSES_RIGHT, /* it is not */
};

/* Does user space know the process? */
enum probe_told {
    PROBE_NOT_TOLD,
    PROBE_TOLD,
    PROBE_TOLD_BEFORE, /* by its image before, which the Windows program has replaced */
};

/* Does a process run Wine's ntdll with our programs on it? Then the requests that go through it
   are what it does, and its system calls are how Wine does that. */
enum probe_windows {
    PROBE_LINUX,
    PROBE_WINDOWS_BEGINS, /* yes, but it is Wine's loader still */
    PROBE_IS_WINDOWS,
};

/* Set before the programs are loaded. */
struct probe_settings {
    uint32_t everything; /* processes of which nothing is known are of interest */
    uint32_t judged;     /* user space says which processes are wanted */
    uint32_t reader_pid_namespace;
};

/* Mapped into user space. */
struct probe_shared {
    uint32_t asleep;       /* the reader waits: wake it up */
    uint32_t stopped;      /* nothing that begins or ends from now on is recorded */
    uint32_t reader;       /* our own process, in the first pid namespace */
    int32_t processes;     /* that we follow and that have not ended */
    uint64_t unheard;      /* records other than opens and execs that found no room */
    uint32_t reader_level; /* how deep the reader's pid namespace is; 0 is the first one */
    uint32_t requests;     /* Windows programs are told by their requests */
    uint32_t unsettled;    /* nobody says what comes of interrupted calls: they have failed */
    int32_t asking;        /* requests under way */
    uint64_t served;       /* opens by wineserver for requests that are told */
    uint64_t unreturned;   /* requests that ended in an exception: a bad pointer */
    uint64_t abandoned;    /* requests whose thread ended in them */
    uint64_t within; /* opens and execs by Windows programs: how Wine does what they ask for */
    uint32_t exact;  /* programs are on the function that opens files */
    uint64_t reader_root_mount, reader_root_dentry, reader_mounts;
};

#endif
