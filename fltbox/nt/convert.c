/* UTF-16 to and from UTF-8, the ANSI code page (1252), numbers and GUIDs. */
#include "executive.h"

#include <stdlib.h>
#include <string.h>

/* ---- UTF-8 --------------------------------------------------------------------------------- */

#define REPLACEMENT 0xfffd

/* Takes one character; *bad says that it was a lone surrogate. */
static uint32_t take_utf16(const wchar_t *units, size_t count, size_t *at, bool *bad)
{
    uint32_t c = units[(*at)++];

    if (c < 0xd800 || c > 0xdfff)
        return c;
    if (c < 0xdc00 && *at < count && units[*at] >= 0xdc00 && units[*at] <= 0xdfff)
        return 0x10000 + ((c - 0xd800) << 10) + (uint32_t)(units[(*at)++] - 0xdc00);
    *bad = true;
    return REPLACEMENT;
}

static size_t put_utf8(uint32_t c, char bytes[4])
{
    if (c < 0x80) {
        bytes[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        bytes[0] = (char)(0xc0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        bytes[0] = (char)(0xe0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    bytes[0] = (char)(0xf0 | c >> 18);
    bytes[1] = (char)(0x80 | (c >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (c >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR to, ULONG room, PULONG written, PCWCH from, ULONG bytes)
{
    NTSTATUS status = STATUS_SUCCESS;
    size_t count = bytes / sizeof(wchar_t), at = 0, total = 0;
    bool bad = false;

    IRQL_AT_MOST(APC_LEVEL);
    if (from == NULL || (to == NULL && written == NULL))
        return STATUS_INVALID_PARAMETER;
    if (bytes % sizeof(wchar_t) != 0)
        return STATUS_INVALID_PARAMETER;
    while (at < count) {
        char one[4];
        size_t n = put_utf8(take_utf16(from, count, &at, &bad), one);

        if (to != NULL) {
            if (total + n > room) {
                status = STATUS_BUFFER_TOO_SMALL;
                break;
            }
            memcpy(to + total, one, n);
        }
        total += n;
    }
    if (written != NULL)
        *written = (ULONG)total;
    if (status == STATUS_SUCCESS && bad)
        status = STATUS_SOME_NOT_MAPPED;
    return status;
}

/* Takes one character of the shortest valid form; an invalid byte is taken alone. */
static uint32_t take_utf8(const uint8_t *bytes, size_t count, size_t *at, bool *bad)
{
    uint8_t first = bytes[(*at)++];
    uint32_t c, least;
    unsigned more;

    if (first < 0x80)
        return first;
    if (first >= 0xc2 && first <= 0xdf) {
        c = first & 0x1f;
        more = 1;
        least = 0x80;
    } else if (first >= 0xe0 && first <= 0xef) {
        c = first & 0x0f;
        more = 2;
        least = 0x800;
    } else if (first >= 0xf0 && first <= 0xf4) {
        c = first & 0x07;
        more = 3;
        least = 0x10000;
    } else {
        *bad = true;
        return REPLACEMENT;
    }
    for (unsigned i = 0; i < more; i++) {
        if (*at + i >= count || (bytes[*at + i] & 0xc0) != 0x80) {
            *bad = true;
            return REPLACEMENT;
        }
        c = c << 6 | (bytes[*at + i] & 0x3f);
    }
    if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        *bad = true;
        return REPLACEMENT;
    }
    *at += more;
    return c;
}

NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR to, ULONG room, PULONG written, PCCH from, ULONG bytes)
{
    NTSTATUS status = STATUS_SUCCESS;
    size_t at = 0, total = 0;
    bool bad = false;

    IRQL_AT_MOST(APC_LEVEL);
    if (from == NULL || (to == NULL && written == NULL))
        return STATUS_INVALID_PARAMETER;
    while (at < bytes) {
        uint32_t c = take_utf8((const uint8_t *)from, bytes, &at, &bad);
        size_t n = c < 0x10000 ? 1 : 2;

        if (to != NULL) {
            if ((total + n) * sizeof(wchar_t) > room) {
                status = STATUS_BUFFER_TOO_SMALL;
                break;
            }
            if (n == 1) {
                to[total] = (wchar_t)c;
            } else {
                to[total] = (wchar_t)(0xd800 + ((c - 0x10000) >> 10));
                to[total + 1] = (wchar_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
            }
        }
        total += n;
    }
    if (written != NULL)
        *written = (ULONG)(total * sizeof(wchar_t));
    if (status == STATUS_SUCCESS && bad)
        status = STATUS_SOME_NOT_MAPPED;
    return status;
}

char *nt_narrow(const wchar_t *units, size_t count)
{
    char *bytes = malloc(count * 3 + 1);
    size_t at = 0, n = 0;

    if (bytes == NULL)
        return NULL;
    while (at < count) {
        bool bad = false;
        uint32_t c = take_utf16(units, count, &at, &bad);

        if (bad)
            bytes[n++] = '?';
        else
            n += put_utf8(c, bytes + n);
    }
    bytes[n] = '\0';
    return bytes;
}

/* ---- The ANSI code page -------------------------------------------------------------------- */

static const wchar_t ansi_80_9f[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

static wchar_t from_ansi(uint8_t c)
{
    return c >= 0x80 && c < 0xa0 ? ansi_80_9f[c - 0x80] : c;
}

static uint8_t to_ansi(wchar_t c)
{
    if (c < 0x80 || (c >= 0xa0 && c < 0x100))
        return (uint8_t)c;
    for (unsigned i = 0; i < 32; i++)
        if (ansi_80_9f[i] == c)
            return (uint8_t)(0x80 + i);
    return '?';
}

NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWCH to, ULONG room, PULONG written, const CHAR *from,
                                      ULONG bytes)
{
    ULONG count = bytes < room / sizeof(wchar_t) ? bytes : room / (ULONG)sizeof(wchar_t);

    IRQL_AT_MOST(APC_LEVEL);
    for (ULONG i = 0; i < count; i++)
        to[i] = from_ansi((uint8_t)from[i]);
    if (written != NULL)
        *written = count * (ULONG)sizeof(wchar_t);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR to, ULONG room, PULONG written, PCWCH from, ULONG bytes)
{
    ULONG count = bytes / (ULONG)sizeof(wchar_t);

    IRQL_AT_MOST(APC_LEVEL);
    if (count > room)
        count = room;
    for (ULONG i = 0; i < count; i++)
        to[i] = (CHAR)to_ansi(from[i]);
    if (written != NULL)
        *written = count;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG size, const CHAR *from, ULONG bytes)
{
    IRQL_AT_MOST(APC_LEVEL);
    (void)from;
    *size = bytes * (ULONG)sizeof(wchar_t);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG size, PCWCH from, ULONG bytes)
{
    IRQL_AT_MOST(APC_LEVEL);
    (void)from;
    *size = bytes / (ULONG)sizeof(wchar_t);
    return STATUS_SUCCESS;
}

ULONG NTAPI RtlxAnsiStringToUnicodeSize(PCANSI_STRING string)
{
    IRQL_AT_MOST(APC_LEVEL);
    return (string->Length + 1u) * (ULONG)sizeof(wchar_t);
}

ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING string)
{
    IRQL_AT_MOST(APC_LEVEL);
    return string->Length / (ULONG)sizeof(wchar_t) + 1;
}

NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING to, PCANSI_STRING from,
                                            BOOLEAN allocate)
{
    ULONG bytes;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    bytes = RtlxAnsiStringToUnicodeSize(from);
    if (bytes > 0xffff)
        return STATUS_INVALID_PARAMETER_2;
    if (allocate) {
        to->Buffer = nt_pool_allocate(CALLER, POOL_FLAG_PAGED, bytes, TAG('S', 't', 'r', 'g'));
        if (to->Buffer == NULL)
            return STATUS_NO_MEMORY;
        to->MaximumLength = (USHORT)bytes;
    } else if (bytes > to->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    RtlMultiByteToUnicodeN(to->Buffer, bytes - sizeof(wchar_t), NULL, from->Buffer, from->Length);
    to->Length = (USHORT)(bytes - sizeof(wchar_t));
    to->Buffer[from->Length] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING to, PCUNICODE_STRING from,
                                            BOOLEAN allocate)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG bytes;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    bytes = RtlxUnicodeStringToAnsiSize(from);
    if (allocate) {
        to->Buffer = nt_pool_allocate(CALLER, POOL_FLAG_PAGED, bytes, TAG('S', 't', 'r', 'g'));
        if (to->Buffer == NULL)
            return STATUS_NO_MEMORY;
        to->MaximumLength = (USHORT)bytes;
    } else if (bytes > to->MaximumLength) {
        /* As much as fits, terminated. */
        if (to->MaximumLength == 0)
            return STATUS_BUFFER_OVERFLOW;
        bytes = to->MaximumLength;
        status = STATUS_BUFFER_OVERFLOW;
    }
    RtlUnicodeToMultiByteN(to->Buffer, bytes - 1, NULL, from->Buffer,
                           (bytes - 1) * (ULONG)sizeof(wchar_t));
    to->Length = (USHORT)(bytes - 1);
    to->Buffer[bytes - 1] = '\0';
    return status;
}

/* ---- Numbers ------------------------------------------------------------------------------- */

static bool base_from_prefix(const wchar_t *units, size_t count, size_t *at, ULONG *base)
{
    if (*base != 0)
        return *base == 2 || *base == 8 || *base == 10 || *base == 16;
    *base = 10;
    if (*at + 1 < count && units[*at] == '0') {
        wchar_t letter = units[*at + 1];

        if (letter == 'x' || letter == 'b' || letter == 'o') {
            *base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
            *at += 2;
        }
    }
    return true;
}

static unsigned digit_of(wchar_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 10u;
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10u;
    return ~0u;
}

static NTSTATUS parse(PCUNICODE_STRING string, ULONG base, uint64_t *value, size_t *end)
{
    const wchar_t *units = string->Buffer;
    size_t count = string->Length / sizeof(wchar_t), at = 0;
    bool minus = false;

    while (at < count && units[at] <= ' ')
        at++;
    if (at < count && (units[at] == '-' || units[at] == '+'))
        minus = units[at++] == '-';
    if (!base_from_prefix(units, count, &at, &base))
        return STATUS_INVALID_PARAMETER;
    *value = 0;
    while (at < count && digit_of(units[at]) < base)
        *value = *value * base + digit_of(units[at++]);
    if (minus)
        *value = 0 - *value;
    *end = at;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING string, ULONG base, PULONG value)
{
    uint64_t wide;
    size_t end;
    NTSTATUS status;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    status = parse(string, base, &wide, &end);
    if (status == STATUS_SUCCESS)
        *value = (ULONG)wide;
    return status;
}

NTSTATUS NTAPI RtlUnicodeStringToInt64(PCUNICODE_STRING string, ULONG base, PLONG64 value,
                                       PWSTR *end_pointer)
{
    uint64_t wide;
    size_t end;
    NTSTATUS status = parse(string, base, &wide, &end);

    if (status == STATUS_SUCCESS) {
        *value = (LONG64)wide;
        if (end_pointer != NULL)
            *end_pointer = string->Buffer + end;
    }
    return status;
}

static NTSTATUS print_number(uint64_t value, ULONG base, PUNICODE_STRING string)
{
    char digits[65];
    size_t n = 0;

    if (base == 0)
        base = 10;
    if (base != 2 && base != 8 && base != 10 && base != 16)
        return STATUS_INVALID_PARAMETER;
    do {
        digits[n++] = "0123456789ABCDEF"[value % base];
        value /= base;
    } while (value != 0);
    if (n * sizeof(wchar_t) > string->MaximumLength)
        return STATUS_BUFFER_OVERFLOW;
    for (size_t i = 0; i < n; i++)
        string->Buffer[i] = (wchar_t)digits[n - 1 - i];
    string->Length = (USHORT)(n * sizeof(wchar_t));
    if ((n + 1) * sizeof(wchar_t) <= string->MaximumLength)
        string->Buffer[n] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG value, ULONG base, PUNICODE_STRING string)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return print_number(value, base, string);
}

NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG value, ULONG base, PUNICODE_STRING string)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return print_number(value, base, string);
}

/* ---- GUIDs --------------------------------------------------------------------------------- */

NTSTATUS NTAPI RtlStringFromGUID(REFGUID guid, PUNICODE_STRING string)
{
    char text[39];

    IRQL_AT_MOST(PASSIVE_LEVEL);
    snprintf(text, sizeof(text), "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
             (unsigned)guid->Data1, guid->Data2, guid->Data3, guid->Data4[0], guid->Data4[1],
             guid->Data4[2], guid->Data4[3], guid->Data4[4], guid->Data4[5], guid->Data4[6],
             guid->Data4[7]);
    string->Buffer = nt_pool_allocate(CALLER, POOL_FLAG_PAGED, sizeof(text) * sizeof(wchar_t),
                                      TAG('S', 't', 'r', 'g'));
    if (string->Buffer == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < sizeof(text); i++)
        string->Buffer[i] = (unsigned char)text[i];
    string->MaximumLength = sizeof(text) * sizeof(wchar_t);
    string->Length = (sizeof(text) - 1) * sizeof(wchar_t);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlGUIDFromString(PCUNICODE_STRING string, GUID *guid)
{
    static const char form[] = "{00000000-0000-0000-0000-000000000000}";
    uint8_t nibbles[32];
    size_t n = 0;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (string->Length / sizeof(wchar_t) < sizeof(form) - 1)
        return STATUS_INVALID_PARAMETER;
    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        wchar_t c = string->Buffer[i];

        if (form[i] != '0' ? c != (wchar_t)form[i] : digit_of(c) >= 16)
            return STATUS_INVALID_PARAMETER;
        if (form[i] == '0')
            nibbles[n++] = (uint8_t)digit_of(c);
    }
    guid->Data1 = 0;
    guid->Data2 = guid->Data3 = 0;
    for (n = 0; n < 8; n++)
        guid->Data1 = guid->Data1 << 4 | nibbles[n];
    for (; n < 12; n++)
        guid->Data2 = (USHORT)(guid->Data2 << 4 | nibbles[n]);
    for (; n < 16; n++)
        guid->Data3 = (USHORT)(guid->Data3 << 4 | nibbles[n]);
    for (; n < 32; n += 2)
        guid->Data4[(n - 16) / 2] = (UCHAR)(nibbles[n] << 4 | nibbles[n + 1]);
    return STATUS_SUCCESS;
}
