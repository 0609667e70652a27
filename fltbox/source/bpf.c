/* The source_ops of the bpf source. */
#include "bpf_private.h"
#include "program.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * How long the first wait for records is, and those after it: what else ends a trace (a process
 * that was asked for, the program's own end) wakes nobody.
 */
#define FIRST_WAIT   5   /* ms */
#define LONGEST_WAIT 100 /* ms */

/* ---- The program --------------------------------------------------------------------------- */

_Noreturn static void child(int channel, const char *path, bool text, char *const argv[])
{
    char byte;
    int error;

    if (read(channel, &byte, 1) != 1)
        _exit(125);
    error = program_exec(path, text, argv);
    if (write(channel, &error, sizeof(error)) != sizeof(error))
        _exit(125);
    _exit(error == ENOENT ? 127 : 126);
}

static int start_program(struct source *s, const char *path, char *const argv[], char *error,
                         size_t size)
{
    bool text = program_is_text(path);
    int channel[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) < 0)
        return source_fail(error, size, -errno, "cannot make a socket: %s", strerror(errno));
    s->root = fork();
    if (s->root == 0) {
        close(channel[0]);
        child(channel[1], path, text, argv);
    }
    close(channel[1]);
    s->channel = channel[0];
    s->root_process = s->root > 0 ? program_process(s->root) : -1;
    if (s->root < 0) {
        s->root = 0;
        return source_fail(error, size, -errno, "cannot make a process: %s", strerror(errno));
    }
    return 0;
}

/*
 * Its end, once. The channel is closed by the exec, or says why there was none. Where our caller
 * ignores SIGCHLD nobody keeps its status, but the kernel side has told it.
 */
static void reap_program(struct source *s)
{
    int status, reason;
    pid_t pid;

    if (s->root == 0 || s->root_gone)
        return;
    pid = waitpid(s->root, &status, WNOHANG);
    if (pid == 0 || (pid < 0 && errno != ECHILD))
        return;
    s->root_gone = true;
    if (pid > 0) {
        s->root_ended = true;
        s->root_status = status;
    }
    if (recv(s->channel, &reason, sizeof(reason), MSG_DONTWAIT) == sizeof(reason))
        s->root_error = reason;
}

/* ---- Stepping back ------------------------------------------------------------------------- */

/*
 * While little waits, and not for long, the processors are for the programs that are traced: what
 * they do can be looked at when they pause. Whoever has stepped back may not come to see that it is
 * to hurry: the taker's thread does that.
 */
#define MODEST_NICE  19
#define MUCH_WAITING (16u << 20)  /* bytes */
#define LONG_WAITING 300000000ull /* ns */

static void step_back(struct source *s)
{
    /* Going back takes CAP_SYS_NICE, which whoever has CAP_BPF without being root may lack. When
       the program has ended, its caller waits. */
    if (s->may_step_back && !s->root_gone && atomic_load(&s->stop) == 0 &&
        !atomic_load(&s->modest) && setpriority(PRIO_PROCESS, s->thread, MODEST_NICE) == 0)
        atomic_store(&s->modest, true);
}

/* From any thread. */
static void hurry(struct source *s)
{
    if (atomic_exchange(&s->modest, false))
        setpriority(PRIO_PROCESS, s->thread, s->own_nice);
}

/* In the taker's thread. */
static void look_at_waiting(void *context)
{
    struct source *s = context;
    struct bpf_queue *q = bpf_taker_queue(s->taker);
    uint64_t waiting = atomic_load_explicit(&q->bytes, memory_order_relaxed);

    if (waiting > MUCH_WAITING ||
        (waiting > 0 && bpf_boot_time() - atomic_load(&s->idle_ns) > LONG_WAITING))
        hurry(s);
}

/* In ours. */
static void keep_up(struct source *s, const struct bpf_queue *q)
{
    if (s->root_gone)
        hurry(s);
    if (atomic_load_explicit(&q->bytes, memory_order_relaxed) > 0)
        return;
    atomic_store(&s->idle_ns, bpf_boot_time());
    step_back(s);
}

/* ---- The operations ------------------------------------------------------------------------ */

static void bpf_close(struct source *s)
{
    if (s == NULL)
        return;
    if (s->channel >= 0)
        close(s->channel);
    if (s->root_process >= 0)
        close(s->root_process);
    if (s->root > 0 && !s->root_begun)
        waitpid(s->root, NULL, 0); /* held until now, it ends without the channel */
    bpf_detach(s);
    hurry(s);
    wine_close(s);
    bpf_taker_close(s->taker);
    if (s->shared != NULL)
        munmap(s->shared, sizeof(*s->shared));
    bpf_object__close(s->object);
    for (size_t i = 0; i < s->followed_count; i++) {
        if (s->followed[i] >= 0)
            close(s->followed[i]);
    }
    free(s->followed);
    bpf_forget_held(s, 0);
    bpf_forget_requests(s, 0);
    bpf_forget_executed(s, 0, 0);
    bpf_processes_free(s);
    bpf_namespaces_free(s);
    free(s->warning);
    bpf_parts_free(s);
    free(s);
}

static int follow(struct source *s, pid_t pid, bool told, char *error, size_t size)
{
    int process = bpf_follow(s, pid, told);

    switch (process) {
    case -ESRCH:
        return source_fail(error, size, -ESRCH, "there is no process %d", pid);
    case -EINVAL:
        return source_fail(error, size, -ESRCH, "%d is a thread, not a process", pid);
    }
    if (process < 0)
        return source_fail(error, size, -ENOTSUP, "the bpf source: cannot follow process %d: %s",
                           pid, strerror(-process));
    s->followed[s->followed_count++] = process;
    return 0;
}

static int follow_targets(struct source *s, const struct source_target *target, char *error,
                          size_t size)
{
    int result = 0;

    if (target->everything)
        return 0;
    s->followed = calloc(target->pid_count + 1, sizeof(*s->followed));
    if (s->followed == NULL)
        return source_fail(error, size, -ENOMEM, "cannot trace: %s", strerror(ENOMEM));
    if (s->root > 0)
        result = follow(s, s->root, true, error, size);
    for (size_t i = 0; i < target->pid_count && result == 0; i++)
        result = follow(s, target->pids[i], false, error, size);
    return result;
}

/* Have all processes ended that were asked for? */
static bool followed_ended(struct source *s)
{
    for (size_t i = 0; i < s->followed_count; i++) {
        struct pollfd process = {.fd = s->followed[i], .events = POLLIN};

        if (process.fd >= 0 && poll(&process, 1, 0) == 0)
            return false;
        if (process.fd >= 0)
            close(process.fd);
        s->followed[i] = -1;
    }
    return true;
}

static int bpf_open(struct source **out, const struct source_target *target, activity_sink *sink,
                    void *context, pid_t *pid, char *error, size_t error_size)
{
    struct source *s;
    char path[PATH_MAX];
    int result;

    *out = NULL;
    *pid = 0;
    if (target->argv != NULL &&
        (result = program_find(target->argv[0], path, error, error_size)) < 0)
        return result;
    s = calloc(1, sizeof(*s));
    if (s == NULL)
        return source_fail(error, error_size, -ENOMEM, "cannot trace: %s", strerror(ENOMEM));
    s->sink = sink;
    s->context = context;
    s->channel = s->root_process = -1;
    s->judged = target->judged;
    s->endless = target->everything;
    s->thread = gettid();
    s->own_nice = getpriority(PRIO_PROCESS, 0);
    s->may_step_back = bpf_may_raise_priority();
    result = bpf_load(s, target, error, error_size);
    /* First, so that no Windows program is met by its Linux calls. */
    if (result == 0)
        wine_open(s, target);
    if (result == 0)
        result = bpf_attach(s, error, error_size);
    if (result == 0)
        wine_look_again(s);
    if (result == 0 && target->argv != NULL)
        result = start_program(s, path, target->argv, error, error_size);
    if (result == 0)
        result = follow_targets(s, target, error, error_size);
    /* After the program was made, which then is a copy of a process with one thread. */
    if (result == 0 && (result = bpf_taker_start(s->taker, look_at_waiting, s)) < 0)
        source_fail(error, error_size, result, "cannot make a thread: %s", strerror(-result));
    if (result < 0) {
        bpf_close(s);
        return result;
    }
    *pid = s->root;
    *out = s;
    return 0;
}

static int bpf_go(struct source *s)
{
    if (s->root == 0)
        return 0;
    s->root_begun = true;
    return send(s->channel, "g", 1, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

static void bpf_judge(struct source *s, pid_t pid, bool wanted)
{
    struct bpf_process *p = bpf_process_find(s, pid);
    struct probe_judgement judgement = {.verdict = wanted ? PROBE_WANTED : PROBE_UNWANTED};
    uint32_t key = pid;

    /* Of one that had ended before anybody could look, the driver knows no name to go by: what it
       did counts as lost. */
    if (p == NULL || (p->nameless && p->program == NULL))
        return;
    judgement.image = p->image;
    p->unwanted = !wanted;
    p->judged = bpf_map_update_elem(s->judgements, &key, &judgement, BPF_ANY) == 0;
}

/* Is it time to stop, whatever waits? */
static bool is_over(struct source *s)
{
    uint64_t stop = atomic_load_explicit(&s->stop, memory_order_relaxed);

    return stop != 0 && bpf_boot_time() >= stop;
}

/* Delivers the records of a stretch, as many as our caller gets at once. `*used` bytes of it are
   done with then. As bpf_take. */
static int deliver_stretch(struct source *s, struct bpf_queue *q, const char *data, size_t size,
                           size_t *used)
{
    int result = 0;

    for (*used = 0; *used < size && result == 0 && !is_over(s);) {
        const struct bpf_ring_header *h = (const void *)(data + *used);
        size_t length = bpf_ring_length(h);

        if (!bpf_ring_discarded(h)) {
            bool call = bpf_record_is_call((const char *)(h + 1), length);

            result = bpf_take(s, h + 1, length);
            if (call)
                atomic_fetch_sub_explicit(&q->calls, 1, memory_order_relaxed);
        }
        *used += bpf_ring_span(h);
    }
    return result;
}

/*
 * There is no time for what waits. What processes did of which we know that nobody wants to know it
 * need not be counted among that; where much waits that is as good as nothing, and not looked for.
 */
static void discount_unwanted(struct source *s)
{
    struct bpf_queue *q = bpf_taker_queue(s->taker);
    unsigned looks = 50000;
    const char *data;
    size_t size;

    while (looks > 0 && bpf_queue_next(q, &data, &size)) {
        size_t used = 0;

        while (used < size && looks > 0) {
            const struct bpf_ring_header *h = (const void *)(data + used);
            struct bpf_taken t;

            if (!bpf_ring_discarded(h) &&
                bpf_take_apart((const char *)(h + 1), bpf_ring_length(h), &t) &&
                bpf_is_call(t.r->kind) && (t.r->pid == 0 || bpf_is_unwanted(s, t.r)))
                atomic_fetch_sub(&q->calls, 1);
            used += bpf_ring_span(h);
            looks--;
        }
        bpf_queue_done(q, used);
    }
}

/* Delivers what waits. 0 or a negative errno. */
static int consume(struct source *s)
{
    struct bpf_queue *q = bpf_taker_queue(s->taker);
    struct timespec now;
    const char *data;
    size_t size, used;
    int result = 0;

    clock_gettime(CLOCK_REALTIME, &now);
    s->realtime = now.tv_sec * 1000000000ll + now.tv_nsec - (int64_t)bpf_boot_time();
    keep_up(s, q);
    while (result == 0 && !is_over(s) && bpf_queue_next(q, &data, &size)) {
        result = deliver_stretch(s, q, data, size, &used);
        bpf_queue_done(q, used);
    }
    return result == -EAGAIN ? 0 : result;
}

static void tell_loss(struct source *s, pid_t pid, uint64_t count)
{
    struct activity a = {.kind = ACTIVITY_LOST,
                         .pid = pid,
                         /* Whatever we know it as: the news of its image may be among them. */
                         .unjudged = pid != 0,
                         .start_ns = bpf_boot_time() + s->realtime,
                         .count = count};

    s->lost_told += count;
    bpf_deliver(s, &a);
}

/* Losses of which no later record of their thread has told. */
static void tell_losses(struct source *s)
{
    uint64_t total, count;
    uint32_t pid;

    while (bpf_take_orphans(s, &pid, &count))
        tell_loss(s, pid, count);
    total = bpf_lost(s);
    if (total > s->lost_told)
        tell_loss(s, 0, total - s->lost_told);
}

/* Nothing new will come: what is on its way still is taken. */
static void detach(struct source *s)
{
    if (s->detached)
        return;
    bpf_detach(s);
    bpf_taker_finish(s->taker);
    s->detached = true;
}

static bool has_ended(struct source *s)
{
    return !s->endless && (s->root == 0 || s->root_gone) && followed_ended(s) &&
           __atomic_load_n(&s->shared->processes, __ATOMIC_SEQ_CST) <= 0;
}

/*
 * Has everything ended, and has all been delivered, or is there no time for it? Then what was lost
 * without a word is told. 1: something was delivered; -ECHILD: nothing, and nothing will be; 0: not
 * yet.
 */
static int finish(struct source *s)
{
    struct bpf_queue *q = bpf_taker_queue(s->taker);

    if (!s->detached) {
        if (!has_ended(s))
            return 0;
        detach(s);
    }
    if (!bpf_queue_has_ended(q) || (atomic_load(&q->bytes) > 0 && !is_over(s)))
        return 0;
    if (is_over(s))
        discount_unwanted(s);
    bpf_forget_held(s, 0);
    bpf_forget_requests(s, 0);
    tell_losses(s);
    return s->delivered > 0 ? 1 : -ECHILD;
}

static int bpf_poll(struct source *s, int timeout_ms)
{
    uint64_t end = bpf_boot_time() + (timeout_ms > 0 ? (uint64_t)timeout_ms * 1000000 : 0);
    int result;

    s->delivered = 0;
    for (;;) {
        bool gone = s->root_gone;
        uint64_t now;
        int wait;

        reap_program(s);
        if (atomic_load(&s->stop) != 0)
            detach(s);
        if ((result = consume(s)) < 0)
            return result;
        if (s->delivered > 0) {
            s->sleep_ms = FIRST_WAIT;
            return 1;
        }
        if ((result = finish(s)) != 0)
            return result;
        now = bpf_boot_time();
        if ((timeout_ms >= 0 && now >= end) || s->root_gone != gone)
            return 0;
        wait = s->sleep_ms;
        if (timeout_ms >= 0 && (int64_t)(end - now) / 1000000 + 1 < wait)
            wait = (end - now) / 1000000 + 1;
        s->sleep_ms = LONGEST_WAIT;
        bpf_queue_wait(bpf_taker_queue(s->taker), wait);
    }
}

static void bpf_stop(struct source *s, int deliver_ms)
{
    uint64_t none = 0;

    __atomic_store_n(&s->shared->stopped, 1, __ATOMIC_SEQ_CST);
    atomic_compare_exchange_strong(&s->stop, &none,
                                   bpf_boot_time() + (uint64_t)deliver_ms * 1000000);
    hurry(s);
    bpf_queue_wake(bpf_taker_queue(s->taker));
}

static uint64_t bpf_undelivered(struct source *s)
{
    return atomic_load(&bpf_taker_queue(s->taker)->calls) + bpf_taker_untaken(s->taker);
}

static int bpf_left(struct source *s)
{
    if (!s->root_gone)
        return -1;
    return __atomic_load_n(&s->shared->processes, __ATOMIC_SEQ_CST);
}

static void bpf_result(struct source *s, int *wait_status, int *exec_error)
{
    *wait_status = s->root_status;
    *exec_error = s->root_error;
}

static int bpf_program(struct source *s)
{
    return s->root_process;
}

static bool bpf_signal(struct source *s, int signo)
{
    return s->root > 0 && program_signal(s->root_process, signo);
}

static void bpf_print_stats(struct source *s, FILE *out)
{
    source_print_count(out, bpf_lost(s), "opens and execs found no room between the kernel and us");
    source_print_count(out, atomic_load(&bpf_taker_queue(s->taker)->peak) >> 20,
                       "MiB of what was taken from the kernel waited in memory at most");
    source_print_count(out, s->shared->unheard,
                       "other records found no room; later ones made up for them");
    source_print_count(
        out, s->count.unread,
        "opens and execs whose names were not read: bad pointers, or refused before");
    source_print_count(out, s->count.bad_pointers,
                       "requests of Windows programs whose names were bad pointers");
    source_print_count(out, s->count.never_returned,
                       "opens and execs that did not return: their threads were killed in them");
    source_print_count(
        out, s->count.vanished,
        "opened files closed by another thread before they were looked at; what the name "
        "asked for leads to is shown");
    source_print_count(out, s->count.unseen_images,
                       "processes whose image was not told and was looked up later");
    source_print_count(out, s->count.unknown_ancestors,
                       "processes that were there before, whose ancestors had ended before they "
                       "could be looked at, or are too many");
    source_print_count(out, s->count.elsewhere, "opens and execs in other mount namespaces");
    source_print_count(
        out, s->count.not_here,
        "of these on file systems that are not mounted here; their paths are shown as "
        "their processes see them");
    source_print_count(out, s->count.tables_beyond,
                       "names in mount namespaces with more mounts than are looked at");
    source_print_count(out, s->count.tables_waited,
                       "names in mount namespaces whose tables change more often than they are "
                       "looked at: mounts made a moment before may be missing");
    source_print_count(out, s->count.no_volume,
                       "requests of Windows programs for what is on no volume: pipes, devices, "
                       "drives that are not there");
    source_print_count(out, s->shared->unreturned,
                       "requests of Windows programs that ended in an exception: bad pointers");
    source_print_count(out, s->shared->abandoned,
                       "requests of Windows programs that did not return: their threads ended in "
                       "them");
    source_print_count(out, s->shared->served,
                       "opens by wineserver for requests that are shown as such");
    source_print_count(
        out, s->shared->within,
        "opens and execs by Windows programs themselves, which is how Wine does what "
        "they request");
    source_print_count(out, s->count.memory, "activities lost for want of memory");
}

static const char *bpf_warning(struct source *s)
{
    const char *wine = wine_warning(s);

    if (s->count.tables_beyond == 0)
        return wine;
    free(s->warning);
    if (asprintf(&s->warning,
                 "%llu names are shown as their processes see them, whose mount namespaces have "
                 "more mounts than filetap looks at%s%s",
                 (unsigned long long)s->count.tables_beyond, wine != NULL ? "; " : "",
                 wine != NULL ? wine : "") < 0)
        s->warning = NULL;
    return s->warning;
}

const struct source_ops source_bpf = {
    .name = "bpf",
    .open = bpf_open,
    .go = bpf_go,
    .judge = bpf_judge,
    .poll = bpf_poll,
    .stop = bpf_stop,
    .undelivered = bpf_undelivered,
    .left = bpf_left,
    .result = bpf_result,
    .signal = bpf_signal,
    .program = bpf_program,
    .left_out = bpf_left_out,
    .warning = bpf_warning,
    .print_stats = bpf_print_stats,
    .close = bpf_close,
};
