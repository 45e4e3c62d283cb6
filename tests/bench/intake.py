#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures what comes in, ours and the peer in turn in one run.

    intake.py messages --tool build/tests/bench/bench-intake --kafka-tool build/tests/servers/kafka-tool [--messages 1000000] [--pairs 3]
        Messages of the writer from Kafka, read_committed, against librdkafka's own consumer loop, which commits nothing (`plain`) or as often as
        the intake does (`bare`): `stream` with the commits of the intake, `parse` also with what each message says.
    intake.py register --pps build/tools/pps --kafka-tool build/tests/servers/kafka-tool [--visits 100] [--detectors 200] [--types 5] [--pairs 3]
        Batches of 1,000 datasets from Kafka to rows in the state, on PostgreSQL, against Python: the same batch files, the Butler's
        get_many_datasets(), and an INSERT of the same columns with psycopg; and against a bare COPY of our rows.

Kafka is the one that $PPS_TEST_KAFKA names, PostgreSQL that of $PG_URL, or one of our own. Prints one JSON document.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[0] = f"{TOP}/tests/interop"  # instead of this folder, whose copy.py is not Python's

import kafka_world  # noqa: E402
import psycopg  # noqa: E402
import world_build  # noqa: E402
from lsst.daf.butler import CollectionType, DatasetType  # noqa: E402
from postgres import Postgres, drop_schema  # noqa: E402

spec = importlib.util.spec_from_file_location("records", f"{TOP}/tests/bench/records.py")
records = importlib.util.module_from_spec(spec)
spec.loader.exec_module(records)

INSTRUMENT, BATCH = "LSSTCam", 1000


def message(batch, name):
    return json.dumps({"type": "batch-ingested", "batch_id": batch, "origin": "prompt_processing", "batch_file": name})


# ---- messages ----


def one_way(tool, kafka, topic, way, n, folder):
    group = uuid.uuid4().hex
    if way in ("plain", "bare"):
        command = [tool, way, kafka.brokers, topic, group, str(n)]
    else:
        with open(f"{folder}/pps.yaml", "w") as f:
            f.write(f"intake: {{kafka: {{brokers: '{kafka.brokers}', topic: {topic}, group: {group}, batch_root: {folder}}}}}\n")
        command = [tool, way, f"{folder}/pps.yaml", str(n)]
    rate, memory, cpu = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return dict(per_second=float(rate), mb=int(memory) / 1024, cpu_seconds=float(cpu))


def messages(options):
    ways = ("plain", "bare", "stream", "parse")
    with kafka_world.Kafka(options.kafka_tool) as kafka, tempfile.TemporaryDirectory() as folder:
        topic = kafka.topic()
        lines = [message(str(uuid.UUID(int=i)), f"{'d' * 400}/{i:010d}.json").ljust(600) for i in range(options.messages)]
        kafka.produce(topic, lines)
        one_way(options.tool, kafka, topic, "bare", options.messages, folder)  # into the page cache
        rounds = [{way: one_way(options.tool, kafka, topic, way, options.messages, folder) for way in ways} for _ in range(options.pairs)]
    ratios = {f"{way}/{peer}": statistics.median(r[way]["per_second"] / r[peer]["per_second"] for r in rounds) for peer in ways[:2] for way in ways[2:]}
    return dict(messages=options.messages, bytes=600, rounds=rounds, ratios=ratios)


# ---- registering ----


TYPES = ("preliminary_visit_image", "difference_image", "dia_source_apdb", "dia_object_apdb", "isr_metadata", "difference_kernel", "template_detector",
         "single_visit_star_footprints", "isr_log", "calibrate_config")


class World:
    """A repository with many datasets of visits and detectors, and batch files of all of them."""

    def __init__(self, pg, folder, options):
        self.pg, self.folder = pg, folder
        spec = dict(instruments=records.cameras(options.detectors))
        for name in ("main", "embargo"):
            butler = world_build.make_repository(f"{folder}/{name}", records.repository("postgres", name, pg), pg)
            world_build.base_records(butler, spec)
            if name == "main":
                butler.close()
        self.butler = butler
        for element, rows in records.records(options.visits, 0).items():
            if rows:
                butler.registry.insertDimensionData(element, *rows)
        butler.registry.registerCollection("run", CollectionType.RUN)
        for name in TYPES[: options.types]:
            butler.registry.registerDatasetType(DatasetType(name, ["instrument", "visit", "detector"], "StructuredDataDict", universe=butler.dimensions))
        with psycopg.connect(pg, autocommit=True) as c:
            c.execute("SET search_path TO bench_embargo")
            self.insert(c)
            self.ids = [str(i) for (i,) in c.execute("SELECT id FROM dataset ORDER BY id")]
        self.write_batches()

    @staticmethod
    def insert(c):
        run = c.execute("SELECT collection_id FROM collection WHERE name = 'run'").fetchone()[0]
        c.execute("INSERT INTO collection_summary_instrument (collection_id, instrument) VALUES (%s, %s)", (run, INSTRUMENT))
        for number, tags in c.execute("SELECT id, tag_association_table FROM dataset_type").fetchall():
            c.execute("INSERT INTO collection_summary_dataset_type (collection_id, dataset_type_id) VALUES (%s, %s)", (run, number))
            c.execute(f"""WITH new AS (
                INSERT INTO dataset (id, dataset_type_id, run_id, ingest_date)
                SELECT gen_random_uuid(), {number}, {run}, 1764720000000000000 FROM visit v, detector d RETURNING id),
                a AS (SELECT id, row_number() OVER () AS n FROM new),
                b AS (SELECT v.instrument, v.id AS visit, d.id AS detector, row_number() OVER () AS n FROM visit v, detector d)
                INSERT INTO "{tags}" (dataset_type_id, dataset_id, collection_id, instrument, visit, detector)
                SELECT {number}, a.id, {run}, b.instrument, b.visit, b.detector FROM a JOIN b USING (n)""")
            c.execute(f'ANALYZE "{tags}"')
        c.execute("ANALYZE dataset")

    def write_batches(self):
        os.makedirs(f"{self.folder}/batches")
        self.batches = []
        for n in range(0, len(self.ids), BATCH):
            batch, name = str(uuid.uuid4()), f"{n:09d}.json"
            with open(f"{self.folder}/batches/{name}", "w") as f:
                json.dump({"batch_id": batch, "datasets": self.ids[n : n + BATCH]}, f)
            self.batches.append(message(batch, name))

    def ours(self, pps, kafka):
        """From messages to rows, all of one run; its wait for the consumer group, the same for any number of datasets, is told beside."""
        drop_schema(self.pg, "bench_state")
        with psycopg.connect(self.pg, autocommit=True) as c:
            c.execute("CREATE SCHEMA bench_state")
        topic = kafka.topic()
        with open(f"{self.folder}/pps.yaml", "w") as f:
            f.write(f"state: {self.pg}{'&' if '?' in self.pg else '?'}options=-csearch_path%3Dbench_state\nrepositories:\n"
                    "  embargo: {butler: embargo}\n  main: {butler: main, from: embargo, transfer: copy}\n"
                    "policies:\n  - {types: ['*'], embargo_hours: 80, public: false, retention_days: 30}\n"
                    f"intake: {{kafka: {{brokers: '{kafka.brokers}', topic: {topic}, batch_root: batches}}}}\n")
        command = [pps, "-c", f"{self.folder}/pps.yaml"]
        subprocess.run([*command, "init"], check=True, stdout=subprocess.DEVNULL)
        waits = self.run(command)[0]
        kafka.produce(topic, self.batches)
        seconds, memory = self.run(command)
        with psycopg.connect(self.pg) as c:
            rows = c.execute("SELECT count(*) FROM bench_state.dataset WHERE next_task IS NOT NULL").fetchone()[0]
        assert rows == len(self.ids), (rows, len(self.ids))
        return dict(seconds=seconds, of_it_group=waits, mb=memory)

    @staticmethod
    def run(command):
        start = time.perf_counter()
        out = subprocess.run(["/usr/bin/time", "-f", "%M", *command, "run", "--once", "--task", "register"], check=True, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
        return time.perf_counter() - start, int(out.stderr.split()[-1]) / 1024

    def python(self):
        """A batch after the other, from its file: what the Butler knows of them, and when their visits end, then the rows."""
        start = time.perf_counter()
        with psycopg.connect(self.pg) as c:
            c.execute("DROP TABLE IF EXISTS bench_state.python")
            c.execute("CREATE TABLE bench_state.python (id uuid PRIMARY KEY, type text, run text, data_id text, visit bigint, end_at bigint)")
            for line in self.batches:
                with open(f"{self.folder}/batches/{json.loads(line)['batch_file']}") as f:
                    ids = [uuid.UUID(i) for i in json.load(f)["datasets"]]
                refs = self.butler.get_many_datasets(ids)
                visits = {r.dataId["visit"] for r in refs}
                ends = {r.id: r.timespan.nsec[1] for r in self.butler.query_dimension_records(
                    "visit", instrument=INSTRUMENT, where="visit IN (wanted)", bind={"wanted": sorted(visits)})}
                with c.cursor() as cursor:
                    cursor.executemany("INSERT INTO bench_state.python VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                                       [(r.id, r.datasetType.name, r.run, json.dumps(dict(r.dataId.required)), r.dataId["visit"], ends[r.dataId["visit"]])
                                        for r in refs])
                c.commit()
        return dict(seconds=time.perf_counter() - start)

    def bare(self):
        """Our rows by COPY into an equal table."""
        with psycopg.connect(self.pg) as c:
            with c.cursor().copy("COPY bench_state.dataset TO STDOUT") as out:
                rows = [bytes(x) for x in out]
            c.execute("DROP TABLE IF EXISTS bench_state.bare")
            c.execute("CREATE TABLE bench_state.bare (LIKE bench_state.dataset INCLUDING ALL)")
            c.commit()
            start = time.perf_counter()
            with c.cursor().copy("COPY bench_state.bare FROM STDIN") as into:
                for row in rows:
                    into.write(row)
            c.commit()
        return dict(seconds=time.perf_counter() - start)


def register(options):
    with kafka_world.Kafka(options.kafka_tool) as kafka, tempfile.TemporaryDirectory() as folder, Postgres(True) as pg:
        world, rounds = World(pg, folder, options), []
        for _ in range(options.pairs):
            one = dict(ours=world.ours(options.pps, kafka), bare=world.bare(), python=world.python())
            for way in one.values():
                way["per_second"] = len(world.ids) / way["seconds"]
            rounds.append(one)
        world.butler.close()
    ratios = {k: statistics.median(r["ours"]["per_second"] / r[k]["per_second"] for r in rounds) for k in ("python", "bare")}
    return dict(datasets=len(world.ids), rounds=rounds, ratios=ratios)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["messages", "register"])
    parser.add_argument("--tool", default=f"{TOP}/build/tests/bench/bench-intake")
    parser.add_argument("--pps", default=f"{TOP}/build/tools/pps")
    parser.add_argument("--kafka-tool", default=f"{TOP}/build/tests/servers/kafka-tool")
    parser.add_argument("--messages", type=int, default=1000000)
    parser.add_argument("--visits", type=int, default=100)
    parser.add_argument("--detectors", type=int, default=200)
    parser.add_argument("--types", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(messages(options) if options.what == "messages" else register(options), indent=1))


if __name__ == "__main__":
    main()
