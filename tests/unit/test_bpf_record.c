/* Records of the bpf source's kernel side: what is in them, and what must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "source/bpf_private.h"

#define ROOM 65536

/* A record that ends where a page begins that nobody may read. */
static struct {
    char *room; /* ROOM bytes before that page */
    char *data;
    size_t size;
    struct probe_record *r;
} made;

static int make_room(void **state)
{
    (void)state;
    made.room = mmap(NULL, ROOM + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return made.room == MAP_FAILED || mprotect(made.room + ROOM, 4096, PROT_NONE) < 0 ? -1 : 0;
}

/* `path` with its root before it, each with its NUL; the name likewise. */
static void make(const struct probe_record *header, const void *path, size_t path_size,
                 const void *name, size_t name_size)
{
    size_t before = (8 + path_size + 7) / 8 * 8;
    uint64_t to_header = before;

    made.size = before + sizeof(*header) + name_size;
    made.data = made.room + (ROOM - made.size) / 8 * 8;
    memcpy(made.data, &to_header, sizeof(to_header));
    memcpy(made.data + before - path_size, path, path_size);
    made.r = (struct probe_record *)(made.data + before);
    memcpy(made.r, header, sizeof(*header));
    made.r->path_size = path_size;
    made.r->name_size = name_size;
    memcpy(made.r + 1, name, name_size);
}

static void make_open(void)
{
    const struct probe_record header = {
        .kind = PROBE_OPEN, .pid = 1, .tid = 1, .root_size = 6, .within = 5};

    make(&header, "/root\0/point/file", 18, "name", 5);
}

static bool taken(struct bpf_taken *t)
{
    return bpf_take_apart(made.data, made.size, t);
}

static void records_are_taken_apart(void **state)
{
    struct bpf_taken t;

    (void)state;
    make_open();
    assert_true(taken(&t));
    assert_string_equal(t.path, "/point/file");
    assert_string_equal(t.path - t.r->root_size, "/root");
    assert_string_equal(t.name, "name");
    make(&(struct probe_record){.kind = PROBE_EXIT}, "", 0, "", 0);
    assert_true(taken(&t));
    assert_string_equal(t.path, "");
    assert_string_equal(t.name, "");
}

/* Each of these is refused, and nothing behind the record is looked at. */
static void malformed_records_are_refused(void **state)
{
    struct bpf_taken t;
    uint64_t far = 1 << 20, odd = 33;

    (void)state;
    for (size_t size = 0; make_open(), size < made.size; size++) {
        char *end = made.room + (ROOM - size) / 8 * 8; /* where a ring may have one */

        memmove(end, made.data, size);
        assert_false(bpf_take_apart(end, size, &t));
    }
    make_open();
    memcpy(made.data, &far, sizeof(far));
    assert_false(taken(&t));
    memcpy(made.data, &odd, sizeof(odd));
    assert_false(taken(&t));
    make_open();
    made.r->path_size = made.size;
    assert_false(taken(&t));
    make_open();
    made.r->name_size++;
    assert_false(taken(&t));
    make_open();
    ((char *)made.r)[-1] = 'x'; /* the path does not end */
    assert_false(taken(&t));
    make_open();
    made.r->root_size--; /* nor does the root */
    assert_false(taken(&t));
    make_open();
    made.r->root_size = made.r->path_size;
    assert_false(taken(&t));
    make_open();
    made.r->within = 13;
    assert_false(taken(&t));
    make_open();
    made.r->path_size = 0;
    assert_false(taken(&t));
    make_open();
    made.data[made.size - 1] = 'x'; /* the name */
    assert_false(taken(&t));
    make_open();
    memset(made.r->comm, 'x', sizeof(made.r->comm));
    assert_false(taken(&t));
}

/* What Windows programs ask is not ended by a NUL. */
static void bytes_need_no_end(void **state)
{
    static const uint32_t kinds[] = {PROBE_PART, PROBE_REQUEST, PROBE_PROGRAM};
    struct bpf_taken t;

    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        make(&(struct probe_record){.kind = kinds[i]}, "", 0, "bytes", 5);
        assert_true(taken(&t));
        assert_memory_equal(t.name, "bytes", 5);
    }
}

/* ---- What comes of them -------------------------------------------------------------------- */

static struct activity last;
static char last_path[256];
static unsigned delivered;

static void sink(void *context, const struct activity *a)
{
    (void)context;
    last = *a;
    snprintf(last_path, sizeof(last_path), "%s", a->path != NULL ? a->path : "");
    delivered++;
}

static struct source *new_source(void)
{
    struct source *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    s->sink = sink;
    s->root = 1; /* the process that the records are of */
    s->channel = -1;
    delivered = 0;
    return s;
}

static void free_source(struct source *s)
{
    bpf_forget_held(s, 0);
    bpf_forget_requests(s, 0);
    bpf_processes_free(s);
    bpf_namespaces_free(s);
    free(s);
}

/* A supervisor or a tracer can have a call return anything. */
static void results_can_be_anything(void **state)
{
    static const int32_t results[] = {-1, -ENOENT, -4095, -4096, INT_MIN, INT_MIN + 1};
    struct source *s = new_source();

    (void)state;
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
        const struct probe_record header = {
            .kind = PROBE_OPEN, .pid = 1, .tid = 1, .result = results[i]};

        make(&header, "/dir", 5, "name", 5);
        bpf_take(s, made.data, made.size);
        assert_int_equal(last.kind, ACTIVITY_OPEN);
        assert_int_equal(last.error, results[i] >= -4095 ? -results[i] : 4095);
        assert_string_equal(last_path, "/dir/name");
    }
    assert_int_equal(delivered, sizeof(results) / sizeof(results[0]));
    free_source(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_taken_apart),
        cmocka_unit_test(malformed_records_are_refused),
        cmocka_unit_test(bytes_need_no_end),
        cmocka_unit_test(results_can_be_anything),
    };

    return cmocka_run_group_tests(tests, make_room, NULL);
}
