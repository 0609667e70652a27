/* What /proc says of a process that has a say in it: arguments, names, environments. */
#include "fuzz.h"

#include "client/names.h"
#include "client/utf.h"
#include "source/bpf_private.h"
#include "translate/translate.h"

#define GONE 0x7ffffff0 /* no process has this id */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

/* A Linux name to an NT name and back is the same name. */
static void there_and_back(const char *name)
{
    size_t length = strlen(name), count;
    uint16_t *units = malloc((length + 1) * sizeof(*units));
    char *bytes;

    count = translate_name(name, length, units, false);
    bytes = malloc(3 * count + 1);
    if (translate_name_back(units, count, bytes, false) != length ||
        memcmp(bytes, name, length) != 0)
        fuzz_wrong("not the same name:", name);
    free(bytes);
    free(units);
}

static void as_units(const uint8_t *data, size_t size)
{
    size_t count = size / 2;
    uint16_t *units = malloc(size + 2);
    char *bytes = malloc(3 * count + 1);

    memcpy(units, data, 2 * count);
    translate_name_back(units, count, bytes, true);
    translate_name_back(units, count, bytes, false);
    translate_windows_name_back(units, count, bytes);
    free(utf16_to_bytes(units, count));
    free(bytes);
    free(units);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), prefix[PROC_NAME_MAX], *copy, comm[16];
    proc_path room;
    size_t count;
    bool cut;

    memcpy(text, data, size);
    text[size] = '\0';
    snprintf(comm, sizeof(comm), "%.15s", text);
    copy = proc_quote(text, size + 1, &cut);
    if (copy != NULL && strlen(copy) > 32766)
        fuzz_wrong("a command line too long for Windows", "");
    free(copy);
    free(proc_executed("/usr/bin/python3.11", comm, text, size + 1));
    free(proc_executed(NULL, comm, text, size + 1));
    bpf_wine_prefix(text, size, prefix);
    free(bpf_wine_image(GONE, "/usr/lib/wine/wine64", "notepad.exe", text, size));
    copy = strdup(text);
    proc_unescape(copy);
    free(copy);
    free(name_pattern(text, &count));
    if (strlen(text) < PROC_NAME_MAX)
        proc_own_name(text, 42, room);
    there_and_back(text);
    as_units(data, size);
    free(text);
    return 0;
}
