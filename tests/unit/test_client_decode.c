/* The decoder: what the driver sends, and what no driver should send. */
#include "client_test.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/decode.h"
#include "filetap/protocol.h"

/* Everything that the sink is told, a line each. */
static struct buffer heard;

static void on_event(void *context, const struct event *e)
{
    (void)context;
    buffer_printf(&heard, "event %d %s[%u] %s%s%s\n", (int)e->sequence, e->process->short_name,
                  e->process_id, e->path.units == NULL ? "no name" : e->path.bytes,
                  e->directory ? " directory" : "", e->path_truncated ? " truncated" : "");
}

static void on_loss(void *context, const struct loss *l)
{
    (void)context;
    buffer_printf(&heard, "loss %d %d\n", (int)l->sequence, (int)l->count);
}

static void on_problem(void *context, const char *message)
{
    (void)context;
    buffer_printf(&heard, "problem %s\n", message);
}

static const struct decoder_sink sink = {on_event, on_loss, on_problem, NULL};

/* "\V\..." is the user's "/...", "\C\..." is "C:\..."; nothing else has a name. */
static char *user_path(const uint16_t *units, size_t count, enum name_form *form)
{
    char *path;

    if (count >= 3 && units[0] == '\\' && units[1] == 'C' && units[2] == '\\') {
        path = calloc(count + 1, 1);
        path[0] = 'C';
        path[1] = ':';
        for (size_t i = 2; i < count; i++)
            path[i] = (char)units[i];
        *form = NAME_DOS;
        return path;
    }
    *form = NAME_UNIX;
    if (count < 3 || units[0] != '\\' || units[1] != 'V' || units[2] != '\\')
        return NULL;
    path = calloc(count, 1);
    for (size_t i = 2; i < count; i++)
        path[i - 2] = units[i] == '\\' ? '/' : (char)units[i];
    return path;
}

/* ---- Making batches ------------------------------------------------------------------------ */

static size_t add_units(struct buffer *b, const char *name)
{
    for (const char *s = name; *s != '\0'; s++) {
        uint16_t unit = (unsigned char)*s;

        buffer_add(b, &unit, sizeof(unit));
    }
    return 2 * strlen(name);
}

static void finish_record(struct buffer *b, size_t start)
{
    uint32_t size;

    while ((b->length - start) % 8 != 0)
        buffer_byte(b, '\0');
    size = b->length - start;
    memcpy(b->data + start, &size, sizeof(size));
}

static void add_process(struct buffer *b, uint64_t sequence, uint64_t key, const char *image)
{
    struct ft_process_record r = {
        .record = {.type = FT_RECORD_PROCESS, .sequence = sequence},
        .process_key = key,
        .process_id = 7,
        .image_length = 2 * strlen(image),
        .command_line_length = 6,
    };
    size_t start = b->length;

    buffer_add(b, &r, sizeof(r));
    add_units(b, image);
    add_units(b, "a b");
    finish_record(b, start);
}

static void add_file(struct buffer *b, uint64_t sequence, uint64_t key, const char *name)
{
    struct ft_file_record r = {
        .record = {.type = FT_RECORD_FILE, .sequence = sequence},
        .process_key = key,
        .process_id = 7,
        .name_length = 2 * strlen(name),
    };
    size_t start = b->length;

    buffer_add(b, &r, sizeof(r));
    add_units(b, name);
    finish_record(b, start);
}

static void add_lost(struct buffer *b, uint64_t sequence, uint64_t count)
{
    struct ft_lost_record r = {
        .record = {.size = sizeof(r), .type = FT_RECORD_LOST, .sequence = sequence},
        .count = count,
    };

    buffer_add(b, &r, sizeof(r));
}

static void add_end(struct buffer *b, uint64_t sequence, uint64_t key)
{
    struct ft_process_end_record r = {
        .record = {.size = sizeof(r), .type = FT_RECORD_PROCESS_END, .sequence = sequence},
        .process_key = key,
    };

    buffer_add(b, &r, sizeof(r));
}

/* Feeds a batch that ends where a page ends, so that reading past it is a fault. */
static void feed(struct decoder *d, struct buffer *b)
{
    size_t page = sysconf(_SC_PAGESIZE), room = (b->length + page - 1) / page * page;
    char *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(map, MAP_FAILED);
    assert_int_equal(mprotect(map + room, page, PROT_NONE), 0);
    if (b->length > 0)
        memcpy(map + room - b->length, b->data, b->length);
    decoder_feed(d, map + room - b->length, b->length);
    munmap(map, room + page);
    buffer_free(b);
}

/* ---- Tests --------------------------------------------------------------------------------- */

static void events_are_named(void **state)
{
    struct decoder *d = decoder_new(&sink, user_path);
    struct buffer b = {0};

    (void)state;
    add_process(&b, 1, 99, "\\V\\bin\\cat");
    add_file(&b, 2, 99, "\\V\\etc\\hosts");
    add_file(&b, 3, 99, "\\W\\x");
    add_file(&b, 4, 55, "");
    feed(d, &b);
    add_end(&b, 5, 99);
    add_file(&b, 6, 99, "\\V\\late"); /* the process is still known */
    feed(d, &b);
    add_process(&b, 7, 98, "\\C\\dir/\\cat.exe");
    add_file(&b, 8, 98, "\\C\\win.ini");
    feed(d, &b);
    feed(d, &b); /* nothing */
    assert_string_equal(taken(&heard), "event 2 cat[7] /etc/hosts\n"
                                       "event 3 cat[7] \\W\\x\n"
                                       "event 4 ?[7] no name\n"
                                       "event 6 cat[7] /late\n"
                                       "event 8 cat.exe[7] C:\\win.ini\n");
    assert_int_equal(decoder_counts(d)->files, 5);
    assert_int_equal(decoder_counts(d)->problems, 0);
    decoder_free(d);

    d = decoder_new(&sink, NULL); /* NT names */
    add_process(&b, 1, 99, "\\V\\bin\\cat");
    add_file(&b, 2, 99, "\\V\\etc\\hosts");
    feed(d, &b);
    assert_string_equal(taken(&heard), "event 2 cat[7] \\V\\etc\\hosts\n");
    decoder_free(d);
}

static void many_processes(void **state)
{
    struct decoder *d = decoder_new(&sink, user_path);
    uint64_t sequence = 1;

    (void)state;
    for (uint64_t key = 1; key <= 2000; key++) {
        struct buffer b = {0};

        add_process(&b, sequence++, key << 32, "\\V\\bin\\cat");
        feed(d, &b);
    }
    for (uint64_t key = 1; key <= 2000; key++) {
        struct buffer b = {0};

        add_file(&b, sequence++, key << 32, "\\V\\f");
        if (key % 2 == 0)
            add_end(&b, sequence++, key << 32);
        feed(d, &b);
    }
    assert_null(memchr(heard.data, '?', heard.length));
    assert_int_equal(decoder_counts(d)->problems, 0);
    buffer_free(&heard);
    decoder_free(d);
}

static void losses_explain_gaps(void **state)
{
    struct decoder *d = decoder_new(&sink, user_path);
    struct buffer b = {0};

    (void)state;
    add_file(&b, 1, 1, "\\V\\a");
    add_lost(&b, 2, 40);
    add_file(&b, 42, 1, "\\V\\b");
    feed(d, &b);
    assert_string_equal(taken(&heard), "event 1 ?[7] /a\nloss 2 40\nevent 42 ?[7] /b\n");
    assert_int_equal(decoder_counts(d)->lost, 40);
    assert_int_equal(decoder_counts(d)->missing, 0);
    decoder_free(d);
}

static void gaps_are_told(void **state)
{
    struct decoder *d = decoder_new(&sink, user_path);
    struct buffer b = {0};

    (void)state;
    add_file(&b, 3, 1, "\\V\\a"); /* the first is number 1 */
    add_file(&b, 5, 1, "\\V\\b");
    add_file(&b, 5, 1, "\\V\\c"); /* twice */
    add_lost(&b, 6, UINT64_MAX);  /* wraps around */
    add_file(&b, 6, 1, "\\V\\d");
    feed(d, &b);
    assert_string_equal(taken(&heard), "problem 2 records are missing before number 3\n"
                                       "event 3 ?[7] /a\n"
                                       "problem 1 records are missing before number 5\n"
                                       "event 5 ?[7] /b\n"
                                       "problem record 5 follows record 5\n"
                                       "event 5 ?[7] /c\n"
                                       "loss 6 -1\n"
                                       "problem record 6 follows record 18446744073709551614\n"
                                       "event 6 ?[7] /d\n");
    assert_int_equal(decoder_counts(d)->missing, 3);
    decoder_free(d);
}

static void unknown_records_are_skipped(void **state)
{
    struct decoder *d = decoder_new(&sink, user_path);
    struct ft_record unknown = {.size = 16, .type = 4711, .sequence = 1};
    struct ft_file_record *other;
    struct buffer b = {0};

    (void)state;
    buffer_add(&b, &unknown, sizeof(unknown));
    add_file(&b, 2, 1, "\\V\\a");
    other = (struct ft_file_record *)(b.data + 16);
    other->major = 3; /* IRP_MJ_READ */
    add_file(&b, 3, 1, "\\V\\b");
    feed(d, &b);
    assert_string_equal(taken(&heard), "event 3 ?[7] /b\n");
    assert_int_equal(decoder_counts(d)->unknown, 2);
    assert_int_equal(decoder_counts(d)->files, 2);
    decoder_free(d);
}

/* One record, changed: `offset` gets `bytes` of `value`. It has to be told, and end the batch. */
static void expect_malformed(void (*add)(struct buffer *), size_t offset, uint64_t value,
                             size_t bytes)
{
    struct decoder *d = decoder_new(&sink, user_path);
    struct buffer b = {0};

    add(&b);
    memcpy(b.data + offset, &value, bytes);
    add_file(&b, 2, 1, "\\V\\after");
    feed(d, &b);
    assert_int_equal(decoder_counts(d)->problems, 1);
    assert_null(strstr(taken(&heard), "event"));
    decoder_free(d);
}

static void one_process(struct buffer *b)
{
    add_process(b, 1, 9, "\\V\\x");
}

static void one_file(struct buffer *b)
{
    add_file(b, 1, 9, "\\V\\x");
}

static void one_lost(struct buffer *b)
{
    add_lost(b, 1, 1);
}

static void one_end(struct buffer *b)
{
    add_end(b, 1, 1);
}

static void malformed_records(void **state)
{
    static void (*const adders[])(struct buffer *) = {one_process, one_file, one_lost, one_end};
    static const uint32_t sizes[] = {0, 1, 8, 15, 17, 1 << 20, 0x7FFFFFF8, 0xFFFFFFF8, 0xFFFFFFFF};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
            expect_malformed(adders[i], offsetof(struct ft_record, size), sizes[k], 4);
        expect_malformed(adders[i], offsetof(struct ft_record, size), 16, 4); /* only the head */
    }
    expect_malformed(one_lost, offsetof(struct ft_lost_record, count), 0, 8);
    expect_malformed(one_process, offsetof(struct ft_process_record, image_length), 7, 2);
    expect_malformed(one_process, offsetof(struct ft_process_record, image_length), 0xFFFE, 2);
    expect_malformed(one_process, offsetof(struct ft_process_record, command_line_length), 5, 2);
    expect_malformed(one_process, offsetof(struct ft_process_record, command_line_length), 400, 2);
    expect_malformed(one_file, offsetof(struct ft_file_record, name_length), 7, 4);
    expect_malformed(one_file, offsetof(struct ft_file_record, name_length), 10, 4);
    expect_malformed(one_file, offsetof(struct ft_file_record, name_length), 0xFFFFFFFE, 4);
}

/* A batch cut off anywhere, and bytes that are nothing. */
static void truncated_and_random(void **state)
{
    struct buffer whole = {0};

    (void)state;
    add_process(&whole, 1, 9, "\\V\\program");
    add_file(&whole, 2, 9, "\\V\\file");
    add_lost(&whole, 3, 5);
    add_end(&whole, 8, 9);
    for (size_t length = 0; length <= whole.length; length++) {
        struct decoder *d = decoder_new(&sink, user_path);
        struct buffer b = {0};

        buffer_add(&b, whole.data, length);
        feed(d, &b);
        assert_true(decoder_counts(d)->problems <= 1);
        decoder_free(d);
    }
    srand(1);
    for (int round = 0; round < 100000; round++) {
        struct decoder *d = decoder_new(&sink, round % 2 ? user_path : NULL);
        struct buffer b = {0};

        buffer_add(&b, whole.data, whole.length);
        for (int i = rand() % 8; i >= 0; i--)
            b.data[rand() % b.length] = rand();
        decoder_feed(d, b.data, b.length);
        buffer_free(&b);
        buffer_free(&heard);
        decoder_free(d);
    }
    buffer_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_named),
        cmocka_unit_test(many_processes),
        cmocka_unit_test(losses_explain_gaps),
        cmocka_unit_test(gaps_are_told),
        cmocka_unit_test(unknown_records_are_skipped),
        cmocka_unit_test(malformed_records),
        cmocka_unit_test(truncated_and_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
