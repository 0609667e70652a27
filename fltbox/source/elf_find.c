#include "elf_find.h"

#include <errno.h>
#include <gelf.h>
#include <string.h>

/* The offset in the file of what is at that address. 0: nothing is. */
static uint64_t offset_of(Elf *elf, uint64_t address)
{
    size_t count;
    GElf_Phdr segment;

    if (elf_getphdrnum(elf, &count) != 0)
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (gelf_getphdr(elf, (int)i, &segment) != NULL && segment.p_type == PT_LOAD &&
            address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
            return address - segment.p_vaddr + segment.p_offset;
    }
    return 0;
}

static void find_in_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header,
                          const char *const names[], size_t count, uint64_t offsets[])
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t symbols = header->sh_entsize > 0 ? header->sh_size / header->sh_entsize : 0;
    GElf_Sym symbol;

    for (size_t i = 0; data != NULL && i < symbols; i++) {
        const char *name;

        if (gelf_getsym(data, (int)i, &symbol) == NULL || symbol.st_shndx == SHN_UNDEF ||
            GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
            (name = elf_strptr(elf, header->sh_link, symbol.st_name)) == NULL)
            continue;
        for (size_t k = 0; k < count; k++) {
            if (strcmp(name, names[k]) == 0)
                offsets[k] = offset_of(elf, symbol.st_value);
        }
    }
}

static int find(Elf *elf, const char *const names[], size_t count, uint64_t offsets[],
                size_t *missing)
{
    Elf_Scn *section = NULL;
    GElf_Shdr header;

    if (elf == NULL || elf_kind(elf) != ELF_K_ELF || gelf_getclass(elf) != ELFCLASS64)
        return -ENOEXEC;
    memset(offsets, 0, count * sizeof(*offsets));
    while ((section = elf_nextscn(elf, section)) != NULL) {
        if (gelf_getshdr(section, &header) != NULL && header.sh_type == SHT_DYNSYM)
            find_in_table(elf, section, &header, names, count, offsets);
    }
    for (*missing = 0; *missing < count; (*missing)++) {
        if (offsets[*missing] == 0)
            return -ENOENT;
    }
    return 0;
}

int elf_find_functions(int fd, const char *const names[], size_t count, uint64_t offsets[],
                       size_t *missing)
{
    Elf *elf;
    int result;

    *missing = 0;
    elf_version(EV_CURRENT);
    elf = elf_begin(fd, ELF_C_READ, NULL);
    result = find(elf, names, count, offsets, missing);
    elf_end(elf);
    return result;
}
