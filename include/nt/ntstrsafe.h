/*
 * Strings that are always terminated: copy, append, format and measure within a limit. A limit is
 * in characters (Cch) or bytes (Cb), the terminator included; for UNICODE_STRINGs it is
 * MaximumLength, and there is no terminator.
 *
 * They answer STATUS_SUCCESS, STATUS_BUFFER_OVERFLOW where the result was cut to fit, or
 * STATUS_INVALID_PARAMETER, with nothing written, where the limit is 0 or too large.
 *
 * Inline: a driver imports only _vsnprintf and _vsnwprintf through this.
 */
#ifndef _NTSTRSAFE_H_INCLUDED_
#define _NTSTRSAFE_H_INCLUDED_

#include "wdm.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NTSTRSAFE_MAX_CCH                2147483647
#define NTSTRSAFE_MAX_LENGTH             (NTSTRSAFE_MAX_CCH - 1)
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))

#if defined(__GNUC__) || defined(__clang__)
#define NTSTRSAFE_API static __inline__ __attribute__((unused)) NTSTATUS NTAPI
#else
#define NTSTRSAFE_API static __inline NTSTATUS NTAPI
#endif

#define NTSTRSAFE_FAMILY(suffix, CHARACTER, print)                                                 \
    NTSTRSAFE_API RtlStringCchLength##suffix(const CHARACTER *String, size_t Limit,                \
                                             size_t *Length)                                       \
    {                                                                                              \
        size_t Count = 0;                                                                          \
        if (Length != NULL)                                                                        \
            *Length = 0;                                                                           \
        if (String == NULL || Limit == 0 || Limit > NTSTRSAFE_MAX_CCH)                             \
            return STATUS_INVALID_PARAMETER;                                                       \
        while (Count < Limit && String[Count] != 0)                                                \
            Count++;                                                                               \
        if (Count == Limit)                                                                        \
            return STATUS_INVALID_PARAMETER;                                                       \
        if (Length != NULL)                                                                        \
            *Length = Count;                                                                       \
        return STATUS_SUCCESS;                                                                     \
    }                                                                                              \
    NTSTRSAFE_API RtlStringCbLength##suffix(const CHARACTER *String, size_t Limit, size_t *Length) \
    {                                                                                              \
        NTSTATUS Status = RtlStringCchLength##suffix(String, Limit / sizeof(CHARACTER), Length);   \
        if (Length != NULL)                                                                        \
            *Length *= sizeof(CHARACTER);                                                          \
        return Status;                                                                             \
    }                                                                                              \
    NTSTRSAFE_API RtlStringCchCopyN##suffix(CHARACTER *To, size_t Limit, const CHARACTER *From,    \
                                            size_t Count)                                          \
    {                                                                                              \
        size_t At = 0;                                                                             \
        if (Limit == 0 || Limit > NTSTRSAFE_MAX_CCH)                                               \
            return STATUS_INVALID_PARAMETER;                                                       \
        for (; At < Limit - 1 && At < Count && From[At] != 0; At++)                                \
            To[At] = From[At];                                                                     \
        To[At] = 0;                                                                                \
        return At < Count && From[At] != 0 ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;              \
    }                                                                                              \
    NTSTRSAFE_API RtlStringCbCopyN##suffix(CHARACTER *To, size_t Limit, const CHARACTER *From,     \
                                           size_t Bytes)                                           \
    {                                                                                              \
        return RtlStringCchCopyN##suffix(To, Limit / sizeof(CHARACTER), From,                      \
                                         Bytes / sizeof(CHARACTER));                               \
    }                                                                                              \
    NTSTRSAFE_API RtlStringCchCopy##suffix(CHARACTER *To, size_t Limit, const CHARACTER *From)     \
    {                                                                                              \
        return RtlStringCchCopyN##suffix(To, Limit, From, NTSTRSAFE_MAX_CCH);                      \
    }                                                                                              \
    NTSTRSAFE_API RtlStringCbCopy##suffix(CHARACTER *To, size_t Limit, const CHARACTER *From)      \
    {                                                                                              \
        return RtlStringCchCopy##suffix(To, Limit / sizeof(CHARACTER), From);                      \
    }                                                                                              \
    NTSTRSAFE_API RtlStringCchCat##suffix(CHARACTER *To, size_t Limit, const CHARACTER *From)      \
    {                                                                                              \
        size_t Length;                                                                             \
        NTSTATUS Status = RtlStringCchLength##suffix(To, Limit, &Length);                          \
        if (!NT_SUCCESS(Status))                                                                   \
            return Status;                                                                         \
        return RtlStringCchCopy##suffix(To + Length, Limit - Length, From);                        \
    }                                                                                              \
    NTSTRSAFE_API RtlStringCbCat##suffix(CHARACTER *To, size_t Limit, const CHARACTER *From)       \
    {                                                                                              \
        return RtlStringCchCat##suffix(To, Limit / sizeof(CHARACTER), From);                       \
    }                                                                                              \
    NTSTRSAFE_API RtlStringCchVPrintf##suffix(CHARACTER *To, size_t Limit,                         \
                                              const CHARACTER *Format, NT_VA_LIST Arguments)       \
    {                                                                                              \
        int Length;                                                                                \
        if (Limit == 0 || Limit > NTSTRSAFE_MAX_CCH)                                               \
            return STATUS_INVALID_PARAMETER;                                                       \
        Length = print(To, Limit - 1, Format, Arguments);                                          \
        if (Length >= 0 && (size_t)Length < Limit) {                                               \
            To[Length] = 0;                                                                        \
            return STATUS_SUCCESS;                                                                 \
        }                                                                                          \
        To[Limit - 1] = 0;                                                                         \
        return STATUS_BUFFER_OVERFLOW;                                                             \
    }                                                                                              \
    NTSTRSAFE_API RtlStringCbVPrintf##suffix(CHARACTER *To, size_t Limit, const CHARACTER *Format, \
                                             NT_VA_LIST Arguments)                                 \
    {                                                                                              \
        return RtlStringCchVPrintf##suffix(To, Limit / sizeof(CHARACTER), Format, Arguments);      \
    }                                                                                              \
    NTSTRSAFE_API RtlStringCchPrintf##suffix(CHARACTER *To, size_t Limit, const CHARACTER *Format, \
                                             ...)                                                  \
    {                                                                                              \
        NT_VA_LIST Arguments;                                                                      \
        NTSTATUS Status;                                                                           \
        NT_VA_START(Arguments, Format);                                                            \
        Status = RtlStringCchVPrintf##suffix(To, Limit, Format, Arguments);                        \
        NT_VA_END(Arguments);                                                                      \
        return Status;                                                                             \
    }                                                                                              \
    NTSTRSAFE_API RtlStringCbPrintf##suffix(CHARACTER *To, size_t Limit, const CHARACTER *Format,  \
                                            ...)                                                   \
    {                                                                                              \
        NT_VA_LIST Arguments;                                                                      \
        NTSTATUS Status;                                                                           \
        NT_VA_START(Arguments, Format);                                                            \
        Status = RtlStringCbVPrintf##suffix(To, Limit, Format, Arguments);                         \
        NT_VA_END(Arguments);                                                                      \
        return Status;                                                                             \
    }

NTSTRSAFE_FAMILY(A, char, _vsnprintf)
NTSTRSAFE_FAMILY(W, WCHAR, _vsnwprintf)

#undef NTSTRSAFE_FAMILY

/* ---- UNICODE_STRINGs ----------------------------------------------------------------------------
 */

/* `From` may be NULL: an empty string without a buffer. */
NTSTRSAFE_API RtlUnicodeStringInit(PUNICODE_STRING To, const WCHAR *From)
{
    size_t Length = 0;

    RtlZeroMemory(To, sizeof(*To));
    if (From == NULL)
        return STATUS_SUCCESS;
    if (!NT_SUCCESS(RtlStringCchLengthW(From, NTSTRSAFE_UNICODE_STRING_MAX_CCH, &Length)))
        return STATUS_INVALID_PARAMETER;
    To->Buffer = (WCHAR *)From;
    To->Length = (USHORT)(Length * sizeof(WCHAR));
    To->MaximumLength = (USHORT)(To->Length + sizeof(WCHAR));
    return STATUS_SUCCESS;
}

NTSTRSAFE_API RtlUnicodeStringCat(PUNICODE_STRING To, PCUNICODE_STRING From)
{
    USHORT Room = (USHORT)((To->MaximumLength - To->Length) & ~1);
    USHORT Size = From->Length < Room ? From->Length : Room;

    if (To->Length > To->MaximumLength)
        return STATUS_INVALID_PARAMETER;
    RtlCopyMemory((PUCHAR)To->Buffer + To->Length, From->Buffer, Size);
    To->Length = (USHORT)(To->Length + Size);
    return Size < From->Length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

NTSTRSAFE_API RtlUnicodeStringCatString(PUNICODE_STRING To, const WCHAR *From)
{
    UNICODE_STRING String;
    NTSTATUS Status = RtlUnicodeStringInit(&String, From);

    return NT_SUCCESS(Status) ? RtlUnicodeStringCat(To, &String) : Status;
}

NTSTRSAFE_API RtlUnicodeStringCopy(PUNICODE_STRING To, PCUNICODE_STRING From)
{
    To->Length = 0;
    return RtlUnicodeStringCat(To, From);
}

NTSTRSAFE_API RtlUnicodeStringCopyString(PUNICODE_STRING To, const WCHAR *From)
{
    To->Length = 0;
    return RtlUnicodeStringCatString(To, From);
}

NTSTRSAFE_API RtlUnicodeStringPrintf(PUNICODE_STRING To, const WCHAR *Format, ...)
{
    size_t Room = To->MaximumLength / sizeof(WCHAR);
    NT_VA_LIST Arguments;
    int Length;

    NT_VA_START(Arguments, Format);
    Length = _vsnwprintf(To->Buffer, Room, Format, Arguments);
    NT_VA_END(Arguments);
    if (Length < 0) {
        To->Length = (USHORT)(Room * sizeof(WCHAR));
        return STATUS_BUFFER_OVERFLOW;
    }
    To->Length = (USHORT)((size_t)Length * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

#ifdef __cplusplus
}
#endif

#endif
