# SPDX-License-Identifier: BSD-3-Clause
"""Dimension records: instrument, exposure, visit, their regions and relations."""
from __future__ import annotations

import binascii
import enum
from collections.abc import Iterator
from typing import Any, NamedTuple, Union

from . import _pps, context as _context, handle
from .times import Tai

__all__ = ["ColumnKind", "Dimensions", "Timespan", "Value"]

_UNBOUNDED_END = 4102444800000000000  # 2100-01-01


class ColumnKind(enum.IntEnum):
    """Kinds of a column's values, with what they are in Python."""
    INT = _pps.PPS_DIMENSIONS_INT
    FLOAT = _pps.PPS_DIMENSIONS_FLOAT
    STRING = _pps.PPS_DIMENSIONS_STRING
    BOOL = _pps.PPS_DIMENSIONS_BOOL
    HASH = _pps.PPS_DIMENSIONS_HASH
    """bytes"""
    REGION = _pps.PPS_DIMENSIONS_REGION
    """bytes, as lsst.sphgeom encodes a region"""
    TIMESPAN = _pps.PPS_DIMENSIONS_TIMESPAN
    """`Timespan`"""


class Timespan(NamedTuple):
    """From `begin` to just before `end`; None: unbounded, which for the end of an exposure means unknown. Of an empty one `end` is before `begin`."""
    begin: Tai | None
    end: Tai | None


Value = Union[int, float, str, bool, bytes, Timespan, None]
"""A value of a record."""


class Dimensions(handle.Handle):
    """A set of records of the dimension universe, unique by primary key.

    >>> records = Dimensions(universe=8)
    >>> records.elements(), len(records), records.universe
    ([], 0, 8)
    """

    __slots__ = ()

    def __init__(self, *, universe: int, context: _context.Context | None = None) -> None:
        """An empty set of a version of the universe, 7 or 8."""
        self._make(context, _pps.pps_dimensions_new, handle.number(universe, "universe", -(1 << 31), (1 << 31) - 1))

    @classmethod
    def load(cls, path: handle.PathLike, *, context: _context.Context | None = None) -> Dimensions:
        """What an export of the Butler holds, such as MC_O_20251202_000001_dimensions.yaml. FormatError says line and column."""
        return cls._open(context, _pps.pps_dimensions_load, handle.path(path))

    def save(self, path: handle.PathLike) -> None:
        """Write them as the Butler's export does, byte for byte, to a local file that must not exist."""
        self._run(_pps.pps_dimensions_save, handle.path(path))

    @property
    def universe(self) -> int:
        """Version of the universe."""
        return int(self._ask(_pps.pps_dimensions_universe_version))

    def elements(self) -> list[str]:
        """Names of the elements that have records, in the order in which they can be inserted."""
        return [self._ask(_pps.pps_dimensions_element, n) for n in range(self._ask(_pps.pps_dimensions_elements))]

    def __len__(self) -> int:
        return int(self._ask(_pps.pps_dimensions_count, None))

    def count(self, element: str) -> int:
        """Records of an element."""
        return int(self._ask(_pps.pps_dimensions_count, handle.text(element, "element")))

    def columns(self, element: str) -> dict[str, ColumnKind | int]:
        """Kinds of an element's columns, in their order, by name; empty for an unknown element."""
        name = handle.text(element, "element")
        return {self._ask(_pps.pps_dimensions_column_name, name, n):
                handle.known(ColumnKind, self._ask(_pps.pps_dimensions_column_kind, name, n))
                for n in range(self._ask(_pps.pps_dimensions_columns, name))}

    def records(self, element: str) -> Iterator[dict[str, Value]]:
        """The records of an element in the order of their primary key, each a dict of its columns; None where there is no value."""
        columns = self.columns(element)
        for row in range(self.count(element)):
            yield {column: self._value(element, row, column, kind) for column, kind in columns.items()}

    def _value(self, element: str, row: int, column: str, kind: int) -> Value:
        def ask(function: Any) -> Any:
            return self._ask(function, element, row, column)
        if kind == ColumnKind.TIMESPAN:
            there, begin, end = self._ask(_pps.pps_dimensions_get_timespan, element, row)
            if not there:
                return None
            if end < begin:
                return Timespan(Tai(begin), Tai(end))
            return Timespan(Tai(begin) if begin else None, Tai(end) if end != _UNBOUNDED_END else None)
        if ask(_pps.pps_dimensions_is_null):
            return None
        if kind == ColumnKind.FLOAT:
            return float(ask(_pps.pps_dimensions_get_float))
        if kind == ColumnKind.INT:
            return int(ask(_pps.pps_dimensions_get_int))
        if kind == ColumnKind.BOOL:
            return bool(ask(_pps.pps_dimensions_get_int))
        found = str(ask(_pps.pps_dimensions_get_text))
        return binascii.a2b_base64(found) if kind in (ColumnKind.HASH, ColumnKind.REGION) else found
