/* Tells people and scripts from when on what happens is seen. */
#ifndef CLIENT_READY_H
#define CLIENT_READY_H

#include "options.h"

/*
 * To be called once, when what happens from now on is seen. Writes "ready\n" to options->ready_fd
 * and closes it; a reader that is gone is none of our concern. `watch` and `attach` whose trace
 * goes to a file say on standard error what they watch, unless that is to be quiet.
 */
void ready_say(const struct options *);

#endif
