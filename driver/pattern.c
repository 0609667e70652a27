#include "pattern.h"

#pragma code_seg("PAGE")

static UNICODE_STRING FtpFinalComponent(_In_ PCUNICODE_STRING Path)
{
    UNICODE_STRING Final = *Path;
    USHORT Count = (USHORT)(Path->Length / sizeof(WCHAR)), Start = Count;

    while (Start > 0 && Path->Buffer[Start - 1] != L'\\')
        Start--;
    if (Start > 0) {
        Final.Buffer = &Path->Buffer[Start];
        Final.Length = (USHORT)((Count - Start) * sizeof(WCHAR));
        Final.MaximumLength = Final.Length;
    }
    return Final;
}

/* Only the last `*` ever needs to be taken back: an earlier one could gain nothing by more. */
static BOOLEAN FtpMatches(_In_ PCUNICODE_STRING Pattern, _In_ PCUNICODE_STRING Name)
{
    USHORT PatternCount = (USHORT)(Pattern->Length / sizeof(WCHAR));
    USHORT NameCount = (USHORT)(Name->Length / sizeof(WCHAR));
    USHORT InPattern = 0, InName = 0, AfterStar = 0, StarTook = 0;
    BOOLEAN Star = FALSE;

    while (InName < NameCount) {
        WCHAR Want = InPattern < PatternCount ? Pattern->Buffer[InPattern] : L'\0';

        if (InPattern < PatternCount && Want == L'*') {
            Star = TRUE;
            AfterStar = ++InPattern;
            StarTook = InName;
        } else if (InPattern < PatternCount &&
                   (Want == L'?' || Want == RtlUpcaseUnicodeChar(Name->Buffer[InName]))) {
            InPattern++;
            InName++;
        } else if (Star) {
            InPattern = AfterStar;
            InName = ++StarTook;
        } else {
            return FALSE;
        }
    }
    while (InPattern < PatternCount && Pattern->Buffer[InPattern] == L'*')
        InPattern++;
    return InPattern == PatternCount;
}

_Use_decl_annotations_ VOID FtPatternInitialize(PFT_PATTERN Pattern, PUNICODE_STRING Text)
{
    USHORT Index;

    PAGED_CODE();
    Pattern->Text = *Text;
    Pattern->WholePath = FALSE;
    for (Index = 0; Index < Text->Length / sizeof(WCHAR); Index++) {
        Text->Buffer[Index] = RtlUpcaseUnicodeChar(Text->Buffer[Index]);
        if (Text->Buffer[Index] == L'\\')
            Pattern->WholePath = TRUE;
    }
}

_Use_decl_annotations_ BOOLEAN FtPatternMatches(const FT_PATTERN *Pattern, PCUNICODE_STRING Image)
{
    UNICODE_STRING Name;

    PAGED_CODE();
    Name = Pattern->WholePath ? *Image : FtpFinalComponent(Image);
    return FtpMatches(&Pattern->Text, &Name);
}
