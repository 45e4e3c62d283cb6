#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes the example world's repositories with the real Python Butler and writes them as SQL text.

usage: make-example-sql.py [--check]   into examples/world/*.sql; --check compares with what is there instead
"""

import math
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import types

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f"{TOP}/examples/world")

import astropy.time  # noqa: E402
import lsst.sphgeom as sphgeom  # noqa: E402
from lsst.daf.butler import (
    Butler,
    CollectionType,
    DatasetIdGenEnum,
    DatasetRef,
    DatasetType,
    FileDataset,  # noqa: E402
    FormatterV2,
    Timespan,
)

import files  # noqa: E402

RAW_FORMATTER = "lsst.obs.lsst.rawFormatter.LsstCamRawFormatter"
SKYMAP = "lsst_cells_v1"
INGESTED = 1764900000000000000  # TAI ns; the moment of making is not part of the world


NAMES = ("embargo", "main", "products")


def stand_in_formatter():
    """Butler.ingest imports the formatter class, which is not on PyPI."""
    module, name = RAW_FORMATTER.rsplit(".", 1)
    parts = module.split(".")
    for i in range(2, len(parts) + 1):
        path = ".".join(parts[:i])
        if path not in sys.modules:
            sys.modules[path] = types.ModuleType(path)
            sys.modules[path].__path__ = []
    setattr(
        sys.modules[module],
        name,
        type(
            name,
            (FormatterV2,),
            {
                "__module__": module,
                "default_extension": ".fits",
                "supported_extensions": frozenset({".fits"}),
                "read_from_uri": lambda self, uri, component=None, expected_size=-1: NotImplemented,
            },
        ),
    )


def tai(text):
    return astropy.time.Time(text, format="isot", scale="tai")


def polygon(ra, dec, offsets):
    """Convex polygon from offsets in degrees on the tangent plane at a position."""
    r, d = math.radians(ra), math.radians(dec)
    c = (math.cos(d) * math.cos(r), math.cos(d) * math.sin(r), math.sin(d))
    e = (-math.sin(r), math.cos(r), 0.0)
    n = (-math.sin(d) * math.cos(r), -math.sin(d) * math.sin(r), math.cos(d))
    return sphgeom.ConvexPolygon(
        [
            sphgeom.UnitVector3d(*(c[k] + math.radians(x) * e[k] + math.radians(y) * n[k] for k in range(3)))
            for x, y in offsets
        ]
    )


def square(x, y, half):
    return [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]


def detector_offset(raft, slot):
    x = (int(raft[2]) - 2) * 0.7 + ((int(slot[2]) - 1) * 0.23)
    y = (int(raft[1]) - 2) * 0.7 + ((int(slot[1]) - 1) * 0.23 if slot[1].isdigit() else 0.0)
    return x, y


def instrument_records(butler):
    registry, name = butler.registry, files.INSTRUMENT
    registry.syncDimensionData(
        "instrument",
        dict(
            name=name,
            visit_max=7050123199999,
            exposure_max=7050123199999,
            detector_max=1000,
            visit_system=2,
            class_name="lsst.obs.lsst.LsstCam",
        ),
    )
    registry.insertDimensionData(
        "detector",
        *[
            dict(instrument=name, id=i, full_name=f"{r}_{s}", name_in_raft=s, raft=r, purpose=p)
            for i, r, s, p in files.detectors()
        ],
    )
    registry.insertDimensionData(
        "physical_filter",
        *[
            dict(instrument=name, name=f, band=b)
            for f, b in sorted({(e["physical_filter"], e["band"]) for e in files.exposures()})
        ],
    )
    registry.insertDimensionData(
        "visit_system",
        dict(instrument=name, id=0, name="one-to-one"),
        dict(instrument=name, id=2, name="by-seq-start-end"),
    )


def observation_records(butler):
    registry, name = butler.registry, files.INSTRUMENT
    registry.syncDimensionData(
        "skymap", dict(name=SKYMAP, hash=bytes(range(20)), tract_max=18938, patch_nx_max=10, patch_ny_max=10)
    )
    registry.insertDimensionData(
        "tract",
        *[
            dict(skymap=SKYMAP, id=5000 + i, region=polygon(150.0 + 1.4 * i, -29.5, square(0, 0, 0.8)))
            for i in range(5)
        ],
    )
    noon = tai(
        f"{files.DAY_OBS // 10000}-{files.DAY_OBS // 100 % 100:02d}-{files.DAY_OBS % 100:02d}T12:00:00"
    )
    registry.insertDimensionData(
        "day_obs",
        dict(
            instrument=name,
            id=files.DAY_OBS,
            timespan=Timespan(noon, noon + astropy.time.TimeDelta(86400, format="sec")),
        ),
    )
    for e in files.exposures():
        span = Timespan(tai(e["begin"]), tai(e["end"]) if e["end"] else None)
        common = dict(
            instrument=name,
            id=e["id"],
            day_obs=e["day_obs"],
            physical_filter=e["physical_filter"],
            seq_num=e["seq_num"],
            exposure_time=e["exposure_time"],
            target_name=e["target_name"],
            observation_reason=e["observation_reason"],
            science_program=e["science_program"],
            timespan=span,
            azimuth=222.07 if e["can_see_sky"] else None,
            zenith_angle=18.1 if e["can_see_sky"] else None,
        )
        registry.insertDimensionData("group", dict(instrument=name, name=e["group"]))
        registry.insertDimensionData(
            "exposure",
            dict(
                common,
                group=e["group"],
                obs_id=e["obs_id"],
                dark_time=e["exposure_time"] + 0.929,
                observation_type=e["observation_type"],
                seq_start=e["seq_num"],
                seq_end=e["seq_num"],
                tracking_ra=e["ra"],
                tracking_dec=e["dec"],
                sky_angle=0.0 if e["can_see_sky"] else None,
                has_simulated=False,
                can_see_sky=e["can_see_sky"],
            ),
        )
        if not e["can_see_sky"] or not e["end"]:
            continue
        registry.insertDimensionData(
            "visit",
            dict(
                common,
                name=e["obs_id"],
                region=polygon(
                    e["ra"],
                    e["dec"],
                    [(1.75 * math.cos(a * math.pi / 6), 1.75 * math.sin(a * math.pi / 6)) for a in range(12)],
                ),
            ),
        )
        registry.insertDimensionData(
            "visit_definition", dict(instrument=name, exposure=e["id"], visit=e["id"])
        )
        registry.insertDimensionData(
            "visit_system_membership", *[dict(instrument=name, visit_system=s, visit=e["id"]) for s in (0, 2)]
        )
        registry.insertDimensionData(
            "visit_detector_region",
            *[
                dict(
                    instrument=name,
                    visit=e["id"],
                    detector=i,
                    region=polygon(e["ra"], e["dec"], square(*detector_offset(r, s), 0.11)),
                )
                for i, r, s, p in files.example_detectors()
                if p == "SCIENCE"
            ],
        )


def ingest(butler, storage):
    types_ = {
        p: butler.get_dataset_type(t)
        for p, t in (("SCIENCE", "raw"), ("WAVEFRONT", "raw"), ("GUIDER", "guider_raw"))
    }
    runs = {"raw": f"{files.INSTRUMENT}/raw/all", "guider_raw": f"{files.INSTRUMENT}/raw/guider"}
    for run in runs.values():
        butler.collections.register(run, CollectionType.RUN)
    butler.ingest(
        *[
            FileDataset(
                path=files.file_of(storage, e, d),
                formatter=RAW_FORMATTER,
                refs=[
                    DatasetRef(
                        types_[d[3]],
                        butler.registry.expandDataId(
                            instrument=files.INSTRUMENT, exposure=e["id"], detector=d[0]
                        ),
                        run=runs[types_[d[3]].name],
                        id_generation_mode=DatasetIdGenEnum.DATAID_TYPE_RUN,
                    )
                ],
            )
            for e in files.exposures()
            for d in files.example_detectors()
        ],
        transfer="direct",
    )


def ingest_products(butler, folder):
    """In place: their paths are relative to the repository."""
    files.write_products(folder)
    butler.collections.register(files.PRODUCTS_RUN, CollectionType.RUN)
    for kind, by in files.PRODUCTS.items():
        butler.registry.registerDatasetType(DatasetType(kind, ("instrument", by, "detector"), "StructuredDataDict", universe=butler.dimensions))
    butler.ingest(
        *[
            FileDataset(
                path=f"{folder}/{files.product_path(kind, e, d)}",
                formatter="lsst.daf.butler.formatters.json.JsonFormatter",
                refs=[
                    DatasetRef(
                        butler.get_dataset_type(kind),
                        butler.registry.expandDataId({"instrument": files.INSTRUMENT, by: e["id"], "detector": d}),
                        run=files.PRODUCTS_RUN,
                        id_generation_mode=DatasetIdGenEnum.DATAID_TYPE_RUN,
                    )
                ],
            )
            for kind, by, e, d in files.products()
        ],
        transfer=None,
    )


def make(root):
    files.write_storage(f"{root}/storage")
    for name in NAMES:
        Butler.makeRepo(f"{root}/{name}")
        with Butler.from_config(f"{root}/{name}", writeable=True) as butler:
            instrument_records(butler)
            if name == "products":
                observation_records(butler)
                ingest_products(butler, f"{root}/{name}")
            if name == "embargo":
                for t in ("raw", "guider_raw"):
                    butler.registry.registerDatasetType(
                        DatasetType(
                            t,
                            ("instrument", "exposure", "detector"),
                            "Exposure" if t == "raw" else "StampsBase",
                            universe=butler.dimensions,
                        )
                    )
                observation_records(butler)
                ingest(butler, f"{root}/storage")


def dump(root, name):
    database = sqlite3.connect(f"{root}/{name}/gen3.sqlite3")
    database.execute("UPDATE dataset SET ingest_date = ?", (INGESTED,))
    statements = list(database.iterdump())
    database.close()
    # the Butler makes indexes in no fixed order
    indexes = sorted(s for s in statements if s.startswith("CREATE INDEX"))
    text = "\n".join([s for s in statements[:-1] if s not in set(indexes)] + indexes + statements[-1:]) + "\n"
    return re.sub(re.escape(root), "@ROOT@", text)


def main():
    stand_in_formatter()
    root = os.path.realpath(tempfile.mkdtemp(prefix="pps-example."))
    different = 0
    try:
        make(root)
        for name in NAMES:
            path, text = f"{TOP}/examples/world/{name}.sql", dump(root, name)
            if "--check" not in sys.argv:
                with open(path, "w") as f:
                    f.write(text)
            else:
                with open(path) as f:
                    old = f.read()
                if old != text:
                    different += 1
                    for a, b in zip(old.splitlines(), text.splitlines()):
                        if a != b:
                            print(f"{name}.sql has\n  {a[:300]}\nthe Python Butler makes\n  {b[:300]}")
                            break
    finally:
        shutil.rmtree(root)
    if "--check" in sys.argv:
        print(f"{len(NAMES) - different} passed, {different} failed")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
