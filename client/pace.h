/*
 * How feed and show wait for each other. Feed tells that it has fed the driver something; show
 * tells that it has read. Both waits have an end of their own, so that what is told too early or
 * not at all costs time only.
 */
#ifndef CLIENT_PACE_H
#define CLIENT_PACE_H

#include <pthread.h>
#include <stdbool.h>

struct pace {
    pthread_mutex_t lock;
    pthread_cond_t fed, read;
    bool has_fed;      /* since show waited last */
    bool has_finished; /* feed feeds no more */
    unsigned reads;    /* told by show */
    _Atomic bool show_waits;
    _Atomic bool show_is_gone; /* it reads no more: nobody needs to wait for it */
};

void pace_init(struct pace *);
void pace_free(struct pace *);

/* Feed: there is something to read, or (finished) nothing more will be. */
void pace_fed(struct pace *, bool finished);

/* The same where show waits just now; else it costs nothing. */
void pace_fed_while_waiting(struct pace *);

/* Show: waits until feed has fed since the last wait, milliseconds at most. Whether it has. */
bool pace_wait_fed(struct pace *, int milliseconds);

/* Show: has feed finished? What is read after that is all there is. */
bool pace_has_finished(struct pace *);

/* Show: has read; (gone) and will not again. */
void pace_read(struct pace *, bool gone);

/* Feed: waits until show has read once more, or is gone, milliseconds at most. */
void pace_wait_read(struct pace *, int milliseconds);

#endif
