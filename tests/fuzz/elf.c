/* A library beside an executable called wine, which anybody can put there. */
#include "fuzz.h"

#include <errno.h>

#include "source/elf_find.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"NtCreateFile", "NtOpenFile", "NtClose", "__wine_main"};
    uint64_t offsets[4];
    size_t missing = 0;
    int result = elf_find_functions(fuzz_file(data, size), names, 4, offsets, &missing);

    if (result == -ENOENT && missing >= 4)
        fuzz_wrong("it misses what was not asked for", "");
    for (int i = 0; i < 4 && result == 0; i++)
        if (offsets[i] >= size)
            fuzz_wrong("a function behind the file's end:", names[i]);
    return 0;
}
