#include "manager.h"
#include <stdlib.h>
#include <string.h>

void *memory_get(size_t size)
{
    void *p = calloc(1, size);

    if (p == NULL)
        nt_bug_check(FLT_BUGCHECK, "out of memory: the Filter Manager needs %zu bytes", size);
    return p;
}

void string_copy(UNICODE_STRING *to, PCUNICODE_STRING from)
{
    USHORT length = from->Length & ~(USHORT)1;

    to->Buffer = memory_get((size_t)length + sizeof(WCHAR));
    if (length > 0)
        memcpy(to->Buffer, from->Buffer, length);
    to->Length = to->MaximumLength = length;
}

static const char *decode(const char *s, uint32_t *c)
{
    unsigned char first = (unsigned char)*s++;
    unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;

    *c = more > 0 ? first & (0x3fu >> more) : first;
    for (; more > 0 && (*s & 0xc0) == 0x80; more--)
        *c = *c << 6 | (*s++ & 0x3f);
    return s;
}

void string_from_utf8(UNICODE_STRING *to, const char *s)
{
    size_t room = strlen(s), n = 0;

    if (room > 0x7ffe)
        nt_bug_check(FLT_BUGCHECK, "a name of %zu bytes is too long for NT", room);
    to->Buffer = memory_get((room + 1) * sizeof(WCHAR));
    while (*s != '\0') {
        uint32_t c;

        s = decode(s, &c);
        if (c >= 0x10000) {
            to->Buffer[n++] = (WCHAR)(0xd800 + ((c - 0x10000) >> 10));
            to->Buffer[n++] = (WCHAR)(0xdc00 + (c & 0x3ff));
        } else {
            to->Buffer[n++] = (WCHAR)c;
        }
    }
    to->Length = to->MaximumLength = (USHORT)(n * sizeof(WCHAR));
}

char *string_utf8(PCUNICODE_STRING s)
{
    char *utf8 = nt_narrow(s->Buffer, s->Length / sizeof(WCHAR));

    if (utf8 == NULL)
        nt_bug_check(FLT_BUGCHECK, "out of memory for a name");
    return utf8;
}

void string_free(UNICODE_STRING *s)
{
    free(s->Buffer);
    memset(s, 0, sizeof(*s));
}

bool string_equal(PCUNICODE_STRING a, PCUNICODE_STRING b, bool ignore_case)
{
    if (a->Length != b->Length)
        return false;
    if (ignore_case)
        return RtlEqualUnicodeString(a, b, TRUE);
    return a->Length == 0 || memcmp(a->Buffer, b->Buffer, a->Length) == 0;
}

size_t string_units(const WCHAR *s)
{
    size_t n = 0;

    while (s[n] != 0)
        n++;
    return n;
}
