# SPDX-License-Identifier: BSD-3-Clause
"""Rucio and Kafka: against a small server of our own, and brokers that are down. The real ones judge the library in tests/interop."""
import http.server
import json
import os
import threading
import time
import unittest

import place
import pps


class Server(http.server.BaseHTTPRequestHandler):
    """As much of Rucio as the calls below need."""

    ROWS = [dict(scope="raw", name="Dataset/x", type="DATASET", did_type="DATASET", is_open=False, open=False, bytes=30, length=2),
            dict(scope="raw", name="Dataset/y", type="DATASET", did_type="DATASET", is_open=True, open=True, bytes=0, length=0)]

    def answer(self, status, rows, **headers):
        body = "".join(json.dumps(r) + "\n" for r in rows).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/auth/userpass":
            good = self.headers.get("X-Rucio-Password") == "secret"
            if good:
                expires = time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(time.time() + 3600))
                return self.answer(200, [], X_Rucio_Auth_Token="token", X_Rucio_Auth_Token_Expires=expires)
            return self.answer(401, [dict(ExceptionClass="CannotAuthenticate", ExceptionMessage="no")], ExceptionClass="CannotAuthenticate")
        if self.path == "/ping":
            return self.answer(200, [dict(version="39.4.2")])
        if self.path == "/accounts/whoami":
            return self.answer(303, [], Location="/accounts/pps")
        if self.path.startswith("/dids/raw/dids/search"):
            return self.answer(200, self.ROWS if "type=dataset" in self.path else [])
        return self.answer(404, [])

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/dids/bulkmeta":
            return self.answer(200, self.ROWS)
        return self.answer(200, [])

    def log_message(self, *args):
        pass


class Rucio(place.Case):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        root = self.world()
        (self.folder / "password").write_text("secret\n")
        os.chmod(self.folder / "password", 0o600)
        self.text = (root / "pps.yaml").read_text() + (
            f"rucio: {{url: 'http://127.0.0.1:{self.server.server_port}', account: pps, rse: DISK, scope: raw,\n"
            f"        auth: {{type: userpass, username: pps, password_file: '{self.folder}/password'}}}}\n")
        (root / "pps.yaml").write_text(self.text)
        self.conf = pps.Conf(root / "pps.yaml")

    def test_what_it_knows(self):
        with pps.Rucio(self.conf) as rucio:
            self.assertEqual((rucio.url, rucio.scope, rucio.rse, rucio.auth_type), (f"http://127.0.0.1:{self.server.server_port}", "raw", "DISK", "userpass"))
            account = rucio.whoami()
            self.assertEqual(account.name, "pps")
            self.assertGreater(account.expires, pps.Tai.now())
            self.assertLess(abs(rucio.clock().ns - pps.Tai.now().ns), 60 * 10**9)
            found = rucio.query("Dataset/*")
            self.assertEqual([(e.name, e.kind) for e in found], [("Dataset/x", pps.RucioKind.DATASET), ("Dataset/y", pps.RucioKind.DATASET)])
            self.assertEqual([e.is_open for e in found], [False, True])
            self.assertRaises(ValueError, rucio.query, kind="container")
            self.assertRaises(TypeError, rucio.register, self.conf, "one")

    def test_exposures(self):
        with pps.Rucio(self.conf) as rucio:
            report = rucio.register(self.conf, ["MC_O_20251202_000001", 2025120200002], dry_run=True)
            self.assertEqual((len(report.rows), report.failed), (2, 2))  # their zips are not there
            self.assertEqual({r.status for r in report.rows}, {pps.RucioStatus.FAILED})
            self.assertEqual(report.rows[0].status.label, "failed")
            self.assertLess(report.rows[0].code, 0)
            self.assertEqual(rucio.check(self.conf, "LSSTCam/20251202"), ((), 0))

    def test_refused(self):
        (self.folder / "password").write_text("other\n")
        self.assertRaises(pps.AccessError, pps.Rucio(self.conf).whoami)


class Kafka(place.Case):
    def setUp(self):
        super().setUp()
        root = self.world()
        text = (root / "pps.yaml").read_text()
        block = "{brokers: '127.0.0.1:9', topic: t, group: g}"
        (root / "pps.yaml").write_text(text + f"  events: {{kafka: {block}}}\nintake: {{kafka: {{brokers: '127.0.0.1:9', topic: t, group: g, batch_root: '{root}'}}}}\n"
                                       f"import: {{kafka: {{brokers: '127.0.0.1:9', group: g}}, topics: {{T: {{rucio_prefix: 'x:/', local_prefix: '{root}', repository: main}}}}}}\n")
        self.conf = pps.Conf(root / "pps.yaml")

    def test_brokers_that_are_down(self):
        with pps.Stream(self.conf, "intake.kafka") as stream:
            self.assertFalse(stream.at_end)
            with self.assertRaises(pps.UnavailableError) as caught:
                for _ in range(100):
                    self.assertIsNone(stream.next(timeout=0.3))
            self.assertTrue(caught.exception.retriable)
        self.assertRaises(pps.Error, pps.Stream, self.conf, "notify.kafka")
        self.assertRaises(ValueError, pps.Stream(self.conf, "raw.events.kafka").next, timeout=-1)

    def test_import(self):
        pps.State.init(self.conf)
        with pps.Import(self.conf) as flow, self.assertLogs("pps") as logs:
            for _ in range(100):
                if logs.records:
                    break
                self.assertIsNone(flow.next(timeout=0.1))
        self.assertIn("Connection refused", logs.output[0])
        self.assertEqual([pps.ImportStatus(n).label for n in range(6)], ["imported", "already there", "waiting", "failed", "skipped", "put aside"])


if __name__ == "__main__":
    unittest.main()
