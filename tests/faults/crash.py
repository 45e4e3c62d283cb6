#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Kills `pps raw run` at every durable operation, and at random moments, and runs it again.

Each time the end must be that of an undisturbed run: the same rows in the destination and the state (times aside), the same
zips and yamls, nothing double, no temporary file, a ledger that verifies. Also: two runs at once.

usage: crash.py [--pps PATH] [--preload PATH] [--random N] [--seed S] [--every K]
"""
import argparse
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TIMES = {"at", "as_of", "read_at", "finished", "first_at", "last_at", "next_try", "ingest_date", "hash", "prev", "previous", "since",
         "epoch", "pid", "host", "attempts", "selected_until", "applied_at"}
passed, failed = 0, 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"{name}: {problem}", flush=True)
    else:
        passed += 1


def rows(path, only=None, without=()):
    """Every row of every table, without times and what follows from them."""
    out = {}
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
        if table.startswith("sqlite_") or table in without:
            continue
        columns = [c[1] for c in db.execute(f'PRAGMA table_info("{table}")')]
        keep = [i for i, c in enumerate(columns) if c not in TIMES]
        out[table] = sorted(repr([row[i] for i in keep]) for row in db.execute(f'SELECT * FROM "{table}"'))
    db.close()
    return out


def files(folder):
    out = {}
    for d, _, names in os.walk(folder):
        for n in names:
            with open(f"{d}/{n}", "rb") as f:
                out[os.path.relpath(f"{d}/{n}", folder)] = hashlib.sha256(f.read()).hexdigest()
    return out


class World:
    """A copy of the example world, always at the same path, because paths are part of its rows."""

    def __init__(self, pps, preload, work):
        self.pps, self.preload = pps, preload
        self.fresh, self.root = f"{work}/fresh", f"{work}/world"
        subprocess.run([sys.executable, f"{TOP}/examples/world/make-world.py", self.root], check=True)
        self.only_two_exposures()
        self.run("init", check=True)
        os.rename(self.root, self.fresh)

    def only_two_exposures(self):
        """One of the sky and a bias frame: every step is there, and every kill takes half the time."""
        with open(f"{self.root}/config_raw.yaml") as f:
            text = f.read()
        text = re.sub(r'where: "(.*)"', r'where: "(\1) and exposure.seq_num in (1, 4, 5)"', text)
        with open(f"{self.root}/config_raw.yaml", "w") as f:
            f.write(text)

    def reset(self):
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.fresh, self.root)

    def start(self, *args, env=None):
        return subprocess.Popen([self.pps, "-c", f"{self.root}/pps.yaml", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env={**os.environ, **(env or {})}, text=True)

    def run(self, *args, env=None, check=False):
        p = self.start(*args, env=env)
        p.out, p.err = p.communicate(timeout=120)
        if check and p.returncode:
            sys.exit(f"pps {' '.join(args)}: exit {p.returncode}: {p.err}")
        return p

    def last_entry(self):
        """Kind of the ledger's last entry, and whether it was added after a crash."""
        db = sqlite3.connect(f"file:{self.root}/state.db?mode=ro", uri=True)
        row = db.execute("SELECT kind, recovered FROM ledger ORDER BY seq DESC LIMIT 1").fetchone()
        db.close()
        return row

    def end(self):
        return dict(files=files(f"{self.root}/offline"), main=rows(f"{self.root}/main/gen3.sqlite3"),
                    embargo=rows(f"{self.root}/embargo/gen3.sqlite3"), state=rows(f"{self.root}/state.db", without=("ledger", "writer", "failure", "exposure_failure")))


def difference(a, b):
    for part in a:
        for key in sorted(set(a[part]) | set(b[part])):
            if a[part].get(key) != b[part].get(key):
                return f"{part}: {key} is {str(b[part].get(key))[:300]}, undisturbed it is {str(a[part].get(key))[:300]}"
    return ""


def after(world, want):
    """Runs again what was killed; what is wrong with the end, or ""."""
    again = world.run("raw", "run", "--json")
    if again.returncode:
        return f"the next run ends with {again.returncode}: {again.err.strip()[-300:]}"
    end = world.end()  # a deep check records what it compared
    checked = world.run("raw", "check", "--deep", "--json")
    if checked.returncode:
        return f"raw check ends with {checked.returncode}: {checked.out[-500:]}"
    left = [f for f in files(world.root) if "/.pps-" in "/" + f or f.endswith("-journal")]
    if left:
        return f"left over: {left}"
    return difference(want, end)


def boundaries(world, want, every):
    world.reset()
    count = f"{world.root}/../count"
    world.run("raw", "run", env=dict(LD_PRELOAD=world.preload, PPS_KILL_COUNT=count), check=True)
    with open(count) as f:
        n = int(f.read())
    print(f"{n} durable operations", flush=True)
    recovered = set()
    for at in [str(i) for i in range(1, n + 1, every)] + [f"{n}+"]:  # just after one is just before the next
        world.reset()
        p = world.run("raw", "run", env=dict(LD_PRELOAD=world.preload, PPS_KILL_AT=at))
        problem = "" if p.returncode == -signal.SIGKILL else f"it was not killed: exit {p.returncode}"
        check(f"killed at operation {at}", problem or after(world, want))
        recovered.add(world.last_entry())
    check("an entry that a crash kept from the ledger is marked as recovered", "" if recovered == {("done", 0), ("done", 1)} else f"{recovered}")


def moments(world, want, n, seed):
    rng = random.Random(seed)
    world.reset()
    start = time.monotonic()
    world.run("raw", "run", check=True)
    whole = time.monotonic() - start
    for i in range(n):
        world.reset()
        p = world.start("raw", "run")
        time.sleep(rng.uniform(0, whole))
        p.kill()
        p.communicate()
        check(f"killed at random moment {i} (seed {seed})", after(world, want))


def two_at_once(world, want):
    """One works; the other waits and says so, or gives up with exit 4 when it may not wait."""
    world.reset()
    first = world.start("raw", "run", env=dict(LD_PRELOAD=world.preload, PPS_KILL_AT="40"))
    first.communicate()
    both = [world.start("--wait", "60", "raw", "run", "--json") for _ in range(2)]
    ends = [(p.communicate(timeout=120), p.returncode) for p in both]
    check("two runs at once: both end well", "" if all(code == 0 for _, code in ends) else str(ends))
    check("two runs at once: the end", difference(want, world.end()))


def terminated(world, want):
    """SIGTERM: exit 130, nothing lost."""
    world.reset()
    p = world.start("raw", "run")
    time.sleep(0.02)
    p.terminate()
    p.communicate(timeout=60)
    check("SIGTERM: exit", "" if p.returncode in (130, 0, -signal.SIGTERM) else f"exit {p.returncode}")
    check("SIGTERM: the end", after(world, want))


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pps", default=f"{TOP}/build/tools/pps")
    ap.add_argument("--preload", default=f"{TOP}/build/tests/faults/libkill-at.so")
    ap.add_argument("--random", type=int, default=30)
    ap.add_argument("--seed", type=int, default=20251202)
    ap.add_argument("--every", type=int, default=1, help="only every Kth operation")
    a = ap.parse_args()
    work = os.path.realpath(tempfile.mkdtemp(prefix="pps-crash."))
    try:
        world = World(a.pps, a.preload, work)
        world.reset()
        world.run("raw", "run", check=True)
        want = world.end()
        status = json.loads(world.run("raw", "status", "--json", check=True).out)
        check("undisturbed run", "" if status["summary"].get("done") == 2 else f"{status['summary']}")
        again = world.run("raw", "run", "--json")
        check("a second run changes nothing", difference(want, world.end()) or ("" if again.returncode == 0 else again.err))
        two_at_once(world, want)
        terminated(world, want)
        moments(world, want, a.random, a.seed)
        boundaries(world, want, a.every)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
