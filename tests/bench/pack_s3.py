#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures packing one exposure from an S3 server, in turn with the Python ways and with a plain C loop.

    pack_s3.py --pps build/tools/pps --plain build/tests/bench/plain-get [--files 205] [--size 4194304] [--pairs 3]
               [--memory 64M] [--connections 10] [--sidecars] [--only ours,plain] [--to-s3] [--folder DIR]

The server and its key are PPS_TEST_S3, PPS_TEST_S3_KEY, PPS_TEST_S3_SECRET (tests/servers/ceph.sh env); the bucket is made where it is missing.
  python  the way of today: every file by lsst.resources, zipfile, a pass for MD5 and Adler-32, a copy to the destination, fsync
  boto3   boto3 with 10 threads into zipfile: no digests, no fsync
  plain   the GETs alone over as many connections, MD5 of all bytes, one file, fsync
  ours    pps zip create ZIP s3://...: size, MD5, Adler-32, each member against its ETag, fsync, placed without overwriting
Prints one JSON document: seconds, CPU seconds and peak memory of each run, and medians of the ratios. Every zip is compared with what was put.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor

BLOCK = 1 << 20
BUCKET = "pps-bench"
PREFIX = "LSSTCam/20251202/MC_O_20251202_000001"
ENDPOINT, KEY, SECRET = (os.environ.get(f"PPS_TEST_S3{n}") for n in ("", "_KEY", "_SECRET"))


def client(connections=10):
    import boto3
    from botocore.config import Config

    return boto3.client("s3", endpoint_url=ENDPOINT, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="default",
                        config=Config(s3=dict(addressing_style="path"), max_pool_connections=connections,
                                      request_checksum_calculation="when_required", response_checksum_validation="when_required"))


def body(i, size, noise=[]):
    if not noise or len(noise[0]) != size:
        noise[:] = [os.urandom(size)]
    return noise[0][i:] + noise[0][:i]


def put(a):
    """The objects; prints their MD5 by key."""
    s3, expected = client(), {}
    if BUCKET not in (b["Name"] for b in s3.list_buckets()["Buckets"]):
        s3.create_bucket(Bucket=BUCKET)
    old = s3.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX).get("Contents", [])
    for o in old:
        s3.delete_object(Bucket=BUCKET, Key=o["Key"])

    def one(i):
        name = f"{PREFIX}/MC_O_20251202_000001_R{i:03}"
        todo = {f"{name}.fits": body(i, a.size)}
        if a.sidecars:
            todo[f"{name}.json"] = json.dumps({f"KEY{k}": k * i for k in range(300)}).encode()
        for key, data in todo.items():
            expected[key] = hashlib.md5(data).hexdigest()
            s3.put_object(Bucket=BUCKET, Key=key, Body=data)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(a.files)))
    print(json.dumps(dict(sorted(expected.items()))))


def method(name):
    return zipfile.ZIP_STORED if name.endswith(".fits") else zipfile.ZIP_DEFLATED


def sync(path):
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


def python_way(keys, work, destination):
    os.environ.update(S3_ENDPOINT_URL=ENDPOINT, AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
    from lsst.resources import ResourcePath

    packed = f"{work}/packed.zip"
    with zipfile.ZipFile(packed, "w") as z:
        for key in keys:
            name = os.path.basename(key)
            z.writestr(name, ResourcePath(f"s3://{BUCKET}/{key}").read(), method(name))
    md5, adler = hashlib.md5(), 1
    with open(packed, "rb") as f:
        while data := f.read(BLOCK):
            md5.update(data)
            adler = zlib.adler32(data, adler)
    shutil.copyfile(packed, f"{destination}.part")
    sync(f"{destination}.part")
    os.rename(f"{destination}.part", destination)
    sync(os.path.dirname(destination))
    os.unlink(packed)
    return dict(md5=md5.hexdigest(), size=os.path.getsize(destination))


def boto3_way(keys, work, destination):
    s3 = client()
    with zipfile.ZipFile(destination, "w") as z, ThreadPoolExecutor(10) as pool:
        for key, data in zip(keys, pool.map(lambda k: s3.get_object(Bucket=BUCKET, Key=k)["Body"].read(), keys)):
            z.writestr(os.path.basename(key), data, method(key))
    return dict(size=os.path.getsize(destination))


def apart(*arguments, given=None):
    """What a step of this script prints. Memory counts from the fork on, so that this process, which starts what is measured, stays small."""
    out = subprocess.run([sys.executable, __file__, *map(str, arguments)], stdout=subprocess.PIPE, check=True, text=True,
                         input=json.dumps(given) if given else None).stdout
    return json.loads(out) if out else None


def measure(command, environment=None, **how):
    """Seconds, CPU seconds and peak memory of a command, beside its answer."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=dict(os.environ, **(environment or {})), **how)
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return json.loads(answer), dict(seconds=round(time.monotonic() - start, 3), cpu=round(usage.ru_utime + usage.ru_stime, 3),
                                    mib=round(usage.ru_maxrss / 1024, 1))


def compare(path, md5=""):
    """That a zip holds what was put; the MD5 of the whole where it is known."""
    expected = json.load(sys.stdin)
    if path.startswith("s3://"):
        with tempfile.NamedTemporaryFile() as f:
            client().download_fileobj(BUCKET, path.split("/", 3)[3], f)
            f.flush()
            return compare_file(f.name, md5, expected)
    return compare_file(path, md5, expected)


def compare_file(path, md5, expected):
    with open(path, "rb") as f:
        if md5 and hashlib.file_digest(f, "md5").hexdigest() != md5:
            raise SystemExit(f"{path}: its MD5 is not {md5}")
    with zipfile.ZipFile(path) as z:
        if sorted(z.namelist()) != sorted(os.path.basename(k) for k in expected):
            raise SystemExit(f"{path} has other members than the bucket")
        for key, md5 in expected.items():
            if hashlib.md5(z.read(os.path.basename(key))).hexdigest() != md5:
                raise SystemExit(f"{path}: {key} differs")


def run_ours(a, work, expected):
    environment = dict(S3_ENDPOINT_URL=ENDPOINT, AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET, AWS_DEFAULT_REGION="default")
    target = f"{work}/ours.zip"
    if a.to_s3:
        target = f"s3://{BUCKET}/zips/ours.zip"
        apart("--remove")
    answer, result = measure([a.pps, *(["--memory", a.memory] if a.memory else []), "--json", "zip", "create", target, f"s3://{BUCKET}/{PREFIX}/"],
                             environment)
    apart("--compare", target, answer["md5"], given=expected)
    if not a.to_s3:
        os.unlink(target)
    return result


def run_plain(a, work, expected):
    urls = "\n".join(apart("--presign", given=expected)) + "\n"
    with tempfile.TemporaryFile() as f:
        f.write(urls.encode())
        f.seek(0)
        answer, result = measure([a.plain, str(a.connections), f"{work}/plain"], stdin=f)
    os.unlink(f"{work}/plain")
    return result


def run_python(way, a, work, expected):
    path = f"{work}/{way}.zip"
    _, result = measure([sys.executable, __file__, f"--{way}", work, path, *expected])
    apart("--compare", path, given=expected)
    os.unlink(path)
    return result


def presign():
    s3 = client()
    print(json.dumps([s3.generate_presigned_url("get_object", Params=dict(Bucket=BUCKET, Key=k)) for k in json.load(sys.stdin)]))


RUNS = dict(ours=run_ours, plain=run_plain, python=lambda *x: run_python("python", *x), boto3=lambda *x: run_python("boto3", *x))


def summary(a, runs):
    def median(f, *needs):
        return round(statistics.median(f(r) for r in runs), 3) if all(n in runs[0] for n in needs) else None

    size = a.files * a.size
    return dict(
        files=a.files, size=a.size, memory=a.memory, connections=a.connections, sidecars=a.sidecars, to_s3=a.to_s3, runs=runs,
        mb_per_s={way: median(lambda r: size / r[way]["seconds"] / 1e6, way) for way in runs[0]},
        faster_than_python=median(lambda r: r["python"]["seconds"] / r["ours"]["seconds"], "python", "ours"),
        faster_than_boto3=median(lambda r: r["boto3"]["seconds"] / r["ours"]["seconds"], "boto3", "ours"),
        of_plain_loop=median(lambda r: r["plain"]["seconds"] / r["ours"]["seconds"], "plain", "ours"),
        peak_mib={way: max(r[way]["mib"] for r in runs) for way in runs[0]},
        cpu={way: median(lambda r: r[way]["cpu"], way) for way in runs[0]})


def main():
    for way, function in dict(python=python_way, boto3=boto3_way).items():
        if sys.argv[1:2] == [f"--{way}"]:
            return print(json.dumps(function(sys.argv[4:], sys.argv[2], sys.argv[3])))
    for step, function in dict(put=lambda *x: put(argparse.Namespace(**json.loads(x[0]))), compare=compare, presign=presign,
                               remove=lambda: client().delete_object(Bucket=BUCKET, Key="zips/ours.zip") and None).items():
        if sys.argv[1:2] == [f"--{step}"]:
            return function(*sys.argv[2:])
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pps", required=True)
    ap.add_argument("--plain", required=True)
    ap.add_argument("--files", type=int, default=205)
    ap.add_argument("--size", type=int, default=4 << 20)
    ap.add_argument("--pairs", type=int, default=3)
    ap.add_argument("--memory")
    ap.add_argument("--connections", type=int, default=10)
    ap.add_argument("--sidecars", action="store_true")
    ap.add_argument("--to-s3", action="store_true")
    ap.add_argument("--only", default="ours,plain,python,boto3")
    ap.add_argument("--folder", help="where to work; a disk as fast as the destination's")
    a = ap.parse_args()
    a.pps, a.plain = os.path.abspath(a.pps), os.path.abspath(a.plain)
    if not (ENDPOINT and KEY and SECRET):
        raise SystemExit("PPS_TEST_S3, PPS_TEST_S3_KEY and PPS_TEST_S3_SECRET say which server: tests/servers/ceph.sh start FOLDER")
    expected = apart("--put", json.dumps(vars(a)))
    with tempfile.TemporaryDirectory(dir=a.folder) as work:
        runs = [{way: RUNS[way](a, work, expected) for way in a.only.split(",")} for _ in range(a.pairs)]
    print(json.dumps(summary(a, runs), indent=1))


if __name__ == "__main__":
    sys.exit(main())
