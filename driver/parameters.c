/*
 * The service's Parameters key.
 *
 * It is opened by its path below the one that DriverEntry is given: that works on every Windows,
 * where IoOpenDriverRegistryKey wants 1803 or later and a driver object that is fully made.
 */
#include "config.h"

/* Room for as many patterns of the greatest length as a client may send, in a REG_MULTI_SZ. */
#define FT_MAX_VALUE_BYTES                                                                         \
    (FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data) +                                           \
     FT_MAX_PATTERNS * (FT_MAX_PATTERN_LENGTH + sizeof(WCHAR)) + sizeof(WCHAR))

#pragma code_seg("INIT")

static NTSTATUS FtpOpenParameters(_In_ PUNICODE_STRING RegistryPath, _Out_ PHANDLE Parameters)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"Parameters");
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Service;
    NTSTATUS Status;

    *Parameters = NULL;
    InitializeObjectAttributes(&Attributes, RegistryPath, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE,
                               NULL, NULL);
    Status = ZwOpenKey(&Service, KEY_READ, &Attributes);
    if (!NT_SUCCESS(Status))
        return Status;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE,
                               Service, NULL);
    Status = ZwOpenKey(Parameters, KEY_READ, &Attributes);
    ZwClose(Service);
    return Status;
}

/* `*Missing` rather than a failure where there is no such value. */
static NTSTATUS FtpQuery(_In_ HANDLE Key, _In_ PCWSTR Name,
                         _Out_writes_bytes_(FT_MAX_VALUE_BYTES)
                             PKEY_VALUE_PARTIAL_INFORMATION Value,
                         _Out_ PBOOLEAN Missing)
{
    UNICODE_STRING ValueName;
    ULONG Length;
    NTSTATUS Status;

    RtlInitUnicodeString(&ValueName, Name);
    Status = ZwQueryValueKey(Key, &ValueName, KeyValuePartialInformation, Value, FT_MAX_VALUE_BYTES,
                             &Length);
    *Missing = Status == STATUS_OBJECT_NAME_NOT_FOUND;
    if (*Missing)
        return STATUS_SUCCESS;
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL,
                   "filetap: cannot read Parameters\\%ws: status %08x\n", Name, Status);
    return Status;
}

static NTSTATUS FtpQuerySwitch(_In_ HANDLE Key, _In_ PCWSTR Name,
                               _Inout_ PKEY_VALUE_PARTIAL_INFORMATION Value,
                               _Inout_ PBOOLEAN Switch)
{
    BOOLEAN Missing;
    NTSTATUS Status = FtpQuery(Key, Name, Value, &Missing);

    if (!NT_SUCCESS(Status) || Missing)
        return Status;
    if (Value->Type != REG_DWORD || Value->DataLength != sizeof(ULONG)) {
        DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL,
                   "filetap: Parameters\\%ws must be a REG_DWORD\n", Name);
        return STATUS_INVALID_PARAMETER;
    }
    *Switch = *(UNALIGNED ULONG *)Value->Data != 0;
    return STATUS_SUCCESS;
}

/* The strings of a REG_SZ or REG_MULTI_SZ value; neither need end with a zero. */
static NTSTATUS FtpAddPatterns(_Inout_opt_ PFT_CONFIG Config,
                               _In_ const KEY_VALUE_PARTIAL_INFORMATION *Value, _Out_ PULONG Count)
{
    const WCHAR *Text = (const WCHAR *)Value->Data;
    ULONG Units = Value->DataLength / (ULONG)sizeof(WCHAR), Start, End;
    NTSTATUS Status = STATUS_SUCCESS;

    *Count = 0;
    for (Start = 0; NT_SUCCESS(Status) && Start < Units; Start = End + 1) {
        for (End = Start; End < Units && Text[End] != L'\0'; End++)
            ;
        if (End == Start)
            continue;
        if (++*Count > FT_MAX_PATTERNS)
            Status = STATUS_INVALID_PARAMETER;
        else if (Config != NULL)
            Status = FtConfigAddPattern(Config, &Text[Start], (End - Start) * (ULONG)sizeof(WCHAR));
    }
    return Status;
}

static NTSTATUS FtpMakeConfig(_In_ HANDLE Key, _In_ ULONG Flags,
                              _Inout_ PKEY_VALUE_PARTIAL_INFORMATION Value,
                              _Outptr_ PFT_CONFIG *Config)
{
    PFT_CONFIG New;
    BOOLEAN Missing;
    ULONG Count = 0;
    NTSTATUS Status = FtpQuery(Key, L"Image", Value, &Missing);

    if (!NT_SUCCESS(Status))
        return Status;
    if (Missing) {
        Value->Type = REG_SZ;
        Value->DataLength = 0;
    }
    Status = STATUS_INVALID_PARAMETER;
    if (Value->Type == REG_SZ || Value->Type == REG_MULTI_SZ)
        Status = FtpAddPatterns(NULL, Value, &Count);
    if (NT_SUCCESS(Status)) {
        New = FtConfigCreate(Flags, 0, Count, Value->DataLength);
        if (New == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        Status = FtpAddPatterns(New, Value, &Count);
        if (NT_SUCCESS(Status))
            *Config = New;
        else
            FtConfigRelease(New);
    }
    if (!NT_SUCCESS(Status))
        DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL,
                   "filetap: Parameters\\Image must be a REG_SZ or a REG_MULTI_SZ with %u patterns "
                   "at most, each of %u characters at most\n",
                   FT_MAX_PATTERNS, (ULONG)(FT_MAX_PATTERN_LENGTH / sizeof(WCHAR)));
    return Status;
}

_Use_decl_annotations_ NTSTATUS FtConfigFromRegistry(PUNICODE_STRING RegistryPath,
                                                     PFT_CONFIG *Config, PBOOLEAN DebugPrint)
{
    BOOLEAN Children = TRUE, Directories = FALSE, FailuresOnly = FALSE;
    PKEY_VALUE_PARTIAL_INFORMATION Value = NULL;
    HANDLE Key = NULL;
    ULONG Flags;
    NTSTATUS Status;

    *Config = NULL;
    *DebugPrint = FALSE;
    Status = FtpOpenParameters(RegistryPath, &Key);
    if (Status == STATUS_OBJECT_NAME_NOT_FOUND) {
        *Config = FtConfigCreate(FT_CONFIGURE_CHILDREN, 0, 0, 0);
        return *Config != NULL ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!NT_SUCCESS(Status))
        return Status;
    Value = ExAllocatePool2(POOL_FLAG_PAGED, FT_MAX_VALUE_BYTES, FT_TAG_CONFIG);
    if (Value == NULL) {
        Status = STATUS_INSUFFICIENT_RESOURCES;
        goto Exit;
    }
    Status = FtpQuerySwitch(Key, L"Children", Value, &Children);
    if (NT_SUCCESS(Status))
        Status = FtpQuerySwitch(Key, L"Directories", Value, &Directories);
    if (NT_SUCCESS(Status))
        Status = FtpQuerySwitch(Key, L"FailuresOnly", Value, &FailuresOnly);
    if (NT_SUCCESS(Status))
        Status = FtpQuerySwitch(Key, L"DebugPrint", Value, DebugPrint);
    if (!NT_SUCCESS(Status))
        goto Exit;
    Flags = (Children ? FT_CONFIGURE_CHILDREN : 0) | (Directories ? FT_CONFIGURE_DIRECTORIES : 0) |
            (FailuresOnly ? FT_CONFIGURE_FAILURES_ONLY : 0);
    Status = FtpMakeConfig(Key, Flags, Value, Config);

Exit:
    if (Value != NULL)
        ExFreePoolWithTag(Value, FT_TAG_CONFIG);
    ZwClose(Key);
    return Status;
}
