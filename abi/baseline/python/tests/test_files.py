# SPDX-License-Identifier: BSD-3-Clause
"""Archives and stores, judged by Python's zipfile and the file system."""
import datetime
import io
import os
import pathlib
import random
import unittest
import zipfile
import zlib

import place
import pps


class Files(place.Case):
    def setUp(self):
        super().setUp()
        self.source = self.folder / "in"
        (self.source / "b").mkdir(parents=True)
        chance = random.Random(6)
        self.content = {"a.fits": chance.randbytes(200_000), "b/ä ö.json": b'{"a": 1}' * 100, "empty": b""}
        for name, data in self.content.items():
            (self.source / name).write_bytes(data)

    def test_zip(self):
        path = self.folder / "x.zip"
        report = pps.Zip.create(path, self.source)
        self.assertEqual((report.members, report.size, report.problems), (3, path.stat().st_size, ()))
        self.assertRaises(FileExistsError, pps.Zip.create, path, self.source)
        with zipfile.ZipFile(path) as judge, pps.Zip(path) as archive:
            self.assertEqual(archive.names(), judge.namelist())
            self.assertEqual(len(archive), 3)
            for member in archive:
                info = judge.getinfo(member.name)
                self.assertEqual((member.size, member.packed_size, member.crc32, member.stored),
                                 (info.file_size, info.compress_size, info.CRC, info.compress_type == zipfile.ZIP_STORED))
                self.assertEqual(member.mtime, datetime.datetime(*info.date_time, tzinfo=datetime.timezone.utc))
                self.assertEqual(archive.read(member.name), self.content[member.name])
                self.assertEqual(archive.member(member.name), member)
            self.assertTrue("a.fits" in archive and "none" not in archive and 5 not in archive)
            self.assertEqual(archive.member("a.fits").stored, True)
            self.assertRaises(LookupError, archive.read, "none")
            self.assertRaises(pps.FormatError, archive.read, "a.fits", max=10)
            self.assertEqual(archive.verify(), report)

    def test_zip_member_as_file(self):
        path = self.folder / "x.zip"
        pps.Zip.create(path, self.source)
        with pps.Zip(path) as archive:
            for name, data in self.content.items():
                with archive.open(name) as file:
                    self.assertEqual(file.read(), data)
                    self.assertEqual(file.seek(-min(5, len(data)), io.SEEK_END), max(0, len(data) - 5))
                    self.assertEqual(file.read(100), data[-5:] if data else b"")
                    self.assertEqual((file.seek(2), file.read(3)), (2, data[2:5]))
                    self.assertEqual(file.seek(1 << 40), 1 << 40)
                    self.assertEqual(file.read(), b"")
                    self.assertRaises(ValueError, file.seek, -1)
            file = archive.open("a.fits")
        self.assertRaises(ValueError, file.read)

    def test_zip_extract(self):
        path, out = self.folder / "x.zip", self.folder / "out"
        pps.Zip.create(path, self.source)
        with pps.Zip(path) as archive:
            archive.extract(out, ["b/ä ö.json"])
            self.assertEqual([p.name for p in out.rglob("*") if p.is_file()], ["ä ö.json"])
            self.assertRaises(FileExistsError, archive.extract, out)
            self.assertRaises(TypeError, archive.extract, out, "empty")
            archive.extract(self.folder / "all")
        for name, data in self.content.items():
            self.assertEqual((self.folder / "all" / name).read_bytes(), data)

    def test_damaged_zip(self):
        path = self.folder / "x.zip"
        pps.Zip.create(path, self.source)
        data = bytearray(path.read_bytes())
        data[data.index(self.content["a.fits"][:64]) + 5] ^= 1
        path.write_bytes(data)
        with pps.Zip(path) as archive:
            report = archive.verify()
            self.assertEqual([p.member for p in report.problems], ["a.fits"])
            self.assertEqual(int(report.adler32, 16), zlib.adler32(data))
            self.assertRaises(pps.FormatError, archive.read, "a.fits")
        path.write_bytes(data[:-30])
        self.assertRaises(pps.FormatError, pps.Zip, path)

    def test_store(self):
        with pps.Store(self.folder) as store:
            self.assertEqual(pathlib.Path(pps.Store(store.uri).uri), pathlib.Path(store.uri))
            for data in (b"bytes", bytearray(b"bytearray"), memoryview(b"memory")):
                store.write(f"new/{len(data)}", data)
                self.assertEqual(store.read(f"new/{len(data)}"), bytes(data))
            self.assertRaises(TypeError, store.write, "text", "text")
            listed = store.list("new")
            self.assertEqual([(f.name, f.size) for f in listed], [("5", 5), ("6", 6), ("9", 9)])
            ns = (self.folder / "new/5").stat().st_mtime_ns
            self.assertEqual(listed[0].mtime, datetime.datetime.fromtimestamp(0, datetime.timezone.utc) + datetime.timedelta(microseconds=ns // 1000))
            self.assertEqual(sorted(f.name for f in store.list("in", recursive=True)), sorted(self.content))
            self.assertEqual(store.list("new", recursive=True), listed)
            self.assertRaises(pps.UnsupportedError, store.presign, "new/5")
            self.assertRaises(pps.Error, store.read, "../x")
            self.assertEqual(store.read("new/9", max=9), b"bytearray")

    def test_presign(self):
        os.environ.update(AWS_ACCESS_KEY_ID="me", AWS_SECRET_ACCESS_KEY="my-own", S3_ENDPOINT_URL="http://127.0.0.1:9")
        self.addCleanup(lambda: [os.environ.pop(n) for n in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "S3_ENDPOINT_URL")])
        store = pps.Store("s3://bucket/prefix")
        url = store.presign("a b", expires=datetime.timedelta(hours=2))
        self.assertTrue(url.startswith("http://127.0.0.1:9/bucket/prefix/a%20b?"), url)
        self.assertIn("X-Amz-Expires=7200", url)
        self.assertRaises(pps.ArgumentError, store.presign, "a", method="DELETE")
        self.assertRaises(pps.ArgumentError, store.presign, "a", expires=10**7)

    def test_names_that_are_no_utf8(self):
        name = os.fsdecode(b"\xff.txt")
        (self.source / name).write_bytes(b"x")
        store = pps.Store(self.source)
        self.assertIn(name, [f.name for f in store.list()])
        self.assertEqual(store.read(name), b"x")

    def test_what_says_its_uri(self):
        class Resource:
            def __init__(self, path):
                self.path = path

            def geturl(self):
                return self.path.as_uri()
        self.assertEqual(len(pps.Store(Resource(self.source)).list(recursive=True)), 3)


if __name__ == "__main__":
    unittest.main()
