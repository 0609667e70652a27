"""What the headers declare, read from the compiler: its syntax tree and its list of macros."""

import json
import re
import subprocess


class Record:
    def __init__(self, tag, kind):
        self.tag, self.kind = tag, kind
        self.fields = []  # dotted paths, arrays of unnamed records with [0]
        self.bit_fields = set()


class Declared:
    """Names by kind. Only what stands in the headers: the compiler's own declarations are left out."""

    def __init__(self, compiler, flags, source):
        self.records, self.enumerators, self.functions = {}, {}, {}
        self.typedefs, self.variables, self.macros, self.tags = {}, set(), [], set()
        tree = subprocess.run(
            [compiler, *flags, "-fsyntax-only", "-w", "-Xclang", "-ast-dump=json", "-x", "c", "-"],
            input=source, text=True, stdout=subprocess.PIPE, check=True).stdout
        root = json.loads(tree)
        for node in root["inner"]:
            self.declaration(node)
        self.list_macros(compiler, flags, source)

    def declaration(self, node):
        kind, name = node["kind"], node.get("name")
        if node.get("isImplicit"):
            return
        if kind in ("RecordDecl", "EnumDecl") and name:
            self.tags.add(name)
        if kind == "LinkageSpecDecl":
            for inner in node.get("inner", []):
                self.declaration(inner)
        elif kind == "RecordDecl" and node.get("completeDefinition"):
            if name:
                self.record(node)
        elif kind == "EnumDecl":
            for inner in node.get("inner", []):
                if inner["kind"] == "EnumConstantDecl":
                    self.enumerators[inner["name"]] = name or ""
        elif kind == "FunctionDecl":
            self.functions[name] = node.get("inline", False) or self.functions.get(name, False)
        elif kind == "TypedefDecl":
            self.typedefs[name] = node["type"]["qualType"]
        elif kind == "VarDecl":
            self.variables.add(name)

    def record(self, node):
        record = Record(node["name"], node["tagUsed"])
        self.records[record.tag] = record
        self.members(record, node, "")

    def members(self, record, node, prefix):
        last = None  # the record that the next field is of, where that has no name
        for inner in node.get("inner", []):
            if inner["kind"] == "RecordDecl" and inner.get("completeDefinition"):
                last = inner
                if inner.get("name"):
                    self.record(inner)
            elif inner["kind"] == "FieldDecl":
                self.field(record, inner, prefix, last)

    def field(self, record, node, prefix, last):
        name, spelled = node.get("name"), node["type"]["qualType"]
        if re.search(r"\((unnamed|anonymous) ", spelled):
            if not name:
                self.members(record, last, prefix)
                return
            record.fields.append(prefix + name)
            self.members(record, last, prefix + name + ("[0]" if spelled.endswith("]") else "") + ".")
            return
        if not name:  # a member that is a record of its own name, taken in without one
            tag = re.sub(r"^(struct|union) ", "", spelled)
            tag = re.sub(r"^(struct|union) ", "", self.typedefs.get(tag, tag))
            for path in self.records[tag].fields:
                record.fields.append(prefix + path)
            record.bit_fields.update(prefix + path for path in self.records[tag].bit_fields)
            return
        record.fields.append(prefix + name)
        if node.get("isBitfield"):
            record.bit_fields.add(prefix + name)

    def list_macros(self, compiler, flags, source):
        def macros(text):
            lines = subprocess.run([compiler, *flags, "-dM", "-E", "-x", "c", "-"], input=text,
                                   text=True, stdout=subprocess.PIPE, check=True).stdout
            return set(re.findall(r"^#define (\w+) \S", lines, re.M))

        candidates = sorted(macros(source) - macros(""))
        self.macros = self.integer_macros(compiler, flags, source, candidates)

    @staticmethod
    def integer_macros(compiler, flags, source, candidates):
        """Those that expand to integer constant expressions: the lines that compile."""
        lines = source.count("\n")
        test = source + "".join("enum { abi_%d = (int)(((%s) | 0) != 0) };\n" % (i, name)
                                for i, name in enumerate(candidates))
        errors = subprocess.run(
            [compiler, *flags, "-fsyntax-only", "-w", "-ferror-limit=0", "-x", "c", "-"],
            input=test, text=True, stderr=subprocess.PIPE, check=False).stderr
        failed = {int(line) - lines - 1 for line in re.findall(r"^<stdin>:(\d+):.*error:", errors, re.M)}
        return [name for i, name in enumerate(candidates) if i not in failed]
