#include <string.h>

#include "pe/image.h"

static bool apply(struct pe_loader *l, uint64_t rva, unsigned type, uint64_t delta)
{
    uint64_t value64;
    uint32_t value32;
    void *at;

    switch (type) {
    case PE_REL_ABSOLUTE:
        return true;
    case PE_REL_DIR64:
        at = pe_image_at(l->image, rva, sizeof value64);
        if (!at)
            break;
        memcpy(&value64, at, sizeof value64);
        value64 += delta;
        memcpy(at, &value64, sizeof value64);
        return true;
    case PE_REL_HIGHLOW:
        at = pe_image_at(l->image, rva, sizeof value32);
        if (!at)
            break;
        memcpy(&value32, at, sizeof value32);
        if (value32 + delta > UINT32_MAX)
            return pe_refuse(l,
                             "the 32-bit relocation at 0x%llx cannot hold an address above "
                             "4 GiB",
                             (unsigned long long)rva);
        value32 += (uint32_t)delta;
        memcpy(at, &value32, sizeof value32);
        return true;
    default:
        return pe_refuse(l, "unknown relocation type %u at 0x%llx", type, (unsigned long long)rva);
    }
    return pe_refuse(l, "relocation at 0x%llx is outside the image", (unsigned long long)rva);
}

bool pe_relocate(struct pe_loader *l)
{
    const struct pe_directory *d = &l->directories[PE_DIRECTORY_RELOCATION];
    uint64_t delta = (uint64_t)(uintptr_t)l->image->base - l->optional.image_base;
    uint32_t at = 0;

    if (l->header.characteristics & PE_FILE_RELOCS_STRIPPED)
        return true; /* mapped where it wants to be */
    while (at < d->size) {
        struct pe_relocation_block block;
        const uint8_t *entries;

        if (d->size - at < sizeof block)
            return pe_refuse(l, "its relocations end within a block header");
        /* The directory's bounds were checked with all others; within them this cannot fail. */
        memcpy(&block, pe_image_at(l->image, (uint64_t)d->rva + at, sizeof block), sizeof block);
        if (block.size < sizeof block || block.size % 2 || block.size > d->size - at)
            return pe_refuse(l, "the relocation block at 0x%x has the bad size 0x%x", d->rva + at,
                             block.size);
        if (block.rva >= l->image->size)
            return pe_refuse(l, "the relocation block at 0x%x is for 0x%x, outside the image",
                             d->rva + at, block.rva);
        entries =
            pe_image_at(l->image, (uint64_t)d->rva + at + sizeof block, block.size - sizeof block);
        for (uint32_t i = 0; i < block.size - sizeof block; i += 2) {
            unsigned entry = entries[i] | entries[i + 1] << 8;
            if (!apply(l, (uint64_t)block.rva + (entry & 0xfff), entry >> 12, delta))
                return false;
        }
        at += block.size;
    }
    return true;
}
