# SPDX-License-Identifier: BSD-3-Clause
"""Twin repositories: datasets of many dimension groups that the library tags, expires and unstores in one, the real Butler in the other;
chains that are kept, and a repository that is prepared; then all rows and files are compared.

    tags_twin.py --tool build/tests/interop/butler-tool [--db sqlite|postgres|both] [--only NAME] [--keep DIR]

PostgreSQL is the one that $PG_URL names, or one of our own. The last line is `N passed, N failed`.
"""

import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import uuid

from lsst.daf.butler import Butler, CollectionType, DatasetRef, DatasetType, FileDataset
from lsst.daf.butler.registry import ConflictingDefinitionError

import twin_main
import world_build
from butler_twin import TYPES, Twins
from postgres import drop_schema
from purge_twin import files_of

RUNS = ("run/one", "run/two")
SPACE = uuid.UUID("5f0d6f6e-6c65-4d0e-9c0f-0123456789ab")


class World(Twins):
    """Both destinations filled by the real Butler: of each dimension group some datasets, once in each of two runs, with the same UUIDs."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.refs = None
        for repository in (self.ours, self.theirs):
            with Butler.from_config(repository, writeable=True) as b:
                self.refs = self.fill(b)

    def fill(self, b):
        world_build.sky_map(b, self.spec["tracts"])
        world_build.observation_records(b, self.spec)
        with b.transaction():
            b.registry.insertDimensionData("patch", *[dict(skymap=world_build.SKYMAP, tract=5000 + t, id=i, cell_x=i, cell_y=0) for t in range(2)
                                                     for i in range(3)])
            b.registry.insertDimensionData("subfilter", *[dict(band="i", id=i) for i in range(3)])
        refs = {run: [] for run in RUNS}
        for run in RUNS:
            b.collections.register(run, CollectionType.RUN)
        for name, (dimensions, _, calibration) in TYPES.items():
            kind = DatasetType(name, dimensions, "StructuredDataDict", universe=b.dimensions, isCalibration=calibration)
            b.registry.registerDatasetType(kind)
            for run in RUNS:
                new = [DatasetRef(kind, d, run=run, id=uuid.uuid5(SPACE, f"{name} {run} {sorted(d.required.items())}")) for d in self.data_ids(b, name)]
                self.ingest(b, new)
                refs[run] += new
        return refs

    def data_ids(self, b, name):
        e = [e["record"] for e in self.spec["exposures"]]
        v = [v for v in self.spec["visits"]]
        patches = [dict(skymap=world_build.SKYMAP, tract=5000 + t, patch=p) for t in range(2) for p in range(3)]
        ours = lambda r: dict(instrument=r["instrument"])  # noqa: E731
        detectors = {c["name"]: [d[0] for d in c["detectors"]][:2] for c in self.spec["instruments"]}
        cameras = [dict(instrument=n) for n in detectors]
        each = [dict(c, detector=d) for c in cameras for d in detectors[c["instrument"]]]
        found = {
            "packages": [{}],
            "camera": cameras,
            "skyMap": [dict(skymap=world_build.SKYMAP)],
            "flat": [dict(d, physical_filter=f) for d in each for f in ("i_39", "r_57")],
            "deep_coadd": [dict(p, band=f) for p in patches for f in ("i", "r")],
            "warp": [dict(p, visit=x["id"], **ours(x)) for p in patches[:2] for x in v],
            "visit_image": [dict(ours(x), visit=x["id"], detector=d) for x in v for d in detectors[x["instrument"]]],
            "reference": [dict(htm7=131072 + i) for i in range(5)],
            "group_info": [dict(ours(x), group=g, detector=d) for x, g in {(r["instrument"], r["group"]): (r, r["group"]) for r in e}.values()
                           for d in detectors[x["instrument"]]],
            "subfiltered": [dict(band="i", subfilter=i, skymap=world_build.SKYMAP, tract=5000 + t) for i in range(3) for t in range(2)],
            "raw_log": [dict(ours(r), exposure=r["id"], detector=d) for r in e for d in detectors[r["instrument"]]],
        }.get(name, each)
        return [b.registry.expandDataId(d) for d in found]

    def ingest(self, b, refs):
        folder = f"{self.root}/new"
        os.makedirs(folder, exist_ok=True)
        for r in refs:
            with open(f"{folder}/{r.id}.fits", "w") as f:
                f.write(str(r.id))
        b.ingest(*[FileDataset(path=f"{folder}/{r.id}.fits", refs=[r], formatter=world_build.FORMATTER) for r in refs], transfer="copy")

    def python(self):
        return Butler.from_config(self.theirs, writeable=True)

    def one(self, *names):
        return [r for r in self.refs[RUNS[0]] if not names or r.datasetType.name in names]

    def two(self, *names):
        return [r for r in self.refs[RUNS[1]] if not names or r.datasetType.name in names]

    def twin_of(self, ref):
        return next(r for r in self.two(ref.datasetType.name) if r.dataId == ref.dataId)

    def ours_does(self, verb, *arguments, refs, code=0):
        done = subprocess.run([self.tool, verb, self.ours, *arguments, "-"], input="".join(f"{r.id}\n" for r in refs), capture_output=True, text=True)
        if done.returncode != code:
            raise RuntimeError(f"{verb} {arguments}: exit {done.returncode}\n{done.stderr}")
        return done.stdout.splitlines() if code == 0 else done.stderr

    def differing(self, what):
        a, b = files_of(self.ours), files_of(self.theirs)
        lines = [f"{what}: file {k} ours {a.get(k)}, theirs {b.get(k)}" for k in sorted({**a, **b}) if a.get(k) != b.get(k)]
        return self.compare(what) + lines[:4]

    def register(self):
        with self.python() as b:
            b.collections.register("available", CollectionType.TAGGED, doc="What is published.\nΩ")
            b.collections.register("expired", CollectionType.TAGGED)
        self.run("tagged", self.ours, "available", "What is published.\nΩ")
        self.run("tagged", self.ours, "expired")
        return self


def said_otherwise(what, said, wanted):
    return [] if said == wanted else [f"{what}: said {said[:6]}, not {wanted[:6]}"]


# ---- the checks: each returns lines that say what is wrong


def check_register(world):
    lines = world.differing("before")
    world.register()
    lines += world.differing("registered")
    world.register()
    said = world.run("tagged", world.ours, RUNS[0], code=1)
    if "PPS_E_CONFLICT" not in said:
        lines.append(f"a RUN as TAGGED: {said}")
    return lines + world.differing("registered again")


def check_associate(world):
    """One dimension group after the other, then all, again, and out."""
    lines = []
    world.register()
    rng = random.Random(4)
    with world.python() as b:
        for name in TYPES:
            part = world.one(name)[::2] or world.one(name)
            b.registry.associate("available", part)
            lines += said_otherwise(name, world.ours_does("tag", "available", "keep", refs=part), [f"changed {len(part)}"])
            lines += world.differing(name)
            if lines:
                return lines
        everything = world.one()
        rng.shuffle(everything)
        b.registry.associate("available", everything)
        world.ours_does("tag", "available", "keep", refs=everything)
        lines += world.differing("everything")
        lines += said_otherwise("again", world.ours_does("tag", "available", "replace", refs=everything), ["changed 0"])
        out = everything[::3]
        b.registry.disassociate("available", out)
        lines += said_otherwise("out", world.ours_does("untag", "available", refs=out), [f"changed {len(out)}"])
        lines += said_otherwise("out again", world.ours_does("untag", "available", refs=out), ["changed 0"])
    return lines + world.differing("out")


def check_conflicts(world):
    """The first keeps its place, where the Butler refuses all; or the new one takes it."""
    lines = []
    world.register()
    first, second = world.one()[::2], world.two()
    with world.python() as b:
        b.registry.associate("available", first)
        world.ours_does("tag", "available", "keep", refs=first)
        try:
            b.registry.associate("available", second)
            lines.append("the Butler takes what should conflict")
        except ConflictingDefinitionError:
            pass
        lost = {world.twin_of(r).id: r.id for r in first}
        b.registry.associate("available", [r for r in second if r.id not in lost])
        said = world.ours_does("tag", "available", "keep", refs=second)
        lines += said_otherwise("keep", said[:1], [f"changed {len(second) - len(lost)}"])
        lines += said_otherwise("conflicts", sorted(said[1:]), sorted(f"conflict {new} {old}" for new, old in lost.items()))
        lines += world.differing("the first keeps its place")
        b.registry.disassociate("available", first)
        b.registry.associate("available", second)
        said = world.ours_does("tag", "available", "replace", refs=second)
        lines += said_otherwise("replaced", sorted(said[1:]), sorted(f"conflict {old} {new}" for new, old in lost.items()))
        lines += world.differing("the new one takes it")
        stranger = [type("", (), dict(id=uuid.uuid4()))]
        lines += said_otherwise("unknown", world.ours_does("tag", "available", "keep", refs=stranger), ["changed 0", f"unknown {stranger[0].id}"])
    return lines + world.differing("an unknown dataset")


def python_expire(b, refs):
    with b.transaction():
        b.registry.disassociate("available", refs)
        b.registry.associate("expired", refs)
        b._datastore.forget(refs)


def check_expire(world):
    """Available, then expired: no file and no row of the trash tells of it."""
    lines = []
    world.register()
    everything = world.one()
    with world.python() as b:
        b.registry.associate("available", everything)
        world.ours_does("tag", "available", "keep", refs=everything)
        for part in (everything[::3], everything[1::3]):
            python_expire(b, part)
            said = world.ours_does("expire", "available", "expired", "keep", refs=part)
            lines += said_otherwise("expire", said[:2], [f"changed {len(part)}", f"expired {len(part)}"])
            if said[2].split()[0] != "dropped" or int(said[2].split()[1]) < 2 * len(part):
                lines.append(f"expire: {said[2]}")
            lines += world.differing("expired")
            said = world.ours_does("expire", "available", "expired", "keep", refs=part)
            lines += said_otherwise("expire again", said, ["changed 0", "expired 0", "dropped 0"])
        before = files_of(world.ours)
        b._datastore.emptyTrash()
        with Butler.from_config(world.ours, writeable=True) as ours:
            ours._datastore.emptyTrash()
            gone = [r for r in everything[::3] if ours.get_dataset(r.id) is None or ours.stored(r)]
            lines += [f"{gone[:2]}: not known, or stored"] if gone else []
        if files_of(world.ours) != before:
            lines.append("emptying the trash removed files of what had expired")
    return lines + world.differing("emptied")


def check_unstore(world):
    """Files and their records go; datasets and tags stay."""
    lines = []
    world.register()
    everything, part = world.one(), world.one()[::2]
    with world.python() as b:
        b.registry.associate("available", everything)
        world.ours_does("tag", "available", "keep", refs=everything)
        b.pruneDatasets(part, disassociate=False, unstore=True, purge=False)
        before = len(files_of(world.ours))
        lines += said_otherwise("unstore", [x.split()[0] for x in world.ours_does("unstore", refs=part)], ["changed"])
        if len(files_of(world.ours)) >= before:
            lines.append("files stayed")
    return lines + world.differing("unstored")


def check_chains(world):
    """Made, completed when a child appears, put in order; what somebody added stays; none holds itself."""
    lines, children = [], ["run/two", "later", "available"]
    world.register()
    with world.python() as b:
        b.collections.register("chain", CollectionType.CHAINED, doc="A chain.")
        b.collections.redefine_chain("chain", ["run/two", "available"])
        said = world.run("chain", world.ours, "chain", "A chain.", *children)
        if "later does not exist" not in said:
            lines.append(f"a child that does not exist: {said}")
        lines += world.differing("made")
        b.collections.register("later", CollectionType.TAGGED)
        world.run("tagged", world.ours, "later")
        b.collections.redefine_chain("chain", children)
        world.run("chain", world.ours, "chain", "Another text.", *children)
        lines += world.differing("completed")
        b.collections.register("outer", CollectionType.CHAINED)
        b.collections.redefine_chain("outer", ["chain", "expired"])
        world.run("chain", world.ours, "outer", "", "chain", "expired")
        lines += world.differing("a chain of chains")
        with Butler.from_config(world.ours, writeable=True) as ours:
            for each in (b, ours):
                each.collections.remove_from_chain("chain", "later")
                each.collections.prepend_chain("chain", "run/one")
                each.collections.extend_chain("chain", ["expired", "run/two"])
        lines += world.differing("changed by hand")
        world.run("chain", world.ours, "chain", "", *children)
        b.collections.redefine_chain("chain", ["run/one", "run/two", "later", "available", "expired"])
        lines += world.differing("kept")
        for cycle in ("outer", "chain"):
            if "would hold itself" not in world.run("chain", world.ours, "chain", "", "run/one", cycle, code=1):
                lines.append(f"{cycle}: a chain that holds itself")
    with Butler.from_config(world.ours) as ours:
        found = ours.collections.query("outer", flatten_chains=True)
        if list(found) != ["run/one", "run/two", "later", "available", "expired"]:
            lines.append(f"the Butler searches {found}")
    return lines + world.differing("cycles refused")


def add_skymap(world):
    with Butler.from_config(f"{world.root}/source", writeable=True) as b:
        b.registry.insertDimensionData("patch", *[dict(skymap=world_build.SKYMAP, tract=5000 + t, id=i, cell_x=i, cell_y=0, region=world_build.make_region(
            dict(shape="polygon", ra=150.0 + 3 * t, dec=-30.0 + 0.2 * i, size=0.2))) for t in range(3) for i in range(4)])
        kind = DatasetType("skyMap", ("skymap",), "StructuredDataDict", universe=b.dimensions)
        b.registry.registerDatasetType(kind)
        b.collections.register("skymaps", CollectionType.RUN, doc="Skymaps.")
        ref = DatasetRef(kind, b.registry.expandDataId(skymap=world_build.SKYMAP), run="skymaps")
        world.ingest(b, [ref])
        return ref


def python_prepare(b, source, ref, chains):
    data_ids = [source.registry.expandDataId(r.dataId) for e in ("detector", "physical_filter", "tract", "patch")
                for r in source.registry.queryDimensionRecords(e)]
    fake = DatasetType("fake", (), "StructuredDataDict", universe=source.dimensions)
    groups = {}
    for d in data_ids:
        groups.setdefault(d.dimensions, []).append(d)
    refs = [DatasetRef(DatasetType(f"fake{n}", g, "StructuredDataDict"), d, run=fake.name) for n, (g, ids) in enumerate(groups.items()) for d in ids]
    b.transfer_dimension_records_from(source, refs)
    b.transfer_from(source, [ref], transfer="copy", register_dataset_types=True)
    for name, kind, doc, _ in chains:
        b.collections.register(name, kind, doc=doc)
    for name, kind, _, children in chains:
        if kind is CollectionType.CHAINED:
            b.collections.redefine_chain(name, children)


def check_prepare(world):
    """An empty repository gets records, skymap and the mission's collections."""
    ref, spec = add_skymap(world), dict(world.spec["destinations"][0], records="nothing")
    for folder, namespace in ((world.ours, "twin_ours"), (world.theirs, "twin_ours_twin")):
        shutil.rmtree(folder)
        if world.db == "postgres":
            drop_schema(world.pg, namespace)
        world_build.make_repository(folder, dict(spec, namespace=spec["namespace"] and namespace), world.pg).close()
    with open(f"{world.root}/prepare.yaml", "w") as f:
        f.write("repositories:\n  prep: {butler: source}\n  public: {butler: dest, from: prep, transfer: copy, audience: public}\n")
    pps = f"{os.path.dirname(world.tool)}/../../tools/pps"
    command = [pps, "-c", f"{world.root}/prepare.yaml", "--json"]
    with world.python() as b:  # the first opening for writing makes tables
        b.collections.query("*")
    with Butler.from_config(world.ours, writeable=True) as b:
        b.collections.query("*")
    before = world.differing("made")
    dry = json.loads(subprocess.run([*command, "--dry-run", "repository", "prepare", "public", "--from", "prep"], check=True, capture_output=True).stdout)
    lines = before + world.differing("a dry run")
    said = json.loads(subprocess.run([*command, "repository", "prepare", "public", "--from", "prep"], check=True, capture_output=True).stdout)
    if not said["records"] or dry["records"] != said["records"]:
        lines.append(f"{said['records']} records, in the dry run {dry['records']}")
    missing = [f["text"] for f in said["findings"] if f["kind"] == "missing"]
    if len(missing) != 2 or not any("LSSTCam/raw/all" in x for x in missing) or not any("Prompt/Calibs" in x for x in missing):
        lines.append(f"missing: {missing}")
    with Butler.from_config(world.ours) as b:
        docs = {c.name: c.doc for c in b.collections.query_info("Prompt/*", include_doc=True)}
    available, expired = "Prompt/Outputs/Available", "Prompt/Outputs/Expired"
    with world.python() as b:
        python_prepare(b, world.source, ref, [(available, CollectionType.TAGGED, docs[available], ()), (expired, CollectionType.TAGGED, docs[expired], ()),
                                              ("Prompt/Available", CollectionType.CHAINED, docs["Prompt/Available"], [available]),
                                              ("Prompt/All", CollectionType.CHAINED, docs["Prompt/All"], ["Prompt/Available", expired])])
    lines += world.differing("prepared")
    again = json.loads(subprocess.run([*command, "repository", "prepare", "public", "--from", "prep"], check=True, capture_output=True).stdout)
    if again["records"] or [f for f in again["findings"] if f["kind"] != "missing"]:
        lines.append(f"again: {again}")
    tree = json.loads(subprocess.run([*command, "butler", "collections", "public", "Prompt/All"], check=True, capture_output=True).stdout)
    if [c["name"] for c in tree[0]["children"]] != ["Prompt/Available", expired] or tree[0]["children"][0]["children"][0]["type"] != "TAGGED":
        lines.append(f"the tree: {tree}")
    return lines + world.differing("prepared again")


def python_writer(repository, groups, start, failures):
    twin_main.insist(repository, groups, start, failures, lambda b, group: b.registry.associate("available", [b.get_dataset(i) for i in group]))


def check_storm(world):
    """Two Python Butlers and three processes of ours tag the same datasets in other orders: no error surfaces, the rows are the union."""
    lines, everything = [], world.one()
    world.register()
    with world.python() as b:
        b.registry.associate("available", everything)
    groups = [[r.id for r in everything[i::5]] for i in range(5)]
    context = multiprocessing.get_context("spawn")
    start, failures = context.Barrier(3), context.Queue()
    writers = [context.Process(target=python_writer, args=(world.ours, groups[k:] + groups[:k], start, failures)) for k in (0, 3)]
    for p in writers:
        p.start()
    start.wait()
    tools = [subprocess.Popen([world.tool, "tag", world.ours, "available", "keep", *[str(r.id) for r in order]], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) for order in (everything, everything[::-1], everything[::2])]
    for t in tools:
        said, errors = t.communicate()
        if t.returncode or "conflict" in said:
            lines.append(f"ours: {said[:200]} {errors}")
    for p in writers:
        p.join()
    while not failures.empty():
        lines.append(failures.get())
    return lines + world.differing("after the storm")


CHECKS = (check_register, check_associate, check_conflicts, check_expire, check_unstore, check_chains, check_storm, check_prepare)


def configurations():
    """Repositories of each kind, and the checks, each on a world as it was made."""
    yield dict(universe=8, datasets="2.0.0", datastore="file"), [(c,) for c in CHECKS]
    yield dict(universe=7, datasets="1.0.0", datastore="chain"), [(c,) for c in (check_conflicts, check_expire, check_unstore)]


if __name__ == "__main__":
    sys.exit(twin_main.main(__doc__, World, list(configurations())))
