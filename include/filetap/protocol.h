/*
 * The contract between filetap.sys and its client.
 *
 * Transport: one Filter Manager communication port, FILETAP_PORT_NAME. A client connects without
 * a connection context and sends messages (FilterSendMessage): the input buffer is one of the
 * ft_*_request structures, the output buffer receives what the command says. The driver takes one
 * client at a time, an administrator.
 *
 * Rules for both sides:
 *  - All integers are little-endian and of fixed width; structures have explicit padding, which
 *    the sender zeroes and the receiver ignores.
 *  - Strings are UTF-16 without a terminator; lengths are in bytes unless the name says "count".
 *  - ft_version_request and the first 8 bytes of ft_version_reply never change, so that any client
 *    can ask any driver which protocol it speaks.
 *  - Times are in 100-nanosecond units since 1601-01-01 UTC, durations in 100-nanosecond units.
 *
 * This header needs nothing but fixed-width integers; define FT_HAVE_INT_TYPES before including it
 * where <stdint.h> does not exist and uint8_t to uint64_t come from elsewhere.
 */
#ifndef FILETAP_PROTOCOL_H
#define FILETAP_PROTOCOL_H

#ifndef FT_HAVE_INT_TYPES
#include <stdint.h>
#endif

#define FILETAP_PORT_NAME        L"\\FiletapPort"
#define FILETAP_PROTOCOL_VERSION 1

/* ---- Messages, client to driver ------------------------------------------------------------ */

enum ft_command {
    FT_COMMAND_VERSION = 1,   /* in: ft_request; out: ft_version_reply */
    FT_COMMAND_CONFIGURE = 2, /* in: ft_configure_request; out: nothing */
    FT_COMMAND_READ = 3,      /* in: ft_read_request; out: whole records */
    FT_COMMAND_STATUS = 4,    /* in: ft_request; out: ft_status_reply */
    FT_COMMAND_PROCESS = 5,   /* in: ft_process_request; out: ft_process_reply */
};

struct ft_request {
    uint32_t command; /* enum ft_command */
    uint32_t size;    /* of the whole message, in bytes; equals the input buffer's length */
};

struct ft_version_reply {
    uint32_t protocol;                      /* FILETAP_PROTOCOL_VERSION of the driver */
    uint32_t size;                          /* of this reply */
    uint16_t major, minor, patch, reserved; /* version of the driver */
};

/* What to report. Replaces the previous configuration as a whole. */
enum ft_configure_flags {
    FT_CONFIGURE_CHILDREN = 0x1,      /* descendants of a selected process are selected too */
    FT_CONFIGURE_DIRECTORIES = 0x2,   /* opens of directories are reported too */
    FT_CONFIGURE_FAILURES_ONLY = 0x4, /* only requests that failed are reported */
};

#define FT_MAX_PATTERNS        64
#define FT_MAX_PROCESS_IDS     1024
#define FT_MAX_PATTERN_LENGTH  1024          /* bytes */
#define FT_MIN_QUEUE_BYTES     (256u * 1024) /* holds the greatest records */
#define FT_DEFAULT_QUEUE_BYTES (4u * 1024 * 1024)
#define FT_MAX_QUEUE_BYTES     (256u * 1024 * 1024)

/*
 * Followed by process_id_count ids (uint32_t), then by pattern_count patterns, each a uint16_t
 * length in bytes and that many bytes of UTF-16, unaligned, end to end; nothing follows the last.
 * A pattern is compared without regard to case; `*` and `?` are wild cards. It is matched with the
 * image's final component, or with its whole NT path where the pattern has a backslash; of a
 * process that is created while the driver runs also with the name by which the image was executed.
 * No id and no pattern select nothing.
 */
struct ft_configure_request {
    struct ft_request request;
    uint32_t flags;       /* enum ft_configure_flags; an unknown bit is refused */
    uint32_t queue_bytes; /* 0: leave as it is. Records queued so far are kept */
    uint32_t process_id_count;
    uint32_t pattern_count;
};

/*
 * Fills the output buffer with as many whole records as fit, oldest first. When there is none,
 * waits for one, for wait_ms at most (0: not at all), and then succeeds with no bytes.
 * Fails with STATUS_BUFFER_TOO_SMALL where the first record alone does not fit; a buffer of
 * FT_MAX_RECORD_SIZE bytes takes every record.
 */
#define FT_MAX_WAIT_MS 10000
struct ft_read_request {
    struct ft_request request;
    uint32_t wait_ms; /* FT_MAX_WAIT_MS at most */
    uint32_t reserved;
};

struct ft_status_reply {
    uint64_t events;      /* file records made since the client connected, lost ones included */
    uint64_t lost;        /* records lost, for want of queue room or of memory */
    uint64_t queue_bytes; /* the size of the queue */
    uint64_t queue_used;  /* in it now */
    uint64_t queue_peak;  /* the most that was in it */
    uint64_t selected;    /* processes selected now */
};

/*
 * Is the process selected, with the configuration in force? It is judged now where that has not
 * been done. Fails with STATUS_INVALID_CID where there is no such process.
 */
struct ft_process_request {
    struct ft_request request;
    uint32_t process_id;
    uint32_t reserved;
};

struct ft_process_reply {
    uint32_t selected; /* 0 or 1 */
    uint32_t reserved;
};

/* ---- Records, driver to client ------------------------------------------------------------- */

enum ft_record_type {
    FT_RECORD_PROCESS = 1,     /* ft_process_record: names a process, ahead of its first event */
    FT_RECORD_FILE = 2,        /* ft_file_record: one operation */
    FT_RECORD_LOST = 3,        /* ft_lost_record: here, records were lost */
    FT_RECORD_PROCESS_END = 4, /* ft_process_end_record */
};

/*
 * Every record has a sequence number, one more than that of the record before it. Records that
 * were lost have used up numbers too: the ft_lost_record that stands in their place has the number
 * of the first of them, and the record after it has that number plus `count`.
 */
struct ft_record {
    uint32_t size; /* of the whole record, a multiple of 8 */
    uint16_t type; /* enum ft_record_type; a reader skips types that it does not know */
    uint16_t reserved;
    uint64_t sequence; /* from 1 */
};

struct ft_lost_record {
    struct ft_record record;
    uint64_t count; /* records lost, at least 1 */
};

/* Followed by the image's NT path and then by the command line. */
struct ft_process_record {
    struct ft_record record;
    uint64_t process_key; /* names this process and no later one with the same id */
    uint64_t time;        /* when the process was first seen */
    uint32_t process_id;
    uint32_t parent_id;           /* 0: not known */
    uint16_t image_length;        /* bytes */
    uint16_t command_line_length; /* bytes; 0: not known */
    uint32_t flags;               /* enum ft_process_flags */
};

enum ft_process_flags {
    FT_PROCESS_INHERITED = 0x1, /* selected as the descendant of a selected process */
};

struct ft_process_end_record {
    struct ft_record record;
    uint64_t process_key;
    uint64_t time;
};

enum ft_file_flags {
    FT_FILE_DIRECTORY = 0x1,      /* what was opened is a directory */
    FT_FILE_NAME_OPENED = 0x2,    /* `name` is as the request gave it; else it is normalized */
    FT_FILE_NAME_MISSING = 0x4,   /* no name could be had: name_length is 0 */
    FT_FILE_NAME_TRUNCATED = 0x8, /* the name was longer than FT_MAX_NAME_LENGTH */
    FT_FILE_KERNEL_MODE = 0x10,   /* RequestorMode was KernelMode */
    FT_FILE_PAGING = 0x20,        /* a paging file was opened */
};

#define FT_MAX_NAME_LENGTH 65528u /* bytes of a name in a record */

/* IRP_MJ_CREATE's part of a file record. */
struct ft_create {
    uint32_t desired_access; /* SecurityContext->DesiredAccess, an ACCESS_MASK */
    uint32_t disposition;    /* FILE_SUPERSEDE .. FILE_OVERWRITE_IF */
    uint32_t options;        /* FILE_DIRECTORY_FILE .. ; 24 bits */
    uint32_t attributes;     /* FILE_ATTRIBUTE_* */
    uint32_t share;          /* FILE_SHARE_* */
    uint32_t reserved;
};

/* Followed by `name_length` bytes of name, then by zeroes up to record.size. */
struct ft_file_record {
    struct ft_record record;
    uint64_t process_key;
    uint64_t time;        /* when the request reached the driver */
    uint64_t duration;    /* until it was complete */
    uint64_t information; /* IoStatus.Information: FILE_OPENED and so on for a create */
    uint32_t status;      /* IoStatus.Status */
    uint32_t process_id;
    uint32_t thread_id;
    uint32_t flags; /* enum ft_file_flags */
    uint8_t major;  /* IRP_MJ_*: says which member of the union is there */
    uint8_t minor;
    uint16_t reserved;
    uint32_t name_length; /* bytes */
    union {
        struct ft_create create;
        uint64_t room[6]; /* what other operations will need */
    } u;
};

#define FT_MAX_RECORD_SIZE (128u * 1024 + 128)

#define FT_ASSERT(c, what) _Static_assert(c, what)
FT_ASSERT(sizeof(struct ft_request) == 8, "ft_request");
FT_ASSERT(sizeof(struct ft_version_reply) == 16, "ft_version_reply");
FT_ASSERT(sizeof(struct ft_configure_request) == 24, "ft_configure_request");
FT_ASSERT(sizeof(struct ft_read_request) == 16, "ft_read_request");
FT_ASSERT(sizeof(struct ft_status_reply) == 48, "ft_status_reply");
FT_ASSERT(sizeof(struct ft_process_request) == 16, "ft_process_request");
FT_ASSERT(sizeof(struct ft_process_reply) == 8, "ft_process_reply");
FT_ASSERT(sizeof(struct ft_record) == 16, "ft_record");
FT_ASSERT(sizeof(struct ft_lost_record) == 24, "ft_lost_record");
FT_ASSERT(sizeof(struct ft_process_record) == 48, "ft_process_record");
FT_ASSERT(sizeof(struct ft_process_end_record) == 32, "ft_process_end_record");
FT_ASSERT(sizeof(struct ft_create) == 24, "ft_create");
FT_ASSERT(sizeof(struct ft_file_record) == 120, "ft_file_record");
#undef FT_ASSERT

#endif
