#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two services, and what befalls one that goes on: `pps run` with state and repositories in a PostgreSQL of its own.

One is stopped or loses its connections while another waits; an operator holds the flow; clocks go wrong; a policy becomes shorter; a repository's schema
is upgraded; the server goes away, the disk is full. Each time the end must be that of an undisturbed run, as the Python Butler's tables, the files
and the state show it, nothing may be told twice, and the ledger must verify; what must not be released is looked for with the Python Butler.

usage: services.py [--pps PATH] [--preload PATH] [--long] [WORD...]     only tests whose name has one of the words
"""

import argparse
import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [f"{TOP}/tests/interop", f"{TOP}/tests/faults"]

import psycopg  # noqa: E402
import yaml  # noqa: E402
from astropy.time import Time  # noqa: E402
from lsst.daf.butler import Butler, Timespan  # noqa: E402

import publish_world  # noqa: E402
from crash import files  # noqa: E402
from postgres import copy_database, drop_database  # noqa: E402
from postgres_faults import Server  # noqa: E402
from tables import differences, dump  # noqa: E402

POLICIES = [
    dict(types=["difference_image", "visit_summary"], embargo_hours=80, public=True, retention_days=0),
    dict(types=["preliminary_visit_image", "packages"], embargo_hours=0, public=True, retention_days="forever"),
    dict(types=["*_log"], embargo_hours=0, public=False, retention_days=0),
]
TYPES = ("difference_image", "visit_summary", "preliminary_visit_image", "packages", "isr_log", "unheard_of")
TASKS = ("copy", "publish", "expire", "delete")
QUICK = {task: dict(every="1s", batch=3) for task in TASKS}
ENDLESS = 9  # a visit whose end is not known
LIMIT = 150  # seconds until something that is waited for must have come
passed = failed = 0


def check(name, problem):
    global passed, failed
    if problem:
        failed += 1
        print(f"{name}: {str(problem)[:3000]}", flush=True)
    else:
        passed += 1


class Late(Exception):
    pass


def wait(what, condition, service=None, seconds=LIMIT):
    """Until it is so; nothing is concluded from how long it takes."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if service and service.process.poll() is not None:
            raise Late(f"{what}: the service ended with {service.process.returncode}: {service.said()[-4500:]}")
        if time.monotonic() > deadline:
            raise Late(f"{what}: not within {seconds} s{': ' + service.said()[-4500:] if service else ''}")
        time.sleep(0.1)
    return found


class Service:
    """A `pps run` that goes on."""

    count = 0

    def __init__(self, world, *words, before=(), env=None):
        Service.count += 1
        self.path = f"{world.work}/service{Service.count}.log"
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen([*before, world.pps, "-c", f"{world.root}/pps.yaml", *words, "run"], stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})
        world.services.append(self)

    def said(self):
        with open(self.path, errors="replace") as f:
            return f.read()

    def send(self, signum):
        self.process.send_signal(signum)

    def end(self, name):
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            code = "nothing within 60 s"
        check(f"{name}: ends with 0 on SIGTERM", code and f"{code}: {self.said()[-800:]}")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def is_stopped(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "T"


class World:
    """A copy of the same repositories, always at the same path, because paths are part of the rows; on a small disk of its own."""

    def __init__(self, pps, preload, work, files=None):
        self.pps, self.preload, self.work = pps, preload, work
        self.root, self.fresh, self.services, self.mounted = f"{work}/world", f"{work}/fresh", [], False
        self.server = Server(f"{work}/pg")
        publish_world.POLICIES[:] = POLICIES
        for name in [n for n in publish_world.TYPES if n not in TYPES]:
            del publish_world.TYPES[name]
        made = publish_world.World(self.root, f"{self.server.base}/pps", visits=range(1, 5), detectors=(0,), files=files)
        self.base, self.database = made.pg, made.pg.rsplit("/", 1)[1]
        atexit.unregister(drop_database)  # the whole server goes
        self.names = publish_world.REPOSITORIES
        self.endless(made)
        self.refs = made.refs
        self.must("init")
        self.must("register", made.list())
        for butler in made.butlers.values():
            getattr(butler, "close", lambda: None)()
        os.rename(self.root, self.fresh)
        copy_database(self.base, f"{self.server.base}/fresh")

    def endless(self, made):
        """A visit that has begun, and datasets of it."""
        butler, begin = made.embargo, publish_world.span(ENDLESS).begin
        common = dict(instrument=publish_world.INSTRUMENT, id=ENDLESS, physical_filter="g_1", day_obs=publish_world.DAY, timespan=Timespan(begin, None), seq_num=ENDLESS)
        with butler.transaction():
            registry = butler.registry
            registry.insertDimensionData("group", dict(instrument=publish_world.INSTRUMENT, name="endless"))
            registry.insertDimensionData("exposure", dict(common, obs_id="endless", group="endless", seq_start=ENDLESS, seq_end=ENDLESS))
            registry.insertDimensionData("visit", dict(common, name="endless", region=publish_world.box(50)))
            registry.insertDimensionData("visit_definition", dict(instrument=publish_world.INSTRUMENT, exposure=ENDLESS, visit=ENDLESS))
            registry.insertDimensionData("visit_system_membership", dict(instrument=publish_world.INSTRUMENT, visit=ENDLESS, visit_system=0))
        ref = butler.put({"type": "visit_summary"}, "visit_summary", dict(instrument=publish_world.INSTRUMENT, visit=ENDLESS), run=publish_world.RUN)
        made.refs[ref.id] = ref

    def configure(self, **more):
        """Small chunks, at a pace that lets something come between them."""
        path = f"{self.root}/pps.yaml"
        with open(path) as f:
            config = yaml.safe_load(f)
        config["repositories"]["embargo"]["reclaim_after"] = "0s"
        config["tasks"] = {task: dict(every="1s", batch=3, rate=20) for task in TASKS}
        config.update(more)
        with open(path, "w") as f:
            yaml.safe_dump(config, f, sort_keys=False)

    def reset(self, **more):
        for service in self.services:
            service.kill()
        self.services = []
        if not self.mounted:
            os.mkdir(self.root)
            mount("-t", "tmpfs", "-o", "size=8m", "none", self.root)
            self.mounted = True
        for name in os.listdir(self.root):
            shutil.rmtree(f"{self.root}/{name}") if os.path.isdir(f"{self.root}/{name}") else os.unlink(f"{self.root}/{name}")
        shutil.copytree(self.fresh, self.root, dirs_exist_ok=True)
        copy_database(f"{self.server.base}/fresh", self.base)
        self.configure(**more)

    def close(self):
        for service in self.services:
            service.kill()
        if self.mounted:
            mount(self.root, command="umount")
        self.server.stop("--wipe")

    def run(self, *words, env=None, before=()):
        return subprocess.run([*before, self.pps, "-c", f"{self.root}/pps.yaml", *words], capture_output=True, text=True, timeout=120, env={**os.environ, **(env or {})})

    def must(self, *words):
        done = self.run(*words)
        if done.returncode:
            raise RuntimeError(f"pps {' '.join(words)}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def sql(self, text, *parameters):
        with psycopg.connect(self.base, autocommit=True, options="-csearch_path=publish_state") as connection:
            cursor = connection.execute(text, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def statuses(self):
        return sorted(self.sql("SELECT status, count(*) FROM dataset GROUP BY 1"))

    def is_begun(self):
        return self.sql("SELECT count(*) FROM dataset WHERE substr(status, 2, 1) = 'P'")[0][0] >= 3

    def end(self):
        told = [(kind, ordinal, ids[i : i + 32]) for kind, ordinal, ids in self.sql("SELECT kind, ordinal, ids FROM notice") for i in range(0, len(ids), 32)]
        found = {name: dump(f"{self.root}/{name}") for name in self.names}
        for name in self.names:
            found[f"files of {name}"] = dict(files=sorted(map(str, files(f"{self.root}/{name}").items())))
        state = dict(dataset=[repr(r) for r in self.sql("SELECT id, status, flags, next_task FROM dataset ORDER BY id")], told=sorted(map(repr, told)),
                     open=[repr(self.sql("SELECT * FROM ledger_open"))], holds=[repr(self.sql("SELECT * FROM hold"))])
        return dict(found, state=state)

    def settled(self, want):
        """Whether every dataset is where it comes to in the end, and nothing is under way."""
        rows = [repr(r) for r in self.sql("SELECT id, status, flags, next_task FROM dataset ORDER BY id")]
        return rows == want["state"]["dataset"] and self.sql("SELECT count(*) FROM ledger_open") == [(0,)]

    def backends(self):
        return [pid for (pid,) in self.sql("SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name = 'pps'", self.database)]

    def terminate(self, pids):
        for pid in pids:
            self.sql("SELECT pg_terminate_backend(%s)", pid)

    def holder(self):
        """The connection that has the lock of the flow."""
        return [pid for (pid,) in self.sql("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = %s)", self.database)]

    def epoch(self):
        return self.sql("SELECT epoch, pid FROM writer WHERE flow = 'publish'")[0]

    def later(self):
        """What waits need not be waited for: as if an hour had passed."""
        self.sql("UPDATE dataset SET next_due = next_due - 3600000000000 WHERE next_due > 3600000000000")

    def leaves_alone(self, name, what):
        """Of the datasets for which @what is true the Python Butler finds none anywhere but in the first repository."""
        for repository in self.names[1:]:
            butler = Butler.from_config(f"{self.root}/{repository}")
            try:
                there = [str(r) for i, r in self.refs.items() if what(r) and butler.get_dataset(i)]
            finally:
                getattr(butler, "close", lambda: None)()
            check(f"{name}: {repository}", there)


def mount(*words, command="mount"):
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*prefix, command, *words], check=True)


def same_end(world, name, want):
    end = world.end()
    wrong = [f"{part}: {line}" for part in want for line in differences(end[part], want[part])]
    check(f"{name}: the end", "\n".join(wrong))
    done = world.run("audit", "--ledger")
    check(f"{name}: the ledger", done.returncode and done.stdout + done.stderr)


def undisturbed(world):
    """What all others are compared with: what one run leaves that nobody disturbs."""
    world.reset(tasks={})
    while "nothing is due" not in world.must("run", "--once"):
        pass
    want = world.end()
    kinds = {(status, n) for status, n in world.statuses()}
    check("undisturbed: whole lives", kinds != {("DDDEE", 8), ("DPPPP", 5), ("DDD", 4), ("P", 5)} and kinds)
    same_end(world, "undisturbed", want)
    return want


# ---- one is stopped, another takes over


def taken_over(world, name, want, first):
    """The first is stopped: a second one does the rest; woken, the first does nothing more of what it was about to do."""
    second = Service(world)
    wait(f"{name}: all is done", lambda: world.later() or world.settled(want), second)
    first.send(signal.SIGCONT)
    wait(f"{name}: the first notices", lambda: "was lost" in first.said() or "has taken over" in first.said(), first)
    wait(f"{name}: settled", lambda: world.settled(want), second)
    first.end(f"{name}, the first")
    second.end(f"{name}, the second")
    same_end(world, name, want)
    return second


def test_stopped(world, want):
    """The server itself finds out that nobody is there any more."""
    world.reset()
    first = Service(world)
    wait("stopped: a first chunk", world.is_begun, first)
    first.send(signal.SIGSTOP)
    check("stopped: it has the lock", world.holder() == [] and "nobody has it")
    second = taken_over(world, "stopped", want, first)
    check("stopped: the second says who has the lock", "is held by" not in second.said() and second.said())


def test_stopped_at_boundaries(world, want):
    """Just before it begins a transaction, or commits one: the lock is gone when it wakes, and others have been there."""
    world.reset(tasks=QUICK)
    count = f"{world.work}/count"
    whole = Service(world, env=dict(LD_PRELOAD=world.preload, PPS_KILL_COUNT=count, PPS_KILL_ON="BEGIN"))
    wait("boundaries: undisturbed", lambda: world.settled(want), whole)
    whole.end("boundaries: undisturbed")
    with open(count) as f:
        n = int(f.read())
    stops = 60 if world.long else 2
    for at in range(max(1, n // stops // 2), n, max(1, n // stops)):
        world.reset(tasks=QUICK)
        name = f"stopped at transaction {at} of {n}"
        first = Service(world, env=dict(LD_PRELOAD=world.preload, PPS_KILL_AT=str(at), PPS_KILL_ON="BEGIN", PPS_KILL_SIGNAL=str(int(signal.SIGSTOP))))
        wait(name, first.is_stopped, first)
        # what the server does by itself, see above: sessions without a sign of life, and transactions that nobody goes on with
        world.terminate(world.holder())
        world.terminate([pid for (pid,) in world.sql("SELECT pid FROM pg_stat_activity WHERE datname = %s AND state = 'idle in transaction'", world.database)])
        second = Service(world)
        wait(f"{name}: all is done", lambda: world.later() or world.settled(want), second)
        epoch = world.epoch()[0]
        first.send(signal.SIGCONT)
        wait(f"{name}: both go on", lambda: world.epoch()[0] > epoch + 2, first)
        first.end(f"{name}, the first")
        second.end(f"{name}, the second")
        same_end(world, name, want)


def test_connections_lost(world, want):
    """All connections of the one that works are ended, again and again, while another waits for its lock."""
    world.reset()
    both = [Service(world), Service(world)]
    wait("connections: a first chunk", world.is_begun, both[0])
    epochs = set()
    for _ in range(4):
        epoch = world.epoch()[0]
        world.terminate(world.backends())
        wait("connections: one goes on", lambda: world.epoch()[0] > epoch)
        epochs.add(world.epoch())
    check("connections: it was taken over", len(epochs) < 4 and epochs)
    wait("connections: all is done", lambda: world.later() or world.settled(want), both[0])
    for n, service in enumerate(both):
        service.end(f"connections: service {n}")
    same_end(world, "connections", want)


# ---- operators


def begun(world):
    """Chunks that were begun."""
    return world.sql("SELECT count(*) FROM ledger WHERE kind = 'authorised' AND action IN ('copy', 'publish', 'expire', 'delete')")[0][0]


def rounds(world, service, what, n=2):
    """Lets it go round."""
    epoch = world.epoch()[0]
    wait(what, lambda: world.epoch()[0] >= epoch + n, service)


def test_hold(world, want):
    world.reset()
    service = Service(world)
    wait("hold: a first chunk", world.is_begun, service)
    world.must("hold", "--reason", "a test")
    chunks, unsettled = begun(world), not world.settled(want)
    wait("hold: it says so", lambda: "held by an operator" in service.said(), service)
    rounds(world, service, "hold: rounds")
    check("hold: no chunk was begun after it", begun(world) != chunks and f"{begun(world)} after {chunks}")
    check("hold: something was left to do", not unsettled and "everything was done before")
    world.must("unhold", "--reason", "a test")
    wait("hold: all is done", lambda: world.settled(want), service)
    service.end("hold")
    same_end(world, "hold", want)


def test_what_is_not_known(world, want):
    """Of a type without a policy, and of a visit without an end, nothing is anywhere else; what is the matter is said."""
    world.reset(tasks=QUICK)
    service = Service(world)
    wait("unknown: all else is done", lambda: world.settled(want), service)
    service.end("unknown")
    unheard = next(i for i, r in world.refs.items() if r.datasetType.name == "unheard_of")
    endless = next(i for i, r in world.refs.items() if r.dataId.get("visit") == ENDLESS)
    world.leaves_alone("unknown type", lambda ref: ref.datasetType.name == "unheard_of")
    world.leaves_alone("unknown end", lambda ref: ref.dataId.get("visit") == ENDLESS)
    for i, words in ((unheard, ("policies in the configuration",)), (endless, ("end", "not known"))):
        text = world.must("explain", str(i))
        check(f"unknown: {words}", [w for w in words if w not in text] and text)
    check("unknown: the status names the type", "unheard_of is held" not in world.must("status") and world.must("status"))


# ---- clocks


def test_clocks(world, want):
    """This machine's clock against the server's, from the beginning, and set while the service works."""
    world.reset()
    shift = f"{world.work}/shift"
    env = dict(LD_PRELOAD=faketime(), FAKETIME_TIMESTAMP_FILE=shift, FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1",
               NO_FAKE_STAT="1")
    before = world.statuses()
    for text in ("-1h", "+1h", "-80h", "+80h", "-1y", "+1y") if world.long else ("-1h", "+1y"):
        write(shift, text)
        service = Service(world, env=env)
        wait(f"clock {text}: it says so", lambda: "nothing is released until then" in service.said(), service)
        rounds(world, service, f"clock {text}: rounds")
        service.end(f"clock {text}")
        check(f"clock {text}: what to do", "set them right" not in service.said() and service.said())
    check("clocks: nothing was released", (world.statuses() != before or begun(world)) and world.statuses())
    world.leaves_alone("clocks", lambda ref: True)
    write(shift, "+0")
    service = Service(world, env=env)
    wait("clock: a first chunk", world.is_begun, service)
    write(shift, "+80h")
    wait("clock +80h: it notices", lambda: "nothing is released until then" in service.said(), service)
    chunks = begun(world)
    rounds(world, service, "clock +80h: rounds")
    check("clock +80h: no chunk was begun after it", begun(world) != chunks)
    write(shift, "+0")
    wait("clock: all is done", lambda: world.settled(want), service)
    service.end("clock")
    same_end(world, "clock", want)


def write(path, text):
    with open(path + ".new", "w") as f:
        f.write(text + "\n")
    os.rename(path + ".new", path)


def faketime():
    for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"):
        if os.path.exists(f"{folder}/faketime/libfaketimeMT.so.1"):
            return f"{folder}/faketime/libfaketimeMT.so.1"
    raise RuntimeError("there is no libfaketime: tests/setup.sh test installs it")


# ---- policies


def test_policy(world, want):
    """It is edited to be shorter while the service runs: nothing goes by it until an operator accepts it."""
    longer = [dict(p, embargo_hours=p["embargo_hours"] * 10000) for p in POLICIES]
    world.reset(tasks=QUICK, policies=longer)
    service = Service(world)
    wait("policy: all else is done", lambda: {s for s, _ in world.statuses()} == {"P", "DPPPP", "DDD"} and not world.sql("SELECT 1 FROM ledger_open"), service)
    rounds(world, service, "policy: rounds")
    world.configure(tasks=QUICK, policies=POLICIES)
    wait("policy: it says what to do", lambda: "pps config accept" in service.said(), service)
    rounds(world, service, "policy: rounds by the new one")
    world.leaves_alone("policy", lambda ref: ref.datasetType.name in POLICIES[0]["types"])
    check("policy: the status says so", "pps config accept" not in world.must("status") and world.must("status"))
    world.must("--yes", "config", "accept", "--reason", "a test")
    wait("policy: all is done", lambda: world.settled(want), service)
    service.end("policy")
    same_end(world, "policy", want)


# ---- schemas


def test_schema(world, want):
    """A repository is upgraded while the service works: it is left alone, from the next chunk on."""
    for repository in ("prompt_prep", "embargo") if world.long else ("prompt_prep",):
        name, table = f"upgrade of {repository}", f"publish_{repository}.butler_attributes"
        world.reset(workers=dict(threads=1))
        service = Service(world)
        wait(f"{name}: a first chunk", world.is_begun, service)
        (key, version), = world.sql(f"SELECT name, value FROM {table} WHERE name LIKE 'version:%%datasets%%'")
        world.sql(f"UPDATE {table} SET value = '9.0.0' WHERE name = %s", key)
        chunks = begun_in(world, repository)
        wait(f"{name}: it says so", lambda: "9.0.0" in service.said(), service)
        rounds(world, service, f"{name}: rounds")
        there = dump(f"{world.root}/{repository}")
        rounds(world, service, f"{name}: rounds")
        check(f"{name}: what to do", "newer pps" not in service.said() and service.said())
        check(f"{name}: at most the chunk that was under way", begun_in(world, repository) > chunks + 1 and (chunks, begun_in(world, repository)))
        check(f"{name}: left alone", "\n".join(differences(dump(f"{world.root}/{repository}"), there)))
        check(f"{name}: something was left to do", world.settled(want) and "everything was done before")
        world.sql(f"UPDATE {table} SET value = %s WHERE name = %s", version, key)
        wait(f"{name}: all is done", lambda: world.later() or world.settled(want), service)
        service.end(name)
        same_end(world, name, want)


def begun_in(world, repository):
    """Chunks: one has an entry for each of its rules, all of one moment."""
    return world.sql("SELECT count(DISTINCT at) FROM ledger WHERE kind = 'authorised' AND subject = %s", repository)[0][0]


# ---- what goes away and comes back


def test_server(world, want):
    """The PostgreSQL of state and repositories is stopped and started."""
    world.reset()
    service = Service(world)
    wait("server: a first chunk", world.is_begun, service)
    world.server.stop()
    wait("server: it says so", lambda: "PostgreSQL" in service.said(), service)
    world.server.start()
    wait("server: all is done", lambda: world.later() or world.settled(want), service)
    service.end("server")
    same_end(world, "server", want)


def test_full_disk(world, want):
    world.reset(tasks=QUICK)
    ballast = f"{world.root}/ballast"
    with open(ballast, "wb", buffering=0) as f:
        try:
            while True:
                f.write(bytes(4096))
        except OSError:
            pass
    service = Service(world)
    wait("full disk: it says so", lambda: "No space left" in service.said(), service)
    rounds(world, service, "full disk: rounds")
    check("full disk: nothing is there", {s for s, _ in world.statuses()} != {"P"} and world.statuses())
    os.unlink(ballast)
    wait("full disk: all is done", lambda: world.later() or world.settled(want), service)
    service.end("full disk")
    same_end(world, "full disk", want)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pps", default=f"{TOP}/build/tools/pps")
    parser.add_argument("--preload", default=f"{TOP}/build/tests/faults/libkill-at.so")
    parser.add_argument("--long", action="store_true", help="more moments, more clocks, more repositories")
    parser.add_argument("words", nargs="*")
    options = parser.parse_args()
    work = os.path.realpath(tempfile.mkdtemp(prefix="pps-services."))
    os.chmod(work, 0o755)
    world = None
    try:
        world = World(os.path.abspath(options.pps), os.path.abspath(options.preload), work)
        world.long = options.long
        want = undisturbed(world)
        for name, test in list(globals().items()):
            if name.startswith("test_") and (not options.words or any(w in name for w in options.words)):
                begin = time.monotonic()
                try:
                    test(world, want)
                except (Late, RuntimeError, psycopg.Error):
                    check(name, traceback.format_exc())
                print(f"{name}: {time.monotonic() - begin:.1f} s", flush=True)
    finally:
        if world:
            world.close()
        shutil.rmtree(work, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
