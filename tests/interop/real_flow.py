#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The flow of raw exposures on real servers: Ceph, PostgreSQL and Rucio, judged by the Python Butler and Rucio's own client.

Six exposures of a whole camera (205 FITS files and a sidecar each), and some that may not leave, go from a bucket to a POSIX folder,
two Butlers in PostgreSQL and Rucio, with nothing but the settings that a site has; then some of them to a destination in S3.

usage: real_flow.py --pps build/tools/pps [--small] [--seq N] [--keep DIR]
The servers are those that ./check hands out: $PG_URL, $PPS_TEST_S3*, $PPS_TEST_RUCIO*.
"""

import argparse
import gc
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from urllib.parse import unquote

import real_world
import twin
import world_build
from lsst.daf.butler import Butler, DatasetType
from lsst.resources import ResourcePath
from real_world import OFFLINE_BUCKET, SOURCE_BUCKET, VIEW_BUCKET, RealWorld
from tables import differences, dump

PLACES = ("source", "zip", "yaml", "main", "public")
passed = failed = 0


def check(name, problem):
    """Counts one test; `problem` is a text or lines that say what is wrong."""
    global passed, failed
    lines = [problem] if isinstance(problem, str) else list(problem)
    lines = [line for line in lines if line]
    if lines:
        failed += 1
        print(f"{name}:", flush=True)
        for line in lines[:12]:
            print(f"    {line}"[:1500], flush=True)
    else:
        passed += 1


def guarded(function, *arguments):
    try:
        return function(*arguments) or []
    except Exception as error:
        return [f"{function.__name__}: {type(error).__name__}: {error}"]


class Pps:
    """pps with a site's variables and no others."""

    def __init__(self, path, world):
        self.path, self.world = os.path.abspath(path), world

    def run(self, *arguments, conf="pps.yaml", env=None):
        """(exit code, stdout as JSON if it is that, stderr)"""
        variables = {"PATH": os.environ["PATH"], "HOME": self.world.root, **self.world.env, **(env or {})}
        done = subprocess.run([self.path, "-c", f"{self.world.root}/{conf}", *arguments], capture_output=True, text=True, env=variables,
                              cwd="/", timeout=900)
        try:
            out = json.loads(done.stdout)
        except ValueError:
            out = done.stdout
        return done.returncode, out, done.stderr

    def expect(self, code, *arguments, conf="pps.yaml"):
        got, out, err = self.run(*arguments, conf=conf)
        wrong = f"exit {got}, not {code}: {err.strip()[-600:]} {str(out)[-1200:] if got != code else ''}" if got != code else ""
        check(f"pps {' '.join(arguments)} ({conf})", wrong)
        return out


def by_obs_id(report):
    return {row["obs_id"]: row for row in report["exposures"]} if isinstance(report, dict) else {}


# ---- what is where


def zips(world):
    for e in world.moved:
        name = world.obs_id(e)
        check(f"zip {name}", guarded(twin.check_zip, world, e))
    check(f"index of {world.obs_id(world.moved[0])}", guarded(twin.check_zip_index, world, world.moved[0]))


def yamls(world):
    os.makedirs(f"{world.root}/exports", exist_ok=True)
    for e in world.moved:
        path = f"{world.root}/exports/{world.obs_id(e)}.yaml"
        twin.export(world, e, path)
        check(f"yaml {world.obs_id(e)}", guarded(twin.check_yaml, f"{world.zip_of(e)[:-4]}_dimensions.yaml", path, world.obs_id(e)))


def serve_view(world):
    """The same zips in the bucket that serves raws, as a site's S3 view of the folder has them."""
    world.s3.upload(VIEW_BUCKET, {f"{world.prefix(e)}.zip": world.zip_of(e) for e in world.moved})


def fill_twin(world, repo):
    """What the real Butler does with the same zips, at the URIs that this destination has them at."""
    with Butler.from_config(f"{world.root}/{repo['name']}_twin", writeable=True) as butler:
        for e in world.moved:
            refs = world.refs(e)
            for t in {ref.datasetType for ref in refs}:
                butler.registry.registerDatasetType(DatasetType(t.name, t.dimensions.required, t.storageClass_name, universe=butler.dimensions))
            butler.transfer_dimension_records_from(world.source, refs)
            butler.ingest_zip(ResourcePath(f"{world.uri_roots[repo['name']]}{world.prefix(e)}.zip"), transfer="direct")


def tables(world, repo):
    fill_twin(world, repo)
    return differences(dump(f"{world.root}/{repo['name']}"), dump(f"{world.root}/{repo['name']}_twin"))


def reading(world, folder, root, every=24):
    """The Butler knows each dataset at its URI, and reads some of them through the zip that lies there."""
    lines = []
    with Butler.from_config(folder) as butler:
        for e in world.moved:
            refs = {d["detector"]: butler.get_dataset(d["id"]) for d in e["datasets"]}
            lines += [f"{world.obs_id(e)}: no dataset of detector {k}" for k, ref in refs.items() if ref is None]
            known = [ref for ref in refs.values() if ref]
            uris = butler.get_many_uris(known)
            wanted = f"{root}{world.prefix(e)}.zip#zip-path="
            for n, ref in enumerate(known):
                uri, path = str(uris[ref].primaryURI), e["paths"][ref.dataId["detector"]]
                if uri[:len(wanted)] != wanted or unquote(uri[len(wanted):]).split("&")[0] != os.path.basename(path):
                    lines.append(f"{uri} is not {wanted}{os.path.basename(path)}")
                elif n % every == 0:
                    with open(path, "rb") as f:
                        lines += [] if butler.get(ref) == f.read() else [f"{uri}: other bytes than the source's"]
    return lines


# ---- Rucio


def catalogue_differences(scope, ours, wanted):
    """What Rucio holds and should; both as real_world.RealWorld.catalogue() has them. Each file has one replica, where its name says."""
    lines = []
    for kind in ("files", "datasets"):
        for name in sorted(set(ours[kind]) | set(wanted[kind])):
            a, b = dict(ours[kind].get(name) or {}), wanted[kind].get(name)
            places = a.pop("replicas", None)
            if a != (b or {}):
                lines.append(f"{name}: {a or 'not there'}, wanted {b or 'not there'}")
            elif kind == "files" and places != {"SLAC_RAW_DISK": ["AVAILABLE", [f"davs://slac-raw-disk.example.org:1094/rucio/{scope}/{name}"]]}:
                lines.append(f"{name}: replicas {places}")
    return lines


# ---- what nothing may change


def everything(world, folders, buckets):
    """All rows, files and objects, with the times of files and objects."""
    found = {f"{folder} {t}": rows for folder in folders for t, rows in dump(folder).items()}
    found["source"] = [str(sorted(world.s3.list(b).items())) for b in buckets]
    found["files"] = [f"{d}/{n} {os.stat(f'{d}/{n}').st_mtime_ns} {os.stat(f'{d}/{n}').st_ino}" for d, _, ns in os.walk(f"{world.root}/instrument") for n in ns]
    found["files"].sort()
    found["Rucio"] = [f"{name}: {json.dumps(did, sort_keys=True)}" for dids in world.dumped().values() for name, did in dids.items()]
    found["embargo"] = [str(r) for t in ("dataset", "file_datastore_records", "exposure") for r in world.sql(f"SELECT * FROM embargo.{t} ORDER BY 1, 2", world.pg)]
    return found


def second_run(world, pps, folders, conf="pps.yaml", options=()):
    before = everything(world, folders, (SOURCE_BUCKET, VIEW_BUCKET, OFFLINE_BUCKET))
    report = pps.expect(0, "--json", "raw", "run", *options, conf=conf)
    acted = [row["obs_id"] for row in report.get("exposures", []) if row["status"] == "done"] if isinstance(report, dict) else ["no report"]
    check(f"a second run reports nothing done ({conf})", f"{acted}" if acted and not options else "")  # what is named gets its row all the same
    check(f"a second run changes nothing ({conf})", differences(everything(world, folders, (SOURCE_BUCKET, VIEW_BUCKET, OFFLINE_BUCKET)), before))


# ---- what pps says of it


def agreement(world, report, others):
    """`pps raw check` says of each exposure what the files, the databases and Rucio say."""
    rows, lines = by_obs_id(report), []
    for e in world.moved:
        name = world.obs_id(e)
        row = rows.pop(name, None)
        if not row:
            lines.append(f"{name}: no row")
            continue
        data = open(world.zip_of(e), "rb").read()
        wanted = dict(status="done", size=len(data), md5=real_world.hashlib.md5(data).hexdigest(), datasets=len(e["datasets"]))
        wrong = {k: row.get(k) for k, v in wanted.items() if row.get(k) != v}
        bad = {p: m for p, m in row["places"].items() if m != "ok" and (p in PLACES or m not in ("not yet", "not_yet", "not-yet"))}
        bad.update({p: "no such place" for p in PLACES if p not in row["places"]})
        if wrong or bad:
            lines.append(f"{name}: {wrong} {bad} {row.get('reason')}")
    for name, status in others.items():
        row = rows.pop(name, {})
        if row.get("status") != status:
            lines.append(f"{name}: {row.get('status')}, not {status}: {row.get('reason')}")
    return lines + [f"{name}: a row of nothing: {row}" for name, row in rows.items()]


def embargoed(world, report):
    """The due time of the young exposure is its end + 80 hours."""
    e = world.spec["exposures"][6]
    due = by_obs_id(report).get(world.obs_id(e), {}).get("due", "")
    wanted = world_build.Time((e["timespan"][1] + 80 * 3600 * 10**9) / 1e9, format="unix_tai", scale="tai").utc.isot[:19]
    return "" if due[:19] == wanted else f"due {due}, not {wanted}"


# ---- the parts


def sibling(world, pps):
    """A configuration beside butler.yaml in its bucket, which includes it, under an alias that has a dot."""
    world.s3.put(real_world.USER_BUCKET, "butler+sasquatch_dev.yaml", b"includeConfigs: butler.yaml\n")
    with open(world.env["DAF_BUTLER_REPOSITORY_INDEX"], "a") as f:
        f.write(f"embargo.sasquatch_dev: s3://embargo@{real_world.USER_BUCKET}/butler+sasquatch_dev.yaml\n")
    infos = [pps.expect(0, "--json", "butler", "info", name) for name in ("embargo", "embargo.sasquatch_dev")]
    wrong = [k for k in infos[0] if k not in ("config", "location", "uri") and infos[0][k] != infos[1].get(k)] if isinstance(infos[0], dict) else infos
    check("a configuration that includes butler.yaml in S3", f"{wrong}: {infos}" if wrong else "")


def to_posix(world, pps):
    young, endless, bias, late = (world.obs_id(e) for e in world.spec["exposures"][6:10])
    others = {young: "waiting", endless: "held", bias: "held", late: "incomplete"}
    pps.expect(0, "config", "check")
    pps.expect(0, "init")
    sibling(world, pps)
    report = pps.expect(0, "--json", "raw", "run")
    rows = by_obs_id(report)
    check("what ran", [f"{world.obs_id(e)}: {rows.get(world.obs_id(e))}" for e in world.moved if rows.get(world.obs_id(e), {}).get("status") != "done"])
    check("what left embargo", twin.check_released(world))
    looked = pps.run("--json", "raw", "check")[1]
    check("raw check, one exposure being incomplete", agreement(world, looked, others))
    check("when the embargo ends", embargoed(world, looked))
    check("Rucio, one exposure being incomplete", catalogue_differences(world.scope, world.dumped(), world.catalogue()))
    arrive(world)
    pps.expect(0, "--json", "raw", "run")
    check("what left embargo in the end", twin.check_released(world))
    zips(world)
    yamls(world)
    serve_view(world)
    for folder, repo in world.destinations():
        check(f"tables of {repo['name']}", guarded(tables, world, repo))
        check(f"reading from {repo['name']}", guarded(reading, world, folder, world.uri_roots[repo["name"]]))
    check("Rucio", catalogue_differences(world.scope, world.dumped(), world.catalogue()))
    others.pop(late)
    check("raw check", agreement(world, pps.expect(0, "--json", "raw", "check"), others))
    check("raw check --deep", agreement(world, pps.expect(0, "--json", "raw", "check", "--deep"), others))
    second_run(world, pps, [folder for folder, _ in world.destinations()])


def arrive(world):
    """The sensor that was missing arrives: the exposure is complete now, and moves."""
    e = world.spec["exposures"][9]
    e["present"] = list(e["expected"])
    e["paths"] = world_build.write_exposure(e["folder"], e)
    known = {d["detector"] for d in e["datasets"]}
    world.s3.upload(SOURCE_BUCKET, {f"{world.prefix(e)}/{n}": f"{e['folder']}/{n}" for n in os.listdir(e["folder"])})
    datasets = [world.dataset(e, d) for d in e["present"] if d[0] not in known]
    world.source.ingest(*datasets, transfer="direct")
    e["datasets"] += [dict(id=str(d.refs[0].id), type=d.refs[0].datasetType.name, run=d.refs[0].run, detector=d.refs[0].dataId["detector"],
                           file=str(d.path)) for d in datasets]
    world.moved.append(e)


def to_s3(world, pps):
    """The same with a destination in S3, for two of the exposures."""
    repo, conf = real_world.repository("offline", "offline"), "pps-s3.yaml"
    world.scope = f"raw-s3-{os.urandom(3).hex()}"
    world.rucio.ask("add scope", scope=world.scope)
    world.sql("CREATE SCHEMA state_s3", world.pg)
    world_build.make_destination(f"{world.root}/offline", repo, world.spec, world.source, world.pg)
    root = f"s3://embargo@{OFFLINE_BUCKET}/instrument/"

    def change(document):
        document["repositories"]["offline"] = {"butler": "offline"}
        document["raw"].update(destinations=["offline"], dest_root=root.rstrip("/"))
    world.configuration(change, conf, "state_s3")
    world.moved = world.moved[:2]
    chosen = [w for e in world.moved for w in ("--exposure", world.obs_id(e))]
    pps.expect(0, "config", "check", conf=conf)
    pps.expect(0, "init", conf=conf)
    pps.expect(0, "--json", "raw", "run", *chosen, conf=conf)
    names = sorted(f"instrument/{world.prefix(e)}{tail}" for e in world.moved for tail in (".zip", "_dimensions.yaml"))
    check("what is in the bucket", "" if sorted(world.s3.list(OFFLINE_BUCKET)) == names else f"{sorted(world.s3.list(OFFLINE_BUCKET))}")
    check("no multipart upload is left", world.s3.uploads(OFFLINE_BUCKET))
    for e in world.moved:
        with zipfile.ZipFile(io.BytesIO(world.s3.get(OFFLINE_BUCKET, f"instrument/{world.prefix(e)}.zip"))) as archive:
            check(f"zip {world.obs_id(e)} in S3", [archive.testzip() or "", *guarded(twin.check_members, archive, e)])
    check("reading from offline", guarded(reading, world, f"{world.root}/offline", root))
    wanted = world.catalogue(lambda name: world.s3.get(OFFLINE_BUCKET, f"instrument/{name}"))
    check("Rucio of the destination in S3", catalogue_differences(world.scope, world.dumped(), wanted))
    pps.expect(0, "--json", "raw", "check", *chosen, conf=conf)
    second_run(world, pps, [f"{world.root}/offline"], conf, chosen)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pps", required=True)
    ap.add_argument("--small", action="store_true", help="12 detectors instead of 205")
    ap.add_argument("--seq", type=int, help="first sequence number; by default random, because Rucio never forgets a name")
    ap.add_argument("--keep", help="an empty folder for the world, which then stays, with its servers' content")
    a = ap.parse_args()
    logging.disable(logging.WARNING)
    root = os.path.abspath(a.keep) if a.keep else os.path.realpath(tempfile.mkdtemp(prefix="pps-real."))
    os.makedirs(root, exist_ok=True)
    start = time.monotonic()
    cameras = dict(detectors=[d for d in real_world.CAMERA if d[1] in ("R22", "R00")][:12]) if a.small else {}
    seq = a.seq or real_world.random_seq()
    world = RealWorld(real_world.site(seq, **cameras), root, real_world.server_environment(), "real_flow")
    try:
        print(f"world of exposures {seq} to {seq + 9} made in {time.monotonic() - start:.0f} s", flush=True)
        pps = Pps(a.pps, world)
        for part in (to_posix, to_s3):
            start = time.monotonic()
            check(part.__name__, guarded(part, world, pps))
            print(f"{part.__name__}: {time.monotonic() - start:.0f} s", flush=True)
    finally:
        gc.collect()
        if not a.keep:
            world.remove()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
