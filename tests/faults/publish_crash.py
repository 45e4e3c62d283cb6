# SPDX-License-Identifier: BSD-3-Clause
"""Kills `pps run` at durable operations and at random moments, while it takes datasets through their whole life, and runs it again.

Each time the end must be that of an undisturbed run: the same rows in all five repositories and in the state (times aside), the same files, nobody
told twice, no ledger entry open, no temporary file. One run does all: nothing has to wait in the policies of this world. With --db postgres the state
and all repositories are in a database of the server that $PG_URL names; of what is sent to it only commits count, since what is before one is
undone by the server, unless --statements are wanted.

usage: publish_crash.py [--db sqlite|postgres] [--pps PATH] [--preload PATH] [--random N] [--seed S] [--every K] [--from N] [--to N] [--statements]
"""

import argparse
import atexit
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f"{TOP}/tests/interop")

import psycopg  # noqa: E402
import publish_world  # noqa: E402
from crash import TIMES, check, difference, files, rows  # noqa: E402
from postgres import copy_database, drop_database  # noqa: E402
from tables import dump  # noqa: E402
import crash  # noqa: E402

NOW = "2025-12-10T00:00"
POLICIES = [
    dict(types=["difference_image", "visit_summary"], embargo_hours=80, public=True, retention_days=0),
    dict(types=["preliminary_visit_image", "packages"], embargo_hours=0, public=True, retention_days="forever"),
    dict(types=["*_log"], embargo_hours=0, public=False, retention_days=0),
]
# Of the state: what says when it was, how often it was tried, or whose turn it is.
ASIDE = ("ledger", "ledger_item", "ledger_head", "writer", "dataset", "notice", "notice_head", "operator_event", "policy")


class World:
    """A copy of the same repositories, always at the same path, because paths are part of the rows."""

    def __init__(self, pps, preload, work, pg=None):
        self.pps, self.preload, self.fresh, self.root = pps, preload, f"{work}/fresh", f"{work}/world"
        publish_world.POLICIES[:] = POLICIES
        for name in [n for n in publish_world.TYPES if n not in ("difference_image", "visit_summary", "preliminary_visit_image", "packages", "isr_log")]:
            del publish_world.TYPES[name]
        made = publish_world.World(self.root, pg, visits=(1, 2), detectors=(0,))
        self.url = made.pg
        path = f"{self.root}/pps.yaml"
        with open(path) as f:
            text = f.read().replace("reclaim_after: 24h", "reclaim_after: 0s")
        with open(path, "w") as f:
            f.write(text)
        for arguments in (("init", "--replay"), ("register", made.list())):
            self.run(*arguments, check=True)
        self.names = publish_world.REPOSITORIES
        for butler in made.butlers.values():
            getattr(butler, "close", lambda: None)()
        os.rename(self.root, self.fresh)

    def reset(self):
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.fresh, self.root)

    def start(self, *args, env=None):
        return subprocess.Popen([self.pps, "-c", f"{self.root}/pps.yaml", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(env or {})}, text=True)

    def run(self, *args, env=None, check=False):
        p = self.start(*args, env=env)
        p.out, p.err = p.communicate(timeout=120)
        if check and p.returncode:
            sys.exit(f"pps {' '.join(args)}: exit {p.returncode}: {p.out}{p.err}")
        return p

    def work(self, **env):
        # a server may need a moment to see that a client is gone, and with it its lock
        return self.run("--wait", "60", "run", "--once", "--now", NOW, env=env)

    def sql(self, query):
        with sqlite3.connect(f"file:{self.root}/state.db?mode=ro", uri=True) as db:
            found = db.execute(query).fetchall()
        db.close()
        return found

    def told(self):
        """What others are told, each dataset by itself."""
        return sorted((kind, ordinal, ids[i : i + 32]) for kind, ordinal, ids in self.sql("SELECT kind, ordinal, ids FROM notice") for i in range(0, len(ids), 32))

    def state(self):
        return rows(f"{self.root}/state.db", without=ASIDE)

    def end(self):
        state = self.state()
        state["dataset"] = sorted(map(repr, self.sql("SELECT id, status, flags, next_task FROM dataset")))
        state["told"] = self.told()
        found = {name: dump(f"{self.root}/{name}") for name in self.names}
        stored = {name: files(f"{self.root}/{name}") for name in self.names}
        for name in stored:
            stored[name] = {k: v for k, v in stored[name].items() if not k.startswith("gen3.sqlite3")}
        return dict(found, state=state, **{f"files of {name}": stored[name] for name in self.names})


class PostgresWorld(World):
    """The same in a database, which is copied from another before each try."""

    def __init__(self, pps, preload, work):
        super().__init__(pps, preload, work, os.environ["PG_URL"])
        self.kept = f"{self.url}_fresh"
        copy_database(self.url, self.kept)
        atexit.register(drop_database, self.kept)

    def reset(self):
        super().reset()
        copy_database(self.kept, self.url)

    def sql(self, query):
        with psycopg.connect(self.url, options="-csearch_path=publish_state") as connection:
            return connection.execute(query).fetchall()

    def state(self):
        found = {}
        with psycopg.connect(self.url, options="-csearch_path=publish_state") as connection:
            for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'publish_state'").fetchall():
                if table not in ASIDE:
                    cursor = connection.execute(f"SELECT * FROM {table}")
                    keep = [i for i, d in enumerate(cursor.description) if d.name not in TIMES]
                    found[table] = sorted(repr([row[i] for i in keep]) for row in cursor)
        return found


def after(world, want):
    """Runs again what was killed; what is wrong with the end, or ""."""
    again = world.work()
    if again.returncode:
        return f"the next run ends with {again.returncode}: {again.out[-300:]}{again.err.strip()[-300:]}"
    left = [f for f in files(world.root) if "/.pps-" in "/" + f or f.endswith("-journal")]
    if left:
        return f"left over: {left}"
    open_entries = world.sql("SELECT count(*) FROM ledger_open")
    return difference(want, world.end()) or ("" if open_entries == [(0,)] else f"open in the ledger: {open_entries}")


def boundaries(world, want, every, first, last, statements):
    count = f"{world.root}/../count"
    env = dict(LD_PRELOAD=world.preload, **({} if statements else dict(PPS_KILL_SENT="COMMIT")))
    counted = []
    for _ in range(2):
        world.reset()
        done = world.work(**env, PPS_KILL_COUNT=count)
        check("counting", done.returncode and done.err)
        with open(count) as f:
            counted.append(int(f.read()))
    n = min(counted)
    print(f"{n} durable operations", flush=True)
    recovered = set()
    last = last or n
    for at in [str(i) for i in range(first, last + 1, every)] + [f"{last}+"]:  # just after one is just before the next
        for _ in range(5):  # threads that meet otherwise may need an operation less
            world.reset()
            p = world.work(**env, PPS_KILL_AT=at)
            if p.returncode == -signal.SIGKILL:
                break
        check(f"killed at operation {at}", (f"it was not killed: exit {p.returncode}" if p.returncode != -signal.SIGKILL else "") or after(world, want))
        recovered |= set(world.sql("SELECT DISTINCT action FROM ledger WHERE recovered = 1"))
    if every < 10 and last - first == n - 1:
        check("each task was interrupted between its act and the state", {"copy", "publish", "expire", "delete"} - {a for (a,) in recovered})


def moments(world, want, n, seed):
    rng = random.Random(seed)
    world.reset()
    start = time.monotonic()
    world.work()
    whole = time.monotonic() - start
    for i in range(n):
        world.reset()
        p = world.start("run", "--once", "--now", NOW)
        time.sleep(rng.uniform(0, whole))
        p.kill()
        p.communicate()
        check(f"killed at random moment {i} (seed {seed})", after(world, want))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--pps", default=f"{TOP}/build/tools/pps")
    parser.add_argument("--preload", default=f"{TOP}/build/tests/faults/libkill-at.so")
    parser.add_argument("--random", type=int, default=10)
    parser.add_argument("--seed", type=int, default=20251202)
    parser.add_argument("--every", type=int, default=1, help="only every Kth operation")
    parser.add_argument("--from", type=int, default=1, dest="first", help="from this operation on")
    parser.add_argument("--to", type=int, default=0, dest="last", help="up to this one")
    parser.add_argument("--statements", action="store_true", help="each statement for PostgreSQL is an operation")
    options = parser.parse_args()
    work = os.path.realpath(tempfile.mkdtemp(prefix="pps-publish-crash."))
    try:
        world = (World if options.db == "sqlite" else PostgresWorld)(options.pps, options.preload, work)
        world.reset()
        first = world.work()
        check("undisturbed run", first.returncode and first.err)
        want = world.end()
        statuses = {row[0] for row in world.sql("SELECT DISTINCT status FROM dataset")}
        check("whole lives", "" if statuses == {"DDDEE", "DPPPP", "DDD"} else statuses)
        check("once more", world.work().returncode or difference(want, world.end()))
        moments(world, want, options.random, options.seed)
        boundaries(world, want, options.every, options.first, options.last, options.statements)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"{crash.passed} passed, {crash.failed} failed")
    return crash.failed != 0


if __name__ == "__main__":
    sys.exit(main())
