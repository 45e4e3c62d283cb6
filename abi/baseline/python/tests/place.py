# SPDX-License-Identifier: BSD-3-Clause
"""The example world, for tests of the package: each gets its own."""
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import pps

TOP = pathlib.Path(__file__).resolve().parents[2]


class Case(unittest.TestCase):
    """A test with a folder."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pps pythön "))
        self.addCleanup(shutil.rmtree, self.folder)

    def world(self):
        root = self.folder / "world"
        subprocess.run(["/usr/bin/python3", "-B", f"{TOP}/examples/world/make-world.py", root], check=True)
        return root

    def script(self, text, *args, **kw):
        """A program of its own, which hears of Ctrl-C even where whoever started the tests does not."""
        return subprocess.Popen([sys.executable, "-X", "dev", "-W", "error", "-c", text, *map(str, args)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, cwd=self.folder,
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler), **kw)


def opened(root):
    """One of each handle that needs no server, by name."""
    conf = pps.Conf(root / "pps.yaml")
    products = pps.Conf(root / "products" / "pps.yaml")
    pps.State.init(conf)
    pps.State.init(products, replay=True)
    pps.Publish.mark_replay(products)
    folder = pathlib.Path(root)
    if not (folder / "a.zip").exists():
        pps.Zip.create(folder / "a.zip", folder / "products" / "incoming")
    butler = pps.Butler(root / "embargo")
    return dict(
        conf=conf, products=products, state=pps.State(conf), butler=butler, exposures=butler.query_exposures(), zip=pps.Zip(folder / "a.zip"),
        datasets=butler.query_datasets("raw", "*"), collections=butler.query_collections(), store=pps.Store(root),
        dimensions=butler.collect_dimensions("MC_O_20251202_000001"), raw=pps.Raw(conf), publish=pps.Publish(products))
