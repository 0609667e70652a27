/*
 * fltbox as a library: a Filter Manager in this process, with drivers in it and one program whose
 * activity is fed to them. The fltbox and filetap commands are made of this.
 *
 * One box per process, used from one thread, whose box_poll calls the drivers and what struct
 * box_options names. From other threads too may be called box_stop, box_undelivered, box_lost and
 * box_signal; a driver's port may be used from any (fltlib.h). Functions that can fail for a reason
 * a user should read take `char **error` and set it to a malloc'ed message of one or more lines
 * without a final newline.
 */
#ifndef FLTBOX_BOX_H
#define FLTBOX_BOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct box;

struct box_registry_value {
    const char *name;
    const char *value; /* decimal or 0x number: REG_DWORD; else REG_SZ; a name given more than once:
                          REG_MULTI_SZ */
};

struct box_driver {
    const char *path;
    const char *altitude; /* decimal, "370020" or "370020.5"; NULL: from the INF beside the driver,
                             else one of fltbox's choosing */
    const struct box_registry_value *values; /* of the service's Parameters key */
    size_t value_count;
};

/* A call that becomes a create: what the drivers have no words for. */
struct box_call {
    pid_t pid, tid;
    uint64_t time; /* when it began, as the drivers see it: 100 ns since 1601-01-01 UTC */
    int error;     /* an errno value; 0: success; -1: not known (a Windows program's request) */
    bool uid_known;
    uid_t uid;                                        /* the user that file access is decided for */
    const char *requested, *requested_path;           /* as struct activity has them */
    bool path_uncertain, path_elsewhere, name_unread; /* likewise */
    bool command_line_cut;                            /* likewise */
};

struct box_options {
    bool debug_print; /* show DbgPrintEx messages of every level; sets Parameters\DebugPrint to 1 */
    bool quiet;       /* show none of the drivers' messages */
    bool count_calls; /* for box_print_stats: count the drivers' calls of what they import */
    /* Called when a driver crashes, before the process ends, from a thread of its own that gets two
       seconds: writes what the caller has buffered. May be NULL. */
    void (*on_crash)(void);
    /* Something happened that the drivers will not see: `count` things, at `time` (100 ns since
       1601-01-01 UTC), in process `pid` and thread `tid` where these are known (else 0). Called
       from box_poll, in its place among the rest. May be NULL. */
    void (*on_lost)(void *context, pid_t pid, pid_t tid, uint64_t time, uint64_t count);
    /* Called before the drivers see the create; what it points to lives until it returns. From
       box_poll. May be NULL. */
    void (*on_call)(void *context, const struct box_call *);
    /* Does anyone want to know what this process does? Asked once per image; from box_poll. May be
       NULL: all are wanted. */
    bool (*wanted)(void *context, pid_t pid);
    void *context;
};

/* What is to be watched, and how: see struct source_target. */
struct box_target {
    const char *source; /* by name; "auto": the best there is */
    char *const *argv;  /* a program to start, held; NULL: none */
    const pid_t *pids;
    size_t pid_count;
    bool everything;
    size_t ring_size;
    bool unix_view;
};

/* Exit statuses of our own, kept clear of the traced program's. */
enum {
    BOX_EXIT_USAGE = 2,        /* wrong arguments, or a driver that cannot be loaded or started */
    BOX_EXIT_LOST = 124,       /* events were lost */
    BOX_EXIT_FAILED = 125,     /* we failed, or a driver crashed */
    BOX_EXIT_CANNOT_RUN = 126, /* PROGRAM is there and cannot be run */
    BOX_EXIT_NOT_FOUND = 127,  /* PROGRAM is not there */
};

struct box *box_open(const struct box_options *, char **error);

/* Loads a driver and calls its DriverEntry. 0 or -1. */
int box_load(struct box *, const struct box_driver *, char **error);

/* Begins to watch. `*pid` is the program's, or 0. Returns 0 or the exit status that says what went
   wrong. */
int box_start(struct box *, const struct box_target *, pid_t *pid, char **error);

/* Which source is used, and where a better one could not be, why; and what it leaves out. The box's
   until the next call. */
const char *box_source(struct box *);

/* What users must know of how things were seen; NULL: nothing. The box's. */
const char *box_warning(struct box *);

/* In place of box_start: takes activity from `source`, which it closes in the end. What the source
   tells goes to translate_feed. */
struct source;
struct source_ops;
void box_use(struct box *, const struct source_ops *, struct source *);

/*
 * Calls with every process that runs now: the path of its executable (NULL: not known), and the
 * name that was executed where that is another (struct activity's `executed`; else NULL).
 */
void box_each_running(void (*each)(void *context, pid_t, const char *image, const char *executed),
                      void *context);

/* Lets the program begin. */
int box_go(struct box *, char **error);

/* As source_ops.poll, through the translation and all drivers. */
int box_poll(struct box *, int timeout_ms);

/* Passes a signal on to the program. False: there is none any more. Async-signal-safe. */
bool box_signal(struct box *, int signo);

/*
 * For whoever can be interrupted: box_hurry, which is async-signal-safe, says that the user wants
 * an end. A driver's routine that does not return within two seconds of it, or until the next, is
 * named, and the process ends with BOX_EXIT_FAILED, and the program with it. box_hurry_init makes
 * that so; false where there is no thread for it.
 */
bool box_hurry_init(void);
void box_hurry(void);

/* As source_ops.stop: ends watching, and box_poll then gives what happened before for deliver_ms at
   most, and -ECHILD. A source without it ends only with its processes. */
void box_stop(struct box *, int deliver_ms);

/* As source_ops.undelivered: what is still to come out of box_poll. */
uint64_t box_undelivered(struct box *);

/* As source_ops.left: processes that are watched though the program has ended; -1: it has not. */
int box_left(struct box *);

/* As source_ops.program: the program's end, for poll(2). */
int box_program(struct box *);

/* Does the end of watching end the processes? */
bool box_kills(struct box *);

/* Activities that were lost on their way to the drivers, so far. */
uint64_t box_lost(struct box *);

/* In a thread other than the box's own, before it talks to a driver, and after. */
void box_thread_begin(void);
void box_thread_end(void);

/* After box_poll returned -ECHILD: as source_ops.result. */
void box_result(struct box *, int *wait_status, int *exec_error);

/*
 * Unloads the drivers, lowest altitude last, as `fltmc unload` does. Leaks found (pool, references)
 * are reported on standard error; the number of drivers that leaked or would not unload is
 * returned.
 */
int box_unload(struct box *);

/* Per driver: callbacks called by operation, API calls by name where they were counted. And what
   the source could not see. */
void box_print_stats(struct box *, FILE *);

/* Only what the source could not see. */
void box_print_source_stats(struct box *, FILE *);

void box_close(struct box *);

/* Every implemented export, "FLTMGR.SYS!FltRegisterFilter", sorted, a line each; " (data)" follows
   the name of a variable. */
void box_list_exports(FILE *);

/*
 * Ends this process as the program ended: with its exit status, or by its signal. Flushes stdio.
 * exec_error gives BOX_EXIT_NOT_FOUND or BOX_EXIT_CANNOT_RUN.
 */
_Noreturn void box_exit_like(int wait_status, int exec_error);

/* The same, with stdio as it is: from any thread, whatever the others are in. */
_Noreturn void box_exit_at_once(int wait_status, int exec_error);

#endif
