/*
 * launch RESULT PROGRAM [ARG...]: runs PROGRAM and writes its exit status and its peak memory to
 * RESULT.
 *
 * The peak of a process counts from its fork on, so it is right only where a small program forks.
 * When launch is asked to end, or its parent ends, PROGRAM's whole process group ends.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t program;

static void pass_on(int signal)
{
    if (program)
        kill(signal == SIGINT ? program : -program, signal == SIGINT ? SIGINT : SIGKILL);
}

static void run(char **argv, const sigset_t *mask)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(argv[0], argv);
    warn("cannot run '%s'", argv[0]);
    _exit(127);
}

static void write_result(const char *path, int status, long peak_kib)
{
    FILE *file = fopen(path, "w");

    if (!file)
        err(1, "cannot write '%s'", path);
    fprintf(file, "%d %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            peak_kib);
    if (fclose(file))
        err(1, "cannot write '%s'", path);
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};
    sigset_t held, before;
    struct rusage usage;
    int status;

    if (argc < 3)
        errx(2, "usage: launch RESULT PROGRAM [ARG...]");
    sigemptyset(&held);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGTERM);
    sigprocmask(SIG_BLOCK, &held, &before);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_CHILD_SUBREAPER, 1);

    pid_t pid = fork();

    if (pid < 0)
        err(1, "fork");
    if (!pid)
        run(argv + 2, &before);
    setpgid(pid, pid);
    program = pid;
    sigprocmask(SIG_SETMASK, &before, NULL);
    while (wait4(pid, &status, 0, &usage) < 0)
        if (errno != EINTR)
            err(1, "wait4");
    kill(-pid, SIGKILL);
    while (wait(NULL) > 0)
        ;
    write_result(argv[1], status, usage.ru_maxrss);
    return 0;
}
