/*
 * nt_calls DIRECTORY [OUTPUT [UNIX-DIRECTORY [CHILD-OUTPUT]]]
 *
 * DIRECTORY, such as C:\ft-test, is there, and empty; so is the one that Linux calls
 * UNIX-DIRECTORY. Lines go to OUTPUT or standard output, those of a child process, if it is to be
 * started, to CHILD-OUTPUT. What is printed lies between calls for `begin-marker` and
 * `end-marker`, the child's between `child-begin-marker` and `child-end-marker`.
 *
 * Exits with 1 if something that it relies on did not work; the files' errors are no such thing.
 */
#include "calls.h"

#include <stdio.h>
#include <stdlib.h>

WCHAR dos_directory[MAX_PATH], nt_directory[MAX_PATH + 8], unix_directory[MAX_PATH + 8];

static void make(const WCHAR *name, const char *text)
{
    WCHAR path[2 * MAX_PATH];
    FILE *file;

    wcscat(
        wcscat(wcscpy(path, name[0] == '\\' ? L"" : dos_directory), name[0] == '\\' ? L"" : L"\\"),
        name);
    if (text == NULL) {
        if (!CreateDirectoryW(path, NULL))
            wrong("cannot make a directory");
        return;
    }
    file = _wfopen(path, L"wb");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        wrong("cannot make a file");
}

/* What there is before the first call. A file's text says which one it is. */
static void make_files(void)
{
    WCHAR path[2 * MAX_PATH];

    make(L"kept-dir", NULL);
    make(L"kept-dir\\inner", NULL);
    make(L"other-dir", NULL);
    make(L"other-dir\\inner", NULL);
    make(L"kept.txt", "kept.txt");
    make(L"Mixed Case.txt", "Mixed Case.txt");
    make(L"readonly.txt", "readonly.txt");
    make(L"\u00e9t\u00e9.txt", "\xC3\xA9t\xC3\xA9.txt");
    make(L"kept-dir\\kept.txt", "kept-dir/kept.txt");
    make(L"kept-dir\\inner\\deep.txt", "kept-dir/inner/deep.txt");
    make(L"other-dir\\kept.txt", "other-dir/kept.txt");
    wcscat(wcscpy(path, dos_directory), L"\\readonly.txt");
    if (!SetFileAttributesW(path, FILE_ATTRIBUTE_READONLY))
        wrong("cannot set attributes");
    if (unix_directory[0] != '\0') {
        wcscat(wcscpy(path, unix_directory), L"\\unix file");
        path[1] = '\\';
        make(path, "unix file");
    }
}

static void marker(const WCHAR *name)
{
    try_open(&(struct ask){.name = name, .access = SYNCHRONIZE, .share = SHARE_ALL});
}

/* ---- The child ----------------------------------------------------------------------------- */

/* A handle that the child inherits is a number on its command line. */
static void run_child(const struct directory *inherited, const WCHAR *output)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION child;
    WCHAR self[MAX_PATH], line[4 * MAX_PATH];
    DWORD status = 1;

    GetModuleFileNameW(NULL, self, MAX_PATH);
    swprintf(line, sizeof(line) / sizeof(line[0]), L"\"%ls\" child \"%ls\" \"%ls\" %lu \"%ls\"",
             self, dos_directory, output, (ULONG)(ULONG_PTR)inherited->handle, inherited->name);
    if (!CreateProcessW(self, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child)) {
        wrong("cannot start a child");
        return;
    }
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &status);
    if (status != 0)
        wrong("the child has failed");
    CloseHandle(child.hThread);
    CloseHandle(child.hProcess);
}

static void child(const WCHAR *handle, const WCHAR *name)
{
    struct directory inherited = {(HANDLE)(ULONG_PTR)wcstoul(handle, NULL, 10), L""};
    static const WCHAR *const names[] = {L"kept.txt", L"inner\\deep.txt", L"missing.txt", L"",
                                         L"inner"};

    wcsncpy(inherited.name, name, sizeof(inherited.name) / sizeof(inherited.name[0]) - 1);
    marker(L"child-begin-marker");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct ask ask = {.name = names[i],
                                .root = &inherited,
                                .access = FILE_READ_DATA | SYNCHRONIZE,
                                .disposition = FILE_OPEN,
                                .share = SHARE_ALL};

        try_create(&ask);
        try_open(&ask);
        try_query(&ask);
        try_query_full(&ask);
    }
    try_create(&(struct ask){.name = L"made by the child.txt",
                             .root = &inherited,
                             .access = GENERIC_WRITE,
                             .disposition = FILE_CREATE,
                             .share = SHARE_ALL});
    try_delete(&(struct ask){.name = L"made by the child.txt", .root = &inherited});
    marker(L"child-end-marker");
}

/* ---- The program --------------------------------------------------------------------------- */

static bool begin(const WCHAR *directory, const WCHAR *output)
{
    if (wcslen(directory) >= MAX_PATH / 2 || !lines_begin(output)) {
        wrong("cannot begin");
        return false;
    }
    wcscpy(dos_directory, directory);
    wcscat(wcscpy(nt_directory, L"\\??\\"), directory);
    return true;
}

static void parent(const WCHAR *child_output)
{
    struct directory inherited = {NULL, L""};

    marker(L"begin-marker");
    cases_create();
    cases_share();
    cases_win32();
    cases_names();
    cases_failures();
    cases_relative();
    cases_threads();
    if (child_output != NULL)
        open_directory(&inherited, NULL, L"kept-dir", true);
    marker(L"end-marker");
    if (inherited.handle != NULL)
        run_child(&inherited, child_output);
}

int wmain(int argc, WCHAR **argv)
{
    if (argc == 6 && wcscmp(argv[1], L"child") == 0) {
        if (begin(argv[2], argv[3]))
            child(argv[4], argv[5]);
        return anything_wrong();
    }
    if (argc < 2 || argc > 5) {
        fprintf(stderr, "usage: nt_calls DIRECTORY [OUTPUT [UNIX-DIRECTORY [CHILD-OUTPUT]]]\n");
        return 2;
    }
    if (!begin(argv[1], argc > 2 ? argv[2] : NULL))
        return 1;
    if (argc > 3 && wcslen(argv[3]) < MAX_PATH / 2) {
        wcscat(wcscpy(unix_directory, L"\\??\\unix"), argv[3]);
        for (WCHAR *c = unix_directory; *c != '\0'; c++)
            *c = *c == '/' ? '\\' : *c;
    }
    make_files();
    if (!SetCurrentDirectoryW(dos_directory) || !win32_begin()) {
        wrong("cannot look at what CreateFileW does");
        return 1;
    }
    parent(argc > 4 ? argv[4] : NULL);
    return anything_wrong();
}
