#include "manager.h"
#include <stdarg.h>

struct report {
    FILE *out;
    const char *name;
    unsigned lines;
};

static void __attribute__((format(printf, 2, 3))) say(struct report *r, const char *format, ...)
{
    va_list arguments;

    fprintf(r->out, "%s: ", r->name);
    va_start(arguments, format);
    vfprintf(r->out, format, arguments);
    va_end(arguments);
    fputc('\n', r->out);
    r->lines++;
}

static void leaked(struct report *r, unsigned n, const char *what, const char *remedy)
{
    if (n > 0)
        say(r, "%u %s%s left behind: %s", n, what, n == 1 ? "" : "s", remedy);
}

static void report_leaks(struct report *r, PFLT_FILTER f)
{
    unsigned long long contexts = atomic_load(&f->lost_completion_contexts);

    leaked(r, atomic_load(&f->names), "file name reference",
           "FltReleaseFileNameInformation was not called");
    leaked(r, f->leaked_contexts, "context", "each reference needs its FltReleaseContext");
    leaked(r, f->leaked_instances, "instance reference", "FltObjectDereference was not called");
    if ((int)atomic_load(&f->volumes) > 0)
        leaked(r, atomic_load(&f->volumes), "volume reference",
               "FltObjectDereference was not called");
    leaked(r, f->leaked_filter, "filter reference", "FltObjectDereference was not called");
    leaked(r, f->leaked_server_ports, "server port", "FltCloseCommunicationPort was not called");
    leaked(r, f->leaked_ports, "client port", "FltCloseClientPort was not called");
    leaked(r, f->stuck_operations, "operation in flight at detach",
           "a pended operation was not completed in InstanceTeardownStartCallback");
    if (contexts > 0)
        say(r,
            "%llu completion context%s lost: the pre-operation callback set one and no "
            "post-operation callback was due",
            contexts, contexts == 1 ? "" : "s");
}

/* What FilterUnload does, and then what it takes to be rid of the filter. */
static void unload_filter(struct report *r, PFLT_FILTER f)
{
    PFLT_FILTER_UNLOAD_CALLBACK unload = f->registration.FilterUnloadCallback;
    NTSTATUS status = STATUS_SUCCESS;

    if (unload == NULL) {
        say(r, "has no FilterUnloadCallback, so Windows could not unload it: unregistered");
        filter_unregister(f);
        return;
    }
    status = NT_CALL(f->driver, "FilterUnloadCallback", unload(0));
    if (!NT_SUCCESS(status) && f->state != FILTER_GONE) {
        say(r, "refused to be unloaded with status 0x%08x: told again that it must", status);
        f->mandatory_unload = true;
        status = NT_CALL(f->driver, "FilterUnloadCallback", unload(FLTFL_FILTER_UNLOAD_MANDATORY));
    }
    if (f->state != FILTER_GONE) {
        say(r, "its FilterUnloadCallback did not call FltUnregisterFilter: unregistered");
        filter_unregister(f);
    }
    /* A service stop would have been refused; this is none, and goes on as with other filters. */
    if ((f->registration.Flags & FLTFL_REGISTRATION_DO_NOT_SUPPORT_SERVICE_STOP) &&
        f->driver->object.DriverUnload == NULL)
        f->driver->object.DriverUnload = filter_driver_unload;
}

unsigned flt_unload(struct nt_driver *driver, FILE *out)
{
    struct report r = {.out = out, .name = driver->name};
    PFLT_FILTER f = filter_of(driver);

    if (f != NULL)
        unload_filter(&r, f);
    nt_driver_unload(driver);
    pthread_mutex_lock(&flt.lock);
    f = flt.filters;
    pthread_mutex_unlock(&flt.lock);
    for (; f != NULL; f = f->next) {
        if (f->driver == driver && !f->forgotten) {
            unsigned before = r.lines;

            report_leaks(&r, f);
            f->kept = r.lines != before;
            f->leaked_contexts = f->leaked_instances = f->leaked_filter = 0;
            f->leaked_ports = f->leaked_server_ports = f->stuck_operations = 0;
            atomic_store(&f->names, 0);
            atomic_store(&f->volumes, 0);
            atomic_store(&f->lost_completion_contexts, 0);
        }
    }
    filters_forget(driver);
    return r.lines;
}
