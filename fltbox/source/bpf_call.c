/* Opens and execs. */
#include "bpf_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

/* The mount that the record's path is on. */
static void set_mount(const struct bpf_taken *t, struct activity *a)
{
    a->mount = t->r->mount;
    a->mount_unique = t->r->mount_unique;
    a->point_known = t->r->mount != 0;
    a->mount_point = strcmp(t->path, "/") != 0 ? strlen(t->path) - bpf_within(t) : 0;
}

static void fill_success(struct source *s, const struct bpf_taken *t, struct activity *a,
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
        set_mount(t, a);
        return;
    }
    a->path = bpf_absolute(t, buffer);
    if (!(r->marks & (PROBE_VANISHED | PROBE_SCRIPT)))
        return;
    a->path_uncertain = true;
    if (r->marks & PROBE_VANISHED)
        s->count.vanished++;
    bpf_look_at_name(s, t, a->path, file);
    if (file->path == NULL)
        return;
    a->path = file->path;
    a->type = file->type;
    a->dev = file->dev;
    a->ino = file->ino;
    a->mount = file->mount;
}

/* A path in another mount namespace, as we see it if we do. `found`: by looking at the process. */
static void show_here(struct source *s, const struct bpf_taken *t, struct activity *a, bool found,
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
    if (here != NULL) {
        a->path = here;
        a->mount = mount;
        a->mount_unique = 0;
        a->point_known = false;
        return;
    }
    s->count.not_here++;
    a->path_elsewhere = true;
    if (a->path != t->path)
        a->mount = 0;
    else
        set_mount(t, a);
}

static void free_held(struct bpf_held *held)
{
    free((char *)held->activity.path);
    free((char *)held->activity.requested);
    free(held);
}

void bpf_waits(struct source *s, pid_t pid)
{
    struct bpf_process *p = bpf_process_find(s, pid);

    if (p != NULL)
        p->waits = true;
}

/* It is a failure: `requested_path` is `path`. False: no memory, or too many are held; then it is
   told now, and what it goes on as is another. */
static bool hold(struct source *s, const struct activity *a)
{
    size_t bytes = sizeof(struct bpf_held) + strlen(a->path) +
                   (a->requested != NULL ? strlen(a->requested) : 0);
    struct bpf_held **bucket = &s->held[(unsigned)a->tid % BPF_BUCKETS], *held;

    if (s->held_count >= BPF_WAITING_MAX || s->held_bytes + bytes > BPF_WAITING_SIZE ||
        (held = malloc(sizeof(*held))) == NULL)
        return false;
    held->activity = *a;
    held->activity.path = strdup(a->path);
    held->activity.requested = a->requested != NULL ? strdup(a->requested) : NULL;
    if (held->activity.path == NULL || (a->requested != NULL && held->activity.requested == NULL)) {
        free_held(held);
        return false;
    }
    held->bytes = bytes;
    held->next = *bucket;
    *bucket = held;
    s->held_count++;
    s->held_bytes += bytes;
    bpf_waits(s, a->pid);
    return true;
}

static void take_out(struct source *s, struct bpf_held **link)
{
    s->held_count--;
    s->held_bytes -= (*link)->bytes;
    *link = (*link)->next;
}

/* Of the thread: taken out. */
static struct bpf_held *take_held(struct source *s, pid_t tid)
{
    for (struct bpf_held **link = &s->held[(unsigned)tid % BPF_BUCKETS]; *link != NULL;
         link = &(*link)->next) {
        struct bpf_held *held = *link;

        if (held->activity.tid == tid) {
            take_out(s, link);
            return held;
        }
    }
    return NULL;
}

void bpf_settle(struct source *s, pid_t tid)
{
    struct bpf_held *held = take_held(s, tid);

    if (held == NULL)
        return;
    bpf_deliver(s, &held->activity);
    free_held(held);
}

void bpf_forget_held(struct source *s, pid_t pid)
{
    const struct bpf_process *p = pid != 0 ? bpf_process_find(s, pid) : NULL;

    if (p != NULL && !p->waits)
        return;
    for (unsigned i = 0; s->held_count > 0 && i < BPF_BUCKETS; i++) {
        struct bpf_held **link = &s->held[i];

        while (*link != NULL) {
            struct bpf_held *held = *link;

            if (pid != 0 && held->activity.pid != pid) {
                link = &held->next;
                continue;
            }
            take_out(s, link);
            s->count.never_returned++;
            free_held(held);
        }
    }
}

/* The call that this record is of goes on from one that was interrupted, or tells that it does
   not. */
static void go_on_from_held(struct source *s, const struct probe_record *r, struct activity *a)
{
    struct bpf_held *held;

    if (s->held_count == 0 || r->marks & PROBE_RESTART_OPEN)
        return;
    if (!(r->marks & PROBE_RESTARTED)) {
        bpf_settle(s, r->tid);
        return;
    }
    held = take_held(s, r->tid);
    if (held == NULL)
        return;
    a->start_ns = held->activity.start_ns;
    free_held(held);
}

/*
 * A failure's errno value. What answers a call in the kernel's place, a tracer or a supervisor by
 * seccomp, may answer anything: what is no error to libraries has no name here either.
 */
#define ERROR_MAX 4095

static int error_of(int32_t result)
{
    return result >= -ERROR_MAX ? -result : ERROR_MAX;
}

/* The name as the program gave it, where it is known for certain and another than the path. A
   failure's is as certain as its path is. */
static void fill_requested(const struct bpf_taken *t, struct activity *a, proc_path buffer)
{
    uint32_t unknown = PROBE_NAME_UNREADABLE | PROBE_NAME_MADE | PROBE_BY_HANDLE | PROBE_WHOLE;
    const char *whole;

    if (a->error == 0)
        unknown |= PROBE_SHARED_NAME | PROBE_NAME_CUT;
    if (t->r->marks & unknown || t->name[0] == '\0')
        return;
    if (strcmp(t->name, a->path) != 0)
        a->requested = t->name;
    if (a->error != 0 || t->r->marks & PROBE_MOVED)
        return;
    whole = bpf_requested(t, buffer);
    if (whole != NULL && strcmp(whole, a->path) != 0)
        a->requested_path = whole;
}

/* May another name than this have been asked for, or another file have been opened? */
static bool is_uncertain(const struct bpf_taken *t, const struct activity *a)
{
    uint32_t marks = t->r->marks;

    if (a->name_unread || marks & PROBE_WHOLE)
        return false;
    if (marks & PROBE_DOUBTED)
        return true;
    return marks & (PROBE_SHARED_NAME | PROBE_MOVED) && (a->error != 0 || marks & PROBE_PATHLESS);
}

static void deliver_call(struct source *s, const struct bpf_taken *t)
{
    const struct probe_record *r = t->r;
    struct activity a = bpf_begin(s, r, r->kind == PROBE_EXEC ? ACTIVITY_EXEC : ACTIVITY_OPEN);
    struct bpf_process *p = bpf_process_find(s, r->pid);
    struct proc_file file = {0};
    proc_path buffer, here, whole;

    go_on_from_held(s, r, &a);
    if (s->judged && a.unjudged && p != NULL && p->nameless) {
        bpf_lose(s, r, 1); /* perhaps: nobody can say whether it is wanted */
        return;
    }
    a.command_line_cut = p != NULL && p->program != NULL && p->program->command_line_cut;
    a.flags = r->flags;
    a.resolve = r->resolve;
    if (r->kind == PROBE_OPEN && r->flags & (O_CREAT | __O_TMPFILE))
        a.mode = r->mode;
    if (r->result < 0)
        a.error = error_of(r->result);
    if (r->marks & PROBE_NAME_UNREADABLE) {
        a.path = "";
        a.name_unread = true;
        s->count.unread++;
    } else if (r->result < 0) {
        a.path = bpf_absolute(t, buffer);
        a.path_truncated = r->marks & PROBE_NAME_CUT;
        if (a.error == ENOENT || a.error == ENOTDIR)
            a.parent_missing = bpf_parent_missing(s, t, a.path);
    } else {
        fill_success(s, t, &a, &file, buffer);
    }
    if (r->root_size > 0 && !a.name_unread)
        show_here(s, t, &a, file.path != NULL, here);
    fill_requested(t, &a, whole);
    a.path_uncertain = a.path_uncertain || is_uncertain(t, &a);
    if (!(r->marks & PROBE_INTERRUPTED && hold(s, &a)))
        bpf_deliver(s, &a);
    free(file.path);
}

/*
 * An exec whose file was told when it was opened: of a file that is interpreted the path is that
 * file's, and the name of a failure is the one that the kernel was given.
 */
static void deliver_exec(struct source *s, const struct bpf_taken *t, struct bpf_record *executed)
{
    struct probe_record *r = bpf_record_header(executed);
    struct bpf_taken opened;

    r->kind = PROBE_EXEC;
    r->marks = (r->marks & ~(uint32_t)PROBE_UNJUDGED) | (t->r->marks & PROBE_UNJUDGED);
    r->tid = t->r->tid;
    r->image = t->r->image;
    r->start = t->r->start;
    r->end = t->r->end;
    r->uid = t->r->uid;
    if (t->r->result >= 0 && t->r->marks & PROBE_SCRIPT &&
        !(r->marks & (PROBE_PATHLESS | PROBE_PATH_CUT)) &&
        bpf_take_apart(executed->data, executed->size, &opened)) {
        deliver_call(s, &opened);
    } else if (t->r->result < 0 && !(t->r->marks & PROBE_WHOLE) &&
               bpf_take_apart(executed->data, executed->size, &opened)) {
        struct probe_record failed = *t->r;

        /* The base is the failure's, which nobody but the thread itself can change. */
        failed.marks = (failed.marks & ~(uint32_t)(PROBE_SHARED_NAME | PROBE_NAME_UNREADABLE)) |
                       (r->marks & PROBE_NAME_CUT);
        opened.r = &failed;
        opened.path = t->path;
        opened.base = t->path;
        deliver_call(s, &opened);
    } else {
        deliver_call(s, t);
    }
}

void bpf_deliver_call(struct source *s, const struct bpf_taken *t)
{
    struct bpf_record *executed =
        t->r->kind == PROBE_EXEC && s->executed != NULL ? bpf_take_executed(s, t->r) : NULL;

    if (executed != NULL)
        deliver_exec(s, t, executed);
    else
        deliver_call(s, t);
    free(executed);
}
