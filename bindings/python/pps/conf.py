# SPDX-License-Identifier: BSD-3-Clause
"""The configuration: pps.yaml, read and checked as a whole."""
from __future__ import annotations

import json
from typing import Any

from . import _pps, context as _context, errors, handle
from .errors import ConfigError

__all__ = ["Conf"]


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
        shown: dict[str, Any] = json.loads(self._ask(_pps.pps_conf_show))
        return shown

    @staticmethod
    def describe() -> str:
        """Every key, its type, default and meaning, as Markdown."""
        return str(_pps.pps_conf_describe())
