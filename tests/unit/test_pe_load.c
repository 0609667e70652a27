/*
 * Loading: a good driver is mapped, relocated, bound and protected; a file that is damaged in any
 * way is refused with the reason, or loads, and never harms the loader.
 */
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "pe/exception.h"
#include "pe/image.h"
#include "tests/drivers/seh.h"

#define BUFFER 65536u

/* A copy of seh.sys to be damaged, and where its parts are. */
static struct file {
    uint8_t at[BUFFER];
    size_t size;
} good;
static size_t good_headers; /* SizeOfHeaders */
static char directory[] = "/tmp/pe-XXXXXX";
static char path[64], map_path[64];

static struct pe_file_header *file_header(struct file *f)
{
    uint32_t lfanew;

    memcpy(&lfanew, f->at + PE_DOS_LFANEW, sizeof lfanew);
    return (struct pe_file_header *)(f->at + lfanew + 4);
}

static struct pe_optional_header *optional(struct file *f)
{
    return (struct pe_optional_header *)(file_header(f) + 1);
}

static struct pe_directory *dir(struct file *f, enum pe_directory_index i)
{
    return (struct pe_directory *)(optional(f) + 1) + i;
}

static struct pe_section_header *section(struct file *f, unsigned i)
{
    return (struct pe_section_header *)((uint8_t *)optional(f) +
                                        file_header(f)->size_of_optional_header) +
           i;
}

/* The bytes in the file for an address in the image. */
static void *at_rva(struct file *f, uint32_t rva)
{
    for (unsigned i = 0; i < file_header(f)->number_of_sections; i++) {
        struct pe_section_header *s = section(f, i);
        if (rva >= s->virtual_address && rva - s->virtual_address < s->size_of_raw_data)
            return f->at + s->pointer_to_raw_data + (rva - s->virtual_address);
    }
    fail_msg("no data at 0x%x", rva);
    return NULL;
}

static struct pe_import_descriptor *imports(struct file *f)
{
    return at_rva(f, dir(f, PE_DIRECTORY_IMPORT)->rva);
}

static uint64_t *thunks(struct file *f)
{
    return at_rva(f, imports(f)->original_first_thunk);
}

static struct pe_relocation_block *relocations(struct file *f)
{
    return at_rva(f, dir(f, PE_DIRECTORY_RELOCATION)->rva);
}

static uint16_t *first_relocation(struct file *f)
{
    return (uint16_t *)(relocations(f) + 1);
}

static struct pe_function *functions(struct file *f)
{
    return at_rva(f, dir(f, PE_DIRECTORY_EXCEPTION)->rva);
}

/* ---- Loading ------------------------------------------------------------------------------- */

static void *resolve(void *context, const char *module, const char *name, bool *is_data)
{
    const char *except = context;

    *is_data = except && strcmp(except, "all data") == 0;
    if (strcasecmp(module, "ntoskrnl.exe") != 0 || (except && strstr(except, name)))
        return NULL;
    for (const struct exception_export *e = exception_exports; e->name; e++)
        if (strcmp(e->name, name) == 0)
            return e->target;
    return NULL;
}

static void write_file(const struct file *f, size_t size)
{
    FILE *out;

    unlink(path); /* some file systems sync what is overwritten, and there are thousands */
    out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(f->at, 1, size, out), size);
    assert_int_equal(fclose(out), 0);
}

static struct pe_image *load(struct file *f)
{
    struct pe_image *image;
    char *error;

    write_file(f, f->size);
    image = pe_load(path, resolve, NULL, true, &error);
    if (!image)
        fail_msg("%s", error);
    assert_null(error);
    return image;
}

/* With a message that begins with the file's name and `reason`, where * stands for anything. */
static void assert_refused(const char *context, const char *reason)
{
    char *error, *expected;

    assert_null(pe_load(path, resolve, (void *)(uintptr_t)context, true, &error));
    assert_non_null(error);
    assert_true(asprintf(&expected, "%s: %s*", path, reason) > 0);
    if (fnmatch(expected, error, 0) != 0)
        fail_msg("said '%s' and not '%s'", error, expected);
    free(expected);
    free(error);
}

static uint32_t request(struct pe_image *image, struct seh_request *r)
{
    uint32_t __attribute__((ms_abi)) (*entry)(struct seh_request *, void *) =
        (uint32_t __attribute__((ms_abi)) (*)(struct seh_request *, void *))image->entry;

    exception_init(); /* cmocka took the signals */
    r->magic = SEH_MAGIC;
    return entry(r, NULL);
}

/* ---- A good driver ------------------------------------------------------------------------- */

static void a_good_driver_loads(void **state)
{
    struct seh_request r = {.test = SEH_RAISE, .value = 0xc0000022};
    struct pe_image *image = load(&good);
    bool seen = false;

    (void)state;
    assert_string_equal(image->path, path);
    assert_string_equal(image->name, "test.sys");
    assert_int_equal((uintptr_t)image->base % 65536, 0);
    assert_true((uintptr_t)image->base >= UINT64_C(1) << 32);
    assert_int_equal(image->size, optional(&good)->size_of_image);
    assert_int_equal(image->preferred_base, 0x140000000);
    assert_true(image->dll_characteristics & 0x80); /* integrity check */
    assert_true(image->unwind_count > 10);
    assert_ptr_equal(pe_find(image->base), image);
    assert_ptr_equal(pe_find(image->base + image->size - 1), image);
    assert_null(pe_find(image->base + image->size));
    assert_null(pe_find(image->base - 1));

    exception_thread_attach();
    assert_int_equal(request(image, &r), 0);
    assert_int_equal(r.code, 0xc0000022);
    exception_thread_detach();
    for (size_t i = 0; i < image->import_count; i++) {
        const struct pe_import *import = &image->imports[i];
        assert_string_equal(import->module, "ntoskrnl.exe");
        if (strcmp(import->name, "ExRaiseStatus") == 0) {
            assert_int_equal(import->calls, 1);
            seen = true;
        } else if (strcmp(import->name, "ProbeForRead") == 0) {
            assert_int_equal(import->calls, 0);
        }
    }
    assert_true(seen);
    pe_unload(image);
    assert_null(pe_find(image));
    pe_unload(NULL);
}

static void calls_are_counted_only_on_request(void **state)
{
    struct seh_request r = {.test = SEH_RAISE, .value = 0xc0000022};
    struct pe_image *image;
    char *error;

    (void)state;
    write_file(&good, good.size);
    image = pe_load(path, resolve, NULL, false, &error);
    assert_non_null(image);
    exception_thread_attach();
    assert_int_equal(request(image, &r), 0);
    assert_int_equal(r.code, 0xc0000022);
    exception_thread_detach();
    for (size_t i = 0; i < image->import_count; i++)
        assert_int_equal(image->imports[i].calls, 0);
    pe_unload(image);
}

static void several_load_at_once(void **state)
{
    struct pe_image *images[20];

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 20; i++)
            images[i] = load(&good);
        for (int i = 0; i < 20; i++) {
            assert_ptr_equal(pe_find(images[i]->entry), images[i]);
            for (int j = 0; j < i; j++)
                assert_ptr_not_equal(images[i]->base, images[j]->base);
        }
        for (int i = 0; i < 20; i++) {
            const void *entry = images[(i * 7) % 20]->entry;
            pe_unload(images[(i * 7) % 20]);
            assert_null(pe_find(entry));
        }
    }
}

/* What /proc/self/maps says of an address: "r-xp" and so on. */
static void assert_protection(const void *address, const char *expected)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned long long begin, end;
    char line[512], protection[5] = "";

    assert_non_null(maps);
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%llx-%llx %4s", &begin, &end, protection) == 3 &&
            (uintptr_t)address >= begin && (uintptr_t)address < end)
            break;
    fclose(maps);
    assert_string_equal(protection, expected);
}

static void sections_are_protected(void **state)
{
    struct pe_image *image = load(&good);
    struct file f = good;

    (void)state;
    assert_protection(image->base, "r--p");
    assert_protection(image->base - 1, "---p");
    assert_protection(image->base + image->size, "---p");
    assert_protection(image->entry, "r-xp");
    assert_protection(image->base + section(&good, 1)->virtual_address, "r--p"); /* .rdata */
    assert_protection(image->base + section(&good, 2)->virtual_address, "rw-p"); /* .data */
    pe_unload(image);
    section(&f, 0)->characteristics |= PE_SCN_MEM_WRITE;
    image = load(&f);
    assert_protection(image->entry, "rwxp");
    pe_unload(image);
}

static void imports_are_bound(void **state)
{
    uint32_t iat = imports(&good)->first_thunk;
    struct pe_image *image;
    void *bound;
    char *error;

    (void)state;
    image = load(&good);
    memcpy(&bound, image->base + iat, sizeof bound);
    assert_ptr_not_equal(bound, image->imports[0].target); /* its stub */
    assert_protection(bound, "r-xp");
    pe_unload(image);
    image = pe_load(path, resolve, "all data", true, &error);
    assert_non_null(image);
    memcpy(&bound, image->base + iat, sizeof bound);
    assert_ptr_equal(bound, image->imports[0].target);
    pe_unload(image);
}

static void every_missing_import_is_named(void **state)
{
    char *error, *expected;

    (void)state;
    write_file(&good, good.size);
    assert_null(pe_load(path, resolve, "ProbeForRead, memcpy", true, &error));
    assert_true(asprintf(&expected,
                         "%s: needs ntoskrnl.exe!ProbeForRead, which is not implemented\n"
                         "%s: needs ntoskrnl.exe!memcpy, which is not implemented",
                         path, path) > 0);
    assert_string_equal(error, expected);
    free(expected);
    free(error);
    assert_null(pe_load(path, NULL, NULL, true, &error));
    assert_non_null(error);
    free(error);
}

static void addresses_are_described(void **state)
{
    struct file f = good;
    struct pe_image *image;
    char text[200], expected[200];
    FILE *map;

    (void)state;
    image = load(&f);
    snprintf(expected, sizeof expected, "test.sys+0x%x (function 0x%x+0x3)",
             functions(&f)->begin + 3, functions(&f)->begin);
    assert_string_equal(pe_describe(image->base + functions(&f)->begin + 3, text, sizeof text),
                        expected);
    assert_string_equal(pe_describe(image->base + 8, text, sizeof text), "test.sys+0x8");
    assert_string_equal(pe_describe((void *)0x1234, text, sizeof text), "0x1234");
    assert_string_equal(pe_describe((void *)0x1234, text, 4), "0x1");
    pe_unload(image);

    /* A line of each linker's kind, and some that are none. */
    map = fopen(map_path, "w");
    fprintf(map, " Preferred load address is 0000000150000000\n\n"
                 " 0001:00000000 00001234H .text                   CODE\n"
                 " 0000:00000000       Absolute                   0000000000000000     <absolute>\n"
                 " 0001:00000000       First                      0000000150001000     x.obj\n"
                 " 0001:00000040       Second                     0000000150001040 f   x.obj\n"
                 " 0001:00000000       Below                      0000000140000000 f   x.obj\n"
                 " 0001:99999999       Beyond                     0000000999999999 f   x.obj\n"
                 "\x01\xff 0001: 0001:zz\n");
    fclose(map);
    image = load(&f);
    assert_int_equal(image->symbol_count, 2);
    assert_string_equal(pe_describe(image->base + 0x103f, text, sizeof text),
                        "test.sys+0x103f (First+0x3f)");
    assert_string_equal(pe_describe(image->base + 0x1041, text, sizeof text),
                        "test.sys+0x1041 (Second+0x1)");
    pe_unload(image);
    unlink(map_path);
}

/* The load configuration is put into .data, of an image that stays where it wants to be. */
static void the_load_configuration_is_applied(void **state)
{
    struct file f = good;
    struct pe_section_header *data = section(&f, 2);
    uint32_t rva = data->virtual_address;
    uint8_t *config = at_rva(&f, rva + 0x40);
    uint64_t base = UINT64_C(0x300000000000), cookie, check, dispatch;
    uint64_t (*call)(void);
    struct pe_image *image;
    uint32_t size = 0x94;

    (void)state;
    file_header(&f)->characteristics |= PE_FILE_RELOCS_STRIPPED;
    optional(&f)->image_base = base;
    data->virtual_size = 0x200;
    dir(&f, PE_DIRECTORY_LOAD_CONFIG)->rva = rva + 0x40;
    dir(&f, PE_DIRECTORY_LOAD_CONFIG)->size = size;
    memcpy(config, &size, sizeof size);
    cookie = base + rva + 0x100;
    check = base + rva + 0x108;
    dispatch = base + rva + 0x110;
    memcpy(config + PE_CONFIG_SECURITY_COOKIE, &cookie, 8);
    memcpy(config + PE_CONFIG_GUARD_CF_CHECK, &check, 8);
    memcpy(config + PE_CONFIG_GUARD_CF_DISPATCH, &dispatch, 8);
    image = load(&f);
    assert_true((uintptr_t)image->base == base);
    memcpy(&cookie, image->base + rva + 0x100, 8);
    assert_true(cookie != 0 && cookie != UINT64_C(0x00002b992ddfa232) && cookie >> 48 == 0);
    memcpy(&call, image->base + rva + 0x108, 8);
    call(); /* a plain return */
    memcpy(&call, image->base + rva + 0x110, 8);
    assert_memory_equal((void *)(uintptr_t)call, "\xff\xe0", 2); /* jmp rax */
    assert_refused(NULL, "it has no relocations and its preferred base 0x300000000000 is not free");
    pe_unload(image);

    cookie = base + optional(&f)->size_of_image - 4;
    memcpy(config + PE_CONFIG_SECURITY_COOKIE, &cookie, 8);
    write_file(&f, f.size);
    assert_refused(NULL, "its load configuration has the security cookie outside the image");
    size = 0x10000;
    memcpy(config, &size, sizeof size);
    write_file(&f, f.size);
    assert_refused(NULL, "its load configuration has the bad size 0x10000");
}

/* ---- Damaged ones -------------------------------------------------------------------------- */

#define DAMAGE(name, statement)                                                                    \
    static void name(struct file *f)                                                               \
    {                                                                                              \
        statement;                                                                                 \
    }

DAMAGE(not_mz, f->at[0] = 'Z')
DAMAGE(empty, f->size = 0)
DAMAGE(only_mz, f->size = 2)
DAMAGE(far_header, memset(f->at + PE_DOS_LFANEW, 0xff, 4))
DAMAGE(no_signature, ((uint8_t *)file_header(f))[-3] = 'X')
DAMAGE(cut_in_header, f->size = (size_t)((uint8_t *)file_header(f) - f->at) + 4)
DAMAGE(i386, file_header(f)->machine = PE_MACHINE_I386)
DAMAGE(other_machine, file_header(f)->machine = 0x1234)
DAMAGE(pe32, optional(f)->magic = PE_MAGIC_32)
DAMAGE(bad_magic, optional(f)->magic = 0x107)
DAMAGE(object_file, file_header(f)->size_of_optional_header = 0)
DAMAGE(short_optional, file_header(f)->size_of_optional_header = 100)
DAMAGE(few_directories, file_header(f)->size_of_optional_header = 120)
DAMAGE(cut_in_optional, f->size = (size_t)((uint8_t *)optional(f) - f->at) + 50)
DAMAGE(not_executable, file_header(f)->characteristics &= (uint16_t)~PE_FILE_EXECUTABLE)
DAMAGE(console, optional(f)->subsystem = 3)
DAMAGE(small_alignment, optional(f)->section_alignment = 0x200)
DAMAGE(odd_alignment, optional(f)->section_alignment = 0x1800)
DAMAGE(file_alignment, optional(f)->file_alignment = 0x100)
DAMAGE(file_alignment_odd, optional(f)->file_alignment = 0x300)
DAMAGE(no_image, optional(f)->size_of_image = 0)
DAMAGE(huge_image, optional(f)->size_of_image = 0x10001000)
DAMAGE(odd_image, optional(f)->size_of_image += 0x10)
DAMAGE(odd_base, optional(f)->image_base += 0x1000)
DAMAGE(no_sections, file_header(f)->number_of_sections = 0)
DAMAGE(many_sections, file_header(f)->number_of_sections = 97)
DAMAGE(headers_beyond, optional(f)->size_of_headers = 0x100000)
DAMAGE(headers_short, optional(f)->size_of_headers = 0x100)
DAMAGE(cut_in_sections, f->size = (size_t)((uint8_t *)section(f, 2) - f->at))
DAMAGE(cut_in_last, f->size -= 1)
DAMAGE(raw_beyond, section(f, 1)->pointer_to_raw_data = 0xfffffe00)
DAMAGE(raw_size_beyond, section(f, 1)->size_of_raw_data = 0xffffffff)
DAMAGE(raw_unaligned, section(f, 1)->pointer_to_raw_data += 1)
DAMAGE(virtual_beyond, section(f, 2)->virtual_size = 0x10000000)
DAMAGE(virtual_wraps, section(f, 2)->virtual_size = 0xffffffff)
DAMAGE(virtual_unaligned, section(f, 2)->virtual_address += 0x200)
DAMAGE(overlap, section(f, 2)->virtual_address = section(f, 1)->virtual_address)
DAMAGE(overlap_headers, section(f, 0)->virtual_address = 0)
DAMAGE(no_entry, optional(f)->address_of_entry_point = 0)
DAMAGE(entry_beyond, optional(f)->address_of_entry_point = 0x7fffffff)
DAMAGE(entry_in_headers, optional(f)->address_of_entry_point = 0x10)
DAMAGE(entry_in_data, optional(f)->address_of_entry_point = section(f, 2)->virtual_address)
DAMAGE(import_directory_beyond, dir(f, PE_DIRECTORY_IMPORT)->rva = 0xfffffff0)
DAMAGE(export_directory_beyond,
       (dir(f, PE_DIRECTORY_EXPORT)->rva = 0x1000, dir(f, PE_DIRECTORY_EXPORT)->size = 0xfffff000))
DAMAGE(certificate_beyond,
       (dir(f, PE_DIRECTORY_SECURITY)->rva = 0x200, dir(f, PE_DIRECTORY_SECURITY)->size = 0x10000))
DAMAGE(tls, (dir(f, PE_DIRECTORY_TLS)->rva = 0x1000, dir(f, PE_DIRECTORY_TLS)->size = 40))
DAMAGE(delay_import, dir(f, PE_DIRECTORY_DELAY_IMPORT)->rva = 0x1000)
DAMAGE(clr, dir(f, PE_DIRECTORY_CLR)->rva = 0x1000)
DAMAGE(relocation_size, relocations(f)->size = 4)
DAMAGE(relocation_size_zero, relocations(f)->size = 0)
DAMAGE(relocation_size_odd, relocations(f)->size = 13)
DAMAGE(relocation_size_big, relocations(f)->size = 0x7ffffffe)
DAMAGE(relocation_block_cut, dir(f, PE_DIRECTORY_RELOCATION)->size = 6)
DAMAGE(relocation_page, relocations(f)->rva = 0x10000000)
DAMAGE(relocation_at_end,
       (relocations(f)->rva = optional(f)->size_of_image - 0x1000, *first_relocation(f) = 0xaffc))
DAMAGE(relocation_type, *first_relocation(f) = 0x5000 | (*first_relocation(f) & 0xfff))
DAMAGE(relocation_highlow, *first_relocation(f) = 0x3000 | (*first_relocation(f) & 0xfff))
DAMAGE(import_name, imports(f)->name = 0x0fffffff)
DAMAGE(import_name_binary, *(char *)at_rva(f, imports(f)->name) = 7)
DAMAGE(import_thunks, imports(f)->original_first_thunk = 0xfffffffc)
DAMAGE(import_addresses, imports(f)->first_thunk = 0xfffffffc)
DAMAGE(import_ordinal, thunks(f)[1] = PE_IMPORT_BY_ORDINAL | 77)
DAMAGE(import_symbol, thunks(f)[1] = 0x7fffffff)
DAMAGE(import_unterminated, dir(f, PE_DIRECTORY_IMPORT)->rva = optional(f)->size_of_image - 20)
DAMAGE(exception_size, dir(f, PE_DIRECTORY_EXCEPTION)->size -= 1)
DAMAGE(exception_order, functions(f)[1].begin = functions(f)[0].begin)
DAMAGE(exception_range, functions(f)[0].end = functions(f)[0].begin)
DAMAGE(exception_beyond, functions(f)[0].end = 0x10000000)
DAMAGE(exception_unwind, functions(f)[0].unwind = 0xfffffffc)
DAMAGE(exception_indirect, functions(f)[0].unwind = 0xfffffff1)

static const struct {
    void (*damage)(struct file *);
    const char *reason;
} damages[] = {
    {not_mz, "not a PE file"},
    {empty, "not a PE file"},
    {only_mz, "truncated: it ends within its DOS header"},
    {far_header, "not a PE file, or truncated: its PE header would be at 0xffffffff"},
    {no_signature, "not a PE file: no PE signature at 0x"},
    {cut_in_header, "truncated: it ends within its PE header"},
    {i386, "for machine 0x014c (i386); only drivers for x86-64"},
    {other_machine, "for machine 0x1234; only drivers for x86-64"},
    {pe32, "a PE32 (32-bit) image"},
    {bad_magic, "unknown optional header magic 0x107"},
    {object_file, "not an executable image: it has no optional header"},
    {short_optional, "its optional header is too short: 100 bytes"},
    {few_directories, "its 16 data directories do not fit"},
    {cut_in_optional, "truncated: it ends within its optional header"},
    {not_executable, "not an executable image (characteristics 0x"},
    {console, "subsystem 3 is not native (1)"},
    {small_alignment, "bad section alignment 0x200"},
    {odd_alignment, "bad section alignment 0x1800"},
    {file_alignment, "bad file alignment 0x100"},
    {file_alignment_odd, "bad file alignment 0x300"},
    {no_image, "absurd image size 0x0"},
    {huge_image, "absurd image size 0x10001000; the limit is 0x10000000"},
    {odd_image, "image size 0x*10 is not a multiple of the section alignment 0x1000"},
    {odd_base, "image base 0x140001000 is not a multiple of 64 KiB"},
    {no_sections, "0 sections; from 1 to 96 are possible"},
    {many_sections, "97 sections; from 1 to 96 are possible"},
    {headers_beyond, "truncated: its headers take 0x100000 bytes"},
    {headers_short, "its headers' size 0x100 does not fit"},
    {cut_in_sections, "truncated: it ends within its section table"},
    {cut_in_last, "truncated: section 5 (.reloc) has its data at 0x"},
    {raw_beyond, "truncated: section 2 (.rdata) has its data at 0xfffffe00"},
    {raw_size_beyond, "truncated: section 2 (.rdata) has its data at 0x"},
    {raw_unaligned, "section 2 (.rdata) has its data at the unaligned offset 0x"},
    {virtual_beyond, "section 3 (.data) ends at 0x1000*000, beyond the image's size 0x*"},
    {virtual_wraps, "section 3 (.data) ends at 0x10000*000, beyond the image's size 0x*"},
    {virtual_unaligned, "section 3 (.data) at 0x*200 is not aligned to 0x1000"},
    {overlap, "section 3 (.data) at 0x*000 overlaps what lies before it"},
    {overlap_headers, "section 1 (.text) at 0x0 overlaps what lies before it"},
    {no_entry, "it has no entry point"},
    {entry_beyond, "its entry point 0x7fffffff is outside its sections"},
    {entry_in_headers, "its entry point 0x10 is outside its sections"},
    {entry_in_data, "its entry point 0x*000 is in section 3, which is not executable"},
    {import_directory_beyond, "its import directory at 0xfffffff0"},
    {export_directory_beyond, "its export directory at 0x1000, 0xfffff000 bytes, is outside"},
    {certificate_beyond, "its certificate directory at 0x200, 0x10000 bytes, is outside the file"},
    {tls, "it has thread-local storage (a TLS directory)"},
    {delay_import, "it has delay imports"},
    {clr, "a .NET image, not a driver"},
    {relocation_size, "the relocation block at 0x*000 has the bad size 0x4"},
    {relocation_size_zero, "the relocation block at 0x*000 has the bad size 0x0"},
    {relocation_size_odd, "the relocation block at 0x*000 has the bad size 0xd"},
    {relocation_size_big, "the relocation block at 0x*000 has the bad size 0x7ffffffe"},
    {relocation_block_cut, "its relocations end within a block header"},
    {relocation_page, "the relocation block at 0x*000 is for 0x10000000, outside the image"},
    {relocation_at_end, "relocation at 0x*ffc is outside the image"},
    {relocation_type, "unknown relocation type 5 at 0x"},
    {relocation_highlow, "the 32-bit relocation at 0x"},
    {import_name, "an imported module's name, at 0xfffffff, is outside the image"},
    {import_name_binary, "an imported module's name, at 0x"},
    {import_thunks, "the imports from ntoskrnl.exe run out of the image at 0xfffffffc"},
    {import_addresses, "the import addresses of ntoskrnl.exe are outside the image"},
    {import_ordinal, "imports ntoskrnl.exe by ordinal 77, which is not supported"},
    {import_symbol, "the name of an import from ntoskrnl.exe, at 0x7fffffff, is outside"},
    {import_unterminated, "its import directory at 0x*fec, 0x28 bytes, is outside the image"},
    {exception_size, "its exception directory at 0x*000"},
    {exception_order, "exception table entry 1 (0x*) is not in order"},
    {exception_range, "exception table entry 0 is for 0x* to 0x*, not a range"},
    {exception_beyond, "exception table entry 0 is for 0x* to 0x10000000, not a range"},
    {exception_unwind, "exception table entry 0 (0x*) has its unwind data at 0xfffffffc"},
    {exception_indirect, "exception table entry 0 refers to 0xfffffff1, outside the image"},
};

static void damage_is_refused_with_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct file f = good;
        damages[i].damage(&f);
        write_file(&f, f.size);
        assert_refused(NULL, damages[i].reason);
    }
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    unlink(path);
    assert_refused(NULL, "cannot open: No such file or directory");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(NULL, "not a regular file");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused(NULL, "not a regular file");
    rmdir(path);
    write_file(&good, good.size);
    assert_int_equal(truncate(path, (off_t)PE_FILE_SIZE_MAX + 1), 0);
    assert_refused(NULL, "too large for a driver");
    unlink(path);
}

/* Loads it, whatever it is. It must be refused with a reason, or be unloadable. */
static void try_load(struct file *f, size_t size)
{
    struct pe_image *image;
    char *error;

    write_file(f, size);
    image = pe_load(path, resolve, NULL, true, &error);
    if (image)
        assert_null(error);
    else if (!error || strncmp(error, path, strlen(path)) != 0)
        fail_msg("refused without a reason: %s", error ? error : "(none)");
    pe_unload(image);
    free(error);
}

/* A copy that ends where the next byte cannot be touched; the headers are checked there. */
static void check_headers_at_guard(struct file *f, size_t size)
{
    static uint8_t *pages;
    struct pe_loader *l = calloc(1, sizeof *l);

    assert_non_null(l);
    if (!pages) {
        pages =
            mmap(NULL, BUFFER + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(pages != MAP_FAILED);
        assert_int_equal(mprotect(pages + BUFFER, 4096, PROT_NONE), 0);
    }
    l->path = "guarded";
    l->file = pages + BUFFER - size;
    l->file_size = size;
    memcpy(l->file, f->at, size);
    if (!pe_check_headers(l))
        assert_non_null(l->error);
    free(l->error);
    free(l);
}

static void every_length_is_survived(void **state)
{
    struct file f = good;

    (void)state;
    for (size_t size = 0; size < good.size; size++) {
        check_headers_at_guard(&f, size);
        if (size < 64 || size % 61 == 0)
            try_load(&f, size);
    }
}

static void every_header_byte_is_survived(void **state)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

    (void)state;
    for (size_t at = 0; at < good_headers; at++)
        for (size_t v = 0; v < sizeof values + 8; v++) {
            struct file f = good;
            f.at[at] =
                v < sizeof values ? values[v] : f.at[at] ^ (uint8_t)(1 << (v - sizeof values));
            if (f.at[at] == good.at[at])
                continue;
            check_headers_at_guard(&f, f.size);
            if (v % 3 == 0)
                try_load(&f, f.size);
        }
}

/* Every 32-bit word of what the loader reads beyond the headers, set to what overflows. */
static void every_table_word_is_survived(void **state)
{
    static const enum pe_directory_index tables[] = {PE_DIRECTORY_IMPORT, PE_DIRECTORY_EXCEPTION,
                                                     PE_DIRECTORY_RELOCATION, PE_DIRECTORY_IAT};
    static const uint32_t values[] = {0, 1, 0xffffffff, 0x7fffffff, 0x80000000, 0xfffffff8, 0x6fff};

    (void)state;
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        const struct pe_directory *d = dir(&good, tables[t]);
        for (uint32_t at = 0; at + 4 <= d->size; at += 4)
            for (size_t v = 0; v < sizeof values / sizeof values[0]; v++) {
                struct file f = good;
                memcpy(at_rva(&f, d->rva + at), &values[v], 4);
                try_load(&f, f.size);
            }
    }
}

static void random_damage_is_survived(void **state)
{
    uint64_t seed = 88172645463325252u;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct file f = good;
        for (int n = round % 8; n >= 0; n--) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            f.at[seed % (round % 2 ? f.size : good_headers)] = (uint8_t)(seed >> 40);
        }
        try_load(&f, f.size);
    }
}

/* ---- Set-up -------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    char *name;
    FILE *in;

    (void)state;
    assert_non_null(getenv("FT_TEST_DRIVERS"));
    assert_true(asprintf(&name, "%s/seh.sys", getenv("FT_TEST_DRIVERS")) > 0);
    in = fopen(name, "r");
    if (!in)
        fail_msg("cannot open %s", name);
    free(name);
    good.size = fread(good.at, 1, sizeof good.at, in);
    fclose(in);
    assert_true(good.size > 1024 && good.size < sizeof good.at);
    good_headers = optional(&good)->size_of_headers;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/test.sys", directory);
    snprintf(map_path, sizeof map_path, "%s/test.map", directory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    unlink(map_path);
    rmdir(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_driver_loads),
        cmocka_unit_test(calls_are_counted_only_on_request),
        cmocka_unit_test(several_load_at_once),
        cmocka_unit_test(sections_are_protected),
        cmocka_unit_test(imports_are_bound),
        cmocka_unit_test(every_missing_import_is_named),
        cmocka_unit_test(addresses_are_described),
        cmocka_unit_test(the_load_configuration_is_applied),
        cmocka_unit_test(damage_is_refused_with_its_reason),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(every_length_is_survived),
        cmocka_unit_test(every_header_byte_is_survived),
        cmocka_unit_test(every_table_word_is_survived),
        cmocka_unit_test(random_damage_is_survived),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
