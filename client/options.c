#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "filetap/protocol.h"
#include "names.h"

enum {
    OPTION_NAME = 256,
    OPTION_NO_CHILDREN,
    OPTION_FAILED,
    OPTION_DIRECTORIES,
    OPTION_PATH,
    OPTION_NOT_PATH,
    OPTION_FORMAT,
    OPTION_NT_NAMES,
    OPTION_UNIX,
    OPTION_SOURCE,
    OPTION_DRIVER,
    OPTION_LOSSY,
    OPTION_VERSION,
    OPTION_DURATION,
    OPTION_COUNT,
    OPTION_STATS,
    OPTION_RING_SIZE,
    OPTION_ERRNO,
    OPTION_REQUESTED,
    OPTION_READY_FD,
};

struct unit {
    const char *name;
    double factor;
};

static const struct option long_options[] = {
    {"name", required_argument, NULL, OPTION_NAME},
    {"no-children", no_argument, NULL, OPTION_NO_CHILDREN},
    {"failed", no_argument, NULL, OPTION_FAILED},
    {"directories", no_argument, NULL, OPTION_DIRECTORIES},
    {"path", required_argument, NULL, OPTION_PATH},
    {"not-path", required_argument, NULL, OPTION_NOT_PATH},
    {"output", required_argument, NULL, 'o'},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"errno", no_argument, NULL, OPTION_ERRNO},
    {"requested", no_argument, NULL, OPTION_REQUESTED},
    {"nt-names", no_argument, NULL, OPTION_NT_NAMES},
    {"unix", no_argument, NULL, OPTION_UNIX},
    {"quiet", no_argument, NULL, 'q'},
    {"stats", no_argument, NULL, OPTION_STATS},
    {"verbose", no_argument, NULL, 'v'},
    {"duration", required_argument, NULL, OPTION_DURATION},
    {"count", required_argument, NULL, OPTION_COUNT},
    {"ready-fd", required_argument, NULL, OPTION_READY_FD},
    {"ring-size", required_argument, NULL, OPTION_RING_SIZE},
    {"source", required_argument, NULL, OPTION_SOURCE},
    {"driver", required_argument, NULL, OPTION_DRIVER},
    {"lossy", no_argument, NULL, OPTION_LOSSY},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void add_string(const char ***list, size_t *count, const char *value)
{
    *list = reallocate(*list, *count + 1, sizeof(**list));
    (*list)[(*count)++] = value;
}

static bool add_name(struct options *o, const char *value, char **error)
{
    const char *what = o->verb == VERB_RUN ? "--name" : "watch";
    size_t units;

    free(name_pattern(value, &units));
    if (units == 0) {
        set_message(error, "%s needs a pattern, such as 'cc1*'", what);
    } else if (strchr(value, '/') != NULL) {
        set_message(error,
                    "%s '%s': a pattern is compared with a program's name ('cc1*') or, where it "
                    "has a backslash, with its NT path; it cannot have a '/'",
                    what, value);
    } else if (units * sizeof(uint16_t) > FT_MAX_PATTERN_LENGTH) {
        set_message(error, "%s: the pattern is longer than %u characters", what,
                    (unsigned)(FT_MAX_PATTERN_LENGTH / sizeof(uint16_t)));
    } else if (o->name_count == FT_MAX_PATTERNS) {
        set_message(error, "%s '%s': more than %d patterns", what, value, FT_MAX_PATTERNS);
    } else {
        add_string(&o->names, &o->name_count, value);
        return true;
    }
    return false;
}

static bool add_process_id(struct options *o, const char *value, char **error)
{
    char *end;
    unsigned long long id;

    errno = 0;
    id = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || id == 0 ||
        id > INT32_MAX) {
        set_message(error, "attach '%s': a process id is a positive number", value);
        return false;
    }
    if (o->process_id_count == FT_MAX_PROCESS_IDS) {
        set_message(error, "attach %s: more than %d process ids", value, FT_MAX_PROCESS_IDS);
        return false;
    }
    for (size_t i = 0; i < o->process_id_count; i++) {
        if (o->process_ids[i] == id)
            return true;
    }
    o->process_ids = reallocate(o->process_ids, o->process_id_count + 1, sizeof(*o->process_ids));
    o->process_ids[o->process_id_count++] = id;
    return true;
}

static bool set_format(struct options *o, const char *value, char **error)
{
    struct buffer names = {0};

    o->format = format_find(value);
    if (o->format != NULL)
        return true;
    format_names(&names);
    buffer_byte(&names, '\0');
    set_message(error, "there is no format '%s'; there are %s", value, names.data);
    buffer_free(&names);
    return false;
}

static bool set_source(struct options *o, const char *value, char **error)
{
    o->source = value;
    if (strcmp(value, "auto") == 0 || strcmp(value, "bpf") == 0 || strcmp(value, "ptrace") == 0)
        return true;
    set_message(error, "there is no source '%s'; there are auto, bpf and ptrace", value);
    return false;
}

/* A number and perhaps a unit, in units of `units`' first. False: it is none, or 0, or too big. */
static bool take_quantity(const char *value, const struct unit *units, double *result)
{
    char *end;

    errno = 0;
    *result = strtod(value, &end);
    /* Not all that strtod takes: no exponents, no hexadecimal numbers. */
    if (value[0] < '0' || value[0] > '9' || errno != 0 || *result <= 0 ||
        strspn(value, "0123456789.") != (size_t)(end - value))
        return false;
    for (; units->name != NULL; units++) {
        if (strcasecmp(end, units->name) == 0) {
            *result *= units->factor;
            return *result >= 1 && *result < 1e15;
        }
    }
    return false;
}

static bool set_duration(struct options *o, const char *value, char **error)
{
    static const struct unit units[] = {
        {"", 1000}, {"s", 1000}, {"ms", 1}, {"m", 60e3}, {"h", 3600e3}, {NULL, 0},
    };
    double milliseconds;

    if (!take_quantity(value, units, &milliseconds)) {
        set_message(error, "--duration '%s': a time is 10, 1.5 (seconds), 200ms, 5m or 2h", value);
        return false;
    }
    o->duration_ms = (uint64_t)milliseconds;
    return true;
}

static bool set_ring_size(struct options *o, const char *value, char **error)
{
    static const struct unit units[] = {
        {"", 1}, {"K", 1024}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0},
    };
    double bytes;

    if (!take_quantity(value, units, &bytes) || bytes > 1 << 30) {
        set_message(error,
                    "--ring-size '%s': a size is a number of bytes, or 512K, 64M, 1G (the "
                    "most)",
                    value);
        return false;
    }
    o->ring_size = (size_t)bytes;
    return true;
}

static bool set_count(struct options *o, const char *value, char **error)
{
    char *end;

    errno = 0;
    o->count = strtoull(value, &end, 10);
    if (value[0] >= '0' && value[0] <= '9' && *end == '\0' && errno == 0 && o->count > 0)
        return true;
    set_message(error, "--count '%s': a number of events is a positive number", value);
    return false;
}

static bool set_ready_fd(struct options *o, const char *value, char **error)
{
    char *end;
    long fd;

    errno = 0;
    fd = strtol(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || fd > INT_MAX || fd < 3) {
        set_message(error, "--ready-fd '%s': a file descriptor that is ours alone is 3 or more",
                    value);
        return false;
    }
    /* It is not the traced program's either. */
    if (fcntl((int)fd, F_SETFD, FD_CLOEXEC) < 0) {
        set_message(error, "--ready-fd %s: %s", value, strerror(errno));
        return false;
    }
    o->ready_fd = (int)fd;
    return true;
}

/* Options that only some verbs have. */
static bool has_option(enum verb verb, int option)
{
    switch (option) {
    case OPTION_NAME:
        return verb == VERB_RUN;
    case OPTION_DURATION:
    case OPTION_COUNT:
        return verb != VERB_RUN;
    default:
        return true;
    }
}

static bool take_option(struct options *o, int option, const char *value, char **error)
{
    switch (option) {
    case OPTION_NAME:
        return add_name(o, value, error);
    case OPTION_NO_CHILDREN:
        o->children = false;
        break;
    case OPTION_FAILED:
        o->failed = true;
        break;
    case OPTION_DIRECTORIES:
        o->directories = true;
        break;
    case OPTION_PATH:
        add_string(&o->filter.paths, &o->filter.path_count, value);
        break;
    case OPTION_NOT_PATH:
        add_string(&o->filter.not_paths, &o->filter.not_path_count, value);
        break;
    case 'o':
        o->output = value;
        break;
    case OPTION_FORMAT:
        return set_format(o, value, error);
    case OPTION_ERRNO:
        o->errno_words = true;
        break;
    case OPTION_REQUESTED:
        o->requested = true;
        break;
    case OPTION_NT_NAMES:
        o->nt_names = o->filter.nt_names = true;
        break;
    case OPTION_UNIX:
        o->unix_view = true;
        break;
    case 'q':
        o->quiet = true;
        break;
    case OPTION_SOURCE:
        return set_source(o, value, error);
    case 'v':
        o->verbose = true;
        break;
    case OPTION_STATS:
        o->stats = true;
        break;
    case OPTION_DURATION:
        return set_duration(o, value, error);
    case OPTION_COUNT:
        return set_count(o, value, error);
    case OPTION_RING_SIZE:
        return set_ring_size(o, value, error);
    case OPTION_READY_FD:
        return set_ready_fd(o, value, error);
    case OPTION_DRIVER:
        o->driver = value;
        break;
    case OPTION_LOSSY:
        o->lossy = true;
        break;
    }
    return true;
}

/* getopt_long found something that is not an option of ours, or lacks its argument. */
static void wrong_option(int found, char **argv, char **error)
{
    const char *name = argv[optind - 1];

    if (found == ':')
        set_message(error, "option '%s' needs a value", name);
    else if (optopt >= 256 || (optopt != 0 && strncmp(name, "--", 2) == 0))
        set_message(error, "option '%s' takes no value", name);
    else if (optopt != 0)
        set_message(error, "there is no option '-%c'", optopt);
    else
        set_message(error, "there is no option '%s', or it can mean more than one", name);
}

static const char *const verb_names[] = {"run", "watch", "attach"};

static enum verb verb_named(const char *name)
{
    enum verb verb = VERB_RUN;

    while (strcmp(verb_names[verb], name) != 0)
        verb++;
    return verb;
}

/* What follows the options. */
static bool take_operands(struct options *o, char **operands, char **error)
{
    static const char *const missing[] = {
        "which program is to be run?",
        "which programs are to be watched? A name is needed, such as nginx, or '*' for all",
        "which process? An id is needed, such as 4711",
    };

    if (operands[0] == NULL) {
        set_message(error, "%s", missing[o->verb]);
        return false;
    }
    if (o->verb == VERB_RUN) {
        o->program = operands;
        return true;
    }
    for (; *operands != NULL; operands++) {
        if (!(o->verb == VERB_WATCH ? add_name : add_process_id)(o, *operands, error))
            return false;
    }
    return true;
}

static bool check_globs(const char *option, const char **globs, size_t count, bool nt_names,
                        char **error)
{
    for (size_t i = 0; i < count; i++) {
        const char *fault = filter_fault(globs[i], nt_names);

        if (fault != NULL) {
            set_message(error, "%s '%s' %s", option, globs[i], fault);
            return false;
        }
    }
    return true;
}

static bool check_together(const struct options *o, char **error)
{
    const struct filter *f = &o->filter;

    if (!check_globs("--path", f->paths, f->path_count, o->nt_names, error) ||
        !check_globs("--not-path", f->not_paths, f->not_path_count, o->nt_names, error))
        return false;
    if (o->format == &format_csv && (o->errno_words || o->requested)) {
        set_message(error, "%s: csv has Process Monitor's columns and words; jsonl has this always",
                    o->errno_words ? "--errno" : "--requested");
        return false;
    }
    if (o->stats && (o->output == NULL || strcmp(o->output, "-") == 0)) {
        set_message(error, "--stats needs the terminal for itself: write the trace to a file with "
                           "-o FILE");
        return false;
    }
    if (o->verb != VERB_RUN && strcmp(o->source, "ptrace") == 0) {
        set_message(error, "%s: ptrace sees only what filetap starts; %s needs --source bpf",
                    verb_names[o->verb], verb_names[o->verb]);
        return false;
    }
    if (o->ring_size != 0 && strcmp(o->source, "ptrace") == 0) {
        set_message(error, "--ring-size: ptrace has no ring");
        return false;
    }
    return true;
}

enum options_result options_parse(struct options *o, int argc, char **argv, char **error)
{
    int option;

    *o = (struct options){
        .verb = verb_named(argv[0]),
        .format = &format_text,
        .source = "auto",
        .ready_fd = -1,
        .children = true,
    };
    *error = NULL;
    opterr = 0;
    optind = 0; /* begin anew, also with what glibc remembers */
    /* A program's own options follow it; patterns and ids have none. */
    while ((option = getopt_long(argc, argv, o->verb == VERB_RUN ? "+:o:qvh" : ":o:qvh",
                                 long_options, NULL)) != -1) {
        if (option == 'h')
            return OPTIONS_HELP;
        if (option == OPTION_VERSION)
            return OPTIONS_VERSION;
        if (option == '?' || option == ':') {
            wrong_option(option, argv, error);
            return OPTIONS_WRONG;
        }
        if (!has_option(o->verb, option)) {
            set_message(error, "%s has no option '%s'", verb_names[o->verb],
                        argv[optind - 1][0] == '-' ? argv[optind - 1] : argv[optind - 2]);
            return OPTIONS_WRONG;
        }
        if (!take_option(o, option, optarg, error))
            return OPTIONS_WRONG;
    }
    return take_operands(o, argv + optind, error) && check_together(o, error) ? OPTIONS_RUN
                                                                              : OPTIONS_WRONG;
}

void options_free(struct options *o)
{
    free(o->names);
    free(o->process_ids);
    free(o->filter.paths);
    free(o->filter.not_paths);
}
