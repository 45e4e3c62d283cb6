# SPDX-License-Identifier: BSD-3-Clause
"""The package's wheel, built with the packages of ./.venv-python in build-python/, by one process at a time; commands with these packages."""
import fcntl
import glob
import os
import subprocess
import zipfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = f"{TOP}/.venv-python"
PY = f"{VENV}/bin/python"
BUILD = f"{TOP}/build-python"
ENV = {**os.environ, "PATH": f"{VENV}/bin:{os.environ['PATH']}"}
PIP = (PY, "-m", "pip", "--disable-pip-version-check")


def run(*command, env=None, cwd=TOP):
    """What it printed when it failed, and its output."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env or ENV, cwd=cwd)
    return "" if done.returncode == 0 else done.stdout or f"exit {done.returncode}", done.stdout


def build(folder):
    """Its path in `folder`, which is new; subprocess.CalledProcessError with what was said."""
    os.makedirs(BUILD, exist_ok=True)
    with open(f"{BUILD}/.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([*PIP, "wheel", "--no-build-isolation", "--no-deps", "-w", folder,
                        f"--config-settings=build-dir={BUILD}", "--config-settings=compile-args=-j2", "./bindings/python"],
                       cwd=TOP, env=ENV, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    path, = glob.glob(f"{folder}/*.whl")
    return path


def unpack(folder):
    """Builds it and unpacks it into `folder`: for $PYTHONPATH of any Python that is recent enough."""
    with zipfile.ZipFile(build(f"{folder}/.wheel")) as wheel:
        wheel.extractall(folder)
