/*
 * Private to the bpf source.
 *
 * Programs on tracepoints (bpf/probe.bpf.c) write a record of each call into a ring that we read.
 * They know which processes are of interest; everything else that a process does costs it one
 * look-up.
 *
 *   bpf.c           the source_ops: the program, waiting, the end
 *   bpf_load.c      loads and attaches the programs
 *   bpf_parts.c     what the kernel has, and what of them can be left out
 *   bpf_refusal.c   why something cannot be had
 *   bpf_taker.c     a thread that takes the records out of the ring
 *   bpf_queue.c     where they wait then
 *   bpf_record.c    records to activities
 *   bpf_name.c      names that were asked for, and what they lead to
 *   bpf_call.c      opens and execs
 *   bpf_executed.c  what execs have opened
 *   bpf_uring.c     opens through io_uring
 *   bpf_namespace.c paths in other mount namespaces, as we see them
 *   mount_table.c   what is mounted in a mount namespace
 *   bpf_process.c   which image each process has, as far as we were told
 *   bpf_wine.c      Windows programs that are told by their Linux calls: their names
 *   wine_attach.c   Windows programs that are told by their requests: where Wine's ntdll is
 *   wine_record.c   their records to activities
 *   wine_handle.c   which files their handles are of
 *   wine_drive.c    their names to drives
 *   bpf/            the kernel side
 */
#ifndef FLTBOX_BPF_PRIVATE_H
#define FLTBOX_BPF_PRIVATE_H

#include "bpf/record.h"
#include "bpf_taker.h"
#include "proc.h"
#include "source.h"

#include <bpf/libbpf.h>

#define BPF_KERNEL_TYPES "/sys/kernel/btf/vmlinux"
#define BPF_LINKS_MAX    16
#define BPF_PARTS        5   /* that can be left out */
#define BPF_REASON_MAX   640 /* of a sentence that says why something cannot be had */
#define BPF_BUCKETS      1024
#define BPF_WAITING_MAX                                                                            \
    8192 /* opens that wait for what comes of them: interrupted, or io_uring's */
#define BPF_WAITING_SIZE (32u << 20) /* their bytes */
#define BPF_DEFAULT_RING (32u << 20)

/* What we were told of a process last. */
struct bpf_process {
    pid_t pid;
    uint64_t image;             /* probe_record.image */
    bool judged;                /* for this image */
    bool unwanted;              /* somebody has judged so */
    bool unwanted_before;       /* the same, of the image before */
    bool nameless;              /* its program could not be found out: nobody can judge it */
    struct proc_image *program; /* NULL where not known */
    bool handles;  /* may have some in wine.handles: a Windows program, or a copy of one */
    bool waits;    /* opens of it have waited for what comes of them */
    bool copied;   /* has not executed anything since it was made */
    pid_t creator; /* the process that it was made for: of copies of copies the first */
    struct wine_prefix *prefix; /* Windows programs: NULL where not known */
    struct bpf_process *next;
};

/* A program on its tracepoint. */
struct bpf_attached {
    struct bpf_link *link;
    const char *program; /* its name; the object's */
};

struct wine; /* what is known of Wine and Windows programs */

/* An open that a signal interrupted: it may be made again, and then never happened. */
struct bpf_held {
    struct activity activity; /* with a path of its own */
    size_t bytes;
    struct bpf_held *next;
};

/* A record that waits for another: of an open that was asked for through io_uring, of the file that
   an exec has opened. */
struct bpf_record {
    struct bpf_record *next;
    struct bpf_record *opened; /* the open's: of the file; NULL: not told */
    size_t size;
    char data[]; /* 8-byte aligned */
};

struct source {
    activity_sink *sink;
    void *context;
    unsigned delivered; /* activities since poll began */

    struct bpf_object *object;
    struct bpf_attached links[BPF_LINKS_MAX];
    unsigned link_count;
    struct bpf_taker *taker;
    char *left_out[BPF_PARTS]; /* why; NULL: the part is there */
    char *left_out_text;       /* all of it, for people */
    size_t ring_size;
    int judgements, threads, lost, orphans; /* descriptors of maps */
    struct probe_shared *shared;            /* mapped; NULL before loading */
    uint32_t mount_namespace;               /* our own */

    pid_t thread;             /* that we belong to */
    int own_nice;             /* the thread's, before it stepped back */
    _Atomic bool modest;      /* it has stepped back */
    _Atomic uint64_t idle_ns; /* CLOCK_BOOTTIME: when nothing waited last */
    bool may_step_back;
    bool has_uprobe_multi; /* the kernel has links for many uprobes */
    bool endless;          /* everything is watched */
    bool judged;           /* source_target.judged */
    bool detached;         /* the taker has been told that nothing more comes */
    int sleep_ms;          /* how long the next wait is at most */
    _Atomic uint64_t stop; /* CLOCK_BOOTTIME: when to deliver no more; 0: nobody has asked for it */

    pid_t root;       /* the program; 0: none */
    int root_process; /* a pidfd of it */
    int channel;      /* to it: lets it begin, and tells why it could not */
    bool root_begun, root_gone;
    bool root_ended; /* root_status is known */
    int root_status, root_error;

    int *followed; /* pidfds of the processes asked for; -1: has ended */
    size_t followed_count;

    int64_t realtime; /* what CLOCK_REALTIME is ahead of CLOCK_BOOTTIME, ns */
    struct bpf_process *buckets[BPF_BUCKETS];
    struct bpf_namespaces *namespaces; /* NULL until one is met that is not ours */
    /* A program can have as many of these as it likes: they are found by thread and by request, and
       take no more room than so much. */
    struct bpf_held *held[BPF_BUCKETS];
    struct bpf_record *requests[BPF_BUCKETS];
    unsigned held_count, request_count;
    size_t held_bytes, request_bytes;
    struct bpf_record *executed; /* one for each thread that is in an exec */
    struct wine *wine;           /* NULL: --unix, or memory */
    struct {
        char parent[PROC_NAME_MAX], base[PROC_NAME_MAX];
        uint32_t mount_namespace;
        uint64_t until; /* CLOCK_BOOTTIME */
        bool missing;
    } parent; /* the directory looked for last, for a program that looks for many files there */

    char *warning;      /* the last that source_ops.warning gave */
    uint64_t lost_told; /* of the records that found no room, those delivered as lost */
    struct {
        uint64_t bad_pointers;      /* Windows programs' requests with names that cannot be read */
        uint64_t unread;            /* calls with a name that could not be read */
        uint64_t never_returned;    /* calls whose thread was killed in them */
        uint64_t vanished;          /* opened, and closed by another thread before we looked */
        uint64_t unknown_ancestors; /* processes that were there before us of whose ancestors not
                                       all could be found out */
        uint64_t unseen_images;     /* images that were lost and looked up later */
        uint64_t elsewhere;         /* opens and execs of paths in other mount namespaces */
        uint64_t not_here;          /* of these, those of paths that we do not see */
        uint64_t tables_beyond; /* of names in other mount namespaces, those whose mount tables go
                                   beyond the limits */
        uint64_t tables_waited; /* and those for which a table was not read anew yet */
        uint64_t memory;        /* activities lost for want of memory */
        uint64_t no_volume;     /* Windows programs' requests for what is on no volume */
    } count;
};

/* ---- bpf_load.c ---------------------------------------------------------------------------- */

/* For tests: as on a kernel that has no bpf_rdonly_cast and no links for many uprobes. */
extern bool bpf_without_casts;

/* Each 0 or -ENOTSUP with a message. */
int bpf_load(struct source *, const struct source_target *, char *error, size_t error_size);
int bpf_attach(struct source *, char *error, size_t error_size);

/* Detaches: from now on nothing new is recorded. */
void bpf_detach(struct source *);

/* The inode number of a link below /proc/PID/ns; 0 where it cannot be had. */
uint32_t bpf_namespace_of(const char *link);

/* Follows a process, and what it will start. A pidfd of it, to be closed, or a negative errno. */
int bpf_follow(struct source *, pid_t pid, bool told);

/* Opens and execs that found no room, so far. */
uint64_t bpf_lost(struct source *);

/* Those of a thread that ended meanwhile, taken out. False: there are none. */
bool bpf_take_orphans(struct source *, uint32_t *pid, uint64_t *count);

/* ---- bpf_parts.c --------------------------------------------------------------------------- */

/* The descriptions of the kernel's types (BTF), as the kernel has them. */
struct bpf_types {
    char *text; /* NULL: they cannot be had */
    size_t size;
    bool mapped; /* it is the kernel's own memory, and not to be written to */
    int error;   /* then the errno value that says why */
};

/* 0 or the errno value. */
int bpf_types_read(struct bpf_types *);
void bpf_types_free(struct bpf_types *);

/* Is anything called so: a type, a function, a value of an enumeration? */
bool bpf_has_type(const struct bpf_types *, const char *name);

/* Can programs on tracepoints be preempted here (Linux 7.0)? */
bool bpf_is_preemptible(const struct bpf_types *);

/* Which programs of an object are to be loaded: those of parts that the kernel has what they need
   for, and that have not been left out. */
void bpf_choose_parts(struct source *, struct bpf_object *, const struct bpf_types *);

/* Leaves out the part that the program is of, from the next loading on. False: it is of none, or
   that is left out already; then nothing works without it. */
bool bpf_leave_out(struct source *, const char *program, const char *why);
bool bpf_is_left_out(struct source *, const char *program);

/* What is done with it, for a message. */
const char *bpf_attach_what(const struct bpf_program *);

/* As source_ops.left_out. */
const char *bpf_left_out(struct source *);
void bpf_parts_free(struct source *);

/* ---- bpf_refusal.c ------------------------------------------------------------------------- */

/* Could this process use BPF here, and is there what every part needs? 0, or -ENOTSUP with a
   message. */
int bpf_check_machine(const struct bpf_types *, char *error, size_t error_size);

/* From now on what libbpf complains of is remembered; what it said before is forgotten. */
void bpf_listen(void);

/* The program that it complained of; "": of none. */
const char *bpf_refused_program(void);

/*
 * Why `what` ("loading its programs") has failed with this negative errno: a sentence for people,
 * with the way out, BPF_REASON_MAX bytes at most. bpf_refuse makes it the message of the source,
 * and returns -ENOTSUP.
 */
void bpf_why(int result, const char *what, size_t ring_size, char *text, size_t size);
int bpf_refuse(int result, const char *what, size_t ring_size, char *error, size_t error_size);

/* May this process take back a priority that it gave up? */
bool bpf_may_raise_priority(void);

/* ---- bpf_record.c -------------------------------------------------------------------------- */

/* A record, taken apart. */
struct bpf_taken {
    const struct probe_record *r;
    const char *path; /* "" where there is none */
    const char *name; /* "" where there is none; of an image the arguments */
    const char *base; /* of the directory that the name is relative to; "" where there is none */
};

/* How much of the end of the record's path lies within its mount. */
size_t bpf_within(const struct bpf_taken *);

/* Makes activities of a record. 0; -EAGAIN: so many have been delivered that it is our caller's
   turn (the record is done with); -EBADMSG: it is none of ours. */
int bpf_take(struct source *, const void *data, size_t size);

/* Has somebody said that nobody wants to know what the record's process does? */
bool bpf_is_unwanted(struct source *, const struct probe_record *);

/* False: the record is none of ours. */
bool bpf_take_apart(const char *data, size_t size, struct bpf_taken *);

/* An activity of the record's process and thread, at its times. */
struct activity bpf_begin(struct source *, const struct probe_record *, enum activity_kind);

void bpf_deliver(struct source *, const struct activity *);

/* Says that `count` opens or execs of the record's thread are lost. */
void bpf_lose(struct source *, const struct probe_record *, uint64_t count);

/* Those from whom a process descends that was there before us: see the source file. */
void bpf_meet_ancestors(struct source *, pid_t pid);

/* CLOCK_BOOTTIME, ns, as the machine has it, whatever our time namespace makes of it. */
uint64_t bpf_boot_time(void);

/* ---- bpf_name.c ---------------------------------------------------------------------------- */

/* A name that was asked for, made absolute as source.h has it: in `buffer`, or the record's. */
const char *bpf_absolute(const struct bpf_taken *, proc_path buffer);

/* The same of a success; NULL: it is not known. */
const char *bpf_requested(const struct bpf_taken *, proc_path buffer);

/* Is the directory that the path lies in missing, or no directory? */
bool bpf_parent_missing(struct source *, const struct bpf_taken *, const char *path);

/* What the name leads to now: of an interpreted program, and where the descriptor was closed before
   it was looked at. */
void bpf_look_at_name(struct source *, const struct bpf_taken *, const char *path,
                      struct proc_file *);

/* ---- bpf_call.c ---------------------------------------------------------------------------- */

void bpf_deliver_call(struct source *, const struct bpf_taken *);

/* The thread's call that was interrupted has failed. */
void bpf_settle(struct source *, pid_t tid);

/* Forgets calls of the process (0: of all) that were interrupted and of which nothing more will be
   heard. */
void bpf_forget_held(struct source *, pid_t pid);

/* ---- bpf_executed.c ------------------------------------------------------------------------ */

/* An exec has opened a file; `data` is the whole record. */
void bpf_executes(struct source *, const struct bpf_taken *, const char *data, size_t size);

/* That of the thread's exec, of which this record tells, taken out. To be freed; NULL: it is not
   known. */
struct bpf_record *bpf_take_executed(struct source *, const struct probe_record *);

/* Forgets those of the process, of the thread (0: of any). */
void bpf_forget_executed(struct source *, pid_t pid, pid_t tid);

/* A copy of a record that can be changed. To be freed; NULL: no memory. */
struct bpf_record *bpf_record_copy(const char *data, size_t size);
struct probe_record *bpf_record_header(struct bpf_record *);

/* An open of the process waits: at its end it is looked for. */
void bpf_waits(struct source *, pid_t pid);

/* ---- bpf_uring.c --------------------------------------------------------------------------- */

/* An open was asked for; what came of it. `data` is the whole record. */
void bpf_submitted(struct source *, const struct bpf_taken *, const char *data, size_t size);
void bpf_opened(struct source *, const struct bpf_taken *, const char *data, size_t size);
void bpf_completed(struct source *, const struct bpf_taken *, const char *data, size_t size);

/* Forgets those of the process (0: of all). */
void bpf_forget_requests(struct source *, pid_t pid);

/* ---- bpf_namespace.c ----------------------------------------------------------------------- */

/*
 * Paths in other mount namespaces as we see them, in `buffer`; NULL: we do not see them, what they
 * lead to is mounted nowhere here.
 */

/* The record's own path, which has a root (probe_record.root_size), and our mount that it is on. */
const char *bpf_host_path(struct source *, const struct probe_record *, const char *path,
                          uint64_t *mount, proc_path buffer);

/* A name made absolute that begins at the record's own path, `base`, which has a root. */
const char *bpf_host_name(struct source *, const struct probe_record *, const char *base,
                          const char *path, proc_path buffer);

/* What we found by looking at a process in the namespace of the record's own path, `base`: `*mount`
   is the mount's id there (0: not known) and becomes that of ours. */
const char *bpf_host_found(struct source *, const struct probe_record *, const char *base,
                           const char *path, uint64_t *mount, proc_path buffer);

/* The record's process has an image in this namespace. */
void bpf_namespace_meet(struct source *, const struct probe_record *);

/* A process that is in the mount namespace that the record's process was in: it, if it still is. 0:
   none that we know of. */
pid_t bpf_namespace_member(struct source *, const struct probe_record *);

void bpf_namespaces_free(struct source *);

/* ---- bpf_process.c ------------------------------------------------------------------------- */

struct bpf_process *bpf_process_find(struct source *, pid_t pid);

/* The process has this image from now on, and runs `program`, whose reference is taken over (may be
   NULL). NULL: no memory. */
struct bpf_process *bpf_process_set(struct source *, pid_t pid, uint64_t image,
                                    struct proc_image *program);

void bpf_process_remove(struct source *, pid_t pid);
void bpf_processes_free(struct source *);

/* ---- bpf_wine.c ---------------------------------------------------------------------------- */

/*
 * The image of a Windows program that Wine's loader `exe` runs under the name `comm`: the Unix path
 * of the program where it can be found out, else its Windows name below the loader's directory.
 * To be freed; NULL: this is not one, or has not got its name yet. `arguments` each end with a NUL.
 */
char *bpf_wine_image(pid_t pid, const char *exe, const char *comm, const char *arguments,
                     size_t size);

/* Puts such a program's image in the place of its loader's: as /proc has it now. */
void bpf_wine_look_up(pid_t pid, struct proc_image *);

/* The prefix that Wine runs in with this environment. False: none. */
bool bpf_wine_prefix(const char *environment, size_t size, char prefix[PROC_NAME_MAX]);
bool bpf_wine_prefix_of(pid_t pid, char prefix[PROC_NAME_MAX]);

/* ---- wine_attach.c ------------------------------------------------------------------------- */

/*
 * Looks for Wine and puts the programs of wine.bpf.c on what is found. Where that cannot be done
 * Windows programs are told by their Linux calls, and wine_warning says why. To be called before
 * the others are attached: a Windows program that begins meanwhile is one from the first that is
 * seen of it.
 */
void wine_open(struct source *, const struct source_target *);

/* Again, when the others are attached: at what runs now. */
void wine_look_again(struct source *);

/* A process executes this: is it Wine's loader, of a Wine that was not found before? */
void wine_meet(struct source *, const char *exe);

void wine_detach(struct source *);
void wine_close(struct source *);

/* A Windows program is told by its Linux calls; one that is met may be told by its requests when it
   makes some. */
void wine_by_linux_calls(struct source *, pid_t pid, bool met);

/* As source_ops.warning. */
const char *wine_warning(struct source *);

/* Why no Windows programs' requests can be told, though there is a Wine; NULL: they can, or there
   is none. The source's until the next call. */
const char *wine_left_out(struct source *);

/* ---- wine_record.c ------------------------------------------------------------------------- */

/* False: the record is none of these. */
bool wine_take(struct source *, const struct bpf_taken *);

/* A process (a thread of it) has ended, a process is a copy of another. */
void wine_forget(struct source *, pid_t pid);
void wine_forget_thread(struct source *, pid_t pid, pid_t tid);
void wine_inherit(struct source *, pid_t parent, pid_t copy);

/* ---- wine_handle.c ------------------------------------------------------------------------- */

/* A name that several handles have. */
struct wine_name {
    unsigned references;
    const struct activity_volume *volume;
    char *path;   /* without a volume: Linux; NULL: it is of no file, such as a console's */
    size_t bytes; /* that it takes */
    size_t units;
    uint16_t name[];
};

struct wine_handles;

void wine_handle_add(struct wine_handles *, pid_t pid, uint64_t handle,
                     const struct activity_file *, bool inherited);

/* What it is of; NULL: not known. */
const struct wine_name *wine_handle_find(struct wine_handles *, pid_t pid, uint64_t handle);
void wine_handle_close(struct wine_handles *, pid_t pid, uint64_t handle);

/* NtDuplicateObject with these attributes and options. */
void wine_handle_duplicate(struct wine_handles *, pid_t pid, uint64_t from, uint64_t to,
                           uint32_t attributes, uint32_t options);

/* A new process has the handles of its parent's that are inherited. */
void wine_handles_inherit(struct wine_handles *, pid_t parent, pid_t child);
void wine_handles_forget(struct wine_handles *, pid_t pid);

/* Marks the volumes that they are on (wine_drive.c). */
void wine_handles_mark(struct wine_handles *);
struct wine_handles *wine_handles_new(void);
void wine_handles_free(struct wine_handles *);

/* ---- wine_drive.c -------------------------------------------------------------------------- */

/* A Wine prefix as the processes in one root directory see it. */
struct wine_prefix;

/* Added to the list where it is not in it. NULL: there is no such directory, or no memory. */
struct wine_prefix *wine_prefix_find(struct wine_prefix **list, pid_t pid, const char *prefix);
void wine_prefixes_free(struct wine_prefix *list);

/*
 * There is room for so many. When they are full, those that no process has and no handle's file is
 * on can be taken out: none is marked, those in use are, the others are freed.
 */
bool wine_prefixes_are_full(const struct wine_prefix *list);
void wine_prefixes_unmark(struct wine_prefix *list);
void wine_prefix_mark(struct wine_prefix *);
void wine_volume_mark(const struct activity_volume *);
void wine_prefixes_sweep(struct wine_prefix **list);

/* It has more drives than we keep: one that is not found may be there. */
bool wine_prefix_is_full(const struct wine_prefix *);

/*
 * Finds the file that an absolute object name (\??\C:\windows\win.ini) means. It points into the
 * name, or into `*buffer`, to be freed. False: it is on no volume.
 */
bool wine_find_file(struct wine_prefix *, const uint16_t *name, size_t units, void **buffer,
                    struct activity_file *);

/* The same of a Linux path, and of a path as Windows programs know it (C:\windows\win.ini). */
bool wine_find_path(struct wine_prefix *, const char *path, void **buffer, struct activity_file *);
bool wine_find_dos_path(struct wine_prefix *, const uint16_t *name, size_t units, void **buffer,
                        struct activity_file *);

#endif
