/* FltGet...Information and FltEnumerate...Information: structures of a fixed part and names behind
   it, each at the offset that the fixed part says. */
#include "manager.h"
#include <string.h>

/* ---- Writing -------------------------------------------------------------------------------- */

struct writer {
    UCHAR *buffer; /* NULL where it is too small */
    ULONG at;
};

static NTSTATUS begin(struct writer *w, void *buffer, ULONG size, ULONG fixed, ULONG names,
                      PULONG returned)
{
    *returned = fixed + names;
    if (size < fixed + names)
        return STATUS_BUFFER_TOO_SMALL;
    memset(buffer, 0, fixed);
    w->buffer = buffer;
    w->at = fixed;
    return STATUS_SUCCESS;
}

static void put(struct writer *w, PCUNICODE_STRING s, USHORT *length, USHORT *offset)
{
    memcpy(w->buffer + w->at, s->Buffer, s->Length);
    *length = s->Length;
    *offset = (USHORT)w->at;
    w->at += s->Length;
}

/* ---- Filters -------------------------------------------------------------------------------- */

static ULONG instances_of(PFLT_FILTER f)
{
    ULONG n = 0;

    pthread_mutex_lock(&flt.lock);
    for (PFLT_VOLUME v = flt.volumes; v != NULL; v = v->next) {
        for (PFLT_INSTANCE i = v->instances; i != NULL; i = i->next)
            n += i->filter == f && i->state == INSTANCE_ATTACHED;
    }
    pthread_mutex_unlock(&flt.lock);
    return n;
}

NTSTATUS FLTAPI FltGetFilterInformation(PFLT_FILTER Filter,
                                        FILTER_INFORMATION_CLASS InformationClass, PVOID Buffer,
                                        ULONG BufferSize, PULONG BytesReturned)
{
    ULONG names = (ULONG)Filter->name.Length + Filter->altitude.Length;
    union {
        PVOID p;
        FILTER_FULL_INFORMATION *full;
        FILTER_AGGREGATE_BASIC_INFORMATION *basic;
        FILTER_AGGREGATE_STANDARD_INFORMATION *standard;
    } u = {Buffer};
    struct writer w;
    NTSTATUS status;

    IRQL_AT_MOST(APC_LEVEL);
    switch (InformationClass) {
    case FilterFullInformation:
        status =
            begin(&w, Buffer, BufferSize, FIELD_OFFSET(FILTER_FULL_INFORMATION, FilterNameBuffer),
                  Filter->name.Length, BytesReturned);
        if (NT_SUCCESS(status)) {
            USHORT offset;

            u.full->NumberOfInstances = instances_of(Filter);
            put(&w, &Filter->name, &u.full->FilterNameLength, &offset);
        }
        return status;
    case FilterAggregateBasicInformation:
        status = begin(&w, Buffer, BufferSize, sizeof(*u.basic), names, BytesReturned);
        if (NT_SUCCESS(status)) {
            u.basic->Flags = FLTFL_AGGREGATE_INFO_IS_MINIFILTER;
            u.basic->Type.MiniFilter.NumberOfInstances = instances_of(Filter);
            put(&w, &Filter->name, &u.basic->Type.MiniFilter.FilterNameLength,
                &u.basic->Type.MiniFilter.FilterNameBufferOffset);
            put(&w, &Filter->altitude, &u.basic->Type.MiniFilter.FilterAltitudeLength,
                &u.basic->Type.MiniFilter.FilterAltitudeBufferOffset);
        }
        return status;
    case FilterAggregateStandardInformation:
        status = begin(&w, Buffer, BufferSize, sizeof(*u.standard), names, BytesReturned);
        if (NT_SUCCESS(status)) {
            u.standard->Flags = FLTFL_ASI_IS_MINIFILTER;
            u.standard->Type.MiniFilter.NumberOfInstances = instances_of(Filter);
            put(&w, &Filter->name, &u.standard->Type.MiniFilter.FilterNameLength,
                &u.standard->Type.MiniFilter.FilterNameBufferOffset);
            put(&w, &Filter->altitude, &u.standard->Type.MiniFilter.FilterAltitudeLength,
                &u.standard->Type.MiniFilter.FilterAltitudeBufferOffset);
        }
        return status;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS FLTAPI FltEnumerateFilterInformation(ULONG Index,
                                              FILTER_INFORMATION_CLASS InformationClass,
                                              PVOID Buffer, ULONG BufferSize, PULONG BytesReturned)
{
    PFLT_FILTER found = NULL;

    IRQL_AT_MOST(APC_LEVEL);
    pthread_mutex_lock(&flt.lock);
    for (PFLT_FILTER f = flt.filters; f != NULL; f = f->next) {
        if (f->state != FILTER_GONE && Index-- == 0) {
            found = f; /* filters stay, gone or not */
            break;
        }
    }
    pthread_mutex_unlock(&flt.lock);
    if (found == NULL)
        return STATUS_NO_MORE_ENTRIES;
    return FltGetFilterInformation(found, InformationClass, Buffer, BufferSize, BytesReturned);
}

/* ---- Volumes -------------------------------------------------------------------------------- */

NTSTATUS FLTAPI FltGetVolumeInformation(PFLT_VOLUME Volume,
                                        FILTER_VOLUME_INFORMATION_CLASS InformationClass,
                                        PVOID Buffer, ULONG BufferSize, PULONG BytesReturned)
{
    IRQL_AT_MOST(APC_LEVEL);
    FILTER_VOLUME_BASIC_INFORMATION *basic = Buffer;
    FILTER_VOLUME_STANDARD_INFORMATION *standard = Buffer;
    struct writer w;
    NTSTATUS status;
    USHORT offset;

    switch (InformationClass) {
    case FilterVolumeBasicInformation:
        status = begin(&w, Buffer, BufferSize,
                       FIELD_OFFSET(FILTER_VOLUME_BASIC_INFORMATION, FilterVolumeName),
                       Volume->device_name.Length, BytesReturned);
        if (NT_SUCCESS(status))
            put(&w, &Volume->device_name, &basic->FilterVolumeNameLength, &offset);
        return status;
    case FilterVolumeStandardInformation:
        status = begin(&w, Buffer, BufferSize,
                       FIELD_OFFSET(FILTER_VOLUME_STANDARD_INFORMATION, FilterVolumeName),
                       Volume->device_name.Length, BytesReturned);
        if (NT_SUCCESS(status)) {
            standard->FileSystemType = Volume->filesystem;
            put(&w, &Volume->device_name, &standard->FilterVolumeNameLength, &offset);
        }
        return status;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

NTSTATUS FLTAPI FltEnumerateVolumeInformation(PFLT_FILTER Filter, ULONG Index,
                                              FILTER_VOLUME_INFORMATION_CLASS InformationClass,
                                              PVOID Buffer, ULONG BufferSize, PULONG BytesReturned)
{
    PFLT_VOLUME v;
    NTSTATUS status = STATUS_NO_MORE_ENTRIES;

    IRQL_AT_MOST(APC_LEVEL);
    (void)Filter;
    pthread_mutex_lock(&flt.lock);
    for (v = flt.volumes; v != NULL; v = v->next) {
        if (!object_closing(v) && Index-- == 0)
            break;
    }
    if (v != NULL)
        object_reference(v);
    pthread_mutex_unlock(&flt.lock);
    if (v != NULL) {
        status = FltGetVolumeInformation(v, InformationClass, Buffer, BufferSize, BytesReturned);
        object_dereference(v);
    }
    return status;
}

/* ---- Instances ------------------------------------------------------------------------------ */

static void put_aggregate(struct writer *w, PFLT_INSTANCE i,
                          INSTANCE_AGGREGATE_STANDARD_INFORMATION *a)
{
    a->Flags = FLTFL_IASI_IS_MINIFILTER;
    a->Type.MiniFilter.VolumeFileSystemType = i->volume->filesystem;
    put(w, &i->name, &a->Type.MiniFilter.InstanceNameLength,
        &a->Type.MiniFilter.InstanceNameBufferOffset);
    put(w, &i->altitude, &a->Type.MiniFilter.AltitudeLength,
        &a->Type.MiniFilter.AltitudeBufferOffset);
    put(w, &i->volume->device_name, &a->Type.MiniFilter.VolumeNameLength,
        &a->Type.MiniFilter.VolumeNameBufferOffset);
    put(w, &i->filter->name, &a->Type.MiniFilter.FilterNameLength,
        &a->Type.MiniFilter.FilterNameBufferOffset);
}

static void put_full(struct writer *w, PFLT_INSTANCE i, INSTANCE_FULL_INFORMATION *f)
{
    put(w, &i->name, &f->InstanceNameLength, &f->InstanceNameBufferOffset);
    put(w, &i->altitude, &f->AltitudeLength, &f->AltitudeBufferOffset);
    put(w, &i->volume->device_name, &f->VolumeNameLength, &f->VolumeNameBufferOffset);
    put(w, &i->filter->name, &f->FilterNameLength, &f->FilterNameBufferOffset);
}

NTSTATUS FLTAPI FltGetInstanceInformation(PFLT_INSTANCE Instance,
                                          INSTANCE_INFORMATION_CLASS InformationClass, PVOID Buffer,
                                          ULONG BufferSize, PULONG BytesReturned)
{
    ULONG name = Instance->name.Length, two = name + Instance->altitude.Length;
    ULONG all = two + Instance->volume->device_name.Length + Instance->filter->name.Length;
    INSTANCE_PARTIAL_INFORMATION *partial = Buffer;
    INSTANCE_BASIC_INFORMATION *basic = Buffer;
    struct writer w;
    NTSTATUS status;

    IRQL_AT_MOST(APC_LEVEL);
    switch (InformationClass) {
    case InstanceBasicInformation:
        status = begin(&w, Buffer, BufferSize, sizeof(*basic), name, BytesReturned);
        if (NT_SUCCESS(status))
            put(&w, &Instance->name, &basic->InstanceNameLength, &basic->InstanceNameBufferOffset);
        return status;
    case InstancePartialInformation:
        status = begin(&w, Buffer, BufferSize, sizeof(*partial), two, BytesReturned);
        if (NT_SUCCESS(status)) {
            put(&w, &Instance->name, &partial->InstanceNameLength,
                &partial->InstanceNameBufferOffset);
            put(&w, &Instance->altitude, &partial->AltitudeLength, &partial->AltitudeBufferOffset);
        }
        return status;
    case InstanceFullInformation:
        status =
            begin(&w, Buffer, BufferSize, sizeof(INSTANCE_FULL_INFORMATION), all, BytesReturned);
        if (NT_SUCCESS(status))
            put_full(&w, Instance, Buffer);
        return status;
    case InstanceAggregateStandardInformation:
        status = begin(&w, Buffer, BufferSize, sizeof(INSTANCE_AGGREGATE_STANDARD_INFORMATION), all,
                       BytesReturned);
        if (NT_SUCCESS(status))
            put_aggregate(&w, Instance, Buffer);
        return status;
    default:
        return STATUS_INVALID_PARAMETER;
    }
}

/* The Index'th instance of the filter or on the volume; one of the two is NULL. */
static NTSTATUS nth_instance(PFLT_FILTER f, PFLT_VOLUME v, ULONG Index,
                             INSTANCE_INFORMATION_CLASS InformationClass, PVOID Buffer,
                             ULONG BufferSize, PULONG BytesReturned)
{
    PFLT_INSTANCE found = NULL;
    NTSTATUS status = STATUS_NO_MORE_ENTRIES;

    pthread_mutex_lock(&flt.lock);
    for (PFLT_VOLUME at = flt.volumes; at != NULL && found == NULL; at = at->next) {
        if (v != NULL && at != v)
            continue;
        pthread_rwlock_rdlock(&at->stack_lock);
        for (unsigned i = 0; i < at->stack_count && found == NULL; i++) {
            if ((f == NULL || at->stack[i]->filter == f) && Index-- == 0) {
                found = at->stack[i];
                object_reference(found);
            }
        }
        pthread_rwlock_unlock(&at->stack_lock);
    }
    pthread_mutex_unlock(&flt.lock);
    if (found != NULL) {
        status =
            FltGetInstanceInformation(found, InformationClass, Buffer, BufferSize, BytesReturned);
        object_dereference(found);
    }
    return status;
}

NTSTATUS FLTAPI FltEnumerateInstanceInformationByFilter(PFLT_FILTER Filter, ULONG Index,
                                                        INSTANCE_INFORMATION_CLASS InformationClass,
                                                        PVOID Buffer, ULONG BufferSize,
                                                        PULONG BytesReturned)
{
    IRQL_AT_MOST(APC_LEVEL);
    return nth_instance(Filter, NULL, Index, InformationClass, Buffer, BufferSize, BytesReturned);
}

NTSTATUS FLTAPI FltEnumerateInstanceInformationByVolume(PFLT_VOLUME Volume, ULONG Index,
                                                        INSTANCE_INFORMATION_CLASS InformationClass,
                                                        PVOID Buffer, ULONG BufferSize,
                                                        PULONG BytesReturned)
{
    IRQL_AT_MOST(APC_LEVEL);
    return nth_instance(NULL, Volume, Index, InformationClass, Buffer, BufferSize, BytesReturned);
}
