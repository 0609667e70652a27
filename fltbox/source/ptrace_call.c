#include "ptrace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

void pt_deliver(struct source *s, const struct activity *a)
{
    s->delivered++;
    s->sink(s->context, a);
}

static void deliver_lost(struct source *s, pid_t pid, pid_t tid)
{
    struct activity a = {
        .kind = ACTIVITY_LOST, .pid = pid, .tid = tid, .start_ns = pt_now(), .count = 1};

    pt_deliver(s, &a);
}

void pt_lost(struct source *s)
{
    s->count.lost++;
    deliver_lost(s, 0, 0);
}

/* A call whose name cannot be read. The kernel could not read it either, or it could: then
   something happened that the trace does not show. */
static void nameless(struct source *s, pid_t pid, pid_t tid, int64_t result)
{
    if (result == -EFAULT) {
        s->count.bad_pointers++;
    } else {
        s->count.hidden++;
        deliver_lost(s, pid, tid);
    }
}

void pt_call_forget(struct pt_call *call)
{
    free(call->name);
    free(call->path);
    free(call->file.path);
    *call = (struct pt_call){0};
}

static bool is_exec(const struct pt_call *call)
{
    return call->kind == PT_EXECVE || call->kind == PT_EXECVEAT;
}

/* ---- Beginning ----------------------------------------------------------------------------- */

static enum pt_call_kind kind_of(struct source *s, uint32_t arch, uint64_t nr)
{
    for (unsigned i = 0; i < s->syscall_count; i++) {
        if (s->syscalls[i].nr == nr && s->syscalls[i].arch == arch)
            return s->syscalls[i].kind;
    }
    return PT_NO_CALL;
}

static void take_arguments(struct pt_call *call, pid_t tid, const uint64_t args[6])
{
    struct open_how how = {0};
    uint64_t name = args[1], size;

    call->dirfd = (int)args[0];
    switch (call->kind) {
    case PT_OPEN:
    case PT_CREAT:
        call->dirfd = AT_FDCWD;
        name = args[0];
        call->flags = call->kind == PT_CREAT ? O_CREAT | O_WRONLY | O_TRUNC : (int)args[1];
        call->mode = call->kind == PT_CREAT ? args[1] : args[2];
        break;
    case PT_OPENAT:
        call->flags = (int)args[2];
        call->mode = args[3];
        break;
    case PT_OPENAT2:
        /* What does not fit here is not known to us, nor to most kernels. An unreadable structure
           leaves zeros, and the call fails. */
        size = args[3] < sizeof(how) ? args[3] : sizeof(how);
        if (pt_read(tid, args[2], &how, size)) {
            call->flags = (int)how.flags;
            call->mode = how.mode;
            call->resolve = how.resolve;
        }
        break;
    case PT_EXECVE:
        call->dirfd = AT_FDCWD;
        name = args[0];
        break;
    case PT_EXECVEAT:
        call->flags = (int)args[4];
        break;
    default:
        break;
    }
    if ((call->flags & (O_CREAT | __O_TMPFILE)) == 0 || is_exec(call))
        call->mode = 0;
    call->name = pt_read_name(tid, name, &call->name_cut);
}

/* Could this call make a file? Says so before it has. */
static void look_before_create(struct source *s, struct pt_tracee *t)
{
    struct pt_call *call = &t->call;
    int fd;

    if (!(call->flags & O_CREAT) || (call->flags & (O_EXCL | O_PATH)) ||
        (call->flags & O_TMPFILE) == O_TMPFILE)
        return;
    fd = pt_open_as(s, t, call->dirfd, call->name, call->resolve, call->flags & O_NOFOLLOW);
    call->absent = fd == -ENOENT;
    if (fd >= 0)
        close(fd);
}

/* Afterwards it is too late: its descriptors may be closed, and /proc/PID/exe is the interpreter
   where it runs a script. */
static void look_before_exec(struct source *s, struct pt_tracee *t)
{
    struct pt_call *call = &t->call;
    char link[48];
    int fd;

    if (call->name[0] == '\0' && (call->flags & AT_EMPTY_PATH)) {
        snprintf(link, sizeof(link), "/proc/%d/fd/%d", t->tid, call->dirfd);
        proc_look(link, &call->file);
        return;
    }
    fd = pt_open_as(s, t, call->dirfd, call->name, 0,
                    call->flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0);
    if (fd < 0)
        return;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    proc_look(link, &call->file);
    close(fd);
}

static void make_absolute(struct source *s, struct pt_tracee *t)
{
    struct pt_call *call = &t->call;

    if (call->path != NULL)
        return;
    call->path = pt_absolute(s, t->tid, call->dirfd, call->name, call->resolve);
    /* The descriptor itself, not something in it. */
    if (call->path != NULL && call->name[0] == '\0' && is_exec(call) &&
        (call->flags & AT_EMPTY_PATH) && strlen(call->path) > 1)
        call->path[strlen(call->path) - 1] = '\0';
}

void pt_call_begin(struct source *s, struct pt_tracee *t)
{
    struct __ptrace_syscall_info info;
    struct pt_call *call = &t->call;
    uint64_t restarted_ns = call->restarting ? call->start_ns : 0;

    pt_call_forget(call);
    if (ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(info), &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_SECCOMP)
        return; /* it was killed */
    call->kind = kind_of(s, info.arch, info.seccomp.nr);
    if (call->kind == PT_NO_CALL)
        return; /* a program's own filter asks for its own tracer */
    call->start_ns = restarted_ns != 0 ? restarted_ns : pt_now();
    take_arguments(call, t->tid, info.seccomp.args);
    if (call->name == NULL) {
        if (errno == ENOMEM) {
            pt_lost(s);
            call->kind = PT_NO_CALL;
        }
        return;
    }
    /* Other threads may change directory or close the descriptor while the call runs; and after an
       exec only this one is left. Else a success needs no more than the descriptor it gave. */
    if (t->process->thread_count > 1 || is_exec(call))
        make_absolute(s, t);
    if (is_exec(call))
        look_before_exec(s, t);
    else
        look_before_create(s, t);
}

/* ---- End ----------------------------------------------------------------------------------- */

static void fill(struct activity *a, const struct pt_tracee *t, enum activity_kind kind)
{
    const struct pt_call *call = &t->call;

    *a = (struct activity){
        .kind = kind,
        .pid = t->process->pid,
        .tid = t->tid,
        .start_ns = call->start_ns,
        .end_ns = pt_now(),
        .flags = call->flags,
        .mode = call->mode,
        .resolve = call->resolve,
    };
}

static void take_file(struct activity *a, const struct proc_file *file)
{
    a->type = file->type;
    a->dev = file->dev;
    a->ino = file->ino;
    a->mount = file->mount;
    if (file->path != NULL) {
        a->path = file->path;
        a->path_truncated = false;
    }
}

/* What the open gave. Another thread may have closed it; then, what its name leads to now. */
static void look_after_open(struct source *s, struct pt_tracee *t, int64_t descriptor,
                            struct proc_file *file)
{
    char link[48];
    int fd;

    snprintf(link, sizeof(link), "/proc/%d/fd/%d", t->tid, (int)descriptor);
    if (proc_look(link, file) != -ENOENT)
        return;
    fd = pt_open_as(s, t, t->call.dirfd, t->call.name, t->call.resolve, t->call.flags & O_NOFOLLOW);
    if (fd < 0) {
        s->count.vanished++;
        return;
    }
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    proc_look(link, file);
    close(fd);
}

static bool has_created(const struct pt_call *call, uint32_t type)
{
    if (call->flags & O_PATH)
        return false; /* the other flags mean nothing then */
    if ((call->flags & O_TMPFILE) == O_TMPFILE)
        return true;
    return (call->flags & O_CREAT) && ((call->flags & O_EXCL) || call->absent) &&
           (type == S_IFREG || type == 0);
}

void pt_call_end(struct source *s, struct pt_tracee *t, int64_t result)
{
    struct pt_call *call = &t->call;
    struct proc_file file = {0};
    struct activity a;

    fill(&a, t, is_exec(call) ? ACTIVITY_EXEC : ACTIVITY_OPEN);
    if (t->tid == s->root && !s->root_started && is_exec(call))
        s->root_error = -(int)result;
    if (call->name == NULL) {
        nameless(s, t->process->pid, t->tid, result);
        goto out;
    }
    if (result < 0) {
        a.error = -(int)result;
        if (a.error == ENOENT || a.error == ENOTDIR)
            a.parent_missing = pt_parent_missing(s, t, call->dirfd, call->name, call->resolve);
    } else {
        look_after_open(s, t, result, &file);
    }
    if (file.path == NULL) {
        make_absolute(s, t);
        if (call->path == NULL) {
            pt_lost(s);
            goto out;
        }
        a.path = call->path;
        a.path_truncated = call->name_cut;
    }
    if (result >= 0) {
        take_file(&a, &file);
        a.created = has_created(call, a.type);
    }
    pt_deliver(s, &a);
out:
    free(file.path);
    pt_call_forget(call);
}

void pt_call_exec_done(struct source *s, pid_t pid, pid_t tid, struct pt_call *call)
{
    struct pt_process process = {.pid = pid};
    struct pt_tracee asker = {.tid = tid, .process = &process, .call = *call};
    struct activity a;

    if (call->name == NULL) {
        nameless(s, pid, tid, 0);
        return;
    }
    if (call->file.path == NULL && call->path == NULL) {
        pt_lost(s);
        return;
    }
    fill(&a, &asker, ACTIVITY_EXEC);
    a.path = call->path;
    take_file(&a, &call->file);
    pt_deliver(s, &a);
}
