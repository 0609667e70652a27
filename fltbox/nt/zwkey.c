/* The registry as drivers reach it: keys behind handles, and the query functions' buffer rules. */
#include "registry.h"

#include <stdlib.h>
#include <string.h>

static void destroy_key_object(void *body)
{
    struct key_object *object = body;

    pthread_mutex_lock(&nt_registry_lock);
    nt_key_release_locked(object->key);
    pthread_mutex_unlock(&nt_registry_lock);
}

NTSTATUS nt_key_open(const void *caller, struct key *from, const wchar_t *units, size_t count,
                     int create, ULONG attributes, ACCESS_MASK access, ULONG *disposition,
                     HANDLE *handle)
{
    struct key_object *object = nt_object_create(nt_key_type, sizeof(*object), destroy_key_object);
    struct key *key;
    bool created;
    NTSTATUS status;

    if (object == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    pthread_mutex_lock(&nt_registry_lock);
    status = nt_key_walk_locked(from, units, count, create, &key, &created);
    if (status == STATUS_SUCCESS) {
        key->references++;
        object->key = key;
    } else {
        static struct key nothing = {.references = 1u << 30}; /* for the destructor to release */

        nothing.references = 1u << 30;
        object->key = &nothing;
    }
    pthread_mutex_unlock(&nt_registry_lock);
    if (status == STATUS_SUCCESS) {
        if (disposition != NULL)
            *disposition = created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
        status = nt_handle_open(object, attributes, access, caller, handle);
    }
    nt_object_dereference(object);
    return status;
}

static NTSTATUS open_attributes(const void *caller, PHANDLE handle, ACCESS_MASK access,
                                POBJECT_ATTRIBUTES attributes, int create, ULONG *disposition)
{
    struct key_object *root = NULL;
    void *body;
    NTSTATUS status;

    if (attributes == NULL || attributes->Length != sizeof(*attributes) ||
        attributes->ObjectName == NULL)
        return STATUS_INVALID_PARAMETER;
    if (attributes->RootDirectory != NULL) {
        status = nt_handle_find(attributes->RootDirectory, nt_key_type, NULL, &body);
        if (status != STATUS_SUCCESS)
            return status;
        root = body;
    }
    status = nt_key_open(caller, root != NULL ? root->key : NULL, attributes->ObjectName->Buffer,
                         attributes->ObjectName->Length / sizeof(wchar_t), create,
                         attributes->Attributes, access, disposition, handle);
    if (root != NULL)
        nt_object_dereference(root);
    return status;
}

NTSTATUS NTAPI ZwOpenKey(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return open_attributes(CALLER, handle, access, attributes, KEY_OPEN, NULL);
}

NTSTATUS NTAPI ZwOpenKeyEx(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                           ULONG options)
{
    (void)options; /* links and backup semantics: there are neither links nor access checks */
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return open_attributes(CALLER, handle, access, attributes, KEY_OPEN, NULL);
}

NTSTATUS NTAPI ZwCreateKey(PHANDLE handle, ACCESS_MASK access, POBJECT_ATTRIBUTES attributes,
                           ULONG title, PUNICODE_STRING class, ULONG options, PULONG disposition)
{
    (void)title;
    (void)class;
    (void)options; /* all of the registry here is volatile */
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return open_attributes(CALLER, handle, access, attributes, KEY_CREATE_LAST, disposition);
}

/* ---- Information --------------------------------------------------------------------------- */

/*
 * The documented rules: *needed is what all of it takes. A buffer shorter than the fixed part is
 * too small, and nothing is written; one that ends within the variable part gets what fits, and
 * the status is an overflow.
 */
static NTSTATUS give(const void *from, size_t size, size_t fixed, PVOID to, ULONG length,
                     PULONG needed)
{
    *needed = (ULONG)size;
    if (length < fixed)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(to, from, length < size ? length : size);
    return length < size ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static size_t align8(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

/* Fills a malloc'ed copy of the information, so that a driver's buffer is written unlocked. */
static NTSTATUS value_information(const struct key_value *value, KEY_VALUE_INFORMATION_CLASS class,
                                  void **copy, size_t *size, size_t *fixed)
{
    size_t name_bytes = value->name.count * sizeof(wchar_t), offset;

    switch (class) {
    case KeyValueBasicInformation: {
        KEY_VALUE_BASIC_INFORMATION *b;

        *fixed = FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name);
        *size = *fixed + name_bytes;
        b = *copy = calloc(1, *size + sizeof(*b));
        if (b == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        b->Type = value->type;
        b->NameLength = (ULONG)name_bytes;
        memcpy(b->Name, value->name.units, name_bytes);
        return STATUS_SUCCESS;
    }
    case KeyValueFullInformation: {
        KEY_VALUE_FULL_INFORMATION *f;

        *fixed = FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name);
        offset = align8(*fixed + name_bytes);
        *size = offset + value->size;
        f = *copy = calloc(1, *size + sizeof(*f));
        if (f == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        f->Type = value->type;
        f->DataOffset = (ULONG)offset;
        f->DataLength = (ULONG)value->size;
        f->NameLength = (ULONG)name_bytes;
        memcpy(f->Name, value->name.units, name_bytes);
        memcpy((uint8_t *)f + offset, value->data, value->size);
        return STATUS_SUCCESS;
    }
    case KeyValuePartialInformation: {
        KEY_VALUE_PARTIAL_INFORMATION *p;

        *fixed = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
        *size = *fixed + value->size;
        p = *copy = calloc(1, *size + sizeof(*p));
        if (p == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        p->Type = value->type;
        p->DataLength = (ULONG)value->size;
        memcpy(p->Data, value->data, value->size);
        return STATUS_SUCCESS;
    }
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS key_information(const struct key *key, KEY_INFORMATION_CLASS class, void **copy,
                                size_t *size, size_t *fixed)
{
    size_t name_bytes = key->name.count * sizeof(wchar_t);

    switch (class) {
    case KeyBasicInformation: {
        KEY_BASIC_INFORMATION *b;

        *fixed = FIELD_OFFSET(KEY_BASIC_INFORMATION, Name);
        *size = *fixed + name_bytes;
        b = *copy = calloc(1, *size + sizeof(*b));
        if (b == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        b->LastWriteTime.QuadPart = (LONGLONG)key->written;
        b->NameLength = (ULONG)name_bytes;
        memcpy(b->Name, key->name.units, name_bytes);
        return STATUS_SUCCESS;
    }
    case KeyNodeInformation: {
        KEY_NODE_INFORMATION *n;

        *fixed = FIELD_OFFSET(KEY_NODE_INFORMATION, Name);
        *size = *fixed + name_bytes;
        n = *copy = calloc(1, *size + sizeof(*n));
        if (n == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        n->LastWriteTime.QuadPart = (LONGLONG)key->written;
        n->ClassOffset = (ULONG)-1; /* no class */
        n->NameLength = (ULONG)name_bytes;
        memcpy(n->Name, key->name.units, name_bytes);
        return STATUS_SUCCESS;
    }
    case KeyFullInformation: {
        KEY_FULL_INFORMATION *f;

        *fixed = *size = FIELD_OFFSET(KEY_FULL_INFORMATION, Class);
        f = *copy = calloc(1, sizeof(*f));
        if (f == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        f->LastWriteTime.QuadPart = (LONGLONG)key->written;
        f->ClassOffset = (ULONG)-1;
        for (const struct key *k = key->children; k != NULL; k = k->next) {
            f->SubKeys++;
            if (k->name.count * sizeof(wchar_t) > f->MaxNameLen)
                f->MaxNameLen = (ULONG)(k->name.count * sizeof(wchar_t));
        }
        for (const struct key_value *v = key->values; v != NULL; v = v->next) {
            f->Values++;
            if (v->name.count * sizeof(wchar_t) > f->MaxValueNameLen)
                f->MaxValueNameLen = (ULONG)(v->name.count * sizeof(wchar_t));
            if (v->size > f->MaxValueDataLen)
                f->MaxValueDataLen = (ULONG)v->size;
        }
        return STATUS_SUCCESS;
    }
    case KeyNameInformation: {
        KEY_NAME_INFORMATION *n;
        size_t count = nt_key_path_locked(key, NULL);

        *fixed = FIELD_OFFSET(KEY_NAME_INFORMATION, Name);
        *size = *fixed + count * sizeof(wchar_t);
        n = *copy = calloc(1, *size + sizeof(*n));
        if (n == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        n->NameLength = (ULONG)(count * sizeof(wchar_t));
        nt_key_path_locked(key, n->Name);
        return STATUS_SUCCESS;
    }
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

/* ---- What drivers call --------------------------------------------------------------------- */

/* Looks the handle up and locks; the caller unlocks and dereferences. */
static NTSTATUS begin(HANDLE handle, struct key_object **object, const char *function)
{
    void *body;
    NTSTATUS status;

    nt_irql_at_most(PASSIVE_LEVEL, function);
    status = nt_handle_find(handle, nt_key_type, NULL, &body);
    if (status != STATUS_SUCCESS)
        return status;
    *object = body;
    pthread_mutex_lock(&nt_registry_lock);
    if ((*object)->key->deleted) {
        pthread_mutex_unlock(&nt_registry_lock);
        nt_object_dereference(body);
        return STATUS_KEY_DELETED;
    }
    return STATUS_SUCCESS;
}

static void end(struct key_object *object)
{
    pthread_mutex_unlock(&nt_registry_lock);
    nt_object_dereference(object);
}

NTSTATUS NTAPI ZwQueryValueKey(HANDLE handle, PUNICODE_STRING name,
                               KEY_VALUE_INFORMATION_CLASS class, PVOID information, ULONG length,
                               PULONG needed)
{
    struct key_object *object;
    const struct key_value *value;
    void *copy = NULL;
    size_t size, fixed;
    NTSTATUS status = begin(handle, &object, __func__);

    if (status != STATUS_SUCCESS)
        return status;
    value = nt_key_value_locked(object->key, name->Buffer, name->Length / sizeof(wchar_t));
    status = value == NULL ? STATUS_OBJECT_NAME_NOT_FOUND
                           : value_information(value, class, &copy, &size, &fixed);
    end(object);
    if (status == STATUS_SUCCESS)
        status = give(copy, size, fixed, information, length, needed);
    free(copy);
    return status;
}

NTSTATUS NTAPI ZwEnumerateValueKey(HANDLE handle, ULONG index, KEY_VALUE_INFORMATION_CLASS class,
                                   PVOID information, ULONG length, PULONG needed)
{
    struct key_object *object;
    const struct key_value *value;
    void *copy = NULL;
    size_t size, fixed;
    NTSTATUS status = begin(handle, &object, __func__);

    if (status != STATUS_SUCCESS)
        return status;
    for (value = object->key->values; value != NULL && index > 0; value = value->next)
        index--;
    status = value == NULL ? STATUS_NO_MORE_ENTRIES
                           : value_information(value, class, &copy, &size, &fixed);
    end(object);
    if (status == STATUS_SUCCESS)
        status = give(copy, size, fixed, information, length, needed);
    free(copy);
    return status;
}

NTSTATUS NTAPI ZwQueryKey(HANDLE handle, KEY_INFORMATION_CLASS class, PVOID information,
                          ULONG length, PULONG needed)
{
    struct key_object *object;
    void *copy = NULL;
    size_t size, fixed;
    NTSTATUS status = begin(handle, &object, __func__);

    if (status != STATUS_SUCCESS)
        return status;
    status = key_information(object->key, class, &copy, &size, &fixed);
    end(object);
    if (status == STATUS_SUCCESS)
        status = give(copy, size, fixed, information, length, needed);
    free(copy);
    return status;
}

NTSTATUS NTAPI ZwEnumerateKey(HANDLE handle, ULONG index, KEY_INFORMATION_CLASS class,
                              PVOID information, ULONG length, PULONG needed)
{
    struct key_object *object;
    const struct key *child;
    void *copy = NULL;
    size_t size, fixed;
    NTSTATUS status = begin(handle, &object, __func__);

    if (status != STATUS_SUCCESS)
        return status;
    for (child = object->key->children; child != NULL && index > 0; child = child->next)
        index--;
    status = child == NULL ? STATUS_NO_MORE_ENTRIES
                           : key_information(child, class, &copy, &size, &fixed);
    end(object);
    if (status == STATUS_SUCCESS)
        status = give(copy, size, fixed, information, length, needed);
    free(copy);
    return status;
}

NTSTATUS NTAPI ZwSetValueKey(HANDLE handle, PUNICODE_STRING name, ULONG title, ULONG type,
                             PVOID data, ULONG size)
{
    struct key_object *object;
    NTSTATUS status = begin(handle, &object, __func__);

    (void)title;
    if (status != STATUS_SUCCESS)
        return status;
    status = nt_key_set_value_locked(object->key, name->Buffer, name->Length / sizeof(wchar_t),
                                     type, data, size);
    end(object);
    return status;
}

NTSTATUS NTAPI ZwDeleteValueKey(HANDLE handle, PUNICODE_STRING name)
{
    struct key_object *object;
    NTSTATUS status = begin(handle, &object, __func__);

    if (status != STATUS_SUCCESS)
        return status;
    status = nt_key_delete_value_locked(object->key, name->Buffer, name->Length / sizeof(wchar_t));
    end(object);
    return status;
}

NTSTATUS NTAPI ZwDeleteKey(HANDLE handle)
{
    struct key_object *object;
    NTSTATUS status = begin(handle, &object, __func__);

    if (status != STATUS_SUCCESS)
        return status;
    status = nt_key_delete_locked(object->key);
    end(object);
    return status;
}

NTSTATUS NTAPI ZwFlushKey(HANDLE handle)
{
    struct key_object *object;
    NTSTATUS status = begin(handle, &object, __func__);

    if (status == STATUS_SUCCESS)
        end(object); /* there is no disk to bring it to */
    return status;
}

NTSTATUS NTAPI IoOpenDriverRegistryKey(PDRIVER_OBJECT driver, DRIVER_REGKEY_TYPE type,
                                       ACCESS_MASK access, ULONG flags, PHANDLE handle)
{
    static const wchar_t parameters[] = {'\\', 'P', 'a', 'r', 'a', 'm', 'e', 't', 'e', 'r', 's'};
    struct nt_driver *d = CONTAINING_RECORD(driver, struct nt_driver, object);
    wchar_t path[512];
    size_t count = 0;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (flags != 0)
        return STATUS_INVALID_PARAMETER_4;
    if (type != DriverRegKeyParameters)
        return type == DriverRegKeyPersistentState ? STATUS_NOT_SUPPORTED
                                                   : STATUS_INVALID_PARAMETER_2;
    while (count < 480 && d->registry_path[count] != 0) {
        path[count] = d->registry_path[count];
        count++;
    }
    memcpy(path + count, parameters, sizeof(parameters));
    count += sizeof(parameters) / sizeof(wchar_t);
    return nt_key_open(CALLER, NULL, path, count, KEY_CREATE_LAST, OBJ_KERNEL_HANDLE, access, NULL,
                       handle);
}

bool nt_object_name(void *body, wchar_t **units, size_t *count)
{
    struct key_object *object = body;
    POBJECT_TYPE type = nt_object_type_of(body);

    if (type != nt_key_type)
        return nt_device_name(body, units, count);
    pthread_mutex_lock(&nt_registry_lock);
    *count = nt_key_path_locked(object->key, NULL);
    *units = malloc((*count + 1) * sizeof(wchar_t));
    if (*units != NULL)
        nt_key_path_locked(object->key, *units);
    pthread_mutex_unlock(&nt_registry_lock);
    return *units != NULL;
}
