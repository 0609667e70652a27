/* What /proc and the file system say of processes and of files as processes see them. */
#ifndef FLTBOX_PROC_H
#define FLTBOX_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define PROC_NAME_MAX 4096 /* PATH_MAX: what the kernel takes as a name, its NUL counted */

/* Room for a directory and a name below it. */
typedef char proc_path[2 * PROC_NAME_MAX + 2];

/* Room for "/proc/PID/fd/N". */
#define PROC_LINK_MAX 48

/* The directory's path and a name below it. */
void proc_join(proc_path to, const char *directory, const char *name);

/* Names that mean who asks ("/proc/self", "/dev/stdin"), as `pid` means them: in `buffer`, or
   `name` where it is none of them. */
const char *proc_own_name(const char *name, pid_t pid, proc_path buffer);

/* statx without asking a server that may itself wait for us: what the kernel knows is good
   enough. 0 or a negative errno. */
int proc_stat(const char *path, int flags, struct statx *);

/*
 * The path behind a link below /proc. 0, or a negative errno: -ENXIO where it leads to something
 * without one ("pipe:[4711]").
 */
int proc_link_path(const char *link, char path[static PROC_NAME_MAX + 1]);

/* What was opened or executed. */
struct proc_file {
    char *path; /* NULL where it has none */
    uint32_t type;
    uint64_t dev, ino;
    uint64_t mount;        /* its id; 0 where not known */
    uint64_t mount_unique; /* the one that no other mount ever has; 0: not asked for, not known */
};

/*
 * What a link below /proc leads to: a descriptor, an executable. 0 or a negative errno; file->path
 * is to be freed and NULL for what has no path.
 */
int proc_look(const char *link, struct proc_file *file);

/* The same, with `mount_unique` in the place of `mount` where the kernel has such (Linux 6.8). */
int proc_look_unique(const char *link, struct proc_file *file);

/* Reads a file of /proc/PID, size - 1 bytes at most, and ends it with a NUL. Returns how many. */
size_t proc_read(pid_t pid, const char *file, char *to, size_t size);

/* Undoes, in place, what mountinfo does to blanks, tabs, newlines and backslashes: \ooo. */
void proc_unescape(char *);

/* An executable and its arguments, shared by processes that fork. */
struct proc_image {
    unsigned references;
    bool command_line_cut; /* it goes on */
    char *path;            /* "memfd:NAME" of what is executed from memory */
    char *command_line;    /* these are NULL where not known */
    char *executed;        /* as struct activity has it */
};

/* An empty one. NULL: no memory. */
struct proc_image *proc_image_new(void);

/* What /proc says of a process's executable and arguments. NULL: no memory. */
struct proc_image *proc_image_read(pid_t pid);
struct proc_image *proc_image_ref(struct proc_image *);
void proc_image_unref(struct proc_image *);

/*
 * The name that was executed, as struct activity has it, of a process whose executable is `path`
 * (may be NULL) and whose name, of which the kernel keeps 15 bytes, is `comm`. More of it is in the
 * arguments, which each end with a NUL. To be freed; NULL: no other than the executable's.
 */
char *proc_executed(const char *path, const char *comm, const char *arguments, size_t size);

/* Calls with every process that there is, but ourselves; command lines are left out. */
void proc_each(void (*each)(void *context, pid_t, const struct proc_image *), void *context);

/*
 * A process's arguments joined into a command line that Windows' rules take apart again, 32766
 * bytes at most; `*cut`: there are more. To be freed; NULL: no memory, they cannot be had, or they
 * do not begin with these (size bytes; 0: anything will do).
 */
char *proc_command_line(pid_t pid, const char *begin, size_t size, bool *cut);

/* The same of arguments that each end with a NUL. */
char *proc_quote(const char *arguments, size_t size, bool *cut);

/* A process's parent (0: none), and when it began (CLOCK_BOOTTIME, ns). False: it is gone. */
bool proc_parent(pid_t pid, pid_t *parent, uint64_t *started);

#endif
