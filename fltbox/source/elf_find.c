/*
 * A library may be anybody's, and whoever reads it may be root. So of its sections no more is
 * looked at than one table of symbols and one of names, both with limits, and no number in the file
 * is trusted: what is read is read into our own memory, and every place is checked before it is
 * used. It costs 2.5 MiB and 40 reads at most, whatever the file says of itself.
 */
#include "elf_find.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Wine's ntdll.so has 50 sections, 1,500 symbols and 30 KiB of names. */
#define SEGMENTS_MAX 64
#define SECTIONS_MAX 512
#define SYMBOLS_MAX  65536
#define NAMES_MAX    (1 << 20)

struct library {
    int fd;
    Elf64_Ehdr header;
    Elf64_Phdr segments[SEGMENTS_MAX];
    Elf64_Shdr sections[SECTIONS_MAX];
    Elf64_Sym *symbols; /* NULL: none */
    char *names;
    size_t symbol_count, names_size;
};

/* All of it. False: the file has not got so much there. */
static bool read_at(int fd, void *to, size_t size, uint64_t offset)
{
    char *at = to;

    if (offset > INT64_MAX - size)
        return false;
    while (size > 0) {
        ssize_t n = pread(fd, at, size, (off_t)offset);

        if (n <= 0)
            return false;
        at += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return true;
}

static bool read_headers(struct library *l)
{
    const Elf64_Ehdr *h = &l->header;

    return read_at(l->fd, &l->header, sizeof(l->header), 0) &&
           memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && h->e_ident[EI_CLASS] == ELFCLASS64 &&
           h->e_ident[EI_DATA] == ELFDATA2LSB && h->e_type == ET_DYN &&
           h->e_phentsize == sizeof(Elf64_Phdr) && h->e_phnum <= SEGMENTS_MAX &&
           h->e_shentsize == sizeof(Elf64_Shdr) && h->e_shnum <= SECTIONS_MAX &&
           read_at(l->fd, l->segments, h->e_phnum * sizeof(Elf64_Phdr), h->e_phoff) &&
           read_at(l->fd, l->sections, h->e_shnum * sizeof(Elf64_Shdr), h->e_shoff);
}

/* A library has one table of symbols that it exports, and that one of names. */
static const Elf64_Shdr *find_symbols(const struct library *l)
{
    for (size_t i = 0; i < l->header.e_shnum; i++) {
        if (l->sections[i].sh_type == SHT_DYNSYM)
            return &l->sections[i];
    }
    return NULL;
}

/* 0 or a negative errno. */
static int read_symbols(struct library *l)
{
    const Elf64_Shdr *symbols = find_symbols(l), *names;

    if (symbols == NULL)
        return 0;
    if (symbols->sh_entsize != sizeof(Elf64_Sym) || symbols->sh_link >= l->header.e_shnum ||
        symbols->sh_size / sizeof(Elf64_Sym) > SYMBOLS_MAX)
        return -ENOEXEC;
    names = &l->sections[symbols->sh_link];
    if (names->sh_type != SHT_STRTAB || names->sh_size == 0 || names->sh_size > NAMES_MAX)
        return -ENOEXEC;
    l->symbol_count = symbols->sh_size / sizeof(Elf64_Sym);
    l->names_size = names->sh_size;
    l->symbols = malloc(l->symbol_count * sizeof(Elf64_Sym) + 1);
    l->names = malloc(l->names_size);
    if (l->symbols == NULL || l->names == NULL)
        return -ENOMEM;
    if (!read_at(l->fd, l->symbols, l->symbol_count * sizeof(Elf64_Sym), symbols->sh_offset) ||
        !read_at(l->fd, l->names, l->names_size, names->sh_offset))
        return -ENOEXEC;
    l->names[l->names_size - 1] = '\0';
    return 0;
}

/* The offset in the file of what is at that address. 0: nothing is. */
static uint64_t offset_of(const struct library *l, uint64_t address)
{
    for (size_t i = 0; i < l->header.e_phnum; i++) {
        const Elf64_Phdr *p = &l->segments[i];

        if (p->p_type == PT_LOAD && address >= p->p_vaddr && address - p->p_vaddr < p->p_filesz &&
            p->p_offset <= INT64_MAX - (address - p->p_vaddr))
            return address - p->p_vaddr + p->p_offset;
    }
    return 0;
}

static void look_up(const struct library *l, const char *const names[], size_t count,
                    uint64_t offsets[])
{
    for (size_t i = 0; i < l->symbol_count; i++) {
        const Elf64_Sym *symbol = &l->symbols[i];

        if (symbol->st_shndx == SHN_UNDEF || ELF64_ST_TYPE(symbol->st_info) != STT_FUNC ||
            symbol->st_name >= l->names_size)
            continue;
        for (size_t k = 0; k < count; k++) {
            if (strcmp(l->names + symbol->st_name, names[k]) == 0)
                offsets[k] = offset_of(l, symbol->st_value);
        }
    }
}

static int find(struct library *l, const char *const names[], size_t count, uint64_t offsets[],
                size_t *missing)
{
    int result;

    if (!read_headers(l))
        return -ENOEXEC;
    result = read_symbols(l);
    if (result < 0)
        return result;
    look_up(l, names, count, offsets);
    for (*missing = 0; *missing < count; (*missing)++) {
        char first;

        /* A segment may claim more than the file has. */
        if (offsets[*missing] == 0 || !read_at(l->fd, &first, 1, offsets[*missing]))
            return -ENOENT;
    }
    return 0;
}

int elf_find_functions(int fd, const char *const names[], size_t count, uint64_t offsets[],
                       size_t *missing)
{
    struct library *l = calloc(1, sizeof(*l));
    int result;

    *missing = 0;
    memset(offsets, 0, count * sizeof(*offsets));
    if (l == NULL)
        return -ENOMEM;
    l->fd = fd;
    result = find(l, names, count, offsets, missing);
    free(l->symbols);
    free(l->names);
    free(l);
    return result;
}
