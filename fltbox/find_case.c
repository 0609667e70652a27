#include "find_case.h"
#include "nt/nt.h"
#include "translate/translate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COMPONENTS_MAX 64

int find_case_open(int root, const char *path, int flags)
{
    struct open_how how = {
        .flags = (unsigned)(flags | O_CLOEXEC),
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    int fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

    return fd < 0 ? -errno : fd;
}

bool find_case_is_there(int root, const char *path)
{
    int fd = find_case_open(root, path, O_PATH);

    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static bool is_ascii(const char *name)
{
    for (; *name != '\0'; name++) {
        if ((unsigned char)*name >= 0x80)
            return false;
    }
    return true;
}

/* As Windows compares names. Both are equally long: the few letters whose other case takes another
   number of bytes match only themselves. */
static bool same_letters(const char *a, const char *b, size_t length)
{
    uint16_t x[NAME_MAX], y[NAME_MAX];
    size_t n;

    if (length > NAME_MAX)
        return false;
    n = translate_name(a, length, x, true);
    if (translate_name(b, length, y, true) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (nt_upcase(x[i]) != nt_upcase(y[i]))
            return false;
    }
    return true;
}

/* Gives `name` the case that it has in the directory. False: it is not there. */
static bool find_entry(int root, const char *directory, char *name, unsigned *entries)
{
    int fd = find_case_open(root, directory, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
    bool ascii = is_ascii(name), found = false;
    size_t length = strlen(name);
    struct dirent *entry;

    if (stream == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    nt_case_init();
    for (; !found && *entries > 0 && (entry = readdir(stream)) != NULL; --*entries) {
        if (strlen(entry->d_name) != length)
            continue;
        found = ascii ? strcasecmp(entry->d_name, name) == 0
                      : same_letters(entry->d_name, name, length);
        if (found)
            memcpy(name, entry->d_name, length);
    }
    closedir(stream);
    return found;
}

/* The last component of the path. */
static bool find_component(int root, char *path, char *name, unsigned *entries)
{
    char before = name[-1];
    bool found;

    if (find_case_is_there(root, path))
        return true;
    name[-1] = '\0';
    found = find_entry(root, path[0] == '\0' ? "/" : path, name, entries);
    name[-1] = before;
    return found;
}

bool find_case_known(int root, char *path, size_t fixed, unsigned *entries, size_t *known)
{
    char *name = path + fixed;

    *known = strlen(path);
    if (find_case_is_there(root, path))
        return true;
    *known = fixed;
    for (unsigned i = 0; i < COMPONENTS_MAX; i++) {
        char *end, after;
        bool found;

        name += strspn(name, "/");
        end = name + strcspn(name, "/");
        if (name == end || name == path)
            return false;
        after = *end;
        *end = '\0';
        found = find_component(root, path, name, entries);
        *end = after;
        if (!found)
            return false;
        *known = end - path;
        if (after == '\0')
            return true;
        name = end;
    }
    return false;
}

bool find_case(int root, char *path, size_t fixed, unsigned *entries)
{
    size_t known;

    return find_case_known(root, path, fixed, entries, &known);
}
