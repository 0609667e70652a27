/* Names that are relative to a directory's handle, and several threads at once. */
#include "calls.h"

#include <stdio.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { THREADS = 4, ROUNDS = 20 };

static void below(const struct directory *root)
{
    static const WCHAR *const names[] = {
        L"kept.txt",          L"missing.txt",      L"inner", L"INNER\\Deep.txt", L"",
        L"inner\\missing\\x", L"\u00e9t\u00e9.txt"};

    for (size_t i = 0; i < COUNT(names); i++) {
        const struct ask ask = {.name = names[i],
                                .root = root,
                                .access = FILE_READ_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                                .disposition = FILE_OPEN,
                                .options = FILE_SYNCHRONOUS_IO_NONALERT,
                                .share = SHARE_ALL};

        try_create(&ask);
        try_open(&ask);
        try_query(&ask);
        try_query_full(&ask);
    }
    for (int i = 0; i < 2; i++)
        try_create(&(struct ask){.name = L"relative.txt",
                                 .root = root,
                                 .access = GENERIC_WRITE,
                                 .disposition = FILE_OVERWRITE_IF,
                                 .attributes = FILE_ATTRIBUTE_NORMAL,
                                 .share = FILE_SHARE_READ});
    try_delete(&(struct ask){.name = L"relative.txt", .root = root});
    try_delete(&(struct ask){.name = L"relative.txt", .root = root});
}

void cases_relative(void)
{
    struct directory top, inner, copy, reused;

    if (!open_directory(&top, NULL, L"kept-dir", false))
        return;
    below(&top);
    if (open_directory(&inner, &top, L"inner", false)) {
        below(&inner);
        NtClose(inner.handle);
    }
    copy = top;
    if (NtDuplicateObject(GetCurrentProcess(), top.handle, GetCurrentProcess(), &copy.handle, 0, 0,
                          DUPLICATE_SAME_ACCESS) < 0)
        wrong("cannot duplicate a handle");
    NtClose(top.handle);
    below(&copy);

    /* The value that was `top` until now stands for something else. */
    if (!open_directory(&reused, NULL, L"other-dir", false))
        return;
    if (reused.handle != top.handle)
        wrong("a handle's value is not used again");
    below(&reused);
    NtClose(reused.handle);
    NtClose(copy.handle);
    if (!open_directory(&reused, NULL, L"\\??\\C:\\", false))
        return;
    reused.name[wcslen(reused.name) - 1] = '\0';
    try_query(&(struct ask){.name = L"windows", .root = &reused});
    NtClose(reused.handle);
}

static DWORD WINAPI open_files(void *argument)
{
    const unsigned number = (unsigned)(ULONG_PTR)argument;
    WCHAR name[64];

    lines_of_thread(number);
    for (unsigned i = 0; i < ROUNDS; i++) {
        swprintf(name, COUNT(name), L"thread-%u-%u.txt", number, i);
        make_file(name);
        try_open(&(struct ask){.name = name,
                               .access = FILE_READ_DATA | SYNCHRONIZE,
                               .options = FILE_SYNCHRONOUS_IO_NONALERT,
                               .share = SHARE_ALL});
        try_query(&(struct ask){.name = name});
        remove_file(name);
        try_query_full(&(struct ask){.name = name});
    }
    return 0;
}

void cases_threads(void)
{
    HANDLE threads[THREADS];
    DWORD count = 0;

    for (ULONG_PTR i = 1; i <= THREADS; i++) {
        threads[count] = CreateThread(NULL, 0, open_files, (void *)i, 0, NULL);
        if (threads[count] == NULL)
            wrong("cannot start a thread");
        else
            count++;
    }
    WaitForMultipleObjects(count, threads, TRUE, INFINITE);
    while (count > 0)
        CloseHandle(threads[--count]);
}
