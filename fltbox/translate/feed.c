/* Activities become processes and creates. */
#include "path.h"
#include "translate.h"
#include "../source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNIX_EPOCH 116444736000000000ull /* 1970-01-01 in 100 ns since 1601-01-01 */

uint64_t translate_time(uint64_t unix_ns)
{
    return unix_ns / 100 + UNIX_EPOCH;
}

/* A name, in memory to be freed that *string points to; nothing where there is none. `text`: as it
   stands, not as a file is called. */
static void make_name(UNICODE_STRING *string, const char *name, bool text)
{
    size_t length = name != NULL ? strlen(name) : 0;

    *string = (UNICODE_STRING){0};
    if (length == 0 || (string->Buffer = malloc(length * sizeof(wchar_t))) == NULL)
        return;
    string->Length =
        sizeof(wchar_t) * translate_name(name, length, (uint16_t *)string->Buffer, text);
    string->MaximumLength = string->Length;
}

static PEPROCESS start_process(const struct activity *a, const char *image,
                               const UNICODE_STRING *inherited_image, uint32_t parent, bool notify)
{
    struct nt_process_start start = {
        .pid = a->pid,
        .parent_pid = parent,
        .creator_pid = a->kind == ACTIVITY_FORK ? parent : (uint32_t)a->pid,
        .creator_tid = a->kind == ACTIVITY_FORK ? 0 : a->tid,
        .time = translate_time(a->start_ns),
    };
    UNICODE_STRING without_path = {0};
    struct path path = {0};
    wchar_t *command_line = NULL;
    PEPROCESS process;

    if (a->kind == ACTIVITY_IMAGE && a->program != NULL) {
        if (path_make_windows(&path, &a->program->image, a->start_ns))
            start.image = path.full;
        start.session = a->program->session;
        start.command_line.Buffer = (wchar_t *)a->program->command_line;
        start.command_line.Length = start.command_line.MaximumLength =
            sizeof(wchar_t) * (a->program->command_line_units < PATH_MAX_UNITS
                                   ? a->program->command_line_units
                                   : PATH_MAX_UNITS);
    } else if (image != NULL && image[0] == '/' && path_make(&path, image, NULL, a->start_ns))
        start.image = path.full;
    else if (image != NULL && image[0] != '/' && image[0] != '\0') {
        make_name(&without_path, image, true);
        start.image = without_path;
    } else if (inherited_image != NULL)
        start.image = *inherited_image;
    if (a->command_line != NULL) {
        size_t length = strlen(a->command_line);

        command_line = malloc((length + 1) * sizeof(wchar_t));
        if (command_line != NULL) {
            size_t units = translate_name(a->command_line, length, (uint16_t *)command_line, true);

            /* Linux takes command lines of megabytes; NT's end here. */
            if (units > PATH_MAX_UNITS)
                units = PATH_MAX_UNITS;
            start.command_line.Buffer = command_line;
            start.command_line.Length = units * sizeof(wchar_t);
            start.command_line.MaximumLength = start.command_line.Length;
        }
    }
    make_name(&start.executed, a->executed, false);
    process = nt_process_start(&start, notify);
    free(start.executed.Buffer);
    free(without_path.Buffer);
    free(path.buffer);
    free(command_line);
    return process;
}

static char *link_target(const char *format, int pid)
{
    static char target[4097];
    char link[64];
    ssize_t n;

    snprintf(link, sizeof(link), format, pid);
    n = readlink(link, target, sizeof(target) - 1);
    if (n < 0)
        return NULL;
    target[n] = '\0';
    return target;
}

/* A process that ran before anyone could tell us of it. */
static PEPROCESS known_process(const struct activity *a)
{
    PEPROCESS process = nt_process_find(a->pid);

    if (process == NULL)
        process = start_process(a, link_target("/proc/%d/exe", a->pid), NULL, a->ppid, false);
    return process;
}

static void feed_fork(const struct activity *a)
{
    PEPROCESS parent = nt_process_find(a->ppid);

    start_process(a, a->image, parent != NULL ? nt_process_image(parent) : NULL, a->ppid, true);
}

/*
 * NT has no exec: a process keeps its image. So the old process ends and a new one begins that has
 * its id, its parent (NT does not give orphans a new one), and itself as its creator. Wine starts a
 * program by processes between it and the one that asked for it; that is its parent.
 */
static void feed_image(const struct activity *a)
{
    PEPROCESS old = nt_process_find(a->pid);
    uint32_t parent = a->ppid;

    if (old != NULL) {
        if (a->program == NULL || parent == 0)
            parent = nt_process_parent(old);
        nt_process_exit(a->pid, translate_time(a->start_ns), STATUS_SUCCESS);
    }
    /* One that ran before is no news on Windows either: drivers look it up when they meet it. */
    start_process(a, a->image, NULL, parent, !a->met);
}

static void feed_exit(const struct activity *a)
{
    if (nt_process_find(a->pid) != NULL)
        nt_process_exit(a->pid, translate_time(a->start_ns), a->status);
}

static void feed_thread_exit(const struct activity *a)
{
    PEPROCESS process = nt_process_find(a->pid);

    if (process != NULL)
        nt_thread_exit(process, a->tid);
}

/* False: the drivers could not be told. */
static bool dispatch(const struct activity *a, struct flt_create *c)
{
    PEPROCESS process = known_process(a);

    c->thread = process != NULL ? nt_thread_of(process, a->tid) : NULL;
    if (c->thread == NULL)
        return false;
    c->begin = translate_time(a->start_ns);
    c->end = translate_time(a->end_ns);
    flt_dispatch_create(c);
    return true;
}

static bool feed_create(const struct activity *a)
{
    static struct path path;
    const struct mount_place place = {
        .id = a->mount,
        .unique = a->mount_unique,
        .point_known = a->point_known,
        .point = a->mount_point,
        .elsewhere = a->path_elsewhere,
        .device = a->dev,
    };
    struct flt_create c = {0};
    struct translated_open t;

    /* What has no name has no volume either: it is told on that of the root directory. */
    c.unnamed = a->name_unread;
    if (!path_make(&path, c.unnamed ? "/" : a->path, c.unnamed ? NULL : &place, a->end_ns))
        return false;
    if (a->kind == ACTIVITY_EXEC) {
        /* What the creation of a process opens its image file with. */
        t = (struct translated_open){
            .desired_access = FILE_EXECUTE | SYNCHRONIZE,
            .disposition = FILE_OPEN,
            .options = FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT,
            .share = FILE_SHARE_READ | FILE_SHARE_DELETE,
        };
    } else {
        t = translate_open(a->flags, a->mode);
    }
    c.volume = path.volume;
    c.opened = c.normalized = path.within;
    c.desired_access = t.desired_access;
    c.options = t.options | t.disposition << 24;
    c.attributes = t.attributes;
    c.share = t.share;
    c.case_sensitive = true;
    c.status = translate_error(a->error, a->parent_missing);
    if (a->error == 0) {
        c.information = a->created ? FILE_CREATED
                        : a->kind == ACTIVITY_OPEN && (t.disposition == FILE_OVERWRITE ||
                                                       t.disposition == FILE_OVERWRITE_IF)
                            ? FILE_OVERWRITTEN
                            : FILE_OPENED;
        c.directory = S_ISDIR(a->type);
        c.file_id[0] = a->ino;
        c.file_id[1] = a->dev;
    }
    return dispatch(a, &c);
}

static uint64_t refused;

uint64_t translate_refused(void)
{
    return refused;
}

/* A Windows program's. */
static bool feed_request(const struct activity *a)
{
    static struct path path;
    struct flt_create c = {0};

    if (!path_make_windows(&path, &a->request->file, a->end_ns)) {
        if (!path.too_long)
            return false;
        refused++;
        return true;
    }
    translate_request(a->request, &path, &c);
    return dispatch(a, &c);
}

uint64_t translate_feed(const struct activity *a)
{
    switch (a->kind) {
    case ACTIVITY_OPEN:
    case ACTIVITY_EXEC:
        return feed_create(a) ? 0 : 1;
    case ACTIVITY_REQUEST:
        return feed_request(a) ? 0 : 1;
    case ACTIVITY_FORK:
        feed_fork(a);
        return 0;
    case ACTIVITY_IMAGE:
        feed_image(a);
        return 0;
    case ACTIVITY_EXIT:
        feed_exit(a);
        return 0;
    case ACTIVITY_THREAD_EXIT:
        feed_thread_exit(a);
        return 0;
    case ACTIVITY_LOST:
        return a->count;
    }
    return 0;
}
