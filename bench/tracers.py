"""The tracers: how each is called, and how its output is read."""
import os
import re
import shutil

CALLS = "open,openat,openat2,creat,execve,execveat"


class Tracer:
    """wide: it watches the whole machine and is there before the work; else it runs the work itself."""

    wide = False
    blind = False  # it shows nothing, and is only there
    shows_names = True
    note = None
    good_statuses = (0,)

    def __init__(self, name, *programs):
        self.name = name
        self.programs = programs

    def program(self):
        """Its path, or None where it is not installed."""
        path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
        return next(filter(None, (shutil.which(p, path=path) for p in self.programs)), None)

    def command(self, program, output, target):
        """The command; target is what it runs, or where it is wide the name of a process."""
        raise NotImplementedError

    def event(self, name, unnamed):
        """A pattern of the lines that show an open of a file whose last part matches name."""
        raise NotImplementedError

    def lost_in_output(self, line):
        return 0

    def lost_in_errors(self, errors):
        """None: it never says."""
        return None


class Floor(Tracer):
    blind = True
    note = "floor: no tracer, but empty BPF programs on the two tracepoints of system calls"

    def __init__(self, name, build):
        super().__init__(name, os.path.join(build, "bench", "floor"))
        self.object = os.path.join(build, "bench", "floor.o")

    def command(self, program, output, target):
        return [program, self.object, *target]


class Filetap(Tracer):
    # 124: events were lost, which the table shows.
    good_statuses = (0, 124)

    def __init__(self, name, path, source):
        super().__init__(name, path)
        self.source = source

    def command(self, program, output, target):
        return [program, "run", "--source", self.source, "--format", "jsonl", "-o", output, "--", *target]

    def event(self, name, unnamed):
        return rb'"path":"[^"]*/' + name + rb'"'

    def lost_in_errors(self, errors):
        return sum(int(n) for n in re.findall(r", (\d+) lost\b", errors))


class FiletapWatch(Filetap):
    wide = True
    good_statuses = (0, 124, 130)

    def __init__(self, name, path):
        super().__init__(name, path, None)

    def command(self, program, output, target):
        return [program, "watch", "--format", "jsonl", "-o", output, target]


class Strace(Tracer):
    def command(self, program, output, target):
        return [program, "-f", "--seccomp-bpf", "-e", "trace=" + CALLS, "-o", output, *target]

    def event(self, name, unnamed):
        return rb'^\d+ +\w+\([^"]*"(?:[^"]*/)?' + name + rb'"'


class Opensnoop(Tracer):
    wide = True
    good_statuses = (0, 130)
    note = "opensnoop: the whole machine; no executions; of a path what the program wrote"

    def command(self, program, output, target):
        return ["sh", "-c", 'exec "$0" >"$1"', program, output]

    def event(self, name, unnamed):
        return rb"[ /]" + name + rb"$"

    def lost_in_errors(self, errors):
        return sum(int(n) for n in re.findall(r"[Ll]ost (\d+) (?:events|samples)", errors))


class Fatrace(Tracer):
    wide = True
    good_statuses = (0, 130)
    note = ("fatrace: the whole machine; only opens that succeed; equal events that wait for it are one,\n"
            "and that is not said")

    def command(self, program, output, target):
        return [program, "-f", "O", "-o", output]

    def event(self, name, unnamed):
        return rb": \S*O\S* +/.*/" + name + rb"$"


class Perf(Tracer):
    shows_names = False
    note = "perf: names of files are not shown, only pointers; counted are the calls of the program"

    def command(self, program, output, target):
        return [program, "trace", "-o", output, "-e", CALLS, "--", *target]

    def event(self, name, unnamed):
        return unnamed

    def lost_in_output(self, line):
        found = re.search(rb"LOST (\d+) events", line)
        return int(found.group(1)) if found else 0

    def lost_in_errors(self, errors):
        return sum(int(n) for n in re.findall(r"LOST (\d+) events", errors))


def all_tracers(build="build"):
    filetap = os.path.join(build, "filetap")
    tracers = [
        Floor("floor", build),
        Filetap("bpf", filetap, "bpf"),
        FiletapWatch("watch", filetap),
        Filetap("ptrace", filetap, "ptrace"),
        Strace("strace", "strace"),
        Opensnoop("opensnoop", "opensnoop", "opensnoop-bpfcc"),
        Fatrace("fatrace", "fatrace"),
        Perf("perf", "perf"),
    ]
    return {tracer.name: tracer for tracer in tracers}
