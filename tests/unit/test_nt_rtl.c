/* AVL tables, lists, bit maps, calendars, versions, run-once, identifiers. */
#include "nt_fixture.h"

/* ---- AVL tables ---------------------------------------------------------------------------- */

static int allocated;

static RTL_GENERIC_COMPARE_RESULTS NTAPI compare(PRTL_AVL_TABLE table, PVOID a, PVOID b)
{
    int x = *(int *)a, y = *(int *)b;

    (void)table;
    return x < y ? GenericLessThan : x > y ? GenericGreaterThan : GenericEqual;
}

static PVOID NTAPI allocate(PRTL_AVL_TABLE table, CLONG size)
{
    (void)table;
    allocated++;
    return malloc(size);
}

static VOID NTAPI release(PRTL_AVL_TABLE table, PVOID buffer)
{
    (void)table;
    allocated--;
    free(buffer);
}

/* The depth; checks order, parents and balance on the way. */
static int check(PRTL_BALANCED_LINKS links, PRTL_BALANCED_LINKS parent)
{
    int left, right;

    if (links == NULL)
        return 0;
    assert_ptr_equal(links->Parent, parent);
    left = check(links->LeftChild, links);
    right = check(links->RightChild, links);
    assert_int_equal(links->Balance, right - left);
    assert_in_range(right - left + 1, 0, 2);
    return 1 + (left > right ? left : right);
}

static void avl_tables_stay_balanced(void **state)
{
    static bool present[500];
    RTL_AVL_TABLE table;
    unsigned seed = 1;
    int count = 0;

    (void)state;
    RtlInitializeGenericTableAvl(&table, compare, allocate, release, NULL);
    assert_true(RtlIsGenericTableEmptyAvl(&table));
    for (int i = 0; i < 20000; i++) {
        int value = (int)((seed = seed * 1103515245 + 12345) >> 16) % 500;
        BOOLEAN new;

        if (i % 2 == 0 || (i / 3000) % 2 == 0) {
            int *element = RtlInsertElementGenericTableAvl(&table, &value, sizeof(value), &new);

            assert_int_equal(*element, value);
            assert_int_equal(new, !present[value]);
            count += new;
            present[value] = true;
        } else {
            assert_int_equal(RtlDeleteElementGenericTableAvl(&table, &value), present[value]);
            count -= present[value];
            present[value] = false;
        }
        assert_int_equal(RtlNumberGenericTableElementsAvl(&table), count);
        assert_int_equal(check(table.BalancedRoot.RightChild, &table.BalancedRoot),
                         table.DepthOfTree);
    }
    for (int i = 0; i < 500; i++)
        assert_int_equal(RtlLookupElementGenericTableAvl(&table, &i) != NULL, present[i]);
    assert_int_equal(allocated, count);
    while (!RtlIsGenericTableEmptyAvl(&table)) {
        int first = *(int *)RtlGetElementGenericTableAvl(&table, 0);

        assert_true(RtlDeleteElementGenericTableAvl(&table, &first));
    }
    assert_int_equal(allocated, 0);
}

static void avl_tables_enumerate_in_order(void **state)
{
    RTL_AVL_TABLE table;
    void *restart = NULL;
    int last = -1, *element;

    (void)state;
    RtlInitializeGenericTableAvl(&table, compare, allocate, release, NULL);
    for (int i = 0; i < 100; i++) {
        int value = i * 37 % 100;

        RtlInsertElementGenericTableAvl(&table, &value, sizeof(value), NULL);
    }
    while ((element = RtlEnumerateGenericTableWithoutSplayingAvl(&table, &restart)) != NULL)
        assert_int_equal(*element, ++last);
    assert_int_equal(last, 99);
    last = 0;
    for (element = RtlEnumerateGenericTableAvl(&table, TRUE); element != NULL;
         element = RtlEnumerateGenericTableAvl(&table, FALSE)) {
        int value = *element;

        last++;
        RtlDeleteElementGenericTableAvl(&table, &value); /* an enumeration survives it */
    }
    assert_int_equal(last, 100);
    assert_true(RtlIsGenericTableEmptyAvl(&table));
}

/* ---- Lists --------------------------------------------------------------------------------- */

struct node {
    SLIST_ENTRY entry;
    int value;
};

static SLIST_HEADER shared;

static void *push_and_pop(void *unused)
{
    (void)unused;
    for (int i = 0; i < 50000; i++) {
        PSLIST_ENTRY entry = InterlockedPopEntrySList(&shared);

        if (entry != NULL)
            InterlockedPushEntrySList(&shared, entry);
    }
    return NULL;
}

static void sequenced_lists(void **state)
{
    static struct node nodes[8];
    pthread_t threads[4];
    PSLIST_ENTRY all;
    int n = 0;

    (void)state;
    InitializeSListHead(&shared);
    assert_null(InterlockedPopEntrySList(&shared));
    assert_null(InterlockedPushEntrySList(&shared, &nodes[0].entry));
    assert_ptr_equal(InterlockedPushEntrySList(&shared, &nodes[1].entry), &nodes[0].entry);
    assert_int_equal(ExQueryDepthSList(&shared), 2);
    assert_ptr_equal(InterlockedPopEntrySList(&shared), &nodes[1].entry);
    for (int i = 1; i < 8; i++)
        InterlockedPushEntrySList(&shared, &nodes[i].entry);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, push_and_pop, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(ExQueryDepthSList(&shared), 8);
    for (all = InterlockedFlushSList(&shared); all != NULL; all = all->Next)
        n++;
    assert_int_equal(n, 8);
    assert_int_equal(ExQueryDepthSList(&shared), 0);
}

static void interlocked_lists(void **state)
{
    LIST_ENTRY head, a, b;
    KSPIN_LOCK lock = 0;

    (void)state;
    InitializeListHead(&head);
    assert_null(ExInterlockedInsertTailList(&head, &a, &lock));
    assert_ptr_equal(ExInterlockedInsertHeadList(&head, &b, &lock), &a);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &lock), &b);
    assert_ptr_equal(ExInterlockedRemoveHeadList(&head, &lock), &a);
    assert_null(ExInterlockedRemoveHeadList(&head, &lock));
    assert_int_equal(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

/* ---- Bit maps ------------------------------------------------------------------------------ */

static void bit_maps(void **state)
{
    ULONG words[3];
    RTL_BITMAP map;

    (void)state;
    RtlInitializeBitMap(&map, words, 70);
    RtlClearAllBits(&map);
    RtlSetBits(&map, 30, 10);
    assert_int_equal(RtlNumberOfSetBits(&map), 10);
    assert_int_equal(RtlNumberOfClearBits(&map), 60);
    assert_true(RtlAreBitsSet(&map, 30, 10));
    assert_false(RtlAreBitsSet(&map, 30, 11));
    assert_true(RtlAreBitsClear(&map, 40, 30));
    assert_false(RtlAreBitsClear(&map, 40, 31)); /* beyond the end */
    assert_int_equal(RtlFindClearBits(&map, 20, 35), 40);
    assert_int_equal(RtlFindClearBits(&map, 30, 60), 0); /* from the beginning again */
    assert_int_equal(RtlFindClearBits(&map, 31, 0), 0xffffffff);
    assert_int_equal(RtlFindSetBits(&map, 3, 32), 32);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 2, 0), 0);
    assert_int_equal(RtlFindClearBitsAndSet(&map, 2, 0), 2);
    assert_true(RtlTestBit(&map, 3));
    RtlClearBit(&map, 3);
    assert_false(RtlTestBit(&map, 3));
}

/* ---- Time ---------------------------------------------------------------------------------- */

static void calendars(void **state)
{
    TIME_FIELDS fields, again;
    LARGE_INTEGER time, back;
    ULONG seconds;

    (void)state;
    time.QuadPart = 116444736000000000ll; /* 1970-01-01, a Thursday */
    RtlTimeToTimeFields(&time, &fields);
    assert_int_equal(fields.Year, 1970);
    assert_int_equal(fields.Month, 1);
    assert_int_equal(fields.Day, 1);
    assert_int_equal(fields.Weekday, 4);
    assert_true(RtlTimeToSecondsSince1970(&time, &seconds));
    assert_int_equal(seconds, 0);
    assert_false(RtlTimeToSecondsSince1980(&time, &seconds));
    fields = (TIME_FIELDS){2024, 2, 29, 23, 59, 58, 987, 0};
    assert_true(RtlTimeFieldsToTime(&fields, &time));
    RtlTimeToTimeFields(&time, &again);
    assert_int_equal(again.Weekday, 4);
    again.Weekday = 0;
    assert_memory_equal(&fields, &again, sizeof(fields));
    fields.Year = 2023; /* no leap year */
    assert_false(RtlTimeFieldsToTime(&fields, &time));
    RtlSecondsSince1970ToTime(0, &time);
    assert_int_equal(time.QuadPart, 116444736000000000ll);
    for (int year = 1601; year < 3000; year++) {
        fields = (TIME_FIELDS){(CSHORT)year, 12, 31, 0, 0, 0, 0, 0};
        assert_true(RtlTimeFieldsToTime(&fields, &time));
        RtlTimeToTimeFields(&time, &again);
        assert_int_equal(again.Year, year);
        assert_int_equal(again.Month * 100 + again.Day, 1231);
        assert_true(RtlTimeFieldsToTime(&again, &back));
        assert_int_equal(back.QuadPart, time.QuadPart);
    }
}

static void versions(void **state)
{
    RTL_OSVERSIONINFOEXW information = {.dwOSVersionInfoSize = sizeof(information)};
    ULONG major, minor, build;

    (void)state;
    assert_int_equal(RtlGetVersion((PRTL_OSVERSIONINFOW)&information), STATUS_SUCCESS);
    assert_int_equal(information.dwMajorVersion, 10);
    information.dwOSVersionInfoSize = 7;
    assert_int_equal(RtlGetVersion((PRTL_OSVERSIONINFOW)&information), STATUS_INVALID_PARAMETER);
    assert_false(PsGetVersion(&major, &minor, &build, NULL));
    assert_int_equal(build, information.dwBuildNumber);
}

/* ---- The rest ------------------------------------------------------------------------------ */

static int runs;

static ULONG NTAPI run_once(PRTL_RUN_ONCE once, PVOID parameter, PVOID *context)
{
    (void)once;
    runs++;
    *context = &runs;
    return parameter != NULL;
}

static void once(void **state)
{
    RTL_RUN_ONCE once_only;
    PVOID context = NULL;

    (void)state;
    RtlRunOnceInitialize(&once_only);
    assert_int_equal(RtlRunOnceExecuteOnce(&once_only, run_once, NULL, &context),
                     STATUS_UNSUCCESSFUL);
    assert_int_equal(RtlRunOnceExecuteOnce(&once_only, run_once, &runs, &context), STATUS_SUCCESS);
    context = NULL;
    assert_int_equal(RtlRunOnceExecuteOnce(&once_only, run_once, &runs, &context), STATUS_SUCCESS);
    assert_ptr_equal(context, &runs);
    assert_int_equal(runs, 2);
}

static void identifiers(void **state)
{
    SID_IDENTIFIER_AUTHORITY nt = {{0, 0, 0, 0, 0, 5}};
    uint8_t a[68], b[68];

    (void)state;
    assert_int_equal(RtlLengthRequiredSid(2), 16);
    assert_int_equal(RtlInitializeSid(a, &nt, 2), STATUS_SUCCESS);
    *RtlSubAuthoritySid(a, 0) = 32;
    *RtlSubAuthoritySid(a, 1) = 544;
    assert_true(RtlValidSid(a));
    assert_int_equal(RtlCopySid(15, b, a), STATUS_BUFFER_TOO_SMALL);
    assert_int_equal(RtlCopySid(16, b, a), STATUS_SUCCESS);
    assert_true(RtlEqualSid(a, b));
    *RtlSubAuthoritySid(b, 1) = 545;
    assert_false(RtlEqualSid(a, b));
}

static void descriptors(void **state)
{
    SECURITY_DESCRIPTOR d;

    (void)state;
    assert_int_equal(RtlCreateSecurityDescriptor(&d, 2), STATUS_UNKNOWN_REVISION);
    assert_int_equal(RtlCreateSecurityDescriptor(&d, SECURITY_DESCRIPTOR_REVISION), STATUS_SUCCESS);
    assert_int_equal(RtlSetDaclSecurityDescriptor(&d, TRUE, NULL, FALSE), STATUS_SUCCESS);
    assert_int_equal(d.Control, SE_DACL_PRESENT);
    assert_int_equal(RtlSetDaclSecurityDescriptor(&d, FALSE, NULL, FALSE), STATUS_SUCCESS);
    assert_int_equal(d.Control, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(avl_tables_stay_balanced),
        cmocka_unit_test(avl_tables_enumerate_in_order),
        cmocka_unit_test(sequenced_lists),
        cmocka_unit_test(interlocked_lists),
        cmocka_unit_test(bit_maps),
        cmocka_unit_test(calendars),
        cmocka_unit_test(versions),
        cmocka_unit_test(once),
        cmocka_unit_test(identifiers),
        cmocka_unit_test(descriptors),
    };

    return RUN_NT_TESTS(tests);
}
