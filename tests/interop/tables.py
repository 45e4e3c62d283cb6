# SPDX-License-Identifier: BSD-3-Clause
"""All rows of a Butler's database, with what may differ between equal repositories taken out.

Numbers that a repository hands out itself (collections, dataset types, dimension sets, and the names of
the tables made from them) are replaced by the names they stand for, times of ingest by the fact that there is
one.
"""

import re
import sqlite3

import psycopg
import yaml


class Database:
    """A read-only look at the registry that a repository's butler.yaml names."""

    def __init__(self, repository):
        with open(f"{repository}/butler.yaml") as f:
            registry = yaml.safe_load(f)["registry"]
        self.namespace = registry.get("namespace")
        if registry["db"].startswith("postgresql"):
            self.connection = psycopg.connect(registry["db"])
            self.connection.read_only = True
        else:
            self.connection = sqlite3.connect(f"file:{quoted(repository)}/gen3.sqlite3?mode=ro", uri=True)

    def close(self):
        self.connection.close()

    def rows(self, query):
        return self.connection.execute(query).fetchall()

    def tables(self):
        if self.namespace is None:
            return [name for (name,) in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s"
        return [name for (name,) in self.connection.execute(query, [self.namespace]).fetchall()]

    def table(self, name):
        return f'"{name}"' if self.namespace is None else f'"{self.namespace}"."{name}"'

    def records(self, name):
        """The rows of a table as dictionaries; a PostgreSQL range as text."""
        cursor = self.connection.execute(f"SELECT * FROM {self.table(name)}")
        columns = [d[0] for d in cursor.description]
        return columns, [dict(zip(columns, row, strict=True)) for row in cursor]

    def structure(self, name):
        """The columns, keys and indexes of a table as text, without the names of keys and indexes."""
        if self.namespace is None:
            lines = [f"column {row[1:]}" for row in self.rows(f'PRAGMA table_info("{name}")')]
            lines += [f"foreign key {row[2:]}" for row in self.rows(f'PRAGMA foreign_key_list("{name}")')]
            for _, index, unique, *_ in self.rows(f'PRAGMA index_list("{name}")'):
                columns = [row[2] for row in self.rows(f'PRAGMA index_info("{index}")')]
                lines.append(f"index {columns} unique {unique}")
            return lines
        where = [self.namespace, name]
        columns = "SELECT column_name, data_type, character_maximum_length, is_nullable, column_default"
        lines = [
            f"column {row}"
            for row in self.connection.execute(
                f"{columns} FROM information_schema.columns WHERE table_schema = %s AND table_name = %s",
                where,
            )
        ]
        keys = "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid"
        keys += " JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = %s AND t.relname = %s"
        lines += [f"key {row[0]}" for row in self.connection.execute(keys, where)]
        indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = %s"
        for (definition,) in self.connection.execute(indexes, where):
            lines.append("index" + re.sub(r"INDEX .*? ON .*? USING", "", definition.removeprefix("CREATE")))
        return [line.replace(self.namespace, "SCHEMA") for line in lines]


def quoted(path):
    """A path within an SQLite URI."""
    return "".join(c if c not in "%?#" else f"%{ord(c):02x}" for c in path)


class Names:
    """What the numbers of one repository stand for."""

    def __init__(self, database):
        self.collection = {r["collection_id"]: r["name"] for r in database.records("collection")[1]}
        self.dataset_type = {r["id"]: r["name"] for r in database.records("dataset_type")[1]}
        dimensions = {r["id"]: [] for r in database.records("dimension_graph_key")[1]}
        for r in database.records("dimension_graph_definition")[1]:
            dimensions[r["dimension_graph_id"]].append(r["dimension_name"])
        self.dimensions = {key: ",".join(sorted(names)) for key, names in dimensions.items()}

    def table(self, name):
        """dataset_tags_00000001 -> dataset_tags(detector,exposure,instrument)"""
        made = re.fullmatch(r"(dataset_(?:tags|calibs))_(\d+)", name)
        return f"{made[1]}({self.dimensions.get(int(made[2]), '')})" if made else name

    def value(self, table, column, value):
        if value is None:
            return None
        if column in ("collection_id", "run_id", "parent", "child"):
            return self.collection[value]
        if column == "dataset_type_id" or (table == "dataset_type" and column == "id"):
            return self.dataset_type[value]
        if column in ("dimensions_key", "dimension_graph_id") or (table == "dimension_graph_key"):
            return self.dimensions.get(value, "")
        if column in ("tag_association_table", "calibration_association_table"):
            return self.table(value)
        if column == "ingest_date" or (table.startswith("dataset_calibs") and column == "id"):
            return "given"
        if column == "timespan":
            return str(value)
        return value


def dump(repository):
    """{table: sorted rows as text}, plus the columns of each table under "columns"."""
    database = Database(repository)
    try:
        names, found = Names(database), {}
        for table in database.tables():
            columns, records = database.records(table)
            rows = [", ".join(f"{c}={names.value(table, c, v)!r}" for c, v in r.items()) for r in records]
            found[names.table(table)] = sorted(rows)
            found.setdefault("columns", []).append(f"{names.table(table)}: {', '.join(columns)}")
            if table.startswith("dataset_tags") or table.endswith("_records"):
                found[f"structure of {names.table(table)}"] = sorted(database.structure(table))
        found["columns"].sort()
        return found
    finally:
        database.close()


def differences(ours, theirs, limit=3):
    """Lines that name each table which differs, with its first rows on either side."""
    lines = []
    for table in sorted(set(ours) | set(theirs)):
        a, b = ours.get(table, []), theirs.get(table, [])
        if a == b and (table in ours) == (table in theirs):
            continue
        lines.append(f"table {table}: {len(a)} rows, the Butler has {len(b)}")
        left, right = list(a), list(b)
        for row in b:
            if row in left:
                left.remove(row)
        for row in a:
            if row in right:
                right.remove(row)
        lines += [f"  ours only:   {row[:400]}" for row in left[:limit]]
        lines += [f"  theirs only: {row[:400]}" for row in right[:limit]]
    return lines
