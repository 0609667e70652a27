/* What Windows programs ask of NT, as the I/O manager asks it of a file system. */
#include "path.h"
#include "translate.h"

#include "../fltlib.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define VALID_OPTIONS 0x00ffffff
#define SHARE_ALL     (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* The I/O manager's generic mapping of file objects (IoGetFileObjectGenericMapping). */
static ACCESS_MASK map_generic(ACCESS_MASK access)
{
    static const struct {
        ACCESS_MASK generic, specific;
    } rights[] = {
        {GENERIC_READ, FILE_GENERIC_READ},
        {GENERIC_WRITE, FILE_GENERIC_WRITE},
        {GENERIC_EXECUTE, FILE_GENERIC_EXECUTE},
        {GENERIC_ALL, FILE_ALL_ACCESS},
    };

    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        if (access & rights[i].generic)
            access = (access & ~rights[i].generic) | rights[i].specific;
    }
    return access;
}

/* A look at what was opened says whether it is a directory, and which file. */
static void identify(const struct path *path, struct flt_create *c)
{
    char *name =
        filter_unix_path((const uint16_t *)path->full.Buffer, path->full.Length / sizeof(wchar_t));
    struct stat st;

    if (name != NULL && stat(name, &st) == 0) {
        c->directory = S_ISDIR(st.st_mode);
        c->file_id[0] = st.st_ino;
        c->file_id[1] = st.st_dev;
    }
    free(name);
}

void translate_request(const struct activity_request *r, const struct path *path,
                       struct flt_create *c)
{
    uint32_t options = r->options, disposition = r->disposition;

    c->volume = path->volume;
    c->opened = c->normalized = path->within;
    /* File systems take a separator at the end of a directory's name, and drop it. */
    if (c->normalized.Length > sizeof(wchar_t) &&
        c->normalized.Buffer[c->normalized.Length / sizeof(wchar_t) - 1] == '\\')
        c->normalized.Length -= sizeof(wchar_t);
    c->attributes = r->attributes;
    c->share = r->share;
    c->desired_access = map_generic(r->desired_access);
    switch (r->function) {
    case ACTIVITY_CREATE_FILE:
        break;
    case ACTIVITY_OPEN_FILE:
        disposition = FILE_OPEN;
        break;
    case ACTIVITY_DELETE_FILE:
        c->desired_access = DELETE;
        c->share = SHARE_ALL;
        disposition = FILE_OPEN;
        options = FILE_DELETE_ON_CLOSE;
        break;
    case ACTIVITY_QUERY_ATTRIBUTES:
        c->desired_access = FILE_READ_ATTRIBUTES;
        c->share = SHARE_ALL;
        disposition = FILE_OPEN;
        options = FILE_OPEN_REPARSE_POINT;
        break;
    }
    c->options = (options & VALID_OPTIONS) | disposition << 24;
    c->status = (NTSTATUS)r->status;
    if (!NT_SUCCESS(c->status))
        return;
    c->information = r->function == ACTIVITY_CREATE_FILE || r->function == ACTIVITY_OPEN_FILE
                         ? r->information
                         : FILE_OPENED;
    identify(path, c);
    if (r->function == ACTIVITY_QUERY_ATTRIBUTES)
        c->directory = (r->file_attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    else if (options & FILE_DIRECTORY_FILE)
        c->directory = true;
    else if (options & FILE_NON_DIRECTORY_FILE)
        c->directory = false;
}
