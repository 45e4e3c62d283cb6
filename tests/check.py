#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the stages of ./check, a few at a time, and adds up their tests.

Each stage is a command. Tests are counted from what it prints: a meson log (cmocka's cases inside it), or the closing
line "N passed, N failed[, N skipped]" of a script. A stage that ends badly without having counted a failure counts as one.
A stage that needs servers gets throw-away ones, the same for all stages, started when a stage first needs them, and
stopped and removed at the end, whatever happens. A server that does not start is a failure of every stage that needs it.
"""
import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PY = f"{TOP}/.venv/bin/python"
CLOSING = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")
CMOCKA = re.compile(r"\[  (PASSED|FAILED)  \] (\d+) test\(s\)")


def meson(build, options, suites, extra=(), env=None, needs=()):
    """Configures, builds, and runs suites of tests in a build folder."""
    return dict(kind="meson", build=f"{TOP}/{build}", options=options, suites=suites, extra=list(extra), env=env or {}, needs=needs)


def script(*command, env=None, needs=()):
    return dict(kind="script", command=list(command), env=env or {}, needs=needs)


def quiet(*command, needs=()):
    """A script that for the most part waits for its servers."""
    return dict(script(*command, needs=needs), kind="quiet")


# What takes longest, the longest first, each begun as soon as its lane is free, so that no lane is left with it at the end.
LONGEST = ("faults on real servers", "asan", "valgrind", "tsan", "where", "worlds", "faults of Kafka", "services", "deep check and prune", "faults on Rucio",
           "valgrind cli", "postgres", "faults on PostgreSQL", "half states in Rucio", "together", "crash", "flow on real servers", "rucio",
           "examples in Python", "quickstart", "events")


# Sanitizers abort on the first finding, so that a finding is a failed test.
ASAN = dict(ASAN_OPTIONS="abort_on_error=1:detect_stack_use_after_return=1", UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1",
            LSAN_OPTIONS=f"suppressions={TOP}/tests/lsan.supp")
TSAN = dict(TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1")
SYSTEM_PY = "/usr/bin/python3"
RUCIO_PY = f"{TOP}/.venv-rucio/bin/python"


def stages(mode):
    """(name, stage), the cheap and telling ones first."""
    fast, long = mode == "fast", mode == "long"
    first = [
        ("gcc", meson("build", ["--werror"], ["unit", "cli", "fuzz"])),
        ("style", script(SYSTEM_PY, "tests/style.py")),
        ("abi", script(SYSTEM_PY, "tests/abi.py", "build")),
        ("abi break", script(SYSTEM_PY, "tests/abi_break.py", "build")),
        ("consumers", script(SYSTEM_PY, "tests/consumers.py", "build")),
        ("reference", script(SYSTEM_PY, "tests/reference.py", "build")),
        ("docs", script(SYSTEM_PY, "tests/docs_test.py", "build")),
        ("clang", meson("build-clang", ["--werror"], ["unit"], env=dict(CC="clang", CXX="clang++"))),
        ("asan", meson("build-asan", ["-Db_sanitize=address,undefined"], ["unit", "cli", "fuzz"], env=ASAN)),
    ]
    return first if fast else first + [
        ("postgres", meson("build", [], ["unit", "integration"], needs=["postgres"])),
        ("memory", meson("build", [], ["faults"], env=dict(PPS_LONG="1") if long else {})),
        ("simulation", script("build/tests/sim/sim", "--steps", "100000000" if long else "1000000")),
        ("quickstart", script(SYSTEM_PY, "tests/quickstart_test.py")),
        ("python", script(SYSTEM_PY, "tests/python/package_test.py", *(("--long",) if long else ()))),
        ("wheel", script(SYSTEM_PY, "tests/python/wheel_test.py", *(("--long",) if long else ()))),
        ("python on real servers", quiet(SYSTEM_PY, "tests/python/servers_test.py", needs=["postgres", "kafka", "rucio"])),
        *judges(long),
        ("tsan", meson("build-tsan", ["-Db_sanitize=thread"], ["unit", "cli"], env=TSAN)),
        ("valgrind", meson("build", [], ["unit"], ["--setup", "valgrind"])),
        ("valgrind cli", meson("build", [], ["memory"], ["--setup", "valgrindcli"])),
    ] + ([("fuzz", meson("build-asan", [], ["fuzz"], ["--test-args", "1000000", "--timeout-multiplier", "50"], env=ASAN))] if long else [])


def judges(long):
    """What the real Python Butler, with real servers, says about our results."""
    def judge(name, *arguments, needs=("postgres",)):
        return script(PY, f"tests/interop/{name}", *arguments, needs=needs)
    kafka = ("--pps", "build/tools/pps", "--tool", "build/tests/servers/kafka-tool")
    return [
        ("example world", judge("make-example-sql.py", "--check")),
        ("metadata", judge("metadata_agree.py", "build/tests/interop/fits-index", "--count", "5000" if long else "400")),
        ("signatures", script(PY, "tests/interop/s3_sign_agree.py", "build/tests/interop/s3-sign-batch", "--count", "100000" if long else "10000")),
        ("profiles", script(PY, "tests/interop/s3_profile_agree.py", "build/tests/interop/s3-profile-show", "--count", "3000" if long else "300")),
        ("stores", script(PY, "tests/interop/store_s3.py", needs=["ceph", "s3-second"])),
        ("copies", script(PY, "tests/interop/copy_s3.py", *(("--kills", "60") if long else ()), needs=["ceph", "s3-second"])),
        ("signed", script(PY, "tests/interop/s3_sign_live.py", "build/tests/interop/s3-sign-batch", needs=["ceph"])),
        ("repositories in S3", script(PY, "tests/interop/s3_repository.py", "--pps", "build/tools/pps", needs=["ceph", "postgres"])),
        ("rucio", quiet(RUCIO_PY, "tests/interop/rucio_agree.py", "--tool", "build/tests/interop/rucio-tool", "--pps", "build/tools/pps",
                         needs=["rucio"])),
        ("zips", judge("zip_agree.py", "build/tests/interop/zip-index", "--pps", "build/tools/pps", "--count", "500" if long else "40")),
        ("dimensions", judge("dimensions_agree.py", "build/tests/interop/dimension-tool", *(("--rounds", "60") if long else ()))),
        ("skypix", judge("skypix_agree.py", "build/tests/interop/skypix-list", *(("--each", "20000") if long else ()))),
        ("where", judge("where_agree.py", "--batch", "build/tests/interop/where-batch", "--db", "both",
                        "--count", "50000" if long else "5000")),
        ("butlers", judge("butler_twin.py", "--tool", "build/tests/interop/butler-tool")),
        ("records", judge("records_twin.py", "--tool", "build/tests/interop/records-tool", *(("--long",) if long else ()))),
        ("datasets", judge("refs_twin.py", "--tool", "build/tests/interop/refs-tool")),
        ("purge", judge("purge_twin.py", "--tool", "build/tests/interop/butler-tool")),
        ("tags", judge("tags_twin.py", "--tool", "build/tests/interop/butler-tool")),
        ("deep check and prune", quiet(PY, "tests/interop/prune_real.py", "--pps", "build/tools/pps", *(("--whole",) if long else ()),
                                        needs=["postgres", "ceph", "rucio"])),
        ("revisions", judge("publish_revisions.py", "--pps", "build/tools/pps")),
        ("prompt products", judge("publish_flow.py", "--pps", "build/tools/pps", *(("--long",) if long else ()))),
        ("adopt and audit", judge("audit_agree.py", "--pps", "build/tools/pps")),
        ("storm of prompt products", judge("publish_storm.py", "--pps", "build/tools/pps", *(("--seconds", "300") if long else ()))),
        ("worlds", judge("run.py", "--pps", "build/tools/pps", *(("--long",) if long else ()))),
        ("together", judge("together.py", "--pps", "build/tools/pps", *(("--rounds", "30") if long else ()))),
        ("examples in Python", quiet(PY, "tests/interop/example_agree.py", needs=["rucio"])),
        ("half states in Rucio", quiet(SYSTEM_PY, "tests/interop/halfstates.py", *(() if long else ("--every", "3")), needs=["rucio"])),
        ("events", quiet(SYSTEM_PY, "tests/interop/events_agree.py", *kafka, needs=["kafka"])),
        ("events of Ceph", quiet(SYSTEM_PY, "tests/interop/events_ceph.py", *kafka, needs=["ceph", "kafka"])),
        ("intake", quiet(SYSTEM_PY, "tests/interop/intake_agree.py", *kafka)),
        ("intake from S3", quiet(SYSTEM_PY, "tests/interop/intake_s3.py", *kafka, needs=["ceph", "kafka"])),
        ("intake by TLS", quiet(SYSTEM_PY, "tests/interop/intake_secure.py", *kafka)),
        ("imports", quiet(PY, "tests/interop/import_agree.py", *kafka, needs=["kafka"])),
        ("workers", quiet(PY, "tests/interop/workers_kafka.py", *kafka, "--db", "postgres", needs=["kafka", "postgres"])),
        *([("workers on SQLite", quiet(PY, "tests/interop/workers_kafka.py", *kafka, needs=["kafka"]))] if long else []),
        ("notices in Kafka", script(SYSTEM_PY, "tests/interop/notify_kafka.py", *kafka)),
        ("prompt products on real servers", quiet(PY, "tests/interop/publish_real.py", *kafka, *(("--long",) if long else ()), needs=["postgres", "ceph", "kafka"])),
        *([("direct prompt products on real servers", quiet(PY, "tests/interop/publish_real.py", *kafka, "--transfer", "direct",
                                                             needs=["postgres", "ceph", "kafka"]))] if long else []),
        ("flow on real servers", quiet(PY, "tests/interop/real_flow.py", "--pps", "build/tools/pps", needs=["postgres", "ceph", "rucio"])),
        ("faults of Kafka", quiet(SYSTEM_PY, "tests/faults/kafka_faults.py", *kafka)),
        ("crash", script(SYSTEM_PY, "tests/faults/crash.py", "--random", "300" if long else "30")),
        ("crash of prompt products", script(PY, "tests/faults/publish_crash.py", *(("--random", "300") if long else ("--every", "45", "--random", "4")))),
        ("crash of prompt products on PostgreSQL", script(PY, "tests/faults/publish_crash.py", "--db", "postgres",
                                                          *(("--random", "300", "--statements") if long else ("--every", "30", "--random", "30")), needs=["postgres"])),
        ("services", quiet(PY, "tests/faults/services.py", *(("--long",) if long else ()))),
        ("services with S3", quiet(PY, "tests/faults/services_s3.py", needs=["ceph"])),
        ("faults of S3", quiet(PY, "tests/faults/s3_faults.py", "--tool", "build/tests/interop/store-tool", "--pps", "build/tools/pps",
                                "--every", "1" if long else "3", needs=["ceph"])),
        ("faults on PostgreSQL", script(PY, "tests/faults/postgres_faults.py", *(("--random", "300", "--every", "1") if long else ("--every", "8")))),
        ("faults on Rucio", quiet(RUCIO_PY, "tests/faults/rucio_faults.py", "--tool", "build/tests/interop/rucio-tool",
                                   *(("--random", "300") if long else ()), needs=["rucio"])),
        ("faults on real servers", quiet(PY, "tests/faults/real_faults.py", *(("--random", "300", "--every", "1") if long else ("--every", "40")),
                                          needs=["postgres", "ceph", "rucio"])),
    ] + ([("mutants", script(SYSTEM_PY, "tests/mutants/run.py"))] if long else [])


# How each server starts in a folder of its own, and stops. `start` prints NAME=VALUE lines for the stages.
SERVERS = {
    "postgres": (["start-postgres.sh", "{}", "--fast"], ["stop-postgres.sh", "{}", "--wipe"]),
    **{name: ([f"{name}.sh", "start", "{}"], [f"{name}.sh", "stop", "{}"]) for name in ("ceph", "s3-second", "kafka", "rucio")},
}


class Servers:
    """The servers of a run, each started when a stage first needs it."""

    def __init__(self):
        self.folder, self.env = None, {}
        self.lock = threading.Lock()
        self.starting = {name: threading.Lock() for name in SERVERS}

    def call(self, name, which):
        """Its exit code, stdout and stderr: of its start (0) or its stop (1)."""
        script, *words = SERVERS[name][which]
        words = [f"{TOP}/tests/servers/{script}", *(w.format(f"{self.folder}/{name}") for w in words)]
        try:
            done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
        except (OSError, subprocess.TimeoutExpired) as e:
            return 1, "", f"{e}\n"
        return done.returncode, done.stdout, done.stderr

    def start(self, name):
        """Its environment, or None when it does not start: it is tried once."""
        if name not in self.env:
            with self.lock:
                if not self.folder:
                    self.folder = tempfile.mkdtemp(prefix="pps-check.")
                    os.chmod(self.folder, 0o755)  # a server's own user must reach its files
            os.makedirs(f"{self.folder}/{name}", mode=0o755)
            self.env[name] = None  # whatever happens from here on: stop() ends it
            begin = time.monotonic()
            code, out, err = self.call(name, 0)
            if code:
                print(f"{name} does not start:\n{err}", end="", flush=True)
            else:
                words = [w for w in shlex.split(out, comments=True) if w != "export"]
                self.env[name] = dict(w.split("=", 1) for w in words)
                print(f"{name} started in {time.monotonic() - begin:.0f} s", flush=True)
                if name == "postgres":
                    self.env[name]["PPS_TEST_PG"] = self.env[name]["PG_URL"]
        return self.env[name]

    def environment(self, names):
        """What all of them print, or None."""
        found = []
        for name in names:
            with self.starting[name]:
                found.append(self.start(name))
        return None if None in found else {k: v for env in found for k, v in env.items()}

    def stop(self):
        for name in reversed(self.env):
            code, _, err = self.call(name, 1)
            if code:
                print(f"{name} does not stop:\n{err}", end="", flush=True)
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


RUNNING = set()  # ended when ./check is


def run(stage, command, log):
    """Its exit code; what it and its children computed is added to the stage's CPU seconds."""
    with open(log, "wb") as f:
        process = subprocess.Popen(command, cwd=TOP, env={**os.environ, **stage["env"]}, stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.STDOUT)
        RUNNING.add(process)
        try:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            RUNNING.discard(process)
    stage["cpu"] += usage.ru_utime + usage.ru_stime
    return process.returncode


def tail(log, say, lines=40):
    with open(log, errors="replace") as f:
        say += ["    " + line.rstrip("\n") for line in f.readlines()[-lines:]]


def count_meson(build, name, say):
    """Passed, failed and skipped from meson's log; the cases of cmocka or of a script where a test has them."""
    passed = failed = skipped = 0
    with open(f"{build}/meson-logs/{name}") as f:
        for line in f:
            test = json.loads(line)
            out = test.get("stdout", "") + test.get("stderr", "")
            cases = {"PASSED": 0, "FAILED": 0}
            for what, n in CMOCKA.findall(out):
                cases[what] += int(n)
            closing = CLOSING.match(out.strip().rsplit("\n", 1)[-1])
            if closing:
                cases = {"PASSED": int(closing.group(1)), "FAILED": int(closing.group(2))}
                skipped += int(closing.group(3) or 0)
            if test["result"] == "OK":
                passed += max(1, cases["PASSED"])
            elif test["result"] == "SKIP":
                skipped += 1
            else:
                failed += max(1, cases["FAILED"])
                passed += cases["PASSED"]
                say.append(f"  {test['result']} {test['name']}")
                say += ["    " + x for x in out.splitlines()[-30:]]
    return passed, failed, skipped


def run_meson(stage, log, say):
    build = stage["build"]
    command = ["meson", "setup", build, *stage["options"]]
    if os.path.exists(f"{build}/build.ninja"):
        command.insert(2, "--reconfigure")
    for command in (command, ["ninja", "-C", build]):
        code = run(stage, command, log)
        if code:
            tail(log, say)
            return 0, 1, 0
    command = ["meson", "test", "-C", build, "--no-rebuild", *stage["extra"]]
    for suite in stage["suites"]:
        command += ["--suite", suite]
    code = run(stage, command, log)
    setup = stage["extra"][1] if "--setup" in stage["extra"] else None
    name = f"testlog-{setup}.json" if setup else "testlog.json"
    p, f, s = count_meson(build, name, say)
    return p, f or (1 if code else 0), s


def run_script(stage, log, say):
    code = run(stage, stage["command"], log)
    counts = None
    with open(log, errors="replace") as f:
        for line in f:
            m = CLOSING.match(line.strip())
            if m:
                counts = [int(x or 0) for x in m.groups()]
    if counts is None:
        counts = [0, 1, 0]
    if code and not counts[1]:
        counts[1] = 1
    if counts[1]:
        tail(log, say)
    return tuple(counts)


def run_stage(name, stage, servers):
    """Its line in the report."""
    say, log, start = [], f"{TOP}/build-logs/{name.replace(' ', '-')}.log", time.monotonic()
    print(f"{name} ...", flush=True)
    counts, stage["cpu"] = (0, 1, 0), 0
    try:
        env = servers.environment(stage["needs"])
        if env is not None:
            stage["env"] = {**stage["env"], **env}
            counts = (run_meson if stage["kind"] == "meson" else run_script)(stage, log, say)
    except (OSError, ValueError, KeyError) as e:
        say.append(f"    {type(e).__name__}: {e}")
    seconds = time.monotonic() - start
    skipped = f", {counts[2]} skipped" if counts[2] else ""
    print("\n".join([*say, f"{name}: {counts[0]} passed, {counts[1]} failed{skipped} in {seconds:.0f} s, {stage['cpu']:.0f} s of CPU"]), flush=True)
    return dict(name=name, passed=counts[0], failed=counts[1], skipped=counts[2], seconds=round(seconds, 1), cpu=round(stage["cpu"], 1))


def held_by(stage):
    """What no two stages use at the same time: a build folder; servers that a stage may restart, or whose content it looks at as a whole."""
    return ({stage["build"]} if stage["kind"] == "meson" else set()) | (set(stage["needs"]) - {"postgres"})


class Lanes:
    """Three stages at a time: a build and its tests, a script that computes, one that waits. The first, on which all rest, runs alone."""

    def __init__(self, todo, servers):
        place = {name: i for i, name in enumerate(LONGEST)}
        self.todo, self.servers = sorted(todo, key=lambda item: (item[0] != "gcc", place.get(item[0], len(place)))), servers
        self.held, self.lines = set(), []
        self.changed = threading.Condition()

    def take(self, kind):
        """The next stage that may run now, of this kind where there is one; None when nothing is left."""
        with self.changed:
            while self.todo:
                free = [item for item in self.todo if not held_by(item[1]) & self.held]
                mine = [i for i in free if i[1]["kind"] == kind] or [i for i in free if i[1]["kind"] != "meson" or not self.held]
                if mine:
                    self.todo.remove(mine[0])
                    self.held |= held_by(mine[0][1])
                    return mine[0]
                self.changed.wait()
        return None

    def work(self, kind):
        while item := self.take(kind):
            line = run_stage(*item, self.servers)
            with self.changed:
                self.lines.append(line)
                self.held -= held_by(item[1])
                self.changed.notify_all()

    def run(self):
        if self.todo and self.todo[0][0] == "gcc":
            self.lines.append(run_stage(*self.todo.pop(0), self.servers))
        lanes = [threading.Thread(target=self.work, args=(kind,), daemon=True) for kind in ("meson", "script", "quiet")]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        return self.lines


def run_stages(todo, mode, servers):
    os.makedirs(f"{TOP}/build-logs", exist_ok=True)
    start = time.monotonic()
    lines = Lanes(todo, servers).run()
    total = [sum(line[what] for line in lines) for what in ("passed", "failed", "skipped")]
    report = dict(mode=mode, stages=lines, seconds=round(time.monotonic() - start, 1))
    report["commit"] = subprocess.run(["git", "rev-parse", "HEAD"], cwd=TOP, capture_output=True, text=True).stdout.strip()
    with open(f"{TOP}/build-logs/report.json", "w") as f:
        json.dump(report, f, indent=1)
    if total[2] and os.environ.get("CI"):
        print(f"{total[2]} tests were skipped: in CI that is a failure")
        total[1] += total[2]
    print(f"{total[0]} passed, {total[1]} failed" + (f", {total[2]} skipped" if total[2] else ""))
    return 1 if total[1] or not total[0] else 0


def main():
    ap = argparse.ArgumentParser(description="Builds libpps and runs its tests.")
    ap.add_argument("--fast", action="store_true", help="only what needs no server")
    ap.add_argument("--long", action="store_true", help="adds what takes hours")
    ap.add_argument("--only", help="names of stages, separated by commas")
    ap.add_argument("--list", action="store_true", help="print the names of the stages")
    a = ap.parse_args()
    mode = "fast" if a.fast else "long" if a.long else "all"
    todo = stages(mode)
    if a.only:
        known = {n for n, _ in todo}
        for n in a.only.split(","):
            if n not in known:
                ap.error(f"no stage {n}; there are {', '.join(sorted(known))}")
        todo = [(n, s) for n, s in todo if n in a.only.split(",")]
    if a.list:
        print("\n".join(n for n, _ in todo))
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped then too
    servers = Servers()
    try:
        return run_stages(todo, mode, servers)
    finally:
        for process in list(RUNNING):
            process.terminate()
        servers.stop()


if __name__ == "__main__":
    sys.exit(main())
