# SPDX-License-Identifier: BSD-3-Clause
"""What others built against the stored baseline of the binary interface: linked with a stub of its symbols, run with the library of today."""
import os
import re
import shutil
import subprocess
import sysconfig

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BASELINE = f"{TOP}/abi/baseline"
VENV = f"{TOP}/.venv-python"
PACKAGE_TESTS = ("test_calls", "test_errors", "test_files", "test_flows", "test_services")  # what judges the package by the library alone


def must(*command):
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")


def stub(folder, symbols, more=""):
    """A libpps.so with the functions of a symbol map, that do nothing: enough for the linker. What is linked with it is, to the letter,
    what was linked with the library whose map it is."""
    os.makedirs(folder)
    with open(symbols) as f:
        text = f.read()
    names = re.findall(r"^\s*(pps_\w+);", text, re.M)
    with open(f"{folder}/stub.map", "w") as f:
        f.write(text + more)
    names += re.findall(r"(pps_\w+);", more)
    with open(f"{folder}/stub.c", "w") as f:
        f.write("".join(f"void {n}(void);\nvoid {n}(void) {{ }}\n" for n in names))
    must("gcc", "-shared", "-fPIC", f"{folder}/stub.c", "-o", f"{folder}/libpps.so", "-Wl,-soname,libpps.so.0", f"-Wl,--version-script={folder}/stub.map")
    return [f"-L{folder}", "-lpps"]


class Package:
    """The baseline's Python package with its tests, built in a folder."""

    def __init__(self, folder):
        self.folder = folder
        shutil.copytree(f"{BASELINE}/python/pps", f"{folder}/site/pps")
        shutil.copytree(f"{BASELINE}/python/tests", f"{folder}/tests/python")
        os.symlink(f"{TOP}/examples", f"{folder}/examples")  # whose world is that of today
        flags = stub(f"{folder}/stub", f"{BASELINE}/libpps.sym")
        must(f"{VENV}/bin/swig", "-python", f"-I{BASELINE}/include", "-outdir", folder, "-o", f"{folder}/_pps.c", f"{BASELINE}/python/pps.i")
        must("gcc", "-shared", "-fPIC", "-w", "-DPy_LIMITED_API=0x030b0000", f"-I{sysconfig.get_paths()['include']}", f"-I{BASELINE}/include",
             f"{folder}/_pps.c", "-o", f"{folder}/site/pps/_pps.abi3.so", *flags)

    def test(self, library, *names):
        """What its tests say when it runs with the libpps.so.0 of a folder: nothing when all is well."""
        env = {**os.environ, "LD_LIBRARY_PATH": library, "PYTHONPATH": f"{self.folder}/site", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run([f"{VENV}/bin/python", f"{self.folder}/tests/python/run.py", *names], env=env, cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return f"exit {done.returncode}\n{done.stdout}" if done.returncode else ""
