#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""examples/transfer_raw_zip.py beside the Python way to do the same: on one source repository, with a scope of Rucio for each.

The Python way is what today's script calls: retrieveArtifacts, calculate_index, zipfile, export, transfer_dimension_records_from, ingest_zip, and Rucio's own
client. Equal have to be the members of every zip, every yaml, all rows of two destinations, and files, datasets, attachments and
metadata in Rucio. Then the example again, killed on its way, dry, and for a repair; each comparison is shown something that is wrong,
and has to see it. And examples/one_step_at_a_time.py: whichever steps pps does, the rows are those of lsst.daf.butler.

usage: example_agree.py [--preload build/tests/faults/libkill-at.so] [--keep DIR]
Rucio is the one that ./check hands out: $PPS_TEST_RUCIO*. The last line is "N passed, N failed".
"""

import argparse
import contextlib
import glob
import hashlib
import json
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib

import real_world
import twin
import world_build
from lsst.daf.butler import Butler, DatasetType
from lsst.resources import ResourcePath
from tables import differences, dump

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, f"{TOP}/tests/python")

import package_wheel  # noqa: E402

RSE, INSTRUMENT = "SLAC_RAW_DISK", real_world.INSTRUMENT
DETECTORS = [d for d in real_world.CAMERA if d[1] in ("R22", "R00")][5:]
DESTINATIONS = ("main", "public")
passed = failed = 0


def check(name, problem):
    """Counts one test; `problem` is a text or lines that say what is wrong."""
    global passed, failed
    lines = [line for line in ([problem] if isinstance(problem, str) else problem) if line]
    passed += not lines
    failed += bool(lines)
    if lines:
        print("\n    ".join([f"{name}:", *(line[:1500] for line in lines[:12])]), flush=True)


def sees(name, problem):
    """A comparison of what differs has to say so."""
    check(f"a comparison sees {name}", [] if list(problem) else ["it does not"])


# ---- the world


def description():
    """Exposures with two visits, one, and none, of several tracts and of none, with all sidecars, some, and none; and three that stay."""
    now = real_world.utc_ns(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()))

    def exposure(seq, ago, **changes):
        sky = changes.pop("sky", True)
        made = real_world.exposure(now, seq, ago, sky=sky, detectors=DETECTORS, end=changes.pop("end", True), missing=changes.pop("missing", 0))
        return dict(made, **changes)
    two, one, none, bias, unknown = (exposure(1, 100, extra=True), exposure(2, 99), exposure(3, 98.5, sidecars="none"), exposure(4, 98, sky=False),
                                     exposure(5, 97, sky=None, sidecars="some", expected=None))
    young, endless, incomplete = exposure(6, 2), exposure(7, 96, end=False), exposure(8, 95, missing=1)
    visits = [real_world.visit(two, 151.5), real_world.visit(two, 157.5, number=50000, systems=[2]), real_world.visit(one, 150.0),
              real_world.visit(bias, 200.0), real_world.visit(young, 150.0)]
    return dict(seed=0, now=time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()), window=None, tracts=4, queries=real_world.QUERIES, state_in_db=False,
                odd_path=False, instruments=[dict(name=INSTRUMENT, full=False, detectors=DETECTORS)], visits=visits,
                source=repository("source"), destinations=[repository(name) for name in DESTINATIONS],
                exposures=[two, one, none, bias, unknown, young, endless, incomplete])


def repository(name):
    return dict(real_world.repository(name, None), dataset_types=True, by_file=name == "public")


class Way:
    """One way to do it: where its zips and repositories are, and its scope in Rucio."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.root = f"{world.root}/{name}"
        self.zips = f"{self.root}/instrument"
        self.scope = f"{name}-{os.urandom(4).hex()}"
        os.makedirs(self.zips)
        world.rucio.ask("add scope", scope=self.scope)
        for repo in world.spec["destinations"]:
            world_build.make_destination(f"{self.root}/{repo['name']}", repo, world.spec, world.source, None)

    def repos(self):
        return [f"{self.root}/{name}" for name in DESTINATIONS]

    def zip_of(self, e):
        record = e["record"]
        return f"{self.zips}/{INSTRUMENT}/{record['day_obs']}/{record['obs_id']}.zip"

    def files(self):
        """Below the folder of the zips, but for the state."""
        found = glob.glob(f"{self.zips}/**", recursive=True, include_hidden=True)
        return sorted(os.path.relpath(p, self.zips) for p in found if os.path.isfile(p) and "/.pps-state.db" not in p)

    def rows(self):
        """All rows of its repositories, with its root taken out."""
        return {f"{os.path.basename(repo)} {table}": sorted(row.replace(self.root, "ROOT") for row in rows)
                for repo in self.repos() for table, rows in dump(repo).items()}

    def catalogue(self):
        """What Rucio holds of it: of files their metadata, and whether sizes and checksums are those of the files that are here."""
        found = self.world.rucio.ask("dump", scope=self.scope)
        for name, did in found["files"].items():
            path = f"{self.zips}/{name}"
            with open(path, "rb") as f:
                data = f.read()
            true = dict(bytes=len(data), md5=hashlib.md5(data).hexdigest(), adler32=f"{zlib.adler32(data):08x}")
            did["is right"] = {k: did.pop(k) == v for k, v in true.items()}
            did["replicas"] = {rse: (state, [pfn.replace(self.scope, "SCOPE") for pfn in pfns]) for rse, (state, pfns) in did["replicas"].items()}
        return {f"{kind} {name}": [json.dumps(did, sort_keys=True)] for kind, dids in found.items() for name, did in dids.items()}

    def everything(self):
        """All of it, with inodes and times of files."""
        stats = {name: os.stat(f"{self.zips}/{name}") for name in self.files()}
        return {**self.rows(), **self.catalogue(), "files": [f"{name} {s.st_ino} {s.st_mtime_ns}" for name, s in stats.items()]}


# ---- the Python way


def pack(world, e, path):
    with tempfile.TemporaryDirectory() as folder:
        world.source.retrieveArtifacts(world.refs(e), destination=folder, preserve_path=False)
        with open(f"{folder}/_metadata_index.json", "w") as f:
            json.dump(twin.metadata_index(folder), f)
        for name in set(os.listdir(e["folder"])) - set(os.listdir(folder)):
            shutil.copy(f"{e['folder']}/{name}", folder)
        with zipfile.ZipFile(path, "w") as archive:
            for name in os.listdir(folder):
                archive.write(f"{folder}/{name}", name, zipfile.ZIP_STORED if name.endswith(".fits") else zipfile.ZIP_DEFLATED)


def into_butlers(world, way, e):
    refs = world.refs(e)
    for repo in way.repos():
        with Butler.from_config(repo, writeable=True) as butler:
            for t in {ref.datasetType for ref in refs}:
                butler.registry.registerDatasetType(DatasetType(t.name, t.dimensions.required, t.storageClass_name, universe=butler.dimensions))
            butler.transfer_dimension_records_from(world.source, refs)
            butler.ingest_zip(ResourcePath(way.zip_of(e)), transfer="direct")


def tracts_of(world, e):
    """As the Butler joins them: the tracts of the visits that the exposure is in."""
    found = set()
    for v in world.spec["visits"]:
        if e["record"]["id"] in v["members"]:
            with world.source.query() as q:
                q = q.join_dimensions(["tract"]).where("visit = the_visit", instrument=INSTRUMENT, skymap=world_build.SKYMAP, bind={"the_visit": v["id"]})
                found |= {int(data_id["tract"]) for data_id in q.data_ids(["tract"])}
    return sorted(found)


def into_rucio(world, way, e, made):
    day, obs_id = e["record"]["day_obs"], e["record"]["obs_id"]
    groups = [f"Dataset/{INSTRUMENT}/raw/Tract{t}/{day}" for t in tracts_of(world, e)] or [f"Dataset/{INSTRUMENT}/raw/NoTract/{day}"]
    groups.append(f"Dataset/{INSTRUMENT}/raw/Obs/{day}/{obs_id}")

    def ask(what, **arguments):
        return world.rucio.ask(what, scope=way.scope, **arguments)
    for tail, meta in ((".zip", {"rubin_butler": "zip_file"}), ("_dimensions.yaml", None)):
        name = f"{INSTRUMENT}/{day}/{obs_id}{tail}"
        with open(f"{way.zips}/{name}", "rb") as f:
            data = f.read()
        ask("add_replica", rse=RSE, name=name, bytes_=len(data), md5=hashlib.md5(data).hexdigest(), adler32=f"{zlib.adler32(data):08x}", meta=meta)
        for group in groups:
            if group not in made:
                ask("add_dataset", name=group, statuses={"monotonic": True}, rse=RSE)
                made.add(group)
            ask("add_files_to_dataset", name=group, files=[dict(scope=way.scope, name=name)], rse=RSE)
    ask("close", name=groups[-1])
    ask("set_metadata", name=groups[-1], key="arcBackup", value=f"{RSE}_BKUP:need")
    ask("set_metadata", name=groups[-1], key="SafeCopies", value="")


def python_way(world, way):
    made = set()
    for e in world.moved:
        path = way.zip_of(e)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        pack(world, e, path)
        twin.export(world, e, f"{path[:-4]}_dimensions.yaml")
        into_butlers(world, way, e)
        into_rucio(world, way, e, made)


# ---- the comparison


def zip_differences(ours, theirs):
    """Of two zips: names, bytes of files, and what the indices say."""
    with zipfile.ZipFile(ours) as a, zipfile.ZipFile(theirs) as b:
        left, right = ({i.filename: i for i in archive.infolist()} for archive in (a, b))
        if a.testzip() or len(left) != len(a.infolist()):
            yield f"{ours} is damaged"
        if set(left) != set(right):
            yield f"only one has {sorted(set(left) ^ set(right))}"
        for name in sorted(set(left) & set(right)):
            mine, other = a.read(name), b.read(name)
            if left[name].file_size and left[name].compress_type != right[name].compress_type:
                yield f"{name}: compression {left[name].compress_type}, not {right[name].compress_type}"
            if name in twin.INDICES:
                yield from (f"{name}: {line}" for line in twin.json_differences(json.loads(mine), json.loads(other)))
            elif mine != other:
                yield f"{name}: other bytes"


def compare(world, ours, theirs, what):
    check(f"{what}: files", "" if ours.files() == theirs.files() else f"{ours.files()}, not {theirs.files()}")
    for e in world.moved:
        obs_id = e["record"]["obs_id"]
        check(f"{what}: zip of {obs_id}", zip_differences(ours.zip_of(e), theirs.zip_of(e)))
        check(f"{what}: yaml of {obs_id}", twin.check_yaml(*(f"{w.zip_of(e)[:-4]}_dimensions.yaml" for w in (ours, theirs)), obs_id))
    check(f"{what}: rows", differences(ours.rows(), theirs.rows()))
    check(f"{what}: Rucio", differences(ours.catalogue(), theirs.catalogue()))
    wrong = [name for name, (text,) in ours.catalogue().items() if '": false' in text.split('"is right"')[-1] and name.startswith("files")]
    check(f"{what}: sizes and checksums in Rucio", [f"{name} has others" for name in wrong])


def spoilt(world, ours, theirs):
    """Each comparison, with one thing wrong in the Python way's result."""
    path, copy = theirs.zip_of(world.moved[0]), f"{world.root}/spoilt.zip"
    with zipfile.ZipFile(path) as archive:
        sidecar = next(n for n in archive.namelist() if n.endswith(".json") and n not in twin.INDICES and b"OBSID" in archive.read(n))
    for name, change in (("a sidecar that was left out", lambda n, data: None if n == sidecar else data),
                         ("another byte of a sidecar", lambda n, data: data.replace(b"O", b"0", 1) if n == sidecar else data),
                         ("another entry of an index", lambda n, data: data.replace(b"R22", b"R23", 1) if n == "_metadata_index.json" else data)):
        with zipfile.ZipFile(path) as whole, zipfile.ZipFile(copy, "w") as archive:
            for info in whole.infolist():
                data = change(info.filename, whole.read(info))
                if data is not None:
                    archive.writestr(info.filename, data, info.compress_type)
        sees(name, zip_differences(ours.zip_of(world.moved[0]), copy))
    group = next(n for n in sorted(theirs.catalogue()) if "/NoTract/" in n).removeprefix("datasets ")
    world.rucio.ask("add_files_to_dataset", scope=theirs.scope, name=group, files=[dict(scope=theirs.scope, name=os.path.relpath(path, theirs.zips))])
    sees("another attachment", differences(ours.catalogue(), theirs.catalogue()))
    database = f"{theirs.repos()[0]}/gen3.sqlite3"
    shutil.copy(database, f"{world.root}/kept.sqlite3")
    for name, statement in (("a row that is not there", "DELETE FROM dataset_location WHERE dataset_id = (SELECT min(dataset_id) FROM dataset_location)"),
                            ("another time of an exposure", "UPDATE exposure SET timespan_end = timespan_end + 1 WHERE id = (SELECT min(id) FROM exposure)")):
        with contextlib.closing(sqlite3.connect(database)) as db:
            db.execute(statement)
            db.commit()
        sees(name, differences(ours.rows(), theirs.rows()))
        shutil.copy(f"{world.root}/kept.sqlite3", database)
    check("the rows are as they were", differences(ours.rows(), theirs.rows()))


# ---- the example


class Examples:
    """Runs them with a Python that has the package, and nothing of this environment but what they need."""

    def __init__(self, world):
        self.world = world
        self.packages = f"{world.root}/packages"
        package_wheel.unpack(self.packages)

    def run(self, script, *words, **env):
        variables = dict(PATH=os.environ["PATH"], HOME=self.world.root, PYTHONPATH=self.packages, PYTHONDONTWRITEBYTECODE="1",
                         RUCIO_CONFIG=f"{os.environ['PPS_TEST_RUCIO_CLIENT']}/userpass.cfg")
        return subprocess.run([sys.executable, f"{TOP}/examples/{script}", *words], env={**variables, **env}, capture_output=True, text=True, cwd="/",
                              timeout=600)

    def transfer(self, way, *words, **env):
        return self.run("transfer_raw_zip.py", f"{self.world.root}/source", *way.repos(), "-C", f"{self.world.root}/config_raw.yaml",
                        "-d", f"{way.zips}/", "-r", RSE, "-s", way.scope, *words, **env)

    def expect(self, name, code, says, way, *words, **env):
        done = self.transfer(way, *words, **env)
        wrong = done.returncode != code or any(text not in done.stdout + done.stderr for text in says) or "Traceback" in done.stderr
        check(name, f"exit {done.returncode}, not {code}, or without {says}:\n{done.stdout}{done.stderr[-1500:]}" if wrong else "")
        return done


def whole(world, examples, ours, theirs):
    before = ours.everything()
    n = len(world.moved)
    examples.expect("a dry run", 0, [f"{n} todo", "would make its zip"], ours, "--dry_run")
    check("a dry run writes nothing", differences(ours.everything(), before))
    check("a dry run makes no state", [p for p in os.listdir(ours.zips)])
    count = f"{world.root}/count"
    examples.expect("the example", 0, [f"{n} done, 1 held, 1 incomplete"], ours, PPS_KILL_AT="0", PPS_KILL_COUNT=count, LD_PRELOAD=world.preload)
    compare(world, ours, theirs, "the example")
    before = ours.everything()
    for words in ((), ("--window", "35min"), ("--window", "3hr 5min"), ("--dry_run",), ("--repair",), ("--repair", "--window", "35min")):
        done = examples.expect(f"again {' '.join(words)}".strip(), 0, [], ours, *words)
        check(f"again {' '.join(words)}: nothing is done", [line for line in done.stdout.splitlines() if "done" in line])
        check(f"again {' '.join(words)}: nothing is double", differences(ours.everything(), before))
    with open(count) as f:
        return int(f.read())


def killed(world, examples, count, theirs):
    """SIGKILL at several places of one life, then one more run."""
    ours = Way(world, "killed")
    kills = 0
    for part in (7, 4, 3, 2):
        kills += examples.transfer(ours, PPS_KILL_AT=str(count // part), LD_PRELOAD=world.preload).returncode == -9
    check("it was killed on its way", "" if kills >= 3 else f"{kills} times")
    done = examples.expect("after SIGKILL", 0, ["1 held, 1 incomplete"], ours)
    check("after SIGKILL nothing has failed", [line for line in done.stdout.splitlines() if "failed" in line])
    compare(world, ours, theirs, "after SIGKILL")
    left = [p for p in glob.glob(f"{ours.zips}/**", recursive=True, include_hidden=True) if "/.pps-" in p and "/.pps-state.db" not in p]
    check("after SIGKILL no file is left over", left)


def mended(world, examples, ours):
    """What is lost is seen by a repair alone, and made again."""
    path = f"{ours.zip_of(world.moved[1])[:-4]}_dimensions.yaml"
    with open(path, "rb") as f:
        text = f.read()
    os.unlink(path)
    examples.expect("a run does not look at what is done", 0, [], ours)
    check("a run leaves it", "" if not os.path.exists(path) else "it is there")
    examples.expect("a repair of another window", 0, [], ours, "--repair", "--window", "35min")
    check("a repair of another window leaves it", "" if not os.path.exists(path) else "it is there")
    examples.expect("a repair", 0, ["1 done"], ours, "--repair")
    with open(path, "rb") as f:
        check("a repair makes it again", "" if f.read() == text else "with other content")
    done = examples.expect("a second repair", 0, [], ours, "--repair")
    check("a second repair has nothing to do", [line for line in done.stdout.splitlines() if "done" in line])
    with open(ours.zip_of(world.moved[0]), "r+b") as f:
        f.truncate(os.fstat(f.fileno()).st_size // 2)
    examples.expect("a repair of a zip that is damaged", 0, ["1 done"], ours, "--repair")
    check("what was damaged is kept", "" if glob.glob(f"{ours.zips}/.damaged/**/*.zip*", recursive=True) else "it is not there")


def usage(world, examples, ours):
    with open(f"{TOP}/examples/transfer_raw_zip.py") as f:
        check("the example has sixty lines", "" if len(f.readlines()) <= 60 else "it has more")
    for name, code, says, words in (
        ("a scope is needed", 2, ["--scope is needed"], ("-s", "")), ("a time in the future", 2, ["future"], ("--now", "2099-01-01T00:00:00")),
        ("a time that is none", 2, ["--now"], ("--now", "soon")), ("a window that is none", 2, ["soon"], ("--window", "soon")),
        ("no such queries", 3, ["none.yaml"], ("-C", "/none.yaml")),
        ("a scope that is not there", 1, ["no-scope", f"{len(world.moved)} failed"], ("-s", "no-scope", "--state", f"sqlite:///{world.root}/other.db")),
    ):
        examples.expect(name, code, says, ours, *words)


# ---- one step at a time


def stepwise(world, examples, theirs):
    e = world.moved[0]
    obs_id = e["record"]["obs_id"]
    found = {}
    every = ("pack", "dimensions", "ingest")
    for steps in ((), *((s,) for s in every), every, (*every, "register", "record")):
        name = f"step-{'-'.join(steps) or 'none'}"
        root = f"{world.root}/{name}"
        scope = f"st-{os.urandom(4).hex()}"
        os.makedirs(root)
        world.rucio.ask("add scope", scope=scope)
        world_build.make_destination(f"{root}/main", repository("main"), world.spec, world.source, None)
        done = examples.run("one_step_at_a_time.py", f"{world.root}/source", f"{root}/main", INSTRUMENT, obs_id, f"{root}/instrument", "--pps", *steps,
                            "--rucio", RSE, scope, "--queries", f"{world.root}/config_raw.yaml")
        check(f"one step at a time, {name}", f"exit {done.returncode}: {done.stdout}{done.stderr[-2000:]}" if done.returncode else "")
        if done.returncode:
            continue
        found[name] = {t: sorted(row.replace(root, "ROOT") for row in rows) for t, rows in dump(f"{root}/main").items()}
        check(f"{name}: rows", differences(found[name], found["step-none"]))
        path = f"{root}/instrument/{INSTRUMENT}/{e['record']['day_obs']}/{obs_id}.zip"
        if "pack" in steps:
            check(f"{name}: zip", zip_differences(path, theirs.zip_of(e)))
            with open(path, "rb") as f:
                data = f.read()
            said = f"{len(zipfile.ZipFile(path).namelist())} {len(data)} {hashlib.md5(data).hexdigest()} {zlib.adler32(data):08x}"
            check(f"{name}: size and checksums", "" if done.stdout.splitlines()[0] == said else f"{done.stdout}, not {said}")
        if "record" in steps:
            check(f"{name}: recorded", "" if "RawStatus.DONE" in done.stdout else done.stdout)
            held = world.rucio.ask("dump", scope=scope)
            names = [os.path.relpath(path, f"{root}/instrument")[:-4] + tail for tail in (".zip", "_dimensions.yaml")]
            check(f"{name}: registered", "" if sorted(held["files"]) == names else f"{held}")
    check("rows of a step", "" if len(next(iter(found.values()))["dataset"]) == len(e["datasets"]) else "are not all there")


# ---- all of it


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preload", default=f"{TOP}/build/tests/faults/libkill-at.so")
    parser.add_argument("--keep", help="an empty folder for the world, which then stays")
    options = parser.parse_args()
    missing = [v for v in ("PPS_TEST_RUCIO", "PPS_TEST_RUCIO_CLIENT", "PPS_TEST_RUCIO_PYTHON") if v not in os.environ]
    if missing:
        raise SystemExit(f"not in the environment: {', '.join(missing)}; start tests/servers/rucio.sh and export what it prints")
    logging.disable(logging.WARNING)
    root = os.path.abspath(options.keep) if options.keep else os.path.realpath(tempfile.mkdtemp(prefix="pps-example."))
    try:
        spec = description()
        source = world_build.build(dict(spec, destinations=[]), root)
        world = twin.World(spec, root, source, None)
        world.preload, world.rucio = os.path.abspath(options.preload), real_world.Rucio(dict(os.environ))
        examples = Examples(world)
        ours, theirs = Way(world, "ours"), Way(world, "python")
        python_way(world, theirs)
        count = whole(world, examples, ours, theirs)
        killed(world, examples, count, theirs)
        usage(world, examples, ours)
        stepwise(world, examples, theirs)
        mended(world, examples, ours)
        spoilt(world, ours, theirs)
        world.source.close()
        world.rucio.close()
    finally:
        if not options.keep:
            shutil.rmtree(root, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
