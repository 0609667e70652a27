#include "bpf_private.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

bool bpf_without_casts;

extern const char bpf_probe[], bpf_probe_end[], bpf_probe_7[], bpf_probe_7_end[], bpf_probe_reads[],
    bpf_probe_reads_end[];

/* ---- Loading ------------------------------------------------------------------------------- */

uint32_t bpf_namespace_of(const char *link)
{
    struct stat st;

    return stat(link, &st) == 0 ? st.st_ino : 0;
}

static struct bpf_map *map_ending_in(struct bpf_object *object, const char *end)
{
    struct bpf_map *map;

    bpf_object__for_each_map(map, object)
    {
        const char *name = bpf_map__name(map);

        if (strlen(name) >= strlen(end) && strcmp(name + strlen(name) - strlen(end), end) == 0)
            return map;
    }
    return NULL;
}

/* A ring is a power of two pages. */
static size_t ring_size(size_t wanted)
{
    size_t size = sysconf(_SC_PAGESIZE);

    if (wanted == 0)
        wanted = BPF_DEFAULT_RING;
    while (size < wanted && size < (size_t)1 << 30)
        size *= 2;
    return size;
}

static int prepare(struct source *s, const struct source_target *target)
{
    struct bpf_object *object = s->object;
    struct bpf_map *settings_map = map_ending_in(object, ".rodata");
    struct probe_settings *settings;
    size_t size;

    if (settings_map == NULL)
        return -EINVAL;
    settings = (void *)bpf_map__initial_value(settings_map, &size);
    if (settings == NULL || size < sizeof(*settings))
        return -EINVAL;
    settings->everything = target->everything;
    settings->judged = target->judged;
    settings->reader_pid_namespace = bpf_namespace_of("/proc/self/ns/pid");
    s->ring_size = ring_size(target->ring_size);
    return bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "ring"), s->ring_size);
}

static int load_one(struct source *s, const char *start, const char *end,
                    const struct source_target *target, const struct bpf_types *types)
{
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "filetap");
    int result;

    bpf_listen();
    s->object = bpf_object__open_mem(start, end - start, &options);
    if (s->object == NULL)
        return -errno;
    bpf_choose_parts(s, s->object, types);
    result = prepare(s, target);
    if (result == 0)
        result = bpf_object__load(s->object);
    if (result < 0) {
        bpf_object__close(s->object);
        s->object = NULL;
    }
    return result;
}

/* Will it be the same whatever is loaded? */
static bool is_hopeless(int result)
{
    return result == -EMFILE || result == -ENFILE || result == -ENOMEM;
}

/* With casts where the kernel has them, else without; those for Linux 7 there only; and without
   what it refuses of what can be left out. */
static int load_programs(struct source *s, const struct source_target *target,
                         const struct bpf_types *types)
{
    bool preemptible = bpf_is_preemptible(types);
    bool casts = !bpf_without_casts && bpf_has_type(types, "bpf_rdonly_cast");
    char why[BPF_REASON_MAX];
    int result;

    do {
        result = preemptible ? load_one(s, bpf_probe_7, bpf_probe_7_end, target, types)
                 : casts     ? load_one(s, bpf_probe, bpf_probe_end, target, types)
                             : -EINVAL;
        if (result < 0 && !preemptible && !(casts && is_hopeless(result)))
            result = load_one(s, bpf_probe_reads, bpf_probe_reads_end, target, types);
        if (result < 0)
            bpf_why(result, "it", s->ring_size, why, sizeof(why));
    } while (result < 0 && !is_hopeless(result) && bpf_leave_out(s, bpf_refused_program(), why));
    return result;
}

static int map_shared(struct source *s)
{
    struct bpf_map *map = map_ending_in(s->object, ".bss");
    void *shared;

    if (map == NULL || bpf_map__value_size(map) < sizeof(*s->shared))
        return -EINVAL;
    shared =
        mmap(NULL, sizeof(*s->shared), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
    if (shared == MAP_FAILED)
        return -errno;
    s->shared = shared;
    return 0;
}

/* Runs a program of the kernel side's here and now. Its result, or a negative errno. */
static int run_program(struct source *s, const char *name)
{
    struct bpf_program *program = bpf_object__find_program_by_name(s->object, name);
    LIBBPF_OPTS(bpf_test_run_opts, options);
    int result = bpf_prog_test_run_opts(bpf_program__fd(program), &options);

    return result < 0 ? result : (int)options.retval;
}

/* Tells the kernel side who reads, and makes the ring ready. */
static int introduce_reader(struct source *s)
{
    int result = run_program(s, "reader");

    while (result >= 0 && (result = run_program(s, "touch_ring")) > 0)
        ;
    if (result < 0)
        return result;
    bpf_taker_skip(s->taker);
    return 0;
}

static void detach_part(struct source *s)
{
    for (unsigned i = 0; i < s->link_count;) {
        if (bpf_is_left_out(s, s->links[i].program)) {
            bpf_link__destroy(s->links[i].link);
            s->links[i] = s->links[--s->link_count];
        } else {
            i++;
        }
    }
}

static int attach_programs(struct source *s)
{
    struct bpf_program *program;
    char why[BPF_REASON_MAX];

    bpf_object__for_each_program(program, s->object)
    {
        const char *name = bpf_program__name(program);
        struct bpf_link *link;

        if (strncmp(bpf_program__section_name(program), "raw_tp/", 7) == 0 ||
            !bpf_program__autoload(program) || bpf_is_left_out(s, name))
            continue;
        if (s->link_count == BPF_LINKS_MAX)
            return -E2BIG;
        link = bpf_program__attach(program);
        if (link != NULL) {
            s->links[s->link_count++] = (struct bpf_attached){.link = link, .program = name};
            continue;
        }
        if (errno == ENOMEM || errno == EMFILE || errno == ENFILE)
            return -errno;
        {
            int result = -errno;

            bpf_why(result, bpf_attach_what(program), s->ring_size, why, sizeof(why));
            if (!bpf_leave_out(s, name, why))
                return result;
        }
        detach_part(s);
    }
    return 0;
}

static int load_and_map(struct source *s, const struct source_target *target,
                        const struct bpf_types *types, char *error, size_t size)
{
    int result = load_programs(s, target, types);

    if (result < 0)
        return bpf_refuse(result, "loading its programs", s->ring_size, error, size);
    s->has_uprobe_multi = !bpf_without_casts && bpf_has_type(types, "bpf_uprobe_multi_link");
    s->judgements = bpf_object__find_map_fd_by_name(s->object, "judgements");
    s->threads = bpf_object__find_map_fd_by_name(s->object, "threads");
    s->lost = bpf_object__find_map_fd_by_name(s->object, "lost");
    s->orphans = bpf_object__find_map_fd_by_name(s->object, "orphans");
    bpf_listen();
    if ((result = map_shared(s)) < 0)
        return bpf_refuse(result, "mapping the shared page", s->ring_size, error, size);
    s->taker = bpf_taker_open(bpf_object__find_map_fd_by_name(s->object, "ring"), s->ring_size,
                              &s->shared->asleep);
    if (s->taker == NULL)
        return bpf_refuse(-errno, "mapping the ring", s->ring_size, error, size);
    if ((result = introduce_reader(s)) < 0)
        return bpf_refuse(result, "running a program", s->ring_size, error, size);
    s->mount_namespace = bpf_namespace_of("/proc/self/ns/mnt");
    return 0;
}

int bpf_load(struct source *s, const struct source_target *target, char *error, size_t size)
{
    struct bpf_types types;
    int result;

    bpf_types_read(&types);
    result = bpf_check_machine(&types, error, size);
    if (result == 0)
        result = load_and_map(s, target, &types, error, size);
    bpf_types_free(&types);
    return result;
}

int bpf_attach(struct source *s, char *error, size_t size)
{
    int result;

    bpf_listen();
    result = attach_programs(s);
    s->shared->unsettled = bpf_is_left_out(s, "signal_delivered");
    s->shared->exact = !bpf_is_left_out(s, "file_opened");
    return result < 0
               ? bpf_refuse(result, "attaching to the tracepoints", s->ring_size, error, size)
               : 0;
}

/*
 * Detaching takes its time, one program after the other, and half of them see half: so it is over
 * for all of them first. Those that are in the middle of it finish their records: on tracepoints
 * they run with preemption off (ALONE in thread.h), and a uprobe is not gone before they are.
 */
void bpf_detach(struct source *s)
{
    if (s->shared != NULL)
        __atomic_store_n(&s->shared->stopped, 1, __ATOMIC_SEQ_CST);
    wine_detach(s);
    if (s->link_count == 0)
        return;
    while (s->link_count > 0)
        bpf_link__destroy(s->links[--s->link_count].link);
    syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
}

int bpf_follow(struct source *s, pid_t pid, bool told)
{
    struct probe_thread state = {.verdict = PROBE_UNKNOWN, .told = told};
    int process = syscall(SYS_pidfd_open, pid, 0), result = 0;
    struct pollfd ended = {.fd = process, .events = POLLIN};

    if (process < 0)
        return errno == ENOENT ? -EINVAL : -errno; /* newer kernels say so of a thread */
    if (bpf_map_update_elem(s->threads, &process, &state, BPF_ANY) < 0)
        result = errno == ENOENT ? -ESRCH : -errno;
    else if (poll(&ended, 1, 0) > 0)
        result = -ESRCH;
    if (result < 0) {
        close(process);
        return result;
    }
    return process;
}

uint64_t bpf_lost(struct source *s)
{
    int cpus = libbpf_num_possible_cpus();
    uint64_t total = 0, *counts = calloc(cpus > 0 ? cpus : 1, sizeof(*counts));
    uint32_t zero = 0;

    if (counts != NULL && cpus > 0 && bpf_map_lookup_elem(s->lost, &zero, counts) == 0) {
        for (int i = 0; i < cpus; i++)
            total += counts[i];
    }
    free(counts);
    return total;
}

bool bpf_take_orphans(struct source *s, uint32_t *pid, uint64_t *count)
{
    return bpf_map_get_next_key(s->orphans, NULL, pid) == 0 &&
           bpf_map_lookup_and_delete_elem(s->orphans, pid, count) == 0;
}
