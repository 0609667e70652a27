/*
 * many_mounts HOW COUNT SECONDS: as an ordinary user, in a mount namespace of its own with COUNT
 * mounts, opens files that are there and files that are not. HOW: `upon` one another, `beside` one
 * another, `long` names (beside), or `changing`: one of COUNT/10 is made and taken away all the
 * time. Prints how many opens there were. 77: namespaces are not to be had.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void must(int ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(errno == EPERM || errno == ENOSYS || errno == ENOSPC ? 77 : 1);
}

static void write_file(const char *name, const char *text)
{
    int fd = open(name, O_WRONLY);

    must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), name);
    close(fd);
}

static void enter_namespace(void)
{
    unsigned uid = getuid(), gid = getgid();
    char map[64];

    must(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0, "unshare");
    write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof(map), "0 %u 1", uid);
    write_file("/proc/self/uid_map", map);
    snprintf(map, sizeof(map), "0 %u 1", gid);
    write_file("/proc/self/gid_map", map);
    must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "mount");
    must(mount("none", "/mnt", "tmpfs", 0, NULL) == 0, "mount");
    must(mkdir("/mnt/x", 0777) == 0, "mkdir");
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long open_files(double seconds, int changing)
{
    double end = now() + seconds;
    char path[64];
    long count = 0;
    int fd;

    for (; now() < end; count++) {
        snprintf(path, sizeof(path), "/mnt/x/f%ld", count % 100);
        fd = open(path, O_RDONLY | (count % 2 ? O_CREAT : 0), 0644);
        if (fd >= 0) {
            close(fd);
            unlink(path);
        }
        if (changing) {
            must(mount("/mnt/x", "/mnt/x", NULL, MS_BIND, NULL) == 0, "mount");
            must(umount2("/mnt/x", MNT_DETACH) == 0, "umount");
        } else if (count % 1000 == 999) {
            usleep(100000);
        }
    }
    return count;
}

int main(int argc, char **argv)
{
    int count = argc == 4 ? atoi(argv[2]) : 0, changing = 0, beside = 0;
    char path[300];

    if (argc != 4)
        return 2;
    changing = strcmp(argv[1], "changing") == 0;
    beside = changing || strcmp(argv[1], "beside") == 0 || strcmp(argv[1], "long") == 0;
    enter_namespace();
    for (int i = 0; i < (changing ? count / 10 : count); i++) {
        snprintf(path, sizeof(path), "/mnt/x");
        if (beside) {
            /* Each byte of such a name is four in the list. */
            snprintf(path, sizeof(path), "/mnt/%d", i);
            if (strcmp(argv[1], "long") == 0)
                memset(path + strlen(path), '\n', 240);
            path[strcmp(argv[1], "long") == 0 ? 245 : 299] = '\0';
            must(mkdir(path, 0777) == 0, "mkdir");
        }
        must(mount("/mnt/x", path, NULL, MS_BIND, NULL) == 0, "mount");
    }
    printf("%ld\n", open_files(atof(argv[3]), changing));
    return 0;
}
