#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compares what libpps does with dimension records with what the real Butler does, on SQLite and PostgreSQL.

usage: dimensions_agree.py PROGRAM [--rounds N] [--seed S] [--pg URL]      PROGRAM: build/tests/interop/dimension-tool

Each round makes repositories with random records (names that YAML misreads, extreme numbers, open timespans, regions of
several types). Exports must be equal byte for byte; imports and transfers must leave equal rows in every table.
"""

import argparse
import logging
import math
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import warnings

import lsst.sphgeom as sg
import sqlalchemy
import yaml
from lsst.daf.butler import Butler, Config, DimensionConfig, Timespan

INSTRUMENT, SKYMAP = "LSSTCam", "lsst_cells_v1"
MAX_TIME = 4102444800 * 10**9
NASTY = (
    "lowdust", "Ω Cen", "β Pictoris – Feld", "名前", "O'Neil", "null", "123", "2025-01-01", "yes", "~", "a: b", "#7",
    "- x", "", " lead", "trail ", "tab\there", "1e5", "1.5e+3", "0x1F", "0o17", "017", "1_000", "0b11", "190:20:30", "1:2.5",
    "[x]", "{y}", "&a", "*b", "%c", "@d", "`e", "!f", "|", ">", "line\nbreak", "two\n\nbreaks\n", "\n", "x\n", " \n ", "a\n b",
    "a \nb", 'quote"d', "back\\slash", "😀 field", "x" * 64, "on", "Off", "NULL", "Null", "None", "N/A: #1", ".inf", "-.INF",
    ".nan", "+.5", ".5", "5.", "-", "--", "---", "...", "--- x", "?", "? x", "?x", ":", ":x", "x:", "x :y", "a#b", "a #b", "=",
    "<<", "12e03", "1.", "+12", "-0", "0", "00", "08", "2025-12-02T23:58:04.425", "2025-12-02 23:58:04.425+1:00",
    "2025-1-2 3:04:05 Z", "2025-1-2", "2001-12-14t21:59:43.10-05:00", "\x01\x7f\x1b", "\x85next", "nb\xa0sp", "\u2028",
    "\ufeffbom", "\U0010ffff", "\U0010fffe", "é", "'", "''", "'quoted'", '"', "a'b c", "back\\ slash \\n", "\r", "a\r\nb",
    "word " * 40, ("Ωmega " * 30).strip(), "long " * 16 + "'quoted' " * 8 + "end", "x" * 300, "a  b   c" * 20,
    ("tab\t" * 40), "é" * 100, "a " * 60 + "\t" + " b" * 60, "  ", "\t", "y", "n", "Y", "true", "FALSE", "~x", "null ",
    "1 2", "1,000", "a,b", "a]b", "{", "}", "]", ",", ", x", "%", "@", "&", "*", "!", "# x", "key: 'v'", "it's: here",
)  # fmt: skip
# Of every length about the width at which lines are folded.
LENGTHS = [unit * n + end for unit in ("é", "a", "a ", "\x01", "a\t ", "'") for n in range(15, 90) for end in ("", " ", " x", " :", "\n", "é", " é")]
FLOATS = (
    0.0, -0.0, 1e-07, 0.1 + 0.2, 1e22, 1e16, 1e15, 123456789.123456789, -270.5, 5e-324, 1.7976931348623157e308, 30.0,
    math.inf, -math.inf, math.nan, 1e-5, 1e-4, 2.5e-310, None, 1 / 3, 1e100, -1e17,
)  # fmt: skip


class Maker:
    """Random records."""

    def __init__(self, seed: str):
        self.r = random.Random(seed)

    def text(self, most: int = 1000) -> str:
        r = self.r
        if r.random() < 0.5:
            return r.choice(NASTY)[:most]
        kinds = ("abc xyz", "ab:#-'\" \n", "019.:-+eT_ ", "aé😀 \t\u2028\x85", "word  ' \\", "\x01\x1f~ ü", "aaaaaaaaaaaa ")
        letters = r.choice(kinds)
        return "".join(r.choice(letters) for _ in range(r.choice((1, 2, 3, 5, 10, 40, 100, 250))))[:most]

    def maybe(self, value):
        return None if self.r.random() < 0.15 else value

    def number(self):
        r = self.r
        if r.random() < 0.5:
            return r.choice(FLOATS)
        return r.choice((r.uniform(-360, 360), r.uniform(-1, 1) * 10 ** r.randint(-300, 300), float(r.randint(-1000, 1000))))

    def span(self):
        r = self.r
        begin = r.choice((r.randrange(1, MAX_TIME - 2), 1764719940425363958, 10**18, r.randrange(1, 10**12)))
        end = min(begin + r.choice((1, 10, 10**9, 30929600000, 86400 * 10**9)), MAX_TIME - 1)
        kind = r.randrange(8)
        if kind == 0:
            return None
        if kind == 1:
            begin = 0
        if kind == 2:
            end = MAX_TIME
        if kind == 3 and r.random() < 0.3:
            begin, end = 0, MAX_TIME
        return Timespan(None, None, _nsec=(begin, end))

    def vector(self, ra, dec):
        return sg.UnitVector3d(sg.LonLat.fromDegrees(ra, max(-89.9, min(89.9, dec))))

    def region(self, depth: int = 0):
        r = self.r
        ra, dec, size = r.uniform(0, 360), r.uniform(-85, 85), r.choice((0.01, 0.2, 1.0, 1.75))
        kind = r.choice(("polygon", "polygon", "circle", "box", "union", "intersection", None)) if depth == 0 else r.choice(("circle", "polygon"))
        if kind == "polygon":
            n = r.choice((3, 4, 12))
            step = [(size * math.cos(2 * math.pi * k / n), size * math.sin(2 * math.pi * k / n)) for k in range(n)]
            return sg.ConvexPolygon([self.vector(ra + x / math.cos(math.radians(dec)), dec + y) for x, y in step])
        if kind == "circle":
            return sg.Circle(self.vector(ra, dec), sg.Angle.fromDegrees(size))
        if kind == "box":
            return sg.Box.fromDegrees(ra, max(-90, dec - size), ra + size, min(90, dec + size))
        if kind == "union":
            return sg.UnionRegion(*[self.region(1) for _ in range(r.randint(2, 3))])
        if kind == "intersection":
            centre = self.vector(ra, dec)
            return sg.IntersectionRegion(sg.Circle(centre, sg.Angle.fromDegrees(size)), sg.Circle(centre, sg.Angle.fromDegrees(1.0)))
        return None

    def names(self, n: int, most: int = 1000) -> list[str]:
        out: dict[str, None] = {}
        while len(out) < n:
            out[self.text(most) or "x"] = None
        return list(out)

    def base(self) -> dict[str, list[dict]]:
        """Records of instrument and skymap, those that a site registers once."""
        r = self.r
        detectors = self.names(6, 32)
        filters = self.names(4, 32)
        records = {
            "instrument": [
                dict(name=INSTRUMENT, visit_max=self.maybe(2**62), visit_system=2, exposure_max=7050123199999,
                     detector_max=1000, class_name=self.maybe(self.text(64))),
            ],
            "detector": [
                dict(instrument=INSTRUMENT, id=i, full_name=name, name_in_raft=self.maybe(self.text(32) or "x"),
                     raft=self.maybe(self.text(32) or "x"), purpose="SCIENCE")
                for i, name in enumerate(detectors)
            ],
            "physical_filter": [dict(instrument=INSTRUMENT, name=f, band=self.text(32) or "x") for f in filters],
            "visit_system": [dict(instrument=INSTRUMENT, id=i, name=n) for i, n in ((0, "one-to-one"), (2, self.text(32) or "y"))],
            "skymap": [dict(name=SKYMAP, hash=r.randbytes(r.choice((0, 1, 20, 40, 57, 58, 100))), tract_max=r.randint(1, 10**6),
                            patch_nx_max=10, patch_ny_max=None)],
            "tract": [dict(skymap=SKYMAP, id=i, region=self.region()) for i in range(4)],
            "patch": [dict(skymap=SKYMAP, tract=i % 4, id=i, cell_x=i, cell_y=-i, region=self.region()) for i in range(5)],
        }  # fmt: skip
        return records

    def observations(self, base: dict[str, list[dict]], count: int) -> dict[str, list[dict]]:
        r = self.r
        filters = [f["name"] for f in base["physical_filter"]]
        groups, obs_ids, visit_names = self.names(count), self.names(count), self.names(count)
        days = sorted({20251200 + r.randint(1, 4) for _ in range(r.randint(1, 3))})
        filters = filters[: r.randint(1, 4)]
        out: dict[str, list[dict]] = {
            "day_obs": [dict(instrument=INSTRUMENT, id=d, timespan=self.span()) for d in days],
            "group": [dict(instrument=INSTRUMENT, name=g) for g in groups],
            "exposure": [], "visit": [], "visit_definition": [], "visit_detector_region": [], "visit_system_membership": [],
        }  # fmt: skip
        for k in range(count):
            common = dict(
                instrument=INSTRUMENT, id=2025120200001 + k, day_obs=r.choice(days), physical_filter=r.choice(filters),
                seq_num=self.maybe(r.randint(-(2**62), 2**62)), exposure_time=self.number(), target_name=self.maybe(self.text()),
                observation_reason=self.maybe(self.text()), science_program=self.maybe(self.text()), azimuth=self.number(),
                zenith_angle=self.number(), timespan=self.span(),
            )  # fmt: skip
            out["exposure"].append(
                dict(common, group=groups[k], obs_id=obs_ids[k], dark_time=self.number(), observation_type=self.maybe("science"),
                     seq_start=k, seq_end=None, tracking_ra=self.number(), tracking_dec=self.number(), sky_angle=self.number(),
                     has_simulated=self.maybe(r.random() < 0.5), can_see_sky=self.maybe(r.random() < 0.5))
            )  # fmt: skip
            if r.random() < 0.3:
                continue
            out["visit"].append(dict(common, name=visit_names[k], region=self.region(), timespan=self.span()))
            # the Butler's queries find only exposures with the visit's day and filter
            alike = [e["id"] for e in out["exposure"] if all(e[x] == common[x] for x in ("day_obs", "physical_filter"))]
            for e in alike[-r.randint(1, 3) :]:
                out["visit_definition"].append(dict(instrument=INSTRUMENT, exposure=e, visit=common["id"]))
            for system in r.sample((0, 2), r.randint(0, 2)):
                out["visit_system_membership"].append(dict(instrument=INSTRUMENT, visit_system=system, visit=common["id"]))
            for detector in r.sample(range(6), r.randint(0, 6)):
                out["visit_detector_region"].append(
                    dict(instrument=INSTRUMENT, visit=common["id"], detector=detector, region=self.region()))
        return out

    def strangers(self, seen: dict[str, list[dict]]) -> list[dict]:
        """Exposures in visits of another night or filter, which the Butler's queries leave out."""
        out = []
        for v in seen["visit"]:
            others = [e["id"] for e in seen["exposure"] if any(e[x] != v[x] for x in ("day_obs", "physical_filter"))]
            if others and self.r.random() < 0.5:
                out.append(dict(instrument=INSTRUMENT, exposure=self.r.choice(others), visit=v["id"]))
        return out


class Bench:
    """Repositories in one folder, and the counts."""

    def __init__(self, program: str, root: pathlib.Path, postgres: str | None):
        self.program, self.root, self.postgres = program, root, postgres
        self.passed = self.failed = 0

    def check(self, what: str, ok: bool, detail: str = "") -> None:
        if ok:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}\n{detail[:3000]}", flush=True)

    def tool(self, *args) -> subprocess.CompletedProcess:
        return subprocess.run([self.program, *map(str, args)], capture_output=True, text=True)

    def run(self, what: str, *args) -> subprocess.CompletedProcess:
        done = self.tool(*args)
        self.check(what, done.returncode == 0, done.stderr)
        return done

    def repository(self, name: str, kind: str, universe: int) -> "Repository":
        return Repository(self, name, kind, universe)


class Repository:
    def __init__(self, bench: Bench, name: str, kind: str, universe: int):
        self.path = str(bench.root / name)
        config = Config()
        if kind == "postgres":
            name = f"dim_{name}"
            config["registry", "db"], config["registry", "namespace"] = bench.postgres, name
            self.url = f"{bench.postgres}#{name}"
            self.engine = sqlalchemy.create_engine(bench.postgres.replace("postgresql:", "postgresql+psycopg:"))
            with self.engine.begin() as db:
                db.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')
                db.exec_driver_sql(f'CREATE SCHEMA "{name}"')
        else:
            self.url = f"sqlite:///{self.path}/gen3.sqlite3"
            self.engine = sqlalchemy.create_engine(self.url)
        self.schema = name if kind == "postgres" else None
        resource = f"resource://lsst.daf.butler/configs/old_dimensions/daf_butler_universe{universe}.yaml"
        Butler.makeRepo(self.path, config=config, dimensionConfig=DimensionConfig(resource))

    def open(self):
        return Butler.from_config(self.path, writeable=True)

    def insert(self, *parts: dict[str, list[dict]]) -> "Repository":
        with self.open() as butler:
            for part in parts:
                for element in butler.dimensions.sorted(butler.dimensions[e] for e in part):
                    butler.registry.insertDimensionData(element, *part[element.name], skip_existing=True)
        return self

    def rows(self) -> dict[str, list[str]]:
        """Every row of every dimension table."""
        out = {}
        with self.engine.connect() as db:
            for table in sorted(sqlalchemy.inspect(db).get_table_names(schema=self.schema)):
                if re.match(r"butler_|opaque|collection|dataset|dimension_graph|file_|run$", table):
                    continue
                name = f'"{self.schema}"."{table}"' if self.schema else f'"{table}"'
                out[table] = sorted(repr(tuple(row)) for row in db.exec_driver_sql(f"SELECT * FROM {name}"))
        return {t: r for t, r in out.items() if r}


def differences(want: dict[str, list[str]], got: dict[str, list[str]]) -> str:
    out = []
    for table in sorted(set(want) | set(got)):
        a, b = set(want.get(table, ())), set(got.get(table, ()))
        out += [f"{table} Butler {row[:400]}" for row in sorted(a - b)[:3]] + [f"{table} libpps {row[:400]}" for row in sorted(b - a)[:3]]
    return "\n".join(out)


def first_difference(want: bytes, got: bytes) -> str:
    for n, (a, b) in enumerate(zip(want.split(b"\n"), got.split(b"\n")), 1):
        if a != b:
            return f"line {n}\n  Butler {a[:300]!r}\n  libpps {b[:300]!r}"
    return f"{len(want)} and {len(got)} bytes"


def export(repo: Repository, path: str, exposure: int | None = None) -> bytes:
    """What the Butler exports: everything, or what goes beside the zip of an exposure."""
    with repo.open() as butler, butler.export(filename=path) as out:
        for element in butler.dimensions.elements:
            if not element.has_own_table:
                continue
            if exposure is None:
                records = butler.registry.queryDimensionRecords(element.name)
            elif element.name not in ("exposure", "day_obs", "group", "visit", "visit_definition", "visit_detector_region",
                                      "visit_system", "visit_system_membership"):
                continue
            elif element.name == "visit_system":
                records = butler.query_dimension_records(element.name, instrument=INSTRUMENT, explain=False)
            else:
                records = butler.query_dimension_records(element.name, instrument=INSTRUMENT, exposure=exposure, explain=False, limit=None)
            out.saveDimensionData(element, records)
    return pathlib.Path(path).read_bytes()


def round_trip(bench: Bench, number: int, seed: str) -> None:
    maker = Maker(f"{seed} {number}")
    kind = "postgres" if bench.postgres and number % 3 == 2 else "sqlite"
    other = "postgres" if bench.postgres and number % 3 >= 1 else "sqlite"
    universe, target = maker.r.choice((7, 8)), maker.r.choice((7, 8))
    base = maker.base()
    seen = maker.observations(base, maker.r.choice((1, 3, 6)))
    what = f"round {number} ({kind} {universe} to {other} {target})"
    n = f"r{number}"
    source = bench.repository(f"{n}_source", kind, universe).insert(base, seen)

    # tables
    bench.run(f"{what}: tables", "check", source.url)
    # exports
    theirs = export(source, f"{bench.root}/{n}_theirs.yaml")
    bench.run(f"{what}: export", "export", source.url, f"{bench.root}/{n}_ours.yaml")
    ours = pathlib.Path(f"{bench.root}/{n}_ours.yaml").read_bytes()
    bench.check(f"{what}: export of everything", theirs == ours, first_difference(theirs, ours))
    done = bench.tool("export", source.url, f"{bench.root}/{n}_ours.yaml")
    bench.check(f"{what}: no overwriting", done.returncode == 1 and done.stderr.startswith("PPS_E_EXISTS"), done.stderr)
    bench.run(f"{what}: rewrite", "rewrite", f"{bench.root}/{n}_theirs.yaml", f"{bench.root}/{n}_again.yaml")
    again = pathlib.Path(f"{bench.root}/{n}_again.yaml").read_bytes()
    bench.check(f"{what}: import and export again", theirs == again, first_difference(theirs, again))
    # imports, both ways
    a = bench.repository(f"{n}_import_a", other, target)
    b = bench.repository(f"{n}_import_b", other, target)
    with a.open() as butler:
        butler.import_(filename=f"{bench.root}/{n}_ours.yaml")
    for time in ("once", "twice"):
        bench.run(f"{what}: import {time}", "import", f"{bench.root}/{n}_theirs.yaml", b.url)
        want, got = a.rows(), b.rows()
        bench.check(f"{what}: rows imported {time}", want == got, differences(want, got))
    done = bench.run(f"{what}: compare", "compare", source.url, b.url)
    bench.check(f"{what}: no differences", done.stdout == "0 differences\n", done.stdout)
    strangers = maker.strangers(seen)
    if strangers:
        source.insert(dict(visit_definition=strangers))
    seen["visit_definition"] += strangers
    exposure = strangers[0]["exposure"] if strangers else maker.r.choice(seen["exposure"])["id"]
    one = export(source, f"{bench.root}/{n}_one.yaml", exposure)
    bench.run(f"{what}: export of an exposure", "export", source.url, f"{bench.root}/{n}_our_one.yaml", INSTRUMENT, exposure)
    our_one = pathlib.Path(f"{bench.root}/{n}_our_one.yaml").read_bytes()
    bench.check(f"{what}: export of an exposure is equal", one == our_one, first_difference(one, our_one))
    transfers(bench, what, n, source, other, target, base, seen, maker)


def transfers(bench, what, n, source, other, target, base, seen, maker) -> None:
    r = maker.r
    exposures = sorted(r.sample([e["id"] for e in seen["exposure"]], r.randint(1, len(seen["exposure"]))))
    detectors = sorted(r.sample(range(6), r.randint(1, 6)))
    empty = r.random() < 0.3
    a, b = (bench.repository(f"{n}_transfer_{x}", other, target).insert(*(() if empty else (base,))) for x in "ab")
    if not empty and seen["visit"] and r.random() < 0.5:  # a visit that is there already, with another region: it stays
        changed = dict(r.choice(seen["visit"]), region=maker.region(1), target_name="was here before")
        part = dict(day_obs=seen["day_obs"], visit=[changed])
        a.insert(part)
        b.insert(part)
    names = [",".join(map(str, x)) for x in (exposures, detectors)]
    with source.open() as src, a.open() as dst:
        ids = [src.registry.expandDataId(instrument=INSTRUMENT, exposure=e, detector=d) for e in exposures for d in detectors]
        dst.transfer_dimension_records_from(src, ids)
    for time in ("once", "twice"):
        bench.run(f"{what}: transfer {time}", "transfer", source.url, b.url, "refs", INSTRUMENT, *names)
        want, got = a.rows(), b.rows()
        bench.check(f"{what}: rows transferred {time}", want == got, differences(want, got))
    # with visits: as importing the exposures' yaml files, after the records that those lack
    for e in exposures:
        path = f"{bench.root}/{n}_with_{e}.yaml"
        export(source, path, e)
        with source.open() as src, a.open() as dst:
            nights = {x["id"]: (x["day_obs"], x["physical_filter"]) for x in seen["exposure"]}
            own = {v["id"] for v in seen["visit"] if (v["day_obs"], v["physical_filter"]) == nights[e]}
            visits = [v["visit"] for v in seen["visit_definition"] if v["exposure"] == e and v["visit"] in own]
            wanted = [src.registry.expandDataId(instrument=INSTRUMENT, visit=v) for v in visits]
            wanted += [src.registry.expandDataId(instrument=INSTRUMENT, detector=v["detector"]) for v in seen["visit_detector_region"] if v["visit"] in visits]
            for data_id in wanted:
                for name in ("instrument", "detector", "physical_filter", "day_obs"):
                    if name in data_id.dimensions.elements:
                        dst.registry.insertDimensionData(name, data_id.records[name], skip_existing=True)
            for system in src.query_dimension_records("visit_system", instrument=INSTRUMENT, explain=False):
                if any(m["visit"] in visits and m["visit_system"] == system.id for m in seen["visit_system_membership"]):
                    dst.registry.insertDimensionData("visit_system", system, skip_existing=True)
        loaded = pathlib.Path(path).read_text()
        kept = re.sub(r"- type: dimension\n  element: visit_system\n  records:\n(?:(?:  [- ].*)?\n)*", "", loaded)
        pathlib.Path(path).write_text(kept)
        with a.open() as dst:
            dst.import_(filename=path)
    bench.run(f"{what}: transfer with visits", "transfer", source.url, b.url, "visits", INSTRUMENT, *names)
    want, got = a.rows(), b.rows()
    bench.check(f"{what}: rows transferred with visits", want == got, differences(want, got))
    conflict(bench, what, n, source, other, target, base, seen, exposures)


def conflict(bench, what, n, source, other, target, base, seen, exposures) -> None:
    """Another exposure of the target has the obs_id."""
    chosen = next(e for e in seen["exposure"] if e["id"] == exposures[0])
    repo = bench.repository(f"{n}_conflict", other, target).insert(base)
    repo.insert(dict(day_obs=seen["day_obs"], group=seen["group"], exposure=[dict(chosen, id=77)]))
    done = bench.tool("transfer", source.url, repo.url, "refs", INSTRUMENT, exposures[0], 0)
    want = f"here it is instrument={INSTRUMENT}, exposure={chosen['id']}, there 77"
    bench.check(f"{what}: conflict of obs_id", done.returncode == 1 and done.stderr.startswith("PPS_E_CONFLICT") and want in done.stderr,
                done.stderr)


HEADER = "description: x\nversion: 1.0.2\nuniverse_version: 8\nuniverse_namespace: daf_butler\ndata:\n"
BLOCK = HEADER + "- type: dimension\n  element: %s\n  records:\n"
TIME = "!butler_time/tai/iso '2025-12-02 00:00:00"
# What the Butler accepts, though its export does not write it so.
ACCEPTED = (
    "version: 0\nuniverse_version: 7\ndata: []\n",
    "version: 1.0.7\nuniverse_version: 8\nextra: {a: [1, 2]}\ndata: []\n",
    "data:\n- element: instrument\n  records:\n  - {instrument: A, visit_max: 0x10}\n  type: dimension\nuniverse_version: 8\nversion: 1.0.0\n",
    BLOCK % "instrument" + "  - {name: A}\n- {type: dimension, element: visit_system, records: [{instrument: A, visit_system: 5, name: 'on'}]}\n",
    BLOCK % "instrument" + "  - {name: A}\n- type: dimension\n  element: day_obs\n  records:\n"
    "  - {instrument: A, id: 1, timespan: !<!lsst.daf.butler.Timespan> EMPTY}\n"
    "  - {instrument: A, id: 2, timespan: !<!lsst.daf.butler.Timespan> {begin: null, end: " + TIME + ".123456789'}}\n"
    "  - {instrument: A, id: 3, datetime_begin: &t " + TIME + "', datetime_end: *t}\n"
    "  - {instrument: A, id: 4, datetime_begin: " + TIME + "', datetime_end: !butler_time/tai/iso '2025-12-01 00:00'}\n"
    "  - {instrument: A, id: 5, datetime_begin: !butler_time/tai/iso '1950-01-01', datetime_end: !butler_time/tai/iso '2200-01-01 00:00:00'}\n"
    "  - {instrument: A, id: 6, datetime_begin: null, datetime_end: null}\n"
    "  - {instrument: A, id: 7, timespan: null}\n  - {instrument: A, id: 7}\n",
    BLOCK % "tract" + "  - &a {skymap: A, id: 1, region: &r !<lsst.sphgeom.Circle> {encoded: "
    "'63000000000000F03F0000000000000000000000000000000000000000000000000000000000000000'}}\n"
    "  - {skymap: A, id: 2, region: *r}\n- {type: dimension, element: skymap, records: [{name: A, hash: !!binary ' aGFz aA== '}]}\n",
)


def spellings(bench: Bench) -> None:
    for number, text in enumerate(ACCEPTED):
        path = bench.root / f"accepted{number}.yaml"
        path.write_text(text)
        for kind in ("sqlite", *(("postgres",) if bench.postgres else ())):
            a, b = (bench.repository(f"accepted{number}_{kind}_{x}", kind, 8) for x in "ab")
            with a.open() as butler:
                butler.import_(filename=str(path))
            bench.run(f"accepted file {number} on {kind}", "import", path, b.url)
            want, got = a.rows(), b.rows()
            bench.check(f"accepted file {number} on {kind}: rows", want == got, differences(want, got))


def races(bench: Bench, seed: str) -> None:
    """Four of our processes and the Butler insert the same records at once."""
    for number in range(2):
        maker = Maker(f"races {seed} {number}")
        base = maker.base()
        seen = maker.observations(base, 40)
        source = bench.repository(f"race{number}_source", "postgres", 8).insert(base, seen)
        target = bench.repository(f"race{number}_target", "postgres", 8).insert(base)
        exposures = [e["id"] for e in seen["exposure"]]
        runs = []
        with source.open() as src, target.open() as dst:
            ids = [src.registry.expandDataId(instrument=INSTRUMENT, exposure=e) for e in exposures]
            for part in range(4):
                order = exposures if part % 2 else exposures[part * 10 :] + exposures[: part * 10]
                command = [bench.program, "transfer", source.url, target.url, "visits", INSTRUMENT, ",".join(map(str, order)), "0,1,2,3,4,5"]
                runs.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
            for data_id in ids:  # one at a time: the Butler's own bulk inserts have the race that ours withstand
                for attempt in range(5):
                    try:
                        dst.transfer_dimension_records_from(src, [data_id])
                        break
                    except sqlalchemy.exc.DatabaseError:
                        continue
        for part, run in enumerate(runs):
            error = run.communicate()[1]
            bench.check(f"race {number}, writer {part}", run.returncode == 0, error)
        done = bench.run(f"race {number}: compare", "compare", source.url, target.url)
        bench.check(f"race {number}: all there", done.stdout == "0 differences\n", done.stdout)


def texts(bench: Bench, seed: str, count: int) -> None:
    """Many texts and numbers, straight through PyYAML, without a repository."""
    maker = Maker(f"texts {seed}")
    names = {t: None for t in (*NASTY, *LENGTHS, *(maker.text() for _ in range(count)))}
    data = dict(description="Butler Data Repository Export", version="1.0.2", universe_version=8, universe_namespace="daf_butler",
                data=[dict(type="dimension", element="group",
                           records=[dict(instrument="A", name=t) for t in sorted(names)])])  # fmt: skip
    want = yaml.dump(data, sort_keys=False)
    (bench.root / "texts.yaml").write_text(want)
    bench.run("texts", "rewrite", bench.root / "texts.yaml", bench.root / "texts.out")
    got = (bench.root / "texts.out").read_bytes()
    bench.check(f"{len(names)} texts", want.encode() == got, first_difference(want.encode(), got))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--pg", default=os.environ.get("PG_URL"), help="postgresql://...; its schemas dim_* are replaced")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="dimensions-") as folder:
        bench = Bench(args.program, pathlib.Path(folder), args.pg)
        texts(bench, args.seed, 2000)
        for number in range(args.rounds):
            round_trip(bench, number, args.seed)
        if args.pg and args.rounds:
            races(bench, args.seed)
        if args.rounds:
            spellings(bench)
    print(f"{bench.passed} passed, {bench.failed} failed")
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
