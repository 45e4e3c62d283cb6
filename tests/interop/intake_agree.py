#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Batches by a real Kafka, as the Butler Writer sends them, and what `pps run` registers of them.

    intake_agree.py --pps build/tools/pps --tool build/tests/servers/kafka-tool [--preload build/tests/faults/libkill-at.so] [WORD...]

The writer puts a batch's file in place and then sends its message in a transaction; some transactions are aborted, some messages come
twice, some are garbage, some files are late. The datasets are those of the example world. A broker of its own, because it is
stopped. The last line is `N passed, N failed`.
"""
import json
import os
import random
import shutil
import sqlite3
import uuid

import kafka_world

options = kafka_world.options(__doc__)
import harness  # noqa: E402

KAFKA = None
REGISTER = ("run", "--once", "--task", "register")


class Writer:
    """The Butler Writer of a world: a batch's file first, then its message in a transaction."""

    def __init__(self, world):
        self.world, self.n = world, 0
        os.makedirs(world.path("batches"), exist_ok=True)

    def message(self, ids, origin="prompt_processing", write=True, **other):
        self.n += 1
        batch, name = str(uuid.uuid4()), f"2026-11-21T00:00:{self.n:02d}-{uuid.uuid4()}.json"
        content = json.dumps({"batch_id": other.pop("batch_in_file", batch), "datasets": ids})
        if write:
            self.put(name, content)
        message = {"type": "batch-ingested", "batch_id": batch, "origin": origin, "batch_file": name}
        message.update(other)
        return json.dumps(message), (name, content)

    def put(self, name, content):
        with open(self.world.path("batches", name), "w") as f:
            f.write(content)

    def send(self, ids, **other):
        text, file = self.message(ids, **other)
        KAFKA.produce(self.world.topic, [text], "commit")
        return file


class Intake(harness.Case):
    def intake_world(self):
        world = self.world(init=False)
        world.topic = KAFKA.topic()
        world.edit("pps.yaml", "{butler: main}", "{butler: main, from: embargo, transfer: copy}")
        with open(world.config, "a") as f:
            f.write("policies:\n  - {types: [raw], embargo_hours: 80, public: false, retention_days: forever}\n"
                    f"intake:\n  kafka:\n    brokers: {KAFKA.brokers}\n    topic: {world.topic}\n    batch_root: batches\n"
                    f"    properties: {{{kafka_world.SESSION}}}\n")
        self.pps(world, "init")
        world.writer = Writer(world)
        world.ids = [str(uuid.UUID(i)) for (i,) in world.sql("embargo", "SELECT id FROM dataset ORDER BY id")]
        return world

    def registered(self, world):
        return {str(uuid.UUID(i)) for (i,) in world.sql("state", "SELECT id FROM dataset")}

    def unknown(self, world):
        return {str(uuid.UUID(i)) for (i,) in world.sql("state", "SELECT id FROM dataset_unknown")}

    def caught_up(self, world, most=3):
        """Behind the last message of a partition is the mark that ends its transaction, which nobody is given."""
        self.assertLessEqual(KAFKA.lag(world.topic), most)

    def intake(self, world):
        return self.json(world, "status")["intake"]

    def test_batches_of_the_writer(self):
        """200 batches, aborted transactions between, every tenth message twice: exactly what was committed."""
        world, rng = self.intake_world(), random.Random(1)
        lines, aborted = [], []
        stranger = str(uuid.UUID(int=1))
        for n in range(200):
            ids = rng.sample(world.ids[:90], 5)
            lines.append(world.writer.message(ids + ([stranger] if n == 7 else []))[0])
        lines += [world.writer.message([i])[0] for i in world.ids[:90]]
        aborted.append(world.writer.message(world.ids[90:])[0])
        KAFKA.produce(world.topic, lines[:100], "commit")
        KAFKA.produce(world.topic, aborted, "abort")
        KAFKA.produce(world.topic, lines[100:] + lines[::10], "commit")
        self.pps(world, *REGISTER)
        self.assertEqual(self.registered(world), set(world.ids[:90]))
        self.assertEqual(self.unknown(world), {stranger})
        self.caught_up(world, 8)  # and what was aborted
        # all of it once more changes nothing
        look = "SELECT * FROM dataset ORDER BY id"
        before = world.sql("state", look)
        KAFKA.produce(world.topic, lines, "commit")
        done = self.json(world, *REGISTER)
        self.assertEqual(world.sql("state", look), before)
        self.assertEqual([row["done"] for row in done["tasks"]], [0] * len(done["tasks"]))
        self.assertEqual(self.intake(world)["pending"], 0)
        # what the Butler says of them
        want = dict(world.sql("embargo", "SELECT d.id, t.name FROM dataset d JOIN dataset_type t ON t.id = d.dataset_type_id"))
        for (i, name) in world.sql("state", "SELECT d.id, w.word FROM dataset d JOIN dataset_word w ON w.id = d.type"):
            self.assertEqual(want[i], name)

    def test_garbage_is_put_aside(self):
        world = self.intake_world()
        writer = world.writer
        good = [writer.message([i])[0] for i in world.ids[:10]]
        bad = ["hello", "{", "\u00ff\u0001", "[" * 3000, writer.message([], type="batch-lost")[0], writer.message([], batch_file="../x")[0],
               writer.message([], batch_id="7")[0], writer.message([], origin="")[0]]
        other = writer.message(world.ids[:1], batch_in_file=str(uuid.uuid4()))[0]
        broken, (name, content) = writer.message(world.ids[20:22])
        writer.put(name, content[:-9])
        KAFKA.produce(world.topic, good[:5] + bad + [other, broken] + good[5:], "commit")
        done = self.pps(world, *REGISTER, code=1)
        self.assertIn("put aside", done.stderr)
        self.assertEqual(self.registered(world), set(world.ids[:10]))
        self.caught_up(world)
        found = self.intake(world)
        self.assertEqual((found["dead_letters"], found["pending"]), (len(bad) + 2, 0))
        reasons = "\n".join(letter["reason"] for letter in found["letters"])
        for text in ("no JSON", 'type: expected "batch-ingested", not "batch-lost"', "batch_file: expected a file below", "batch_id: expected a UUID",
                     "origin: expected an origin", "as the message says", f"{name}:1:"):
            self.assertIn(text, reasons)
        # an operator mends the file
        writer.put(name, content)
        self.pps(world, "intake", "retry", code=2)
        self.assertEqual(self.json(world, "--dry-run", "intake", "retry", "--reason", "mended", code=1), {"revived": 2, "left": len(bad)})
        self.assertEqual(self.intake(world)["pending"], 0)
        self.assertEqual(self.json(world, "intake", "retry", "--reason", "mended", code=1), {"revived": 2, "left": len(bad)})
        self.assertEqual(self.intake(world)["pending"], 2)
        self.pps(world, *REGISTER, code=1)  # the other one still is of another batch
        self.assertEqual(self.registered(world), set(world.ids[:10] + world.ids[20:22]))
        self.assertEqual(self.intake(world)["dead_letters"], len(bad) + 1)
        # they keep their places, and block nothing
        self.assertEqual(len({(x["partition"], x["offset"]) for x in found["letters"]}), len(bad) + 2)
        self.assertIn("messages were put aside", self.pps(world, "status").stdout)
        self.pps(world, *REGISTER)

    def test_lists_by_hand(self):
        world = self.intake_world()
        for name, content in (("a.csv", "id,visit\n" + "\n".join(f"{i},7" for i in world.ids[:6])), ("b.json", json.dumps(world.ids[4:9])),
                              ("c.csv", f"id\n{uuid.UUID(int=1)}"), ("d.csv", "id\nx"), ("e.txt", "id")):
            with open(world.path(name), "w") as f:
                f.write(content)
        a, b, c, d, e = (world.path(f"{x}") for x in ("a.csv", "b.json", "c.csv", "d.csv", "e.txt"))
        dry = self.json(world, "--dry-run", "register", a, b)["lists"]
        self.assertEqual([(x["new"], x["known"], x["unknown"], x["ignored"]) for x in dry], [(6, 0, 0, "visit"), (5, 0, 0, None)])
        self.assertEqual(self.registered(world), set())
        lists = self.json(world, "register", "--origin", "daytime_ap_catchup", a, b, c, code=1)["lists"]
        self.assertEqual([(x["new"], x["known"], x["unknown"]) for x in lists], [(6, 0, 0), (3, 2, 0), (0, 0, 1)])
        self.assertEqual(self.registered(world), set(world.ids[:9]))
        self.assertIn("0 new, 6 known, 0 unknown", self.pps(world, "register", a).stdout)
        self.assertIn("d.csv:2: id: expected a UUID", self.pps(world, "register", d, a, code=1).stderr)
        self.assertIn("expected a list called *.json or *.csv", self.pps(world, "register", e, code=1).stderr)
        self.pps(world, "register", world.path("nowhere.csv"), code=1)
        self.pps(world, "register", "--origin", "", a, code=2)

    def test_late_files_and_unknown_origins(self):
        world = self.intake_world()
        late, file = world.writer.message(world.ids[:5], write=False)
        odd = world.writer.message(world.ids[5:8], origin="elsewhere")[0]
        KAFKA.produce(world.topic, [late, odd, world.writer.message(world.ids[8:10])[0]], "commit")
        self.pps(world, *REGISTER)
        self.assertEqual(self.registered(world), set(world.ids[5:10]))
        found = self.intake(world)
        self.assertEqual((found["pending"], found["batches"][0]["file"], found["dead_letters"]), (1, file[0], 0))
        self.assertIn("1 batches wait for their files", self.pps(world, "status").stdout)
        # of an origin that nobody has named nothing is ever due
        rows = dict(world.sql("state", "SELECT w.word, count(d.next_task) FROM dataset d JOIN dataset_word w ON w.id = d.origin GROUP BY w.word"))
        self.assertEqual(rows["elsewhere"], 0)
        world.writer.put(*file)
        world.sql("state", "UPDATE intake_batch SET next_try = 0")
        self.pps(world, *REGISTER)
        self.assertEqual(self.registered(world), set(world.ids[:10]))
        self.assertEqual(self.intake(world)["pending"], 0)
        # a day without a file
        KAFKA.produce(world.topic, [world.writer.message(world.ids[10:11], write=False)[0]], "commit")
        self.pps(world, *REGISTER)
        world.sql("state", "UPDATE intake_batch SET next_try = 0, since = since - 86400000000000")
        self.pps(world, *REGISTER, code=1)
        found = self.intake(world)
        self.assertEqual((found["pending"], found["dead_letters"]), (0, 1))
        self.assertIn("given up after a day", found["letters"][0]["reason"])
        self.assertEqual(json.loads(found["letters"][0]["content"])["origin"], "prompt_processing")

    def test_unknown_datasets_come_later(self):
        world = self.intake_world()
        hidden = world.ids[:3]
        with sqlite3.connect(world.path("embargo", "gen3.sqlite3")) as db:
            tables = {t: db.execute(f"SELECT * FROM {t} WHERE {c} IN (?, ?, ?)", [uuid.UUID(i).hex for i in hidden]).fetchall()
                      for t, c in (("dataset", "id"),)}
            db.execute("PRAGMA foreign_keys = OFF")
            db.execute("DELETE FROM dataset WHERE id IN (?, ?, ?)", [uuid.UUID(i).hex for i in hidden])
        world.writer.send(world.ids[:6])
        self.pps(world, *REGISTER)
        self.assertEqual(self.unknown(world), set(hidden))
        self.assertEqual(self.registered(world), set(world.ids[3:6]))
        with sqlite3.connect(world.path("embargo", "gen3.sqlite3")) as db:
            for row in tables["dataset"]:
                db.execute(f"INSERT INTO dataset VALUES ({', '.join('?' * len(row))})", row)
        world.sql("state", "UPDATE dataset_unknown SET next_try = 0")
        self.pps(world, *REGISTER)
        self.assertEqual((self.unknown(world), self.registered(world)), (set(), set(world.ids[:6])))

    def test_killed_between_state_and_broker(self):
        """SIGKILL at the durable operations of a run that registers: the end is that of an undisturbed one."""
        world = self.intake_world()
        self.pps(world, *REGISTER)
        fresh = f"{world.above}/fresh"
        lines = [world.writer.message(world.ids[n:n + 7])[0] for n in range(0, 70, 7)] + ["hello"]
        shutil.copytree(world.root, fresh)
        look = ("SELECT d.id, d.type, d.run, d.origin, d.data_id, d.status, d.next_task FROM dataset d ORDER BY d.id", "SELECT reason FROM dead_letter",
                "SELECT count(*) FROM intake_batch")
        KAFKA.produce(world.topic, lines, "commit")
        count = f"{world.above}/count"
        self.pps(world, *REGISTER, code=1, env=dict(LD_PRELOAD=options.preload, PPS_KILL_COUNT=count))
        with open(count) as f:
            n = int(f.read())
        want = [world.sql("state", text) for text in look]
        self.assertEqual(len(want[0]), 70)
        for at in sorted({1 + i * (n - 1) // 4 for i in range(5)}):
            shutil.rmtree(world.root)
            shutil.copytree(fresh, world.root)
            KAFKA.produce(world.topic, lines, "commit")
            done = self.run_pps("-c", world.config, *REGISTER, env=dict(LD_PRELOAD=options.preload, PPS_KILL_AT=str(at)))
            self.assertIn(done.returncode, (-9, 1), done.stderr)
            self.run_pps("-c", world.config, *REGISTER)
            self.assertEqual([world.sql("state", text) for text in look][0::2], want[0::2], f"killed at {at} of {n}")
            self.caught_up(world)

    def test_broker_down_and_back(self):
        """The rest of the run goes on; nothing is lost, nobody has to help."""
        world = self.intake_world()
        world.writer.send(world.ids[:3])
        self.pps(world, *REGISTER)
        world.writer.send(world.ids[3:6])
        KAFKA.script("stop")
        try:
            done = self.pps(world, *REGISTER, code=4)
            self.assertIn("nothing comes in", done.stderr)
            self.assertEqual(self.registered(world), set(world.ids[:3]))
        finally:
            KAFKA.script("start")
        self.pps(world, *REGISTER)
        self.assertEqual(self.registered(world), set(world.ids[:6]))


if __name__ == "__main__":
    with kafka_world.Kafka(options.tool, own=True) as KAFKA:
        harness.main()
