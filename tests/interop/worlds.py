# SPDX-License-Identifier: BSD-3-Clause
"""Random but valid worlds for the raw flow: what the source repository holds and how the site is configured.

`generate(seed, db)` decides everything about a world from its seed alone, as plain data; `build` in
world_build.py makes it. Times are int64 TAI nanoseconds.
"""

import random

from astropy.time import Time

from oracle import HOUR, MAX_TIME, SECOND, released, sky_matches, utc_ns

SKYMAP = "lsst_cells_v1"
FILTERS = {"u_24": "u", "g_6": "g", "r_57": "r", "i_39": "i", "none": "white"}
PREFIX = {"LSSTCam": "MC", "LATISS": "AT", "LSSTComCam": "CC"}
DATASET_TYPES = {"raw": "Exposure", "guider_raw": "ExposureF"}
# Names that YAML, SQL or a URI may misread.
TARGETS = (
    "lowdust",
    "Ω Cen",
    "β Pictoris – Feld",
    "名前",
    "O'Neil",
    "null",
    "123",
    "2025-01-01",
    "yes",
    "~",
    "a: b",
    "#7",
    "- x",
    "",
    " lead",
    "trail ",
    "tab\there",
    "1e5",
    "0x1F",
    "[x]",
    "{y}",
    "&a",
    "*b",
    "%c",
    "@d",
    "line\nbreak",
    'quote"d',
    "back\\slash",
    "😀 field",
    "x" * 64,
    None,
)
FLOATS = (
    0.0,
    -0.0,
    1e-07,
    0.1 + 0.2,
    1e22,
    123456789.123456789,
    -270.5,
    5e-324,
    1.7976931348623157e308,
    30.0,
)


def all_detectors(instrument):
    """(id, raft, sensor, purpose) of every detector of the camera."""
    if instrument == "LATISS":
        return [(0, "RXX", "S00", "SCIENCE")]
    sensors = [f"S{i // 3}{i % 3}" for i in range(9)]
    if instrument == "LSSTComCam":
        return [(i, "R22", s, "SCIENCE") for i, s in enumerate(sensors)]
    corners = ("R00", "R04", "R40", "R44")
    rafts = [f"R{a}{b}" for a in range(5) for b in range(5)]
    named = [(r, s, "SCIENCE") for r in rafts if r not in corners for s in sensors]
    named += [
        (r, s, p)
        for r in corners
        for s, p in (("SG0", "GUIDER"), ("SG1", "GUIDER"), ("SW0", "WAVEFRONT"), ("SW1", "WAVEFRONT"))
    ]
    return [(i, *d) for i, d in enumerate(named)]


def generate(seed, db):
    """The plain-data description of world `seed` on `db` ("sqlite" or "postgres")."""
    for attempt in range(20):
        spec = draw(random.Random(f"world {seed} {db} {attempt}"), seed, db)
        if released(spec) or seed % 10 == 9:
            break
    return spec


def turn(seed, step, choices):
    """One of `choices` by the seed, so that any few worlds in a row have all of them."""
    return choices[seed * step % len(choices)]


def draw(rng, seed, db):
    spec = dict(seed=seed, db=db, odd_path=seed % 4 == 2, state_in_db=db == "postgres" and seed % 3 == 1)
    spec["source"] = repository(rng, "source", seed, db)
    names = ("dest", "public") if seed % 5 == 4 else ("dest",)
    spec["destinations"] = [destination(rng, name, seed + len(name), db) for name in names]
    now = rng.choice(("2017-01-01T00:00:{:02d}", "2026-03-04T05:06:{:02d}", "2025-12-03T00:00:{:02d}"))
    spec["now"] = now.format(rng.choice((0, 7, 59)))
    spec["window"] = rng.choice((None, None, None, None, "35min", "12h"))
    one, two, three = ["LSSTCam"], ["LSSTCam", "LATISS"], ["LSSTCam", "LATISS", "LSSTComCam"]
    names = one if seed % 6 == 3 else rng.choice((one, one, two, ["LATISS"], three))
    spec["instruments"] = [instrument(rng, name, seed % 6 == 3) for name in names]
    spec["queries"] = [q for name in names for q in queries(rng, name, len(names))]
    spec["tracts"] = rng.choice((0, 1, 4))
    exposures(rng, spec, 1 if spec["instruments"][0]["full"] else rng.choice((1, 2, 3, 5, 8, 20)))
    return spec


def repository(rng, name, seed, db):
    # A name that needs quotes is out: the Butler itself does not quote it in LOCK TABLE.
    namespace = rng.choice((f"{name}_{seed}", f"w{seed}_{name}_é"))
    return dict(
        name=name,
        universe=turn(seed, 1, (7, 8)),
        datasets=turn(seed, 1, ("2.0.0", "1.0.0", "2.0.0")),
        namespace=namespace if db == "postgres" else None,
        datastore=turn(seed, 2, ("file", "chain", "named", "chain_compact", "file")),
    )


def destination(rng, name, seed, db):
    return dict(
        repository(rng, name, seed, db),
        universe=turn(seed // 2, 1, (7, 8)),
        dataset_types=seed % 3 != 1,
        records="nothing" if seed % 7 == 5 else "instrument",
        preloaded=seed % 4 == 0,
        by_file=rng.random() < 0.3,
    )


def instrument(rng, name, full):
    every = all_detectors(name)
    count = rng.choice((189, 205)) if full else rng.choice((1, 2, 3, 4, rng.randint(5, 24)))
    chosen = every[:count] if full else sorted(rng.sample(every, min(count, len(every))))
    if name == "LSSTCam" and not full and rng.random() < 0.5:
        chosen = sorted(set(chosen) | set(rng.sample([d for d in every if d[3] == "GUIDER"], 2)))
    if all(d[3] == "GUIDER" for d in chosen):
        chosen = sorted(set(chosen) | {every[0]})
    return dict(name=name, full=full, detectors=chosen)


def queries(rng, name, instruments):
    """Queries of today's configuration; those of one instrument never select the same exposure twice."""
    base = dict(instrument=name, collections=f"{name}/raw/all", dataset_types="raw")
    if name == "LSSTCam" and rng.random() < 0.4:
        base.update(
            collections=["LSSTCam/raw/all", "LSSTCam/raw/guider"], dataset_types=["raw", "guider_raw"]
        )
    kind = rng.choice(("both", "both", "both", "all", "narrow") + (("none",) if instruments > 1 else ()))
    if kind == "all":
        return [dict(base, where="", embargo_hours=rng.choice((0, 0.5, 80, 720.0)))]
    if kind == "none":
        return []
    sky = "exposure.can_see_sky or exposure.can_see_sky = NULL"
    if kind == "narrow":
        sky = f"({sky}) and exposure.seq_num > 1"
    return [
        dict(base, where="not exposure.can_see_sky", embargo_hours=0),
        dict(base, where=sky, embargo_hours=rng.choice((80, 80.0, 80.25))),
    ]


def exposures(rng, spec, count):
    spec["exposures"], spec["visits"] = [], []
    sequence = {}
    for index in range(count):
        camera = rng.choice(spec["instruments"]) if index else spec["instruments"][0]
        odd = spec["seed"] % 3 if 0 < index == count - 1 else rng.randrange(24)
        spec["exposures"].append(exposure(rng, spec, camera, odd, sequence))
    for camera in spec["instruments"]:
        group = [e for e in spec["exposures"] if e["record"]["instrument"] == camera["name"]]
        visits(rng, spec, group, camera)


OFFSETS = (-200 * HOUR, -50 * HOUR, -6 * HOUR, -HOUR)
CLOSE = (-600 * SECOND, -SECOND, -1, 0, 1, SECOND, 15 * SECOND, HOUR, 100 * HOUR)


def time_span(rng, now, period, odd):
    """(begin, end), mostly near the moment of release; `odd` 0, 1, 2: absent, without end, empty."""
    end = now - round(period * HOUR) + rng.choice(OFFSETS * rng.choice((1, 2, 4)) + CLOSE)
    begin = end - rng.choice((SECOND, 15 * SECOND, 30929600000, 30929599999))
    return {0: None, 1: (begin, MAX_TIME), 2: (MAX_TIME, 0)}.get(odd, (begin, end))


def exposure(rng, spec, camera, odd, sequence):
    name = camera["name"]
    sky = rng.choice((True, True, True, False, False, None))
    period = max(
        [
            q["embargo_hours"]
            for q in spec["queries"]
            if q["instrument"] == name and sky_matches(q["where"], sky)
        ]
        or [0]
    )
    span = time_span(rng, utc_ns(spec["now"]), period, odd)
    begin = span[0] if span and span[0] < span[1] else utc_ns(spec["now"]) - 300 * HOUR
    day = int(Time(begin / SECOND - 12 * 3600, format="unix_tai", scale="tai").strftime("%Y%m%d"))
    seq = sequence[name, day] = sequence.get((name, day), 0) + rng.choice((1, 1, 2))
    maybe = lambda value: None if rng.random() < 0.15 else value  # noqa: E731
    group = f"{Time(begin / SECOND - 56, format='unix_tai', scale='tai').isot}{rng.choice(('', '#1', ' x'))}"
    if rng.random() < 0.1 and spec["exposures"] and spec["exposures"][-1]["record"]["instrument"] == name:
        group = spec["exposures"][-1]["record"]["group"]
    physical_filter = rng.choice(sorted(FILTERS))
    if rng.random() < 0.5 and spec["exposures"]:
        physical_filter = spec["exposures"][-1]["record"]["physical_filter"]
    record = dict(
        instrument=name,
        id=day * 100000 + seq,
        day_obs=day,
        group=group,
        physical_filter=physical_filter,
        obs_id=f"{PREFIX[name]}_O_{day}_{seq:06d}",
        exposure_time=maybe(rng.choice(FLOATS)),
        dark_time=maybe(rng.choice(FLOATS)),
        observation_type=maybe(rng.choice(("science", "acq", "bias", "on"))),
        observation_reason=maybe("science"),
        seq_num=seq,
        seq_start=maybe(seq),
        seq_end=maybe(seq),
        target_name=rng.choice(TARGETS),
        science_program=maybe(rng.choice(("BLOCK-407", "12_34", "08"))),
        tracking_ra=maybe(rng.uniform(0, 360)),
        tracking_dec=maybe(rng.choice((-89.99, rng.uniform(-80, 20)))),
        sky_angle=maybe(rng.choice(FLOATS)),
        azimuth=maybe(rng.choice(FLOATS)),
        zenith_angle=maybe(rng.choice(FLOATS)),
        has_simulated=maybe(False),
        can_see_sky=sky,
    )
    return dict(record=record, timespan=span, **files(rng, camera))


def files(rng, camera):
    """What lies in the exposure's folder, and what of it the source repository knows."""
    kind = rng.choice(
        ("whole",) * 10 + ("science_missing", "guider_missing", "wavefront_missing", "no_datasets")
    )
    present, expected = list(camera["detectors"]), list(camera["detectors"])
    purpose = {
        "science_missing": "SCIENCE",
        "guider_missing": "GUIDER",
        "wavefront_missing": "WAVEFRONT",
    }.get(kind)
    candidates = [d for d in present if d[3] == purpose]
    if candidates and len([d for d in present if d[3] != "GUIDER"]) > 1:
        present.remove(rng.choice(candidates))
    elif kind != "no_datasets":
        kind = "whole"
    in_root = rng.random() < 0.15
    if in_root:
        present, expected = ([d for d in ds if d[3] != "GUIDER"] for ds in (present, expected))
    if kind == "no_datasets":
        present = []
    return dict(
        present=present,
        expected=expected if rng.random() < 0.8 else None,
        in_root=in_root,
        sidecars=rng.choice(("all", "all", "some", "none")),
        extra=rng.random() < 0.2,
        pixels=rng.choice((8, 64, 64, 4096)),
        file_seed=rng.randrange(2**32),
    )


def visits(rng, spec, group, camera):
    """Visits of one exposure, and of two that were taken on the same day through the same filter."""
    for index, e in enumerate(group):
        record, odd = e["record"], rng.random()
        if odd < 0.3:
            continue
        visit = dict(
            instrument=camera["name"],
            exposure=record["id"],
            id=record["id"],
            systems=[0] if odd > 0.6 else [0, 2],
            members=[record["id"]],
            region=region(rng, camera, index),
            timespan=None if e["timespan"] and e["timespan"][0] > e["timespan"][1] else e["timespan"],
            detectors=rng.random() < 0.8,
        )
        spec["visits"].append(visit)
        partners = [x["record"] for x in group[:index] if alike(x["record"], record)]
        if odd > 0.6 and partners:
            pair = dict(id=record["id"] + 50000, systems=[2], members=[partners[-1]["id"], record["id"]])
            spec["visits"].append(
                dict(visit, **pair, region=region(rng, camera, index), detectors=rng.random() < 0.5)
            )


def alike(a, b):
    return all(a[key] == b[key] for key in ("instrument", "day_obs", "physical_filter"))


def region(rng, camera, index):
    """A description of a visit's region: a shape and where on the sky, or None."""
    shape = rng.choice(
        (None, "polygon", "polygon", "polygon", "circle", "box", "ellipse", "union", "intersection")
    )
    safe = ((0.01, 0.5), (359.9, -0.5), (10.0, -89.2), (200.0, 60.0))
    where = rng.choice(((150.0 + index, -30.0), (rng.uniform(0, 360), rng.uniform(-80, 80))) + safe)
    if shape == "ellipse":
        where = rng.choice(safe)  # sphgeom's own envelope crashes on about a third of all ellipses
    return shape and dict(shape=shape, ra=where[0], dec=where[1], size=rng.choice((0.3, 1.75)))
