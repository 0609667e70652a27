/* The way of a create through the filters. */
#include "flt_fixture.h"
#include <pthread.h>

static PFLT_VOLUME volume;
static struct test_filter a, b, c;

static int three_filters(void **state)
{
    (void)state;
    a = (struct test_filter){.name = "A"};
    b = (struct test_filter){.name = "B"};
    c = (struct test_filter){.name = "C"};
    volume = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    filter_up(&b, "200");
    filter_up(&a, "300");
    filter_up(&c, "100.5");
    notes[0] = '\0';
    return 0;
}

static int no_filters(void **state)
{
    (void)state;
    filter_down(&a, NULL);
    filter_down(&b, NULL);
    filter_down(&c, NULL);
    flt_volume_dismount(volume);
    notes[0] = '\0';
    return 0;
}

static void down_by_altitude_and_back_up(void **state)
{
    (void)state;
    dispatch(volume, L"\\f");
    assert_notes("pre A; pre B; pre C; post C 0; post B 0; post A 0; ");
}

static void no_callback_means_none(void **state)
{
    (void)state;
    b.pre_status = FLT_PREOP_SUCCESS_NO_CALLBACK;
    c.pre_status = FLT_PREOP_SYNCHRONIZE;
    dispatch(volume, L"\\f");
    assert_notes("pre A; pre B; pre C; post C 0; post A 0; ");
}

static void completion_contexts_reach_the_post_operation(void **state)
{
    (void)state;
    a.completion_context = &a; /* test_post compares */
    b.completion_context = &b;
    dispatch(volume, L"\\f");
    assert_notes("pre A; pre B; pre C; post C 0; post B 0; post A 0; ");
}

static void who_completes_hides_it_from_those_below(void **state)
{
    (void)state;
    b.pre_status = FLT_PREOP_COMPLETE;
    b.complete_with = STATUS_ACCESS_DENIED;
    dispatch(volume, L"\\f");
    assert_notes("pre A; pre B; post A c0000022; ");
    assert_int_equal(b.filter->completed, 1);
}

static void a_changed_result_is_seen_above(void **state)
{
    (void)state;
    b.change_to = STATUS_SHARING_VIOLATION;
    dispatch(volume, L"\\f");
    assert_notes("pre A; pre B; pre C; post C 0; post B 0; post A c0000043; ");
    assert_int_equal(b.filter->changed, 1);
}

static void a_failure_is_told(void **state)
{
    struct flt_create create = a_create(volume, L"\\f");

    (void)state;
    create.status = STATUS_OBJECT_NAME_NOT_FOUND;
    create.information = 0;
    flt_dispatch_create(&create);
    assert_notes("pre A; pre B; pre C; post C c0000034; post B c0000034; post A c0000034; ");
}

/* ---- Parameters ----------------------------------------------------------------------------- */

static ULONG seen_options[8], seen_count;

static void see_options(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)objects;
    seen_options[seen_count++] = data->Iopb->Parameters.Create.Options;
}

static void change_dirty(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    see_options(data, objects);
    data->Iopb->Parameters.Create.Options |= FILE_DELETE_ON_CLOSE;
    assert_false(FltIsCallbackDataDirty(data));
    FltSetCallbackDataDirty(data);
    assert_true(FltIsCallbackDataDirty(data));
}

static void change_silently(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    see_options(data, objects);
    data->Iopb->Parameters.Create.Options |= FILE_WRITE_THROUGH;
    FltSetCallbackDataDirty(data);
    FltClearCallbackDataDirty(data);
}

static void changes_go_down_and_not_up(void **state)
{
    ULONG plain = FILE_OPEN << 24 | FILE_SYNCHRONOUS_IO_NONALERT;

    (void)state;
    seen_count = 0;
    a.in_pre = change_silently;
    b.in_pre = change_dirty;
    c.in_pre = see_options;
    a.in_post = b.in_post = c.in_post = see_options;
    dispatch(volume, L"\\f");
    assert_int_equal(seen_count, 6);
    assert_int_equal(seen_options[0], plain);
    assert_int_equal(seen_options[1], plain); /* A did not say that it changed something */
    assert_int_equal(seen_options[2], plain | FILE_DELETE_ON_CLOSE);
    assert_int_equal(seen_options[3], plain | FILE_DELETE_ON_CLOSE);
    assert_int_equal(seen_options[4], plain); /* B's own changes are not given back to it */
    assert_int_equal(seen_options[5], plain);
}

static void check_data(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    const FLT_PARAMETERS *p = &data->Iopb->Parameters;
    PFILE_OBJECT file = objects->FileObject;
    bool post = data->Flags & FLTFL_CALLBACK_DATA_POST_OPERATION;
    LARGE_INTEGER now;
    BOOLEAN directory;
    ULONG session;

    assert_true(FLT_IS_IRP_OPERATION(data));
    assert_true(FltIsOperationSynchronous(data));
    assert_int_equal(data->RequestorMode, UserMode);
    assert_int_equal(data->Iopb->MajorFunction, IRP_MJ_CREATE);
    assert_string_equal(FltGetIrpName(data->Iopb->MajorFunction), "IRP_MJ_CREATE");
    assert_ptr_equal(data->Iopb->TargetFileObject, file);
    assert_ptr_equal(data->Iopb->TargetInstance, objects->Instance);
    assert_int_equal(objects->Size, sizeof(*objects));
    assert_ptr_equal(objects->Volume, volume);
    assert_null(objects->Transaction);
    assert_int_equal(p->Create.SecurityContext->DesiredAccess, FILE_WRITE_DATA);
    assert_int_equal(p->Create.SecurityContext->AccessState->OriginalDesiredAccess,
                     FILE_WRITE_DATA);
    assert_int_equal(p->Create.SecurityContext->AccessState->RemainingDesiredAccess,
                     post ? 0 : FILE_WRITE_DATA);
    assert_int_equal(p->Create.SecurityContext->FullCreateOptions, FILE_NON_DIRECTORY_FILE);
    assert_int_equal(p->Create.Options, FILE_CREATE << 24 | FILE_NON_DIRECTORY_FILE);
    assert_int_equal(p->Create.FileAttributes, FILE_ATTRIBUTE_READONLY);
    assert_int_equal(p->Create.ShareAccess, FILE_SHARE_DELETE);
    assert_text(file->FileName, "\\dir\\new");
    assert_int_equal(nt_cpu()->irql, PASSIVE_LEVEL);
    assert_int_equal(FltGetRequestorProcessId(data), 4711);
    assert_ptr_equal(FltGetRequestorProcess(data), nt_process_find(4711));
    assert_int_equal(FltGetRequestorSessionId(data, &session), STATUS_SUCCESS);
    assert_int_equal(session, 7);
    assert_ptr_equal(PsGetCurrentProcess(), nt_process_find(4711));
    assert_int_equal((ULONG_PTR)PsGetCurrentThreadId(), 4712);
    KeQuerySystemTimePrecise(&now);
    assert_int_equal(now.QuadPart, post ? 133000000000000777 : 133000000000000111);
    assert_int_equal(FltIsDirectory(file, objects->Instance, &directory),
                     post ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
    assert_false(directory);
    assert_int_equal(file->FsContext != NULL, post);
    assert_int_equal(file->WriteAccess, post);
    assert_false(file->ReadAccess);
    if (post)
        assert_int_equal(data->IoStatus.Information, FILE_CREATED);
}

static void callback_data_is_the_request(void **state)
{
    struct nt_process_start start = {
        .pid = 4711, .session = 7, .image = u(L"\\Device\\HarddiskVolume1\\bin\\x")};
    struct flt_create create = a_create(volume, L"\\dir\\new");

    (void)state;
    create.thread = nt_thread_of(nt_process_start(&start, false), 4712);
    create.desired_access = FILE_WRITE_DATA;
    create.options = FILE_CREATE << 24 | FILE_NON_DIRECTORY_FILE;
    create.attributes = FILE_ATTRIBUTE_READONLY;
    create.share = FILE_SHARE_DELETE;
    create.information = FILE_CREATED;
    create.begin = 133000000000000111;
    create.end = 133000000000000777;
    a.in_pre = a.in_post = c.in_pre = c.in_post = check_data;
    flt_dispatch_create(&create);
    assert_notes("pre A; pre B; pre C; post C 0; post B 0; post A 0; ");
    nt_process_exit(4711, 133000000000001000, STATUS_SUCCESS);
}

static bool expected_sensitive;

static void check_case(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    bool flag = (objects->FileObject->Flags & FO_OPENED_CASE_SENSITIVE) != 0;

    assert_int_equal(flag, expected_sensitive);
    flag = (data->Iopb->OperationFlags & SL_CASE_SENSITIVE) != 0;
    assert_int_equal(flag, expected_sensitive);
}

static void case_matters_where_it_is_said(void **state)
{
    struct flt_create create = a_create(volume, L"\\f");

    (void)state;
    a.in_pre = c.in_post = check_case;
    for (int i = 0; i < 4; i++) { /* the file object is the same one each time */
        create.case_sensitive = expected_sensitive = i % 2;
        flt_dispatch_create(&create);
    }
}

static PFILE_OBJECT kept;

static void keep_file(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)data;
    kept = objects->FileObject;
    ObReferenceObject(kept);
}

static void a_file_object_may_be_kept(void **state)
{
    BOOLEAN directory;

    (void)state;
    a.in_post = keep_file;
    dispatch(volume, L"\\kept");
    a.in_post = NULL;
    dispatch(volume, L"\\another");
    assert_text(kept->FileName, "\\kept");
    assert_int_equal(FltIsDirectory(kept, NULL, &directory), STATUS_SUCCESS);
    ObDereferenceObject(kept);
}

/* ---- Status callback ------------------------------------------------------------------------ */

static VOID NTAPI told(PCFLT_RELATED_OBJECTS objects, PFLT_IO_PARAMETER_BLOCK block,
                       NTSTATUS status, PVOID context)
{
    note("told %s %x %x %s; ", behind(objects->Filter)->name,
         block->Parameters.Create.Options >> 24, status, (const char *)context);
}

static void ask(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)objects;
    assert_int_equal(FltRequestOperationStatusCallback(data, told, "context"), STATUS_SUCCESS);
}

static void ask_too_late(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)objects;
    assert_int_equal(FltRequestOperationStatusCallback(data, told, NULL), STATUS_INVALID_PARAMETER);
}

static void the_status_is_told_on_request(void **state)
{
    (void)state;
    b.in_pre = ask;
    b.in_post = ask_too_late;
    b.pre_status = FLT_PREOP_SUCCESS_WITH_CALLBACK;
    dispatch(volume, L"\\f");
    assert_notes("pre A; pre B; pre C; told B 1 0 context; post C 0; post B 0; post A 0; ");
}

/* ---- Pending -------------------------------------------------------------------------------- */

static pthread_t worker;
static FLT_PREOP_CALLBACK_STATUS go_on_with;

static void *complete_pre(void *data)
{
    nt_thread_attach();
    FltCompletePendedPreOperation(data, go_on_with, b.completion_context);
    nt_thread_detach();
    return NULL;
}

static void pend(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)objects;
    assert_int_equal(pthread_create(&worker, NULL, complete_pre, data), 0);
}

static void a_pended_operation_goes_on(void **state)
{
    (void)state;
    b.in_pre = pend;
    b.pre_status = FLT_PREOP_PENDING;
    b.completion_context = &b;
    go_on_with = FLT_PREOP_SUCCESS_WITH_CALLBACK;
    dispatch(volume, L"\\f");
    pthread_join(worker, NULL);
    assert_notes("pre A; pre B; pre C; post C 0; post B 0; post A 0; ");
    b.completion_context = NULL;
    go_on_with = FLT_PREOP_SUCCESS_NO_CALLBACK;
    dispatch(volume, L"\\f");
    pthread_join(worker, NULL);
    assert_notes("pre A; pre B; pre C; post C 0; post A 0; ");
    go_on_with = FLT_PREOP_COMPLETE;
    dispatch(volume, L"\\f");
    pthread_join(worker, NULL);
    assert_notes("pre A; pre B; post A 0; ");
}

static VOID NTAPI work(PFLT_DEFERRED_IO_WORKITEM item, PFLT_CALLBACK_DATA data, PVOID context)
{
    PFLT_FILE_NAME_INFORMATION name;

    assert_ptr_equal(context, &b);
    assert_int_equal(
        FltGetFileNameInformation(data, FLT_FILE_NAME_OPENED | FLT_FILE_NAME_QUERY_DEFAULT, &name),
        STATUS_SUCCESS);
    note("work %s; ", narrow(&name->Name));
    FltReleaseFileNameInformation(name);
    FltFreeDeferredIoWorkItem(item);
    FltCompletePendedPreOperation(data, FLT_PREOP_SUCCESS_NO_CALLBACK, NULL);
}

static void pend_to_queue(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    PFLT_DEFERRED_IO_WORKITEM item = FltAllocateDeferredIoWorkItem();

    (void)objects;
    assert_int_equal(FltQueueDeferredIoWorkItem(item, data, work, DelayedWorkQueue, &b),
                     STATUS_SUCCESS);
}

static void work_items_take_operations(void **state)
{
    (void)state;
    b.in_pre = pend_to_queue;
    b.pre_status = FLT_PREOP_PENDING;
    dispatch(volume, L"\\f");
    assert_notes("pre A; pre B; work \\Device\\HarddiskVolume1\\f; pre C; post C 0; post A 0; ");
}

/* ---- Post-operation ------------------------------------------------------------------------- */

static FLT_POSTOP_CALLBACK_STATUS NTAPI safe(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects,
                                             PVOID context, FLT_POST_OPERATION_FLAGS flags)
{
    (void)data, (void)flags;
    assert_ptr_equal(context, &c);
    note("safe %s; ", behind(objects->Filter)->name);
    return FLT_POSTOP_FINISHED_PROCESSING;
}

static void when_safe(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    FLT_POSTOP_CALLBACK_STATUS status;

    assert_true(FltDoCompletionProcessingWhenSafe(data, objects, &c, 0, safe, &status));
    assert_int_equal(status, FLT_POSTOP_FINISHED_PROCESSING);
}

static void completion_is_safe_at_once(void **state)
{
    (void)state;
    c.in_post = when_safe;
    dispatch(volume, L"\\f");
    assert_notes("pre A; pre B; pre C; post C 0; safe C; post B 0; post A 0; ");
}

static void when_safe_at_dispatch(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    FLT_POSTOP_CALLBACK_STATUS status;
    KIRQL irql;

    KeRaiseIrql(DISPATCH_LEVEL, &irql);
    assert_true(FltDoCompletionProcessingWhenSafe(data, objects, &c, 0, safe, &status));
    KeLowerIrql(irql);
    assert_int_equal(status, FLT_POSTOP_MORE_PROCESSING_REQUIRED);
}

static void completion_waits_until_it_is_safe(void **state)
{
    (void)state;
    c.in_post = when_safe_at_dispatch;
    c.post_status = FLT_POSTOP_MORE_PROCESSING_REQUIRED;
    dispatch(volume, L"\\f");
    assert_notes("pre A; pre B; pre C; post C 0; safe C; post B 0; post A 0; ");
}

static void *complete_post(void *data)
{
    nt_thread_attach();
    ((PFLT_CALLBACK_DATA)data)->IoStatus.Status = STATUS_DELETE_PENDING;
    FltCompletePendedPostOperation(data);
    nt_thread_detach();
    return NULL;
}

static void pend_post(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)objects;
    assert_int_equal(pthread_create(&worker, NULL, complete_post, data), 0);
}

static void more_processing_is_waited_for(void **state)
{
    (void)state;
    b.in_post = pend_post;
    b.post_status = FLT_POSTOP_MORE_PROCESSING_REQUIRED;
    dispatch(volume, L"\\f");
    pthread_join(worker, NULL);
    assert_notes("pre A; pre B; pre C; post C 0; post B 0; post A c0000056; ");
}

static void cancel(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)data;
    FltCancelFileOpen(objects->Instance, objects->FileObject);
    assert_true(objects->FileObject->Flags & FO_FILE_OPEN_CANCELLED);
}

static void an_open_can_be_cancelled(void **state)
{
    (void)state;
    b.in_post = cancel;
    b.change_to = STATUS_ACCESS_DENIED;
    dispatch(volume, L"\\f");
    assert_notes("pre A; pre B; pre C; post C 0; post B 0; post A c0000022; ");
    assert_int_equal(b.filter->cancelled, 1);
}

/* ---- Misuse --------------------------------------------------------------------------------- */

static void dispatch_one(void)
{
    flt_pended_ms = 20;
    dispatch(volume, L"\\f");
}

static void misuse_is_a_bug_check(void **state)
{
    (void)state;
    b.pre_status = FLT_PREOP_DISALLOW_FASTIO;
    assert_bug_check(dispatch_one);
    b.pre_status = 77;
    assert_bug_check(dispatch_one);
    b.pre_status = FLT_PREOP_PENDING; /* and never completed */
    assert_bug_check(dispatch_one);
    b.pre_status = FLT_PREOP_COMPLETE;
    b.complete_with = STATUS_PENDING;
    assert_bug_check(dispatch_one);
    b.pre_status = FLT_PREOP_SUCCESS_WITH_CALLBACK;
    b.in_pre = cancel; /* in a pre-operation callback */
    assert_bug_check(dispatch_one);
}

static void lost_completion_contexts_are_reported(void **state)
{
    struct test_filter d = {.name = "D", .pre_status = FLT_PREOP_SUCCESS_NO_CALLBACK};
    char *report;

    (void)state;
    filter_up(&d, "50");
    d.completion_context = &d;
    dispatch(volume, L"\\f");
    assert_int_equal(filter_down(&d, &report), 1);
    assert_non_null(strstr(report, "1 completion context lost"));
    free(report);
}

static void any_number_of_filters(void **state)
{
    static const char *const names[] = {"1", "2", "3", "4", "5", "6", "7", "8"};
    struct test_filter more[8] = {0};

    (void)state;
    for (int i = 0; i < 8; i++) {
        char altitude[16];

        more[i].name = names[i];
        snprintf(altitude, sizeof(altitude), "400.%d", 8 - i);
        filter_up(&more[i], altitude);
    }
    notes[0] = '\0';
    more[6].pre_status = FLT_PREOP_SUCCESS_NO_CALLBACK;
    dispatch(volume, L"\\f");
    assert_notes("pre 1; pre 2; pre 3; pre 4; pre 5; pre 6; pre 7; pre 8; pre A; pre B; pre C; "
                 "post C 0; post B 0; post A 0; post 8 0; post 6 0; post 5 0; post 4 0; post 3 0; "
                 "post 2 0; post 1 0; ");
    for (int i = 0; i < 8; i++)
        assert_int_equal(filter_down(&more[i], NULL), 0);
}

static void statistics_are_printed(void **state)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    b.pre_status = FLT_PREOP_SUCCESS_NO_CALLBACK;
    dispatch(volume, L"\\f");
    b.pre_status = FLT_PREOP_SUCCESS_WITH_CALLBACK;
    b.change_to = STATUS_ACCESS_DENIED;
    dispatch(volume, L"\\f");
    flt_print_stats(b.driver, out);
    fclose(out);
    assert_non_null(strstr(text, "IRP_MJ_CREATE"));
    assert_non_null(strstr(text, "pre 2  post 1\n"));
    assert_non_null(strstr(text, "1 results changed by the filter: not enforced"));
    free(text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, three_filters, no_filters)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(down_by_altitude_and_back_up),
        TEST(no_callback_means_none),
        TEST(completion_contexts_reach_the_post_operation),
        TEST(who_completes_hides_it_from_those_below),
        TEST(a_changed_result_is_seen_above),
        TEST(a_failure_is_told),
        TEST(changes_go_down_and_not_up),
        TEST(callback_data_is_the_request),
        TEST(case_matters_where_it_is_said),
        TEST(a_file_object_may_be_kept),
        TEST(the_status_is_told_on_request),
        TEST(a_pended_operation_goes_on),
        TEST(work_items_take_operations),
        TEST(completion_is_safe_at_once),
        TEST(completion_waits_until_it_is_safe),
        TEST(more_processing_is_waited_for),
        TEST(an_open_can_be_cancelled),
        TEST(misuse_is_a_bug_check),
        TEST(lost_completion_contexts_are_reported),
        TEST(any_number_of_filters),
        TEST(statistics_are_printed),
    };

    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
