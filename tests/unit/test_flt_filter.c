/* Registration, start and unloading of filters. */
#include "flt_fixture.h"

#include <malloc.h>

static void versions_are_checked(void **state)
{
    struct test_filter t = {.name = "version"};
    FLT_REGISTRATION r = test_registration();

    (void)state;
    filter_driver(&t, "100");
    r.Version = 0x0100;
    assert_int_equal(filter_register(&t, &r), STATUS_INVALID_PARAMETER);
    r.Version = 0x0204;
    assert_int_equal(filter_register(&t, &r), STATUS_INVALID_PARAMETER);
    r = test_registration();
    r.Size = 8;
    assert_int_equal(filter_register(&t, &r), STATUS_INVALID_PARAMETER);
    r.Version = FLT_REGISTRATION_VERSION_0200;
    r.Size = offsetof(FLT_REGISTRATION, TransactionNotificationCallback);
    assert_int_equal(filter_register(&t, &r), STATUS_SUCCESS);
    assert_int_equal(filter_down(&t, NULL), 0);
    assert_notes("unload version 0; ");
}

static void an_instance_must_be_registered(void **state)
{
    struct test_filter t = {.name = "noinstance"};

    (void)state;
    filter_driver(&t, NULL);
    assert_int_equal(filter_register(&t, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    nt_registry_set_string(SERVICES "noinstance\\Instances", "DefaultInstance", "X");
    assert_int_equal(filter_register(&t, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
    nt_registry_set_string(SERVICES "noinstance\\Instances\\X", "Altitude", "12.5");
    assert_int_equal(filter_register(&t, NULL), STATUS_SUCCESS);
    assert_string_equal(flt_altitude(t.driver), "12.5");
    assert_int_equal(filter_down(&t, NULL), 0);
    assert_notes("unload noinstance 0; ");
}

static void the_newer_place_comes_first(void **state)
{
    struct test_filter t = {.name = "newer"};

    (void)state;
    filter_driver(&t, "100");
    registry_instance("newer", "Parameters\\Instances", "New", "200", 0);
    assert_int_equal(filter_register(&t, NULL), STATUS_SUCCESS);
    assert_string_equal(flt_altitude(t.driver), "200");
    filter_down(&t, NULL);
    notes[0] = '\0';
}

static void altitudes_and_names_are_unique(void **state)
{
    struct test_filter a = {.name = "one"}, b = {.name = "two"};

    (void)state;
    filter_up(&a, "100.0");
    filter_driver(&b, "100");
    assert_int_equal(filter_register(&b, NULL), STATUS_FLT_INSTANCE_ALTITUDE_COLLISION);
    b.filter = NULL;
    assert_int_equal(filter_register(&a, NULL), STATUS_OBJECT_NAME_COLLISION);
    a.filter = filter_of(a.driver);
    assert_non_null(a.filter);
    filter_down(&b, NULL);
    filter_down(&a, NULL);
    assert_notes("unload one 0; ");
}

static void context_registrations_are_checked(void **state)
{
    const FLT_CONTEXT_REGISTRATION fixed = {
        .ContextType = FLT_STREAM_CONTEXT, .Size = 8, .PoolTag = 1};
    FLT_CONTEXT_REGISTRATION c[6] = {fixed, fixed, fixed, fixed, {.ContextType = FLT_CONTEXT_END}};
    struct test_filter t = {.name = "contexts"};
    FLT_REGISTRATION r = test_registration();

    (void)state;
    filter_driver(&t, "100");
    r.ContextRegistration = c;
    for (int i = 0; i < 4; i++)
        c[i].Size = 8 * (i + 1);
    assert_int_equal(filter_register(&t, &r), STATUS_FLT_INVALID_CONTEXT_REGISTRATION);
    c[3].Size = 8; /* repeats the first: ignored */
    c[3].PoolTag = c[0].PoolTag;
    assert_int_equal(filter_register(&t, &r), STATUS_SUCCESS);
    filter_down(&t, NULL);
    t.filter = NULL;
    filter_driver(&t, "100");
    c[1].Size = c[2].Size = FLT_VARIABLE_SIZED_CONTEXTS;
    c[2].PoolTag = 2;
    assert_int_equal(filter_register(&t, &r), STATUS_FLT_INVALID_CONTEXT_REGISTRATION);
    c[0].ContextType = 3;
    assert_int_equal(filter_register(&t, &r), STATUS_FLT_INVALID_CONTEXT_REGISTRATION);
    filter_down(&t, NULL);
    notes[0] = '\0';
}

static void filtering_starts_once(void **state)
{
    struct test_filter t = {.name = "once"};

    (void)state;
    filter_up(&t, "100");
    assert_int_equal(filter_start(&t), STATUS_INVALID_PARAMETER);
    filter_down(&t, NULL);
    notes[0] = '\0';
}

static void filters_are_found_by_name(void **state)
{
    struct test_filter t = {.name = "named"};
    UNICODE_STRING name = u(L"NAMED"), other = u(L"nobody");
    PFLT_FILTER found;

    (void)state;
    filter_up(&t, "100");
    assert_int_equal(FltGetFilterFromName(&other, &found), STATUS_FLT_FILTER_NOT_FOUND);
    assert_null(found);
    assert_int_equal(FltGetFilterFromName(&name, &found), STATUS_SUCCESS);
    assert_ptr_equal(found, t.filter);
    FltObjectDereference(found);
    assert_int_equal(filter_down(&t, NULL), 0);
    assert_int_equal(FltGetFilterFromName(&name, &found), STATUS_FLT_FILTER_NOT_FOUND);
    notes[0] = '\0';
}

static void a_refusal_is_overruled_and_said(void **state)
{
    struct test_filter t = {.name = "stubborn", .unload_status = STATUS_FLT_DO_NOT_DETACH};
    char *report;

    (void)state;
    filter_up(&t, "100");
    assert_int_equal(filter_down(&t, &report), 1);
    assert_non_null(strstr(report, "stubborn: refused to be unloaded with status 0xc01c0010"));
    assert_notes("unload stubborn 0; unload stubborn 1; ");
    free(report);
}

static void a_filter_that_stays_is_unregistered(void **state)
{
    struct test_filter t = {.name = "stays", .keep_registered = true}, m = {.name = "mute"};
    FLT_REGISTRATION r = test_registration();
    char *report;

    (void)state;
    filter_up(&t, "100");
    assert_int_equal(filter_down(&t, &report), 1);
    assert_non_null(strstr(report, "did not call FltUnregisterFilter"));
    free(report);
    filter_driver(&m, "101");
    r.FilterUnloadCallback = NULL;
    assert_int_equal(filter_register(&m, &r), STATUS_SUCCESS);
    assert_int_equal(filter_down(&m, &report), 1);
    assert_non_null(strstr(report, "no FilterUnloadCallback"));
    free(report);
    notes[0] = '\0';
}

static void references_left_behind_are_reported(void **state)
{
    struct test_filter t = {.name = "leaky"};
    UNICODE_STRING name = u(L"leaky");
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume9", L"/v9"), same;
    PFLT_FILTER found;
    char *report;

    (void)state;
    filter_up(&t, "100");
    NT_CALL(t.driver, "test", FltGetFilterFromName(&name, &found));
    NT_CALL(t.driver, "test", FltGetVolumeFromName(t.filter, &v->device_name, &same));
    assert_ptr_equal(same, v);
    assert_int_equal(filter_down(&t, &report), 2);
    assert_non_null(strstr(report, "1 filter reference left behind"));
    assert_non_null(strstr(report, "1 volume reference left behind"));
    free(report);
    flt_volume_dismount(v);
    notes[0] = '\0';
}

/* ---- DriverUnload --------------------------------------------------------------------------- */

static VOID NTAPI last_word(PDRIVER_OBJECT object)
{
    note("DriverUnload %s; ", ((struct nt_driver *)object)->name);
}

static void the_drivers_own_unload_comes_last(void **state)
{
    struct test_filter t = {.name = "twofold"};

    (void)state;
    filter_driver(&t, "100");
    t.driver->object.DriverUnload = last_word;
    assert_int_equal(filter_register(&t, NULL), STATUS_SUCCESS);
    assert_ptr_equal(t.driver->object.DriverUnload, filter_driver_unload);
    t.driver->started = true;
    assert_int_equal(filter_down(&t, NULL), 0);
    assert_notes("unload twofold 0; DriverUnload twofold; ");
}

static void one_set_after_registration_is_called(void **state)
{
    struct test_filter t = {.name = "after"};

    (void)state;
    filter_driver(&t, "100");
    assert_int_equal(filter_register(&t, NULL), STATUS_SUCCESS);
    t.driver->object.DriverUnload = last_word;
    t.driver->started = true;
    assert_int_equal(filter_down(&t, NULL), 0);
    assert_notes("unload after 0; DriverUnload after; ");
}

static void who_registers_again_keeps_it(void **state)
{
    struct test_filter t = {.name = "again"};

    (void)state;
    filter_driver(&t, "100");
    t.driver->object.DriverUnload = last_word;
    assert_int_equal(filter_register(&t, NULL), STATUS_SUCCESS);
    FltUnregisterFilter(t.filter);
    t.filter = NULL;
    assert_int_equal(filter_register(&t, NULL), STATUS_SUCCESS);
    t.driver->started = true;
    assert_int_equal(filter_down(&t, NULL), 0);
    assert_notes("unload again 0; DriverUnload again; ");
}

/* Not after a DriverEntry that failed, and not where Windows could not unload the driver. */
static void it_is_not_called_where_windows_does_not(void **state)
{
    struct test_filter failed = {.name = "failed"}, stays = {.name = "forever"};
    struct test_filter no_stop = {.name = "nostop"};
    FLT_REGISTRATION r = test_registration();

    (void)state;
    filter_driver(&failed, "100");
    failed.driver->object.DriverUnload = last_word;
    assert_int_equal(filter_register(&failed, NULL), STATUS_SUCCESS);
    filter_down(&failed, NULL);
    assert_notes("unload failed 0; ");

    filter_driver(&stays, "101");
    r.FilterUnloadCallback = NULL;
    stays.driver->object.DriverUnload = last_word;
    assert_int_equal(filter_register(&stays, &r), STATUS_SUCCESS);
    assert_null(stays.driver->object.DriverUnload);
    stays.driver->started = true;
    assert_int_equal(filter_down(&stays, NULL), 1);
    assert_notes("");

    /* A service stop is refused; an unload by name is not. */
    filter_driver(&no_stop, "102");
    r = test_registration();
    r.Flags = FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP;
    no_stop.driver->object.DriverUnload = last_word;
    assert_int_equal(filter_register(&no_stop, &r), STATUS_SUCCESS);
    assert_null(no_stop.driver->object.DriverUnload);
    no_stop.driver->started = true;
    assert_int_equal(filter_down(&no_stop, NULL), 0);
    assert_notes("unload nostop 0; DriverUnload nostop; ");
}

static void another_filter_can_unload_one(void **state)
{
    struct test_filter t = {.name = "victim"};
    UNICODE_STRING name = u(L"victim");

    (void)state;
    filter_up(&t, "100");
    assert_int_equal(FltUnloadFilter(&name), STATUS_SUCCESS);
    assert_notes("unload victim 0; ");
    assert_int_equal(FltUnloadFilter(&name), STATUS_FLT_FILTER_NOT_FOUND);
    assert_int_equal(filter_down(&t, NULL), 0);
}

static size_t heap_after(unsigned cycles)
{
    for (unsigned i = 0; i < cycles; i++) {
        struct test_filter t = {.name = "cycle"};

        filter_up(&t, "100");
        assert_int_equal(filter_down(&t, NULL), 0);
        notes[0] = '\0';
    }
    return mallinfo2().uordblks;
}

static void coming_and_going_costs_no_memory(void **state)
{
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume9", L"/v9");
    size_t before = heap_after(100), after = heap_after(400);

    (void)state;
    if (after > before + 16384)
        fail_msg("400 loads and unloads keep %zu bytes", after - before);
    flt_volume_dismount(v);
    notes[0] = '\0';
}

static void release_twice(void)
{
    struct test_filter t = {.name = "twice"};

    filter_up(&t, "100");
    FltObjectDereference(t.filter);
}

static void a_reference_too_few_is_a_bug_check(void **state)
{
    (void)state;
    assert_bug_check(release_twice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_are_checked),
        cmocka_unit_test(an_instance_must_be_registered),
        cmocka_unit_test(the_newer_place_comes_first),
        cmocka_unit_test(altitudes_and_names_are_unique),
        cmocka_unit_test(context_registrations_are_checked),
        cmocka_unit_test(filtering_starts_once),
        cmocka_unit_test(filters_are_found_by_name),
        cmocka_unit_test(a_refusal_is_overruled_and_said),
        cmocka_unit_test(a_filter_that_stays_is_unregistered),
        cmocka_unit_test(references_left_behind_are_reported),
        cmocka_unit_test(the_drivers_own_unload_comes_last),
        cmocka_unit_test(one_set_after_registration_is_called),
        cmocka_unit_test(who_registers_again_keeps_it),
        cmocka_unit_test(it_is_not_called_where_windows_does_not),
        cmocka_unit_test(another_filter_can_unload_one),
        cmocka_unit_test(coming_and_going_costs_no_memory),
        cmocka_unit_test(a_reference_too_few_is_a_bug_check),
    };

    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
