/* The driver's image-name patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "nt/nt.h"
#include "pattern.h"

#define IMAGE L"\\Device\\HarddiskVolume1\\Windows\\System32\\Notepad.exe"

static const struct {
    const wchar_t *pattern, *image;
    bool matches;
} cases[] = {
    {L"notepad.exe", IMAGE, true},
    {L"NOTEPAD.EXE", IMAGE, true},
    {L"notepad", IMAGE, false},
    {L"notepad.exe?", IMAGE, false},
    {L"otepad.exe", IMAGE, false},
    {L"note*", IMAGE, true},
    {L"*", IMAGE, true},
    {L"**", IMAGE, true},
    {L"*.exe", IMAGE, true},
    {L"*.com", IMAGE, false},
    {L"n?tepad.ex?", IMAGE, true},
    {L"?", IMAGE, false},
    {L"*?*", IMAGE, true},
    {L"*e*e*", IMAGE, true},
    {L"*e*e*e*e*", IMAGE, false},
    {L"windows", IMAGE, false},
    {L"system32*", IMAGE, false},
    /* With a backslash, the whole path */
    {L"\\notepad.exe", IMAGE, false},
    {L"*\\notepad.exe", IMAGE, true},
    {L"*\\windows\\*", IMAGE, true},
    {L"\\device\\harddiskvolume?\\windows\\*\\notepad.exe", IMAGE, true},
    {L"\\device\\harddiskvolume??\\windows\\*", IMAGE, false},
    {L"*\\", IMAGE, false},
    /* No backslash in the image, an image that ends with one, no image */
    {L"cat", L"cat", true},
    {L"cat", L"\\cat\\", false},
    {L"*", L"\\cat\\", true},
    {L"*", L"", true},
    {L"?*", L"", false},
    {L"caf\u00C9", L"\\usr\\bin\\caf\u00E9", true},
    /* What needs the last star only */
    {L"*ab", L"aaab", true},
    {L"a*b*c", L"aXbXbXc", true},
    {L"a*b*c", L"aXbXbXcd", false},
};

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        wchar_t text[64];
        UNICODE_STRING pattern_text = {0, sizeof(text), text}, image;
        FT_PATTERN pattern;

        for (size_t n = 0; cases[i].pattern[n] != 0; n++) {
            text[n] = cases[i].pattern[n];
            pattern_text.Length += sizeof(wchar_t);
        }
        RtlInitUnicodeString(&image, cases[i].image);
        FtPatternInitialize(&pattern, &pattern_text);
        if (FtPatternMatches(&pattern, &image) != cases[i].matches)
            fail_msg("case %zu: wrong", i);
    }
}

/* The worst case for backing up: it must take the product of both lengths, not more. */
static void test_hostile(void **state)
{
    static wchar_t text[512], name[32767];
    UNICODE_STRING pattern_text = {sizeof(text), sizeof(text), text};
    UNICODE_STRING image = {sizeof(name) - sizeof(name[0]), sizeof(name) - sizeof(name[0]), name};
    FT_PATTERN pattern;

    (void)state;
    for (size_t i = 0; i < 512; i++)
        text[i] = i % 2 ? L'a' : L'*';
    text[511] = L'b';
    for (size_t i = 0; i < 32767; i++)
        name[i] = L'a';
    FtPatternInitialize(&pattern, &pattern_text);
    assert_false(FtPatternMatches(&pattern, &image));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_hostile),
    };

    nt_init();
    nt_thread_attach();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
