#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures bringing the dimension records of many visits and detectors, with their sky pixels, into a repository that has none of them,
against the Python Butler's transfer_dimension_records_from() and a bare INSERT ... SELECT of the same rows on one connection, in turn.

    records.py --tool build/tests/interop/records-tool [--db sqlite|postgres|both] [--visits 98] [--detectors 205] [--pairs 3]

PostgreSQL is the one that $PG_URL names, or one of our own. Prints one JSON document: visit-detectors a second, medians of the ratios.
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

sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../interop")

import psycopg  # noqa: E402
import world_build  # noqa: E402
import worlds  # noqa: E402
from lsst.daf.butler import Butler, DataCoordinate, Timespan  # noqa: E402
from postgres import Postgres, drop_schema  # noqa: E402
from tables import differences, dump  # noqa: E402

INSTRUMENT, DAY = "LSSTCam", 20251202
# What is written, in the order of the foreign keys.
TABLES = ("day_obs", "group", "visit", "visit_skypix_overlap", "exposure", "visit_definition", "visit_detector_region",
          "visit_detector_region_skypix_overlap", "visit_system_membership")


def cameras(detectors):
    return [dict(name=INSTRUMENT, full=True, detectors=worlds.all_detectors(INSTRUMENT)[:detectors])]


def records(visits, detectors):
    """One exposure and one visit each, whose detectors lie on a grid as on the sky."""
    found = {k: [] for k in ("day_obs", "group", "visit", "exposure", "visit_definition", "visit_system_membership", "visit_detector_region")}
    noon = world_build.noon_of(DAY)
    found["day_obs"].append(dict(instrument=INSTRUMENT, id=DAY, timespan=Timespan(None, None, _nsec=(noon, noon + 86400 * 10**9))))
    for k in range(visits):
        number, begin = DAY * 100000 + k + 1, noon + 43200 * 10**9 + k * 40 * 10**9
        ra, dec = 150.0 + 1.1 * (k % 8), -30.0 + 0.7 * (k // 8 % 8)
        common = dict(instrument=INSTRUMENT, id=number, day_obs=DAY, physical_filter="r_57", seq_num=k + 1, exposure_time=30.0,
                      target_name="lowdust", observation_reason="science", science_program="BLOCK-407", azimuth=222.07,
                      zenith_angle=18.1, timespan=Timespan(None, None, _nsec=(begin, begin + 30929600000)))
        name = f"MC_O_{DAY}_{k + 1:06d}"
        found["group"].append(dict(instrument=INSTRUMENT, name=f"group {k}"))
        found["exposure"].append(dict(common, group=f"group {k}", obs_id=name, dark_time=30.9, observation_type="science", seq_start=k + 1,
                                      seq_end=k + 1, tracking_ra=ra, tracking_dec=dec, sky_angle=0.5 * k, has_simulated=False, can_see_sky=True))
        found["visit"].append(dict(common, name=name, region=world_build.polygon(ra, dec, 1.75)))
        found["visit_definition"].append(dict(instrument=INSTRUMENT, exposure=number, visit=number))
        found["visit_system_membership"] += [dict(instrument=INSTRUMENT, visit_system=s, visit=number) for s in (0, 2)]
        for d in range(detectors):
            x, y = (d % 15 - 7) * 0.235, (d // 15 - 7) * 0.235
            found["visit_detector_region"].append(dict(instrument=INSTRUMENT, visit=number, detector=d,
                                                       region=world_build.polygon(ra + x, dec + y, 0.155, 4)))
    return found


def repository(db, name, pg):
    if db == "postgres":
        drop_schema(pg, f"bench_{name}")
    return dict(name=name, universe=8, datasets="2.0.0", datastore="file", namespace=f"bench_{name}" if db == "postgres" else None)


def connect(db, folder, pg):
    if db == "postgres":
        return psycopg.connect(pg)
    connection = sqlite3.connect(f"{folder}/dest/gen3.sqlite3", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"ATTACH 'file:{folder}/source/gen3.sqlite3' AS bench_source")
    return connection


class World:
    def __init__(self, db, pg, folder, options):
        self.db, self.pg, self.folder = db, pg, folder
        self.spec = dict(instruments=cameras(options.detectors))
        self.keys = [(DAY * 100000 + k + 1, d) for k in range(options.visits) for d in range(options.detectors)]
        self.source = world_build.make_repository(f"{folder}/source", repository(db, "source", pg), pg)
        world_build.base_records(self.source, self.spec)
        for element, rows in records(options.visits, options.detectors).items():
            self.source.registry.insertDimensionData(element, *rows)
        self.analyze("bench_source", *TABLES)

    def analyze(self, schema, *tables):
        """As autovacuum has long done where rows have not come this second."""
        if self.db == "postgres":
            with psycopg.connect(self.pg, autocommit=True) as c:
                for table in tables:
                    c.execute(f'ANALYZE {schema}."{table}"')

    def fresh(self, name):
        """A destination that has long had instrument and detectors, and nothing else."""
        folder = f"{self.folder}/{name}"
        shutil.rmtree(folder, ignore_errors=True)
        butler = world_build.make_repository(folder, repository(self.db, name, self.pg), self.pg)
        world_build.base_records(butler, self.spec)
        self.analyze(f"bench_{name}", "instrument", "detector", "physical_filter", "visit_system")
        return butler, folder

    def python(self):
        butler, _ = self.fresh("dest")
        ids = [DataCoordinate.standardize(instrument=INSTRUMENT, visit=v, detector=d, universe=butler.dimensions) for v, d in self.keys]
        start = time.perf_counter()
        butler.transfer_dimension_records_from(self.source, ids)
        seconds = time.perf_counter() - start
        rows = dump(f"{self.folder}/dest")
        butler.close()
        return seconds, rows

    def ours(self, tool):
        butler, folder = self.fresh("dest")
        butler.close()
        line = json.dumps([dict(dimensions=["instrument", "visit", "detector"], values=[x for v, d in self.keys for x in (INSTRUMENT, v, d)])])
        done = subprocess.run([tool, f"{self.folder}/source", folder], input=f"ensure {line}\n" * 2, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        first, again = done.stdout.splitlines()
        return int(first.split()[2]) / 1e9, int(again.split()[2]) / 1e9, dump(folder)

    def bare(self):
        """The same rows by INSERT ... SELECT within one server, in one transaction."""
        butler, _ = self.fresh("dest")
        butler.close()
        c = connect(self.db, self.folder, self.pg)
        dest = "bench_dest" if self.db == "postgres" else "main"
        start = time.perf_counter()
        if self.db == "sqlite":
            c.execute("BEGIN IMMEDIATE")
        for table in TABLES:
            c.execute(f'INSERT INTO {dest}."{table}" SELECT * FROM bench_source."{table}"')
        c.execute("COMMIT")
        seconds = time.perf_counter() - start
        c.close()
        return seconds


def measure(db, options, pg, folder):
    world, runs = World(db, pg, folder, options), []
    n = len(world.keys)
    for _ in range(options.pairs):
        python, theirs = world.python()
        ours, again, rows = world.ours(options.tool)
        wrong = differences(rows, theirs)
        if wrong:
            sys.exit("\n".join(wrong))
        bare = world.bare()
        runs.append(dict(python=round(n / python), ours=round(n / ours), bare=round(n / bare), ours_nothing_missing=round(n / again)))
    world.source.close()
    with_overlaps = len(rows["visit_detector_region_skypix_overlap"])
    return dict(db=db, visit_detectors=n, overlaps=with_overlaps, runs=runs, ratio=round(statistics.median(r["ours"] / r["python"] for r in runs), 2),
                of_bare=round(statistics.median(r["ours"] / r["bare"] for r in runs), 2), load=[round(x, 1) for x in os.getloadavg()])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--visits", type=int, default=98)
    parser.add_argument("--detectors", type=int, default=205)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    dbs = ("sqlite", "postgres") if options.db == "both" else (options.db,)
    results = []
    with Postgres("postgres" in dbs) as pg:
        for db in dbs:
            folder = tempfile.mkdtemp(prefix="bench-records.")
            try:
                results.append(measure(db, options, pg, folder))
            finally:
                shutil.rmtree(folder)
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
