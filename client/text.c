/*
 * For people: a line an event, the path last and never cut.
 *
 *     13:05:09.012345 cat[4711]    r-- opened         /etc/hostname
 *     13:05:09.012399 cat[4711]    r-- NAME NOT FOUND /nonexistent
 */
#include <inttypes.h>

#include "format.h"
#include "quote.h"
#include "tables.h"
#include "timestamp.h"

#define LEAST_PROCESS_WIDTH 12
#define MOST_PROCESS_WIDTH  24 /* a longer one pushes its own line only */
#define CLOCK_WIDTH         15
#define RESULT_WIDTH        14 /* NAME NOT FOUND */

#define FAILED              "\x1b[31m"
#define PLAIN               "\x1b[0m"

static size_t process_width(struct format_state *state)
{
    if (state->process_width < LEAST_PROCESS_WIDTH)
        state->process_width = LEAST_PROCESS_WIDTH;
    return state->process_width;
}

static void begin(struct buffer *b, struct format_state *state)
{
    size_t start = b->length;

    buffer_string(b, "TIME");
    buffer_pad(b, start, CLOCK_WIDTH + 1);
    start = b->length;
    buffer_string(b, "PROCESS");
    buffer_pad(b, start, process_width(state));
    buffer_string(b, " ACC RESULT         PATH\n");
}

static void process(struct buffer *b, struct format_state *state, const struct event *e)
{
    size_t start = b->length, width;

    quote_text(b, e->process->short_name, true);
    buffer_byte(b, '[');
    buffer_decimal(b, e->process_id);
    buffer_byte(b, ']');
    width = b->length - start;
    if (width > state->process_width && width <= MOST_PROCESS_WIDTH)
        state->process_width = width;
    buffer_pad(b, start, process_width(state));
}

/* What a successful create did, in small letters; failures are in capitals. */
static const char *open_result_word(uint64_t information)
{
    static const char *const words[] = {
        "superseded", "opened", "created", "overwritten", "exists", "does not exist",
    };

    return information < sizeof(words) / sizeof(words[0]) ? words[information] : "opened";
}

static void event(struct buffer *b, struct format_state *state, const struct event *e)
{
    bool failed = !status_success(e->status);
    size_t start;

    timestamp_clock(b, e->time);
    buffer_byte(b, ' ');
    process(b, state, e);
    buffer_byte(b, ' ');
    buffer_byte(b, access_reads(e->desired_access) ? 'r' : '-');
    buffer_byte(b, access_writes(e->desired_access) ? 'w' : '-');
    buffer_byte(b, access_executes(e->desired_access) ? 'x' : '-');
    buffer_byte(b, ' ');
    if (failed && state->color)
        buffer_string(b, FAILED);
    start = b->length;
    if (failed)
        status_words(b, e->status);
    else
        buffer_string(b, open_result_word(e->information));
    buffer_pad(b, start, RESULT_WIDTH);
    buffer_byte(b, ' ');
    if (e->path.units == NULL) {
        buffer_string(b, e->call != NULL && e->call->name_unread
                             ? "(name not read)"
                             : "(the driver could not get the name)");
    } else {
        size_t length = b->length;
        char separator = name_separator(e->path.form);

        quote_text(b, e->path.bytes, separator != '\\');
        if (e->path_truncated)
            buffer_string(b, "...");
        else if (e->directory && b->length > length && b->data[b->length - 1] != separator)
            buffer_byte(b, separator);
    }
    if (failed && state->color)
        buffer_string(b, PLAIN);
    buffer_byte(b, '\n');
}

static void loss(struct buffer *b, struct format_state *state, const struct loss *l)
{
    if (state->color)
        buffer_string(b, FAILED);
    buffer_printf(b, "*** lost here: %" PRIu64 " records", l->count);
    if (l->process_id != 0)
        buffer_printf(b, " of process %" PRIu32, l->process_id);
    buffer_string(b, " ***");
    if (state->color)
        buffer_string(b, PLAIN);
    buffer_byte(b, '\n');
}

const struct format format_text = {"text", begin, event, loss};
