# SPDX-License-Identifier: BSD-3-Clause
"""The exposures of the example world, and the files that the summit would have written for them.

Only the Python standard library: a small FITS writer (FITS Standard 4.0: cards of 80 characters, blocks of 2880 bytes).
"""
import datetime
import json
import math
import os
import struct

INSTRUMENT = "LSSTCam"
DAY_OBS = 20251202
SIDE = 32  # pixels along each side of an image
FIRST_BEGIN = datetime.datetime(2025, 12, 3, 1, 30, 0, 425363)  # TAI; nanoseconds below microseconds are added as text


def detectors():
    """(id, raft, slot, purpose) of all 205 detectors, numbered as the camera numbers them."""
    corners = ("R00", "R04", "R40", "R44")
    slots = [f"S{a}{b}" for a in range(3) for b in range(3)]
    out = []
    for raft in (f"R{a}{b}" for a in range(5) for b in range(5)):
        if raft not in corners:
            out += [(raft, s, "SCIENCE") for s in slots]
    for raft in corners:
        out += [(raft, "SG0", "GUIDER"), (raft, "SG1", "GUIDER"), (raft, "SW0", "WAVEFRONT"), (raft, "SW1", "WAVEFRONT")]
    return [(i, *d) for i, d in enumerate(out)]


def example_detectors():
    """The 21 detectors that the example world has images of: two rafts and three sensors of a corner."""
    return [d for d in detectors() if d[1] in ("R21", "R22") or (d[1], d[2]) in (("R00", "SG0"), ("R00", "SG1"), ("R00", "SW0"))]


def exposures():
    """Three exposures of the sky, a bias frame, and one whose end nobody knows: it is held for ever."""
    filters = {1: ("r_57", "r"), 2: ("i_39", "i"), 3: ("z_20", "z"), 4: ("none", "white"), 5: ("r_57", "r")}
    out = []
    for seq in range(1, 6):
        begin = FIRST_BEGIN + datetime.timedelta(seconds=40 * (seq - 1))
        bias = seq == 4
        out.append(dict(
            seq_num=seq, id=DAY_OBS * 100000 + seq, obs_id=f"MC_O_{DAY_OBS}_{seq:06d}", day_obs=DAY_OBS,
            group=(begin - datetime.timedelta(seconds=56)).isoformat(timespec="milliseconds"),
            begin=begin.isoformat() + "958",
            end=None if seq == 5 else (begin + datetime.timedelta(seconds=0 if bias else 30, milliseconds=929)).isoformat() + "958",
            physical_filter=filters[seq][0], band=filters[seq][1], exposure_time=0.0 if bias else 30.0,
            observation_type="bias" if bias else "science", observation_reason="bias" if bias else "object_survey",
            science_program="BLOCK-T60" if bias else "BLOCK-407", target_name="UNKNOWN" if bias else "lowdust",
            can_see_sky=not bias, ra=None if bias else 150.0 + 1.1 * seq, dec=None if bias else -30.0 + 0.4 * seq))
    return out


def card(key, value, comment=""):
    if isinstance(value, bool):
        text = f"{'T' if value else 'F':>20}"
    elif isinstance(value, (int, float)):
        text = f"{value!r:>20}"
    elif value is None:
        text = " " * 20
    else:
        text = "'{:<8}'".format(str(value).replace("'", "''")).ljust(20)
    line = f"{key:<8}= {text}" + (f" / {comment}" if comment else "")
    return line[:80].ljust(80).encode("ascii")


def header(cards):
    block = b"".join(cards) + b"END".ljust(80)
    return block + b" " * (-len(block) % 2880)


def primary(exposure, detector):
    number, raft, slot, purpose = detector
    begin = datetime.datetime.fromisoformat(exposure["begin"][:26])
    mjd = (begin - datetime.datetime(1858, 11, 17)).total_seconds() / 86400
    cards = [
        card("SIMPLE", True, "conforms to FITS standard"), card("BITPIX", 8, "array data type"),
        card("NAXIS", 0, "number of array dimensions"), card("EXTEND", True, "extensions follow"),
        card("DATE", exposure["begin"][:23], "when the file was written"), card("TIMESYS", "TAI"),
        card("INSTRUME", INSTRUMENT, "Instrument"), card("TELESCOP", "Simonyi Survey Telescope"),
        card("OBSID", exposure["obs_id"], "Image name"), card("CAMCODE", "MC"), card("CONTRLLR", "O"),
        card("DAYOBS", str(exposure["day_obs"])), card("SEQNUM", exposure["seq_num"], "Sequence number"),
        card("IMGTYPE", exposure["observation_type"].upper()), card("OBSTYPE", exposure["observation_type"]),
        card("REASON", exposure["observation_reason"]), card("PROGRAM", exposure["science_program"]),
        card("GROUPID", exposure["group"]), card("OBJECT", exposure["target_name"]),
        card("DATE-BEG", exposure["begin"][:26]), card("DATE-END", exposure["end"][:26] if exposure["end"] else None),
        card("MJD-BEG", mjd, "[d] start of exposure, TAI"), card("EXPTIME", exposure["exposure_time"], "[s]"),
        card("DARKTIME", exposure["exposure_time"] + 0.929), card("FILTBAND", exposure["band"]),
        card("FILTER", exposure["physical_filter"]), card("RA", exposure["ra"], "[deg]"), card("DEC", exposure["dec"], "[deg]"),
        card("ROTPA", 0.0 if exposure["can_see_sky"] else None), card("SHUTOPEN", exposure["can_see_sky"]),
        card("RAFTBAY", raft, "raft bay"), card("CCDSLOT", slot, "slot in the raft"), card("DETNUM", number), card("PURPOSE", purpose),
        b"HISTORY made by the example world of libpps".ljust(80),
    ]
    return header(cards)


def image(exposure, detector):
    """One amplifier: a bias level and, where there is light, a smooth gradient; 16-bit unsigned as FITS stores it."""
    light = 40.0 * exposure["exposure_time"]
    pixels = b"".join(struct.pack(">h", int(1000 + (detector[0] * 7 + x * 3 + y) % 13 + light * (0.5 + 0.5 * math.sin((x + y) / 9.0))) - 32768)
                      for y in range(SIDE) for x in range(SIDE))
    cards = [card("XTENSION", "IMAGE", "Image extension"), card("BITPIX", 16), card("NAXIS", 2), card("NAXIS1", SIDE), card("NAXIS2", SIDE),
             card("PCOUNT", 0), card("GCOUNT", 1), card("BZERO", 32768), card("BSCALE", 1), card("INHERIT", True),
             card("EXTNAME", "Segment00"), card("DATASEC", f"[1:{SIDE},1:{SIDE}]"), card("GAIN", 1.52 + detector[0] / 1000)]
    return header(cards) + pixels + b"\0" * (-len(pixels) % 2880)


def folder(storage, exposure):
    return f"{storage}/{INSTRUMENT}/{exposure['day_obs']}/{exposure['obs_id']}"


def file_of(storage, exposure, detector):
    return f"{folder(storage, exposure)}/{exposure['obs_id']}_{detector[1]}_{detector[2]}.fits"


def write(path, content):
    with open(path, "wb") as f:
        f.write(content)


def write_storage(storage):
    """Every file of every exposure: images, a JSON sidecar for each, and the list of the sensors that are expected."""
    for e in exposures():
        os.makedirs(folder(storage, e), exist_ok=True)
        for d in example_detectors():
            write(file_of(storage, e, d), primary(e, d) + image(e, d))
            sidecar = dict(OBSID=e["obs_id"], DAYOBS=e["day_obs"], SEQNUM=e["seq_num"], RAFTBAY=d[1], CCDSLOT=d[2], EXPTIME=e["exposure_time"])
            write(file_of(storage, e, d)[:-5] + ".json", (json.dumps(sidecar, indent=1) + "\n").encode())
        expected = dict(expectedSensors={f"{d[1]}_{d[2]}": d[3] for d in example_detectors()})
        write(f"{folder(storage, e)}/{e['obs_id']}_expectedSensors.json", json.dumps(expected).encode())


PRODUCTS_RUN = f"{INSTRUMENT}/prompt/output-2025-12-02"
PRODUCTS = {"difference_image": "visit", "dia_source_apdb": "visit", "isr_log": "exposure"}


def products():
    """What prompt processing would have made: (dataset type, its time's dimension, exposure, detector), small JSON files all of them."""
    sky = [e for e in exposures() if e["can_see_sky"] and e["end"]]
    numbers = [d[0] for d in example_detectors() if d[3] == "SCIENCE"][:2]
    return [(t, by, e, d) for t, by in PRODUCTS.items() for e in (sky if by == "visit" else exposures()) for d in numbers]


def product_path(kind, exposure, detector):
    return f"{PRODUCTS_RUN}/{kind}/{exposure['obs_id']}/{kind}_{exposure['obs_id']}_{detector}.json"


def write_products(folder):
    """The files of all products below a repository's folder."""
    for kind, _, exposure, detector in products():
        path = f"{folder}/{product_path(kind, exposure, detector)}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            json.dump({"type": kind, "exposure": exposure["id"], "detector": detector}, f)
