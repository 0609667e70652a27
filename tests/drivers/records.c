/*
 * A driver with filetap's port that sees nothing and reports what the test wants: the first
 * letter of the first name pattern says what.
 *
 *   l  an event, 5 records lost, an event     g  a gap that nothing explains
 *   m  a record with a wrong size             c  fewer events than it says it made
 *   t  a loss that is only in the status      r  refuses to be read
 *   d  an event, and then it dies             s  is stuck in the first create
 */
#define TEST_HAS_PORT
#include "filter.h"

typedef UCHAR uint8_t;
typedef USHORT uint16_t;
typedef ULONG uint32_t;
typedef ULONGLONG uint64_t;
#define FT_HAVE_INT_TYPES
#include <filetap/protocol.h>

static PFLT_PORT ServerPort, ClientPort;
static volatile CHAR What;
static BOOLEAN Sent;
static PVOID Nowhere;

static FLT_PREOP_CALLBACK_STATUS FLTAPI TestPreCreate(PFLT_CALLBACK_DATA Data,
                                                      PCFLT_RELATED_OBJECTS FltObjects,
                                                      PVOID *CompletionContext)
{
    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(FltObjects);
    UNREFERENCED_PARAMETER(CompletionContext);
    while (What == 's')
        YieldProcessor();
    return FLT_PREOP_SUCCESS_NO_CALLBACK;
}

static FLT_POSTOP_CALLBACK_STATUS FLTAPI TestPostCreate(PFLT_CALLBACK_DATA Data,
                                                        PCFLT_RELATED_OBJECTS FltObjects,
                                                        PVOID CompletionContext,
                                                        FLT_POST_OPERATION_FLAGS Flags)
{
    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(FltObjects);
    UNREFERENCED_PARAMETER(CompletionContext);
    UNREFERENCED_PARAMETER(Flags);
    return FLT_POSTOP_FINISHED_PROCESSING;
}

static NTSTATUS FLTAPI Connect(PFLT_PORT Port, PVOID Cookie, PVOID Context, ULONG Size,
                               PVOID *PortCookie)
{
    UNREFERENCED_PARAMETER(Cookie);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Size);
    ClientPort = Port;
    *PortCookie = NULL;
    return STATUS_SUCCESS;
}

static VOID FLTAPI Disconnect(PVOID PortCookie)
{
    UNREFERENCED_PARAMETER(PortCookie);
    FltCloseClientPort(TestFilter, &ClientPort);
}

static ULONG AddFile(PUCHAR At, ULONGLONG Sequence)
{
    static const WCHAR name[] = L"\\Device\\Test\\x";
    struct ft_file_record record = {
        .record = {.type = FT_RECORD_FILE, .sequence = Sequence},
        .time = 133500000000000000,
        .name_length = sizeof(name) - sizeof(WCHAR),
    };

    record.record.size = (sizeof(record) + record.name_length + 7) & ~7u;
    RtlZeroMemory(At, record.record.size);
    RtlCopyMemory(At, &record, sizeof(record));
    RtlCopyMemory(At + sizeof(record), name, record.name_length);
    return record.record.size;
}

static ULONG Records(PUCHAR Out)
{
    struct ft_lost_record lost = {
        .record = {.size = sizeof(lost), .type = FT_RECORD_LOST, .sequence = 2},
        .count = 5,
    };
    ULONG length = AddFile(Out, 1);

    switch (What) {
    case 'l':
        RtlCopyMemory(Out + length, &lost, sizeof(lost));
        length += sizeof(lost);
        length += AddFile(Out + length, 7);
        break;
    case 'g':
        length += AddFile(Out + length, 3);
        break;
    case 'm':
        AddFile(Out + length, 2);
        *(ULONG *)(Out + length) = 4711;
        length += 64;
        break;
    default:
        break;
    }
    return length;
}

static NTSTATUS FLTAPI Message(PVOID PortCookie, PVOID In, ULONG InLength, PVOID Out,
                               ULONG OutLength, PULONG Returned)
{
    struct ft_version_reply version = {FILETAP_PROTOCOL_VERSION, sizeof(version), 1, 0, 0, 0};
    struct ft_status_reply status = {.events = What == 'c' ? 9 : 1, .lost = What == 't' ? 3 : 0};

    UNREFERENCED_PARAMETER(PortCookie);
    *Returned = 0;
    switch (((struct ft_request *)In)->command) {
    case FT_COMMAND_VERSION:
        RtlCopyMemory(Out, &version, *Returned = sizeof(version));
        return STATUS_SUCCESS;
    case FT_COMMAND_CONFIGURE:
        /* Behind the request: the pattern's length and its first letter; no ids were given. */
        if (InLength >= sizeof(struct ft_configure_request) + 4)
            What = ((PCHAR)In)[sizeof(struct ft_configure_request) + 2];
        return STATUS_SUCCESS;
    case FT_COMMAND_READ:
        if (What == 'r')
            return STATUS_ACCESS_DENIED;
        if (Sent && What == 'd')
            *(volatile CHAR *)Nowhere = What;
        if (Sent || OutLength < 4096)
            return STATUS_SUCCESS;
        Sent = TRUE;
        *Returned = Records(Out);
        return STATUS_SUCCESS;
    case FT_COMMAND_STATUS:
        RtlCopyMemory(Out, &status, *Returned = sizeof(status));
        return STATUS_SUCCESS;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS TestOpenPort(VOID)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(FILETAP_PORT_NAME);
    OBJECT_ATTRIBUTES attributes;
    PSECURITY_DESCRIPTOR descriptor;
    NTSTATUS status = FltBuildDefaultSecurityDescriptor(&descriptor, FLT_PORT_ALL_ACCESS);

    if (!NT_SUCCESS(status))
        return status;
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL,
                               descriptor);
    status = FltCreateCommunicationPort(TestFilter, &ServerPort, &attributes, NULL, Connect,
                                        Disconnect, Message, 1);
    FltFreeSecurityDescriptor(descriptor);
    return status;
}

static VOID TestClosePort(VOID)
{
    FltCloseCommunicationPort(ServerPort);
}
