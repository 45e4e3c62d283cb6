# SPDX-License-Identifier: BSD-3-Clause
"""Nothing leaves early, whatever the clock and the records say."""
import datetime
import os
import shutil

import harness
from harness import HELD, MOVED

HOUR = 3600 * 10**9
EPOCH = datetime.datetime(1970, 1, 1)
MOVED_LATER = [MOVED[0], MOVED[1], MOVED[2]]  # those of the sky


def iso(tai_ns):
    """TAI nanoseconds as text."""
    return f"{(EPOCH + datetime.timedelta(seconds=tai_ns // 10**9)).isoformat()}.{tai_ns % 10**9:09d}"


class Embargo(harness.Case):
    def end(self, world, obs_id):
        return world.sql("embargo", "SELECT timespan_end FROM exposure WHERE obs_id = ?", obs_id)[0][0]

    def at(self, world, tai_ns, *arguments):
        return self.statuses(world, "run", "--now-scale", "tai", "--now", iso(tai_ns), *arguments)

    def set_times(self, world, obs_id, begin, end, sky=1):
        world.sql("embargo", "UPDATE exposure SET timespan_begin = ?, timespan_end = ?, can_see_sky = ? WHERE obs_id = ?", begin, end, sky, obs_id)
        world.sql("embargo", "UPDATE visit SET timespan_begin = ?, timespan_end = ? WHERE id = ?", begin, end, 2025120200000 + int(obs_id[-1]))

    def assert_not_out(self, world, *exposures):
        for obs_id in exposures:
            self.assertFalse(os.path.exists(world.zip(obs_id)), obs_id)
            self.assertFalse(os.path.exists(world.yaml(obs_id)), obs_id)
        known = {o for (o,) in world.sql("main", "SELECT obs_id FROM exposure")}
        self.assertFalse(known & set(exposures))

    def test_to_the_nanosecond(self):
        world = self.world()
        due = self.end(world, MOVED[0]) + 80 * HOUR
        for now in (due - 10**9, due - 1):
            self.assertEqual(self.at(world, now).get(MOVED[0], "waiting"), "waiting")
            self.assert_not_out(world, *MOVED_LATER, HELD)
        self.assertEqual(self.at(world, due)[MOVED[0]], "done")
        self.assert_not_out(world, MOVED[1], MOVED[2], HELD)

    def test_policy_that_releases_sooner(self):
        """It waits for an operator; meanwhile what both policies allow leaves, and nothing else."""
        sky = "exposure.can_see_sky or exposure.can_see_sky = NULL"
        for old, new, status in (("embargo_hours: 100000", "embargo_hours: 80", "waiting"), (f"({sky}) and exposure.id < 0", sky, "held")):
            world = self.world()
            world.edit("config_raw.yaml", new, old)
            self.assertEqual(self.statuses(world, "run")[MOVED[3]], "done")
            self.assert_not_out(world, *MOVED_LATER)
            world.edit("config_raw.yaml", old, new)
            for command in ("run", "run", "repair"):
                found = self.statuses(world, command)
                self.assertEqual({found[o] for o in MOVED_LATER}, {status}, command)
                self.assert_not_out(world, *MOVED_LATER)
            for change in ((), ("--yes", "--dry-run")):
                self.assertEqual(self.json(world, *change, "config", "accept", "--reason", "agreed"), {"accepted": False, "sooner": 3, "now": 3})
            self.pps(world, "--yes", "config", "accept", code=2)
            self.statuses(world, "run")
            self.assert_not_out(world, *MOVED_LATER)
            self.assertEqual(self.json(world, "--yes", "config", "accept", "--reason", "agreed"), {"accepted": True, "sooner": 3, "now": 3})
            self.assertEqual(self.json(world, "--yes", "config", "accept", "--reason", "again")["sooner"], 0)
            self.assertEqual(self.statuses(world, "run"), {**dict.fromkeys(MOVED_LATER, "done"), HELD: "held"})
            self.assertEqual(world.sql("state", "SELECT reason FROM operator_event WHERE action = 'policy' AND flow = 'raw' ORDER BY at"),
                             [("first run",), ("agreed",)])

    def test_policy_that_releases_later_needs_nobody(self):
        world = self.world()
        due = self.end(world, MOVED[0]) + 80 * HOUR
        self.assertEqual(self.at(world, due - 1).get(MOVED[0], "waiting"), "waiting")
        world.edit("config_raw.yaml", "embargo_hours: 80", "embargo_hours: 81")
        self.assertEqual(self.at(world, due).get(MOVED[0], "waiting"), "waiting")
        self.assertEqual(self.json(world, "config", "accept", "--reason", "none")["sooner"], 0)
        world.edit("config_raw.yaml", "embargo_hours: 81", "embargo_hours: 80")
        self.assertEqual(self.at(world, due).get(MOVED[0], "waiting"), "waiting")
        self.assert_not_out(world, MOVED[0])

    def test_bias_needs_no_embargo_but_an_end(self):
        world = self.world()
        end = self.end(world, MOVED[3])
        self.assertNotEqual(self.at(world, end - 1).get(MOVED[3]), "done")
        self.assert_not_out(world, *MOVED, HELD)
        self.assertEqual(self.at(world, end), {MOVED[3]: "done"})

    def test_unknown_ends(self):
        world = self.world()
        begin = self.end(world, MOVED[0]) - 30 * 10**9
        for n, (first, last) in enumerate(((begin, 4102444800 * 10**9), (None, None), (begin, begin), (begin, 2**63 - 1))):
            world.sql("embargo", "UPDATE exposure SET timespan_begin = ?, timespan_end = ? WHERE obs_id = ?", first, last, MOVED[0])
            self.assertNotEqual(self.statuses(world, "run").get(MOVED[0]), "done", f"case {n}")
            self.assert_not_out(world, MOVED[0])

    def test_unknown_sky_counts_as_sky(self):
        world = self.world()
        world.sql("embargo", "UPDATE exposure SET can_see_sky = NULL WHERE obs_id = ?", MOVED[3])
        self.assertNotEqual(self.at(world, self.end(world, MOVED[3]) + 80 * HOUR - 1).get(MOVED[3]), "done")
        self.assert_not_out(world, MOVED[3])
        self.assertEqual(self.at(world, self.end(world, MOVED[3]) + 80 * HOUR)[MOVED[3]], "done")

    def test_exposure_of_the_future(self):
        world = self.world()
        year = 365 * 24 * HOUR
        self.set_times(world, MOVED[0], self.end(world, MOVED[0]) + 20 * year, self.end(world, MOVED[0]) + 20 * year + 30 * 10**9)
        self.assertNotEqual(self.statuses(world, "run").get(MOVED[0]), "done")
        self.assert_not_out(world, MOVED[0])

    def test_across_the_leap_second(self):
        """80 hours that hold the leap second of 2016 end a UTC second earlier on the clock."""
        world = self.world()
        end = (1483228786 + 36) * 10**9  # 2016-12-31T23:59:46 UTC, when TAI was 36 s ahead
        self.set_times(world, MOVED[0], end - 30 * 10**9, end)
        for now, status in (("2017-01-04T07:59:44.999999999", "waiting"), ("2017-01-04T07:59:45", "done")):
            got = self.statuses(world, "run", "--now", now)
            self.assertEqual(got.get(MOVED[0], "waiting"), status, now)
            self.assertEqual(os.path.exists(world.zip(MOVED[0])), status == "done")

    def test_end_after_the_cut_though_it_overlaps_the_window(self):
        world = self.world()
        begin, end = world.sql("embargo", "SELECT timespan_begin, timespan_end FROM exposure WHERE obs_id = ?", MOVED[0])[0]
        now = begin + (end - begin) // 2 + 80 * HOUR
        self.assertNotEqual(self.at(world, now, "--window", "35min").get(MOVED[0]), "done")
        self.assert_not_out(world, MOVED[0])

    def test_now_in_the_future(self):
        world = self.world()
        later = (datetime.datetime.utcnow() + datetime.timedelta(hours=1)).isoformat(timespec="seconds")
        self.unchanged(world, "raw", "run", "--now", later, code=2, says="future")
        self.unchanged(world, "raw", "run", "--now", "2099-01-01", code=2, says="future")

    def test_time_that_the_source_moved_later(self):
        """Known to the state with one end, then the source says a later one: the later counts. And the other way round."""
        for shift in (5 * HOUR, -5 * HOUR):
            world = self.world()
            begin, end = world.sql("embargo", "SELECT timespan_begin, timespan_end FROM exposure WHERE obs_id = ?", MOVED[0])[0]
            os.rename(world.source(MOVED[0]), world.path("aside"))  # so that it is begun, but cannot be packed
            self.pps(world, "raw", "run", "--now-scale", "tai", "--now", iso(end + 80 * HOUR), code=1)
            os.rename(world.path("aside"), world.source(MOVED[0]))
            self.set_times(world, MOVED[0], begin + shift, end + shift)
            now = end + 80 * HOUR + (shift - 1 if shift > 0 else -1)
            self.assertNotEqual(self.at(world, now).get(MOVED[0]), "done")
            self.assert_not_out(world, MOVED[0])

    if not harness.SLOW:  # faketime and the sanitizers exclude each other
        def test_clock_behind_the_ledger(self):
            world = self.world()
            self.pps(world, "raw", "run", "--exposure", MOVED[0])
            self.assertTrue(shutil.which("faketime"), "faketime is not installed: tests/setup.sh test")
            for back in ("-1h", "-80h", "-365d"):
                self.unchanged(world, "raw", "run", code=4, says="clock", command=["faketime", "-f", back, *harness.COMMAND])
            self.assert_not_out(world, MOVED[1], MOVED[2], HELD)

        def test_clock_set_back_to_before_the_end_of_the_embargo(self):
            world = self.world()
            due = self.end(world, MOVED[0]) + 80 * HOUR
            before = (EPOCH + datetime.timedelta(seconds=due // 10**9 - 37 - 2)).strftime("@%Y-%m-%d %H:%M:%S")
            report = self.json(world, "raw", "run", command=["faketime", "-f", before, *harness.COMMAND], env={"TZ": "UTC"})
            self.assertEqual({r["obs_id"] for r in report["exposures"] if r["status"] == "done"}, {MOVED[3]})
            self.assert_not_out(world, *MOVED_LATER, HELD)


if __name__ == "__main__":
    harness.main()
