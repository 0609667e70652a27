#include "synthetic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLL_ACTIVITIES 256
#define PATHS           200
#define PROCESSES       4   /* that stay */
#define CHILD_PERIOD    500 /* opens from one child to the next */
#define CHILD_OPENS     20
#define CHILD_IDS       1000 /* until one comes again */
#define STEP_NS         10000
#define START_NS        1700000000000000000u
#define MOUNT_ID        24 /* of "/" */

/* What a small machine has. */
static const char mount_table[] =
    "21 24 0:20 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw\n"
    "22 24 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw\n"
    "23 24 0:5 / /dev rw,nosuid,relatime shared:2 - devtmpfs udev rw,size=8192k,mode=755\n"
    "24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "25 23 0:22 / /dev/pts rw,nosuid,noexec,relatime shared:3 - devpts devpts rw,gid=5\n"
    "26 24 0:23 / /run rw,nosuid,nodev,noexec,relatime shared:5 - tmpfs tmpfs rw,size=1632k\n"
    "27 23 0:24 / /dev/shm rw,nosuid,nodev shared:4 - tmpfs tmpfs rw\n"
    "28 24 8:17 / /boot rw,relatime shared:30 - ext4 /dev/sdb1 rw\n";

struct source {
    activity_sink *sink;
    void *context;
    uint64_t opens, left;
    uint64_t now;
    uint64_t children;
    pid_t child; /* that lives; 0: none */
    unsigned child_opens;
    bool begun;
    char *paths[PATHS];
    char *missing[PATHS]; /* beside each */
};

static const char *const directories[] = {
    "/etc",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/include/x86_64-linux-gnu/bits/types",
    "/usr/lib/python3.11/site-packages/numpy/core/include/numpy",
    "/home/someone/src/project/drivers/net/ethernet/vendor",
    "/tmp",
    "/usr/share/locale/de/LC_MESSAGES",
    "/var/lib/dpkg/info",
};
#define DIRECTORIES (sizeof(directories) / sizeof(directories[0]))

static char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *text(const char *format, ...)
{
    va_list arguments;
    char *s;

    va_start(arguments, format);
    if (vasprintf(&s, format, arguments) < 0)
        abort();
    va_end(arguments);
    return s;
}

struct source *synthetic_new(uint64_t opens, activity_sink *sink, void *context)
{
    struct source *s = calloc(1, sizeof(*s));

    if (s == NULL)
        abort();
    s->sink = sink;
    s->context = context;
    s->opens = s->left = opens;
    s->now = START_NS;
    for (unsigned i = 0; i < PATHS; i++) {
        const char *directory = directories[i % DIRECTORIES];

        s->paths[i] = text("%s/some_file_%u.h", directory, i);
        s->missing[i] = text("%s/../lib%u.so", directory, i);
    }
    return s;
}

const char *synthetic_mounts(void)
{
    static char *path;
    ssize_t size = sizeof(mount_table) - 1;
    int fd;

    if (path != NULL)
        return path;
    fd = memfd_create("mounts", 0);
    if (fd < 0 || write(fd, mount_table, size) != size)
        abort();
    path = text("/proc/self/fd/%d", fd);
    return path;
}

static void tell(struct source *s, struct activity *a)
{
    a->tid = a->pid;
    a->start_ns = s->now;
    a->end_ns = s->now + STEP_NS / 2;
    s->now += STEP_NS;
    s->sink(s->context, a);
}

static void fork_process(struct source *s, pid_t pid, pid_t parent)
{
    struct activity a = {.kind = ACTIVITY_FORK, .pid = pid, .ppid = parent, .image = "/bin/dash"};

    tell(s, &a);
}

static void begin(struct source *s)
{
    fork_process(s, SYNTHETIC_PID, 1);
    for (unsigned i = 1; i < PROCESSES; i++)
        fork_process(s, SYNTHETIC_PID + i, SYNTHETIC_PID);
    s->begun = true;
}

static void open_file(struct source *s, pid_t pid, unsigned which)
{
    bool fails = which % 10 == 9;
    struct activity a = {
        .kind = ACTIVITY_OPEN,
        .pid = pid,
        .path = fails ? s->missing[which] : s->paths[which],
        .error = fails ? ENOENT : 0,
        .flags = which % 16 == 3 ? O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDONLY | O_CLOEXEC,
        .mode = 0644,
    };

    if (!fails) {
        a.type = which % 50 == 7 ? S_IFDIR : S_IFREG;
        a.dev = 1;
        a.ino = 1000 + which;
        a.mount = MOUNT_ID;
    }
    tell(s, &a);
    s->left--;
}

/* A child begins: it counts as one open, that of its program. */
static void start_child(struct source *s)
{
    struct activity a = {
        .kind = ACTIVITY_EXEC,
        .path = "/usr/lib/gcc/x86_64-linux-gnu/12/cc1",
        .type = S_IFREG,
        .dev = 1,
        .ino = 999,
        .mount = MOUNT_ID,
    };

    s->child = SYNTHETIC_PID + PROCESSES + (pid_t)(s->children++ % CHILD_IDS);
    s->child_opens = 0;
    fork_process(s, s->child, SYNTHETIC_PID);
    a.pid = s->child;
    tell(s, &a);
    a.kind = ACTIVITY_IMAGE;
    a.ppid = SYNTHETIC_PID;
    a.image = a.path;
    a.command_line = "cc1 -quiet -imultiarch x86_64-linux-gnu main.c -O2 -o main.s";
    tell(s, &a);
    s->left--;
}

static void end_child(struct source *s)
{
    struct activity a = {.kind = ACTIVITY_EXIT, .pid = s->child};

    tell(s, &a);
    s->child = 0;
}

static void next(struct source *s)
{
    uint64_t done = s->opens - s->left;
    unsigned which = done * 7 % PATHS;

    if (s->child != 0) {
        open_file(s, s->child, which);
        if (++s->child_opens == CHILD_OPENS)
            end_child(s);
    } else if (done % CHILD_PERIOD == CHILD_PERIOD - 1) {
        start_child(s);
    } else {
        open_file(s, SYNTHETIC_PID + done / 16 % PROCESSES, which);
    }
}

static int synthetic_poll(struct source *s, int timeout_ms)
{
    (void)timeout_ms;
    if (!s->begun)
        begin(s);
    if (s->left == 0)
        return -ECHILD;
    for (unsigned i = 0; i < POLL_ACTIVITIES && s->left > 0; i++)
        next(s);
    return 1;
}

static void synthetic_close(struct source *s)
{
    if (s == NULL)
        return;
    for (unsigned i = 0; i < PATHS; i++) {
        free(s->paths[i]);
        free(s->missing[i]);
    }
    free(s);
}

const struct source_ops source_synthetic = {
    .name = "synthetic",
    .poll = synthetic_poll,
    .close = synthetic_close,
};
