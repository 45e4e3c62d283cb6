#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Programs of others on libpps: those of examples/c, built from an installed prefix in every way that a user may, and run; and those
of the stored baseline and its Python package, built against its headers and symbols, run with the library of today. usage: tests/consumers.py BUILD

The last line is "N passed, N failed".
"""
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile

import baseline

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(TOP, sys.argv[1])
BASELINE = baseline.BASELINE
WARNINGS = ["-std=c11", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror"]
passed = failed = 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"{name}: {problem}", flush=True)
    else:
        passed += 1


def sh(*command, **kw):
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **kw)


def must(*command, **kw):
    done = sh(*command, **kw)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Prefix:
    """What `meson install` makes, under a folder."""

    def __init__(self, folder):
        must("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", env={**os.environ, "DESTDIR": folder})
        pc = must("find", folder, "-name", "libpps.pc").strip()
        lib = must("find", folder, "-name", "libpps.so.0").split()[0]
        with open(pc) as f:
            text = f.read()
        with open(pc, "w") as f:  # as whoever moves a prefix does
            f.write(re.sub(r"(?m)^prefix=", f"prefix={folder}", text))
        self.environment = {**os.environ, "PKG_CONFIG_LIBDIR": os.path.dirname(pc),  # of libpps alone
                            "LD_LIBRARY_PATH": os.path.dirname(lib), "LC_ALL": "C.UTF-8"}

    def pkg_config(self, *arguments):
        return must("pkg-config", *arguments, "libpps", env=self.environment).split()


def by_compiler(prefix, compiler, sources, out, flags):
    """One program of each source; what the compiler says is a finding."""
    os.makedirs(out)
    for name in sorted(os.listdir(sources)):
        if name.endswith(".c"):
            done = sh(compiler, *WARNINGS, f"{sources}/{name}", "-o", f"{out}/{name[:-2]}", *flags, env=prefix.environment)
            check(f"{compiler} {name}", done.stderr if done.returncode or done.stderr else "")


def by_meson(prefix, sources, out):
    done = sh("meson", "setup", out, sources, "--werror", env=prefix.environment)
    if done.returncode == 0:
        done = sh("ninja", "-C", out, env=prefix.environment)
    check("meson", done.stdout + done.stderr if done.returncode else "")


def by_cmake(prefix, sources, out):
    done = sh("cmake", "-S", sources, "-B", out, "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror", env=prefix.environment)
    if done.returncode == 0:
        done = sh("cmake", "--build", out, env=prefix.environment)
    check("CMake", done.stdout + done.stderr if done.returncode else "")


def run_cases(prefix, cases, programs, label, whole=True):
    """The cases of a file, with the programs of a folder: all, or only whether they start."""
    spec = importlib.util.spec_from_file_location("cases", cases)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    missing = [n for n in module.NAMES if not os.path.exists(f"{programs}/{n}")]
    check(f"{label}: a program for each name", f"none for {missing}" if missing else "")
    if missing:
        return
    world = ["/usr/bin/python3", "-B", f"{TOP}/examples/world/make-world.py"]
    run = module.Cases(programs, prefix.environment, world, f"{BUILD}/tools/pps", f"{BUILD}/tests/servers/kafka-tool",
                       lambda name, problem: check(f"{label}: {name}", problem))
    try:
        (run.all if whole else run.begin)()
    finally:
        run.close()


def of_baseline(prefix, folder):
    """Programs and the Python package, built against the stored headers and symbols, run with today's library."""
    flags = [f"-I{BASELINE}/include", *baseline.stub(f"{folder}/stub", f"{BASELINE}/libpps.sym")]
    by_compiler(prefix, "gcc", f"{BASELINE}/programs", f"{folder}/programs", flags)
    run_cases(prefix, f"{BASELINE}/cases.py", f"{folder}/programs", "baseline")
    package = baseline.Package(f"{folder}/package")
    for name in baseline.PACKAGE_TESTS:
        check(f"baseline: Python package, {name}", package.test(prefix.environment["LD_LIBRARY_PATH"], name))


def too_old(prefix, folder):
    """A program that needs a function of a later version is not started with this one: the dynamic linker says why."""
    flags = [f"-I{TOP}/include", *baseline.stub(f"{folder}/later", f"{TOP}/libpps/libpps.sym", "PPS_9.9 {\nglobal:\n\tpps_of_later;\n} PPS_0.1;\n")]
    with open(f"{folder}/later.c", "w") as f:
        f.write("#include <pps/version.h>\nvoid pps_of_later(void);\nint main(void) { pps_of_later(); return !pps_version(); }\n")
    must("gcc", f"{folder}/later.c", "-o", f"{folder}/later-program", *flags)
    done = sh(f"{folder}/later-program", env=prefix.environment)
    check("a program that needs a later version", "" if done.returncode and "PPS_9.9" in done.stderr else f"exit {done.returncode}: {done.stderr}")
    with open(f"{folder}/later.c", "w") as f:
        f.write("#include <pps/version.h>\n#if !PPS_VERSION_AT_LEAST(9, 9, 0)\n#error \"too old\"\n#endif\n")
    done = sh("gcc", "-fsyntax-only", f"-I{TOP}/include", f"{folder}/later.c")
    check("headers that are too old", "" if done.returncode and "too old" in done.stderr else "they are taken")


def versions(prefix):
    """All places that say the version say the same."""
    with open(f"{TOP}/include/pps/version.h") as f:
        header = f.read()
    parts = [re.search(rf"#define PPS_VERSION_{p} (\d+)", header).group(1) for p in ("MAJOR", "MINOR", "PATCH")]
    said = {"PPS_VERSION": re.search(r'#define PPS_VERSION "(.*)"', header).group(1), "pkg-config": prefix.pkg_config("--modversion")[0],
            "pps --version": must(f"{BUILD}/tools/pps", "--version").split()[1]}
    for place, version in said.items():
        check(f"version of {place}", "" if version == ".".join(parts) else f"{version}, not {'.'.join(parts)}")


def main():
    folder = tempfile.mkdtemp(prefix="pps-consumers.")
    try:
        prefix = Prefix(f"{folder}/installed")
        shutil.copytree(f"{TOP}/examples/c", f"{folder}/c")  # away from the checkout: nothing but the prefix can be found
        versions(prefix)
        for compiler in ("gcc", "clang"):
            by_compiler(prefix, compiler, f"{folder}/c", f"{folder}/{compiler}", prefix.pkg_config("--cflags", "--libs"))
        by_meson(prefix, f"{folder}/c", f"{folder}/meson")
        by_cmake(prefix, f"{folder}/c", f"{folder}/cmake")
        for way in ("gcc", "clang", "meson", "cmake"):
            run_cases(prefix, f"{TOP}/tests/consumer_cases.py", f"{folder}/{way}", way, way == "gcc")
        of_baseline(prefix, f"{folder}/baseline")
        too_old(prefix, folder)
    finally:
        shutil.rmtree(folder)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
