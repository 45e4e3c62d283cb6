#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes the example world in a folder. usage: make-world.py DIR

DIR/storage   the object store of the embargo: FITS images with their sidecars
DIR/embargo   a Butler repository that has them as datasets
DIR/main      a Butler repository that will receive them
DIR/pps.yaml  the configuration
DIR/products  the same for prompt products: an embargo repository that has some, four repositories that they go to, and in incoming/ the list that
              tells of them

The repositories are SQLite databases that the Python Butler made once, kept as text (embargo.sql, main.sql), so that
nothing but the Python standard library is needed here; a test makes them anew and compares.
"""
import contextlib
import json
import os
import shutil
import sqlite3
import sys
import urllib.parse
import uuid

import files

HERE = os.path.dirname(os.path.abspath(__file__))
BUTLER_YAML = """datastore:
  cls: lsst.daf.butler.datastores.fileDatastore.FileDatastore
  records:
    table: file_datastore_records
  root: <butlerRoot>
registry:
  db: sqlite:///<butlerRoot>/gen3.sqlite3
  managers:
    attributes: lsst.daf.butler.registry.attributes.DefaultButlerAttributeManager
    collections: lsst.daf.butler.registry.collections.synthIntKey.SynthIntKeyCollectionManager
    datasets: lsst.daf.butler.registry.datasets.byDimensions.ByDimensionsDatasetRecordStorageManagerUUID
    datastores: lsst.daf.butler.registry.bridge.monolithic.MonolithicDatastoreRegistryBridgeManager
    dimensions: lsst.daf.butler.registry.dimensions.static.StaticDimensionRecordStorageManager
    opaque: lsst.daf.butler.registry.opaque.ByNameOpaqueTableStorageManager
"""
PPS_YAML = """# What libpps moves in the example world, and from where to where.
state: sqlite:///state.db
repositories:
  embargo: {butler: embargo}
  main:    {butler: main}
raw:
  source: embargo
  destinations: [main]
  dest_root: offline/instrument
  queries: config_raw.yaml
  skymap: lsst_cells_v1
"""
PRODUCTS_YAML = """# Where prompt products go, when, and for how long.
state: sqlite:///state.db
repositories:
  embargo:     {butler: embargo, reclaim_after: 24h}
  prompt_prep: {butler: prompt_prep, from: embargo, transfer: copy}
  repo_main:   {butler: repo_main, from: prompt_prep, transfer: hardlink}
  google_int:  {butler: google_int, from: prompt_prep, transfer: in_place, audience: public}
  google_prod: {butler: google_prod, from: prompt_prep, transfer: in_place, audience: public}
policies:
  - {types: difference_image, embargo_hours: 80, public: true, retention_days: 30}
  - {types: "dia_*_apdb", embargo_hours: 0, public: true, retention_days: forever}
  - {types: "*_log", embargo_hours: 80, public: false, retention_days: 10}
intake: {folder: incoming}
"""
CONFIG_RAW_YAML = """# Exposures that did not see the sky may leave at once, all others after 80 hours.
- instrument: LSSTCam
  where: "not exposure.can_see_sky"
  embargo_hours: 0
  collections: [LSSTCam/raw/all, LSSTCam/raw/guider]
  dataset_types: [raw, guider_raw]
- instrument: LSSTCam
  where: "exposure.can_see_sky or exposure.can_see_sky = NULL"
  embargo_hours: 80
  collections: [LSSTCam/raw/all, LSSTCam/raw/guider]
  dataset_types: [raw, guider_raw]
"""


def repository(made, root, name, rows=None, files_in=None):
    """One repository below `made`, which will be moved to `root`; its files are those of another one with `files_in`."""
    folder = f"{made}/{name}"
    os.makedirs(folder)
    with open(f"{HERE}/{rows or name}.sql") as f:
        script = f.read().replace("@ROOT@", urllib.parse.quote(root).replace("'", "''"))
    database = sqlite3.connect(f"{folder}/gen3.sqlite3")
    database.executescript(script)
    database.close()
    with open(f"{folder}/butler.yaml", "w") as f:
        f.write(BUTLER_YAML.replace("root: <butlerRoot>", f"root: {json.dumps(f'{root}/{files_in}')}") if files_in else BUTLER_YAML)


def products(made, root):
    """Five repositories, and the list of what is new in the first."""
    repository(made, root, "embargo", "products")
    files.write_products(f"{made}/embargo")
    for name in ("prompt_prep", "repo_main", "google_int", "google_prod"):
        repository(made, root, name, "main", "prompt_prep" if "google" in name else None)
    with contextlib.closing(sqlite3.connect(f"{made}/embargo/gen3.sqlite3")) as database:
        ids = [str(uuid.UUID(i)) for (i,) in database.execute("SELECT id FROM dataset ORDER BY id")]
    os.makedirs(f"{made}/incoming")
    with open(f"{made}/incoming/batch.json", "w") as f:
        json.dump({"batch_id": str(uuid.uuid5(uuid.NAMESPACE_OID, "example")), "origin": "prompt_processing", "datasets": ids}, f)
    with open(f"{made}/pps.yaml", "w") as f:
        f.write(PRODUCTS_YAML)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = os.path.abspath(sys.argv[1])
    if os.path.exists(f"{root}/pps.yaml"):
        return
    if os.path.isdir(root) and os.listdir(root):
        sys.exit(f"make-world.py: {root} holds something else: give a new folder")
    made = f"{root}.part"  # moved as a whole when it is complete; what an interrupted run left is made anew
    shutil.rmtree(made, ignore_errors=True)
    files.write_storage(f"{made}/storage")
    for name in ("embargo", "main"):
        repository(made, root, name)
    for name, text in (("config_raw.yaml", CONFIG_RAW_YAML), ("pps.yaml", PPS_YAML)):
        with open(f"{made}/{name}", "w") as f:
            f.write(text)
    products(f"{made}/products", f"{root}/products")
    os.rename(made, root)


if __name__ == "__main__":
    main()
