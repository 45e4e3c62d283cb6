# SPDX-License-Identifier: BSD-3-Clause
"""A small source repository whose rows tell `where` expressions apart.

Two instruments, a night on each side of a leap second, every nullable column NULL somewhere, time spans
that are open at one end, at both, or absent, visits of one and of two exposures in two visit systems, and
a skymap.
Deterministic: no clock, no random state of the process.
"""

import random

from astropy.time import Time, TimeDelta
from lsst.daf.butler import Butler, Config, Timespan
from lsst.sphgeom import Angle, Circle, ConvexPolygon, LonLat, UnitVector3d

SKYMAP = "lsst_cells_v1"
FILTERS = {
    "LSSTCam": {"u_24": "u", "g_6": "g", "r_57": "r", "none": "white"},
    "LATISS": {"empty~empty": "white", "SDSSr~empty": "r"},
}
NIGHTS = {"LSSTCam": (20161231, 20251231), "LATISS": (20251231, 20260101)}
TARGETS = ("lowdust", "Lupus", "Déjà-Vu-α", "it_%s", "a[b]c", "*", "x?y", "", "ŠKY 7", None)


def tai(iso):
    return Time(iso, format="isot", scale="tai")


def square(ra, dec, half):
    """A ConvexPolygon of about 2*half degrees around (ra, dec)."""
    corners = ((-half, -half), (half, -half), (half, half), (-half, half))
    return ConvexPolygon([UnitVector3d(LonLat.fromDegrees(ra + x, dec + y)) for x, y in corners])


def span(begin, rng, k):
    """The time span of exposure number k: mostly closed, each odd form now and then."""
    end = begin + TimeDelta(rng.choice((0.5, 15.0, 30.9296)), format="sec")
    return {3: None, 5: Timespan(begin, None), 7: Timespan(None, end), 11: Timespan(None, None)}.get(
        k, Timespan(begin, end)
    )


def exposure_record(instrument, day, seq, group, physical_filter, timespan, rng, k):
    def maybe(value, nth):
        return None if k % nth == nth - 1 else value

    return dict(
        instrument=instrument,
        id=day * 100000 + seq,
        day_obs=day,
        group=group,
        physical_filter=physical_filter,
        obs_id=f"{'MC' if instrument == 'LSSTCam' else 'AT'}_O_{day}_{seq:06d}",
        exposure_time=maybe(rng.choice((0.0, 15.0, 30.0, 30.5)), 9),
        dark_time=maybe(rng.choice((0.1, 15.25, 30.9296)), 8),
        observation_type=maybe(rng.choice(("science", "bias", "flat", "acq")), 10),
        observation_reason=maybe(rng.choice(("science", "sitcom", "x-ray's")), 7),
        seq_num=maybe(seq, 12),
        seq_start=maybe(seq - seq % 2, 6),
        seq_end=maybe(seq + 1, 6),
        target_name=rng.choice(TARGETS),
        science_program=maybe(rng.choice(("BLOCK-407", "BLOCK-365", "block-407")), 5),
        tracking_ra=maybe(round(rng.uniform(0, 360), 3), 4),
        tracking_dec=maybe(round(rng.uniform(-90, 20), 3), 4),
        sky_angle=maybe(rng.choice((-12.5, 0.0, 270.0)), 3),
        azimuth=maybe(rng.uniform(-270, 270), 5),
        zenith_angle=maybe(rng.uniform(0, 70), 6),
        has_simulated=maybe(k % 2 == 0, 5),
        can_see_sky=(True, False, None)[k % 3],
        timespan=timespan,
    )


def base_records(registry):
    for instrument, detectors in (("LSSTCam", 9), ("LATISS", 1)):
        registry.syncDimensionData(
            "instrument",
            dict(
                name=instrument,
                visit_max=7050123199999,
                exposure_max=7050123199999,
                detector_max=1000,
                visit_system=2,
                class_name="lsst.obs.lsst.LsstCam" if instrument == "LSSTCam" else "lsst.obs.lsst.Latiss",
            ),
        )
        registry.insertDimensionData(
            "detector",
            *[
                dict(
                    instrument=instrument,
                    id=i,
                    full_name=f"R22_S{i // 3}{i % 3}",
                    name_in_raft=f"S{i // 3}{i % 3}",
                    raft="R22",
                    purpose="SCIENCE" if i else "WAVEFRONT",
                )
                for i in range(detectors)
            ],
        )
        registry.insertDimensionData(
            "physical_filter",
            *[dict(instrument=instrument, name=f, band=b) for f, b in FILTERS[instrument].items()],
        )
        registry.insertDimensionData(
            "visit_system",
            *[
                dict(instrument=instrument, id=i, name=n)
                for i, n in ((0, "one-to-one"), (2, "by-seq-start-end"))
            ],
        )
    registry.syncDimensionData(
        "skymap", dict(name=SKYMAP, hash=bytes(range(20)), tract_max=18938, patch_nx_max=10, patch_ny_max=10)
    )
    registry.insertDimensionData(
        "tract",
        *[dict(skymap=SKYMAP, id=5000 + i, region=square(150.0 + 3 * i, -30.0, 1.6)) for i in range(4)],
    )


def visit_record(exposure, visit, region):
    keys = (
        "instrument",
        "day_obs",
        "physical_filter",
        "seq_num",
        "target_name",
        "observation_reason",
        "science_program",
        "azimuth",
        "zenith_angle",
        "timespan",
        "exposure_time",
    )
    return dict(
        {k: exposure[k] for k in keys},
        id=visit,
        name=f"{exposure['obs_id']}{'' if visit == exposure['id'] else '_pair'}",
        region=region,
    )


def night(registry, instrument, day, count, rng, first):
    iso = f"{day // 10000}-{day // 100 % 100:02d}-{day % 100:02d}"
    noon = tai(f"{iso}T12:00:00")
    registry.insertDimensionData(
        "day_obs",
        dict(instrument=instrument, id=day, timespan=Timespan(noon, noon + TimeDelta(86400, format="sec"))),
    )
    filters = sorted(FILTERS[instrument])
    exposures = []
    for i in range(count):
        begin = tai(f"{iso}T23:59:30") + TimeDelta(40.0 * i, format="sec")
        group = f"{iso}T23:59:{i:02d}.000"
        registry.insertDimensionData("group", dict(instrument=instrument, name=group))
        exposures.append(
            exposure_record(
                instrument,
                day,
                i + 1,
                group,
                filters[i % len(filters)],
                span(begin, rng, first + i),
                rng,
                first + i,
            )
        )
    registry.insertDimensionData("exposure", *exposures)
    for i, exposure in enumerate(exposures):
        if i % 4 == 3:
            continue
        ra, dec = 149.0 + 1.3 * i, -30.0 + 0.1 * i
        region = (
            square(ra, dec, 0.8),
            None,
            Circle(UnitVector3d(LonLat.fromDegrees(ra, dec)), Angle.fromDegrees(0.5)),
        )[i % 3]
        visits = [exposure["id"]] + ([exposure["id"] + 50000] if i % 4 == 1 else [])
        for visit in visits:
            registry.insertDimensionData("visit", visit_record(exposure, visit, region))
            members = [exposure] + ([exposures[i - 1]] if visit != exposure["id"] else [])
            registry.insertDimensionData(
                "visit_definition",
                *[dict(instrument=instrument, visit=visit, exposure=e["id"]) for e in members],
            )
            registry.insertDimensionData(
                "visit_system_membership",
                *[
                    dict(instrument=instrument, visit=visit, visit_system=s)
                    for s in ((0, 2) if visit == exposure["id"] else (2,))
                ],
            )
            if region is not None:
                registry.insertDimensionData(
                    "visit_detector_region",
                    *[
                        dict(instrument=instrument, visit=visit, detector=d, region=region)
                        for d in range(1 if instrument == "LATISS" else 3)
                    ],
                )


def make(root, config=None, per_night=12):
    """Make the repository at `root` and return it opened."""
    Butler.makeRepo(root, config=config if config is not None else Config())
    butler = Butler.from_config(root, writeable=True)
    rng, first = random.Random(330), 0
    with butler.transaction():
        base_records(butler.registry)
        for instrument, days in NIGHTS.items():
            for day in days:
                night(butler.registry, instrument, day, per_night, rng, first)
                first += per_night
    return butler
