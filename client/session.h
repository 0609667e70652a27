/*
 * The conversation with the driver, through its port: the only part of the client that knows how
 * messages travel. Messages in *error are malloc'ed.
 */
#ifndef CLIENT_SESSION_H
#define CLIENT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "filetap/protocol.h"

struct session;

struct session_selection {
    const uint32_t *process_ids;
    size_t process_id_count; /* FT_MAX_PROCESS_IDS at most */
    const char *const *names;
    size_t name_count; /* FT_MAX_PATTERNS at most */
    bool children, directories, failures_only;
};

/*
 * The file that the driver is in: `given` where not NULL, else filetap.sys beside this program
 * or where it is installed. malloc'ed; NULL with *error set where there is none.
 */
char *session_find_driver(const char *given, char **error);

/* Connects to the driver that was loaded from `driver` and checks that it speaks our protocol. */
struct session *session_open(const char *driver, char **error);

/* Each 0, or -1 with *error set. */
int session_select(struct session *, const struct session_selection *, char **error);
int session_read(struct session *, void *buffer, uint32_t size, uint32_t *returned, char **error);
/* *selected: is the process traced, with the selection in force? */
int session_is_selected(struct session *, uint32_t process_id, bool *selected, char **error);
int session_status(struct session *, struct ft_status_reply *, char **error);

void session_close(struct session *);

/* The user's own name for an NT path (see user_path_fn). */
char *session_user_path(const uint16_t *units, size_t count, enum name_form *form);

/* The Linux path of a file on a Windows program's drive, malloc'ed; NULL for other files, and where
   we do not see it. It is looked for on disk, which takes its time. */
char *session_unix_path(const uint16_t *units, size_t count);

#endif
