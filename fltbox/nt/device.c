/*
 * Device objects, symbolic links, driver object extensions. Nothing opens devices here: they exist,
 * have names, and go.
 */
#include "executive.h"

#include <stdlib.h>
#include <string.h>

struct device {
    DEVICE_OBJECT object;
    struct _DEVOBJ_EXTENSION extension;
    UNICODE_STRING name; /* malloc'ed */
    struct device *next;
};

struct link {
    UNICODE_STRING name, target; /* malloc'ed */
    struct nt_driver *driver;
    struct link *next;
};

struct driver_extension {
    struct driver_extension *next;
    PDRIVER_OBJECT driver;
    PVOID identification;
    max_align_t body[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct device *devices;
static struct link *links;
static struct driver_extension *extensions;

static bool copy(UNICODE_STRING *to, PCUNICODE_STRING from)
{
    memset(to, 0, sizeof(*to));
    if (from == NULL || from->Length == 0)
        return true;
    to->Buffer = malloc(from->Length);
    if (to->Buffer == NULL)
        return false;
    memcpy(to->Buffer, from->Buffer, from->Length);
    to->Length = to->MaximumLength = from->Length;
    return true;
}

static bool name_taken(PCUNICODE_STRING name)
{
    for (const struct device *d = devices; d != NULL; d = d->next)
        if (d->name.Length != 0 && RtlEqualUnicodeString(&d->name, name, TRUE))
            return true;
    for (const struct link *l = links; l != NULL; l = l->next)
        if (RtlEqualUnicodeString(&l->name, name, TRUE))
            return true;
    return false;
}

static void destroy_device(void *body)
{
    struct device *device = body;

    free(device->name.Buffer);
}

/* ---- Devices ------------------------------------------------------------------------------- */

NTSTATUS NTAPI IoCreateDevice(PDRIVER_OBJECT driver, ULONG extension_size, PUNICODE_STRING name,
                              DEVICE_TYPE type, ULONG characteristics, BOOLEAN exclusive,
                              PDEVICE_OBJECT *result)
{
    struct device *device;
    PDEVICE_OBJECT object;

    IRQL_AT_MOST(APC_LEVEL);
    *result = NULL;
    device = nt_object_create(nt_device_type, sizeof(*device) + extension_size, destroy_device);
    if (device == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (!copy(&device->name, name)) {
        nt_object_dereference(device);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    object = &device->object;
    object->Type = IO_TYPE_DEVICE;
    object->Size = (USHORT)(sizeof(*object) + extension_size);
    object->DriverObject = driver;
    object->DeviceType = type;
    object->Characteristics = characteristics;
    object->Flags = DO_DEVICE_INITIALIZING | (exclusive ? DO_EXCLUSIVE : 0) |
                    (device->name.Length != 0 ? DO_DEVICE_HAS_NAME : 0);
    object->StackSize = 1;
    object->DeviceExtension = extension_size != 0 ? device + 1 : NULL;
    object->DeviceObjectExtension = &device->extension;
    device->extension.DeviceObject = object;
    KeInitializeEvent(&object->DeviceLock, SynchronizationEvent, TRUE);
    pthread_mutex_lock(&lock);
    if (device->name.Length != 0 && name_taken(&device->name)) {
        pthread_mutex_unlock(&lock);
        nt_object_dereference(device);
        return STATUS_OBJECT_NAME_COLLISION;
    }
    device->next = devices;
    devices = device;
    object->NextDevice = driver->DeviceObject;
    driver->DeviceObject = object;
    pthread_mutex_unlock(&lock);
    *result = object;
    return STATUS_SUCCESS;
}

static void unlink_device(struct device *device)
{
    PDEVICE_OBJECT *d = &device->object.DriverObject->DeviceObject;
    struct device **g = &devices;

    while (*d != NULL && *d != &device->object)
        d = &(*d)->NextDevice;
    if (*d != NULL)
        *d = device->object.NextDevice;
    while (*g != NULL && *g != device)
        g = &(*g)->next;
    if (*g != NULL)
        *g = device->next;
}

VOID NTAPI IoDeleteDevice(PDEVICE_OBJECT object)
{
    IRQL_AT_MOST(APC_LEVEL);
    pthread_mutex_lock(&lock);
    unlink_device((struct device *)object);
    pthread_mutex_unlock(&lock);
    nt_object_dereference(object);
}

bool nt_device_name(void *body, wchar_t **units, size_t *count)
{
    const UNICODE_STRING *name = NULL;

    if (nt_object_type_of(body) == nt_device_type) {
        pthread_mutex_lock(&lock);
        for (const struct device *d = devices; d != NULL; d = d->next)
            if (d == body)
                name = &d->name;
        pthread_mutex_unlock(&lock);
    }
    if (name == NULL || name->Length == 0)
        return false;
    *count = name->Length / sizeof(wchar_t);
    *units = malloc(name->Length);
    if (*units != NULL)
        memcpy(*units, name->Buffer, name->Length);
    return *units != NULL;
}

/* ---- Symbolic links ------------------------------------------------------------------------ */

static void free_link(struct link *link)
{
    free(link->name.Buffer);
    free(link->target.Buffer);
    free(link);
}

NTSTATUS NTAPI IoCreateSymbolicLink(PUNICODE_STRING name, PUNICODE_STRING target)
{
    struct link *link = calloc(1, sizeof(*link));
    NTSTATUS status = STATUS_SUCCESS;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (link == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    link->driver = nt_driver_of_caller(CALLER);
    if (!copy(&link->name, name) || !copy(&link->target, target)) {
        free_link(link);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    pthread_mutex_lock(&lock);
    if (name_taken(name)) {
        status = STATUS_OBJECT_NAME_COLLISION;
    } else {
        link->next = links;
        links = link;
        link = NULL;
    }
    pthread_mutex_unlock(&lock);
    if (link != NULL)
        free_link(link);
    return status;
}

NTSTATUS NTAPI IoDeleteSymbolicLink(PUNICODE_STRING name)
{
    struct link *found = NULL;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    pthread_mutex_lock(&lock);
    for (struct link **l = &links; *l != NULL; l = &(*l)->next) {
        if (!RtlEqualUnicodeString(&(*l)->name, name, TRUE))
            continue;
        found = *l;
        *l = found->next;
        break;
    }
    pthread_mutex_unlock(&lock);
    if (found == NULL)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    free_link(found);
    return STATUS_SUCCESS;
}

/* ---- Extensions of driver objects ----------------------------------------------------------- */

NTSTATUS NTAPI IoAllocateDriverObjectExtension(PDRIVER_OBJECT driver, PVOID identification,
                                               ULONG size, PVOID *result)
{
    struct driver_extension *extension = calloc(1, sizeof(*extension) + size);

    IRQL_AT_MOST(DISPATCH_LEVEL);
    *result = NULL;
    if (extension == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    if (IoGetDriverObjectExtension(driver, identification) != NULL) {
        free(extension);
        return STATUS_OBJECT_NAME_COLLISION;
    }
    extension->driver = driver;
    extension->identification = identification;
    pthread_mutex_lock(&lock);
    extension->next = extensions;
    extensions = extension;
    pthread_mutex_unlock(&lock);
    *result = extension->body;
    return STATUS_SUCCESS;
}

PVOID NTAPI IoGetDriverObjectExtension(PDRIVER_OBJECT driver, PVOID identification)
{
    PVOID found = NULL;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    pthread_mutex_lock(&lock);
    for (struct driver_extension *e = extensions; e != NULL; e = e->next)
        if (e->driver == driver && e->identification == identification)
            found = e->body;
    pthread_mutex_unlock(&lock);
    return found;
}

/* ---- When a driver goes -------------------------------------------------------------------- */

static unsigned forget_links(struct nt_driver *driver, FILE *out)
{
    unsigned lines = 0;

    for (struct link **l = &links; *l != NULL;) {
        struct link *link = *l;
        char *name;

        if (link->driver != driver) {
            l = &link->next;
            continue;
        }
        name = nt_narrow(link->name.Buffer, link->name.Length / sizeof(wchar_t));
        fprintf(out, "%s.sys left behind: the symbolic link %s\n", driver->name,
                name != NULL ? name : "");
        free(name);
        *l = link->next;
        free_link(link);
        lines++;
    }
    return lines;
}

unsigned nt_device_forget(struct nt_driver *driver, FILE *out)
{
    unsigned lines;

    pthread_mutex_lock(&lock);
    lines = forget_links(driver, out);
    while (driver->object.DeviceObject != NULL) {
        struct device *device = (struct device *)driver->object.DeviceObject;
        char *name = nt_narrow(device->name.Buffer, device->name.Length / sizeof(wchar_t));

        fprintf(out, "%s.sys left behind: the device %s\n", driver->name,
                name != NULL && *name != '\0' ? name : "(without a name)");
        free(name);
        unlink_device(device);
        nt_object_dereference(device);
        lines++;
    }
    for (struct driver_extension **e = &extensions; *e != NULL;) {
        struct driver_extension *extension = *e;

        if (extension->driver != &driver->object) {
            e = &extension->next;
            continue;
        }
        *e = extension->next;
        free(extension);
    }
    pthread_mutex_unlock(&lock);
    return lines;
}
