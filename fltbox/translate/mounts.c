#include "mounts.h"
#include "drives.h"
#include "translate.h"
#include "../source/proc.h"

#include <poll.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Sorted: longer mount points first and, among equal ones, those mounted later, which hide the
   earlier ones. */
static struct mount *mounts;
static size_t mount_count;
#define OWN_TABLE   "/proc/self/mountinfo"
#define ROOT_NUMBER 1 /* "/" is \Device\HarddiskVolume1, wherever it stands in the table */
static unsigned last_number = ROOT_NUMBER;
static bool root_seen;
static const char *table = OWN_TABLE;
static int changes = -1;   /* the table, polled for changes */
static uint64_t looked_ns; /* CLOCK_REALTIME before the last poll */

static const struct {
    const char *linux_name;
    FLT_FILESYSTEM_TYPE type;
    bool network;
} filesystems[] = {
    {"ntfs", FLT_FSTYPE_NTFS, false},   {"ntfs3", FLT_FSTYPE_NTFS, false},
    {"vfat", FLT_FSTYPE_FAT, false},    {"msdos", FLT_FSTYPE_FAT, false},
    {"exfat", FLT_FSTYPE_EXFAT, false}, {"iso9660", FLT_FSTYPE_CDFS, false},
    {"udf", FLT_FSTYPE_UDFS, false},    {"cifs", FLT_FSTYPE_LANMAN, true},
    {"smb3", FLT_FSTYPE_LANMAN, true},  {"nfs", FLT_FSTYPE_NFS, true},
    {"nfs4", FLT_FSTYPE_NFS, true},     {"davfs", FLT_FSTYPE_WEBDAV, true},
    {"afs", FLT_FSTYPE_OPENAFS, true},  {"gpfs", FLT_FSTYPE_GPFS, false},
    {"9p", FLT_FSTYPE_UNKNOWN, true},   {"ceph", FLT_FSTYPE_UNKNOWN, true},
};

static void mount_volume(struct mount *m, bool read_only)
{
    struct flt_volume_info info = {
        .filesystem = FLT_FSTYPE_UNKNOWN,
        .device_type = FILE_DEVICE_DISK_FILE_SYSTEM,
        .read_only = read_only,
        .sector_size = 512,
    };
    char device[64];
    size_t length = strlen(m->point);
    uint16_t *dos = malloc((length + 1) * sizeof(*dos));

    if (dos == NULL)
        abort();
    for (size_t i = 0; i < sizeof(filesystems) / sizeof(filesystems[0]); i++) {
        if (strcmp(filesystems[i].linux_name, m->filesystem) == 0) {
            info.filesystem = filesystems[i].type;
            if (filesystems[i].network)
                info.device_type = FILE_DEVICE_NETWORK_FILE_SYSTEM;
        }
    }
    m->device_units = snprintf(device, sizeof(device), "\\Device\\HarddiskVolume%u", m->number);
    m->device = nt_wide(device);
    RtlInitUnicodeString(&info.device_name, m->device);
    info.dos_name.Buffer = (wchar_t *)dos;
    info.dos_name.Length = sizeof(*dos) * translate_name(m->point, length, dos, true);
    info.dos_name.MaximumLength = info.dos_name.Length;
    m->volume = flt_volume_mount(&info);
    free(dos);
}

static void free_mount(struct mount *m)
{
    flt_volume_dismount(m->volume);
    free(m->point);
    free(m->filesystem);
    free(m->device);
}

struct line {
    uint64_t id;
    char *point;
    char *options;
    char *filesystem;
};

/* "36 35 98:0 /root /point rw,noatime shared:1 - ext3 /dev/sda rw": see proc_pid_mountinfo(5). */
static bool parse_line(char *text, struct line *line)
{
    char *save, *field = strtok_r(text, " \n", &save);

    for (int i = 0; field != NULL && i < 6; i++, field = strtok_r(NULL, " \n", &save)) {
        if (i == 0)
            line->id = strtoull(field, NULL, 10);
        else if (i == 4)
            line->point = field;
        else if (i == 5)
            line->options = field;
    }
    while (field != NULL && strcmp(field, "-") != 0)
        field = strtok_r(NULL, " \n", &save);
    if (field == NULL || (line->filesystem = strtok_r(NULL, " \n", &save)) == NULL)
        return false;
    proc_unescape(line->point);
    return line->point[0] == '/';
}

static int by_point(const void *a, const void *b)
{
    const struct mount *x = a, *y = b;

    if (x->point_length != y->point_length)
        return x->point_length < y->point_length ? 1 : -1;
    return x->number < y->number ? 1 : -1;
}

unsigned mounts_next_number(void)
{
    return ++last_number;
}

static void add_line(const struct line *line)
{
    struct mount *m;
    bool root = strcmp(line->point, "/") == 0;

    for (size_t i = 0; i < mount_count; i++) {
        if (mounts[i].id == line->id && strcmp(mounts[i].point, line->point) == 0 &&
            strcmp(mounts[i].filesystem, line->filesystem) == 0) {
            mounts[i].seen = true;
            return;
        }
    }
    mounts = reallocarray(mounts, mount_count + 1, sizeof(*mounts));
    if (mounts == NULL)
        abort();
    m = &mounts[mount_count++];
    *m = (struct mount){
        .id = line->id,
        .point = strdup(line->point),
        .point_length = root ? 0 : strlen(line->point),
        .filesystem = strdup(line->filesystem),
        .number = root && !root_seen ? ROOT_NUMBER : mounts_next_number(),
        .seen = true,
    };
    root_seen = root_seen || root;
    mount_volume(m, strncmp(line->options, "ro", 2) == 0 &&
                        (line->options[2] == ',' || line->options[2] == '\0'));
}

static bool has_root(void)
{
    for (size_t i = 0; i < mount_count; i++) {
        if (mounts[i].seen && mounts[i].point_length == 0)
            return true;
    }
    return false;
}

static void read_table(void)
{
    FILE *f = fopen(table, "re");
    char *text = NULL;
    size_t size = 0, kept = 0;

    for (size_t i = 0; i < mount_count; i++)
        mounts[i].seen = false;
    if (f != NULL) {
        while (getline(&text, &size, f) > 0) {
            struct line line;

            if (parse_line(text, &line))
                add_line(&line);
        }
        fclose(f);
    }
    free(text);
    if (!has_root()) {
        /* After a chroot(2) to a directory that is no mount point, or without /proc. */
        struct line root = {.id = 0, .point = "/", .options = "rw", .filesystem = "unknown"};

        add_line(&root);
    }
    for (size_t i = 0; i < mount_count; i++) {
        if (mounts[i].seen)
            mounts[kept++] = mounts[i];
        else
            free_mount(&mounts[i]);
    }
    mount_count = kept;
    qsort(mounts, mount_count, sizeof(*mounts), by_point);
}

static bool lies_on(const char *path, const struct mount *m)
{
    return m->point_length == 0 ||
           (strncmp(path, m->point, m->point_length) == 0 &&
            (path[m->point_length] == '/' || path[m->point_length] == '\0'));
}

/* The last one found comes first: most files of a program are on one mount. */
static const struct mount *by_id(const char *path, uint64_t id)
{
    static size_t last;

    for (size_t i = 0; id != 0 && i < mount_count; i++) {
        const struct mount *m = &mounts[(last + i) % mount_count];

        if (m->id == id && lies_on(path, m)) {
            last = m - mounts;
            return m;
        }
    }
    return NULL;
}

/* Reads the table anew where it has changed. */
static void look(void)
{
    struct pollfd p = {.fd = changes, .events = POLLPRI};
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    looked_ns = now.tv_sec * 1000000000ull + now.tv_nsec;
    if (changes >= 0 && poll(&p, 1, 0) > 0 && p.revents & (POLLPRI | POLLERR))
        read_table();
}

const struct mount *mount_of(const char *path, uint64_t id, uint64_t when_ns)
{
    static uint64_t previous_ns;
    const struct mount *m = by_id(path, id);

    if (m != NULL)
        return m;
    /* Where time goes backwards the clock may have been set: then nothing is known. */
    if (when_ns >= looked_ns || when_ns < previous_ns) {
        look();
        m = by_id(path, id);
    }
    previous_ns = when_ns;
    for (size_t i = 0; m == NULL && i < mount_count; i++) {
        if (lies_on(path, &mounts[i]))
            m = &mounts[i];
    }
    return m;
}

void translate_mounts_from(const char *path)
{
    table = path != NULL ? path : OWN_TABLE;
}

void translate_mounts_open(void)
{
    changes = open(table, O_RDONLY | O_CLOEXEC);
    read_table();
}

void translate_mounts_close(void)
{
    drives_close();
    if (changes >= 0)
        close(changes);
    changes = -1;
    for (size_t i = 0; i < mount_count; i++)
        free_mount(&mounts[i]);
    free(mounts);
    mounts = NULL;
    mount_count = 0;
    last_number = ROOT_NUMBER;
    root_seen = false;
}
