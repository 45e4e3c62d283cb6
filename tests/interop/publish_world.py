# SPDX-License-Identifier: BSD-3-Clause
"""A world for the flow of prompt products, made with the real Python Butler: an embargo repository with datasets over many dimension sets, and
four that they go to; each as SQLite in a folder, or in a schema of a PostgreSQL database.
"""

import atexit
import json
import os
import uuid

import lsst.sphgeom as sg
import psycopg
import yaml
from lsst.daf.butler import Butler, CollectionType, Config, DatasetRef, DatasetType, DimensionConfig, FileDataset, Timespan
from astropy.time import Time

from postgres import drop_database, make_database

INSTRUMENT, SKYMAP, DAY = "LSSTCam", "lsst_cells_v1", 20251202
REPOSITORIES = ("embargo", "prompt_prep", "repo_main", "google_int", "google_prod")
AVAILABLE, EXPIRED = "Prompt/Outputs/Available", "Prompt/Outputs/Expired"
RUN = "LSSTCam/prompt/output-2025-12-02/ApPipe/pipelines-abc/prompt-proto"
# Name: dimensions, and whether it is a calibration. The policies below name them.
TYPES = {
    "difference_image": (("instrument", "visit", "detector"), False),
    "preliminary_visit_image": (("instrument", "visit", "detector"), False),
    "dia_source_apdb": (("instrument", "visit", "detector"), False),
    "visit_summary": (("instrument", "visit"), False),
    "isr_log": (("instrument", "exposure", "detector"), False),
    "group_metadata": (("instrument", "group", "detector"), False),
    "template_detector": (("instrument", "skymap", "tract", "patch", "visit", "detector"), False),
    "sky_coverage": (("skymap", "tract", "patch", "band"), False),
    "nightly_config": (("instrument", "day_obs"), False),
    "packages": ((), False),
    "detector_config": (("instrument", "detector"), True),
    "filter_config": (("instrument", "physical_filter"), False),
    "unheard_of": (("instrument", "visit"), False),
}
POLICIES = [
    dict(types=["preliminary_visit_image*", "template_detector"], embargo_hours=80, public=True, retention_days="forever"),
    dict(types=["difference_image", "visit_summary", "sky_coverage"], embargo_hours=80, public=True, retention_days=30),
    dict(types=["dia_*_apdb"], embargo_hours=0, public=True, retention_days=30),
    dict(types=["*_config", "*_metadata", "packages"], embargo_hours=0, public=True, retention_days="forever"),
    dict(types=["*_log"], embargo_hours=0, public=False, retention_days=10),
]
BEGIN = Time("2025-12-02T04:00:00", scale="tai")
HOUR = 3600


def ends(visit):
    """When a visit ends: visits are an hour apart, 30 s long."""
    return Time(BEGIN.jd + (visit * HOUR + 30) / 86400, format="jd", scale="tai")


def span(number):
    begin = Time(BEGIN.jd + number * HOUR / 86400, format="jd", scale="tai")
    return Timespan(begin, ends(number))


def box(ra, size=0.4):
    return sg.ConvexPolygon(
        [
            sg.UnitVector3d(sg.LonLat.fromDegrees(ra + x * size, -30 + y * size))
            for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
    )


def namespace(folder):
    return "publish_" + os.path.basename(folder)


def own_database(pg):
    """On the server of this URL a database of this process, until it ends: others test at the same time."""
    url = f"{pg.rsplit('/', 1)[0]}/publish_{os.getpid()}"
    make_database(url)
    atexit.register(drop_database, url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA publish_state")
    return url


def set_root(folder, root):
    """Where the files of the repository's datastore are; its name is the usual one."""
    path = f"{folder}/butler.yaml"
    with open(path) as f:
        config = yaml.safe_load(f)
    config["datastore"].update(root=root, name="FileDatastore@<butlerRoot>")
    with open(path, "w") as f:
        yaml.safe_dump(config, f)


def make(folder, pg=None, files=None):
    """With @pg in a schema of its own, which the name of the folder gives; @files: where its files are, if not in the folder."""
    config = Config()
    if pg:
        config["registry", "db"], config["registry", "namespace"] = pg, namespace(folder)
    Butler.makeRepo(folder, config=config, dimensionConfig=DimensionConfig())
    if files:
        set_root(folder, files)
    return Butler.from_config(folder, writeable=True)


def fill(butler, visits, detectors):
    """Dimension records of the embargo repository; visit N has exposure and group N."""
    registry = butler.registry
    with butler.transaction():
        registry.syncDimensionData(
            "instrument",
            dict(name=INSTRUMENT, visit_max=7050123199999, exposure_max=7050123199999, detector_max=1000, visit_system=0, class_name="x.Y"),
        )
        registry.insertDimensionData(
            "detector",
            *[dict(instrument=INSTRUMENT, id=d, full_name=f"R{d:02}_S00", name_in_raft="S00", raft=f"R{d:02}", purpose="SCIENCE") for d in detectors],
        )
        registry.insertDimensionData("physical_filter", *[dict(instrument=INSTRUMENT, name=f"{b}_1", band=b) for b in "gr"])
        registry.insertDimensionData("visit_system", dict(instrument=INSTRUMENT, id=0, name="one-to-one"))
        registry.insertDimensionData("day_obs", dict(instrument=INSTRUMENT, id=DAY, timespan=Timespan(BEGIN, ends(max(visits)))))
        registry.insertDimensionData("group", *[dict(instrument=INSTRUMENT, name=f"group {v}") for v in visits])
        common = dict(instrument=INSTRUMENT, physical_filter="g_1", day_obs=DAY)
        registry.insertDimensionData(
            "exposure",
            *[
                dict(common, id=v, obs_id=f"MC_O_{DAY}_{v:06}", group=f"group {v}", timespan=span(v), seq_num=v, seq_start=v, seq_end=v)
                for v in visits
            ],
        )
        registry.insertDimensionData(
            "visit", *[dict(common, id=v, name=f"MC_O_{DAY}_{v:06}", timespan=span(v), region=box(10 + 3 * v), seq_num=v) for v in visits]
        )
        registry.insertDimensionData("visit_definition", *[dict(instrument=INSTRUMENT, exposure=v, visit=v) for v in visits])
        registry.insertDimensionData("visit_system_membership", *[dict(instrument=INSTRUMENT, visit=v, visit_system=0) for v in visits])
        registry.insertDimensionData(
            "visit_detector_region",
            *[dict(instrument=INSTRUMENT, visit=v, detector=d, region=box(10 + 3 * v + 0.01 * d, 0.1)) for v in visits for d in detectors],
        )
        registry.syncDimensionData("skymap", dict(name=SKYMAP, hash=bytes(range(20)), tract_max=100, patch_nx_max=3, patch_ny_max=3))
        registry.insertDimensionData("tract", *[dict(skymap=SKYMAP, id=t, region=box(10 + 3 * t, 1.0)) for t in visits])
        registry.insertDimensionData(
            "patch", *[dict(skymap=SKYMAP, tract=t, id=p, cell_x=p % 3, cell_y=p // 3, region=box(10 + 3 * t + 0.2 * p, 0.1)) for t in visits for p in range(2)]
        )


def data_ids(dimensions, visits, detectors):
    """All data IDs of a dimension set in this world."""
    found = [{}]
    for name in dimensions:
        if name in ("visit", "exposure", "group", "tract"):
            values = [f"group {v}" if name == "group" else v for v in visits]
            if name == "tract" and "visit" in dimensions or name == "visit" and any("tract" in f for f in found):
                other = "visit" if name == "tract" else "tract"
                found = [dict(f, **{name: f.get(other, v)}) for f in found for v in ([None] if other in f else values)]
                continue
        else:
            values = dict(instrument=[INSTRUMENT], detector=detectors, skymap=[SKYMAP], patch=[0], band=["g"], day_obs=[DAY], physical_filter=["g_1"])[name]
        found = [dict(f, **{name: v}) for f in found for v in values]
    return found


class World:
    def __init__(self, root, pg=None, visits=range(1, 4), detectors=range(2), transfer="hardlink", files=None, **more):
        """@files: where those of the first repository are."""
        self.root, self.pg, self.visits, self.detectors = root, pg and own_database(pg), list(visits), list(detectors)
        os.makedirs(root)
        self.butlers = {name: make(self.folder(name), self.pg, files if name == "embargo" else None) for name in REPOSITORIES}
        fill(self.embargo, self.visits, self.detectors)
        self.put()
        self.share_root()
        self.configure(transfer, **more)

    @property
    def embargo(self):
        return self.butlers["embargo"]

    def folder(self, name):
        return f"{self.root}/{name}"

    def butler(self, name):
        """Anew, so that nothing is remembered."""
        return Butler.from_config(self.folder(name), writeable=True)

    def put(self):
        """A dataset of each type for each data ID, as a real pipeline puts them."""
        butler, self.refs = self.embargo, {}
        butler.collections.register(RUN, type=CollectionType.RUN)
        for name, (dimensions, is_calibration) in TYPES.items():
            kind = DatasetType(name, dimensions, "StructuredDataDict", universe=butler.dimensions, isCalibration=is_calibration)
            butler.registry.registerDatasetType(kind)
            for i, data_id in enumerate(data_ids(dimensions, self.visits, self.detectors)):
                ref = butler.put({"type": name, "number": i}, name, data_id, run=RUN)
                self.refs[ref.id] = ref

    def share_root(self):
        """Google's repositories read prompt_prep's files: the same datastore name, its root."""
        for name in ("google_int", "google_prod"):
            set_root(self.folder(name), self.folder("prompt_prep"))
            self.butlers[name] = Butler.from_config(self.folder(name), writeable=True)

    def configure(self, transfer, **more):
        repositories = {
            "embargo": dict(butler="embargo", reclaim_after="24h"),
            "prompt_prep": {"butler": "prompt_prep", "from": "embargo", "transfer": "copy"},
            "repo_main": {"butler": "repo_main", "from": "prompt_prep", "transfer": transfer},
            "google_int": {"butler": "google_int", "from": "prompt_prep", "transfer": "in_place", "audience": "public"},
            "google_prod": {"butler": "google_prod", "from": "prompt_prep", "transfer": "in_place", "audience": "public"},
        }
        with open(f"{self.root}/pps.yaml", "w") as f:
            state = f"{self.pg}?options=-csearch_path%3Dpublish_state" if self.pg else "sqlite:///state.db"
            yaml.safe_dump(dict(state=state, repositories=repositories, policies=POLICIES, **more), f, sort_keys=False)

    def list(self):
        """A batch file of all datasets."""
        path = f"{self.root}/batch.json"
        with open(path, "w") as f:
            json.dump({"batch_id": str(uuid.uuid4()), "origin": "prompt_processing", "datasets": [str(i) for i in self.refs]}, f)
        return path
