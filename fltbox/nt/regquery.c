/* The run-time library's way to the registry: RtlQueryRegistryValues and its relatives. */
#include "registry.h"

#include <stdlib.h>
#include <string.h>

/* ---- Keys ---------------------------------------------------------------------------------- */

static const char *base_path(ULONG relative)
{
    switch (relative & ~(ULONG)RTL_REGISTRY_OPTIONAL) {
    case RTL_REGISTRY_ABSOLUTE:
        return "";
    case RTL_REGISTRY_SERVICES:
        return "\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";
    case RTL_REGISTRY_CONTROL:
        return "\\Registry\\Machine\\System\\CurrentControlSet\\Control\\";
    case RTL_REGISTRY_WINDOWS_NT:
        return "\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion\\";
    case RTL_REGISTRY_DEVICEMAP:
        return "\\Registry\\Machine\\Hardware\\DeviceMap\\";
    case RTL_REGISTRY_USER:
        return "\\Registry\\User\\.Default\\";
    default:
        return NULL;
    }
}

/* A kernel handle to the key, of the host's own. */
static NTSTATUS open_relative(ULONG relative, PCWSTR path, int create, HANDLE *handle)
{
    const char *base = base_path(relative);
    size_t base_length, count = 0;
    wchar_t *units;
    NTSTATUS status;

    if (base == NULL)
        return STATUS_INVALID_PARAMETER;
    base_length = strlen(base);
    while (path != NULL && path[count] != 0)
        count++;
    units = malloc((base_length + count + 1) * sizeof(wchar_t));
    if (units == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    for (size_t i = 0; i < base_length; i++)
        units[i] = (unsigned char)base[i];
    if (count != 0)
        memcpy(units + base_length, path, count * sizeof(wchar_t));
    status = nt_key_open(NULL, NULL, units, base_length + count, create, OBJ_KERNEL_HANDLE,
                         KEY_ALL_ACCESS, NULL, handle);
    free(units);
    return status;
}

NTSTATUS NTAPI RtlCheckRegistryKey(ULONG relative, PWSTR path)
{
    HANDLE handle;
    NTSTATUS status;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    status = open_relative(relative, path, KEY_OPEN, &handle);
    if (status == STATUS_SUCCESS)
        nt_handle_close(handle);
    return status;
}

NTSTATUS NTAPI RtlCreateRegistryKey(ULONG relative, PWSTR path)
{
    HANDLE handle;
    NTSTATUS status;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    status = open_relative(relative, path, KEY_CREATE_LAST, &handle);
    if (status == STATUS_SUCCESS)
        nt_handle_close(handle);
    return status;
}

static NTSTATUS use_key(ULONG relative, PCWSTR path, int create, HANDLE *handle)
{
    if (relative & RTL_REGISTRY_HANDLE) {
        *handle = (HANDLE)path;
        return STATUS_SUCCESS;
    }
    return open_relative(relative, path, create, handle);
}

static void done_with_key(ULONG relative, HANDLE handle)
{
    if (!(relative & RTL_REGISTRY_HANDLE))
        nt_handle_close(handle);
}

NTSTATUS NTAPI RtlWriteRegistryValue(ULONG relative, PCWSTR path, PCWSTR name, ULONG type,
                                     PVOID data, ULONG length)
{
    UNICODE_STRING string;
    HANDLE handle;
    NTSTATUS status;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    RtlInitUnicodeString(&string, name);
    status = use_key(relative, path, KEY_CREATE_PATH, &handle);
    if (status != STATUS_SUCCESS)
        return status;
    status = ZwSetValueKey(handle, &string, 0, type, data, length);
    done_with_key(relative, handle);
    return status;
}

NTSTATUS NTAPI RtlDeleteRegistryValue(ULONG relative, PCWSTR path, PCWSTR name)
{
    UNICODE_STRING string;
    HANDLE handle;
    NTSTATUS status;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    RtlInitUnicodeString(&string, name);
    status = use_key(relative, path, KEY_OPEN, &handle);
    if (status != STATUS_SUCCESS)
        return status;
    status = ZwDeleteValueKey(handle, &string);
    done_with_key(relative, handle);
    return status;
}

/* ---- Queries ------------------------------------------------------------------------------- */

struct found {
    wchar_t *name; /* terminated, malloc'ed */
    ULONG type;
    void *data; /* malloc'ed, with two zero units behind it */
    ULONG size;
};

static void free_found(struct found *found)
{
    free(found->name);
    free(found->data);
}

static bool copy_found(struct found *found, const wchar_t *name, size_t count, ULONG type,
                       const void *data, size_t size)
{
    found->name = calloc(count + 1, sizeof(wchar_t));
    found->data = calloc(1, size + 2 * sizeof(wchar_t));
    found->type = type;
    found->size = (ULONG)size;
    if (found->name == NULL || found->data == NULL) {
        free_found(found);
        return false;
    }
    memcpy(found->name, name, count * sizeof(wchar_t));
    if (size != 0)
        memcpy(found->data, data, size);
    return true;
}

static bool is_string(ULONG type)
{
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
}

/* Where RTL_QUERY_REGISTRY_DIRECT puts a string. */
static NTSTATUS store_string(const void *caller, UNICODE_STRING *to, const void *data, ULONG size)
{
    ULONG length = size;

    if (length >= sizeof(wchar_t) && ((const wchar_t *)data)[length / sizeof(wchar_t) - 1] == 0)
        length -= sizeof(wchar_t);
    if (length > 0xfffc)
        return STATUS_BUFFER_TOO_SMALL;
    if (to->Buffer == NULL) {
        to->Buffer = nt_pool_allocate(caller, POOL_FLAG_PAGED, length + sizeof(wchar_t),
                                      TAG('S', 't', 'r', 'g'));
        if (to->Buffer == NULL)
            return STATUS_NO_MEMORY;
        to->MaximumLength = (USHORT)(length + sizeof(wchar_t));
    } else if (length + sizeof(wchar_t) > to->MaximumLength) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    memcpy(to->Buffer, data, length);
    to->Buffer[length / sizeof(wchar_t)] = 0;
    to->Length = (USHORT)length;
    return STATUS_SUCCESS;
}

/*
 * And where it puts anything else: up to four bytes as they are; more into a buffer whose first
 * LONG gives its size, negated where only the data is wanted.
 */
static NTSTATUS store_number(void *to, ULONG type, const void *data, ULONG size)
{
    LONG room;

    if (size <= sizeof(ULONG)) {
        memcpy(to, data, size);
        return STATUS_SUCCESS;
    }
    memcpy(&room, to, sizeof(room));
    if (room < 0) {
        if ((ULONG) - (int64_t)room < size)
            return STATUS_BUFFER_TOO_SMALL;
        memcpy(to, data, size);
        return STATUS_SUCCESS;
    }
    if ((ULONG)room < size + 2 * sizeof(ULONG))
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(to, &size, sizeof(size));
    memcpy((ULONG *)to + 1, &type, sizeof(type));
    memcpy((ULONG *)to + 2, data, size);
    return STATUS_SUCCESS;
}

struct query {
    const void *caller;
    PVOID context;
    PRTL_QUERY_REGISTRY_TABLE entry;
    PVOID entry_context;
};

static NTSTATUS deliver_one(struct query *q, PWSTR name, ULONG type, PVOID data, ULONG size)
{
    NTSTATUS status;

    if (q->entry->Flags & RTL_QUERY_REGISTRY_DIRECT) {
        if (!is_string(type))
            return store_number(q->entry_context, type, data, size);
        status = store_string(q->caller, q->entry_context, data, size);
        q->entry_context = (UNICODE_STRING *)q->entry_context + 1;
        return status;
    }
    return NT_CALL(nt_driver_of((void *)q->entry->QueryRoutine), "registry query routine",
                   q->entry->QueryRoutine(name, type, data, size, q->context, q->entry_context));
}

/* %SystemRoot% is the one variable that the kernel knows. malloc'ed. */
static wchar_t *expand(const wchar_t *from, size_t count, size_t *result)
{
    static const char variable[] = "%systemroot%", value[] = "C:\\Windows";
    wchar_t *to = malloc((count + 1) * sizeof(wchar_t)); /* the value is the shorter of the two */
    size_t n = 0, v = sizeof(variable) - 1;

    if (to == NULL)
        return NULL;
    for (size_t i = 0; i < count;) {
        size_t same = 0;

        while (same < v && i + same < count &&
               nt_downcase(from[i + same]) == (unsigned char)variable[same])
            same++;
        if (same == v) {
            for (size_t k = 0; k < sizeof(value) - 1; k++)
                to[n++] = (unsigned char)value[k];
            i += v;
        } else {
            to[n++] = from[i++];
        }
    }
    *result = n;
    return to;
}

static NTSTATUS deliver_each(struct query *q, struct found *found)
{
    wchar_t *string = found->data, *end = string + found->size / sizeof(wchar_t);
    NTSTATUS status = STATUS_SUCCESS;

    while (status == STATUS_SUCCESS && string < end && *string != 0) {
        size_t count = 0;

        while (string[count] != 0) /* the data has zeros behind it */
            count++;
        status =
            deliver_one(q, found->name, REG_SZ, string, (ULONG)((count + 1) * sizeof(wchar_t)));
        string += count + 1;
    }
    return status;
}

static NTSTATUS deliver(struct query *q, struct found *found)
{
    bool expands = !(q->entry->Flags & RTL_QUERY_REGISTRY_NOEXPAND);
    NTSTATUS status;

    if ((q->entry->Flags & RTL_QUERY_REGISTRY_DIRECT) &&
        (q->entry->Flags & RTL_QUERY_REGISTRY_TYPECHECK) &&
        q->entry->DefaultType >> RTL_QUERY_REGISTRY_TYPECHECK_SHIFT != found->type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    if (expands && found->type == REG_MULTI_SZ)
        return deliver_each(q, found);
    if (expands && found->type == REG_EXPAND_SZ) {
        size_t count;
        wchar_t *expanded = expand(found->data, found->size / sizeof(wchar_t), &count);

        if (expanded == NULL)
            return STATUS_NO_MEMORY;
        status = deliver_one(q, found->name, REG_SZ, expanded, (ULONG)(count * sizeof(wchar_t)));
        free(expanded);
        return status;
    }
    return deliver_one(q, found->name, found->type, found->data, found->size);
}

static NTSTATUS find_value(struct key *key, PCWSTR name, struct found *found)
{
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;
    const struct key_value *value;
    size_t count = 0;

    while (name[count] != 0)
        count++;
    pthread_mutex_lock(&nt_registry_lock);
    value = nt_key_value_locked(key, name, count);
    if (value != NULL)
        status = copy_found(found, value->name.units, value->name.count, value->type, value->data,
                            value->size)
                     ? STATUS_SUCCESS
                     : STATUS_NO_MEMORY;
    pthread_mutex_unlock(&nt_registry_lock);
    return status;
}

static NTSTATUS value_at(struct key *key, ULONG index, struct found *found)
{
    NTSTATUS status = STATUS_NO_MORE_ENTRIES;
    const struct key_value *value;

    pthread_mutex_lock(&nt_registry_lock);
    for (value = key->values; value != NULL && index > 0; value = value->next)
        index--;
    if (value != NULL)
        status = copy_found(found, value->name.units, value->name.count, value->type, value->data,
                            value->size)
                     ? STATUS_SUCCESS
                     : STATUS_NO_MEMORY;
    pthread_mutex_unlock(&nt_registry_lock);
    return status;
}

static NTSTATUS query_all_values(struct query *q, struct key *key)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG index;

    for (index = 0; status == STATUS_SUCCESS; index++) {
        struct found found;

        status = value_at(key, index, &found);
        if (status != STATUS_SUCCESS)
            break;
        status = deliver(q, &found);
        free_found(&found);
    }
    if (status != STATUS_NO_MORE_ENTRIES)
        return status;
    if (index == 0 && (q->entry->Flags & RTL_QUERY_REGISTRY_REQUIRED))
        return STATUS_OBJECT_NAME_NOT_FOUND;
    return STATUS_SUCCESS;
}

static NTSTATUS deliver_default(struct query *q)
{
    ULONG type = q->entry->DefaultType & ~(ULONG)RTL_QUERY_REGISTRY_TYPECHECK_MASK;
    ULONG size = q->entry->DefaultLength;

    if (type == REG_NONE)
        return STATUS_SUCCESS;
    /* A length of 0 with a string means: up to its end. */
    if (size == 0 && q->entry->DefaultData != NULL) {
        const wchar_t *units = q->entry->DefaultData;

        if (type == REG_MULTI_SZ)
            while (units[size] != 0 || units[size + 1] != 0)
                size++;
        else if (is_string(type))
            while (units[size] != 0)
                size++;
        if (is_string(type))
            size = (ULONG)((size + (type == REG_MULTI_SZ ? 2 : 1)) * sizeof(wchar_t));
    }
    return deliver_one(q, q->entry->Name, type, q->entry->DefaultData, size);
}

static NTSTATUS query_named(struct query *q, struct key *key)
{
    struct found found;
    NTSTATUS status = find_value(key, q->entry->Name, &found);

    if (status == STATUS_OBJECT_NAME_NOT_FOUND)
        return q->entry->Flags & RTL_QUERY_REGISTRY_REQUIRED ? status : deliver_default(q);
    if (status != STATUS_SUCCESS)
        return status;
    status = deliver(q, &found);
    free_found(&found);
    if (status == STATUS_SUCCESS && (q->entry->Flags & RTL_QUERY_REGISTRY_DELETE)) {
        size_t count = 0;

        while (q->entry->Name[count] != 0)
            count++;
        pthread_mutex_lock(&nt_registry_lock);
        nt_key_delete_value_locked(key, q->entry->Name, count);
        pthread_mutex_unlock(&nt_registry_lock);
    }
    return status;
}

/* Makes *key the subkey of `top` that the entry names. */
static NTSTATUS enter_subkey(struct key *top, PCWSTR name, struct key **key)
{
    bool created;
    size_t count = 0;
    NTSTATUS status;

    while (name[count] != 0)
        count++;
    pthread_mutex_lock(&nt_registry_lock);
    status = nt_key_walk_locked(top, name, count, KEY_OPEN, key, &created);
    pthread_mutex_unlock(&nt_registry_lock);
    return status;
}

static NTSTATUS query_entry(struct query *q, struct key *top, struct key **key)
{
    PRTL_QUERY_REGISTRY_TABLE e = q->entry;
    NTSTATUS status;

    q->entry_context = e->EntryContext;
    if ((e->Flags & RTL_QUERY_REGISTRY_DIRECT) &&
        (e->Name == NULL || (e->Flags & RTL_QUERY_REGISTRY_SUBKEY) || e->QueryRoutine != NULL))
        return STATUS_INVALID_PARAMETER;
    if (e->Flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY))
        *key = top;
    if (e->Flags & RTL_QUERY_REGISTRY_SUBKEY) {
        if (e->Name == NULL)
            return STATUS_INVALID_PARAMETER;
        status = enter_subkey(top, e->Name, key);
        if (status != STATUS_SUCCESS || e->QueryRoutine == NULL)
            return status;
        return query_all_values(q, *key);
    }
    if (e->Name != NULL)
        return query_named(q, *key);
    if (e->Flags & RTL_QUERY_REGISTRY_NOVALUE)
        return deliver_one(q, NULL, REG_NONE, NULL, 0);
    return query_all_values(q, *key);
}

NTSTATUS NTAPI RtlQueryRegistryValues(ULONG relative, PCWSTR path, PRTL_QUERY_REGISTRY_TABLE table,
                                      PVOID context, PVOID environment)
{
    struct query q = {.caller = CALLER, .context = context};
    struct key *top, *key;
    HANDLE handle;
    void *object;
    NTSTATUS status;

    (void)environment;
    IRQL_AT_MOST(PASSIVE_LEVEL);
    status = use_key(relative, path, KEY_OPEN, &handle);
    if (status != STATUS_SUCCESS)
        return status;
    status = nt_handle_find(handle, nt_key_type, NULL, &object);
    if (status == STATUS_SUCCESS) {
        top = key = ((struct key_object *)object)->key;
        for (q.entry = table;
             status == STATUS_SUCCESS &&
             (q.entry->QueryRoutine != NULL ||
              (q.entry->Flags & (RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_DIRECT)));
             q.entry++)
            status = query_entry(&q, top, &key);
        nt_object_dereference(object);
    }
    done_with_key(relative, handle);
    return status;
}
