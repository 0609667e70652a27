/* What `filetap VERB --help` says: pieces, some of which are for some verbs only. */
#include "options.h"

#define RUN    (1 << VERB_RUN)
#define WATCH  (1 << VERB_WATCH)
#define ATTACH (1 << VERB_ATTACH)
#define ALL    (RUN | WATCH | ATTACH)

static const struct {
    unsigned verbs;
    const char *text;
} pieces[] = {
    {RUN, "Usage: filetap run [OPTION...] [--] PROGRAM [ARG...]\n"
          "\n"
          "Runs PROGRAM and shows every file that it and its children open or execute:\n"
          "when, which process, with which access (r, w, x), and what came of it.\n"},
    {WATCH, "Usage: filetap watch [OPTION...] PATTERN...\n"
            "\n"
            "Shows every file that programs of these names open or execute, wherever on this\n"
            "machine they run and whenever they start, until Ctrl-C: when, which process,\n"
            "with which access (r, w, x), and what came of it. A PATTERN is compared with\n"
            "the name of a program's file, and with the name that was executed: a link's\n"
            "(python3 for python3.11), a script's. A Windows program under Wine has its\n"
            "Windows name. * and ? match as in the shell, capitals do not matter.\n"},
    {ATTACH, "Usage: filetap attach [OPTION...] PID...\n"
             "\n"
             "Shows every file that these processes, and those that they start from now on,\n"
             "open or execute, until they have ended or Ctrl-C: when, which process, with\n"
             "which access (r, w, x), and what came of it.\n"},
    {ALL, "\nWhat is traced:\n"},
    {RUN, "  --name PATTERN     processes whose program's name matches, instead of PROGRAM\n"
          "                     and its children: the name of its file (dash) or the one\n"
          "                     that was executed (sh, a script's); * and ? match as in\n"
          "                     the shell, capitals do not matter; may be given more than\n"
          "                     once\n"},
    {ALL, "  --no-children      not the children of the processes selected\n"
          "  --failed           only what failed\n"
          "  --directories      opens of directories too\n"
          "  --path GLOB        only paths that match, as they are shown, or the name that\n"
          "                     was asked for; * matches / too; may be given more than once\n"
          "                     (a path then has to match one of them). For Windows' paths\n"
          "                     (C:\\x, \\Device\\x) capitals do not matter, and \\ stands for\n"
          "                     itself\n"
          "  --not-path GLOB    no paths that match; may be given more than once\n"},
    {WATCH | ATTACH, "  --duration TIME    end after TIME: 10, 1.5 (seconds), 200ms, 5m, 2h\n"
                     "  --count N          end after N events\n"},
    {ALL, "\nHow it is shown:\n"},
    {RUN, "  -o, --output FILE  write the trace to FILE, - for standard output (default:\n"
          "                     standard error)\n"},
    {WATCH | ATTACH, "  -o, --output FILE  write the trace to FILE (default: standard output)\n"},
    {ALL, "  --format FORMAT    text (the default), csv (Process Monitor's columns) or\n"
          "                     jsonl (one JSON object a line)\n"
          "  --errno            text: failures in the system's own words (ENOENT)\n"
          "  --requested        text: after a path the name that was asked for, where that\n"
          "                     is another: /usr/bin/python3.11 <- /usr/bin/python3\n"
          "  --nt-names         show NT names (\\Device\\HarddiskVolume1\\etc\\hosts)\n"
          "  --unix             show Windows programs (Wine) by their Linux calls\n"
          "  -q, --quiet        no summary at the end\n"
          "  --stats            once a second, on standard error: events a second, lost,\n"
          "                     processes selected; the trace must go to a file (-o)\n"
          "  -v, --verbose      say which source is used and why, and at the end what the\n"
          "                     source could not see; with --requested\n"
          "  --ready-fd N       write a line to file descriptor N, and close it, when what\n"
          "                     happens is seen\n"
          "\nHow it is done:\n"
          "  --source NAME      where file activity comes from: bpf (the whole machine, for\n"
          "                     root), ptrace (only what filetap starts), or auto (the\n"
          "                     default): bpf where it can be had\n"
          "  --ring-size SIZE   of the buffer between the kernel and filetap, with bpf:\n"
          "                     bytes, or with K, M or G (default: 32M)\n"
          "  --driver FILE      the driver (default: filetap.sys beside this program, or\n"
          "                     in ../lib/filetap from there)\n"
          "  --lossy            do not let lost events change the exit status\n"
          "  --version          show the version, and end\n"
          "  -h, --help         show this text, and end\n"},
    {RUN, "\n"
          "Exit status: that of PROGRAM; 2 for wrong arguments and for a driver that cannot\n"
          "be used; 124 if events were lost; 125 if filetap failed, or could not write\n"
          "the trace; 126 if PROGRAM cannot be run; 127 if it is not there.\n"
          "\n"
          "Examples:\n"
          "  filetap run tar -cf /tmp/etc.tar /etc\n"
          "  filetap run --failed -- python3 -c 'import json'\n"
          "  filetap run --name 'cc1*' --path '*.h' -o headers.txt -- make\n"
          "  filetap run --format=csv -o trace.csv -- git status\n"},
    {WATCH | ATTACH, "\n"
                     "Exit status: 0; 2 for wrong arguments and for a driver that cannot be used;\n"
                     "124 if events were lost; 125 if filetap failed, or could not write the\n"
                     "trace.\n"
                     "\n"
                     "Examples:\n"},
    {WATCH, "  filetap watch nginx\n"
            "  filetap watch --failed --duration 60 'python*'\n"
            "  filetap watch --format jsonl -o all.jsonl --stats '*'\n"
            "  filetap watch notepad.exe\n"},
    {ATTACH, "  filetap attach $(pidof sshd)\n"
             "  filetap attach --no-children --count 100 4711\n"},
};

void options_print_help(enum verb verb, FILE *out)
{
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        if (pieces[i].verbs & 1u << verb)
            fputs(pieces[i].text, out);
    }
}
