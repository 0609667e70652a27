/* Handles. */
#include "executive.h"

#include <stdlib.h>
#include <string.h>

/* Kernel handles have the sign bit, as on Windows. */
#define KERNEL_BITS UINT64_C(0xffffffff80000000)

struct handle {
    void *body;        /* referenced; NULL: free */
    PEPROCESS process; /* NULL: a kernel handle, good everywhere. Not referenced, only compared. */
    ACCESS_MASK access;
    struct nt_driver *driver;
    const void *caller;
};

static pthread_mutex_t handles_lock = PTHREAD_MUTEX_INITIALIZER;
static struct handle *handles;
static size_t handle_count;

static HANDLE make_handle(size_t index, bool kernel)
{
    uint64_t value = (index + 1) * 4;

    return (HANDLE)(kernel ? value | KERNEL_BITS : value);
}

/* The two low bits are the caller's to use. NULL where there is no such handle. Locked. */
static struct handle *find(HANDLE handle)
{
    uint64_t value = (uint64_t)handle;
    bool kernel = (value & KERNEL_BITS) == KERNEL_BITS;
    uint64_t index = ((kernel ? value & ~KERNEL_BITS : value) >> 2) - 1;
    struct handle *h;

    if (index >= handle_count)
        return NULL;
    h = &handles[index];
    if (h->body == NULL || kernel != (h->process == NULL))
        return NULL;
    if (!kernel && h->process != nt_current_thread()->process)
        return NULL;
    return h;
}

static NTSTATUS insert(void *body, PEPROCESS process, ACCESS_MASK access, const void *caller,
                       HANDLE *result)
{
    NTSTATUS status = STATUS_SUCCESS;
    size_t index = 0;

    nt_object_reference(body);
    pthread_mutex_lock(&handles_lock);
    while (index < handle_count && handles[index].body != NULL)
        index++;
    if (index == handle_count) {
        size_t count = handle_count == 0 ? 64 : handle_count * 2;
        struct handle *larger = realloc(handles, count * sizeof(*larger));

        if (larger == NULL) {
            status = STATUS_INSUFFICIENT_RESOURCES;
        } else {
            memset(larger + handle_count, 0, (count - handle_count) * sizeof(*larger));
            handles = larger;
            handle_count = count;
        }
    }
    if (status == STATUS_SUCCESS) {
        handles[index].body = body;
        handles[index].process = process;
        handles[index].access = access;
        handles[index].caller = caller;
        handles[index].driver = caller != NULL ? nt_driver_of_caller(caller) : NULL;
        *result = make_handle(index, process == NULL);
    }
    pthread_mutex_unlock(&handles_lock);
    if (status != STATUS_SUCCESS)
        nt_object_dereference(body);
    return status;
}

NTSTATUS nt_handle_open(void *body, ULONG attributes, ACCESS_MASK access, const void *caller,
                        HANDLE *handle)
{
    PEPROCESS process = nt_current_thread()->process;

    if ((attributes & OBJ_KERNEL_HANDLE) || process == PsInitialSystemProcess)
        process = NULL;
    return insert(body, process, access, caller, handle);
}

HANDLE nt_handle_create(void *body)
{
    HANDLE handle = NULL;

    insert(body, NULL, MAXIMUM_ALLOWED, NULL, &handle);
    return handle;
}

bool nt_handle_close(HANDLE handle)
{
    struct handle *h;
    void *body = NULL;

    pthread_mutex_lock(&handles_lock);
    h = find(handle);
    if (h != NULL) {
        body = h->body;
        h->body = NULL;
    }
    pthread_mutex_unlock(&handles_lock);
    if (body == NULL)
        return false;
    nt_object_dereference(body);
    return true;
}

NTSTATUS nt_handle_find(HANDLE handle, POBJECT_TYPE type, ACCESS_MASK *granted, void **body)
{
    NTSTATUS status = STATUS_SUCCESS;
    struct handle *h;

    *body = NULL;
    if (granted != NULL)
        *granted = MAXIMUM_ALLOWED;
    if (handle == NtCurrentProcess())
        *body = nt_current_thread()->process;
    else if (handle == NtCurrentThread())
        *body = nt_current_thread();
    if (*body != NULL) {
        if (type != NULL && nt_object_type_of(*body) != type)
            return STATUS_OBJECT_TYPE_MISMATCH;
        nt_object_reference(*body);
        return STATUS_SUCCESS;
    }
    pthread_mutex_lock(&handles_lock);
    h = find(handle);
    if (h == NULL) {
        status = STATUS_INVALID_HANDLE;
    } else if (type != NULL && nt_object_type_of(h->body) != type) {
        status = STATUS_OBJECT_TYPE_MISMATCH;
    } else {
        *body = h->body;
        if (granted != NULL)
            *granted = h->access;
        nt_object_reference(*body);
    }
    pthread_mutex_unlock(&handles_lock);
    return status;
}

void *nt_handle_lookup(HANDLE handle, POBJECT_TYPE type)
{
    void *body;

    return nt_handle_find(handle, type, NULL, &body) == STATUS_SUCCESS ? body : NULL;
}

/* Takes the first handle of `driver`, from entry `*next` on, that is like `like` (any, where that
   has no body) out of the table; its body's reference becomes the caller's. */
static struct handle take_handle(struct nt_driver *driver, const struct handle *like, size_t *next)
{
    struct handle taken = {0};

    pthread_mutex_lock(&handles_lock);
    for (; taken.body == NULL && *next < handle_count; ++*next) {
        struct handle *h = &handles[*next];

        if (h->body == NULL || h->driver != driver)
            continue;
        if (like->body != NULL && (h->caller != like->caller ||
                                   nt_object_type_of(h->body) != nt_object_type_of(like->body)))
            continue;
        taken = *h;
        h->body = NULL;
    }
    pthread_mutex_unlock(&handles_lock);
    return taken;
}

/* Handles to objects of one type, from one call, make one line. */
unsigned nt_handle_report(struct nt_driver *driver, FILE *out)
{
    const struct handle any = {0};
    struct handle first, same;
    unsigned lines = 0;
    size_t next = 0;

    while ((first = take_handle(driver, &any, &next)).body != NULL) {
        size_t count = 1, rest = next;
        char place[256];

        while ((same = take_handle(driver, &first, &rest)).body != NULL) {
            nt_object_dereference(same.body);
            count++;
        }
        fprintf(out, "%s.sys left behind: %zu handle%s to %s%s object%s, from %s\n", driver->name,
                count, count == 1 ? "" : "s", count == 1 ? "a " : "",
                nt_object_type_name(nt_object_type_of(first.body)), count == 1 ? "" : "s",
                pe_describe(first.caller, place, sizeof(place)));
        nt_object_dereference(first.body);
        lines++;
    }
    return lines;
}

/* ---- What drivers call --------------------------------------------------------------------- */

static NTSTATUS close_handle(HANDLE handle, const char *function)
{
    nt_irql_at_most(PASSIVE_LEVEL, function);
    return nt_handle_close(handle) ? STATUS_SUCCESS : STATUS_INVALID_HANDLE;
}

NTSTATUS NTAPI ZwClose(HANDLE handle)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return close_handle(handle, __func__);
}

NTSTATUS NTAPI NtClose(HANDLE handle)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return close_handle(handle, __func__);
}

NTSTATUS NTAPI ObCloseHandle(HANDLE handle, KPROCESSOR_MODE mode)
{
    IRQL_AT_MOST(PASSIVE_LEVEL);
    (void)mode;
    return close_handle(handle, __func__);
}

BOOLEAN NTAPI ObIsKernelHandle(HANDLE handle)
{
    uint64_t value = (uint64_t)handle;

    IRQL_AT_MOST(APC_LEVEL);
    return (value & KERNEL_BITS) == KERNEL_BITS && handle != NtCurrentProcess() &&
           handle != NtCurrentThread();
}

static NTSTATUS reference_by_handle(const void *caller, HANDLE handle, POBJECT_TYPE type,
                                    PVOID *object, POBJECT_HANDLE_INFORMATION information)
{
    ACCESS_MASK granted;
    NTSTATUS status = nt_handle_find(handle, type, &granted, object);

    if (status != STATUS_SUCCESS)
        return status;
    if (information != NULL) {
        information->HandleAttributes = 0;
        information->GrantedAccess = granted;
    }
    nt_driver_count_reference(caller, *object, 1);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE handle, ACCESS_MASK access, POBJECT_TYPE type,
                                         KPROCESSOR_MODE mode, PVOID *object,
                                         POBJECT_HANDLE_INFORMATION information)
{
    (void)access;
    (void)mode;
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return reference_by_handle(CALLER, handle, type, object, information);
}

NTSTATUS NTAPI ObReferenceObjectByHandleWithTag(HANDLE handle, ACCESS_MASK access,
                                                POBJECT_TYPE type, KPROCESSOR_MODE mode, ULONG tag,
                                                PVOID *object,
                                                POBJECT_HANDLE_INFORMATION information)
{
    (void)access;
    (void)mode;
    (void)tag;
    IRQL_AT_MOST(PASSIVE_LEVEL);
    return reference_by_handle(CALLER, handle, type, object, information);
}

NTSTATUS NTAPI ObOpenObjectByPointer(PVOID object, ULONG attributes, PACCESS_STATE access_state,
                                     ACCESS_MASK access, POBJECT_TYPE type, KPROCESSOR_MODE mode,
                                     PHANDLE handle)
{
    (void)access_state;
    (void)mode;
    IRQL_AT_MOST(APC_LEVEL);
    if (type != NULL && nt_object_type_of(object) != type)
        return STATUS_OBJECT_TYPE_MISMATCH;
    return nt_handle_open(object, attributes, access, CALLER, handle);
}
