/* Communication ports, the driver's side. The user's is in fltlib.c. */
#include "manager.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Lists ---------------------------------------------------------------------------------- */

/* flt.lock is held. */
static void unlist(PFLT_PORT port)
{
    for (PFLT_PORT *p = &flt.ports; *p != NULL; p = &(*p)->next) {
        if (*p == port) {
            *p = port->next;
            break;
        }
    }
}

void port_release(PFLT_PORT port)
{
    if (atomic_fetch_sub(&port->references, 1) != 1)
        return;
    pthread_mutex_lock(&flt.lock);
    unlist(port);
    pthread_mutex_unlock(&flt.lock);
    if (port->kind == PORT_SERVER) {
        string_free(&((struct server_port *)port)->name);
    } else {
        struct filter_port *c = (struct filter_port *)port;

        pthread_mutex_destroy(&c->lock);
        pthread_cond_destroy(&c->changed);
        port_release(&c->server->port);
    }
    port->kind = 0;
    free(port);
}

/* ---- Server ports --------------------------------------------------------------------------- */

static NTSTATUS attributes_valid(const OBJECT_ATTRIBUTES *a)
{
    if (a == NULL || a->Length != sizeof(*a) || !(a->Attributes & OBJ_KERNEL_HANDLE) ||
        a->ObjectName == NULL || a->ObjectName->Length == 0)
        return STATUS_INVALID_PARAMETER;
    if (a->ObjectName->Buffer[0] != '\\')
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    return STATUS_SUCCESS;
}

NTSTATUS FLTAPI FltCreateCommunicationPort(PFLT_FILTER Filter, PFLT_PORT *ServerPort,
                                           POBJECT_ATTRIBUTES ObjectAttributes,
                                           PVOID ServerPortCookie,
                                           PFLT_CONNECT_NOTIFY ConnectNotifyCallback,
                                           PFLT_DISCONNECT_NOTIFY DisconnectNotifyCallback,
                                           PFLT_MESSAGE_NOTIFY MessageNotifyCallback,
                                           LONG MaxConnections)
{
    NTSTATUS status = attributes_valid(ObjectAttributes);
    struct server_port *s;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    *ServerPort = NULL;
    if (!NT_SUCCESS(status))
        return status;
    if (ConnectNotifyCallback == NULL || DisconnectNotifyCallback == NULL || MaxConnections <= 0)
        return STATUS_INVALID_PARAMETER;
    if (object_closing(Filter))
        return STATUS_FLT_DELETING_OBJECT;
    s = memory_get(sizeof(*s));
    s->port.kind = PORT_SERVER;
    s->port.filter = Filter;
    atomic_init(&s->port.references, 1);
    string_copy(&s->name, ObjectAttributes->ObjectName);
    s->ignore_case = (ObjectAttributes->Attributes & OBJ_CASE_INSENSITIVE) != 0;
    s->cookie = ServerPortCookie;
    s->connect = ConnectNotifyCallback;
    s->disconnect = DisconnectNotifyCallback;
    s->message = MessageNotifyCallback;
    s->most = MaxConnections;

    pthread_mutex_lock(&flt.lock);
    for (PFLT_PORT p = flt.ports; p != NULL; p = p->next) {
        struct server_port *other = (struct server_port *)p;

        if (p->kind == PORT_SERVER && !other->closed &&
            string_equal(&other->name, &s->name, other->ignore_case || s->ignore_case))
            status = STATUS_OBJECT_NAME_COLLISION;
    }
    if (NT_SUCCESS(status)) {
        s->port.next = flt.ports;
        flt.ports = &s->port;
        *ServerPort = &s->port;
    }
    pthread_mutex_unlock(&flt.lock);
    if (!NT_SUCCESS(status))
        port_release(&s->port);
    return status;
}

VOID FLTAPI FltCloseCommunicationPort(PFLT_PORT ServerPort)
{
    struct server_port *s = (struct server_port *)ServerPort;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    if (ServerPort == NULL || ServerPort->kind != PORT_SERVER || s->closed)
        nt_bug_check(FLT_BUGCHECK, "%s: %p is not an open server port", __func__,
                     (void *)ServerPort);
    pthread_mutex_lock(&flt.lock);
    s->closed = true;
    pthread_mutex_unlock(&flt.lock);
    port_release(ServerPort);
}

/* ---- Client ports --------------------------------------------------------------------------- */

void port_disconnect(struct filter_port *c)
{
    bool notify;

    pthread_mutex_lock(&c->lock);
    c->disconnected = true;
    notify = !c->notified;
    c->notified = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    if (!notify)
        return;
    /* Message callbacks come to an end first; one that waits for just this disconnection does not
       hold it up for ever. */
    counter_wait(&c->calls, ~0u, 0);
    NT_CALL_VOID(c->port.filter->driver, "DisconnectNotifyCallback",
                 c->server->disconnect(c->cookie));
    pthread_mutex_lock(&flt.lock);
    c->server->connections--;
    pthread_mutex_unlock(&flt.lock);
}

VOID FLTAPI FltCloseClientPort(PFLT_FILTER Filter, PFLT_PORT *ClientPort)
{
    struct filter_port *c;

    IRQL_AT_MOST(PASSIVE_LEVEL);
    pthread_mutex_lock(&flt.lock); /* FltSendMessage reads the variable under it */
    c = (struct filter_port *)*ClientPort;
    *ClientPort = NULL;
    pthread_mutex_unlock(&flt.lock);
    if (c == NULL)
        return;
    if (c->port.kind != PORT_CLIENT || c->port.filter != Filter || !c->driver_open)
        nt_bug_check(FLT_BUGCHECK, "%s: %p is not an open client port of this filter", __func__,
                     (void *)c);
    pthread_mutex_lock(&c->lock);
    c->driver_open = false;
    c->disconnected = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    port_release(&c->port);
}

/* ---- Messages to the user ------------------------------------------------------------------- */

static void deadline_of(const LARGE_INTEGER *timeout, struct timespec *until)
{
    LONGLONG ns;

    clock_gettime(CLOCK_MONOTONIC, until);
    if (timeout->QuadPart <= 0) {
        ns = -timeout->QuadPart;
    } else {
        struct timespec now;
        LONGLONG nt;

        clock_gettime(CLOCK_REALTIME, &now);
        nt = (now.tv_sec + 11644473600LL) * 10000000 + now.tv_nsec / 100;
        if (nt_cpu()->clock != 0)
            nt = (LONGLONG)nt_cpu()->clock;
        ns = timeout->QuadPart > nt ? timeout->QuadPart - nt : 0;
    }
    until->tv_sec += ns / 10000000;
    until->tv_nsec += ns % 10000000 * 100;
    if (until->tv_nsec >= 1000000000) {
        until->tv_sec++;
        until->tv_nsec -= 1000000000;
    }
}

static void unqueue(struct filter_port *c, struct message *m)
{
    struct message **lists[] = {&c->queued, &c->taken};

    for (int i = 0; i < 2; i++) {
        for (struct message **p = lists[i]; *p != NULL; p = &(*p)->next) {
            if (*p == m) {
                *p = m->next;
                break;
            }
        }
    }
    c->queue_end = &c->queued;
    while (*c->queue_end != NULL)
        c->queue_end = &(*c->queue_end)->next;
}

/* The port is locked. Waits until the message is in the state that ends the call. */
static NTSTATUS wait_for_user(struct filter_port *c, struct message *m,
                              const struct timespec *until)
{
    int e = 0;

    while (m->state != MESSAGE_REPLIED && (m->state != MESSAGE_TAKEN || m->reply != NULL)) {
        if (c->disconnected)
            return STATUS_PORT_DISCONNECTED;
        if (e == ETIMEDOUT) {
            /* Somebody who waits takes it at once, even where no time was given. */
            if (m->state != MESSAGE_QUEUED || c->waiters == 0)
                return STATUS_TIMEOUT;
            pthread_mutex_unlock(&c->lock);
            sched_yield();
            pthread_mutex_lock(&c->lock);
            continue;
        }
        e = until == NULL ? pthread_cond_wait(&c->changed, &c->lock)
                          : pthread_cond_timedwait(&c->changed, &c->lock, until);
    }
    return STATUS_SUCCESS;
}

NTSTATUS FLTAPI FltSendMessage(PFLT_FILTER Filter, PFLT_PORT *ClientPort, PVOID SenderBuffer,
                               ULONG SenderBufferLength, PVOID ReplyBuffer, PULONG ReplyLength,
                               PLARGE_INTEGER Timeout)
{
    struct message m = {.data = SenderBuffer, .length = SenderBufferLength, .reply = ReplyBuffer};
    struct filter_port *c;
    struct timespec until;
    NTSTATUS status;

    IRQL_AT_MOST(APC_LEVEL);
    if (SenderBuffer == NULL || (ReplyBuffer != NULL && ReplyLength == NULL))
        return STATUS_INVALID_PARAMETER;
    if (ReplyBuffer != NULL)
        m.reply_room = *ReplyLength;
    if (Timeout != NULL)
        deadline_of(Timeout, &until);
    pthread_mutex_lock(&flt.lock);
    c = (struct filter_port *)*ClientPort;
    if (c != NULL)
        atomic_fetch_add(&c->port.references, 1);
    pthread_mutex_unlock(&flt.lock);
    if (c == NULL)
        return STATUS_PORT_DISCONNECTED;
    if (c->port.kind != PORT_CLIENT || c->port.filter != Filter)
        nt_bug_check(FLT_BUGCHECK, "%s: %p is not a client port of this filter", __func__,
                     (void *)c);
    pthread_mutex_lock(&c->lock);
    m.id = ++c->last_id;
    *c->queue_end = &m;
    c->queue_end = &m.next;
    pthread_cond_broadcast(&c->changed);
    status = wait_for_user(c, &m, Timeout != NULL ? &until : NULL);
    unqueue(c, &m);
    pthread_mutex_unlock(&c->lock);
    if (status == STATUS_SUCCESS && ReplyBuffer != NULL) {
        *ReplyLength = m.reply_length;
        status = m.reply_status;
    }
    port_release(&c->port);
    return status;
}

/* ---- The end of a filter -------------------------------------------------------------------- */

/* One of the filter's ports of that kind, referenced; NULL. */
static PFLT_PORT next_port(PFLT_FILTER f, enum port_kind kind)
{
    PFLT_PORT p;

    pthread_mutex_lock(&flt.lock);
    for (p = flt.ports; p != NULL; p = p->next) {
        if (p->kind != kind || p->filter != f)
            continue;
        if (kind == PORT_SERVER
                ? !((struct server_port *)p)->closed
                : !((struct filter_port *)p)->notified || ((struct filter_port *)p)->driver_open)
            break;
    }
    if (p != NULL)
        atomic_fetch_add(&p->references, 1);
    pthread_mutex_unlock(&flt.lock);
    return p;
}

void ports_unregister(PFLT_FILTER f)
{
    PFLT_PORT p;

    while ((p = next_port(f, PORT_SERVER)) != NULL) {
        f->leaked_server_ports++;
        FltCloseCommunicationPort(p);
        port_release(p);
    }
    while ((p = next_port(f, PORT_CLIENT)) != NULL) {
        struct filter_port *c = (struct filter_port *)p;

        port_disconnect(c);
        counter_wait(&c->calls, ~0u, 0);
        if (c->driver_open) {
            PFLT_PORT handle = p;

            f->leaked_ports++;
            FltCloseClientPort(f, &handle);
        }
        port_release(p);
    }
}
