/* Activities become processes and creates. */
#include "mounts.h"
#include "translate.h"
#include "../source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* UNICODE_STRING's Length is a multiple of 2 that fits 16 bits. */
#define MAX_UNITS  32767

#define UNIX_EPOCH 116444736000000000ull /* 1970-01-01 in 100 ns since 1601-01-01 */

uint64_t translate_time(uint64_t unix_ns)
{
    return unix_ns / 100 + UNIX_EPOCH;
}

/*
 * The NT path of an absolute Linux path, "\Device\HarddiskVolume1\etc\hosts". `within` gets the
 * part after the volume's name. False where it would be longer than a UNICODE_STRING can hold.
 */
struct nt_path {
    const struct mount *mount;
    UNICODE_STRING full, within;
    wchar_t *buffer; /* of one that is made again and again */
    size_t room;
};

static bool nt_path_make(struct nt_path *p, const char *path, uint64_t mount, uint64_t when_ns)
{
    size_t length, units;

    p->mount = mount_of(path, mount, when_ns);
    if (p->mount == NULL)
        return false;
    path += p->mount->point_length;
    if (*path == '\0')
        path = "/"; /* a mount point itself is its volume's root directory */
    length = strlen(path);
    if (p->mount->device_units + length > p->room) {
        size_t room = p->mount->device_units + length + 256;
        wchar_t *buffer = realloc(p->buffer, room * sizeof(wchar_t));

        if (buffer == NULL)
            return false;
        p->buffer = buffer;
        p->room = room;
    }
    memcpy(p->buffer, p->mount->device, p->mount->device_units * sizeof(wchar_t));
    units = translate_name(path, length, (uint16_t *)p->buffer + p->mount->device_units, false);
    if (p->mount->device_units + units > MAX_UNITS)
        return false;
    p->full.Buffer = p->buffer;
    p->full.Length = p->full.MaximumLength = (p->mount->device_units + units) * sizeof(wchar_t);
    p->within.Buffer = p->buffer + p->mount->device_units;
    p->within.Length = p->within.MaximumLength = units * sizeof(wchar_t);
    return true;
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
    struct nt_path path = {0};
    wchar_t *command_line = NULL;
    PEPROCESS process;

    if (image != NULL && image[0] == '/' && nt_path_make(&path, image, 0, a->start_ns))
        start.image = path.full;
    else if (inherited_image != NULL)
        start.image = *inherited_image;
    if (a->command_line != NULL) {
        size_t length = strlen(a->command_line);

        command_line = malloc((length + 1) * sizeof(wchar_t));
        if (command_line != NULL) {
            size_t units = translate_name(a->command_line, length, (uint16_t *)command_line, true);

            /* Linux takes command lines of megabytes; NT's end here. */
            if (units > MAX_UNITS)
                units = MAX_UNITS;
            start.command_line.Buffer = command_line;
            start.command_line.Length = units * sizeof(wchar_t);
            start.command_line.MaximumLength = start.command_line.Length;
        }
    }
    process = nt_process_start(&start, notify);
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
 * its id, its parent (NT does not give orphans a new one), and itself as its creator.
 */
static void feed_image(const struct activity *a)
{
    PEPROCESS old = nt_process_find(a->pid);
    uint32_t parent = a->ppid;

    if (old != NULL) {
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
static bool feed_create(const struct activity *a)
{
    static struct nt_path path;
    struct flt_create c = {0};
    struct translated_open t;
    PEPROCESS process = known_process(a);

    if (process == NULL || !nt_path_make(&path, a->path, a->mount, a->end_ns))
        return false;
    c.thread = nt_thread_of(process, a->tid);
    if (c.thread == NULL)
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
    c.volume = path.mount->volume;
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
    c.begin = translate_time(a->start_ns);
    c.end = translate_time(a->end_ns);
    flt_dispatch_create(&c);
    return true;
}

uint64_t translate_feed(const struct activity *a)
{
    switch (a->kind) {
    case ACTIVITY_OPEN:
    case ACTIVITY_EXEC:
        return feed_create(a) ? 0 : 1;
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
