/* KUSER_SHARED_DATA, the page that code compiled with the WDK reads the time from. */
#include "executive.h"

#include <string.h>

/* Offsets in the page. */
enum {
    TICK_COUNT_MULTIPLIER = 0x4,
    INTERRUPT_TIME = 0x8,
    SYSTEM_TIME = 0x14,
    SYSTEM_ROOT = 0x30,
    BUILD_NUMBER = 0x260,
    PRODUCT_TYPE = 0x264,
    PRODUCT_TYPE_IS_VALID = 0x268,
    MAJOR_VERSION = 0x26c,
    MINOR_VERSION = 0x270,
    TICK_COUNT = 0x320,
};

/* KSYSTEM_TIME: low, high, high again. */
static void put_time(uint8_t *page, size_t offset, uint64_t value)
{
    uint32_t parts[3] = {(uint32_t)value, (uint32_t)(value >> 32), (uint32_t)(value >> 32)};

    memcpy(page + offset, parts, sizeof(parts));
}

static void put_number(uint8_t *page, size_t offset, uint32_t value)
{
    memcpy(page + offset, &value, sizeof(value));
}

const void *nt_shared_page(void)
{
    static __thread uint8_t page[4096];
    static const wchar_t root[] = {'C', ':', '\\', 'W', 'i', 'n', 'd', 'o', 'w', 's', 0};

    put_number(page, TICK_COUNT_MULTIPLIER, 0x0fa00000); /* 15.625 ms, as a fraction of 2^24 */
    put_time(page, INTERRUPT_TIME, nt_interrupt_time());
    put_time(page, SYSTEM_TIME, nt_system_time());
    put_time(page, TICK_COUNT, nt_tick_count());
    memcpy(page + SYSTEM_ROOT, root, sizeof(root));
    put_number(page, BUILD_NUMBER, NT_BUILD | 0xf0000000);
    put_number(page, PRODUCT_TYPE, 1); /* a workstation */
    page[PRODUCT_TYPE_IS_VALID] = 1;
    put_number(page, MAJOR_VERSION, 10);
    put_number(page, MINOR_VERSION, 0);
    return page;
}
