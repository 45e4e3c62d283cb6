# SPDX-License-Identifier: BSD-3-Clause
"""Interoperability of `pps raw run` with the real Butler, over random worlds.

    run.py --pps build/tools/pps [--worlds 12] [--seed 0] [--db sqlite|postgres|both] [--keep DIR]
    run.py --pps build/tools/pps --long          200 worlds per database

Worlds are numbered from --seed on; `--seed S --worlds 1 --db DB` repeats one. PostgreSQL is the one that
$PG_URL names (tests/servers/start-postgres.sh), or one of our own for the time of the run. The last line is
`N passed, N failed`.
"""

import argparse
import gc
import logging
import multiprocessing
import multiprocessing.connection
import os
import shutil
import sys
import tempfile
import time
import traceback

import twin
import world_build
import worlds
from postgres import Postgres, drop_schema, make_schema


def world_schemas(spec):
    """Every schema that a world and its checks make."""
    repositories = [spec["source"], *spec["destinations"]]
    names = [repo["namespace"] for repo in repositories if repo["namespace"]]
    names += [f"{name}_twin" for name in names]
    if spec["source"]["namespace"]:
        names += [f"{spec['source']['namespace']}_{tail}" for tail in ("import_butler", "import_pps")]
    return names + ([f"state_{spec['seed']}"] if spec["state_in_db"] else [])


def judge(seed, db, pps, pg, folder):
    """Build and judge one world below `folder`: (what was wrong by check, a summary, seconds)."""
    logging.disable(logging.WARNING)
    start = time.monotonic()
    spec = worlds.generate(seed, db)
    root = f"{folder}/{db} wörld {seed}" if spec["odd_path"] else f"{folder}/{db}-{seed}"
    for name in world_schemas(spec):
        drop_schema(pg, name)
    try:
        shutil.rmtree(root, ignore_errors=True)
        os.makedirs(root)
        if spec["state_in_db"]:
            make_schema(pg, f"state_{seed}")
        source = world_build.build(spec, root, pg)
        world = twin.World(spec, root, source, pg)
        moved = len(world.moved)
        wrong = twin.check_world(world, pps)
        source.close()
    except Exception:
        wrong, moved = {"the world": traceback.format_exc().splitlines()[-12:]}, 0
    gc.collect()
    if not wrong:
        shutil.rmtree(root)
        for name in world_schemas(spec):
            drop_schema(pg, name)
    summary = f"{moved} of {len(spec['exposures'])} exposures move"
    return wrong, summary, time.monotonic() - start


def report(seed, db, wrong, summary, seconds, lines=8):
    print(f"{'FAILED' if wrong else 'passed'} {db} seed {seed}: {summary}, {seconds:.1f} s", flush=True)
    for check, said in wrong.items():
        print(f"  {check}:")
        for line in said[:lines]:
            print(f"    {line}")
        if len(said) > lines:
            print(f"    ... {len(said) - lines} more")
    sys.stdout.flush()


def judge_into(pipe, *arguments):
    pipe.send(judge(*arguments))
    pipe.close()


def run_all(options, pg, folder):
    """Judge every world, each in a process of its own, as many at a time as --jobs says; how many failed."""
    databases = ("sqlite", "postgres") if options.db == "both" else (options.db,)
    tasks = [(seed, db) for seed in range(options.seed, options.seed + options.worlds) for db in databases]
    context, running, failed = multiprocessing.get_context("fork"), {}, 0
    while tasks or running:
        while tasks and len(running) < options.jobs:
            task = tasks.pop(0)
            receive, send = context.Pipe(duplex=False)
            process = context.Process(target=judge_into, args=(send, *task, options.pps, pg, folder))
            process.start()
            send.close()
            running[receive] = (task, process)
        for receive in multiprocessing.connection.wait(list(running)):
            task, process = running.pop(receive)
            try:
                wrong, summary, seconds = receive.recv()
            except EOFError:
                wrong, summary, seconds = {"the judge": ["its process died"]}, "?", 0.0
            receive.close()
            process.join()
            report(*task, wrong, summary, seconds)
            failed += bool(wrong)
    return failed


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pps", required=True, help="the pps to judge")
    parser.add_argument("--worlds", type=int, default=12, help="worlds per database")
    parser.add_argument("--long", action="store_const", const=200, dest="worlds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", help="folder for the worlds; those that failed stay there")
    options = parser.parse_args()
    options.pps = os.path.abspath(options.pps)
    start = time.monotonic()
    folder = os.path.abspath(options.keep) if options.keep else tempfile.mkdtemp(prefix="pps-worlds.")
    os.makedirs(folder, exist_ok=True)
    try:
        with Postgres(options.db != "sqlite") as pg:
            failed = run_all(options, pg, folder)
    finally:
        if not options.keep:
            shutil.rmtree(folder)
    total = options.worlds * (2 if options.db == "both" else 1)
    print(f"{total} worlds, seeds {options.seed} to {options.seed + options.worlds - 1}, ", end="")
    print(f"{time.monotonic() - start:.0f} s")
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
