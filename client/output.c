#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENOUGH (64 * 1024)

int output_open(struct output *o, const char *path, char **error)
{
    *o = (struct output){.name = "standard error", .fd = STDERR_FILENO};
    if (path != NULL && strcmp(path, "-") == 0) {
        o->name = "standard output";
        o->fd = STDOUT_FILENO;
    } else if (path != NULL) {
        o->name = path;
        o->owned = true;
        o->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (o->fd < 0) {
            set_message(error, "cannot open '%s': %s", path, strerror(errno));
            o->owned = false;
            o->failed = true; /* and that has been said */
            return -1;
        }
    }
    o->terminal = isatty(o->fd);
    return 0;
}

unsigned output_columns(const struct output *o)
{
    struct winsize size;

    return o->terminal && ioctl(o->fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool output_wants_color(const struct output *o)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return o->terminal && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

static void report(struct output *o, int reason)
{
    const char *quote = o->owned ? "'" : "";

    if (reason == EPIPE && o->pipe_is_quiet)
        o->reader_is_gone = true;
    else if (!o->failed)
        fprintf(stderr, "filetap: cannot write %s%s%s: %s; the trace ends here\n", quote, o->name,
                quote, strerror(reason));
    o->failed = true;
}

/* A regular file took part of a line: it is cut back to the last whole one. */
static void cut_to_lines(struct output *o, const char *data, size_t written)
{
    struct stat st;
    off_t end;
    size_t whole = written;

    while (whole > 0 && data[whole - 1] != '\n')
        whole--;
    if (!o->owned || whole == written || fstat(o->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    end = lseek(o->fd, 0, SEEK_CUR);
    if (end >= (off_t)(written - whole) && ftruncate(o->fd, end - (off_t)(written - whole)) != 0)
        fprintf(stderr, "filetap: the last line of '%s' is not whole\n", o->name);
}

/* The end of the event that byte `at` of what is pending is in; `at` where one begins there. */
static size_t end_of_event(const struct output *o, size_t at)
{
    const struct output_end *ends = (const void *)o->ends.data;
    size_t count = o->ends.length / sizeof(*ends), i = 0;

    if (at == 0)
        return 0;
    while (i < count && ends[i].at < at)
        i++;
    return i < count ? ends[i].at : o->pending.length;
}

/* The events that end up to there are no longer to be written. */
static void done_up_to(struct output *o, size_t at)
{
    const struct output_end *ends = (const void *)o->ends.data;
    size_t count = o->ends.length / sizeof(*ends), n = 0, failures = 0;

    for (; n < count && ends[n].at <= at; n++)
        failures += ends[n].failure;
    atomic_fetch_sub_explicit(&o->unwritten, n, memory_order_relaxed);
    atomic_fetch_sub_explicit(&o->unwritten_failures, failures, memory_order_relaxed);
}

/* How much of it is done with. */
static size_t write_pending(struct output *o)
{
    const struct buffer *b = &o->pending;
    size_t written = 0, enough = o->gave_up ? 0 : b->length;

    while (written < enough) {
        size_t wanted = enough - written;
        ssize_t n = write(o->fd, b->data + written, wanted);

        if (n >= 0) {
            written += n;
        } else if (errno == EAGAIN) {
            /* Somebody made our standard error non-blocking. */
            struct pollfd p = {.fd = o->fd, .events = POLLOUT};

            poll(&p, 1, -1);
        } else if (errno != EINTR) {
            int reason = errno;

            cut_to_lines(o, b->data, written);
            report(o, reason);
            return b->length;
        }
        if (n == (ssize_t)wanted || o->patience == NULL)
            continue;
        switch (o->patience(o->context)) {
        case OUTPUT_WAITS:
            break;
        case OUTPUT_ENDS_EVENT:
            enough = end_of_event(o, written);
            o->gave_up = true;
            break;
        case OUTPUT_ENDS:
            enough = written;
            o->gave_up = true;
            break;
        }
    }
    return enough;
}

void output_end_event(struct output *o, bool failure)
{
    const struct output_end end = {.at = o->pending.length, .failure = failure};

    buffer_add(&o->ends, &end, sizeof(end));
    atomic_fetch_add_explicit(&o->unwritten, 1, memory_order_relaxed);
    if (failure)
        atomic_fetch_add_explicit(&o->unwritten_failures, 1, memory_order_relaxed);
}

bool output_has_reader(const struct output *o)
{
    struct stat st;

    return fstat(o->fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

void output_pump(struct output *o, bool flush)
{
    if (o->pending.length < ENOUGH && !flush)
        return;
    done_up_to(o, o->failed ? o->pending.length : write_pending(o));
    o->pending.length = o->ends.length = 0;
}

bool output_close(struct output *o)
{
    output_pump(o, true);
    if (o->owned && close(o->fd) != 0 && !o->failed)
        report(o, errno);
    o->owned = false;
    buffer_free(&o->pending);
    buffer_free(&o->ends);
    return !o->failed;
}
