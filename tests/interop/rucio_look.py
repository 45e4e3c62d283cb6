# SPDX-License-Identifier: BSD-3-Clause
"""Asks Rucio through its own client: reads a question as JSON a line from stdin, answers on stdout. Run by real_world.py."""

import json
import sys

from rucio.client import Client
from rucio.common.exception import Duplicate


def dump(client, scope, seqs=None):
    """{files: {name: size, checksums, metadata, replicas}, datasets: {name: files, open, monotonic, metadata}}, of `seqs` or all."""
    files, datasets = {}, {}
    for name in sorted(client.list_dids(scope, {"name": "*"}, did_type="all")):
        status = client.get_did(scope, name)
        columns = client.get_metadata(scope, name, plugin="DID_COLUMN")
        meta = client.get_metadata(scope, name, plugin="JSON")
        if status["type"] == "FILE":
            files[name] = dict(bytes=columns["bytes"], md5=columns["md5"], adler32=columns["adler32"], meta=meta, replicas={})
        else:
            content = sorted(d["name"] for d in client.list_content(scope, name))
            datasets[name] = dict(open=status["open"], monotonic=columns["monotonic"], meta=meta, files=content)
    if files:
        for r in client.list_replicas([dict(scope=scope, name=n) for n in files], schemes=["davs"], all_states=True):  # else any of its protocols
            files[r["name"]]["replicas"] = {rse: [r["states"][rse], sorted(pfns)] for rse, pfns in r["rses"].items()}
    if seqs is not None:
        def ours(name):
            return any(s in name for s in seqs)
        files = {n: f for n, f in files.items() if ours(n)}
        datasets = {n: dict(d, files=[f for f in d["files"] if ours(f)]) for n, d in datasets.items()}
        datasets = {n: d for n, d in datasets.items() if d["files"] or ours(n)}
    return dict(files=files, datasets=datasets)


def add_scope(client, scope):
    try:
        client.add_scope("root", scope)
    except Duplicate:
        pass


def answer(client, question):
    ask = question.pop("ask")
    if ask == "dump":
        return dump(client, **question)
    if ask == "add scope":
        return add_scope(client, **question)
    return getattr(client, ask)(**question)  # any call of the client whose answer is plain


def main():
    client = Client()
    for line in sys.stdin:
        try:
            print(json.dumps(dict(answer=answer(client, json.loads(line))), default=str), flush=True)
        except Exception as e:
            print(json.dumps(dict(error=f"{type(e).__name__}: {e}")), flush=True)


if __name__ == "__main__":
    main()
