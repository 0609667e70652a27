#include "calls.h"

#include <string.h>

typedef NTSTATUS NTAPI nt_create_file(HANDLE *handle, ACCESS_MASK access,
                                      OBJECT_ATTRIBUTES *attributes, IO_STATUS_BLOCK *io,
                                      LARGE_INTEGER *size, ULONG file_attributes, ULONG share,
                                      ULONG disposition, ULONG options, void *ea, ULONG ea_length);

static nt_create_file *real;
static struct line seen;
static WCHAR seen_name[32768];
static bool is_seen;

static NTSTATUS NTAPI watched(HANDLE *handle, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes,
                              IO_STATUS_BLOCK *io, LARGE_INTEGER *size, ULONG file_attributes,
                              ULONG share, ULONG disposition, ULONG options, void *ea,
                              ULONG ea_length)
{
    NTSTATUS status = real(handle, access, attributes, io, size, file_attributes, share,
                           disposition, options, ea, ea_length);

    if (is_seen)
        wrong("CreateFileW has asked for more than one file");
    is_seen = true;
    seen = (struct line){.call = "CreateFileW",
                         .name = seen_name,
                         .length = attributes->ObjectName->Length / sizeof(WCHAR),
                         .creates = true,
                         .access = access,
                         .disposition = disposition,
                         .options = options,
                         .attributes = file_attributes,
                         .share = share,
                         .status = status,
                         .information = io->Information};
    memcpy(seen_name, attributes->ObjectName->Buffer, attributes->ObjectName->Length);
    return status;
}

/* The place in a loaded library where it has the address of an imported function, or NULL. */
static ULONG_PTR *imported(BYTE *base, const char *library, const char *function)
{
    const IMAGE_DOS_HEADER *dos = (const void *)base;
    const IMAGE_NT_HEADERS *nt = (const void *)(base + dos->e_lfanew);
    const IMAGE_DATA_DIRECTORY *directory =
        &nt->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    const IMAGE_IMPORT_DESCRIPTOR *d = (const void *)(base + directory->VirtualAddress);

    if (directory->Size == 0)
        return NULL;
    for (; d->Name != 0; d++) {
        const ULONG_PTR *names = (const void *)(base + d->OriginalFirstThunk);
        ULONG_PTR *addresses = (void *)(base + d->FirstThunk);

        if (_stricmp((const char *)base + d->Name, library) != 0)
            continue;
        for (size_t i = 0; names[i] != 0; i++) {
            if (!IMAGE_SNAP_BY_ORDINAL(names[i]) &&
                strcmp((const char *)base + names[i] + offsetof(IMAGE_IMPORT_BY_NAME, Name),
                       function) == 0)
                return &addresses[i];
        }
    }
    return NULL;
}

bool win32_begin(void)
{
    BYTE *base = (BYTE *)GetModuleHandleW(L"kernelbase.dll");
    ULONG_PTR *place = base != NULL ? imported(base, "ntdll.dll", "NtCreateFile") : NULL;
    DWORD protection;

    if (place == NULL || !VirtualProtect(place, sizeof(*place), PAGE_READWRITE, &protection))
        return false;
    real = (nt_create_file *)*place;
    *place = (ULONG_PTR)watched;
    return VirtualProtect(place, sizeof(*place), protection, &protection);
}

static HANDLE create(const WCHAR *path, DWORD access, DWORD share, DWORD disposition, DWORD flags,
                     bool untraced)
{
    HANDLE handle;

    is_seen = false;
    handle = CreateFileW(path, access, share, NULL, disposition, flags, NULL);
    if (is_seen) {
        seen.untraced = untraced;
        line_print(&seen);
    }
    return handle;
}

HANDLE win32_create(const WCHAR *path, DWORD access, DWORD share, DWORD disposition, DWORD flags)
{
    return create(path, access, share, disposition, flags, false);
}

void win32_try(const WCHAR *path, DWORD access, DWORD share, DWORD disposition, DWORD flags)
{
    HANDLE handle = create(path, access, share, disposition, flags, false);

    if (handle != INVALID_HANDLE_VALUE)
        CloseHandle(handle);
}

void win32_untraced(const WCHAR *path, DWORD access, DWORD share, DWORD disposition, DWORD flags)
{
    HANDLE handle = create(path, access, share, disposition, flags, true);

    if (handle != INVALID_HANDLE_VALUE)
        CloseHandle(handle);
}
