/* Contexts: allocation, setting and getting, lifetimes. */
#include "flt_fixture.h"

static PFLT_VOLUME volume;
static struct test_filter t;

static VOID NTAPI cleanup(PFLT_CONTEXT context, FLT_CONTEXT_TYPE type)
{
    note("cleanup %x %c; ", type, *(char *)context);
}

static PVOID NTAPI own_allocate(POOL_TYPE pool, SIZE_T size, FLT_CONTEXT_TYPE type)
{
    (void)pool;
    note("allocate %x; ", type);
    return malloc(size);
}

static VOID NTAPI own_free(PVOID memory, FLT_CONTEXT_TYPE type)
{
    note("free %x; ", type);
    free(memory);
}

#define TAG 0x74736554

static const FLT_CONTEXT_REGISTRATION contexts[] = {
    {.ContextType = FLT_VOLUME_CONTEXT,
     .ContextCleanupCallback = cleanup,
     .Size = 8,
     .PoolTag = TAG},
    {.ContextType = FLT_INSTANCE_CONTEXT,
     .Flags = FLTFL_CONTEXT_REGISTRATION_NO_EXACT_SIZE_MATCH,
     .ContextCleanupCallback = cleanup,
     .Size = 64,
     .PoolTag = TAG},
    {.ContextType = FLT_STREAM_CONTEXT,
     .ContextCleanupCallback = cleanup,
     .Size = FLT_VARIABLE_SIZED_CONTEXTS,
     .PoolTag = TAG},
    {.ContextType = FLT_STREAMHANDLE_CONTEXT,
     .ContextCleanupCallback = cleanup,
     .Size = 8,
     .PoolTag = TAG},
    {.ContextType = FLT_FILE_CONTEXT,
     .ContextCleanupCallback = cleanup,
     .ContextAllocateCallback = own_allocate,
     .ContextFreeCallback = own_free},
    {.ContextType = FLT_CONTEXT_END},
};

static void up(struct test_filter *f, const char *altitude)
{
    FLT_REGISTRATION r = test_registration();

    r.ContextRegistration = contexts;
    filter_driver(f, altitude);
    assert_int_equal(filter_register(f, &r), STATUS_SUCCESS);
    assert_int_equal(filter_start(f), STATUS_SUCCESS);
    notes[0] = '\0';
}

static int one_filter(void **state)
{
    (void)state;
    t = (struct test_filter){.name = "T"};
    volume = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    up(&t, "100");
    return 0;
}

static int no_filter(void **state)
{
    (void)state;
    if (t.driver != NULL)
        filter_down(&t, NULL);
    flt_volume_dismount(volume);
    notes[0] = '\0';
    return 0;
}

static PFLT_CONTEXT make(struct test_filter *f, FLT_CONTEXT_TYPE type, char c)
{
    PFLT_CONTEXT p;

    assert_int_equal(FltAllocateContext(f->filter, type, 8, NonPagedPoolNx, &p), STATUS_SUCCESS);
    *(char *)p = c;
    return p;
}

/* ---- Allocation ----------------------------------------------------------------------------- */

static void sizes_and_types_are_checked(void **state)
{
    static const struct {
        FLT_CONTEXT_TYPE type;
        SIZE_T size;
        POOL_TYPE pool;
        NTSTATUS status;
    } cases[] = {
        {FLT_VOLUME_CONTEXT, 8, NonPagedPool, STATUS_SUCCESS},
        {FLT_VOLUME_CONTEXT, 8, PagedPool, STATUS_FLT_MUST_BE_NONPAGED_POOL},
        {FLT_VOLUME_CONTEXT, 9, NonPagedPool, STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND},
        {FLT_VOLUME_CONTEXT, 7, NonPagedPool, STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND},
        {FLT_INSTANCE_CONTEXT, 7, PagedPool, STATUS_SUCCESS},
        {FLT_INSTANCE_CONTEXT, 65, PagedPool, STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND},
        {FLT_STREAM_CONTEXT, 1, PagedPool, STATUS_SUCCESS},
        {FLT_STREAM_CONTEXT, 65535, PagedPool, STATUS_SUCCESS},
        {FLT_STREAM_CONTEXT, 65536, PagedPool, STATUS_INVALID_PARAMETER},
        {FLT_STREAM_CONTEXT, 0, PagedPool, STATUS_INVALID_PARAMETER},
        {FLT_TRANSACTION_CONTEXT, 8, PagedPool, STATUS_FLT_CONTEXT_ALLOCATION_NOT_FOUND},
        {FLT_STREAM_CONTEXT | FLT_FILE_CONTEXT, 8, PagedPool, STATUS_INVALID_PARAMETER},
        {0, 8, PagedPool, STATUS_INVALID_PARAMETER},
        {0x80, 8, PagedPool, STATUS_INVALID_PARAMETER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        PFLT_CONTEXT p;
        NTSTATUS status =
            FltAllocateContext(t.filter, cases[i].type, cases[i].size, cases[i].pool, &p);

        assert_int_equal(status, cases[i].status);
        if (NT_SUCCESS(status)) {
            assert_int_equal((uintptr_t)p % 16, 0);
            memset(p, 'x', cases[i].size);
            FltReleaseContext(p);
        } else {
            assert_null(p);
        }
    }
}

static void the_last_release_cleans_up(void **state)
{
    PFLT_CONTEXT p = make(&t, FLT_STREAM_CONTEXT, 's');

    (void)state;
    FltReferenceContext(p);
    FltReleaseContext(p);
    assert_notes("");
    FltReleaseContext(p);
    assert_notes("cleanup 8 s; ");
    p = make(&t, FLT_FILE_CONTEXT, 'f');
    assert_notes("allocate 4; ");
    FltReleaseContext(p);
    assert_notes("cleanup 4 f; free 4; ");
}

/* ---- Setting -------------------------------------------------------------------------------- */

static void keep_replace_and_delete(void **state)
{
    PFLT_CONTEXT a = make(&t, FLT_VOLUME_CONTEXT, 'a'), b = make(&t, FLT_VOLUME_CONTEXT, 'b');
    PFLT_CONTEXT old, got, s = make(&t, FLT_STREAM_CONTEXT, 's');

    (void)state;
    assert_int_equal(FltGetVolumeContext(t.filter, volume, &got), STATUS_NOT_FOUND);
    assert_null(got);
    assert_int_equal(FltSetVolumeContext(volume, FLT_SET_CONTEXT_KEEP_IF_EXISTS, s, NULL),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(FltSetVolumeContext(volume, 7, a, NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(FltSetVolumeContext(volume, FLT_SET_CONTEXT_KEEP_IF_EXISTS, a, &old),
                     STATUS_SUCCESS);
    assert_null(old);
    assert_int_equal(FltSetVolumeContext(volume, FLT_SET_CONTEXT_REPLACE_IF_EXISTS, a, NULL),
                     STATUS_FLT_CONTEXT_ALREADY_LINKED);
    assert_int_equal(FltSetVolumeContext(volume, FLT_SET_CONTEXT_KEEP_IF_EXISTS, b, &old),
                     STATUS_FLT_CONTEXT_ALREADY_DEFINED);
    assert_ptr_equal(old, a);
    FltReleaseContext(old);
    assert_int_equal(FltSetVolumeContext(volume, FLT_SET_CONTEXT_REPLACE_IF_EXISTS, b, &old),
                     STATUS_SUCCESS);
    assert_ptr_equal(old, a);
    FltReleaseContext(old); /* what the volume had */
    assert_notes("");
    FltReleaseContext(a);
    assert_notes("cleanup 1 a; ");
    assert_int_equal(FltGetVolumeContext(t.filter, volume, &got), STATUS_SUCCESS);
    assert_ptr_equal(got, b);
    FltDeleteContext(got);
    assert_int_equal(FltDeleteVolumeContext(t.filter, volume, NULL), STATUS_NOT_FOUND);
    FltReleaseContext(got);
    FltReleaseContext(b);
    assert_notes("cleanup 1 b; ");
    FltReleaseContext(s);
    notes[0] = '\0';
}

static void a_dismount_removes_contexts(void **state)
{
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume2", L"/2");
    PFLT_CONTEXT c = make(&t, FLT_VOLUME_CONTEXT, 'v'), i = make(&t, FLT_INSTANCE_CONTEXT, 'i');
    PFLT_INSTANCE instance;

    (void)state;
    assert_int_equal(FltGetTopInstance(v, &instance), STATUS_SUCCESS);
    assert_int_equal(FltSetVolumeContext(v, FLT_SET_CONTEXT_KEEP_IF_EXISTS, c, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(FltSetInstanceContext(instance, FLT_SET_CONTEXT_KEEP_IF_EXISTS, i, NULL),
                     STATUS_SUCCESS);
    FltObjectDereference(instance);
    FltReleaseContext(c);
    FltReleaseContext(i);
    notes[0] = '\0';
    flt_volume_dismount(v);
    assert_notes("start T 8; complete T 8; cleanup 2 i; cleanup 1 v; ");
}

/* ---- Files ---------------------------------------------------------------------------------- */

static void set_all(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS o)
{
    PFLT_CONTEXT s = make(&t, FLT_STREAM_CONTEXT, 's'), h = make(&t, FLT_STREAMHANDLE_CONTEXT, 'h');
    PFLT_CONTEXT f = make(&t, FLT_FILE_CONTEXT, 'f');

    (void)data;
    assert_true(FltSupportsStreamContexts(o->FileObject));
    assert_true(FltSupportsFileContexts(o->FileObject));
    assert_int_equal(
        FltSetStreamContext(o->Instance, o->FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS, s, NULL),
        STATUS_SUCCESS);
    assert_int_equal(FltSetStreamHandleContext(o->Instance, o->FileObject,
                                               FLT_SET_CONTEXT_KEEP_IF_EXISTS, h, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(
        FltSetFileContext(o->Instance, o->FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS, f, NULL),
        STATUS_SUCCESS);
    FltReleaseContext(s);
    FltReleaseContext(h);
    FltReleaseContext(f);
}

static void find_all(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS o)
{
    FLT_RELATED_CONTEXTS c;

    (void)data;
    FltGetContexts(o, FLT_ALL_CONTEXTS, &c);
    note("found%s%s%s%s%s; ", c.VolumeContext ? " volume" : "",
         c.InstanceContext ? " instance" : "", c.FileContext ? " file" : "",
         c.StreamContext ? " stream" : "", c.StreamHandleContext ? " handle" : "");
    FltReleaseContexts(&c);
    assert_null(c.StreamContext);
}

static void not_yet(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS o)
{
    PFLT_CONTEXT s = make(&t, FLT_STREAM_CONTEXT, 's'), got;

    (void)data;
    assert_false(FltSupportsStreamContexts(o->FileObject));
    assert_int_equal(
        FltSetStreamContext(o->Instance, o->FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS, s, NULL),
        STATUS_NOT_SUPPORTED);
    assert_int_equal(FltGetStreamContext(o->Instance, o->FileObject, &got), STATUS_NOT_SUPPORTED);
    FltReleaseContext(s);
}

static void create_with(void (*pre)(PFLT_CALLBACK_DATA, PCFLT_RELATED_OBJECTS),
                        void (*post)(PFLT_CALLBACK_DATA, PCFLT_RELATED_OBJECTS), uint64_t ino,
                        ULONG_PTR information)
{
    struct flt_create c = a_create(volume, L"\\f");

    t.in_pre = pre;
    t.in_post = post;
    c.file_id[0] = ino;
    c.file_id[1] = 1;
    c.information = information;
    flt_dispatch_create(&c);
}

static void handle_contexts_go_and_stream_contexts_stay(void **state)
{
    (void)state;
    create_with(not_yet, set_all, 5, FILE_OPENED);
    assert_notes("pre T; cleanup 8 s; post T 0; allocate 4; cleanup 10 h; ");
    create_with(NULL, find_all, 5, FILE_OPENED);
    assert_notes("pre T; post T 0; found file stream; ");
    create_with(NULL, find_all, 6, FILE_OPENED);
    assert_notes("pre T; post T 0; found; ");
    filter_down(&t, NULL);
    t.driver = NULL;
    assert_notes("unload T 0; start T 2; complete T 2; cleanup 4 f; free 4; cleanup 8 s; ");
}

static void a_created_file_is_a_new_one(void **state)
{
    (void)state;
    create_with(NULL, set_all, 5, FILE_OPENED);
    notes[0] = '\0';
    create_with(NULL, find_all, 5, FILE_CREATED);
    assert_notes("pre T; cleanup 4 f; free 4; cleanup 8 s; post T 0; found; ");
}

static void unknown_files_are_all_different(void **state)
{
    struct flt_create c = a_create(volume, L"\\f");

    (void)state;
    c.file_id[0] = c.file_id[1] = 0;
    t.in_post = set_all;
    flt_dispatch_create(&c);
    assert_notes("pre T; post T 0; allocate 4; cleanup 10 h; cleanup 4 f; free 4; cleanup 8 s; ");
}

static void set_stream(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS o)
{
    PFLT_CONTEXT s;

    (void)data;
    assert_int_equal(FltAllocateContext(o->Filter, FLT_STREAM_CONTEXT, 8, NonPagedPoolNx, &s),
                     STATUS_SUCCESS);
    *(char *)s = 's';
    FltSetStreamContext(o->Instance, o->FileObject, FLT_SET_CONTEXT_KEEP_IF_EXISTS, s, NULL);
    FltReleaseContext(s);
}

static void the_number_of_files_kept_is_bounded(void **state)
{
    unsigned kept;

    (void)state;
    for (uint64_t ino = 1; ino <= 100000; ino++) {
        create_with(NULL, set_stream, ino, FILE_OPENED);
        notes[0] = '\0';
    }
    kept = atomic_load(&t.filter->context_count);
    assert_in_range(kept, 16384, 65536);
    create_with(NULL, find_all, 100000, FILE_OPENED);
    assert_notes("pre T; post T 0; found stream; ");
    create_with(NULL, find_all, 1, FILE_OPENED);
    assert_notes("pre T; post T 0; found; cleanup 8 s; "); /* one in, one out */
}

static void each_filter_has_its_own(void **state)
{
    struct test_filter other = {.name = "O", .in_post = find_all};

    (void)state;
    up(&other, "200");
    create_with(NULL, set_all, 5, FILE_OPENED);
    assert_notes("pre O; pre T; post T 0; allocate 4; post O 0; found; cleanup 10 h; ");
    filter_down(&other, NULL);
    notes[0] = '\0';
}

static void contexts_left_behind_are_reported(void **state)
{
    struct test_filter l = {.name = "L"};
    char *report;

    (void)state;
    up(&l, "200");
    make(&l, FLT_STREAM_CONTEXT, 'l');
    assert_int_equal(filter_down(&l, &report), 1);
    assert_non_null(strstr(report, "L: 1 context left behind"));
    free(report);
    notes[0] = '\0';
}

/* ---- Misuse --------------------------------------------------------------------------------- */

static void release_twice(void)
{
    PFLT_CONTEXT p = make(&t, FLT_VOLUME_CONTEXT, 'v');

    FltSetVolumeContext(volume, FLT_SET_CONTEXT_KEEP_IF_EXISTS, p, NULL);
    FltReleaseContext(p);
    FltReleaseContext(p);
    FltReleaseContext(p);
}

static void write_before(void)
{
    uint64_t *p = make(&t, FLT_VOLUME_CONTEXT, 'v');

    p[-1] = 0;
    FltReleaseContext(p);
}

static void misuse_is_a_bug_check(void **state)
{
    (void)state;
    assert_bug_check(release_twice);
    assert_bug_check(write_before);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, one_filter, no_filter)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sizes_and_types_are_checked),
        TEST(the_last_release_cleans_up),
        TEST(keep_replace_and_delete),
        TEST(a_dismount_removes_contexts),
        TEST(handle_contexts_go_and_stream_contexts_stay),
        TEST(a_created_file_is_a_new_one),
        TEST(unknown_files_are_all_different),
        TEST(the_number_of_files_kept_is_bounded),
        TEST(each_filter_has_its_own),
        TEST(contexts_left_behind_are_reported),
        TEST(misuse_is_a_bug_check),
    };

    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
