/* The driver's reading of FT_COMMAND_CONFIGURE messages, each with an unreadable page behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "nt/nt.h"
#include "config.h"

#define ROOM 0x20000

static uint8_t *end_of_room; /* an unreadable page begins here */

struct message {
    uint8_t bytes[ROOM];
    size_t length;
};

static void add(struct message *m, const void *data, size_t length)
{
    memcpy(m->bytes + m->length, data, length);
    m->length += length;
}

static void begin(struct message *m, uint32_t flags, uint32_t ids, uint32_t patterns)
{
    struct ft_configure_request request = {
        .request.command = FT_COMMAND_CONFIGURE,
        .flags = flags,
        .process_id_count = ids,
        .pattern_count = patterns,
    };

    m->length = 0;
    add(m, &request, sizeof(request));
}

static void add_pattern(struct message *m, const wchar_t *text, uint16_t length)
{
    add(m, &length, sizeof(length));
    add(m, text, length);
}

static NTSTATUS parse(const struct message *m, PFT_CONFIG *config)
{
    uint8_t *copy = end_of_room - m->length;

    memcpy(copy, m->bytes, m->length);
    return FtConfigFromMessage(copy, (ULONG)m->length, config);
}

static void refused(const struct message *m)
{
    PFT_CONFIG config = NULL;

    assert_int_equal(parse(m, &config), STATUS_INVALID_PARAMETER);
    assert_null(config);
}

static bool selects(PFT_CONFIG config, ULONG id, const wchar_t *image)
{
    UNICODE_STRING name;

    RtlInitUnicodeString(&name, image);
    return FtConfigSelects(config, id, &name);
}

static void test_good(void **state)
{
    static struct message m;
    uint32_t ids[2] = {12, 0xFFFFFFFC};
    PFT_CONFIG config;

    (void)state;
    begin(&m, FT_CONFIGURE_CHILDREN | FT_CONFIGURE_DIRECTORIES, 2, 2);
    add(&m, ids, sizeof(ids));
    add_pattern(&m, L"cat", 6);
    add_pattern(&m, L"*\\bin\\*", 14);
    assert_int_equal(parse(&m, &config), STATUS_SUCCESS);
    assert_int_equal(config->Flags, FT_CONFIGURE_CHILDREN | FT_CONFIGURE_DIRECTORIES);
    assert_false(FtConfigIsEmpty(config));
    assert_true(selects(config, 12, L"\\x"));
    assert_true(selects(config, 0xFFFFFFFC, L""));
    assert_false(selects(config, 13, L"\\x"));
    assert_true(selects(config, 1, L"\\usr\\CAT"));
    assert_true(selects(config, 1, L"\\usr\\BIN\\dog"));
    assert_false(selects(config, 1, L"\\usr\\lib\\dog"));
    assert_false(FtConfigSelects(config, 1, NULL));
    FtConfigRelease(config);

    begin(&m, 0, 0, 0);
    assert_int_equal(parse(&m, &config), STATUS_SUCCESS);
    assert_true(FtConfigIsEmpty(config));
    FtConfigRelease(config);
}

static void test_greatest(void **state)
{
    static struct message m;
    static uint32_t ids[FT_MAX_PROCESS_IDS];
    static wchar_t text[FT_MAX_PATTERN_LENGTH / 2];
    PFT_CONFIG config;

    (void)state;
    for (size_t i = 0; i < FT_MAX_PATTERN_LENGTH / 2; i++)
        text[i] = L'x';
    begin(&m, 0, FT_MAX_PROCESS_IDS, FT_MAX_PATTERNS);
    add(&m, ids, sizeof(ids));
    for (size_t i = 0; i < FT_MAX_PATTERNS; i++)
        add_pattern(&m, text, FT_MAX_PATTERN_LENGTH);
    assert_int_equal(parse(&m, &config), STATUS_SUCCESS);
    assert_int_equal(config->PatternCount, FT_MAX_PATTERNS);
    FtConfigRelease(config);
    m.length--;
    refused(&m);
}

static void test_bad(void **state)
{
    static struct message m;
    static wchar_t text[FT_MAX_PATTERN_LENGTH];
    uint32_t id = 1;

    (void)state;
    begin(&m, 0x8, 0, 0);
    refused(&m);
    begin(&m, 0x80000000, 0, 0);
    refused(&m);
    begin(&m, 0, 0, 0);
    m.length--;
    refused(&m);
    begin(&m, 0, 1, 0); /* an id that is not there */
    refused(&m);
    begin(&m, 0, FT_MAX_PROCESS_IDS + 1, 0);
    refused(&m);
    begin(&m, 0, 0x40000001, 0); /* * 4 overflows */
    add(&m, &id, sizeof(id));
    refused(&m);
    begin(&m, 0, 0, FT_MAX_PATTERNS + 1);
    refused(&m);
    begin(&m, 0, 0, 0xFFFFFFFF);
    refused(&m);
    begin(&m, 0, 0, 1); /* a pattern that is not there, or half */
    refused(&m);
    add(&m, "\x02", 1);
    refused(&m);
    begin(&m, 0, 0, 1);
    add_pattern(&m, L"cat", 6);
    m.length--;
    refused(&m);
    begin(&m, 0, 0, 1); /* empty, odd, too long */
    add_pattern(&m, L"", 0);
    refused(&m);
    begin(&m, 0, 0, 1);
    add_pattern(&m, L"cat", 5);
    refused(&m);
    begin(&m, 0, 0, 1);
    add_pattern(&m, text, FT_MAX_PATTERN_LENGTH + 2);
    refused(&m);
    begin(&m, 0, 0, 1); /* something behind the last */
    add_pattern(&m, L"cat", 6);
    add(&m, "", 1);
    refused(&m);
}

/* Whatever the bytes: an answer, and nothing read behind the end. */
static void test_noise(void **state)
{
    static struct message m;
    unsigned taken = 0;

    (void)state;
    srand(3);
    for (unsigned round = 0; round < 20000; round++) {
        PFT_CONFIG config;
        size_t extra = (size_t)rand() % 64;

        begin(&m, (uint32_t)rand() % 8, (uint32_t)rand() % 4, (uint32_t)rand() % 4);
        for (size_t i = 0; i < extra; i++) {
            uint8_t byte = (uint8_t)(rand() % 5);

            add(&m, &byte, 1);
        }
        if (parse(&m, &config) == STATUS_SUCCESS) {
            taken++;
            (void)selects(config, 1, L"\\a\\b");
            FtConfigRelease(config);
        }
    }
    assert_true(taken > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_greatest),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_noise),
    };
    uint8_t *room =
        mmap(NULL, ROOM + 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (room == MAP_FAILED || mprotect(room + ROOM, 0x1000, PROT_NONE) != 0)
        return 1;
    end_of_room = room + ROOM;
    nt_init();
    nt_thread_attach();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
