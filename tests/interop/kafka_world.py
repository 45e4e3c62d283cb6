# SPDX-License-Identifier: BSD-3-Clause
"""A Kafka for tests, commands that follow it, and bucket notifications as a Ceph writes them. Only the Python standard library."""
import argparse
import contextlib
import datetime
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Members that were killed are not waited for long; the broker of these tests allows it.
SESSION = "session.timeout.ms: '3000', heartbeat.interval.ms: '300'"


def options(doc):
    """The options of a script with a Kafka, whose tests are harness.main()'s; to be asked before harness is imported, which looks for pps."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pps", required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--preload", default=f"{TOP}/build/tests/faults/libkill-at.so")
    parser.add_argument("words", nargs="*")
    found = parser.parse_args()
    found.tool, found.preload = os.path.abspath(found.tool), os.path.abspath(found.preload)
    os.environ["PPS"] = os.path.abspath(found.pps)
    sys.argv[1:] = found.words
    sys.path.insert(0, f"{TOP}/tests/cli")
    return found


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
        done = subprocess.run([self.tool, "committed", self.brokers, topic, group], capture_output=True, text=True)
        assert not done.returncode, done.stderr
        rows = [[int(x) for x in line.split()] for line in done.stdout.splitlines()]
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


def following(world, *words, **environment):
    """A pps that goes on until it is stopped, and says each row."""
    from harness import COMMAND

    env = {k: v for k, v in os.environ.items() if k != "PPS_CONFIG"}
    return running([*COMMAND, "-c", world.config, "--json", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                   env={**env, **environment}, cwd="/")


def rows(process, seconds=180):
    """The rows that it says, as they come, until it ends or is silent when the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        while b"\n" in process.unread:
            line, process.unread = process.unread.split(b"\n", 1)
            yield json.loads(line)
        if not select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
            return
        data = os.read(process.stdout.fileno(), 65536)
        if not data:
            return
        process.unread += data


def stop(process, signum=signal.SIGTERM):
    """Ends it; the rows that nobody has read, and what it complained of. It must end well, and soon."""
    process.send_signal(signum)
    out, err = process.communicate(timeout=60)
    if process.returncode:
        raise AssertionError(f"exit {process.returncode}: {err}")
    return [json.loads(line) for line in (process.unread.decode() + out).splitlines()], err


@contextlib.contextmanager
def running(command, **options):
    """A process that is ended with the block, whatever happens in it."""
    process = subprocess.Popen(command, text=True, bufsize=1, **options)
    process.unread = b""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
