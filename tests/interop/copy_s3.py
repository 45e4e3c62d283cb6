#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Files in bulk between folders, Ceph and another S3 server: boto3 writes the sources and reads what came, byte by byte, with the way in which each
was verified; repeated, nothing changes; what is damaged, missing or in the way is told of by its own name; a process that is killed again and
again leaves nothing but what the next one sweeps.

usage: copy_s3.py --tests build/tests/unit --tool build/tests/interop/store-tool   (servers: from the environment)
"""
import argparse
import hashlib
import io
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

import boto3
import boto3.s3.transfer
import botocore.config

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MIB = 1 << 20
passed = failed = 0


def tell(ok, what, why=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    if not ok:
        print(f"FAILED {what}{': ' if why else ''}{why}", flush=True)


class Server:
    """One server, as the profile of that name."""

    def __init__(self, profile, which):
        prefix = f"PPS_TEST_S3{which}"
        self.key, self.secret, self.url = os.environ[f"{prefix}_KEY"], os.environ[f"{prefix}_SECRET"], os.environ[prefix]
        self.region = os.environ[f"{prefix}_REGION"]
        self.bucket = os.environ[f"{prefix}_BUCKETS"].split()[0]
        self.prefix = f"pps-copy-{uuid.uuid4()}"
        self.root = f"s3://{profile}@{self.bucket}/{self.prefix}"
        self.s3 = boto3.client("s3", endpoint_url=self.url, aws_access_key_id=self.key, aws_secret_access_key=self.secret, region_name=self.region,
                               config=botocore.config.Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required",
                                                             response_checksum_validation="when_required"))

    def put(self, name, content, part=None):
        config = boto3.s3.transfer.TransferConfig(multipart_threshold=part or 1 << 40, multipart_chunksize=part or 8 * MIB)
        self.s3.upload_fileobj(io.BytesIO(content), self.bucket, f"{self.prefix}/{name}", Config=config)

    def get(self, name):
        return self.s3.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}")["Body"].read()

    def names(self):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + "/")
        return {o["Key"][len(self.prefix) + 1:] for page in pages for o in page.get("Contents", [])}

    def uploads(self):
        return [u["Key"] for u in self.s3.list_multipart_uploads(Bucket=self.bucket, Prefix=self.prefix + "/").get("Uploads", [])]

    def wipe(self):
        for name in self.names():
            self.s3.delete_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}")


class Folder:
    def __init__(self, root):
        self.root = root
        os.makedirs(root)

    def put(self, name, content, part=None):
        os.makedirs(os.path.dirname(f"{self.root}/{name}"), exist_ok=True)
        with open(f"{self.root}/{name}", "wb") as f:
            f.write(content)

    def get(self, name):
        with open(f"{self.root}/{name}", "rb") as f:
            return f.read()

    def names(self):
        return {os.path.relpath(f"{top}/{file}", self.root) for top, _, files in os.walk(self.root) for file in files}

    def uploads(self):
        return []

    def wipe(self):
        shutil.rmtree(self.root)
        os.makedirs(self.root)


def environment(servers):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "S3_", "LSST_RESOURCES_S3"))}
    for profile, server in servers.items():
        scheme, host = server.url.split("://")
        quoted = server.secret.replace("+", "%2B").replace("/", "%2F")
        env[f"LSST_RESOURCES_S3_PROFILE_{profile}"] = f"{scheme}://{server.key}:{quoted}@{host}"
    env["AWS_DEFAULT_REGION"] = next(iter(servers.values())).region
    return env


def bulk(a, env, to, lines, command="bulk-copy", threads=4, flags=0):
    """Exit code, {name: [code, done, verified, reason]}, stderr."""
    text = "".join(f"{source}\t{name}\t{size}\n" for source, name, size in lines)
    done = subprocess.run([a.tool, command, to.root, str(threads), str(flags)], env=env, input=text, capture_output=True, text=True, timeout=300)
    return done.returncode, {line.split("\t")[0]: line.split("\t")[1:] for line in done.stdout.splitlines()}, done.stderr


def mark_of_the_dead(folder, tag):
    """As a process leaves it that was killed between its upload's last request and the removal of the mark."""
    process = subprocess.Popen(["true"])
    process.wait()
    return f"{folder}.pps-{tag}-{socket.gethostname()}-{process.pid}"


def fill(source, rng):
    """name -> content; small ones, one of each edge, and two in parts."""
    contents = {f"run/t{i % 4}/{i % 9}/small {i}.fits": rng.randbytes(4096) for i in range(60)}
    contents |= {"run/empty": b"", "run/one": b"1", "run/whole": rng.randbytes(3 * MIB + 1), "run/edge": rng.randbytes(MIB), "run/\u00e9%41+&.fits": b"key"}
    for name, content in contents.items():
        source.put(name, content)
    parts = {"run/parts": rng.randbytes(13 * MIB), "run/odd parts": rng.randbytes(12 * MIB + 7)}
    source.put("run/parts", parts["run/parts"], 8 * MIB)
    source.put("run/odd parts", parts["run/odd parts"], 5 * MIB + 4321)
    return contents | parts


def way(a, env, name, source, to, rng, quoted):
    """Everything from one to the other."""
    contents = fill(source, rng)
    lines = [(quoted(n), n, len(c)) for n, c in contents.items()]
    code, out, err = bulk(a, env, to, lines, flags=1)
    tell(code == 0, f"{name}: ends well", err)
    wrong = {n: o for n, o in out.items() if o[:2] != ["PPS_OK", "copied"] or o[2] == "size"}
    tell(not wrong and set(out) == set(contents), f"{name}: each is copied and verified", str(wrong)[:500])
    if isinstance(source, Server):
        tell(out["run/whole"][2] == out["run/empty"][2] == "md5" and out["run/parts"][2] == "parts", f"{name}: by ETag", str(out)[:300])
        tell(out["run/odd parts"][2] in ("parts", "read"), f"{name}: parts of any size", out["run/odd parts"][2])
    else:
        tell(out["run/whole"][2] == "read", f"{name}: by reading again", out["run/whole"][2])
    bad = [n for n, c in contents.items() if hashlib.md5(to.get(n)).digest() != hashlib.md5(c).digest()]
    tell(not bad, f"{name}: has the bytes", str(bad))
    tell(to.names() == set(contents) and not to.uploads(), f"{name}: and nothing else", str(to.names() ^ set(contents)))
    if isinstance(to, Server):
        to.put(mark_of_the_dead("run/", "parts"), b"run/parts")
    code, out, err = bulk(a, env, to, lines)
    wrong = {n: o for n, o in out.items() if o[:2] != ["PPS_OK", "there"] or o[2] not in ("md5", "bytes")}
    tell(code == 0 and not wrong, f"{name}: a second time nothing is done", err + str(wrong)[:500])
    tell(to.names() == set(contents), f"{name}: a mark that outlived its upload goes", str(to.names() ^ set(contents)))
    code, out, err = bulk(a, env, to, [("", n, len(c)) for n, c in contents.items()] + [("", "no/such", 1), ("", "run/one ", -1)], "bulk-look")
    tell(code == 0 and all((o[0] == "PPS_OK") == (n in contents) for n, o in out.items()) and out["no/such"][0] == "PPS_E_NOTFOUND",
         f"{name}: looks", err + str(out)[-300:])
    to.put("run/t0/0/small 0.fits", rng.randbytes(4096))
    to.put("run/parts", contents["run/parts"][:-1])
    code, out, err = bulk(a, env, to, lines + [(quoted("missing"), "x/missing", -1), (quoted("run/one"), "x/size", 2)])
    codes = {n: out[n][0] for n in out if out[n][0] != "PPS_OK"}
    tell(code == 0 and codes == {"run/t0/0/small 0.fits": "PPS_E_CONFLICT", "run/parts": "PPS_E_CONFLICT", "x/missing": "PPS_E_NOTFOUND",
                                 "x/size": "PPS_E_CONFLICT"}, f"{name}: what is in the way, missing or wrong is told", err + str(codes))
    tell(to.get("run/parts") == contents["run/parts"][:-1], f"{name}: nothing is overwritten")
    to.wipe()
    return contents, lines


def killed(a, env, name, contents, lines, to, rng, times):
    """Killed at random moments; then it is repeated until it ends."""
    text = "".join(f"{source}\t{n}\t{size}\n" for source, n, size in lines)
    for _ in range(times):
        process = subprocess.Popen([a.tool, "bulk-copy", to.root, "4", "0"], env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, text=True)
        process.stdin.write(text)
        process.stdin.close()
        time.sleep(rng.random() * a.moment)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # whatever has its name is whole
        there = [n for n in to.names() if not n.startswith(".pps-") and "/.pps-" not in n]
        bad = [n for n in there if to.get(n) != contents[n]]
        tell(not bad, f"{name}: whole after a kill", str(bad))
    code, out, err = bulk(a, env, to, lines)
    tell(code == 0 and all(o[0] == "PPS_OK" for o in out.values()), f"{name}: ends after kills", err)
    left = {n for n in to.names() ^ set(contents) if "probe-" not in n}
    tell(not left and not to.uploads(), f"{name}: nothing is left behind", f"{left} {to.uploads()}")
    to.wipe()


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--tests", default=f"{TOP}/build/tests/unit")
    ap.add_argument("--tool", default=f"{TOP}/build/tests/interop/store-tool")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--kills", type=int, default=8)
    ap.add_argument("--moment", type=float, default=0.5, help="most seconds before a kill")
    a = ap.parse_args()
    rng = random.Random(a.seed)
    servers = dict(ceph=Server("ceph", ""), second=Server("second", "_SECOND"))
    env = environment(servers)
    with tempfile.TemporaryDirectory(prefix="pps-copy.") as work:
        folders = [Folder(f"{work}/{i}") for i in range(3)]

        def path(folder):
            return lambda n: f"file://{urllib.parse.quote(f'{folder.root}/{n}')}"

        def key(server):
            return lambda n: f"{server.root}/{n.replace('%', '%25')}"

        ceph, second = servers["ceph"], servers["second"]
        contents, lines = way(a, env, "Ceph to folder", ceph, folders[0], rng, key(ceph))
        killed(a, env, "Ceph to folder", contents, lines, folders[0], rng, a.kills)
        contents, lines = way(a, env, "folder to Ceph", folders[1], ceph_target(ceph), rng, path(folders[1]))
        killed(a, env, "folder to Ceph", contents, lines, ceph_target(ceph), rng, a.kills)
        way(a, env, "folder to folder", folders[1], folders[2], rng, path(folders[1]))
        way(a, env, "Ceph to the other server", ceph, second, rng, key(ceph))
        for server in servers.values():
            server.wipe()
        # the cases of the unit test that any store must pass
        for profile, server in servers.items():
            done = subprocess.run([f"{a.tests}/test-copy"], env={**env, "PPS_TEST_STORE": server.root}, capture_output=True, text=True, timeout=300)
            tell(done.returncode == 0, f"test-copy on {profile}", done.stdout[-1000:] + done.stderr[-1000:])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def ceph_target(ceph):
    """A prefix beside the sources."""
    target = Server.__new__(Server)
    target.__dict__.update(ceph.__dict__)
    target.prefix, target.root = f"{ceph.prefix}-to", f"{ceph.root}-to"
    return target


if __name__ == "__main__":
    sys.exit(main())
