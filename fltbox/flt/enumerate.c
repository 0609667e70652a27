/* Lists of filters, volumes and instances, and the way from one to its neighbours. Every pointer
   that these give has a driver's reference, which FltObjectDereference gives back. */
#include "manager.h"

/* ---- Lists ---------------------------------------------------------------------------------- */

struct list {
    void **entries;
    ULONG room, found, given;
};

static void list_add(struct list *l, void *object)
{
    l->found++;
    if (l->found <= l->room && object_acquire(object))
        l->entries[l->given++] = object;
}

/* All or nothing: too small a list gets the number that is needed. */
static NTSTATUS list_finish(struct list *l, PULONG returned)
{
    if (l->found <= l->room) {
        *returned = l->given;
        for (ULONG i = 0; i < l->given; i++)
            volume_reference_taken(l->entries[i]);
        return STATUS_SUCCESS;
    }
    for (ULONG i = 0; i < l->given; i++)
        object_release(l->entries[i]);
    *returned = l->found;
    return STATUS_BUFFER_TOO_SMALL;
}

NTSTATUS FLTAPI FltEnumerateFilters(PFLT_FILTER *FilterList, ULONG FilterListSize,
                                    PULONG NumberFiltersReturned)
{
    struct list l = {.entries = (void **)FilterList, .room = FilterList ? FilterListSize : 0};

    IRQL_AT_MOST(APC_LEVEL);
    pthread_mutex_lock(&flt.lock);
    for (PFLT_FILTER f = flt.filters; f != NULL; f = f->next) {
        if (f->state != FILTER_GONE && !object_closing(f))
            list_add(&l, f);
    }
    pthread_mutex_unlock(&flt.lock);
    return list_finish(&l, NumberFiltersReturned);
}

NTSTATUS FLTAPI FltEnumerateVolumes(PFLT_FILTER Filter, PFLT_VOLUME *VolumeList,
                                    ULONG VolumeListSize, PULONG NumberVolumesReturned)
{
    struct list l = {.entries = (void **)VolumeList, .room = VolumeList ? VolumeListSize : 0};

    IRQL_AT_MOST(APC_LEVEL);
    (void)Filter;
    pthread_mutex_lock(&flt.lock);
    for (PFLT_VOLUME v = flt.volumes; v != NULL; v = v->next) {
        if (!object_closing(v))
            list_add(&l, v);
    }
    pthread_mutex_unlock(&flt.lock);
    return list_finish(&l, NumberVolumesReturned);
}

NTSTATUS FLTAPI FltEnumerateInstances(PFLT_VOLUME Volume, PFLT_FILTER Filter,
                                      PFLT_INSTANCE *InstanceList, ULONG InstanceListSize,
                                      PULONG NumberInstancesReturned)
{
    struct list l = {.entries = (void **)InstanceList, .room = InstanceList ? InstanceListSize : 0};

    IRQL_AT_MOST(APC_LEVEL);
    if (Volume == NULL && Filter == NULL)
        return STATUS_INVALID_PARAMETER;
    pthread_mutex_lock(&flt.lock);
    for (PFLT_VOLUME v = flt.volumes; v != NULL; v = v->next) {
        if (Volume != NULL && v != Volume)
            continue;
        pthread_rwlock_rdlock(&v->stack_lock);
        for (unsigned i = 0; i < v->stack_count; i++) {
            if (Filter == NULL || v->stack[i]->filter == Filter)
                list_add(&l, v->stack[i]);
        }
        pthread_rwlock_unlock(&v->stack_lock);
    }
    pthread_mutex_unlock(&flt.lock);
    return list_finish(&l, NumberInstancesReturned);
}

/* ---- Neighbours ----------------------------------------------------------------------------- */

/* The first instance at `from` or after it, going by `step`, that is not being torn down. */
static NTSTATUS give_instance(PFLT_VOLUME v, int from, int step, PFLT_INSTANCE *to)
{
    for (int i = from; i >= 0 && i < (int)v->stack_count; i += step) {
        if (object_acquire(v->stack[i])) {
            *to = v->stack[i];
            return STATUS_SUCCESS;
        }
    }
    return STATUS_NO_MORE_ENTRIES;
}

static NTSTATUS end_of_stack(PFLT_VOLUME v, bool top, PFLT_INSTANCE *to)
{
    NTSTATUS status;

    *to = NULL;
    pthread_rwlock_rdlock(&v->stack_lock);
    status = give_instance(v, top ? 0 : (int)v->stack_count - 1, top ? 1 : -1, to);
    pthread_rwlock_unlock(&v->stack_lock);
    return status;
}

static NTSTATUS neighbour(PFLT_INSTANCE of, int step, PFLT_INSTANCE *to)
{
    PFLT_VOLUME v = of->volume;
    NTSTATUS status = STATUS_NO_MORE_ENTRIES;

    *to = NULL;
    pthread_rwlock_rdlock(&v->stack_lock);
    for (unsigned i = 0; i < v->stack_count; i++) {
        if (v->stack[i] == of)
            status = give_instance(v, (int)i + step, step, to);
    }
    pthread_rwlock_unlock(&v->stack_lock);
    return status;
}

NTSTATUS FLTAPI FltGetTopInstance(PFLT_VOLUME Volume, PFLT_INSTANCE *Instance)
{
    IRQL_AT_MOST(APC_LEVEL);
    return end_of_stack(Volume, true, Instance);
}

NTSTATUS FLTAPI FltGetBottomInstance(PFLT_VOLUME Volume, PFLT_INSTANCE *Instance)
{
    IRQL_AT_MOST(APC_LEVEL);
    return end_of_stack(Volume, false, Instance);
}

NTSTATUS FLTAPI FltGetUpperInstance(PFLT_INSTANCE CurrentInstance, PFLT_INSTANCE *UpperInstance)
{
    IRQL_AT_MOST(APC_LEVEL);
    return neighbour(CurrentInstance, -1, UpperInstance);
}

NTSTATUS FLTAPI FltGetLowerInstance(PFLT_INSTANCE CurrentInstance, PFLT_INSTANCE *LowerInstance)
{
    IRQL_AT_MOST(APC_LEVEL);
    return neighbour(CurrentInstance, 1, LowerInstance);
}

LONG FLTAPI FltCompareInstanceAltitudes(PFLT_INSTANCE Instance1, PFLT_INSTANCE Instance2)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    return altitude_compare(&Instance1->altitude, &Instance2->altitude);
}

NTSTATUS FLTAPI FltGetFilterFromInstance(PFLT_INSTANCE Instance, PFLT_FILTER *RetFilter)
{
    IRQL_AT_MOST(APC_LEVEL);
    *RetFilter = NULL;
    if (!object_acquire(Instance->filter))
        return STATUS_FLT_DELETING_OBJECT;
    *RetFilter = Instance->filter;
    return STATUS_SUCCESS;
}

NTSTATUS FLTAPI FltGetVolumeInstanceFromName(PFLT_FILTER Filter, PFLT_VOLUME Volume,
                                             PCUNICODE_STRING InstanceName,
                                             PFLT_INSTANCE *RetInstance)
{
    NTSTATUS status = STATUS_FLT_INSTANCE_NOT_FOUND;

    IRQL_AT_MOST(APC_LEVEL);
    *RetInstance = NULL;
    pthread_rwlock_rdlock(&Volume->stack_lock);
    for (unsigned n = 0; n < Volume->stack_count; n++) {
        PFLT_INSTANCE i = Volume->stack[n];

        if ((Filter != NULL && i->filter != Filter) ||
            (InstanceName != NULL && !string_equal(&i->name, InstanceName, true)))
            continue;
        status = STATUS_FLT_DELETING_OBJECT;
        if (object_acquire(i)) {
            *RetInstance = i;
            status = STATUS_SUCCESS;
            break;
        }
    }
    pthread_rwlock_unlock(&Volume->stack_lock);
    return status;
}
