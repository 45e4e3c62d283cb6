#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Requests that libpps signs, sent as they are to the S3 server in $PPS_TEST_S3*: it must take every one, under the very key that was meant.

Objects go up by presigned URLs and by signed headers, boto3 says what is there, and they are read, listed and deleted again.
Usage: s3_sign_live.py build/tests/interop/s3-sign-batch [--count N] [--seed N]
"""
import argparse
import hashlib
import http.client
import json
import os
import random
import subprocess
import sys
import time
import urllib.parse

import boto3
import botocore.config

from s3_sign_agree import key


class Signer:
    def __init__(self, tool, endpoint, **common):
        self.process = subprocess.Popen([tool], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.common = dict(endpoint=endpoint, **common)
        address = urllib.parse.urlsplit(endpoint)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)

    def ask(self, **request):
        request = {**self.common, "now": int(time.time()), **request}
        self.process.stdin.write(json.dumps({k: v for k, v in request.items() if v is not None}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def send(self, method, body=b"", **request):
        """Signed in headers: (status, body)."""
        answer = self.ask(method=method, payload=hashlib.sha256(body).hexdigest(), **request)
        return self.exchange(method, answer["url"], body, dict(h.split(": ", 1) for h in answer["headers"]))

    def send_presigned(self, method, body=b"", seconds=60, **request):
        url = self.ask(method=method, expires=seconds, **request)["presigned"]
        return self.exchange(method, url, body, {})

    def exchange(self, method, url, body, headers):
        path = url.split("/", 3)[3]
        self.connection.request(method, "/" + path, body or None, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def close(self):
        self.connection.close()
        self.process.stdin.close()
        self.process.wait()


def one_key(signer, client, bucket, name, rnd):
    """What went wrong with one key, or None."""
    body = os.urandom(rnd.randint(0, 2000))
    send = rnd.choice([signer.send, signer.send_presigned])
    status, text = send("PUT", body, bucket=bucket, key=name)
    if status != 200:
        return f"PUT: {status} {text!r}"
    found = client.get_object(Bucket=bucket, Key=name)["Body"].read()
    if found != body:
        return f"boto3 reads {len(found)} bytes, not {len(body)}"
    for how in (signer.send, signer.send_presigned):
        status, text = how("GET", bucket=bucket, key=name)
        if status != 200 or text != body:
            return f"GET: {status}, {len(text)} of {len(body)} bytes"
    status, text = signer.send("GET", bucket=bucket, query=[["list-type", "2"], ["prefix", name], ["encoding-type", "url"], ["max-keys", "5"]])
    if status != 200 or hashlib.md5(body).hexdigest().encode() not in text:
        return f"list: {status} {text!r}"
    status, text = signer.send("DELETE", bucket=bucket, key=name)
    return None if status == 204 else f"DELETE: {status} {text!r}"


def refusals(signer, bucket):
    """What must not work: (name, whether it is refused)."""
    signer.send("PUT", b"x", bucket=bucket, key="refused")
    url = signer.ask(method="GET", expires=1, bucket=bucket, key="refused")["presigned"]
    late = signer.ask(method="GET", expires=1, bucket=bucket, key="refused", now=int(time.time()) - 10)["presigned"]
    yield "a presigned URL whose time is over", signer.exchange("GET", late, b"", {})[0] == 403
    yield "a presigned URL with another method", signer.exchange("DELETE", url, b"", {})[0] == 403
    yield "a presigned URL for another key", signer.exchange("GET", url.replace("refused", "refuse"), b"", {})[0] == 403
    yield "a body other than the signed one", signer.exchange("PUT", *changed(signer, bucket))[0] in (400, 403)
    yield "another secret", signer.send("GET", bucket=bucket, key="refused", secret="wrong")[0] == 403
    signer.send("DELETE", bucket=bucket, key="refused")


def changed(signer, bucket):
    answer = signer.ask(method="PUT", bucket=bucket, key="refused", payload=hashlib.sha256(b"one").hexdigest())
    return answer["url"], b"two", dict(h.split(": ", 1) for h in answer["headers"])


def main():
    ap = argparse.ArgumentParser(description="Sends what libpps signs to a real server.")
    ap.add_argument("tool")
    ap.add_argument("--count", type=int, default=300)
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    rnd = random.Random(a.seed)
    endpoint, access, secret = (os.environ[f"PPS_TEST_S3{x}"] for x in ("", "_KEY", "_SECRET"))
    region = os.environ.get("PPS_TEST_S3_REGION", "us-east-1")
    client = boto3.client("s3", endpoint_url=endpoint, region_name=region, aws_access_key_id=access, aws_secret_access_key=secret,
                          config=botocore.config.Config(signature_version="s3v4"))
    bucket = f"signed-{os.getpid()}"
    client.create_bucket(Bucket=bucket)
    signer = Signer(a.tool, endpoint, region=region, access=access, secret=secret)
    passed = failed = 0
    try:
        for _ in range(a.count):
            # this is XML 1.0 to boto3, which has no other control characters
            name = key(rnd).replace("\x01", "-")
            wrong = one_key(signer, client, bucket, name, rnd)
            passed, failed = passed + (not wrong), failed + bool(wrong)
            if wrong:
                print(f"{name!r}: {wrong}")
        for name, is_refused in refusals(signer, bucket):
            passed, failed = passed + is_refused, failed + (not is_refused)
            if not is_refused:
                print(f"not refused: {name}")
    finally:
        signer.close()
        for o in client.list_objects_v2(Bucket=bucket).get("Contents", []):
            client.delete_object(Bucket=bucket, Key=o["Key"])
        client.delete_bucket(Bucket=bucket)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
