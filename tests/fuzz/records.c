/*
 * Records of the kernel side, of Linux and of Windows programs, with what programs decide in them
 * chosen freely; and bytes that are none. What comes of them goes through the translation.
 */
#include "fuzz.h"

#include "flt/flt.h"
#include "nt/nt.h"
#include "source/wine_private.h"
#include "translate/translate.h"

#include <sys/stat.h>

#define FIRST_PROCESS 5000001 /* above every id that Linux gives */
#define PROCESSES     5
#define NAME_ROOM     9000

static char top[4200]; /* two Wine prefixes are in it: p, q */
static struct source *source;

static void sink(void *context, const struct activity *a)
{
    (void)context;
    if (a->error < 0 || a->error > 4095)
        fuzz_wrong("an error that is none", "");
    if (a->kind != ACTIVITY_LOST)
        translate_feed(a);
}

static void make_directory(const char *name)
{
    char path[sizeof(top) + 64];

    snprintf(path, sizeof(path), "%s/%s", top, name);
    mkdir(path, 0755);
}

static void make_link(const char *name, const char *to)
{
    char path[sizeof(top) + 64];

    snprintf(path, sizeof(path), "%s/%s", top, name);
    if (symlink(to, path) != 0)
        perror(path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *temporary = getenv("TMPDIR");

    (void)argc;
    (void)argv;
    nt_init();
    nt_thread_attach();
    flt_init();
    translate_mounts_open();
    snprintf(top, sizeof(top), "%s/prefixes", temporary != NULL ? temporary : "/tmp");
    make_directory("");
    make_directory("p");
    make_directory("p/dosdevices");
    make_directory("p/drive_c");
    make_directory("p/drive_c/sub");
    make_directory("q");
    make_directory("q/dosdevices");
    make_link("p/dosdevices/c:", "../drive_c");
    make_link("p/dosdevices/z:", "/");
    make_link("q/dosdevices/c:", "/tmp");
    return 0;
}

/* In a block of its own size. */
static void take(struct probe_record r, const char *path, size_t path_size, const void *name,
                 size_t name_size)
{
    uint64_t to_header = (sizeof(to_header) + path_size + 7) & ~7ull;
    size_t size = to_header + sizeof(r) + name_size;
    char *data = malloc(size);

    memset(data, 'x', to_header);
    memcpy(data, &to_header, sizeof(to_header));
    r.path_size = path_size;
    r.name_size = name_size;
    memcpy(data + to_header - path_size, path, path_size);
    memcpy(data + to_header, &r, sizeof(r));
    memcpy(data + to_header + sizeof(r), name, name_size);
    bpf_take(source, data, size);
    free(data);
}

static struct probe_record some_header(void)
{
    uint8_t has = fuzz_take(1);
    struct probe_record r = {.kind = 1 + fuzz_take(1) % PROBE_EXECUTES, .start = 1000, .end = 2000};

    r.pid = FIRST_PROCESS + fuzz_take(1) % PROCESSES;
    r.tid = r.pid + fuzz_take(1) % 2;
    r.parent = FIRST_PROCESS + fuzz_take(1) % PROCESSES;
    r.marks = fuzz_take(3) & 0xfffff;
    r.image = fuzz_take(1) % 3;
    r.flags = r.kind == PROBE_PART ? fuzz_take(1) % 5 : fuzz_take(4);
    r.request = fuzz_take(1) % 8;
    r.resolve = fuzz_take(1) % 8;
    r.directory = fuzz_take(1) & 1 ? -100 : (int)fuzz_take(1);
    r.type = fuzz_take(1) & 1 ? S_IFREG : S_IFDIR;
    r.mount = fuzz_take(1);
    r.inode = fuzz_take(1);
    r.mount_namespace = 1;
    if ((has & 1) != 0)
        r.lost = fuzz_take(1) % 3;
    if ((has & 2) != 0)
        r.result = fuzz_take(1) % 4 ? (int)fuzz_take(1) - 128 : (int32_t)fuzz_take(4);
    if ((has & 4) != 0)
        r.mode = fuzz_take(2);
    if ((has & 8) != 0)
        r.mount_namespace = 1 + fuzz_take(1) % 3;
    if ((has & 16) != 0)
        fuzz_take_bytes(r.comm, sizeof(r.comm));
    return r;
}

/* Any bytes; with `ours` what the kernel side would not send is changed. */
static size_t some_path(struct probe_record *r, char *path, bool ours)
{
    size_t size = fuzz_take(1) % 4 ? fuzz_take(1) : fuzz_take(2) % PROBE_PATH_SIZE;

    if (fuzz_take(1) % 4 == 0)
        size = snprintf(path, PROBE_PATH_SIZE, "%s/p/drive_c/sub", top) + 1;
    else
        size = fuzz_take_bytes(path, size);
    r->root_size = fuzz_take(1) % 4 == 0 && size > 4 ? fuzz_take(1) % size : 0;
    r->within = fuzz_take(1) % 4 == 0 && size > 4 ? fuzz_take(1) % size : 0;
    for (size_t i = 0; ours && i < size; i++)
        if (path[i] == '\0' || i == 0 || i == r->root_size)
            path[i] = '/';
    if (ours && size > 0)
        path[size - 1] = '\0';
    if (ours && r->root_size > 0)
        path[r->root_size - 1] = '\0';
    return size;
}

static size_t add_wide(uint8_t *name, size_t at, const char *text)
{
    for (; *text != '\0'; text++) {
        name[at++] = *text;
        name[at++] = '\0';
    }
    return at;
}

static size_t some_name(const struct probe_record *r, uint8_t *name, bool ours)
{
    static const char *const begins[] = {"", "\\??\\C:\\", "\\??\\UNC\\a\\", "C:\\sub\\a.exe"};
    size_t size = 0, more = fuzz_take(1) % 4 ? fuzz_take(1) : fuzz_take(2) % 8000;
    uint8_t how = fuzz_take(1);

    if (r->kind == PROBE_REQUEST && ours) {
        struct probe_request q = {.function = fuzz_take(1) % 7, .root = fuzz_take(1) % 8};

        fuzz_take_bytes(&q.access, sizeof(q) - offsetof(struct probe_request, access));
        q.handle = fuzz_take(1) % 8;
        q.information = fuzz_take(1) % 6;
        memcpy(name, &q, sizeof(q));
        size = sizeof(q);
    } else if (r->kind == PROBE_PROGRAM && ours) {
        size = fuzz_take_bytes(name, sizeof(struct probe_program));
    }
    if (r->kind == PROBE_PART && r->flags == PROBE_STRING_ENVIRONMENT)
        size +=
            snprintf((char *)name + size, 4400, "WINEPREFIX=%s/%s", top, how & 4 ? "p" : "q") + 1;
    else if (r->kind >= PROBE_PROGRAM)
        size = add_wide(name, size, begins[how % 4]);
    if (more > NAME_ROOM - size)
        more = NAME_ROOM - size;
    size += fuzz_take_bytes(name + size, more);
    if (ours && size > 0 && r->kind < PROBE_PROGRAM)
        name[size - 1] = '\0';
    return size;
}

/* Bytes that are no record, or one whose sizes lie. */
static void take_bytes(void)
{
    size_t size = fuzz_take(2) % 2048;
    uint64_t *data = malloc(size + 8); /* aligned */

    size = fuzz_take_bytes(data, size);
    if (size >= 8)
        data[0] %= size + 8;
    bpf_take(source, (const char *)data, size);
    free(data);
}

static struct source *new_source(bool judged)
{
    struct source *s = calloc(1, sizeof(*s));

    s->sink = sink;
    s->root = FIRST_PROCESS;
    s->channel = -1;
    s->mount_namespace = 1;
    s->judged = judged;
    s->wine = calloc(1, sizeof(*s->wine));
    s->wine->handles = wine_handles_new();
    return s;
}

static void free_source(struct source *s)
{
    bpf_forget_held(s, 0);
    bpf_forget_requests(s, 0);
    for (pid_t pid = FIRST_PROCESS; pid < FIRST_PROCESS + PROCESSES + 1; pid++)
        bpf_forget_executed(s, pid, 0);
    bpf_processes_free(s);
    bpf_namespaces_free(s);
    wine_close(s);
    free(s->warning);
    free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[PROBE_PATH_SIZE + 8];
    static uint8_t name[NAME_ROOM + 5000];

    fuzz_data = data;
    fuzz_left = size;
    source = new_source(size & 1);
    while (fuzz_left > 0) {
        uint8_t what = fuzz_take(1);
        bool ours = what % 8 != 1;
        struct probe_record r;
        size_t path_size, name_size;

        if (what % 8 == 0) {
            take_bytes();
            continue;
        }
        r = some_header();
        path_size = what & 16 ? some_path(&r, path, ours) : 0;
        name_size = what & 32 ? some_name(&r, name, ours) : 0;
        take(r, path, path_size, name, name_size);
    }
    free_source(source);
    for (int i = 0; i < PROCESSES; i++)
        nt_process_exit(FIRST_PROCESS + i, 0, 0);
    return 0;
}
