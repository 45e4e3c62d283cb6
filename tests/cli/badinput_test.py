# SPDX-License-Identifier: BSD-3-Clause
"""Bad input, and services that fail: each with its own message and exit code, and nothing changed."""
import concurrent.futures
import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import zipfile

import harness
from harness import DAY, HELD, MOVED

ONE = MOVED[0]
OTHERS = {**dict.fromkeys(MOVED[1:], "done")}


class Configuration(harness.Case):
    def refused(self, world, place, *says):
        """By every command that needs it, with the place of the error."""
        for arguments in (("config", "check"), ("raw", "run"), ("init",), ("config", "show")):
            done = self.unchanged(world, *arguments, code=3, says=says)
            self.assertRegex(done.stderr, place)
            self.assertEqual(done.stdout, "")
        errors = self.json(world, "config", "check", code=3)
        self.assertFalse(errors["ok"])
        first = errors["errors"][0]
        self.assertRegex(f"{first['file']}:{first['line']}:{first['column']}:", place)

    def test_broken_yaml(self):
        world = self.world(init=False)
        world.edit("pps.yaml", "  main:    {butler: main}", "  main:    {butler: main")
        self.refused(world, r"pps\.yaml:\d+:\d+:")
        world = self.world(init=False)
        world.edit("pps.yaml", "  source: embargo", "\tsource: embargo")
        self.refused(world, r"pps\.yaml:7:1:")

    def test_unknown_key(self):
        world = self.world(init=False)
        world.edit("pps.yaml", "  source: embargo", "  sourec: embargo")
        self.refused(world, r"pps\.yaml:7:3:", "sourec", "source")

    def test_wrong_types_and_names(self):
        for old, new, says in (("source: embargo", "source: [1]", "source"), ("source: embargo", "source: nosuch", "nosuch"),
                               ("destinations: [main]", "destinations: []", "destinations"), ("state: sqlite:///state.db", "state: mysql://x", "mysql"),
                               ("queries: config_raw.yaml", "queries: nosuch.yaml", "nosuch.yaml")):
            world = self.world(init=False)
            world.edit("pps.yaml", old, new)
            self.refused(world, r"(pps|nosuch)\.yaml", says)

    def test_every_error_is_named(self):
        world = self.world(init=False)
        world.edit("pps.yaml", "  source: embargo", "  sourec: embargo")
        world.edit("pps.yaml", "  skymap:", "  sykmap:")
        done = self.pps(world, "config", "check", code=3)
        self.assertIn("sourec", done.stderr)
        self.assertIn("sykmap", done.stderr)

    def test_broken_queries(self):
        world = self.world(init=False)
        world.edit("config_raw.yaml", "embargo_hours: 80", "embargo_hours: -80")
        self.refused(world, r"config_raw\.yaml:\d+:\d+:", "embargo_hours")
        world = self.world()
        world.edit("config_raw.yaml", '"not exposure.can_see_sky"', '"not exposure.can_see_sky and"')
        done = self.unchanged(world, "raw", "run", code=3)
        self.assertIn("config_raw.yaml:3", done.stderr)

    def test_unreadable(self):
        world = self.world(init=False)
        os.unlink(world.config)
        os.mkdir(world.config)
        self.assertIn("pps.yaml", self.pps(world, "raw", "run", code=3).stderr)
        with open(world.path("zeros.yaml"), "wb") as f:
            f.write(bytes(100))
        self.assertIn("zeros.yaml", self.pps(None, "-c", world.path("zeros.yaml"), "raw", "run", code=3).stderr)


class Repositories(harness.Case):
    def refused(self, world, code, *says, others=False):
        """The source is refused: nothing at all is changed."""
        done = self.unchanged(world, "raw", "run", code=code)
        for text in says:
            self.assertIn(text, done.stderr)

    def set_attribute(self, world, repository, pattern, value):
        world.sql(repository, "UPDATE butler_attributes SET value = ? WHERE name LIKE ?", value, pattern)

    def test_unknown_universe(self):
        world = self.world()
        for repository in ("embargo", "main"):
            (text,), = world.sql(repository, "SELECT value FROM butler_attributes WHERE name = 'config:dimensions.json'")
            universe = {**json.loads(text), "version": 99}
            self.set_attribute(world, repository, "config:dimensions.json", json.dumps(universe))
            self.unchanged(world, "butler", "info", world.path(repository), code=1, says=("universe", "99"))
            if repository == "embargo":
                self.refused(world, 1, "universe", "99")
                self.set_attribute(world, repository, "config:dimensions.json", text)
        self.destination_refuses(world, 1, "universe")

    def test_unknown_schema_version(self):
        world = self.world()
        self.set_attribute(world, "embargo", "version:%ByDimensionsDatasetRecordStorageManagerUUID", "3.0.0")
        self.refused(world, 1, "3.0.0", "datasets")
        self.set_attribute(world, "embargo", "version:%ByDimensionsDatasetRecordStorageManagerUUID", "2.0.0")
        self.set_attribute(world, "main", "version:%SynthIntKeyCollectionManager", "9.0.0")
        self.destination_refuses(world, 1, "9.0.0")

    def destination_refuses(self, world, code, *says):
        """Its rows stay as they are, and each exposure says why."""
        before = world.dump(world.path("main/gen3.sqlite3"))
        done = self.pps(world, "raw", "run", code=code)
        for text in says:
            self.assertIn(text, done.stdout + done.stderr)
        self.assertEqual(world.dump(world.path("main/gen3.sqlite3")), before)

    def test_no_database(self):
        world = self.world()
        os.unlink(world.path("embargo/gen3.sqlite3"))
        self.assertIn("gen3.sqlite3", self.unchanged(world, "raw", "run", code=1).stderr)
        self.assertFalse(os.path.exists(world.path("embargo/gen3.sqlite3")))
        with open(world.path("embargo/gen3.sqlite3"), "w") as f:
            f.write("this is no database, but a text that is long enough to be looked at" * 100)
        done = self.pps(world, "raw", "run", code=1)
        self.assertIn("gen3.sqlite3", done.stderr)

    def locked(self, name):
        world = self.world()
        path = world.path("state.db") if name == "state" else world.path(name, "gen3.sqlite3")
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")
            done = self.pps(world, "raw", "run", code=4)
            db.execute("ROLLBACK")
        self.assertIn("locked", done.stdout + done.stderr)
        self.assertEqual(world.sql("main", "SELECT count(*) FROM file_datastore_records"), [(0,)])
        self.pps(world, "raw", "run")
        self.assertEqual(self.statuses(world, "check"), {**dict.fromkeys(MOVED, "done"), HELD: "held"})

    def test_locked(self):
        with concurrent.futures.ThreadPoolExecutor(3) as pool:  # each waits for the lock a while
            list(pool.map(self.locked, ("embargo", "main", "state")))

    def test_down(self):
        with socket.socket() as s:  # a port that nobody listens on
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
            for name in ("embargo", "main"):
                world = self.world()
                world.edit(f"{name}/butler.yaml", "sqlite:///<butlerRoot>/gen3.sqlite3", f"postgresql://someone@127.0.0.1:{port}/none")
                done = self.pps(world, "raw", "run", code=4)
                self.assertIn(str(port), done.stdout + done.stderr)
                self.assertEqual(world.sql("main", "SELECT count(*) FROM file_datastore_records"), [(0,)])
                if name == "embargo":
                    self.assertFalse(os.path.exists(world.path("offline")))
            world = self.world()
            world.edit("pps.yaml", "sqlite:///state.db", f"postgresql://someone@127.0.0.1:{port}/none")
            self.unchanged(world, "raw", "run", code=4, says=str(port))


class Files(harness.Case):
    def stops_one(self, world, *says):
        """Exposure ONE is stopped, with a reason; of it nothing is at the destination; the others are done."""
        source = world.hashes("storage")
        done = self.pps(world, "raw", "run", code=1)
        row = self.rows(world, "status", code=1)[ONE]
        for text in says:
            self.assertIn(text, row["reason"])
            self.assertIn(text, done.stdout + done.stderr)
        self.assertEqual({o: s for o, s in self.statuses(world, "status", code=1).items() if o in OTHERS}, OTHERS)
        self.assertEqual([n for n in os.listdir(f"{world.offline}/LSSTCam/{DAY}") if ONE in n], [])
        self.assertEqual(world.sql("main", "SELECT count(*) FROM file_datastore_records WHERE path LIKE ?", f"%{ONE}%"), [(0,)])
        self.assertEqual(world.sql("main", "SELECT count(*) FROM exposure WHERE obs_id = ?", ONE), [(0,)])
        self.assertEqual(world.hashes("storage"), source)

    def heals(self, world, *chosen):
        self.pps(world, "raw", "run", *chosen)
        self.assertEqual(self.statuses(world, "check", "--deep"), {**dict.fromkeys(MOVED, "done"), HELD: "held"})

    def test_truncated_fits(self):
        world = self.world()
        path = world.source(ONE, "_R21_S00.fits")
        with open(path, "rb") as f:
            whole = f.read()
        for size in (2000, 0):
            os.truncate(path, size)
            self.stops_one(world, "R21_S00.fits")
        with open(path, "wb") as f:
            f.write(whole)
        self.heals(world, "--exposure", ONE)  # after two failures a run waits, unless it is named

    def test_sidecar_that_is_no_json(self):
        world = self.world()
        path = world.source(ONE, "_R21_S00.json")
        with open(path) as f:
            whole = f.read()
        with open(path, "w") as f:
            f.write(whole[:100])
        self.stops_one(world, "R21_S00.json")
        with open(path, "w") as f:
            f.write(whole)
        self.heals(world)

    def test_sensors_list_that_is_no_json(self):
        world = self.world()
        path = world.source(ONE, "_expectedSensors.json")
        with open(path) as f:
            whole = f.read()
        with open(path, "w") as f:
            f.write("[")
        self.stops_one(world, "expectedSensors.json")
        with open(path, "w") as f:
            f.write(whole)
        self.heals(world)

    def test_file_gone(self):
        world = self.world()
        shutil.move(world.source(ONE, "_R21_S00.fits"), world.path("aside.fits"))
        self.stops_one(world, "R21_S00.fits")
        shutil.move(world.path("aside.fits"), world.source(ONE, "_R21_S00.fits"))
        self.heals(world)

    def test_folder_gone(self):
        world = self.world()
        shutil.move(world.source(ONE), world.path("aside"))
        self.stops_one(world, ONE)
        shutil.move(world.path("aside"), world.source(ONE))
        self.heals(world)

    def test_destination_zip_with_other_content(self):
        world = self.world()
        os.makedirs(os.path.dirname(world.zip(ONE)))
        with zipfile.ZipFile(world.zip(ONE), "w") as z:
            z.writestr("something", "else")
        with open(world.zip(ONE), "rb") as f:
            content = f.read()
        for command in ("run", "repair"):
            done = self.pps(world, "raw", command, code=1)
            self.assertIn("nothing was changed", done.stdout + done.stderr)
            with open(world.zip(ONE), "rb") as f:
                self.assertEqual(f.read(), content)
            self.assertFalse(os.path.exists(f"{world.offline}/.damaged"))
            self.assertEqual(world.sql("main", "SELECT count(*) FROM file_datastore_records WHERE path LIKE ?", f"%{ONE}%"), [(0,)])
        self.assertEqual(self.rows(world, "check", code=1)[ONE]["status"], "failed")

    def test_read_only_destination(self):
        world = self.world()
        os.makedirs(world.offline)
        os.chmod(world.offline, 0o555)
        # Root is held to the modes of files when it may not override them.
        command = harness.COMMAND if os.geteuid() else ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", *harness.COMMAND]
        before = world.hashes("main"), world.hashes("offline")
        done = self.pps(world, "raw", "run", code=1, command=command)
        self.assertIn("Permission denied", done.stdout + done.stderr)
        self.assertEqual((world.hashes("main"), world.hashes("offline")), before)
        os.chmod(world.offline, 0o755)
        self.heals(world)

    def full(self, world, done):
        said = done.stdout + done.stderr
        self.assertRegex(said, "No space left|File too large")
        self.assertEqual([n for n in os.listdir(world.offline + f"/LSSTCam/{DAY}") if n.endswith(".zip") or n.startswith(".")], [])
        self.assertEqual(world.sql("main", "SELECT count(*) FROM file_datastore_records"), [(0,)])

    if not harness.SLOW:  # the sanitizers' own files and memory suffer from the limit
        def test_file_size_limit(self):
            def limit():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (300000, 300000))
            world = self.world()
            with open(world.source(ONE, "_R21_S00.json"), "w") as f:  # does not deflate, so that the zip is larger than the limit
                json.dump({"noise": os.urandom(1 << 20).hex()}, f)
            done = self.pps(world, "raw", "run", "--exposure", ONE, code=1, preexec_fn=limit)
            self.full(world, done)

    def test_full_disk(self):
        world = self.world()
        os.makedirs(world.offline)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", world.offline], capture_output=True).returncode:
            return  # only root may mount, and not everywhere: test_file_size_limit stands for it
        try:
            self.full(world, self.pps(world, "raw", "run", code=1))
        finally:
            subprocess.run(["umount", world.offline], check=True)
        self.heals(world)


if __name__ == "__main__":
    harness.main()
