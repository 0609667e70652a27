#include "record.h"

#pragma code_seg("PAGE")

static VOID FtpDescribeProcess(_In_ PFT_PROCESS Process, _Out_ struct ft_process_record *Fixed,
                               _Out_ PFT_RECORD Record)
{
    RtlZeroMemory(Fixed, sizeof(*Fixed));
    Fixed->record.type = FT_RECORD_PROCESS;
    Fixed->process_key = Process->Key;
    Fixed->time = (uint64_t)Process->Time.QuadPart;
    Fixed->process_id = Process->ProcessId;
    Fixed->parent_id = Process->ParentId;
    Fixed->image_length = Process->Image.Length;
    Fixed->command_line_length = Process->CommandLine.Length;
    Fixed->flags = Process->Flags;
    RtlZeroMemory(Record, sizeof(*Record));
    Record->Fixed = &Fixed->record;
    Record->FixedLength = sizeof(*Fixed);
    Record->Tails[0].Data = Process->Image.Buffer;
    Record->Tails[0].Length = Process->Image.Length;
    Record->Tails[1].Data = Process->CommandLine.Buffer;
    Record->Tails[1].Length = Process->CommandLine.Length;
}

_Use_decl_annotations_ VOID FtReportFile(PFT_PROCESS Process, struct ft_file_record *File,
                                         PCUNICODE_STRING Name)
{
    struct ft_process_record Fixed;
    FT_RECORD Introduction, Record = {0};

    PAGED_CODE();
    File->process_key = Process->Key;
    File->process_id = Process->ProcessId;
    File->name_length = 0;
    if (Name == NULL) {
        File->flags |= FT_FILE_NAME_MISSING;
    } else if (Name->Length > FT_MAX_NAME_LENGTH) {
        File->flags |= FT_FILE_NAME_TRUNCATED;
        File->name_length = FT_MAX_NAME_LENGTH;
    } else {
        File->name_length = Name->Length;
    }
    File->record.type = FT_RECORD_FILE;
    Record.Fixed = &File->record;
    Record.FixedLength = sizeof(*File);
    if (Name != NULL)
        Record.Tails[0].Data = Name->Buffer;
    Record.Tails[0].Length = File->name_length;
    FtpDescribeProcess(Process, &Fixed, &Introduction);
    FtQueuePut(&Record, &Process->Announcement, &Introduction);
    if (FtGlobals.DebugPrint)
        FtDebugPrintFile(File, Name);
}

_Use_decl_annotations_ VOID FtReportProcessEnd(PFT_PROCESS Process)
{
    struct ft_process_end_record Fixed = {0};
    FT_RECORD Record = {0};
    LARGE_INTEGER Now;

    PAGED_CODE();
    KeQuerySystemTimePrecise(&Now);
    Fixed.record.type = FT_RECORD_PROCESS_END;
    Fixed.process_key = Process->Key;
    Fixed.time = (uint64_t)Now.QuadPart;
    Record.Fixed = &Fixed.record;
    Record.FixedLength = sizeof(Fixed);
    FtQueuePut(&Record, &Process->Announcement, NULL);
}
