#include "decode.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "filetap/protocol.h"
#include "processes.h"
#include "utf.h"

#define MAJOR_CREATE 0 /* IRP_MJ_CREATE */

struct decoder {
    struct decoder_sink sink;
    user_path_fn *user_path;
    struct processes *processes;
    struct process nobody; /* for events of processes that were not named */
    struct decoder_counts counts;
    uint64_t next_sequence;
    uint64_t last_time;
};

struct decoder *decoder_new(const struct decoder_sink *sink, user_path_fn *user_path)
{
    struct decoder *d = allocate(sizeof(*d));

    d->sink = *sink;
    d->user_path = user_path;
    d->processes = processes_new();
    d->nobody.short_name = "?";
    d->next_sequence = 1;
    return d;
}

void decoder_free(struct decoder *d)
{
    if (d == NULL)
        return;
    processes_free(d->processes);
    free(d);
}

const struct decoder_counts *decoder_counts(const struct decoder *d)
{
    return &d->counts;
}

static void problem(struct decoder *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void problem(struct decoder *d, const char *format, ...)
{
    char message[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    d->counts.problems++;
    d->sink.problem(d->sink.context, message);
}

/* A record has `span` sequence numbers: 1, or as many as were lost. */
static void take_sequence(struct decoder *d, uint64_t sequence, uint64_t span)
{
    if (sequence > d->next_sequence) {
        uint64_t gap = sequence - d->next_sequence;

        d->counts.missing += gap;
        problem(d, "%" PRIu64 " records are missing before number %" PRIu64, gap, sequence);
    } else if (sequence < d->next_sequence) {
        problem(d, "record %" PRIu64 " follows record %" PRIu64, sequence, d->next_sequence - 1);
    }
    /* A wild number must not wrap around and so explain itself. */
    d->next_sequence = sequence > UINT64_MAX - span ? UINT64_MAX : sequence + span;
}

/* Copies `size` bytes of fixed part; false where the record is shorter. */
static bool take_fixed(struct decoder *d, const char *at, const struct ft_record *r, void *record,
                       size_t size, const char *what)
{
    if (r->size < size) {
        problem(d, "record %" PRIu64 ": a %s record of %u bytes", r->sequence, what, r->size);
        return false;
    }
    memcpy(record, at, size);
    return true;
}

static bool feed_process(struct decoder *d, const char *at, const struct ft_record *r)
{
    struct ft_process_record record;
    struct process *p;
    size_t variable;

    if (!take_fixed(d, at, r, &record, sizeof(record), "process"))
        return false;
    variable = r->size - sizeof(record);
    if (record.image_length % 2 != 0 || record.command_line_length % 2 != 0 ||
        (size_t)record.image_length + record.command_line_length > variable) {
        problem(d, "record %" PRIu64 ": names of %u and %u bytes in a process record of %u bytes",
                r->sequence, record.image_length, record.command_line_length, r->size);
        return false;
    }
    p = processes_add(d->processes, record.process_key);
    p->id = record.process_id;
    p->parent_id = record.parent_id;
    at += sizeof(record);
    if (record.image_length > 0) {
        name_set(&p->image, at, record.image_length / 2, d->user_path);
        p->short_name = name_final(p->image.bytes, p->image.form);
    }
    at += record.image_length;
    if (record.command_line_length > 0) {
        uint16_t *units = allocate(record.command_line_length);

        memcpy(units, at, record.command_line_length);
        p->command_line = utf16_to_bytes(units, record.command_line_length / 2);
        free(units);
    }
    return true;
}

static bool feed_process_end(struct decoder *d, const char *at, const struct ft_record *r)
{
    struct ft_process_end_record record;

    if (!take_fixed(d, at, r, &record, sizeof(record), "process end"))
        return false;
    processes_end(d->processes, record.process_key);
    return true;
}

static bool feed_lost(struct decoder *d, const char *at, const struct ft_record *r)
{
    struct ft_lost_record record;
    struct loss loss;

    if (!take_fixed(d, at, r, &record, sizeof(record), "loss"))
        return false;
    if (record.count == 0) {
        problem(d, "record %" PRIu64 ": a loss of nothing", r->sequence);
        return false;
    }
    take_sequence(d, r->sequence, record.count);
    d->counts.lost += record.count;
    loss = (struct loss){
        .sequence = r->sequence,
        .count = record.count,
        .time = d->last_time,
    };
    d->sink.loss(d->sink.context, &loss);
    return true;
}

static bool feed_file(struct decoder *d, const char *at, const struct ft_record *r)
{
    struct ft_file_record record;
    struct event e = {0};

    if (!take_fixed(d, at, r, &record, sizeof(record), "file"))
        return false;
    if (record.name_length % 2 != 0 || record.name_length > r->size - sizeof(record)) {
        problem(d, "record %" PRIu64 ": a name of %u bytes in a file record of %u bytes",
                r->sequence, record.name_length, r->size);
        return false;
    }
    d->counts.files++;
    d->last_time = record.time;
    if (record.major != MAJOR_CREATE) {
        d->counts.unknown++;
        return true;
    }
    e.sequence = r->sequence;
    e.time = record.time;
    e.duration = record.duration;
    e.process = processes_find(d->processes, record.process_key);
    if (e.process == NULL)
        e.process = &d->nobody;
    e.process_id = record.process_id;
    e.thread_id = record.thread_id;
    e.status = record.status;
    e.information = record.information;
    e.desired_access = record.u.create.desired_access;
    e.disposition = record.u.create.disposition;
    e.options = record.u.create.options;
    e.attributes = record.u.create.attributes;
    e.share = record.u.create.share;
    e.directory = (record.flags & FT_FILE_DIRECTORY) != 0;
    e.path_truncated = (record.flags & FT_FILE_NAME_TRUNCATED) != 0;
    if (record.name_length > 0) {
        name_set(&e.path, at + sizeof(record), record.name_length / 2, d->user_path);
        d->sink.event(d->sink.context, &e);
        name_free(&e.path);
    } else {
        char none[] = "";

        e.path.bytes = none;
        d->sink.event(d->sink.context, &e);
    }
    return true;
}

static bool feed_record(struct decoder *d, const char *at, const struct ft_record *r)
{
    if (r->type == FT_RECORD_LOST)
        return feed_lost(d, at, r);
    take_sequence(d, r->sequence, 1);
    switch (r->type) {
    case FT_RECORD_PROCESS:
        return feed_process(d, at, r);
    case FT_RECORD_FILE:
        return feed_file(d, at, r);
    case FT_RECORD_PROCESS_END:
        return feed_process_end(d, at, r);
    default:
        d->counts.unknown++;
        return true;
    }
}

void decoder_feed(struct decoder *d, const void *batch, size_t size)
{
    const char *at = batch, *end = at + size;

    while (at < end) {
        struct ft_record r;
        size_t left = end - at;

        if (left < sizeof(r)) {
            problem(d, "a batch ends in the middle of a record");
            return;
        }
        memcpy(&r, at, sizeof(r));
        if (r.size < sizeof(r) || r.size % 8 != 0 || r.size > left) {
            problem(d, "record %" PRIu64 ": a size of %u bytes where %zu are left", r.sequence,
                    r.size, left);
            return;
        }
        if (!feed_record(d, at, &r))
            return;
        at += r.size;
    }
}
