# SPDX-License-Identifier: BSD-3-Clause
"""Schemas of the throw-away PostgreSQL that the tests make and drop."""

import psycopg


def drop_schema(url, name):
    """Drop the schema and all in it, when it is there."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')


def make_schema(url, name):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
