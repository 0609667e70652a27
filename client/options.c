#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "filetrace/protocol.h"
#include "names.h"

const char options_help[] =
    "Usage: filetrace run [OPTION...] [--] PROGRAM [ARG...]\n"
    "\n"
    "Runs PROGRAM and shows every file that it and its children open or execute:\n"
    "when, which process, with which access (r, w, x), and what came of it.\n"
    "\n"
    "What is traced:\n"
    "  --name PATTERN     processes whose program's name matches, instead of PROGRAM\n"
    "                     and its children; * and ? match as in the shell, capitals\n"
    "                     do not matter; may be given more than once. A program is\n"
    "                     called as its file is: sh is dash on Debian\n"
    "  --pid PID          this process too; may be given more than once\n"
    "  --no-children      not the children of the processes selected\n"
    "  --failed           only what failed\n"
    "  --directories      opens of directories too\n"
    "  --path GLOB        only paths that match; * matches / too; may be given more\n"
    "                     than once (a path then has to match one of them)\n"
    "  --not-path GLOB    no paths that match; may be given more than once\n"
    "\n"
    "How it is shown:\n"
    "  -o, --output FILE  write the trace to FILE, - for standard output (default:\n"
    "                     standard error)\n"
    "  --format FORMAT    text (the default), csv (Process Monitor's columns) or\n"
    "                     jsonl (one JSON object a line)\n"
    "  --nt-names         show NT names (\\Device\\HarddiskVolume1\\etc\\hosts)\n"
    "  -q, --quiet        no summary at the end\n"
    "\n"
    "How it is done:\n"
    "  --source NAME      where file activity comes from: auto (the default), ptrace\n"
    "  --driver FILE      the driver (default: filetrace.sys beside this program, or\n"
    "                     in ../lib/filetrace from there)\n"
    "  --lossy            do not let lost events change the exit status\n"
    "  --version          show the version, and end\n"
    "  -h, --help         show this text, and end\n"
    "\n"
    "Exit status: that of PROGRAM; 2 for wrong arguments and for a driver that cannot\n"
    "be used; 124 if events were lost; 125 if filetrace failed, or could not write\n"
    "the trace; 126 if PROGRAM cannot be run; 127 if it is not there.\n"
    "\n"
    "Examples:\n"
    "  filetrace run tar -cf /tmp/etc.tar /etc\n"
    "  filetrace run --failed -- python3 -c 'import json'\n"
    "  filetrace run --name 'cc1*' --path '*.h' -o headers.txt -- make\n"
    "  filetrace run --format=csv -o trace.csv -- git status\n";

enum {
    OPTION_NAME = 256,
    OPTION_PID,
    OPTION_NO_CHILDREN,
    OPTION_FAILED,
    OPTION_DIRECTORIES,
    OPTION_PATH,
    OPTION_NOT_PATH,
    OPTION_FORMAT,
    OPTION_NT_NAMES,
    OPTION_SOURCE,
    OPTION_DRIVER,
    OPTION_LOSSY,
    OPTION_VERSION,
};

static const struct option long_options[] = {
    {"name", required_argument, NULL, OPTION_NAME},
    {"pid", required_argument, NULL, OPTION_PID},
    {"no-children", no_argument, NULL, OPTION_NO_CHILDREN},
    {"failed", no_argument, NULL, OPTION_FAILED},
    {"directories", no_argument, NULL, OPTION_DIRECTORIES},
    {"path", required_argument, NULL, OPTION_PATH},
    {"not-path", required_argument, NULL, OPTION_NOT_PATH},
    {"output", required_argument, NULL, 'o'},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"nt-names", no_argument, NULL, OPTION_NT_NAMES},
    {"quiet", no_argument, NULL, 'q'},
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
    size_t units;

    free(name_pattern(value, &units));
    if (units == 0) {
        set_message(error, "--name needs a pattern, such as 'cc1*'");
    } else if (strchr(value, '/') != NULL) {
        set_message(error,
                    "--name '%s': a pattern is compared with a program's name ('cc1*') or, "
                    "where it has a backslash, with its NT path; it cannot have a '/'",
                    value);
    } else if (units * sizeof(uint16_t) > FT_MAX_PATTERN_LENGTH) {
        set_message(error, "--name: the pattern is longer than %u characters",
                    (unsigned)(FT_MAX_PATTERN_LENGTH / sizeof(uint16_t)));
    } else if (o->name_count == FT_MAX_PATTERNS) {
        set_message(error, "--name '%s': more than %d patterns", value, FT_MAX_PATTERNS);
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
        id > UINT32_MAX) {
        set_message(error, "--pid '%s': a process id is a positive number", value);
        return false;
    }
    /* One is left for the program itself. */
    if (o->process_id_count == FT_MAX_PROCESS_IDS - 1) {
        set_message(error, "--pid %s: more than %d process ids", value, FT_MAX_PROCESS_IDS - 1);
        return false;
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
    if (strcmp(value, "auto") == 0 || strcmp(value, "bpf") == 0 ||
        strcmp(value, "ptrace") == 0)
        return true;
    set_message(error, "there is no source '%s'; there are auto, bpf and ptrace", value);
    return false;
}

static bool take_option(struct options *o, int option, const char *value, char **error)
{
    switch (option) {
    case OPTION_NAME:
        return add_name(o, value, error);
    case OPTION_PID:
        return add_process_id(o, value, error);
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
    case OPTION_NT_NAMES:
        o->nt_names = true;
        break;
    case 'q':
        o->quiet = true;
        break;
    case OPTION_SOURCE:
        return set_source(o, value, error);
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

enum options_result options_parse(struct options *o, int argc, char **argv, char **error)
{
    int option;

    *o = (struct options){.format = &format_text, .source = "auto", .children = true};
    *error = NULL;
    opterr = 0;
    optind = 0; /* begin anew, also with what glibc remembers */
    while ((option = getopt_long(argc, argv, "+:o:qh", long_options, NULL)) != -1) {
        if (option == 'h')
            return OPTIONS_HELP;
        if (option == OPTION_VERSION)
            return OPTIONS_VERSION;
        if (option == '?' || option == ':') {
            wrong_option(option, argv, error);
            return OPTIONS_WRONG;
        }
        if (!take_option(o, option, optarg, error))
            return OPTIONS_WRONG;
    }
    if (argv[optind] == NULL) {
        set_message(error, "which program is to be run?");
        return OPTIONS_WRONG;
    }
    o->program = argv + optind;
    return OPTIONS_RUN;
}

void options_free(struct options *o)
{
    free(o->names);
    free(o->process_ids);
    free(o->filter.paths);
    free(o->filter.not_paths);
}
