/* What is told of Windows programs: made-up records of the kernel side, as record.h has them. */
#include "source/wine_private.h"

#include <limits.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define STATUS_NOT_FOUND      0xc0000034u
#define STATUS_INVALID_HANDLE 0xc0000008u
#define STATUS_TYPE_MISMATCH  0xc0000024u
#define STATUS_VIOLATION      0xc0000005u
#define OPEN_BY_FILE_ID       0x2000
#define INHERIT               2

/* Ids that no process has. */
#define A                     5000001
#define B                     5000002
#define C                     5000003
#define D                     5000004

static char top[PATH_MAX];
static struct source *s;
static char told[200000];

/* ---- What is told --------------------------------------------------------------------------- */

static void __attribute__((format(printf, 1, 2))) tell(const char *format, ...)
{
    size_t n = strlen(told);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(told + n, sizeof(told) - n, format, arguments);
    va_end(arguments);
}

static void tell_units(const uint16_t *units, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tell(units[i] >= 0x20 && units[i] < 0x7f ? "%c" : "<%x>", units[i]);
}

/* A name that repeats one character is told as "x*5000". */
static void tell_file(const struct activity_file *f)
{
    size_t n = f->units;

    if (f->volume == NULL) {
        tell("%s", strncmp(f->path, top, strlen(top)) == 0 ? f->path + strlen(top) : f->path);
        return;
    }
    while (n > 1 && f->name[n - 1] == f->name[n - 2])
        n--;
    if (f->units - n < 40)
        n = f->units;
    tell("%s", f->volume->name);
    tell_units(f->name, n);
    if (n < f->units)
        tell("*%zu", f->units - n + 1);
}

static void sink(void *context, const struct activity *a)
{
    static const char *const functions[] = {"create", "open", "delete", "query"};
    const struct activity_request *q = a->request;

    (void)context;
    switch (a->kind) {
    case ACTIVITY_REQUEST:
        tell("%s %d ", functions[q->function], a->pid - A + 1);
        tell_file(&q->file);
        if (q->status != 0)
            tell(" %x", q->status);
        break;
    case ACTIVITY_IMAGE:
        tell("image %d of %d%s ", a->pid - A + 1, a->ppid > 0 ? a->ppid - A + 1 : 0,
             a->met ? " met" : "");
        if (a->program != NULL) {
            tell_file(&a->program->image);
            tell(" [");
            tell_units(a->program->command_line, a->program->command_line_units);
            tell("] session %u", a->program->session);
        } else {
            tell("%s", a->image != NULL ? a->image : "?");
        }
        break;
    case ACTIVITY_LOST:
        tell("lost %d", (int)a->count);
        break;
    case ACTIVITY_FORK:
        tell("fork %d of %d", a->pid - A + 1, a->ppid - A + 1);
        break;
    case ACTIVITY_EXIT:
        tell("exit %d", a->pid - A + 1);
        break;
    default:
        tell("%d?", a->kind);
    }
    tell(a->unjudged ? " unjudged; " : "; ");
}

static void expect(const char *expected)
{
    assert_string_equal(told, expected);
    told[0] = '\0';
}

/* ---- Records -------------------------------------------------------------------------------- */

static struct probe_record header(enum probe_kind kind, pid_t pid)
{
    return (struct probe_record){
        .kind = kind, .pid = pid, .tid = pid, .image = 7, .start = 1000, .end = 2000};
}

/* In a block of its own size. */
static int take(struct probe_record r, const char *path, const void *name, size_t size)
{
    size_t path_size = path != NULL ? strlen(path) + 1 : 0;
    uint64_t to_header = (sizeof(to_header) + path_size + 7) & ~7ull;
    char *data = malloc(to_header + sizeof(r) + size);
    int result;

    assert_non_null(data);
    memset(data, 'x', to_header);
    memcpy(data, &to_header, sizeof(to_header));
    r.path_size = path_size;
    r.name_size = size;
    if (path != NULL)
        memcpy(data + to_header - path_size, path, path_size);
    memcpy(data + to_header, &r, sizeof(r));
    if (size > 0)
        memcpy(data + to_header + sizeof(r), name, size);
    result = bpf_take(s, data, to_header + sizeof(r) + size);
    free(data);
    return result;
}

static size_t size_of(const wchar_t *text)
{
    size_t n = 0;

    while (text[n] != 0)
        n++;
    return n * sizeof(*text);
}

static void part(pid_t pid, enum probe_string which, uint32_t before, const void *bytes,
                 size_t size)
{
    struct probe_record r = header(PROBE_PART, pid);

    r.flags = which;
    r.mode = before;
    take(r, NULL, bytes, size);
}

static void program(pid_t pid, pid_t parent, const wchar_t *image, const wchar_t *command,
                    const char *prefix, uint32_t marks)
{
    struct probe_program told_program = {.session = 1};
    struct probe_record r = header(PROBE_PROGRAM, pid);
    char environment[PATH_MAX + 64];
    int n = snprintf(environment, sizeof(environment), "A=1%cWINEPREFIX=%s/%s%cB=2", 0, top, prefix,
                     0) +
            1;

    part(pid, PROBE_STRING_IMAGE, 0, image, size_of(image));
    part(pid, PROBE_STRING_COMMAND, 0, command, size_of(command));
    part(pid, PROBE_STRING_ENVIRONMENT, 0, environment, n);
    r.parent = parent;
    r.marks = marks;
    take(r, NULL, &told_program, sizeof(told_program));
}

/* One that is there. */
static void begin(pid_t pid)
{
    program(pid, 0, L"C:\\a.exe", L"a", "prefix", 0);
    told[0] = '\0';
}

/* A request, to be altered and sent. */
struct asked {
    struct probe_record r;
    struct probe_request q;
};

static struct asked ask(pid_t pid)
{
    return (struct asked){.r = header(PROBE_REQUEST, pid),
                          .q = {.function = PROBE_CREATE_FILE, .information = 1}};
}

static int answer(const struct asked *a, const void *name, size_t size)
{
    char *both = malloc(sizeof(a->q) + size);
    int result;

    assert_non_null(both);
    memcpy(both, &a->q, sizeof(a->q));
    if (size > 0)
        memcpy(both + sizeof(a->q), name, size);
    result = take(a->r, NULL, both, sizeof(a->q) + size);
    free(both);
    return result;
}

static void request(pid_t pid, uint64_t root, uint64_t handle, uint32_t status, const wchar_t *name)
{
    struct asked a = ask(pid);

    a.q.root = root;
    a.q.handle = handle;
    a.r.result = status;
    answer(&a, name, size_of(name));
}

static void directory(pid_t pid, const char *below_top, uint32_t marks)
{
    struct probe_record r = header(PROBE_DIRECTORY, pid);
    char path[2 * PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", top, below_top);
    r.marks = marks;
    take(r, path, NULL, 0);
}

static void fork_of(pid_t parent, pid_t pid)
{
    struct probe_record r = header(PROBE_FORK, pid);

    r.parent = parent;
    take(r, NULL, NULL, 0);
}

static void ends(pid_t pid)
{
    take(header(PROBE_EXIT, pid), NULL, NULL, 0);
}

/* ---- Around each test ----------------------------------------------------------------------- */

static void make(const char *name)
{
    char path[2 * PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", top, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static int make_prefix(void **state)
{
    char made[] = "/tmp/test_wine_record.XXXXXX", path[2 * PATH_MAX];

    (void)state;
    assert_non_null(mkdtemp(made));
    assert_non_null(realpath(made, top));
    make("prefix");
    make("prefix/dosdevices");
    make("prefix/drive_c");
    make("prefix/drive_c/sub");
    make("elsewhere");
    snprintf(path, sizeof(path), "%s/prefix/dosdevices/c:", top);
    return symlink("../drive_c", path);
}

static int remove_prefix(void **state)
{
    char *arguments[] = {"rm", "-rf", top, NULL};
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        execv("/bin/rm", arguments);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    s = calloc(1, sizeof(*s));
    s->sink = sink;
    s->wine = calloc(1, sizeof(*s->wine));
    s->wine->handles = wine_handles_new();
    told[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bpf_processes_free(s);
    wine_close(s);
    free(s);
    return 0;
}

/* ---- Programs ------------------------------------------------------------------------------- */

static void programs(void **state)
{
    (void)state;
    program(A, D, L"C:\\windows\\x.exe", L"x.exe \"a b\"", "prefix", 0);
    expect("image 1 of 4 met C:\\windows\\x.exe [x.exe \"a b\"] session 1; ");
    program(A, D, L"\\??\\C:\\y.exe", L"", "prefix", PROBE_UNJUDGED);
    expect("image 1 of 4 C:\\y.exe [] session 1 unjudged; ");
    /* What it is cannot be found out: nothing runs that has this id. */
    program(B, 0, L"C:\\x.exe", L"x", "gone", 0);
    program(C, 0, L"Q:\\x.exe", L"x", "prefix", 0);
    program(D, 0, L"", L"x", "prefix", 0);
    expect("image 2 of 0 met ?; image 3 of 0 met ?; image 4 of 0 met ?; ");
    take(header(PROBE_PROGRAM, A), NULL, &(struct probe_program){0}, sizeof(struct probe_program));
    expect("image 1 of 0 ?; ");
}

/* Wine starts a program from a copy of a copy of the one that asked for it. */
static void parents(void **state)
{
    static const char arguments[] = "wine\0x.exe";
    struct probe_record r = header(PROBE_IMAGE, C);

    (void)state;
    begin(A);
    fork_of(A, B);
    fork_of(B, C);
    ends(B);
    r.image = 9;
    take(r, "/nowhere/wine", arguments, sizeof(arguments));
    expect("fork 2 of 1; fork 3 of 2; exit 2; image 3 of 0 /nowhere/wine; ");
    program(C, B, L"C:\\x.exe", L"x", "prefix", 0);
    expect("image 3 of 1 C:\\x.exe [x] session 1; ");
    fork_of(C, D);
    program(D, C, L"C:\\y.exe", L"y", "prefix", 0);
    expect("fork 4 of 3; image 4 of 3 C:\\y.exe [y] session 1; ");
}

/* Long command lines and environments come in several parts; a lost one begins them anew. */
static void program_in_parts(void **state)
{
    struct probe_program one = {.session = 2};
    char before[3000], after[PATH_MAX];
    int n;

    (void)state;
    memset(before, 'E', sizeof(before));
    before[sizeof(before) - 1] = '\0';
    n = snprintf(after, sizeof(after), "WINEPREFIX=%s/prefix", top) + 1;
    part(A, PROBE_STRING_IMAGE, 0, L"C:\\gone", 14);
    part(A, PROBE_STRING_IMAGE, 0, L"C:\\x", 8);
    part(A, PROBE_STRING_IMAGE, 8, L".exe", 8);
    part(A, PROBE_STRING_COMMAND, 0, L"one ", 8);
    part(A, PROBE_STRING_COMMAND, 8, L"two", 5); /* half a unit is none */
    part(A, PROBE_STRING_ENVIRONMENT, 0, before, sizeof(before));
    part(A, PROBE_STRING_ENVIRONMENT, sizeof(before), after, n);
    take(header(PROBE_PROGRAM, A), NULL, &one, sizeof(one));
    expect("image 1 of 0 met C:\\x.exe [one tw] session 2; ");
}

/* ---- Requests ------------------------------------------------------------------------------- */

static void functions(void **state)
{
    struct asked a;

    (void)state;
    begin(A);
    a = ask(A);
    for (uint32_t f = PROBE_CREATE_FILE; f <= PROBE_QUERY_FULL_ATTRIBUTES; f++) {
        a.q.function = f;
        answer(&a, L"\\??\\c:\\x", 16);
    }
    expect("create 1 C:\\x; open 1 C:\\x; delete 1 C:\\x; query 1 C:\\x; query 1 C:\\x; ");
    request(A, 0, 0, STATUS_NOT_FOUND, L"\\??\\C:\\y");
    request(A, 0, 0, 0, L"\\??\\C:");
    request(A, 0, 0, 0, L"\\??\\unix\\nowhere\\x");
    expect("create 1 C:\\y c0000034; create 1 C:; create 1 /nowhere/x; ");
    assert_int_equal(s->count.no_volume, 0);
    request(A, 0, 0, STATUS_NOT_FOUND, L"\\Device\\Null");
    request(A, 0, 0, 0, L"\\??\\pipe\\x");
    request(A, 0, 0, STATUS_NOT_FOUND, L"x");
    request(A, 0, 0, STATUS_NOT_FOUND, L"");
    expect("");
    assert_int_equal(s->count.no_volume, 4);
}

/* What is asked for is passed on as it is. */
static void check_fields(void *context, const struct activity *a)
{
    const struct activity_request *q = a->request;

    (void)context;
    assert_int_equal(a->kind, ACTIVITY_REQUEST);
    assert_int_equal(a->pid, A);
    assert_int_equal(a->tid, B);
    assert_int_equal(a->start_ns, 501000);
    assert_int_equal(a->end_ns, 502000);
    assert_int_equal(q->function, ACTIVITY_CREATE_FILE);
    assert_int_equal(q->desired_access, 0x80100080);
    assert_int_equal(q->attributes, 0x80);
    assert_int_equal(q->share, 7);
    assert_int_equal(q->disposition, 5);
    assert_int_equal(q->options, 0x60);
    assert_int_equal(q->object_attributes, 0x40);
    assert_int_equal(q->status, 0x40000000);
    assert_int_equal(q->information, 3);
    assert_int_equal(q->file_attributes, 0x20);
    tell("checked; ");
}

static void fields(void **state)
{
    struct asked a;

    (void)state;
    begin(A);
    a = ask(A);
    a.q = (struct probe_request){.information = 3,
                                 .function = PROBE_CREATE_FILE,
                                 .access = 0x80100080,
                                 .attributes = 0x80,
                                 .share = 7,
                                 .disposition = 5,
                                 .options = 0x60,
                                 .object_attributes = 0x40,
                                 .file_attributes = 0x20};
    a.r.tid = B;
    a.r.result = 0x40000000;
    s->realtime = 500000;
    s->sink = check_fields;
    answer(&a, L"\\??\\C:\\x", 16);
    expect("checked; ");
}

/* A name in parts of PROBE_PART_SIZE, the rest with the request; some of the parts not sent. */
static void long_request(pid_t tid, size_t units, wchar_t character, unsigned lost_part,
                         uint32_t lost)
{
    struct asked a = ask(A);
    wchar_t *name = malloc(units * sizeof(*name));
    const char *bytes = (const char *)name;
    size_t size = units * sizeof(*name), sent = 0;

    memcpy(name, L"\\??\\C:\\", 14);
    for (size_t i = 7; i < units; i++)
        name[i] = character;
    a.r.tid = tid;
    a.r.lost = lost;
    for (unsigned i = 0; size - sent > PROBE_PART_SIZE; i++) {
        struct probe_record r = header(PROBE_PART, A);

        r.tid = tid;
        r.flags = PROBE_STRING_NAME;
        r.mode = sent;
        if (i != lost_part)
            take(r, NULL, bytes + sent, PROBE_PART_SIZE);
        sent += PROBE_PART_SIZE;
    }
    a.r.mode = sent;
    answer(&a, bytes + sent, size - sent);
    free(name);
}

#define NO_PART 1000

static void long_names(void **state)
{
    char expected[64];

    (void)state;
    begin(A);
    for (size_t units = 1000; units <= 32767; units += 1 + units / 3) {
        long_request(A, units, 'x', NO_PART, 0);
        snprintf(expected, sizeof(expected), "create 1 C:\\x*%zu; ", units - 7);
        expect(expected);
    }
    long_request(A, 32767, 'x', NO_PART, 0);
    long_request(A, 20, 'x', NO_PART, 0);
    expect("create 1 C:\\x*32760; create 1 C:\\xxxxxxxxxxxxx; ");
    /* All of it in parts. */
    part(A, PROBE_STRING_NAME, 0, L"\\??\\C:\\", 14);
    part(A, PROBE_STRING_NAME, 14, L"xy", 4);
    {
        struct asked a = ask(A);

        a.r.mode = 18;
        answer(&a, NULL, 0);
    }
    expect("create 1 C:\\xy; ");
}

/* What remains of a name that is not whole is no part of the next one. */
static void lost_parts(void **state)
{
    (void)state;
    begin(A);
    long_request(A, 3000, 'x', 0, 0);
    long_request(A, 3000, 'x', 1, 0);
    expect("lost 1; lost 1; ");
    long_request(A, 3000, 'y', NO_PART, 0);
    expect("create 1 C:\\y*2993; ");

    /* The kernel side gave up after the first part. */
    part(A, PROBE_STRING_NAME, 0, L"\\??\\C:\\old", 20);
    long_request(A, 3000, 'y', NO_PART, 1);
    expect("lost 1; create 1 C:\\y*2993; ");
    part(A, PROBE_STRING_NAME, 0, L"\\??\\C:\\old", 20);
    long_request(A, 20, 'y', NO_PART, 1);
    expect("lost 1; create 1 C:\\yyyyyyyyyyyyy; ");
    long_request(A, 20, 'y', NO_PART, 2);
    expect("lost 2; create 1 C:\\yyyyyyyyyyyyy; ");
    assert_int_equal(s->lost_told, 4);
}

static void threads_do_not_mix(void **state)
{
    struct probe_record r = header(PROBE_THREAD_EXIT, A);

    (void)state;
    begin(A);
    part(A, PROBE_STRING_NAME, 0, L"\\??\\C:\\first", 24);
    long_request(D, 3000, 'y', NO_PART, 0);
    {
        struct asked a = ask(A);

        a.r.mode = 24;
        answer(&a, L".txt", 8);
    }
    expect("create 1 C:\\y*2993; create 1 C:\\first.txt; ");
    /* Nor one that had the id before. */
    directory(A, "prefix/drive_c/sub", 0);
    take(r, NULL, NULL, 0);
    told[0] = '\0';
    request(A, 100, 0, 0, L"x");
    expect("lost 1; ");
    directory(A, "prefix/drive_c/sub", 0);
    ends(A);
    begin(A);
    request(A, 100, 0, 0, L"x");
    expect("lost 1; ");
    for (unsigned i = 0; i < WINE_PENDING; i++)
        assert_null(s->wine->pending[i]);
    assert_int_equal(s->wine->pending_bytes, 0);
}

/* ---- Relative names ------------------------------------------------------------------------- */

static void relative_to_handles(void **state)
{
    struct probe_record r;

    (void)state;
    begin(A);
    request(A, 0, 100, 0, L"\\??\\C:\\sub");
    request(A, 0, 104, 0, L"\\??\\C:\\");
    request(A, 0, 108, 0, L"\\??\\C:");
    request(A, 0, 112, 0, L"\\??\\unix\\nowhere\\y");
    told[0] = '\0';
    request(A, 100, 0, 0, L"x");
    request(A, 100, 0, 0, L":s");
    request(A, 100, 0, 0, L"");
    request(A, 104, 0, 0, L"x");
    request(A, 108, 0, 0, L"x");
    request(A, 112, 0, 0, L"a\\b");
    request(A, 112, 0, 0, L"");
    expect("create 1 C:\\sub\\x; create 1 C:\\sub:s; create 1 C:\\sub; create 1 C:\\x; "
           "create 1 C:\\x; create 1 /nowhere/y/a/b; create 1 /nowhere/y; ");

    /* What is found by one is one. */
    request(A, 100, 116, 0, L"deep");
    request(A, 116, 0, STATUS_NOT_FOUND, L"x");
    expect("create 1 C:\\sub\\deep; create 1 C:\\sub\\deep\\x c0000034; ");
    /* A failure leaves none behind. */
    request(A, 100, 120, STATUS_NOT_FOUND, L"gone");
    request(A, 120, 0, 0, L"x");
    expect("create 1 C:\\sub\\gone c0000034; lost 1; ");

    r = header(PROBE_DUPLICATE, A);
    r.request = 100;
    r.resolve = 200;
    take(r, NULL, NULL, 0);
    r = header(PROBE_CLOSE, A);
    r.request = 100;
    take(r, NULL, NULL, 0);
    request(A, 200, 0, 0, L"x");
    request(A, 100, 0, 0, L"x");
    expect("create 1 C:\\sub\\x; lost 1; ");
}

static void relative_to_directories(void **state)
{
    (void)state;
    begin(A);
    directory(A, "prefix/drive_c/sub", 0);
    request(A, 100, 104, 0, L"x");
    request(A, 104, 0, 0, L"y");
    directory(A, "prefix/drive_c", 0);
    request(A, 100, 0, 0, L"");
    directory(A, "elsewhere", 0);
    request(A, 100, 0, 0, L"x\\y");
    expect("create 1 C:\\sub\\x; create 1 C:\\sub\\x\\y; create 1 C:\\; create 1 /elsewhere/x/y; ");
    request(A, 100, 0, 0, L"x"); /* it is told anew for each */
    expect("lost 1; ");
    directory(A, "elsewhere", 0);
    directory(A, "elsewhere", PROBE_PATHLESS);
    request(A, 100, 0, 0, L"x");
    expect("lost 1; ");
    directory(A, "elsewhere", PROBE_PATH_CUT);
    request(A, 100, 0, 0, L"x");
    expect("lost 1; ");
}

/* The request that it was told for is lost, and the one of the next request too. */
static void stale_directory(void **state)
{
    struct asked a = ask(A);

    (void)state;
    begin(A);
    directory(A, "prefix/drive_c/sub", 0);
    a.q.root = 100;
    a.r.lost = 1;
    answer(&a, L"x", 2);
    expect("lost 1; lost 1; ");
}

/* A program that ran before is told of in the middle of its first request. */
static void directory_of_first_request(void **state)
{
    (void)state;
    directory(A, "prefix/drive_c/sub", 0);
    program(A, 0, L"C:\\a.exe", L"a", "prefix", 0);
    request(A, 100, 0, 0, L"x");
    expect("image 1 of 0 met C:\\a.exe [a] session 1; create 1 C:\\sub\\x; ");
}

static void handles_that_are_not_known(void **state)
{
    (void)state;
    begin(A);
    request(A, 100, 0, 0, L"x");
    request(A, 100, 0, STATUS_NOT_FOUND, L"x");
    expect("lost 1; lost 1; ");
    request(A, 100, 0, STATUS_INVALID_HANDLE, L"x");
    request(A, 100, 0, STATUS_TYPE_MISMATCH, L"x");
    expect("");
    assert_int_equal(s->count.no_volume, 2);
}

/* A console, and what is relative to it: neither is a file, and none is lost. */
static void handles_of_no_file(void **state)
{
    struct asked a;

    (void)state;
    begin(A);
    request(A, 0, 100, 0, L"\\Device\\ConDrv\\Server");
    request(A, 100, 104, 0, L"Connection");
    request(A, 104, 0, 0, L"Reference");
    request(A, 104, 0, STATUS_NOT_FOUND, L"x");
    expect("");
    assert_int_equal(s->count.no_volume, 4);
    /* The handle may be another's next time. */
    request(A, 0, 104, 0, L"\\??\\C:\\sub");
    request(A, 104, 0, 0, L"x");
    expect("create 1 C:\\sub; create 1 C:\\sub\\x; ");

    /* From one of which nothing is known. A file may be called so too. */
    a = ask(A);
    a.q.root = 200;
    answer(&a, L"Connection", size_of(L"Connection"));
    expect("lost 1; ");
    a.r.marks = PROBE_NO_BASE;
    answer(&a, L"Connection", size_of(L"Connection"));
    expect("");
    answer(&a, L"Connections", size_of(L"Connections"));
    answer(&a, L"Connectio", size_of(L"Connectio"));
    answer(&a, L"", 0);
    expect("lost 1; lost 1; lost 1; ");

    /* The process that it starts has it too. */
    a = ask(A);
    a.q.handle = 108;
    a.q.object_attributes = 2;
    answer(&a, L"\\Device\\ConDrv\\Server", size_of(L"\\Device\\ConDrv\\Server"));
    fork_of(A, B);
    told[0] = '\0';
    request(B, 108, 0, 0, L"Connection");
    expect("");
}

static void unreadable_names(void **state)
{
    struct asked a;

    (void)state;
    begin(A);
    a = ask(A);
    a.r.marks = PROBE_NAME_UNREADABLE;
    a.r.result = STATUS_VIOLATION;
    answer(&a, NULL, 0);
    expect("");
    assert_int_equal(s->count.bad_pointers, 1);
    a.r.result = 0;
    answer(&a, NULL, 0);
    expect("lost 1; ");
    assert_int_equal(s->count.bad_pointers, 1);

    a = ask(A);
    a.q.options = OPEN_BY_FILE_ID;
    answer(&a, "12345678", 8);
    expect("lost 1; ");
}

/* Nobody can say whether it is wanted. */
static void nameless_programs(void **state)
{
    struct asked a = ask(A);

    (void)state;
    s->judged = true;
    program(A, 0, L"C:\\a.exe", L"a", "gone", PROBE_UNJUDGED);
    expect("image 1 of 0 met ? unjudged; ");
    a.r.marks = PROBE_UNJUDGED;
    answer(&a, L"\\??\\C:\\x", 16);
    expect("lost 1 unjudged; ");
}

/* ---- Processes ------------------------------------------------------------------------------ */

static void inheritable(pid_t pid, uint64_t handle, const wchar_t *name)
{
    struct asked a = ask(pid);

    a.q.handle = handle;
    a.q.object_attributes = INHERIT;
    answer(&a, name, size_of(name));
}

static void handles_are_inherited(void **state)
{
    (void)state;
    begin(A);
    inheritable(A, 100, L"\\??\\C:\\sub");
    request(A, 0, 104, 0, L"\\??\\C:\\sub");
    fork_of(A, B);
    fork_of(B, C);
    ends(B);
    begin(C);
    request(C, 100, 0, 0, L"x");
    request(C, 104, 0, 0, L"x");
    expect("create 3 C:\\sub\\x; lost 1; ");
    ends(A);
    request(C, 100, 0, 0, L"x");
    expect("exit 1; create 3 C:\\sub\\x; ");
}

/* The next process with the id has none of them. */
static void handles_go_with_the_process(void **state)
{
    struct probe_record r = header(PROBE_IMAGE, B);

    (void)state;
    begin(A);
    inheritable(A, 100, L"\\??\\C:\\sub");
    /* A copy that executes something of Linux. */
    fork_of(A, B);
    r.image = 9;
    take(r, "/bin/true", "true", 5);
    ends(B);
    begin(B);
    request(B, 100, 0, 0, L"x");
    expect("lost 1; ");
    ends(A);
    begin(A);
    request(A, 100, 0, 0, L"x");
    expect("lost 1; ");

    /* Whose end was not told. */
    inheritable(A, 100, L"\\??\\C:\\sub");
    fork_of(D, A);
    begin(A);
    request(A, 100, 0, 0, L"x");
    expect("lost 1; ");
}

/* ---- What the kernel side does not send ----------------------------------------------------- */

static void bad_sizes(void **state)
{
    struct asked a;
    uint64_t words[200] = {0};
    struct probe_record *r = (struct probe_record *)(words + 1);

    (void)state;
    begin(A);
    a = ask(A);
    for (size_t size = 0; size < sizeof(a.q); size++)
        assert_true(take(a.r, NULL, &a.q, size) < 0);
    for (size_t size = 0; size < sizeof(struct probe_program); size++)
        assert_true(take(header(PROBE_PROGRAM, A), NULL, &a.q, size) < 0);
    answer(&a, L"\\??\\C:\\xy", 17); /* half a unit */
    expect("create 1 C:\\x; ");

    *r = a.r;
    words[0] = 8;
    r->name_size = sizeof(a.q);
    assert_true(bpf_take(s, words, 8 + sizeof(*r) + sizeof(a.q)) >= 0);
    for (size_t size = 0; size < 8 + sizeof(*r) + sizeof(a.q); size++)
        assert_true(bpf_take(s, words, size) < 0);
    for (words[0] = 0; words[0] < 2000; words[0]++) {
        if (words[0] != 8)
            bpf_take(s, words, sizeof(words));
    }
    for (unsigned i = 0; i < 64; i++) {
        words[0] = 1ull << i;
        if (words[0] != 8)
            bpf_take(s, words, sizeof(words));
    }
    words[0] = 8;
    r->path_size = 4; /* none that ends in a NUL */
    words[0] = 8;
    ((char *)words)[7] = 'x';
    assert_true(bpf_take(s, words, sizeof(words)) < 0);
}

static void bad_values(void **state)
{
    struct asked a;
    struct probe_record r;

    (void)state;
    begin(A);
    a = ask(A);
    a.q.function = PROBE_QUERY_FULL_ATTRIBUTES + 1;
    answer(&a, L"\\??\\C:\\x", 16);
    a.q.function = UINT32_MAX;
    answer(&a, L"\\??\\C:\\x", 16);
    expect("lost 1; lost 1; ");
    part(A, PROBE_STRINGS, 0, "x", 1);
    part(A, UINT32_MAX, 0, "x", 1);
    part(A, PROBE_STRING_NAME, UINT32_MAX, "x", 1);
    part(A, PROBE_STRING_NAME, 0, NULL, 0);
    a = ask(A);
    a.r.mode = UINT32_MAX;
    answer(&a, L"\\??\\C:\\x", 16);
    expect("lost 1; ");
    fork_of(A, A);
    expect("exit 1; fork 1 of 1; ");
    r = header(1000, A);
    assert_true(take(r, NULL, NULL, 0) < 0);
    r = header(PROBE_PART, A);
    wine_close(s);
    assert_true(take(r, NULL, "x", 1) < 0);
    ends(A);
}

/* A string that never ends takes no more room than one that does. */
static void endless_parts(void **state)
{
    char bytes[PROBE_PART_SIZE] = {'x'};
    size_t before;

    (void)state;
    begin(A);
    before = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (unsigned which = 0; which < PROBE_STRINGS; which++) {
        for (uint32_t i = 0; i < 20000; i++)
            part(A, which, i * sizeof(bytes), bytes, sizeof(bytes));
        for (uint32_t i = 0; i < 20000; i++)
            part(A, which, 0, bytes, sizeof(bytes));
    }
    assert_true(mallinfo2().uordblks + mallinfo2().hblkhd < before + (1 << 20));
    request(A, 0, 0, 0, L"\\??\\C:\\x");
    expect("create 1 C:\\x; ");
    for (unsigned which = 0; which < PROBE_STRINGS; which++) {
        for (uint32_t i = 0; i < 1000; i++)
            part(A, which, i * sizeof(bytes), bytes, sizeof(bytes));
    }
    take(header(PROBE_PROGRAM, A), NULL, &(struct probe_program){0}, sizeof(struct probe_program));
}

static void random_records(void **state)
{
    static const uint32_t kinds[] = {
        PROBE_PROGRAM, PROBE_PART, PROBE_REQUEST, PROBE_CLOSE, PROBE_DUPLICATE,  PROBE_DIRECTORY,
        PROBE_FORK,    PROBE_EXIT, PROBE_REQUEST, PROBE_PART,  PROBE_THREAD_EXIT};
    static const wchar_t *const names[] = {L"\\??\\C:\\x",   L"x",         L"",
                                           L"\\??\\unix\\x", L"C:\\a.exe", L"WINEPREFIX=/"};

    (void)state;
    srandom(1);
    for (unsigned i = 0; i < 50000; i++) {
        const wchar_t *name = names[random() % 6];
        struct asked a = {.r = header(kinds[random() % 11], A + random() % 4)};

        if (random() % 4 == 0)
            begin(a.r.pid);
        a.r.parent = A + random() % 4;
        a.r.flags = random() % 8 ? random() % PROBE_STRINGS : random();
        a.r.mode = random() % 8 ? (random() % 4) * 2 : random();
        a.r.marks = random() % 8 ? 0 : random();
        a.r.lost = random() % 8 == 0;
        a.r.request = 4 * (random() % 4);
        a.r.resolve = 4 * (random() % 4);
        a.r.result = random() % 4 ? 0 : random() * 2;
        a.q.function = random() % 8 ? random() % 5 : random();
        a.q.handle = 4 * (random() % 4);
        a.q.root = 4 * (random() % 4);
        a.q.object_attributes = random();
        if (a.r.kind == PROBE_REQUEST)
            answer(&a, name, size_of(name));
        else if (a.r.kind == PROBE_PROGRAM)
            take(a.r, NULL, &a.q, random() % sizeof(a.q));
        else if (a.r.kind == PROBE_DIRECTORY)
            take(a.r, "/x", NULL, 0);
        else
            take(a.r, NULL, name, size_of(name));
        told[0] = '\0';
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(programs),
        TEST(parents),
        TEST(program_in_parts),
        TEST(functions),
        TEST(fields),
        TEST(long_names),
        TEST(lost_parts),
        TEST(threads_do_not_mix),
        TEST(relative_to_handles),
        TEST(relative_to_directories),
        TEST(handles_of_no_file),
        TEST(stale_directory),
        TEST(directory_of_first_request),
        TEST(handles_that_are_not_known),
        TEST(unreadable_names),
        TEST(nameless_programs),
        TEST(handles_are_inherited),
        TEST(handles_go_with_the_process),
        TEST(bad_sizes),
        TEST(bad_values),
        TEST(endless_parts),
        TEST(random_records),
    };

    return cmocka_run_group_tests(tests, make_prefix, remove_prefix);
}
