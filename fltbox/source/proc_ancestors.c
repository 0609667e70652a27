#include "proc.h"
#include "source.h"

#include <time.h>

/* Deeper is nobody's shell, and each takes some reads of /proc. */
#define ANCESTORS_MAX 64

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void proc_ancestors(pid_t pid, activity_sink *sink, void *context)
{
    uint64_t boot = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_BOOTTIME), child_started, started;
    pid_t parent, next;

    if (!proc_parent(pid, &parent, &child_started))
        return;
    for (unsigned i = 0; i < ANCESTORS_MAX && parent != 0; i++) {
        struct activity a = {.kind = ACTIVITY_IMAGE, .pid = parent, .tid = parent, .met = true};
        struct proc_image *image;

        /* One that is younger than its child has only got the number of its parent. */
        if (!proc_parent(parent, &next, &started) || started > child_started)
            return;
        image = proc_image_read(parent);
        a.ppid = next;
        a.start_ns = a.end_ns = boot + started;
        if (image != NULL) {
            a.image = image->path;
            a.executed = image->executed;
            a.command_line = image->command_line;
        }
        sink(context, &a);
        if (image != NULL)
            proc_image_unref(image);
        parent = next;
        child_started = started;
    }
}
