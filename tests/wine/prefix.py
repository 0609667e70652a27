"""A Wine prefix of its own, for a test that runs Windows programs."""
import glob
import os
import shutil
import subprocess
import sys


def skip(why):
    print(why)
    sys.exit(77)


def need(script, *programs):
    """Skips the test where it cannot run; starts it again with a display where there is none."""
    if os.geteuid() != 0:
        skip("watching needs root")
    for program in ("wine", "wineserver", "xvfb-run", "xauth", *programs):
        if shutil.which(program) is None:
            skip(f"{program} is not installed (make test-wine installs it)")
    if len(sys.argv) == 1:
        os.execvp("xvfb-run", ["xvfb-run", "-a", sys.executable, script, "with-display"])


def named(program):
    """Processes whose first thread has that name, as far as the kernel keeps it, in any case."""
    name = program[:15].lower()
    found = []
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                if file.read()[:-1].lower() == name:
                    found.append(int(path.split("/")[2]))
        except OSError:
            pass
    return found


class Wine:
    def __init__(self, d):
        self.prefix = os.path.join(d, "prefix")
        self.drive = os.path.join(self.prefix, "drive_c")
        self.environment = dict(os.environ, WINEPREFIX=self.prefix, WINEDEBUG="-all",
                                WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe=")
        self.started = []

    def start(self, *arguments, **how):
        process = subprocess.Popen(["wine", *arguments], env=self.environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
        self.started.append(process)
        return process

    def server(self, option):
        try:
            subprocess.run(["wineserver", option], env=self.environment, timeout=15,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            pass

    def stop(self):
        """Ends what runs in it; it can be used again."""
        self.server("-k")
        self.server("-w")

    def end(self):
        self.stop()
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()
        # Debian's wineserver notes the directory that it made, and leaves it behind.
        try:
            with open(os.path.join(self.prefix, "wineserver"), encoding="ascii") as file:
                made = file.read().strip()
            if made.startswith("wine-") and "/" not in made:
                shutil.rmtree(os.path.join("/tmp", made), ignore_errors=True)
        except OSError:
            pass
