# SPDX-License-Identifier: BSD-3-Clause
"""The commands zip, dimensions, butler and config, which look at or make one thing."""
import hashlib
import json
import os
import shutil
import urllib.parse
import zipfile
import zlib

import harness
from harness import DAY, MOVED


class Zip(harness.Case):
    def test_create_list_verify_extract(self):
        world = self.world(init=False)
        folder, path = world.source(MOVED[0]), world.path("a b.zip")
        self.unchanged(world, "--dry-run", "zip", "create", path, folder)
        made = self.json(None, "zip", "create", path, folder)
        with open(path, "rb") as f:
            content = f.read()
        self.assertEqual((made["size"], made["md5"], made["adler32"]),
                         (len(content), hashlib.md5(content).hexdigest(), f"{zlib.adler32(content):08x}"))
        with zipfile.ZipFile(path) as z:
            self.assertIsNone(z.testzip())
            real = [{"name": i.filename, "size": i.file_size, "packed": i.compress_size, "crc32": f"{i.CRC:08x}",
                     "stored": i.compress_type == zipfile.ZIP_STORED} for i in z.infolist()]
        self.assertEqual(self.json(None, "zip", "list", path), real)
        self.assertEqual([m["name"] for m in real], sorted(os.listdir(folder)))
        self.assertEqual(made["members"], len(real))
        verified = self.json(None, "zip", "verify", path)
        self.assertEqual({**verified, "zip": ""}, {**made, "zip": ""})
        self.pps(None, "zip", "extract", path, "--to", world.path("out"))
        for name in os.listdir(folder):
            with open(f"{folder}/{name}", "rb") as a, open(world.path("out", name), "rb") as b:
                self.assertEqual(a.read(), b.read())
        self.unchanged(world, "zip", "extract", path, "--to", world.path("out"), code=1)
        one = real[3]["name"]
        self.pps(None, "zip", "extract", path, one, "--to", world.path("one"))
        self.assertEqual(os.listdir(world.path("one")), [one])
        self.unchanged(world, "zip", "extract", path, "nosuch", "--to", world.path("one"), code=1, says="nosuch")
        self.unchanged(world, "--dry-run", "zip", "extract", path, "--to", world.path("other"))

    def test_never_overwrites(self):
        world = self.world(init=False)
        with open(world.path("there.zip"), "w") as f:
            f.write("something")
        self.unchanged(world, "zip", "create", world.path("there.zip"), world.source(MOVED[0]), code=1, says="there.zip")

    def test_damage_is_found(self):
        world = self.world(init=False)
        path = world.path("x.zip")
        self.pps(None, "zip", "create", path, world.source(MOVED[0]))
        with open(path, "r+b") as f:
            f.seek(5000)
            f.write(b"damage")
        report = self.json(None, "zip", "verify", path, code=1)
        self.assertTrue(report["problems"])
        self.assertIn("CRC", json.dumps(report["problems"]))
        with open(path, "r+b") as f:
            f.truncate(20000)
        self.unchanged(world, "zip", "verify", path, code=1, says="x.zip")
        self.unchanged(world, "zip", "list", path, code=1, says="x.zip")
        self.unchanged(world, "zip", "list", world.path("nosuch.zip"), code=1, says="nosuch.zip")

    def test_names_that_leave_the_folder(self):
        world = self.world(init=False)
        path = world.path("evil.zip")
        with zipfile.ZipFile(path, "w") as z:
            z.writestr("good", "1")
            z.writestr("../evil", "2")
        self.unchanged(world, "zip", "extract", path, "--to", world.path("out"), code=1, says="../evil")


class Butler(harness.Case):
    def test_info(self):
        world = self.world(init=False)
        info = self.json(None, "butler", "info", world.path("main"))
        self.assertEqual(info["universe"], 8)
        known = dict(world.sql("main", "SELECT name, value FROM butler_attributes WHERE name LIKE 'version:%'"))
        for part in info["versions"].values():
            self.assertEqual(known["version:" + part["class"]], part["version"])
        text = self.pps(None, "butler", "info", world.path("main")).stdout
        self.assertIn("universe   8", text)
        self.assertEqual(self.json(world, "butler", "info", "main"), info)

    def test_alias(self):
        world = self.world(init=False)
        with open(world.path("index.yaml"), "w") as f:
            f.write(f'/repo/main: "{world.path("main")}"\n')
        env = {"DAF_BUTLER_REPOSITORY_INDEX": world.path("index.yaml")}
        self.assertEqual(self.json(None, "butler", "info", "/repo/main", env=env)["universe"], 8)
        self.assertIn("/repo/nosuch", self.pps(None, "butler", "info", "/repo/nosuch", code=1, env=env).stderr)

    def test_query(self):
        world = self.world(init=False)
        everything = self.json(None, "butler", "query", world.path("embargo"))
        rows = world.sql("embargo", "SELECT id, obs_id, day_obs, can_see_sky, timespan_begin, timespan_end FROM exposure ORDER BY id")
        self.assertEqual([(e["id"], e["obs_id"], e["day_obs"], e["can_see_sky"]) for e in everything],
                         [(r[0], r[1], r[2], bool(r[3])) for r in rows])
        self.assertEqual([(e["begin_tai_ns"], e["end_tai_ns"]) for e in everything[:4]], [(r[4], r[5]) for r in rows[:4]])
        self.assertEqual([e["obs_id"] for e in self.json(None, "butler", "query", world.path("embargo"), "--where", "not exposure.can_see_sky")],
                         [MOVED[3]])
        self.assertEqual(self.json(None, "butler", "query", world.path("main")), [])
        done = self.unchanged(world, "butler", "query", world.path("embargo"), "--where", "exposure.nosuch = 1", code=2)
        self.assertIn("nosuch", done.stderr)

    def test_query_datasets(self):
        world = self.world(init=False)
        found = self.json(None, "butler", "query", world.path("embargo"), "--types", "guider_raw", "--where", "exposure.seq_num = 2")
        self.assertEqual(len(found), 2)
        self.assertEqual({d["run"] for d in found}, {"LSSTCam/raw/guider"})
        paths = {p for (p,) in world.sql("embargo", "SELECT path FROM file_datastore_records")}
        for d in found:
            self.assertIn(urllib.parse.unquote(d["uri"]), {urllib.parse.unquote(p) for p in paths})
            self.assertEqual(d["data_id"]["exposure"], 2025120200002)
            self.assertEqual(d["size"], os.path.getsize(urllib.parse.unquote(urllib.parse.urlsplit(d["uri"]).path)))
        everything = self.json(None, "butler", "query", world.path("embargo"), "--types", "raw,guider_raw")
        self.assertEqual(len(everything), 105)

    def test_ingest_and_verify(self):
        world = self.world()
        self.pps(world, "raw", "run", "--exposure", MOVED[0])
        for table in ("file_datastore_records", "dataset_location"):
            world.sql("main", f"DELETE FROM {table}")
        path = world.zip(MOVED[0])
        report = self.json(world, "butler", "verify", "main", path, code=1)
        self.assertEqual((report["datasets"], len(report["differing"])), (21, 21))
        self.unchanged(world, "--dry-run", "butler", "ingest-zip", "main", path)
        self.assertEqual(len(self.json(world, "--dry-run", "butler", "ingest-zip", "main", path)["would ingest"]), 21)
        self.assertEqual(len(self.json(world, "butler", "ingest-zip", "main", path)["ingested"]), 21)
        self.assertEqual(self.json(world, "butler", "verify", "main", path, "--files")["differing"], [])
        self.unchanged(world, "butler", "ingest-zip", "main", path)

    TABLES = ("dataset", "dataset_location", "file_datastore_records", "exposure", "collection", "dataset_type")

    def rows_in(self, world, repository):
        return {t: sorted(world.sql(repository, f"SELECT * FROM {t}"), key=repr) for t in self.TABLES}

    def transfer(self, world, *arguments, code=0):
        """What it tells of each dataset: outcome by UUID."""
        out = self.pps(world, "--json", "butler", "transfer", "embargo", "main", *arguments, code=code).stdout
        return {d["id"]: d["outcome"] for d in map(json.loads, out.splitlines())}

    def test_transfer(self):
        for mode, kept in (("copy", False), ("hardlink", True)):
            world = self.world(init=False)
            choice = ("--mode", mode, "--types", "*raw", "--collections", "LSSTCam/raw/*")
            before = self.rows_in(world, "main")
            dry = self.transfer(world, "--dry-run", *choice)
            self.assertEqual((len(dry), set(dry.values())), (105, {"inserted"}))
            self.assertEqual(self.rows_in(world, "main"), before)
            self.assertEqual(self.transfer(world, *choice), dry)
            records = world.sql("main", "SELECT dataset_id, path, file_size FROM file_datastore_records")
            self.assertEqual({i for i, _, _ in records}, {i.replace("-", "") for i in dry})
            for _, path, size in records:
                stat = os.stat(world.path("main", path))
                self.assertEqual((stat.st_size, stat.st_nlink > 1), (size, kept))
            after = self.rows_in(world, "main")
            self.assertEqual(set(self.transfer(world, *choice).values()), {"there"})
            self.assertEqual(set(self.transfer(world, "--dry-run", *choice).values()), {"there"})
            self.assertEqual(self.rows_in(world, "main"), after)

    def test_transfer_direct_by_id(self):
        world = self.world(init=False)
        d = self.json(None, "butler", "query", world.path("embargo"), "--types", "raw", "--where", "exposure.seq_num = 2")[0]
        nobody = "00000000-0000-4000-8000-000000000001"
        self.assertEqual(self.transfer(world, "--mode", "direct", "--id", d["id"], "--id", nobody, code=1), {d["id"]: "inserted", nobody: "missing"})
        self.assertEqual(urllib.parse.unquote(world.sql("main", "SELECT path FROM file_datastore_records")[0][0]), urllib.parse.unquote(d["uri"]))
        world.sql("main", "UPDATE file_datastore_records SET file_size = 1")
        done = self.pps(world, "butler", "transfer", "embargo", "main", "--mode", "direct", "--id", d["id"], code=1)
        self.assertRegex(done.stdout, rf"{d['id']}  raw  different  its recorded size is 1 bytes there.*\n.*left out: 1\n")
        some = self.transfer(world, "-m", "direct", "-t", "raw", "--collections", "LSSTCam/raw/all", "-w", "exposure.seq_num = 3")
        self.assertEqual(len(some), len(self.json(None, "butler", "query", world.path("embargo"), "--types", "raw", "--where", "exposure.seq_num = 3")))

    def test_transfer_of_a_file_that_is_gone(self):
        world = self.world(init=False)
        found = self.json(None, "butler", "query", world.path("embargo"), "--types", "guider_raw", "--where", "exposure.seq_num = 2")
        os.remove(urllib.parse.unquote(urllib.parse.urlsplit(found[0]["uri"]).path))
        told = self.transfer(world, "-m", "copy", *(a for d in found for a in ("--id", d["id"])), code=1)
        self.assertEqual(told, {d["id"]: "inserted" if d is not found[0] else "failed" for d in found})
        self.assertEqual(len(world.sql("main", "SELECT * FROM dataset")), len(found) - 1)

    def test_transfer_refuses(self):
        world = self.world(init=False)
        choice = ("--types", "raw", "--collections", "*")
        for arguments, said in (((*choice,), "--mode"), (("--mode", "copy"), "--id"), (("--mode", "move", *choice), "hardlink"),
                                (("--mode", "copy", "--id", "x", *choice), "--types"), (("--mode", "copy", "--id", "x"), "UUID")):
            self.unchanged(world, "butler", "transfer", "embargo", "main", *arguments, code=2, says=said)
        self.unchanged(world, "butler", "transfer", "embargo", "main", "--mode", "copy", "--types", "nosuch", "--collections", "*", code=1, says="nosuch")

    def test_transfer_of_what_the_service_keeps(self):
        """Under whatever name: the repositories of the flow are left alone without --yes."""
        world = self.world(init=False)
        world.edit("pps.yaml", "main:    {butler: main}", "main:    {butler: main, from: embargo, transfer: copy}")
        choice = ("--mode", "copy", "--types", "raw", "--collections", "*")
        for source, dest, name in (("embargo", "main", "embargo"), (world.path("embargo"), world.path("second"), "embargo")):
            shutil.copytree(world.path("main"), world.path("second"), dirs_exist_ok=True)
            self.unchanged(world, "butler", "transfer", source, dest, *choice, code=2, says=("--yes", f"looks after {name}"))
        self.pps(world, "--dry-run", "butler", "transfer", "embargo", "main", *choice)
        self.pps(world, "--yes", "butler", "transfer", "embargo", "main", *choice)
        self.assertTrue(world.sql("main", "SELECT * FROM dataset"))


class Dimensions(harness.Case):
    def test_export_and_import(self):
        world = self.world(init=False)
        path = world.path("d.yaml")
        self.unchanged(world, "--dry-run", "dimensions", "export", path, "--repo", "embargo", "--exposure", MOVED[1])
        report = self.json(world, "dimensions", "export", path, "--repo", "embargo", "--exposure", MOVED[1])
        self.assertEqual(report["records"]["exposure"], 1)
        self.assertEqual(report["exported"], sum(report["records"].values()))
        self.unchanged(world, "--dry-run", "dimensions", "import", path, "--repo", "main")
        imported = self.json(world, "dimensions", "import", path, "--repo", "main")
        self.assertEqual(imported["records"], report["records"])
        self.assertGreater(imported["imported"], 0)
        self.assertEqual(world.sql("main", "SELECT obs_id FROM exposure"), [(MOVED[1],)])
        self.assertEqual(self.json(world, "dimensions", "import", path, "--repo", "main")["imported"], 0)
        again = world.path("again.yaml")
        self.pps(world, "dimensions", "export", again, "--repo", world.path("main"), "--exposure", str(DAY) + "00002")
        with open(path) as a, open(again) as b:
            self.assertEqual(a.read(), b.read())
        self.unchanged(world, "dimensions", "export", world.path("x"), "--repo", "embargo", "--exposure", "nosuch", code=1, says="nosuch")
        self.unchanged(world, "dimensions", "export", world.path("x"), "--repo", "embargo", code=2, says="--exposure")
        self.unchanged(world, "dimensions", "import", path, code=2, says="--repo")

    def test_import_of_garbage(self):
        world = self.world(init=False)
        for text in ("", "[1, 2", "description: something else\n", "- {}\n"):
            with open(world.path("bad.yaml"), "w") as f:
                f.write(text)
            self.unchanged(world, "dimensions", "import", world.path("bad.yaml"), "--repo", "main", code=1, says="bad.yaml")


class Config(harness.Case):
    def test_check_and_show(self):
        world = self.world(init=False)
        self.assertEqual(self.unchanged(world, "config", "check").stdout, f"{world.config}: ok\n")
        self.assertEqual(self.json(world, "config", "check"), {"file": world.config, "ok": True, "errors": []})
        shown = self.json(world, "config", "show")
        self.assertIn(world.root, json.dumps(shown, ensure_ascii=False))
        self.assertEqual(shown["raw"]["source"], "embargo")

    def test_secrets_are_masked(self):
        world = self.world(init=False)
        world.edit("pps.yaml", "sqlite:///state.db", "postgresql://someone:s3cret@host:5432/pps")
        self.assertNotIn("s3cret", self.pps(world, "config", "show").stdout)
        done = self.pps(world, "-v", "-v", "config", "check")
        self.assertNotIn("s3cret", done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
