# SPDX-License-Identifier: BSD-3-Clause
"""Calls that wait: Ctrl-C, other threads, progress, log records."""
import logging
import signal
import subprocess
import threading
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
