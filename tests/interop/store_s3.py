#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The store's tests on real S3 servers: all of them on Ceph, and on another server all but those that tests/servers/s3-second.json says
it cannot do, which then must fail: the table is neither longer nor shorter than the truth.

Then boto3 reads what we wrote, and we read what it wrote.
usage: store_s3.py --tests build/tests/unit --tool build/tests/interop/store-tool   (servers: from the environment)
"""
import argparse
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import uuid

import boto3
import botocore.config

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CASE = re.compile(r"^\[(       OK |  FAILED  )\] (\w+)$", re.M)
KEYS = ["plain.fits", "a b+c=d&e/f.fits", "%41%2F", "\u00e9/\u6f22/\U0001f52d.json", "quote'\"<>;", "tilde~!*()", "deep/er/and/deeper/x"]
passed = failed = 0


def tell(ok, what, why=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print(f"FAILED {what}{': ' if why else ''}{why}", flush=True)


def server(which):
    """The variables that our library and boto3 read for a server, and a bucket there."""
    prefix = f"PPS_TEST_S3{which}"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "S3_", "LSST_RESOURCES_S3"))}
    env.update(S3_ENDPOINT_URL=os.environ[prefix], AWS_ACCESS_KEY_ID=os.environ[f"{prefix}_KEY"],
               AWS_SECRET_ACCESS_KEY=os.environ[f"{prefix}_SECRET"], AWS_DEFAULT_REGION=os.environ[f"{prefix}_REGION"])
    return env, os.environ[f"{prefix}_BUCKETS"].split()[0]


def suite(name, test, env, bucket, cannot):
    """Each case of the store's tests must end as it should on this server."""
    done = subprocess.run([test], env={**env, "PPS_TEST_STORE": f"s3://{bucket}/pps-test-store"}, capture_output=True, text=True, timeout=900)
    out = done.stdout + done.stderr
    ended = {case: "OK" in how for how, case in reversed(CASE.findall(out))}
    tell(ended, f"{name}: {test} runs", out[-2000:])
    for case, ok in sorted(ended.items()):
        if case in cannot:
            tell(not ok, f"{name}: {case} passes, though the table says that the server cannot: {cannot[case]}")
        else:
            lines = out.splitlines()
            at = next((i for i, line in enumerate(lines) if line.startswith("[  FAILED  ]") and line.endswith(case)), 0)
            tell(ok, f"{name}: {case}", "\n".join(lines[max(0, at - 4):at]))
    return set(ended)


def ours(tool, env, *words, data=None):
    done = subprocess.run([tool, *words], env=env, input=data, capture_output=True, timeout=300)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def beside_boto3(name, tool, env, bucket, seed):
    """What one wrote, the other finds the same: keys, bytes, sizes, ETags."""
    rng = random.Random(seed)
    s3 = boto3.client("s3", endpoint_url=env["S3_ENDPOINT_URL"], aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                      aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"], region_name=env["AWS_DEFAULT_REGION"],
                      config=botocore.config.Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required",
                                                    response_checksum_validation="when_required"))
    prefix = f"pps-boto3-{uuid.uuid4()}"
    root = f"s3://{bucket}/{prefix}"
    contents = {}
    for i, key in enumerate(KEYS):
        size = [0, 1, 1000, 200_000, 3_000_000, 9_000_000, 21_000_000][i]
        contents[key] = rng.randbytes(size)
        if i % 2:
            s3.upload_fileobj(__import__("io").BytesIO(contents[key]), bucket, f"{prefix}/{key}")
        else:
            code, _, err = ours(tool, env, "write", root, key, data=contents[key])
            tell(code == 0, f"{name}: write {key!r}", err)
    code, out, err = ours(tool, env, "list", root)
    listed = {}
    for line in out.decode().splitlines():
        size, etag, key = line.split("\t", 2)
        listed[key] = (int(size), etag)
    theirs = {o["Key"][len(prefix) + 1:]: (o["Size"], o["ETag"].strip('"')) for page in s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix + "/") for o in page.get("Contents", [])}
    tell(code == 0 and listed == theirs and set(listed) == set(KEYS), f"{name}: both list the same", f"{err} {set(listed) ^ set(theirs)}")
    for key, content in contents.items():
        code, out, err = ours(tool, env, "read", root, key)
        tell(code == 0 and out == content, f"{name}: we read {key!r} as it was written", err)
        body = s3.get_object(Bucket=bucket, Key=f"{prefix}/{key}")["Body"].read()
        tell(hashlib.md5(body).digest() == hashlib.md5(content).digest(), f"{name}: boto3 reads {key!r} as it was written")
    code, _, err = ours(tool, env, "remove", root, *KEYS)
    tell(code == 0 and "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix=prefix + "/"), f"{name}: nothing is left", err)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--tests", default=f"{TOP}/build/tests/unit")
    ap.add_argument("--tool", default=f"{TOP}/build/tests/interop/store-tool")
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    with open(f"{TOP}/tests/servers/s3-second.json") as f:
        second = json.load(f)
    for name, which, cannot in (("Ceph", "", {}), (second["server"].split()[0], "_SECOND", second["cannot"])):
        env, bucket = server(which)
        # FITS files are looked at where they are
        ended = [suite(name, f"{a.tests}/{test}", env, bucket, cannot) for test in ("test-store", "test-fits-index")]
        for case in set(cannot) - set.union(*ended):
            tell(False, f"{name}: the table names {case}, which is no test")
        beside_boto3(name, a.tool, env, bucket, a.seed)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
