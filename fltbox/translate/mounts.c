#include "mounts.h"
#include "drives.h"
#include "translate.h"
#include "../source/mount_table.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define OWN_TABLE       "/proc/self/mountinfo"
#define ROOT_NUMBER     1 /* "/" is \Device\HarddiskVolume1, wherever it stands in the table */
#define BUCKETS         1024

/* Windows says of each volume that it is there; of tens of thousands of mounts those that are used
   are enough. */
#define VOLUMES_AT_ONCE 1024
#define VOLUMES_MAX     4096

/* Events come a while after they have happened, also those on what is no longer mounted. */
#define GONE_KEPT_NS    1000000000
#define GONE_MAX        256

/* Reading the table takes a tenth of the time at most, but need not be spread evenly. */
#define SHARE           10
#define SPARE_NS        100000000

static const struct mount_limits limits = {
    .mounts = 131072, .bytes = 64 << 20, .nanoseconds = 1000000000};

static struct mount_table table;
static struct mount **of_entry; /* by place in the table; NULL: not met yet */
static struct mount *buckets[BUCKETS];
static struct {
    struct mount *first, *last;
    unsigned count;
} listed, gone;            /* gone: the one that went first is first */
static struct mount *root; /* where the table has none: in a directory that is no mount point */
static uint64_t uses;
static unsigned last_number = ROOT_NUMBER;
static bool root_seen;

static const char *table_name = OWN_TABLE;
static int changes = -1;   /* the table, polled for changes */
static bool changed;       /* since the table was read */
static uint64_t looked_ns; /* CLOCK_REALTIME before the last poll */
static uint64_t read_ns;   /* CLOCK_REALTIME before the table was read last */
static int64_t spare_ns;   /* that reading may take now */
static uint64_t spared_ns; /* CLOCK_MONOTONIC: when that was counted */

static uint64_t time_of(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* ---- Volumes ------------------------------------------------------------------------------- */

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
    const char *point = m->point_length > 0 ? m->point : "/";
    size_t length = strlen(point);
    uint16_t *dos = malloc((length + 1) * sizeof(*dos));

    if (dos == NULL)
        abort();
    for (size_t i = 0; i < sizeof(filesystems) / sizeof(filesystems[0]); i++) {
        if (m->filesystem != NULL && strcmp(filesystems[i].linux_name, m->filesystem) == 0) {
            info.filesystem = filesystems[i].type;
            if (filesystems[i].network)
                info.device_type = FILE_DEVICE_NETWORK_FILE_SYSTEM;
        }
    }
    m->device_units = snprintf(device, sizeof(device), "\\Device\\HarddiskVolume%u", m->number);
    m->device = nt_wide(device);
    RtlInitUnicodeString(&info.device_name, m->device);
    info.dos_name.Buffer = (wchar_t *)dos;
    info.dos_name.Length = sizeof(*dos) * translate_name(point, length, dos, true);
    info.dos_name.MaximumLength = info.dos_name.Length;
    m->volume = flt_volume_mount(&info);
    free(dos);
}

unsigned mounts_next_number(void)
{
    return ++last_number;
}

static void append(struct mount *m)
{
    struct mount **last = m->listed ? &listed.last : &gone.last;
    struct mount **first = m->listed ? &listed.first : &gone.first;

    m->next = NULL;
    m->previous = *last;
    *(*last != NULL ? &(*last)->next : first) = m;
    *last = m;
    *(m->listed ? &listed.count : &gone.count) += 1;
}

static void take_out(struct mount *m)
{
    struct mount **last = m->listed ? &listed.last : &gone.last;
    struct mount **first = m->listed ? &listed.first : &gone.first;

    *(m->previous != NULL ? &m->previous->next : first) = m->next;
    *(m->next != NULL ? &m->next->previous : last) = m->previous;
    *(m->listed ? &listed.count : &gone.count) -= 1;
}

static void free_mount(struct mount *m)
{
    struct mount **link = &buckets[m->id % BUCKETS];

    while (*link != m)
        link = &(*link)->next_id;
    *link = m->next_id;
    take_out(m);
    flt_volume_dismount(m->volume);
    free(m->point);
    free(m->filesystem);
    free(m->device);
    free(m);
}

static void retire(struct mount *m, uint64_t when_ns)
{
    take_out(m);
    m->listed = false;
    m->gone_ns = when_ns;
    append(m);
}

/* Those that nobody will ask for any more, and those beyond the limits: what is gone goes first,
   then what was not used for longest, which becomes another volume when it is used again. */
static void make_room(uint64_t when_ns)
{
    while (gone.count > 0 &&
           (gone.count > GONE_MAX || when_ns > gone.first->gone_ns + GONE_KEPT_NS))
        free_mount(gone.first);
    if (listed.count >= VOLUMES_MAX) {
        struct mount *oldest = NULL;

        for (struct mount *m = listed.first; m != NULL; m = m->next) {
            if (m != root && (oldest == NULL || m->used < oldest->used))
                oldest = m;
        }
        for (size_t i = 0; i < table.count; i++) {
            if (of_entry[i] == oldest)
                of_entry[i] = NULL;
        }
        free_mount(oldest);
    }
}

static struct mount *new_mount(uint32_t id, const char *point, size_t length,
                               const char *filesystem, bool read_only, bool is_listed)
{
    struct mount *m = calloc(1, sizeof(*m));

    if (m == NULL)
        abort();
    *m = (struct mount){
        .id = id,
        .point = strndup(point, length),
        .point_length = length,
        .filesystem = filesystem != NULL ? strdup(filesystem) : NULL,
        .number = length == 0 && !root_seen ? ROOT_NUMBER : mounts_next_number(),
        .listed = is_listed,
        .used = ++uses,
    };
    if (m->point == NULL || (filesystem != NULL && m->filesystem == NULL))
        abort();
    root_seen = root_seen || length == 0;
    m->next_id = buckets[id % BUCKETS];
    buckets[id % BUCKETS] = m;
    append(m);
    mount_volume(m, read_only);
    return m;
}

/* ---- The table ----------------------------------------------------------------------------- */

static struct mount *of_place_in_table(size_t i)
{
    const struct mount_entry *e = &table.entries[i];

    if (of_entry[i] == NULL) {
        make_room(read_ns);
        of_entry[i] =
            new_mount(e->id, e->point, e->point_length, e->filesystem, e->read_only, true);
    }
    return of_entry[i];
}

/* The volume that the mount was when the table was read before, or when an event told of it. */
static struct mount *known(const struct mount_entry *e)
{
    for (struct mount *m = buckets[e->id % BUCKETS]; m != NULL; m = m->next_id) {
        if (m->id == e->id && !m->elsewhere && (m->listed || m->filesystem == NULL) &&
            m->point_length == e->point_length && strcmp(m->point, e->point) == 0 &&
            (m->filesystem == NULL || strcmp(m->filesystem, e->filesystem) == 0))
            return m;
    }
    return NULL;
}

/* Those that were in the table and are not any more. */
static void find_gone(void)
{
    struct mount *next;

    for (struct mount *m = listed.first; m != NULL; m = next) {
        const struct mount_entry *e = mount_by_id(&table, m->id);

        next = m->next;
        if (m != root && !m->elsewhere && (e == NULL || of_entry[e - table.entries] != m))
            retire(m, read_ns);
    }
}

static void read_table(void)
{
    uint64_t before = read_ns, now = time_of(CLOCK_REALTIME), begun = time_of(CLOCK_MONOTONIC);
    struct mount **volumes;

    if (mount_table_read(&table, table_name, "", &limits) == 0) {
        volumes = calloc(table.count, sizeof(*volumes));
        if (volumes == NULL)
            abort();
        free(of_entry);
        of_entry = volumes;
        read_ns = now;
        for (size_t i = 0; i < table.count; i++) {
            struct mount *m = known(&table.entries[i]);

            of_entry[i] = m;
            if (m != NULL && !m->listed) {
                take_out(m);
                m->listed = true;
                append(m);
            }
        }
        find_gone();
        for (size_t i = 0; i < table.count && listed.count < VOLUMES_AT_ONCE; i++) {
            if (of_entry[i] == NULL)
                of_place_in_table(i)->absent_ns = before;
        }
    }
    changed = false;
    spare_ns -= (int64_t)(time_of(CLOCK_MONOTONIC) - begun);
}

/* Reads the table anew where it has changed. */
static void look(void)
{
    struct pollfd p = {.fd = changes, .events = POLLPRI};
    uint64_t now = time_of(CLOCK_MONOTONIC);

    looked_ns = time_of(CLOCK_REALTIME);
    spare_ns += (int64_t)((now - spared_ns) / SHARE);
    if (spare_ns > SPARE_NS)
        spare_ns = SPARE_NS;
    spared_ns = now;
    if (changes >= 0 && poll(&p, 1, 0) > 0 && p.revents & (POLLPRI | POLLERR))
        changed = true;
    if (changed && spare_ns > 0)
        read_table();
}

/* ---- Paths --------------------------------------------------------------------------------- */

/* Can it be the mount that the event was on? Ids and places are used again, so without the id that
   is not, time decides. */
static bool is_of(const struct mount *m, const char *path, const struct mount_place *place,
                  uint64_t when_ns)
{
    if (m->id != place->id || m->elsewhere || !mount_lies_below(path, m->point, m->point_length) ||
        (place->point_known && m->point_length != place->point))
        return false;
    if (place->unique != 0 && m->unique != 0)
        return place->unique == m->unique;
    return (m->listed || when_ns <= m->gone_ns) && when_ns >= m->absent_ns;
}

static struct mount *by_place(const char *path, const struct mount_place *place, uint64_t when_ns)
{
    struct mount *found = NULL;

    for (struct mount *m = buckets[place->id % BUCKETS]; m != NULL; m = m->next_id) {
        if (!is_of(m, path, place, when_ns))
            continue;
        if (place->unique != 0 && m->unique == place->unique)
            return m;
        if (found == NULL || (m->listed && !found->listed))
            found = m;
    }
    if (found != NULL && place->unique != 0)
        found->unique = place->unique;
    return found;
}

/*
 * Of one that came and went between two looks at the table; or it came in the place of another, in
 * every way but the id that is its own, and the table looks as it did before. These ids rise.
 */
static struct mount *make_of_place(const char *path, const struct mount_place *place,
                                   uint64_t when_ns)
{
    const struct mount_entry *e = mount_by_id(&table, place->id);
    struct mount *m = e != NULL ? of_entry[e - table.entries] : NULL;

    if (m != NULL && m->point_length == place->point && place->unique > m->unique &&
        mount_lies_below(path, m->point, m->point_length)) {
        retire(m, when_ns);
        of_entry[e - table.entries] = NULL;
        m = of_place_in_table(e - table.entries);
        m->unique = place->unique;
        return m;
    }
    make_room(when_ns);
    m = new_mount(place->id, path, place->point, NULL, false, false);
    m->unique = place->unique;
    m->gone_ns = when_ns > looked_ns ? when_ns : looked_ns;
    return m;
}

static struct mount *by_path(const char *path)
{
    const struct mount_entry *e = mount_seen_at(&table, path);

    if (e != NULL)
        return of_place_in_table(e - table.entries);
    /* After a chroot(2) to a directory that is no mount point, or without /proc. */
    if (root == NULL)
        root = new_mount(0, "", 0, "unknown", false, true);
    return root;
}

/*
 * Of a mount in another mount namespace, whose id is no other's while it is there. Whether it
 * is gone is not known: it stays until others need its room. Where its point is not known the
 * names on its volume are those from the root directory on.
 */
static struct mount *elsewhere(const char *path, const struct mount_place *place, uint64_t when_ns)
{
    size_t point = place->point_known ? place->point : 0;
    struct mount *m;

    for (m = buckets[place->id % BUCKETS]; m != NULL; m = m->next_id) {
        if (m->elsewhere && m->id == place->id && m->unique == place->unique &&
            m->files == place->device && m->point_length == point &&
            mount_lies_below(path, m->point, m->point_length))
            return m;
    }
    make_room(when_ns);
    m = new_mount(place->id, path, point, NULL, false, true);
    m->elsewhere = true;
    m->unique = place->unique;
    m->files = place->device;
    return m;
}

const struct mount *mount_of(const char *path, const struct mount_place *place, uint64_t when_ns)
{
    static uint64_t previous_ns;
    bool placed = place != NULL && place->id != 0;
    struct mount *m = NULL;

    if (placed && place->elsewhere)
        m = elsewhere(path, place, when_ns);
    else if (placed)
        m = by_place(path, place, when_ns);
    if (m == NULL) {
        /* Where time goes backwards the clock may have been set: then nothing is known. */
        if (when_ns >= looked_ns || when_ns < previous_ns) {
            look();
            m = placed ? by_place(path, place, when_ns) : NULL;
        }
        previous_ns = when_ns;
    }
    if (m == NULL && placed && place->point_known)
        m = make_of_place(path, place, when_ns);
    if (m == NULL)
        m = by_path(path);
    m->used = ++uses;
    return m;
}

void translate_mounts_from(const char *path)
{
    table_name = path != NULL ? path : OWN_TABLE;
}

void translate_mounts_open(void)
{
    changes = open(table_name, O_RDONLY | O_CLOEXEC);
    read_table();
    by_path("/"); /* whatever is there */
}

void translate_mounts_close(void)
{
    drives_close();
    if (changes >= 0)
        close(changes);
    changes = -1;
    while (listed.first != NULL)
        free_mount(listed.first);
    while (gone.first != NULL)
        free_mount(gone.first);
    root = NULL;
    mount_table_free(&table);
    free(of_entry);
    of_entry = NULL;
    last_number = ROOT_NUMBER;
    root_seen = false;
    looked_ns = read_ns = 0;
}
