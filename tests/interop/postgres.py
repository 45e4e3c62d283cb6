# SPDX-License-Identifier: BSD-3-Clause
"""The throw-away PostgreSQL of the tests, and the schemas that they make and drop in it."""

import os
import shutil
import subprocess
import tempfile

import psycopg

SERVERS = f"{os.path.dirname(os.path.abspath(__file__))}/../servers"


class Postgres:
    """$PG_URL, or a server of our own while in the `with`; None when no database needs one."""

    def __init__(self, wanted):
        self.wanted, self.folder = wanted, None

    def __enter__(self):
        if not self.wanted:
            return None
        url = os.environ.get("PG_URL")
        if not url:
            self.folder = tempfile.mkdtemp(prefix="pps-postgres.")
            os.chmod(self.folder, 0o755)
            started = subprocess.run(
                [f"{SERVERS}/start-postgres.sh", self.folder], check=True, capture_output=True, text=True
            )
            url = dict(line.split("=", 1) for line in started.stdout.splitlines())["PG_URL"]
        with psycopg.connect(url):
            pass
        return url

    def __exit__(self, *raised):
        if self.folder:
            subprocess.run([f"{SERVERS}/stop-postgres.sh", self.folder, "--wipe"], check=True)
            shutil.rmtree(self.folder)


def drop_schema(url, name):
    """Drop the schema and all in it, when it is there."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')


def make_schema(url, name):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
