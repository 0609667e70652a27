/*
 * What a Wine's ntdll.so looks like from outside: the functions that the bpf source has programs
 * on, with Windows' calling convention. With it the tests see requests of Windows programs on
 * machines that have no Wine.
 */
#include <stdint.h>

#define NT_FUNCTION __attribute__((ms_abi, visibility("default"), noinline))

#define DO_NOTHING(name)                                                                           \
    NT_FUNCTION uint32_t name(void *first, void *second, void *third, void *fourth);               \
    NT_FUNCTION uint32_t name(void *first, void *second, void *third, void *fourth)                \
    {                                                                                              \
        __asm__ volatile("" : : "r"(first), "r"(second), "r"(third), "r"(fourth) : "memory");      \
        return 0;                                                                                  \
    }

DO_NOTHING(NtCreateFile)
DO_NOTHING(NtDeleteFile)
DO_NOTHING(NtQueryAttributesFile)
DO_NOTHING(NtQueryFullAttributesFile)
DO_NOTHING(NtDuplicateObject)
DO_NOTHING(NtClose)
DO_NOTHING(__wine_main)

/* Answers that there is no such file. */
NT_FUNCTION uint32_t NtOpenFile(uint64_t *handle, uint32_t access, void *attributes,
                                uint64_t status[2], uint32_t share, uint32_t options);
NT_FUNCTION uint32_t NtOpenFile(uint64_t *handle, uint32_t access, void *attributes,
                                uint64_t status[2], uint32_t share, uint32_t options)
{
    __asm__ volatile("" : : "r"(attributes), "r"(access), "r"(share), "r"(options) : "memory");
    *handle = 0;
    status[0] = 0xc0000034;
    return 0xc0000034;
}
