#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes dimensions.yaml, an export by the real Butler of random records, and texts.yaml, in which PyYAML quotes and folds
what it may misread. Needs lsst-daf-butler."""
import pathlib
import sys
import tempfile

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "interop"))

from dimensions_agree import LENGTHS, NASTY, Bench, Maker, export  # noqa: E402


def main():
    maker = Maker("vectors")
    base = maker.base()
    with tempfile.TemporaryDirectory() as root:
        bench = Bench("", pathlib.Path(root), None)
        repo = bench.repository("source", "sqlite", 8).insert(base, maker.observations(base, 3))
        (HERE / "dimensions.yaml").write_bytes(export(repo, f"{root}/all.yaml"))
    names = sorted({*NASTY, *LENGTHS[::13], *(maker.text(200) for _ in range(100))} - {""})
    data = dict(description="Butler Data Repository Export", version="1.0.2", universe_version=7,
                universe_namespace="daf_butler", data=[dict(type="dimension", element="group", records=[
                    dict(instrument="", name=t) for t in names])])
    (HERE / "texts.yaml").write_text(yaml.dump(data, sort_keys=False))


if __name__ == "__main__":
    main()
