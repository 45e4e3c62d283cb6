# SPDX-License-Identifier: BSD-3-Clause
"""Judges our zips by Python's zipfile, unzip and zipinfo, and our reader by zips that they make.

    zip_agree.py build/tests/interop/zip-index --pps build/tools/pps [--count 40] [--seed 1] [--no-large]

Large archives (a member above 4 GiB, one that begins above 4 GiB, 66,000 members) need 5 GB of disk for half a minute. The Butler's index
is judged by the real Butler: what its model writes, for random datasets, must come back byte for byte after we read and wrote it.
"""

import argparse
import json
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import uuid
import zipfile

from lsst.daf.butler import DataCoordinate, DatasetRef, DatasetType, DimensionUniverse
from lsst.daf.butler.datastores.file_datastore.retrieve_artifacts import ArtifactIndexInfo, ZipIndex
from lsst.daf.butler.datastore.stored_file_info import SerializedStoredFileInfo
from lsst.resources import ResourcePath

FAILURES = []


def check(name, wrong):
    """`wrong`: what differs, or nothing."""
    print(f"{name}: {'ok' if not wrong else wrong}")
    FAILURES.append((name, bool(wrong)))


def run(*command, data=None):
    return subprocess.run(command, input=data, capture_output=True)


def pps(tool, *arguments):
    done = run(tool, "--json", "zip", *arguments)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr.decode()


def random_bytes(rng, size):
    return rng.randbytes(size) if rng.random() < 0.5 else (rng.randbytes(50) * (size // 50 + 1))[:size]


def random_folder(rng, folder):
    names = set()
    for _ in range(rng.randint(0, 25)):
        parts = [rng.choice(["a", "b c", "ü", "日本", "x.y", "R22_S11", "#1", "100%", "it's", "-", "é" * 40]) for _ in range(rng.randint(1, 3))]
        names.add("/".join(parts) + rng.choice([".fits", ".json", ".fits.fz", "", ".FITS", ".txt"]))
    for name in sorted(names):
        path = f"{folder}/{name}"
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(random_bytes(rng, rng.choice([0, 1, 10, 2880, 100000, 3000000])))
        except (IsADirectoryError, NotADirectoryError, FileExistsError):
            continue
        os.chmod(path, rng.choice([0o644, 0o640, 0o600, 0o755]))
        os.utime(path, (rng.randint(0, 5_000_000_000),) * 2)


def files_below(folder):
    return sorted(os.path.relpath(f"{d}/{f}", folder) for d, _, files in os.walk(folder) for f in files)


def member_wrong(z, info, path):
    with open(path, "rb") as f:
        content = f.read()
    method = zipfile.ZIP_STORED if info.filename.endswith(".fits") else zipfile.ZIP_DEFLATED
    mode = stat.S_IFREG | stat.S_IMODE(os.stat(path).st_mode)
    flags = 0 if info.filename.isascii() else 0x800
    seen = (z.read(info), info.compress_type, info.create_system, info.external_attr >> 16, info.flag_bits, info.extract_version)
    if seen != (content, method, 3, mode, flags, 20) or info.extra:
        return f"{info.filename}: {seen[1:]} {info.extra}"
    return None


def zip_wrong(path, folder):
    """What Python's zipfile, unzip and zipinfo find wrong with one of our zips."""
    with zipfile.ZipFile(path) as z:
        names = files_below(folder)
        if z.namelist() != sorted(names, key=os.fsencode):
            return f"names {z.namelist()}"
        if bad := z.testzip():
            return f"zipfile: {bad}"
        for info in z.infolist():
            if wrong := member_wrong(z, info, f"{folder}/{info.filename}"):
                return wrong
    return tools_wrong(path, bool(names))


def tools_wrong(path, has_members, *only):
    if has_members:
        done = run("unzip", "-tq", path, *only)
        if done.returncode or b"No errors detected" not in done.stdout:
            return f"unzip: {done.stdout} {done.stderr}"
    done = run("zipinfo", "-v", path)
    text = (done.stdout + done.stderr).decode(errors="replace").lower()
    if (done.returncode and has_members) or any(w in text for w in ("warning", "error", "extra bytes", "missing")):
        return f"zipinfo: {text[-300:]}"
    return None


def ours_judged(rng, tool, top, count):
    for n in range(count):
        folder, path, out = f"{top}/{n}", f"{top}/{n}.zip", f"{top}/{n}.out"
        os.mkdir(folder)
        random_folder(rng, folder)
        code, report, text = pps(tool, "create", path, folder)
        wrong = text if code else zip_wrong(path, folder)
        if not wrong:
            code, report, text = pps(tool, "verify", path)
            wrong = text or (report["problems"] if code else None)
        if not wrong and run(tool, "zip", "extract", "--to", out, path).returncode:
            wrong = "extract"
        if not wrong and os.path.exists(out) and run("diff", "-r", folder, out).returncode:
            wrong = "what was extracted differs"
        check(f"ours {n}", wrong)
        for x in (folder, out):
            shutil.rmtree(x, ignore_errors=True)


class Pipe:
    """A file that cannot seek: zipfile then writes data descriptors."""

    def __init__(self, f):
        self.f = f

    def write(self, data):
        return self.f.write(data)

    def flush(self):
        self.f.flush()


def theirs_made(rng, path, kind):
    with open(path, "wb") as f:
        with zipfile.ZipFile(Pipe(f) if kind == "stream" else f, "w", compression=rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as z:
            if kind == "comment":
                z.comment = "a comment, kept: ü".encode() * 100
            for i in range(rng.randint(1, 12)):
                data = random_bytes(rng, rng.choice([0, 1, 5000, 400000]))
                if kind == "zip64":
                    with z.open(f"m{i}", "w", force_zip64=True) as m:
                        m.write(data)
                else:
                    z.writestr(rng.choice(["m", "日本", "ü/"]) + str(i), data)
            if kind == "folder":
                z.mkdir("empty folder")


def theirs_judged(rng, tool, top, count):
    for n in range(count):
        kind = ["plain", "stream", "comment", "zip64", "folder"][n % 5]
        path, out = f"{top}/t{n}.zip", f"{top}/t{n}"
        theirs_made(rng, path, kind)
        code, report, text = pps(tool, "verify", path)
        wrong = text or (report["problems"] if code else None)
        if not wrong and run(tool, "zip", "extract", "--to", out, path).returncode:
            wrong = "extract"
        if not wrong:
            with zipfile.ZipFile(path) as z:
                for info in z.infolist():
                    if info.is_dir():
                        wrong = wrong or (None if os.path.isdir(f"{out}/{info.filename}") else f"no folder {info.filename}")
                        continue
                    with open(f"{out}/{info.filename}", "rb") as f:
                        if f.read() != z.read(info):
                            wrong = info.filename
        check(f"theirs {n} ({kind})", wrong)
        shutil.rmtree(out, ignore_errors=True)


def damaged(rng, tool, top, count):
    """A byte changed in a member, or the end cut off: never called sound."""
    folder, path = f"{top}/d", f"{top}/d.zip"
    os.mkdir(folder)
    for i in range(3):
        with open(f"{folder}/{i}.fits", "wb") as f:
            f.write(rng.randbytes(5000))
    pps(tool, "create", path, folder)
    with open(path, "rb") as f:
        whole = f.read()
    for n in range(count):
        at = rng.randrange(40, 14000)
        broken = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:] if n % 2 else whole[:rng.randrange(len(whole))]
        with open(f"{top}/broken.zip", "wb") as f:
            f.write(broken)
        code, report, text = pps(tool, "verify", f"{top}/broken.zip")
        check(f"damaged {n}", None if code == 1 else f"exit {code}")


def large(tool, top):
    folder, path = f"{top}/large", f"{top}/large.zip"
    os.mkdir(folder)
    with open(f"{folder}/a.fits", "wb") as f:
        f.truncate((1 << 32) + 12345)
    with open(f"{folder}/b.fits", "wb") as f:
        f.write(b"behind four gigabytes")
    with open(f"{folder}/c.json", "wb") as f:
        f.write(b"{}")
    code, report, text = pps(tool, "create", path, folder)
    wrong = text if code else None
    if not wrong:
        with zipfile.ZipFile(path) as z:
            sizes = [i.file_size for i in z.infolist()]
            offsets = [i.header_offset >= 1 << 32 for i in z.infolist()]
            versions = [i.extract_version for i in z.infolist()]
            if sizes != [(1 << 32) + 12345, 21, 2] or offsets != [False, True, True] or versions != [45, 45, 45]:
                wrong = f"{sizes} {offsets} {versions}"
            elif z.read("b.fits") != b"behind four gigabytes":
                wrong = "b.fits"
    check("a member above 4 GiB, and others behind it", wrong or tools_wrong(path, True, "b.fits", "c.json"))
    os.unlink(path)
    shutil.rmtree(folder)


def many(tool, top):
    folder, path = f"{top}/many", f"{top}/many.zip"
    for count in (65535, 66000):
        os.makedirs(folder, exist_ok=True)
        for i in range(count - len(os.listdir(folder))):
            os.close(os.open(f"{folder}/{count}-{i}.fits", os.O_CREAT | os.O_WRONLY))
        code, report, text = pps(tool, "create", path, folder)
        wrong = text if code else None
        if not wrong:
            with open(path, "rb") as f:
                f.seek(-22, 2)
                told = struct.unpack("<H", f.read()[10:12])[0]
            with zipfile.ZipFile(path) as z:
                if len(z.namelist()) != count or told != min(count, 65535):
                    wrong = f"{len(z.namelist())} {told}"
        if not wrong:
            code, report, text = pps(tool, "verify", path)
            wrong = text or (report["problems"] if code else None)
        check(f"{count} members", wrong or tools_wrong(path, True))
        os.unlink(path)
    shutil.rmtree(folder)


def butler_index(rng, universe):
    """What the real Butler writes for random datasets."""
    types = [DatasetType("raw", ["instrument", "detector", "exposure"], "Exposure", universe=universe),
             DatasetType("guider_raw", ["instrument", "detector", "exposure"], "Guider", universe=universe),
             DatasetType("log", ["instrument", "visit"], "ButlerLogRecords", universe=universe),
             DatasetType("bias", ["instrument", "detector"], "Exposure", universe=universe, isCalibration=True),
             DatasetType("packages", [], "Packages", universe=universe)]
    refs, artifacts = [], {}
    root = ResourcePath("/tmp/x/", forceDirectory=True)
    for i in range(rng.randint(1, 30)):
        t = rng.choice(types)
        values = dict(instrument=rng.choice(["LSSTCam", "Caméra"]), detector=rng.randrange(205), exposure=rng.randrange(1 << 50),
                      visit=rng.randrange(1 << 40))
        data_id = DataCoordinate.standardize({k: values[k] for k in t.dimensions.required}, dimensions=t.dimensions)
        refs.append(DatasetRef(t, data_id, run=rng.choice(["LSSTCam/raw/all", "u/ü", 'a"b']), id=uuid.UUID(int=rng.getrandbits(128))))
        info = SerializedStoredFileInfo(formatter="lsst.x.Y", path=f"file:///a%20b/{i}.fits", storage_class=t.storageClass_name,
                                        component=rng.choice([None, "wcs"]), checksum=rng.choice([None, "abc"]), file_size=rng.choice([-1, 0, 2880]))
        artifacts[root.join(f"f{i}-é.fits")] = ArtifactIndexInfo(info=info, ids={refs[-1].id})
    return ZipIndex.from_artifact_map(refs, artifacts, root).model_dump_json() + "\n"


def indices(rng, tool, count):
    universe = DimensionUniverse()
    for n in range(count):
        text = butler_index(rng, universe)
        done = run(tool, data=text.encode())
        wrong = done.stderr.decode() if done.returncode else None if done.stdout.decode() == text else f"{text}\n{done.stdout.decode()}"
        check(f"index {n}", wrong)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("index")
    ap.add_argument("--pps", required=True)
    ap.add_argument("--count", type=int, default=40)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--no-large", action="store_true")
    a = ap.parse_args()
    rng = random.Random(a.seed)
    with tempfile.TemporaryDirectory() as top:
        indices(rng, a.index, a.count)
        ours_judged(rng, a.pps, top, a.count)
        theirs_judged(rng, a.pps, top, a.count)
        damaged(rng, a.pps, top, a.count)
        if not a.no_large:
            many(a.pps, top)
            large(a.pps, top)
    failed = sum(wrong for _, wrong in FAILURES)
    print(f"{len(FAILURES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
