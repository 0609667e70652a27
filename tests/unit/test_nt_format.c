/* The kernel's printf, and who gets to see what is printed. */
#include "nt_fixture.h"

#define assert_prints(expected, ...)                                                               \
    do {                                                                                           \
        char printed_[256];                                                                        \
        int n_ = _snprintf(printed_, sizeof(printed_), __VA_ARGS__);                               \
        assert_string_equal(printed_, expected);                                                   \
        assert_int_equal(n_, (int)strlen(expected));                                               \
    } while (0)

static void numbers(void **state)
{
    (void)state;
    assert_prints("-5 5 +5", "%d %i %+d", -5, 5, 5);
    assert_prints("4294967295", "%u", -1);
    assert_prints("ff FF 0xff 0XFF 377", "%x %X %#x %#X %o", 255, 255, 255, 255, 255);
    assert_prints("[   42][42   ][00042]", "[%5d][%-5d][%05d]", 42, 42, 42);
    assert_prints("[  007][  -07]", "[%5.3d][%5.2d]", 7, -7);
    assert_prints("[   42]", "[%*d]", 5, 42);
    assert_prints("[42   ]", "[%*d]", -5, 42);
    assert_prints("0", "%x", 0);
}

static void sizes(void **state)
{
    (void)state;
    assert_prints("-1 18446744073709551615", "%I64d %I64u", -1ll, -1ll);
    assert_prints("123456789abcdef0", "%llx", 0x123456789abcdef0ll);
    assert_prints("9abcdef0", "%lx", 0x9abcdef0); /* long has 32 bits */
    assert_prints("9abcdef0", "%I32x", 0x9abcdef0);
    assert_prints("def0", "%hx", 0x9abcdef0);
    assert_prints("f0", "%hhx", 0x9abcdef0);
    assert_prints("123456789ABCDEF0", "%IX", 0x123456789abcdef0ll);
    assert_prints("00000000DEADBEEF", "%p", (void *)0xdeadbeef);
    assert_prints("0000000000000000", "%p", NULL);
}

static void strings(void **state)
{
    UNICODE_STRING wide = str(L"\\Device\\x"), none = {0, 0, NULL};
    ANSI_STRING narrow;

    (void)state;
    RtlInitAnsiString(&narrow, "ansi!");
    narrow.Length = 4;
    assert_prints("abc", "%s", "abc");
    assert_prints("ab", "%.2s", "abc");
    assert_prints("wide wide wide", "%S %ls %ws", L"wide", L"wide", L"wide");
    assert_prints("wi", "%.2ws", L"wide");
    assert_prints("[  abc][abc  ]", "[%5s][%-5s]", "abc", "abc");
    assert_prints("'\\Device\\x'", "'%wZ'", &wide);
    assert_prints("'\\Dev'", "'%.4wZ'", &wide);
    assert_prints("ansi", "%Z", &narrow);
    assert_prints("(null) (null) (null)", "%s %ws %wZ", NULL, NULL, &none);
    assert_prints("a b c", "%c %C %wc", 'a', L'b', L'c');
    assert_prints("\xc3\xa4", "%ws", L"\u00e4");
    assert_prints("100%", "100%%");
}

static void into_wide_buffers(void **state)
{
    UNICODE_STRING name = str(L"n\u00e4me");
    wchar_t buffer[64];

    (void)state;
    assert_int_equal(_snwprintf(buffer, 64, L"%s|%S|%hs|%wZ|%d", L"w", "n", "h", &name, 7), 12);
    assert_int_equal(wcscmp(buffer, L"w|n|h|n\u00e4me|7"), 0);
}

static void what_does_not_fit(void **state)
{
    char buffer[4] = "zzz";

    (void)state;
    assert_int_equal(_snprintf(buffer, 3, "abcdef"), -1);
    assert_memory_equal(buffer, "abc", 4); /* the fourth byte is as it was */
    assert_int_equal(_snprintf(buffer, 4, "wxyz"), 4);
    assert_memory_equal(buffer, "wxyz", 4); /* not terminated */
    assert_int_equal(_snprintf(buffer, 4, "xyz"), 3);
    assert_string_equal(buffer, "xyz");
}

static char *printed_by(void (*body)(void), bool every_level)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    nt_debug_output(out, every_level);
    body();
    nt_debug_output(stderr, false);
    fclose(out);
    return text;
}

static void print_at_levels(void)
{
    DbgPrint("print %d\n", 1);
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "error\n");
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL, "info\n");
}

static void print_long(void)
{
    static wchar_t name[3000];

    for (int i = 0; i < 2999; i++)
        name[i] = 'x';
    DbgPrint("%ws|", name);
}

static void levels(void **state)
{
    char *text = printed_by(print_at_levels, false);

    (void)state;
    assert_string_equal(text, "print 1\nerror\n");
    free(text);
    text = printed_by(print_at_levels, true);
    assert_string_equal(text, "print 1\nerror\ninfo\n");
    free(text);
}

static void long_messages_are_whole(void **state)
{
    char *text = printed_by(print_long, false);

    (void)state;
    assert_int_equal(strlen(text), 3000);
    assert_int_equal(text[2999], '|');
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(sizes),
        cmocka_unit_test(strings),
        cmocka_unit_test(into_wide_buffers),
        cmocka_unit_test(what_does_not_fit),
        cmocka_unit_test(levels),
        cmocka_unit_test(long_messages_are_whole),
    };

    return RUN_NT_TESTS(tests);
}
