/* What the client reads from a driver that is none of ours: through the decoder to every format. */
#include "fuzz.h"

#include "client/decode.h"
#include "client/format.h"
#include "client/session.h"
#include "flt/flt.h"
#include "nt/nt.h"
#include "translate/translate.h"

enum option { COLOR = 1, UNIX_PATHS = 2, USER_PATHS = 4, FRAMED = 8, IN_ORDER = 16, ASKED = 32 };

static const struct format *const formats[] = {&format_text, &format_csv, &format_jsonl};
#define FORMATS 3

static struct format_state states[FORMATS];
static struct buffer out[FORMATS];

static void on_event(void *context, const struct event *e)
{
    (void)context;
    for (int i = 0; i < FORMATS; i++)
        formats[i]->event(&out[i], &states[i], e);
    e->process->events++;
}

static void on_loss(void *context, const struct loss *loss)
{
    (void)context;
    for (int i = 0; i < FORMATS; i++)
        formats[i]->loss(&out[i], &states[i], loss);
}

static void on_problem(void *context, const char *message)
{
    (void)context;
    (void)message;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    nt_init();
    nt_thread_attach();
    flt_init();
    translate_mounts_open();
    return 0;
}

/* Whole lines, and in text and JSON no control character but their ends and our own colors. */
static void check(int which, unsigned options)
{
    const struct buffer *b = &out[which];
    bool text = formats[which] == &format_text, json = formats[which] == &format_jsonl;

    for (size_t i = 0; i < b->length; i++) {
        unsigned char c = b->data[i];
        bool ours = c == '\n' || (c == 0x1b && text && (options & COLOR) != 0);

        if ((text || json) && c < ' ' && !ours)
            fuzz_wrong("a control character in", formats[which]->name);
        if (text && (c == 0x7f || (c == 0xc2 && i + 1 < b->length &&
                                   (unsigned char)b->data[i + 1] - 0x80u < 0x20)))
            fuzz_wrong("a control character in", formats[which]->name);
    }
    if (b->length > 0 && b->data[b->length - 1] != '\n')
        fuzz_wrong("half a line of", formats[which]->name);
}

/* Makes sizes, kinds and numbers such as a driver's, so that what is behind them is reached. */
static size_t frame(uint8_t *records, size_t size, unsigned options)
{
    uint64_t sequence = 1;
    size_t at = 0;

    while (size - at >= sizeof(struct ft_record)) {
        struct ft_record record;

        memcpy(&record, records + at, sizeof(record));
        record.size = (record.size % 2048 + sizeof(record) + 7) & ~7u;
        if (record.size > size - at)
            record.size = (size - at) & ~7u;
        record.type = 1 + record.type % 5;
        if ((options & IN_ORDER) != 0)
            record.sequence = sequence++;
        memcpy(records + at, &record, sizeof(record));
        if (record.type == FT_RECORD_FILE && record.size > sizeof(struct ft_file_record)) {
            struct ft_file_record file;

            memcpy(&file, records + at, sizeof(file));
            file.name_length %= record.size - sizeof(file);
            file.name_length &= ~1u;
            file.major = 0;
            memcpy(records + at, &file, sizeof(file));
        }
        at += record.size;
    }
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct decoder_sink sink = {on_event, on_loss, on_problem, NULL};
    unsigned options = size > 0 ? data[0] : 0;
    struct decoder *decoder;
    uint8_t *records;

    if (size < 2)
        return 0;
    size--;
    records = malloc(size);
    memcpy(records, data + 1, size);
    for (int i = 0; i < FORMATS; i++)
        states[i] = (struct format_state){
            .color = (options & COLOR) != 0,
            .errno_words = (options & ASKED) != 0,
            .requested = (options & ASKED) != 0,
            .unix_path = (options & UNIX_PATHS) != 0 ? session_unix_path : NULL,
        };
    decoder = decoder_new(&sink, (options & USER_PATHS) != 0 ? session_user_path : NULL);
    if ((options & FRAMED) != 0)
        size = frame(records, size, options);
    decoder_feed(decoder, records, size);
    for (int i = 0; i < FORMATS; i++) {
        check(i, options);
        buffer_free(&out[i]);
    }
    decoder_free(decoder);
    free(records);
    return 0;
}
