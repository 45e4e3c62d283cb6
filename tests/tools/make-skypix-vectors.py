#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes tests/unit/vectors/skypix.inc: regions, and their envelopes as sphgeom computes them.

usage: make-skypix-vectors.py > tests/unit/vectors/skypix.inc
"""

from lsst.sphgeom import Box, Circle, Ellipse, HtmPixelization, IntersectionRegion, UnionRegion
from skypix_regions import KINDS, Maker

EACH = 22
LONGEST = 1200


def row(name: str, level: int, region: object) -> str | None:
    """Return a line of the table, or nothing when it would be long.

    An ellipse counts by the circle around it, which sphgeom 30 destroys before it reads it.
    """
    asked = region.getBoundingCircle() if isinstance(region, Ellipse) else region
    ranges = " ".join(f"{begin}-{end}" for begin, end in HtmPixelization(level).envelope(asked))
    encoded = region.encode().hex()
    if len(ranges) > LONGEST or len(encoded) > LONGEST:
        return None
    return f'{{ "{name}", {level}, "{encoded}",\n  "{ranges}" }},'


def main() -> None:
    print("/* SPDX-License-Identifier: BSD-3-Clause */")
    print("/* Made by tests/tools/make-skypix-vectors.py: name, level, encoded region, envelope. */")
    for name, region in [
        ("empty box", Box.empty()),
        ("full box", Box.full()),
        ("empty circle", Circle.empty()),
        ("full circle", Circle.full()),
        ("empty ellipse", Ellipse.empty()),
        ("full ellipse", Ellipse.full()),
        ("empty union", UnionRegion()),
        ("empty intersection", IntersectionRegion()),
    ]:
        print(row(name, 7, region))
    # Each of these touches a corner of a trixel, and with it trixels that it does not enter.
    make = Maker(7)
    for _ in range(5):
        trixel = HtmPixelization.triangle(make.random.randrange(8 << 14, 16 << 14))
        corner, center = trixel.getVertices()[0], trixel.getCentroid()
        print(row("touching circle", 7, Circle(center, (corner - center).getSquaredNorm())))
    # The edges of these are in planes of two axes, with corners of smaller trixels exactly on them.
    for index in (8, 13, 44, 59):
        print(row("trixel", 3, HtmPixelization.triangle(index)))
    for kind in KINDS:
        make = Maker(20251202)
        made = 0
        while made < EACH:
            region = getattr(make, kind)()
            if kind in ("union", "intersection") and b"e" in kinds_in(region):
                continue
            line = row(kind, make.level(region), region)
            if line:
                print(line)
                made += 1


def kinds_in(region: object) -> bytes:
    """Return the type bytes of all that a region is made of."""
    encoded, found = region.encode(), bytes([region.TYPE_CODE])
    if encoded[:1] in (b"u", b"i"):
        found += b"".join(kinds_in(region.cloneOperand(i)) for i in range(region.nOperands()))
    return found


if __name__ == "__main__":
    main()
