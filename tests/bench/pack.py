#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures packing one exposure from a folder against the Python way, in turn, and against one core's MD5 rate.

    pack.py --pps build/tools/pps [--files 205] [--size 4194304] [--pairs 5] [--memory 64M] [--folder DIR]

The Python way: zipfile into a temporary folder, a pass for MD5 and Adler-32, a copy to the destination, fsync. Ours: pps zip create, which
takes the digests while it writes, and its own fsync. Sources are in the page cache. Prints one JSON document: seconds, CPU seconds and peak
memory of each run, and medians of the ratios.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib

BLOCK = 1 << 20


def sync(path):
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


def python_way(folder, work, destination):
    packed = f"{work}/packed.zip"
    with zipfile.ZipFile(packed, "w") as z:
        for name in sorted(os.listdir(folder)):
            z.write(f"{folder}/{name}", name, zipfile.ZIP_STORED if name.endswith(".fits") else zipfile.ZIP_DEFLATED)
    md5, adler = hashlib.md5(), 1
    with open(packed, "rb") as f:
        while data := f.read(BLOCK):
            md5.update(data)
            adler = zlib.adler32(data, adler)
    shutil.copyfile(packed, f"{destination}.part")
    sync(f"{destination}.part")
    os.rename(f"{destination}.part", destination)
    sync(os.path.dirname(destination))
    print(json.dumps(dict(md5=md5.hexdigest(), adler32=f"{adler:08x}", size=os.path.getsize(destination))))


def make(folder, files, size):
    noise = os.urandom(size)
    for i in range(files):
        with open(f"{folder}/MC_O_20251202_000001_R{i:03}.fits", "wb") as f:
            f.write(noise[i:] + noise[:i])
        with open(f"{folder}/MC_O_20251202_000001_R{i:03}.json", "w") as f:
            json.dump({f"KEY{k}": k * i for k in range(300)}, f)


def warm(folder):
    for name in os.listdir(folder):
        with open(f"{folder}/{name}", "rb") as f:
            while f.read(BLOCK):
                pass


def measure(command):
    """Seconds, CPU seconds and peak memory of a command."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - start
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return json.loads(answer), dict(seconds=round(seconds, 3), cpu=round(usage.ru_utime + usage.ru_stime, 3), mib=round(usage.ru_maxrss / 1024, 1))


def md5_rate(total):
    block = os.urandom(4 * BLOCK)
    md5, start, cpu, done = hashlib.md5(), time.monotonic(), time.thread_time(), 0
    while done < total:
        md5.update(block)
        done += len(block)
    return dict(mb_per_s=round(done / (time.monotonic() - start) / 1e6, 1), mb_per_cpu_s=round(done / (time.thread_time() - cpu) / 1e6, 1))


def pair(a, folder, work, n):
    """One run of each, on the same sources; the digests of both must be right."""
    ours, theirs = f"{work}/ours.zip", f"{work}/theirs.zip"
    warm(folder)
    answer, b = measure([a.pps, *(["--memory", a.memory] if a.memory else []), "--json", "zip", "create", ours, folder])
    with open(ours, "rb") as f:
        if hashlib.file_digest(f, "md5").hexdigest() != answer["md5"]:
            raise SystemExit("the MD5 of our zip is wrong")
    os.unlink(ours)
    warm(folder)
    _, p = measure([sys.executable, __file__, "--python", folder, work, theirs])
    for path in (theirs, f"{work}/packed.zip"):
        os.unlink(path)
    return dict(ours=b, python=p, md5=md5_rate(answer["size"] // 2), bytes=answer["size"])


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--python":
        return python_way(*sys.argv[2:])
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--pps", required=True)
    ap.add_argument("--files", type=int, default=205)
    ap.add_argument("--size", type=int, default=4 << 20)
    ap.add_argument("--pairs", type=int, default=5)
    ap.add_argument("--memory")
    ap.add_argument("--folder", help="where to work; a disk as fast as the destination's")
    a = ap.parse_args()
    a.pps = os.path.abspath(a.pps)
    with tempfile.TemporaryDirectory(dir=a.folder) as work:
        folder = f"{work}/exposure"
        os.mkdir(folder)
        make(folder, a.files, a.size)
        runs = [pair(a, folder, work, n) for n in range(a.pairs)]
    rate = [r["bytes"] / r["ours"]["seconds"] / 1e6 for r in runs]
    print(json.dumps(dict(
        files=a.files, size=a.size, memory=a.memory, runs=runs,
        mb_per_s=round(statistics.median(rate), 1),
        of_md5_rate=round(statistics.median(x / r["md5"]["mb_per_s"] for x, r in zip(rate, runs)), 3),
        faster_than_python=round(statistics.median(r["python"]["seconds"] / r["ours"]["seconds"] for r in runs), 2),
        cpu_of_python=round(statistics.median(r["ours"]["cpu"] / r["python"]["cpu"] for r in runs), 3),
        cpu_seconds_per_gb=round(statistics.median(r["ours"]["cpu"] / r["bytes"] * 1e9 for r in runs), 3),
        peak_mib=max(r["ours"]["mib"] for r in runs), python_peak_mib=max(r["python"]["mib"] for r in runs)), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
