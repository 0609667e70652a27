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

static void utf16_is_refused(void **state)
{
    char *error;

    (void)state;
    write_inf("\xFF\xFE[\0V\0", 6);
    assert_true(inf_apply(driver_path, KEY, &error));
    assert_non_null(strstr(error, "UTF-16"));
    assert_non_null(strstr(error, inf_path));
    free(error);
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
        cmocka_unit_test(utf16_is_refused),
        cmocka_unit_test(garbage_does_no_harm),
        cmocka_unit_test(none_is_no_error),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
