/* Why the bpf source, or a part of it, cannot be had here: the causes told apart. */
#include "bpf_private.h"
#include "program.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CAP_SYS_NICE   23
#define CAP_SYS_ADMIN  21
#define CAP_PERFMON_NR 38
#define CAP_BPF_NR     39

/* The newest thing that all programs need; Linux 5.17 brought it, and some have it in older ones.
 */
#define NEWEST_NEED    "BPF_FUNC_loop"

/* ---- What libbpf says ---------------------------------------------------------------------- */

static struct {
    char first[256];    /* what it complained of first: the reason, mostly */
    char program[32];   /* the program that it complained of first; "": none */
    char verifier[256]; /* what the verifier said last; "": nothing */
} heard;

static void keep(char *to, size_t size, const char *text, size_t length)
{
    snprintf(to, size, "%.*s", (int)(length < size ? length : size - 1), text);
}

/* The log ends with what is wrong and with some figures. */
static void keep_verdict(const char *log)
{
    static const char *const figures[] = {"processed ", "-- END", "verification time",
                                          "stack depth", "mark_precise"};

    while (*log != '\0') {
        size_t length = strcspn(log, "\n");
        bool counts = length > 0;

        for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
            counts = counts && strncmp(log, figures[i], strlen(figures[i])) != 0;
        if (counts)
            keep(heard.verifier, sizeof(heard.verifier), log, length);
        log += length + (log[length] == '\n');
    }
}

static int listen(enum libbpf_print_level level, const char *format, va_list arguments)
{
    static const char about[] = "libbpf: prog '", begin[] = "-- BEGIN PROG LOAD LOG --\n";
    char *text, *log;

    /* It wants more memory locked, which old kernels need, and goes on without. */
    if (level != LIBBPF_WARN || strstr(format, "RLIMIT_MEMLOCK") != NULL ||
        vasprintf(&text, format, arguments) < 0)
        return 0;
    if (heard.first[0] == '\0')
        keep(heard.first, sizeof(heard.first), text, strcspn(text, "\n"));
    if (heard.program[0] == '\0' && strncmp(text, about, strlen(about)) == 0)
        keep(heard.program, sizeof(heard.program), text + strlen(about),
             strcspn(text + strlen(about), "'"));
    log = strstr(text, begin);
    if (log != NULL)
        keep_verdict(log + strlen(begin));
    free(text);
    return 0;
}

void bpf_listen(void)
{
    memset(&heard, 0, sizeof(heard));
    libbpf_set_print(listen);
}

const char *bpf_refused_program(void)
{
    return heard.program;
}

/* ---- What this machine has ----------------------------------------------------------------- */

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

/* Where securityfs is not mounted, the verifier's words say it. */
static bool in_confidentiality(void)
{
    FILE *f = fopen("/sys/kernel/security/lockdown", "re");
    char modes[128] = "";

    if (f != NULL) {
        if (fgets(modes, sizeof(modes), f) == NULL)
            modes[0] = '\0';
        fclose(f);
    }
    return strstr(modes, "[confidentiality]") != NULL ||
           strstr(heard.verifier, "bpf_probe_read_kernel") != NULL;
}

static const char *kernel_release(void)
{
    static struct utsname name;

    return uname(&name) == 0 ? name.release : "?";
}

int bpf_check_machine(const struct bpf_types *types, char *error, size_t size)
{
    uint64_t set = effective_capabilities();
    bool bpf = set >> CAP_BPF_NR & 1, perfmon = set >> CAP_PERFMON_NR & 1;

    if (!(set >> CAP_SYS_ADMIN & 1) && !(bpf && perfmon))
        return source_fail(error, size, -ENOTSUP,
                           "the bpf source needs the capabilities CAP_BPF and CAP_PERFMON, which "
                           "root has; missing here: %s%s%s; run as root (sudo)",
                           bpf ? "" : "CAP_BPF", bpf || perfmon ? "" : ", ",
                           perfmon ? "" : "CAP_PERFMON");
    if (types->text == NULL)
        return source_fail(error, size, -ENOTSUP,
                           "the bpf source needs " BPF_KERNEL_TYPES
                           " (%s): a kernel built with CONFIG_DEBUG_INFO_BTF, as Debian's are, "
                           "and /sys mounted",
                           strerror(types->error));
    if (!bpf_has_type(types, NEWEST_NEED))
        return source_fail(error, size, -ENOTSUP,
                           "the bpf source needs Linux 5.17 or later; this is %s, whose BPF is "
                           "older (it has no " NEWEST_NEED ")",
                           kernel_release());
    return 0;
}

/* ---- Why not ------------------------------------------------------------------------------- */

static void explain_limit(const char *what, char *text, size_t size)
{
    struct rlimit limit = {0};

    getrlimit(RLIMIT_NOFILE, &limit);
    snprintf(text, size,
             "%s takes more open files than the %llu that this process may have; ulimit -n 1024 "
             "allows more",
             what, (unsigned long long)limit.rlim_cur);
}

void bpf_why(int result, const char *what, size_t ring_size, char *text, size_t size)
{
    bool is_verifier = heard.verifier[0] != '\0' || result == -E2BIG;

    if (result == -EPERM && in_user_namespace())
        snprintf(text, size,
                 "%s is refused to this process: it is root in a user namespace only, where "
                 "capabilities do not count for BPF",
                 what);
    else if ((result == -EPERM || is_verifier) && in_confidentiality())
        snprintf(text, size,
                 "%s is refused by kernel lockdown, which is set to confidentiality: nobody may "
                 "read the kernel's memory; with lockdown=integrity it works",
                 what);
    else if (is_verifier)
        snprintf(text, size, "the verifier of this kernel (%s) refuses the program %s: %s",
                 kernel_release(), heard.program,
                 heard.verifier[0] != '\0' ? heard.verifier : strerror(-result));
    else if (result == -EPERM)
        snprintf(text, size,
                 "%s is not permitted, though the capabilities for it are there: a container's "
                 "seccomp profile or a security module forbids it",
                 what);
    else if (result == -EACCES)
        snprintf(text, size, "%s is forbidden by a security module", what);
    else if (result == -ENOSYS)
        snprintf(text, size,
                 "%s takes bpf(), which this kernel has not, or a container's seccomp profile "
                 "hides",
                 what);
    else if (result == -EMFILE)
        explain_limit(what, text, size);
    else if (result == -ENFILE)
        snprintf(text, size, "%s takes more open files than this machine may have (fs.file-max)",
                 what);
    else if (result == -ENOMEM)
        snprintf(text, size,
                 "there is no memory for %s; a --ring-size smaller than %zu MiB takes less", what,
                 ring_size >> 20);
    else
        snprintf(text, size, "%s failed: %s%s%s", what, strerror(-result),
                 heard.first[0] != '\0' ? ": " : "", heard.first);
}

int bpf_refuse(int result, const char *what, size_t ring_size, char *error, size_t size)
{
    char why[BPF_REASON_MAX];

    bpf_why(result, what, ring_size, why, sizeof(why));
    return source_fail(error, size, -ENOTSUP, "the bpf source: %s", why);
}
