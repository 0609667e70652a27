"""Compares what nt_calls.exe has printed with what a trace shows of it, line by line."""
import difflib
import os
import re

DISPOSITIONS = ("Supersede", "Open", "Create", "OpenIf", "Overwrite", "OverwriteIf")
RESULTS = ("Superseded", "Opened", "Created", "Overwritten")
SHARES = ((1, "Read"), (2, "Write"), (4, "Delete"))
GENERIC = ((0x80000000, 0x00120089), (0x40000000, 0x00120116), (0x20000000, 0x001200A0),
           (0x10000000, 0x001F01FF))
OPTIONS = (
    (0x00000001, "Directory"), (0x00000002, "Write Through"), (0x00000004, "Sequential Access"),
    (0x00000008, "No Buffering"), (0x00000010, "Synchronous IO Alert"),
    (0x00000020, "Synchronous IO Non-Alert"), (0x00000040, "Non-Directory File"),
    (0x00000200, "No EA Knowledge"), (0x00000800, "Random Access"),
    (0x00001000, "Delete On Close"), (0x00004000, "Open For Backup"),
    (0x00200000, "Open Reparse Point"), (0x00400000, "Open No Recall"))
# What the calls that say less than NtCreateFile does come to.
QUERY = {"access": "0x00000080", "disposition": 1, "options": 0x00200000, "attributes": 0,
         "share": 7, "information": 1}
IMPLIED = {"NtDeleteFile": dict(QUERY, access="0x00010000", options=0x00001000),
           "NtQueryAttributesFile": QUERY, "NtQueryFullAttributesFile": QUERY}


def names(flags, mask):
    found = [name for value, name in flags if mask & value]
    rest = mask & ~sum(value for value, _ in flags)
    return (*found, f"0x{rest:X}") if rest else tuple(found)


def mapped(access):
    for generic, rights in GENERIC:
        if access & generic:
            access = access & ~generic | rights
    return f"0x{access:08X}"


def shown(name):
    """The Windows path that stands for an NT name."""
    name = re.sub(r"^\\(\?\?|DosDevices)\\", "", name, flags=re.I)
    if name.startswith("UNC\\"):
        return "\\\\" + name[4:]
    if name.startswith("unix\\"):
        return "Z:" + name[4:]
    return name[:1].upper() + name[1:]


def without_end(path):
    """A backslash at the end says no more than that it is a directory."""
    return path.rstrip("\\") if path is not None and len(path) > 3 else path


def expected(line):
    line = dict(line, **IMPLIED.get(line["call"], {}))
    success = int(line["status"], 16) < 0x80000000
    return {
        "path": without_end(shown(line["name"])),
        "desired_access": mapped(int(line["access"], 16)),
        "disposition": DISPOSITIONS[line["disposition"]],
        "options": names(OPTIONS, line["options"]),
        "attributes": f"0x{line['attributes']:08X}",
        "share": names(SHARES, line["share"]),
        "status": "0x" + line["status"][2:].upper(),
        "open_result": RESULTS[line["information"]] if success else None,
    }


def traced(event):
    found = {key: event.get(key) for key in
             ("path", "desired_access", "disposition", "options", "attributes", "share", "status",
              "open_result")}
    found["path"] = without_end(found["path"])
    for key in ("options", "share"):
        found[key] = tuple(found[key] or ())
    return found


def comparable(fields, whole):
    """
    What must be equal. Of a file that was opened the name may be as asked for or as on the disk,
    so that case does not count here; half a surrogate pair is in `nt_path` alone; of a very long
    name the trace has the beginning, the same that is then expected.
    """
    path = fields["path"] or ""
    if fields["open_result"] is not None:
        path = path.casefold()
    path = re.sub("[\ud800-\udfff]+", "\ufffd", re.sub("\ufffd+", "\ufffd", path))
    return (path[:whole], *(fields[key] for key in fields if key != "path"))


def is_windows(event):
    """Not what the program does by Linux' own calls, such as loading Wine's libraries."""
    path = event.get("path")
    return event.get("operation") == "CreateFile" and (path is None or not path.startswith("/"))


def between(events, directory, prefix):
    """The trace's lines of the process with these markers, by thread; 0 is the first."""
    begin, end = (f"{directory}\\{prefix}{which}-marker" for which in ("begin", "end"))
    events = [e for e in events if is_windows(e)]
    first = next((i for i, e in enumerate(events) if e["path"] == begin), None)
    if first is None:
        return None
    pid, tid = events[first]["pid"], events[first]["tid"]
    events = [e for e in events[first:] if e["pid"] == pid]
    last = next((i for i, e in enumerate(events) if e["path"] == end), None)
    if last is None:
        return None
    threads = {0: []}
    numbers = {tid: 0}
    for event in events[:last + 1]:
        if event["tid"] not in numbers:
            found = re.search(r"\\thread-(\d+)-", event["path"] or "")
            numbers[event["tid"]] = int(found[1]) if found else -event["tid"]
        threads.setdefault(numbers[event["tid"]], []).append(event)
    return threads


def nt_path_agrees(line, event):
    """Every unit of the name is in `nt_path`, after the volume's; case as for `path`."""
    path, nt_path = shown(line["name"]), event.get("nt_path") or ""
    volume = re.match(r"\\Device\\[^\\]+", nt_path)
    if volume is None:
        return False
    rest = nt_path[volume.end():].rstrip("\\")
    path = (path[1:] if path.startswith("\\\\") else path[2:]).rstrip("\\")
    if event.get("success"):
        rest, path = rest.casefold(), path.casefold()
    if event.get("path_truncated"):
        return len(rest) > 32000 and path.startswith(rest)
    # What Z: shows may be on any of Linux' mounts, each of which is a volume.
    return path.endswith(rest) if shown(line["name"]).startswith("Z:") else path == rest


def pairs(lines, events):
    """Those that belong together; None stands for what the other has not."""
    whole = min([len(e["path"] or "") for e in events if e.get("path_truncated")] or [1 << 20])
    a = [comparable(expected(line), whole) for line in lines]
    b = [comparable(traced(event), whole) for event in events]
    for what, i1, i2, j1, j2 in difflib.SequenceMatcher(None, a, b, False).get_opcodes():
        for k in range(max(i2 - i1, j2 - j1)):
            yield (lines[i1 + k] if i1 + k < i2 else None, events[j1 + k] if j1 + k < j2 else None,
                   what == "equal")


class Comparison:
    """`wrong`: of what disagrees, why, the printed line or None, the trace's line or None."""

    def __init__(self, drive):
        self.drive = drive
        self.compared = 0
        self.wrong = []
        self.files = set()

    def compare(self, lines, events, directory, prefix=""):
        threads = between(events, directory, prefix)
        if threads is None:
            self.wrong.append((f"no {prefix}begin-marker and {prefix}end-marker in the trace",
                               None, None))
            return
        lines = [line for line in lines if line["traced"]]
        for thread in sorted({line["thread"] for line in lines} | set(threads)):
            mine = [line for line in lines if line["thread"] == thread]
            for line, event, equal in pairs(mine, threads.get(thread, [])):
                self.compared += 1
                self.one(line, event, equal)

    def one(self, line, event, equal):
        if line is None or event is None:
            why = "not printed" if line is None else "not in the trace"
        elif not equal:
            a, b = expected(line), traced(event)
            why = ", ".join(f"{key} {b[key]!a:.300}, not {a[key]!a:.300}"
                            for key in a if a[key] != b[key])
        elif not nt_path_agrees(line, event):
            why = "nt_path"
        elif event["success"] and not self.leads_there(line, event):
            why = "unix_path does not lead to the file"
        else:
            return
        self.wrong.append((why, line, event))

    def on_disk(self, path):
        """Where Linux has it, or None: by looking for each component in any case."""
        at = {"C:": self.drive, "Z:": "/"}.get(path[:2])
        for component in filter(None, path[2:].split("\\")):
            if at is None or not os.path.isdir(at):
                return None
            found = [name for name in os.listdir(at) if name.casefold() == component.casefold()]
            if component in found:
                found = [component]
            at = os.path.join(at, found[0]) if len(found) == 1 else None
        return at

    def leads_there(self, line, event):
        there = self.on_disk(shown(line["name"]))
        if there is None or not os.path.exists(there):
            return True  # deleted since
        unix_path = event.get("unix_path")
        if unix_path is None or not os.path.exists(unix_path):
            return False
        self.files.add(os.path.realpath(unix_path))
        return os.path.samefile(os.fsencode(unix_path), there)
