#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Batch files and lists in a real Ceph, and what `pps run` and `pps register` make of them.

    intake_s3.py --pps build/tools/pps --tool build/tests/servers/kafka-tool [WORD...]

$PPS_TEST_S3 and its keys name the Ceph (tests/servers/ceph.sh). The last line is `N passed, N failed`.
"""
import hashlib
import json
import os
import re
import subprocess
import urllib.parse
import uuid

import kafka_world

options = kafka_world.options(__doc__)
import harness  # noqa: E402

KAFKA = None
S3 = os.environ["PPS_TEST_S3"]
KEYS = os.environ["PPS_TEST_S3_KEY"], os.environ["PPS_TEST_S3_SECRET"]
REGISTER = ("run", "--once", "--task", "register")


def request(method, path, body=b""):
    """A signed request by curl, which is right for paths without anything to encode."""
    command = ["curl", "-s", "-S", "-m", "60", "-w", "\n%{http_code}", "--aws-sigv4", "aws:amz:default:s3", "-u", ":".join(KEYS), "-X", method,
               "-H", f"x-amz-content-sha256: {hashlib.sha256(body).hexdigest()}", "--data-binary", "@-", f"{S3}{path}"]
    text, code = subprocess.run(command, input=body, capture_output=True, check=True).stdout.decode().rsplit("\n", 1)
    if not code.startswith("2"):
        raise RuntimeError(f"{method} {path}: HTTP {code}: {text}")
    return text


class Objects(harness.Case):
    def s3_world(self):
        world = self.world(init=False)
        world.topic, world.bucket = KAFKA.topic(), f"intake-{uuid.uuid4().hex[:10]}"
        request("PUT", f"/{world.bucket}")
        world.edit("pps.yaml", "{butler: main}", "{butler: main, from: embargo, transfer: copy}")
        with open(world.config, "a") as f:
            f.write("policies:\n  - {types: ['*raw'], embargo_hours: 80, public: false, retention_days: forever}\n"
                    f"intake:\n  folder: s3://ceph@{world.bucket}/lists\n  kafka: {{brokers: '{KAFKA.brokers}', topic: {world.topic}, "
                    f"batch_root: 's3://ceph@{world.bucket}/batches'}}\n")
        quoted = [urllib.parse.quote(k, safe="") for k in KEYS]
        world.env = {"LSST_RESOURCES_S3_PROFILE_ceph": S3.replace("://", f"://{quoted[0]}:{quoted[1]}@")}
        self.pps(world, "init")
        world.ids = [str(uuid.UUID(i)) for (i,) in world.sql("embargo", "SELECT id FROM dataset ORDER BY id")]
        return world

    def keys(self, world, prefix):
        return re.findall(r"<Key>([^<]*)</Key>", request("GET", f"/{world.bucket}?prefix={prefix}"))

    def registered(self, world):
        return {str(uuid.UUID(i)) for (i,) in world.sql("state", "SELECT id FROM dataset")}

    def test_batches_and_lists(self):
        world = self.s3_world()
        batch, late = str(uuid.uuid4()), str(uuid.uuid4())
        event = {"type": "batch-ingested", "origin": "prompt_processing"}
        request("PUT", f"/{world.bucket}/batches/2026/a.json", json.dumps({"batch_id": batch, "datasets": world.ids[:5]}).encode())
        KAFKA.produce(world.topic, [json.dumps(dict(event, batch_id=batch, batch_file="2026/a.json")),
                                    json.dumps(dict(event, batch_id=late, batch_file="2026/b.json"))], "commit")
        request("PUT", f"/{world.bucket}/lists/x.csv", ("id,origin\n" + "\n".join(f"{i},daytime_ap_catchup" for i in world.ids[5:9])).encode())
        request("PUT", f"/{world.bucket}/lists/y.json", b"[7]")
        request("PUT", f"/{world.bucket}/lists/z.csv.part", b"id")
        self.pps(world, *REGISTER, code=1, env=world.env)
        self.assertEqual(self.registered(world), set(world.ids[:9]))
        self.assertEqual(self.keys(world, "lists"), ["lists/done/x.csv", "lists/rejected/y.json", "lists/rejected/y.json.reason", "lists/z.csv.part"])
        self.assertIn("expected a UUID", request("GET", f"/{world.bucket}/lists/rejected/y.json.reason"))
        self.assertEqual(self.json(world, "status")["intake"]["pending"], 1)
        request("PUT", f"/{world.bucket}/batches/2026/b.json", json.dumps({"batch_id": late, "datasets": world.ids[9:12]}).encode())
        world.sql("state", "UPDATE intake_batch SET next_try = 0")
        self.pps(world, *REGISTER, env=world.env)
        self.assertEqual(self.registered(world), set(world.ids[:12]))
        done = self.pps(world, "register", f"s3://ceph@{world.bucket}/lists/done/x.csv", env=world.env)
        self.assertIn("0 new, 4 known, 0 unknown", done.stdout)

    def test_a_server_that_is_down(self):
        """Messages are noted, what is in reach is registered, and the rest comes when the server is back."""
        world = self.s3_world()
        batch = str(uuid.uuid4())
        request("PUT", f"/{world.bucket}/batches/a.json", json.dumps({"batch_id": batch, "datasets": world.ids[:5]}).encode())
        KAFKA.produce(world.topic, [json.dumps({"type": "batch-ingested", "origin": "prompt_processing", "batch_id": batch, "batch_file": "a.json"})],
                      "commit")
        away = {"LSST_RESOURCES_S3_PROFILE_ceph": "http://a:b@127.0.0.1:9"}
        done = self.pps(world, *REGISTER, env=away, code=4)
        self.assertEqual(done.stderr.count("nothing comes in"), 2, done.stderr)  # batch files and lists
        self.assertEqual((self.registered(world), self.json(world, "status")["intake"]["pending"]), (set(), 1))
        self.pps(world, *REGISTER, env=world.env)
        self.assertEqual(self.registered(world), set(world.ids[:5]))


if __name__ == "__main__":
    with kafka_world.Kafka(options.tool) as KAFKA:
        harness.main()
