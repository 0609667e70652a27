#include "port.h"
#include "process.h"
#include "queue.h"
#include "usermode.h"
#include "version.h"

/* The longest message that can be right. */
#define FT_MAX_MESSAGE                                                                             \
    (sizeof(struct ft_configure_request) + FT_MAX_PROCESS_IDS * sizeof(uint32_t) +                 \
     FT_MAX_PATTERNS * (sizeof(uint16_t) + FT_MAX_PATTERN_LENGTH))

static struct {
    PFLT_PORT Server;
    PFLT_PORT Client; /* NULL while there is none */
    PFT_CONFIG Config;
} FtpPort;

/* A message as it came. Its buffers are the client's own memory, which it may change meanwhile. */
typedef struct _FT_MESSAGE {
    ULONG64 Session;
    const VOID *Input;
    ULONG InputLength;
    PVOID Output;
    ULONG OutputLength;
} FT_MESSAGE, *PFT_MESSAGE;

#pragma code_seg("PAGE")

static NTSTATUS FtpAnswer(_In_ const FT_MESSAGE *Message,
                          _In_reads_bytes_(Length) const VOID *Reply, _In_ ULONG Length,
                          _In_ ULONG LeastLength, _Out_ PULONG Returned)
{
    ULONG Room = Message->Output != NULL ? FtMin(Message->OutputLength, Length) : 0;
    NTSTATUS Status;

    if (Room < LeastLength)
        return STATUS_BUFFER_TOO_SMALL;
    Status = FtCopyToUser(Message->Output, Reply, Room);
    if (NT_SUCCESS(Status))
        *Returned = Room;
    return Status;
}

/* The whole message, which has to be of this length. */
static NTSTATUS FtpTake(_In_ const FT_MESSAGE *Message, _Out_writes_bytes_(Length) PVOID Request,
                        _In_ ULONG Length)
{
    if (Message->InputLength != Length)
        return STATUS_INFO_LENGTH_MISMATCH;
    return FtCopyFromUser(Request, Message->Input, Length);
}

/* Whatever the versions of both sides, a client gets the first eight bytes. */
static NTSTATUS FtpHandleVersion(_In_ const FT_MESSAGE *Message, _Out_ PULONG Returned)
{
    struct ft_version_reply Reply = {0};

    Reply.protocol = FILETAP_PROTOCOL_VERSION;
    Reply.size = sizeof(Reply);
    Reply.major = FT_VERSION_MAJOR;
    Reply.minor = FT_VERSION_MINOR;
    Reply.patch = FT_VERSION_PATCH;
    return FtpAnswer(Message, &Reply, sizeof(Reply), FIELD_OFFSET(struct ft_version_reply, major),
                     Returned);
}

static NTSTATUS FtpHandleStatus(_In_ const FT_MESSAGE *Message, _Out_ PULONG Returned)
{
    struct ft_status_reply Reply;

    if (Message->InputLength != sizeof(struct ft_request))
        return STATUS_INFO_LENGTH_MISMATCH;
    FtQueueGetStatus(&Reply);
    Reply.selected = FtVerdictCountSelected();
    return FtpAnswer(Message, &Reply, sizeof(Reply), sizeof(Reply), Returned);
}

static NTSTATUS FtpHandleRead(_In_ const FT_MESSAGE *Message, _Out_ PULONG Returned)
{
    struct ft_read_request Request;
    NTSTATUS Status;

    Status = FtpTake(Message, &Request, sizeof(Request));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Request.wait_ms > FT_MAX_WAIT_MS || Message->Output == NULL)
        return STATUS_INVALID_PARAMETER;
    return FtQueueRead(Message->Session, Message->Output, Message->OutputLength, Request.wait_ms,
                       Returned);
}

static NTSTATUS FtpHandleProcess(_In_ const FT_MESSAGE *Message, _Out_ PULONG Returned)
{
    struct ft_process_request Request;
    struct ft_process_reply Reply = {0};
    PFT_PROCESS Process;
    PEPROCESS Object;
    NTSTATUS Status;

    Status = FtpTake(Message, &Request, sizeof(Request));
    if (!NT_SUCCESS(Status))
        return Status;
    Status = PsLookupProcessByProcessId(ULongToHandle(Request.process_id), &Object);
    if (!NT_SUCCESS(Status))
        return STATUS_INVALID_CID;
    /* Of one that has ended, its exit has been handled: nothing may be put down for it any more. */
    if (PsGetProcessExitStatus(Object) != STATUS_PENDING)
        Status = STATUS_PROCESS_IS_TERMINATING;
    else
        Status = FtProcessGetSelected(Object, &Process);
    ObDereferenceObject(Object);
    if (!NT_SUCCESS(Status))
        return Status;
    Reply.selected = Process != NULL;
    FtProcessRelease(Process);
    return FtpAnswer(Message, &Reply, sizeof(Reply), sizeof(Reply), Returned);
}

static NTSTATUS FtpApply(_In_ const FT_MESSAGE *Message,
                         _In_ const struct ft_configure_request *Request)
{
    PFT_CONFIG Config;
    NTSTATUS Status;

    if (Request->queue_bytes != 0 &&
        (Request->queue_bytes < FT_MIN_QUEUE_BYTES || Request->queue_bytes > FT_MAX_QUEUE_BYTES))
        return STATUS_INVALID_PARAMETER;
    Status = FtConfigFromMessage(Request, Message->InputLength, &Config);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Request->queue_bytes != 0)
        Status = FtQueueResize(Message->Session, Request->queue_bytes);
    if (NT_SUCCESS(Status))
        FtProcessSetConfig(Config);
    FtConfigRelease(Config);
    return Status;
}

static NTSTATUS FtpHandleConfigure(_In_ const FT_MESSAGE *Message)
{
    struct ft_configure_request *Request;
    NTSTATUS Status;

    if (Message->InputLength < sizeof(*Request) || Message->InputLength > FT_MAX_MESSAGE)
        return STATUS_INFO_LENGTH_MISMATCH;
    Request = ExAllocatePool2(POOL_FLAG_PAGED, Message->InputLength, FT_TAG_MESSAGE);
    if (Request == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    Status = FtCopyFromUser(Request, Message->Input, Message->InputLength);
    if (NT_SUCCESS(Status))
        Status = FtpApply(Message, Request);
    ExFreePoolWithTag(Request, FT_TAG_MESSAGE);
    return Status;
}

static NTSTATUS FLTAPI FtpMessage(
    _In_opt_ PVOID PortCookie, _In_reads_bytes_opt_(InputBufferLength) PVOID InputBuffer,
    _In_ ULONG InputBufferLength,
    _Out_writes_bytes_to_opt_(OutputBufferLength, *ReturnOutputBufferLength) PVOID OutputBuffer,
    _In_ ULONG OutputBufferLength, _Out_ PULONG ReturnOutputBufferLength)
{
    FT_MESSAGE Message;
    struct ft_request Request;
    NTSTATUS Status;

    PAGED_CODE();
    *ReturnOutputBufferLength = 0;
    if (InputBuffer == NULL || InputBufferLength < sizeof(Request))
        return STATUS_INFO_LENGTH_MISMATCH;
    Status = FtCopyFromUser(&Request, InputBuffer, sizeof(Request));
    if (!NT_SUCCESS(Status))
        return Status;
    if (Request.size != InputBufferLength)
        return STATUS_INFO_LENGTH_MISMATCH;
    Message.Session = (ULONG_PTR)PortCookie;
    Message.Input = InputBuffer;
    Message.InputLength = InputBufferLength;
    Message.Output = OutputBuffer;
    Message.OutputLength = OutputBufferLength;
    switch (Request.command) {
    case FT_COMMAND_VERSION:
        return FtpHandleVersion(&Message, ReturnOutputBufferLength);
    case FT_COMMAND_CONFIGURE:
        return FtpHandleConfigure(&Message);
    case FT_COMMAND_READ:
        return FtpHandleRead(&Message, ReturnOutputBufferLength);
    case FT_COMMAND_STATUS:
        return FtpHandleStatus(&Message, ReturnOutputBufferLength);
    case FT_COMMAND_PROCESS:
        return FtpHandleProcess(&Message, ReturnOutputBufferLength);
    default:
        return STATUS_INVALID_DEVICE_REQUEST;
    }
}

static NTSTATUS FLTAPI FtpConnect(_In_ PFLT_PORT ClientPort, _In_opt_ PVOID ServerPortCookie,
                                  _In_reads_bytes_opt_(SizeOfContext) PVOID ConnectionContext,
                                  _In_ ULONG SizeOfContext,
                                  _Outptr_result_maybenull_ PVOID *ConnectionPortCookie)
{
    ULONG64 Session;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(ServerPortCookie);
    UNREFERENCED_PARAMETER(ConnectionContext);
    PAGED_CODE();
    *ConnectionPortCookie = NULL;
    if (SizeOfContext != 0)
        return STATUS_INVALID_PARAMETER;
    Status = FtQueueOpen(FT_DEFAULT_QUEUE_BYTES, &Session);
    if (!NT_SUCCESS(Status))
        return Status;
    FtpPort.Client = ClientPort;
    *ConnectionPortCookie = (PVOID)(ULONG_PTR)Session;
    return STATUS_SUCCESS;
}

/* Also called by FltUnregisterFilter, for a client that is there when the driver is unloaded. */
static VOID FLTAPI FtpDisconnect(_In_opt_ PVOID ConnectionCookie)
{
    PFLT_PORT Client;

    PAGED_CODE();
    FtProcessSetConfig(FtpPort.Config);
    Client = FtpPort.Client;
    FtpPort.Client = NULL;
    /* From here on another client can connect, and then FtpPort and the configuration are its. */
    FtQueueClose((ULONG_PTR)ConnectionCookie);
    FltCloseClientPort(FtGlobals.Filter, &Client);
}

_Use_decl_annotations_ NTSTATUS FtPortCreate(PFT_CONFIG Config)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(FILETAP_PORT_NAME);
    PSECURITY_DESCRIPTOR Descriptor;
    OBJECT_ATTRIBUTES Attributes;
    NTSTATUS Status;

    PAGED_CODE();
    FtpPort.Config = Config;
    FtpPort.Client = NULL;
    /* Full access for administrators and the system, none for others. */
    Status = FltBuildDefaultSecurityDescriptor(&Descriptor, FLT_PORT_ALL_ACCESS);
    if (!NT_SUCCESS(Status))
        return Status;
    InitializeObjectAttributes(&Attributes, &Name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL,
                               Descriptor);
    Status = FltCreateCommunicationPort(FtGlobals.Filter, &FtpPort.Server, &Attributes, NULL,
                                        FtpConnect, FtpDisconnect, FtpMessage, 1);
    if (!NT_SUCCESS(Status))
        FtpPort.Server = NULL;
    FltFreeSecurityDescriptor(Descriptor);
    return Status;
}

VOID FtPortDelete(VOID)
{
    PAGED_CODE();
    if (FtpPort.Server == NULL)
        return;
    FltCloseCommunicationPort(FtpPort.Server);
    FtpPort.Server = NULL;
    FtQueueClose(0);
}
