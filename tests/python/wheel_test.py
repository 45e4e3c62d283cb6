#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What others get: an sdist that builds alone, and a wheel of it, which holds all that it needs, on a machine that has Python and nothing else.
usage: wheel_test.py [--long]

The sdist is of the last commit, as meson makes it. --long: also `pip install ./bindings/python` as a user runs it, with what the index has.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

from package_wheel import PIP, PY, TOP, VENV, run

PYTHON = "/usr/bin/python3.11"
LIBRARY = "/usr/lib/python3.11"
WHEELS = "/usr/share/python-wheels"
READERS = f"{VENV}/lib/python3.11/site-packages"  # what a reader of notebooks has: pandas, a kernel
# What a wheel for manylinux may ask of the system, by the policy.
SYSTEM = re.compile(r"(ld-linux-x86-64|ld-linux-aarch64|libc|libm|libdl|librt|libpthread|libresolv|libutil|libgcc_s|libstdc\+\+|libz|libexpat)\.so\.\d+$")
passed = failed = 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"{name}:\n{problem}", flush=True)
    else:
        passed += 1
    return not problem


def one(pattern):
    found = glob.glob(pattern)
    return found[0] if len(found) == 1 else None


def sdist(folder):
    """Its path."""
    problem, _ = run(PY, "-m", "build", "--sdist", "--no-isolation", "-o", folder, ".")
    return one(f"{folder}/pps-*.tar.gz") if check("python -m build --sdist", problem) else None


def sdist_content(path):
    with tarfile.open(path) as t:
        names = {name.split("/", 1)[1] for name in t.getnames() if "/" in name}
    lacking = {"LICENSE", "PKG-INFO", "pyproject.toml", "meson.build", "libpps/libpps.sym", "include/pps/pps.h", "bindings/python/pps.i"} - names
    return f"  it lacks {sorted(lacking)}" if lacking else ""


def built(path, folder):
    """The wheel of the sdist, made in a folder of pip's own."""
    problem, _ = run(*PIP, "wheel", "--no-build-isolation", "--no-deps", "-w", folder, "--config-settings=compile-args=-j2", path, cwd="/")
    return one(f"{folder}/pps-*.whl") if check("pip wheel of the sdist", problem) else None


def repaired(path, folder):
    problem, _ = run(PY, f"{TOP}/bindings/python/repair.py", path, folder)
    return one(f"{folder}/pps-*.whl") if check("repair.py", problem) else None


def content(path, folder):
    """Every library that one in it needs is in it, or the system's by the policy; each that was copied has its licence, and a line in the SBOM."""
    problems = [] if re.search(r"-cp311-abi3-manylinux_2_\d+_\w+\.whl$", path) else [f"  {path} is not for manylinux and Python's stable ABI"]
    with zipfile.ZipFile(path) as z:
        z.extractall(folder)
        if z.testzip():
            problems.append(f"  {z.testzip()} is damaged")
    libraries = {os.path.basename(p): p for p in glob.glob(f"{folder}/**/*.so*", recursive=True) + glob.glob(f"{folder}/.pps*/*.so*")}
    for name, place in libraries.items():
        needed = subprocess.run(["readelf", "-d", place], capture_output=True, text=True, check=True).stdout
        problems += [f"  {name} needs {n}" for n in re.findall(r"NEEDED.*\[(.*)\]", needed) if n not in libraries and not SYSTEM.match(n)]
    info = one(f"{folder}/pps-*.dist-info")
    with open(f"{info}/METADATA") as f:
        named = set(re.findall(r"^License-File: (.*)$", f.read(), re.M))
    there = {os.path.relpath(p, f"{info}/licenses") for p in glob.glob(f"{info}/licenses/**", recursive=True) if os.path.isfile(p)}
    if named != there or "LICENSE" not in there:
        problems.append(f"  licences: {sorted(named ^ there)} are in one of files and METADATA only")
    problems += [f"  no licence of {package}" for package in ("libpq5", "librdkafka1", "libzip4") if f"bundled/{package}.txt" not in there]
    if not glob.glob(f"{info}/sboms/*.json"):
        problems.append("  no SBOM")
    return "\n".join(problems)


def needed_by(program):
    """Paths of the libraries that a program of the system is linked with, and the linker's."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return re.findall(r"(/\S+) \(0x", done)


def give(root, paths):
    for path in paths:
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        shutil.copy(path, root + path)


def bare_machine(root):
    """glibc, Python, and what Python itself is linked with."""
    needed = [*needed_by(PYTHON), *needed_by("/bin/sh")]
    libc = next(os.path.dirname(path) for path in needed if "/libc.so." in path)
    glibc = [path for name in ("dl", "rt", "pthread", "resolv", "util") for path in glob.glob(f"{libc}/lib{name}.so.?")]
    give(root, [PYTHON, "/bin/sh", *needed, *glibc])
    os.makedirs(f"{root}/tmp")


def whole_python(root):
    """What the modules of the standard library are linked with, and those of others: a notebook's kernel uses most of them."""
    modules = [*glob.glob(f"{LIBRARY}/lib-dynload/*.so"), *glob.glob(f"{READERS}/zmq/**/*.so", recursive=True)]
    give(root, {path for module in modules for path in needed_by(module) if not path.startswith(VENV)})
    os.symlink(PYTHON, f"{root}/usr/bin/python3")


def on_bare_machine(root, folders, *commands):
    """What commands say there, with our folders. Whoever may make namespaces may do this; root need not."""
    folders = ("/dev", "/proc", LIBRARY, WHEELS, *folders)
    mounts = "".join(f"mount --rbind '{path}' '{root}{path}'\n" for path in folders)
    for path in folders:
        os.makedirs(root + path, exist_ok=True)
    inside = f"cd /; exec </dev/null; set -e\n{''.join(c + chr(10) for c in commands)}"
    script = f"set -e\n{mounts}exec chroot '{root}' /bin/sh -c \"$1\""
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/tmp"}
    return run("unshare", "--map-root-user", "--mount", "/bin/sh", "-c", script, "sh", inside, env=env, cwd="/")


def alone(path, work):
    """Installed and used there: no compiler, no library, no index."""
    root, machine = f"{work}/world", f"{work}.machine"
    try:
        os.makedirs(machine)
        bare_machine(machine)
        shutil.copy(f"{TOP}/tests/python/alone.py", work)
        problem, _ = run("/usr/bin/python3", "-B", f"{TOP}/examples/world/make-world.py", root)
        problem = problem or on_bare_machine(machine, [work], f"{PYTHON} -m venv /tmp/venv",
                                               f"/tmp/venv/bin/python -m pip install -q --no-index --no-deps '{path}'")[0]
        if check("pip install on a bare machine", problem):
            check("the package on a bare machine", on_bare_machine(machine, [work], f"/tmp/venv/bin/python -X dev -W error '{work}/alone.py' '{root}'")[0])
            whole_python(machine)
            folders = (READERS, f"{TOP}/examples", f"{TOP}/tests/python")
            check("the notebooks on a machine without a compiler", on_bare_machine(
                machine, folders, f"echo '{READERS}' > /tmp/venv/lib/python3.11/site-packages/readers.pth",
                "/tmp/venv/bin/python -c 'import pps; assert pps.__file__.startswith(\"/tmp/venv/\")'",
                f"/tmp/venv/bin/python -B '{TOP}/tests/python/test_notebooks.py'")[0])
    finally:
        shutil.rmtree(machine)


def as_users(work):
    """`pip install ./bindings/python` into a new environment: what builds comes from the index."""
    venv = f"{work}/users"
    problem = run("/usr/bin/python3", "-m", "venv", venv)[0] or run(f"{venv}/bin/pip", "install", "--disable-pip-version-check", "./bindings/python",
                                                                      env=dict(os.environ))[0]
    check("pip install ./bindings/python", problem or run(f"{venv}/bin/python", "-c", "import pps; print(pps.__version__)", cwd="/")[0])


def main():
    work = tempfile.mkdtemp(prefix="pps-wheel.")
    try:
        source = sdist(f"{work}/dist")
        if source and check("content of the sdist", sdist_content(source)):
            wheel = built(source, f"{work}/built")
            whole = repaired(wheel, f"{work}/whole") if wheel else None
            if whole and check("content of the wheel", content(whole, f"{work}/content")):
                alone(whole, work)
        if "--long" in sys.argv:
            as_users(work)
    finally:
        shutil.rmtree(work)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
