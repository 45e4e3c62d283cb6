#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Registers exposures in a real Rucio with our code, and lets Rucio's own client say what is there.

Every kind of login; new, repeated, mixed and half done exposures; conflicts; races; what another party has moved on. Needs the server of
tests/servers/rucio.sh (its PPS_TEST_* in the environment) and runs with the Python that has the client. usage: rucio_agree.py --tool RUCIO-TOOL
[--pps PPS] [--only NAME]. The last line is "N passed, N failed".
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import traceback
import zlib

CLIENT = os.environ["PPS_TEST_RUCIO_CLIENT"]
os.environ["RUCIO_CONFIG"] = f"{CLIENT}/userpass.cfg"
from rucio.client import Client  # noqa: E402
from rucio.common.exception import RucioException  # noqa: E402

RSE, SCOPE, DAY = "SLAC_RAW_DISK", "raw", "20251231"
NEED = {"arcBackup": "SLAC_RAW_DISK_BKUP:need", "SafeCopies": ""}
client = None
args = None
folder = None
serial = 0


class World:
    """Exposures under an instrument of their own, so that tests do not see each other."""

    def __init__(self, n=3, first=1, tag=None):
        global serial
        serial += 1
        self.tag = tag or f"T{os.getpid()}x{serial}"
        self.exposures = [self.exposure(i) for i in range(first, first + n)]

    def exposure(self, i):
        obs_id = f"MC_O_{DAY}_{i:06d}"
        files = [self.file(f"{self.tag}/{DAY}/{obs_id}.zip", "zip_file"), self.file(f"{self.tag}/{DAY}/{obs_id}_dimensions.yaml")]
        tracts = [f"Dataset/{self.tag}/raw/Tract{4000 + (i + k) % 3}/{DAY}" for k in (0, 1)] if i % 4 else [f"Dataset/{self.tag}/raw/NoTract/{DAY}"]
        return dict(obs_id=obs_id, obs_dataset=f"Dataset/{self.tag}/raw/Obs/{DAY}/{obs_id}", datasets=tracts, files=files)

    @staticmethod
    def file(name, rubin_butler=None):
        a = f"{zlib.adler32(name.encode()):08x}"
        return dict(name=name, bytes=1000 + len(name), adler32=a, md5=a * 4, **(dict(rubin_butler=rubin_butler) if rubin_butler else {}))

    def whole(self, e, meta=None):
        """Rucio's client finds everything of an exposure, and nothing else."""
        names = {f["name"] for f in e["files"]}
        obs = client.get_did(SCOPE, e["obs_dataset"])
        same(obs["type"], "DATASET", "type of Obs")
        same(obs["open"], False, f"{e['obs_id']}: Obs is open")
        same(client.get_metadata(SCOPE, e["obs_dataset"], plugin="DID_COLUMN")["monotonic"], True, "monotonic")
        same({d["name"]: (d["bytes"], d["adler32"], d["md5"]) for d in client.list_content(SCOPE, e["obs_dataset"])},
             {f["name"]: (f["bytes"], f["adler32"], f.get("md5")) for f in e["files"]}, f"{e['obs_id']}: files of Obs")
        for d in e["datasets"]:
            got = {x["name"] for x in client.list_content(SCOPE, d)}
            same(names <= got, True, f"{e['obs_id']}: {d} lacks {names - got}")
            same(client.get_metadata(SCOPE, d, plugin="DID_COLUMN")["monotonic"], True, "monotonic")
        for f in e["files"]:
            same({p["name"] for p in client.list_parent_dids(SCOPE, f["name"])}, {e["obs_dataset"], *e["datasets"]}, f"{f['name']}: parents")
            same(client.get_metadata(SCOPE, f["name"], plugin="JSON"), {"rubin_butler": f["rubin_butler"]} if "rubin_butler" in f else {}, "metadata")
        replicas = {r["name"]: r for r in client.list_replicas([dict(scope=SCOPE, name=n) for n in names], all_states=True)}
        for f in e["files"]:
            r = replicas[f["name"]]
            same((r["bytes"], r["adler32"], r["md5"], r["states"].get(RSE)), (f["bytes"], f["adler32"], f["md5"], "AVAILABLE"), f["name"])
        same(client.get_metadata(SCOPE, e["obs_dataset"], plugin="JSON"), NEED if meta is None else meta, f"{e['obs_id']}: metadata of Obs")

    def all_whole(self):
        for e in self.exposures:
            self.whole(e)

    def register(self, login="ssh", exposures=None, fine=True):
        out = tool(login, "register", stdin=dict(exposures=exposures or self.exposures))
        if fine:
            same((out["code"], out["error"]), ("PPS_OK", ""), "register")
            for r in out["results"]:
                same((r["code"], r["error"]), ("PPS_OK", ""), r["obs_id"])
        return out

    # what the script in use today does, call for call
    def replica(self, f, rse=RSE):
        client.add_replica(rse=rse, scope=SCOPE, name=f["name"], bytes_=f["bytes"], adler32=f["adler32"], md5=f["md5"],
                           meta={"rubin_butler": f["rubin_butler"]} if "rubin_butler" in f else None)

    def attach(self, name, dataset):
        try:
            client.add_dataset(SCOPE, dataset, statuses={"monotonic": True})
        except RucioException:
            pass
        client.add_files_to_dataset(scope=SCOPE, name=dataset, files=[dict(scope=SCOPE, name=name)])


class Different(Exception):
    pass


def same(got, wanted, what):
    if got != wanted:
        raise Different(f"{what}: {got!r}, expected {wanted!r}")


def config(login, **more):
    path = f"{folder}/{login}-{'-'.join(more.values())}.yaml"
    if not os.path.exists(path):
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as f:
            f.write(f"rucio: {{config: {CLIENT}/{login}.cfg, rse: {more.get('rse', RSE)}, scope: {more.get('scope', SCOPE)}}}\n")
        os.rename(f.name, path)
    return path


def environment():
    return {k: v for k, v in os.environ.items() if not k.startswith("RUCIO_")}


def tool(login, *words, stdin=None, conf=None, limit=300):
    done = subprocess.run([args.tool, conf or config(login), *words], input=json.dumps(stdin) if stdin is not None else "", capture_output=True, text=True,
                          env=environment(), timeout=limit)
    if not done.stdout.strip():
        raise Different(f"{words}: exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def ask(*words, stdin=None, login="userpass"):
    out = tool(login, *words, stdin=stdin)
    same((out["code"], out["error"]), ("PPS_OK", ""), words)
    return out.get("rows", out)


# ---- tests

def test_logins():
    for login, account in (("userpass", "root"), ("ssh", "ingest"), ("ssh-pem", "ingest"), ("x509", "ingest"), ("x509_proxy", "ingest"), ("reader", "reader")):
        same(tool(login, "whoami").get("account"), account, login)


def test_login_refused():
    """A wrong password, a key that nobody knows, a token that nobody gave: said so, without the secret."""
    with open(f"{CLIENT}/userpass.cfg") as f:
        text = f.read()
    with open(f"{folder}/wrong.cfg", "w") as f:
        f.write(text.replace("password = secret", "password = n0t-the-one"))
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", f"{folder}/stranger"], check=True)
    with open(f"{folder}/stranger.cfg", "w") as f:
        f.write(re.sub(r"ssh_private_key = .*", f"ssh_private_key = {folder}/stranger", open(f"{CLIENT}/ssh.cfg").read()))
    with open(f"{folder}/token", "w") as f:
        f.write("root-root-unknown-00000000000000000000000000000000\n")
    with open(f"{folder}/oidc.cfg", "w") as f:
        f.write(re.sub(r"auth_type = .*", "auth_type = oidc", re.sub(r"auth_token_file_path = .*", f"auth_token_file_path = {folder}/token", text)))
    for name in ("wrong", "stranger", "oidc"):
        with open(f"{folder}/{name}.yaml", "w") as f:
            f.write(f"rucio: {{config: {folder}/{name}.cfg, rse: {RSE}}}\n")
        out = tool(name, "whoami", conf=f"{folder}/{name}.yaml")
        same(out["code"], "PPS_E_ACCESS", f"{name}: {out['error']}")
        same("n0t-the-one" in out["error"] or "0000000000" in out["error"], False, "a secret in a message")


def token_of(account="root"):
    c = Client(rucio_host=os.environ["PPS_TEST_RUCIO"], auth_host=os.environ["PPS_TEST_RUCIO"], account=account, auth_type="userpass",
               creds=dict(username=account, password="secret"))
    c._BaseClient__get_token()
    return c.auth_token


def expire_tokens():
    """All tokens are over, and no worker remembers another time."""
    subprocess.run(["psql", "-X", "-q", "-d", os.environ["PPS_TEST_RUCIO_DB"], "-c", "UPDATE dev.tokens SET expired_at = now() - interval '1 hour'"], check=True)
    before = workers()
    with open(f"{os.environ['PPS_TEST_RUCIO_DIR']}/plain.pid") as f:
        os.kill(int(f.read()), 1)
    deadline = time.monotonic() + 180
    while set(workers()) & set(before) or len(workers()) < len(before):
        if time.monotonic() > deadline:
            raise Different("the server's workers were not replaced")
        time.sleep(0.2)


def workers():
    with open(f"{os.environ['PPS_TEST_RUCIO_DIR']}/plain.pid") as f:
        master = int(f.read())
    with open(f"/proc/{master}/task/{master}/children") as f:
        return [int(p) for p in f.read().split()]


def relogin(conf, between):
    """The tool asks, the world changes, the tool asks again with the token that it had."""
    p = subprocess.Popen([args.tool, conf, "relogin", "2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        if p.stderr.readline() == "asked\n":
            between()
        out = json.loads(p.communicate("\n", timeout=120)[0])
    finally:
        p.kill()
    same((out["code"], out["error"]), ("PPS_OK", ""), "second question")
    return out["requests"]


def test_token_expired():
    """Logs in once more when the token is refused."""
    requests = relogin(config("ssh"), expire_tokens)
    same(requests >= 7, True, f"{requests} requests: two logins of two, a question, a refusal, a question")


def test_token_file_renewed():
    """A token in a file is read again when it is refused."""
    def write(token):
        with open(f"{folder}/live.part", "w") as f:
            f.write(token + "\n")
        os.rename(f"{folder}/live.part", f"{folder}/live")
    write(token_of())
    with open(f"{folder}/live.yaml", "w") as f:
        f.write(f"rucio: {{url: '{os.environ['PPS_TEST_RUCIO']}', account: root, auth: {{type: oidc, token_file: {folder}/live}}, rse: {RSE}}}\n")
    def between():
        expire_tokens()
        write(token_of())
    relogin(f"{folder}/live.yaml", between)


def test_new():
    w = World(7)
    out = w.register()
    for r in out["results"]:
        same(r["done"], ["create", "attach", "close", "metadata"], r["obs_id"])
    w.all_whole()


def test_repeat():
    """The second time everything is found, and nothing done."""
    w = World(5)
    w.register()
    out = w.register("userpass")
    for r in out["results"]:
        same(r["done"], [], r["obs_id"])
    w.all_whole()


def test_more_join():
    """Old and new ones together, in any order."""
    w = World(6)
    w.register(exposures=w.exposures[2:4])
    mixed = w.exposures[:]
    random.Random(4).shuffle(mixed)
    w.register(exposures=mixed)
    w.all_whole()


def test_many():
    w = World(130)
    out = w.register()
    same(out["requests"] < 130 * 2, True, f"{out['requests']} requests for 130 exposures")
    for e in random.Random(1).sample(w.exposures, 6):
        w.whole(e)
    same(len(list(client.list_dids(SCOPE, {"name": f"Dataset/{w.tag}/raw/Obs/*"}, did_type="dataset"))), 130, "Obs datasets")


def test_conflict():
    """Other bytes under a name: that exposure alone fails, and Rucio's entry stays what it was."""
    for what, value in (("adler32", "deadbeef"), ("bytes", 7), ("md5", "0" * 32)):
        w = World(5)
        other = dict(w.exposures[2]["files"][0])
        other[what] = value
        w.replica(other)
        out = w.register(fine=False)
        codes = [r["code"] for r in out["results"]]
        same(codes, ["PPS_OK", "PPS_OK", "PPS_E_CONFLICT", "PPS_OK", "PPS_OK"], f"{what}: {out['results'][2]['error']}")
        same(other["name"] in out["results"][2]["error"], True, out["results"][2]["error"])
        for i in (0, 1, 3, 4):
            w.whole(w.exposures[i])
        got = next(client.list_replicas([dict(scope=SCOPE, name=other["name"])]))
        same(got[what], value, "the entry")
        same(client.get_did(SCOPE, w.exposures[2]["obs_dataset"])["open"], True, "Obs of the exposure that failed")


def test_conflict_when_closed():
    w = World(3)
    w.register()
    changed = json.loads(json.dumps(w.exposures))
    changed[1]["files"][0]["md5"] = "f" * 32
    out = w.register(exposures=changed, fine=False)
    same([r["code"] for r in out["results"]], ["PPS_OK", "PPS_E_CONFLICT", "PPS_OK"], "codes")
    w.all_whole()


def test_bad_names():
    """Names that the server refuses, without saying whose: found by halves."""
    w = World(9)
    for i, name in ((1, "L/1/with~tilde.zip"), (6, "L/1/with space.zip")):
        w.exposures[i]["files"][0]["name"] = name
    out = w.register(fine=False)
    codes = [r["code"] for r in out["results"]]
    same([i for i, c in enumerate(codes) if c != "PPS_OK"], [1, 6], codes)
    for i in (0, 2, 5, 7, 8):
        w.whole(w.exposures[i])


def test_bad_dataset():
    """A dataset's name that a file has: a conflict of those that need it."""
    w = World(4)
    w.replica(dict(w.exposures[0]["files"][0], name=f"Dataset/{w.tag}/raw/Special/{DAY}"))
    w.exposures[2]["datasets"] = [f"Dataset/{w.tag}/raw/Special/{DAY}"]
    out = w.register(fine=False)
    same([r["code"] for r in out["results"]], ["PPS_OK", "PPS_OK", "PPS_E_CONFLICT", "PPS_OK"], [r["error"] for r in out["results"]])


def test_half_states():
    """Whatever a crash of today's script leaves is completed."""
    w = World(9)
    e = w.exposures
    w.replica(e[0]["files"][0])                                    # registered, not attached
    for f in e[1]["files"]:                                         # attached to some datasets
        w.replica(f)
    w.attach(e[1]["files"][0]["name"], e[1]["datasets"][0])
    for f in e[2]["files"]:                                         # all but close and metadata
        w.replica(f)
        for d in [*e[2]["datasets"], e[2]["obs_dataset"]]:
            w.attach(f["name"], d)
    for f in e[3]["files"]:                                         # closed, no metadata
        w.replica(f)
        for d in [*e[3]["datasets"], e[3]["obs_dataset"]]:
            w.attach(f["name"], d)
    client.close(SCOPE, e[3]["obs_dataset"])
    w.replica(e[4]["files"][0])                                     # closed too early: the yaml is missing
    w.attach(e[4]["files"][0]["name"], e[4]["obs_dataset"])
    client.close(SCOPE, e[4]["obs_dataset"])
    for f in e[5]["files"]:                                         # closed, and not in its tracts
        w.replica(f)
        w.attach(f["name"], e[5]["obs_dataset"])
    client.close(SCOPE, e[5]["obs_dataset"])
    for f in e[6]["files"]:                                         # one key of the metadata is missing
        w.replica(f)
        for d in [*e[6]["datasets"], e[6]["obs_dataset"]]:
            w.attach(f["name"], d)
    client.close(SCOPE, e[6]["obs_dataset"])
    client.set_metadata(SCOPE, e[6]["obs_dataset"], "arcBackup", NEED["arcBackup"])
    client.add_dataset(SCOPE, e[7]["obs_dataset"], statuses={"monotonic": True})  # an empty one, closed
    client.close(SCOPE, e[7]["obs_dataset"])
    done = {r["obs_id"]: r["done"] for r in w.register()["results"]}
    w.all_whole()
    same(done[e[3]["obs_id"]], ["metadata"], "closed, no metadata")
    same(done[e[4]["obs_id"]], ["attach", "reopen", "close", "metadata"], "closed too early")
    same(done[e[5]["obs_id"]], ["attach", "metadata"], "not in its tracts")
    same(done[e[6]["obs_id"]], ["metadata"], "one key missing")
    for r in w.register()["results"]:
        same(r["done"], [], f"{r['obs_id']}, repeated")


def test_replica_missing():
    """Registered at another storage element only."""
    w = World(2)
    e = w.exposures[0]
    for f in e["files"]:
        w.replica(f, rse="IN2P3_RAW_DISK")
        for d in [*e["datasets"], e["obs_dataset"]]:
            w.attach(f["name"], d)
    client.close(SCOPE, e["obs_dataset"])
    w.register()
    w.all_whole()


def test_revised_yaml():
    """A `_dimensions.1.yaml` that comes when all was done joins the closed Obs."""
    w = World(2)
    w.register()
    w.exposures[0]["files"].append(w.file(f"{w.tag}/{DAY}/{w.exposures[0]['obs_id']}_dimensions.1.yaml"))
    out = w.register()
    same([r["done"] for r in out["results"]], [["attach", "reopen", "close"], []], "done")
    w.all_whole()


def test_moved_on():
    """What tape and copy checks have written stays, also when other things are mended."""
    w = World(3)
    w.register()
    moved = [{"arcBackup": "SLAC_RAW_DISK_BKUP:done", "SafeCopies": "USDF,TRSE"}, {"arcBackup": "", "SafeCopies": "FrDF"}, NEED]
    for e, m in zip(w.exposures, moved):
        client.set_metadata_bulk(SCOPE, e["obs_dataset"], m)
    w.exposures[1]["files"].append(w.file(f"{w.tag}/{DAY}/{w.exposures[1]['obs_id']}_dimensions.1.yaml"))
    w.register()
    for e, m in zip(w.exposures, moved):
        w.whole(e, m)


def test_closed_tract():
    """A dataset of many that somebody closed takes ours, and is closed again."""
    w = World(6)
    w.register(exposures=w.exposures[:3])
    closed = w.exposures[4]["datasets"][0]
    client.close(SCOPE, closed)
    w.register()
    w.all_whole()
    same(client.get_did(SCOPE, closed)["open"], False, closed)


def test_not_permitted():
    """An account that may not write stops at once, with the reason; so do a scope and a storage element that do not exist."""
    w = World(2)
    for conf, code in ((config("reader"), "PPS_E_ACCESS"), (config("ssh", rse="NO_SUCH_DISK"), "PPS_E_CONFIG"),
                       (config("ssh", scope="nosuch"), "PPS_E_CONFIG")):
        out = tool("", "register", stdin=dict(exposures=w.exposures), conf=conf)
        same((out["code"], [r["code"] for r in out["results"]]), (code, [code, code]), out["error"])
        same(out["requests"] < 12, True, "requests")


def test_no_pfn():
    """A storage element that does not say where names are: refused with the reason, for each."""
    w = World(2)
    out = tool("", "register", stdin=dict(exposures=w.exposures), conf=config("ssh", rse="NONDET_DISK"))
    same(all(r["code"] != "PPS_OK" and r["error"] for r in out["results"]), True, out)


def test_races():
    """Four of us at once with the same exposures, in other orders; and again."""
    for n in (1, 6, 20):
        w = World(n)
        orders = [w.exposures, w.exposures[::-1], w.exposures[n // 2:] + w.exposures[:n // 2], w.exposures]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            outs = list(pool.map(lambda o: w.register(exposures=o, fine=False), orders))
        for out in outs:
            for r in [out, *out.get("results", [])]:
                same((r["code"], r["error"]), ("PPS_OK", ""), f"{n} exposures")
        for e in random.Random(2).sample(w.exposures, min(n, 6)):
            w.whole(e)


def test_race_with_script():
    """Today's script and we at once."""
    w = World(8)
    def script():
        for e in w.exposures:
            for f in e["files"]:
                try:
                    w.replica(f)
                except RucioException:
                    pass  # both inserted at once
                for d in [*e["datasets"], e["obs_dataset"]]:
                    try:
                        w.attach(f["name"], d)
                    except RucioException:
                        pass  # we were faster, or have closed it
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        other = pool.submit(script)
        out = w.register(fine=False)
        other.result()
    w.register()
    w.all_whole()
    same(out["code"], "PPS_OK", out["error"])


def test_reads():
    w = World(4)
    w.register()
    e = w.exposures[0]
    zip_, yaml = e["files"]
    names = [zip_["name"], "no/such", e["obs_dataset"], e["datasets"][0], zip_["name"]]
    rows = ask("look-up", stdin=names)
    same([r["name"] for r in rows], names, "names in their order")
    same([r["kind"] for r in rows], ["FILE", "NONE", "DATASET", "DATASET", "FILE"], "kinds")
    same([r["open"] for r in rows], [-1, -1, 0, 1, -1], "open")
    same((rows[0]["bytes"], rows[0]["adler32"], rows[0]["md5"]), (zip_["bytes"], zip_["adler32"], zip_["md5"]), "checksums")
    same(ask("look-up", stdin=[]), [], "nothing asked")
    rows = ask("contents", stdin=[e["obs_dataset"], "no/such", w.exposures[1]["obs_dataset"]])
    same(sorted((r["name"], r["other"], r["bytes"], r["adler32"]) for r in rows),
         sorted((x["obs_dataset"], f["name"], f["bytes"], f["adler32"]) for x in w.exposures[:2] for f in x["files"]), "contents")
    w.replica(zip_, rse="IN2P3_RAW_DISK")
    client.update_replicas_states("IN2P3_RAW_DISK", [dict(scope=SCOPE, name=zip_["name"], state="U")])
    rows = ask("replicas", stdin=[zip_["name"], yaml["name"], "no/such"])
    same([(r["name"], r["other"], r["state"]) for r in rows],
         sorted([(zip_["name"], "IN2P3_RAW_DISK", "UNAVAILABLE"), (zip_["name"], RSE, "AVAILABLE"), (yaml["name"], RSE, "AVAILABLE")]), "replicas")
    rows = ask("parents", stdin=[zip_["name"], "no/such"])
    same({r["other"] for r in rows}, {e["obs_dataset"], *e["datasets"]}, "parents")
    same(ask("metadata", stdin=[e["obs_dataset"], "no/such", zip_["name"]]), [NEED, {}, {"rubin_butler": "zip_file"}], "metadata")
    rows = ask("search", f"Dataset/{w.tag}/raw/Obs/*", "dataset")
    same([r["name"] for r in rows], [x["obs_dataset"] for x in w.exposures], "search")
    rows = ask("search", f"{w.tag}/*.zip", "file")
    same([(r["name"], r["adler32"]) for r in rows], [(x["files"][0]["name"], x["files"][0]["adler32"]) for x in w.exposures], "search for files")
    same(ask("search", "nothing/like/this*", "dataset"), [], "search without a hit")
    w.replica(w.file(f"{w.tag}/{DAY}/a_b.zip"))
    w.replica(w.file(f"{w.tag}/{DAY}/axb.zip"))
    same([r["name"] for r in ask("search", f"{w.tag}/{DAY}/a_*", "file")], [f"{w.tag}/{DAY}/a_b.zip"], "an underscore is itself")


def test_safe_copies():
    w = World(1)
    w.register()
    obs = w.exposures[0]["obs_dataset"]
    for site, changed, wanted in (("USDF", True, "USDF"), ("USDF", False, "USDF"), ("TRSE", True, "USDF,TRSE"), ("USDF", False, "USDF,TRSE")):
        same(ask("add-safe-copy", obs, site)["changed"], changed, site)
        same(client.get_metadata(SCOPE, obs, plugin="JSON"), dict(NEED, SafeCopies=wanted), "metadata")
    same(tool("ssh", "set-metadata", "no/such/dataset", "SafeCopies", "x")["code"], "PPS_E_NOTFOUND", "a dataset that is not there")
    same(tool("ssh", "add-safe-copy", obs, "A,B")["code"], "PPS_E_ARG", "a site with a comma")


def test_command_line():
    """whoami and list, with a configuration and with the environment alone."""
    w = World(3)
    w.register()
    def pps(*words, env=None):
        done = subprocess.run([args.pps, *words], capture_output=True, text=True, env=env or environment(), cwd=folder)
        return done.returncode, done.stdout, done.stderr
    code, out, err = pps("-c", config("ssh"), "--json", "rucio", "whoami")
    same((code, json.loads(out)["account"]), (0, "ingest"), err)
    code, out, err = pps("rucio", "whoami", env=dict(environment(), RUCIO_CONFIG=f"{CLIENT}/x509.cfg"))
    same((code, out.split()[0]), (0, "ingest"), err)
    code, out, err = pps("-c", config("ssh"), "--json", "rucio", "list", f"Dataset/{w.tag}/*")
    rows = {r["name"]: r for r in json.loads(out)}
    same(code, 0, err)
    wanted = {n: len(list(client.list_content(SCOPE, n))) for n in client.list_dids(SCOPE, {"name": f"Dataset/{w.tag}/*"}, did_type="dataset")}
    same({n: r["files"] for n, r in rows.items()}, wanted, "files")
    same({r["open"] for n, r in rows.items() if "/Obs/" in n}, {False}, "open")
    code, out, err = pps("rucio", "whoami", env=dict(environment(), RUCIO_CONFIG=f"{folder}/none.cfg"))
    same((code, "none.cfg" in err), (3, True), err)
    code, out, err = pps("-c", config("reader"), "rucio", "register")
    same(code, 2, err)


def test_files():
    """register and check on the example world's zips: what is on disk is what Rucio's client then says; differences are found."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    world, scope = f"{folder}/world", f"cli{os.getpid()}"
    subprocess.run(["/usr/bin/python3", "-B", f"{top}/examples/world/make-world.py", world], check=True)
    def pps(*words, conf="rucio.yaml"):
        done = subprocess.run([args.pps, "-c", conf, "--json", *words], capture_output=True, text=True, cwd=world, env=environment())
        return done.returncode, json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stderr
    for words in (("init",), ("raw", "run")):
        subprocess.run([args.pps, *words], cwd=world, check=True, capture_output=True, env=environment())
    client.add_scope("root", scope)
    with open(f"{world}/pps.yaml") as f, open(f"{world}/rucio.yaml", "w") as out:
        out.write(f.read() + f"\nrucio: {{config: {CLIENT}/ssh.cfg, rse: {RSE}, scope: {scope}}}\n")
    day, zips = "LSSTCam/20251202", [f"MC_O_20251202_00000{i}" for i in (1, 2, 3, 4)]
    code, out = pps("rucio", "check", day)
    same((code, {r["status"] for r in out["rows"]}, out["count"]), (1, {"missing"}, 8), "before")
    code, out = pps("--dry-run", "rucio", "register", "--day-obs", "20251202")
    same((code, [r["name"] for r in out["rows"]]), (0, zips), "dry run")
    same(list(client.list_dids(scope, {"name": "*"}, did_type="all")), [], "after a dry run")
    code, out = pps("rucio", "register", zips[0], "2025120200002", f"offline/instrument/{day}/{zips[2]}.zip", "MC_O_20251202_000005", "nonsense")
    same((code, [(r["name"], r["status"]) for r in out["rows"]]), (1, [*((z, "changed") for z in zips[:3]), ("MC_O_20251202_000005", "failed"), ("nonsense", "failed")]), "by names")
    code, out = pps("rucio", "register", "--day-obs", "20251202")
    same((code, [r["status"] for r in out["rows"]]), (0, ["ok", "ok", "ok", "changed"]), "by day")
    for z in zips:
        obs = f"Dataset/LSSTCam/raw/Obs/20251202/{z}"
        same(client.get_did(scope, obs)["open"], False, obs)
        same(client.get_metadata(scope, obs, plugin="JSON"), NEED, obs)
        for f in client.list_content(scope, obs):
            with open(f"{world}/offline/instrument/{f['name']}", "rb") as there:
                data = there.read()
            same((f["bytes"], f["adler32"], f["md5"]), (len(data), f"{zlib.adler32(data):08x}", hashlib.md5(data).hexdigest()), f["name"])
    same(sorted({p["name"] for p in client.list_parent_dids(scope, f"{day}/{zips[3]}.zip")}),
         ["Dataset/LSSTCam/raw/NoTract/20251202", f"Dataset/LSSTCam/raw/Obs/20251202/{zips[3]}"], "parents of one without tracts")
    same(len([p for p in client.list_parent_dids(scope, f"{day}/{zips[0]}.zip") if "/Tract" in p["name"]]), 3, "tracts")
    code, out = pps("rucio", "check", day)
    same((code, {r["status"] for r in out["rows"]}, out["count"]), (0, {"ok"}, 8), "after")
    base = f"{world}/offline/instrument/{day}/"
    with open(f"{base}{zips[0]}.zip", "r+b") as f:
        f.seek(1000)
        byte = f.read(1)
        f.seek(1000)
        f.write(bytes([byte[0] ^ 1]))
    os.rename(f"{base}{zips[1]}_dimensions.yaml", f"{world}/elsewhere.yaml")
    with open(f"{base}MC_O_20251202_000009.zip", "w") as f:
        f.write("another")
    code, out = pps("rucio", "check", "--day-obs", "20251202")
    same((code, {r["name"]: r["status"] for r in out["rows"] if r["status"] != "ok"}),
         (1, {f"{day}/{zips[0]}.zip": "different", f"{day}/{zips[1]}_dimensions.yaml": "surplus", f"{day}/MC_O_20251202_000009.zip": "missing"}), "differences")
    code, out = pps("rucio", "register", zips[0])
    same((code, [r["status"] for r in out["rows"]]), (1, ["different"]), "a zip with other bytes")


def run_tests(tests, only=None):
    """Runs {name: function}; prints how each ended, and the closing line. Return: the exit code."""
    passed = failed = 0
    for name, test in tests.items():
        if only and only not in name:
            continue
        begin = time.monotonic()
        try:
            test()
            passed += 1
            print(f"ok {name} ({time.monotonic() - begin:.1f} s)", flush=True)
        except Different as e:
            failed += 1
            print(f"FAILED {name}: {e}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED {name}:\n{traceback.format_exc()}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    global client, args, folder
    ap = argparse.ArgumentParser()
    ap.add_argument("--tool", required=True)
    ap.add_argument("--pps")
    ap.add_argument("--only")
    args = ap.parse_args()
    args.tool = os.path.abspath(args.tool)
    args.pps = os.path.abspath(args.pps) if args.pps else None
    tests = {n: t for n, t in globals().items() if n.startswith("test_") and (args.pps or t not in (test_command_line, test_files))}
    with tempfile.TemporaryDirectory(prefix="pps-rucio.") as folder:
        client = Client()
        return run_tests(tests, args.only)


if __name__ == "__main__":
    sys.exit(main())
