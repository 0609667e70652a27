"""The compilers that the headers are for, and what is compiled with them."""

import collections
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SOURCE = "#include <ntddk.h>\n#include <fltKernel.h>\n"
HEADERS = ("ntdef.h", "wdm.h", "ntddk.h", "ntifs.h", "fltUserStructures.h", "fltKernel.h",
           "ntstrsafe.h")
WARNINGS = ["-Wall", "-Wextra", "-Werror"]

Compiler = collections.namedtuple("Compiler", "name target command flags cxx_flags")


def tool(*names):
    for name in names:
        if shutil.which(name):
            return name
    sys.exit("abi: none of %s is installed: install the packages clang and llvm" % ", ".join(names))


def compilers():
    clang = tool("clang", "clang-14")
    pe = ["--target=x86_64-pc-windows-msvc", "-nostdinc", "-ffreestanding", "-fms-extensions"]
    native = ["-fshort-wchar", "-fms-extensions"]
    found = [Compiler("clang for PE", "windows", clang, pe + ["-std=c11"], pe + ["-std=c++17"]),
             Compiler("clang", "native", clang, native + ["-std=gnu11"], native + ["-std=gnu++17"])]
    if shutil.which("gcc"):
        found.append(Compiler("gcc", "native", "gcc", native + ["-std=gnu11"],
                              native + ["-std=gnu++17"]))
    return found


def include_flags(folder=None):
    return ["-I" + (folder or os.path.join(ROOT, "include", "nt"))]
