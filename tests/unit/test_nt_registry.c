/* The registry, through handles and through the run-time library. */
#include "nt_fixture.h"

#define SERVICE      "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\test"
#define WIDE_SERVICE L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\test"

static NTSTATUS open_key(const wchar_t *path, HANDLE root, HANDLE *handle)
{
    UNICODE_STRING name = str(path);
    OBJECT_ATTRIBUTES attributes;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, root,
                               NULL);
    return ZwOpenKey(handle, KEY_READ, &attributes);
}

static NTSTATUS create_key(const wchar_t *path, HANDLE root, HANDLE *handle, ULONG *disposition)
{
    UNICODE_STRING name = str(path);
    OBJECT_ATTRIBUTES attributes;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, root,
                               NULL);
    return ZwCreateKey(handle, KEY_ALL_ACCESS, &attributes, 0, NULL, REG_OPTION_NON_VOLATILE,
                       disposition);
}

static void hosts_values_are_seen(void **state)
{
    UNICODE_STRING name = str(L"NUMBER"), text = str(L"Text"), none = str(L"None");
    uint8_t space[128];
    KEY_VALUE_PARTIAL_INFORMATION *partial = (void *)space;
    HANDLE handle;
    ULONG needed;
    char *utf8;

    (void)state;
    nt_registry_set_dword(SERVICE "\\Parameters", "Number", 42);
    nt_registry_set_string(SERVICE "\\Parameters", "Text", "\xc3\xa4x");
    assert_int_equal(open_key(WIDE_SERVICE L"\\parameters", NULL, &handle), STATUS_SUCCESS);
    assert_int_equal(
        ZwQueryValueKey(handle, &name, KeyValuePartialInformation, space, sizeof(space), &needed),
        STATUS_SUCCESS);
    assert_int_equal(needed, 12 + 4);
    assert_int_equal(partial->Type, REG_DWORD);
    assert_int_equal(partial->DataLength, 4);
    assert_int_equal(*(ULONG *)partial->Data, 42);
    assert_int_equal(
        ZwQueryValueKey(handle, &text, KeyValuePartialInformation, space, sizeof(space), &needed),
        STATUS_SUCCESS);
    assert_int_equal(partial->DataLength, 6); /* with its terminator */
    assert_int_equal(((wchar_t *)partial->Data)[0], 0xe4);
    assert_int_equal(
        ZwQueryValueKey(handle, &none, KeyValuePartialInformation, space, sizeof(space), &needed),
        STATUS_OBJECT_NAME_NOT_FOUND);
    ZwClose(handle);
    utf8 = nt_registry_get_string(SERVICE "\\Parameters", "text");
    assert_string_equal(utf8, "\xc3\xa4x");
    free(utf8);
    assert_null(nt_registry_get_string(SERVICE "\\Parameters", "Number"));
    assert_int_equal(open_key(WIDE_SERVICE L"\\nothing", NULL, &handle),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(open_key(L"Registry", NULL, &handle), STATUS_OBJECT_PATH_SYNTAX_BAD);
}

static void short_buffers(void **state)
{
    UNICODE_STRING name = str(L"Blob");
    uint8_t space[64], blob[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    KEY_VALUE_FULL_INFORMATION *full = (void *)space;
    HANDLE handle;
    ULONG needed;

    (void)state;
    nt_registry_set(SERVICE, "Blob", REG_BINARY, blob, sizeof(blob));
    assert_int_equal(open_key(WIDE_SERVICE, NULL, &handle), STATUS_SUCCESS);
    /* Not even the fixed part fits: nothing is written. */
    memset(space, 0xee, sizeof(space));
    assert_int_equal(ZwQueryValueKey(handle, &name, KeyValuePartialInformation, space, 11, &needed),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(needed, 22);
    assert_int_equal(space[0], 0xee);
    assert_int_equal(ZwQueryValueKey(handle, &name, KeyValuePartialInformation, NULL, 0, &needed),
                     STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(needed, 22);
    /* A part of the data fits: that part is written. */
    assert_int_equal(ZwQueryValueKey(handle, &name, KeyValuePartialInformation, space, 14, &needed),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(needed, 22);
    assert_int_equal(space[12], 1);
    assert_int_equal(space[13], 2);
    assert_int_equal(space[14], 0xee);
    assert_int_equal(
        ZwQueryValueKey(handle, &name, KeyValueFullInformation, space, sizeof(space), &needed),
        STATUS_SUCCESS);
    assert_int_equal(full->NameLength, 8);
    assert_int_equal(full->DataLength, 10);
    assert_memory_equal(space + full->DataOffset, blob, 10);
    assert_int_equal(needed, full->DataOffset + 10);
    assert_int_equal(ZwQueryValueKey(handle, &name, KeyValueBasicInformation, space, 12, &needed),
                     STATUS_BUFFER_OVERFLOW);
    assert_int_equal(needed, 20);
    assert_int_equal(
        ZwQueryValueKey(handle, &name, (KEY_VALUE_INFORMATION_CLASS)77, space, 64, &needed),
        STATUS_INVALID_PARAMETER);
    ZwClose(handle);
}

static void keys_are_made_and_deleted(void **state)
{
    UNICODE_STRING name = str(L"v");
    HANDLE top, sub, again;
    ULONG disposition, number = 7, needed;
    uint8_t space[64];
    KEY_BASIC_INFORMATION *basic = (void *)space;
    KEY_FULL_INFORMATION *full = (void *)space;
    char **names;

    (void)state;
    assert_int_equal(create_key(WIDE_SERVICE L"\\a\\b", NULL, &sub, &disposition),
                     STATUS_OBJECT_NAME_NOT_FOUND); /* its parent is not there */
    assert_int_equal(create_key(WIDE_SERVICE L"\\a", NULL, &top, &disposition), STATUS_SUCCESS);
    assert_int_equal(disposition, REG_CREATED_NEW_KEY);
    assert_int_equal(create_key(L"b", top, &sub, &disposition), STATUS_SUCCESS);
    assert_int_equal(create_key(L"B", top, &again, &disposition), STATUS_SUCCESS);
    assert_int_equal(disposition, REG_OPENED_EXISTING_KEY);
    assert_int_equal(ZwSetValueKey(again, &name, 0, REG_DWORD, &number, 4), STATUS_SUCCESS);
    assert_int_equal(ZwQueryKey(sub, KeyFullInformation, space, sizeof(space), &needed),
                     STATUS_SUCCESS);
    assert_int_equal(full->Values, 1);
    assert_int_equal(full->MaxValueDataLen, 4);
    assert_int_equal(ZwEnumerateKey(top, 0, KeyBasicInformation, space, sizeof(space), &needed),
                     STATUS_SUCCESS);
    assert_int_equal(basic->NameLength, 2);
    assert_int_equal(basic->Name[0], 'b');
    assert_int_equal(ZwEnumerateKey(top, 1, KeyBasicInformation, space, sizeof(space), &needed),
                     STATUS_NO_MORE_ENTRIES);
    assert_int_equal(
        ZwEnumerateValueKey(sub, 0, KeyValueBasicInformation, space, sizeof(space), &needed),
        STATUS_SUCCESS);
    assert_int_equal(
        ZwEnumerateValueKey(sub, 1, KeyValueBasicInformation, space, sizeof(space), &needed),
        STATUS_NO_MORE_ENTRIES);
    assert_int_equal(ZwDeleteValueKey(sub, &name), STATUS_SUCCESS);
    assert_int_equal(ZwDeleteValueKey(sub, &name), STATUS_OBJECT_NAME_NOT_FOUND);
    names = nt_registry_subkeys(SERVICE "\\a");
    assert_string_equal(names[0], "b");
    assert_null(names[1]);
    free(names[0]);
    free(names);
    assert_int_equal(ZwDeleteKey(top), STATUS_CANNOT_DELETE); /* it has a subkey */
    assert_int_equal(ZwDeleteKey(sub), STATUS_SUCCESS);
    assert_int_equal(ZwSetValueKey(again, &name, 0, REG_DWORD, &number, 4), STATUS_KEY_DELETED);
    assert_int_equal(ZwDeleteKey(top), STATUS_SUCCESS);
    ZwClose(top);
    ZwClose(sub);
    ZwClose(again);
    assert_null(nt_registry_subkeys(SERVICE "\\a"));
}

static void names_of_keys(void **state)
{
    struct {
        OBJECT_NAME_INFORMATION information;
        wchar_t space[128];
    } buffer;
    UNICODE_STRING expected =
        str(L"\\REGISTRY\\MACHINE\\SYSTEM\\CURRENTCONTROLSET\\SERVICES\\TEST");
    HANDLE handle;
    void *object;
    ULONG needed;

    (void)state;
    assert_int_equal(open_key(WIDE_SERVICE, NULL, &handle), STATUS_SUCCESS);
    assert_int_equal(
        ObReferenceObjectByHandle(handle, 0, *CmKeyObjectType, KernelMode, &object, NULL),
        STATUS_SUCCESS);
    assert_int_equal(ObQueryNameString(object, &buffer.information, sizeof(buffer), &needed),
                     STATUS_SUCCESS);
    assert_true(RtlEqualUnicodeString(&buffer.information.Name, &expected, TRUE));
    ObDereferenceObject(object);
    ZwClose(handle);
}

static void the_drivers_own_parameters(void **state)
{
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "own");
    UNICODE_STRING name = str(L"x");
    uint8_t space[32];
    HANDLE handle;
    ULONG needed;
    unsigned lines;
    char *report;

    (void)state;
    nt_registry_set_dword(
        "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\own\\Parameters", "x", 1);
    assert_int_equal(
        IoOpenDriverRegistryKey(&driver->object, DriverRegKeyParameters, KEY_READ, 0, &handle),
        STATUS_SUCCESS);
    assert_int_equal(
        ZwQueryValueKey(handle, &name, KeyValuePartialInformation, space, sizeof(space), &needed),
        STATUS_SUCCESS);
    report = driver_leave(&call, driver, &lines); /* the handle is not closed */
    assert_int_equal(lines, 1);
    assert_non_null(strstr(report, "to a Key object"));
    free(report);
}

/* ---- RtlQueryRegistryValues ---------------------------------------------------------------- */

static char seen[512];

static NTSTATUS NTAPI query_routine(PWSTR name, ULONG type, PVOID data, ULONG length, PVOID context,
                                    PVOID entry_context)
{
    size_t n = strlen(seen);

    (void)context;
    if (type == REG_SZ)
        _snprintf(seen + n, sizeof(seen) - n, "%ws=%ws(%u)%s ", name, data, length, entry_context);
    else if (type == REG_DWORD)
        _snprintf(seen + n, sizeof(seen) - n, "%ws=%u%s ", name, *(ULONG *)data, entry_context);
    else
        _snprintf(seen + n, sizeof(seen) - n, "%ws:%u ", name, type);
    return STATUS_SUCCESS;
}

static void queries_call_back(void **state)
{
    static const wchar_t multi[] = L"one\0two\0", expand[] = L"%SystemRoot%\\x";
    RTL_QUERY_REGISTRY_TABLE table[4] = {0};

    (void)state;
    nt_registry_set_dword(SERVICE "\\q\\sub", "Number", 42);
    nt_registry_set(SERVICE "\\q", "Multi", REG_MULTI_SZ, multi, sizeof(multi));
    nt_registry_set(SERVICE "\\q", "Expand", REG_EXPAND_SZ, expand, sizeof(expand));
    table[0].QueryRoutine = query_routine;
    table[0].Name = L"Multi";
    table[0].EntryContext = "!";
    table[1].QueryRoutine = query_routine;
    table[1].Name = L"Expand";
    table[1].EntryContext = "?";
    seen[0] = '\0';
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"test\\q", table, NULL, NULL),
                     STATUS_SUCCESS);
    assert_string_equal(seen, "Multi=one(8)! Multi=two(8)! Expand=C:\\Windows\\x(26)? ");

    memset(table, 0, sizeof(table));
    table[0].QueryRoutine = query_routine;
    table[0].Flags = RTL_QUERY_REGISTRY_SUBKEY; /* all of the subkey's values */
    table[0].Name = L"sub";
    table[0].EntryContext = "s";
    table[1].QueryRoutine = query_routine; /* absent, with a default */
    table[1].Name = L"Absent";
    table[1].EntryContext = "d";
    table[1].DefaultType = REG_SZ;
    table[1].DefaultData = L"def";
    seen[0] = '\0';
    assert_int_equal(
        RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, WIDE_SERVICE L"\\q", table, NULL, NULL),
        STATUS_SUCCESS);
    assert_string_equal(seen, "Number=42s Absent=def(8)d ");

    memset(table, 0, sizeof(table));
    table[0].QueryRoutine = query_routine;
    table[0].Flags = RTL_QUERY_REGISTRY_REQUIRED;
    table[0].Name = L"Absent";
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"test\\q", table, NULL, NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"none", table, NULL, NULL),
                     STATUS_OBJECT_NAME_NOT_FOUND);
}

static void queries_store_directly(void **state)
{
    RTL_QUERY_REGISTRY_TABLE table[4] = {0};
    UNICODE_STRING text = {0}, expected = str(L"hello");
    ULONG number = 0, fallback = 9;
    struct {
        LONG size;
        uint8_t space[16];
    } blob = {-10, {0}};
    uint8_t bytes[10] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};

    (void)state;
    nt_registry_set_dword(SERVICE "\\d", "Number", 42);
    nt_registry_set_string(SERVICE "\\d", "Text", "hello");
    nt_registry_set(SERVICE "\\d", "Blob", REG_BINARY, bytes, sizeof(bytes));
    table[0].Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK;
    table[0].Name = L"Number";
    table[0].EntryContext = &number;
    table[0].DefaultType = (REG_DWORD << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) | REG_DWORD;
    table[0].DefaultData = &fallback;
    table[0].DefaultLength = sizeof(fallback);
    table[1].Flags = RTL_QUERY_REGISTRY_DIRECT;
    table[1].Name = L"Text";
    table[1].EntryContext = &text;
    table[2].Flags = RTL_QUERY_REGISTRY_DIRECT;
    table[2].Name = L"Blob";
    table[2].EntryContext = &blob;
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"test\\d", table, NULL, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(number, 42);
    assert_true(RtlEqualUnicodeString(&text, &expected, FALSE));
    RtlFreeUnicodeString(&text); /* it was allocated for us */
    assert_memory_equal(&blob, bytes, 10);

    table[0].Name = L"Absent";
    memset(&table[1], 0, sizeof(table[1]));
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"test\\d", table, NULL, NULL),
                     STATUS_SUCCESS);
    assert_int_equal(number, 9);
    table[0].Name = L"Text";
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"test\\d", table, NULL, NULL),
                     STATUS_OBJECT_TYPE_MISMATCH);
    table[0].QueryRoutine = query_routine;
    assert_int_equal(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"test\\d", table, NULL, NULL),
                     STATUS_INVALID_PARAMETER); /* direct, and a routine */
}

static void helpers(void **state)
{
    ULONG number = 5;

    (void)state;
    assert_int_equal(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, L"test\\h"),
                     STATUS_OBJECT_NAME_NOT_FOUND);
    assert_int_equal(RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, L"test\\h"), STATUS_SUCCESS);
    assert_int_equal(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, L"test\\h"), STATUS_SUCCESS);
    assert_int_equal(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"test\\h", L"n", REG_DWORD,
                                           &number, sizeof(number)),
                     STATUS_SUCCESS);
    assert_int_equal(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, L"test\\h", L"n"),
                     STATUS_SUCCESS);
    assert_int_equal(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, L"test\\h", L"n"),
                     STATUS_OBJECT_NAME_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_values_are_seen),      cmocka_unit_test(short_buffers),
        cmocka_unit_test(keys_are_made_and_deleted),  cmocka_unit_test(names_of_keys),
        cmocka_unit_test(the_drivers_own_parameters), cmocka_unit_test(queries_call_back),
        cmocka_unit_test(queries_store_directly),     cmocka_unit_test(helpers),
    };

    return RUN_NT_TESTS(tests);
}
