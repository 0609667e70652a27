"""The facts: layouts, values and signatures that the headers must agree with, and C spelled from them."""

import csv
import os
import re

FILES = ("records.tsv", "constants.tsv", "enums.tsv", "functions.tsv", "typedefs.tsv")


def read_rows(directory, name):
    """Header and rows of one table; every row has as many columns as the header."""
    with open(os.path.join(directory, name), encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    header = rows[0]
    return header, [row + [""] * (len(header) - len(row)) for row in rows[1:]]


class Record:
    def __init__(self, size, align):
        self.size, self.align = size, align
        self.fields = []  # (path, byte offset, (first, last) bit or None, type)


class Facts:
    def __init__(self, directory):
        self.records, self.constants, self.enumerators = {}, {}, {}
        self.functions, self.typedefs = {}, {}
        for name, size, align, field, offset, kind in read_rows(directory, "records.tsv")[1]:
            if not field:
                self.records[name] = Record(int(size), int(align))
                continue
            byte, _, bits = offset.partition(":")
            first, _, last = bits.partition("-")
            place = (int(first), int(last or first)) if bits else None
            self.records[name].fields.append((field, int(byte), place, kind))
        for name, value in read_rows(directory, "constants.tsv")[1]:
            self.constants[name] = int(value, 16)
        for name, enum, value in read_rows(directory, "enums.tsv")[1]:
            self.enumerators[name] = int(value)
        for name, module, irql, header, signature in read_rows(directory, "functions.tsv")[1]:
            self.functions[name] = (module, header, signature)
        for name, of, header in read_rows(directory, "typedefs.tsv")[1]:
            self.typedefs[name] = of


KEYWORDS = set(
    "void char short int long signed unsigned float double const volatile struct union enum "
    "_Bool __typeof__ NTAPI __unaligned __ptr32 __ptr64".split()
)


def match_parenthesis(text, start):
    """Index just after the parenthesis that closes the one at `start`."""
    depth = 0
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index + 1
    raise ValueError("unbalanced: " + text)


def split_parameters(text):
    parts, depth, current = [], 0, ""
    for char in text:
        depth += {"(": 1, ")": -1, "[": 1, "]": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += char
    if current.strip():
        parts.append(current.strip())
    return parts


class Speller:
    """
    Turns types as the facts spell them into C that both targets read alike: integer types by their
    Windows width, every function type with NTAPI, typedefs that the headers do not declare replaced
    by what they stand for.
    """

    def __init__(self, facts, declared):
        self.facts, self.declared, self.tags = facts, declared.typedefs, declared.tags

    def type(self, text, depth=0):
        text = re.sub(r"\s*__attribute__\(\((stdcall|cdecl)\)\)", "", text).strip()
        text = re.sub(r"\b__int64\b", "long long", text)
        text = re.sub(r"\b__unaligned\b", "", text)
        text = re.sub(r"\bunsigned long\b(?! long)", "ULONG", text)
        text = re.sub(r"(?<!long )(?<!unsigned )\blong\b(?! long| double)", "LONG", text)
        text = text.replace("(*", "(NTAPI *")
        # A type without a tag is spelled with its typedef's name in the place of one.
        text = re.sub(r"\b(?:struct|union|enum) (\w+)", lambda found: found.group(1)
                      if found.group(1) in self.declared and found.group(1) not in self.tags
                      else found.group(0), text)
        return re.sub(r"(?<!struct )(?<!union )(?<!enum )\b[A-Za-z_]\w*\b",
                      lambda found: self.word(found.group(0), depth), text)

    def word(self, word, depth):
        if word in KEYWORDS or word in self.declared or word not in self.facts.typedefs:
            return word
        if depth > 20:
            raise ValueError("typedef loop at " + word)
        return "__typeof__(" + self.type(self.facts.typedefs[word], depth + 1) + ")"

    def declaration(self, of, name, prefix="", convention="NTAPI "):
        """C that declares `name` with the type `of`."""
        function = re.match(r"^([^()]*?)\s*(\(.*)$", of)
        if function and not function.group(2).startswith("(*"):
            parameters = function.group(2)
            parameters = parameters[1:match_parenthesis(parameters, 0) - 1]
            kinds = [self.parameter(p) for p in split_parameters(parameters)] or ["void"]
            return "%s%s %s(%s)(%s);" % (prefix, self.type(function.group(1)), convention,
                                          name, ", ".join(kinds))
        array = re.match(r"^(.*?)((?:\[\d*\])+)$", of)
        if array:
            return "%s%s %s%s;" % (prefix, self.type(array.group(1)), name, array.group(2))
        return "%s__typeof__(%s) %s;" % (prefix, self.type(of), name)

    def parameter(self, text):
        """A parameter's type, its name removed."""
        if text in ("...", "void"):
            return text
        if "(*" in text:
            return self.type(re.sub(r"\(\*\s*\w+\)", "(*)", text))
        found = re.match(r"^(.*[\s*])([A-Za-z_]\w*)((?:\[\d*\])*)$", text)
        words = re.findall(r"[A-Za-z_]\w*", found.group(1)) if found else []
        if not found or all(word in ("const", "volatile", "struct", "union", "enum", "unsigned")
                            for word in words):
            return self.type(text)
        return self.type(found.group(1).strip()) + (" *" if found.group(3) else "")
