# SPDX-License-Identifier: BSD-3-Clause
"""Regions for the sky pixel tests, made with sphgeom: ordinary ones, and those where an envelope is hard."""

import math
import random

from lsst.sphgeom import (
    Angle,
    Box,
    Circle,
    CompoundRegion,
    ConvexPolygon,
    Ellipse,
    HtmPixelization,
    IntersectionRegion,
    LonLat,
    Region,
    UnionRegion,
    UnitVector3d,
)

AXES = [
    UnitVector3d(*(sign if i == axis else 0.0 for i in range(3))) for axis in range(3) for sign in (1.0, -1.0)
]


def xyz(v: UnitVector3d) -> tuple[float, float, float]:
    return v.x(), v.y(), v.z()


def regular_polygon(center: UnitVector3d, radius: float, n: int, turn: float = 0.0) -> ConvexPolygon:
    """Return the polygon of n corners at ``radius`` radians from the center."""
    start = center.rotatedAround(UnitVector3d.orthogonalTo(center), Angle(radius))
    return ConvexPolygon([start.rotatedAround(center, Angle(turn + 2 * math.pi * k / n)) for k in range(n)])


def simple_regions(region: Region) -> list:
    """Return the boxes, circles, ellipses and polygons that a region is made of."""
    if isinstance(region, CompoundRegion):
        return [simple for operand in Region.getRegions(region) for simple in simple_regions(operand)]
    return [region]


def simple_radius(region: Region) -> float:
    radius = region.getBoundingCircle().getOpeningAngle().asRadians()
    return radius if radius > 0.0 else 0.0


class Maker:
    """Makes the same regions again for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def point(self) -> UnitVector3d:
        """Return a point: anywhere, near a pole, near longitude 0, on an axis, or a corner of a trixel."""
        r = self.random
        match r.randrange(6):
            case 0:
                lat = math.copysign(90.0 - 10.0 ** r.uniform(-9, 0), r.choice((-1, 1)))
                return UnitVector3d(LonLat.fromDegrees(r.uniform(0, 360), lat))
            case 1:
                lon = r.choice((0.0, 90.0, 180.0, 270.0)) + r.choice((-1, 0, 1)) * 10.0 ** r.uniform(-12, 0)
                return UnitVector3d(LonLat.fromDegrees(lon, r.uniform(-90, 90)))
            case 2:
                return r.choice(AXES)
            case 3:
                return r.choice(self.trixel().getVertices())
            case _:
                return UnitVector3d(r.gauss(0, 1), r.gauss(0, 1), r.gauss(0, 1))

    def trixel(self, deepest: int = 12) -> ConvexPolygon:
        level = self.random.randint(0, deepest)
        return HtmPixelization.triangle(self.random.randrange(8 << 2 * level, 16 << 2 * level))

    def radius(self) -> float:
        """Return an angle in radians: usually like a detector's or a visit's, at times tiny or huge."""
        r = self.random
        match r.randrange(4):
            case 0:
                return math.radians(10.0 ** r.uniform(-10, 0))
            case 1:
                return math.radians(r.uniform(20, 89))
            case _:
                return math.radians(r.uniform(0.05, 4.0))

    def polygon(self) -> ConvexPolygon:
        r = self.random
        while True:
            try:
                match r.randrange(6):
                    case 0:
                        return self.trixel()
                    case 1:
                        first, second = self.trixel().getVertices()[:2]
                        return ConvexPolygon([first, second, self.point()])
                    case 2:
                        center, spread = self.point(), 10.0 ** r.uniform(-6, 0)
                        points = [
                            UnitVector3d(*(x + spread * r.gauss(0, 1) for x in xyz(center)))
                            for _ in range(r.randint(3, 12))
                        ]
                        return ConvexPolygon(points)
                    case 3:
                        a, b = self.point(), self.point()
                        middle = (x + y + 10.0 ** r.uniform(-16, -4) for x, y in zip(xyz(a), xyz(b)))
                        return ConvexPolygon([a, b, UnitVector3d(*middle)])
                    case _:
                        return regular_polygon(
                            self.point(), self.radius(), r.choice((3, 4, 4, 12, 40, 300)), r.uniform(0, 7)
                        )
            except (ValueError, RuntimeError):
                continue

    def circle(self) -> Circle:
        r = self.random
        match r.randrange(8):
            case 0:
                return r.choice((Circle.empty(), Circle.full(), Circle(self.point(), Angle(math.nan))))
            case 1:
                return Circle(self.point(), Angle(r.choice((0.0, math.pi, math.pi / 2, 3.1415926, -1.0))))
            case 2:
                center = self.point()
                chord = center - r.choice(self.trixel().getVertices())
                return Circle(center, chord.getSquaredNorm())
            case 3:
                return Circle(self.point(), Angle(math.pi - self.radius()))
            case _:
                return Circle(self.point(), Angle(self.radius()))

    def box(self) -> Box:
        r = self.random
        match r.randrange(8):
            case 0:
                return r.choice((Box.empty(), Box.full(), Box.fromDegrees(0, -90, 360, r.uniform(-90, 90))))
            case 1:
                lon, lat = LonLat(self.point()).getLon().asDegrees(), r.uniform(-90, 80)
                return Box.fromDegrees(lon, lat, lon, r.choice((lat, lat + 5)))
            case 2:
                lons = r.choices((0, 45, 90, 135, 180, 270, 360), k=2)
                lats = sorted(r.choices((-90, -45, 0, 45, 90), k=2))
                return Box.fromDegrees(min(lons), lats[0], max(lons), lats[1])
            case 3:
                around = self.trixel().getBoundingBox()
                return around.dilatedBy(Angle(r.choice((0.0, 5e-10, -5e-10, 1e-9))))
            case 4:
                return Box(LonLat(self.point()), Angle(self.radius()), Angle(self.radius()))
            case _:
                lats = sorted((r.uniform(-90, 90), r.uniform(-90, 90)))
                return Box.fromDegrees(r.uniform(0, 360), lats[0], r.uniform(0, 360), lats[1])

    def ellipse(self) -> Ellipse:
        r = self.random
        match r.randrange(6):
            case 0:
                return r.choice((Ellipse.empty(), Ellipse.full(), Ellipse(self.point())))
            case 1:
                return Ellipse(self.circle_not_nan())
            case 2:
                return Ellipse(self.point(), self.point(), Angle(r.uniform(0, math.pi)))
            case _:
                a, b = self.radius(), self.radius()
                if r.random() < 0.2:
                    a, b = math.pi - a, math.pi - b
                return Ellipse(self.point(), Angle(a), Angle(b), Angle(r.uniform(0, 7)))

    def circle_not_nan(self) -> Circle:
        while True:
            circle = self.circle()
            if not math.isnan(circle.getOpeningAngle().asRadians()):
                return circle

    def union(self, depth: int = 0) -> UnionRegion:
        return UnionRegion(*self.operands(depth))

    def intersection(self, depth: int = 0) -> IntersectionRegion:
        return IntersectionRegion(*self.operands(depth))

    def operands(self, depth: int) -> list:
        r = self.random
        kinds = [self.polygon, self.polygon, self.circle, self.box, self.ellipse]
        made = [r.choice(kinds)() for _ in range(r.choice((0, 1, 2, 2, 3, 5)))]
        if depth < 3 and r.random() < 0.5:
            made.append(r.choice((self.union, self.intersection))(depth + 1))
        return made

    def visit(self) -> ConvexPolygon:
        """Return what define-visits makes: a 12-gon of 1.75 degrees anywhere."""
        r = self.random
        point = UnitVector3d(r.gauss(0, 1), r.gauss(0, 1), r.gauss(0, 1))
        return regular_polygon(point, math.radians(1.75), 12, r.uniform(0, 7))

    def level(self, region: object) -> int:
        """Return 7, or another level that this region's envelope can be computed at in reasonable time."""
        r = self.random
        if r.random() < 0.7:
            return 7
        widest = max((simple_radius(x) for x in simple_regions(region)), default=0.0)
        deepest = int(9 - math.log2(widest)) if widest > 1e-6 else 24
        return r.randint(0, max(0, min(24, deepest)))


KINDS = ("polygon", "circle", "box", "ellipse", "union", "intersection", "visit")
