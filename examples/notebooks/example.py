# SPDX-License-Identifier: BSD-3-Clause
"""What the notebooks of this folder look at: a small world in a temporary folder, in which libpps really runs as at dates of December 2025, or yours.

$PPS_CONFIG  your own pps.yaml, as the command line takes it, too: the notebooks then only read
$PPS_FEED    the address of your own feed, such as https://example.org/prompt/
"""
import atexit
import functools
import http.server
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

import pps

YOURS = os.environ.get("PPS_CONFIG")
SECRET = b"known to the example alone"
_MAKE = pathlib.Path(__file__).resolve().parent.parent / "world" / "make-world.py"


@functools.cache
def _world():
    above = pathlib.Path(tempfile.mkdtemp(prefix="pps-notebook-"))
    atexit.register(shutil.rmtree, above, ignore_errors=True)
    subprocess.run([sys.executable, "-B", _MAKE, above / "world"], check=True)
    return above / "world"


def now(date):
    """The time of the example; None, which is the clock's, with a configuration of your own."""
    return None if YOURS else pps.Tai.parse(date, scale="utc")


class _Calls(http.server.BaseHTTPRequestHandler):
    """Keeps what it is told."""
    told = []

    def do_POST(self):
        self.told.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def _receiver():
    server = http.server.HTTPServer(("127.0.0.1", 0), _Calls)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/new"


def calls():
    """Headers and body of each call of the webhook; none with a configuration of your own, which calls where it is told to."""
    return list(_Calls.told)


@functools.cache
def raw():
    """The configuration of raw exposures."""
    conf = pps.Conf(YOURS or _world() / "pps.yaml")
    if not YOURS:
        pps.State.init(conf)
    return conf


@functools.cache
def products():
    """The configuration of prompt products, on a state for replays, with a feed and a webhook that calls us."""
    if YOURS:
        return pps.Conf(YOURS)
    path = _world() / "products" / "pps.yaml"
    path.with_name("secret").write_bytes(SECRET)
    path.with_name("secret").chmod(0o600)
    path.write_text(path.read_text() + f"notify: {{feed: feed, webhooks: [{{url: '{_receiver()}', secret_file: secret}}]}}\n")
    conf = pps.Conf(path)
    pps.State.init(conf, replay=True)
    pps.Publish.mark_replay(conf)
    return conf


def edited(old, new):
    """The configuration of prompt products with other words, in a file beside it."""
    path = _world() / "products" / "pps.yaml"
    assert old in path.read_text()
    changed = path.with_name("edited.yaml")
    changed.write_text(path.read_text().replace(old, new))
    return pps.Conf(changed)


def live_until(date):
    """Do what is due until then. A service does so round the clock: with a configuration of your own there is nothing to do."""
    if not YOURS:
        pps.Publish(products(), now=now(date)).run()


def feed():
    """The address of the feed: $PPS_FEED, or else where the configuration has it."""
    address = os.environ.get("PPS_FEED") or products().get("notify.feed")
    assert address, "no feed is configured (notify.feed): say in PPS_FEED where one is"
    return (address if "://" in address else pathlib.Path(address).as_uri()).rstrip("/") + "/"


def repository(name):
    """A Butler repository of the flow."""
    return pps.Butler(products()[f"repositories.{name}.butler"])
