/* Altitudes are decimal numbers of any length. */
#include "flt_fixture.h"

static void numbers_are_compared(void **state)
{
    static const struct {
        const char *a, *b;
        int result;
    } cases[] = {
        {"370020", "370020", 0},
        {"370020", "370021", -1},
        {"9", "10", -1},
        {"100", "99.999", 1},
        {"370020.5", "370020", 1},
        {"370020.5", "370020.50", 0},
        {"370020.05", "370020.5", -1},
        {"0370020", "370020", 0},
        {"385100.0284748573957392857203", "385100.0284748573957392857204", -1},
        {"123456789012345678901234567890", "123456789012345678901234567889", 1},
        {"0", "0.0", 0},
        {"0.1", "0.09", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int forth = flt_altitude_compare(cases[i].a, cases[i].b);
        int back = flt_altitude_compare(cases[i].b, cases[i].a);

        assert_int_equal((forth > 0) - (forth < 0), cases[i].result);
        assert_int_equal((back > 0) - (back < 0), -cases[i].result);
    }
}

static void what_is_no_number_is_refused(void **state)
{
    static const struct {
        const wchar_t *text;
        bool valid;
    } cases[] = {
        {L"370020", true}, {L"370020.5", true}, {L"0", true},   {L"", false},      {L".5", false},
        {L"5.", false},    {L"-5", false},      {L"5a", false}, {L"5.5.5", false}, {L" 5", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        UNICODE_STRING s = u(cases[i].text);

        assert_int_equal(altitude_valid(&s), cases[i].valid);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_compared),
        cmocka_unit_test(what_is_no_number_is_refused),
    };

    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
