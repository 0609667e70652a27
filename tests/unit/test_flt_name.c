/* File names: formats, queries, parsing, references. */
#include "flt_fixture.h"
#include "nt/undeclared.h"

#define NORMALIZED (FLT_FILE_NAME_NORMALIZED | FLT_FILE_NAME_QUERY_DEFAULT)
#define OPENED     (FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_DEFAULT)
#define SHORT_NAME (FLT_FILE_NAME_SHORT | FLT_FILE_NAME_QUERY_DEFAULT)

static PFLT_VOLUME volume;
static struct test_filter t;

static int one_filter(void **state)
{
    (void)state;
    t = (struct test_filter){.name = "T"};
    volume = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    filter_up(&t, "100");
    notes[0] = '\0';
    return 0;
}

static int no_filter(void **state)
{
    (void)state;
    filter_down(&t, NULL);
    flt_volume_dismount(volume);
    notes[0] = '\0';
    return 0;
}

/* ---- Parsing -------------------------------------------------------------------------------- */

static void names_are_parsed(void **state)
{
    static const struct {
        const wchar_t *name;
        const char *volume, *share;
        const char *parent, *final, *extension, *stream;
    } cases[] = {
        /* The documentation's examples. */
        {L"\\Device\\LanManRedirector\\MyServer\\MyShare\\Documents and Settings\\MyUser\\My "
         L"Documents\\Test Results.txt:stream1",
         "\\Device\\LanManRedirector", "\\MyServer\\MyShare",
         "\\Documents and Settings\\MyUser\\My Documents\\", "Test Results.txt:stream1", "txt",
         ":stream1"},
        {L"\\Device\\HarddiskVolume1\\Docume~1\\MyUser\\My Documents\\TestRe~1.txt:stream1:$DATA",
         "\\Device\\HarddiskVolume1", "", "\\Docume~1\\MyUser\\My Documents\\",
         "TestRe~1.txt:stream1:$DATA", "txt", ":stream1:$DATA"},
        {L"TestRe~1.txt", "", "", "", "TestRe~1.txt", "txt", ""},
        /* And what is at the edges. */
        {L"\\Device\\HarddiskVolume1\\file", "\\Device\\HarddiskVolume1", "", "\\", "file", "", ""},
        {L"\\Device\\HarddiskVolume1\\", "\\Device\\HarddiskVolume1", "", "\\", "", "", ""},
        {L"\\Device\\HarddiskVolume1", "\\Device\\HarddiskVolume1", "", "", "", "", ""},
        {L"\\Device\\HarddiskVolume1\\a.b\\c", "\\Device\\HarddiskVolume1", "", "\\a.b\\", "c", "",
         ""},
        {L"\\Device\\HarddiskVolume1\\d\\a.tar.gz", "\\Device\\HarddiskVolume1", "", "\\d\\",
         "a.tar.gz", "gz", ""},
        {L"\\Device\\HarddiskVolume1\\.bashrc", "\\Device\\HarddiskVolume1", "", "\\", ".bashrc",
         "bashrc", ""},
        {L"\\Device\\HarddiskVolume1\\end.", "\\Device\\HarddiskVolume1", "", "\\", "end.", "", ""},
        {L"\\Device\\HarddiskVolume1\\dir\\", "\\Device\\HarddiskVolume1", "", "\\dir\\", "", "",
         ""},
        {L"\\Device\\HarddiskVolume1\\f:s.x", "\\Device\\HarddiskVolume1", "", "\\", "f:s.x", "",
         ":s.x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        FLT_FILE_NAME_INFORMATION n = {.Size = sizeof(n), .Name = u(cases[i].name)};
        UNICODE_STRING extension, stream, final;

        n.Volume = n.Share = n.Name;
        n.Volume.Length = (USHORT)(2 * strlen(cases[i].volume));
        n.Share.Buffer += strlen(cases[i].volume);
        n.Share.Length = (USHORT)(2 * strlen(cases[i].share));
        assert_int_equal(FltParseFileNameInformation(&n), STATUS_SUCCESS);
        assert_int_equal(n.NamesParsed, 0xf);
        assert_text(n.ParentDir, cases[i].parent);
        assert_text(n.FinalComponent, cases[i].final);
        assert_text(n.Extension, cases[i].extension);
        assert_text(n.Stream, cases[i].stream);
        if (strlen(cases[i].final) == 0)
            continue;
        assert_int_equal(FltParseFileName(&n.Name, &extension, &stream, &final), STATUS_SUCCESS);
        assert_text(extension, cases[i].extension);
        assert_text(stream, cases[i].stream);
        assert_text(final, cases[i].final);
        if (extension.Length == 0)
            assert_null(extension.Buffer);
    }
    assert_int_equal(FltParseFileName(NULL, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
}

/* ---- Queries -------------------------------------------------------------------------------- */

static void query(PFLT_CALLBACK_DATA data, FLT_FILE_NAME_OPTIONS options)
{
    PFLT_FILE_NAME_INFORMATION n = (void *)1;
    NTSTATUS status = FltGetFileNameInformation(data, options, &n);

    if (!NT_SUCCESS(status)) {
        assert_null(n);
        note("%x; ", status);
        return;
    }
    assert_int_equal(n->Size, sizeof(*n));
    assert_int_equal(n->Format, options & 0xff);
    assert_text(n->Volume, "\\Device\\HarddiskVolume1");
    note("%s; ", narrow(&n->Name));
    FltReleaseFileNameInformation(n);
}

static void query_all(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)objects;
    query(data, OPENED);
    query(data, NORMALIZED);
    query(data, SHORT_NAME);
}

static void both_formats_before_and_after(void **state)
{
    struct flt_create c = a_create(volume, L"\\link");

    (void)state;
    c.normalized = u(L"\\real");
    t.in_pre = t.in_post = query_all;
    flt_dispatch_create(&c);
    assert_notes("pre T; \\Device\\HarddiskVolume1\\link; \\Device\\HarddiskVolume1\\real; "
                 "c01c0005; post T 0; \\Device\\HarddiskVolume1\\link; "
                 "\\Device\\HarddiskVolume1\\real; c0000034; ");
}

static void a_failed_create_has_the_name_asked_for(void **state)
{
    struct flt_create c = a_create(volume, L"\\link");

    (void)state;
    c.normalized = (UNICODE_STRING){0};
    c.status = STATUS_ACCESS_DENIED;
    t.in_pre = t.in_post = query_all;
    flt_dispatch_create(&c);
    assert_notes("pre T; \\Device\\HarddiskVolume1\\link; \\Device\\HarddiskVolume1\\link; "
                 "c01c0005; post T c0000022; \\Device\\HarddiskVolume1\\link; "
                 "\\Device\\HarddiskVolume1\\link; c0000034; ");
    /* Without its directory a name cannot be normalized. */
    c.status = STATUS_OBJECT_PATH_NOT_FOUND;
    flt_dispatch_create(&c);
    assert_notes("pre T; \\Device\\HarddiskVolume1\\link; c000003a; c01c0005; post T c000003a; "
                 "\\Device\\HarddiskVolume1\\link; c000003a; c0000034; ");
}

static void query_of_unnamed(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    PFLT_FILE_NAME_INFORMATION n = (void *)1;

    query_all(data, objects);
    assert_int_equal(
        FltGetFileNameInformationUnsafe(objects->FileObject, objects->Instance, OPENED, &n),
        STATUS_FLT_INVALID_NAME_REQUEST);
    assert_null(n);
    assert_text(objects->FileObject->FileName, "\\");
}

/* It is a create as others are, but nobody knows of what. */
static void an_unnamed_create_has_no_name(void **state)
{
    struct flt_create c = a_create(volume, L"\\");

    (void)state;
    c.unnamed = true;
    c.status = STATUS_ACCESS_VIOLATION;
    t.in_pre = t.in_post = query_of_unnamed;
    flt_dispatch_create(&c);
    assert_notes("pre T; c01c0005; c01c0005; c01c0005; "
                 "post T c0000005; c01c0005; c01c0005; c01c0005; ");
    c.status = STATUS_SUCCESS;
    flt_dispatch_create(&c);
    assert_notes("pre T; c01c0005; c01c0005; c01c0005; post T 0; c01c0005; c01c0005; c01c0005; ");
    /* The file object is used again. */
    t.in_pre = t.in_post = NULL;
    dispatch(volume, L"\\f");
    c = a_create(volume, L"\\f");
    t.in_post = query_all;
    flt_dispatch_create(&c);
    assert_notes("pre T; post T 0; pre T; post T 0; \\Device\\HarddiskVolume1\\f; "
                 "\\Device\\HarddiskVolume1\\f; c0000034; ");
}

static void query_reparse(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)objects;
    query(data, OPENED);
    query(data, OPENED | FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE);
}

static void a_reparse_has_no_name_unless_asked_so(void **state)
{
    struct flt_create c = a_create(volume, L"\\f");

    (void)state;
    c.status = STATUS_REPARSE;
    t.in_post = query_reparse;
    flt_dispatch_create(&c);
    assert_notes("pre T; post T 104; c01c0005; \\Device\\HarddiskVolume1\\f; ");
}

static void query_cache(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    PFLT_FILE_NAME_INFORMATION x, y;

    (void)objects;
    query(data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_CACHE_ONLY);
    query(data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY);
    query(data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_CACHE_ONLY);
    query(data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP);
    query(data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_CACHE_ONLY);
    assert_int_equal(FltGetFileNameInformation(data, OPENED, &x), STATUS_SUCCESS);
    assert_int_equal(FltGetFileNameInformation(data, OPENED, &y), STATUS_SUCCESS);
    assert_ptr_equal(x, y);
    FltReleaseFileNameInformation(x);
    FltReleaseFileNameInformation(y);
}

static void query_methods_are_followed(void **state)
{
    (void)state;
    t.in_pre = query_cache;
    dispatch(volume, L"\\f");
    assert_notes("pre T; c01c0018; \\Device\\HarddiskVolume1\\f; c01c0018; "
                 "\\Device\\HarddiskVolume1\\f; \\Device\\HarddiskVolume1\\f; post T 0; ");
}

static void query_wrongly(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    PFLT_FILE_NAME_INFORMATION n;
    KIRQL irql;

    (void)objects;
    query(data, FLT_FILE_NAME_OPENED | 0x0500);
    query(data, FLT_FILE_NAME_QUERY_DEFAULT);
    query(data, 7 | FLT_FILE_NAME_QUERY_DEFAULT);
    assert_int_equal(FltGetFileNameInformation(data, OPENED, NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(FltGetFileNameInformation(NULL, OPENED, &n), STATUS_INVALID_PARAMETER);
    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    query(data, OPENED);
    KeLowerIrql(irql);
}

static void wrong_questions_are_refused(void **state)
{
    (void)state;
    t.in_pre = query_wrongly;
    dispatch(volume, L"\\f");
    assert_notes("pre T; c000000d; c000000d; c000000d; c01c0005; post T 0; ");
}

static void query_by_format(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)objects;
    query(data, FLT_FILE_NAME_NORMALIZED);
    query(data, FLT_FILE_NAME_OPENED);
    /* It is the default method, which fills the cache. */
    query(data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_CACHE_ONLY);
}

static void a_format_alone_is_the_default_query(void **state)
{
    struct flt_create c = a_create(volume, L"\\link");

    (void)state;
    c.normalized = u(L"\\real");
    t.in_pre = query_by_format;
    flt_dispatch_create(&c);
    assert_notes("pre T; \\Device\\HarddiskVolume1\\real; \\Device\\HarddiskVolume1\\link; "
                 "\\Device\\HarddiskVolume1\\link; post T 0; ");
}

static void query_all_methods(PFLT_CALLBACK_DATA data)
{
    query(data, FLT_FILE_NAME_OPENED);
    query(data, OPENED);
    query(data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY);
    query(data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_CACHE_ONLY);
    query(data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP);
}

static void query_where_it_is_not_safe(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    KIRQL irql;
    IRP irp;

    (void)objects;
    KeEnterGuardedRegion();
    note("guarded: ");
    query_all_methods(data);
    KeLeaveGuardedRegion();
    KeRaiseIrql(APC_LEVEL, &irql);
    note("APC_LEVEL: ");
    query_all_methods(data);
    KeLowerIrql(irql);
    IoSetTopLevelIrp(&irp);
    note("top: ");
    query_all_methods(data);
    IoSetTopLevelIrp(NULL);
    KeEnterCriticalRegion();
    note("critical: ");
    query(data, OPENED);
    KeLeaveCriticalRegion();
    /* Now it is in the cache. */
    KeEnterGuardedRegion();
    note("guarded: ");
    query_all_methods(data);
    KeLeaveGuardedRegion();
}

static void names_are_refused_where_asking_is_not_safe(void **state)
{
    (void)state;
    t.in_pre = query_where_it_is_not_safe;
    dispatch(volume, L"\\f");
    assert_notes("pre T; guarded: c01c0005; c01c0005; c01c0005; c01c0018; c01c0018; "
                 "APC_LEVEL: c01c0005; c01c0005; c01c0005; c01c0018; c01c0018; "
                 "top: c01c0005; c01c0005; c01c0005; c01c0018; c01c0018; "
                 "critical: \\Device\\HarddiskVolume1\\f; "
                 "guarded: c01c0005; c01c0005; c01c0005; \\Device\\HarddiskVolume1\\f; "
                 "\\Device\\HarddiskVolume1\\f; post T 0; ");
}

static PFILE_OBJECT kept;

static void query_unsafe(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    PFLT_FILE_NAME_INFORMATION n;
    NTSTATUS status;

    status =
        FltGetFileNameInformationUnsafe(objects->FileObject, objects->Instance, NORMALIZED, &n);
    if (!(data->Flags & FLTFL_CALLBACK_DATA_POST_OPERATION)) {
        assert_int_equal(status, STATUS_FLT_INVALID_NAME_REQUEST);
        return;
    }
    assert_int_equal(status, STATUS_SUCCESS);
    assert_text(n->Name, "\\Device\\HarddiskVolume1\\real");
    FltReleaseFileNameInformation(n);
    kept = objects->FileObject;
    ObReferenceObject(kept);
}

static void open_files_have_names_outside_operations(void **state)
{
    struct flt_create c = a_create(volume, L"\\link");
    PFLT_FILE_NAME_INFORMATION n;

    (void)state;
    c.normalized = u(L"\\real");
    t.in_pre = t.in_post = query_unsafe;
    flt_dispatch_create(&c);
    assert_int_equal(FltGetFileNameInformationUnsafe(kept, NULL, OPENED, &n), STATUS_SUCCESS);
    assert_text(n->Name, "\\Device\\HarddiskVolume1\\link");
    FltReleaseFileNameInformation(n);
    ObDereferenceObject(kept);
}

static void query_unsafe_guarded(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    PFLT_FILE_NAME_INFORMATION n;

    (void)data;
    KeEnterGuardedRegion();
    /* What asks the cache only is safe. */
    if (FltGetFileNameInformationUnsafe(objects->FileObject, NULL,
                                        FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_CACHE_ONLY,
                                        &n) != STATUS_FLT_NAME_CACHE_MISS)
        _exit(1);
    FltGetFileNameInformationUnsafe(objects->FileObject, NULL, OPENED, &n);
}

static void ask_guarded(void)
{
    t.in_post = query_unsafe_guarded;
    dispatch(volume, L"\\f");
}

static void the_unsafe_function_protects_nobody(void **state)
{
    (void)state;
    assert_bug_check(ask_guarded);
}

static void query_tunnel(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    PFLT_FILE_NAME_INFORMATION n, tunneled = (void *)1;

    (void)objects;
    assert_int_equal(FltGetFileNameInformation(data, NORMALIZED, &n), STATUS_SUCCESS);
    assert_int_equal(FltGetTunneledName(data, n, &tunneled), STATUS_SUCCESS);
    assert_null(tunneled);
    FltReleaseFileNameInformation(n);
}

static void nothing_is_tunneled(void **state)
{
    (void)state;
    t.in_post = query_tunnel;
    dispatch(volume, L"\\f");
}

static void shares_are_part_of_redirectors_names(void **state)
{
    struct flt_volume_info info = {.device_name = u(L"\\Device\\Mup"),
                                   .dos_name = u(L"/net"),
                                   .device_type = FILE_DEVICE_NETWORK_FILE_SYSTEM};
    PFLT_VOLUME net = flt_volume_mount(&info);
    struct operation op = {.volume = net};
    UNICODE_STRING path = u(L"\\server\\share\\dir\\f.c");
    struct flt_create c = {.opened = path};
    struct node node = {.filter = t.filter};
    PFLT_FILE_NAME_INFORMATION n;

    (void)state;
    op.create = &c;
    op.nodes = &node;
    op.magic = OPERATION_MAGIC;
    assert_int_equal(FltGetFileNameInformation(&op.data, OPENED, &n), STATUS_SUCCESS);
    assert_int_equal(FltParseFileNameInformation(n), STATUS_SUCCESS);
    assert_text(n->Volume, "\\Device\\Mup");
    assert_text(n->Share, "\\server\\share");
    assert_text(n->ParentDir, "\\dir\\");
    assert_text(n->Extension, "c");
    FltReleaseFileNameInformation(n);
    names_forget(&op);
    flt_volume_dismount(net);
}

/* ---- References ----------------------------------------------------------------------------- */

static PFLT_FILE_NAME_INFORMATION held;

static void hold(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)objects;
    assert_int_equal(FltGetFileNameInformation(data, OPENED, &held), STATUS_SUCCESS);
}

static void a_name_outlives_its_operation(void **state)
{
    (void)state;
    t.in_pre = hold;
    dispatch(volume, L"\\held");
    t.in_pre = NULL;
    dispatch(volume, L"\\other");
    FltReferenceFileNameInformation(held);
    FltReleaseFileNameInformation(held);
    assert_text(held->Name, "\\Device\\HarddiskVolume1\\held");
    FltReleaseFileNameInformation(held);
}

static void names_left_behind_are_reported(void **state)
{
    struct test_filter l = {.name = "L", .in_pre = hold};
    char *report;

    (void)state;
    filter_up(&l, "200");
    dispatch(volume, L"\\f");
    dispatch(volume, L"\\f");
    assert_int_equal(filter_down(&l, &report), 1);
    assert_non_null(strstr(report, "L: 2 file name references left behind"));
    free(report);
}

static void release_twice(void)
{
    t.in_pre = hold;
    dispatch(volume, L"\\f");
    FltReleaseFileNameInformation(held);
    FltReleaseFileNameInformation(held);
}

static void a_release_too_many_is_a_bug_check(void **state)
{
    (void)state;
    assert_bug_check(release_twice);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, one_filter, no_filter)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_parsed),
        TEST(both_formats_before_and_after),
        TEST(an_unnamed_create_has_no_name),
        TEST(a_failed_create_has_the_name_asked_for),
        TEST(a_reparse_has_no_name_unless_asked_so),
        TEST(query_methods_are_followed),
        TEST(wrong_questions_are_refused),
        TEST(a_format_alone_is_the_default_query),
        TEST(names_are_refused_where_asking_is_not_safe),
        TEST(the_unsafe_function_protects_nobody),
        TEST(open_files_have_names_outside_operations),
        TEST(nothing_is_tunneled),
        TEST(shares_are_part_of_redirectors_names),
        TEST(a_name_outlives_its_operation),
        TEST(names_left_behind_are_reported),
        TEST(a_release_too_many_is_a_bug_check),
    };

    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
