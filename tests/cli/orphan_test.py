# SPDX-License-Identifier: BSD-3-Clause
"""Files that nothing accounts for, and catalogue entries without a file, in pps raw check."""
import os
import shutil
import unittest

from harness import DAY, HELD, MOVED, Case, main

STRANGER = f"MC_O_{DAY}_000077"


class Orphan(Case):
    def moved_world(self):
        world = self.world()
        self.pps(world, "raw", "run")
        return world

    def stranger(self, world, name):
        return os.path.join(os.path.dirname(world.zip(MOVED[0])), name)

    def test_a_clean_site_has_none(self):
        world = self.moved_world()
        self.assertEqual(len(self.rows(world, "check")), 5)

    def test_a_zip_that_nobody_knows(self):
        world = self.moved_world()
        shutil.copy(world.zip(MOVED[0]), self.stranger(world, f"{STRANGER}.zip"))
        row = self.rows(world, "check", code=1)[STRANGER]
        self.assertEqual((row["status"], row["places"]["zip"], row["places"]["yaml"], row["places"]["main"], row["places"]["source"]),
                         ("failed", "ok", "missing", "missing", "missing"))
        self.assertIn("neither source nor state", row["reason"])
        self.assertIn("pps zip verify", row["command"])
        self.assertEqual(len(self.rows(world, "check", "--day-obs", str(DAY), code=1)), 6)
        # another day, and names, do not ask for it
        self.assertEqual(self.rows(world, "check", "--day-obs", "20251201"), {})
        self.assertNotIn(STRANGER, self.rows(world, "check", "--exposure", MOVED[0]))
        before = world.hashes("offline")
        self.pps(world, "raw", "repair")
        self.assertEqual(before, world.hashes("offline"))

    def test_yamls_without_a_zip(self):
        world = self.moved_world()
        for name in (f"{STRANGER}_dimensions.yaml", f"{STRANGER}_dimensions.1.yaml", "notes.txt", "_dimensions.yaml", "x_dimensions.yaml.bak"):
            with open(self.stranger(world, name), "w") as f:
                f.write("data: []\n")
        rows = self.rows(world, "check", code=1)
        self.assertEqual(sorted(set(rows) - {*MOVED, HELD}), [STRANGER])
        self.assertIn("a yaml without a zip", rows[STRANGER]["reason"])

    def test_datasets_whose_zip_is_gone(self):
        """The destination has an exposure that the source has forgotten, and the zip is not there."""
        world = self.moved_world()
        number = int(f"{DAY}{MOVED[1][-5:]}")
        world.sql("state", "DELETE FROM exposure_step WHERE id = ?", number)
        world.sql("state", "DELETE FROM exposure WHERE id = ?", number)
        self.forget(world, number)
        row = self.rows(world, "check").get(MOVED[1])
        self.assertIsNone(row, "a zip that every place knows is an older tool's")
        os.rename(world.zip(MOVED[1]), world.path("elsewhere.zip"))
        row = self.rows(world, "check", code=1)[MOVED[1]]
        self.assertEqual((row["status"], row["places"]["zip"], row["places"]["main"]), ("failed", "missing", "different"), row)
        self.assertIn("main has datasets in it", row["reason"])
        os.unlink(world.yaml(MOVED[1]))
        self.assertIn("there is no zip", self.rows(world, "check", code=1)[MOVED[1]]["reason"])

    def test_datasets_that_were_never_ingested(self):
        world = self.moved_world()
        number = int(f"{DAY}{MOVED[1][-5:]}")
        world.sql("state", "DELETE FROM exposure_step WHERE id = ?", number)
        world.sql("state", "DELETE FROM exposure WHERE id = ?", number)
        self.forget(world, number)
        world.sql("main", "DELETE FROM file_datastore_records WHERE path LIKE ?", f"%{MOVED[1]}.zip%")
        row = self.rows(world, "check", code=1)[MOVED[1]]
        self.assertEqual((row["places"]["zip"], row["places"]["main"]), ("ok", "missing"))

    def forget(self, world, number):
        """The source loses an exposure with all that belongs to it."""
        tables = [t for (t,) in world.sql("embargo", "SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [c[1] for c in world.sql("embargo", f'PRAGMA table_info("{table}")')]
            if table == "exposure":
                world.sql("embargo", "DELETE FROM exposure WHERE id = ?", number)
            elif "exposure" in columns:
                world.sql("embargo", f'DELETE FROM "{table}" WHERE exposure = ?', number)

    def test_an_older_exposure_than_since_is_none(self):
        world = self.moved_world()
        world.sql("state", "DELETE FROM exposure_step")
        world.sql("state", "DELETE FROM exposure")
        world.edit("pps.yaml", "  skymap:", "  since: 2026-01-01\n  skymap:")
        self.assertEqual(list(self.rows(world, "check")), [HELD])  # whose end is not known

    def test_repair_adopts_a_zip_of_the_source_and_reports_another(self):
        """An orphan that equals its source becomes ours; one that does not is left, and said."""
        world = self.moved_world()
        for obs_id in MOVED[:2]:
            number = int(f"{DAY}{obs_id[-5:]}")
            world.sql("state", "DELETE FROM exposure_step WHERE id = ?", number)
            world.sql("state", "DELETE FROM exposure WHERE id = ?", number)
            world.sql("main", "DELETE FROM file_datastore_records WHERE path LIKE ?", f"%{obs_id}.zip%")
        shutil.copy(world.zip(MOVED[2]), world.zip(MOVED[1]))
        rows = self.rows(world, "check", code=1)
        self.assertEqual((rows[MOVED[0]]["status"], rows[MOVED[1]]["status"]), ("todo", "failed"))
        st = os.stat(world.zip(MOVED[0]))
        rows = self.rows(world, "repair", code=1)
        self.assertEqual((rows[MOVED[0]]["status"], rows[MOVED[1]]["status"]), ("done", "failed"))
        self.assertEqual(os.stat(world.zip(MOVED[0])).st_mtime_ns, st.st_mtime_ns)
        self.assertIn("other content", rows[MOVED[1]]["reason"])


if __name__ == "__main__":
    main()
