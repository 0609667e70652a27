#include <string.h>

#include "pe/image.h"

static const char *const directory_names[PE_DIRECTORIES] = {
    "export",         "import",       "resource",    "exception",
    "certificate",    "relocation",   "debug",       "architecture",
    "global pointer", "TLS",          "load config", "bound import",
    "import address", "delay import", "CLR",         "reserved",
};

static bool power_of_two(uint32_t n)
{
    return n && !(n & (n - 1));
}

static uint64_t round_up(uint64_t n, uint64_t to)
{
    return (n + to - 1) & ~(to - 1);
}

const char *pe_section_name(const struct pe_section_header *s, char buffer[9])
{
    size_t n = 0;

    for (; n < sizeof s->name && s->name[n]; n++)
        buffer[n] = s->name[n] > ' ' && s->name[n] < 0x7f ? s->name[n] : '?';
    buffer[n] = 0;
    return buffer;
}

static bool check_machine(struct pe_loader *l)
{
    uint16_t machine = l->header.machine;
    const char *name = machine == PE_MACHINE_I386    ? " (i386)"
                       : machine == PE_MACHINE_ARM64 ? " (ARM64)"
                       : machine == PE_MACHINE_ARMNT ? " (ARM)"
                                                     : "";

    if (machine == PE_MACHINE_AMD64)
        return true;
    return pe_refuse(l, "for machine 0x%04x%s; only drivers for x86-64 (0x8664) can be loaded",
                     machine, name);
}

/* The PE header's place; then the file header, optional header and directories into the loader. */
static bool read_headers(struct pe_loader *l, uint64_t *section_table)
{
    const uint8_t *dos = pe_file_at(l, 0, 2);
    const void *at;
    uint32_t lfanew, signature;
    uint64_t optional;
    uint32_t directories;
    uint16_t magic;

    if (!dos || (dos[0] | dos[1] << 8) != PE_DOS_MAGIC)
        return pe_refuse(l, "not a PE file");
    at = pe_file_at(l, PE_DOS_LFANEW, sizeof lfanew);
    if (!at)
        return pe_refuse(l, "truncated: it ends within its DOS header");
    memcpy(&lfanew, at, sizeof lfanew);
    at = pe_file_at(l, lfanew, sizeof signature);
    if (!at)
        return pe_refuse(l,
                         "not a PE file, or truncated: its PE header would be at 0x%x, beyond "
                         "its end",
                         lfanew);
    memcpy(&signature, at, sizeof signature);
    if (signature != PE_SIGNATURE)
        return pe_refuse(l, "not a PE file: no PE signature at 0x%x", lfanew);
    at = pe_file_at(l, (uint64_t)lfanew + 4, sizeof l->header);
    if (!at)
        return pe_refuse(l, "truncated: it ends within its PE header");
    memcpy(&l->header, at, sizeof l->header);
    if (!check_machine(l))
        return false;

    optional = (uint64_t)lfanew + 4 + sizeof l->header;
    at = pe_file_at(l, optional, sizeof magic);
    if (!at)
        return pe_refuse(l, "truncated: it ends before its optional header");
    memcpy(&magic, at, sizeof magic);
    if (l->header.size_of_optional_header < sizeof magic)
        return pe_refuse(l, "not an executable image: it has no optional header");
    if (magic == PE_MAGIC_32)
        return pe_refuse(l, "a PE32 (32-bit) image; only PE32+ can be loaded");
    if (magic != PE_MAGIC_64)
        return pe_refuse(l, "unknown optional header magic 0x%x; only PE32+ (0x20b) can be loaded",
                         magic);
    if (l->header.size_of_optional_header < sizeof l->optional)
        return pe_refuse(l, "its optional header is too short: %u bytes, at least %zu are needed",
                         l->header.size_of_optional_header, sizeof l->optional);
    at = pe_file_at(l, optional, l->header.size_of_optional_header);
    if (!at)
        return pe_refuse(l, "truncated: it ends within its optional header");
    memcpy(&l->optional, at, sizeof l->optional);
    directories = l->optional.number_of_rva_and_sizes;
    if (directories > PE_DIRECTORIES)
        directories = PE_DIRECTORIES; /* as Windows does: there are no more */
    if (sizeof l->optional + directories * sizeof l->directories[0] >
        l->header.size_of_optional_header)
        return pe_refuse(l, "its %u data directories do not fit its optional header", directories);
    memcpy(l->directories, (const uint8_t *)at + sizeof l->optional,
           directories * sizeof l->directories[0]);
    *section_table = optional + l->header.size_of_optional_header;
    return true;
}

static bool check_kind(struct pe_loader *l)
{
    const struct pe_optional_header *o = &l->optional;

    if (!(l->header.characteristics & PE_FILE_EXECUTABLE))
        return pe_refuse(l,
                         "not an executable image (characteristics 0x%04x); its link failed or "
                         "it is an object file",
                         l->header.characteristics);
    if (o->subsystem != PE_SUBSYSTEM_NATIVE)
        return pe_refuse(l, "subsystem %u is not native (1): not a driver", o->subsystem);
    if (!power_of_two(o->section_alignment) || o->section_alignment < PE_PAGE)
        return pe_refuse(l,
                         "bad section alignment 0x%x: a power of two, at least a page (0x%x), "
                         "is needed",
                         o->section_alignment, PE_PAGE);
    if (!power_of_two(o->file_alignment) || o->file_alignment < 512 || o->file_alignment > 65536 ||
        o->file_alignment > o->section_alignment)
        return pe_refuse(l,
                         "bad file alignment 0x%x: a power of two from 0x200 to 0x10000, not "
                         "above the section alignment, is needed",
                         o->file_alignment);
    if (!o->size_of_image || o->size_of_image > PE_IMAGE_SIZE_MAX)
        return pe_refuse(l, "absurd image size 0x%x; the limit is 0x%x", o->size_of_image,
                         PE_IMAGE_SIZE_MAX);
    if (o->size_of_image % o->section_alignment)
        return pe_refuse(l, "image size 0x%x is not a multiple of the section alignment 0x%x",
                         o->size_of_image, o->section_alignment);
    if (o->image_base % 65536)
        return pe_refuse(l, "image base 0x%llx is not a multiple of 64 KiB",
                         (unsigned long long)o->image_base);
    return true;
}

static bool check_section(struct pe_loader *l, unsigned i, uint64_t *end)
{
    const struct pe_section_header *s = &l->sections[i];
    uint64_t size = s->virtual_size ? s->virtual_size : s->size_of_raw_data;
    char name[9];

    pe_section_name(s, name);
    if (s->virtual_address % l->optional.section_alignment)
        return pe_refuse(l, "section %u (%s) at 0x%x is not aligned to 0x%x", i + 1, name,
                         s->virtual_address, l->optional.section_alignment);
    if (s->virtual_address < *end)
        return pe_refuse(l, "section %u (%s) at 0x%x overlaps what lies before it", i + 1, name,
                         s->virtual_address);
    *end = s->virtual_address + round_up(size, PE_PAGE);
    if (*end > l->optional.size_of_image)
        return pe_refuse(l, "section %u (%s) ends at 0x%llx, beyond the image's size 0x%x", i + 1,
                         name, (unsigned long long)*end, l->optional.size_of_image);
    if (!s->size_of_raw_data)
        return true;
    if (s->pointer_to_raw_data % 512)
        return pe_refuse(l, "section %u (%s) has its data at the unaligned offset 0x%x", i + 1,
                         name, s->pointer_to_raw_data);
    if (!pe_file_at(l, s->pointer_to_raw_data, s->size_of_raw_data))
        return pe_refuse(l,
                         "truncated: section %u (%s) has its data at 0x%x to 0x%llx, beyond the "
                         "file's end 0x%zx",
                         i + 1, name, s->pointer_to_raw_data,
                         (unsigned long long)s->pointer_to_raw_data + s->size_of_raw_data,
                         l->file_size);
    return true;
}

static bool check_sections(struct pe_loader *l, uint64_t table)
{
    unsigned count = l->header.number_of_sections;
    uint64_t headers = l->optional.size_of_headers;
    uint64_t table_end = table + count * sizeof l->sections[0];
    uint64_t end;
    const void *at;

    if (!count || count > PE_SECTIONS_MAX)
        return pe_refuse(l, "%u sections; from 1 to %u are possible", count, PE_SECTIONS_MAX);
    at = pe_file_at(l, table, count * sizeof l->sections[0]);
    if (!at)
        return pe_refuse(l, "truncated: it ends within its section table");
    memcpy(l->sections, at, count * sizeof l->sections[0]);
    if (!pe_file_at(l, 0, headers))
        return pe_refuse(l, "truncated: its headers take 0x%llx bytes, it has 0x%zx",
                         (unsigned long long)headers, l->file_size);
    if (headers < table_end || headers > l->optional.size_of_image)
        return pe_refuse(l,
                         "its headers' size 0x%llx does not fit: they end at 0x%llx, the image "
                         "at 0x%x",
                         (unsigned long long)headers, (unsigned long long)table_end,
                         l->optional.size_of_image);
    end = round_up(headers, PE_PAGE);
    for (unsigned i = 0; i < count; i++)
        if (!check_section(l, i, &end))
            return false;
    return true;
}

static bool check_entry(struct pe_loader *l)
{
    uint32_t entry = l->optional.address_of_entry_point;

    if (!entry)
        return pe_refuse(l, "it has no entry point");
    for (unsigned i = 0; i < l->header.number_of_sections; i++) {
        const struct pe_section_header *s = &l->sections[i];
        uint32_t size = s->virtual_size ? s->virtual_size : s->size_of_raw_data;
        if (entry < s->virtual_address || entry - s->virtual_address >= size)
            continue;
        if (s->characteristics & PE_SCN_MEM_EXECUTE)
            return true;
        return pe_refuse(l, "its entry point 0x%x is in section %u, which is not executable", entry,
                         i + 1);
    }
    return pe_refuse(l, "its entry point 0x%x is outside its sections", entry);
}

static bool check_directories(struct pe_loader *l)
{
    for (unsigned i = 0; i < PE_DIRECTORIES; i++) {
        const struct pe_directory *d = &l->directories[i];
        uint64_t limit = i == PE_DIRECTORY_SECURITY ? l->file_size : l->optional.size_of_image;

        if (!d->size && !d->rva)
            continue;
        if (d->rva > limit || d->size > limit - d->rva)
            return pe_refuse(l, "its %s directory at 0x%x, 0x%x bytes, is outside the %s",
                             directory_names[i], d->rva, d->size,
                             i == PE_DIRECTORY_SECURITY ? "file" : "image");
    }
    if (l->directories[PE_DIRECTORY_TLS].rva)
        return pe_refuse(l, "it has thread-local storage (a TLS directory), which no kernel driver "
                            "can have");
    if (l->directories[PE_DIRECTORY_DELAY_IMPORT].rva)
        return pe_refuse(l, "it has delay imports, which are not supported; link it without "
                            "/delayload");
    if (l->directories[PE_DIRECTORY_CLR].rva)
        return pe_refuse(l, "a .NET image, not a driver");
    return true;
}

bool pe_check_headers(struct pe_loader *l)
{
    uint64_t table = 0;

    return read_headers(l, &table) && check_kind(l) && check_sections(l, table) && check_entry(l) &&
           check_directories(l);
}
