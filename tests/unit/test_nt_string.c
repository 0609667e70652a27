/* Counted strings, conversions, names and wildcards, the C library. */
#include "nt_fixture.h"

static BOOLEAN in(const wchar_t *expression, const wchar_t *name, BOOLEAN fold)
{
    UNICODE_STRING e = str(expression), n = str(name);

    return FsRtlIsNameInExpression(&e, &n, fold, NULL);
}

static void init_counts_without_the_terminator(void **state)
{
    wchar_t *huge = calloc(40000, sizeof(wchar_t));
    UNICODE_STRING s;

    (void)state;
    s = str(L"abc");
    assert_int_equal(s.Length, 6);
    assert_int_equal(s.MaximumLength, 8);
    RtlInitUnicodeString(&s, NULL);
    assert_int_equal(s.Length + s.MaximumLength, 0);
    assert_null(s.Buffer);
    for (int i = 0; i < 39999; i++)
        huge[i] = 'x';
    assert_int_equal(RtlInitUnicodeStringEx(&s, huge), STATUS_NAME_TOO_LONG);
    huge[32766] = 0;
    assert_int_equal(RtlInitUnicodeStringEx(&s, huge), STATUS_SUCCESS);
    assert_int_equal(s.Length, 65532);
    assert_int_equal(s.MaximumLength, 65534);
    free(huge);
}

static void comparison(void **state)
{
    UNICODE_STRING a = str(L"Notepad.exe"), b = str(L"nOTEPAD.EXE"), c = str(L"Notepad.ex");
    UNICODE_STRING latin = str(L"\u00e4\u00f6\u03b1\u0434\u0561"),
                   upper = str(L"\u00c4\u00d6\u0391\u0414\u0531");

    (void)state;
    assert_true(RtlEqualUnicodeString(&a, &b, TRUE));
    assert_false(RtlEqualUnicodeString(&a, &b, FALSE));
    assert_true(RtlCompareUnicodeString(&a, &c, FALSE) > 0);
    assert_true(RtlCompareUnicodeString(&c, &a, TRUE) < 0);
    assert_int_equal(RtlCompareUnicodeString(&a, &b, TRUE), 0);
    assert_true(RtlPrefixUnicodeString(&c, &b, TRUE));
    assert_false(RtlPrefixUnicodeString(&a, &c, TRUE));
    assert_true(RtlEqualUnicodeString(&latin, &upper, TRUE));
}

static void case_is_one_to_one(void **state)
{
    (void)state;
    assert_int_equal(RtlUpcaseUnicodeChar('q'), 'Q');
    assert_int_equal(RtlUpcaseUnicodeChar(0xdf), 0xdf);     /* sharp s */
    assert_int_equal(RtlUpcaseUnicodeChar(0x131), 0x131);   /* dotless i */
    assert_int_equal(RtlUpcaseUnicodeChar(0x17f), 0x17f);   /* long s */
    assert_int_equal(RtlUpcaseUnicodeChar(0xff), 0x178);    /* y with diaeresis */
    assert_int_equal(RtlDowncaseUnicodeChar(0x130), 0x130); /* dotted I */
    assert_int_equal(RtlDowncaseUnicodeChar(0x212a), 0x212a);
    for (unsigned c = 0; c < 0x10000; c++)
        if (RtlUpcaseUnicodeChar((WCHAR)c) != c)
            assert_int_equal(RtlDowncaseUnicodeChar(RtlUpcaseUnicodeChar((WCHAR)c)), c);
}

static void copying_truncates(void **state)
{
    wchar_t buffer[4] = {'z', 'z', 'z', 'z'};
    UNICODE_STRING to = {0, 6, buffer}, from = str(L"abcdef"), tail = str(L"d");

    (void)state;
    RtlCopyUnicodeString(&to, &from);
    assert_int_equal(to.Length, 6);
    assert_int_equal(buffer[2], 'c');
    assert_int_equal(buffer[3], 'z');
    assert_int_equal(RtlAppendUnicodeStringToString(&to, &tail), STATUS_BUFFER_TOO_SMALL);
    to.MaximumLength = 8;
    assert_int_equal(RtlAppendUnicodeStringToString(&to, &tail), STATUS_SUCCESS);
    assert_int_equal(to.Length, 8);
    assert_int_equal(RtlAppendUnicodeToString(&to, L"e"), STATUS_BUFFER_TOO_SMALL);
    RtlCopyUnicodeString(&to, NULL);
    assert_int_equal(to.Length, 0);
    assert_int_equal(RtlAppendUnicodeToString(&to, L"xy"), STATUS_SUCCESS);
    assert_int_equal(buffer[2], 0); /* terminated where there is room */
}

static void upcasing_allocates_or_overflows(void **state)
{
    wchar_t buffer[2];
    UNICODE_STRING from = str(L"abc"), to = {0, sizeof(buffer), buffer}, made;

    (void)state;
    assert_int_equal(RtlUpcaseUnicodeString(&to, &from, FALSE), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(RtlUpcaseUnicodeString(&made, &from, TRUE), STATUS_SUCCESS);
    assert_int_equal(made.Length, 6);
    assert_int_equal(made.Buffer[1], 'B');
    RtlFreeUnicodeString(&made);
    assert_null(made.Buffer);
}

static void integers(void **state)
{
    wchar_t buffer[12];
    UNICODE_STRING to = {0, sizeof(buffer), buffer}, from, expected;
    ULONG value;

    (void)state;
    from = str(L"  0x1fG");
    assert_int_equal(RtlUnicodeStringToInteger(&from, 0, &value), STATUS_SUCCESS);
    assert_int_equal(value, 0x1f);
    from = str(L"-12");
    assert_int_equal(RtlUnicodeStringToInteger(&from, 0, &value), STATUS_SUCCESS);
    assert_int_equal((LONG)value, -12);
    from = str(L"0b101");
    RtlUnicodeStringToInteger(&from, 0, &value);
    assert_int_equal(value, 5);
    assert_int_equal(RtlUnicodeStringToInteger(&from, 7, &value), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlIntegerToUnicodeString(4294967295u, 10, &to), STATUS_SUCCESS);
    expected = str(L"4294967295");
    assert_true(RtlEqualUnicodeString(&to, &expected, FALSE));
    RtlIntegerToUnicodeString(0xbeef, 16, &to);
    expected = str(L"BEEF");
    assert_true(RtlEqualUnicodeString(&to, &expected, FALSE));
    to.MaximumLength = 2;
    assert_int_equal(RtlIntegerToUnicodeString(10, 10, &to), STATUS_BUFFER_OVERFLOW);
}

static void utf8(void **state)
{
    static const wchar_t units[] = {'a', 0xe4, 0x20ac, 0xd83d, 0xde00};
    static const wchar_t broken[] = {'a', 0xd800, 'b'};
    wchar_t back[8];
    char bytes[16];
    ULONG n;

    (void)state;
    assert_int_equal(RtlUnicodeToUTF8N(bytes, sizeof(bytes), &n, units, sizeof(units)),
                     STATUS_SUCCESS);
    assert_int_equal(n, 10);
    assert_memory_equal(bytes, "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 10);
    assert_int_equal(RtlUTF8ToUnicodeN(back, sizeof(back), &n, bytes, 10), STATUS_SUCCESS);
    assert_int_equal(n, sizeof(units));
    assert_memory_equal(back, units, sizeof(units));
    assert_int_equal(RtlUnicodeToUTF8N(bytes, sizeof(bytes), &n, broken, sizeof(broken)),
                     STATUS_SOME_NOT_MAPPED);
    assert_memory_equal(bytes,
                        "a\xef\xbf\xbd"
                        "b",
                        5);
    assert_int_equal(RtlUTF8ToUnicodeN(back, sizeof(back), &n, "\xff\xc0\x80z", 4),
                     STATUS_SOME_NOT_MAPPED);
    assert_int_equal(back[n / 2 - 1], 'z');
    assert_int_equal(RtlUnicodeToUTF8N(bytes, 2, &n, units, sizeof(units)),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(n, 1);
    assert_int_equal(RtlUnicodeToUTF8N(NULL, 0, &n, units, sizeof(units)), STATUS_SUCCESS);
    assert_int_equal(n, 10); /* how many it takes */
}

static void ansi(void **state)
{
    ANSI_STRING narrow, made;
    UNICODE_STRING wide;

    (void)state;
    RtlInitAnsiString(&narrow, "\x80uro");
    assert_int_equal(RtlAnsiStringToUnicodeString(&wide, &narrow, TRUE), STATUS_SUCCESS);
    assert_int_equal(wide.Buffer[0], 0x20ac);
    assert_int_equal(wide.Length, 8);
    assert_int_equal(RtlUnicodeStringToAnsiString(&made, &wide, TRUE), STATUS_SUCCESS);
    assert_string_equal(made.Buffer, "\x80uro");
    RtlFreeAnsiString(&made);
    RtlFreeUnicodeString(&wide);
}

static void guids(void **state)
{
    GUID guid, again;
    UNICODE_STRING text, bad = str(L"{00000000-0000-0000-0000-00000000000g}");

    (void)state;
    assert_int_equal(ExUuidCreate(&guid), STATUS_SUCCESS);
    assert_int_equal(guid.Data3 >> 12, 4);
    assert_int_equal(RtlStringFromGUID(&guid, &text), STATUS_SUCCESS);
    assert_int_equal(text.Length, 76);
    assert_int_equal(RtlGUIDFromString(&text, &again), STATUS_SUCCESS);
    assert_memory_equal(&guid, &again, sizeof(guid));
    RtlFreeUnicodeString(&text);
    assert_int_equal(RtlGUIDFromString(&bad, &again), STATUS_INVALID_PARAMETER);
}

static void wildcards(void **state)
{
    (void)state;
    assert_true(in(L"*", L"anything.txt", FALSE));
    assert_true(in(L"*.TXT", L"a.b.txt", TRUE));
    assert_false(in(L"*.txt", L"a.b.txt", TRUE)); /* the expression has to be upcased */
    assert_true(in(L"*.txt", L"a.b.txt", FALSE));
    assert_false(in(L"*.TXT", L"a.b.txt", FALSE));
    assert_true(in(L"a?c", L"abc", FALSE));
    assert_false(in(L"a?c", L"ac", FALSE));
    assert_true(in(L"*b*d*", L"abcde", FALSE));
    assert_false(in(L"*b*d", L"abcde", FALSE));
    assert_true(in(L"", L"", FALSE));
    assert_false(in(L"*", L"", FALSE));
    assert_false(in(L"", L"a", FALSE));
    assert_true(in(L"\\*\\X.EXE", L"\\Device\\y\\x.exe", TRUE));
}

static void dos_wildcards(void **state)
{
    (void)state;
    /* DOS_STAR stops at the last dot. */
    assert_true(in(L"<.txt", L"a.b.txt", FALSE));
    assert_true(in(L"<", L"noext", FALSE));
    assert_false(in(L"<", L"a.txt", FALSE));
    assert_false(in(L"<x", L"a.bx", FALSE));
    /* DOS_QM: one character, or none before a dot or at the end. */
    assert_true(in(L">>>.txt", L"a.txt", FALSE));
    assert_true(in(L"a>>", L"a", FALSE));
    assert_false(in(L">", L"ab", FALSE));
    /* DOS_DOT: a dot, or nothing at the end. */
    assert_true(in(L"a\"", L"a", FALSE));
    assert_true(in(L"a\"b", L"a.b", FALSE));
    assert_false(in(L"a\"b", L"ab", FALSE));
    assert_true(in(L"<\"*", L"file", FALSE)); /* what *.* becomes */
    assert_true(in(L"<\"*", L"file.txt", FALSE));
}

static void long_expressions(void **state)
{
    wchar_t e[400], n[400];

    (void)state;
    for (int i = 0; i < 399; i++) {
        e[i] = '*';
        n[i] = 'a';
    }
    e[399] = n[399] = 0;
    assert_true(in(e, n, FALSE));
    e[398] = 'b';
    assert_false(in(e, n, FALSE));
}

static void names(void **state)
{
    UNICODE_STRING wild = str(L"\\a\\b*"), plain = str(L"\\a\\b"), first, rest;
    UNICODE_STRING path = str(L"\\one\\two\\three"), one = str(L"one"), two = str(L"two\\three");

    (void)state;
    assert_true(FsRtlDoesNameContainWildCards(&wild));
    assert_false(FsRtlDoesNameContainWildCards(&plain));
    FsRtlDissectName(path, &first, &rest);
    assert_true(RtlEqualUnicodeString(&first, &one, FALSE));
    assert_true(RtlEqualUnicodeString(&rest, &two, FALSE));
}

static void hashing(void **state)
{
    UNICODE_STRING a = str(L"Hello"), b = str(L"hELLO");
    ULONG x, y;

    (void)state;
    RtlHashUnicodeString(&a, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &x);
    RtlHashUnicodeString(&b, TRUE, HASH_STRING_ALGORITHM_X65599, &y);
    assert_int_equal(x, y);
    RtlHashUnicodeString(&b, FALSE, HASH_STRING_ALGORITHM_DEFAULT, &y);
    assert_int_not_equal(x, y);
    assert_int_equal(RtlHashUnicodeString(&a, TRUE, 2, &x), STATUS_INVALID_PARAMETER);
}

static void the_wide_c_library(void **state)
{
    static const wchar_t s[] = L"C:\\Windows\\notepad.exe";
    wchar_t buffer[16];

    (void)state;
    assert_int_equal(wcslen(s), 22);
    assert_ptr_equal(wcsstr(s, L"notepad"), s + 11);
    assert_null(wcsstr(s, L"Notepad"));
    assert_ptr_equal(wcsstr(s, L""), s);
    assert_ptr_equal(wcsrchr(s, '\\'), s + 10);
    assert_ptr_equal(wcschr(s, '\\'), s + 2);
    assert_null(wcschr(s, 'q'));
    assert_int_equal(_wcsicmp(L"ABC", L"abc"), 0);
    assert_int_equal(_wcsnicmp(L"ABCx", L"abcy", 3), 0);
    assert_true(_wcsnicmp(L"ABCx", L"abcy", 4) < 0);
    assert_true(wcscmp(L"a", L"b") < 0);
    wcscpy(buffer, L"ab");
    wcscat(buffer, L"cd");
    assert_int_equal(wcscmp(buffer, L"abcd"), 0);
    wcsncpy(buffer, L"xy", 5);
    assert_int_equal(buffer[4], 0);
    assert_int_equal(_strnicmp("FooBar", "fOObaz", 5), 0);
    assert_int_equal(towupper(0xe4), 0xc4);
}

static void bad_strings_are_told(void **state)
{
    wchar_t buffer[4];
    UNICODE_STRING odd = {3, 4, buffer}, none = {0, 0, NULL}, longer = {6, 4, buffer};

    (void)state;
    assert_int_equal(RtlValidateUnicodeString(0, &odd), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlValidateUnicodeString(0, &longer), STATUS_INVALID_PARAMETER);
    assert_int_equal(RtlValidateUnicodeString(0, &none), STATUS_SUCCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_counts_without_the_terminator),
        cmocka_unit_test(comparison),
        cmocka_unit_test(case_is_one_to_one),
        cmocka_unit_test(copying_truncates),
        cmocka_unit_test(upcasing_allocates_or_overflows),
        cmocka_unit_test(integers),
        cmocka_unit_test(utf8),
        cmocka_unit_test(ansi),
        cmocka_unit_test(guids),
        cmocka_unit_test(wildcards),
        cmocka_unit_test(dos_wildcards),
        cmocka_unit_test(long_expressions),
        cmocka_unit_test(names),
        cmocka_unit_test(hashing),
        cmocka_unit_test(the_wide_c_library),
        cmocka_unit_test(bad_strings_are_told),
    };

    return RUN_NT_TESTS(tests);
}
