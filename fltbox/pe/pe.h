/*
 * Loads a PE32+ image for x86-64 into this process: maps its sections, relocates it, binds its
 * imports, protects its pages, and finds its unwind data. Nothing in the file is trusted.
 */
#ifndef FLTBOX_PE_H
#define FLTBOX_PE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One import as bound: `calls` counts how often the image called it, where that is counted. */
struct pe_import {
    char *module;
    char *name;
    void *target;
    uint64_t calls;
};

struct pe_image {
    char *path; /* as given */
    char *name; /* final component */
    uint8_t *base;
    size_t size; /* SizeOfImage, in whole pages */
    void *entry; /* AddressOfEntryPoint */
    uint64_t preferred_base;
    uint16_t dll_characteristics;
    const void *unwind; /* RUNTIME_FUNCTIONs, sorted */
    size_t unwind_count;
    struct pe_import *imports;
    size_t import_count;
    struct pe_symbol *symbols; /* from IMAGE.map beside it, sorted by rva; may be empty */
    size_t symbol_count;
    struct pe_image *next; /* all loaded images */
};

struct pe_symbol {
    uint32_t rva;
    char *name;
};

/* Finds what an import binds to. *is_data says that the import is a variable: there are no calls to
   count. NULL: not there. */
typedef void *pe_resolver(void *context, const char *module, const char *name, bool *is_data);

/*
 * Loads `path`. On failure returns NULL and sets *error to a message of one or more lines (free
 * it), each complete with the file's name: "x.sys: not a PE file", or one "x.sys: needs
 * ntoskrnl.exe!FsRtlFoo, which is not implemented" for each import that the resolver does not find.
 * The image's entry point has not run. `count_calls`: see struct pe_import; each call of an import
 * takes some nanoseconds more.
 */
struct pe_image *pe_load(const char *path, pe_resolver *resolve, void *context, bool count_calls,
                         char **error);

/* Unmaps it. No thread may be inside. NULL is fine. */
void pe_unload(struct pe_image *);

/* The image that holds an address, NULL where none does. Safe in a signal handler. */
struct pe_image *pe_find(const void *address);

/*
 * "filetap.sys+0x1234 (FtPreCreate+0x34)" for an address in an image; the part in parentheses
 * needs a map file or unwind data. "0x7f..." for any other. Returns `buffer`.
 */
char *pe_describe(const void *address, char *buffer, size_t size);

#endif
