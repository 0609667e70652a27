#include "ptrace_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a command line on Windows can hold at most; Linux takes megabytes. */
#define COMMAND_LINE_MAX 32766

static struct pt_tracee **bucket_of(struct source *s, pid_t tid)
{
    return &s->buckets[(unsigned)tid % PT_BUCKETS];
}

struct pt_tracee *pt_find(struct source *s, pid_t tid)
{
    struct pt_tracee *t = *bucket_of(s, tid);

    while (t != NULL && t->tid != tid)
        t = t->next_in_bucket;
    return t;
}

static void attach(struct pt_tracee *t, struct pt_process *process)
{
    t->process = process;
    t->next_thread = process->threads;
    t->thread_link = &process->threads;
    if (t->next_thread != NULL)
        t->next_thread->thread_link = &t->next_thread;
    process->threads = t;
    process->thread_count++;
}

struct pt_tracee *pt_add(struct source *s, pid_t tid, struct pt_process *process)
{
    struct pt_tracee *t = calloc(1, sizeof(*t)), **bucket = bucket_of(s, tid);

    if (t == NULL)
        return NULL;
    t->tid = tid;
    t->next_in_bucket = *bucket;
    *bucket = t;
    s->tracee_count++;
    if (process != NULL)
        attach(t, process);
    else
        s->held_count++;
    return t;
}

void pt_adopt(struct source *s, struct pt_tracee *t, struct pt_process *process)
{
    s->held_count--;
    attach(t, process);
}

void pt_remove(struct source *s, struct pt_tracee *t)
{
    struct pt_tracee **link = bucket_of(s, t->tid);
    struct pt_process *process = t->process;

    while (*link != t)
        link = &(*link)->next_in_bucket;
    *link = t->next_in_bucket;
    s->tracee_count--;
    if (process == NULL) {
        s->held_count--;
    } else {
        *t->thread_link = t->next_thread;
        if (t->next_thread != NULL)
            t->next_thread->thread_link = t->thread_link;
        process->thread_count--;
    }
    if (t->call.kind != PT_NO_CALL)
        s->count.never_returned++;
    pt_call_forget(&t->call);
    free(t);
}

struct pt_process *pt_process_add(struct source *s, pid_t pid, pid_t ppid, struct pt_image *image)
{
    struct pt_process *p = calloc(1, sizeof(*p));

    if (p == NULL) {
        pt_image_unref(image);
        return NULL;
    }
    p->pid = pid;
    p->ppid = ppid;
    p->image = image;
    p->next = s->processes;
    p->link = &s->processes;
    if (p->next != NULL)
        p->next->link = &p->next;
    s->processes = p;
    return p;
}

struct pt_process *pt_process_find(struct source *s, pid_t pid)
{
    struct pt_tracee *leader = pt_find(s, pid);

    return leader != NULL && leader->process != NULL && leader->process->pid == pid
               ? leader->process
               : NULL;
}

void pt_process_remove(struct source *s, struct pt_process *p)
{
    while (p->threads != NULL)
        pt_remove(s, p->threads);
    *p->link = p->next;
    if (p->next != NULL)
        p->next->link = p->link;
    pt_image_unref(p->image);
    free(p);
}

/* ---- Images -------------------------------------------------------------------------------- */

static size_t quote_argument(char *to, const char *argument)
{
    size_t n = 0, backslashes = 0;
    bool quotes = *argument == '\0' || argument[strcspn(argument, " \t\n\v\"")] != '\0';

    if (!quotes) {
        n = strlen(argument);
        memcpy(to, argument, n);
        return n;
    }
    to[n++] = '"';
    for (; *argument != '\0'; argument++) {
        if (*argument == '\\') {
            backslashes++;
        } else {
            /* Backslashes mean themselves, but not before a quote. */
            if (*argument == '"') {
                memset(to + n, '\\', backslashes + 1);
                n += backslashes + 1;
            }
            backslashes = 0;
        }
        to[n++] = *argument;
    }
    memset(to + n, '\\', backslashes);
    n += backslashes;
    to[n++] = '"';
    return n;
}

char *pt_quote(const char *arguments, size_t size)
{
    /* The worst are empty arguments, three bytes each, and quotes, two and the argument's two. */
    char *line = malloc(4 * size + 4);
    const char *end = arguments + size;
    size_t n = 0;

    if (line == NULL)
        return NULL;
    while (arguments < end) {
        if (n > 0)
            line[n++] = ' ';
        n += quote_argument(line + n, arguments);
        arguments += strlen(arguments) + 1;
    }
    if (n > COMMAND_LINE_MAX)
        n = COMMAND_LINE_MAX;
    line[n] = '\0';
    return line;
}

/* The argument strings as they lie in memory, the last one ended even where we stop reading. */
static size_t read_arguments(pid_t pid, char *to, size_t size)
{
    char link[32];
    size_t n = 0;
    ssize_t got;
    int fd;

    snprintf(link, sizeof(link), "/proc/%d/cmdline", pid);
    fd = open(link, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    while (n < size - 1 && (got = read(fd, to + n, size - 1 - n)) > 0)
        n += got;
    close(fd);
    if (n > 0 && to[n - 1] != '\0')
        to[n++] = '\0';
    return n;
}

struct pt_image *pt_image_read(pid_t pid)
{
    struct pt_image *image = calloc(1, sizeof(*image));
    char *arguments = malloc(COMMAND_LINE_MAX + 2);
    struct pt_file file;
    char link[32];
    size_t size;

    if (image == NULL || arguments == NULL)
        goto fail;
    image->references = 1;
    snprintf(link, sizeof(link), "/proc/%d/exe", pid);
    if (pt_look(link, &file) == 0)
        image->path = file.path;
    size = read_arguments(pid, arguments, COMMAND_LINE_MAX + 2);
    if (size > 0 && (image->command_line = pt_quote(arguments, size)) == NULL)
        goto fail;
    free(arguments);
    return image;
fail:
    free(arguments);
    if (image != NULL)
        free(image->path);
    free(image);
    return NULL;
}

struct pt_image *pt_image_ref(struct pt_image *image)
{
    if (image != NULL)
        image->references++;
    return image;
}

void pt_image_unref(struct pt_image *image)
{
    if (image == NULL || --image->references > 0)
        return;
    free(image->path);
    free(image->command_line);
    free(image);
}
