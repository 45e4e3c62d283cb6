# SPDX-License-Identifier: BSD-3-Clause
"""The throw-away PostgreSQL of the tests, and the schemas that they make and drop in it."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time

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


@contextlib.contextmanager
def one_connection(url, repository, schema):
    """A repository through a role that has one connection only."""
    path, role = f"{repository}/butler.yaml", f"limited_{schema}"
    with open(path) as f:
        config = f.read()
    with psycopg.connect(url, autocommit=True) as c:
        c.execute(f"DROP ROLE IF EXISTS {role}")
        c.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 1")
        for what in (f"SCHEMA {schema}", f"ALL TABLES IN SCHEMA {schema}"):
            c.execute(f"GRANT ALL ON {what} TO {role}")
        with open(path, "w") as f:
            f.write(config.replace("://pps@", f"://{role}@"))
        yield
        with open(path, "w") as f:
            f.write(config)
        c.execute(f"DROP OWNED BY {role}")
        c.execute(f"DROP ROLE {role}")


def make_database(url):
    """An empty database of this URL, with the extension that the Butler needs; one of that name goes.

    Not from the template `pps`, which cannot be copied while anybody else is connected to it.
    """
    replace_database(url, "template1")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION btree_gist")


def copy_database(url, to):
    """A database with the content of another, to which nobody but us may be connected; one of that name goes."""
    replace_database(to, url.rsplit("/", 1)[1])


def replace_database(url, template):
    base, name = url.rsplit("/", 1)
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        for attempt in range(100):
            # a connection that was closed just now is seen for a moment longer
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND datname <> 'template1'", (template,))
            try:
                connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
                return
            except psycopg.errors.ObjectInUse:
                if attempt == 99:
                    raise
                time.sleep(0.1)


def drop_database(url):
    base, name = url.rsplit("/", 1)
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
