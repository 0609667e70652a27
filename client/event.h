/* What the driver reported, decoded and named. */
#ifndef CLIENT_EVENT_H
#define CLIENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What a name is shown as. */
enum name_form {
    NAME_UNIX, /* /etc/hosts */
    NAME_DOS,  /* C:\windows\win.ini: on a volume that a Windows program sees as a drive */
    NAME_NT, /* \Device\HarddiskVolume1\etc\hosts: where NT names were asked for, and where the user
                has no name for it */
};

/* A name twice: as the driver gave it, and as it is shown. An NT name is shown as the bytes of its
   units. */
struct name {
    uint16_t *units;
    size_t count;
    char *bytes;
    enum name_form form; /* of `bytes` */
};

/* What separates the components of a name that is shown so. */
static inline char name_separator(enum name_form form)
{
    return form == NAME_UNIX ? '/' : '\\';
}

struct process {
    uint64_t key;
    uint32_t id, parent_id; /* parent 0: not known */
    struct name image;      /* units NULL: not known */
    const char *short_name; /* final component of image.bytes, inside it; "?" where not known */
    char *command_line;     /* NULL: not known */
    uint64_t events;        /* shown so far; kept by whoever shows them */
};

/* An open. Everything belongs to the decoder and lives until its sink returns. */
struct event {
    uint64_t sequence;
    uint64_t time;           /* 100 ns since 1601-01-01 UTC */
    uint64_t duration;       /* 100 ns */
    struct process *process; /* never NULL; one without a key where the driver named none */
    uint32_t process_id, thread_id;
    uint32_t status;      /* NTSTATUS */
    uint64_t information; /* open result, where it succeeded */
    uint32_t desired_access, disposition, options, attributes, share;
    struct name path; /* units NULL, bytes "": the driver had none */
    bool directory, path_truncated;
    const struct call *call; /* NULL: nothing more is known */
};

/* A directory's path is shown with a separator at its end, which is not in `path`. */
static inline bool event_needs_separator(const struct event *e)
{
    size_t length;

    if (!e->directory || e->path_truncated || e->path.units == NULL)
        return false;
    length = strlen(e->path.bytes);
    return length > 0 && e->path.bytes[length - 1] != name_separator(e->path.form);
}

/* What the driver has no words for, where the system that it runs on tells it apart. */
struct call {
    uint32_t process_id, thread_id;
    uint64_t time; /* with these two, which event it is of */
    int error;     /* errno; 0: success; -1: not known */
    bool uid_known;
    uint32_t uid;               /* the user that file access is decided for */
    const char *requested;      /* the name as the program gave it; NULL: that is the path */
    const char *requested_path; /* the same made absolute; NULL: likewise */
    bool path_elsewhere;   /* the path is the process's own; its file is mounted nowhere here */
    bool path_uncertain;   /* the path was looked up when the call was over, and may be another's */
    bool name_unread;      /* nobody could read the name that was asked for */
    bool command_line_cut; /* the process's goes on */
};

/*
 * Events that are lost, in place of the first of them: by the driver, for want of room, or before
 * they reached it.
 */
struct loss {
    uint64_t sequence; /* of the first record; 0: they did not reach the driver */
    uint64_t count;
    uint64_t time;                  /* of the event before, 0 where there was none */
    uint32_t process_id, thread_id; /* 0: not known, or not of one */
};

#endif
