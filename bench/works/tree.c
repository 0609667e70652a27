/*
 * tree COUNT DIRECTORY: tar reads DIRECTORY, which holds COUNT files. The archive goes through a
 * pipe: tar does not open what it would only write to /dev/null. The execution of tar is part of
 * the work.
 */
#include "work.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start_tar(char *directory, int archive)
{
    char *arguments[] = {"tar", "-cf", "-", "-C", directory, ".", NULL}, *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, archive, STDOUT_FILENO);
    if ((errno = posix_spawnp(&pid, "tar", &actions, NULL, arguments, environment)))
        err(1, "cannot run tar");
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static long drain(int fd)
{
    static char buffer[1 << 16];
    long total = 0;
    ssize_t got;

    while ((got = read(fd, buffer, sizeof(buffer))) > 0)
        total += got;
    if (got < 0)
        err(1, "cannot read the archive");
    return total;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        errx(2, "usage: tree COUNT DIRECTORY");

    long count = work_number(argv[1]);
    int ends[2], status;

    if (pipe(ends))
        err(1, "pipe");

    uint64_t began = work_now();
    pid_t pid = start_tar(argv[2], ends[1]);

    close(ends[1]);
    long total = drain(ends[0]);

    if (waitpid(pid, &status, 0) < 0 || status)
        errx(1, "tar ended with status %#x", status);
    work_done(count, count, began);
    /* A header and at least one block of data for each file. */
    if (total < count * 1024)
        errx(1, "the archive has only %ld bytes", total);
    return 0;
}
