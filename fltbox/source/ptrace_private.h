/*
 * Private to the ptrace source.
 *
 * A seccomp filter that the program gets before its exec, and that its descendants inherit, stops
 * a thread when it begins one of the calls we want (PTRACE_EVENT_SECCOMP). We read what it asks
 * for and let it run to the call's end (PTRACE_SYSCALL), read the result and let it go
 * (PTRACE_CONT). All other calls run at full speed.
 *
 * A filter of the program's own is asked too, and what it answers never comes to ours. So a thread
 * that has one ("filtered") is stopped at the beginning and the end of every call.
 *
 *   ptrace.c          the source_ops: waiting, the beginning and the end
 *   ptrace_start.c    the child, and why it could not be had
 *   ptrace_filter.c   the calls we want, and the filter that stops a thread in them
 *   ptrace_stop.c     what a stop means: signals, new threads and processes, exec, exit
 *   ptrace_call.c     one open or exec from its arguments to an activity
 *   ptrace_self.c     calls by which a program could escape us, or notice us
 *   ptrace_others.c   whether anyone else can have changed what a call was about
 *   ptrace_name.c     names as a tracee sees them, in its root and working directory
 *   ptrace_mount.c    which mount a file is on, and where
 *   ptrace_memory.c   a tracee's memory and registers
 *   ptrace_tracee.c   the table of threads and processes
 */
#ifndef FLTBOX_PTRACE_PRIVATE_H
#define FLTBOX_PTRACE_PRIVATE_H

#include "proc.h"
#include "source.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ptrace.h>
#include <time.h>

#define PT_NAME_MAX    PROC_NAME_MAX

/* What comes with a stop that our filter asks for, to tell it from those of others. */
#define PT_FILTER_DATA 0x4654

enum pt_call_kind {
    PT_NO_CALL,
    PT_OPEN,
    PT_OPENAT,
    PT_OPENAT2,
    PT_CREAT,
    PT_OPEN_BY_HANDLE,
    PT_EXECVE,
    PT_EXECVEAT,
    /* From here on, what ptrace_self.c is about. */
    PT_CLONE,
    PT_CLONE3,
    PT_SECCOMP,
    PT_PRCTL,
    PT_SET_USER,
    PT_URING_SETUP,
    PT_PLACE,
    PT_RECEIVE,
    PT_FANOTIFY,
};

/* Who could have changed what a call was about, when it began. */
struct pt_others {
    uint64_t moment;  /* source.moment */
    bool asleep;      /* all of them, or there were none */
    unsigned changes; /* process.changes and .placed */
    unsigned placed;
};

/* A call that has begun and not yet returned. */
struct pt_call {
    enum pt_call_kind kind;
    bool restarting; /* it returned ERESTARTSYS; a signal decides how it goes on */
    uint64_t start_ns;
    uint32_t arch;
    uint64_t nr;
    struct pt_others others;
    enum { PT_ROOT_UNKNOWN, PT_ROOT_OURS, PT_ROOT_OTHER } root; /* its thread's root directory */
    int dirfd;                                                  /* AT_FDCWD or a descriptor */
    int flags;
    uint32_t mode;
    uint64_t resolve;
    uint64_t name_at;      /* its address; 0: it has none */
    char *name;            /* as the program gave it; NULL where it cannot be read */
    bool name_hidden;      /* its memory is closed to us */
    bool name_late;        /* nobody said in time what its memory holds */
    bool name_cut;         /* it goes on after PT_NAME_MAX - 1 bytes */
    char *path;            /* name made absolute; NULL until that is wanted */
    bool absent;           /* O_CREAT: nothing had that name when the call began */
    struct proc_file file; /* exec: what name led to when the call began */

    /* PT_CLONE, PT_CLONE3 */
    uint64_t clone_flags;
    uint64_t clone_args; /* clone3: the flags' address */
    bool made_traced;    /* CLONE_UNTRACED has been taken from its flags, and not been put back */
};

#define PT_PLACES 64

struct pt_process {
    pid_t pid, ppid;
    struct proc_image *image; /* may be NULL */
    struct pt_tracee *threads;
    unsigned thread_count;
    int pagemap;           /* its file in /proc; -1: not open */
    bool slow_memory;      /* what is not at hand there takes too long */
    unsigned changes;      /* how often threads came and went */
    unsigned placed;       /* how often a call of its threads gave a descriptor */
    int places[PT_PLACES]; /* the last of these; -1: any */
    bool reads_files;      /* it can get descriptors by read(2): fanotify's */
    bool shares_files;  /* another process or io_uring can put other files behind its descriptors */
    bool shares_memory; /* another process has its memory */
    struct pt_process *next, **link;
};

struct pt_tracee {
    pid_t tid;
    /* NULL: it was seen before the event that says who made it. It stays in its first stop, or
       dead with `held_status`, until then. */
    struct pt_process *process;
    bool held_dead;
    int held_status;
    uint64_t held_ns;
    bool stepping;    /* resumed with PTRACE_SINGLESTEP, to see what a signal does to `call` */
    bool filtered;    /* it has a seccomp filter of its own */
    bool strict;      /* it believes to be in strict seccomp mode, and is held to that */
    bool in_call;     /* filtered or strict: between the beginning of a call and its end */
    bool interrupted; /* by us, with PTRACE_INTERRUPT */
    struct pt_call call;
    /* A new one, made with CLONE_UNTRACED: where that is to be put back before it runs. */
    enum pt_call_kind untraced; /* PT_CLONE: its register; PT_CLONE3: its memory */
    uint32_t untraced_arch;
    uint64_t untraced_at;
    bool uid_known;
    uid_t uid;             /* the user that file access is decided for */
    int schedstat;         /* its file in /proc; -1: not open */
    uint64_t asleep_run;   /* it slept after it had run so often; 0: not known */
    uint64_t asleep_since; /* that was seen first at this moment */
    struct pt_tracee *next_thread, **thread_link;
    struct pt_tracee *next_in_bucket;
};

#define PT_BUCKETS  1024
#define PT_SYSCALLS 140

struct pt_syscall {
    uint32_t arch; /* AUDIT_ARCH_* */
    uint64_t nr;
    enum pt_call_kind kind;
};

struct pt_mount {
    uint64_t unique; /* 0: none is known */
    uint64_t id;
    char *point;
    size_t length; /* 0 for "/" */
    uint64_t known_ns;
};

#define PT_MOUNTS 64

struct source {
    activity_sink *sink;
    void *context;
    unsigned delivered; /* activities since poll began */

    pid_t root;
    bool root_gone, root_started; /* its own exec succeeded */
    int root_status, root_error;
    int channel;      /* to the held child; -1 once it runs */
    int root_process; /* a pidfd; -1: there are none */
    _Atomic bool stopped;

    struct pt_syscall syscalls[PT_SYSCALLS];
    unsigned syscall_count;

    struct pt_tracee *buckets[PT_BUCKETS];
    struct pt_process *processes;
    unsigned tracee_count, held_count;

    uint64_t root_dev, root_ino, root_mount; /* our own root directory */
    uint64_t mount_namespace;
    unsigned outer_filters; /* seccomp filters that we run under ourselves */
    unsigned schedstat_count, pagemap_count;
    uint64_t moment; /* counts the looks at others */
    bool unique_mounts;
    struct pt_mount mounts[PT_MOUNTS]; /* by the id's remainder */

    timer_t timer;      /* interrupts a wait */
    int timer_signal;   /* 0: there is no timer */
    sigset_t timer_set; /* just that */
    bool ticking;
    struct sigaction timer_action_before;
    bool timer_was_blocked;

    bool unix_view; /* source_target.unix_view */
    bool wine_seen;
    char warning[512];

    struct {
        uint64_t unread;         /* calls whose names nobody could read */
        uint64_t hidden;         /* calls of processes whose memory is closed to us */
        uint64_t never_returned; /* calls whose thread was killed in them */
        uint64_t vanished;       /* opened, and closed by another thread before we looked */
        uint64_t untraced;       /* children that could not be watched */
        uint64_t urings;         /* io_uring instances: what is opened through them is not seen */
        uint64_t late;           /* look-ups that were given up */
        uint64_t lost;           /* for want of memory */
    } count;
};

static inline uint64_t pt_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* ---- ptrace_tracee.c ----------------------------------------------------------------------- */

struct pt_tracee *pt_find(struct source *, pid_t tid);

/* Adds a thread: of `process`, or held for want of one. NULL: no memory. */
struct pt_tracee *pt_add(struct source *, pid_t tid, struct pt_process *process);

/* Gives a held thread its process. */
void pt_adopt(struct source *, struct pt_tracee *, struct pt_process *);

/* Forgets a thread. A call it is in is counted. */
void pt_remove(struct source *, struct pt_tracee *);

/* A process without threads yet. Takes over `image`'s reference. NULL: no memory. */
struct pt_process *pt_process_add(struct source *, pid_t pid, pid_t ppid, struct proc_image *image);
struct pt_process *pt_process_find(struct source *, pid_t pid);

/* Forgets a process and all its threads. */
void pt_process_remove(struct source *, struct pt_process *);

/* ---- ptrace_memory.c ----------------------------------------------------------------------- */

/* Copies a tracee's memory, all of it or none. False: not readable; with errno ETIMEDOUT: somebody
   takes too long to say what is there (lookup.h). */
bool pt_read(struct source *, struct pt_tracee *, uint64_t address, void *to, size_t size);

/* Writes into a tracee's memory, also where it may not write itself. False: not all of it. */
bool pt_write(pid_t tid, uint64_t address, const void *from, size_t size);

/* A string of PT_NAME_MAX - 1 bytes at most; `*cut`: it goes on. To be freed; NULL with errno
   EFAULT (nothing is there), EPERM (not for us), ETIMEDOUT or ENOMEM. */
char *pt_read_name(struct source *, struct pt_tracee *, uint64_t address, bool *cut);

/*
 * For a tracee that stands at the first instruction of a signal handler: does the interrupted call
 * return EINTR after it (or is it made again)?
 */
bool pt_interrupted_for_good(struct source *, struct pt_tracee *);

/* The process has other memory now, or none. */
void pt_forget_memory(struct source *, struct pt_process *);

/* ---- ptrace_name.c ------------------------------------------------------------------------- */

/*
 * `name` made absolute as source.h has it for names that could not be opened. Where the directory
 * has no path of its own: below /proc/PID/cwd or /proc/PID/fd/N. To be freed; NULL: no memory.
 */
char *pt_absolute(struct source *, struct pt_tracee *, int dirfd, const char *name,
                  uint64_t resolve);

/* Opens what the tracee calls `name` with O_PATH and `flags`. A descriptor or a negative errno:
   -ETIMEDOUT where that takes too long (lookup.h). */
int pt_open_as(struct source *, struct pt_tracee *, int dirfd, const char *name, uint64_t resolve,
               int flags);

/* Is the directory that `name` lies in missing, or no directory? */
bool pt_parent_missing(struct source *, struct pt_tracee *, int dirfd, const char *name,
                       uint64_t resolve);

/* ---- ptrace_filter.c ----------------------------------------------------------------------- */

/* The filter as the kernel takes it, so that the child need not make it; its `filter` is to be
   freed. 0 or a negative errno. */
int pt_make_filter(struct source *, struct sock_fprog *);

enum pt_call_kind pt_call_kind(const struct source *, uint32_t arch, uint64_t nr);

/* ---- ptrace_others.c ----------------------------------------------------------------------- */

/* The thread stands at the beginning of its call: who else could change what it is about? */
void pt_others_look(struct source *, struct pt_tracee *);

/* Has none of them run since? */
bool pt_others_slept(struct source *, struct pt_tracee *);

/* Its call has given it this descriptor. False: another may be behind it now. */
bool pt_others_left(struct source *, struct pt_tracee *, int descriptor);

/* A call of the process has given it a descriptor; -1: some, no matter which. */
void pt_placed(struct pt_process *, int descriptor);

/* ---- ptrace_self.c ------------------------------------------------------------------------- */

/* The thread stands at the beginning of one of these calls; call.kind becomes PT_NO_CALL where its
   end need not be seen. */
void pt_self_begin(struct source *, struct pt_tracee *, const uint64_t args[6]);
void pt_self_end(struct source *, struct pt_tracee *, int64_t result);

/* The thread's call has made `child`. `event`: PTRACE_EVENT_*. */
void pt_self_made(struct source *, struct pt_tracee *, int event, struct pt_tracee *child);

/* A new thread stands where it begins. */
void pt_self_first_stop(struct source *, struct pt_tracee *);

/* The call does not happen: its result is this. At its beginning only. */
void pt_answer(pid_t tid, int64_t result);

/* Is that call allowed in strict mode? If not, ends the thread as the kernel would. */
void pt_strict_check(struct source *, struct pt_tracee *, uint32_t arch, uint64_t nr);

/* A stop that pt_self_begin asked for with PTRACE_INTERRUPT: nobody may notice. */
void pt_hide_interrupt(struct pt_tracee *);

/* ---- ptrace_mount.c ------------------------------------------------------------------------ */

/* How mounts are told apart here. */
void pt_find_mounts(struct source *);

/* As proc_look. */
int pt_look(struct source *, const char *link, struct proc_file *);

/* Says which mount a file is on that pt_look has looked at. */
void pt_take_mount(struct source *, struct activity *, const struct proc_file *);
void pt_forget_mounts(struct source *);

/* Does the path of a call by this thread lead to another file here, or to none, since the thread
   has mounts of its own? */
bool pt_is_elsewhere(struct source *, pid_t tid, const struct activity *);

/* ---- ptrace_call.c ------------------------------------------------------------------------- */

/* The thread stands at the beginning of a call. Afterwards call.kind says whether it is wanted. */
void pt_call_begin(struct source *, struct pt_tracee *, const struct __ptrace_syscall_info *);

/* The call has returned (an exec: has failed). Delivers it and forgets it. */
void pt_call_end(struct source *, struct pt_tracee *, int64_t result);

/* The exec has succeeded; `tid` is the thread that asked for it, `executable` what runs now. */
void pt_call_exec_done(struct source *, struct pt_tracee *, pid_t tid, struct pt_call *,
                       const struct proc_file *executable);

/* Of ours, not of ptrace_self.c's. */
bool pt_call_is_file(const struct pt_call *);

void pt_call_forget(struct pt_call *);

void pt_deliver(struct source *, const struct activity *);

/* Counts what could not be had for want of memory, and says so in the stream. */
void pt_lost(struct source *);

/* ---- ptrace_stop.c ------------------------------------------------------------------------- */

/* What waitpid said. */
void pt_stop(struct source *, pid_t tid, int status);

/*
 * Lets those held threads go on whose creator has been killed before it could say that it made
 * them. How long the next call should be put off, in ms; -1: nothing is held.
 */
int pt_settle_held(struct source *);

/* ---- ptrace_start.c ------------------------------------------------------------------------ */

/* Starts the program, held and watched. 0, or a negative errno with a message. */
int pt_start(struct source *, char *const argv[], char *error, size_t error_size);

#endif
