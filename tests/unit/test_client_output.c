/* Where the trace goes, and what happens where it cannot. */
#include "client_test.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/output.h"

static void output_fails_once(void **state)
{
    struct output o;
    char *error = NULL;

    (void)state;
    assert_int_equal(output_open(&o, "/no/such/dir/f", &error), -1);
    assert_string_equal(error, "cannot open '/no/such/dir/f': No such file or directory");
    free(error);
    if (access("/dev/full", W_OK) != 0)
        skip();
    assert_int_equal(output_open(&o, "/dev/full", &error), 0);
    buffer_string(&o.pending, "line\n");
    output_pump(&o, false); /* not yet */
    assert_false(o.failed);
    output_pump(&o, true);
    assert_true(o.failed);
    buffer_string(&o.pending, "line\n");
    output_pump(&o, true);
    assert_int_equal(o.pending.length, 0);
    assert_false(output_close(&o));
}

static void output_writes(void **state)
{
    char name[] = "/tmp/filetap-test-XXXXXX", *error = NULL, line[100];
    int fd = mkstemp(name);
    struct output o;
    struct stat st;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(output_open(&o, name, &error), 0);
    assert_false(o.terminal);
    memset(line, 'x', sizeof(line));
    line[99] = '\n';
    for (int i = 0; i < 10000; i++) {
        buffer_add(&o.pending, line, sizeof(line));
        output_pump(&o, false);
        assert_true(o.pending.length < 100 * 1024);
    }
    assert_true(output_close(&o));
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, 1000000);
    close(fd);
    unlink(name);
}

/* A disk that fills up in the middle of a line keeps whole lines. */
static void whole_lines_stay(void **state)
{
    char name[] = "/tmp/filetap-test-XXXXXX", *error = NULL, *content;
    int fd = mkstemp(name);
    struct rlimit before, limit;
    struct output o;
    ssize_t length;

    (void)state;
    assert_true(fd >= 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 100050;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(output_open(&o, name, &error), 0);
    for (int i = 0; i < 30000; i++) {
        buffer_printf(&o.pending, "line %d\n", i);
        output_pump(&o, false);
    }
    assert_true(o.failed);
    assert_false(output_close(&o));
    setrlimit(RLIMIT_FSIZE, &before);

    content = malloc(200000);
    length = read(fd, content, 200000);
    assert_in_range(length, 100000, 100050);
    assert_int_equal(content[length - 1], '\n');
    free(content);
    close(fd);
    unlink(name);
}

/* A pipe whose reader has gone. */
static void broken_pipe(void **state)
{
    struct output o = {.name = "standard error"};
    int ends[2];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    o.fd = ends[1];
    close(ends[0]);
    buffer_string(&o.pending, "line\n");
    assert_false(output_close(&o));
    close(ends[1]);
}

static enum output_patience patience;
static pthread_t writer;

static enum output_patience ask(void *context)
{
    assert_ptr_equal(context, &patience);
    return patience;
}

static void on_signal(int signo)
{
    (void)signo;
}

static _Atomic bool written;
static int reader; /* reads once, when it has been given up; -1 */

/* Until the write has come to an end. */
static void *interrupt(void *context)
{
    char got[4096];

    (void)context;
    usleep(50000);
    for (unsigned i = 0; !written; i++) {
        pthread_kill(writer, SIGUSR1);
        usleep(5000);
        if (i == 20 && reader >= 0 && read(reader, got, sizeof(got)) != sizeof(got))
            abort();
    }
    return NULL;
}

/* `count` events of 100 bytes, each second a failure, into a pipe of which nobody reads. */
static void fill(struct output *o, unsigned count)
{
    pthread_t thread;

    for (unsigned i = 0; i < count; i++) {
        char line[101];

        snprintf(line, sizeof(line), "%-99u\n", i);
        buffer_add(&o->pending, line, 100);
        output_end_event(o, i % 2 == 0);
    }
    written = false;
    assert_int_equal(pthread_create(&thread, NULL, interrupt, NULL), 0);
    output_pump(o, true);
    written = true;
    pthread_join(thread, NULL);
}

/* A reader that does not read: what has not been written is counted when its owner gives up. */
static void gives_up(void **state)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct output o = {.name = "a pipe", .patience = ask, .context = &patience};
    char got[8192];
    int ends[2];

    (void)state;
    writer = pthread_self();
    sigaction(SIGUSR1, &action, NULL);
    for (patience = OUTPUT_ENDS_EVENT; patience <= OUTPUT_ENDS; patience++) {
        /* A page takes 40 events and the beginning of one, whose rest is waited for. */
        bool waits = patience == OUTPUT_ENDS_EVENT;
        unsigned whole = waits ? 41 : 40;

        o = (struct output){.name = "a pipe", .patience = ask, .context = &patience};
        assert_int_equal(pipe(ends), 0);
        o.fd = ends[1];
        reader = waits ? ends[0] : -1;
        assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
        fill(&o, 300);
        assert_true(o.gave_up);
        assert_int_equal(o.unwritten, 300 - whole);
        assert_int_equal(o.unwritten_failures, 150 - (whole + 1) / 2);
        assert_int_equal(o.pending.length, 0);
        assert_int_equal(read(ends[0], got, sizeof(got)), waits ? 4 : 4096);
        /* From then on nothing is written any more. */
        reader = -1;
        fill(&o, 10);
        assert_int_equal(o.unwritten, 310 - whole);
        assert_true(output_close(&o));
        close(ends[1]);
        assert_int_equal(read(ends[0], got, sizeof(got)), 0);
        close(ends[0]);
    }
}

/* Where it is how it was to end, it is no error. */
static void quiet_pipe(void **state)
{
    struct output o = {.name = "standard output", .pipe_is_quiet = true};
    int ends[2];

    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    o.fd = ends[1];
    assert_true(output_has_reader(&o));
    close(ends[0]);
    buffer_string(&o.pending, "line\n");
    output_end_event(&o, false);
    assert_false(output_close(&o));
    assert_true(o.reader_is_gone);
    assert_int_equal(o.unwritten, 0);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_fails_once), cmocka_unit_test(output_writes),
        cmocka_unit_test(whole_lines_stay),  cmocka_unit_test(broken_pipe),
        cmocka_unit_test(quiet_pipe),        cmocka_unit_test(gives_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
