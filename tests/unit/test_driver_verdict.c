/* The driver's table of verdicts: against a plain array, and with readers beside a writer. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "nt/nt.h"
#include "verdict.h"

#define IDS 6000

static int set_up(void **state)
{
    (void)state;
    return NT_SUCCESS(FtVerdictInitialize()) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    FtVerdictDelete();
    return 0;
}

/* Ids as Windows gives them (multiples of 4), dense, and from the far end. */
static ULONG id_of(unsigned i)
{
    return i % 3 == 0 ? i * 4 : i % 3 == 1 ? i : 0xFFFFFFFFu - i;
}

static void test_against_model(void **state)
{
    static unsigned char model[IDS];
    unsigned selected = 0;

    (void)state;
    srand(1);
    memset(model, FtVerdictUnknown, sizeof(model));
    for (unsigned step = 0; step < 400000; step++) {
        unsigned i = (unsigned)rand() % IDS, what = (unsigned)rand() % 10;

        if (what < 3) {
            FtVerdictRemove(id_of(i));
            selected -= model[i] == FtVerdictSelected;
            model[i] = FtVerdictUnknown;
        } else if (what < 6) {
            FT_VERDICT verdict = rand() % 2 ? FtVerdictSelected : FtVerdictIgnored;

            assert_true(NT_SUCCESS(FtVerdictSet(id_of(i), verdict)));
            selected -= model[i] == FtVerdictSelected;
            selected += verdict == FtVerdictSelected;
            model[i] = (unsigned char)verdict;
        } else if (step % 100000 == 99999) {
            FtVerdictClear();
            memset(model, FtVerdictUnknown, sizeof(model));
            selected = 0;
        }
        assert_int_equal(FtVerdictLookup(id_of(i)), model[i]);
    }
    for (unsigned i = 0; i < IDS; i++)
        assert_int_equal(FtVerdictLookup(id_of(i)), model[i]);
    assert_int_equal(FtVerdictCountSelected(), selected);
}

/* Even ids are only ever selected, odd ones only ever ignored: a reader may miss, never mistake. */
static atomic_bool stop;
static atomic_ulong wrong, found;

static void *reader(void *unused)
{
    unsigned seed = 7;

    nt_thread_attach();
    while (!atomic_load(&stop)) {
        ULONG id = 1 + (ULONG)rand_r(&seed) % 4000;
        FT_VERDICT verdict = FtVerdictLookup(id);

        if (verdict != FtVerdictUnknown) {
            atomic_fetch_add(&found, 1);
            if (verdict != (id % 2 ? FtVerdictIgnored : FtVerdictSelected))
                atomic_fetch_add(&wrong, 1);
        }
    }
    nt_thread_detach();
    return unused;
}

static void test_readers(void **state)
{
    pthread_t threads[3];
    unsigned seed = 11;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reader, NULL), 0);
    for (unsigned step = 0; step < 1000000 || atomic_load(&found) == 0; step++) {
        ULONG id = 1 + (ULONG)rand_r(&seed) % 4000;

        if (rand_r(&seed) % 2)
            FtVerdictRemove(id);
        else
            assert_true(
                NT_SUCCESS(FtVerdictSet(id, id % 2 ? FtVerdictIgnored : FtVerdictSelected)));
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&wrong), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_against_model, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_readers, set_up, tear_down),
    };

    nt_init();
    nt_thread_attach();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
