/*
 * What to report: a configuration is made once, from the registry or from a client's message, and
 * never changes. process.h says which one is in force.
 */
#ifndef FILETAP_CONFIG_H
#define FILETAP_CONFIG_H

#include "pattern.h"

typedef struct _FT_CONFIG {
    volatile LONG References;
    ULONG Flags; /* enum ft_configure_flags */
    ULONG ProcessIdCount;
    ULONG PatternCount;
    PULONG ProcessIds;
    PFT_PATTERN Patterns;
    PWCHAR Text;                /* of the patterns, end to end */
    ULONG TextLength, TextSize; /* bytes: in use, and there */
} FT_CONFIG, *PFT_CONFIG;

/*
 * A configuration with room for the process ids, and for patterns of `TextSize` bytes in all, with
 * one reference. The ids are zero and there is no pattern yet. NULL where memory is out.
 */
_Must_inspect_result_ PFT_CONFIG FtConfigCreate(_In_ ULONG Flags, _In_ ULONG ProcessIdCount,
                                                _In_ ULONG PatternCount, _In_ ULONG TextSize);

/*
 * Copies a pattern in; only while the configuration is its maker's alone. STATUS_INVALID_PARAMETER
 * where it is empty, longer than FT_MAX_PATTERN_LENGTH, of an odd length, or finds no room.
 */
NTSTATUS FtConfigAddPattern(_Inout_ PFT_CONFIG Config, _In_reads_bytes_(Length) const VOID *Text,
                            _In_ ULONG Length);

VOID FtConfigReference(_Inout_ PFT_CONFIG Config);
VOID FtConfigRelease(_In_opt_ PFT_CONFIG Config);

/* TRUE where no process can be selected. */
BOOLEAN FtConfigIsEmpty(_In_ const FT_CONFIG *Config);

/* TRUE where the process is selected in its own right: by its id or by its image. */
BOOLEAN FtConfigSelects(_In_ const FT_CONFIG *Config, _In_ ULONG ProcessId,
                        _In_opt_ PCUNICODE_STRING Image);

/*
 * Reads an ft_configure_request and what follows it from a copy in kernel memory; `Length` is that
 * of the whole message. STATUS_INVALID_PARAMETER where anything in it is not as protocol.h says.
 */
_Must_inspect_result_ NTSTATUS FtConfigFromMessage(_In_reads_bytes_(Length) const VOID *Message,
                                                   _In_ ULONG Length, _Outptr_ PFT_CONFIG *Config);

/*
 * Reads the values of the service's Parameters key. One that is missing has its default; one of
 * another type, or a pattern that is too long, fails the load with STATUS_INVALID_PARAMETER and a
 * line for the debugger that names it.
 */
_IRQL_requires_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS
    FtConfigFromRegistry(_In_ PUNICODE_STRING RegistryPath, _Outptr_ PFT_CONFIG *Config,
                         _Out_ PBOOLEAN DebugPrint);

#endif
