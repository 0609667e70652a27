/* What an INF beside a driver puts into its service key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "inf.h"
#include "nt/nt.h"

#define KEY "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\inftest"

static char directory[] = "/tmp/inf-XXXXXX";
static char driver_path[64], inf_path[64];

static void write_inf(const char *text, size_t size)
{
    FILE *f = fopen(inf_path, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, size, f), size);
    fclose(f);
}

static void values_are_read(void **state)
{
    static const char text[] = "; HKR,\"Instances\",\"DefaultInstance\",0,\"commented out\"\r\n"
                               "[Version]\r\n"
                               "Signature = \"$Windows NT$\" ; a comment\r\n"
                               "[Some.AddRegistry]\r\n"
                               "HKR,\"Instances\",\"DefaultInstance\",0x00000000,%Default%\r\n"
                               "HKR,\"Instances\\\"%Default%,\"Altitude\",0x00000000,%Altitude%\r\n"
                               "  HKR, Parameters , Count , 0x00010001 , 0x11\r\n"
                               "HKR,\"Parameters\",\"Quoted\",,\"a, \"\"b\"\"; 100%%\"\r\n"
                               "HKLM,\"Parameters\",\"NotOurs\",,\"x\"\r\n"
                               "HKR,short\r\n"
                               "[Strings]\r\n"
                               "Default = \"My Instance\"\r\n"
                               "altitude = \"370020.5\"\r\n";
    char *error, *value;

    (void)state;
    write_inf(text, sizeof(text) - 1);
    assert_true(inf_apply(driver_path, KEY, &error));
    assert_null(error);
    value = nt_registry_get_string(KEY "\\Instances", "DefaultInstance");
    assert_string_equal(value, "My Instance");
    free(value);
    value = nt_registry_get_string(KEY "\\Instances\\My Instance", "Altitude");
    assert_string_equal(value, "370020.5");
    free(value);
    value = nt_registry_get_string(KEY "\\Parameters", "Quoted");
    assert_string_equal(value, "a, \"b\"; 100%");
    free(value);
    assert_null(nt_registry_get_string(KEY "\\Parameters", "NotOurs"));
    assert_null(nt_registry_get_string(KEY "\\Parameters", "Count")); /* it is a number */
}

static void none_is_no_error(void **state)
{
    char *error;

    (void)state;
    unlink(inf_path);
    assert_false(inf_apply(driver_path, KEY, &error));
    assert_null(error);
    assert_false(inf_apply("x", KEY, &error));
    assert_null(error);
}

/* The same text as the system writes it in Notepad: a mark, then two bytes for each character. */
static void write_utf16(const wchar_t *text)
{
    FILE *f = fopen(inf_path, "w");
    size_t count = 0;

    while (text[count] != 0)
        count++;
    assert_non_null(f);
    assert_int_equal(fwrite("\xFF\xFE", 1, 2, f), 2);
    assert_int_equal(fwrite(text, sizeof(*text), count, f), count);
    fclose(f);
}

static void assert_altitude(const char *key, const char *instance, const char *expected)
{
    char path[512], *error, *value;

    assert_true(inf_apply(driver_path, key, &error));
    assert_null(error);
    snprintf(path, sizeof(path), "%s\\Instances\\%s", key, instance);
    value = nt_registry_get_string(path, "Altitude");
    assert_non_null(value);
    assert_string_equal(value, expected);
    free(value);
}

static void byte_order_marks_are_read(void **state)
{
    static const char utf8[] = "\xEF\xBB\xBF[A]\r\n"
                               "HKR,\"Instances\\\"%Name%,\"Altitude\",,\"370021\"\r\n"
                               "[Strings]\r\nName = \"\xC3\x84\xF0\x9F\x97\x82\"\r\n";

    (void)state;
    write_utf16(L"[A]\r\nHKR,\"Instances\\\"%Name%,\"Altitude\",,%Alt%\r\n"
                L"[Strings]\r\nName = \"\u00C4\U0001F5C2\"\r\nAlt = \"370020\"\r\n");
    assert_altitude(KEY "utf16", "\xC3\x84\xF0\x9F\x97\x82", "370020");
    write_inf(utf8, sizeof(utf8) - 1);
    assert_altitude(KEY "utf8", "\xC3\x84\xF0\x9F\x97\x82", "370021");
}

static void assert_refused(const char *text, size_t size, const char *why)
{
    char *error;

    write_inf(text, size);
    assert_true(inf_apply(driver_path, KEY, &error));
    assert_non_null(error);
    assert_non_null(strstr(error, why));
    assert_non_null(strstr(error, inf_path));
    free(error);
}

static void what_is_no_text_is_refused(void **state)
{
    char *large = calloc(1, (1 << 20) + 1);

    (void)state;
    assert_refused("\xFE\xFF\0[\0V", 6, "big-endian");
    assert_refused("[\0V\0", 4, "no byte order mark");
    assert_refused("\xFF\xFE[\0V", 5, "in the middle of a character");
    assert_refused("\xFF\xFE[\0\0\0V\0", 8, "NUL character");
    memset(large, ';', (1 << 20) + 1);
    assert_refused(large, (1 << 20) + 1, "larger than 1 MiB");
    free(large);
}

/* Whatever is in it: no crash. Run under a sanitizer this looks past the ends of lines, too. */
static void garbage_does_no_harm(void **state)
{
    static const char alphabet[] = "HKR,\"%[]=;\\\r\n 01xStrings";
    char *error;

    (void)state;
    srand(2);
    for (int round = 0; round < 500; round++) {
        char text[300];
        size_t n = rand() % sizeof(text);

        for (size_t i = 0; i < n; i++)
            text[i] = alphabet[rand() % (sizeof(alphabet) - 1)];
        write_inf(text, n);
        assert_true(inf_apply(driver_path, KEY "garbage", &error));
        assert_null(error);
    }
}

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(driver_path, sizeof(driver_path), "%s/inftest.sys", directory);
    snprintf(inf_path, sizeof(inf_path), "%s/inftest.inf", directory);
    nt_init();
    nt_thread_attach();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(inf_path);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(byte_order_marks_are_read),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(garbage_does_no_harm),
        cmocka_unit_test(none_is_no_error),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
