/* An event in each of the three formats, to the byte. */
#include "client_test.h"

#include <time.h>

#include "client/format.h"

#define NOON ((UINT64_C(1709208309) + UINT64_C(11644473600)) * 10000000 + 123456)

static uint16_t cat_units[] = {'\\', 'D', '\\', 'c', 'a', 't'};
static uint16_t path_units[] = {'\\', 'D', '\\', 'h', 0xDCFF};
static char cat_bytes[] = "/bin/cat", path_bytes[] = "/etc/h\xFF", nt_bytes[] = "\\D\\h\xFF";
static char dos_bytes[] = "C:\\W x\\n";
static char command_line[] = "cat \"a b\"";

static struct process cat(void)
{
    return (struct process){
        .key = 9,
        .id = 42,
        .parent_id = 41,
        .image = {.units = cat_units, .count = 6, .bytes = cat_bytes},
        .short_name = cat_bytes + 5,
        .command_line = command_line,
    };
}

static struct event read_of(struct process *p)
{
    return (struct event){
        .sequence = 5,
        .time = NOON,
        .duration = 123,
        .process = p,
        .process_id = 42,
        .thread_id = 43,
        .information = 1,
        .desired_access = 0x120089,
        .disposition = 1,
        .options = 0x60,
        .share = 7,
        .path = {.units = path_units, .count = 5, .bytes = path_bytes},
    };
}

static const char *in(const struct format *f, const struct event *e)
{
    struct format_state state = {0};
    struct buffer b = {0};

    f->event(&b, &state, e);
    return taken(&b);
}

static void text(void **state)
{
    const struct call unread = {.name_unread = true};
    struct process p = cat();
    struct event e = read_of(&p);
    struct format_state format_state = {.color = true};
    struct buffer b = {0};

    (void)state;
    assert_string_equal(in(&format_text, &e),
                        "12:05:09.012345 cat[42]      r-- opened         /etc/h\\xff\n");
    e.status = 0xC0000034;
    e.desired_access = 0x120116;
    assert_string_equal(in(&format_text, &e),
                        "12:05:09.012345 cat[42]      -w- NAME NOT FOUND /etc/h\\xff\n");
    format_text.event(&b, &format_state, &e);
    assert_string_equal(
        taken(&b), "12:05:09.012345 cat[42]      -w- \x1b[31mNAME NOT FOUND /etc/h\\xff\x1b[0m\n");
    e = read_of(&p);
    e.directory = true;
    e.information = 2;
    e.desired_access = 0x100020;
    assert_string_equal(in(&format_text, &e),
                        "12:05:09.012345 cat[42]      --x created        /etc/h\\xff/\n");
    e.path_truncated = true;
    e.path.bytes = nt_bytes;
    e.path.form = NAME_NT;
    p.short_name = "a\nb";
    assert_string_equal(in(&format_text, &e),
                        "12:05:09.012345 a\\nb[42]     --x created        \\D\\h\\xff...\n");
    e.path.bytes = dos_bytes;
    e.path.form = NAME_DOS;
    e.path_truncated = false;
    p.short_name = "a.exe";
    assert_string_equal(in(&format_text, &e),
                        "12:05:09.012345 a.exe[42]    --x created        C:\\W x\\n\\\n");
    e.path = (struct name){.bytes = cat_bytes + 8};
    assert_non_null(strstr(in(&format_text, &e), " (the driver could not get the name)\n"));
    e.call = &unread;
    assert_non_null(strstr(in(&format_text, &e), " (name not read)\n"));
    format_state = (struct format_state){0};
    format_text.loss(&b, &format_state, &(struct loss){.sequence = 7, .count = 3});
    assert_string_equal(taken(&b), "*** lost here: 3 records ***\n");
}

/* The process column grows with what it has to hold, the heading fits it. */
static void text_columns(void **state)
{
    struct process p = cat();
    struct event e = read_of(&p);
    struct format_state format_state = {0};
    struct buffer b = {0};

    (void)state;
    format_text.begin(&b, &format_state);
    assert_string_equal(taken(&b), "TIME            PROCESS      ACC RESULT         PATH\n");
    p.short_name = "a-long-program";
    format_text.event(&b, &format_state, &e);
    p.short_name = "sh";
    format_text.event(&b, &format_state, &e);
    assert_string_equal(taken(&b),
                        "12:05:09.012345 a-long-program[42] r-- opened         /etc/h\\xff\n"
                        "12:05:09.012345 sh[42]             r-- opened         /etc/h\\xff\n");
}

/* A column grows with a long result too; one that is longer than any pushes its own line. */
static void text_results(void **state)
{
    struct process p = cat();
    struct event e = read_of(&p);
    struct format_state format_state = {0};
    struct buffer b = {0};

    (void)state;
    e.status = 0xC00000A2;
    format_text.event(&b, &format_state, &e);
    e.status = 0;
    format_text.event(&b, &format_state, &e);
    assert_string_equal(taken(&b),
                        "12:05:09.012345 cat[42]      r-- MEDIA WRITE PROTECTED /etc/h\\xff\n"
                        "12:05:09.012345 cat[42]      r-- opened                /etc/h\\xff\n");
}

/* On a terminal the path gets room from the other columns. */
static void text_on_terminals(void **state)
{
    struct process p = cat();
    struct event e = read_of(&p);
    struct format_state wide = {.columns = 120}, eighty = {.columns = 80}, sixty = {.columns = 60};
    struct buffer b = {0};

    (void)state;
    format_text.event(&b, &wide, &e);
    assert_string_equal(taken(&b), "12:05:09.012345 cat[42]      r-- opened         /etc/h\\xff\n");
    format_text.begin(&b, &eighty);
    format_text.event(&b, &eighty, &e);
    assert_string_equal(taken(&b), "TIME         PROCESS      ACC RESULT         PATH\n"
                                   "12:05:09.012 cat[42]      r-- opened         /etc/h\\xff\n");
    format_text.begin(&b, &sixty);
    format_text.event(&b, &sixty, &e);
    e.status = 0xC0000034;
    format_text.event(&b, &sixty, &e);
    e.status = 0xC00000A2;
    format_text.event(&b, &sixty, &e);
    e.status = 0;
    format_text.event(&b, &sixty, &e);
    assert_string_equal(taken(&b), "TIME     PROCESS  ACC RESULT   PATH\n"
                                   "12:05:09 cat[42]  r-- opened   /etc/h\\xff\n"
                                   "12:05:09 cat[42]  r-- NAME NOT FOUND /etc/h\\xff\n"
                                   "12:05:09 cat[42]  r-- MEDIA WRITE PROTECTED /etc/h\\xff\n"
                                   "12:05:09 cat[42]  r-- opened         /etc/h\\xff\n");
}

/* What is known of the call. */
static void text_of_calls(void **state)
{
    struct process p = cat();
    struct event e = read_of(&p);
    struct format_state plain = {0}, all = {.errno_words = true, .requested = true};
    struct call call = {.error = 40, .requested = "../h\n", .path_uncertain = true};
    struct buffer b = {0};

    (void)state;
    e.call = &call;
    e.status = 0xC0000022;
    format_text.event(&b, &plain, &e);
    format_text.event(&b, &all, &e);
    assert_string_equal(
        taken(&b), "12:05:09.012345 cat[42]      r-- ACCESS DENIED  /etc/h\\xff?\n"
                   "12:05:09.012345 cat[42]      r-- ELOOP          /etc/h\\xff? <- ../h\\n\n");
    /* Of a Windows program's request, and of a success, there is no errno. */
    call = (struct call){.error = -1, .requested = path_bytes};
    format_text.event(&b, &all, &e);
    e.status = 0;
    call.error = 0;
    format_text.event(&b, &all, &e);
    assert_string_equal(taken(&b), "12:05:09.012345 cat[42]      r-- ACCESS DENIED  /etc/h\\xff\n"
                                   "12:05:09.012345 cat[42]      r-- opened         /etc/h\\xff\n");
    call = (struct call){.name_unread = true};
    e.path = (struct name){.bytes = cat_bytes + 8};
    format_text.event(&b, &plain, &e);
    assert_non_null(strstr(taken(&b), " (name not read)\n"));
}

/* A directory's path ends with a separator, but in CSV, as in Process Monitor's. */
static void directories(void **state)
{
    struct process p = cat();
    struct event e = read_of(&p);

    (void)state;
    e.directory = true;
    assert_non_null(strstr(in(&format_jsonl, &e), ",\"path\":\"/etc/h\\udcff/\",\"nt_path\":"));
    e.path.bytes = dos_bytes;
    e.path.form = NAME_DOS;
    assert_non_null(strstr(in(&format_jsonl, &e), ",\"path\":\"C:\\\\W x\\\\n\\\\\","));
    assert_non_null(strstr(in(&format_csv, &e), ",\"C:\\W x\\n\","));
}

static void csv(void **state)
{
    struct process p = cat();
    struct event e = read_of(&p);
    struct format_state format_state = {0};
    struct buffer b = {0};
    char quoted[] = "/a\"b";

    (void)state;
    format_csv.begin(&b, &format_state);
    assert_string_equal(taken(&b),
                        "\xEF\xBB\xBF\"Time of Day\",\"Process Name\",\"PID\",\"Operation\","
                        "\"Path\",\"Result\",\"Detail\"\r\n");
    assert_string_equal(in(&format_csv, &e),
                        "\"12:05:09.0123456 PM\",\"cat\",\"42\",\"CreateFile\",\"/etc/h\xFF\","
                        "\"SUCCESS\",\"Desired Access: Generic Read, Disposition: Open, Options: "
                        "Synchronous IO Non-Alert, Non-Directory File, Attributes: n/a, "
                        "ShareMode: Read, Write, Delete, AllocationSize: n/a, "
                        "OpenResult: Opened\"\r\n");
    e.path.bytes = dos_bytes;
    e.path.form = NAME_DOS;
    assert_non_null(strstr(in(&format_csv, &e), ",\"CreateFile\",\"C:\\W x\\n\","));
    e.path.bytes = quoted;
    e.path.form = NAME_UNIX;
    e.status = 0xC0000022;
    e.disposition = 5;
    e.attributes = 0x80;
    e.share = 0;
    e.options = 0;
    e.desired_access = 0x120116;
    assert_string_equal(in(&format_csv, &e),
                        "\"12:05:09.0123456 PM\",\"cat\",\"42\",\"CreateFile\",\"/a\"\"b\","
                        "\"ACCESS DENIED\",\"Desired Access: Generic Write, Disposition: "
                        "OverwriteIf, Options: , Attributes: N, ShareMode: None, "
                        "AllocationSize: 0\"\r\n");
    format_csv.loss(&b, &format_state, &(struct loss){.sequence = 7, .count = 3, .time = NOON});
    assert_string_equal(taken(&b),
                        "\"12:05:09.0123456 PM\",\"\",\"\",\"Lost\",\"\",\"\",\"Records: 3\"\r\n");
}

static void jsonl(void **state)
{
    struct process p = cat(), nobody = {.short_name = "?"};
    struct event e = read_of(&p);
    struct format_state format_state = {0};
    struct buffer b = {0};

    (void)state;
    assert_null(format_jsonl.begin);
    assert_string_equal(
        in(&format_jsonl, &e),
        "{\"seq\":5,\"time\":\"2024-02-29T12:05:09.012345Z\",\"process\":\"cat\","
        "\"image\":\"/bin/cat\",\"pid\":42,\"tid\":43,\"operation\":\"CreateFile\","
        "\"path\":\"/etc/h\\udcff\",\"nt_path\":\"\\\\D\\\\h\\udcff\",\"result\":\"SUCCESS\","
        "\"status\":\"0x00000000\",\"status_name\":\"STATUS_SUCCESS\",\"success\":true,"
        "\"read\":true,\"write\":false,\"execute\":false,\"desired_access\":\"0x00120089\","
        "\"disposition\":\"Open\",\"options\":[\"Synchronous IO Non-Alert\","
        "\"Non-Directory File\"],\"attributes\":\"0x00000000\","
        "\"share\":[\"Read\",\"Write\",\"Delete\"],\"open_result\":\"Opened\","
        "\"directory\":false,\"duration_us\":12.3,\"ppid\":41,"
        "\"command_line\":\"cat \\\"a b\\\"\"}\n");
    p.events = 1;
    assert_null(strstr(in(&format_jsonl, &e), "command_line"));
    e.status = 0xC0123456;
    assert_non_null(strstr(in(&format_jsonl, &e),
                           "\"result\":\"0xC0123456\",\"status\":\"0xC0123456\","
                           "\"status_name\":null,\"success\":false,"));
    assert_non_null(strstr(in(&format_jsonl, &e), "\"open_result\":null,"));
    e.process = &nobody;
    e.path = (struct name){.bytes = cat_bytes + 8};
    assert_non_null(strstr(in(&format_jsonl, &e), "\"process\":null,\"image\":null,\"pid\":42,"));
    assert_non_null(strstr(in(&format_jsonl, &e), "\"path\":null,\"nt_path\":null,"));
    format_jsonl.loss(&b, &format_state, &(struct loss){.sequence = 7, .count = 3});
    assert_string_equal(taken(&b), "{\"seq\":7,\"operation\":\"lost\",\"count\":3}\n");
}

static unsigned asked;

static char *unix_path(const uint16_t *units, size_t count)
{
    asked++;
    assert_ptr_equal(units, path_units);
    assert_int_equal(count, 5);
    return strdup("/c/W x/N");
}

static char *no_unix_path(const uint16_t *units, size_t count)
{
    (void)units;
    (void)count;
    return NULL;
}

/* Files on Windows programs' drives have a Linux path as well. */
static void jsonl_drives(void **state)
{
    static const char nt_path[] = "\"nt_path\":\"\\\\D\\\\h\\udcff\",";
    struct process p = cat();
    struct event e = read_of(&p);
    struct format_state format_state = {.unix_path = unix_path};
    struct buffer b = {0};
    const char *line;

    (void)state;
    format_jsonl.event(&b, &format_state, &e);
    assert_null(strstr(taken(&b), "unix_path"));
    assert_int_equal(asked, 0);
    e.path.bytes = p.image.bytes = dos_bytes;
    e.path.form = p.image.form = NAME_DOS;
    format_jsonl.event(&b, &format_state, &e);
    line = taken(&b);
    assert_non_null(strstr(line, "\"image\":\"C:\\\\W x\\\\n\",\"pid\""));
    assert_non_null(strstr(line, "\"path\":\"C:\\\\W x\\\\n\",\"nt_path\""));
    assert_non_null(strstr(line, nt_path));
    assert_non_null(strstr(line, "\\udcff\",\"unix_path\":\"/c/W x/N\",\"result\":"));
    e.path.bytes = nt_bytes;
    e.path.form = NAME_NT;
    format_jsonl.event(&b, &format_state, &e);
    assert_non_null(strstr(taken(&b), "\\udcff\",\"unix_path\":\"/c/W x/N\",\"result\":"));
    assert_int_equal(asked, 2);
    format_state.unix_path = no_unix_path;
    format_jsonl.event(&b, &format_state, &e);
    assert_null(strstr(taken(&b), "unix_path"));
    e.path = (struct name){.bytes = cat_bytes + 8, .form = NAME_NT};
    format_state.unix_path = unix_path;
    format_jsonl.event(&b, &format_state, &e);
    assert_null(strstr(taken(&b), "unix_path"));
}

static void found_by_name(void **state)
{
    struct buffer b = {0};

    (void)state;
    assert_ptr_equal(format_find("text"), &format_text);
    assert_ptr_equal(format_find("csv"), &format_csv);
    assert_ptr_equal(format_find("jsonl"), &format_jsonl);
    assert_null(format_find("xml"));
    assert_null(format_find(""));
    format_names(&b);
    assert_string_equal(taken(&b), "text, csv, jsonl");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text),          cmocka_unit_test(text_columns),
        cmocka_unit_test(text_results),  cmocka_unit_test(text_on_terminals),
        cmocka_unit_test(text_of_calls), cmocka_unit_test(directories),
        cmocka_unit_test(csv),           cmocka_unit_test(jsonl),
        cmocka_unit_test(jsonl_drives),  cmocka_unit_test(found_by_name),
    };

    setenv("TZ", "UTC0", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
