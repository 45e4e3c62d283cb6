# SPDX-License-Identifier: BSD-3-Clause
"""Judges our `where` by the real Butler's: accepted or refused, and the same exposures.

    where_agree.py --batch build/tests/interop/where-batch [--count 5000] [--seed 1] [--db both]

The batch program takes a repository, reads a JSON string per line and answers each with a line of JSON:
{"ok": true, "ids": [["LSSTCam", 2025123100001], ...]} or {"ok": false, "error": "..."}.
PostgreSQL is the one that $PG_URL names (tests/servers/start-postgres.sh), or one of our own.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time

from lsst.daf.butler import Config

import where_world
from postgres import Postgres, drop_schema
from where_expressions import expressions

SCHEMA = "where_world"


def real_answer(butler, expression):
    """What the real Butler says; any exception of it is a refusal."""
    try:
        records = butler.query_dimension_records("exposure", where=expression, explain=False, limit=None)
    except Exception as error:
        return dict(ok=False, error=f"{type(error).__name__}: {error}")
    return dict(ok=True, ids=sorted([r.instrument, r.id] for r in records))


def our_answers(batch, repository, texts):
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run([batch, repository], input=lines, capture_output=True, text=True, encoding="utf-8")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(answers) != len(texts):
        where = texts[len(answers)] if len(answers) < len(texts) else "the end"
        raise SystemExit(f"{batch} ended with {done.returncode} at {where!r}\n{done.stderr[-2000:]}")
    for answer in answers:
        if answer["ok"]:
            answer["ids"] = sorted(answer["ids"])
    return answers


def disagreement(expression, real, ours):
    if real["ok"] != ours["ok"]:
        kind = "we refuse" if real["ok"] else "we accept"
    elif real["ok"] and real["ids"] != ours["ids"]:
        kind = "other exposures"
    else:
        return None
    return dict(kind=kind, where=expression, real=real, ours=ours)


def compare(db, options, pg, folder):
    config = Config()
    if db == "postgres":
        config["registry", "db"] = pg
        config["registry", "namespace"] = SCHEMA
        drop_schema(pg, SCHEMA)
    butler = where_world.make(f"{folder}/{db}", config)
    texts = expressions(options.seed, options.count)
    start = time.monotonic()
    real = [real_answer(butler, text) for text in texts]
    middle = time.monotonic()
    ours = our_answers(options.batch, f"{folder}/{db}", texts) if options.batch else real
    found = [d for d in map(disagreement, texts, real, ours) if d]
    accepted = sum(answer["ok"] for answer in real)
    print(
        f"{db}: {len(texts)} expressions, {accepted} accepted by the Butler, {len(found)} disagreements; "
        f"{middle - start:.1f} s there, {time.monotonic() - middle:.1f} s here"
    )
    butler.close()
    if db == "postgres":
        drop_schema(pg, SCHEMA)
    return len(texts), found


def shown(d):
    def answer(a):
        return f"{len(a['ids'])} exposures {a['ids'][:3]}" if a["ok"] else f"refused: {a['error'][:150]}"

    return f"{d['kind']}: {d['where']!r}\n    Butler: {answer(d['real'])}\n    ours:   {answer(d['ours'])}"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--batch", help="our batch program; left out: only the Butler answers")
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="sqlite")
    parser.add_argument("--show", type=int, default=20, help="disagreements printed")
    parser.add_argument("--out", help="file for all disagreements, JSON lines")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    judged, found = 0, []
    with tempfile.TemporaryDirectory(prefix="where-agree.") as folder, Postgres(options.db != "sqlite") as pg:
        for db in ("sqlite", "postgres") if options.db == "both" else (options.db,):
            count, differing = compare(db, options, pg, folder)
            judged, found = judged + count, found + [dict(d, db=db) for d in differing]
    for d in found[: options.show]:
        print(f"{d['db']}, seed {options.seed}: {shown(d)}")
    if options.out:
        with open(options.out, "w") as f:
            f.writelines(json.dumps(d, ensure_ascii=False) + "\n" for d in found)
    print(f"{judged - len(found)} passed, {len(found)} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
