/* The filetap command: its verbs. */
#include <stdio.h>
#include <string.h>

#include "fltbox/box.h"
#include "trace.h"

static const struct verb {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} verbs[] = {
    {"run", "run a program and show every file that it opens", trace_main},
    {"watch", "show every file that programs of some name open, as root", trace_main},
    {"attach", "show every file that running processes open, as root", trace_main},
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

static void print_help(void)
{
    puts("Usage: filetap VERB [OPTION...]\n"
         "\n"
         "Shows every file that programs open: when, by which process, with which access,\n"
         "and whether it worked.\n"
         "\n"
         "Verbs:");
    for (size_t i = 0; i < VERB_COUNT; i++)
        printf("  %-10s %s\n", verbs[i].name, verbs[i].summary);
    puts("\n"
         "Options:\n"
         "  --version  show the version, and end\n"
         "  -h, --help show this text, and end; 'filetap VERB --help' for a verb's\n"
         "\n"
         "Examples:\n"
         "  filetap run tar -cf /tmp/etc.tar /etc\n"
         "  filetap run --failed -- python3 -c 'import json'\n"
         "  filetap watch nginx\n"
         "  filetap attach 4711");
}

static int usage(const char *what, const char *argument)
{
    if (argument != NULL)
        fprintf(stderr, "filetap: there is no %s '%s'; ", what, argument);
    else
        fprintf(stderr, "filetap: a verb is needed; ");
    fprintf(stderr, "the verbs are:");
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", verbs[i].name);
    fprintf(stderr, "\nfiletap: see 'filetap --help'\n");
    return BOX_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return usage(NULL, NULL);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help();
        return fflush(stdout) == 0 ? 0 : BOX_EXIT_FAILED;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("filetap " FILETAP_VERSION);
        return fflush(stdout) == 0 ? 0 : BOX_EXIT_FAILED;
    }
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(argv[1], verbs[i].name) == 0)
            return verbs[i].run(argc - 1, argv + 1);
    }
    return usage(argv[1][0] == '-' ? "option" : "verb", argv[1]);
}
