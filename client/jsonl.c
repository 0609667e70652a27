/* JSON lines: one object a line, the same keys in each (docs/formats.md). */
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "quote.h"
#include "tables.h"
#include "timestamp.h"
#include "users.h"

/* Keys stand ready with their punctuation: nothing here goes through printf, which would take most
   of the time that a line takes. */
#define KEY(name) ",\"" name "\":"

static void key_string(struct buffer *b, const char *key, const char *value)
{
    buffer_string(b, key);
    quote_json(b, value);
}

/* A name from our own tables, which holds nothing to be escaped. NULL: null. */
static void word(struct buffer *b, const char *name)
{
    if (name == NULL) {
        buffer_string(b, "null");
        return;
    }
    buffer_byte(b, '"');
    buffer_string(b, name);
    buffer_byte(b, '"');
}

static void key_word(struct buffer *b, const char *key, const char *name)
{
    buffer_string(b, key);
    word(b, name);
}

static void key_boolean(struct buffer *b, const char *key, bool value)
{
    buffer_string(b, key);
    buffer_string(b, value ? "true" : "false");
}

static void key_number(struct buffer *b, const char *key, uint64_t value)
{
    buffer_string(b, key);
    buffer_decimal(b, value);
}

static void key_hex(struct buffer *b, const char *key, uint32_t value)
{
    buffer_string(b, key);
    buffer_byte(b, '"');
    buffer_hex32(b, value);
    buffer_byte(b, '"');
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
    word(list->buffer, name);
}

static void key_flags(struct buffer *b, const char *key, const struct flag *flags, uint32_t mask)
{
    struct list list = {.buffer = b};

    buffer_string(b, key);
    buffer_byte(b, '[');
    flags_each(flags, mask, list_one, &list);
    buffer_byte(b, ']');
}

/* An NT name is written from its units, which are exact; its bytes are not always. */
static void key_shown_name(struct buffer *b, const char *key, const struct name *name)
{
    if (name->units != NULL && name->form != NAME_NT) {
        key_string(b, key, name->bytes);
        return;
    }
    buffer_string(b, key);
    quote_json_utf16(b, name->units, name->count);
}

/* A directory's ends with a separator, as everywhere where it is shown. */
static void key_path(struct buffer *b, const struct event *e)
{
    key_shown_name(b, KEY("path"), &e->path);
    if (!event_needs_separator(e))
        return;
    b->length--;
    if (name_separator(e->path.form) == '\\')
        buffer_byte(b, '\\');
    buffer_byte(b, name_separator(e->path.form));
    buffer_byte(b, '"');
}

/* What is shown as a Unix path needs no second one. */
static void key_unix_path(struct buffer *b, const struct format_state *state,
                          const struct name *name)
{
    char *path;

    if (state->unix_path == NULL || name->units == NULL || name->form == NAME_UNIX)
        return;
    path = state->unix_path(name->units, name->count);
    if (path != NULL)
        key_string(b, KEY("unix_path"), path);
    free(path);
}

static void key_process(struct buffer *b, const struct event *e)
{
    const struct process *p = e->process;

    key_string(b, KEY("process"), p->image.units != NULL ? p->short_name : NULL);
    key_shown_name(b, KEY("image"), &p->image);
    key_number(b, KEY("pid"), e->process_id);
    key_number(b, KEY("tid"), e->thread_id);
}

/* With a process's first event only: they are long, and the same for all. */
static void key_first(struct buffer *b, const struct event *e)
{
    const struct process *p = e->process;

    if (p->parent_id != 0)
        key_number(b, KEY("ppid"), p->parent_id);
    if (p->command_line != NULL)
        key_string(b, KEY("command_line"), p->command_line);
    if (p->command_line != NULL && e->call != NULL && e->call->command_line_cut)
        key_boolean(b, KEY("command_line_cut"), true);
}

/* What the name was before it was looked up. */
static void key_requested(struct buffer *b, const struct event *e)
{
    const struct call *c = e->call;

    if (c->requested != NULL && strcmp(c->requested, e->path.bytes) != 0)
        key_string(b, KEY("requested"), c->requested);
    if (c->path_elsewhere)
        key_boolean(b, KEY("mounted_here"), false);
    if (c->path_uncertain)
        key_boolean(b, KEY("path_certain"), false);
    if (c->name_unread)
        key_boolean(b, KEY("name_read"), false);
}

/* The system's own word for the failure, and who asked. */
static void key_system(struct buffer *b, const struct call *c)
{
    if (c->error > 0)
        key_word(b, KEY("errno"), strerrorname_np(c->error));
    if (!c->uid_known)
        return;
    key_number(b, KEY("uid"), c->uid);
    key_string(b, KEY("user"), user_name(c->uid));
}

static void event(struct buffer *b, struct format_state *state, const struct event *e)
{
    bool success = status_success(e->status);

    buffer_string(b, "{\"seq\":");
    buffer_decimal(b, e->sequence);
    buffer_string(b, KEY("time") "\"");
    timestamp_rfc3339(b, e->time);
    buffer_byte(b, '"');
    key_process(b, e);
    buffer_string(b, KEY("operation") "\"CreateFile\"");
    key_path(b, e);
    buffer_string(b, KEY("nt_path"));
    quote_json_utf16(b, e->path.units, e->path.count);
    key_unix_path(b, state, &e->path);
    if (e->call != NULL)
        key_requested(b, e);
    buffer_string(b, KEY("result") "\"");
    status_words(b, e->status);
    buffer_byte(b, '"');
    key_hex(b, KEY("status"), e->status);
    key_word(b, KEY("status_name"), status_name(e->status));
    key_boolean(b, KEY("success"), success);
    key_boolean(b, KEY("read"), access_reads(e->desired_access));
    key_boolean(b, KEY("write"), access_writes(e->desired_access));
    key_boolean(b, KEY("execute"), access_executes(e->desired_access));
    key_hex(b, KEY("desired_access"), e->desired_access);
    key_word(b, KEY("disposition"), disposition_name(e->disposition));
    key_flags(b, KEY("options"), option_flags, e->options);
    key_hex(b, KEY("attributes"), e->attributes);
    key_flags(b, KEY("share"), share_flags, e->share);
    key_word(b, KEY("open_result"), success ? open_result_name(e->information) : NULL);
    key_boolean(b, KEY("directory"), e->directory);
    key_number(b, KEY("duration_us"), e->duration / 10);
    buffer_byte(b, '.');
    buffer_decimal(b, e->duration % 10);
    if (e->path_truncated)
        key_boolean(b, KEY("path_truncated"), true);
    if (e->call != NULL)
        key_system(b, e->call);
    if (e->process->image.units != NULL && e->process->events == 0)
        key_first(b, e);
    buffer_string(b, "}\n");
}

static void loss(struct buffer *b, struct format_state *state, const struct loss *l)
{
    (void)state;
    buffer_string(b, "{\"seq\":");
    if (l->sequence != 0)
        buffer_decimal(b, l->sequence);
    else
        buffer_string(b, "null");
    buffer_string(b, KEY("operation") "\"lost\"");
    key_number(b, KEY("count"), l->count);
    if (l->process_id != 0) {
        key_number(b, KEY("pid"), l->process_id);
        key_number(b, KEY("tid"), l->thread_id);
    }
    buffer_string(b, "}\n");
}

const struct format format_jsonl = {"jsonl", NULL, event, loss};
