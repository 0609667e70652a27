/* What volumes say of themselves, their user's names, and the small services. */
#include "flt_fixture.h"
#include <malloc.h>
#include <pthread.h>
#include <sys/stat.h>
#include "fltlib.h"

static PFLT_VOLUME root, home, net;
static struct test_filter t;

static int volumes(void **state)
{
    struct flt_volume_info info = {.device_name = u(L"\\Device\\HarddiskVolume12"),
                                   .dos_name = u(L"/mnt/net"),
                                   .filesystem = FLT_FSTYPE_NFS,
                                   .device_type = FILE_DEVICE_NETWORK_FILE_SYSTEM,
                                   .read_only = true,
                                   .removable = true,
                                   .sector_size = 4096};

    fixture_setup(state);
    root = volume_up(L"\\Device\\HarddiskVolume1", L"/");
    home = volume_up(L"\\Device\\HarddiskVolume2", L"/home");
    net = flt_volume_mount(&info);
    t = (struct test_filter){.name = "T"};
    filter_up(&t, "100");
    return 0;
}

static void names_fit_or_are_measured(void **state)
{
    wchar_t room[64];
    UNICODE_STRING s = {.Buffer = room, .MaximumLength = 10};
    ULONG needed = 0;

    (void)state;
    assert_int_equal(FltGetVolumeName(root, NULL, NULL), STATUS_INVALID_PARAMETER);
    assert_int_equal(FltGetVolumeName(root, NULL, &needed), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(needed, 46);
    assert_int_equal(FltGetVolumeName(root, &s, &needed), STATUS_BUFFER_TOO_SMALL);
    s.MaximumLength = sizeof(room);
    assert_int_equal(FltGetVolumeName(root, &s, NULL), STATUS_SUCCESS);
    assert_text(s, "\\Device\\HarddiskVolume1");
}

static void volumes_are_found_by_every_name(void **state)
{
    UNICODE_STRING device = u(L"\\device\\harddiskvolume2"), dos = u(L"/home"), none = u(L"/x");
    UNICODE_STRING slash = u(L"\\Device\\HarddiskVolume2\\");
    wchar_t room[64];
    UNICODE_STRING guid = {.Buffer = room, .MaximumLength = sizeof(room)};
    PFLT_VOLUME v, list[4];
    PDEVICE_OBJECT object;
    ULONG n;

    (void)state;
    assert_int_equal(FltGetVolumeGuidName(home, &guid, NULL), STATUS_SUCCESS);
    assert_int_equal(guid.Length / 2, strlen("\\??\\Volume{00000000-0000-0000-0000-000000000000}"));
    assert_memory_equal(narrow(&guid), "\\??\\Volume{", 11);
    const UNICODE_STRING *names[] = {&device, &dos, &slash, &guid};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(FltGetVolumeFromName(t.filter, names[i], &v), STATUS_SUCCESS);
        assert_ptr_equal(v, home);
        FltObjectDereference(v);
    }
    assert_int_equal(FltGetVolumeFromName(t.filter, &none, &v), STATUS_FLT_VOLUME_NOT_FOUND);
    assert_null(v);
    assert_int_equal(FltGetVolumeGuidName(net, &guid, NULL), STATUS_INVALID_DEVICE_REQUEST);
    assert_int_equal(FltGetDeviceObject(home, &object), STATUS_SUCCESS);
    assert_true(FltIsFltMgrVolumeDeviceObject(object));
    assert_int_equal(FltGetVolumeFromDeviceObject(t.filter, object, &v), STATUS_SUCCESS);
    assert_ptr_equal(v, home);
    FltObjectDereference(v);
    ObDereferenceObject(object);
    assert_int_equal(FltEnumerateVolumes(t.filter, list, 2, &n), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(n, 3);
    assert_int_equal(FltEnumerateVolumes(t.filter, list, 4, &n), STATUS_SUCCESS);
    assert_ptr_equal(list[2], net);
    while (n-- > 0)
        FltObjectDereference(list[n]);
}

static void properties_are_told(void **state)
{
    union {
        FLT_VOLUME_PROPERTIES p;
        UCHAR room[512];
    } b;
    PFLT_INSTANCE i;
    FLT_FILESYSTEM_TYPE type;
    PDEVICE_OBJECT disk;
    BOOLEAN yes;
    ULONG n;

    (void)state;
    assert_int_equal(FltGetVolumeProperties(net, NULL, 0, &n), STATUS_BUFFER_TOO_SMALL);
    assert_true(n > sizeof(b.p));
    assert_int_equal(FltGetVolumeProperties(net, &b.p, sizeof(b.p), &n), STATUS_BUFFER_OVERFLOW);
    assert_int_equal(n, sizeof(b.p));
    assert_int_equal(b.p.RealDeviceName.Length, 0);
    assert_int_equal(FltGetVolumeProperties(net, &b.p, sizeof(b), &n), STATUS_SUCCESS);
    assert_int_equal(b.p.DeviceType, FILE_DEVICE_NETWORK_FILE_SYSTEM);
    assert_int_equal(b.p.DeviceCharacteristics, FILE_REMOVABLE_MEDIA | FILE_READ_ONLY_DEVICE |
                                                    FILE_REMOTE_DEVICE | FILE_DEVICE_IS_MOUNTED);
    assert_int_equal(b.p.SectorSize, 4096);
    assert_text(b.p.RealDeviceName, "\\Device\\HarddiskVolume12");
    assert_text(b.p.FileSystemDriverName, "\\FileSystem\\nfsrdr");

    assert_int_equal(FltGetTopInstance(net, &i), STATUS_SUCCESS);
    assert_int_equal(FltGetFileSystemType(i, &type), STATUS_SUCCESS);
    assert_int_equal(type, FLT_FSTYPE_NFS);
    /* no disk below a redirector to be asked */
    assert_int_equal(FltIsVolumeWritable(i, &yes), STATUS_INVALID_DEVICE_REQUEST);
    FltObjectDereference(i);
    assert_int_equal(FltIsVolumeWritable(root, &yes), STATUS_SUCCESS);
    assert_true(yes);
    assert_int_equal(FltGetDiskDeviceObject(net, &disk), STATUS_FLT_NO_DEVICE_OBJECT);
    assert_int_equal(FltGetDiskDeviceObject(root, &disk), STATUS_SUCCESS);
    assert_int_equal(disk->DeviceType, FILE_DEVICE_DISK);
    ObDereferenceObject(disk);
}

static void paths_go_back_to_the_users(void **state)
{
    static const struct {
        const wchar_t *nt;
        const char *user;
    } cases[] = {
        {L"\\Device\\HarddiskVolume1\\etc\\hosts", "/etc/hosts"},
        {L"\\Device\\HarddiskVolume1\\", "/"},
        {L"\\Device\\HarddiskVolume1", "/"},
        {L"\\Device\\HarddiskVolume2\\me\\a", "/home/me/a"},
        {L"\\Device\\HarddiskVolume2", "/home"},
        {L"\\Device\\HarddiskVolume12\\x", "/mnt/net/x"},
        {L"\\Device\\HarddiskVolume1\\a\xf03a\x62", "/a:b"},
        {L"\\Device\\HarddiskVolume1\\\xdcff", "/\xff"},
        {L"\\Device\\HarddiskVolume3\\x", NULL},
        {L"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *path = filter_unix_path((const uint16_t *)cases[i].nt, string_units(cases[i].nt));

        if (cases[i].user == NULL)
            assert_null(path);
        else
            assert_string_equal(path, cases[i].user);
        free(path);
    }
}

/* Whoever mounts volumes and takes them away for ever has the last ones known by their names, and
   fills no memory. */
static void names_outlive_volumes(void **state)
{
    enum { ROUNDS = 20000 };
    wchar_t name[64], dos[] = L"/mnt/passing";
    struct mallinfo2 before = {0};
    char *path;

    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        char narrow_name[64];
        PFLT_VOLUME v;

        if (i == ROUNDS / 2)
            before = mallinfo2();
        snprintf(narrow_name, sizeof(narrow_name), "\\Device\\HarddiskVolume%d\\f", 1000 + i);
        for (int k = 0; k <= (int)strlen(narrow_name); k++)
            name[k] = (wchar_t)narrow_name[k];
        name[strlen(narrow_name) - 2] = 0;
        v = volume_up(name, dos);
        name[strlen(narrow_name) - 2] = '\\';
        path = filter_unix_path((const uint16_t *)name, strlen(narrow_name));
        assert_string_equal(path, "/mnt/passing/f");
        free(path);
        flt_volume_dismount(v);
        path = filter_unix_path((const uint16_t *)name, strlen(narrow_name));
        assert_string_equal(path, "/mnt/passing/f");
        free(path);
    }
    assert_true(mallinfo2().uordblks < before.uordblks + 262144);
    path = filter_unix_path((const uint16_t *)L"\\Device\\HarddiskVolume1000\\f", 27);
    assert_null(path);
    path = filter_unix_path((const uint16_t *)L"\\Device\\HarddiskVolume2\\f", 25);
    assert_string_equal(path, "/home/f");
    free(path);
}

/* ---- Names of Windows programs -------------------------------------------------------------- */

static char top[64];

static const char *below_top(const char *name)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s%s", top, name);
    return path;
}

static void make_drive(void)
{
    static const char *const directories[] = {"", "/Windows", "/Windows/System32", "/other"};
    static const char *const files[] = {
        "/Windows/Win.ini",           "/Windows/System32/A.dll", "/Windows/System32/a.DLL", "/top",
        "/other/\xEF\x80\xBAprivate", "/other/\xC3\x9Cl",
    };

    strcpy(top, "/tmp/test_flt_volume.XXXXXX");
    assert_non_null(mkdtemp(top));
    for (size_t i = 1; i < sizeof(directories) / sizeof(directories[0]); i++)
        assert_int_equal(mkdir(below_top(directories[i]), 0755), 0);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        assert_int_equal(mknod(below_top(files[i]), S_IFREG | 0644, 0), 0);
    assert_int_equal(symlink("Windows/System32", below_top("/Link")), 0);
}

static void remove_drive(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf '%s'", top);
    assert_int_equal(system(command), 0);
}

static PFLT_VOLUME drive_up(const wchar_t *device, const wchar_t *dos, const char *directory)
{
    struct flt_volume_info info = {.device_name = u(device),
                                   .dos_name = u(dos),
                                   .directory = directory,
                                   .filesystem = FLT_FSTYPE_NTFS,
                                   .device_type = FILE_DEVICE_DISK_FILE_SYSTEM,
                                   .sector_size = 512};

    return flt_volume_mount(&info);
}

/* `unix_path` is below the drive's directory; NULL: there is none. */
static void expect_paths(const wchar_t *nt, const char *dos, const char *unix_path)
{
    char *path = filter_dos_path((const uint16_t *)nt, string_units(nt));

    if (dos == NULL)
        assert_null(path);
    else
        assert_string_equal(path, dos);
    free(path);
    path = filter_unix_path((const uint16_t *)nt, string_units(nt));
    if (unix_path == NULL)
        assert_null(path);
    else
        assert_string_equal(path, below_top(unix_path));
    free(path);
}

#define Z L"\\Device\\HarddiskVolume21"
#define C L"\\Device\\HarddiskVolume20"

static void drives_have_windows_names(void **state)
{
    PFLT_VOLUME c, mup;
    char *path;

    (void)state;
    make_drive();
    expect_paths(C L"\\x", NULL, NULL);
    c = drive_up(C, L"C:", top);
    mup = drive_up(L"\\Device\\Mup", L"\\", "");
    expect_paths(C, "C:\\", "");
    expect_paths(C L"\\", "C:\\", "");
    expect_paths(C L"\\top", "C:\\top", "/top");
    expect_paths(C L"\\TOP", "C:\\TOP", "/top");
    expect_paths(C L"\\windows\\WIN.ini", "C:\\windows\\WIN.ini", "/Windows/Win.ini");
    expect_paths(C L"\\windows\\", "C:\\windows\\", "/Windows");
    expect_paths(C L"\\WINDOWS\\system32\\a.DLL", "C:\\WINDOWS\\system32\\a.DLL",
                 "/Windows/System32/a.DLL"); /* as it stands, where it is there so */
    expect_paths(C L"\\link\\A.dll", "C:\\link\\A.dll", "/Link/A.dll");
    /* What is not there. */
    expect_paths(C L"\\windows\\Gone", "C:\\windows\\Gone", "/Windows/Gone");
    expect_paths(C L"\\windows\\GONE\\win.ini", "C:\\windows\\GONE\\win.ini",
                 "/Windows/GONE/win.ini");
    expect_paths(C L"\\Gone", "C:\\Gone", "/Gone");
    expect_paths(C L"\\windows\\top", "C:\\windows\\top", "/Windows/top");
    /* Characters. */
    expect_paths(C L"\\OTHER\\\xf03aPRIVATE", "C:\\OTHER\\\xEF\x80\xBAPRIVATE",
                 "/other/\xEF\x80\xBAprivate");
    expect_paths(C L"\\OTHER\\\x00fcL", "C:\\OTHER\\\xC3\xBCL", "/other/\xC3\x9Cl");
    expect_paths(C L"\\\xdcff\xd800", "C:\\\xFF\xED\xA0\x80", "/\xFF\xED\xA0\x80");
    path = filter_dos_path((const uint16_t *)C L"\\\0x", string_units(C) + 3);
    assert_string_equal(path, "C:\\\xEF\xBF\xBDx");
    free(path);

    expect_paths(L"\\Device\\Mup\\server\\share\\x", "\\\\server\\share\\x", NULL);
    assert_null(filter_dos_path((const uint16_t *)L"\\Device\\HarddiskVolume2\\me", 27));
    flt_volume_dismount(mup);
    flt_volume_dismount(c);
    expect_paths(C L"\\x", "C:\\x", "/x"); /* what was said of it is still read */
    remove_drive();
}

/* The directory that was found last is taken again only where that is right. */
static void drives_change(void **state)
{
    PFLT_VOLUME c, z;
    char moved[256], *path;

    (void)state;
    make_drive();
    c = drive_up(C, L"C:", top);
    strcpy(moved, below_top("/moved"));
    z = drive_up(Z, L"Z:", "/");
    expect_paths(C L"\\windows\\win.INI", "C:\\windows\\win.INI", "/Windows/Win.ini");
    assert_int_equal(rename(below_top("/Windows"), moved), 0);
    expect_paths(C L"\\windows\\win.INI", "C:\\windows\\win.INI", "/windows/win.INI");
    assert_int_equal(rename(moved, below_top("/WINDOWS")), 0);
    expect_paths(C L"\\windows\\win.INI", "C:\\windows\\win.INI", "/WINDOWS/Win.ini");
    expect_paths(C L"\\windows\\Gone", "C:\\windows\\Gone", "/WINDOWS/Gone");
    assert_int_equal(mknod(below_top("/WINDOWS/gONE"), S_IFREG | 0644, 0), 0);
    expect_paths(C L"\\windows\\Gone", "C:\\windows\\Gone", "/WINDOWS/gONE");
    assert_int_equal(mkdir(below_top("/windows"), 0755), 0);
    expect_paths(C L"\\windows\\Gone", "C:\\windows\\Gone", "/windows/Gone");
    assert_int_equal(mknod(below_top("/windows/WIN.ini"), S_IFREG | 0644, 0), 0);
    expect_paths(C L"\\windows\\WIN.ini", "C:\\windows\\WIN.ini", "/windows/WIN.ini");
    path = filter_unix_path((const uint16_t *)Z L"\\TMP", string_units(Z) + 4);
    assert_string_equal(path, "/tmp");
    free(path);
    path = filter_unix_path((const uint16_t *)Z, string_units(Z));
    assert_string_equal(path, "/");
    free(path);
    flt_volume_dismount(z);
    flt_volume_dismount(c);
    remove_drive();
}

/* ---- Small services ------------------------------------------------------------------------- */

static void exports_are_found_by_name(void **state)
{
    (void)state;
    assert_ptr_equal(FltGetRoutineAddress("FltGetIrpName"), FltGetIrpName);
    assert_null(FltGetRoutineAddress("FltReadFile"));
    for (const struct nt_export *e = flt_exports; e->module != NULL; e++) {
        assert_string_equal(e->module, "FLTMGR.SYS");
        assert_ptr_equal(FltGetRoutineAddress(e->name), e->target); /* no name is there twice */
    }
}

static VOID NTAPI work(PFLT_GENERIC_WORKITEM item, PVOID object, PVOID context)
{
    assert_ptr_equal(object, t.filter);
    assert_int_equal(nt_cpu()->irql, PASSIVE_LEVEL);
    FltFreeGenericWorkItem(item);
    KeSetEvent(context, 0, FALSE);
}

static void work_is_done_later(void **state)
{
    PFLT_GENERIC_WORKITEM item = FltAllocateGenericWorkItem();
    KEVENT done;

    (void)state;
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    assert_int_equal(FltQueueGenericWorkItem(item, t.filter, work, DelayedWorkQueue, &done),
                     STATUS_SUCCESS);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
}

struct race {
    ULONG_PTR lock;
    long value;
};

static void *count_up(void *p)
{
    struct race *r = p;

    nt_thread_attach();
    for (int i = 0; i < 20000; i++) {
        FltAcquirePushLockShared(&r->lock);
        assert_true(r->value >= 0);
        FltReleasePushLock(&r->lock);
        FltAcquirePushLockExclusive(&r->lock);
        r->value++;
        FltReleasePushLock(&r->lock);
    }
    nt_thread_detach();
    return NULL;
}

static void push_locks_exclude(void **state)
{
    struct race r;
    pthread_t threads[3];

    (void)state;
    r.value = 0;
    FltInitializePushLock(&r.lock);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, count_up, &r);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(r.value, 60000);
    assert_int_equal(nt_cpu()->irql, PASSIVE_LEVEL);
    FltDeletePushLock(&r.lock);
}

static void resources_are_taken_and_given_back(void **state)
{
    ERESOURCE r;

    (void)state;
    ExInitializeResourceLite(&r);
    FltAcquireResourceShared(&r);
    FltReleaseResource(&r);
    FltAcquireResourceExclusive(&r);
    assert_true(ExIsResourceAcquiredExclusiveLite(&r));
    FltReleaseResource(&r);
    ExDeleteResourceLite(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_fit_or_are_measured),
        cmocka_unit_test(volumes_are_found_by_every_name),
        cmocka_unit_test(properties_are_told),
        cmocka_unit_test(paths_go_back_to_the_users),
        cmocka_unit_test(names_outlive_volumes),
        cmocka_unit_test(drives_have_windows_names),
        cmocka_unit_test(drives_change),
        cmocka_unit_test(exports_are_found_by_name),
        cmocka_unit_test(work_is_done_later),
        cmocka_unit_test(push_locks_exclude),
        cmocka_unit_test(resources_are_taken_and_given_back),
    };

    return cmocka_run_group_tests(tests, volumes, NULL);
}
