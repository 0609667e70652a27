/* Counted strings: making, comparing, copying, changing case. */
#include "executive.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STRING_BYTES 0xfffe /* of UTF-16, an even number that fits USHORT */

/* ---- Making -------------------------------------------------------------------------------- */

static size_t wide_length(const wchar_t *s)
{
    size_t n = 0;

    while (s[n] != 0)
        n++;
    return n;
}

VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING string, PCWSTR source)
{
    size_t bytes;

    string->Buffer = (PWSTR)source;
    string->Length = string->MaximumLength = 0;
    if (source == NULL)
        return;
    bytes = wide_length(source) * sizeof(wchar_t);
    if (bytes > MAX_STRING_BYTES - sizeof(wchar_t))
        bytes = MAX_STRING_BYTES - sizeof(wchar_t);
    string->Length = (USHORT)bytes;
    string->MaximumLength = (USHORT)(bytes + sizeof(wchar_t));
}

NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING string, PCWSTR source)
{
    string->Buffer = NULL;
    string->Length = string->MaximumLength = 0;
    if (source != NULL &&
        wide_length(source) * sizeof(wchar_t) > MAX_STRING_BYTES - sizeof(wchar_t))
        return STATUS_NAME_TOO_LONG;
    RtlInitUnicodeString(string, source);
    return STATUS_SUCCESS;
}

VOID NTAPI RtlInitString(PSTRING string, PCSZ source)
{
    size_t bytes;

    string->Buffer = (PCHAR)source;
    string->Length = string->MaximumLength = 0;
    if (source == NULL)
        return;
    bytes = strlen(source);
    if (bytes > 0xfffe)
        bytes = 0xfffe;
    string->Length = (USHORT)bytes;
    string->MaximumLength = (USHORT)(bytes + 1);
}

VOID NTAPI RtlInitAnsiString(PANSI_STRING string, PCSZ source)
{
    RtlInitString(string, source);
}

VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING string)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (string->Buffer != NULL) {
        nt_pool_free(string->Buffer);
        memset(string, 0, sizeof(*string));
    }
}

VOID NTAPI RtlFreeAnsiString(PANSI_STRING string)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (string->Buffer != NULL) {
        nt_pool_free(string->Buffer);
        memset(string, 0, sizeof(*string));
    }
}

/* ---- Comparing ----------------------------------------------------------------------------- */

static LONG compare(const wchar_t *a, size_t a_count, const wchar_t *b, size_t b_count, bool fold)
{
    size_t count = a_count < b_count ? a_count : b_count;

    for (size_t i = 0; i < count; i++) {
        wchar_t x = a[i], y = b[i];

        if (x == y)
            continue;
        if (fold) {
            x = nt_upcase(x);
            y = nt_upcase(y);
        }
        if (x != y)
            return (LONG)x - (LONG)y;
    }
    return (LONG)a_count - (LONG)b_count;
}

LONG NTAPI RtlCompareUnicodeStrings(PCWCH a, SIZE_T a_count, PCWCH b, SIZE_T b_count, BOOLEAN fold)
{
    return compare(a, a_count, b, b_count, fold);
}

LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING a, PCUNICODE_STRING b, BOOLEAN fold)
{
    IRQL_AT_MOST(APC_LEVEL);
    return compare(a->Buffer, a->Length / sizeof(wchar_t), b->Buffer, b->Length / sizeof(wchar_t),
                   fold);
}

BOOLEAN NTAPI RtlEqualUnicodeString(PCUNICODE_STRING a, PCUNICODE_STRING b, BOOLEAN fold)
{
    IRQL_AT_MOST(APC_LEVEL);
    return a->Length == b->Length && RtlCompareUnicodeString(a, b, fold) == 0;
}

BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING prefix, PCUNICODE_STRING string, BOOLEAN fold)
{
    size_t count = prefix->Length / sizeof(wchar_t);

    IRQL_AT_MOST(APC_LEVEL);
    return prefix->Length <= string->Length &&
           compare(prefix->Buffer, count, string->Buffer, count, fold) == 0;
}

BOOLEAN NTAPI RtlSuffixUnicodeString(PCUNICODE_STRING suffix, PCUNICODE_STRING string, BOOLEAN fold)
{
    size_t count = suffix->Length / sizeof(wchar_t), all = string->Length / sizeof(wchar_t);

    return count <= all &&
           compare(suffix->Buffer, count, string->Buffer + (all - count), count, fold) == 0;
}

static LONG compare_narrow(const STRING *a, const STRING *b, size_t count, bool fold)
{
    for (size_t i = 0; i < count; i++) {
        UCHAR x = (UCHAR)a->Buffer[i], y = (UCHAR)b->Buffer[i];

        if (fold) {
            x = (UCHAR)RtlUpperChar((CHAR)x);
            y = (UCHAR)RtlUpperChar((CHAR)y);
        }
        if (x != y)
            return (LONG)x - (LONG)y;
    }
    return 0;
}

CHAR NTAPI RtlUpperChar(CHAR c)
{
    IRQL_AT_MOST(APC_LEVEL);
    return c >= 'a' && c <= 'z' ? (CHAR)(c - 'a' + 'A') : c;
}

LONG NTAPI RtlCompareString(const STRING *a, const STRING *b, BOOLEAN fold)
{
    LONG order;

    IRQL_AT_MOST(APC_LEVEL);
    order = compare_narrow(a, b, a->Length < b->Length ? a->Length : b->Length, fold);
    return order != 0 ? order : (LONG)a->Length - (LONG)b->Length;
}

BOOLEAN NTAPI RtlEqualString(const STRING *a, const STRING *b, BOOLEAN fold)
{
    IRQL_AT_MOST(APC_LEVEL);
    return a->Length == b->Length && compare_narrow(a, b, a->Length, fold) == 0;
}

BOOLEAN NTAPI RtlPrefixString(const STRING *prefix, const STRING *string, BOOLEAN fold)
{
    return prefix->Length <= string->Length &&
           compare_narrow(prefix, string, prefix->Length, fold) == 0;
}

NTSTATUS NTAPI RtlHashUnicodeString(PCUNICODE_STRING string, BOOLEAN fold, ULONG algorithm,
                                    PULONG value)
{
    ULONG hash = 0;

    IRQL_AT_MOST(APC_LEVEL);
    if (string == NULL || value == NULL ||
        (algorithm != HASH_STRING_ALGORITHM_DEFAULT && algorithm != HASH_STRING_ALGORITHM_X65599))
        return STATUS_INVALID_PARAMETER;
    for (size_t i = 0; i < string->Length / sizeof(wchar_t); i++) {
        wchar_t c = string->Buffer[i];

        hash = hash * 65599 + (fold ? nt_upcase(c) : c);
    }
    *value = hash;
    return STATUS_SUCCESS;
}

/* ---- Copying and appending ------------------------------------------------------------------ */

VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING to, PCUNICODE_STRING from)
{
    USHORT bytes = 0;

    if (from != NULL) {
        bytes = from->Length < to->MaximumLength ? from->Length : to->MaximumLength;
        memmove(to->Buffer, from->Buffer, bytes);
        if (bytes + sizeof(wchar_t) <= to->MaximumLength)
            to->Buffer[bytes / sizeof(wchar_t)] = 0;
    }
    to->Length = bytes;
}

VOID NTAPI RtlCopyString(PSTRING to, const STRING *from)
{
    USHORT bytes = 0;

    if (from != NULL) {
        bytes = from->Length < to->MaximumLength ? from->Length : to->MaximumLength;
        memmove(to->Buffer, from->Buffer, bytes);
    }
    to->Length = bytes;
}

static NTSTATUS append(PUNICODE_STRING to, const wchar_t *units, size_t bytes)
{
    if (bytes + to->Length > to->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    if (bytes == 0)
        return STATUS_SUCCESS;
    memmove((uint8_t *)to->Buffer + to->Length, units, bytes);
    to->Length = (USHORT)(to->Length + bytes);
    if (to->Length + sizeof(wchar_t) <= to->MaximumLength)
        to->Buffer[to->Length / sizeof(wchar_t)] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING to, PCUNICODE_STRING from)
{
    return append(to, from->Buffer, from->Length);
}

NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING to, PCWSTR from)
{
    return from == NULL ? STATUS_SUCCESS : append(to, from, wide_length(from) * sizeof(wchar_t));
}

NTSTATUS NTAPI RtlAppendStringToString(PSTRING to, const STRING *from)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (from->Length + to->Length > to->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    memmove(to->Buffer + to->Length, from->Buffer, from->Length);
    to->Length = (USHORT)(to->Length + from->Length);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG flags, PCUNICODE_STRING from, PUNICODE_STRING to)
{
    bool terminate = (flags & RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE) != 0;
    bool always = (flags & RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING) != 0;
    size_t bytes = from->Length + (terminate ? sizeof(wchar_t) : 0);

    if (always && !terminate)
        return STATUS_INVALID_PARAMETER;
    if (from->Length == 0 && !always) {
        memset(to, 0, sizeof(*to));
        return STATUS_SUCCESS;
    }
    if (bytes > MAX_STRING_BYTES)
        return STATUS_NAME_TOO_LONG;
    to->Buffer = nt_pool_allocate(CALLER, POOL_FLAG_PAGED, bytes, TAG('S', 't', 'r', 'g'));
    if (to->Buffer == NULL)
        return STATUS_NO_MEMORY;
    memcpy(to->Buffer, from->Buffer, from->Length);
    to->Length = from->Length;
    to->MaximumLength = (USHORT)bytes;
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING string, PCWSTR source)
{
    size_t bytes = (wide_length(source) + 1) * sizeof(wchar_t);

    IRQL_AT_MOST(APC_LEVEL);
    if (bytes > MAX_STRING_BYTES)
        return FALSE;
    string->Buffer = nt_pool_allocate(CALLER, POOL_FLAG_PAGED, bytes, TAG('S', 't', 'r', 'g'));
    if (string->Buffer == NULL)
        return FALSE;
    memcpy(string->Buffer, source, bytes);
    string->MaximumLength = (USHORT)bytes;
    string->Length = (USHORT)(bytes - sizeof(wchar_t));
    return TRUE;
}

/* ---- Case ---------------------------------------------------------------------------------- */

static NTSTATUS change_case(const void *caller, PUNICODE_STRING to, PCUNICODE_STRING from,
                            BOOLEAN allocate, wchar_t (*change)(wchar_t))
{
    if (allocate) {
        to->Buffer =
            nt_pool_allocate(caller, POOL_FLAG_PAGED, from->Length, TAG('S', 't', 'r', 'g'));
        if (to->Buffer == NULL)
            return STATUS_NO_MEMORY;
        to->MaximumLength = from->Length;
    } else if (from->Length > to->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (size_t i = 0; i < from->Length / sizeof(wchar_t); i++)
        to->Buffer[i] = change(from->Buffer[i]);
    to->Length = from->Length;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING to, PCUNICODE_STRING from, BOOLEAN allocate)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return change_case(CALLER, to, from, allocate, nt_upcase);
}

NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING to, PCUNICODE_STRING from, BOOLEAN allocate)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return change_case(CALLER, to, from, allocate, nt_downcase);
}

VOID NTAPI RtlUpperString(PSTRING to, const STRING *from)
{
    USHORT bytes = from->Length < to->MaximumLength ? from->Length : to->MaximumLength;

    IRQL_AT_MOST(APC_LEVEL);
    for (USHORT i = 0; i < bytes; i++)
        to->Buffer[i] = RtlUpperChar(from->Buffer[i]);
    to->Length = bytes;
}

/* ---- Validity ------------------------------------------------------------------------------ */

NTSTATUS NTAPI RtlValidateUnicodeString(ULONG flags, PCUNICODE_STRING string)
{
    if (flags != 0)
        return STATUS_INVALID_PARAMETER;
    if (string != NULL &&
        (string->Length % sizeof(wchar_t) != 0 || string->MaximumLength % sizeof(wchar_t) != 0 ||
         string->Length > string->MaximumLength ||
         (string->Buffer == NULL && string->MaximumLength != 0)))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* ---- For the host -------------------------------------------------------------------------- */

wchar_t *nt_wide(const char *ascii)
{
    size_t length = strlen(ascii);
    wchar_t *wide = malloc((length + 1) * sizeof(wchar_t));

    if (wide == NULL)
        return NULL;
    for (size_t i = 0; i <= length; i++)
        wide[i] = (unsigned char)ascii[i];
    return wide;
}
