/* From what happened to records, and to lines for a debugger. */
#ifndef FILETAP_RECORD_H
#define FILETAP_RECORD_H

#include "process.h"

/*
 * Reports one operation. The caller has filled `File` but for `record`, `process_key`,
 * `process_id` and the length of the name; `Name` may be longer than a record can hold.
 */
VOID FtReportFile(_In_ PFT_PROCESS Process, _Inout_ struct ft_file_record *File,
                  _In_opt_ PCUNICODE_STRING Name);

/* The process has exited. For a client that has not heard of it, nothing. */
VOID FtReportProcessEnd(_In_ PFT_PROCESS Process);

/*
 * With Parameters\DebugPrint set, prints the operation as one line, at DPFLTR_INFO_LEVEL of
 * DPFLTR_IHVDRIVER_ID; debugprint.c.
 */
_IRQL_requires_(PASSIVE_LEVEL) VOID
    FtDebugPrintFile(_In_ const struct ft_file_record *File, _In_opt_ PCUNICODE_STRING Name);

#endif
