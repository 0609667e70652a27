"""Processes that end when the benchmark ends, whatever ends it."""
import os
import subprocess

KILLED = 128 + 9


class Process:
    """A program under bench/launch.c. What it prints goes to files in the directory scratch."""

    running = []
    made = 0

    def __init__(self, launch, scratch, command):
        Process.made += 1
        self.base = os.path.join(scratch, f"process{Process.made}")
        with open(self.base + ".out", "wb") as out, open(self.base + ".err", "wb") as errors:
            # A session of its own: what is typed at the terminal reaches the benchmark only.
            self.popen = subprocess.Popen([launch, self.base + ".result", *command], stdout=out,
                                          stderr=errors, stdin=subprocess.PIPE, bufsize=0,
                                          start_new_session=True)
        Process.running.append(self)

    def ended(self):
        return self.popen.poll() is not None

    def wait(self, seconds):
        """False: it is still there after that time."""
        try:
            self.popen.wait(max(0.01, seconds))
            return True
        except subprocess.TimeoutExpired:
            return False

    def write(self, data):
        try:
            self.popen.stdin.write(data)
        except BrokenPipeError:
            pass

    def close_input(self):
        self.popen.stdin.close()

    def interrupt(self):
        self.popen.send_signal(subprocess.signal.SIGINT)

    def result(self):
        """Exit status and peak memory in KiB, once it has ended."""
        try:
            with open(self.base + ".result", encoding="ascii") as file:
                status, peak = file.read().split()
            return int(status), int(peak)
        except (OSError, ValueError):
            return KILLED, 0

    def text(self, what):
        with open(f"{self.base}.{what}", encoding="utf-8", errors="replace") as file:
            return file.read()

    def end(self):
        """Ends it if it has not ended, and forgets its files."""
        self.popen.stdin.close()
        if not self.ended():
            self.popen.terminate()
            if not self.wait(5):
                self.popen.kill()
                self.popen.wait()
        for suffix in (".out", ".err", ".result"):
            if os.path.exists(self.base + suffix):
                os.unlink(self.base + suffix)
        Process.running.remove(self)


def end_all():
    for process in list(Process.running):
        process.end()
