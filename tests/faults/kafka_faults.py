#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Kafka goes and comes back in the middle, and `pps raw run` is killed between the state and the broker.

    kafka_faults.py --pps build/tools/pps --tool build/tests/servers/kafka-tool [--preload build/tests/faults/libkill-at.so] [WORD...]

A broker of its own, because it is stopped. Nothing may be lost, nothing double, and nobody has to help. The last line is
`N passed, N failed`.
"""
import argparse
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [f"{TOP}/tests/cli", f"{TOP}/tests/interop"]
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--pps", required=True)
parser.add_argument("--tool", required=True)
parser.add_argument("--preload", default=f"{TOP}/build/tests/faults/libkill-at.so")
parser.add_argument("words", nargs="*")
options = parser.parse_args()
os.environ["PPS"] = os.path.abspath(options.pps)
sys.argv[1:] = options.words

import harness  # noqa: E402
import kafka_world  # noqa: E402
from harness import DAY, MOVED  # noqa: E402

KAFKA = None


class Faults(harness.Case):
    def kafka_world(self):
        world = self.world(init=False)
        world.topic, world.rucio = KAFKA.topic(), KAFKA.topic()
        kafka = f"brokers: '{KAFKA.brokers}', properties: {{session.timeout.ms: '6000'}}"
        with open(world.config, "a") as f:
            f.write(f"  events:\n    root: storage\n    list_every: 1h\n    kafka: {{topic: {world.topic}, {kafka}}}\n"
                    f"import:\n  kafka: {{group: site, {kafka}}}\n  topics:\n    {world.rucio}:\n      rucio_prefix: 'root://x//rucio'\n"
                    f"      local_prefix: offline/instrument\n      repository: main\n")
        self.pps(world, "init")
        return world

    def keys(self, world, obs_id):
        return kafka_world.keys_below(world.path("storage"), f"LSSTCam/{DAY}/{obs_id}")

    def start(self, world, *words):
        env = {k: v for k, v in os.environ.items() if k != "PPS_CONFIG"}
        return kafka_world.running([*harness.COMMAND, "-c", world.config, "--json", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, env=env, cwd="/")

    def wait(self, what, condition, seconds=120):
        deadline = time.time() + seconds
        while not condition():
            self.assertLess(time.time(), deadline, what)
            time.sleep(0.3)

    def stop(self, process):
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        return out, err

    def complete(self, world):
        return {o for (o,) in world.sql("state", "SELECT obs_id FROM arrival WHERE complete_at IS NOT NULL")}

    def test_restart_while_events_are_followed(self):
        world = self.kafka_world()
        with self.start(world, "raw", "run", "--follow") as process:
            KAFKA.produce(world.topic, [kafka_world.message(k, time.time()) for k in self.keys(world, MOVED[0])])
            self.wait("the first exposure", lambda: MOVED[0] in self.complete(world))
            KAFKA.script("stop")
            time.sleep(8)
            self.assertIsNone(process.poll())
            KAFKA.script("start")
            KAFKA.produce(world.topic, [kafka_world.message(k, time.time()) for k in self.keys(world, MOVED[1])])
            self.wait("the second exposure", lambda: MOVED[1] in self.complete(world))
            self.wait("offsets", lambda: KAFKA.lag(world.topic) == 0)
            _, err = self.stop(process)
        self.assertIn("waiting goes on", err)
        self.assertLess(err.count("waiting goes on"), 4)

    def test_restart_while_a_site_imports(self):
        world = self.kafka_world()
        self.pps(world, "raw", "run")
        with self.start(world, "import", "--follow") as process:
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
            self.stop(process)

    def test_stopped_with_the_broker_down(self):
        """A signal is heard, in short time, though nobody answers."""
        world = self.kafka_world()
        for words in (("raw", "run", "--follow"), ("import", "--follow")):
            with self.start(world, *words) as process:
                select.select([process.stdout], [], [], 20)
                KAFKA.script("stop")
                try:
                    time.sleep(3)
                    start = time.time()
                    self.stop(process)
                    self.assertLess(time.time() - start, 20)
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
        self.pps(world, "raw", "run", env=dict(LD_PRELOAD=os.path.abspath(options.preload), PPS_KILL_COUNT=count))
        with open(count) as f:
            n = int(f.read())
        want = world.sql("state", look)
        self.assertEqual(len(want), 2)
        for at in sorted({1 + i * max(1, n - 1) // 11 for i in range(12)} & set(range(1, n + 1))):
            shutil.rmtree(world.root)
            shutil.copytree(fresh, world.root)
            KAFKA.produce(world.topic, lines)
            self.run_pps("-c", world.config, "raw", "run", env=dict(LD_PRELOAD=os.path.abspath(options.preload), PPS_KILL_AT=str(at)))
            # the dead member is waited for by the broker; what a run cannot read the next one reads
            self.wait("offsets", lambda: self.pps(world, "raw", "run") and KAFKA.lag(world.topic) == 0)
            self.assertEqual(world.sql("state", look), want, f"killed at {at} of {n}")


if __name__ == "__main__":
    with kafka_world.Kafka(os.path.abspath(options.tool), own=True) as KAFKA:
        harness.main()
