#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pe/image.h"

bool pe_refuse(struct pe_loader *l, const char *format, ...)
{
    va_list args;
    char *line = NULL, *all = NULL;

    va_start(args, format);
    if (vasprintf(&line, format, args) < 0)
        line = NULL;
    va_end(args);
    if (asprintf(&all, "%s%s%s: %s", l->error ? l->error : "", l->error ? "\n" : "", l->path,
                 line ? line : "out of memory") < 0)
        all = NULL;
    free(line);
    if (all) {
        free(l->error);
        l->error = all;
    }
    return false;
}

const void *pe_file_at(const struct pe_loader *l, uint64_t offset, uint64_t size)
{
    if (offset > l->file_size || size > l->file_size - offset)
        return NULL;
    return l->file + offset;
}

void *pe_image_at(const struct pe_image *image, uint64_t rva, uint64_t size)
{
    if (rva > image->size || size > image->size - rva)
        return NULL;
    return image->base + rva;
}

bool pe_read_file(struct pe_loader *l)
{
    struct stat st;
    bool ok = false;
    /* Not to block on a FIFO that somebody named a driver. */
    int fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return pe_refuse(l, "cannot open: %s", strerror(errno));
    if (fstat(fd, &st) < 0) {
        pe_refuse(l, "cannot read: %s", strerror(errno));
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        pe_refuse(l, "not a regular file");
        goto out;
    }
    if (st.st_size > (off_t)PE_FILE_SIZE_MAX) {
        pe_refuse(l, "too large for a driver: %lld bytes, the limit is %u", (long long)st.st_size,
                  PE_FILE_SIZE_MAX);
        goto out;
    }
    l->file = malloc(st.st_size ? (size_t)st.st_size : 1);
    if (!l->file) {
        pe_refuse(l, "out of memory");
        goto out;
    }
    while (l->file_size < (size_t)st.st_size) {
        ssize_t n = read(fd, l->file + l->file_size, (size_t)st.st_size - l->file_size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            pe_refuse(l, "cannot read: %s", strerror(errno));
            goto out;
        }
        if (n == 0)
            break; /* it shrank; what is there is judged as it is */
        l->file_size += (size_t)n;
    }
    ok = true;
out:
    close(fd);
    return ok;
}
