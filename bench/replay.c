/*
 * replay DRIVER [SINK COUNT]: what an event costs behind its source. Made-up activity goes through
 * the translation, the Filter Manager, the driver, its port and the client's decoder to a sink that
 * counts ("null") or writes one of the output formats to /dev/null. With SINK and COUNT one run,
 * else a table of runs, each in a process of its own. Exits 1 when an event is missing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client/decode.h"
#include "client/format.h"
#include "client/output.h"
#include "client/session.h"
#include "fltbox/box.h"
#include "fltbox/translate/translate.h"
#include "synthetic.h"

#define BATCH_SIZE (256 * 1024)

struct replay {
    const struct format *format; /* NULL: events are counted only */
    struct format_state state;
    struct output output;
    struct box *box;
    struct session *session;
    struct decoder *decoder;
    char *batch;
    uint64_t events, lost;
};

static _Noreturn void fail(char *message)
{
    fprintf(stderr, "replay: %s\n", message != NULL ? message : "out of memory");
    exit(1);
}

static void on_event(void *context, const struct event *e)
{
    struct replay *r = context;

    r->events++;
    if (r->format == NULL)
        return;
    r->format->event(&r->output.pending, &r->state, e);
    e->process->events++;
    output_pump(&r->output, false);
}

static void on_loss(void *context, const struct loss *loss)
{
    struct replay *r = context;

    r->lost += loss->count;
}

static void on_problem(void *context, const char *message)
{
    (void)context;
    fprintf(stderr, "replay: %s\n", message);
    exit(1);
}

static void sink(void *context, const struct activity *activity)
{
    (void)context;
    translate_feed(activity);
}

static void begin(struct replay *r, const char *driver, uint64_t count)
{
    static const uint32_t first = SYNTHETIC_PID;
    const struct box_options options = {.quiet = true};
    const struct box_driver file = {.path = driver};
    const struct decoder_sink decoded = {on_event, on_loss, on_problem, r};
    const struct session_selection selection = {
        .process_ids = &first,
        .process_id_count = 1,
        .children = true,
        .directories = true,
    };
    char *error = NULL;

    translate_mounts_from(synthetic_mounts());
    r->box = box_open(&options, &error);
    if (r->box == NULL || box_load(r->box, &file, &error) != 0)
        fail(error);
    r->session = session_open(driver, &error);
    if (r->session == NULL || session_select(r->session, &selection, &error) != 0 ||
        output_open(&r->output, "/dev/null", &error) != 0)
        fail(error);
    r->decoder = decoder_new(&decoded, session_user_path);
    r->state.unix_path = session_unix_path;
    r->batch = allocate(BATCH_SIZE);
    box_use(r->box, &source_synthetic, synthetic_new(count, sink, NULL));
}

static void drain(struct replay *r)
{
    char *error = NULL;
    uint32_t size;

    do {
        if (session_read(r->session, r->batch, BATCH_SIZE, &size, &error) != 0)
            fail(error);
        decoder_feed(r->decoder, r->batch, size);
    } while (size > 0);
}

static void end(struct replay *r)
{
    if (!output_close(&r->output))
        exit(1);
    session_close(r->session);
    if (box_unload(r->box) != 0)
        exit(1);
    box_close(r->box);
    decoder_free(r->decoder);
    free(r->batch);
}

/* This process's: whatever else the machine does, it is what one processor takes. */
static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* "null" or a format's name. */
static bool find_sink(const char *name, const struct format **format)
{
    *format = format_find(name);
    return *format != NULL || strcmp(name, "null") == 0;
}

/* Prints a row of the table. The exit status. */
static int run(const char *driver, const char *name, uint64_t count)
{
    struct replay r = {0};
    struct rusage usage;
    double start, elapsed;
    bool whole;

    if (!find_sink(name, &r.format)) {
        fprintf(stderr, "replay: there is no sink '%s'\n", name);
        return 2;
    }
    begin(&r, driver, count);
    start = cpu_seconds();
    while (box_poll(r.box, -1) != -ECHILD)
        drain(&r);
    drain(&r);
    elapsed = cpu_seconds() - start;
    r.lost += box_lost(r.box);
    whole = r.events == count && r.lost == 0;
    end(&r);
    getrusage(RUSAGE_SELF, &usage);
    printf("%-6s %10" PRIu64 " %10.2f %12.0f %10ld\n", name, count, elapsed,
           (double)count / elapsed, usage.ru_maxrss);
    fflush(stdout);
    if (!whole)
        fprintf(stderr,
                "replay: of %" PRIu64 " events %" PRIu64 " arrived and %" PRIu64 " were lost\n",
                count, r.events, r.lost);
    return whole ? 0 : 1;
}

/* The same work many times over: the rate must not sink and the memory not grow with its length. */
static int table(const char *driver)
{
    static const char *const names[] = {"null", "text", "jsonl"};
    static const uint64_t counts[] = {100000, 1000000, 10000000};
    int result = 0;

    printf("%-6s %10s %10s %12s %10s\n", "sink", "events", "CPU s", "events/s", "peak KiB");
    fflush(stdout);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
            pid_t pid = fork();
            int status = 1;

            if (pid == 0)
                exit(run(driver, names[i], counts[k]));
            if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
                result = 1;
        }
    }
    return result;
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return table(argv[1]);
    if (argc == 4)
        return run(argv[1], argv[2], strtoull(argv[3], NULL, 10));
    fputs("usage: replay DRIVER [SINK COUNT]\n", stderr);
    return 2;
}
