# SPDX-License-Identifier: BSD-3-Clause
"""The flow of prompt products on real servers: 200 batches by Kafka, files in a Ceph, repositories and state in PostgreSQL.

    publish_real.py --pps build/tools/pps --tool build/tests/servers/kafka-tool [--transfer hardlink|direct] [--long] [--keep DIR]

A producer tells of the datasets as the Butler Writer does: a batch's file first, in the bucket, then its message in a transaction. Some come
twice; those of one visit only in transactions that are aborted. Then the flow's whole life is judged by the Python Butler as in publish_flow.py.
$PPS_TEST_S3 and its keys, $PG_URL and $PPS_TEST_KAFKA name the servers. The last line is `N passed, N failed`.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import urllib.parse
import uuid

import boto3
import kafka_world
import publish_flow
import publish_world

BATCHES = 200
DATES = ["2025-12-05T16:00", "2025-12-07T00:00", "2026-02-01T00:00"]


class Bucket:
    """One of the Ceph's, which pps and the Butler know by a profile of the environment."""

    def __init__(self):
        endpoint, key, secret = (os.environ[f"PPS_TEST_S3{x}"] for x in ("", "_KEY", "_SECRET"))
        for name in [n for n in os.environ if n.startswith(("AWS_", "S3_", "LSST_RESOURCES_S3"))]:
            del os.environ[name]
        scheme, host = endpoint.split("://")
        os.environ["LSST_RESOURCES_S3_PROFILE_embargo"] = f"{scheme}://{key}:{urllib.parse.quote(secret, safe='')}@{host}"
        self.client = boto3.client("s3", endpoint_url=endpoint, region_name="default", aws_access_key_id=key, aws_secret_access_key=secret)
        self.name = f"publish-{uuid.uuid4().hex[:10]}"
        self.uri = f"s3://embargo@{self.name}"
        self.client.create_bucket(Bucket=self.name)

    def keys(self, prefix=""):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return [o["Key"] for page in pages for o in page.get("Contents", ())]

    def put(self, key, text):
        self.client.put_object(Bucket=self.name, Key=key, Body=text.encode())

    def remove(self):
        for key in self.keys():
            self.client.delete_object(Bucket=self.name, Key=key)
        self.client.delete_bucket(Bucket=self.name)


class Writer:
    """The Butler Writer."""

    def __init__(self, bucket, kafka, topic):
        self.bucket, self.kafka, self.topic = bucket, kafka, topic

    def batch(self, ids):
        batch = str(uuid.uuid4())
        name = f"2025-12-02/{batch}.json"
        self.bucket.put(f"batches/{name}", json.dumps({"batch_id": batch, "datasets": [str(i) for i in ids]}))
        return json.dumps({"type": "batch-ingested", "batch_id": batch, "origin": "prompt_processing", "batch_file": name})

    def tell(self, refs):
        """In 200 batches of all but one visit's datasets; those of that one."""
        rng = random.Random(1)
        last = max(r.dataId["visit"] for r in refs.values() if "visit" in r.dataId)
        untold = sorted(i for i, r in refs.items() if r.dataId.get("visit") == last)
        told = sorted(set(refs) - set(untold))
        rng.shuffle(told)
        lines = [self.batch(told[n::BATCHES] or rng.sample(told, 3)) for n in range(BATCHES)]
        half = BATCHES // 2
        self.kafka.produce(self.topic, lines[:half], "commit")
        self.kafka.produce(self.topic, [self.batch(untold)], "abort")
        self.kafka.produce(self.topic, lines[half:] + lines[::10], "commit")
        self.kafka.produce(self.topic, [self.batch([i]) for i in untold], "abort")
        return untold


def life(judge, options, root, bucket):
    with kafka_world.Kafka(os.path.abspath(options.tool)) as kafka:
        topic = kafka.topic()
        session = dict(part.split(": ") for part in kafka_world.SESSION.replace("'", "").split(", "))
        intake = dict(kafka=dict(brokers=kafka.brokers, topic=topic, batch_root=f"{bucket.uri}/batches", properties=session))
        world = publish_world.World(root, os.environ["PG_URL"], visits=range(1, 6 if options.long else 4), detectors=range(4 if options.long else 2),
                                    transfer=options.transfer, files=f"{bucket.uri}/embargo", intake=intake)
        judge.check("dimension sets", len({tuple(r.datasetType.dimensions.required) for r in world.refs.values()}) >= 8)
        writer = Writer(bucket, kafka, topic)
        publish_flow.life(judge, os.path.abspath(options.pps), world, DATES, lambda: writer.tell(world.refs), options.transfer)
        left = {bucket.uri + "/" + key for key in bucket.keys("embargo/")}
        with world.butler("embargo") as butler:
            known = [r for r in world.refs.values() if butler.get_dataset(r.id)]
            judge.equal("objects of the first repository", left, {butler.getURI(r).geturl() for r in known})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pps", required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--transfer", choices=("hardlink", "direct"), default="hardlink", help="from prompt_prep to repo_main")
    parser.add_argument("--long", action="store_true", help="a larger world")
    parser.add_argument("--keep")
    options = parser.parse_args()
    root, judge, bucket = options.keep or tempfile.mkdtemp(prefix="pps-publish-real."), publish_flow.Judge(), Bucket()
    try:
        life(judge, options, f"{root}/world", bucket)
    finally:
        bucket.remove()
    if not options.keep:
        shutil.rmtree(root)
    print(f"{judge.passed} passed, {judge.failed} failed")
    return judge.failed != 0


if __name__ == "__main__":
    sys.exit(main())
