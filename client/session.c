#include "session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "fltbox/fltlib.h"
#include "names.h"
#include "tables.h"
#include "utf.h"

#define DRIVER_FILE                  "filetap.sys"
#define STATUS_OBJECT_NAME_NOT_FOUND ((filter_status)0xC0000034)

struct session {
    struct filter_port *port;
};

/* ---- Finding the driver -------------------------------------------------------------------- */

/* The directory of this program, without a slash at its end; malloc'ed. */
static char *own_directory(void)
{
    char *program = realpath("/proc/self/exe", NULL);
    char *slash = program != NULL ? strrchr(program, '/') : NULL;

    if (slash == NULL) {
        free(program);
        return NULL;
    }
    *slash = '\0';
    return program;
}

/* Beside this program, as built; or PREFIX/lib/filetap for PREFIX/bin/filetap, as installed. */
static const char *const driver_places[] = {"%s/" DRIVER_FILE, "%s/../lib/filetap/" DRIVER_FILE};

char *session_find_driver(const char *given, char **error)
{
    char *directory, *path = NULL;

    if (given != NULL) {
        if (access(given, R_OK) == 0)
            set_message(&path, "%s", given);
        else
            set_message(error, "cannot read the driver '%s': %s", given, strerror(errno));
        return path;
    }
    directory = own_directory();
    if (directory == NULL) {
        set_message(error, "cannot find " DRIVER_FILE ": /proc/self/exe cannot be read; "
                           "name it with --driver FILE");
        return NULL;
    }
    for (size_t i = 0; i < sizeof(driver_places) / sizeof(driver_places[0]); i++) {
        set_message(&path, driver_places[i], directory);
        if (path != NULL && access(path, R_OK) == 0) {
            free(directory);
            return path;
        }
        free(path);
        path = NULL;
    }
    set_message(error,
                "cannot find " DRIVER_FILE ": it is neither in '%s' nor in '%s/../lib/filetap'; "
                "name it with --driver FILE",
                directory, directory);
    free(directory);
    return NULL;
}

/* ---- Messages ------------------------------------------------------------------------------ */

static void refused(char **error, const char *what, filter_status status)
{
    struct buffer words = {0};

    status_words(&words, (uint32_t)status);
    buffer_byte(&words, '\0');
    set_message(error, "the driver %s: 0x%08X (%s)", what, (unsigned)status, words.data);
    buffer_free(&words);
}

static int check_version(struct session *s, const char *driver, char **error)
{
    struct ft_request request = {.command = FT_COMMAND_VERSION, .size = sizeof(request)};
    struct ft_version_reply reply = {0};
    uint32_t returned = 0;
    filter_status status;

    status =
        filter_send_message(s->port, &request, sizeof(request), &reply, sizeof(reply), &returned);
    if (status < 0) {
        refused(error, "does not say which protocol it speaks", status);
        return -1;
    }
    if (returned < 8) {
        set_message(error, "'%s' answers as no filetap driver does", driver);
        return -1;
    }
    if (reply.protocol != FILETAP_PROTOCOL_VERSION) {
        set_message(error,
                    "'%s' speaks protocol version %u, this filetap speaks version %u; name the "
                    "driver that came with this filetap with --driver FILE",
                    driver, reply.protocol, FILETAP_PROTOCOL_VERSION);
        return -1;
    }
    return 0;
}

struct session *session_open(const char *driver, char **error)
{
    static const uint16_t wide[] = FILETAP_PORT_NAME;
    struct session *s = allocate(sizeof(*s));
    char *name = utf16_to_bytes(wide, sizeof(wide) / sizeof(wide[0]) - 1);
    filter_status status = filter_connect_port(name, NULL, 0, &s->port);

    if (status < 0) {
        s->port = NULL;
        if (status == STATUS_OBJECT_NAME_NOT_FOUND)
            set_message(error, "'%s' is not filetap's driver: it has no port %s", driver, name);
        else
            refused(error, "does not let us connect", status);
    }
    free(name);
    if (status < 0 || check_version(s, driver, error) != 0) {
        session_close(s);
        return NULL;
    }
    return s;
}

void session_close(struct session *s)
{
    if (s == NULL)
        return;
    if (s->port != NULL)
        filter_close_port(s->port);
    free(s);
}

int session_select(struct session *s, const struct session_selection *selection, char **error)
{
    struct ft_configure_request request = {.request.command = FT_COMMAND_CONFIGURE};
    struct buffer message = {0};
    uint32_t returned;
    filter_status status;

    request.flags = (selection->children ? FT_CONFIGURE_CHILDREN : 0) |
                    (selection->directories ? FT_CONFIGURE_DIRECTORIES : 0) |
                    (selection->failures_only ? FT_CONFIGURE_FAILURES_ONLY : 0);
    request.process_id_count = selection->process_id_count;
    request.pattern_count = selection->name_count;
    buffer_add(&message, &request, sizeof(request));
    buffer_add(&message, selection->process_ids,
               selection->process_id_count * sizeof(*selection->process_ids));
    for (size_t i = 0; i < selection->name_count; i++) {
        size_t count;
        uint16_t *units = name_pattern(selection->names[i], &count);
        uint16_t bytes = count * sizeof(*units);

        buffer_add(&message, &bytes, sizeof(bytes));
        buffer_add(&message, units, bytes);
        free(units);
    }
    request.request.size = message.length;
    memcpy(message.data, &request, sizeof(request));
    status = filter_send_message(s->port, message.data, message.length, NULL, 0, &returned);
    buffer_free(&message);
    if (status < 0) {
        refused(error, "does not take the selection", status);
        return -1;
    }
    return 0;
}

int session_read(struct session *s, void *buffer, uint32_t size, uint32_t *returned, char **error)
{
    struct ft_read_request request = {
        .request = {.command = FT_COMMAND_READ, .size = sizeof(request)},
    };
    filter_status status;

    *returned = 0;
    status = filter_send_message(s->port, &request, sizeof(request), buffer, size, returned);
    if (status < 0) {
        refused(error, "gives no events", status);
        return -1;
    }
    return 0;
}

int session_is_selected(struct session *s, uint32_t process_id, bool *selected, char **error)
{
    struct ft_process_request request = {
        .request = {.command = FT_COMMAND_PROCESS, .size = sizeof(request)},
        .process_id = process_id,
    };
    struct ft_process_reply reply;
    uint32_t returned = 0;
    filter_status status;

    status =
        filter_send_message(s->port, &request, sizeof(request), &reply, sizeof(reply), &returned);
    if (status < 0 || returned < sizeof(reply)) {
        refused(error, "does not say which processes are selected", status);
        return -1;
    }
    *selected = reply.selected != 0;
    return 0;
}

int session_status(struct session *s, struct ft_status_reply *reply, char **error)
{
    struct ft_request request = {.command = FT_COMMAND_STATUS, .size = sizeof(request)};
    uint32_t returned = 0;
    filter_status status;

    status =
        filter_send_message(s->port, &request, sizeof(request), reply, sizeof(*reply), &returned);
    if (status < 0 || returned < sizeof(*reply)) {
        refused(error, "does not tell its status", status);
        return -1;
    }
    return 0;
}

char *session_user_path(const uint16_t *units, size_t count, enum name_form *form)
{
    char *path = filter_dos_path(units, count);

    *form = path != NULL ? NAME_DOS : NAME_UNIX;
    return path != NULL ? path : filter_unix_path(units, count);
}

char *session_unix_path(const uint16_t *units, size_t count)
{
    char *path = filter_dos_path(units, count);

    if (path == NULL)
        return NULL;
    free(path);
    return filter_unix_path(units, count);
}
