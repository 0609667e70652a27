/* A driver's file and the map of its symbols, as somebody else has made them. */
#include "fuzz.h"

#include "pe/image.h"

static int variable;

static void function(void)
{
}

static void *resolve(void *context, const char *module, const char *name, bool *is_data)
{
    (void)context;
    (void)module;
    *is_data = (name[0] & 1) != 0;
    if (name[0] == '!')
        return NULL;
    return *is_data ? (void *)&variable : (void *)function;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

/* The image; a file that ends in "MAP" and a size (two bytes) has so much of a map before that. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *error = NULL, text[256];
    struct pe_image *image;
    const char *path;
    size_t map = 0;

    if (size > 5 && memcmp(data + size - 5, "MAP", 3) == 0) {
        map = data[size - 2] | data[size - 1] << 8;
        size -= 5;
        if (map > size)
            map = size;
    }
    fuzz_named_file("fuzz.map", data + size - map, map);
    path = fuzz_named_file("fuzz.sys", data, size - map);
    image = pe_load(path, resolve, NULL, size & 1, &error);
    if (image == NULL && error == NULL)
        fuzz_wrong("refused without a reason", "");
    for (size_t at = 0; image != NULL && at < image->size; at += image->size / 64 + 1)
        pe_describe(image->base + at, text, sizeof(text));
    if (image != NULL)
        pe_unload(image);
    free(error);
    return 0;
}
