#!/usr/bin/python3
"""
What it costs a Windows program under Wine that its opens are seen: the same opens with and without
tracers, in turn; medians, and ratios to the untraced run of the same round.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/wine"))
from prefix import Wine  # noqa: E402


def tracers(build):
    """Name, what stands before `wine`, changes of the environment. The last is slow."""
    filetap = os.path.join(build, "filetap")
    run = [filetap, "run", "-q", "-o", "/dev/null"]
    yield "none", [], {}
    yield "filetap run", [*run, "--"], {}
    yield "filetap run --format=jsonl", [*run, "--format=jsonl", "--"], {}
    yield "filetap run --unix", [*run, "--unix", "--"], {}
    yield "filetap run --name other.exe", [*run, "--name", "other.exe", "--"], {}
    yield "WINEDEBUG=+file", [], {"WINEDEBUG": "+file"}
    if shutil.which("strace"):
        yield ("strace -f -e openat",
               ["strace", "-f", "-qq", "-e", "trace=openat", "-o", "/dev/null"], {})


def measure(wine, before, changes, program, count):
    done = subprocess.run([*before, "wine", program, str(count)],
                          env=dict(wine.environment, **changes), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=600, check=True)
    return [float(word) for word in done.stdout.split()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=10000)
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    program = os.path.join(build, "bench/wine_opens.exe")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as d:
        wine = Wine(os.path.realpath(d))
        try:
            wine.start("wineboot", "-i").wait(120)
            wine.server("-p60")
            every = list(tracers(build))
            measured = {name: [] for name, _, _ in every}
            for _ in range(options.rounds):
                for name, before, changes in every:
                    count = options.count // (10 if before[:1] == ["strace"] else 1)
                    measured[name].append(measure(wine, before, changes, program, count))
        finally:
            wine.end()
    print(f"{'':32} {'opened and closed':>24} {'not found':>24}")
    for name, rounds in measured.items():
        print(f"{name:32}", end="")
        for which in range(2):
            times = statistics.median(r[which] for r in rounds)
            ratio = statistics.median(r[which] / n[which]
                                      for r, n in zip(rounds, measured["none"]))
            print(f" {times:12.1f} us {ratio:8.2f}", end="")
        print()


if __name__ == "__main__":
    main()
