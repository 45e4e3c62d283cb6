#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Faults of the flow of raw exposures on real servers: source in Ceph, Butlers and state in PostgreSQL, Rucio; destination a folder or S3.

SIGKILL at every commit of a database, at every Kth operation that leaves for a disk or a server, and at random moments; the gateway of
Ceph restarted; Rucio's database down and up; Kafka, which tells of the files, restarted; servers that lie (proxy.py): errors, resets,
silence, short answers, wrong checksums, tokens that have expired, answers that are lost; a member that changes while it is packed. Each
time the end, after one more run at most, is that of an undisturbed run: nothing lost, nothing double, no temporary file, no unfinished
upload, and nothing out that is under embargo.

usage: real_faults.py [--pps PATH] [--preload PATH] [--random N] [--every K] [--seed S] [--only PART,...]
The servers are those that ./check hands out: $PG_URL, $PPS_TEST_S3*, $PPS_TEST_CEPH, $PPS_TEST_RUCIO*.
"""

import argparse
import hashlib
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, f"{TOP}/tests/interop")

import kafka_world  # noqa: E402
import real_world  # noqa: E402
from proxy import Proxy, Rule, altered, error, header, hook, lost, reset, reset_after, short, stall  # noqa: E402
from postgres import copy_database, drop_database  # noqa: E402
from real_world import OFFLINE_BUCKET, SOURCE_BUCKET, RealWorld  # noqa: E402
from tables import differences, dump  # noqa: E402

# State columns that say when, or for how long, and not what.
WHEN = {"at", "as_of", "read_at", "finished", "first_at", "last_at", "next_try", "hash", "prev", "selected_until", "epoch", "applied_at", "since"}
DATABASE = "real_faults"
passed = failed = 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"{name}: {problem}"[:3000], flush=True)
    else:
        passed += 1


def few():
    """Two exposures that move, one of two tracts and a bias, of five sensors each; one under embargo, one without an end."""
    names = {("R22", "S00"), ("R22", "S11"), ("R22", "S22"), ("R00", "SW0"), ("R00", "SG1")}
    spec = real_world.site(real_world.random_seq(), detectors=[d for d in real_world.CAMERA if d[1:3] in names])
    spec["exposures"] = [spec["exposures"][i] for i in (0, 4, 6, 7)]
    kept = {e["record"]["id"] for e in spec["exposures"]}
    spec["visits"] = [v for v in spec["visits"] if set(v["members"]) <= kept]
    return spec


class World(RealWorld):
    """A world that can be put back to its beginning; in Rucio, which forgets nothing, by a scope of its own for each try."""

    def __init__(self, pps, preload, root, env):
        self.pps, self.preload, self.where, self.events, self.tries = pps, preload, "posix", None, 0
        self.tag = os.urandom(3).hex()
        super().__init__(few(), root, env, DATABASE, f"t-{self.tag}")
        self.wanted_tracts = {self.obs_id(e): self.tracts(e) for e in self.moved}
        self.source.close()
        self.must("init")
        self.kept = f"{self.pg}_fresh"
        copy_database(self.pg, self.kept)
        self.sources = self.s3.list(SOURCE_BUCKET)

    def tracts(self, e):
        known = self.__dict__.get("wanted_tracts")
        return known[self.obs_id(e)] if known else super().tracts(e)

    def reset(self):
        self.tries += 1
        self.scope = f"t-{self.tag}-{self.tries}"
        self.rucio.ask("add scope", scope=self.scope)
        shutil.rmtree(f"{self.root}/instrument")
        os.makedirs(f"{self.root}/instrument")
        self.s3.empty(OFFLINE_BUCKET)
        copy_database(self.kept, self.pg)
        self.configuration(self.change)

    def change(self, document):
        if self.where == "s3":
            document["raw"]["dest_root"] = f"s3://embargo@{OFFLINE_BUCKET}/instrument"
        if self.events:
            document["raw"]["events"] = self.events

    def start(self, *args, env=None):
        return subprocess.Popen([self.pps, "-c", f"{self.root}/pps.yaml", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                cwd="/", env={"PATH": os.environ["PATH"], "HOME": self.root, **self.env, **(env or {})})

    def run(self, *args, **how):
        p = self.start(*args, **how)
        p.out, p.err = p.communicate(timeout=600)
        return p

    def must(self, *args):
        p = self.run(*args)
        if p.returncode:
            sys.exit(f"pps {' '.join(args)}: exit {p.returncode}: {p.err}")
        return p

    def raw_run(self, **how):
        return self.run("--json", "raw", "run", **how)

    def placed(self):
        """{name: digest} of everything at the destination."""
        if self.where == "s3":
            return {k.removeprefix("instrument/"): hashlib.md5(self.s3.get(OFFLINE_BUCKET, k)).hexdigest() for k in self.s3.list(OFFLINE_BUCKET)}
        out = {}
        for d, _, names in os.walk(f"{self.root}/instrument"):
            for n in names:
                with open(f"{d}/{n}", "rb") as f:
                    out[os.path.relpath(f"{d}/{n}", f"{self.root}/instrument")] = hashlib.md5(f.read()).hexdigest()
        return out

    def state_rows(self):
        found = {}
        with real_world.psycopg.connect(self.pg) as c:
            tables = c.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'state'").fetchall()
            for (table,) in tables:
                if table.startswith(("ledger", "writer", "flow", "schema", "arrival")) or "failure" in table or "lock" in table:
                    continue
                cursor = c.execute(f'SELECT * FROM state."{table}"')
                keep = [i for i, d in enumerate(cursor.description) if d.name not in WHEN]
                found[f"state {table}"] = sorted(repr([r[i] for i in keep]) for r in cursor)
        return found

    def end(self):
        found = {"files": [str(x) for x in sorted(self.placed().items())]}
        for repo in self.spec["destinations"]:
            found.update({f"{repo['name']} {t}": [str(r) for r in rows] for t, rows in dump(f"{self.root}/{repo['name']}").items()})
        found.update(self.state_rows())
        known = self.dumped()
        found["Rucio"] = [json.dumps({n: dict(f, replicas={r: p[0] for r, p in f.get("replicas", {}).items()}) if kind == "files" else f})
                          for kind in ("files", "datasets") for n, f in known[kind].items()]
        found["source"] = [str(self.s3.list(SOURCE_BUCKET) == self.sources)]
        found["uploads"] = [*self.s3.uploads(OFFLINE_BUCKET), *self.s3.uploads(SOURCE_BUCKET)]
        return {k: [r.replace(self.scope, "SCOPE") for r in v] for k, v in found.items()}

    def remove(self):
        drop_database(self.kept)
        super().remove()


def wrong_end(world, want):
    return "\n  ".join(differences(world.end(), want, 1))[:2500]


def after(world, want):
    """One more run must mend all, and a check find nothing; what is wrong with the end, or ""."""
    again = world.raw_run()
    if again.returncode:
        return f"the next run ends with {again.returncode}: {again.err.strip()[-400:]} {again.out.strip()[-800:]}"
    problem = wrong_end(world, want)
    if problem:
        return problem
    looked = world.run("--json", "raw", "check")
    return f"raw check ends with {looked.returncode}: {looked.err.strip()[-300:]} {looked.out[-600:]}" if looked.returncode else ""


def undisturbed(world, where):
    """The end that is wanted."""
    world.where = where
    world.reset()
    p = world.raw_run()
    check(f"undisturbed run to {where}", "" if p.returncode == 0 else f"exit {p.returncode}: {p.err[-500:]} {p.out[-1000:]}")
    want = world.end()
    names = sorted(f"{world.prefix(e)}{tail}" for e in world.moved for tail in (".zip", "_dimensions.yaml"))
    check(f"what an undisturbed run to {where} makes", "" if sorted(world.placed()) == names else f"{sorted(world.placed())}")
    return want


# ---- kills


def counted(world, **env):
    world.reset()
    count = f"{world.root}/count"
    world.raw_run(env=dict(LD_PRELOAD=world.preload, PPS_KILL_COUNT=count, **env))
    with open(count) as f:
        return int(f.read())


def killed(world, want, at, **env):
    world.reset()
    p = world.raw_run(env=dict(LD_PRELOAD=world.preload, PPS_KILL_AT=at, **env))
    name = f"killed at {env.get('PPS_KILL_ON', 'operation')} {at}"
    check(name, "" if p.returncode == -signal.SIGKILL else f"it was not killed: exit {p.returncode} {p.err[-300:]}")
    check(f"{name}: the end", after(world, want))


def commits(world, want, options):
    """Before and after each commit: a step is done, or not, but recorded. To S3 it is the same but for some: a few tell."""
    n = counted(world, PPS_KILL_ON="COMMIT")
    print(f"{n} commits", flush=True)
    for i in range(1, n + 1, 1 if world.where == "posix" or options.random >= 300 else 5):
        killed(world, want, f"{i}{'+' if i % 2 else ''}", PPS_KILL_ON="COMMIT")


def operations(world, want, options):
    n = counted(world)
    print(f"{n} operations on disk or to a server", flush=True)
    for i in range(1, n + 1, options.every):
        killed(world, want, str(i))


def moments(world, want, options):
    rng = random.Random(options.seed)
    world.reset()
    start = time.monotonic()
    world.raw_run()
    whole = time.monotonic() - start
    for i in range(options.random):
        world.reset()
        p = world.start("raw", "run")
        time.sleep(rng.uniform(0, whole))
        p.kill()
        p.communicate()
        check(f"killed at random moment {i} (seed {options.seed})", after(world, want))


# ---- servers that go away


def script(name, *words):
    p = subprocess.run([f"{TOP}/tests/servers/{name}", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if p.returncode:
        raise RuntimeError(f"{name} {words[0]}: exit {p.returncode}: {p.stderr[-2000:]}")


def away(world, want, name, stop, start, codes, seed):
    """The server goes in the middle and comes back; it is down for a whole run; the next run completes."""
    rng = random.Random(seed)
    for i in range(2):
        world.reset()
        p = world.start("raw", "run")
        time.sleep(rng.uniform(0.05, 0.6))
        stop()
        time.sleep(0.3)
        start()
        _, err = p.communicate(timeout=600)
        check(f"{name} restarted {i}", "" if p.returncode in (0, *codes) else f"exit {p.returncode}: {err[-400:]}")
        check(f"{name} restarted {i}: the end", after(world, want))
    world.reset()
    stop()
    try:
        begin = time.monotonic()
        p = world.raw_run()
        print(f"with {name} down a run takes {time.monotonic() - begin:.0f} s", flush=True)
        check(f"{name} down", "" if p.returncode in codes and (p.err.strip() or p.out.strip()) else f"exit {p.returncode}: {p.err[-400:]}")
    finally:
        start()
    check(f"{name} down: the end", after(world, want))


def ceph(world, want, options):
    folder = world.servers["PPS_TEST_CEPH"]
    away(world, want, "RGW", lambda: script("ceph.sh", "stop-rgw", folder), lambda: script("ceph.sh", "start-rgw", folder), (1, 4), options.seed)


def rucio(world, want, options):
    folder = world.servers["PPS_TEST_RUCIO_DIR"]
    away(world, want, "Rucio's database", lambda: script("rucio.sh", "stop-database", folder),
         lambda: script("rucio.sh", "start-database", folder), (1, 4), options.seed)


def kafka(world, want, options):
    """Followed, while the broker that tells of the files goes and comes back: all that it told is known, and all that may leave has left."""
    rng = random.Random(options.seed)
    messages = [kafka_world.message(key, time.time(), bucket=SOURCE_BUCKET) for key in sorted(world.sources)]
    with kafka_world.Kafka(f"{TOP}/build/tests/servers/kafka-tool", own=True) as broker:
        for i in range(2):
            topic = broker.topic()
            properties = dict(pair.replace("'", "").split(": ") for pair in kafka_world.SESSION.split(", "))
            world.events = dict(root=f"s3://embargo@{SOURCE_BUCKET}", list_every="1h",
                                kafka=dict(brokers=broker.brokers, topic=topic, properties=properties))
            world.reset()
            broker.produce(topic, messages[::2])
            p = world.start("raw", "run", "--follow")
            time.sleep(rng.uniform(0.1, 3))
            broker.script("stop")
            time.sleep(rng.uniform(0.1, 3))
            broker.script("start")
            broker.produce(topic, messages[1::2])
            check(f"Kafka restarted {i}: followed", "" if followed(world, broker, topic) else "180 s were not enough")
            p.send_signal(signal.SIGTERM)
            _, err = p.communicate(timeout=600)
            check(f"Kafka restarted {i}", "" if p.returncode in (0, 130) else f"exit {p.returncode}: {err[-400:]}")
            check(f"Kafka restarted {i}: the end", after(world, want))
    world.events = None


def followed(world, broker, topic):
    """Whether in some time all events are committed, and all exposures have arrived and moved."""
    deadline = time.monotonic() + 180
    moved = {world.obs_id(e) for e in world.moved}
    while time.monotonic() < deadline:
        arrived = {o for (o,) in world.sql("SELECT obs_id FROM state.arrival WHERE complete_at IS NOT NULL", world.pg)}
        done = {o for (o,) in world.sql("SELECT obs_id FROM state.exposure WHERE finished IS NOT NULL", world.pg)}
        if moved <= arrived and moved <= done and not broker.lag(topic):
            return True
        time.sleep(0.5)
    return False


# ---- servers that lie


def lied(world, want, name, proxy, env, codes, *rules):
    """One run with the rules in force; it ends well or says so; the next one completes."""
    world.reset()
    proxy.clear()
    proxy.add(*rules)
    begin = time.monotonic()
    p = world.raw_run(env=env)
    seconds = time.monotonic() - begin
    unused = proxy.unused()
    proxy.clear()
    problem = f"exit {p.returncode} in {seconds:.0f} s: {p.err[-400:]} {p.out[-700:]}" if p.returncode not in codes else ""
    check(name, problem or (f"the fault was not met: {unused}" if unused else ""))
    if seconds > 20:
        print(f"{name}: {seconds:.0f} s", flush=True)
    check(f"{name}: the end", after(world, want))


def s3_lies(world, want, options):
    member, listing = r"R22_S11\.fits$", r"list-type=2"
    done, tried = (0,), (0, 1, 4)
    with Proxy(world.servers["PPS_TEST_S3"]) as proxy:
        env = {"LSST_RESOURCES_S3_PROFILE_embargo": proxy.url}
        for name, codes, rules in (
            ("S3 answers 500 to a GET", done, [Rule("GET", member, error(500), times=2)]),
            ("S3 answers 503 to a GET and says how long to wait", done, [Rule("GET", member, error(503, Retry_After="1"))]),
            ("S3 answers 429 to a GET", done, [Rule("GET", member, error(429), times=2)]),
            ("S3 answers 503 to a listing", done, [Rule("GET", listing, error(503), times=2)]),
            ("S3 resets a connection", done, [Rule("GET", member, reset)]),
            ("S3 resets a connection in the middle of a body", done, [Rule("GET", member, reset_after)]),
            ("S3 ends a body too early", done, [Rule("GET", member, short)]),
            ("S3 has another ETag than it listed", tried, [Rule("GET", member, altered("ETag", '"00000000000000000000000000000000"'))]),
            ("S3 has lost butler.yaml for a moment", done, [Rule("GET", r"butler\.yaml$", error(503), times=2)]),
            ("S3 is silent", tried, [Rule("GET", member, stall)]),
            ("S3 answers 500 for ever", (1, 4), [Rule("GET", member, error(500), times=10000)]),
            ("S3 refuses", (1, 4), [Rule("GET", member, error(403, b"<Error><Code>AccessDenied</Code></Error>"), times=10000)]),
        ):
            lied(world, want, name, proxy, env, codes, *rules)


def s3_writes(world, want, options):
    put, zips = r"/offline/instrument/.*", r"/offline/instrument/.*\.zip"
    done, tried = (0,), (0, 1, 4)
    with Proxy(world.servers["PPS_TEST_S3"]) as proxy:
        env = {"LSST_RESOURCES_S3_PROFILE_embargo": proxy.url}
        for name, codes, rules in (
            ("S3 answers 503 to what is written", done, [Rule("PUT|POST", put, error(503), times=2)]),
            ("S3 resets while it is written to", tried, [Rule("PUT|POST", put, reset)]),
            ("S3 writes and its answer is lost", tried, [Rule("PUT|POST", zips, lost)]),
            ("S3 writes the last part and its answer is lost", tried, [Rule("PUT|POST", zips, lost, skip=1)]),
            ("S3 writes the yaml and its answer is lost", tried, [Rule("PUT|POST", r"_dimensions\.yaml", lost)]),
            ("S3 takes nothing", (1, 4), [Rule("PUT|POST", put, error(500), times=10000)]),
        ):
            lied(world, want, name, proxy, env, codes, *rules)


def rucio_lies(world, want, options):
    database = b'{"ExceptionClass": "DatabaseException", "ExceptionMessage": "An unknown Database Exception has occurred."}'
    down = error(500, database, ExceptionClass="DatabaseException", ExceptionMessage="An unknown Database Exception has occurred.")
    attach, status, meta = r"/dids/attachments", r"/status$", r"/dids/bulkdidsmeta"
    done, tried = (0,), (0, 1, 4)
    with Proxy(world.servers["PPS_TEST_RUCIO"]) as proxy:
        with open(world.env["RUCIO_CONFIG"]) as f:
            text = f.read().replace(world.servers["PPS_TEST_RUCIO"], proxy.url)
        with open(f"{world.root}/rucio-proxy.cfg", "w") as f:
            f.write(text)
        env = {"RUCIO_CONFIG": f"{world.root}/rucio-proxy.cfg"}
        for name, codes, rules in (
            ("Rucio's database has hiccups", done, [Rule("POST|PUT", r"/dids", down, times=2)]),
            ("Rucio answers 503", done, [Rule("POST", attach, error(503), times=2)]),
            ("Rucio answers 502 with a page", done, [Rule("POST", attach, error(502, b"<html>Bad Gateway</html>"))]),
            ("Rucio answers 429 and says how long to wait", done, [Rule("POST", attach, error(429, Retry_After="1"))]),
            ("Rucio resets a connection", done, [Rule("POST", attach, reset)]),
            ("Rucio attaches and its answer is lost", done, [Rule("POST", attach, lost)]),
            ("Rucio creates and its answer is lost", done, [Rule("POST", r"/dids$|/dids/[^/]+/Dataset", lost)]),
            ("Rucio closes and its answer is lost", done, [Rule("PUT", status, lost)]),
            ("Rucio sets metadata and its answer is lost", done, [Rule("POST", meta, lost)]),
            ("Rucio cuts an answer short", tried, [Rule("POST", attach, short)]),
            ("Rucio's token has expired", done, [Rule("GET|POST|PUT", r"/dids", header("X-Rucio-Auth-Token", "ingest-nobody-unknown-0"))]),
            ("Rucio's login fails for a moment", done, [Rule("GET", r"/auth/ssh", error(503))]),
            ("Rucio is silent at the login", tried, [Rule("GET", r"/auth/ssh", stall)]),
            *([("Rucio is silent", tried, [Rule("POST", attach, stall)])] if options.random >= 300 else []),  # it may be at work for five minutes
            ("Rucio is broken for ever", (1, 4), [Rule("POST", attach, error(500, b"oops"), times=10000)]),
            ("Rucio refuses", (1, 4), [Rule("POST", attach, error(401, b'{"ExceptionClass": "AccessDenied"}', ExceptionClass="AccessDenied"), times=10000)]),
        ):
            lied(world, want, name, proxy, env, codes, *rules)
        looked_through(world, proxy, env)


def looked_through(world, proxy, env):
    """A check through what cuts its answers short: it asks again, or does not know; it never says that something is missing."""
    for path in (r"/dids/bulkmeta", r"/dids/bulkfiles", r"/replicas/list", r"/meta\?plugin=JSON", r"/dids/search"):
        for action, name in ((short, "cuts short"), (reset_after, "resets")):
            proxy.clear()
            proxy.add(Rule("GET|POST", path, action))
            p = world.run("--json", "raw", "check", env=env)
            met = not proxy.unused()
            try:
                rows = json.loads(p.out)["exposures"]
            except ValueError:
                rows = []
            marks = {f"{place} {mark}" for row in rows for place, mark in row["places"].items() if row["status"] not in ("held", "waiting")}
            lies = sorted(m for m in marks if m.endswith((" missing", " different")))
            check(f"Rucio {name} the answer of {path} to a check", "" if met and not lies and p.returncode in (0, 1, 4) else f"met {met}, exit {p.returncode}, {lies} {p.err[-300:]}")
    proxy.clear()


# ---- a source that moves


def changing_member(world, want, options):
    """A member is written anew between the listing and its GET: noticed, and the next run packs what is there then. Last, as it stays changed."""
    world.reset()
    e = world.moved[0]
    name = f"{world.prefix(e)}/{world.obs_id(e)}_R22_S11.fits"
    old = world.s3.get(SOURCE_BUCKET, name)
    new = old[:-2880] + bytes(b ^ 0x55 for b in old[-2880:])
    with Proxy(world.servers["PPS_TEST_S3"]) as proxy:
        proxy.add(Rule("GET", r"R22_S11\.fits$", hook(lambda path: world.obs_id(e) in path and world.s3.put(SOURCE_BUCKET, name, new)), times=2))
        p = world.raw_run(env={"LSST_RESOURCES_S3_PROFILE_embargo": proxy.url})
        check("a member changes while it is packed: met", f"{proxy.unused()}" if proxy.unused() else "")
    rows = {row["obs_id"]: row for row in json.loads(p.out or '{"exposures": []}')["exposures"]}
    row = rows.get(world.obs_id(e), {})
    check("a member changes while it is packed: noticed", "" if row.get("status") == "failed" and "S11" in row.get("reason", "") else f"exit {p.returncode}, {row}")
    check("a member changes while it is packed: nothing placed", "" if f"{world.prefix(e)}.zip" not in world.placed() else "its zip is there")
    again = world.raw_run()
    check("a member has changed: the next run", "" if again.returncode == 0 else f"exit {again.returncode}: {again.err[-300:]} {again.out[-600:]}")
    try:
        with zipfile.ZipFile(world.zip_of(e)) as archive:
            packed = archive.read(os.path.basename(name))
    except (OSError, KeyError) as problem:
        packed = str(problem)
    check("a member has changed: what is packed", "" if packed == new else f"{packed!r:.200}")
    check("a member has changed: raw check --deep", deep(world))


def deep(world):
    """What a deep check finds, in words."""
    p = world.run("--json", "raw", "check", "--deep")
    if p.returncode == 0:
        return ""
    try:
        said = [f"{r['obs_id']} {r['status']}: {r['reason']}" for r in json.loads(p.out)["exposures"] if r["status"] not in ("done", "held", "waiting")]
    except ValueError:
        said = [p.out]
    return f"exit {p.returncode}: {said} {p.err[-300:]}"


PARTS = dict(posix=[commits, operations, moments, ceph, rucio, kafka, s3_lies, rucio_lies], s3=[commits, s3_writes], last=[changing_member])


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pps", default=f"{TOP}/build/tools/pps")
    ap.add_argument("--preload", default=f"{TOP}/build/tests/faults/libkill-at.so")
    ap.add_argument("--random", type=int, default=30)
    ap.add_argument("--every", type=int, default=12, help="every Kth operation; commits are all cut")
    ap.add_argument("--seed", type=int, default=20251203)
    ap.add_argument("--only", help="parts, separated by commas: commits,operations,moments,ceph,rucio,kafka,s3_lies,rucio_lies,s3_writes,changing_member")
    a = ap.parse_args()
    logging.disable(logging.WARNING)
    only = a.only.split(",") if a.only else None
    root = os.path.realpath(tempfile.mkdtemp(prefix="pps-real-faults."))
    world = None
    try:
        world = World(os.path.abspath(a.pps), os.path.abspath(a.preload), root, real_world.server_environment())
        for where, parts in PARTS.items():
            parts = [p for p in parts if not only or p.__name__ in only]
            if parts:
                want = undisturbed(world, "posix" if where == "last" else where)
            for part in parts:
                begin = time.monotonic()
                part(world, want, a)
                print(f"{part.__name__} to {where}: {time.monotonic() - begin:.0f} s, {passed} passed, {failed} failed so far", flush=True)
    finally:
        if world:
            world.remove()
        shutil.rmtree(root, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
