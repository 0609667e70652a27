#include "bpf_private.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Activities delivered before poll returns, so that its caller gets a turn. */
#define BATCH         512

/* Generations that are looked for, of a process that was there before us. */
#define ANCESTORS_MAX 64

/* What our time namespace's clock is ahead of the machine's, ns. The file is about the children's
   namespace: it is ours, but for one who has left that to his children. */
static int64_t boot_offset;

static void find_boot_offset(void)
{
    struct stat own, children;
    FILE *f;
    long long seconds, nanoseconds;
    char line[128];

    if (stat("/proc/self/ns/time", &own) < 0 ||
        stat("/proc/self/ns/time_for_children", &children) < 0 || own.st_ino != children.st_ino)
        return;
    f = fopen("/proc/self/timens_offsets", "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "boottime %lld %lld", &seconds, &nanoseconds) == 2)
            boot_offset = seconds * 1000000000ll + nanoseconds;
    }
    if (f != NULL)
        fclose(f);
}

/* As the kernel side has it. */
uint64_t bpf_boot_time(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct timespec t;

    pthread_once(&once, find_boot_offset);
    clock_gettime(CLOCK_BOOTTIME, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec - boot_offset;
}

void bpf_deliver(struct source *s, const struct activity *a)
{
    s->delivered++;
    s->sink(s->context, a);
}

struct activity bpf_begin(struct source *s, const struct probe_record *r, enum activity_kind kind)
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
        .uid_known = kind == ACTIVITY_OPEN || kind == ACTIVITY_EXEC || kind == ACTIVITY_REQUEST,
        .uid = r->uid,
    };
}

/* `unknown`: the process has an image now of which we were not told. */
static void lose(struct source *s, const struct probe_record *r, uint64_t count, bool unknown)
{
    struct bpf_process *p = bpf_process_find(s, r->pid);
    struct activity a = bpf_begin(s, r, ACTIVITY_LOST);

    a.count = count;
    a.unjudged = p == NULL || p->nameless || unknown;
    bpf_deliver(s, &a);
}

void bpf_lose(struct source *s, const struct probe_record *r, uint64_t count)
{
    lose(s, r, count, false);
}

/* ---- Processes ----------------------------------------------------------------------------- */

/*
 * What the record has no room for is read where it is now, if it still begins so: the process may
 * execute something else by now. What could not be read at once, because the page was not there, is
 * what it is now.
 */
static void take_arguments(const struct bpf_taken *t, size_t size, struct proc_image *image)
{
    const struct probe_record *r = t->r;
    bool cut = r->marks & PROBE_NAME_CUT, unread = r->marks & PROBE_NAME_UNREADABLE;

    if (cut || unread)
        image->command_line =
            proc_command_line(r->pid, t->name, unread ? 0 : size, &image->command_line_cut);
    if (image->command_line == NULL && size > 0 && !unread) {
        image->command_line = proc_quote(t->name, size, &image->command_line_cut);
        image->command_line_cut |= cut;
    }
}

/* What the record says of it. NULL: no memory. */
static struct proc_image *image_in(struct source *s, const struct bpf_taken *t)
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
        if (image->path != NULL)
            wine_by_linux_calls(s, r->pid, r->kind == PROBE_MET);
        /* Wine has moved its arguments towards the beginning, and left NULs behind them. */
        while (image->path != NULL && size > 1 && t->name[size - 2] == '\0')
            size--;
        if (image->path == NULL) {
            image->path = strdup(path);
            image->executed = proc_executed(path, r->comm, t->name, size);
        }
    } else {
        image->executed = proc_executed(NULL, r->comm, t->name, size);
        /* A file in memory: its name is not one of a file in a directory, but better than none. */
        if (r->marks & PROBE_PATHLESS && strncmp(t->path, "/memfd:", 7) == 0)
            image->path = strdup(t->path + 1);
    }
    take_arguments(t, size, image);
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
        a->executed = image->executed;
        a->command_line = image->command_line;
    }
    bpf_deliver(s, a);
}

/* Somebody that was there before us, of whom nothing has been heard. The activity says who. */
static void deliver_ancestor(struct source *s, struct activity *a, struct proc_image *image)
{
    a->kind = ACTIVITY_IMAGE;
    a->tid = a->pid;
    a->met = true;
    /* What the kernel side says of it later counts: no image is this one. */
    if (bpf_process_set(s, a->pid, 0, NULL) == NULL)
        return;
    if (image != NULL) {
        a->image = image->path;
        a->executed = image->executed;
        a->command_line = image->command_line;
    }
    bpf_deliver(s, a);
}

/*
 * Those from whom a process descends that was there before us, the eldest first: the drivers may
 * want it for their sake. The kernel side has told of the nearest; this is for those beyond them,
 * and for what found no room in the ring.
 */
void bpf_meet_ancestors(struct source *s, pid_t pid)
{
    struct activity met[ANCESTORS_MAX];
    unsigned count = 0;
    uint64_t started;

    while (pid > 0 && pid != s->root && bpf_process_find(s, pid) == NULL) {
        if (count == ANCESTORS_MAX || !proc_parent(pid, &met[count].ppid, &started)) {
            s->count.unknown_ancestors++;
            break;
        }
        met[count] = (struct activity){
            .pid = pid, .ppid = met[count].ppid, .start_ns = started - boot_offset + s->realtime};
        met[count].end_ns = met[count].start_ns;
        pid = met[count++].ppid;
    }
    while (count-- > 0) {
        struct proc_image *image = proc_image_read(met[count].pid);

        if (image != NULL)
            bpf_wine_look_up(met[count].pid, image);
        deliver_ancestor(s, &met[count], image);
        proc_image_unref(image);
    }
}

/* Has nobody else got the process's id since? /proc counts in ticks. */
static bool is_still(const struct probe_record *r)
{
    uint64_t started, tick = 1000000000ull / sysconf(_SC_CLK_TCK);
    pid_t parent;

    return proc_parent(r->pid, &parent, &started) &&
           (started - boot_offset) / tick == r->start / tick;
}

/* The kernel side told of one. What it cannot tell is the arguments: those are /proc's, if the
   process is still there. */
static void take_ancestor(struct source *s, const struct bpf_taken *t)
{
    const struct probe_record *r = t->r;
    struct activity a = {.pid = r->pid, .ppid = r->parent, .start_ns = r->start + s->realtime};
    struct proc_image *image;

    if ((pid_t)r->pid == s->root || bpf_process_find(s, r->pid) != NULL)
        return;
    bpf_meet_ancestors(s, r->parent); /* beyond those that it tells of */
    a.end_ns = a.start_ns;
    image = image_in(s, t);
    if (image != NULL) {
        free(image->command_line);
        image->command_line = proc_command_line(r->pid, "", 0, &image->command_line_cut);
        bpf_wine_look_up(r->pid, image);
        if (!is_still(r)) {
            proc_image_unref(image);
            image = image_in(s, t);
        }
    }
    deliver_ancestor(s, &a, image);
    proc_image_unref(image);
}

static void deliver_image(struct source *s, const struct bpf_taken *t, bool met)
{
    struct activity a = bpf_begin(s, t->r, ACTIVITY_IMAGE);
    struct proc_image *image = image_in(s, t);

    if (met)
        bpf_meet_ancestors(s, t->r->parent);
    if (t->r->mount_namespace != s->mount_namespace)
        bpf_namespace_meet(s, t->r);
    if (t->r->kind == PROBE_IMAGE && image != NULL && image->path != NULL)
        wine_meet(s, image->path);
    a.met = met;
    deliver_with_image(s, &a, t->r, image);
    proc_image_unref(image);
}

/* Its record was lost: what /proc says now. */
static void look_up_image(struct source *s, const struct bpf_taken *t, bool met)
{
    const struct probe_record *r = t->r;
    struct activity a = bpf_begin(s, r, ACTIVITY_IMAGE);
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

static void end_process(struct source *s, const struct probe_record *r, int status)
{
    struct activity a = bpf_begin(s, r, ACTIVITY_EXIT);

    wine_forget(s, r->pid);
    a.status = status;
    a.unjudged = false;
    bpf_deliver(s, &a);
    bpf_process_remove(s, r->pid);
}

/* Wine starts a program from a copy of a copy of the process that asked for it. */
static void note_copy(struct source *s, pid_t of, pid_t pid)
{
    struct bpf_process *parent = bpf_process_find(s, of), *copy = bpf_process_find(s, pid);

    if (copy == NULL)
        return;
    copy->copied = true;
    copy->creator = parent != NULL && parent->copied ? parent->creator : of;
    if (parent == NULL || !parent->handles)
        return;
    copy->nameless = parent->nameless;
    wine_inherit(s, of, pid);
}

static void deliver_fork(struct source *s, const struct probe_record *r)
{
    struct activity a = bpf_begin(s, r, ACTIVITY_FORK);
    struct bpf_process *parent;

    /* Of the process that had this id before, the end was not told. */
    if (bpf_process_find(s, r->pid) != NULL)
        end_process(s, r, 0);
    parent = bpf_process_find(s, r->parent);
    deliver_with_image(s, &a, r, parent != NULL ? parent->program : NULL);
    note_copy(s, r->parent, r->pid);
}

static void deliver_exit(struct source *s, const struct probe_record *r)
{
    if (bpf_process_find(s, r->pid) == NULL)
        return; /* told already, or never told of it */
    if ((pid_t)r->pid == s->root && !s->root_ended) {
        s->root_ended = true; /* its id may be used again */
        s->root_status = r->result;
    }
    end_process(s, r, r->result);
}

static void deliver_thread_exit(struct source *s, const struct probe_record *r)
{
    struct activity a = bpf_begin(s, r, ACTIVITY_THREAD_EXIT);

    wine_forget_thread(s, r->pid, r->tid);
    bpf_forget_executed(s, r->pid, r->tid);
    a.unjudged = false;
    if (bpf_process_find(s, r->pid) != NULL)
        bpf_deliver(s, &a);
}

/* ---- Records ------------------------------------------------------------------------------- */

/* Of these the name is bytes, or a structure. */
static bool has_text(const struct probe_record *r)
{
    return r->kind != PROBE_PART && r->kind != PROBE_REQUEST && r->kind != PROBE_PROGRAM;
}

/* Where the path is the file's, that of the directory comes after the name. */
static void take_base(struct bpf_taken *t)
{
    const struct probe_record *r = t->r;
    size_t name;

    t->base = "";
    if (r->kind == PROBE_OPEN || r->kind == PROBE_EXEC || r->kind == PROBE_EXECUTES) {
        name = strlen(t->name) + 1;
        if (r->result < 0 || r->marks & (PROBE_PATHLESS | PROBE_VANISHED | PROBE_SCRIPT))
            t->base = t->path;
        else if (r->name_size > name)
            t->base = t->name + name;
    } else if (r->kind == PROBE_SUBMITTED) {
        t->base = t->path;
    }
}

/* False: the record is none of ours. */
bool bpf_take_apart(const char *data, size_t size, struct bpf_taken *t)
{
    const char *path;
    uint64_t to_header;

    if (size < sizeof(to_header))
        return false;
    memcpy(&to_header, data, sizeof(to_header));
    if (to_header % 8 != 0 || to_header > size || size - to_header < sizeof(*t->r))
        return false;
    t->r = (const struct probe_record *)(data + to_header);
    if (t->r->path_size > to_header || t->r->name_size > size - to_header - sizeof(*t->r))
        return false;
    t->path = t->name = "";
    if (t->r->path_size > 0) {
        path = (const char *)t->r - t->r->path_size;
        t->path = path + t->r->root_size;
        if (t->r->root_size >= t->r->path_size ||
            t->r->within >= t->r->path_size - t->r->root_size ||
            (t->r->root_size > 0 && path[t->r->root_size - 1] != '\0') ||
            path[t->r->path_size - 1] != '\0')
            return false;
    } else if (t->r->root_size > 0) {
        return false;
    }
    if (t->r->name_size > 0) {
        t->name = (const char *)(t->r + 1);
        if (has_text(t->r) && t->name[t->r->name_size - 1] != '\0')
            return false;
    }
    take_base(t);
    return memchr(t->r->comm, '\0', sizeof(t->r->comm)) != NULL;
}

/* A file's name that changed while the kernel side copied it may have a NUL in it. */
size_t bpf_within(const struct bpf_taken *t)
{
    size_t length = strlen(t->path);

    return t->r->within < length ? t->r->within : length;
}

/* What must have been said of the process before what it does can be. */
static void catch_up(struct source *s, const struct bpf_taken *t)
{
    const struct probe_record *r = t->r;
    struct bpf_process *p = bpf_process_find(s, r->pid);

    if (p == NULL && (pid_t)r->pid == s->root)
        p = bpf_process_set(s, r->pid, r->image, NULL); /* our caller knows it */
    if (p == NULL || p->image != r->image)
        look_up_image(s, t, p == NULL);
}

/*
 * What was lost before this. Of a Windows program it is told apart what was lost of Wine's loader,
 * which it was before: that is what we know the process as, or, where the news came too late, knew
 * it as.
 */
static void tell_lost(struct source *s, const struct probe_record *r)
{
    struct bpf_process *p = bpf_process_find(s, r->pid);
    bool ends = r->kind == PROBE_EXIT || r->kind == PROBE_THREAD_EXIT;
    uint64_t before = r->kind == PROBE_PROGRAM ? r->lost : ends ? r->request : 0;
    uint64_t own = r->kind == PROBE_PROGRAM ? 0 : r->lost;
    bool looked_up = p != NULL && p->image == r->image;

    s->lost_told += before + own;
    if (before > 0 && !(looked_up && p->unwanted_before))
        bpf_lose(s, r, before);
    if (own > 0)
        lose(s, r, own, ends && !looked_up); /* the news of its image was lost, too */
}

bool bpf_is_unwanted(struct source *s, const struct probe_record *r)
{
    struct bpf_process *p = bpf_process_find(s, r->pid);

    return p != NULL && p->image == r->image && p->unwanted;
}

int bpf_take(struct source *s, const void *data, size_t size)
{
    struct bpf_taken t;

    if (!bpf_take_apart(data, size, &t))
        return -EBADMSG;
    if (t.r->pid == 0)
        return 0; /* has no id in our pid namespace */
    if (bpf_is_call(t.r->kind))
        catch_up(s, &t);
    if (t.r->kind == PROBE_MET)
        deliver_image(s, &t, true); /* whose losses these are */
    tell_lost(s, t.r);
    if ((t.r->kind == PROBE_OPEN || t.r->kind == PROBE_EXEC) && bpf_is_unwanted(s, t.r))
        return 0; /* what the kernel side sent before it heard of that */
    switch (t.r->kind) {
    case PROBE_OPEN:
    case PROBE_EXEC:
        bpf_deliver_call(s, &t);
        break;
    case PROBE_FORK:
        deliver_fork(s, t.r);
        break;
    case PROBE_IMAGE:
    case PROBE_RENAME:
        deliver_image(s, &t, false);
        break;
    case PROBE_MET:
        break;
    case PROBE_ANCESTOR:
        take_ancestor(s, &t);
        break;
    case PROBE_EXIT:
        bpf_forget_held(s, t.r->pid);
        bpf_forget_requests(s, t.r->pid);
        bpf_forget_executed(s, t.r->pid, 0);
        deliver_exit(s, t.r);
        break;
    case PROBE_SETTLED:
        bpf_settle(s, t.r->tid);
        break;
    case PROBE_SUBMITTED:
        bpf_submitted(s, &t, data, size);
        break;
    case PROBE_OPENED:
        bpf_opened(s, &t, data, size);
        break;
    case PROBE_EXECUTES:
        bpf_executes(s, &t, data, size);
        break;
    case PROBE_COMPLETED:
        bpf_completed(s, &t, data, size);
        break;
    case PROBE_THREAD_EXIT:
        deliver_thread_exit(s, t.r);
        break;
    default:
        if (!wine_take(s, &t))
            return -EBADMSG;
    }
    return s->delivered >= BATCH ? -EAGAIN : 0;
}
