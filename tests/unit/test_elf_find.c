/* Functions of shared libraries, of whatever is said to be one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "source/elf_find.h"

#define SYMBOLS 3

/* A library with two functions. */
static struct image {
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    Elf64_Shdr sections[3];
    Elf64_Sym symbols[SYMBOLS];
    char names[24];
    char code[64];
} image;

static const char *const functions[] = {"first", "second"};
static uint64_t offsets[2];
static size_t missing;

static void make_image(void)
{
    image = (struct image){
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                   .e_type = ET_DYN,
                   .e_machine = EM_X86_64,
                   .e_phoff = offsetof(struct image, segment),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 1,
                   .e_shoff = offsetof(struct image, sections),
                   .e_shentsize = sizeof(Elf64_Shdr),
                   .e_shnum = 3},
        .segment = {.p_type = PT_LOAD,
                    .p_offset = offsetof(struct image, code),
                    .p_vaddr = 0x10000,
                    .p_filesz = sizeof(image.code)},
        .sections = {{0},
                     {.sh_type = SHT_DYNSYM,
                      .sh_link = 2,
                      .sh_offset = offsetof(struct image, symbols),
                      .sh_size = sizeof(image.symbols),
                      .sh_entsize = sizeof(Elf64_Sym)},
                     {.sh_type = SHT_STRTAB,
                      .sh_offset = offsetof(struct image, names),
                      .sh_size = sizeof(image.names)}},
        .symbols = {{0},
                    {.st_name = 1, .st_info = STT_FUNC, .st_shndx = 1, .st_value = 0x10004},
                    {.st_name = 7, .st_info = STT_FUNC, .st_shndx = 1, .st_value = 0x10008}},
        .names = "\0first\0second",
    };
}

static int look_in(int fd)
{
    int result = elf_find_functions(fd, functions, 2, offsets, &missing);

    close(fd);
    return result;
}

static int file_of(const void *content, size_t size)
{
    int fd = memfd_create("library", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, size), size);
    return fd;
}

static int look(void)
{
    return look_in(file_of(&image, sizeof(image)));
}

static double seconds(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void functions_are_found(void **state)
{
    (void)state;
    make_image();
    assert_int_equal(look(), 0);
    assert_int_equal(offsets[0], offsetof(struct image, code) + 4);
    assert_int_equal(offsets[1], offsetof(struct image, code) + 8);
    image.names[7] = 'S';
    assert_int_equal(look(), -ENOENT);
    assert_int_equal(missing, 1);
    make_image();
    image.symbols[1].st_shndx = SHN_UNDEF; /* wanted from elsewhere */
    assert_int_equal(look(), -ENOENT);
    assert_int_equal(missing, 0);
    make_image();
    image.symbols[1].st_value = 0x10000 + sizeof(image.code); /* behind all that is there */
    assert_int_equal(look(), -ENOENT);
}

/* What the linker has made, against what the loader says of it. */
static void a_real_library_is_read(void **state)
{
    static const char *const names[] = {"fopen", "printf", "qsort", "no_such_function"};
    uint64_t found[4];
    struct link_map *map;
    void *library = dlopen("libc.so.6", RTLD_NOW);
    int fd;

    (void)state;
    assert_non_null(library);
    assert_int_equal(dlinfo(library, RTLD_DI_LINKMAP, &map), 0);
    fd = open(map->l_name, O_RDONLY);
    assert_int_equal(elf_find_functions(fd, names, 4, found, &missing), -ENOENT);
    assert_int_equal(missing, 3);
    for (int i = 1; i < 3; i++) {
        char code[32];

        assert_int_equal(pread(fd, code, sizeof(code), (off_t)found[i]), sizeof(code));
        assert_memory_equal(code, dlsym(library, names[i]), sizeof(code));
    }
    close(fd);
    dlclose(library);
}

static void malformed_files_are_refused(void **state)
{
    (void)state;
    make_image();
    for (size_t size = 0; size < offsetof(struct image, code); size += 7)
        assert_int_equal(look_in(file_of(&image, size)), -ENOEXEC);
    image.header.e_ident[EI_CLASS] = ELFCLASS32;
    assert_int_equal(look(), -ENOEXEC);
    make_image();
    image.header.e_shoff = UINT64_MAX - 8;
    assert_int_equal(look(), -ENOEXEC);
    make_image();
    image.header.e_shentsize = 1;
    assert_int_equal(look(), -ENOEXEC);
    make_image();
    image.sections[1].sh_link = 3;
    assert_int_equal(look(), -ENOEXEC);
    make_image();
    image.sections[1].sh_entsize = 1;
    assert_int_equal(look(), -ENOEXEC);
    make_image();
    image.sections[1].sh_size = UINT64_MAX;
    assert_int_equal(look(), -ENOEXEC);
    make_image();
    image.sections[2].sh_size = UINT64_MAX;
    assert_int_equal(look(), -ENOEXEC);
    make_image();
    image.sections[2].sh_offset = INT64_MAX;
    assert_int_equal(look(), -ENOEXEC);
    make_image();
    image.symbols[1].st_name = UINT32_MAX;
    assert_int_equal(look(), -ENOENT);
    make_image();
    image.segment.p_offset = INT64_MAX;
    assert_int_equal(look(), -ENOENT);
    assert_int_equal(look_in(open("/dev/zero", O_RDONLY)), -ENOEXEC);
    assert_int_equal(look_in(open("/", O_RDONLY | O_DIRECTORY)), -ENOEXEC);
}

/* Sections without end over a file of gigabytes that takes no room on disk. */
static void what_it_costs_has_a_bound(void **state)
{
    enum { SECTIONS = 400 };
    struct rusage before, after;
    double begun = seconds(CLOCK_PROCESS_CPUTIME_ID);

    (void)state;
    getrusage(RUSAGE_SELF, &before);
    for (int round = 0; round < 100; round++) {
        Elf64_Shdr section;
        int fd;

        make_image();
        image.header.e_shnum = SECTIONS;
        image.header.e_shoff = 4096;
        fd = file_of(&image, sizeof(image));
        section = image.sections[1];
        section.sh_offset = 65536;
        /* Too much, just not too much, and what the smallest entries would make of it. */
        section.sh_size = round % 3 == 0 ? 240000000 : 65536 * sizeof(Elf64_Sym);
        section.sh_entsize = round % 3 == 1 ? 1 : sizeof(Elf64_Sym);
        section.sh_link = SECTIONS - 1;
        for (int i = 1; i < SECTIONS; i++) {
            if (i == SECTIONS - 1) {
                section.sh_type = SHT_STRTAB;
                section.sh_size = 1 << 20;
            }
            assert_int_equal(pwrite(fd, &section, sizeof(section), 4096 + i * sizeof(section)),
                             sizeof(section));
        }
        assert_int_equal(ftruncate(fd, (off_t)1 << 33), 0);
        assert_int_not_equal(look_in(fd), 0);
    }
    getrusage(RUSAGE_SELF, &after);
    assert_true(seconds(CLOCK_PROCESS_CPUTIME_ID) - begun < 5); /* 100 of them; it takes 0.2 s */
#ifndef FT_SANITIZED         /* what is freed is kept for a while then */
#ifndef __SANITIZE_ADDRESS__ /* which keeps what was freed */
    assert_true(after.ru_maxrss - before.ru_maxrss < 16384); /* KiB */
#endif
#endif
}

/* Whatever numbers are in it. */
static void any_numbers_are_taken(void **state)
{
    double begun = seconds(CLOCK_PROCESS_CPUTIME_ID);

    (void)state;
    srand(1);
    for (int round = 0; round < 20000; round++) {
        make_image();
        for (int i = 0; i < 3; i++) {
            static const uint64_t values[] = {0,          1,          24,        64,
                                              0x7fffffff, 0xffffffff, INT64_MAX, UINT64_MAX};
            size_t width = (size_t)1 << rand() % 4;
            size_t at = (size_t)rand() % (offsetof(struct image, names) / 8) * 8;
            uint64_t value = rand() % 2 ? values[rand() % 8] : (uint64_t)rand();

            memcpy((char *)&image + at + (size_t)rand() % (8 / width) * width, &value, width);
        }
        look();
        for (int i = 0; i < 2; i++)
            assert_true(offsets[i] <= INT64_MAX);
    }
    assert_true(seconds(CLOCK_PROCESS_CPUTIME_ID) - begun < 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_found),         cmocka_unit_test(a_real_library_is_read),
        cmocka_unit_test(malformed_files_are_refused), cmocka_unit_test(what_it_costs_has_a_bound),
        cmocka_unit_test(any_numbers_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
