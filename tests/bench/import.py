#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures what it takes to start: bare Python, `import pps`, the modules of Python that it uses, and `import lsst.daf.butler`, in turn; and how soon
Ctrl-C ends a call that waits.

    import.py [--python .venv-python/bin/python] [--butler .venv/bin/python] [--rounds 20]

Each start is a process of its own, with its files in the page cache and compiled before. Prints one JSON document: medians in milliseconds, the import
alone as the process itself measures it, and the ratio of both imports.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INSIDE = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
# Those that pps imports itself, as `python -X importtime` lists them.
STANDARD = "datetime, enum, re, threading, typing, types"
INTERRUPT = """
import os, signal, sys, threading, time
import pps
def interrupt():
    global at
    while not conf.context._running:
        pass
    time.sleep(0.05)
    at = time.perf_counter()
    os.kill(os.getpid(), signal.SIGINT)
conf = pps.Conf("pps.yaml")
pps.State.init(conf)
raw = pps.Raw(conf)
signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=interrupt).start()
try:
    raw.wait(600)
except KeyboardInterrupt:
    print(time.perf_counter() - at)
"""


def start(python, code, folder="/"):
    """Milliseconds of the whole process, and those that it prints."""
    begin = time.perf_counter()
    out = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True, cwd=folder).stdout
    return 1000 * (time.perf_counter() - begin), 1000 * float(out) if out else None


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--python", default=f"{TOP}/.venv-python/bin/python", help="has pps")
    ap.add_argument("--butler", default=f"{TOP}/.venv/bin/python", help="has lsst.daf.butler")
    ap.add_argument("--rounds", type=int, default=20)
    a = ap.parse_args()
    ways = {"python": (a.python, "pass"), "standard library": (a.python, INSIDE.format(STANDARD)), "pps": (a.python, INSIDE.format("pps")),
            "lsst.daf.butler": (a.butler, INSIDE.format("lsst.daf.butler"))}
    runs = {name: [] for name in ways}
    for n in range(a.rounds + 1):
        for name, way in ways.items():
            taken = start(*way)
            if n:  # the first one fills the page cache
                runs[name].append(taken)
    found = {name: dict(process=statistics.median(r[0] for r in taken), inside=statistics.median(r[1] or 0 for r in taken)) for name, taken in runs.items()}
    with tempfile.TemporaryDirectory(prefix="pps-bench.") as folder:
        subprocess.run(["/usr/bin/python3", "-B", f"{TOP}/examples/world/make-world.py", f"{folder}/world"], check=True)
        found["Ctrl-C"] = dict(inside=statistics.median(start(a.python, INTERRUPT, f"{folder}/world")[1] for _ in range(a.rounds)))
    print(json.dumps(dict(rounds=a.rounds, milliseconds=found, times_faster=found["lsst.daf.butler"]["inside"] / found["pps"]["inside"]), indent=1))


if __name__ == "__main__":
    main()
