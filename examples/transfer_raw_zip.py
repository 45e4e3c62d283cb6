#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Takes raw exposures out of embargo, with the options of the program of this name in transfer_embargo.

Each step is recorded in --state: what failed or was interrupted, wherever, is taken up by the next call, whatever its window.
Exit codes: 0 all well, or nothing may leave yet; 1 something failed; 2 usage; 3 configuration; 4 try again later; 130 interrupted.
"""
import argparse
import logging
import os
import re
import sys

import pps


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fromrepo", help="Butler repository of the embargo")
    parser.add_argument("torepo", nargs="+", help="Butler repositories that get the exposures")
    parser.add_argument("--dry_run", action="store_true", help="only say what would be done")
    parser.add_argument("--window", help="only exposures whose embargo ended within it, such as '3hr 5min', and what is unfinished")
    parser.add_argument("--now", type=lambda text: pps.Tai.parse(text, scale="tai"), help="decide for this time (ISO 8601, TAI), never in the future")
    parser.add_argument("-C", "--config_file", required=True, help="YAML file of queries: which exposures, and their embargo")
    parser.add_argument("-d", "--dest_uri_prefix", default="/sdf/data/rubin/lsstdata/offline/instrument/", help="where zips go")
    parser.add_argument("-r", "--rucio_rse", help="Rucio storage element of the zips; without, Rucio is not told of them")
    parser.add_argument("-s", "--scope", help="Rucio scope, needed with --rucio_rse")
    parser.add_argument("--log", default="INFO", help="level, or LOGGER=LEVEL, several of them separated by commas")
    parser.add_argument("--repair", action="store_true", help="look at what was done earlier too, and mend it")
    parser.add_argument("--state", help="database of what was done, by default .pps-state.db in the folder of the zips")
    args = parser.parse_args()
    if args.rucio_rse and not args.scope:
        parser.error("--scope is needed with --rucio_rse")
    return args


def transfer(args):
    names = {repo: re.sub(r"[^A-Za-z0-9.-]+", "_", repo).strip("_") for repo in (args.fromrepo, *args.torepo)}
    conf = pps.Conf.from_dict({
        "state": args.state or f"sqlite:///{os.path.abspath(args.dest_uri_prefix.removeprefix('file://'))}/.pps-state.db",
        "repositories": {name: {"butler": repo} for repo, name in names.items()},
        "raw": {"source": names[args.fromrepo], "destinations": [names[repo] for repo in args.torepo],
                "dest_root": args.dest_uri_prefix, "queries": args.config_file, "skymap": "lsst_cells_v1"},
        **({"rucio": {"rse": args.rucio_rse, "scope": args.scope}} if args.rucio_rse else {})})
    if not args.dry_run:
        pps.State.init(conf)
    flow = pps.Raw(conf, window=args.window, now=args.now, dry_run=args.dry_run)
    report = flow.repair() if args.repair else flow.run()
    lines = [f"{row.obs_id}: {row.label}{row.reason and ', '}{row.reason}" for row in report.rows]
    print(*lines, ", ".join(f"{n} {status}" for status, n in report.counts.items()) or "nothing to do", sep="\n")
    return report.exit_code


if __name__ == "__main__":
    arguments = parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for logger, _, level in (word.rpartition("=") for word in arguments.log.split(",")):
        logging.getLogger(logger).setLevel(level)
    with pps.exit_on_error():
        sys.exit(transfer(arguments))
