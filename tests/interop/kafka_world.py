# SPDX-License-Identifier: BSD-3-Clause
"""A Kafka for tests, and bucket notifications as a Ceph writes them. Only the Python standard library."""
import contextlib
import datetime
import json
import os
import re
import shutil
import subprocess
import tempfile
import uuid

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Kafka:
    """The broker that $PPS_TEST_KAFKA names, or one of our own; topics have names of their own in each run."""

    def __init__(self, tool, own=False):
        self.tool, self.folder = tool, None
        self.brokers = None if own else os.environ.get("PPS_TEST_KAFKA")
        if not self.brokers:
            self.folder = tempfile.mkdtemp(prefix="pps-kafka.")
            self.brokers = re.search(r"^PPS_TEST_KAFKA=(\S+)$", self.script("start"), re.M).group(1)

    def script(self, command):
        return subprocess.run([f"{TOP}/tests/servers/kafka.sh", command, self.folder], check=True, stdout=subprocess.PIPE, text=True).stdout

    def topic(self, partitions=3):
        name = f"pps-{uuid.uuid4().hex[:12]}"
        subprocess.run([self.tool, "create", self.brokers, name, str(partitions)], check=True)
        return name

    def produce(self, topic, lines, how="bulk"):
        text = "".join(line + "\n" for line in lines)
        return subprocess.run([self.tool, how, self.brokers, topic], input=text, text=True, check=True, stdout=subprocess.PIPE).stdout

    def lag(self, topic, group="pps"):
        """Messages that the group has not committed."""
        out = subprocess.run([self.tool, "committed", self.brokers, topic, group], check=True, stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE).stdout
        rows = [[int(x) for x in line.split()] for line in out.splitlines()]
        return sum(end - max(offset, 0) for _, offset, end in rows)

    def close(self):
        if self.folder:
            self.script("wipe")
            shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def record(key, at, name="ObjectCreated:Put", bucket="embargo", size=1):
    return {"eventVersion": "2.2", "eventSource": "ceph:s3", "awsRegion": "", "eventTime": utc(at), "eventName": name,
            "userIdentity": {"principalId": "pps"}, "requestParameters": {"sourceIPAddress": ""},
            "responseElements": {"x-amz-request-id": uuid.uuid4().hex, "x-amz-id-2": "a"},
            "s3": {"s3SchemaVersion": "1.0", "configurationId": "n1",
                   "bucket": {"name": bucket, "ownerIdentity": {"principalId": "pps"}, "arn": f"arn:aws:s3:::{bucket}", "id": "1"},
                   "object": {"key": key, "size": size, "eTag": "", "versionId": "", "sequencer": uuid.uuid4().hex[:16].upper(),
                              "metadata": [], "tags": []}},
            "eventId": uuid.uuid4().hex, "opaqueData": ""}


def message(key, at, **kw):
    return json.dumps({"Records": [record(key, at, **kw)]}, separators=(",", ":"))


def keys_below(storage, folder):
    """Objects of a folder, as events name them."""
    return sorted(os.path.relpath(f"{d}/{n}", storage) for d, _, names in os.walk(f"{storage}/{folder}") for n in names)


@contextlib.contextmanager
def running(command, **options):
    """A process that is ended with the block, whatever happens in it."""
    process = subprocess.Popen(command, text=True, bufsize=1, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
