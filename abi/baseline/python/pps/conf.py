# SPDX-License-Identifier: BSD-3-Clause
"""The configuration: pps.yaml, read and checked as a whole."""
from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from typing import Any

from . import _pps, context as _context, errors, handle
from .errors import ConfigError

__all__ = ["Conf"]


def _plain(value: Any) -> str:
    if isinstance(value, datetime.timedelta):
        return f"{round(handle.seconds(value, 'a duration'))}s"
    return handle.path(value)


class Conf(handle.Handle):
    """A configuration, which does not change after loading.

    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "pps.yaml"
    >>> _ = path.write_text("repositories: {main: {butler: /repo/main}}")
    >>> with Conf(path) as conf:
    ...     conf["repositories.main.butler"], conf.get("raw.dest_root")
    ('/repo/main', None)
    >>> _ = path.write_text("repos: {}")
    >>> try:
    ...     Conf(path)
    ... except ConfigError as error:
    ...     [(e.line, e.column) for e in error.errors]
    [(1, 1)]
    """

    __slots__ = ()

    def __init__(self, path: handle.PathLike, *, context: _context.Context | None = None) -> None:
        """Read it. `ConfigError.errors` has every error that it has, each with file, line and column."""
        self._make(context, _pps.conf_load, handle.path(path))
        self._check()

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], *, folder: handle.PathLike | None = None, context: _context.Context | None = None) -> Conf:
        """A configuration that a program puts together, with the keys of the file; paths and durations also as objects.

        Relative paths in it are relative to `folder`, by default the working directory.

        >>> conf = Conf.from_dict({"repositories": {"main": {"butler": "/repo/main", "reclaim_after": datetime.timedelta(hours=2)}}})
        >>> conf["repositories.main.reclaim_after"]
        '2h'
        """
        import json

        text = json.dumps(dict(document), default=_plain, ensure_ascii=False, allow_nan=False, indent=1)
        name = os.path.join("" if folder is None else handle.path(folder), "configuration")
        self = cls._open(context, _pps.conf_parse, text, name)
        self._check()
        return self

    def _check(self) -> None:
        found = [_pps.pps_conf_error_at(self._capsule, n) for n in range(_pps.pps_conf_error_count(self._capsule))]
        if found:
            self.close()
            first: errors.Error = found[0]
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            error = ConfigError(f"{first.message}{more}", file=first.file, line=first.line, column=first.column)
            error.errors = tuple(found)
            raise error

    def get(self, name: str) -> str | None:
        """One value as text, such as "raw.dest_root" or "raw.queries.0.where"; secrets are "***"; None where there is none."""
        value: str | None = self._ask(_pps.pps_conf_get, handle.text(name, "name"))
        return value

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def as_dict(self) -> dict[str, Any]:
        """The configuration in force: defaults are filled in, paths absolute, durations texts such as "24h", secrets "***"."""
        return handle.from_json(self._ask(_pps.pps_conf_show))

    @staticmethod
    def describe() -> str:
        """Every key, its type, default and meaning, as Markdown."""
        return str(_pps.pps_conf_describe())
