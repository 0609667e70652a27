#include "program.h"
#include "ptrace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    const char *name;
    enum pt_call_kind kind;
} wanted[] = {
    {"open", PT_OPEN},   {"openat", PT_OPENAT}, {"openat2", PT_OPENAT2},
    {"creat", PT_CREAT}, {"execve", PT_EXECVE}, {"execveat", PT_EXECVEAT},
};

/* A 64-bit system runs all of these. x32 is told from x86-64 by a bit in the call's number. */
static const struct {
    uint32_t seccomp, audit;
} machines[] = {
    {SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64},
    {SCMP_ARCH_X86, AUDIT_ARCH_I386},
    {SCMP_ARCH_X32, AUDIT_ARCH_X86_64},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

_Static_assert(COUNT(wanted) * COUNT(machines) <= PT_SYSCALLS, "source.syscalls is too small");

/* ---- The filter ---------------------------------------------------------------------------- */

static int fill_filter(struct source *s, scmp_filter_ctx filter)
{
    int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);

    for (size_t m = 1; m < COUNT(machines) && result == 0; m++)
        result = seccomp_arch_add(filter, machines[m].seccomp);
    for (size_t i = 0; i < COUNT(wanted) && result == 0; i++)
        result = seccomp_rule_add(filter, SCMP_ACT_TRACE(0),
                                  seccomp_syscall_resolve_name(wanted[i].name), 0);
    for (size_t m = 0; m < COUNT(machines); m++) {
        for (size_t i = 0; i < COUNT(wanted); i++) {
            int nr = seccomp_syscall_resolve_name_arch(machines[m].seccomp, wanted[i].name);

            if (nr >= 0)
                s->syscalls[s->syscall_count++] = (struct pt_syscall){
                    .arch = machines[m].audit, .nr = nr, .kind = wanted[i].kind};
        }
    }
    return result;
}

/* The filter as the kernel takes it, so that the child need not make it. To be freed. */
static int make_filter(struct source *s, struct sock_fprog *program)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int file = memfd_create("filter", MFD_CLOEXEC), result;
    struct stat st;

    program->filter = NULL;
    if (filter == NULL) {
        result = -ENOMEM;
        goto out;
    }
    if (file < 0) {
        result = -errno;
        goto out;
    }
    if ((result = fill_filter(s, filter)) < 0 || (result = seccomp_export_bpf(filter, file)) < 0)
        goto out;
    if (fstat(file, &st) < 0 || (program->filter = malloc(st.st_size)) == NULL) {
        result = -ENOMEM;
        goto out;
    }
    program->len = st.st_size / sizeof(struct sock_filter);
    if (pread(file, program->filter, st.st_size, 0) != st.st_size) {
        free(program->filter);
        program->filter = NULL;
        result = -EIO;
    }
out:
    if (file >= 0)
        close(file);
    seccomp_release(filter);
    return result;
}

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
    /* For the parent to see whether it is stopped here. */
    syscall(SYS_openat, -1, NULL, O_RDONLY);
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

/* Waits until the child's filter stops it, to learn here and not later that it does. */
static int expect_stop(pid_t pid, char *error, size_t size)
{
    struct __ptrace_syscall_info info;
    int status;

    for (;;) {
        if (waitpid(pid, &status, __WALL) < 0) {
            if (errno == EINTR)
                continue;
            return source_fail(error, size, -errno, "cannot trace: waitpid: %s", strerror(errno));
        }
        if (!WIFSTOPPED(status))
            return source_fail(error, size, -ESRCH, "cannot trace: the new process was killed");
        if (status >> 16 == PTRACE_EVENT_SECCOMP)
            break;
        ptrace(PTRACE_CONT, pid, NULL, (void *)(long)(status >> 16 ? 0 : WSTOPSIG(status)));
    }
    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_SECCOMP)
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
    result = make_filter(s, &filter);
    if (result < 0)
        return source_fail(error, size, -ENOSYS, "cannot make a seccomp filter: %s",
                           strerror(-result));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0) {
        result = source_fail(error, size, -errno, "cannot make a socket: %s", strerror(errno));
        goto out;
    }
    script = program_is_text(path);
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
