# SPDX-License-Identifier: BSD-3-Clause
"""The raw flow by the command line: what it says is what is in files and databases."""
import fcntl
import hashlib
import json
import os
import signal
import subprocess
import time
import urllib.parse
import zipfile

import harness
from harness import DAY, HELD, MOVED


class Raw(harness.Case):
    def test_run_status_and_check_say_what_is_there(self):
        world = self.world()
        self.assertEqual(self.json(world, "raw", "status"), {"schema_version": 1, "exposures": [], "summary": {}})
        run = self.json(world, "raw", "run")
        self.assertEqual(run["summary"], {"done": 4, "held": 1})
        status = self.rows(world, "status")
        self.assertEqual(sorted(status), [*MOVED, HELD])
        check = self.rows(world, "check")
        for obs_id in MOVED:
            row = status[obs_id]
            self.assertEqual(row["status"], "done")
            self.assertEqual(row["places"], {"source": "ok", "zip": "ok", "yaml": "ok", "main": "ok"})
            self.assertEqual(urllib.parse.unquote(row["zip"]), f"file://{world.zip(obs_id)}")
            with open(world.zip(obs_id), "rb") as f:
                content = f.read()
            self.assertEqual((row["size"], row["md5"]), (len(content), hashlib.md5(content).hexdigest()))
            self.assertEqual({key: check[obs_id][key] for key in ("status", "size", "reason", "places")},
                             {key: row[key] for key in ("status", "size", "reason", "places")})
            self.assert_zip_holds_the_source(world, obs_id)
            self.assert_main_knows(world, obs_id)
            self.assertEqual(world.sql("state", "SELECT zip_size, zip_uri FROM exposure WHERE obs_id = ?", obs_id), [(row["size"], row["zip"])])
        self.assertEqual((status[HELD]["status"], status[HELD]["zip"], status[HELD]["size"]), ("held", "", 0))
        self.assertFalse(os.path.exists(world.zip(HELD)))
        self.assertEqual(self.statuses(world, "check", "--deep"), {**dict.fromkeys(MOVED, "done"), HELD: "held"})
        self.assertEqual(sorted(os.listdir(f"{world.offline}/LSSTCam/{DAY}")),
                         sorted([f"{o}.zip" for o in MOVED] + [f"{o}_dimensions.yaml" for o in MOVED]))

    def assert_zip_holds_the_source(self, world, obs_id):
        with zipfile.ZipFile(world.zip(obs_id)) as z:
            self.assertIsNone(z.testzip())
            names = z.namelist()
            source = os.listdir(world.source(obs_id))
            self.assertEqual(sorted(names), sorted([*source, "_butler_zip_index.json", "_metadata_index.json"]))
            for name in source:
                with open(f"{world.source(obs_id)}/{name}", "rb") as f:
                    self.assertEqual(z.read(name), f.read(), name)
                stored = z.getinfo(name).compress_type == zipfile.ZIP_STORED
                self.assertEqual(stored, name.endswith(".fits"), name)
            json.loads(z.read("_metadata_index.json"))

    def assert_main_knows(self, world, obs_id):
        ids = {row[0] for row in world.sql("embargo", "SELECT d.dataset_id FROM file_datastore_records d WHERE path LIKE ?", f"%/{obs_id}/%")}
        self.assertEqual(len(ids), 21)
        paths = dict(world.sql("main", "SELECT dataset_id, path FROM file_datastore_records"))
        uri = "file://" + urllib.parse.quote(world.zip(obs_id))
        for i in ids:
            self.assertTrue(paths[i].startswith(f"{uri}#"), paths.get(i))

    def test_second_run_does_nothing(self):
        world = self.world()
        self.pps(world, "raw", "run")
        before = world.hashes("offline"), butler_rows(world)
        report = self.json(world, "raw", "run")
        self.assertEqual(report["summary"], {"held": 1})
        self.assertEqual((world.hashes("offline"), butler_rows(world)), before)

    def test_dry_runs_write_nothing(self):
        world = self.world(init=False)
        self.unchanged(world, "--dry-run", "init")
        self.assertFalse(os.path.exists(world.path("state.db")))
        for command in ("run", "repair"):
            dry = json.loads(self.unchanged(world, "--json", "--dry-run", "raw", command).stdout)
            self.assertEqual(dry["summary"], {"todo": 4, "held": 1})
        self.pps(world, "init")
        self.unchanged(world, "--dry-run", "raw", "run")
        report = self.json(world, "--dry-run", "raw", "run")
        self.assertEqual(report["summary"], {"todo": 4, "held": 1})
        self.assertFalse(os.path.exists(world.path("offline")))
        self.pps(world, "raw", "run")
        os.unlink(world.yaml(MOVED[0]))
        self.unchanged(world, "--dry-run", "raw", "repair")
        self.unchanged(world, "--dry-run", "raw", "accept", HELD, "--reason", "as it is")
        self.unchanged(world, "--dry-run", "raw", "check", "--deep", code=1)
        self.unchanged(world, "raw", "status")

    def test_choosing(self):
        world = self.world()
        self.assertEqual(self.statuses(world, "run", "--exposure", MOVED[1]), {MOVED[1]: "done"})
        self.assertEqual(self.statuses(world, "run", "--exposure", f"{DAY}00003"), {MOVED[2]: "done"})
        self.assertEqual(self.statuses(world, "check", "--exposure", MOVED[1]), {MOVED[1]: "done"})
        self.assertEqual(self.statuses(world, "check", "--exposure", MOVED[1], "-e", MOVED[2]), {MOVED[1]: "done", MOVED[2]: "done"})
        self.assertIn("--day-obs is given twice", self.pps(world, "raw", "check", "--day-obs", "20251202", "-d", "20251202", code=2).stderr)
        self.assertEqual(self.statuses(world, "run", "--day-obs", "20251203"), {})
        self.assertEqual(self.statuses(world, "run", "--day-obs", "20251201..20251202"), {MOVED[0]: "done", MOVED[3]: "done", HELD: "held"})
        self.assertEqual(sorted(self.statuses(world, "status", "--exposure", MOVED[0])), [MOVED[0]])

    def test_window_reaches_back_after_an_outage(self):
        """A first run at a time before all, then nothing for months: the next run's short window loses nothing."""
        world = self.world()
        self.assertEqual(self.statuses(world, "run", "--window", "35min", "--now", "2025-12-03T01:00:00"), {})
        self.assertEqual(self.statuses(world, "run", "--window", "35min"), {**dict.fromkeys(MOVED, "done"), HELD: "held"})

    def test_missing_sensor_and_accept(self):
        world = self.world()
        with open(world.source(MOVED[0], "_expectedSensors.json")) as f:
            expected = json.load(f)
        expected["expectedSensors"]["R43_S11"] = "SCIENCE"
        expected["expectedSensors"]["R44_SW0"] = "WAVEFRONT"  # not waited for
        with open(world.source(MOVED[0], "_expectedSensors.json"), "w") as f:
            json.dump(expected, f)
        self.pps(world, "raw", "run")
        row = self.rows(world, "status")[MOVED[0]]
        self.assertEqual(row["status"], "incomplete")
        self.assertFalse(os.path.exists(world.zip(MOVED[0])))
        row = self.rows(world, "check", code=1)[MOVED[0]]
        self.assertEqual(row["status"], "incomplete")
        self.assertIn("R43_S11", row["reason"])
        self.assertNotIn("R44_SW0", row["reason"])
        self.assertIn("raw accept", row["command"])
        self.unchanged(world, "raw", "accept", MOVED[0], code=2, says="--reason")
        self.unchanged(world, "raw", "accept", "MC_O_20990101_000001", "--reason", "x", code=1)
        self.pps(world, "raw", "accept", MOVED[0], "--reason", "R43 is broken")
        self.assertEqual(self.statuses(world, "run")[MOVED[0]], "done")
        self.assertEqual(self.statuses(world, "check")[MOVED[0]], "done")

    def test_uninitialised_state(self):
        world = self.world(init=False)
        done = self.unchanged(world, "raw", "run", code=3, says="pps init")
        self.assertEqual(done.stdout, "")

    def test_init_again(self):
        world = self.world(init=False)
        first = self.json(world, "init")
        self.assertGreater(first["applied"], 0)
        again = self.json(world, "init")
        self.assertEqual((again["applied"], again["version"]), (0, first["version"]))

    def test_two_runs_at_once(self):
        """The flow's lock: held by us here, as another run would hold it."""
        world = self.world()
        locks = [f for f in os.listdir(world.root) if f.startswith("state.db.")]
        self.pps(world, "raw", "run", "--exposure", MOVED[0])
        locks = [f for f in os.listdir(world.root) if f.startswith("state.db") and "lock" in f] or locks
        self.assertEqual(len(locks), 1, os.listdir(world.root))
        with open(world.path(locks[0]), "r+") as f:
            fcntl.lockf(f, fcntl.LOCK_EX)
            self.unchanged(world, "raw", "run", code=4)
            waiter = subprocess.Popen([*harness.COMMAND, "-c", world.config, "--wait", "60", "raw", "run"], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True)
            self.assertIn("wait", waiter.stderr.readline())  # it says so before the lock is free
        _, err = waiter.communicate(timeout=300)
        self.assertEqual(waiter.returncode, 0, err)
        self.assertEqual(self.statuses(world, "check"), {**dict.fromkeys(MOVED, "done"), HELD: "held"})

    def signalled(self, world, number, *words):
        """A run that is told to end when the first zip is there: its exit code, and what it complained of."""
        child = subprocess.Popen([*harness.COMMAND, "-c", world.config, "raw", "run", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 120
        while not os.path.exists(world.zip(MOVED[0])) and child.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        child.send_signal(number)
        _, err = child.communicate(timeout=300)
        return child.returncode, err

    def test_interrupt_and_resume(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            world = self.world()
            code, err = self.signalled(world, number)
            if code != 0:  # else it was faster
                self.assertEqual(code, 130, err)
                self.assertIn("interrupted; nothing is lost", err)
            self.assertEqual(self.pps(world, "raw", "run").returncode, 0)
            self.assertEqual(self.statuses(world, "check", "--deep"), {**dict.fromkeys(MOVED, "done"), HELD: "held"})
            self.assertEqual([f for f in os.listdir(f"{world.offline}/LSSTCam/{DAY}") if f.startswith(".")], [])

    def test_following_ends_well(self):
        """A signal is how it ends, in the middle of a run too."""
        world = self.world()
        self.assertEqual(self.signalled(world, signal.SIGTERM, "--follow"), (0, ""))
        self.assertEqual(self.pps(world, "raw", "run").returncode, 0)
        self.assertEqual(self.statuses(world, "check"), {**dict.fromkeys(MOVED, "done"), HELD: "held"})


def butler_rows(world):
    return world.dump(world.path("main/gen3.sqlite3")), world.dump(world.path("embargo/gen3.sqlite3"))


if __name__ == "__main__":
    harness.main()
