/*
 * The kernel's printf: besides C's, %wZ and %Z for counted strings, %ws %ls %S %hs %wc %C %hc for
 * either width of character, I32 I64 I ll l h w as sizes, and %p as 16 digits. `long` has 32 bits.
 */
#include "executive.h"

#include <stdlib.h>
#include <string.h>

struct output {
    char *narrow; /* one of the two */
    wchar_t *wide;
    bool to_wide;
    size_t size, total;
};

struct conversion {
    bool left, plus, space, alternate, zero;
    int width, precision; /* -1: not given */
    enum { SIZE_DEFAULT, SIZE_SHORT, SIZE_LONG, SIZE_WIDE, SIZE_32, SIZE_64, SIZE_CHAR } size;
};

static void put_unit(struct output *out, uint32_t unit)
{
    if (out->total < out->size) {
        if (out->to_wide)
            out->wide[out->total] = (wchar_t)unit;
        else
            out->narrow[out->total] = (char)unit;
    }
    out->total++;
}

static void pad(struct output *out, int count, char with)
{
    while (count-- > 0)
        put_unit(out, (unsigned char)with);
}

/* ---- Strings ------------------------------------------------------------------------------- */

static size_t narrow_length(const char *s, int precision)
{
    return precision < 0 ? strlen(s) : strnlen(s, (size_t)precision);
}

static size_t wide_length(const wchar_t *s, int precision)
{
    size_t n = 0;

    while ((precision < 0 || n < (size_t)precision) && s[n] != 0)
        n++;
    return n;
}

static void put_narrow(struct output *out, const struct conversion *c, const char *s, size_t n)
{
    if (!c->left)
        pad(out, c->width - (int)n, c->zero ? '0' : ' ');
    for (size_t i = 0; i < n; i++)
        put_unit(out, (unsigned char)s[i]);
    if (c->left)
        pad(out, c->width - (int)n, ' ');
}

/* Widths count characters of the output; into a narrow buffer that is UTF-8. */
static void put_wide(struct output *out, const struct conversion *c, const wchar_t *s, size_t n)
{
    char *utf8;

    if (!out->to_wide) {
        utf8 = nt_narrow(s, n);
        if (utf8 == NULL)
            return;
        put_narrow(out, c, utf8, strlen(utf8));
        free(utf8);
        return;
    }
    if (!c->left)
        pad(out, c->width - (int)n, c->zero ? '0' : ' ');
    for (size_t i = 0; i < n; i++)
        put_unit(out, s[i]);
    if (c->left)
        pad(out, c->width - (int)n, ' ');
}

static void put_string(struct output *out, const struct conversion *c, const void *s, bool wide)
{
    if (s == NULL)
        put_narrow(out, c, "(null)", narrow_length("(null)", c->precision));
    else if (wide)
        put_wide(out, c, s, wide_length(s, c->precision));
    else
        put_narrow(out, c, s, narrow_length(s, c->precision));
}

static void put_counted(struct output *out, const struct conversion *c, const void *string)
{
    const UNICODE_STRING *wide = string;
    const ANSI_STRING *narrow = string;
    size_t n;

    if (string == NULL || wide->Buffer == NULL) {
        put_narrow(out, c, "(null)", 6);
        return;
    }
    n = c->size == SIZE_WIDE || c->size == SIZE_LONG ? wide->Length / sizeof(wchar_t)
                                                     : narrow->Length;
    if (c->precision >= 0 && n > (size_t)c->precision)
        n = (size_t)c->precision;
    if (c->size == SIZE_WIDE || c->size == SIZE_LONG)
        put_wide(out, c, wide->Buffer, n);
    else
        put_narrow(out, c, narrow->Buffer, n);
}

/* ---- Numbers ------------------------------------------------------------------------------- */

static void put_number(struct output *out, const struct conversion *c, uint64_t value, char sign,
                       unsigned base, const char *digits, const char *prefix)
{
    char text[72];
    size_t n = 0, zeros = 0, prefix_length = strlen(prefix);
    int fill;

    while (value != 0) {
        text[n++] = digits[value % base];
        value /= base;
    }
    if (n == 0 && c->precision != 0)
        text[n++] = '0';
    if (c->precision > (int)n)
        zeros = (size_t)c->precision - n;
    fill = c->width - (int)(n + zeros + prefix_length + (sign != 0));
    if (fill > 0 && c->zero && !c->left && c->precision < 0) {
        zeros += (size_t)fill;
        fill = 0;
    }
    if (!c->left)
        pad(out, fill, ' ');
    if (sign != 0)
        put_unit(out, (unsigned char)sign);
    for (size_t i = 0; i < prefix_length; i++)
        put_unit(out, (unsigned char)prefix[i]);
    pad(out, (int)zeros, '0');
    while (n > 0)
        put_unit(out, (unsigned char)text[--n]);
    if (c->left)
        pad(out, fill, ' ');
}

static uint64_t narrowed(const struct conversion *c, uint64_t value, bool is_signed)
{
    switch (c->size) {
    case SIZE_64:
        return value;
    case SIZE_SHORT:
        return is_signed ? (uint64_t)(int16_t)value : (uint16_t)value;
    case SIZE_CHAR:
        return is_signed ? (uint64_t)(int8_t)value : (uint8_t)value;
    default:
        return is_signed ? (uint64_t)(int32_t)value : (uint32_t)value;
    }
}

static void put_signed(struct output *out, const struct conversion *c, uint64_t raw)
{
    int64_t value = (int64_t)narrowed(c, raw, true);
    char sign = value < 0 ? '-' : c->plus ? '+' : c->space ? ' ' : 0;

    put_number(out, c, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, sign, 10, "0123456789",
               "");
}

static void put_unsigned(struct output *out, const struct conversion *c, uint64_t raw, char letter)
{
    uint64_t value = narrowed(c, raw, false);
    bool prefixed = c->alternate && value != 0;

    if (letter == 'x')
        put_number(out, c, value, 0, 16, "0123456789abcdef", prefixed ? "0x" : "");
    else if (letter == 'X')
        put_number(out, c, value, 0, 16, "0123456789ABCDEF", prefixed ? "0X" : "");
    else if (letter == 'o')
        put_number(out, c, value, 0, 8, "01234567", prefixed ? "0" : "");
    else
        put_number(out, c, value, 0, 10, "0123456789", "");
}

static void put_double(struct output *out, const struct conversion *c, double value, char letter)
{
    char format[8] = {'%', '.', '*', letter, '\0'}, text[512];
    int n = snprintf(text, sizeof(text), format, c->precision < 0 ? 6 : c->precision, value);

    if (n > 0)
        put_narrow(out, c, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

/* ---- The format ---------------------------------------------------------------------------- */

/* One unit of the format, whichever width it has. */
struct format {
    const char *narrow;
    const wchar_t *wide;
};

static uint32_t peek(const struct format *f, size_t at)
{
    return f->wide != NULL ? f->wide[at] : (unsigned char)f->narrow[at];
}

static size_t parse_flags(const struct format *f, size_t at, struct conversion *c)
{
    for (;; at++) {
        switch (peek(f, at)) {
        case '-':
            c->left = true;
            break;
        case '+':
            c->plus = true;
            break;
        case ' ':
            c->space = true;
            break;
        case '#':
            c->alternate = true;
            break;
        case '0':
            c->zero = true;
            break;
        default:
            return at;
        }
    }
}

static size_t parse_count(const struct format *f, size_t at, int *count)
{
    *count = 0;
    while (peek(f, at) >= '0' && peek(f, at) <= '9') {
        if (*count < 100000)
            *count = *count * 10 + (int)(peek(f, at) - '0');
        at++;
    }
    return at;
}

static size_t parse_size(const struct format *f, size_t at, struct conversion *c)
{
    switch (peek(f, at)) {
    case 'h':
        if (peek(f, at + 1) == 'h') {
            c->size = SIZE_CHAR;
            return at + 2;
        }
        c->size = SIZE_SHORT;
        return at + 1;
    case 'l':
        if (peek(f, at + 1) == 'l') {
            c->size = SIZE_64;
            return at + 2;
        }
        c->size = SIZE_LONG;
        return at + 1;
    case 'w':
        c->size = SIZE_WIDE;
        return at + 1;
    case 'j':
    case 'z':
    case 't':
        c->size = SIZE_64;
        return at + 1;
    case 'I':
        if (peek(f, at + 1) == '6' && peek(f, at + 2) == '4') {
            c->size = SIZE_64;
            return at + 3;
        }
        if (peek(f, at + 1) == '3' && peek(f, at + 2) == '2') {
            c->size = SIZE_32;
            return at + 3;
        }
        c->size = SIZE_64;
        return at + 1;
    default:
        return at;
    }
}

/* Does a character or string conversion mean wide characters? */
static bool is_wide(const struct output *out, const struct conversion *c, uint32_t letter)
{
    if (c->size == SIZE_SHORT || c->size == SIZE_CHAR)
        return false;
    if (c->size == SIZE_LONG || c->size == SIZE_WIDE)
        return true;
    return letter == 'S' || letter == 'C' ? !out->to_wide : out->to_wide;
}

static void put_character(struct output *out, const struct conversion *c, unsigned value, bool wide)
{
    wchar_t unit = (wchar_t)value;
    char byte = (char)value;

    if (wide)
        put_wide(out, c, &unit, 1);
    else
        put_narrow(out, c, &byte, 1);
}

static void put_pointer(struct output *out, const struct conversion *given, uint64_t value)
{
    struct conversion c = *given;

    c.precision = 16;
    put_number(out, &c, value, 0, 16, "0123456789ABCDEF", c.alternate ? "0X" : "");
}

static size_t format(struct output *out, const struct format *f, __builtin_ms_va_list arguments)
{
    for (size_t at = 0; peek(f, at) != 0;) {
        struct conversion c = {.precision = -1};
        uint32_t letter;

        if (peek(f, at) != '%') {
            put_unit(out, peek(f, at++));
            continue;
        }
        at = parse_flags(f, at + 1, &c);
        if (peek(f, at) == '*') {
            c.width = __builtin_va_arg(arguments, int);
            if (c.width < 0) {
                c.left = true;
                c.width = -c.width;
            }
            at++;
        } else {
            at = parse_count(f, at, &c.width);
        }
        if (peek(f, at) == '.') {
            at++;
            if (peek(f, at) == '*') {
                c.precision = __builtin_va_arg(arguments, int);
                at++;
            } else {
                at = parse_count(f, at, &c.precision);
            }
        }
        at = parse_size(f, at, &c);
        letter = peek(f, at);
        if (letter == 0)
            break;
        at++;
        switch (letter) {
        case 'd':
        case 'i':
            put_signed(out, &c, __builtin_va_arg(arguments, uint64_t));
            break;
        case 'u':
        case 'x':
        case 'X':
        case 'o':
            put_unsigned(out, &c, __builtin_va_arg(arguments, uint64_t), (char)letter);
            break;
        case 'p':
            put_pointer(out, &c, __builtin_va_arg(arguments, uint64_t));
            break;
        case 's':
        case 'S':
            put_string(out, &c, __builtin_va_arg(arguments, void *), is_wide(out, &c, letter));
            break;
        case 'c':
        case 'C':
            put_character(out, &c, __builtin_va_arg(arguments, unsigned), is_wide(out, &c, letter));
            break;
        case 'Z':
            put_counted(out, &c, __builtin_va_arg(arguments, void *));
            break;
        case 'e':
        case 'E':
        case 'f':
        case 'g':
        case 'G':
            put_double(out, &c, __builtin_va_arg(arguments, double), (char)letter);
            break;
        default:
            put_unit(out, letter); /* "%%", and what is unknown stands for itself */
            break;
        }
    }
    return out->total;
}

size_t nt_format_narrow(char *buffer, size_t size, const char *text, __builtin_ms_va_list arguments)
{
    struct output out = {.narrow = buffer, .size = size};
    struct format f = {.narrow = text};

    return format(&out, &f, arguments);
}

size_t nt_format_wide(wchar_t *buffer, size_t size, const wchar_t *text,
                      __builtin_ms_va_list arguments)
{
    struct output out = {.wide = buffer, .to_wide = true, .size = size};
    struct format f = {.wide = text};

    return format(&out, &f, arguments);
}

/* ---- As the C library has them ------------------------------------------------------------- */

int NTAPI nt__vsnprintf(char *to, size_t size, const char *text, NT_VA_LIST arguments)
{
    size_t n = nt_format_narrow(to, size, text, arguments);

    if (n < size)
        to[n] = '\0';
    return n > size && !(to == NULL && size == 0) ? -1 : (int)n;
}

int NTAPI nt__snprintf(char *to, size_t size, const char *text, ...)
{
    NT_VA_LIST arguments;
    int n;

    NT_VA_START(arguments, text);
    n = nt__vsnprintf(to, size, text, arguments);
    NT_VA_END(arguments);
    return n;
}

int NTAPI nt__vsnwprintf(WCHAR *to, size_t size, const WCHAR *text, NT_VA_LIST arguments)
{
    size_t n = nt_format_wide(to, size, text, arguments);

    if (n < size)
        to[n] = 0;
    return n > size && !(to == NULL && size == 0) ? -1 : (int)n;
}

int NTAPI nt__snwprintf(WCHAR *to, size_t size, const WCHAR *text, ...)
{
    NT_VA_LIST arguments;
    int n;

    NT_VA_START(arguments, text);
    n = nt__vsnwprintf(to, size, text, arguments);
    NT_VA_END(arguments);
    return n;
}
