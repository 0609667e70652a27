/*
 * For people: a line an event, the path last and never cut.
 *
 *     13:05:09.012345 cat[4711]    r-- opened         /etc/hostname
 *     13:05:09.012399 cat[4711]    r-- NAME NOT FOUND /nonexistent
 *
 * On a terminal that is narrow the path gets room from the other columns.
 */
#include <inttypes.h>
#include <string.h>

#include "format.h"
#include "quote.h"
#include "tables.h"
#include "timestamp.h"

#define FAILED "\x1b[31m"
#define PLAIN  "\x1b[0m"

/* A column begins with its least width and grows with what it has to hold. What is longer than the
   most pushes its own line only. */
struct layout {
    unsigned columns;      /* for terminals with fewer; 0: for others */
    unsigned clock_digits; /* behind the point */
    size_t clock, least_process, most_process, least_result, most_result;
};

static const struct layout layouts[] = {
    {72, 0, 8, 8, 16, 8, 14}, /* NAME NOT FOUND */
    {100, 3, 12, 12, 20, 14, 14},
    {0, 6, 15, 12, 24, 14, 22},
};

static const struct layout *layout_of(const struct format_state *state)
{
    const struct layout *l = layouts;

    while (l->columns != 0 && (state->columns == 0 || state->columns >= l->columns))
        l++;
    return l;
}

/* Pads what was added since `start`, and keeps in mind how wide the column is now. */
static void end_column(struct buffer *b, size_t start, size_t *width, size_t least, size_t most)
{
    size_t own = b->length - start;

    if (*width < least)
        *width = least;
    if (own > *width && own <= most)
        *width = own;
    buffer_pad(b, start, *width);
    buffer_byte(b, ' ');
}

static void begin(struct buffer *b, struct format_state *state)
{
    const struct layout *l = layout_of(state);
    size_t start = b->length;

    buffer_string(b, "TIME");
    buffer_pad(b, start, l->clock + 1);
    start = b->length;
    buffer_string(b, "PROCESS");
    end_column(b, start, &state->process_width, l->least_process, l->most_process);
    buffer_string(b, "ACC ");
    start = b->length;
    buffer_string(b, "RESULT");
    end_column(b, start, &state->result_width, l->least_result, l->most_result);
    buffer_string(b, "PATH\n");
}

static void process(struct buffer *b, struct format_state *state, const struct event *e)
{
    const struct layout *l = layout_of(state);
    size_t start = b->length;

    quote_text(b, e->process->short_name, true);
    buffer_byte(b, '[');
    buffer_decimal(b, e->process_id);
    buffer_byte(b, ']');
    end_column(b, start, &state->process_width, l->least_process, l->most_process);
}

/* What a successful create did, in small letters; failures are in capitals. */
static const char *open_result_word(uint64_t information)
{
    static const char *const words[] = {
        "superseded", "opened", "created", "overwritten", "exists", "does not exist",
    };

    return information < sizeof(words) / sizeof(words[0]) ? words[information] : "opened";
}

static void result(struct buffer *b, struct format_state *state, const struct event *e)
{
    const struct layout *l = layout_of(state);
    const char *word = NULL;
    size_t start = b->length;

    if (state->errno_words && e->call != NULL && e->call->error > 0)
        word = strerrorname_np(e->call->error);
    if (word != NULL)
        buffer_string(b, word);
    else if (!status_success(e->status))
        status_words(b, e->status);
    else
        buffer_string(b, open_result_word(e->information));
    end_column(b, start, &state->result_width, l->least_result, l->most_result);
}

static void path(struct buffer *b, const struct format_state *state, const struct event *e)
{
    const struct call *c = e->call;

    if (e->path.units == NULL) {
        buffer_string(b, c != NULL && c->name_unread ? "(name not read)"
                                                     : "(the driver could not get the name)");
    } else {
        quote_text(b, e->path.bytes, e->path.form == NAME_UNIX);
        if (e->path_truncated)
            buffer_string(b, "...");
        else if (event_needs_separator(e))
            buffer_byte(b, name_separator(e->path.form));
    }
    if (c == NULL)
        return;
    if (c->path_uncertain)
        buffer_byte(b, '?');
    if (c->path_elsewhere)
        buffer_string(b, " (not mounted here)");
    if (state->requested && c->requested != NULL && strcmp(c->requested, e->path.bytes) != 0) {
        buffer_string(b, " <- ");
        quote_text(b, c->requested, true);
    }
}

static void event(struct buffer *b, struct format_state *state, const struct event *e)
{
    bool failed = !status_success(e->status);

    timestamp_clock(b, e->time, layout_of(state)->clock_digits);
    buffer_byte(b, ' ');
    process(b, state, e);
    buffer_byte(b, access_reads(e->desired_access) ? 'r' : '-');
    buffer_byte(b, access_writes(e->desired_access) ? 'w' : '-');
    buffer_byte(b, access_executes(e->desired_access) ? 'x' : '-');
    buffer_byte(b, ' ');
    if (failed && state->color)
        buffer_string(b, FAILED);
    result(b, state, e);
    path(b, state, e);
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
