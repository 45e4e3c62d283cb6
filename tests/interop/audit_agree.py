# SPDX-License-Identifier: BSD-3-Clause
"""The state built anew from repositories, and what the audit finds in them, with worlds that the real Python Butler made and damaged.

    audit_agree.py --pps build/tools/pps [--db sqlite|postgres|both] [--keep DIR]

A flow brings datasets where they belong; its state is thrown away, and `pps adopt` has to build it again, status for status. Copies that were adopted
have to be proven before the first repository lets go. Then repositories, collections, files and links are damaged, one thing for each kind of
finding: the audit lists each of them and nothing else, mends what it may, and the flow does the rest. The last line is `N passed, N failed`.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import psycopg

import publish_world
from publish_flow import Judge
from publish_world import AVAILABLE, EXPIRED, RUN

NOT_ADOPTED = "unheard_of"  # no policy names it


def execute(path, text, *values):
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(text, values)
    connection.close()


class Site:
    def __init__(self, program, world):
        self.program, self.world = program, world

    def pps(self, *arguments, code=0):
        done = subprocess.run([self.program, "-c", f"{self.world.root}/pps.yaml", *arguments], capture_output=True, text=True)
        if done.returncode != code:
            raise RuntimeError(f"{arguments}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def json(self, *arguments, code=0):
        return json.loads(self.pps("--json", *arguments, code=code))

    def datasets(self):
        return {d["id"]: d for d in map(json.loads, self.pps("datasets").splitlines())}

    def audit(self, *arguments, code=1):
        """Its findings, as {(dataset or file, repository): what}, and the sums."""
        *rows, sums = map(json.loads, self.pps("--json", *arguments, code=code).splitlines())
        return {(r["id"] or r["file"], r["repository"]): r for r in rows}, sums

    def path(self, name, ref):
        return self.world.butler(name).getURI(ref).ospath

    def state(self, text, *values):
        if not self.world.pg:
            return execute(f"{self.world.root}/state.db", text, *values)
        with psycopg.connect(self.world.pg, options="-csearch_path=publish_state", autocommit=True) as connection:
            connection.execute(text.replace("?", "%s"), values)

    def registry(self, name, text, *values):
        """In the database of a repository, as nobody should."""
        if not self.world.pg:
            return execute(f"{self.world.folder(name)}/gen3.sqlite3", text, *(v.replace("-", "") for v in values))
        space = publish_world.namespace(self.world.folder(name))
        with psycopg.connect(self.world.pg, options=f"-csearch_path={space}", autocommit=True) as connection:
            connection.execute(text.replace("?", "%s"), values)

    def forget_records(self, name, ref):
        for table in ("file_datastore_records", "dataset_location"):
            self.registry(name, f"DELETE FROM {table} WHERE dataset_id = ?", str(ref.id))

    def new_state(self):
        if self.world.pg:
            with psycopg.connect(self.world.pg, autocommit=True) as connection:
                connection.execute("DROP SCHEMA publish_state CASCADE")
                connection.execute("CREATE SCHEMA publish_state")
        else:
            os.unlink(f"{self.world.root}/state.db")
        path = f"{self.world.root}/pps.yaml"
        with open(path) as f:
            text = f.read()
        with open(path, "w") as f:
            f.write(text.replace("reclaim_after: 24h", "reclaim_after: 1s"))
        self.pps("init", "--replay")


def adopt(judge, site):
    site.pps("init", "--replay")
    site.pps("register", site.world.list())
    site.pps("run", "--once", "--now", "2025-12-05T13:30")
    before = {i: d for i, d in site.datasets().items() if d["type"] != NOT_ADOPTED}
    site.new_state()
    dry = site.json("--dry-run", "adopt")
    judge.check("a dry run writes nothing", not site.datasets())
    part = site.json("adopt", "--type", "dia_*", "--repository", "google_int")
    judge.check("a part of it", set(part["types"]) == {"dia_source_apdb"}, part)
    whole = site.json("adopt")
    judge.check("counts", dry["new"] == part["new"] + whole["new"] == len(before), (dry, part, whole))
    judge.check("repeated", site.json("adopt")["new"] == 0)
    after = site.datasets()
    judge.equal("datasets", set(after), set(before))
    for i in before.keys() & after.keys():
        for key in ("type", "run", "instrument", "data_id", "visit", "day_obs", "end", "status"):
            judge.check(f"{before[i]['type']} {i}: {key}", before[i][key] == after[i][key], (before[i][key], after[i][key]))
        judge.check(f"{i} is adopted", after[i]["adopted"])
    judge.check("some were not out yet", any(d["status"]["prompt_prep"] == "never" for d in after.values()))
    judge.check("nothing differs", site.audit("audit", "--deep", code=0)[0] == {})


def prove(judge, site):
    """One copy has other bytes of the same length: nothing but reading shows it."""
    world = site.world
    site.pps("run", "--once")
    embargo = {str(i) for i, r in world.refs.items() if r.datasetType.name != NOT_ADOPTED and world.embargo.stored(r)}
    judge.equal("what was adopted stays", embargo, set(site.datasets()))
    bad = next(r for r in world.refs.values() if r.datasetType.name == "dia_source_apdb")
    path = site.path("prompt_prep", bad)
    with open(path, "rb") as f:
        good = f.read()
    with open(path, "r+b") as f:  # in place: its hard links change too
        f.write(bytes([good[0] ^ 1]))
    judge.check("sizes are equal", site.audit("audit", code=0)[0] == {})
    rows, _ = site.audit("audit", "--deep", "--type", "dia_source_apdb")
    judge.check("bytes are not", {k: r["what"] for k, r in rows.items()} == {(str(bad.id), "prompt_prep"): "file differs from its source"}, rows)
    time.sleep(1.1)
    site.pps("unpin", "--type", "*", "--reason", "seen")
    site.pps("run", "--once", code=1)
    butler = world.butler("embargo")
    left = {str(i) for i, r in world.refs.items() if r.datasetType.name != NOT_ADOPTED and butler.get_dataset(i)}
    without = {i for i, d in site.datasets().items() if "never" in (d["status"]["prompt_prep"], d["status"]["repo_main"])}
    judge.equal("only what has no proof stays", left, without | {str(bad.id)})
    judge.check("and why is said", "there is another file" in (site.datasets()[str(bad.id)]["error"] or ""), site.datasets()[str(bad.id)])
    with open(path, "wb") as f:
        f.write(good)
    site.pps("retry", str(bad.id), "--reason", "restored")
    site.pps("run", "--once")
    judge.check("proven, it goes", world.butler("embargo").get_dataset(bad.id) is None)


def damage(judge, site):
    """One thing for each kind: {(dataset or file, repository): (what, mended by --repair)}."""
    world, status = site.world, {i: d["status"] for i, d in site.datasets().items()}
    refs = iter([r for r in world.refs.values() if set(status.get(str(r.id), {}).values()) == {"deleted", "present"} and r.datasetType.name != "dia_source_apdb"])
    found = {}

    def note(ref, name, what, mended):
        found[str(ref.id), name] = (what, mended)

    ref = next(refs)
    world.butler("google_int").registry.disassociate(AVAILABLE, [ref])
    note(ref, "google_int", "not in the collection of what is available", True)
    ref = next(refs)
    world.butler("google_prod").registry.associate(EXPIRED, [ref])
    note(ref, "google_prod", "available, and in the collection of what has expired too", True)
    ref = next(refs)
    os.unlink(site.path("repo_main", ref))
    note(ref, "repo_main", "file missing", True)
    ref = next(refs)
    path = site.path("repo_main", ref)
    os.rename(path, path + "~")
    shutil.copy(path + "~", path)
    os.unlink(path + "~")
    note(ref, "repo_main", "no hard link", False)
    ref = next(refs)
    with open(site.path("prompt_prep", ref), "a") as f:
        f.write(" ")
    for name in ("prompt_prep", "repo_main", "google_int", "google_prod"):
        note(ref, name, "file of another size than recorded", "google" not in name)
    ref = next(refs)
    os.unlink(site.path("prompt_prep", ref))
    for name in ("prompt_prep", "google_int", "google_prod"):
        note(ref, name, "file missing", "google" not in name)
    ref = next(refs)
    site.forget_records("repo_main", ref)
    note(ref, "repo_main", "no file records", True)
    ref = next(refs)
    site.forget_records("google_prod", ref)
    site.registry("google_prod", "DELETE FROM dataset WHERE id = ?", str(ref.id))
    note(ref, "google_prod", "not known to the repository", True)
    ref = next(refs)
    site.forget_records("google_int", ref)
    butler = world.butler("google_int")
    butler.registry.disassociate(AVAILABLE, [ref])
    butler.registry.associate(EXPIRED, [ref])
    note(ref, "google_int", "expired there, available in the state", True)
    ref = next(refs)
    site.state("DELETE FROM dataset WHERE id = ?", str(ref.id) if world.pg else ref.id.hex)
    for name in publish_world.REPOSITORIES[1:]:
        note(ref, name, "not known to the state", False)
    orphan = f"{RUN}/nobody.json"
    with open(f"{world.folder('prompt_prep')}/{orphan}", "w") as f:
        f.write("{}")
    os.utime(f.name, (1e9, 1e9))
    found[orphan, "prompt_prep"] = ("a file that no record names", False)
    return found


def mend(judge, site):
    found = damage(judge, site)
    wanted = {k: what for k, (what, _) in found.items()}
    shallow, _ = site.audit("audit")
    judge.equal("without reading", set(shallow), set(wanted) - {k for k in wanted if "/" in k[0]})
    for arguments in (("audit", "--deep"), ("--dry-run", "audit", "--deep", "--repair")):
        rows, sums = site.audit(*arguments)
        judge.check(f"{arguments}: each and no other", {k: r["what"] for k, r in rows.items()} == wanted, (rows, wanted))
        judge.check("nothing was mended", sums["mended"] == 0)
    one, _ = site.audit("audit", "--repository", "google_int")
    judge.equal("one repository", set(one), {k for k in wanted if k[1] == "google_int"})
    rows, _ = site.audit("audit", "--deep", "--repair")
    judge.check("what is mended", {k: r["mended"] for k, r in rows.items()} == {k: m for k, (_, m) in found.items()}, rows)
    judge.check("its ledger is whole", site.json("audit", "--ledger")["ok"])
    site.pps("run", "--once")
    site.pps("adopt")
    left, _ = site.audit("audit", "--deep")
    # what is missing is no difference any more, except to those that refer to it
    judge.equal("what is left", set(left), {k for k, (what, m) in found.items() if not m and what != "not known to the state"})
    missing = {i for i, d in site.datasets().items() if "missing" in d["status"].values()}
    judge.equal("what counts as missing", missing, {k[0] for k, (_, m) in found.items() if m and (k[0], "google_int") in left})
    again = {k for k, (what, m) in found.items() if m and k[0] not in missing and not what.startswith("expired")}
    for i, name in again:
        ref = next(r for r in site.world.refs.values() if str(r.id) == i)
        judge.check(f"{ref} is in {name} again", site.world.butler(name).get(ref)["type"] == ref.datasetType.name)


def check(judge, program, root, pg):
    site = Site(program, publish_world.World(root, pg, visits=(1, 2)))
    adopt(judge, site)
    prove(judge, site)
    mend(judge, site)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pps", required=True)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--keep")
    options = parser.parse_args()
    root = options.keep or tempfile.mkdtemp(prefix="pps audit ")
    judge = Judge()
    for db in ("sqlite", "postgres") if options.db == "both" else (options.db,):
        check(judge, os.path.abspath(options.pps), f"{root}/{db}", os.environ["PG_URL"] if db == "postgres" else None)
    if not options.keep:
        shutil.rmtree(root)
    print(f"{judge.passed} passed, {judge.failed} failed")
    return judge.failed != 0


if __name__ == "__main__":
    sys.exit(main())
