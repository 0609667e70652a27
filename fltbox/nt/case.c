/*
 * Upper and lower case of single UTF-16 units, one to one, as Windows folds names.
 *
 * The pairs come from the C library's table. Windows' own table maps one unit to one unit and
 * back, and leaves alone what does not fold so: sharp s, dotless and dotted i, the Kelvin and
 * Angstrom signs, long s, title-case digraphs, and so on.
 */
#include "executive.h"

#include <locale.h>
#include <pthread.h>

/* The real ones: 32-bit characters, which a 16-bit wchar_t has nothing to do with. */
typedef unsigned int wide_int;
extern wide_int towupper_l(wide_int, locale_t);
extern wide_int towlower_l(wide_int, locale_t);

static wchar_t upper[0x10000], lower[0x10000];

static void make_tables(void)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

    for (unsigned c = 0; c < 0x10000; c++)
        upper[c] = lower[c] = (wchar_t)c;
    for (unsigned c = 'a'; c <= 'z'; c++) {
        upper[c] = (wchar_t)(c - 'a' + 'A');
        lower[c - 'a' + 'A'] = (wchar_t)c;
    }
    if (utf8 == (locale_t)0)
        return;
    for (unsigned c = 0x80; c < 0x10000; c++) {
        wide_int up = towupper_l(c, utf8);

        if (up == c || up < 0x80 || up >= 0x10000 || towlower_l(up, utf8) != c)
            continue;
        upper[c] = (wchar_t)up;
        lower[up] = (wchar_t)c;
    }
    freelocale(utf8);
}

void nt_case_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_tables);
}

wchar_t nt_upcase(wchar_t c)
{
    return upper[c];
}

wchar_t nt_downcase(wchar_t c)
{
    return lower[c];
}

WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR c)
{
    IRQL_AT_MOST(APC_LEVEL);
    return upper[c];
}

WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR c)
{
    IRQL_AT_MOST(APC_LEVEL);
    return lower[c];
}
