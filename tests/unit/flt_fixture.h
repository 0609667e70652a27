/*
 * Filters made of functions in the test itself, for tests of the Filter Manager. What the callbacks
 * see is noted, in order, in one line of text.
 */
#ifndef TESTS_FLT_FIXTURE_H
#define TESTS_FLT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "flt/manager.h"

#define SERVICES "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"

/* ---- Notes ---------------------------------------------------------------------------------- */

static char notes[4096];

static void __attribute__((format(printf, 1, 2), unused)) note(const char *format, ...)
{
    size_t n = strlen(notes);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(notes + n, sizeof(notes) - n, format, arguments);
    va_end(arguments);
}

/* Compares what was noted since the last time. */
#define assert_notes(expected)                                                                     \
    do {                                                                                           \
        char got_[sizeof(notes)];                                                                  \
        strcpy(got_, notes);                                                                       \
        notes[0] = '\0';                                                                           \
        assert_string_equal(got_, expected);                                                       \
    } while (0)

/* ---- Strings -------------------------------------------------------------------------------- */

static UNICODE_STRING __attribute__((unused)) u(const wchar_t *s)
{
    UNICODE_STRING r;

    r.Buffer = (wchar_t *)s;
    r.Length = r.MaximumLength = (USHORT)(string_units(s) * sizeof(wchar_t));
    return r;
}

__attribute__((unused)) static const char *narrow(PCUNICODE_STRING s)
{
    static char rooms[8][512];
    static unsigned next;
    char *r = rooms[next++ % 8];
    unsigned i;

    for (i = 0; i < s->Length / sizeof(wchar_t) && i < 511; i++)
        r[i] = (char)s->Buffer[i];
    r[i] = '\0';
    return r;
}

#define assert_text(string, expected)                                                              \
    do {                                                                                           \
        UNICODE_STRING s_ = (string);                                                              \
        assert_string_equal(narrow(&s_), expected);                                                \
    } while (0)

/* ---- Filters -------------------------------------------------------------------------------- */

struct test_filter {
    const char *name;
    struct nt_driver *driver;
    PFLT_FILTER filter;
    FLT_PREOP_CALLBACK_STATUS pre_status; /* what its pre-operation callback returns */
    void *completion_context;
    NTSTATUS complete_with;
    NTSTATUS change_to; /* what its post-operation callback sets; 0: nothing */
    FLT_POSTOP_CALLBACK_STATUS post_status;
    NTSTATUS setup_status, query_status, unload_status;
    void (*in_pre)(PFLT_CALLBACK_DATA, PCFLT_RELATED_OBJECTS);
    void (*in_post)(PFLT_CALLBACK_DATA, PCFLT_RELATED_OBJECTS);
    bool keep_registered; /* its unload callback does not unregister */
};

static struct test_filter *all_filters[16];
static unsigned filter_count;

static struct test_filter *behind(PFLT_FILTER f)
{
    for (unsigned i = 0; i < filter_count; i++) {
        if (all_filters[i]->filter == f || all_filters[i]->filter == NULL)
            return all_filters[i];
    }
    abort();
}

static FLT_PREOP_CALLBACK_STATUS NTAPI __attribute__((unused))
test_pre(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects, PVOID *context)
{
    struct test_filter *t = behind(objects->Filter);

    note("pre %s; ", t->name);
    *context = t->completion_context;
    if (t->in_pre != NULL)
        t->in_pre(data, objects);
    if (t->pre_status == FLT_PREOP_COMPLETE)
        data->IoStatus.Status = t->complete_with;
    return t->pre_status;
}

static FLT_POSTOP_CALLBACK_STATUS NTAPI __attribute__((unused))
test_post(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects, PVOID context,
          FLT_POST_OPERATION_FLAGS flags)
{
    struct test_filter *t = behind(objects->Filter);

    assert_ptr_equal(context, t->completion_context);
    if (flags & FLTFL_POST_OPERATION_DRAINING) {
        note("drain %s; ", t->name);
        return FLT_POSTOP_FINISHED_PROCESSING;
    }
    note("post %s %x; ", t->name, data->IoStatus.Status);
    if (t->in_post != NULL)
        t->in_post(data, objects);
    if (t->change_to != 0)
        data->IoStatus.Status = t->change_to;
    return t->post_status;
}

static NTSTATUS NTAPI __attribute__((unused))
test_setup(PCFLT_RELATED_OBJECTS objects, FLT_INSTANCE_SETUP_FLAGS flags, DEVICE_TYPE type,
           FLT_FILESYSTEM_TYPE filesystem)
{
    struct test_filter *t = behind(objects->Filter);

    note("setup %s %x %x %d; ", t->name, flags, type, filesystem);
    return t->setup_status;
}

static NTSTATUS NTAPI __attribute__((unused))
test_query(PCFLT_RELATED_OBJECTS objects, FLT_INSTANCE_QUERY_TEARDOWN_FLAGS flags)
{
    struct test_filter *t = behind(objects->Filter);

    note("query %s %x; ", t->name, flags);
    return t->query_status;
}

static VOID NTAPI __attribute__((unused))
test_start(PCFLT_RELATED_OBJECTS objects, FLT_INSTANCE_TEARDOWN_FLAGS reason)
{
    note("start %s %x; ", behind(objects->Filter)->name, reason);
}

static VOID NTAPI __attribute__((unused))
test_complete(PCFLT_RELATED_OBJECTS objects, FLT_INSTANCE_TEARDOWN_FLAGS reason)
{
    note("complete %s %x; ", behind(objects->Filter)->name, reason);
}

/* The unload callback gets no context: it is the driver's whose call is under way. */
static NTSTATUS NTAPI __attribute__((unused)) test_unload(FLT_FILTER_UNLOAD_FLAGS flags)
{
    struct test_filter *t = behind(filter_current());

    note("unload %s %x; ", t->name, flags);
    if (t->unload_status != 0 && !(flags & FLTFL_FILTER_UNLOAD_MANDATORY))
        return t->unload_status;
    if (!t->keep_registered)
        FltUnregisterFilter(t->filter);
    return STATUS_SUCCESS;
}

static const FLT_OPERATION_REGISTRATION test_operations[] = {
    {IRP_MJ_CREATE, 0, test_pre, test_post, NULL},
    {.MajorFunction = IRP_MJ_OPERATION_END},
};

static FLT_REGISTRATION __attribute__((unused)) test_registration(void)
{
    return (FLT_REGISTRATION){
        .Size = sizeof(FLT_REGISTRATION),
        .Version = FLT_REGISTRATION_VERSION,
        .OperationRegistration = test_operations,
        .FilterUnloadCallback = test_unload,
        .InstanceSetupCallback = test_setup,
        .InstanceQueryTeardownCallback = test_query,
        .InstanceTeardownStartCallback = test_start,
        .InstanceTeardownCompleteCallback = test_complete,
    };
}

static void __attribute__((unused))
registry_instance(const char *driver, const char *place, const char *instance, const char *altitude,
                  uint32_t flags)
{
    char key[256];

    snprintf(key, sizeof(key), SERVICES "%s\\%s", driver, place);
    nt_registry_set_string(key, "DefaultInstance", instance);
    snprintf(key, sizeof(key), SERVICES "%s\\%s\\%s", driver, place, instance);
    nt_registry_set_string(key, "Altitude", altitude);
    nt_registry_set_dword(key, "Flags", flags);
}

/* A driver with an instance in its registry; not registered yet. */
static void __attribute__((unused)) filter_driver(struct test_filter *t, const char *altitude)
{
    t->driver = nt_driver_create(NULL, t->name);
    assert_non_null(t->driver);
    if (altitude != NULL) {
        char instance[64]; /* unique on a volume */

        snprintf(instance, sizeof(instance), "%s Main", t->name);
        registry_instance(t->name, "Instances", instance, altitude, 0);
    }
    all_filters[filter_count++] = t;
}

static NTSTATUS __attribute__((unused))
filter_register(struct test_filter *t, const FLT_REGISTRATION *r)
{
    FLT_REGISTRATION usual = test_registration();

    return NT_CALL(t->driver, "DriverEntry",
                   FltRegisterFilter(&t->driver->object, r ? r : &usual, &t->filter));
}

static NTSTATUS __attribute__((unused)) filter_start(struct test_filter *t)
{
    return NT_CALL(t->driver, "DriverEntry", FltStartFiltering(t->filter));
}

static void __attribute__((unused)) filter_up(struct test_filter *t, const char *altitude)
{
    filter_driver(t, altitude);
    assert_int_equal(filter_register(t, NULL), STATUS_SUCCESS);
    assert_int_equal(filter_start(t), STATUS_SUCCESS);
}

/* Unloads and deletes; returns the number of leaks that flt_unload reported, and their text. */
static unsigned __attribute__((unused)) filter_down(struct test_filter *t, char **report)
{
    size_t size;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);
    unsigned lines = flt_unload(t->driver, out);

    nt_driver_delete(t->driver, out);
    fclose(out);
    if (report != NULL)
        *report = text;
    else
        free(text);
    for (unsigned i = 0; i < filter_count; i++) {
        if (all_filters[i] == t)
            all_filters[i] = all_filters[--filter_count];
    }
    return lines;
}

/* ---- Volumes and creates -------------------------------------------------------------------- */

static PFLT_VOLUME __attribute__((unused)) volume_up(const wchar_t *device, const wchar_t *dos)
{
    struct flt_volume_info info = {.device_name = u(device),
                                   .dos_name = u(dos),
                                   .filesystem = FLT_FSTYPE_NTFS,
                                   .device_type = FILE_DEVICE_DISK_FILE_SYSTEM,
                                   .sector_size = 512};

    return flt_volume_mount(&info);
}

static struct flt_create __attribute__((unused)) a_create(PFLT_VOLUME v, const wchar_t *path)
{
    return (struct flt_create){.volume = v,
                               .thread = nt_cpu()->own_thread,
                               .opened = u(path),
                               .normalized = u(path),
                               .desired_access = FILE_READ_DATA | SYNCHRONIZE,
                               .options = FILE_OPEN << 24 | FILE_SYNCHRONOUS_IO_NONALERT,
                               .share = FILE_SHARE_READ,
                               .case_sensitive = true,
                               .status = STATUS_SUCCESS,
                               .information = FILE_OPENED,
                               .file_id = {17, 42},
                               .begin = 133000000000000000,
                               .end = 133000000000000500};
}

static void __attribute__((unused)) dispatch(PFLT_VOLUME v, const wchar_t *path)
{
    struct flt_create c = a_create(v, path);

    flt_dispatch_create(&c);
}

/* Runs `f` in a child and checks that it ended in a bug check. */
static void __attribute__((unused)) assert_bug_check(void (*f)(void))
{
    pid_t pid;
    int status;

    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(1);
        f();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 125);
}

static int __attribute__((unused)) fixture_setup(void **state)
{
    (void)state;
    nt_init();
    nt_thread_attach();
    flt_init();
    flt_patience_ms = 50;
    return 0;
}

#endif
