# SPDX-License-Identifier: BSD-3-Clause
"""Calls that wait: Ctrl-C, other threads, progress, log records."""
import logging
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

import place
import pps

WAIT = """
import sys, threading
import pps
conf = pps.Conf(sys.argv[1])
pps.State.init(conf)
raw = pps.Raw(conf)
def tell():
    while not conf.context._running:
        pass
    print("begins", flush=True)
threading.Thread(target=tell).start()
try:
    raw.wait(600)
except KeyboardInterrupt:
    print("interrupted", conf.context.cancelled, len(raw.status().rows), flush=True)
"""
LOOP = """
import sys
import pps
conf = pps.Conf(sys.argv[1])
pps.State.init(conf, replay=True)
pps.Publish.mark_replay(conf)
import signal
flow = pps.Publish(conf, now=pps.Tai.parse("2025-12-04", scale="utc"))
flow.run()
try:
    for dataset in flow.datasets():
        signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted", len(list(flow.datasets())), flush=True)
"""
STORM = """
import random, signal, sys, time
import pps
conf = pps.Conf(sys.argv[1])
pps.State.init(conf)
raw = pps.Raw(conf)
begin = time.perf_counter()
for _ in range(100):
    raw.status()
usual = (time.perf_counter() - begin) / 100
signal.signal(signal.SIGALRM, signal.default_int_handler)
chance, interrupted = random.Random(1), 0
for _ in range(3000):
    try:
        signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-6, 1.5 * usual))
        raw.status()
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        interrupted += 1
while conf.context._running:
    time.sleep(0.01)
print(interrupted > 100, conf.context.cancelled, len(raw.status().rows))
"""

# threads that are made and not waited for, by a program that ends at once, on one processor
LATE = """
import _thread, os, sys
import pps
conf = pps.Conf(sys.argv[1])
pps.State.init(conf)
raw = pps.Raw(conf)
start = _thread.start_new_thread


def interrupted(*args):
    start(*args)
    raise KeyboardInterrupt


_thread.start_new_thread = interrupted
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
for _ in range(20):
    try:
        raw.status()
    except KeyboardInterrupt:
        pass
"""


class Silent:
    """A server that takes connections and says nothing."""

    def __init__(self):
        self.listening, self.taken, self.asked = socket.create_server(("127.0.0.1", 0)), [], threading.Event()
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            while True:
                self.taken.append(self.listening.accept()[0])
                self.asked.set()
        except OSError:
            pass

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for connection in (self.listening, *self.taken):
            connection.close()


class Interrupts(place.Case):
    """SIGINT in the thread that called, which is the one of the tests."""

    def setUp(self):
        super().setUp()
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        self.root = self.world()
        self.server = Silent()
        self.addCleanup(self.server.close)
        self.context = pps.Context()

    def conf(self, more=""):
        path = self.folder / "world" / "with.yaml"
        path.write_text((self.root / "pps.yaml").read_text() + more)
        return pps.Conf(path, context=self.context)

    def assert_interrupted(self, call, when):
        """By Ctrl-C while it runs, when `when` has returned; afterwards the context serves again."""
        def interrupt():
            when()
            os.kill(os.getpid(), signal.SIGINT)
        thread = threading.Thread(target=interrupt)
        thread.start()
        try:
            self.assertRaises(KeyboardInterrupt, call)
        finally:
            thread.join()
        self.assertFalse(self.context.cancelled)

    def running(self):
        while not self.context._running:
            pass
        time.sleep(0.05)  # the thread that called waits by now

    def asked(self):
        self.running()
        self.server.asked.wait(60)

    def test_waiting_for_something_to_do(self):
        conf = self.conf()
        pps.State.init(conf)
        raw = pps.Raw(conf)
        self.assert_interrupted(lambda: raw.wait(600), self.running)
        self.assertFalse(raw.wait(0))
        products = pps.Conf(self.root / "products/pps.yaml", context=self.context)
        pps.State.init(products, replay=True)
        pps.Publish.mark_replay(products)
        flow = pps.Publish(products)
        self.assert_interrupted(flow.wait, self.running)
        self.assertIn("types", flow.status())

    def test_servers_that_say_nothing(self):
        server = f"127.0.0.1:{self.server.port}"
        (self.folder / "password").write_text("secret\n")
        os.chmod(self.folder / "password", 0o600)
        conf = self.conf(f"rucio: {{url: 'http://{server}', account: a, rse: R, auth: {{type: userpass, username: a, password_file: '{self.folder}/password'}}}}\n"
                         f"intake: {{kafka: {{brokers: '{server}', topic: t, group: g, batch_root: '{self.root}'}}}}\n"
                         f"import: {{kafka: {{brokers: '{server}', group: g}}, topics: {{T: {{rucio_prefix: 'x:/', local_prefix: '{self.root}', repository: main}}}}}}\n")
        pps.State.init(conf)
        rucio = pps.Rucio(conf)
        remote = self.root / "remote"
        remote.mkdir()
        (remote / "butler.yaml").write_text((self.root / "main/butler.yaml").read_text().replace("sqlite:///<butlerRoot>/gen3.sqlite3", f"postgresql://a@{server}/a"))
        state = self.root / "state.yaml"
        state.write_text((self.root / "pps.yaml").read_text().replace("sqlite:///state.db", f"postgresql://a@{server}/a"))
        os.environ.update(AWS_ACCESS_KEY_ID="me", AWS_SECRET_ACCESS_KEY="my-own", S3_ENDPOINT_URL=f"http://{server}")
        self.addCleanup(lambda: [os.environ.pop(n) for n in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "S3_ENDPOINT_URL")])
        on_postgres = pps.Conf(state, context=self.context)
        for name, call in (("Rucio", rucio.whoami), ("PostgreSQL", lambda: pps.Butler(remote, context=self.context)),
                           ("state", lambda: pps.State(on_postgres)), ("S3", pps.Store("s3://bucket/prefix", context=self.context).list),
                           ("Kafka", lambda: pps.Stream(conf, "intake.kafka").next(600)), ("imports", lambda: pps.Import(conf).next(600))):
            with self.subTest(name=name):
                self.server.asked.clear()
                self.assert_interrupted(call, self.asked)

    def test_at_each_step_of_a_flow(self):
        """Interrupted again and again, the flow comes to its end by being run again."""
        seen = []

        def progress(step):
            seen.append(step)
            if len(seen) == most:
                os.kill(os.getpid(), signal.SIGINT)
        self.context = pps.Context(progress=progress)
        conf = self.conf()
        pps.State.init(conf)
        interrupted = 0
        for most in range(1, 1000):
            seen.clear()
            try:
                report = pps.Raw(conf).run()
                break
            except KeyboardInterrupt:
                interrupted += 1
        most = 0
        self.assertGreater(interrupted, 0)
        self.assertEqual(report.failed, 0)
        self.assertEqual([row.status for row in pps.Raw(conf, deep=True).check().rows], [pps.RawStatus.DONE] * 4 + [pps.RawStatus.HELD])
        self.assertEqual(pps.State(conf).verify_ledger(), pps.State(conf).ledger_head().seq)


class Calls(place.Case):
    def test_ctrl_c(self):
        process = self.script(WAIT, self.world() / "pps.yaml")
        with process:
            self.assertEqual(process.stdout.readline(), "begins\n")
            try:
                # the interrupt may come just before the call: once more then
                for _ in range(20):
                    process.send_signal(signal.SIGINT)
                    try:
                        process.wait(5)
                        break
                    except subprocess.TimeoutExpired:
                        pass
                self.assertEqual((process.stdout.read(), process.stderr.read(), process.returncode), ("interrupted False 0\n", "", 0))
            finally:
                process.kill()

    def test_ctrl_c_in_a_loop(self):
        process = self.script(LOOP, self.world() / "products/pps.yaml")
        out, err = process.communicate(timeout=120)
        self.assertEqual((out, err, process.returncode), ("interrupted 22\n", "", 0))

    def test_interrupts_at_any_moment(self):
        """Neither what was called nor its context is left in a call, whichever step of which thread it comes between."""
        process = self.script(STORM, self.world() / "pps.yaml")
        out, err = process.communicate(timeout=300)
        self.assertEqual((out, err, process.returncode), ("True False 0\n", "", 0))

    def test_interrupts_at_the_end(self):
        """An interrupt that came as a thread was being made, and a program that ends then."""
        for _ in range(10):
            with self.subTest():
                process = self.script(LATE, self.world() / "pps.yaml")
                self.assertEqual((*process.communicate(timeout=60), process.returncode), ("", "", 0))
                shutil.rmtree(self.folder / "world")

    def test_cancel_from_another_thread_and_resume(self):
        conf = pps.Conf(self.world() / "pps.yaml")
        pps.State.init(conf)
        with pps.Context() as context, pps.Raw(conf, context=context) as raw:
            caught = []

            def wait():
                try:
                    raw.wait(600)
                except pps.CancelledError as e:
                    caught.append(e)
            thread = threading.Thread(target=wait)
            thread.start()
            while not context._running:
                pass
            self.assertRaises(RuntimeError, context.resume)
            context.cancel()
            thread.join()
            self.assertEqual([e.name for e in caught], ["PPS_E_CANCELLED"])
            self.assertTrue(context.cancelled)
            self.assertRaises(pps.CancelledError, raw.wait, 0)
            context.resume()
            self.assertFalse(raw.wait(0))
            self.assertFalse(pps.Raw(conf).wait(0))

    def test_progress(self):
        conf = pps.Conf(self.world() / "pps.yaml")
        pps.State.init(conf)
        seen, threads = [], set()

        def progress(step):
            threads.add(threading.get_ident())
            seen.append(step)
        report = pps.Raw(conf, context=pps.Context(progress=progress)).run()
        self.assertEqual((report.failed, len(report.rows)), (0, 5))
        self.assertEqual(threads, {threading.get_ident()})
        self.assertEqual(seen[-1], pps.Progress("exposures", 5, 5, "exposures"))
        packed = [step for step in seen if step.what == "pack MC_O_20251202_000001"]
        self.assertEqual((packed[-1].done, packed[-1].unit), (packed[-1].total, "bytes"))

    def test_what_progress_raises_ends_the_call(self):
        class Enough(Exception):
            pass

        def progress(step):
            raise Enough(step.what)
        conf = pps.Conf(self.world() / "pps.yaml")
        pps.State.init(conf)
        context = pps.Context(progress=progress)
        self.assertRaises(Enough, pps.Raw(conf, context=context).run)
        self.assertFalse(context.cancelled)
        self.assertEqual(pps.Raw(conf).run().failed, 0)
        self.assertEqual([row.status for row in pps.Raw(conf).check().rows], [pps.RawStatus.DONE] * 4 + [pps.RawStatus.HELD])

    def test_progress_must_not_use_what_is_in_a_call(self):
        conf = pps.Conf(self.world() / "pps.yaml")
        pps.State.init(conf)
        raw = pps.Raw(conf, context=pps.Context(progress=lambda step: raw.status()))
        with self.assertRaisesRegex(RuntimeError, "in a call"):
            raw.run()

    def test_log_records(self):
        conf = pps.Conf(self.world() / "pps.yaml")
        pps.State.init(conf)
        with self.assertLogs("pps", logging.INFO) as logs:
            pps.Raw(conf, context=pps.Context()).run()
        records = [r for r in logs.records if r.getMessage().startswith("ingested zip=")]
        self.assertEqual(len(records), 4)
        self.assertEqual((records[0].levelno, set(records[0].pps)), (logging.INFO, {"zip", "repository"}))

    def test_log_level(self):
        conf = pps.Conf(self.world() / "pps.yaml")
        pps.State.init(conf)
        logger = logging.Logger("quiet", logging.ERROR)
        got = []
        logger.addFilter(lambda record: got.append(record) or True)
        pps.Raw(conf, context=pps.Context(logger=logger)).run()
        self.assertEqual(got, [])

    def test_other_threads_run_meanwhile(self):
        conf = pps.Conf(self.world() / "pps.yaml")
        pps.State.init(conf)
        context = pps.Context()
        waiting = threading.Thread(target=lambda: self.assertRaises(pps.CancelledError, pps.Raw(conf, context=context).wait, 600))
        waiting.start()
        self.assertEqual(len(pps.Butler(self.folder / "world/embargo").query_exposures()), 5)
        self.assertTrue(waiting.is_alive())
        context.cancel()
        waiting.join()


if __name__ == "__main__":
    unittest.main()
