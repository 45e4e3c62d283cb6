# SPDX-License-Identifier: BSD-3-Clause
"""Nothing that Python can do ends the process: wrong arguments, None, any order of deletion, fork, threads."""
import gc
import inspect
import itertools
import os
import pickle
import random
import signal
import threading
import unittest

import place
import pps
from pps import _pps


class Safety(place.Case):
    def test_wrong_arguments_of_every_function(self):
        """Each function of _pps with all of nothing, too much, and other kinds; then with a right handle first."""
        handles = {name: h._capsule for name, h in place.opened(self.world()).items()}
        handles["ctx"] = pps.Context()._capsule
        blocking = {"pps_publish_wait", "pps_raw_wait", "pps_raw_run", "pps_raw_repair", "pps_publish_run", "pps_publish_carry_out", "set_error_factory"}
        for name in dir(_pps):
            function = getattr(_pps, name)
            if not callable(function) or not name.startswith(("pps_", "ctx_", "conf_", "stream_", "take_")) or name in blocking:
                continue
            for count, value in itertools.product(range(9), (None, object(), -1, 1 << 70, "", b"", 1.5, [], [None], "a\0b", "\ud800", handles["conf"])):
                self.call(function, *[value] * count)
            if not name.startswith(("pps_ctx_cancel", "ctx_listen")):
                for first, count in itertools.product(handles.values(), range(7)):
                    self.call(function, first, *[None] * count)

    def call(self, function, *args):
        try:
            function(*args)
        except (TypeError, ValueError, OverflowError, pps.Error):
            pass

    def test_wrong_arguments_of_every_method(self):
        world = place.opened(self.world())
        wrong = (None, object(), -1, "", b"x", 1.5, [None], float("nan"), 1 << 80)
        waits = {"wait", "run", "repair", "carry_out", "close", "cancel"}
        for handle in (*world.values(), pps.Context()):
            for name, method in inspect.getmembers(handle, callable):
                if name.startswith("_") or name in waits:
                    continue
                wanted = [p for p in inspect.signature(method).parameters.values() if p.kind is not p.KEYWORD_ONLY]
                for value in wrong:
                    try:
                        found = method(*[value] * len(wanted))
                        if inspect.isgenerator(found):
                            next(found, None)
                            found.close()
                    except (TypeError, ValueError, OverflowError, LookupError, pps.Error, AttributeError, StopIteration):
                        pass
        for kind in (pps.State, pps.Raw, pps.Publish, pps.Import, pps.Conf, pps.Zip, pps.Butler, pps.Store):
            for value in (None, object(), 5, b"x"):
                with self.subTest(kind=kind.__name__, value=value):
                    self.assertRaises(TypeError, kind, value)
        self.assertRaises(TypeError, pps.Stream, None, "intake.kafka")
        self.assertRaises(TypeError, pps.Rucio, object())
        self.assertRaises(TypeError, pps.Store, "/tmp", context=object())

    def test_deletion_in_any_order(self):
        chance = random.Random(6)
        root = self.world()
        for _ in range(40):
            world = list(place.opened(root).values())
            context = pps.Context()
            world += [context, pps.Store(root, context=context), pps.Dimensions(universe=8, context=context)]
            chance.shuffle(world)
            ring = [world[-1]]
            ring.append(ring)
            while world:
                one = world.pop()
                if chance.random() < 0.5 and not isinstance(one, pps.Rows):
                    one.close()
                del one
                if chance.random() < 0.3:
                    gc.collect()
            del context, ring
            gc.collect()

    def test_every_order_of_release(self):
        """What was made from each other, released in each order there is, with a collection at every allocation: what is left goes on working."""
        root = self.world()
        place.opened(root)
        self.addCleanup(gc.set_threshold, *gc.get_threshold())
        gc.set_threshold(1)
        asks = (_pps.pps_ctx_is_cancelled, lambda conf: _pps.pps_conf_get(conf, "raw.source"), _pps.pps_butler_root, _pps.pps_butler_exposures_next,
                _pps.pps_state_version, lambda raw: _pps.pps_raw_set(raw, "limit", "0"))
        for order in itertools.permutations(range(len(asks))):
            ctx = _pps.pps_ctx_new()
            conf, butler = _pps.conf_load(ctx, str(root / "pps.yaml")), _pps.pps_butler_open(ctx, str(root / "embargo"), _pps.PPS_BUTLER_READ)
            rows = _pps.pps_butler_query_exposures(butler, None, None, -(1 << 63), (1 << 63) - 1)
            handles = [ctx, conf, butler, rows, _pps.pps_state_open(ctx, conf), _pps.pps_raw_open(ctx, conf)]
            del ctx, conf, butler, rows
            for gone in order:
                handles[gone] = None
                for n, ask in enumerate(asks):  # no name refers to a handle meanwhile
                    if handles[n] is not None:
                        self.call(ask, handles[n])

    def test_closed(self):
        world = place.opened(self.world())
        for name, handle in world.items():
            if isinstance(handle, pps.Handle):
                with handle:
                    self.assertFalse(handle.closed)
                self.assertTrue(handle.closed)
                handle.close()
                self.assertRaises(ValueError, handle.__enter__)
        for call in (lambda: world["butler"].universe, world["zip"].verify, world["store"].list, world["raw"].status, world["publish"].status,
                     lambda: pps.Raw(world["conf"]), lambda: next(world["publish"].datasets())):
            self.assertRaisesRegex(ValueError, "is closed", call)
        self.assertEqual(len(list(world["exposures"])), 5)
        with pps.Context() as context:
            store = pps.Store(self.folder, context=context)
        self.assertRaisesRegex(ValueError, "Context is closed", store.list)
        self.assertRaisesRegex(ValueError, "Context is closed", pps.Store, self.folder, context=context)

    def test_not_made(self):
        """Objects whose __init__ never ran, or failed."""
        for kind in (pps.Butler, pps.Zip, pps.Store, pps.Conf, pps.Raw):
            empty = kind.__new__(kind)
            self.assertTrue(empty.closed)
            self.assertRaises(ValueError, empty._handle)
            empty.close()

    def test_handles_are_not_pickled(self):
        for handle in (pps.Store(self.folder), pps.Context()):
            self.assertRaisesRegex(TypeError, "other process", pickle.dumps, handle)

    def test_fork(self):
        world = place.opened(self.world())
        inside = pps.Context()
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            try:
                for call in (lambda: world["butler"].query_exposures(), world["zip"].verify, lambda: pps.Store("/tmp", context=inside), inside.cancel,
                             lambda: next(world["exposures"])):
                    self.assertRaisesRegex(pps.ArgumentError, "before fork", call)
                world.clear()
                gc.collect()
                # anew, in the child's own context
                self.assertEqual(len(pps.Butler(self.folder / "world/embargo").query_exposures()), 5)
                os.write(writing, b"well")
            finally:
                os.kill(os.getpid(), signal.SIGKILL)  # without an end that looks for what the parent's other threads had
        os.close(writing)
        with open(reading, "rb") as pipe:
            self.assertEqual(pipe.read(), b"well")
        os.waitpid(child, 0)
        self.assertEqual(len(world["butler"].query_exposures()), 5)
        self.assertEqual(world["zip"].verify().problems, ())

    def test_eight_threads(self):
        world = place.opened(self.world())
        wrong, names = [], world["zip"].names()
        rows = world["butler"].query_datasets("raw", "*")
        taken = []

        def work(seed):
            chance = random.Random(seed)
            try:
                for _ in range(25):
                    which = chance.randrange(5)
                    if which == 0:
                        assert len(list(world["butler"].query_exposures())) == 5
                    elif which == 1:
                        assert len(world["zip"].read(names[0])) > 0
                    elif which == 2:
                        assert world["raw"].status().failed == 0
                    elif which == 3:
                        taken.extend(itertools.islice(rows, 3))
                    else:
                        assert len(world["store"].list()) > 0
            except BaseException as e:
                wrong.append(e)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        taken.extend(rows)
        self.assertEqual((len(taken), len({d.id for d in taken})), (len(rows), len(rows)))

    def test_close_during_calls_of_other_threads(self):
        root = self.world()
        place.opened(root)
        for _ in range(20):
            archive = pps.Zip(root / "a.zip")
            name = archive.names()[0]
            got = []

            def read():
                try:
                    while True:
                        got.append(archive.read(name))
                except ValueError:
                    pass
            threads = [threading.Thread(target=read) for _ in range(3)]
            for thread in threads:
                thread.start()
            while not got:
                pass
            archive.close()
            for thread in threads:
                thread.join()


if __name__ == "__main__":
    unittest.main()
