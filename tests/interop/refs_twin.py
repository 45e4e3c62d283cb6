# SPDX-License-Identifier: BSD-3-Clause
"""Twin repositories: datasets of many dimensions that the library brings into one, the real Butler's transfer_from() brings into the other;
then all rows and files are compared. What the library finds by UUID is compared with what the Butler finds, times of datasets too.

    refs_twin.py --tool build/tests/interop/refs-tool [--db sqlite|postgres|both] [--only NAME] [--keep DIR]

PostgreSQL is the one that $PG_URL names, or one of our own. The last line is `N passed, N failed`.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
import uuid
from urllib.parse import unquote

import psycopg
import yaml
from lsst.daf.butler import Butler, CollectionType, DatasetRef, DatasetType, FileDataset

import twin_main
import world_build
from butler_twin import TYPES, Twins
from postgres import one_connection
from purge_twin import files_of
from tables import differences, dump

MODES = {"copy": "copy", "hardlink": "hardlink", "direct": "unsafe_direct"}
MORE = {
    "night_report": (("instrument", "day_obs"), "StructuredDataDict", False),
    "visit_summary": (("instrument", "visit"), "ExposureCatalog", False),
    "exposure_only": (("instrument", "exposure"), "StructuredDataDict", False),
    "ring": (("healpix3",), "ArrowAstropy", False),
    "guider_raw": (("instrument", "exposure", "detector"), "ExposureF", False),
}
UNBOUNDED = 4102444800000000000


class World(Twins):
    """The source holds datasets of every kind of dimensions, with files of its own and files elsewhere."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        for folder in (self.ours, self.theirs):
            self.own_constraints(folder)
        self.elsewhere = f"{self.root}/else where"
        os.makedirs(self.elsewhere)
        b = self.source
        for skymap in b.query_dimension_records("skymap", explain=False):
            tracts = b.query_dimension_records("tract", skymap=skymap.name, explain=False, limit=2)
            b.registry.insertDimensionData("patch", *[dict(skymap=skymap.name, tract=t.id, id=3 + k, cell_x=k, cell_y=0, region=t.region)
                                                      for t in tracts for k in range(2)])
        b.registry.insertDimensionData("subfilter", dict(band="r", id=0), dict(band="r", id=1))
        b.collections.register("u/run", CollectionType.RUN, doc="datasets of every kind")
        b.collections.register("u/other run", CollectionType.RUN)
        number = 0
        for name, (dimensions, storage_class, is_calibration) in {**TYPES, **MORE}.items():
            kind = DatasetType(name, dimensions, storage_class, universe=b.dimensions, isCalibration=is_calibration)
            if name != "guider_raw":
                b.registry.registerDatasetType(kind)
            for data_id in self.data_ids(kind):
                number += 1
                self.ingest(b.get_dataset_type(name), data_id, number)
        self.ids = sorted((r.id for r in self.everything(b)), key=str)
        assert len(self.ids) > 60 and len({r.datasetType.name for r in self.everything(b)}) > 15, len(self.ids)

    def own_constraints(self, folder):
        """A chain's constraints as its members' own: the Butler's transfers heed only those."""
        with open(f"{folder}/butler.yaml") as f:
            config = yaml.safe_load(f)
        if "datastore_constraints" not in config["datastore"]:
            return
        members = [m.get("datastore", m) for m in config["datastore"]["datastores"]]
        for member, rules in zip(members, config["datastore"].pop("datastore_constraints"), strict=True):
            member["constraints"] = rules["constraints"]
        members[1]["constraints"] = dict(
            accept=["all"], reject=["bias", "Packages", "instrument+visit", {"instrument<LSSTCam>": ["group_info"]}])
        with open(f"{folder}/butler.yaml", "w") as f:
            yaml.safe_dump(config, f)

    def compare(self, what):
        """The numbers in names of tables may differ: both register types in an order of their own."""
        return [f"{what}: {line}" for line in differences(dump(self.ours), dump(self.theirs))]

    def data_ids(self, kind):
        """A few data IDs of each kind, those of sky pixels made up."""
        if kind.dimensions.skypix:
            return [{"htm7": 140001}, {"htm7": 150002}] if kind.name == "reference" else [{"healpix3": 5}, {"healpix3": 700}]
        if not kind.dimensions.required:
            return [{}]
        if kind.name == "subfiltered":
            return [dict(d, band="r", subfilter=s) for d in self.found("tract") for s in (0, 1)][:4]
        if kind.name == "deep_coadd":
            return [dict(d, band="g") for d in self.found("patch")][:3]
        if kind.name == "warp":
            return [dict(p, **v) for p in self.found("patch")[:2] for v in self.found("visit")[:2]]
        element = next((e for e in ("visit", "exposure", "group", "day_obs", "physical_filter") if e in kind.dimensions.required), None)
        keys = self.found(element) if element else [dict(instrument=i["name"]) for i in self.spec["instruments"]]
        if "detector" not in kind.dimensions.required:
            return keys[:5] if "skymap" not in kind.dimensions.required else self.found("skymap")
        return [dict(k, detector=d) for k in keys[:6] for d in self.detectors(k["instrument"])[:2]]

    def detectors(self, instrument):
        return [r.id for r in self.source.query_dimension_records("detector", instrument=instrument, explain=False)]

    def found(self, element):
        if element is None:
            return []
        return [dict(r.dataId.required) for r in sorted(self.source.query_dimension_records(element, explain=False, limit=None),
                                                        key=lambda r: str(r.dataId.required_values))][:8]

    def ingest(self, kind, data_id, number):
        """Every third one with a file of its own place; runs alternate."""
        data = self.source.registry.expandDataId(data_id, dimensions=kind.dimensions)
        ref = DatasetRef(kind, data, run="u/other run" if number % 5 == 0 else "u/run", id=uuid.UUID(int=number << 100 | 7 << 76 | 2 << 62 | number))
        suffix = "fits" if number % 3 else ("fits.fz", "json", "parq")[number % 9 // 3]
        path = f"{self.elsewhere}/file {number}.{suffix}"
        with open(path, "w") as f:
            f.write(f"dataset {number}")
        self.source.ingest(FileDataset(path=path, refs=[ref], formatter=world_build.FORMATTER), transfer="copy" if number % 3 else "direct",
                           record_validation_info=number % 7 != 0)

    def everything(self, butler):
        found = {}
        for run in ("u/run", "u/other run"):
            for kind in butler.registry.queryDatasetTypes():
                for ref in butler.query_datasets(kind.name, run, explain=False, limit=None, with_dimension_records=True):
                    found[ref.id] = ref
        return list(found.values())

    def relative(self, refs):
        """Those with files in the source's own place."""
        uris = self.source.get_many_uris(refs)
        return [r for r in refs if self.elsewhere not in uris[r].primaryURI.ospath]

    def tool_does(self, *arguments, refs=None):
        ids = "".join(f"{i}\n" for i in (self.ids if refs is None else [r.id for r in refs]))
        done = subprocess.run([self.tool, *map(str, arguments)], input=ids, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"refs-tool {arguments}: {done.stderr}")
        return done.stdout.splitlines()

    def both(self, mode, refs, chunk, tag=None):
        """The library in one, the Butler in the other. Dimension records come from the Butler."""
        with Butler.from_config(self.ours, writeable=True) as b:
            b.transfer_dimension_records_from(self.source, refs)
            if tag:
                b.collections.register(tag, CollectionType.TAGGED)
        said = self.tool_does(f"{self.root}/source", mode, self.ours, chunk, *([tag] if tag else []), refs=refs)
        with Butler.from_config(self.theirs, writeable=True) as b:
            b.transfer_from(self.source, refs, transfer=MODES.get(mode, "copy"), register_dataset_types=True, transfer_dimensions=True)
            if tag:
                b.collections.register(tag, CollectionType.TAGGED)
                b.registry.associate(tag, refs)
        return [line for line in said if not line.startswith("{")], json.loads(said[-1])

    def differing(self, what):
        a, b = files_of(self.ours), files_of(self.theirs)
        lines = [f"{what}: file {k} ours {a.get(k)}, theirs {b.get(k)}" for k in sorted({**a, **b}) if a.get(k) != b.get(k)]
        return self.compare(what) + lines[:4]


# ---- the checks: each returns lines that say what is wrong


def latest(butler, required):
    """(kind, end) of a dataset's time, as the rules have it: 0 known, 1 unknown, 2 none."""
    def spans(element, **key):
        return [r.timespan for r in butler.query_dimension_records(element, **key, explain=False, limit=None)]
    found, key = [], {k: v for k, v in required.items() if k == "instrument"}
    if "visit" in required:
        own = spans("visit", visit=required["visit"], **key)
        members = [d.exposure for d in butler.query_dimension_records("visit_definition", visit=required["visit"], **key, explain=False)]
        found.append(own + [s for m in members for s in spans("exposure", exposure=m, **key)])
    if "exposure" in required:
        found.append(spans("exposure", exposure=required["exposure"], **key))
    if "group" in required:
        # a query by group alone would join what the exposure does not imply
        found.append([r.timespan for r in butler.query_dimension_records("exposure", **key, explain=False, limit=None)
                      if r.group == required["group"]])
    if "day_obs" in required:
        found.append(spans("day_obs", day_obs=required["day_obs"], **key))
    if not found:
        return 2, 0
    ends = [None if s is None or s.isEmpty() or s.nsec[1] >= UNBOUNDED else s.nsec[1] for part in found for s in part]
    return (1, 0) if None in ends or not all(found) else (0, max(ends))


def check_find(world):
    lines, b = [], world.source
    ours = {uuid.UUID(d["id"]): d for d in map(json.loads, world.tool_does(f"{world.root}/source", "find"))}
    refs = {r.id: r for r in world.everything(b)}
    if set(ours) != set(refs):
        return [f"{len(ours)} datasets, the Butler finds {len(refs)}"]
    kinds = set()
    for i, ref in refs.items():
        d, required = ours[i], dict(ref.dataId.required)
        path = b.getURI(ref).ospath
        wanted = dict(type=ref.datasetType.name, run=ref.run, data_id=required, visit=required.get("visit", required.get("exposure", 0)))
        wanted["kind"], wanted["end"] = latest(b, required)
        kinds.add(wanted["kind"])
        lines += [f"{ref}: {k} is {d[k]!r}, not {v!r}" for k, v in wanted.items() if d[k] != v]
        if list(d["data_id"]) != list(required) or not path.endswith(unquote(d["path"].removeprefix("file://"))) or d["date"] < 1.6e18:
            lines.append(f"{ref}: {d}, the Butler has {path}")
        if "day_obs" in ref.dataId.dimensions and d["day_obs"] != ref.dataId["day_obs"]:
            lines.append(f"{ref}: day_obs {d['day_obs']}")
    if kinds != {0, 1, 2}:
        lines.append(f"only these kinds of end were met: {kinds}")
    return lines


def moved(mode):
    def check(world):
        refs = world.everything(world.source)
        half = refs[::2]
        others, said = world.both(mode, half, 7)
        lines = [*others, *world.differing("half of them")]
        if said["inserted"] != len(half):
            lines.append(f"of {len(half)}: {said}")
        others, said = world.both(mode, refs, 5000, "some/tagged")
        lines += [*others, *world.differing("all of them")]
        if said["inserted"] != len(refs) - len(half) or said["there"] != len(half):
            lines.append(f"of {len(refs)}: {said}")
        others, said = world.both(mode, refs, 5000, "some/tagged")
        lines += [*others, *world.differing("again")]
        if said["there"] != len(refs):
            lines.append(f"again, of {len(refs)}: {said}")
        return lines + read(world, refs, mode)
    check.__name__ = f"check_{mode}"
    return check


def read(world, refs, mode):
    """The real Butler finds each in ours, and its file."""
    lines = []
    with Butler.from_config(world.ours) as b:
        found = world.everything(b)
        if {r.id for r in found} != {r.id for r in refs}:
            return [f"the Butler finds {len(found)} of {len(refs)}"]
        uris, sources = b.get_many_uris(found), world.source.get_many_uris(refs)
        by_id = {r.id: sources[r].primaryURI for r in refs}
        for ref in found:
            here, there = uris[ref].primaryURI.ospath, by_id[ref.id].ospath
            with open(here, "rb") as f, open(there, "rb") as g:
                if f.read() != g.read():
                    lines.append(f"{here}: other bytes than {there}")
            if os.path.samefile(here, there) != (mode != "copy"):
                lines.append(f"{here} and {there}: {mode}")
    return lines


def check_in_place(world):
    """One folder of files for both; the names of the datastores are those of their own configurations."""
    for folder in (world.ours, world.theirs):
        with open(f"{folder}/butler.yaml") as f:
            config = yaml.safe_load(f)
        config["datastore"]["root"] = f"{world.root}/source"
        config["datastore"]["name"] = "the same"
        with open(f"{folder}/butler.yaml", "w") as f:
            yaml.safe_dump(config, f)
    refs = world.everything(world.source)
    own = world.relative(refs)
    before = files_of(f"{world.root}/source")
    others, said = world.both("in_place", own, 11, "published")
    lines = [*others, *world.differing("in place")]
    if said["inserted"] != len(own) or files_of(f"{world.root}/source") != before:
        lines.append(f"of {len(own)}: {said}")
    said = world.tool_does(f"{world.root}/source", "in_place", world.ours, 5000)
    held = [line for line in said if "in place" in line]
    if len(held) != len(refs) - len(own):
        lines.append(f"held {len(held)} of {len(refs) - len(own)}")
    return lines + world.differing("and nothing more")


def check_templates(world):
    """Names by other templates of the destination."""
    templates = {
        "default": "{run:/}/d/{datasetType}_{component:?}{id}",
        "visit_image": "{run}/v{visit:015d}/{visit.name}_{visit.seq_num}_{physical_filter}.{band}_{detector.name_in_raft}",
        "instrument+exposure+detector": "{run:/}{exposure.day_obs}/{exposure.obs_id}/{exposure.can_see_sky}_{exposure.group|group}_{detector:d}",
        "instrument<LSSTCam>": {"group_info": "cam/{run}/{group}x{detector.raft}#", "instrument+visit": "sum/{run}/{visit.id}.{day_obs}"},
        "StructuredDataDict": "{run:/}/s{{}}/{day_obs:?}/{exposure.obs_id|group:?}_{skypix:?}_{tract:?}_{instrument:?}_{id}",
    }
    for folder in (world.ours, world.theirs):
        with open(f"{folder}/butler.yaml") as f:
            config = yaml.safe_load(f)
        config["datastore"]["templates"] = templates
        with open(f"{folder}/butler.yaml", "w") as f:
            yaml.safe_dump(config, f)
    others, said = world.both("copy", world.everything(world.source), 5000)
    return [*others, *world.differing("templates"), *([] if said["inserted"] == len(world.ids) else [str(said)])]


def check_command(world):
    """The command, which brings dimension records too; of one data ID in several collections the first counts, as the Butler has it."""
    pps = f"{os.path.dirname(world.tool)}/../../tools/pps"
    kind = world.source.get_dataset_type("night_report")
    world.source.collections.register("u/third run", CollectionType.RUN)
    for number, data_id in enumerate(world.data_ids(kind)[:2], 1001):
        path = f"{world.elsewhere}/file {number}.fits"
        with open(path, "w") as f:
            f.write("again")
        ref = DatasetRef(kind, world.source.registry.expandDataId(data_id, dimensions=kind.dimensions), run="u/third run")
        world.source.ingest(FileDataset(path=path, refs=[ref], formatter=world_build.FORMATTER), transfer="copy")
    world.source.collections.register("u/chain", CollectionType.CHAINED)
    world.source.collections.redefine_chain("u/chain", ["u/other run", "u/third run", "u/run"])
    types = ["night_report", "deep_coadd", "raw_log", "visit_summary", "bias", "reference", "packages"]
    types = [t for t in types if world.source.registry.queryDatasetTypes(t)]
    refs = [r for t in types for r in world.source.query_datasets(t, "u/chain", find_first=True, explain=False, limit=None, with_dimension_records=True)]
    if not any(r.run == "u/third run" for r in refs) or len(types) < 5:
        return [f"the choice shows nothing: {types}"]
    with Butler.from_config(world.theirs, writeable=True) as b:
        b.transfer_from(world.source, refs, transfer="copy", register_dataset_types=True, transfer_dimensions=True)
    command = [pps, "--json", "butler", "transfer", f"{world.root}/source", world.ours, "--mode", "copy", "--types", ",".join(types), "--collections", "u/chain"]
    lines = []
    for outcome in ("inserted", "there"):
        done = subprocess.run(command, capture_output=True, text=True)
        told = [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode or {d["id"]: d["outcome"] for d in told} != {str(r.id): outcome for r in refs}:
            lines.append(f"of {len(refs)}: exit {done.returncode} {done.stderr} {told[:3]}")
        lines += world.differing(outcome)
    return lines


def bring(world, command, refs, *outcomes):
    """All of them by the command, told of in the order of their UUIDs."""
    done = subprocess.run(command, capture_output=True, text=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    lines = world.differing(f"{outcomes}")
    if done.returncode or [d["id"] for d in told] != sorted(str(r.id) for r in refs) or any(d["outcome"] not in outcomes for d in told):
        lines.append(f"{outcomes}: exit {done.returncode} {done.stderr} {len(told)} of {len(refs)} {told[:2]}")
    return lines


def check_many(world):
    """More than one connection is given: after a SIGKILL, again, and where there is but one connection."""
    pps = f"{os.path.dirname(world.tool)}/../../tools/pps"
    b, kind, path = world.source, world.source.get_dataset_type("visit_image"), f"{world.elsewhere}/many.fits"
    v = b.query_dimension_records("visit", instrument="LSSTCam", explain=False, limit=1)[0]
    visits = [v.id + 1000 + k for k in range(40)]
    b.registry.insertDimensionData("visit", *[dict(instrument="LSSTCam", id=i, name=f"copy {i}", physical_filter=v.physical_filter, day_obs=v.day_obs) for i in visits])
    b.collections.register("u/many", CollectionType.RUN)
    refs = [DatasetRef(kind, b.registry.expandDataId(instrument="LSSTCam", visit=i, detector=d), run="u/many") for i in visits for d in world.detectors("LSSTCam")]
    with open(path, "w") as f:
        f.write("all of them")
    b.ingest(FileDataset(path=path, refs=refs, formatter=world_build.FORMATTER), transfer="direct")
    with Butler.from_config(world.theirs, writeable=True) as theirs:
        theirs.transfer_from(b, refs, transfer="unsafe_direct", register_dataset_types=True, transfer_dimensions=True)
    command = [pps, "--json", "butler", "transfer", f"{world.root}/source", world.ours, "--mode", "direct", "--types", kind.name, "--collections", "u/many"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
        killed.stdout.readline()
        killed.kill()
    lines = [] if killed.wait() < 0 and len(refs) > 6000 else [f"it ended before it was killed, or has too little to do: {len(refs)}"]
    lines += bring(world, command, refs, "inserted", "there") + bring(world, command, refs, "there")
    if world.db == "postgres":
        with psycopg.connect(world.pg) as c:
            lines += [f"{table} was never counted" for (table,) in c.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'twin_ours'::regnamespace AND relname IN ('collection', 'visit') AND reltuples < 0")]
        world.execute("DELETE FROM file_datastore_records", "DELETE FROM dataset_location", "DELETE FROM dataset")
        with one_connection(world.pg, world.ours, "twin_ours"):
            lines += bring(world, command, refs, "inserted")
    return lines


def wait_for(world, dataset, tool):
    """Until it is there, by another connection."""
    limit = time.monotonic() + 60
    while time.monotonic() < limit and tool.poll() is None:
        with Butler.from_config(world.ours) as b:
            if b.get_dataset(dataset):
                return
        time.sleep(0.1)
    tool.kill()
    raise RuntimeError(f"{dataset} did not come: {tool.communicate()}")


def another_server(pg):
    """What was seen does not hold any more, as after another server took over: the run's number is another run's, and the connection is lost."""
    with psycopg.connect(pg, autocommit=True) as c:
        c.execute("UPDATE twin_ours.collection SET name = 'u/not ours' WHERE name = 'u/run'")
        assert c.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pps'"
                         " AND query NOT LIKE '%twin_source%'").rowcount == 1


def check_gone(world):
    """Run, dataset type and TAGGED collection go between chunks of one process, which saw them a moment ago."""
    tag, kind, run = "gone/tagged", "raw_log", "u/run"
    refs = [r for r in world.everything(world.source) if r.datasetType.name == kind and r.run == run]
    command = [world.tool, f"{world.root}/source", "direct", world.ours, "1", tag]

    def changed(change):
        with Butler.from_config(world.ours, writeable=True) as b:
            return change(b)

    def prepare(b):
        b.transfer_dimension_records_from(world.source, refs)
        b.collections.register(tag, CollectionType.TAGGED)

    def without_type(b):
        b.removeRuns([run])
        b.registry.removeDatasetType(kind)
    changes = [lambda b: b.removeRuns([run]), without_type, lambda b: b.collections.x_remove(tag)]
    if world.db == "postgres":
        changes.insert(2, lambda b: another_server(world.pg))
    changed(prepare)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tool:
        lines = []
        for ref, change in zip(refs[: len(changes) + 1], [*changes, None], strict=True):
            tool.stdin.write(f"{ref.id}\n")
            tool.stdin.flush()
            if change:
                wait_for(world, ref.id, tool)
                there, tagged = ([r.id for r in changed(lambda b: b.query_datasets(kind, where))] for where in (run, tag))
                if there != [ref.id] or ref.id not in tagged:
                    lines.append(f"{ref.id}: there {there}, tagged {tagged}")
                changed(change)
        said, code = tool.communicate()[1], tool.returncode
    return lines if code and f"collection {tag}: there is none of this name" in said else [*lines, f"exit {code}: {said}"]


def configurations():
    plain = dict(universe=8, datasets="2.0.0", datastore="file")
    return [
        (plain, [[check_find, moved("copy")], [moved("hardlink")], [moved("direct")], [check_in_place], [check_templates], [check_command], [check_gone], [check_many]]),
        (dict(universe=7, datasets="1.0.0", datastore="chain"), [[moved("copy")]]),
    ]


if __name__ == "__main__":
    world_build.install_stand_ins()
    sys.exit(twin_main.main(__doc__, World, configurations()))
