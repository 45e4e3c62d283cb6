#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every half state of an exposure in Rucio, made by Rucio's own client: check names it, repair mends it, a second repair does nothing.

Also: the same by a run that resumes; what others moved on stays; what is another's is not touched; one bad exposure stops no other; a
catalogue that is down or that refuses; records that change later; SIGKILL at every durable operation and request of the step.

usage: halfstates.py [--pps PATH] [--preload PATH] [--every K] [WORD...]   (only tests whose names hold a word)
The server is the one that ./check hands out: $PPS_TEST_RUCIO*. Each test has a scope of its own, because Rucio forgets nothing.
"""
import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, f"{TOP}/tests/cli")

import harness  # noqa: E402
from harness import DAY, HELD, MOVED  # noqa: E402

RSE, OTHER = "SLAC_RAW_DISK", "IN2P3_RAW_DISK"
ONE = MOVED[0]
NEED, DONE = f"{RSE}_BKUP:need", f"{RSE}_BKUP:done"
# What the Python Butler says of the example world: tracts that exposures' visits overlap; the last is a bias.
TRACTS = ((5000, 5001, 5002), (5000, 5001, 5002, 5003), (5001, 5002, 5003, 5004), ())
IN_RUCIO = ("rucio", "tracts", "obs", "meta")
every = 1
preload = f"{TOP}/build/tests/faults/libkill-at.so"


class Rucio:
    """Rucio's client in an environment of its own: one question and one answer a line."""

    def __init__(self):
        env = dict(os.environ, RUCIO_CONFIG=f"{os.environ['PPS_TEST_RUCIO_CLIENT']}/userpass.cfg")
        self.process = subprocess.Popen([os.environ["PPS_TEST_RUCIO_PYTHON"], f"{HERE}/rucio_look.py"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=env)

    def __call__(self, what, **arguments):
        self.process.stdin.write(json.dumps(dict(arguments, ask=what)) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline() or '{"error": "it died"}')
        if "error" in answer:
            raise RuntimeError(f"{what}: {answer['error']}")
        return answer["answer"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class HalfStates(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.rucio = Rucio()
        cls.shared = harness.World()
        cls.configure(cls.shared, "")
        case = cls("test_nothing_of_it")
        case.pps(cls.shared, "init")
        case.pps(cls.shared, "raw", "run")
        # as if the catalogue had been told of all, so that a repair has to find out what is not so
        cls.shared.sql("state", "INSERT INTO exposure_step (instrument, id, step, destination, at, as_of) SELECT instrument, id, 'rucio', ?, 1, 1 "
                       "FROM exposure WHERE finished IS NOT NULL", RSE)
        cls.shared.sql("state", "UPDATE exposure SET finished_for = ? WHERE finished IS NOT NULL", f"main,rucio:{RSE}")
        cls.shared.sql("state", "UPDATE state_meta SET value = ? WHERE name = 'raw.finished_for'", f"main,rucio:{RSE}")
        cls.source = cls.shared.hashes("storage")
        shutil.copy(cls.shared.path("state.db"), cls.shared.path("finished.db"))

    @classmethod
    def tearDownClass(cls):
        cls.shared.remove()
        cls.rucio.close()

    @staticmethod
    def configure(world, scope, login="userpass"):
        """With the block `rucio` for this scope, or without."""
        with open(world.config) as f:
            text = f.read().split("rucio:")[0]
        if scope:
            text += f"rucio: {{config: {os.environ['PPS_TEST_RUCIO_CLIENT']}/{login}.cfg, rse: {RSE}, scope: {scope}}}\n"
        with open(world.config, "w") as f:
            f.write(text)

    def setUp(self):
        """A new scope, and a state that says that all is done there."""
        self.w = self.shared
        for name in os.listdir(self.w.root):
            if name.startswith("state.db-"):
                os.unlink(self.w.path(name))
        shutil.copy(self.w.path("finished.db"), self.w.path("state.db"))
        self.scope = f"h-{os.urandom(6).hex()}"
        self.rucio("add scope", scope=self.scope)
        self.configure(self.w, self.scope)

    # ---- what should be

    def file(self, path):
        with open(path, "rb") as f:
            data = f.read()
        return dict(scope=self.scope, name=os.path.relpath(path, self.w.offline), bytes=len(data), adler32=f"{zlib.adler32(data):08x}",
                    md5=hashlib.md5(data).hexdigest())

    def files(self, obs_id=ONE):
        folder = f"{self.w.offline}/LSSTCam/{DAY}"
        found = [self.file(f"{folder}/{n}") for n in sorted(os.listdir(folder)) if n.startswith(obs_id)]
        return [dict(f, meta={"rubin_butler": "zip_file"}) if f["name"].endswith(".zip") else f for f in found]

    def obs(self, obs_id=ONE):
        return f"Dataset/LSSTCam/raw/Obs/{DAY}/{obs_id}"

    def groups(self, obs_id=ONE):
        return [f"Dataset/LSSTCam/raw/Tract{t}/{DAY}" for t in TRACTS[MOVED.index(obs_id)]] or [f"Dataset/LSSTCam/raw/NoTract/{DAY}"]

    def whole(self, *obs_ids):
        """What Rucio must hold of these exposures."""
        files, datasets = {}, {}
        for obs_id in obs_ids:
            names = []
            for f in self.files(obs_id):
                names.append(f["name"])
                files[f["name"]] = dict({k: f[k] for k in ("bytes", "adler32", "md5")}, meta=f.get("meta", {}))
            for name in self.groups(obs_id):
                datasets.setdefault(name, dict(open=True, meta={}, files=[]))["files"] += names
            datasets[self.obs(obs_id)] = dict(open=False, meta={"arcBackup": NEED, "SafeCopies": ""}, files=names)
        for d in datasets.values():
            d["files"].sort()
        return dict(files=files, datasets=datasets)

    def dump(self):
        """Everything that it holds; which of a replica's addresses it names is chance."""
        found = self.rucio("dump", scope=self.scope)
        for f in found["files"].values():
            f["replicas"] = {rse: state for rse, (state, _) in f["replicas"].items()}
        return found

    def held(self):
        """What it holds, in the form of whole(); every file must be at our storage element."""
        found = self.dump()
        for f in found["files"].values():
            self.assertEqual(f.pop("replicas").get(RSE), "AVAILABLE")
        for d in found["datasets"].values():
            d.pop("monotonic")
        return found

    # ---- half states

    def make(self, names):
        for name in names:
            self.rucio("add_dataset", scope=self.scope, name=name, statuses={"monotonic": True})

    def register(self, files, rse=RSE):
        self.rucio("add_replicas", rse=rse, files=files)

    def attach(self, name, files):
        self.rucio("add_files_to_dataset", scope=self.scope, name=name, files=[dict(scope=self.scope, name=f["name"]) for f in files])

    def close(self, name):
        self.rucio("close", scope=self.scope, name=name)

    def set(self, name, key, value):
        self.rucio("set_metadata", scope=self.scope, name=name, key=key, value=value)

    def make_whole(self, obs_id=ONE, but_files=(), closed=True, keys=(("arcBackup", NEED), ("SafeCopies", ""))):
        """As the present script leaves it, but for these files."""
        files = [f for f in self.files(obs_id) if f["name"] not in but_files]
        self.register(files)
        for name in [*self.groups(obs_id), self.obs(obs_id)]:
            with contextlib.suppress(RuntimeError):  # tracts are shared
                self.make([name])
            self.attach(name, files)
        if closed:
            self.close(self.obs(obs_id))
        for key, value in keys:
            self.set(self.obs(obs_id), key, value)

    # ---- check, repair, repair

    def names(self, crossed, says, status="todo"):
        row = self.rows(self.w, "check", "--exposure", ONE, code=1)[ONE]
        wanted = {p: "ok" for p in (*IN_RUCIO, "source", "zip", "yaml", "main")} | crossed
        self.assertEqual({p: m for p, m in row["places"].items() if p in wanted}, wanted, row)
        self.assertEqual((row["status"], row["command"]), (status, f"pps raw repair --exposure {ONE}"))
        for text in [says] if isinstance(says, str) else says:
            self.assertIn(text, row["reason"])

    def mended(self, obs_id=ONE):
        self.assertEqual(self.statuses(self.w, "check", "--exposure", obs_id), {obs_id: "done"})
        self.assertEqual(self.held(), self.whole(obs_id))

    def repairs(self):
        before = self.dump()
        row = self.json(self.w, "--dry-run", "raw", "repair", "--exposure", ONE)["exposures"][0]
        self.assertIn("would", row["reason"])
        self.assertEqual(self.dump(), before)
        row = self.rows(self.w, "repair", "--exposure", ONE)[ONE]
        self.assertEqual((row["status"], {row["places"][p] for p in IN_RUCIO}), ("done", {"ok"}), row)
        self.mended()
        self.assertEqual(self.w.hashes("storage"), self.source)
        after = self.dump(), self.local()
        self.assertEqual(self.pps(self.w, "raw", "repair", "--exposure", ONE).stdout, "nothing to mend\n")
        self.assertEqual((self.dump(), self.local()), after)

    def local(self):
        """Everything on this side, but for the time at which the source was read."""
        files = {n: h for n, h in self.w.hashes().items() if not n.startswith("state.db")}
        return files, self.w.sql("state", "SELECT * FROM exposure_step"), self.w.sql("state", "SELECT id, finished, finished_for FROM exposure")

    def resumed(self):
        """The same, found by a run whose state does not know that the step was ever done."""
        self.unfinish(self.w)
        self.assertEqual(self.statuses(self.w, "run", "--exposure", ONE), {ONE: "done"})
        self.mended()

    def unfinish(self, world, obs_ids=(ONE,)):
        for obs_id in obs_ids:
            number = world.sql("embargo", "SELECT id FROM exposure WHERE obs_id = ?", obs_id)[0][0]
            world.sql("state", "DELETE FROM exposure_step WHERE step = 'rucio' AND id = ?", number)
            world.sql("state", "UPDATE exposure SET finished = NULL, finished_for = NULL WHERE id = ?", number)

    def judge(self, half, crossed, says):
        """Check, repair, repair; then the same state for a run."""
        half()
        self.names(crossed, says)
        self.repairs()
        self.setUp()
        half()
        self.resumed()

    def test_nothing_of_it(self):
        self.judge(lambda: None, {p: "missing" for p in IN_RUCIO}, [f"{ONE}.zip is not registered", "its Obs dataset is not there"])

    def test_registered_and_not_attached(self):
        self.judge(lambda: self.register(self.files()), {"tracts": "missing", "obs": "missing", "meta": "missing"},
                   ["Tract5000 is not there", "its Obs dataset is not there"])

    def test_zip_alone_is_registered_and_attached_to_one(self):
        def half():
            self.register(self.files()[:1])
            self.make(self.groups()[:1])
            self.attach(self.groups()[0], self.files()[:1])
        self.judge(half, {p: "missing" for p in IN_RUCIO}, [f"{ONE}_dimensions.yaml is not registered", "Tract5000 lacks", "Tract5001 is not there"])

    def test_attached_to_some(self):
        def half():
            self.register(self.files())
            self.make([*self.groups(), self.obs()])
            self.attach(self.groups()[0], self.files())
            self.attach(self.groups()[1], self.files()[1:])
        self.judge(half, {"tracts": "missing", "obs": "missing", "meta": "missing"}, [f"Tract5001 lacks {ONE}.zip", "Tract5002 lacks", "and 1 more"])

    def test_closed_too_early(self):
        yaml = self.files()[1]["name"]
        self.judge(lambda: self.make_whole(but_files=[yaml]), {"rucio": "missing", "tracts": "missing", "obs": "missing"},
                   f"its Obs dataset is closed and lacks {ONE}_dimensions.yaml")

    def test_tract_closed_too_early(self):
        def half():
            self.make_whole()
            self.make([f"Dataset/LSSTCam/raw/Tract9/{DAY}"])  # another's, which is left alone
            self.close(f"Dataset/LSSTCam/raw/Tract9/{DAY}")
        half()
        self.assertEqual(self.statuses(self.w, "check", "--exposure", ONE), {ONE: "done"})
        self.setUp()
        self.register(self.files())
        self.make([*self.groups(), self.obs()])
        for name in [self.obs(), *self.groups()[1:]]:
            self.attach(name, self.files())
        self.close(self.obs())
        self.close(self.groups()[0])
        self.set(self.obs(), "arcBackup", NEED)
        self.set(self.obs(), "SafeCopies", "")
        self.names({"tracts": "missing"}, "Tract5000 is closed and lacks")
        self.assertEqual(self.statuses(self.w, "repair", "--exposure", ONE), {ONE: "done"})
        self.assertEqual(self.statuses(self.w, "check", "--exposure", ONE), {ONE: "done"})
        self.assertEqual(self.held()["datasets"][self.groups()[0]]["files"], sorted(f["name"] for f in self.files()))

    def test_not_closed(self):
        self.judge(lambda: self.make_whole(closed=False, keys=()), {"obs": "missing", "meta": "missing"}, "is not closed")

    def test_closed_without_keys(self):
        """The present script, killed after it closed the dataset."""
        self.judge(lambda: self.make_whole(keys=()), {"meta": "missing"}, "has no arcBackup and no SafeCopies")

    def test_one_key_alone(self):
        for key, value in (("arcBackup", NEED), ("SafeCopies", "")):
            self.setUp()
            self.judge(lambda k=key, v=value: self.make_whole(keys=[(k, v)]), {"meta": "missing"}, "its Obs dataset has no ")

    def test_obs_is_missing(self):
        def half():
            self.register(self.files())
            self.make(self.groups())
            for name in self.groups():
                self.attach(name, self.files())
        self.judge(half, {"obs": "missing", "meta": "missing"}, "its Obs dataset is not there")

    def test_zip_without_its_kind(self):
        def half():
            self.register([{k: v for k, v in f.items() if k != "meta"} for f in self.files()])
            self.make_whole()
        self.judge(half, {"meta": "missing"}, f"{ONE}.zip has no rubin_butler")

    def test_replica_is_elsewhere_alone(self):
        def half():
            files = self.files()
            self.register(files[:1], OTHER)
            self.register(files[1:])
            for name in [*self.groups(), self.obs()]:
                self.make([name])
                self.attach(name, files)
            self.close(self.obs())
            self.set(self.obs(), "arcBackup", NEED)
            self.set(self.obs(), "SafeCopies", "")
        half()
        self.names({"rucio": "missing"}, f"{ONE}.zip has no replica at {RSE}")
        self.repairs()

    # ---- what stays

    def test_values_that_others_moved_on(self):
        self.make_whole(keys=[("arcBackup", DONE), ("SafeCopies", "USDF,TRSE,FrDF")])
        row = self.rows(self.w, "check", "--exposure", ONE)[ONE]
        self.assertEqual((row["status"], row["places"]["tape"], row["places"]["safe"], row["places"]["copies"]), ("done", "ok", "ok", "not_yet"))
        self.assertEqual((row["notes"]["tape"], row["notes"]["safe"], row["notes"]["copies"]), (DONE, "USDF,TRSE,FrDF", RSE))
        self.register([dict(f, meta={}) for f in self.files()], OTHER)
        row = self.rows(self.w, "check", "--exposure", ONE)[ONE]
        self.assertEqual(row["notes"]["copies"], f"{OTHER},{RSE}")
        self.unfinish(self.w)
        self.assertEqual(self.statuses(self.w, "run", "--exposure", ONE), {ONE: "done"})
        self.assertEqual(self.held()["datasets"][self.obs()]["meta"], {"arcBackup": DONE, "SafeCopies": "USDF,TRSE,FrDF"})

    def test_one_value_moved_on_and_the_other_absent(self):
        self.make_whole(keys=[("arcBackup", DONE)])
        self.names({"meta": "missing"}, "has no SafeCopies")
        self.assertEqual(self.statuses(self.w, "repair", "--exposure", ONE), {ONE: "done"})
        self.assertEqual(self.held()["datasets"][self.obs()]["meta"], {"arcBackup": DONE, "SafeCopies": ""})

    def test_other_bytes(self):
        """A file of another size or checksum: a person must look, and nothing is touched."""
        for change in ({"bytes": 7}, {"adler32": "00000bad"}, {"md5": "0" * 32}):
            self.setUp()
            self.register([dict(self.files()[0], **change), self.files()[1]])
            self.names({"rucio": "different", "tracts": "missing", "obs": "missing", "meta": "missing"}, f"{ONE}.zip has ", "failed")
            before = self.dump()
            for command in ("repair", "run"):
                if command == "run":
                    self.unfinish(self.w)
                row = self.rows(self.w, command, "--exposure", ONE, code=1)[ONE]
                self.assertEqual(row["status"], "failed")
                self.assertIn(f"{ONE}.zip has ", row["reason"])
                self.assertEqual(self.dump(), before)

    def test_one_bad_exposure_stops_no_other(self):
        self.register([dict(self.files()[0], bytes=7)])
        self.unfinish(self.w, MOVED)
        rows = self.rows(self.w, "run", code=1)
        self.assertEqual({o: rows[o]["status"] for o in MOVED}, {ONE: "failed", **dict.fromkeys(MOVED[1:], "done")})
        wanted, found = self.whole(*MOVED[1:]), self.dump()
        self.assertEqual({n: d["open"] for n, d in found["datasets"].items()}, {n: d["open"] for n, d in wanted["datasets"].items()})
        self.assertEqual(sorted(found["files"]), sorted([self.files()[0]["name"], *wanted["files"]]))

    # ---- around it

    def test_block_that_comes_later(self):
        world = self.world()
        self.w = world
        self.configure(world, "")
        self.assertEqual({r["status"] for r in self.json(world, "raw", "run")["exposures"]}, {"done", "held"})
        self.assertNotIn("rucio", self.rows(world, "check")[ONE]["places"])
        self.configure(world, self.scope)
        self.assertEqual(self.statuses(world, "run"), {**dict.fromkeys(MOVED, "done"), HELD: "held"})
        self.assertEqual(self.held(), self.whole(*MOVED))
        self.assertEqual(self.rows(world, "status")[ONE]["places"]["rucio"], "ok")
        self.assertEqual(self.statuses(world, "run"), {HELD: "held"})

    def test_records_that_changed_later(self):
        world = self.world()
        self.w = world
        self.configure(world, self.scope)
        self.pps(world, "raw", "run")
        before = self.whole(*MOVED)
        number = world.sql("embargo", "SELECT id FROM exposure WHERE obs_id = ?", ONE)[0][0]
        world.sql("embargo", "UPDATE visit SET target_name = 'corrected' WHERE id IN (SELECT visit FROM visit_definition WHERE exposure = ?)", number)
        row = self.rows(world, "check", "--exposure", ONE, code=1)[ONE]
        self.assertEqual((row["status"], row["places"]["yaml"], row["places"]["rucio"]), ("todo", "missing", "ok"), row)
        self.assertIn("records have changed", row["reason"])
        self.assertEqual(self.statuses(world, "repair", "--exposure", ONE), {ONE: "done"})
        names = sorted(n for n in os.listdir(f"{world.offline}/LSSTCam/{DAY}") if n.startswith(ONE))
        self.assertEqual(names, [f"{ONE}.zip", f"{ONE}_dimensions.1.yaml", f"{ONE}_dimensions.yaml"])
        after = self.held()
        self.assertEqual(after, self.whole(*MOVED))
        self.assertEqual({n: after["files"][n] for n in before["files"]}, before["files"])
        self.assertEqual(self.json(world, "raw", "repair", "--exposure", ONE)["exposures"], [])
        self.assertEqual(self.statuses(world, "check", "--exposure", ONE), {ONE: "done"})

    def test_out_too_early(self):
        self.register([dict(self.files()[0], name=f"LSSTCam/{DAY}/{HELD}.zip")])
        row = self.rows(self.w, "check", "--exposure", HELD, code=1)[HELD]
        self.assertEqual((row["status"], row["places"]["rucio"]), ("failed", "different"))
        self.assertIn("Rucio knows it", row["reason"])

    def test_catalogue_that_is_down(self):
        """Everything else is done; the next run does the rest."""
        world = self.world()
        self.w = world
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{os.environ['PPS_TEST_RUCIO_CLIENT']}/userpass.cfg") as f, open(f"{folder}/down.cfg", "w") as down:
                down.write(f.read().replace(os.environ["PPS_TEST_RUCIO"].split("//")[1], "127.0.0.1:1"))
            self.configure(world, self.scope)
            world.edit("pps.yaml", f"{os.environ['PPS_TEST_RUCIO_CLIENT']}/userpass.cfg", f"{folder}/down.cfg")
            row = self.rows(world, "run", code=4)[ONE]
            self.assertEqual((row["status"], row["places"]["main"], row["places"]["rucio"]), ("failed", "ok", "not_yet"), row)
            row = self.rows(world, "check", code=4)[ONE]
            self.assertEqual((row["status"], row["places"]["main"], row["places"]["rucio"], row["places"]["copies"]),
                             ("failed", "ok", "unknown", "unknown"), row)
        self.configure(world, self.scope)
        self.assertEqual(self.statuses(world, "run"), {**dict.fromkeys(MOVED, "done"), HELD: "held"})
        self.assertEqual(self.held(), self.whole(*MOVED))

    def test_account_that_may_only_read(self):
        self.configure(self.w, self.scope, "reader")
        self.names({p: "missing" for p in IN_RUCIO}, "is not registered")
        row = self.rows(self.w, "repair", "--exposure", ONE, code=1)[ONE]
        self.assertEqual(row["status"], "failed", row)
        self.assertEqual(self.dump(), dict(files={}, datasets={}))
        self.configure(self.w, self.scope)
        self.repairs()

    def test_hold(self):
        """An operator's hold wins over what is not yet in the catalogue."""
        self.w.sql("state", "INSERT INTO hold (flow, instrument, id, day_obs, reason, who, at) VALUES ('raw', '', 0, ?, 'stop', 'me', 1)", DAY)
        try:
            for command in ("repair", "run"):
                if command == "run":
                    self.unfinish(self.w)
                self.assertEqual(self.statuses(self.w, command, "--exposure", ONE), {ONE: "held"})
                self.assertEqual(self.dump(), dict(files={}, datasets={}))
        finally:
            self.w.sql("state", "DELETE FROM hold")
        self.resumed()

    def killed(self, at, **env):
        return self.run_pps("-c", self.w.config, "raw", "run", "--exposure", ONE, "--exposure", MOVED[3],
                            env=dict(LD_PRELOAD=preload, PPS_KILL_AT=at, **env)).returncode

    def test_killed_at_every_step(self):
        """Zip, yaml and rows are there; SIGKILL before and after each thing that leaves or is recorded; then one more run."""
        two = [ONE, MOVED[3]]
        with tempfile.TemporaryDirectory(prefix="pps-kill-") as folder:
            self.unfinish(self.w, two)
            self.assertEqual(self.killed("0", PPS_KILL_COUNT=f"{folder}/count"), 0)
            with open(f"{folder}/count") as f:
                count = int(f.read())
        self.assertGreater(count, 10)
        for n in range(1 + os.getpid() % every, count + 1, every):
            at = f"{n}{'+' if n % 2 else ''}"
            self.setUp()
            self.unfinish(self.w, two)
            code = self.killed(at)
            if code != -9:  # fewer operations this time
                self.assertEqual(code, 0, at)
            chosen = [w for o in two for w in ("--exposure", o)]
            self.assertEqual(self.statuses(self.w, "run", *chosen), dict.fromkeys(two, "done"), at)
            self.assertEqual(self.held(), self.whole(*two), at)
            self.assertEqual(self.statuses(self.w, "check", *chosen), dict.fromkeys(two, "done"), at)


def main():
    global preload, every
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pps", default=harness.PPS)
    ap.add_argument("--preload", default=preload)
    ap.add_argument("--every", type=int, default=1, help="kill at every Kth operation only, from a chance beginning")
    ap.add_argument("words", nargs="*")
    a = ap.parse_args()
    missing = [v for v in ("PPS_TEST_RUCIO", "PPS_TEST_RUCIO_CLIENT", "PPS_TEST_RUCIO_PYTHON") if v not in os.environ]
    if missing:
        raise SystemExit(f"not in the environment: {', '.join(missing)}; start tests/servers/rucio.sh and export what it prints")
    harness.COMMAND[-1], preload = os.path.abspath(a.pps), os.path.abspath(a.preload)
    every = a.every
    sys.argv[1:] = a.words
    harness.main()


if __name__ == "__main__":
    main()
