#include "usermode.h"

#pragma code_seg("PAGE")

/*
 * The copying is in routines of its own that are not made part of their callers: clang's __try
 * takes exceptions that are raised in a call, and not those of an access in the block itself.
 */
static DECLSPEC_NOINLINE VOID FtpProbeAndRead(_Out_writes_bytes_(Length) PVOID To,
                                              _In_reads_bytes_(Length) const VOID *UserFrom,
                                              _In_ SIZE_T Length)
{
    ProbeForRead((PVOID)UserFrom, Length, sizeof(UCHAR));
    RtlCopyMemory(To, UserFrom, Length);
}

static DECLSPEC_NOINLINE VOID FtpProbeAndWrite(_Out_writes_bytes_(Length) PVOID UserTo,
                                               _In_reads_bytes_(Length) const VOID *From,
                                               _In_ SIZE_T Length)
{
    ProbeForWrite(UserTo, Length, sizeof(UCHAR));
    RtlCopyMemory(UserTo, From, Length);
}

_Use_decl_annotations_ NTSTATUS FtCopyFromUser(PVOID To, const VOID *UserFrom, SIZE_T Length)
{
    PAGED_CODE();
    __try {
        FtpProbeAndRead(To, UserFrom, Length);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

_Use_decl_annotations_ NTSTATUS FtCopyToUser(PVOID UserTo, const VOID *From, SIZE_T Length)
{
    PAGED_CODE();
    __try {
        FtpProbeAndWrite(UserTo, From, Length);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}
