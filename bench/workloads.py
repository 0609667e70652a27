"""The works: what is run, and how a trace shows that it was."""
import os

FILES_IN_DIRECTORY = 200


class Work:
    """command: what is run. name: a pattern that the last part of an opened path matches. program: the
    process that opens. unnamed: a pattern of the lines of a tracer that shows no paths; excess: how many
    of these are of something else. selected: whether it is this that is traced, or something else."""

    def __init__(self, command, name, program, unnamed, excess=0, selected=True):
        self.command = command
        self.name = name
        self.program = program
        self.unnamed = unnamed
        self.excess = excess
        self.selected = selected


class Place:
    """Where the works' programs and files are."""

    def __init__(self, programs, files, scale):
        self.programs = programs
        self.files = files
        self.scale = scale

    def program(self, name):
        return os.path.join(self.programs, "bench-" + name)

    def file(self, name):
        return os.path.join(self.files, name)

    def count(self, number):
        return max(2, round(number * self.scale))


def unnamed_call(program, call):
    """How perf shows the end of a call: in one line, or in a second one when something came between."""
    return program + rb"/\d+ +(?:\.\.\. \[continued\]: )?" + call + rb"\(.*\) += "


def opens(place, count, threads, name):
    command = [place.program("opens"), str(place.count(count)), str(threads), place.file(name)]
    return Work(command, name.encode(), "bench-opens", unnamed_call(b"bench-opens", rb"open\w*"))


def storm(place, threads):
    with open(place.file("bench-target"), "w", encoding="ascii") as file:
        file.write("x\n")
    return opens(place, 300_000, threads, "bench-target")


def make_tree(top, count):
    """count files of 1000 bytes; returns how many directories that takes, the top one among them."""
    for number in range(count):
        directory = os.path.join(top, f"d{number // FILES_IN_DIRECTORY:04}")
        if number % FILES_IN_DIRECTORY == 0:
            os.makedirs(directory)
        with open(os.path.join(directory, f"bench-leaf-{number:05}"), "wb") as file:
            file.write(b"x" * 1000)
    return 1 + -(-count // FILES_IN_DIRECTORY)


def tree(place):
    count = place.count(20_000)
    directories = make_tree(place.file("tree"), count)
    command = [place.program("tree"), str(count), place.file("tree")]
    # Only tar's opens of what it archives, directories among them, are O_NOFOLLOW.
    return Work(command, rb"bench-leaf-\d+", "tar", rb" tar/\d+ openat\(.*NOFOLLOW",
                excess=directories)


def execs(place):
    command = [place.program("execs"), str(place.count(2_000)), place.program("tiny")]
    # perf takes the name from before or after an execution, or has none yet. One is that of execs itself.
    programs = rb"(?:bench-tiny|bench-execs|:\d+)"
    return Work(command, b"bench-tiny", "bench-execs", unnamed_call(programs, b"execve"), excess=1)


def calls(place, selected):
    command = [place.program("calls"), str(place.count(2_000_000))]
    program = "bench-calls" if selected else "bench-other"
    return Work(command, b"bench-nothing", program, unnamed_call(b"bench-calls", rb"open\w*"),
                selected=selected)


WORKS = {
    "storm1": lambda place: storm(place, 1),
    "storm2": lambda place: storm(place, 2),
    "tree": tree,
    "missing": lambda place: opens(place, 200_000, 1, "bench-missing"),
    "execs": execs,
    "idle": lambda place: calls(place, False),
    "calls": lambda place: calls(place, True),
}
