/*
 * A client of the driver's that means ill, between others that do not, and whatever activity it
 * likes. The driver is compiled natively. What it gives back is whole records, and what it says of
 * how many there were is true.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fuzz.h"

#include "client/decode.h"
#include "filetap.h"
#include "fltlib.h"
#undef fail_msg
#define fail_msg(...) abort()
#include "tests/unit/native_driver.h"

#define FIRST_PROCESS 4000
#define PROCESSES     8
#define NAME_UNITS    33000
#define BEGIN         133000000000000000u

extern unsigned flt_patience_ms;

static struct nt_driver *driver;
static struct filter_port *port;
static PFLT_VOLUME volume;
static struct decoder *decoder;
static uint64_t files, losses;

static void on_event(void *context, const struct event *e)
{
    (void)context;
    (void)e;
    files++;
}

static void on_loss(void *context, const struct loss *loss)
{
    (void)context;
    losses += loss->count;
}

static void on_problem(void *context, const char *message)
{
    (void)context;
    fuzz_wrong("what the driver gives:", message);
}

static void start_driver(void)
{
    driver = native_create();
    if (!NT_SUCCESS(nt_driver_start(driver)))
        fuzz_wrong("the driver does not start", "");
}

static void connect_client(void)
{
    static const struct decoder_sink sink = {on_event, on_loss, on_problem, NULL};

    if (port != NULL)
        return;
    if (filter_connect_port("\\FiletapPort", NULL, 0, &port) < 0)
        fuzz_wrong("a client is not let in", "");
    decoder = decoder_new(&sink, NULL);
    files = losses = 0;
}

static void disconnect_client(void)
{
    if (port == NULL)
        return;
    filter_close_port(port);
    port = NULL;
    decoder_free(decoder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static wchar_t device[] = L"\\Device\\HarddiskVolume1";
    struct flt_volume_info info = {.filesystem = FLT_FSTYPE_NTFS,
                                   .device_type = FILE_DEVICE_DISK_FILE_SYSTEM,
                                   .sector_size = 512};

    (void)argc;
    (void)argv;
    native_init();
    flt_patience_ms = 50;
    RtlInitUnicodeString(&info.device_name, device);
    volume = flt_volume_mount(&info);
    start_driver();
    return 0;
}

/* All there is; then the numbers agree. */
static void read_all(void)
{
    static uint8_t batch[300000];
    const struct ft_read_request read = {{FT_COMMAND_READ, sizeof(read)}, 0, 0};
    const struct ft_request ask = {FT_COMMAND_STATUS, sizeof(ask)};
    struct ft_status_reply status;
    uint32_t returned;

    do {
        returned = 0;
        if (filter_send_message(port, &read, sizeof(read), batch, sizeof(batch), &returned) < 0)
            fuzz_wrong("it cannot be read", "");
        decoder_feed(decoder, batch, returned);
    } while (returned > 0);
    if (filter_send_message(port, &ask, sizeof(ask), &status, sizeof(status), &returned) < 0)
        fuzz_wrong("it does not tell its status", "");
    if (status.events > files + status.lost || status.lost != losses || status.queue_used != 0)
        fuzz_wrong("its numbers are not what was read", "");
}

/* In blocks of their own sizes. */
static void raw_message(void)
{
    uint32_t size = fuzz_take(1), room = fuzz_take(2), returned = 0;
    uint8_t *message = malloc(size + 1), *answer = malloc(room + 1), *exact;
    struct ft_request request;

    size = fuzz_take_bytes(message, size);
    if (size >= sizeof(request) && (size & 1) != 0) {
        request = (struct ft_request){1 + message[0] % 6, size};
        memcpy(message, &request, sizeof(request));
    }
    memcpy(&request, message, size < sizeof(request) ? size : sizeof(request));
    if (size >= sizeof(struct ft_read_request) && message[0] == FT_COMMAND_READ)
        memset(message + offsetof(struct ft_read_request, wait_ms), 0, 4); /* not to wait */
    exact = malloc(size > 0 ? size : 1);
    memcpy(exact, message, size);
    if (filter_send_message(port, size > 0 ? exact : NULL, size, room > 0 ? answer : NULL, room,
                            &returned) >= 0) {
        if (returned > room)
            fuzz_wrong("it returns more than there is room for", "");
        if (size >= 4 && message[0] == FT_COMMAND_READ)
            decoder_feed(decoder, answer, returned);
    }
    free(exact);
    free(answer);
    free(message);
}

static uint16_t pattern_unit(void)
{
    static const char usual[] = "**??\\abcdef.";
    uint8_t c = fuzz_take(1);

    return c < 0xd0 ? (uint16_t)usual[c % (sizeof(usual) - 1)] : (uint16_t)(c * 257);
}

/* A right one. */
static void configure(void)
{
    uint8_t message[4096];
    struct ft_configure_request q = {
        .request = {FT_COMMAND_CONFIGURE, 0},
        .flags = fuzz_take(1) & 7,
        .queue_bytes = fuzz_take(1) % 4 == 0 ? FT_MIN_QUEUE_BYTES + fuzz_take(2) * 8 : 0,
        .process_id_count = fuzz_take(1) % 4,
        .pattern_count = fuzz_take(1) % 6,
    };
    size_t at = sizeof(q);
    uint32_t returned;

    for (unsigned i = 0; i < q.process_id_count; i++, at += 4) {
        uint32_t id = FIRST_PROCESS + fuzz_take(1) % PROCESSES;

        memcpy(message + at, &id, sizeof(id));
    }
    for (unsigned i = 0; i < q.pattern_count; i++) {
        uint16_t length = 2 * (1 + fuzz_take(1) % 24);

        memcpy(message + at, &length, sizeof(length));
        at += sizeof(length);
        for (unsigned k = 0; k < length / 2; k++, at += 2) {
            uint16_t unit = pattern_unit();

            memcpy(message + at, &unit, sizeof(unit));
        }
    }
    q.request.size = at;
    memcpy(message, &q, sizeof(q));
    filter_send_message(port, message, at, NULL, 0, &returned);
}

static UNICODE_STRING some_name(unsigned most)
{
    static wchar_t name[NAME_UNITS];
    unsigned length = fuzz_take(2);

    /* Mostly short. */
    length = length % 16 == 0 ? length % most : length % 64;
    for (unsigned i = 0; i < length; i++)
        name[i] = i == 0 ? '\\' : i < 64 ? "ab\\c:\x01"[fuzz_take(1) % 6] : 'x';
    return (UNICODE_STRING){length * 2, length * 2, name};
}

static void begin_process(void)
{
    struct nt_process_start start = {.pid = FIRST_PROCESS + fuzz_take(1) % PROCESSES,
                                     .parent_pid = FIRST_PROCESS + fuzz_take(1) % PROCESSES,
                                     .creator_pid = FIRST_PROCESS + fuzz_take(1) % PROCESSES};

    start.image = start.command_line = some_name(600);
    nt_process_exit(start.pid, 0, 0);
    nt_process_start(&start, fuzz_take(1) & 1);
}

static void create_file(void)
{
    uint32_t pid = FIRST_PROCESS + fuzz_take(1) % PROCESSES;
    PEPROCESS process = nt_process_find(pid);
    unsigned times = fuzz_take(1) % 32 == 0 ? 200 : 1;
    struct flt_create create = {
        .volume = volume,
        .desired_access = fuzz_take(2),
        .options = (uint32_t)(fuzz_take(1) % 6) << 24 | fuzz_take(3),
        .share = fuzz_take(1) & 7,
        .case_sensitive = true,
        .status = fuzz_take(1) % 3 ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND,
        .information = fuzz_take(1) % 6,
        .file_id = {1, 2},
        .begin = BEGIN,
        .end = BEGIN + 500,
    };

    if (process == NULL)
        return;
    create.thread = nt_thread_of(process, pid);
    create.opened = create.normalized = some_name(32760);
    for (unsigned i = 0; i < times; i++)
        flt_dispatch_create(&create);
}

static void unload(void)
{
    if (fuzz_take(1) % 2 != 0)
        disconnect_client();
    if (!native_unload(driver))
        fuzz_wrong("something is left behind", "");
    disconnect_client();
    start_driver();
    connect_client();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_data = data;
    fuzz_left = size;
    connect_client();
    while (fuzz_left > 0) {
        switch (fuzz_take(1) % 12) {
        case 0:
        case 1:
            raw_message();
            break;
        case 2:
            configure();
            break;
        case 3:
            begin_process();
            break;
        case 4:
            nt_process_exit(FIRST_PROCESS + fuzz_take(1) % PROCESSES, 0, 0);
            break;
        case 5:
            read_all();
            break;
        case 6:
            disconnect_client();
            connect_client();
            break;
        case 7:
            if (fuzz_take(1) % 16 == 0)
                unload();
            break;
        default:
            create_file();
        }
    }
    read_all();
    disconnect_client();
    for (unsigned i = 0; i < PROCESSES; i++)
        nt_process_exit(FIRST_PROCESS + i, 0, 0);
    return 0;
}
