#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Deep check and prune on real servers: exposures from a Ceph bucket, Butlers in PostgreSQL, copies in Rucio, judged by their own clients.

usage: prune_real.py --pps build/tools/pps [--whole] [--seq N] [--keep DIR]
The servers are those that ./check hands out: $PG_URL, $PPS_TEST_S3*, $PPS_TEST_RUCIO*.
"""

import argparse
import gc
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
import zipfile

import real_world
from lsst.daf.butler import Butler
from real_flow import Pps, by_obs_id, check, guarded
from real_world import SOURCE_BUCKET, RealWorld

TAPE, FRANCE = "SLAC_RAW_DISK_BKUP", "IN2P3_RAW_DISK"
SERVERS = f"{os.path.dirname(os.path.abspath(__file__))}/../servers"


def settings(document):
    document["repositories"]["embargo"]["reclaim_after"] = "0s"
    document["rucio"].update(config=f"{os.environ['PPS_TEST_RUCIO_CLIENT']}/ssh.cfg", site="USDF", sites={"TRSE": TAPE, "FrDF": FRANCE})
    document["raw"]["safe_copies"] = 3


class Site:
    """The world, and what other parties at it do in Rucio."""

    def __init__(self, world, pps):
        self.world, self.pps, self.moved = world, pps, world.moved[:6]

    def obs(self, e):
        return f"Dataset/{real_world.INSTRUMENT}/raw/Obs/{e['record']['day_obs']}/{e['record']['obs_id']}"

    def files(self, e):
        return [f"{self.world.prefix(e)}{tail}" for tail in (".zip", "_dimensions.yaml")]

    def set(self, e, key, value):
        self.world.rucio.ask("set_metadata", scope=self.world.scope, name=self.obs(e), key=key, value=value)

    def get(self, e, key):
        return self.world.rucio.ask("get_metadata", scope=self.world.scope, name=self.obs(e), plugin="JSON").get(key)

    def copy(self, e, rse):
        known = self.world.dumped()["files"]
        self.world.rucio.ask("add_replicas", rse=rse, files=[
            dict(scope=self.world.scope, name=n, bytes=known[n]["bytes"], adler32=known[n]["adler32"], md5=known[n]["md5"]) for n in self.files(e)])

    def state(self, e, rse, state):
        self.world.rucio.ask("update_replicas_states", rse=rse, files=[dict(scope=self.world.scope, name=n, state=state) for n in self.files(e)])

    def in_rucio(self):
        """All that it holds of this world; of the paths of a replica it names any."""
        held = self.world.dumped()
        for f in held["files"].values():
            f["replicas"] = {rse: state for rse, (state, _) in f["replicas"].items()}
        return held

    def prune(self, e, *, yes=False):
        arguments = ("--json", *(("--yes",) if yes else ()), "raw", "prune", "--exposure", self.world.obs_id(e))
        code, out, err = self.pps.run(*arguments)
        return code, by_obs_id(out).get(self.world.obs_id(e), {"status": err})

    def stays(self, e, why, what):
        """With --yes too, whatever it says; nothing of it is touched."""
        before = self.objects(e), self.rows(e)
        code, row = self.prune(e, yes=True)
        wrong = [] if row.get("status") == "held" and why in row.get("reason", "") else [f"exit {code}: {row}"]
        check(f"it stays: {what}", wrong + ([] if (self.objects(e), self.rows(e)) == before else ["something of it went"]))

    def objects(self, e):
        return self.world.s3.list(SOURCE_BUCKET, f"{self.world.prefix(e)}/")

    def rows(self, e):
        ids = "', '".join(d["id"] for d in e["datasets"])
        return [self.world.sql(f"SELECT count(*) FROM embargo.{t} WHERE {c} IN ('{ids}')", self.world.pg)[0][0]
                for t, c in (("dataset", "id"), ("dataset_location", "dataset_id"), ("dataset_location_trash", "dataset_id"),
                             ("file_datastore_records", "dataset_id"))]


# ---- the parts


def deep_check(site):
    """One flipped byte in one member of one zip among six; what was compared is recorded where Rucio holds the same."""
    names = [site.world.obs_id(e) for e in site.moved]
    site.pps.expect(0, "init")
    site.pps.run("--json", "raw", "run")
    site.set(site.moved[0], "SafeCopies", "FrDF,TRSE")  # others were first
    path = site.world.zip_of(site.moved[3])
    with zipfile.ZipFile(path) as archive:
        members = [i for i in archive.infolist() if i.filename.endswith(".fits")]
        at = members[len(members) // 2].header_offset + 30 + len(members[len(members) // 2].filename) + 3000
    flip(path, at)
    rows = by_obs_id(site.pps.run("--json", "raw", "check", "--deep")[1])
    found = {n: rows[n]["status"] for n in names}
    check("one flipped byte among six zips", "" if found == {n: "failed" if n == names[3] else "done" for n in names} else f"{found}")
    said = {n: site.get(e, "SafeCopies") for n, e in zip(names, site.moved, strict=True)}
    wanted = {n: "" if n == names[3] else "FrDF,TRSE,USDF" if n == names[0] else "USDF" for n in names}
    check("SafeCopies after it", "" if said == wanted else f"{said}")
    flip(path, at)
    before = site.world.dumped()
    site.pps.run("--json", "raw", "check", "--deep")
    check("SafeCopies of the one that is well again", "" if site.get(site.moved[3], "SafeCopies") == "USDF" else f"{site.get(site.moved[3], 'SafeCopies')}")
    site.pps.run("--json", "raw", "check", "--deep")
    after = site.world.dumped()
    changed = [n for n in after["datasets"] if after["datasets"][n] != before["datasets"][n] and n != site.obs(site.moved[3])]
    check("a second deep check sets nothing back", changed)


def flip(path, at):
    st = os.stat(path)
    with open(path, "r+b") as f:
        f.seek(at)
        byte = f.read(1)
        f.seek(at)
        f.write(bytes([byte[0] ^ 0x10]))
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))


def refusals(site):
    """Each answer of Rucio that is missing, bad or not known keeps the copy."""
    e = site.moved[1]
    site.stays(e, "1 of 3 safe copies", "SafeCopies names this site alone")
    site.set(e, "SafeCopies", "USDF,TRSE,FrDF")
    site.stays(e, "Rucio has no replica at IN2P3_RAW_DISK", "a copy that is named and is not there")
    site.copy(e, FRANCE)
    site.stays(e, "the tape copy at TRSE", "tape that is still to be made")
    site.set(e, "arcBackup", f"{TAPE}:done")
    site.state(e, FRANCE, "U")
    site.stays(e, "is not available", "a replica that is not available")
    site.state(e, FRANCE, "A")
    site.set(e, "SafeCopies", "USDF,FrDF")
    site.stays(e, "2 of 3 safe copies", "too few sites")
    site.set(e, "SafeCopies", "USDF,TRSE,XXDF")
    site.stays(e, "2 of 3 safe copies", "a site that is not configured")
    site.set(e, "SafeCopies", "USDF,TRSE,FrDF")
    code, row = site.prune(e)
    check("a dry run when all is well", "" if row["status"] == "todo" and code == 0 else f"{code} {row}")


def rucio_down(site):
    folder = os.path.dirname(os.environ["PPS_TEST_RUCIO_CLIENT"])
    subprocess.run([f"{SERVERS}/rucio.sh", "stop-database", folder], check=True, capture_output=True)
    try:
        site.stays(site.moved[1], "Rucio could not be asked", "Rucio's database is down")
    finally:
        subprocess.run([f"{SERVERS}/rucio.sh", "start-database", folder], check=True, capture_output=True)
        for _ in range(20):  # each connection that Rucio had kept fails once
            try:
                site.world.dumped()
            except RuntimeError:
                time.sleep(0.2)


def source_changes(site):
    """An object of the same size and other content, and one more object."""
    e, s3 = site.moved[1], site.world.s3
    key = sorted(k for k in site.objects(e) if k.endswith(".json"))[0]
    data = s3.get(SOURCE_BUCKET, key)
    s3.put(SOURCE_BUCKET, key, bytes([data[0] ^ 1]) + data[1:])
    site.stays(e, "source has changed", "an object of other content")
    s3.put(SOURCE_BUCKET, key, data)
    s3.put(SOURCE_BUCKET, f"{site.world.prefix(e)}/late.json", b"{}")
    site.stays(e, "source has changed", "one more object")
    s3.client.delete_object(Bucket=SOURCE_BUCKET, Key=f"{site.world.prefix(e)}/late.json")


def acts(site):
    """The copy goes, whole; the others stay as they are, and what is pruned stays done."""
    e, other = site.moved[1], site.moved[2]
    before = site.objects(other), site.rows(other), site.in_rucio()
    code, row = site.prune(e, yes=True)
    check("prune", "" if code == 0 and row["status"] == "done" and row["places"]["source"] == "pruned" else f"{code} {row}")
    check("no object and no row is left", f"{list(site.objects(e))[:3]} {site.rows(e)}" if site.objects(e) or any(site.rows(e)) else "")
    check("another exposure and Rucio are as they were", "" if (site.objects(other), site.rows(other), site.in_rucio()) == before else "they are not")
    for command in (("raw", "check"), ("raw", "check", "--deep"), ("raw", "repair"), ("raw", "run")):
        rows = by_obs_id(site.pps.run("--json", *command)[1])
        row = rows.get(site.world.obs_id(e), {"status": "done", "places": {"source": "pruned"}})
        check(f"{' '.join(command)} after it", "" if (row["status"], row["places"]["source"]) == ("done", "pruned") else f"{row}")
    with Butler.from_config(site.world.source_uri) as butler:
        left = [d["id"] for d in e["datasets"] if butler.get_dataset(d["id"]) is not None]
        check("the Python Butler knows none of its datasets", left)
        kept = [d["id"] for d in other["datasets"] if not butler.stored(butler.get_dataset(d["id"]))]
        check("and all of the other's", kept)
        record = butler.query_dimension_records("exposure", instrument=real_world.INSTRUMENT, where=f"exposure = {e['record']['id']}")
        check("its dimension records stay", "" if len(record) == 1 else f"{record}")
    for folder, _ in site.world.destinations():
        with Butler.from_config(folder) as butler:
            check(f"{os.path.basename(folder)} has it", [d["id"] for d in e["datasets"] if butler.get_dataset(d["id"]) is None])


def interrupted(site):
    """SIGKILL at many moments; the last run ends whole."""
    e = site.moved[2]
    site.set(e, "SafeCopies", "USDF,TRSE,FrDF")
    site.set(e, "arcBackup", f"{TAPE}:done")
    site.copy(e, FRANCE)
    variables = {"PATH": os.environ["PATH"], "HOME": site.world.root, **site.world.env}
    for n in range(1, 400, 12):
        p = subprocess.run([site.pps.path, "-c", f"{site.world.root}/pps.yaml", "--yes", "raw", "prune", "--exposure", site.world.obs_id(e)],
                           env={**variables, "LD_PRELOAD": site.preload, "PPS_KILL_AT": str(n)}, capture_output=True, cwd="/")
        if p.returncode != -9:
            break
    code, row = site.prune(e, yes=True)
    check("prune after kills", "" if code == 0 and row["status"] == "done" and not site.objects(e) and not any(site.rows(e)) else f"{code} {row} {site.rows(e)}")
    opened = site.world.sql("SELECT count(*) FROM state.ledger_open", site.world.pg)
    check("the ledger is closed", "" if opened == [(0,)] else f"{opened}")


def orphans(site):
    """A file that Rucio knows and that is not there, and a zip that nobody knows."""
    day = site.moved[0]["record"]["day_obs"]
    lost, stray = f"MC_O_{day}_999901", f"MC_O_{day}_{os.urandom(2).hex()}"
    lost += os.urandom(2).hex()
    site.world.rucio.ask("add_replicas", rse="SLAC_RAW_DISK", files=[
        dict(scope=site.world.scope, name=f"{real_world.INSTRUMENT}/{day}/{lost}.zip", bytes=9, adler32="0000abce", md5="d41d8cd98f00b204e9800998ecf84273")])
    path = f"{site.world.root}/instrument/{real_world.INSTRUMENT}/{day}/{stray}.zip"
    with open(path, "wb") as f:
        f.write(b"PK")
    rows = by_obs_id(site.pps.run("--json", "raw", "check", "--day-obs", str(day))[1])
    found = rows.get(lost, {})
    check("a file in Rucio that is not there", "" if found.get("status") == "failed" and found["places"]["rucio"] == "different" and
          found["command"].startswith("pps rucio check") else f"{found}")
    found = rows.get(stray, {})
    check("a zip that nobody knows", "" if found.get("status") == "failed" and found["places"]["zip"] == "ok" and "nor any other place" in found["reason"]
          else f"{found}")
    os.unlink(path)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pps", required=True)
    ap.add_argument("--whole", action="store_true", help="205 detectors instead of 12")
    ap.add_argument("--seq", type=int, help="first sequence number; by default random, because Rucio never forgets a name")
    ap.add_argument("--keep", help="an empty folder for the world, which then stays, with its servers' content")
    a = ap.parse_args()
    logging.disable(logging.WARNING)
    root = os.path.abspath(a.keep) if a.keep else os.path.realpath(tempfile.mkdtemp(prefix="pps-prune."))
    os.makedirs(root, exist_ok=True)
    cameras = {} if a.whole else dict(detectors=[d for d in real_world.CAMERA if d[1] in ("R22", "R00")][:12])
    world = RealWorld(real_world.site(a.seq or real_world.random_seq(), **cameras), root, real_world.server_environment(), "prune_real", change=settings)
    try:
        site = Site(world, Pps(a.pps, world))
        site.preload = f"{os.path.dirname(os.path.dirname(os.path.abspath(a.pps)))}/tests/faults/libkill-at.so"
        for part in (deep_check, refusals, rucio_down, source_changes, acts, interrupted, orphans):
            check(part.__name__, guarded(part, site))
            print(part.__name__, flush=True)
    finally:
        gc.collect()
        if not a.keep:
            world.remove()
    import real_flow
    print(f"{real_flow.passed} passed, {real_flow.failed} failed")
    return 1 if real_flow.failed else 0


if __name__ == "__main__":
    sys.exit(main())
