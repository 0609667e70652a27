/* Dispositions, access rights, options and attributes, sharing, CreateFileW's flags. */
#include "calls.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const ACCESS_MASK accesses[] = {
    0,
    FILE_READ_DATA,
    FILE_WRITE_DATA,
    FILE_APPEND_DATA,
    FILE_READ_EA,
    FILE_WRITE_EA,
    FILE_EXECUTE,
    FILE_DELETE_CHILD,
    FILE_READ_ATTRIBUTES,
    FILE_WRITE_ATTRIBUTES,
    DELETE,
    READ_CONTROL,
    WRITE_DAC,
    WRITE_OWNER,
    SYNCHRONIZE,
    ACCESS_SYSTEM_SECURITY,
    MAXIMUM_ALLOWED,
    GENERIC_READ,
    GENERIC_WRITE,
    GENERIC_EXECUTE,
    GENERIC_ALL,
    GENERIC_READ | GENERIC_WRITE,
    GENERIC_READ | GENERIC_EXECUTE,
    GENERIC_READ | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE,
    GENERIC_WRITE | DELETE,
    MAXIMUM_ALLOWED | GENERIC_READ,
    MAXIMUM_ALLOWED | DELETE | SYNCHRONIZE,
    FILE_GENERIC_READ,
    FILE_GENERIC_WRITE,
    FILE_GENERIC_EXECUTE,
    FILE_GENERIC_READ | FILE_GENERIC_WRITE | FILE_GENERIC_EXECUTE | DELETE,
    FILE_APPEND_DATA | SYNCHRONIZE,
    FILE_READ_DATA | FILE_WRITE_DATA,
    FILE_ALL_ACCESS,
};

static void dispositions(void)
{
    static const ULONG of_directories[] = {FILE_OPEN, FILE_CREATE, FILE_OPEN_IF};

    for (ULONG disposition = FILE_SUPERSEDE; disposition <= FILE_OVERWRITE_IF; disposition++) {
        const struct ask ask = {.name = L"state.txt",
                                .access = FILE_GENERIC_READ | FILE_GENERIC_WRITE | DELETE,
                                .disposition = disposition,
                                .options = FILE_SYNCHRONOUS_IO_NONALERT,
                                .attributes = FILE_ATTRIBUTE_NORMAL,
                                .share = SHARE_ALL};

        make_file(ask.name);
        try_create(&ask);
        remove_file(ask.name);
        try_create(&ask);
        remove_file(ask.name);
    }
    for (size_t i = 0; i < COUNT(of_directories); i++) {
        const struct ask ask = {.name = L"state-dir",
                                .access = FILE_LIST_DIRECTORY | SYNCHRONIZE,
                                .disposition = of_directories[i],
                                .options = FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT,
                                .share = SHARE_ALL};

        try_create(&ask);
        try_create(&ask);
        remove_file(ask.name);
    }
}

static void access_rights(void)
{
    for (size_t i = 0; i < COUNT(accesses); i++) {
        struct ask ask = {.name = L"kept.txt",
                          .access = accesses[i],
                          .disposition = FILE_OPEN,
                          .share = SHARE_ALL};

        try_create(&ask);
        try_open(&ask);
        ask.name = L"kept-dir";
        try_create(&ask);
    }
}

static void options(void)
{
    static const ULONG single[] = {
        0,
        FILE_DIRECTORY_FILE,
        FILE_NON_DIRECTORY_FILE,
        FILE_SYNCHRONOUS_IO_NONALERT,
        FILE_SYNCHRONOUS_IO_ALERT,
        FILE_WRITE_THROUGH,
        FILE_SEQUENTIAL_ONLY,
        FILE_RANDOM_ACCESS,
        FILE_NO_INTERMEDIATE_BUFFERING,
        FILE_OPEN_REPARSE_POINT,
        FILE_OPEN_FOR_BACKUP_INTENT,
        FILE_OPEN_NO_RECALL,
        FILE_NO_EA_KNOWLEDGE,
        FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT | FILE_WRITE_THROUGH |
            FILE_SEQUENTIAL_ONLY,
        FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_FOR_BACKUP_INTENT,
    };
    static const WCHAR *const names[] = {L"kept.txt", L"kept-dir", L"missing.txt"};

    for (size_t i = 0; i < COUNT(single); i++) {
        for (size_t k = 0; k < COUNT(names); k++) {
            const struct ask ask = {.name = names[k],
                                    .access = FILE_READ_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                                    .disposition = FILE_OPEN,
                                    .options = single[i],
                                    .share = SHARE_ALL};

            try_create(&ask);
            try_open(&ask);
        }
    }
    make_file(L"closing.txt");
    for (int i = 0; i < 2; i++)
        try_create(&(struct ask){.name = L"closing.txt",
                                 .access = FILE_READ_ATTRIBUTES | DELETE,
                                 .disposition = FILE_OPEN,
                                 .options = FILE_DELETE_ON_CLOSE | FILE_NON_DIRECTORY_FILE,
                                 .share = SHARE_ALL});
}

static void attributes(void)
{
    static const ULONG values[] = {
        FILE_ATTRIBUTE_READONLY,
        FILE_ATTRIBUTE_HIDDEN,
        FILE_ATTRIBUTE_TEMPORARY,
        FILE_ATTRIBUTE_NORMAL,
        FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_SYSTEM,
        FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED,
    };

    for (size_t i = 0; i < COUNT(values); i++) {
        struct ask ask = {.name = L"attributes.txt",
                          .access = GENERIC_WRITE | DELETE,
                          .disposition = FILE_CREATE,
                          .attributes = values[i],
                          .share = SHARE_ALL};

        try_create(&ask);
        ask.disposition = FILE_OPEN_IF;
        try_create(&ask);
        try_query(&ask);
        /* A read-only file is not deleted for NtDeleteFile. */
        ask.disposition = FILE_OPEN;
        ask.access = FILE_WRITE_ATTRIBUTES | SYNCHRONIZE;
        HANDLE handle = ask_create(&ask);
        IO_STATUS_BLOCK io;
        FILE_BASIC_INFORMATION basic = {.FileAttributes = FILE_ATTRIBUTE_NORMAL};
        if (handle != NULL) {
            NtSetInformationFile(handle, &io, &basic, sizeof(basic), FileBasicInformation);
            NtClose(handle);
        }
        remove_file(ask.name);
    }
}

static void other_calls(void)
{
    static const WCHAR *const names[] = {
        L"kept.txt",   L"kept-dir", L"missing.txt", L"missing\\missing.txt", L"kept.txt\\below",
        L"kept-dir\\", L""};

    for (size_t i = 0; i < COUNT(names); i++) {
        const struct ask ask = {.name = names[i]};

        try_query(&ask);
        try_query_full(&ask);
    }
    make_file(L"deleted.txt");
    try_query(&(struct ask){.name = L"deleted.txt"});
    remove_file(L"deleted.txt");
    try_query(&(struct ask){.name = L"deleted.txt"});
    remove_file(L"deleted.txt");
    remove_file(L"missing\\missing.txt");
    /* A directory that is not empty. */
    remove_file(L"kept-dir");
    try_create(&(struct ask){.name = L"deleted-dir",
                             .access = FILE_LIST_DIRECTORY | SYNCHRONIZE,
                             .disposition = FILE_CREATE,
                             .options = FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT,
                             .share = SHARE_ALL});
    remove_file(L"deleted-dir");
    remove_file(L"deleted-dir");
}

void cases_create(void)
{
    dispositions();
    access_rights();
    options();
    attributes();
    other_calls();
}

void cases_share(void)
{
    static const ACCESS_MASK asked[] = {
        FILE_READ_DATA,
        FILE_WRITE_DATA,
        FILE_APPEND_DATA | SYNCHRONIZE,
        DELETE,
        FILE_EXECUTE,
        GENERIC_READ | GENERIC_WRITE,
        FILE_READ_ATTRIBUTES,
    };

    for (ULONG share = 0; share <= SHARE_ALL; share++) {
        struct ask ask = {.name = L"kept.txt", .disposition = FILE_OPEN, .share = share};

        for (size_t i = 0; i < COUNT(asked); i++) {
            ask.access = asked[i];
            try_create(&ask);
        }
        try_open(&ask);
        /* The same with somebody else in the way, who shares as little. */
        HANDLE holder = ask_create(&(struct ask){.name = L"kept.txt",
                                                 .access = FILE_READ_DATA | FILE_WRITE_DATA,
                                                 .disposition = FILE_OPEN,
                                                 .share = share});
        if (holder == NULL) {
            wrong("cannot hold a file");
            return;
        }
        for (ULONG second = 0; second <= SHARE_ALL; second++) {
            ask.share = second;
            for (size_t i = 0; i < 4; i++) {
                ask.access = asked[i];
                try_create(&ask);
            }
        }
        NtClose(holder);
    }
}

void cases_win32(void)
{
    static const DWORD flags[] = {
        0,
        FILE_ATTRIBUTE_NORMAL,
        FILE_FLAG_BACKUP_SEMANTICS,
        FILE_FLAG_OVERLAPPED,
        FILE_FLAG_WRITE_THROUGH,
        FILE_FLAG_NO_BUFFERING,
        FILE_FLAG_RANDOM_ACCESS,
        FILE_FLAG_SEQUENTIAL_SCAN | FILE_ATTRIBUTE_TEMPORARY,
        FILE_FLAG_OPEN_REPARSE_POINT,
        FILE_FLAG_OPEN_NO_RECALL,
        FILE_FLAG_POSIX_SEMANTICS | FILE_FLAG_BACKUP_SEMANTICS,
        FILE_ATTRIBUTE_HIDDEN | FILE_FLAG_DELETE_ON_CLOSE,
        FILE_FLAG_DELETE_ON_CLOSE,
    };
    WCHAR kept[MAX_PATH + 32], directory[MAX_PATH + 32], other[MAX_PATH + 32];

    wcscat(wcscpy(kept, dos_directory), L"\\kept.txt");
    wcscat(wcscpy(directory, dos_directory), L"\\kept-dir");
    wcscat(wcscpy(other, dos_directory), L"\\win32.txt");
    for (DWORD disposition = CREATE_NEW; disposition <= TRUNCATE_EXISTING; disposition++) {
        make_file(L"win32.txt");
        win32_try(other, GENERIC_READ | GENERIC_WRITE, SHARE_ALL, disposition, 0);
        remove_file(L"win32.txt");
        win32_try(other, GENERIC_READ | GENERIC_WRITE, 0, disposition, FILE_ATTRIBUTE_HIDDEN);
        remove_file(L"win32.txt");
    }
    for (size_t i = 0; i < COUNT(flags); i++) {
        make_file(L"win32.txt");
        win32_try(other, GENERIC_READ, SHARE_ALL, OPEN_EXISTING, flags[i]);
        win32_try(other, GENERIC_WRITE, FILE_SHARE_READ, OPEN_ALWAYS, flags[i]);
        remove_file(L"win32.txt");
        if (!(flags[i] & FILE_FLAG_DELETE_ON_CLOSE))
            win32_try(directory, GENERIC_READ, SHARE_ALL, OPEN_EXISTING, flags[i]);
    }
    for (size_t i = 0; i < COUNT(accesses); i++)
        win32_try(kept, accesses[i], SHARE_ALL, OPEN_EXISTING, 0);
}
