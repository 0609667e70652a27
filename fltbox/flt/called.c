/*
 * What volumes are called, found by the names that drivers say: \Device\HarddiskVolume7\dir\file is
 * on \Device\HarddiskVolume7. For each event that is shown this is asked, and there can be
 * thousands of volumes, so they are hashed by the two components that such a name has.
 *
 * Names outlive their volume: what a driver has said of it may be read when it is gone. Whoever
 * mounts and takes away volumes for ever must not fill our memory by that, so only the last ones
 * are kept.
 */
#include "manager.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS    1024
#define GONE_MAX   8192
#define GONE_BYTES (8u << 20)

struct named {
    struct volume_names names;
    size_t bytes;
    uint32_t hash;
    struct named *next;      /* in the bucket: the newest first */
    struct named *next_gone; /* gone after this one */
};

static struct named *buckets[BUCKETS];
static struct named *first_gone, *last_gone;
static size_t gone_count, gone_bytes;

/* Of the first two components. */
static uint32_t hash_of(const uint16_t *path, size_t count)
{
    uint32_t hash = 0x811c9dc5;
    unsigned components = 0;

    for (size_t i = 0; i < count; i++) {
        if (path[i] == '\\' && ++components > 2)
            break;
        hash = (hash ^ path[i]) * 0x01000193;
    }
    return hash;
}

/* Whether `path` is the volume's name or lies below it; how many units that takes. */
static bool on_volume(PCUNICODE_STRING device, const uint16_t *path, size_t count, size_t *prefix)
{
    size_t n = device->Length / sizeof(WCHAR);

    *prefix = n;
    return n > 0 && count >= n && memcmp(path, device->Buffer, n * sizeof(WCHAR)) == 0 &&
           (count == n || path[n] == '\\');
}

static void free_named(struct named *n)
{
    struct named **link = &buckets[n->hash % BUCKETS];

    while (*link != n)
        link = &(*link)->next;
    *link = n->next;
    string_free(&n->names.device);
    string_free(&n->names.dos);
    free(n->names.directory);
    free(n);
}

void called_add(PFLT_VOLUME v)
{
    struct named *n = memory_get(sizeof(*n));

    string_copy(&n->names.device, &v->device_name);
    string_copy(&n->names.dos, &v->dos_name);
    n->names.directory = v->directory != NULL ? strdup(v->directory) : NULL;
    n->bytes = sizeof(*n) + v->device_name.Length + v->dos_name.Length +
               (v->directory != NULL ? strlen(v->directory) : 0);
    n->hash =
        hash_of((const uint16_t *)v->device_name.Buffer, v->device_name.Length / sizeof(WCHAR));
    n->next = buckets[n->hash % BUCKETS];
    buckets[n->hash % BUCKETS] = n;
    v->named = n;
}

void called_gone(PFLT_VOLUME v)
{
    struct named *n = v->named;

    *(last_gone != NULL ? &last_gone->next_gone : &first_gone) = n;
    last_gone = n;
    gone_count++;
    gone_bytes += n->bytes;
    while (gone_count > GONE_MAX || gone_bytes > GONE_BYTES) {
        n = first_gone;
        first_gone = n->next_gone;
        if (first_gone == NULL)
            last_gone = NULL;
        gone_count--;
        gone_bytes -= n->bytes;
        free_named(n);
    }
}

const struct volume_names *called_find(const uint16_t *path, size_t count, size_t *prefix)
{
    for (struct named *n = buckets[hash_of(path, count) % BUCKETS]; n != NULL; n = n->next) {
        if (on_volume(&n->names.device, path, count, prefix))
            return &n->names;
    }
    return NULL;
}
