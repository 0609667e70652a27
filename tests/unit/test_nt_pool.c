/* Pool and lookaside lists. */
#include "nt_fixture.h"

static void allocates_and_frees(void **state)
{
    (void)state;
    for (size_t size = 0; size < 20000; size = size * 2 + 1) {
        uint8_t *block = ExAllocatePoolWithTag(NonPagedPoolNx, size, TAG("Test"));

        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 16, 0);
        if (size >= 4096)
            assert_int_equal((uintptr_t)block % 4096, 0);
        memset(block, 0xaa, size);
        ExFreePoolWithTag(block, TAG("Test"));
    }
}

static void pool2_zeroes_unless_told(void **state)
{
    uint8_t *block;

    (void)state;
    for (int i = 0; i < 600; i++) { /* longer than freed blocks are kept apart */
        block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, TAG("Test"));
        for (int k = 0; k < 100; k++)
            assert_int_equal(block[k], 0);
        memset(block, 0xff, 100);
        ExFreePoolWithTag(block, TAG("Test"));
    }
    block = ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_UNINITIALIZED, 100, TAG("Test"));
    assert_int_not_equal(block[0], 0); /* filled, so that a driver does not rely on zeros */
    ExFreePool(block);
}

static void pool2_refuses_what_the_page_says(void **state)
{
    (void)state;
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, 100, 0));
    assert_null(ExAllocatePool2(0, 100, TAG("Test")));
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 100, TAG("Test")));
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED | 0x80000000, 100, TAG("Test")));
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, SIZE_MAX - 10, TAG("Test")));
    assert_null(ExAllocatePool2(POOL_FLAG_NON_PAGED, SIZE_MAX / 2 + 1, TAG("Test")));
    assert_null(ExAllocatePoolWithTag(PagedPool, SIZE_MAX - 10, TAG("Test")));
}

static void pool2_ignores_unknown_optional_flags(void **state)
{
    void *block = ExAllocatePool2(POOL_FLAG_NON_PAGED | 0x4000000000000000, 10, TAG("Test"));

    (void)state;
    assert_non_null(block);
    ExFreePool(block);
}

static void pool2_aligns_to_cache_lines(void **state)
{
    void *blocks[50];

    (void)state;
    for (int i = 0; i < 50; i++) {
        blocks[i] = ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_CACHE_ALIGNED, 24, TAG("Test"));
        assert_int_equal((uintptr_t)blocks[i] % 64, 0);
    }
    for (int i = 0; i < 50; i++)
        ExFreePool(blocks[i]);
}

static void failures_raise_where_asked(void **state)
{
    volatile NTSTATUS raised = 0;

    (void)state;
    __try {
        ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_RAISE_ON_FAILURE, SIZE_MAX / 2, TAG("Test"));
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised = GetExceptionCode();
    }
    assert_int_equal(raised, STATUS_INSUFFICIENT_RESOURCES);
    raised = 0;
    __try {
        ExAllocatePoolWithQuotaTag(PagedPool, SIZE_MAX / 2, TAG("Test"));
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised = GetExceptionCode();
    }
    assert_int_equal(raised, STATUS_INSUFFICIENT_RESOURCES);
    assert_null(ExAllocatePoolWithQuotaTag(PagedPool | POOL_QUOTA_FAIL_INSTEAD_OF_RAISE,
                                           SIZE_MAX / 2, TAG("Test")));
}

static void leaks_are_reported(void **state)
{
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "leaky");
    void *kept[3];
    unsigned lines;
    char *report;

    (void)state;
    for (int i = 0; i < 3; i++)
        kept[i] = ExAllocatePoolWithTag(PagedPool, 100, TAG("Leak"));
    ExFreePoolWithTag(ExAllocatePoolWithTag(PagedPool, 50, TAG("Good")), TAG("Good"));
    assert_non_null(kept[2]);
    report = driver_leave(&call, driver, &lines);
    assert_int_equal(lines, 1);
    assert_non_null(strstr(report, "leaky.sys left behind: pool tag 'Leak', 3 blocks, 300 bytes"));
    assert_null(strstr(report, "Good"));
    free(report);
}

static void another_drivers_block_may_be_freed(void **state)
{
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "giver");
    void *block = ExAllocatePoolWithTag(PagedPool, 100, TAG("Give"));
    unsigned lines;

    (void)state;
    nt_call_end(&call);
    ExFreePool(block);
    nt_call_begin(&call, driver, "a test");
    free(driver_leave(&call, driver, &lines));
    assert_int_equal(lines, 0);
}

static void wrong_tag(void)
{
    ExFreePoolWithTag(ExAllocatePoolWithTag(PagedPool, 10, TAG("Ftxx")), TAG("Abcd"));
}

static void double_free(void)
{
    void *block = ExAllocatePoolWithTag(PagedPool, 10, TAG("Ftxx"));

    ExFreePool(block);
    ExFreePool(block);
}

static void overrun(void)
{
    uint8_t *block = ExAllocatePoolWithTag(PagedPool, 13, TAG("Ftxx"));

    block[13] = 0;
    ExFreePool(block);
}

static void underrun(void)
{
    uint8_t *block = ExAllocatePoolWithTag(PagedPool, 13, TAG("Ftxx"));

    block[-1] ^= 1;
    ExFreePool(block);
}

static void foreign_pointer(void)
{
    uint8_t *mine = calloc(1, 256);

    ExFreePool(mine + 128);
}

static void null_pointer(void)
{
    ExFreePool(NULL);
}

static void write_after_free(void)
{
    uint8_t *block = ExAllocatePoolWithTag(PagedPool, 40, TAG("Ftxx"));

    ExFreePool(block);
    block[7] = 1;
    for (int i = 0; i < 2000; i++)
        ExFreePool(ExAllocatePoolWithTag(PagedPool, 40, TAG("Ftxx")));
}

static void paged_at_dispatch(void)
{
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    ExAllocatePoolWithTag(PagedPool, 10, TAG("Ftxx"));
}

static void misuse_is_a_bug_check(void **state)
{
    (void)state;
    assert_bug_check(wrong_tag, "(tag 'Ftxx') freed with tag 'Abcd'");
    assert_bug_check(wrong_tag, "bug check 0x000000C2 BAD_POOL_CALLER");
    assert_bug_check(double_free, "freed twice");
    assert_bug_check(overrun, "written beyond its end");
    assert_bug_check(underrun, "0x00000019 BAD_POOL_HEADER");
    assert_bug_check(foreign_pointer, "is no pool block");
    assert_bug_check(null_pointer, "is no pool block");
    assert_bug_check(write_after_free, "written at +7 after");
    assert_bug_check(paged_at_dispatch, "paged pool at IRQL 2");
}

static void nonpaged_at_dispatch_is_fine(void **state)
{
    KIRQL old;

    (void)state;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    ExFreePool(ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, TAG("Test")));
    KeLowerIrql(old);
}

/* Memory goes from block to block of about the same size: each has all of its own. */
static void blocks_of_many_sizes_take_turns(void **state)
{
    static struct {
        uint8_t *at;
        size_t size;
        uint8_t mark;
    } blocks[600];

    (void)state;
    srand(1);
    for (int round = 0; round < 100000; round++) {
        size_t i = rand() % 600;

        if (blocks[i].at != NULL) {
            for (size_t k = 0; k < blocks[i].size; k++)
                assert_int_equal(blocks[i].at[k], blocks[i].mark);
            ExFreePool(blocks[i].at);
            blocks[i].at = NULL;
            continue;
        }
        blocks[i].size = rand() % 8 == 0 ? rand() % 5000 : rand() % 300;
        blocks[i].mark = (uint8_t)rand();
        blocks[i].at = ExAllocatePool2(POOL_FLAG_NON_PAGED, blocks[i].size, TAG("Test"));
        assert_non_null(blocks[i].at);
        for (size_t k = 0; k < blocks[i].size; k++)
            assert_int_equal(blocks[i].at[k], 0);
        memset(blocks[i].at, blocks[i].mark, blocks[i].size);
    }
    for (size_t i = 0; i < 600; i++) {
        if (blocks[i].at != NULL)
            ExFreePool(blocks[i].at);
    }
}

/* ---- Lookaside lists ----------------------------------------------------------------------- */

static void lookaside_lists_reuse(void **state)
{
    static NPAGED_LOOKASIDE_LIST list;
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "aside");
    void *entry;
    unsigned lines;

    (void)state;
    ExInitializeNPagedLookasideList(&list, NULL, NULL, POOL_NX_ALLOCATION, 200, TAG("Look"), 0);
    entry = ExAllocateFromNPagedLookasideList(&list);
    memset(entry, 1, 200);
    ExFreeToNPagedLookasideList(&list, entry);
    assert_ptr_equal(ExAllocateFromNPagedLookasideList(&list), entry);
    assert_int_equal(list.L.TotalAllocates, 2);
    assert_int_equal(list.L.AllocateMisses, 1);
    ExFreeToNPagedLookasideList(&list, entry);
    ExDeleteNPagedLookasideList(&list);
    free(driver_leave(&call, driver, &lines));
    assert_int_equal(lines, 0);
}

static void a_lookaside_list_not_deleted_is_reported(void **state)
{
    static PAGED_LOOKASIDE_LIST list;
    struct nt_call call;
    struct nt_driver *driver = driver_enter(&call, "forgetful");
    unsigned lines;
    char *report;

    (void)state;
    ExInitializePagedLookasideList(&list, NULL, NULL, 0, 200, TAG("Look"), 0);
    ExFreeToPagedLookasideList(&list, ExAllocateFromPagedLookasideList(&list));
    report = driver_leave(&call, driver, &lines);
    assert_int_equal(lines, 2); /* the list, and the entry in it */
    assert_non_null(strstr(report, "a lookaside list not deleted"));
    assert_non_null(strstr(report, "pool tag 'Look', 1 block, 200 bytes"));
    free(report);
}

static void lookaside_list_ex(void **state)
{
    static LOOKASIDE_LIST_EX list;
    void *entries[20];

    (void)state;
    assert_int_equal(
        ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPoolNx, 3, 64, TAG("Look"), 0),
        STATUS_INVALID_PARAMETER_5);
    assert_int_equal(
        ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPoolNx, 0, 64, TAG("Look"), 0),
        STATUS_SUCCESS);
    for (int i = 0; i < 20; i++)
        assert_non_null(entries[i] = ExAllocateFromLookasideListEx(&list));
    for (int i = 0; i < 20; i++)
        ExFreeToLookasideListEx(&list, entries[i]);
    ExFlushLookasideListEx(&list);
    ExDeleteLookasideListEx(&list);
}

static void *hammer(void *unused)
{
    (void)unused;
    nt_thread_attach();
    for (int i = 0; i < 20000; i++) {
        void *a = ExAllocatePool2(POOL_FLAG_NON_PAGED, (size_t)i % 500, TAG("Test"));
        void *b = ExAllocatePool2(POOL_FLAG_PAGED, 64, TAG("Test"));

        ExFreePool(a);
        ExFreePool(b);
    }
    nt_thread_detach();
    return NULL;
}

static void threads_share_the_pool(void **state)
{
    pthread_t threads[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, hammer, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocates_and_frees),
        cmocka_unit_test(pool2_zeroes_unless_told),
        cmocka_unit_test(pool2_refuses_what_the_page_says),
        cmocka_unit_test(pool2_ignores_unknown_optional_flags),
        cmocka_unit_test(pool2_aligns_to_cache_lines),
        cmocka_unit_test(failures_raise_where_asked),
        cmocka_unit_test(leaks_are_reported),
        cmocka_unit_test(another_drivers_block_may_be_freed),
        cmocka_unit_test(misuse_is_a_bug_check),
        cmocka_unit_test(nonpaged_at_dispatch_is_fine),
        cmocka_unit_test(blocks_of_many_sizes_take_turns),
        cmocka_unit_test(lookaside_lists_reuse),
        cmocka_unit_test(a_lookaside_list_not_deleted_is_reported),
        cmocka_unit_test(lookaside_list_ex),
        cmocka_unit_test(threads_share_the_pool),
    };

    return RUN_NT_TESTS(tests);
}
