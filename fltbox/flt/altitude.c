#include "manager.h"
#include <stdlib.h>
#include <string.h>

#define ALTITUDE_MAX 256 /* characters: more is no number that anybody means */

/* An altitude is a decimal number of any length, "385100.02847"; a double would not tell
   neighbours apart, so digits are compared. */
struct digits {
    const WCHAR *whole, *fraction;
    size_t whole_count, fraction_count;
};

static bool is_digit(WCHAR c)
{
    return c >= '0' && c <= '9';
}

static bool split(PCUNICODE_STRING s, struct digits *d)
{
    const WCHAR *p = s->Buffer, *end = p + s->Length / sizeof(WCHAR);

    d->whole = p;
    while (p < end && is_digit(*p))
        p++;
    d->whole_count = p - d->whole;
    d->fraction = p;
    d->fraction_count = 0;
    if (d->whole_count == 0)
        return false;
    if (p < end && *p == '.') {
        d->fraction = ++p;
        while (p < end && is_digit(*p))
            p++;
        d->fraction_count = p - d->fraction;
        if (d->fraction_count == 0)
            return false;
    }
    for (; d->whole_count > 1 && *d->whole == '0'; d->whole++)
        d->whole_count--;
    while (d->fraction_count > 0 && d->fraction[d->fraction_count - 1] == '0')
        d->fraction_count--;
    return p == end;
}

static int compare_digits(const WCHAR *a, size_t a_count, const WCHAR *b, size_t b_count)
{
    for (size_t i = 0; i < a_count && i < b_count; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return (a_count > b_count) - (a_count < b_count);
}

bool altitude_valid(PCUNICODE_STRING s)
{
    struct digits d;

    return split(s, &d);
}

int altitude_compare(PCUNICODE_STRING a, PCUNICODE_STRING b)
{
    struct digits x, y;

    split(a, &x);
    split(b, &y);
    if (x.whole_count != y.whole_count)
        return x.whole_count < y.whole_count ? -1 : 1;
    int whole = compare_digits(x.whole, x.whole_count, y.whole, y.whole_count);
    if (whole != 0)
        return whole;
    return compare_digits(x.fraction, x.fraction_count, y.fraction, y.fraction_count);
}

bool flt_altitude_valid(const char *s)
{
    UNICODE_STRING wide;
    bool valid;

    if (strlen(s) > ALTITUDE_MAX)
        return false;
    string_from_utf8(&wide, s);
    valid = altitude_valid(&wide);
    string_free(&wide);
    return valid;
}

int flt_altitude_compare(const char *a, const char *b)
{
    UNICODE_STRING x, y;
    int result;

    string_from_utf8(&x, a);
    string_from_utf8(&y, b);
    result = altitude_compare(&x, &y);
    string_free(&x);
    string_free(&y);
    return result;
}
