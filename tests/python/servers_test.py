#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The Python package with real servers: real_servers.py with a package of its own. usage: servers_test.py

$PG_URL, $PPS_TEST_KAFKA and $PPS_TEST_RUCIO_CLIENT say where they are. The last line is "N passed, N failed".
"""
import subprocess
import sys
import tempfile

from package_wheel import ENV, PY, TOP, unpack


def main():
    with tempfile.TemporaryDirectory(prefix="pps-package.") as folder:
        try:
            unpack(folder)
        except subprocess.CalledProcessError as e:
            print(f"{e.stdout}\n0 passed, 1 failed")
            return 1
        return subprocess.run([PY, "-X", "dev", "-W", "error", f"{TOP}/tests/python/run.py", "real_servers"], env={**ENV, "PYTHONPATH": folder}).returncode


if __name__ == "__main__":
    sys.exit(main())
