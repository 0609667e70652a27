/* `filetrace run`. */
#ifndef CLIENT_RUN_H
#define CLIENT_RUN_H

/* argv[0] is the verb. Returns the exit status, or ends the process as the program ended. */
int run_main(int argc, char **argv);

#endif
