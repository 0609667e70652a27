/* A driver with filetap's port and another protocol version, 77: a client must refuse it. */
#define TEST_HAS_PORT
#include "filter.h"

static PFLT_PORT ServerPort, ClientPort;

static FLT_PREOP_CALLBACK_STATUS FLTAPI TestPreCreate(PFLT_CALLBACK_DATA Data,
                                                      PCFLT_RELATED_OBJECTS FltObjects,
                                                      PVOID *CompletionContext)
{
    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(FltObjects);
    UNREFERENCED_PARAMETER(CompletionContext);
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

static NTSTATUS FLTAPI Message(PVOID PortCookie, PVOID In, ULONG InLength, PVOID Out,
                               ULONG OutLength, PULONG Returned)
{
    ULONG reply[4] = {77, sizeof(reply), 1, 0};

    UNREFERENCED_PARAMETER(PortCookie);
    UNREFERENCED_PARAMETER(In);
    UNREFERENCED_PARAMETER(InLength);
    *Returned = OutLength < sizeof(reply) ? OutLength : sizeof(reply);
    RtlCopyMemory(Out, reply, *Returned);
    return STATUS_SUCCESS;
}

static NTSTATUS TestOpenPort(VOID)
{
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\FiletapPort");
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
