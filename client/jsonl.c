/* JSON lines: one object a line, the same keys in each (docs/formats.md). */
#include <inttypes.h>

#include "format.h"
#include "quote.h"
#include "tables.h"
#include "timestamp.h"

static void key_string(struct buffer *b, const char *key, const char *value)
{
    buffer_printf(b, ",\"%s\":", key);
    quote_json(b, value);
}

static void key_boolean(struct buffer *b, const char *key, bool value)
{
    buffer_printf(b, ",\"%s\":%s", key, value ? "true" : "false");
}

struct list {
    struct buffer *buffer;
    size_t count;
};

static void list_one(void *context, const char *name)
{
    struct list *list = context;

    if (list->count++ > 0)
        buffer_byte(list->buffer, ',');
    quote_json(list->buffer, name);
}

static void key_flags(struct buffer *b, const char *key, const struct flag *flags, uint32_t mask)
{
    struct list list = {.buffer = b};

    buffer_printf(b, ",\"%s\":[", key);
    flags_each(flags, mask, list_one, &list);
    buffer_byte(b, ']');
}

/* An NT name is written from its units, which are exact; its bytes are not always. */
static void key_shown_name(struct buffer *b, const char *key, const struct name *name)
{
    if (name->units != NULL && !name->is_nt) {
        key_string(b, key, name->bytes);
        return;
    }
    buffer_printf(b, ",\"%s\":", key);
    quote_json_utf16(b, name->units, name->count);
}

static void key_process(struct buffer *b, const struct event *e)
{
    const struct process *p = e->process;

    key_string(b, "process", p->image.units != NULL ? p->short_name : NULL);
    key_shown_name(b, "image", &p->image);
    buffer_printf(b, ",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32, e->process_id, e->thread_id);
}

/* With a process's first event only: they are long, and the same for all. */
static void key_first(struct buffer *b, const struct process *p)
{
    if (p->parent_id != 0)
        buffer_printf(b, ",\"ppid\":%" PRIu32, p->parent_id);
    if (p->command_line != NULL)
        key_string(b, "command_line", p->command_line);
}

static void event(struct buffer *b, struct format_state *state, const struct event *e)
{
    bool success = status_success(e->status);

    (void)state;
    buffer_printf(b, "{\"seq\":%" PRIu64 ",\"time\":\"", e->sequence);
    timestamp_rfc3339(b, e->time);
    buffer_byte(b, '"');
    key_process(b, e);
    key_string(b, "operation", "CreateFile");
    key_shown_name(b, "path", &e->path);
    buffer_string(b, ",\"nt_path\":");
    quote_json_utf16(b, e->path.units, e->path.count);
    buffer_string(b, ",\"result\":\"");
    status_words(b, e->status);
    buffer_printf(b, "\",\"status\":\"0x%08" PRIX32 "\"", e->status);
    key_string(b, "status_name", status_name(e->status));
    key_boolean(b, "success", success);
    key_boolean(b, "read", access_reads(e->desired_access));
    key_boolean(b, "write", access_writes(e->desired_access));
    key_boolean(b, "execute", access_executes(e->desired_access));
    buffer_printf(b, ",\"desired_access\":\"0x%08" PRIX32 "\"", e->desired_access);
    key_string(b, "disposition", disposition_name(e->disposition));
    key_flags(b, "options", option_flags, e->options);
    buffer_printf(b, ",\"attributes\":\"0x%08" PRIX32 "\"", e->attributes);
    key_flags(b, "share", share_flags, e->share);
    key_string(b, "open_result", success ? open_result_name(e->information) : NULL);
    key_boolean(b, "directory", e->directory);
    buffer_printf(b, ",\"duration_us\":%" PRIu64 ".%u", e->duration / 10,
                  (unsigned)(e->duration % 10));
    if (e->path_truncated)
        key_boolean(b, "path_truncated", true);
    if (e->process->image.units != NULL && e->process->events == 0)
        key_first(b, e->process);
    buffer_string(b, "}\n");
}

static void loss(struct buffer *b, struct format_state *state, const struct loss *l)
{
    (void)state;
    if (l->sequence != 0)
        buffer_printf(b, "{\"seq\":%" PRIu64, l->sequence);
    else
        buffer_string(b, "{\"seq\":null");
    buffer_printf(b, ",\"operation\":\"lost\",\"count\":%" PRIu64, l->count);
    if (l->process_id != 0)
        buffer_printf(b, ",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32, l->process_id, l->thread_id);
    buffer_string(b, "}\n");
}

const struct format format_jsonl = {"jsonl", NULL, event, loss};
