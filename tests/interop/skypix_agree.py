#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares sky pixel envelopes with sphgeom's, range by range, for many regions of every type.

usage: skypix_agree.py PROGRAM [--each N] [--seed S]      PROGRAM: build/tests/interop/skypix-list
"""

import argparse
import collections
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tools"))

from lsst.sphgeom import CompoundRegion, Ellipse, HtmPixelization, Region  # noqa: E402
from skypix_regions import KINDS, Maker  # noqa: E402


def without_ellipses(region: Region) -> Region:
    """Replace ellipses by the circles around them.

    That is what envelope() does with them, but sphgeom 30 reads the circle after it was destroyed and crashes
    on every fourth ellipse.
    """
    if isinstance(region, Ellipse):
        return region.getBoundingCircle()
    if isinstance(region, CompoundRegion):
        return type(region)(*(without_ellipses(operand) for operand in Region.getRegions(region)))
    return region


def expected(level: int, encoded: bytes) -> str:
    """Return sphgeom's answer in the words of PROGRAM."""
    try:
        region = Region.decode(encoded)
    except (RuntimeError, ValueError):
        return "error"
    ranges = HtmPixelization(level).envelope(without_ellipses(region))
    return " ".join(f"{begin}-{end}" for begin, end in ranges)


def damaged(make: Maker) -> bytes:
    """Return an encoding with bytes changed, cut or added."""
    r = make.random
    encoded = bytearray(getattr(make, r.choice(KINDS))().encode())
    for _ in range(r.randint(1, 3)):
        at = r.randrange(len(encoded)) if encoded else 0
        match r.randrange(5):
            case 0:
                del encoded[at:]
            case 1:
                encoded[at:at] = r.randbytes(r.choice((1, 8, 24)))
            case 2 if encoded:
                encoded[at] ^= 1 << r.randrange(8)
            case 3 if encoded:
                encoded[0] = r.choice(b"bcepui")
            case _:
                del encoded[at : at + 8]
    return bytes(encoded) or b"?"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--each", type=int, default=400, help="regions of each type")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    make = Maker(args.seed)
    cases = []
    for kind in KINDS:
        for _ in range(args.each):
            region = getattr(make, kind)()
            cases.append((kind, make.level(region), region.encode()))
    for _ in range(args.each):
        cases.append(("damaged", 5, damaged(make)))
    asked = "".join(f"{level} {encoded.hex()}\n" for _, level, encoded in cases)
    answers = subprocess.run([args.program], input=asked, capture_output=True, text=True, check=True).stdout
    lines = answers.split("\n")[:-1]
    if len(lines) != len(cases):
        raise SystemExit(f"{len(cases)} regions asked, {len(lines)} answered")

    count, failed = collections.Counter(), 0
    for (kind, level, encoded), line in zip(cases, lines, strict=True):
        # sphgeom refuses less damage, and crashes on some of it: what both accept must agree.
        if kind == "damaged" and line.startswith("error: "):
            count[kind, "refused"] += 1
            continue
        want = expected(level, encoded)
        if line != want:
            failed += 1
            print(f"{kind} level {level} {encoded.hex()}\n  sphgeom {want[:200]}\n  libpps  {line[:200]}")
        count[kind, "covered" if line else "empty"] += 1
    for (kind, what), n in sorted(count.items()):
        print(f"{kind:12} {what:8} {n}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
