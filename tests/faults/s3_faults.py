#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each operation of a store in S3, with each of its requests disturbed in each way, against the real server in $PPS_TEST_S3*.

A proxy (proxy.py) answers 500, 503 and 429, resets, loses answers, cuts and drips bodies, lies about ETags. Whatever it does, an operation
ends in time; what it says it did is done, byte for byte; after at most a rerun and a sweep exactly what was asked for is there, nothing
twice and nothing left over; what is somebody else's is never replaced; and only what may be repeated is.

usage: s3_faults.py --tool build/tests/interop/store-tool --pps build/tools/pps [--every N] [--seed N]
"""
import argparse
import concurrent.futures
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

import boto3
import botocore.config

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from proxy import Proxy, Rule, altered, error, hook, lost, reset, reset_after, short, stall  # noqa: E402

PROFILE = "faulty"
SMALL, PARTS = 300_000, 9 << 20  # one part, and two; a server may keep what was deleted in memory for hours
BUSY = b'<?xml version="1.0"?><Error><Code>InternalError</Code><Message></Message></Error>'
passed = failed = reruns = 0
lock = threading.Lock()


def check(name, problem):
    global passed, failed
    with lock:
        passed, failed = passed + (not problem), failed + bool(problem)
        if problem:
            print(f"{name}: {problem}", flush=True)


# ---- what the proxy does besides what it knows by itself


def failed_after(status, body=b""):
    """The server does what it was asked, and something on the way says that it failed."""
    def act(handler, request):
        handler.forward(request)
        handler.answer(status, {}, body)
    return act


def dripped(handler, request):
    status, headers, body = handler.forward(request)
    handler.head(status, headers, len(body))
    step = max(1, len(body) // 8)
    for at in range(0, len(body) if request[0] != "HEAD" else 0, step):
        handler.wfile.write(body[at:at + step])
        handler.wfile.flush()
        time.sleep(0.1)


def flipped(handler, request):
    status, headers, body = handler.forward(request)
    handler.answer(status, headers, bytes([body[0] ^ 1]) + body[1:] if body and status < 300 else body)


class Watching(Proxy):
    """Also knows when each request came."""

    def __init__(self, upstream):
        self.times = []
        super().__init__(upstream)

    def action(self, method, path):
        with self.lock:
            self.times.append(time.monotonic())
        return super().action(method, path)


ONCE = {
    "500 twice": (error(500, BUSY), 2),
    "503 with Retry-After": (error(503, b"<Error><Code>SlowDown</Code></Error>", Retry_After="1"), 1),
    "429": (error(429), 1),
    "reset": (reset, 1),
    "reset in mid-body": (reset_after, 1),
    "short body": (short, 1),
    "answer lost": (lost, 1),
    "500 after it was done": (failed_after(500, BUSY), 1),
    "slow": (dripped, 1),
}


# ---- operations


class Operation:
    """`before`: objects that are there; `after`: those that must be there in the end; `output`: what it must print."""

    def __init__(self, name, *words, stdin=b"", before=None, after=None, output=None):
        self.name, self.words, self.stdin, self.before, self.output = name, words, stdin, before or {}, output
        self.after = self.before if after is None else after
        self.folder = words[-1].rpartition("/")[0] if name.startswith("write") else ""


def operations():
    rnd = random.Random(7)
    small, large = rnd.randbytes(SMALL), rnd.randbytes(PARTS)
    many = {f"dir/{n} +=%41.fits": str(n).encode() for n in range(5)}
    listing = "".join(f"{len(v)}\t{md5(v)}\t{k}\n" for k, v in sorted(many.items())).encode()
    return [
        Operation("list", "list", before=many, output=listing),
        Operation("read", "read", "a b.fits", before={"a b.fits": small}, output=small),
        Operation("read much", "read", "big", before={"big": large}, output=large),
        Operation("write", "write", "new/a+b", stdin=small, after={"new/a+b": small}),
        Operation("write in parts", "write", "new/big", stdin=large, after={"new/big": large}),
        Operation("ask whether it overwrites", "guards"),
        Operation("copy", "copy", "from", "to", before={"from": small}, after={"from": small, "to": small}),
        Operation("move", "move", "from", "to", before={"from": small}, after={"to": small}),
        Operation("remove", "remove", *many, before={**many, "kept": b"x"}, after={"kept": b"x"}),
    ]


def md5(data):
    return hashlib.md5(data).hexdigest()


class World:
    def __init__(self, tool, pps):
        self.tool, self.pps = os.path.abspath(tool), os.path.abspath(pps)
        env = os.environ
        self.endpoint, self.key, self.secret = (env[f"PPS_TEST_S3{x}"] for x in ("", "_KEY", "_SECRET"))
        self.client = boto3.client("s3", endpoint_url=self.endpoint, region_name="default", aws_access_key_id=self.key,
                                   aws_secret_access_key=self.secret, config=botocore.config.Config(max_pool_connections=16))
        self.bucket = f"faults-{os.getpid()}"
        self.client.create_bucket(Bucket=self.bucket)
        self.clean = {k: v for k, v in env.items() if not k.startswith(("AWS_", "S3_", "LSST_RESOURCES_S3", "DAF_BUTLER_"))}
        self.clean.update(AWS_ACCESS_KEY_ID=self.key, AWS_SECRET_ACCESS_KEY=self.secret, AWS_DEFAULT_REGION="default", HOME="/nowhere")
        self.number = 0

    def prefix(self):
        with lock:
            self.number += 1
            return f"{self.number}"

    def put(self, prefix, objects):
        for name, data in objects.items():
            self.client.put_object(Bucket=self.bucket, Key=f"{prefix}/{name}", Body=data)

    def there(self, prefix):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix + "/")
        keys = [o["Key"] for p in pages for o in p.get("Contents", [])]
        return {k[len(prefix) + 1:]: self.client.get_object(Bucket=self.bucket, Key=k)["Body"].read() for k in keys}

    def uploads(self, prefix):
        found = self.client.list_multipart_uploads(Bucket=self.bucket, Prefix=prefix + "/").get("Uploads", [])
        return [u["Key"] for u in found]

    def run(self, endpoint, prefix, words, stdin=b"", timeout=240, **env):
        root = f"s3://{PROFILE}@{self.bucket}/{prefix}"
        return subprocess.run([self.tool, words[0], root, *words[1:]], input=stdin, capture_output=True, timeout=timeout,
                              env={**self.clean, f"LSST_RESOURCES_S3_PROFILE_{PROFILE}": endpoint, **env})

    def remove(self):
        for u in self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", []):
            self.client.abort_multipart_upload(Bucket=self.bucket, Key=u["Key"], UploadId=u["UploadId"])
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        for o in [o for p in pages for o in p.get("Contents", [])]:
            self.client.delete_object(Bucket=self.bucket, Key=o["Key"])
        self.client.delete_bucket(Bucket=self.bucket)


def differences(found, wanted):
    out = [f"{k!r} is missing" for k in wanted if k not in found] + [f"{k!r} is too much" for k in found if k not in wanted]
    return "; ".join(out + [f"{k!r} has {len(found[k])} other bytes" for k in wanted if k in found and found[k] != wanted[k]])


def wrong_output(operation, p):
    """Success that was none."""
    if p.returncode == 0 and operation.output is not None and p.stdout != operation.output:
        return f"it succeeds with {len(p.stdout)} bytes that are not the {len(operation.output)} there are"
    return ""


def tell(p):
    return f"exit {p.returncode}: {p.stderr.decode(errors='replace').strip()[-300:]}"


def finish(world, operation, prefix, p):
    """A rerun when it failed, a sweep, and what is there then: the problem, or ''."""
    global reruns
    if p.returncode:
        with lock:
            reruns += 1
        again = world.run(world.endpoint, prefix, operation.words, operation.stdin)
        # the first may have done all of it without knowing
        if again.returncode and not (b"412" in again.stderr or b"already" in again.stderr or b"404" in again.stderr):
            return f"first {tell(p)}; the rerun: {tell(again)}"
        if wrong_output(operation, again):
            return f"the rerun: {wrong_output(operation, again)}"
    swept = world.run(world.endpoint, prefix, ["sweep", operation.folder])
    if swept.returncode:
        return f"sweep: {tell(swept)}"
    left = world.uploads(prefix)
    return differences(world.there(prefix), operation.after) or (f"uploads are left: {left}" if left else "")


def requests_of(world, operation):
    """The requests that it sends when nothing is wrong."""
    prefix = world.prefix()
    world.put(prefix, operation.before)
    with Proxy(world.endpoint) as proxy:
        p = world.run(proxy.url, prefix, operation.words, operation.stdin)
        check(f"{operation.name}: undisturbed", wrong_output(operation, p) or (tell(p) if p.returncode else "") or
              differences(world.there(prefix), operation.after))
        return list(proxy.seen)


def disturbed(world, operation, n, request, kind):
    """The nth request is met once (or twice): it must end by itself, well."""
    action, times = ONCE[kind]
    name = f"{operation.name}: request {n + 1}, {request[0]} {request[1].split('?')[-1][:40] if '?' in request[1] else ''}: {kind}"
    prefix = world.prefix()
    world.put(prefix, operation.before)
    start = time.monotonic()
    with Proxy(world.endpoint) as proxy:
        proxy.add(Rule(".*", "", action, times=times, skip=n))
        p = world.run(proxy.url, prefix, operation.words, operation.stdin)
        unused = proxy.unused()
    seconds = time.monotonic() - start
    check(name, "the fault was not met" if unused else wrong_output(operation, p) or (f"it took {seconds:.0f} s" if seconds > 180 else "") or
          (f"a passing fault must not be the end of it: {tell(p)}" if p.returncode else "") or finish(world, operation, prefix, p))


def broken(world, operation, which, action, name, most):
    """A fault that stays: it ends with a message, soon, and nothing half done can be seen; afterwards it works."""
    prefix = world.prefix()
    world.put(prefix, operation.before)
    start = time.monotonic()
    with Proxy(world.endpoint) as proxy:
        proxy.add(Rule(*which, action, times=10000))
        p = world.run(proxy.url, prefix, operation.words, operation.stdin)
        unused, tries = proxy.unused(), len([s for s in proxy.seen if Rule(*which, None).takes(*s)])
    seconds = time.monotonic() - start
    half = {k: v for k, v in world.there(prefix).items() if k in operation.after and operation.after[k] != v}
    check(f"{operation.name}: {name}", "the fault was not met" if unused else wrong_output(operation, p) or
          ("it succeeds" if p.returncode == 0 else "no message" if not p.stderr.strip() else "") or
          (f"it took {seconds:.0f} s" if seconds > 180 else "") or (f"half done: {sorted(half)}" if half else "") or
          (f"{tries} tries, where {most} are enough" if tries > most else "") or finish(world, operation, prefix, p))


def lies(world, operation, which, action, name):
    """The answer is not true: success must not come of it unless it is right all the same."""
    prefix = world.prefix()
    world.put(prefix, operation.before)
    with Proxy(world.endpoint) as proxy:
        proxy.add(Rule(*which, action, times=1))
        p = world.run(proxy.url, prefix, operation.words, operation.stdin)
        unused = proxy.unused()
    check(f"{operation.name}: {name}", "the fault was not met" if unused else wrong_output(operation, p) or finish(world, operation, prefix, p))


# ---- single cases


def intruder(world, operation):
    """Another writer takes the name while we write: it stays theirs, and we say so."""
    prefix, target = world.prefix(), operation.words[-1]
    theirs = b"somebody else's"
    with Proxy(world.endpoint) as proxy:
        # before the object itself, or its first part, goes up
        proxy.add(Rule("PUT", rf"/{prefix}/{target}".replace("+", r"\+"), hook(lambda _: world.put(prefix, {target: theirs})), times=1))
        p = world.run(proxy.url, prefix, operation.words, operation.stdin)
        unused = proxy.unused()
    world.run(world.endpoint, prefix, ["sweep", operation.folder])
    check(f"{operation.name}: somebody else is first", "not met" if unused else "it succeeds" if p.returncode == 0 else
          differences(world.there(prefix), {target: theirs}) or (f"no word of it: {tell(p)}" if b"already" not in p.stderr else ""))


def patience(world):
    """Retry-After: as long as is asked, unless that is longer than anybody should wait."""
    prefix = world.prefix()
    world.put(prefix, {"x": b"x"})
    with Watching(world.endpoint) as proxy:
        proxy.add(Rule("GET", "/x", error(503, BUSY, Retry_After="3"), times=1))
        p = world.run(proxy.url, prefix, ["read", "x"])
        gaps = [b - a for a, b in zip(proxy.times, proxy.times[1:])]
    check("Retry-After is honoured", tell(p) if p.returncode or p.stdout != b"x" else "" if gaps and max(gaps) >= 3 else f"waits of {gaps}")
    with Proxy(world.endpoint) as proxy:
        proxy.add(Rule(".*", "/x", error(503, BUSY, Retry_After="86400"), times=1000))
        start = time.monotonic()
        p = world.run(proxy.url, prefix, ["read", "x"])
        seconds = time.monotonic() - start
    check("a day of Retry-After is not waited", f"{seconds:.0f} s, {tell(p)}" if seconds > 120 or p.returncode == 0 else "")


def silence(world):
    """A server that says nothing any more: the connection is given up in a minute, and the next one works."""
    prefix = world.prefix()
    world.put(prefix, {"x": b"x"})
    start = time.monotonic()
    with Proxy(world.endpoint) as proxy:
        proxy.add(Rule("GET", "/x", stall, times=1))
        p = world.run(proxy.url, prefix, ["read", "x"])
        unused = proxy.unused()
    seconds = time.monotonic() - start
    check("silence", "not met" if unused else tell(p) if p.returncode or p.stdout != b"x" else f"{seconds:.0f} s" if seconds > 180 else "")


def interruption(world):
    """SIGINT while a server is silent."""
    prefix = world.prefix()
    world.put(prefix, {"x.zip": b"x" * 1000})
    with Proxy(world.endpoint) as proxy:
        proxy.add(Rule(".*", r"x\.zip", stall, times=1000))
        p = subprocess.Popen([world.pps, "zip", "list", f"s3://{PROFILE}@{world.bucket}/{prefix}/x.zip"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env={**world.clean, f"LSST_RESOURCES_S3_PROFILE_{PROFILE}": proxy.url})
        begin = time.monotonic()
        while proxy.unused() and time.monotonic() - begin < 30:
            time.sleep(0.05)
        start = time.monotonic()
        p.send_signal(signal.SIGINT)
        _, err = p.communicate(timeout=100)
        seconds = time.monotonic() - start
    check("an interruption while a server is silent", f"exit {p.returncode} after {seconds:.1f} s: {err.decode()}" if p.returncode != 130 or seconds > 25 else "")


def renewal(world):
    """The session expires; meanwhile the credentials file has been renewed."""
    prefix = world.prefix()
    world.put(prefix, {"x": b"x"})
    with tempfile.TemporaryDirectory(prefix="pps-faults.") as folder, Proxy(world.endpoint) as proxy:
        path = f"{folder}/credentials"

        def keys(key, secret):
            with open(path + ".new", "w") as f:
                f.write(f"[{PROFILE}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")
            os.rename(path + ".new", path)

        def expired(handler, request):
            keys(world.key, world.secret)
            handler.answer(400, {}, b"" if request[0] == "HEAD" else b"<Error><Code>ExpiredToken</Code></Error>")
        keys("STALE", "stale")
        proxy.add(Rule("GET", "", expired, times=1))
        env = dict(AWS_SHARED_CREDENTIALS_FILE=path)
        p = world.run(proxy.url, prefix, ["list"], **env)
        check("credentials are renewed", tell(p) if p.returncode or not p.stdout.endswith(b"x\n") else "")
        keys("STALE", "stale")
        proxy.add(Rule("GET", "", error(400, b"<Error><Code>ExpiredToken</Code></Error>"), times=1000))
        p = world.run(proxy.url, prefix, ["list"], **env)
        tried = len(proxy.seen)
        check("credentials that stay expired", tell(p) if p.returncode == 0 or b"renew" not in p.stderr or tried > 5 else "")


def gone(world):
    """No server at all."""
    start = time.monotonic()
    p = world.run("http://127.0.0.1:9", world.prefix(), ["list"])
    seconds = time.monotonic() - start
    check("no server", f"{seconds:.0f} s, {tell(p)}" if seconds > 180 or p.returncode == 0 or b"127.0.0.1" not in p.stderr else "")


def single(world, by_name):
    """The rest, as calls."""
    reads, writes = [by_name["read"], by_name["read much"]], [by_name["write"], by_name["write in parts"]]
    calls = [(silence, world), (interruption, world), (patience, world), (renewal, world), (gone, world)]
    calls += [(intruder, world, o) for o in writes]
    calls += [(lies, world, by_name["read"], ("GET", "fits"), flipped, "a byte is changed on the way")]
    calls += [(lies, world, o, ("GET", ""), altered("ETag", f'"{"0" * 32}"'), "another ETag") for o in reads]
    calls += [(lies, world, o, ("PUT", "/new/"), altered("ETag", f'"{"0" * 32}"'), "another ETag of what was written") for o in writes]
    calls += [(lies, world, by_name["write in parts"], ("POST", "uploadId="), failed_after(200, BUSY), "an <Error> in an answer 200")]
    calls += [(lies, world, by_name["copy"], ("PUT", "/to$"), failed_after(200, BUSY), "an <Error> in an answer 200")]
    calls += [(lies, world, by_name["list"], ("GET", "list-type"), failed_after(200, b"<html>hello"), "something else than XML")]
    refused = error(403, b"<Error><Code>AccessDenied</Code></Error>")
    for o in by_name.values():
        calls += [(broken, world, o, (".*", ""), error(500, BUSY), "500 for ever", 40), (broken, world, o, (".*", ""), refused, "refused", 5)]
    calls += [(broken, world, o, ("PUT", "/new/"), error(500, BUSY), "nothing can be written", 40) for o in writes]
    return calls


def main():
    ap = argparse.ArgumentParser(description="Disturbs the store on a real S3 server.")
    ap.add_argument("--tool", required=True)
    ap.add_argument("--pps", required=True)
    ap.add_argument("--every", type=int, default=1, help="only every Nth disturbance of a single request")
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    world, todo = World(a.tool, a.pps), operations()
    try:
        cases = [(disturbed, world, o, n, request, kind) for o in todo for n, request in enumerate(requests_of(world, o)) for kind in ONCE]
        random.Random(a.seed).shuffle(cases)
        cases = single(world, {o.name: o for o in todo}) + cases[::a.every]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for f in [pool.submit(*c) for c in cases]:
                f.result()
    finally:
        world.remove()
    print(f"{len(cases)} disturbances, {reruns} reruns")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
