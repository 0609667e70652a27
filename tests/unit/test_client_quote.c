/* Names in text, CSV and JSON; times. */
#include "client_test.h"

#include <stdio.h>
#include <time.h>

#include "client/names.h"
#include "client/quote.h"
#include "client/timestamp.h"
#include "client/utf.h"

static const char *text(const char *bytes)
{
    struct buffer b = {0};

    quote_text(&b, bytes, true);
    return taken(&b);
}

static const char *csv(const char *bytes)
{
    struct buffer b = {0};

    quote_csv(&b, bytes);
    return taken(&b);
}

static const char *json(const char *bytes)
{
    struct buffer b = {0};

    quote_json(&b, bytes);
    return taken(&b);
}

static void text_cannot_fake_lines(void **state)
{
    (void)state;
    assert_string_equal(text("/etc/hosts"), "/etc/hosts");
    assert_string_equal(text("/a b\xC3\xA9\xF0\x9F\x98\x80"), "/a b\xC3\xA9\xF0\x9F\x98\x80");
    assert_string_equal(text("a\nb\rc\td"), "a\\nb\\rc\\td");
    assert_string_equal(text("\x1b[31m\x7f\x01"), "\\x1b[31m\\x7f\\x01");
    assert_string_equal(text("a\\n"), "a\\\\n");
    assert_string_equal(text("\xFF\xC3(\xC0\xAF"), "\\xff\\xc3(\\xc0\\xaf");
    assert_string_equal(text("\xED\xA0\x80"), "\\xed\\xa0\\x80"); /* a surrogate */
    assert_string_equal(text("\xC2\x9B"), "\\u009b");             /* CSI in one character */
    assert_string_equal(text("\xE2\x80\xAE.txt"), "\\u202e.txt"); /* right-to-left override */
    assert_string_equal(text("\xC3"), "\\xc3");                   /* cut off */
}

/* Characters that reorder, split or hide text are escapes wherever a person may look at them, and
   mean what they did to whoever reads the JSON. */
static void misleading_characters_are_escapes(void **state)
{
    static const uint32_t misleading[] = {
        0x80,   0x9F,   0xAD,   0x34F,  0x61C,   0x115F,  0x180E,  0x200B,  0x200D,  0x200E,
        0x200F, 0x2028, 0x2029, 0x202A, 0x202E,  0x2060,  0x2066,  0x2069,  0x206F,  0x3164,
        0xFEFF, 0xFFA0, 0xFFF9, 0xFFFB, 0x1D173, 0xE0001, 0xE0020, 0xE007F, 0xE0100,
    };
    static const uint32_t harmless[] = {0xA0,   0xA1,   0xAE,   0x600,  0x1161,  0x2010, 0x202F,
                                        0x2070, 0xFE0F, 0xFFFC, 0xFFFD, 0x1F600, 0xE1000};

    (void)state;
    for (size_t i = 0; i < sizeof(misleading) / sizeof(misleading[0]); i++) {
        uint32_t code = misleading[i];
        struct buffer b = {0};
        char bytes[8] = "", expected[32];
        uint16_t units[2] = {code};
        bool wide = code >= 0x10000;

        utf8_encode(code, bytes);
        snprintf(expected, sizeof(expected), wide ? "\\U%08x" : "\\u%04x", code);
        assert_string_equal(text(bytes), expected);
        if (wide) {
            units[0] = 0xD800 + ((code - 0x10000) >> 10);
            units[1] = 0xDC00 + ((code - 0x10000) & 0x3FF);
            snprintf(expected, sizeof(expected), "\"\\u%04x\\u%04x\"", units[0], units[1]);
        } else {
            snprintf(expected, sizeof(expected), "\"\\u%04x\"", code);
        }
        assert_string_equal(json(bytes), expected);
        quote_json_utf16(&b, units, wide ? 2 : 1);
        assert_string_equal(taken(&b), expected);
    }
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        char bytes[8] = "", expected[16];

        utf8_encode(harmless[i], bytes);
        assert_string_equal(text(bytes), bytes);
        snprintf(expected, sizeof(expected), "\"%s\"", bytes);
        assert_string_equal(json(bytes), expected);
    }
}

/* The most that a name can grow. */
static void json_has_room(void **state)
{
    struct buffer b = {0};
    char name[4 * 500 + 1];
    uint16_t units[1000];

    (void)state;
    for (int i = 0; i < 500; i++) {
        memcpy(name + 4 * i, "\xF3\xA0\x80\x81", 4);
        units[2 * i] = 0xDB40;
        units[2 * i + 1] = 0xDC01;
    }
    name[4 * 500] = '\0';
    assert_int_equal(strlen(json(name)), 2 + 12 * 500);
    quote_json_utf16(&b, units, 1000);
    assert_int_equal(strlen(taken(&b)), 2 + 12 * 500);
}

static void csv_quotes(void **state)
{
    (void)state;
    assert_string_equal(csv(""), "\"\"");
    assert_string_equal(csv("a,b"), "\"a,b\"");
    assert_string_equal(csv("say \"x\"\n\xFF"), "\"say \"\"x\"\"\n\xFF\"");
}

static void json_escapes(void **state)
{
    struct buffer b = {0};
    const uint16_t units[] = {'\\', 'a', 0xD83D, 0xDE00, 0xDCFF, 0xD800, 0xF05C, 0, '"'};

    (void)state;
    assert_string_equal(json(NULL), "null");
    assert_string_equal(json("/a\"\\\n\t\x01\x7f"), "\"/a\\\"\\\\\\n\\t\\u0001\\u007f\"");
    assert_string_equal(json("\xC3\xA9\xF0\x9F\x98\x80"), "\"\xC3\xA9\xF0\x9F\x98\x80\"");
    assert_string_equal(json("\xFF\x80"), "\"\\udcff\\udc80\"");
    assert_string_equal(json("\xED\xB3\xBF"), "\"\\udced\\udcb3\\udcbf\"");
    assert_string_equal(json("\xE2\x80\xA8"), "\"\\u2028\"");
    quote_json_utf16(&b, units, sizeof(units) / sizeof(units[0]));
    assert_string_equal(taken(&b),
                        "\"\\\\a\xF0\x9F\x98\x80\\udcff\\ud800\xEF\x81\x9C\\u0000\\\"\"");
    quote_json_utf16(&b, NULL, 0);
    assert_string_equal(taken(&b), "null");
}

/* Long strings are quoted in blocks: a character is quoted the same wherever it stands. */
static void place_does_not_matter(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 0x100; c++) {
        char one[] = {(char)c, 0}, name[51] = "", in_text[16], in_json[16], expected[128];
        uint16_t units[50];

        snprintf(in_text, sizeof(in_text), "%s", text(one));
        snprintf(in_json, sizeof(in_json), "%s", json(one) + 1);
        in_json[strlen(in_json) - 1] = '\0';
        for (int at = 0; at < 50; at++) {
            struct buffer b = {0};

            memset(name, 'x', 50);
            name[at] = (char)c;
            for (int i = 0; i < 50; i++)
                units[i] = i == at ? c < 0x80 ? c : 0xDC00 + c : 'x';
            snprintf(expected, sizeof(expected), "%.*s%s%s", at, name, in_text, name + at + 1);
            assert_string_equal(text(name), expected);
            snprintf(expected, sizeof(expected), "\"%.*s%s%s\"", at, name, in_json, name + at + 1);
            assert_string_equal(json(name), expected);
            quote_json_utf16(&b, units, 50);
            assert_string_equal(taken(&b), expected);
        }
    }
}

static void utf16_becomes_bytes(void **state)
{
    const uint16_t units[] = {'/', 0xE9, 0xD83D, 0xDE00, 0xDCFF, 0xD800, 0xDC00, 0xD800, 0};
    char *bytes = utf16_to_bytes(units, 9);

    (void)state;
    assert_string_equal(bytes,
                        "/\xC3\xA9\xF0\x9F\x98\x80\xFF\xF0\x90\x80\x80\xED\xA0\x80\xEF\xBF\xBD");
    free(bytes);
    bytes = utf16_to_bytes(units, 0);
    assert_string_equal(bytes, "");
    free(bytes);
}

static void patterns_become_units(void **state)
{
    static const uint16_t expected[] = {'c', '*', '\\', '?', 0xF03A, 0xE9, 0xDCFF, 0xD83D, 0xDE00};
    size_t count;
    uint16_t *units = name_pattern("c*\\?:\xC3\xA9\xFF\xF0\x9F\x98\x80", &count);

    (void)state;
    assert_int_equal(count, sizeof(expected) / sizeof(expected[0]));
    assert_memory_equal(units, expected, sizeof(expected));
    free(units);
}

static void final_components(void **state)
{
    (void)state;
    assert_string_equal(name_final("/usr/bin/cat", NAME_UNIX), "cat");
    assert_string_equal(name_final("/usr/bin/a\\b", NAME_UNIX), "a\\b");
    assert_string_equal(name_final("\\Device\\X\\cat.exe", NAME_NT), "cat.exe");
    assert_string_equal(name_final("C:\\a/b\\cat.exe", NAME_DOS), "cat.exe");
    assert_string_equal(name_final("C:\\", NAME_DOS), "C:\\");
    assert_string_equal(name_final("cat", NAME_UNIX), "cat");
    assert_string_equal(name_final("/", NAME_UNIX), "/");
}

/* 2024-02-29 12:05:09.0123456 UTC */
#define SOME_TIME ((UINT64_C(1709208309) + UINT64_C(11644473600)) * 10000000 + 123456)

static void times(void **state)
{
    struct buffer b = {0};

    (void)state;
    setenv("TZ", "UTC0", 1);
    tzset();
    timestamp_rfc3339(&b, SOME_TIME);
    assert_string_equal(taken(&b), "2024-02-29T12:05:09.012345Z");
    timestamp_clock(&b, SOME_TIME, 6);
    assert_string_equal(taken(&b), "12:05:09.012345");
    timestamp_time_of_day(&b, SOME_TIME);
    assert_string_equal(taken(&b), "12:05:09.0123456 PM");

    setenv("TZ", "XXX-1:30", 1); /* east of Greenwich */
    tzset();
    timestamp_rfc3339(&b, SOME_TIME);
    assert_string_equal(taken(&b), "2024-02-29T12:05:09.012345Z");
    timestamp_clock(&b, SOME_TIME, 6);
    assert_string_equal(taken(&b), "13:35:09.012345");
    timestamp_time_of_day(&b, SOME_TIME);
    assert_string_equal(taken(&b), "1:35:09.0123456 PM");
    timestamp_time_of_day(&b, SOME_TIME - UINT64_C(13) * 3600 * 10000000);
    assert_string_equal(taken(&b), "12:35:09.0123456 AM");

    /* No time crashes. */
    timestamp_rfc3339(&b, 0);
    assert_string_equal(taken(&b), "1601-01-01T00:00:00.000000Z");
    timestamp_rfc3339(&b, UINT64_MAX);
    timestamp_clock(&b, UINT64_MAX, 6);
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_cannot_fake_lines),
        cmocka_unit_test(csv_quotes),
        cmocka_unit_test(misleading_characters_are_escapes),
        cmocka_unit_test(json_has_room),
        cmocka_unit_test(json_escapes),
        cmocka_unit_test(place_does_not_matter),
        cmocka_unit_test(utf16_becomes_bytes),
        cmocka_unit_test(patterns_become_units),
        cmocka_unit_test(final_components),
        cmocka_unit_test(times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
