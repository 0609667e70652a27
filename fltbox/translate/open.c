/* Open flags and errno values in NT terms. */
#include "translate.h"

#include <errno.h>
#include <fcntl.h>
#include <ntifs.h>

struct translated_open translate_open(int flags, uint32_t mode)
{
    struct translated_open t = {
        .options = FILE_SYNCHRONOUS_IO_NONALERT,
        .share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
        .disposition = FILE_OPEN,
    };

    if (flags & O_PATH) {
        /* A handle that can do nothing but name the file; other flags are ignored (open(2)). */
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW;
        t.desired_access = FILE_READ_ATTRIBUTES | SYNCHRONIZE;
    } else {
        switch (flags & O_ACCMODE) {
        case O_RDONLY:
            t.desired_access = FILE_GENERIC_READ;
            break;
        case O_WRONLY:
            t.desired_access = FILE_GENERIC_WRITE;
            break;
        default: /* O_RDWR; 3 asks for both permissions too */
            t.desired_access = FILE_GENERIC_READ | FILE_GENERIC_WRITE;
            break;
        }
        if (flags & O_APPEND)
            t.desired_access &= ~(uint32_t)FILE_WRITE_DATA;
        if (flags & O_TRUNC)
            t.desired_access |= FILE_WRITE_DATA;
    }

    if ((flags & O_TMPFILE) == O_TMPFILE) {
        /* A file without a name that is gone with its last handle; O_TMPFILE includes O_DIRECTORY,
           which here is said of the name, not of the file. */
        flags &= ~O_TMPFILE;
        t.disposition = FILE_CREATE;
        t.options |= FILE_DELETE_ON_CLOSE | FILE_NON_DIRECTORY_FILE;
        t.desired_access |= DELETE;
        t.attributes = FILE_ATTRIBUTE_TEMPORARY;
    } else if (flags & O_CREAT) {
        if (flags & O_EXCL)
            t.disposition = FILE_CREATE;
        else if (flags & O_TRUNC)
            t.disposition = FILE_OVERWRITE_IF;
        else
            t.disposition = FILE_OPEN_IF;
        t.attributes = mode & 0222 ? FILE_ATTRIBUTE_NORMAL : FILE_ATTRIBUTE_READONLY;
    } else if (flags & O_TRUNC) {
        t.disposition = FILE_OVERWRITE;
    }

    if (flags & O_DIRECTORY)
        t.options |= FILE_DIRECTORY_FILE;
    else if (t.desired_access & (FILE_WRITE_DATA | FILE_APPEND_DATA) || flags & O_CREAT)
        t.options |= FILE_NON_DIRECTORY_FILE; /* what Linux answers with EISDIR */
    if (flags & O_NOFOLLOW)
        t.options |= FILE_OPEN_REPARSE_POINT;
    if (flags & (O_SYNC | O_DSYNC))
        t.options |= FILE_WRITE_THROUGH;
    if (flags & O_DIRECT)
        t.options |= FILE_NO_INTERMEDIATE_BUFFERING;
    return t;
}

int32_t translate_error(int error, bool parent_missing)
{
    static const struct {
        int error;
        NTSTATUS status;
    } table[] = {
        {EACCES, STATUS_ACCESS_DENIED},
        {EPERM, STATUS_ACCESS_DENIED},
        {EEXIST, STATUS_OBJECT_NAME_COLLISION},
        {EISDIR, STATUS_FILE_IS_A_DIRECTORY},
        {ENAMETOOLONG, STATUS_NAME_TOO_LONG},
        {ELOOP, STATUS_STOPPED_ON_SYMLINK},
        {EMFILE, STATUS_TOO_MANY_OPENED_FILES},
        {ENFILE, STATUS_TOO_MANY_OPENED_FILES},
        {ENOSPC, STATUS_DISK_FULL},
        {EDQUOT, STATUS_DISK_QUOTA_EXCEEDED},
        {EROFS, STATUS_MEDIA_WRITE_PROTECTED},
        {ETXTBSY, STATUS_SHARING_VIOLATION},
        {EBUSY, STATUS_DEVICE_BUSY},
        {EAGAIN, STATUS_SHARING_VIOLATION}, /* a lease, or RESOLVE_CACHED */
        {EFBIG, STATUS_FILE_TOO_LARGE},
        {EOVERFLOW, STATUS_FILE_TOO_LARGE},
        {E2BIG, STATUS_INVALID_PARAMETER},
        {EINVAL, STATUS_INVALID_PARAMETER},
        {EBADF, STATUS_INVALID_HANDLE},
        {EFAULT, STATUS_ACCESS_VIOLATION},
        {EINTR, STATUS_CANCELLED},
        {EIO, STATUS_IO_DEVICE_ERROR},
        {ENXIO, STATUS_NO_SUCH_DEVICE},
        {ENODEV, STATUS_NO_SUCH_DEVICE},
        {ENOMEM, STATUS_INSUFFICIENT_RESOURCES},
        {ENOEXEC, STATUS_INVALID_IMAGE_FORMAT},
        {ELIBBAD, STATUS_INVALID_IMAGE_FORMAT},
        {EXDEV, STATUS_NOT_SAME_DEVICE},
        {EOPNOTSUPP, STATUS_NOT_SUPPORTED},
        {ENOSYS, STATUS_NOT_SUPPORTED},
        {ESTALE, STATUS_FILE_INVALID},
        {ETIMEDOUT, STATUS_IO_TIMEOUT},
        {EHOSTDOWN, STATUS_NETWORK_NAME_DELETED},
        {ENOTCONN, STATUS_NETWORK_NAME_DELETED},
    };

    if (error == 0)
        return STATUS_SUCCESS;
    /* A name whose way leads through something that is no directory is not found there either. */
    if (error == ENOENT)
        return parent_missing ? STATUS_OBJECT_PATH_NOT_FOUND : STATUS_OBJECT_NAME_NOT_FOUND;
    if (error == ENOTDIR)
        return parent_missing ? STATUS_OBJECT_PATH_NOT_FOUND : STATUS_NOT_A_DIRECTORY;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].error == error)
            return table[i].status;
    }
    return STATUS_UNSUCCESSFUL;
}
