/* Names given to `watch` and `--name`: what they lead to. */
#include "client_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/wanted.h"
#include "filetap/protocol.h"

static char directory[] = "/tmp/filetap-test-XXXXXX";

static void make_program(const char *name, mode_t mode)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    fd = open(path, O_CREAT | O_WRONLY, mode);
    assert_true(fd >= 0);
    close(fd);
}

static void make_link(const char *name, const char *target)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    assert_int_equal(symlink(target, path), 0);
}

static void matching(void **state)
{
    (void)state;
    assert_true(wanted_matches("python3", "python3"));
    assert_true(wanted_matches("PYTHON3", "Python3"));
    assert_true(wanted_matches("*", ""));
    assert_true(wanted_matches("p*3", "python3"));
    assert_true(wanted_matches("*o*3*", "python3.11"));
    assert_true(wanted_matches("p?thon3", "python3"));
    assert_true(wanted_matches("[a]", "[a]"));
    assert_true(wanted_matches("a*b", "aXbXb"));
    assert_false(wanted_matches("python", "python3"));
    assert_false(wanted_matches("python3?", "python3"));
    assert_false(wanted_matches("a*b", "aXbX"));
    assert_false(wanted_matches("", "a"));
}

/* What wanted_resolve makes of the names, and what it says on standard error. */
static const char *resolve(struct wanted *w, bool quiet, const char *const *names)
{
    static char said[4096];
    struct options o = {.verb = VERB_WATCH, .names = (const char **)names, .quiet = quiet};
    int saved = dup(STDERR_FILENO), file = memfd_create("said", MFD_CLOEXEC);
    ssize_t n;

    while (names[o.name_count] != NULL)
        o.name_count++;
    dup2(file, STDERR_FILENO);
    wanted_resolve(w, &o);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    n = pread(file, said, sizeof(said) - 1, 0);
    said[n > 0 ? n : 0] = '\0';
    close(saved);
    close(file);
    return said;
}

#define RESOLVE(w, quiet, ...) resolve(w, quiet, (const char *const[]){__VA_ARGS__, NULL})

static void links(void **state)
{
    char expected[512];
    struct wanted w;

    (void)state;
    snprintf(expected, sizeof(expected),
             "filetap: ft-prog is %s/ft-prog-1.2; watching ft-prog and ft-prog-1.2\n", directory);
    assert_string_equal(RESOLVE(&w, false, "ft-prog", "ft-none"), expected);
    assert_int_equal(w.pattern_count, 3);
    assert_string_equal(w.patterns[0], "ft-prog");
    assert_string_equal(w.patterns[1], "ft-none");
    assert_string_equal(w.patterns[2], "ft-prog-1.2");
    assert_true(w.known[0]);
    assert_false(w.known[1]);
    wanted_free(&w);

    assert_string_equal(RESOLVE(&w, true, "ft-prog"), "");
    assert_int_equal(w.pattern_count, 2);
    wanted_free(&w);

    /* The file itself; a pattern; one that another pattern covers; what is no program. */
    assert_string_equal(
        RESOLVE(&w, false, "ft-prog-1.2", "ft-p*", "ft-prog", "ft-data", "ft-dir", "\\x\\y"), "");
    assert_int_equal(w.pattern_count, 6);
    assert_true(w.known[0] && w.known[2] && w.known[5]);
    assert_false(w.known[3] || w.known[4]);
    wanted_free(&w);

    /* A name that would be a pattern is none; links that go round lead nowhere. */
    assert_string_equal(RESOLVE(&w, false, "ft-odd", "ft-round"), "");
    assert_int_equal(w.pattern_count, 2);
    assert_true(w.known[0]);
    wanted_free(&w);
}

static void limit(void **state)
{
    const char *names[FT_MAX_PATTERNS + 1];
    struct wanted w;

    (void)state;
    for (int i = 0; i < FT_MAX_PATTERNS; i++)
        names[i] = "ft-prog";
    names[FT_MAX_PATTERNS] = NULL;
    assert_string_equal(resolve(&w, false, names), "");
    assert_int_equal(w.pattern_count, FT_MAX_PATTERNS);
    wanted_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matching),
        cmocka_unit_test(links),
        cmocka_unit_test(limit),
    };
    char path[4200];
    int failed;

    if (mkdtemp(directory) == NULL)
        return 1;
    make_program("ft-prog-1.2", 0755);
    make_program("ft-data", 0644);
    make_program("ft-*", 0755);
    make_link("ft-middle", "ft-prog-1.2");
    make_link("ft-prog", "ft-middle");
    make_link("ft-odd", "ft-*");
    make_link("ft-round", "ft-round");
    make_link("ft-dir", "/tmp");
    snprintf(path, sizeof(path), "/none::%s", directory);
    setenv("PATH", path, 1);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(path, sizeof(path), "rm -r %s", directory);
    setenv("PATH", "/usr/bin:/bin", 1);
    return system(path) != 0 || failed;
}
