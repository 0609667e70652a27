/* Attachment of instances to volumes, and their end. */
#include "flt_fixture.h"

static void volumes_there_and_to_come_are_attached(void **state)
{
    struct test_filter a = {.name = "A"}, b = {.name = "B"};
    PFLT_VOLUME one = volume_up(L"\\Device\\HarddiskVolume1", L"/"), two;

    (void)state;
    filter_up(&a, "200");
    filter_up(&b, "100");
    assert_notes("setup A 1 8 2; setup B 1 8 2; ");
    two = volume_up(L"\\Device\\HarddiskVolume2", L"/home");
    assert_notes("setup B 5 8 2; setup A 5 8 2; "); /* highest altitude last */
    flt_volume_dismount(two);
    assert_notes("start A 8; complete A 8; start B 8; complete B 8; ");
    assert_int_equal(filter_down(&b, NULL), 0);
    assert_notes("unload B 0; start B 2; complete B 2; ");
    a.unload_status = STATUS_FLT_DO_NOT_DETACH;
    assert_int_equal(filter_down(&a, NULL), 1);
    assert_notes("unload A 0; unload A 1; start A 4; complete A 4; ");
    flt_volume_dismount(one);
    assert_notes("");
}

static void a_filter_may_not_want_a_volume(void **state)
{
    struct test_filter t = {.name = "T", .setup_status = STATUS_FLT_DO_NOT_ATTACH};
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    PFLT_INSTANCE i;
    ULONG n;

    (void)state;
    filter_up(&t, "100");
    assert_int_equal(FltEnumerateInstances(v, t.filter, &i, 1, &n), STATUS_SUCCESS);
    assert_int_equal(n, 0);
    dispatch(v, L"\\f");
    assert_int_equal(filter_down(&t, NULL), 0);
    assert_notes("setup T 1 8 2; unload T 0; ");
    flt_volume_dismount(v);
}

static void the_registry_says_which_instances_attach(void **state)
{
    struct test_filter t = {.name = "many"};
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    UNICODE_STRING manual = u(L"Manual"), never = u(L"Never");
    PFLT_INSTANCE i, list[4];
    ULONG n;

    (void)state;
    filter_driver(&t, "100");
    registry_instance("many", "Instances", "Manual", "300", 1);
    registry_instance("many", "Instances", "Never", "400", 3);
    registry_instance("many", "Instances", "many Main", "100", 0);
    assert_int_equal(filter_register(&t, NULL), STATUS_SUCCESS);
    assert_int_equal(FltAttachVolume(t.filter, v, &manual, NULL), STATUS_FLT_FILTER_NOT_READY);
    assert_int_equal(filter_start(&t), STATUS_SUCCESS);
    assert_notes("setup many 1 8 2; ");
    assert_int_equal(FltAttachVolume(t.filter, v, &never, NULL), STATUS_FLT_DO_NOT_ATTACH);
    assert_int_equal(FltAttachVolume(t.filter, v, NULL, NULL), STATUS_FLT_INSTANCE_NAME_COLLISION);
    assert_int_equal(FltAttachVolume(t.filter, v, &manual, &i), STATUS_SUCCESS);
    assert_notes("setup many 2 8 2; ");
    FltObjectDereference(i);

    /* Both see the operation, the higher one first. */
    dispatch(v, L"\\f");
    assert_notes("pre many; pre many; post many 0; post many 0; ");
    assert_int_equal(FltEnumerateInstances(v, NULL, list, 4, &n), STATUS_SUCCESS);
    assert_int_equal(n, 2);
    assert_text(list[0]->altitude, "300");
    assert_true(FltCompareInstanceAltitudes(list[0], list[1]) > 0);
    FltObjectDereference(list[0]);
    FltObjectDereference(list[1]);
    assert_int_equal(filter_down(&t, NULL), 0);
    notes[0] = '\0';
    flt_volume_dismount(v);
}

static void altitudes_on_a_volume_are_unique(void **state)
{
    struct test_filter t = {.name = "T"};
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    UNICODE_STRING altitude = u(L"100.00"), higher = u(L"100.01"), bad = u(L"x");
    UNICODE_STRING name = u(L"Other");
    PFLT_INSTANCE i;

    (void)state;
    filter_up(&t, "100");
    assert_int_equal(FltAttachVolumeAtAltitude(t.filter, v, &bad, &name, &i),
                     STATUS_INVALID_PARAMETER);
    assert_int_equal(FltAttachVolumeAtAltitude(t.filter, v, &altitude, &name, &i),
                     STATUS_FLT_INSTANCE_ALTITUDE_COLLISION);
    assert_null(i);
    assert_int_equal(FltAttachVolumeAtAltitude(t.filter, v, &higher, NULL, &i), STATUS_SUCCESS);
    FltObjectDereference(i);
    assert_int_equal(filter_down(&t, NULL), 0);
    notes[0] = '\0';
    flt_volume_dismount(v);
}

static void names_on_a_volume_are_unique(void **state)
{
    struct test_filter a = {.name = "A"}, b = {.name = "B"};
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    UNICODE_STRING altitude = u(L"55"), name = u(L"A Main");

    (void)state;
    filter_up(&a, "200");
    filter_up(&b, "100");
    assert_int_equal(FltAttachVolumeAtAltitude(b.filter, v, &altitude, &name, NULL),
                     STATUS_FLT_INSTANCE_NAME_COLLISION);
    assert_int_equal(filter_down(&a, NULL) + filter_down(&b, NULL), 0);
    notes[0] = '\0';
    flt_volume_dismount(v);
}

static void detaching_asks_first(void **state)
{
    struct test_filter t = {.name = "T", .query_status = STATUS_FLT_DO_NOT_DETACH};
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    UNICODE_STRING name = u(L"t main"), other = u(L"Other");

    (void)state;
    filter_up(&t, "100");
    notes[0] = '\0';
    assert_int_equal(FltDetachVolume(t.filter, v, &other), STATUS_FLT_INSTANCE_NOT_FOUND);
    assert_int_equal(FltDetachVolume(t.filter, v, &name), STATUS_FLT_DO_NOT_DETACH);
    assert_notes("query T 0; ");
    t.query_status = STATUS_SUCCESS;
    assert_int_equal(FltDetachVolume(t.filter, v, NULL), STATUS_SUCCESS);
    assert_notes("query T 0; start T 1; complete T 1; ");
    assert_int_equal(FltDetachVolume(t.filter, v, NULL), STATUS_FLT_INSTANCE_NOT_FOUND);
    dispatch(v, L"\\f");
    assert_notes("");
    assert_int_equal(FltAttachVolume(t.filter, v, NULL, NULL), STATUS_SUCCESS);
    filter_down(&t, NULL);
    notes[0] = '\0';
    flt_volume_dismount(v);
}

static void without_a_query_callback_none_is_detached(void **state)
{
    struct test_filter t = {.name = "T"};
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    FLT_REGISTRATION r = test_registration();

    (void)state;
    r.InstanceQueryTeardownCallback = NULL;
    filter_driver(&t, "100");
    assert_int_equal(filter_register(&t, &r), STATUS_SUCCESS);
    assert_int_equal(filter_start(&t), STATUS_SUCCESS);
    assert_int_equal(FltDetachVolume(t.filter, v, NULL), STATUS_FLT_DO_NOT_DETACH);
    assert_int_equal(filter_down(&t, NULL), 0);
    notes[0] = '\0';
    flt_volume_dismount(v);
}

static void neighbours_are_found(void **state)
{
    struct test_filter a = {.name = "A"}, b = {.name = "B"};
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    PFLT_INSTANCE top, bottom, i;
    UNICODE_STRING name = u(L"B Main");
    PFLT_FILTER f;
    ULONG n;

    (void)state;
    assert_int_equal(FltGetTopInstance(v, &top), STATUS_NO_MORE_ENTRIES);
    filter_up(&a, "200");
    filter_up(&b, "100");
    assert_int_equal(FltGetTopInstance(v, &top), STATUS_SUCCESS);
    assert_int_equal(FltGetBottomInstance(v, &bottom), STATUS_SUCCESS);
    assert_ptr_equal(top->filter, a.filter);
    assert_ptr_equal(bottom->filter, b.filter);
    assert_int_equal(FltGetLowerInstance(top, &i), STATUS_SUCCESS);
    assert_ptr_equal(i, bottom);
    FltObjectDereference(i);
    assert_int_equal(FltGetUpperInstance(bottom, &i), STATUS_SUCCESS);
    assert_ptr_equal(i, top);
    FltObjectDereference(i);
    assert_int_equal(FltGetUpperInstance(top, &i), STATUS_NO_MORE_ENTRIES);
    assert_null(i);
    assert_int_equal(FltGetFilterFromInstance(top, &f), STATUS_SUCCESS);
    assert_ptr_equal(f, a.filter);
    FltObjectDereference(f);
    assert_int_equal(FltGetVolumeInstanceFromName(b.filter, v, &name, &i), STATUS_SUCCESS);
    assert_ptr_equal(i, bottom);
    FltObjectDereference(i);
    assert_int_equal(FltEnumerateInstances(v, NULL, &i, 1, &n), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(n, 2);
    FltObjectDereference(top);
    FltObjectDereference(bottom);
    assert_int_equal(filter_down(&a, NULL) + filter_down(&b, NULL), 0);
    notes[0] = '\0';
    flt_volume_dismount(v);
}

static void detach_self(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)data;
    assert_int_equal(FltDetachVolume(objects->Filter, objects->Volume, NULL), STATUS_SUCCESS);
    assert_int_equal(FltObjectReference(objects->Instance), STATUS_FLT_DELETING_OBJECT);
}

static void a_callback_may_detach_its_own_instance(void **state)
{
    struct test_filter a = {.name = "A", .in_pre = detach_self, .completion_context = &a};
    struct test_filter b = {.name = "B"};
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume1", L"/");

    (void)state;
    filter_up(&a, "200");
    filter_up(&b, "100");
    notes[0] = '\0';
    dispatch(v, L"\\f");
    assert_notes("pre A; query A 0; start A 1; complete A 1; drain A; pre B; post B 0; ");
    assert_int_equal(filter_down(&a, NULL) + filter_down(&b, NULL), 0);
    notes[0] = '\0';
    flt_volume_dismount(v);
}

static struct test_filter *victim;

static void detach_victim(PFLT_CALLBACK_DATA data, PCFLT_RELATED_OBJECTS objects)
{
    (void)data;
    assert_int_equal(FltDetachVolume(victim->filter, objects->Volume, NULL), STATUS_SUCCESS);
}

static void what_is_owed_to_a_detached_instance_is_drained(void **state)
{
    struct test_filter a = {.name = "A", .completion_context = &a};
    struct test_filter b = {.name = "B", .in_pre = detach_victim};
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume1", L"/");

    (void)state;
    victim = &a;
    filter_up(&a, "200");
    filter_up(&b, "100");
    notes[0] = '\0';
    dispatch(v, L"\\f");
    assert_notes("pre A; pre B; query A 0; start A 1; drain A; complete A 1; post B 0; ");

    /* One that has not been called yet is not called any more. */
    victim = &b;
    b.in_pre = NULL;
    a.in_pre = detach_victim;
    assert_int_equal(FltAttachVolume(a.filter, v, NULL, NULL), STATUS_SUCCESS);
    notes[0] = '\0';
    dispatch(v, L"\\f");
    assert_notes("pre A; query B 0; start B 1; complete B 1; post A 0; ");
    assert_int_equal(filter_down(&a, NULL) + filter_down(&b, NULL), 0);
    notes[0] = '\0';
    flt_volume_dismount(v);
}

static void information_is_given(void **state)
{
    struct test_filter t = {.name = "informed"};
    PFLT_VOLUME v = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    union {
        FILTER_FULL_INFORMATION full;
        FILTER_AGGREGATE_STANDARD_INFORMATION standard;
        INSTANCE_FULL_INFORMATION instance;
        FILTER_VOLUME_STANDARD_INFORMATION volume;
        UCHAR room[512];
    } b;
    UNICODE_STRING s;
    PFLT_INSTANCE i;
    ULONG n, needed;

    (void)state;
    filter_up(&t, "100.5");
    assert_int_equal(FltGetFilterInformation(t.filter, FilterFullInformation, &b, 4, &needed),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(FltGetFilterInformation(t.filter, FilterFullInformation, &b, needed, &n),
                     STATUS_SUCCESS);
    assert_int_equal(n, needed);
    assert_int_equal(b.full.NumberOfInstances, 1);
    s = (UNICODE_STRING){b.full.FilterNameLength, 0, b.full.FilterNameBuffer};
    assert_text(s, "informed");
    assert_int_equal(
        FltEnumerateFilterInformation(0, FilterAggregateStandardInformation, &b, sizeof(b), &n),
        STATUS_SUCCESS);
    s.Length = b.standard.Type.MiniFilter.FilterAltitudeLength;
    s.Buffer = (WCHAR *)(b.room + b.standard.Type.MiniFilter.FilterAltitudeBufferOffset);
    assert_text(s, "100.5");
    assert_int_equal(FltEnumerateFilterInformation(1, FilterFullInformation, &b, sizeof(b), &n),
                     STATUS_NO_MORE_ENTRIES);
    assert_int_equal(FltGetTopInstance(v, &i), STATUS_SUCCESS);
    assert_int_equal(FltGetInstanceInformation(i, InstanceFullInformation, &b, sizeof(b), &n),
                     STATUS_SUCCESS);
    s.Length = b.instance.VolumeNameLength;
    s.Buffer = (WCHAR *)(b.room + b.instance.VolumeNameBufferOffset);
    assert_text(s, "\\Device\\HarddiskVolume1");
    s.Length = b.instance.InstanceNameLength;
    s.Buffer = (WCHAR *)(b.room + b.instance.InstanceNameBufferOffset);
    assert_text(s, "informed Main");
    FltObjectDereference(i);
    assert_int_equal(FltGetVolumeInformation(v, FilterVolumeStandardInformation, &b, sizeof(b), &n),
                     STATUS_SUCCESS);
    assert_int_equal(b.volume.FileSystemType, FLT_FSTYPE_NTFS);
    assert_int_equal(
        FltEnumerateVolumeInformation(t.filter, 0, FilterVolumeBasicInformation, &b, sizeof(b), &n),
        STATUS_SUCCESS);
    assert_int_equal(
        FltEnumerateVolumeInformation(t.filter, 1, FilterVolumeBasicInformation, &b, sizeof(b), &n),
        STATUS_NO_MORE_ENTRIES);
    assert_int_equal(FltEnumerateInstanceInformationByFilter(
                         t.filter, 0, InstancePartialInformation, &b, sizeof(b), &n),
                     STATUS_SUCCESS);
    assert_int_equal(b.instance.AltitudeLength, 10);
    assert_int_equal(
        FltEnumerateInstanceInformationByVolume(v, 1, InstanceBasicInformation, &b, sizeof(b), &n),
        STATUS_NO_MORE_ENTRIES);
    assert_int_equal(FltGetVolumeInformation(v, 7, &b, sizeof(b), &n), STATUS_INVALID_PARAMETER);
    assert_int_equal(filter_down(&t, NULL), 0);
    notes[0] = '\0';
    flt_volume_dismount(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(volumes_there_and_to_come_are_attached),
        cmocka_unit_test(a_filter_may_not_want_a_volume),
        cmocka_unit_test(the_registry_says_which_instances_attach),
        cmocka_unit_test(altitudes_on_a_volume_are_unique),
        cmocka_unit_test(names_on_a_volume_are_unique),
        cmocka_unit_test(detaching_asks_first),
        cmocka_unit_test(without_a_query_callback_none_is_detached),
        cmocka_unit_test(neighbours_are_found),
        cmocka_unit_test(a_callback_may_detach_its_own_instance),
        cmocka_unit_test(what_is_owed_to_a_detached_instance_is_drained),
        cmocka_unit_test(information_is_given),
    };

    return cmocka_run_group_tests(tests, fixture_setup, NULL);
}
