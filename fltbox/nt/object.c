/* Objects with reference counts, and their types. */
#include "executive.h"

#include <stdlib.h>
#include <string.h>

#define OBJECT_ALIVE UINT64_C(0x4f626a656374204e)

struct _OBJECT_TYPE {
    const char *name;
    unsigned index;
};

struct object {
    POBJECT_TYPE type;
    void (*destroy)(void *body);
    atomic_long references;
    uint64_t magic; /* OBJECT_ALIVE xored with the body's address */
};
_Static_assert(sizeof(struct object) % 16 == 0, "keeps bodies aligned");

POBJECT_TYPE nt_process_type, nt_thread_type, nt_file_type, nt_event_type, nt_semaphore_type,
    nt_key_type, nt_device_type, nt_driver_type, nt_callback_type;

/* As native code sees them; a PE image sees the variable before each through its import. */
POBJECT_TYPE *PsProcessType = &nt_process_type;
POBJECT_TYPE *PsThreadType = &nt_thread_type;
POBJECT_TYPE *IoFileObjectType = &nt_file_type;
POBJECT_TYPE *ExEventObjectType = &nt_event_type;
POBJECT_TYPE *ExSemaphoreObjectType = &nt_semaphore_type;
POBJECT_TYPE *CmKeyObjectType = &nt_key_type;

static struct object *object_of(const void *body)
{
    return (struct object *)body - 1;
}

static uint64_t magic_of(const void *body)
{
    return OBJECT_ALIVE ^ (uintptr_t)body;
}

POBJECT_TYPE nt_object_type(const char *name)
{
    static atomic_uint count;
    POBJECT_TYPE type = malloc(sizeof(*type));

    if (type == NULL)
        abort();
    type->name = name;
    type->index = atomic_fetch_add(&count, 1);
    return type;
}

void nt_object_init(void)
{
    nt_process_type = nt_object_type("Process");
    nt_thread_type = nt_object_type("Thread");
    nt_file_type = nt_object_type("File");
    nt_event_type = nt_object_type("Event");
    nt_semaphore_type = nt_object_type("Semaphore");
    nt_key_type = nt_object_type("Key");
    nt_device_type = nt_object_type("Device");
    nt_driver_type = nt_object_type("Driver");
    nt_callback_type = nt_object_type("Callback");
}

const char *nt_object_type_name(POBJECT_TYPE type)
{
    return type->name;
}

unsigned nt_object_type_index(POBJECT_TYPE type)
{
    return type->index;
}

bool nt_object_valid(const void *body)
{
    return body != NULL && (uintptr_t)body % 16 == 0 && object_of(body)->magic == magic_of(body);
}

void *nt_object_create(POBJECT_TYPE type, size_t size, void (*destroy)(void *body))
{
    struct object *object = aligned_alloc(64, (sizeof(*object) + size + 63) / 64 * 64);
    void *body;

    if (object == NULL)
        return NULL;
    body = object + 1;
    memset(body, 0, size);
    object->type = type;
    object->destroy = destroy;
    object->references = 1;
    object->magic = magic_of(body);
    return body;
}

static struct object *checked(const void *body, const char *what)
{
    if (!nt_object_valid(body))
        nt_bug_check(BUGCHECK_REFERENCE_BY_POINTER,
                     "%s of %p, which is no object (or one that has gone)", what, body);
    return object_of(body);
}

void nt_object_reference(void *body)
{
    atomic_fetch_add(&checked(body, "reference")->references, 1);
}

/* Objects that went are kept for a while, so that one more dereference finds them dead. */
static void bury(struct object *object)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct object *buried[64];
    static size_t next;
    struct object *oldest;

    pthread_mutex_lock(&lock);
    oldest = buried[next];
    buried[next] = object;
    next = (next + 1) % (sizeof(buried) / sizeof(buried[0]));
    pthread_mutex_unlock(&lock);
    free(oldest);
}

static LONG_PTR dereference(void *body)
{
    struct object *object = checked(body, "dereference");
    long left = atomic_fetch_sub(&object->references, 1) - 1;

    if (left < 0)
        nt_bug_check(BUGCHECK_REFERENCE_BY_POINTER,
                     "%s object %p dereferenced more often than referenced", object->type->name,
                     body);
    if (left == 0) {
        object->magic = 0;
        if (object->destroy != NULL)
            object->destroy(body);
        bury(object);
    }
    return left;
}

void nt_object_dereference(void *body)
{
    dereference(body);
}

long nt_object_references(void *body)
{
    return checked(body, "query")->references;
}

POBJECT_TYPE nt_object_type_of(void *body)
{
    return checked(body, "query")->type;
}

/* ---- What drivers call --------------------------------------------------------------------- */

LONG_PTR NTAPI ObfReferenceObject(PVOID body)
{
    LONG_PTR now;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    now = atomic_fetch_add(&checked(body, "reference")->references, 1) + 1;
    nt_driver_count_reference(CALLER, body, 1);
    return now;
}

LONG_PTR NTAPI ObfReferenceObjectWithTag(PVOID body, ULONG tag)
{
    LONG_PTR now = atomic_fetch_add(&checked(body, "reference")->references, 1) + 1;

    (void)tag;
    nt_driver_count_reference(CALLER, body, 1);
    return now;
}

LONG_PTR NTAPI ObfDereferenceObject(PVOID body)
{
    checked(body, "dereference");
    nt_driver_count_reference(CALLER, body, -1);
    return dereference(body);
}

LONG_PTR NTAPI ObfDereferenceObjectWithTag(PVOID body, ULONG tag)
{
    (void)tag;
    checked(body, "dereference");
    nt_driver_count_reference(CALLER, body, -1);
    return dereference(body);
}

VOID NTAPI ObDereferenceObjectDeferDelete(PVOID body)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    checked(body, "dereference");
    nt_driver_count_reference(CALLER, body, -1);
    dereference(body);
}

VOID NTAPI ObDereferenceObjectDeferDeleteWithTag(PVOID body, ULONG tag)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    (void)tag;
    checked(body, "dereference");
    nt_driver_count_reference(CALLER, body, -1);
    dereference(body);
}

BOOLEAN NTAPI ObReferenceObjectSafe(PVOID body)
{
    struct object *object;
    long now;

    IRQL_AT_MOST(DISPATCH_LEVEL);
    object = checked(body, "reference");
    now = object->references;
    while (now > 0)
        if (atomic_compare_exchange_weak(&object->references, &now, now + 1)) {
            nt_driver_count_reference(CALLER, body, 1);
            return TRUE;
        }
    return FALSE;
}

static NTSTATUS reference_by_pointer(const void *caller, PVOID body, POBJECT_TYPE type,
                                     KPROCESSOR_MODE mode)
{
    struct object *object = checked(body, "reference");

    /* Documented: in kernel mode a NULL type skips the check. */
    if (object->type != type && (mode != KernelMode || type != NULL))
        return STATUS_OBJECT_TYPE_MISMATCH;
    atomic_fetch_add(&object->references, 1);
    nt_driver_count_reference(caller, body, 1);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI ObReferenceObjectByPointer(PVOID body, ACCESS_MASK access, POBJECT_TYPE type,
                                          KPROCESSOR_MODE mode)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    (void)access;
    return reference_by_pointer(CALLER, body, type, mode);
}

NTSTATUS NTAPI ObReferenceObjectByPointerWithTag(PVOID body, ACCESS_MASK access, POBJECT_TYPE type,
                                                 KPROCESSOR_MODE mode, ULONG tag)
{
    IRQL_AT_MOST(DISPATCH_LEVEL);
    (void)access;
    (void)tag;
    return reference_by_pointer(CALLER, body, type, mode);
}

NTSTATUS NTAPI ObQueryNameString(PVOID body, POBJECT_NAME_INFORMATION information, ULONG length,
                                 PULONG needed)
{
    wchar_t *units = NULL;
    size_t count = 0, bytes = 0;
    NTSTATUS status = STATUS_SUCCESS;

    IRQL_AT_MOST(APC_LEVEL);
    checked(body, "query");
    if (nt_object_name(body, &units, &count))
        bytes = (count + 1) * sizeof(wchar_t);
    *needed = (ULONG)(sizeof(*information) + bytes);
    if (length < *needed) {
        status = STATUS_INFO_LENGTH_MISMATCH;
    } else if (bytes == 0) {
        /* An object without a name: success with an empty string. */
        RtlInitUnicodeString(&information->Name, NULL);
    } else {
        information->Name.Buffer = (wchar_t *)(information + 1);
        information->Name.Length = (USHORT)(count * sizeof(wchar_t));
        information->Name.MaximumLength = (USHORT)bytes;
        memcpy(information->Name.Buffer, units, bytes - sizeof(wchar_t));
        information->Name.Buffer[count] = 0;
    }
    free(units);
    return status;
}
