# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the command line share: an example world for each test, and ways to look at it.

Only the Python standard library. $PPS is the program; $PPS_WRAPPER, when set, is a command that runs it (valgrind).
"""
import contextlib
import hashlib
import json
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PPS = os.path.abspath(os.environ.get("PPS", f"{TOP}/build/tools/pps"))
COMMAND = [*shlex.split(os.environ.get("PPS_WRAPPER", "")), PPS]
SLOW = bool(os.environ.get("PPS_SANITIZED") or os.environ.get("PPS_WRAPPER"))  # no tricks with LD_PRELOAD or limits then
DAY = 20251202
MOVED = [f"MC_O_{DAY}_{n:06d}" for n in (1, 2, 3, 4)]  # the fifth has no known end: it is held
HELD = f"MC_O_{DAY}_000005"


class World:
    """The example world in a folder of its own, whose name a careless program would trip over."""

    def __init__(self):
        self.above = tempfile.mkdtemp(prefix="pps cli ")
        os.chmod(self.above, 0o755)
        self.root = f"{self.above}/wörld #1"
        subprocess.run([sys.executable, "-B", f"{TOP}/examples/world/make-world.py", self.root], check=True)
        self.config = f"{self.root}/pps.yaml"
        self.offline = f"{self.root}/offline/instrument"

    def path(self, *names):
        return os.path.join(self.root, *names)

    def source(self, obs_id, name=""):
        """A file of an exposure in the embargo store: "_R21_S00.fits"."""
        return self.path("storage/LSSTCam", str(DAY), obs_id, f"{obs_id}{name}" if name else "")

    def zip(self, obs_id):
        return f"{self.offline}/LSSTCam/{DAY}/{obs_id}.zip"

    def yaml(self, obs_id):
        return f"{self.offline}/LSSTCam/{DAY}/{obs_id}_dimensions.yaml"

    def sql(self, database, statement, *values):
        """Run a statement in "embargo", "main" or "state", and give its rows."""
        path = self.path("state.db") if database == "state" else self.path(database, "gen3.sqlite3")
        with contextlib.closing(sqlite3.connect(path)) as db:
            rows = db.execute(statement, values).fetchall()
            db.commit()
        return rows

    def edit(self, name, old, new):
        """Replace text in a file of the world."""
        with open(self.path(name)) as f:
            text = f.read()
        if old not in text:
            raise AssertionError(f"{name} does not hold {old!r}")
        with open(self.path(name), "w") as f:
            f.write(text.replace(old, new))

    def hashes(self, folder=""):
        """Everything in it: files by content, databases by their rows, so that a look leaves it equal."""
        out = {}
        for at, folders, files in os.walk(self.path(folder)):
            for name in folders:
                out[os.path.relpath(f"{at}/{name}", self.root)] = "folder"
            for name in files:
                path = f"{at}/{name}"
                if name.endswith((".sqlite3", ".db")):
                    out[os.path.relpath(path, self.root)] = self.dump(path)
                elif not name.endswith(("-journal", "-wal", "-shm", ".lock")) and not name.startswith("state.db."):
                    with open(path, "rb") as f:
                        out[os.path.relpath(path, self.root)] = hashlib.sha256(f.read()).hexdigest()
        return out

    @staticmethod
    def dump(path):
        with contextlib.closing(sqlite3.connect(path)) as db:
            # That a run took the lock, and for which destinations, is no change.
            lines = [line for line in db.iterdump() if not line.startswith('INSERT INTO "writer"') and "'raw.finished_for'" not in line]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def remove(self):
        shutil.rmtree(self.above, ignore_errors=True)


class Case(unittest.TestCase):
    maxDiff = 3000

    def world(self, init=True):
        world = World()
        self.addCleanup(world.remove)
        if init:
            self.pps(world, "init")
        return world

    def run_pps(self, *arguments, command=COMMAND, **options):
        """Just run it: for tests that look at the process themselves."""
        options.setdefault("cwd", "/")
        options.setdefault("timeout", 600)
        environment = {k: v for k, v in os.environ.items() if k not in ("PPS_CONFIG", "DAF_BUTLER_REPOSITORY_INDEX")}
        environment.update(options.pop("env", {}), LC_ALL="C.UTF-8")
        stdin = {} if "input" in options else {"stdin": subprocess.DEVNULL}
        return subprocess.run([*command, *arguments], text=True, env=environment, **stdin,
                              **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options})

    def pps(self, world, *arguments, code=0, **options):
        """Run it on a world (or on none) and check its exit code; a finding of a sanitizer is never expected."""
        given = ("-c", world.config) if world else ()
        done = self.run_pps(*given, *arguments, **options)
        said = f"{' '.join(arguments)}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}"
        self.assertNotIn("Sanitizer", done.stderr or "", said)
        self.assertEqual(done.returncode, code, said)
        return done

    def json(self, world, *arguments, code=0, **options):
        done = self.pps(world, "--json", *arguments, code=code, **options)
        try:
            return json.loads(done.stdout)
        except ValueError:
            self.fail(f"{' '.join(arguments)}: not one JSON document:\n{done.stdout}{done.stderr}")

    def rows(self, world, *arguments, code=0):
        """The rows of a raw command by obs id."""
        return {row["obs_id"]: row for row in self.json(world, "raw", *arguments, code=code)["exposures"]}

    def statuses(self, world, *arguments, code=0):
        return {obs_id: row["status"] for obs_id, row in self.rows(world, *arguments, code=code).items()}

    def unchanged(self, world, *arguments, code=0, says=(), **options):
        """Run it and check that nothing in the world is another than before."""
        before = world.hashes()
        done = self.pps(world, *arguments, code=code, **options)
        self.assertEqual(before, world.hashes(), f"{' '.join(arguments)} changed something")
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, done.stderr + done.stdout)
        return done


def main():
    """Run the tests of a file; the last line is "N passed, N failed"."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    if len(sys.argv) > 1:
        chosen = [test for group in suite for test in group if any(word in test.id() for word in sys.argv[1:])]
        suite = unittest.TestSuite(chosen)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    failed = len({id(test) for test, _ in result.failures + result.errors})
    skipped = len(result.skipped)
    print(f"{max(0, result.testsRun - failed - skipped)} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not result.testsRun else 0)
