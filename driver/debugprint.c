#include "record.h"

/* The rights to the data of a file, in their own names and in the generic ones. */
#define FT_READ_ACCESS    (FILE_READ_DATA | GENERIC_READ | GENERIC_ALL)
#define FT_WRITE_ACCESS   (FILE_WRITE_DATA | FILE_APPEND_DATA | GENERIC_WRITE | GENERIC_ALL)
#define FT_EXECUTE_ACCESS (FILE_EXECUTE | GENERIC_EXECUTE | GENERIC_ALL)

#pragma code_seg("PAGE")

static PCSTR FtpWord(_In_ BOOLEAN Truth)
{
    return Truth ? "true" : "false";
}

_Use_decl_annotations_ VOID FtDebugPrintFile(const struct ft_file_record *File,
                                             PCUNICODE_STRING Name)
{
    static const UNICODE_STRING NoName = RTL_CONSTANT_STRING(L"");
    ULONG Access = File->u.create.desired_access;

    PAGED_CODE();
    if (Name == NULL)
        Name = &NoName;
    if (NT_SUCCESS((NTSTATUS)File->status))
        DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL,
                   "'%wZ', Read: %s Write: %s Execute: %s Success: true\n", Name,
                   FtpWord((Access & FT_READ_ACCESS) != 0),
                   FtpWord((Access & FT_WRITE_ACCESS) != 0),
                   FtpWord((Access & FT_EXECUTE_ACCESS) != 0));
    else
        DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL,
                   "Process failed to open a handle to '%wZ'\n", Name);
}
