/* The registry: a tree in memory. Names compare without case. */
#include "registry.h"

#include <stdlib.h>
#include <string.h>

pthread_mutex_t nt_registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct key *root; /* \Registry */

static bool same_name(const struct key_name *a, const wchar_t *units, size_t count)
{
    if (a->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (nt_upcase(a->units[i]) != nt_upcase(units[i]))
            return false;
    return true;
}

static bool set_name(struct key_name *name, const wchar_t *units, size_t count)
{
    name->units = malloc((count + 1) * sizeof(wchar_t));
    if (name->units == NULL)
        return false;
    memcpy(name->units, units, count * sizeof(wchar_t));
    name->units[count] = 0;
    name->count = count;
    return true;
}

/* ---- Keys ---------------------------------------------------------------------------------- */

static void free_values(struct key *key)
{
    while (key->values != NULL) {
        struct key_value *value = key->values;

        key->values = value->next;
        free(value->name.units);
        free(value->data);
        free(value);
    }
}

void nt_key_release_locked(struct key *key)
{
    if (--key->references > 0)
        return;
    free_values(key);
    free(key->name.units);
    free(key);
}

struct key *nt_key_child_locked(struct key *parent, const wchar_t *units, size_t count)
{
    struct key *child = parent->children;

    while (child != NULL && !same_name(&child->name, units, count))
        child = child->next;
    return child;
}

static struct key *add_child(struct key *parent, const wchar_t *units, size_t count)
{
    struct key *key = calloc(1, sizeof(*key)), **end = &parent->children;

    if (key == NULL || !set_name(&key->name, units, count)) {
        free(key);
        return NULL;
    }
    key->references = 1; /* the tree's */
    key->written = nt_system_time();
    key->parent = parent;
    while (*end != NULL)
        end = &(*end)->next;
    *end = key;
    return key;
}

/* Skips separators, finds the next component. False at the end. */
static bool component(const wchar_t **units, size_t *left, size_t *count)
{
    while (*left > 0 && **units == '\\') {
        (*units)++;
        (*left)--;
    }
    *count = 0;
    while (*count < *left && (*units)[*count] != '\\')
        (*count)++;
    return *count != 0;
}

NTSTATUS nt_key_walk_locked(struct key *from, const wchar_t *units, size_t left, int create,
                            struct key **result, bool *created)
{
    static const wchar_t registry[] = {'R', 'e', 'g', 'i', 's', 't', 'r', 'y'};
    struct key *key = from;
    size_t count;

    *created = false;
    if (from == NULL) {
        struct key_name first = {(wchar_t *)registry, 8};

        if (left == 0 || units[0] != '\\')
            return STATUS_OBJECT_PATH_SYNTAX_BAD;
        if (!component(&units, &left, &count) || !same_name(&first, units, count))
            return STATUS_OBJECT_PATH_NOT_FOUND;
        units += count;
        left -= count;
        key = root;
    } else if (left > 0 && units[0] == '\\') {
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    if (key->deleted)
        return STATUS_KEY_DELETED;
    while (component(&units, &left, &count)) {
        struct key *child = nt_key_child_locked(key, units, count);
        bool last = count == left;

        if (child == NULL) {
            if (create == KEY_OPEN)
                return STATUS_OBJECT_NAME_NOT_FOUND;
            /* Documented: a key's parent has to exist. The host makes whole paths. */
            if (!last && create != KEY_CREATE_PATH)
                return STATUS_OBJECT_NAME_NOT_FOUND;
            if (count > 256)
                return STATUS_INVALID_PARAMETER;
            child = add_child(key, units, count);
            if (child == NULL)
                return STATUS_INSUFFICIENT_RESOURCES;
            key->written = child->written;
            *created = true;
        }
        key = child;
        units += count;
        left -= count;
    }
    *result = key;
    return STATUS_SUCCESS;
}

NTSTATUS nt_key_delete_locked(struct key *key)
{
    struct key **k;

    if (key->deleted)
        return STATUS_SUCCESS;
    if (key->children != NULL || key->parent == NULL || key->parent == root)
        return STATUS_CANNOT_DELETE;
    for (k = &key->parent->children; *k != key;)
        k = &(*k)->next;
    *k = key->next;
    key->deleted = true;
    key->parent = NULL;
    free_values(key);
    nt_key_release_locked(key);
    return STATUS_SUCCESS;
}

size_t nt_key_path_locked(const struct key *key, wchar_t *units)
{
    size_t n = 0;

    if (key->parent != NULL)
        n = nt_key_path_locked(key->parent, units);
    if (units != NULL) {
        units[n] = '\\';
        memcpy(units + n + 1, key->name.units, key->name.count * sizeof(wchar_t));
    }
    return n + 1 + key->name.count;
}

/* ---- Values -------------------------------------------------------------------------------- */

struct key_value *nt_key_value_locked(struct key *key, const wchar_t *units, size_t count)
{
    struct key_value *value = key->values;

    while (value != NULL && !same_name(&value->name, units, count))
        value = value->next;
    return value;
}

NTSTATUS nt_key_set_value_locked(struct key *key, const wchar_t *units, size_t count, ULONG type,
                                 const void *data, size_t size)
{
    struct key_value *value = nt_key_value_locked(key, units, count);
    void *copy = malloc(size != 0 ? size : 1);

    if (copy == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (value == NULL) {
        struct key_value **end = &key->values;

        value = calloc(1, sizeof(*value));
        if (value == NULL || !set_name(&value->name, units, count)) {
            free(value);
            free(copy);
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        while (*end != NULL)
            end = &(*end)->next;
        *end = value;
    }
    if (size != 0)
        memcpy(copy, data, size);
    free(value->data);
    value->data = copy;
    value->size = size;
    value->type = type;
    key->written = nt_system_time();
    return STATUS_SUCCESS;
}

NTSTATUS nt_key_delete_value_locked(struct key *key, const wchar_t *units, size_t count)
{
    struct key_value *value = nt_key_value_locked(key, units, count), **v = &key->values;

    if (value == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    while (*v != value)
        v = &(*v)->next;
    *v = value->next;
    free(value->name.units);
    free(value->data);
    free(value);
    key->written = nt_system_time();
    return STATUS_SUCCESS;
}

/* ---- For the host -------------------------------------------------------------------------- */

/* malloc'ed UTF-16 of UTF-8. */
static wchar_t *from_utf8(const char *utf8, size_t *count)
{
    ULONG bytes = (ULONG)strlen(utf8), size = 0;
    wchar_t *units = malloc(((size_t)bytes + 1) * sizeof(wchar_t));

    if (units == NULL)
        abort();
    RtlUTF8ToUnicodeN(units, bytes * (ULONG)sizeof(wchar_t), &size, utf8, bytes);
    *count = size / sizeof(wchar_t);
    units[*count] = 0;
    return units;
}

static struct key *host_key_locked(const char *path, bool create)
{
    struct key *key = NULL;
    size_t count;
    bool created;
    wchar_t *units = from_utf8(path, &count);

    if (nt_key_walk_locked(NULL, units, count, create ? KEY_CREATE_PATH : KEY_OPEN, &key,
                           &created) != STATUS_SUCCESS)
        key = NULL;
    free(units);
    return key;
}

void nt_registry_set(const char *path, const char *name, ULONG type, const void *data, size_t size)
{
    size_t count;
    wchar_t *units = from_utf8(name, &count);
    struct key *key;

    pthread_mutex_lock(&nt_registry_lock);
    key = host_key_locked(path, true);
    if (key != NULL)
        nt_key_set_value_locked(key, units, count, type, data, size);
    pthread_mutex_unlock(&nt_registry_lock);
    free(units);
}

void nt_registry_set_dword(const char *path, const char *name, uint32_t value)
{
    nt_registry_set(path, name, REG_DWORD, &value, sizeof(value));
}

void nt_registry_set_string(const char *path, const char *name, const char *utf8)
{
    size_t count;
    wchar_t *units = from_utf8(utf8, &count);

    nt_registry_set(path, name, REG_SZ, units, (count + 1) * sizeof(wchar_t));
    free(units);
}

char *nt_registry_get_string(const char *path, const char *name)
{
    size_t count, length = 0;
    wchar_t *units = from_utf8(name, &count);
    struct key_value *value = NULL;
    char *result = NULL;
    struct key *key;

    pthread_mutex_lock(&nt_registry_lock);
    key = host_key_locked(path, false);
    if (key != NULL)
        value = nt_key_value_locked(key, units, count);
    if (value != NULL && (value->type == REG_SZ || value->type == REG_EXPAND_SZ)) {
        const wchar_t *data = value->data;

        while (length < value->size / sizeof(wchar_t) && data[length] != 0)
            length++;
        result = nt_narrow(data, length);
    }
    pthread_mutex_unlock(&nt_registry_lock);
    free(units);
    return result;
}

char **nt_registry_subkeys(const char *path)
{
    char **names = NULL;
    size_t count = 0;
    struct key *key;

    pthread_mutex_lock(&nt_registry_lock);
    key = host_key_locked(path, false);
    if (key != NULL) {
        for (const struct key *k = key->children; k != NULL; k = k->next)
            count++;
        names = calloc(count + 1, sizeof(*names));
        count = 0;
        for (const struct key *k = key->children; names != NULL && k != NULL; k = k->next)
            names[count++] = nt_narrow(k->name.units, k->name.count);
    }
    pthread_mutex_unlock(&nt_registry_lock);
    return names;
}

void nt_registry_init(void)
{
    static const char version[] = "\\Registry\\Machine\\Software\\Microsoft\\Windows "
                                  "NT\\CurrentVersion";

    root = calloc(1, sizeof(*root));
    if (root == NULL)
        abort();
    root->references = 1;

    if (!set_name(&root->name, (const wchar_t[]){'R', 'E', 'G', 'I', 'S', 'T', 'R', 'Y'}, 8))
        abort();
    pthread_mutex_lock(&nt_registry_lock);
    host_key_locked("\\Registry\\User\\.Default", true);
    host_key_locked("\\Registry\\Machine\\Hardware\\DeviceMap", true);
    host_key_locked("\\Registry\\Machine\\System\\CurrentControlSet\\Control", true);
    host_key_locked("\\Registry\\Machine\\System\\CurrentControlSet\\Services", true);
    pthread_mutex_unlock(&nt_registry_lock);
    nt_registry_set_string(version, "SystemRoot", "C:\\Windows");
    nt_registry_set_string(version, "CurrentBuildNumber", "19045");
}
