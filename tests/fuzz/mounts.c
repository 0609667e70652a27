/* Mount tables, which whoever may mount writes: our own as volumes, and other namespaces'. */
#include "fuzz.h"

#include "flt/flt.h"
#include "nt/nt.h"
#include "source/mount_table.h"
#include "translate/mounts.h"
#include "translate/translate.h"

static const char *const paths[] = {"/", "/a", "/a/b", "/a b/c", "/tmp/x/y", "/tmp//", "/proc/1"};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    nt_init();
    nt_thread_attach();
    flt_init();
    return 0;
}

static void ask_ours(const char *name)
{
    translate_mounts_from(name);
    translate_mounts_open();
    for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const struct mount_place place = {.id = i % 4,
                                          .unique = i % 3 == 0 ? 77 : 0,
                                          .point_known = i % 2,
                                          .point = i % 2 && i > 2 ? 2 : 0};
        const struct mount *m = mount_of(paths[i], i > 0 ? &place : NULL, 0);

        if (m == NULL || m->point_length > strlen(paths[i]))
            fuzz_wrong("its mount's point is longer:", paths[i]);
    }
    translate_mounts_close();
}

static void ask_others(const char *name, const char *top)
{
    static const struct mount_limits limits = {
        .mounts = 64, .bytes = 65536, .nanoseconds = 1000000000};
    struct mount_table table = {0};
    char path[4096];

    if (mount_table_read(&table, name, top, &limits) == 0) {
        if (table.count > limits.mounts)
            fuzz_wrong("more mounts than the limit", "");
        for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
            mount_by_id(&table, i);
            mount_seen_at(&table, paths[i]);
            mount_that_shows(&table, i % 3 == 0 ? 0x800001 : i, i % 2 ? paths[i] : "", path,
                             sizeof(path));
        }
        if (mount_table_size(&table) > (1u << 20))
            fuzz_wrong("a small table is great", "");
    }
    mount_table_free(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *name = fuzz_file_name(fuzz_file(data, size));

    ask_ours(name);
    ask_others(name, "");
    ask_others(name, "/a");
    return 0;
}
