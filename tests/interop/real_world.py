# SPDX-License-Identifier: BSD-3-Clause
"""A site as it is deployed, made on the real servers of ./check: the embargoed source repository with its `butler.yaml` and its raw
files in S3, registries and state in PostgreSQL, destination Butlers, Rucio with a login by SSH key, credentials as sites keep them.

`RealWorld` makes it from a description (`site()`), hands out the environment that pps, the Butler and Rucio's client need, and
removes it again. Times are relative to the real clock, because the servers' clocks count too.
"""

import concurrent.futures
import hashlib
import json
import os
import random
import shutil
import subprocess
import time
import urllib.request
import zlib
from datetime import UTC, datetime

import boto3
import psycopg
import world_build
import yaml
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from lsst.daf.butler import CollectionType, DatasetIdGenEnum, DatasetRef, FileDataset
from oracle import HOUR, MAX_TIME, SECOND, released, utc_ns
from postgres import drop_database, make_database
from worlds import SKYMAP, all_detectors

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE_BUCKET, USER_BUCKET, VIEW_BUCKET, OFFLINE_BUCKET = "rubin-summit", "rubin-users", "prompt-raw", "offline"
INSTRUMENT = "LSSTCam"
CAMERA = all_detectors(INSTRUMENT)
QUERIES = [
    dict(instrument=INSTRUMENT, where="not exposure.can_see_sky", embargo_hours=0, collections="LSSTCam/raw/all", dataset_types="raw"),
    dict(instrument=INSTRUMENT, where="exposure.can_see_sky or exposure.can_see_sky = NULL", embargo_hours=80.0,
         collections=["LSSTCam/raw/all", "LSSTCam/raw/guider"], dataset_types=["raw", "guider_raw"]),
]


# ---- the description


def day_of(begin):
    return int(datetime.fromtimestamp(begin / SECOND - 12 * 3600, UTC).strftime("%Y%m%d"))


def exposure(now, seq, ago, *, sky=True, detectors=CAMERA, end=True, pixels=64, missing=0):
    """One exposure that ended `ago` hours before `now`, a TAI time; `missing`: science sensors that have not arrived."""
    last = now - round(ago * HOUR)
    begin = last - 30 * SECOND
    day = day_of(begin)
    record = dict(
        instrument=INSTRUMENT, id=day * 100000 + seq, day_obs=day, group=f"group {seq}", physical_filter="r_57",
        obs_id=f"MC_O_{day}_{seq:06d}", exposure_time=30.0, dark_time=30.5, observation_type="science" if sky else "bias",
        observation_reason="science", seq_num=seq, seq_start=seq, seq_end=seq, target_name=f"Ω field {seq}", science_program="BLOCK-407",
        tracking_ra=150.0, tracking_dec=-30.0, sky_angle=0.1 + 0.2, azimuth=12.5, zenith_angle=30.0, has_simulated=False, can_see_sky=sky,
    )
    present = [d for d in detectors if not (missing and d[3] == "SCIENCE" and d in detectors[:missing])]
    return dict(record=record, timespan=(begin, last if end else MAX_TIME), present=present, expected=list(detectors), in_root=False,
                sidecars="all", extra=False, pixels=pixels, file_seed=seq)


def visit(e, ra, *, members=None, number=0, systems=(0, 2)):
    """A visit of `e` (and of other `members`) at right ascension `ra`: tract 5000 + i is at 150 + 3 i degrees."""
    record = e["record"]
    return dict(instrument=INSTRUMENT, exposure=record["id"], id=record["id"] + number, systems=list(systems),
                members=[m["record"]["id"] for m in members or [e]], region=dict(shape="polygon", ra=ra, dec=-30.0, size=1.0),
                timespan=e["timespan"], detectors=True)


def site(seq, *, detectors=CAMERA, small=None):
    """Six exposures that move, of several tracts, of one, and of none, on sky, unknown and bias; and four that may not."""
    now = utc_ns(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    few = small or [d for d in detectors if d[1] in ("R22", "R00")][:12]
    moved = [exposure(now, seq + i, 100 - i / 60, sky=s, detectors=detectors) for i, s in enumerate((True, True, True, True, False, None))]
    young = exposure(now, seq + 6, 2, detectors=few)
    endless = exposure(now, seq + 7, 99, detectors=few, end=False)
    endless_bias = exposure(now, seq + 8, 98, sky=False, detectors=few, end=False)
    incomplete = exposure(now, seq + 9, 97, detectors=few, missing=1)
    one, two, three, four = moved[:4]
    visits = [
        visit(one, 151.5), visit(two, 154.5), visit(two, 159.0, members=[one, two], number=50000, systems=[2]),
        visit(three, 150.0), visit(four, 200.0), visit(young, 150.0), visit(incomplete, 150.0),
    ]
    return dict(seed=0, now=datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%S"), window=None, tracts=4, queries=QUERIES,
                instruments=[dict(name=INSTRUMENT, full=True, detectors=list(detectors))], visits=visits,
                exposures=[*moved, young, endless, endless_bias, incomplete])


def repository(name, namespace):
    return dict(name=name, namespace=namespace, universe=8, datasets="2.0.0", datastore="file", dataset_types=False, records="instrument",
                preloaded=False, by_file=True)


# ---- the servers


def rucio_process(env):
    """Rucio's own client in an environment of its own (rucio_look.py): one question and one answer a line."""
    return subprocess.Popen([env["PPS_TEST_RUCIO_PYTHON"], f"{HERE}/rucio_look.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "RUCIO_CONFIG": f"{env['PPS_TEST_RUCIO_CLIENT']}/userpass.cfg"})


class Rucio:
    def __init__(self, env):
        self.process = rucio_process(env)

    def ask(self, what, **arguments):
        for _ in range(10):
            self.process.stdin.write(json.dumps(dict(arguments, ask=what)) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline() or '{"error": "it died"}')
            # after its database was away, each connection that the server kept costs one such answer
            if "DatabaseException" not in answer.get("error", ""):
                break
            time.sleep(1)
        if "error" in answer:
            raise RuntimeError(f"Rucio's client: {answer['error']}")
        return answer["answer"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class S3:
    """The buckets, seen by boto3 as their owner."""

    def __init__(self, env):
        self.client = boto3.client("s3", endpoint_url=env["PPS_TEST_S3"], aws_access_key_id=env["PPS_TEST_S3_KEY"],
                                   aws_secret_access_key=env["PPS_TEST_S3_SECRET"], region_name="default", config=Config(max_pool_connections=16))

    def list(self, bucket, prefix=""):
        """{key: (size, ETag, time)}"""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {o["Key"]: (o["Size"], o["ETag"], o["LastModified"].isoformat()) for p in pages for o in p.get("Contents", ())}

    def get(self, bucket, key):
        return self.client.get_object(Bucket=bucket, Key=key)["Body"].read()

    def put(self, bucket, key, data):
        self.client.put_object(Bucket=bucket, Key=key, Body=data)

    def upload(self, bucket, files):
        """Put {key: path} with several connections at once."""
        def one(item):
            with open(item[1], "rb") as f:
                self.put(bucket, item[0], f.read())
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(one, files.items()))

    def uploads(self, bucket):
        """Multipart uploads that nobody finished."""
        return [u["Key"] for u in self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", ())]

    def unsubscribe(self, bucket):
        """Ends all notifications: an empty configuration is refused, but Ceph has a DELETE of its own for it."""
        request = AWSRequest("DELETE", f"{self.client.meta.endpoint_url}/{bucket}?notification=", headers={"x-amz-content-sha256": hashlib.sha256(b"").hexdigest()})
        SigV4Auth(self.client._request_signer._credentials, "s3", "default").add_auth(request)
        urllib.request.urlopen(urllib.request.Request(request.url, method="DELETE", headers=dict(request.headers))).read()

    def empty(self, bucket):
        for u in self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", ()):
            self.client.abort_multipart_upload(Bucket=bucket, Key=u["Key"], UploadId=u["UploadId"])
        keys = list(self.list(bucket))
        for i in range(0, len(keys), 1000):
            self.client.delete_objects(Bucket=bucket, Delete=dict(Objects=[dict(Key=k) for k in keys[i:i + 1000]], Quiet=True))


# ---- the world


class RealWorld:
    """What a description says, made below `root` and on the servers that `env` names. `change` may alter pps.yaml."""

    def __init__(self, spec, root, env, database, scope=None, change=None):
        self.spec, self.root, self.servers, self.database = spec, root, env, database
        self.scope = scope or f"raw-{os.urandom(3).hex()}"  # Rucio never forgets, and a check finds what other worlds left there
        self.s3, self.rucio = S3(env), Rucio(env)
        self.base = env["PG_URL"].rsplit("/", 1)[0]
        self.pg = f"{self.base}/{database}"
        self.source_uri = f"s3://embargo@{USER_BUCKET}/butler.yaml"
        self.dest_root = f"file://{root}/instrument"
        self.spec["source"] = repository("source", "embargo")
        self.spec["destinations"] = [repository("main", "main"), repository("public", "prompt_int")]
        self.uri_roots = {"main": f"{self.dest_root}/", "public": f"s3://raws@{VIEW_BUCKET}/"}
        os.makedirs(f"{root}/instrument")
        self.env = self.environment()
        for name in [n for n in os.environ if n.startswith(("AWS_", "S3_", "LSST_RESOURCES_S3"))]:
            del os.environ[name]
        os.environ.update(self.env)
        self.build()
        self.expected = released(spec)
        self.moved = [e for e in spec["exposures"] if e["record"]["obs_id"] in self.expected]
        self.configuration(change)

    # -- making it

    def environment(self):
        """The variables that a site sets; nothing else says where things are, or who we are."""
        env = self.servers
        with open(f"{self.root}/credentials", "w") as f:
            f.write(f"[default]\naws_access_key_id = nobody\naws_secret_access_key = nothing\n\n[embargo]\naws_access_key_id = {env['PPS_TEST_S3_KEY']}\n"
                    f"aws_secret_access_key = {env['PPS_TEST_S3_SECRET']}\n")
        os.chmod(f"{self.root}/credentials", 0o400)
        with open(f"{self.root}/repositories.yaml", "w") as f:
            yaml.safe_dump({"embargo": self.source_uri, "/repo/main": f"{self.root}/main/butler.yaml", "prompt.google+int": f"{self.root}/public"}, f)
        host = env["PPS_TEST_S3"].removeprefix("http://")
        key, secret = env["PPS_TEST_S3_KEY"], env["PPS_TEST_S3_SECRET"].replace("/", "%2F")
        return {
            "DAF_BUTLER_REPOSITORY_INDEX": f"{self.root}/repositories.yaml",
            "LSST_RESOURCES_S3_PROFILE_embargo": env["PPS_TEST_S3"],
            "LSST_RESOURCES_S3_PROFILE_raws": f"http://{key}:{secret}@{host}",
            "AWS_SHARED_CREDENTIALS_FILE": f"{self.root}/credentials",
            "RUCIO_CONFIG": f"{env['PPS_TEST_RUCIO_CLIENT']}/ssh.cfg",
        }

    def build(self):
        make_database(self.pg)
        self.sql("CREATE SCHEMA state", self.pg)
        for bucket in (SOURCE_BUCKET, USER_BUCKET, VIEW_BUCKET, OFFLINE_BUCKET):
            self.s3.empty(bucket)
        if self.scope != "raw":
            self.rucio.ask("add scope", scope=self.scope)
        world_build.install_stand_ins()
        self.source = world_build.make_repository(self.source_uri.removesuffix("butler.yaml"), self.spec["source"], self.pg)
        world_build.base_records(self.source, self.spec)
        world_build.sky_map(self.source, self.spec["tracts"])
        world_build.register_dataset_types(self.source)
        world_build.observation_records(self.source, self.spec)
        for run in ("raw/all", "raw/guider"):
            self.source.collections.register(f"{INSTRUMENT}/{run}", CollectionType.RUN)
        for e in self.spec["exposures"]:
            self.add_files(e)
        for repo in self.spec["destinations"]:
            world_build.make_destination(f"{self.root}/{repo['name']}", repo, self.spec, self.source, self.pg)
            world_build.make_destination(f"{self.root}/{repo['name']}_twin", world_build.twin_of(repo), self.spec, self.source, self.pg)

    def prefix(self, e):
        return f"{INSTRUMENT}/{e['record']['day_obs']}/{e['record']['obs_id']}"

    def add_files(self, e):
        """The files of one exposure, kept here too, put into the bucket and ingested as they lie there."""
        e["folder"] = f"{self.root}/staging/{e['record']['obs_id']}"
        e["paths"] = world_build.write_exposure(e["folder"], e)
        world_build.write_others(e["folder"], e)
        self.s3.upload(SOURCE_BUCKET, {f"{self.prefix(e)}/{name}": f"{e['folder']}/{name}" for name in sorted(os.listdir(e["folder"]))})
        datasets = [self.dataset(e, d) for d in e["present"]]
        self.source.ingest(*datasets, transfer="direct")
        e["datasets"] = [dict(id=str(d.refs[0].id), type=d.refs[0].datasetType.name, run=d.refs[0].run, detector=d.refs[0].dataId["detector"],
                              file=str(d.path)) for d in datasets]

    def dataset(self, e, d):
        kind, run = ("guider_raw", "raw/guider") if d[3] == "GUIDER" else ("raw", "raw/all")
        data_id = self.source.registry.expandDataId(instrument=INSTRUMENT, exposure=e["record"]["id"], detector=d[0])
        ref = DatasetRef(self.source.get_dataset_type(kind), data_id, run=f"{INSTRUMENT}/{run}", id_generation_mode=DatasetIdGenEnum.DATAID_TYPE_RUN)
        path = f"s3://embargo@{SOURCE_BUCKET}/{self.prefix(e)}/{os.path.basename(e['paths'][d[0]])}"
        return FileDataset(path=path, formatter=world_build.FORMATTER, refs=[ref])

    def configuration(self, change=None, name="pps.yaml", schema="state"):
        """Writes a pps.yaml."""
        document = dict(
            state=f"{self.pg}?options=-csearch_path%3D{schema}",
            repositories={"embargo": {"butler": "embargo"}, "main": {"butler": "/repo/main"}, "public": {"butler": "prompt.google+int"}},
            raw=dict(source="embargo", destinations=["main", dict(repository="public", uri_root=self.uri_roots["public"])],
                     dest_root=self.dest_root, queries="config_raw.yaml", skymap=SKYMAP),
            rucio=dict(rse="SLAC_RAW_DISK", scope=self.scope),
        )
        if change:
            change(document)
        with open(f"{self.root}/config_raw.yaml", "w") as f:
            yaml.safe_dump(self.spec["queries"], f, allow_unicode=True)
        with open(f"{self.root}/{name}", "w") as f:
            yaml.safe_dump(document, f, sort_keys=False)

    # -- looking at it

    def sql(self, text, url=None):
        with psycopg.connect(url or f"{self.base}/postgres", autocommit=True) as c:
            cursor = c.execute(text)
            return cursor.fetchall() if cursor.description else []

    def obs_id(self, e):
        return e["record"]["obs_id"]

    def zip_of(self, e):
        return f"{self.root}/instrument/{self.prefix(e)}.zip"

    def refs(self, e):
        """The exposure's datasets as a query of the source finds them."""
        kinds = sorted({(d["type"], d["run"]) for d in e["datasets"]})
        key = dict(instrument=INSTRUMENT, exposure=e["record"]["id"])
        return [r for t, run in kinds for r in self.source.query_datasets(t, run, data_id=key, limit=None)]

    def tracts(self, e):
        """The tracts that any visit of the exposure overlaps, as the Butler joins them."""
        found = set()
        for v in self.spec["visits"]:
            if e["record"]["id"] in v["members"]:
                ids = self.source.query_data_ids(["visit", "tract"], data_id=dict(instrument=INSTRUMENT, visit=v["id"], skymap=SKYMAP), limit=None, explain=False)
                found |= {d["tract"] for d in ids}
        return sorted(found)

    def destinations(self):
        return [(f"{self.root}/{repo['name']}", repo) for repo in self.spec["destinations"]]

    def catalogue(self, read=None):
        """What Rucio must hold of what moved, from the files that are there; `read` gives a file's bytes by its name."""
        files, datasets = {}, {}
        for e in self.moved:
            day, obs_id = e["record"]["day_obs"], self.obs_id(e)
            groups = [f"Tract{t}" for t in self.tracts(e)] or ["NoTract"]
            for name, meta in ((f"{self.prefix(e)}.zip", {"rubin_butler": "zip_file"}), (f"{self.prefix(e)}_dimensions.yaml", {})):
                data = read(name) if read else open(f"{self.root}/instrument/{name}", "rb").read()
                files[name] = dict(bytes=len(data), md5=hashlib.md5(data).hexdigest(), adler32=adler32(data), meta=meta)
                for group in groups:
                    d = datasets.setdefault(f"Dataset/{INSTRUMENT}/raw/{group}/{day}", dict(open=True, monotonic=True, meta={}, files=[]))
                    d["files"].append(name)
                d = datasets.setdefault(f"Dataset/{INSTRUMENT}/raw/Obs/{day}/{obs_id}", dict(open=False, monotonic=True, files=[], meta={
                    "arcBackup": "SLAC_RAW_DISK_BKUP:need", "SafeCopies": ""}))
                d["files"].append(name)
        for d in datasets.values():
            d["files"].sort()
        return dict(files=files, datasets=datasets)

    def dumped(self):
        """What Rucio does hold of this world's days and exposures, in the same form, with the places of each file."""
        return self.rucio.ask("dump", scope=self.scope, seqs=[self.obs_id(e) for e in self.spec["exposures"]])

    def remove(self):
        self.source.close()
        self.rucio.close()
        for bucket in (SOURCE_BUCKET, USER_BUCKET, VIEW_BUCKET, OFFLINE_BUCKET):
            self.s3.empty(bucket)
        drop_database(self.pg)
        shutil.rmtree(self.root, ignore_errors=True)


def adler32(data):
    return f"{zlib.adler32(data):08x}"


def server_environment():
    """What ./check hands out of the servers, or nothing works."""
    names = ("PG_URL", "PPS_TEST_S3", "PPS_TEST_S3_KEY", "PPS_TEST_S3_SECRET", "PPS_TEST_RUCIO", "PPS_TEST_RUCIO_PYTHON", "PPS_TEST_RUCIO_CLIENT")
    missing = [n for n in names if not os.environ.get(n)]
    if missing:
        raise SystemExit(f"not in the environment: {', '.join(missing)}; start tests/servers/start-postgres.sh, ceph.sh and rucio.sh, and export what they print")
    return {n: v for n, v in os.environ.items() if n.startswith(("PG_", "PPS_TEST_"))}


def random_seq(seed=None):
    """Where an exposure's sequence numbers begin: Rucio never forgets a name, so that another run needs others."""
    return random.Random(seed).randrange(1, 99000)
