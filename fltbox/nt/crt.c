/*
 * The C library functions that ntoskrnl exports, except those that copy memory. Wide characters
 * have 16 bits. Case is folded within ASCII, as the kernel's C library does it; towupper and
 * towlower fold as names are folded.
 */
#include "crt.h"
#include "executive.h"

#include <string.h>

static unsigned lower_ascii(unsigned c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* ---- Wide strings -------------------------------------------------------------------------- */

size_t NTAPI nt_wcsnlen(const WCHAR *s, size_t limit)
{
    size_t n = 0;

    while (n < limit && s[n] != 0)
        n++;
    return n;
}

int NTAPI nt_wcscmp(const WCHAR *a, const WCHAR *b)
{
    while (*a == *b && *a != 0) {
        a++;
        b++;
    }
    return (*a > *b) - (*a < *b);
}

int NTAPI nt_wcsncmp(const WCHAR *a, const WCHAR *b, size_t count)
{
    for (; count > 0; count--, a++, b++)
        if (*a != *b || *a == 0)
            return (*a > *b) - (*a < *b);
    return 0;
}

WCHAR *NTAPI nt_wcscpy(WCHAR *to, const WCHAR *from)
{
    size_t i = 0;

    while ((to[i] = from[i]) != 0)
        i++;
    return to;
}

WCHAR *NTAPI nt_wcsncpy(WCHAR *to, const WCHAR *from, size_t count)
{
    size_t i = 0;

    for (; i < count && from[i] != 0; i++)
        to[i] = from[i];
    for (; i < count; i++)
        to[i] = 0;
    return to;
}

WCHAR *NTAPI nt_wcscat(WCHAR *to, const WCHAR *from)
{
    nt_wcscpy(to + nt_wcslen(to), from);
    return to;
}

WCHAR *NTAPI nt_wcsncat(WCHAR *to, const WCHAR *from, size_t count)
{
    WCHAR *end = to + nt_wcslen(to);
    size_t i = 0;

    for (; i < count && from[i] != 0; i++)
        end[i] = from[i];
    end[i] = 0;
    return to;
}

WCHAR *NTAPI nt_wcschr(const WCHAR *s, WCHAR c)
{
    for (;; s++) {
        if (*s == c)
            return (WCHAR *)s;
        if (*s == 0)
            return NULL;
    }
}

WCHAR *NTAPI nt_wcsrchr(const WCHAR *s, WCHAR c)
{
    const WCHAR *found = NULL;

    for (;; s++) {
        if (*s == c)
            found = s;
        if (*s == 0)
            return (WCHAR *)found;
    }
}

WCHAR *NTAPI nt_wcsstr(const WCHAR *s, const WCHAR *part)
{
    size_t n = nt_wcslen(part);

    for (;; s++) {
        if (nt_wcsncmp(s, part, n) == 0)
            return (WCHAR *)s;
        if (*s == 0)
            return NULL;
    }
}

size_t NTAPI nt_wcsspn(const WCHAR *s, const WCHAR *set)
{
    size_t n = 0;

    while (s[n] != 0 && nt_wcschr(set, s[n]) != NULL)
        n++;
    return n;
}

int NTAPI nt__wcsicmp(const WCHAR *a, const WCHAR *b)
{
    while (lower_ascii(*a) == lower_ascii(*b) && *a != 0) {
        a++;
        b++;
    }
    return (int)lower_ascii(*a) - (int)lower_ascii(*b);
}

int NTAPI nt__wcsnicmp(const WCHAR *a, const WCHAR *b, size_t count)
{
    for (; count > 0; count--, a++, b++)
        if (lower_ascii(*a) != lower_ascii(*b) || *a == 0)
            return (int)lower_ascii(*a) - (int)lower_ascii(*b);
    return 0;
}

WCHAR *NTAPI nt__wcslwr(WCHAR *s)
{
    for (size_t i = 0; s[i] != 0; i++)
        s[i] = (WCHAR)lower_ascii(s[i]);
    return s;
}

WCHAR *NTAPI nt__wcsupr(WCHAR *s)
{
    for (size_t i = 0; s[i] != 0; i++)
        if (s[i] >= 'a' && s[i] <= 'z')
            s[i] = (WCHAR)(s[i] - 'a' + 'A');
    return s;
}

WCHAR *NTAPI nt__wcsnset(WCHAR *s, WCHAR c, size_t count)
{
    for (size_t i = 0; i < count && s[i] != 0; i++)
        s[i] = c;
    return s;
}

WCHAR NTAPI nt_towlower(WCHAR c)
{
    return nt_downcase(c);
}

WCHAR NTAPI nt_towupper(WCHAR c)
{
    return nt_upcase(c);
}

/* ---- Narrow strings ------------------------------------------------------------------------ */

int NTAPI nt__stricmp(const char *a, const char *b)
{
    while (lower_ascii((unsigned char)*a) == lower_ascii((unsigned char)*b) && *a != 0) {
        a++;
        b++;
    }
    return (int)lower_ascii((unsigned char)*a) - (int)lower_ascii((unsigned char)*b);
}

int NTAPI nt__strnicmp(const char *a, const char *b, size_t count)
{
    for (; count > 0; count--, a++, b++)
        if (lower_ascii((unsigned char)*a) != lower_ascii((unsigned char)*b) || *a == 0)
            return (int)lower_ascii((unsigned char)*a) - (int)lower_ascii((unsigned char)*b);
    return 0;
}

char *NTAPI nt__strlwr(char *s)
{
    for (size_t i = 0; s[i] != 0; i++)
        s[i] = (char)lower_ascii((unsigned char)s[i]);
    return s;
}

char *NTAPI nt__strupr(char *s)
{
    for (size_t i = 0; s[i] != 0; i++)
        if (s[i] >= 'a' && s[i] <= 'z')
            s[i] = (char)(s[i] - 'a' + 'A');
    return s;
}

/* The others are the C library's, behind the calling convention. */

size_t NTAPI nt_strnlen(const char *s, size_t limit)
{
    return strnlen(s, limit);
}

int NTAPI nt_strcmp(const char *a, const char *b)
{
    return strcmp(a, b);
}

int NTAPI nt_strncmp(const char *a, const char *b, size_t count)
{
    return strncmp(a, b, count);
}

char *NTAPI nt_strcpy(char *to, const char *from)
{
    return strcpy(to, from);
}

char *NTAPI nt_strncpy(char *to, const char *from, size_t count)
{
    size_t i = 0;

    for (; i < count && from[i] != 0; i++)
        to[i] = from[i];
    for (; i < count; i++)
        to[i] = 0;
    return to;
}

char *NTAPI nt_strcat(char *to, const char *from)
{
    return strcat(to, from);
}

char *NTAPI nt_strncat(char *to, const char *from, size_t count)
{
    return strncat(to, from, count);
}

char *NTAPI nt_strchr(const char *s, int c)
{
    return strchr(s, c);
}

char *NTAPI nt_strrchr(const char *s, int c)
{
    return strrchr(s, c);
}

char *NTAPI nt_strstr(const char *s, const char *part)
{
    return strstr(s, part);
}

int NTAPI nt_tolower(int c)
{
    return (int)lower_ascii((unsigned)c);
}

int NTAPI nt_toupper(int c)
{
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}
