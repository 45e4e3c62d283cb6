#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The Python package: `pip install ./bindings/python`, what the wheel holds, types, doctests, its tests, and what valgrind says of them.
usage: package_test.py [--long]

The wheel is built with the packages of ./.venv-python, in build-python/, and installed there; all else runs with what is installed.
--long: valgrind runs all of the tests of each module but the notebooks', which are other processes'.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

import package_wheel
from package_wheel import BUILD, ENV, PIP, PY, TOP, run

passed = failed = 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"{name}:\n{problem}")
    else:
        passed += 1
    return not problem


def install():
    """The wheel's path, built and installed."""
    shutil.rmtree(f"{BUILD}/wheels", ignore_errors=True)
    try:
        path = package_wheel.build(f"{BUILD}/wheels")
    except subprocess.CalledProcessError as e:
        check("pip wheel ./bindings/python", e.stdout)
        return None
    check("pip wheel ./bindings/python", "")
    installed = run(*PIP, "install", "-q", "--force-reinstall", "--no-deps", path)
    return path if check("pip install of the wheel", installed[0]) else None


def content(path):
    """A wheel for the stable ABI, with the library, the types, and nothing but what runs."""
    problems = [] if re.search(r"-cp311-abi3-linux_\w+\.whl$", path) else [f"  {path} is not for Python's stable ABI"]
    with zipfile.ZipFile(path) as z:
        names = set(z.namelist())
    for name in ("pps/py.typed", "pps/_pps.pyi", "pps/_pps.abi3.so", ".pps.mesonpy.libs/libpps.so.0"):
        if name not in names:
            problems.append(f"  {name} is missing")
    problems += [f"  {n} does not belong there" for n in names if not re.match(r"pps/\w+\.(py|pyi|typed|abi3\.so)$|\.pps\.mesonpy\.libs/|pps-[^/]*\.dist-info/", n)]
    return "\n".join(problems)


def tests():
    """The suites, by unittest, with all that Python and the C library can find of wrong use."""
    global passed, failed
    env = {**ENV, "MALLOC_PERTURB_": "165", "PYTHONPATH": f"{TOP}/tests/python"}
    _, out = run(PY, "-X", "dev", "-W", "error", f"{TOP}/tests/python/run.py", env=env, cwd="/")
    closing = re.search(r"^(\d+) passed, (\d+) failed$", out.strip().rsplit("\n", 1)[-1])
    counts = [int(x) for x in closing.groups()] if closing else [0, 1]
    if counts[1] or not counts[0]:
        print(out)
    passed += counts[0]
    failed += counts[1]


# What of the tests valgrind runs each time: something of each handle, errors, and every order of release.
WATCHED = ("test_files.Files.test_zip", "test_files.Files.test_store", "test_errors.Errors.test_all_of_a_configuration", "test_flows.Repositories.test_datasets",
           "test_flows.Repositories.test_collections", "test_safety.Safety.test_closed")


def memory(names):
    """What valgrind says when Python's objects, too, come from malloc: anything is read, written or released wrongly, or lost."""
    valgrind = ("valgrind", "-q", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite", "--num-callers=30",
                "--suppressions=/usr/lib/valgrind/python3.supp", f"--suppressions={TOP}/tests/valgrind.supp")
    return run(*valgrind, PY, f"{TOP}/tests/python/run.py", *names, env={**ENV, "PYTHONMALLOC": "malloc"}, cwd="/")[0]


def all_memory():
    """Each module by a valgrind of its own, two at a time."""
    names = sorted(path.stem for path in pathlib.Path(TOP, "tests/python").glob("test_*.py") if path.stem != "test_notebooks")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, problem in zip(names, pool.map(lambda name: memory([name]), names)):
            check(f"valgrind {name}", problem)


def main():
    path = install()
    if path:
        check("content of the wheel", content(path))
        config = f"--config-file={TOP}/pyproject.toml"
        check("mypy --strict", run(PY, "-m", "mypy", config, f"--cache-dir={BUILD}/mypy", "-p", "pps", cwd="/")[0])
        check("stubtest", run(PY, "-m", "mypy.stubtest", f"--mypy-config-file={TOP}/pyproject.toml", "pps", cwd="/")[0])
        check("with the libpps.so.0 of another build", run(
            PY, f"{TOP}/tests/python/run.py", "test_files", env={**ENV, "LD_PRELOAD": f"{TOP}/build/libpps/libpps.so.0"}, cwd="/")[0])
        tests()
        if "--long" in sys.argv:
            all_memory()
        else:
            check("valgrind", memory(WATCHED))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
