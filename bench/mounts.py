"""tracefs: opensnoop needs it, perf mounts it by itself. What was not there before is not there after."""
import os
import subprocess

TRACEFS = "/sys/kernel/tracing"


def mounted():
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return any(line.split()[4] == TRACEFS for line in file)


class Tracefs:
    def __init__(self, wanted):
        self.wanted = wanted

    def __enter__(self):
        self.before = mounted()
        if self.wanted and not self.before and os.geteuid() == 0 and os.path.isdir(TRACEFS):
            subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACEFS], check=False)
        return self

    def __exit__(self, *_):
        if not self.before and mounted():
            subprocess.run(["umount", TRACEFS], check=False)

    def note(self):
        if self.before or not self.wanted:
            return None
        if not mounted():
            return f"tracefs is not mounted on {TRACEFS} and could not be; opensnoop and perf need it"
        return f"tracefs, which was not mounted, is on {TRACEFS} until this ends"
