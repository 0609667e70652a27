#include "path.h"
#include "drives.h"
#include "mounts.h"
#include "translate.h"

#include <stdlib.h>
#include <string.h>

/* The device's name, and room for more units than a name of `length` takes. */
static bool begin(struct path *p, PFLT_VOLUME volume, const wchar_t *device, size_t device_units,
                  size_t length)
{
    p->volume = volume;
    p->too_long = false;
    if (device_units + length > p->room) {
        size_t room = device_units + length + 256;
        wchar_t *buffer = realloc(p->buffer, room * sizeof(wchar_t));

        if (buffer == NULL)
            return false;
        p->buffer = buffer;
        p->room = room;
    }
    memcpy(p->buffer, device, device_units * sizeof(wchar_t));
    return true;
}

static bool end(struct path *p, size_t device_units, size_t units)
{
    p->too_long = device_units + units > PATH_MAX_UNITS;
    if (p->too_long)
        return false;
    p->full.Buffer = p->buffer;
    p->full.Length = p->full.MaximumLength = (device_units + units) * sizeof(wchar_t);
    p->within.Buffer = p->buffer + device_units;
    p->within.Length = p->within.MaximumLength = units * sizeof(wchar_t);
    return true;
}

bool path_make(struct path *p, const char *path, const struct mount_place *place, uint64_t when_ns)
{
    const struct mount *m = mount_of(path, place, when_ns);
    size_t length;

    p->too_long = false;
    if (m == NULL)
        return false;
    path += m->point_length;
    if (*path == '\0')
        path = "/"; /* a mount point itself is its volume's root directory */
    length = strlen(path);
    return begin(p, m->volume, m->device, m->device_units, length) &&
           end(p, m->device_units,
               translate_name(path, length, (uint16_t *)p->buffer + m->device_units, false));
}

bool path_make_windows(struct path *p, const struct activity_file *file, uint64_t when_ns)
{
    const struct drive *d;

    if (file->volume == NULL)
        return path_make(p, file->path, NULL, when_ns);
    d = drive_of(file->volume);
    if (!begin(p, d->volume, d->device, d->device_units, file->units))
        return false;
    memcpy(p->buffer + d->device_units, file->name, file->units * sizeof(wchar_t));
    return end(p, d->device_units, file->units);
}
