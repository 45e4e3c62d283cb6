#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of `pps raw run` with state and Butlers in a real PostgreSQL, over one world that the real Butler made.

SIGKILL at every Kth operation that changes a disk or leaves for the server, and at random moments; two runs at once; the
server stopped in the middle; the lock's connection ended; clocks that are wrong against the server's. Each time the end,
after one more run, is that of an undisturbed run, and nothing leaves while clocks disagree.

usage: postgres_faults.py [--pps PATH] [--preload PATH] [--random N] [--every K] [--seed S]
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, f"{TOP}/tests/interop")

import psycopg  # noqa: E402
import world_build  # noqa: E402
import worlds  # noqa: E402
from oracle import released  # noqa: E402
from postgres import SERVERS, copy_database, make_database, make_schema  # noqa: E402
from tables import differences, dump  # noqa: E402

# State columns that say when, or for how long, and not what.
WHEN = {"at", "as_of", "read_at", "finished", "first_at", "last_at", "next_try", "hash", "prev", "selected_until", "epoch"}
passed, failed = 0, 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"{name}: {problem}", flush=True)
    else:
        passed += 1


class Server:
    """A PostgreSQL of our own, which may be stopped and started."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, mode=0o755)
        self.start()

    def start(self):
        out = subprocess.run([f"{SERVERS}/start-postgres.sh", self.folder, "--fast"], check=True, capture_output=True, text=True).stdout
        env = dict(line.split("=", 1) for line in out.splitlines())
        self.base = env["PG_URL"].rsplit("/", 1)[0]

    def stop(self, *options):
        subprocess.run([f"{SERVERS}/stop-postgres.sh", self.folder, *options], check=True, capture_output=True)

    def sql(self, text, database="postgres"):
        with psycopg.connect(f"{self.base}/{database}", autocommit=True) as c:
            cursor = c.execute(text)
            return cursor.fetchall() if cursor.description else []


def small_world():
    """The first world with its state in the database of which two or three exposures move."""
    for seed in range(1, 400, 3):
        spec = worlds.generate(seed, "postgres")
        files = sum(len(e["present"]) for e in spec["exposures"])
        if spec["state_in_db"] and 2 <= len(released(spec)) <= 3 and files < 80 and not spec["odd_path"]:
            return spec
    raise SystemExit("no small world among 400 seeds")


class World:
    def __init__(self, pps, preload, work):
        self.pps, self.preload = pps, preload
        self.root, self.fresh = f"{work}/world", f"{work}/fresh"
        self.server = Server(f"{work}/pg")
        self.spec = small_world()
        self.state = f"state_{self.spec['seed']}"
        self.url = f"{self.server.base}/world"
        make_database(self.url)
        os.makedirs(self.root)
        make_schema(self.url, self.state)
        world_build.build(self.spec, self.root, self.url).close()
        self.must("init")
        shutil.copytree(self.root, self.fresh)
        copy_database(self.url, f"{self.server.base}/fresh")

    def reset(self):
        shutil.rmtree(self.root)
        shutil.copytree(self.fresh, self.root)
        copy_database(f"{self.server.base}/fresh", self.url)

    def start(self, *args, env=None, before=()):
        return subprocess.Popen([*before, self.pps, "-c", f"{self.root}/pps.yaml", *args], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})})

    def run(self, *args, **how):
        p = self.start(*args, **how)
        p.out, p.err = p.communicate(timeout=180)
        return p

    def must(self, *args):
        p = self.run(*args)
        if p.returncode:
            sys.exit(f"pps {' '.join(args)}: exit {p.returncode}: {p.err}")
        return p

    def raw_run(self, *options, **how):
        return self.run(*options, "raw", "run", "--now", self.spec["now"], **how)

    def files(self):
        out = {}
        for d, _, names in os.walk(f"{self.root}/instrument"):
            for n in names:
                with open(f"{d}/{n}", "rb") as f:
                    out[os.path.relpath(f"{d}/{n}", self.root)] = hashlib.sha256(f.read()).hexdigest()
        return out

    def state_rows(self):
        found = {}
        with psycopg.connect(f"{self.server.base}/world") as c:
            tables = c.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", (self.state,)).fetchall()
            for (table,) in tables:
                if table.startswith(("ledger", "writer", "flow", "schema")) or "failure" in table or "lock" in table:
                    continue
                cursor = c.execute(f'SELECT * FROM "{self.state}"."{table}"')
                keep = [i for i, d in enumerate(cursor.description) if d.name not in WHEN]
                found[f"state {table}"] = sorted(repr([r[i] for i in keep]) for r in cursor)
        return found

    def end(self):
        found = {"files": sorted(self.files().items())}
        for repo in self.spec["destinations"]:
            found.update({f"{repo['name']} {t}": rows for t, rows in dump(f"{self.root}/{repo['name']}").items()})
        found.update(self.state_rows())
        return {k: [str(r) for r in v] for k, v in found.items()}


def wrong_end(world, want):
    return "\n  ".join(differences(world.end(), want, 1))[:1500]


def after(world, want):
    """One more run must mend all; what is wrong with the end, or ""."""
    again = world.raw_run()
    if again.returncode:
        return f"the next run ends with {again.returncode}: {again.err.strip()[-300:]} {again.out.strip()[-300:]}"
    left = [f for f in world.files() if ".pps-" in f]
    return f"left over: {left}" if left else wrong_end(world, want)


def kills(world, want, every):
    world.reset()
    count = f"{world.root}/../count"
    world.raw_run(env=dict(LD_PRELOAD=world.preload, PPS_KILL_COUNT=count))
    with open(count) as f:
        n = int(f.read())
    print(f"{n} operations on disk or to the server", flush=True)
    for i in range(1, n + 1, every):
        world.reset()
        p = world.raw_run(env=dict(LD_PRELOAD=world.preload, PPS_KILL_AT=str(i)))
        check(f"killed at operation {i}", "" if p.returncode == -signal.SIGKILL else f"it was not killed: exit {p.returncode}")
        check(f"killed at operation {i}: the end", after(world, want))


def moments(world, want, n, seed):
    rng = random.Random(seed)
    world.reset()
    start = time.monotonic()
    world.raw_run()
    whole = time.monotonic() - start
    for i in range(n):
        world.reset()
        p = world.start("raw", "run", "--now", world.spec["now"])
        time.sleep(rng.uniform(0, whole))
        p.kill()
        p.communicate()
        check(f"killed at random moment {i} (seed {seed})", after(world, want))


def two_at_once(world, want):
    world.reset()
    both = [world.start("--wait", "60", "raw", "run", "--now", world.spec["now"]) for _ in range(2)]
    ends = [(p.communicate(timeout=120)[1], p.returncode) for p in both]
    check("two runs at once: both end well", "" if all(code == 0 for _, code in ends) else str(ends))
    check("two runs at once: the end", wrong_end(world, want))


def stopped(world, want, n, seed):
    """The server stops in the middle: exit 4, and all is well once it is back."""
    rng = random.Random(seed)
    for i in range(n):
        world.reset()
        p = world.start("raw", "run", "--now", world.spec["now"])
        time.sleep(rng.uniform(0.01, 0.25))
        world.server.stop()
        _, err = p.communicate(timeout=180)
        check(f"server stopped {i}", "" if p.returncode in (0, 4) else f"exit {p.returncode}: {err[-300:]}")
        down = world.raw_run()
        check(f"server down {i}", "" if down.returncode == 4 and down.err.strip() else f"exit {down.returncode}: {down.err[-300:]}")
        world.server.start()
        check(f"server stopped {i}: the end", after(world, want))


def terminated_backends(world, want, n):
    """Every connection is ended under the running flow, the lock's among them: it must not go on without its lock."""
    for i in range(n):
        world.reset()
        p = world.start("raw", "run", "--now", world.spec["now"])
        time.sleep(0.03 * (i + 1))
        world.server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'world' AND pid <> pg_backend_pid()")
        _, err = p.communicate(timeout=180)
        check(f"connections ended {i}", "" if p.returncode in (0, 4) else f"exit {p.returncode}: {err[-300:]}")
        check(f"connections ended {i}: the end", after(world, want))


def clocks(world):
    """A local clock that is wrong by more than a minute against the server's: nothing is released, exit 4."""
    for shift in ("-1h", "+1h", "+80h", "-80h", "+1y", "-1y", "+61s", "-61s"):
        world.reset()
        p = world.run("raw", "run", before=("faketime", "-f", shift))
        check(f"clock {shift}: exit 4 and said so", "" if p.returncode == 4 and "clock" in p.err else f"exit {p.returncode}: {p.err[-300:]}")
        check(f"clock {shift}: nothing left", str(world.files()) if world.files() else "")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pps", default=f"{TOP}/build/tools/pps")
    ap.add_argument("--preload", default=f"{TOP}/build/tests/faults/libkill-at.so")
    ap.add_argument("--random", type=int, default=30)
    ap.add_argument("--every", type=int, default=2)
    ap.add_argument("--seed", type=int, default=20251202)
    a = ap.parse_args()
    work = os.path.realpath(tempfile.mkdtemp(prefix="pps-pg-faults."))
    os.chmod(work, 0o755)
    world = None
    try:
        world = World(os.path.abspath(a.pps), os.path.abspath(a.preload), work)
        world.raw_run()
        want = world.end()
        check("undisturbed run", "" if len([f for f in world.files() if f.endswith(".zip")]) == len(released(world.spec)) else str(world.files()))
        clocks(world)
        two_at_once(world, want)
        terminated_backends(world, want, 6)
        stopped(world, want, 4, a.seed)
        moments(world, want, a.random, a.seed)
        kills(world, want, a.every)
    finally:
        if world:
            world.server.stop("--wipe")
        shutil.rmtree(work, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
