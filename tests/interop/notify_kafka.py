#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Notices in a Kafka topic: `pps run` is killed, the broker goes and comes back; Kafka's own consumer judges.

    notify_kafka.py --pps build/tools/pps --tool build/tests/servers/kafka-tool [WORD...]

A broker of its own, because it is stopped. The last line is `N passed, N failed`.
"""
import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid

import kafka_world

options = kafka_world.options(__doc__)

import harness  # noqa: E402

KAFKA = None


class Topic(harness.Case):
    def flow(self, more=""):
        world = self.world(init=False)
        world.topic, intake = KAFKA.topic(), KAFKA.topic()
        world.edit("pps.yaml", "main:    {butler: main}", "main:    {butler: main, from: embargo, transfer: copy}")
        with open(world.config, "a") as f:
            f.write(f"policies:\n  - {{types: ['*'], embargo_hours: 80, public: false, retention_days: 30}}\n"
                    f"intake: {{kafka: {{brokers: '{KAFKA.brokers}', topic: {intake}, batch_root: batches, properties: {{{kafka_world.SESSION}{more}}}}}}}\n"
                    f"notify: {{kafka_topic: {world.topic}}}\n")
        self.pps(world, "init")
        self.pps(world, "run", "--once")
        world.last = 0
        return world

    def tell(self, world, n):
        """Appends to the outbox, as the change that it tells of does."""
        for seq in range(world.last + 1, world.last + n + 1):
            world.sql("state", "INSERT INTO notice VALUES (?, 2, 1, ?, 1764720000000000000, 1, ?, '')", seq, int(time.time()) * 10**9, uuid.UUID(int=seq).hex)
        world.last += n
        world.sql("state", "UPDATE notice_head SET seq = ?", world.last)

    def read(self, world):
        """What is in the topic by now: the notices of each partition in their order."""
        jars = f"{harness.TOP}/.kafka/{os.environ.get('PPS_KAFKA_VERSION', '4.1.1')}/*"
        done = subprocess.run(["java", "-cp", jars, "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", KAFKA.brokers, "--topic",
                               world.topic, "--from-beginning", "--timeout-ms", "6000", "--property", "print.partition=true"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        rows = [line.split("\t", 1) for line in done.stdout.splitlines() if "\t" in line]  # it says what it logs in there too
        self.assertEqual({place for place, _ in rows}, {"Partition:0"}, done.stdout + done.stderr)
        return [json.loads(text) for _, text in rows]

    def expect(self, world, repeats):
        """Each notice from the first on, none before those that come first, as they were written."""
        last = 0
        notices = self.read(world)
        for notice in notices:
            self.assertLessEqual(notice["seq"], last + 1)
            last = max(last, notice["seq"])
            self.assertEqual((notice["event"], notice["repository"], notice["count"]), ("published", "main", 1))
            self.assertEqual(notice["datasets"], [{"id": str(uuid.UUID(int=notice["seq"]))}])
        self.assertEqual(last, world.last)
        if not repeats:
            self.assertEqual(len(notices), world.last)

    def test_each_once_and_in_order(self):
        world = self.flow()
        for n in (1, 150, 30):
            self.tell(world, n)
            self.pps(world, "run", "--once")
        self.expect(world, repeats=False)
        self.assertEqual(self.json(world, "notify", "status")["destinations"][0]["waiting"], 0)

    def test_killed_and_without_a_broker(self):
        world = self.flow()
        chance = random.Random(7)
        for n in range(6):
            self.tell(world, 40)
            process = subprocess.Popen([*harness.COMMAND, "-c", world.config, "run", "--once"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
            if n == 3:
                KAFKA.script("stop")
            time.sleep(chance.uniform(0.1, 1.5))
            process.send_signal(signal.SIGKILL)
            process.wait()
            if n == 3:
                KAFKA.script("start")
            world.sql("state", "UPDATE notice_cursor SET next_try = NULL")
        self.pps(world, "run", "--once")
        self.expect(world, repeats=True)


if __name__ == "__main__":
    with kafka_world.Kafka(options.tool, own=True) as KAFKA:
        harness.main()
