"""Compares headers with the facts through every compiler that is there."""

import os
import re
import subprocess
import tempfile

import declared
import facts
import generate
from targets import HEADERS, HERE, SOURCE, WARNINGS, compilers, tool


class Result:
    def __init__(self):
        self.passed = 0
        self.failures = []

    def check(self, ok, message):
        if ok:
            self.passed += 1
        else:
            self.failures.append(message)


def compile_text(compiler, flags, include, text, *more):
    command = [compiler.command, *flags, *include, *more, "-x", "c", "-"]
    return subprocess.run(command, input=text, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def check_headers(result, compiler, include):
    """Each header alone, as C and as C++, without a warning."""
    for header in HEADERS:
        before = "#include <ntifs.h>\n" if header == "fltUserStructures.h" else ""
        text = before + "#include <%s>\n" % header
        for language, flags in (("c", compiler.flags), ("c++", compiler.cxx_flags)):
            done = subprocess.run([compiler.command, *flags, *include, *WARNINGS, "-fsyntax-only",
                                   "-x", language, "-"], input=text, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            result.check(done.returncode == 0, "%s: <%s> alone as %s:\n%s" %
                         (compiler.name, header, language, done.stdout[:2000]))


def check_facts(result, compiler, include, checks):
    text, where = generate.checks_source(SOURCE, checks.checks, compiler.target)
    limit = ["-ferror-limit=0"] if "clang" in compiler.command else []
    done = compile_text(compiler, compiler.flags, include, text, "-w", "-fsyntax-only", *limit)
    failed, strange = {}, []
    for line in done.stdout.splitlines():
        found = re.match(r"^<stdin>:(\d+)(?::\d+)?: (?:fatal )?error: (.*)$", line)
        if found and int(found.group(1)) in where:
            failed.setdefault(int(found.group(1)), found.group(2))
        elif " error: " in line:
            strange.append(line)
    result.check(not strange and (done.returncode == 0 or failed),
                 "%s: %s" % (compiler.name, "\n".join(strange) or done.stdout[:2000]))
    for line, check in where.items():
        result.check(line not in failed, "%s: %s: %s\n    %s" % (
            compiler.name, check.name, failed.get(line), check.line[:300]))


def section(objdump, path, name):
    """The bytes of a section of an object file, ELF or COFF."""
    text = subprocess.run([objdump, "-s", "-j", name, path], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    rows = re.findall(r"^ ?[0-9a-f]+ ((?:[0-9a-f]{2,8} ?){1,4})", text, re.M)
    return bytes.fromhex("".join(rows).replace(" ", ""))


def numbers(data):
    return [int.from_bytes(data[i:i + 8], "little") for i in range(0, len(data), 8)]


def check_bits(result, compiler, data, at, checks, sizes):
    """Each bit-field that was set to ones must have set the bits the facts say, and no other."""
    for index, (name, kind, _, byte, first, last) in enumerate(checks.bits):
        start = at[index]
        size = sizes[kind.split()[1]]
        value = int.from_bytes(data[start:start + size], "little")
        expected = ((1 << (last - first + 1)) - 1) << (byte * 8 + first)
        result.check(value == expected, "%s: %s: ones at %x, not %x" %
                     (compiler.name, name, value, expected))


def check_data(result, compiler, include, checks, scratch, objdump):
    """Bit-fields against the facts. Returns the layout as this compiler sees it."""
    path = os.path.join(scratch, "data.o")
    done = compile_text(compiler, compiler.flags, include, generate.data_source(SOURCE, checks),
                        "-w", "-c", "-o", path)
    if done.returncode:
        result.check(False, "%s: data does not compile:\n%s" % (compiler.name, done.stdout[:2000]))
        return None
    at = numbers(section(objdump, path, ".abiat"))
    sizes = {tag: fact.size for tag, fact in checks.facts.records.items()}
    check_bits(result, compiler, section(objdump, path, ".abi"), at, checks, sizes)
    return numbers(section(objdump, path, ".abilay"))


def read_allowed():
    """{(kind, name): reason} from not-in-facts.txt."""
    allowed, kind, reason = {}, None, None
    with open(os.path.join(HERE, "not-in-facts.txt"), encoding="utf-8") as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            if line[0].isspace():
                allowed.update({(kind, name): reason for name in line.split()})
            else:
                kind, _, reason = line.strip().partition(": ")
    return allowed


def check_missing(result, checks, quiet):
    """What the facts do not have must be allowed, and what is allowed must be there."""
    allowed, groups = read_allowed(), {}
    for entry in checks.missing:
        result.check(entry in allowed, "not in the facts (see update-facts) and not in "
                     "not-in-facts.txt: %s %s" % entry)
        groups.setdefault((entry[0], allowed.get(entry, "no reason given")), []).append(entry[1])
    for entry in sorted(set(allowed) - set(checks.missing)):
        result.check(False, "not-in-facts.txt has %s %s, which the facts have or the headers "
                     "do not declare" % entry)
    if quiet:
        return
    print("not in the facts: %d" % len(checks.missing))
    for (kind, reason), names in groups.items():
        print("    %s: %s: %s" % (kind, reason, " ".join(names)))


def compare(result, include, quiet=False):
    """All of it but check_headers. `include`: compiler flags that lead to the headers."""
    objdump, found = tool("llvm-objdump", "llvm-objdump-14"), compilers()
    names = declared.Declared(found[0].command, found[0].flags + include, SOURCE)
    truth = facts.Facts(HERE)
    checks = generate.Checks(names, truth, facts.Speller(truth, names))
    layouts = []
    with tempfile.TemporaryDirectory() as scratch:
        for compiler in found:
            check_facts(result, compiler, include, checks)
            layouts.append(check_data(result, compiler, include, checks, scratch, objdump))
    for compiler, layout in zip(found[1:], layouts[1:]):
        result.check(layout and layout == layouts[0],
                     "%s and %s lay out records differently" % (found[0].name, compiler.name))
    check_missing(result, checks, quiet)
    if not quiet:
        print("%d records, %d constants, %d enumerators, %d functions, %d typedefs, %d compilers" % (
            len(names.records), len(names.macros), len(names.enumerators), len(names.functions),
            len(names.typedefs), len(found)))
