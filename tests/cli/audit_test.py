# SPDX-License-Identifier: BSD-3-Clause
"""Building the state from repositories, and comparing it with them, by the command line."""
import contextlib
import json
import os
import sqlite3
import subprocess
import time
import uuid

import harness

POLICIES = """policies:
  - {types: [raw], embargo_hours: 80, public: false, retention_days: 30}
"""


class Audit(harness.Case):
    def flow(self):
        """An example world where the raws of the embargo repository are what the flow is about, stored below its root."""
        world = self.world(init=False)
        world.edit("pps.yaml", "main:    {butler: main}", "main:    {butler: main, from: embargo, transfer: copy}")
        with open(world.config, "a") as f:
            f.write(POLICIES)
        for n, (path,) in enumerate(world.sql("embargo", "SELECT path FROM file_datastore_records ORDER BY path")):
            with open(self.file(world, n), "wb") as f:
                f.write(bytes(n + 1))
            world.sql("embargo", "UPDATE file_datastore_records SET path = ?, file_size = ? WHERE path = ?", f"{n}.raw", n + 1, path)
        self.pps(world, "init")
        return world

    def file(self, world, n):
        return world.path("embargo", f"{n}.raw")

    def raws(self, world):
        return world.sql("embargo", "SELECT count(*) FROM dataset d JOIN dataset_type t ON t.id = d.dataset_type_id WHERE t.name = 'raw'")[0][0]

    def audit(self, world, *arguments, code=1):
        *rows, sums = map(json.loads, self.pps(world, "--json", *arguments, code=code).stdout.splitlines())
        self.assertEqual(sums["found"], len(rows))
        self.assertTrue({"id", "repository", "what", "mends"} <= set.intersection(*(set(r) for r in rows)) if rows else True)
        return rows, sums

    def stored(self, world, n):
        """Of the nth file: the UUID of its dataset."""
        return str(uuid.UUID(world.sql("embargo", "SELECT dataset_id FROM file_datastore_records WHERE path = ?", f"{n}.raw")[0][0]))

    def raw_files(self, world):
        rows = world.sql("embargo", "SELECT f.path FROM file_datastore_records f JOIN dataset d ON d.id = f.dataset_id "
                         "JOIN dataset_type t ON t.id = d.dataset_type_id WHERE t.name = 'raw' ORDER BY f.path")
        return [int(p.split(".")[0]) for p, in rows]

    def test_adopt(self):
        world = self.flow()
        n = self.raws(world)
        self.assertGreater(n, 3)
        before = world.sql("state", "SELECT count(*) FROM repository")
        dry = self.json(world, "--dry-run", "adopt")
        self.assertEqual((dry["new"], dry["dry_run"], dry["types"]), (n, True, {"raw": n}))
        self.assertEqual(world.sql("state", "SELECT count(*) FROM dataset"), [(0,)])
        self.assertEqual(world.sql("state", "SELECT count(*) FROM dimension_record"), [(0,)])
        self.assertEqual(world.sql("state", "SELECT count(*) FROM repository"), before)
        self.assertEqual(self.json(world, "adopt", "--run", "nobody/*")["new"], 0)
        self.assertIn(f"{n} datasets were adopted", self.pps(world, "adopt").stdout)
        again = self.json(world, "adopt")
        self.assertEqual((again["new"], again["looked"], again["repositories"]), (0, n, {"embargo": {}, "main": {}}))
        rows = list(map(json.loads, self.pps(world, "datasets").stdout.splitlines()))
        self.assertEqual({(r["type"], r["adopted"], r["status"]["embargo"], r["status"]["main"]) for r in rows}, {("raw", True, "present", "never")})
        # their dimension records follow as those of what is registered
        noted = world.sql("state", "SELECT DISTINCT r.name, d.value FROM dimension_record d JOIN repository r ON r.ordinal = d.ordinal")
        self.assertEqual(set(noted), {("main", str(r["data_id"]["exposure"])) for r in rows})
        self.assertEqual(world.sql("state", "SELECT kind, action, subject FROM ledger"), [("authorised", "adopt", "embargo"), ("done", "adopt", "embargo")])
        self.assertIn("the ledger is whole", self.pps(world, "audit", "--ledger").stdout)

    def test_what_has_left_is_deleted(self):
        world = self.flow()
        one = self.raw_files(world)[0]
        world.sql("embargo", "DELETE FROM dataset_location WHERE dataset_id = ?", uuid.UUID(self.stored(world, one)).hex)
        self.assertEqual(self.json(world, "adopt")["repositories"]["embargo"], {"present": self.raws(world) - 1, "deleted": 1})

    def copied(self):
        """A world whose raws were copied to main, and whose state is built anew; embargo may let go when an operator says so."""
        world = self.flow()
        batch = world.path("batch.json")
        with open(batch, "w") as f:
            json.dump([str(uuid.UUID(i)) for i, in world.sql("embargo", "SELECT dataset_id FROM file_datastore_records")], f)
        self.pps(world, "register", batch)
        self.pps(world, "run", "--once")
        os.unlink(world.path("state.db"))
        world.edit("pps.yaml", "embargo: {butler: embargo", "embargo: {reclaim_after: 1s, butler: embargo")
        self.pps(world, "init")
        return world

    def test_copies_that_were_found_are_proven(self):
        world = self.copied()
        there = self.json(world, "adopt")["repositories"]["main"]["present"]
        self.assertGreater(there, 3)
        self.pps(world, "run", "--once")
        self.assertEqual({r["status"]["embargo"] for r in map(json.loads, self.pps(world, "datasets").stdout.splitlines())}, {"present"})
        self.assertEqual(self.audit(world, "audit", "--deep", code=0)[0], [])
        bad = next(n for n in self.raw_files(world) if os.path.exists(world.path("main", f"{n}.raw")))
        with open(world.path("main", f"{bad}.raw"), "r+b") as f:
            f.write(b"x")
        one = self.stored(world, bad)
        self.assertEqual(self.audit(world, "audit", code=0)[0], [])
        rows, _ = self.audit(world, "audit", "--deep")
        self.assertEqual([(r["id"], r["repository"], r["what"]) for r in rows], [(one, "main", "file differs from its source")])
        time.sleep(1.1)
        self.pps(world, "unpin", "--type", "*", "--reason", "seen")
        self.pps(world, "run", "--once", code=1)
        left = {r["id"]: r for r in map(json.loads, self.pps(world, "datasets").stdout.splitlines()) if "deleted" not in r["status"].values()}
        self.assertEqual({i for i, r in left.items() if r["status"]["main"] == "present"}, {one})
        self.assertTrue(os.path.exists(self.file(world, bad)))
        # what is wrong counts as missing: nothing is reclaimed for it
        self.assertEqual(self.audit(world, "audit", "--deep", "--repair")[1]["mended"], 1)
        os.unlink(world.path("main", f"{bad}.raw"))
        self.pps(world, "reverify", one, "--reason", "taken away")
        self.pps(world, "run", "--once")
        time.sleep(1.1)
        self.pps(world, "run", "--once")
        with open(world.path("main", f"{bad}.raw"), "rb") as f:
            self.assertEqual(f.read(), bytes(bad + 1))
        self.assertFalse(os.path.exists(self.file(world, bad)))

    def test_adopt_goes_on_after_a_kill(self):
        world = self.flow()
        tags, = world.sql("embargo", "SELECT tag_association_table, id FROM dataset_type WHERE name = 'raw'")
        columns = [c[1] for c in world.sql("embargo", f'PRAGMA table_info("{tags[0]}")')]
        one = dict(zip(columns, world.sql("embargo", f'SELECT * FROM "{tags[0]}" WHERE dataset_type_id = ?', tags[1])[0]))
        many = self.raws(world) + 16000
        dataset = [c[1] for c in world.sql("embargo", "PRAGMA table_info(dataset)")]
        row = dict(zip(dataset, world.sql("embargo", "SELECT * FROM dataset WHERE id = ?", one["dataset_id"])[0]))
        with contextlib.closing(sqlite3.connect(world.path("embargo", "gen3.sqlite3"))) as db:
            for n in range(16000):
                row["id"] = one["dataset_id"] = uuid.uuid5(uuid.NAMESPACE_OID, str(n)).hex
                one["detector"] = 1000 + n
                db.execute(f"INSERT INTO dataset VALUES ({', '.join('?' * len(row))})", list(row.values()))
                db.execute(f'INSERT INTO "{tags[0]}" VALUES ({", ".join("?" * len(one))})', list(one.values()))
            db.commit()
        parts = []
        for _ in range(20):
            process = subprocess.Popen([*harness.COMMAND, "-c", world.config, "adopt"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while process.poll() is None:
                now = world.sql("state", "SELECT count(*) FROM dataset")[0][0]
                if now > (parts[-1] if parts else 0):
                    process.kill()
                    process.wait()
            parts.append(world.sql("state", "SELECT count(*) FROM dataset")[0][0])
            if parts[-1] == many:
                break
        self.assertGreater(len(parts), 1)
        self.assertEqual(parts[-1], many)
        self.assertEqual(self.json(world, "adopt")["new"], 0)
        self.assertEqual(world.sql("state", "SELECT sum(n) FROM dataset_count"), [(many,)])
        self.assertIn("the ledger is whole", self.pps(world, "audit", "--ledger").stdout)
        self.assertEqual(self.audit(world, "audit", code=0)[1]["datasets"], many)

    def test_usage(self):
        world = self.flow()
        self.assertIn("only embargo, main", self.unchanged(world, "adopt", "--repository", "nowhere", code=2).stderr)
        self.assertIn("only embargo, main", self.unchanged(world, "audit", "--repository", "nowhere", code=2).stderr)
        self.assertIn("--ledger goes alone", self.unchanged(world, "audit", "--ledger", "--repair", code=2).stderr)

    def test_audit_and_repair(self):
        world = self.flow()
        self.pps(world, "adopt")
        rows, sums = self.audit(world, "audit", code=0)
        self.assertEqual((rows, sums["datasets"], sums["unasked"], sums["down"]), ([], self.raws(world), 0, {}))
        gone, short, forgotten = self.raw_files(world)[:3]
        os.unlink(self.file(world, gone))
        os.truncate(self.file(world, short), short)
        unknown = self.stored(world, forgotten)
        world.sql("state", "DELETE FROM dataset WHERE id = ?", uuid.UUID(unknown).hex)
        wanted = {self.stored(world, gone): "file missing", self.stored(world, short): "file of another size than recorded", unknown: "not known to the state"}
        before = world.hashes()
        rows, _ = self.audit(world, "audit")
        self.assertEqual({r["id"]: r["what"] for r in rows}, wanted)
        self.assertEqual({r["repository"] for r in rows}, {"embargo"})
        self.assertEqual(len(self.pps(world, "audit", "--type", "none", code=0).stdout.splitlines()), 1)
        self.assertEqual(self.audit(world, "--dry-run", "audit", "--repair", "--deep")[1]["mended"], 0)
        self.assertEqual(before, world.hashes())
        held = self.stored(world, short)
        self.pps(world, "hold", held, "--reason", "hands off")
        rows, sums = self.audit(world, "audit", "--repair")
        self.assertEqual({r["id"] for r in rows if r["mended"]}, {self.stored(world, gone)})
        self.assertEqual({r["id"]: r["why_not"] for r in rows if r["why_not"]}, {held: "an operator holds it"})
        self.assertTrue(os.path.exists(self.file(world, short)))
        self.assertIn(("done", "repair", "embargo", "file missing"), world.sql("state", "SELECT kind, action, subject, rule FROM ledger"))
        with open(self.file(world, gone), "wb") as f:
            f.write(bytes(gone + 1))
        rows, _ = self.audit(world, "audit", "--repository", "embargo")
        self.assertEqual({r["mends"] for r in rows if r["id"] == self.stored(world, gone)}, {"pps reverify"})
        self.pps(world, "reverify", self.stored(world, gone), "--reason", "restored")
        self.pps(world, "adopt")
        self.assertEqual({r["id"] for r in self.audit(world, "audit")[0]}, {held})

    def test_a_hold_on_all_stops_repairs(self):
        world = self.flow()
        self.pps(world, "adopt")
        self.pps(world, "hold", "--reason", "stop")
        self.assertIn("held by an operator", self.pps(world, "audit", "--repair", code=4).stderr)
        self.pps(world, "audit")


if __name__ == "__main__":
    harness.main()
