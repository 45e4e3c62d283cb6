# SPDX-License-Identifier: BSD-3-Clause
"""What changes while a run is under way: holds, another process that takes over, times in the source; and what a repair must not touch."""
import fcntl
import os
import shutil
import sqlite3
import struct
import subprocess
import tempfile
import time

import harness
from harness import DAY, MOVED

ONE, TWO = MOVED[0], MOVED[1]
FSYNC = r"""
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int fsync(int fd)
{
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	if ((n = readlink(link, path, sizeof path)) > 0)
		fprintf(stderr, "synchronised %.*s\n", (int)n, path);
	return (int)syscall(SYS_fsync, fd);
}
"""
VANISH = r"""
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int take(const char *path, int flags, mode_t mode, int (*next)(const char *, int, ...))
{
	const char *when = getenv("VANISH_WHEN"), *gone = getenv("VANISH");

	if (when && gone && strstr(path, when))
		unlink(gone);
	return next(path, flags, mode);
}

#define WRAP(name) \
int name(const char *path, int flags, ...) \
{ \
	va_list more; \
	va_start(more, flags); \
	mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
	va_end(more); \
	return take(path, flags, mode, (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name)); \
}
#undef open
#undef open64
WRAP(open)
WRAP(open64)
"""
YEAR = 365 * 86400 * 10**9


class Midway(harness.Case):
    def when(self, world, step, statement, obs_id=ONE):
        """Have the state do something by itself at the moment when a step of an exposure is recorded."""
        number = world.sql("embargo", "SELECT id FROM exposure WHERE obs_id = ?", obs_id)[0][0]
        world.sql("state", f"CREATE TRIGGER midway AFTER INSERT ON exposure_step WHEN NEW.step = '{step}' AND NEW.id = {number} BEGIN {statement}; END")
        return number

    def forget(self, world):
        """The state of an earlier tool: none."""
        for name in os.listdir(world.root):
            if name.startswith("state.db"):
                os.unlink(world.path(name))
        self.pps(world, "init")

    def steps(self, world, obs_id=ONE):
        return {s for (s,) in world.sql("state", "SELECT step FROM exposure_step JOIN exposure USING (instrument, id) WHERE obs_id = ?", obs_id)}

    def test_hold_put_while_it_is_under_way(self):
        """A hold wins over everything that is not yet committed, whichever step comes next."""
        for step, undone in (("complete", {"pack", "placed", "yaml", "dimensions", "ingest"}), ("pack", {"placed", "yaml", "dimensions", "ingest"}),
                             ("placed", {"yaml", "dimensions", "ingest"}), ("yaml", {"dimensions", "ingest"}), ("dimensions", {"ingest"})):
            world = self.world()
            self.when(world, step, f"INSERT INTO hold (flow, instrument, id, day_obs, reason, who, at) VALUES ('raw', '', 0, {DAY}, 'stop', 'me', 1)")
            rows = self.rows(world, "run")
            self.assertEqual(rows[ONE]["status"], "held", step)
            self.assertIn("stop", rows[ONE]["reason"])
            self.assertFalse(self.steps(world) & undone, step)
            self.assertEqual(os.path.exists(world.zip(ONE)), step not in ("complete", "pack"))
            self.assertEqual(os.path.exists(world.yaml(ONE)), step in ("yaml", "dimensions"))
            self.assertEqual(world.sql("main", "SELECT * FROM file_datastore_records"), [])
            self.assertEqual(self.statuses(world, "status")[ONE], "held")
            world.sql("state", "DROP TRIGGER midway")
            world.sql("state", "DELETE FROM hold")
            self.assertEqual(self.statuses(world, "run")[ONE], "done")

    def test_another_takes_over(self):
        """Whoever lost the epoch does nothing more outside, though nobody took its lock's file."""
        for step in ("complete", "pack", "placed", "yaml", "dimensions"):
            world = self.world()
            self.when(world, step, "UPDATE writer SET epoch = epoch + 1")
            self.pps(world, "raw", "run", code=4)
            self.assertEqual(os.path.exists(world.zip(ONE)), step not in ("complete", "pack"), step)
            self.assertEqual(os.path.exists(world.yaml(ONE)), step in ("yaml", "dimensions"), step)
            self.assertEqual(world.sql("main", "SELECT * FROM file_datastore_records"), [])
            if step != "dimensions":
                self.assertEqual(world.sql("main", "SELECT * FROM exposure"), [])

    def test_failure_waits(self):
        """The first failure is tried again by the next run; from the second on a run waits, says until when, and does the rest."""
        world = self.world()
        os.makedirs(world.zip(ONE))  # no zip can be there
        for _ in range(2):
            self.pps(world, "raw", "run", code=1)
        tried = "SELECT attempts FROM exposure_failure WHERE step = 'pack'"
        self.assertEqual(world.sql("state", tried), [(2,)])
        row = self.rows(world, "run", code=1)[ONE]
        self.assertEqual(row["status"], "failed")
        self.assertIn("failed 2 times, tried again from ", row["reason"])
        self.assertEqual(world.sql("state", tried), [(2,)])
        self.assertRegex(self.rows(world, "status", code=1)[ONE]["reason"], "^pack: .*failed 2 times, tried again from ")
        self.pps(world, "raw", "run", "--exposure", ONE, code=1)
        self.assertEqual(world.sql("state", tried), [(3,)])
        os.rmdir(world.zip(ONE))
        self.assertEqual(self.rows(world, "run", code=1)[ONE]["status"], "failed")
        world.sql("state", "UPDATE exposure_failure SET next_try = last_at")  # its time has come
        self.assertEqual(self.statuses(world, "run")[ONE], "done")
        self.assertEqual(world.sql("state", "SELECT * FROM exposure_failure"), [])

    def test_repair_waits_for_nothing(self):
        world = self.world()
        os.makedirs(world.zip(ONE))
        for _ in range(3):
            self.pps(world, "raw", "run", code=1)
        self.pps(world, "raw", "repair", code=1)  # what failed before is forgotten
        self.assertEqual(world.sql("state", "SELECT attempts FROM exposure_failure WHERE step = 'pack'"), [(1,)])
        os.rmdir(world.zip(ONE))
        self.assertEqual(self.statuses(world, "repair")[ONE], "done")

    def test_clock_that_goes_wrong(self):
        """By the ledger the real time is later than the clock says by now: nothing more is released, and the run says so."""
        world = self.world()
        self.when(world, "ingest", "UPDATE ledger_head SET at = 9000000000000000000")
        done = self.pps(world, "raw", "run", code=4)
        self.assertIn("clock", done.stderr)
        self.assertTrue(os.path.exists(world.zip(ONE)))
        for obs_id in MOVED[1:]:
            self.assertFalse(os.path.exists(world.zip(obs_id)))

    if not harness.SLOW:  # the sanitizers want to be loaded first
        def preloaded(self, source):
            """A library for LD_PRELOAD, made from @source."""
            folder = tempfile.mkdtemp(prefix="pps-preload-")  # LD_PRELOAD takes no blanks
            self.addCleanup(shutil.rmtree, folder)
            library = f"{folder}/preload.so"
            subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-xc", "-", "-o", library], input=source, text=True, check=True)
            return library

        def test_file_gone_between_listing_and_reading(self):
            """A file of the source that was listed vanishes: while the others are looked at, and while they are packed."""
            library = self.preloaded(VANISH)
            for when in (f"{ONE}_R00_SG0.fits", f".pps-{ONE}"):
                for gone in ("_R21_S00.fits", "_R21_S00.json"):
                    world = self.world()
                    path = world.source(ONE, gone)
                    shutil.copy(path, world.path("aside"))
                    done = self.pps(world, "raw", "run", code=1, env={"LD_PRELOAD": library, "VANISH": path, "VANISH_WHEN": when})
                    self.assertFalse(os.path.exists(path), when)
                    self.assertIn(os.path.basename(path), done.stderr + done.stdout)
                    self.assertEqual(world.sql("main", "SELECT * FROM file_datastore_records WHERE path LIKE ?", f"%{ONE}%"), [])
                    self.assertEqual([n for _, _, names in os.walk(world.offline) for n in names if ONE in n], [], when)
                    statuses = self.statuses(world, "status", code=1)
                    self.assertEqual({statuses[o] for o in MOVED if o != ONE}, {"done"})
                    self.assertNotEqual(statuses[ONE], "done")
                    shutil.copy(world.path("aside"), path)
                    self.assertEqual(self.statuses(world, "run")[ONE], "done")

        def test_adopted_files_are_put_on_disk(self):
            """What a killed run, or another tool, left under its own name may not be on disk yet."""
            world = self.world()
            self.pps(world, "raw", "run")
            self.forget(world)
            library = self.preloaded(FSYNC)
            for is_known in (False, True):  # by content, and by the digests that the state has
                if is_known:
                    world.sql("state", "DELETE FROM exposure_step WHERE step IN ('placed', 'yaml')")
                    world.sql("state", "UPDATE exposure SET finished = NULL")
                said = self.pps(world, "raw", "run", "--exposure", ONE, env={"LD_PRELOAD": library}).stderr
                for path in (world.zip(ONE), world.yaml(ONE), os.path.dirname(world.zip(ONE))):
                    self.assertIn(f"synchronised {path}\n", said)

    def test_time_that_moves_while_others_are_packed(self):
        """Selected, then the source says a later end: it stays, whether its zip is to be packed or lies there already."""
        for is_there in (False, True):
            world = self.world()
            if is_there:
                before = world.path("main.before")
                shutil.copy(world.path("main/gen3.sqlite3"), before)
                self.pps(world, "raw", "run")
                shutil.copy(before, world.path("main/gen3.sqlite3"))
                os.unlink(world.yaml(ONE))
                os.unlink(world.yaml(TWO))
                self.forget(world)
            main = sqlite3.connect(world.path("main/gen3.sqlite3"), isolation_level=None)
            main.execute("BEGIN IMMEDIATE")  # the first one waits here
            run = subprocess.Popen([*harness.COMMAND, "-c", world.config, "raw", "run"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            deadline = time.monotonic() + 60
            while not os.path.exists(world.yaml(ONE)) and time.monotonic() < deadline:
                time.sleep(0.01)
            world.sql("embargo", "UPDATE exposure SET timespan_end = timespan_end + ? WHERE obs_id = ?", 30 * YEAR, TWO)
            main.rollback()
            main.close()
            said = run.communicate(timeout=120)[0]
            self.assertEqual(run.returncode, 0, said)
            self.assertEqual(os.path.exists(world.zip(TWO)), is_there)
            self.assertFalse(os.path.exists(world.yaml(TWO)))
            self.assertEqual(world.sql("main", "SELECT * FROM exposure WHERE obs_id = ?", TWO), [])
            self.assertNotIn(self.statuses(world, "run").get(TWO), ("done", "failed"))

    def test_repair_with_a_damaged_source(self):
        """It is the source that cannot be read: the zip, which may be the last good copy, stays where it is."""
        for damage in ("fits", "json"):
            world = self.world()
            self.pps(world, "raw", "run")
            self.forget(world)
            name = sorted(n for n in os.listdir(world.source(ONE)) if n.endswith(damage) and "expected" not in n)[0]
            os.truncate(f"{world.source(ONE)}/{name}", 3000 if damage == "fits" else 5)
            before = world.hashes("offline")
            row = self.rows(world, "repair", "--exposure", ONE, code=1)[ONE]
            self.assertEqual(row["status"], "failed")
            self.assertIn(name, row["reason"])
            self.assertEqual(world.hashes("offline"), before)

    def test_repair_that_fails_says_what_is_wrong(self):
        """Done, then another zip lies there: nothing is touched, and neither the report nor the state says that all is well."""
        world = self.world()
        self.pps(world, "raw", "run")
        shutil.copy(world.zip(TWO), world.zip(ONE))
        before = world.hashes("offline")
        row = self.rows(world, "repair", "--exposure", ONE, code=1)[ONE]
        self.assertEqual((row["status"], row["places"]["zip"]), ("failed", "different"))
        self.assertEqual(world.hashes("offline"), before)
        self.assertEqual(self.statuses(world, "status", code=1)[ONE], "failed")
        self.assertEqual(self.statuses(world, "run", code=1)[ONE], "failed")

    def test_zip_gone_bad_is_mended_by_the_command_that_check_names(self):
        world = self.world()
        self.pps(world, "raw", "run")
        with open(world.zip(ONE), "r+b") as f:
            f.seek(9000)
            byte = f.read(1)
            f.seek(9000)
            f.write(bytes([byte[0] ^ 1]))
        command = self.rows(world, "check", "--deep", code=1)[ONE]["command"].split()
        self.assertEqual(self.statuses(world, *command[2:]), {ONE: "done"})
        self.assertEqual(len(os.listdir(f"{world.offline}/.damaged")), 1)
        self.assertEqual(self.statuses(world, "check", "--deep")[ONE], "done")

    def test_ledger_names_what_was_packed(self):
        """Authorised incomplete, stopped, then more images came: the ledger has what is in the zip."""
        world = self.world()
        detector = "SELECT id FROM detector WHERE full_name = 'R22_S11'"
        uuid = world.sql("embargo", f"SELECT dataset_id FROM dataset_tags_00000001 WHERE detector = ({detector}) AND exposure = "
                         "(SELECT id FROM exposure WHERE obs_id = ?)", ONE)[0][0]
        tags = world.sql("embargo", "SELECT * FROM dataset_tags_00000001 WHERE dataset_id = ?", uuid)[0]
        world.sql("embargo", "DELETE FROM dataset_tags_00000001 WHERE dataset_id = ?", uuid)
        self.assertEqual(self.statuses(world, "run", "--exposure", ONE), {ONE: "incomplete"})
        self.pps(world, "raw", "accept", ONE, "--reason", "broken")
        self.when(world, "complete", "INSERT INTO hold (flow, instrument, id, day_obs, reason, who, at) VALUES ('raw', '', 0, 0, 'stop', 'me', 1)")
        self.assertEqual(self.statuses(world, "run", "--exposure", ONE), {ONE: "held"})
        world.sql("embargo", f"INSERT INTO dataset_tags_00000001 VALUES ({', '.join('?' * len(tags))})", *tags)
        world.sql("state", "DROP TRIGGER midway")
        world.sql("state", "DELETE FROM hold")
        self.assertEqual(self.statuses(world, "run", "--exposure", ONE), {ONE: "done"})
        ingested = len(world.sql("main", "SELECT * FROM file_datastore_records"))
        done = world.sql("state", "SELECT a.item_count FROM ledger d JOIN ledger a ON a.seq = d.ref WHERE d.kind = 'done'")
        self.assertEqual(done, [(ingested,)])
        self.assertEqual(world.sql("state", "SELECT * FROM ledger_open"), [])

    def test_first_run_that_is_cut_short(self):
        """What its window held is found by a later run with a window, though only its first exposure was known by then."""
        world = self.world()
        end = world.sql("embargo", "SELECT timespan_end FROM exposure WHERE obs_id = ?", TWO)[0][0]
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(end // 10**9 + 80 * 3600 + 60))
        self.when(world, "complete", "UPDATE writer SET epoch = epoch + 1")
        self.pps(world, "raw", "run", "--window", "35min", "--now-scale", "tai", "--now", now, code=4)
        world.sql("state", "DROP TRIGGER midway")
        self.assertEqual(self.statuses(world, "run", "--window", "35min")[TWO], "done")

    def test_run_that_is_cut_short_after_an_outage(self):
        """How far a selection has come is said when all that it found is known, not before."""
        world = self.world()
        self.assertEqual(self.statuses(world, "run", "--window", "35min", "--now", "2025-12-03T01:00:00"), {})
        self.when(world, "complete", "UPDATE writer SET epoch = epoch + 1")
        self.pps(world, "raw", "run", "--window", "35min", code=4)
        world.sql("state", "DROP TRIGGER midway")
        rows = self.statuses(world, "run", "--window", "35min")
        self.assertEqual({rows.get(obs_id) for obs_id in MOVED}, {"done"})

    def test_exposure_that_came_late_during_an_outage(self):
        """Its end is before the end of the last selection, but the source did not have it then."""
        world = self.world()
        end = world.sql("embargo", "SELECT timespan_end FROM exposure WHERE obs_id = ?", TWO)[0][0]
        begin, last = world.sql("embargo", "SELECT timespan_begin, timespan_end FROM exposure WHERE obs_id = ?", ONE)[0]
        year = 365 * 86400 * 10**9
        world.sql("embargo", "UPDATE exposure SET timespan_begin = ?, timespan_end = ? WHERE obs_id = ?", begin + 20 * year, last + 20 * year, ONE)
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(end // 10**9 + 80 * 3600 + 60))
        self.statuses(world, "run", "--window", "35min", "--now-scale", "tai", "--now", now)
        world.sql("embargo", "UPDATE exposure SET timespan_begin = ?, timespan_end = ? WHERE obs_id = ?", begin, last, ONE)
        self.assertEqual(self.statuses(world, "run", "--window", "35min").get(ONE), "done")

    def test_one_state_by_two_names(self):
        """A link to the state's file does not lead to another lock."""
        world = self.world()
        os.symlink(world.path("state.db"), world.path("other.db"))
        with open(world.path("state.db.raw.lock"), "a") as lock:
            fcntl.fcntl(lock, 37, struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0) + b"\0" * 4)  # F_OFD_SETLK
            world.edit("pps.yaml", "sqlite:///state.db", "sqlite:///other.db")
            self.unchanged(world, "raw", "run", code=4, says="lock")

    def test_check_says_what_is_there_now(self):
        """The zip by its URI as everywhere; of one that is gone neither place, size nor digest."""
        world = self.world()
        self.pps(world, "raw", "run")
        self.assertEqual(self.rows(world, "check")[ONE]["zip"], self.rows(world, "status")[ONE]["zip"])
        os.unlink(world.zip(ONE))
        row = self.rows(world, "check", code=1)[ONE]
        self.assertEqual((row["zip"], row["size"], row["md5"], row["places"]["zip"]), ("", 0, "", "missing"))

    def test_since_that_is_moved_on(self):
        """What is begun, or done, before it is not said to be gone from the source."""
        world = self.world()
        self.when(world, "complete", "INSERT INTO hold (flow, instrument, id, day_obs, reason, who, at) VALUES ('raw', '', 0, 0, 'stop', 'me', 1)")
        self.assertEqual(self.statuses(world, "run", "--exposure", ONE), {ONE: "held"})
        world.sql("state", "DROP TRIGGER midway")
        world.sql("state", "DELETE FROM hold")
        self.assertEqual(self.statuses(world, "run", "--exposure", TWO), {TWO: "done"})
        world.edit("pps.yaml", "raw:\n", "raw:\n  since: 2025-12-10T00:00:00\n")
        rows = self.rows(world, "check", code=1)
        self.assertEqual((rows[ONE]["status"], rows[ONE]["places"]["source"]), ("todo", "ok"))
        self.assertEqual((rows[TWO]["status"], rows[TWO]["places"]["source"]), ("done", "ok"))
        self.assertEqual(self.statuses(world, "repair")[ONE], "done")

    def test_repair_leaves_alone_what_no_query_matches(self):
        world = self.world()
        with open(world.path("config_raw.yaml")) as f:
            first = f.read().split("- instrument")[1]
        with open(world.path("config_raw.yaml"), "w") as f:
            f.write("- instrument" + first)  # only what did not see the sky
        self.statuses(world, "repair")
        self.assertEqual(self.statuses(world, "status"), {MOVED[3]: "done"})

    def test_rule_that_no_longer_matches_is_not_forgotten(self):
        """Known under 80 hours, for a while under no rule, then under none: what was stored counts."""
        world = self.world()
        end = world.sql("embargo", "SELECT timespan_end FROM exposure WHERE obs_id = ?", ONE)[0][0]
        now = ("--now-scale", "tai", "--now", time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(end // 10**9 + 79 * 3600)))
        self.assertEqual(self.statuses(world, "run", *now, "--exposure", ONE), {ONE: "waiting"})
        with open(world.path("config_raw.yaml")) as f:
            rules = f.read()
        world.edit("config_raw.yaml", "exposure.can_see_sky or exposure.can_see_sky = NULL", "exposure.seq_num < 0")
        self.assertEqual(self.statuses(world, "run", *now, "--exposure", ONE), {ONE: "held"})
        with open(world.path("config_raw.yaml"), "w") as f:
            f.write(rules.replace("not exposure.can_see_sky", ""))
        self.assertEqual(self.statuses(world, "run", *now, "--exposure", ONE), {ONE: "waiting"})
        self.assertFalse(os.path.exists(world.zip(ONE)))

    def test_temporary_file_of_another_container(self):
        """Same host name, no such process here, but it holds its file's lock."""
        world = self.world()
        folder = f"{world.offline}/LSSTCam/{DAY}"
        os.makedirs(folder)
        path = f"{folder}/.pps-{ONE}-{os.uname().nodename}-999999999"
        with open(path, "w") as writer:
            fcntl.flock(writer, fcntl.LOCK_EX)
            self.pps(world, "raw", "run")
            self.assertTrue(os.path.exists(path))
        os.unlink(world.yaml(ONE))
        self.pps(world, "raw", "repair")
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    harness.main()
