"""One run: one work under one tracer, or untraced."""
import os
import re
import shutil
import time

from processes import Process

# How long a tracer that starts, and one that is behind at the end, may show nothing new.
PATIENCE = 20


class Failure(Exception):
    """Why there is no number: a line for people."""


class Timeout(Failure):
    def __init__(self):
        super().__init__("timeout")


class Run:
    """What came of it."""

    def __init__(self):
        self.operations = self.expected = self.ns = None
        self.seen = self.lost = self.peak = None
        self.error = None

    def ns_per_operation(self):
        return self.ns / self.operations


class Tail:
    """The lines of a growing file, looked through once each."""

    def __init__(self, path):
        self.path = path
        self.offset = 0
        self.rest = b""

    def shows(self, pattern):
        """Is there a new whole line that matches?"""
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                data = file.read()
        except FileNotFoundError:
            return False
        self.offset += len(data)
        *lines, self.rest = (self.rest + data).split(b"\n")
        return any(pattern.search(line) for line in lines)


class Measure:
    """What all runs have in common: the works' place, where traces go, and how long a run may take."""

    def __init__(self, place, scratch, limit):
        self.place = place
        self.launch = os.path.join(place.programs, "launch")
        self.scratch = scratch
        self.limit = limit
        self.output = os.path.join(scratch, "trace")
        self.deadline = None

    def start(self, command):
        return Process(self.launch, self.scratch, command)

    def run(self, work, tracer):
        run = Run()
        self.deadline = time.monotonic() + self.limit
        try:
            if tracer is None:
                self.untraced(run, work)
            elif tracer.wide or not (work.selected or tracer.blind):
                self.beside(run, work, tracer)
            else:
                self.wrapped(run, work, tracer)
        except Failure as failure:
            run.error = str(failure)
        finally:
            if os.path.exists(self.output):
                os.unlink(self.output)
        return run

    def await_end(self, process):
        if not process.wait(self.deadline - time.monotonic()):
            raise Timeout

    def untraced(self, run, work):
        process = self.start(work.command)
        try:
            self.await_end(process)
            read_report(run, process)
        finally:
            process.end()

    def wrapped(self, run, work, tracer):
        """The tracer runs the work."""
        process = self.start(tracer.command(found(tracer), self.output, work.command))
        try:
            self.await_end(process)
            check_status(tracer, process)
            read_report(run, process)
            self.read_trace(run, work, tracer, process)
        finally:
            process.end()

    def beside(self, run, work, tracer):
        """The tracer is there, and shows what it is to show, before the work starts."""
        sentinel = self.place.file("bench-sentinel")
        other = self.other_program(work.program)
        target = work.program if tracer.wide else [other, sentinel]
        opener = traced = self.start(tracer.command(found(tracer), self.output, target))
        try:
            if tracer.wide:
                opener = self.start([other, sentinel])
            tail = Tail(self.output)
            self.await_sight(traced, opener, tail, tracer, b"bench-sentinel")
            self.untraced(run, work)
            if tracer.wide:
                self.let_catch_up(traced, other, tail, tracer)
                traced.interrupt()
            opener.close_input()
            self.await_end(traced)
            check_status(tracer, traced)
            self.read_trace(run, work, tracer, traced)
        finally:
            if opener is not traced:
                opener.end()
            traced.end()

    def other_program(self, name):
        """The program that opens a file until it is told not to, under the name of the work's."""
        path = self.place.file(name)
        if not os.path.exists(path):
            shutil.copy(self.place.program("other"), path)
        return path

    def await_sight(self, traced, opener, tail, tracer, name):
        """Waits until the trace shows what opener opens; then opener stops opening."""
        pattern = re.compile(tracer.event(name, unnamed=rb"open\w*\("))
        patience = time.monotonic() + PATIENCE
        while not tail.shows(pattern):
            if traced.ended():
                raise Failure(complaint(traced) or "it ended too early")
            if time.monotonic() > self.deadline:
                raise Timeout
            if time.monotonic() > patience:
                raise Failure(f"it showed nothing in {PATIENCE} s")
            time.sleep(0.02)
        opener.write(b".")

    def let_catch_up(self, traced, other, tail, tracer):
        """What is opened after the work is shown after the work."""
        path = self.place.file("bench-last")
        opener = self.start([other, path])
        try:
            self.await_sight(traced, opener, tail, tracer, b"bench-last")
        finally:
            opener.end()

    def read_trace(self, run, work, tracer, process):
        if tracer.blind:
            return
        seen, lost = count(self.output, tracer, work)
        run.seen = seen if tracer.shows_names else seen - work.excess
        run.peak = process.result()[1]
        said = tracer.lost_in_errors(process.text("err"))
        run.lost = None if said is None else said + lost


def found(tracer):
    program = tracer.program()
    if not program:
        raise Failure("missing")
    return program


def complaint(process):
    """The first line that it wrote to its standard error."""
    lines = [line.strip() for line in process.text("err").splitlines() if line.strip()]
    return lines[0].removeprefix("filetap: ") if lines else ""


def check_status(tracer, process):
    status = process.result()[0]
    if status not in tracer.good_statuses:
        raise Failure(complaint(process) or f"exit status {status}")


def read_report(run, process):
    """The line that a work prints; see bench/works/work.h."""
    report = re.search(r"^work operations=(\d+) events=(\d+) ns=(\d+)$", process.text("out"), re.M)
    if not report:
        raise Failure(complaint(process) or f"no report, exit status {process.result()[0]}")
    run.operations, run.expected, run.ns = map(int, report.groups())


def count(path, tracer, work):
    """The work's events in a trace, and how many are said to be lost there."""
    pattern = re.compile(tracer.event(work.name, work.unnamed))
    seen = lost = 0
    with open(path, "rb") as file:
        for line in file:
            if pattern.search(line.rstrip(b"\n")):
                seen += 1
            else:
                lost += tracer.lost_in_output(line)
    return seen, lost
