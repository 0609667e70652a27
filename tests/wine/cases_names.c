/* Names of all kinds, and failures of all kinds. */
#include "calls.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void look_at(const struct ask *given)
{
    struct ask ask = *given;

    ask.access = FILE_READ_DATA | SYNCHRONIZE;
    ask.disposition = FILE_OPEN;
    ask.share = SHARE_ALL;
    try_create(&ask);
    ask.options = FILE_SYNCHRONOUS_IO_NONALERT;
    try_open(&ask);
    try_query(&ask);
    try_query_full(&ask);
}

static void look_at_name(const WCHAR *name)
{
    look_at(&(struct ask){.name = name});
}

static void plain_names(void)
{
    static const WCHAR *const names[] = {
        L"KEPT.TXT",
        L"Kept-Dir\\Inner\\DEEP.txt",
        L"mixed case.txt",
        L"kept-dir",
        L"kept-dir\\",
        L"",
        L"\u00e9t\u00e9.txt",
        L"\u00c9T\u00c9.TXT",
        L"\u0444\u0430\u0439\u043b.txt",
        L"\u65e5\u672c\u8a9e",
        L"\U0001F600.txt",
        L"\xD83D",
        L"\xDE00 and more",
        L"\xFFFF",
        L"with \"quotes\"",
        L"tab\there",
        L" leading",
        L"trailing ",
        L"trailing.",
        L"%PATH%$(x)`y`;#",
        L"kept-dir\\inner\\..\\kept.txt",
        L"kept-dir\\.\\inner",
        L"kept-dir/inner",
        L"kept-dir\\\\inner",
    };
    static const WCHAR *const created[] = {L"\u00fcber.txt", L"\U0001F4C4.dat", L"\xD800.txt",
                                           L" spaces  inside.txt", L"\uF03A.txt"};

    for (size_t i = 0; i < COUNT(names); i++)
        look_at_name(names[i]);
    look_at(&(struct ask){.name = L"KEPT.TXT", .case_sensitive = true});
    for (size_t i = 0; i < COUNT(created); i++) {
        make_file(created[i]);
        look_at_name(created[i]);
        remove_file(created[i]);
    }
}

/* The test's directory, after another beginning than `\??\C:`. */
static WCHAR *other_drive(WCHAR *name, const WCHAR *beginning, const WCHAR *below)
{
    return wcscat(wcscat(wcscpy(name, beginning), dos_directory + 2), below);
}

static void absolute_names(void)
{
    WCHAR name[2 * MAX_PATH];

    look_at_name(other_drive(name, L"\\??\\c:", L"\\kept.txt"));
    look_at_name(other_drive(name, L"\\DosDevices\\C:", L"\\kept.txt"));
    look_at_name(other_drive(name, L"\\DosDevices\\C:", L"\\missing.txt"));
    look_at_name(L"\\??\\C:\\");
    look_at_name(L"\\??\\C:\\windows\\system32\\kernel32.dll");
    look_at_name(wcscat(wcscpy(name, unix_directory), L"\\unix file"));
    look_at_name(wcscat(wcscpy(name, unix_directory), L"\\missing"));
    wcscpy(name, L"\\??\\Z:");
    wcscat(name, unix_directory + wcslen(L"\\??\\unix"));
    look_at_name(wcscat(name, L"\\unix file"));
    look_at_name(L"\\??\\UNC\\localhost\\share\\x");
    look_at(&(struct ask){.name = L"\\??\\Q:\\x", .untraced = true});
    look_at(&(struct ask){.name = L"\\??\\NUL", .untraced = true});
    look_at(&(struct ask){.name = L"\\??\\pipe\\ft-none", .untraced = true});
}

static void win32_names(void)
{
    static const WCHAR *const below[] = {L"\\kept.txt",    L"\\KEPT.TXT",
                                         L"\\missing.txt", L"\\kept-dir\\inner\\..\\..\\kept.txt",
                                         L"\\kept.txt. .", L"\\\u00e9t\u00e9.txt"};
    static const WCHAR *const plain[] = {L"kept.txt", L"kept-dir/inner/deep.txt", L".\\kept.txt",
                                         L"\\\\localhost\\share\\x", L"\\kept.txt"};
    WCHAR name[2 * MAX_PATH];

    for (size_t i = 0; i < COUNT(below); i++) {
        wcscat(wcscpy(name, dos_directory), below[i]);
        win32_try(name, GENERIC_READ, SHARE_ALL, OPEN_EXISTING, 0);
        for (WCHAR *c = name; *c != '\0'; c++)
            *c = *c == '\\' ? '/' : *c;
        win32_try(name, GENERIC_READ, SHARE_ALL, OPEN_EXISTING, 0);
        wcscat(wcscat(wcscpy(name, L"\\\\?\\"), dos_directory), below[i]);
        win32_try(name, GENERIC_READ, SHARE_ALL, OPEN_EXISTING, 0);
        name[2] = '.';
        win32_try(name, GENERIC_READ, SHARE_ALL, OPEN_EXISTING, 0);
    }
    for (size_t i = 0; i < COUNT(plain); i++)
        win32_try(plain[i], GENERIC_READ, SHARE_ALL, OPEN_EXISTING, 0);
    wcscat(wcscpy(name, L"Z:"), unix_directory + wcslen(L"\\??\\unix"));
    win32_try(wcscat(name, L"\\unix file"), GENERIC_READ, SHARE_ALL, OPEN_EXISTING, 0);
    win32_untraced(L"NUL", GENERIC_READ, SHARE_ALL, OPEN_EXISTING, 0);
    win32_untraced(L"\\\\.\\pipe\\ft-none", GENERIC_READ, SHARE_ALL, OPEN_EXISTING, 0);
    win32_untraced(L"Q:\\x", GENERIC_READ, SHARE_ALL, OPEN_EXISTING, 0);
}

void cases_names(void)
{
    plain_names();
    absolute_names();
    win32_names();
}

/* `\??\C:\ft-test\` and components of that many units, up to `units` in all. */
static void long_name(size_t units, size_t component)
{
    /* Behind a volume's name it has to fit too, else the I/O manager is where it ends. */
    const bool untraced =
        units - wcslen(L"\\??\\C:") + wcslen(L"\\Device\\HarddiskVolume1") > 32767;
    WCHAR *name = calloc(32768, sizeof(*name));

    if (name == NULL) {
        wrong("no memory");
        return;
    }
    wcscat(wcscpy(name, nt_directory), L"\\");
    for (size_t i = wcslen(name), k = 1; i < units; i++, k++)
        name[i] = k % (component + 1) == 0 && i + 1 < units ? '\\' : 'n';
    look_at(&(struct ask){.name = name, .untraced = untraced});
    try_create(&(struct ask){.name = name,
                             .access = GENERIC_WRITE,
                             .disposition = FILE_CREATE,
                             .share = SHARE_ALL,
                             .untraced = untraced});
    free(name);
}

static void pending(void)
{
    const struct ask ask = {.name = L"pending.txt",
                            .access = FILE_READ_DATA | FILE_WRITE_DATA | DELETE,
                            .disposition = FILE_OPEN,
                            .share = SHARE_ALL};
    struct ask closing = ask;
    FILE_DISPOSITION_INFORMATION disposition = {TRUE};
    IO_STATUS_BLOCK io;
    HANDLE first, second;

    make_file(ask.name);
    first = ask_create(&ask);
    if (first == NULL) {
        wrong("cannot open what is to be deleted");
        return;
    }
    NtSetInformationFile(first, &io, &disposition, sizeof(disposition), FileDispositionInformation);
    look_at_name(ask.name);
    try_create(&ask);
    NtClose(first);
    look_at_name(ask.name);

    make_file(ask.name);
    closing.options = FILE_DELETE_ON_CLOSE;
    first = ask_create(&closing);
    second = ask_open(&ask);
    if (first != NULL)
        NtClose(first);
    look_at_name(ask.name);
    try_create(&ask);
    if (second != NULL)
        NtClose(second);
    look_at_name(ask.name);
}

void cases_failures(void)
{
    static const struct directory invalid = {(HANDLE)(ULONG_PTR)0xABCD0, L"\\??\\nowhere"};
    static const WCHAR *const names[] = {L"missing.txt",
                                         L"missing\\missing.txt",
                                         L"kept.txt\\missing",
                                         L"*",
                                         L"a<b",
                                         L"a>b",
                                         L"a?b",
                                         L"a|b",
                                         L"kept.txt:stream",
                                         L"a*\\b"};

    for (size_t i = 0; i < COUNT(names); i++) {
        struct ask ask = {.name = names[i],
                          .access = GENERIC_WRITE | DELETE,
                          .disposition = FILE_OPEN_IF,
                          .share = SHARE_ALL};

        look_at_name(names[i]);
        if (i > 0) {
            try_create(&ask);
            remove_file(names[i]);
        }
    }
    /* Write access to a read-only file, whatever it is to be done with it. */
    for (ULONG disposition = FILE_SUPERSEDE; disposition <= FILE_OVERWRITE_IF; disposition++)
        try_create(&(struct ask){.name = L"readonly.txt",
                                 .access = GENERIC_WRITE,
                                 .disposition = disposition,
                                 .share = SHARE_ALL});
    /* As root Linux lets Wine write to that; to this it does not. */
    look_at_name(L"\\??\\unix\\proc\\sys\\kernel\\ostype");
    try_create(&(struct ask){.name = L"\\??\\unix\\proc\\sys\\kernel\\ostype",
                             .access = GENERIC_WRITE,
                             .disposition = FILE_OPEN,
                             .share = SHARE_ALL});
    look_at_name(L"readonly.txt");
    remove_file(L"readonly.txt");
    pending();
    for (ULONG option = FILE_DIRECTORY_FILE; option <= FILE_NON_DIRECTORY_FILE;
         option += FILE_NON_DIRECTORY_FILE - FILE_DIRECTORY_FILE) {
        struct ask ask = {.name = option == FILE_DIRECTORY_FILE ? L"kept.txt" : L"kept-dir",
                          .access = FILE_READ_DATA,
                          .options = option,
                          .share = SHARE_ALL};
        for (ask.disposition = FILE_OPEN; ask.disposition <= FILE_OPEN_IF; ask.disposition++)
            try_create(&ask);
    }
    long_name(wcslen(nt_directory) + 1 + 255, 300);
    long_name(wcslen(nt_directory) + 1 + 256, 300);
    long_name(1000, 100);
    long_name(32000, 200);
    long_name(32000, 32000);
    /* Longer than a record holds; fits behind the name of any volume with up to two digits. */
    long_name(32748, 200);
    long_name(32767, 250);
    look_at(&(struct ask){.name = L"kept.txt", .root = &invalid, .untraced = true});
    try_unreadable_name();
}
