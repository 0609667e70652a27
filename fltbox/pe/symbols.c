/*
 * Names for addresses, from the map file that the linker writes beside the image. Both lld-link's
 * and Microsoft's have lines "SSSS:OOOOOOOO  name  VVVVVVVVVVVVVVVV ...", where V is the address at
 * the preferred base, which another line states.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "pe/image.h"

#define SYMBOLS_MAX  (1u << 20)
#define MAP_SIZE_MAX (64u << 20)

static char *map_path(const char *path)
{
    size_t length = strlen(path);
    char *map = malloc(length + 5);

    if (!map)
        return NULL;
    if (length > 4 && strcasecmp(path + length - 4, ".sys") == 0)
        length -= 4;
    memcpy(map, path, length);
    strcpy(map + length, ".map");
    return map;
}

static int by_rva(const void *a, const void *b)
{
    uint32_t x = ((const struct pe_symbol *)a)->rva, y = ((const struct pe_symbol *)b)->rva;

    return x < y ? -1 : x > y;
}

static void add_symbol(struct pe_image *image, size_t *room, uint64_t rva, const char *name)
{
    if (rva >= image->size || image->symbol_count == SYMBOLS_MAX)
        return;
    if (image->symbol_count == *room) {
        size_t more = *room ? *room * 2 : 256;
        struct pe_symbol *at = realloc(image->symbols, more * sizeof *at);
        if (!at)
            return;
        image->symbols = at;
        *room = more;
    }
    image->symbols[image->symbol_count].rva = (uint32_t)rva;
    image->symbols[image->symbol_count].name = strdup(name);
    if (image->symbols[image->symbol_count].name)
        image->symbol_count++;
}

void pe_load_symbols(struct pe_image *image)
{
    char *path = map_path(image->path);
    FILE *file = path ? fopen(path, "re") : NULL;
    unsigned long long base = image->preferred_base, value;
    unsigned section, offset;
    char line[4096], name[1024];
    size_t room = 0;
    struct stat st;

    free(path);
    if (!file)
        return;
    if (fstat(fileno(file), &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > MAP_SIZE_MAX)
        goto out;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, " Preferred load address is %llx", &base) == 1)
            continue;
        /* Sections have lines too, with a length that ends in H where a symbol has its name. */
        if (sscanf(line, " %4x:%8x %1023s %16llx", &section, &offset, name, &value) == 4 &&
            section != 0 && value >= base)
            add_symbol(image, &room, value - base, name);
    }
    if (image->symbol_count)
        qsort(image->symbols, image->symbol_count, sizeof *image->symbols, by_rva);
out:
    fclose(file);
}

void pe_free_symbols(struct pe_image *image)
{
    for (size_t i = 0; i < image->symbol_count; i++)
        free(image->symbols[i].name);
    free(image->symbols);
    image->symbols = NULL;
    image->symbol_count = 0;
}

/* The last symbol that is not after `rva`. */
static const struct pe_symbol *symbol_at(const struct pe_image *image, uint32_t rva)
{
    size_t low = 0, high = image->symbol_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (image->symbols[middle].rva <= rva)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &image->symbols[low - 1] : NULL;
}

char *pe_describe(const void *address, char *buffer, size_t size)
{
    const struct pe_image *image = pe_find(address);
    const struct pe_function *function;
    const struct pe_symbol *symbol;
    uint32_t rva;

    if (!image) {
        snprintf(buffer, size, "0x%llx", (unsigned long long)(uintptr_t)address);
        return buffer;
    }
    rva = (uint32_t)((const uint8_t *)address - image->base);
    symbol = symbol_at(image, rva);
    function = pe_function_at(image, rva);
    /* A symbol from before the function belongs to another: the map lacks static names. */
    if (symbol && (!function || symbol->rva >= function->begin))
        snprintf(buffer, size, "%s+0x%x (%s+0x%x)", image->name, rva, symbol->name,
                 rva - symbol->rva);
    else if (function)
        snprintf(buffer, size, "%s+0x%x (function 0x%x+0x%x)", image->name, rva, function->begin,
                 rva - function->begin);
    else
        snprintf(buffer, size, "%s+0x%x", image->name, rva);
    return buffer;
}
