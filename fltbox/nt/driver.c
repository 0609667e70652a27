/* Drivers: their objects, the calls into them, what they owe. */
#include "executive.h"
#include "../pe/exception.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SERVICES        "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"

/* Longest wait for a driver's own threads and work items at unload, in seconds. */
#define UNLOAD_PATIENCE 10

static pthread_mutex_t drivers_lock = PTHREAD_MUTEX_INITIALIZER;
static struct nt_driver *_Atomic drivers;
/* Unloaded ones stay allocated for a while, a ring, because other threads may be walking the list
   without a lock. None takes so long. */
static struct nt_driver_block *graves[64];
static size_t next_grave;

static void set_irql(uint8_t irql)
{
    nt_irql_set(irql);
}

void nt_init(void)
{
    static bool done;

    if (done)
        return;
    done = true;
    nt_case_init();
    nt_time_init();
    nt_object_init();
    nt_pool_init(&nt_pool_unowned);
    nt_registry_init();
    nt_process_init();
    exception_init();
    exception_unhandled = nt_exception_unhandled;
    exception_get_irql = nt_irql;
    exception_set_irql = set_irql;
    exception_shared_page = nt_shared_page;
    exception_native_raise = nt_seh_raise;
    nt_thread_attach();
}

/* ---- Which driver -------------------------------------------------------------------------- */

struct nt_driver *nt_driver_of(const void *address)
{
    for (struct nt_driver *d = drivers; d != NULL; d = d->next)
        if (d->image != NULL &&
            (uintptr_t)address - (uintptr_t)d->image->base < (uintptr_t)d->image->size)
            return d;
    return NULL;
}

struct nt_driver *nt_driver_of_caller(const void *return_address)
{
    struct nt_driver *driver = nt_driver_of(return_address);
    const struct nt_cpu *cpu = nt_cpu();

    if (driver == NULL && cpu != NULL && cpu->calls != NULL)
        driver = cpu->calls->driver;
    return driver;
}

/* ---- Calls --------------------------------------------------------------------------------- */

void nt_call_begin(struct nt_call *call, struct nt_driver *driver, const char *what)
{
    struct nt_cpu *cpu = nt_cpu();

    if (cpu == NULL) {
        nt_thread_attach();
        cpu = nt_cpu();
    }
    call->driver = driver;
    call->what = what;
    call->irql = cpu->irql;
    call->previous = cpu->calls;
    __atomic_store_n(&cpu->entered, cpu->entered + (call->previous == NULL), __ATOMIC_RELAXED);
    cpu->calls = call;
}

void nt_call_end(struct nt_call *call)
{
    struct nt_cpu *cpu = nt_cpu();

    if (cpu->irql != call->irql)
        nt_bug_check(BUGCHECK_IRQL_UNEXPECTED_VALUE,
                     "returned at IRQL %u; it was called at IRQL %u (a spin lock not released, or "
                     "one too many?)",
                     cpu->irql, call->irql);
    cpu->calls = call->previous;
}

/* ---- Driver objects ------------------------------------------------------------------------ */

static NTSTATUS NTAPI invalid_device_request(PDEVICE_OBJECT device, PIRP irp)
{
    (void)device;
    irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    irp->IoStatus.Information = 0;
    return STATUS_INVALID_DEVICE_REQUEST;
}

static void set_string(UNICODE_STRING *string, wchar_t *units)
{
    RtlInitUnicodeString(string, units);
}

static char *concatenate(const char *a, const char *b)
{
    char *result = malloc(strlen(a) + strlen(b) + 1);

    if (result == NULL)
        abort();
    strcpy(result, a);
    return strcat(result, b);
}

static void fill_object(struct nt_driver_block *block, struct pe_image *image, const char *name)
{
    DRIVER_OBJECT *object = &block->driver.object;
    char *object_name = concatenate("\\FileSystem\\", name);

    object->Type = IO_TYPE_DRIVER;
    object->Size = sizeof(*object);
    object->DriverExtension = &block->extension;
    block->extension.DriverObject = object;
    set_string(&object->DriverName, nt_wide(object_name));
    set_string(&block->extension.ServiceKeyName, nt_wide(name));
    if (image != NULL) {
        object->DriverStart = image->base;
        object->DriverSize = (ULONG)image->size;
        object->DriverInit = (PDRIVER_INITIALIZE)image->entry;
    }
    for (int i = 0; i <= IRP_MJ_MAXIMUM_FUNCTION; i++)
        object->MajorFunction[i] = invalid_device_request;
    free(object_name);
}

static void make_service_key(const char *key, const char *name)
{
    char *path = concatenate("\\SystemRoot\\System32\\drivers\\", name);
    char *image_path = concatenate(path, ".sys");

    nt_registry_set_dword(key, "Type", 2);         /* a file system driver */
    nt_registry_set_dword(key, "Start", 3);        /* on demand */
    nt_registry_set_dword(key, "ErrorControl", 1); /* normal */
    nt_registry_set_string(key, "ImagePath", image_path);
    free(image_path);
    free(path);
}

struct nt_driver *nt_driver_create(struct pe_image *image, const char *name)
{
    struct nt_driver_block *block = calloc(1, sizeof(*block));
    struct nt_driver *driver;
    pthread_condattr_t attributes;
    char *key;

    if (block == NULL)
        return NULL;
    driver = &block->driver;
    nt_pool_init(&block->pool);
    pthread_mutex_init(&block->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&block->idle, &attributes);
    pthread_condattr_destroy(&attributes);
    driver->name = strdup(name);
    driver->image = image;
    key = concatenate(SERVICES, name);
    driver->registry_path = nt_wide(key);
    if (driver->name == NULL || driver->registry_path == NULL)
        abort();
    fill_object(block, image, name);
    make_service_key(key, name);
    free(key);
    pthread_mutex_lock(&drivers_lock);
    driver->next = drivers;
    drivers = driver;
    pthread_mutex_unlock(&drivers_lock);
    return driver;
}

NTSTATUS nt_driver_start(struct nt_driver *driver)
{
    UNICODE_STRING path;
    NTSTATUS status;

    RtlInitUnicodeString(&path, driver->registry_path);
    status = NT_CALL(driver, "DriverEntry", driver->object.DriverInit(&driver->object, &path));
    driver->started = NT_SUCCESS(status);
    return status;
}

void nt_driver_unload(struct nt_driver *driver)
{
    PDRIVER_UNLOAD unload = driver->object.DriverUnload;
    bool started = driver->started;

    driver->started = false;
    if (started && unload != NULL)
        NT_CALL_VOID(driver, "DriverUnload", unload(&driver->object));
}

/* ---- What runs for a driver ---------------------------------------------------------------- */

void nt_driver_run_begin(struct nt_driver *driver)
{
    struct nt_driver_block *block = nt_driver_block(driver);

    if (driver == NULL)
        return;
    pthread_mutex_lock(&block->lock);
    block->running++;
    pthread_mutex_unlock(&block->lock);
}

void nt_driver_run_end(struct nt_driver *driver)
{
    struct nt_driver_block *block = nt_driver_block(driver);

    if (driver == NULL)
        return;
    pthread_mutex_lock(&block->lock);
    if (--block->running == 0)
        pthread_cond_broadcast(&block->idle);
    pthread_mutex_unlock(&block->lock);
}

static void wait_until_idle(struct nt_driver_block *block)
{
    struct timespec until;
    bool idle;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += UNLOAD_PATIENCE;
    pthread_mutex_lock(&block->lock);
    while (block->running != 0)
        if (pthread_cond_timedwait(&block->idle, &block->lock, &until) != 0)
            break;
    idle = block->running == 0;
    pthread_mutex_unlock(&block->lock);
    if (!idle)
        nt_bug_check(BUGCHECK_DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS,
                     "%s.sys was unloaded, and %u of its system threads, work items or DPCs still "
                     "run %d seconds later",
                     block->driver.name, block->running, UNLOAD_PATIENCE);
}

/* ---- What a driver owes -------------------------------------------------------------------- */

void nt_owe(struct nt_driver *driver, const char *kind, const void *object, const void *caller)
{
    struct nt_driver_block *block = nt_driver_block(driver);
    struct nt_owed *owed;

    if (driver == NULL)
        return;
    owed = malloc(sizeof(*owed));
    if (owed == NULL)
        return;
    owed->kind = kind;
    owed->object = object;
    owed->caller = caller;
    pthread_mutex_lock(&block->lock);
    owed->next = block->owed;
    block->owed = owed;
    pthread_mutex_unlock(&block->lock);
}

static bool settle_one(struct nt_driver_block *block, const char *kind, const void *object)
{
    struct nt_owed *found = NULL;

    pthread_mutex_lock(&block->lock);
    for (struct nt_owed **o = &block->owed; *o != NULL; o = &(*o)->next) {
        if ((*o)->object == object && strcmp((*o)->kind, kind) == 0) {
            found = *o;
            *o = found->next;
            break;
        }
    }
    pthread_mutex_unlock(&block->lock);
    free(found);
    return found != NULL;
}

void nt_settle(const char *kind, const void *object)
{
    for (struct nt_driver *d = drivers; d != NULL; d = d->next)
        if (settle_one(nt_driver_block(d), kind, object))
            return;
}

void nt_driver_count_reference(const void *caller, void *body, int change)
{
    struct nt_driver *driver = nt_driver_of_caller(caller);

    if (driver != NULL)
        atomic_fetch_add_explicit(
            &nt_driver_block(driver)
                 ->references[nt_object_type_index(nt_object_type_of(body)) % 16],
            change, memory_order_relaxed);
}

static unsigned report_owed(struct nt_driver_block *block, FILE *out)
{
    unsigned lines = 0;
    char place[256];

    while (block->owed != NULL) {
        struct nt_owed *owed = block->owed;

        fprintf(out, "%s.sys left behind: %s at %p, from %s\n", block->driver.name, owed->kind,
                owed->object, pe_describe(owed->caller, place, sizeof(place)));
        block->owed = owed->next;
        free(owed);
        lines++;
    }
    return lines;
}

static unsigned report_references(struct nt_driver_block *block, FILE *out)
{
    static POBJECT_TYPE *const types[] = {&nt_process_type, &nt_thread_type, &nt_event_type,
                                          &nt_key_type};
    unsigned lines = 0;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        long balance = block->references[nt_object_type_index(*types[i]) % 16];

        if (balance > 0) {
            fprintf(out, "%s.sys left behind: %ld reference%s to %s objects\n", block->driver.name,
                    balance, balance == 1 ? "" : "s", nt_object_type_name(*types[i]));
            lines++;
        }
    }
    return lines;
}

/* ---- The end of a driver ------------------------------------------------------------------- */

static void unlink_driver(struct nt_driver *driver)
{
    pthread_mutex_lock(&drivers_lock);
    if (drivers == driver) {
        drivers = driver->next;
    } else {
        struct nt_driver *d = drivers;

        while (d != NULL && d->next != driver)
            d = d->next;
        if (d != NULL)
            d->next = driver->next;
    }
    pthread_mutex_unlock(&drivers_lock);
}

unsigned nt_driver_delete(struct nt_driver *driver, FILE *out)
{
    struct nt_driver_block *block = nt_driver_block(driver), *former;
    unsigned lines = 0;

    if (driver == NULL)
        return 0;
    lines += nt_process_notify_forget(driver, out);
    lines += nt_timer_forget(driver, out);
    wait_until_idle(block);
    lines += nt_device_forget(driver, out);
    lines += nt_handle_report(driver, out);
    lines += report_owed(block, out);
    lines += report_references(block, out);
    lines += nt_pool_report(&block->pool, driver->name, driver->image != NULL, out);
    nt_pool_destroy(&block->pool);
    unlink_driver(driver);
    free(driver->object.DriverName.Buffer);
    free(block->extension.ServiceKeyName.Buffer);
    free(driver->registry_path);
    free(driver->name);
    pthread_mutex_lock(&drivers_lock);
    driver->image = NULL;
    driver->name = NULL;
    driver->registry_path = NULL;
    former = graves[next_grave];
    graves[next_grave] = block; /* `next` still leads the walkers on */
    next_grave = (next_grave + 1) % (sizeof(graves) / sizeof(graves[0]));
    pthread_mutex_unlock(&drivers_lock);
    if (former != NULL) {
        pthread_mutex_destroy(&former->lock);
        pthread_cond_destroy(&former->idle);
        free(former);
    }
    return lines;
}
