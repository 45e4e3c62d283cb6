# SPDX-License-Identifier: BSD-3-Clause
"""What the programs of examples/c do, in an example world: the cases of tests/consumers.py.

A copy of this file is stored with each baseline of the binary interface, beside the programs that it runs: only the Python standard
library, and nothing of the tests but the world and `kafka-tool`.
"""
import hashlib
import http.server
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import urllib.parse
import zipfile

NAMES = ("butler", "conf", "ctx", "dimensions", "error", "publish", "raw", "rucio", "state", "store", "stream", "table", "version", "zip")
DAY = "20251202"


class Rucio(http.server.BaseHTTPRequestHandler):
    """As much of a Rucio server as a login, a question who that is, and two datasets take."""
    rows = [{"scope": "raw", "name": name, "did_type": "DATASET", "is_open": is_open} for name, is_open in (("Dataset/one", False), ("Dataset/two", True))]
    files = [{"parent_scope": "raw", "parent_name": "Dataset/one", "scope": "raw", "name": f"f{n}", "bytes": n} for n in (1, 2, 3)]

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for key, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def lines(self, rows):
        self.answer(200, "".join(json.dumps(row) + "\n" for row in rows).encode(), [("Content-Type", "application/x-json-stream")])

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/auth/userpass":
            right = self.headers["X-Rucio-Password"] == "right"
            headers = [("X-Rucio-Auth-Token", "token"), ("X-Rucio-Auth-Account", "pps")] if right else [("ExceptionClass", "CannotAuthenticate")]
            self.answer(200 if right else 401, b"" if right else b'{"ExceptionClass": "CannotAuthenticate", "ExceptionMessage": "no"}', headers)
        elif path == "/accounts/whoami":
            self.answer(303, headers=[("Location", "/accounts/pps")])
        elif path == "/dids/raw/dids/search":
            self.lines(self.rows)
        else:
            self.answer(404)

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        rows = {"/dids/bulkmeta": self.rows, "/dids/bulkfiles": self.files}.get(urllib.parse.urlsplit(self.path).path)
        if rows:
            self.lines(rows)
        else:
            self.answer(404)

    def log_message(self, *_):
        pass


class Cases:
    """`programs`: their folder; `make_world`: a command that makes the example world in its last argument."""

    def __init__(self, programs, environment, make_world, pps, kafka_tool, check):
        self.programs, self.environment, self.make_world = programs, environment, make_world
        self.pps, self.kafka_tool, self.check = pps, kafka_tool, check
        self.above = tempfile.mkdtemp(prefix="pps consumer ")
        self.root = f"{self.above}/world"

    def close(self):
        shutil.rmtree(self.above)

    def run(self, name, *arguments, **more):
        return subprocess.run([f"{self.programs}/{name}", *arguments], cwd=self.root, env=self.environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=300, **more)

    def expect(self, what, done, code, out="", err=""):
        """That a program ended with this code, and said this somewhere."""
        right = done.returncode == code and out in done.stdout and err in done.stderr
        self.check(what, "" if right else f"exit {done.returncode}, expected {code} with {out!r} and {err!r}\n{done.stdout}{done.stderr}")

    def write(self, name, text):
        with open(f"{self.root}/{name}", "w") as f:
            f.write(text)
        return name

    def begin(self):
        """Each program starts; one that can do nothing without arguments says what it wants."""
        subprocess.run([*self.make_world, self.root], check=True)
        for name in NAMES:
            if name != "version":
                self.expect(f"{name}: usage", self.run(name), 2, err=f"usage: {name} ")
        self.version()
        self.conf()

    def all(self):
        self.begin()
        for case in (self.error, self.raw, self.state, self.ctx, self.zip, self.store, self.dimensions, self.butler, self.publish, self.table, self.rucio, self.stream):
            case()

    def version(self):
        self.expect("version", self.run("version"), 0, "built with 0.1.0, runs with 0.")

    def conf(self):
        self.expect("conf: a value", self.run("conf", "pps.yaml", "raw.source"), 0, "raw.source=embargo\n")
        self.expect("conf: no such value", self.run("conf", "pps.yaml", "raw.sauce"), 1, err="raw.sauce has no value")
        shown = self.run("conf", "pps.yaml")
        self.expect("conf: all", shown, 0)
        self.check("conf: all is JSON", "" if json.loads(shown.stdout)["raw"]["skymap"] == "lsst_cells_v1" else shown.stdout)
        self.write("wrong.yaml", "state: sqlite:///state.db\nrow: {}\nrepositories: {a: {butlers: x}}\n")
        wrong = self.run("conf", "wrong.yaml")
        self.expect("conf: each error with its place", wrong, 3, err="wrong.yaml:2:1: ")
        self.expect("conf: the second too", wrong, 3, err="wrong.yaml:3:")
        self.expect("conf: no file", self.run("conf", "none.yaml"), 1, err="none.yaml")

    def error(self):
        self.expect("error: no state yet", self.run("error", "pps.yaml"), 1, err="code PPS_E_NOTFOUND")
        self.expect("error: the place", self.run("error", "wrong.yaml"), 3, err="wrong.yaml:2:1")
        missing = self.run("error", "none.yaml")
        self.expect("error: errno", missing, 1, err="errno 2")

    def raw(self):
        first = self.run("raw", "pps.yaml", DAY)
        self.expect("raw: takes out", first, 0, f"MC_O_{DAY}_000001")
        self.check("raw: four exposures", "" if first.stdout.count(" done ") == 4 else first.stdout)
        self.check("raw: a zip is there", "" if os.path.exists(self.zip_path()) else first.stdout)
        again = self.run("raw", "pps.yaml")
        self.check("raw: again there is nothing to do", "" if again.returncode == 0 and " done " not in again.stdout else again.stdout + again.stderr)
        self.expect("raw: a day that is none", self.run("raw", "pps.yaml", "someday"), 1, err="day_obs")

    def zip_path(self):
        return f"{self.root}/offline/instrument/LSSTCam/{DAY}/MC_O_{DAY}_000001.zip"

    def state(self):
        self.expect("error: the state is there now", self.run("error", "pps.yaml"), 0, "SQLite ")
        head = self.run("state", "pps.yaml")
        seq, digest = (head.stdout.split() + ["", ""])[:2]
        self.check("state: the ledger's head", "" if head.returncode == 0 and int(seq or 0) > 0 and len(digest) == 64 else head.stdout + head.stderr)
        shutil.copy(f"{self.root}/state.db", f"{self.root}/forged.db")
        import sqlite3
        with sqlite3.connect(f"{self.root}/forged.db") as db:
            db.execute("DELETE FROM ledger WHERE seq = 1")
        db.close()
        with open(f"{self.root}/pps.yaml") as f:
            self.write("forged.yaml", f.read().replace("state.db", "forged.db"))
        self.expect("state: a ledger that was changed", self.run("state", "forged.yaml"), 1, err="state: ")

    def ctx(self):
        os.makedirs(f"{self.root}/folder/below")
        for name, size in (("a.txt", 10), ("below/b.fits", 3000000)):
            self.write(f"folder/{name}", "x" * size)
        done = self.run("ctx", "folder", "made.zip")
        self.expect("ctx: packs", done, 0, "2 members", "bytes")
        with open(f"{self.root}/made.zip", "rb") as f:
            md5 = hashlib.md5(f.read()).hexdigest()
        self.check("ctx: the right digest", "" if md5 in done.stdout else done.stdout)
        self.expect("ctx: never overwrites", self.run("ctx", "folder", "made.zip"), 1, err="made.zip")
        self.interrupted()

    def interrupted(self):
        """Many sparse files keep it busy until SIGINT comes."""
        os.makedirs(f"{self.root}/large")
        for n in range(2000):
            with open(f"{self.root}/large/{n}.fits", "wb") as f:
                f.truncate(8 << 20)
        with subprocess.Popen([f"{self.programs}/ctx", "large", "large.zip"], cwd=self.root, env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as p:
            p.stderr.readline()  # progress: it is under way
            p.send_signal(signal.SIGINT)
            _, err = p.communicate(timeout=300)
        left = [n for n in os.listdir(self.root) if "large" in n and n != "large"]
        self.check("ctx: Ctrl-C", "" if p.returncode == 130 and not left else f"exit {p.returncode}, left {left}\n{err}")

    def zip(self):
        path = self.zip_path()
        with zipfile.ZipFile(path) as z:
            name = next(n for n in z.namelist() if n.endswith(".fits"))
            content = z.read(name)
        self.expect("zip: lists and verifies", self.run("zip", path), 0, name)
        taken = subprocess.run([f"{self.programs}/zip", path, name], env=self.environment, capture_output=True, check=False)
        self.check("zip: takes a member out", "" if taken.returncode == 0 and taken.stdout == content else taken.stderr.decode())
        self.expect("zip: no such member", self.run("zip", path, "nothing"), 1, err="nothing")
        with open("/dev/full", "w") as full:
            done = subprocess.run([f"{self.programs}/zip", path, name], env=self.environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.check("zip: a full disk", "" if done.returncode == 1 and "stdout" in done.stderr else f"exit {done.returncode}: {done.stderr}")
        with open(path, "rb") as f:
            broken = bytearray(f.read())
        broken[broken.index(content[:64]) + 10] ^= 1
        with open(f"{self.root}/broken.zip", "wb") as f:
            f.write(broken)
        self.expect("zip: a flipped bit", self.run("zip", "broken.zip"), 1, "PROBLEM")
        self.expect("zip: no zip", self.run("zip", "pps.yaml"), 1, err="pps.yaml")

    def store(self):
        self.expect("store: copies", self.run("store", "folder", "mirror"), 0, "have below/b.fits")
        self.write("mirror/a.txt", "other")
        done = self.run("store", "folder", f"file://{urllib.parse.quote(self.root)}/mirror")
        self.expect("store: what differs stays", done, 1, "DIFFERS a.txt")
        with open(f"{self.root}/mirror/a.txt") as f:
            self.check("store: nothing is overwritten", "" if f.read() == "other" else "a.txt has changed")
        self.expect("store: no such folder", self.run("store", "nowhere", "mirror"), 1, err="nowhere")
        self.expect("store: a scheme that is not known", self.run("store", "ftp://x/y", "mirror"), 1, err="ftp")

    def dimensions(self):
        yaml = self.zip_path().replace(".zip", "_dimensions.yaml")
        self.expect("dimensions: shows and copies", self.run("dimensions", yaml, "copy.yaml"), 0, "exposure: 1 with ")
        with open(yaml) as a, open(f"{self.root}/copy.yaml") as b:
            self.check("dimensions: byte for byte", "" if a.read() == b.read() else "the copy differs")
        self.expect("dimensions: never overwrites", self.run("dimensions", yaml, "copy.yaml"), 1, err="copy.yaml")
        self.expect("dimensions: another file", self.run("dimensions", "pps.yaml"), 1, err="pps.yaml")

    def butler(self):
        self.expect("butler: exposures", self.run("butler", "embargo"), 0, f"MC_O_{DAY}_000001")
        self.expect("butler: a choice", self.run("butler", "main", "exposure.seq_num = 1"), 0, "#zip-path=")
        self.expect("butler: an expression that is wrong", self.run("butler", "main", "exposure.seq_num == "), 2, err="butler: ")
        self.expect("butler: no repository", self.run("butler", "folder"), 1, err="butler: ")

    def publish(self):
        config = "products/pps.yaml"
        self.expect("publish: no state", self.run("publish", config), 1, err="state")
        subprocess.run([self.pps, "-q", "-c", config, "init", "--replay"], cwd=self.root, env=self.environment, check=True)
        done = self.run("publish", config, "2025-12-04T00:00")
        self.expect("publish: a run", done, 0, "copy prompt_prep: ")
        status = json.loads(done.stdout.rsplit("\n", 2)[-2]) if done.returncode == 0 else {}
        self.check("publish: the status is JSON", "" if "google_prod" in status.get("repositories", ()) else done.stdout)
        self.expect("publish: not in the future", self.run("publish", config, "2999-01-01T00:00"), 1, err="publish: ")

    def table(self):
        config = "products/pps.yaml"
        done = self.run("table", config)
        self.expect("table: every dataset", done, 0)
        lines = [line.split("\t") for line in done.stdout.splitlines()]
        rows = [dict(zip(lines[0], line)) for line in lines[1:]] if lines else []
        said = subprocess.run([self.pps, "-q", "-c", config, "datasets"], cwd=self.root, env=self.environment, capture_output=True, text=True, check=True)
        wanted = [(d["id"], d["type"], json.dumps(d["data_id"]), str(d["visit"]), d["status"]["prompt_prep"]) for d in map(json.loads, said.stdout.splitlines())]
        found = [(r["id"], r["type"], json.dumps(json.loads(r["data_id"])), r["visit"], r["status_prompt_prep"]) for r in rows]
        self.check("table: what pps datasets says", "" if wanted and found == wanted else f"{found}\n{wanted}")
        # 80 hours and no TAI behind the first exposure's end
        self.check("table: times are UTC", "" if any(r["next_due"] == "2025-12-06T09:29:54.354363958Z" for r in rows) else done.stdout)
        chosen = self.run("table", config, "*_log")
        self.check("table: a choice", "" if chosen.stdout.count("isr_log") == chosen.stdout.count("\n") - 1 > 0 else chosen.stdout + chosen.stderr)
        self.expect("table: no configuration", self.run("table", "none.yaml"), 1, err="none.yaml")

    def rucio(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rucio)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.write("password", "right\n")
        os.chmod(f"{self.root}/password", 0o600)
        self.write("rucio.yaml", f"rucio: {{url: 'http://127.0.0.1:{server.server_port}', account: pps, rse: SITE,"
                                 " auth: {type: userpass, username: u, password_file: password}}\n")
        done = self.run("rucio", "rucio.yaml", "Dataset/*")
        self.expect("rucio: who we are", done, 0, f"pps at http://127.0.0.1:{server.server_port}, scope raw\n")
        self.expect("rucio: datasets", done, 0, "Dataset/one 3 files, 6 bytes, closed\nDataset/two 0 files, 0 bytes, open\n")
        self.write("password", "wrong\n")
        self.expect("rucio: the wrong password", self.run("rucio", "rucio.yaml"), 1, err="rucio: ")
        server.shutdown()
        server.server_close()
        self.expect("rucio: not configured", self.run("rucio", "wrong.yaml"), 1, err="rucio: ")

    def stream(self):
        with subprocess.Popen([self.kafka_tool, "mock", "topic", "2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as mock:
            brokers = mock.stdout.readline().strip()
            subprocess.run([self.kafka_tool, "produce", brokers, "topic"], input="one\ntwo\nthree\n", text=True, stdout=subprocess.DEVNULL, check=True)
            self.write("stream.yaml", f"intake: {{kafka: {{brokers: '{brokers}', topic: topic, group: g, batch_root: batches}}}}\n")
            first, second = self.run("stream", "stream.yaml", "intake.kafka"), self.run("stream", "stream.yaml", "intake.kafka")
            mock.stdin.close()
        words = sorted(line.split(" ")[-1] for line in first.stdout.splitlines())
        self.check("stream: every message", "" if first.returncode == 0 and words == ["one", "three", "two"] else first.stdout + first.stderr)
        self.check("stream: what was committed does not come again", "" if second.returncode == 0 and not second.stdout else second.stdout + second.stderr)
        self.expect("stream: no such block", self.run("stream", "pps.yaml", "intake.kafka"), 1, err="intake.kafka")
