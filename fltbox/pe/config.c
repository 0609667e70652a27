#include <string.h>
#include <sys/random.h>

#include "pe/image.h"

/* The rva that a virtual address in the (relocated) image stands for, with `size` bytes there. */
static void *at_address(const struct pe_image *image, uint64_t address, uint64_t size)
{
    uint64_t base = (uint64_t)(uintptr_t)image->base;

    return address >= base ? pe_image_at(image, address - base, size) : NULL;
}

/* A pointer field of the load configuration; false where the directory is too short for it. */
static bool config_field(const uint8_t *config, uint32_t size, uint32_t offset, uint64_t *value)
{
    if (size < offset + sizeof *value)
        return false;
    memcpy(value, config + offset, sizeof *value);
    return *value != 0;
}

static bool set_pointer(struct pe_loader *l, const char *what, uint64_t field, uint64_t value)
{
    void *at = at_address(l->image, field, sizeof value);

    if (!at)
        return pe_refuse(l, "its load configuration has the %s outside the image", what);
    memcpy(at, &value, sizeof value);
    return true;
}

bool pe_configure(struct pe_loader *l)
{
    const struct pe_directory *d = &l->directories[PE_DIRECTORY_LOAD_CONFIG];
    const uint8_t *config;
    uint32_t size;
    uint64_t field, cookie;

    if (!d->rva)
        return true;
    config = pe_image_at(l->image, d->rva, sizeof size);
    if (!config)
        return pe_refuse(l, "its load configuration at 0x%x is outside the image", d->rva);
    memcpy(&size, config, sizeof size);
    if (size < sizeof size || !pe_image_at(l->image, d->rva, size))
        return pe_refuse(l, "its load configuration has the bad size 0x%x", size);

    if (config_field(config, size, PE_CONFIG_SECURITY_COOKIE, &field)) {
        /* As the kernel's loader: random, and never the value that says "not initialised". */
        if (getrandom(&cookie, sizeof cookie, GRND_NONBLOCK) != (ssize_t)sizeof cookie)
            cookie = (uint64_t)(uintptr_t)l->image->base * UINT64_C(0x9e3779b97f4a7c15);
        cookie = (cookie & UINT64_C(0x0000ffffffffffff)) | UINT64_C(0x0000800000000000);
        if (!set_pointer(l, "security cookie", field, cookie))
            return false;
    }
    if (config_field(config, size, PE_CONFIG_GUARD_CF_CHECK, &field) &&
        !set_pointer(l, "control-flow guard check pointer", field,
                     (uint64_t)(uintptr_t)pe_guard_check_stub(l->image)))
        return false;
    if (config_field(config, size, PE_CONFIG_GUARD_CF_DISPATCH, &field) &&
        !set_pointer(l, "control-flow guard dispatch pointer", field,
                     (uint64_t)(uintptr_t)pe_guard_dispatch_stub(l->image)))
        return false;
    return true;
}

static bool check_function(struct pe_loader *l, size_t i, const struct pe_function *f,
                           uint32_t previous_end)
{
    const struct pe_unwind_info *info;

    if (f->begin >= f->end || f->end > l->image->size)
        return pe_refuse(l,
                         "exception table entry %zu is for 0x%x to 0x%x, not a range in the "
                         "image",
                         i, f->begin, f->end);
    if (f->begin < previous_end)
        return pe_refuse(l, "exception table entry %zu (0x%x) is not in order", i, f->begin);
    if (f->unwind & 1) {
        if (!pe_image_at(l->image, f->unwind & ~1u, sizeof *f))
            return pe_refuse(l, "exception table entry %zu refers to 0x%x, outside the image", i,
                             f->unwind);
        return true;
    }
    info = pe_image_at(l->image, f->unwind, sizeof *info);
    if (!info || f->unwind % 4 ||
        !pe_image_at(l->image, f->unwind, sizeof *info + info->code_count * UINT64_C(2)))
        return pe_refuse(l,
                         "exception table entry %zu (0x%x) has its unwind data at 0x%x, outside "
                         "the image or unaligned",
                         i, f->begin, f->unwind);
    return true;
}

bool pe_check_unwind(struct pe_loader *l)
{
    const struct pe_directory *d = &l->directories[PE_DIRECTORY_EXCEPTION];
    size_t count = d->size / sizeof(struct pe_function);
    const struct pe_function *table;
    uint32_t end = 0;

    if (!d->rva || !d->size)
        return true;
    if (d->size % sizeof(struct pe_function) || d->rva % 4)
        return pe_refuse(l, "its exception directory at 0x%x, 0x%x bytes, is malformed", d->rva,
                         d->size);
    table = pe_image_at(l->image, d->rva, d->size);
    for (size_t i = 0; i < count; i++) {
        if (!check_function(l, i, &table[i], end))
            return false;
        end = table[i].end;
    }
    l->image->unwind = table;
    l->image->unwind_count = count;
    return true;
}
