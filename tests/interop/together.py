# SPDX-License-Identifier: BSD-3-Clause
"""`pps raw run` while a Python Butler writes to the same destination.

    together.py --pps build/tools/pps [--rounds 3] [--seed 0] [--db sqlite|postgres|both]

The other writer registers runs, chains and dataset types with new dimensions, transfers the very dimension
records that pps needs, and ingests files of its own, without pause. Afterwards every row must be there as in
a twin where the real Butler did both, one after the other. The last line is `N passed, N failed`.
"""

import argparse
import json
import logging
import multiprocessing
import os
import sys
import tempfile
import time

from lsst.daf.butler import (
    Butler,
    CollectionType,
    DatasetIdGenEnum,
    DatasetRef,
    DatasetType,
    FileDataset,
)

import twin
import world_build
import worlds
from oracle import released
from postgres import Postgres, drop_schema
from run import world_schemas
from tables import differences, dump

DIMENSIONS = (("instrument", "detector"), ("instrument",), ("instrument", "visit"), ("instrument", "group"))
JSON_FORMATTER = "lsst.daf.butler.formatters.json.JsonFormatter"


def suitable(seed, db):
    """The `seed`th world that gives both writers something to do: several exposures, one destination."""
    number = 0
    while True:
        spec = worlds.generate(number, db)
        if len(released(spec)) >= 4 and len(spec["destinations"]) == 1 and not spec["state_in_db"]:
            if seed == 0:
                return spec
            seed -= 1
        number += 1


def steps(spec, rounds=10):
    """What the other writer does, as plain data; one step needs only what those before it made."""
    exposures = [e for e in spec["exposures"] if e["datasets"]]
    for k in range(rounds):
        exposure = exposures[k % len(exposures)]
        yield "run", k, exposure
        yield "records", k, exposure
        yield "ingest", k, exposure
        yield "type", k, exposure


def do_step(butler, source, kind, k, exposure, root):
    key = dict(instrument=exposure["record"]["instrument"], exposure=exposure["record"]["id"])
    if kind == "run":
        butler.collections.register(f"other/{k}", CollectionType.RUN)
        butler.collections.register("other/all", CollectionType.CHAINED)
        butler.collections.prepend_chain("other/all", [f"other/{k}"])
    elif kind == "records":
        refs = [source.get_dataset(d["id"], dimension_records=True) for d in exposure["datasets"]]
        butler.transfer_dimension_records_from(source, refs)
    elif kind == "type":
        dimensions = DIMENSIONS[k % len(DIMENSIONS)]
        butler.registry.registerDatasetType(
            DatasetType(f"other_{k}", dimensions, "StructuredDataDict", universe=butler.dimensions)
        )
    elif kind == "ingest":
        dimensions = ("instrument", "exposure", "detector")
        log = DatasetType("other_log", dimensions, "StructuredDataDict", universe=butler.dimensions)
        butler.registry.registerDatasetType(log)
        data_id = butler.registry.expandDataId(key, detector=exposure["datasets"][0]["detector"])
        ref = DatasetRef(log, data_id, f"other/{k}", id_generation_mode=DatasetIdGenEnum.DATAID_TYPE_RUN)
        path = f"{root}/other/{k}.json"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            json.dump(dict(k=k), f)
        butler.ingest(FileDataset(path=path, refs=[ref], formatter=JSON_FORMATTER), transfer="direct")


def other_writer(pipe, folder, root, spec):
    """The other process: says when its Butlers are open, then goes through its steps."""
    logging.disable(logging.WARNING)
    try:
        with (
            Butler.from_config(folder, writeable=True) as butler,
            Butler.from_config(f"{root}/source") as source,
        ):
            pipe.send([])
            for step in steps(spec):
                do_step(butler, source, *step, root)
        pipe.send([])
    except Exception as error:
        pipe.send([f"the other writer: {type(error).__name__}: {error}"[:600]])


def answer(pipe):
    """What the other writer has to say; it sends once when it is ready and once at its end."""
    try:
        return pipe.recv()
    except EOFError:
        return ["the other writer is gone"]


def one_round(seed, db, pps, pg, folder):
    spec = suitable(seed, db)
    root = f"{folder}/{db}-{seed}"
    os.makedirs(root)
    for name in world_schemas(spec):
        drop_schema(pg, name)
    source = world_build.build(spec, root, pg)
    world = twin.World(spec, root, source, pg)
    destination, _ = world.destinations()[0]
    lines = twin.init(world, pps)
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=other_writer, args=(theirs, destination, root, spec))
    process.start()
    theirs.close()
    lines += answer(ours)
    lines += twin.raw_run(world, pps)
    lines += answer(ours)
    process.join()
    lines += twin.check_released(world)
    if lines:
        return lines, spec
    with Butler.from_config(f"{destination}_twin", writeable=True) as butler:
        for step in steps(spec):
            do_step(butler, source, *step, root)
    twin.fill_twin(world, f"{destination}_twin")
    lines += differences(dump(destination), dump(f"{destination}_twin"))
    source.close()
    for name in world_schemas(spec):
        drop_schema(pg, name)
    return lines, spec


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pps", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    options = parser.parse_args()
    options.pps = os.path.abspath(options.pps)
    logging.disable(logging.WARNING)
    passed, failed = 0, 0
    with (
        tempfile.TemporaryDirectory(prefix="pps-together.") as folder,
        Postgres(options.db != "sqlite") as pg,
    ):
        for db in ("sqlite", "postgres") if options.db == "both" else (options.db,):
            for seed in range(options.seed, options.seed + options.rounds):
                start = time.monotonic()
                lines, spec = one_round(seed, db, options.pps, pg, folder)
                print(
                    f"{'FAILED' if lines else 'passed'} {db} seed {seed} (world {spec['seed']}): "
                    f"{len(released(spec))} exposures, {time.monotonic() - start:.1f} s",
                    flush=True,
                )
                for line in lines[:10]:
                    print(f"    {line}")
                passed, failed = passed + (not lines), failed + bool(lines)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
