# SPDX-License-Identifier: BSD-3-Clause
"""pps raw check --deep and pps raw prune: what is compared is recorded, and an embargo copy goes only when nothing speaks against it."""
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

from harness import COMMAND, DAY, HELD, MOVED, SLOW, TOP, Case, main

FIRST = MOVED[0]
PRELOAD = os.environ.get("PPS_KILL_AT_LIBRARY", f"{TOP}/build/tests/faults/libkill-at.so")
TABLES = ("dataset", "dataset_location", "dataset_location_trash", "file_datastore_records")


def preloads(test):
    """Sanitizers and valgrind want to be loaded first: there is no such test then."""
    return None if SLOW else test


class Prune(Case):
    def safe_world(self, safe_copies=1, reclaim_after="0s", deep=True):
        """A world whose exposures are out, and compared with their source; without Rucio the zip is the only copy."""
        world = self.world()
        world.edit("pps.yaml", "embargo: {butler: embargo}", f"embargo: {{butler: embargo, reclaim_after: {reclaim_after}}}")
        world.edit("pps.yaml", "  skymap:", f"  safe_copies: {safe_copies}\n  skymap:")
        self.pps(world, "raw", "run")
        if deep:
            self.pps(world, "raw", "check", "--deep")
        return world

    def ids(self, world, obs_id):
        """UUIDs of an exposure's datasets in the source."""
        number = int(f"{DAY}{obs_id[-5:]}")
        found = set()
        for (table,) in world.sql("embargo", "SELECT name FROM sqlite_master WHERE name LIKE 'dataset_tags_%'"):
            with contextlib.suppress(sqlite3.OperationalError):
                found |= {i for (i,) in world.sql("embargo", f"SELECT dataset_id FROM {table} WHERE exposure = ?", number)}
        return found

    def source_rows(self, world, ids):
        """Rows that the source repository still has of these datasets, by table."""
        out = {}
        for table in TABLES:
            column = "id" if table == "dataset" else "dataset_id"
            out[table] = sum(i in ids for (i,) in world.sql("embargo", f"SELECT {column} FROM {table}"))
        return out

    def files(self, world, obs_id):
        folder = world.source(obs_id)
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def refused(self, world, obs_id, why):
        """It stays, with the reason, also when --yes is given; nothing changes."""
        self.unchanged(world, "--yes", "raw", "prune", "--exposure", obs_id)
        row = self.rows(world, "prune", "--exposure", obs_id)[obs_id]
        self.assertEqual(row["status"], "held", row)
        self.assertIn(why, row["reason"])

    def pruned(self, world, obs_id, ids):
        self.assertEqual(self.files(world, obs_id), [])
        self.assertEqual(set(self.source_rows(world, ids).values()), {0})
        row = self.rows(world, "check", "--exposure", obs_id)[obs_id]
        self.assertEqual((row["status"], row["places"]["source"]), ("done", "pruned"), row)

    # ---- the recorded comparison

    def test_a_deep_check_records_what_it_compared(self):
        world = self.safe_world(deep=False)
        verified = "SELECT id, at, detail FROM exposure_step WHERE step = 'verified' ORDER BY id"
        self.pps(world, "raw", "check")
        self.pps(world, "--dry-run", "raw", "check", "--deep")
        self.assertEqual(world.sql("state", verified), [])
        self.pps(world, "raw", "check", "--deep")
        first = world.sql("state", verified)
        self.assertEqual(len(first), len(MOVED))
        self.pps(world, "raw", "check", "--deep")
        again = world.sql("state", verified)
        self.assertEqual([r[2] for r in first], [r[2] for r in again])  # since the first time
        self.assertLess(first[0][1], again[0][1])

    def test_one_flipped_byte_is_found_and_the_record_withdrawn(self):
        world = self.safe_world()
        path = world.zip(MOVED[2])
        st = os.stat(path)
        with open(path, "r+b") as f:
            f.seek(st.st_size // 2)
            byte = f.read(1)
            f.seek(-1, os.SEEK_CUR)
            f.write(bytes([byte[0] ^ 1]))
        os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))
        rows = self.rows(world, "check", "--deep", code=1)
        self.assertEqual({o: r["status"] for o, r in rows.items() if o in MOVED},
                         {o: "failed" if o == MOVED[2] else "done" for o in MOVED})
        self.assertEqual(world.sql("state", "SELECT count(*) FROM exposure_step WHERE step = 'verified'"), [(len(MOVED) - 1,)])
        self.refused(world, MOVED[2], "was not compared")

    # ---- what keeps a copy

    def test_it_is_dry_without_yes(self):
        world = self.safe_world()
        self.unchanged(world, "raw", "prune")
        self.unchanged(world, "--dry-run", "--yes", "raw", "prune")
        rows = self.rows(world, "prune")
        self.assertEqual({o: r["status"] for o, r in rows.items()}, {o: "todo" for o in MOVED})
        self.assertIn("--yes deletes", rows[FIRST]["reason"])
        self.assertIn(f"{len(self.files(world, FIRST))} files", rows[FIRST]["reason"])

    def test_what_was_not_compared_stays(self):
        world = self.safe_world(deep=False)
        self.refused(world, FIRST, "was not compared")

    def test_what_was_compared_just_now_stays(self):
        world = self.safe_world(reclaim_after="24h")
        self.refused(world, FIRST, "less than reclaim_after ago")
        # a day passes for the record
        (detail,) = world.sql("state", "SELECT detail FROM exposure_step WHERE step = 'verified' AND id = ?", int(f"{DAY}{FIRST[-5:]}"))[0]
        since = int(detail.split()[0].removeprefix("since="))
        world.sql("state", "UPDATE exposure_step SET detail = ? WHERE step = 'verified' AND id = ?",
                  detail.replace(str(since), str(since - 86400 * 10**9)), int(f"{DAY}{FIRST[-5:]}"))
        self.assertEqual(self.rows(world, "prune", "--exposure", FIRST)[FIRST]["status"], "todo")

    def test_too_few_copies_keep_it(self):
        world = self.safe_world(safe_copies=3)
        self.refused(world, FIRST, "3 are needed")

    def test_a_policy_that_deletes_sooner_waits_until_it_is_accepted(self):
        world = self.safe_world(safe_copies=3, reclaim_after="24h")
        world.edit("pps.yaml", "safe_copies: 3", "safe_copies: 1")
        world.edit("pps.yaml", "reclaim_after: 24h", "reclaim_after: 0s")
        for _ in range(2):  # no command puts it in force by itself
            self.refused(world, FIRST, "is not accepted")
            self.pps(world, "raw", "run")
        self.pps(world, "config", "accept", "--reason", "two sites were closed")
        self.refused(world, FIRST, "is not accepted")
        self.pps(world, "--yes", "config", "accept", "--reason", "two sites were closed")
        self.assertEqual(self.rows(world, "prune", "--exposure", FIRST)[FIRST]["status"], "todo")
        # what deletes later is in force at once, and what came before would again be sooner
        world.edit("pps.yaml", "safe_copies: 1", "safe_copies: 2")
        self.pps(world, "raw", "run")
        world.edit("pps.yaml", "safe_copies: 2", "safe_copies: 1")
        self.refused(world, FIRST, "is not accepted")

    def test_unfinished_and_unreleased_stay(self):
        world = self.safe_world()
        rows = self.rows(world, "prune", "--day-obs", str(DAY))
        self.assertEqual({r["status"] for o, r in rows.items() if o in MOVED}, {"todo"})
        if HELD in rows:
            self.assertEqual(rows[HELD]["status"], "held")
        world.sql("state", "UPDATE exposure SET finished = NULL WHERE obs_id = ?", FIRST)
        self.refused(world, FIRST, "it is not finished")

    def test_an_operator_holds(self):
        world = self.safe_world()
        world.sql("state", "INSERT INTO hold VALUES ('raw', 'LSSTCam', 0, ?, 'being looked at', 'me', 0)", DAY)
        self.refused(world, FIRST, "being looked at")

    def test_a_changed_source_keeps_it(self):
        for what in ("content", "time", "new", "gone"):
            with self.subTest(what):
                world = self.safe_world()
                name = next(f for f in self.files(world, FIRST) if f.endswith(".json"))
                path = f"{world.source(FIRST)}{name}"
                if what == "content":
                    with open(path, "a") as f:
                        f.write(" ")
                elif what == "time":
                    os.utime(path)
                elif what == "new":
                    with open(f"{world.source(FIRST)}{FIRST}_late.json", "w") as f:
                        f.write("{}")
                else:
                    os.unlink(path)
                self.refused(world, FIRST, "source has changed")

    def test_a_changed_zip_keeps_it(self):
        world = self.safe_world()
        os.utime(world.zip(FIRST))
        self.refused(world, FIRST, "is not the file that was compared")
        os.rename(world.zip(MOVED[1]), world.path("elsewhere.zip"))
        self.refused(world, MOVED[1], "there is no zip")

    def test_a_lacking_destination_keeps_it(self):
        world = self.safe_world()
        (path,) = world.sql("main", "SELECT path FROM file_datastore_records WHERE path LIKE ?", f"%{FIRST}%")[0]
        world.sql("main", "DELETE FROM file_datastore_records WHERE path = ?", path)
        self.refused(world, FIRST, "not everything of it is where it should be")

    def test_a_file_that_others_refer_to_keeps_it(self):
        world = self.safe_world()
        (row,) = world.sql("embargo", "SELECT path, formatter, storage_class, component FROM file_datastore_records WHERE path LIKE ? LIMIT 1",
                           f"%{FIRST}%")
        world.sql("embargo", "INSERT INTO file_datastore_records VALUES ('00000000000000000000000000000001', ?, ?, ?, ?, NULL, 1)", *row)
        self.refused(world, FIRST, "other datasets of the source repository refer to its files")

    # ---- the acts

    def test_prune_takes_the_copy_and_nothing_else(self):
        world = self.safe_world()
        ids, others = self.ids(world, FIRST), self.ids(world, MOVED[1])
        dimensions = world.sql("embargo", "SELECT * FROM exposure"), world.sql("embargo", "SELECT * FROM visit")
        kept = {o: (self.files(world, o), self.source_rows(world, self.ids(world, o))) for o in MOVED[1:]}
        away = world.hashes("offline"), world.hashes("main")
        rows = self.rows(world, "prune", "--exposure", FIRST)
        self.assertEqual(rows[FIRST]["status"], "todo")
        done = self.json(world, "--yes", "raw", "prune", "--exposure", FIRST)["exposures"][0]
        self.assertEqual((done["status"], done["places"]["source"]), ("done", "pruned"), done)
        self.assertTrue(ids and others)
        self.pruned(world, FIRST, ids)
        self.assertEqual(kept, {o: (self.files(world, o), self.source_rows(world, self.ids(world, o))) for o in MOVED[1:]})
        self.assertEqual(dimensions, (world.sql("embargo", "SELECT * FROM exposure"), world.sql("embargo", "SELECT * FROM visit")))
        self.assertEqual(away, (world.hashes("offline"), world.hashes("main")))
        # the ledger: authorised before with the UUIDs, done after
        entries = world.sql("state", "SELECT kind, subject, item_count FROM ledger WHERE action = 'prune' ORDER BY seq")
        self.assertEqual(entries, [("authorised", FIRST, len(ids)), ("done", FIRST, len(ids))])
        self.assertEqual(world.sql("state", "SELECT count(*) FROM ledger_open"), [(0,)])

    def test_what_is_pruned_stays_done(self):
        world = self.safe_world()
        ids = self.ids(world, FIRST)
        self.pps(world, "--yes", "raw", "prune")
        self.pruned(world, FIRST, ids)
        for obs_id in MOVED:
            self.assertEqual(self.files(world, obs_id), [])
        self.assertEqual(set(self.statuses(world, "check", "--deep").values()) - {"held"}, {"done"})
        self.assertEqual(set(self.statuses(world, "status").values()) - {"held"}, {"done"})
        for command in (("raw", "run"), ("raw", "repair"), ("raw", "repair", "--deep"), ("--yes", "raw", "prune")):
            before = {k: v for k, v in world.hashes().items() if k != "state.db"}  # where a run says how far it looked
            self.pps(world, *command)
            self.assertEqual(before, {k: v for k, v in world.hashes().items() if k != "state.db"}, command)
        self.assertEqual(self.rows(world, "prune", "--exposure", FIRST)[FIRST]["reason"], "it was pruned before")

    def test_a_destination_that_lost_it_is_mended_from_the_zip(self):
        world = self.safe_world()
        self.pps(world, "--yes", "raw", "prune", "--exposure", FIRST)
        before = world.hashes("main")
        world.sql("main", "DELETE FROM file_datastore_records WHERE path LIKE ?", f"%{FIRST}%")
        row = self.rows(world, "check", "--exposure", FIRST, code=1)[FIRST]
        self.assertEqual((row["status"], row["places"]["main"]), ("todo", "missing"), row)
        self.pps(world, "raw", "repair", "--exposure", FIRST)
        self.assertEqual(self.rows(world, "check", "--exposure", FIRST)[FIRST]["status"], "done")
        self.assertEqual(len(before), len(world.hashes("main")))

    def test_a_pruned_zip_that_is_lost_is_said_and_nothing_is_made_up(self):
        world = self.safe_world()
        self.pps(world, "--yes", "raw", "prune", "--exposure", FIRST)
        os.unlink(world.zip(FIRST))
        self.rows(world, "check", "--exposure", FIRST, code=1)
        row = self.rows(world, "repair", "--exposure", FIRST, code=1)[FIRST]
        self.assertEqual(row["status"], "failed")
        self.assertIn("fetch", row["reason"])
        self.assertFalse(os.path.exists(world.zip(FIRST)))

    def test_the_lock_is_another_s(self):
        world = self.safe_world()
        holder = subprocess.Popen([*COMMAND, "-c", world.config, "--wait", "0", "raw", "run"], env={**os.environ, "LC_ALL": "C.UTF-8"},
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        holder.wait()
        import fcntl
        with open(f"{world.root}/state.db.raw.lock", "r+") as f:
            fcntl.lockf(f, fcntl.LOCK_EX)
            self.pps(world, "--yes", "raw", "prune", code=4)
        self.assertTrue(self.files(world, FIRST))

    # ---- crashes

    def end_of(self, world):
        """What must be the same however often it was interrupted."""
        rows = {t: world.sql("embargo", f"SELECT * FROM {t} ORDER BY 1, 2") for t in TABLES}
        files = {o: self.files(world, o) for o in MOVED}
        steps = world.sql("state", "SELECT id, step FROM exposure_step ORDER BY 1, 2")
        ledger = world.sql("state", "SELECT kind, subject, item_count FROM ledger WHERE action = 'prune' ORDER BY seq")
        return rows, files, steps, ledger, world.sql("state", "SELECT count(*) FROM ledger_open")

    @preloads
    def test_killed_at_every_boundary(self):
        world = self.safe_world()
        arguments = ("--yes", "raw", "prune", "--exposure", FIRST)
        shutil.copytree(world.root, f"{world.above}/fresh", symlinks=True)

        def again():
            shutil.rmtree(world.root)
            shutil.copytree(f"{world.above}/fresh", world.root, symlinks=True)

        count = f"{world.above}/count"
        self.pps(world, *arguments, env={"LD_PRELOAD": PRELOAD, "PPS_KILL_COUNT": count})
        with open(count) as f:
            boundaries = int(f.read())
        self.assertGreater(boundaries, 20)
        wanted = self.end_of(world)
        for n in range(1, boundaries + 1):
            for at in (f"{n}", f"{n}+")[: 1 + (n % 5 == 0)]:
                with self.subTest(at=at):
                    again()
                    done = self.run_pps("-c", world.config, *arguments, env={"LD_PRELOAD": PRELOAD, "PPS_KILL_AT": at})
                    self.assertEqual(done.returncode, -signal.SIGKILL)
                    # whoever looks meanwhile is told, and nobody takes it for damage
                    self.assertIn(self.looked(world), ("done", "todo"))
                    self.pps(world, *arguments)
                    self.assertEqual(wanted, self.end_of(world))

    def looked(self, world):
        done = self.run_pps("-c", world.config, "--json", "raw", "check", "--exposure", FIRST)
        self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)
        return json.loads(done.stdout)["exposures"][0]["status"]

    @preloads
    def test_a_file_that_came_after_a_crash_is_left(self):
        world = self.safe_world()
        arguments = ("--yes", "raw", "prune", "--exposure", FIRST)
        count = f"{world.above}/count"
        shutil.copytree(world.root, f"{world.above}/fresh", symlinks=True)
        self.pps(world, *arguments, env={"LD_PRELOAD": PRELOAD, "PPS_KILL_COUNT": count})
        with open(count) as f:
            boundaries = int(f.read())
        shutil.rmtree(world.root)
        shutil.move(f"{world.above}/fresh", world.root)
        ids = self.ids(world, FIRST)
        for n in range(1, boundaries):  # until its rows are gone and files are there
            self.run_pps("-c", world.config, *arguments, env={"LD_PRELOAD": PRELOAD, "PPS_KILL_AT": str(n)})
            if self.source_rows(world, ids)["dataset"] == 0 and self.files(world, FIRST):
                break
        late, changed = f"{world.source(FIRST)}{FIRST}_late.json", f"{world.source(FIRST)}{self.files(world, FIRST)[-1]}"
        with open(late, "w") as f:
            f.write("{}")
        with open(changed, "a") as f:
            f.write("x")
        done = self.json(world, *arguments, code=1)["exposures"][0]
        self.assertEqual(done["status"], "failed")
        self.assertIn("is left where it is", done["reason"])
        self.assertTrue(os.path.exists(late) and os.path.exists(changed))
        os.unlink(late)
        os.unlink(changed)
        self.pps(world, *arguments)
        self.assertEqual(self.files(world, FIRST), [])

    def test_a_hold_between_two_groups_stops_it(self):
        """What an operator holds while files go stays half gone, and is finished when the hold is lifted."""
        world = self.safe_world()
        arguments = ("--yes", "raw", "prune", "--exposure", FIRST)
        world.sql("state", "CREATE TRIGGER held AFTER INSERT ON exposure_step WHEN new.step = 'prune' BEGIN INSERT INTO hold VALUES "
                  "('raw', 'LSSTCam', 0, 0, 'stop', 'me', 0); END")
        row = self.json(world, *arguments)["exposures"][0]
        self.assertEqual((row["status"], "stop" in row["reason"]), ("held", True), row)
        self.assertTrue(self.files(world, FIRST))
        world.sql("state", "DROP TRIGGER held")
        self.assertEqual(self.json(world, *arguments)["exposures"][0]["status"], "held")
        world.sql("state", "DELETE FROM hold")
        ids = self.ids(world, FIRST)
        self.pps(world, *arguments)
        self.pruned(world, FIRST, ids)


    def test_a_file_that_changes_while_it_is_half_gone_is_left(self):
        """The rest of what was interrupted is compared with the zip again, byte by byte."""
        world = self.safe_world()
        arguments = ("--yes", "raw", "prune", "--exposure", FIRST)
        world.sql("state", "CREATE TRIGGER held AFTER INSERT ON exposure_step WHEN new.step = 'prune' BEGIN INSERT INTO hold VALUES "
                  "('raw', 'LSSTCam', 0, 0, 'stop', 'me', 0); END")
        self.pps(world, *arguments)
        world.sql("state", "DROP TRIGGER held")
        world.sql("state", "DELETE FROM hold")
        name = next(f for f in self.files(world, FIRST) if f.endswith(".json"))
        with open(f"{world.source(FIRST)}{name}", "r+b") as f:
            f.seek(3)
            f.write(b"~")
        row = self.json(world, *arguments, code=1)["exposures"][0]
        self.assertIn("is left where it is", row["reason"])
        self.assertIn(name, self.files(world, FIRST))

    def test_a_destination_that_is_added_later_is_served_from_the_zip(self):
        world = self.world()
        shutil.copytree(world.path("main"), world.path("second"))
        world.edit("pps.yaml", "embargo: {butler: embargo}", "embargo: {butler: embargo, reclaim_after: 0s}")
        world.edit("pps.yaml", "  skymap:", "  safe_copies: 1\n  skymap:")
        self.pps(world, "raw", "run")
        self.pps(world, "raw", "check", "--deep")
        self.pps(world, "--yes", "raw", "prune", "--exposure", FIRST)
        world.edit("pps.yaml", "  main:    {butler: main}", "  main:    {butler: main}\n  second:  {butler: second}")
        world.edit("pps.yaml", "destinations: [main]", "destinations: [main, second]")
        self.assertEqual(self.rows(world, "check", "--exposure", FIRST, code=1)[FIRST]["places"]["second"], "missing")
        self.pps(world, "raw", "run")
        row = self.rows(world, "check", "--exposure", FIRST)[FIRST]
        self.assertEqual((row["status"], row["places"]["source"], row["places"]["second"]), ("done", "pruned", "ok"), row)


if __name__ == "__main__":
    main()
