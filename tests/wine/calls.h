/*
 * nt_calls.exe: makes many calls that open files, and prints for each the line that a tracer must
 * have for it. tests/system/wine-calls compares the two.
 *
 * Between the markers every call that could open a file goes through the functions here, so that
 * a tracer has nothing to show that is not printed.
 */
#ifndef FT_TESTS_WINE_CALLS_H
#define FT_TESTS_WINE_CALLS_H

#include <windows.h>
#include <winternl.h>

#include <stdbool.h>
#include <stddef.h>

#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
#define NO_STATUS ((NTSTATUS)0)

NTSTATUS NTAPI NtDeleteFile(OBJECT_ATTRIBUTES *attributes);
NTSTATUS NTAPI NtQueryAttributesFile(const OBJECT_ATTRIBUTES *attributes,
                                     FILE_BASIC_INFORMATION *information);
NTSTATUS NTAPI NtQueryFullAttributesFile(const OBJECT_ATTRIBUTES *attributes,
                                         FILE_NETWORK_OPEN_INFORMATION *information);
NTSTATUS NTAPI NtDuplicateObject(HANDLE from_process, HANDLE from, HANDLE to_process, HANDLE *to,
                                 ACCESS_MASK access, ULONG attributes, ULONG options);

/* An open directory, and the absolute NT name that the program knows it by. */
struct directory {
    HANDLE handle;
    WCHAR name[512];
};

struct ask {
    const WCHAR *name; /* `\...`: as it is; else below `root`, or below the test's directory */
    const struct directory *root;
    ACCESS_MASK access;
    ULONG disposition, options, attributes, share;
    bool case_sensitive, inherit;
    bool untraced; /* leads to no volume */
};

/* NtCreateFile and NtOpenFile: the handle, which is the caller's, or NULL. */
HANDLE ask_create(const struct ask *ask);
HANDLE ask_open(const struct ask *ask);
/* The same, and the handle closed again. */
void try_create(const struct ask *ask);
void try_open(const struct ask *ask);
/* Of `ask` they look at name, root, case_sensitive and untraced. */
void try_delete(const struct ask *ask);
void try_query(const struct ask *ask);
void try_query_full(const struct ask *ask);
/* An NtCreateFile whose name cannot be read. */
void try_unreadable_name(void);

/* Opens a directory, below the test's or `root`; false after a message if that fails. */
bool open_directory(struct directory *d, const struct directory *root, const WCHAR *name,
                    bool inherit);
/* By calls that are printed: makes a file, or empties the one there is; deletes it. */
void make_file(const WCHAR *name);
void remove_file(const WCHAR *name);

/*
 * CreateFileW, in the program's first thread only. What it asks of NtCreateFile is looked at on
 * the way, in the import table of the library that it lives in: nothing is guessed.
 */
bool win32_begin(void);
HANDLE win32_create(const WCHAR *path, DWORD access, DWORD share, DWORD disposition, DWORD flags);
void win32_try(const WCHAR *path, DWORD access, DWORD share, DWORD disposition, DWORD flags);
void win32_untraced(const WCHAR *path, DWORD access, DWORD share, DWORD disposition, DWORD flags);

/* ---- Lines --------------------------------------------------------------------------------- */

struct line {
    const char *call;
    const WCHAR *name; /* absolute */
    size_t length;     /* in units */
    const WCHAR *relative_to;
    bool creates; /* the next five are the call's own */
    ACCESS_MASK access;
    ULONG disposition, options, attributes, share;
    NTSTATUS status;
    ULONG_PTR information; /* printed if `creates` and status is success */
    bool untraced;
};

/* Where lines go: a file, opened here and never closed, or standard output if NULL. */
bool lines_begin(const WCHAR *path);
/* The thread's number, 0 for the first: says in its lines which they are. */
void lines_of_thread(unsigned thread);
void line_print(const struct line *line);
/* Something that the calls rely on has failed; the program will exit with 1. */
void wrong(const char *what);
bool anything_wrong(void);

/* ---- What the calls are about -------------------------------------------------------------- */

extern WCHAR dos_directory[MAX_PATH];      /* `C:\ft-test` */
extern WCHAR nt_directory[MAX_PATH + 8];   /* `\??\C:\ft-test` */
extern WCHAR unix_directory[MAX_PATH + 8]; /* `\??\unix\tmp\x`, outside of the drive */

void cases_create(void);
void cases_share(void);
void cases_win32(void);
void cases_names(void);
void cases_failures(void);
void cases_relative(void);
void cases_threads(void);

#endif
