# SPDX-License-Identifier: BSD-3-Clause
"""The handles that talk to servers, with real ones: a Butler and the state on PostgreSQL, Rucio, Kafka; judged by the real Butler. Run by servers_test.py."""
import json
import os
import shutil
import subprocess
import unittest
import uuid

import place
import pps

JUDGE = f"{place.TOP}/.venv/bin/python"
PREFIX = "root://frdf.example:1094//rucio"
RSE = "SLAC_RAW_DISK"
MOVED = [f"MC_O_20251202_{n:06d}" for n in range(1, 5)]
MAKE = """
import sys
from lsst.daf.butler import Butler, Config
config = Config()
config["registry", "db"], config["registry", "namespace"] = sys.argv[2], "butler"
Butler.makeRepo(sys.argv[1], config=config)
"""
LOOK = """
import json, sys
from lsst.daf.butler import Butler
with Butler.from_config(sys.argv[1]) as butler:
    refs = butler.query_datasets("raw", collections="*", find_first=False, limit=None)
    exposures = [record.obs_id for record in butler.query_dimension_records("exposure", limit=None)]
    json.dump([sorted(str(ref.id) for ref in refs), sorted(exposures), all(butler.getURI(ref).exists() for ref in refs)], sys.stdout)
"""


class Real(place.Case):
    def setUp(self):
        super().setUp()
        self.root = self.world()
        self.name = f"python_{uuid.uuid4().hex[:12]}"

    def conf(self, more="", **changes):
        text = (self.root / "pps.yaml").read_text()
        for old, new in changes.items():
            self.assertIn(f"{old}: ", text)
            text = "\n".join(f"{line[:len(line) - len(line.lstrip())]}{old}: {new}" if line.strip().startswith(f"{old}:") else line for line in text.split("\n"))
        path = self.root / f"{uuid.uuid4().hex}.yaml"
        path.write_text(text + more)
        return pps.Conf(path)


class PostgreSQL(Real):
    def setUp(self):
        super().setUp()
        self.server = os.environ["PG_URL"].rsplit("/", 1)[0]
        self.url = f"{self.server}/{self.name}"
        self.sql("postgres", f"CREATE DATABASE {self.name}")
        self.addCleanup(self.sql, "postgres", f"DROP DATABASE {self.name} WITH (FORCE)")
        self.sql(self.name, "CREATE EXTENSION btree_gist; CREATE SCHEMA butler")

    def sql(self, database, text):
        subprocess.run([f"{os.environ['PG_BIN']}/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", text, f"{self.server}/{database}"], check=True)

    def test_flow_into_a_repository(self):
        subprocess.run([JUDGE, "-c", MAKE, self.root / "real", self.url], check=True)
        conf = self.conf(state=self.url, main="{butler: real}")
        self.assertGreater(pps.State.init(conf), 0)
        report = pps.Raw(conf).run()
        self.assertEqual([row.obs_id for row in report.rows if row.status == pps.RawStatus.DONE], MOVED, report)
        self.assertEqual(pps.Raw(conf, deep=True).check().failed, 0)
        with pps.State(conf) as state, pps.Butler(self.root / "real", mode="write") as butler:
            self.assertTrue(state.database.startswith("PostgreSQL "), state.database)
            self.assertEqual(state.verify_ledger(), state.ledger_head().seq)
            self.assertEqual((butler.schema, butler.database.split(":")[0]), ("butler", "postgresql"))
            self.assertEqual([e.obs_id for e in butler.query_exposures()], MOVED)
            ours = list(butler.query_datasets("raw", "*"))
            self.assertEqual({d.run for d in ours}, {"LSSTCam/raw/all"})
            records = pps.Butler(self.root / "embargo").collect_dimensions(MOVED[0])  # visits too, which the flow leaves out
            self.assertGreater(butler.insert_dimensions(records), 0)
            self.assertEqual(butler.insert_dimensions(records), 0)
        judged = json.loads(subprocess.run([JUDGE, "-c", LOOK, self.root / "real"], check=True, stdout=subprocess.PIPE, text=True).stdout)
        self.assertEqual(judged, [sorted(str(d.id) for d in ours), MOVED, True])


class Kafka(Real):
    def setUp(self):
        super().setUp()
        self.brokers = os.environ["PPS_TEST_KAFKA"]
        self.tool("create", self.name, "2")

    def tool(self, command, *words, lines=()):
        text = "".join(f"{line}\n" for line in lines)
        subprocess.run([place.TOP / "build/tests/servers/kafka-tool", command, self.brokers, *words], input=text, text=True, check=True, stdout=subprocess.DEVNULL)

    def test_stream(self):
        conf = self.conf(f"intake: {{kafka: {{brokers: '{self.brokers}', topic: {self.name}, group: g, batch_root: '{self.root}'}}}}\n")
        sent = [f"ä {n}" for n in range(20)]
        self.tool("bulk", self.name, lines=sent)
        with pps.Stream(conf, "intake.kafka") as stream:
            got = [message for message in (stream.next(timeout=60) for _ in sent) if message]
            self.assertEqual(sorted(m.value.decode() for m in got), sorted(sent))
            self.assertEqual({m.topic for m in got}, {self.name})
            self.assertEqual(len({(m.partition, m.offset) for m in got}), len(sent))
            while not stream.at_end:
                self.assertIsNone(stream.next(timeout=0.1))
            stream.commit()
        self.tool("bulk", self.name, lines=["later"])
        with pps.Stream(conf, "intake.kafka") as stream:
            self.assertEqual(stream.next(timeout=60).value, b"later")
            self.assertIsNone(stream.next(timeout=0.5))

    def test_import(self):
        site = self.conf()
        pps.State.init(site)
        files = self.root / "rucio/raw"
        files.mkdir(parents=True)
        self.assertEqual(pps.Raw(site, exposures=MOVED[:2]).run().failed, 0)
        for path in (self.root / "offline/instrument/LSSTCam/20251202").iterdir():
            shutil.copy(path, files)
        subprocess.run(["/usr/bin/python3", "-B", f"{place.TOP}/examples/world/make-world.py", self.folder / "remote"], check=True)
        conf = self.conf(f"import: {{kafka: {{brokers: '{self.brokers}', group: g}}, topics: {{{self.name}: {{rucio_prefix: '{PREFIX}', local_prefix: rucio, repository: main}}}}}}\n",
                         state="sqlite:///remote.db", main=f"{{butler: '{self.folder}/remote/main'}}")
        pps.State.init(conf)
        self.tool("bulk", self.name, lines=[json.dumps(dict(event_type="transfer-done", payload={
            "scope": "raw", "name": f"raw/{name}.zip", "dst-rse": "FRDF", "dst-url": f"{PREFIX}/raw/{name}.zip", "rubin_butler": "zip_file"})) for name in MOVED[:2]])
        with pps.Import(conf) as imports:
            found = [imports.next(timeout=60) for _ in range(2)]
        self.assertEqual([(o.status, o.repository, o.reason) for o in found], [(pps.ImportStatus.DONE, "main", "")] * 2)
        self.assertEqual([o.ingested for o in found], [o.datasets for o in found])
        self.assertEqual([e.obs_id for e in pps.Butler(self.folder / "remote/main").query_exposures()], MOVED[:2])


class Rucio(Real):
    def ask(self, *questions):
        """Answers of Rucio's own client."""
        clients = os.environ["PPS_TEST_RUCIO_CLIENT"]
        done = subprocess.run([os.environ["PPS_TEST_RUCIO_PYTHON"], f"{place.TOP}/tests/interop/rucio_look.py"], text=True, check=True, stdout=subprocess.PIPE,
                              input="".join(json.dumps(q) + "\n" for q in questions), env={**os.environ, "PYTHONPATH": "", "RUCIO_CONFIG": f"{clients}/userpass.cfg"})
        return [json.loads(line)["answer"] for line in done.stdout.splitlines()]

    def test_exposures(self):
        scope = self.name.replace("_", "-")
        self.ask(dict(ask="add scope", scope=scope))
        pps.State.init(self.conf())
        rows = pps.Raw(self.conf()).run().rows
        for login in ("userpass", "ssh"):
            conf = self.conf(f"rucio: {{config: {os.environ['PPS_TEST_RUCIO_CLIENT']}/{login}.cfg, rse: {RSE}, scope: {scope}}}\n")
            with pps.Rucio(conf) as rucio:
                self.assertEqual((rucio.auth_type, rucio.scope, rucio.rse), (login, scope, RSE))
                self.assertTrue(rucio.whoami().name)
                self.assertLess(abs(rucio.clock().ns - pps.Tai.now().ns), 60 * 10**9)
                report = rucio.register(conf, MOVED[:2])
                self.assertEqual([(r.status, r.code) for r in report.rows],
                                 [(pps.RucioStatus.CHANGED if login == "userpass" else pps.RucioStatus.OK, 0)] * 2, report)
                found = {e.name: e for e in rucio.query("*", kind="file")}
                self.assertTrue(any(e.kind == pps.RucioKind.DATASET for e in rucio.query()))
        known, = self.ask(dict(ask="dump", scope=scope))
        self.assertEqual({n: (f["bytes"], f["md5"], f["adler32"]) for n, f in known["files"].items()}, {n: (e.size, e.md5, e.adler32) for n, e in found.items()})
        zips = {f"LSSTCam/20251202/{row.obs_id}.zip": (row.size, row.md5) for row in rows if row.obs_id in MOVED[:2]}
        self.assertEqual({n: (e.size, e.md5) for n, e in found.items() if n.endswith(".zip")}, zips)


if __name__ == "__main__":
    unittest.main()
