#include "manager.h"
#include <stdlib.h>
#include <string.h>

/* ---- Making --------------------------------------------------------------------------------- */

/* A volume's GUID name: the same for the same device and mount point in every run. */
static void make_guid_name(PFLT_VOLUME v)
{
    uint64_t h[2] = {0xcbf29ce484222325, 0x84222325cbf29ce4};
    const UNICODE_STRING *parts[] = {&v->device_name, &v->dos_name};
    char name[64];

    for (int i = 0; i < 2; i++) {
        for (int p = 0; p < 2; p++) {
            for (unsigned k = 0; k < parts[p]->Length / sizeof(WCHAR); k++)
                h[i] = (h[i] ^ parts[p]->Buffer[k]) * 0x100000001b3;
        }
    }
    snprintf(name, sizeof(name), "\\??\\Volume{%08x-%04x-%04x-%04x-%012llx}", (uint32_t)h[0],
             (uint32_t)(h[0] >> 32) & 0xffff, (uint32_t)(h[0] >> 48), (uint32_t)(h[1] >> 48),
             (unsigned long long)(h[1] & 0xffffffffffff));
    string_from_utf8(&v->guid_name, name);
}

static void device_free(void *body)
{
    DEVICE_OBJECT *d = body;

    if (d->DeviceType != FILE_DEVICE_DISK)
        free(d->Vpb);
}

static PDEVICE_OBJECT make_device(PFLT_VOLUME v, DEVICE_TYPE type)
{
    PDEVICE_OBJECT d = nt_object_create(flt.device_type, sizeof(DEVICE_OBJECT), device_free);

    if (d == NULL)
        nt_bug_check(FLT_BUGCHECK, "out of memory for a device object");
    d->Type = IO_TYPE_DEVICE;
    d->Size = sizeof(*d);
    d->ReferenceCount = 1;
    d->DeviceType = type;
    d->StackSize = 1;
    d->SectorSize = (USHORT)v->sector_size;
    d->DeviceExtension = v;
    if (v->removable)
        d->Characteristics |= FILE_REMOVABLE_MEDIA;
    if (v->read_only)
        d->Characteristics |= FILE_READ_ONLY_DEVICE;
    if (v->device_type == FILE_DEVICE_NETWORK_FILE_SYSTEM)
        d->Characteristics |= FILE_REMOTE_DEVICE;
    return d;
}

static void make_devices(PFLT_VOLUME v)
{
    VPB *vpb;

    v->device = make_device(v, v->device_type);
    if (v->device_type == FILE_DEVICE_NETWORK_FILE_SYSTEM)
        return;
    v->disk = make_device(v, FILE_DEVICE_DISK);
    vpb = memory_get(sizeof(*vpb));
    vpb->Type = IO_TYPE_VPB;
    vpb->Size = sizeof(*vpb);
    vpb->Flags = VPB_MOUNTED;
    vpb->DeviceObject = v->device;
    vpb->RealDevice = v->disk;
    vpb->ReferenceCount = 1;
    v->device->Vpb = v->disk->Vpb = vpb;
}

static bool starts_with(PCUNICODE_STRING s, const char *prefix)
{
    size_t n = strlen(prefix);

    if (s->Length / sizeof(WCHAR) < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s->Buffer[i] != (WCHAR)prefix[i])
            return false;
    }
    return true;
}

PFLT_VOLUME flt_volume_mount(const struct flt_volume_info *info)
{
    PFLT_VOLUME v = memory_get(sizeof(*v));
    PFLT_FILTER *filters;
    unsigned n = 0;

    object_init(&v->object, OBJECT_VOLUME);
    pthread_rwlock_init(&v->stack_lock, NULL);
    string_copy(&v->device_name, &info->device_name);
    string_copy(&v->dos_name, &info->dos_name);
    if (info->directory != NULL) {
        v->directory = strdup(info->directory);
        if (v->directory == NULL)
            nt_bug_check(FLT_BUGCHECK, "out of memory for a volume's directory");
        atomic_fetch_add(&flt.dos_volumes, 1);
    }
    v->filesystem = info->filesystem;
    v->device_type = info->device_type;
    v->read_only = info->read_only;
    v->removable = info->removable;
    v->sector_size = info->sector_size;
    v->shares = info->device_type == FILE_DEVICE_NETWORK_FILE_SYSTEM &&
                !starts_with(&info->device_name, "\\Device\\HarddiskVolume");
    make_guid_name(v);
    make_devices(v);

    pthread_mutex_lock(&flt.lock);
    v->previous = flt.last_volume;
    *(flt.last_volume != NULL ? &flt.last_volume->next : &flt.volumes) = v;
    flt.last_volume = v;
    called_add(v);
    for (PFLT_FILTER f = flt.filters; f != NULL; f = f->next)
        n++;
    filters = memory_get((n + 1) * sizeof(PFLT_FILTER));
    n = 0;
    for (PFLT_FILTER f = flt.filters; f != NULL; f = f->next) {
        unsigned at = n;

        if (f->state != FILTER_STARTED || object_closing(f))
            continue;
        for (; at > 0 && altitude_compare(&filters[at - 1]->altitude, &f->altitude) > 0; at--)
            filters[at] = filters[at - 1];
        filters[at] = f;
        object_reference(f);
        n++;
    }
    pthread_mutex_unlock(&flt.lock);
    for (unsigned i = 0; i < n; i++) {
        instance_attach_automatic(filters[i], v, INSTANCE_NEW_VOLUME);
        object_dereference(filters[i]);
    }
    free(filters);
    return v;
}

void flt_volume_dismount(PFLT_VOLUME v)
{
    PFLT_INSTANCE i;

    if (v == NULL || !object_close(v))
        return;
    while ((i = instance_first(NULL, v)) != NULL) {
        instance_teardown(i, FLTFL_INSTANCE_TEARDOWN_VOLUME_DISMOUNT);
        object_dereference(i);
    }
    pthread_mutex_lock(&flt.lock);
    called_gone(v);
    *(v->previous != NULL ? &v->previous->next : &flt.volumes) = v->next;
    *(v->next != NULL ? &v->next->previous : &flt.last_volume) = v->previous;
    pthread_mutex_unlock(&flt.lock);
    streams_drop(v);
    context_slots_clear(&v->contexts);
    object_dereference(v);
}

void volume_free(PFLT_VOLUME v)
{
    v->object.kind = OBJECT_GONE;
    if (v->disk != NULL)
        nt_object_dereference(v->disk);
    nt_object_dereference(v->device);
    pthread_rwlock_destroy(&v->stack_lock);
    string_free(&v->device_name);
    string_free(&v->dos_name);
    string_free(&v->guid_name);
    free(v->directory);
    free(v->stack);
    free(v);
}

/* ---- References ----------------------------------------------------------------------------- */

PFLT_VOLUME volume_of(void *p)
{
    struct object *o = p;

    if (o != NULL && o->kind == OBJECT_VOLUME)
        return p;
    if (o != NULL && o->kind == OBJECT_INSTANCE)
        return ((PFLT_INSTANCE)p)->volume;
    return NULL;
}

void volume_reference_taken(void *p)
{
    PFLT_FILTER f = ((struct object *)p)->kind == OBJECT_VOLUME ? filter_current() : NULL;

    if (f != NULL)
        atomic_fetch_add(&f->volumes, 1);
}

void volume_reference_returned(void *p)
{
    PFLT_FILTER f = ((struct object *)p)->kind == OBJECT_VOLUME ? filter_current() : NULL;

    if (f != NULL)
        atomic_fetch_sub(&f->volumes, 1);
}

/* flt.lock may be held; whoever calls this counts the reference. */
static NTSTATUS give_locked(PFLT_VOLUME v, PFLT_VOLUME *to)
{
    if (!object_acquire(v))
        return STATUS_FLT_DELETING_OBJECT;
    *to = v;
    return STATUS_SUCCESS;
}

static NTSTATUS give(PFLT_VOLUME v, PFLT_VOLUME *to)
{
    NTSTATUS status;

    *to = NULL;
    status = give_locked(v, to);
    if (NT_SUCCESS(status))
        volume_reference_taken(v);
    return status;
}

NTSTATUS FLTAPI FltGetVolumeFromInstance(PFLT_INSTANCE Instance, PFLT_VOLUME *RetVolume)
{
    IRQL_AT_MOST(APC_LEVEL);
    return give(Instance->volume, RetVolume);
}

NTSTATUS FLTAPI FltGetVolumeFromFileObject(PFLT_FILTER Filter, PFILE_OBJECT FileObject,
                                           PFLT_VOLUME *RetVolume)
{
    struct file *file = file_of(FileObject);

    IRQL_AT_MOST(APC_LEVEL);
    (void)Filter;
    *RetVolume = NULL;
    return file != NULL ? give(file->volume, RetVolume) : STATUS_INVALID_PARAMETER;
}

NTSTATUS FLTAPI FltGetVolumeFromDeviceObject(PFLT_FILTER Filter, PDEVICE_OBJECT DeviceObject,
                                             PFLT_VOLUME *RetVolume)
{
    NTSTATUS status = STATUS_INVALID_PARAMETER;

    IRQL_AT_MOST(APC_LEVEL);
    (void)Filter;
    *RetVolume = NULL;
    pthread_mutex_lock(&flt.lock);
    for (PFLT_VOLUME v = flt.volumes; v != NULL; v = v->next) {
        if (v->device == DeviceObject) { /* and not the storage's */
            status = give_locked(v, RetVolume);
            break;
        }
    }
    pthread_mutex_unlock(&flt.lock);
    if (NT_SUCCESS(status))
        volume_reference_taken(*RetVolume);
    return status;
}

/* The DOS name in \??\D: and \DosDevices\D: too. */
static UNICODE_STRING dos_part(UNICODE_STRING name)
{
    static const char *const prefixes[] = {"\\??\\", "\\DosDevices\\"};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t units = strlen(prefixes[i]);

        if (starts_with(&name, prefixes[i])) {
            name.Buffer += units;
            name.Length -= (USHORT)(units * sizeof(WCHAR));
            break;
        }
    }
    return name;
}

NTSTATUS FLTAPI FltGetVolumeFromName(PFLT_FILTER Filter, PCUNICODE_STRING VolumeName,
                                     PFLT_VOLUME *RetVolume)
{
    NTSTATUS status = STATUS_FLT_VOLUME_NOT_FOUND;
    UNICODE_STRING name, dos;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    (void)Filter;
    *RetVolume = NULL;
    if (VolumeName == NULL || VolumeName->Length == 0 || VolumeName->Buffer == NULL ||
        VolumeName->Length % sizeof(WCHAR) != 0)
        return STATUS_INVALID_PARAMETER;
    name = *VolumeName;
    if (name.Length > sizeof(WCHAR) && name.Buffer[name.Length / sizeof(WCHAR) - 1] == '\\')
        name.Length -= sizeof(WCHAR);
    dos = dos_part(name);
    pthread_mutex_lock(&flt.lock);
    for (PFLT_VOLUME v = flt.volumes; v != NULL; v = v->next) {
        if (string_equal(&v->device_name, &name, true) || string_equal(&v->dos_name, &dos, true) ||
            string_equal(&v->guid_name, &name, true)) {
            status = give_locked(v, RetVolume);
            break;
        }
    }
    pthread_mutex_unlock(&flt.lock);
    if (NT_SUCCESS(status))
        volume_reference_taken(*RetVolume);
    return status;
}

/* ---- What is known of them ------------------------------------------------------------------ */

static NTSTATUS give_name(PCUNICODE_STRING name, PUNICODE_STRING to, PULONG needed)
{
    if (needed != NULL)
        *needed = name->Length;
    if (to == NULL)
        return needed != NULL ? STATUS_BUFFER_TOO_SMALL : STATUS_INVALID_PARAMETER;
    if (to->MaximumLength < name->Length)
        return STATUS_BUFFER_TOO_SMALL;
    memcpy(to->Buffer, name->Buffer, name->Length);
    to->Length = name->Length;
    return STATUS_SUCCESS;
}

NTSTATUS FLTAPI FltGetVolumeName(PFLT_VOLUME Volume, PUNICODE_STRING VolumeName,
                                 PULONG BufferSizeNeeded)
{
    IRQL_AT_MOST(APC_LEVEL);
    return give_name(&Volume->device_name, VolumeName, BufferSizeNeeded);
}

NTSTATUS FLTAPI FltGetVolumeGuidName(PFLT_VOLUME Volume, PUNICODE_STRING VolumeGuidName,
                                     PULONG BufferSizeNeeded)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (Volume->device_type == FILE_DEVICE_NETWORK_FILE_SYSTEM)
        return STATUS_INVALID_DEVICE_REQUEST;
    return give_name(&Volume->guid_name, VolumeGuidName, BufferSizeNeeded);
}

NTSTATUS FLTAPI FltGetFileSystemType(PVOID FltObject, PFLT_FILESYSTEM_TYPE FileSystemType)
{
    PFLT_VOLUME v = volume_of(FltObject);

    IRQL_AT_MOST(APC_LEVEL);
    if (v == NULL)
        return STATUS_INVALID_PARAMETER;
    *FileSystemType = v->filesystem;
    return STATUS_SUCCESS;
}

NTSTATUS FLTAPI FltIsVolumeWritable(PVOID FltObject, PBOOLEAN IsWritable)
{
    PFLT_VOLUME v = volume_of(FltObject);

    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (v == NULL)
        return STATUS_INVALID_PARAMETER;
    if (v->disk == NULL) /* it is the disk that is asked */
        return STATUS_INVALID_DEVICE_REQUEST;
    *IsWritable = !v->read_only;
    return STATUS_SUCCESS;
}

/* Linux's snapshots are volumes like any other. */
NTSTATUS FLTAPI FltIsVolumeSnapshot(PVOID FltObject, PBOOLEAN IsSnapshotVolume)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (volume_of(FltObject) == NULL)
        return STATUS_INVALID_PARAMETER;
    *IsSnapshotVolume = FALSE;
    return STATUS_SUCCESS;
}

static NTSTATUS give_device(PDEVICE_OBJECT device, PDEVICE_OBJECT *to)
{
    *to = device;
    if (device == NULL)
        return STATUS_FLT_NO_DEVICE_OBJECT;
    nt_object_reference(device);
    return STATUS_SUCCESS;
}

NTSTATUS FLTAPI FltGetDeviceObject(PFLT_VOLUME Volume, PDEVICE_OBJECT *DeviceObject)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return give_device(Volume->device, DeviceObject);
}

NTSTATUS FLTAPI FltGetDiskDeviceObject(PFLT_VOLUME Volume, PDEVICE_OBJECT *DiskDeviceObject)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return give_device(Volume->disk, DiskDeviceObject);
}

BOOLEAN FLTAPI FltIsFltMgrVolumeDeviceObject(PDEVICE_OBJECT DeviceObject)
{
    BOOLEAN found = FALSE;

    IRQL_AT_MOST(APC_LEVEL);
    pthread_mutex_lock(&flt.lock);
    for (PFLT_VOLUME v = flt.volumes; v != NULL && !found; v = v->next)
        found = v->device == DeviceObject;
    pthread_mutex_unlock(&flt.lock);
    return found;
}

/* The name of the file system's driver on Windows; empty where there is none. */
static const char *filesystem_driver(FLT_FILESYSTEM_TYPE type)
{
    static const struct {
        FLT_FILESYSTEM_TYPE type;
        const char *name;
    } names[] = {
        {FLT_FSTYPE_RAW, "\\FileSystem\\RAW"},       {FLT_FSTYPE_NTFS, "\\FileSystem\\Ntfs"},
        {FLT_FSTYPE_FAT, "\\FileSystem\\fastfat"},   {FLT_FSTYPE_EXFAT, "\\FileSystem\\exfat"},
        {FLT_FSTYPE_CDFS, "\\FileSystem\\cdfs"},     {FLT_FSTYPE_UDFS, "\\FileSystem\\udfs"},
        {FLT_FSTYPE_LANMAN, "\\FileSystem\\mrxsmb"}, {FLT_FSTYPE_NFS, "\\FileSystem\\nfsrdr"},
        {FLT_FSTYPE_REFS, "\\FileSystem\\ReFS"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].type == type)
            return names[i].name;
    }
    return "";
}

NTSTATUS FLTAPI FltGetVolumeProperties(PFLT_VOLUME Volume, PFLT_VOLUME_PROPERTIES VolumeProperties,
                                       ULONG VolumePropertiesLength, PULONG LengthReturned)
{
    const char *driver = filesystem_driver(Volume->filesystem);
    USHORT driver_length = (USHORT)(strlen(driver) * sizeof(WCHAR));
    USHORT device_length = Volume->device_name.Length;
    ULONG needed = sizeof(*VolumeProperties) + driver_length + 2u * device_length;
    FLT_VOLUME_PROPERTIES *p = VolumeProperties;
    WCHAR *text;

    IRQL_AT_MOST(APC_LEVEL);
    if (VolumePropertiesLength < sizeof(*p)) {
        *LengthReturned = needed;
        return STATUS_BUFFER_TOO_SMALL;
    }
    memset(p, 0, sizeof(*p));
    p->DeviceType = Volume->device_type;
    p->DeviceCharacteristics = Volume->device->Characteristics | FILE_DEVICE_IS_MOUNTED;
    p->DeviceObjectFlags = Volume->device->Flags;
    p->SectorSize = (USHORT)Volume->sector_size;
    if (VolumePropertiesLength < needed) {
        *LengthReturned = sizeof(*p);
        return STATUS_BUFFER_OVERFLOW;
    }
    text = (WCHAR *)(p + 1);
    p->FileSystemDriverName = (UNICODE_STRING){driver_length, driver_length, text};
    for (unsigned i = 0; driver[i] != '\0'; i++)
        *text++ = (WCHAR)driver[i];
    p->FileSystemDeviceName = (UNICODE_STRING){device_length, device_length, text};
    memcpy(text, Volume->device_name.Buffer, device_length);
    text += device_length / sizeof(WCHAR);
    p->RealDeviceName = (UNICODE_STRING){device_length, device_length, text};
    memcpy(text, Volume->device_name.Buffer, device_length);
    *LengthReturned = needed;
    return STATUS_SUCCESS;
}
