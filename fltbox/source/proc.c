#include "lookup.h"
#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000u
#endif
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000u
#endif

/* What a command line on Windows can hold at most; Linux takes megabytes. */
#define COMMAND_LINE_MAX 32766

/* Of /proc/PID/stat: 52 numbers and a name. */
#define STAT_MAX         2048

static const char deleted[] = " (deleted)";

int proc_stat(const char *path, int flags, struct statx *st)
{
    return statx(AT_FDCWD, path, flags | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
                 STATX_TYPE | STATX_INO | STATX_MNT_ID, st) < 0
               ? -errno
               : 0;
}

static bool same_file(const struct statx *a, const struct statx *b)
{
    return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major &&
           a->stx_dev_minor == b->stx_dev_minor;
}

/* Is that the file's name? */
static bool is_named(const struct statx *file, const char *path)
{
    int fd = lookup_open(AT_FDCWD, path, O_NOFOLLOW, 0);
    struct statx named;
    bool same;

    if (fd < 0)
        return false;
    same = statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &named) == 0 &&
           same_file(file, &named);
    close(fd);
    return same;
}

int proc_link_path(const char *link, char path[static PROC_NAME_MAX + 1])
{
    ssize_t n = readlink(link, path, PROC_NAME_MAX);
    const size_t tail = sizeof(deleted) - 1;

    if (n < 0)
        return -errno;
    path[n] = '\0';
    if (path[0] != '/')
        return -ENXIO;
    if ((size_t)n > tail && strcmp(path + n - tail, deleted) == 0) {
        struct statx behind;

        /* The kernel adds this to a name that is gone; but a file can be called so. */
        if (proc_stat(link, 0, &behind) == 0 && is_named(&behind, path))
            return 0;
        if (strncmp(path, "/memfd:", 7) == 0)
            return -ENXIO;
        path[n - tail] = '\0';
    }
    return 0;
}

static int look(const char *link, unsigned mask, struct proc_file *file)
{
    char path[PROC_NAME_MAX + 1];
    struct statx st;

    *file = (struct proc_file){0};
    if (statx(AT_FDCWD, link, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, mask, &st) < 0)
        return -errno;
    file->type = st.stx_mode & S_IFMT;
    file->dev = makedev(st.stx_dev_major, st.stx_dev_minor);
    file->ino = st.stx_ino;
    if (st.stx_mask & STATX_MNT_ID_UNIQUE)
        file->mount_unique = st.stx_mnt_id;
    else if (st.stx_mask & STATX_MNT_ID)
        file->mount = st.stx_mnt_id;
    if (proc_link_path(link, path) == 0 && (file->path = strdup(path)) == NULL)
        return -ENOMEM;
    return 0;
}

int proc_look(const char *link, struct proc_file *file)
{
    return look(link, STATX_TYPE | STATX_INO | STATX_MNT_ID, file);
}

int proc_look_unique(const char *link, struct proc_file *file)
{
    return look(link, STATX_TYPE | STATX_INO | STATX_MNT_ID | STATX_MNT_ID_UNIQUE, file);
}

void proc_join(proc_path to, const char *directory, const char *name)
{
    bool slash = name[0] == '/' || strcmp(directory, "/") == 0;

    if (name[0] == '/' && strcmp(directory, "/") == 0)
        directory = "";
    snprintf(to, sizeof(proc_path), "%s%s%s", directory, slash ? "" : "/", name);
}

/* Names that mean who asks; when we ask, they must mean the tracee. */
static const struct {
    const char *name, *below; /* stands for /proc/PID, and this below it */
} own_names[] = {
    {"/proc/self", ""},      {"/proc/thread-self", ""}, {"/dev/fd", "/fd"},
    {"/dev/stdin", "/fd/0"}, {"/dev/stdout", "/fd/1"},  {"/dev/stderr", "/fd/2"},
};

const char *proc_own_name(const char *name, pid_t pid, proc_path buffer)
{
    for (size_t i = 0; i < sizeof(own_names) / sizeof(own_names[0]); i++) {
        size_t n = strlen(own_names[i].name);

        if (strncmp(name, own_names[i].name, n) == 0 && (name[n] == '/' || name[n] == '\0')) {
            snprintf(buffer, sizeof(proc_path), "/proc/%d%s%s", pid, own_names[i].below, name + n);
            return buffer;
        }
    }
    return name;
}

/* ---- Images and command lines -------------------------------------------------------------- */

static size_t quote_argument(char *to, const char *argument)
{
    size_t n = 0, backslashes = 0;
    bool quotes = *argument == '\0' || argument[strcspn(argument, " \t\n\v\"")] != '\0';

    if (!quotes) {
        n = strlen(argument);
        memcpy(to, argument, n);
        return n;
    }
    to[n++] = '"';
    for (; *argument != '\0'; argument++) {
        if (*argument == '\\') {
            backslashes++;
        } else {
            /* Backslashes mean themselves, but not before a quote. */
            if (*argument == '"') {
                memset(to + n, '\\', backslashes + 1);
                n += backslashes + 1;
            }
            backslashes = 0;
        }
        to[n++] = *argument;
    }
    memset(to + n, '\\', backslashes);
    n += backslashes;
    to[n++] = '"';
    return n;
}

char *proc_quote(const char *arguments, size_t size, bool *cut)
{
    /* The worst are empty arguments, three bytes each, and quotes, two and the argument's two. */
    char *line = malloc(4 * size + 4);
    const char *end = arguments + size;
    size_t n = 0;

    if (line == NULL)
        return NULL;
    while (arguments < end) {
        if (n > 0)
            line[n++] = ' ';
        n += quote_argument(line + n, arguments);
        arguments += strlen(arguments) + 1;
    }
    *cut = n > COMMAND_LINE_MAX;
    if (*cut)
        n = COMMAND_LINE_MAX;
    line[n] = '\0';
    return line;
}

void proc_unescape(char *s)
{
    char *out = s;

    while (*s != '\0') {
        if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
            s[3] >= '0' && s[3] <= '7') {
            *out++ = (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0');
            s += 4;
        } else {
            *out++ = *s++;
        }
    }
    *out = '\0';
}

size_t proc_read(pid_t pid, const char *file, char *to, size_t size)
{
    char link[PROC_LINK_MAX];
    size_t n = 0;
    ssize_t got;
    int fd;

    snprintf(link, sizeof(link), "/proc/%d/%s", pid, file);
    fd = open(link, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && n < size - 1 && (got = read(fd, to + n, size - 1 - n)) > 0)
        n += got;
    if (fd >= 0)
        close(fd);
    to[n] = '\0';
    return n;
}

char *proc_command_line(pid_t pid, const char *begin, size_t size, bool *cut)
{
    char *arguments = malloc(COMMAND_LINE_MAX + 2), *line = NULL;
    bool more = false;
    size_t n;

    if (arguments == NULL)
        return NULL;
    n = proc_read(pid, "cmdline", arguments, COMMAND_LINE_MAX + 2);
    if (n < size || memcmp(arguments, begin, size) != 0)
        n = 0;
    /* Where we stopped reading, the last argument ends. */
    if (n > 0 && arguments[n - 1] != '\0') {
        more = n == COMMAND_LINE_MAX + 1;
        n++;
    }
    if (n > 0)
        line = proc_quote(arguments, n, cut);
    *cut = line != NULL && (*cut || more);
    free(arguments);
    return line;
}

#define COMM_MAX  15 /* what the kernel keeps of a process's name */
#define ARGUMENTS 3  /* interpreter, its option, script */

static const char *final_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

char *proc_executed(const char *path, const char *comm, const char *arguments, size_t size)
{
    const char *end = arguments + size;

    if (comm[0] == '\0')
        return NULL;
    if (path != NULL && strncmp(final_component(path), comm, COMM_MAX) == 0)
        return NULL;
    for (unsigned i = 0; strlen(comm) == COMM_MAX && i < ARGUMENTS && arguments < end; i++) {
        size_t length = strnlen(arguments, end - arguments);
        const char *name;

        if (length == (size_t)(end - arguments))
            break; /* cut */
        name = final_component(arguments);
        if (name[0] == '-') /* a login shell */
            name++;
        if (strncmp(name, comm, COMM_MAX) == 0)
            return strdup(name);
        arguments += length + 1;
    }
    return strdup(comm);
}

struct arguments {
    pid_t pid;
    size_t size;
    char text[ARGUMENTS * PROC_NAME_MAX];
};

_Static_assert(sizeof(struct arguments) <= LOOKUP_JOB_MAX, "a question");

static void read_arguments(void *job)
{
    struct arguments *a = job;

    a->size = proc_read(a->pid, "cmdline", a->text, sizeof(a->text));
}

/* A process may have its arguments where to read them takes as long as it likes. */
static char *executed_by(pid_t pid, const char *path)
{
    struct arguments a = {.pid = pid};
    char comm[64];
    size_t size = proc_read(pid, "comm", comm, sizeof(comm));

    if (size == 0)
        return NULL;
    /* The newline is the kernel's; a name can have its own before. */
    if (comm[size - 1] == '\n')
        comm[size - 1] = '\0';
    if (strlen(comm) == COMM_MAX && lookup_do(read_arguments, NULL, &a, sizeof(a)) != 0)
        a.size = 0;
    return proc_executed(path, comm, a.text, a.size);
}

struct proc_image *proc_image_new(void)
{
    struct proc_image *image = calloc(1, sizeof(*image));

    if (image != NULL)
        image->references = 1;
    return image;
}

/* What is executed from memory has no path, but the kernel has a name for it. NULL: it is none. */
static char *memory_name(const char *link)
{
    static const char memfd[] = "/memfd:";
    char path[PROC_NAME_MAX + 1];
    const size_t head = sizeof(memfd) - 1, tail = sizeof(deleted) - 1;
    ssize_t n = readlink(link, path, PROC_NAME_MAX);

    if (n < (ssize_t)(head + tail) || strncmp(path, memfd, head) != 0)
        return NULL;
    path[n - tail] = '\0';
    return strdup(path + 1);
}

/* Without its command line. */
static struct proc_image *read_names(pid_t pid)
{
    struct proc_image *image = proc_image_new();
    struct proc_file file;
    char link[PROC_LINK_MAX];

    if (image == NULL)
        return NULL;
    snprintf(link, sizeof(link), "/proc/%d/exe", pid);
    if (proc_look(link, &file) == 0)
        image->path = file.path != NULL ? file.path : memory_name(link);
    image->executed = executed_by(pid, image->path);
    return image;
}

struct proc_image *proc_image_read(pid_t pid)
{
    struct proc_image *image = read_names(pid);

    if (image != NULL)
        image->command_line = proc_command_line(pid, "", 0, &image->command_line_cut);
    return image;
}

void proc_each(void (*each)(void *context, pid_t, const struct proc_image *), void *context)
{
    DIR *processes = opendir("/proc");
    struct dirent *entry;

    while (processes != NULL && (entry = readdir(processes)) != NULL) {
        pid_t pid = atoi(entry->d_name);
        struct proc_image *image;

        if (pid <= 0 || pid == getpid())
            continue;
        image = read_names(pid);
        if (image != NULL)
            each(context, pid, image);
        proc_image_unref(image);
    }
    if (processes != NULL)
        closedir(processes);
}

struct proc_image *proc_image_ref(struct proc_image *image)
{
    if (image != NULL)
        image->references++;
    return image;
}

void proc_image_unref(struct proc_image *image)
{
    if (image == NULL || --image->references > 0)
        return;
    free(image->path);
    free(image->command_line);
    free(image->executed);
    free(image);
}

bool proc_parent(pid_t pid, pid_t *parent, uint64_t *started)
{
    unsigned long long ticks;
    char all[STAT_MAX], *end;

    /* The name in the parentheses may hold anything, newlines and parentheses too; nothing after
       it does. */
    proc_read(pid, "stat", all, sizeof(all));
    end = strrchr(all, ')');
    if (end == NULL ||
        sscanf(end + 1,
               " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               parent, &ticks) != 2)
        return false;
    *started = ticks * (1000000000ull / sysconf(_SC_CLK_TCK));
    return true;
}
