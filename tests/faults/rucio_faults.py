#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Registers exposures while Rucio, its database, the network or we ourselves fail, and lets Rucio's own client look whether all is there.

Needs the server of tests/servers/rucio.sh (its PPS_TEST_* in the environment) for itself, and runs with the Python that has the client.
usage: rucio_faults.py --tool RUCIO-TOOL [--random N] [--seed S] [--only NAME]. The last line is "N passed, N failed".
"""
import argparse
import email.utils
import http.client
import http.server
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f"{TOP}/tests/interop")
import rucio_agree as agree  # noqa: E402
from rucio.common.exception import DatabaseException  # noqa: E402
from rucio_agree import World, same  # noqa: E402

SERVER = os.environ["PPS_TEST_RUCIO_DIR"]
args = None


def server(command):
    subprocess.run([f"{TOP}/tests/servers/rucio.sh", command, SERVER], check=True, stdout=subprocess.DEVNULL)


def start(world, conf=None):
    """The tool with its input given, running."""
    p = subprocess.Popen([agree.args.tool, conf or agree.config("userpass"), "register"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                         env=agree.environment())
    p.stdin.write(json.dumps(dict(exposures=world.exposures)))
    p.stdin.close()
    p.stdin = None
    return p


def finish(p):
    out, _ = p.communicate(timeout=300)
    return json.loads(out)


def fine(out):
    for r in [out, *out.get("results", [])]:
        same((r["code"], r["error"]), ("PPS_OK", ""), "register")


class Proxy(http.server.ThreadingHTTPServer):
    """Between us and Rucio; what goes wrong is decided by @plan(method, path, how often it was asked): None, or a kind of fault."""
    daemon_threads = True

    def __init__(self, plan):
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan, self.seen, self.faults, self.lock = plan, {}, 0, threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # connections that are broken on purpose

    def fault(self, method, path):
        kind = path.split("?")[0].rsplit("/", 1)[-1] if path.startswith("/dids/raw/") else path.split("?")[0]
        with self.lock:
            n = self.seen[method, kind] = self.seen.get((method, kind), 0) + 1
            fault = self.plan(method, kind, n)
            self.faults += fault is not None
        return fault

    def config(self):
        url = f"http://127.0.0.1:{self.server_address[1]}"
        with open(f"{agree.CLIENT}/userpass.cfg") as f:
            text = f.read().replace(os.environ["PPS_TEST_RUCIO"], url)
        name = f"{agree.folder}/proxy-{self.server_address[1]}"
        with open(f"{name}.cfg", "w") as f:
            f.write(text)
        with open(f"{name}.yaml", "w") as f:
            f.write(f"rucio: {{config: {name}.cfg, rse: {agree.RSE}}}\n")
        return f"{name}.yaml"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body, cut=False):
        self.wfile.write(f"HTTP/1.1 {status} X\r\n".encode())
        for k, v in headers:
            self.wfile.write(f"{k}: {v}\r\n".encode())
        self.wfile.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + (body[:len(body) // 2] if cut else body))
        self.wfile.flush()
        if cut:
            self.close_connection = True

    def refuse(self, fault):
        """What comes instead of Rucio's answer, Rucio not being asked."""
        body = dict(database=b'{"ExceptionClass": "DatabaseException", "ExceptionMessage": "down"}', token=b'{"ExceptionClass": "CannotAuthenticate"}',
                    race=b'{"ExceptionClass": "RucioException", "ExceptionMessage": "(psycopg.errors.UniqueViolation) x"}').get(fault, b"<html>no</html>")
        status = dict(database=406, token=401, race=500, busy=503, gateway=502, slow_down=429)[fault]
        self.answer(status, [("Retry-After", "1")] if fault == "busy" else [], body)

    def handle_one(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.fault(self.command, self.path)
        if fault == "reset":
            self.close_connection = True
            return
        if fault in ("database", "token", "race", "busy", "gateway", "slow_down"):
            self.refuse(fault)
            return
        u = urllib.parse.urlsplit(os.environ["PPS_TEST_RUCIO"])
        c = http.client.HTTPConnection(u.hostname, u.port, timeout=120)
        c.request(self.command, self.path, body, {k: v for k, v in self.headers.items() if k.lower() not in ("host", "content-length")})
        r = c.getresponse()
        data = r.read()
        c.close()
        if fault == "lost":  # done, and nobody hears of it
            self.close_connection = True
            return
        if fault == "short":  # a login that is over in ten seconds
            end = time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(email.utils.parsedate_to_datetime(r.headers["Date"]).timestamp() + 10))
            r.headers.replace_header("X-Rucio-Auth-Token-Expires", end)
        headers = [(k, v) for k, v in r.getheaders() if k.lower() not in ("transfer-encoding", "content-length", "connection")]
        if fault == "unended":  # the last row of a stream has no end, and the stream has no last piece
            self.wfile.write(b"HTTP/1.1 200 X\r\nContent-Type: application/x-json-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            part = data[:max(1, len(data) * 2 // 3)]
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.flush()
            self.close_connection = True
            return
        self.answer(r.status, headers, data, cut=fault == "cut")

    do_GET = do_PUT = do_POST = handle_one


def through(plan, n=5, repeat=False, least=1):
    """Registers through a proxy; all must end well."""
    w = World(n)
    if repeat:
        w.register("userpass")
    proxy = Proxy(plan)
    try:
        out = finish(start(w, proxy.config()))
    finally:
        proxy.shutdown()
        proxy.server_close()
    fine(out)
    same(proxy.faults >= least, True, f"{proxy.faults} faults came to pass")
    w.all_whole()
    return out


# ---- tests

def first_of_each(fault):
    return lambda method, kind, n: fault if n == 1 and "auth" not in kind else None


def test_first_answers_lost():
    """Each call was heard and done, and its answer lost: what is repeated finds it done."""
    through(first_of_each("lost"))
    through(first_of_each("lost"), repeat=True)


def test_answers_cut():
    through(first_of_each("cut"), repeat=True)


def test_streams_cut():
    """A stream that ends too early is noticed, whatever rows came."""
    through(lambda method, kind, n: "unended" if n == 1 and kind in ("/dids/bulkmeta", "/dids/bulkfiles", "/replicas/list", "parents") else None, repeat=True, least=3)


def test_refused_for_now():
    for fault in ("database", "busy", "gateway", "slow_down", "reset", "race"):
        through(first_of_each(fault))
        through(first_of_each(fault), repeat=True)


def test_token_refused():
    through(first_of_each("token"))


def test_renewed_before_it_ends():
    """A login is renewed when four fifths of its life are over, and not before; nothing is refused meanwhile."""
    proxy = Proxy(lambda method, kind, n: "short" if kind == "/auth/userpass" else None)
    p = subprocess.Popen([agree.args.tool, proxy.config(), "relogin", "3"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         env=agree.environment())
    try:
        p.stderr.readline()
        p.stdin.write("\n")  # at once, with the login that is there
        p.stdin.flush()
        p.stderr.readline()
        same(proxy.seen.get(("GET", "/auth/userpass")), 1, "logins at first")
        time.sleep(8.5)
        out = json.loads(p.communicate("\n", timeout=60)[0])
    finally:
        p.kill()
        proxy.shutdown()
        proxy.server_close()
    same((out["code"], out["requests"], proxy.seen["GET", "/auth/userpass"]), ("PPS_OK", 5, 2), "two logins, three questions")


def test_login_fails_at_first():
    through(lambda method, kind, n: ("database", "reset", "gateway")[n - 1] if "auth" in kind and n <= 3 else None, least=3)


def test_random_faults():
    """One answer in eight goes wrong in some way."""
    for i in range(3 if args.random < 100 else 20):
        rng = random.Random(args.seed + i)
        kinds = ["lost", "cut", "reset", "database", "busy", "gateway", "token"]
        through(lambda method, kind, n: rng.choice(kinds) if rng.random() < 0.125 else None, n=12)


def test_never_ends():
    """A server that is down for good: said so in bounded time, nothing claimed to be done."""
    w = World(3)
    proxy = Proxy(lambda method, kind, n: "database" if kind == "/dids/attachments" else None)
    begin = time.monotonic()
    out = finish(start(w, proxy.config()))
    proxy.shutdown()
    proxy.server_close()
    same([r["code"] for r in [out, *out["results"]]], ["PPS_E_UNAVAILABLE"] * 4, "codes")
    same("DatabaseException" in out["error"], True, out["error"])
    same(time.monotonic() - begin < 180, True, "seconds")
    fine(w.register("userpass"))
    w.all_whole()


def judge(w):
    """Rucio's client does not ask again, as we do, when a worker finds that its old connections to the database are gone."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return w.all_whole()
        except DatabaseException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_database_back():
    """The database goes down under us and comes back: nobody has to do anything."""
    w = World(40)
    p = start(w)
    time.sleep(0.7)
    server("stop-database")
    time.sleep(1)
    server("start-database")
    out = finish(p)
    fine(out)
    judge(w)


def test_database_down():
    w = World(2)
    server("stop-database")
    try:
        out = agree.tool("ssh", "register", stdin=dict(exposures=w.exposures))
        same(out["code"], "PPS_E_UNAVAILABLE", out["error"])
        same({r["code"] for r in out["results"]}, {"PPS_E_UNAVAILABLE"}, "results")
    finally:
        server("start-database")
    fine(w.register())
    judge(w)


def test_workers_killed():
    """Every worker is killed in the middle of a call, several times."""
    w = World(60)
    p = start(w)
    for _ in range(3):
        time.sleep(0.8)
        for pid in agree.workers():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(2.5)  # new ones come
    fine(finish(p))
    for e in random.Random(1).sample(w.exposures, 8):
        w.whole(e)


def test_killed_ourselves():
    """SIGKILL at random moments, and once more: all is there, nothing twice, nothing set back."""
    rng = random.Random(args.seed)
    whole = World(6)
    begin = time.monotonic()
    fine(finish(start(whole)))
    usual = time.monotonic() - begin
    for i in range(args.random):
        w = World(6)
        p = start(w)
        time.sleep(rng.uniform(0, usual))
        p.kill()
        p.communicate()
        if i % 2:  # and once more
            p = start(w)
            time.sleep(rng.uniform(0, usual))
            p.kill()
            p.communicate()
        fine(w.register("userpass"))
        w.all_whole()
        for r in w.register("userpass")["results"]:
            same(r["done"], [], f"kill {i}: {r['obs_id']}, repeated")


def main():
    global args
    ap = argparse.ArgumentParser()
    ap.add_argument("--tool", required=True)
    ap.add_argument("--random", type=int, default=10)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--only")
    args = agree.args = ap.parse_args()
    args.tool = os.path.abspath(args.tool)
    with tempfile.TemporaryDirectory(prefix="pps-rucio.") as agree.folder:
        agree.client = agree.Client()
        return agree.run_tests({n: t for n, t in globals().items() if n.startswith("test_")}, args.only)


if __name__ == "__main__":
    sys.exit(main())
