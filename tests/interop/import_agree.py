#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A remote site: `pps import` and `pps import --follow`, with Rucio's events by a real Kafka, judged by the real Python Butler.

    import_agree.py --pps build/tools/pps --tool build/tests/servers/kafka-tool [WORD...]

What libpps imported is compared, row by row, with what the Python Butler makes of the same zips and yamls in a twin repository. The last
line is `N passed, N failed`.
"""
import gc
import json
import logging
import os
import random
import select
import shutil
import signal
import subprocess
import time

import kafka_world

options = kafka_world.options(__doc__)
import harness  # noqa: E402
import world_build  # noqa: E402
from harness import DAY, MOVED  # noqa: E402
from lsst.daf.butler import Butler  # noqa: E402
from tables import differences, dump  # noqa: E402

KAFKA = None
PREFIX = "root://frdf.example:1094//rucio"
SITES = []  # one exposure store for all tests: the zips of a run


def zips_of_a_site():
    """The zips and yamls that the observatory's site made, once."""
    if not SITES:
        world = harness.World()
        subprocess.run([*harness.COMMAND, "-c", world.config, "init"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*harness.COMMAND, "-c", world.config, "raw", "run"], check=True, stdout=subprocess.DEVNULL)
        SITES.append(world)
    return f"{SITES[0].offline}/LSSTCam/{DAY}"


class Site(harness.Case):
    """A remote repository that has the instrument, and a folder where Rucio puts files."""

    def site(self, follow=True):
        self.source = zips_of_a_site()
        world = harness.World()
        self.addCleanup(world.remove)
        world.store = world.path("rucio/raw", "LSSTCam", str(DAY))
        os.makedirs(world.store)
        shutil.copytree(world.path("main"), world.path("twin"))
        self.edit_root(world)
        if follow:
            world.topic = KAFKA.topic()
            with open(world.config, "a") as f:
                f.write(f"import:\n  kafka: {{brokers: '{KAFKA.brokers}', group: site, properties: {{{kafka_world.SESSION}}}}}\n  topics:\n    {world.topic}:\n"
                        f"      rucio_prefix: '{PREFIX}'\n      local_prefix: rucio\n      repository: main\n")
            self.pps(world, "init")
        return world

    @staticmethod
    def edit_root(world):
        """The twin's files are its own."""
        path = world.path("twin/butler.yaml")
        with open(path) as f:
            text = f.read()
        assert world.path("main") not in text

    def bring(self, world, obs_id, what="zip", to=None):
        """Rucio puts a file in place."""
        name = f"{obs_id}.zip" if what == "zip" else f"{obs_id}_dimensions.yaml"
        shutil.copyfile(f"{self.source}/{name}", f"{world.store}/.{name}")
        os.rename(f"{world.store}/.{name}", f"{world.store}/{to or name}")

    @staticmethod
    def event(obs_id, what="zip", name=None, butler=True, event_type="transfer-done", url=None):
        name = f"raw/LSSTCam/{DAY}/" + (name or (f"{obs_id}.zip" if what == "zip" else f"{obs_id}_dimensions.yaml"))
        payload = {"scope": "raw", "name": name, "dst-rse": "FRDF", "dst-url": url or f"{PREFIX}/{name}"}
        if butler:
            payload["rubin_butler"] = "zip_file" if what == "zip" else "dim_file"
        return json.dumps({"event_type": event_type, "payload": payload})

    def twin(self, world, exposures):
        """The real Butler imports the same files."""
        logging.disable(logging.WARNING)
        world_build.install_stand_ins()
        with Butler.from_config(world.path("twin"), writeable=True) as butler:
            for obs_id in exposures:
                butler.import_(filename=f"{world.store}/{obs_id}_dimensions.yaml", transfer="direct")
                butler.ingest_zip(f"{world.store}/{obs_id}.zip", transfer="direct", skip_existing=True)
        gc.collect()

    def assert_same(self, world, exposures):
        self.twin(world, exposures)
        self.assertEqual(differences(dump(world.path("main")), dump(world.path("twin"))), [])
        with Butler.from_config(world.path("main")) as butler:
            for obs_id in exposures:
                refs = butler.query_datasets("raw", collections="LSSTCam/raw/all", where=f"exposure.obs_id = '{obs_id}'", explain=False,
                                             instrument="LSSTCam", limit=None)
                self.assertGreater(len(refs), 0)
                for ref in refs:
                    self.assertTrue(butler.getURI(ref).exists(), ref)
        gc.collect()

    def follow(self, world, **environment):
        return kafka_world.following(world, "import", "--follow", **environment)

    def until(self, process, wanted):
        """Read outcomes until each zip of `wanted` (file name -> status) has had its status; all of them."""
        seen, left = [], dict(wanted)
        for row in kafka_world.rows(process):
            seen.append(row)
            name = os.path.basename(row["zip"])
            if left.get(name) == row["status"]:
                del left[name]
            if not left:
                return seen
        self.fail(f"not seen: {left}; seen: {json.dumps(seen, indent=1)}; exit {process.poll()}")

    def idle(self, world, seconds=180):
        """Wait until the group has committed everything."""
        deadline = time.time() + seconds
        while KAFKA.lag(world.topic, "site"):
            self.assertLess(time.time(), deadline, "offsets are not committed")
            time.sleep(0.3)


class Once(Site):
    def test_import(self):
        world = self.site(follow=False)
        for obs_id in MOVED:
            self.bring(world, obs_id)
            self.bring(world, obs_id, "yaml")
            zip_file = f"{world.store}/{obs_id}.zip"
            before = world.hashes()
            dry = self.json(world, "--dry-run", "import", zip_file, "--repo", "main")
            self.assertEqual(world.hashes(), before)
            done = self.json(world, "import", zip_file, "--repo", "main")
            self.assertEqual((dry["status"], dry["ingested"], dry["records"]), ("would import", done["ingested"], done["records"]))
            self.assertEqual((done["status"], done["datasets"], done["ingested"], done["different"]), ("imported", 21, 21, []))
            before = world.hashes()
            again = self.json(world, "import", zip_file, "--repo", world.path("main"))
            self.assertEqual((again["status"], again["ingested"], again["records"]), ("already there", 0, 0))
            self.assertEqual(world.hashes(), before)
        self.assert_same(world, MOVED)

    def test_highest_yaml(self):
        world = self.site(follow=False)
        self.bring(world, MOVED[0])
        for n in ("", ".2", ".10", ".x", ".01"):
            self.bring(world, MOVED[0], "yaml", to=f"{MOVED[0]}_dimensions{n}.yaml")
        done = self.json(world, "import", f"{world.store}/{MOVED[0]}.zip", "--repo", "main")
        self.assertTrue(done["yaml"].endswith("_dimensions.10.yaml"), done)
        given = self.json(world, "import", f"{world.store}/{MOVED[0]}.zip", f"{world.store}/{MOVED[0]}_dimensions.2.yaml", "--repo", "main")
        self.assertTrue(given["yaml"].endswith("_dimensions.2.yaml"), given)

    def test_refusals(self):
        world = self.site(follow=False)
        self.bring(world, MOVED[0])
        path = f"{world.store}/{MOVED[0]}.zip"
        self.unchanged(world, "import", path, "--repo", "main", code=1, says="_dimensions.yaml beside")
        self.bring(world, MOVED[0], "yaml")
        self.pps(world, "import", path, code=2)
        self.unchanged(world, "import", f"{world.store}/none.zip", f"{world.store}/{MOVED[0]}_dimensions.yaml", "--repo", "main", code=1)
        with open(path, "r+b") as f:  # one bit of one image
            f.seek(5000)
            byte = f.read(1)
            f.seek(5000)
            f.write(bytes([byte[0] ^ 1]))
        self.unchanged(world, "import", path, "--repo", "main", code=1, says="damaged")
        with open(path, "r+b") as f:
            f.truncate(100000)
        self.unchanged(world, "import", path, "--repo", "main", code=1)

    def test_other_content(self):
        world = self.site(follow=False)
        self.bring(world, MOVED[0])
        self.bring(world, MOVED[0], "yaml")
        path = f"{world.store}/{MOVED[0]}.zip"
        self.pps(world, "import", path, "--repo", "main")
        world.sql("main", "UPDATE exposure SET observation_reason = 'other'")
        done = self.json(world, "import", path, "--repo", "main", code=1)
        self.assertEqual(len(done["different"]), 1)
        self.assertIn("observation_reason", done["different"][0])
        world.sql("main", "UPDATE file_datastore_records SET file_size = file_size + 1")
        self.unchanged(world, "import", path, "--repo", "main", code=1)


class Followed(Site):
    def test_any_order_and_duplicates(self):
        world, rng = self.site(), random.Random(3)
        lines = [self.event(o, what) for o in MOVED for what in ("zip", "yaml")] * 3
        rng.shuffle(lines)
        files = [(o, what) for o in MOVED for what in ("zip", "yaml")]
        rng.shuffle(files)
        with self.follow(world) as process:
            for n, (obs_id, what) in enumerate(files):
                self.bring(world, obs_id, what)
                KAFKA.produce(world.topic, lines[n::len(files)])
            seen = self.until(process, {f"{o}.zip": "imported" for o in MOVED})
            self.idle(world)
            rest, _ = kafka_world.stop(process, signal.SIGINT)
        ends = [s["status"] for s in seen + rest]
        self.assertEqual(ends.count("imported"), len(MOVED))
        self.assertEqual(set(ends) - {"imported", "already there", "waiting"}, set())
        self.assert_same(world, MOVED)

    def test_zip_waits_for_its_yaml(self):
        world = self.site()
        self.bring(world, MOVED[0])
        KAFKA.produce(world.topic, [self.event(MOVED[0])])
        with self.follow(world) as process:
            seen = self.until(process, {f"{MOVED[0]}.zip": "waiting"})
            self.assertIn("_dimensions.yaml", seen[-1]["reason"])
            self.idle(world)
            kafka_world.stop(process)
        # the event is gone, the zip is not forgotten; the yaml has no rubin_butler
        self.bring(world, MOVED[0], "yaml")
        KAFKA.produce(world.topic, [self.event(MOVED[0], "yaml", butler=False)])
        with self.follow(world) as process:
            self.until(process, {f"{MOVED[0]}.zip": "imported"})
            kafka_world.stop(process)
        self.assert_same(world, MOVED[:1])

    def test_lost_event(self):
        """The yaml came and nobody told."""
        world = self.site()
        self.bring(world, MOVED[0])
        with self.follow(world) as process:
            KAFKA.produce(world.topic, [self.event(MOVED[0])])
            self.until(process, {f"{MOVED[0]}.zip": "waiting"})
            self.bring(world, MOVED[0], "yaml")
            self.until(process, {f"{MOVED[0]}.zip": "imported"})
            kafka_world.stop(process)

    def test_others_and_garbage(self):
        world = self.site()
        self.bring(world, MOVED[0])
        self.bring(world, MOVED[0], "yaml")
        others = [json.dumps({"event_type": "transfer-done", "payload": {"scope": "raw", "name": "a.fits", "dst-url": f"{PREFIX}/a.fits", "rubin_butler": k}})
                  for k in ("raw_file", "data_product")]
        others.append(json.dumps({"event_type": "transfer-done", "payload": {"scope": "raw", "name": "b.fits", "dst-url": f"{PREFIX}/b.fits"}}))
        others.append(self.event(MOVED[1], event_type="deletion-done"))
        garbage = ["", "no", "{}", '{"event_type":"transfer-done","payload":{"rubin_butler":"zip_file"}}', self.event("x", url="root://other//rucio/x.zip"),
                   self.event("x", url=f"{PREFIX}/../../etc/x.zip"), self.event("x", url=f"{PREFIX}evil/x.zip"), self.event("x", url=f"{PREFIX}/")]
        KAFKA.produce(world.topic, others[:2] + garbage[1:4] + [self.event(MOVED[0])] + garbage[4:] + others[2:])
        with self.follow(world) as process:
            self.until(process, {f"{MOVED[0]}.zip": "imported"})
            self.idle(world)
            out, err = kafka_world.stop(process)
        self.assertEqual(len(world.sql("state", "SELECT * FROM dead_letter")), len(garbage) - 1)
        self.assertEqual(world.sql("state", "SELECT count(*) FROM import"), [(1,)])
        reasons = sorted(r for (r,) in world.sql("state", "SELECT reason FROM dead_letter"))
        self.assertTrue(any("does not begin with" in r for r in reasons), reasons)
        # what was put aside is not put aside twice
        with self.follow(world) as process:
            time.sleep(5)
            out, _ = kafka_world.stop(process)
            self.assertEqual(out, [])

    def test_revised_yaml(self):
        """A _dimensions.1.yaml after the import: its records are added."""
        world = self.site()
        self.bring(world, MOVED[0])
        self.bring(world, MOVED[0], "yaml")
        KAFKA.produce(world.topic, [self.event(MOVED[0]), self.event(MOVED[0], "yaml")])
        with self.follow(world) as process:
            self.until(process, {f"{MOVED[0]}.zip": "imported"})
            self.bring(world, MOVED[1], "yaml", to=f"{MOVED[0]}_dimensions.1.yaml")
            KAFKA.produce(world.topic, [self.event(MOVED[0], "yaml", name=f"{MOVED[0]}_dimensions.1.yaml")])
            seen = self.until(process, {f"{MOVED[0]}.zip": "imported"})
            self.assertTrue(seen[-1]["yaml"].endswith("_dimensions.1.yaml"), seen)
            self.assertEqual(seen[-1]["ingested"], 0)
            self.assertGreater(seen[-1]["records"], 0)
            kafka_world.stop(process)

    def test_damaged_zip_is_fetched_again(self):
        world = self.site()
        self.bring(world, MOVED[0])
        self.bring(world, MOVED[0], "yaml")
        with open(f"{world.store}/{MOVED[0]}.zip", "r+b") as f:
            f.truncate(100000)
        KAFKA.produce(world.topic, [self.event(MOVED[0])])
        with self.follow(world) as process:
            self.until(process, {f"{MOVED[0]}.zip": "failed"})
            self.bring(world, MOVED[0])
            KAFKA.produce(world.topic, [self.event(MOVED[0])])
            self.until(process, {f"{MOVED[0]}.zip": "imported"})
            kafka_world.stop(process)
        self.assert_same(world, MOVED[:1])

    def test_no_state_and_no_block(self):
        world = self.site()
        os.remove(world.path("state.db"))
        self.pps(world, "import", "--follow", code=3)
        world = self.site(follow=False)
        done = self.pps(world, "import", "--follow", code=3)
        self.assertIn("import", done.stderr)


class Killed(Site):
    def test_killed_at_every_step(self):
        """SIGKILL at each durable operation of an import; whoever follows then ends the same."""
        world = self.site()
        for obs_id in MOVED[:1]:
            self.bring(world, obs_id)
            self.bring(world, obs_id, "yaml")
        fresh = f"{world.above}/fresh"
        shutil.copytree(world.root, fresh)
        killed, at = 0, 0
        while killed < 20:
            at = at * 2 or 1  # the first ones note the message, the later ones are the Butler's
            shutil.rmtree(world.root)
            shutil.copytree(fresh, world.root)
            KAFKA.produce(world.topic, [self.event(MOVED[0])])
            with self.follow(world, LD_PRELOAD=options.preload, PPS_KILL_AT=str(at)) as process:
                deadline = time.time() + 180
                while process.poll() is None and time.time() < deadline and not select.select([process.stdout], [], [], 0.1)[0]:
                    pass
                line = process.stdout.readline()
                if process.poll() is None and line:
                    self.assertEqual(json.loads(line)["status"], "imported")
                    kafka_world.stop(process)
                    break
            self.assertEqual(process.returncode, -signal.SIGKILL)
            killed += 1
            KAFKA.produce(world.topic, [self.event(MOVED[0])])
            with self.follow(world) as process:
                deadline = time.time() + 180
                while time.time() < deadline and world.sql("state", "SELECT count(*) FROM import WHERE imported IS NOT NULL AND next_try IS NULL") != [(1,)]:
                    time.sleep(0.2)
                kafka_world.stop(process)
            done = self.json(world, "import", f"{world.store}/{MOVED[0]}.zip", "--repo", "main")
            self.assertEqual((done["status"], done["different"]), ("already there", []), f"killed at {at}")
        self.assertGreater(killed, 3)
        self.assert_same(world, MOVED[:1])


if __name__ == "__main__":
    try:
        with kafka_world.Kafka(options.tool) as KAFKA:
            harness.main()
    finally:
        for site in SITES:
            site.remove()
