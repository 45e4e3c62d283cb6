# SPDX-License-Identifier: BSD-3-Clause
"""Fills a new Rucio with what tests expect, through its own client and database code.

usage: rucio_provision.py schema | content FOLDER
Accounts: root and ingest (may write scope raw), reader (may not); password "secret", SSH key and certificate belong to root and ingest.
Storage elements: SLAC_RAW_DISK and IN2P3_RAW_DISK, where a name says its place, and NONDET_DISK, where it does not.
"""
import sys


def schema():
    from rucio.db.sqla import util
    util.build_database()
    util.create_base_vo()
    util.create_root_account()


def once(function, *args, **kw):
    from rucio.common.exception import RucioException
    try:
        function(*args, **kw)
    except RucioException as e:
        if "exist" not in f"{type(e).__name__} {e}".lower() and "duplicate" not in f"{type(e).__name__} {e}".lower():
            raise


def storage(client, name, deterministic, folder):
    once(client.add_rse, name, deterministic=deterministic)
    once(client.add_rse_attribute, name, "lfn2pfn_algorithm", "identity")  # prefix/scope/name
    once(client.add_rse_attribute, name, "istape", False)
    for scheme, host, port, prefix, impl in (
            ("file", "", 0, f"{folder}/rse/{name}/", "rucio.rse.protocols.posix.Default"),
            ("davs", name.lower().replace("_", "-") + ".example.org", 1094, "/rucio/", "rucio.rse.protocols.gfal.Default")):
        may = {"read": 1, "write": 1, "delete": 1}
        once(client.add_protocol, name, dict(
            scheme=scheme, hostname=host, port=port, prefix=prefix, impl=impl,
            domains={"lan": may, "wan": {**may, "third_party_copy_read": 1, "third_party_copy_write": 1}}))
    for account in ("root", "ingest"):
        once(client.set_local_account_limit, account, name, -1)


def content(folder):
    from rucio.client import Client
    client = Client()
    once(client.add_account, "ingest", "SERVICE", "ingest@localhost")
    once(client.add_account, "reader", "USER", "reader@localhost")
    for account in ("ingest", "reader"):
        once(client.add_identity, account, identity=account, authtype="USERPASS", email="nobody@localhost", password="secret", default=True)
    with open(f"{folder}/etc/ssh.pub") as f:
        key = f.read().strip()
    for account in ("root", "ingest"):
        once(client.add_identity, account, identity=key, authtype="SSH", email="nobody@localhost", default=True)
    once(client.add_identity, "ingest", identity="CN=Rucio User", authtype="X509", email="nobody@localhost", default=True)
    once(client.add_account_attribute, "ingest", "admin", "true")
    once(client.add_scope, "root", "raw")
    storage(client, "SLAC_RAW_DISK", True, folder)
    storage(client, "IN2P3_RAW_DISK", True, folder)
    storage(client, "NONDET_DISK", False, folder)


if __name__ == "__main__":
    schema() if sys.argv[1] == "schema" else content(sys.argv[2])
