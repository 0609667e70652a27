/* What sources share: messages, and the program that is to be traced: finding it, becoming it. */
#ifndef FLTBOX_PROGRAM_H
#define FLTBOX_PROGRAM_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* A message for the user; returns `result`. */
int source_fail(char *error, size_t size, int result, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A line of source_ops.print_stats, where there is anything to count. */
void source_print_count(FILE *, uint64_t count, const char *what);

/*
 * Where a shell would find `name`, into `path`. 0, -ENOENT (it is not there) or -EACCES (it cannot
 * be run), with a message. A name with a slash is not looked for: executing it is what succeeds or
 * fails, as an event like others.
 */
int program_find(const char *name, char path[static PATH_MAX], char *error, size_t size);

/* May it be a script without "#!"? */
bool program_is_text(const char *path);

/* In the child: becomes the program, a text without "#!" as execvp and shells take it. Returns the
   errno value of the failure. */
int program_exec(const char *path, bool text, char *const argv[]);

/* A pidfd of a child of ours. -1: the kernel has none. */
int program_process(pid_t pid);

/* Sends it a signal, 0: none. False: it has ended, whether or not it was waited for.
   Async-signal-safe. */
bool program_signal(int process, int signo);

/* Is it Wine's loader, which runs Windows programs, by its name? */
bool program_is_wine(const char *path);

/*
 * Kills a program and what has come of it: its children, theirs, and so on, as far as their parents
 * still live. `root` must not have been waited for.
 */
void program_kill(pid_t root);

#endif
