/* The command line of `filetrace run`; globs. */
#include "client_test.h"

#include "client/options.h"
#include "filetrace/protocol.h"

#define MAX_WORDS 2200

/* Parses words; what came of it, and the message. */
static enum options_result parse(struct options *o, char **error, const char *const *words)
{
    static char *argv[MAX_WORDS + 2];
    int argc = 0;

    argv[argc++] = (char *)"run";
    while (words[argc - 1] != NULL) {
        argv[argc] = (char *)words[argc - 1];
        argc++;
    }
    argv[argc] = NULL;
    return options_parse(o, argc, argv, error);
}

#define PARSE(...) parse(&o, &error, (const char *const[]){__VA_ARGS__, NULL})

/* The message names the culprit. */
#define EXPECT_WRONG(text, ...)                                                                    \
    do {                                                                                           \
        struct options o;                                                                          \
        char *error;                                                                               \
                                                                                                   \
        assert_int_equal(PARSE(__VA_ARGS__), OPTIONS_WRONG);                                       \
        assert_non_null(error);                                                                    \
        if (strstr(error, text) == NULL)                                                           \
            fail_msg("'%s' is not in '%s'", text, error);                                          \
        free(error);                                                                               \
        options_free(&o);                                                                          \
    } while (0)

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
    assert_false(o.failed || o.directories || o.nt_names || o.quiet || o.lossy);
    assert_int_equal(o.name_count + o.process_id_count + o.filter.path_count, 0);
    options_free(&o);
}

static void all_options(void **state)
{
    struct options o;
    char *error;

    (void)state;
    assert_int_equal(PARSE("-o", "f", "--format=jsonl", "--source", "ptrace", "--name", "a*",
                           "--name", "\\Device\\x", "--pid", "12", "--pid=13", "--no-children",
                           "--path", "/a", "--path=/b", "--not-path", "/c", "--failed",
                           "--directories", "--nt-names", "-q", "--lossy", "--driver", "d.sys",
                           "--", "-x", "--failed"),
                     OPTIONS_RUN);
    assert_string_equal(o.output, "f");
    assert_ptr_equal(o.format, &format_jsonl);
    assert_string_equal(o.source, "ptrace");
    assert_int_equal(o.name_count, 2);
    assert_string_equal(o.names[1], "\\Device\\x");
    assert_int_equal(o.process_id_count, 2);
    assert_int_equal(o.process_ids[0], 12);
    assert_int_equal(o.process_ids[1], 13);
    assert_int_equal(o.filter.path_count, 2);
    assert_string_equal(o.filter.paths[1], "/b");
    assert_int_equal(o.filter.not_path_count, 1);
    assert_false(o.children);
    assert_true(o.failed && o.directories && o.nt_names && o.quiet && o.lossy);
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
    EXPECT_WRONG("'--format' needs a value", "--format");
    EXPECT_WRONG("'-o' needs a value", "-o");
    EXPECT_WRONG("'xml'; there are text, csv, jsonl", "--format=xml", "x");
    EXPECT_WRONG("'bpf'", "--source=bpf", "x");
    EXPECT_WRONG("--pid 'x'", "--pid", "x", "x");
    EXPECT_WRONG("--pid '0'", "--pid", "0", "x");
    EXPECT_WRONG("--pid '-1'", "--pid=-1", "x");
    EXPECT_WRONG("--pid ' 1'", "--pid", " 1", "x");
    EXPECT_WRONG("--pid '1x'", "--pid", "1x", "x");
    EXPECT_WRONG("--pid ''", "--pid", "", "x");
    EXPECT_WRONG("--pid '4294967296'", "--pid", "4294967296", "x");
    EXPECT_WRONG("--name", "--name", "", "x");
    EXPECT_WRONG("cannot have a '/'", "--name", "/bin/cat", "x");
    memset(long_name, 'a', sizeof(long_name));
    long_name[FT_MAX_PATTERN_LENGTH / 2 + 1] = '\0';
    EXPECT_WRONG("longer than 512", "--name", long_name, "x");
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
    for (int i = 0; i < FT_MAX_PROCESS_IDS - 1; i++)
        words[n++] = "--pid=5";
    words[n] = "x";
    assert_int_equal(parse(&o, &error, words), OPTIONS_RUN);
    options_free(&o);
    words[n] = "--pid=6";
    words[n + 1] = "x";
    assert_int_equal(parse(&o, &error, words), OPTIONS_WRONG);
    assert_non_null(strstr(error, "--pid 6"));
    free(error);
    options_free(&o);
    words[n] = "--name=b";
    assert_int_equal(parse(&o, &error, words), OPTIONS_WRONG);
    assert_non_null(strstr(error, "'b'"));
    free(error);
    options_free(&o);
}

static void help_fits_80_columns(void **state)
{
    const char *line = options_help;

    (void)state;
    while (*line != '\0') {
        const char *end = strchr(line, '\n');

        assert_non_null(end);
        /* The line with the directory is as long as that is. */
        if (end - line > 80)
            fail_msg("longer than 80 columns: %.*s", (int)(end - line), line);
        line = end + 1;
    }
}

static void globs(void **state)
{
    const char *paths[] = {"/etc/*", "*.h"}, *not_paths[] = {"/etc/ssl*", "*/[Cc]ache/*"};
    struct filter f = {paths, not_paths, 2, 2};

    (void)state;
    assert_true(filter_shows(&f, "/etc/hosts"));
    assert_true(filter_shows(&f, "/etc/a/b/c")); /* * matches / */
    assert_true(filter_shows(&f, "/usr/include/stdio.h"));
    assert_false(filter_shows(&f, "/usr/include/stdio.hh"));
    assert_false(filter_shows(&f, "/etc")); /* the whole path */
    assert_false(filter_shows(&f, "/x/etc/hosts"));
    assert_false(filter_shows(&f, "/etc/ssl/certs"));
    assert_false(filter_shows(&f, "/etc/cache/x"));
    assert_true(filter_shows(&f, "/etc/.hidden")); /* a leading dot is nothing special */
    assert_true(filter_shows(&f, "/etc/\xFF"));
    f.path_count = 0;
    assert_true(filter_shows(&f, "/x"));
    assert_true(filter_shows(&f, ""));
    f.not_path_count = 0;
    assert_true(filter_shows(&f, "/etc/ssl"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(all_options),
        cmocka_unit_test(wrong_options),
        cmocka_unit_test(limits),
        cmocka_unit_test(help_fits_80_columns),
        cmocka_unit_test(globs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
