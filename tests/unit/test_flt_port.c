/* Communication ports, both sides. */
#include "flt_fixture.h"
#include <pthread.h>
#include "fltlib.h"

static struct test_filter t;
static PFLT_PORT server, client;
static NTSTATUS connect_status, message_status;
static bool keep_client_open;

static NTSTATUS NTAPI connected(PFLT_PORT port, PVOID cookie, PVOID context, ULONG size,
                                PVOID *connection)
{
    note("connect %s %u %s; ", (char *)cookie, size, context ? (char *)context : "-");
    if (!NT_SUCCESS(connect_status))
        return connect_status;
    client = port;
    *connection = "connection";
    return STATUS_SUCCESS;
}

static VOID NTAPI disconnected(PVOID cookie)
{
    note("disconnect %s; ", (char *)cookie);
    if (!keep_client_open)
        FltCloseClientPort(t.filter, &client);
}

static NTSTATUS NTAPI message(PVOID cookie, PVOID in, ULONG in_size, PVOID out, ULONG out_size,
                              PULONG returned)
{
    note("message %s %.*s %u; ", (char *)cookie, (int)in_size, (char *)in, out_size);
    if (out_size >= 3)
        memcpy(out, "yes", 3);
    *returned = out_size >= 3 ? 3 : 0;
    return message_status;
}

static NTSTATUS make_port(const wchar_t *name, ULONG attributes, LONG most, PFLT_PORT *port)
{
    UNICODE_STRING n = u(name);
    OBJECT_ATTRIBUTES a;
    PSECURITY_DESCRIPTOR sd;
    NTSTATUS status;

    assert_int_equal(FltBuildDefaultSecurityDescriptor(&sd, FLT_PORT_ALL_ACCESS), STATUS_SUCCESS);
    InitializeObjectAttributes(&a, &n, attributes, NULL, sd);
    status = FltCreateCommunicationPort(t.filter, port, &a, "server", connected, disconnected,
                                        message, most);
    FltFreeSecurityDescriptor(sd);
    return status;
}

static int one_port(void **state)
{
    (void)state;
    t = (struct test_filter){.name = "T"};
    connect_status = message_status = STATUS_SUCCESS;
    keep_client_open = false;
    client = NULL;
    filter_up(&t, "100");
    assert_int_equal(make_port(L"\\TestPort", OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, 1, &server),
                     STATUS_SUCCESS);
    notes[0] = '\0';
    return 0;
}

static int no_port(void **state)
{
    (void)state;
    if (server != NULL)
        FltCloseCommunicationPort(server);
    server = NULL;
    if (t.driver != NULL)
        assert_int_equal(filter_down(&t, NULL), 0);
    notes[0] = '\0';
    return 0;
}

static struct filter_port *join(void)
{
    struct filter_port *port;

    assert_int_equal(filter_connect_port("\\TestPort", NULL, 0, &port), STATUS_SUCCESS);
    notes[0] = '\0';
    return port;
}

/* ---- Making and connecting ------------------------------------------------------------------ */

static void attributes_are_checked(void **state)
{
    PFLT_PORT p;

    (void)state;
    assert_int_equal(make_port(L"\\Other", OBJ_CASE_INSENSITIVE, 1, &p), STATUS_INVALID_PARAMETER);
    assert_int_equal(make_port(L"\\Other", OBJ_KERNEL_HANDLE, 0, &p), STATUS_INVALID_PARAMETER);
    assert_int_equal(make_port(L"Other", OBJ_KERNEL_HANDLE, 1, &p), STATUS_OBJECT_PATH_SYNTAX_BAD);
    assert_int_equal(make_port(L"\\TESTPORT", OBJ_KERNEL_HANDLE, 1, &p),
                     STATUS_OBJECT_NAME_COLLISION);
    assert_null(p);
    assert_int_equal(
        FltCreateCommunicationPort(t.filter, &p, NULL, NULL, connected, disconnected, message, 1),
        STATUS_INVALID_PARAMETER);
    /* A name is free again when its port was closed. */
    FltCloseCommunicationPort(server);
    assert_int_equal(make_port(L"\\TestPort", OBJ_KERNEL_HANDLE, 1, &server), STATUS_SUCCESS);
}

static void connections_are_counted(void **state)
{
    struct filter_port *one, *two;

    (void)state;
    assert_int_equal(filter_connect_port("\\Nobody", NULL, 0, &one), STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(filter_connect_port("\\TestPort", "x", 0, &one), STATUS_INVALID_PARAMETER);
    assert_int_equal(filter_connect_port("\\testport", "hello", 6, &one), STATUS_SUCCESS);
    assert_notes("connect server 6 hello; ");
    assert_int_equal(filter_connect_port("\\TestPort", NULL, 0, &two),
                     STATUS_CONNECTION_COUNT_LIMIT);
    assert_null(two);
    filter_close_port(one);
    assert_notes("disconnect connection; ");
    connect_status = STATUS_ACCESS_DENIED;
    assert_int_equal(filter_connect_port("\\TestPort", NULL, 0, &two), STATUS_ACCESS_DENIED);
    connect_status = STATUS_SUCCESS;
    assert_int_equal(filter_connect_port("\\TestPort", NULL, 0, &two), STATUS_SUCCESS);
    assert_notes("connect server 0 -; connect server 0 -; ");
    filter_close_port(two);
    filter_close_port(NULL);
}

/* ---- User to driver ------------------------------------------------------------------------- */

static void messages_reach_the_driver(void **state)
{
    struct filter_port *port = join();
    uint32_t returned = 99;
    char out[8];

    (void)state;
    assert_int_equal(filter_send_message(port, "ask", 3, out, sizeof(out), &returned),
                     STATUS_SUCCESS);
    assert_int_equal(returned, 3);
    assert_memory_equal(out, "yes", 3);
    assert_int_equal(filter_send_message(port, "ask", 3, NULL, 5, &returned), STATUS_SUCCESS);
    assert_int_equal(returned, 0);
    message_status = STATUS_INVALID_DEVICE_REQUEST;
    assert_int_equal(filter_send_message(port, "no", 2, out, sizeof(out), &returned),
                     STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(returned, 0);
    assert_notes("message connection ask 8; message connection ask 0; message connection no 8; ");
    filter_close_port(port);
}

static void a_closed_server_keeps_its_connections(void **state)
{
    struct filter_port *port = join(), *other;
    uint32_t returned;

    (void)state;
    FltCloseCommunicationPort(server);
    server = NULL;
    assert_int_equal(filter_connect_port("\\TestPort", NULL, 0, &other),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(filter_send_message(port, "x", 1, NULL, 0, &returned), STATUS_SUCCESS);
    filter_close_port(port);
    assert_notes("message connection x 0; disconnect connection; ");
}

static void a_driver_may_close_the_connection(void **state)
{
    struct filter_port *port = join();
    uint32_t returned;
    char buffer[64];

    (void)state;
    FltCloseClientPort(t.filter, &client);
    assert_null(client);
    assert_int_equal(filter_send_message(port, "x", 1, NULL, 0, &returned),
                     STATUS_PORT_DISCONNECTED);
    assert_int_equal(filter_get_message(port, buffer, sizeof(buffer), 0), STATUS_PORT_DISCONNECTED);
    filter_close_port(port);
    assert_notes("disconnect connection; ");
}

/* ---- Driver to user ------------------------------------------------------------------------- */

static LARGE_INTEGER ms(int n)
{
    return (LARGE_INTEGER){.QuadPart = -10000LL * n};
}

struct user {
    struct filter_port *port;
    int timeout;
    filter_status got, replied;
    uint32_t reply_size;
    NTSTATUS reply_status;
    struct {
        FILTER_MESSAGE_HEADER head;
        char text[32];
    } m;
};

static void *user(void *p)
{
    struct user *x = p;
    struct {
        FILTER_REPLY_HEADER head;
        char text[32];
    } reply;

    nt_thread_attach();
    x->got = filter_get_message(x->port, &x->m, sizeof(x->m), x->timeout);
    if (x->got == STATUS_SUCCESS && x->reply_size > 0) {
        memset(&reply, 0, sizeof(reply));
        reply.head.MessageId = x->m.head.MessageId;
        reply.head.Status = x->reply_status;
        strcpy(reply.text, "pong");
        x->replied = filter_reply_message(x->port, &reply, x->reply_size);
    }
    nt_thread_detach();
    return NULL;
}

static void messages_reach_the_user(void **state)
{
    struct user x = {.port = join(), .timeout = 5000};
    pthread_t thread;

    (void)state;
    pthread_create(&thread, NULL, user, &x);
    assert_int_equal(FltSendMessage(t.filter, &client, "ping", 5, NULL, NULL, NULL),
                     STATUS_SUCCESS);
    pthread_join(thread, NULL);
    assert_int_equal(x.got, STATUS_SUCCESS);
    assert_string_equal(x.m.text, "ping");
    assert_int_equal(x.m.head.ReplyLength, 0);
    filter_close_port(x.port);
}

static void replies_come_back(void **state)
{
    struct user x = {
        .port = join(), .timeout = 5000, .reply_size = sizeof(FILTER_REPLY_HEADER) + 5};
    LARGE_INTEGER timeout = ms(5000);
    FILTER_REPLY_HEADER stray = {.MessageId = 12345};
    char reply[8] = "";
    ULONG length = sizeof(reply);
    pthread_t thread;

    (void)state;
    pthread_create(&thread, NULL, user, &x);
    assert_int_equal(FltSendMessage(t.filter, &client, "ping", 5, reply, &length, &timeout),
                     STATUS_SUCCESS);
    pthread_join(thread, NULL);
    assert_int_equal(x.replied, STATUS_SUCCESS);
    assert_int_equal(x.m.head.ReplyLength, sizeof(reply) + sizeof(FILTER_REPLY_HEADER));
    assert_int_equal(length, 5);
    assert_string_equal(reply, "pong");

    /* More than there is room for. */
    length = 2;
    pthread_create(&thread, NULL, user, &x);
    assert_int_equal(FltSendMessage(t.filter, &client, "ping", 5, reply, &length, &timeout),
                     STATUS_BUFFER_OVERFLOW);
    pthread_join(thread, NULL);
    assert_int_equal(length, 2);
    assert_int_equal(filter_reply_message(x.port, &stray, sizeof(stray)),
                     STATUS_FLT_NO_WAITER_FOR_REPLY);
    assert_int_equal(filter_reply_message(x.port, &stray, 3), STATUS_INVALID_PARAMETER);
    filter_close_port(x.port);
}

static void waiting_has_an_end(void **state)
{
    struct filter_port *port = join();
    LARGE_INTEGER soon = ms(20), now = {.QuadPart = 0}, past = {.QuadPart = 1};
    char reply[8], buffer[64];
    ULONG length = sizeof(reply);

    (void)state;
    assert_int_equal(FltSendMessage(t.filter, &client, "ping", 5, NULL, NULL, &soon),
                     STATUS_TIMEOUT);
    assert_int_equal(FltSendMessage(t.filter, &client, "ping", 5, reply, &length, &now),
                     STATUS_TIMEOUT);
    assert_int_equal(FltSendMessage(t.filter, &client, "ping", 5, NULL, NULL, &past),
                     STATUS_TIMEOUT);
    assert_int_equal(filter_get_message(port, buffer, sizeof(buffer), 20), STATUS_TIMEOUT);
    assert_int_equal(FltSendMessage(t.filter, &client, NULL, 5, NULL, NULL, &now),
                     STATUS_INVALID_PARAMETER);
    filter_close_port(port);
    assert_null(client);
    assert_int_equal(FltSendMessage(t.filter, &client, "ping", 5, NULL, NULL, NULL),
                     STATUS_PORT_DISCONNECTED);
}

static void who_waits_gets_it_without_delay(void **state)
{
    struct user x = {.port = join(), .timeout = 5000};
    LARGE_INTEGER now = {.QuadPart = 0};
    pthread_t thread;

    (void)state;
    pthread_create(&thread, NULL, user, &x);
    for (;;) { /* until it waits */
        pthread_mutex_lock(&x.port->lock);
        bool waits = x.port->waiters > 0;
        pthread_mutex_unlock(&x.port->lock);
        if (waits)
            break;
        usleep(1000);
    }
    assert_int_equal(FltSendMessage(t.filter, &client, "ping", 5, NULL, NULL, &now),
                     STATUS_SUCCESS);
    pthread_join(thread, NULL);
    assert_string_equal(x.m.text, "ping");
    filter_close_port(x.port);
}

static void a_small_buffer_leaves_the_message(void **state)
{
    struct user x = {.port = join(), .timeout = 5000};
    char small[sizeof(FILTER_MESSAGE_HEADER) + 2];
    LARGE_INTEGER timeout = ms(5000);
    pthread_t thread;

    (void)state;
    pthread_create(&thread, NULL, user, &x);
    assert_int_equal(FltSendMessage(t.filter, &client, "ping", 5, NULL, NULL, &timeout),
                     STATUS_SUCCESS);
    pthread_join(thread, NULL);
    assert_int_equal(filter_get_message(x.port, small, sizeof(small), 0), STATUS_TIMEOUT);
    filter_close_port(x.port);
}

static void *close_soon(void *port)
{
    nt_thread_attach();
    usleep(20000);
    filter_close_port(port);
    nt_thread_detach();
    return NULL;
}

static void a_disconnection_ends_the_wait(void **state)
{
    struct filter_port *port = join();
    pthread_t thread;
    char reply[8];
    ULONG length = sizeof(reply);

    (void)state;
    pthread_create(&thread, NULL, close_soon, port);
    assert_int_equal(FltSendMessage(t.filter, &client, "ping", 5, reply, &length, NULL),
                     STATUS_PORT_DISCONNECTED);
    pthread_join(thread, NULL);
}

/* ---- The end -------------------------------------------------------------------------------- */

static void unloading_disconnects(void **state)
{
    struct filter_port *port = join();
    uint32_t returned;

    (void)state;
    FltCloseCommunicationPort(server);
    server = NULL;
    assert_int_equal(filter_down(&t, NULL), 0);
    t.driver = NULL;
    assert_notes("unload T 0; disconnect connection; ");
    assert_int_equal(filter_send_message(port, "x", 1, NULL, 0, &returned),
                     STATUS_PORT_DISCONNECTED);
    filter_close_port(port);
    assert_notes("");
}

static void ports_left_behind_are_reported(void **state)
{
    struct filter_port *port = join();
    char *report;

    (void)state;
    keep_client_open = true;
    server = NULL;
    assert_int_equal(filter_down(&t, &report), 2);
    t.driver = NULL;
    assert_non_null(strstr(report, "T: 1 server port left behind"));
    assert_non_null(strstr(report, "T: 1 client port left behind"));
    free(report);
    filter_close_port(port);
}

static void the_descriptor_lets_administrators_in(void **state)
{
    static const UCHAR system_sid[] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
    PSECURITY_DESCRIPTOR p;
    SECURITY_DESCRIPTOR *sd;
    UCHAR *ace;
    ACCESS_MASK mask;

    (void)state;
    assert_int_equal(FltBuildDefaultSecurityDescriptor(&p, FLT_PORT_ALL_ACCESS), STATUS_SUCCESS);
    sd = p;
    assert_int_equal(sd->Revision, SECURITY_DESCRIPTOR_REVISION);
    assert_int_equal(sd->Control, SE_DACL_PRESENT);
    assert_int_equal(sd->Dacl->AceCount, 2);
    ace = (UCHAR *)(sd->Dacl + 1);
    memcpy(&mask, ace + 4, sizeof(mask));
    assert_int_equal(mask, FLT_PORT_ALL_ACCESS);
    assert_memory_equal(ace + 8, system_sid, sizeof(system_sid));
    ace += *(USHORT *)(ace + 2);
    assert_int_equal(*(ULONG *)(ace + 8 + 8), 32);
    assert_int_equal(*(ULONG *)(ace + 8 + 12), 544);
    ace += *(USHORT *)(ace + 2);
    assert_ptr_equal(ace, (UCHAR *)sd->Dacl + sd->Dacl->AclSize);
    FltFreeSecurityDescriptor(p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, one_port, no_port)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(attributes_are_checked),
        TEST(connections_are_counted),
        TEST(messages_reach_the_driver),
        TEST(a_closed_server_keeps_its_connections),
        TEST(a_driver_may_close_the_connection),
        TEST(messages_reach_the_user),
        TEST(replies_come_back),
        TEST(waiting_has_an_end),
        TEST(who_waits_gets_it_without_delay),
        TEST(a_small_buffer_leaves_the_message),
        TEST(a_disconnection_ends_the_wait),
        TEST(unloading_disconnects),
        TEST(ports_left_behind_are_reported),
        TEST(the_descriptor_lets_administrators_in),
    };

    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
