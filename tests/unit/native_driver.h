/*
 * For tests of the whole driver: the executive and the Filter Manager that it runs in, and the
 * driver loaded into them by its own DriverEntry; compiled natively, or the file filetap.sys.
 */
#ifndef NATIVE_DRIVER_H
#define NATIVE_DRIVER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "flt/flt.h"
#include "nt/nt.h"
#include "pe/pe.h"

#define NATIVE_SERVICE "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\filetap"

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

/* The file to load as the driver; NULL: the driver that this program is linked with. */
static const char *native_file;

/* What the file's import binds to instead of the export of that name; NULL: to the export. */
static void *(*native_replacement)(const char *name);

static inline void *native_resolve(void *context, const char *module, const char *name,
                                   bool *is_data)
{
    const struct nt_export *const tables[] = {nt_exports, flt_exports};

    (void)context;
    for (size_t i = 0; i < 2; i++) {
        for (const struct nt_export *e = tables[i]; e->module != NULL; e++) {
            if (strcmp(e->name, name) == 0 && strcasecmp(e->module, module) == 0) {
                void *other = native_replacement != NULL ? native_replacement(name) : NULL;

                *is_data = e->is_data;
                return other != NULL ? other : e->target;
            }
        }
    }
    return NULL;
}

/* Makes the service, as filetap.inf would; Parameters can be set before nt_driver_start. */
static inline struct nt_driver *native_create(void)
{
    struct pe_image *image = NULL;
    struct nt_driver *driver;
    char *error = NULL;

    if (native_file != NULL) {
        image = pe_load(native_file, native_resolve, NULL, true, &error);
        if (image == NULL)
            fail_msg("%s", error);
    }
    driver = nt_driver_create(image, "filetap");
    nt_registry_set_string(NATIVE_SERVICE "\\Instances", "DefaultInstance", "filetap");
    nt_registry_set_string(NATIVE_SERVICE "\\Instances\\filetap", "Altitude", "385432");
    nt_registry_set_dword(NATIVE_SERVICE "\\Instances\\filetap", "Flags", 0);
    if (image == NULL)
        driver->object.DriverInit = DriverEntry;
    return driver;
}

/* TRUE where it left nothing behind. */
static inline bool native_delete(struct nt_driver *driver)
{
    struct pe_image *image = driver->image;
    bool clean = nt_driver_delete(driver, stderr) == 0;

    pe_unload(image);
    return clean;
}

/* TRUE where the driver unloads and leaves nothing behind. */
static inline bool native_unload(struct nt_driver *driver)
{
    bool clean = flt_unload(driver, stderr) == 0;

    return native_delete(driver) && clean;
}

/* What to load from now on: $FT_BUILD/filetap.sys. */
static inline int native_use_file(void **state)
{
    static char path[4096];
    const char *build = getenv("FT_BUILD");

    (void)state;
    snprintf(path, sizeof(path), "%s/filetap.sys", build != NULL ? build : "build");
    native_file = path;
    return 0;
}

/* Runs a table of tests with the driver in this program, and again with the file. */
#define native_run(tests)                                                                          \
    (cmocka_run_group_tests_name("compiled natively", tests, NULL, NULL) +                         \
     cmocka_run_group_tests_name("filetap.sys", tests, native_use_file, NULL))

#endif
