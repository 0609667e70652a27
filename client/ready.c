#include "ready.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "quote.h"

#define NAMED 8 /* of what is watched; the others are counted */

static void join(struct buffer *b, size_t i, size_t count)
{
    if (i > 0)
        buffer_string(b, i + 1 == count ? " and " : ", ");
}

static void add_watched(struct buffer *b, const struct options *o)
{
    size_t count = o->verb == VERB_WATCH ? o->name_count : o->process_id_count;

    if (o->verb == VERB_ATTACH)
        buffer_string(b, count == 1 ? "process " : "processes ");
    for (size_t i = 0; i < count; i++) {
        join(b, i, count);
        if (i == NAMED) {
            buffer_printf(b, "%s%zu more", i + 1 == count ? "" : "and ", count - i);
            return;
        }
        if (o->verb == VERB_WATCH)
            quote_text(b, o->names[i], false);
        else
            buffer_decimal(b, o->process_ids[i]);
    }
}

static void tell_people(const struct options *o)
{
    struct buffer line = {0};

    buffer_string(&line, "filetap: watching ");
    add_watched(&line, o);
    buffer_string(&line, "; Ctrl-C ends\n");
    fwrite(line.data, 1, line.length, stderr);
    buffer_free(&line);
}

void ready_say(const struct options *o)
{
    static const char word[] = "ready\n";

    if (o->verb != VERB_RUN && o->output != NULL && strcmp(o->output, "-") != 0 && !o->quiet)
        tell_people(o);
    if (o->ready_fd < 0)
        return;
    while (write(o->ready_fd, word, sizeof(word) - 1) < 0 && errno == EINTR)
        ;
    close(o->ready_fd);
}
