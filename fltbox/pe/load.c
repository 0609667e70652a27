#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "pe/image.h"

/*
 * Where images lie. Signal handlers read this while others load and unload: a range is never freed,
 * only reused, and its sequence number is odd while it changes.
 */
struct range {
    _Atomic(struct range *) next;
    atomic_uint sequence;
    _Atomic uintptr_t begin, end;
    _Atomic(struct pe_image *) image;
};

static _Atomic(struct range *) ranges;
static struct pe_image *images;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of writers */

static void set_range(struct range *r, struct pe_image *image)
{
    atomic_fetch_add(&r->sequence, 1);
    r->begin = image ? (uintptr_t)image->base : 0;
    r->end = image ? (uintptr_t)image->base + image->size : 0;
    r->image = image;
    atomic_fetch_add(&r->sequence, 1);
}

static bool publish(struct pe_image *image)
{
    struct range *r;

    pthread_mutex_lock(&lock);
    for (r = ranges; r && r->image; r = r->next)
        ;
    if (!r) {
        r = calloc(1, sizeof *r);
        if (!r) {
            pthread_mutex_unlock(&lock);
            return false;
        }
        set_range(r, image);
        r->next = ranges;
        ranges = r;
    } else {
        set_range(r, image);
    }
    image->next = images;
    images = image;
    pthread_mutex_unlock(&lock);
    return true;
}

static void withdraw(struct pe_image *image)
{
    pthread_mutex_lock(&lock);
    for (struct range *r = ranges; r; r = r->next)
        if (r->image == image)
            set_range(r, NULL);
    for (struct pe_image **at = &images; *at; at = &(*at)->next)
        if (*at == image) {
            *at = image->next;
            break;
        }
    pthread_mutex_unlock(&lock);
}

struct pe_image *pe_find(const void *address)
{
    uintptr_t a = (uintptr_t)address;

    for (struct range *r = ranges; r; r = r->next) {
        struct pe_image *image;
        unsigned sequence;
        bool inside;

        do {
            sequence = r->sequence;
            inside = a >= r->begin && a < r->end;
            image = r->image;
        } while (sequence != r->sequence);
        if (sequence & 1)
            continue; /* on its way in or out: nothing runs there */
        if (inside && image)
            return image;
    }
    return NULL;
}

static const char *final_component(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static struct pe_image *new_image(struct pe_loader *l)
{
    struct pe_private *p = calloc(1, sizeof *p);

    if (!p)
        goto fail;
    p->image.path = strdup(l->path);
    p->image.name = strdup(final_component(l->path));
    if (!p->image.path || !p->image.name)
        goto fail;
    p->image.preferred_base = l->optional.image_base;
    p->image.dll_characteristics = l->optional.dll_characteristics;
    return &p->image;
fail:
    pe_refuse(l, "out of memory");
    if (p) {
        free(p->image.path);
        free(p->image.name);
    }
    free(p);
    return NULL;
}

static void free_image(struct pe_image *image)
{
    if (!image)
        return;
    pe_free_symbols(image);
    pe_free_imports(image);
    pe_unmap(image);
    free(image->path);
    free(image->name);
    free(image); /* the first member of its struct pe_private */
}

struct pe_image *pe_load(const char *path, pe_resolver *resolve, void *context, bool count_calls,
                         char **error)
{
    struct pe_loader *l = calloc(1, sizeof *l);
    struct pe_image *image = NULL;

    *error = NULL;
    if (!l)
        return NULL;
    l->path = path;
    if (!pe_read_file(l) || !pe_check_headers(l))
        goto out;
    l->image = new_image(l);
    if (!l->image || !pe_map(l) || !pe_relocate(l) ||
        !pe_bind_imports(l, resolve, context, count_calls) || !pe_configure(l) ||
        !pe_check_unwind(l) || !pe_protect(l))
        goto out;
    pe_load_symbols(l->image);
    if (!publish(l->image)) {
        pe_refuse(l, "out of memory");
        goto out;
    }
    image = l->image;
    l->image = NULL;
out:
    free_image(l->image);
    free(l->file);
    *error = l->error;
    free(l);
    return image;
}

void pe_unload(struct pe_image *image)
{
    if (!image)
        return;
    withdraw(image);
    free_image(image);
}
