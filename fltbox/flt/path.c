/*
 * What users call a file that a driver names: by the volume that its name begins with.
 *
 * On a volume with a directory names are Windows' own. There U+F000 + character is no stand-in for
 * a character that NT names cannot hold, as in the names that translate_name makes: it is what the
 * program said, and Wine writes it to disk as the UTF-8 that it is. So these names go through
 * translate_windows_name_back. A surrogate without its partner cannot be part of any name on disk,
 * as Wine reads and writes names; what it becomes matters only to who reads it.
 */
#include "../find_case.h"
#include "../fltlib.h"
#include "../translate/translate.h"
#include "manager.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Linux names ---------------------------------------------------------------------------- */

/* Of a volume whose DOS name is its mount point. `rest` is the name within it. */
static char *mounted_path(PCUNICODE_STRING mount_point, const uint16_t *rest, size_t count)
{
    size_t units = mount_point->Length / sizeof(WCHAR), length;
    char *result = malloc(3 * (units + count) + 2);

    if (result == NULL)
        return NULL;
    length = translate_name_back(mount_point->Buffer, units, result, true);
    if (count > 0 && length > 0 && result[length - 1] == '/')
        length--; /* the root's own: the rest begins with one */
    length += translate_name_back(rest, count, result + length, false);
    if (length == 0) {
        result[length++] = '/';
        result[length] = '\0';
    }
    return result;
}

/* ---- Windows names -------------------------------------------------------------------------- */

/* The directory whose case was found last: programs open many files of one. */
static struct {
    pthread_mutex_t lock;
    char asked[PATH_MAX], found[PATH_MAX]; /* terminated */
    size_t length;                         /* of both; 0: none */
} last = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* `known` bytes of `found` are there. */
static void remember(const char *asked, const char *found, size_t known)
{
    size_t length = strrchr(asked, '/') - asked;

    last.length = known >= length && length < PATH_MAX ? length : 0;
    memcpy(last.asked, asked, last.length);
    memcpy(last.found, found, last.length);
    last.asked[last.length] = last.found[last.length] = '\0';
}

/* In the directory found last, which must be the path's. False: it does not help. */
static bool find_in_last(int root, char *path, unsigned *entries)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash - path;

    if (length == 0 || length != last.length || memcmp(path, last.asked, length) != 0)
        return false;
    if (strcmp(last.asked, last.found) != 0 && find_case_is_there(root, last.asked))
        return false; /* by now, and goes before one in another case */
    memcpy(path, last.found, length);
    /* The name may be missing, as many are that are asked for, but the directory must be there. */
    if (find_case(root, path, length, entries) || find_case_is_there(root, last.found))
        return true;
    memcpy(path, last.asked, length);
    return false;
}

/* Gives the path the case that its components after the first `fixed` bytes have on disk. Where
   they are not there they stay as they were asked for. */
static void find_on_disk(char *path, size_t fixed)
{
    unsigned entries = FIND_CASE_ENTRIES;
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char *asked = strdup(path);

    if (root < 0 || asked == NULL || find_case_is_there(root, path))
        goto out;
    pthread_mutex_lock(&last.lock);
    if (!find_in_last(root, path, &entries)) {
        size_t known;

        find_case_known(root, path, fixed, &entries, &known);
        remember(asked, path, known);
    }
    pthread_mutex_unlock(&last.lock);
out:
    if (root >= 0)
        close(root);
    free(asked);
}

/* Takes `directory`. */
static char *path_below(char *directory, const uint16_t *rest, size_t count)
{
    size_t fixed = strlen(directory), length;
    char *result = realloc(directory, fixed + 3 * count + 2);

    if (result == NULL) {
        free(directory);
        return NULL;
    }
    while (fixed > 0 && result[fixed - 1] == '/')
        fixed--; /* the rest begins with one */
    length = fixed + translate_windows_name_back(rest, count, result + fixed);
    while (length > 0 && result[length - 1] == '/')
        length--;
    if (length == 0)
        result[length++] = '/';
    result[length] = '\0';
    /* A stream of the root directory is no path below it. */
    if (length > fixed + 1 && result[fixed] == '/')
        find_on_disk(result, fixed);
    return result;
}

char *filter_unix_path(const uint16_t *path, size_t count)
{
    char *result = NULL, *directory = NULL;
    const struct volume_names *names;
    size_t prefix;

    pthread_mutex_lock(&flt.lock);
    names = called_find(path, count, &prefix);
    if (names != NULL) {
        if (names->directory == NULL)
            result = mounted_path(&names->dos, path + prefix, count - prefix);
        else if (names->directory[0] != '\0')
            directory = strdup(names->directory);
    }
    pthread_mutex_unlock(&flt.lock);
    /* Disks take their time. */
    return directory != NULL ? path_below(directory, path + prefix, count - prefix) : result;
}

char *filter_dos_path(const uint16_t *path, size_t count)
{
    char *result = NULL;
    const struct volume_names *names;
    size_t prefix;

    if (atomic_load_explicit(&flt.dos_volumes, memory_order_relaxed) == 0)
        return NULL;
    pthread_mutex_lock(&flt.lock);
    names = called_find(path, count, &prefix);
    if (names != NULL && names->directory != NULL) {
        size_t units = names->dos.Length / sizeof(WCHAR), length;

        result = malloc(3 * (units + count - prefix) + 2);
        if (result != NULL) {
            length = translate_name_back(names->dos.Buffer, units, result, true);
            if (count == prefix)
                strcpy(result + length, "\\");
            else
                translate_name_back(path + prefix, count - prefix, result + length, true);
        }
    }
    pthread_mutex_unlock(&flt.lock);
    return result;
}
