# SPDX-License-Identifier: BSD-3-Clause
"""The flow of prompt products over five repositories, judged by the real Python Butler.

    publish_flow.py --pps build/tools/pps [--db sqlite|postgres|both] [--long] [--keep DIR]

Datasets over a dozen dimension sets are registered and taken through their whole life by `pps run --once --now` at successive dates. After each run,
what each repository shows to the Python Butler is compared with what policies and clock say, worked out here anew; the internal repositories
are compared, row for row, with twins that the Python Butler filled and emptied itself. PostgreSQL is the one that $PG_URL names: repositories and state are in
a database of it that is dropped in the end. The last line is `N passed, N failed`.
"""

import argparse
import fnmatch
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile

from astropy.time import Time, TimeDelta
from lsst.daf.butler import Butler

import publish_world
from publish_world import AVAILABLE, EXPIRED, POLICIES, RUN
from tables import differences, dump

DATES = ["2025-12-02T04:30", "2025-12-02T06:00", "2025-12-03T06:00:01", "2025-12-05T13:00", "2025-12-05T15:00", "2025-12-05T16:00", "2025-12-07T00:00", "2025-12-12T05:59",
         "2025-12-12T06:00:01", "2026-01-01T07:00", "2026-01-04T16:00:01", "2026-02-01T00:00"]


class Expected:
    """What should be where, by policies and clock alone: a second reading of the rules."""

    def __init__(self, world):
        self.world = world
        self.rules = {i: next((p for p in POLICIES if any(fnmatch.fnmatchcase(r.datasetType.name, t) for t in p["types"])), None) for i, r in world.refs.items()}
        self.at = {}  # (dataset, repository, what): when

    def end(self, ref):
        """None: its dimensions have no time."""
        keys = dict(ref.dataId.required)
        if "visit" in keys or "exposure" in keys:
            return publish_world.ends(keys.get("visit", keys.get("exposure")))
        if "group" in keys:
            return publish_world.ends(int(keys["group"].split()[1]))
        return publish_world.ends(max(self.world.visits)) if "day_obs" in keys else None

    def step(self, now):
        for i, ref in self.world.refs.items():
            rule, end = self.rules[i], self.end(ref)
            if rule is None or (rule["embargo_hours"] and (end is None or end + TimeDelta(rule["embargo_hours"] * 3600, format="sec") > now)):
                continue
            self.settle(i, rule, now)

    def settle(self, i, rule, now):
        at = self.at
        for name in ("prompt_prep", "repo_main") + (("google_int", "google_prod") if rule["public"] else ()):
            at.setdefault((i, name, "there"), now)
        if at[i, "repo_main", "there"] + TimeDelta(86400, format="sec") <= now:
            at.setdefault((i, "embargo", "gone"), now)
        if rule["retention_days"] == "forever" or at[i, "prompt_prep", "there"] + TimeDelta(rule["retention_days"] * 86400, format="sec") > now:
            return
        for name in publish_world.REPOSITORIES[1:]:
            at.setdefault((i, name, "gone"), now)

    def stored(self, name):
        """UUIDs that have files in a repository."""
        return {i for i in self.world.refs if (i, name, "gone") not in self.at and (name == "embargo" or (i, name, "there") in self.at)}

    def known(self, name):
        return {i for i in self.world.refs if (name == "embargo" and (i, name, "gone") not in self.at) or (name != "embargo" and (i, name, "there") in self.at)}


class Judge:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, good, more=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAILED {what}: {str(more)[:2000]}", flush=True)

    def equal(self, what, ours, theirs):
        self.check(what, ours == theirs, f"only ours {sorted(map(str, ours - theirs))[:5]}, only expected {sorted(map(str, theirs - ours))[:5]}")


def found(butler, collections):
    """All datasets that queries find in these collections."""
    ids = set()
    with butler.query() as query:
        for kind in butler.registry.queryDatasetTypes():
            ids |= {r.id for r in query.datasets(kind, collections=collections, find_first=False)}
    return ids


def look(judge, world, expected, when):
    names = publish_world.REPOSITORIES
    butlers = {name: world.butler(name) for name in names}
    for name, butler in butlers.items():
        ids = found(butler, RUN) if butler.registry.queryCollections(RUN) else set()
        judge.equal(f"{when} {name}: datasets", ids, expected.known(name))
        refs = [world.refs[i] for i in ids]
        stored = {r.id for r, there in butler._datastore.knows_these(refs).items() if there} if refs else set()
        judge.equal(f"{when} {name}: stored", stored, expected.stored(name))
        for ref in refs:
            if ref.id in expected.stored(name):
                judge.check(f"{when} {name}: {ref} is got", butler.get(ref)["type"] == ref.datasetType.name)
    for name in ("google_int", "google_prod"):
        both = [c for c in (AVAILABLE, EXPIRED) if list(butlers[name].registry.queryCollections(c))]
        for collection in both:
            wanted = expected.stored(name) if collection == AVAILABLE else expected.known(name) - expected.stored(name)
            judge.equal(f"{when} {name}: {collection}", found(butlers[name], collection), wanted)
        for chain, wanted in (("Prompt/Available", expected.stored(name)), ("Prompt/All", expected.known(name))):
            judge.equal(f"{when} {name}: {chain}", found(butlers[name], chain), wanted)
        for i in list(expected.stored(name))[:5]:
            a, b = (butlers[k].getURI(world.refs[i]).ospath for k in (name, "prompt_prep"))
            judge.check(f"{when} {name}: one file", a == b, (a, b))
    for i in expected.stored("repo_main") & expected.stored("prompt_prep"):
        a, b = (os.stat(butlers[k].getURI(world.refs[i]).ospath) for k in ("repo_main", "prompt_prep"))
        judge.check(f"{when} repo_main: linked", (a.st_ino, a.st_dev) == (b.st_ino, b.st_dev))


class Twins:
    """The Python Butler does the same to repositories of its own."""

    def __init__(self, world, transfer="hardlink"):
        self.world, self.transfer = world, {"direct": "unsafe_direct"}.get(transfer, transfer)
        self.done = {name: (set(), set()) for name in ("prompt_prep", "repo_main")}
        for name in self.done:
            publish_world.make(f"{world.root}/twin_{name}", world.pg)

    def step(self, expected):
        for name, source in (("prompt_prep", "embargo"), ("repo_main", "twin_prompt_prep")):
            there, gone = self.done[name]
            new = expected.known(name) - there
            twin = Butler.from_config(f"{self.world.root}/twin_{name}", writeable=True)
            if new:
                origin = Butler.from_config(f"{self.world.root}/{source}", writeable=True)
                refs = [origin.get_dataset(i, dimension_records=True) for i in sorted(new)]
                twin.transfer_from(origin, refs, transfer="copy" if name == "prompt_prep" else self.transfer, register_dataset_types=True, transfer_dimensions=True)
                there |= new
        for name in self.done:
            there, gone = self.done[name]
            old = there - expected.stored(name) - gone
            if old:
                Butler.from_config(f"{self.world.root}/twin_{name}", writeable=True).pruneDatasets([self.world.refs[i] for i in sorted(old)], unstore=True, disassociate=False)
                gone |= old

    def compare(self, judge, when):
        for name in self.done:
            twin = dump(f"{self.world.root}/twin_{name}")
            # paths that refer to the other twin
            twin = {table: [row.replace(f"{self.world.root}/twin_", f"{self.world.root}/") for row in rows] for table, rows in twin.items()}
            lines = differences(dump(self.world.folder(name)), twin)
            judge.check(f"{when} {name} equals its twin", not lines, "\n".join(lines))
            ours, theirs = (sorted(os.path.relpath(f"{at}/{f}", root) for root in (r,) for at, _, files in os.walk(r) for f in files if f.endswith(".json"))
                            for r in (self.world.folder(name), f"{self.world.root}/twin_{name}"))
            judge.check(f"{when} {name}: the twin's files", ours == theirs, (set(ours) ^ set(theirs)))


def pps(program, world, *arguments, code=0):
    done = subprocess.run([program, "-c", f"{world.root}/pps.yaml", *arguments], capture_output=True, text=True)
    if done.returncode != code:
        raise RuntimeError(f"{arguments}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def register(program, world):
    pps(program, world, "register", world.list())


def life(judge, program, world, dates, tell, transfer="hardlink"):
    """@tell: tells pps of datasets; the UUIDs of those that it did not tell of."""
    twins, expected = Twins(world, transfer), Expected(world)
    pps(program, world, "init", "--replay")
    untold = set(tell() or ())
    expected.rules.update(dict.fromkeys(untold))
    for date in dates:
        now = Time(date, scale="utc").tai
        expected.step(now)
        pps(program, world, "run", "--once", "--now", date)
        look(judge, world, expected, date)
        twins.step(expected)
        twins.compare(judge, date)
        # once more: nothing is left to be done
        judge.check(f"{date}: done", json.loads(pps(program, world, "--json", "run", "--once", "--now", date))["tasks"] == [])
    pps(program, world, "run", "--once", "--now", "2025-12-02T04:00", code=4)
    rows = [json.loads(line) for line in pps(program, world, "datasets").splitlines()]
    judge.equal("registered", {row["id"] for row in rows}, {str(i) for i in set(world.refs) - untold})
    for row in rows:
        for name, status in row["status"].items():
            i = next(i for i in world.refs if str(i) == row["id"])
            wanted = "present" if i in expected.stored(name) else "never" if name != "embargo" and i not in expected.known(name) else "expired" if "google" in name else "deleted"
            judge.check(f"{row['id']} in {name}", status == wanted, (status, wanted))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pps", required=True)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--keep")
    parser.add_argument("--long", action="store_true", help="a larger world, and all dates")
    options = parser.parse_args()
    root = options.keep or tempfile.mkdtemp(prefix="pps publish ")
    judge = Judge()
    program, visits, dates = os.path.abspath(options.pps), (1, 2, 3) if options.long else (1, 2), DATES if options.long else DATES[1::2]
    for db in ("sqlite", "postgres") if options.db == "both" else (options.db,):
        world = publish_world.World(f"{root}/{db}", os.environ["PG_URL"] if db == "postgres" else None, visits=visits)
        life(judge, program, world, dates, functools.partial(register, program, world))
    if not options.keep:
        shutil.rmtree(root)
    print(f"{judge.passed} passed, {judge.failed} failed")
    return judge.failed != 0


if __name__ == "__main__":
    sys.exit(main())
