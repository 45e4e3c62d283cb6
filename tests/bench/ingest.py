#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures bringing one exposure's zip into a Butler repository: dimension records and ingest_zip in direct mode, against the Python
Butler, in turn, in one process each that stays open.

    ingest.py --tool build/tests/interop/butler-tool [--db sqlite|postgres|both] [--detectors 205] [--pairs 5]

PostgreSQL is the one that $PG_URL names, or one of our own. Prints one JSON document: milliseconds of each run, medians of the ratios.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../interop")

import world_build  # noqa: E402
import worlds  # noqa: E402
from lsst.daf.butler import Butler  # noqa: E402
from postgres import Postgres, drop_schema  # noqa: E402


def world(db, detectors, exposures):
    """A world of full exposures, one instrument, two equal destinations."""
    spec = worlds.generate(3, db)
    camera = next(c for c in spec["instruments"] if c["name"] == "LSSTCam")
    model = next(e for e in spec["exposures"] if e["record"]["instrument"] == "LSSTCam")
    present = worlds.all_detectors("LSSTCam")[:detectors]
    spec["instruments"], spec["visits"], spec["exposures"] = [camera], [], []
    for i in range(exposures):
        number = model["record"]["id"] // 100000 * 100000 + 70000 + i
        record = dict(model["record"], id=number, obs_id=f"MC_O_20251202_{70000 + i:06}", group=f"bench {i}", seq_num=70000 + i)
        spec["exposures"].append(dict(model, record=record, present=present, in_root=False))
    repo = dict(spec["destinations"][0], name="dest", universe=8, datasets="2.0.0", datastore="file", dataset_types=True,
                records="instrument", preloaded=False)
    spec["source"].update(universe=8, datasets="2.0.0", datastore="file")
    spec["destinations"] = [repo]
    if repo["namespace"]:
        spec["source"]["namespace"], repo["namespace"] = "bench_source", "bench_dest"
    return spec


class Ours:
    """Our tool, kept open: a line for each zip, an answer in nanoseconds."""

    def __init__(self, tool, source, dest):
        self.process = subprocess.Popen([tool, "serve", source, dest], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, exposure, path):
        self.process.stdin.write(f"{exposure} {path}\n")
        self.process.stdin.flush()
        records, ingest = self.process.stdout.readline().split()
        return int(records) / 1e6, int(ingest) / 1e6

    def close(self):
        self.process.stdin.close()
        if self.process.wait():
            sys.exit("butler-tool failed")


def python_way(source, dest, refs, path):
    start = time.perf_counter()
    dest.transfer_dimension_records_from(source, refs)
    middle = time.perf_counter()
    dest.ingest_zip(path, transfer="direct")
    return (middle - start) * 1e3, (time.perf_counter() - middle) * 1e3


def measure(db, options, pg, folder):
    spec = world(db, options.detectors, options.pairs + 1)
    for name in ("bench_source", "bench_dest", "bench_dest_twin"):
        if pg and db == "postgres":
            drop_schema(pg, name)
    source = world_build.build(spec, folder, pg)
    os.makedirs(f"{folder}/zips")
    ours = Ours(options.tool, f"{folder}/source", f"{folder}/dest")
    runs = []
    with Butler.from_config(f"{folder}/dest_twin", writeable=True) as theirs:
        for e in spec["exposures"]:
            refs = [source.get_dataset(d["id"], dimension_records=True) for d in e["datasets"]]
            path = source.retrieve_artifacts_zip(refs, destination=f"{folder}/zips").ospath
            python = python_way(source, theirs, refs, path)
            runs.append(dict(python_ms=[round(x, 2) for x in python], ours_ms=[round(x, 2) for x in ours.run(e["record"]["id"], path)]))
    ours.close()
    source.close()
    ratios = [sum(r["python_ms"]) / sum(r["ours_ms"]) for r in runs[1:]]  # the first run opens and plans
    return dict(db=db, detectors=options.detectors, runs=runs, ratio=round(statistics.median(ratios), 2),
                ingest_ratio=round(statistics.median(r["python_ms"][1] / r["ours_ms"][1] for r in runs[1:]), 2),
                load=[round(x, 1) for x in os.getloadavg()])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--detectors", type=int, default=205)
    parser.add_argument("--pairs", type=int, default=5)
    options = parser.parse_args()
    dbs = ("sqlite", "postgres") if options.db == "both" else (options.db,)
    results = []
    with Postgres("postgres" in dbs) as pg:
        for db in dbs:
            folder = tempfile.mkdtemp(prefix="bench-ingest.")
            try:
                results.append(measure(db, options, pg, f"{folder}/world"))
            finally:
                shutil.rmtree(folder)
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
