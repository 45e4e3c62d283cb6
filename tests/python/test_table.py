# SPDX-License-Identifier: BSD-3-Clause
"""Tables: each value is that of the rows, readers of Arrow take them where they are, and they last as long as anything looks at them."""
import contextlib
import copy
import functools
import gc
import json
import pathlib
import pickle
import shutil
import sqlite3
import subprocess
import tempfile
import unittest
import uuid
import warnings

import numpy
import place
import pps

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pandas
    import polars
    import pyarrow

OBS = [f"MC_O_20251202_{n:06d}" for n in range(1, 6)]
FIXED = ["id", "type", "run", "origin", "instrument", "data_id", "visit", "detector", "day_obs", "end", "registered", "held", "pinned", "withdrawn",
         "adopted", "next_task", "next_repository", "next_due", "attempts", "error"]
REPOSITORIES = ["embargo", "prompt_prep", "repo_main", "google_int", "google_prod"]
TIMES = ["end", "registered", "next_due", *(f"since_{r}" for r in REPOSITORIES)]


@functools.cache  # of 100,000 rows most are alike
def milliseconds(when):
    """As the rows have it."""
    return None if when is None else when.isoformat(scale="tai")[:-6]


def address(view):
    return numpy.frombuffer(view, "u1").ctypes.data


def row_of(d):
    """A dataset's document as a row of the table, its times cut."""
    following = d["next"] or {}
    return {
        **{k: d[k] for k in ("id", "type", "run", "origin", "instrument", "visit", "day_obs", "registered", "held", "pinned", "withdrawn", "adopted",
                             "attempts", "error")},
        "data_id": d["data_id"], "detector": d["data_id"].get("detector"), "end": None if d["end"] in ("unknown", "none") else d["end"],
        "next_task": following.get("task"), "next_repository": following.get("repository"), "next_due": following.get("due"),
        **{f"status_{r}": d["status"][r] for r in REPOSITORIES}, **{f"since_{r}": d["since"][r] for r in REPOSITORIES}}


class Products(unittest.TestCase):
    """A state with whatever a dataset can be, the same for all."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="pps pythön "))
        cls.addClassCleanup(shutil.rmtree, folder)
        subprocess.run(["/usr/bin/python3", "-B", f"{place.TOP}/examples/world/make-world.py", folder / "world"], check=True)
        cls.root = folder / "world/products"
        cls.conf = pps.Conf(cls.root / "pps.yaml")
        pps.State.init(cls.conf, replay=True)
        pps.Publish.mark_replay(cls.conf)
        pps.Publish(cls.conf, now=pps.Tai.parse("2025-12-04", scale="utc")).run()
        flow = pps.Publish(cls.conf)
        ids = [d["id"] for d in flow.datasets()]
        for action, n in (("hold", 1), ("pin", 2), ("expire", 3)):
            flow.command(action, [ids[n]], reason="test", who="test@here")
        with cls.database("state.db") as db:
            hexed = [i.replace("-", "") for i in ids]
            db.execute("UPDATE dataset_word SET word = 'LSSTCam/prüfung/天文/\U0001f52d' WHERE word LIKE 'LSSTCam/%'")
            db.execute("UPDATE dataset SET visit = NULL, day_obs = NULL, end_kind = 2, data_id = ? WHERE id = ?", ('{"instrument": "LSSTCam"}', hexed[4]))
            db.execute("UPDATE dataset SET data_id = replace(data_id, '\"detector\": ', '\"detector\": -') WHERE id = ?", hexed[5:6])
            db.execute("INSERT INTO dataset_trouble VALUES (?, 1, 7, -7, ?, 5, 6, 0)", (hexed[6], "Zürich: \"no\"\n\t'disk' \x7f"))

    @classmethod
    @contextlib.contextmanager
    def database(cls, name):
        with contextlib.closing(sqlite3.connect(cls.root / name)) as db, db:
            yield db

    def compare(self, table, rows):
        """Value by value, as Python sees them."""
        self.assertEqual(table.num_rows, len(rows))
        wanted = [row_of(d) for d in rows]
        for name in table.column_names:
            found = list(table[name])
            if name == "data_id":
                found = list(map(functools.cache(json.loads), found))
            elif name in TIMES:
                found = list(map(milliseconds, found))
            self.assertEqual(found, [row[name] for row in wanted], name)

    def test_each_value_is_that_of_the_rows(self):
        flow = pps.Publish(self.conf)
        rows = list(flow.datasets())
        for scale in ("utc", "tai"):
            table = flow.table(scale=scale)
            self.assertEqual(table.column_names, FIXED + [f"{what}_{r}" for r in REPOSITORIES for what in ("status", "since")])
            self.compare(table, rows)
            self.assertEqual({table[n].kind for n in TIMES}, {scale})
        for name in ("visit", "detector", "day_obs", "end", "next_due", "error", "since_google_prod"):
            self.assertIn(None, table[name], name)
        self.assertEqual([sum(table[n]) for n in ("held", "pinned", "withdrawn", "adopted")], [1, 1, 1, 0])
        self.assertEqual([n for n in table["attempts"] if n], [7])
        for n in ("type", "visit"):
            one = rows[8][n]
            chosen = pps.Publish(self.conf, **{n: one})
            self.compare(chosen.table(), list(chosen.datasets()))
        self.assertEqual(pps.Publish(self.conf, limit=3).table().num_rows, 3)
        self.assertRaises(ValueError, flow.table, scale="local")
        flow.close()
        self.assertRaises(ValueError, flow.table)

    def test_arrow(self):
        table = pps.Publish(self.conf).table()
        arrow = pyarrow.table(table)
        arrow.validate(full=True)
        self.assertEqual((arrow.num_rows, arrow.column_names), (22, table.column_names))
        self.assertEqual({arrow.schema.field(n).type for n in TIMES}, {pyarrow.timestamp("ns", "UTC")})
        self.assertEqual({arrow.schema.field(n).metadata[b"time_scale"] for n in TIMES}, {b"utc"})
        self.assertEqual([str(arrow.schema.field(n).type) for n in ("id", "visit", "held")], ["large_string", "int64", "bool"])
        for name in table.column_names:
            column, found = table[name], arrow.column(name)
            if name in TIMES:
                self.assertEqual(found.cast("int64").to_pylist(), [v if t else None for v, t in zip(column.values, column)], name)
            else:
                self.assertEqual(found.to_pylist(), list(column), name)
            at = found.chunk(0).buffers()
            self.assertEqual(at[-1].address, address(column.values), name)
            self.assertEqual((at[0] is None, found.null_count), (column.validity is None, list(column).count(None)), name)
        self.assertTrue(pyarrow.table(pyarrow.RecordBatchReader.from_stream(table)).equals(arrow))
        self.assertTrue(pyarrow.record_batch(table).equals(arrow.to_batches()[0]))
        self.assertTrue(pyarrow.schema(table).equals(arrow.schema, check_metadata=True))
        tai = pyarrow.table(pps.Publish(self.conf).table(scale="tai"))
        self.assertEqual((tai.schema.field("end").type, tai.schema.field("end").metadata), (pyarrow.timestamp("ns"), {b"time_scale": b"tai"}))
        registered = [t.column("registered").cast("int64").to_pylist() for t in (tai, arrow)]
        self.assertEqual({a - b for a, b in zip(*registered)}, {37 * 10**9})

    def test_data_frames(self):
        table = pps.Publish(self.conf).table()
        for frame in (pandas.DataFrame.from_arrow(table), polars.DataFrame(table).to_pandas()):
            self.assertEqual(list(frame.columns), table.column_names)
            for name in table.column_names:
                found = [None if pandas.isna(v) else v for v in frame[name]]
                column = list(table[name])
                if name in TIMES:
                    column = [v if v is None else pandas.Timestamp(n, tz="UTC") for v, n in zip(column, table[name].values)]
                self.assertEqual(found, column, name)
        self.assertEqual(str(pandas.DataFrame.from_arrow(table)["next_due"].dtype), "datetime64[ns, UTC]")
        frame = polars.DataFrame(table)
        self.assertEqual(frame["since_embargo"].dtype, polars.Datetime("ns", "UTC"))
        self.assertEqual(frame["run"].to_list(), list(table["run"]))

    def test_numpy(self):
        table = pps.Publish(self.conf).table()
        column = table["next_due"]
        due = numpy.asarray(column)
        self.assertEqual((due.dtype, due.ctypes.data), (numpy.dtype("M8[ns]"), address(column.values)))
        self.assertEqual([None if numpy.isnat(v) else int(v.astype("i8")) for v in due], [v if t else None for v, t in zip(column.values, column)])
        self.assertFalse(due.flags.writeable)
        attempts = numpy.asarray(table["attempts"])
        self.assertEqual((attempts.dtype, attempts.ctypes.data), (numpy.dtype("i8"), address(table["attempts"].values)))
        self.assertEqual((numpy.asarray(table["held"]).dtype, numpy.asarray(table["visit"]).dtype), (numpy.dtype(bool), numpy.dtype(object)))
        self.assertEqual(list(numpy.asarray(table["type"])), list(table["type"]))

    def test_sequences(self):
        table = pps.Publish(self.conf).table()
        column = table["type"]
        self.assertEqual((len(column), column[-1], column[2:5], column[::-1][0]), (22, column[21], [column[2], column[3], column[4]], column[21]))
        for n in (22, -23):
            self.assertRaises(IndexError, lambda n=n: column[n])
        self.assertRaises(TypeError, lambda: column["0"])
        self.assertRaises(KeyError, lambda: table["none"])
        self.assertEqual((len(table), list(table), "id" in table, "ID" in table, table.num_columns), (22, table.column_names, True, False, 30))
        self.assertIn("22 rows", repr(table))
        self.assertIn("'type' of 22 text", repr(column))
        self.assertRaises(TypeError, pickle.dumps, table)
        self.assertRaises(TypeError, lambda: memoryview(pps._pps.table_buffer(table._capsule, 0, 1)).__setitem__(0, 1))
        self.assertIsNone(pps._pps.table_buffer(table._capsule, 0, 0))
        self.assertIsNone(pps._pps.table_buffer(table._capsule, 99, 0))
        self.assertRaises(TypeError, pps._pps.table_columns, None)

    def test_lasts_as_long_as_anything_looks_at_it(self):
        """Freed memory is overwritten when these tests run."""
        flow = pps.Publish(self.conf)
        wanted = list(flow.table()["registered"].values), list(flow.table()["id"])
        table = flow.table()
        views = [numpy.asarray(table["registered"]), table["registered"].values, memoryview(table["id"].values)]
        offsets, arrow, frame, reader = table["id"].offsets, pyarrow.table(table), polars.DataFrame(table), table.__arrow_c_stream__()
        unused = [table.__arrow_c_array__(), table.__arrow_c_schema__(), table.__arrow_c_stream__()]
        column = table["id"]
        del table, unused
        flow.close()
        gc.collect()
        for _ in range(3):
            pps.Publish(self.conf).table()
        self.assertEqual((list(views[0].astype("i8")), list(views[1])), (wanted[0], wanted[0]))
        self.assertEqual([bytes(views[2][offsets[n]:offsets[n + 1]]).decode() for n in range(22)], wanted[1])
        self.assertEqual((arrow.column("id").to_pylist(), frame["id"].to_list(), list(column)), (wanted[1],) * 3)
        one = arrow.column("id")
        del arrow, frame, column, views
        gc.collect()
        self.assertEqual(one.to_pylist(), wanted[1])
        del reader
        with pps.Publish(self.conf) as flow:
            capsule = flow.table().__arrow_c_array__()

        class Once:
            """What a reader is handed may be read once; it outlives its table."""
            def __arrow_c_array__(self, requested_schema=None):
                return capsule
        self.assertEqual(pyarrow.record_batch(Once()).column("id").to_pylist(), wanted[1])
        self.assertRaises(pyarrow.ArrowInvalid, pyarrow.record_batch, Once())

    def test_none_and_many(self):
        none = pps.Publish(self.conf, type="no_such").table()
        self.assertEqual((none.num_rows, none.num_columns, [list(none[n]) for n in none]), (0, 30, [[]] * 30))
        arrow = pyarrow.table(none)
        arrow.validate(full=True)
        self.assertEqual((arrow.num_rows, len(pandas.DataFrame.from_arrow(none)), len(polars.DataFrame(none))), (0, 0, 0))
        self.assertEqual((numpy.asarray(none["end"]).shape, numpy.asarray(none["attempts"]).shape), ((0,), (0,)))
        shutil.copy(self.root / "state.db", self.root / "many.db")
        (self.root / "many.yaml").write_text((self.root / "pps.yaml").read_text().replace("state.db", "many.db"))
        with self.database("many.db") as db:
            columns = [c for _, c, *_ in db.execute("PRAGMA table_info(dataset)")]
            db.execute(f"WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 4545) INSERT INTO dataset SELECT "
                       f"{', '.join('lower(hex(randomblob(16)))' if c == 'id' else f'd.{c}' for c in columns)} FROM dataset d, k")
        flow = pps.Publish(pps.Conf(self.root / "many.yaml"))
        table = flow.table()
        rows = list(flow.datasets())
        self.assertEqual((table.num_rows, len(rows)), (22 + 22 * 4545, 100012))
        self.compare(table, rows)
        arrow = pyarrow.table(table)
        arrow.validate(full=True)
        self.assertEqual(arrow.column("id").to_pylist(), [d["id"] for d in rows])
        frame = pandas.DataFrame.from_arrow(table)
        self.assertEqual(int(frame["visit"].isna().sum()), 4546)
        counts = polars.DataFrame(table)["status_prompt_prep"].value_counts()
        self.assertEqual(frame["status_prompt_prep"].value_counts().to_dict(), dict(counts.rows()))

    def test_counts(self):
        flow = pps.Publish(self.conf)
        table = flow.counts()
        self.assertEqual(table.column_names, ["type", "has_policy", "repository", "status", "n"])
        found = sorted(zip(*(table[n] for n in table)))
        wanted = sorted((t["type"], t["has_policy"], repository, status, n) for t in flow.status()["types"]
                        for repository, by in t["repositories"].items() for status, n in by.items())
        self.assertEqual(found, wanted)
        self.assertGreater(len(wanted), 5)
        frame = pandas.DataFrame.from_arrow(table)
        self.assertEqual(int(frame[frame.repository == "embargo"].n.sum()), 22)


class Exposures(place.Case):
    def test_reports(self):
        conf = pps.Conf(self.world() / "pps.yaml")
        pps.State.init(conf)
        early = pps.Raw(conf, now=pps.Tai.parse("2025-12-04", scale="utc"), dry_run=True).check()
        done = pps.Raw(conf).run()
        for report in (early, done, pps.Raw(conf).status(), pps.Raw(conf).check(), pps.Raw(conf, exposures=[OBS[0]]).status()):
            table = report.table()
            places = list(report.rows[0].marks)
            self.assertEqual(table.column_names, [
                "instrument", "obs_id", "exposure", "day_obs", "status", "code", "reason", "command", "due", "arrived", "zip", "size", "md5", "datasets",
                *(f"{what}_{p}" for p in places for what in ("mark", "note"))])
            for name in ("instrument", "obs_id", "code", "reason", "command", "due", "arrived", "zip"):
                self.assertEqual(list(table[name]), [getattr(row, name) for row in report.rows], name)
            for name in ("exposure", "day_obs", "size", "md5", "datasets"):
                self.assertEqual(list(table[name]), [getattr(row, name) or None for row in report.rows], name)
            self.assertEqual(list(table["status"]), [row.status.label for row in report.rows])
            for p in places:
                self.assertEqual(list(table[f"mark_{p}"]), [row.marks[p].label for row in report.rows])
                self.assertEqual(list(table[f"note_{p}"]), [row.notes.get(p) for row in report.rows])
            self.assertEqual(list(report.table(scale="tai")["due"]), list(table["due"]))
            self.assertEqual(len(pandas.DataFrame.from_arrow(table)), len(report.rows))
        self.assertEqual(set(pyarrow.table(early.table()).column("status").to_pylist()), {"waiting", "held", "todo"})
        again = pickle.loads(pickle.dumps(done))
        self.assertEqual((again, copy.copy(done).rows), (done, done.rows))
        self.assertRaises(ValueError, again.table)


class ByUuid(place.Case):
    def test_datasets_by_uuid(self):
        root = self.world() / "products"
        with contextlib.closing(sqlite3.connect(root / "embargo/gen3.sqlite3")) as db:
            known = {str(uuid.UUID(i)): name for i, name in db.execute(
                "SELECT d.id, t.name FROM dataset d JOIN dataset_type t ON t.id = d.dataset_type_id")}
        with pps.Butler(root / "embargo") as butler:
            found = list(butler.get_datasets([*known, "00000000-0000-0000-0000-000000000005"]))
            self.assertEqual([str(d.id) for d in found], sorted(known))
            self.assertEqual([d.type for d in found], [known[str(d.id)] for d in found])
            images = [d for d in found if d.type == "difference_image"]
            self.assertEqual({tuple(d.data_id) for d in images}, {("instrument", "detector", "visit")})
            said = json.loads(pps.Store(root / "embargo").read(images[0].uri.split("/products/embargo/", 1)[1]))
            self.assertEqual((said["exposure"], said["detector"]), (images[0].data_id["visit"], images[0].data_id["detector"]))
            self.assertEqual(list(butler.get_datasets([])), [])
            self.assertRaises(TypeError, butler.get_datasets, str(images[0].id))
            self.assertRaises(ValueError, butler.get_datasets, ["x"])


if __name__ == "__main__":
    unittest.main()
