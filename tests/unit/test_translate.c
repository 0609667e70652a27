/* Linux names, flags and errors in NT terms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <cmocka.h>

#include <ntifs.h>
#include "translate/translate.h"

static void expect_name(const char *bytes, const wchar_t *wide)
{
    uint16_t units[64];
    char back[256];
    size_t n = translate_name(bytes, strlen(bytes), units, false);
    size_t expected = 0;

    while (wide[expected] != 0)
        expected++;
    assert_int_equal(n, expected);
    assert_memory_equal(units, wide, n * sizeof(*units));
    assert_int_equal(translate_name_back(units, n, back, false), strlen(bytes));
    assert_string_equal(back, bytes);
}

static void names_map(void **state)
{
    (void)state;
    expect_name("/etc/hosts", L"\\etc\\hosts");
    expect_name("/caf\xC3\xA9", L"\\caf\x00E9");
    expect_name("/\xF0\x9F\x98\x80", L"\\\xD83D\xDE00");
    expect_name("/a\\b:c*d?", L"\\a\xF05C"
                              L"b\xF03A"
                              L"c\xF02A"
                              L"d\xF03F");
    expect_name("/a\nb\x01", L"\\a\xF00A"
                             L"b\xF001");
    expect_name("/\xFF\xC3", L"\\\xDCFF\xDCC3");                     /* no UTF-8 */
    expect_name("/\xC0\xAF", L"\\\xDCC0\xDCAF");                     /* overlong '/' */
    expect_name("/\xED\xA0\x80", L"\\\xDCED\xDCA0\xDC80");           /* a surrogate */
    expect_name("/\xEF\x81\x9C", L"\\\xDCEF\xDC81\xDC9C");           /* U+F05C itself */
    expect_name("/\xF4\x90\x80\x80", L"\\\xDCF4\xDC90\xDC80\xDC80"); /* past U+10FFFF */
}

/* Whatever bytes: back comes what went in, and what went in never grows. */
static void any_name_survives(void **state)
{
    (void)state;
    srand(1);
    for (int round = 0; round < 200000; round++) {
        char name[40], back[3 * 40 + 1];
        uint16_t units[40];
        size_t length = rand() % sizeof(name), n;

        for (size_t i = 0; i < length; i++) {
            /* Mostly bytes that matter: lead and continuation bytes, and those of U+F0xx. */
            static const unsigned char hot[] = {0xEF, 0x80, 0x81, 0xBF, 0xED,
                                                0xF0, 0xC3, '/',  '\\'};

            name[i] = rand() % 2 ? hot[rand() % sizeof(hot)] : 1 + rand() % 255;
        }
        n = translate_name(name, length, units, false);
        assert_true(n <= length);
        assert_int_equal(translate_name_back(units, n, back, false), length);
        assert_memory_equal(back, name, length);
    }
}

/* Long names are translated in blocks: an ASCII character is the same wherever it stands. */
static void place_does_not_matter(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 0x80; c++) {
        char one = (char)c, name[50], back[3 * 50 + 1];
        uint16_t unit, units[50];

        assert_int_equal(translate_name(&one, 1, &unit, false), 1);
        for (size_t at = 0; at < sizeof(name); at++) {
            memset(name, 'x', sizeof(name));
            name[at] = one;
            assert_int_equal(translate_name(name, sizeof(name), units, false), sizeof(name));
            for (size_t i = 0; i < sizeof(name); i++)
                assert_int_equal(units[i], i == at ? unit : 'x');
            assert_int_equal(translate_name_back(units, sizeof(name), back, false), sizeof(name));
            assert_memory_equal(back, name, sizeof(name));
        }
    }
}

static void flags_map(void **state)
{
    (void)state;
    static const struct {
        int flags;
        uint32_t mode, access, disposition, options, attributes;
    } cases[] = {
        {O_RDONLY, 0, FILE_GENERIC_READ, FILE_OPEN, 0, 0},
        {O_WRONLY, 0, FILE_GENERIC_WRITE, FILE_OPEN, FILE_NON_DIRECTORY_FILE, 0},
        {O_RDWR, 0, FILE_GENERIC_READ | FILE_GENERIC_WRITE, FILE_OPEN, FILE_NON_DIRECTORY_FILE, 0},
        {O_WRONLY | O_APPEND, 0, FILE_GENERIC_WRITE & ~FILE_WRITE_DATA, FILE_OPEN,
         FILE_NON_DIRECTORY_FILE, 0},
        {O_WRONLY | O_CREAT | O_TRUNC, 0666, FILE_GENERIC_WRITE, FILE_OVERWRITE_IF,
         FILE_NON_DIRECTORY_FILE, FILE_ATTRIBUTE_NORMAL},
        {O_WRONLY | O_CREAT, 0444, FILE_GENERIC_WRITE, FILE_OPEN_IF, FILE_NON_DIRECTORY_FILE,
         FILE_ATTRIBUTE_READONLY},
        {O_RDWR | O_CREAT | O_EXCL, 0600, FILE_GENERIC_READ | FILE_GENERIC_WRITE, FILE_CREATE,
         FILE_NON_DIRECTORY_FILE, FILE_ATTRIBUTE_NORMAL},
        {O_WRONLY | O_TRUNC, 0, FILE_GENERIC_WRITE, FILE_OVERWRITE, FILE_NON_DIRECTORY_FILE, 0},
        {O_RDONLY | O_DIRECTORY, 0, FILE_GENERIC_READ, FILE_OPEN, FILE_DIRECTORY_FILE, 0},
        {O_PATH | O_NOFOLLOW, 0, FILE_READ_ATTRIBUTES | SYNCHRONIZE, FILE_OPEN,
         FILE_OPEN_REPARSE_POINT, 0},
        {O_RDWR | O_TMPFILE, 0600, FILE_GENERIC_READ | FILE_GENERIC_WRITE | DELETE, FILE_CREATE,
         FILE_DELETE_ON_CLOSE | FILE_NON_DIRECTORY_FILE, FILE_ATTRIBUTE_TEMPORARY},
        {O_RDONLY | O_DIRECT | O_SYNC, 0, FILE_GENERIC_READ, FILE_OPEN,
         FILE_NO_INTERMEDIATE_BUFFERING | FILE_WRITE_THROUGH, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct translated_open t = translate_open(cases[i].flags, cases[i].mode);

        assert_int_equal(t.desired_access, cases[i].access);
        assert_int_equal(t.disposition, cases[i].disposition);
        assert_int_equal(t.options, cases[i].options | FILE_SYNCHRONOUS_IO_NONALERT);
        assert_int_equal(t.attributes, cases[i].attributes);
        assert_int_equal(t.share, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE);
    }
}

static void errors_map(void **state)
{
    (void)state;
    assert_int_equal(translate_error(0, false), STATUS_SUCCESS);
    assert_int_equal(translate_error(ENOENT, false), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(translate_error(ENOENT, true), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_int_equal(translate_error(ENOTDIR, true), STATUS_OBJECT_PATH_NOT_FOUND);
    assert_int_equal(translate_error(ENOTDIR, false), STATUS_NOT_A_DIRECTORY);
    assert_int_equal(translate_error(EACCES, false), STATUS_ACCESS_DENIED);
    /* No failure may look like a success, whatever the number. */
    for (int e = 1; e < 600; e++)
        assert_false(NT_SUCCESS(translate_error(e, false)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_map),
        cmocka_unit_test(any_name_survives),
        cmocka_unit_test(place_does_not_matter),
        cmocka_unit_test(flags_map),
        cmocka_unit_test(errors_map),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
