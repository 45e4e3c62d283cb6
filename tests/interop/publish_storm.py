# SPDX-License-Identifier: BSD-3-Clause
"""Four Python Butlers and two `pps run` that write to the same five repositories in PostgreSQL at the same time.

    publish_storm.py --pps build/tools/pps [--seconds 20] [--keep DIR]

One writer puts datasets of ever other detectors of the same visits in the first repository, and lists of them in the folders that the two runs
read, each with a state of its own: they copy, publish, expire and delete. The other three transfer, ingest, tag, untag and prune datasets of their
own, of the same visits, runs and dimension sets, in all repositories, and empty their trash. Somebody holds a lock on a table for longer than we wait
now and then. Nobody may see an error but the Python Butlers, whose deadlocks with anybody are tried again here, as they do not by themselves. In the
end the rows of each repository are those of a twin in which Python did all of it, one after the other; so are the files. PostgreSQL is the one that
$PG_URL names. The last line is `N passed, N failed`.
"""

import argparse
import collections
import json
import logging
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid

import psycopg
import publish_world
import sqlalchemy
import yaml
from lsst.daf.butler import Butler, CollectionType, DatasetRef, DatasetType, FileDataset
from publish_flow import Judge
from publish_world import AVAILABLE, EXPIRED, INSTRUMENT, REPOSITORIES, RUN
from tables import differences, dump

NOW = "2025-12-20T00:00"
VISITS, EACH = range(1, 13), 4  # a round is one visit, and this many detectors of it
LEAST = 8  # rounds of each writer, however slow: all that it does comes by then
FORMATTER = "lsst.daf.butler.formatters.json.JsonFormatter"
SPACE = uuid.UUID("0d4a8f0a-6e5d-4a53-9a2f-0123456789ab")
GOOGLE = ("google_int", "google_prod")
OTHERS = ("prompt_prep", "repo_main", *GOOGLE)
TRANSIENT = ("40001", "40P01", "55P03")
# Name: dimensions; whether Google has it, and whether it stays.
OURS = {
    "difference_image": (("instrument", "visit", "detector"), True, False),
    "preliminary_visit_image": (("instrument", "visit", "detector"), True, True),
    "isr_log": (("instrument", "exposure", "detector"), False, False),
    "group_metadata": (("instrument", "group", "detector"), True, True),
}
THEIRS = {
    "other_image": ("instrument", "visit", "detector"),
    "other_log": ("instrument", "exposure", "detector"),
    "other_scrap": ("instrument", "visit", "detector"),
}
TYPES = {name: dimensions for name, (dimensions, _, _) in OURS.items()} | THEIRS
DIMENSIONS = set(TYPES.values())
POLICIES = [
    dict(types=[name], embargo_hours=80, public=public, retention_days="forever" if stays else 0) for name, (_, public, stays) in OURS.items()
]


class World:
    """The repositories, their twins, and two configurations that differ in state and intake."""

    def __init__(self, root, pg, detectors):
        self.root, self.pg, self.universe = root, publish_world.own_database(pg), None
        os.makedirs(root)
        for prefix in ("", "twin_"):
            for name in REPOSITORIES:
                butler = publish_world.make(f"{root}/{prefix}{name}", self.pg)
                self.universe = butler.dimensions
                if name == "embargo":
                    publish_world.fill(butler, VISITS, range(detectors))
                    self.data_ids = {dims: self.expanded(butler, dims) for dims in DIMENSIONS}
        for name in GOOGLE:
            publish_world.set_root(f"{root}/{name}", f"{root}/prompt_prep")
        with open(f"{root}/dataset.json", "w") as f:
            json.dump(dict(n=1), f)
        for n in range(2):
            self.configure(n)

    @staticmethod
    def expanded(butler, dimensions):
        """By detector and the other key: looked up once, so that the writers write."""
        with butler.query() as query:
            found = query.data_ids(dimensions).with_dimension_records()
            return {(d["detector"], d[dimensions[1]]): d for d in found}

    def configure(self, n):
        with psycopg.connect(self.pg, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA publish_state_{n}")
        os.makedirs(f"{self.root}/inbox{n}")
        repositories = {"embargo": dict(butler="embargo", reclaim_after="0s"),
                        "prompt_prep": {"butler": "prompt_prep", "from": "embargo", "transfer": "copy"},
                        "repo_main": {"butler": "repo_main", "from": "prompt_prep", "transfer": "hardlink"}}
        for name in GOOGLE:
            repositories[name] = {"butler": name, "from": "prompt_prep", "transfer": "in_place", "audience": "public"}
        with open(f"{self.root}/pps{n}.yaml", "w") as f:
            yaml.safe_dump(dict(state=f"{self.pg}?options=-csearch_path%3Dpublish_state_{n}", repositories=repositories, policies=POLICIES,
                                intake=dict(folder=f"{self.root}/inbox{n}"), workers=dict(threads=3),
                                tasks={task: dict(batch=12) for task in ("copy", "publish", "expire", "delete")}), f, sort_keys=False)

    def butler(self, name):
        return Butler.from_config(f"{self.root}/{name}", writeable=True)

    def kind(self, name):
        return DatasetType(name, TYPES[name], "StructuredDataDict", universe=self.universe)

    def refs(self, name, run, k):
        """The datasets of a round: one visit, the next few detectors."""
        visit, first, kind, dimensions = VISITS[k % len(VISITS)], k // len(VISITS) * EACH, self.kind(name), TYPES[name]
        other = f"group {visit}" if "group" in dimensions else visit
        return [DatasetRef(kind, self.data_ids[dimensions][d, other], run, id=uuid.uuid5(SPACE, f"{name} {run} {visit} {d}")) for d in range(first, first + EACH)]

    def ingest(self, butler, refs):
        butler.ingest(*[FileDataset(path=f"{self.root}/dataset.json", refs=[ref], formatter=FORMATTER) for ref in refs], transfer="copy")


class Writer:
    """Goes through rounds, the numbers of which say what is done in them; @prefix: in the repositories themselves, or in their twins."""

    def __init__(self, world, prefix=""):
        self.world, self.retries = world, collections.Counter()
        self.butlers = {name: world.butler(prefix + name) for name in REPOSITORIES}

    def again(self, act, *arguments, **more):
        """As long as others are in the way."""
        while True:
            try:
                return act(*arguments, **more)
            except sqlalchemy.exc.DBAPIError as e:
                if e.orig.sqlstate not in TRANSIENT:
                    raise
                self.retries[e.orig.sqlstate] += 1

    def make(self, butler, name, run, k):
        self.again(butler.registry.registerDatasetType, self.world.kind(name))
        self.again(butler.collections.register, run, type=CollectionType.RUN)
        return self.world.refs(name, run, k)

    def tag(self, name, refs):
        for tag in ("other/tagged", AVAILABLE) if name in GOOGLE else ("other/tagged",):
            self.again(self.butlers[name].collections.register, tag, type=CollectionType.TAGGED)
            self.again(self.butlers[name].registry.associate, tag, refs)


class Source(Writer):
    """Puts in the first repository what our two runs take from it."""

    def datasets(self, k):
        return [ref for name in OURS for ref in self.make(self.butlers["embargo"], name, RUN, k)]

    def round(self, k):
        refs = self.datasets(k)
        self.again(self.world.ingest, self.butlers["embargo"], refs)
        path = f"{self.world.root}/inbox{k % 2}/{k:06}.json"
        with open(path + ".part", "w") as f:
            json.dump(dict(batch_id=str(uuid.uuid4()), origin="prompt_processing", datasets=[str(r.id) for r in refs]), f)
        os.rename(path + ".part", path)


class Transfers(Writer):
    """Brings datasets of other runs from the first repository to the others, and tags those of a type of its own."""

    def round(self, k):
        embargo, name = self.butlers["embargo"], OTHERS[k % 4]
        refs = [self.make(embargo, n, "other/transfer", k) for n in ("other_image", "preliminary_visit_image")]
        self.again(self.world.ingest, embargo, sum(refs, []))
        self.again(self.butlers[name].transfer_from, embargo, sum(refs, []), transfer="copy", register_dataset_types=True, transfer_dimensions=True)
        self.tag(name, refs[0])


class Direct(Writer):
    """Ingests in a repository by itself."""

    name = None

    def ingested(self, k):
        name = OTHERS[k % 4]
        refs = self.make(self.butlers[name], self.name, f"other/{self.name}", k)
        self.again(self.butlers[name].transfer_dimension_records_from, self.butlers["embargo"], refs)
        self.again(self.world.ingest, self.butlers[name], refs)
        return name, refs


class Tags(Direct):
    """Tags, and unties half of what it tagged four rounds before."""

    name = "other_log"

    def round(self, k):
        self.tag(*self.ingested(k))
        if k >= 4:
            name = OTHERS[k % 4]
            old = self.world.refs(self.name, f"other/{self.name}", k - 4)[::2]
            for tag in ("other/tagged", AVAILABLE) if name in GOOGLE else ("other/tagged",):
                self.again(self.butlers[name].registry.disassociate, tag, old)


class Prunes(Direct):
    """Prunes what it ingested four rounds before, in each of the ways, which empties the trash of all."""

    name = "other_scrap"

    def round(self, k):
        name, refs = self.ingested(k)
        self.tag(name, refs)
        if k >= 4:
            old = self.world.refs(self.name, f"other/{self.name}", k - 4)
            how = (dict(disassociate=False), dict(disassociate=True, purge=True), dict(disassociate=True, tags=["other/tagged"]))[k % 3]
            self.again(self.butlers[name].pruneDatasets, old, unstore=True, **how)


WRITERS = (Source, Transfers, Tags, Prunes)


def write(cls, world, pipe, most):
    """A process of its own: rounds until the time is up, which it is told once it is ready. Says how many, and what went wrong."""
    logging.disable(logging.WARNING)
    k, writer = 0, None
    try:
        writer = cls(world)
        pipe.send(None)
        until = pipe.recv()
        while k < LEAST or (time.time() < until and k < most):
            writer.round(k)
            k += 1
        pipe.send((k, dict(writer.retries), None))
    except Exception as error:
        pipe.send((k, dict(writer.retries) if writer else {}, f"{type(error).__name__}: {error}"[:1500]))


class Ours:
    """`pps run` by one configuration, again and again; what it retried is in its log."""

    def __init__(self, program, world, n):
        self.command = [program, "-vv", "-c", f"{world.root}/pps{n}.yaml"]
        self.runs, self.retries, self.wrong = 0, collections.Counter(), []
        subprocess.run([*self.command, "init", "--replay"], check=True, capture_output=True)

    def run(self):
        done = subprocess.run([*self.command, "--json", "run", "--once", "--now", NOW], capture_output=True, text=True)
        self.runs += 1
        for line in done.stderr.splitlines():
            if "transaction runs again" in line:
                self.retries["deadlock" if "deadlock" in line else "lock time-out" if "lock timeout" in line else line[-160:]] += 1
            elif line.startswith("pps: warning") or not line.startswith("pps: "):
                self.wrong.append(line)
        if done.returncode:
            self.wrong.append(f"exit {done.returncode}: {done.stdout[-1500:]}")
        return json.loads(done.stdout)["tasks"] if not done.returncode else None

    def loop(self, ends):
        while not ends.is_set() and not self.wrong:
            self.run()

    def settle(self):
        """What is left; an end comes to that."""
        for _ in range(20):
            if not self.run():
                return


def lock(pg, until, every):
    """Holds what all write to until one of our runs has waited for it as long as it may."""
    waiting = """SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE a.application_name = 'pps' AND NOT l.granted
        AND l.relation = 'publish_prompt_prep.dataset'::regclass AND a.datname = current_database()"""
    while time.time() + every < until:
        time.sleep(every / 3)
        with psycopg.connect(pg) as connection, psycopg.connect(pg, autocommit=True) as look:
            connection.execute("LOCK TABLE publish_prompt_prep.dataset IN EXCLUSIVE MODE")
            while time.time() < until and look.execute(waiting).fetchone() == (0,):
                time.sleep(0.1)
            time.sleep(5.5)


def replay(world, rounds):
    """The twins: Python alone does what the four writers did, then what the policies say."""
    twins = [cls(world, "twin_") for cls in WRITERS]
    embargo = twins[0].butlers["embargo"]
    ours = [ref for k in range(rounds[0]) for ref in twins[0].datasets(k)]
    world.ingest(embargo, ours)
    for writer, n in list(zip(twins, rounds, strict=True))[1:]:
        for k in range(n):
            writer.round(k)
    butlers = {name: world.butler(f"twin_{name}") for name in REPOSITORIES}
    public = [r for r in ours if OURS[r.datasetType.name][1]]
    gone = [r for r in ours if not OURS[r.datasetType.name][2]]
    for name in GOOGLE:
        collections_of(world.butler(name), butlers[name])
        butlers[name].transfer_from(embargo, public, transfer="copy", register_dataset_types=True, transfer_dimensions=True)
        expire(butlers[name], public, [r for r in public if r in gone])
    for name in ("prompt_prep", "repo_main"):
        butlers[name].transfer_dimension_records_from(embargo, whole_visits(world, ours))
        butlers[name].transfer_from(embargo, ours, transfer="copy", register_dataset_types=True)
        butlers[name].pruneDatasets(gone, unstore=True, disassociate=False)
    embargo.pruneDatasets(ours, purge=True, unstore=True, disassociate=True)
    return ours, gone


def whole_visits(world, refs):
    """Of each visit of these all detectors, whose records the internal repositories have."""
    visits = {r.dataId["visit"] for r in refs if "visit" in r.dataId}
    kind, ids = world.kind("difference_image"), world.data_ids[TYPES["difference_image"]]
    return [DatasetRef(kind, data_id, RUN) for (_, visit), data_id in ids.items() if visit in visits]


def collections_of(ours, twin):
    """The chains that are kept, and the texts of those that they are made of: judged elsewhere."""
    found = {c.name: c for c in ours.collections.query_info("Prompt/*")}
    for name, info in found.items():
        twin.collections.register(name, type=info.type, doc=ours.registry.getCollectionDocumentation(name))
    for name, info in found.items():
        if info.type == CollectionType.CHAINED:
            twin.collections.redefine_chain(name, info.children)


def expire(butler, public, gone):
    butler.registry.associate(AVAILABLE, public)
    butler.registry.associate(EXPIRED, gone)
    butler.registry.disassociate(AVAILABLE, gone)
    for uris in butler.get_many_uris(gone).values():
        os.unlink(uris.primaryURI.ospath)
    butler._datastore.forget(gone)


def files(folder):
    return {os.path.relpath(f"{at}/{n}", folder) for at, _, names in os.walk(folder) for n in names if n.endswith(".json")}


def compare(judge, world, ours, gone):
    for name in REPOSITORIES:
        lines = differences(dump(f"{world.root}/{name}"), dump(f"{world.root}/twin_{name}"))
        judge.check(f"{name} has the rows of its twin", not lines, "\n".join(lines))
    for name in ("embargo", "repo_main"):
        judge.equal(f"{name} has the files of its twin", files(f"{world.root}/{name}"), files(f"{world.root}/twin_{name}"))
    shared = set().union(*(files(f"{world.root}/twin_{name}") for name in ("prompt_prep", *GOOGLE)))
    judge.equal("prompt_prep has the files of three twins", files(f"{world.root}/prompt_prep"), shared)
    judge.check("there was something to be done", len(ours) > 100 and gone, len(ours))


def storm(judge, options, root):
    rounds = max(24, options.seconds * 2)
    world = World(root, os.environ["PG_URL"], (rounds // len(VISITS) + 1) * EACH)
    ours = [Ours(os.path.abspath(options.pps), world, n) for n in range(2)]
    context, pipes, processes = multiprocessing.get_context("fork"), [], []
    for cls in WRITERS:
        pipe, other = context.Pipe()
        processes.append(context.Process(target=write, args=(cls, world, other, rounds)))
        pipes.append(pipe)
        processes[-1].start()
        other.close()
    ready = [pipe.recv() for pipe in pipes]
    judge.check("all writers are ready", ready == [None] * len(pipes), ready)
    until = time.time() + options.seconds
    for pipe in pipes:
        pipe.send(until)
    ends = threading.Event()
    threads = [threading.Thread(target=o.loop, args=(ends,)) for o in ours]
    threads.append(threading.Thread(target=lock, args=(world.pg, until, 10 if options.seconds < 60 else 40)))
    for thread in threads:
        thread.start()
    said = [pipe.recv() for pipe in pipes]
    ends.set()
    for thread in [*processes, *threads]:
        thread.join()
    for o in ours:
        o.settle()
        judge.check("one of our runs", not o.wrong, "\n".join(o.wrong[:20]))
        print(f"pps: {o.runs} runs, tried again: {dict(o.retries)}")
    for cls, (n, retries, wrong) in zip(WRITERS, said, strict=True):
        judge.check(cls.__name__, not wrong, wrong)
        print(f"{cls.__name__}: {n} rounds, tried again: {retries}", flush=True)
    judge.check("somebody waited too long for a lock, and went on", sum(o.retries["lock time-out"] for o in ours))
    begin = time.time()
    compare(judge, world, *replay(world, [n for n, _, _ in said]))
    print(f"the twins: {time.time() - begin:.0f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pps", required=True)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--keep")
    options = parser.parse_args()
    root, judge = options.keep or tempfile.mkdtemp(prefix="pps-storm."), Judge()
    storm(judge, options, f"{root}/world")
    if not options.keep:
        shutil.rmtree(root)
    print(f"{judge.passed} passed, {judge.failed} failed")
    return judge.failed != 0


if __name__ == "__main__":
    sys.exit(main())
