/* What is known of a process: ZwQueryInformationProcess, SeLocateProcessImageName, ZwOpenProcess.
 */
#include "executive.h"

#include <string.h>

static NTSTATUS give(PVOID to, ULONG length, PULONG needed, const void *from, ULONG size)
{
    if (needed != NULL)
        *needed = size;
    if (length != size)
        return STATUS_INFO_LENGTH_MISMATCH;
    memcpy(to, from, size);
    return STATUS_SUCCESS;
}

/* A UNICODE_STRING with its characters behind it, terminated. */
static NTSTATUS give_string(PVOID to, ULONG length, PULONG needed, PCUNICODE_STRING string)
{
    ULONG size = (ULONG)(sizeof(UNICODE_STRING) + string->Length + sizeof(wchar_t));
    UNICODE_STRING *result = to;

    if (needed != NULL)
        *needed = size;
    if (length < size)
        return STATUS_INFO_LENGTH_MISMATCH;
    result->Length = string->Length;
    result->MaximumLength = (USHORT)(string->Length + sizeof(wchar_t));
    result->Buffer = (wchar_t *)(result + 1);
    memcpy(result->Buffer, string->Buffer, string->Length);
    result->Buffer[string->Length / sizeof(wchar_t)] = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS query(PEPROCESS process, PROCESSINFOCLASS class, PVOID to, ULONG length,
                      PULONG needed)
{
    switch (class) {
    case ProcessBasicInformation: {
        PROCESS_BASIC_INFORMATION information = {
            .ExitStatus = process->exit_status,
            .AffinityMask = 1,
            .BasePriority = 8,
            .UniqueProcessId = process->id,
            .InheritedFromUniqueProcessId = process->parent_id,
        };
        KeQueryActiveProcessorCount(&information.AffinityMask);
        return give(to, length, needed, &information, sizeof(information));
    }
    case ProcessSessionInformation: {
        ULONG information = process->session;

        return give(to, length, needed, &information, sizeof(information));
    }
    case ProcessWow64Information: {
        ULONG_PTR none = 0; /* no 32-bit PEB: programs are taken for native ones */

        return give(to, length, needed, &none, sizeof(none));
    }
    case ProcessImageFileName:
        return give_string(to, length, needed, &process->image);
    case ProcessCommandLineInformation:
        if (process->command_line.Length == 0)
            return STATUS_NOT_FOUND;
        return give_string(to, length, needed, &process->command_line);
    default:
        return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NTAPI ZwQueryInformationProcess(HANDLE handle, PROCESSINFOCLASS class, PVOID information,
                                         ULONG length, PULONG needed)
{
    void *process;
    NTSTATUS status;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    status = nt_handle_find(handle, nt_process_type, NULL, &process);
    if (status != STATUS_SUCCESS)
        return status;
    status = query(process, class, information, length, needed);
    nt_object_dereference(process);
    return status;
}

NTSTATUS NTAPI SeLocateProcessImageName(PEPROCESS process, PUNICODE_STRING *name)
{
    size_t units = process->image.Length / sizeof(wchar_t);
    UNICODE_STRING *copy =
        nt_pool_allocate(CALLER, POOL_FLAG_PAGED, sizeof(*copy) + (units + 1) * sizeof(wchar_t),
                         TAG('S', 'e', 'P', 'n'));

    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (copy == NULL)
        return STATUS_NO_MEMORY;
    copy->Buffer = (wchar_t *)(copy + 1);
    copy->Length = process->image.Length;
    copy->MaximumLength = (USHORT)(copy->Length + sizeof(wchar_t));
    if (units != 0)
        memcpy(copy->Buffer, process->image.Buffer, copy->Length);
    *name = copy;
    return STATUS_SUCCESS;
}

static NTSTATUS open_process(const void *caller, PHANDLE handle, ACCESS_MASK access,
                             POBJECT_ATTRIBUTES attributes, PCLIENT_ID client)
{
    PEPROCESS process = NULL;
    PETHREAD thread;
    NTSTATUS status;

    if (client == NULL || (attributes != NULL && attributes->ObjectName != NULL))
        return STATUS_INVALID_PARAMETER;
    if (client->UniqueThread != NULL) {
        status = PsLookupThreadByThreadId(client->UniqueThread, &thread);
        if (status != STATUS_SUCCESS)
            return STATUS_INVALID_CID;
        process = PsGetThreadProcess(thread);
        nt_object_reference(process);
        ObfDereferenceObject(thread);
    } else {
        status = PsLookupProcessByProcessId(client->UniqueProcess, &process);
        if (status != STATUS_SUCCESS)
            return STATUS_INVALID_CID;
        nt_object_reference(process);
        ObfDereferenceObject(process);
    }
    status = nt_handle_open(process, attributes != NULL ? attributes->Attributes : 0, access,
                            caller, handle);
    nt_object_dereference(process);
    return status;
}

NTSTATUS NTAPI ZwOpenProcess(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                             PCLIENT_ID client)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return open_process(CALLER, handle, access, attributes, client);
}

NTSTATUS NTAPI NtOpenProcess(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                             PCLIENT_ID client)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return open_process(CALLER, handle, access, attributes, client);
}
