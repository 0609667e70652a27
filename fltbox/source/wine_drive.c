/* Object names of Windows programs, and the drives of the Wine prefix that they run in. */
#include "bpf_private.h"
#include "../find_case.h"
#include "../translate/translate.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LETTERS      26
#define UNC          LETTERS /* what UNC names lead to is one more */
#define DRIVES       (LETTERS + 1)
#define TRUST_MS     200 /* how long a drive is taken to be where it was */
#define NEVER_SEEN   0

/* Anyone who can start programs can make more prefixes, and more drives of one. */
#define PREFIXES_MAX 128
#define VOLUMES_MAX  256
#define ALL_VOLUMES  16384 /* ever: drivers know them, and keep them */

struct drive {
    struct activity_volume *volume; /* NULL: there is none */
    uint64_t looked_ms;
};

/* A volume lives on when its drive leads somewhere else: handles of files on it may. */
struct volume {
    struct activity_volume volume; /* first */
    char name[3];
    bool used;
    struct volume *next;
};

struct wine_prefix {
    struct wine_prefix *next;
    int directory; /* `dosdevices` */
    int root;      /* the root directory of its processes: links begin there */
    char *path;    /* `dosdevices` in that root directory */
    struct statx identity, root_identity;
    struct drive drives[DRIVES];
    struct volume *volumes;
    unsigned volume_count;
    bool used;
    bool full; /* drives are missing for want of room or memory */
};

static unsigned last_id;

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

static int open_in(int root, const char *path)
{
    return find_case_open(root, path, O_PATH | O_DIRECTORY);
}

/* ---- Prefixes ------------------------------------------------------------------------------ */

static bool identify(int fd, struct statx *identity)
{
    return statx(fd, "", AT_EMPTY_PATH, STATX_INO, identity) == 0;
}

static bool same(const struct statx *a, const struct statx *b)
{
    return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major &&
           a->stx_dev_minor == b->stx_dev_minor;
}

static void free_prefix(struct wine_prefix *p)
{
    while (p->volumes != NULL) {
        struct volume *v = p->volumes;

        p->volumes = v->next;
        free((char *)v->volume.directory);
        free(v);
    }
    if (p->directory >= 0)
        close(p->directory);
    if (p->root >= 0)
        close(p->root);
    free(p->path);
    free(p);
}

void wine_prefixes_free(struct wine_prefix *list)
{
    while (list != NULL) {
        struct wine_prefix *next = list->next;

        free_prefix(list);
        list = next;
    }
}

void wine_prefixes_unmark(struct wine_prefix *list)
{
    for (struct wine_prefix *p = list; p != NULL; p = p->next) {
        p->used = false;
        for (struct volume *v = p->volumes; v != NULL; v = v->next)
            v->used = false;
    }
}

void wine_prefix_mark(struct wine_prefix *p)
{
    p->used = true;
}

void wine_volume_mark(const struct activity_volume *v)
{
    ((struct volume *)v)->used = true;
}

void wine_prefixes_sweep(struct wine_prefix **list)
{
    while (*list != NULL) {
        struct wine_prefix *p = *list;
        bool used = p->used;

        for (struct volume *v = p->volumes; v != NULL && !used; v = v->next)
            used = v->used;
        if (used) {
            list = &p->next;
        } else {
            *list = p->next;
            free_prefix(p);
        }
    }
}

bool wine_prefixes_are_full(const struct wine_prefix *list)
{
    unsigned count = 0;

    for (; list != NULL; list = list->next)
        count++;
    return count >= PREFIXES_MAX;
}

struct wine_prefix *wine_prefix_find(struct wine_prefix **list, pid_t pid, const char *prefix)
{
    struct wine_prefix *p = calloc(1, sizeof(*p));
    char link[PROC_LINK_MAX];

    if (p == NULL)
        return NULL;
    snprintf(link, sizeof(link), "/proc/%d/root", pid);
    p->directory = -1;
    p->root = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (p->root < 0) /* it has ended; most processes have the root directory that we have */
        p->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (p->root < 0 || !identify(p->root, &p->root_identity))
        goto fail;
    if (asprintf(&p->path, "%s/dosdevices", prefix) < 0) {
        p->path = NULL;
        goto fail;
    }
    p->directory = open_in(p->root, p->path);
    if (p->directory < 0 || !identify(p->directory, &p->identity))
        goto fail;
    for (struct wine_prefix *q = *list; q != NULL; q = q->next) {
        if (same(&q->identity, &p->identity) && same(&q->root_identity, &p->root_identity)) {
            free_prefix(p);
            return q;
        }
    }
    if (wine_prefixes_are_full(*list))
        goto fail;
    p->next = *list;
    return *list = p;
fail:
    free_prefix(p);
    return NULL;
}

bool wine_prefix_is_full(const struct wine_prefix *p)
{
    return p->full;
}

/* ---- Drives -------------------------------------------------------------------------------- */

/* The directory that a drive is, as we see it; NULL: none. To be freed. */
static char *look_at_drive(struct wine_prefix *p, unsigned number)
{
    char link[PROC_LINK_MAX], *name, directory[PROC_NAME_MAX + 1];
    int fd, n;

    n = number == UNC ? asprintf(&name, "%s/unc", p->path)
                      : asprintf(&name, "%s/%c:", p->path, 'a' + (int)number);
    if (n < 0)
        return NULL;
    fd = open_in(p->root, name);
    free(name);
    if (fd < 0 && number == UNC) {
        /* Windows has that volume always, whether servers are known or not. */
        snprintf(link, sizeof(link), "/proc/self/fd/%d", p->directory);
        if (proc_link_path(link, directory) < 0 || asprintf(&name, "%s/unc", directory) < 0)
            return NULL;
        return name;
    }
    if (fd < 0)
        return NULL;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = proc_link_path(link, directory);
    close(fd);
    return n < 0 ? NULL : strdup(directory);
}

static struct activity_volume *make_volume(struct wine_prefix *p, unsigned number, char *directory)
{
    struct volume *v;

    /* A drive that comes again is the volume that it was. */
    for (v = p->volumes; v != NULL; v = v->next) {
        if (strcmp(v->volume.directory, directory) == 0 &&
            v->name[0] == (number == UNC ? '\\' : (char)('A' + number))) {
            free(directory);
            return &v->volume;
        }
    }
    v = p->volume_count < VOLUMES_MAX && last_id < ALL_VOLUMES ? calloc(1, sizeof(*v)) : NULL;
    if (v == NULL) {
        p->full = true;
        free(directory);
        return NULL;
    }
    if (number == UNC)
        v->name[0] = '\\';
    else
        snprintf(v->name, sizeof(v->name), "%c:", 'A' + (int)number);
    v->volume = (struct activity_volume){
        .id = ++last_id, .name = v->name, .directory = directory, .network = number == UNC};
    p->volume_count++;
    v->next = p->volumes;
    p->volumes = v;
    return &v->volume;
}

static struct activity_volume *drive(struct wine_prefix *p, unsigned number)
{
    struct drive *d = &p->drives[number];
    uint64_t now = now_ms();
    char *directory;

    if (d->looked_ms != NEVER_SEEN && now - d->looked_ms < TRUST_MS)
        return d->volume;
    d->looked_ms = now;
    directory = look_at_drive(p, number);
    if (directory == NULL)
        d->volume = NULL;
    else if (d->volume == NULL || strcmp(d->volume->directory, directory) != 0)
        d->volume = make_volume(p, number, directory);
    else
        free(directory);
    return d->volume;
}

/* The drive that a Linux path is on: of several, the one that has least besides. */
static struct activity_volume *drive_of(struct wine_prefix *p, const char *path, size_t *length)
{
    struct activity_volume *best = NULL;

    *length = 0;
    for (unsigned i = 0; i < LETTERS; i++) {
        struct activity_volume *v = drive(p, i);
        size_t n = v != NULL ? strlen(v->directory) : 0;

        if (v == NULL)
            continue;
        if (n == 1)
            n = 0; /* "/" */
        if (strncmp(path, v->directory, n) != 0 || (path[n] != '/' && path[n] != '\0'))
            continue;
        if (best == NULL || n > *length) {
            best = v;
            *length = n;
        }
    }
    return best;
}

/* ---- Names --------------------------------------------------------------------------------- */

/* Does the name begin with this, in any case? */
static bool begins(const uint16_t *name, size_t units, const char *with)
{
    size_t n = strlen(with);

    if (units < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (name[i] >= 0x80 || tolower(name[i]) != tolower((unsigned char)with[i]))
            return false;
    }
    return true;
}

bool wine_find_path(struct wine_prefix *p, const char *path, void **buffer,
                    struct activity_file *file)
{
    size_t length;
    struct activity_volume *v = drive_of(p, path, &length);
    uint16_t *name;

    if (v == NULL) {
        *buffer = strdup(path);
        *file = (struct activity_file){.path = *buffer};
        return *buffer != NULL;
    }
    path += length;
    length = strlen(path);
    *buffer = name = malloc((length + 1) * sizeof(*name));
    if (name == NULL)
        return false;
    *file = (struct activity_file){
        .volume = v, .name = name, .units = translate_name(path, length, name, true)};
    for (size_t i = 0; i < file->units; i++) {
        if (name[i] == '/')
            name[i] = '\\';
    }
    if (file->units == 0)
        name[file->units++] = '\\';
    return true;
}

/* \??\unix\home\me */
static bool find_unix_name(struct wine_prefix *p, const uint16_t *name, size_t units, void **buffer,
                           struct activity_file *file)
{
    char *path = malloc(3 * units + 2);
    bool found;

    if (path == NULL)
        return false;
    translate_windows_name_back(name, units, path);
    if (path[0] == '\0')
        memcpy(path, "/", 2);
    found = wine_find_path(p, path, buffer, file);
    free(path);
    return found;
}

/* What follows the directory of DOS device names. */
static bool find_device(struct wine_prefix *p, const uint16_t *name, size_t units, void **buffer,
                        struct activity_file *file)
{
    *buffer = NULL;
    if (units >= 2 && name[0] < 0x80 && isalpha(name[0]) && name[1] == ':' &&
        (units == 2 || name[2] == '\\')) {
        *file = (struct activity_file){
            .volume = drive(p, tolower(name[0]) - 'a'), .name = name + 2, .units = units - 2};
        return file->volume != NULL;
    }
    if (begins(name, units, "UNC\\")) {
        *file =
            (struct activity_file){.volume = drive(p, UNC), .name = name + 3, .units = units - 3};
        return file->volume != NULL;
    }
    if (begins(name, units, "unix\\") || (units == 4 && begins(name, units, "unix")))
        return find_unix_name(p, name + 4, units - 4, buffer, file);
    return false;
}

bool wine_find_file(struct wine_prefix *p, const uint16_t *name, size_t units, void **buffer,
                    struct activity_file *file)
{
    static const char *const directories[] = {"\\??\\", "\\DosDevices\\", "\\GLOBAL??\\"};

    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        size_t n = strlen(directories[i]);

        if (begins(name, units, directories[i]))
            return find_device(p, name + n, units - n, buffer, file);
    }
    *buffer = NULL;
    return false;
}

bool wine_find_dos_path(struct wine_prefix *p, const uint16_t *name, size_t units, void **buffer,
                        struct activity_file *file)
{
    if (begins(name, units, "\\\\?\\") || begins(name, units, "\\\\.\\") ||
        begins(name, units, "\\??\\"))
        return find_device(p, name + 4, units - 4, buffer, file);
    if (begins(name, units, "\\\\")) {
        *buffer = NULL;
        *file =
            (struct activity_file){.volume = drive(p, UNC), .name = name + 1, .units = units - 1};
        return file->volume != NULL;
    }
    return find_device(p, name, units, buffer, file);
}
