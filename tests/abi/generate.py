"""
C that compiles only where the headers agree with the facts, and data that shows what a compiler
made of the headers: where bit-fields lie, and every offset.

Each check is one line, so that the line of a compiler's message tells which check failed.
"""

import re


class Check:
    def __init__(self, name, line, targets=("windows", "native")):
        self.name, self.line, self.targets = name, line, targets


def is_unnamed_record(kind):
    return re.match(r"^(struct|union)( \(|\[|$)", kind) is not None


def members_by_fact(record):
    """The members of a declared record by the path that the facts have for them."""
    return {field.replace("[0]", ""): field for field in record.fields}


class Checks:
    """All checks of the declared names, and what of them is not in the facts."""

    def __init__(self, declared, facts, speller):
        self.declared, self.facts, self.speller = declared, facts, speller
        self.checks = []
        self.bits = []  # (check name, C type, member path, byte, first bit, last bit)
        self.missing = []  # (kind, name) that the facts do not have
        for tag, record in sorted(declared.records.items()):
            self.record(tag, record)
        for name in sorted(declared.enumerators):
            self.enumerator(name)
        for name in declared.macros:
            self.constant(name)
        for name, inline in sorted(declared.functions.items()):
            self.function(name, inline)
        for name, of in sorted(declared.typedefs.items()):
            self.typedef(name, of)
        self.missing += [("variable", name) for name in sorted(declared.variables)]

    def add(self, *arguments):
        self.checks.append(Check(*arguments))

    def record(self, tag, record):
        fact = self.facts.records.get(tag)
        if not fact:
            self.missing.append(("record", tag))
            return
        kind = "%s %s" % (record.kind, tag)
        self.add("size of " + tag, '_Static_assert(sizeof(%s) == %d, "");' % (kind, fact.size))
        self.add("alignment of " + tag,
                 '_Static_assert(__alignof__(%s) == %d, "");' % (kind, fact.align))
        members, seen = members_by_fact(record), set()
        for path, byte, bits, field_type in fact.fields:
            member = members.get(path)
            if member is None and path.split(".")[0] in self.facts.records:
                path = path.partition(".")[2]  # of a base record, whose name the facts put first
                member = members.get(path)
                if not path:
                    continue
            name = "%s.%s" % (tag, path)
            if member is None:
                self.add("presence of " + name, '_Static_assert(0, "no such member");')
                continue
            seen.add(member)
            self.field(name, kind, member, byte, bits, field_type, record)
        self.missing += [("field", "%s.%s" % (tag, path))
                         for path, field in members.items() if field not in seen]

    def field(self, name, kind, member, byte, bits, field_type, record):
        if bits and member in record.bit_fields:
            self.bits.append(("bits of " + name, kind, member, byte, *bits))
            return
        self.add("offset of " + name, '_Static_assert(__builtin_offsetof(%s, %s) == %d, "");'
                 % (kind, member, byte))
        if bits or is_unnamed_record(field_type):
            return
        alias = "abi_type_%d" % len(self.checks)
        self.add("type of " + name, "typedef " + self.speller.declaration(field_type, alias) +
                 ' _Static_assert(__builtin_types_compatible_p(__typeof__(((%s *)0)->%s), %s), "");'
                 % (kind, member, alias))

    def enumerator(self, name):
        if name not in self.facts.enumerators:
            self.missing.append(("enumerator", name))
            return
        self.add("value of " + name, '_Static_assert((unsigned)(%s) == (unsigned)(%dLL), "");'
                 % (name, self.facts.enumerators[name]))

    def constant(self, name):
        value = self.facts.constants.get(name, self.facts.enumerators.get(name))
        if value is None:
            self.missing.append(("constant", name))
            return
        self.add("value of " + name, '_Static_assert((unsigned long long)(%s) == 0x%xULL, "");'
                 % (name, value & 0xFFFFFFFFFFFFFFFF))

    def function(self, name, inline):
        if name not in self.facts.functions:
            self.missing.append(("function", name))
            return
        module, header, signature = self.facts.functions[name]
        # Inline functions have no calling convention to agree on, and the native C library has its
        # own names for the types of its functions.
        windows_only = inline or header == "string.h"
        self.add("prototype of " + name,
                 self.speller.declaration(signature, name, "", "" if windows_only else "NTAPI "),
                 ("windows",) if windows_only else ("windows", "native"))

    def typedef(self, name, of):
        if re.match(r"^(struct|union|enum) %s$" % name, self.facts.typedefs.get(name, "")) \
                and name not in self.declared.tags:
            return  # it has no other name to compare with
        if name in self.facts.typedefs:
            self.add("typedef " + name, self.speller.declaration(self.facts.typedefs[name], name,
                                                                 "typedef "))
        elif not self.derived(name, of):
            self.missing.append(("typedef", name))

    def derived(self, name, of):
        """X or PX of a record or enumeration _X, whose own check says all there is to say."""
        tag = re.match(r"^(?:const )?(?:struct|union|enum) (\w+)(?: \*)?$", of)
        if tag:
            known = tag.group(1) in self.facts.records or tag.group(1) in self.declared.tags
            return known and name.endswith(tag.group(1).lstrip("_"))
        base = re.match(r"^(?:const )?(\w+) \*$", of)
        return bool(base) and re.match(r"^(P|PC|LP|LPC|PR)$", name[:-len(base.group(1))] or "-") \
            is not None and name.endswith(base.group(1))


def checks_source(source, checks, target):
    """The C text and, by line number, the checks in it."""
    lines, where = source.splitlines(), {}
    for check in checks:
        if target in check.targets:
            lines.append(check.line)
            where[len(lines)] = check
    return "\n".join(lines) + "\n", where


def data_source(source, checks):
    """
    Section .abilay: size, alignment and offsets of every declared record, one number each.
    Section .abiat: where in section .abi the record of each bit-field lies that has all its bits set.
    """
    numbers = []
    for tag, record in sorted(checks.declared.records.items()):
        kind = "%s %s" % (record.kind, tag)
        numbers += ["sizeof(%s)" % kind, "__alignof__(%s)" % kind]
        numbers += ["__builtin_offsetof(%s, %s)" % (kind, field)
                    for field in record.fields if field not in record.bit_fields]
    bits = list(enumerate(checks.bits))
    return "\n".join([
        source,
        '#define IN(name) __attribute__((section(name), used))',
        "extern const unsigned long long abi_layout[];",
        'const unsigned long long abi_layout[] IN(".abilay") = {%s};' % ",\n".join(numbers),
        "struct abi_bits { char first; %s };" % " ".join("%s m%d;" % (bit[1], i) for i, bit in bits),
        "extern const struct abi_bits abi_bits;",
        'const struct abi_bits abi_bits IN(".abi") = {0, %s};'
        % ", ".join(".m%d.%s = -1" % (i, bit[2]) for i, bit in bits),
        "extern const unsigned long long abi_at[];",
        'const unsigned long long abi_at[] IN(".abiat") = {%s};'
        % ", ".join("__builtin_offsetof(struct abi_bits, m%d)" % i for i, bit in bits),
        "",
    ])
