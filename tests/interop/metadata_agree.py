# SPDX-License-Identifier: BSD-3-Clause
"""Judges our metadata index by astro_metadata_translator's, on random FITS headers with every trap that headers hold.

    metadata_agree.py build/tests/interop/fits-index [--count 400] [--seed 1]

Headers of the Python package become plain dictionaries: keys and values as its items() gives them, COMMENT, HISTORY and blank cards left
out. The two indices must be equal: keys, their order in the common part, values and the types of values.
"""

import argparse
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import warnings

import numpy
from astro_metadata_translator.file_helpers import read_basic_metadata_from_file
from astro_metadata_translator.indexing import calculate_index
from astropy.io import fits

from fitsfile import BLOCK, header

PRINTABLE = "".join(chr(c) for c in range(32, 127))
WORDS = ["OBSID", "EXPTIME", "TELESCOP", "RA", "DEC", "FILTER", "AIRMASS", "MJD-OBS", "SEQNUM", "GAIN_1", "TEMP", "DP1", "NOTE"]
LEFT_OUT = ("COMMENT", "HISTORY", "")


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def random_text(rng, longest):
    kind = rng.random()
    n = rng.randint(0, longest)
    if kind < 0.3:
        return "".join(rng.choice(PRINTABLE) for _ in range(n))
    if kind < 0.5:
        return "".join(rng.choice("ab '/&") for _ in range(n))
    if kind < 0.6:
        return rng.choice(["NaN", "nan", "T", "F", "inf", "1.5", "  lead", "trail  ", "a & b", "&", "it's", "''", "a: 1", "x.1: -2.5E3",
                           "AXIS.1.NAME: 4", "a.b: 1e5", "1a: 2", "AXIS.1 : 3"])
    return "".join(rng.choice("abcdefgh 0123") for _ in range(n))


def random_number(rng):
    kind = rng.randrange(12)
    if kind == 0:
        return str(rng.randint(-9, 9))
    if kind == 1:
        return str(rng.randint(-10**20, 10**20))
    if kind == 2:
        return f"{rng.choice(['', '+', '-'])}{'0' * rng.randint(0, 4)}{rng.randint(0, 999)}"
    if kind == 3:
        return repr(rng.uniform(-1e6, 1e6))
    if kind == 4:
        return f"{rng.uniform(-9, 9):.12f}"
    if kind == 5:
        return f"{rng.randint(0, 99)}."
    if kind == 6:
        return f"{rng.choice(['', '-'])}.{rng.randint(0, 99999)}"
    if kind == 7:
        return f"{rng.uniform(-9, 9):.8f}{rng.choice('EeDd')}{rng.choice(['', '+', '-'])}{rng.randint(0, 320)}"
    if kind == 8:
        return rng.choice(["0.0", "-0.0", "-0", "1E5", "1D-7", "1E-320", "1E308", "1E309", "- 5", "+ 1.5 E 3", "1 E5", "1.E+2", "1E"])
    if kind == 9:
        return f"{rng.randint(1, 10**18)}E{rng.randint(-30, 30)}"
    if kind == 10:
        return repr(rng.choice([1.0, 0.1, 1e22, 1e16, 123456789012345680.0, 5e-324, 1.7976931348623157e308, 1e-5, 0.0001]))
    return str(2**rng.randint(50, 70))


def random_value(rng):
    kind = rng.random()
    if kind < 0.35:
        return f"{quoted(random_text(rng, 30)):<8}"
    if kind < 0.65:
        return f"{random_number(rng):>20}" if rng.random() < 0.7 else random_number(rng)
    if kind < 0.78:
        return f"{rng.choice('TF'):>20}" if rng.random() < 0.8 else rng.choice("TF")
    if kind < 0.9:
        return rng.choice(["", "                    ", " "])
    if kind < 0.903:
        return rng.choice(["NaN", "nan", "NAN", "-Inf", "T F", "'no end", "yes", "1.2.3", "0x10", "'a'b"])
    return quoted(random_text(rng, 8))


def comment(rng):
    return rng.choice(["", "", " / a comment", "/", " /", " / it's 'quoted'", " / [m/s] speed", "/x"])


def continued(rng, head):
    """A long string: CONTINUE cards, cut anywhere, with and without comments."""
    text = random_text(rng, 300).replace("'", "''")
    cards = []
    while True:
        room = 80 - len(head) - 3
        part = text[:rng.randint(1, room)] if len(text) > 5 else text
        if len(part) - len(part.rstrip("'")) & 1:
            part = text[:len(part) - 1]
        text = text[len(part):]
        more = bool(text) and (part or len(head) > 70)
        cards.append(f"{head}'{part}{'&' if more else ''}'{comment(rng) if rng.random() < 0.3 else ''}")
        if not more or len(cards) > 12:
            return cards
        head = rng.choice(["CONTINUE  ", "CONTINUE  ", "CONTINUE   "])


def random_cards(rng, keys):
    kind = rng.random()
    key = rng.choice(keys)
    if kind < 0.55:
        return [f"{key:<8}= {random_value(rng)}{comment(rng)}"]
    if kind < 0.65:
        return continued(rng, f"{key:<8}= ")
    if kind < 0.75:
        name = rng.choice(["Foo Bar", "ESO DET CHIP1", "long keyword name here", "LSST ISR CROSSTALK", "foo", "a.b"])
        return [f"HIERARCH {name}{rng.choice([' = ', '= ', '=', ' ='])}{random_value(rng)[:30]}{comment(rng)}"]
    if kind < 0.78:
        return continued(rng, "HIERARCH Long String Value = ")
    if kind < 0.88:
        return [rng.choice(["COMMENT ", "HISTORY ", "        ", ""]) + random_text(rng, 60)[:70] if rng.random() < 0.8 else ""]
    if kind < 0.92:
        return [f"{key.lower():<8}= {random_value(rng)}"]
    if kind < 0.95:
        return [f"{key[:5]}= {random_value(rng)}"]
    if kind < 0.97:
        return [rng.choice(["NOVALUE some text here", "NOEQUALS=5", "A", "lower x = 3", "KEY =5", "KEYWORD1 = 5"])]
    return [f"{key:<8}= '{rng.choice(['AXIS.1', 'NAXIS', 'a.1.b', 'x'])}: {random_number(rng).upper().replace('D', 'E')}'{comment(rng)}"]


def cards_of(rng, keys, n):
    out = []
    for _ in range(n):
        out += random_cards(rng, keys)
    return [[c[:80].ljust(80) for c in out]]


def hdu(rng, fixed, keys, n, body=b""):
    return header([[c.ljust(80) for c in fixed], *cards_of(rng, keys, n)]) + body + b"\0" * (-len(body) % BLOCK)


def image_extension(rng, keys):
    fixed = ["XTENSION= 'IMAGE   '", "BITPIX  =                   16", "NAXIS   =                    2", "NAXIS1  =                    4",
             "NAXIS2  =                    3", "PCOUNT  =                    0", "GCOUNT  =                    1"]
    return hdu(rng, fixed, keys, rng.randint(0, 20), b"\1\2" * 12)


def compressed_extension(rng):
    """A tile-compressed image with keywords of its own, as the camera writes them; made by astropy, keywords by us."""
    pixels = numpy.arange(64, dtype=rng.choice([numpy.int16, numpy.int32, numpy.float32])).reshape(8, 8)
    image = fits.CompImageHDU(pixels, name=rng.choice([None, "Segment10"]), compression_type=rng.choice(["RICE_1", "GZIP_1"]))
    for _ in range(rng.randint(0, 8)):
        image.header[rng.choice(["GAIN", "DETSEC", "BLANK", "LTV1", "ZTEST", "TTEST"])] = rng.choice([1, 25])
        image.header[rng.choice(["FILTER", "DETSEC", "AMP"])] = rng.choice([1, 2.5, "[1:4]", True])
    if rng.random() < 0.3:
        image.header["BZERO"] = 32768
    out = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(out, checksum=rng.random() < 0.3)
    with fits.open(io.BytesIO(out.getvalue()), disable_image_compression=True) as written:
        start = written[1].fileinfo()["hdrLoc"]
    return out.getvalue()[start:]


def table_extension(rng):
    out = io.BytesIO()
    table = fits.BinTableHDU.from_columns([fits.Column("a", "J", array=[1, 2]), fits.Column("b", "5A", array=["x", "y"])], name="T")
    table.header["NOTE"] = rng.choice(["x", 3, True])
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(out)
    with fits.open(io.BytesIO(out.getvalue())) as written:
        start = written[1].fileinfo()["hdrLoc"]
    return out.getvalue()[start:]


def random_file(rng, path, keys, base):
    primary = ["SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    0"]
    extensions = rng.choice([0, 1, 1, 1, 2])
    extend = rng.choice("TTTTF") if extensions else rng.choice(["F", "T", None])
    if extend:
        primary.append(f"EXTEND  = {extend:>20}")
    content = hdu(rng, primary + base, keys, rng.randint(0, 25))
    for _ in range(extensions):
        kind = rng.random()
        content += image_extension(rng, keys) if kind < 0.6 else compressed_extension(rng) if kind < 0.85 else table_extension(rng)
    if rng.random() < 0.03:
        content = content.replace(b"EXPTIME", b"EXPT\xe9ME")
    with open(path, "wb") as f:
        f.write(content)


def plain(md):
    return {k: v for k, v in md.items() if k not in LEFT_OUT}


def python_index(files, number):
    headers = {os.path.basename(f): plain(read_basic_metadata_from_file(f, number)) for f in files}
    return json.loads(json.dumps(calculate_index(headers, "metadata")))


def typed(value):
    """Equal only when types are: 1, 1.0 and True differ, and -0.0 and 0.0."""
    if isinstance(value, dict):
        return {k: typed(v) for k, v in value.items()}
    return type(value).__name__, repr(value)


def difference(real, ours):
    if list(real) != list(ours):
        return f"files: {list(real)} {list(ours)}"
    if list(real["__COMMON__"]) != list(ours["__COMMON__"]) and set(real["__COMMON__"]) == set(ours["__COMMON__"]):
        return f"order: {list(real['__COMMON__'])} {list(ours['__COMMON__'])}"
    for name in real:
        if isinstance(real[name], str):
            if real[name] != ours[name]:
                return f"{name}: {real[name]} {ours[name]}"
            continue
        a, b = typed(real[name]), typed(ours[name])
        for key in {**a, **b}:
            if a.get(key) != b.get(key):
                return f"{name}: {key!r}: Python {a.get(key)}, ours {b.get(key)}"
    return None


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("tool")
    ap.add_argument("--count", type=int, default=400)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--keep", help="folder for the files of disagreements")
    a = ap.parse_args()
    warnings.simplefilter("ignore")
    rng = random.Random(a.seed)
    passed = failed = refused = 0
    tools = {n: subprocess.Popen([a.tool, str(n), "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for n in (-1, 0, 1)}
    with tempfile.TemporaryDirectory() as folder:
        while passed + failed < a.count:
            keys = rng.sample(WORDS, rng.randint(3, len(WORDS)))
            base = [f"{k:<8}= {random_value(rng)}"[:80] for k in ("ALL1", "ALL2", "ALL3") if rng.random() < 0.8]
            files = [f"{folder}/f{i}.fits" for i in range(rng.choice([1, 2, 2, 3, 5]))]
            for path in files:
                random_file(rng, path, keys, base)
            number = rng.choice([-1, -1, 0, 1])
            tools[number].stdin.write("\t".join(files) + "\n")
            tools[number].stdin.flush()
            answer = tools[number].stdout.readline()
            try:
                real = python_index(files, number)
            except Exception:  # what Python cannot read is no measure
                refused += 1
                if answer.startswith("!"):
                    continue
                json.loads(answer)
                continue
            wrong = answer if answer.startswith("!") else difference(real, json.loads(answer))
            if wrong is None:
                passed += 1
                continue
            failed += 1
            print(f"HDU {number}, {len(files)} files: {wrong.strip()}")
            if a.keep:
                for path in files:
                    os.makedirs(a.keep, exist_ok=True)
                    with open(path, "rb") as f, open(f"{a.keep}/{failed}-{os.path.basename(path)}", "wb") as to:
                        to.write(f.read())
    for tool in tools.values():
        tool.stdin.close()
        failed += tool.wait() != 0
    print(f"{refused} sets that Python itself cannot read were left out")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
