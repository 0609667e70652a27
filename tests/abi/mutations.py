"""
Proves that the comparison notices: each mutation breaks one thing in a copy of the headers, and a
failure that names that thing must follow.
"""

import os
import re
import shutil
import tempfile

import compare
from targets import ROOT, include_flags

# What is broken, in which header, the text (a pattern), its replacement, what a failure must say.
MUTATIONS = (
    ("two fields change places", "fltKernel_types.h",
     r"    UCHAR MajorFunction;\n    UCHAR MinorFunction;\n",
     "    UCHAR MinorFunction;\n    UCHAR MajorFunction;\n",
     "offset of _FLT_IO_PARAMETER_BLOCK.MajorFunction"),
    ("an offset by lost alignment", "fltKernel_types.h",
     r"USHORT POINTER_ALIGNMENT FileAttributes;", "USHORT FileAttributes;",
     "offset of _FLT_PARAMETERS.Create.FileAttributes"),
    ("a field's type, of the same width", "fltKernel_types.h",
     r"(?m)^    ULONG IrpFlags;", "    LONG IrpFlags;", "type of _FLT_IO_PARAMETER_BLOCK.IrpFlags"),
    ("a record's size", "fltUserStructures.h",
     r"ULONGLONG MessageId;\n", "ULONGLONG MessageId;\n    ULONG Extra;\n",
     "size of _FILTER_MESSAGE_HEADER"),
    ("a bit-field's place", "ntifs_fsrtl.h", r"UCHAR Reserved : 4;", "UCHAR Reserved : 3;",
     "bits of _FSRTL_COMMON_FCB_HEADER.Version"),
    ("a constant", "fltKernel_types.h",
     r"(#define FLTFL_CALLBACK_DATA_POST_OPERATION\s+)0x00080000", r"\g<1>0x00040000",
     "value of FLTFL_CALLBACK_DATA_POST_OPERATION"),
    ("the sign extension of a constant", "ntstatus.h",
     r"(#define STATUS_OBJECT_NAME_NOT_FOUND\s+).*", r"\g<1>0xC0000034U",
     "value of STATUS_OBJECT_NAME_NOT_FOUND"),
    ("a bit-field that became a field", "ntddk.h", r"ULONG IsSubsystemProcess : 1;",
     "ULONG IsSubsystemProcess;", "_PS_CREATE_NOTIFY_INFO.IsSubsystemProcess"),
    ("an enumerator", "fltKernel.h", r"FLT_PREOP_SUCCESS_WITH_CALLBACK,",
     "FLT_PREOP_SUCCESS_WITH_CALLBACK = 1,", "value of FLT_PREOP_SUCCESS_NO_CALLBACK"),
    ("a parameter's type", "fltKernel_functions.h",
     r"(FltGetFileNameInformation\([^;]*?)FLT_FILE_NAME_OPTIONS", r"\g<1>USHORT",
     "prototype of FltGetFileNameInformation"),
    ("a missing parameter", "fltKernel_functions.h", r"FltStartFiltering\([^;]*\);",
     "FltStartFiltering(void);", "prototype of FltStartFiltering"),
    ("a return type", "ntifs.h", r"PEPROCESS NTAPI(\s+)IoThreadToProcess", r"PVOID NTAPI\1IoThreadToProcess",
     "prototype of IoThreadToProcess"),
    ("the calling convention of a function", "fltKernel_functions.h",
     r"void FLTAPI(\s+)FltUnregisterFilter", r"void\1FltUnregisterFilter",
     "clang: prototype of FltUnregisterFilter"),
    ("the calling convention of a callback", "fltKernel_types.h",
     r"\(FLTAPI \*PFLT_FILTER_UNLOAD_CALLBACK\)", "(*PFLT_FILTER_UNLOAD_CALLBACK)",
     "typedef PFLT_FILTER_UNLOAD_CALLBACK"),
    ("a typedef", "fltKernel_types.h", r"typedef USHORT FLT_CONTEXT_TYPE;",
     "typedef ULONG FLT_CONTEXT_TYPE;", "typedef FLT_CONTEXT_TYPE"),
    ("a constant that the facts do not have", "fltKernel.h", r"\Z", "\n#define FLT_MADE_UP 1\n",
     "not-in-facts.txt: constant FLT_MADE_UP"),
    ("a function that the facts do not have", "fltKernel.h", r"\Z", "\nvoid FLTAPI FltMadeUp(void);\n",
     "not-in-facts.txt: function FltMadeUp"),
    ("a field that the facts do not have", "fltKernel_types.h",
     r"    PVOID Argument1;\n", "    PVOID Argument1;\n    PVOID MadeUp[0];\n",
     "not-in-facts.txt: field _FLT_PARAMETERS.Others.MadeUp"),
)


def mutate(result, folder):
    """Applies all of them: each to a declaration of its own, so that none hides another."""
    for what, header, pattern, replacement, _ in MUTATIONS:
        path = os.path.join(folder, header)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        changed = re.sub(pattern, replacement, text, count=1)
        result.check(changed != text, "mutation '%s': nothing in %s to break" % (what, header))
        with open(path, "w", encoding="utf-8") as file:
            file.write(changed)


def check(result):
    broken = compare.Result()
    with tempfile.TemporaryDirectory() as scratch:
        copy = os.path.join(scratch, "nt")
        shutil.copytree(os.path.join(ROOT, "include", "nt"), copy)
        mutate(result, copy)
        compare.compare(broken, include_flags(copy), quiet=True)
    for what, header, _, _, expected in MUTATIONS:
        result.check(any(expected in failure for failure in broken.failures),
                     "mutation '%s' in %s was not noticed as '%s'" % (what, header, expected))
    print("mutations of the headers: %d, failures that they caused: %d" %
          (len(MUTATIONS), len(broken.failures)))
