/*
 * A source of made-up activity, for measuring what comes behind a source: opens of some two hundred
 * files by four processes, one in ten of which fails, and now and then a short-lived child that is
 * forked, executes a program, opens the files of its start, and exits.
 *
 * Every run tells the same. `opens` counts those activities that become events: opens and execs.
 */
#ifndef BENCH_SYNTHETIC_H
#define BENCH_SYNTHETIC_H

#include <stdint.h>

#include "fltbox/source/source.h"

#define SYNTHETIC_PID 5000000 /* the first process; above every id that Linux gives */

/* Activities go to `sink`, a few hundred with each poll; -ECHILD follows the last. */
struct source *synthetic_new(uint64_t opens, activity_sink *sink, void *context);

extern const struct source_ops source_synthetic;

/* The mount table that the activity happens in: for translate_mounts_from, before box_open. The
   machine's own would make the work depend on how many mounts it has. The path stays valid. */
const char *synthetic_mounts(void);

#endif
