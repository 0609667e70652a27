#include "manager.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FORGOTTEN_MAX 16 /* filters of unloaded drivers that are kept */

/* ---- Finding -------------------------------------------------------------------------------- */

static PFLT_FILTER find(struct nt_driver *driver, bool gone_too)
{
    for (PFLT_FILTER f = flt.filters; f != NULL; f = f->next) {
        if (f->driver == driver && !f->forgotten && (gone_too || f->state != FILTER_GONE))
            return f;
    }
    return NULL;
}

PFLT_FILTER filter_of(struct nt_driver *driver)
{
    PFLT_FILTER f;

    pthread_mutex_lock(&flt.lock);
    f = find(driver, false);
    pthread_mutex_unlock(&flt.lock);
    return f;
}

PFLT_FILTER filter_latest(struct nt_driver *driver)
{
    PFLT_FILTER f;

    pthread_mutex_lock(&flt.lock);
    f = find(driver, true);
    pthread_mutex_unlock(&flt.lock);
    return f;
}

PFLT_FILTER filter_current(void)
{
    struct nt_cpu *cpu = nt_cpu();

    if (cpu == NULL || cpu->calls == NULL || cpu->calls->driver == NULL)
        return NULL;
    return filter_latest(cpu->calls->driver);
}

const char *flt_altitude(struct nt_driver *driver)
{
    PFLT_FILTER f = filter_of(driver);

    return f != NULL ? f->altitude_utf8 : NULL;
}

/* ---- Registration --------------------------------------------------------------------------- */

/* A name provider generates names and normalizes their components: it has both or neither. */
static bool names_valid(const FLT_REGISTRATION *r)
{
    bool normalizes =
        r->NormalizeNameComponentCallback != NULL || (r->Version >= FLT_REGISTRATION_VERSION_0202 &&
                                                      r->NormalizeNameComponentExCallback != NULL);

    return (r->GenerateFileNameCallback != NULL) == normalizes;
}

static bool registration_valid(const FLT_REGISTRATION *r)
{
    size_t least;

    if (r == NULL)
        return false;
    switch (r->Version) {
    case FLT_REGISTRATION_VERSION_0200:
        least = offsetof(FLT_REGISTRATION, TransactionNotificationCallback);
        break;
    case FLT_REGISTRATION_VERSION_0201:
        least = offsetof(FLT_REGISTRATION, NormalizeNameComponentExCallback);
        break;
    case FLT_REGISTRATION_VERSION_0202:
        least = offsetof(FLT_REGISTRATION, SectionNotificationCallback);
        break;
    case FLT_REGISTRATION_VERSION_0203:
        least = sizeof(FLT_REGISTRATION);
        break;
    default:
        return false;
    }
    return r->Size >= least && names_valid(r);
}

static unsigned context_index(FLT_CONTEXT_TYPE type)
{
    switch (type) {
    case FLT_VOLUME_CONTEXT:
    case FLT_INSTANCE_CONTEXT:
    case FLT_FILE_CONTEXT:
    case FLT_STREAM_CONTEXT:
    case FLT_STREAMHANDLE_CONTEXT:
    case FLT_TRANSACTION_CONTEXT:
    case FLT_SECTION_CONTEXT:
        return (unsigned)__builtin_ctz(type);
    default:
        return CONTEXT_TYPES;
    }
}

/* The rules of FLT_CONTEXT_REGISTRATION: per type one entry with its own allocator, or else one of
   variable and three of fixed size; entries that repeat another are ignored. */
static bool add_context(struct context_registrations *c, const FLT_CONTEXT_REGISTRATION *r)
{
    unsigned fixed = 0, variable = 0;

    for (unsigned i = 0; i < c->count; i++) {
        if (memcmp(&c->entries[i], r, sizeof(*r)) == 0)
            return true;
        if (c->entries[i].ContextAllocateCallback != NULL || r->ContextAllocateCallback != NULL)
            return false;
        if (c->entries[i].Size == FLT_VARIABLE_SIZED_CONTEXTS)
            variable++;
        else
            fixed++;
    }
    if (r->Size == FLT_VARIABLE_SIZED_CONTEXTS ? variable >= 1 : fixed >= 3)
        return false;
    if (r->ContextAllocateCallback == NULL && r->PoolTag == 0)
        return false;
    c->entries[c->count++] = *r;
    return true;
}

static NTSTATUS copy_contexts(PFLT_FILTER f, const FLT_CONTEXT_REGISTRATION *r)
{
    if (r == NULL)
        return STATUS_SUCCESS;
    for (; r->ContextType != FLT_CONTEXT_END; r++) {
        unsigned i = context_index(r->ContextType);

        if (i == CONTEXT_TYPES || !add_context(&f->contexts[i], r))
            return STATUS_FLT_INVALID_CONTEXT_REGISTRATION;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS copy_callbacks(PFLT_FILTER f, const FLT_OPERATION_REGISTRATION *r)
{
    if (r == NULL)
        return STATUS_SUCCESS;
    for (; r->MajorFunction != IRP_MJ_OPERATION_END; r++) {
        if (r->MajorFunction == IRP_MJ_POWER || r->MajorFunction == IRP_MJ_DEVICE_CHANGE)
            return STATUS_INVALID_PARAMETER;
        if (r->MajorFunction == IRP_MJ_SHUTDOWN && r->PostOperation != NULL)
            return STATUS_INVALID_PARAMETER;
        f->callbacks[r->MajorFunction] =
            (struct operation_callbacks){r->PreOperation, r->PostOperation};
    }
    return STATUS_SUCCESS;
}

static char *join(const char *a, const char *b)
{
    char *s = memory_get(strlen(a) + strlen(b) + 1);

    strcpy(s, a);
    strcat(s, b);
    return s;
}

/* Where Windows looks: Parameters\Instances since build 25952, Instances before; we take what is
   there, the newer place first. */
static NTSTATUS read_instances(PFLT_FILTER f)
{
    static const char *const places[] = {"\\Parameters\\Instances", "\\Instances"};
    char *service = nt_narrow(f->driver->registry_path, string_units(f->driver->registry_path));
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;

    for (unsigned i = 0; i < 2 && !NT_SUCCESS(status); i++) {
        char *key = join(service, places[i]);
        char *instance = nt_registry_get_string(key, "DefaultInstance");
        char *altitude = NULL;

        if (instance != NULL) {
            char *slash = join(key, "\\");
            char *instance_key = join(slash, instance);

            altitude = nt_registry_get_string(instance_key, "Altitude");
            free(instance_key);
            free(slash);
        }
        if (altitude != NULL) {
            string_from_utf8(&f->altitude, altitude);
            f->altitude_utf8 = altitude;
            f->instances_key = key;
            status = altitude_valid(&f->altitude) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
            free(instance);
            break;
        }
        free(instance);
        free(key);
    }
    free(service);
    return status;
}

static void filter_free(PFLT_FILTER f)
{
    string_free(&f->name);
    string_free(&f->altitude);
    free(f->altitude_utf8);
    free(f->instances_key);
    pthread_mutex_destroy(&f->contexts_lock);
    free(f);
}

/* flt.lock is held. What a driver left behind may still lead to its filter: then it stays. */
static bool is_unused(PFLT_FILTER f)
{
    if (!f->forgotten || f->kept || atomic_load(&f->object.references) != 1 ||
        atomic_load(&f->context_count) != 0 || atomic_load(&f->object.rundown) != OBJECT_CLOSING)
        return false;
    for (PFLT_PORT p = flt.ports; p != NULL; p = p->next) {
        if (p->filter == f)
            return false;
    }
    return true;
}

void filters_forget(struct nt_driver *driver)
{
    PFLT_FILTER *p, f;
    unsigned kept = 0;

    pthread_mutex_lock(&flt.lock);
    for (f = flt.filters; f != NULL; f = f->next) {
        if (f->driver == driver)
            f->forgotten = true;
    }
    for (p = &flt.filters; (f = *p) != NULL;) {
        if (!is_unused(f) || kept++ < FORGOTTEN_MAX) {
            p = &f->next;
            continue;
        }
        *p = f->next;
        filter_free(f);
    }
    pthread_mutex_unlock(&flt.lock);
}

static NTSTATUS publish(PFLT_FILTER f)
{
    NTSTATUS status = STATUS_SUCCESS;

    pthread_mutex_lock(&flt.lock);
    for (PFLT_FILTER other = flt.filters; other != NULL; other = other->next) {
        if (other->state == FILTER_GONE)
            continue;
        if (string_equal(&other->name, &f->name, true))
            status = STATUS_OBJECT_NAME_COLLISION;
        else if (altitude_compare(&other->altitude, &f->altitude) == 0)
            status = STATUS_FLT_INSTANCE_ALTITUDE_COLLISION;
    }
    if (NT_SUCCESS(status)) {
        f->next = flt.filters;
        flt.filters = f;
    }
    pthread_mutex_unlock(&flt.lock);
    return status;
}

/*
 * The Filter Manager puts a routine of its own into DriverUnload, for filters that can be unloaded,
 * and keeps what it finds there. That is called after the filter's unload callback: a driver may
 * clean up in either. One that sets DriverUnload afterwards has overwritten it, and gets its own.
 */
static void take_driver_unload(PFLT_FILTER f)
{
    PDRIVER_OBJECT object = &f->driver->object;
    bool stays = f->registration.FilterUnloadCallback == NULL ||
                 (f->registration.Flags & FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP);

    f->old_unload = object->DriverUnload;
    if (f->old_unload == filter_driver_unload) { /* it registers again: the first is meant */
        PFLT_FILTER first = f->next;

        while (first != NULL && first->driver != f->driver)
            first = first->next;
        f->old_unload = first != NULL ? first->old_unload : NULL;
    }
    object->DriverUnload = stays ? NULL : filter_driver_unload;
}

VOID NTAPI filter_driver_unload(PDRIVER_OBJECT object)
{
    PFLT_FILTER f = filter_latest((struct nt_driver *)object);

    if (f != NULL && f->old_unload != NULL)
        NT_CALL_VOID(f->driver, "DriverUnload", f->old_unload(object));
}

NTSTATUS FLTAPI FltRegisterFilter(PDRIVER_OBJECT Driver, const FLT_REGISTRATION *Registration,
                                  PFLT_FILTER *RetFilter)
{
    PFLT_FILTER f;
    NTSTATUS status;

    IRQL_AT_MOST(APC_LEVEL);
    if (Driver == NULL || RetFilter == NULL || !registration_valid(Registration))
        return STATUS_INVALID_PARAMETER;
    *RetFilter = NULL;
    f = memory_get(sizeof(*f));
    object_init(&f->object, OBJECT_FILTER);
    pthread_mutex_init(&f->contexts_lock, NULL);
    f->driver = (struct nt_driver *)Driver;
    string_from_utf8(&f->name, f->driver->name);
    memcpy(&f->registration, Registration,
           Registration->Size < sizeof(f->registration) ? Registration->Size
                                                        : sizeof(f->registration));
    status = copy_callbacks(f, Registration->OperationRegistration);
    if (NT_SUCCESS(status))
        status = copy_contexts(f, Registration->ContextRegistration);
    if (NT_SUCCESS(status))
        status = read_instances(f);
    if (NT_SUCCESS(status))
        status = publish(f);
    if (!NT_SUCCESS(status)) {
        filter_free(f);
        return status;
    }
    take_driver_unload(f);
    *RetFilter = f;
    return STATUS_SUCCESS;
}

NTSTATUS FLTAPI FltStartFiltering(PFLT_FILTER Filter)
{
    PFLT_VOLUME *volumes;
    unsigned n = 0;

    IRQL_AT_MOST(APC_LEVEL);
    pthread_mutex_lock(&flt.lock);
    if (Filter->state != FILTER_REGISTERED) {
        NTSTATUS status =
            Filter->state == FILTER_STARTED ? STATUS_INVALID_PARAMETER : STATUS_FLT_DELETING_OBJECT;
        pthread_mutex_unlock(&flt.lock);
        return status;
    }
    Filter->state = FILTER_STARTED;
    for (PFLT_VOLUME v = flt.volumes; v != NULL; v = v->next)
        n++;
    volumes = memory_get((n + 1) * sizeof(PFLT_VOLUME));
    n = 0;
    for (PFLT_VOLUME v = flt.volumes; v != NULL; v = v->next) {
        object_reference(v);
        volumes[n++] = v;
    }
    pthread_mutex_unlock(&flt.lock);
    for (unsigned i = 0; i < n; i++) {
        instance_attach_automatic(Filter, volumes[i], 0);
        object_dereference(volumes[i]);
    }
    free(volumes);
    return STATUS_SUCCESS;
}

/* ---- The end -------------------------------------------------------------------------------- */

void filter_unregister(PFLT_FILTER f)
{
    FLT_INSTANCE_TEARDOWN_FLAGS reason = f->mandatory_unload
                                             ? FLTFL_INSTANCE_TEARDOWN_MANDATORY_FILTER_UNLOAD
                                             : FLTFL_INSTANCE_TEARDOWN_FILTER_UNLOAD;
    PFLT_INSTANCE i;

    if (!object_close(f))
        nt_bug_check(FLT_BUGCHECK, "FltUnregisterFilter: called twice for the same filter");
    while ((i = instance_first(f, NULL)) != NULL) {
        instance_teardown(i, reason);
        f->leaked_instances += object_drain(i);
        object_dereference(i);
    }
    counter_wait(&f->instances, ~0u, 0); /* other threads' attachments and detachments */
    ports_unregister(f);
    contexts_remove(f, NULL);
    counter_wait(&f->context_count, ~0u, 0);
    f->leaked_contexts = atomic_load(&f->context_count);
    f->leaked_filter = object_drain(f);
    pthread_mutex_lock(&flt.lock);
    f->state = FILTER_GONE;
    pthread_mutex_unlock(&flt.lock);
}

VOID FLTAPI FltUnregisterFilter(PFLT_FILTER Filter)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (Filter == NULL || Filter->object.kind != OBJECT_FILTER || Filter->state == FILTER_GONE)
        nt_bug_check(FLT_BUGCHECK, "FltUnregisterFilter: %p is not a registered filter",
                     (void *)Filter);
    if (nt_cpu()->calls != NULL && nt_cpu()->calls->driver != Filter->driver)
        nt_bug_check(FLT_BUGCHECK, "FltUnregisterFilter: the filter is %s's, not the caller's",
                     Filter->driver->name);
    filter_unregister(Filter);
}

NTSTATUS FLTAPI FltGetFilterFromName(PCUNICODE_STRING FilterName, PFLT_FILTER *RetFilter)
{
    NTSTATUS status = STATUS_FLT_FILTER_NOT_FOUND;

    IRQL_AT_MOST(APC_LEVEL);
    *RetFilter = NULL;
    pthread_mutex_lock(&flt.lock);
    for (PFLT_FILTER f = flt.filters; f != NULL; f = f->next) {
        if (f->state == FILTER_GONE || !string_equal(&f->name, FilterName, true))
            continue;
        status = STATUS_FLT_DELETING_OBJECT;
        if (object_acquire(f)) {
            *RetFilter = f;
            status = STATUS_SUCCESS;
        }
        break;
    }
    pthread_mutex_unlock(&flt.lock);
    return status;
}

NTSTATUS FLTAPI FltUnloadFilter(PCUNICODE_STRING FilterName)
{
    PFLT_FILTER f;
    NTSTATUS status;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    status = FltGetFilterFromName(FilterName, &f);
    if (!NT_SUCCESS(status))
        return status;
    object_release(f);
    if (nt_cpu()->calls != NULL && nt_cpu()->calls->driver == f->driver)
        nt_bug_check(FLT_BUGCHECK, "FltUnloadFilter: a filter cannot unload itself");
    if (f->registration.FilterUnloadCallback == NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    status = NT_CALL(f->driver, "FilterUnloadCallback", f->registration.FilterUnloadCallback(0));
    if (!NT_SUCCESS(status))
        return status;
    if (!object_closing(f))
        filter_unregister(f);
    nt_driver_unload(f->driver);
    return status;
}
