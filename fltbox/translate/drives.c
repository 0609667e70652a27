#include "drives.h"
#include "mounts.h"
#include "translate.h"

#include <stdlib.h>
#include <string.h>

static struct drive *drives; /* the one used last is first */
static unsigned redirectors;

/* What UNC names lead to is one device on Windows. Each prefix is a Windows of its own, and has its
   own: the further ones need another name. */
static void name_device(char *name, size_t size, bool network)
{
    if (!network)
        snprintf(name, size, "\\Device\\HarddiskVolume%u", mounts_next_number());
    else if (redirectors++ == 0)
        snprintf(name, size, "\\Device\\Mup");
    else
        snprintf(name, size, "\\Device\\Mup%u", redirectors);
}

static struct drive *mount_drive(const struct activity_volume *v)
{
    struct drive *d = calloc(1, sizeof(*d));
    struct flt_volume_info info = {
        .directory = v->directory,
        .filesystem = v->network ? FLT_FSTYPE_MUP : FLT_FSTYPE_NTFS, /* what Wine says they are */
        .device_type = v->network ? FILE_DEVICE_NETWORK_FILE_SYSTEM : FILE_DEVICE_DISK_FILE_SYSTEM,
        .sector_size = 512,
    };
    char device[64];

    if (d == NULL)
        abort();
    name_device(device, sizeof(device), v->network);
    d->id = v->id;
    d->device_units = strlen(device);
    d->device = nt_wide(device);
    RtlInitUnicodeString(&info.device_name, d->device);
    info.dos_name.Buffer = nt_wide(v->name);
    info.dos_name.Length = info.dos_name.MaximumLength = strlen(v->name) * sizeof(wchar_t);
    d->volume = flt_volume_mount(&info);
    free(info.dos_name.Buffer);
    return d;
}

const struct drive *drive_of(const struct activity_volume *v)
{
    struct drive **link = &drives, *d;

    while ((d = *link) != NULL && d->id != v->id)
        link = &d->next;
    if (d == NULL)
        d = mount_drive(v);
    else
        *link = d->next;
    d->next = drives;
    return drives = d;
}

void drives_close(void)
{
    while (drives != NULL) {
        struct drive *d = drives;

        drives = d->next;
        flt_volume_dismount(d->volume);
        free(d->device);
        free(d);
    }
    redirectors = 0;
}
