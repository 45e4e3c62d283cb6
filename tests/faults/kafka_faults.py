#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Kafka goes and comes back in the middle, and `pps raw run` is killed between the state and the broker.

    kafka_faults.py --pps build/tools/pps --tool build/tests/servers/kafka-tool [--preload build/tests/faults/libkill-at.so] [WORD...]

A broker of its own, because it is stopped. Nothing may be lost, nothing double, and nobody has to help. The last line is
`N passed, N failed`.
"""
import json
import os
import shutil
import sys
import time

sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../interop")
import kafka_world  # noqa: E402

options = kafka_world.options(__doc__)
import harness  # noqa: E402
from harness import DAY, MOVED  # noqa: E402

KAFKA = None


class Faults(harness.Case):
    def kafka_world(self):
        world = self.world(init=False)
        world.topic, world.rucio = KAFKA.topic(), KAFKA.topic()
        kafka = f"brokers: '{KAFKA.brokers}', properties: {{{kafka_world.SESSION}}}"
        with open(world.config, "a") as f:
            f.write(f"  events:\n    root: storage\n    list_every: 1h\n    kafka: {{topic: {world.topic}, {kafka}}}\n"
                    f"import:\n  kafka: {{group: site, {kafka}}}\n  topics:\n    {world.rucio}:\n      rucio_prefix: 'root://x//rucio'\n"
                    f"      local_prefix: offline/instrument\n      repository: main\n")
        self.pps(world, "init")
        return world

    def keys(self, world, obs_id):
        return kafka_world.keys_below(world.path("storage"), f"LSSTCam/{DAY}/{obs_id}")

    def wait(self, what, condition, seconds=180):
        deadline = time.time() + seconds
        while not condition():
            self.assertLess(time.time(), deadline, what)
            time.sleep(0.3)

    def complete(self, world):
        return {o for (o,) in world.sql("state", "SELECT obs_id FROM arrival WHERE complete_at IS NOT NULL")}

    def test_restart_while_events_are_followed(self):
        world = self.kafka_world()
        with kafka_world.following(world, "raw", "run", "--follow") as process:
            KAFKA.produce(world.topic, [kafka_world.message(k, time.time()) for k in self.keys(world, MOVED[0])])
            self.wait("the first exposure", lambda: MOVED[0] in self.complete(world))
            KAFKA.script("stop")
            time.sleep(8)
            self.assertIsNone(process.poll())
            KAFKA.script("start")
            KAFKA.produce(world.topic, [kafka_world.message(k, time.time()) for k in self.keys(world, MOVED[1])])
            self.wait("the second exposure", lambda: MOVED[1] in self.complete(world))
            self.wait("offsets", lambda: KAFKA.lag(world.topic) == 0)
            _, err = kafka_world.stop(process)
        self.assertIn("waiting goes on", err)
        self.assertLess(err.count("waiting goes on"), 4)

    def test_restart_while_a_site_imports(self):
        world = self.kafka_world()
        self.pps(world, "raw", "run")
        with kafka_world.following(world, "import", "--follow") as process:
            event = [json.dumps({"event_type": "transfer-done", "payload": {"scope": "raw", "name": n, "dst-url": f"root://x//rucio/LSSTCam/{DAY}/{n}",
                                                                          "rubin_butler": "zip_file"}}) for n in (f"{o}.zip" for o in MOVED)]
            KAFKA.produce(world.rucio, event[:1])
            done = "SELECT count(*) FROM import WHERE imported IS NOT NULL AND next_try IS NULL"
            self.wait("the first zip", lambda: world.sql("state", done) == [(1,)])
            KAFKA.script("stop")
            time.sleep(5)
            self.assertIsNone(process.poll())
            KAFKA.script("start")
            KAFKA.produce(world.rucio, event)
            self.wait("all zips", lambda: world.sql("state", done) == [(4,)])
            self.wait("offsets", lambda: KAFKA.lag(world.rucio, "site") == 0)
            kafka_world.stop(process)

    def test_stopped_with_the_broker_down(self):
        """A signal is heard, in short time, though nobody answers."""
        world = self.kafka_world()
        for topic, group, *words in ((world.topic, "pps", "raw", "run", "--follow"), (world.rucio, "site", "import", "--follow")):
            with kafka_world.following(world, *words) as process:
                KAFKA.produce(topic, ["{}"])
                self.wait("offsets", lambda: KAFKA.lag(topic, group) == 0)
                KAFKA.script("stop")
                try:
                    time.sleep(3)
                    kafka_world.stop(process)
                finally:
                    KAFKA.script("start")

    def test_killed_between_state_and_broker(self):
        """SIGKILL at the durable operations of a run that records events: the end is that of an undisturbed one."""
        world = self.kafka_world()
        lines = [kafka_world.message(k, 1800000000 + n) for n, k in enumerate(self.keys(world, MOVED[0]) + self.keys(world, MOVED[1]))]
        self.pps(world, "raw", "run")
        fresh = f"{world.above}/fresh"
        shutil.copytree(world.root, fresh)
        look = "SELECT obs_id, expected, first_at, last_at, complete_at FROM arrival ORDER BY obs_id"
        KAFKA.produce(world.topic, lines)
        count = f"{world.above}/count"
        self.pps(world, "raw", "run", env=dict(LD_PRELOAD=options.preload, PPS_KILL_COUNT=count))
        with open(count) as f:
            n = int(f.read())
        want = world.sql("state", look)
        self.assertEqual(len(want), 2)
        for at in sorted({1 + i * max(1, n - 1) // 11 for i in range(12)} & set(range(1, n + 1))):
            shutil.rmtree(world.root)
            shutil.copytree(fresh, world.root)
            KAFKA.produce(world.topic, lines)
            self.run_pps("-c", world.config, "raw", "run", env=dict(LD_PRELOAD=options.preload, PPS_KILL_AT=str(at)))
            # the dead member is waited for by the broker; what a run cannot read the next one reads
            self.wait("offsets", lambda: self.pps(world, "raw", "run") and KAFKA.lag(world.topic) == 0)
            self.assertEqual(world.sql("state", look), want, f"killed at {at} of {n}")


if __name__ == "__main__":
    with kafka_world.Kafka(options.tool, own=True) as KAFKA:
        harness.main()
