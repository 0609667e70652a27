/* Where the trace goes, and what happens where it cannot. */
#include "client_test.h"

#include <fcntl.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_fails_once),
        cmocka_unit_test(output_writes),
        cmocka_unit_test(whole_lines_stay),
        cmocka_unit_test(broken_pipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
