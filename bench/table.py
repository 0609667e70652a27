"""What is shown: a table for people, and every run as a row for programs."""
import statistics

HEADING = """\
NS      nanoseconds for one operation, as the work itself measures it; median of the rounds
RATIO   to the untraced run of the same round; median. RANGE: the lowest and the highest
SEEN    events of the work in the trace, of those that it made; the worst round
LOST    what the tracer itself says it lost, - if it never says; the worst round
MIB     peak memory of the tracer's process, the largest; what BPF programs and perf hold in the
        kernel is not in it
ROUNDS  how many there are numbers of"""

COLUMNS = "{:<8} {:<10} {:>9} {:>7} {:<15} {:>15} {:>8} {:>7} {:>6}"
WIDTH = 100


def round_ratio(runs, key, number):
    """A run's time to that of the untraced run of the same work and round; None if either is missing."""
    work, _ = key
    run, untraced = runs[key].get(number), runs.get((work, "none"), {}).get(number)
    if not run or not untraced or run.error or untraced.error:
        return None
    return run.ns_per_operation() / untraced.ns_per_operation()


def number_text(number):
    return "-" if number is None else str(number)


def ratio_text(ratio):
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}"


def failed_row(work, tracer, error):
    if error == "missing":
        text = "missing; `make bench-deps` installs it"
    elif error == "timeout":
        text = error
    else:
        text = "failed: " + error
    row = f"{work:<8} {tracer:<10} {text}"
    return row if len(row) <= WIDTH else row[:WIDTH - 3] + "..."


def seen_text(good):
    if good[0].seen is None or not good[0].expected:
        return "-"
    return f"{min(run.seen for run in good)}/{good[0].expected}"


def row(runs, key):
    work, tracer = key
    good = [run for run in runs[key].values() if not run.error]
    if not good:
        return failed_row(work, tracer, next(iter(runs[key].values())).error)
    ratios = [r for r in (round_ratio(runs, key, n) for n in runs[key]) if r is not None]
    spread = f"{ratio_text(min(ratios))}-{ratio_text(max(ratios))}" if len(ratios) > 1 else ""
    lost = max((run.lost for run in good if run.lost is not None), default=None)
    peak = max((run.peak for run in good if run.peak), default=None)
    return COLUMNS.format(
        work, tracer, f"{statistics.median(run.ns_per_operation() for run in good):.0f}",
        ratio_text(statistics.median(ratios)) if ratios else "-", spread if tracer != "none" else "",
        "" if tracer == "none" else seen_text(good), "" if tracer == "none" else number_text(lost),
        "" if tracer == "none" or not peak else f"{peak / 1024:.1f}", f"{len(good)}/{len(runs[key])}")


def table(runs):
    """runs: (work, tracer) -> round -> Run, in the order in which they are to be shown."""
    titles = ("WORK", "TRACER", "NS", "RATIO", "RANGE", "SEEN", "LOST", "MIB", "ROUNDS")
    lines = [HEADING, "", COLUMNS.format(*titles)]
    for work in dict.fromkeys(work for work, _ in runs):
        lines.append("")
        lines += [row(runs, key) for key in runs if key[0] == work]
    return "\n".join(lines)


def write_tsv(path, runs):
    with open(path, "w", encoding="utf-8") as file:
        print("round", "work", "tracer", "operations", "ns", "ratio", "expected", "seen", "lost", "peak_kib",
              "error", sep="\t", file=file)
        for (work, tracer), rounds in runs.items():
            for number, run in rounds.items():
                ratio = round_ratio(runs, (work, tracer), number)
                fields = [run.operations, run.ns, ratio and f"{ratio:.4f}", run.expected, run.seen, run.lost,
                          run.peak, run.error]
                print(number, work, tracer, *("" if field is None else field for field in fields),
                      sep="\t", file=file)
