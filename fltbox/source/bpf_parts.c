/*
 * What the running kernel has of what the kernel side needs, and the parts that can be left out.
 *
 * A part is left out where the kernel lacks what it stands on, and where the kernel refuses it:
 * then it alone is missing, and bpf_left_out says so.
 */
#include "bpf_private.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

/* ---- The kernel's types -------------------------------------------------------------------- */

/* Linux 6.16 and later let it be mapped; elsewhere it comes in pieces of a page. */
static bool map_types(struct bpf_types *types, int fd)
{
    struct stat st;
    void *text;

    if (fstat(fd, &st) < 0 || st.st_size == 0)
        return false;
    text = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (text == MAP_FAILED)
        return false;
    types->text = text;
    types->size = st.st_size;
    types->mapped = true;
    return true;
}

int bpf_types_read(struct bpf_types *types)
{
    FILE *f = fopen(BPF_KERNEL_TYPES, "re");
    size_t room = 0;

    memset(types, 0, sizeof(*types));
    if (f == NULL)
        return types->error = errno;
    if (map_types(types, fileno(f))) {
        fclose(f);
        return 0;
    }
    for (;;) {
        size_t n;

        if (types->size == room) {
            char *more = realloc(types->text, room + (8 << 20));

            if (more == NULL)
                break;
            types->text = more;
            room += 8 << 20;
        }
        n = fread(types->text + types->size, 1, room - types->size, f);
        if (n == 0)
            break;
        types->size += n;
    }
    fclose(f);
    return 0;
}

void bpf_types_free(struct bpf_types *types)
{
    if (types->mapped)
        munmap(types->text, types->size);
    else
        free(types->text);
    types->text = NULL;
}

/* All names stand in one table, each between NULs: that is looked through in no time, and taking
   the types apart takes longer than all else that is done here. */
bool bpf_has_type(const struct bpf_types *types, const char *name)
{
    char key[160] = "";

    snprintf(key + 1, sizeof(key) - 1, "%s", name);
    return types->text != NULL && memmem(types->text, types->size, key, strlen(name) + 2) != NULL;
}

/* Nothing in the types says it. */
bool bpf_is_preemptible(const struct bpf_types *types)
{
    struct utsname name;

    return uname(&name) == 0 && atoi(name.release) >= 7 &&
           bpf_has_type(types, "bpf_preempt_disable") && bpf_has_type(types, "bpf_task_from_pid");
}

/* ---- Parts --------------------------------------------------------------------------------- */

static const struct {
    const char *what;
    const char *programs[3];
    unsigned least;       /* of these: some are the same for different kernels */
    const char *types[3]; /* that these look at */
} parts[BPF_PARTS] = {
    {.what = "opens through io_uring",
     .programs = {"request_submitted", "request_submitted_sqe", "request_complete"},
     .least = 2,
     .types = {"io_open", "io_cmd_data", "io_cqe"}},
    {.what = "whether a call that a signal interrupts is made again",
     .programs = {"signal_delivered"},
     .least = 1},
    {.what = "the names that Wine gives its processes", .programs = {"task_renamed"}, .least = 1},
    {.what = "which file an open leads to, and by which name, where other threads interfere",
     .programs = {"file_opened", "file_opened_7", "file_opening_7"},
     .least = 1},
    {.what = "processes that begin or end while this kernel leaves programs out",
     .programs = {"process_fork_again", "process_exec_again", "process_exit_again"},
     .least = 3},
};

#define IN_PART(array, i) ((i) < sizeof(array) / sizeof((array)[0]) && (array)[i] != NULL)

/* The part that the program is of; BPF_PARTS: of none, it is needed. The kernel has names cut off
   at 15 characters. */
static unsigned part_of(const char *program)
{
    for (unsigned p = 0; p < BPF_PARTS; p++) {
        for (size_t i = 0; IN_PART(parts[p].programs, i); i++) {
            if (strcmp(parts[p].programs[i], program) == 0)
                return p;
        }
    }
    return BPF_PARTS;
}

static void leave_out(struct source *s, unsigned part, const char *why)
{
    if (s->left_out[part] == NULL)
        s->left_out[part] = strdup(why);
}

bool bpf_leave_out(struct source *s, const char *program, const char *why)
{
    unsigned part = part_of(program);

    if (part == BPF_PARTS || s->left_out[part] != NULL)
        return false;
    leave_out(s, part, why);
    return s->left_out[part] != NULL;
}

bool bpf_is_left_out(struct source *s, const char *program)
{
    unsigned part = part_of(program);

    return part < BPF_PARTS && s->left_out[part] != NULL;
}

static bool is_on_function(const struct bpf_program *program)
{
    const char *section = bpf_program__section_name(program);

    return strncmp(section, "fentry/", 7) == 0 || strncmp(section, "fexit/", 6) == 0;
}

const char *bpf_attach_what(const struct bpf_program *program)
{
    return is_on_function(program) ? "attaching to its function" : "attaching to its tracepoint";
}

/* What the program is put on: a tracepoint, a function. */
static const char *place_of(const struct bpf_program *program)
{
    return strrchr(bpf_program__section_name(program), '/') + 1;
}

static bool has_place(const struct bpf_types *types, const struct bpf_program *program)
{
    char name[128];

    snprintf(name, sizeof(name), "%s%s", is_on_function(program) ? "" : "btf_trace_",
             place_of(program));
    return bpf_has_type(types, name);
}

/* Where programs may be put on functions the kernel has something to say against this one: it is
   for none. */
static int functions_allowed(void)
{
    static const struct bpf_insn nothing[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K},
                                              {.code = BPF_JMP | BPF_EXIT}};
    LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FEXIT,
                .attach_btf_id = 1);
    int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "filetap", "GPL", nothing, 2, &options);

    if (fd >= 0)
        close(fd);
    return fd == -EPERM || fd == -EACCES ? fd : 0;
}

/* Programs of the kind that perf uses are put on a tracepoint by its number, which is told there.
 */
static bool has_number(const struct bpf_program *program)
{
    static const char *const places[] = {"/sys/kernel/debug/tracing", "/sys/kernel/tracing"};
    char path[160];

    if (strncmp(bpf_program__section_name(program), "tp/", 3) != 0)
        return true;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, sizeof(path), "%s/events/%s/id", places[i],
                 bpf_program__section_name(program) + 3);
        if (access(path, R_OK) == 0)
            return true;
    }
    return false;
}

/* Finds what the kernel has of a part, and leaves it out where that is not enough. */
static void look_at_part(struct source *s, struct bpf_object *object, const struct bpf_types *types,
                         unsigned part)
{
    char why[BPF_REASON_MAX] = "";
    unsigned found = 0;

    /* Not every object has each part. */
    if (bpf_object__find_program_by_name(object, parts[part].programs[0]) == NULL)
        return;
    for (size_t i = 0; IN_PART(parts[part].programs, i); i++) {
        struct bpf_program *program =
            bpf_object__find_program_by_name(object, parts[part].programs[i]);

        if (has_place(types, program)) {
            if (is_on_function(program) && functions_allowed() < 0) {
                leave_out(s, part, "this kernel lets nobody put programs on functions");
                break;
            }
            if (!has_number(program)) {
                leave_out(s, part, "/sys/kernel/tracing is not mounted, or may not be read");
                break;
            }
            found++;
            continue;
        }
        snprintf(why, sizeof(why), "this kernel has no %s %s",
                 is_on_function(program) ? "function" : "tracepoint", place_of(program));
        bpf_program__set_autoload(program, false);
    }
    if (found < parts[part].least)
        leave_out(s, part, why);
    for (size_t i = 0; IN_PART(parts[part].types, i); i++) {
        if (bpf_has_type(types, parts[part].types[i]))
            continue;
        snprintf(why, sizeof(why), "this kernel has no struct %s", parts[part].types[i]);
        leave_out(s, part, why);
    }
    for (size_t i = 0; IN_PART(parts[part].programs, i) && s->left_out[part] != NULL; i++)
        bpf_program__set_autoload(bpf_object__find_program_by_name(object, parts[part].programs[i]),
                                  false);
}

void bpf_choose_parts(struct source *s, struct bpf_object *object, const struct bpf_types *types)
{
    for (unsigned p = 0; p < BPF_PARTS; p++)
        look_at_part(s, object, types, p);
}

const char *bpf_left_out(struct source *s)
{
    const char *wine = wine_left_out(s);
    FILE *f;
    size_t size;
    bool any = wine != NULL;

    free(s->left_out_text);
    s->left_out_text = NULL;
    for (unsigned p = 0; p < BPF_PARTS; p++)
        any = any || s->left_out[p] != NULL;
    if (!any || (f = open_memstream(&s->left_out_text, &size)) == NULL)
        return NULL;
    for (unsigned p = 0; p < BPF_PARTS; p++) {
        if (s->left_out[p] != NULL)
            fprintf(f, "%s%s (%s)", ftell(f) > 0 ? "; " : "", parts[p].what, s->left_out[p]);
    }
    if (wine != NULL)
        fprintf(f, "%swhat Windows programs request of Wine (%s)", ftell(f) > 0 ? "; " : "", wine);
    fclose(f);
    return s->left_out_text;
}

void bpf_parts_free(struct source *s)
{
    for (unsigned p = 0; p < BPF_PARTS; p++)
        free(s->left_out[p]);
    free(s->left_out_text);
}
