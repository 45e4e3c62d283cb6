#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The binary interface: headers, symbol map and shared object agree; nothing that a program built against the stored baseline uses has changed.
docs/abi.md says why, tests/consumers.py runs such programs.
usage: tests/abi.py BUILD [--interface | --update-baseline | --freeze]
  --interface         only what headers, map, baselines and the shared object say
  --update-baseline   store the interface of this build as the one of the last commit
  --freeze            store all of this build as what programs of others were built against: after a release
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

import baseline

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, sys.argv[1])
LIB = f"{BUILD}/libpps/libpps.so.0"
BASELINE = f"{TOP}/abi/libpps.so.0.abi"
FROZEN = f"{TOP}/abi/baseline"  # headers, symbol map, interface, programs with their cases, and the Python package with its tests
WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
passed = failed = 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"{name}:\n{problem}")
    else:
        passed += 1


def sh(*command, **kw):
    return subprocess.run(command, capture_output=True, text=True, **kw)


def headers():
    d = f"{TOP}/include/pps"
    return sorted(f for f in os.listdir(d) if f.endswith(".h"))


def declared():
    names = set()
    for h in headers():
        with open(f"{TOP}/include/pps/{h}") as f:
            names |= set(re.findall(r"^PPS_API[^;]*?\b(pps_\w+)\(", f.read(), re.M))
    return names


def mapped():
    with open(f"{TOP}/libpps/libpps.sym") as f:
        return set(re.findall(r"^\s*(pps_\w+);", f.read(), re.M))


def exported():
    out = sh("nm", "-D", "--defined-only", "--without-symbol-versions", LIB, check=True).stdout
    return {line.split()[-1] for line in out.splitlines() if line.split()[-2] in "TDBRVW"}


def difference(a, b, na, nb):
    lines = [f"  {x} is in {na} but not in {nb}" for x in sorted(a - b)] + [f"  {x} is in {nb} but not in {na}" for x in sorted(b - a)]
    return "\n".join(lines)


def header_alone(header, command, suffix):
    with tempfile.NamedTemporaryFile("w", suffix=suffix) as f:
        f.write(f"#include <pps/{header}>\nint main(void) {{ return 0; }}\n")
        f.flush()
        r = sh(*command, f"-I{TOP}/include", "-fsyntax-only", f.name)
        return r.stderr


def abidiff():
    """Bit 8 of abidiff's exit is an incompatible change; bit 4 alone needs a new baseline in the same commit."""
    if not os.path.exists(BASELINE):
        return f"  no baseline: run tests/abi.py {sys.argv[1]} --update-baseline and commit it"
    r = sh("abidiff", "--no-unreferenced-symbols", "--headers-dir2", f"{TOP}/include/pps", BASELINE, LIB)
    if r.returncode & 8:
        return r.stdout + "  an incompatible change: the soname would have to change"
    if r.returncode:
        return r.stdout + r.stderr + f"  the interface grew: review, then tests/abi.py {sys.argv[1]} --update-baseline"
    return ""


def constants(include):
    """Every enumerator of the headers in a folder, with its number as the compiler sees it."""
    names = []
    for h in sorted(os.listdir(f"{include}/pps")):
        with open(f"{include}/pps/{h}") as f:
            code = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
        names += [n for body in re.findall(r"\benum \{(.*?)\}", code, re.S) for n in re.findall(r"\bPPS_\w+", body)]
    with tempfile.TemporaryDirectory() as d:
        with open(f"{d}/c.c", "w") as f:
            f.write("#include <pps/pps.h>\n#include <stdio.h>\nint main(void)\n{\n" +
                    "".join(f'\tprintf("{n} %lld\\n", (long long){n});\n' for n in names) + "\treturn 0;\n}\n")
        sh("gcc", f"-I{include}", f"{d}/c.c", "-o", f"{d}/c", check=True)
        return dict(line.split() for line in sh(f"{d}/c", check=True).stdout.splitlines())


def frozen_constants():
    """Enumerators are passed as int, so that the debug information, and abidiff, do not know of them."""
    now = constants(f"{TOP}/include")
    return "\n".join(f"  {n} was {v} and is {now.get(n, 'gone')}" for n, v in constants(f"{FROZEN}/include").items() if now.get(n) != v)


def frozen_symbols():
    with open(f"{FROZEN}/libpps.sym") as f:
        return "\n".join(f"  {n} is gone" for n in sorted(set(re.findall(r"^\s*(pps_\w+);", f.read(), re.M)) - exported()))


def frozen_interface():
    """What was added does not count; anything else does."""
    r = sh("abidiff", "--no-unreferenced-symbols", "--no-added-syms", "--headers-dir2", f"{TOP}/include/pps", f"{FROZEN}/libpps.so.0.abi", LIB)
    return r.stdout + r.stderr + "  programs that were built against the baseline would break (before the first release: tell of it in the changelog, and --freeze)" if r.returncode else ""


def freeze():
    shutil.rmtree(FROZEN, ignore_errors=True)
    shutil.copytree(f"{TOP}/include", f"{FROZEN}/include")
    shutil.copy(f"{TOP}/libpps/libpps.sym", FROZEN)
    shutil.copytree(f"{TOP}/examples/c", f"{FROZEN}/programs", ignore=lambda _, names: [n for n in names if not n.endswith(".c")])
    shutil.copy(f"{TOP}/tests/consumer_cases.py", f"{FROZEN}/cases.py")
    shutil.copytree(f"{TOP}/bindings/python/pps", f"{FROZEN}/python/pps", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(f"{TOP}/bindings/python/pps.i", f"{FROZEN}/python")
    os.makedirs(f"{FROZEN}/python/tests")
    for name in ("run", "place", *baseline.PACKAGE_TESTS):
        shutil.copy(f"{TOP}/tests/python/{name}.py", f"{FROZEN}/python/tests")
    store_interface(f"{FROZEN}/libpps.so.0.abi")


def store_interface(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    subprocess.run(["abidw", "--headers-dir", f"{TOP}/include/pps", "--drop-private-types", "--exported-interfaces-only", "--no-elf-needed",
                    "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--out-file", path, os.path.realpath(LIB)], check=True)


def tools_use_public_api():
    """The command line links only the shared library of ours and asks only for symbols of the map."""
    pps = f"{BUILD}/tools/pps"
    needed = re.findall(r"NEEDED.*\[(.*)\]", sh("readelf", "-d", pps, check=True).stdout)
    out = sh("nm", "-D", "--undefined-only", "--without-symbol-versions", pps, check=True).stdout
    asked = {x for x in re.findall(r"\b(pps_\w+)", out)}
    with_own = {x for x in re.findall(r" [tT] (pps_\w+)", sh("nm", pps).stdout)}
    problems = [f"  asks for {x}" for x in sorted(asked - mapped())] + [f"  has {x} of the library inside" for x in sorted(with_own & mapped())]
    if "libpps.so.0" not in needed:
        problems.append("  does not link libpps.so.0")
    problems += [f"  links {n}" for n in needed if n not in ("libpps.so.0", "libc.so.6", "libm.so.6", "libjansson.so.4", "libpthread.so.0")]
    return "\n".join(problems)


def main():
    if "--update-baseline" in sys.argv:
        store_interface(BASELINE)
        return 0
    if "--freeze" in sys.argv:
        store_interface(BASELINE)
        freeze()
        return 0
    check("headers and symbol map", difference(declared(), mapped(), "the headers", "libpps.sym"))
    check("symbol map and shared object", difference(mapped(), exported(), "libpps.sym", "libpps.so"))
    check("soname", "" if "libpps.so.0" in sh("readelf", "-d", LIB).stdout else "  not libpps.so.0")
    check("abidiff with the baseline", abidiff())
    check("numbers of the frozen baseline", frozen_constants())
    check("symbols of the frozen baseline", frozen_symbols())
    check("abidiff with the frozen baseline", frozen_interface())
    if "--interface" not in sys.argv:
        for h in headers():
            for c, cxx in (("gcc", "g++"), ("clang", "clang++")):
                check(f"{h} alone in C11, {c}", header_alone(h, [c, "-std=c11", *WARNINGS], ".c"))
                check(f"{h} alone in C++17, {cxx}", header_alone(h, [cxx, "-std=c++17", *WARNINGS], ".cc"))
        check("tools/pps uses the public interface alone", tools_use_public_api())
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
