#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes universe-N.json, as a real repository stores it (without documentation), and universe-N.txt, what the real
Butler makes of it. Needs lsst-daf-butler."""
import json
import os
import sqlite3
import tempfile

from lsst.daf.butler import Butler, DimensionConfig

HERE = os.path.dirname(os.path.abspath(__file__))
GROUPS = (
    "", "instrument", "raw:instrument exposure detector", "exposure", "visit detector", "visit", "group detector",
    "patch band skymap", "tract patch", "physical_filter", "band", "subfilter", "visit_system visit", "htm7 visit",
    "healpix3", "day_obs detector", "exposure visit", "detector tract physical_filter", "skymap instrument",
)


def blank(node):
    if isinstance(node, dict):
        return {k: "" if k == "doc" and isinstance(v, str) else blank(v) for k, v in node.items()}
    return [blank(v) for v in node] if isinstance(node, list) else node


def column(c):
    length = getattr(c, "length", None) or getattr(c, "nbytes", None) or 0
    if c.type in ("region", "timespan"):
        length = 0
    return f"{c.name}:{c.type}:{length}:{'null' if c.nullable else 'not-null'}"


def names(things):
    return ",".join(getattr(t, "name", t) for t in things) or "-"


def element(e):
    if e.name.startswith(("htm", "healpix")):
        return f"skypix {e.name}"
    flags = [f for f, on in (("table", e.has_own_table), ("spatial", e.spatial), ("temporal", e.temporal),
                             ("always_join", e.alwaysJoin), ("dimension", hasattr(e, "primaryKey"))) if on]
    populated_by = e.populated_by.name if e.populated_by and e.populated_by is not e else "-"
    view = e.implied_union_target.name if e.implied_union_target else "-"
    return " ".join(("element", e.name, names(flags), "governor=" + (e.governor.name if e.governor else "-"),
                     "populated_by=" + populated_by, "view_of=" + view, "requires=" + names(e.required),
                     "implies=" + names(e.implied), *(column(c) for c in e.schema.all)))


def main():
    for version in (7, 8):
        with tempfile.TemporaryDirectory() as root:
            config = DimensionConfig(
                f"resource://lsst.daf.butler/configs/old_dimensions/daf_butler_universe{version}.yaml")
            Butler.makeRepo(root, dimensionConfig=config)
            with sqlite3.connect(f"{root}/gen3.sqlite3") as db:
                text, = db.execute("SELECT value FROM butler_attributes WHERE name = 'config:dimensions.json'").fetchone()
            with Butler.from_config(root) as butler:
                universe = butler.dimensions
        assert universe.version == version
        with open(f"{HERE}/universe-{version}.json", "w") as f:
            json.dump(blank(json.loads(text)), f)
            f.write("\n")
        with open(f"{HERE}/universe-{version}.txt", "w") as f:
            for e in universe.elements:
                print(element(e), file=f)
            for g in GROUPS:
                wanted = g.split(":")[-1].split()
                group = universe.conform(wanted)
                print("group", ",".join(wanted) or "-", names(group.names), names(group.required), names(group.implied), file=f)


if __name__ == "__main__":
    main()
