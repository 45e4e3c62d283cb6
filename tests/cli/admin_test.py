# SPDX-License-Identifier: BSD-3-Clause
"""What operators do to prompt products, the audit of the ledger, and who is told what, by the command line."""
import json
import subprocess
import sys
import time
import uuid

import harness

TAI = 37
IDS = [str(uuid.UUID(int=n)) for n in range(1, 7)]
POLICIES = """policies:
  - {types: ["*_image"], embargo_hours: 80, public: false, retention_days: 30}
"""


class Admin(harness.Case):
    def flow(self, more=""):
        """An example world whose state knows six datasets that are in embargo until tomorrow."""
        world = self.world(init=False)
        world.edit("pps.yaml", "main:    {butler: main}", "main:    {butler: main, from: embargo, transfer: copy}")
        with open(world.config, "a") as f:
            f.write(POLICIES + more)
        self.pps(world, "init")
        self.pps(world, "run", "--once")  # the policies are in force
        self.assertEqual(world.sql("state", "SELECT name FROM repository ORDER BY ordinal"), [("embargo",), ("main",)])
        now = int(time.time() + TAI) * 10**9
        for n, word in enumerate(("warped_image", "other_image", "run/1", ""), 1):
            world.sql("state", "INSERT INTO dataset_word VALUES (?, ?)", n, word)
        for n, one in enumerate(IDS):
            world.sql("state", "INSERT INTO dataset (id, type, run, origin, instrument, data_id, visit, day_obs, end_kind, end_at, flags, registered, "
                      "status, times) VALUES (?, ?, 3, 4, 'LSSTCam', '{}', ?, 20251202, 0, ?, 0, ?, 'P', '1')",
                      one.replace("-", ""), 1 + n % 2, n // 2, now, now)
        world.sql("state", "INSERT INTO dataset_count VALUES (1, 'P', 0, 3), (2, 'P', 0, 3)")
        return world

    def flags(self, world):
        return [flags for flags, in world.sql("state", "SELECT flags FROM dataset ORDER BY id")]

    def test_a_reason_is_needed(self):
        world = self.flow()
        for verb in ("hold", "unhold", "pin", "unpin", "expire", "retry", "reverify"):
            self.assertIn("--reason", self.pps(world, verb, IDS[0], code=2).stderr)
            if verb not in ("hold", "unhold"):
                self.assertIn("which datasets", self.pps(world, verb, "--reason", "x", code=2).stderr)

    def test_choices_and_counts(self):
        world = self.flow()
        dry = self.unchanged(world, "--dry-run", "hold", "--type", "warped_*", "--reason", "look").stdout
        self.assertIn("3 of 3 datasets would change", dry)
        done = self.json(world, "hold", "--type", "warped_*", "--reason", "a look")
        self.assertEqual((done["chosen"], done["changed"], done["types"]), (3, 3, {"warped_image": 3}))
        self.assertEqual(self.flags(world), [1, 0] * 3)
        self.assertEqual(self.json(world, "hold", "--visit", "1", "--reason", "a look")["changed"], 1)
        self.assertEqual(self.json(world, "hold", "--type", "*", "--reason", "all")["changed"], 2)
        self.json(world, "unhold", "--type", "*", "--reason", "seen")
        self.assertEqual(self.flags(world), [0] * 6)
        held = [json.loads(line) for line in self.pps(world, "datasets").stdout.splitlines()]
        self.assertEqual({d["next"]["task"] for d in held}, {"copy"})  # and not before its time
        self.assertTrue(all(d["next"]["due"] > d["end"] for d in held))

    def test_uuids(self):
        world = self.flow()
        self.assertIn("does not know", self.pps(world, "pin", IDS[1], str(uuid.UUID(int=99)), "--reason", "paper", code=1).stderr)
        self.assertEqual(self.flags(world), [0, 2, 0, 0, 0, 0])
        self.unchanged(world, "unpin", "no-uuid", "--reason", "x", code=2)
        self.pps(world, "unpin", IDS[1], "--reason", "done")
        self.assertEqual(self.flags(world), [0] * 6)

    def test_withdrawing_needs_yes(self):
        world = self.flow()
        self.assertIn("--yes", self.unchanged(world, "expire", "--type", "*", "--reason", "wrong").stdout)
        self.pps(world, "--yes", "expire", IDS[0], "--reason", "wrong")
        self.assertEqual(self.flags(world), [4, 0, 0, 0, 0, 0])

    def test_everything_is_held(self):
        world = self.flow()
        self.assertIn("what comes later", self.pps(world, "hold", "--reason", "stop").stdout)
        self.assertIn("holds the flow", self.pps(world, "run", "--once").stdout)
        self.pps(world, "unhold", "--reason", "go on")
        self.assertNotIn("holds the flow", self.pps(world, "run", "--once").stdout)

    def test_the_ledger(self):
        world = self.flow()
        self.pps(world, "hold", IDS[0], "--reason", "one")
        self.pps(world, "pin", IDS[1], "--reason", "two")
        self.assertIn("the ledger is whole: 4 entries", self.unchanged(world, "audit", "--ledger").stdout)
        rows = world.sql("state", "SELECT kind, action, rule FROM ledger ORDER BY seq")
        self.assertEqual(rows[0], ("authorised", "hold", "one"))
        self.assertEqual(rows[3], ("done", "pin", "two"))
        self.assertIn("--ledger goes alone", self.pps(world, "audit", "--ledger", "--deep", code=2).stderr)
        world.sql("state", "UPDATE ledger SET rule = 'nothing' WHERE seq = 3")
        broken = self.json(world, "audit", "--ledger", code=1)
        self.assertEqual((broken["ok"], "entry 3" in broken["problem"]), (False, True))
        world.sql("state", "DELETE FROM ledger_item WHERE seq = 3")
        world.sql("state", "DELETE FROM ledger WHERE seq > 2")
        self.assertIn("after 2 are missing", self.pps(world, "audit", "--ledger", code=1).stdout)

    def test_policies_are_accepted(self):
        world = self.flow()
        self.assertIn("0 prompt products are copied sooner", self.pps(world, "config", "accept", "--reason", "x").stdout)
        world.edit("pps.yaml", "embargo_hours: 80, public", "embargo_hours: 10, public")
        shown = self.json(world, "config", "accept", "--reason", "x")["publish"]
        self.assertEqual((shown["waits"], shown["accepted"], shown["sooner"]["copy"], shown["now"]["copy"]), (True, False, 6, 0))
        self.pps(world, "--yes", "config", "accept", "--reason", "agreed")
        self.assertFalse(self.json(world, "config", "accept", "--reason", "x")["publish"]["waits"])

    def test_a_worker_needs_its_topics(self):
        world = self.flow()
        self.assertIn('there is no block "workers.kafka"', self.pps(world, "worker", code=3).stderr)
        with open(world.config, "a") as f:
            f.write("workers:\n  kafka: {brokers: '127.0.0.1:1', topic: work, results: work}\n")
        self.assertRegex(self.pps(world, "worker", code=3).stderr, r"pps.yaml:\d+:\d+: workers.kafka.results: expected another topic")

    def test_others_are_told(self):
        world = self.flow()
        secret = world.path("secret")
        with open(secret, "w") as f:
            f.write("a secret\n")
        receiver = subprocess.Popen([sys.executable, "-B", f"{harness.TOP}/tests/cli/notify_receiver.py", "0", secret], stdout=subprocess.PIPE, text=True)
        self.addCleanup(receiver.stdout.close)
        self.addCleanup(receiver.wait)
        self.addCleanup(receiver.kill)
        address = f"http://127.0.0.1:{receiver.stdout.readline().strip()}/new"
        nobody = "http://127.0.0.1:9/"
        with open(world.config, "a") as f:
            f.write(f"notify: {{feed: feed, webhooks: [{{url: '{address}', secret_file: secret}}, {{url: '{nobody}'}}]}}\n")
        world.sql("state", "INSERT INTO notice VALUES (1, 2, 1, 1, 1764720000000000000, 2, ?, '')", "".join(IDS[:2]).replace("-", ""))
        world.sql("state", "UPDATE notice_head SET seq = 1, at = ?", int(time.time()) * 10**9)
        world.sql("state", "UPDATE notice SET at = ?", int(time.time()) * 10**9)
        self.pps(world, "run", "--once")
        told = json.loads(receiver.stdout.readline())
        self.assertEqual((told["event"], told["repository"], [d["id"] for d in told["datasets"]]), ("published", "main", IDS[:2]))
        with open(world.path("feed/latest.json")) as f:
            latest = json.load(f)
        with open(world.path("feed", latest["pages"][0]["path"])) as f:
            self.assertEqual([json.loads(line)["id"] for line in f], IDS[:2])
        rows = {d["destination"]: d for d in self.json(world, "notify", "status")["destinations"]}
        self.assertEqual([rows[d]["waiting"] for d in ("feed", address, nobody)], [0, 0, 1])
        self.assertGreaterEqual(rows[nobody]["attempts"], 1)
        self.assertNotEqual(rows[nobody]["error"], "")
        self.assertIn("0 of 1 delivered", self.pps(world, "notify", "status").stdout)
        self.assertIn("--reason", self.pps(world, "notify", "retry", nobody, code=2).stderr)
        self.pps(world, "notify", "retry", nobody, "--reason", "it is up")
        self.pps(world, "notify", "retry", address, "--reason", "why not", code=1)
        self.assertEqual({d["destination"]: d["attempts"] for d in self.json(world, "notify", "status")["destinations"]}[nobody], 0)


if __name__ == "__main__":
    harness.main()
