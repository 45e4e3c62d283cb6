#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""One raw exposure into another repository by lsst.daf.butler, but for the steps that --pps names: so a script changes one at a time.

pack        its zip: with all files of its folder and the index of headers, size and checksums known at its end
dimensions  its dimension records
ingest      the zip in the other repository: may be repeated
register    the zip and its _dimensions.yaml in Rucio; nothing does it without
record      from now on `pps raw` looks after the exposure: what is there is compared with the source, what is missing is made
"""
import argparse
import os
import tempfile
import zipfile

import pps
from lsst.daf.butler import Butler


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("source", "dest", "instrument", "obs_id", "folder"):
        parser.add_argument(name)
    parser.add_argument("--pps", nargs="*", default=[], choices=("pack", "dimensions", "ingest", "register", "record"), help="steps that pps does")
    parser.add_argument("--rucio", nargs=2, metavar=("RSE", "SCOPE"), help="for the last two steps")
    parser.add_argument("--queries", help="YAML file that says when exposures may leave, for the last two steps")
    return parser.parse_args()


def main(args):
    source, dest = Butler.from_config(args.source), Butler.from_config(args.dest, writeable=True)
    pps_source, pps_dest = pps.Butler(args.source), pps.Butler(args.dest, mode="write")  # the same repositories
    exposure, = source.query_dimension_records("exposure", instrument=args.instrument, where=f"exposure.obs_id = '{args.obs_id}'")
    refs = [ref for kind, run in (("raw", "all"), ("guider_raw", "guider")) for ref in source.query_datasets(
        kind, f"{args.instrument}/raw/{run}", instrument=args.instrument, exposure=exposure.id, limit=None, explain=False)]
    path = f"{args.folder}/{args.instrument}/{exposure.day_obs}/{args.obs_id}.zip"
    os.makedirs(os.path.dirname(path), exist_ok=True)

    if "pack" in args.pps:
        packed = pps_source.pack(exposure.id, path, instrument=args.instrument)
        print(packed.members, packed.size, packed.md5, packed.adler32)
    else:
        with tempfile.TemporaryDirectory() as files, zipfile.ZipFile(path, "x") as archive:
            source.retrieveArtifacts(refs, destination=files, preserve_path=False)
            for name in sorted(os.listdir(files)):
                archive.write(f"{files}/{name}", name)

    if "dimensions" in args.pps:
        pps_source.transfer_dimensions(pps_dest, refs)  # whatever has a UUID as `id`
    else:
        dest.transfer_dimension_records_from(source, refs)

    if "ingest" in args.pps:
        pps_dest.ingest_zip(path)
    else:
        dest.ingest_zip(path, transfer="direct")

    if {"register", "record"} & set(args.pps):
        conf = pps.Conf.from_dict({
            "state": f"sqlite:///{os.path.abspath(args.folder)}/.pps-state.db",
            "repositories": {"embargo": {"butler": args.source}, "main": {"butler": args.dest}},
            "raw": {"source": "embargo", "destinations": ["main"], "dest_root": args.folder, "queries": args.queries, "skymap": "lsst_cells_v1"},
            "rucio": {"rse": args.rucio[0], "scope": args.rucio[1]}})
    if "register" in args.pps:
        pps_source.collect_dimensions(args.obs_id).save(path.removesuffix(".zip") + "_dimensions.yaml")
        print(*pps.Rucio(conf).register(conf, [args.obs_id]).rows, sep="\n")
    if "record" in args.pps:
        pps.State.init(conf)
        print(*pps.Raw(conf, exposures=[args.obs_id]).run().rows, sep="\n")


if __name__ == "__main__":
    main(arguments())
