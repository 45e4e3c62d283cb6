#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Times the registration of exposures in Rucio: ours, the way of the script in use (Rucio's client, one call after the other), and the bare
requests that are the least for the same end, in turn in one run. Ends are equal: 2 files an exposure, 3 datasets a file, Obs closed, metadata set.

Needs the server of tests/servers/rucio.sh (its PPS_TEST_* in the environment), and runs with the Python that has the client.
usage: rucio.py --tool RUCIO-TOOL [--files 2000] [--client-files 200] [--pairs 1] [--json]
"""
import argparse
import http.client
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zlib

CLIENT = os.environ["PPS_TEST_RUCIO_CLIENT"]
sys.path.pop(0)  # this folder: its rucio.py is not the client
os.environ["RUCIO_CONFIG"] = f"{CLIENT}/userpass.cfg"
from rucio.client.didclient import DIDClient  # noqa: E402
from rucio.client.replicaclient import ReplicaClient  # noqa: E402
from rucio.common.exception import DataIdentifierAlreadyExists, DataIdentifierNotFound, FileAlreadyExists  # noqa: E402

RSE, SCOPE, DAY, BATCH = "SLAC_RAW_DISK", "raw", "20251231", 50
META = {"arcBackup": "SLAC_RAW_DISK_BKUP:need", "SafeCopies": ""}


def exposures(tag, n):
    out = []
    for i in range(n):
        obs_id = f"MC_O_{DAY}_{i + 1:06d}"
        files = []
        for suffix in (".zip", "_dimensions.yaml"):
            name = f"{tag}/{DAY}/{obs_id}{suffix}"
            a = f"{zlib.adler32(name.encode()):08x}"
            files.append(dict(name=name, bytes=1000 * len(name), adler32=a, md5=a * 4, **(dict(rubin_butler="zip_file") if suffix == ".zip" else {})))
        out.append(dict(obs_id=obs_id, obs_dataset=f"Dataset/{tag}/raw/Obs/{DAY}/{obs_id}", files=files,
                        datasets=[f"Dataset/{tag}/raw/Tract{4000 + (i + k) % 8}/{DAY}" for k in (0, 1)]))
    return out


def ours(tool, conf, what):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([tool, conf, "register"], input=json.dumps(dict(exposures=what)), capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = json.loads(done.stdout)
    assert out["code"] == "PPS_OK" and all(r["code"] == "PPS_OK" for r in out["results"]), out
    return out["seconds"], out["requests"], after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss


class Bare:
    """One connection, the fewest requests that end the same; knows no error."""

    def __init__(self):
        u = urllib.parse.urlsplit(os.environ["PPS_TEST_RUCIO"])
        self.connection, self.requests = http.client.HTTPConnection(u.hostname, u.port), 0
        self.headers = {"X-Rucio-Account": "root", "X-Rucio-Username": "root", "X-Rucio-Password": "secret"}
        token = self.call("GET", "/auth/userpass")["X-Rucio-Auth-Token"]
        self.headers = {"X-Rucio-Auth-Token": token, "Content-Type": "application/json"}
        self.known = set()

    def call(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        r = self.connection.getresponse()
        data = r.read()
        self.requests += 1
        assert r.status in (200, 201), (method, path, r.status, data[:500])
        return r.headers

    def batch(self, part):
        new, attach, groups = [], [], {}
        for e in part:
            new.append(dict(scope=SCOPE, name=e["obs_dataset"], type="DATASET", statuses={"monotonic": True}, meta=META))
            files = []
            for f in e["files"]:
                entry = dict(scope=SCOPE, **{k: f[k] for k in ("name", "bytes", "adler32", "md5")})
                if "rubin_butler" in f:
                    entry["meta"] = {"rubin_butler": f["rubin_butler"]}
                files.append(entry)
            attach.append(dict(scope=SCOPE, name=e["obs_dataset"], rse=RSE, dids=files))
            for d in e["datasets"]:
                if d not in self.known:
                    self.known.add(d)
                    new.append(dict(scope=SCOPE, name=d, type="DATASET", statuses={"monotonic": True}))
                groups.setdefault(d, []).extend(dict(scope=SCOPE, name=f["name"]) for f in e["files"])
        self.call("POST", "/dids", new)
        attach += [dict(scope=SCOPE, name=d, dids=files) for d, files in groups.items()]
        self.call("POST", "/dids/attachments", dict(ignore_duplicate=True, attachments=attach))
        for e in part:
            self.call("PUT", f"/dids/{SCOPE}/{urllib.parse.quote(e['obs_dataset'], safe='')}/status", {"open": False})


def bare(what):
    begin, cpu = time.perf_counter(), time.process_time()
    b = Bare()
    for i in range(0, len(what), BATCH):
        b.batch(what[i:i + BATCH])
    return time.perf_counter() - begin, b.requests, time.process_time() - cpu, 0


class Script:
    """As transfer_raw_zip.py does it: a replica, then each dataset, made when an attach says that it is missing."""

    def __init__(self):
        self.replicas, self.dids, self.requests = ReplicaClient(), DIDClient(), 0

    def call(self, function, **kw):
        self.requests += 1
        return function(**kw)

    def attach(self, name, dataset):
        while True:
            try:
                return self.call(self.dids.add_files_to_dataset, scope=SCOPE, name=dataset, files=[dict(scope=SCOPE, name=name)], rse=RSE)
            except FileAlreadyExists:
                return None
            except DataIdentifierNotFound:
                try:
                    self.call(self.dids.add_dataset, scope=SCOPE, name=dataset, statuses={"monotonic": True}, rse=RSE)
                except DataIdentifierAlreadyExists:
                    pass

    def exposure(self, e):
        for f in e["files"]:
            self.call(self.replicas.add_replica, rse=RSE, pfn=None, scope=SCOPE, name=f["name"], bytes_=f["bytes"], md5=f["md5"],
                      adler32=f["adler32"], meta={"rubin_butler": f["rubin_butler"]} if "rubin_butler" in f else None)
            for d in [*e["datasets"], e["obs_dataset"]]:
                self.attach(f["name"], d)
        self.call(self.dids.close, scope=SCOPE, name=e["obs_dataset"])
        for key, value in META.items():
            self.call(self.dids.set_metadata, scope=SCOPE, name=e["obs_dataset"], key=key, value=value)


def script(what):
    s = Script()
    begin, cpu = time.perf_counter(), time.process_time()
    for e in what:
        s.exposure(e)
    return time.perf_counter() - begin, s.requests, time.process_time() - cpu, 0


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--tool", required=True)
    ap.add_argument("--files", type=int, default=2000)
    ap.add_argument("--client-files", type=int, default=200, help="of the script's way, which takes minutes for 2,000")
    ap.add_argument("--pairs", type=int, default=1)
    ap.add_argument("--json", action="store_true")
    a = ap.parse_args()
    rows = {"ours": [], "bare": [], "script": []}
    with tempfile.TemporaryDirectory(prefix="pps-bench.") as folder:
        conf = f"{folder}/pps.yaml"
        with open(conf, "w") as f:
            f.write(f"rucio: {{config: {CLIENT}/userpass.cfg, rse: {RSE}}}\n")
        for i in range(a.pairs):
            for kind, n in (("ours", a.files), ("bare", a.files), ("script", a.client_files)):
                what = exposures(f"Bench{os.getpid()}x{i}{kind}", n // 2)
                seconds, requests, cpu, rss = ours(a.tool, conf, what) if kind == "ours" else bare(what) if kind == "bare" else script(what)
                rows[kind].append(dict(files=n, seconds=round(seconds, 2), files_per_s=round(n / seconds, 1), requests=requests, cpu_s=round(cpu, 2), rss_kb=rss))
                print(kind, rows[kind][-1], file=sys.stderr, flush=True)
    rate = {k: statistics.median(r["files_per_s"] for r in v) for k, v in rows.items()}
    result = dict(rows=rows, over_script=round(rate["ours"] / rate["script"], 1),
                  of_bare=round(statistics.median(o["seconds"] / b["seconds"] for o, b in zip(rows["ours"], rows["bare"])), 2))
    if a.json:
        print(json.dumps(result))
    else:
        print(f"files/s: ours {rate['ours']}, script {rate['script']}, bare {rate['bare']}; {result['over_script']}x the script; "
              f"{result['of_bare']} of the time of the bare requests")
    return 0


if __name__ == "__main__":
    sys.exit(main())
