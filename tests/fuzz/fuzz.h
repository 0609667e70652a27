/*
 * For the fuzz targets. A target is tests/fuzz/NAME.c with LLVMFuzzerTestOneInput, by clang's
 * libFuzzer; what it is given is `size` bytes that an attacker has chosen. It must come back soon,
 * keep no memory, and hold what it says.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of the input. */
static const uint8_t *fuzz_data;
static size_t fuzz_left;

/* The next `bytes` of it as a number; 0 when it is used up. */
static inline uint64_t fuzz_take(unsigned bytes)
{
    uint64_t value = 0;

    while (bytes-- > 0 && fuzz_left > 0) {
        value = value << 8 | *fuzz_data++;
        fuzz_left--;
    }
    return value;
}

/* Up to `most` bytes of it into `to`; how many. */
static inline size_t fuzz_take_bytes(void *to, size_t most)
{
    size_t size = most < fuzz_left ? most : fuzz_left;

    memcpy(to, fuzz_data, size);
    fuzz_data += size;
    fuzz_left -= size;
    return size;
}

/* Something does not hold that must. */
static inline _Noreturn void fuzz_wrong(const char *what, const char *more)
{
    fprintf(stderr, "WRONG: %s %s\n", what, more);
    abort();
}

/* The bytes as the file /proc/self/fd/N, whose number is returned; one file, each time anew. */
static inline int fuzz_file(const void *bytes, size_t size)
{
    static int fd = -1;

    if (fd < 0)
        fd = memfd_create("fuzz", 0);
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, bytes, size, 0) != (ssize_t)size ||
        lseek(fd, 0, SEEK_SET) != 0)
        abort();
    return fd;
}

static inline char *fuzz_file_name(int fd)
{
    static char name[32];

    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    return name;
}

/* Writes a file of that name below $TMPDIR, anew; its path, which stays valid. */
static inline const char *fuzz_named_file(const char *name, const void *bytes, size_t size)
{
    static char paths[2][4096];
    static int which;
    char *path = paths[which++ % 2];
    const char *top = getenv("TMPDIR");
    FILE *file;

    snprintf(path, sizeof(paths[0]), "%s/%s", top != NULL ? top : "/tmp", name);
    file = fopen(path, "w");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        abort();
    return path;
}

#endif
