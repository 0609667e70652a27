#include "bpf_private.h"
#include "program.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KERNEL_TYPES   "/sys/kernel/btf/vmlinux"

#define CAP_SYS_NICE   23
#define CAP_SYS_ADMIN  21
#define CAP_PERFMON_NR 38
#define CAP_BPF_NR     39

bool bpf_without_casts;

extern const char bpf_probe[], bpf_probe_end[], bpf_probe_reads[], bpf_probe_reads_end[];

/* ---- Why not ------------------------------------------------------------------------------- */

/* What libbpf had to say last: the reason, mostly. */
static char complaint[256];

static int listen_to_libbpf(enum libbpf_print_level level, const char *format, va_list arguments)
{
    char *end;

    /* It wants more memory locked, which old kernels need, and goes on without. */
    if (level == LIBBPF_WARN && complaint[0] == '\0' && strstr(format, "RLIMIT_MEMLOCK") == NULL) {
        vsnprintf(complaint, sizeof(complaint), format, arguments);
        end = strchr(complaint, '\n');
        if (end != NULL)
            *end = '\0';
    }
    return 0;
}

static uint64_t effective_capabilities(void)
{
    FILE *f = fopen("/proc/self/status", "re");
    unsigned long long set = 0;
    char line[256];

    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (sscanf(line, "CapEff: %llx", &set) == 1)
            break;
    }
    if (f != NULL)
        fclose(f);
    return set;
}

bool bpf_may_raise_priority(void)
{
    return effective_capabilities() >> CAP_SYS_NICE & 1;
}

static int check_privileges(char *error, size_t size)
{
    uint64_t set = effective_capabilities();
    bool bpf = set >> CAP_BPF_NR & 1, perfmon = set >> CAP_PERFMON_NR & 1;

    if (set >> CAP_SYS_ADMIN & 1 || (bpf && perfmon))
        return 0;
    return source_fail(error, size, -EPERM,
                       "the bpf source needs the capabilities CAP_BPF and CAP_PERFMON, which root "
                       "has; missing here: %s%s%s; run as root (sudo)",
                       bpf ? "" : "CAP_BPF", bpf || perfmon ? "" : ", ",
                       perfmon ? "" : "CAP_PERFMON");
}

static int check_kernel(char *error, size_t size)
{
    if (access(KERNEL_TYPES, R_OK) == 0)
        return 0;
    return source_fail(error, size, errno == ENOENT ? -ENOSYS : -errno,
                       "the bpf source needs " KERNEL_TYPES " (%s): a kernel built with "
                       "CONFIG_DEBUG_INFO_BTF, as Debian's are, and /sys mounted",
                       strerror(errno));
}

static bool in_user_namespace(void)
{
    FILE *f = fopen("/proc/self/uid_map", "re");
    unsigned long inside = 0, outside = 0, count = 4294967295;

    if (f != NULL) {
        if (fscanf(f, "%lu %lu %lu", &inside, &outside, &count) != 3)
            count = 0;
        fclose(f);
    }
    return inside != 0 || outside != 0 || count != 4294967295;
}

static int refused(int result, const char *what, char *error, size_t size)
{
    if (result == -EPERM && in_user_namespace())
        return source_fail(error, size, result,
                           "the bpf source: %s is refused to this process: it is root in a user "
                           "namespace only, where capabilities do not count for BPF",
                           what);
    if (result == -EPERM)
        return source_fail(
            error, size, result,
            "the bpf source: %s is refused to this process, by a container's seccomp "
            "profile or by kernel lockdown (%s)",
            what, complaint);
    return source_fail(error, size, result,
                       "the bpf source: %s failed: %s%s%s; it needs Linux 5.17", what,
                       strerror(-result), complaint[0] != '\0' ? ": " : "", complaint);
}

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

/* The file's content, `*size` bytes; NULL: it cannot be had. To be freed. */
static char *read_whole(const char *path, size_t *size)
{
    FILE *f = fopen(path, "re");
    char *content = NULL;
    size_t room = 0;

    *size = 0;
    while (f != NULL) {
        size_t n;

        if (*size == room) {
            char *more = realloc(content, room + (4 << 20));

            if (more == NULL)
                break;
            content = more;
            room += 4 << 20;
        }
        n = fread(content + *size, 1, room - *size, f);
        if (n == 0)
            break;
        *size += n;
    }
    if (f != NULL)
        fclose(f);
    return content;
}

/* All names of types stand in one table, each between NULs: that is looked through in no time, and
   taking the types apart takes longer than all else that is done here. */
static bool has_type(const char *types, size_t size, const char *name)
{
    char key[160] = "";

    snprintf(key + 1, sizeof(key) - 1, "%s", name);
    return memmem(types, size, key, strlen(name) + 2) != NULL;
}

/* Not every kernel has every tracepoint: io_uring can be left out of it. */
static void look_at_kernel(struct source *s)
{
    size_t size;
    char *types = read_whole(KERNEL_TYPES, &size);
    struct bpf_program *program;

    if (types == NULL)
        return;
    s->has_uprobe_multi = !bpf_without_casts && has_type(types, size, "bpf_uprobe_multi_link");
    bpf_object__for_each_program(program, s->object)
    {
        const char *section = bpf_program__section_name(program);
        char name[128];

        if (strncmp(section, "tp_btf/io_uring", 15) != 0)
            continue;
        snprintf(name, sizeof(name), "btf_trace_%s", section + 7);
        if (!has_type(types, size, name))
            bpf_program__set_autoload(program, false);
    }
    free(types);
}

static int load_one(struct source *s, const char *start, const char *end,
                    const struct source_target *target)
{
    LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "filetap");
    int result;

    s->object = bpf_object__open_mem(start, end - start, &options);
    if (s->object == NULL)
        return -errno;
    look_at_kernel(s);
    result = prepare(s, target);
    if (result == 0)
        result = bpf_object__load(s->object);
    if (result < 0) {
        bpf_object__close(s->object);
        s->object = NULL;
    }
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

static int attach_programs(struct source *s)
{
    struct bpf_program *program;

    bpf_object__for_each_program(program, s->object)
    {
        struct bpf_link *link;

        if (strncmp(bpf_program__section_name(program), "tp_btf/", 7) != 0 ||
            !bpf_program__autoload(program))
            continue;
        if (s->link_count == BPF_LINKS_MAX)
            return -E2BIG;
        link = bpf_program__attach(program);
        if (link == NULL)
            return -errno;
        s->links[s->link_count++] = link;
    }
    return 0;
}

int bpf_load(struct source *s, const struct source_target *target, char *error, size_t size)
{
    int result;

    if ((result = check_privileges(error, size)) < 0 || (result = check_kernel(error, size)) < 0)
        return result;
    libbpf_set_print(listen_to_libbpf);
    complaint[0] = '\0';
    result = bpf_without_casts ? -EINVAL : load_one(s, bpf_probe, bpf_probe_end, target);
    if (result < 0 && result != -EPERM && result != -ENOMEM) {
        complaint[0] = '\0';
        result = load_one(s, bpf_probe_reads, bpf_probe_reads_end, target);
    }
    if (result < 0)
        return refused(result, "loading its programs", error, size);
    s->judgements = bpf_object__find_map_fd_by_name(s->object, "judgements");
    s->threads = bpf_object__find_map_fd_by_name(s->object, "threads");
    s->lost = bpf_object__find_map_fd_by_name(s->object, "lost");
    s->orphans = bpf_object__find_map_fd_by_name(s->object, "orphans");
    if ((result = map_shared(s)) < 0)
        return refused(result, "mapping the shared page", error, size);
    s->taker = bpf_taker_open(bpf_object__find_map_fd_by_name(s->object, "ring"), s->ring_size,
                              &s->shared->asleep);
    if (s->taker == NULL)
        return refused(-errno, "mapping the ring", error, size);
    if ((result = introduce_reader(s)) < 0)
        return refused(result, "running a program", error, size);
    s->mount_namespace = bpf_namespace_of("/proc/self/ns/mnt");
    return 0;
}

int bpf_attach(struct source *s, char *error, size_t size)
{
    int result = attach_programs(s);

    return result < 0 ? refused(result, "attaching to the tracepoints", error, size) : 0;
}

/*
 * Detaching takes its time, one program after the other, and half of them see half: so it is over
 * for all of them first. Those that are in the middle of it finish their records: on tracepoints
 * they run with preemption off, and a uprobe is not gone before they are.
 */
void bpf_detach(struct source *s)
{
    if (s->shared != NULL)
        __atomic_store_n(&s->shared->stopped, 1, __ATOMIC_SEQ_CST);
    wine_detach(s);
    if (s->link_count == 0)
        return;
    while (s->link_count > 0)
        bpf_link__destroy(s->links[--s->link_count]);
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
