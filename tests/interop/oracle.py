# SPDX-License-Identifier: BSD-3-Clause
"""Says from a world's description which exposures may leave, without our code and without the Butler."""

from astropy.time import Time

SECOND, HOUR = 10**9, 3600 * 10**9
MAX_TIME = 4102444800 * SECOND
WINDOW = {"35min": 35 * 60 * SECOND, "12h": 12 * HOUR}


def utc_ns(iso):
    """TAI nanoseconds of an instant given in UTC."""
    t = Time(iso, format="isot", scale="utc").tai
    return round((t.jd1 - 2440587.5) * 86400) * SECOND + round(t.jd2 * 86400 * SECOND)


def sky_matches(where, sky):
    """Whether one of our own `where`s accepts can_see_sky = `sky` (seq_num apart)."""
    if where == "":
        return True
    return sky is False if where.startswith("not") else sky is not False


def selected(query, exposure):
    record = exposure["record"]
    if query["instrument"] != record["instrument"]:
        return False
    if "seq_num > 1" in query["where"] and record["seq_num"] <= 1:
        return False
    return sky_matches(query["where"], record["can_see_sky"])


def over(spec, query, exposure):
    """Whether the embargo of `query` has passed: the end must be known and lie a whole period back."""
    if exposure["timespan"] is None:
        return False
    begin, end = exposure["timespan"]
    if not begin < end < MAX_TIME:
        return False
    cut = utc_ns(spec["now"]) - round(query["embargo_hours"] * HOUR)
    if spec["window"] and end <= cut - WINDOW[spec["window"]]:
        return False
    return end <= cut


def complete(exposure):
    """Whether every SCIENCE and GUIDER sensor expected has its dataset; no list: what is known is all."""
    if not exposure["present"]:
        return False
    known = {(d[1], d[2]) for d in exposure["present"]}
    wanted = {(d[1], d[2]) for d in exposure["expected"] or () if d[3] in ("SCIENCE", "GUIDER")}
    return wanted <= known


def released(spec):
    """The obs ids that a run at the world's `now` moves."""
    return sorted(
        e["record"]["obs_id"]
        for e in spec["exposures"]
        if complete(e) and any(selected(q, e) and over(spec, q, e) for q in spec["queries"])
    )
