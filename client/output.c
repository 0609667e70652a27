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

    if (!o->failed)
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

static void write_pending(struct output *o)
{
    const struct buffer *b = &o->pending;
    size_t written = 0;

    while (written < b->length) {
        ssize_t n = write(o->fd, b->data + written, b->length - written);

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
            return;
        }
    }
}

void output_pump(struct output *o, bool flush)
{
    if (o->pending.length < ENOUGH && !flush)
        return;
    if (!o->failed)
        write_pending(o);
    o->pending.length = 0;
}

bool output_close(struct output *o)
{
    output_pump(o, true);
    if (o->owned && close(o->fd) != 0 && !o->failed)
        report(o, errno);
    o->owned = false;
    buffer_free(&o->pending);
    return !o->failed;
}
