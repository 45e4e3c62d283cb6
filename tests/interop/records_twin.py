# SPDX-License-Identifier: BSD-3-Clause
"""Dimension records of data IDs of many dimensions: what the library brings to one repository, the real Butler's
transfer_dimension_records_from() and syncDimensionData() bring to its twin; then all rows are compared, sky pixels too.

    records_twin.py --tool build/tests/interop/records-tool [--db sqlite|postgres|both] [--only NAME] [--seconds N] [--long]

PostgreSQL is the one that $PG_URL names, or one of our own. The last line is `N passed, N failed`.
"""

import argparse
import contextlib
import json
import logging
import multiprocessing
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback

import psycopg
from lsst.daf.butler import Butler, DataCoordinate, Timespan

import world_build
import worlds
from postgres import Postgres, drop_schema, one_connection
from tables import Database, differences, dump

INSTRUMENTS = ("LSSTCam", "LATISS")
PLAIN = ("instrument", "detector", "physical_filter", "visit_system", "group", "day_obs", "exposure", "visit", "skymap", "tract", "patch", "subfilter",
         "visit_definition", "visit_detector_region", "visit_system_membership", "ssp_hypothesis_table", "ssp_hypothesis_bundle", "ssp_balanced_index")
# Sets of dimensions, as dataset types have them; each one alone, then all at once.
GROUPS = {
    "nothing": (),
    "instrument": ("instrument",),
    "detector": ("instrument", "detector"),
    "filter": ("instrument", "detector", "physical_filter"),
    "raw": ("instrument", "exposure", "detector"),
    "exposure": ("instrument", "exposure"),
    "group": ("instrument", "group", "detector"),
    "day": ("instrument", "day_obs"),
    "visit": ("instrument", "visit"),
    "visit image": ("instrument", "visit", "detector"),
    "exposure and visit": ("instrument", "exposure", "visit"),
    "visit and system": ("instrument", "visit_system", "visit"),
    "tract": ("skymap", "tract"),
    "coadd": ("band", "skymap", "tract", "patch"),
    "warp": ("instrument", "skymap", "tract", "patch", "visit"),
    "subfiltered": ("band", "skymap", "subfilter", "tract"),
    "visit of a group": ("instrument", "visit", "group", "detector"),
    "sky pixel": ("htm7",),
    "pixels and visit": ("instrument", "healpix3", "visit"),
}


def span(rng, begin):
    return rng.choice((Timespan(None, None, _nsec=(begin, begin + 31 * 10**9)), Timespan(None, None, _nsec=(begin, begin + 1)), None))


def fill(butler, rng):
    """Visits of one and of several exposures, some of another night or filter; regions of every shape, or none; odd texts."""
    registry, spec = butler.registry, dict(instruments=[dict(name=n) for n in INSTRUMENTS])
    world_build.base_records(butler, spec)
    world_build.sky_map(butler, 3)
    patches = [dict(skymap=worlds.SKYMAP, tract=5000 + t, id=p, cell_x=p, cell_y=t, region=world_build.polygon(150 + 3 * t, -30 + p / 4, 0.3, 4))
               for t in range(3) for p in range(4)]
    registry.insertDimensionData("patch", *patches)
    registry.insertDimensionData("subfilter", *[dict(band=b, id=i) for b in ("g", "r") for i in range(2)])
    for name in INSTRUMENTS:
        fill_instrument(registry, rng, name)
    if "ssp_hypothesis_table" in butler.dimensions.elements.names:
        registry.insertDimensionData("ssp_hypothesis_table", dict(name="orbits é"))
        registry.insertDimensionData("ssp_hypothesis_bundle", *[dict(ssp_hypothesis_table="orbits é", id=i) for i in range(3)])


def fill_instrument(registry, rng, name):
    exposures, detectors = [], [d[0] for d in worlds.all_detectors(name)][:6]
    noon = world_build.noon_of(20251202)
    for day in (20251202, 20251203):
        registry.insertDimensionData("day_obs", dict(instrument=name, id=day, timespan=rng.choice((None, Timespan(None, None, _nsec=(noon, noon + 10**14))))))
    groups = [f"{name} {t}" for t in ("group", "O'Neil", 'quote"d', "back\\slash", "Ω Cen", "tab\there", "😀")]
    registry.insertDimensionData("group", *[dict(instrument=name, name=g) for g in groups])
    for k in range(8):
        number = (20251202 + k % 2) * 100000 + k
        exposures.append(dict(
            instrument=name, id=number, day_obs=20251202 + k % 2, group=groups[k % len(groups)], physical_filter=("r_57", "g_6")[k // 2 % 2],
            obs_id=f"{name}_O_{k}", exposure_time=rng.choice(worlds.FLOATS), target_name=rng.choice(worlds.TARGETS), seq_num=k,
            observation_type="science", can_see_sky=rng.choice((True, False, None)), timespan=span(rng, noon + k * 10**11)))
    registry.insertDimensionData("exposure", *exposures)
    for k, e in enumerate(exposures[:6]):
        number = e["id"] + 50000
        registry.insertDimensionData("visit", visit_record(rng, e, number, k))
        members = {e["id"], rng.choice(exposures)["id"]} if k % 2 else {e["id"]}
        registry.insertDimensionData("visit_definition", *[dict(instrument=name, exposure=m, visit=number) for m in sorted(members)])
        registry.insertDimensionData("visit_system_membership", *[dict(instrument=name, visit_system=s, visit=number) for s in ((0, 2), (2,), ())[k % 3]])
        seen = detectors if k != 3 else []
        registry.insertDimensionData("visit_detector_region", *[region_record(name, number, d, k) for d in seen])


def visit_record(rng, e, number, k, **changed):
    shape = None if k == 4 else dict(shape=("polygon", "box", "circle", "union")[k % 4], ra=150.0 + k, dec=-30.0, size=1.0)
    keys = ("instrument", "day_obs", "physical_filter", "seq_num", "exposure_time", "target_name", "timespan")
    return {**{key: e[key] for key in keys}, "id": number, "name": f"{e['obs_id']} visit", "region": world_build.make_region(shape), **changed}


def region_record(name, number, detector, k, size=0.2):
    return dict(instrument=name, visit=number, detector=detector, region=None if detector == 2 else world_build.polygon(150 + k, -30 + detector / 9, size, 4))


class Twins:
    """A source, and two destinations that are equal: `ours` and `theirs`."""

    def __init__(self, root, db, universes, pg, tool, seed=1):
        self.root, self.db, self.pg, self.tool, self.rng = root, db, pg, tool, random.Random(seed)
        os.makedirs(root)
        self.source = self.make("source", universes[0])
        fill(self.source, self.rng)
        self.theirs = self.make("theirs", universes[1])
        self.make("ours", universes[1]).close()
        here = Database(f"{self.root}/ours").tables()
        of_pixels = [f"{x}_skypix_overlap" for x in ("visit", "visit_detector_region", "tract", "patch")]
        self.tables = [t for t in (*of_pixels, *[f"{x}_summary" for x in of_pixels], *reversed(PLAIN)) if t in here]

    def make(self, name, universe):
        namespace = f"records {name}".replace(" ", "_") if self.db == "postgres" else None
        if namespace:
            drop_schema(self.pg, namespace)
        repo = dict(name=name, universe=universe, datasets="2.0.0", datastore="file", namespace=namespace)
        return world_build.make_repository(f"{self.root}/{name}", repo, self.pg)

    def close(self):
        self.source.close()
        self.theirs.close()

    def names(self, group):
        return [n for n in self.source.dimensions.conform(group).required]

    def ids(self, group):
        """Data IDs of all records that there are; where no join says which belong together, some of each."""
        names = self.names(group)
        if not names:
            return [DataCoordinate.make_empty(self.source.dimensions)]
        if "htm7" in names:
            return [DataCoordinate.standardize(htm7=n, universe=self.source.dimensions) for n in (2**15, 2**15 + 5)]
        extra = dict(healpix3=7) if "healpix3" in names else {}
        known = [n for n in names if n not in extra]
        with self.source.query() as query:
            found = sorted(query.join_dimensions(known).data_ids(known), key=str)
        self.rng.shuffle(found)
        return [DataCoordinate.standardize(dict(d.required) | extra, dimensions=self.source.dimensions.conform(group)) for d in found[:40]]

    def python(self, ids):
        """The Butler's way; expanded one by one, since its bulk look-up ends where a visit has no region of a detector."""
        self.theirs.transfer_dimension_records_from(self.source, [self.source.registry.expandDataId(d) for d in ids])

    def line(self, *lists):
        found = []
        for ids in lists:
            names = list(ids[0].dimensions.required) if ids else []
            found.append(dict(dimensions=names, values=[d[n] for d in ids for n in names]))
        return json.dumps(found, ensure_ascii=False)

    def run(self, *lines, code=0):
        """Lines of VERB and data IDs."""
        done = subprocess.run([self.tool, f"{self.root}/source", f"{self.root}/ours"], input="".join(f"{x}\n" for x in lines),
                              capture_output=True, text=True)
        if done.returncode != code:
            raise RuntimeError(f"records-tool {lines[0][:20]}: exit {done.returncode}\n{done.stderr}{done.stdout[-2000:]}")
        return done.stdout if code == 0 else done.stderr

    def counts(self, line, *verbs):
        """For each verb: (records inserted, records revised), and what it told before."""
        found, told = [], []
        for x in self.run(*[f"{v} {line}" for v in verbs]).splitlines():
            if x.startswith("differs "):
                told.append(x)
            else:
                found.append((tuple(int(n) for n in x.split()[:2]), told))
                told = []
        return found

    def compare(self, what):
        return [f"{what}: {line}" for line in differences(dump(f"{self.root}/ours"), dump(f"{self.root}/theirs"))]

    def rows(self, which="ours"):
        """How many records there are, sky pixels not counted."""
        found = dump(f"{self.root}/{which}")
        return sum(len(v) for k, v in found.items() if k in PLAIN)

    @contextlib.contextmanager
    def behind(self, which):
        """A connection to change rows without the Butler."""
        if self.db == "postgres":
            with psycopg.connect(self.pg) as c:
                c.execute(f'SET search_path TO "records_{which}"')
                yield c
        else:
            with contextlib.closing(sqlite3.connect(f"{self.root}/{which}/gen3.sqlite3")) as c, c:
                yield c

    def empty(self):
        """No records in either destination."""
        for which in ("ours", "theirs"):
            with self.behind(which) as c:
                for t in self.tables:
                    c.execute(f'DELETE FROM "{t}"')

    def change(self, element, **columns):
        """Revises a record of the source, by the Butler; returns it."""
        keys = {k: columns.pop(k) for k in list(columns) if k in ("instrument", "visit", "detector", "exposure")}
        (record,) = self.source.query_dimension_records(element, explain=False, **keys)
        new = {**record.toDict(), **columns}
        self.source.registry.insertDimensionData(element, new, replace=True)
        return element, new


# ---- the checks: each returns lines that say what is wrong


def check_groups(twins):
    """Each set of dimensions alone into empty repositories; a second time nothing; the dry run says how many."""
    lines = []
    for name, group in GROUPS.items():
        twins.empty()
        ids = twins.ids(group)
        twins.python(ids)
        line = twins.line(ids)
        wanted = twins.rows("theirs")
        found = twins.counts(line, "dry-run", "look", "ensure", "ensure", "revise")
        if found != [((n, 0), []) for n in (wanted, wanted, wanted, 0, 0)]:
            lines.append(f"{name}: {wanted} records, {found}")
        lines += twins.compare(name)
    return lines


def check_mixtures(twins):
    """Several sets at once, which changes what visits bring; one after the other without emptying."""
    lines = []
    for names in (("visit", "visit image"), ("raw", "visit"), ("group", "day", "visit"), tuple(GROUPS)):
        twins.empty()
        lists = [twins.ids(GROUPS[n])[: 5 if n == "visit image" else 99] for n in names]
        twins.python([d for ids in lists for d in ids])
        twins.run("ensure " + twins.line(*lists))
        lines += twins.compare(" + ".join(names))
    twins.empty()
    for name, group in twins.rng.sample(list(GROUPS.items()), len(GROUPS)):
        ids = twins.ids(group)[:3]
        twins.python(ids)
        twins.run("ensure " + twins.line(ids))
        lines += twins.compare(f"after {name}")
    return lines


def everything(twins):
    """Both destinations hold all that the source has of visits and sky maps; the data IDs, and the same as a line."""
    lists = [twins.ids(GROUPS[n]) for n in ("visit", "raw", "coadd", "subfiltered")]
    twins.python([d for ids in lists for d in ids])
    line = twins.line(*lists)
    twins.run(f"ensure {line}")
    return [d for ids in lists for d in ids], line


def check_partial(twins):
    """Rows that are missing anywhere, sky pixels of a record among them, are completed."""
    (_, line), lines = everything(twins), twins.compare("everything")
    tables = ("visit_detector_region_skypix_overlap", "visit_detector_region", "visit_skypix_overlap", "visit_definition",
              "visit_system_membership", "visit", "exposure", "day_obs")
    cases = [[x] for x in ("visit_skypix_overlap WHERE instrument = 'LSSTCam'", "visit_system_membership", "visit_definition WHERE exposure % 2 = 0",
                           "visit_detector_region_skypix_overlap WHERE visit % 2 = 0", "patch_skypix_overlap WHERE patch = 1")]
    for case in cases + [tables[: n + 1] for n in range(len(tables))]:
        with twins.behind("ours") as c:
            gone = [c.execute(f"DELETE FROM {x}").rowcount for x in case]
        if not all(gone):
            lines.append(f"there was nothing to delete: {case} {gone}")
        twins.run(f"ensure {line}")
        lines += twins.compare(f"after DELETE FROM {case}")
    return lines


def revise_source(twins, round_):
    """Changes records of every kind in the source; returns them."""
    visits = sorted({(d["instrument"], d["visit"]) for d in twins.ids(GROUPS["visit"])})
    exposures = sorted({(d["instrument"], d["exposure"]) for d in twins.ids(GROUPS["exposure"])})
    (i, v), (i2, v2), (i3, v3) = visits[6], visits[7], visits[8]
    circle = world_build.make_region(dict(shape="circle", ra=200.0 + round_, dec=10.0, size=1.5))
    changed = [
        twins.change("visit", instrument=i, visit=v, region=circle, target_name=f"revised {round_} Ω"),
        twins.change("visit", instrument=i2, visit=v2, timespan=Timespan(None, None, _nsec=(5 + round_, 10**18))),
        twins.change("visit", instrument=i3, visit=v3, region=None if round_ else circle, exposure_time=float(round_)),
        twins.change("visit_detector_region", instrument=i, visit=v, detector=1, region=world_build.polygon(10 + round_, 5, 0.2, 4)),
        twins.change("visit_detector_region", instrument=i, visit=v, detector=2, region=None if round_ else world_build.polygon(11, 5, 0.4, 4)),
        twins.change("exposure", instrument=exposures[0][0], exposure=exposures[0][1], can_see_sky=None, timespan=None, dark_time=0.1 + round_),
    ]
    (name, number), group = exposures[1], f"moved {round_}"
    twins.source.registry.insertDimensionData("group", dict(instrument=name, name=group))
    changed.append(twins.change("exposure", instrument=name, exposure=number, group=group))
    return changed


def check_revisions(twins):
    """What was revised in the source is replaced with its sky pixels, by name, and nothing else; dependent rows stay."""
    lines, (ids, line) = [], everything(twins)
    for round_ in range(2):
        changed = revise_source(twins, round_)
        if len(set(map(str, changed))) != len(changed):
            lines.append("a revision that is none")
        before = dump(f"{twins.root}/ours")
        (_, told), ((inserted, revised), told_too) = twins.counts(line, "look", "revise")
        keys = {f"differs {e} " + ", ".join(f"{k}={v}" for k, v in twins.source.dimensions[e].RecordClass(**r).dataId.required.items()) for e, r in changed}
        if told != told_too or {x.rsplit(":", 1)[0] for x in told} != keys or revised != len(changed) or inserted != 1:
            lines.append(f"round {round_}: {inserted} inserted, {revised} revised, {sorted(keys)}: {told}")
        if before == dump(f"{twins.root}/ours"):
            lines.append(f"round {round_}: nothing changed")
        twins.python(ids)
        for element, record in changed:
            if round_:
                twins.theirs.registry.insertDimensionData(element, record, replace=True)
            else:
                twins.theirs.registry.syncDimensionData(element, record, update=True)
        lines += twins.compare(f"revised, round {round_}")
        ((again, told),) = twins.counts(line, "revise")
        if again != (0, 0) or told:
            lines.append(f"round {round_}: again {again} {told}")
    return lines


def check_prepare(twins):
    """Instrument and sky map as a new repository needs them; what is there with other content stays and is told of."""
    twins.empty()
    query, lines = twins.source.query_dimension_records, []
    ids = [r.dataId for e in ("detector", "physical_filter") for r in query(e, explain=False, instrument="LSSTCam")]
    ids += [r.dataId for r in query("patch", explain=False, skymap=worlds.SKYMAP)]
    twins.python(ids)
    line = json.dumps([["LSSTCam"], [worlds.SKYMAP]])
    wanted = twins.rows("theirs")
    for n in (wanted, 0):
        ((found, told),) = twins.counts(line, "prepare")
        if found[0] != n or told:
            lines.append(f"prepare: {found[0]} instead of {n}: {told[:3]}")
        lines += twins.compare("prepared")
    for names in ('[["NoCam"], []]', '[[], ["nosky"]]'):
        said = twins.run(f"prepare {names}", code=1)
        if "PPS_E_NOTFOUND" not in said or "no" not in said.lower():
            lines.append(f"prepare {names}: {said}")
    for which in ("ours", "theirs"):
        with twins.behind(which) as c:
            c.execute("UPDATE tract SET region = NULL WHERE id = 5001")
            c.execute("UPDATE instrument SET visit_max = 5")
    ((found, told),) = twins.counts(line, "prepare")
    if found[0] or told != ["differs instrument instrument=LSSTCam: visit_max", f"differs tract skymap={worlds.SKYMAP}, tract=5001: region"]:
        lines.append(f"prepare with differences: {found} {told}")
    return lines + twins.compare("prepared with differences")


def check_refusals(twins):
    """What cannot be brought is refused by name, and nothing else is changed by it."""
    twins.empty()
    lines, universe = [], twins.source.dimensions
    line = json.dumps([dict(dimensions=["instrument", "exposure"], values=["LSSTCam", 7])])
    cases = [(line, "PPS_E_NOTFOUND", "exposure with instrument=LSSTCam, exposure=7")]
    line = json.dumps([dict(dimensions=["instrument", "detector"], values=["LSSTCam", 9999])])
    cases.append((line, "PPS_E_NOTFOUND", "detector with instrument=LSSTCam, detector=9999"))
    line = json.dumps([dict(dimensions=["instrument", "sausage"], values=["LSSTCam", 1])])
    cases.append((line, "PPS_E_NOTFOUND", "no dimension sausage"))
    line = json.dumps([dict(dimensions=["instrument", "visit"], values=["LSSTCam", "7"])])
    cases.append((line, "PPS_E_ARG", "visit is of another type"))
    if "ssp_hypothesis_table" in universe.elements.names and "ssp_hypothesis_table" not in twins.theirs.dimensions.elements.names:
        line = json.dumps([dict(dimensions=["ssp_hypothesis_table"], values=["orbits é"])])
        cases.append((line, "PPS_E_UNSUPPORTED", "ssp_hypothesis_table"))
    for line, code, words in cases:
        said = twins.run(f"ensure {line}", code=1)
        if code not in said or words not in said:
            lines.append(f"{words}: {said}")
    _, line = everything(twins)
    with twins.behind("ours") as c:
        (number,) = c.execute("SELECT min(id) FROM exposure WHERE instrument = 'LATISS'").fetchone()
        c.execute(f"UPDATE exposure SET obs_id = 'a stranger' WHERE instrument = 'LATISS' AND id = {number}")
        c.execute("DELETE FROM visit_definition")
        c.execute(f"DELETE FROM exposure WHERE instrument = 'LATISS' AND id <> {number}")
        c.execute(f"UPDATE exposure SET obs_id = 'LATISS_O_1' WHERE instrument = 'LATISS' AND id = {number}")
    said = twins.run(f"ensure {line}", code=1)
    if "PPS_E_CONFLICT" not in said or "LATISS_O_1" not in said:
        lines.append(f"an obs_id twice: {said}")
    return lines


def check_ssp(twins):
    """Elements that came with universe 8."""
    if "ssp_hypothesis_table" not in twins.source.dimensions.elements.names or "ssp_hypothesis_table" not in twins.theirs.dimensions.elements.names:
        return []
    twins.empty()
    ids = [DataCoordinate.standardize(ssp_hypothesis_table="orbits é", ssp_hypothesis_bundle=i, universe=twins.source.dimensions) for i in (0, 2)]
    twins.python(ids)
    twins.run("ensure " + twins.line(ids))
    return twins.compare("ssp")


def check_many(twins):
    """More regions than one connection is given, and where there is but one: all of the source's are there, and again nothing to do."""
    with twins.behind("source") as c:
        c.execute("""INSERT INTO visit (instrument, id, day_obs, physical_filter, name) SELECT instrument, id + 1000 + k, day_obs, physical_filter, 'copy ' || k
                     FROM visit, generate_series(1, 60) AS k WHERE instrument = 'LSSTCam' AND id = (SELECT min(id) FROM visit)""")
        c.execute("""INSERT INTO visit_detector_region (instrument, detector, visit) SELECT v.instrument, d.id, v.id
                     FROM visit AS v JOIN detector AS d ON d.instrument = v.instrument WHERE v.name LIKE 'copy %'""")
        visits = [row[0] for row in c.execute("SELECT id FROM visit WHERE name LIKE 'copy %'")]
    line = twins.line([DataCoordinate.standardize(instrument="LSSTCam", visit=v, universe=twins.source.dimensions) for v in visits])
    lines = []
    for ready in (contextlib.nullcontext(), one_connection(twins.pg, f"{twins.root}/ours", "records_ours")):
        twins.empty()
        with ready:
            (first, _), (again, _) = twins.counts(line, "ensure", "ensure")
        ours, source = [[r for r in dump(f"{twins.root}/{which}")["visit_detector_region"] if any(f"visit={v}," in r for v in visits)] for which in ("ours", "source")]
        if ours != source or len(ours) < 10000 or first[0] < len(ours) or again[0]:
            lines.append(f"{len(ours)} regions, the source has {len(source)}; inserted {first} and {again}")
    return lines


# ---- many writers at once


def python_writer(root, lists, stop, failures):
    """A Butler process that brings data IDs over and over; one that loses tries again, as an operator would."""
    logging.disable(logging.WARNING)
    try:
        with Butler.from_config(f"{root}/source") as source, Butler.from_config(f"{root}/ours", writeable=True) as butler:
            while time.monotonic() < stop:
                for keys, group in lists:
                    group = source.dimensions.conform(group)
                    ids = [source.registry.expandDataId(DataCoordinate.standardize(k, dimensions=group)) for k in keys]
                    with contextlib.suppress(Exception):
                        butler.transfer_dimension_records_from(source, ids)
    except Exception:
        failures.put(traceback.format_exc())


def our_writer(tool, root, verb, lines, stop, failures):
    while time.monotonic() < stop:
        done = subprocess.run([tool, f"{root}/source", f"{root}/ours"], input="".join(f"{verb} {x}\n" for x in lines), capture_output=True, text=True)
        if done.returncode:
            failures.put(f"{verb}: {done.stderr}")


def check_storm(twins, seconds):
    """Python Butlers, and ours, bring the same visits at once, while rows go missing: no error, and the rows are the union."""
    twins.empty()
    groups = [GROUPS[n] for n in ("visit image", "visit", "raw", "warp")]
    lists = [twins.ids(g)[:15] for g in groups]
    context = multiprocessing.get_context("spawn")
    failures, stop, jobs = context.Queue(), time.monotonic() + seconds, []
    for n in range(2):
        plain = [([dict(d.required) for d in ids[n::2] + ids], g) for ids, g in zip(lists, groups, strict=True)]
        jobs.append(context.Process(target=python_writer, args=(twins.root, plain[n:] + plain[:n], stop, failures)))
    for verb, order in (("ensure", lists), ("revise", lists[::-1])):
        jobs.append(context.Process(target=our_writer, args=(twins.tool, twins.root, verb, [twins.line(x) for x in order], stop, failures)))
    for j in jobs:
        j.start()
    while time.monotonic() < stop:
        time.sleep(0.3)
        with contextlib.suppress(sqlite3.OperationalError, psycopg.Error), twins.behind("ours") as c:
            c.execute("DELETE FROM visit_detector_region_skypix_overlap")
            c.execute("DELETE FROM visit_detector_region WHERE detector % 2 = 0 AND instrument = 'LSSTCam'")
            c.execute("DELETE FROM visit_definition")
    for j in jobs:
        j.join()
    lines = [failures.get() for _ in range(failures.qsize())]
    for ids in lists:
        twins.run("ensure " + twins.line(ids))
        twins.python(ids)
    return lines + twins.compare("after the storm")


CHECKS = (check_groups, check_mixtures, check_ssp, check_partial, check_revisions, check_prepare, check_refusals)


def worlds_of(db, long):
    """(universe of the source, of the destinations), and which checks. SQLite locks the whole file: a storm there is mostly waiting."""
    yield (8, 8), CHECKS + ((check_storm,) if long or db == "postgres" else ()) + ((check_many,) if db == "postgres" else ())
    yield ((8, 7) if db == "sqlite" else (7, 8)), (check_mixtures, check_refusals) if long or db == "sqlite" else (check_refusals,)


def run(options, db, pg):
    passed = failed = 0
    for universes, checks in worlds_of(db, options.long):
        folder = tempfile.mkdtemp(prefix="records-twin.")
        twins = Twins(f"{folder}/world", db, universes, pg, options.tool)
        for check in checks:
            if options.only and options.only not in check.__name__:
                continue
            start = time.monotonic()
            try:
                lines = check(twins, options.seconds) if check is check_storm else check(twins)
            except Exception:
                lines = [traceback.format_exc()]
            passed, failed = passed + (not lines), failed + bool(lines)
            print(f"{'FAILED' if lines else 'passed'} {db} {universes} {check.__name__} {time.monotonic() - start:.1f} s", flush=True)
            for line in lines[:20]:
                print(f"    {line}")
        twins.close()
        shutil.rmtree(folder)
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--only")
    parser.add_argument("--seconds", type=float, help="of the storm of writers")
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    options.seconds = options.seconds or (60 if options.long else 3)
    options.tool = os.path.abspath(options.tool)
    logging.disable(logging.WARNING)
    dbs = ("sqlite", "postgres") if options.db == "both" else (options.db,)
    passed = failed = 0
    with Postgres("postgres" in dbs) as pg:
        for db in dbs:
            p, f = run(options, db, pg)
            passed, failed = passed + p, failed + f
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0 or passed == 0)


if __name__ == "__main__":
    main()
