/* Processes, threads, contexts, notify routines, and what is asked of a process. */
#include "nt_fixture.h"

static struct nt_process_start process(uint32_t pid, const wchar_t *image)
{
    struct nt_process_start start = {.pid = pid,
                                     .parent_pid = 1,
                                     .creator_pid = 1,
                                     .time = 133700000000000000ull,
                                     .image = str(image),
                                     .session = 3};

    return start;
}

static void the_system_process(void **state)
{
    PEPROCESS found;

    (void)state;
    assert_ptr_equal(PsGetCurrentProcess(), PsInitialSystemProcess);
    assert_int_equal((uintptr_t)PsGetCurrentProcessId(), 4);
    assert_true(PsIsSystemThread(PsGetCurrentThread()));
    assert_int_equal(ExGetPreviousMode(), KernelMode);
    assert_int_equal(PsLookupProcessByProcessId((HANDLE)4, &found), STATUS_SUCCESS);
    assert_ptr_equal(found, PsInitialSystemProcess);
    ObDereferenceObject(found);
}

static void processes_are_found_until_they_end(void **state)
{
    struct nt_process_start start = process(100, L"\\Device\\HarddiskVolume1\\bin\\cat");
    PEPROCESS p = nt_process_start(&start, false), found;
    PETHREAD thread;
    LARGE_INTEGER none = {0};

    (void)state;
    assert_int_equal(PsLookupProcessByProcessId((HANDLE)100, &found), STATUS_SUCCESS);
    assert_ptr_equal(found, p);
    assert_int_equal((uintptr_t)PsGetProcessId(p), 100);
    assert_int_equal(PsGetProcessCreateTimeQuadPart(p), 133700000000000000ll);
    assert_int_equal(PsGetProcessExitStatus(p), STATUS_PENDING);
    thread = nt_thread_of(p, 101);
    assert_ptr_equal(nt_thread_of(p, 101), thread);
    assert_ptr_equal(PsGetThreadProcess(thread), p);
    assert_int_equal((uintptr_t)PsGetThreadProcessId(thread), 100);
    assert_false(PsIsSystemThread(thread));
    assert_int_equal(PsLookupThreadByThreadId((HANDLE)101, &thread), STATUS_SUCCESS);
    assert_int_equal(KeWaitForSingleObject(p, Executive, KernelMode, FALSE, &none), STATUS_TIMEOUT);

    nt_process_exit(100, 133700000000000005ull, STATUS_ACCESS_DENIED);
    assert_int_equal(PsLookupProcessByProcessId((HANDLE)100, &p), STATUS_INVALID_PARAMETER);
    assert_null(nt_process_find(100));
    /* The object lives as long as it is referenced. */
    assert_int_equal(PsGetProcessExitStatus(found), STATUS_ACCESS_DENIED);
    assert_int_equal(KeWaitForSingleObject(found, Executive, KernelMode, FALSE, &none),
                     STATUS_SUCCESS);
    assert_true(PsIsThreadTerminating(thread));
    ObDereferenceObject(thread);
    ObDereferenceObject(found);
}

static void contexts_nest(void **state)
{
    struct nt_process_start start = process(200, L"\\x\\y");
    PEPROCESS p = nt_process_start(&start, false);
    struct nt_context outer, inner;
    void *at_gs;

    (void)state;
    outer = nt_context_enter(nt_thread_of(p, 201), 0);
    assert_int_equal((uintptr_t)PsGetCurrentProcessId(), 200);
    assert_int_equal((uintptr_t)PsGetCurrentThreadId(), 201);
    assert_int_equal(ExGetPreviousMode(), UserMode);
    __asm__ volatile("mov %%gs:0x188, %0" : "=r"(at_gs) : : "memory");
    assert_ptr_equal(at_gs, PsGetCurrentThread());
    inner = nt_context_enter(nt_thread_of(p, 202), 0);
    assert_int_equal((uintptr_t)PsGetCurrentThreadId(), 202);
    nt_context_leave(inner);
    assert_int_equal((uintptr_t)PsGetCurrentThreadId(), 201);
    nt_context_leave(outer);
    assert_int_equal((uintptr_t)PsGetCurrentProcessId(), 4);
    nt_process_exit(200, 0, 0);
}

/* ---- Notify routines ----------------------------------------------------------------------- */

static char seen[1024];

static void note(const char *format, ...)
{
    va_list arguments;
    size_t n = strlen(seen);

    va_start(arguments, format);
    vsnprintf(seen + n, sizeof(seen) - n, format, arguments);
    va_end(arguments);
}

static VOID NTAPI legacy(HANDLE parent, HANDLE id, BOOLEAN create)
{
    note("legacy %d %d %d in %d; ", (int)(intptr_t)parent, (int)(intptr_t)id, create,
         (int)(intptr_t)PsGetCurrentProcessId());
}

static VOID NTAPI extended(PEPROCESS p, HANDLE id, PPS_CREATE_NOTIFY_INFO info)
{
    LARGE_INTEGER now;
    PEPROCESS found;

    KeQuerySystemTimePrecise(&now);
    assert_int_equal(PsLookupProcessByProcessId(id, &found), STATUS_SUCCESS);
    assert_ptr_equal(found, p);
    ObDereferenceObject(found);
    if (info == NULL) {
        note("exit %d in %d at %d; ", (int)(intptr_t)id, (int)(intptr_t)PsGetCurrentProcessId(),
             (int)(now.QuadPart % 1000));
        return;
    }
    assert_int_equal(info->Size, sizeof(*info));
    assert_int_equal(info->CreationStatus, STATUS_SUCCESS);
    note("create %d parent %d by %d.%d in %d at %d; ", (int)(intptr_t)id,
         (int)(intptr_t)info->ParentProcessId, (int)(intptr_t)info->CreatingThreadId.UniqueProcess,
         (int)(intptr_t)info->CreatingThreadId.UniqueThread, (int)(intptr_t)PsGetCurrentProcessId(),
         (int)(now.QuadPart % 1000));
    if (info->ImageFileName != NULL) {
        char name[64];

        _snprintf(name, sizeof(name), "%wZ%s", info->ImageFileName,
                  info->FileOpenNameAvailable ? "" : "?");
        note("image %s; ", name);
        _snprintf(name, sizeof(name), "%wZ", &info->FileObject->FileName);
        note("file %s; ", name);
    }
    if (info->CommandLine != NULL)
        note("args %d; ", info->CommandLine->Length);
}

static void create_and_exit_are_notified(void **state)
{
    struct nt_process_start parent = process(300, L"\\p"), child;

    (void)state;
    nt_process_start(&parent, false);
    child = process(301, L"\\Device\\HarddiskVolume1\\bin\\cat");
    child.parent_pid = child.creator_pid = 300;
    child.creator_tid = 305;
    child.time = 133700000000000007ull;
    child.command_line = str(L"cat x");
    assert_int_equal(PsSetCreateProcessNotifyRoutineEx(extended, FALSE), STATUS_SUCCESS);
    assert_int_equal(PsSetCreateProcessNotifyRoutine(legacy, FALSE), STATUS_SUCCESS);
    seen[0] = '\0';
    nt_process_start(&child, true);
    assert_string_equal(seen, "create 301 parent 300 by 300.305 in 300 at 7; "
                              "image \\Device\\HarddiskVolume1\\bin\\cat; file \\bin\\cat; "
                              "args 10; legacy 300 301 1 in 300; ");
    /* Executed by another name: that is what was asked for, and all of it that is known. */
    nt_process_exit(301, 133700000000000008ull, 0);
    child.executed = str(L"a link");
    seen[0] = '\0';
    nt_process_start(&child, true);
    assert_string_equal(seen, "create 301 parent 300 by 300.305 in 300 at 7; "
                              "image a link?; file \\bin\\cat; "
                              "args 10; legacy 300 301 1 in 300; ");
    seen[0] = '\0';
    nt_process_exit(301, 133700000000000009ull, 0);
    assert_string_equal(seen, "exit 301 in 301 at 9; legacy 300 301 0 in 301; ");
    seen[0] = '\0';
    assert_int_equal(PsSetCreateProcessNotifyRoutineEx(extended, TRUE), STATUS_SUCCESS);
    assert_int_equal(PsSetCreateProcessNotifyRoutine(legacy, TRUE), STATUS_SUCCESS);
    nt_process_exit(300, 0, 0);
    assert_string_equal(seen, "");
}

static void registration_has_rules(void **state)
{
    (void)state;
    assert_int_equal(PsSetCreateProcessNotifyRoutineEx(extended, TRUE), STATUS_INVALID_PARAMETER);
    assert_int_equal(PsSetCreateProcessNotifyRoutineEx(extended, FALSE), STATUS_SUCCESS);
    assert_int_equal(PsSetCreateProcessNotifyRoutineEx(extended, FALSE), STATUS_INVALID_PARAMETER);
    assert_int_equal(PsSetCreateProcessNotifyRoutineEx(extended, TRUE), STATUS_SUCCESS);
    assert_int_equal(
        PsSetCreateProcessNotifyRoutineEx2(PsCreateProcessNotifySubsystems, extended, FALSE),
        STATUS_SUCCESS);
    assert_int_equal(
        PsSetCreateProcessNotifyRoutineEx2(PsCreateProcessNotifySubsystems, extended, TRUE),
        STATUS_SUCCESS);
    for (intptr_t i = 1; i <= 64; i++)
        assert_int_equal(PsSetCreateProcessNotifyRoutine((PCREATE_PROCESS_NOTIFY_ROUTINE)i, FALSE),
                         STATUS_SUCCESS);
    assert_int_equal(PsSetCreateProcessNotifyRoutine(legacy, FALSE), STATUS_INVALID_PARAMETER);
    for (intptr_t i = 1; i <= 64; i++)
        assert_int_equal(PsSetCreateProcessNotifyRoutine((PCREATE_PROCESS_NOTIFY_ROUTINE)i, TRUE),
                         STATUS_SUCCESS);
}

static void a_routine_left_behind_is_removed(void **state)
{
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "notifier");
    struct nt_process_start start = process(400, L"\\x");
    unsigned lines;
    char *report;

    (void)state;
    PsSetCreateProcessNotifyRoutine(legacy, FALSE);
    report = driver_leave(&call, driver, &lines);
    assert_int_equal(lines, 1);
    assert_non_null(strstr(report, "a process-notify routine"));
    free(report);
    seen[0] = '\0';
    nt_process_start(&start, true);
    nt_process_exit(400, 0, 0);
    assert_string_equal(seen, "");
}

/* ---- Questions ----------------------------------------------------------------------------- */

static void image_names(void **state)
{
    struct nt_process_start start =
        process(500, L"\\Device\\HarddiskVolume1\\bin\\a_rather_long_name");
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "asker");
    PEPROCESS p = nt_process_start(&start, false);
    UNICODE_STRING *name;
    unsigned lines;
    char *report;

    (void)state;
    assert_int_equal(SeLocateProcessImageName(p, &name), STATUS_SUCCESS);
    assert_true(RtlEqualUnicodeString(name, &start.image, FALSE));
    ExFreePool(name);
    assert_int_equal(SeLocateProcessImageName(PsInitialSystemProcess, &name), STATUS_SUCCESS);
    assert_int_equal(name->Length, 0); /* not freed */
    report = driver_leave(&call, driver, &lines);
    assert_int_equal(lines, 1); /* it is the driver's to free */
    free(report);
    nt_process_exit(500, 0, 0);
}

static void query_information(void **state)
{
    struct nt_process_start start = process(600, L"\\Device\\HarddiskVolume1\\bin\\cat");
    PEPROCESS p = nt_process_start(&start, false);
    struct {
        UNICODE_STRING name;
        wchar_t space[64];
    } image;
    PROCESS_BASIC_INFORMATION basic;
    HANDLE handle;
    ULONG needed = 0, session;

    (void)state;
    assert_int_equal(
        ObOpenObjectByPointer(p, OBJ_KERNEL_HANDLE, NULL, 0, *PsProcessType, KernelMode, &handle),
        STATUS_SUCCESS);
    assert_true(ObIsKernelHandle(handle));
    assert_int_equal(ZwQueryInformationProcess(handle, ProcessImageFileName, NULL, 0, &needed),
                     STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(needed, sizeof(UNICODE_STRING) + start.image.Length + 2);
    assert_int_equal(
        ZwQueryInformationProcess(handle, ProcessImageFileName, &image, needed, &needed),
        STATUS_SUCCESS);
    assert_true(RtlEqualUnicodeString(&image.name, &start.image, FALSE));
    assert_ptr_equal(image.name.Buffer, image.space);
    assert_int_equal(
        ZwQueryInformationProcess(handle, ProcessBasicInformation, &basic, sizeof(basic), NULL),
        STATUS_SUCCESS);
    assert_int_equal(basic.UniqueProcessId, 600);
    assert_int_equal(basic.InheritedFromUniqueProcessId, 1);
    assert_int_equal(ZwQueryInformationProcess(handle, ProcessBasicInformation, &basic, 8, NULL),
                     STATUS_INFO_LENGTH_MISMATCH);
    assert_int_equal(ZwQueryInformationProcess(handle, ProcessSessionInformation, &session,
                                               sizeof(session), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(session, 3);
    assert_int_equal(ZwQueryInformationProcess(handle, (PROCESSINFOCLASS)1000, &basic, 8, NULL),
                     STATUS_INVALID_INFO_CLASS);
    assert_int_equal(ZwClose(handle), STATUS_SUCCESS);
    assert_int_equal(ZwClose(handle), STATUS_INVALID_HANDLE);
    assert_int_equal(
        ZwQueryInformationProcess(handle, ProcessBasicInformation, &basic, sizeof(basic), NULL),
        STATUS_INVALID_HANDLE);
    assert_int_equal(ZwQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &basic,
                                               sizeof(basic), NULL),
                     STATUS_SUCCESS);
    assert_int_equal(basic.UniqueProcessId, 4);
    nt_process_exit(600, 0, 0);
}

static void open_process(void **state)
{
    struct nt_process_start start = process(700, L"\\x");
    CLIENT_ID id = {(HANDLE)700, NULL};
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle;

    (void)state;
    nt_process_start(&start, false);
    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    assert_int_equal(ZwOpenProcess(&handle, PROCESS_ALL_ACCESS, &attributes, &id), STATUS_SUCCESS);
    assert_int_equal(ZwClose(handle), STATUS_SUCCESS);
    id.UniqueProcess = (HANDLE)701;
    assert_int_equal(ZwOpenProcess(&handle, PROCESS_ALL_ACCESS, &attributes, &id),
                     STATUS_INVALID_CID);
    nt_process_exit(700, 0, 0);
}

static void a_process_with_the_systems_id(void **state)
{
    struct nt_process_start start = process(4, L"\\Device\\HarddiskVolume1\\bin\\four");
    PEPROCESS p, found;

    (void)state;
    assert_null(nt_process_find(4));
    p = nt_process_start(&start, false);
    assert_int_equal(PsLookupProcessByProcessId((HANDLE)4, &found), STATUS_SUCCESS);
    assert_ptr_equal(found, p);
    ObDereferenceObject(found);
    nt_process_exit(4, 0, 0);
    assert_int_equal(PsLookupProcessByProcessId((HANDLE)4, &found), STATUS_SUCCESS);
    assert_ptr_equal(found, PsInitialSystemProcess);
    ObDereferenceObject(found);
}

static void NTAPI remove_self(HANDLE parent, HANDLE id, BOOLEAN create)
{
    (void)parent;
    (void)id;
    (void)create;
    PsSetCreateProcessNotifyRoutine(remove_self, TRUE);
}

static void removes_itself(void)
{
    struct nt_process_start start = process(800, L"\\x");

    PsSetCreateProcessNotifyRoutine(remove_self, FALSE);
    nt_process_start(&start, true);
}

static void misuse_is_a_bug_check(void **state)
{
    (void)state;
    assert_bug_check(removes_itself, "removes itself");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_system_process),
        cmocka_unit_test(processes_are_found_until_they_end),
        cmocka_unit_test(contexts_nest),
        cmocka_unit_test(create_and_exit_are_notified),
        cmocka_unit_test(registration_has_rules),
        cmocka_unit_test(a_routine_left_behind_is_removed),
        cmocka_unit_test(image_names),
        cmocka_unit_test(query_information),
        cmocka_unit_test(open_process),
        cmocka_unit_test(a_process_with_the_systems_id),
        cmocka_unit_test(misuse_is_a_bug_check),
    };

    return RUN_NT_TESTS(tests);
}
