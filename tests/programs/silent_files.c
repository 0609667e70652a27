/*
 * silent_files DIRECTORY: mounts a file system there for everybody, in which each name is a file,
 * that can be opened and whose content never comes. Says "ready" and serves until it is killed. 77:
 * that cannot be had.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_SIZE 65536

static void answer(int fd, const struct fuse_in_header *in, int error, const void *body,
                   size_t size)
{
    struct {
        struct fuse_out_header header;
        char body[256];
    } out = {.header = {.len = sizeof(out.header) + size, .error = error, .unique = in->unique}};

    memcpy(out.body, body, size);
    if (write(fd, &out, out.header.len) < 0)
        _exit(1);
}

/* One file, whatever it is called. Reading it is not answered. */
_Noreturn static void serve(int fd)
{
    static char request[1 << 17];
    const struct fuse_in_header *in = (void *)request;
    const struct fuse_attr directory = {.ino = 1, .mode = S_IFDIR | 0777, .nlink = 2},
                           file = {.ino = 2, .mode = S_IFREG | 0666, .nlink = 1, .size = FILE_SIZE};
    const struct fuse_init_out init = {
        .major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096};
    const struct fuse_entry_out entry = {
        .nodeid = 2, .entry_valid = 1000, .attr_valid = 1000, .attr = file};
    const struct fuse_open_out opened = {.fh = 1};

    while (read(fd, request, sizeof(request)) >= (ssize_t)sizeof(*in)) {
        const struct fuse_attr_out attributes = {.attr_valid = 1000,
                                                 .attr = in->nodeid == 1 ? directory : file};

        switch (in->opcode) {
        case FUSE_INIT:
            answer(fd, in, 0, &init, sizeof(init));
            break;
        case FUSE_LOOKUP:
            answer(fd, in, 0, &entry, sizeof(entry));
            break;
        case FUSE_GETATTR:
            answer(fd, in, 0, &attributes, sizeof(attributes));
            break;
        case FUSE_OPEN:
            answer(fd, in, 0, &opened, sizeof(opened));
            break;
        case FUSE_READ:
        case FUSE_FORGET:
        case FUSE_BATCH_FORGET:
        case FUSE_INTERRUPT:
            break;
        default:
            answer(fd, in, -ENOSYS, NULL, 0);
        }
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    char options[128];
    int fd = open("/dev/fuse", O_RDWR);

    if (argc != 2)
        return 2;
    snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%d,group_id=%d,allow_other",
             fd, geteuid(), getegid());
    if (fd < 0 || mount("test", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0)
        return 77;
    if (write(1, "ready\n", 6) != 6)
        return 1;
    serve(fd);
}
