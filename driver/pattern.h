/* Image-name patterns. */
#ifndef FILETAP_PATTERN_H
#define FILETAP_PATTERN_H

#include "filetap.h"

typedef struct _FT_PATTERN {
    UNICODE_STRING Text; /* in upper case */
    BOOLEAN WholePath;   /* it has a backslash */
} FT_PATTERN, *PFT_PATTERN;

/*
 * Puts the pattern's text into upper case, where it stands, and makes a pattern of it. The text
 * stays the caller's and lives as long as the pattern.
 */
VOID FtPatternInitialize(_Out_ PFT_PATTERN Pattern, _Inout_ PUNICODE_STRING Text);

/*
 * TRUE where the pattern matches an image: its whole NT path if the pattern has a backslash, else
 * its final component. Case does not matter. `*` stands for any number of UTF-16 units, `?` for
 * one. The time is bounded by the product of both lengths.
 */
BOOLEAN FtPatternMatches(_In_ const FT_PATTERN *Pattern, _In_ PCUNICODE_STRING Image);

#endif
