#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures moving many small files: ours, `cp -r` with one sync, and a plain loop that synchronises each file, in turn.

    files.py --tool build/tests/interop/store-tool [--files 20000] [--size 4096] [--folders 100] [--threads 4] [--rounds 3] [--folder DIR]

Sources are in the page cache; every way ends with the bytes on disk. Ours also takes the MD5 of each file, overwrites nothing, and gives
names to what is on disk only. Prints one JSON document: files a second of each run, and medians.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time


def ours(a, source, to, names):
    os.mkdir(to)
    lines = "".join(f"{source}/{name}\t{name}\t{a.size}\n" for name in names)
    done = subprocess.run([a.tool, "bulk-copy", to, str(a.threads), str(a.flags)], input=lines, capture_output=True, text=True, check=True)
    assert all(line.split("\t")[2] == "copied" for line in done.stdout.splitlines())


def cp(a, source, to, names):
    subprocess.run(["cp", "-r", source, to], check=True)
    subprocess.run(["sync", "-f", to], check=True)


def loop(a, source, to, names):
    """As programs do that know no better: a temporary file, fsync, rename."""
    for name in names:
        os.makedirs(os.path.dirname(f"{to}/{name}"), exist_ok=True)
        shutil.copyfile(f"{source}/{name}", f"{to}/{name}.part")
        fd = os.open(f"{to}/{name}.part", os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)
        os.rename(f"{to}/{name}.part", f"{to}/{name}")


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--tool", required=True)
    ap.add_argument("--files", type=int, default=20000)
    ap.add_argument("--size", type=int, default=4096)
    ap.add_argument("--folders", type=int, default=100)
    ap.add_argument("--threads", type=int, default=4)
    ap.add_argument("--flags", type=int, default=0, help="1: read everything again")
    ap.add_argument("--rounds", type=int, default=3)
    ap.add_argument("--folder", default=None)
    a = ap.parse_args()
    ways, rates = dict(ours=ours, cp=cp, loop=loop), {}
    with tempfile.TemporaryDirectory(prefix="pps-bench.", dir=a.folder) as work:
        names = [f"run/type/{i % a.folders:03}/dataset_{i:07}.fits" for i in range(a.files)]
        for name in names:
            os.makedirs(os.path.dirname(f"{work}/source/{name}"), exist_ok=True)
            with open(f"{work}/source/{name}", "wb") as f:
                f.write(os.urandom(a.size))
        os.sync()
        for _ in range(a.rounds):
            for way, run in ways.items():
                begin = time.monotonic()
                run(a, f"{work}/source", f"{work}/to", names)
                rates.setdefault(way, []).append(round(a.files / (time.monotonic() - begin)))
                shutil.rmtree(f"{work}/to")
                os.sync()
    print(json.dumps(dict(files=a.files, size=a.size, threads=a.threads, files_per_second=rates,
                          medians={way: statistics.median(r) for way, r in rates.items()}), indent=1))


main()
