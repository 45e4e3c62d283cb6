#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Chunks that `pps worker` processes carry out, by a real Kafka, while one of them is killed again and again.

    workers_kafka.py --pps build/tools/pps --tool build/tests/servers/kafka-tool [--preload ...] [--db sqlite|postgres] [--keep DIR]

Three workers, and one service that only says what is to be done; the first worker is killed as soon as it has begun with something, and started
again. After each run the real Python Butler judges as in publish_flow.py: every repository as policies and clock say, the internal ones row for
row as their twins. The broker is the one that $PPS_TEST_KAFKA names, or one of its own. The last line is `N passed, N failed`.
"""
import argparse
import os
import json
import random
import shutil
import subprocess
import sys
import tempfile
import threading

import kafka_world
import publish_flow
import publish_world
from astropy.time import Time

DATES = ["2025-12-05T16:00", "2026-01-04T16:00:01"]
TASKS = ("copy", "publish", "expire", "delete")


class Workers:
    """Three of them; the first is never let live for long."""

    def __init__(self, program, world, n=3):
        self.command = [program, "-q", "-c", f"{world.root}/pps.yaml", "worker"]
        self.kills, self.ends, self.rng = 0, threading.Event(), random.Random(1)
        self.all = [self.start() for _ in range(n)]
        self.killer = threading.Thread(target=self.kill)
        self.killer.start()

    def start(self):
        return subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)

    def kill(self):
        # a member joins within the session of the one that was killed
        while not self.ends.wait(self.rng.uniform(1, 3)):
            self.all[0].kill()
            self.all[0].communicate()
            self.kills += 1
            self.all[0] = self.start()

    def stop(self, judge):
        self.ends.set()
        self.killer.join()
        for process in self.all:
            process.terminate()
        for process in self.all:
            _, err = process.communicate(timeout=60)
            judge.check("a worker ends when it is told to", process.returncode == 0, err)


def configure(world, kafka):
    topic, results = kafka.topic(), kafka.topic(1)
    session = dict(part.split(": ") for part in kafka_world.SESSION.replace("'", "").split(", "))
    world.configure("hardlink", tasks={name: dict(batch=6) for name in TASKS},
                    workers=dict(threads=6, kafka=dict(brokers=kafka.brokers, topic=topic, results=results, properties=session)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pps", required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--keep")
    options = parser.parse_args()
    root, judge = options.keep or tempfile.mkdtemp(prefix="pps workers "), publish_flow.Judge()
    program = os.path.abspath(options.pps)
    with kafka_world.Kafka(os.path.abspath(options.tool)) as kafka:
        world = publish_world.World(f"{root}/world", os.environ["PG_URL"] if options.db == "postgres" else None, visits=(1, 2))
        configure(world, kafka)
        twins, expected = publish_flow.Twins(world), publish_flow.Expected(world)
        publish_flow.pps(program, world, "init", "--replay")
        publish_flow.pps(program, world, "register", world.list())
        workers = Workers(program, world)
        try:
            for date in DATES:
                expected.step(Time(date, scale="utc").tai)
                # what a worker that was killed left to be tried again is due in the next run, as after any failure
                publish_flow.pps(program, world, "run", "--once", "--now", date)
                publish_flow.look(judge, world, expected, date)
                twins.step(expected)
                twins.compare(judge, date)
                left = json.loads(publish_flow.pps(program, world, "--json", "run", "--once", "--now", date))["tasks"]
                judge.check(f"{date}: nothing is left", left == [], left)
        finally:
            workers.stop(judge)
        judge.check("one was killed again and again", workers.kills > 2, workers.kills)
        publish_flow.pps(program, world, "audit", "--ledger")
    if not options.keep:
        shutil.rmtree(root)
    print(f"{judge.passed} passed, {judge.failed} failed")
    return judge.failed != 0


if __name__ == "__main__":
    sys.exit(main())
