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

bool pt_call_is_file(const struct pt_call *call)
{
    return call->kind != PT_NO_CALL && call->kind <= PT_EXECVEAT;
}

/* ---- Beginning ----------------------------------------------------------------------------- */

static void take_arguments(struct source *s, struct pt_tracee *t, const uint64_t args[6])
{
    struct pt_call *call = &t->call;
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
        if (pt_read(s, t, args[2], &how, size)) {
            call->flags = (int)how.flags;
            call->mode = how.mode;
            call->resolve = how.resolve;
        }
        break;
    case PT_OPEN_BY_HANDLE: /* the descriptor says which file system */
        call->flags = (int)args[2];
        name = 0;
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
    call->name_at = name;
    if (call->kind == PT_OPEN_BY_HANDLE)
        return;
    errno = 0;
    call->name = pt_read_name(s, t, name, &call->name_cut);
    call->name_hidden = call->name == NULL && errno == EPERM;
    call->name_late = call->name == NULL && errno == ETIMEDOUT;
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
        pt_look(s, link, &call->file);
        return;
    }
    fd = pt_open_as(s, t, call->dirfd, call->name, 0,
                    call->flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0);
    if (fd < 0)
        return;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    pt_look(s, link, &call->file);
    close(fd);
}

static void make_absolute(struct source *s, struct pt_tracee *t)
{
    struct pt_call *call = &t->call;

    if (call->path != NULL)
        return;
    call->path = pt_absolute(s, t, call->dirfd, call->name, call->resolve);
    /* The descriptor itself, not something in it. */
    if (call->path != NULL && call->name[0] == '\0' && is_exec(call) &&
        (call->flags & AT_EMPTY_PATH) && strlen(call->path) > 1)
        call->path[strlen(call->path) - 1] = '\0';
}

void pt_call_begin(struct source *s, struct pt_tracee *t, const struct __ptrace_syscall_info *info)
{
    struct pt_call *call = &t->call;
    uint64_t restarted_ns = call->restarting ? call->start_ns : 0;

    pt_call_forget(call);
    call->arch = info->arch;
    call->nr = info->seccomp.nr; /* at the same place as entry.nr, and so are the arguments */
    call->kind = pt_call_kind(s, info->arch, info->seccomp.nr);
    if (call->kind == PT_NO_CALL)
        return;
    if (!pt_call_is_file(call)) {
        pt_self_begin(s, t, info->seccomp.args);
        return;
    }
    call->start_ns = restarted_ns != 0 ? restarted_ns : pt_now();
    pt_others_look(s, t);
    take_arguments(s, t, info->seccomp.args);
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

static void take_uid(struct activity *a, struct pt_tracee *t)
{
    char text[2048], *line;

    if (!t->uid_known && proc_read(t->tid, "status", text, sizeof(text)) > 0 &&
        (line = strstr(text, "\nUid:")) != NULL)
        t->uid_known = sscanf(line, "\nUid: %*u %*u %*u %u", &t->uid) == 1;
    a->uid_known = t->uid_known;
    a->uid = t->uid;
}

static void fill(struct activity *a, const struct pt_call *call, struct pt_tracee *t, pid_t tid)
{
    *a = (struct activity){
        .kind = is_exec(call) ? ACTIVITY_EXEC : ACTIVITY_OPEN,
        .pid = t->process->pid,
        .tid = tid,
        .start_ns = call->start_ns,
        .end_ns = pt_now(),
        .flags = call->flags,
        .mode = call->mode,
        .resolve = call->resolve,
        .command_line_cut = t->process->image != NULL && t->process->image->command_line_cut,
    };
    take_uid(a, t);
}

static void take_file(struct source *s, struct activity *a, const struct proc_file *file)
{
    a->type = file->type;
    a->dev = file->dev;
    a->ino = file->ino;
    pt_take_mount(s, a, file);
    if (file->path != NULL) {
        a->path = file->path;
        a->path_truncated = false;
    }
}

/* The name as it was asked for, where a->path is another. */
static void take_requested(struct activity *a, const struct pt_call *call)
{
    if (call->name == NULL || strcmp(call->name, a->path) == 0)
        return;
    a->requested = call->name;
    if (call->path != NULL && strcmp(call->path, a->path) != 0)
        a->requested_path = call->path;
}

/* What the open gave. Another thread may have closed it; then, what its name leads to now. */
static void look_after_open(struct source *s, struct pt_tracee *t, int64_t descriptor,
                            struct proc_file *file, bool *uncertain)
{
    char link[48];
    int fd;

    snprintf(link, sizeof(link), "/proc/%d/fd/%d", t->tid, (int)descriptor);
    if (pt_look(s, link, file) != -ENOENT)
        return;
    *uncertain = true;
    if (t->call.name == NULL)
        return;
    fd = pt_open_as(s, t, t->call.dirfd, t->call.name, t->call.resolve, t->call.flags & O_NOFOLLOW);
    if (fd < 0) {
        s->count.vanished++;
        return;
    }
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    pt_look(s, link, file);
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

/* Is the name still what it was when the call began? A process that shares memory with this one
   may have changed it before the kernel read it. */
static bool name_stays(struct source *s, struct pt_tracee *t)
{
    bool cut;
    char *now = pt_read_name(s, t, t->call.name_at, &cut);
    bool same = now != NULL && strcmp(now, t->call.name) == 0;

    free(now);
    return same;
}

/* The kernel may have done something with a name that we do not know. */
static void hidden(struct source *s, pid_t pid, pid_t tid)
{
    s->count.hidden++;
    deliver_lost(s, pid, tid);
}

static void end_failed(struct source *s, struct pt_tracee *t, struct activity *a)
{
    struct pt_call *call = &t->call;

    if (call->name_hidden) {
        hidden(s, a->pid, a->tid);
        return;
    }
    if (call->name == NULL) {
        s->count.unread++;
        a->name_unread = true;
        a->path = "";
        pt_deliver(s, a);
        return;
    }
    if (a->error == ENOENT || a->error == ENOTDIR)
        a->parent_missing = pt_parent_missing(s, t, call->dirfd, call->name, call->resolve);
    make_absolute(s, t);
    if (call->path == NULL) {
        pt_lost(s);
        return;
    }
    a->path = call->path;
    a->path_truncated = call->name_cut;
    if (t->process->shares_memory || !pt_others_slept(s, t) || !name_stays(s, t))
        a->path_uncertain = true;
    a->path_elsewhere = pt_is_elsewhere(s, t->tid, a);
    take_requested(a, call);
    pt_deliver(s, a);
}

static void end_opened(struct source *s, struct pt_tracee *t, struct activity *a,
                       int64_t descriptor)
{
    struct pt_call *call = &t->call;
    struct proc_file file = {0};

    look_after_open(s, t, descriptor, &file, &a->path_uncertain);
    if (!pt_others_left(s, t, (int)descriptor) || (file.path == NULL && !pt_others_slept(s, t)))
        a->path_uncertain = true;
    pt_placed(t->process, (int)descriptor);
    if (call->name != NULL && (file.path == NULL || strcmp(file.path, call->name) != 0))
        make_absolute(s, t);
    if (file.path == NULL && call->name_hidden) {
        hidden(s, a->pid, a->tid);
        goto out;
    }
    if (file.path == NULL && call->name != NULL && call->path == NULL) {
        pt_lost(s);
        goto out;
    }
    a->name_unread = file.path == NULL && call->name == NULL;
    s->count.unread += a->name_unread;
    a->path = a->name_unread ? "" : call->path;
    a->path_truncated = call->name_cut;
    take_file(s, a, &file);
    a->created = has_created(call, a->type);
    a->path_elsewhere = pt_is_elsewhere(s, t->tid, a);
    take_requested(a, call);
    pt_deliver(s, a);
out:
    free(file.path);
}

/* A filter that answers by a signal leaves the call's number as its result. */
static bool answered_by_signal(const struct pt_tracee *t, int64_t result)
{
    struct __ptrace_peeksiginfo_args from = {.nr = 8};
    const int by_seccomp = 1; /* SYS_SECCOMP */
    siginfo_t signals[8];
    long n;

    if (!t->filtered || result != (int64_t)t->call.nr)
        return false;
    n = ptrace(PTRACE_PEEKSIGINFO, t->tid, &from, signals);
    for (long i = 0; i < n; i++) {
        if (signals[i].si_signo == SIGSYS && signals[i].si_code == by_seccomp)
            return true;
    }
    return false;
}

void pt_call_end(struct source *s, struct pt_tracee *t, int64_t result)
{
    struct pt_call *call = &t->call;
    struct activity a;

    if (answered_by_signal(t, result))
        result = -ENOSYS;
    fill(&a, call, t, t->tid);
    if (t->tid == s->root && !s->root_started && is_exec(call))
        s->root_error = -(int)result;
    if (call->name_late) { /* now the kernel has had its answer */
        call->name = pt_read_name(s, t, call->name_at, &call->name_cut);
        call->name_hidden = call->name == NULL;
        a.path_uncertain = true;
    }
    if (result < 0) {
        a.error = -(int)result;
        end_failed(s, t, &a);
    } else {
        end_opened(s, t, &a, result);
    }
    pt_call_forget(call);
}

static bool same_file(const struct proc_file *a, const struct proc_file *b)
{
    return a->ino != 0 && a->ino == b->ino && a->dev == b->dev;
}

void pt_call_exec_done(struct source *s, struct pt_tracee *t, pid_t tid, struct pt_call *call,
                       const struct proc_file *executable)
{
    struct activity a;

    if (call->name_hidden) {
        hidden(s, t->process->pid, tid);
        return;
    }
    fill(&a, call, t, tid);
    a.path = call->path;
    a.path_uncertain = true;
    if (call->name == NULL) {
        take_file(s, &a, executable);
    } else if (same_file(&call->file, executable)) {
        a.path_uncertain = false;
        take_file(s, &a, executable);
    } else {
        /* What its name led to before: a script, of which no more is left than its interpreter;
           or the name leads elsewhere since. */
        take_file(s, &a, &call->file);
    }
    if (a.path == NULL) {
        pt_lost(s);
        return;
    }
    a.path_elsewhere = pt_is_elsewhere(s, t->tid, &a);
    take_requested(&a, call);
    pt_deliver(s, &a);
}
