#include "calls.h"

#include <string.h>

/* The object attributes of a call, and the absolute name that stands for them in its line. */
struct object {
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    WCHAR given[32768], absolute[34000];
    size_t absolute_length;
};

static size_t copy(WCHAR *to, size_t at, size_t capacity, const WCHAR *from)
{
    size_t length = wcslen(from);

    if (at + length > capacity)
        length = capacity - at;
    memcpy(to + at, from, length * sizeof(*to));
    return at + length;
}

static void object_make(struct object *o, const struct ask *ask)
{
    const size_t most = 32767, room = sizeof(o->absolute) / sizeof(o->absolute[0]);
    size_t length = 0;

    if (ask->root == NULL && ask->name[0] != '\\') {
        length = copy(o->given, length, most, nt_directory);
        length = copy(o->given, length, most, L"\\");
    }
    length = copy(o->given, length, most, ask->name);
    o->name = (UNICODE_STRING){(USHORT)(length * sizeof(WCHAR)), (USHORT)(length * sizeof(WCHAR)),
                               o->given};

    o->absolute_length = 0;
    if (ask->root != NULL) {
        o->absolute_length = copy(o->absolute, 0, room, ask->root->name);
        if (length > 0)
            o->absolute_length = copy(o->absolute, o->absolute_length, room, L"\\");
    }
    memcpy(o->absolute + o->absolute_length, o->given, length * sizeof(WCHAR));
    o->absolute_length += length;

    InitializeObjectAttributes(&o->attributes, &o->name,
                               (ask->case_sensitive ? 0 : OBJ_CASE_INSENSITIVE) |
                                   (ask->inherit ? OBJ_INHERIT : 0),
                               ask->root != NULL ? ask->root->handle : NULL, NULL);
}

static void print(const char *call, const struct object *o, const struct ask *ask, bool creates,
                  NTSTATUS status, ULONG_PTR information)
{
    struct line line = {
        .call = call,
        .name = o->absolute,
        .length = o->absolute_length,
        .relative_to = ask->root != NULL ? ask->root->name : NULL,
        .creates = creates,
        .access = ask->access,
        .disposition = ask->disposition,
        .options = ask->options,
        .attributes = ask->attributes,
        .share = ask->share,
        .status = status,
        .information = information,
        .untraced = ask->untraced,
    };

    line_print(&line);
}

HANDLE ask_create(const struct ask *ask)
{
    struct object o;
    IO_STATUS_BLOCK io = {0};
    HANDLE handle = NULL;
    NTSTATUS status;

    object_make(&o, ask);
    status = NtCreateFile(&handle, ask->access, &o.attributes, &io, NULL, ask->attributes,
                          ask->share, ask->disposition, ask->options, NULL, 0);
    print("NtCreateFile", &o, ask, true, status, io.Information);
    return status >= 0 ? handle : NULL;
}

HANDLE ask_open(const struct ask *ask)
{
    struct ask asked = *ask;
    struct object o;
    IO_STATUS_BLOCK io = {0};
    HANDLE handle = NULL;
    NTSTATUS status;

    asked.disposition = FILE_OPEN;
    asked.attributes = 0;
    object_make(&o, &asked);
    status = NtOpenFile(&handle, asked.access, &o.attributes, &io, asked.share, asked.options);
    print("NtOpenFile", &o, &asked, true, status, io.Information);
    return status >= 0 ? handle : NULL;
}

void try_create(const struct ask *ask)
{
    HANDLE handle = ask_create(ask);

    if (handle != NULL)
        NtClose(handle);
}

void try_open(const struct ask *ask)
{
    HANDLE handle = ask_open(ask);

    if (handle != NULL)
        NtClose(handle);
}

void try_delete(const struct ask *ask)
{
    struct object o;

    object_make(&o, ask);
    print("NtDeleteFile", &o, ask, false, NtDeleteFile(&o.attributes), 0);
}

void try_query(const struct ask *ask)
{
    FILE_BASIC_INFORMATION information;
    struct object o;

    object_make(&o, ask);
    print("NtQueryAttributesFile", &o, ask, false,
          NtQueryAttributesFile(&o.attributes, &information), 0);
}

void try_query_full(const struct ask *ask)
{
    FILE_NETWORK_OPEN_INFORMATION information;
    struct object o;

    object_make(&o, ask);
    print("NtQueryFullAttributesFile", &o, ask, false,
          NtQueryFullAttributesFile(&o.attributes, &information), 0);
}

void try_unreadable_name(void)
{
    const struct ask ask = {.name = L"unreadable",
                            .access = FILE_READ_DATA | SYNCHRONIZE,
                            .disposition = FILE_OPEN,
                            .share = SHARE_ALL,
                            .untraced = true};
    struct object o;
    IO_STATUS_BLOCK io = {0};
    HANDLE handle = NULL;
    NTSTATUS status;

    object_make(&o, &ask);
    o.name.Buffer = (WCHAR *)(ULONG_PTR)0x10;
    status = NtCreateFile(&handle, ask.access, &o.attributes, &io, NULL, 0, ask.share,
                          ask.disposition, 0, NULL, 0);
    print("NtCreateFile", &o, &ask, true, status, io.Information);
    if (status >= 0) {
        wrong("a name that cannot be read was opened");
        NtClose(handle);
    }
}

bool open_directory(struct directory *d, const struct directory *root, const WCHAR *name,
                    bool inherit)
{
    const struct ask ask = {
        .name = name,
        .root = root,
        .access = FILE_LIST_DIRECTORY | FILE_TRAVERSE | SYNCHRONIZE,
        .disposition = FILE_OPEN,
        .options = FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT,
        .share = SHARE_ALL,
        .inherit = inherit,
    };
    const WCHAR *above = root != NULL ? root->name : nt_directory;

    wcscpy(d->name, name[0] == '\\' ? L"" : above);
    if (name[0] != '\\' && name[0] != '\0')
        wcscat(d->name, L"\\");
    wcscat(d->name, name);
    d->handle = ask_create(&ask);
    if (d->handle == NULL)
        wrong("cannot open a directory");
    return d->handle != NULL;
}

void make_file(const WCHAR *name)
{
    try_create(&(struct ask){.name = name,
                             .access = FILE_GENERIC_WRITE,
                             .disposition = FILE_OVERWRITE_IF,
                             .options = FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT,
                             .share = SHARE_ALL});
}

void remove_file(const WCHAR *name)
{
    try_delete(&(struct ask){.name = name});
}
