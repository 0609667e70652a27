/* The calls at which a tracee is stopped, and the seccomp filter that stops it. */
#include "ptrace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/net.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A 64-bit system runs all of these. x32 is told from x86-64 by a bit in the call's number. */
static const struct {
    uint32_t seccomp, audit;
} machines[] = {
    {SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64},
    {SCMP_ARCH_X86, AUDIT_ARCH_I386},
    {SCMP_ARCH_X32, AUDIT_ARCH_X86_64},
};

/* One of the call's arguments, after `mask`, must be `value`. A mask of 0: always. */
static const struct {
    const char *name;
    enum pt_call_kind kind;
    uint32_t mask, value;
    unsigned argument;
} wanted[] = {
    {"open", PT_OPEN, 0, 0, 0},
    {"openat", PT_OPENAT, 0, 0, 0},
    {"openat2", PT_OPENAT2, 0, 0, 0},
    {"creat", PT_CREAT, 0, 0, 0},
    {"open_by_handle_at", PT_OPEN_BY_HANDLE, 0, 0, 0},
    {"execve", PT_EXECVE, 0, 0, 0},
    {"execveat", PT_EXECVEAT, 0, 0, 0},
    /* A child that is not to be traced, and one that shares with its parent what threads share. */
    {"clone", PT_CLONE, CLONE_UNTRACED, CLONE_UNTRACED, 0},
    {"clone", PT_CLONE, CLONE_FILES | CLONE_THREAD, CLONE_FILES, 0},
    {"clone", PT_CLONE, CLONE_VM | CLONE_THREAD | CLONE_VFORK, CLONE_VM, 0},
    {"clone3", PT_CLONE3, 0, 0, 0}, /* its flags are in memory, which no filter sees */
    {"seccomp", PT_SECCOMP, UINT32_MAX, SECCOMP_SET_MODE_STRICT, 0},
    {"seccomp", PT_SECCOMP, UINT32_MAX, SECCOMP_SET_MODE_FILTER, 0},
    {"prctl", PT_PRCTL, UINT32_MAX, PR_SET_SECCOMP, 0},
    {"prctl", PT_PRCTL, UINT32_MAX, PR_GET_SECCOMP, 0},
    {"setuid", PT_SET_USER, 0, 0, 0},
    {"setreuid", PT_SET_USER, 0, 0, 0},
    {"setresuid", PT_SET_USER, 0, 0, 0},
    {"setfsuid", PT_SET_USER, 0, 0, 0},
    {"setuid32", PT_SET_USER, 0, 0, 0},
    {"setreuid32", PT_SET_USER, 0, 0, 0},
    {"setresuid32", PT_SET_USER, 0, 0, 0},
    {"setfsuid32", PT_SET_USER, 0, 0, 0},
    {"io_uring_setup", PT_URING_SETUP, 0, 0, 0},
    /* What puts a file that has a path behind a descriptor, beside opens. */
    {"dup", PT_PLACE, 0, 0, 0},
    {"dup2", PT_PLACE, 0, 0, 0},
    {"dup3", PT_PLACE, 0, 0, 0},
    {"fcntl", PT_PLACE, UINT32_MAX, F_DUPFD, 1},
    {"fcntl", PT_PLACE, UINT32_MAX, F_DUPFD_CLOEXEC, 1},
    {"fcntl64", PT_PLACE, UINT32_MAX, F_DUPFD, 1},
    {"fcntl64", PT_PLACE, UINT32_MAX, F_DUPFD_CLOEXEC, 1},
    {"ioctl", PT_PLACE, UINT32_MAX, TIOCGPTPEER, 1},
    {"pidfd_getfd", PT_PLACE, 0, 0, 0},
    {"open_tree", PT_PLACE, 0, 0, 0},
    {"fsmount", PT_PLACE, 0, 0, 0},
    {"mq_open", PT_PLACE, 0, 0, 0},
    {"memfd_secret", PT_PLACE, 0, 0, 0},
    {"recvmsg", PT_RECEIVE, 0, 0, 0},
    {"recvmmsg", PT_RECEIVE, 0, 0, 0},
    {"recvmmsg_time64", PT_RECEIVE, 0, 0, 0},
    {"socketcall", PT_RECEIVE, UINT32_MAX, SYS_RECVMSG, 0},
    {"socketcall", PT_RECEIVE, UINT32_MAX, SYS_RECVMMSG, 0},
    {"fanotify_init", PT_FANOTIFY, 0, 0, 0}, /* afterwards, reads do it */
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

_Static_assert(COUNT(wanted) * COUNT(machines) <= PT_SYSCALLS, "source.syscalls is too small");

enum pt_call_kind pt_call_kind(const struct source *s, uint32_t arch, uint64_t nr)
{
    for (unsigned i = 0; i < s->syscall_count; i++) {
        if (s->syscalls[i].nr == nr && s->syscalls[i].arch == arch)
            return s->syscalls[i].kind;
    }
    return PT_NO_CALL;
}

static int add_rule(scmp_filter_ctx filter, size_t i)
{
    const struct scmp_arg_cmp argument = {.arg = wanted[i].argument,
                                          .op = SCMP_CMP_MASKED_EQ,
                                          .datum_a = wanted[i].mask,
                                          .datum_b = wanted[i].value};
    int nr = seccomp_syscall_resolve_name(wanted[i].name);

    if (nr == __NR_SCMP_ERROR)
        return 0; /* newer than libseccomp */
    return seccomp_rule_add_array(filter, SCMP_ACT_TRACE(PT_FILTER_DATA), nr,
                                  wanted[i].mask != 0 ? 1 : 0, &argument);
}

static int fill_filter(struct source *s, scmp_filter_ctx filter)
{
    int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);

    /* A tree instead of one comparison after the other; older ones know only these. */
    seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);

    for (size_t m = 1; m < COUNT(machines) && result == 0; m++)
        result = seccomp_arch_add(filter, machines[m].seccomp);
    for (size_t i = 0; i < COUNT(wanted) && result == 0; i++)
        result = add_rule(filter, i);
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

int pt_make_filter(struct source *s, struct sock_fprog *program)
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
