#include "program.h"
#include "ptrace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int install_filter(struct sock_fprog *program)
{
    /* Our filter keeps no secrets: it need not slow the program down against Spectre. */
    for (int attempt = 0; attempt < 2; attempt++) {
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                    program) == 0)
            return 0;
        /* An ordinary user must give up what set-user-ID programs would give. */
        if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
            return errno;
    }
    return EACCES;
}

/* ---- The child ----------------------------------------------------------------------------- */

_Noreturn static void child(int channel, struct sock_fprog *filter, const char *path, bool script,
                            char *const argv[])
{
    int result;
    char byte;

    if (read(channel, &byte, 1) != 1)
        _exit(125);
    result = install_filter(filter);
    if (write(channel, &result, sizeof(result)) != sizeof(result) || result != 0)
        _exit(125);
    /* For the parent to see whether it is stopped here, or only there. */
    syscall(SYS_openat, -1, NULL, O_RDONLY);
    raise(SIGSTOP);
    if (read(channel, &byte, 1) != 1)
        _exit(125);
    _exit(program_exec(path, script, argv) == ENOENT ? 127 : 126);
}

static int first_number(const char *path, const char *field)
{
    FILE *f = fopen(path, "re");
    size_t length = strlen(field);
    char line[256];
    int number = -1;

    while (f != NULL && number < 0 && fgets(line, sizeof(line), f) != NULL) {
        if (strncmp(line, field, length) == 0)
            number = atoi(line + length);
    }
    if (f != NULL)
        fclose(f);
    return number;
}

static unsigned outer_filters(void)
{
    int filters = first_number("/proc/self/status", "Seccomp_filters:");

    if (filters >= 0)
        return filters;
    return first_number("/proc/self/status", "Seccomp:") == SECCOMP_MODE_FILTER; /* Linux 5.8 */
}

static int refused(pid_t pid, int reason, char *error, size_t size)
{
    char status[32];
    int tracer, scope = first_number("/proc/sys/kernel/yama/ptrace_scope", "");

    snprintf(status, sizeof(status), "/proc/%d/status", pid);
    tracer = first_number(status, "TracerPid:");
    if (tracer > 0)
        return source_fail(
            error, size, -EPERM,
            "cannot trace: process %d (a debugger, strace, filetap) traces us and what we "
            "start, and a process has one tracer at most; run without it",
            tracer);
    if (scope == 3)
        return source_fail(
            error, size, -EPERM,
            "cannot trace: kernel.yama.ptrace_scope is 3, which forbids it to everyone until "
            "the next boot; set it to 1 or lower in /etc/sysctl.d and reboot");
    if (scope == 2)
        return source_fail(
            error, size, -EPERM,
            "cannot trace: kernel.yama.ptrace_scope is 2, which forbids it to ordinary users; "
            "run as root, or 'sysctl kernel.yama.ptrace_scope=1'");
    return source_fail(
        error, size, -EPERM,
        "cannot trace: ptrace is refused (%s), by a container's seccomp profile or a security "
        "module; in a container, start that with --cap-add=SYS_PTRACE",
        strerror(reason));
}

/* Waits until the child's filter stops it, to learn here and not later that it does; and until it
   stops itself. */
static int expect_stop(pid_t pid, char *error, size_t size)
{
    struct __ptrace_syscall_info info = {0};
    bool seen = false, told = false;
    int status;

    for (;;) {
        if (waitpid(pid, &status, __WALL) < 0) {
            if (errno == EINTR)
                continue;
            return source_fail(error, size, -errno, "cannot trace: waitpid: %s", strerror(errno));
        }
        if (!WIFSTOPPED(status))
            return source_fail(error, size, -ESRCH, "cannot trace: the new process was killed");
        if (status >> 16 == 0 && WSTOPSIG(status) == SIGSTOP)
            break;
        if (status >> 16 == PTRACE_EVENT_SECCOMP) {
            seen = true;
            told = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
                   info.op == PTRACE_SYSCALL_INFO_SECCOMP;
        }
        ptrace(PTRACE_CONT, pid, NULL, (void *)(long)(status >> 16 ? 0 : WSTOPSIG(status)));
    }
    if (!seen)
        return source_fail(error, size, -EPERM,
                           "cannot trace: the seccomp filter that filetap runs under, a "
                           "container's say, answers openat before it can be seen");
    if (!told)
        return source_fail(error, size, -ENOSYS,
                           "cannot trace: this kernel does not tell system calls apart "
                           "(PTRACE_GET_SYSCALL_INFO); Linux 5.3 does");
    ptrace(PTRACE_CONT, pid, NULL, NULL);
    return 0;
}

static int take_child(struct source *s, pid_t pid, char *error, size_t size)
{
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP |
                         PTRACE_O_EXITKILL;
    struct pt_process *process;
    int filter_error = EIO;

    if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) < 0)
        return refused(pid, errno, error, size);
    if (send(s->channel, "s", 1, MSG_NOSIGNAL) != 1 ||
        recv(s->channel, &filter_error, sizeof(filter_error), MSG_WAITALL) !=
            sizeof(filter_error) ||
        filter_error != 0)
        return source_fail(
            error, size, -EPERM,
            "cannot trace: a seccomp filter is refused (%s); it needs Linux 4.17 with "
            "CONFIG_SECCOMP_FILTER, and a container must allow seccomp(2)",
            strerror(filter_error));
    process = pt_process_add(s, pid, getpid(), NULL);
    if (process == NULL || pt_add(s, pid, process) == NULL)
        return source_fail(error, size, -ENOMEM, "cannot trace: %s", strerror(ENOMEM));
    return expect_stop(pid, error, size);
}

int pt_start(struct source *s, char *const argv[], char *error, size_t size)
{
    char path[PATH_MAX];
    struct sock_fprog filter;
    bool script;
    int channel[2], result = program_find(argv[0], path, error, size);

    if (result < 0)
        return result;
    if (access("/proc/self/fd", F_OK) != 0)
        return source_fail(
            error, size, -ENOSYS,
            "cannot trace: there is no /proc here; mount it with 'mount -t proc proc /proc'");
    result = pt_make_filter(s, &filter);
    if (result < 0)
        return source_fail(error, size, -ENOSYS, "cannot make a seccomp filter: %s",
                           strerror(-result));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0) {
        result = source_fail(error, size, -errno, "cannot make a socket: %s", strerror(errno));
        goto out;
    }
    script = program_is_text(path);
    s->outer_filters = outer_filters();
    s->root = fork();
    if (s->root == 0) {
        close(channel[0]);
        child(channel[1], &filter, path, script, argv);
    }
    result = s->root < 0 ? -errno : 0;
    close(channel[1]);
    s->channel = channel[0];
    if (result < 0)
        source_fail(error, size, result, "cannot make a process: %s", strerror(-result));
    else
        result = take_child(s, s->root, error, size);
out:
    free(filter.filter);
    return result;
}
