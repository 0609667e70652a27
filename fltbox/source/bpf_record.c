#include "bpf_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

/* Activities delivered before poll returns, so that its caller gets a turn. */
#define BATCH           512

/* How long an answer about a directory is good for: as long as the records of a batch are old
   anyway. */
#define PARENT_GOOD_FOR 2000000 /* ns */

/* A record, taken apart. */
struct taken {
    const struct probe_record *r;
    const char *path; /* "" where there is none */
    const char *name; /* "" where there is none; of an image the arguments */
};

uint64_t bpf_boot_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_BOOTTIME, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void bpf_deliver(struct source *s, const struct activity *a)
{
    s->delivered++;
    s->sink(s->context, a);
}

static struct activity begin(struct source *s, const struct probe_record *r,
                             enum activity_kind kind)
{
    struct bpf_process *p = bpf_process_find(s, r->pid);

    return (struct activity){
        .kind = kind,
        .pid = r->pid,
        .tid = r->tid,
        .ppid = r->parent,
        .start_ns = r->start + s->realtime,
        .end_ns = r->end + s->realtime,
        .unjudged = r->marks & PROBE_UNJUDGED && (p == NULL || !p->judged),
    };
}

static void lose(struct source *s, const struct probe_record *r, uint64_t count)
{
    struct bpf_process *p = bpf_process_find(s, r->pid);
    struct activity a = begin(s, r, ACTIVITY_LOST);

    a.count = count;
    a.unjudged = p == NULL || p->nameless;
    bpf_deliver(s, &a);
}

/* ---- Processes ----------------------------------------------------------------------------- */

/* What the record says of it. NULL: no memory. */
static struct proc_image *image_in(struct source *s, const struct taken *t)
{
    const struct probe_record *r = t->r;
    struct proc_image *image = proc_image_new();
    const char *path = t->path, *here = NULL;
    size_t size = r->name_size > 0 ? r->name_size - 1 : 0;
    proc_path buffer;
    uint64_t mount;

    if (image == NULL)
        return NULL;
    if (r->root_size > 0 && (here = bpf_host_path(s, r, path, &mount, buffer)) != NULL)
        path = here;
    if (t->path[0] == '/' && !(r->marks & (PROBE_PATHLESS | PROBE_PATH_CUT))) {
        if (r->kind != PROBE_IMAGE)
            image->path = bpf_wine_image(r->pid, path, r->comm, t->name, size);
        /* Wine has moved its arguments towards the beginning, and left NULs behind them. */
        while (image->path != NULL && size > 1 && t->name[size - 2] == '\0')
            size--;
        if (image->path == NULL)
            image->path = strdup(path);
    }
    if (r->marks & (PROBE_NAME_CUT | PROBE_NAME_UNREADABLE))
        image->command_line = proc_command_line(r->pid);
    if (image->command_line == NULL && size > 0)
        image->command_line = proc_quote(t->name, size);
    return image;
}

static void deliver_with_image(struct source *s, struct activity *a, const struct probe_record *r,
                               struct proc_image *image)
{
    struct bpf_process *p = bpf_process_set(s, r->pid, r->image, proc_image_ref(image));

    if (p != NULL)
        p->nameless = image == NULL || image->path == NULL;
    a->unjudged = r->marks & PROBE_UNJUDGED;
    if (image != NULL) {
        a->image = image->path;
        a->command_line = image->command_line;
    }
    bpf_deliver(s, a);
}

/*
 * Those from whom a process descends that was there before us, the eldest first: the drivers may
 * want it for their sake, though nothing has been heard of them yet.
 */
static void meet_ancestors(struct source *s, pid_t pid)
{
    struct activity a = {.kind = ACTIVITY_IMAGE, .pid = pid, .tid = pid, .met = true};
    struct proc_image *image;
    uint64_t started;

    if (pid <= 0 || pid == s->root || bpf_process_find(s, pid) != NULL ||
        !proc_parent(pid, &a.ppid, &started))
        return;
    a.start_ns = a.end_ns = started + s->realtime;
    /* What the kernel side says of it later counts: no image is this one. */
    if (bpf_process_set(s, pid, 0, NULL) == NULL)
        return;
    meet_ancestors(s, a.ppid);
    image = proc_image_read(pid);
    if (image != NULL) {
        bpf_wine_look_up(pid, image);
        a.image = image->path;
        a.command_line = image->command_line;
    }
    bpf_deliver(s, &a);
    proc_image_unref(image);
}

static void deliver_image(struct source *s, const struct taken *t, bool met)
{
    struct activity a = begin(s, t->r, ACTIVITY_IMAGE);
    struct proc_image *image = image_in(s, t);

    if (met)
        meet_ancestors(s, t->r->parent);

    if (t->r->mount_namespace != s->mount_namespace)
        bpf_namespace_meet(s, t->r);
    a.met = met;
    deliver_with_image(s, &a, t->r, image);
    proc_image_unref(image);
}

/* Its record was lost: what /proc says now. */
static void look_up_image(struct source *s, const struct taken *t, bool met)
{
    const struct probe_record *r = t->r;
    struct activity a = begin(s, r, ACTIVITY_IMAGE);
    struct proc_image *image = proc_image_read(r->pid);
    const char *here;
    proc_path buffer;
    uint64_t mount = 0;

    if (image != NULL && image->path != NULL &&
        (here = bpf_host_found(s, t->r, t->path, image->path, &mount, buffer)) != NULL) {
        free(image->path);
        image->path = strdup(here);
    }
    s->count.unseen_images++;
    if (image != NULL)
        bpf_wine_look_up(r->pid, image);
    a.met = met;
    a.end_ns = a.start_ns;
    deliver_with_image(s, &a, r, image);
    proc_image_unref(image);
}

static void deliver_fork(struct source *s, const struct probe_record *r)
{
    struct activity a = begin(s, r, ACTIVITY_FORK);
    struct bpf_process *parent = bpf_process_find(s, r->parent);

    if (bpf_process_find(s, r->pid) != NULL) {
        /* Of the process that had this id before, the end was not told. */
        struct activity exit = begin(s, r, ACTIVITY_EXIT);

        exit.unjudged = false;
        bpf_deliver(s, &exit);
        bpf_process_remove(s, r->pid);
    }
    deliver_with_image(s, &a, r, parent != NULL ? parent->program : NULL);
}

static void deliver_exit(struct source *s, const struct probe_record *r)
{
    struct activity a = begin(s, r, ACTIVITY_EXIT);

    a.status = r->result;
    a.unjudged = false;
    if (bpf_process_find(s, r->pid) == NULL)
        return; /* told already, or never told of it */
    if ((pid_t)r->pid == s->root && !s->root_ended) {
        s->root_ended = true; /* its id may be used again */
        s->root_status = r->result;
    }
    bpf_deliver(s, &a);
    bpf_process_remove(s, r->pid);
}

static void deliver_thread_exit(struct source *s, const struct probe_record *r)
{
    struct activity a = begin(s, r, ACTIVITY_THREAD_EXIT);

    a.unjudged = false;
    if (bpf_process_find(s, r->pid) != NULL)
        bpf_deliver(s, &a);
}

/* ---- Names --------------------------------------------------------------------------------- */

/* A name that was asked for, made absolute as source.h has it. */
static const char *absolute(const struct taken *t, proc_path buffer)
{
    const struct probe_record *r = t->r;
    char link[PROC_LINK_MAX];
    const char *base = t->path;

    if (r->marks & PROBE_NO_BASE) {
        if (r->directory == AT_FDCWD)
            snprintf(link, sizeof(link), "/proc/%u/cwd", r->pid);
        else
            snprintf(link, sizeof(link), "/proc/%u/fd/%d", r->pid, r->directory);
        base = link;
    }
    if (base[0] == '\0')
        return t->name;
    if (r->marks & PROBE_WHOLE)
        return t->path;
    /* The descriptor itself, not something in it. */
    if (t->name[0] == '\0' && r->kind == PROBE_EXEC && r->flags & AT_EMPTY_PATH) {
        snprintf(buffer, sizeof(proc_path), "%s", base);
        return buffer;
    }
    proc_join(buffer, base, t->name);
    return buffer;
}

static int open_in(const char *root, const char *path, struct open_how *how)
{
    int directory = openat(AT_FDCWD, root, O_PATH | O_CLOEXEC | O_DIRECTORY), fd;

    if (directory < 0)
        return -errno;
    how->resolve = RESOLVE_IN_ROOT;
    fd = syscall(SYS_openat2, directory, *path == '\0' ? "/" : path, how, sizeof(*how));
    if (fd < 0)
        fd = -errno;
    close(directory);
    return fd;
}

/* `path` after the directory that it lies below, which may be "/"; else all of it. */
static const char *after(const char *path, const char *directory)
{
    size_t n = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

    return strncmp(path, directory, n) == 0 && (path[n] == '/' || path[n] == '\0') ? path + n
                                                                                   : path;
}

/* open_as in another mount namespace: by the root directory of a process there. When all are gone,
   by the directory that the name begins at, as we see it; never when `alive`. */
static int open_elsewhere(struct source *s, const struct taken *t, const char *path,
                          struct open_how *how, bool alive)
{
    char link[PROC_LINK_MAX], root[PROC_NAME_MAX + 1];
    const char *here;
    proc_path buffer;
    uint64_t mount;
    pid_t pid = bpf_namespace_member(s, t->r);

    snprintf(link, sizeof(link), "/proc/%d/root", pid);
    if (pid > 0 && proc_link_path(link, root) == 0)
        return open_in(link, after(path, root), how);
    if (alive || t->r->root_size == 0 ||
        (here = bpf_host_path(s, t->r, t->path, &mount, buffer)) == NULL)
        return -ESRCH;
    return open_in(here, after(path, t->path), how);
}

/*
 * Opens a path with O_PATH as the process means it. Links are followed in its own root directory
 * where that is not ours. A descriptor or a negative errno. What is found in another mount
 * namespace is in that one if a process there has to be `alive`, else perhaps in ours.
 */
static int open_as(struct source *s, const struct taken *t, const char *path, int flags, bool alive)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC | flags};
    proc_path buffer;
    int fd;

    if (t->r->mount_namespace != s->mount_namespace)
        return open_elsewhere(s, t, path, &how, alive);
    if (t->path[0] == '\0') {
        fd = openat(AT_FDCWD, proc_own_name(path, t->r->pid, buffer), (int)how.flags);
        return fd < 0 ? -errno : fd;
    }
    if (t->name[0] != '/') {
        fd = openat(AT_FDCWD, path, (int)how.flags);
        return fd < 0 ? -errno : fd;
    }
    return open_in(t->path, after(path, t->path), &how);
}

/* Is the directory that the path lies in missing, or no directory? */
static bool parent_missing(struct source *s, const struct taken *t, const char *path)
{
    char parent[2 * PROC_NAME_MAX + 2];
    size_t n = strlen(path);
    uint64_t now = bpf_boot_time();
    char link[PROC_LINK_MAX];
    proc_path buffer;
    bool own;
    int fd;

    if (t->name[0] == '\0')
        return false; /* the directory itself */
    /* The kernel was in that directory: it is there, but may be none. */
    if (strchr(t->name, '/') == NULL)
        return t->r->result == -ENOTDIR;
    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n > 1 && path[n - 1] != '/')
        n--;
    memcpy(parent, path, n);
    parent[n] = '\0';
    own = proc_own_name(parent, t->r->pid, buffer) != parent;
    if (!own && now < s->parent.until && t->r->mount_namespace == s->parent.mount_namespace &&
        strcmp(parent, s->parent.parent) == 0 && strcmp(t->path, s->parent.base) == 0)
        return s->parent.missing;
    fd = open_as(s, t, parent, O_DIRECTORY, false);
    if (fd >= 0)
        close(fd);
    if (own) {
        /* Of a process that is gone, everything below /proc/PID is. */
        snprintf(link, sizeof(link), "/proc/%u", t->r->pid);
        return (fd == -ENOENT || fd == -ENOTDIR) && access(link, F_OK) == 0;
    }
    if (n < sizeof(s->parent.parent) && strlen(t->path) < sizeof(s->parent.base)) {
        memcpy(s->parent.parent, parent, n + 1);
        strcpy(s->parent.base, t->path);
        s->parent.mount_namespace = t->r->mount_namespace;
        s->parent.missing = fd == -ENOENT || fd == -ENOTDIR;
        s->parent.until = now + PARENT_GOOD_FOR;
    }
    return fd == -ENOENT || fd == -ENOTDIR;
}

/* What the name leads to now: of an interpreted program, and where the descriptor was closed before
   it was looked at. */
static void look_at_name(struct source *s, const struct taken *t, const char *path,
                         struct proc_file *file)
{
    char link[PROC_LINK_MAX];
    int fd = open_as(s, t, path, t->r->kind == PROBE_OPEN ? t->r->flags & O_NOFOLLOW : 0, true);

    if (fd < 0)
        return;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    proc_look(link, file);
    close(fd);
}

/* ---- Opens and execs ----------------------------------------------------------------------- */

static void fill_success(struct source *s, const struct taken *t, struct activity *a,
                         struct proc_file *file, proc_path buffer)
{
    const struct probe_record *r = t->r;

    a->type = r->type;
    a->dev = makedev(r->device >> 20, r->device & 0xfffff);
    a->ino = r->inode;
    a->created = r->marks & PROBE_CREATED ||
                 (r->kind == PROBE_OPEN && (r->flags & (O_TMPFILE | O_PATH)) == O_TMPFILE);
    if (!(r->marks & (PROBE_PATHLESS | PROBE_VANISHED | PROBE_SCRIPT))) {
        a->path = t->path;
        a->mount = r->mount;
        return;
    }
    a->path = absolute(t, buffer);
    if (!(r->marks & (PROBE_VANISHED | PROBE_SCRIPT)))
        return;
    if (r->marks & PROBE_VANISHED)
        s->count.vanished++;
    look_at_name(s, t, a->path, file);
    if (file->path == NULL)
        return;
    a->path = file->path;
    a->type = file->type;
    a->dev = file->dev;
    a->ino = file->ino;
    a->mount = file->mount;
}

/* A path in another mount namespace, as we see it if we do. `found`: by looking at the process. */
static void show_here(struct source *s, const struct taken *t, struct activity *a, bool found,
                      proc_path buffer)
{
    uint64_t mount = a->mount;
    const char *here;

    if (a->path == t->path) {
        here = bpf_host_path(s, t->r, t->path, &mount, buffer);
    } else if (found) {
        here = bpf_host_found(s, t->r, t->path, a->path, &mount, buffer);
    } else {
        here = bpf_host_name(s, t->r, t->path, a->path, buffer);
        mount = 0;
    }
    s->count.elsewhere++;
    a->mount = here != NULL ? mount : 0;
    if (here != NULL)
        a->path = here;
    else
        s->count.not_here++;
}

static bool hold(struct source *s, const struct activity *a)
{
    struct bpf_held *held = malloc(sizeof(*held));

    if (held == NULL || (held->activity = *a, held->activity.path = strdup(a->path)) == NULL) {
        free(held);
        return false;
    }
    held->next = s->held;
    s->held = held;
    return true;
}

/* Of the thread: taken out. */
static struct bpf_held *take_held(struct source *s, pid_t tid)
{
    for (struct bpf_held **link = &s->held; *link != NULL; link = &(*link)->next) {
        struct bpf_held *held = *link;

        if (held->activity.tid == tid) {
            *link = held->next;
            return held;
        }
    }
    return NULL;
}

static void free_held(struct bpf_held *held)
{
    free((char *)held->activity.path);
    free(held);
}

static void settle(struct source *s, pid_t tid)
{
    struct bpf_held *held = take_held(s, tid);

    if (held == NULL)
        return;
    bpf_deliver(s, &held->activity);
    free_held(held);
}

void bpf_forget_held(struct source *s, pid_t pid)
{
    struct bpf_held **link = &s->held;

    while (*link != NULL) {
        struct bpf_held *held = *link;

        if (pid != 0 && held->activity.pid != pid) {
            link = &held->next;
            continue;
        }
        *link = held->next;
        s->count.never_returned++;
        free_held(held);
    }
}

/* The call that this record is of goes on from one that was interrupted, or tells that it does
   not. */
static void go_on_from_held(struct source *s, const struct probe_record *r, struct activity *a)
{
    struct bpf_held *held;

    if (s->held == NULL || r->marks & PROBE_RESTART_OPEN)
        return;
    if (!(r->marks & PROBE_RESTARTED)) {
        settle(s, r->tid);
        return;
    }
    held = take_held(s, r->tid);
    if (held == NULL)
        return;
    a->start_ns = held->activity.start_ns;
    free_held(held);
}

static void deliver_call(struct source *s, const struct taken *t)
{
    const struct probe_record *r = t->r;
    struct activity a = begin(s, r, r->kind == PROBE_EXEC ? ACTIVITY_EXEC : ACTIVITY_OPEN);
    struct bpf_process *p = bpf_process_find(s, r->pid);
    struct proc_file file = {0};
    proc_path buffer, here;

    go_on_from_held(s, r, &a);
    if (s->judged && a.unjudged && p != NULL && p->nameless) {
        lose(s, r, 1); /* perhaps: nobody can say whether it is wanted */
        return;
    }
    if (r->marks & PROBE_NAME_UNREADABLE) {
        if (r->result == -EFAULT)
            s->count.bad_pointers++;
        else
            lose(s, r, 1);
        return;
    }
    a.flags = r->flags;
    a.resolve = r->resolve;
    if (r->kind == PROBE_OPEN && r->flags & (O_CREAT | __O_TMPFILE))
        a.mode = r->mode;
    if (r->result < 0) {
        a.error = -r->result;
        a.path = absolute(t, buffer);
        a.path_truncated = r->marks & PROBE_NAME_CUT;
        if (a.error == ENOENT || a.error == ENOTDIR)
            a.parent_missing = parent_missing(s, t, a.path);
    } else {
        fill_success(s, t, &a, &file, buffer);
    }
    if (r->root_size > 0)
        show_here(s, t, &a, file.path != NULL, here);
    if (r->marks & PROBE_INTERRUPTED && hold(s, &a))
        return;
    bpf_deliver(s, &a);
    free(file.path);
}

/* False: the record is none of ours. */
static bool take_apart(const char *data, size_t size, struct taken *t)
{
    uint64_t to_header;

    if (size < sizeof(to_header))
        return false;
    memcpy(&to_header, data, sizeof(to_header));
    if (to_header > size || size - to_header < sizeof(*t->r))
        return false;
    t->r = (const struct probe_record *)(data + to_header);
    if (t->r->path_size > to_header || t->r->name_size > size - to_header - sizeof(*t->r) ||
        t->r->root_size + t->r->within > t->r->path_size)
        return false;
    t->path = t->r->path_size > 0 ? (const char *)t->r - t->r->path_size + t->r->root_size : "";
    t->name = t->r->name_size > 0 ? (const char *)(t->r + 1) : "";
    return true;
}

/* ---- io_uring ------------------------------------------------------------------------------ */

/* A copy that can be changed, taken apart. To be freed; NULL: no memory. */
static struct bpf_request *copy_record(const char *data, size_t size)
{
    struct bpf_request *copy = malloc(sizeof(*copy) + size);

    if (copy == NULL)
        return NULL;
    copy->next = NULL;
    copy->size = size;
    memcpy(copy->data, data, size);
    return copy;
}

static struct probe_record *header_of(struct bpf_request *request)
{
    uint64_t to_header;

    memcpy(&to_header, request->data, sizeof(to_header));
    return (struct probe_record *)(request->data + to_header);
}

/* The request that has this address: taken out. NULL: there is none. */
static struct bpf_request *take_request(struct source *s, uint64_t address)
{
    for (struct bpf_request **link = &s->requests; *link != NULL; link = &(*link)->next) {
        struct bpf_request *request = *link;

        if (header_of(request)->request == address) {
            *link = request->next;
            return request;
        }
    }
    return NULL;
}

static void submitted(struct source *s, const struct taken *t, const char *data, size_t size)
{
    struct bpf_request *request = take_request(s, t->r->request);

    if (request != NULL) {
        /* Its completion was lost, or the program wanted to hear only of failures. */
        lose(s, header_of(request), 1);
        free(request);
    }
    request = copy_record(data, size);
    if (request == NULL) {
        lose(s, t->r, 1);
        return;
    }
    request->next = s->requests;
    s->requests = request;
}

/* An outcome: with what was asked for it makes an open. */
static void completed(struct source *s, const struct taken *t, const char *data, size_t size)
{
    struct bpf_request *asked = take_request(s, t->r->request), *done;
    struct probe_record *question, *answer;
    struct taken whole;

    if (asked == NULL)
        return; /* submitted before we watched, or counted as lost */
    question = header_of(asked);
    done = copy_record(data, size);
    if (done == NULL) {
        lose(s, question, 1);
        free(asked);
        return;
    }
    answer = header_of(done);
    question->end = answer->end;
    question->result = answer->result;
    question->kind = PROBE_OPEN;
    if (answer->result >= 0 && answer->path_size > 0 && !(question->marks & PROBE_NO_DESCRIPTOR) &&
        !(answer->marks & (PROBE_PATHLESS | PROBE_PATH_CUT))) {
        answer->kind = PROBE_OPEN;
        answer->start = question->start;
        answer->tid = question->tid;
        answer->flags = question->flags;
        answer->mode = question->mode;
        answer->resolve = question->resolve;
        take_apart(done->data, done->size, &whole);
    } else {
        if (answer->result >= 0)
            question->marks |= PROBE_VANISHED;
        take_apart(asked->data, asked->size, &whole);
    }
    deliver_call(s, &whole);
    free(asked);
    free(done);
}

void bpf_forget_requests(struct source *s, pid_t pid)
{
    struct bpf_request **link = &s->requests;

    while (*link != NULL) {
        struct bpf_request *request = *link;

        if (pid != 0 && (pid_t)header_of(request)->pid != pid) {
            link = &request->next;
            continue;
        }
        *link = request->next;
        s->count.never_returned++;
        free(request);
    }
}

/* ---- The ring ------------------------------------------------------------------------------ */

/* What must have been said of the process before what it does can be. */
static void catch_up(struct source *s, const struct taken *t)
{
    const struct probe_record *r = t->r;
    struct bpf_process *p = bpf_process_find(s, r->pid);

    if (p == NULL && (pid_t)r->pid == s->root)
        p = bpf_process_set(s, r->pid, r->image, NULL); /* our caller knows it */
    if (p == NULL || p->image != r->image)
        look_up_image(s, t, p == NULL);
}

int bpf_take(void *context, void *data, size_t size)
{
    struct source *s = context;
    struct taken t;

    if (!take_apart(data, size, &t))
        return -EBADMSG;
    if (t.r->pid == 0)
        return 0; /* has no id in our pid namespace */
    if (t.r->kind == PROBE_OPEN || t.r->kind == PROBE_EXEC || t.r->kind == PROBE_COMPLETED)
        catch_up(s, &t);
    if (t.r->lost > 0) {
        s->lost_told += t.r->lost;
        lose(s, t.r, t.r->lost);
    }
    switch (t.r->kind) {
    case PROBE_OPEN:
    case PROBE_EXEC:
        deliver_call(s, &t);
        break;
    case PROBE_FORK:
        deliver_fork(s, t.r);
        break;
    case PROBE_IMAGE:
    case PROBE_RENAME:
        deliver_image(s, &t, false);
        break;
    case PROBE_MET:
        deliver_image(s, &t, true);
        break;
    case PROBE_EXIT:
        bpf_forget_held(s, t.r->pid);
        bpf_forget_requests(s, t.r->pid);
        deliver_exit(s, t.r);
        break;
    case PROBE_SETTLED:
        settle(s, t.r->tid);
        break;
    case PROBE_SUBMITTED:
        submitted(s, &t, data, size);
        break;
    case PROBE_COMPLETED:
        completed(s, &t, data, size);
        break;
    case PROBE_THREAD_EXIT:
        deliver_thread_exit(s, t.r);
        break;
    default:
        return -EBADMSG;
    }
    return s->delivered >= BATCH ? -EAGAIN : 0;
}
