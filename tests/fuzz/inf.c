/* An INF beside a driver. */
#include "fuzz.h"

#include "inf.h"
#include "nt/nt.h"
#include "nt/registry.h"

#define SERVICES "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    nt_init();
    nt_thread_attach();
    return 0;
}

static void delete_below(struct key *key)
{
    for (struct key *child = key->children, *next; child != NULL; child = next) {
        next = child->next;
        delete_below(child);
        if (!NT_SUCCESS(nt_key_delete_locked(child)))
            fuzz_wrong("a key cannot be deleted", "");
    }
}

/* The next input begins with an empty registry. */
static void forget(void)
{
    static const wchar_t root[] = L"\\Registry\\Machine";
    struct key *key;
    bool created;

    pthread_mutex_lock(&nt_registry_lock);
    if (NT_SUCCESS(nt_key_walk_locked(NULL, root, sizeof(root) / sizeof(*root) - 1, KEY_OPEN, &key,
                                      &created)))
        delete_below(key);
    pthread_mutex_unlock(&nt_registry_lock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char driver[4200], *error = NULL, **subkeys;

    snprintf(driver, sizeof(driver), "%s", fuzz_named_file("fuzz.inf", data, size));
    strcpy(strrchr(driver, '.'), ".sys");
    if (!inf_apply(driver, SERVICES "fuzz", &error))
        fuzz_wrong("the file is not found", driver);
    free(error);
    free(nt_registry_get_string(SERVICES "fuzz", "DefaultInstance"));
    subkeys = nt_registry_subkeys(SERVICES "fuzz");
    for (size_t i = 0; subkeys != NULL && subkeys[i] != NULL; i++)
        free(subkeys[i]);
    free(subkeys);
    forget();
    return 0;
}
