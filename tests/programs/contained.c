/*
 * contained SECONDS COMMAND...: runs a command so that nothing of it survives, however it ends.
 *
 * The command has a process group of its own. Whatever it starts, daemons too, is found again,
 * because orphans become children of this process. What is still there two seconds after the
 * command is named on standard error and killed, and the exit status is then 1 where it would have
 * been that of success (0) or of a skipped test (77). A command that takes longer than SECONDS is
 * told to end (SIGTERM) and killed three seconds later; the status is 124. SIGTERM, SIGINT and
 * SIGHUP, and the death of whoever has started this process, kill all of it at once; so that what
 * kills that one's process group does not kill this process too, it is in a session of its own.
 *
 * Else the status is the command's, 128 + N where signal N has killed it.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GRACE_SECONDS   2 /* for what is about to end by itself */
#define TERM_SECONDS    3 /* from SIGTERM to SIGKILL */
#define STATUS_TOO_LONG 124
#define PROCESSES       65536

static struct process {
    pid_t pid, parent;
    bool ours;
} processes[PROCESSES];
static int process_count;

static pid_t command;
static int command_status = -1; /* as waitpid gives it; -1: it has not ended */
static sigset_t waited_for;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A process that is there and no zombie. */
static bool read_process(const char *id, struct process *p)
{
    char name[64], line[512], state, *end;
    FILE *file;
    size_t size;

    snprintf(name, sizeof(name), "/proc/%.20s/stat", id);
    file = fopen(name, "r");
    if (file == NULL)
        return false;
    size = fread(line, 1, sizeof(line) - 1, file);
    fclose(file);
    line[size] = '\0';
    end = strrchr(line, ')'); /* the name before it may hold anything */
    *p = (struct process){.pid = atoi(id)};
    return end != NULL && sscanf(end + 1, " %c %d", &state, &p->parent) == 2 && state != 'Z' &&
           state != 'X';
}

/* Finds those that descend from us; how many there are. */
static int find_descendants(void)
{
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    int found = 0, before;

    if (directory == NULL) {
        perror("contained: /proc");
        exit(2);
    }
    process_count = 0;
    while ((entry = readdir(directory)) != NULL && process_count < PROCESSES)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            read_process(entry->d_name, &processes[process_count]))
            process_count++;
    closedir(directory);
    do {
        before = found;
        for (int i = 0; i < process_count; i++) {
            struct process *p = &processes[i];
            bool ours = p->parent == getpid();

            for (int k = 0; k < process_count && !ours && !p->ours; k++)
                ours = processes[k].ours && processes[k].pid == p->parent;
            if (ours && !p->ours) {
                p->ours = true;
                found++;
            }
        }
    } while (found > before);
    return found;
}

static void reap(void)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == command)
            command_status = status;
}

/* Waits for a child's end or until `when`. A signal that is to end us, or 0. */
static int wait_until(double when)
{
    double left = when - seconds();
    struct timespec limit;
    int signo;

    if (left < 0)
        left = 0;
    limit = (struct timespec){(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
    signo = sigtimedwait(&waited_for, NULL, &limit);
    reap();
    return signo > 0 && signo != SIGCHLD ? signo : 0;
}

static void name_process(pid_t pid)
{
    char name[64], line[200];
    size_t size = 0;
    FILE *file;

    snprintf(name, sizeof(name), "/proc/%d/cmdline", (int)pid);
    file = fopen(name, "r");
    if (file != NULL) {
        size = fread(line, 1, sizeof(line) - 1, file);
        fclose(file);
    }
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)line[i] < ' ')
            line[i] = ' ';
    line[size] = '\0';
    fprintf(stderr, "left behind: process %d: %s\n", (int)pid, size > 0 ? line : "(no name)");
}

/* Kills what is left; the number of processes that were. */
static int kill_all(bool tell)
{
    double limit = seconds() + 10;
    int all = find_descendants();

    for (int i = 0; i < process_count && tell; i++)
        if (processes[i].ours)
            name_process(processes[i].pid);
    while (find_descendants() > 0 && seconds() < limit) {
        for (int i = 0; i < process_count; i++)
            if (processes[i].ours)
                kill(processes[i].pid, SIGKILL);
        wait_until(seconds() + 0.02);
    }
    reap();
    return all;
}

/* As we would have ended without the command. */
static void end_by(int signo)
{
    sigset_t one;

    kill_all(false);
    signal(signo, SIG_DFL);
    raise(signo);
    sigemptyset(&one);
    sigaddset(&one, signo);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    _exit(128 + signo);
}

static void start(char **argv)
{
    pid_t parent = getpid();

    command = fork();
    if (command < 0) {
        perror("contained: fork");
        exit(2);
    }
    if (command > 0)
        return;
    sigprocmask(SIG_UNBLOCK, &waited_for, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(2);
    /* Not a session: its groups would be orphaned ones, which SIGTSTP does not stop. */
    setpgid(0, 0);
    for (int signo = 1; signo < NSIG; signo++)
        signal(signo, SIG_DFL); /* a shell's background processes ignore SIGINT */
    execvp(argv[0], argv);
    fprintf(stderr, "contained: cannot run '%s': %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* Until the command has ended, or had to be told to. False: it took too long. */
static bool wait_for_command(int limit_seconds)
{
    double limit = seconds() + limit_seconds;
    bool told = false;

    while (command_status == -1) {
        int signo = wait_until(limit);

        if (signo != 0)
            end_by(signo);
        if (command_status != -1 || seconds() < limit)
            continue;
        if (told)
            return false;
        fprintf(stderr, "took longer than %d s\n", limit_seconds);
        kill(-command, SIGTERM);
        told = true;
        limit = seconds() + TERM_SECONDS;
    }
    return !told;
}

int main(int argc, char **argv)
{
    double limit;
    int status;
    bool in_time;

    if (argc < 3 || atoi(argv[1]) <= 0) {
        fputs("usage: contained SECONDS COMMAND...\n", stderr);
        return 2;
    }
    sigemptyset(&waited_for);
    sigaddset(&waited_for, SIGCHLD);
    sigaddset(&waited_for, SIGTERM);
    sigaddset(&waited_for, SIGINT);
    sigaddset(&waited_for, SIGHUP);
    sigprocmask(SIG_BLOCK, &waited_for, NULL);
    setsid(); /* fails where we lead a group: one that is ours alone then */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    start(argv + 2);
    in_time = wait_for_command(atoi(argv[1]));
    limit = seconds() + GRACE_SECONDS;
    while (in_time && find_descendants() > 0 && seconds() < limit) {
        int signo = wait_until(seconds() + 0.02);

        if (signo != 0)
            end_by(signo);
    }
    status = command_status == -1          ? STATUS_TOO_LONG
             : WIFSIGNALED(command_status) ? 128 + WTERMSIG(command_status)
                                           : WEXITSTATUS(command_status);
    if (kill_all(true) > 0 && (status == 0 || status == 77))
        status = 1;
    return in_time ? status : STATUS_TOO_LONG;
}
