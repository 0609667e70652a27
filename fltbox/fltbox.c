/* The fltbox command: runs a program under minifilter drivers. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "box.h"

#define MAX_DRIVERS 32
#define MAX_VALUES  64

static const char help[] =
    "Usage: fltbox [OPTION...] DRIVER.sys [OPTION...] [DRIVER2.sys [OPTION...]...] -- PROGRAM "
    "[ARG...]\n"
    "       fltbox --list-exports\n"
    "\n"
    "Loads Windows minifilter drivers, unmodified, runs PROGRAM, and calls the drivers for each\n"
    "file that PROGRAM and its children open. What the drivers print goes to standard error.\n"
    "\n"
    "Options for a driver follow its name; before the first driver they are for that one:\n"
    "  --altitude N       its altitude, a decimal number such as 370020 (otherwise that of the\n"
    "                     INF beside it, otherwise one below 385000)\n"
    "  --reg NAME=VALUE   a value of its Parameters key: a number becomes a REG_DWORD, anything\n"
    "                     else a REG_SZ, a NAME given more than once a REG_MULTI_SZ\n"
    "\n"
    "Options for all:\n"
    "  --debug-print      show DbgPrintEx messages of every level, not only of errors, and set\n"
    "                     the value DebugPrint to 1 for every driver\n"
    "  --source NAME      where file activity comes from: bpf (for root), ptrace, or auto (the\n"
    "                     default): bpf where it can be had\n"
    "  --unix             show Windows programs (Wine) by their Linux calls\n"
    "  --stats            at the end, per driver: callbacks by operation, calls by function\n"
    "  --list-exports     list the kernel functions that drivers may import, and end\n"
    "  --version, --help  say so, and end\n"
    "\n"
    "Exit status: that of PROGRAM; 2 for wrong arguments and for a driver that cannot be loaded\n"
    "or started; 124 if activity was lost on its way to the drivers; 125 if fltbox failed, or a\n"
    "driver crashed, did not return or would not unload; 126 if PROGRAM cannot be run, 127 if\n"
    "it is not there.\n"
    "\n"
    "Examples:\n"
    "  fltbox --debug-print filetap.sys --reg Image=cat -- cat /etc/hostname\n"
    "  fltbox --stats high.sys --altitude 380000 low.sys --altitude 370000 -- make\n";

struct arguments {
    struct box_driver drivers[MAX_DRIVERS];
    struct box_registry_value values[MAX_DRIVERS][MAX_VALUES];
    size_t driver_count;
    struct box_options options;
    const char *source;
    bool unix_view, stats;
    char **program;
};

static _Noreturn void usage(const char *format, const char *what)
{
    fprintf(stderr, "fltbox: ");
    fprintf(stderr, format, what);
    fprintf(stderr, "\nfltbox: see 'fltbox --help'\n");
    exit(BOX_EXIT_USAGE);
}

/* "--name VALUE" and "--name=VALUE". NULL where argv[*i] is another option. */
static char *option_value(char **argv, int *i, const char *name)
{
    size_t length = strlen(name);

    if (strncmp(argv[*i], name, length) != 0)
        return NULL;
    if (argv[*i][length] == '=')
        return argv[*i] + length + 1;
    if (argv[*i][length] != '\0')
        return NULL;
    if (argv[*i + 1] == NULL)
        usage("option '%s' needs a value", name);
    return argv[++*i];
}

static void add_value(struct arguments *a, size_t driver, char *text)
{
    struct box_driver *d = &a->drivers[driver];
    char *equals = strchr(text, '=');

    if (equals == NULL || equals == text)
        usage("'%s' is not NAME=VALUE", text);
    if (d->value_count == MAX_VALUES)
        usage("too many values for one driver at '%s'", text);
    *equals = '\0';
    a->values[driver][d->value_count++] = (struct box_registry_value){text, equals + 1};
}

static void parse(struct arguments *a, char **argv)
{
    int i;
    char *value;

    for (i = 1; argv[i] != NULL && strcmp(argv[i], "--") != 0; i++) {
        size_t current = a->driver_count > 0 ? a->driver_count - 1 : 0;

        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(help, stdout);
            exit(0);
        } else if (strcmp(argv[i], "--version") == 0) {
            puts("fltbox " FILETAP_VERSION);
            exit(0);
        } else if (strcmp(argv[i], "--list-exports") == 0) {
            box_list_exports(stdout);
            exit(ferror(stdout) || fflush(stdout) != 0 ? BOX_EXIT_FAILED : 0);
        } else if (strcmp(argv[i], "--debug-print") == 0) {
            a->options.debug_print = true;
        } else if (strcmp(argv[i], "--unix") == 0) {
            a->unix_view = true;
        } else if (strcmp(argv[i], "--stats") == 0) {
            a->stats = a->options.count_calls = true;
        } else if ((value = option_value(argv, &i, "--source")) != NULL) {
            a->source = value;
        } else if ((value = option_value(argv, &i, "--altitude")) != NULL) {
            a->drivers[current].altitude = value;
        } else if ((value = option_value(argv, &i, "--reg")) != NULL) {
            add_value(a, current, value);
        } else if (argv[i][0] == '-') {
            usage("there is no option '%s'", argv[i]);
        } else {
            if (a->driver_count == MAX_DRIVERS)
                usage("too many drivers at '%s'", argv[i]);
            a->drivers[a->driver_count].values = a->values[a->driver_count];
            a->drivers[a->driver_count++].path = argv[i];
        }
    }
    if (a->driver_count == 0)
        usage("%s", "which driver? Its .sys file has to be named");
    if (argv[i] == NULL || argv[i + 1] == NULL)
        usage("%s", "which program? It follows '--'");
    a->program = &argv[i + 1];
}

static struct box *the_box;
static pid_t our_pid;
static volatile sig_atomic_t program_runs, interrupted;

/*
 * Before the program runs, each signal ends us. From then on a terminal's Ctrl-C and Ctrl-\ reach
 * the program by themselves, and what is sent to us we pass on. A driver that stands in the way of
 * either is given a little time.
 */
static void take_signal(int signo)
{
    int saved = errno;

    if (getpid() != our_pid) { /* the program, before its exec */
        signal(signo, SIG_DFL);
        raise(signo);
        return;
    }
    if (!program_runs)
        interrupted = signo;
    else if (signo == SIGTERM || signo == SIGHUP)
        box_signal(the_box, signo);
    box_hurry();
    errno = saved;
}

static void take_signals(struct box *box)
{
    static const int signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
    struct sigaction take = {.sa_handler = take_signal, .sa_flags = SA_RESTART};

    the_box = box;
    our_pid = getpid();
    if (!box_hurry_init())
        fprintf(stderr, "fltbox: no thread to watch over drivers: one that does not return has to "
                        "be killed\n");
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct sigaction before;

        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &take, NULL);
    }
}

/* Between two steps that come before the program: the end, where one was asked for. */
static void end_if_interrupted(struct box *box)
{
    if (!interrupted)
        return;
    box_close(box);
    box_exit_like(interrupted, 0); /* a wait status of just a signal's number is death by it */
}

static int fail(struct box *box, int status, char *error)
{
    char *save, *line;

    for (line = strtok_r(error, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
        fprintf(stderr, "fltbox: %s\n", line);
    free(error);
    box_close(box);
    return status;
}

int main(int argc, char **argv)
{
    static struct arguments a = {.source = "auto"};
    struct box_target target;
    struct box *box;
    char *error = NULL;
    int wait_status = 0, exec_error = 0, n, bad, status;
    uint64_t lost;
    pid_t pid;

    (void)argc;
    parse(&a, argv);
    box = box_open(&a.options, &error);
    if (box == NULL)
        return fail(NULL, BOX_EXIT_FAILED, error);
    take_signals(box);
    for (size_t i = 0; i < a.driver_count; i++) {
        if (box_load(box, &a.drivers[i], &error) != 0)
            return fail(box, BOX_EXIT_USAGE, error);
        end_if_interrupted(box);
    }
    target = (struct box_target){
        .source = a.source,
        .argv = a.program,
        .unix_view = a.unix_view,
    };
    status = box_start(box, &target, &pid, &error);
    if (status != 0)
        return fail(box, status, error);
    program_runs = true;
    end_if_interrupted(box);
    if (box_go(box, &error) != 0)
        return fail(box, BOX_EXIT_FAILED, error);
    while ((n = box_poll(box, -1)) >= 0)
        ;
    if (n != -ECHILD) {
        fprintf(stderr, "fltbox: cannot go on watching: %s\n", strerror(-n));
        box_close(box);
        return BOX_EXIT_FAILED;
    }
    box_result(box, &wait_status, &exec_error);
    if (a.stats)
        box_print_stats(box, stderr);
    if (box_warning(box) != NULL)
        fprintf(stderr, "fltbox: %s\n", box_warning(box));
    lost = box_lost(box);
    bad = box_unload(box);
    box_close(box);
    if (exec_error != 0)
        fprintf(stderr, "fltbox: cannot run '%s': %s\n", a.program[0], strerror(exec_error));
    else if (bad > 0)
        return BOX_EXIT_FAILED;
    else if (lost > 0)
        return BOX_EXIT_LOST;
    box_exit_like(wait_status, exec_error);
}
