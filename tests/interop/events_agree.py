#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""S3 events by a real Kafka, and what `pps raw run` and `raw status` make of them.

    events_agree.py --pps build/tools/pps --tool build/tests/servers/kafka-tool [WORD...]

The events are those of the example world, as a Ceph writes them: double, out of order, with removals, with garbage between, and
some lost. The last line is `N passed, N failed`.
"""
import json
import os
import random
import signal
import time

import kafka_world

options = kafka_world.options(__doc__)
import harness  # noqa: E402
from harness import DAY, HELD, MOVED  # noqa: E402

TAI_MINUS_UTC = 37
KAFKA = None


def ns(seconds):
    return int((seconds + TAI_MINUS_UTC) * 1e9)


class Events(harness.Case):
    """Worlds whose configuration follows a topic of their own."""

    def events_world(self, list_every="1h", extra=""):
        world = self.world(init=False)
        world.topic = KAFKA.topic()
        with open(world.config, "a") as f:
            f.write(f"  events:\n    root: storage\n    list_every: {list_every}\n    kafka:\n      brokers: {KAFKA.brokers}\n"
                    f"      topic: {world.topic}\n{extra}")
        self.pps(world, "init")
        return world

    def keys(self, world, obs_id):
        return kafka_world.keys_below(world.path("storage"), f"LSSTCam/{DAY}/{obs_id}")

    def arrived(self, world):
        return {k: row["arrived"] for k, row in self.rows(world, "status").items()}

    def move_exposure(self, world, obs_id, end):
        """Let it end at this Unix time."""
        world.sql("embargo", "UPDATE exposure SET timespan_begin = ?, timespan_end = ? WHERE obs_id = ?", ns(end - 30), ns(end), obs_id)

    def dead_letters(self, world):
        return world.sql("state", "SELECT part, position, reason, content FROM dead_letter ORDER BY part, position")


class Arrivals(Events):
    def test_duplicates_order_and_removals(self):
        """All of three exposures, shuffled, everything twice, with a file that went and came again."""
        world, rng, last, lines = self.events_world(), random.Random(1), {}, []
        base = time.time() - 7200
        for obs_id in MOVED[:3]:
            for n, key in enumerate(self.keys(world, obs_id)):
                at = base + n
                lines += [kafka_world.message(key, at)] * 2
                last[obs_id] = at
            gone = self.keys(world, obs_id)[3]
            lines.append(kafka_world.message(gone, base - 5))
            lines.append(kafka_world.message(gone, base - 4, name="ObjectRemoved:Delete", size=0))
        lines.append(kafka_world.message("LSSTCam/calib/x.fits", base))
        rng.shuffle(lines)
        KAFKA.produce(world.topic, lines)
        self.assertEqual(set(self.statuses(world, "run").values()), {"done", "held"})
        arrived = self.arrived(world)
        for obs_id in MOVED[:3]:
            self.assertEqual(arrived[obs_id], kafka_world.utc(last[obs_id])[:-4], obs_id)
        self.assertEqual(arrived[MOVED[3]], "")
        self.assertEqual(KAFKA.lag(world.topic), 0)
        # all of it once more changes nothing
        look = "SELECT obs_id, folder, expected, first_at, last_at, complete_at FROM arrival ORDER BY obs_id"
        before = world.sql("state", look)
        KAFKA.produce(world.topic, lines)
        self.pps(world, "raw", "run")
        self.assertEqual(world.sql("state", look), before)
        # files of what was taken need not be remembered
        self.assertEqual(world.sql("state", "SELECT count(*) FROM arrival_file WHERE obs_id = ?", MOVED[0]), [(0,)])

    def test_removed_file_is_missing(self):
        world = self.events_world()
        keys = self.keys(world, MOVED[0])
        self.move_exposure(world, MOVED[0], time.time() - 60)
        base = time.time() - 50
        KAFKA.produce(world.topic, [kafka_world.message(k, base) for k in keys])
        self.pps(world, "raw", "run")
        row = self.rows(world, "status")[MOVED[0]]
        self.assertEqual((row["status"], bool(row["arrived"]), row["exposure"]), ("waiting", True, 0))
        KAFKA.produce(world.topic, [kafka_world.message(f"LSSTCam/{DAY}/{MOVED[0]}/{MOVED[0]}_R22_S11.fits", base + 1, name="ObjectRemoved:Delete")])
        self.pps(world, "raw", "run")
        row = self.rows(world, "status")[MOVED[0]]
        self.assertEqual((row["status"], row["arrived"]), ("incomplete", ""))
        self.assertIn("of 41 files have arrived", row["reason"])  # a list, and of 20 sensors an image and its sidecar

    def test_garbage_is_put_aside(self):
        world = self.events_world()
        good = [kafka_world.message(k, time.time() - 9) for k in self.keys(world, MOVED[0])]
        bad = ["hello", "{", '{"Records": 3}', '{"Records":[{"eventName":"ObjectCreated:Put"}]}', "\u00ff\u0001", "[" * 3000]
        KAFKA.produce(world.topic, good[:10] + bad + good[10:])
        done = self.pps(world, "raw", "run")
        self.assertIn("put aside", done.stderr)
        self.assertTrue(self.arrived(world)[MOVED[0]])
        letters = self.dead_letters(world)
        self.assertEqual(len(letters), len(bad))
        self.assertEqual(len({(part, position) for part, position, _, _ in letters}), len(bad))
        self.assertEqual(KAFKA.lag(world.topic), 0)

    def test_lost_events_are_made_up(self):
        """A fifth of the events lost, and of one exposure all of them; nobody tells, the folders do."""
        world, rng = self.events_world(list_every="1s"), random.Random(2)
        for n, obs_id in enumerate(MOVED[:3]):
            self.move_exposure(world, obs_id, time.time() - 300 - n)
        lines = [kafka_world.message(k, time.time() - 200) for obs_id in MOVED[:2] for k in self.keys(world, obs_id) if rng.random() > 0.2]
        KAFKA.produce(world.topic, lines)
        deadline = time.time() + 180
        while time.time() < deadline and not all(self.arrived(world).get(x) for x in MOVED[:3]):
            self.pps(world, "raw", "run")
        arrived = self.arrived(world)
        for obs_id in MOVED[:3]:
            self.assertTrue(arrived.get(obs_id), obs_id)

    def test_lost_removal_is_made_up(self):
        world = self.events_world(list_every="1s")
        self.move_exposure(world, MOVED[0], time.time() - 300)
        keys = [k for k in self.keys(world, MOVED[0]) if not k.endswith("R22_S11.json")]
        extra = f"LSSTCam/{DAY}/{MOVED[0]}/{MOVED[0]}_R22_S11.json"
        os.remove(world.path("storage", extra))  # it was there, and went, and of that nothing was told
        KAFKA.produce(world.topic, [kafka_world.message(k, time.time() - 200) for k in keys[1:] + [extra]])
        for _ in range(3):
            self.pps(world, "raw", "run")
            time.sleep(1.1)
        row = self.rows(world, "status")[MOVED[0]]
        self.assertEqual((row["status"], row["arrived"]), ("incomplete", ""))
        self.assertIn("40 of 41", row["reason"])

    def test_completeness_is_the_butlers(self):
        """However much events tell: what the Butler lacks is missing, and what it has goes without any event."""
        world = self.events_world()
        world.sql("embargo", "DELETE FROM file_datastore_records WHERE path LIKE ?", f"%{MOVED[0]}_R22_S11.fits")
        KAFKA.produce(world.topic, [kafka_world.message(k, time.time()) for k in self.keys(world, MOVED[0])])
        rows = self.rows(world, "run", code=1)
        self.assertNotEqual(rows[MOVED[0]]["status"], "done")
        self.assertEqual(rows[MOVED[1]]["status"], "done")

    def test_aborted_transactions_are_not_read(self):
        world = self.events_world()
        KAFKA.produce(world.topic, [kafka_world.message(k, time.time()) for k in self.keys(world, MOVED[0])], how="abort")
        self.pps(world, "raw", "run")
        self.assertEqual(self.arrived(world)[MOVED[0]], "")

    def test_dry_run_reads_nothing(self):
        world = self.events_world()
        KAFKA.produce(world.topic, [kafka_world.message(k, time.time()) for k in self.keys(world, MOVED[0])])
        self.unchanged(world, "--dry-run", "raw", "run")
        self.assertGreater(KAFKA.lag(world.topic), 0)


class Trouble(Events):
    def test_no_broker(self):
        """Kafka is knowledge, not authority: without it exposures move as before."""
        world = self.world(init=False)
        with open(world.config, "a") as f:
            f.write("  events:\n    root: storage\n    kafka: {brokers: '127.0.0.1:1', topic: t}\n")
        self.pps(world, "init")
        done = self.pps(world, "--json", "raw", "run")
        self.assertIn("what has arrived is not known", done.stderr)
        self.assertIn("127.0.0.1:1", done.stderr)
        self.assertEqual({r["status"] for r in json.loads(done.stdout)["exposures"]}, {"done", "held"})

    def test_unknown_property_and_secrets(self):
        for line, says in (("sasl.passwrd: geheim", "properties.sasl.passwrd: librdkafka knows no such property"),
                           ("queued.min.messages: geheim", "properties.queued.min.messages: librdkafka refuses this value"),
                           ("enable.auto.commit: 'true'", "pps sets this itself"),
                           ("sasl.password: '${NO_SUCH_GEHEIM}'", "no variable NO_SUCH_GEHEIM"),
                           ("sasl.password_file: missing.txt", "missing.txt")):
            world = self.events_world(extra=f"      properties: {{{line}}}\n")
            done = self.pps(world, "raw", "run", code=3)
            self.assertIn(says, done.stderr)
            self.assertNotIn("geheim", done.stderr)


class Following(Events):
    def until(self, process, obs_id, status):
        """Read rows until the exposure has this status."""
        seen = []
        for row in kafka_world.rows(process):
            seen.append(row)
            if row["obs_id"] == obs_id and row["status"] == status:
                return
        self.fail(f"{obs_id} did not become {status}: {seen} {process.poll()}")

    def test_what_was_missing_arrives(self):
        world = self.events_world()
        expected = world.source(MOVED[0], "_expectedSensors.json")
        with open(expected) as f:
            whole = f.read()
        with open(expected, "w") as f:
            f.write(whole.replace('"R22_S11"', '"R43_S11": "SCIENCE", "R22_S11"'))
        keys = self.keys(world, MOVED[0])
        KAFKA.produce(world.topic, [kafka_world.message(k, time.time() - 99) for k in keys])
        with kafka_world.following(world, "raw", "run", "--follow") as process:
            self.until(process, MOVED[0], "incomplete")
            with open(expected, "w") as f:
                f.write(whole)
            KAFKA.produce(world.topic, [kafka_world.message(k, time.time()) for k in keys if k.endswith("expectedSensors.json")])
            self.until(process, MOVED[0], "done")
            kafka_world.stop(process, signal.SIGINT)
        self.assertEqual(KAFKA.lag(world.topic), 0)

    def test_the_butler_comes_late(self):
        """All files are told of before the source's Butler knows the last image; nobody tells when it does."""
        world = self.events_world()
        image = "detector = (SELECT min(detector) FROM dataset_tags_00000001) AND exposure = (SELECT id FROM exposure WHERE obs_id = ?)"
        row = world.sql("embargo", f"SELECT * FROM dataset_tags_00000001 WHERE {image}", MOVED[0])[0]
        world.sql("embargo", f"DELETE FROM dataset_tags_00000001 WHERE {image}", MOVED[0])
        KAFKA.produce(world.topic, [kafka_world.message(k, time.time() - 1) for k in self.keys(world, MOVED[0])])
        with kafka_world.following(world, "raw", "run", "--follow") as process:
            self.until(process, MOVED[0], "incomplete")
            world.sql("embargo", f"INSERT INTO dataset_tags_00000001 VALUES ({', '.join('?' * len(row))})", *row)
            self.until(process, MOVED[0], "done")
            kafka_world.stop(process)

    def test_embargo_ends(self):
        """Nothing leaves a moment too early, and soon after."""
        world = self.events_world()
        end = time.time() - 80 * 3600 + 25
        self.move_exposure(world, MOVED[1], end)
        with kafka_world.following(world, "raw", "run", "--follow") as process:
            self.until(process, MOVED[1], "done")
            self.assertGreater(time.time(), end + 80 * 3600)
            kafka_world.stop(process)
        as_of = world.sql("state", "SELECT min(at) FROM ledger WHERE subject = ?", MOVED[1])[0][0]
        self.assertGreaterEqual(as_of, ns(end + 80 * 3600))

    def test_not_with_a_chosen_time(self):
        world = self.events_world()
        self.pps(world, "raw", "run", "--follow", "--now", "2026-01-01", code=2)
        self.pps(world, "--dry-run", "raw", "run", "--follow", code=2)


if __name__ == "__main__":
    with kafka_world.Kafka(options.tool) as KAFKA:
        harness.main()
