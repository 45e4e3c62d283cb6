# SPDX-License-Identifier: BSD-3-Clause
"""Twin repositories: datasets that the library takes out of one, the real Butler prunes from the other; then all rows and files are compared.

    purge_twin.py --tool build/tests/interop/butler-tool [--db sqlite|postgres|both] [--only NAME] [--keep DIR]

PostgreSQL is the one that $PG_URL names, or one of our own. The last line is `N passed, N failed`.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

from lsst.daf.butler import Butler, CollectionType, DatasetRef, DatasetType, FileDataset, Timespan

import twin_main
import world_build
from butler_twin import Twins
from tables import Database


def files_of(repository):
    """Every file below a repository, with its number of bytes."""
    found = {}
    for folder, _, names in os.walk(repository):
        for name in names:
            path = os.path.join(folder, name)
            if not name.startswith("gen3.sqlite3") and name != "butler.yaml":
                found[os.path.relpath(path, repository)] = os.path.getsize(path)
    return found


class World(Twins):
    """Both destinations filled by the real Butler: files of their own, direct files, zips of both kinds, tags, certifications."""

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        exposures = self.exposures = sorted(self.exposures, key=lambda e: -len(e["datasets"]))[:5]
        assert len(exposures[3]["datasets"]) > 1, [len(e["datasets"]) for e in exposures]
        for repository in (self.ours, self.theirs):
            with Butler.from_config(repository, writeable=True) as b:
                for number, exposure in enumerate(exposures):
                    refs = self.refs(exposure)
                    b.transfer_dimension_records_from(self.source, refs)
                    world_build.register_dataset_types(b)
                    if number == 0:
                        b.ingest_zip(self.zip(exposure), transfer="direct")
                    elif number == 1:
                        b.ingest_zip(self.zip(exposure), transfer="copy")
                    elif number == 2:
                        b.transfer_from(self.source, refs, transfer="copy", register_dataset_types=True)
                    else:
                        self.ingest(b, exposure, refs, "direct" if number == 4 else "copy", shared=number == 3)
                self.tag(b, [r for e in exposures for r in self.refs(e)])
        self.parts = [self.refs(e) for e in exposures]

    def ingest(self, butler, exposure, refs, transfer, shared):
        """Files one by one; @shared: the first file holds two datasets."""
        paths = {d["id"]: d["file"] for d in exposure["datasets"]}
        for r in {r.run for r in refs}:
            butler.collections.register(r, CollectionType.RUN)
        groups = [[r] for r in refs]
        if shared and len(refs) > 1:
            groups = [refs[:2], *[[r] for r in refs[2:]]]
        local = f"{self.root}/files"
        for group in groups:
            path = paths[str(group[0].id)]
            if not os.path.exists(path):  # the source took it in
                path = os.path.join(local, os.path.basename(path))
            own = [DatasetRef(butler.get_dataset_type(r.datasetType.name), r.dataId, run=r.run, id=r.id) for r in group]
            if len({r.datasetType.name for r in own}) > 1:
                own = own[:1]
            butler.ingest(FileDataset(path=path, refs=own, formatter=world_build.FORMATTER), transfer=transfer)

    def tag(self, butler, refs):
        butler.collections.register("tagged", CollectionType.TAGGED)
        stored = [r for r in refs if butler.get_dataset(r.id) is not None]
        butler.registry.associate("tagged", [butler.get_dataset(r.id) for r in stored[::2]])
        kind = DatasetType("bias", ("instrument", "detector"), "Exposure", universe=butler.dimensions, isCalibration=True)
        butler.registry.registerDatasetType(kind)
        butler.collections.register("calibrations", CollectionType.RUN)
        butler.collections.register("certified", CollectionType.CALIBRATION)
        data = butler.registry.expandDataId(instrument=refs[0].dataId["instrument"], detector=refs[0].dataId["detector"])
        ref = DatasetRef(kind, data, run="calibrations", id=refs[0].id.__class__(int=7 << 76 | 8 << 60))
        path = f"{self.root}/bias.fits"
        with open(path, "wb") as f:
            f.write(b"bias")
        butler.ingest(FileDataset(path=path, refs=[ref], formatter=world_build.FORMATTER), transfer="copy")
        butler.registry.certify("certified", [ref], Timespan(None, None))
        self.bias = ref.id

    def known(self, butler, refs):
        return [found for r in refs if (found := butler.get_dataset(getattr(r, "id", r))) is not None]

    def prune(self, refs, purge=True):
        with Butler.from_config(self.theirs, writeable=True) as b:
            b.pruneDatasets(self.known(b, refs), disassociate=purge, unstore=True, purge=purge)

    def ours_does(self, verb, refs, code=0):
        return self.run(verb, self.ours, *[getattr(r, "id", r) for r in refs], code=code)

    def differing(self, what):
        a, b = files_of(self.ours), files_of(self.theirs)
        lines = [f"{what}: file {k} ours {a.get(k)}, theirs {b.get(k)}" for k in sorted({**a, **b}) if a.get(k) != b.get(k)]
        return self.compare(what) + lines[:4]


def count(world, table):
    d = Database(world.ours)
    try:
        return len(d.records(table)[1])
    finally:
        d.close()


# ---- the checks: each returns lines that say what is wrong


def check_purge(world):
    """Every kind of storage, in two parts, so that shared files lose some of their datasets first."""
    lines = world.differing("before")
    for number, refs in enumerate(world.parts):
        for what, part in (("some", refs[: (len(refs) + 1) // 2]), ("the rest", refs[(len(refs) + 1) // 2 :])):
            before = files_of(world.ours)
            world.prune(part)
            said = world.ours_does("purge", part)
            lines += world.differing(f"{what} of part {number}")
            if part and said == "changed 0\n":
                lines.append(f"{what} of part {number}: nothing was changed")
            if number == 1 and what == "some" and files_of(world.ours) != before:
                lines.append("a zip lost some of its datasets, and its file went")
            if number == 1 and what == "the rest" and not [f for f in before if f not in files_of(world.ours)]:
                lines.append("a zip lost all of its datasets, and its file stayed")
        for path in (d["file"] for d in world.exposures[number]["datasets"]):
            if number == 4 and not os.path.exists(path) and "storage" in path:
                lines.append(f"the direct file {path} is gone")
        if world.ours_does("purge", refs) != "changed 0\n":
            lines.append(f"part {number}: a repeat changed something")
    world.prune([world.bias])
    world.ours_does("purge", [world.bias])
    lines += world.differing("a certified dataset")
    if count(world, "dataset") or count(world, "dataset_location_trash") or not count(world, "collection_summary_dataset_type"):
        lines.append("datasets or trash are left, or summaries are gone")
    return lines


def check_unstore(world):
    """Known, not stored; then purged."""
    lines, part = [], [r for refs in world.parts for r in refs[::2]]
    world.prune(part, purge=False)
    world.ours_does("unstore", part)
    lines += world.differing("unstored")
    world.prune(part)
    world.ours_does("purge", part)
    return lines + world.differing("purged after that")


def check_missing_files(world):
    """Files that are gone already are no error."""
    for repository in (world.ours, world.theirs):
        for name in files_of(repository):
            if name.endswith((".fits", ".zip")):
                os.unlink(f"{repository}/{name}")
    part = [r for refs in world.parts for r in refs]
    world.prune(part)
    world.ours_does("purge", part)
    return world.differing("files that were gone")


def check_halves(world):
    """What one begins the other finishes: the Butler empties our trash, we empty the Butler's."""
    lines = []
    first, second = world.parts[1] + world.parts[2], world.parts[0] + world.parts[4]
    world.prune(first)
    world.ours_does("trash", first)
    if not count(world, "dataset_location_trash"):
        lines.append("there is no trash")
    with Butler.from_config(world.ours, writeable=True) as b:
        b._datastore.emptyTrash()
    lines += world.differing("our trash, emptied by the Butler")
    world.prune(second)
    with Butler.from_config(world.ours, writeable=True) as b:
        refs = world.known(b, second)
        with b.transaction():
            b._datastore.trash(refs)
            b._registry.removeDatasets(refs)
    world.ours_does("empty-trash", second)
    return lines + world.differing("the Butler's trash, emptied by us")


def check_stored_anew(world):
    """A dataset that was trashed and stored anew before the trash was emptied keeps its file and its records."""
    lines, refs = [], world.parts[2]
    world.ours_does("trash", refs)
    with Butler.from_config(world.ours, writeable=True) as b:
        b.transfer_from(world.source, refs, transfer="copy", register_dataset_types=True)
    world.execute("INSERT INTO dataset_location (datastore_name, dataset_id) SELECT datastore_name, dataset_id FROM dataset_location_trash")
    world.ours_does("empty-trash", refs)
    with Butler.from_config(world.ours) as b:
        for ref in refs:
            if not b.stored(b.get_dataset(ref.id)):
                lines.append(f"{ref}: its file or its record went with the trash")
    if count(world, "dataset_location_trash"):
        lines.append("trash is left")
    return lines


def check_stranger(world):
    """A location in a datastore that butler.yaml does not name: both refuse, and nothing changes."""
    lines, refs = [], world.parts[0]
    key = str(refs[0].id) if world.db == "postgres" else refs[0].id.hex
    world.execute(f"INSERT INTO dataset_location (datastore_name, dataset_id) VALUES ('FileDatastore@elsewhere', '{key}')")
    before = files_of(world.ours)
    said = world.ours_does("purge", refs, code=1)
    if "PPS_E_CONFLICT" not in said or "datastore that butler.yaml does not name" not in said:
        lines.append(f"a stranger's location: {said}")
    world.execute("DELETE FROM dataset_location WHERE datastore_name = 'FileDatastore@elsewhere'")
    if files_of(world.ours) != before:
        lines.append("files changed")
    return lines + world.differing("a purge that was refused")


def check_obscore(world):
    """Where a live ObsCore table keeps us from inserting, removing goes on."""
    world.execute("INSERT INTO butler_attributes (name, value) VALUES ('config:registry.managers.obscore', "
                  "'lsst.daf.butler.registry.obscore._manager.ObsCoreLiveTableManager')",
                  "INSERT INTO butler_attributes (name, value) VALUES ("
                  "'version:lsst.daf.butler.registry.obscore._manager.ObsCoreLiveTableManager', '0.0.1')")
    said = world.run("runs", world.ours, "new/run", code=1)
    world.ours_does("purge", world.parts[1])
    world.prune(world.parts[1])
    world.execute("DELETE FROM butler_attributes WHERE name LIKE '%obscore%'")
    lines = [] if "ObsCore" in said else [f"inserting: {said}"]
    return lines + world.differing("a purge beside ObsCore")


def check_killed(world):
    """SIGKILL at any moment; a repeat ends as the Butler ends."""
    everything = [str(r.id) for refs in world.parts for r in refs]
    world.prune(everything)
    for n in range(12):
        p = subprocess.Popen([world.tool, "purge", world.ours, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        p.stdin.write("\n".join(everything[: (n + 1) * len(everything) // 12]) + "\n")
        p.stdin.close()
        time.sleep(0.002 * n)
        p.send_signal(signal.SIGKILL)
        p.wait()
    world.ours_does("purge", everything)
    return world.differing("after kills")


def python_pruner(repository, ids, start, failures):
    def prune(b, group):
        refs = [r for i in group if (r := b.get_dataset(i)) is not None]
        b.pruneDatasets(refs, disassociate=True, unstore=True, purge=True)

    twin_main.insist(repository, ids, start, failures, prune)


def check_storm(world):
    """Two Python Butlers and four processes of ours purge the same datasets, in other orders; all go, none deadlocks for good."""
    lines, ids = [], [str(r.id) for refs in world.parts for r in refs]
    world.prune(ids)
    groups = [ids[i::7] for i in range(7)]
    context = multiprocessing.get_context("spawn")
    start, failures = context.Barrier(3), context.Queue()
    pruners = [context.Process(target=python_pruner, args=(world.ours, groups[k:] + groups[:k], start, failures)) for k in (0, 3)]
    for p in pruners:
        p.start()
    start.wait()
    tools = [subprocess.Popen([world.tool, "purge", world.ours, *order], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
             for order in (ids, ids[::-1], ids[::2] + ids[1::2], ids)]
    for t in tools:
        _, said = t.communicate()
        if t.returncode:
            lines.append(f"ours: {said}")
    for p in pruners:
        p.join()
    while not failures.empty():
        lines.append(failures.get())
    world.ours_does("purge", ids)
    return lines + world.differing("after the storm")


CHECKS = (check_purge, check_unstore, check_missing_files, check_halves, check_stored_anew, check_stranger, check_obscore, check_killed,
          check_storm)


def configurations():
    """Repositories of each kind, and the checks, each on a world as it was made."""
    yield dict(universe=8, datasets="2.0.0", datastore="file"), [(c,) for c in CHECKS]
    yield dict(universe=7, datasets="1.0.0", datastore="chain"), [(check_purge,), (check_halves,)]
    yield dict(universe=8, datasets="2.0.0", datastore="named"), [(check_purge,)]


if __name__ == "__main__":
    sys.exit(twin_main.main(__doc__, World, list(configurations())))
