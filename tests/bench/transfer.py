#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures bringing datasets into another repository against the Python Butler and a bare COPY of the same rows, in turn.

    transfer.py --tool build/tests/interop/refs-tool [--db sqlite|postgres|both] [--visits 10] [--detectors 205] [--pairs 3] [--chunk 5000]

Hard links with all rows (`hardlink`, by pps_butler_transfer(), which looks for dimension records, too: the Butler does with transfer_dimensions, and is
measured with and without), and records in place with a TAGGED collection (`publish`, in chunks, several at a
time, as `pps run` does it); `far` is the same through a proxy that adds 50 ms to each round trip. Dimension records are there. The Butler calls
transfer_from(), and associate(). PostgreSQL is the one that $PG_URL names, or one of our own. --visits 98 are 20,090 datasets. Prints one JSON document: datasets a second, medians of the ratios.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/../interop")

import psycopg  # noqa: E402
import records  # noqa: E402
import world_build  # noqa: E402
import yaml  # noqa: E402
from lsst.daf.butler import Butler, CollectionType, DatasetRef, DatasetType, FileDataset  # noqa: E402
from postgres import Postgres  # noqa: E402
from tables import Database, differences, dump  # noqa: E402

RUN, TAG, KIND = "u/run", "Prompt/Outputs/Available", "preliminary_visit_image"
LANES = 2
DELAY = 0.025  # each way


# ---- a database across the ocean


def proxy(url_host, url_port, ready):
    """Bytes arrive 25 ms later than they were sent, in either direction, whatever their number."""
    async def pump(reader, writer):
        queue, loop = asyncio.Queue(), asyncio.get_running_loop()

        async def deliver():
            while (item := await queue.get()) is not None:
                await asyncio.sleep(max(0, item[0] - loop.time()))
                writer.write(item[1])
                await writer.drain()
            writer.close()
        task = asyncio.create_task(deliver())
        while data := await reader.read(1 << 20):
            queue.put_nowait((loop.time() + DELAY, data))
        queue.put_nowait(None)
        await task

    async def serve(reader, writer):
        there = await asyncio.open_connection(url_host, url_port)
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer), return_exceptions=True)

    async def run():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        ready.send(server.sockets[0].getsockname()[1])
        async with server:
            await server.serve_forever()
    asyncio.run(run())


class Far:
    """The URL of the same database through the proxy."""

    def __init__(self, url):
        parts = psycopg.conninfo.conninfo_to_dict(url)
        here, there = multiprocessing.Pipe(False)
        self.process = multiprocessing.Process(target=proxy, args=(parts.get("host", "127.0.0.1"), int(parts.get("port", 5432)), there), daemon=True)
        self.process.start()
        self.url = f"postgresql://{parts['user']}@127.0.0.1:{here.recv()}/{parts['dbname']}"

    def stop(self):
        self.process.terminate()
        self.process.join()


# ---- repositories


class World:
    def __init__(self, db, pg, folder, options):
        self.db, self.pg, self.folder, self.options = db, pg, folder, options
        self.spec = dict(instruments=records.cameras(options.detectors))
        self.keys = [(records.DAY * 100000 + k + 1, d) for k in range(options.visits) for d in range(options.detectors)]
        self.source = world_build.make_repository(f"{folder}/source", records.repository(db, "source", pg), pg)
        world_build.base_records(self.source, self.spec)
        for element, rows in records.records(options.visits, options.detectors).items():
            self.source.registry.insertDimensionData(element, *rows)
        self.refs = self.fill()
        self.analyze("bench_source")

    def fill(self):
        kind = DatasetType(KIND, ("instrument", "visit", "detector"), "ExposureF", universe=self.source.dimensions)
        self.source.registry.registerDatasetType(kind)
        self.source.collections.register(RUN, CollectionType.RUN)
        base, files, refs = int(time.time() * 1000) << 80, [], []
        for n, (visit, detector) in enumerate(self.keys):
            data = dict(instrument=records.INSTRUMENT, visit=visit, detector=detector)
            ref = DatasetRef(kind, self.source.registry.expandDataId(data) if n == 0 else self.expanded(data), run=RUN,
                             id=uuid.UUID(int=base + (n << 80) | 7 << 76 | 2 << 62 | n))
            path = f"{self.folder}/source/{RUN}/{KIND}/{visit}/{KIND}_{visit}_{detector}.fits"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(b"x" * 100)
            files.append(FileDataset(path=path, refs=[ref], formatter=world_build.FORMATTER))
            refs.append(ref)
        self.source.ingest(*files, transfer=None)
        return refs

    def expanded(self, data):
        from lsst.daf.butler import DataCoordinate
        return DataCoordinate.standardize(data, dimensions=self.source.dimensions.conform(["instrument", "visit", "detector"]))

    def analyze(self, schema):
        """As autovacuum has long done where rows have not come this second."""
        if self.db == "postgres":
            with psycopg.connect(self.pg, autocommit=True) as c:
                for (table,) in c.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall():
                    c.execute(f'ANALYZE {schema}."{table}"')

    def fresh(self, shared, url=None):
        """An empty destination that has the dimension records; @shared: its datastore is the source's folder."""
        folder = f"{self.folder}/dest"
        shutil.rmtree(folder, ignore_errors=True)
        butler = world_build.make_repository(folder, records.repository(self.db, "dest", self.pg), self.pg)
        world_build.base_records(butler, self.spec)
        butler.transfer_dimension_records_from(self.source, self.refs)
        butler.registry.registerDatasetType(self.refs[0].datasetType)
        butler.collections.register(TAG, CollectionType.TAGGED)
        butler.close()
        self.analyze("bench_dest")
        with open(f"{folder}/butler.yaml") as f:
            config = yaml.safe_load(f)
        if shared:
            config["datastore"]["root"] = f"{self.folder}/source"
        if url:
            config["registry"]["db"] = url
        with open(f"{folder}/butler.yaml", "w") as f:
            yaml.safe_dump(config, f)
        self.settle()
        return folder

    def settle(self):
        """What was written before the clock starts is on the disk: else who makes its files safe first pays for all of it. The server has room in its
        log, as one that has long been running."""
        if self.db == "postgres":
            with psycopg.connect(self.pg, autocommit=True) as c:
                c.execute("CHECKPOINT")
        os.sync()

    # ---- the contestants: each gives seconds

    def python(self, mode, records=False):
        """@records: it looks for dimension records, too, as ours does for `hardlink`."""
        folder = self.fresh(mode == "in_place")
        with Butler.from_config(folder, writeable=True) as butler:
            start, cpu = time.perf_counter(), time.process_time()
            butler.transfer_from(self.source, self.refs, transfer="hardlink" if mode == "hardlink" else "copy", register_dataset_types=True,
                                 transfer_dimensions=records)
            if mode == "in_place":
                butler.registry.associate(TAG, self.refs)
            seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        return seconds, dump(folder), cpu

    def ours(self, mode, url=None):
        folder = self.fresh(mode == "in_place", url)
        lanes = LANES if mode == "in_place" and self.db == "postgres" else 1  # in chunks, several at a time, as `pps run` does it
        share = -(-len(self.refs) // lanes)
        chunk = -(-share // -(-share // self.options.chunk))  # no small one at the end, which a day of them would not show
        words = [self.options.tool, f"{self.folder}/source", mode, folder, *(["whole"] if mode == "hardlink" else [str(chunk), TAG])]
        done = [self.start(words, "".join(f"{r.id}\n" for r in self.refs[k * share : (k + 1) * share])) for k in range(lanes)]
        said = [p.communicate() for p in done]
        if any(p.returncode for p in done):
            sys.exit(f"{said}")
        # without what opens the repositories, as of Python
        clocks = [json.loads(out.splitlines()[-1]) for out, _ in said]
        seconds = (max(c["to_ns"] for c in clocks) - min(c["from_ns"] for c in clocks)) / 1e9
        usage = [err.split()[-3:] for _, err in said]
        rows = dump(folder) if not url else None
        return seconds, rows, dict(peak_mb=round(max(int(u[0]) for u in usage) / 1024), cpu=round(sum(float(u[1]) + float(u[2]) for u in usage), 2))

    def start(self, arguments, ids):
        given = tempfile.TemporaryFile("w+")
        given.write(ids)
        given.seek(0)
        return subprocess.Popen(["/usr/bin/time", "-f", "%M %U %S", *arguments], stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def bare(self):
        """The rows that the last contestant left, deleted and copied again, in one transaction on one connection."""
        database = Database(f"{self.folder}/dest")
        tables = ["dataset", *sorted(t for t in database.tables() if t.startswith("dataset_tags_")), "dataset_location", "file_datastore_records"]
        database.close()
        with psycopg.connect(self.pg) as c:
            data = {}
            for table in tables:
                with c.cursor().copy(f"COPY bench_dest.{table} TO STDOUT (FORMAT binary)") as copy:
                    data[table] = b"".join(copy)
            for table in reversed(tables):
                c.execute(f"DELETE FROM bench_dest.{table}")
            c.commit()
            self.settle()
            start = time.perf_counter()
            for table in tables:
                with c.cursor().copy(f"COPY bench_dest.{table} FROM STDIN (FORMAT binary)") as copy:
                    copy.write(data[table])
            c.commit()
            return time.perf_counter() - start


def measure_mode(world, name, mode, far):
    n, runs = len(world.refs), []
    for _ in range(world.options.pairs):
        python, theirs, cpu = world.python(mode)
        ours, rows, parts = world.ours(mode)
        if wrong := differences(rows, theirs):
            sys.exit("\n".join(wrong))
        run = dict(python=round(n / python), ours=round(n / ours), python_cpu=round(cpu, 2), ours_cpu=parts["cpu"], peak_mb=parts["peak_mb"])
        if world.db == "postgres":
            run["bare"] = round(n / world.bare())
        if far:
            seconds, _, _ = world.ours(mode, far.url)
            run["ours_far"] = round(n / seconds)
        if mode == "hardlink":
            run["python_records"] = round(n / world.python(mode, records=True)[0])
        runs.append(run)
    result = dict(db=world.db, what=name, datasets=n, runs=runs)
    # CPU seconds are of the client, which is all there is on SQLite: they say more than the clock where others use the machine too
    for key, a, b in (("ratio", "ours", "python"), ("ratio_same_work", "ours", "python_records"), ("cpu_ratio", "python_cpu", "ours_cpu"), ("of_bare", "ours", "bare"),
                      ("far_of_near", "ours_far", "ours")):
        if a in runs[0] and b in runs[0]:
            result[key] = round(statistics.median(r[a] / r[b] for r in runs), 2)
    return result


def measure(db, options, pg, folder):
    world = World(db, pg, folder, options)
    far = Far(pg) if db == "postgres" else None
    try:
        results = [measure_mode(world, "hardlink", "hardlink", None), measure_mode(world, "publish", "in_place", far)]
    finally:
        if far:
            far.stop()
        world.source.close()
    return [dict(r, load=[round(x, 1) for x in os.getloadavg()]) for r in results]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--visits", type=int, default=10)
    parser.add_argument("--detectors", type=int, default=205)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--chunk", type=int, default=5000)
    options = parser.parse_args()
    world_build.install_stand_ins()
    dbs = ("sqlite", "postgres") if options.db == "both" else (options.db,)
    results = []
    with Postgres("postgres" in dbs) as pg:
        for db in dbs:
            folder = tempfile.mkdtemp(prefix="bench-transfer.")
            try:
                results += measure(db, options, pg, folder)
            finally:
                shutil.rmtree(folder)
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
