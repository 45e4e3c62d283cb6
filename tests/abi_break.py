#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Breaks the binary interface on purpose, in a copy, in each way that somebody might, and sees tests/abi.py find it, and the baseline's Python package
fail with it; a change that breaks nothing passes. usage: tests/abi_break.py BUILD. The last line is "N passed, N failed".
"""
import functools
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import baseline

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, sys.argv[1])

# name; what is put in place of what, in which files; what tests/abi.py then says, or "" when it has nothing to say
BREAKS = [
    ("nothing", {}, ""),
    ("a comment", {"include/pps/ctx.h": [("/* what all handles of one program share */", "/* what handles share */")]}, ""),
    ("a function less", {"libpps/libpps.sym": [("\tpps_ctx_is_cancelled;\n", "")], "include/pps/ctx.h": [("PPS_API int pps_ctx_is_cancelled", "int pps_ctx_is_cancelled")]},
     "pps_ctx_is_cancelled is gone"),
    ("a function that is not in the map", {"libpps/libpps.sym": [("\tpps_ctx_is_cancelled;\n", "")]}, "is in the headers but not in libpps.sym"),
    ("enumerators in another order", {"include/pps/error.h": [("PPS_E_IO = -10", "PPS_E_IO = -11"), ("PPS_E_NOSPACE = -11", "PPS_E_NOSPACE = -10")]},
     "PPS_E_IO was -10 and is -11"),
    ("an enumerator less", {"include/pps/ctx.h": [("PPS_LOG_DEBUG = 7", "PPS_LOG_TRACE = 7")]}, "PPS_LOG_DEBUG was 7 and is gone"),
    ("another type of a parameter", {"include/pps/ctx.h": [("pps_ctx *ctx, int64_t seconds", "pps_ctx *ctx, int32_t seconds")],
                                     "libpps/base/ctx.c": [("pps_ctx *ctx, int64_t seconds", "pps_ctx *ctx, int32_t seconds")]}, "would break"),
    ("one parameter more", {"include/pps/ctx.h": [("pps_ctx_ref(pps_ctx *ctx)", "pps_ctx_ref(pps_ctx *ctx, int how)")],
                            "libpps/base/ctx.c": [("pps_ctx_ref(pps_ctx *ctx)\n{\n", "pps_ctx_ref(pps_ctx *ctx, int how)\n{\n\t(void)how;\n")]}, "would break"),
    ("another callback", {"include/pps/ctx.h": [("(*pps_log_fn)(int level,", "(*pps_log_fn)(long level,")]}, "would break"),
]
# name; the changes; what the baseline's Python package then says, or "" when it runs on
PACKAGE_BREAKS = [
    ("nothing", {}, ""),
    ("a function less", {"libpps/libpps.sym": [("\tpps_ctx_is_cancelled;\n", "")], "include/pps/ctx.h": [("PPS_API int pps_ctx_is_cancelled", "int pps_ctx_is_cancelled")]},
     "undefined symbol: pps_ctx_is_cancelled"),
    ("error codes in another order", {"include/pps/error.h": [("PPS_E_ARG = -2", "PPS_E_ARG = -3"), ("PPS_E_NOMEM = -3", "PPS_E_NOMEM = -2")]},
     "pps.errors.OutOfMemoryError: "),
]


def compile_again(copy, source):
    """The object of a source of the copy, as the build makes it, but with the copy's headers."""
    with open(f"{BUILD}/compile_commands.json") as f:
        commands = [c for c in json.load(f) if c["file"].endswith(f"/{source}") and "libpps-core.a.p" in c["output"]]
    words = shlex.split(commands[0]["command"])
    place = next(i for i, w in enumerate(words) if w.startswith("-I"))
    words[words.index("-c") + 1], words[words.index("-o") + 1] = f"{copy}/{source}", f"{copy}/changed.o"
    done = subprocess.run([*words[:place], f"-I{copy}/include", *words[place:]], cwd=BUILD, capture_output=True, text=True)
    return commands[0]["output"], done.stderr if done.returncode else ""


def link(copy, changed):
    """The copy's shared object, from the build's objects and the changed one; that nothing else was compiled again does not matter to
    what debug information and symbols say."""
    objects = [o for o in glob.glob(f"{BUILD}/libpps/libpps-core.a.p/*.o") if not o.endswith(f"/{os.path.basename(changed)}")]
    os.makedirs(f"{copy}/build/libpps")
    needed = subprocess.run(["readelf", "-d", f"{BUILD}/libpps/libpps.so.0"], capture_output=True, text=True, check=True).stdout
    libraries = [f"-l:{name}" for name in re.findall(r"NEEDED.*\[(lib.*)\]", needed)]
    done = subprocess.run(["gcc", "-shared", "-o", f"{copy}/build/libpps/libpps.so.0", *objects, f"{copy}/changed.o", "-Wl,-soname,libpps.so.0",
                           f"-Wl,--version-script={copy}/libpps/libpps.sym", *libraries], capture_output=True, text=True)
    return done.stderr if done.returncode else ""


def changed_library(copy, changes):
    """The library of the changed copy; what hindered it."""
    for folder in ("include", "abi"):
        shutil.copytree(f"{TOP}/{folder}", f"{copy}/{folder}")
    for path in ("tests/abi.py", "tests/baseline.py", "libpps/libpps.sym", "libpps/base/ctx.c"):
        os.makedirs(os.path.dirname(f"{copy}/{path}"), exist_ok=True)
        shutil.copy(f"{TOP}/{path}", f"{copy}/{path}")
    for path, pairs in changes.items():
        with open(f"{copy}/{path}") as f:
            text = f.read()
        for old, new in pairs:
            if len(re.findall(re.escape(old), text)) != 1:
                return f"{path}: \"{old}\" is not there once"
            text = text.replace(old, new)
        with open(f"{copy}/{path}", "w") as f:
            f.write(text)
    changed, problem = compile_again(copy, "libpps/base/ctx.c")
    return problem or link(copy, changed)


def verdict(copy, changes):
    """What tests/abi.py says to the changed copy: its exit code and words."""
    problem = changed_library(copy, changes)
    if problem:
        return None, problem
    done = subprocess.run([sys.executable, f"{copy}/tests/abi.py", "build", "--interface"], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def package_verdict(package, copy, changes):
    """What the baseline's Python package says when it runs with the library of the changed copy."""
    problem = changed_library(copy, changes)
    if problem:
        return None, problem
    said = package.test(f"{copy}/build/libpps", "test_errors")
    return (1 if said else 0), said


def is_found(label, judge, changes, expected):
    with tempfile.TemporaryDirectory(prefix="pps-abi-break.") as copy:
        code, said = judge(copy, changes)
    if code == (1 if expected else 0) and expected in said:
        return True
    print(f"{label}: exit {code}, expected {expected!r}\n{said}", flush=True)
    return False


def main():
    found = [is_found(name, verdict, changes, expected) for name, changes, expected in BREAKS]
    with tempfile.TemporaryDirectory(prefix="pps-abi-break.") as folder:
        package = baseline.Package(folder)
        found += [is_found(f"the Python package: {name}", functools.partial(package_verdict, package), changes, expected)
                  for name, changes, expected in PACKAGE_BREAKS]
    failed = found.count(False)
    print(f"{len(found) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
