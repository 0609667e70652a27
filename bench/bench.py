#!/usr/bin/python3 -B
"""The same works under filetap and under its peers, round by round, and one table in the end.
`make bench` runs it; docs/performance.md says how to read it."""
import argparse
import datetime
import os
import platform
import signal
import sys
import tempfile

import processes
import table
from measure import Measure
from mounts import Tracefs
from tracers import all_tracers
from workloads import WORKS, Place


def arguments(tracers):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="where filetap and the works are built")
    parser.add_argument("--works", default=" ".join(WORKS), help="which works, in this order")
    parser.add_argument("--tracers", default=" ".join(["none", *tracers]), help="which tracers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="how much of the work, 1 is all of it")
    parser.add_argument("--limit", type=float, default=120, help="seconds that a run may take")
    chosen = parser.parse_args()
    chosen.works, chosen.tracers = chosen.works.split(), chosen.tracers.split()
    for kind, names, known in (("work", chosen.works, WORKS), ("tracer", chosen.tracers, tracers)):
        for name in names:
            if name != "none" and name not in known:
                parser.error(f"there is no {kind} '{name}'; there are {', '.join(known)}")
    if chosen.rounds < 1 or chosen.scale <= 0:
        parser.error("rounds and scale must be above 0")
    return chosen


def rotated(items, by):
    by %= len(items)
    return items[by:] + items[:by]


def say(text):
    print(text, file=sys.stderr, flush=True)


def progress(number, rounds, work, tracer, run):
    what = run.error or f"{run.ns_per_operation():.0f} ns"
    say(f"round {number}/{rounds}  {work:<8} {tracer:<10} {what}")


def hopeless(rounds):
    """Not worth another try: it is missing, or took too long before."""
    return any(run.error in ("missing", "timeout") for run in rounds.values())


def run_rounds(chosen, tracers, works, measure, runs):
    for name, work in works.items():
        warm = measure.run(work, None)
        if warm.error:
            sys.exit(f"bench: {name} does not work untraced: {warm.error}")
    for number in range(1, chosen.rounds + 1):
        for name, work in works.items():
            for tracer in rotated(chosen.tracers, number - 1):
                rounds = runs[name, tracer]
                if hopeless(rounds):
                    continue
                run = measure.run(work, tracers.get(tracer))
                rounds[number] = run
                progress(number, chosen.rounds, name, tracer, run)


def show(chosen, tracers, runs):
    runs = {key: rounds for key, rounds in runs.items() if rounds}
    if not runs:
        return
    text = "\n".join([
        f"filetap bench, {datetime.date.today()}: rounds {chosen.rounds}, scale {chosen.scale:g}, "
        f"Linux {platform.release()}, {os.cpu_count()} processors", "", table.table(runs), ""])
    notes = [tracers[name].note for name in chosen.tracers if name != "none" and tracers[name].note]
    text += "".join("\n" + note for note in notes)
    print(text, flush=True)
    with open(os.path.join(chosen.build, "bench.txt"), "w", encoding="utf-8") as file:
        print(text, file=file)
    table.write_tsv(os.path.join(chosen.build, "bench.tsv"), runs)


def run_all(chosen, tracers, files, scratch, runs):
    place = Place(os.path.join(chosen.build, "bench"), files, chosen.scale)
    for name in ("bench-sentinel", "bench-last"):
        open(place.file(name), "w", encoding="ascii").close()
    works = {name: WORKS[name](place) for name in chosen.works}
    run_rounds(chosen, tracers, works, Measure(place, scratch, chosen.limit), runs)


def measure_all(chosen, tracers, runs):
    # The works' files are on a real file system, as fatrace sees no other; the traces are in memory where
    # that can be, so that no disk is measured.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else chosen.build
    with tempfile.TemporaryDirectory(prefix="bench-files.", dir=chosen.build) as files, \
            tempfile.TemporaryDirectory(prefix="bench-traces.", dir=memory) as scratch, \
            Tracefs(bool({"opensnoop", "perf"} & set(chosen.tracers))) as tracefs:
        try:
            if tracefs.note():
                say(tracefs.note())
            run_all(chosen, tracers, files, scratch, runs)
        finally:
            # From here on nothing interrupts: what was started ends, what was made goes.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            processes.end_all()


def interrupt(*_):
    raise KeyboardInterrupt


def main():
    chosen = arguments(all_tracers())
    chosen.build = os.path.abspath(chosen.build)
    tracers = all_tracers(chosen.build)
    runs = {(work, tracer): {} for work in chosen.works for tracer in chosen.tracers}
    signal.signal(signal.SIGTERM, interrupt)
    status = 0
    try:
        measure_all(chosen, tracers, runs)
    except KeyboardInterrupt:
        say("bench: interrupted")
        status = 130
    show(chosen, tracers, runs)
    return status


if __name__ == "__main__":
    sys.exit(main())
