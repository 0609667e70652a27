/*
 * A trace in the making: its stages, each a thread of its own, and what they share.
 *
 *   feed (feed.c)   the main thread, to which the box belongs: box_poll, and so the source's
 *                   look-ups, the translation and the driver
 *   show (show.c)   reads what the driver says, decodes it, formats and writes it
 *   end (end.c)     signals, --duration, and the moment at which all has to be over
 *
 * The source may have threads of its own before feed. Where show falls behind, feed waits for it
 * (pace.h), so that the driver's queue never overflows, and what is to be done waits in the source.
 *
 * From the moment on at which the trace is to end feed has FEED_MS for what waits, and show
 * SHOW_MS. What they do not come to is counted. When they have not come back after HARD_MS, because
 * something that they wait for does not come, the process ends without them.
 */
#ifndef CLIENT_STAGES_H
#define CLIENT_STAGES_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "calls.h"
#include "decode.h"
#include "options.h"
#include "output.h"
#include "pace.h"
#include "session.h"
#include "stats.h"
#include "wanted.h"

#define FEED_MS  80
#define SHOW_MS  120
#define WRITE_MS 140
#define HARD_MS  170

enum reason {
    END_NOT, /* it has not been asked for: the program ends, or the processes */
    END_SIGNAL,
    END_DURATION,
    END_COUNT,  /* --count: what comes after these is of no interest */
    END_OUTPUT, /* the trace cannot be written */
    END_READER, /* nobody reads the trace any more, and that is how it was to end: `| head` */
};

struct trace {
    struct options options;
    struct box *box;
    struct session *session;
    struct wanted wanted;
    struct calls calls;
    struct pace pace;

    /* Show's. */
    pthread_t show_thread;
    _Atomic bool show_started;
    _Atomic pid_t show_tid; /* 0: it does not run */
    struct decoder *decoder;
    struct output output;
    struct format_state state;
    char *batch;
    struct stats stats;

    /* How it goes; written by show. */
    _Atomic uint64_t shown, failed, hidden;
    _Atomic uint64_t decoded;          /* file records */
    _Atomic uint64_t unknown, missing; /* as the decoder counts them */
    _Atomic uint64_t lost;             /* records that the driver says it lost */
    _Atomic bool broken; /* the trace is not what it should be, and that has been said; anyone's */

    /* The end. */
    int end_event;                    /* an eventfd: end.c is to look */
    _Atomic uint64_t duration_end_ms; /* milliseconds(): when --duration is over; 0: never */
    _Atomic int reason;               /* enum reason */
    _Atomic uint64_t end_ms;  /* milliseconds(): when the end was asked for; 0: it was not */
    _Atomic uint64_t gone_ms; /* when the program was seen to have ended; 0: it has not */
    _Atomic int left;         /* then: processes that go on, to be told; 0: none, or told */
    atomic_flag summed_up;    /* somebody has begun to print the summary */
    pthread_mutex_t end_lock; /* of what follows, and held while end.c uses anything of the box */
    bool over;                /* there is no more to do than to release all and end */
    int status;               /* then: as trace_status */
};

/* CLOCK_MONOTONIC */
uint64_t milliseconds(void);

/* A message of one or more lines. Frees it. */
void complain(char *message);

/* The signal that interrupts show in a write: one that by default does nothing. */
#define END_INTERRUPT SIGURG

/* Has the end been asked for, `ms` ago or earlier? */
bool trace_is_past(const struct trace *, unsigned ms);

/* Notes that it has, if that has not been done. */
void trace_program_ended(struct trace *);

/* ---- feed.c -------------------------------------------------------------------------------- */

struct box_options;

/* How the box tells feed of what happens. */
void feed_options(struct trace *, struct box_options *);

/* Until every process is gone, or it is enough. In the thread that the box belongs to. */
void feed_run(struct trace *);

/* ---- show.c -------------------------------------------------------------------------------- */

void show_init(struct trace *);
void show_free(struct trace *);

/* 0 or -1 with *error set. */
int show_start(struct trace *, char **error);

/* Feed has fed its last: shows the rest, and ends the thread. */
void show_finish(struct trace *);

/* For box_options.on_crash, from another thread than show's and the one that has crashed: writes
   what came before. */
void show_crash(struct trace *);

/* ---- end.c --------------------------------------------------------------------------------- */

/* Takes over the signals. 0 or -1 with *error set. */
int end_start(struct trace *, char **error);

/* --duration, if it was given, begins now. */
void end_after_duration(struct trace *);

/* Everything may be released from now on: `status` is how the trace ends. */
void end_release(struct trace *, int status);

/* From any thread: it is enough. Only the first reason counts. */
void end_request(struct trace *, enum reason);

/* ---- summary.c ----------------------------------------------------------------------------- */

/* What there was, on standard error, once; and whether that is all that there should be. */
void summary_print(struct trace *);

/* How many events are not in the trace and should be. */
uint64_t summary_lost(struct trace *);

/* ---- trace.c ------------------------------------------------------------------------------- */

#define TRACE_ENDS_LIKE_PROGRAM (-1)
#define TRACE_ENDS_BY_PIPE      (-2) /* as whoever writes to a pipe that nobody reads */

/* The exit status, or one of these, by all that is known now. `written`: all that was shown is. */
int trace_status(struct trace *, bool written);

#endif
