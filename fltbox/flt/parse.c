#include "manager.h"
#include <stddef.h>

/* The part of `s` from unit `from` up to `to`; a string without buffer where there is none. */
static UNICODE_STRING part(PCUNICODE_STRING s, size_t from, size_t to)
{
    UNICODE_STRING p = {0};

    if (from < to) {
        p.Buffer = s->Buffer + from;
        p.Length = p.MaximumLength = (USHORT)((to - from) * sizeof(WCHAR));
    }
    return p;
}

void parse_final_component(PCUNICODE_STRING s, UNICODE_STRING *parent, UNICODE_STRING *final,
                           UNICODE_STRING *extension, UNICODE_STRING *stream)
{
    size_t end = s->Length / sizeof(WCHAR), start = end, colon, dot;

    while (start > 0 && s->Buffer[start - 1] != '\\')
        start--;
    for (colon = start; colon < end && s->Buffer[colon] != ':'; colon++)
        ;
    for (dot = colon; dot > start && s->Buffer[dot - 1] != '.'; dot--)
        ;
    *parent = part(s, 0, start);
    *final = part(s, start, end);
    *extension = dot > start ? part(s, dot, colon) : (UNICODE_STRING){0};
    *stream = part(s, colon, end);
}

NTSTATUS FLTAPI FltParseFileName(PCUNICODE_STRING FileName, PUNICODE_STRING Extension,
                                 PUNICODE_STRING Stream, PUNICODE_STRING FinalComponent)
{
    UNICODE_STRING parent, final, extension, stream;

    IRQL_AT_MOST(APC_LEVEL);
    if (FileName == NULL)
        return STATUS_INVALID_PARAMETER;
    parse_final_component(FileName, &parent, &final, &extension, &stream);
    if (Extension != NULL)
        *Extension = extension;
    if (Stream != NULL)
        *Stream = stream;
    if (FinalComponent != NULL)
        *FinalComponent = final;
    return STATUS_SUCCESS;
}

/* Volume and Share have been there since the structure was made. */
NTSTATUS FLTAPI FltParseFileNameInformation(PFLT_FILE_NAME_INFORMATION FileNameInformation)
{
    FLT_FILE_NAME_INFORMATION *i = FileNameInformation;
    UNICODE_STRING rest;
    USHORT skip;

    IRQL_AT_MOST(APC_LEVEL);
    if (i == NULL || i->Size != sizeof(*i))
        return STATUS_INVALID_PARAMETER;
    skip = i->Volume.Length + i->Share.Length;
    if (skip > i->Name.Length)
        return STATUS_INVALID_PARAMETER;
    rest.Buffer = i->Name.Buffer + skip / sizeof(WCHAR);
    rest.Length = rest.MaximumLength = i->Name.Length - skip;
    parse_final_component(&rest, &i->ParentDir, &i->FinalComponent, &i->Extension, &i->Stream);
    i->NamesParsed = FLTFL_FILE_NAME_PARSED_FINAL_COMPONENT | FLTFL_FILE_NAME_PARSED_EXTENSION |
                     FLTFL_FILE_NAME_PARSED_STREAM | FLTFL_FILE_NAME_PARSED_PARENT_DIR;
    return STATUS_SUCCESS;
}
