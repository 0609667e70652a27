#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "pe/image.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

#define FOUR_GIB (UINT64_C(1) << 32)

/* Images lie above 4 GiB on x64, and code may rely on it as a check of truncated pointers. The
   kernel gives such addresses by itself; valgrind has to be asked for them. */
static uint8_t *map_high(size_t size)
{
    void *const wishes[] = {NULL, (void *)(16 * FOUR_GIB)};
    uint8_t *at = MAP_FAILED;

    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        at = mmap(wishes[i], size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (at == MAP_FAILED || (uintptr_t)at >= FOUR_GIB)
            return at;
        munmap(at, size);
    }
    errno = ENOMEM;
    return MAP_FAILED;
}

/* The image's pages, somewhere, with an inaccessible page before and after. */
static bool map_anywhere(struct pe_loader *l, struct pe_private *p)
{
    size_t alignment =
        l->optional.section_alignment > 65536 ? l->optional.section_alignment : 65536;
    size_t size = p->image.size + alignment + 2 * PE_PAGE;
    uintptr_t start;
    uint8_t *at;

    at = map_high(size);
    if (at == MAP_FAILED)
        return pe_refuse(l, "cannot map 0x%zx bytes: %s", size, strerror(errno));
    p->mapping = at;
    p->mapping_size = size;
    start = ((uintptr_t)at + PE_PAGE + alignment - 1) & ~(uintptr_t)(alignment - 1);
    p->image.base = (uint8_t *)start;
    return true;
}

static bool map_preferred(struct pe_loader *l, struct pe_private *p)
{
    uint64_t base = l->optional.image_base;
    uint8_t *at = MAP_FAILED;

    if (base && base < UINT64_C(0x7fff00000000))
        at = mmap((void *)(uintptr_t)base, p->image.size, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (at != MAP_FAILED && (uintptr_t)at != base) {
        munmap(at, p->image.size); /* a kernel that takes the address for a hint */
        at = MAP_FAILED;
    }
    if (at == MAP_FAILED)
        return pe_refuse(l,
                         "it has no relocations and its preferred base 0x%llx is not free; link "
                         "it with /dynamicbase",
                         (unsigned long long)base);
    p->mapping = at;
    p->mapping_size = p->image.size;
    p->image.base = at;
    return true;
}

bool pe_map(struct pe_loader *l)
{
    struct pe_private *p = (struct pe_private *)l->image;
    bool movable = !(l->header.characteristics & PE_FILE_RELOCS_STRIPPED);

    l->image->size = (l->optional.size_of_image + PE_PAGE - 1) & ~(size_t)(PE_PAGE - 1);
    if (!(movable ? map_anywhere(l, p) : map_preferred(l, p)))
        return false;
    if (mprotect(l->image->base, l->image->size, PROT_READ | PROT_WRITE) < 0)
        return pe_refuse(l, "cannot map 0x%zx bytes: %s", l->image->size, strerror(errno));

    memcpy(l->image->base, l->file, l->optional.size_of_headers);
    for (unsigned i = 0; i < l->header.number_of_sections; i++) {
        const struct pe_section_header *s = &l->sections[i];
        size_t size = s->size_of_raw_data;
        if (s->virtual_size && s->virtual_size < size)
            size = s->virtual_size;
        if (size)
            memcpy(l->image->base + s->virtual_address, l->file + s->pointer_to_raw_data, size);
    }
    l->image->entry = l->image->base + l->optional.address_of_entry_point;
    return true;
}

/*
 * Everything is readable, as the unwinder reads code and tables wherever they are, and as a page
 * that can be executed but not read is not something that a driver can ask for.
 */
bool pe_protect(struct pe_loader *l)
{
    if (mprotect(l->image->base, l->image->size, PROT_READ) < 0)
        return pe_refuse(l, "cannot protect it: %s", strerror(errno));
    for (unsigned i = 0; i < l->header.number_of_sections; i++) {
        const struct pe_section_header *s = &l->sections[i];
        size_t size = s->virtual_size ? s->virtual_size : s->size_of_raw_data;
        int protection = PROT_READ;
        if (s->characteristics & PE_SCN_MEM_WRITE)
            protection |= PROT_WRITE;
        if (s->characteristics & PE_SCN_MEM_EXECUTE)
            protection |= PROT_EXEC;
        size = (size + PE_PAGE - 1) & ~(size_t)(PE_PAGE - 1);
        if (size && mprotect(l->image->base + s->virtual_address, size, protection) < 0)
            return pe_refuse(l, "cannot protect section %u: %s", i + 1, strerror(errno));
    }
    return true;
}

void pe_unmap(struct pe_image *image)
{
    struct pe_private *p = (struct pe_private *)image;

    if (p->mapping)
        munmap(p->mapping, p->mapping_size);
    p->mapping = NULL;
}
