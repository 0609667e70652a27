#include "program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int source_fail(char *error, size_t size, int result, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error, size, format, arguments);
    va_end(arguments);
    return result;
}

void source_print_count(FILE *out, uint64_t count, const char *what)
{
    if (count > 0)
        fprintf(out, "%llu %s\n", (unsigned long long)count, what);
}

/* 0 where `path` can be executed, else the errno value that says why not. */
static int runnable(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return errno;
    if (S_ISDIR(st.st_mode))
        return EISDIR;
    if (!S_ISREG(st.st_mode))
        return EACCES;
    return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? errno : 0;
}

/* We look, and not the child, so that the trace begins with the exec that works. */
int program_find(const char *name, char path[static PATH_MAX], char *error, size_t size)
{
    const char *list = getenv("PATH"), *end;
    int reason = ENOENT;

    if (strlen(name) >= PATH_MAX)
        return source_fail(error, size, -EACCES, "cannot run '%s': %s", name,
                           strerror(ENAMETOOLONG));
    if (strchr(name, '/') != NULL) {
        snprintf(path, PATH_MAX, "%s", name);
        return 0;
    }
    if (*name == '\0')
        return source_fail(error, size, -ENOENT, "cannot run '': it is no name");
    if (list == NULL)
        list = "/bin:/usr/bin";
    for (;; list = end + 1) {
        int length, here;

        end = strchrnul(list, ':');
        length = end - list;
        /* An empty entry is the working directory. */
        if (snprintf(path, PATH_MAX, "%.*s%s%s", length, list, length > 0 ? "/" : "./", name) <
            PATH_MAX) {
            here = runnable(path);
            if (here == 0)
                return 0;
            /* A directory that we may not search does not count. */
            if (here == EACCES && access(path, F_OK) == 0)
                reason = EACCES;
        }
        if (*end == '\0')
            break;
    }
    if (reason == EACCES)
        return source_fail(error, size, -EACCES, "cannot run '%s': %s", name, strerror(reason));
    return source_fail(error, size, -ENOENT,
                       "cannot find '%s': no directory in PATH has such a program", name);
}

/* Shells tell scripts from programs for another machine in this way: a script holds no NUL. */
bool program_is_text(const char *path)
{
    char start[256];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, start, sizeof(start));

    if (fd >= 0)
        close(fd);
    return n > 0 && memchr(start, '\0', n) == NULL;
}

int program_exec(const char *path, bool text, char *const argv[])
{
    size_t n = 0;

    execv(path, argv);
    if (errno != ENOEXEC || !text)
        return errno;
    while (argv[n] != NULL)
        n++;
    {
        const char *shell[n + 2];

        shell[0] = "sh";
        shell[1] = path;
        for (size_t i = 1; i <= n; i++)
            shell[i + 1] = argv[i];
        execv("/bin/sh", (char *const *)shell);
    }
    return errno;
}

bool program_is_wine(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;

    return strncmp(name, "wine", 4) == 0 && strncmp(name, "wineserver", 10) != 0;
}

int program_process(pid_t pid)
{
    return syscall(SYS_pidfd_open, pid, 0);
}

bool program_signal(int process, int signo)
{
    struct pollfd ended = {.fd = process, .events = POLLIN};

    return process >= 0 && poll(&ended, 1, 0) == 0 &&
           syscall(SYS_pidfd_send_signal, process, signo, NULL, 0) == 0;
}

/* ---- Its end -------------------------------------------------------------------------------- */

enum { KILLED_MAX = 4096, KILL_PASSES = 4 };

static pid_t parent_of(pid_t pid)
{
    char path[64], text[512];
    const char *end;
    int fd, parent = 0;
    ssize_t n;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    end = strrchr(text, ')'); /* the name may hold anything */
    return end != NULL && sscanf(end + 1, " %*c %d", &parent) == 1 ? parent : 0;
}

static bool holds(const pid_t *list, size_t count, pid_t pid)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i] == pid)
            return true;
    }
    return false;
}

/* Adds children of those in the list; in order of process ids, one pass finds most. */
static size_t add_children(pid_t *list, size_t count)
{
    DIR *proc = opendir("/proc");
    const struct dirent *entry;

    while (proc != NULL && (entry = readdir(proc)) != NULL && count < KILLED_MAX) {
        pid_t pid = atoi(entry->d_name);

        if (pid > 0 && holds(list, count, parent_of(pid)) && !holds(list, count, pid))
            list[count++] = pid;
    }
    if (proc != NULL)
        closedir(proc);
    return count;
}

void program_kill(pid_t root)
{
    pid_t list[KILLED_MAX];
    size_t count = 1, before = 0;

    list[0] = root;
    kill(root, SIGSTOP);
    for (int i = 0; i < KILL_PASSES && count != before; i++) {
        before = count;
        count = add_children(list, count);
        for (size_t k = before; k < count; k++)
            kill(list[k], SIGSTOP); /* it has no more children from now on */
    }
    for (size_t i = 0; i < count; i++)
        kill(list[i], SIGKILL);
}
