#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Prints the table of ./quickstart. usage: pps --json raw status | show-results.py FOLDER

FOLDER: the example world; paths are shown relative to the folder above it.
"""
import json
import os
import sys
import urllib.parse

SIGNS = {"ok": "yes", "not_yet": "-", "missing": "MISSING", "different": "DIFFERS", "unknown": "?"}


def local(uri, above):
    return os.path.relpath(urllib.parse.unquote(urllib.parse.urlsplit(uri).path), above) if uri else "-"


def main():
    folder = os.path.abspath(sys.argv[1])
    above = os.path.dirname(folder)
    rows = json.load(sys.stdin)["exposures"]
    places = [place for place in (rows[0]["places"] if rows else []) if place not in ("source", "zip")]
    table = [["exposure", "status", "zip", "bytes", *places]]
    for row in rows:
        table.append([row["obs_id"], row["status"], local(row["zip"], above), str(row["size"] or "-"),
                      *(SIGNS.get(row["places"][place], "?") for place in places)])
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    for row in rows:
        if row["reason"]:
            print(f"{row['obs_id']} is {row['status']}: {row['reason']}")
    name = os.path.basename(folder)
    print(f"\nThe zips and their _dimensions.yaml are below {name}/offline/instrument, the Butler that knows them is {name}/main,\n"
          f"what was done is remembered in {name}/state.db, and the configuration is {name}/pps.yaml.")


if __name__ == "__main__":
    main()
