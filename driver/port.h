/*
 * The port to the client. One client at a time, an administrator; protocol.h says what it can ask.
 */
#ifndef FILETAP_PORT_H
#define FILETAP_PORT_H

#include "config.h"

/*
 * Opens the port. `Config` is in force while no client has configured the driver; it stays
 * the caller's, who keeps it until FtPortDelete has returned and the filter is unregistered.
 */
_IRQL_requires_(PASSIVE_LEVEL) _Must_inspect_result_ NTSTATUS FtPortCreate(_In_ PFT_CONFIG Config);

/*
 * Nobody can connect any more, and a client that waits is woken. A client that is still connected
 * is disconnected by FltUnregisterFilter. Also after a failed or missing FtPortCreate.
 */
_IRQL_requires_(PASSIVE_LEVEL) VOID FtPortDelete(VOID);

#endif
