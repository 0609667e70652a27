/* execs COUNT PROGRAM: executes PROGRAM COUNT times, one after the other. */
#include "work.h"

#include <spawn.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
    if (argc != 3)
        errx(2, "usage: execs COUNT PROGRAM");

    long count = work_number(argv[1]);
    char *arguments[] = {argv[2], NULL}, *environment[] = {NULL};
    uint64_t began = work_now();

    for (long i = 0; i < count; i++) {
        pid_t pid;
        int status;
        int failure = posix_spawn(&pid, argv[2], NULL, NULL, arguments, environment);

        if (failure) {
            errno = failure;
            err(1, "cannot run '%s'", argv[2]);
        }
        if (waitpid(pid, &status, 0) < 0 || status)
            errx(1, "'%s' ended with status %#x", argv[2], status);
    }
    work_done(count, count, began);
    return 0;
}
