/* `filetap run`, `watch` and `attach`. */
#ifndef CLIENT_TRACE_H
#define CLIENT_TRACE_H

/* argv[0] is the verb. Returns the exit status, or ends the process as the program ended. */
int trace_main(int argc, char **argv);

#endif
