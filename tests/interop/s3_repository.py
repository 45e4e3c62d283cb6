#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Repositories whose butler.yaml is an object: what `pps butler` says of them must be what the Python Butler says.

Makes repositories in a bucket of $PPS_TEST_S3*, with registries in $PG_URL, and asks both sides by prefix, by file, by siblings of the
file, by files that include others, and by aliases whose list is an object too. Usage: s3_repository.py --pps build/tools/pps
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.parse

import boto3
import botocore.config
import psycopg
import yaml
from lsst.daf.butler import Butler, Config, DatasetRef, DatasetType, FileDataset

PROFILE = "embargo"
TYPE = "raw"


class World:
    def __init__(self, pps):
        self.pps, self.passed, self.failed = pps, 0, 0
        env = os.environ
        self.endpoint, self.key, self.secret = (env[f"PPS_TEST_S3{x}"] for x in ("", "_KEY", "_SECRET"))
        self.client = boto3.client("s3", endpoint_url=self.endpoint, region_name="default", aws_access_key_id=self.key,
                                   aws_secret_access_key=self.secret, config=botocore.config.Config(signature_version="s3v4"))
        self.bucket = f"repository-{os.getpid()}"
        for name in [n for n in env if n.startswith(("AWS_", "S3_", "LSST_RESOURCES_S3", "DAF_BUTLER_"))]:
            del env[name]
        scheme, host = self.endpoint.split("://")
        quoted = urllib.parse.quote(self.secret, safe="")
        env[f"LSST_RESOURCES_S3_PROFILE_{PROFILE}"] = f"{scheme}://{self.key}:{quoted}@{host}"
        self.root = f"s3://{PROFILE}@{self.bucket}"

    def check(self, name, ok, why=""):
        self.passed, self.failed = self.passed + bool(ok), self.failed + (not ok)
        if not ok:
            print(f"{name}: {why}")

    def same(self, name, theirs, ours):
        self.check(name, theirs == ours, f"\n  Python: {theirs}\n  pps:    {ours}")

    def put(self, key, text):
        self.client.put_object(Bucket=self.bucket, Key=key, Body=text.encode())

    def get(self, key):
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()

    def run(self, *arguments, **env):
        return subprocess.run([self.pps, "--json", *arguments], env={**os.environ, **env}, capture_output=True, text=True, timeout=120)

    def remove(self):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        for o in [o for p in pages for o in p.get("Contents", [])]:
            self.client.delete_object(Bucket=self.bucket, Key=o["Key"])
        self.client.delete_bucket(Bucket=self.bucket)


def make(world, prefix, schema, datastore=None):
    """A repository with an instrument, an exposure, and datasets: ingested as they lie elsewhere, and in its own datastore."""
    config = Config({"registry": {"db": os.environ["PG_URL"], "namespace": schema}})
    if datastore:
        config["datastore"] = datastore
    uri = f"{world.root}/{prefix}" if prefix else world.root + "/"
    Butler.makeRepo(uri, config=config)
    with Butler.from_config(uri, writeable=True) as butler:
        registry = butler.registry
        registry.insertDimensionData("instrument", dict(name="LSSTCam", class_name="x", visit_max=1, exposure_max=1, detector_max=9))
        registry.insertDimensionData("physical_filter", dict(instrument="LSSTCam", name="r_57", band="r"))
        registry.insertDimensionData("day_obs", dict(instrument="LSSTCam", id=20251231))
        registry.insertDimensionData("group", dict(instrument="LSSTCam", name="g"))
        registry.insertDimensionData("exposure", dict(instrument="LSSTCam", id=2025123100010, obs_id="MC_O_20251231_000010", physical_filter="r_57",
                                                      day_obs=20251231, group="g", seq_num=10, seq_start=10, seq_end=10))
        registry.registerRun("LSSTCam/raw/all")
        kind = DatasetType(TYPE, ("instrument", "exposure", "detector"), "StructuredDataDict", universe=butler.dimensions)
        registry.registerDatasetType(kind)
        for n, (where, transfer) in enumerate((("elsewhere/a b+c=1~.json", "direct"), ("/tmp/x", "copy"), ("elsewhere//deep/~d.json", "direct"),
                                              ("elsewhere/quoted%20%2B%25.json", "direct"))):
            registry.insertDimensionData("detector", dict(instrument="LSSTCam", id=n, full_name=f"R22_S{n}", name_in_raft="", raft="R22", purpose="SCIENCE"))
            ref = DatasetRef(kind, registry.expandDataId(instrument="LSSTCam", exposure=2025123100010, detector=n), run="LSSTCam/raw/all")
            if transfer == "copy":
                butler.put({"n": n}, ref)
                continue
            world.put(urllib.parse.unquote(where), json.dumps({"n": n}))
            butler.ingest(FileDataset(path=f"{world.root}/{where}", refs=[ref]), transfer="direct")
    return uri


def theirs(location):
    """What the Python Butler says."""
    with Butler.from_config(location, collections=["LSSTCam/raw/all"]) as butler:
        stores = getattr(butler._datastore, "datastores", [butler._datastore])
        refs = butler.query_datasets(TYPE, limit=None)
        return dict(stores=[(s.name, s.root.geturl()) for s in stores], datasets=sorted((str(r.id), butler.getURI(r).geturl()) for r in refs))


def ours(world, location, name):
    info, query = world.run("butler", "info", location), world.run("butler", "query", location, "--types", TYPE, "--collections", "LSSTCam/raw/all")
    if info.returncode or query.returncode:
        world.check(name, False, info.stderr + query.stderr)
        return None
    answer = json.loads(info.stdout)
    rows = json.loads(query.stdout)
    rows = rows if isinstance(rows, list) else rows["datasets"]
    return dict(stores=[(d["name"], d["root"]) for d in answer["datastores"]], datasets=sorted((r["id"], r["uri"]) for r in rows))


def compare(world, name, location):
    expected, found = theirs(location), ours(world, location, name)
    # between <butlerRoot> and what follows it the Butler shows two slashes, of which one is in no URI of a dataset
    expected["stores"] = [(n, root[:5] + root[5:].replace("//", "/")) for n, root in expected["stores"]]
    if found:  # the Butler quotes more than is needed; what is read is the same key
        for side in expected, found:
            side["datasets"] = [(i, urllib.parse.unquote(uri)) for i, uri in side["datasets"]]
        for _, uri in found["datasets"]:
            world.client.head_object(Bucket=world.bucket, Key=uri.removeprefix(world.root + "/"))
    world.same(name, expected, found)


def compare_files(world, uri, prefix):
    """One repository by all the names that its configuration may have."""
    text = world.get(f"{prefix}butler.yaml")
    compare(world, f"{uri}: prefix", uri)
    compare(world, f"{uri}: file", f"{world.root}/{prefix}butler.yaml")
    world.put(f"{prefix}butler+sasquatch_dev.yaml", text)
    compare(world, f"{uri}: sibling", f"{world.root}/{prefix}butler+sasquatch_dev.yaml")
    world.put(f"{prefix}parts/registry.yaml", text)
    world.put(f"{prefix}including.yaml", "includeConfigs: parts/registry.yaml\n")
    compare(world, f"{uri}: includes another", f"{world.root}/{prefix}including.yaml")
    world.put(f"{prefix}absolute.yaml", f"includeConfigs: ['{world.root}/{prefix}butler.yaml']\n")
    compare(world, f"{uri}: includes a URI", f"{world.root}/{prefix}absolute.yaml")
    world.put(f"{prefix}tagged.yaml", "registry: !include parts/only.yaml\n" + text.replace("registry:", "unused:", 1))
    world.put(f"{prefix}parts/only.yaml", yaml.safe_dump(yaml.safe_load(text)["registry"]))
    compare(world, f"{uri}: !include", f"{world.root}/{prefix}tagged.yaml")


def aliases(world, uri):
    world.put("index/data-repos.yaml", f"embargo: {world.root}/repo one/butler.yaml\nembargo.sasquatch_dev+x: '{uri}'\nlost: {world.root}/nowhere/\n")
    os.environ["DAF_BUTLER_REPOSITORY_INDEX"] = f"{world.root}/index/data-repos.yaml"
    compare(world, "alias of a file", "embargo")
    compare(world, "alias of a prefix", "embargo.sasquatch_dev+x")
    for location, code, word in (("lost", 1, "nowhere/butler.yaml"), ("unknown", 1, "embargo.sasquatch_dev+x")):
        out = world.run("butler", "info", location)
        world.check(f"no {location}", out.returncode == code and word in out.stderr, f"{out.returncode} {out.stderr}")
    os.environ["DAF_BUTLER_REPOSITORY_INDEX"] = f"{world.root}/index/absent.yaml"
    out = world.run("butler", "info", "embargo")
    world.check("no list of aliases", out.returncode == 1 and "aliases were not read" in out.stderr, f"{out.returncode} {out.stderr}")
    del os.environ["DAF_BUTLER_REPOSITORY_INDEX"]


def profiles(world, uri):
    """`profiles:` of pps.yaml wins over the environment; its secrets are not shown."""
    with tempfile.TemporaryDirectory(prefix="pps-repository.") as folder:
        with open(f"{folder}/keys.ini", "w") as f:
            f.write(f"[{PROFILE}]\naws_access_key_id = {world.key}\naws_secret_access_key = {world.secret}\n")
        with open(f"{folder}/pps.yaml", "w") as f:
            f.write(f"profiles: {{{PROFILE}: {{endpoint: '{world.endpoint}', region: default, credentials: keys.ini}}}}\n"
                    f"repositories: {{source: {{butler: '{uri}'}}}}\n")
        wrong = {f"LSST_RESOURCES_S3_PROFILE_{PROFILE}": "http://a:b@127.0.0.1:1"}
        out = world.run("-c", f"{folder}/pps.yaml", "butler", "info", "source", **wrong)
        world.check("profile of pps.yaml", out.returncode == 0, out.stderr)
        out = world.run("-c", f"{folder}/pps.yaml", "config", "show")
        world.check("config show", out.returncode == 0 and world.secret not in out.stdout, out.stdout + out.stderr)


def refusals(world, uri):
    name = f"LSST_RESOURCES_S3_PROFILE_{PROFILE}"
    host = world.endpoint.split("://")[1]
    # what is asked, exit code, a word of the message
    cases = [
        ("a wrong secret", {name: f"http://{world.key}:hunter2@{host}"}, 1, "HTTP 403"),
        ("a malformed profile", {name: f"http://{world.key}:hunter2:x@{host}"}, 3, "%2F"),
        ("no credentials", {name: f"http://{host}", "HOME": "/nowhere"}, 1, "no credentials"),
    ]
    for what, env, code, word in cases:
        out = world.run("butler", "info", uri, **env)
        ok = out.returncode == code and word in out.stderr and "hunter2" not in out.stderr and len(out.stderr.strip().splitlines()) <= 2
        world.check(what, ok, f"{out.returncode} {out.stderr}")
    world.put("sqlite/butler.yaml", "datastore: {root: <butlerRoot>}\n")
    out = world.run("butler", "info", f"{world.root}/sqlite/")
    world.check("SQLite in an object store", out.returncode == 1 and "object store" in out.stderr, f"{out.returncode} {out.stderr}")
    start = time.monotonic()
    out = world.run("butler", "info", f"{world.root}/nothing/butler.yaml")
    world.check("no such repository", out.returncode == 1 and "no such object" in out.stderr and time.monotonic() - start < 60, out.stderr)


def main():
    ap = argparse.ArgumentParser(description="Compares repositories in S3 with the Python Butler.")
    ap.add_argument("--pps", required=True)
    world = World(os.path.abspath(ap.parse_args().pps))
    world.client.create_bucket(Bucket=world.bucket)
    schema = f"s3repo_{os.getpid()}"
    try:
        one = make(world, "repo one/", f"{schema}_1")
        compare_files(world, one, "repo one/")
        compare(world, "prefix without a slash", f"{world.root}/repo one")
        chain = {"cls": "lsst.daf.butler.datastores.chainedDatastore.ChainedDatastore",
                 "datastore_constraints": [{"constraints": {"reject": ["all"]}}, {"constraints": {"accept": ["all"]}}],
                 "datastores": [{"datastore": {"cls": "lsst.daf.butler.datastores.fileDatastore.FileDatastore", "name": "first",
                                               "root": f"{world.root}/immutable"}},
                                {"datastore": {"cls": "lsst.daf.butler.datastores.fileDatastore.FileDatastore", "root": "<butlerRoot>/mutable",
                                               "records": {"table": "user_datastore_records"}}}]}
        two = make(world, "a/bc/", f"{schema}_2", chain)
        compare_files(world, two, "a/bc/")
        bucket = make(world, "", f"{schema}_3")
        compare(world, "the bucket itself", bucket)
        aliases(world, two)
        profiles(world, one)
        refusals(world, one)
    finally:
        world.remove()
        with psycopg.connect(os.environ["PG_URL"], autocommit=True) as c:
            for n in (1, 2, 3):
                c.execute(f"DROP SCHEMA IF EXISTS {schema}_{n} CASCADE")
    print(f"{world.passed} passed, {world.failed} failed")
    return 1 if world.failed else 0


if __name__ == "__main__":
    sys.exit(main())
