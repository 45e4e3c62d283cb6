# SPDX-License-Identifier: BSD-3-Clause
"""Makes a world of worlds.py with the real Python Butler: its source repository and files, the destinations
with a twin of each, today's config_raw.yaml and a pps.yaml.
"""

import json
import math
import os
import random
import sqlite3
import sys
import types

import lsst.sphgeom as sg
import sqlalchemy
import yaml
from astropy.time import Time
from lsst.daf.butler import (
    Butler,
    CollectionType,
    Config,
    DatasetIdGenEnum,
    DatasetRef,
    DatasetType,
    DimensionConfig,
    FileDataset,
    FormatterV2,
    Timespan,
)

from fitsfile import raw_file
from oracle import HOUR, SECOND
from worlds import DATASET_TYPES, FILTERS, FLOATS, SKYMAP, all_detectors

FORMATTER = "lsst.obs.lsst.rawFormatter.LsstCamRawFormatter"
DATASETS_MANAGER = (
    "lsst.daf.butler.registry.datasets.byDimensions.ByDimensionsDatasetRecordStorageManagerUUID"
)
FILE_DATASTORE = "lsst.daf.butler.datastores.fileDatastore.FileDatastore"
CHAINED_DATASTORE = "lsst.daf.butler.datastores.chainedDatastore.ChainedDatastore"


@sqlalchemy.event.listens_for(sqlalchemy.Engine, "connect")
def hurry(connection, _):
    """What the judge writes is not waited for until a disk has it: nobody pulls the plug."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


def install_stand_ins():
    """Formatter and image classes are not on PyPI: stand-ins that give a file's bytes for an image."""
    formatter, cls = FORMATTER.rsplit(".", 1)
    for module in (formatter, "lsst.afw.image"):
        parts = module.split(".")
        for i in range(2, len(parts) + 1):
            name = ".".join(parts[:i])
            if name not in sys.modules:
                sys.modules[name] = types.ModuleType(name)
                sys.modules[name].__path__ = []
    contents = {
        "__module__": formatter,
        "default_extension": ".fits",
        "supported_extensions": frozenset({".fits"}),
        "can_read_from_stream": True,
        "read_from_stream": lambda self, stream, component=None, expected_size=-1: stream.read(),
    }
    setattr(sys.modules[formatter], cls, type(cls, (FormatterV2,), contents))
    sys.modules["lsst.afw.image"].Exposure = sys.modules["lsst.afw.image"].ExposureF = bytes


def repository_config(repo, pg):
    config = Config()
    if repo["namespace"] is not None:
        config["registry", "db"] = pg
        config["registry", "namespace"] = repo["namespace"]
    if repo["datasets"] != "2.0.0":
        config["registry", "managers", "datasets"] = {
            "cls": DATASETS_MANAGER,
            "schema_version": repo["datasets"],
        }
    if repo["datastore"] == "named":
        config["datastore", "name"] = "FileDatastore@named"
    elif repo["datastore"].startswith("chain"):
        config["datastore"] = chained_datastore(repo["name"])
    return config


def chained_datastore(name):
    """Three members: the source's first is read-only; each has its own name, root and, two of them, table."""
    member = [
        dict(cls=FILE_DATASTORE, name=f"FileDatastore@{i}", root=f"<butlerRoot>/FileDatastore_{i}")
        for i in range(3)
    ]
    member[1]["records"], member[2]["records"] = {"table": "second_records"}, {"table": "third_records"}
    reject = [
        dict(reject=["all"]),
        dict(accept=["all"]),
        dict(reject=["guider_raw"]) if name != "source" else dict(accept=["raw", "guider_raw"]),
    ]
    return dict(
        cls=CHAINED_DATASTORE,
        datastore_constraints=[dict(constraints=c) for c in reject],
        datastores=[dict(datastore=m) for m in member],
    )


def make_repository(folder, repo, pg):
    dimensions = DimensionConfig(
        f"resource://lsst.daf.butler/configs/old_dimensions/daf_butler_universe{repo['universe']}.yaml"
    )
    Butler.makeRepo(folder, config=repository_config(repo, pg), dimensionConfig=dimensions)
    if repo["datastore"] == "chain_compact":
        # As a site writes it by hand: Butler itself writes out every default of each member.
        path = f"{folder}/butler.yaml"
        with open(path) as f:
            config = yaml.safe_load(f)
        config["datastore"] = chained_datastore(repo["name"])
        with open(path, "w") as f:
            yaml.safe_dump(config, f)
    return Butler.from_config(folder, writeable=True)


def base_records(butler, spec):
    """The instrument-level records, as `butler register-instrument` leaves them."""
    registry = butler.registry
    with butler.transaction():
        for camera in spec["instruments"]:
            name = camera["name"]
            registry.syncDimensionData(
                "instrument",
                dict(
                    name=name,
                    visit_max=7050123199999,
                    exposure_max=7050123199999,
                    detector_max=1000,
                    visit_system=2,
                    class_name=f"lsst.obs.lsst.{name}",
                ),
            )
            registry.insertDimensionData(
                "detector",
                *[
                    dict(instrument=name, id=i, full_name=f"{r}_{s}", name_in_raft=s, raft=r, purpose=p)
                    for i, r, s, p in all_detectors(name)
                ],
            )
            registry.insertDimensionData(
                "physical_filter", *[dict(instrument=name, name=f, band=b) for f, b in FILTERS.items()]
            )
            registry.insertDimensionData(
                "visit_system",
                *[
                    dict(instrument=name, id=i, name=n)
                    for i, n in ((0, "one-to-one"), (2, "by-seq-start-end"))
                ],
            )


def sky_map(butler, tracts):
    registry = butler.registry
    with butler.transaction():
        registry.syncDimensionData(
            "skymap",
            dict(name=SKYMAP, hash=bytes(range(20)), tract_max=18938, patch_nx_max=10, patch_ny_max=10),
        )
        shapes = [dict(shape="polygon", ra=150.0 + 3 * i, dec=-30.0, size=1.6) for i in range(tracts)]
        if shapes:
            registry.insertDimensionData(
                "tract",
                *[dict(skymap=SKYMAP, id=5000 + i, region=make_region(s)) for i, s in enumerate(shapes)],
            )


def register_dataset_types(butler):
    for name, storage_class in DATASET_TYPES.items():
        butler.registry.registerDatasetType(
            DatasetType(
                name, ("instrument", "exposure", "detector"), storage_class, universe=butler.dimensions
            )
        )


def offset_point(ra, dec, x, y):
    """The unit vector at tangent-plane offsets (x, y) degrees from (ra, dec)."""
    r, d = math.radians(ra), math.radians(dec)
    centre = (math.cos(d) * math.cos(r), math.cos(d) * math.sin(r), math.sin(d))
    east, north = (
        (-math.sin(r), math.cos(r), 0.0),
        (-math.sin(d) * math.cos(r), -math.sin(d) * math.sin(r), math.cos(d)),
    )
    return sg.UnitVector3d(
        *[centre[k] + math.radians(x) * east[k] + math.radians(y) * north[k] for k in range(3)]
    )


def polygon(ra, dec, size, corners=12):
    angles = [2 * math.pi * k / corners for k in range(corners)]
    return sg.ConvexPolygon([offset_point(ra, dec, size * math.cos(a), size * math.sin(a)) for a in angles])


def make_region(r, shift=0.0):
    """The region that worlds.region described; `shift` degrees north for a detector's (no ellipse then)."""
    if r is None:
        return None
    ra, dec, size = r["ra"], r["dec"] + shift, r["size"]
    centre = offset_point(ra, dec, 0, 0)
    circle = sg.Circle(centre, sg.Angle.fromDegrees(size))
    if r["shape"] == "circle":
        return circle
    if r["shape"] == "box":
        return sg.Box(
            sg.LonLat.fromDegrees(ra, dec), sg.Angle.fromDegrees(size), sg.Angle.fromDegrees(min(size, 0.4))
        )
    if r["shape"] == "ellipse" and not shift:
        return sg.Ellipse(
            centre, sg.Angle.fromDegrees(size), sg.Angle.fromDegrees(size / 2), sg.Angle.fromDegrees(30)
        )
    if r["shape"] == "union":
        return sg.UnionRegion(circle, polygon(ra, dec + 1.0, size, 4))
    if r["shape"] == "intersection":
        return sg.IntersectionRegion(circle, polygon(ra, dec, size, 4))
    return polygon(ra, dec, size)


def make_span(span):
    return None if span is None else Timespan(None, None, _nsec=tuple(span))


def noon_of(day_obs):
    """TAI nanoseconds of the noon at which the day of observation begins."""
    iso = f"{day_obs // 10000}-{day_obs // 100 % 100:02d}-{day_obs % 100:02d}T12:00:00"
    return int(Time(iso, format="isot", scale="tai").unix_tai) * SECOND


def observation_records(butler, spec):
    registry = butler.registry
    with butler.transaction():
        for e in spec["exposures"]:
            r = e["record"]
            noon = noon_of(r["day_obs"])
            registry.insertDimensionData(
                "day_obs",
                dict(
                    instrument=r["instrument"], id=r["day_obs"], timespan=make_span((noon, noon + 24 * HOUR))
                ),
                skip_existing=True,
            )
            registry.insertDimensionData(
                "group", dict(instrument=r["instrument"], name=r["group"]), skip_existing=True
            )
            registry.insertDimensionData("exposure", dict(r, timespan=make_span(e["timespan"])))
        by_id = {(e["record"]["instrument"], e["record"]["id"]): e for e in spec["exposures"]}
        for v in spec["visits"]:
            visit_records(registry, v, by_id[v["instrument"], v["exposure"]])


VISIT_KEYS = (
    "instrument",
    "day_obs",
    "physical_filter",
    "seq_num",
    "exposure_time",
    "target_name",
    "observation_reason",
    "science_program",
    "azimuth",
    "zenith_angle",
)


def visit_records(registry, v, e):
    r, key = e["record"], dict(instrument=v["instrument"], visit=v["id"])
    shape = make_region(v["region"])
    registry.insertDimensionData(
        "visit",
        dict(
            {k: r[k] for k in VISIT_KEYS},
            id=v["id"],
            name=r["obs_id"] + ("" if v["id"] == r["id"] else "_2"),
            region=shape,
            timespan=make_span(v["timespan"]),
        ),
    )
    registry.insertDimensionData("visit_definition", *[dict(key, exposure=m) for m in v["members"]])
    registry.insertDimensionData(
        "visit_system_membership", *[dict(key, visit_system=s) for s in v["systems"]]
    )
    if v["detectors"] and e["present"]:
        registry.insertDimensionData(
            "visit_detector_region",
            *[dict(key, detector=d[0], region=make_region(v["region"], 0.001 * d[0])) for d in e["present"]],
        )


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def fits_keys(record, detector, rng):
    keys = [
        ("OBSID", record["obs_id"]),
        ("RAFTBAY", detector[1]),
        ("CCDSLOT", detector[2]),
        ("DAYOBS", str(record["day_obs"])),
        ("SEQNUM", record["seq_num"]),
        ("EXPTIME", 30.0),
        ("MJD", 61010.999 + rng.random()),
        ("SHUTTIME", rng.choice(FLOATS[:4])),
        ("TESTED", rng.random() < 0.5),
        ("COMMON", "same for all"),
    ]
    return keys + [("LONGSTR", "a'b " * rng.choice((1, 30)) + record["obs_id"])]


def write_exposure(folder, e):
    """The files of one exposure below `folder`; returns {detector id: path}."""
    record, rng, paths = e["record"], random.Random(e["file_seed"]), {}
    for d in e["present"]:
        stem = f"{folder}/{record['obs_id']}_{d[1]}_{d[2]}"
        pixels = [rng.randrange(-(2**15), 2**15) for _ in range(e["pixels"])]
        write(f"{stem}.fits", raw_file(fits_keys(record, d, rng), pixels))
        if e["sidecars"] == "all" or (e["sidecars"] == "some" and rng.random() < 0.5):
            write(
                f"{stem}.json",
                rng.choice(
                    (
                        json.dumps(
                            {"OBSID": record["obs_id"], "N": d[0], "pad": "x" * rng.randrange(300)}
                        ).encode(),
                        b"{}",
                    )
                ),
            )
        paths[d[0]] = f"{stem}.fits"
    return paths


def write_others(folder, e):
    record = e["record"]
    if e["expected"] is not None:
        write(
            f"{folder}/{record['obs_id']}_expectedSensors.json",
            json.dumps({"expectedSensors": {f"{d[1]}_{d[2]}": d[3] for d in e["expected"]}}).encode(),
        )
    if e["extra"]:
        write(f"{folder}/{record['obs_id']}_notes é.txt", ("weather: clear\n" * 40).encode())
        write(f"{folder}/empty.log", b"")


def dataset_of(butler, e, d, paths):
    name = e["record"]["instrument"]
    kind, run = ("guider_raw", f"{name}/raw/guider") if d[3] == "GUIDER" else ("raw", f"{name}/raw/all")
    ref = DatasetRef(
        butler.get_dataset_type(kind),
        butler.registry.expandDataId(instrument=name, exposure=e["record"]["id"], detector=d[0]),
        run=run,
        id_generation_mode=DatasetIdGenEnum.DATAID_TYPE_RUN,
    )
    return FileDataset(path=paths[d[0]], formatter=FORMATTER, refs=[ref])


def fill_source(butler, spec, root):
    """Write every exposure's files and ingest them; e["folder"], e["paths"] and e["datasets"] say where."""
    for camera in spec["instruments"]:
        for run in (f"{camera['name']}/raw/all", f"{camera['name']}/raw/guider"):
            butler.collections.register(run, CollectionType.RUN)
    for e in spec["exposures"]:
        record = e["record"]
        folder = f"{root}/storage/{record['instrument']}/{record['day_obs']}/{record['obs_id']}"
        staging = f"{root}/staging/{record['obs_id']}" if e["in_root"] else folder
        paths = write_exposure(staging, e)
        datasets = [dataset_of(butler, e, d, paths) for d in e["present"]]
        if datasets:
            butler.ingest(*datasets, transfer="copy" if e["in_root"] else "direct")
            if e["in_root"]:
                folder = os.path.dirname(butler.getURI(datasets[0].refs[0]).ospath)
        os.makedirs(folder, exist_ok=True)
        write_others(folder, e)
        e["folder"], e["paths"] = folder, paths
        e["datasets"] = [
            dict(
                id=str(ds.refs[0].id),
                type=ds.refs[0].datasetType.name,
                run=ds.refs[0].run,
                detector=ds.refs[0].dataId["detector"],
                file=str(ds.path),
            )
            for ds in datasets
        ]


def make_destination(folder, repo, spec, source, pg):
    """A destination with the records and types that the world gives it; also used for its twin."""
    with make_repository(folder, repo, pg) as butler:
        if repo["records"] == "instrument":
            base_records(butler, spec)
        if repo["dataset_types"]:
            register_dataset_types(butler)
        with_data = [e for e in spec["exposures"] if e["datasets"]]
        if repo["preloaded"] and with_data:
            ids = [
                source.registry.expandDataId(
                    instrument=with_data[0]["record"]["instrument"],
                    exposure=with_data[0]["record"]["id"],
                    detector=with_data[0]["datasets"][0]["detector"],
                )
            ]
            butler.transfer_dimension_records_from(source, ids)


def configuration(spec, root, pg):
    state = "sqlite:///state.db"
    if spec["state_in_db"]:
        state = f"{pg}?options=-csearch_path%3Dstate_{spec['seed']}"
    repositories = {"embargo": {"butler": "source"}}
    for repo in spec["destinations"]:
        repositories[repo["name"]] = {
            "butler": f"{repo['name']}/butler.yaml" if repo["by_file"] else repo["name"]
        }
    dest_root = f"{root}/instrument".replace(" ", "%20")
    return dict(
        state=state,
        repositories=repositories,
        raw=dict(
            source="embargo",
            destinations=[repo["name"] for repo in spec["destinations"]],
            dest_root=f"file://{dest_root}",
            queries="config_raw.yaml",
            skymap=SKYMAP,
        ),
    )


def build(spec, root, pg=None):
    """Make the world below `root`, an empty folder; `pg` is the URL of the database for its schemas."""
    install_stand_ins()
    os.makedirs(f"{root}/instrument")
    source = make_repository(f"{root}/source", spec["source"], pg)
    base_records(source, spec)
    sky_map(source, spec["tracts"])
    register_dataset_types(source)
    observation_records(source, spec)
    fill_source(source, spec, root)
    for repo in spec["destinations"]:
        make_destination(f"{root}/{repo['name']}", repo, spec, source, pg)
        make_destination(f"{root}/{repo['name']}_twin", twin_of(repo), spec, source, pg)
    with open(f"{root}/config_raw.yaml", "w") as f:
        yaml.safe_dump(spec["queries"], f, allow_unicode=True)
    with open(f"{root}/pps.yaml", "w") as f:
        yaml.safe_dump(configuration(spec, root, pg), f, allow_unicode=True, sort_keys=False)
    with open(f"{root}/world.json", "w") as f:
        json.dump(spec, f, ensure_ascii=False, indent=1)
    return source


def twin_of(repo):
    return dict(repo, namespace=None if repo["namespace"] is None else f"{repo['namespace']}_twin")
