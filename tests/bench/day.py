#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A whole day of prompt products, from lists in a folder to both public repositories: how long one `pps run --once` takes for it.

    day.py --pps build/tools/pps [--datasets 3000000] [--root DIR] [--profile]

Visits of 205 detectors with ten dataset types each, their dimension records with regions and overlaps, and a file of 4 KB for every dataset; an
embargo repository and four that they go to: a copy of the files, hard links of it, and two that share its files in place. All on one disk, in one
PostgreSQL with its default durability: the one that $PG_URL names, or one of our own below --root. 3,000,000 datasets need 45 GB and take an hour
to be made; --datasets 30000 is a trial. Prints one JSON document: seconds of the run and of its stages, peak memory, CPU seconds of ours and of
PostgreSQL, and what all repositories have afterwards. --profile: where the CPU time of ours and of PostgreSQL goes, by `perf`.
"""

import argparse
import importlib.util
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[0] = f"{TOP}/tests/interop"  # instead of this folder, whose copy.py is not Python's

import psycopg  # noqa: E402
import world_build  # noqa: E402
import yaml  # noqa: E402
from lsst.daf.butler import Butler, CollectionType, DatasetType  # noqa: E402
from postgres import Postgres, drop_schema, make_schema  # noqa: E402

spec = importlib.util.spec_from_file_location("records", f"{TOP}/tests/bench/records.py")
records = importlib.util.module_from_spec(spec)
spec.loader.exec_module(records)

DETECTORS, BYTES, LIST, RUN = 205, 4096, 1000, "LSSTCam/prompt/output-2025-12-02/ApPipe/pipelines-abc/prompt-proto"
TYPES = ("preliminary_visit_image", "difference_image", "dia_source_apdb", "dia_object_apdb", "isr_metadata", "difference_kernel", "template_detector",
         "single_visit_star_footprints", "isr_log", "calibrate_config")
NAMES = ("embargo", "prompt_prep", "repo_main", "google_int", "google_prod")
TICK = os.sysconf("SC_CLK_TCK")


def path_of(kind, visit, detector):
    return f"{RUN}/{kind}/{visit}/{kind}_{visit}_{detector}.json"


def write_files(arguments):
    folder, kind, visit, n = arguments
    content = (json.dumps({"type": kind, "visit": visit}) + " " * BYTES)[:BYTES].encode()
    os.makedirs(os.path.dirname(f"{folder}/{path_of(kind, visit, 0)}"))
    for detector in range(n):
        with open(f"{folder}/{path_of(kind, visit, detector)}", "wb") as f:
            f.write(content)


class World:
    def __init__(self, pg, root, options):
        self.pg, self.root, self.n = pg, root, options.datasets
        per_visit = DETECTORS * len(TYPES)
        self.visits = [records.DAY * 100000 + k + 1 for k in range(-(-self.n // per_visit))]
        butlers = {name: world_build.make_repository(self.folder(name), records.repository("postgres", name, pg), pg) for name in NAMES}
        for butler in butlers.values():
            world_build.base_records(butler, dict(instruments=records.cameras(DETECTORS)))
        self.fill(butlers["embargo"])
        for butler in butlers.values():
            butler.close()
        self.share_root()
        self.configure()

    def folder(self, name):
        return f"{self.root}/{name}"

    # ---- the embargo repository, as the Butler leaves it

    def fill(self, butler):
        for element, rows in records.records(len(self.visits), DETECTORS).items():
            butler.registry.insertDimensionData(element, *rows)
        butler.collections.register(RUN, CollectionType.RUN)
        for kind in TYPES:
            butler.registry.registerDatasetType(DatasetType(kind, ["instrument", "visit", "detector"], "StructuredDataDict", universe=butler.dimensions))
        self.counts = {(visit, kind): min(DETECTORS, max(0, self.n - DETECTORS * (v * len(TYPES) + t)))
                       for v, visit in enumerate(self.visits) for t, kind in enumerate(TYPES)}
        with multiprocessing.Pool(os.cpu_count()) as pool:
            pool.map(write_files, [(self.folder("embargo"), kind, visit, n) for (visit, kind), n in self.counts.items() if n], chunksize=16)
        with psycopg.connect(self.pg) as c:
            c.execute("SET search_path TO bench_embargo")
            self.insert(c, butler)
            c.commit()
            c.autocommit = True
            c.execute("ANALYZE")
        subprocess.run(["sync", "-f", self.root], check=True)

    def insert(self, c, butler):
        """UUIDs by time, as the Butler gives them; lists of a thousand, as the writer does."""
        kinds = {name: (number, tags) for number, name, tags in c.execute("SELECT id, name, tag_association_table FROM dataset_type").fetchall()}
        run = c.execute("SELECT collection_id FROM collection WHERE name = %s", (RUN,)).fetchone()[0]
        c.execute("INSERT INTO collection_summary_instrument (collection_id, instrument) VALUES (%s, %s)", (run, records.INSTRUMENT))
        for number, _ in kinds.values():
            c.execute("INSERT INTO collection_summary_dataset_type (collection_id, dataset_type_id) VALUES (%s, %s)", (run, number))
        tables = {"dataset": "id, dataset_type_id, run_id, ingest_date", next(iter(kinds.values()))[1]: "dataset_type_id, dataset_id, collection_id, instrument, visit, detector",
                  "dataset_location": "datastore_name, dataset_id",
                  "file_datastore_records": "dataset_id, path, formatter, storage_class, component, checksum, file_size"}
        store = butler.get_datastore_names()[0]
        formatter = "lsst.daf.butler.formatters.json.JsonFormatter"
        # row by row for all tables at once: a COPY each, one visit after the other
        self.lists = 0
        ids, base = [], int(time.time() * 1000) << 80
        number = 0
        for visit in self.visits:
            rows = {table: [] for table in tables}
            for kind, (number_of_type, tags) in sorted(kinds.items()):
                for detector in range(self.counts[visit, kind]):
                    i = str(uuid.UUID(int=base + (number // 20 << 80) | 7 << 76 | 2 << 62 | number))
                    number += 1
                    ids.append(i)
                    rows["dataset"].append((i, number_of_type, run, 1764720000000000000))
                    rows[tags].append((number_of_type, i, run, records.INSTRUMENT, visit, detector))
                    rows["dataset_location"].append((store, i))
                    rows["file_datastore_records"].append((i, path_of(kind, visit, detector), formatter, "StructuredDataDict", "__NULL_STRING__", None, BYTES))
            for table, columns in tables.items():
                with c.cursor().copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
                    for row in rows[table]:
                        copy.write_row(row)
            while len(ids) >= LIST:
                self.write_list(ids[:LIST])
                ids = ids[LIST:]
        if ids:
            self.write_list(ids)

    def write_list(self, ids):
        os.makedirs(f"{self.root}/lists", exist_ok=True)
        with open(f"{self.root}/lists/{self.lists:06d}.json", "w") as f:
            json.dump({"batch_id": str(uuid.uuid4()), "origin": "prompt_processing", "datasets": ids}, f)
        self.lists += 1

    # ---- the site

    def share_root(self):
        """The public repositories read prompt_prep's files: the same datastore name, its root."""
        for name in ("google_int", "google_prod"):
            with open(f"{self.folder(name)}/butler.yaml") as f:
                config = yaml.safe_load(f)
            config["datastore"]["root"] = self.folder("prompt_prep")
            config["datastore"]["name"] = "FileDatastore@<butlerRoot>"
            with open(f"{self.folder(name)}/butler.yaml", "w") as f:
                yaml.safe_dump(config, f)

    def configure(self):
        drop_schema(self.pg, "bench_state")
        make_schema(self.pg, "bench_state")
        repositories = {
            "embargo": dict(butler="embargo", reclaim_after="24h"),
            "prompt_prep": {"butler": "prompt_prep", "from": "embargo", "transfer": "copy"},
            "repo_main": {"butler": "repo_main", "from": "prompt_prep", "transfer": "hardlink"},
            "google_int": {"butler": "google_int", "from": "prompt_prep", "transfer": "in_place", "audience": "public"},
            "google_prod": {"butler": "google_prod", "from": "prompt_prep", "transfer": "in_place", "audience": "public"},
        }
        state = f"{self.pg}{'&' if '?' in self.pg else '?'}options=-csearch_path%3Dbench_state"
        policies = [dict(types=["*_log"], embargo_hours=0, public=True, retention_days=30), dict(types=["*"], embargo_hours=80, public=True, retention_days="forever")]
        with open(f"{self.root}/pps.yaml", "w") as f:
            yaml.safe_dump(dict(state=state, repositories=repositories, policies=policies, intake=dict(folder="lists")), f, sort_keys=False)

    def check(self):
        """What each repository has at the end, by its own tables and files."""
        found = {}
        with psycopg.connect(self.pg) as c:
            for name in NAMES:
                tags = c.execute(f"SELECT DISTINCT tag_association_table FROM bench_{name}.dataset_type").fetchone()[0]
                found[name] = {
                    "datasets": c.execute(f"SELECT count(*) FROM bench_{name}.dataset").fetchone()[0],
                    "records": c.execute(f"SELECT count(*) FROM bench_{name}.file_datastore_records").fetchone()[0],
                    "regions": c.execute(f"SELECT count(*) FROM bench_{name}.visit_detector_region").fetchone()[0],
                    "tags": c.execute(f'SELECT count(*) FROM bench_{name}."{tags}"').fetchone()[0],
                }
                wrong = [k for k, n in found[name].items() if n != (len(self.visits) * DETECTORS if k == "regions" else self.n * (2 if k == "tags" and "google" in name else 1))]
                if wrong:
                    raise SystemExit(f"{name} lacks some of {wrong}: {found[name]}, of {self.n}")
        for name in ("repo_main", "google_prod"):
            with Butler.from_config(self.folder(name)) as butler:
                ref = butler.find_dataset(TYPES[0], instrument=records.INSTRUMENT, visit=self.visits[0], detector=0, collections=RUN)
                assert butler.get(ref) == {"type": TYPES[0], "visit": self.visits[0]}
        return found


# ---- who takes how long


class Stages(threading.Thread):
    """Looks every now and then how many datasets are where, by the counts that the state keeps."""

    def __init__(self, pg):
        super().__init__(daemon=True)
        self.pg, self.seen, self.ended = pg, [], threading.Event()

    def run(self):
        with psycopg.connect(self.pg, autocommit=True) as c:
            while not self.ended.wait(0.5):
                rows = c.execute("SELECT status, sum(n) FROM bench_state.dataset_count GROUP BY status").fetchall()
                n = [sum(int(k) for status, k in rows if status[i : i + 1] == "P") for i in range(len(NAMES))]
                self.seen.append((time.perf_counter(), n))

    def seconds(self, begin, end, n):
        """Each repository's, from when the one before was full."""
        self.ended.set()
        self.join()
        result, last = {}, begin
        for i, name in enumerate(NAMES):
            full = next((at for at, have in self.seen if have[i] == n), end)
            result["register" if i == 0 else name] = round(full - last, 1)
            last = full
        return result


def fields_of(pid):
    """/proc/PID/stat behind the name; the second is the parent."""
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rsplit(")", 1)[1].split()


def server_of(pg):
    with psycopg.connect(pg) as c:
        return int(fields_of(c.info.backend_pid)[1])


def cpu_of(server):
    """CPU seconds of a server and all its processes, of those that have ended, too."""
    total = sum(map(int, fields_of(server)[11:15]))
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = fields_of(pid)
        except OSError:
            continue
        if int(fields[1]) == server:
            total += sum(map(int, fields[11:13]))
    return total / TICK


def perf_of(folder, name):
    return ["perf", "record", "-q", "-F", "99", "-e", "cpu-clock", "-g", "-o", f"{folder}/{name}.perf"]


def profiled(folder, name):
    """Shares of CPU time by function: where it was spent, and under which of our functions."""
    def report(*arguments):
        out = subprocess.run(["perf", "report", "-i", f"{folder}/{name}.perf", "--stdio", "-g", "none", "--percent-limit", "0.8", *arguments],
                             capture_output=True, text=True).stdout
        return [" ".join(line.split()) for line in out.splitlines() if line.strip() and not line.startswith("#")][:40]
    return dict(itself=report("--no-children", "--sort", "dso,sym"), below=report("--children", "--sort", "sym"))


def run(world, options):
    command = [options.pps, "-c", f"{world.root}/pps.yaml"]
    subprocess.run([*command, "init"], check=True, stdout=subprocess.DEVNULL)
    time.sleep(3)  # a list that was written just now may still grow
    stages, server = Stages(world.pg), server_of(world.pg)
    wrapped, perf = ["/usr/bin/time", "-f", "%M %U %S"], None
    if options.profile:
        perf = subprocess.Popen([*perf_of(world.root, "postgres"), "-p", str(server)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wrapped = [*perf_of(world.root, "pps"), "--", *wrapped]
    stages.start()
    cpu, begin = cpu_of(server), time.perf_counter()
    done = subprocess.run([*wrapped, *command, "--json", "run", "--once"], capture_output=True, text=True)
    end = time.perf_counter()
    cpu = cpu_of(server) - cpu
    if perf:
        perf.send_signal(signal.SIGINT)
        perf.wait()
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    peak, user, system = done.stderr.split()[-3:]
    result = dict(datasets=world.n, seconds=round(end - begin, 1), per_second=round(world.n / (end - begin)), stages=stages.seconds(begin, end, world.n),
                  peak_mb=round(int(peak) / 1024), cpu_user=float(user), cpu_system=float(system), cpu_postgres=round(cpu, 1),
                  load=[round(x, 1) for x in os.getloadavg()], found=world.check())
    if perf:
        result["profile"] = {name: profiled(world.root, name) for name in ("pps", "postgres")}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pps", default=f"{TOP}/build/tools/pps")
    parser.add_argument("--datasets", type=int, default=3000000)
    parser.add_argument("--root", help="a folder with room for all of it; by default in $TMPDIR")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    options.pps = os.path.abspath(options.pps)
    root = tempfile.mkdtemp(prefix="bench-day.", dir=options.root)
    world_build.install_stand_ins()
    try:
        with Postgres(True) as pg:
            start = time.perf_counter()
            world = World(pg, root, options)
            print(f"made in {time.perf_counter() - start:.0f} s", file=sys.stderr)
            print(json.dumps(run(world, options), indent=1))
            for name in (*NAMES, "state"):
                drop_schema(pg, f"bench_{name}")
    finally:
        shutil.rmtree(root)


if __name__ == "__main__":
    main()
