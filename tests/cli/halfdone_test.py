# SPDX-License-Identifier: BSD-3-Clause
"""What an earlier tool, or an accident, left half done: check finds and explains it, run or repair finishes it."""
import os
import shutil
import zipfile

import harness
from harness import DAY, HELD, MOVED

ALL = {**dict.fromkeys(MOVED, "done"), HELD: "held"}
ONE = MOVED[0]


class HalfDone(harness.Case):
    def moved(self):
        """A world in which all is done, with what main was before kept aside."""
        world = self.world()
        shutil.copy(world.path("main/gen3.sqlite3"), world.path("main.before"))
        self.pps(world, "raw", "run")
        return world

    def forget(self, world, rows=True):
        """As an earlier tool leaves it: no state of ours; with `rows`, no rows in the destination either."""
        for name in os.listdir(world.root):
            if name.startswith("state.db"):
                os.unlink(world.path(name))
        if rows:
            shutil.copy(world.path("main.before"), world.path("main/gen3.sqlite3"))
        self.pps(world, "init")

    def assert_finished_by(self, world, command):
        self.pps(world, "raw", command)
        self.assertEqual(self.statuses(world, "check", "--deep"), ALL)
        self.assertEqual(len(world.sql("main", "SELECT * FROM file_datastore_records")), 84)

    def test_zip_without_rows(self):
        for command in ("run", "repair"):
            world = self.moved()
            zips = world.hashes("offline")
            for obs_id in MOVED:
                os.unlink(world.yaml(obs_id))
            self.forget(world)
            row = self.rows(world, "check", code=1)[ONE]
            self.assertEqual(row["status"], "todo")
            self.assertEqual(row["places"], {"source": "ok", "zip": "ok", "yaml": "missing", "main": "missing"})
            self.assertIn("pps raw run", row["command"])
            self.assertTrue(row["reason"])
            self.assert_finished_by(world, command)
            self.assertEqual(world.hashes("offline"), zips)

    def test_rows_without_yaml(self):
        for command in ("run", "repair"):
            world = self.moved()
            os.unlink(world.yaml(ONE))
            self.forget(world, rows=False)
            rows = world.dump(world.path("main/gen3.sqlite3"))
            row = self.rows(world, "check", code=1)[ONE]
            self.assertEqual(row["places"], {"source": "ok", "zip": "ok", "yaml": "missing", "main": "ok"})
            self.assertIn("yaml", row["reason"])
            self.assert_finished_by(world, command)
            self.assertEqual(world.dump(world.path("main/gen3.sqlite3")), rows)

    def test_all_there_but_unknown_to_the_state(self):
        world = self.moved()
        self.forget(world, rows=False)
        before = world.hashes("offline"), world.dump(world.path("main/gen3.sqlite3"))
        self.assertEqual(self.rows(world, "check", code=1)[ONE]["status"], "todo")
        self.assert_finished_by(world, "run")
        self.assertEqual((world.hashes("offline"), world.dump(world.path("main/gen3.sqlite3"))), before)

    def test_done_but_yaml_is_gone(self):
        world = self.moved()
        yaml = world.hashes("offline")
        os.unlink(world.yaml(ONE))
        row = self.rows(world, "check", code=1)[ONE]
        self.assertEqual((row["status"], row["places"]["yaml"]), ("todo", "missing"))
        self.assertEqual(row["command"], f"pps raw repair --exposure {ONE}")
        self.assertEqual(self.statuses(world, "repair", "--exposure", ONE), {ONE: "done"})
        self.assertEqual(world.hashes("offline"), yaml)
        self.assertEqual(self.statuses(world, "repair"), {HELD: "held"})

    def test_done_but_rows_are_gone(self):
        world = self.moved()
        world.sql("main", "DELETE FROM file_datastore_records WHERE path LIKE ?", f"%{ONE}%")
        row = self.rows(world, "check", code=1)[ONE]
        self.assertEqual(row["places"]["main"], "missing")
        self.assert_finished_by(world, "repair")

    def test_zip_cut_short(self):
        for known in (True, False):
            world = self.moved()
            os.truncate(world.zip(ONE), 30000)
            with open(world.zip(ONE), "rb") as f:
                damaged = f.read()
            if not known:
                self.forget(world)
                self.unchanged_but_state(world, "raw", "run", code=1, says="repair")
            row = self.rows(world, "check", code=1)[ONE]
            self.assertEqual((row["status"], row["places"]["zip"]), ("failed", "different"))
            self.assertIn("repair", row["command"])
            self.assertEqual(self.statuses(world, "repair", "--exposure", ONE), {ONE: "done"})
            kept = [os.path.join(at, n) for at, _, names in os.walk(f"{world.offline}/.damaged") for n in names]
            self.assertEqual(len(kept), 1)
            with open(kept[0], "rb") as f:
                self.assertEqual(f.read(), damaged)
            with zipfile.ZipFile(world.zip(ONE)) as z:
                self.assertIsNone(z.testzip())
            self.assert_finished_by(world, "run")

    def unchanged_but_state(self, world, *arguments, code, says):
        """The other exposures go on; what is wrong is untouched."""
        before = world.hashes()["offline/instrument/LSSTCam/" + f"{DAY}/{ONE}.zip"]
        done = self.pps(world, *arguments, code=code)
        self.assertIn(says, done.stdout + done.stderr)
        self.assertEqual(world.hashes()["offline/instrument/LSSTCam/" + f"{DAY}/{ONE}.zip"], before)

    def test_yaml_cut_short(self):
        world = self.moved()
        os.truncate(world.yaml(ONE), 200)
        row = self.rows(world, "check", code=1)[ONE]
        self.assertNotEqual(row["places"]["yaml"], "ok")
        self.assertEqual(self.statuses(world, "repair", "--exposure", ONE), {ONE: "done"})
        self.assertEqual(self.statuses(world, "check", "--deep"), ALL)

    def test_changed_member_is_found_by_deep(self):
        """Sizes agree, so that only a comparison of content shows it."""
        world = self.moved()
        with open(world.zip(ONE), "r+b") as f:
            f.seek(9000)
            byte = f.read(1)
            f.seek(9000)
            f.write(bytes([byte[0] ^ 1]))
        row = self.rows(world, "check", "--deep", code=1)[ONE]
        self.assertEqual((row["status"], row["places"]["zip"]), ("failed", "different"))

    def test_temporary_files_of_dead_processes(self):
        world = self.world()
        folder = f"{world.offline}/LSSTCam/{DAY}"
        os.makedirs(folder)
        dead = f"{folder}/.pps-{ONE}-{os.uname().nodename}-999999999"
        with open(dead, "w") as f:
            f.write("half")
        self.pps(world, "raw", "run")
        self.assertEqual([n for n in os.listdir(folder) if n.startswith(".")], [])

    def test_zip_of_an_exposure_that_may_not_leave(self):
        world = self.moved()
        shutil.copy(world.zip(ONE), world.zip(HELD))
        row = self.rows(world, "check", code=1)[HELD]
        self.assertEqual(row["status"], "failed")
        self.assertIn("its zip is at the destination", row["reason"])

    def test_yaml_and_rows_of_an_exposure_that_may_not_leave(self):
        """Every place counts, not the zip alone."""
        world = self.moved()
        shutil.copy(world.yaml(ONE), world.yaml(HELD))
        row = self.rows(world, "check", code=1)[HELD]
        self.assertEqual((row["status"], row["places"]["yaml"], row["places"]["main"]), ("failed", "different", "not_yet"))
        self.assertIn("its _dimensions.yaml is at the destination", row["reason"])
        os.unlink(world.yaml(HELD))
        number = world.sql("embargo", "SELECT id FROM exposure WHERE obs_id = ?", MOVED[3])[0][0]
        world.sql("embargo", "UPDATE exposure SET timespan_end = 4102444837000000000 WHERE id = ?", number)  # its end is not known any more
        for path in (world.zip(MOVED[3]), world.yaml(MOVED[3])):
            os.unlink(path)
        row = self.rows(world, "check", code=1)[MOVED[3]]
        self.assertEqual((row["status"], row["places"]["zip"], row["places"]["main"]), ("failed", "ok", "different"))
        self.assertIn("main has datasets of it", row["reason"])


if __name__ == "__main__":
    harness.main()
