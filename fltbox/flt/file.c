#include "manager.h"
#include <stdlib.h>
#include <string.h>

/*
 * File objects are real objects: a driver may keep one. The usual one is forgotten as soon as its
 * create has been dispatched, so each host thread keeps one for the next.
 */
static pthread_key_t spare_key;
static pthread_once_t spare_once = PTHREAD_ONCE_INIT;
static __thread struct file *spare;
static __thread bool key_set; /* drop_spare will be called */

static void forget(struct file *f)
{
    context_slots_clear(&f->contexts);
    if (f->stream != NULL)
        stream_close(f->stream);
    f->stream = NULL;
    if (f->volume != NULL)
        object_dereference(f->volume);
    f->volume = NULL;
}

static void destroy(void *body)
{
    struct file *f = body;

    forget(f);
    free(f->buffer);
}

/* At the thread's end. What the key holds only says that there may be one. */
static void drop_spare(void *unused)
{
    struct file *f = spare;

    (void)unused;
    spare = NULL;
    key_set = false;
    if (f != NULL)
        nt_object_dereference(f);
}

static void make_key(void)
{
    if (pthread_key_create(&spare_key, drop_spare) != 0)
        nt_bug_check(FLT_BUGCHECK, "no thread-specific data left");
}

static void reserve(struct file *f, size_t units)
{
    if (units <= f->room)
        return;
    f->room = units < 256 ? 256 : units;
    free(f->buffer);
    f->buffer = malloc(f->room * sizeof(wchar_t));
    if (f->buffer == NULL)
        nt_bug_check(FLT_BUGCHECK, "out of memory for a file's name");
}

struct file *file_acquire(PFLT_VOLUME v, const struct flt_create *c)
{
    struct file *f = spare;
    FILE_OBJECT *o;

    spare = NULL;
    if (f == NULL)
        f = nt_object_create(*IoFileObjectType, sizeof(*f), destroy);
    if (f == NULL)
        nt_bug_check(FLT_BUGCHECK, "out of memory for a file object");
    reserve(f, (c->opened.Length + c->normalized.Length) / sizeof(WCHAR) + 1);
    f->directory = f->opened = false;
    f->unnamed = c->unnamed;
    f->contexts.first = NULL;
    object_reference(v);
    f->volume = v;

    o = &f->object;
    memset(o, 0, sizeof(*o));
    o->Type = IO_TYPE_FILE;
    o->Size = sizeof(*o);
    o->DeviceObject = v->device;
    o->Vpb = v->device->Vpb;
    o->FileObjectExtension = f;
    if (c->case_sensitive)
        o->Flags |= FO_OPENED_CASE_SENSITIVE;
    if (c->options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT))
        o->Flags |= FO_SYNCHRONOUS_IO;
    if (c->options & FILE_WRITE_THROUGH)
        o->Flags |= FO_WRITE_THROUGH;
    if (c->options & FILE_NO_INTERMEDIATE_BUFFERING)
        o->Flags |= FO_NO_INTERMEDIATE_BUFFERING;
    o->FileName.Buffer = f->buffer;
    o->FileName.Length = o->FileName.MaximumLength = c->opened.Length;
    if (c->opened.Length > 0)
        memcpy(f->buffer, c->opened.Buffer, c->opened.Length);
    return f;
}

void file_opened(struct file *f, const struct flt_create *c)
{
    static const ACCESS_MASK reading = FILE_READ_DATA | FILE_EXECUTE | GENERIC_READ | GENERIC_ALL |
                                       GENERIC_EXECUTE | MAXIMUM_ALLOWED;
    static const ACCESS_MASK writing =
        FILE_WRITE_DATA | FILE_APPEND_DATA | GENERIC_WRITE | GENERIC_ALL | MAXIMUM_ALLOWED;
    FILE_OBJECT *o = &f->object;

    f->stream = stream_open(f->volume, c->file_id, c->information == FILE_CREATED);
    f->opened = true;
    f->directory = c->directory;
    f->final_name.Buffer = f->buffer + c->opened.Length / sizeof(WCHAR);
    f->final_name.Length = f->final_name.MaximumLength = c->normalized.Length;
    if (c->normalized.Length > 0)
        memcpy(f->final_name.Buffer, c->normalized.Buffer, c->normalized.Length);
    o->FsContext = &f->stream->header;
    o->FsContext2 = f;
    o->ReadAccess = (c->desired_access & reading) != 0;
    o->WriteAccess = (c->desired_access & writing) != 0;
    o->DeleteAccess = (c->desired_access & (DELETE | GENERIC_ALL | MAXIMUM_ALLOWED)) != 0;
    o->SharedRead = (c->share & FILE_SHARE_READ) != 0;
    o->SharedWrite = (c->share & FILE_SHARE_WRITE) != 0;
    o->SharedDelete = (c->share & FILE_SHARE_DELETE) != 0;
}

void file_release(struct file *f)
{
    if (spare != NULL || nt_object_references(f) != 1) {
        nt_object_dereference(f);
        return;
    }
    forget(f);
    if (!key_set) {
        pthread_once(&spare_once, make_key);
        key_set = pthread_setspecific(spare_key, f) == 0;
    }
    spare = f;
}

struct file *file_of(PFILE_OBJECT o)
{
    if (o == NULL || o->Type != IO_TYPE_FILE || o->FileObjectExtension != o)
        return NULL;
    return (struct file *)o;
}

NTSTATUS FLTAPI FltIsDirectory(PFILE_OBJECT FileObject, PFLT_INSTANCE Instance,
                               PBOOLEAN IsDirectory)
{
    struct file *f = file_of(FileObject);

    IRQL_AT_MOST(APC_LEVEL);
    (void)Instance;
    *IsDirectory = FALSE;
    if (f == NULL || !f->opened)
        return STATUS_INVALID_PARAMETER;
    *IsDirectory = f->directory;
    return STATUS_SUCCESS;
}
