/*
 * Between the loader's files: an image under construction and the checks that each step shares.
 *
 * Every step of loading takes the loader and returns whether to go on; the first that refuses has
 * said why through pe_refuse. Offsets into the file and addresses in the image come from the file
 * and are used only through pe_file_at and pe_image_at, which check them.
 */
#ifndef FLTBOX_PE_IMAGE_H
#define FLTBOX_PE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pe/format.h"
#include "pe/pe.h"

#define PE_PAGE           4096u
#define PE_IMAGE_SIZE_MAX (256u << 20) /* a driver larger than this is a damaged file */
#define PE_FILE_SIZE_MAX  (512u << 20)

struct pe_loader {
    const char *path;
    uint8_t *file; /* the whole file; read once, so that nobody can change it under the checks */
    size_t file_size;

    struct pe_file_header header;
    struct pe_optional_header optional;
    struct pe_directory directories[PE_DIRECTORIES];
    struct pe_section_header sections[PE_SECTIONS_MAX];

    struct pe_image *image;
    char *error; /* lines, without the last newline */
};

/* What the image needs beyond what others see. */
struct pe_private {
    struct pe_image image;
    uint8_t *mapping; /* with the guard pages around the image */
    size_t mapping_size;
    uint8_t *calls; /* the imports and, on pages of their own, their stubs */
    size_t calls_size;
    char *strings; /* the imports' names */
};

/* Adds "PATH: message" as a line to the error. Returns false, for `return pe_refuse(...)`. */
bool pe_refuse(struct pe_loader *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* `size` bytes of the file at `offset`; NULL where they are not all there. */
const void *pe_file_at(const struct pe_loader *, uint64_t offset, uint64_t size);

/* `size` bytes of the image at `rva`; NULL where they are not all there. */
void *pe_image_at(const struct pe_image *, uint64_t rva, uint64_t size);

/* A section's name for messages, terminated, with '?' for what cannot be printed. */
const char *pe_section_name(const struct pe_section_header *, char buffer[9]);

/* file.c: reads the file. header.c: checks headers, sections and directories. */
bool pe_read_file(struct pe_loader *);
bool pe_check_headers(struct pe_loader *);

/* map.c: maps headers and sections, readable and writable; then as they ask. */
bool pe_map(struct pe_loader *);
bool pe_protect(struct pe_loader *);
void pe_unmap(struct pe_image *);

/* relocate.c, import.c, config.c */
bool pe_relocate(struct pe_loader *);
bool pe_bind_imports(struct pe_loader *, pe_resolver *, void *context, bool count_calls);
void pe_free_imports(struct pe_image *);
bool pe_configure(struct pe_loader *); /* security cookie, guard pointers */
bool pe_check_unwind(struct pe_loader *);

/* symbols.c: from the map file beside `path`; a missing or odd one leaves none. */
void pe_load_symbols(struct pe_image *);
void pe_free_symbols(struct pe_image *);

/* The stubs at the start of an image's call stubs, for control-flow guard: `ret`, `jmp rax`. */
void *pe_guard_check_stub(const struct pe_image *);
void *pe_guard_dispatch_stub(const struct pe_image *);

/* unwind.c: the function that holds `rva`; NULL for a leaf. */
const struct pe_function *pe_function_at(const struct pe_image *, uint32_t rva);

#endif
