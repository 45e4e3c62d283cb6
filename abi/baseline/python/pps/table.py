# SPDX-License-Identifier: BSD-3-Clause
"""Results as columns, which pandas, polars, pyarrow, numpy and whatever else reads Arrow take without copying; none of them is needed."""
from __future__ import annotations

import operator
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from . import _pps
from .times import Tai

__all__ = ["Column", "Table"]

_KINDS = {"U": "text", "l": "int", "b": "bool", "tsn:UTC": "utc", "tsn:": "tai"}
_ORDER = "<" if sys.byteorder == "little" else ">"


class Column(Sequence[Any]):
    """A column of a table: a sequence of str, int, bool or `Tai`, with None where there is nothing.

    `numpy.asarray` sees times, and numbers without nulls, where they are: times as datetime64[ns], NaT where there is none. The buffers have
    what is in memory as Arrow lays it out, and keep it there.
    """

    __slots__ = ("_rows", "kind", "name", "offsets", "validity", "values")
    name: str
    kind: str
    """"text", "int", "bool", or for times the scale that they are counted in: "utc" or "tai"."""
    values: memoryview
    """64-bit integers; for times nanoseconds since 1970; for texts the bytes of all of them; for truth values a bit each, the lowest first."""
    offsets: memoryview | None
    """For texts where each begins, and the last ends."""
    validity: memoryview | None
    """A bit for each row, the lowest first, 0 where there is nothing; None: there is something everywhere."""

    def __init__(self, capsule: Any, n: int, rows: int, name: str, format: str, has_nulls: bool) -> None:
        self.name, self.kind, self._rows = name, _KINDS[format], rows
        self.validity = memoryview(_pps.table_buffer(capsule, n, 0)) if has_nulls else None
        first = memoryview(_pps.table_buffer(capsule, n, 1))
        self.offsets = first.cast("q") if self.kind == "text" else None
        if self.kind == "text":
            self.values = memoryview(_pps.table_buffer(capsule, n, 2))
        else:
            self.values = first if self.kind == "bool" else first.cast("q")

    def __len__(self) -> int:
        return self._rows

    def _value(self, n: int) -> Any:
        if self.validity is not None and not self.validity[n >> 3] >> (n & 7) & 1:
            return None
        if self.offsets is not None:
            return str(self.values[self.offsets[n]:self.offsets[n + 1]], "utf-8")
        if self.kind == "bool":
            return bool(self.values[n >> 3] >> (n & 7) & 1)
        if self.kind == "utc":
            return Tai.from_utc_ns(self.values[n])
        return self.values[n] if self.kind == "int" else Tai(self.values[n])

    def __getitem__(self, n: Any) -> Any:
        if isinstance(n, slice):
            return [self._value(i) for i in range(*n.indices(self._rows))]
        i = operator.index(n)
        if not -self._rows <= i < self._rows:
            raise IndexError(f"row {i} of {self._rows}")
        return self._value(i % self._rows)

    def __iter__(self) -> Iterator[Any]:
        return map(self._value, range(self._rows))

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """How numpy finds times, and numbers without nulls; all else it takes value by value."""
        if self.kind in ("text", "bool") or (self.kind == "int" and self.validity is not None):
            raise AttributeError("its values are not those of a numpy array")
        return {"version": 3, "shape": (self._rows,), "typestr": f"{_ORDER}{'i8' if self.kind == 'int' else 'M8[ns]'}", "data": self.values.cast("B")}

    def __repr__(self) -> str:
        return f"<pps.Column {self.name!r} of {self._rows} {self.kind}>"


class Table:
    """Columns of one length by name, in memory that does not change and stays as long as anything refers to it.

    `pandas.DataFrame.from_arrow(table)`, `polars.DataFrame(table)`, `pyarrow.table(table)` take it as it is. As theirs do, `len` says how many
    rows there are, and a loop goes over the names of the columns.
    """

    __slots__ = ("_capsule", "_columns", "num_rows")
    num_rows: int

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule
        self.num_rows, columns = _pps.table_columns(capsule)
        self._columns = {name: (n, self.num_rows, name, format, has_nulls) for n, (name, format, has_nulls) in enumerate(columns)}

    @property
    def column_names(self) -> list[str]:
        """The names of the columns, in their order."""
        return list(self._columns)

    @property
    def num_columns(self) -> int:
        """How many columns there are."""
        return len(self._columns)

    def __getitem__(self, name: str) -> Column:
        return Column(self._capsule, *self._columns[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __len__(self) -> int:
        return self.num_rows

    def __arrow_c_schema__(self) -> object:
        """The types of the columns, for readers of Arrow."""
        return _pps.table_schema(self._capsule)

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Types and values of the columns, for readers of Arrow; they are as they are, whatever was requested."""
        return _pps.table_schema(self._capsule), _pps.table_array(self._capsule)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The same in one piece of a stream."""
        return _pps.table_stream(self._capsule)

    def __repr__(self) -> str:
        return f"<pps.Table of {self.num_rows} rows: {', '.join(self._columns)}>"


def flags_of(scale: Literal["utc", "tai"]) -> int:
    if scale not in ("utc", "tai"):
        raise ValueError(f'scale: "utc" or "tai", not {scale!r}')
    return int(_pps.PPS_TABLE_UTC) if scale == "utc" else 0
