/*
 * Where file activity comes from. A source watches programs and tells a sink what they do, in
 * Linux terms; it knows nothing of drivers and filters. `translate` turns what it says into NT
 * terms. Windows programs, which Wine runs, ask for files in NT terms: what they ask is told as
 * they ask it.
 *
 * A source belongs to one thread, the one that opened it, and calls its sink from that thread,
 * inside `poll`. `stop`, `undelivered` and `signal` may be called from any.
 */
#ifndef FLTBOX_SOURCE_H
#define FLTBOX_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum activity_kind {
    ACTIVITY_OPEN,  /* open, openat, openat2, creat: has returned */
    ACTIVITY_EXEC,  /* execve, execveat: has failed, or has opened its file. Comes before the
                       ACTIVITY_IMAGE of the same call, and so belongs to the old image */
    ACTIVITY_FORK,  /* a new process: a copy of its parent, with the parent's image */
    ACTIVITY_IMAGE, /* a process has a new image after a successful exec; for a process that the
                       source meets while it runs, the image that it has */
    ACTIVITY_EXIT,  /* a process has ended; its last activity */
    ACTIVITY_THREAD_EXIT, /* a thread has ended, not its process */
    ACTIVITY_REQUEST,     /* a Windows program's request for a file has been answered */
    ACTIVITY_LOST, /* something happened that cannot be told: records found no room on their way
                      here, a process may not be looked at */
};

/* A volume as Windows programs see it: a drive of theirs. It lives as long as the source. */
struct activity_volume {
    unsigned id;           /* from 1; another one where a drive letter leads somewhere else now */
    const char *name;      /* "C:"; of the one that UNC names (\\server\share\file) lie on "\\" */
    const char *directory; /* the Linux directory that it is, as we see it */
    bool network;
};

/* A file as a Windows program names it. */
struct activity_file {
    const struct activity_volume *volume; /* NULL: on none; `path` says where */
    const uint16_t *name;                 /* UTF-16, within the volume: \windows\win.ini */
    size_t units;
    const char *path; /* without a volume: a Linux path */
};

enum activity_function {
    ACTIVITY_CREATE_FILE, /* NtCreateFile */
    ACTIVITY_OPEN_FILE,   /* NtOpenFile */
    ACTIVITY_DELETE_FILE, /* NtDeleteFile: only `file` and `object_attributes` were asked for */
    ACTIVITY_QUERY_ATTRIBUTES, /* NtQueryAttributesFile, NtQueryFullAttributesFile: likewise */
};

/* What a Windows program asked for, and what it was answered: in NT's terms and values. */
struct activity_request {
    enum activity_function function;
    struct activity_file file;
    uint32_t desired_access, attributes, share, disposition, options;
    uint32_t object_attributes; /* OBJ_* */
    uint32_t status;
    uint64_t information;     /* success: FILE_OPENED and so on */
    uint32_t file_attributes; /* success of a query: FILE_ATTRIBUTE_* */
};

/* A Windows program. */
struct activity_program {
    struct activity_file image;
    const uint16_t *command_line;
    size_t command_line_units;
    uint32_t session;
};

/*
 * One thing that happened. The strings belong to the source and live until the sink returns.
 * Names are bytes as Linux has them: no encoding is implied, a NUL ends them.
 */
struct activity {
    enum activity_kind kind;
    pid_t pid;         /* the process (thread group) */
    pid_t tid;         /* the thread */
    pid_t ppid;        /* FORK, IMAGE: the parent's pid; 0 where not known. Of a Windows program
                          that is new: of the one that started it */
    uint64_t start_ns; /* CLOCK_REALTIME: the call began (others: it happened) */
    uint64_t end_ns;   /* OPEN, EXEC: the call returned */

    /* OPEN, EXEC */
    int error; /* 0: success; else the errno value */
    /*
     * Absolute, beginning with '/'. Success: the path of the file that was opened, symbolic links
     * resolved. For a successful open of something that has no path (a pipe by /proc/PID/fd/N,
     * say) and for failures: the name asked for, made absolute with the working directory or the
     * directory file descriptor, neither links nor "." nor ".." resolved.
     */
    const char *path;
    bool path_truncated;
    bool created;        /* success: the call made the file */
    bool parent_missing; /* error is ENOENT or ENOTDIR, and a directory on the way is missing or is
                            no directory */
    uint32_t type;       /* success: S_IFMT bits of what was opened; 0 where not known */
    uint64_t dev, ino;   /* success: identity of the file; 0 where not known */
    uint64_t mount;      /* success: the id of the mount it is on; 0 where not known */
    uint64_t mount_unique; /* the same, and no other mount ever has it; 0 where not known */
    bool point_known;      /* `path` begins with the mount's point, of so many bytes; 0: "/" */
    size_t mount_point;
    int flags;        /* OPEN: O_*; EXEC: AT_* */
    uint32_t mode;    /* OPEN: mode asked for, where flags has O_CREAT or O_TMPFILE */
    uint64_t resolve; /* OPEN: RESOLVE_* of openat2 */
    bool uid_known;   /* of REQUEST too */
    uid_t uid;        /* the user that file access is decided for */
    /* The name as the program gave it, and made absolute as `path` is for a failure. NULL: not
       known, or no other than `path`. */
    const char *requested, *requested_path;
    /* What `path` says was looked up when the call was over, and may have changed meanwhile: it may
       be another than that of the file which was opened, or than what was asked for. */
    bool path_uncertain;
    /* `path` is what the process knows the file by, in a mount namespace of its own. Here it is
       mounted nowhere, and the path means something else or nothing. */
    bool path_elsewhere;
    bool command_line_cut; /* of REQUEST too: the process's command line goes on, its beginning is
                              what was told */
    bool name_unread; /* the name could not be read: the kernel could not either, or it did not have
                         to and we could not; `path` is "" */

    /* FORK, IMAGE */
    const char *image;        /* path of the executable; "memfd:NAME" of one that lies in memory and
                                 has none; NULL where not known */
    const char *executed;     /* final component of the name that was executed, where that is not
                                 the image's: a script's, a symbolic link's; NULL: no other, or not
                                 known. Of one that is met it may be a name that it gave itself */
    const char *command_line; /* arguments joined by blanks, quoted as a Windows command line where
                                 they hold blanks or quotes, 32766 bytes at most; NULL where not
                                 known */
    bool met;                 /* IMAGE: not new, the process is seen for the first time */
    const struct activity_program *program; /* IMAGE: of a Windows program, in place of `image` and
                                               `command_line`; else NULL */

    /* REQUEST */
    const struct activity_request *request;

    /* Whether the process is wanted has not been said yet: see source_ops.judge. LOST: nobody can
       say it. */
    bool unjudged;

    /* EXIT */
    int status; /* as waitpid reports it */

    /* LOST: pid and tid are 0 where they are not known */
    uint64_t count;
};

typedef void activity_sink(void *context, const struct activity *);

/* What is to be watched. */
struct source_target {
    char *const *argv; /* a program to start, with its descendants; NULL: none */
    const pid_t *pids; /* these processes, with the descendants that they will have */
    size_t pid_count;
    bool everything;  /* every process there is and will be */
    bool judged;      /* somebody will say which processes are wanted, by source_ops.judge */
    size_t ring_size; /* bytes between the kernel and us; 0: the source's choice */
    bool unix_view;   /* Windows programs under Wine are told by their Linux calls too, not by their
                         NT requests */
};

struct source; /* each source's own */

/*
 * Tells of the processes that `pid` descends from, as far as they still run, the parent first: each
 * an ACTIVITY_IMAGE that is `met`. 64 at most.
 */
void proc_ancestors(pid_t pid, activity_sink *, void *context);

/* What every source offers. Functions that return int return 0 or a negative errno. */
struct source_ops {
    const char *name;
    bool kills; /* `close` kills the processes that are watched still */

    /*
     * Begins to watch. A program to be started is held before its exec; the child has our standard
     * streams, signal dispositions and masks, working directory and environment, and `*pid` is its
     * process id (else 0). On failure `error` (error_size bytes) says what could not be done;
     * -ENOENT means that the program is not there, -EACCES that it is and cannot be run, -ESRCH
     * that there is no such process: no other source will do better. Whatever else fails has
     * another errno, -ENOTSUP where it is that the source cannot be had here.
     */
    int (*open)(struct source **, const struct source_target *, activity_sink *, void *context,
                pid_t *pid, char *error, size_t error_size);

    /* Lets the program begin: its first activity is the exec of its own image. */
    int (*go)(struct source *);

    /*
     * Says whether a process is wanted. After an activity that is `unjudged`, from inside the sink;
     * what a process that is not wanted does need not be delivered any more, until its next image.
     * May be NULL: then no activity is ever unjudged.
     */
    void (*judge)(struct source *, pid_t pid, bool wanted);

    /*
     * Waits for activity, timeout_ms at most (-1: for ever), and delivers what there is.
     * Returns 1 when something was delivered, 0 when nothing was (a signal handler that runs
     * may end the wait too, and so does the program's end), -ECHILD when every watched process is
     * gone or watching was stopped (nothing more will come), another negative errno on failure.
     */
    int (*poll)(struct source *, int timeout_ms);

    /*
     * Ends watching without ending the processes: what they do from now on is not seen. `poll` then
     * delivers what happened before, for deliver_ms from now at most, and -ECHILD. Only the first
     * call counts. May be NULL: only the end of the processes ends watching.
     */
    void (*stop)(struct source *, int deliver_ms);

    /* How many opens, execs and requests have been seen and not been delivered, for they wait for
       their turn. May be NULL: none ever does. */
    uint64_t (*undelivered)(struct source *);

    /* The program has ended: how many processes are watched still. -1: it has not. May be NULL: the
       program's end ends watching. */
    int (*left)(struct source *);

    /*
     * The program's end as waitpid reports it; valid after poll returned -ECHILD. *exec_error is
     * the errno value with which PROGRAM's own exec failed, 0 where it did not.
     */
    void (*result)(struct source *, int *wait_status, int *exec_error);

    /* Passes a signal on to the program (not to its descendants). False: it has ended.
       Async-signal-safe. */
    bool (*signal)(struct source *, int signo);

    /* What this source could tell and does not on this machine, each with the reason, in one line;
       NULL: nothing is left out. The source's until it is asked again or closed. May be NULL. */
    const char *(*left_out)(struct source *);

    /* A descriptor that poll(2) finds readable when the program has ended (a pidfd); the source's.
       -1: there is none. May be NULL: likewise. */
    int (*program)(struct source *);

    /* What users must know of how things were seen, or NULL. A line; the source's until it is
       closed. May be NULL: never anything. */
    const char *(*warning)(struct source *);

    /* A line for each thing that the source saw and could not report ("3 opens with unreadable
       names"), for --stats. */
    void (*print_stats)(struct source *, FILE *);

    /*
     * Ends watching. Processes that still run go on unwatched where that is possible; with ptrace
     * it is not (their filter would make every open fail), and they are killed. NULL is fine.
     */
    void (*close)(struct source *);
};

extern const struct source_ops source_bpf;
extern const struct source_ops source_ptrace;

#endif
