/*
 * The driver as a whole, compiled natively and as filetap.sys: loaded by its DriverEntry, asked
 * through its port by clients that are right and by clients that are not, unloaded with and without
 * one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "native_driver.h"
#include "fltlib.h"
#include "filetap.h"

static uint8_t *unreadable; /* a page; the one before it is readable */
static struct nt_driver *driver;
static struct filter_port *port;

static filter_status send(const void *in, uint32_t in_size, void *out, uint32_t out_size,
                          uint32_t *returned)
{
    *returned = 0;
    return filter_send_message(port, in, in_size, out, out_size, returned);
}

static filter_status command(uint32_t command, void *out, uint32_t out_size, uint32_t *returned)
{
    struct ft_request request = {command, sizeof(request)};

    return send(&request, sizeof(request), out, out_size, returned);
}

static filter_status configure(struct ft_configure_request *request, uint32_t size)
{
    uint32_t returned;

    request->request.command = FT_COMMAND_CONFIGURE;
    request->request.size = size;
    return send(request, size, NULL, 0, &returned);
}

static int load(void **state)
{
    (void)state;
    driver = native_create();
    return NT_SUCCESS(nt_driver_start(driver)) ? 0 : -1;
}

static int load_and_connect(void **state)
{
    if (load(state) != 0)
        return -1;
    return filter_connect_port("\\FiletapPort", NULL, 0, &port) == 0 ? 0 : -1;
}

/* Whatever happened: nothing leaks. */
static int unload(void **state)
{
    (void)state;
    return native_unload(driver) ? 0 : -1;
}

static int disconnect_and_unload(void **state)
{
    filter_close_port(port);
    return unload(state);
}

/* The client is still there when the driver goes, and closes its handle afterwards. */
static int unload_and_disconnect(void **state)
{
    int result = unload(state);

    filter_close_port(port);
    return result;
}

static void test_nothing(void **state)
{
    (void)state;
}

static void test_version(void **state)
{
    struct ft_version_reply reply;
    uint32_t returned;
    uint64_t longer[4] = {(uint64_t)sizeof(longer) << 32 | FT_COMMAND_VERSION};

    (void)state;
    assert_int_equal(command(FT_COMMAND_VERSION, &reply, sizeof(reply), &returned), 0);
    assert_int_equal(returned, sizeof(reply));
    assert_int_equal(reply.protocol, FILETAP_PROTOCOL_VERSION);
    assert_int_equal(reply.size, sizeof(reply));
    /* Of a client that knows less, and of one that asks more */
    assert_int_equal(command(FT_COMMAND_VERSION, &reply, 8, &returned), 0);
    assert_int_equal(returned, 8);
    assert_int_equal(send(longer, sizeof(longer), &reply, sizeof(reply), &returned), 0);
    assert_int_equal(command(FT_COMMAND_VERSION, &reply, 7, &returned), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(command(FT_COMMAND_VERSION, NULL, 0, &returned), STATUS_BUFFER_TOO_SMALL);
}

/* Who is selected, under whatever configuration is in force. */
static void test_process(void **state)
{
    struct nt_process_start start = {.pid = 4321, .parent_pid = 1, .creator_pid = 1};
    struct ft_process_request request = {{FT_COMMAND_PROCESS, sizeof(request)}, 4321, 0};
    struct {
        struct ft_configure_request r;
        uint32_t id;
    } by_id = {.r.process_id_count = 1, .id = 4321};
    struct ft_process_reply reply = {.selected = 7};
    uint32_t returned;

    (void)state;
    assert_int_equal(send(&request, sizeof(request), &reply, sizeof(reply), &returned),
                     STATUS_INVALID_CID);
    assert_non_null(nt_process_start(&start, true));
    assert_int_equal(send(&request, sizeof(request), &reply, sizeof(reply), &returned), 0);
    assert_int_equal(returned, sizeof(reply));
    assert_int_equal(reply.selected, 0);
    assert_int_equal(configure(&by_id.r, sizeof(by_id)), 0);
    assert_int_equal(send(&request, sizeof(request), &reply, sizeof(reply), &returned), 0);
    assert_int_equal(reply.selected, 1);
    assert_int_equal(send(&request, sizeof(request), &reply, sizeof(reply) - 1, &returned),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(send(&request.request, sizeof(request) - 4, &reply, sizeof(reply), &returned),
                     STATUS_INFO_LENGTH_MISMATCH);
    nt_process_exit(4321, 0, 0);
    assert_true(send(&request, sizeof(request), &reply, sizeof(reply), &returned) < 0);
}

static void test_bad_messages(void **state)
{
    struct ft_request request = {FT_COMMAND_VERSION, sizeof(request)};
    struct ft_read_request read = {{FT_COMMAND_READ, sizeof(read)}, FT_MAX_WAIT_MS + 1, 0};
    uint8_t out[256];
    uint32_t returned;

    (void)state;
    for (uint32_t size = 0; size < sizeof(request); size++)
        assert_true(send(&request, size, out, sizeof(out), &returned) < 0);
    assert_true(send(NULL, 8, out, sizeof(out), &returned) < 0);
    request.size = 9;
    assert_int_equal(send(&request, 8, out, sizeof(out), &returned), STATUS_INFO_LENGTH_MISMATCH);
    for (uint32_t n = 0; n < 16; n++) {
        if (n < FT_COMMAND_VERSION || n > FT_COMMAND_PROCESS)
            assert_int_equal(command(n, out, sizeof(out), &returned),
                             STATUS_INVALID_DEVICE_REQUEST);
    }
    assert_int_equal(command(FT_COMMAND_READ, out, sizeof(out), &returned),
                     STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(command(FT_COMMAND_CONFIGURE, out, sizeof(out), &returned),
                     STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(send(&read, sizeof(read), out, sizeof(out), &returned),
                     STATUS_INVALID_PARAMETER);
    read.wait_ms = 0;
    assert_int_equal(send(&read, sizeof(read), NULL, 0, &returned), STATUS_INVALID_PARAMETER);
    assert_int_equal(command(FT_COMMAND_STATUS, out, sizeof(struct ft_status_reply) - 1, &returned),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(returned, 0);
}

/* Addresses that are not there, or not to the message's end, or not the client's. */
static void test_bad_addresses(void **state)
{
    struct ft_request *half = (void *)(unreadable - 4);
    uint8_t out[256];
    uint32_t returned;

    (void)state;
    native_expect_faults();
    assert_true(send(unreadable, 8, out, sizeof(out), &returned) < 0);
    assert_true(send(half, 8, out, sizeof(out), &returned) < 0);
    assert_true(send((void *)0xFFFF800000000000, 8, out, sizeof(out), &returned) < 0);
    assert_true(command(FT_COMMAND_VERSION, unreadable, 64, &returned) < 0);
    assert_true(command(FT_COMMAND_STATUS, unreadable - 8, 64, &returned) < 0);
    assert_true(command(FT_COMMAND_VERSION, (void *)0xFFFF800000000000, 64, &returned) < 0);
    assert_int_equal(command(FT_COMMAND_VERSION, out, sizeof(out), &returned), 0);
}

static void test_configure(void **state)
{
    struct {
        struct ft_configure_request request;
        uint32_t id;
    } message = {.request = {.flags = FT_CONFIGURE_CHILDREN, .process_id_count = 1}, .id = 99};
    struct ft_status_reply status;
    uint32_t returned;

    (void)state;
    assert_int_equal(configure(&message.request, sizeof(message)), 0);
    message.request.flags = 0x100;
    assert_int_equal(configure(&message.request, sizeof(message)), STATUS_INVALID_PARAMETER);
    message.request.flags = 0;
    assert_int_equal(configure(&message.request, sizeof(message.request)),
                     STATUS_INVALID_PARAMETER);
    message.request.queue_bytes = FT_MIN_QUEUE_BYTES - 1;
    assert_int_equal(configure(&message.request, sizeof(message)), STATUS_INVALID_PARAMETER);
    message.request.queue_bytes = FT_MAX_QUEUE_BYTES + 1;
    assert_int_equal(configure(&message.request, sizeof(message)), STATUS_INVALID_PARAMETER);
    message.request.queue_bytes = FT_MIN_QUEUE_BYTES + 1;
    assert_int_equal(configure(&message.request, sizeof(message)), 0);
    assert_int_equal(command(FT_COMMAND_STATUS, &status, sizeof(status), &returned), 0);
    assert_int_equal(returned, sizeof(status));
    assert_int_equal(status.queue_bytes, FT_MIN_QUEUE_BYTES + 8);
    assert_int_equal(status.events, 0);
}

static void test_one_client(void **state)
{
    struct filter_port *second = NULL;
    uint32_t returned;
    uint64_t reply[2];

    (void)state;
    assert_true(filter_connect_port("\\FiletapPort", NULL, 0, &second) < 0);
    assert_true(filter_connect_port("\\FiletapPort", "x", 1, &second) < 0);
    filter_close_port(port);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(filter_connect_port("\\FiletapPort", NULL, 0, &port), 0);
        assert_int_equal(command(FT_COMMAND_VERSION, reply, sizeof(reply), &returned), 0);
        filter_close_port(port);
    }
    assert_true(filter_connect_port("\\FiletapPort", "x", 1, &port) < 0);
    assert_int_equal(filter_connect_port("\\FiletapPort", NULL, 0, &port), 0);
}

/* Noise of every length, in place of each command. */
static void test_noise(void **state)
{
    static uint8_t out[4096];

    (void)state;
    srand(8);
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t words[16], returned, size = 8 + (uint32_t)rand() % 57;

        for (size_t i = 0; i < 16; i++)
            words[i] = rand() % 3 ? (uint32_t)rand() % 4 : (uint32_t)rand();
        words[0] = FT_COMMAND_VERSION + (uint32_t)rand() % 5;
        words[1] = size;
        if (words[0] == FT_COMMAND_READ)
            words[2] = 0;
        if (words[0] == FT_COMMAND_CONFIGURE)
            words[3] = 0;
        (void)send(words, size, out, (uint32_t)rand() % sizeof(out), &returned);
        assert_true(returned <= sizeof(out));
    }
}

/* A Parameters value that cannot be right makes the load fail, and leaves nothing. */
static void bad_parameter(const char *name, bool dword, const char *text)
{
    driver = native_create();
    if (dword)
        nt_registry_set_dword(NATIVE_SERVICE "\\Parameters", name, 1);
    else
        nt_registry_set_string(NATIVE_SERVICE "\\Parameters", name, text);
    assert_int_equal(nt_driver_start(driver), STATUS_INVALID_PARAMETER);
    assert_true(native_delete(driver));
    nt_registry_set_dword(NATIVE_SERVICE "\\Parameters", "DebugPrint", 0);
    nt_registry_set_string(NATIVE_SERVICE "\\Parameters", "Image", "");
}

static void test_bad_parameters(void **state)
{
    static char text[FT_MAX_PATTERN_LENGTH];

    (void)state;
    bad_parameter("DebugPrint", false, "yes");
    bad_parameter("Image", true, NULL);
    memset(text, 'x', FT_MAX_PATTERN_LENGTH / 2 + 1);
    bad_parameter("Image", false, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing, load, unload),
        cmocka_unit_test_setup_teardown(test_nothing, load_and_connect, disconnect_and_unload),
        cmocka_unit_test_setup_teardown(test_nothing, load_and_connect, unload_and_disconnect),
        cmocka_unit_test_setup_teardown(test_version, load_and_connect, disconnect_and_unload),
        cmocka_unit_test_setup_teardown(test_process, load_and_connect, disconnect_and_unload),
        cmocka_unit_test_setup_teardown(test_bad_messages, load_and_connect, disconnect_and_unload),
        cmocka_unit_test_setup_teardown(test_bad_addresses, load_and_connect,
                                        disconnect_and_unload),
        cmocka_unit_test_setup_teardown(test_configure, load_and_connect, unload_and_disconnect),
        cmocka_unit_test_setup_teardown(test_one_client, load_and_connect, disconnect_and_unload),
        cmocka_unit_test_setup_teardown(test_noise, load_and_connect, disconnect_and_unload),
        cmocka_unit_test(test_bad_parameters),
    };

    native_init();
    unreadable = native_unreadable();
    return native_run(tests);
}
