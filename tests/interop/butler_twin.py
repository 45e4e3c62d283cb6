# SPDX-License-Identifier: BSD-3-Clause
"""Twin repositories: what the library does to one, the real Butler does to the other; then all rows are compared.

    butler_twin.py --tool build/tests/interop/butler-tool [--db sqlite|postgres|both] [--only NAME] [--keep DIR]

PostgreSQL is the one that $PG_URL names, or one of our own. The last line is `N passed, N failed`.
"""

import logging
import multiprocessing
import os
import re
import subprocess
import sys
import time
import traceback

import psycopg
from lsst.daf.butler import Butler, CollectionType, DatasetType

import twin_main
import world_build
import worlds
from tables import Database, differences, dump

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Dimension sets of every kind of key: none, text, sky pixels, calibration, governors of both kinds.
TYPES = {
    "packages": ((), "Packages", False),
    "bias": (("instrument", "detector"), "ExposureF", True),
    "crosstalk": (("instrument", "detector"), "CrosstalkCalib", True),
    "flat": (("instrument", "detector", "physical_filter"), "ExposureF", True),
    "camera": (("instrument",), "Camera", True),
    "skyMap": (("skymap",), "SkyMap", False),
    "deep_coadd": (("skymap", "tract", "patch", "band"), "ExposureF", False),
    "warp": (("instrument", "skymap", "tract", "patch", "visit"), "ExposureF", False),
    "visit_image": (("instrument", "visit", "detector"), "ExposureF", False),
    "reference": (("htm7",), "SimpleCatalog", False),
    "group_info": (("instrument", "group", "detector"), "StructuredDataDict", False),
    "subfiltered": (("band", "subfilter", "skymap", "tract"), "ExposureF", False),
    "raw_log": (("instrument", "exposure", "detector"), "ButlerLogRecords", False),
}


class Twins:
    """A source repository, and two equal destinations: `ours` and `theirs`."""

    def __init__(self, root, db, universe, datasets, datastore, pg, tool):
        self.root, self.db, self.pg, self.tool = root, db, pg, tool
        spec = worlds.generate(11, db)
        common = dict(universe=universe, datasets=datasets)
        spec["source"].update(universe=universe, datasets="2.0.0", datastore="file")
        spec["destinations"] = [
            dict(spec["destinations"][0], **common, datastore=datastore, dataset_types=False, records="instrument", preloaded=False)
        ]
        if spec["source"]["namespace"]:
            spec["source"]["namespace"] = "twin_source_é"
            spec["destinations"][0]["namespace"] = "twin_ours"
        spec["tracts"] = 4
        consistent(spec)
        os.makedirs(root)
        self.source = world_build.build(spec, root, pg)
        self.spec = spec
        self.ours, self.theirs = f"{root}/dest", f"{root}/dest_twin"
        self.exposures = [e for e in spec["exposures"] if e["datasets"]]
        self.zips = {}

    def refs(self, exposure):
        return [self.source.get_dataset(d["id"], dimension_records=True) for d in exposure["datasets"]]

    def zip(self, exposure):
        """A zip of the exposure's datasets, made by the real Butler."""
        key = exposure["record"]["obs_id"]
        if not os.path.exists(self.zips.get(key, "")):
            os.makedirs(f"{self.root}/zips", exist_ok=True)
            self.zips[key] = self.source.retrieve_artifacts_zip(self.refs(exposure), destination=f"{self.root}/zips").ospath
        return self.zips[key]

    def run(self, *arguments, code=0):
        done = subprocess.run([self.tool, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != code:
            raise RuntimeError(f"butler-tool {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}{done.stdout[-2000:]}")
        return done.stdout if code == 0 else done.stderr

    def compare(self, what):
        return [f"{what}: {line}" for line in differences(dump(self.ours), dump(self.theirs)) + structure_differences(self)]

    def execute(self, *statements):
        """Changes rows of our repository behind the Butler's back."""
        if self.db == "postgres":
            with psycopg.connect(self.pg, autocommit=True) as c:
                c.execute('SET search_path TO "twin_ours"')
                for s in statements:
                    c.execute(s)
        else:
            import sqlite3

            with sqlite3.connect(f"{self.ours}/gen3.sqlite3") as c:
                for s in statements:
                    c.execute(s)


def structure_differences(twins):
    """Names and definitions of tables, constraints, indexes and sequences, and the sequences' values."""
    a, b = structure(twins.ours), structure(twins.theirs)
    return [f"ours alone: {x}" for x in sorted(a - b)][:4] + [f"theirs alone: {x}" for x in sorted(b - a)][:4]


def structure(repository):
    d = Database(repository)
    try:
        if d.namespace is None:
            rows = d.rows("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            return {re.sub(r"\s+", " ", f"{t} {n} {s}".replace('"', "")) for t, n, s in rows}
        found = set()
        where = f"n.nspname = '{d.namespace}'"
        for name, definition in d.rows(
            "SELECT c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c"
            f" JOIN pg_namespace n ON n.oid = c.connamespace WHERE {where}"
        ):
            found.add(f"constraint {name} {definition}")
        for name, definition in d.rows(f"SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = '{d.namespace}'"):
            found.add(f"index {name} {definition}")
        for name, kind, start, step, last in d.rows(
            "SELECT sequencename, data_type, start_value, increment_by, last_value"
            f" FROM pg_sequences WHERE schemaname = '{d.namespace}'"
        ):
            found.add(f"sequence {name} {kind} {start} {step} last {last}")
        return {x.replace(d.namespace, "SCHEMA") for x in found}
    finally:
        d.connection.close()


def consistent(spec):
    """A few exposures with files; a visit of several keeps those of its own night and filter, as the Butler's joins see no others."""
    spec["exposures"] = [e for e in spec["exposures"] if e["present"]][:6]
    records = {e["record"]["id"]: e["record"] for e in spec["exposures"]}
    spec["visits"] = [v for v in spec["visits"] if v["exposure"] in records]
    for v in spec["visits"]:
        own = records[v["exposure"]]
        v["members"] = [
            m
            for m in v["members"]
            if m in records and all(records[m][k] == own[k] for k in ("instrument", "day_obs", "physical_filter"))
        ]


# ---- the checks: each returns lines that say what is wrong


def dataset_type(name, universe):
    dimensions, storage_class, calibration = TYPES[name]
    return DatasetType(name, dimensions, storage_class, universe=universe, isCalibration=calibration)


def check_types(twins):
    """Dataset types of every kind of dimension set: rows, tables, keys, indexes and sequences."""
    with Butler.from_config(f"{twins.root}/source", writeable=True) as source:
        for name in TYPES:
            source.registry.registerDatasetType(dataset_type(name, source.dimensions))
    lines = []
    with Butler.from_config(twins.theirs, writeable=True) as theirs:
        for name in TYPES:
            theirs.registry.registerDatasetType(dataset_type(name, theirs.dimensions))
            twins.run("register", twins.ours, f"{twins.root}/source", name)
            lines += twins.compare(f"dataset type {name}")
            if lines:
                return lines
    twins.run("register", twins.ours, f"{twins.root}/source", *TYPES)
    lines += twins.compare("dataset types again")
    with Butler.from_config(twins.ours, writeable=True) as ours:
        for name in TYPES:
            if ours.get_dataset_type(name) != dataset_type(name, ours.dimensions):
                lines.append(f"{name}: the Butler reads {ours.get_dataset_type(name)}")
    twins.execute("UPDATE dataset_type SET storage_class = 'ExposureI' WHERE name = 'bias'")
    said = twins.run("register", twins.ours, f"{twins.root}/source", "bias", code=1)
    if "PPS_E_CONFLICT" not in said or "ExposureI" not in said:
        lines.append(f"a conflicting definition: {said}")
    twins.execute("UPDATE dataset_type SET storage_class = 'ExposureF' WHERE name = 'bias'")
    return lines + twins.compare("after the conflict")


def check_runs(twins):
    names = ["b/second", "a/first", "Ω run"]
    with Butler.from_config(twins.theirs, writeable=True) as theirs:
        for name in sorted(names):
            theirs.collections.register(name, CollectionType.RUN)
        theirs.collections.register("tagged", CollectionType.TAGGED)
    twins.run("runs", twins.ours, *names)
    twins.run("runs", twins.ours, *names)
    with Butler.from_config(twins.ours, writeable=True) as ours:
        ours.collections.register("tagged", CollectionType.TAGGED)
    lines = twins.compare("runs")
    said = twins.run("runs", twins.ours, "new", "tagged", code=1)
    if "PPS_E_CONFLICT" not in said:
        lines.append(f"a run that is TAGGED: {said}")
    return lines + twins.compare("runs after the conflict")


def check_ingest(twins):
    """Records, then the zip; again; completed from every partial state; refused when something else is there."""
    lines = []
    with Butler.from_config(twins.theirs, writeable=True) as theirs:
        for exposure in twins.exposures:
            refs, path = twins.refs(exposure), twins.zip(exposure)
            instrument, number = exposure["record"]["instrument"], exposure["record"]["id"]
            if twins.db == "sqlite":  # where a failure uses up no number of a sequence
                said = twins.run("ingest", twins.ours, path, code=1)
                if "PPS_E_NOTFOUND" not in said or "dimension records" not in said:
                    lines.append(f"ingest without dimension records: {said}")
            theirs.transfer_dimension_records_from(twins.source, refs)
            for t in {r.datasetType for r in refs}:
                theirs.registry.registerDatasetType(
                    DatasetType(t.name, t.dimensions.required, t.storageClass_name, universe=theirs.dimensions)
                )
            theirs.ingest_zip(path, transfer="direct")
            twins.run("transfer", f"{twins.root}/source", twins.ours, "raw,guider_raw", "*/raw/all,*/raw/guider", instrument,
                      f"exposure = {number}", "refs")
            verified = twins.run("verify", twins.ours, path)
            n = len(refs)
            if not verified.startswith(f"datasets {n} missing {n} different 0"):
                lines.append(f"verify before: {verified[:300]}")
            done = twins.run("ingest", twins.ours, path)
            if not done.startswith(f"datasets {n} missing {n} different 0 inserted"):
                lines.append(f"ingest: {done[:300]}")
            lines += twins.compare("ingest")
            done = twins.run("ingest", twins.ours, path).splitlines()
            if done != [f"datasets {n} missing 0 different 0 inserted 0"]:
                lines.append(f"ingest again: {done[:3]}")
            lines += twins.compare("ingest again")
            if lines:
                return lines
    return lines + check_partial(twins) + check_conflicts(twins)


def record_tables(twins):
    d = Database(twins.ours)
    try:
        return [t for t in d.tables() if t.endswith("_records")]
    finally:
        d.close()


def check_partial(twins):
    lines, path = [], twins.zip(twins.exposures[0])
    refs = twins.refs(twins.exposures[0])
    key = str(refs[-1].id) if twins.db == "postgres" else refs[-1].id.hex
    tags = next(r["tag_association_table"] for r in Database(twins.ours).records("dataset_type")[1] if r["name"] == refs[-1].datasetType.name)
    records = [f"DELETE FROM {t} WHERE dataset_id = '{key}'" for t in record_tables(twins)]
    location = [f"DELETE FROM dataset_location WHERE dataset_id = '{key}'"]
    tag = [f"DELETE FROM {tags} WHERE dataset_id = '{key}'"]
    dataset = [f"DELETE FROM dataset WHERE id = '{key}'"]
    summary = ["DELETE FROM collection_summary_instrument", "DELETE FROM collection_summary_dataset_type"]
    everything = [*[f"DELETE FROM {t}" for t in [*record_tables(twins), "dataset_location", tags, "dataset"]], *summary]
    for what, statements in dict(record=records, location=location, tag=tag, files=records + location,
                                 dataset=records + location + tag + dataset).items():
        twins.execute(*statements)
        if not twins.compare(what):
            lines.append(f"{what}: deleting it made no difference")
        verified = twins.run("verify", twins.ours, path)
        if not verified.startswith(f"datasets {len(refs)} missing 1 different 0"):
            lines.append(f"verify without {what}: {verified[:300]}")
        dry = twins.run("dry-run", twins.ours, path)
        if not dry.startswith(f"datasets {len(refs)} missing 1 different 0"):
            lines.append(f"dry run without {what}: {dry[:300]}")
        twins.run("ingest", twins.ours, path)
        lines += twins.compare(f"completed {what}")
    twins.execute(*everything)
    for exposure in twins.exposures:
        twins.run("ingest", twins.ours, twins.zip(exposure))
    return lines + twins.compare("completed everything")


def check_conflicts(twins):
    """Something else is there: refused by name, nothing changed."""
    lines, path = [], twins.zip(twins.exposures[0])
    ref = twins.refs(twins.exposures[0])[0]
    key = str(ref.id) if twins.db == "postgres" else ref.id.hex
    other = "01234567-89ab-7def-8123-456789abcdef"
    stranger = other if twins.db == "postgres" else other.replace("-", "")
    cases = {}
    for table in record_tables(twins):
        d = Database(twins.ours)
        has = [r for r in d.records(table)[1] if str(r["dataset_id"]).replace("-", "") == ref.id.hex]
        d.close()
        if has:
            cases["bytes"] = [f"UPDATE {table} SET file_size = file_size + 1 WHERE dataset_id = '{key}'"], \
                [f"UPDATE {table} SET file_size = file_size - 1 WHERE dataset_id = '{key}'"]
            cases["its file is"] = [f"UPDATE {table} SET path = path || 'x' WHERE dataset_id = '{key}'"], \
                [f"UPDATE {table} SET path = substr(path, 1, length(path) - 1) WHERE dataset_id = '{key}'"]
    d = Database(twins.ours)
    tags = next(r["tag_association_table"] for r in d.records("dataset_type")[1] if r["name"] == ref.datasetType.name)
    d.close()
    run = "(SELECT collection_id FROM collection WHERE name = '%s')"
    cases["its run is b/second"] = [f"UPDATE dataset SET run_id = {run % 'b/second'} WHERE id = '{key}'"], \
        [f"UPDATE dataset SET run_id = {run % ref.run} WHERE id = '{key}'"]
    cases["another dataset"] = [
        f"INSERT INTO dataset SELECT '{stranger}', dataset_type_id, ingest_date, run_id FROM dataset WHERE id = '{key}'",
        f"UPDATE {tags} SET dataset_id = '{stranger}' WHERE dataset_id = '{key}'",
    ], [f"UPDATE {tags} SET dataset_id = '{key}' WHERE dataset_id = '{stranger}'", f"DELETE FROM dataset WHERE id = '{stranger}'"]
    for what, (damage, repair) in cases.items():
        twins.execute(*damage)
        before = dump(twins.ours)
        said = twins.run("ingest", twins.ours, path, code=1)
        if "PPS_E_CONFLICT" not in said or str(ref.id) not in said or what not in said:
            lines.append(f"{what}: {said}")
        if before != dump(twins.ours):
            lines.append(f"{what}: something was changed")
        verified = twins.run("verify", twins.ours, path)
        if "different 1" not in verified.splitlines()[0]:
            lines.append(f"{what}: verify says {verified[:300]}")
        twins.execute(*repair)
    return lines + twins.compare("after the conflicts")


def check_with_visits(twins):
    """Records with visits: the real Butler's transfer of the visits' data IDs beside the raws'."""
    lines = []
    for exposure in twins.exposures:
        record = exposure["record"]
        twins.run("transfer", f"{twins.root}/source", twins.ours, "raw,guider_raw", "*/raw/all,*/raw/guider", record["instrument"],
                  f"exposure = {record['id']}", "with_visits")
    with Butler.from_config(twins.theirs, writeable=True) as theirs:
        query = twins.source.registry.queryDimensionRecords
        for exposure in twins.exposures:
            key = dict(instrument=exposure["record"]["instrument"])
            for definition in query("visit_definition", exposure=exposure["record"]["id"], **key):
                key["visit"] = definition.visit
                regions = query("visit_detector_region", **key)
                ids = [twins.source.registry.expandDataId(**key), *[r.dataId for r in regions]]
                theirs.transfer_dimension_records_from(twins.source, ids)
    return lines + twins.compare("records with visits")


def check_tracts(twins):
    """Tracts of each exposure are those of the real Butler's join of visit and tract."""
    lines = []
    for exposure in twins.spec["exposures"]:
        r = exposure["record"]
        with twins.source.query() as q:
            rows = q.join_dimensions(["exposure", "visit", "tract"]).where(
                instrument=r["instrument"], exposure=r["id"], skymap=worlds.SKYMAP).data_ids(["visit", "tract"])
            wanted = sorted({d["tract"] for d in rows})
        ours = [int(x) for x in twins.run("tracts", f"{twins.root}/source", r["instrument"], r["id"], worlds.SKYMAP).split()]
        if ours != wanted:
            lines.append(f"{r['obs_id']}: tracts {ours}, not {wanted}")
    if "PPS_E_NOTFOUND" not in twins.run("tracts", f"{twins.root}/source", "LSSTCam", 1, "nosky", code=1):
        lines.append("an unknown skymap is not refused")
    return lines


def check_lookups(twins):
    """Datasets, their data IDs, URIs and runs, and collections, as the real Butler finds them."""
    lines = []
    for repository in (f"{twins.root}/source", twins.theirs):
        ours = {}
        for line in twins.run("datasets", repository, "raw,guider_raw*", "*/raw/*", "", "").splitlines():
            words = line.split("\t")
            ours[words[0]] = words[1:3], sorted(words[3:-4]), words[-4:]
        with Butler.from_config(repository) as butler:
            wanted = {}
            runs = [c for c in butler.collections.query("*/raw/*")]
            for t in [t.name for t in butler.registry.queryDatasetTypes(["raw", "guider_raw"])]:
                for ref in butler.query_datasets(t, collections=runs, explain=False, limit=None, with_dimension_records=True):
                    record = butler._datastore.export_records([ref])
                    info = next(iter(next(iter(record.values())).records.values()))
                    info = next(iter(info.values()))[0]
                    keys = sorted(f"{k}={v}" for k, v in ref.dataId.mapping.items())
                    wanted[str(ref.id)] = [t, ref.run], keys, [str(butler.getURI(ref)), str(info.file_size), info.formatter, info.storageClass.name]
        if ours != wanted:
            diff = [k for k in {**ours, **wanted} if ours.get(k) != wanted.get(k)]
            lines.append(f"{len(diff)} of {len(wanted)} datasets: {ours.get(diff[0])} not {wanted.get(diff[0])}")
    with Butler.from_config(f"{twins.root}/source", writeable=True) as source:
        c = source.collections
        if "chain/top" not in c.query("*", include_chains=True):
            instrument = twins.spec["instruments"][0]["name"]
            c.register("chain/inner", CollectionType.CHAINED)
            c.register("chain/top", CollectionType.CHAINED)
            c.redefine_chain("chain/inner", [f"{instrument}/raw/guider", f"{instrument}/raw/all"])
            c.redefine_chain("chain/top", ["chain/inner"])
            c.register("z/run", CollectionType.RUN)
            c.prepend_chain("chain/top", "z/run")
        for expression in (["chain/top"], ["chain/inner", "z/run"], ["*/raw/all", "chain/top"]):
            wanted = list(c.query(expression, flatten_chains=True, include_chains=False))
            ours = [x.rsplit(" ", 1)[0] for x in twins.run("collections", f"{twins.root}/source", *expression).splitlines()]
            if ours != wanted:
                lines.append(f"collections {expression}: {ours}, not {wanted}")
    return lines


CHECKS = (check_tracts, check_types, check_runs, check_ingest, check_lookups, check_with_visits)


# ---- many writers at once


def python_writer(repository, source, zips, refs, start, failures):
    """A Butler process that ingests the zips; those that another was first with are fine."""
    logging.disable(logging.WARNING)
    world_build.install_stand_ins()
    try:
        with Butler.from_config(source) as s, Butler.from_config(repository, writeable=True) as b:
            start.wait()
            for path, ids in zip(zips, refs, strict=True):
                for attempt in range(20):
                    try:
                        b.transfer_dimension_records_from(s, [s.get_dataset(i, dimension_records=True) for i in ids])
                        b.ingest_zip(path, transfer="direct", skip_existing=True)
                        break
                    except Exception as error:  # two Butlers at once: one of them loses, and tries again
                        last = error
                        time.sleep(0.05 * attempt)
                else:
                    failures.put(f"python: {path}: {type(last).__name__}: {str(last)[:300]}")
    except Exception:
        failures.put(traceback.format_exc())


def check_storm(twins):
    """Four Python Butlers and two processes of ours ingest the same zips; the end is what one alone would have made."""
    lines = []
    zips = [twins.zip(e) for e in twins.exposures]
    refs = [[d["id"] for d in e["datasets"]] for e in twins.exposures]
    with Butler.from_config(twins.theirs, writeable=True) as theirs:
        world_build.register_dataset_types(theirs)
        for path, ids in zip(zips, refs, strict=True):
            theirs.transfer_dimension_records_from(twins.source, [twins.source.get_dataset(i, dimension_records=True) for i in ids])
            theirs.ingest_zip(path, transfer="direct")
    with Butler.from_config(twins.ours, writeable=True) as ours:
        world_build.register_dataset_types(ours)
        for ids in refs:
            ours.transfer_dimension_records_from(twins.source, [twins.source.get_dataset(i, dimension_records=True) for i in ids])
    context = multiprocessing.get_context("spawn")
    start, failures = context.Barrier(5), context.Queue()
    writers = [context.Process(target=python_writer, args=(twins.ours, f"{twins.root}/source", zips[k:] + zips[:k], refs[k:] + refs[:k], start, failures))
               for k in range(4)]
    for w in writers:
        w.start()
    start.wait()
    tools = [subprocess.Popen([twins.tool, "storm", twins.ours, *order], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
             for order in (zips, zips[::-1])]
    for t in tools:
        out, said = t.communicate()
        if t.returncode:
            lines.append(f"ours: {said}")
    for w in writers:
        w.join()
    while not failures.empty():
        lines.append(failures.get())
    for path in zips:
        said = twins.run("verify", twins.ours, path).splitlines()[0]
        if "missing 0 different 0" not in said:
            lines.append(f"after the storm: {said}")
    return lines + [f"after the storm: {line}" for line in differences(dump(twins.ours), dump(twins.theirs))]


# ---- running


def configurations():
    """Repositories of each kind, and the checks, in groups: each group begins with a world as it was made."""
    yield dict(universe=8, datasets="2.0.0", datastore="file"), (CHECKS, (check_storm,))
    yield dict(universe=7, datasets="1.0.0", datastore="chain"), ((check_runs, check_ingest),)
    yield dict(universe=8, datasets="2.0.0", datastore="chain_compact"), ((check_runs, check_ingest),)
    yield dict(universe=7, datasets="2.0.0", datastore="named"), ((check_runs, check_types, check_ingest),)


if __name__ == "__main__":
    sys.exit(twin_main.main(__doc__, Twins, list(configurations())))
