#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures taking datasets out: half of them expire (out of one TAGGED collection into another, locations and file records dropped), half are
unstored (files unlinked, locations and file records dropped), against the Python Butler's disassociate(), associate(), forget() and
pruneDatasets(unstore=True), and against bare DELETE, INSERT ... SELECT and unlink on one connection, in turn on equal repositories.

    expire.py --tool build/tests/interop/butler-tool [--db sqlite|postgres|both] [--datasets 20000] [--pairs 3]

PostgreSQL is the one that $PG_URL names, or one of our own. Prints one JSON document: datasets a second, medians of the ratios.
"""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../interop")

import psycopg  # noqa: E402
import world_build  # noqa: E402
from lsst.daf.butler import Butler, CollectionType, DataCoordinate, DatasetRef, DatasetType  # noqa: E402
from postgres import Postgres, drop_schema  # noqa: E402
from records import DAY, INSTRUMENT, cameras, records, repository  # noqa: E402
from tables import differences, dump  # noqa: E402

DETECTORS, BYTES = 205, 4096
FORGET = ("DELETE FROM {location} WHERE dataset_id IN {ids}", "DELETE FROM {records} WHERE dataset_id IN {ids}")
EXPIRE = ("DELETE FROM {tags} WHERE collection_id = {available} AND dataset_id IN {ids}",
          "INSERT INTO {tags} SELECT dataset_type_id, dataset_id, {expired}, instrument, detector, visit FROM {tags}"
          " WHERE collection_id = {run} AND dataset_id IN {ids}")


class World:
    """A repository with datasets that are available, and their files; made anew for each run, with the same UUIDs."""

    def __init__(self, db, pg, folder, options):
        self.db, self.pg, self.folder, self.n = db, pg, f"{folder}/repo", options.datasets
        self.ids = [uuid.uuid5(uuid.NAMESPACE_OID, f"bench {i}") for i in range(self.n)]
        self.visits = -(-self.n // DETECTORS)

    def fresh(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        b = world_build.make_repository(self.folder, repository(self.db, "expire", self.pg), self.pg)
        world_build.base_records(b, dict(instruments=cameras(DETECTORS)))
        for element, rows in records(self.visits, 0).items():
            if rows:
                b.registry.insertDimensionData(element, *rows)
        kind = DatasetType("bench_log", ("instrument", "visit", "detector"), "StructuredDataDict", universe=b.dimensions)
        b.registry.registerDatasetType(kind)
        b.collections.register("run", CollectionType.RUN)
        b.collections.register("available", CollectionType.TAGGED)
        b.collections.register("expired", CollectionType.TAGGED)
        key = [(DAY * 100000 + i // DETECTORS + 1, i % DETECTORS) for i in range(self.n)]
        self.refs = [DatasetRef(kind, DataCoordinate.standardize(instrument=INSTRUMENT, visit=v, detector=d, universe=b.dimensions), run="run", id=u)
                     for u, (v, d) in zip(self.ids, key, strict=True)]
        first = b.registry._importDatasets(self.refs[:1])  # with the summaries that all others need
        b.registry.associate("available", first)
        b.registry.associate("expired", first)
        b.registry.disassociate("expired", first)
        self.fill(key)
        return b

    def connect(self):
        if self.db == "postgres":
            return psycopg.connect(self.pg)
        connection = sqlite3.connect(f"{self.folder}/gen3.sqlite3")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def table(self, name):
        return f'bench_expire."{name}"' if self.db == "postgres" else f'"{name}"'

    def names(self, c):
        one = lambda text: c.execute(text).fetchone()[0]  # noqa: E731
        collection = self.table("collection")
        found = {k: one(f"SELECT collection_id FROM {collection} WHERE name = '{k}'") for k in ("run", "available", "expired")}
        found["tags"] = self.table(one(f"SELECT tag_association_table FROM {self.table('dataset_type')} WHERE name = 'bench_log'"))
        found.update(type=one(f"SELECT id FROM {self.table('dataset_type')} WHERE name = 'bench_log'"), location=self.table("dataset_location"),
                     records=self.table("file_datastore_records"), dataset=self.table("dataset"))
        return found

    def fill(self, key):
        """The rows that the Butler would write, and files of 4 KB, a few hundred in a folder."""
        c = self.connect()
        n, ids = self.names(c), [u if self.db == "postgres" else u.hex for u in self.ids]
        paths = [f"run/{i // 200}/{u}.json" for i, u in enumerate(self.ids)]
        place = "%s" if self.db == "postgres" else "?"
        cursor = c.cursor()

        def insert(table, rows):
            rows = list(rows)
            cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join([place] * len(rows[0]))})", rows)
        insert(n["dataset"], [(u, n["type"], 1_800_000_000_000_000_000, n["run"]) for u in ids[1:]])
        for collection in (n["run"], n["available"]):
            insert(n["tags"], [(n["type"], u, collection, INSTRUMENT, d, v) for u, (v, d) in list(zip(ids, key, strict=True))[1:]])
        insert(n["location"], [("FileDatastore@<butlerRoot>", u) for u in ids])
        insert(n["records"], [(u, p, "lsst.daf.butler.formatters.json.JsonFormatter", "StructuredDataDict", "__NULL_STRING__", None, BYTES)
                              for u, p in zip(ids, paths, strict=True)])
        c.commit()
        if self.db == "postgres":
            c.autocommit = True
            for name in ("dataset", "tags", "location", "records"):
                c.execute(f"ANALYZE {n[name]}")
        c.close()
        for p in paths:
            os.makedirs(os.path.dirname(f"{self.folder}/{p}"), exist_ok=True)
            with open(f"{self.folder}/{p}", "wb") as f:
                f.write(b"x" * BYTES)
        self.paths = paths

    def python(self):
        b = self.fresh()
        half = self.n // 2
        start = time.perf_counter()
        with b.transaction():
            b.registry.disassociate("available", self.refs[:half])
            b.registry.associate("expired", self.refs[:half])
            b._datastore.forget(self.refs[:half])
        middle = time.perf_counter()
        b.pruneDatasets(self.refs[half:], disassociate=False, unstore=True, purge=False)
        seconds = middle - start, time.perf_counter() - middle
        b.close()
        return seconds, self.look()

    def ours(self, tool):
        self.fresh().close()
        half, seconds = self.n // 2, []
        # several chunks expire at a time in a service, where the database bears it; what deletes is alone in its repository
        expire = ["expire-chunks", self.folder, "available", "expired", "-"] if self.db == "postgres" else ["expire", self.folder, "available", "expired", "keep", "-"]
        for verb, ids in ((expire, self.ids[:half]), (["unstore", self.folder, "-"], self.ids[half:])):
            text = "".join(f"{u}\n" for u in ids)
            done = subprocess.run([tool, *verb], input=text, capture_output=True, text=True, check=True, env=dict(os.environ, BUTLER_TOOL_CLOCK="1"))
            # without what opens the repository, as of Python
            seconds.append(int(done.stdout if verb[0] == "expire-chunks" else done.stderr) / 1e9)
        return seconds, self.look()

    def bare(self):
        self.fresh().close()
        c, half = self.connect(), self.n // 2
        n, ids = self.names(c), [f"'{u if self.db == 'postgres' else u.hex}'" for u in self.ids]
        start = time.perf_counter()
        for part, statements in ((ids[:half], EXPIRE + FORGET), (ids[half:], FORGET)):
            for i in range(0, len(part), 5000):
                for text in statements:
                    c.execute(text.format(ids=f"({','.join(part[i:i + 5000])})", **n))
                c.commit()
        for p in self.paths[half:]:
            os.unlink(f"{self.folder}/{p}")
        seconds = time.perf_counter() - start
        c.close()
        return seconds

    def look(self):
        left = sorted(os.path.join(f, x) for f, _, names in os.walk(f"{self.folder}/run") for x in names)
        return dump(self.folder), left


def measure(db, pg, folder, options):
    world, runs = World(db, pg, folder, options), []
    for _ in range(options.pairs):
        theirs, python_look = world.python()
        own, our_look = world.ours(options.tool)
        if python_look[1] != our_look[1] or (lines := differences(our_look[0], python_look[0])):
            sys.exit("\n".join(lines) if python_look[1] == our_look[1] else "other files are left")
        runs.append(dict(python=[round(x, 3) for x in theirs], ours=[round(x, 3) for x in own], bare=round(world.bare(), 3)))
    rate = lambda seconds: round(world.n / statistics.median(seconds))  # noqa: E731
    ratio = lambda part: round(statistics.median(part(r["python"]) / part(r["ours"]) for r in runs), 2)  # noqa: E731
    if db == "postgres":
        drop_schema(pg, "bench_expire")
    return dict(db=db, datasets=world.n, runs=runs, python_per_s=rate(sum(r["python"]) for r in runs), ours_per_s=rate(sum(r["ours"]) for r in runs),
                bare_per_s=rate(r["bare"] for r in runs), ratio=ratio(sum), expire_ratio=ratio(lambda x: x[0]), unstore_ratio=ratio(lambda x: x[1]),
                of_bare=round(statistics.median(r["bare"] / sum(r["ours"]) for r in runs), 2), load=[round(x, 1) for x in os.getloadavg()])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--datasets", type=int, default=20000)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    results = []
    with Postgres(options.db != "sqlite") as pg:
        for db in ("sqlite", "postgres") if options.db == "both" else (options.db,):
            folder = tempfile.mkdtemp(prefix="bench-expire.")
            try:
                results.append(measure(db, pg, folder, options))
            finally:
                shutil.rmtree(folder)
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
