#include "tables.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ---- Status values ------------------------------------------------------------------------- */

/* Sorted by value. Words only where Process Monitor's are not the name's own. */
static const struct {
    uint32_t status;
    const char *name, *words;
} statuses[] = {
    /* clang-format off */
    {0x00000000, "STATUS_SUCCESS", NULL},
    {0x00000103, "STATUS_PENDING", NULL},
    {0x00000104, "STATUS_REPARSE", NULL},
    {0x00000108, "STATUS_OPLOCK_BREAK_IN_PROGRESS", NULL},
    {0x00000215, "STATUS_OPLOCK_SWITCHED_TO_NEW_HANDLE", NULL},
    {0x00000216, "STATUS_OPLOCK_HANDLE_CLOSED", NULL},
    {0x00000367, "STATUS_WAIT_FOR_OPLOCK", NULL},
    {0x80000002, "STATUS_DATATYPE_MISALIGNMENT", NULL},
    {0x80000005, "STATUS_BUFFER_OVERFLOW", NULL},
    {0x8000000F, "STATUS_DEVICE_POWERED_OFF", NULL},
    {0x80000010, "STATUS_DEVICE_OFF_LINE", NULL},
    {0x80000011, "STATUS_DEVICE_BUSY", NULL},
    {0x80000013, "STATUS_INVALID_EA_NAME", NULL},
    {0x80000014, "STATUS_EA_LIST_INCONSISTENT", NULL},
    {0x80000015, "STATUS_INVALID_EA_FLAG", NULL},
    {0x80000016, "STATUS_VERIFY_REQUIRED", NULL},
    {0x80000020, "STATUS_MEDIA_CHECK", NULL},
    {0x8000002D, "STATUS_STOPPED_ON_SYMLINK", NULL},
    {0xC0000001, "STATUS_UNSUCCESSFUL", NULL},
    {0xC0000002, "STATUS_NOT_IMPLEMENTED", NULL},
    {0xC0000003, "STATUS_INVALID_INFO_CLASS", NULL},
    {0xC0000005, "STATUS_ACCESS_VIOLATION", NULL},
    {0xC0000008, "STATUS_INVALID_HANDLE", NULL},
    {0xC000000D, "STATUS_INVALID_PARAMETER", NULL},
    {0xC000000E, "STATUS_NO_SUCH_DEVICE", NULL},
    {0xC000000F, "STATUS_NO_SUCH_FILE", NULL},
    {0xC0000010, "STATUS_INVALID_DEVICE_REQUEST", NULL},
    {0xC0000011, "STATUS_END_OF_FILE", NULL},
    {0xC0000012, "STATUS_WRONG_VOLUME", NULL},
    {0xC0000013, "STATUS_NO_MEDIA_IN_DEVICE", "NO MEDIA"},
    {0xC0000014, "STATUS_UNRECOGNIZED_MEDIA", NULL},
    {0xC0000017, "STATUS_NO_MEMORY", NULL},
    {0xC0000022, "STATUS_ACCESS_DENIED", NULL},
    {0xC0000023, "STATUS_BUFFER_TOO_SMALL", NULL},
    {0xC0000024, "STATUS_OBJECT_TYPE_MISMATCH", NULL},
    {0xC0000032, "STATUS_DISK_CORRUPT_ERROR", "DISK CORRUPT"},
    {0xC0000033, "STATUS_OBJECT_NAME_INVALID", "NAME INVALID"},
    {0xC0000034, "STATUS_OBJECT_NAME_NOT_FOUND", "NAME NOT FOUND"},
    {0xC0000035, "STATUS_OBJECT_NAME_COLLISION", "NAME COLLISION"},
    {0xC0000039, "STATUS_OBJECT_PATH_INVALID", NULL},
    {0xC000003A, "STATUS_OBJECT_PATH_NOT_FOUND", "PATH NOT FOUND"},
    {0xC000003B, "STATUS_OBJECT_PATH_SYNTAX_BAD", "PATH SYNTAX BAD"},
    {0xC000003F, "STATUS_CRC_ERROR", NULL},
    {0xC0000043, "STATUS_SHARING_VIOLATION", NULL},
    {0xC0000044, "STATUS_QUOTA_EXCEEDED", NULL},
    {0xC000004F, "STATUS_EAS_NOT_SUPPORTED", NULL},
    {0xC0000050, "STATUS_EA_TOO_LARGE", NULL},
    {0xC0000051, "STATUS_NONEXISTENT_EA_ENTRY", NULL},
    {0xC0000052, "STATUS_NO_EAS_ON_FILE", NULL},
    {0xC0000053, "STATUS_EA_CORRUPT_ERROR", "EA CORRUPTED ERROR"},
    {0xC0000054, "STATUS_FILE_LOCK_CONFLICT", NULL},
    {0xC0000056, "STATUS_DELETE_PENDING", NULL},
    {0xC0000057, "STATUS_CTL_FILE_NOT_SUPPORTED", NULL},
    {0xC0000061, "STATUS_PRIVILEGE_NOT_HELD", NULL},
    {0xC000006D, "STATUS_LOGON_FAILURE", NULL},
    {0xC000007B, "STATUS_INVALID_IMAGE_FORMAT", NULL},
    {0xC000007F, "STATUS_DISK_FULL", NULL},
    {0xC0000098, "STATUS_FILE_INVALID", NULL},
    {0xC000009A, "STATUS_INSUFFICIENT_RESOURCES", NULL},
    {0xC000009C, "STATUS_DEVICE_DATA_ERROR", NULL},
    {0xC000009D, "STATUS_DEVICE_NOT_CONNECTED", NULL},
    {0xC00000A2, "STATUS_MEDIA_WRITE_PROTECTED", NULL},
    {0xC00000A3, "STATUS_DEVICE_NOT_READY", NULL},
    {0xC00000A5, "STATUS_BAD_IMPERSONATION_LEVEL", "BAD IMPERSONATION"},
    {0xC00000AB, "STATUS_INSTANCE_NOT_AVAILABLE", NULL},
    {0xC00000AC, "STATUS_PIPE_NOT_AVAILABLE", NULL},
    {0xC00000AD, "STATUS_INVALID_PIPE_STATE", NULL},
    {0xC00000AE, "STATUS_PIPE_BUSY", NULL},
    {0xC00000B0, "STATUS_PIPE_DISCONNECTED", NULL},
    {0xC00000B1, "STATUS_PIPE_CLOSING", NULL},
    {0xC00000B5, "STATUS_IO_TIMEOUT", NULL},
    {0xC00000B6, "STATUS_FILE_FORCED_CLOSED", NULL},
    {0xC00000BA, "STATUS_FILE_IS_A_DIRECTORY", "IS DIRECTORY"},
    {0xC00000BB, "STATUS_NOT_SUPPORTED", NULL},
    {0xC00000BC, "STATUS_REMOTE_NOT_LISTENING", NULL},
    {0xC00000BD, "STATUS_DUPLICATE_NAME", NULL},
    {0xC00000BE, "STATUS_BAD_NETWORK_PATH", NULL},
    {0xC00000BF, "STATUS_NETWORK_BUSY", NULL},
    {0xC00000C0, "STATUS_DEVICE_DOES_NOT_EXIST", NULL},
    {0xC00000C3, "STATUS_INVALID_NETWORK_RESPONSE", NULL},
    {0xC00000C4, "STATUS_UNEXPECTED_NETWORK_ERROR", "NETWORK ERROR"},
    {0xC00000C9, "STATUS_NETWORK_NAME_DELETED", NULL},
    {0xC00000CA, "STATUS_NETWORK_ACCESS_DENIED", NULL},
    {0xC00000CC, "STATUS_BAD_NETWORK_NAME", NULL},
    {0xC00000CE, "STATUS_TOO_MANY_SESSIONS", NULL},
    {0xC00000CF, "STATUS_SHARING_PAUSED", NULL},
    {0xC00000D0, "STATUS_REQUEST_NOT_ACCEPTED", NULL},
    {0xC00000D4, "STATUS_NOT_SAME_DEVICE", NULL},
    {0xC00000D5, "STATUS_FILE_RENAMED", NULL},
    {0xC00000D8, "STATUS_CANT_WAIT", NULL},
    {0xC00000E2, "STATUS_OPLOCK_NOT_GRANTED", NULL},
    {0xC00000E3, "STATUS_INVALID_OPLOCK_PROTOCOL", NULL},
    {0xC00000E5, "STATUS_INTERNAL_ERROR", NULL},
    {0xC0000101, "STATUS_DIRECTORY_NOT_EMPTY", "NOT EMPTY"},
    {0xC0000102, "STATUS_FILE_CORRUPT_ERROR", "FILE CORRUPT"},
    {0xC0000103, "STATUS_NOT_A_DIRECTORY", NULL},
    {0xC0000106, "STATUS_NAME_TOO_LONG", NULL},
    {0xC000011F, "STATUS_TOO_MANY_OPENED_FILES", NULL},
    {0xC0000120, "STATUS_CANCELLED", NULL},
    {0xC0000121, "STATUS_CANNOT_DELETE", NULL},
    {0xC0000123, "STATUS_FILE_DELETED", NULL},
    {0xC0000128, "STATUS_FILE_CLOSED", NULL},
    {0xC0000148, "STATUS_INVALID_LEVEL", NULL},
    {0xC000014B, "STATUS_PIPE_BROKEN", NULL},
    {0xC0000162, "STATUS_UNMAPPABLE_CHARACTER", NULL},
    {0xC0000184, "STATUS_INVALID_DEVICE_STATE", NULL},
    {0xC0000185, "STATUS_IO_DEVICE_ERROR", NULL},
    {0xC0000205, "STATUS_INSUFF_SERVER_RESOURCES", "INSUFFICIENT SERVER RESOURCES"},
    {0xC0000207, "STATUS_INVALID_ADDRESS_COMPONENT", NULL},
    {0xC000020C, "STATUS_CONNECTION_DISCONNECTED", "DISCONNECTED"},
    {0xC0000225, "STATUS_NOT_FOUND", NULL},
    {0xC0000243, "STATUS_USER_MAPPED_FILE", NULL},
    {0xC0000257, "STATUS_PATH_NOT_COVERED", NULL},
    {0xC0000265, "STATUS_TOO_MANY_LINKS", NULL},
    {0xC0000267, "STATUS_FILE_IS_OFFLINE", NULL},
    {0xC000026D, "STATUS_DFS_UNAVAILABLE", NULL},
    {0xC000026E, "STATUS_VOLUME_DISMOUNTED", NULL},
    {0xC0000275, "STATUS_NOT_A_REPARSE_POINT", "NOT REPARSE POINT"},
    {0xC0000276, "STATUS_IO_REPARSE_TAG_INVALID", NULL},
    {0xC0000277, "STATUS_IO_REPARSE_TAG_MISMATCH", NULL},
    {0xC0000278, "STATUS_IO_REPARSE_DATA_INVALID", NULL},
    {0xC0000279, "STATUS_IO_REPARSE_TAG_NOT_HANDLED", NULL},
    {0xC0000280, "STATUS_REPARSE_POINT_NOT_RESOLVED", NULL},
    {0xC0000281, "STATUS_DIRECTORY_IS_A_REPARSE_POINT", NULL},
    {0xC000028A, "STATUS_ENCRYPTION_FAILED", NULL},
    {0xC0000293, "STATUS_FILE_ENCRYPTED", NULL},
    {0xC00002EA, "STATUS_CANNOT_MAKE", NULL},
    {0xC00002F0, "STATUS_OBJECTID_NOT_FOUND", NULL},
    {0xC0000427, "STATUS_FILE_SYSTEM_LIMITATION", NULL},
    {0xC0000715, "STATUS_SYMLINK_CLASS_DISABLED", NULL},
    {0xC0000802, "STATUS_DISK_QUOTA_EXCEEDED", NULL},
    {0xC0000904, "STATUS_FILE_TOO_LARGE", NULL},
    {0xC0000906, "STATUS_VIRUS_INFECTED", NULL},
    {0xC0000907, "STATUS_VIRUS_DELETED", NULL},
    {0xC0000909, "STATUS_CANNOT_BREAK_OPLOCK", NULL},
    {0xC000CF08, "STATUS_CLOUD_FILE_NOT_IN_SYNC", NULL},
    {0xC000CF18, "STATUS_CLOUD_FILE_ACCESS_DENIED", NULL},
    {0xC0190001, "STATUS_TRANSACTIONAL_CONFLICT", NULL},
    {0xC0190002, "STATUS_INVALID_TRANSACTION", NULL},
    {0xC019003F, "STATUS_TRANSACTIONAL_OPEN_NOT_ALLOWED", NULL},
    {0xC0190044, "STATUS_CANNOT_EXECUTE_FILE_IN_TRANSACTION", NULL},
    {0xC01C0004, "STATUS_FLT_DISALLOW_FAST_IO", "FAST IO DISALLOWED"},
    {0xC01C000F, "STATUS_FLT_DO_NOT_ATTACH", NULL},
    /* clang-format on */
};

bool status_success(uint32_t status)
{
    return (status & 0x80000000) == 0;
}

static size_t find_status(uint32_t status)
{
    size_t low = 0, high = sizeof(statuses) / sizeof(statuses[0]);

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (statuses[middle].status < status)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < sizeof(statuses) / sizeof(statuses[0]) && statuses[low].status == status)
        return low;
    return SIZE_MAX;
}

const char *status_name(uint32_t status)
{
    size_t i = find_status(status);

    return i != SIZE_MAX ? statuses[i].name : NULL;
}

void status_words(struct buffer *b, uint32_t status)
{
    size_t i = find_status(status);

    if (i == SIZE_MAX) {
        buffer_printf(b, "0x%08X", status);
    } else if (statuses[i].words != NULL) {
        buffer_string(b, statuses[i].words);
    } else {
        for (const char *s = statuses[i].name + strlen("STATUS_"); *s != '\0'; s++)
            buffer_byte(b, *s == '_' ? ' ' : *s);
    }
}

/* ---- Access -------------------------------------------------------------------------------- */

#define READ_DATA            0x00000001
#define WRITE_DATA           0x00000002
#define APPEND_DATA          0x00000004
#define EXECUTE              0x00000020
#define GENERIC_READ         0x80000000
#define GENERIC_WRITE        0x40000000
#define GENERIC_EXECUTE      0x20000000
#define GENERIC_ALL          0x10000000

#define FILE_GENERIC_READ    0x00120089
#define FILE_GENERIC_WRITE   0x00120116
#define FILE_GENERIC_EXECUTE 0x001200A0
#define FILE_ALL_ACCESS      0x001F01FF

uint32_t access_map_generic(uint32_t access)
{
    static const struct {
        uint32_t generic, rights;
    } map[] = {
        {GENERIC_READ, FILE_GENERIC_READ},
        {GENERIC_WRITE, FILE_GENERIC_WRITE},
        {GENERIC_EXECUTE, FILE_GENERIC_EXECUTE},
        {GENERIC_ALL, FILE_ALL_ACCESS},
    };

    for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
        if (access & map[i].generic)
            access = (access & ~map[i].generic) | map[i].rights;
    }
    return access;
}

bool access_reads(uint32_t access)
{
    return (access_map_generic(access) & READ_DATA) != 0;
}

bool access_writes(uint32_t access)
{
    return (access_map_generic(access) & (WRITE_DATA | APPEND_DATA)) != 0;
}

bool access_executes(uint32_t access)
{
    return (access_map_generic(access) & EXECUTE) != 0;
}

const struct flag access_flags[] = {
    {FILE_ALL_ACCESS, "All Access"},
    {FILE_GENERIC_READ | FILE_GENERIC_WRITE | FILE_GENERIC_EXECUTE, "Generic Read/Write/Execute"},
    {FILE_GENERIC_READ | FILE_GENERIC_WRITE, "Generic Read/Write"},
    {FILE_GENERIC_READ | FILE_GENERIC_EXECUTE, "Generic Read/Execute"},
    {FILE_GENERIC_WRITE | FILE_GENERIC_EXECUTE, "Generic Write/Execute"},
    {FILE_GENERIC_READ, "Generic Read"},
    {FILE_GENERIC_WRITE, "Generic Write"},
    {FILE_GENERIC_EXECUTE, "Generic Execute"},
    {READ_DATA, "Read Data/List Directory"},
    {WRITE_DATA, "Write Data/Add File"},
    {APPEND_DATA, "Append Data/Add Subdirectory/Create Pipe Instance"},
    {0x00000008, "Read EA"},
    {0x00000010, "Write EA"},
    {EXECUTE, "Execute/Traverse"},
    {0x00000040, "Delete Child"},
    {0x00000080, "Read Attributes"},
    {0x00000100, "Write Attributes"},
    {0x00010000, "Delete"},
    {0x00020000, "Read Control"},
    {0x00040000, "Write DAC"},
    {0x00080000, "Write Owner"},
    {0x00100000, "Synchronize"},
    {0x01000000, "Access System Security"},
    {0x02000000, "Maximum Allowed"},
    {0, NULL},
};

/* ---- The rest of a create ------------------------------------------------------------------ */

const struct flag option_flags[] = {
    {0x00000001, "Directory"},
    {0x00000002, "Write Through"},
    {0x00000004, "Sequential Access"},
    {0x00000008, "No Buffering"},
    {0x00000010, "Synchronous IO Alert"},
    {0x00000020, "Synchronous IO Non-Alert"},
    {0x00000040, "Non-Directory File"},
    {0x00000080, "Create Tree Connection"},
    {0x00000100, "Complete If Oplocked"},
    {0x00000200, "No EA Knowledge"},
    {0x00000400, "Open for Recovery"},
    {0x00000800, "Random Access"},
    {0x00001000, "Delete On Close"},
    {0x00002000, "Open By ID"},
    {0x00004000, "Open For Backup"},
    {0x00008000, "No Compression"},
    {0x00010000, "Open Requiring Oplock"},
    {0x00020000, "Disallow Exclusive"},
    {0x00040000, "Session Aware"},
    {0x00100000, "Reserve OpFilter"},
    {0x00200000, "Open Reparse Point"},
    {0x00400000, "Open No Recall"},
    {0x00800000, "Open For Free Space Query"},
    {0, NULL},
};

const struct flag share_flags[] = {
    {0x00000001, "Read"},
    {0x00000002, "Write"},
    {0x00000004, "Delete"},
    {0, NULL},
};

const struct flag attribute_flags[] = {
    {0x00000001, "R"},   {0x00000002, "H"},  {0x00000004, "S"}, {0x00000010, "D"},
    {0x00000020, "A"},   {0x00000040, "D"},  {0x00000080, "N"}, {0x00000100, "T"},
    {0x00000200, "SF"},  {0x00000400, "RP"}, {0x00000800, "C"}, {0x00001000, "O"},
    {0x00002000, "NCI"}, {0x00004000, "E"},  {0x00010000, "V"}, {0, NULL},
};

void flags_each(const struct flag *flags, uint32_t mask, flag_sink *sink, void *context)
{
    char rest[16];

    for (; flags->name != NULL; flags++) {
        if ((mask & flags->value) != flags->value)
            continue;
        sink(context, flags->name);
        mask &= ~flags->value;
    }
    if (mask != 0) {
        snprintf(rest, sizeof(rest), "0x%X", mask);
        sink(context, rest);
    }
}

struct join {
    struct buffer *buffer;
    const char *separator;
    size_t count;
};

static void join_one(void *context, const char *name)
{
    struct join *j = context;

    if (j->count++ > 0)
        buffer_string(j->buffer, j->separator);
    buffer_string(j->buffer, name);
}

void flags_join(struct buffer *b, const struct flag *flags, uint32_t mask, const char *separator)
{
    struct join j = {.buffer = b, .separator = separator};

    flags_each(flags, mask, join_one, &j);
}

const char *disposition_name(uint32_t disposition)
{
    static const char *const names[] = {
        "Supersede", "Open", "Create", "OpenIf", "Overwrite", "OverwriteIf",
    };

    return disposition < sizeof(names) / sizeof(names[0]) ? names[disposition] : NULL;
}

const char *open_result_name(uint64_t information)
{
    static const char *const names[] = {
        "Superseded", "Opened", "Created", "Overwritten", "Exists", "Does Not Exist",
    };

    return information < sizeof(names) / sizeof(names[0]) ? names[information] : NULL;
}

bool disposition_creates(uint32_t disposition)
{
    return disposition == 0 || disposition == 2 || disposition == 3 || disposition == 5;
}
