# SPDX-License-Identifier: BSD-3-Clause
"""Errors as exceptions."""
import errno
import pickle
import unittest

import place
import pps


class Errors(place.Case):
    def test_kinds_are_those_of_python_too(self):
        store = pps.Store(self.folder)
        store.write("a", b"x")
        reader = pps.Butler(self.world() / "main")
        pps.State.init(pps.Conf(self.folder / "world/pps.yaml"))
        pps.Raw(pps.Conf(self.folder / "world/pps.yaml")).run()
        for kind, also, call in (
                (pps.NotFoundError, LookupError, lambda: store.read("b")), (pps.ExistsError, FileExistsError, lambda: store.write("a", b"y")),
                (pps.FormatError, ValueError, lambda: store.read("a", max=0)), (pps.UnsupportedError, NotImplementedError, lambda: pps.Store("ftp://a/b")),
                (pps.ArgumentError, ValueError, lambda: pps.Context(memory=5)), (pps.FormatError, ValueError, lambda: pps.Zip(self.folder / "a")),
                (pps.AccessError, PermissionError, lambda: reader.insert_dimensions(reader.collect_dimensions(2025120200001)))):
            with self.subTest(kind=kind.__name__):
                with self.assertRaises(kind) as caught:
                    call()
                self.assertIsInstance(caught.exception, also)
                self.assertIsInstance(caught.exception, pps.Error)
                self.assertEqual(caught.exception.code, kind.code)
                self.assertFalse(caught.exception.retriable)
                self.assertEqual(str(caught.exception), caught.exception.message)

    def test_the_system_is_the_cause(self):
        with self.assertRaises(pps.NotFoundError) as caught:
            pps.Store(self.folder).read("none")
        e = caught.exception
        self.assertEqual((e.errno, e.__cause__.errno, e.name, e.file, e.line), (errno.ENOENT, errno.ENOENT, "PPS_E_NOTFOUND", None, 0))
        self.assertIn("none: No such file or directory", str(e))

    def test_pickle(self):
        for kind in (pps.Error, *pps.errors._KINDS.values()):
            e = kind("a message", retriable=True, errno=errno.EIO, sqlstate="40001", file="f", line=3, column=4)
            back = pickle.loads(pickle.dumps(e))
            self.assertIs(type(back), kind)
            for name in ("message", "code", "retriable", "errno", "sqlstate", "file", "line", "column"):
                self.assertEqual(getattr(back, name), getattr(e, name), name)
            self.assertEqual((str(back), back.__cause__.errno), ("a message", errno.EIO))

    def test_all_of_a_configuration(self):
        path = self.folder / "pps.yaml"
        path.write_text("stat: sqlite:///x\nrepositories: {a: {butler: a, frm: b}}\nraw: []\n")
        with self.assertRaises(pps.ConfigError) as caught:
            pps.Conf(path)
        e = caught.exception
        self.assertGreaterEqual(len(e.errors), 3)
        self.assertEqual([(x.line, x.file) for x in e.errors[:3]], [(1, str(path)), (2, str(path)), (3, str(path))])
        self.assertEqual((e.line, e.file), (1, str(path)))
        self.assertTrue(str(e).endswith(f"(and {len(e.errors) - 1} more)"))
        self.assertEqual(len(pickle.loads(pickle.dumps(e)).errors), len(e.errors))


if __name__ == "__main__":
    unittest.main()
