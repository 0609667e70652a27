/* The command line of `filetap run`; globs. */
#include "client_test.h"

#include <fcntl.h>
#include <unistd.h>

#include "client/options.h"
#include "filetap/protocol.h"

#define MAX_WORDS 2200

/* Parses words; what came of it, and the message. */
static enum options_result parse_as(const char *verb, struct options *o, char **error,
                                    const char *const *words)
{
    static char *argv[MAX_WORDS + 2];
    int argc = 0;

    argv[argc++] = (char *)verb;
    while (words[argc - 1] != NULL) {
        argv[argc] = (char *)words[argc - 1];
        argc++;
    }
    argv[argc] = NULL;
    return options_parse(o, argc, argv, error);
}

static enum options_result parse(struct options *o, char **error, const char *const *words)
{
    return parse_as("run", o, error, words);
}

#define PARSE(...) parse(&o, &error, (const char *const[]){__VA_ARGS__, NULL})

/* The message names the culprit. */
#define EXPECT_WRONG_AS(verb, text, ...)                                                           \
    do {                                                                                           \
        struct options o;                                                                          \
        char *error;                                                                               \
                                                                                                   \
        assert_int_equal(parse_as(verb, &o, &error, (const char *const[]){__VA_ARGS__, NULL}),     \
                         OPTIONS_WRONG);                                                           \
        assert_non_null(error);                                                                    \
        if (strstr(error, text) == NULL)                                                           \
            fail_msg("'%s' is not in '%s'", text, error);                                          \
        free(error);                                                                               \
        options_free(&o);                                                                          \
    } while (0)

#define EXPECT_WRONG(text, ...) EXPECT_WRONG_AS("run", text, __VA_ARGS__)

static void defaults(void **state)
{
    struct options o;
    char *error;

    (void)state;
    assert_int_equal(PARSE("ls", "-l", "--quiet"), OPTIONS_RUN);
    assert_string_equal(o.program[0], "ls");
    assert_string_equal(o.program[1], "-l");
    assert_string_equal(o.program[2], "--quiet");
    assert_null(o.program[3]);
    assert_ptr_equal(o.format, &format_text);
    assert_string_equal(o.source, "auto");
    assert_null(o.output);
    assert_null(o.driver);
    assert_true(o.children);
    assert_false(o.failed || o.directories || o.nt_names || o.unix_view || o.quiet || o.lossy);
    assert_false(o.errno_words || o.requested);
    assert_int_equal(o.ready_fd, -1);
    assert_int_equal(o.name_count + o.process_id_count + o.filter.path_count, 0);
    options_free(&o);
}

static void all_options(void **state)
{
    struct options o;
    char *error;

    (void)state;
    assert_int_equal(PARSE("-o", "f", "--format=jsonl", "--source", "ptrace", "--name", "a*",
                           "--name", "\\Device\\x", "-v", "--no-children", "--path", "*a",
                           "--path=\\b", "--not-path", "[c]", "--errno", "--requested", "--failed",
                           "--directories", "--nt-names", "--unix", "-q", "--lossy", "--driver",
                           "d.sys", "--", "-x", "--failed"),
                     OPTIONS_RUN);
    assert_string_equal(o.output, "f");
    assert_ptr_equal(o.format, &format_jsonl);
    assert_string_equal(o.source, "ptrace");
    assert_int_equal(o.name_count, 2);
    assert_string_equal(o.names[1], "\\Device\\x");
    assert_true(o.verbose);
    assert_int_equal(o.filter.path_count, 2);
    assert_string_equal(o.filter.paths[1], "\\b");
    assert_int_equal(o.filter.not_path_count, 1);
    assert_false(o.children);
    assert_true(o.failed && o.directories && o.nt_names && o.unix_view && o.quiet && o.lossy);
    assert_true(o.errno_words && o.requested && o.filter.nt_names);
    assert_string_equal(o.driver, "d.sys");
    assert_string_equal(o.program[0], "-x");
    options_free(&o);

    assert_int_equal(PARSE("--output=f", "--format", "csv", "x"), OPTIONS_RUN);
    assert_string_equal(o.output, "f");
    assert_ptr_equal(o.format, &format_csv);
    options_free(&o);
    assert_int_equal(PARSE("--help", "x"), OPTIONS_HELP);
    assert_int_equal(PARSE("-h"), OPTIONS_HELP);
    assert_int_equal(PARSE("--version"), OPTIONS_VERSION);
    assert_int_equal(PARSE("x", "--help"), OPTIONS_RUN);
}

static void wrong_options(void **state)
{
    char long_name[600];

    (void)state;
    EXPECT_WRONG("which program", "--quiet");
    EXPECT_WRONG("which program", "--");
    EXPECT_WRONG("'--nonsense'", "--nonsense", "x");
    EXPECT_WRONG("'-z'", "-z", "x");
    EXPECT_WRONG("'-z'", "-qz", "x");
    EXPECT_WRONG("'--n'", "--n", "x"); /* --name, --nt-names, ... */
    EXPECT_WRONG("takes no value", "--quiet=yes", "x");
    EXPECT_WRONG("takes no value", "--lossy=yes", "x");
    EXPECT_WRONG("takes no value", "--unix=yes", "x");
    EXPECT_WRONG("'--format' needs a value", "--format");
    EXPECT_WRONG("'-o' needs a value", "-o");
    EXPECT_WRONG("'xml'; there are text, csv, jsonl", "--format=xml", "x");
    EXPECT_WRONG("'ebpf'", "--source=ebpf", "x");
    EXPECT_WRONG("'--count'", "--count", "3", "x");
    EXPECT_WRONG("'--duration=3'", "--duration=3", "x");
    EXPECT_WRONG("--ring-size '0'", "--ring-size", "0", "x");
    EXPECT_WRONG("--ring-size '2G'", "--ring-size", "2G", "x");
    EXPECT_WRONG("--ring-size '1X'", "--ring-size=1X", "x");
    EXPECT_WRONG("no ring", "--ring-size=1M", "--source=ptrace", "x");
    EXPECT_WRONG("-o FILE", "--stats", "x");
    EXPECT_WRONG("-o FILE", "--stats", "-o", "-", "x");
    EXPECT_WRONG("--errno", "--errno", "--format=csv", "x");
    EXPECT_WRONG("--requested", "--requested", "--format=csv", "x");
    EXPECT_WRONG("--ready-fd '1'", "--ready-fd", "1", "x");
    EXPECT_WRONG("--ready-fd 'x'", "--ready-fd=x", "x");
    EXPECT_WRONG("--ready-fd '4294967299'", "--ready-fd=4294967299", "x");
    EXPECT_WRONG("--ready-fd 999: Bad file descriptor", "--ready-fd=999", "x");
    EXPECT_WRONG("--name", "--name", "", "x");
    EXPECT_WRONG("cannot have a '/'", "--name", "/bin/cat", "x");
    memset(long_name, 'a', sizeof(long_name));
    long_name[FT_MAX_PATTERN_LENGTH / 2 + 1] = '\0';
    EXPECT_WRONG("longer than 512", "--name", long_name, "x");
}

static void watch_and_attach(void **state)
{
    struct options o;
    char *error;

    (void)state;
    assert_int_equal(parse_as("watch", &o, &error,
                              (const char *const[]){"nginx", "--duration", "1.5", "py*", "--count",
                                                    "7", "--ring-size=64K", NULL}),
                     OPTIONS_RUN);
    assert_int_equal(o.verb, VERB_WATCH);
    assert_int_equal(o.name_count, 2);
    assert_string_equal(o.names[1], "py*");
    assert_int_equal(o.duration_ms, 1500);
    assert_int_equal(o.count, 7);
    assert_int_equal(o.ring_size, 65536);
    options_free(&o);
    assert_int_equal(parse_as("attach", &o, &error,
                              (const char *const[]){"12", "13", "12", "--duration=200ms", "--stats",
                                                    "-of", NULL}),
                     OPTIONS_RUN);
    assert_int_equal(o.process_id_count, 2);
    assert_int_equal(o.process_ids[0], 12);
    assert_int_equal(o.process_ids[1], 13);
    assert_int_equal(o.duration_ms, 200);
    assert_true(o.stats);
    assert_false(o.unix_view);
    options_free(&o);
    assert_int_equal(
        parse_as("watch", &o, &error, (const char *const[]){"notepad.exe", "--unix", NULL}),
        OPTIONS_RUN);
    assert_true(o.unix_view);
    options_free(&o);
    assert_int_equal(parse_as("attach", &o, &error, (const char *const[]){"12", "--unix", NULL}),
                     OPTIONS_RUN);
    assert_true(o.unix_view);
    options_free(&o);

    EXPECT_WRONG_AS("watch", "which programs", "-q");
    EXPECT_WRONG_AS("watch", "cannot have a '/'", "/bin/cat");
    EXPECT_WRONG_AS("watch", "'--name'", "--name", "x", "y");
    EXPECT_WRONG_AS("watch", "bpf", "--source=ptrace", "x");
    EXPECT_WRONG_AS("watch", "--duration 'x'", "--duration", "x", "x");
    EXPECT_WRONG_AS("watch", "--duration '1e3'", "--duration", "1e3", "x");
    EXPECT_WRONG_AS("watch", "--duration '0x1'", "--duration", "0x1", "x");
    EXPECT_WRONG_AS("watch", "--duration '-1'", "--duration=-1", "x");
    EXPECT_WRONG_AS("watch", "--duration '0'", "--duration=0", "x");
    EXPECT_WRONG_AS("watch", "--count '0'", "--count=0", "x");
    EXPECT_WRONG_AS("watch", "--count '1x'", "--count=1x", "x");
    EXPECT_WRONG_AS("attach", "which process", "-q");
    EXPECT_WRONG_AS("attach", "'x'", "x");
    EXPECT_WRONG_AS("attach", "'0'", "0");
    EXPECT_WRONG_AS("attach", "'1x'", "12", "1x");
    EXPECT_WRONG_AS("attach", "''", "");
    EXPECT_WRONG_AS("attach", "'4294967296'", "4294967296");
}

static void limits(void **state)
{
    static const char *words[MAX_WORDS + 1];
    struct options o;
    char *error;
    size_t n = 0;

    (void)state;
    for (int i = 0; i < FT_MAX_PATTERNS; i++)
        words[n++] = "--name=a";
    words[n] = "x";
    assert_int_equal(parse(&o, &error, words), OPTIONS_RUN);
    options_free(&o);
    words[n] = "--name=b";
    assert_int_equal(parse(&o, &error, words), OPTIONS_WRONG);
    assert_non_null(strstr(error, "'b'"));
    free(error);
    options_free(&o);
}

static void help_fits_80_columns(void **state)
{
    static const char *const verbs[] = {"run", "watch", "attach"};

    (void)state;
    for (int verb = 0; verb < 3; verb++) {
        char *text = NULL, usage[64];
        size_t size;
        FILE *f = open_memstream(&text, &size);

        assert_non_null(f);
        options_print_help(verb, f);
        fclose(f);
        snprintf(usage, sizeof(usage), "Usage: filetap %s ", verbs[verb]);
        assert_int_equal(strncmp(text, usage, strlen(usage)), 0);
        for (char *line = text, *end; *line != '\0'; line = end + 1) {
            end = strchr(line, '\n');
            assert_non_null(end);
            if (end - line > 80)
                fail_msg("longer than 80 columns: %.*s", (int)(end - line), line);
        }
        free(text);
    }
}

static void ready_fd_is_ours(void **state)
{
    struct options o;
    char *error, number[16];
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    snprintf(number, sizeof(number), "%d", ends[1]);
    assert_int_equal(PARSE("--ready-fd", number, "x"), OPTIONS_RUN);
    assert_int_equal(o.ready_fd, ends[1]);
    assert_true(fcntl(ends[1], F_GETFD) & FD_CLOEXEC);
    options_free(&o);
    close(ends[0]);
    close(ends[1]);
}

/* Globs that match nothing, or not what they seem to, are refused. */
static void globs_that_cannot_match(void **state)
{
    static const char *const good[] = {
        "*",          "/",           "/etc/*", "?tc",          "*.h",     "[/]etc",
        "/a[]]",      "/a[!]b]",     "/a\\[",  "/[[:alpha:]]", "C:\\x",   "c:\\a\\",
        "\\\\srv\\*", "\\Device\\*", "/x\\\\", "/a[[]b",       "C:\\[a]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (filter_fault(good[i], false) != NULL)
            fail_msg("'%s' %s", good[i], filter_fault(good[i], false));
    }
    assert_null(filter_fault("\\Device\\*", true));
    assert_null(filter_fault("*hosts", true));

    EXPECT_WRONG("--path '' matches no path", "--path=", "x");
    EXPECT_WRONG("--path 'src/*.h' can match nothing", "--path", "src/*.h", "x");
    EXPECT_WRONG("--not-path './x' can match nothing", "--not-path", "./x", "x");
    EXPECT_WRONG("--path 'hosts' can match nothing", "--path", "/etc/*", "--path", "hosts", "x");
    EXPECT_WRONG("'/a[b' has a '['", "--path", "/a[b", "x");
    EXPECT_WRONG("'*[' has a '['", "--path", "*[", "x");
    EXPECT_WRONG("'/a[[:alpha:]' has a '['", "--path", "/a[[:alpha:]", "x");
    EXPECT_WRONG("'C:\\[a' has a '['", "--path", "C:\\[a", "x");
    EXPECT_WRONG("the backslash at its end", "--path", "/a\\", "x");
    EXPECT_WRONG("with --nt-names", "--path", "/etc/*", "--nt-names", "x");
    EXPECT_WRONG_AS("watch", "can match nothing", "--path", "x", "cat");
}

static bool shows(const struct filter *f, enum name_form form, const char *path)
{
    return filter_shows(f, &(struct event){.path = {.bytes = (char *)path, .form = form}});
}

static void globs(void **state)
{
    const char *paths[] = {"/etc/*", "*.h"}, *not_paths[] = {"/etc/ssl*", "*/[Cc]ache/*"};
    struct filter f = {paths, not_paths, 2, 2, false};

    (void)state;
    assert_true(shows(&f, NAME_UNIX, "/etc/hosts"));
    assert_true(shows(&f, NAME_UNIX, "/etc/a/b/c")); /* * matches / */
    assert_true(shows(&f, NAME_UNIX, "/usr/include/stdio.h"));
    assert_false(shows(&f, NAME_UNIX, "/usr/include/stdio.hh"));
    assert_false(shows(&f, NAME_UNIX, "/etc")); /* the whole path */
    assert_false(shows(&f, NAME_UNIX, "/x/etc/hosts"));
    assert_false(shows(&f, NAME_UNIX, "/etc/ssl/certs"));
    assert_false(shows(&f, NAME_UNIX, "/etc/cache/x"));
    assert_true(shows(&f, NAME_UNIX, "/etc/.hidden")); /* a leading dot is nothing special */
    assert_true(shows(&f, NAME_UNIX, "/etc/\xFF"));
    f.path_count = 0;
    assert_true(shows(&f, NAME_UNIX, "/x"));
    assert_true(shows(&f, NAME_UNIX, ""));
    f.not_path_count = 0;
    assert_true(shows(&f, NAME_UNIX, "/etc/ssl"));
}

static void globs_of_windows_paths(void **state)
{
    const char *paths[] = {"C:\\Windows\\*", "*.DLL", "\\\\server\\*"};
    const char *not_paths[] = {"c:\\windows\\[t]emp\\*"};
    struct filter f = {paths, not_paths, 3, 1, false};

    (void)state;
    assert_true(shows(&f, NAME_DOS, "C:\\Windows\\win.ini"));
    assert_true(shows(&f, NAME_DOS, "c:\\WINDOWS\\system32\\x"));
    assert_true(shows(&f, NAME_DOS, "D:\\x.dll"));
    assert_true(shows(&f, NAME_DOS, "\\\\SERVER\\share"));
    assert_false(shows(&f, NAME_DOS, "\\server\\share"));
    assert_false(shows(&f, NAME_DOS, "C:\\Windows\\Temp\\x.dll"));
    assert_false(shows(&f, NAME_DOS, "C:\\Windows"));
    assert_true(shows(&f, NAME_NT, "\\Device\\HarddiskVolume1\\x.dll"));
    assert_false(shows(&f, NAME_NT, "\\Device\\HarddiskVolume1\\x"));
    /* Of Unix paths a backslash takes its meaning from the next character. */
    assert_false(shows(&f, NAME_UNIX, "C:\\Windows\\win.ini"));
    assert_true(shows(&f, NAME_UNIX, "C:Windows*"));
    assert_false(shows(&f, NAME_UNIX, "/x.dll"));
    paths[0] = "\\device\\harddiskvolume?\\ETC\\*";
    assert_true(shows(&f, NAME_NT, "\\Device\\HarddiskVolume1\\etc\\hosts"));
}

/* What is compared besides the path: a directory's separator, the name that was asked for. */
static void globs_of_events(void **state)
{
    const char *paths[] = {"/etc/"}, *not_paths[] = {"*/python3"};
    struct filter f = {paths, NULL, 1, 0, false};
    const struct call call = {.requested = "python3", .requested_path = "/usr/bin/python3"};
    uint16_t units[1];
    struct event e = {.path = {.units = units, .bytes = (char *)"/etc"}, .directory = true};

    (void)state;
    assert_true(filter_shows(&f, &e));
    paths[0] = "/etc";
    assert_true(filter_shows(&f, &e)); /* as CSV has it */
    paths[0] = "/etc/?*";
    assert_false(filter_shows(&f, &e));
    paths[0] = "/etc/";
    e.directory = false;
    assert_false(filter_shows(&f, &e));
    e.directory = true;
    e.path = (struct name){.units = units, .bytes = (char *)"C:\\W", .form = NAME_DOS};
    paths[0] = "c:\\w\\";
    assert_true(filter_shows(&f, &e));

    e = (struct event){.path = {.units = units, .bytes = (char *)"/usr/bin/python3.11"}};
    paths[0] = "/usr/bin/python3";
    assert_false(filter_shows(&f, &e));
    e.call = &call;
    assert_true(filter_shows(&f, &e));
    f = (struct filter){NULL, not_paths, 0, 1, false};
    assert_false(filter_shows(&f, &e));
    f.nt_names = true; /* no Linux name is shown then */
    assert_true(filter_shows(&f, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(all_options),
        cmocka_unit_test(wrong_options),
        cmocka_unit_test(limits),
        cmocka_unit_test(watch_and_attach),
        cmocka_unit_test(help_fits_80_columns),
        cmocka_unit_test(ready_fd_is_ours),
        cmocka_unit_test(globs_that_cannot_match),
        cmocka_unit_test(globs),
        cmocka_unit_test(globs_of_windows_paths),
        cmocka_unit_test(globs_of_events),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
