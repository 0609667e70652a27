/*
 * File name information. A name is made once per operation, filter and format and kept while the
 * operation lasts; drivers share it by reference. Each filter has its own copy, so that what it
 * fails to release is known to be its own.
 *
 * The opened name is the request's. The normalized name of a create that succeeded is that of the
 * file that was opened, symbolic links resolved. Of one that failed no more is known than what was
 * asked for: that is its normalized name too, unless a directory on the way is missing, where a
 * name cannot be normalized on Windows either.
 */
#include "manager.h"
#include "../nt/undeclared.h"
#include <stddef.h>
#include <string.h>

#define NAME_TAG   0x6e664d46 /* 'FMfn' */
#define NAME_MAGIC 0x6d614e46u

static struct name *name_of(PFLT_FILE_NAME_INFORMATION information, const char *function)
{
    struct name *n = (struct name *)((char *)information - offsetof(struct name, information));

    if (information == NULL || n->magic != NAME_MAGIC)
        nt_bug_check(FLT_BUGCHECK, "%s: %p is not file name information, or was released before",
                     function, (void *)information);
    return n;
}

/* The last reference is nobody else's to count: no locked operation is needed to see that. */
static void drop(struct name *n)
{
    if (atomic_load_explicit(&n->references, memory_order_acquire) != 1 &&
        atomic_fetch_sub(&n->references, 1) != 1)
        return;
    n->magic = 0;
    ExFreePool(n);
}

/* A server and a share: \server\share of \server\share\dir\file. */
static USHORT share_length(PCUNICODE_STRING name)
{
    size_t units = name->Length / sizeof(WCHAR), i, slashes = 0;

    for (i = 0; i < units; i++) {
        if (name->Buffer[i] == '\\' && ++slashes == 3)
            break;
    }
    return slashes >= 2 ? (USHORT)(i * sizeof(WCHAR)) : 0;
}

static NTSTATUS make(PFLT_VOLUME v, PFLT_FILTER filter, FLT_FILE_NAME_OPTIONS format,
                     PCUNICODE_STRING path, struct name **out)
{
    size_t length = (size_t)v->device_name.Length + path->Length;
    FLT_FILE_NAME_INFORMATION *i;
    struct name *n;
    WCHAR *text;

    if (length > UNICODE_STRING_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    n = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*n) + length + sizeof(WCHAR), NAME_TAG);
    if (n == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memset(n, 0, sizeof(*n));
    n->magic = NAME_MAGIC;
    n->filter = filter;
    atomic_init(&n->references, 1);
    text = (WCHAR *)(n + 1);
    memcpy(text, v->device_name.Buffer, v->device_name.Length);
    if (path->Length > 0)
        memcpy((char *)text + v->device_name.Length, path->Buffer, path->Length);
    text[length / sizeof(WCHAR)] = 0;
    i = &n->information;
    i->Size = sizeof(*i);
    i->Format = format;
    i->Name.Buffer = i->Volume.Buffer = text;
    i->Name.Length = i->Name.MaximumLength = (USHORT)length;
    i->Volume.Length = i->Volume.MaximumLength = v->device_name.Length;
    if (v->shares && share_length(path) > 0) {
        i->Share.Buffer = text + v->device_name.Length / sizeof(WCHAR);
        i->Share.Length = i->Share.MaximumLength = share_length(path);
    }
    *out = n;
    return STATUS_SUCCESS;
}

static PFLT_FILE_NAME_INFORMATION give(struct name *n)
{
    if (n->filter != NULL)
        atomic_fetch_add_explicit(&n->filter->names, 1, memory_order_relaxed);
    return &n->information;
}

static bool options_valid(FLT_FILE_NAME_OPTIONS options)
{
    FLT_FILE_NAME_OPTIONS format = options & FLT_VALID_FILE_NAME_FORMATS;
    FLT_FILE_NAME_OPTIONS method = options & FLT_VALID_FILE_NAME_QUERY_METHODS;

    return format >= FLT_FILE_NAME_NORMALIZED && format <= FLT_FILE_NAME_SHORT &&
           method <= FLT_FILE_NAME_QUERY_ALWAYS_ALLOW_CACHE_LOOKUP;
}

/* Documented as required; but many drivers give a format only, and Windows answers them. */
static FLT_FILE_NAME_OPTIONS method_of(FLT_FILE_NAME_OPTIONS options)
{
    FLT_FILE_NAME_OPTIONS method = options & FLT_VALID_FILE_NAME_QUERY_METHODS;

    return method != 0 ? method : FLT_FILE_NAME_QUERY_DEFAULT;
}

/*
 * Whether the file system may be asked for a name: not while all APCs are disabled (at APC_LEVEL,
 * in a guarded region), for I/O does not complete then, and not below a top-level IRP, where file
 * systems would be entered again. A critical region, which disables normal kernel APCs, is no
 * obstacle.
 */
static bool may_ask(void)
{
    return !KeAreAllApcsDisabled() && IoGetTopLevelIrp() == NULL;
}

/* Which name the operation has now in that format. */
static NTSTATUS choose(const struct operation *op, FLT_FILE_NAME_OPTIONS options,
                       PCUNICODE_STRING *path)
{
    const struct flt_create *c = op->create;

    if (c->unnamed)
        return STATUS_FLT_INVALID_NAME_REQUEST;
    switch (options & FLT_VALID_FILE_NAME_FORMATS) {
    case FLT_FILE_NAME_SHORT: /* Linux has none */
        return op->phase == PHASE_PRE ? STATUS_FLT_INVALID_NAME_REQUEST
                                      : STATUS_OBJECT_NAME_NOT_FOUND;
    case FLT_FILE_NAME_NORMALIZED:
        if (c->status == STATUS_OBJECT_PATH_NOT_FOUND)
            return STATUS_OBJECT_PATH_NOT_FOUND;
        *path = c->normalized.Length > 0 ? &c->normalized : &c->opened;
        return STATUS_SUCCESS;
    default:
        *path = &c->opened;
        return STATUS_SUCCESS;
    }
}

static struct name *cached(const struct operation *op, PFLT_FILTER filter,
                           FLT_FILE_NAME_OPTIONS format)
{
    for (struct name *n = op->names; n != NULL; n = n->next) {
        if (n->filter == filter && n->information.Format == format)
            return n;
    }
    return NULL;
}

NTSTATUS FLTAPI FltGetFileNameInformation(PFLT_CALLBACK_DATA CallbackData,
                                          FLT_FILE_NAME_OPTIONS NameOptions,
                                          PFLT_FILE_NAME_INFORMATION *FileNameInformation)
{
    FLT_FILE_NAME_OPTIONS method = method_of(NameOptions);
    FLT_FILE_NAME_OPTIONS format = NameOptions & FLT_VALID_FILE_NAME_FORMATS;
    struct operation *op;
    PFLT_FILTER filter;
    PCUNICODE_STRING path;
    struct name *n = NULL;
    NTSTATUS status;
    bool safe;

    if (CallbackData == NULL || FileNameInformation == NULL)
        return STATUS_INVALID_PARAMETER;
    *FileNameInformation = NULL;
    if (!options_valid(NameOptions))
        return STATUS_INVALID_PARAMETER;
    op = operation_of(CallbackData);
    if (op->phase == PHASE_DRAIN || nt_cpu()->irql > APC_LEVEL)
        return STATUS_FLT_INVALID_NAME_REQUEST;
    if (op->phase == PHASE_POST && CallbackData->IoStatus.Status == STATUS_REPARSE &&
        !(NameOptions & FLT_FILE_NAME_ALLOW_QUERY_ON_REPARSE))
        return STATUS_FLT_INVALID_NAME_REQUEST;
    safe = may_ask();
    if (!safe &&
        (method == FLT_FILE_NAME_QUERY_DEFAULT || method == FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY))
        return STATUS_FLT_INVALID_NAME_REQUEST;
    filter = op->nodes[op->current].filter;
    if (method != FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY)
        n = cached(op, filter, format);
    if (n == NULL) {
        if (method == FLT_FILE_NAME_QUERY_CACHE_ONLY || !safe)
            return STATUS_FLT_NAME_CACHE_MISS;
        status = choose(op, NameOptions, &path);
        if (NT_SUCCESS(status))
            status = make(op->volume, filter, format, path, &n);
        if (!NT_SUCCESS(status))
            return status;
        if (method != FLT_FILE_NAME_QUERY_FILESYSTEM_ONLY &&
            !(NameOptions & FLT_FILE_NAME_DO_NOT_CACHE)) {
            atomic_init(&n->references, 2); /* nobody else knows it yet */
            n->next = op->names;
            op->names = n;
        }
    } else {
        atomic_fetch_add(&n->references, 1);
    }
    *FileNameInformation = give(n);
    return STATUS_SUCCESS;
}

NTSTATUS FLTAPI FltGetFileNameInformationUnsafe(PFILE_OBJECT FileObject, PFLT_INSTANCE Instance,
                                                FLT_FILE_NAME_OPTIONS NameOptions,
                                                PFLT_FILE_NAME_INFORMATION *FileNameInformation)
{
    FLT_FILE_NAME_OPTIONS format = NameOptions & FLT_VALID_FILE_NAME_FORMATS;
    struct file *file = file_of(FileObject);
    PCUNICODE_STRING path;
    struct name *n;
    NTSTATUS status;

    if (FileNameInformation == NULL)
        return STATUS_INVALID_PARAMETER;
    *FileNameInformation = NULL;
    if (!options_valid(NameOptions))
        return STATUS_INVALID_PARAMETER;
    if (file == NULL || !file->opened || file->unnamed || nt_cpu()->irql > APC_LEVEL)
        return STATUS_FLT_INVALID_NAME_REQUEST;
    if (format == FLT_FILE_NAME_SHORT)
        return STATUS_OBJECT_NAME_NOT_FOUND;
    /* Names are kept with operations, not with files. */
    if (method_of(NameOptions) == FLT_FILE_NAME_QUERY_CACHE_ONLY)
        return STATUS_FLT_NAME_CACHE_MISS;
    /* It protects nobody. A top-level IRP may do harm; without APCs the query never ends. */
    if (KeAreAllApcsDisabled())
        nt_bug_check(FLT_BUGCHECK,
                     "%s: called with all APCs disabled, which it does not protect against: the "
                     "query would wait for ever",
                     __func__);
    path = format == FLT_FILE_NAME_NORMALIZED && file->final_name.Length > 0
               ? &file->final_name
               : &FileObject->FileName;
    status = make(file->volume, Instance != NULL ? Instance->filter : filter_current(), format,
                  path, &n);
    if (NT_SUCCESS(status))
        *FileNameInformation = give(n);
    return status;
}

/* There is no tunnelling on Linux: a name that was right before the operation is right after it. */
NTSTATUS FLTAPI FltGetTunneledName(PFLT_CALLBACK_DATA CallbackData,
                                   PFLT_FILE_NAME_INFORMATION FileNameInformation,
                                   PFLT_FILE_NAME_INFORMATION *RetTunneledFileNameInformation)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (CallbackData == NULL || FileNameInformation == NULL ||
        RetTunneledFileNameInformation == NULL)
        return STATUS_INVALID_PARAMETER;
    if (operation_of(CallbackData)->phase != PHASE_POST)
        nt_bug_check(FLT_BUGCHECK, "%s: called outside a post-operation callback", __func__);
    name_of(FileNameInformation, __func__);
    *RetTunneledFileNameInformation = NULL;
    return STATUS_SUCCESS;
}

VOID FLTAPI FltReferenceFileNameInformation(PFLT_FILE_NAME_INFORMATION FileNameInformation)
{
    struct name *n;

    IRQL_AT_MOST(APC_LEVEL);
    n = name_of(FileNameInformation, __func__);
    atomic_fetch_add(&n->references, 1);
    give(n);
}

VOID FLTAPI FltReleaseFileNameInformation(PFLT_FILE_NAME_INFORMATION FileNameInformation)
{
    struct name *n;

    IRQL_AT_MOST(APC_LEVEL);
    n = name_of(FileNameInformation, __func__);
    if (n->filter != NULL)
        atomic_fetch_sub_explicit(&n->filter->names, 1, memory_order_relaxed);
    drop(n);
}

void names_forget(struct operation *op)
{
    struct name *n = op->names, *next;

    for (op->names = NULL; n != NULL; n = next) {
        next = n->next;
        drop(n);
    }
}
