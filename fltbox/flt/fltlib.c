#include "../fltlib.h"
#include "manager.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Connecting ----------------------------------------------------------------------------- */

/* A place at the server port of that name, referenced, its filter held. */
static NTSTATUS take_place(PCUNICODE_STRING name, struct server_port **server)
{
    NTSTATUS status = STATUS_OBJECT_NAME_NOT_FOUND;

    pthread_mutex_lock(&flt.lock);
    for (PFLT_PORT p = flt.ports; p != NULL; p = p->next) {
        struct server_port *s = (struct server_port *)p;

        if (p->kind != PORT_SERVER || s->closed || !string_equal(&s->name, name, s->ignore_case))
            continue;
        status = STATUS_CONNECTION_COUNT_LIMIT;
        if (s->connections < s->most && object_acquire(p->filter)) {
            s->connections++;
            atomic_fetch_add(&p->references, 1);
            *server = s;
            status = STATUS_SUCCESS;
        }
        break;
    }
    pthread_mutex_unlock(&flt.lock);
    return status;
}

static struct filter_port *make_connection(struct server_port *s)
{
    struct filter_port *c = memory_get(sizeof(*c));
    pthread_condattr_t attributes;

    c->port.kind = PORT_CLIENT;
    c->port.filter = s->port.filter;
    c->server = s;
    c->driver_open = true;
    atomic_init(&c->calls, 1); /* ConnectNotifyCallback */
    c->queue_end = &c->queued;
    atomic_init(&c->port.references, 2); /* the driver's and the user's */
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&c->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_lock(&flt.lock);
    c->port.next = flt.ports;
    flt.ports = &c->port;
    pthread_mutex_unlock(&flt.lock);
    return c;
}

filter_status filter_connect_port(const char *name, const void *context, uint16_t context_size,
                                  struct filter_port **out)
{
    struct server_port *s = NULL;
    struct filter_port *c;
    UNICODE_STRING wide;
    void *copy = NULL;
    NTSTATUS status;

    *out = NULL;
    if ((context == NULL) != (context_size == 0))
        return STATUS_INVALID_PARAMETER;
    string_from_utf8(&wide, name);
    status = take_place(&wide, &s);
    string_free(&wide);
    if (!NT_SUCCESS(status))
        return status;
    if (context != NULL) {
        copy = memory_get(context_size);
        memcpy(copy, context, context_size);
    }
    c = make_connection(s);
    status = NT_CALL(s->port.filter->driver, "ConnectNotifyCallback",
                     s->connect(&c->port, s->cookie, copy, context_size, &c->cookie));
    free(copy);
    if (NT_SUCCESS(status)) {
        *out = c;
    } else {
        pthread_mutex_lock(&flt.lock);
        s->connections--;
        c->notified = true;
        c->driver_open = false;
        pthread_mutex_unlock(&flt.lock);
    }
    atomic_fetch_sub(&c->calls, 1);
    counter_lowered();
    object_release(s->port.filter);
    if (!NT_SUCCESS(status)) { /* the driver's reference and the user's */
        port_release(&c->port);
        port_release(&c->port);
    }
    return status;
}

void filter_close_port(struct filter_port *c)
{
    if (c == NULL)
        return;
    port_disconnect(c);
    port_release(&c->port);
}

/* ---- Messages ------------------------------------------------------------------------------- */

filter_status filter_send_message(struct filter_port *c, const void *in, uint32_t in_size,
                                  void *out, uint32_t out_size, uint32_t *returned)
{
    ULONG length = 0;
    NTSTATUS status;

    *returned = 0;
    if (c->server->message == NULL)
        return STATUS_INVALID_DEVICE_REQUEST;
    pthread_mutex_lock(&c->lock);
    if (c->disconnected) {
        pthread_mutex_unlock(&c->lock);
        return STATUS_PORT_DISCONNECTED;
    }
    atomic_fetch_add(&c->calls, 1);
    pthread_mutex_unlock(&c->lock);
    status = NT_CALL(c->port.filter->driver, "MessageNotifyCallback",
                     c->server->message(c->cookie, (void *)in, in_size, out,
                                        out != NULL ? out_size : 0, &length));
    atomic_fetch_sub(&c->calls, 1);
    counter_lowered();
    if (NT_SUCCESS(status))
        *returned = length;
    return status;
}

/* The port is locked. */
static NTSTATUS take_message(struct filter_port *c, void *buffer, uint32_t size)
{
    struct message *m = c->queued;
    FILTER_MESSAGE_HEADER head = {.MessageId = m->id};

    if (size < sizeof(head) + (uint64_t)m->length)
        return STATUS_BUFFER_TOO_SMALL;
    if (m->reply != NULL)
        head.ReplyLength = m->reply_room + sizeof(FILTER_REPLY_HEADER);
    memcpy(buffer, &head, sizeof(head));
    memcpy((char *)buffer + sizeof(head), m->data, m->length);
    c->queued = m->next;
    if (c->queued == NULL)
        c->queue_end = &c->queued;
    m->next = c->taken;
    c->taken = m;
    m->state = MESSAGE_TAKEN;
    pthread_cond_broadcast(&c->changed);
    return STATUS_SUCCESS;
}

filter_status filter_get_message(struct filter_port *c, void *buffer, uint32_t size, int timeout_ms)
{
    struct timespec until;
    NTSTATUS status = STATUS_SUCCESS;
    int e = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&c->lock);
    c->waiters++;
    while (c->queued == NULL && !c->disconnected && e != ETIMEDOUT)
        e = timeout_ms < 0 ? pthread_cond_wait(&c->changed, &c->lock)
                           : pthread_cond_timedwait(&c->changed, &c->lock, &until);
    c->waiters--;
    if (c->disconnected)
        status = STATUS_PORT_DISCONNECTED;
    else if (c->queued == NULL)
        status = STATUS_TIMEOUT;
    else
        status = take_message(c, buffer, size);
    pthread_mutex_unlock(&c->lock);
    return status;
}

filter_status filter_reply_message(struct filter_port *c, const void *reply, uint32_t size)
{
    FILTER_REPLY_HEADER head;
    NTSTATUS status = STATUS_FLT_NO_WAITER_FOR_REPLY;

    if (size < sizeof(head))
        return STATUS_INVALID_PARAMETER;
    memcpy(&head, reply, sizeof(head));
    pthread_mutex_lock(&c->lock);
    for (struct message **p = &c->taken; *p != NULL; p = &(*p)->next) {
        struct message *m = *p;
        ULONG length = size - sizeof(head);

        if (m->id != head.MessageId || m->reply == NULL || m->state != MESSAGE_TAKEN)
            continue;
        m->reply_length = length < m->reply_room ? length : m->reply_room;
        memcpy(m->reply, (const char *)reply + sizeof(head), m->reply_length);
        m->reply_status = length > m->reply_room ? STATUS_BUFFER_OVERFLOW : head.Status;
        m->state = MESSAGE_REPLIED;
        status = STATUS_SUCCESS;
        pthread_cond_broadcast(&c->changed);
        break;
    }
    pthread_mutex_unlock(&c->lock);
    return status;
}
