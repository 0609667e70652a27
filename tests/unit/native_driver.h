/*
 * For tests of the driver compiled natively: the executive and the Filter Manager that it runs in,
 * and the driver loaded into them by its own DriverEntry.
 */
#ifndef NATIVE_DRIVER_H
#define NATIVE_DRIVER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#include "flt/flt.h"
#include "nt/nt.h"

#define NATIVE_SERVICE "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\filetrace"

DRIVER_INITIALIZE DriverEntry;

static struct sigaction native_fault_handlers[2];

static inline void native_init(void)
{
    nt_init();
    nt_thread_attach();
    flt_init();
    sigaction(SIGSEGV, NULL, &native_fault_handlers[0]);
    sigaction(SIGBUS, NULL, &native_fault_handlers[1]);
}

/* cmocka puts its own handlers in place for each test. A test that expects the driver to catch
   faults calls this first; cmocka puts back what it found. */
static inline void native_expect_faults(void)
{
    sigaction(SIGSEGV, &native_fault_handlers[0], NULL);
    sigaction(SIGBUS, &native_fault_handlers[1], NULL);
}

/* An address whose page cannot be accessed, and the page before it can. */
static inline uint8_t *native_unreadable(void)
{
    uint8_t *room = mmap(NULL, 0x2000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (room == MAP_FAILED || mprotect(room + 0x1000, 0x1000, PROT_NONE) != 0)
        abort();
    return room + 0x1000;
}

/* Makes the service, as filetrace.inf would; Parameters can be set before native_start. */
static inline struct nt_driver *native_create(void)
{
    struct nt_driver *driver = nt_driver_create(NULL, "filetrace");

    nt_registry_set_string(NATIVE_SERVICE "\\Instances", "DefaultInstance", "filetrace");
    nt_registry_set_string(NATIVE_SERVICE "\\Instances\\filetrace", "Altitude", "385432");
    nt_registry_set_dword(NATIVE_SERVICE "\\Instances\\filetrace", "Flags", 0);
    driver->object.DriverInit = DriverEntry;
    return driver;
}

/* TRUE where the driver unloads and leaves nothing behind. */
static inline bool native_unload(struct nt_driver *driver)
{
    bool clean = flt_unload(driver, stderr) == 0;

    return nt_driver_delete(driver, stderr) == 0 && clean;
}

#endif
