#include "memory.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LEAST ((uint64_t)64 << 20)
#define SHARE 8

/* A number that stands alone in a file. False: there is none ("max"). */
static bool read_number(const char *root, const char *group, const char *name, uint64_t *number)
{
    char path[PATH_MAX];
    unsigned long long value;
    FILE *f;
    bool found;

    if (snprintf(path, sizeof(path), "%s/sys/fs/cgroup%s/%s", root, group, name) >=
        (int)sizeof(path))
        return false;
    f = fopen(path, "re");
    if (f == NULL)
        return false;
    found = fscanf(f, "%llu", &value) == 1;
    fclose(f);
    *number = value;
    return found;
}

/* What this group and those above it leave. Only version 2: version 1 is for old systems. */
static uint64_t left_by_groups(const char *root)
{
    char path[PATH_MAX], group[PATH_MAX] = "", *slash;
    uint64_t left = UINT64_MAX;
    FILE *f;

    snprintf(path, sizeof(path), "%s/proc/self/cgroup", root);
    f = fopen(path, "re");
    if (f == NULL)
        return left;
    while (fgets(path, sizeof(path), f) != NULL) {
        if (strncmp(path, "0::/", 4) == 0) {
            path[strcspn(path, "\n")] = '\0';
            strcpy(group, path + 3);
        }
    }
    fclose(f);
    if (strcmp(group, "/") == 0)
        group[0] = '\0';
    for (;;) {
        uint64_t most, used;

        if (read_number(root, group, "memory.max", &most) &&
            read_number(root, group, "memory.current", &used)) {
            if (used > most)
                used = most;
            if (most - used < left)
                left = most - used;
        }
        slash = strrchr(group, '/');
        if (slash == NULL)
            break;
        *slash = '\0';
    }
    return left;
}

static uint64_t available(const char *root)
{
    char path[PATH_MAX], line[256];
    unsigned long long kilobytes = 0;
    FILE *f;

    snprintf(path, sizeof(path), "%s/proc/meminfo", root);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "MemAvailable: %llu", &kilobytes) == 1)
            break;
    }
    if (f != NULL)
        fclose(f);
    return (uint64_t)kilobytes << 10;
}

size_t memory_share_below(const char *root)
{
    uint64_t left = left_by_groups(root), all = available(root);

    if (left < all)
        all = left;
    return all / SHARE > LEAST ? all / SHARE : LEAST;
}

size_t memory_share(void)
{
    return memory_share_below("");
}
