#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A real Ceph tells of its objects, through a bridge and a real Kafka, and `pps` knows when an exposure has arrived.

    events_ceph.py --pps build/tools/pps --tool build/tests/servers/kafka-tool [WORD...]

$PPS_TEST_S3 and its keys name the Ceph (tests/servers/ceph.sh). The last line is `N passed, N failed`.
"""
import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid

import kafka_world

options = kafka_world.options(__doc__)
import harness  # noqa: E402
from harness import DAY, MOVED  # noqa: E402

KAFKA = None
S3 = os.environ["PPS_TEST_S3"]
KEYS = os.environ["PPS_TEST_S3_KEY"], os.environ["PPS_TEST_S3_SECRET"]


def request(method, path, body=b"", service="s3", *more):
    """A signed request by curl, which is right for paths without anything to encode."""
    command = ["curl", "-s", "-S", "-m", "60", "-w", "\n%{http_code}", "--aws-sigv4", f"aws:amz:default:{service}", "-u", ":".join(KEYS), "-X", method,
               "-H", f"x-amz-content-sha256: {hashlib.sha256(body).hexdigest()}", *more, "--data-binary", "@-", f"{S3}{path}"]
    out = subprocess.run(command, input=body, capture_output=True, check=True).stdout.decode()
    text, code = out.rsplit("\n", 1)
    if not code.startswith("2"):
        raise RuntimeError(f"{method} {path}: HTTP {code}: {text}")
    return text


class Ceph(harness.Case):
    def ceph_world(self, drop=0):
        world = self.world(init=False)
        world.topic, world.bucket = KAFKA.topic(), f"arrivals-{uuid.uuid4().hex[:10]}"
        bridge = kafka_world.running([sys.executable, f"{kafka_world.TOP}/tests/servers/webhook-bridge.py", "--brokers", KAFKA.brokers, "--topic", world.topic,
                                      "--tool", options.tool, "--drop", str(drop)], stdout=subprocess.PIPE)
        world.bridge = self.enterContext(bridge).stdout.readline().split("=", 1)[1].strip()
        request("PUT", f"/{world.bucket}")
        name = f"topic-{uuid.uuid4().hex[:10]}"
        form = urllib.parse.urlencode({"Action": "CreateTopic", "Version": "2010-03-31", "Name": name, "Attributes.entry.1.key": "push-endpoint",
                                       "Attributes.entry.1.value": world.bridge})
        answer = request("POST", "/", form.encode(), "sns", "-H", "Content-Type: application/x-www-form-urlencoded")
        self.assertIn(f"arn:aws:sns:default::{name}", answer)
        request("PUT", f"/{world.bucket}?notification=", (
            '<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TopicConfiguration><Id>n1</Id>'
            f"<Topic>arn:aws:sns:default::{name}</Topic><Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event>"
            "</TopicConfiguration></NotificationConfiguration>").encode())
        with open(world.config, "a") as f:
            f.write(f"  events:\n    root: s3://ceph@{world.bucket}\n    list_every: 1s\n    kafka: {{brokers: '{KAFKA.brokers}', topic: {world.topic}}}\n")
        quoted = [urllib.parse.quote(k, safe="") for k in KEYS]
        world.env = {"LSST_RESOURCES_S3_PROFILE_ceph": S3.replace("://", f"://{quoted[0]}:{quoted[1]}@")}
        self.pps(world, "init")
        return world

    def put(self, world, obs_id, without=()):
        for key in kafka_world.keys_below(world.path("storage"), f"LSSTCam/{DAY}/{obs_id}"):
            if not key.endswith(tuple(without)):
                with open(world.path("storage", key), "rb") as f:
                    request("PUT", f"/{world.bucket}/{key}", f.read())

    def status(self, world, *names):
        rows = json.loads(self.pps(world, "--json", "raw", "status", env=world.env).stdout)["exposures"]
        return {row["obs_id"]: row for row in rows}

    def hold_back(self, world, *names):
        """Their embargo is not over, so that only events tell of them."""
        now = int((time.time() + 37) * 1e9)
        for name in names:
            world.sql("embargo", "UPDATE exposure SET timespan_begin = ?, timespan_end = ? WHERE obs_id = ?", now - 70 * 10**9, now - 40 * 10**9, name)

    def test_told(self):
        """The last file makes an exposure arrived, a removal undoes it."""
        world = self.ceph_world()
        self.hold_back(world, MOVED[0])
        self.put(world, MOVED[0], without=["R22_S22.json"])
        self.pps(world, "raw", "run", env=world.env)
        row = self.status(world)[MOVED[0]]
        self.assertEqual((row["status"], row["arrived"]), ("incomplete", ""))
        self.assertIn("40 of 41 files", row["reason"])
        before = time.time()
        request("PUT", f"/{world.bucket}/LSSTCam/{DAY}/{MOVED[0]}/{MOVED[0]}_R22_S22.json", b"{}")
        self.pps(world, "raw", "run", env=world.env)
        arrived = self.status(world)[MOVED[0]]["arrived"]
        self.assertGreaterEqual(arrived, kafka_world.utc(before - 2)[:-4])
        request("DELETE", f"/{world.bucket}/LSSTCam/{DAY}/{MOVED[0]}/{MOVED[0]}_R21_S00.fits")
        self.pps(world, "raw", "run", env=world.env)
        self.assertEqual(self.status(world)[MOVED[0]]["arrived"], "")

    def test_every_third_event_lost(self):
        world = self.ceph_world(drop=3)
        self.hold_back(world, MOVED[0], MOVED[1])
        for obs_id in MOVED[:2]:
            self.put(world, obs_id)
        with urllib.request.urlopen(world.bridge) as answer:
            self.assertGreater(json.load(answer)["dropped"], 20)
        deadline = time.time() + 180
        while True:
            self.pps(world, "raw", "run", env=world.env)
            rows = self.status(world)
            if all(rows.get(x, {}).get("arrived") for x in MOVED[:2]):
                break
            self.assertLess(time.time(), deadline, rows)
            time.sleep(1)


if __name__ == "__main__":
    with kafka_world.Kafka(options.tool) as KAFKA:
        harness.main()
