#include "box.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "flt/flt.h"
#include "nt/nt.h"
#include "pe/pe.h"
#include "service.h"
#include "source/proc.h"
#include "source/program.h"
#include "source/source.h"
#include "translate/translate.h"

struct loaded {
    struct nt_driver *driver;
    struct pe_image *image;
    char *name; /* of the file */
};

struct box {
    struct box_options options;
    struct loaded *drivers;
    size_t driver_count;
    const struct source_ops *ops;
    struct source *source;
    char *source_note; /* for people */
    _Atomic uint64_t lost;
    pid_t program; /* that we started; 0 */
};

static void set_error(char **error, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void set_error(char **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (vasprintf(error, format, arguments) < 0)
        *error = NULL;
    va_end(arguments);
}

/* The box of this process. */
static struct box *the_box;

/* Sources that cannot end the program with us would leave it running. */
static void crashed(void)
{
    if (the_box->source != NULL && the_box->program != 0 &&
        the_box->ops->signal(the_box->source, 0))
        program_kill(the_box->program);
    if (the_box->options.on_crash != NULL)
        the_box->options.on_crash();
}

struct box *box_open(const struct box_options *options, char **error)
{
    struct box *box = calloc(1, sizeof(*box));

    if (box == NULL) {
        set_error(error, "out of memory");
        return NULL;
    }
    box->options = *options;
    nt_init();
    nt_thread_attach();
    the_box = box;
    nt_bug_check_hook = crashed;
    nt_debug_output(options->quiet ? NULL : stderr, options->debug_print);
    flt_init();
    translate_mounts_open();
    return box;
}

/* ---- Drivers ------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    const struct nt_export *x = *(const struct nt_export *const *)a;
    const struct nt_export *y = *(const struct nt_export *const *)b;
    int order = strcmp(x->name, y->name);

    return order != 0 ? order : strcasecmp(x->module, y->module);
}

/* All exports by name and module, made on first use. */
static const struct nt_export **export_index(size_t *count)
{
    static const struct nt_export **index;
    static size_t n;

    if (index == NULL) {
        const struct nt_export *tables[] = {nt_exports, flt_exports};

        for (int pass = 0; pass < 2; pass++) {
            n = 0;
            for (size_t t = 0; t < 2; t++) {
                for (const struct nt_export *e = tables[t]; e->module != NULL; e++) {
                    if (pass == 1)
                        index[n] = e;
                    n++;
                }
            }
            if (pass == 0 && (index = calloc(n, sizeof(*index))) == NULL)
                abort();
        }
        qsort(index, n, sizeof(*index), by_name);
    }
    *count = n;
    return index;
}

static void *resolve(void *context, const char *module, const char *name, bool *is_data)
{
    struct nt_export key = {.module = module, .name = name};
    const struct nt_export *wanted = &key, **found, **index;
    size_t n;

    (void)context;
    index = export_index(&n);
    found = bsearch(&wanted, index, n, sizeof(*index), by_name);
    if (found == NULL)
        return NULL;
    *is_data = (*found)->is_data;
    return (*found)->target;
}

int box_load(struct box *box, const struct box_driver *d, char **error)
{
    const char *file = strrchr(d->path, '/') != NULL ? strrchr(d->path, '/') + 1 : d->path;
    struct loaded *slots, loaded = {0};
    size_t length = strlen(file);
    char *name = NULL;
    NTSTATUS status;
    int result = -1;

    *error = NULL;
    if (length > 4 && strcasecmp(file + length - 4, ".sys") == 0)
        length -= 4;
    if (d->altitude != NULL && !flt_altitude_valid(d->altitude)) {
        set_error(error,
                  "'%s' is not an altitude; one is a decimal number such as 370020 or 370020.5",
                  d->altitude);
        return -1;
    }
    for (size_t i = 0; i < box->driver_count; i++) {
        if (strcasecmp(box->drivers[i].name, file) == 0) {
            set_error(error, "%s: a driver of this name is loaded already", d->path);
            return -1;
        }
    }
    slots = reallocarray(box->drivers, box->driver_count + 1, sizeof(*slots));
    if (slots == NULL || asprintf(&name, "%.*s", (int)length, file) < 0)
        abort();
    box->drivers = slots;

    loaded.image = pe_load(d->path, resolve, NULL, box->options.count_calls, error);
    if (loaded.image == NULL)
        goto out;
    loaded.name = strdup(file);
    loaded.driver = nt_driver_create(loaded.image, name);
    if (service_fill(d, name, box->driver_count, box->options.debug_print, error) != 0)
        goto out;
    status = nt_driver_start(loaded.driver);
    if (!NT_SUCCESS(status)) {
        set_error(error, "%s: DriverEntry failed with status 0x%08X", d->path, (unsigned)status);
        goto out;
    }
    box->drivers[box->driver_count++] = loaded;
    loaded = (struct loaded){0};
    result = 0;
out:
    if (loaded.driver != NULL) {
        flt_unload(loaded.driver, stderr);
        nt_driver_delete(loaded.driver, stderr);
    }
    pe_unload(loaded.image);
    free(loaded.name);
    free(name);
    return result;
}

static int by_altitude(const void *a, const void *b)
{
    const char *x = flt_altitude(((const struct loaded *)a)->driver);
    const char *y = flt_altitude(((const struct loaded *)b)->driver);

    if (x == NULL || y == NULL)
        return (x == NULL) - (y == NULL);
    return -flt_altitude_compare(x, y);
}

static unsigned unload(struct loaded *l)
{
    unsigned lines = flt_unload(l->driver, stderr);

    lines += nt_driver_delete(l->driver, stderr);
    pe_unload(l->image);
    free(l->name);
    return lines;
}

int box_unload(struct box *box)
{
    int bad = 0;

    if (box->driver_count > 0)
        qsort(box->drivers, box->driver_count, sizeof(*box->drivers), by_altitude);
    for (size_t i = 0; i < box->driver_count; i++)
        bad += unload(&box->drivers[i]) > 0;
    box->driver_count = 0;
    return bad;
}

/* ---- The program --------------------------------------------------------------------------- */

/* The best first. */
static const struct source_ops *const sources[] = {&source_bpf, &source_ptrace};

#define SOURCE_COUNT (sizeof(sources) / sizeof(sources[0]))

static void tell_call(const struct box_options *o, const struct activity *a)
{
    const struct box_call call = {
        .pid = a->pid,
        .tid = a->tid,
        .time = translate_time(a->start_ns),
        .error = a->kind == ACTIVITY_REQUEST ? -1 : a->error,
        .uid_known = a->uid_known,
        .uid = a->uid,
        .requested = a->requested,
        .requested_path = a->requested_path,
        .path_uncertain = a->path_uncertain,
        .path_elsewhere = a->path_elsewhere,
        .name_unread = a->name_unread,
        .command_line_cut = a->command_line_cut,
    };

    o->on_call(o->context, &call);
}

static bool is_call(const struct activity *a)
{
    return a->kind == ACTIVITY_OPEN || a->kind == ACTIVITY_EXEC || a->kind == ACTIVITY_REQUEST;
}

static void feed(struct box *box, const struct activity *a)
{
    const struct box_options *o = &box->options;
    uint64_t lost;

    if (o->on_call != NULL && is_call(a))
        tell_call(o, a);
    lost = translate_feed(a);

    /* What processes lose of which nobody wants to know is no loss. */
    if (lost > 0 && a->pid != 0 && !a->unjudged && o->wanted != NULL &&
        !o->wanted(o->context, a->pid))
        lost = 0;
    if (lost > 0) {
        box->lost += lost;
        if (o->on_lost != NULL)
            o->on_lost(o->context, a->pid, a->tid, translate_time(a->start_ns), lost);
    }
    if (a->unjudged && a->kind != ACTIVITY_LOST && o->wanted != NULL)
        box->ops->judge(box->source, a->pid, o->wanted(o->context, a->pid));
}

static void sink(void *context, const struct activity *activity)
{
    feed(context, activity);
}

/* What a driver may look up of a process's parent, and its parent. */
static void meet(void *context, const struct activity *activity)
{
    if (nt_process_find(activity->pid) == NULL)
        feed(context, activity);
}

/* Until its exec the program is a copy of us. */
static void feed_program(struct box *box, pid_t pid)
{
    char image[4097];
    ssize_t n = readlink("/proc/self/exe", image, sizeof(image) - 1);
    struct timespec now;
    struct activity fork = {.kind = ACTIVITY_FORK, .pid = pid, .tid = pid, .ppid = getpid()};

    if (n > 0) {
        image[n] = '\0';
        fork.image = image;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    fork.start_ns = fork.end_ns = now.tv_sec * 1000000000ull + now.tv_nsec;
    feed(box, &fork);
}

static int open_source(struct box *box, const struct source_ops *ops, const struct box_target *t,
                       pid_t *pid, char *reason, size_t size)
{
    const struct source_target target = {
        .argv = t->argv,
        .pids = t->pids,
        .pid_count = t->pid_count,
        .everything = t->everything,
        .judged = box->options.wanted != NULL,
        .ring_size = t->ring_size,
        .unix_view = t->unix_view,
    };

    box->ops = ops;
    box->source = NULL;
    return ops->open(&box->source, &target, sink, box, pid, reason, size);
}

/* The best source that works, for what it can watch. */
static int open_best_source(struct box *box, const struct box_target *t, pid_t *pid, char *reason,
                            size_t size)
{
    char why[1024];
    int result = open_source(box, &source_bpf, t, pid, reason, size);

    /* The program, or the process, is not there: no source will find it. */
    if (result == 0 || result == -ENOENT || result == -EACCES || result == -ESRCH ||
        t->argv == NULL || t->pid_count > 0 || t->everything)
        return result;
    snprintf(why, sizeof(why), "%s", reason);
    result = open_source(box, &source_ptrace, t, pid, reason, size);
    if (result == 0 && asprintf(&box->source_note, "ptrace (%s)", why) < 0)
        box->source_note = NULL;
    return result;
}

static void name_sources(char **error, const char *wrong)
{
    set_error(error, "there is no source '%s'; there are auto, bpf and ptrace", wrong);
}

int box_start(struct box *box, const struct box_target *target, pid_t *pid, char **error)
{
    char reason[1024] = "";
    int result = -EINVAL;
    size_t i = 0;

    *error = NULL;
    *pid = 0;
    if (strcmp(target->source, "auto") == 0) {
        result = open_best_source(box, target, pid, reason, sizeof(reason));
    } else {
        while (i < SOURCE_COUNT && strcmp(target->source, sources[i]->name) != 0)
            i++;
        if (i == SOURCE_COUNT) {
            name_sources(error, target->source);
            return BOX_EXIT_USAGE;
        }
        result = open_source(box, sources[i], target, pid, reason, sizeof(reason));
    }
    if (result == 0) {
        if (*pid != 0)
            proc_ancestors(*pid, meet, box);
        /* The bpf source meets those of all others by itself. */
        for (size_t k = 0; box->ops != &source_bpf && k < target->pid_count; k++)
            proc_ancestors(target->pids[k], meet, box);
        box->program = *pid;
        if (*pid != 0)
            feed_program(box, *pid);
        return 0;
    }
    set_error(error, "%s", reason);
    box->source = NULL;
    return result == -ENOENT   ? BOX_EXIT_NOT_FOUND
           : result == -EACCES ? BOX_EXIT_CANNOT_RUN
                               : BOX_EXIT_FAILED;
}

const char *box_source(struct box *box)
{
    const char *left_out = box->ops->left_out != NULL ? box->ops->left_out(box->source) : NULL;

    if (left_out != NULL) {
        free(box->source_note);
        if (asprintf(&box->source_note, "%s; it leaves out %s", box->ops->name, left_out) < 0)
            box->source_note = NULL;
    }
    return box->source_note != NULL ? box->source_note : box->ops->name;
}

const char *box_warning(struct box *box)
{
    return box->source != NULL && box->ops->warning != NULL ? box->ops->warning(box->source) : NULL;
}

void box_use(struct box *box, const struct source_ops *ops, struct source *source)
{
    box->ops = ops;
    box->source = source;
}

struct each {
    void (*call)(void *context, pid_t, const char *image, const char *executed);
    void *context;
};

static void call_each(void *context, pid_t pid, const struct proc_image *image)
{
    const struct each *each = context;

    each->call(each->context, pid, image->path, image->executed);
}

void box_each_running(void (*call)(void *context, pid_t, const char *image, const char *executed),
                      void *context)
{
    struct each each = {call, context};

    proc_each(call_each, &each);
}

int box_go(struct box *box, char **error)
{
    int result = box->ops->go(box->source);

    *error = NULL;
    if (result != 0) {
        set_error(error, "the program cannot be started: %s", strerror(-result));
        return -1;
    }
    return 0;
}

int box_poll(struct box *box, int timeout_ms)
{
    return box->ops->poll(box->source, timeout_ms);
}

bool box_signal(struct box *box, int signo)
{
    return box->source != NULL && box->ops->signal(box->source, signo);
}

void box_stop(struct box *box, int deliver_ms)
{
    if (box->ops->stop != NULL)
        box->ops->stop(box->source, deliver_ms);
}

uint64_t box_undelivered(struct box *box)
{
    return box->ops->undelivered != NULL ? box->ops->undelivered(box->source) : 0;
}

int box_left(struct box *box)
{
    return box->ops->left != NULL ? box->ops->left(box->source) : -1;
}

int box_program(struct box *box)
{
    return box->ops->program != NULL ? box->ops->program(box->source) : -1;
}

bool box_kills(struct box *box)
{
    return box->ops->kills;
}

uint64_t box_lost(struct box *box)
{
    return atomic_load_explicit(&box->lost, memory_order_relaxed);
}

void box_thread_begin(void)
{
    nt_thread_attach();
}

void box_thread_end(void)
{
    nt_thread_detach();
}

void box_result(struct box *box, int *wait_status, int *exec_error)
{
    box->ops->result(box->source, wait_status, exec_error);
}

bool box_hurry_init(void)
{
    return nt_hurry_init();
}

void box_hurry(void)
{
    nt_hurry();
}

/* ---- Reports ------------------------------------------------------------------------------- */

static int by_calls(const void *a, const void *b)
{
    const struct pe_import *x = a, *y = b;

    if (x->calls != y->calls)
        return x->calls < y->calls ? 1 : -1;
    return strcmp(x->name, y->name);
}

void box_print_source_stats(struct box *box, FILE *out)
{
    if (box->source != NULL)
        box->ops->print_stats(box->source, out);
    if (translate_refused() > 0)
        fprintf(out,
                "%llu requests of Windows programs whose names are too long with the volume's name "
                "before them, which Windows refuses\n",
                (unsigned long long)translate_refused());
}

void box_print_stats(struct box *box, FILE *out)
{
    for (size_t i = 0; i < box->driver_count; i++) {
        struct loaded *l = &box->drivers[i];
        const char *altitude = flt_altitude(l->driver);
        struct pe_import *imports;

        fprintf(out, "%s (altitude %s)\n", l->name, altitude ? altitude : "none: not a minifilter");
        fprintf(out, "  callbacks\n");
        flt_print_stats(l->driver, out);
        fprintf(out, "  calls\n");
        imports = calloc(l->image->import_count + 1, sizeof(*imports));
        if (imports == NULL)
            abort();
        memcpy(imports, l->image->imports, l->image->import_count * sizeof(*imports));
        qsort(imports, l->image->import_count, sizeof(*imports), by_calls);
        for (size_t k = 0; k < l->image->import_count && imports[k].calls > 0; k++)
            fprintf(out, "    %-44s %10llu\n", imports[k].name,
                    (unsigned long long)imports[k].calls);
        free(imports);
    }
    box_print_source_stats(box, out);
    if (box->lost > 0)
        fprintf(out, "%llu activities were lost on the way to the drivers\n",
                (unsigned long long)box->lost);
}

static int by_full_name(const void *a, const void *b)
{
    const struct nt_export *x = *(const struct nt_export *const *)a;
    const struct nt_export *y = *(const struct nt_export *const *)b;
    int order = strcmp(x->module, y->module);

    return order != 0 ? order : strcmp(x->name, y->name);
}

void box_list_exports(FILE *out)
{
    size_t n;
    const struct nt_export **index = export_index(&n), **sorted = calloc(n, sizeof(*sorted));

    if (sorted == NULL)
        abort();
    memcpy(sorted, index, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), by_full_name);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s!%s%s\n", sorted[i]->module, sorted[i]->name,
                sorted[i]->is_data ? " (data)" : "");
    free(sorted);
}

/* ---- The end ------------------------------------------------------------------------------- */

void box_close(struct box *box)
{
    if (box == NULL)
        return;
    if (box->source != NULL)
        box->ops->close(box->source);
    box->source = NULL;
    box_unload(box);
    translate_mounts_close();
    nt_bug_check_hook = NULL;
    the_box = NULL;
    free(box->source_note);
    free(box->drivers);
    free(box);
}

void box_exit_like(int wait_status, int exec_error)
{
    fflush(NULL);
    box_exit_at_once(wait_status, exec_error);
}

void box_exit_at_once(int wait_status, int exec_error)
{
    if (exec_error != 0)
        _exit(exec_error == ENOENT ? BOX_EXIT_NOT_FOUND : BOX_EXIT_CANNOT_RUN);
    if (WIFSIGNALED(wait_status)) {
        struct rlimit no_core = {0, 0};
        sigset_t set;
        int signo = WTERMSIG(wait_status);

        /* The program has left its core, if any; ours would only hide it. */
        setrlimit(RLIMIT_CORE, &no_core);
        signal(signo, SIG_DFL);
        sigemptyset(&set);
        sigaddset(&set, signo);
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        raise(signo);
        _exit(128 + signo);
    }
    _exit(WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : BOX_EXIT_FAILED);
}
