# SPDX-License-Identifier: BSD-3-Clause
"""Judges what `pps raw run` did to a world by the real Butler, which does the same to a twin destination.

Each check returns lines that say what is wrong, none when all is well.
"""

import glob
import json
import os
import subprocess
import zipfile
from urllib.parse import unquote

import yaml
from astro_metadata_translator.file_helpers import read_basic_metadata_from_file
from astro_metadata_translator.indexing import calculate_index
from lsst.daf.butler import Butler, DatasetType
from lsst.resources import ResourcePath

import world_build
from oracle import released
from tables import differences, dump

INDICES = ("_butler_zip_index.json", "_metadata_index.json")
EXPORTED = (
    "day_obs",
    "group",
    "visit",
    "visit_definition",
    "visit_detector_region",
    "visit_system",
    "visit_system_membership",
)


class World:
    """A world that was built below `root`, with its source repository open."""

    def __init__(self, spec, root, source, pg):
        self.spec, self.root, self.source, self.pg = spec, root, source, pg
        self.expected = released(spec)
        self.moved = [e for e in spec["exposures"] if e["record"]["obs_id"] in self.expected]

    def zip_of(self, exposure):
        record = exposure["record"]
        return f"{self.root}/instrument/{record['instrument']}/{record['day_obs']}/{record['obs_id']}.zip"

    def refs(self, exposure):
        """The exposure's datasets as a query of the source finds them."""
        key = dict(instrument=exposure["record"]["instrument"], exposure=exposure["record"]["id"])
        kinds = sorted({(d["type"], d["run"]) for d in exposure["datasets"]})
        return [r for t, run in kinds for r in self.source.query_datasets(t, run, data_id=key, limit=None)]

    def destinations(self):
        return [(f"{self.root}/{repo['name']}", repo) for repo in self.spec["destinations"]]


# ---- which exposures, and which files


def check_released(world):
    """The exposures that the oracle names have a zip, each with its yaml, and nothing else is there."""
    found = sorted(
        os.path.relpath(path, f"{world.root}/instrument")
        for path in glob.glob(f"{glob.escape(world.root)}/instrument/**", recursive=True, include_hidden=True)
        if not os.path.isdir(path)
    )
    wanted = sorted(
        os.path.relpath(world.zip_of(e), f"{world.root}/instrument")[:-4] + tail
        for e in world.moved
        for tail in (".zip", "_dimensions.yaml")
    )
    lines = [f"not there: {name}" for name in wanted if name not in found]
    return lines + [f"there, but may not be: {name}" for name in found if name not in wanted]


# ---- zips


def check_zip(world, exposure):
    path, lines = world.zip_of(exposure), []
    for command in (["unzip", "-tqq", path], ["zipinfo", "-v", path]):
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode != 0 or done.stderr or "warning" in done.stdout.lower():
            lines.append(f"{command[0]}: exit {done.returncode} {done.stderr.strip()[:300]}")
    with zipfile.ZipFile(path) as archive:
        if (bad := archive.testzip()) is not None:
            return [*lines, f"zipfile: {bad} is damaged"]
        return lines + check_members(archive, exposure) + check_metadata_index(archive, exposure)


def check_members(archive, exposure):
    """The members are the source folder's files and the two indices; FITS stored, the rest deflated."""
    infos = archive.infolist()
    names = sorted(info.filename for info in infos)
    wanted = sorted([*os.listdir(exposure["folder"]), *INDICES])
    lines = [] if names == wanted else [f"members {names[:8]}..., the folder has {wanted[:8]}..."]
    for info in infos:
        method = zipfile.ZIP_STORED if info.filename.endswith(".fits") else zipfile.ZIP_DEFLATED
        if info.compress_type != method and info.file_size > 0:
            lines.append(f"{info.filename}: compression {info.compress_type}, not {method}")
        if info.filename in INDICES or info.filename not in wanted:
            continue
        with open(f"{exposure['folder']}/{info.filename}", "rb") as f:
            if f.read() != archive.read(info):
                lines.append(f"{info.filename}: other bytes than in the source folder")
    return lines


def metadata_index(folder):
    """What astro_metadata_translator calculates from plain headers (its index_files needs those of the stack)."""
    headers = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".fits"):
            header = read_basic_metadata_from_file(f"{folder}/{name}", -1, can_raise=True)
            headers[name] = {k: v for k, v in dict(header).items() if k not in ("COMMENT", "HISTORY", "")}
    return json.loads(json.dumps(calculate_index(headers, "metadata")))


def check_metadata_index(archive, exposure):
    """_metadata_index.json is what the Python way puts there."""
    wanted = metadata_index(exposure["folder"])
    ours = json.loads(archive.read("_metadata_index.json"))
    if ours == wanted:
        return []
    keys = [k for k in {**ours, **wanted} if ours.get(k) != wanted.get(k)]
    return [
        f"_metadata_index.json[{k!r}]: {ours.get(k)!r:.200}, not {wanted.get(k)!r:.200}" for k in keys[:3]
    ]


def check_zip_index(world, exposure):
    """_butler_zip_index.json is what the Butler itself writes when it retrieves the same files."""
    folder = f"{world.root}/retrieved/{exposure['record']['obs_id']}"
    os.makedirs(folder)
    world.source.retrieveArtifacts(world.refs(exposure), destination=folder, preserve_path=False)
    with open(f"{folder}/{INDICES[0]}") as f:
        wanted = json.load(f)
    with zipfile.ZipFile(world.zip_of(exposure)) as archive:
        ours = json.loads(archive.read(INDICES[0]))
    return [f"{INDICES[0]}: {line}" for line in json_differences(ours, wanted)[:4]]


def json_differences(ours, theirs, place=""):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = sorted(set(ours) | set(theirs))
        return [
            line
            for k in keys
            for line in json_differences(ours.get(k, "absent"), theirs.get(k, "absent"), f"{place}.{k}")
        ]
    if (
        isinstance(ours, list)
        and isinstance(theirs, list)
        and sorted(map(str, ours)) == sorted(map(str, theirs))
    ):
        return []
    return [] if ours == theirs else [f"{place or 'top'}: {ours!r:.150}, not {theirs!r:.150}"]


# ---- destinations


def fill_twin(world, folder):
    """What the real Butler does with the same zips."""
    with Butler.from_config(folder, writeable=True) as butler:
        for exposure in world.moved:
            refs = world.refs(exposure)
            for dataset_type in {ref.datasetType for ref in refs}:
                butler.registry.registerDatasetType(
                    DatasetType(
                        dataset_type.name,
                        dataset_type.dimensions.required,
                        dataset_type.storageClass_name,
                        universe=butler.dimensions,
                    )
                )
            butler.transfer_dimension_records_from(world.source, refs)
            butler.ingest_zip(ResourcePath(world.zip_of(exposure)), transfer="direct")


def check_tables(world, folder):
    """Every row of every table equals the twin's."""
    fill_twin(world, f"{folder}_twin")
    return differences(dump(folder), dump(f"{folder}_twin"))


def check_reading(world, folder):
    """The real Butler finds each dataset in the destination and reads the source's bytes through it."""
    lines = []
    with Butler.from_config(folder) as butler:
        for exposure in world.moved:
            lines += check_exposure(butler, exposure)
        if world.moved:
            lines += check_retrieval(butler, world)
    return lines


def check_exposure(butler, exposure):
    """All datasets by query and by their URIs; some of a whole camera's singly, through the formatter."""
    found, lines = {}, []
    key = dict(instrument=exposure["record"]["instrument"], exposure=exposure["record"]["id"])
    try:
        for kind, run in sorted({(d["type"], d["run"]) for d in exposure["datasets"]}):
            for ref in butler.query_datasets(kind, run, data_id=key, limit=None, explain=False):
                found[str(ref.id)] = ref
        known = [d for d in exposure["datasets"] if d["id"] in found]
        lines = [
            f"{d['type']} {key} of detector {d['detector']}: not found"
            for d in exposure["datasets"]
            if d not in known
        ]
        uris = butler.get_many_uris(list(found.values()))
        for number, d in enumerate(known):
            ref = found[d["id"]]
            lines += check_dataset(butler, exposure, d, ref, uris[ref].primaryURI, number % 16 == 0)
    except Exception as error:
        lines.append(f"{key}: {type(error).__name__}: {error}"[:500])
    return lines


def check_dataset(butler, exposure, d, ref, uri, singly):
    if ref.dataId["detector"] != d["detector"]:
        return [f"{d['id']} is of {ref.dataId}, not of detector {d['detector']}"]
    with open(exposure["paths"][d["detector"]], "rb") as f:
        wanted = f.read()
    if not uri.fragment.startswith("zip-path="):
        return [f"{uri} names no zip member"]
    with zipfile.ZipFile(uri.ospath) as archive:
        same = archive.read(unquote(uri.fragment.removeprefix("zip-path="))) == wanted
    if singly:
        key = dict(ref.dataId.required)
        same = same and butler.getURI(ref) == uri and butler.get(ref) == wanted
        same = same and butler.find_dataset(d["type"], key, collections=d["run"]) == ref
    return [] if same else [f"{uri}: other bytes than the source's"]


def check_retrieval(butler, world):
    """The Butler can take the files out of a zip again."""
    exposure = world.moved[-1]
    folder = f"{world.root}/again/{os.path.basename(butler._config.configDir.ospath.rstrip('/'))}"
    os.makedirs(folder)
    refs = [butler.get_dataset(d["id"]) for d in exposure["datasets"]]
    paths = butler.retrieveArtifacts([r for r in refs if r], destination=folder, preserve_path=False)
    if len([p for p in paths if p.basename() != INDICES[0]]) != len(refs):
        return [f"retrieveArtifacts gives {len(paths)} files of {len(refs)}"]
    return []


# ---- dimensions


def export(world, exposure, path):
    """The export that today's script makes of one exposure, records in the order of their keys."""
    record = exposure["record"]
    key = dict(instrument=record["instrument"], exposure=record["id"])
    with world.source.export(filename=path) as exported:
        for element in ("exposure", *EXPORTED):
            records = world.source.query_dimension_records(element, **key, limit=None, explain=False)
            if records:
                exported.saveDimensionData(
                    element, sorted(records, key=lambda r: tuple(r.dataId.required_values))
                )


class Loader(yaml.SafeLoader):
    """Reads an export as plain data, tags and all."""


Loader.add_multi_constructor("!", lambda loader, tag, node: (tag, plain(loader, node)))
Loader.add_multi_constructor("lsst.sphgeom.", lambda loader, tag, node: (tag, plain(loader, node)))


def plain(loader, node):
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    return node.value


def check_yaml(ours, theirs, name):
    """Our export equals the Butler's byte for byte."""
    with open(ours, "rb") as a, open(theirs, "rb") as b:
        left, right = a.read(), b.read()
    if left == right:
        return []
    same = yaml.load(left, Loader) == yaml.load(right, Loader)
    pairs = zip(left.splitlines() + [b"the end"], right.splitlines() + [b"the end"], strict=False)
    line, (a, b) = next((i, p) for i, p in enumerate(pairs, 1) if p[0] != p[1])
    data = "equal" if same else "different"
    return [f"{name} line {line}: {a[:200]!r}, the Butler writes {b[:200]!r}; as data {data}"]


def check_exports(world, pps):
    """The yaml beside each zip, and `pps dimensions export` of some exposure that was not moved."""
    lines = []
    os.makedirs(f"{world.root}/exports")
    for exposure in world.moved:
        obs_id = exposure["record"]["obs_id"]
        export(world, exposure, f"{world.root}/exports/{obs_id}.yaml")
        ours = f"{world.zip_of(exposure)[:-4]}_dimensions.yaml"
        lines += check_yaml(ours, f"{world.root}/exports/{obs_id}.yaml", f"{obs_id}_dimensions.yaml")
    others = [e for e in world.spec["exposures"] if e not in world.moved and not is_empty(e["timespan"])][:2]
    for exposure in others:
        obs_id = exposure["record"]["obs_id"]
        ours, theirs = (
            f"{world.root}/exports/{obs_id}.ours.yaml",
            f"{world.root}/exports/{obs_id}.theirs.yaml",
        )
        export(world, exposure, theirs)
        lines += run(
            pps, "dimensions", "export", ours, "--repo", f"{world.root}/source", "--exposure", obs_id
        )
        if os.path.exists(ours):
            lines += check_yaml(ours, theirs, f"pps dimensions export of {obs_id}")
    return lines


def is_empty(span):
    """An empty time span: what the Butler exports for it, it cannot import."""
    return span is not None and span[0] >= span[1]


def check_imports(world, pps):
    """The Butler imports our yaml, we import the Butler's; both give the same rows, overlaps included."""
    repo = dict(world.spec["source"], datastore="file", datasets="2.0.0")
    folders, lines = [], []
    for name in ("import_butler", "import_pps"):
        namespace = None if repo["namespace"] is None else f"{repo['namespace']}_{name}"
        folders.append(f"{world.root}/{name}")
        with world_build.make_repository(folders[-1], dict(repo, namespace=namespace), world.pg) as butler:
            world_build.base_records(butler, world.spec)
            if name == "import_butler":
                for exposure in world.moved:
                    butler.import_(filename=f"{world.zip_of(exposure)[:-4]}_dimensions.yaml")
    for exposure in world.moved:
        path = f"{world.root}/exports/{exposure['record']['obs_id']}.yaml"
        lines += run(pps, "dimensions", "import", path, "--repo", folders[1])
    return lines + differences(dump(folders[1]), dump(folders[0]))


# ---- all of it


def run(pps, *arguments, cwd=None, codes=(0,)):
    """Run pps; lines when its exit code is not one of `codes`."""
    done = subprocess.run([pps, *arguments], capture_output=True, text=True, errors="replace", cwd=cwd)
    if done.returncode in codes:
        return []
    said = (done.stderr.strip() or done.stdout.strip())[-600:]
    return [f"pps {' '.join(arguments)}: exit {done.returncode}: {said}"]


def init(world, pps):
    return run(pps, "-c", f"{world.root}/pps.yaml", "init")


def raw_run(world, pps):
    command = ["-c", f"{world.root}/pps.yaml", "raw", "run", "--now", world.spec["now"]]
    if world.spec["window"]:
        command += ["--window", world.spec["window"]]
    return run(pps, *command)


def check_again(world, pps):
    """A second run changes nothing."""
    before = {folder: dump(folder) for folder, _ in world.destinations()}
    stamps = {path: os.stat(path).st_mtime_ns for path in map(world.zip_of, world.moved)}
    lines = raw_run(world, pps)
    for folder, rows in before.items():
        lines += differences(dump(folder), rows)
    return lines + [f"{p} written again" for p, t in stamps.items() if os.stat(p).st_mtime_ns != t]


def check_world(world, pps):
    """All checks of one world: {name of the check: what is wrong}; a check that cannot run says why."""
    found = {"init": init(world, pps), "raw run": raw_run(world, pps)}
    found["released"] = check_released(world)
    if found["released"]:
        world.moved = [e for e in world.moved if os.path.exists(world.zip_of(e))]
    for exposure in world.moved:
        name = exposure["record"]["obs_id"]
        found[f"zip {name}"] = guarded(check_zip, world, exposure)
        found[f"index {name}"] = guarded(check_zip_index, world, exposure)
    for folder, repo in world.destinations():
        found[f"tables of {repo['name']}"] = guarded(check_tables, world, folder)
        found[f"reading from {repo['name']}"] = guarded(check_reading, world, folder)
    found["exports"] = guarded(check_exports, world, pps)
    found["imports"] = guarded(check_imports, world, pps)
    found["second run"] = guarded(check_again, world, pps)
    return {name: lines for name, lines in found.items() if lines}


def guarded(check, *arguments):
    try:
        return check(*arguments)
    except Exception as error:
        return [f"{check.__name__}: {type(error).__name__}: {error}"[:800]]
