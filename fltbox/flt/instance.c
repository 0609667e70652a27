#include "manager.h"
#include <stdlib.h>
#include <string.h>

#define SUPPRESS_AUTOMATIC 0x1u /* bits of an instance key's Flags value */
#define SUPPRESS_MANUAL    0x2u

/* ---- Registry ------------------------------------------------------------------------------- */

static bool read_flags(PCUNICODE_STRING key, ULONG *flags)
{
    static const WCHAR name[] = L"Flags";
    UNICODE_STRING value = {sizeof(name) - sizeof(WCHAR), sizeof(name), (WCHAR *)name};
    union {
        KEY_VALUE_PARTIAL_INFORMATION info;
        UCHAR room[64];
    } u;
    OBJECT_ATTRIBUTES attributes;
    HANDLE handle;
    ULONG length;
    NTSTATUS status;

    InitializeObjectAttributes(&attributes, (PUNICODE_STRING)key,
                               OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
    if (!NT_SUCCESS(ZwOpenKey(&handle, KEY_READ, &attributes)))
        return false;
    *flags = 0;
    status = ZwQueryValueKey(handle, &value, KeyValuePartialInformation, &u, sizeof(u), &length);
    if (NT_SUCCESS(status) && u.info.Type == REG_DWORD && u.info.DataLength == sizeof(ULONG))
        memcpy(flags, u.info.Data, sizeof(ULONG));
    ZwClose(handle);
    return true;
}

/* What the registry says of one instance; `altitude` is the caller's to free. */
static bool read_instance(PFLT_FILTER f, const char *name, char **altitude, ULONG *flags)
{
    size_t length = strlen(f->instances_key) + strlen(name) + 2;
    char *key = memory_get(length);
    UNICODE_STRING wide;
    bool found;

    snprintf(key, length, "%s\\%s", f->instances_key, name);
    string_from_utf8(&wide, key);
    found = read_flags(&wide, flags);
    *altitude = found ? nt_registry_get_string(key, "Altitude") : NULL;
    string_free(&wide);
    free(key);
    return *altitude != NULL;
}

/* ---- Set-up --------------------------------------------------------------------------------- */

static void related_objects(FLT_RELATED_OBJECTS *to, PFLT_INSTANCE i)
{
    FLT_RELATED_OBJECTS o = {
        .Size = sizeof(o), .Filter = i->filter, .Volume = i->volume, .Instance = i};

    memcpy((void *)to, &o, sizeof(o));
}

/* Where in the stack an altitude goes. */
static unsigned place(PFLT_VOLUME v, PCUNICODE_STRING altitude)
{
    unsigned at = 0;

    while (at < v->stack_count && altitude_compare(&v->stack[at]->altitude, altitude) > 0)
        at++;
    return at;
}

static void stack_insert(PFLT_INSTANCE i)
{
    PFLT_VOLUME v = i->volume;
    unsigned at;

    pthread_rwlock_wrlock(&v->stack_lock);
    if (v->stack_count == v->stack_room) {
        v->stack_room = v->stack_room * 2 + 8;
        v->stack = reallocarray(v->stack, v->stack_room, sizeof(PFLT_INSTANCE));
        if (v->stack == NULL)
            nt_bug_check(FLT_BUGCHECK, "out of memory for an instance");
    }
    at = place(v, &i->altitude);
    memmove(&v->stack[at + 1], &v->stack[at], (v->stack_count - at) * sizeof(PFLT_INSTANCE));
    v->stack[at] = i;
    v->stack_count++;
    pthread_rwlock_unlock(&v->stack_lock);
}

static void stack_remove(PFLT_INSTANCE i)
{
    PFLT_VOLUME v = i->volume;

    pthread_rwlock_wrlock(&v->stack_lock);
    for (unsigned at = 0; at < v->stack_count; at++) {
        if (v->stack[at] == i) {
            memmove(&v->stack[at], &v->stack[at + 1],
                    (v->stack_count - at - 1) * sizeof(PFLT_INSTANCE));
            v->stack_count--;
            break;
        }
    }
    pthread_rwlock_unlock(&v->stack_lock);
}

/* flt.lock is held. */
static NTSTATUS may_attach(PFLT_FILTER f, PFLT_VOLUME v, PCUNICODE_STRING name,
                           PCUNICODE_STRING altitude)
{
    if (object_closing(f) || object_closing(v))
        return STATUS_FLT_DELETING_OBJECT;
    if (f->state != FILTER_STARTED)
        return STATUS_FLT_FILTER_NOT_READY;
    for (PFLT_INSTANCE i = v->instances; i != NULL; i = i->next) {
        if (string_equal(&i->name, name, true))
            return STATUS_FLT_INSTANCE_NAME_COLLISION;
        if (altitude_compare(&i->altitude, altitude) == 0)
            return STATUS_FLT_INSTANCE_ALTITUDE_COLLISION;
    }
    return STATUS_SUCCESS;
}

/* flt.lock is held. */
static void unlist(PFLT_INSTANCE i)
{
    for (PFLT_INSTANCE *p = &i->volume->instances; *p != NULL; p = &(*p)->next) {
        if (*p == i) {
            *p = i->next;
            break;
        }
    }
    i->state = INSTANCE_DEAD;
}

/* The last that is done for an instance: its filter may go now. */
static void finish(PFLT_INSTANCE i)
{
    atomic_fetch_sub(&i->filter->instances, 1);
    counter_lowered();
    object_dereference(i);
}

static NTSTATUS call_setup(PFLT_INSTANCE i, unsigned flags)
{
    PFLT_INSTANCE_SETUP_CALLBACK setup = i->filter->registration.InstanceSetupCallback;
    FLT_INSTANCE_SETUP_FLAGS why = flags & INSTANCE_MANUAL
                                       ? FLTFL_INSTANCE_SETUP_MANUAL_ATTACHMENT
                                       : FLTFL_INSTANCE_SETUP_AUTOMATIC_ATTACHMENT;
    FLT_RELATED_OBJECTS objects;

    if (setup == NULL)
        return STATUS_SUCCESS;
    if (flags & INSTANCE_NEW_VOLUME)
        why |= FLTFL_INSTANCE_SETUP_NEWLY_MOUNTED_VOLUME;
    related_objects(&objects, i);
    return NT_CALL(i->filter->driver, "InstanceSetupCallback",
                   setup(&objects, why, i->volume->device_type, i->volume->filesystem));
}

/* On success `*out`, where wanted, is an instance that the caller has a driver's reference to. */
static NTSTATUS attach(PFLT_FILTER f, PFLT_VOLUME v, PCUNICODE_STRING name,
                       PCUNICODE_STRING altitude, unsigned flags, PFLT_INSTANCE *out)
{
    PFLT_INSTANCE i;
    NTSTATUS status;

    pthread_mutex_lock(&flt.lock);
    status = may_attach(f, v, name, altitude);
    if (!NT_SUCCESS(status)) {
        pthread_mutex_unlock(&flt.lock);
        return status;
    }
    i = memory_get(sizeof(*i));
    object_init(&i->object, OBJECT_INSTANCE);
    i->filter = f;
    i->volume = v;
    object_reference(f);
    object_reference(v);
    string_copy(&i->name, name);
    string_copy(&i->altitude, altitude);
    i->next = v->instances;
    v->instances = i;
    atomic_fetch_add(&f->instances, 1);
    pthread_mutex_unlock(&flt.lock);

    status = call_setup(i, flags);

    pthread_mutex_lock(&flt.lock);
    if (NT_SUCCESS(status) && (object_closing(f) || object_closing(v)))
        status = STATUS_FLT_DELETING_OBJECT;
    if (NT_SUCCESS(status)) {
        i->state = INSTANCE_ATTACHED;
        stack_insert(i);
        if (out != NULL && object_acquire(i))
            *out = i;
    } else {
        object_close(i);
        unlist(i);
    }
    pthread_mutex_unlock(&flt.lock);
    if (!NT_SUCCESS(status)) {
        context_slots_clear(&i->contexts);
        contexts_remove(f, i);
        finish(i);
    }
    return status;
}

void instance_free(PFLT_INSTANCE i)
{
    i->object.kind = OBJECT_GONE;
    object_dereference(i->filter);
    object_dereference(i->volume);
    string_free(&i->name);
    string_free(&i->altitude);
    free(i);
}

void instance_attach_automatic(PFLT_FILTER f, PFLT_VOLUME v, unsigned flags)
{
    char **names = nt_registry_subkeys(f->instances_key);

    for (char **n = names; n != NULL && *n != NULL; n++) {
        UNICODE_STRING name, altitude;
        char *text;
        ULONG suppress;

        if (!read_instance(f, *n, &text, &suppress))
            continue;
        string_from_utf8(&name, *n);
        string_from_utf8(&altitude, text);
        if (!(suppress & SUPPRESS_AUTOMATIC) && altitude_valid(&altitude))
            attach(f, v, &name, &altitude, flags, NULL);
        string_free(&altitude);
        string_free(&name);
        free(text);
    }
    for (char **n = names; n != NULL && *n != NULL; n++)
        free(*n);
    free(names);
}

/* ---- Attachment by hand --------------------------------------------------------------------- */

NTSTATUS FLTAPI FltAttachVolume(PFLT_FILTER Filter, PFLT_VOLUME Volume,
                                PCUNICODE_STRING InstanceName, PFLT_INSTANCE *RetInstance)
{
    UNICODE_STRING name, altitude;
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    char *text = NULL, *which;
    ULONG suppress;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (RetInstance != NULL)
        *RetInstance = NULL;
    which = InstanceName != NULL ? string_utf8(InstanceName)
                                 : nt_registry_get_string(Filter->instances_key, "DefaultInstance");
    if (which == NULL)
        return status;
    if (read_instance(Filter, which, &text, &suppress)) {
        string_from_utf8(&name, which);
        string_from_utf8(&altitude, text);
        if (suppress & SUPPRESS_MANUAL)
            status = STATUS_FLT_DO_NOT_ATTACH;
        else if (!altitude_valid(&altitude))
            status = STATUS_INVALID_PARAMETER;
        else
            status = attach(Filter, Volume, &name, &altitude, INSTANCE_MANUAL, RetInstance);
        if (status == STATUS_FLT_INSTANCE_ALTITUDE_COLLISION) /* documented of the other only */
            status = STATUS_OBJECT_NAME_COLLISION;
        string_free(&altitude);
        string_free(&name);
    }
    free(text);
    free(which);
    return status;
}

NTSTATUS FLTAPI FltAttachVolumeAtAltitude(PFLT_FILTER Filter, PFLT_VOLUME Volume,
                                          PCUNICODE_STRING Altitude, PCUNICODE_STRING InstanceName,
                                          PFLT_INSTANCE *RetInstance)
{
    UNICODE_STRING name;
    NTSTATUS status;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (RetInstance != NULL)
        *RetInstance = NULL;
    if (Altitude == NULL || !altitude_valid(Altitude))
        return STATUS_INVALID_PARAMETER;
    if (InstanceName != NULL) {
        string_copy(&name, InstanceName);
    } else {
        /* The altitude is unique on the volume. */
        const UNICODE_STRING *driver = &Filter->name;
        size_t units = (driver->Length + Altitude->Length) / sizeof(WCHAR) + 1;

        name.Buffer = memory_get((units + 1) * sizeof(WCHAR));
        memcpy(name.Buffer, driver->Buffer, driver->Length);
        name.Buffer[driver->Length / sizeof(WCHAR)] = ' ';
        memcpy(name.Buffer + driver->Length / sizeof(WCHAR) + 1, Altitude->Buffer,
               Altitude->Length);
        if (units > INSTANCE_NAME_MAX_CHARS)
            units = INSTANCE_NAME_MAX_CHARS;
        name.Length = name.MaximumLength = (USHORT)(units * sizeof(WCHAR));
    }
    status = attach(Filter, Volume, &name, Altitude, INSTANCE_MANUAL, RetInstance);
    string_free(&name);
    return status;
}

/* ---- Teardown ------------------------------------------------------------------------------- */

PFLT_INSTANCE instance_first(PFLT_FILTER f, PFLT_VOLUME v)
{
    PFLT_INSTANCE found = NULL;

    pthread_mutex_lock(&flt.lock);
    for (PFLT_VOLUME at = v != NULL ? v : flt.volumes; at != NULL && found == NULL; at = at->next) {
        for (PFLT_INSTANCE i = at->instances; i != NULL && found == NULL; i = i->next) {
            if (i->state == INSTANCE_ATTACHED && (f == NULL || i->filter == f)) {
                object_reference(i);
                found = i;
            }
        }
        if (v != NULL)
            break;
    }
    pthread_mutex_unlock(&flt.lock);
    return found;
}

NTSTATUS instance_teardown(PFLT_INSTANCE i, FLT_INSTANCE_TEARDOWN_FLAGS reason)
{
    const FLT_REGISTRATION *r = &i->filter->registration;
    struct nt_driver *driver = i->filter->driver;
    FLT_RELATED_OBJECTS objects;
    unsigned own;

    pthread_mutex_lock(&flt.lock);
    if (i->state != INSTANCE_ATTACHED) {
        pthread_mutex_unlock(&flt.lock);
        return STATUS_FLT_DELETING_OBJECT;
    }
    i->state = INSTANCE_TEARDOWN;
    object_close(i);
    pthread_mutex_unlock(&flt.lock);
    stack_remove(i);

    related_objects(&objects, i);
    if (r->InstanceTeardownStartCallback != NULL)
        NT_CALL_VOID(driver, "InstanceTeardownStartCallback",
                     r->InstanceTeardownStartCallback(&objects, reason));
    own = operations_drain(i);
    if (!counter_wait(&i->operations, ~0u, own)) {
        i->filter->stuck_operations++;
        object_reference(i); /* for good: the operation may come back */
    }
    if (r->InstanceTeardownCompleteCallback != NULL)
        NT_CALL_VOID(driver, "InstanceTeardownCompleteCallback",
                     r->InstanceTeardownCompleteCallback(&objects, reason));
    context_slots_clear(&i->contexts);
    contexts_remove(i->filter, i);

    pthread_mutex_lock(&flt.lock);
    unlist(i);
    pthread_mutex_unlock(&flt.lock);
    finish(i);
    return STATUS_SUCCESS;
}

/* A driver without InstanceQueryTeardownCallback does not allow it; see
   PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK. */
static NTSTATUS query_teardown(PFLT_INSTANCE i)
{
    PFLT_INSTANCE_QUERY_TEARDOWN_CALLBACK query =
        i->filter->registration.InstanceQueryTeardownCallback;
    FLT_RELATED_OBJECTS objects;

    if (query == NULL)
        return STATUS_FLT_DO_NOT_DETACH;
    related_objects(&objects, i);
    return NT_CALL(i->filter->driver, "InstanceQueryTeardownCallback", query(&objects, 0));
}

NTSTATUS FLTAPI FltDetachVolume(PFLT_FILTER Filter, PFLT_VOLUME Volume,
                                PCUNICODE_STRING InstanceName)
{
    PFLT_INSTANCE found = NULL;
    NTSTATUS status;

    IRQL_AT_MOST(APC_LEVEL);
    pthread_mutex_lock(&flt.lock);
    for (PFLT_INSTANCE i = Volume->instances; i != NULL; i = i->next) {
        if (i->filter != Filter || i->state == INSTANCE_SETUP ||
            (InstanceName != NULL && !string_equal(&i->name, InstanceName, true)))
            continue;
        if (found == NULL || altitude_compare(&i->altitude, &found->altitude) > 0)
            found = i;
    }
    if (found != NULL)
        object_reference(found);
    pthread_mutex_unlock(&flt.lock);
    if (found == NULL)
        return STATUS_FLT_INSTANCE_NOT_FOUND;
    status = object_closing(found) ? STATUS_FLT_DELETING_OBJECT : query_teardown(found);
    if (NT_SUCCESS(status))
        status = instance_teardown(found, FLTFL_INSTANCE_TEARDOWN_MANUAL);
    object_dereference(found);
    return status;
}
