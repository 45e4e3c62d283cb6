# SPDX-License-Identifier: BSD-3-Clause
"""What the scripts with twin repositories share: worlds that are made once and put back, and the run over all checks."""

import argparse
import json
import logging
import os
import shutil
import tempfile
import time
import traceback

from lsst.daf.butler import Butler

import world_build
from postgres import Postgres, copy_database, drop_database, make_database


class Kept:
    """A world as it was made, put back before each group of checks: making one takes the real Butler many seconds."""

    def __init__(self, world):
        self.world, self.folder = world, f"{world.root}.fresh"
        world.source.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(world.root, self.folder, symlinks=True)
        if world.db == "postgres":
            copy_database(world.pg, f"{world.pg}_fresh")

    def put_back(self):
        world = self.world
        world.source.close()
        shutil.rmtree(world.root)
        shutil.copytree(self.folder, world.root, symlinks=True)
        if world.db == "postgres":
            copy_database(f"{world.pg}_fresh", world.pg)
        world.source = Butler.from_config(f"{world.root}/source", writeable=True)
        return world

    def remove(self, keep):
        self.world.source.close()
        shutil.rmtree(self.folder)
        if not keep:
            shutil.rmtree(self.world.root)


def insist(repository, groups, start, failures, act):
    """A Python Butler of its own acts on one group after the other beside other writers; what fails for good goes to @failures."""
    logging.disable(logging.WARNING)
    world_build.install_stand_ins()
    try:
        with Butler.from_config(repository, writeable=True) as b:
            start.wait()
            for group in groups:
                for attempt in range(20):
                    try:
                        act(b, group)
                        break
                    except Exception as error:  # two at once: one of them loses, and tries again
                        last = error
                        time.sleep(0.05 * attempt)
                else:
                    failures.put(f"python: {type(last).__name__}: {str(last)[:300]}")
    except Exception:
        failures.put(traceback.format_exc())


def guarded(check, world):
    try:
        return check(world)
    except Exception:
        return traceback.format_exc().splitlines()[-12:]


def name_of(check):
    return check.__name__.removeprefix("check_")


def wanted(groups, only):
    """Of each group the checks up to the last that is wanted, as each may build on those before it."""
    for group in groups:
        last = max((i for i, check in enumerate(group) if only in (None, name_of(check))), default=-1)
        if last >= 0:
            yield group[: last + 1]


def main(doc, kind, configurations):
    """Runs the groups of checks of each configuration on worlds of a kind; the exit code."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--only", help="the check of this name alone, with those that it builds on")
    parser.add_argument("--keep", help="folder in which the worlds stay, each as its last check left it")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    passed = failed = 0
    folder = options.keep or tempfile.mkdtemp(prefix="twins.")
    dbs = ("sqlite", "postgres") if options.db == "both" else (options.db,)
    with Postgres("postgres" in dbs) as server:
        pg = server and f"{server.rsplit('/', 1)[0]}/twins_{os.getpid()}"
        for db in dbs:
            for number, (configuration, groups) in enumerate(configurations):
                if not (groups := list(wanted(groups, options.only))):
                    continue
                root = f"{folder}/{db}-{number}"
                shutil.rmtree(root, ignore_errors=True)
                if db == "postgres":
                    make_database(pg)
                kept = Kept(kind(root, db, **configuration, pg=pg, tool=os.path.abspath(options.tool)))
                for group in groups:
                    world = kept.put_back()
                    for check in group:
                        lines = guarded(check, world)
                        print(f"{'FAILED' if lines else 'passed'} {db} {json.dumps(configuration)} {name_of(check)}", flush=True)
                        for line in lines[:12]:
                            print(f"    {line}")
                        passed, failed = passed + (not lines), failed + bool(lines)
                kept.remove(options.keep)
        if pg:
            drop_database(pg)
            drop_database(f"{pg}_fresh")
    if not options.keep:
        shutil.rmtree(folder)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
