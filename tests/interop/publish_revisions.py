# SPDX-License-Identifier: BSD-3-Clause
"""Dimension records that are revised in the first repository after they were copied and published.

    publish_revisions.py --pps build/tools/pps [--db sqlite|postgres|both]

The Python Butler revises them there with syncDimensionData(update=True); what the flow then makes of the other four is compared with what Python
wrote, row for row, sky pixels too. Nothing of a visit may be in a public repository before a dataset of it is. PostgreSQL is the one that $PG_URL
names. The last line is `N passed, N failed`.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import uuid

import publish_world
from lsst.daf.butler import DatasetType
from publish_flow import Judge, pps
from publish_world import INSTRUMENT, RUN, box
from tables import Database

KEYS = {
    "visit": ("instrument", "id"),
    "exposure": ("instrument", "id"),
    "group": ("instrument", "name"),
    "visit_definition": ("instrument", "exposure", "visit"),
    "visit_system_membership": ("instrument", "visit_system", "visit"),
    "visit_detector_region": ("instrument", "detector", "visit"),
    "visit_skypix_overlap": ("instrument", "visit", "skypix_index"),
    "visit_detector_region_skypix_overlap": ("instrument", "detector", "visit", "skypix_index"),
}
INTERNAL, PUBLIC = ("prompt_prep", "repo_main"), ("google_int", "google_prod")


def rows(world, name):
    """By table and key: the whole row."""
    database = Database(world.folder(name))
    try:
        return {
            (table, *(row[k] for k in keys)): {k: bytes(v) if isinstance(v, (bytes, memoryview)) else v for k, v in row.items()}
            for table, keys in KEYS.items()
            for row in database.records(table)[1]
        }
    finally:
        database.close()


def visits(found):
    return {key[2] for key in found if key[0] == "visit"}


def regions(found, visit):
    return found["visit", INSTRUMENT, visit]["region"]


def check_equal(judge, world, when, names):
    """What is there is as Python wrote it in the first; of a region that is there all sky pixels are."""
    source = rows(world, "embargo")
    for name in names:
        found = rows(world, name)
        wrong = [key for key, row in found.items() if source.get(key) != row]
        judge.check(f"{when} {name}: rows are those of the first", not wrong, wrong[:3])
        there = {(f"{key[0]}_skypix_overlap", *key[1:]) for key in found}
        missing = [key for key in source if key[:-1] in there and key[0].endswith("overlap") and key not in found]
        judge.check(f"{when} {name}: sky pixels", not missing, missing[:3])


def revise(world, visit, ra):
    """The visit moves, as do its detectors; its exposure gets a name."""
    registry = world.butler("embargo").registry
    for element, values in (
        ("visit", dict(id=visit, region=box(ra), target_name="revised")),
        ("visit_detector_region", dict(visit=visit, detector=0, region=box(ra, 0.2))),
        ("exposure", dict(id=visit, target_name="corrected", can_see_sky=True)),
    ):
        keys = {"visit": dict(visit=visit), "exposure": dict(exposure=visit)}.get(element) or dict(visit=visit, detector=0)
        [record] = registry.queryDimensionRecords(element, instrument=INSTRUMENT, **keys)
        registry.syncDimensionData(element, {**record.toDict(), **values}, update=True)


def register(program, world, refs):
    path = f"{world.root}/{uuid.uuid4()}.json"
    with open(path, "w") as f:
        json.dump([str(r.id) for r in refs], f)
    return pps(program, world, "register", path)


def run(program, world, date, *more, code=0):
    """The rows of the report for dimensions."""
    report = json.loads(pps(program, world, "--json", "run", "--once", "--now", date, *more, code=code))
    return {t["repository"]: t for t in report["tasks"] if t["task"] == "dimensions"}


def geometry(world, visit):
    butler = world.butler("embargo")
    butler.registry.registerDatasetType(DatasetType("visit_geometry", ("instrument", "visit"), "StructuredDataDict", universe=butler.dimensions))
    return butler.put({"visit": visit}, "visit_geometry", dict(instrument=INSTRUMENT, visit=visit), run=RUN)


def life(judge, program, root, pg):
    world = publish_world.World(root, pg, visits=(1, 2))
    pps(program, world, "init", "--replay")
    # of visit 2 only what is under embargo
    by_visit = {v: [r for r in world.refs.values() if r.dataId.get("visit", r.dataId.get("exposure")) == v] for v in (1, 2)}
    held = [r for r in by_visit[2] if r.datasetType.name == "difference_image"]
    register(program, world, by_visit[1] + held)
    judge.check("due in a dry run", json.loads(pps(program, world, "--json", "--dry-run", "run", "--once", "--task", "dimensions"))["tasks"])
    done = run(program, world, "2025-12-02T06:00", "--task", "dimensions:prompt_prep")
    judge.check("only one repository is looked at", list(done) == ["prompt_prep"] and done["prompt_prep"]["done"], done)
    judge.check("ahead of datasets", visits(rows(world, "prompt_prep")) == {1, 2} and not visits(rows(world, "repo_main")))
    run(program, world, "2025-12-02T06:00")
    for name in INTERNAL:
        judge.check(f"ahead in {name}", visits(rows(world, name)) == {1, 2})
    for name in PUBLIC:
        judge.check(f"nothing ahead in {name}", visits(rows(world, name)) == {1}, visits(rows(world, name)))
    check_equal(judge, world, "first", INTERNAL + PUBLIC)

    old = rows(world, "embargo")
    revise(world, 1, 50)
    revise(world, 2, 60)
    judge.check("Python revised", all(regions(old, v) != regions(rows(world, "embargo"), v) for v in (1, 2)))
    run(program, world, "2025-12-02T06:30")
    judge.check("not looked at again yet", all(regions(rows(world, n), 1) == regions(old, 1) for n in INTERNAL + PUBLIC))
    ref = geometry(world, 1)
    register(program, world, [ref])
    done = run(program, world, "2025-12-02T06:31")
    judge.check("told by visit_geometry", all(done.get(n, {}).get("done") for n in INTERNAL + PUBLIC), done)
    now = rows(world, "embargo")
    for name in INTERNAL + PUBLIC:
        judge.check(f"visit 1 is revised in {name}", regions(rows(world, name), 1) == regions(now, 1))
    judge.check("visit 2 waits", regions(rows(world, "prompt_prep"), 2) == regions(old, 2))
    told = json.loads(pps(program, world, "--json", "explain", str(ref.id)))
    judge.check("explained", {d["repository"]: d["status"] for d in told["dimensions"]} == dict.fromkeys(INTERNAL + PUBLIC, "revised"), told["dimensions"])
    judge.check("explained in words", any("visit 1 in google_int: revised; looked at again 2025-12-02 07:31:00 UTC" in w for w in told["words"]), told["words"])

    run(program, world, "2025-12-02T07:01")
    check_equal(judge, world, "after an hour", INTERNAL + PUBLIC)
    judge.check("visit 2 is not public", all(visits(rows(world, n)) == {1} for n in PUBLIC))
    judge.check("nothing is due", not run(program, world, "2025-12-02T07:01"))
    status = {d["repository"]: d for d in json.loads(pps(program, world, "--json", "status"))["dimensions"]}
    judge.check("status", status["repo_main"]["waiting"] and status["repo_main"]["revised"] and not status["repo_main"]["failed"], status)

    revise(world, 2, 70)
    run(program, world, "2025-12-05T16:00")
    check_equal(judge, world, "published", INTERNAL + PUBLIC)
    judge.check("visit 2 is public", all(visits(rows(world, n)) == {1, 2} for n in PUBLIC))
    run(program, world, "2025-12-12T00:00")
    judge.check("looks come to an end", not any(d["waiting"] for d in json.loads(pps(program, world, "--json", "status"))["dimensions"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pps", required=True)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    options = parser.parse_args()
    root = tempfile.mkdtemp(prefix="pps revisions ")
    judge = Judge()
    for db in ("sqlite", "postgres") if options.db == "both" else (options.db,):
        life(judge, os.path.abspath(options.pps), f"{root}/{db}", os.environ["PG_URL"] if db == "postgres" else None)
    shutil.rmtree(root)
    print(f"{judge.passed} passed, {judge.failed} failed")
    return judge.failed != 0


if __name__ == "__main__":
    sys.exit(main())
