/* The run-time library's small things: versions, random numbers, bit maps. */
#include "executive.h"

#include <sched.h>
#include <string.h>

/* ---- Versions ------------------------------------------------------------------------------ */

NTSTATUS NTAPI RtlGetVersion(PRTL_OSVERSIONINFOW information)
{
    ULONG size = information->dwOSVersionInfoSize;

    IRQL_AT_MOST(APC_LEVEL);
    if (size != sizeof(RTL_OSVERSIONINFOW) && size != sizeof(RTL_OSVERSIONINFOEXW))
        return STATUS_INVALID_PARAMETER;
    memset(information, 0, size);
    information->dwOSVersionInfoSize = size;
    information->dwMajorVersion = 10;
    information->dwMinorVersion = 0;
    information->dwBuildNumber = NT_BUILD;
    information->dwPlatformId = 2; /* VER_PLATFORM_WIN32_NT */
    if (size == sizeof(RTL_OSVERSIONINFOEXW))
        ((PRTL_OSVERSIONINFOEXW)information)->wProductType = 1; /* a workstation */
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI PsGetVersion(PULONG major, PULONG minor, PULONG build, PUNICODE_STRING service_pack)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (major != NULL)
        *major = 10;
    if (minor != NULL)
        *minor = 0;
    if (build != NULL)
        *build = NT_BUILD;
    if (service_pack != NULL)
        service_pack->Length = 0;
    return FALSE; /* a free build */
}

BOOLEAN NTAPI IoIsWdmVersionAvailable(UCHAR major, UCHAR minor)
{
    IRQL_AT_MOST(APC_LEVEL);
    return major < 6 || (major == 6 && minor == 0);
}

BOOLEAN NTAPI RtlIsNtDdiVersionAvailable(ULONG version)
{
    IRQL_AT_MOST(APC_LEVEL);
    /* A version without a service pack, as documented; ours is 10.0. */
    return (version & 0xffff) == 0 && version <= 0x0a000000;
}

/* ---- Memory and numbers -------------------------------------------------------------------- */

SIZE_T NTAPI RtlCompareMemoryUlong(PVOID source, SIZE_T length, ULONG pattern)
{
    const ULONG *words = source;
    SIZE_T n = 0;

    while ((n + 1) * sizeof(ULONG) <= length && words[n] == pattern)
        n++;
    return n * sizeof(ULONG);
}

ULONG NTAPI RtlRandomEx(PULONG seed)
{
    IRQL_AT_MOST(APC_LEVEL);
    /* The minimal standard generator, which yields 0 to MAXLONG - 1. */
    uint64_t next = (uint64_t)*seed * 0x7fffffed + 0x7fffffc3;

    *seed = (ULONG)(next % 0x7fffffff);
    return *seed;
}

ULONG NTAPI RtlRandom(PULONG seed)
{
    IRQL_AT_MOST(APC_LEVEL);
    return RtlRandomEx(seed);
}

VOID NTAPI RtlCopyLuid(PLUID to, PLUID from)
{
    IRQL_AT_MOST(APC_LEVEL);
    *to = *from;
}

VOID NTAPI RtlMapGenericMask(PACCESS_MASK mask, const GENERIC_MAPPING *mapping)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (*mask & GENERIC_READ)
        *mask |= mapping->GenericRead;
    if (*mask & GENERIC_WRITE)
        *mask |= mapping->GenericWrite;
    if (*mask & GENERIC_EXECUTE)
        *mask |= mapping->GenericExecute;
    if (*mask & GENERIC_ALL)
        *mask |= mapping->GenericAll;
    *mask &= ~(GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL);
}

/* ---- Once ---------------------------------------------------------------------------------- */

/* RTL_RUN_ONCE: 0 not begun, 1 under way, else done: the context with bit 1 set. */
VOID NTAPI RtlRunOnceInitialize(PRTL_RUN_ONCE once)
{
    IRQL_AT_MOST(APC_LEVEL);
    once->Ptr = NULL;
}

NTSTATUS NTAPI RtlRunOnceExecuteOnce(PRTL_RUN_ONCE once, PRTL_RUN_ONCE_INIT_FN function,
                                     PVOID parameter, PVOID *context)
{
    uintptr_t *word = (uintptr_t *)&once->Ptr;

    IRQL_AT_MOST(APC_LEVEL);
    for (;;) {
        uintptr_t value = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        PVOID result = NULL;

        if (value & 2) {
            if (context != NULL)
                *context = (PVOID)(value & ~(uintptr_t)3);
            return STATUS_SUCCESS;
        }
        if (value != 0 || !__atomic_compare_exchange_n(word, &value, 1, false, __ATOMIC_ACQUIRE,
                                                       __ATOMIC_RELAXED)) {
            sched_yield();
            continue;
        }
        if (NT_CALL(nt_driver_of((void *)function), "run-once routine",
                    function(once, parameter, &result)) == 0) {
            __atomic_store_n(word, 0, __ATOMIC_RELEASE);
            return STATUS_UNSUCCESSFUL;
        }
        __atomic_store_n(word, (uintptr_t)result | 2, __ATOMIC_RELEASE);
    }
}

/* ---- Bit maps ------------------------------------------------------------------------------ */

#define NONE 0xffffffff

VOID NTAPI RtlInitializeBitMap(PRTL_BITMAP map, PULONG buffer, ULONG size)
{
    map->Buffer = buffer;
    map->SizeOfBitMap = size;
}

static bool get(const RTL_BITMAP *map, ULONG bit)
{
    return (map->Buffer[bit / 32] >> bit % 32 & 1) != 0;
}

static void put(PRTL_BITMAP map, ULONG from, ULONG count, bool value)
{
    for (ULONG bit = from; bit < from + count; bit++) {
        if (value)
            map->Buffer[bit / 32] |= 1u << bit % 32;
        else
            map->Buffer[bit / 32] &= ~(1u << bit % 32);
    }
}

VOID NTAPI RtlSetBit(PRTL_BITMAP map, ULONG bit)
{
    put(map, bit, 1, true);
}

VOID NTAPI RtlClearBit(PRTL_BITMAP map, ULONG bit)
{
    put(map, bit, 1, false);
}

VOID NTAPI RtlSetBits(PRTL_BITMAP map, ULONG from, ULONG count)
{
    put(map, from, count, true);
}

VOID NTAPI RtlClearBits(PRTL_BITMAP map, ULONG from, ULONG count)
{
    put(map, from, count, false);
}

VOID NTAPI RtlSetAllBits(PRTL_BITMAP map)
{
    memset(map->Buffer, 0xff, (map->SizeOfBitMap + 31) / 32 * sizeof(ULONG));
}

VOID NTAPI RtlClearAllBits(PRTL_BITMAP map)
{
    memset(map->Buffer, 0, (map->SizeOfBitMap + 31) / 32 * sizeof(ULONG));
}

BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP map, ULONG bit)
{
    return get(map, bit);
}

static BOOLEAN all_are(PRTL_BITMAP map, ULONG from, ULONG count, bool value)
{
    if (count == 0 || from >= map->SizeOfBitMap || count > map->SizeOfBitMap - from)
        return FALSE;
    for (ULONG bit = from; bit < from + count; bit++)
        if (get(map, bit) != value)
            return FALSE;
    return TRUE;
}

BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP map, ULONG from, ULONG count)
{
    return all_are(map, from, count, true);
}

BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP map, ULONG from, ULONG count)
{
    return all_are(map, from, count, false);
}

ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP map)
{
    ULONG n = 0;

    for (ULONG bit = 0; bit < map->SizeOfBitMap; bit++)
        n += get(map, bit);
    return n;
}

ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP map)
{
    return map->SizeOfBitMap - RtlNumberOfSetBits(map);
}

static ULONG find_from(PRTL_BITMAP map, ULONG from, ULONG to, ULONG count, bool value)
{
    ULONG run = 0;

    for (ULONG bit = from; bit < to; bit++) {
        run = get(map, bit) == value ? run + 1 : 0;
        if (run == count)
            return bit + 1 - count;
    }
    return NONE;
}

/* From the hint on; then, as documented, from the beginning. */
static ULONG find(PRTL_BITMAP map, ULONG count, ULONG hint, bool value)
{
    ULONG found;

    if (hint >= map->SizeOfBitMap)
        hint = 0;
    if (count == 0)
        return hint & ~7u;
    found = find_from(map, hint, map->SizeOfBitMap, count, value);
    return found != NONE ? found : find_from(map, 0, map->SizeOfBitMap, count, value);
}

ULONG NTAPI RtlFindClearBits(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    return find(map, count, hint, false);
}

ULONG NTAPI RtlFindSetBits(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    return find(map, count, hint, true);
}

ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    ULONG found = find(map, count, hint, false);

    if (found != NONE)
        put(map, found, count, true);
    return found;
}

ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP map, ULONG count, ULONG hint)
{
    ULONG found = find(map, count, hint, true);

    if (found != NONE)
        put(map, found, count, false);
    return found;
}
