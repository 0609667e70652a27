/* Process Monitor's CSV: its seven default columns, its quoting and its words. */
#include <inttypes.h>
#include <stdlib.h>

#include "format.h"
#include "quote.h"
#include "tables.h"
#include "timestamp.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

static void begin(struct buffer *b, struct format_state *state)
{
    (void)state;
    buffer_string(b,
                  BYTE_ORDER_MARK "\"Time of Day\",\"Process Name\",\"PID\",\"Operation\",\"Path\","
                                  "\"Result\",\"Detail\"\r\n");
}

/* None of these words holds a double quote. */
static void detail(struct buffer *b, const struct event *e)
{
    const char *disposition = disposition_name(e->disposition);

    buffer_string(b, "Desired Access: ");
    if (e->desired_access != 0)
        flags_join(b, access_flags, access_map_generic(e->desired_access), ", ");
    else
        buffer_string(b, "None");
    buffer_string(b, ", Disposition: ");
    buffer_string(b, disposition != NULL ? disposition : "<unknown>");
    buffer_string(b, ", Options: ");
    flags_join(b, option_flags, e->options, ", ");
    buffer_string(b, ", Attributes: ");
    if (e->attributes != 0)
        flags_join(b, attribute_flags, e->attributes, "");
    else
        buffer_string(b, "n/a");
    buffer_string(b, ", ShareMode: ");
    if (e->share != 0)
        flags_join(b, share_flags, e->share, ", ");
    else
        buffer_string(b, "None");
    /* Nobody asks for one in advance on Linux. */
    buffer_string(b, ", AllocationSize: ");
    buffer_string(b, disposition_creates(e->disposition) ? "0" : "n/a");
    if (status_success(e->status)) {
        const char *result = open_result_name(e->information);

        buffer_string(b, ", OpenResult: ");
        buffer_string(b, result != NULL ? result : "<unknown>");
    }
}

static void event(struct buffer *b, struct format_state *state, const struct event *e)
{
    (void)state;
    buffer_byte(b, '"');
    timestamp_time_of_day(b, e->time);
    buffer_string(b, "\",");
    quote_csv(b, e->process->short_name);
    buffer_string(b, ",\"");
    buffer_decimal(b, e->process_id);
    buffer_string(b, "\",\"CreateFile\",");
    quote_csv(b, e->path.bytes);
    buffer_string(b, ",\"");
    status_words(b, e->status);
    buffer_string(b, "\",\"");
    detail(b, e);
    buffer_string(b, "\"\r\n");
}

static void loss(struct buffer *b, struct format_state *state, const struct loss *l)
{
    (void)state;
    buffer_byte(b, '"');
    if (l->time != 0)
        timestamp_time_of_day(b, l->time);
    buffer_string(b, "\",\"\",\"");
    if (l->process_id != 0)
        buffer_printf(b, "%" PRIu32, l->process_id);
    buffer_printf(b, "\",\"Lost\",\"\",\"\",\"Records: %" PRIu64 "\"\r\n", l->count);
}

const struct format format_csv = {"csv", begin, event, loss};
