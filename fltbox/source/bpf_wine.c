/*
 * Wine starts a Windows program as
 *
 *     /usr/lib/wine/wine64-preloader /usr/lib/wine/wine64 C:\windows\system32\notepad.exe ...
 *
 * removes its own arguments from the memory that /proc/PID/cmdline shows, and then gives the
 * process the final component of what is the first argument now as its name, of which the kernel
 * keeps 15 bytes. The argument is the name as it was asked for: a Windows path, absolute or not, or
 * a Unix path.
 *
 * All that is read here is another process's to choose. It is only ever looked up inside that
 * process's root directory, and nothing that it names is opened for more than its path.
 */
#include "bpf_private.h"
#include "program.h"
#include "../find_case.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMM_MAX        15 /* what the kernel keeps of a thread's name */
#define ARGUMENTS       3  /* preloader, loader, program */
#define ENVIRONMENT_MAX 262144

/* The process whose image is asked for. */
struct windows_process {
    pid_t pid;
    int root;                    /* its root directory */
    unsigned entries;            /* of directories, that may still be read */
    char prefix[PROC_NAME_MAX];  /* Wine's directory for its drives; "": not known */
    char program[PROC_NAME_MAX]; /* as it was asked for */
};

static const char *final_component(const char *name)
{
    const char *final = name;

    for (; *name != '\0'; name++) {
        if (*name == '/' || *name == '\\')
            final = name + 1;
    }
    return final;
}

static const char *loader_of(const char *exe)
{
    const char *slash = strrchr(exe, '/');

    return slash != NULL ? slash + 1 : exe;
}

/* The loader's own name, or what is left of it: "wine64" of wine64-preloader. */
static bool is_loaders(const char *name, const char *exe)
{
    return strncmp(name, loader_of(exe), strlen(name)) == 0;
}

static bool is_name(const char *name)
{
    return name[0] != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/*
 * Which argument is the program. The first, if it is not the loader, whatever the name: a program
 * may have given its thread another one. Where Wine could not move its arguments, the one that has
 * the name.
 */
static bool find_program(char program[static PROC_NAME_MAX], const char *exe, const char *comm,
                         const char *arguments, size_t size)
{
    const char *end = arguments + size;

    for (unsigned i = 0; i < ARGUMENTS && arguments < end; i++) {
        size_t length = strnlen(arguments, end - arguments);
        const char *name;

        if (length < PROC_NAME_MAX) {
            memcpy(program, arguments, length);
            program[length] = '\0';
            name = final_component(program);
            if (is_name(name) && !is_loaders(name, exe) &&
                (i == 0 || strncmp(name, comm, COMM_MAX) == 0))
                return true;
        }
        arguments += length < (size_t)(end - arguments) ? length + 1 : length;
    }
    return false;
}

/* ---- Where its drives are ------------------------------------------------------------------ */

/* NULL: it is not there, or is no absolute path. The environment may be NULL. */
static const char *directory_in(const char *environment, size_t size, const char *variable)
{
    size_t n = strlen(variable);

    if (environment == NULL)
        return NULL;
    for (const char *p = environment; p < environment + size; p += strlen(p) + 1) {
        if (strncmp(p, variable, n) == 0 && p[n] == '=')
            return p[n + 1] == '/' ? p + n + 1 : NULL;
    }
    return NULL;
}

bool bpf_wine_prefix(const char *environment, size_t size, char prefix[PROC_NAME_MAX])
{
    const char *directory = directory_in(environment, size, "WINEPREFIX"), *below = "";
    int n = 0;

    if (directory == NULL) {
        directory = directory_in(environment, size, "HOME");
        below = "/.wine";
    }
    if (directory != NULL)
        n = snprintf(prefix, PROC_NAME_MAX, "%s%s", directory, below);
    if (n > 0 && n < PROC_NAME_MAX)
        return true;
    prefix[0] = '\0';
    return false;
}

bool bpf_wine_prefix_of(pid_t pid, char prefix[PROC_NAME_MAX])
{
    char *environment = malloc(ENVIRONMENT_MAX);
    bool found;

    prefix[0] = '\0';
    if (environment == NULL)
        return false;
    found = bpf_wine_prefix(environment, proc_read(pid, "environ", environment, ENVIRONMENT_MAX),
                            prefix);
    free(environment);
    return found;
}

/* ---- Looking a name up --------------------------------------------------------------------- */

/* The path as we know it of a regular file: its directory's, links resolved, and its own name.
   NULL: there is none. To be freed. */
static char *real_path(int root, char *path)
{
    char link[PROC_LINK_MAX], directory[PROC_NAME_MAX + 1], *result = NULL;
    char *slash = strrchr(path, '/');
    proc_path whole;
    struct statx st;
    int fd = find_case_open(root, path, O_PATH);

    if (fd < 0 || slash == NULL)
        goto out;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    if (proc_stat(link, 0, &st) < 0 || !S_ISREG(st.stx_mode) || !is_name(slash + 1))
        goto out;
    close(fd);
    *slash = '\0';
    fd = find_case_open(root, *path == '\0' ? "/" : path, O_PATH | O_DIRECTORY);
    *slash = '/';
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    if (fd < 0 || proc_link_path(link, directory) < 0 || directory[0] != '/')
        goto out;
    proc_join(whole, directory, slash + 1);
    result = strdup(whole);
out:
    if (fd >= 0)
        close(fd);
    return result;
}

/* The file `name` (Wine's, with slashes) below `directory`, a path in the process's root. */
static char *find_below(struct windows_process *w, const char *directory, const char *name)
{
    bool extended = strchr(final_component(name), '.') != NULL;
    char path[PROC_NAME_MAX];
    int n = snprintf(path, sizeof(path), "%s/%s%s", directory, name, extended ? "" : ".exe");

    /* A program without any extension is rare, but Wine takes it first. */
    if (n < 0 || (size_t)n >= sizeof(path))
        return NULL;
    if (!extended) {
        path[n - 4] = '\0';
        if (find_case(w->root, path, strlen(directory), &w->entries)) {
            char *found = real_path(w->root, path);

            if (found != NULL)
                return found;
        }
        snprintf(path, sizeof(path), "%s/%s.exe", directory, name);
    }
    return find_case(w->root, path, strlen(directory), &w->entries) ? real_path(w->root, path)
                                                                    : NULL;
}

/* Where Wine looks for a program that was asked for by its name alone, and paths relative to the
   working directory. */
static char *search(struct windows_process *w, const char *name)
{
    static const char *const system[] = {"windows/system32", "windows"};
    char link[PROC_LINK_MAX], directory[PROC_NAME_MAX + 32];
    char *found = NULL;
    ssize_t n;

    if (w->prefix[0] != '\0' && strchr(name, '/') == NULL) {
        for (size_t i = 0; found == NULL && i < sizeof(system) / sizeof(system[0]); i++) {
            snprintf(directory, sizeof(directory), "%s/dosdevices/c:/%s", w->prefix, system[i]);
            found = find_below(w, directory, name);
        }
    }
    if (found != NULL)
        return found;
    snprintf(link, sizeof(link), "/proc/%d/cwd", w->pid);
    n = readlink(link, directory, PROC_NAME_MAX);
    if (n <= 0 || n >= PROC_NAME_MAX || directory[0] != '/')
        return NULL;
    directory[n] = '\0';
    return find_below(w, directory, name);
}

static char *find_file(struct windows_process *w)
{
    char name[PROC_NAME_MAX], drive[PROC_NAME_MAX + 32];
    char *p = name;

    memcpy(name, w->program, sizeof(name));
    if (name[0] == '/')
        return find_case(w->root, name, 0, &w->entries) ? real_path(w->root, name) : NULL;
    for (char *c = name; *c != '\0'; c++) {
        if (*c == '\\')
            *c = '/';
    }
    /* \\?\C:\program.exe and \??\C:\program.exe */
    if (strncmp(p, "//?/", 4) == 0 || strncmp(p, "/?\?/", 4) == 0)
        p += 4;
    if (!isascii(p[0]) || !isalpha((unsigned char)p[0]) || p[1] != ':')
        return search(w, name);
    if (w->prefix[0] == '\0')
        return NULL;
    snprintf(drive, sizeof(drive), "%s/dosdevices/%c:", w->prefix, tolower(p[0]));
    return find_below(w, drive, p + 2 + strspn(p + 2, "/"));
}

/* ---- The image ----------------------------------------------------------------------------- */

/* Where the program is cannot be found out; its name can be matched all the same. */
static char *below_loader(const char *exe, const char *program)
{
    const char *name = final_component(program);
    bool extended = strchr(name, '.') != NULL;
    int directory = loader_of(exe) - exe;
    proc_path whole;

    snprintf(whole, sizeof(whole), "%.*s%s%s", directory, exe, name, extended ? "" : ".exe");
    return strdup(whole);
}

char *bpf_wine_image(pid_t pid, const char *exe, const char *comm, const char *arguments,
                     size_t size)
{
    struct windows_process w = {.pid = pid, .entries = FIND_CASE_ENTRIES};
    char link[PROC_LINK_MAX], *path = NULL;

    /* Not renamed yet: it may become another program than it was asked for. */
    if (!program_is_wine(exe) || is_loaders(comm, exe))
        return NULL;
    if (!find_program(w.program, exe, comm, arguments, size))
        return NULL;
    snprintf(link, sizeof(link), "/proc/%d/root", pid);
    w.root = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (w.root >= 0) {
        bpf_wine_prefix_of(pid, w.prefix);
        path = find_file(&w);
        close(w.root);
    }
    return path != NULL ? path : below_loader(exe, w.program);
}

void bpf_wine_look_up(pid_t pid, struct proc_image *image)
{
    char comm[COMM_MAX + 2], arguments[ARGUMENTS * PROC_NAME_MAX], *path;
    size_t size;

    size = image->path != NULL ? proc_read(pid, "comm", comm, sizeof(comm)) : 0;
    if (size == 0)
        return;
    /* The newline is the kernel's; a name can have its own before. */
    if (comm[size - 1] == '\n')
        comm[size - 1] = '\0';
    size = proc_read(pid, "cmdline", arguments, sizeof(arguments));
    path = bpf_wine_image(pid, image->path, comm, arguments, size);
    if (path == NULL)
        return;
    free(image->path);
    image->path = path;
    free(image->executed);
    image->executed = NULL;
}
