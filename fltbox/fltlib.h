/*
 * The user side of communication ports: what fltlib.dll gives to programs on Windows, for callers
 * in this process. Functions return the NTSTATUS itself where fltlib returns an HRESULT made of it.
 * They may be called from any thread that fltbox made or attached (nt_thread_attach).
 *
 * Callers are part of the process that the driver is loaded in, so no port's security descriptor is
 * checked: whoever may run this process may connect. Drivers get the buffers as they are, as raw
 * user buffers, and their callbacks run in the calling thread at PASSIVE_LEVEL.
 *
 * Follows fltuser.h's FilterConnectCommunicationPort, FilterSendMessage, FilterGetMessage,
 * FilterReplyMessage.
 */
#ifndef FLTBOX_FLTLIB_H
#define FLTBOX_FLTLIB_H

#include <stddef.h>
#include <stdint.h>

struct filter_port;

/* NTSTATUS results; 0 (STATUS_SUCCESS) or negative. */
typedef int32_t filter_status;

/* `name` is in UTF-8, "\\FiletapPort". */
filter_status filter_connect_port(const char *name, const void *context, uint16_t context_size,
                                  struct filter_port **);
void filter_close_port(struct filter_port *);
filter_status filter_send_message(struct filter_port *, const void *in, uint32_t in_size, void *out,
                                  uint32_t out_size, uint32_t *returned);
/* Waits for a message of FltSendMessage; `buffer` begins with a FILTER_MESSAGE_HEADER.
   timeout_ms -1: for ever; STATUS_TIMEOUT (0x102) when it passed. */
filter_status filter_get_message(struct filter_port *, void *buffer, uint32_t size, int timeout_ms);
/* `reply` begins with a FILTER_REPLY_HEADER. */
filter_status filter_reply_message(struct filter_port *, const void *reply, uint32_t size);

/*
 * The user's own name for an NT path: "/etc/hosts" for "\Device\HarddiskVolume1\etc\hosts", as
 * FilterGetDosName does for a volume. `path` is `count` UTF-16 units. Returns malloc'ed bytes
 * (names that are not UTF-8 come back as they were), NULL where no volume has that name or memory
 * is out. A volume that is gone keeps its name, while it is among the last 256 that went.
 */
char *filter_unix_path(const uint16_t *path, size_t count);

/*
 * The same of a volume that Windows programs see as a drive or a share: "C:\windows\win.ini",
 * "\\server\share\x". malloc'ed UTF-8: U+DC80 to U+DCFF alone become the byte that they stand for,
 * other surrogates without a partner three bytes, NUL becomes U+FFFD. NULL for names on other
 * volumes.
 *
 * filter_unix_path of a name on such a volume looks on disk for how the name is really spelled, so
 * it costs some system calls, and thousands where a directory has to be read. What is not there
 * stays as it was asked for. NULL where we do not see the volume's directory.
 */
char *filter_dos_path(const uint16_t *path, size_t count);

#endif
