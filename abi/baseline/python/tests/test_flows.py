# SPDX-License-Identifier: BSD-3-Clause
"""The repositories, the state and both flows, from the outside to the end."""
import contextlib
import datetime
import shutil
import sqlite3
import types
import unittest
import uuid

import place
import pps

OBS = [f"MC_O_20251202_{n:06d}" for n in range(1, 6)]
UTC = datetime.timezone.utc
DOCUMENT = {  # what the example world's pps.yaml says, with another state
    "state": "sqlite:///other.db", "repositories": {"embargo": {"butler": "embargo"}, "main": {"butler": "main"}},
    "raw": {"source": "embargo", "destinations": ["main"], "dest_root": "offline/instrument", "queries": "config_raw.yaml", "skymap": "lsst_cells_v1"}}


def utc(text):
    return pps.Tai.parse(text, scale="utc")


class Repositories(place.Case):
    def setUp(self):
        super().setUp()
        self.root = self.world()
        self.butler = pps.Butler(self.root / "embargo")

    def test_what_it_is(self):
        b = self.butler
        self.assertEqual((b.universe, b.schema, b.why_not_writable), (8, None, None))
        self.assertTrue(b.config_uri.endswith("/embargo/butler.yaml") and b.root.endswith("/embargo/"))
        self.assertTrue(b.database.startswith("sqlite:///"))
        self.assertEqual(b.parts()["attributes"][1], "1.0.1")
        self.assertEqual(list(b.datastores().values()), [b.root])
        self.assertRaises(pps.NotFoundError, pps.Butler, self.folder / "none")
        self.assertRaises(ValueError, pps.Butler, self.root / "embargo", mode="append")

    def test_exposures(self):
        rows = self.butler.query_exposures(instrument="LSSTCam")
        self.assertEqual(len(rows), 5)
        found = list(rows)
        self.assertEqual((list(rows), [e.obs_id for e in found]), ([], OBS))
        with contextlib.closing(sqlite3.connect(self.root / "embargo/gen3.sqlite3")) as db:
            for e, (id_, day, group, name, sky, begin, end) in zip(found, db.execute(
                    'SELECT id, day_obs, "group", physical_filter, can_see_sky, timespan_begin, timespan_end FROM exposure ORDER BY id')):
                self.assertEqual((e.id, e.day_obs, e.group, e.physical_filter, e.can_see_sky, e.begin.ns), (id_, day, group, name, bool(sky), begin))
                self.assertEqual(e.end.ns if e.end else 4102444800 * 10**9, end)
        first = found[0]
        self.assertEqual([e.obs_id for e in self.butler.query_exposures("exposure.day_obs = 20251202", instrument="LSSTCam", begin=first.begin, end=first.end)], OBS[:1])
        self.assertEqual([e.obs_id for e in self.butler.query_exposures(begin=found[3].begin.to_datetime())], OBS[3:])
        self.assertEqual([e.obs_id for e in self.butler.query_exposures(end=first.end.to_astropy())], OBS[:1])
        with self.assertRaisesRegex(pps.ArgumentError, "where:1:1"):
            self.butler.query_exposures("exposure.nope = 1")

    def test_datasets(self):
        found = list(self.butler.query_datasets(["raw", "guider_raw"], "LSSTCam/*", f"exposure.obs_id = '{OBS[0]}'", instrument="LSSTCam"))
        raws = [d for d in found if d.type == "raw"]
        self.assertTrue(raws and all(isinstance(d.id, uuid.UUID) and d.run == "LSSTCam/raw/all" for d in raws))
        self.assertEqual(list(raws[0].data_id)[:3], ["instrument", "detector", "exposure"])
        self.assertEqual((raws[0].data_id["instrument"], raws[0].data_id["exposure"]), ("LSSTCam", 2025120200001))
        self.assertEqual(pps.Store(self.root).read(raws[0].uri.rsplit("/world/", 1)[1].replace("%20", " "))[:6], b"SIMPLE")
        self.assertGreater(raws[0].size, 0)
        self.assertRaises(pps.NotFoundError, self.butler.query_datasets, "none", "*")
        self.assertRaises(TypeError, self.butler.query_datasets, [5], "*")

    def test_collections(self):
        found = list(self.butler.query_collections())
        self.assertEqual([(c.name, c.type, c.depth) for c in found], [("LSSTCam/raw/all", pps.CollectionType.RUN, 0),
                                                                       ("LSSTCam/raw/guider", pps.CollectionType.RUN, 0)])
        self.assertEqual(len(self.butler.query_collections(["*all"])), 1)

    def test_dimensions(self):
        records = self.butler.collect_dimensions(OBS[0])
        exposure, = records.records("exposure")
        self.assertEqual((exposure["obs_id"], exposure["can_see_sky"], exposure["day_obs"]), (OBS[0], True, 20251202))
        self.assertIsInstance(exposure["exposure_time"], float)
        self.assertEqual(exposure["timespan"].begin, next(self.butler.query_exposures()).begin)
        region = next(records.records("visit_detector_region"))["region"]
        self.assertEqual((type(region), region[:1]), (bytes, b"p"))
        self.assertIsNone(next(self.butler.collect_dimensions(OBS[4]).records("exposure"))["timespan"].end)
        self.assertEqual(len(records), sum(records.count(e) for e in records.elements()))
        records.save(self.folder / "x.yaml")
        again = pps.Dimensions.load(self.folder / "x.yaml")
        for element in records.elements():
            self.assertEqual(list(again.records(element)), list(records.records(element)))
        self.assertRaises(FileExistsError, records.save, self.folder / "x.yaml")
        (self.folder / "y.yaml").write_text("a: [")
        with self.assertRaises(pps.FormatError) as caught:
            pps.Dimensions.load(self.folder / "y.yaml")
        self.assertEqual(caught.exception.file, str(self.folder / "y.yaml"))
        self.assertRaises(pps.UnsupportedError, pps.Dimensions, universe=5)
        self.assertEqual(list(records.records("none")), [])

        writer = pps.Butler(self.root / "main", mode="write")
        missing = writer.insert_dimensions(records, dry_run=True)
        self.assertGreater(missing, 0)
        self.assertEqual((writer.insert_dimensions(records), writer.insert_dimensions(records)), (missing, 0))

    def test_pack(self):
        path = self.folder / "one.zip"
        packed = self.butler.pack(OBS[0], path)
        with pps.Zip(path) as archive:
            self.assertEqual((len(archive), archive.verify()[1:]), (packed.members, packed[1:]))
            self.assertEqual({"_butler_zip_index.json", "_metadata_index.json", f"{OBS[0]}_expectedSensors.json"} - set(archive.names()), set())
        conf = pps.Conf(self.root / "pps.yaml")
        pps.State.init(conf)
        self.assertEqual(pps.Raw(conf, exposures=[OBS[0]]).run().rows[0].md5, packed.md5)
        self.assertRaises(FileExistsError, self.butler.pack, OBS[0], path)
        self.assertEqual(self.butler.pack(2025120200001, self.folder / "two.zip", instrument="LSSTCam"), packed)
        self.assertRaises(pps.NotFoundError, self.butler.pack, OBS[0], self.folder / "no.zip", instrument="LATISS")
        self.assertRaises(pps.NotFoundError, self.butler.pack, "MC_O_20251202_000099", self.folder / "no.zip")
        self.assertEqual(sorted(p.name for p in self.folder.glob("*.zip")), ["one.zip", "two.zip"])

    def test_dimensions_of_datasets(self):
        raws = list(self.butler.query_datasets("raw", "LSSTCam/raw/all", f"exposure.obs_id = '{OBS[0]}'", instrument="LSSTCam"))
        writer = pps.Butler(self.root / "main", mode="write")
        would = self.butler.transfer_dimensions(writer, raws, dry_run=True)
        self.assertEqual([e.obs_id for e in writer.query_exposures(instrument="LSSTCam")], [])
        self.assertEqual((self.butler.transfer_dimensions(writer, [r.id for r in raws]), would > 0), (would, True))
        self.assertEqual([e.obs_id for e in writer.query_exposures(instrument="LSSTCam")], OBS[:1])
        self.assertEqual(self.butler.transfer_dimensions(writer, [*map(str, (r.id for r in raws)), *raws]), 0)
        with self.assertRaisesRegex(pps.NotFoundError, "00000000-0000-0000-0000-000000000005"):
            self.butler.transfer_dimensions(writer, [*raws, uuid.UUID(int=5)])
        self.assertRaises(pps.AccessError, self.butler.transfer_dimensions, pps.Butler(self.root / "main"), raws)
        self.assertRaises(TypeError, self.butler.transfer_dimensions, writer, "text")
        self.assertRaises(ValueError, self.butler.transfer_dimensions, self.butler, raws)

    def test_from_what_a_python_butler_is_made_from(self):
        config = types.SimpleNamespace(configFile=types.SimpleNamespace(geturl=lambda: (self.root / "embargo/butler.yaml").as_uri()))
        self.assertEqual(pps.Butler(config).database, self.butler.database)
        self.assertRaises(TypeError, pps.Butler, types.SimpleNamespace(configFile=None))

    def test_zip_into_a_repository(self):
        conf = pps.Conf(self.root / "pps.yaml")
        pps.State.init(conf)
        shutil.copytree(self.root / "main", self.root / "remote")
        zip_ = pps.Raw(conf, exposures=[OBS[0]]).run().rows[0].zip
        with pps.Butler(self.root / "remote", mode="write") as remote:
            self.assertRaises(pps.NotFoundError, remote.ingest_zip, zip_)
            would = remote.import_zip(zip_, dry_run=True)
            done = remote.import_zip(zip_)
            self.assertEqual((would.datasets, would.records_added), (done.datasets, done.records_added))
            self.assertEqual({f.kind for f in done.findings}, {pps.FindingKind.MISSING})
            self.assertEqual({f.dataset for f in done.findings}, {d.id for d in remote.query_datasets("*", "*")})
            self.assertTrue(done.yaml.endswith("_dimensions.yaml"))
            self.assertEqual(remote.import_zip(zip_, unread=True).findings, ())
            self.assertEqual(remote.ingest_zip(zip_).findings, ())
            self.assertEqual(remote.verify_zip(zip_, check_files=True).findings, ())


class RawFlow(place.Case):
    def setUp(self):
        super().setUp()
        self.root = self.world()
        self.conf = pps.Conf(self.root / "pps.yaml")
        pps.State.init(self.conf)

    def test_conf(self):
        shown = self.conf.as_dict()
        self.assertEqual(shown["raw"]["source"], "embargo")
        self.assertEqual(self.conf["raw.source"], "embargo")
        self.assertEqual(self.conf.get("raw.nothing"), None)
        self.assertRaises(KeyError, lambda: self.conf["raw.nothing"])
        self.assertIn("raw.dest_root", pps.Conf.describe())

    def test_conf_of_a_program(self):
        made = pps.Conf.from_dict(DOCUMENT, folder=self.root)
        self.assertEqual(made.as_dict(), {**self.conf.as_dict(), "state": f"sqlite:///{self.root}/other.db"})
        pps.State.init(made)
        self.assertEqual(pps.Raw(made, dry_run=True).run().counts, {"held": 1, "todo": 4})
        near = pps.Conf.from_dict({"state": "sqlite:///s.db", "intake": {"folder": self.folder / "x"}, "tasks": {"copy": {"every": datetime.timedelta(hours=2)}}}, folder=self.folder)
        self.assertEqual((near["state"], near["intake.folder"], near["tasks.copy.every"]), (f"sqlite:///{self.folder}/s.db", str(self.folder / "x"), "2h"))
        with self.assertRaises(pps.ConfigError) as caught:
            pps.Conf.from_dict({"raw": {}, "sate": 1})
        self.assertTrue(all(e.file == "configuration" and e.line for e in caught.exception.errors))
        self.assertGreater(len(caught.exception.errors), 1)
        self.assertRaises(TypeError, pps.Conf.from_dict, {"state": object()})
        self.assertRaises(pps.NotFoundError, pps.Conf.from_dict, {}, folder=self.folder / "none")

    def test_dry_run_where_there_is_no_state(self):
        conf = pps.Conf.from_dict({**DOCUMENT, "state": f"sqlite:///{self.folder}/none.db"}, folder=self.root)
        flow = pps.Raw(conf, dry_run=True)
        for report in (flow.run(), flow.repair()):
            self.assertEqual((report.counts, report.exit_code), ({"held": 1, "todo": 4}, 0))
        flow._choose("dry_run", "0")
        self.assertRaises(pps.ConfigError, flow.run)
        self.assertFalse((self.folder / "none.db").exists())
        pps.State.init(conf)
        self.assertEqual(flow.run().counts, {"done": 4, "held": 1})

    def test_one_handle_for_all(self):
        """Looking before acting, and a destination that comes later, are no reason to open the flow anew."""
        flow = pps.Raw(self.conf)
        self.assertEqual(flow.check().counts, {"held": 1, "todo": 4})
        (self.root / "main").rename(self.root / "away")
        failed = flow.run()
        self.assertEqual((failed.counts, failed.exit_code), ({"held": 1, "failed": 4}, 1))
        (self.root / "away").rename(self.root / "main")
        self.assertEqual(flow.run().counts, {"done": 4, "held": 1})
        (self.root / f"offline/instrument/LSSTCam/20251202/{OBS[0]}.zip").unlink()
        self.assertEqual([flow.check().failed, flow.repair().failed, flow.check().failed], [1, 0, 0])

    def test_window_of_a_repair(self):
        pps.Raw(self.conf).run()
        zips = [self.root / f"offline/instrument/LSSTCam/20251202/{o}.zip" for o in OBS[:2]]
        for path in zips:
            path.unlink()
        due = pps.Raw(self.conf).status().rows[0].due
        at = pps.Tai(due.ns + 10**9)
        self.assertEqual([r.obs_id for r in pps.Raw(self.conf, now=at, window="2s").repair().rows if r.label == "done"], OBS[:1])
        self.assertEqual([p.exists() for p in zips], [True, False])
        self.assertEqual([r.obs_id for r in pps.Raw(self.conf).repair().rows if r.label == "done"], OBS[1:2])

    def test_out_of_embargo(self):
        first = pps.Raw(self.conf, exposures=[OBS[1], 2025120200003]).run()
        self.assertEqual([(r.obs_id, r.status) for r in first.rows], [(o, pps.RawStatus.DONE) for o in OBS[1:3]])
        report = pps.Raw(self.conf).run()
        self.assertEqual([(r.obs_id, r.status.label) for r in report.rows], [(OBS[0], "done"), (OBS[3], "done"), (OBS[4], "held")])
        held = report.rows[-1]
        self.assertEqual((held.reason, held.due, held.zip, held.code), ("its end is not known", None, None, 0))
        status = pps.Raw(self.conf).status()
        self.assertEqual([r.obs_id for r in status.rows], OBS)
        row = status.rows[0]
        self.assertEqual((row.exposure, row.day_obs, row.instrument, row.size), (2025120200001, 20251202, "LSSTCam", len(
            pps.Store(self.root / "offline/instrument/LSSTCam/20251202").read(f"{OBS[0]}.zip"))))
        check = pps.Raw(self.conf, day_obs=20251202, deep=True).check()
        self.assertEqual(check.failed, 0)
        self.assertEqual(check.rows[0].marks["zip"], pps.Mark.OK)
        self.assertEqual({place_ for place_, mark in check.rows[0].marks.items() if mark == pps.Mark.OK} & {"source", "zip", "yaml", "main"},
                         {"source", "zip", "yaml", "main"})
        (self.root / f"offline/instrument/LSSTCam/20251202/{OBS[0]}.zip").unlink()
        broken = pps.Raw(self.conf).check()
        self.assertEqual((broken.failed, broken.rows[0].marks["zip"]), (1, pps.Mark.MISSING))
        self.assertTrue(broken.rows[0].command)
        self.assertEqual(pps.Raw(self.conf).repair().failed, 0)
        self.assertEqual(pps.Raw(self.conf).check().failed, 0)

    def test_time_of_decision(self):
        before = datetime.datetime(2025, 12, 3, 2, tzinfo=UTC)
        self.assertEqual([r.obs_id for r in pps.Raw(self.conf, now=before).run().rows if r.status == pps.RawStatus.DONE], [OBS[3]])  # a bias
        due = pps.Raw(self.conf, now=before, dry_run=True).check().rows[0].due
        self.assertEqual(due, utc("2025-12-06T09:29:54"))
        self.assertEqual(pps.Raw(self.conf, now=due.to_astropy(), window=datetime.timedelta(minutes=35), dry_run=True).run().failed, 0)
        self.assertRaises(pps.ArgumentError, pps.Raw(self.conf, now=pps.Tai(pps.Tai.now().ns + 10**15)).run)
        self.assertRaises(pps.ArgumentError, pps.Raw, self.conf, window="soon")

    def test_decisions_of_operators(self):
        self.assertEqual(pps.Raw(self.conf).accept_policy("test"), (0, 0))
        self.assertRaises(pps.NotFoundError, pps.Raw(self.conf).accept, OBS[0], "not known yet")
        pps.Raw(self.conf).run()
        pps.Raw(self.conf).accept(OBS[0], "no guiders that night")
        self.assertRaises(pps.NotFoundError, pps.Raw(self.conf).accept, "MC_O_20251202_000099", "x")
        self.assertRaises(pps.ArgumentError, pps.Raw(self.conf).accept, OBS[0], "")
        pruned = pps.Raw(self.conf, dry_run=True).prune()
        self.assertEqual({r.status for r in pruned.rows}, {pps.RawStatus.HELD})

    def test_state(self):
        with pps.State(self.conf) as state:
            self.assertFalse(state.is_replay)
            self.assertEqual((state.ledger_head(), state.verify_ledger()), ((0, "0" * 64), 0))
            pps.Raw(self.conf).run()
            head = state.ledger_head()
            self.assertEqual((head.seq, state.verify_ledger()), (head.seq, head.seq))
            self.assertTrue(state.database.startswith("SQLite "))
            self.assertEqual(pps.State.init(self.conf), 0)
            self.assertGreater(state.version, 0)
        with contextlib.closing(sqlite3.connect(self.root / "state.db")) as db:
            db.execute("UPDATE ledger SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 2")
            db.commit()
        self.assertRaises(pps.ConflictError, pps.State(self.conf).verify_ledger)


class PublishFlow(place.Case):
    def setUp(self):
        super().setUp()
        self.root = self.world() / "products"
        self.conf = pps.Conf(self.root / "pps.yaml")
        pps.State.init(self.conf, replay=True)
        pps.Publish.mark_replay(self.conf)

    def test_life_of_products(self):
        self.assertTrue(pps.State(self.conf).is_replay)
        report = pps.Publish(self.conf, now=utc("2025-12-04")).run()
        done = {(r.task, r.repository): r.done for r in report.rows}
        self.assertGreater(done["register", "embargo"], 0)
        self.assertGreater(done["copy", "prompt_prep"], 0)
        self.assertEqual((report.down, report.is_held, [r for r in report.rows if r.failed]), ((), False, []))
        flow = pps.Publish(self.conf)
        found = list(flow.datasets())
        self.assertEqual(len(found), done["register", "embargo"])
        self.assertEqual([d["id"] for d in found], sorted(d["id"] for d in found))
        some = next(d for d in found if d["next"] and d["next"]["task"] == "copy")
        words = flow.explain(uuid.UUID(some["id"]))
        self.assertEqual((words["id"], words["type"]), (some["id"], some["type"]))
        self.assertEqual({d["type"] for d in pps.Publish(self.conf, type="dia_*").datasets()}, {t for t in {d["type"] for d in found} if t.startswith("dia_")})
        self.assertEqual(len(list(pps.Publish(self.conf, limit=3).datasets())), 3)
        self.assertRaises(pps.NotFoundError, flow.explain, uuid.UUID(int=5))
        ref = types.SimpleNamespace(id=uuid.UUID(some["id"]))
        held = flow.command("hold", [ref, str(uuid.UUID(int=5))], reason="look at it", who="test@here")
        self.assertEqual((held["chosen"], held["changed"], held["not_found"]), (1, 1, [str(uuid.UUID(int=5))]))
        self.assertEqual([d["id"] for d in pps.Publish(self.conf, held=True).datasets()], [some["id"]])
        later = pps.Publish(self.conf, now=utc("2025-12-06T12:00"))
        later.run()
        self.assertEqual(flow.explain(ref)["status"]["prompt_prep"], some["status"]["prompt_prep"])
        flow.command("unhold", [ref], reason="all well")
        self.assertGreater({(r.task, r.repository): r.done for r in later.run().rows}["copy", "prompt_prep"], 0)
        self.assertEqual(pps.State(self.conf).verify_ledger(), pps.State(self.conf).ledger_head().seq)

    def test_leaving_a_loop(self):
        flow = pps.Publish(self.conf, now=utc("2025-12-04"))
        flow.run()
        self.addCleanup(setattr, pps.publish, "_AHEAD", pps.publish._AHEAD)
        pps.publish._AHEAD = 2
        for dataset in flow.datasets():
            self.assertRaisesRegex(RuntimeError, "in a call", flow.status)
            break
        del dataset
        self.assertIn("types", flow.status())
        rows = flow.datasets()
        next(rows)
        rows.close()
        rows = flow.datasets()
        next(rows)
        del rows
        self.assertIn("types", flow.status())

    def test_register_and_decisions(self):
        batch = next((self.root / "incoming").glob("*.json"))
        dry = pps.Publish(self.conf, dry_run=True).register(batch)
        flow = pps.Publish(self.conf)
        done = flow.register(batch, origin="prompt_processing")
        self.assertEqual((dry["new"], done["known"] + done["new"] > 0), (done["new"], True))
        self.assertEqual(flow.register(batch)["new"], 0)
        self.assertEqual(flow.accept_policy("test")["waits"], False)
        self.assertEqual(flow.retry_letters("test")["revived"], 0)
        self.assertEqual(flow.notices()["destinations"], [])
        self.assertRaises(pps.ConfigError, flow.carry_out, 0)  # no block workers.kafka
        self.assertRaises(pps.NotFoundError, flow.retry_notices, "feed", "test")
        self.assertRaises(pps.ArgumentError, flow.command, "nothing", reason="x")
        self.assertRaises(ValueError, flow.command, "hold", [], reason="x")
        self.assertRaises(pps.ArgumentError, flow.command, "pin", reason="")
        self.assertEqual(pps.Publish(self.conf, type="packages").command("pin", reason="test")["action"], "pin")

    def test_adopt_and_audit(self):
        pps.Publish(self.conf, now=utc("2025-12-04")).run()
        found = pps.Publish(self.conf).audit(deep=True)
        self.assertEqual((found.summary["found"], found.findings, found.summary["down"] or None), (0, [], None))
        with contextlib.closing(sqlite3.connect(self.root / "state.db")) as db:
            known = db.execute("SELECT count(*) FROM dataset").fetchone()[0]
        next(p for p in sorted((self.root / "prompt_prep").rglob("*")) if p.is_file() and p.name not in ("butler.yaml", "gen3.sqlite3")).unlink()
        found = pps.Publish(self.conf, repository="prompt_prep").audit()
        self.assertEqual((found.summary["found"], {f["repository"] for f in found.findings}), (len(found.findings), {"prompt_prep"}))
        self.assertGreater(len(found.findings), 0)
        (self.root / "state.db").unlink()
        pps.State.init(self.conf, replay=True)
        pps.Publish.mark_replay(self.conf)
        dry = pps.Publish(self.conf, dry_run=True).adopt()
        self.assertGreater(dry["new"], 0)
        self.assertEqual(pps.Publish(self.conf).adopt(who="test@here")["new"], dry["new"])
        self.assertLessEqual(dry["new"], known)

    def test_transfer(self):
        source, dest = pps.Butler(self.root / "embargo"), pps.Butler(self.root / "prompt_prep", mode="write")
        self.assertEqual((source.in_flow(self.conf), pps.Butler(self.root.parent / "main").in_flow(self.conf)), ("embargo", None))
        with contextlib.closing(sqlite3.connect(self.root / "embargo/gen3.sqlite3")) as db:
            ids = [uuid.UUID(x) if isinstance(x, str) else uuid.UUID(bytes=x) for x, in db.execute("SELECT id FROM dataset ORDER BY id")][:5]
        would = source.transfer(dest, ids, mode="copy", dry_run=True)
        self.assertEqual((would.counts, would.left_out), ({pps.Outcome.INSERTED: 5}, ()))
        self.assertEqual(source.transfer(dest, [types.SimpleNamespace(id=i) for i in ids], mode="copy"), would)
        again = source.transfer(dest, [str(i) for i in ids] + [uuid.UUID(int=5)], mode="copy")
        self.assertEqual(again.counts, {pps.Outcome.THERE: 5, pps.Outcome.MISSING: 1})
        self.assertEqual([(t.id, t.outcome) for t in again.left_out], [(uuid.UUID(int=5), pps.Outcome.MISSING)])
        every = source.transfer_chosen(dest, "*", "*", mode="copy")
        self.assertEqual((every.counts[pps.Outcome.THERE], every.left_out), (5, ()))
        for wrong in (lambda: source.transfer(source, ids, mode="copy"), lambda: source.transfer(dest, ids, mode="move"),
                      lambda: source.transfer(dest, ["no uuid"], mode="copy")):
            self.assertRaises(ValueError, wrong)
        self.assertRaises(TypeError, source.transfer, None, ids, mode="copy")

    def test_prepare(self):
        report = pps.Butler.prepare(self.conf, "google_int", "embargo", dry_run=True)
        self.assertIn(pps.FindingKind.ADDED, {f.kind for f in report.findings})
        pps.Butler.prepare(self.conf, "google_int", "embargo", instruments=["LSSTCam"])
        self.assertNotIn(pps.FindingKind.ADDED, {f.kind for f in pps.Butler.prepare(self.conf, "google_int", "embargo", instruments="LSSTCam").findings})
        names = {c.name: c.type for c in pps.Butler(self.root / "google_int").query_collections("Prompt/*")}
        self.assertEqual(names["Prompt/Outputs/Available"], pps.CollectionType.TAGGED)


if __name__ == "__main__":
    unittest.main()
