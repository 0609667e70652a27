/* What Windows programs ask for, as the I/O manager has it and as a filter sees it. */
#include "flt_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "nt/undeclared.h"
#include "source/source.h"
#include "translate/path.h"
#include "translate/translate.h"

#define PROCESS  5000001
#define READ     0x00120089u
#define WRITE    0x00120116u
#define EXECUTE  0x001200a0u
#define ALL      0x001f01ffu
#define SHARES   7u
#define LINUX_MS 1000000000000000000ull

static char top[PATH_MAX];
static struct activity_volume c_drive = {.id = 1, .name = "C:"};
static struct test_filter t;

/* ---- Making requests ------------------------------------------------------------------------ */

static struct activity_file file_on(const struct activity_volume *volume, const wchar_t *name)
{
    return (struct activity_file){
        .volume = volume, .name = (const uint16_t *)name, .units = string_units(name)};
}

static struct activity_request request_for(const wchar_t *name)
{
    return (struct activity_request){.function = ACTIVITY_CREATE_FILE,
                                     .file = file_on(&c_drive, name),
                                     .desired_access = READ,
                                     .share = FILE_SHARE_READ,
                                     .disposition = FILE_OPEN,
                                     .information = FILE_OPENED};
}

/* Freed when the next one is made. */
static struct flt_create translated(const struct activity_request *r)
{
    static struct path path;
    struct flt_create c = {0};

    assert_true(path_make_windows(&path, &r->file, 0));
    translate_request(r, &path, &c);
    return c;
}

/* ---- What the I/O manager makes of it ------------------------------------------------------- */

static void generic_rights(void **state)
{
    static const struct {
        uint32_t asked, expected;
    } cases[] = {
        {0, 0},
        {GENERIC_READ, READ},
        {GENERIC_WRITE, WRITE},
        {GENERIC_EXECUTE, EXECUTE},
        {GENERIC_ALL, ALL},
        {GENERIC_READ | GENERIC_WRITE, READ | WRITE},
        {GENERIC_READ | GENERIC_EXECUTE, READ | EXECUTE},
        {GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE, READ | WRITE | EXECUTE},
        {GENERIC_ALL | GENERIC_READ, ALL},
        {GENERIC_READ | DELETE | WRITE_DAC, READ | DELETE | WRITE_DAC},
        {MAXIMUM_ALLOWED, MAXIMUM_ALLOWED},
        {ACCESS_SYSTEM_SECURITY, ACCESS_SYSTEM_SECURITY},
        {MAXIMUM_ALLOWED | GENERIC_READ, MAXIMUM_ALLOWED | READ},
        {FILE_READ_ATTRIBUTES | SYNCHRONIZE, FILE_READ_ATTRIBUTES | SYNCHRONIZE},
        {0x0c000000, 0x0c000000}, /* reserved bits are the drivers' to see */
        {0xffffffff, ALL | 0x0fffffff},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct activity_request r = request_for(L"\\file");

        r.desired_access = cases[i].asked;
        assert_int_equal(translated(&r).desired_access, cases[i].expected);
        r.function = ACTIVITY_OPEN_FILE;
        assert_int_equal(translated(&r).desired_access, cases[i].expected);
    }
}

static void dispositions_and_options(void **state)
{
    struct activity_request r = request_for(L"\\file");

    (void)state;
    for (uint32_t d = FILE_SUPERSEDE; d <= FILE_OVERWRITE_IF; d++) {
        r.disposition = d;
        r.options = 0x00ffffff;
        assert_int_equal(translated(&r).options, d << 24 | 0x00ffffff);
        r.options = FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT;
        assert_int_equal(translated(&r).options, d << 24 | r.options);
        r.options = 0xff000020; /* the high byte is the disposition's */
        assert_int_equal(translated(&r).options, d << 24 | 0x20);
    }
    r = request_for(L"\\file");
    r.attributes = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_NORMAL;
    r.share = FILE_SHARE_DELETE;
    assert_int_equal(translated(&r).attributes, r.attributes);
    assert_int_equal(translated(&r).share, FILE_SHARE_DELETE);
    assert_false(translated(&r).case_sensitive);
}

/* Functions that say less: what they open the file with. */
static void other_functions(void **state)
{
    struct activity_request r = request_for(L"\\file");
    struct flt_create c;

    (void)state;
    r.function = ACTIVITY_OPEN_FILE;
    r.disposition = 0;
    r.share = SHARES;
    r.options = FILE_OPEN_REPARSE_POINT;
    c = translated(&r);
    assert_int_equal(c.options, FILE_OPEN << 24 | FILE_OPEN_REPARSE_POINT);
    assert_int_equal(c.share, SHARES);
    assert_int_equal(c.information, FILE_OPENED);

    r = (struct activity_request){.function = ACTIVITY_DELETE_FILE,
                                  .file = file_on(&c_drive, L"\\file")};
    c = translated(&r);
    assert_int_equal(c.desired_access, DELETE);
    assert_int_equal(c.options, FILE_OPEN << 24 | FILE_DELETE_ON_CLOSE);
    assert_int_equal(c.share, SHARES);
    assert_int_equal(c.attributes, 0);
    assert_int_equal(c.information, FILE_OPENED);

    r.function = ACTIVITY_QUERY_ATTRIBUTES;
    c = translated(&r);
    assert_int_equal(c.desired_access, FILE_READ_ATTRIBUTES);
    assert_int_equal(c.options, FILE_OPEN << 24 | FILE_OPEN_REPARSE_POINT);
    assert_int_equal(c.share, SHARES);
    assert_int_equal(c.information, FILE_OPENED);
}

static void results(void **state)
{
    struct activity_request r = request_for(L"\\file");
    struct flt_create c;

    (void)state;
    for (uint32_t information = FILE_SUPERSEDED; information <= FILE_OVERWRITTEN; information++) {
        r.information = information;
        assert_int_equal(translated(&r).information, information);
        assert_int_equal(translated(&r).status, STATUS_SUCCESS);
    }
    r.information = 4711; /* what was there before */
    r.status = (uint32_t)STATUS_SHARING_VIOLATION;
    c = translated(&r);
    assert_int_equal(c.status, STATUS_SHARING_VIOLATION);
    assert_int_equal(c.information, 0);
    assert_false(c.directory);
    assert_int_equal(c.file_id[0], 0);
}

static void identity(const char *name, uint64_t id[2])
{
    char path[2 * PATH_MAX];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", top, name);
    assert_int_equal(stat(path, &st), 0);
    id[0] = st.st_ino;
    id[1] = st.st_dev;
}

static void directories(void **state)
{
    static const struct {
        enum activity_function function;
        const wchar_t *name;
        uint32_t options, file_attributes;
        bool directory;
    } cases[] = {
        {ACTIVITY_CREATE_FILE, L"\\dir", 0, 0, true},
        {ACTIVITY_CREATE_FILE, L"\\DIR\\", 0, 0, true},
        {ACTIVITY_CREATE_FILE, L"\\file", 0, 0, false},
        {ACTIVITY_CREATE_FILE, L"\\", 0, 0, true},
        {ACTIVITY_CREATE_FILE, L"\\gone", 0, 0, false},
        {ACTIVITY_OPEN_FILE, L"\\Dir\\Sub", 0, 0, true},
        /* What was asked for counts: the file may be another one by now. */
        {ACTIVITY_CREATE_FILE, L"\\gone", FILE_DIRECTORY_FILE, 0, true},
        {ACTIVITY_OPEN_FILE, L"\\file", FILE_DIRECTORY_FILE, 0, true},
        {ACTIVITY_CREATE_FILE, L"\\dir", FILE_NON_DIRECTORY_FILE, 0, false},
        {ACTIVITY_QUERY_ATTRIBUTES, L"\\gone", 0, FILE_ATTRIBUTE_DIRECTORY, true},
        {ACTIVITY_QUERY_ATTRIBUTES, L"\\dir", 0, FILE_ATTRIBUTE_ARCHIVE, false},
        {ACTIVITY_DELETE_FILE, L"\\dir", 0, 0, true},
        {ACTIVITY_DELETE_FILE, L"\\dir", FILE_NON_DIRECTORY_FILE, 0, true}, /* was not asked */
    };
    uint64_t id[2];
    struct activity_request r;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        r = request_for(cases[i].name);
        r.function = cases[i].function;
        r.options = cases[i].options;
        r.file_attributes = cases[i].file_attributes;
        if (translated(&r).directory != cases[i].directory)
            fail_msg("case %zu", i);
        r.status = (uint32_t)STATUS_ACCESS_DENIED;
        assert_false(translated(&r).directory);
    }
    r = request_for(L"\\DIR\\sub\\Deep.TXT");
    identity("Dir/Sub/deep.txt", id);
    assert_memory_equal(translated(&r).file_id, id, sizeof(id));
    r = request_for(L"\\gone");
    assert_int_equal(translated(&r).file_id[0], 0);
}

static void separators_at_the_end(void **state)
{
    static const struct {
        const wchar_t *name;
        const char *opened, *normalized;
    } cases[] = {
        {L"\\dir\\", "\\dir\\", "\\dir"},
        {L"\\dir", "\\dir", "\\dir"},
        {L"\\", "\\", "\\"},
        {L"", "", ""},
        {L"\\a\\b\\", "\\a\\b\\", "\\a\\b"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct activity_request r = request_for(cases[i].name);
        struct flt_create c = translated(&r);

        assert_text(c.opened, cases[i].opened);
        assert_text(c.normalized, cases[i].normalized);
    }
}

/* ---- What a filter sees --------------------------------------------------------------------- */

static struct {
    unsigned count;
    ACCESS_MASK access;
    ULONG options;
    USHORT share, attributes;
    NTSTATUS status;
    ULONG_PTR information;
    UCHAR flags;
    BOOLEAN directory;
    HANDLE process;
    char device[64], dos[64], opened[512], normalized[512];
    FLT_FILESYSTEM_TYPE filesystem;
    DEVICE_TYPE type;
} seen;

static void copy_name(PFLT_CALLBACK_DATA data, FLT_FILE_NAME_OPTIONS format, char *to, size_t size)
{
    PFLT_FILE_NAME_INFORMATION name;

    /* There is no final name where a directory is missing. */
    if (!NT_SUCCESS(FltGetFileNameInformation(data, format | FLT_FILE_NAME_QUERY_DEFAULT, &name)))
        return;
    snprintf(to, size, "%s", narrow(&name->Name));
    FltReleaseFileNameInformation(name);
}

static void look(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    const FLT_PARAMETERS *p = &data->Iopb->Parameters;

    seen.count++;
    seen.access = p->Create.SecurityContext->DesiredAccess;
    seen.options = p->Create.Options;
    seen.share = p->Create.ShareAccess;
    seen.attributes = p->Create.FileAttributes;
    seen.status = data->IoStatus.Status;
    seen.information = data->IoStatus.Information;
    seen.flags = data->Iopb->OperationFlags;
    seen.process = PsGetCurrentProcessId();
    snprintf(seen.device, sizeof(seen.device), "%s", narrow(&objects->Volume->device_name));
    snprintf(seen.dos, sizeof(seen.dos), "%s", narrow(&objects->Volume->dos_name));
    seen.filesystem = objects->Volume->filesystem;
    seen.type = objects->Volume->device_type;
    copy_name(data, FLT_FILE_NAME_OPENED, seen.opened, sizeof(seen.opened));
    copy_name(data, FLT_FILE_NAME_NORMALIZED, seen.normalized, sizeof(seen.normalized));
    seen.directory = FALSE;
    if (NT_SUCCESS(seen.status))
        FltIsDirectory(objects->FileObject, objects->Instance, &seen.directory);
}

static void feed(const struct activity_request *r)
{
    struct activity a = {.kind = ACTIVITY_REQUEST,
                         .pid = PROCESS,
                         .tid = PROCESS + 1,
                         .start_ns = LINUX_MS,
                         .end_ns = LINUX_MS + 1000,
                         .request = r};

    memset(&seen, 0, sizeof(seen));
    notes[0] = '\0';
    assert_int_equal(translate_feed(&a), 0);
    assert_int_equal(seen.count, 1);
    assert_ptr_equal(seen.process, (HANDLE)(uintptr_t)PROCESS);
}

static const char *on(const char *device, const char *name)
{
    static char rooms[4][512];
    static unsigned next;
    char *room = rooms[next++ % 4];

    snprintf(room, sizeof(rooms[0]), "%s%s", device, name);
    return room;
}

static void filter_sees_request(void **state)
{
    struct activity_request r = request_for(L"\\Dir\\");

    (void)state;
    r.desired_access = GENERIC_READ | GENERIC_WRITE;
    r.disposition = FILE_OPEN_IF;
    r.options = FILE_SYNCHRONOUS_IO_NONALERT;
    r.share = FILE_SHARE_READ | FILE_SHARE_DELETE;
    r.attributes = FILE_ATTRIBUTE_HIDDEN;
    feed(&r);
    assert_int_equal(seen.access, READ | WRITE);
    assert_int_equal(seen.options, FILE_OPEN_IF << 24 | FILE_SYNCHRONOUS_IO_NONALERT);
    assert_int_equal(seen.share, r.share);
    assert_int_equal(seen.attributes, FILE_ATTRIBUTE_HIDDEN);
    assert_int_equal(seen.status, STATUS_SUCCESS);
    assert_int_equal(seen.information, FILE_OPENED);
    assert_int_equal(seen.flags & SL_CASE_SENSITIVE, 0);
    assert_true(seen.directory);
    assert_string_equal(seen.dos, "C:");
    assert_int_equal(strncmp(seen.device, "\\Device\\HarddiskVolume", 22), 0);
    assert_int_equal(seen.filesystem, FLT_FSTYPE_NTFS);
    assert_int_equal(seen.type, FILE_DEVICE_DISK_FILE_SYSTEM);
    assert_string_equal(seen.opened, on(seen.device, "\\Dir\\"));
    assert_string_equal(seen.normalized, on(seen.device, "\\Dir"));

    r = request_for(L"\\gone.txt");
    r.status = (uint32_t)STATUS_OBJECT_NAME_NOT_FOUND;
    feed(&r);
    assert_int_equal(seen.status, STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(seen.information, 0);
    assert_string_equal(seen.opened, on(seen.device, "\\gone.txt"));

    r = request_for(L"\\new");
    r.disposition = FILE_CREATE;
    r.information = FILE_CREATED;
    feed(&r);
    assert_int_equal(seen.information, FILE_CREATED);
    assert_false(seen.directory);

    /* The volume itself. */
    r = request_for(L"");
    r.status = (uint32_t)STATUS_ACCESS_DENIED;
    feed(&r);
    assert_string_equal(seen.opened, seen.device);
}

/* What is on no drive is on a Linux mount. */
static void filter_sees_linux_path(void **state)
{
    struct activity_request r = request_for(L"");

    (void)state;
    r.file = (struct activity_file){.path = "/nowhere/x"};
    r.status = (uint32_t)STATUS_OBJECT_PATH_NOT_FOUND;
    feed(&r);
    assert_string_equal(seen.device, "\\Device\\HarddiskVolume1");
    assert_string_equal(seen.dos, "/");
    assert_string_equal(seen.opened, "\\Device\\HarddiskVolume1\\nowhere\\x");
    assert_int_equal(seen.flags & SL_CASE_SENSITIVE, 0);
}

static void volume_of_name(const struct activity_volume *v, char device[64])
{
    struct activity_request r = request_for(L"");

    r.file = file_on(v, L"\\server\\share\\x");
    r.status = (uint32_t)STATUS_BAD_NETWORK_PATH;
    feed(&r);
    snprintf(device, 64, "%s", seen.device);
    assert_string_equal(seen.opened, on(device, "\\server\\share\\x"));
    assert_string_equal(seen.dos, v->name);
    assert_int_equal(seen.type,
                     v->network ? FILE_DEVICE_NETWORK_FILE_SYSTEM : FILE_DEVICE_DISK_FILE_SYSTEM);
    assert_int_equal(seen.filesystem, v->network ? FLT_FSTYPE_MUP : FLT_FSTYPE_NTFS);
}

static void drives_are_volumes(void **state)
{
    static const struct activity_volume volumes[] = {
        {.id = 1, .name = "C:", .directory = "/tmp"}, /* is known already */
        {.id = 2, .name = "D:", .directory = "/tmp"},
        {.id = 3, .name = "C:", .directory = "/usr"}, /* of a second prefix */
        {.id = 4, .name = "\\", .directory = "/tmp/unc", .network = true},
        {.id = 5, .name = "\\", .directory = "/usr/unc", .network = true},
        {.id = 6, .name = "\\", .directory = "/var/unc", .network = true},
    };
    char devices[6][64], again[64];

    (void)state;
    for (size_t i = 0; i < 6; i++)
        volume_of_name(&volumes[i], devices[i]);
    for (size_t i = 0; i < 6; i++) {
        volume_of_name(&volumes[5 - i], again);
        assert_string_equal(again, devices[5 - i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(devices[i], devices[k]);
        if (i < 3)
            assert_int_equal(strncmp(devices[i], "\\Device\\HarddiskVolume", 22), 0);
    }
    assert_string_equal(devices[3], "\\Device\\Mup");
    assert_string_equal(devices[4], "\\Device\\Mup2");
    assert_string_equal(devices[5], "\\Device\\Mup3");
}

/* ---- Programs ------------------------------------------------------------------------------- */

static void programs(void **state)
{
    static const wchar_t line[] = L"x.exe \"a b\"";
    struct activity_program program = {.image = file_on(&c_drive, L"\\Dir\\x.exe"),
                                       .command_line = (const uint16_t *)line,
                                       .command_line_units = string_units(line),
                                       .session = 3};
    struct activity a = {.kind = ACTIVITY_IMAGE,
                         .pid = PROCESS + 10,
                         .tid = PROCESS + 10,
                         .ppid = PROCESS,
                         .start_ns = LINUX_MS,
                         .program = &program};
    uint16_t *longest = calloc(40000, sizeof(*longest));
    PEPROCESS p;

    (void)state;
    assert_int_equal(translate_feed(&a), 0);
    p = nt_process_find(a.pid);
    assert_non_null(p);
    {
        const UNICODE_STRING *image = nt_process_image(p);

        assert_non_null(strstr(narrow(image), "\\Dir\\x.exe"));
        assert_int_equal(strncmp(narrow(image), "\\Device\\HarddiskVolume", 22), 0);
    }
    assert_int_equal(nt_process_parent(p), PROCESS);
    assert_int_equal(PsGetProcessSessionId(p), 3);

    /* Its second image: the one that started it stays its parent where no other is said. */
    a.ppid = 0;
    program.command_line = longest;
    program.command_line_units = 40000;
    assert_int_equal(translate_feed(&a), 0);
    assert_int_equal(nt_process_parent(nt_process_find(a.pid)), PROCESS);
    a.ppid = PROCESS + 1;
    assert_int_equal(translate_feed(&a), 0);
    assert_int_equal(nt_process_parent(nt_process_find(a.pid)), PROCESS + 1);
    free(longest);
    a = (struct activity){.kind = ACTIVITY_EXIT, .pid = a.pid, .start_ns = LINUX_MS};
    assert_int_equal(translate_feed(&a), 0);
    assert_null(nt_process_find(a.pid));
}

/* An open by Linux, of a name that nobody has read, and the same of one that has. */
static void unread_name(void **state)
{
    struct activity a = {.kind = ACTIVITY_OPEN,
                         .pid = PROCESS,
                         .tid = PROCESS,
                         .start_ns = LINUX_MS,
                         .end_ns = LINUX_MS,
                         .error = EFAULT,
                         .path = "",
                         .name_unread = true};

    (void)state;
    memset(&seen, 0, sizeof(seen));
    assert_int_equal(translate_feed(&a), 0);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.status, STATUS_ACCESS_VIOLATION);
    assert_string_equal(seen.opened, "");
    a.name_unread = false;
    a.path = "/f";
    assert_int_equal(translate_feed(&a), 0);
    assert_int_equal(seen.count, 2);
    assert_non_null(strstr(seen.opened, "\\f"));
}

/* Names that are too long with the volume's name before them: Windows refuses them itself. */
static void too_long(void **state)
{
    uint64_t refused = translate_refused();
    uint16_t *name = malloc(32767 * sizeof(*name));
    struct activity_request r = request_for(L"");
    struct activity a = {.kind = ACTIVITY_REQUEST,
                         .pid = PROCESS,
                         .tid = PROCESS,
                         .start_ns = LINUX_MS,
                         .end_ns = LINUX_MS,
                         .request = &r};

    (void)state;
    for (size_t i = 0; i < 32767; i++)
        name[i] = i % 200 == 0 ? '\\' : 'x';
    r.status = (uint32_t)STATUS_OBJECT_NAME_INVALID;
    r.file.name = name;
    memset(&seen, 0, sizeof(seen));
    r.file.units = 32767;
    assert_int_equal(translate_feed(&a), 0);
    assert_int_equal(translate_refused(), refused + 1);
    assert_int_equal(seen.count, 0);
    r.file.units = 32700;
    assert_int_equal(translate_feed(&a), 0);
    assert_int_equal(translate_refused(), refused + 1);
    assert_int_equal(seen.count, 1);
    free(name);
}

/* ---- Around them ---------------------------------------------------------------------------- */

static void make(const char *name, bool directory)
{
    char path[2 * PATH_MAX];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", top, name);
    if (directory) {
        assert_int_equal(mkdir(path, 0755), 0);
        return;
    }
    fd = open(path, O_WRONLY | O_CREAT, 0644);
    assert_true(fd >= 0);
    close(fd);
}

static int set_up(void **state)
{
    struct activity_program program = {.image = file_on(&c_drive, L"\\a.exe")};
    struct activity a = {.kind = ACTIVITY_IMAGE,
                         .pid = PROCESS,
                         .tid = PROCESS,
                         .ppid = 1,
                         .start_ns = LINUX_MS,
                         .program = &program};
    char made[] = "/tmp/test_translate_request.XXXXXX";

    fixture_setup(state);
    assert_non_null(mkdtemp(made));
    assert_non_null(realpath(made, top));
    make("Dir", true);
    make("Dir/Sub", true);
    make("Dir/Sub/deep.txt", false);
    make("file", false);
    c_drive.directory = top;
    translate_mounts_open();
    t = (struct test_filter){.name = "T", .in_post = look};
    filter_up(&t, "100");
    translate_feed(&a);
    return 0;
}

static int tear_down(void **state)
{
    char *arguments[] = {"rm", "-rf", top, NULL};
    struct activity a = {.kind = ACTIVITY_EXIT, .pid = PROCESS, .start_ns = LINUX_MS};
    char *report;
    pid_t pid;

    (void)state;
    translate_feed(&a);
    assert_int_equal(filter_down(&t, &report), 0);
    free(report);
    translate_mounts_close();
    pid = fork();
    if (pid == 0) {
        execv("/bin/rm", arguments);
        _exit(1);
    }
    waitpid(pid, NULL, 0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generic_rights),      cmocka_unit_test(dispositions_and_options),
        cmocka_unit_test(other_functions),     cmocka_unit_test(results),
        cmocka_unit_test(directories),         cmocka_unit_test(separators_at_the_end),
        cmocka_unit_test(filter_sees_request), cmocka_unit_test(filter_sees_linux_path),
        cmocka_unit_test(drives_are_volumes),  cmocka_unit_test(programs),
        cmocka_unit_test(unread_name),         cmocka_unit_test(too_long),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
