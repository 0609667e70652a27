#include "config.h"

#pragma code_seg("PAGE")

_Use_decl_annotations_ PFT_CONFIG FtConfigCreate(ULONG Flags, ULONG ProcessIdCount,
                                                 ULONG PatternCount, ULONG TextSize)
{
    PFT_CONFIG Config;
    SIZE_T PatternsAt = sizeof(FT_CONFIG);
    SIZE_T IdsAt = PatternsAt + (SIZE_T)PatternCount * sizeof(FT_PATTERN);
    SIZE_T TextAt = IdsAt + (SIZE_T)ProcessIdCount * sizeof(ULONG);

    PAGED_CODE();
    Config = ExAllocatePool2(POOL_FLAG_PAGED, TextAt + TextSize, FT_TAG_CONFIG);
    if (Config == NULL)
        return NULL;
    Config->References = 1;
    Config->Flags = Flags;
    Config->ProcessIdCount = ProcessIdCount;
    Config->Patterns = (PFT_PATTERN)((PUCHAR)Config + PatternsAt);
    Config->ProcessIds = (PULONG)((PUCHAR)Config + IdsAt);
    Config->Text = (PWCHAR)((PUCHAR)Config + TextAt);
    Config->TextSize = TextSize;
    return Config;
}

_Use_decl_annotations_ NTSTATUS FtConfigAddPattern(PFT_CONFIG Config, const VOID *Text,
                                                   ULONG Length)
{
    UNICODE_STRING Copy;

    PAGED_CODE();
    if (Length == 0 || Length > FT_MAX_PATTERN_LENGTH || Length % sizeof(WCHAR) != 0 ||
        Length > Config->TextSize - Config->TextLength)
        return STATUS_INVALID_PARAMETER;
    Copy.Buffer = (PWCHAR)((PUCHAR)Config->Text + Config->TextLength);
    Copy.Length = Copy.MaximumLength = (USHORT)Length;
    RtlCopyMemory(Copy.Buffer, Text, Length);
    Config->TextLength += Length;
    FtPatternInitialize(&Config->Patterns[Config->PatternCount++], &Copy);
    return STATUS_SUCCESS;
}

_Use_decl_annotations_ VOID FtConfigReference(PFT_CONFIG Config)
{
    PAGED_CODE();
    InterlockedIncrement(&Config->References);
}

_Use_decl_annotations_ VOID FtConfigRelease(PFT_CONFIG Config)
{
    PAGED_CODE();
    if (Config != NULL && InterlockedDecrement(&Config->References) == 0)
        ExFreePoolWithTag(Config, FT_TAG_CONFIG);
}

_Use_decl_annotations_ BOOLEAN FtConfigIsEmpty(const FT_CONFIG *Config)
{
    PAGED_CODE();
    return Config->ProcessIdCount == 0 && Config->PatternCount == 0;
}

_Use_decl_annotations_ BOOLEAN FtConfigSelects(const FT_CONFIG *Config, ULONG ProcessId,
                                               PCUNICODE_STRING Image)
{
    ULONG Index;

    PAGED_CODE();
    for (Index = 0; Index < Config->ProcessIdCount; Index++) {
        if (Config->ProcessIds[Index] == ProcessId)
            return TRUE;
    }
    if (Image == NULL || Image->Length == 0)
        return FALSE;
    for (Index = 0; Index < Config->PatternCount; Index++) {
        if (FtPatternMatches(&Config->Patterns[Index], Image))
            return TRUE;
    }
    return FALSE;
}

_Use_decl_annotations_ NTSTATUS FtConfigFromMessage(const VOID *Message, ULONG Length,
                                                    PFT_CONFIG *Config)
{
    const ULONG Known =
        FT_CONFIGURE_CHILDREN | FT_CONFIGURE_DIRECTORIES | FT_CONFIGURE_FAILURES_ONLY;
    const UCHAR *Next = Message;
    struct ft_configure_request Request;
    PFT_CONFIG New;
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Left = Length, Index, IdBytes;

    PAGED_CODE();
    *Config = NULL;
    if (Length < sizeof(Request))
        return STATUS_INVALID_PARAMETER;
    RtlCopyMemory(&Request, Message, sizeof(Request));
    Next += sizeof(Request);
    Left -= (ULONG)sizeof(Request);
    if ((Request.flags & ~Known) != 0 || Request.process_id_count > FT_MAX_PROCESS_IDS ||
        Request.pattern_count > FT_MAX_PATTERNS)
        return STATUS_INVALID_PARAMETER;
    IdBytes = Request.process_id_count * (ULONG)sizeof(uint32_t);
    if (IdBytes > Left)
        return STATUS_INVALID_PARAMETER;

    /* The lengths that stand before the patterns leave room to spare for their text. */
    New = FtConfigCreate(Request.flags, Request.process_id_count, Request.pattern_count,
                         Left - IdBytes);
    if (New == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(New->ProcessIds, Next, IdBytes);
    Next += IdBytes;
    Left -= IdBytes;
    for (Index = 0; NT_SUCCESS(Status) && Index < Request.pattern_count; Index++) {
        uint16_t Bytes;

        Status = STATUS_INVALID_PARAMETER;
        if (Left < sizeof(Bytes))
            break;
        RtlCopyMemory(&Bytes, Next, sizeof(Bytes));
        Next += sizeof(Bytes);
        Left -= (ULONG)sizeof(Bytes);
        if (Left < Bytes)
            break;
        Status = FtConfigAddPattern(New, Next, Bytes);
        Next += Bytes;
        Left -= Bytes;
    }
    if (NT_SUCCESS(Status) && Left != 0)
        Status = STATUS_INVALID_PARAMETER;
    if (NT_SUCCESS(Status))
        *Config = New;
    else
        FtConfigRelease(New);
    return Status;
}
